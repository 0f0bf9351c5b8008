"""What kinds of values parameters take, and how those are read from text."""

from __future__ import annotations

import re
import typing
from contextlib import suppress
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Size from which on a rate or a share is asked about: 500 %. Duties above that do not occur, and a
#: duty of five per cent that was written as 5 does.
ASKED_FROM = 5.0

#: Whole numbers up to this size are the same as floating-point numbers.
_LARGEST = 2**53

#: Units of a fraction: something that is 0.25 where people say 25 per cent.
_FRACTION = re.compile(
    r"\bad[ -]valorem\b"
    r"|^(?:a |the )?(?:share|fraction|proportion|probability)\b"
    r"|(?<!per )\b(?:share|fraction|proportion|probability)$"
    r"|\b(?:tariff|duty|tax|subsidy|cost) rate\b"
    r"|\biceberg\b",
    re.IGNORECASE,
)

#: Units that are per cent already: `25%` is 25 of them.
_PER_CENT = re.compile(r"^(?:%|percent|per cent|percentage)\b|^%", re.IGNORECASE)

_TRUE = ("true", "yes", "1", "on")
_FALSE = ("false", "no", "0", "off")


class Kind(StrEnum):
    """What the values of a parameter are."""

    NUMBER = "number"
    INTEGER = "whole number"
    BOOLEAN = "true or false"
    WORD = "word"
    TEXT = "text"


class Percent(float):
    """A number that was written with a percent sign, so that its size is what was meant."""

    __slots__ = ()


def number(text: str) -> float:
    """Read a number; with a percent sign it is a hundredth: `25%` is 0.25, `2500%` is 25.

    Raises
    ------
    ValueError
        If it is no number.
    """
    told = text.strip()
    if not told.endswith("%"):
        return float(told)
    told = told[:-1].strip()
    value = float(told)
    try:
        # Shifted as decimals: 14.3% is the same number as 0.143.
        return Percent(float(f"{told}e-2"))
    except ValueError:
        return Percent(value / 100.0)


def whole(value: Any) -> int:
    """Read a whole number from a number or from text.

    Raises
    ------
    ValueError, TypeError, OverflowError
        If it is none.
    """
    if isinstance(value, bool | np.bool_ | Percent):
        raise ValueError(value)
    if isinstance(value, str):
        told = value.strip()
        value = float(told)
        if told.lstrip("+-").isdecimal():
            value = int(told)
    found = int(value)
    if found != value or abs(found) > _LARGEST:
        raise ValueError(value)
    return found


def yes_or_no(value: Any) -> bool:
    """Read a truth value from true, false, yes, no, on, off, 1 or 0.

    Raises
    ------
    ValueError
        If it is none.
    """
    told = str(value).strip().lower() if isinstance(value, str) else value
    if isinstance(told, str):
        if told in _TRUE + _FALSE:
            return told in _TRUE
    elif isinstance(told, bool | np.bool_ | int | float | np.number) and told in (0, 1):
        return bool(told)
    raise ValueError(value)


def is_fraction(unit: str) -> bool:
    """Whether a unit is that of a rate or a share, of which people speak in per cent."""
    return _FRACTION.search(unit.strip()) is not None


def is_per_cent(unit: str) -> bool:
    """Whether a unit is per cent itself."""
    return _PER_CENT.search(unit.strip()) is not None


def same(one: Any, other: Any) -> bool:
    """Whether two values of a parameter are one."""
    if one is None or other is None or isinstance(one, str) or isinstance(other, str):
        return bool(one is other or (isinstance(one, str) and one == other))
    return bool(np.array_equal(one, other))


def elements(value: Any) -> tuple[list[Any], tuple[int, ...]]:
    """Take an array or a nested list apart: its elements as they are, and its shape.

    Raises
    ------
    ValueError
        If it is ragged, or neither of the two.
    """
    if isinstance(value, str | float | int | np.generic):
        return [value], ()
    table: NDArray[Any] = np.asarray(value, dtype=object)
    return list(table.flat), table.shape


def kind_of(owner: type, field: str, annotation: Any, default: Any) -> Kind:
    """Find the kind of a field that takes no words: a number, a whole number, a truth, free text.

    The annotation decides: `int`, `bool`, or `str` for free text such as the name of a file, with
    whatever else stands beside them (`int | None`, `bool | NDArray[np.bool_]`). One that names none
    of these leaves it to the default, and only where that is true or false: `parameter(100)` is how
    people write a number.
    """
    if isinstance(annotation, str):
        # A name that only type checkers know is not found; the text itself says enough then.
        with suppress(NameError, TypeError, AttributeError, SyntaxError, KeyError):
            annotation = typing.get_type_hints(owner)[field]
    told = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    words = set(re.findall(r"\b[A-Za-z_]\w*", told))
    kinds = (
        ("float", Kind.NUMBER),
        ("int", Kind.INTEGER),
        ("bool", Kind.BOOLEAN),
        ("str", Kind.TEXT),
    )
    for word, kind in kinds:
        if word in words:
            return kind
    return Kind.BOOLEAN if isinstance(default, bool) else Kind.NUMBER
