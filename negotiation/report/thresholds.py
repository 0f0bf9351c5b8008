"""Thresholds along a parameter: sentences and a table to read, records to load."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from negotiation.moved import names_of
from negotiation.provenance import provenance
from negotiation.regimes.signal import EQUILIBRIUM, REPLY, SET, TIE
from negotiation.regimes.thresholds.absence import Absence, Gap
from negotiation.regimes.thresholds.events import Change, Regime, Threshold
from negotiation.regimes.thresholds.threshold import Thresholds
from negotiation.report import absences, places
from negotiation.report.document import (
    Block,
    Document,
    Form,
    Heading,
    Items,
    Notes,
    Paragraph,
    Provenance,
    Rows,
    Table,
    TableColumn,
)
from negotiation.report.schema import because, finished
from negotiation.study.places import Places
from negotiation.words import amount, money, opening


def document(found: Thresholds, drawn: Places | None = None) -> Document:
    """Return thresholds as a document: what changes where, and what does not.

    Parameters
    ----------
    drawn : Places, optional
        The same over draws of what is uncertain.
    """
    name = found.parameter.name
    seen = {name: (found.low, found.high)}
    made = provenance(found.case, [name], about=found.threat_about, seen=seen)
    return Document(
        study="threshold",
        tell=lambda: _blocks(found, made, drawn),
        note=lambda: record(found, made, drawn),
        made=made,
        list_rows=lambda: _rows(found),
    )


# --- to read --------------------------------------------------------------------------------------


def _blocks(found: Thresholds, made: dict[str, str], drawn: Places | None) -> Iterator[Block]:
    name = found.parameter.name
    asked = f"; only: {found.when}" if found.when else ""
    unit = f" ({found.parameter.unit})" if found.parameter.unit else ""
    yield Heading(
        f"{made['model']} ({made['parameters']}), {name} from {amount(found.low)} to "
        f"{amount(found.high)}{unit}{asked}",
        1,
    )
    if drawn is not None:
        yield from places.blocks(drawn)
        yield Heading("At the point, without draws")
    if found.events:
        yield Items(tuple(sentence(found, event) for event in found.events))
        yield Table.of(
            ["what", TableColumn(name, Form.AMOUNT), "below", "above"],
            [row for event in found.events for row in _changes(event)],
        )
    else:
        yield Paragraph("No signal changes in this range.")
    if found.absent:
        told = [absences.sentence(each) for each in found.absent]
        tried = {absences.tried(each) for each in found.absent} - {""}
        if tried:
            told.append(
                "If a line does not mention values beyond the range, nothing was found there "
                f"({', '.join(sorted(tried))})."
            )
        yield Heading("What does not change")
        yield Items(tuple(told))
    if found.gaps:
        yield Heading("What could not be examined")
        yield Items(
            tuple(
                f"{opening(gap.what)} from {amount(gap.low)} to {amount(gap.high)}: {gap.why}."
                for gap in found.gaps
            )
        )
    yield Notes(
        (
            f"Money is in {type(found.model).payoff_unit}, and payoffs are relative to the status "
            "quo. Values are located on the model itself to 1e-10 of the range. Crossings closer "
            "than a 128th of the range are distinguished; sharper kinks are not searched for.",
        )
    )
    yield Provenance(made)


def sentence(found: Thresholds, event: Threshold) -> str:
    """Say what changes at a threshold."""
    told = [_clause(found, event, change) for change in _without_mirror(event.changes)]
    place = f"At {found.parameter.name} = {amount(event.value)}"
    place += f", the {_END[event.end]} end of the range, " if event.end else " "
    line = place + told[0] + "."
    if told[1:]:
        line += f" {opening('; '.join(told[1:]))}."
    return line + _boundary(event)


def _without_mirror(changes: Sequence[Change]) -> list[Change]:
    """Leave out a concession that is the other's with its sign turned: money changes hands."""
    kept: list[Change] = []
    for change in changes:
        mirror = any(
            change.kind == other.kind == "concession"
            and np.isclose(change.value_below, -other.value_below, rtol=1e-9)
            and np.isclose(change.value_above, -other.value_above, rtol=1e-9)
            for other in kept
        )
        if not mirror:
            kept.append(change)
    return kept


_END = {"low": "lower", "high": "upper"}


def _sides(event: Threshold) -> tuple[str, str]:
    """What the two sides of a threshold are called; at an end of the range one is the end."""
    below = "at the end itself" if event.end == "low" else "below"
    above = "at the end itself" if event.end == "high" else "above"
    return below, above


