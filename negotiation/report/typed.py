"""Cells of a table as a spreadsheet has them: numbers, fractions, dates and truth values.

A table holds what people read, and some of its numbers are texts already, rounded and with their
range. Here each becomes a number again, and a range two columns, so that they can be computed with.
"""

from __future__ import annotations

import dataclasses
import datetime
import math
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

import numpy as np

from negotiation.report.document import Cell, Form, Table, TableColumn
from negotiation.report.text import MARKS, SOFT
from negotiation.words import printable

#: What a cell of a workbook may hold; None is a blank.
Value = str | float | int | bool | datetime.date | None


class Holds(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    SHARE = "share"  # a fraction, shown per cent
    DATE = "date"


@dataclasses.dataclass(frozen=True)
class TypedColumn:
    """A column of a sheet.

    Attributes
    ----------
    name : str
        One of its kind in the sheet.
    kind : Holds
    values : sequence of Value
        Where a number has none, a word that says so.
    unit, meaning : str
    digits : int or None
        Behind the point; None: as many as the number has.
    signed : bool
        Whether a plus is shown.
    """

    name: str
    kind: Holds
    values: Sequence[Value]
    unit: str = ""
    meaning: str = ""
    digits: int | None = None
    signed: bool = False


# --- what a text says -----------------------------------------------------------------------------

_PLAIN = r"[+\-\u2212]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][+-]?\d+)?"
_NUMBER = re.compile(rf"(?P<number>{_PLAIN})(?P<share> ?%)?")
_RANGE = re.compile(rf"\(?\s*(?P<low>{_PLAIN}) +to\s+(?P<high>{_PLAIN})\)?")
_RANGED = re.compile(rf"(?P<middle>{_PLAIN}) +\( *(?P<low>{_PLAIN}) to +(?P<high>{_PLAIN})\)")

#: A head that says a share of the draws, not that its numbers are per cent.
_QUANTILE = re.compile(r"(.*\D)?\d+(\.\d+)? ?%")

#: Payoffs of all players in one cell: `-707.5 / -1,494`.
_SIDES = re.compile(rf"{_PLAIN}(?: / {_PLAIN})+")
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth")

#: Fractions by their unit, beside those that are a `share of` something.
_FRACTIONS = ("share", "probability", "ad valorem rate", "fraction")

#: Amounts of money as small as this are rounding, here as in tables that are printed.
_NOTHING = 5e-7

#: Letters of a head; programs take up to 255.
_LONGEST = 200

#: What stands for a number that there is none of.
_NONE = ("none", "nan", "")


def number(text: str) -> float | None:
    """Read a number as tables write it, `-8,574` or `61.6%`; None where it is something else."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None or not any(letter.isdigit() for letter in found["number"]):
        return None
    value = float(found["number"].replace(",", "").replace("\u2212", "-"))
    return value / 100.0 if found["share"] else value


def _ranged(text: str) -> tuple[float | None, float | None, float | None] | None:
    """Read a number with its range, or a range alone; None where a text is neither."""
    text = " ".join(text.split())
    both = _RANGED.fullmatch(text)
    if both is not None:
        return number(both["middle"]), number(both["low"]), number(both["high"])
    alone = _RANGE.fullmatch(text)
    if alone is not None and number(alone["low"]) is not None:
        return None, number(alone["low"]), number(alone["high"])
    return None


def fraction(unit: str) -> bool:
    """Whether numbers of a unit are fractions, which people read per cent."""
    return unit in _FRACTIONS or unit.startswith("share of")


# --- columns --------------------------------------------------------------------------------------


def flat(text: str) -> str:
    """Return a name on one line."""
    text = text.replace(f"{SOFT}\n", "")
    for mark in MARKS:
        text = text.replace(f"{mark}\n", mark)
    return " ".join(text.split())


def distinct(names: Sequence[str]) -> list[str]:
    """Return names of columns of which no two are the same, however they are written."""
    taken: set[str] = set()
    found = []
    for k, given in enumerate(names):
        name = printable(given)[:_LONGEST] or ("entry" if not k else f"column {k + 1}")
        made, count = name, 1
        while made.casefold() in taken:
            count += 1
            made = f"{name} ({count})"
        taken.add(made.casefold())
        found.append(made)
    return found


def typed(table: Table) -> list[TypedColumn]:
    """Return the columns of a table with their cells as numbers where they are numbers."""
    found: list[TypedColumn] = []
    before = ""
    for k, head in enumerate(table.columns):
        cells = [row[k] for row in table.rows]
        found += _columns(head, cells, before)
        if not _QUANTILE.fullmatch(flat(head.name)):
            before = flat(head.name)
    names = distinct([each.name for each in found])
    return [dataclasses.replace(each, name=name) for each, name in zip(found, names, strict=True)]


def _columns(head: TableColumn, cells: Sequence[Cell], before: str) -> Iterator[TypedColumn]:
    """One column, or three where cells have ranges and two where they are nothing else."""
    name = flat(head.name)
    if head.form == Form.TEXT:
        ranges = [_ranged(cell) if isinstance(cell, str) else None for cell in cells]
        if any(ranges):
            yield from _with_ranges(name, head.unit, cells, ranges, before)
            return
        if cells and all(_SIDES.fullmatch(str(cell)) for cell in cells):
            sides = [str(cell).split(" / ") for cell in cells]
            for place, values in zip(_PLACES, zip(*sides, strict=True), strict=False):
                yield column(f"{name}, {place}", values, Form.TEXT, head.unit)
            return
    yield column(name, cells, head.form, head.unit)


def _with_ranges(
    name: str,
    unit: str,
    cells: Sequence[Cell],
    ranges: Sequence[tuple[float | None, float | None, float | None] | None],
    before: str,
) -> Iterator[TypedColumn]:
    middles = [cell if each is None else each[0] for cell, each in zip(cells, ranges, strict=True)]
    alone = all(each is None or each == "" for each in middles)
    ends = ("5 %", "95 %") if "5 to 95 %" in name or not alone else ("low", "high")
    of = before if alone and _QUANTILE.fullmatch(name) else name
    if not alone:
        yield column(name, middles, Form.TEXT, unit, _places(cells))
    for k, end in enumerate(ends):
        values = [None if each is None else each[k + 1] for each in ranges]
        yield column(f"{of}, {end}" if of else end, values, Form.TEXT, unit, _places(cells))


def column(
    name: str, cells: Sequence[Any], form: Form, unit: str = "", digits: int | None = None
) -> TypedColumn:
    """Return one column: of numbers where they are most of it, of days where all are."""
    texts = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
    read = [number(text) for text in texts]
    numbers = sum(each is not None for each in read)
    numbers += sum(_is_number(cell) for cell in cells)
    words = sum(each is None for each in read) - sum(text.strip() in _NONE for text in texts)
    if form == Form.TEXT and (not numbers or words > numbers):
        return _of_words(name, cells, unit)
    per_cent = name.endswith("%") and not _QUANTILE.fullmatch(name)
    marked = any(text.rstrip().endswith("%") for text in texts)
    scale, money = 0.01 if per_cent and not marked else 1.0, form in (Form.MONEY, Form.CHANGE)
    values = [_value(cell, scale, money=money) for cell in cells]
    known = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    share = per_cent or marked or form == Form.CHANCE or fraction(unit)
    if form == Form.SHARE:
        share = not known or max(map(abs, known)) <= 1.5
    if per_cent:
        name, unit = name.removesuffix("%").rstrip(" ,:") or "share", ""
    if digits is None:
        shown = [text for text, each in zip(texts, read, strict=True) if each is not None]
        digits = _places(shown) if shown else _digits(known, form)
        if share and digits is not None and not (per_cent or marked):
            digits = max(digits - 2, 1)
    signed = form == Form.CHANGE or any(text.lstrip().startswith("+") for text in texts)
    kind = Holds.SHARE if share else Holds.NUMBER
    return TypedColumn(name, kind, values, unit, digits=digits, signed=signed)


def _of_words(name: str, cells: Sequence[Any], unit: str) -> TypedColumn:
    texts = [cell for cell in cells if isinstance(cell, str) and cell]
    days = [_day(text) for text in texts]
    if days and all(days):
        of_text = dict(zip(texts, days, strict=True))
        return TypedColumn(name, Holds.DATE, [of_text.get(cell) for cell in cells], unit)
    values = [cell if not isinstance(cell, str) or cell else None for cell in cells]
    return TypedColumn(name, Holds.TEXT, values, unit)


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float | np.number) and not isinstance(cell, bool)


def _value(cell: Any, scale: float, *, money: bool) -> Value:
    """A number, a blank for NaN, and a word where it says why there is none."""
    if isinstance(cell, str):
        found = number(cell)
        if found is not None:
            return found * scale
        return None if cell.strip() in _NONE else cell
    if cell is None or isinstance(cell, bool | np.bool_):
        return None if cell is None else bool(cell)
    value = float(cell)
    if money and abs(value) < _NOTHING:
        return 0
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinite"
    return int(value) if isinstance(cell, int | np.integer) and scale == 1.0 else value * scale


def _day(text: str) -> datetime.date | None:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def _places(texts: Sequence[Any]) -> int | None:
    """Most digits behind a point in texts; None where one has more than a column shows."""
    found = [0]
    for text in texts:
        found += [
            len(each) for each in re.findall(r"\.(\d+)", text if isinstance(text, str) else "")
        ]
        if isinstance(text, str) and re.search(r"\d[eE][+-]\d", text):
            return None
    return None if max(found) > 6 else max(found)


def _digits(values: Sequence[float], form: Form) -> int | None:
    """How many digits behind the point show four of the largest number."""
    if form in (Form.AMOUNT, Form.TEXT):
        whole = bool(values) and all(value == int(value) for value in values)
        return 0 if whole and max(map(abs, values)) >= 1000 else None
    if form in (Form.SHARE, Form.CHANCE):
        return 3
    size = max(map(abs, values), default=0.0)
    return 0 if size >= 1000 else min(6, max(0, 3 - math.floor(math.log10(size)))) if size else 0
