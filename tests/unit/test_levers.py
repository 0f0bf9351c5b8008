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
IS_OIL = np.array([code == "OIL" for code in WORLD.sectors])
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
    """With markets opened by trade costs, and all of the premium on home goods burnt."""
    point = model(
        diversification=0.2,
        diversification_by="trade_cost",
        procurement=0.3,
        procurement_waste=1.0,
        integration_loss=0.05,
        markets="JKT+EU27",
    )
    theta = point.world.trade_elasticity[:, None]
    cost = np.ones(SHAPE)
    pulled = point.levers(point.shares())
    for (seller, buyer), change in pulled["trade_cost"].items():
        cost[WORLD.region(seller), WORLD.region(buyer)] = change
    assert_array_equal(pulled["rent"]["USA", "CAN"], 0.0)
    assert not pulled["taste"]
    assert not pulled["export_tax"]
    sold = WORLD.flows * cost**-theta
    opened = [WORLD.region(code) for code in ("EU27", "JKT")]
    today = WORLD.flows[CANADA, opened].sum(axis=0)
    us_bound = WORLD.flows[CANADA, US] * IS_GOOD[:, None]
    assert_allclose(sold[CANADA, opened].sum(axis=0), today + 0.2 * us_bound, rtol=10 * ROUNDING)
    fracture = np.ones((SECTORS, 2))
    autos = WORLD.sector("MVH")
    fracture[autos, INTERMEDIATE] = 1.05 ** -theta[autos, 0]
    bought = WORLD.flows[US, CANADA] * (1.0 - 0.3 * IS_GOOD[:, None]) * fracture
    assert_allclose(sold[US, CANADA], bought, rtol=10 * ROUNDING)
    assert_allclose(sold[CANADA, US], WORLD.flows[CANADA, US] * fracture, rtol=10 * ROUNDING)
    closed = [n for n in range(len(WORLD.regions)) if n not in (*opened, US)]
    assert_array_equal(sold[CANADA, closed], WORLD.flows[CANADA, closed])


def test_tastes_move_the_same_sales_at_unchanged_prices_and_leave_spending() -> None:
    point = model(diversification=0.2, markets="JKT+EU27+MEX")
    pulled = point.levers(point.shares())
    assert not pulled["trade_cost"]
    assert not pulled["rent"]
    opened = [WORLD.region(code) for code in ("MEX", "EU27", "JKT")]
    sold = np.array(WORLD.flows)
    for (seller, buyer), odds in pulled["taste"].items():
        assert seller == "CAN"
        n = WORLD.region(buyer)
        weight = np.ones((len(WORLD.regions), SECTORS, 2))
        weight[CANADA] = odds
        share = WORLD.share[:, n] * weight
        share = share / share.sum(axis=0)
        # At unchanged prices spending, with duties, is as before.
        sold[:, n] = WORLD.flows[:, n] * share / WORLD.share[:, n].clip(1e-300)
    today = WORLD.flows[CANADA, opened].sum(axis=0)
    us_bound = WORLD.flows[CANADA, US] * IS_GOOD[:, None]
    assert_allclose(sold[CANADA, opened].sum(axis=0), today + 0.2 * us_bound, rtol=100 * ROUNDING)
    paid = 1.0 + WORLD.tariff[:, opened]
    spent = ((sold - WORLD.flows)[:, opened] * paid).sum(axis=0)
    assert_allclose(spent, 0.0, atol=1e-6)  # of up to 10 million


