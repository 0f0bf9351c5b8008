"""Slow and obvious optimal tariffs, Nash tariffs and formula tariffs.

A country's rates are total ad valorem rates that replace the baseline ones on the flows they are
charged on, both uses alike. Welfare comes from `slow_roy`. A best response is sought twice over:
by a grid and scipy's direct searches on welfare alone (`best_by_values`), and from there to the
digits by the first-order condition, whose derivatives are exact (`refine`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize  # type: ignore[import-untyped,unused-ignore] # no stubs in some releases

from benchmarks.peers import slow_roy, slow_trade
from benchmarks.peers.slow_trade import FINAL, Economy

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Rates that a country may choose from.
LOW, HIGH = -0.5, 5.0


@dataclass(frozen=True)
class Instrument:
    """What a country sets: one rate for each set of flows, a mask (N, N, S, 2)."""

    country: int
    masks: tuple[Mask, ...]

    def applied(self, tariff: Array, rates: Array) -> Array:
        """Return the tariffs with these rates in place of whatever was charged."""
        new = np.array(tariff)
        for mask, rate in zip(self.masks, rates, strict=True):
            new[mask] = rate
        return new


def uniform(
    economy: Economy,
    country: int,
    partners: Sequence[int] | None = None,
    sectors: Sequence[int] | None = None,
) -> Instrument:
    """One rate on the goods (default: all) of the partners (default: everybody else)."""
    n, _, s, _ = economy.flows.shape
    mask = np.zeros(economy.flows.shape, dtype=bool)
    for origin in range(n) if partners is None else partners:
        for sector in range(s) if sectors is None else sectors:
            mask[origin, country, sector] = origin != country
    return Instrument(country, (mask,))


def by_sector(
    economy: Economy, country: int, partner: int, sectors: Sequence[int] | None = None
) -> Instrument:
    """One rate per sector on what one partner sells; sectors in which it sells nothing are out."""
    masks = []
    for sector in range(economy.flows.shape[2]) if sectors is None else sectors:
        mask = np.zeros(economy.flows.shape, dtype=bool)
        mask[partner, country, sector] = True
        if economy.flows[mask].any():
            masks.append(mask)
    return Instrument(country, tuple(masks))


class Country:
    """Welfare of a country as a function of its own rates, others' tariffs given."""

    def __init__(
        self,
        economy: Economy,
        instrument: Instrument,
        tariff: Array,
        *,
        eta: float = math.inf,
        closure: str = "transfers",
        start: slow_roy.Equilibrium | None = None,
    ) -> None:
        self.economy, self.instrument, self.tariff = economy, instrument, tariff
        self.eta, self.closure, self.start = eta, closure, start

    def solve(self, rates: Array) -> slow_roy.Equilibrium:
        found = slow_roy.solve(
            self.economy,
            self.instrument.applied(self.tariff, rates),
            eta=self.eta,
            closure=self.closure,
            start=self.start,
        )
        self.start = found
        return found

    def welfare(self, rates: Array) -> float:
        return float(self.solve(rates).welfare[self.instrument.country])

    def slope(self, rates: Array) -> Array:
        """Derivative of welfare by every rate."""
        found = slow_roy.derivative(
            self.economy,
            self.solve(rates),
            self.instrument.applied(self.tariff, rates),
            None,
            [(mask.astype(float), None) for mask in self.instrument.masks],
            eta=self.eta,
            closure=self.closure,
        )
        return np.array([each.welfare[self.instrument.country] for each in found])


def best_by_values(country: Country, points: int = 23) -> Array:
    """Best rates by a grid and scipy's searches, on values of welfare alone.

    With one or two rates the grid covers all combinations; with more it is over one common rate,
    and Powell's method does the rest. Good to about 1e-6.
    """
    size = len(country.instrument.masks)
    grid = np.linspace(LOW, HIGH, points)
    if size <= 2:
        candidates = [np.array(rates) for rates in itertools.product(grid, repeat=size)]
    else:
        candidates = [np.full(size, rate) for rate in grid]
    best = max(candidates, key=country.welfare)
    if size == 1:
        width = grid[1] - grid[0]
        found = optimize.minimize_scalar(
            lambda rate: -country.welfare(np.array([rate])),
            bounds=(max(LOW, best[0] - width), min(HIGH, best[0] + width)),
            method="bounded",
            options={"xatol": 1e-9},
        )
        return np.array([found.x])
    for _ in range(20):
        found = optimize.minimize(
            lambda rates: -country.welfare(rates),
            best,
            bounds=[(LOW, HIGH)] * size,
            method="Powell",
            options={"xtol": 1e-8, "ftol": 1e-15},
        )
        moved = float(np.abs(found.x - best).max())
        best = np.asarray(found.x)
        if moved < 1e-6:
            break
    return best


