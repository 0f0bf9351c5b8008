"""The slow tariffs and the slow Roy labour market against theorems, not against the library."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.peers import slow_roy, slow_tariffs, slow_trade
from benchmarks.subjects.worlds import Array, build
from tests.properties.economies import shock

#: A rate at a bound meets itself on the grid.
ROUNDING = 1e-13


def _economy(seed: int, n: int, s: int, linked: bool, zeros: bool = False) -> slow_trade.Economy:
    drawn = build(seed, n=n, s=s, linked=linked, zeros=zeros, theta=(2.0, 8.0))
    return slow_trade.from_arrays(
        drawn.flows, drawn.tariff, drawn.trade_elasticity, drawn.input_share
    )


def _shock(seed: int, economy: slow_trade.Economy) -> tuple[Array, Array]:
    n, _, s, _ = economy.flows.shape
    drawn = shock(build(seed, n=n, s=s, linked=False), seed)
    return drawn.tariff, drawn.trade_cost


def _one_sector(size: tuple[float, ...], theta: float) -> slow_trade.Economy:
    """Untaxed balanced trade, one sector: everybody spends by size, home weighs four times."""
    n = len(size)
    flows = np.zeros((n, n, 1, 2))
    for i in range(n):
        for m in range(i + 1, n):
            flows[i, m, 0, 1] = flows[m, i, 0, 1] = size[i] * size[m]
        flows[i, i, 0, 1] = 4.0 * size[i] ** 2
    return slow_trade.from_arrays(flows, np.zeros_like(flows), np.array([theta]), None)


# --- labour ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("linked", [False, True])
def test_mobile_labour_is_what_the_other_slow_solver_finds(linked: bool) -> None:
    economy = _economy(11, 3, 3, linked, zeros=True)
    tariff, cost = _shock(12, economy)
    for closure in ("transfers", "balanced"):
        one = slow_trade.solve(economy, tariff, cost, closure)
        two = slow_roy.solve(economy, tariff, cost, closure=closure)
        assert_allclose(two.welfare, one.welfare, rtol=1e-11)
        assert_allclose(two.output, one.output, rtol=1e-10)
        assert_allclose(two.flows, one.flows, rtol=1e-10, atol=1e-12)
        assert_allclose(two.wage, np.repeat(one.wage[:, None], 3, axis=1), rtol=1e-11)


@pytest.mark.parametrize("linked", [False, True])
def test_nearly_infinite_elasticity_is_mobile_labour(linked: bool) -> None:
    economy = _economy(21, 2, 3, linked)
    tariff, cost = _shock(22, economy)
    mobile = slow_roy.solve(economy, tariff, cost)
    gaps = [
        np.abs(slow_roy.solve(economy, tariff, cost, eta=eta).welfare / mobile.welfare - 1.0).max()
        for eta in (1e3, 1e6, 1e9)
    ]
    assert gaps[0] > 1e-7  # the elasticity matters
    assert_allclose(gaps[1] / gaps[0], 1e-3, rtol=0.05)  # and vanishes as 1 / eta
    assert gaps[2] < 1e-9


@pytest.mark.parametrize("linked", [False, True])
def test_with_one_sector_workers_have_nowhere_to_go(linked: bool) -> None:
    economy = _economy(31, 3, 1, linked)
    tariff, cost = _shock(32, economy)
    mobile = slow_roy.solve(economy, tariff, cost)
    for eta in (1.01, 1.5, 10.0):
        found = slow_roy.solve(economy, tariff, cost, eta=eta)
        assert_allclose(found.welfare, mobile.welfare, rtol=1e-12)


def test_roy_labour_market_clears() -> None:
    economy = _economy(41, 3, 3, True, zeros=True)
    tariff, cost = _shock(42, economy)
    eta = 1.5
    found = slow_roy.solve(economy, tariff, cost, eta=eta)
    earned = economy.value_added_share * economy.output
    share = earned / earned.sum(axis=1, keepdims=True)
    phi = (share * found.wage**eta).sum(axis=1) ** (1.0 / eta)
    expected = economy.value_added[:, None] * phi[:, None] * share * found.wage**eta
    expected = expected / phi[:, None] ** eta
    paid = economy.value_added_share * found.output
    assert_allclose(paid, expected, rtol=1e-11, atol=1e-13)
    assert_allclose(found.labour_income, economy.value_added * phi, rtol=1e-12)
    assert_allclose(found.labour_income.sum(), economy.value_added.sum(), rtol=1e-12)
    inputs = np.einsum("nks,nk->ns", economy.input_share, np.log(found.prices[..., 0]))
    cost_of = np.exp(economy.value_added_share * np.log(found.wage) + inputs)
    assert_allclose(found.unit_cost, cost_of, rtol=1e-12)
    spent = found.income + np.einsum("nks,ns->n", economy.input_share, found.output)
    gross = (found.flows * (1.0 + tariff)).sum(axis=(0, 2, 3))
    assert_allclose(gross, spent, rtol=1e-11)
    assert_allclose(found.output, found.flows.sum(axis=(1, 3)), rtol=1e-11, atol=1e-13)
    assert_allclose(
        found.income, found.labour_income + found.revenue + economy.transfer, rtol=1e-11
    )


@pytest.mark.parametrize("eta", [math.inf, 1.5])
def test_no_change_in_no_change_out(eta: float) -> None:
    economy = _economy(51, 3, 2, True)
    found = slow_roy.solve(economy, economy.tariff, eta=eta)
    assert_allclose(found.welfare, 1.0, rtol=1e-12)
    assert_allclose(found.flows, economy.flows, rtol=1e-11)


# --- derivatives ----------------------------------------------------------------------------------


def _richardson(economy: slow_trade.Economy, tariff: Array, cost: Array, kind: str,
                at: tuple[int, int, int, int]) -> Array:  # fmt: skip
    """Sixth-order central differences of the welfare found by the other slow solver."""

    def moved(step: float) -> Array:
        rates, costs = tariff.copy(), cost.copy()
        (rates if kind == "tariff" else costs)[at] += step
        return slow_trade.solve(economy, rates, costs).welfare

    rows = [(moved(h) - moved(-h)) / (2.0 * h) for h in (4e-3, 2e-3, 1e-3)]
    finer = [(4.0 * rows[1] - rows[0]) / 3.0, (4.0 * rows[2] - rows[1]) / 3.0]
    return np.asarray((16.0 * finer[1] - finer[0]) / 15.0)


@pytest.mark.full
@pytest.mark.parametrize("linked", [False, True])
def test_exact_derivatives_are_the_limit_of_differences(linked: bool) -> None:
    economy = _economy(61, 2 if linked else 3, 2, linked)
    tariff, cost = _shock(62, economy)
    entries = [
        ("tariff", (0, 1, 0, 1)),
        ("tariff", (1, 1, 1, 1)),
        ("trade_cost", (1, 0, 1, 1)),
        ("trade_cost", (1, 1, 1, 1)),
    ]
    if linked:
        entries += [("tariff", (1, 0, 0, 0)), ("trade_cost", (0, 1, 1, 0))]
    exact = slow_roy.slow_gradient(economy, entries, tariff, cost)
    assert np.abs(exact).max() > 1e-3
    for row, (kind, at) in zip(exact, entries, strict=True):
        assert_allclose(row, _richardson(economy, tariff, cost, kind, at), rtol=0, atol=1e-10)


def test_derivatives_with_roy_labour() -> None:
    economy = _economy(71, 2, 3, True)
    tariff, cost = _shock(72, economy)
    at = (0, 1, 2, 1)
    exact = slow_roy.slow_gradient(economy, [("tariff", at)], tariff, cost, eta=1.5)[0]
    ends = []
    for step in (2e-4, -2e-4, 1e-4, -1e-4):
        rates = tariff.copy()
        rates[at] += step
        ends.append(slow_roy.solve(economy, rates, cost, eta=1.5).welfare)
    wide, narrow = (ends[0] - ends[1]) / 4e-4, (ends[2] - ends[3]) / 2e-4
    assert_allclose(exact, (4.0 * narrow - wide) / 3.0, rtol=0, atol=1e-10)
    mobile = slow_roy.slow_gradient(economy, [("tariff", at)], tariff, cost)[0]
    assert np.abs(exact - mobile).max() > 1e-4


# --- tariffs --------------------------------------------------------------------------------------


@pytest.mark.parametrize("theta", [1.5, 4.0, 8.0])
def test_one_good_two_countries_known_optimum(theta: float) -> None:
    """1 / (theta times the other's share of spending at home): Gros (1987), Lashkaripour (2021)."""
    economy = _one_sector((1.0, 2.0), theta)
    player = slow_tariffs.uniform(economy, 0)
    country = slow_tariffs.Country(economy, player, economy.tariff)
    by_values = slow_tariffs.best_by_values(country)
    best = slow_tariffs.refine(country, by_values)
    assert_allclose(by_values, best, rtol=0, atol=1e-5)
    found = country.solve(best)
    at_home = found.flows[1, 1, 0, 1] / found.flows[:, 1, 0, 1].sum()
    assert_allclose(best[0], 1.0 / (theta * at_home), rtol=1e-8)


def test_one_good_two_countries_known_nash_rates() -> None:
    """Net exports are share * wages / (1 + t (1 - share)) where the buyer charges t.

    One over their elasticity is the best rate; without t it is the formula of Lashkaripour (2021).
    """
    theta = 3.0
    economy = _one_sector((1.0, 3.0), theta)
    players = [slow_tariffs.uniform(economy, at) for at in range(2)]
    point = slow_tariffs.nash(economy, players, closure="balanced")
    rates = np.concatenate(point.rates)
    paid = (point.equilibrium.flows * (1.0 + point.tariff))[:, :, 0, 1]
    at_home = np.diag(paid) / paid.sum(axis=0)
    theirs, their_rate = at_home[::-1], rates[::-1]
    expected = (1.0 + their_rate * theirs) / (1.0 + their_rate) / (theta * theirs)
    assert_allclose(rates, expected, rtol=1e-8)
    assert (rates > 0.1).all()


def test_the_formula_is_near_nash() -> None:
    economy = _one_sector((1.0, 3.0), 3.0)
    rates, found = slow_tariffs.formula(economy)
    sold = found.flows[..., 0, 1] * (1.0 + np.array([[0.0, rates[1]], [rates[0], 0.0]]))
    at_home = np.diag(sold) / sold.sum(axis=0)
    assert_allclose(rates, 1.0 / (3.0 * at_home[::-1]), rtol=1e-9)
    # Near Nash, not Nash: each still gains a little.
    players = [slow_tariffs.uniform(economy, at) for at in range(2)]
    tariff = players[1].applied(players[0].applied(economy.tariff, rates[:1]), rates[1:])
    country = slow_tariffs.Country(economy, players[0], tariff, closure="balanced")
    best = slow_tariffs.refine(country, rates[:1])
    gain = country.welfare(best) - country.welfare(rates[:1])
    assert 0.0 < gain < 1e-3


def test_twins_set_the_same_rates_and_lose_alike() -> None:
    economy = _one_sector((1.0, 1.0, 2.0), 4.0)
    players = [slow_tariffs.uniform(economy, at) for at in range(3)]
    point = slow_tariffs.nash(economy, players)
    assert_allclose(point.rates[0], point.rates[1], rtol=1e-8)
    assert_allclose(point.equilibrium.welfare[0], point.equilibrium.welfare[1], rtol=1e-9)
    assert (point.equilibrium.welfare[:2] < 1.0).all()
    assert point.rates[2] > point.rates[0]  # the larger buyer moves its terms of trade more


@pytest.mark.parametrize(
    ("linked", "eta", "sectors"),
    [
        (False, math.inf, True),
        (False, 1.5, False),
        pytest.param(True, math.inf, False, marks=pytest.mark.full),
    ],
)
def test_nobody_gains_from_leaving_a_nash_point(linked: bool, eta: float, sectors: bool) -> None:
    economy = _economy(82, 2, 1, True) if linked else _economy(82, 3, 2, False)
    if sectors:
        players = [slow_tariffs.by_sector(economy, 0, 1), slow_tariffs.by_sector(economy, 1, 0)]
    else:
        players = [slow_tariffs.uniform(economy, at, [1 - at]) for at in range(2)]
    point = slow_tariffs.nash(economy, players, eta=eta, accuracy=1e-7, everywhere=False)
    assert slow_tariffs.largest_gain(economy, players, point, points=6, eta=eta) < ROUNDING
    # Elsewhere somebody does gain, so the check can fail.
    rates = tuple(np.array(own) * 0.8 for own in point.rates)
    tariff = point.tariff
    for player, own in zip(players, rates, strict=True):
        tariff = player.applied(tariff, own)
    moved = slow_tariffs.Nash(rates, tariff, point.equilibrium, 0)
    assert slow_tariffs.largest_gain(economy, players, moved, points=6, eta=eta) > 1e-6


@pytest.mark.full
def test_direct_search_and_slopes_agree_on_the_best_rates_by_sector() -> None:
    economy = _economy(91, 2, 3, False)
    player = slow_tariffs.by_sector(economy, 0, 1)
    assert len(player.masks) == 3
    country = slow_tariffs.Country(economy, player, economy.tariff)
    by_values = slow_tariffs.best_by_values(country, points=5)
    climbed = slow_tariffs.climb(country, np.full(3, 0.2))
    best = slow_tariffs.refine(country, climbed)
    assert_allclose(country.slope(best), 0.0, rtol=0, atol=1e-10)
    assert_allclose(by_values, best, rtol=0, atol=1e-4)


def test_a_rate_replaces_what_was_charged() -> None:
    economy = _economy(95, 3, 2, True)
    player = slow_tariffs.uniform(economy, 2, [0], [1])
    new = player.applied(economy.tariff, np.array([0.25]))
    assert (new[0, 2, 1] == 0.25).all()
    new[0, 2, 1] = economy.tariff[0, 2, 1]
    assert (new == economy.tariff).all()
    everything = slow_tariffs.uniform(economy, 2).applied(economy.tariff, np.array([0.25]))
    assert (everything[:2, 2] == 0.25).all()
    assert (everything[2, 2] == economy.tariff[2, 2]).all()
