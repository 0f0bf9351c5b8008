"""Strategies for hypothesis: small economies in which every account balances, and shocks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from hypothesis import strategies as st

from benchmarks.subjects.worlds import Array, Economy, build, shipped_world
from negotiation.trade import World


@dataclass(frozen=True, eq=False)
class Shock:
    """An economy, and new tariffs and trade costs for it."""

    economy: Economy
    world: World
    tariff: Array
    trade_cost: Array


def shock(economy: Economy, seed: int) -> Shock:
    """Draw new tariffs up to 60 % and trade costs of about 10 % up or down, abroad."""
    draw = np.random.default_rng(seed)
    n = len(economy.flows)
    abroad = ~np.eye(n, dtype=bool)[..., None, None]
    tariff = draw.uniform(0.0, 0.6, economy.flows.shape) * abroad
    cost = np.where(abroad, draw.lognormal(0.0, 0.1, economy.flows.shape), 1.0)
    return Shock(economy, economy.world, tariff, cost)


_SEEDS = st.integers(0, 2**32 - 1)

#: 2 to 4 regions, 1 to 4 sectors, with and without links, baseline tariffs and zeros.
economies = st.builds(
    build,
    _SEEDS,
    n=st.integers(2, 4),
    s=st.integers(1, 4),
    linked=st.booleans(),
    taxed=st.booleans(),
    zeros=st.booleans(),
)
shocks = st.builds(shock, economies, _SEEDS)


@lru_cache(maxsize=1)
def shipped_shock() -> Shock:
    """A 25 % US duty on Canadian goods, answered, and random trade costs, in the shipped world."""
    world = shipped_world()
    economy = Economy(world.flows, world.tariff, world.trade_elasticity, world.input_share)
    drawn = shock(economy, 2026)
    canada, us = world.region("CAN"), world.region("USA")
    taxed = np.array([table != "none" for table in world.tables])[:, None]
    tariff = world.tariff.copy()
    tariff[canada, us] += 0.25 * taxed
    tariff[us, canada] += 0.12 * taxed
    return Shock(economy, world, tariff, drawn.trade_cost)
