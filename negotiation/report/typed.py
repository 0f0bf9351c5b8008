"""Cells of a table as a spreadsheet has them: numbers, fractions, dates and truth values.

A cell of a table holds a number and how people read it. Here the number counts, with all its
digits, and a range is two columns, so that they can be computed with.
"""

from __future__ import annotations

import dataclasses
import datetime
import math
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

import numpy as np

from negotiation.report.document import (
    Cell,
    EachSide,
    Form,
    Number,
    Ranged,
    Span,
    Table,
    written,
)
from negotiation.report.text import MARKS, SOFT
from negotiation.study.bands import LEVELS
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


#: Fractions by their unit, beside those that are a `share of` something.
_FRACTIONS = ("share", "probability", "ad valorem rate", "fraction")

#: Amounts of money as small as this are rounding, here as in tables that are printed.
_NOTHING = 5e-7

#: A column that goes down to this has every digit: a fixed number of them would show nothing.
_FINE = 1e-4

#: Two digits of a per cent show a share down to this.
_SMALL_SHARE = 1e-3

#: Letters of a head; programs take up to 255.
_LONGEST = 200

#: What stands for a number that there is none of.
_NONE = ("none", "nan", "")

#: The ends of a range over the draws, as a table names them.
_QUANTILES = tuple(f"{100 * level:g} %" for level in (LEVELS[0], LEVELS[2]))


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
    """Return the columns of a table, each of one kind: a range is a column for each of its ends."""
    found: list[TypedColumn] = []
    before = ""
    for k, head in enumerate(table.columns):
        name = flat(head.name)
        cells = [row[k] for row in table.rows]
        spans = [cell for cell in cells if isinstance(cell, Span)]
        if any(isinstance(cell, Ranged) for cell in cells):
            found += _ranged(name, head.unit, cells)
        elif spans:
            found += _spans(before if spans[0].quantiles else name, head.unit, cells, spans[0])
        elif any(isinstance(cell, EachSide) for cell in cells):
            found += _sides(name, head.unit, cells)
        else:
            found.append(column(name, cells, head.form, head.unit))
        before = name
    names = distinct([each.name for each in found])
    return [dataclasses.replace(each, name=name) for each, name in zip(found, names, strict=True)]


def _ranged(name: str, unit: str, cells: Sequence[Cell]) -> Iterator[TypedColumn]:
    """A median and both ends of its range; a cell without a range has its number only."""
    parts = [
        (cell.value, cell.low, cell.high) if isinstance(cell, Ranged) else (cell, None, None)
        for cell in cells
    ]
    digits = _digits([part for each in parts for part in each if isinstance(part, float)])
    heads = (name, *(f"{name}, {end}" for end in _QUANTILES))
    for head, values in zip(heads, zip(*parts, strict=True), strict=True):
        numbers = [_value(each, money=True) for each in values]
        yield TypedColumn(head, Holds.NUMBER, numbers, unit, "", digits)


def _spans(name: str, unit: str, cells: Sequence[Cell], like: Span) -> Iterator[TypedColumn]:
    """Both ends of a range that stands alone."""
    parts = [(cell.low, cell.high) if isinstance(cell, Span) else (None, None) for cell in cells]
    digits = _digits([part for each in parts for part in each if part is not None])
    ends = _QUANTILES if like.quantiles else ("low", "high")
    for end, values in zip(ends, zip(*parts, strict=True), strict=True):
        numbers = [_value(each, money=True) for each in values]
        head = f"{name}, {end}" if name else end
        yield TypedColumn(head, Holds.NUMBER, numbers, unit, "", digits, like.signed)


def _sides(name: str, unit: str, cells: Sequence[Cell]) -> Iterator[TypedColumn]:
    """One column for every player."""
    given = [cell if isinstance(cell, EachSide) else None for cell in cells]
    for k, side in enumerate(next(each.names for each in given if each is not None)):
        values = [math.nan if each is None else each.values[k] for each in given]
        yield column(f"{name}, {side}", values, Form.CHANGE, unit)


