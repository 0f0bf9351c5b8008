"""Optimal, Nash and efficient tariffs: closed forms, brute force, and certificates that refute."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.subjects.published import TARIFF_WAR, tariff_war
from benchmarks.subjects.worlds import build, shipped_world
from negotiation.errors import NegotiationError, ParameterError
from negotiation.trade import World, counterfactual, purged
from negotiation.trade.tariffs import chosen, search
from negotiation.trade.tariffs.certificate import certify_tariffs, evenly
from negotiation.trade.tariffs.chosen import (
    ChosenTariffs,
    TariffStatus,
    nash_tariffs,
    optimal_tariff,
)
from negotiation.trade.tariffs.efficient import efficient_frontier, efficient_tariffs
from negotiation.trade.tariffs.formula import formula_tariffs
from negotiation.trade.tariffs.payoff import TariffGame
from negotiation.trade.tariffs.schedule import instruments
from negotiation.trade.tariffs.search import Climb, OwnPayoff, climb
from tests.validation.data import needs

Array = NDArray[np.float64]


def two_regions(size: float, home: float, theta: list[float], tariff: float = 0.0) -> World:
    """Two regions, no links, balanced trade: the first is `size` times the second."""
    s = len(theta)
    part = np.linspace(0.8, 1.2, s) / s
    trade = (1.0 - home) * size
    flows = np.empty((2, 2, s))
    flows[0, 0], flows[1, 1] = home * size * part, (1.0 - trade) * part
    flows[0, 1], flows[1, 0] = trade * part[::-1], trade * part
    rates = np.zeros((2, 2, s, 2))
    rates[0, 1] = tariff
    return World.from_arrays(
        regions=["H", "F"],
        sectors=[f"S{k}" for k in range(s)],
        flows=flows,
        tariff=rates,
        trade_elasticity=theta,
    )


def welfare(world: World, country: str, rates: dict[tuple[str, str], Array]) -> Array:
    return counterfactual(world, rates).welfare[..., world.region(country)]


@lru_cache(maxsize=1)
def small() -> World:
    """Three linked regions, two sectors, tariffs at the baseline, balanced trade."""
    return purged(build(7, n=3, s=2, linked=True, theta=(2.0, 6.0)).world)


@lru_cache(maxsize=1)
def duel() -> ChosenTariffs:
    return nash_tariffs(small(), ["R0", "R1"], by="sector")


# --- closed forms ---------------------------------------------------------------------------------


@pytest.mark.parametrize("theta", [1.5, 4.0, 9.0])
def test_a_small_country_taxes_at_one_over_theta(theta: float) -> None:
    found = optimal_tariff(two_regions(1e-5, 0.6, [theta]), "H")
    assert found.status is TariffStatus.CERTIFIED
    assert float(found.schedule.rates) == pytest.approx(1.0 / theta, rel=3e-5)


@pytest.mark.parametrize("theta", [[4.0], [2.0, 5.0, 8.0]])
def test_a_large_country_meets_the_elasticity_of_foreign_demand(theta: list[float]) -> None:
    # A tariff on all imports is a tax on all exports (Lerner); the rest of the world, untaxed by
    # itself, spends given shares of its income: t = 1 / sum of x_k theta_k (1 - lambda_k).
    found = optimal_tariff(two_regions(0.7, 0.7, theta), "H")
    sold = found.equilibrium.flows[0, 1, :, 1]
    share = sold / found.equilibrium.spending[1, :, 1]
    slope = (sold * np.array(theta) * (1.0 - share)).sum() / sold.sum()
    assert float(found.schedule.rates) == pytest.approx(1.0 / slope, rel=1e-6)
    assert found.certificate_pct <= 1e-6


def test_nobody_gains_by_a_tariff_where_the_partner_is_far_more_elastic() -> None:
    found = optimal_tariff(two_regions(1e-6, 0.6, [50.0]), "H", bounds=(-0.2, 0.5))
    assert float(found.schedule.rates) == pytest.approx(1.0 / 50.0, rel=1e-4)


# --- brute force ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_rate_of_a_fine_grid_is_better(seed: int) -> None:
    world = build(seed, n=2, s=2, linked=seed != 2, theta=(1.5, 6.0)).world
    found = optimal_tariff(world, "R0")
    grid = np.geomspace(0.5, 6.0, 801) - 1.0
    values = welfare(world, "R0", {("R1", "R0"): grid[:, None, None] * np.ones((2, 2))})
    best = int(np.nanargmax(values))
    assert found.payoff_pct >= 100.0 * (values[best] - 1.0) - 1e-10
    assert (
        abs(np.log1p(float(found.schedule.rates)) - np.log1p(grid[best])) < 1.01 * np.log(12) / 800
    )


def test_no_pair_of_rates_is_better() -> None:
    world = build(5, n=2, s=2, linked=True, theta=(2.0, 6.0)).world
    found = optimal_tariff(world, "R0", by="sector")
    line = np.geomspace(0.8, 2.2, 41) - 1.0
    pairs = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
    values = welfare(world, "R0", {("R1", "R0"): np.repeat(pairs[:, :, None], 2, axis=2)})
    best = pairs[int(np.nanargmax(values))]
    assert found.status is TariffStatus.CERTIFIED
    assert found.payoff_pct >= 100.0 * (np.nanmax(values) - 1.0)
    assert np.abs(np.log1p(found.schedule.rates) - np.log1p(best)).max() < np.log(2.2 / 0.8) / 40


@pytest.mark.parametrize("labour_elasticity", [np.inf, 1.5])
def test_slopes_are_those_of_payoffs(labour_elasticity: float) -> None:
    world = dataclasses.replace(small(), labour_elasticity=labour_elasticity)
    players = tuple(
        instruments(world, code, by="both", objective={"S1": 0.7}) for code in ("R0", "R2")
    )
    problem = TariffGame.of(world, players)
    point = problem.start + 0.1 * evenly(1, len(problem.start))[0]
    step = 1e-4 * np.eye(len(point))
    moved = problem.payoffs(np.concatenate([point + step, point - step]))
    change = (moved[: len(point)] - moved[len(point) :]) / 2e-4
    own = change[np.arange(len(point)), problem.owner]
    for near in (problem, problem.nearby(point)):
        assert near.dense
        assert np.allclose(near.own(point[None])[0], own, atol=1e-8)
        _, both = near.weighted(point[None], lambda each: np.full_like(each, 0.5))
        assert np.allclose(both[0], change.mean(axis=1), atol=1e-8)


# --- Nash -----------------------------------------------------------------------------------------


@pytest.mark.full
def test_each_country_answers_the_other_as_if_alone() -> None:
    met = duel()
    assert met.status is TariffStatus.CERTIFIED
    assert met.certificate_pct <= 1e-6
    for own, other in (("R0", "R1"), ("R1", "R0")):
        pair = {(own, other): np.repeat(met.rates[other][:, None], 2, axis=1)}
        there = counterfactual(small(), pair).as_world()
        alone = optimal_tariff(there, own, by="sector", on=[other])
        assert np.allclose(alone.schedule.rates, met.rates[own], atol=1e-5)


def test_first_order_conditions_hold() -> None:
    met = duel()
    world = small()
    step = 1e-3
    for own, other in (("R0", "R1"), ("R1", "R0")):
        rates = met.rates[own]
        tried = np.log1p(rates) + step * np.array([[1, 0], [-1, 0], [0, 1], [0, -1], [0, 0]])
        given = {
            (other, own): np.repeat(np.expm1(tried)[:, :, None], 2, axis=2),
            (own, other): np.repeat(met.rates[other][:, None], 2, axis=1),
        }
        values = welfare(world, own, given)
        slope = (values[[0, 2]] - values[[1, 3]]) / (2 * step)
        curve = (values[[0, 2]] + values[[1, 3]] - 2 * values[4]) / step**2
        assert (curve < 0.0).all()
        assert (100.0 * slope**2 / -curve).max() < 1e-6  # percent of income


def test_equal_countries_choose_equal_rates() -> None:
    world = two_regions(1.0, 0.7, [4.0])
    met = nash_tariffs(world, ["H", "F"])
    assert float(met.rates["H"]) == pytest.approx(float(met.rates["F"]), rel=1e-7)
    assert met.welfare_pct[0] == pytest.approx(met.welfare_pct[1], abs=1e-9)
    assert met.welfare_pct.max() < 0.0


def test_one_player_against_everybody_has_its_optimal_tariff() -> None:
    met = nash_tariffs(small(), ["R1"], on="all")
    alone = optimal_tariff(small(), "R1")
    assert float(met.rates["R1"]) == pytest.approx(float(alone.schedule.rates), abs=1e-6)


@pytest.mark.parametrize("on", ["players", "all"])
def test_relabelling_countries_permutes_the_answer(on: str) -> None:
    world = small()
    order = np.array([2, 0, 1])
    turned = World.from_arrays(
        regions=[world.regions[i] for i in order],
        sectors=world.sectors,
        flows=world.flows[np.ix_(order, order)],
        tariff=world.tariff[np.ix_(order, order)],
        trade_elasticity=world.trade_elasticity,
        input_share=world.input_share[order],
    )
    here = nash_tariffs(world, ["R0", "R1"], on=on, certify=False)
    there = nash_tariffs(turned, ["R1", "R0"], on=on, certify=False)
    for code in ("R0", "R1"):
        assert float(here.rates[code]) == pytest.approx(float(there.rates[code]), abs=1e-6)
    assert np.allclose(here.welfare_pct[order], there.welfare_pct, atol=1e-7)


def test_another_start_ends_at_the_same_place() -> None:
    again = nash_tariffs(small(), ["R0", "R1"], by="sector", start={"R0": 0.9, "R1": [0.0, 0.6]})
    for code, rates in duel().rates.items():
        assert np.allclose(again.rates[code], rates, atol=1e-5)


def test_everybody_against_everybody() -> None:
    world = small()
    met = nash_tariffs(world, world.regions, on="all")
    assert met.status is TariffStatus.CERTIFIED
    assert met.welfare_pct.sum() < 0.0
    assert all(0.05 < float(rate) < 2.0 for rate in met.rates.values())


@pytest.mark.full
def test_the_shipped_world_by_sector() -> None:
    world = shipped_world()
    goods = [code for code in world.sectors if code not in ("ELY", "CNS", "SRV")]
    met = nash_tariffs(world, ["CAN", "USA"], by="sector", sectors=goods)
    assert met.status is TariffStatus.CERTIFIED
    assert met.certificate is not None
    assert (met.certificate.points > 500).all()
    assert met.evaluations > met.certificate.points.sum()
    canada, us = met.payoff_pct
    assert canada < 0.0 < us


# --- bounds, objectives, shapes -------------------------------------------------------------------


def test_bounds_bind_and_are_reported() -> None:
    met = nash_tariffs(small(), ["R0", "R1"], by="sector", bounds=(-0.1, 0.05))
    free = np.concatenate(list(duel().rates.values()))
    assert met.status is TariffStatus.CERTIFIED
    for schedule in met.schedules:
        assert ((schedule.at_bound == 1) == (schedule.rates == 0.05)).all()
    assert sum(int((each.at_bound == 1).sum()) for each in met.schedules) >= (free > 0.2).sum() > 0
    assert not any(each.at_bound.any() for each in duel().schedules)


def test_a_floor_above_the_best_rate_binds() -> None:
    found = optimal_tariff(small(), "R0", bounds=(3.0, 4.0))
    assert (float(found.schedule.rates), int(found.schedule.at_bound)) == (3.0, -1)


@pytest.mark.parametrize("sector", [0, 1])
def test_weight_on_an_industry_raises_its_protection(sector: int) -> None:
    world = small()
    code = world.sectors[sector]
    plain = optimal_tariff(world, "R0", by="sector", certify=False)
    political = optimal_tariff(world, "R0", by="sector", objective={code: 0.3}, certify=False)
    assert political.schedule.rates[sector] > plain.schedule.rates[sector] + 1e-3
    assert political.payoff_pct > plain.payoff_pct
    added = political.equilibrium.real_value_added[0, sector]
    assert added > plain.equilibrium.real_value_added[0, sector]
    value = world.value_added_share[0, sector] * world.output[0, sector]
    payoff = political.equilibrium.ev[0] + 0.3 * value * (added - 1.0)
    assert political.payoff_pct == pytest.approx(100.0 * payoff / world.income[0], rel=1e-9)


@pytest.mark.full
def test_finer_rates_are_never_worse() -> None:
    found = {by: optimal_tariff(small(), "R1", by=by) for by in ("uniform", "sector", "both")}
    assert all(each.status is TariffStatus.CERTIFIED for each in found.values())
    gains = [each.payoff_pct for each in found.values()]
    assert all(coarse <= fine + 1e-9 for coarse, fine in pairwise(gains))
    assert found["both"].schedule.rates.shape == (2, 2)
    table = found["both"].schedule.as_dict()
    assert list(table) == ["R0", "R2"]
    assert table["R2"]["S1"] == found["both"].schedule.rates[1, 1]  # type: ignore[index]


def test_rates_replace_the_tariffs_chosen_and_no_others() -> None:
    world = small()
    found = optimal_tariff(world, "R0", by="partner", on=["R2"], sectors=["S1"])
    expected = world.tariff.copy()
    expected[2, 0, 1] = found.schedule.rates[0]
    assert np.array_equal(found.equilibrium.tariff, expected)
    assert found.schedule.as_dict() == {"R2": found.schedule.rates[0]}


def test_a_rate_on_no_trade_is_not_a_number() -> None:
    world = small()
    flows = world.flows.copy()
    flows[2, 0, 1] = 0.0
    loose = dataclasses.replace(world, flows=flows)
    found = instruments(loose, "R0", by="both")
    assert found.count == 3
    rates = found.schedules(found.start)[0].rates
    assert np.isnan(rates).tolist() == [[False, False], [False, True]]
    assert found.schedules(found.start)[0].at_bound.tolist() == [[0, 0], [0, 0]]


# --- the certificate ------------------------------------------------------------------------------


@pytest.mark.full
def test_wrong_tariffs_are_refuted_by_what_can_be_gained() -> None:
    met = duel()
    wrong = [
        dataclasses.replace(each, rates=each.rates + (0.3 if each.country == "R0" else 0.0))
        for each in met.schedules
    ]
    found = certify_tariffs(small(), wrong)
    assert found.country == "R0"
    assert found.largest_pct > 1e-3
    # What R0 can gain is what its best answer to R1 brings: R1 has not moved.
    assert np.allclose(found.deviation.rates, met.rates["R0"], atol=1e-4)
    assert certify_tariffs(small(), met.schedules).largest_pct <= 1e-6


@pytest.mark.full
@pytest.mark.parametrize("by", ["uniform", "both"])
def test_free_trade_is_refuted(by: str) -> None:
    world = small()
    best = optimal_tariff(world, "R0", by=by, bounds=(0.0, 3.0))
    zero = dataclasses.replace(best.schedule, rates=np.zeros_like(best.schedule.rates))
    found = certify_tariffs(world, [zero])
    none = {(other, "R0"): np.zeros((2, 2)) for other in ("R1", "R2")}
    free = 100.0 * (float(welfare(world, "R0", none)) - 1.0)
    assert found.largest_pct == pytest.approx(best.payoff_pct - free, rel=1e-6)


def test_a_search_that_ends_wrong_is_not_certified(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(problem: TariffGame, start: Array, **_: object) -> search.Meeting:
        return search.Meeting(0.0 * start, np.zeros(2), True, 1)

    monkeypatch.setattr(chosen, "meet", lost)
    met = nash_tariffs(small(), ["R0", "R1"])
    assert met.status is TariffStatus.NOT_CERTIFIED
    assert met.certificate_pct > 1e-3


def test_what_is_not_checked_says_so() -> None:
    met = nash_tariffs(small(), ["R0", "R1"], certify=False)
    assert met.status is TariffStatus.NOT_CHECKED
    assert np.isnan(met.certificate_pct)


def test_a_search_cut_short_says_so() -> None:
    met = nash_tariffs(small(), ["R0", "R1"], certify=False, rounds=1)
    assert met.status is TariffStatus.NOT_CONVERGED


@pytest.mark.full
def test_a_better_top_that_the_certificate_finds_is_climbed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = climb
    calls: list[Array] = []

    def lost_at_first(landscape: OwnPayoff, start: Array, *rest: Any) -> Climb:
        found = real(landscape, start, *rest)
        calls.append(start)
        return found if len(calls) > 1 else dataclasses.replace(found, point=0.0 * start + 1.0)

    straight = optimal_tariff(small(), "R0", by="sector", certify=False)
    monkeypatch.setattr(chosen, "climb", lost_at_first)
    found = optimal_tariff(small(), "R0", by="sector")
    assert len(calls) == 2
    assert found.status is TariffStatus.CERTIFIED
    assert np.allclose(found.schedule.rates, straight.schedule.rates, atol=1e-6)


def test_unconverged_points_are_counted_and_never_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    best = optimal_tariff(small(), "R0", certify=False)
    real = TariffGame.payoffs

    def spoiled(self: TariffGame, points: Array) -> Array:
        found = real(self, points)
        far = np.abs(points - np.log1p(float(best.schedule.rates))).max(axis=1) > 0.5
        self.count.failed += int(far.sum())
        return np.where(far[:, None], np.nan, found)

    monkeypatch.setattr(TariffGame, "payoffs", spoiled)
    found = certify_tariffs(small(), [best.schedule])
    assert found.unconverged[0] > 10
    assert found.largest_pct <= 1e-6


def test_a_candidate_without_an_equilibrium_is_not_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    best = optimal_tariff(small(), "R0", certify=False)
    real = TariffGame.payoffs

    def none(self: TariffGame, points: Array) -> Array:
        return np.full_like(real(self, points), np.nan)

    monkeypatch.setattr(TariffGame, "payoffs", none)
    found = certify_tariffs(small(), [best.schedule])
    assert np.isnan(found.largest_pct)
    assert found.unconverged[0] > 0


# --- efficient tariffs ----------------------------------------------------------------------------


def test_efficient_tariffs_gain_for_both_and_cannot_be_bettered() -> None:
    world, met = small(), duel()
    found = efficient_tariffs(
        world, ["R0", "R1"], by="sector", disagreement=met.equilibrium, bounds=(-0.5, 2.0)
    )
    assert found.status is TariffStatus.EFFICIENT
    assert (found.gains > 0.0).all()
    assert np.allclose(found.gains, 1.0 + found.payoff - met.equilibrium.welfare[:2])
    around = 0.02 * (2.0 * evenly(200, 4) - 1.0)
    logs = np.log1p(np.concatenate([found.rates["R0"], found.rates["R1"]])) + around
    rates = np.expm1(logs)
    near = counterfactual(
        world,
        {
            ("R1", "R0"): np.repeat(rates[:, :2, None], 2, axis=2),
            ("R0", "R1"): np.repeat(rates[:, 2:, None], 2, axis=2),
        },
    ).welfare[:, :2]
    gains = near - met.equilibrium.welfare[:2]
    assert (gains.prod(axis=1) <= found.gains.prod() * (1.0 + 1e-9)).all()
    assert not (gains > found.gains).all(axis=1).any()


@pytest.mark.full
def test_weights_move_along_the_frontier() -> None:
    world, met = small(), duel()
    found = efficient_frontier(
        world, ["R0", "R1"], by="sector", disagreement=met.equilibrium, points=4
    )
    gains = np.array([each.gains for each in found])
    assert (gains > 0.0).all()
    assert (np.diff(gains[:, 0]) > 0.0).all()
    assert (np.diff(gains[:, 1]) < 0.0).all()


@pytest.mark.full
def test_joint_welfare_is_largest_at_its_own_optimum() -> None:
    world, met = small(), duel()
    options = {"by": "sector", "disagreement": met.equilibrium}
    together = efficient_tariffs(world, ["R0", "R1"], concept="welfare", **options)  # type: ignore[arg-type]
    shared = efficient_tariffs(world, ["R0", "R1"], **options)  # type: ignore[arg-type]
    assert together.ev.sum() >= shared.ev.sum() > met.equilibrium.ev[:2].sum()


@pytest.mark.full
def test_no_agreement_is_said() -> None:
    far = {"R0": 1.5, "R1": 1.5}
    found = efficient_tariffs(small(), ["R0", "R1"], disagreement=far, bounds=(-0.2, 0.5))
    assert found.status is TariffStatus.NO_GAIN
    assert (found.gains < 0.0).any()


# --- published numbers ----------------------------------------------------------------------------


@pytest.mark.full
@needs(TARIFF_WAR)  # type: ignore[untyped-decorator]
def test_best_responses_to_the_formula_of_lashkaripour() -> None:
    world = tariff_war().world
    there = counterfactual(world, formula_tariffs(world).tariff, closure="balanced").as_world()
    for code, expected in (("USA", 0.4369), ("CAN", 0.3009)):
        found = optimal_tariff(there, code, certify=code == "USA")
        assert float(found.schedule.rates) == pytest.approx(expected, abs=1e-4)
        assert 0.0 < found.payoff_pct < 8e-4


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "good"}, "by 'good' is unknown"),
        ({"bounds": (0.5, 0.1)}, "leave no room"),
        ({"bounds": (-1.0, 0.1)}, "leave no room"),
        ({"on": ["R0"]}, "R0 itself"),
        ({"on": ["R9"]}, "R9"),
        ({"on": []}, "on is empty"),
        ({"sectors": ["S0", "S0"]}, "names a code twice"),
        ({"start": [0.1, 0.2, 0.3]}, "start has shape"),
        ({"start": 9.0}, "within the bounds"),
        ({"objective": {"S9": 1.0}}, "S9"),
        ({"objective": {"S1": np.nan}}, "not a number"),
    ],
)
def test_what_does_not_fit_is_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(NegotiationError, match=message):
        optimal_tariff(small(), "R0", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("countries", "options", "message"),
    [
        (["R0", "R0"], {}, "each of them once"),
        (["R0"], {}, "nobody to tax"),
        (["R0", "R1"], {"on": "some"}, "on 'some' is unknown"),
        (["R0", "R1"], {"objectives": {"R2": {}}}, "objectives names R2"),
        (["R0", "R1"], {"start": {"R2": 0.1}}, "start names R2"),
    ],
)
def test_players_that_do_not_fit_are_named(
    countries: list[str], options: dict[str, object], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        nash_tariffs(small(), countries, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"concept": "fair"}, "concept 'fair' is unknown"),
        ({"weights": {"R0": 1.0}}, "one weight for each"),
        ({"weights": {"R0": -1.0, "R1": 1.0}}, "none below 0"),
        ({"disagreement": {"R0": 1.0}}, "W-hat of each"),
        ({"disagreement": [1.0, -1.0]}, "welfare ratio"),
    ],
)
def test_agreements_that_do_not_fit_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        efficient_tariffs(small(), ["R0", "R1"], **options)  # type: ignore[arg-type]