def test_three_ways_of_opening_markets_cut_the_same_price_or_shift_the_same_taste() -> None:
    found = {
        way: model(diversification=0.15, diversification_by=way)
        for way in ("taste", "trade_cost", "subsidy")
    }
    theta = found["taste"].world.trade_elasticity[:, None]
    cost, subsidy, taste = (
        found[way].levers(found[way].shares())[kind]
        for way, kind in (("trade_cost", "trade_cost"), ("subsidy", "export_tax"), ("taste",) * 2)
    )
    assert set(cost) == set(subsidy) == set(taste) == {("CAN", code) for code in MARKETS}
    for pair, change in cost.items():
        assert_allclose(1.0 + subsidy[pair], change, rtol=ROUNDING)
        share = WORLD.share[CANADA, WORLD.region(pair[1])]
        psi = change**-theta
        assert_allclose(taste[pair], psi * (1 - share) / (1 - psi * share), rtol=100 * ROUNDING)
        assert (psi >= 1.0).all()
        assert (psi[IS_GOOD] > 1.0).all()
    # What a real saving, tastes and the treasury do to Canada's income differs; the US share of
    # exports falls in each. A subsidy costs money, and a saving of cost is real.
    worth = {way: float(point.levers_worth()[0]) for way, point in found.items()}
    assert min(worth["trade_cost"], worth["taste"]) > max(worth["subsidy"], 0.0)
    shares = [
        point.outcomes()["us_share_of_goods_exports"].values[0, 0] for point in found.values()
    ]
    before = model().outcomes()["us_share_of_goods_exports"].values[0, 0]
    assert max(shares) < before - 0.05
    # The subsidy is paid by Canada, and only once; the other ways cost what the analyst assumes.
    assert found["subsidy"].lever_cost("diversification") is None
    paid = found["subsidy"].profiles.export_tax_revenue[0, 0]
    assert paid[CANADA] < -1000.0
    assert_array_equal(np.delete(paid, CANADA), 0.0)
    assert float(found["subsidy"].replace({"already_moved": 0.0}).late_cost()) == 0.0


def test_a_market_that_cannot_buy_so_much_is_named() -> None:
    """Canada's sales cannot be more than all that a market spends on a sector."""
    with pytest.raises(
        ParameterError,
        match=r"GBR cannot buy so much more of CAN: .* sector [A-Z]{3} \((final|inte)",
    ):
        model(diversification=0.5, markets="GBR").payoffs()
    share, sold = WORLD.share[CANADA], WORLD.flows[CANADA]
    gbr, oil = WORLD.region("GBR"), WORLD.sector("OIL")
    most = (1.0 / share[gbr, oil] - 1.0) * sold[gbr, oil] / sold[US, oil]
    limit = float(most.min())  # the share of US-bound oil at which the first use is full
    assert limit < 1.0
    over = min(1.01 * limit, 0.99)
    psi = levers.growth(WORLD, "CAN", "USA", ["GBR"], over * IS_OIL)
    with pytest.raises(ParameterError, match=r"GBR .* times today's sales in sector OIL"):
        levers.tastes(WORLD, "CAN", ["GBR"], psi)
    psi = levers.growth(WORLD, "CAN", "USA", ["GBR"], 0.99 * limit * IS_OIL)
    assert np.isfinite(levers.tastes(WORLD, "CAN", ["GBR"], psi)["CAN", "GBR"]).all()
    # A trade cost can ask any market for any growth: it is no share of a fixed spending.
    free = model(diversification=0.5, markets="GBR", diversification_by="trade_cost")
    assert np.isfinite(free.payoffs()).all()


def test_procurement_is_a_transfer_unless_it_is_burnt() -> None:
    """The first figures: at a fifth Canada gains 2.8 bn; burning the premium turns the sign."""
    kept = model(procurement=0.2)
    burnt = model(procurement=0.2, procurement_waste=1.0)
    half = model(procurement=0.2, procurement_waste=0.5)
    worth = [float(point.levers_worth()[0]) for point in (kept, half, burnt)]
    assert worth[0] == pytest.approx(2800.0, abs=150.0)
    assert worth[0] > worth[1] > worth[2]
    assert worth[2] < -4000.0
    # The same wedge to buyers, whoever keeps it.
    theta = kept.world.trade_elasticity[:, None]
    dearer = np.where(IS_GOOD[:, None], 0.8 ** (-1.0 / theta), 1.0)
    for point in (kept, half, burnt):
        pulled = point.levers(point.shares())
        cost = pulled["trade_cost"].get(("USA", "CAN"), 1.0)
        assert_allclose(cost * (1.0 + pulled["rent"]["USA", "CAN"]), dearer, rtol=ROUNDING)


