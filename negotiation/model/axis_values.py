"""Values of an axis: whole numbers counted, lists of Python, numbers with a percent sign."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from negotiation.errors import GridError
from negotiation.model import Kind, Model, Parameter, Percent, whole

#: Most whole numbers of a range that are listed; more stay a `range`.
_MOST_LISTED = 1000


def comma_hint(text: str) -> str:
    """Return what to write where commas may have been meant as decimal points; empty if not."""
    found = re.search(r"(?<![\d.])(\d+),(\d+)(?![\d.,])", text)
    if found is None:
        return ""
    return f"; write a decimal point, {found[1]}.{found[2]}, if {found[0]} is one number"


def count_of(text: str) -> int:
    """Read a number of points; `1e9` is one, and `2.5` is none.

    Raises
    ------
    ValueError
    """
    try:
        return int(text)
    except ValueError:
        found = float(text)
        if not found.is_integer() or "e" not in text.lower():
            raise ValueError(text) from None
        return int(found)


def counted(text: str, parts: Sequence[str], spec: Parameter, most: int) -> Sequence[int]:
    """Whole numbers from one to another, every one or as many as are asked for.

    Raises
    ------
    GridError
    """
    name = spec.name
    example = f"e.g. {name}=1:5 or {name}=1:9:5 or {name}=1,2,5"
    if spec.kind is Kind.BOOLEAN:
        raise GridError(f"'{text}' is not an axis: {name} is {spec.takes}; write {name}=false,true")
    try:
        if len(parts) not in (2, 3):
            raise ValueError
        start, stop = whole(parts[0]), whole(parts[1])
        count = count_of(parts[2]) if len(parts) == 3 else abs(stop - start) + 1
    except (ValueError, OverflowError):
        raise GridError(
            f"'{text}' is not an axis: {name} takes {spec.takes}; expected {name}=start:stop, "
            f"{example}"
        ) from None
    if count < 2 or start == stop or count > most:
        raise GridError(
            f"'{text}' asks for {count} points from {start} to {stop}; expected 2 to {most} "
            f"different ones, {example}"
        )
    step, rest = divmod(stop - start, count - 1)
    if rest:
        raise GridError(
            f"'{text}' asks for {count} points from {start} to {stop}, which are not whole "
            f"numbers; leave the count out for every one of them, {example}"
        )
    values = range(start, stop + (1 if step > 0 else -1), step)
    return tuple(values) if count <= _MOST_LISTED else values


def listed(name: str, values: Any) -> tuple[float | bool | str, ...]:
    """Values of an axis from whatever lists them in Python.

    Raises
    ------
    GridError
    """
    if isinstance(values, set | frozenset):
        values = sorted(values)
    if isinstance(values, Iterable) and not isinstance(values, str | Sequence | np.ndarray):
        values = list(values)
    try:
        if np.ndim(values) > 1:
            raise ValueError
        given = [values] if np.ndim(values) == 0 else values
        return tuple(_plain(value) for value in given)
    except (TypeError, ValueError, OverflowError):
        raise GridError(
            f"axis {name} has the values {values!r:.60}; expected a list of numbers or of words, "
            f"e.g. {{'{name}': [0, 0.1, 0.2]}}"
        ) from None


def _plain(value: Any) -> float | bool | str:
    if isinstance(value, str | Percent):
        return value
    return bool(value) if isinstance(value, bool | np.bool_) else float(value)


def numbers(
    axis: str, values: Sequence[float | bool | str], spec: Parameter, model: type[Model]
) -> tuple[float, ...]:
    """Values of an axis as numbers in the range of a parameter.

    Raises
    ------
    GridError, ParameterError
    """
    found = []
    for value in values:
        try:
            found.append(spec.number(value) if isinstance(value, str) else value)
        except ValueError:
            raise GridError(
                f"axis {axis} has the value '{value}'; expected numbers in {spec.range}"
            ) from None
    if any(isinstance(value, Percent) for value in found):
        return tuple(spec.check(value, model.name()) for value in found)
    if spec.fraction:
        # The end of a range that was written in per cent shows it best: 25 of 0:25:6.
        spec.check(max(found, key=abs), model.name())
    return tuple(np.asarray(spec.check(np.array(found, dtype=float), model.name())).tolist())
