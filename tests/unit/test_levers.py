"""Levers do what they are defined to do: at unchanged prices, and in the model `canada_us`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from negotiation import load_model
from negotiation.catalogue import find
from negotiation.errors import ParameterError
from negotiation.trade import FINAL, INTERMEDIATE, World, counterfactual, levers

Array = NDArray[np.float64]

WORLD = World.from_csv(find("canada_us").path.parent / "data")
CANADA, US = WORLD.region("CAN"), WORLD.region("USA")
MARKETS = ("MEX", "EU27", "GBR", "CHN", "JKT", "OAS", "ROW")
GOODS = ("AGF", "WOD", "PAP", "OIL", "OMN", "PET", "CHM", "STL", "NFM", "MCH", "MVH", "OTE", "OMF")
IS_GOOD = np.array([code in GOODS for code in WORLD.sectors])
SECTORS, SHAPE = len(WORLD.sectors), WORLD.flows.shape

#: Powers and their inverses: a few roundings of 1e-16, times an elasticity below ten.
ROUNDING = 1e-13


def at_unchanged_prices(cost: Array) -> Array:
    """Sales when trade costs change but neither prices nor spending do."""
    return np.asarray(WORLD.flows * cost ** -WORLD.trade_elasticity[:, None])


def model(**values: Any) -> Any:
    """Shipped model; `__` stands for the dot of a name."""
    return load_model("canada_us").build({k.replace("__", "."): v for k, v in values.items()})


# --- diversification ----------------------------------------------------------------------------


@pytest.mark.parametrize("markets", [MARKETS, ("EU27",), ("MEX", "CHN")])
def test_markets_buy_delta_of_us_bound_exports_on_top(markets: tuple[str, ...]) -> None:
    delta = np.linspace(0.02, 0.9, SECTORS)
    cost = levers.diversification(WORLD, "CAN", "USA", markets, delta)
    others = [WORLD.region(code) for code in markets]
    sold = at_unchanged_prices(cost)[CANADA, others].sum(axis=0)
    today = WORLD.flows[CANADA, others].sum(axis=0)
    on_top = np.where(today > 0.0, delta[:, None] * WORLD.flows[CANADA, US], 0.0)
    assert (today[IS_GOOD] > 0.0).all()
    assert_allclose(sold, today + on_top, rtol=10 * ROUNDING)
    # One cost for all markets of a sector and use, and none elsewhere.
    change = np.ones(SHAPE)
    change[CANADA, others] = cost[CANADA, others[0]]
    assert_array_equal(cost, change)
    cheaper = np.broadcast_to(on_top > 0.0, cost[CANADA, others].shape)
    assert_array_equal(cost[CANADA, others] < 1.0, cheaper)


def test_a_batch_of_shares_is_the_shares_one_by_one() -> None:
    delta = np.array([0.0, 0.1, 0.5])[:, None] * np.ones(SECTORS)
    batch = levers.diversification(WORLD, "CAN", "USA", MARKETS, delta)
    assert batch.shape == (3, *SHAPE)
    for index in range(3):
        alone = levers.diversification(WORLD, "CAN", "USA", MARKETS, delta[index])
        assert_array_equal(batch[index], alone)


def _world_without_sales_to_one_market() -> World:
    """Region a sells goods to b, and nothing of sector x to market c."""
    draw = np.random.default_rng(0)
    flows = draw.uniform(1.0, 2.0, (3, 3, 2))
    flows[0, 2, 0] = 0.0
    return World.from_arrays(
        regions=["a", "b", "c"], sectors=["x", "y"], flows=flows, trade_elasticity=[4.0, 2.0]
    )


def test_markets_that_buy_nothing_today_stay_as_they_are() -> None:
    world = _world_without_sales_to_one_market()
    cost = levers.diversification(world, "a", "b", ["c"], [0.5, 0.5])
    assert_array_equal(cost[0, 2, 0], 1.0)  # sector x: nothing is sold, in either use
    assert_array_equal(cost[0, 2, 1, INTERMEDIATE], 1.0)  # nothing for intermediate use at all
    ratio = world.flows[0, 1, 1, FINAL] / world.flows[0, 2, 1, FINAL]
    assert_allclose(cost[0, 2, 1, FINAL], (1.0 + 0.5 * ratio) ** -0.5, rtol=ROUNDING)
    found = counterfactual(world, None, cost)
    assert found.converged
    assert_array_equal(found.flows[0, 2, 0], 0.0)


# --- procurement, integration, duties -----------------------------------------------------------


def test_procurement_displaces_its_share() -> None:
    rho = np.linspace(0.0, 0.95, SECTORS)
    cost = levers.procurement(WORLD, "CAN", "USA", rho)
    sold = at_unchanged_prices(cost)[US, CANADA]
    expected = (1.0 - rho[:, None]) * WORLD.flows[US, CANADA]
    assert_allclose(sold, expected, rtol=10 * ROUNDING)
    change = np.ones(SHAPE)
    change[US, CANADA] = cost[US, CANADA]
    assert_array_equal(cost, change)
    batch = levers.procurement(WORLD, "CAN", "USA", np.stack([0 * rho, rho]))
    assert_array_equal(batch, np.stack([np.ones(SHAPE), cost]))


def test_integration_loss_is_on_parts_both_ways() -> None:
    cost = levers.integration_loss(WORLD, "CAN", "USA", "MVH", [0.0, 0.04])
    autos = WORLD.sector("MVH")
    expected = np.ones((2, *SHAPE))
    expected[1, CANADA, US, autos, INTERMEDIATE] = 1.04
    expected[1, US, CANADA, autos, INTERMEDIATE] = 1.04
    assert_array_equal(cost, expected)


def test_a_duty_is_charged_by_the_destination_on_the_origin() -> None:
    rates = np.arange(2 * SECTORS).reshape(SECTORS, 2) / 100
    expected = np.zeros(SHAPE)
    expected[CANADA, US] = rates
    assert_array_equal(levers.duty(WORLD, "CAN", "USA", rates), expected)
    assert_array_equal(levers.duty(WORLD, "CAN", "USA", 0.3)[CANADA, US], 0.3)
    batch = levers.duty(WORLD, "CAN", "USA", np.stack([rates, 2 * rates]))
    assert_array_equal(batch, np.stack([expected, 2 * expected]))


def test_levers_at_zero_are_exactly_one() -> None:
    zero = np.zeros(SECTORS)
    for cost in (
        levers.diversification(WORLD, "CAN", "USA", MARKETS, zero),
        levers.procurement(WORLD, "CAN", "USA", zero),
        levers.integration_loss(WORLD, "CAN", "USA", "MVH", 0.0),
    ):
        assert_array_equal(cost, np.ones(SHAPE))
    assert_array_equal(levers.duty(WORLD, "CAN", "USA", 0.0), np.zeros(SHAPE))
    assert levers.redirected(WORLD, "CAN", "USA", zero) == 0.0


def test_redirected_is_the_money_that_markets_pay_on_top() -> None:
    delta = np.linspace(0.0, 0.8, SECTORS)
    expected = sum(
        delta[s] * WORLD.flows[CANADA, US, s, use] for s in range(SECTORS) for use in (0, 1)
    )
    assert_allclose(levers.redirected(WORLD, "CAN", "USA", delta), expected, rtol=ROUNDING)
    batch = levers.redirected(WORLD, "CAN", "USA", np.stack([delta, 2 * delta]))
    assert_allclose(batch, [expected, 2 * expected], rtol=ROUNDING)


def test_unknown_regions_are_refused() -> None:
    with pytest.raises(ParameterError, match="region 'EUU' is not in the data"):
        levers.diversification(WORLD, "CAN", "USA", ["EUU"], np.zeros(SECTORS))


# --- the model ----------------------------------------------------------------------------------


def test_diversification_sets_the_four_tables() -> None:
    one = model(diversification=0.3)
    four = model(
        diversification__metals_energy=0.3,
        diversification__autos=0.3,
        diversification__forestry=0.3,
        diversification__other=0.3,
    )
    assert_array_equal(one.shares(), four.shares())
    assert_array_equal(one.shares(), 0.3 * IS_GOOD)
    assert_array_equal(one.payoffs(), four.payoffs())


@pytest.mark.parametrize(
    ("table", "in_data"),
    [
        ("metals_energy", "metals_energy"),
        ("autos", "autos"),
        ("forestry", "forestry"),
        ("other", "other"),
    ],
)
def test_a_table_reaches_its_goods_alone_and_overrides(table: str, in_data: str) -> None:
    own = np.array([each == in_data for each in WORLD.tables]) & IS_GOOD
    assert own.any()
    alone = load_model("canada_us").build({f"diversification.{table}": 0.4})
    assert_array_equal(alone.shares(), 0.4 * own)  # type: ignore[attr-defined] # a loaded class
    mixed = load_model("canada_us").build({"diversification": 0.1, f"diversification.{table}": 0.4})
    assert_allclose(mixed.shares(), 0.1 * IS_GOOD + 0.3 * own)  # type: ignore[attr-defined] # a loaded class


def test_trade_costs_of_the_model_are_its_levers() -> None:
    point = model(diversification=0.2, procurement=0.3, integration_loss=0.05, markets="JKT+EU27")
    cost = np.ones(SHAPE)
    for (seller, buyer), change in point.trade_cost(point.shares()).items():
        cost[WORLD.region(seller), WORLD.region(buyer)] = change
    sold = at_unchanged_prices(cost)
    opened = [WORLD.region(code) for code in ("EU27", "JKT")]
    today = WORLD.flows[CANADA, opened].sum(axis=0)
    us_bound = WORLD.flows[CANADA, US] * IS_GOOD[:, None]
    assert_allclose(sold[CANADA, opened].sum(axis=0), today + 0.2 * us_bound, rtol=10 * ROUNDING)
    fracture = np.ones((SECTORS, 2))
    autos = WORLD.sector("MVH")
    fracture[autos, INTERMEDIATE] = 1.05 ** -WORLD.trade_elasticity[autos]
    bought = WORLD.flows[US, CANADA] * (1.0 - 0.3 * IS_GOOD[:, None]) * fracture
    assert_allclose(sold[US, CANADA], bought, rtol=10 * ROUNDING)
    assert_allclose(sold[CANADA, US], WORLD.flows[CANADA, US] * fracture, rtol=10 * ROUNDING)
    closed = [n for n in range(len(WORLD.regions)) if n not in (*opened, US)]
    assert_array_equal(sold[CANADA, closed], WORLD.flows[CANADA, closed])


def test_the_order_of_markets_does_not_matter() -> None:
    assert model(markets="JKT+EU27").outlets == model(markets="EU27+JKT").outlets
    assert model(markets="EU27+JKT").outlets == ("EU27", "JKT")
    assert model().outlets == model(markets="+".join(MARKETS)).outlets == MARKETS
    with pytest.raises(ParameterError, match="markets is 'USA'"):
        model(markets="EU27+USA")


def test_schedules_of_the_postures() -> None:
    point = model(escalation_rate=0.3, escalation_rate_energy=0.1, retaliation_rate=0.2)
    lift, keep, escalate = point.us_duties()
    stand_down, counter, retaliate = point.canada_duties()
    assert_array_equal(lift, 0.0)
    assert_array_equal(stand_down, 0.0)
    energy = np.array([code in ("OIL", "PET") for code in WORLD.sectors])
    expected = np.where(energy, 0.1, 0.3 * IS_GOOD)[:, None] * np.ones(2)
    assert_array_equal(escalate, expected)
    assert_array_equal(retaliate, (0.2 * IS_GOOD)[:, None] * np.ones(2))
    # us_tariffs_on_canada.csv and canada_tariffs_on_us.csv, read by eye
    wood, autos, steel = (WORLD.sector(code) for code in ("WOD", "MVH", "STL"))
    assert_allclose(keep[wood], 0.0474 + 0.1622, rtol=ROUNDING)
    assert_array_equal(keep[autos], [0.0696, 0.1488])
    assert_array_equal(counter[steel], 0.20)
    assert_array_equal(counter[autos], [0.0, 0.025])
    assert_array_equal(counter[wood], 0.0)


LEVERS: dict[str, Any] = {"diversification": 0.25, "procurement": 0.1, "integration_loss": 0.02}


def test_what_has_moved_cancels_between_postures() -> None:
    """Pass-through 1: payoffs are changes against the profile in which nobody taxes: exactly 0."""
    point = model(**LEVERS, pass_through=1.0, auto_weight_canada=1.0, auto_weight_us=2.0)
    payoffs = point.payoffs()
    assert_array_equal(payoffs[:, 0, 0], 0.0)
    assert_array_equal(point.late_cost(), 0.0)
    quiet = counterfactual(WORLD, None, point.trade_cost(point.shares()))
    assert_allclose(
        point.size(), quiet.income[[CANADA, US]], rtol=1e-11
    )  # the same equilibrium, solved beside others
    # The status quo solved by itself is that profile; 1e-11 of an income of 26 trillion.
    apart = point.status_quo.welfare / point.postures.welfare[0, 0]
    assert_allclose(apart, 1.0, rtol=0, atol=1e-11)


@pytest.mark.parametrize("moved", [0.0, 0.4])
def test_what_has_not_moved_yet_counts_in_the_disagreement_world(moved: float) -> None:
    """Pass-through below 1: the rest of the outlets opens after talks fail, at a cost."""
    price = 0.2
    point = model(**LEVERS, pass_through=moved, diversification_cost=price)
    payoffs = point.payoffs()
    before = counterfactual(WORLD, None, point.trade_cost(moved * point.shares()))
    after = counterfactual(WORLD, None, point.trade_cost(point.shares()))
    us_bound = WORLD.flows[CANADA, US].sum(axis=1) @ IS_GOOD
    cost = (1.0 - moved) * 0.25 * us_bound * price
    assert_allclose(point.late_cost(), cost, rtol=1e-12)
    gain = (after.welfare / before.welfare - 1.0) * before.income
    expected = np.array([gain[CANADA] - cost, gain[US]])
    # Welfare is good to 1e-11 or better; the US income is 26 trillion US$, in millions.
    tolerance = 1e-11 * float(WORLD.income[US])
    assert_allclose(payoffs[:, 0, 0], expected, rtol=0, atol=tolerance)
    assert abs(expected[0]) > 1000 * tolerance
    assert_allclose(point.size(), before.income[[CANADA, US]], rtol=1e-11)
    # In every profile the same status quo is subtracted: only the world after talks fail differs.
    all_moved = model(**LEVERS, pass_through=1.0)
    ratio = (1.0 + all_moved.payoffs()[1] / after.income[US]) * after.welfare[US]
    expected_us = (ratio / before.welfare[US] - 1.0) * before.income[US]
    assert_allclose(payoffs[1], expected_us, rtol=0, atol=tolerance)


def test_without_levers_pass_through_does_not_matter() -> None:
    one, none = model(pass_through=1.0), model(pass_through=0.0)
    assert_allclose(none.payoffs(), one.payoffs(), rtol=0, atol=1e-11 * float(WORLD.income[US]))
    assert_allclose(none.size(), WORLD.income[[CANADA, US]], rtol=1e-12)


def test_a_cloud_of_pass_through_is_its_points() -> None:
    """Points that have moved everything stand beside points that have not."""
    values = np.array([0.0, 0.5, 1.0])
    cloud = model(diversification=0.2, pass_through=values).payoffs()
    assert cloud.shape == (3, 2, 3, 3)
    for index, value in enumerate(values):
        alone = model(diversification=0.2, pass_through=float(value)).payoffs()
        assert_allclose(cloud[index], alone, rtol=0, atol=1e-11 * float(WORLD.income[US]))


@pytest.mark.parametrize("name", ["diversification", "diversification.metals_energy"])
def test_lever_cost_is_the_cost_of_the_lever(name: str) -> None:
    point = load_model("canada_us").build({name: 0.3, "pass_through": 0.0})
    per_unit = point.lever_cost(name)
    assert per_unit is not None
    assert_allclose(0.3 * per_unit, point.late_cost(), rtol=1e-12)  # type: ignore[attr-defined] # a loaded class
    assert point.lever_cost("procurement") is None


def test_political_costs_are_paid_where_they_arise() -> None:
    free = model().payoffs()
    costly = model(us_escalation_cost=700.0, canada_retaliation_cost=500.0).payoffs()
    paid = np.zeros((2, 3, 3))
    paid[0, 2, :], paid[1, :, 2] = 500.0, 700.0
    assert_allclose(free - costly, paid, rtol=0, atol=1e-9)  # payoffs of 40 000, 16 digits


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("diversification", 1.0, r"\[0, 1\)"),
        ("diversification.autos", -0.1, r"\[0, 1\)"),
        ("procurement", 1.0, r"\[0, 1\)"),
        ("pass_through", 1.01, r"\[0, 1\]"),
        ("integration_loss", -0.01, r"\[0, inf"),
    ],
)
def test_levers_out_of_range_are_refused(name: str, value: float, allowed: str) -> None:
    with pytest.raises(ParameterError, match=f"{name} is .*{allowed}"):
        load_model("canada_us").build({name: value})