def _clause(found: Thresholds, event: Threshold, change: Change) -> str:
    one_side, other_side = _sides(event)
    if change.kind == TIE:
        return _tie(found, event)
    if change.kind == EQUILIBRIUM:
        one, two = (_with_payoffs(found, each) for each in (event.below, event.above))
        return f"the equilibrium changes from {one} to {two}"
    if change.kind == SET:
        return (
            f"the set of equilibria changes from {change.below} to {change.above}; "
            f"{event.below.selected} stays the selected one"
        )
    if change.kind == REPLY:
        return f"{change.above}, {one_side} with {change.answers[0]}"
    if change.kind == "concepts":
        return f"{change.below} {one_side}, and {change.above} {other_side}"
    sides = f"{change.below} {one_side}, {change.above} {other_side}"
    if change.nature == "touch":
        return f"{change.subject} touches zero without crossing it: {change.below} on either side"
    if change.nature == "flat":
        leaves = abs(change.value_below) < abs(change.value_above)
        does = "leaves zero" if leaves else "reaches zero and stays there"
        return f"{change.subject} {does}: {sides}"
    if change.nature == "hole":
        return f"{change.subject} changes sign across values where it is not defined: {sides}"
    values = f"{_short(change.value_below)} to {_short(change.value_above)}"
    if change.nature == "jump":
        return f"{change.subject} jumps from {values}: {sides}"
    slope = f"{_short(change.slope)} per unit" if np.isfinite(change.slope) else "continuously"
    return f"{change.subject} crosses zero ({slope}): {sides}"


def _tie(found: Thresholds, event: Threshold) -> str:
    """Say that payoffs are exactly tied, which equilibria that makes, and what holds beside it."""
    if event.end:
        tied = event.below if event.end == "low" else event.above
        free = event.above if event.end == "low" else event.below
        where = "just above it" if event.end == "low" else "just below it"
        many = ", ".join(tied.supports)
        held = f"{many} are equilibria" if len(tied.supports) > 1 else f"{many} is the equilibrium"
        why = "payoffs are exactly tied"
        if not tied.degenerate and tied.supports != free.supports:
            why = "a probability reaches zero"
        return (
            f"{why}: {held} there, and the rule chooses {tied.selected}; {where} the "
            f"equilibrium is {_with_payoffs(found, free)}"
        )
    tied, free = (
        (event.below, event.above) if event.below.degenerate else (event.above, event.below)
    )
    sides = ("below", "above") if event.below.degenerate else ("above", "below")
    return (
        f"payoffs are exactly tied {sides[0]} and not {sides[1]}: {sides[0]} it "
        f"{', '.join(tied.supports)} are equilibria, and the rule chooses "
        f"{_with_payoffs(found, tied)}; {sides[1]} it "
        f"{' or '.join(free.supports)}, with {_with_payoffs(found, free)} selected"
    )


def _short(value: float) -> str:
    return money(value, signed=True)


def _with_payoffs(found: Thresholds, regime: Regime) -> str:
    if not regime.selected:
        return "no certified equilibrium"
    told = ", ".join(
        f"{found.model.named(player)} {_short(value)}" for player, value in regime.payoffs.items()
    )
    return f"{regime.selected} ({told})"


def _boundary(event: Threshold) -> str:
    """What holds at the value itself, where that is more than one equilibrium."""
    at = event.at
    if not any(change.kind in (EQUILIBRIUM, SET) for change in event.changes):
        return ""
    if not at.equilibria:
        return f" At the value itself: {at.status}."
    profiles = " and ".join(each.profile for each in at.equilibria)
    sets = {each.component for each in at.equilibria}
    if len(at.equilibria) == 1:
        return f" At the value itself {profiles} is the equilibrium."
    if at.degenerate and -1 not in sets:
        how = "one connected set" if len(sets) == 1 else f"{len(sets)} connected sets"
        return f" At the value itself {profiles} are extreme equilibria of {how}."
    return f" At the value itself {profiles} are equilibria."


def _changes(event: Threshold) -> list[list[str | float]]:
    rows: list[list[str | float]] = []
    for change in _without_mirror(event.changes):
        what = {
            EQUILIBRIUM: "equilibrium",
            SET: "set of equilibria",
            TIE: "tie",
            REPLY: "best reply",
            "loss": "no-deal payoff",
            "concession": "who pays",
            "walk-out": "walk-out",
            "surplus": "deal",
            "concepts": "concepts",
        }.get(change.kind, change.kind)
        plain = change.nature == "crossing" or change.kind in (EQUILIBRIUM, SET, TIE)
        nature = "" if plain else f" ({change.nature})"
        below, above = change.below, change.above
        below = f"(at it) {below}" if event.end == "low" else below
        above = f"(at it) {above}" if event.end == "high" else above
        rows.append([what + nature, event.value, below, above])
    return rows


# --- to load --------------------------------------------------------------------------------------


class RegimeEquilibrium(TypedDict):
    """An equilibrium of a regime."""

    profile: str
    support: str
    payoffs: dict[str, float]
    regret: float
    component: int | None


class HeldRecord(TypedDict):
    """What holds at a value, or on one side of it."""

    at: float
    selected: str
    payoffs: dict[str, float]
    status: str
    degenerate: bool
    equilibria: list[RegimeEquilibrium]


