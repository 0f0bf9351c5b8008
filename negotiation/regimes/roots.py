"""Find where a continuous function of one parameter crosses zero."""

from __future__ import annotations

import math
from collections.abc import Callable


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


def crossing(
    f: Callable[[float], float],
    low: float,
    high: float,
    at_low: float,
    at_high: float,
    width: float,
) -> float:
    """Locate a sign change of f between `low` and `high` to within `width`, or to the last bit.

    Chandrupatla (1997): inverse quadratic steps where they are safe, halving where they are not.

    Parameters
    ----------
    at_low, at_high : float
        f at the ends; of opposite sign, or one of them zero.
    """
    if at_low == 0.0:
        return low
    if at_high == 0.0:
        return high
    a, fa, b, fb = high, at_high, low, at_low
    c, fc = a, fa
    t = 0.5
    while True:
        x = a + t * (b - a)
        fx = f(x)
        if (fx > 0.0) == (fa > 0.0):
            c, fc = a, fa
        else:
            c, b, fc, fb = b, a, fb, fa
        a, fa = x, fx
        best = a if abs(fa) < abs(fb) else b
        span = abs(b - a)
        least = narrowest(a, b, width)
        if fx == 0.0 or span <= least:
            return best
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        if phi**2 < xi and (1.0 - phi) ** 2 < 1.0 - xi:
            t = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (
                fc - fb
            )
        else:
            t = 0.5
        edge = 0.5 * least / span
        t = min(1.0 - edge, max(edge, t))
