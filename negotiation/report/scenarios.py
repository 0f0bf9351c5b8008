"""The box in which an event holds, as a document."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypedDict

from negotiation.provenance import provenance
from negotiation.report.amounts import how_often, in_hundred
from negotiation.report.document import (
    Block,
    Cell,
    Document,
    Form,
    Heading,
    Number,
    Paragraph,
    Rows,
    Table,
    TableColumn,
    small_print,
)
from negotiation.report.schema import because, finished
from negotiation.study.scenarios import BoxQuality, Restriction, Scenario
from negotiation.words import opening

#: Why there is no box.
_NO_BOX = "nothing that is drawn separates the draws in which it holds from the others"

#: Boxes on the way that a table for people shows.
_PATH = 8


def document(found: Scenario) -> Document:
    """Return a scenario as a document: the box in a sentence, its sides, and boxes on the way."""
    made = provenance(found.case)
    return Document(
        study="scenarios",
        tell=lambda: _blocks(found, made),
        note=lambda: record(found, made),
        made=made,
        list_rows=lambda: _rows(found),
    )


def _blocks(found: Scenario, made: Mapping[str, str]) -> Iterator[Block]:
    model = found.case.model
    yield Heading(f"{model.name()}: when {found.event.about} ({made['parameters']})", 1)
    yield Paragraph(" ".join(sentences(found)))
    if found.box:
        yield Table.of(
            [
                "assumption",
                "from",
                "to",
                TableColumn("quasi-\np-value", Form.TEXT),
            ],
            [_line(each) for each in found.box],
            "Sides of the box",
        )
        yield Table.of(
            [
                TableColumn("of the draws in\nwhich it holds", Form.SHARE),
                TableColumn("of the draws\nin the box", Form.SHARE),
                TableColumn("of all\ndraws", Form.SHARE),
                "sides",
            ],
            [
                [each.coverage, each.density, each.mass, each.restricted]
                for each in _path(found.trajectory)
            ],
            "Boxes on the way, on the draws that found them: coverage, density, mass",
        )
    notes = [
        "The box is found by the Patient Rule Induction Method on half of the draws; the sentence "
        "counts the other half. A quasi-p-value says how likely the box would be as dense if that "
        "side of it did not matter."
    ]
    if found.missing:
        notes.append(f"Left out: {found.missing} draws that are not certified.")
    yield small_print(model, made, notes)


def sentences(found: Scenario) -> list[str]:
    """The box in sentences."""
    event = found.event.about
    first = f"{opening(event)} {how_often(found.share, found.draws)}."
    if not found.box:
        if found.share in (0.0, 1.0):
            return [first]
        return [first, f"No box is told: {_NO_BOX}."]
    limits = _joined([limit(each) for each in found.box])
    tested = found.draws // 2
    there = opening(how_often(found.coverage, round(tested * found.share)))
    told = [
        first,
        f"{there} in which {event}, {limits}.",
        f"The box is met {how_often(found.mass, tested)}; {event} "
        f"{how_often(found.density, round(tested * found.mass))} that meet it.",
    ]
    if found.found.density < found.wanted:
        told.append(
            f"There is no box in which it holds in {in_hundred(found.wanted)} of 100 draws; this "
            "is the densest."
        )
    return told


def limit(each: Restriction) -> str:
    """One side of the box as a clause."""
    subject, many = _subject(each)
    if each.words:
        return f"{subject} is {' or '.join(each.words)}"
    low, high = _value(each.low), _value(each.high)
    lies = f"{subject} {'lie' if many else 'lies'}"
    if math.isinf(each.low):
        return f"{lies} below {high}"
    if math.isinf(each.high):
        return f"{lies} above {low}"
    return f"{lies} between {low} and {high}"


def _subject(each: Restriction) -> tuple[str, bool]:
    """What is limited, and whether its words are in the plural."""
    about, colon, entry = each.about.partition(": ")
    if "." in each.name and colon:
        return (f"the {entry} of {about}", False) if each.words else (f"{about} for {entry}", True)
    if each.words or colon or ";" in about or not about:  # an explanation of its values is no name
        return each.name.replace("_", " "), False
    return each.about.partition(",")[0], False


def _value(value: float) -> str:
    return f"{value:.3g}"


def _joined(clauses: Sequence[str]) -> str:
    if len(clauses) < 2:
        return "".join(clauses)
    return f"{', '.join(clauses[:-1])}, and {clauses[-1]}"


def _line(each: Restriction) -> list[Cell]:
    if each.words:
        return [each.name, " or ".join(each.words), "", _p(each.p)]
    return [each.name, _end(each.low, each.least), _end(each.high, each.most), _p(each.p)]


def _end(value: float, extreme: float) -> Number:
    """An end of a side; where it is not restricted, that of the draws."""
    every = math.isinf(value)
    value = extreme if every else value
    return Number(value, _value(value) + (" (all)" if every else ""))


def _p(value: float) -> Number:
    return Number(value, "< 0.001" if value < 0.001 else f"{value:.3f}")


def _path(steps: Sequence[BoxQuality]) -> list[BoxQuality]:
    """A few of the boxes, the first and the last among them."""
    if len(steps) <= _PATH:
        return list(steps)
    places = {round(k * (len(steps) - 1) / (_PATH - 1)) for k in range(_PATH)}
    return [steps[k] for k in sorted(places)]


# --- record ---------------------------------------------------------------------------------------


class RestrictionRecord(TypedDict):
    """One side of a box."""

    name: str
    about: str
    unit: str
    group: str
    at_least: float
    at_most: float
    words: list[str]
    quasi_p: float


class ScenarioRecord(TypedDict):
    """The box in which an event holds."""

    provenance: dict[str, str]
    certified: bool
    event: str
    draws: int
    unknown: int
    probability: float
    coverage: float
    density: float
    mass: float
    box: list[RestrictionRecord]
    trajectory: list[BoxQuality]
    reading: list[str]


def record(found: Scenario, made: Mapping[str, str]) -> dict[str, Any]:
    """Everything as nested dictionaries, ready for JSON."""
    told: dict[str, Any] = finished(
        {
            "provenance": dict(made),
            "certified": found.certified,
            "event": found.event.about,
            "draws": found.draws,
            "unknown": found.missing,
            "probability": found.share,
            "coverage": because(found.coverage, _NO_BOX),
            "density": because(found.density, _NO_BOX),
            "mass": because(found.mass, _NO_BOX),
            "box": [_restriction(each) for each in found.box],
            "trajectory": list(found.trajectory),
            "reading": sentences(found),
        },
        ScenarioRecord,
    )
    return told


def _restriction(each: Restriction) -> RestrictionRecord:
    return {
        "name": each.name,
        "about": each.about,
        "unit": each.unit,
        "group": each.group,
        "at_least": because(each.low, "it is a word"),
        "at_most": because(each.high, "it is a word"),
        "words": list(each.words),
        "quasi_p": each.p,
    }


def _rows(found: Scenario) -> Rows:
    """One row for each side of the box."""
    return Rows(
        ("name", "about", "unit", "group", "at_least", "at_most", "words", "quasi_p"),
        [
            [
                each.name,
                each.about,
                each.unit,
                each.group,
                each.low,
                each.high,
                " or ".join(each.words),
                each.p,
            ]
            for each in found.box
        ],
    )


__all__ = ["ScenarioRecord", "document", "limit", "record", "sentences"]
