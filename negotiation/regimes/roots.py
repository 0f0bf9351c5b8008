"""Find where functions of one number cross zero: many brackets at once, one call for all."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.games.game import Array

#: A function of places (M,) and of the brackets (M,) they belong to, to its values (M,).
Function = Callable[[Array, NDArray[np.int64]], Array]

#: Brackets, and both ends of each, to places inside them.
Inside = Callable[[NDArray[np.int64], Array, Array], Array]

#: No bracket of double precision can be halved more often, and inverse quadratic steps that are
#: taken are no longer than that by more than a few.
_MOST_CALLS = 2100

#: Calls after which a bracket is divided rather than stepped into: smooth crossings take fewer.
#: After few, if the function still changes across it by more than this share of what it did at
#: first: a bracket with a smooth crossing is an eighth as wide by then, or less.
_PATIENCE, _PATIENCE_WITH_JUMPS, _STILL = 12, 3, 0.6

#: Parts a bracket is divided into at a time: what is evaluated together costs little more than one.
#: Fewer around a jump: where payoffs are tied the game is solved exactly, which takes longer.
_PARTS, EQUALLY = 16, np.arange(1, 8) / 8


@dataclasses.dataclass(frozen=True, eq=False)
class Roots:
    """Zeros of functions, one per bracket.

    Attributes
    ----------
    at : (B,) array
        The end of the last bracket at which the function is closer to zero.
    low, high : (B,) arrays
        The last bracket, in order; the same place twice where the function was exactly zero.
    at_low, at_high : (B,) arrays
        The function there. Where they stay apart however narrow the bracket, it jumps.
    hole : (B,) array of bool
        The function was not a number at `at`, so that nothing was located; `low` and `high` are
        the narrowest bracket up to then.
    calls : int
        How often the function was called.
    """

    at: Array
    low: Array
    high: Array
    at_low: Array
    at_high: Array
    hole: NDArray[np.bool_]
    calls: int


def locate(
    f: Function,
    low: ArrayLike,
    high: ArrayLike,
    at_low: ArrayLike,
    at_high: ArrayLike,
    width: ArrayLike,
    inside: Inside | None = None,
) -> Roots:
    """Locate a sign change in every bracket to within `width`, or to the last bit.

    Chandrupatla (1997): inverse quadratic steps where they are safe, halving where they are not: a
    smooth crossing takes a handful of calls. What is not found by then is a jump, as a rule, and
    its bracket is divided into eight parts at every call.

    Parameters
    ----------
    f : callable
        Called with places in the brackets that are not finished, and which brackets these are.
    low, high : (B,) arrays
        Ends of the brackets, in either order.
    at_low, at_high : (B,) arrays
        f there: of opposite signs, or zero.
    width : (B,) array or float
        Width at which a bracket is narrow enough.
    inside : callable, optional
        Where in a bracket f may jump; called with the brackets and their ends a and b, it returns
        shares of the way, (M, P), which rise with P.

    Raises
    ------
    ValueError
        If the signs at the ends of a bracket are the same, or a value is not a number.
    """
    b, a = (np.array(each, dtype=float, ndmin=1) for each in (low, high))
    fb, fa = (np.array(each, dtype=float, ndmin=1) for each in (at_low, at_high))
    if (np.isnan(fa) | np.isnan(fb) | (np.sign(fa) * np.sign(fb) > 0.0)).any():
        raise ValueError("a bracket needs values of opposite signs at its ends")
    width = np.broadcast_to(np.asarray(width, dtype=float), a.shape)
    # An end that is exactly zero is the root; both ends: the lower one.
    for end, value, other, other_value in ((b, fb, a, fa), (a, fa, b, fb)):
        exact = value == 0.0
        other[exact], other_value[exact] = end[exact], 0.0
    c, fc = a.copy(), fa.copy()
    t = np.full(a.shape, 0.5)
    hole = np.zeros(a.shape, dtype=bool)
    place = np.full(a.shape, np.nan)
    first = np.abs(fa - fb)
    jumps = np.zeros(a.shape, dtype=bool)
    active = np.flatnonzero(_unfinished(a, b, width))
    calls = 0
    while len(active) and calls < _MOST_CALLS:
        if calls >= _PATIENCE:
            jumps[active] = True
        elif calls == _PATIENCE_WITH_JUMPS:
            jumps[active] = np.abs(fa - fb)[active] > _STILL * first[active]
        k, d = active[~jumps[active]], active[jumps[active]]
        x = a[k] + t[k] * (b[k] - a[k])
        shares = EQUALLY[None] if inside is None or not len(d) else inside(d, a[d], b[d])
        parts = a[d, None] + shares * (b[d] - a[d])[:, None]
        places = np.concatenate([x, parts.reshape(-1)])
        found = np.asarray(
            f(places, np.concatenate([k, np.repeat(d, shares.shape[1])])), dtype=float
        )
        fx, within = found[: len(k)], found[len(k) :].reshape(parts.shape)
        calls += 1
        if len(d):
            a[d], b[d], fa[d], fb[d] = _divided(parts, within, *(e[d] for e in (a, b, fa, fb)))
            bad = np.isnan(fb[d])
            hole[d[bad]], place[d[bad]] = True, b[d[bad]]
            exact = d[fb[d] == 0.0]
            a[exact], fa[exact] = b[exact], 0.0
            d = d[~bad]
        bad = np.isnan(fx)
        hole[k[bad]], place[k[bad]] = True, x[bad]
        k, x, fx = k[~bad], x[~bad], fx[~bad]
        same = np.sign(fx) == np.sign(fa[k])
        c[k], fc[k] = np.where(same, a[k], b[k]), np.where(same, fa[k], fb[k])
        b[k], fb[k] = np.where(same, b[k], a[k]), np.where(same, fb[k], fa[k])
        a[k], fa[k] = x, fx
        exact = k[fx == 0.0]
        b[exact], fb[exact] = a[exact], 0.0
        k = k[_unfinished(a[k], b[k], width[k])]
        t[k] = _step(k, a, b, c, fa, fb, fc, width)
        d = d[_unfinished(a[d], b[d], width[d])]
        active = np.sort(np.concatenate([k, d]))
    best = np.where(np.abs(fa) <= np.abs(fb), a, b)
    rising = a <= b
    return Roots(
        at=np.where(hole, place, best),
        low=np.where(rising, a, b),
        high=np.where(rising, b, a),
        at_low=np.where(rising, fa, fb),
        at_high=np.where(rising, fb, fa),
        hole=hole,
        calls=calls,
    )


def _divided(
    places: Array, found: Array, a: Array, b: Array, fa: Array, fb: Array
) -> tuple[Array, Array, Array, Array]:
    """Parts of brackets, a, b and f there, at whose end f first has not the sign it has at a."""
    marks = np.column_stack([a, places, b])
    values = np.column_stack([fa, found, fb])
    first = (np.sign(values) != np.sign(values[:, :1])).argmax(axis=1)
    rows = np.arange(len(marks))
    return (
        marks[rows, first - 1],
        marks[rows, first],
        values[rows, first - 1],
        values[rows, first],
    )


def _least(a: Array, b: Array, width: Array) -> Array:
    """The width asked for, or two units in the last place."""
    return np.maximum(width, 2.0 * np.spacing(np.maximum(np.abs(a), np.abs(b))))


def _unfinished(a: Array, b: Array, width: Array) -> NDArray[np.bool_]:
    return np.asarray(np.abs(b - a) > _least(a, b, width))


def _step(
    k: NDArray[np.int64],
    a: Array,
    b: Array,
    c: Array,
    fa: Array,
    fb: Array,
    fc: Array,
    width: Array,
) -> Array:
    """Where between a (0) and b (1) to look next."""
    a, b, c, fa, fb, fc = (each[k] for each in (a, b, c, fa, fb, fc))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        safe = (phi**2 < xi) & ((1.0 - phi) ** 2 < 1.0 - xi)
        t = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    t = np.where(safe & np.isfinite(t), t, 0.5)
    edge = np.minimum(0.5, 0.5 * _least(a, b, width[k]) / np.abs(b - a))
    return np.clip(t, edge, 1.0 - edge)


def divide(
    same: Callable[[Array, NDArray[np.int64]], NDArray[np.bool_]],
    low: ArrayLike,
    high: ArrayLike,
    width: float,
) -> tuple[Array, Array]:
    """Narrow brackets around where something stops being as it is at `low`.

    Parameters
    ----------
    same : callable
        From places and the brackets they belong to, to whether all is as at `low` there. True at
        `low`, false at `high`, which may be the smaller.
    low, high : (B,) arrays
    width : float

    Returns
    -------
    low, high : (B,) arrays
        The last place that was the same and the next that was not; if there are several changes,
        around one of them.
    """
    low, high = (np.array(each, dtype=float, ndmin=1) for each in (low, high))
    inside = np.arange(1, _PARTS) / _PARTS
    while True:
        k = np.flatnonzero(_unfinished(low, high, np.full(low.shape, width)))
        if not len(k):
            return low, high
        places = low[k, None] + inside * (high[k] - low[k])[:, None]
        alike = np.asarray(same(places.reshape(-1), np.repeat(k, _PARTS - 1)), dtype=bool)
        alike = np.column_stack([alike.reshape(places.shape), np.zeros(len(k), dtype=bool)])
        first = alike.argmin(axis=1)
        marks = np.column_stack([low[k], places, high[k]])
        rows = np.arange(len(k))
        low[k], high[k] = marks[rows, first], marks[rows, first + 1]


@dataclasses.dataclass(frozen=True, eq=False)
class Dips:
    """Smallest values of functions, one per bracket.

    Attributes
    ----------
    at, value : (B,) arrays
        The place with the smallest value seen, and that value.
    low, high : (B,) arrays
        The last bracket.
    beyond : (B,) array of bool
        The value fell below the floor, and was not followed further.
    """

    at: Array
    value: Array
    low: Array
    high: Array
    beyond: NDArray[np.bool_]


def follow(
    f: Function,
    places: tuple[Array, ...],
    values: tuple[Array, ...],
    floor: Array,
    width: float,
) -> Dips:
    """Follow dips of functions until they fall below a floor, or are seen not to reach zero.

    Golden-section search (Kiefer 1953) in every bracket at once. A dip is given up once it is
    further from zero than twice what the function moves within its bracket.

    Parameters
    ----------
    f : callable
        As for `locate`.
    places, values : three (B,) arrays each
        Left, middle and right of each bracket, and f there; the middle is the smallest.
    floor : (B,) array
    width : float
        Width at which a dip is taken for found.
    """
    a, m, b = (np.array(each, dtype=float) for each in places)
    fa, fm, fb = (np.array(each, dtype=float) for each in values)
    beyond = np.zeros(len(m), dtype=bool)
    k = np.arange(len(m))
    share = 0.5 * (3.0 - 5.0**0.5)
    while len(k):
        right = (b[k] - m[k]) > (m[k] - a[k])
        x = m[k] + share * np.where(right, b[k] - m[k], a[k] - m[k])
        fx = np.asarray(f(x, k), dtype=float)
        beyond[k] = fx < floor[k]
        better = fx < fm[k]
        # The better of the two stays in the middle, the other becomes an end on its own side.
        end, f_end = np.where(better, m[k], x), np.where(better, fm[k], fx)
        goes_left = right == better
        m[k], fm[k] = np.where(better, x, m[k]), np.where(better, fx, fm[k])
        a[k], fa[k] = np.where(goes_left, end, a[k]), np.where(goes_left, f_end, fa[k])
        b[k], fb[k] = np.where(goes_left, b[k], end), np.where(goes_left, fb[k], f_end)
        hopeful = 3.0 * fm[k] <= 2.0 * np.maximum(fa[k], fb[k])
        k = k[hopeful & (b[k] - a[k] > width) & ~beyond[k] & ~np.isnan(fx)]
    return Dips(m, fm, a, b, beyond)


def narrowest(low: float, high: float, width: float) -> float:
    """Return the width asked for, or two units in the last place where that is more."""
    return max(width, 2.0 * math.ulp(max(abs(low), abs(high))))


def roundest(low: float, high: float) -> float:
    """Return the number with the fewest decimals in an interval: digits beyond are rounding."""
    low, high = min(low, high), max(low, high)
    middle = low + 0.5 * (high - low)
    if low <= 0.0 <= high:
        return 0.0
    for digits in range(17 - math.floor(math.log10(abs(middle) or 1.0))):
        number = round(middle, digits)
        if low <= number <= high:
            return number
    return middle
