"""How likely an event is, as a document and as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any, TypedDict

import numpy as np

from negotiation.case import Case, in_words
from negotiation.provenance import provenance
from negotiation.report.amounts import how_often, in_hundred
from negotiation.report.document import (
    Block,
    Cell,
    Document,
    Form,
    Heading,
    Items,
    Rows,
    Table,
    TableColumn,
    small_print,
)
from negotiation.report.picture import canvas, drawing, save
from negotiation.report.schema import because, finished
from negotiation.study.probability import EventProbability, ProbabilityAt
from negotiation.words import amount, opening

_COLOURS = ("#C0470A", "#0B4F8A", "#5B7F2B", "#8A6D00", "#6E6E6E")
_STYLES = ("-", "--", ":", "-.", (0, (5, 1)))


def document(found: EventProbability) -> Document:
    """Return the probability of an event as a document: a sentence for each threat, a table."""
    made = _made(found)
    return Document(
        study="probability",
        tell=lambda: _blocks(found, made),
        note=lambda: record(found, made),
        made=made,
        list_rows=lambda: _rows(found),
    )


def _made(found: EventProbability) -> dict[str, str]:
    made = provenance(found.case, [found.parameter] if found.parameter else [])
    told = "; ".join(
        f"{threat}: {in_words(Case(found.case, threat=threat))}" for threat in found.threats
    )
    return {**made, "threat_point": told}


def _blocks(found: EventProbability, made: Mapping[str, str]) -> Iterator[Block]:
    model = found.case.model
    along = f" along {found.parameter}" if found.parameter else ""
    yield Heading(f"{model.name()}: {found.event.about}{along} ({made['parameters']})", 1)
    yield Items(tuple(sentences(found)))
    yield Table.of(
        [
            *([TableColumn(found.parameter, Form.AMOUNT, found.unit)] if found.parameter else []),
            "threat",
            TableColumn("probability", Form.CHANCE),
            TableColumn("standard\nerror", Form.CHANCE),
            "draws",
        ],
        [
            [
                *([_cell(each.at)] if found.parameter else []),
                each.threat,
                each.probability,
                each.error,
                each.decided,
            ]
            for each in found.points
        ],
        f"Probability that {found.event.about}",
    )
    notes = [
        "The draws are the same at every point and under every threat. The Monte Carlo standard "
        "error is that of independent draws; stratified draws do no worse."
    ]
    rare = [each.limit for each in found.points if np.isfinite(each.limit)]
    if rare:
        notes.append(
            "Where all draws agree, the other case may have a probability of up to "
            f"{max(rare):.3f} (95 % confidence)."
        )
    lost = max((each.undecided for each in found.points), default=0)
    if lost:
        notes.append(f"Not decided at a point: up to {lost} draws, which are left out.")
    yield small_print(model, made, notes)


def _cell(value: Any) -> Cell:
    return value if isinstance(value, bool | str | int | float) else str(value)


def sentences(found: EventProbability) -> list[str]:
    """One for each threat."""
    told = []
    draws = found.holds.shape[-1]
    for threat in found.threats:
        points = [each for each in found.along(threat) if np.isfinite(each.probability)]
        if not points:
            told.append(f"Under threat {threat} no draw is decided.")
            continue
        shares = [each.probability for each in points]
        subject = f"Under threat {threat} {found.event.about}"
        if len(points) == 1:
            told.append(f"{subject} {how_often(shares[0], draws)}.")
        elif min(shares) == max(shares):
            often = how_often(shares[0], draws)
            told.append(f"{subject} {often} at every value of {found.parameter}.")
        else:
            first, last = (
                f"{how_often(each.probability, draws)} at {found.parameter} = {_at(each.at)}"
                for each in (points[0], points[-1])
            )
            told.append(
                f"{subject} {first} and {last}; between {in_hundred(min(shares))} and "
                f"{in_hundred(max(shares))} of 100 on the way."
            )
    return told


def _at(value: Any) -> str:
    return amount(value) if isinstance(value, float) else str(value)


# --- record ---------------------------------------------------------------------------------------


class ProbabilityPoint(TypedDict):
    """How likely an event is at a point, under a threat."""

    threat: str
    value: float | str | int | bool | None
    probability: float
    error: float
    limit: float
    draws: int
    unknown: int


class ProbabilityRecord(TypedDict):
    """How likely an event is."""

    provenance: dict[str, str]
    certified: bool
    event: str
    parameter: str
    unit: str
    points: list[ProbabilityPoint]
    reading: list[str]


def record(found: EventProbability, made: Mapping[str, str]) -> dict[str, Any]:
    """Everything as nested dictionaries, ready for JSON."""
    told: dict[str, Any] = finished(
        {
            "provenance": dict(made),
            "certified": found.certified,
            "event": found.event.about,
            "parameter": found.parameter,
            "unit": found.unit,
            "points": [_point(each) for each in found.points],
            "reading": sentences(found),
        },
        ProbabilityRecord,
    )
    return told


def _point(each: ProbabilityAt) -> ProbabilityPoint:
    why = "no draw is decided"
    return {
        "threat": each.threat,
        "value": because(each.at, "nothing varies"),
        "probability": because(each.probability, why),
        "error": because(each.error, why),
        "limit": because(each.limit, why if not each.decided else "the draws do not all agree"),
        "draws": each.decided,
        "unknown": each.undecided,
    }


def _rows(found: EventProbability) -> Rows:
    """One row for each threat and value."""
    names = ["threat", "probability", "error", "draws", "unknown"]
    lines: list[Sequence[Any]] = [
        [each.threat, each.probability, each.error, each.decided, each.undecided]
        for each in found.points
    ]
    if found.parameter:
        names = [*names, "parameter", "value"]
        lines = [
            [*line, found.parameter, each.at]
            for line, each in zip(lines, found.points, strict=True)
        ]
    return Rows(tuple(names), lines)


# --- picture --------------------------------------------------------------------------------------


@drawing()
def plot(found: EventProbability, path: Path) -> None:
    """Draw the probability along the parameter, a curve with its error for each threat."""
    figure = canvas(figsize=(6.5, 3.9), layout="constrained")
    axes = figure.subplots()
    words = any(isinstance(each.at, str | bool) for each in found.points)
    for t, threat in enumerate(found.threats):
        points = found.along(threat)
        x = np.arange(len(points)) if words else np.array([each.at or 0.0 for each in points])
        y = 100.0 * np.array([each.probability for each in points])
        error = 196.0 * np.array([each.error for each in points])
        colour, style = _COLOURS[t % len(_COLOURS)], _STYLES[t % len(_STYLES)]
        if words or len(points) == 1:
            axes.errorbar(x + 0.05 * t, y, error, fmt="o", color=colour, lw=1.2, label=threat)
            continue
        axes.fill_between(x, y - error, y + error, color=colour, alpha=0.2, lw=0)
        axes.plot(x, y, color=colour, ls=style, lw=2, label=threat)
    if words:
        named = found.along(found.threats[0])
        axes.set_xticks(range(len(named)), [str(each.at) for each in named])
    elif not found.parameter:
        axes.set_xticks([])
    axes.set_ylim(-2, 102)
    axes.set_ylabel("of 100 draws", fontsize=9)
    if found.parameter:
        unit = f", {found.unit}" if found.unit else ""
        axes.set_xlabel(f"{found.parameter.replace('_', ' ')}{unit}", fontsize=9)
    axes.grid(axis="y", color="#E3E3E3", lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8.5)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.legend(title="if talks fail", frameon=False, fontsize=8.5, title_fontsize=8.5)
    figure.suptitle(fill(headline(found), 72), fontsize=11, fontweight="bold", x=0.02, ha="left")
    footer = (
        f"Share of {found.holds.shape[-1]} draws; bands are 95 % Monte Carlo intervals. "
        f"{opening(found.case.model.ask('horizon_here'))}."
    )
    figure.text(0.02, -0.01, fill(footer, 104), fontsize=8, color="#555555", va="top")
    save(figure, path)


def headline(found: EventProbability) -> str:
    """The finding in one line."""
    told = []
    for threat in found.threats:
        shares = [p.probability for p in found.along(threat) if np.isfinite(p.probability)]
        if not shares:
            continue
        low, high = in_hundred(min(shares)), in_hundred(max(shares))
        span = low if low == high else f"{low} to {high}"
        told.append(f"{span} of 100 draws under {threat}")
    return f"{opening(found.event.about)}: {'; '.join(told)}"


__all__ = ["ProbabilityRecord", "document", "headline", "plot", "record", "sentences"]
