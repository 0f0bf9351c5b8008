"""Package deals: known answers, what makes up a deal, kinds of tables, the shipped model's own."""

from __future__ import annotations

import dataclasses
import doctest
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from negotiation import Model, load_model
from negotiation.bargaining import (
    CONCEPTS,
    Packages,
    agenda,
    alone,
    kinds,
    link,
    packages,
    settle,
    settle_plainly,
)
from negotiation.bargaining.package_deal import closest
from negotiation.bargaining.packages import frontier
from negotiation.errors import ModelError, ParameterError
from negotiation.trade import counterfactual
from tests.unit.duties_by_hand import by_hand

SIDES = ("north", "south")
WAYS = ("open", "to north", "to south")


def log_rolling(**changes: Any) -> Packages:
    """Two divisible issues, worth 3 and 1 to one side and 1 and 3 to the other."""
    steel, cars = np.array([[0, 3, 0], [0, 0, 1]]), np.array([[0, 1, 0], [0, 0, 3]])
    payoffs = steel[:, :, None] + cars[:, None, :]
    given = {"tables": ("steel", "cars"), "options": (WAYS, WAYS), "payoffs": payoffs}
    return Packages(players=SIDES, **{**given, **changes})


def one_table(payoffs: Any, transfer: float | None = None) -> Packages:
    """Options of one table by (first, second) payoffs."""
    values = np.asarray(payoffs, dtype=float).T
    names = tuple(f"option {k}" for k in range(values.shape[1]))
    return Packages(SIDES, ("table",), (names,), values, transfer)


def test_the_example_in_the_docstring() -> None:
    found = doctest.testmod(packages)
    assert found.attempted > 10
    assert found.failed == 0


def test_log_rolling_gains_what_the_literature_says() -> None:
    """Issue by issue (2, 2), all at once (3, 3): Fershtman 1990; In and Serrano 2003."""
    linkage = link(log_rolling())
    assert_allclose(linkage.package.payoffs, [3, 3], rtol=0, atol=1e-12)
    assert len(linkage.agendas) == 2
    for order, deal in linkage.agendas.items():
        assert_allclose(deal.payoffs, [2, 2], rtol=0, atol=1e-12)
        assert_allclose(linkage.gain(order), [1, 1], rtol=0, atol=1e-12)
    apart = sum(deal.gains for deal in linkage.alone.values())
    assert_allclose(apart, [2, 2], rtol=0, atol=1e-12)


def test_a_divisible_issue_is_divided_by_lottery() -> None:
    deal = alone(log_rolling(), "steel")
    assert_allclose(deal.payoffs, [1.5, 0.5], atol=1e-12)
    made = {log_rolling().label(int(k)): deal.weights[k] for k in np.flatnonzero(deal.weights)}
    assert made == {
        "steel: to north; cars: open": pytest.approx(0.5, abs=1e-12),
        "steel: to south; cars: open": pytest.approx(0.5, abs=1e-12),
    }


def test_what_was_settled_first_foresees_what_comes_later() -> None:
    """A table whose settlement ruins the next one is left alone, worth what it is by itself."""
    # Settling the first gives 2 each and makes the second, worth 5 each, worthless.
    payoffs = np.zeros((2, 2, 2))
    payoffs[:, 1, 0], payoffs[:, 0, 1], payoffs[:, 1, 1] = 2.0, 5.0, 2.0
    two = Packages(SIDES, ("early", "late"), (("no", "yes"),) * 2, payoffs)
    early_first, late_first = (
        agenda(two, order) for order in (("early", "late"), ("late", "early"))
    )
    assert_allclose(early_first.payoffs, [5, 5])
    assert_allclose(late_first.payoffs, [5, 5])
    assert two.told(early_first.weights) == "early: no; late: yes"
    assert_allclose(alone(two, "early").payoffs, [2, 2])


def test_money_reaches_beyond_the_packages() -> None:
    """From (0, 0) over (10, -2) and 0.5 to the dollar: maximise (10 - x)(-2 + x / 2) by hand."""
    deal = settle(one_table([(0, 0), (10, -2)], 0.5), [0, 0])
    assert_allclose(deal.paid, 7.0)
    assert_allclose(deal.received, 3.5)
    assert_allclose(deal.payoffs, [3.0, 1.5])
    assert_allclose(deal.weights, [0, 1])
    without = settle(one_table([(0, 0), (10, -2)]), [0, 0])
    assert not without.agreed
    assert np.isnan(without.payoffs).all()
    assert_array_equal(without.reached, [0, 0])
    assert not without.weights.any()


def test_payoffs_thrown_away_are_said() -> None:
    """Equal gains from a single package of (5, 1) leave the first side 1 (free disposal)."""
    deal = settle(one_table([(0, 0), (5, 1)]), [0, 0], "egalitarian")
    assert_allclose(deal.payoffs, [1, 1])
    assert_allclose(deal.waste, [4, 0])
    assert deal.paid == 0.0


