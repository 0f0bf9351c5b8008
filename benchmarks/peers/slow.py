"""The slow and obvious solvers on worlds of the library, and plain loops beside them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import lru_cache
from time import process_time

import numpy as np

from benchmarks.peers import slow_tariffs, slow_trade
from benchmarks.subjects.trade import Array, Case
from negotiation.trade import FINAL, World

#: Cells (N, N, S, 2) up to which the nested solver ends within seconds.
NESTED = 10_000

#: Part of the gap in a labour market by which a wage moves in one pass of the loop, and the gap at
#: which the loop ends. Of 0.1, 0.2 and 0.4 this is the best, or nearly so, in all worlds it is for.
DAMPING, ENOUGH = 0.4, 1e-11


@dataclasses.dataclass(frozen=True, eq=False)
class Slow:
    """What a slow solver found; `stopped` says where, if it was stopped before it was done."""

    welfare: Array
    stopped: str = ""


@lru_cache(maxsize=4)
def economy_of(world: World) -> slow_trade.Economy:
    """The same baseline, for the slow solvers."""
    links = world.input_share if world.linked else None
    return slow_trade.from_arrays(
        world.flows,
        world.tariff,
        world.trade_elasticity,
        links,
        regions=world.regions,
        sectors=world.sectors,
    )


def nested(case: Case) -> Slow:
    """Solve a scenario as the blind solver does: prices within wages."""
    return Slow(slow_trade.solve(economy_of(case.world), case.tariff, case.trade_cost).welfare)


def damped(case: Case, seconds: float) -> Slow:
    """Pass over the equations until nothing moves: wages rise a little where labour is short."""
    world = case.world
    theta = world.trade_elasticity
    change = (1.0 + case.tariff) / (1.0 + world.tariff) * case.trade_cost
    wage = np.ones(len(world.regions))
    price, output = np.ones(world.output.shape), world.output.copy()
    made = np.where(world.output > 0.0, world.output, 1.0)
    start, passes = process_time(), 0
    while True:
        cost = world.value_added_share * np.log(wage)[:, None]
        if world.linked:
            cost = cost + np.einsum("nks,nk->ns", world.input_share, np.log(price))
        paid = world.share * (change * np.exp(cost)[:, None, :, None]) ** -theta[:, None]
        total = paid.sum(axis=0)
        total[total == 0.0] = 1.0  # nobody buys it
        net = paid / total / (1.0 + case.tariff)
        kept = net.sum(axis=0)
        new_price = total ** (-1.0 / theta[:, None])
        bought = np.einsum("nks,ns->nk", world.input_share, output)
        revenue = ((1.0 - kept[..., 0]) * bought).sum(axis=1)
        earned = world.value_added * wage + world.transfer + revenue
        income = earned / (world.final_share * kept[..., FINAL]).sum(axis=1)
        spending = np.stack([bought, world.final_share * income[:, None]], axis=-1)
        sold = (net * spending).sum(axis=(1, 3))
        short = (world.value_added_share * sold).sum(axis=1) / (world.value_added * wage)
        moves = [np.log(short), np.log(new_price[..., 0] / price) * world.linked]
        moves.append(np.where(world.output > 0.0, sold - output, 0.0) / made)
        gap = max(float(np.abs(each).max()) for each in moves)
        passes += 1
        late = process_time() - start > seconds
        if gap < ENOUGH or late or not np.isfinite(gap):
            index = (world.final_share * np.log(new_price[..., FINAL])).sum(axis=1)
            where = f"stopped after {passes} passes at a gap of {gap:.0e}"
            welfare = income / world.income / np.exp(index)
            return Slow(welfare, "" if gap < ENOUGH else where)
        wage *= short**DAMPING
        wage *= world.value_added.sum() / (world.value_added @ wage)
        price, output = new_price[..., 0], sold


def words(found: Slow, welfare: Array) -> str:
    """Where it stopped, or how it compares with the welfare (N,) that was found quickly."""
    return found.stopped or f"agrees to {np.abs(found.welfare / welfare - 1.0).max():.0e}"


def formula(world: World, accuracy: float) -> Array:
    """(N,) rates by the formula, by plain iteration until none moves by more than `accuracy`."""
    return slow_tariffs.formula(economy_of(world), accuracy)[0]


@dataclasses.dataclass(frozen=True, eq=False)
class Responder:
    """One country, its rates, and the tariffs of all that they are an answer to."""

    world: World
    country: str
    tariff: Array
    partner: str | None = None
    sectors: Sequence[str] = ()

    @property
    def _country(self) -> slow_tariffs.Country:
        economy, own = economy_of(self.world), self.world.region(self.country)
        if self.partner is None:
            chosen = slow_tariffs.uniform(economy, own)
        else:
            goods = [self.world.sector(code) for code in self.sectors]
            chosen = slow_tariffs.by_sector(economy, own, self.world.region(self.partner), goods)
        return slow_tariffs.Country(economy, chosen, self.tariff)

    def anywhere(self) -> Array:
        """Best rates from a grid, searches by values, and first-order conditions."""
        country = self._country
        return slow_tariffs.refine(country, slow_tariffs.best_by_values(country))

    def near(self, rate: float) -> Array:
        """Best rates, sought from one rate for all: it is known to be close."""
        country = self._country
        start = np.full(len(country.instrument.masks), rate)
        if len(start) == 1:
            return slow_tariffs.refine(country, start)
        return slow_tariffs.climb(country, start, 1e-6)

    def slope(self, rate: float) -> Array:
        """One derivative of welfare by all rates, of which a search takes dozens."""
        country = self._country
        return country.slope(np.full(len(country.instrument.masks), rate))