def test_the_order_of_markets_does_not_matter() -> None:
    assert model(markets="JKT+EU27").outlets == model(markets="EU27+JKT").outlets
    assert model(markets="EU27+JKT").outlets == ("EU27", "JKT")
    assert model().outlets == model(markets="+".join(MARKETS)).outlets == MARKETS
    with pytest.raises(ParameterError, match="markets is 'USA'"):
        model(markets="EU27+USA")


LEVERS: dict[str, Any] = {"diversification": 0.25, "procurement": 0.1, "integration_loss": 0.02}


def test_what_has_moved_cancels_between_postures() -> None:
    """All moved: payoffs are changes against the profile in which nobody taxes: exactly 0."""
    point = model(**LEVERS, already_moved=1.0, auto_weight_canada=1.0, auto_weight_us=2.0)
    payoffs = point.payoffs()
    assert_array_equal(payoffs[:, 0, 0], 0.0)
    assert_array_equal(point.late_cost(), 0.0)
    # The status quo solved by itself is that profile; 1e-11 of an income of 26 trillion.
    apart = point.status_quo.welfare / point.profiles.welfare[0, 0]
    assert_allclose(apart, 1.0, rtol=0, atol=1e-11)


def test_gains_against_the_status_quo_add_up_with_what_levers_do_by_themselves() -> None:
    """(W - W_sq) I + (W_sq - 1) I = (W - 1) I, with one income I, of the data."""
    point = model(**LEVERS)
    world = point.world
    income = world.income[[CANADA, US]]
    total = (point.profiles.welfare[..., [CANADA, US]] - 1.0) * income
    parts = np.moveaxis(point.payoffs(), 0, -1) + point.levers_worth()
    assert_allclose(parts, total, rtol=0, atol=1e-9 * float(income[1]))
    # The data hold no levers and no posture: without a lever nothing is added, to the last digits.
    assert_allclose(model().levers_worth(), 0.0, atol=1e-12 * float(income[1]))
    assert np.abs(point.levers_worth()).min() > 10.0
    alone = counterfactual(
        world,
        None,
        point.levers(point.shares())["trade_cost"],
        taste=point.levers(point.shares())["taste"],
        rent=point.levers(point.shares())["rent"],
    )
    assert_allclose(point.levers_worth(), alone.ev[[CANADA, US]], atol=1e-9 * float(income[1]))
    told = point.outcomes()["lever_effect_usd_m.canada"].values
    assert_array_equal(told, point.levers_worth()[0] * np.ones((3, 3)))


@pytest.mark.parametrize("needed", [True, False])
@pytest.mark.parametrize("moved", [0.0, 0.4])
def test_the_rest_of_the_move_earns_and_costs_in_a_payoff_or_not_at_all(
    moved: float, needed: bool
) -> None:
    price = 0.2
    settings = {**LEVERS, "already_moved": moved, "diversification_cost": price}
    point = model(**settings, move_requires_breakdown=needed)
    world = point.world
    before, after = point.solved({}, moved * point.shares()), point.solved({}, point.shares())
    us_bound = WORLD.flows[CANADA, US].sum(axis=1) @ IS_GOOD
    cost = (1.0 - moved) * 0.25 * us_bound * price
    assert_allclose(point.late_cost(), cost, rtol=1e-12)
    gain = ((after.welfare - before.welfare) * world.income)[[CANADA, US]]
    assert abs(gain[0] - cost) > 100.0
    expected = needed * (gain - np.array([cost, 0.0]))
    # Welfare is good to 1e-11 or better; the US income is 26 trillion US$, in millions.
    tolerance = 1e-11 * float(world.income[US])
    assert_allclose(point.late(), expected, rtol=0, atol=tolerance)
    assert_allclose(point.payoffs()[:, 0, 0], expected, rtol=0, atol=tolerance)
    # Every profile is worth that much more or less than where everything has moved.
    all_moved = model(**{**settings, "already_moved": 1.0})
    assert_allclose(
        point.payoffs(), all_moved.payoffs() + expected[:, None, None], rtol=0, atol=tolerance
    )


