"""Quotas and tariff-rate quotas: limits on volumes, with the wedge that makes buyers keep them.

A wedge rises from the rate inside the quota until the volume meets the limit, and no further than
the rate outside: complementarity between wedge and volume. Below the rate outside what the wedge
adds is a rent; at that rate all volume pays it at the margin, and the rent stays on the volume
within the limit. Trade is solved again at every wedge that is tried, each time from the solution
before.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import DataError
from negotiation.tolerances import QUOTA_SOLVES, QUOTA_STEPS, QUOTA_VOLUME, TRADE_RESIDUAL
from negotiation.trade.checks import USES, Array
from negotiation.trade.given import common_batch
from negotiation.trade.rates import doubt_of_changes, question
from negotiation.trade.system import Grants
from negotiation.trade.wedges import QuotaWedge

if TYPE_CHECKING:
    from negotiation.trade.equilibrium import TradeEquilibrium
    from negotiation.trade.world import World

#: What a quota may have one of for each scenario.
_VALUES = ("limit", "over", "inside", "rent_share")

#: One plus the wedge of a ban.
_NEVER = 1e6

#: Part of the way to the next wedge by which the slope of volumes is believed at the least.
_LEAST_SLOPE = 0.05

#: Logs of volumes are good to this multiple of the residual of the equations.
_BLUR = 1e3

#: Way back to wedges at which trade can be solved, in logs, that is not worth going; and so many
#: wedges at which it cannot be solved are tried.
_LEAST_RETREAT, _FAILURES = 1e-4, 8


class QuotaRegime(StrEnum):
    """Where a quota stands."""

    SLACK = "slack"
    BINDING = "binding"
    EXCEEDED = "exceeded"
    UNSOLVED = "not converged"


@dataclasses.dataclass(frozen=True, eq=False)
class Quota:
    """A limit on the volume that one region sells to another.

    Attributes
    ----------
    origin, destination : str
        Codes of regions.
    sectors : sequence of str
    limit : float or (...) array
        Of the volume at the baseline, over all cells of the quota together; 0 is a ban where `over`
        is infinite.
    over : float or (...) array
        Additional ad valorem duty outside the quota; infinite is a quota proper.
    inside : float or (...) array
        Additional duty inside, on top of all other duties on the cells.
    rent_share : float or (...) array
        Share of the rent that the destination collects, in [0, 1]; the origin has the rest.
    uses : sequence of str
        `intermediate`, `final` or both.
    """

    origin: str
    destination: str
    sectors: Sequence[str]
    limit: ArrayLike
    over: ArrayLike = np.inf
    inside: ArrayLike = 0.0
    rent_share: ArrayLike = 1.0
    uses: Sequence[str] = USES

    def __post_init__(self) -> None:
        for name, low, high in (("limit", 0.0, np.inf), ("rent_share", 0.0, 1.0)):
            values = self._numbers(name)
            if not ((values >= low) & (values <= high)).all():
                wrong = values[~((values >= low) & (values <= high))].flat[0]
                expected = "at least 0" if high == np.inf else "0 to 1"
                raise DataError(f"{self.told}: {name} holds {wrong:g}; expected {expected}")
        inside, over = self._numbers("inside"), self._numbers("over")
        if not (np.isfinite(inside) & (inside > -1.0)).all():
            raise DataError(
                f"{self.told}: inside holds {np.min(inside):g}; expected finite rates above -1"
            )
        for name, values in (("inside", inside), ("over", over)):
            at = doubt_of_changes(values, bool(values.ndim))
            if at is not None:
                asked = question(float(np.ravel(values)[at]), "an infinite rate ends trade outside")
                raise DataError(f"{self.told}: {name} holds a rate in doubt: {asked}")
        common_batch({name: np.shape(getattr(self, name)) for name in _VALUES})
        if not np.all(over >= inside):
            raise DataError(
                f"{self.told}: the rate outside is below the one inside; expected over at least "
                "inside"
            )
        for name in ("sectors", "uses"):
            given = getattr(self, name)
            if isinstance(given, str) or not len(given) or len(set(given)) < len(given):
                raise DataError(
                    f"{self.told}: {name} is {given!r}; expected a sequence of different names, "
                    f"such as [{given if isinstance(given, str) and given else 'STL'!r}]"
                )
        unknown = [use for use in self.uses if use not in USES]
        if unknown:
            raise DataError(
                f"{self.told}: use '{unknown[0]}' is not known; expected {' or '.join(USES)}"
            )
        if self.origin == self.destination:
            raise DataError(f"{self.told}: a quota limits trade between two different regions")

    def _numbers(self, name: str) -> Array:
        given = getattr(self, name)
        try:
            return np.asarray(given, dtype=float)
        except (TypeError, ValueError):
            raise DataError(f"{self.told}: {name} is {given!r:.40}; expected numbers") from None

    @property
    def told(self) -> str:
        """What errors call it."""
        return f"quota on {self.origin} to {self.destination}"

    @property
    def batch(self) -> tuple[int, ...]:
        """Shape of the batch."""
        return np.broadcast_shapes(*(np.shape(getattr(self, name)) for name in _VALUES))


@dataclasses.dataclass(frozen=True, eq=False)
class QuotaResult:
    """What a quota did in each scenario.

    Attributes
    ----------
    quota : Quota
    wedge : (...) array
        Additional ad valorem wedge on a unit more.
    volume : (...) array
        Against the baseline.
    regime : (...) array of str
        `QuotaRegime` values.
    rent : (...) array
        Money of the data.
    """

    quota: Quota
    wedge: Array
    volume: Array
    regime: NDArray[np.str_]
    rent: Array


Solve = Callable[..., "TradeEquilibrium"]


def _cells(world: World, quota: Quota) -> NDArray[np.bool_]:
    """(S, 2) cells of a quota."""
    where = np.zeros((len(world.sectors), 2), dtype=bool)
    for code in quota.sectors:
        for use in quota.uses:
            where[world.sector(code), USES.index(use)] = True
    return where


def _volumes(at: TradeEquilibrium, quota: Quota, where: NDArray[np.bool_]) -> Array:
    """(..., S, 2) volumes in money of the data at baseline prices."""
    sold = at.sales(quota.origin, quota.destination)
    price = at.unit_cost[..., at.world.region(quota.origin), :, None]
    return np.asarray(np.where(where, sold / price, 0.0))


@dataclasses.dataclass(frozen=True, eq=False)
class Fixed:
    """The equation that a quota adds to those of trade, differentiated.

    Attributes
    ----------
    pair : (origin, destination) positions
    where : (S, 2) array of bool
    binding, exceeded : (...) arrays of bool
        Where its wedge keeps its volume, and where it leaves a rent to the origin.
    volume, border : (..., S, 2) arrays
        Derivatives of the equation by the logs of the volumes of cells, and of their prices before
        duty at given producers' prices.
    """

    pair: tuple[int, int]
    where: NDArray[np.bool_]
    binding: NDArray[np.bool_]
    exceeded: NDArray[np.bool_]
    volume: Array
    border: Array


def fixed_by(at: TradeEquilibrium, result: QuotaResult) -> Fixed:
    """Return what a quota holds fixed at an equilibrium.

    A ban holds its wedge fixed. A rent is (over - inside) times the limit at prices before duty,
    cells weighted by their shares in the volume.
    """
    quota, world = result.quota, at.world
    pair, where = (
        (world.region(quota.origin), world.region(quota.destination)),
        _cells(world, quota),
    )
    volumes = _volumes(at, quota, where)
    mix = volumes / np.maximum(volumes.sum(axis=(-2, -1), keepdims=True), np.finfo(float).tiny)
    limit, over, inside, rent_share = (
        np.broadcast_to(np.asarray(each, dtype=float), result.regime.shape)
        for each in (quota.limit, quota.over, quota.inside, quota.rent_share)
    )
    binding = (result.regime == QuotaRegime.BINDING) & (limit > 0.0)
    exceeded = (result.regime == QuotaRegime.EXCEEDED) & (rent_share < 1.0)
    left = np.where(exceeded, over - inside, 0.0) * (1.0 - rent_share) * limit
    left = left * np.where(where, world.flows[pair], 0.0).sum()
    border = at.batch.shocks.cells[pair].at(at.elasticity[..., None]).border
    price = border * at.unit_cost[..., pair[0], :, None]
    worth = np.where(exceeded[..., None, None], left[..., None, None] * mix * price, 0.0)
    turned = worth - mix * worth.sum(axis=(-2, -1), keepdims=True)
    volume = np.where(binding[..., None, None], mix, -turned)
    return Fixed(pair, where, binding, exceeded, volume, -worth)


class _Limited:
    """A quota on its world: where it holds, and what it was at the baseline."""

    def __init__(
        self, world: World, quota: Quota, batch: tuple[int, ...], border: Callable[..., Array]
    ) -> None:
        self.quota = quota
        self.pair = world.region(quota.origin), world.region(quota.destination)
        self.border = border(self.pair)
        self.where = _cells(world, quota)
        self.trade = np.where(self.where, world.flows[self.pair], 0.0)
        self.total = float(self.trade.sum())
        if not self.total > 0.0:
            raise DataError(
                f"{quota.told}: there is no trade in {', '.join(quota.sectors)} to limit"
            )
        self.limit, self.over, self.inside, self.rent_share = (
            np.broadcast_to(np.asarray(each, dtype=float), batch)
            for each in (quota.limit, quota.over, quota.inside, quota.rent_share)
        )
        # A first idea of how fast the log of the volume falls in the log of the wedge.
        share = world.share[self.pair]
        slope = world.trade_elasticity[:, None] * (1.0 - share) + 1.0
        self.slope = float((slope * self.trade).sum() / self.total)

    def volumes(self, at: TradeEquilibrium) -> Array:
        """(..., S, 2) volumes in money of the data at baseline prices."""
        return _volumes(at, self.quota, self.where)

    def rate(self, log_wedge: Array) -> Array:
        """Wedge at its log; the rates inside and outside are met to the last digit."""
        return np.asarray(np.clip(np.expm1(log_wedge), self.inside, self.over))

    def wedge(self, log_wedge: Array, exceeded: NDArray[np.bool_]) -> QuotaWedge:
        """What the quota puts on its cells; once it is exceeded there is no rent at the margin."""
        mu = self.rate(log_wedge)
        inside = np.where(exceeded, mu, self.inside)
        lift = (..., None, None)
        return QuotaWedge(self.where, mu[lift], inside[lift], self.rent_share[lift])


def with_quotas(
    world: World,
    quotas: Sequence[Quota],
    batch: tuple[int, ...],
    solved: Solve,
    border: Callable[..., Array],
    crossed: Collection[tuple[int, int]],
    start: Array | None,
) -> TradeEquilibrium:
    """Find the wedges of quotas, and the trade equilibrium under them.

    Parameters
    ----------
    solved : function
        Trade equilibrium from a start, with quotas by pair, rents of exceeded ones and accuracy.
    border : function
        Value of the sales of a pair with export taxes against that without, (..., S, 2).
    crossed : collection of pairs
        Where that value moves with the wedges of quotas.
    """
    cells = [_Limited(world, each, batch, border) for each in quotas]
    taken: dict[tuple[int, int], NDArray[np.bool_]] = {}
    for each in cells:
        if each.pair in taken and (taken[each.pair] & each.where).any():
            raise DataError(
                f"two quotas limit the same trade from {each.quota.origin} to "
                f"{each.quota.destination}; make them one"
            )
        taken[each.pair] = taken.get(each.pair, np.zeros_like(each.where)) | each.where
    shape = (len(cells), *batch)
    low = np.log1p(np.stack([each.inside for each in cells]))
    with np.errstate(divide="ignore"):
        high = np.log1p(np.stack([each.over for each in cells]))
        goal = np.log(np.stack([each.limit for each in cells]))
    ban = np.isneginf(goal) & np.isinf(high)
    # A ban is a wedge at which next to nothing is left.
    high = np.where(ban, np.log(_NEVER), high)
    slope = np.stack([np.full(batch, each.slope) for each in cells])
    place = np.clip(low + np.maximum(-np.where(ban, 0.0, goal), 0.0) / slope, low, high)
    place = np.where(ban, high, place)
    exceeded = np.zeros(shape, dtype=bool)
    mix = [np.broadcast_to(each.trade / each.total, (*batch, *each.where.shape)) for each in cells]
    lowest, highest = low.copy(), high.copy()
    # The last wedges at which trade was solved, and what volumes exceeded limits by.
    solvable, beyond_limit = np.full(shape, np.nan), np.full(shape, np.nan)
    failures, lost = np.zeros(batch, dtype=int), np.zeros(batch, dtype=bool)
    evaluations = np.zeros(batch, dtype=np.int64)
    # While wedges are far off little accuracy will do.
    accuracy, looser = QUOTA_SOLVES[0], list(QUOTA_SOLVES[1:])
    point, before = start, None
    for _ in range(QUOTA_STEPS):
        by_pair: dict[tuple[int, int], tuple[QuotaWedge, ...]] = {}
        for q, each in enumerate(cells):
            here = each.wedge(place[q], exceeded[q])
            by_pair[each.pair] = (*by_pair.get(each.pair, ()), here)
        for each in cells:
            if each.pair in crossed:
                each.border = border(each.pair, by_pair[each.pair])
        at = solved(point, by_pair, _grants(world, cells, mix, exceeded), accuracy)
        evaluations += at.evaluations
        volumes = [each.volumes(at) for each in cells]
        total = np.stack([each.sum(axis=(-2, -1)) for each in volumes])
        scale = np.stack([np.full(batch, each.total) for each in cells])
        volume = total / scale
        with np.errstate(divide="ignore", invalid="ignore"):
            excess = np.where(ban, 0.0, np.log(volume) - goal)
        failed = ~np.isfinite(volume).all(axis=0)
        mixed = [
            each / np.maximum(each.sum(axis=(-2, -1), keepdims=True), np.finfo(float).tiny)
            for each in volumes
        ]
        turned = np.stack(
            [np.abs(new - old).max(axis=(-2, -1)) for new, old in zip(mixed, mix, strict=True)]
        )
        turned = np.where(exceeded, turned, 0.0)
        now = (place >= high) & (excess > 0.0) & ~ban
        moved = np.clip(place + excess, low, high) - place
        left = np.maximum(np.abs(moved), np.maximum(turned, (now != exceeded).astype(float)))
        # Wedges at which trade cannot be solved are too high: back to the last ones, half the way.
        back = np.where(np.isnan(solvable), low, 0.5 * (place + solvable))
        with np.errstate(invalid="ignore"):
            way = np.abs(back - place)
        failures += failed
        lost |= failed & ((way <= _LEAST_RETREAT).all(axis=0) | (failures > _FAILURES))
        exact = accuracy <= TRADE_RESIDUAL
        settled = (left <= QUOTA_VOLUME).all(axis=0) | lost
        done = settled & (exact | lost)
        if done.all():
            break
        # What can be told from volumes that are good to some multiple of the accuracy.
        told = _BLUR * accuracy
        with np.errstate(divide="ignore", invalid="ignore"):
            step, rise = place - solvable, excess - beyond_limit
            seen = -rise / step
        fair = np.isfinite(seen) & (np.abs(step) > told) & (seen > _LEAST_SLOPE)
        slope = np.where(fair, seen, slope)
        if len(cells) == 1:
            # The volume falls in its own wedge: what is too much or too little is known.
            lowest = np.where(excess > told, np.maximum(lowest, place), lowest)
            highest = np.where((excess < -told) | failed, np.minimum(highest, place), highest)
        ahead = np.clip(place + excess / slope, low, high)
        beyond = (ahead < lowest) | (ahead > highest)
        middle = 0.5 * (lowest + highest)
        ahead = np.where(beyond & np.isfinite(middle), middle, ahead)
        still = done | (left <= QUOTA_VOLUME)
        # A scenario that is lost waits for the others where trade can be solved quickly.
        back = np.where(lost & ~np.isnan(solvable), solvable, back)
        following = np.where(failed | lost, back, np.where(still, place, ahead))
        point, before = _ahead(at.point(), before, following[0] - place[0], step[0]), at.point()
        solvable = np.where(failed, solvable, place)
        beyond_limit = np.where(failed, beyond_limit, excess)
        place = following
        exceeded = np.where(done | failed, exceeded, now)
        mix = [
            np.where((done | failed)[..., None, None], old, new)
            for old, new in zip(mix, mixed, strict=True)
        ]
        accuracy = looser.pop(0) if looser and not settled.all() else TRADE_RESIDUAL
    return _told(at, cells, place, low, exceeded, volume, done & ~lost, evaluations)


def _ahead(point: Array, before: Array | None, goes: Array, came: Array) -> Array:
    """Where the unknowns may be after the next step of the wedge, on a line through the last two.

    A guess: with several quotas it looks at the first of them.
    """
    if before is None:
        return point
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = goes / came
    ratio = np.where(np.abs(ratio) < 1.0, ratio, 0.0)[..., None]
    there = point + ratio * (point - before)
    return np.where(np.isfinite(there), there, point)


def _grants(
    world: World,
    cells: Sequence[_Limited],
    mix: Sequence[Array],
    exceeded: NDArray[np.bool_],
) -> Grants | None:
    """Rents of exceeded quotas that origins collect, at unchanged unit costs."""
    amounts, origins, buyers = [], [], []
    for q, each in enumerate(cells):
        rate = np.where(exceeded[q], each.over - each.inside, 0.0)
        left = rate * (1.0 - each.rent_share) * each.limit * each.total
        if not left.any():
            continue
        by_sector = left[..., None] * (mix[q] * each.border).sum(axis=-1)  # (..., S)
        amounts.append(by_sector.reshape(-1, len(world.sectors)).T)
        origins.append(each.pair[0])
        buyers.append(each.pair[1])
    if not amounts:
        return None
    return Grants(np.array(origins), np.array(buyers), np.stack(amounts, axis=1))


def _told(
    at: TradeEquilibrium,
    cells: Sequence[_Limited],
    place: Array,
    low: Array,
    exceeded: NDArray[np.bool_],
    volume: Array,
    done: NDArray[np.bool_],
    evaluations: NDArray[np.int64],
) -> TradeEquilibrium:
    """Name wedge, volume, regime and rent of every quota; NaN where no wedge was found."""
    found = []
    solved = done & at.converged
    for q, each in enumerate(cells):
        slack = place[q] <= low[q]
        wedge = np.where(slack, each.inside, np.where(exceeded[q], each.over, each.rate(place[q])))
        regime = np.where(
            slack,
            QuotaRegime.SLACK.value,
            np.where(exceeded[q], QuotaRegime.EXCEEDED.value, QuotaRegime.BINDING.value),
        )
        regime = np.where(solved, regime, QuotaRegime.UNSOLVED.value)
        price = at.unit_cost[..., each.pair[0], :]
        values = (each.volumes(at) * each.border).sum(axis=-1)
        within = np.minimum(1.0, each.limit / np.maximum(volume[q], np.finfo(float).tiny))
        rent = (wedge - each.inside) * within * (values * price).sum(axis=-1)
        nan = np.where(solved, 0.0, np.nan)
        found.append(QuotaResult(each.quota, wedge + nan, volume[q] + nan, regime, rent + nan))
    return at.under(tuple(found), solved, evaluations)
