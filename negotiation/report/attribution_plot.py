"""A picture of an attribution: what each table adds, and at the point its sectors within."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from negotiation.glossary import AT_STAKE, SHARE
from negotiation.leverage.attribution import Attribution
from negotiation.model import Model
from negotiation.moved import names_of
from negotiation.report.document import Form, Table, TableColumn
from negotiation.report.figure import BarChart, BarRow, Tone
from negotiation.report.layout.lettering import MINUS
from negotiation.report.ranges import Measure, sized
from negotiation.report.within import in_draws
from negotiation.study.shares import Shares
from negotiation.study.within import DrawRange, by_regime
from negotiation.words import opening


def chart(
    found: Attribution, model: Model, made: Mapping[str, str], drawn: Shares | None = None
) -> BarChart:
    """Return the bars: the whole, then the tables by size.

    Over draws medians with their ranges, of the most frequent regime where several count; without
    draws the sectors of each table below it.
    """
    ranges, note = _over(drawn)
    measure = Measure.of(found.unit, found.table, found.total)
    rows = list(_rows(found, model, measure, ranges))
    what = about(found, model)
    unit = "score" if found.unit in (SHARE, AT_STAKE) else measure.unit
    title = _title(found, model, drawn, ranges)
    shown = ", median and 90 % range" if ranges else ""
    return BarChart(
        name="tables",
        title=title,
        subtitle=f"What each table adds to {what}, {unit} (Shapley value{shown})",
        alt=f"{title}. Bars, the largest first: {', '.join(row.name for row in rows)}.",
        table=Table.of(
            [
                "at stake",
                *(TableColumn(name, Form.CHANGE, unit) for name in ("value", "5 %", "95 %")),
            ],
            [[row.name, row.value, row.low, row.high] for row in rows],
        ),
        notes=(
            *([note] if note else []),
            *(["Lighter bars: Owen values of the sectors of a table."] if _nested(rows) else []),
            f"Concept: {made['concept']}. Threat point: {made['threat_point']}.",
            f"{opening(made['horizon'].split(':')[0])}.",
            f"Source: negotiation {made['negotiation_version']}, model {made['model']} "
            f"{made['model_digest']}; {made['parameters']}.",
        ),
        bars=tuple(rows),
        form=Form.CHANGE,
    )


def about(found: Attribution, model: Model) -> str:
    """What is taken apart, in words."""
    head, _, side = found.of.partition(".")
    words = {
        "delta": "what a deal gives {who}",
        "loss": "what {who} loses without a deal",
        "ncl": "the net concession leverage of {who}",
    }
    return words[head].format(who=model.named(side)) if side and head in words else found.of


def table_name(model: Model, name: str) -> str:
    """A table or sector in words."""
    return opening(type(model).names.get(name, name.replace("_", " ")))


def _over(drawn: Shares | None) -> tuple[dict[str, DrawRange], str]:
    """Ranges of the tables and of the whole, and over which draws; empty where draws are few."""
    if drawn is None or not drawn.defined.any():
        return {}, ""
    if drawn.pooled and math.isfinite(drawn.total_band.low):
        return {**drawn.bands(), "": drawn.total_band}, f"Over {int(drawn.defined.sum())} draws."
    first = drawn.regimes[0]
    whole = by_regime(drawn.total, np.where(drawn.defined, drawn.regime, ""))
    if not math.isfinite(whole[first].low):
        return {}, ""
    ranges = {name: parts[first] for name, parts in drawn.bands_by_regime().items()}
    often = in_draws(whole[first].share, len(drawn))
    return {**ranges, "": whole[first]}, f"Over the draws in which {first} is played: {often}."


def _rows(
    found: Attribution, model: Model, measure: Measure, ranges: dict[str, DrawRange]
) -> Iterator[BarRow]:
    def row(key: str, name: str, value: float, *, total: bool = False) -> BarRow:
        band = ranges.get(key)
        if band is None or not math.isfinite(band.median):
            return BarRow(name, value / measure.scale, tone=_tone(value), total=total)
        low, high = (
            each / measure.scale if math.isfinite(each) else None for each in (band.low, band.high)
        )
        median = band.median / measure.scale
        return BarRow(name, median, low, high, _tone(median), total)

    def size(k: int) -> float:
        band = ranges.get(found.tables[k])
        return -abs(float(found.table[k]) if band is None else band.median)

    yield row("", "All tables together", float(found.total), total=True)
    for k in sorted(range(len(found.tables)), key=size):
        yield row(found.tables[k], table_name(model, found.tables[k]), float(found.table[k]))
        if found.sectors and len(found.unions[k]) > 1 and not ranges:
            for s in sorted(found.unions[k], key=lambda s: -abs(found.sector[s])):
                value = float(found.sector[s]) / measure.scale
                yield BarRow(_sector(model, found.sectors[s]), value, tone=_tone(value), part=True)


def _sector(model: Model, name: str) -> str:
    """A sector in words, where the model has trade data that say them."""
    world = model.ask("trade_world")
    known: dict[str, str] = {}
    if world is not None:
        known = dict(zip(world.sectors, world.sector_names, strict=False))
    return known.get(name, table_name(model, name))


def _tone(value: float) -> Tone:
    return Tone.SECOND if value > 0.0 else Tone.FIRST


def _nested(rows: list[BarRow]) -> bool:
    return any(row.part for row in rows)


def _title(
    found: Attribution, model: Model, drawn: Shares | None, ranges: dict[str, DrawRange]
) -> str:
    """Return the finding: the score, and the table that accounts for most of it."""
    total = ranges[""].median if ranges else float(found.total)
    parts = [
        ranges[name].median if ranges else float(v)
        for name, v in zip(found.tables, found.table, strict=True)
    ]
    whole = _said(found, model, total if found.starts_at_zero or ranges else float(found.whole))
    first = max(range(len(parts)), key=lambda k: abs(parts[k]))
    name = type(model).names.get(found.tables[first], found.tables[first].replace("_", " "))
    share = parts[first] / total if total else math.nan
    if not bool(found.starts_at_zero) or not 0.0 < share <= 1.0:
        return f"{opening(whole)}; {name} moves it most"
    if share > 0.5:
        return f"{opening(whole)}: more than half of it is for {name}"
    return f"{opening(whole)}: the largest part, {100.0 * share:.0f} %, is for {name}"


def _said(found: Attribution, model: Model, total: float) -> str:
    """The score as a clause."""
    head, _, side = found.of.partition(".")
    who = model.named(side) if side else ""
    if found.unit in (SHARE, AT_STAKE):
        return f"{about(found, model)} is {total:+.2f}".replace("-", MINUS)
    size = sized(math.nan, abs(total), math.nan, found.unit)
    if head == "delta":
        return f"in a deal {who} {'concedes' if total < 0.0 else 'gains'} {size}"
    if head == "loss":
        return f"without a deal {who} {'loses' if total > 0.0 else 'gains'} {size}"
    return f"{about(found, model)} is {MINUS if total < 0.0 else ''}{size}"


if not TYPE_CHECKING:  # a checker would take any name for one that is there
    __getattr__ = names_of(__name__)
