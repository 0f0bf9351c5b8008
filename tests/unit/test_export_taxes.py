"""Export taxes that are chosen, alone and beside tariffs: closed forms, symmetry, certificates."""

from __future__ import annotations

import dataclasses
from functools import lru_cache

import numpy as np
import pytest

from benchmarks.subjects.worlds import build
from negotiation.errors import ParameterError
from negotiation.trade import World, counterfactual, purged
from negotiation.trade.tariffs.certificate import certify_tariffs, evenly
from negotiation.trade.tariffs.chosen import (
    ChosenTariffs,
    TariffStatus,
    nash_tariffs,
    optimal_tariff,
)
from negotiation.trade.tariffs.efficient import efficient_frontier, efficient_tariffs
from negotiation.trade.tariffs.payoff import TariffGame
from negotiation.trade.tariffs.schedule import instruments
from tests.unit.test_tariffs import Array, small, two_regions

BOTH = ("import", "export")


@lru_cache(maxsize=1)
def free() -> World:
    """Three linked regions without tariffs, balanced trade."""
    return counterfactual(small(), np.zeros((3, 3, 2, 2))).as_world()


@lru_cache(maxsize=1)
def war() -> ChosenTariffs:
    return nash_tariffs(small(), ["R0", "R1"], by="sector", instruments=BOTH)


def certified(found: ChosenTariffs) -> ChosenTariffs:
    assert found.status is TariffStatus.CERTIFIED
    assert found.certificate_pct <= 1e-6
    return found


# --- slopes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kinds", [("export",), BOTH])
@pytest.mark.parametrize("labour_elasticity", [np.inf, 1.5])
def test_slopes_are_those_of_payoffs(kinds: tuple[str, ...], labour_elasticity: float) -> None:
    world = dataclasses.replace(small(), labour_elasticity=labour_elasticity)
    players = tuple(
        # R2 taxes R0 alone; both tax the trade between them, from both ends.
        instruments(world, code, by="both", kinds=kinds, on=on, objective={"S1": 0.7})
        for code, on in (("R0", None), ("R2", ["R0"]))
    )
    game = TariffGame.of(world, players)
    point = game.start + 0.1 * evenly(1, len(game.start))[0]
    step = 1e-4 * np.eye(len(point))
    moved = game.payoffs(np.concatenate([point + step, point - step]))
    change = (moved[: len(point)] - moved[len(point) :]) / 2e-4
    own = change[np.arange(len(point)), game.owner]
    near = game.nearby(point)
    assert np.allclose(near.own(point[None])[0], own, atol=2e-8)
    assert np.allclose(near.own(np.tile(point, (5, 1)))[4], own, atol=2e-8)
    _, both = near.weighted(point[None], lambda each: np.full_like(each, 0.5))
    assert np.allclose(both[0], change.mean(axis=1), atol=2e-8)


# --- Lerner symmetry ------------------------------------------------------------------------------


@pytest.mark.parametrize("world", [two_regions(0.7, 0.7, [4.0]), free()], ids=["two", "linked"])
def test_a_tax_on_all_exports_does_what_a_tariff_on_all_imports_does(world: World) -> None:
    home = world.regions[0]
    bought = certified(optimal_tariff(world, home))
    sold = certified(optimal_tariff(world, home, instruments=["export"]))
    assert sold.instruments == ("export",)
    assert sold.schedule.kind == "export"
    assert sold.rates == {}
    assert float(sold.export_taxes[home]) == pytest.approx(float(bought.rates[home]), rel=1e-6)
    assert float(sold.export_taxes[home]) > 0.1
    assert np.allclose(sold.equilibrium.welfare, bought.equilibrium.welfare, rtol=0.0, atol=1e-10)
    assert sold.equilibrium.export_tax_revenue[0] > 0.0
    assert sold.equilibrium.tariff_revenue[0] == pytest.approx(0.0, abs=1e-9)


