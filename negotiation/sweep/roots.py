"""Find where a continuous function of one parameter crosses zero."""

from __future__ import annotations

from collections.abc import Callable


def crossing(
    f: Callable[[float], float],
    low: float,
    high: float,
    at_low: float,
    at_high: float,
    width: float,
) -> float:
    """Locate a sign change of f between `low` and `high` to within `width`.

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
        if fx == 0.0 or span <= width:
            return best
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        if phi**2 < xi and (1.0 - phi) ** 2 < 1.0 - xi:
            t = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (
                fc - fb
            )
        else:
            t = 0.5
        edge = 0.5 * width / span
        t = min(1.0 - edge, max(edge, t))
