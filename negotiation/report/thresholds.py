"""Thresholds along a parameter: sentences and a table to read, records to load."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import numpy as np

from negotiation.provenance import provenance
from negotiation.regimes.signal import EQUILIBRIUM, REPLY, SET, TIE
from negotiation.regimes.thresholds.absence import Absence
from negotiation.regimes.thresholds.events import Change, Regime, Threshold
from negotiation.regimes.thresholds.threshold import Thresholds
from negotiation.report import absences
from negotiation.report.small_print import grounds
from negotiation.report.tables import markdown_table, text_table, to_json
from negotiation.words import amount, money, opening, spreadsheet

WIDTH = 80
FORMATS = ("table", "json", "md", "csv")

#: Width of what holds on either side, in a table for a terminal.
_CELL = 23


def render(found: Thresholds, kind: str) -> str:
    """Return thresholds as text in one of `FORMATS`."""
    if kind == "json":
        return to_json(record(found))
    if kind == "csv":
        return table_csv(found)
    return text(found, markdown=kind == "md")


# --- to read --------------------------------------------------------------------------------------


def text(found: Thresholds, markdown: bool = False) -> str:
    """Return the reading: what changes where, a table of it, what does not change, small print."""
    made = _made(found)
    bullet = "- " if markdown else "* "
    asked = f"; only: {found.when}" if found.when else ""
    unit = f" ({found.parameter.unit})" if found.parameter.unit else ""
    head = (
        f"{made['model']} ({made['parameters']}), {found.parameter.name} from {amount(found.low)} "
        f"to {amount(found.high)}{unit}{asked}"
    )
    blocks = ["\n".join(wrap(head, WIDTH))]
    if found.events:
        blocks.append(_bullets([sentence(found, event) for event in found.events], bullet))
        rows = [row for event in found.events for row in _rows(event)]
        heads = ["what", found.parameter.name, "below", "above"]
        if markdown:
            blocks.append(markdown_table(heads, rows))
        else:
            blocks.append(text_table(_folded([heads])[0], _folded(rows)))
    else:
        blocks.append("Nothing that is watched changes in this range.")
    if found.absent:
        told = [absences.sentence(each) for each in found.absent]
        tried = {absences.tried(each) for each in found.absent} - {""}
        if tried:
            told.append(
                "Where nothing is said of what lies beyond the range, nothing was found there "
                f"({', '.join(sorted(tried))})."
            )
        blocks.append("What does not change\n\n" + _bullets(told, bullet))
    if found.gaps:
        blocks.append(
            "What could not be looked at\n\n"
            + _bullets(
                [
                    f"{opening(gap.what)} from {amount(gap.low)} to {amount(gap.high)}: {gap.why}."
                    for gap in found.gaps
                ],
                bullet,
            )
        )
    blocks.append("\n".join(_small_print(found, made)))
    return "\n\n".join(blocks)


def _bullets(sentences: Sequence[str], bullet: str) -> str:
    lines: list[str] = []
    for each in sentences:
        lines += wrap(each, WIDTH, initial_indent=bullet, subsequent_indent="  ")
    return "\n".join(lines)


def _folded(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Break cells over lines, so that four columns fit."""
    widths = (14, 12, _CELL, _CELL)
    return [
        ["\n".join(_fold(cell, width)) for cell, width in zip(row, widths, strict=True)]
        for row in rows
    ]


def _fold(cell: str, width: int) -> list[str]:
    """Wrap a cell; long names are broken at the marks within them."""
    marked = cell.replace("/", "/\0").replace("_", "_\0").replace(".", ".\0")
    lines: list[str] = []
    for line in wrap(cell, width, break_long_words=False) or [""]:
        if len(line) <= width:
            lines.append(line)
            continue
        part = ""
        for piece in marked[marked.find(line[0]) :].split("\0"):
            if part and len(part) + len(piece) > width:
                lines.append(part)
                part = ""
            part += piece
        lines.append(part)
        break
    return lines


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


def _rows(event: Threshold) -> list[list[str]]:
    rows = []
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
        rows.append([what + nature, amount(event.value), below, above])
    return rows


def _small_print(found: Thresholds, made: Mapping[str, str]) -> list[str]:
    unit = type(found.model).payoff_unit
    lines = wrap(
        f"Money in {unit}, payoffs against the status quo. Located on the model itself to 1e-10 of "
        "the range; crossings nearer to each other than its 128th part are told apart, kinks "
        "sharper than that are not looked for.",
        WIDTH,
    )
    lines += grounds(made)
    return lines


# --- to load --------------------------------------------------------------------------------------


def record(found: Thresholds) -> dict[str, Any]:
    """Everything as nested dictionaries, ready for JSON."""
    return {
        "provenance": _made(found),
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
                "changes": [_change(change) for change in event.changes],
                "below": _regime(event.below),
                "at": _regime(event.at),
                "above": _regime(event.above),
            }
            for event in found.events
        ],
        "absent": [_absence(each) for each in found.absent],
        "gaps": [vars(gap) for gap in found.gaps],
    }


def _change(change: Change) -> dict[str, Any]:
    made = {**vars(change), "phrases": list(change.phrases)}
    del made["answers"]
    return made


def _absence(absence: Absence) -> dict[str, Any]:
    names = ("kind", "subject", "holds", "nearest", "nearest_at", "unit", "beyond", "tried")
    return {name: getattr(absence, name) for name in (*names, "sentence")}


def _regime(regime: Regime) -> dict[str, Any]:
    return {
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


def table_csv(found: Thresholds) -> str:
    """One row per change, with the provenance in every row."""
    made = _made(found)
    players = type(found.model).players
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    heads = ["parameter", "value", "width", "kind", "below", "above", "nature", "subject"]
    heads += ["value_below", "value_above", "slope", "unit", "selected_below", "selected_above"]
    heads += [f"payoff_{player}_{side}" for side in ("below", "above") for player in players]
    writer.writerow(spreadsheet([*heads, *made]))
    for event in found.events:
        for change in event.changes:
            cells: list[Any] = [found.parameter.name, repr(event.value), repr(event.width)]
            cells += [change.kind, change.below, change.above, change.nature, change.subject]
            cells += [_number(change.value_below), _number(change.value_above)]
            cells += [_number(change.slope), change.unit]
            cells += [event.below.selected, event.above.selected]
            cells += [
                _number(side.payoffs[player])
                for side in (event.below, event.above)
                for player in players
            ]
            writer.writerow(spreadsheet([*cells, *made.values()]))
    return buffer.getvalue()


def _number(value: float) -> str:
    return "" if np.isnan(value) else repr(float(value))


def _made(found: Thresholds) -> dict[str, str]:
    varied = [found.parameter.name]
    return provenance(found.case, varied, about=found.threat_about)
