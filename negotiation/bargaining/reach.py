"""What one side can still get if the other gets so much, on frontiers straight and curved."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.agreement_set import AgreementSet
from negotiation.bargaining.beliefs import halve
from negotiation.bargaining.smooth import SmoothFrontier
from negotiation.bargaining.zone import Array
from negotiation.moved import names_of
from negotiation.tolerances import PAYOFF_ROUNDING


class Frontier(Protocol):
    """What the process of offers needs to know of a frontier."""

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Leading batch axes."""
        ...

    @property
    def known(self) -> NDArray[np.bool_]:
        """(...) whether the frontier has no NaN."""
        ...

    def best(self, side: int, theirs: Array) -> Array:
        """Largest payoff (...) of `side` if the other gets `theirs` (...) or more.

        Minus infinity where the other cannot get as much.
        """
        ...

    def floor(self, side: int) -> Array:
        """Payoff (...) of `side` at the agreement best for the other; minus infinity if none is."""
        ...

    def rest(self, d: Array, loss: Array) -> Array:
        """Payoff (...) of the first side when it proposes, and a round is stationary.

        The proposals x of the first side and y of the second leave the other indifferent:
        x2 - d2 = (1 - loss2) (y2 - d2) and y1 - d1 = (1 - loss1) (x1 - d1). `d` and `loss` are
        (..., 2).
        """
        ...


def reach(agreement: AgreementSet | SmoothFrontier | ArrayLike) -> Frontier:
    """Read a frontier; a number or (...) array is a pie shared by money."""
    if isinstance(agreement, SmoothFrontier):
        return _Curved(agreement)
    if not isinstance(agreement, AgreementSet):
        agreement = AgreementSet.money(agreement)
    return _Straight.of(agreement)


@dataclasses.dataclass(frozen=True, eq=False)
class _Straight:
    """Pieces of a frontier; (..., K, 2) points and directions, (..., K) ranges."""

    start: Array
    direction: Array
    low: Array
    high: Array

    @classmethod
    def of(cls, agreement: AgreementSet) -> _Straight:
        """Add free disposal: a ray left from the second side's best, one down from the first's."""
        start, direction = np.broadcast_arrays(agreement.start, agreement.direction)
        low, high = (
            np.broadcast_to(each, start.shape[:-1]) for each in (agreement.low, agreement.high)
        )
        corners = []
        for piece, at, towards in ((0, low, (-1.0, 0.0)), (-1, high, (0.0, -1.0))):
            ends = np.isfinite(at[..., piece])[..., None]
            t = np.where(ends[..., 0], at[..., piece], 0.0)[..., None]
            # A frontier without end has no corner to throw away from: a ray of no length.
            corner = start[..., piece, :] + t * direction[..., piece, :]
            corners.append((corner, np.where(ends, towards, 0.0)))
        (left, leftward), (right, downward) = corners
        zero, endless = np.zeros((*start.shape[:-2], 1)), np.full((*start.shape[:-2], 1), np.inf)
        return cls(
            np.concatenate([left[..., None, :], start, right[..., None, :]], axis=-2),
            np.concatenate([leftward[..., None, :], direction, downward[..., None, :]], axis=-2),
            np.concatenate([zero, low, zero], axis=-1),
            np.concatenate([endless, high, endless], axis=-1),
        )

    @property
    def batch_shape(self) -> tuple[int, ...]:
        return tuple(self.start.shape[:-2])

    @property
    def known(self) -> NDArray[np.bool_]:
        return np.asarray(~np.isnan(self.start + self.direction).any(axis=(-2, -1)))

    def best(self, side: int, theirs: Array) -> Array:
        other = 1 - side
        start, direction = self.start[..., 1:-1, :], self.direction[..., 1:-1, :]
        low, high = self.low[..., 1:-1], self.high[..., 1:-1]
        # Along a piece the first side gains: the end that is best for one is worst for the other.
        mine, its = (high, low) if side == 0 else (low, high)
        asked = theirs[..., None]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            t = (asked - start[..., other]) / direction[..., other]
            t = np.where(direction[..., other] == 0.0, mine, np.clip(t, low, high))
            step = np.where(direction[..., other] == 0.0, 0.0, its * direction[..., other])
            most = start[..., other] + step
            gain = np.where(direction[..., side] == 0.0, 0.0, t * direction[..., side])
            size = np.abs(np.where(np.isfinite(most), most, 0.0))
            enough = asked <= most + PAYOFF_ROUNDING * size
            found = np.where(enough, start[..., side] + gain, -np.inf)
        return np.asarray(np.where(np.isnan(theirs), np.nan, found.max(axis=-1)))

    def floor(self, side: int) -> Array:
        corner = 0 if side == 0 else -1
        ends = (self.direction[..., corner, :] != 0.0).any(axis=-1)
        return np.asarray(np.where(ends, self.start[..., corner, side], -np.inf))

    def rest(self, d: Array, loss: Array) -> Array:
        # On pieces k (of x) and l (of y) the two conditions are linear: all pairs are solved, and
        # the pair that lies within both pieces is the answer. Losses are small where rounds are
        # short; written as here, nothing cancels on a piece by itself.
        gains = self.start - d[..., None, :]
        sx, sy = gains[..., :, None, :], gains[..., None, :, :]
        dx, dy = self.direction[..., :, None, :], self.direction[..., None, :, :]
        loss1, loss2 = (loss[..., side, None, None] for side in (0, 1))
        a = (sy[..., 1] - sx[..., 1]) - loss2 * sy[..., 1]
        b = (sx[..., 0] - sy[..., 0]) - loss1 * sx[..., 0]
        both = loss1 + loss2 - loss1 * loss2
        parallel = dx[..., 1] * dy[..., 0] - dy[..., 1] * dx[..., 0]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            scale = parallel + both * (dy[..., 1] * dx[..., 0])
            t = (a * dy[..., 0] + (1.0 - loss2) * dy[..., 1] * b) / scale
            s = (dx[..., 1] * b + (1.0 - loss1) * dx[..., 0] * a) / scale
            out = _outside(t, self.low[..., :, None], self.high[..., :, None], dx)
            out = out + _outside(s, self.low[..., None, :], self.high[..., None, :], dy)
            t = np.clip(t, self.low[..., :, None], self.high[..., :, None])
            x = self.start[..., :, None, 0] + np.where(dx[..., 0] == 0.0, 0.0, t * dx[..., 0])
        out = np.where(np.isnan(out), np.inf, out)
        flat = out.reshape(*out.shape[:-2], -1)
        at = flat.argmin(axis=-1)[..., None]
        x = np.broadcast_to(x, out.shape).reshape(flat.shape)
        found = np.take_along_axis(x, at, axis=-1)[..., 0]
        solved = np.isfinite(np.take_along_axis(flat, at, axis=-1)[..., 0])
        return np.asarray(np.where(solved, found, np.nan))