def test_with_both_the_tariff_on_most_trade_is_held() -> None:
    world = small()
    alone = certified(optimal_tariff(world, "R0"))
    both = certified(optimal_tariff(world, "R0", instruments=BOTH, bounds=(0.0, 5.0)))
    duty, tax = both.schedules
    assert (duty.kind, tax.kind) == BOTH
    assert (float(duty.rates), duty.held, int(duty.at_bound)) == (0.0, 0, 0)
    assert (tax.held, int(tax.at_bound)) == (None, 0)
    assert float(tax.rates) == pytest.approx(float(alone.schedule.rates), rel=1e-6)
    assert both.payoff_pct == pytest.approx(alone.payoff_pct, abs=1e-8)
    # Nothing is searched along the direction that moves nothing: one variable is left.
    assert instruments(world, "R0", kinds=BOTH).count == 1
    assert instruments(world, "R0", by="both", kinds=BOTH).count == 7
    assert instruments(world, "R0", kinds=BOTH, sectors=["S0"]).count == 2
    assert instruments(world, "R0", kinds=BOTH, on=["R1"]).count == 2


def test_where_the_tariff_is_held_moves_nothing_real() -> None:
    world = small()
    here = certified(optimal_tariff(world, "R1", by="sector", instruments=BOTH))
    start = {"import": here.rates["R1"] + 0.2, "export": here.export_taxes["R1"]}
    there = certified(optimal_tariff(world, "R1", by="sector", instruments=BOTH, start=start))
    at = here.schedules[0].held
    assert at is not None
    assert here.rates["R1"][at] == 0.0
    assert there.rates["R1"][at] == pytest.approx(0.2, rel=1e-12)
    assert np.allclose(1.0 + there.rates["R1"], 1.2 * (1.0 + here.rates["R1"]), rtol=1e-6)
    taxes = (1.0 + here.export_taxes["R1"]) / 1.2
    assert np.allclose(1.0 + there.export_taxes["R1"], taxes, rtol=1e-6)
    # What the others get is not flat at the optimum, where the search leaves rates 1e-7 apart.
    assert np.allclose(here.equilibrium.welfare, there.equilibrium.welfare, rtol=0.0, atol=1e-7)
    assert here.payoff[0] == pytest.approx(there.payoff[0], abs=1e-11)


def test_fixed_transfers_break_the_symmetry() -> None:
    data = build(7, n=3, s=2, linked=True, theta=(2.0, 6.0)).world
    loose = counterfactual(data, np.zeros((3, 3, 2, 2))).as_world()
    for world, apart in ((loose, True), (purged(loose), False)):
        others = world.regions[1:]
        rate = np.full((2, 2), 0.25)
        bought = counterfactual(world, {(code, "R0"): rate for code in others})
        sold = counterfactual(world, export_tax={("R0", code): rate for code in others})
        gap = float(np.abs(bought.welfare - sold.welfare).max())
        assert (gap > 1e-5) is apart
        assert (gap < 1e-10) is not apart


# --- closed forms ---------------------------------------------------------------------------------


@pytest.mark.parametrize("theta", [4.0, 40.0, 400.0])
def test_a_small_open_economy_taxes_at_what_its_market_power_is_down_to_zero(theta: float) -> None:
    world, limits = two_regions(1e-5, 0.6, [theta]), (0.0, 2.0 / theta)
    found = certified(optimal_tariff(world, "H", instruments=["export"], export_bounds=limits))
    assert float(found.schedule.rates) == pytest.approx(1.0 / theta, rel=1e-3)


def test_market_power_in_one_sector_is_used_in_that_sector() -> None:
    # A monopolist in each foreign market: 1 + x = e / (e - 1), e = 1 + theta (1 - lambda) the
    # elasticity of foreign demand. What it buys it taxes alike, as one country makes it all.
    theta = np.array([2.0, 60.0, 8.0])
    world = two_regions(0.7, 0.7, theta.tolist())
    found = certified(optimal_tariff(world, "H", by="sector", instruments=BOTH))
    share = found.equilibrium.flows[0, 1, :, 1]
    for code, rate in found.export_taxes.items():
        wedge = 1.0 + rate
        share = share * wedge / found.equilibrium.spending[1, :, 1]
        assert code == "H"
        assert np.allclose(rate, 1.0 / (theta * (1.0 - share)), rtol=1e-5)
        assert rate[0] > 0.5
        assert rate[1] < 0.03
    assert np.allclose(found.rates["H"], 0.0, atol=1e-6)


