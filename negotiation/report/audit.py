"""An audit: a table of pitfalls, a sentence and a command for each, and a record."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

import numpy as np

from negotiation.provenance import provenance
from negotiation.report.small_print import by, signature
from negotiation.report.tables import markdown_table, text_table
from negotiation.shell import continued
from negotiation.study.audit.audit import Audit, Finding, Verdict
from negotiation.words import amount, money

WIDTH = 80


def text(found: Audit, parameters: Mapping[str, Any], markdown: bool = False) -> str:
    """Return the reading first, then the table, then every finding with its command."""
    outcome = found.outcome
    made = provenance(outcome.case, about=outcome.threat.about)
    table = markdown_table if markdown else text_table
    blocks = [f"{outcome.model.name()} ({made['parameters']})"]
    if not bool(outcome.certified):
        blocks.append("\n".join(wrap(f"Not to be relied on: {outcome.status}.", WIDTH)))
    blocks.append("\n".join(wrap(_summary(found), WIDTH)))
    lines = [
        [each.question, str(each.verdict), _size(each, outcome.model.payoff_unit)]
        for each in found.findings
    ]
    if not markdown:
        lines = [["\n".join(wrap(line[0], 40)), *line[1:]] for line in lines]
    blocks.append(str(table(["pitfall", "verdict", "by how much"], lines)))
    blocks += [_finding(each, markdown) for each in found.findings]
    tail = wrap(
        f"Horizon: {made['horizon']}. Threat point: {made['threat_point']}.{by(outcome.case)}",
        WIDTH,
    )
    tail.append(signature(made))
    blocks.append("\n".join(tail))
    return "\n\n".join(blocks)


def record(found: Audit, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Everything as nested dictionaries, ready for JSON."""
    outcome = found.outcome
    return {
        "provenance": provenance(outcome.case, about=outcome.threat.about),
        "status": str(outcome.status),
        "certified": bool(outcome.certified),
        "bites": found.bites,
        "findings": [
            {
                "key": each.key,
                "question": each.question,
                "verdict": str(each.verdict),
                "size": each.size,
                "unit": each.unit,
                "sentence": each.sentence,
                "command": each.command,
                "details": dict(each.details),
            }
            for each in found.findings
        ],
    }


def _summary(found: Audit) -> str:
    applicable = [each for each in found.findings if each.verdict != Verdict.NOT_APPLICABLE]
    bites = [each.key for each in applicable if each.verdict == Verdict.BITES]
    told = f"{len(bites)} of {len(applicable)} pitfalls bite"
    told += f": {', '.join(bites)}." if bites else "."
    left = len(found.findings) - len(applicable)
    if left:
        told += f" {left} {'does' if left == 1 else 'do'} not apply to this model."
    return told


def _size(each: Finding, payoff_unit: str) -> str:
    if not np.isfinite(each.size):
        return ""
    if each.unit.startswith(payoff_unit):
        rest = each.unit.removeprefix(payoff_unit)
        return f"{money(each.size, signed=True) if abs(each.size) > 1e-6 else '0'}{rest}"
    if each.unit == "share of its range":
        return f"{each.size:.1%} of its range"
    if each.unit == "of their sizes":
        return f"{each.size:.1%} of their sizes"
    if each.unit in ("probability", "discount factor"):
        return f"{each.size:+.3f} {each.unit}"
    return f"{each.size:+.3g}" if each.unit else amount(each.size)


def _finding(each: Finding, markdown: bool) -> str:
    head = f"{each.key}: {each.verdict}. {each.sentence}"
    command = f"`{each.command}`" if markdown else f"  {each.command}"
    lines = wrap(head, WIDTH, break_long_words=False, break_on_hyphens=False)
    if not markdown:
        return "\n".join([*lines, *continued(command, WIDTH)])
    return "\n".join([*lines, "", command])
