"""An attribution as a text to read, as rows, and as a record for machines."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from textwrap import fill, wrap
from typing import Any

import numpy as np

from negotiation.case import Case
from negotiation.leverage.attribution import Attribution
from negotiation.model import Model
from negotiation.provenance import provenance
from negotiation.report.attribution_words import (
    NAMED,
    interactions,
    listed,
    reading,
    say,
    told_at_stake,
)
from negotiation.report.small_print import signature
from negotiation.report.tables import markdown_table, text_table, to_json
from negotiation.words import opening, share, spreadsheet

FORMATS = ("table", "csv", "json", "md")

_WIDTH = 80

#: Pairs of tables printed, most important first; all of them are in the record.
_PAIRS = 10


def render(found: Attribution, case: Case, kind: str) -> str:
    """Return an attribution at a point as text in one of `FORMATS`."""
    if kind == "json":
        return to_json(record(found, case))
    if kind == "csv":
        return _rows(found, case)
    return text(found, case, markdown=kind == "md")


# --- text -----------------------------------------------------------------------------------------


def text(found: Attribution, case: Case, markdown: bool = False) -> str:
    """Return the reading, the tables, and what it rests on."""
    table = markdown_table if markdown else text_table
    made = made_of(found, case)
    blocks = [
        f"{case.model.name()} ({made['parameters']}): {found.of} by what is at stake",
        fill(" ".join(reading(found, case.model)), _WIDTH),
    ]
    if np.isfinite(found.table).all():
        of_sectors = ", Owen value of a sector" if found.sectors else ""
        head = fill(
            f"{opening(found.unit)}. Value: Shapley value of a table{of_sectors}; alone: with "
            "nothing else at stake.",
            _WIDTH,
        )
        blocks.append(f"{head}\n\n{table(*_parts(found, nested=not markdown))}")
        pairs = interactions(found)
        if pairs:
            head = fill(
                "Interaction of two tables (Shapley index). Less than zero: together they lower "
                f"{found.of} by more than one by one.",
                _WIDTH,
            )
            lines = [
                [
                    found.tables[i],
                    found.tables[j],
                    say(found, value, signed=True),
                ]
                for i, j, value in pairs[:_PAIRS]
            ]
            blocks.append(f"{head}\n\n{table(['table', 'and', 'index'], lines)}")
    blocks.append("\n".join(_small_print(found, case.model, made)))
    return "\n\n".join(blocks)


def _parts(found: Attribution, nested: bool) -> tuple[list[str], list[list[str]]]:
    """Headers and cells: each table, beneath it its sectors, and all of them."""

    def cells(alone: float, value: float, part: float) -> list[str]:
        return [
            say(found, alone, signed=True),
            say(found, value, signed=True),
            share(float(part)),
        ]

    of_tables, of_sectors = found.share(found.table), found.share(found.sector)
    lines = []
    for k, (table, union) in enumerate(zip(found.tables, found.unions, strict=True)):
        lines.append([table, *cells(found.table_alone[k], found.table[k], of_tables[k])])
        if found.sectors and len(union) > 1:
            lines += [
                [
                    f"  {found.sectors[s]}" if nested else f"{table}: {found.sectors[s]}",
                    *cells(found.sector_alone[s], found.sector[s], of_sectors[s]),
                ]
                for s in union
            ]
    total = float(found.total)
    lines.append(
        ["all tables", *cells(float(found.table_alone.sum()), total, 1.0 if total else np.nan)]
    )
    return ["at stake", "alone", "value", "share"], lines


def made_of(found: Attribution, case: Case) -> dict[str, str]:
    """Where it comes from, with the concept that was asked for."""
    made = provenance(case, about=found.fails)
    if found.concept:
        made["concept"] = made["concept"].partition(";")[0]
    else:
        made["concept"] = "none: the score is not of a deal"
    return made


def _small_print(found: Attribution, model: Model, made: Mapping[str, str]) -> list[str]:
    evidence = found.coalitions
    count = len(evidence.masks)
    lines = wrap(f"Horizon: {made['horizon']}.", _WIDTH)
    concept = f" Concept: {made['concept']}{_agree(found)}." if found.concept else ""
    lines += wrap(f"Threat point: {made['threat_point']}.{concept}", _WIDTH)
    if found.attributed:
        lines += wrap(f"What is attributed: {found.attributed}.", _WIDTH)
    bad = np.flatnonzero(~evidence.certified)
    if len(bad):
        named = "; ".join(
            f"{told_at_stake(found, int(k))}: {evidence.status[k]}" for k in bad[:NAMED]
        )
        told = f"{len(bad)} of the {count} coalitions are not certified ({named}"
        told += f"; {len(bad) - NAMED} more)." if len(bad) > NAMED else ")."
    else:
        told = f"The games of all {count} coalitions needed are solved and certified."
    if evidence.departs.any() and found.of_the_game:
        told += f" In {int(evidence.departs.sum())} the equilibrium is another than in the whole."
    if evidence.several.any() and found.of_the_game:
        told += (
            f" In {int(evidence.several.sum())} equilibria differ in payoffs, and the rule "
            f"{found.rule} chooses."
        )
    without = evidence.no_deal & (evidence.masks != 0)
    if without.any():
        told += (
            f" In {int(without.sum())} with something at stake no agreement makes both sides "
            "better off, and the score is that of no deal."
        )
    if np.isfinite(found.residual):
        gap = float(found.residual)
        told += " The parts add up to the total" + (f" but for {gap:.0e} of it." if gap else ".")
    lines += wrap(told, _WIDTH)
    cls = type(model)
    if cls.assumptions:
        lines += wrap(f"Assumed: {'; '.join(cls.assumptions)}.", _WIDTH)
    if cls.not_modelled:
        lines += wrap(f"Not modelled: {', '.join(cls.not_modelled)}.", _WIDTH)
    lines.append(signature(made))
    return lines


def _agree(found: Attribution) -> str:
    """Say by how much other concepts move the value of a table."""
    if not found.by_concept or not np.isfinite(found.table).all():
        return ""
    others = np.stack(list(found.by_concept.values()))
    gap = float(np.abs(others - found.table).max())
    names = listed(found.by_concept)
    if gap <= 1e-6 * float(np.abs(found.table).max()):
        return f"; {names} agree with it"
    return f"; by {names} the value of a table differs by up to {say(found, gap)}"


# --- records --------------------------------------------------------------------------------------


def record(found: Attribution, case: Case) -> dict[str, Any]:
    """Everything about an attribution as nested dictionaries, ready for JSON."""
    evidence = found.coalitions
    of_tables, of_sectors = found.share(found.table), found.share(found.sector)
    return {
        "provenance": made_of(found, case),
        "certified": bool(evidence.certified.all()),
        "of": found.of,
        "unit": found.unit,
        "reading": reading(found, case.model),
        "attributed": found.attributed,
        "value": found.whole,
        "total": found.total,
        "with_nothing_at_stake": found.baseline,
        "residual": found.residual,
        "tables": [
            {
                "table": name,
                "alone": found.table_alone[k],
                "value": found.table[k],
                "share": of_tables[k],
                "by_concept": {concept: values[k] for concept, values in found.by_concept.items()},
                "sectors": [
                    {
                        "sector": found.sectors[s],
                        "alone": found.sector_alone[s],
                        "value": found.sector[s],
                        "share": of_sectors[s],
                    }
                    for s in found.unions[k]
                    if found.sectors
                ],
            }
            for k, name in enumerate(found.tables)
        ],
        "tables_alone": found.table_alone.sum(),
        "linkage": found.linkage,
        "interaction": [
            {
                "tables": [found.tables[i], found.tables[j]],
                "value": found.interaction[i, j],
            }
            for i, j in zip(*np.triu_indices(len(found.tables), 1), strict=True)
        ],
        "coalitions": [
            {
                "at_stake": list(found.at_stake(k)),
                "value": found.values[k],
                "equilibrium": evidence.equilibrium[k],
                "equilibrium_departs": evidence.departs[k],
                "several_equilibria": evidence.several[k],
                "deal": not evidence.no_deal[k],
                "certified": evidence.certified[k],
                "status": evidence.status[k],
            }
            for k in range(len(evidence.masks))
        ],
        "assumptions": list(case.model.assumptions),
        "not_modelled": list(case.model.not_modelled),
    }


def _rows(found: Attribution, case: Case) -> str:
    """Comma-separated: a row per table, per sector and for the whole, with where it comes from."""
    made = made_of(found, case)
    of_tables, of_sectors = found.share(found.table), found.share(found.sector)
    total = [float(found.table_alone.sum()), float(found.total), 1.0]
    lines: list[list[Any]] = []
    for k, table in enumerate(found.tables):
        lines.append(["table", table, "", found.table_alone[k], found.table[k], of_tables[k]])
        lines += [
            [
                "sector",
                table,
                found.sectors[s],
                found.sector_alone[s],
                found.sector[s],
                of_sectors[s],
            ]
            for s in found.unions[k]
            if found.sectors
        ]
    lines.append(["all", "", "", *total])
    extra = {"of": found.of, "unit": found.unit, "certified": found.coalitions.certified.all()}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    heads = ["level", "table", "sector", "alone", "value", "share"]
    writer.writerow(spreadsheet([*heads, *extra, *made]))
    for line in lines:
        numbers = ["" if np.isnan(x) else repr(float(x)) for x in line[3:]]
        writer.writerow(spreadsheet([*line[:3], *numbers, *extra.values(), *made.values()]))
    return out.getvalue()
