"""A derivation as people read it: numbered steps, each with its figures put in."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import numpy as np

from negotiation.outcome import Outcome
from negotiation.provenance import provenance
from negotiation.report.derivation import Step
from negotiation.report.small_print import grounds
from negotiation.words import money, opening

WIDTH = 80


def record(
    outcome: Outcome, steps: Sequence[Step], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a derivation ready for JSON."""
    made = provenance(outcome.case, about=outcome.threat.about)
    return {"provenance": made, "steps": [dataclasses.asdict(step) for step in steps]}


def text(
    outcome: Outcome,
    steps: Sequence[Step],
    parameters: Mapping[str, Any],
    *,
    markdown: bool = False,
) -> str:
    """Return a derivation in numbered steps, each with its figures put in."""
    made = provenance(outcome.case, about=outcome.threat.about)
    last = steps[-1]
    head = f"{opening(last.about)}: {_shown(last)} ({made['model']}, {made['parameters']})."
    lines = wrap(head, WIDTH)
    values = {step.name: _figure(step) for step in steps}
    for number, step in enumerate(steps, 1):
        mark = f"{number}. " if markdown else f"{number:>2}. "
        indent = " " * len(mark)
        lines += ["", *wrap(f"{mark}{step.name}: {step.about}.", WIDTH, subsequent_indent=indent)]
        told = []
        if step.formula:
            told.append(f"= {step.formula}")
            figures = step.formula
            for part in sorted(step.parts, key=len, reverse=True):
                figures = figures.replace(part, values[part])
            told += [f"= {figures}"] * (step.formula not in step.parts)
        told.append(f"= {_shown(step)}")
        for line in told:
            lines += wrap(line, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")
        if step.why:
            lines += wrap(
                opening(step.why).rstrip(".") + ".",
                WIDTH,
                initial_indent=indent,
                subsequent_indent=indent,
            )
    lines += ["", *grounds(made)]
    return "\n".join(lines)


def _figure(step: Step) -> str:
    """A number as it stands in a formula: negative ones in brackets."""
    if not np.isfinite(step.value):
        return "undefined"
    shown = money(step.value) if abs(step.value) >= 1.0 else f"{step.value:.6g}"
    return f"({shown})" if step.value < 0 else shown


def _shown(step: Step) -> str:
    if np.isnan(step.value):
        return "undefined"
    if step.unit.startswith(("share", "log", "a year", "rate")):
        return f"{step.value:.6g} {step.unit}"
    return money(step.value, step.unit)
