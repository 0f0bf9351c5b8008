"""Chosen tariffs against a slow second implementation, written without seeing this one.

`benchmarks.peers.slow_tariffs` searches grids and iterates best responses on a solver of its own.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.peers import slow_tariffs, slow_trade
from benchmarks.subjects.worlds import Array, Economy, build, shipped_world
from negotiation.trade import counterfactual, formula_tariffs, purged
from negotiation.trade.tariffs.chosen import nash_tariffs, optimal_tariff

GOODS = ("AGF", "WOD", "PAP", "OIL", "OMN", "PET", "CHM", "STL", "NFM", "MCH", "MVH", "OTE", "OMF")

#: Nash rates of Canada and the US on each other's goods in the shipped world, percent, as the slow
#: implementation found them to 1e-8 in a quarter of an hour, and welfare under them.
UNIFORM = (11.27074517, 16.05826070)
UNIFORM_WELFARE = (-1.1914948093, 0.0154786117)
CANADA = (
    *(14.69679068, 17.46081027, 16.37416841, 16.06026557, 17.20799956, 14.36255090, 10.89573976),
    *(11.36546435, 14.36557232, 7.67227772, 8.91145546, 13.36271646, 11.88809208),
)
US = (
    *(16.99311794, 18.12035702, 17.70557377, 18.02349010, 18.98858106, 16.64722574, 15.09590861),
    *(14.69456666, 13.67727683, 13.81411111, 11.67923575, 15.82967515, 16.16373330),
)
SECTOR_WELFARE = (-1.1932388199, 0.0155620921)


#: Percentage points. Welfare is flat at the top: a millionth of a rate is worth 1e-12 of it.
RATE = 1e-4


def _slow(economy: Economy) -> slow_trade.Economy:
    return slow_trade.from_arrays(
        economy.flows, economy.tariff, economy.trade_elasticity, economy.input_share
    )


def _pair(values: Array) -> Array:
    world = shipped_world()
    return np.asarray(values[[world.region("CAN"), world.region("USA")]])


def test_uniform_nash_of_the_shipped_world() -> None:
    found = nash_tariffs(shipped_world(), ("CAN", "USA"), sectors=GOODS)
    assert_allclose([100 * float(found.rates[c]) for c in ("CAN", "USA")], UNIFORM, atol=RATE)
    assert_allclose(_pair(found.welfare_pct), UNIFORM_WELFARE, rtol=1e-5)
    assert found.certificate_pct <= 1e-6


@pytest.mark.full
def test_sectoral_nash_of_the_shipped_world() -> None:
    """Also from a second start, far away."""
    world = shipped_world()
    found = nash_tariffs(world, ("CAN", "USA"), by="sector", sectors=GOODS)
    assert_allclose(100 * found.rates["CAN"], CANADA, atol=RATE)
    assert_allclose(100 * found.rates["USA"], US, atol=RATE)
    assert_allclose(_pair(found.welfare_pct), SECTOR_WELFARE, rtol=1e-5)
    assert found.certificate_pct <= 1e-6
    start = {"CAN": np.full(13, 0.6), "USA": np.linspace(0.0, 0.5, 13)}
    again = nash_tariffs(
        world, ("CAN", "USA"), by="sector", sectors=GOODS, start=start, certify=False
    )
    assert_allclose(100 * again.rates["CAN"], CANADA, atol=RATE)
    assert_allclose(100 * again.rates["USA"], US, atol=RATE)


def test_no_rate_of_a_grid_is_better_in_the_shipped_world() -> None:
    """Every single rate over the whole range, in steps of 2 points near the equilibrium."""
    world = shipped_world()
    rates = {("USA", "CAN"): np.array(CANADA) / 100, ("CAN", "USA"): np.array(US) / 100}
    rows = [world.sector(code) for code in GOODS]
    base = {}
    for (i, j), chosen in rates.items():
        base[i, j] = world.tariff[world.region(i), world.region(j)].copy()
        base[i, j][rows] = chosen[:, None]
    grid = np.unique(np.concatenate([np.arange(-0.1, 0.6, 0.02), np.linspace(-0.5, 5.0, 23)]))
    for pair, chosen in rates.items():
        buyer = world.region(pair[1])
        here = counterfactual(world, base).welfare[buyer]
        moved = np.broadcast_to(base[pair], (len(rows), len(grid), *base[pair].shape)).copy()
        for place, row in enumerate(rows):
            moved[place, :, row] = grid[:, None]
        there = counterfactual(world, {**base, pair: moved})
        assert there.converged.all()
        gain = there.welfare[..., buyer] - here
        assert gain.max() <= 1e-10
        # The best rate of the grid is next to the equilibrium's: the grid is not blind.
        best = grid[gain.argmax(axis=1)]
        assert np.abs(best - chosen).max() <= 0.02


@pytest.mark.full
@pytest.mark.parametrize("seed", [1, 2])
def test_optimal_and_nash_of_small_worlds(seed: int) -> None:
    """In the second the larger country does best at the upper bound: its deficit is paid anyway."""
    economy = build(seed, n=2, s=2, linked=False, theta=(2.0, 8.0))
    slow = _slow(economy)
    world = economy.world
    one = slow_tariffs.Country(slow, slow_tariffs.uniform(slow, 0), slow.tariff)
    expected = slow_tariffs.refine(one, slow_tariffs.best_by_values(one))
    found = optimal_tariff(world, "R0")
    assert_allclose(float(found.schedule.rates), expected[0], atol=1e-6)
    players = [slow_tariffs.by_sector(slow, 0, 1), slow_tariffs.by_sector(slow, 1, 0)]
    point = slow_tariffs.nash(slow, players)
    war = nash_tariffs(world, ("R0", "R1"), by="sector")
    assert_allclose(war.rates["R0"], point.rates[0], atol=1e-4)
    assert_allclose(war.rates["R1"], point.rates[1], atol=1e-4)
    assert_allclose(war.welfare_pct / 100 + 1, point.equilibrium.welfare, rtol=1e-9)


@pytest.mark.parametrize("seed", [1, 2])
def test_formula(seed: int) -> None:
    economy = build(seed, n=3, s=2, linked=False, theta=(2.0, 8.0))
    world = purged(economy.world)
    balanced = slow_trade.from_arrays(world.flows, world.tariff, world.trade_elasticity, None)
    rates, equilibrium = slow_tariffs.formula(balanced)
    found = formula_tariffs(world)
    assert_allclose(found.rates, rates, rtol=1e-9)
    assert_allclose(1 + found.welfare_pct / 100, equilibrium.welfare, rtol=1e-9)