@pytest.mark.full
def test_both_are_at_least_as_good_as_each() -> None:
    for by in ("uniform", "sector", "partner", "both"):
        gains = [
            certified(optimal_tariff(free(), "R1", by=by, instruments=kinds)).payoff_pct[0]
            for kinds in (("import",), ("export",), BOTH)
        ]
        assert gains[2] >= max(gains[:2]) - 1e-9
        better = bool(gains[2] > max(gains[:2]) + 1e-4)
        assert better is (by != "uniform")


def test_no_pair_of_rates_is_better() -> None:
    world = small()
    found = certified(optimal_tariff(world, "R0", on=["R1"], instruments=BOTH))
    line = np.geomspace(1.0, 1.6, 41) - 1.0
    duty, tax = (each.reshape(-1, 1, 1) for each in np.meshgrid(line, line, indexing="ij"))
    full = np.ones((2, 2))
    at = counterfactual(world, {("R1", "R0"): duty * full}, export_tax={("R0", "R1"): tax * full})
    values = at.welfare[:, 0]
    best = int(np.nanargmax(values))
    assert found.payoff_pct[0] >= 100.0 * (values[best] - 1.0)
    for rate, grid in ((found.rates["R0"], duty), (found.export_taxes["R0"], tax)):
        assert abs(np.log1p(float(rate)) - np.log1p(grid[best, 0, 0])) < np.log(1.6) / 40


# --- bounds and objectives ------------------------------------------------------------------------


def test_exports_are_subsidised_only_if_the_bounds_say_so() -> None:
    world = two_regions(0.7, 0.7, [4.0, 6.0])
    wish = {"S0": 1.5}
    found = certified(
        optimal_tariff(world, "H", by="sector", instruments=["export"], objective=wish)
    )
    assert found.schedule.rates[0] == 0.0
    assert found.schedule.at_bound.tolist() == [-1, 0]
    loose = certified(
        optimal_tariff(
            world,
            "H",
            by="sector",
            instruments=["export"],
            objective=wish,
            export_bounds=(-0.6, 2.0),
        )
    )
    assert loose.schedule.rates[0] < -0.02
    assert loose.payoff_pct[0] > found.payoff_pct[0]
    assert (loose.schedule.low, loose.schedule.high) == (-0.6, 2.0)


def test_taxes_fall_on_the_sales_chosen_and_no_others() -> None:
    found = optimal_tariff(
        small(), "R0", by="partner", on=["R2"], sectors=["S1"], instruments="export"
    )
    assert found.schedule.as_dict() == {"R2": found.schedule.rates[0]}
    expected = np.zeros((2, 1))
    expected[1] = found.schedule.rates[0]
    same = counterfactual(small(), export_tax={("R0", "R2"): expected})
    assert np.allclose(found.equilibrium.welfare, same.welfare, rtol=0.0, atol=1e-12)
    assert np.array_equal(found.equilibrium.tariff, small().tariff)


# --- Nash -----------------------------------------------------------------------------------------


@pytest.mark.full
def test_each_country_answers_the_other_as_a_search_of_both_kinds_says() -> None:
    met = certified(war())
    assert [(each.country, each.kind) for each in met.schedules] == [
        (code, kind) for code in ("R0", "R1") for kind in BOTH
    ]
    again = certify_tariffs(small(), met.schedules)
    assert again.largest_pct <= 1e-6
    assert again.countries == ("R0", "R1")
    assert len(again.deviations) == 4
    assert (again.points > 300).all()