class ChangeRecord(TypedDict):
    """One thing that changes at a threshold."""

    kind: str
    subject: str
    below: str
    above: str
    phrases: list[str]
    nature: str
    value_below: float
    value_above: float
    slope: float
    unit: str


class AbsenceRecord(TypedDict):
    """What is watched and does not change."""

    kind: str
    subject: str
    holds: str
    nearest: float
    nearest_at: float
    unit: str
    beyond: float
    tried: str
    sentence: str


class FoundRecord(TypedDict):
    """A value at which something changes."""

    value: float
    width: float
    end: str
    sentence: str
    changes: list[ChangeRecord]
    below: HeldRecord
    at: HeldRecord
    above: HeldRecord


class Located(TypedDict):
    """Every threshold along a parameter."""

    provenance: dict[str, str]
    parameter: str
    unit: str
    low: float
    high: float
    when: str
    certified: bool
    looked_at: int
    thresholds: list[FoundRecord]
    absent: list[AbsenceRecord]
    gaps: list[Gap]
    over_draws: places.PlacesRecord | None


def record(found: Thresholds, made: dict[str, str], drawn: Places | None = None) -> dict[str, Any]:
    """Everything as nested dictionaries, ready for JSON."""
    over_draws = None if drawn is None else places.record(drawn)
    told: dict[str, Any] = finished({**_record(found, made), "over_draws": over_draws}, Located)
    return told


def _record(found: Thresholds, made: dict[str, str]) -> dict[str, Any]:
    return {
        "provenance": made,
        "parameter": found.parameter.name,
        "unit": found.parameter.unit,
        "low": found.low,
        "high": found.high,
        "when": found.when,
        "certified": found.certified,
        "looked_at": found.looked_at,
        "thresholds": [
            {
                "value": event.value,
                "width": event.width,
                "end": event.end,
                "sentence": sentence(found, event),
                "changes": [
                    because(_change(change), _undefined(change)) for change in event.changes
                ],
                "below": _regime(event.below),
                "at": _regime(event.at),
                "above": _regime(event.above),
            }
            for event in found.events
        ],
        "absent": [because(_absence(each), _NOWHERE) for each in found.absent],
        "gaps": list(found.gaps),
    }


def _change(change: Change) -> ChangeRecord:
    return {
        "kind": change.kind,
        "subject": change.subject,
        "below": change.below,
        "above": change.above,
        "phrases": list(change.phrases),
        "nature": str(change.nature),
        "value_below": change.value_below,
        "value_above": change.value_above,
        "slope": change.slope,
        "unit": change.unit,
    }


def _absence(absence: Absence) -> AbsenceRecord:
    return {
        "kind": absence.kind,
        "subject": absences.subject(absence),
        "holds": absences.holds(absence),
        "nearest": absence.nearest,
        "nearest_at": absence.nearest_at,
        "unit": absence.unit,
        "beyond": absence.beyond,
        "tried": absences.tried(absence),
        "sentence": absences.sentence(absence),
    }


_NOWHERE = "it occurs nowhere that was looked at, or is not defined"


def _undefined(change: Change) -> str:
    if change.kind in (EQUILIBRIUM, SET, TIE):
        return "what changes is an equilibrium, not a number"
    return "the function is not defined there, or does not cross zero continuously"


def _regime(regime: Regime) -> HeldRecord:
    made: HeldRecord = {
        "at": regime.at,
        "selected": regime.selected,
        "payoffs": dict(regime.payoffs),
        "status": regime.status,
        "degenerate": regime.degenerate,
        "equilibria": [
            {
                "profile": each.profile,
                "support": each.support,
                "payoffs": dict(zip(each.players, each.payoffs, strict=True)),
                "regret": each.regret,
                "component": each.component if each.component >= 0 else None,
            }
            for each in regime.equilibria
        ],
    }
    return because(made, str(regime.status))


def _rows(found: Thresholds) -> Rows:
    """One row per change."""
    players = type(found.model).players
    heads = ["parameter", "value", "width", "kind", "below", "above", "nature", "subject"]
    heads += ["value_below", "value_above", "slope", "unit", "selected_below", "selected_above"]
    heads += [f"payoff_{player}_{side}" for side in ("below", "above") for player in players]
    lines = [
        [
            *(found.parameter.name, event.value, event.width),
            *(change.kind, change.below, change.above, change.nature, change.subject),
            *(change.value_below, change.value_above, change.slope, change.unit),
            *(event.below.selected, event.above.selected),
            *(side.payoffs[player] for side in (event.below, event.above) for player in players),
        ]
        for event in found.events
        for change in event.changes
    ]
    return Rows(tuple(heads), lines)


if not TYPE_CHECKING:  # a checker would take any name for one that is there
    __getattr__ = names_of(__name__)
