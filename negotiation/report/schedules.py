"""Schedules of duties as documents: all of a catalogue, and one by sector with its parts."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Mapping
from typing import Any

from negotiation.report.document import Block, Cell, Document, Heading, Items, Notes, Number, Table
from negotiation.trade import World
from negotiation.trade.checks import USES
from negotiation.trade.schedules import Catalogue, Schedule, goods
from negotiation.trade.tariff_lines import BOTH

_HEADS = ("schedule", "date", "status", "mean %", "bans %", "source %")
_LISTED = (
    "mean: over goods that are not banned, weighted with the trade of the model's table.",
    "bans: the same with bans, which are prohibitive rates of 9.99: it says how much trade they "
    "end, not what is paid.",
    "source: the first mean with the weights of the source, as index.csv has it.",
    "All rates are additional to treaty rates.",
)


def listing(catalogue: Catalogue, world: World) -> Document:
    """Return all schedules of a catalogue as a document."""

    def record() -> dict[str, Any]:
        return {
            "schedules": [
                {**_record(each, world), "mean_rate_of_source": _published(catalogue, each)}
                for each in catalogue
            ]
        }

    return Document(
        study="schedules",
        tell=lambda: _blocks(catalogue, world),
        note=record,
        made={},
    )


def one(schedule: Schedule, world: World) -> Document:
    """Return a schedule by sector, with its parts, as a document."""
    return Document(
        study="schedule",
        tell=lambda: _sectors(schedule, world),
        note=lambda: {**_record(schedule, world), "sectors": _cells(schedule, world)},
        made={},
    )


def _blocks(catalogue: Catalogue, world: World) -> Iterator[Block]:
    yield Heading("Schedules of duties", 1)
    found = catalogue.schedules()
    for pair in dict.fromkeys((each.imposer, each.target) for each in found):
        own = [each for each in found if (each.imposer, each.target) == pair]
        yield Heading(f"{pair[0]} on {pair[1]}")
        rows = [
            (
                each.name,
                datetime.date.fromisoformat(each.date) if each.date else None,
                each.status,
                _rate(each.mean(world)),
                _rate(each.mean(world, bans=True)) if each.has_bans else None,
                _rate(_published(catalogue, each) or math.nan),
            )
            for each in own
        ]
        yield Table.of(_HEADS, rows)
        yield Items(
            tuple(f"{each.name}: {each.kind}, {each.legal_basis or 'none'}" for each in own),
            head="Kind and legal basis",
        )
    yield Notes(_LISTED)


def _published(catalogue: Catalogue, schedule: Schedule) -> float | None:
    """Mean beside bans with the weights of the source, where the index has it."""
    row = catalogue.rows[schedule.name]
    for column in ("mean_rate_pct_goods_excluding_ban_parts", "mean_rate_pct_goods"):
        if row.get(column, "").strip():
            return float(row[column]) / 100.0
    return None


def _sectors(schedule: Schedule, world: World) -> Iterator[Block]:
    yield Heading(f"Schedule {schedule.name}", 1)
    dated = f" from {schedule.date}" if schedule.date else ""
    yield Items(
        (
            f"{schedule.kind} of {schedule.imposer} on {schedule.target}{dated}, {schedule.status}",
            f"legal basis: {schedule.legal_basis or 'none is named'}",
            f"source: {schedule.source or 'none is named'}",
            f"mean rate on goods, weighted with the trade of the table: {_means(schedule, world)}",
        )
    )
    rows: list[tuple[Cell, ...]] = []
    for cell in _cells(schedule, world):
        lead = (cell["sector"], cell["use"], _rate(cell["mean_rate"]))
        for k, part in enumerate(cell["parts"]):
            rate = "ban" if part["ban"] else _rate(part["rate"])
            row = (part["part"], _rate(part["share"]), rate)
            rows.append((*(lead if k == 0 else ("", "", "")), *row))
    yield Table.of(
        ("sector", "use", "mean %", "part", "share %", "rate %"),
        rows,
        title="By sector",
        notes=("The mean is over trade that is not banned; what no line names is untaxed.",),
    )
    told: dict[str, dict[str, None]] = {}
    for line in schedule.lines:
        if line.rate or "inferred" in line.note:
            said = [each for each in (line.legal_basis, line.note) if each not in ("", "none")]
            told.setdefault(line.part or line.sector, {}).update(dict.fromkeys(said))
    entries = tuple(f"{part}: {'; '.join(said)}" for part, said in told.items() if said)
    if entries:
        yield Items(entries, head="Legal basis of the parts, and notes")


def _means(schedule: Schedule, world: World) -> str:
    told = f"{_percent(schedule.mean(world))} %"
    if schedule.has_bans:
        told += f" beside the bans, {_percent(schedule.mean(world, bans=True))} % with them"
    return told


def _record(schedule: Schedule, world: World) -> dict[str, Any]:
    return {
        "name": schedule.name,
        "kind": schedule.kind,
        "imposer": schedule.imposer,
        "target": schedule.target,
        "date": schedule.date or None,
        "status": schedule.status,
        "legal_basis": schedule.legal_basis,
        "source": schedule.source,
        "mean_rate": schedule.mean(world),
        "mean_rate_with_bans": schedule.mean(world, bans=True),
    }


def _cells(schedule: Schedule, world: World) -> list[Mapping[str, Any]]:
    """Parts of every good and use, both uses as one where no line tells them apart."""
    schedule.arrays(world.sectors)  # which refuses sectors that are unknown
    apart = {line.sector for line in schedule.lines if line.use != BOTH}
    cells: list[Mapping[str, Any]] = []
    for code in goods(world):
        for use, name in enumerate(USES) if code in apart else ((0, BOTH),):
            lines = schedule.cell(code, use)
            free = [line for line in lines if not line.banned]
            total = math.fsum(line.share for line in free)
            mean = math.fsum(line.share * line.rate for line in free)
            cells.append(
                {
                    "sector": code,
                    "use": name,
                    "mean_rate": mean / total if total else math.nan,
                    "parts": [
                        {
                            "part": line.part,
                            "share": line.share,
                            "rate": line.rate,
                            "ban": line.banned,
                            "legal_basis": line.legal_basis,
                            "note": line.note,
                        }
                        for line in lines
                    ],
                }
            )
    return cells


def _rate(value: float) -> Number:
    return Number(value, _percent(value), share=True)


def _percent(value: float) -> str:
    if math.isnan(value):
        return ""
    return f"{100.0 * value:.2f}" if abs(value) >= 5e-5 or value == 0.0 else f"{100.0 * value:.1g}"
