"""Numbers and names as people read them, and as terminals and spreadsheets may have them."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, Self

#: Characters that Python calls printable and that show nothing: joiners, fillers, selectors.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

#: What a spreadsheet takes for a formula, wide forms included, behind the marks that disarm it.
_FORMULA = re.compile("('*)[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(
    r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?(/\d+)?|[+-]?(inf|infinity|nan)", re.IGNORECASE
)


class StatusEnum(StrEnum):
    """Statuses that a user reads: each a verdict, and a reason if it has one.

    Attributes
    ----------
    verdict, reason : str
        The value is both, with a colon between them.
    """

    _value_: str
    verdict: str
    reason: str

    def __new__(cls, verdict: str, reason: str = "") -> Self:
        """Put both together."""
        value = f"{verdict}: {reason}" if reason else verdict
        made = str.__new__(cls, value)
        made._value_, made.verdict, made.reason = value, verdict, reason
        return made

    @property
    def why(self) -> str:
        """The reason; the verdict where that says all."""
        return self.reason or self.verdict


#: So many characters of what was found in a file are quoted.
_SHOWN = 30

#: From here on, all digits of a number are not known, and nobody reads them.
_LARGE = 1e15


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
    # By what it is once rounded: 0.99996 is 1.000, and 999.96 is 1,000.
    size = float(f"{size:.3e}")
    if size >= _LARGE:
        text = f"{value:{'+' if signed else ''}.3e}"
        return text if short or not unit else f"{text} {unit}"
    digits = 0 if size >= 1000 else max(0, 3 - math.floor(math.log10(size)))
    text = f"{value:{'+' if signed else ''},.{min(digits, 6)}f}"
    return text if short or not unit else f"{text} {unit}"


def decimals(value: float) -> int:
    """Decimals with which a number has two digits, and three from a hundred on."""
    size = abs(value)
    if not size > 0.0 or not math.isfinite(size):
        return 0
    size = float(f"{size:.1e}")  # as it is told: 0.996 is 1.0
    return (1 if size < 100.0 else 2) - math.floor(math.log10(size))


def opening(text: str) -> str:
    """Return a sentence with its first letter large."""
    return text[:1].upper() + text[1:]


def shown(text: str) -> str:
    """Quote what was found, on one line, safely and in short."""
    short = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return "'" + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in short) + "'"


def clean(name: str) -> str:
    """Return a file's name fit for a one-line message."""
    safe = name.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in safe)


def brief(value: object, width: int = 60) -> str:
    """Return what was given as one line of a complaint: its `repr`, cut to a width."""
    text = " ".join(repr(value).split())
    return text if len(text) <= width else f"{text[: width - 3]}..."


#: Most letters of one word that a message repeats.
_LONGEST_WORD = 600


def readable(message: str) -> str:
    """Return a message in which no word is longer than a person reads: its middle is left out."""
    return re.sub(rf"\S{{{_LONGEST_WORD + 1},}}", _middle_left_out, message)


def _middle_left_out(found: re.Match[str]) -> str:
    word = found[0]
    return f"{word[:80]}...{word[-20:]} ({len(word)} letters)"


def html_table(title: str, rows: Iterable[Sequence[str]], heads: Sequence[str] = ()) -> str:
    """Return a small table for a notebook; every text is escaped."""

    def line(cells: Sequence[str], tag: str) -> str:
        told = "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells)
        return f"<tr>{told}</tr>"

    head = f"<thead>{line(heads, 'th')}</thead>" if heads else ""
    body = "".join(line(row, "td") for row in rows)
    return f"<table><caption>{html.escape(title)}</caption>{head}<tbody>{body}</tbody></table>"


def measured(name: str, value: float, unit: str) -> str:
    """A parameter at a value with its unit, which is left out where the name says it already."""
    said = set(name.lower().replace(".", " ").replace("_", " ").split())
    known = unit and not set(unit.lower().split()) <= said
    return f"{name} = {amount(value)}" + (f" {unit}" if known else "")


def per_cost(unit: str) -> str:
    """What a sum of money in a unit is counted by: a dollar where it is dollars."""
    return "$" if "$" in unit or "USD" in unit else "unit of cost"


def a_period(unit: str) -> str:
    """`" a year"` where payoffs are a year's, nothing where their unit does not say."""
    return " a year" if "year" in unit else ""


def amount(value: float) -> str:
    """Format a parameter value with up to six significant digits."""
    return f"{value:.6g}"


def share(value: float, digits: int = 3) -> str:
    """Format a share or score; `none` where it is not a number."""
    if math.isnan(value):
        return "none"
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if text.startswith("-0") and float(text) == 0.0 else text


def printable(text: str, keep: str = "", encoding: str | None = None) -> str:
    """Show what a terminal might obey, or show wrongly, as an escape: a letter u and its number.

    Control characters, marks that turn the direction of writing, characters that show nothing, and
    halves of characters. The escapes are JSON's: a JSON text stays one, and means the same.

    Parameters
    ----------
    keep : str
        Characters that are left alone, such as line breaks of a table.
    encoding : str, optional
        Characters that this encoding lacks are escaped too.
    """
    if text.isascii() and text.isprintable():
        return text
    shown = {
        ord(c): _escape(c)
        for c in set(text)
        if c not in keep and not (_harmless(c) and (encoding is None or has(encoding, c)))
    }
    return text.translate(shown) if shown else text


def _harmless(c: str) -> bool:
    # Spaces other than the common one are no more than wide or narrow.
    return (c.isprintable() or (c.isspace() and c >= "\xa0" and c not in "\u2028\u2029")) and (
        c.isascii() or not _UNSEEN.match(c)
    )


def has(encoding: str, c: str) -> bool:
    """Whether an encoding has a character."""
    try:
        c.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _escape(c: str) -> str:
    if c in _SHORT:
        return _SHORT[c]
    code = ord(c)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def spreadsheet(cells: Iterable[Any]) -> list[Any]:
    """Cells of a CSV row of which a spreadsheet runs none: texts like formulas get an apostrophe.

    Numbers stay as they are, also those written as text. `from_spreadsheet` takes it away again.
    """
    return [_disarmed(cell) if isinstance(cell, str) else cell for cell in cells]


def _disarmed(text: str) -> str:
    found = _FORMULA.match(text)
    if found is None or (not found[1] and _NUMBER.fullmatch(text)):
        return text
    return f"'{text}"


def from_spreadsheet(text: str) -> str:
    """Return the text that `spreadsheet` was given."""
    if text[:1] != "'":
        return text
    found = _FORMULA.match(text)
    return text[1:] if found is not None and found[1] else text
