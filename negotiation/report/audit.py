"""An audit as a document: a table of pitfalls, a sentence and a command for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from negotiation.moved import names_of
from negotiation.provenance import provenance
from negotiation.report.document import (
    Block,
    Cell,
    Command,
    Document,
    Heading,
    Number,
    Paragraph,
    Provenance,
    Table,
)
from negotiation.report.schema import because, finished
from negotiation.study.audit.audit import Audit
from negotiation.study.audit.finding import Pitfall, Verdict
from negotiation.words import amount, money

#: Verdicts as they are printed; JSON has the names that were published with 0.1.
_SAID = {
    Verdict.BITES: "occurs",
    Verdict.DOES_NOT: "does not occur",
    Verdict.NOT_APPLICABLE: "not applicable",
}


def document(found: Audit) -> Document:
    """Return an audit as a document: the reading first, the table, every finding's command."""
    outcome = found.outcome
    made = provenance(outcome.case, about=outcome.threat.about)
    return Document(
        study="audit",
        tell=lambda: _blocks(found, made),
        note=lambda: record(found, made),
        made=made,
    )


def _blocks(found: Audit, made: Mapping[str, str]) -> Iterator[Block]:
    outcome = found.outcome
    yield Heading(f"{outcome.model.name()} ({made['parameters']})", 1)
    if not bool(outcome.certified):
        yield Paragraph(f"Do not rely on this result: {outcome.status}.")
    yield Paragraph(_summary(found))
    unit = type(outcome.model).payoff_unit
    yield Table.of(
        ["pitfall", "verdict", "by how much"],
        [[each.question, _SAID[each.verdict], _size(each, unit)] for each in found.findings],
    )
    for each in found.findings:
        yield Command(each.command, f"{each.key}: {_SAID[each.verdict]}. {each.sentence}")
    yield Provenance(made)


class FindingRecord(TypedDict):
    """A pitfall: whether it occurs, and by how much."""

    key: str
    question: str
    verdict: Verdict
    size: float
    unit: str
    sentence: str
    command: str
    details: dict[str, Any]


class AuditRecord(TypedDict):
    """Which known pitfalls of leverage occur."""

    provenance: dict[str, str]
    status: str
    certified: bool
    bites: int
    findings: list[FindingRecord]


def record(found: Audit, made: Mapping[str, str]) -> dict[str, Any]:
    """Everything as nested dictionaries, ready for JSON."""
    told: dict[str, Any] = finished(_record(found, made), AuditRecord)
    return told


def _record(found: Audit, made: Mapping[str, str]) -> AuditRecord:
    outcome = found.outcome
    return {
        "provenance": dict(made),
        "status": str(outcome.status),
        "certified": bool(outcome.certified),
        "bites": found.bites,
        "findings": [
            {
                "key": each.key,
                "question": each.question,
                "verdict": each.verdict,
                "size": because(each.size, each.sentence),
                "unit": each.unit,
                "sentence": each.sentence,
                "command": each.command,
                "details": because(dict(each.details), each.sentence),
            }
            for each in found.findings
        ],
    }


def _summary(found: Audit) -> str:
    applicable = [each for each in found.findings if each.verdict != Verdict.NOT_APPLICABLE]
    bites = [each.key for each in applicable if each.verdict == Verdict.BITES]
    occurs = "occurs" if len(bites) == 1 else "occur"
    told = f"{len(bites)} of {len(applicable)} pitfalls {occurs} here"
    told += f": {', '.join(bites)}." if bites else "."
    left = len(found.findings) - len(applicable)
    if left:
        told += f" {left} {'does' if left == 1 else 'do'} not apply to this model."
    return told


def _size(each: Pitfall, payoff_unit: str) -> Cell:
    if not np.isfinite(each.size):
        return ""
    if each.unit.startswith(payoff_unit):
        rest = each.unit.removeprefix(payoff_unit)
        text = money(each.size, signed=True) if abs(each.size) > 1e-6 else "0"
        return f"{text}{rest}" if rest else Number(each.size, text, signed=True)
    if each.unit == "share of its range":
        return f"{each.size:.1%} of its range"
    if each.unit == "of their sizes":
        return f"{each.size:.1%} of their sizes"
    if each.unit in ("probability", "discount factor"):
        return f"{each.size:+.3f} {each.unit}"
    return Number(each.size, f"{each.size:+.3g}" if each.unit else amount(each.size))


if not TYPE_CHECKING:  # a checker would take any name for one that is there
    __getattr__ = names_of(__name__)
