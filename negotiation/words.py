"""Numbers as people read them."""

from __future__ import annotations

import math


def money(value: float, unit: str = "", *, signed: bool = False, short: bool = False) -> str:
    """Format money with thousands separated and about four digits: `-25,189 US$ million a year`.

    Parameters
    ----------
    unit : str
        Left out where `short`.
    """
    if not math.isfinite(value):
        return "none" if math.isnan(value) else ("infinite" if value > 0 else "minus infinite")
    size = abs(value)
    if size < 5e-7:
        return "0" if short or not unit else f"0 {unit}"
    digits = 0 if size >= 1000 else max(0, 3 - math.floor(math.log10(size)))
    text = f"{value:{'+' if signed else ''},.{min(digits, 6)}f}"
    return text if short or not unit else f"{text} {unit}"


def opening(text: str) -> str:
    """Return a sentence with its first letter large."""
    return text[:1].upper() + text[1:]


def amount(value: float) -> str:
    """Format a parameter value with up to six significant digits."""
    return f"{value:.6g}"


def share(value: float, digits: int = 3) -> str:
    """Format a share or score; `none` where it is not a number."""
    return "none" if math.isnan(value) else f"{value:.{digits}f}"
