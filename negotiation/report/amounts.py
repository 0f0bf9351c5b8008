"""Amounts and frequencies in sentences: as many digits as are known, signs as words."""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np

from negotiation.report.document import Number, Span

#: Units of a million of a currency, which large amounts turn into a billion.
_MILLION = re.compile(r"(?P<currency>\S+) million(?P<rest>\b.*)")

#: From so many millions on, amounts are told in billions.
_BILLION = 1000.0

#: Significant digits of a median, and most of them where a range is narrow.
_DIGITS, _MOST_DIGITS = 2, 4

#: A range is told by a larger share of its width than of the median, where that is near zero.
_WIDTH = 0.25

#: Amounts as small as this are rounding, and nothing to anybody.
_NOTHING = 5e-7

#: From so many draws on, frequencies are told in 100 of them.
_HUNDRED = 100


@dataclasses.dataclass(frozen=True)
class Loss:
    """What a negative and a positive amount do, as verbs, and what they are, as nouns.

    `even` is said of one side that does neither, `even_both` of two.
    """

    loses: str
    gains: str
    even: str
    even_both: str
    loss: str = "a loss"
    gain: str = "a gain"


NOW = Loss("loses", "gains", "breaks even", "break even")
WOULD = Loss("would lose", "would gain", "would break even", "would break even")
CONCEDES = Loss(
    "concedes",
    "gains",
    "neither concedes nor gains",
    "neither concede nor gain",
    "a concession",
    "a gain",
)