def column(name: str, cells: Sequence[Any], form: Form, unit: str = "") -> TypedColumn:
    """Return one column: of numbers where they are most of it, of days where all are."""
    if _are_days(cells):
        return TypedColumn(name, Holds.DATE, [cell or None for cell in cells], unit)
    numbers = sum(map(_is_number, cells))
    words = sum(isinstance(cell, str) and cell.strip() not in _NONE for cell in cells)
    if form == Form.TEXT and (not numbers or words > numbers):
        return TypedColumn(name, Holds.TEXT, [_word(cell) for cell in cells], unit)
    told = [cell for cell in cells if isinstance(cell, Number)]
    money = form in (Form.MONEY, Form.CHANGE)
    values = [_value(cell, money=money) for cell in cells]
    known = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    per_cent = bool(told) and all(cell.share for cell in told)
    share = per_cent or form == Form.CHANCE or fraction(unit)
    if form == Form.SHARE:
        share = not known or max(map(abs, known)) <= 1.5
    if per_cent:
        name = name.removesuffix("%").rstrip(" ,:") or "share"
    signed = form == Form.CHANGE or any(cell.signed for cell in told)
    digits = _places(known, form, told=bool(told), share=share)
    kind = Holds.SHARE if share else Holds.NUMBER
    return TypedColumn(name, kind, values, unit, digits=digits, signed=signed)


def _are_days(cells: Sequence[Any]) -> bool:
    some = [cell for cell in cells if cell is not None and cell != ""]
    return bool(some) and all(isinstance(cell, datetime.date) for cell in some)


def _is_number(cell: Any) -> bool:
    if isinstance(cell, Number):
        return not math.isnan(cell.value)
    return isinstance(cell, int | float | np.number) and not isinstance(cell, bool)


def _word(cell: Any) -> Value:
    """A cell of a column of words, in which a number is as people read it."""
    if isinstance(cell, Number | datetime.date):
        cell = written(cell)
    return None if isinstance(cell, str) and not cell else cell


def _value(cell: Any, *, money: bool = False) -> Value:
    """A number, a blank for NaN, and a word where it says why there is none."""
    if isinstance(cell, str):
        return None if cell.strip() in _NONE else cell
    if cell is None or isinstance(cell, bool | np.bool_):
        return None if cell is None else bool(cell)
    if isinstance(cell, Number):
        if math.isnan(cell.value) and cell.text.strip() not in _NONE:
            return cell.text
        cell = cell.value
    if isinstance(cell, datetime.date):
        return cell
    value = float(cell)
    if money and abs(value) < _NOTHING:
        return 0
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinite"
    return int(value) if isinstance(cell, int | np.integer) else value


def _places(values: Sequence[float], form: Form, *, told: bool, share: bool) -> int | None:
    """How many digits behind the point a column shows; None: as many as each number has."""
    least = min((abs(value) for value in values if value), default=1.0)
    if share:
        if told:
            return 2 if least >= _SMALL_SHARE else None
        return 1 if form in (Form.SHARE, Form.CHANCE) else None
    if told:  # rows of one column may have units of their own
        digits = _digits(values)
        return None if digits is None or round(least, digits) == 0.0 else digits
    if form not in (Form.AMOUNT, Form.TEXT):
        return 3 if form in (Form.SHARE, Form.CHANCE) else _digits(values)
    whole = bool(values) and all(value == int(value) for value in values)
    return 0 if whole and max(map(abs, values)) >= 1000 else None


def _digits(values: Sequence[float]) -> int | None:
    """How many digits behind the point show four of the largest number."""
    known = [abs(value) for value in values if math.isfinite(value)]
    size = max(known, default=0.0)
    if 0.0 < size < _FINE:
        return None
    if all(value == int(value) for value in known):
        return 0
    return 0 if size >= 1000 else min(6, max(0, 3 - math.floor(math.log10(size))))
