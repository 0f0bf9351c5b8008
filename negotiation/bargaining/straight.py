"""The zone of agreement on a frontier of straight pieces: everything in closed form."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.zone import Array, Balance
from negotiation.tolerances import PAYOFF_ROUNDING

#: Halvings of the interval of time in which Raiffa's path turns from one pair of pieces to the
#: next: to the last bit.
_HALVINGS = 70


@dataclasses.dataclass(frozen=True, eq=False)
class Straight:
    """Zone of agreement on a frontier of straight pieces.

    Attributes
    ----------
    start, direction : (..., K, 2) arrays
        Gains at t = 0 and their change with t.
    low, high : (..., K) arrays
        Range of t within which neither side loses.
    some : (..., K) array of bool
        Whether there is such a t.
    """

    start: Array
    direction: Array
    low: Array
    high: Array
    some: NDArray[np.bool_]
    best: Array
    known: NDArray[np.bool_]

    @classmethod
    def of(cls, pieces: tuple[Array, Array, Array, Array], disagreement: Array) -> Straight:
        """Cut the pieces (start, direction, low, high) to the zone seen from (..., 2) d."""
        start = pieces[0] - disagreement[..., None, :]
        direction = np.broadcast_to(pieces[1], start.shape)
        low = np.broadcast_to(pieces[2], start.shape[:-1])
        high = np.broadcast_to(pieces[3], start.shape[:-1])
        missing = np.isnan(start + pieces[1])
        known = ~_any(missing[..., 0] | missing[..., 1])
        flat = pieces[1] == 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            rise = -start[..., 0] / pieces[1][..., 0]
            fall = -start[..., 1] / pieces[1][..., 1]
            low, high = np.maximum(low, rise), np.minimum(high, fall)
            some = low <= high
            if flat.any():
                low = np.where(flat[..., 0], pieces[2], low)
                high = np.where(flat[..., 1], pieces[3], high)
                gains = start >= 0
                inside = (~flat[..., 0] | gains[..., 0]) & (~flat[..., 1] | gains[..., 1])
                some = inside & (low <= high)
            zone = cls(start, direction, low, high, some, np.empty(0), known)
            ends = np.maximum(zone.gains(low), zone.gains(high))
            if not some.all():
                ends = np.where(some[..., None], ends, -np.inf)
        return dataclasses.replace(zone, best=_most(ends))

    def gains(self, t: Array) -> Array:
        """Gains (..., K, 2) at parameters t (..., K)."""
        return np.asarray(self.start + t[..., None] * self.direction)

    def turn(self, balance: Balance) -> Array:
        """Gains (..., 2) where a balance turns negative; see `Zone`."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            dx, dy = self.direction[..., 0], self.direction[..., 1]
            ends = [self.gains(t) for t in (self.low, self.high)]
            at_low, at_high = (balance(end[..., 0], end[..., 1], dx, dy) for end in ends)
            # Linear along a piece: the root is exact.
            t = -balance(self.start[..., 0], self.start[..., 1], dx, dy) / balance(dx, dy, dx, dy)
            return self._pick(at_low, at_high, t)

    def _pick(self, at_low: Array, at_high: Array, t: Array) -> Array:
        """Point at which a balance with these ends of pieces, and roots `t`, turns negative."""
        if self.low.shape[-1] == 1:
            t = np.where(at_high >= 0.0, self.high, np.minimum(np.maximum(t, self.low), self.high))
            t = np.where(at_low < 0.0, self.low, t)
            return np.asarray(np.maximum(self.gains(t), 0.0)[..., 0, :])
        real = self._real()
        ahead = real & (at_low >= 0.0)
        last = ahead.shape[-1] - 1 - ahead[..., ::-1].argmax(axis=-1)
        piece = np.where(ahead.any(axis=-1), last, real.argmax(axis=-1))[..., None]

        def here(values: Array) -> Array:
            return np.asarray(np.take_along_axis(values, piece, axis=-1)[..., 0])

        low, high = here(self.low), here(self.high)
        t = np.where(here(at_high) >= 0.0, high, np.clip(here(t), low, high))
        t = np.where(here(at_low) < 0.0, low, t)
        start, direction = (
            np.take_along_axis(values, piece[..., None], axis=-2)[..., 0, :]
            for values in (self.start, self.direction)
        )
        return np.asarray(np.maximum(start + t[..., None] * direction, 0.0))

    def _real(self) -> NDArray[np.bool_]:
        """Pieces (..., K) that make up the zone; those without length only where all are."""
        real = self.some & (self.direction != 0.0).any(axis=-1)
        return np.asarray(real | (self.some & ~real.any(axis=-1, keepdims=True)))

    def given(self, side: int, gain: Array) -> Array:
        """Best gain (...) of the other side if `side` gains `gain` or more; see `Zone`."""
        own, other = side, 1 - side
        # Along a piece the other side is best off at the end where this side has least.
        mine, reach = (self.low, self.high) if side == 0 else (self.high, self.low)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            t = (gain[..., None] - self.start[..., own]) / self.direction[..., own]
            t = np.where(self.direction[..., own] == 0.0, mine, np.clip(t, self.low, self.high))
            most = self.start[..., own] + reach * self.direction[..., own]
            wanted = gain[..., None]
            enough = self.some & (most >= wanted - PAYOFF_ROUNDING * np.abs(wanted))
            values = self.start[..., other] + t * self.direction[..., other]
        return np.asarray(np.where(enough, values, -np.inf).max(axis=-1))

    def halving(self) -> Array:
        """Gains (..., 2) at the point of Perles and Maschler."""
        # sqrt(-dx dy) is constant along a piece, so that what has been passed is linear in t.
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            density = np.sqrt(np.maximum(-self.direction[..., 0] * self.direction[..., 1], 0.0))
            length = np.where(self.some, density * (self.high - self.low), 0.0)
            passed = np.cumsum(length, axis=-1)
            total = passed[..., -1:]
            at_low, at_high = total - 2.0 * (passed - length), total - 2.0 * passed
            t = self.low + (self.high - self.low) * at_low / (2.0 * length)
        found = self._pick(at_low, at_high, t)
        # Without a slope anywhere there is one efficient point, which any product of gains finds.
        corner = self.turn(lambda x, y, dx, dy: dx * y + dy * x)
        return np.where(total > 0.0, found, corner)

    def conciliation(self) -> Array:
        """Gains (..., 2) at the end of Raiffa's continuous path."""
        return _path_end(self)


