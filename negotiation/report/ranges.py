"""Numbers with their ranges: in which unit and to how many digits, in cells and in sentences."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

import numpy as np

from negotiation.words import amount

#: From here on millions are told as billions.
_BILLION = 1000.0

_MILLION = re.compile(r"\bmillion\b")
_CURRENCY = re.compile(r"(?P<sign>\S*[$€£¥])\s*(?P<size>million|billion)?(?P<rest>.*)")


@dataclasses.dataclass(frozen=True)
class Measure:
    """How the numbers of a table, of a sentence or of an axis are written.

    Attributes
    ----------
    unit : str
    scale : float
        What numbers are divided by.
    digits, ends : int
        Behind the point, of the numbers of a table and of the ends of ranges.
    """

    unit: str
    scale: float = 1.0
    digits: int = 1
    ends: int = 1

    @classmethod
    def of(cls, unit: str, *values: Any) -> Measure:
        """Choose a unit and a number of digits by the largest of some numbers; NaN is left out.

        Millions become billions from a thousand on. Of the largest number two digits are shown at
        the ends of a range, and one behind the point of a median below a hundred.
        """
        largest = _largest(values)
        scale = 1.0
        if _MILLION.search(unit) and largest >= _BILLION:
            unit, scale = _MILLION.sub("billion", unit), _BILLION
        return cls(unit, scale).fitted(*values)

    def fitted(self, *values: Any) -> Measure:
        """Return the same unit with digits that fit other numbers, such as those of a column."""
        largest = _largest(values) / self.scale
        ends = decimals(largest)
        return dataclasses.replace(self, digits=max(ends, int(largest < 100)), ends=ends)

    def number(self, value: float, *, signed: bool = False, end: bool = False) -> str:
        """Return a number as it stands in a table; `none` where there is none."""
        if not math.isfinite(value):
            return "none"
        return _plain(value / self.scale, self.ends if end else self.digits, signed)


def _largest(values: Any) -> float:
    found = [np.abs(np.asarray(each, dtype=float)).ravel() for each in values]
    every = np.concatenate(found) if found else np.zeros(0)
    return float(np.max(every[np.isfinite(every)], initial=0.0))


def decimals(value: float) -> int:
    """How many digits behind the point show two digits of a number."""
    if not math.isfinite(value) or value == 0.0:
        return 0
    size = float(f"{abs(value):.1e}")
    return min(max(0, 1 - math.floor(math.log10(size))), 6)


def sensible(value: float, largest: float | None = None, *, signed: bool = False) -> str:
    """Return a number to two digits, whole from 100 on, for a sentence.

    Parameters
    ----------
    largest : float, optional
        The largest number that it stands beside: digits that are small beside it are left out.
    """
    if not math.isfinite(value):
        return "none"
    digits = decimals(value)
    if largest is not None:
        digits = min(digits, max(decimals(largest), 1))
    return _plain(value, digits, signed)


def span(low: float, high: float, *, signed: bool = False) -> str:
    """Return a range to sensible digits: `4.4 to 8.5`; one number where both are the same."""
    most = max(abs(low), abs(high))
    one, two = (sensible(each, most, signed=signed) for each in (low, high))
    return one if one == two else f"{one} to {two}"


def told(value: float, unit: str) -> str:
    """Return a number with its unit as a sentence has it: `US$0.7 billion a year`, `3.2 %`."""
    measure = Measure.of(unit, value)
    return with_unit(sensible(value / measure.scale), measure.unit)


def told_range(low: float, middle: float, high: float, unit: str) -> str:
    """Return a median with its unit, and from where to where the range goes in brackets."""
    measure = Measure.of(unit, middle, low, high)
    values = [each / measure.scale for each in (low, middle, high)]
    most = max((abs(each) for each in values if math.isfinite(each)), default=0.0)
    text = with_unit(sensible(values[1], most), measure.unit)
    if not (math.isfinite(low) and math.isfinite(high)):
        return text
    return f"{text} ({span(values[0], values[2])})"


def with_unit(number: str, unit: str) -> str:
    """Put a unit to a number that is written: the sign of a currency goes before it."""
    found = _CURRENCY.fullmatch(unit)
    if found is None:
        return f"{number} {unit}".rstrip()
    minus = number.startswith("-")
    size = f" {found['size']}" if found["size"] else ""
    return f"{'-' if minus else ''}{found['sign']}{number.lstrip('-')}{size}{found['rest']}"


def in_draws(share: float) -> str:
    """In how many draws something holds: `in every draw`, `in 54 of 100 draws`."""
    if not math.isfinite(share):
        return "in an unknown share of the draws"
    if share in (0.0, 1.0):
        return "in every draw" if share else "in no draw"
    return f"in {of_100(share)} draws"


def of_100(share: float) -> str:
    """Return a share of the draws: `54 of 100`, and never 0 or 100 where it is not all."""
    if 0.0 < share < 0.005:
        return "fewer than 1 of 100"
    if 0.995 < share < 1.0:
        return "more than 99 of 100"
    return f"{round(100 * share)} of 100"


def place(value: Any) -> str:
    """Return a value of a parameter as a user writes it."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    return value if isinstance(value, str) else amount(float(value))


def _plain(value: float, digits: int, signed: bool) -> str:
    text = f"{value:{'+' if signed else ''},.{digits}f}"
    # What is rounded to nothing has no sign.
    return text.lstrip("+-") if float(text.replace(",", "")) == 0.0 else text