@dataclasses.dataclass(frozen=True)
class Amounts:
    """A median and its range, with digits that both have in common.

    Attributes
    ----------
    low, middle, high : float
        `low` and `high` are NaN where there is no range.
    unit : str
    large : bool or None
        Whether millions are told in billions; None: where the amount is large.
    """

    low: float
    middle: float
    high: float
    unit: str
    large: bool | None = None

    @property
    def _million(self) -> re.Match[str] | None:
        return _MILLION.fullmatch(self.unit)

    @property
    def currency(self) -> tuple[str | None, str]:
        """The currency, and what the unit says beside a million of it; None: another unit."""
        found = self._million
        return (None, self.unit) if found is None else (found["currency"], found["rest"])

    @property
    def _size(self) -> float:
        width = self.high - self.low
        return max(abs(self.middle), _WIDTH * width if math.isfinite(width) else 0.0)

    @property
    def billions(self) -> bool:
        """Whether the amounts are told in billions."""
        if self._million is None:
            return False
        if self.large is not None:
            return self.large
        return float(f"{self._size:.{_DIGITS - 1}e}") >= _BILLION

    @property
    def decimals(self) -> int:
        """Decimals that are told; negative where digits before the point are rounded."""
        size = self._scaled(self._size)
        if not size > _NOTHING or not math.isfinite(size):
            return 0
        size = float(f"{size:.{_DIGITS - 1}e}")  # as it is told: 0.996 is 1.0
        first = _DIGITS - 1 - math.floor(math.log10(size))
        if not self._ranged:
            return first
        for decimals in range(first, first + _MOST_DIGITS - _DIGITS):
            told = {self._rounded(each, decimals) for each in (self.low, self.middle, self.high)}
            if len(told) == len({self.low, self.middle, self.high}):
                return decimals
        return first + _MOST_DIGITS - _DIGITS

    @property
    def _ranged(self) -> bool:
        return math.isfinite(self.low) and math.isfinite(self.high)

    def _rounded(self, value: float, decimals: int) -> float:
        return round(self._scaled(value), decimals) + 0.0

    def number(self, value: float, *, signed: bool = False) -> str:
        """Write an amount with the digits that are told, without its unit."""
        if math.isnan(value):
            return ""
        told = self._rounded(value, self.decimals)
        digits = max(self.decimals, 0)
        return "0" if told == 0.0 else f"{told:{'+' if signed else ''},.{digits}f}"

    @property
    def scale(self) -> str:
        """Return the unit in which numbers are told: `US$ billion a year`."""
        found = self._million
        if found is None or not self.billions:
            return self.unit
        return f"{found['currency']} billion{found['rest']}"

    def money(self, value: float, *, period: bool = True, unit: bool = True) -> str:
        """Return the size of an amount with its unit: `US$8.6 billion a year`.

        Parameters
        ----------
        period : bool
            Whether to say of which period it is.
        unit : bool
            Whether to say more of the unit than a million or billion.
        """
        size = self.number(abs(value))
        found = self._million
        if found is None:
            return f"{size} {self.unit}" if unit else size
        scale = "billion" if self.billions else "million"
        currency = found["currency"] if unit else ""
        space = "" if currency.endswith("$") or not currency else " "
        return f"{currency}{space}{size} {scale}{found['rest'] if period and unit else ''}"

    def verb(self, words: Loss) -> str:
        """What the median does: loses, gains or breaks even."""
        told = self._rounded(self.middle, self.decimals)
        return words.even if told == 0.0 else words.loses if told < 0.0 else words.gains

    @property
    def even(self) -> bool:
        """Whether the median is zero by the digits that are told."""
        return self._rounded(self.middle, self.decimals) == 0.0

    def span(self, words: Loss = NOW) -> str:
        """Return the range in words, smaller sizes first; empty where there is none to tell."""
        if not self._ranged:
            return ""
        low, high = (self._rounded(each, self.decimals) for each in (self.low, self.high))
        if low == high:
            return ""
        small, large = self.number(abs(self.low)), self.number(abs(self.high))
        if low < 0.0 < high:
            return f"from {words.loss} of {small} to {words.gain} of {large}"
        return f"{large} to {small}" if low < 0.0 else f"{small} to {large}"

    def signed_span(self) -> str:
        """Return the range as two signed numbers, for a table."""
        if not self._ranged:
            return ""
        low, high = self.number(self.low, signed=True), self.number(self.high, signed=True)
        return f"{low} to {high}" if self._wide else low

    def number_cell(self, *, none: bool = False) -> Number:
        """Return the median as a cell of a table, in the unit of `scale`.

        Parameters
        ----------
        none : bool
            Whether there is none, for all that it is known to be.
        """
        value = math.nan if none else self._scaled(self.middle)
        text = "none" if none else self.number(self.middle, signed=True)
        return Number(value, text, signed=True)

    def span_cell(self, *, point: bool = True) -> Span:
        """Return the range as a cell of a table, in the unit of `scale`.

        Parameters
        ----------
        point : bool
            Whether two ends that are one number to these digits are told.
        """
        text = self.signed_span() if point or self._wide else ""
        return Span(self._scaled(self.low), self._scaled(self.high), text, signed=True)

    @property
    def _wide(self) -> bool:
        return self.number(self.low, signed=True) != self.number(self.high, signed=True)

    def _scaled(self, value: float) -> float:
        return value / (_BILLION if self.billions else 1.0)


def how_often(share: float, draws: int) -> str:
    """Say in how many draws something happens: `in 54 of 100 draws`, `in 9 of 10 draws`."""
    if not math.isfinite(share) or draws <= 0:
        return "in no draw that counts"
    count = round(share * draws)
    if count in (0, draws):
        return "in no draw" if count == 0 else "in all draws"
    if draws < _HUNDRED:
        return f"in {count} of {draws} draws"
    percent = int(np.floor(100.0 * count / draws + 0.5))
    if percent == 0:
        return "in fewer than 1 of 100 draws"
    if percent == 100:
        return "in more than 99 of 100 draws"
    return f"in {percent // 10} of 10 draws" if percent % 10 == 0 else f"in {percent} of 100 draws"


def hundredths(share: float) -> Number:
    """Return a share as draws in 100, for a table."""
    return Number(100.0 * share, in_hundred(share))


def in_hundred(share: float) -> str:
    """Write a share as draws in 100."""
    if math.isnan(share):
        return ""
    percent = 100.0 * share
    if 0.0 < percent < 0.5:
        return "< 1"
    return "> 99" if 99.5 <= percent < 100.0 else f"{np.floor(percent + 0.5):.0f}"
