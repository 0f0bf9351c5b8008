"""Terms and volume of trade: first-order, zero-sum, and by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.subjects.worlds import build
from negotiation.trade import World, counterfactual
from negotiation.trade.decomposition import decomposition


def balanced(seed: int, linked: bool, home_tax: float = 0.0) -> World:
    given = build(seed, n=3, s=3, linked=linked, theta=(2.0, 8.0)).world
    tariff = given.tariff.copy()
    tariff[np.arange(3), np.arange(3)] = home_tax
    return counterfactual(given, tariff, closure="balanced").as_world()


@pytest.mark.parametrize("mobile", [True, False])
@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_derivative_of_welfare(seed: int, linked: bool, mobile: bool) -> None:
    world = balanced(seed, linked, home_tax=0.1 * (seed == 1))
    world = world if mobile else dataclasses.replace(world, labour_elasticity=1.5)
    direction = np.random.default_rng(seed).uniform(-1.0, 1.0, world.flows.shape)
    direction *= ~np.eye(3, dtype=bool)[..., None, None]
    steps = np.array([1e-4, 5e-5])
    found = counterfactual(world, world.tariff + steps[:, None, None, None, None] * direction)
    assert found.converged.all()
    split = decomposition(found)
    error = np.abs(split.exact_pct - split.welfare_pct).max(axis=1)
    assert np.abs(split.welfare_pct).max() > 1e-4
    assert error[0] < 1e-2 * np.abs(split.exact_pct[0]).max()
    assert_allclose(error[0] / error[1], 4.0, rtol=0.05)  # what is left is of second order


@pytest.mark.parametrize("linked", [False, True])
def test_terms_of_trade_are_zero_sum_and_parts_add_up(linked: bool) -> None:
    world = balanced(7, linked)
    found = decomposition(counterfactual(world, 0.5 * world.tariff))
    gains = found.terms_of_trade_pct * world.income
    assert np.abs(gains).max() > 1e-3 * world.income.min()
    assert_allclose(gains.sum(), 0.0, atol=1e-12 * world.income.sum())
    assert_allclose(found.terms.sum(axis=(1, 2)), found.terms_of_trade_pct)
    assert_allclose(found.volume.sum(axis=(1, 2)), found.volume_of_trade_pct)
    assert_allclose(found.welfare_pct, found.terms_of_trade_pct + found.volume_of_trade_pct)
    for parts in (found.terms, found.volume):
        assert_allclose(parts[np.eye(3, dtype=bool)], 0.0, atol=0.0)


def test_the_formula_region_by_region() -> None:
    world = balanced(11, True)
    after = counterfactual(world, 0.3 * world.tariff)
    found = decomposition(after)
    before, now = world.flows, after.flows
    for n in range(3):
        terms = volume = 0.0
        for i in set(range(3)) - {n}:
            for s in range(3):
                dearer, own = after.unit_cost[i, s] - 1.0, after.unit_cost[n, s] - 1.0
                terms += before[n, i, s].sum() * own - before[i, n, s].sum() * dearer
                for u in range(2):
                    flow = before[i, n, s, u]
                    more = now[i, n, s, u] / flow - 1.0
                    volume += world.tariff[i, n, s, u] * flow * (more - dearer)
        assert_allclose(found.terms_of_trade_pct[n], 100.0 * terms / world.income[n])
        assert_allclose(found.volume_of_trade_pct[n], 100.0 * volume / world.income[n])


def test_no_change_has_no_effect() -> None:
    world = balanced(2, True)
    found = decomposition(counterfactual(world))
    assert_allclose(found.welfare_pct, 0.0, atol=1e-10)
