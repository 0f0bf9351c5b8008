"""Numbers with their ranges: in which unit and to how many digits, in cells and in sentences."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

import numpy as np

from negotiation.report.amounts import Amounts
from negotiation.words import amount

#: From here on millions are told as billions.
_BILLION = 1000.0

#: Ends of a range that differ by no more than this share of the median are the same.
_SAME = 1e-6

#: Nothing, to the most digits that are shown.
_NOTHING = 5e-7

_MILLION = re.compile(r"\bmillion\b")


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
    if not math.isfinite(value) or abs(value) < _NOTHING:
        return 0
    size = float(f"{abs(value):.1e}")
    return min(max(0, 1 - math.floor(math.log10(size))), 6)


def sized(low: float, middle: float, high: float, unit: str, *, signed: bool = False) -> str:
    """Return a median with its unit and its range: `US$0.7 billion a year (0.5 to 0.9)`.

    Parameters
    ----------
    signed : bool
        Whether a sign is told; else the size of the median, which the sentence says the sign of.
    """
    if abs(high - low) <= _SAME * abs(middle):
        low = high = math.nan  # one number in every draw, up to rounding
    told = Amounts(low, middle, high, unit)
    text = told.money(middle)
    if signed and not told.even:
        text = f"{'-' if middle < 0.0 else '+'}{text}"
    span = told.signed_span() if signed or low < 0.0 < high else told.span()
    return f"{text} ({span})" if span else text


def place(value: Any) -> str:
    """Return a value of a parameter as a user writes it."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    return value if isinstance(value, str) else amount(float(value))


def _plain(value: float, digits: int, signed: bool) -> str:
    text = f"{value:{'+' if signed else ''},.{digits}f}"
    # What is rounded to nothing has no sign.
    return text.lstrip("+-") if float(text.replace(",", "")) == 0.0 else text