def test_the_best_package_without_lottery_and_without_money() -> None:
    p = one_table([(0, 0), (6, 1), (1, 5), (2.5, 3)], 0.5)
    plain = settle_plainly(p, [0, 0])
    assert_allclose(plain.payoffs, [2.5, 3.0])
    assert p.told(plain.weights) == "table: option 3"
    # (6 - x)(1 + x / 2) is largest at x = 2, and 8 > 7.5.
    paying = settle_plainly(p, [0, 0], money=True)
    assert_allclose(paying.payoffs, [4.0, 2.0])
    assert_allclose([paying.paid, paying.received], [2.0, 1.0])
    assert not settle_plainly(p, [7, 0]).agreed


def test_the_nearest_package_where_there_is_no_deal() -> None:
    p = one_table([(0, 0), (6, 1), (1, 5), (2.5, 3)])
    assert not settle(p, [5, 5]).agreed
    assert closest(p, [5, 5]) == 3


def test_an_unsolved_package_is_left_out() -> None:
    p = one_table([(0, 0), (np.nan, np.nan), (1, 5), (4, 3)])
    same = one_table([(0, 0), (0, 0), (1, 5), (4, 3)])
    assert_allclose(settle(p, [0, 0]).payoffs, settle(same, [0, 0]).payoffs)
    assert frontier(p)[1].tolist() == [2, 3]
    assert settle(p, [0, 0]).weights[1] == 0.0
    assert str(kinds(p)[0].nature) == "unknown"
    gone = one_table([(np.nan, np.nan), (np.nan, np.nan)])
    assert str(settle(gone, [0, 0]).status).startswith("unknown")
    assert set(frontier(gone)[1].tolist()) == {-1}


def test_an_outside_option_binds_or_moves_nothing() -> None:
    p = one_table([(0, 0), (4, 0), (0, 4)])
    assert_allclose(settle(p, [0, 0], outside=[1.9, -1]).payoffs, [2, 2])
    bound = settle(p, [0, 0], outside=[3.0, -1])
    assert_allclose(bound.payoffs, [3, 1])
    assert bound.binding.tolist() == [True, False]
    assert_allclose(bound.weights, [0, 0.75, 0.25])


@pytest.mark.parametrize(
    ("payoffs", "nature", "joint"),
    [
        ([(0, 0), (2, 1), (1, 0.5)], "compatible", 3.0),
        ([(0, 0), (2, -1), (5, 1)], "compatible", 6.0),
        ([(0, 0), (2, -2), (-3, 3)], "distributive", 0.0),
        ([(0, 0), (2, -3), (-3, 2)], "distributive", 0.0),
        ([(0, 0), (3, -1), (-1, 3)], "integrative", 2.0),
        ([(0, 0), (3, 1), (1, 2)], "integrative", 4.0),
        ([(0, 0), (-1, -1)], "compatible", 0.0),
    ],
)
def test_the_kind_of_a_table(payoffs: Any, nature: str, joint: float) -> None:
    (table,) = kinds(one_table(payoffs))
    assert str(table.nature) == nature
    assert_allclose(table.joint, joint)
    assert_allclose(table.gains[table.joint_best].sum(), joint)
    assert_allclose(table.gains, payoffs)


def test_a_table_is_judged_with_the_others_as_they_are() -> None:
    steel, cars = kinds(log_rolling())
    assert steel.name == "steel"
    assert_allclose(steel.gains, [[0, 0], [3, 0], [0, 1]])
    assert_allclose(cars.gains, [[0, 0], [1, 0], [0, 3]])
    assert [str(each.nature) for each in (steel, cars)] == ["integrative"] * 2
    assert steel.best.tolist() == [1, 2]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ModelError, match=r"shape \(2, 3\); expected \(\.\.\., 2, 3, 3\)"):
        log_rolling(payoffs=np.zeros((2, 3)))
    with pytest.raises(ModelError, match="2 tables and options for 1"):
        log_rolling(options=(WAYS,))
    with pytest.raises(ModelError, match=r"1\.5 is out of range"):
        log_rolling(transfer=1.5)
    with pytest.raises(ParameterError, match=r"no table 'stele' \(did you mean 'steel'"):
        agenda(log_rolling(), ("stele", "cars"))
    with pytest.raises(ParameterError, match="does not name every table once"):
        agenda(log_rolling(), ("steel",))
    with pytest.raises(ParameterError, match="does not name every table once"):
        agenda(log_rolling(), ("steel", "steel"))
    with pytest.raises(ParameterError, match="no table 'boats'"):
        alone(log_rolling(), "boats")
    with pytest.raises(ParameterError, match="unknown"):
        settle(log_rolling(), [0, 0], "nahs")


# --- Canada and the United States -----------------------------------------------------------------


@pytest.fixture(scope="module")
def canada_us() -> Any:
    return load_model("canada_us")()


@pytest.fixture(scope="module")
def shipped(canada_us: Any) -> Packages:
    found = canada_us.packages()
    assert isinstance(found, Packages)
    return found


