"""Inverse questions: which change of one parameter reaches a target, in words and as records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from negotiation.moved import names_of
from negotiation.provenance import provenance
from negotiation.regimes.thresholds.inverse import Reach, Way
from negotiation.report.document import (
    Block,
    Document,
    Form,
    Heading,
    Items,
    Notes,
    Number,
    Paragraph,
    Provenance,
    Rows,
    Table,
    TableColumn,
)
from negotiation.report.schema import because, finished
from negotiation.words import amount, money, opening

#: Rows of what does not reach the target that a reader is shown; formats to load have them all.
_MISSES = 8

#: A result that moves by less than this, relative, is not moved at all.
_SAME = 1e-9


def document(found: Reach) -> Document:
    """Return what reaches a target as a document: by how much, at what cost, and what does not."""
    made = provenance(found.case, about=found.threat_about)
    names = tuple(Way.__dataclass_fields__)
    return Document(
        study="threshold",
        tell=lambda: _blocks(found, made),
        note=lambda: record(found, made),
        made=made,
        list_rows=lambda: Rows(
            ("target", *names),
            ([found.target.text, *(getattr(way, name) for name in names)] for way in found.ways),
        ),
    )


def _blocks(found: Reach, made: dict[str, str]) -> Iterator[Block]:
    yield Heading(f"{made['model']} ({made['parameters']}), target: {found.target.text}", 1)
    yield Paragraph(" ".join(_reading(found)))
    numbers = [way for way in found.ways if way.reached and not isinstance(way.value, str)]
    if numbers:
        yield Table.of(
            [
                "parameter",
                TableColumn("now", Form.AMOUNT),
                "needed",
                "change",
                TableColumn("share", Form.SHARE),
                TableColumn("cost a year", Form.MONEY),
            ],
            [
                [
                    way.parameter,
                    way.now,
                    Number(
                        float(way.value),
                        amount(float(way.value))
                        + (" (jump)" if way.jump else " (touch)" if way.touch else ""),
                    ),
                    Number(way.change, f"{way.change:+.4g}", signed=True),
                    way.share,
                    way.cost,
                ]
                for way in numbers
            ],
        )
    misses = [way for way in found.ways if not way.reached and np.isfinite(way.result)]
    moved = [way for way in misses if not _still(found, way)]
    if moved:
        yield Table.of(
            [
                "parameter",
                TableColumn("now", Form.AMOUNT),
                TableColumn("at best", Form.AMOUNT),
                "result there",
            ],
            [
                [way.parameter, way.now, way.value, _result(found, way.result)]
                for way in moved[:_MISSES]
            ],
            "How near the others come",
        )
    told = []
    if moved[_MISSES:]:
        rest = sorted({way.parameter for way in moved[_MISSES:]})
        told.append(f"These come less near, one at a time: {', '.join(rest)}.")
    still = sorted({way.parameter for way in misses if _still(found, way)})
    # A choice that moves nothing with one word may move something with another.
    still = [name for name in still if name not in {way.parameter for way in moved + numbers}]
    if still:
        names = " or ".join(filter(None, [", ".join(still[:-1]), still[-1]]))
        told.append(f"No change of {names} moves the result towards the target.")
    told += [f"Not tried: {way.parameter}: {way.why}." for way in found.ways if way.why]
    if told:
        yield Items(tuple(told))
    yield Notes(
        (
            f"Result in: {found.target.unit or 'no unit'}. Each parameter is changed alone, in "
            "both directions, within its bounds (98% of the way to an open one); without a bound, "
            "to sixteen times the value in use. The nearest value that reaches the target is "
            "located on the model itself.",
        )
    )
    yield Provenance(made)


def _reading(found: Reach) -> list[str]:
    now = f"{opening(found.target.subject)} is now {_said(found, found.result)}"
    if found.met:
        return [f"{now}, so that the target is met already."]
    numbers = [way for way in found.ways if way.reached and not isinstance(way.value, str)]
    words = [way for way in found.ways if way.reached and isinstance(way.value, str)]
    told = [f"{now}."]
    if not numbers and not words:
        told.append("No change of any one parameter within its bounds reaches the target.")
        return told
    if numbers:
        first = numbers[0]
        told.append(
            f"The smallest change that reaches the target is {first.parameter} from "
            f"{amount(float(first.now))} to {amount(float(first.value))} ({first.unit}), "
            f"{100 * first.share:.3g}% of {first.scale}"
            + (
                ", where the result jumps past it."
                if first.jump
                else ", where the result touches it without going past it."
                if first.touch
                else "."
            )
        )
    cheapest = found.cheapest
    if cheapest is not None:
        told.append(
            f"The cheapest with a cost is {cheapest.parameter} = {amount(float(cheapest.value))}, "
            f"at {money(cheapest.cost)} {type(found.model).payoff_unit}."
        )
    if words:
        each = ", ".join(
            f"{way.parameter}={way.value} ({_said(found, way.result)})" for way in words
        )
        told.append(f"Choices that reach it or go past it: {each}.")
    return told


def _still(found: Reach, way: Way) -> bool:
    size = max(abs(found.result), abs(way.result), abs(found.target.goal))
    return abs(way.result - found.result) <= _SAME * size


def _result(found: Reach, value: float) -> Number:
    return Number(value, _said(found, value), signed=True)


def _said(found: Reach, value: float) -> str:
    if np.isnan(value):
        return "not defined"
    small = not found.target.unit or "share" in found.target.unit
    return f"{value:+.4g}" if small else money(value, signed=True)


class Reached(TypedDict):
    """Which change of one parameter reaches a target."""

    provenance: dict[str, str]
    target: str
    subject: str
    unit: str
    result: float
    met: bool
    certified: bool
    reading: str
    ways: list[Way]


def record(found: Reach, made: dict[str, str]) -> dict[str, Any]:
    """Everything as nested dictionaries, ready for JSON."""
    told: Reached = {
        "provenance": made,
        "target": found.target.text,
        "subject": found.target.subject,
        "unit": found.target.unit,
        "result": found.result,
        "met": found.met,
        "certified": found.certified,
        "reading": " ".join(_reading(found)),
        "ways": [because(way, way.why or _UNPRICED) for way in found.ways],
    }
    result: dict[str, Any] = finished(because(told, "the target is not defined here"), Reached)
    return result


_UNPRICED = "a choice of a word, or a change without a cost in the model"


if not TYPE_CHECKING:  # a checker would take any name for one that is there
    __getattr__ = names_of(__name__)