def _any(values: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether one of (..., K) pieces has something; NumPy is slow over an axis of one."""
    return np.asarray(values[..., 0] if values.shape[-1] == 1 else values.any(axis=-1))


def _most(values: Array) -> Array:
    """The most of (..., K, 2) over pieces."""
    return np.asarray(values[..., 0, :] if values.shape[-2] == 1 else values.max(axis=-2))


# --- Raiffa's continuous path --------------------------------------------------------------------


def _path_end(zone: Straight) -> Array:
    """Solve for the end of the continuous path on straight pieces, piece by piece.

    While the second side's ideal lies on one piece and the first side's on another, the path obeys
    a linear differential equation with constant coefficients, with a solution in exponentials; the
    pieces change when a side's interim payoff passes a vertex. When both ideals are on one piece,
    the path runs straight to the middle between them.
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        real = zone._real()
        left, right = zone.gains(zone.low), zone.gains(zone.high)
        at = np.zeros_like(zone.best)
        going = np.asarray((zone.best > 0.0).all(axis=-1))
        # Each turn passes a vertex of one side or the other, or a gap of rounding between pieces.
        for _ in range(4 * real.shape[-1] + 8):
            if not going.any():
                break
            at, going = _to_next_vertex(zone, real, (left, right), at, going)
    return np.where(going[..., None], np.nan, at)


def _to_next_vertex(
    zone: Straight,
    real: NDArray[np.bool_],
    ends: tuple[Array, Array],
    at: Array,
    going: NDArray[np.bool_],
) -> tuple[Array, NDArray[np.bool_]]:
    """Follow the path until a side's interim gain reaches the next vertex, or to its end."""
    x, y = at[..., 0], at[..., 1]
    speed = np.stack([zone.given(1, y), zone.given(0, x)], axis=-1) - at
    speed = np.where(going[..., None], np.maximum(speed, 0.0), 0.0)
    left, right = ends
    # The second side's ideal as x moves: its slope, and the x at which that changes.
    rate_y, next_x = _ahead(real, left[..., 0], right[..., 0], x, zone.direction[..., ::-1])
    rate_x, next_y = _ahead(real, right[..., 1], left[..., 1], y, zone.direction)
    root = np.sqrt(rate_x * rate_y)
    vertex = np.stack([next_x, next_y], axis=-1)
    # On one piece, or on two of one line, straight to the middle; or there already.
    last = going & ((root > 1.0 - 1e-13) | ~(speed > 0.0).all(axis=-1))
    adjacent = zone.given(0, next_x) <= next_y + PAYOFF_ROUNDING * zone.best[..., 1]
    rates = np.stack([rate_x, rate_y], axis=-1)
    between = going & ~last & ~adjacent
    moved, passed = _along_path(at, speed, rates, vertex, between)
    moved = np.where(adjacent[..., None], _into_corner(vertex - at, rates, vertex), moved)
    moved = np.where(last[..., None], at + speed / 2.0, moved)
    ends_here = last | (~adjacent & ~passed)
    return np.where(going[..., None], moved, at), going & ~ends_here


def _into_corner(gap: Array, rates: Array, corner: Array) -> Array:
    """Where the path first meets a side's payoff at the corner between two adjacent pieces.

    `gap` (..., 2) is what is missing to it. Seen from the corner the path is a sum of two modes,
    and the side that gets there first is the one with the smaller gap in their units.
    """
    meets = []
    for side in (0, 1):
        own, other = gap[..., side], gap[..., 1 - side]
        per_own, per_other = rates[..., 1 - side], rates[..., side]
        ratio = own * np.sqrt(per_own) / (other * np.sqrt(per_other))
        ratio = np.where(per_own == 0.0, 0.0, ratio)
        growth = np.where(ratio == 0.0, 1.0, np.arctanh(np.minimum(ratio, 1.0)) / ratio)
        time = growth * own / (per_other * other)
        decay = np.exp(-(1.0 + np.sqrt(per_own * per_other)) * time)
        left = (other + own * np.sqrt(per_own / per_other)) * decay
        left = np.where(np.isfinite(left), left, 0.0)
        meets.append((ratio, left))
    first = meets[0][0] <= 1.0
    zero = np.zeros_like(meets[0][1])
    return np.asarray(
        corner
        - np.stack([np.where(first, zero, meets[1][1]), np.where(first, meets[0][1], zero)], -1)
    )


def _along_path(
    at: Array, speed: Array, rates: Array, vertex: Array, going: NDArray[np.bool_]
) -> tuple[Array, NDArray[np.bool_]]:
    """Follow the path until one side reaches its `vertex`: Newton steps within a bracket."""
    root = np.where(going, np.sqrt(rates[..., 0] * rates[..., 1]), 0.0)[..., None]
    cross = rates * speed[..., ::-1]
    low, high = np.zeros_like(at), np.broadcast_to(60.0 / (1.0 - root), at.shape)
    time = np.clip((vertex - at) / speed, low, high)
    found = ~(going[..., None] & np.isfinite(vertex))
    time = np.where(found, np.inf, time)

    def after(t: Array) -> Array:
        even, odd = _exponentials(root, t)
        return np.asarray(at + even * speed - odd * cross)

    for _ in range(_HALVINGS):
        if found.all():
            break
        value = after(time) - vertex
        pace = (
            np.exp((root - 1.0) * time)
            * ((1.0 + np.exp(-2.0 * root * time)) * speed - _sine(root, time) * cross)
            / 2.0
        )
        low, high = np.where(value < 0.0, time, low), np.where(value < 0.0, high, time)
        step = time - value / pace
        step = np.where((step > low) & (step < high), step, (low + high) / 2.0)
        done = found | (np.abs(step - time) <= 1e-15 * time)
        time, found = np.where(found, time, step), done
        # Only the side that is first matters.
        soonest = np.where(found, time, np.inf).min(axis=-1, keepdims=True)
        time, found = np.where(~found & (low > soonest), np.inf, time), found | (low > soonest)
    soonest = time.min(axis=-1, keepdims=True)
    arrived = np.isfinite(time) & (time == soonest)
    moved = np.where(arrived, vertex, np.minimum(after(soonest), vertex))
    return moved, np.asarray(arrived.any(axis=-1))


def _sine(root: Array, time: Array) -> Array:
    """Twice sinh(root t) / root, times exp(-root t)."""
    small = root == 0.0
    return np.where(small, 2.0 * time, -np.expm1(-2.0 * root * time) / np.where(small, 1.0, root))


def _ahead(
    real: NDArray[np.bool_], low: Array, high: Array, value: Array, direction: Array
) -> tuple[Array, Array]:
    """How fast the other side's ideal falls as one's own gain rises, and up to which gain.

    `low`, `high` (..., K): range of own gains on each piece. Below all of them, free disposal: the
    other side's ideal does not move.
    """
    here = real & (low <= value[..., None]) & (value[..., None] < high)
    slope = np.where(here, -direction[..., 0] / direction[..., 1], 0.0)
    beyond = np.where(real & (low > value[..., None]), low, np.inf).min(axis=-1)
    until = np.where(here, high, -np.inf).max(axis=-1)
    return slope.max(axis=-1), np.where(here.any(axis=-1), until, beyond)


def _exponentials(root: Array, time: Array) -> tuple[Array, Array]:
    """Integrals of exp(-t) cosh(root t) and exp(-t) sinh(root t) / root from 0 to `time`."""
    fast = -np.expm1(-(1.0 + root) * time) / (1.0 + root)
    slow = -np.expm1(-(1.0 - root) * time) / (1.0 - root)
    even = (fast + slow) / 2.0
    odd = (slow - fast) / (2.0 * np.where(root == 0.0, 1.0, root))
    small = root < 0.05
    if not small.any():
        return even, odd
    # There the difference loses digits: five terms of the series in root ** 2, whose coefficients
    # are incomplete gamma functions.
    tail, term, series = np.ones_like(time), np.ones_like(time), np.zeros_like(time)
    for n in range(5):
        term = term * time / (2 * n + 1)
        tail = tail + term
        series = series + root ** (2 * n) * (1.0 - np.exp(-time) * tail)
        term = term * time / (2 * n + 2)
        tail = tail + term
    return even, np.where(small, series, odd)