def at_duties(model: Any, left: dict[str, tuple[float, float]]) -> np.ndarray[Any, Any]:
    """Payoffs if of the duties on a table only these shares are left: (US, Canada); by hand."""
    w = model.world
    keep = np.ones((2, len(w.sectors), 1))
    for s, table in enumerate(w.tables):
        for side in (0, 1):
            keep[side, s] = left.get(table.replace("-", "_"), (1.0, 1.0))[side]
    duties = {
        ("CAN", "USA"): by_hand("us_on_canada_2026-09-29").scaled(keep[0]),
        ("USA", "CAN"): by_hand("canada_on_us_2026-09-08").scaled(keep[1]),
    }
    sides = [w.region("CAN"), w.region("USA")]
    return np.asarray(counterfactual(w, duties).ev[sides])


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ((0, 0, 0), {}),
        ((5, 5, 5), {"metals_energy": (0, 0), "autos": (0, 0), "forestry": (0, 0)}),
        ((2, 1, 4), {"metals_energy": (0.5, 1), "autos": (1, 0), "forestry": (0, 1)}),
        ((3, 4, 0), {"metals_energy": (0.5, 0), "autos": (0, 1)}),
    ],
)
def test_a_package_is_worth_what_its_duties_are(
    canada_us: Any, shipped: Packages, options: tuple[int, ...], left: Any
) -> None:
    # Equivalent variations of billions out of incomes of trillions, good to 1e-12 of income.
    at: Any = (slice(None), *options)
    assert_allclose(shipped.payoffs[at], at_duties(canada_us, left), atol=1e-3)


def test_the_shipped_packages_are_what_they_say(canada_us: Any, shipped: Packages) -> None:
    assert shipped.tables == ("metals_energy", "autos", "forestry")
    assert shipped.payoffs.shape == (2, 6, 6, 6)
    assert bool(shipped.certified)
    assert_allclose(shipped.nothing, canada_us.in_force(), atol=1e-3)
    # Canada has countermeasures on every table: dropping any of them moves both sides.
    for table in range(3):
        options = np.moveaxis(shipped.payoffs, 1 + table, -1)
        for kept, dropped in ((0, 1), (2, 3), (4, 5)):
            assert np.abs(options[..., kept] - options[..., dropped]).min() > 1.0
    assert "no countermeasures" not in shipped.about
    assert shipped.efficiency == canada_us.concession_efficiency


def test_dropping_countermeasures_that_there_are_not_changes_nothing(canada_us: Any) -> None:
    """In July 2026 Canada had none in forestry: payoffs tie to the last bit."""
    found = canada_us.replace({"canada_schedule": "2026-07-15"}).packages()
    for kept, dropped in ((0, 1), (2, 3), (4, 5)):
        assert_array_equal(found.payoffs[..., kept], found.payoffs[..., dropped])
        assert np.abs(found.payoffs[:, kept] - found.payoffs[:, dropped]).min() > 1.0
    assert "Canada has no countermeasures to drop on forestry" in found.about


def test_with_nothing_else_at_stake_the_whole_package_is_the_status_quo(canada_us: Any) -> None:
    found = canada_us.replace({"at_stake.other": 0.0}).packages()
    assert_allclose(found.payoffs[:, 5, 5, 5], 0.0, atol=1e-3)
    assert (np.abs(found.nothing) > 100.0).all()


def test_deals_of_the_shipped_model_hold_together(shipped: Packages) -> None:
    d = [-18624.0, -9583.0]
    for concept in CONCEPTS:
        deal = settle(shipped, d, concept)
        assert deal.agreed, concept
        made = deal.weights @ shipped.points + [-deal.paid, deal.received] - deal.waste
        assert_allclose(made, deal.payoffs, rtol=1e-12)
        assert_allclose(deal.received, 0.8 * deal.paid)


def test_a_cloud_of_models_gives_a_cloud_of_packages(canada_us: Any) -> None:
    cloud: Model = canada_us.replace(
        {
            "diversification": np.array([0.0, 0.3]),
            "already_moved": np.array([0.5, 0.5]),
            "auto_weight_us": np.array([0.0, 2.0]),
            "concession_efficiency": np.array([0.8, 0.5]),
        }
    )
    found: Any = cloud.packages()
    assert found.batch_shape == (2,)
    assert_array_equal(found.certified, [True, True])
    deals = settle(found, [[-20000.0, 500.0], [-9000.0, 300.0]])
    for k, (delta, weight, mu) in enumerate([(0.0, 0.0, 0.8), (0.3, 2.0, 0.5)]):
        point = canada_us.replace(
            {
                "diversification": delta,
                "already_moved": 0.5,
                "auto_weight_us": weight,
                "concession_efficiency": mu,
            }
        )
        own = point.packages()
        assert_allclose(found.payoffs[k], own.payoffs, atol=1e-3)
        one = settle(dataclasses.replace(own, payoffs=found.payoffs[k]), deals.disagreement[k])
        assert_array_equal(one.payoffs, deals.payoffs[k])
        assert_array_equal(one.weights, deals.weights[k])
        assert_array_equal(one.paid, deals.paid[k])