def climb(country: Country, rates: Array, accuracy: float = 1e-9) -> Array:
    """Climb to a local maximum with exact slopes, where direct searches would take too long."""
    found = optimize.minimize(
        lambda x: -country.welfare(x) * 1e3,
        np.clip(rates, LOW, HIGH),
        jac=lambda x: -country.slope(x) * 1e3,
        bounds=[(LOW, HIGH)] * len(rates),
        method="L-BFGS-B",
        options={"gtol": accuracy, "ftol": 1e-16, "maxiter": 500},
    )
    return np.asarray(found.x, dtype=np.float64)


def _second(country: Country, rates: Array, slope: Array, free: npt.NDArray[np.intp]) -> Array:
    """Second derivatives of welfare by the free rates."""
    second = np.empty((len(free), len(free)))
    for column, at in enumerate(free):
        step = 1e-5 if rates[at] < HIGH else -1e-5
        moved = rates.copy()
        moved[at] += step
        second[:, column] = (country.slope(moved) - slope)[free] / step
    return second


def refine(country: Country, rates: Array, accuracy: float = 1e-10) -> Array:
    """Solve the first-order conditions from rates close to a maximum.

    Rates at a bound stay there where the slope points outward. Newton's method; the second
    derivatives are differences of exact slopes, kept once the steps are short.

    Raises
    ------
    RuntimeError
        Where it leaves the maximum, or welfare has none nearby.
    """
    rates = np.clip(np.array(rates, dtype=np.float64), LOW, HIGH)
    before = country.welfare(rates)
    second, last, were_free = np.empty((0, 0)), math.inf, np.empty(0, dtype=np.intp)
    for _ in range(60):
        slope = country.slope(rates)
        held = ((rates <= LOW) & (slope <= 0.0)) | ((rates >= HIGH) & (slope >= 0.0))
        free = np.flatnonzero(~held)
        if not len(free):
            return rates
        if last > 1e-2 or not np.array_equal(free, were_free):
            second, were_free = _second(country, rates, slope, free), free
        change = np.zeros_like(rates)
        change[free] = np.linalg.solve(second, -slope[free])
        if change @ slope <= 0.0:  # not concave here: go uphill
            change[free] = slope[free] / np.abs(slope[free]).max()
        largest = float(np.abs(change).max())
        if largest > 0.2:
            change *= 0.2 / largest
        rates = np.clip(rates + change, LOW, HIGH)
        settled = largest < accuracy or (largest < 1e-8 and largest > 0.5 * last)  # rounding
        last = largest
        if settled:
            after = country.welfare(rates)
            if after < before - 1e-12:
                raise RuntimeError(f"the search left the maximum: {after} after {before}")
            return rates
    raise RuntimeError("the first-order conditions were not solved")


@dataclass(frozen=True)
class Nash:
    """Rates from which nobody gains by moving alone.

    Attributes
    ----------
    rates : one array of rates for each player
    tariff : (N, N, S, 2)
    equilibrium : Equilibrium
        Of trade, at these rates.
    rounds : int
        Of best responses.
    """

    rates: tuple[Array, ...]
    tariff: Array
    equilibrium: slow_roy.Equilibrium
    rounds: int


