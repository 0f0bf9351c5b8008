"""The slow and obvious tariffs of the tests, on worlds of the library."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from benchmarks.peers.slow_trade import economy_of
from benchmarks.subjects.trade import Array
from negotiation.trade import World
from tests.blind import slow_tariffs


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