def test_the_dispute_moves_with_what_has_moved_and_a_breakdown_with_the_whole_lever() -> None:
    """Inside options g are of the world as far as the goods have moved; B always of all of it."""
    plain, none, some, all_moved = (
        model(),
        *(model(diversification=0.3, already_moved=moved) for moved in (0.0, 0.5, 1.0)),
    )
    tolerance = 1e-11 * float(plain.world.income[US])
    assert_allclose(none.in_force(), plain.in_force(), rtol=0, atol=tolerance)
    half = model(diversification=0.15)
    assert_allclose(some.in_force(), half.in_force(), rtol=0, atol=tolerance)
    canada = [float(point.in_force()[0]) for point in (none, some, all_moved)]
    assert canada[0] < canada[1] < canada[2] < 0.0  # less is sold to who taxes it
    for point in (none, some):
        assert_allclose(point.payoffs(), all_moved.payoffs(), rtol=0, atol=tolerance)
    assert np.abs(all_moved.payoffs() - plain.payoffs())[:, 2, 2].min() > 100.0


def test_without_levers_what_has_moved_does_not_matter() -> None:
    one, none = model(already_moved=1.0), model(already_moved=0.0, move_requires_breakdown=True)
    assert_array_equal(none.payoffs(), one.payoffs())
    assert_array_equal(none.in_force(), one.in_force())
    assert_array_equal(none.size(), WORLD.income[[CANADA, US]])


@pytest.mark.parametrize("needed", [True, False])
def test_a_cloud_of_moved_shares_is_its_points(needed: bool) -> None:
    """Points that have moved everything stand beside points that have not."""
    values = np.array([0.0, 0.5, 1.0])
    settings = {"diversification": 0.2, "move_requires_breakdown": needed}
    cloud = model(**settings, already_moved=values)
    assert cloud.payoffs().shape == (3, 2, 3, 3)
    assert cloud.in_force().shape == (3, 2)
    for index, value in enumerate(values):
        alone = model(**settings, already_moved=float(value))
        atol = 1e-11 * float(WORLD.income[US])
        assert_allclose(cloud.payoffs()[index], alone.payoffs(), rtol=0, atol=atol)
        assert_allclose(cloud.in_force()[index], alone.in_force(), rtol=0, atol=atol)


@pytest.mark.parametrize("name", ["diversification", "diversification.metals_energy"])
def test_lever_cost_is_the_cost_of_the_lever(name: str) -> None:
    point: Any = load_model("canada_us").build({name: 0.3, "already_moved": 0.0})
    per_unit = point.lever_cost(name)
    assert per_unit is not None
    assert_allclose(0.3 * per_unit, point.late_cost(), rtol=1e-12)
    told = point.outcomes()["diversification_cost_usd_m.canada"].values
    assert_allclose(told, 0.3 * per_unit, rtol=1e-12)
    assert point.lever_cost("procurement") is None


def test_names_of_the_last_release_still_work_and_say_so() -> None:
    cls = load_model("canada_us")
    with pytest.warns(DeprecationWarning, match="pass_through .* now called already_moved"):
        point: Any = cls.build({"pass_through": 0.4})
    assert point.already_moved == 0.4
    with pytest.warns(DeprecationWarning, match="duties_date .* now called us_schedule"):
        point = cls.build({"duties_date": "2026-07-15"})
    assert point.us_schedule == "2026-07-15"


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
        ("already_moved", 1.01, r"\[0, 1\]"),
        ("procurement_waste", 1.01, r"\[0, 1\]"),
        ("integration_loss", -0.01, r"\[0, inf"),
    ],
)
def test_levers_out_of_range_are_refused(name: str, value: float, allowed: str) -> None:
    with pytest.raises(ParameterError, match=f"{name} is .*{allowed}"):
        load_model("canada_us").build({name: value})
