"""Rounding in payoffs undone, and where that would go too far."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from negotiation.games.game import Array
from negotiation.tolerances import TIE

#: Largest denominator of a rational that a float is taken for. Numbers with denominators up to
#: here are at least 1e-8 apart, so one within 1e-12 of a float is there by design, not by chance:
#: a random float has odds of about 1 in 10,000 to be near one.
_SIMPLE = 10_000

#: Share of its size by which rounding moves a number: a few units in the last place of a float.
_ULPS = Fraction(16, 1 << 52)


def is_whole(payoffs: Array) -> bool:
    """Whether payoffs are integers that floats hold exactly: there is no rounding to undo."""
    return bool((payoffs == np.rint(payoffs)).all() and np.abs(payoffs).max() < 2.0**53)


def _meant(values: Sequence[float], error: float) -> Fraction:
    """Return the one number that floats within rounding of each other stand for.

    A simple rational, if one of them is near one; else the first of them, exactly.
    """
    for value in values:
        simple = _simple(value, error)
        if simple is not None:
            return simple
    return Fraction(values[0])


def _simple(value: float, error: float) -> Fraction | None:
    """Return the simple rational within `error` of a float, if there is one.

    So close a rational is a convergent of the continued fraction (Legendre).
    """
    top, bottom = value.as_integer_ratio()
    p, p_next, q, q_next = 0, 1, 1, 0
    while bottom:
        whole, rest = divmod(top, bottom)
        p, p_next = p_next, p + whole * p_next
        q, q_next = q_next, q + whole * q_next
        if q_next > _SIMPLE:
            break
        if abs(p_next / q_next - value) <= error:
            return Fraction(p_next, q_next)
        top, bottom = bottom, rest
    return None


def merges(payoffs: Array, exact: NDArray[np.object_] | None = None) -> bool:
    """Whether undoing rounding takes payoffs of one player for equal that are not.

    Rounding leaves numbers apart by a few units in their own last place. Where one payoff is so
    large that others vanish beside it, numbers are taken for equal that have nothing in common; and
    rationals with more digits than a float has were not rounded to begin with.

    Parameters
    ----------
    payoffs : (m, n) array
    exact : (m, n) array of Fraction, optional
        The same as written.
    """
    whole = is_whole(payoffs)
    if whole and exact is None:
        return False
    if exact is None and _only_rounding(payoffs):
        return False
    floats = payoffs.ravel().tolist()
    meant = payoffs.tolist() if whole else undo_rounding(payoffs)
    given: Sequence[Fraction | float] = floats if exact is None else exact.ravel().tolist()
    groups: dict[Fraction | float, set[Fraction | float]] = {}
    as_floats: dict[Fraction | float, float] = {}
    for kept, value, rounded in zip(chain.from_iterable(meant), given, floats, strict=True):
        groups.setdefault(kept, set()).add(value)
        as_floats[value] = rounded
    for group in groups.values():
        if len(group) == 1:
            continue
        numbers = [Fraction(value) for value in group]
        low, high = min(numbers), max(numbers)
        if high - low > _ULPS * max(abs(low), abs(high)):
            return True
        if exact is not None and any(
            value not in (Fraction(repr(as_floats[value])), Fraction(as_floats[value]))
            for value in group
        ):
            return True
    return False


def _only_rounding(payoffs: Array) -> bool:
    """Whether payoffs near enough to be taken for equal are all apart by rounding: at a glance."""
    values = np.unique(payoffs)
    span = float(values[-1]) - float(values[0]) or 1.0
    with np.errstate(over="ignore"):
        near = np.diff(values) <= 4.0 * _error(payoffs, span) * span
        starts = np.concatenate([[True], ~near])
        low, high = values[starts], values[np.append(starts[1:], True)]
        return bool((high - low <= float(_ULPS) * np.maximum(np.abs(low), np.abs(high))).all())


def _error(payoffs: Array, span: float) -> float:
    """How far rounding moves payoffs that are scaled to [0, 1]."""
    error = 8.0 * float(np.finfo(float).eps) * max(1.0, float(np.abs(payoffs).max()) / span)
    return float(min(error, 1e-12))


def undo_rounding(payoffs: Array) -> list[list[Fraction]]:
    """Payoffs of one player, scaled to [0, 1], as the numbers they were before they were rounded.

    Ties of a game that was written in other units (times 0.3, plus 1e6) come out a few units in
    the last place apart; as exact rationals such a game has no ties at all.
    """
    low, high = float(payoffs.min()), float(payoffs.max())
    span = high - low if high > low else 1.0
    error = _error(payoffs, span)
    scaled = (payoffs - low) / span
    values = sorted(set(scaled.ravel().tolist()))
    unscaled: dict[float, float] = {}
    if any(error < after - before < TIE for before, after in pairwise(values)):
        # Scaling rounds by a share of the range: beside a large payoff it would distort small ones.
        unscaled = dict(zip(scaled.ravel().tolist(), payoffs.ravel().tolist(), strict=True))
    meant: dict[float, Fraction] = {}
    group: list[float] = []
    for value in [*values, np.inf]:
        if group and value - group[-1] > error:
            number = _meant(group, error)
            if unscaled and number == group[0]:
                number = (Fraction(unscaled[group[0]]) - Fraction(low)) / (
                    Fraction(high) - Fraction(low)
                )
            meant.update(dict.fromkeys(group, number))
            group = []
        group.append(value)
    return [[meant[value] for value in line] for line in scaled.tolist()]