def _outside(t: Array, low: Array, high: Array, direction: Array) -> Array:
    """How far t lies outside its range, in payoff units."""
    gap = np.maximum(np.maximum(low - t, t - high), 0.0)
    return np.asarray(gap * np.abs(direction).max(axis=-1))


@dataclasses.dataclass(frozen=True, eq=False)
class _Curved:
    """A frontier given as a function."""

    curve: SmoothFrontier

    @property
    def batch_shape(self) -> tuple[int, ...]:
        return self.curve.batch_shape

    @property
    def known(self) -> NDArray[np.bool_]:
        return np.ones(self.batch_shape, dtype=bool)

    def best(self, side: int, theirs: Array) -> Array:
        low, high = self._ends(theirs)
        if side == 1:
            enough = theirs <= high + PAYOFF_ROUNDING * np.abs(high)
            found = self._second(np.clip(theirs, low, high))
            return np.asarray(np.where(enough, found, -np.inf))
        top, floor = self._second(low), self._second(high)
        enough = theirs <= top + PAYOFF_ROUNDING * np.abs(top)
        asked = np.clip(theirs, floor, top)
        found = halve(lambda u1: self._second(u1) - asked, low, high)
        found = np.where(theirs <= floor, high, found)
        return np.asarray(np.where(enough, found, np.where(np.isnan(theirs), np.nan, -np.inf)))

    def floor(self, side: int) -> Array:
        low, high = self._ends(np.zeros(()))
        return low if side == 0 else self._second(high)

    def rest(self, d: Array, loss: Array) -> Array:
        low, high = self._ends(d[..., 0])
        inside = (d[..., 0] <= high) & (self.best(1, d[..., 0]) >= d[..., 1])
        # From the disagreement point on, what the second side is left with falls against what it
        # asks for, as the frontier is concave.
        left = np.where(inside, np.clip(d[..., 0], low, high), low)

        def left_over(u1: Array) -> Array:
            y1 = np.clip(u1 - loss[..., 0] * (u1 - d[..., 0]), low, high)
            y2 = self._second(y1)
            return np.asarray((self._second(u1) - y2) + loss[..., 1] * (y2 - d[..., 1]))

        found = halve(left_over, left, high)
        return np.asarray(np.where(left_over(high) >= 0.0, high, found))

    def _second(self, u1: Array) -> Array:
        return np.asarray(self.curve.height(u1), dtype=float)

    def _ends(self, like: Array) -> tuple[Array, Array]:
        shape = np.broadcast_shapes(self.batch_shape, np.shape(like))
        low, high = (np.asarray(each, dtype=float) for each in (self.curve.low, self.curve.high))
        return np.broadcast_to(low, shape), np.broadcast_to(high, shape)


if not TYPE_CHECKING:  # a checker would take any name for one that is there
    __getattr__ = names_of(__name__)
