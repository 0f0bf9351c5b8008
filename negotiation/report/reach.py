"""Inverse questions: which change of one parameter reaches a target, in words and as records."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import numpy as np

from negotiation.provenance import provenance
from negotiation.regimes.thresholds.inverse import Reach, Way
from negotiation.report.small_print import grounds
from negotiation.report.tables import markdown_table, text_table, to_json
from negotiation.report.thresholds import WIDTH
from negotiation.words import amount, money, opening, share, spreadsheet

#: Rows of what does not reach the target that a reader is shown; formats to load have them all.
_MISSES = 8

#: A result that moves by less than this, relative, is not moved at all.
_SAME = 1e-9


def render(found: Reach, kind: str) -> str:
    """Return the ways to a target as text, as a table to load, or as a record."""
    if kind == "json":
        return to_json(record(found))
    if kind == "csv":
        return _csv(found)
    return text(found, markdown=kind == "md")


def text(found: Reach, markdown: bool = False) -> str:
    """Return the reading: what reaches the target, by how much, at what cost, and what does not."""
    made = _made(found)
    table = markdown_table if markdown else text_table
    head = f"{made['model']} ({made['parameters']}), target: {found.target.text}"
    blocks = ["\n".join(wrap(head, WIDTH)), "\n".join(wrap(" ".join(_reading(found)), WIDTH))]
    numbers = [way for way in found.ways if way.reached and not isinstance(way.value, str)]
    if numbers:
        blocks.append(
            table(
                ["parameter", "now", "needed", "change", "share", "cost a year"],
                [
                    [
                        way.parameter,
                        amount(float(way.now)),
                        amount(float(way.value))
                        + (" (jump)" if way.jump else " (touch)" if way.touch else ""),
                        f"{way.change:+.4g}",
                        share(way.share),
                        money(way.cost) if np.isfinite(way.cost) else "none",
                    ]
                    for way in numbers
                ],
            )
        )
    misses = [way for way in found.ways if not way.reached and np.isfinite(way.result)]
    moved = [way for way in misses if not _still(found, way)]
    if moved:
        blocks.append(
            "How near the others come\n\n"
            + table(
                ["parameter", "now", "at best", "result there"],
                [
                    [way.parameter, _told(way.now), _told(way.value), _result(found, way.result)]
                    for way in moved[:_MISSES]
                ],
            )
        )
    lines = []
    if moved[_MISSES:]:
        rest = sorted({way.parameter for way in moved[_MISSES:]})
        lines.append(f"Further off, one at a time: {', '.join(rest)}.")
    still = sorted({way.parameter for way in misses if _still(found, way)})
    # A choice that moves nothing with one word may move something with another.
    still = [name for name in still if name not in {way.parameter for way in moved + numbers}]
    if still:
        lines.append(f"Moved towards it by no change of: {', '.join(still)}.")
    lines += [f"Not tried: {way.parameter}: {way.why}." for way in found.ways if way.why]
    if lines:
        blocks.append("\n".join(line for each in lines for line in wrap(each, WIDTH)))
    blocks.append("\n".join(_small_print(found, made)))
    return "\n\n".join(blocks)


def _reading(found: Reach) -> list[str]:
    now = f"{opening(found.target.subject)} is {_result(found, found.result)} now"
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
            f"{way.parameter}={way.value} ({_result(found, way.result)})" for way in words
        )
        told.append(f"Choices that reach it or go past it: {each}.")
    return told


def _still(found: Reach, way: Way) -> bool:
    size = max(abs(found.result), abs(way.result), abs(found.target.goal))
    return abs(way.result - found.result) <= _SAME * size


def _told(value: float | str) -> str:
    return value if isinstance(value, str) else amount(float(value))


def _result(found: Reach, value: float) -> str:
    if np.isnan(value):
        return "not defined"
    small = not found.target.unit or "share" in found.target.unit
    return f"{value:+.4g}" if small else money(value, signed=True)


def _small_print(found: Reach, made: dict[str, str]) -> list[str]:
    unit = found.target.unit or "no unit"
    lines = wrap(
        f"Result in: {unit}. Each parameter is changed alone, in both directions, within its "
        "bounds (98% of the way to an open one); without a bound, to sixteen times the value in "
        "use. The nearest value that reaches the target is located on the model itself.",
        WIDTH,
    )
    lines += grounds(made)
    return lines


def record(found: Reach) -> dict[str, Any]:
    """Everything as nested dictionaries, ready for JSON."""
    return {
        "provenance": _made(found),
        "target": found.target.text,
        "subject": found.target.subject,
        "unit": found.target.unit,
        "result": found.result,
        "met": found.met,
        "certified": found.certified,
        "reading": " ".join(_reading(found)),
        "ways": [vars(way) for way in found.ways],
    }


def _csv(found: Reach) -> str:
    made = _made(found)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    names = list(Way.__dataclass_fields__)
    writer.writerow(spreadsheet(["target", *names, *made]))
    for way in found.ways:
        cells: Sequence[Any] = [getattr(way, name) for name in names]
        shown = ["" if isinstance(cell, float) and np.isnan(cell) else cell for cell in cells]
        writer.writerow(spreadsheet([found.target.text, *shown, *made.values()]))
    return buffer.getvalue()


def _made(found: Reach) -> dict[str, str]:
    return provenance(found.case, about=found.threat_about)
