"""Smooth frontiers: the second side's payoff as a function of the first's."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.zone import Array, Balance
from negotiation.errors import ModelError
from negotiation.tolerances import FRONTIER_BEND, PAYOFF_ROUNDING

#: Halvings of an interval: to the last bit.
_HALVINGS = 60

#: Two payoffs this close, relative to themselves, differ by rounding.
_CLOSE = 5e-16

#: Points at which a frontier is probed.
_PROBES = 65

#: Step of the difference that stands in for a slope that is not given, as a share of the distance
#: to the nearer end. Fourth order: at most 1e-10 for powers of that distance, and rounding 1e-13.
_STEP = 1 / 300


@dataclasses.dataclass(frozen=True, eq=False)
class SmoothFrontier:
    """The Pareto frontier u2 = f(u1) for u1 in [low, high], f concave and falling.

    Payoffs below the frontier can be had by throwing money away (free disposal).

    Attributes
    ----------
    height : callable
        f, for arrays (...) and (Q, ...), where (...) is a batch of problems.
    low, high : (...) arrays
        Where the first side's payoff begins and ends. f must be finite there; its slope need not.
        Where parameters in f are arrays, low or high have their shape: the batch.
    slope : callable, optional
        f', negative, in the same shapes. Without it differences are used, which Nash and
        utilitarian solutions feel: about 1e-12 inside the range, 1e-9 close to its ends.

    Raises
    ------
    ModelError
        If f rises or is not concave between `low` and `high`, as far as 65 points show, or is not
        finite.
    """

    height: Callable[[Array], Array]
    low: ArrayLike
    high: ArrayLike
    slope: Callable[[Array], Array] | None = None

    def __post_init__(self) -> None:
        low, high = np.broadcast_arrays(np.asarray(self.low, float), np.asarray(self.high, float))
        if not (np.isfinite(low) & np.isfinite(high) & (low < high)).all():
            raise ModelError(
                "a frontier u2 = f(u1) needs finite ends with low below high; got low "
                f"{np.min(low):g} and high {np.max(high):g}"
            )
        share = (1.0 - np.cos(np.linspace(0.0, np.pi, _PROBES))) / 2.0
        share = share.reshape(-1, *[1] * low.ndim)
        u1 = low + (high - low) * share
        u1[-1] = high
        try:
            u2 = np.broadcast_to(np.asarray(self.height(u1), dtype=float), u1.shape)
        except ValueError as error:
            raise ModelError(
                f"u2 = f(u1) fails for an array of shape {u1.shape} ({error}); f takes arrays, and "
                "where its parameters are arrays low or high have their shape"
            ) from None
        if not np.isfinite(u2).all():
            raise ModelError(
                f"the frontier u2 = f(u1) is not finite at u1 = {_where(u1, ~np.isfinite(u2)):g}; "
                "give low and high between which it is"
            )
        low, high = np.broadcast_to(low, u2.shape[1:]), np.broadcast_to(high, u2.shape[1:])
        share = np.broadcast_to(share, u2.shape)
        span = u2.max(axis=0) - u2.min(axis=0)
        dx, dy = np.diff(share, axis=0), np.diff(u2, axis=0) / np.where(span > 0.0, span, 1.0)
        bend = dx[:-1] * dy[1:] - dx[1:] * dy[:-1]
        for size, what in ((dy, "rises"), (bend, "is not concave")):
            wrong = size > FRONTIER_BEND
            if wrong.any():
                raise ModelError(
                    f"the frontier u2 = f(u1) {what} near u1 = {_where(u1[1:], wrong):g}; an "
                    "agreement frontier falls, and ever faster"
                )
        object.__setattr__(self, "low", np.array(low))
        object.__setattr__(self, "high", np.array(high))

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Leading batch axes."""
        return np.shape(self.low)

    def pick(self, shape: tuple[int, ...], index: tuple[int, ...]) -> SmoothFrontier:
        """Frontier at one `index` of the leading axes of a batch `shape`."""
        if not self.batch_shape:
            return self
        rest = shape[len(index) :]
        here: Any = (..., *index, *[slice(None)] * len(rest))

        def at(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
            def asked(u1: Array) -> Array:
                u1 = np.broadcast_to(u1, np.broadcast_shapes(np.shape(u1), rest))
                lead = u1.shape[: u1.ndim - len(rest)]
                spread = np.broadcast_to(
                    u1.reshape(*lead, *[1] * len(index), *rest), (*lead, *shape)
                )
                return np.asarray(np.broadcast_to(function(spread), spread.shape)[here])

            return asked

        low, high = (np.broadcast_to(each, shape)[index] for each in (self.low, self.high))
        slope = None if self.slope is None else at(self.slope)
        return SmoothFrontier(at(self.height), low, high, slope)

    def zone(self, disagreement: Array) -> Curved:
        """Zone of agreement seen from (..., 2) disagreement points."""
        return Curved.of(self, disagreement)

    def at(self, u1: Array) -> Array:
        """u2 = f(u1), in the shape of u1."""
        return _ask(self.height, u1)

    def falls(self, u1: Array) -> Array:
        """Slope f' at u1 inside the range."""
        if self.slope is not None:
            return _ask(self.slope, u1)
        low, high = np.asarray(self.low), np.asarray(self.high)
        step = _STEP * np.minimum(u1 - low, high - u1)
        near, far = (self.at(u1 + k * step) - self.at(u1 - k * step) for k in (1, 2))
        return np.asarray((8.0 * near - far) / (12.0 * step))


def _ask(function: Callable[[Array], Array], u1: Array) -> Array:
    # A single number is asked about as an array: scalar powers round differently.
    values = np.asarray(function(u1 if np.ndim(u1) else np.reshape(u1, 1)), dtype=float)
    return np.broadcast_to(values, np.shape(u1)) if np.ndim(u1) else values.reshape(())


def _where(u1: Array, wrong: NDArray[np.bool_]) -> float:
    values = np.broadcast_to(u1[: len(wrong)], wrong.shape)
    return float(values[wrong].flat[0])


def _last(positive: Callable[[Array], NDArray[np.bool_]], low: Array, high: Array) -> Array:
    """Last point of [low, high] up to which a condition holds, by halving."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        holds = positive(middle)
        low, high = np.where(holds, middle, low), np.where(holds, high, middle)
    return low


def _level(f: Callable[[Array], Array], wanted: Array, low: Array, high: Array) -> Array:
    """Last point of [low, high] at which a concave, falling f is at least `wanted`.

    The chord over the interval lies below f and meets the level before it, the line through two
    points on the left lies above and meets it after: both ends close in. Where the second is of no
    use, the middle is tried. `low` where f is smaller everywhere.
    """
    at_low, at_high = f(low), f(high)
    done = (at_high >= wanted) | (at_low < wanted)
    low = np.where(at_high >= wanted, high, low)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for _ in range(_HALVINGS):
            done = done | (high - low <= _CLOSE * (np.abs(low) + np.abs(high)))
            if done.all():
                break
            chord = low + (high - low) * (at_low - wanted) / (at_low - at_high)
            chord = np.where((chord > low) & (chord < high), chord, (low + high) / 2.0)
            value = f(chord)
            # A little further, so that rounding in f does not leave it short.
            over = value - wanted + _CLOSE * (np.abs(wanted) + np.abs(at_low))
            line = chord + (chord - low) * over / (at_low - value) + _CLOSE * np.abs(chord)
            under = value < wanted
            low, at_low = _move(~under & ~done, low, at_low, chord, value)
            high, at_high = _move(under & ~done, high, at_high, chord, value)
            line = np.where((line > low) & (line < high), line, (low + high) / 2.0)
            value = f(line)
            under = value < wanted
            low, at_low = _move(~under & ~done, low, at_low, line, value)
            high, at_high = _move(under & ~done, high, at_high, line, value)
    return np.asarray(low)


def _move(
    move: NDArray[np.bool_], point: Array, value: Array, new: Array, at_new: Array
) -> tuple[Array, Array]:
    return np.where(move, new, point), np.where(move, at_new, value)


@dataclasses.dataclass(frozen=True, eq=False)
class Curved:
    """Zone of agreement on a smooth frontier: u1 from `low` to `high`."""

    frontier: SmoothFrontier
    disagreement: Array
    low: Array
    high: Array
    best: Array
    known: NDArray[np.bool_]

    @classmethod
    def of(cls, frontier: SmoothFrontier, disagreement: Array) -> Curved:
        """Cut a frontier to the zone seen from (..., 2) d."""
        shape = np.broadcast_shapes(disagreement.shape[:-1], frontier.batch_shape)
        d1, d2 = (np.broadcast_to(disagreement[..., i], shape) for i in (0, 1))
        start, end = (np.broadcast_to(each, shape) for each in (frontier.low, frontier.high))
        low = np.clip(d1, start, end)
        some = (d1 <= end) & (frontier.at(low) >= d2)
        enough = frontier.at(end) >= d2
        high = _level(frontier.at, d2, low, end)
        high = np.where(enough, end, high)
        first, second = high - d1, frontier.at(low) - d2
        best = np.where(some[..., None], np.stack([first, second], axis=-1), -np.inf)
        d = np.stack([d1, d2], axis=-1)
        return cls(frontier, d, low, high, best, np.ones(shape, dtype=bool))

    def _at(self, u1: Array) -> Array:
        """Gains (..., 2) at u1."""
        both = np.stack([u1, self.frontier.at(u1)], axis=-1)
        return np.asarray(np.maximum(both - self.disagreement, 0.0))

    def turn(self, balance: Balance) -> Array:
        """Gains (..., 2) where a balance turns negative; see `Zone`."""
        one = np.ones((*self.low.shape, 1))

        def positive(u1: Array) -> NDArray[np.bool_]:
            # At its very ends a frontier without a slope of its own has none: not a number.
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                gains, falls = self._at(u1), self.frontier.falls(u1)
                value = balance(gains[..., :1], gains[..., 1:], one, falls[..., None])[..., 0]
            return np.asarray(value >= 0.0)

        return self._at(_last(positive, self.low, self.high))

    def given(self, side: int, gain: Array) -> Array:
        """Best gain (...) of the other side if `side` gains `gain` or more; see `Zone`."""
        wanted = gain + self.disagreement[..., side]
        if side == 0:
            u1 = np.clip(wanted, self.low, self.high)
        else:
            u1 = _level(self.frontier.at, wanted, self.low, self.high)
        other = self._at(u1)[..., 1 - side]
        with np.errstate(invalid="ignore"):
            enough = self.best[..., side] >= gain - PAYOFF_ROUNDING * np.abs(gain)
        return np.where(enough, other, -np.inf)

    def halving(self) -> Array:
        """Gains (..., 2) at the point of Perles and Maschler."""
        f = self.frontier.at

        def more_ahead(u1: Array) -> NDArray[np.bool_]:
            return np.asarray(_length(f, u1, self.high) >= _length(f, self.low, u1))

        return self._at(_last(more_ahead, self.low, self.high))

    def conciliation(self) -> Array:
        """Gains (..., 2) at the end of Raiffa's continuous path."""
        return _path_end(self)


# --- Perles and Maschler: the integral of sqrt(-du1 du2) ------------------------------------------

#: Intervals of the coarsest and finest of the grids between which `_length` extrapolates.
_COARSE, _LEVELS = 16, 6


def _length(f: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Integral of sqrt(-du1 du2) along u2 = f(u1), u1 from `low` to `high`.

    Sums of sqrt(-(change of u1) * (change of u2)) over grids that are ever finer towards the ends
    (the substitution of Takahasi and Mori 1974), so that slopes of zero or infinity there do no
    harm; the error is a series in the square of the spacing, which is extrapolated to zero
    (Romberg 1955).
    """
    grid = np.sinh(np.linspace(-3.2, 3.2, _COARSE * 2 ** (_LEVELS - 1) + 1)) * np.pi
    share = (1.0 / (1.0 + np.exp(np.abs(grid)))).reshape(-1, *[1] * np.ndim(low))
    left = (grid < 0.0).reshape(share.shape)
    u1 = np.where(left, low + (high - low) * share, high - (high - low) * share)
    u1[0], u1[-1] = low, high
    u2 = f(u1)
    sums = []
    for level in range(_LEVELS):
        skip = 2 ** (_LEVELS - 1 - level)
        dx, dy = np.diff(u1[::skip], axis=0), np.diff(u2[::skip], axis=0)
        parts = np.sqrt(np.maximum(-dx * dy, 0.0))
        while len(parts) > 1:  # in pairs: the order of a sum must not depend on the batch
            parts = parts[::2] + parts[1::2]
        sums.append(parts[0])
    for order in range(1, _LEVELS):
        factor = 4.0**order
        sums = [(factor * fine - coarse) / (factor - 1.0) for coarse, fine in pairwise(sums)]
    return np.asarray(sums[0])


# --- Raiffa's continuous path --------------------------------------------------------------------

#: Substeps of the extrapolated midpoint rule (Gragg 1965); the error a step may make and the range
#: of agreements at which the rest of the path is a straight line to the middle, as shares of the
#: largest gains. The line is off by the square of that range.
_SUBSTEPS = (2, 4, 6, 8, 10)
_STEP_ERROR, _STRAIGHT = 1e-12, 1e-6

#: Steps; paths of smooth frontiers take about thirty.
_MOST_STEPS = 400


def _path_end(zone: Curved) -> Array:
    """Integrate the path from d to the frontier, each bargain with steps of its own."""
    at, best = np.zeros_like(zone.best), zone.best
    going = np.asarray((best > 0.0).all(axis=-1))
    scale = np.where(going[..., None], best, 1.0)
    step = np.full(going.shape, 0.25)
    for _ in range(_MOST_STEPS):
        speed = _towards_ideal(zone, at)
        near = going & (speed <= _STRAIGHT * scale).all(axis=-1)
        at = np.where(near[..., None], at + speed / 2.0, at)
        going = going & ~near
        if not going.any():
            break
        there, error = _extrapolated(zone, at, speed, step)
        wrong = (error / scale).max(axis=-1)
        good = going & (wrong <= _STEP_ERROR)
        at = np.where(good[..., None], there, at)
        # Eighth root, as the error of a step is of ninth order; square roots round alike anywhere.
        room = np.sqrt(np.sqrt(np.sqrt(_STEP_ERROR / np.maximum(wrong, 1e-30))))
        step = np.minimum(0.5, step * np.clip(0.9 * room, 0.2, 2.0))
    return np.where(going[..., None], np.nan, at)


def _towards_ideal(zone: Curved, at: Array) -> Array:
    ideal = np.stack([zone.given(1, at[..., 1]), zone.given(0, at[..., 0])], axis=-1)
    return np.asarray(np.where(np.isfinite(ideal), np.maximum(ideal - at, 0.0), 0.0))


def _extrapolated(zone: Curved, at: Array, speed: Array, step: Array) -> tuple[Array, Array]:
    """One step of Gragg's method, and its error."""
    rows: list[Array] = []
    error = np.zeros_like(at)
    for k, count in enumerate(_SUBSTEPS):
        width = (step / count)[..., None]
        before, here = at, at + width * speed
        for _ in range(count - 1):
            before, here = here, before + 2.0 * width * _towards_ideal(zone, here)
        row = (before + here + width * _towards_ideal(zone, here)) / 2.0
        fresh = [row]
        for j in range(k):
            ratio = (count / _SUBSTEPS[k - 1 - j]) ** 2
            fresh.append(fresh[j] + (fresh[j] - rows[j]) / (ratio - 1.0))
        error = np.abs(fresh[-1] - fresh[-2]) if k else error
        rows = fresh
    return rows[-1], error