@pytest.mark.full
@pytest.mark.parametrize("kind", BOTH)
def test_a_wrong_rate_of_either_kind_is_refuted(kind: str) -> None:
    met = war()
    wrong = [
        dataclasses.replace(each, rates=each.rates + 0.3)
        if (each.country, each.kind) == ("R0", kind)
        else each
        for each in met.schedules
    ]
    found = certify_tariffs(small(), wrong)
    assert found.country == "R0"
    assert found.largest_pct > 1e-3
    with pytest.raises(ParameterError, match="deviations"):
        _ = found.deviation
    for each in found.deviations[:2]:
        right = met.rates if each.kind == "import" else met.export_taxes
        assert np.allclose(each.rates, right["R0"], atol=1e-3)


def test_equal_countries_choose_equal_export_taxes() -> None:
    world = two_regions(1.0, 0.7, [4.0])
    met = certified(nash_tariffs(world, ["H", "F"], instruments=["export"]))
    bought = certified(nash_tariffs(world, ["H", "F"]))
    assert float(met.export_taxes["H"]) == pytest.approx(float(met.export_taxes["F"]), rel=1e-7)
    # Each country's tax on all exports is a tariff on all its imports, whatever the other does.
    assert np.allclose(met.welfare_pct, bought.welfare_pct, rtol=0.0, atol=1e-7)


def test_one_player_against_everybody_has_its_optimal_taxes() -> None:
    met = nash_tariffs(small(), ["R1"], on="all", by="sector", instruments=BOTH)
    alone = optimal_tariff(small(), "R1", by="sector", instruments=BOTH)
    assert np.allclose(met.export_taxes["R1"], alone.export_taxes["R1"], atol=1e-6)
    assert np.allclose(met.rates["R1"], alone.rates["R1"], atol=1e-6)
    again = optimal_tariff(
        small(), "R1", by="sector", instruments=BOTH, start=alone.schedules, certify=False
    )
    assert np.allclose(again.export_taxes["R1"], alone.export_taxes["R1"], atol=1e-6)


# --- agreements -----------------------------------------------------------------------------------


def test_governments_can_agree_on_export_taxes() -> None:
    fight = nash_tariffs(small(), ["R0", "R1"], instruments=["export"])
    curve = efficient_frontier(
        small(),
        ["R0", "R1"],
        disagreement=fight.equilibrium,
        points=2,
        instruments=["export"],
        export_bounds=(-0.4, 2.0),
    )
    assert [each.status for each in curve] == [TariffStatus.EFFICIENT] * 2
    assert all((each.gains > 0.0).all() for each in curve)
    assert curve[0].payoff[0] < curve[1].payoff[0]
    assert curve[0].payoff[1] > curve[1].payoff[1]


# --- refusals -------------------------------------------------------------------------------------


def test_what_does_not_fit_is_refused() -> None:
    world = small()
    for kinds, words in (
        (("exports",), "did you mean 'export'"),
        ((), "expected import, export or both"),
        (("export", "export"), "each once"),
    ):
        with pytest.raises(ParameterError, match=words):
            optimal_tariff(world, "R0", instruments=kinds)
    with pytest.raises(ParameterError, match="two instruments"):
        optimal_tariff(world, "R0", instruments=BOTH, start=0.1)
    with pytest.raises(ParameterError, match="start has rates for 'exports'"):
        optimal_tariff(world, "R0", instruments=BOTH, start={"exports": 0.1})
    with pytest.raises(ParameterError, match="one instrument"):
        efficient_tariffs(world, ["R0", "R1"], instruments=BOTH)
    with pytest.raises(ParameterError, match="leave no room"):
        optimal_tariff(world, "R0", instruments=["export"], export_bounds=(0.5, 0.1))
    with pytest.raises(ParameterError, match="take them from `schedules`"):
        _ = war().schedule
    first, second = war().schedules[:2]
    for pair in ((first, first), (first, dataclasses.replace(second, partners=("R2",)))):
        with pytest.raises(ParameterError, match="do not fit each other"):
            certify_tariffs(world, pair)


def test_a_country_that_sells_nothing_has_nothing_to_tax() -> None:
    world = small()
    flows: Array = world.flows.copy()
    flows[0, 1:] = 0.0
    with pytest.raises(ParameterError, match="R0 sells nothing that these rates would tax"):
        instruments(dataclasses.replace(world, flows=flows), "R0", kinds=["export"])