def nash(
    economy: Economy,
    players: Sequence[Instrument],
    *,
    tariff: Array | None = None,
    start: Sequence[Array] | None = None,
    eta: float = math.inf,
    closure: str = "transfers",
    accuracy: float = 1e-9,
    rounds: int = 60,
    points: int = 12,
    everywhere: bool = True,
) -> Nash:
    """Iterate best responses, one player after the other, until no rate moves.

    The first response of each player starts from the best common rate on a grid, later ones from
    the last. Once they have settled the grid is searched again: where a common rate far away is
    better, it goes on from there.

    Parameters
    ----------
    tariff : (N, N, S, 2), optional
        Rates on the flows that nobody sets; the baseline.
    accuracy : float
        Largest move of a rate at which it stops.
    points : int
        Of the grid.
    everywhere : bool
        Whether to search the grid again at the end.

    Raises
    ------
    RuntimeError
        Where best responses do not settle; there need not be such a point.
    """
    tariff = np.array(economy.tariff if tariff is None else tariff)
    if start is None:
        # Others' rates as they are: the first round replaces them.
        rates: list[Array] = [np.full(len(player.masks), math.nan) for player in players]
    else:
        rates = [np.array(each, dtype=np.float64) for each in start]
        for player, own in zip(players, rates, strict=True):
            tariff = player.applied(tariff, own)
    near = None
    anywhere = start is None  # look for the best response anywhere, not only near the last
    for count in range(1, rounds + 1):
        moved = 0.0
        for at, player in enumerate(players):
            country = Country(economy, player, tariff, eta=eta, closure=closure, start=near)
            first = rates[at]
            if anywhere:
                common = Instrument(player.country, (np.any(player.masks, axis=0),))
                only = Country(economy, common, tariff, eta=eta, closure=closure)
                other = np.full(len(player.masks), best_by_values(only, points)[0])
                if np.isnan(first).any() or country.welfare(other) > country.welfare(first):
                    first = other
            if len(first) > 1 and count <= 3:
                first = climb(country, first)
            new = refine(country, first, 0.1 * accuracy)
            change = math.inf if np.isnan(rates[at]).any() else float(np.abs(new - rates[at]).max())
            moved = max(moved, change)
            rates[at] = new
            tariff = player.applied(tariff, new)
            near = country.start
        if moved < accuracy and (anywhere or not everywhere):
            found = slow_roy.solve(economy, tariff, eta=eta, closure=closure, start=near)
            return Nash(tuple(rates), tariff, found, count)
        anywhere = everywhere and moved < accuracy
    raise RuntimeError(f"best responses still move by {moved:.1e} after {rounds} rounds")


def largest_gain(
    economy: Economy,
    players: Sequence[Instrument],
    point: Nash,
    *,
    points: int = 12,
    eta: float = math.inf,
    closure: str = "transfers",
) -> float:
    """Largest gain in welfare from deviations on a grid, one player at a time.

    Every single rate and the common rate run over the grid, and small steps around the point.
    """
    worst = -math.inf
    for player, rates in zip(players, point.rates, strict=True):
        country = Country(
            economy,
            player,
            point.tariff,
            eta=eta,
            closure=closure,
            start=point.equilibrium,
        )
        here = country.welfare(rates)
        moves = [np.full(len(rates), rate) for rate in np.linspace(LOW, HIGH, points)]
        for at in range(len(rates)):
            around = rates[at] + np.array([-1e-2, -1e-3, 1e-3, 1e-2])
            for rate in [*np.linspace(LOW, HIGH, points), *np.clip(around, LOW, HIGH)]:
                moved = rates.copy()
                moved[at] = rate
                moves.append(moved)
        worst = max(worst, *(country.welfare(move) - here for move in moves))
    return worst


def rebased(economy: Economy, tariff: Array, closure: str = "balanced") -> Economy:
    """Return the equilibrium at these tariffs as a baseline of its own."""
    found = slow_roy.solve(economy, tariff, closure=closure)
    shares = economy.input_share if economy.input_share.any() else None
    return slow_trade.from_arrays(
        np.asarray(found.flows),
        np.array(tariff),
        economy.theta,
        shares,
        regions=economy.regions,
        sectors=economy.sectors,
    )


def formula(economy: Economy, accuracy: float = 1e-12) -> tuple[Array, slow_roy.Equilibrium]:
    """Tariffs of all countries by the formula of Lashkaripour (2021), by plain iteration.

    One rate per country on everything foreign,

        1 / max(1, sum_k theta_k sum_{n != j} F_jnk (1 - lambda_jnk) / sum F),

    F = exports net of tariffs, lambda = share of j in the spending of n. For an unlinked world.

    Returns
    -------
    rates (N,), equilibrium
    """
    assert not economy.input_share.any()
    n = len(economy.flows)
    players = [uniform(economy, country) for country in range(n)]
    rates = np.full(n, 0.3)
    near = None
    for _ in range(500):
        tariff = np.array(economy.tariff)
        for player, rate in zip(players, rates, strict=True):
            tariff = player.applied(tariff, np.array([rate]))
        found = slow_roy.solve(economy, tariff, closure="balanced", start=near)
        near = found
        sold = found.flows[..., FINAL]
        paid = sold * (1.0 + tariff[..., FINAL])
        total = paid.sum(axis=0)
        share = paid / np.where(total > 0.0, total, 1.0)
        new = np.empty(n)
        for j in range(n):
            abroad = np.arange(n) != j
            weighted = economy.theta * sold[j, abroad] * (1.0 - share[j, abroad])
            new[j] = 1.0 / max(1.0, weighted.sum() / sold[j, abroad].sum())
        moved = float(np.abs(new - rates).max())
        rates = new
        if moved < accuracy:
            return rates, found
    raise RuntimeError("the formula tariffs did not settle")
