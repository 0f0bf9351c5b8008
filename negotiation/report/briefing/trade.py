"""Who depends on whom, and which duties there are."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator

import numpy as np

from negotiation.report.amounts import Amounts
from negotiation.report.briefing.told import TONES, Told
from negotiation.report.document import Block, Cell, Form, Table, TableColumn
from negotiation.report.figure import ButterflyChart, Facing, ShareChart, ShareRow, StepChart, Tone
from negotiation.study.trade_facts import BANDS, PlayerDuties, SectorTrade
from negotiation.words import opening

#: Rows of a chart of sectors.
_MOST = 12

#: A change of a mean rate that is none.
_SAME_RATE = 5e-4

#: Statuses of schedules that are on the line of mean rates.
_LINE = ("superseded", "in_force", "announced")


def dependence(told: Told) -> Iterator[Block]:
    """Shares of what each side needs the other for, by sector."""
    facts, lang = told.found.trade, told.lang
    if facts is None:
        return
    rows = facts.sectors[:_MOST]
    left = lang.say("column", "of_exports", **told.fields())
    right = lang.say("column", "of_use", **told.fields())
    columns: list[TableColumn | str] = [
        lang.say("column", "sector"),
        TableColumn(lang.say("column", "sales", **told.fields()), Form.MONEY),
        left,
        right,
    ]
    whole = SectorTrade(
        lang.say("row", "all_sectors"),
        facts.whole.sales,
        facts.whole.of_exports,
        facts.whole.of_use,
    )
    cells: list[list[Cell]] = [
        [
            each.name,
            each.sales / told.scale,
            lang.percent(each.of_exports),
            lang.percent(each.of_use),
        ]
        for each in (whole, *rows)
    ]
    biggest = rows[0]
    yield ButterflyChart(
        name="dependence",
        title=lang.say(
            "dependence_title",
            "more" if biggest.of_exports > biggest.of_use else "less",
            **told.fields(),
            sector=biggest.name[:1].lower() + biggest.name[1:],
            exports=lang.percent(biggest.of_exports),
            use=lang.percent(biggest.of_use),
        ),
        subtitle=lang.say("measure", "dependence", **told.fields()),
        alt=lang.say("alt", "dependence", **told.fields()),
        table=Table.of(columns, cells, lang.say("measure", "sales", unit=told.unit)),
        notes=(lang.say("note", "dependence"),),
        left=left,
        right=right,
        rows=tuple(
            Facing(
                each.name,
                each.of_exports,
                each.of_use,
                lang.phrase("row", "sales", money=_money(told, each.sales)),
                "",
            )
            for each in (whole, *rows)
        ),
    )


def _money(told: Told, value: float) -> str:
    amounts = Amounts(math.nan, value, math.nan, type(told.model).payoff_unit)
    return told.lang.money(amounts)


def duties(told: Told) -> Iterator[Block]:
    """Duties by sector and rate, over time, and what their legal status is."""
    facts = told.found.trade
    if facts is None or not facts.duties:
        return
    for player in reversed(told.players):
        if player in facts.duties:
            yield _by_rate(told, facts.duties[player])
    step = _over_time(told)
    if step is not None:
        yield step
    yield _schedules(told)
    for player in reversed(told.players):
        if player in facts.duties:
            yield _lines(told, facts.duties[player])


def _names(told: Told, found: PlayerDuties) -> dict[str, str]:
    """The player, and the other whose goods are taxed."""
    own = told.players.index(found.player)
    return {"player": told.names[own], "other": told.names[1 - own]}


def _by_rate(told: Told, found: PlayerDuties) -> ShareChart:
    lang = told.lang
    bands = [lang.say("rate", "none")]
    bands += [
        lang.say("rate", "between", low=lang.percent(low), high=lang.percent(high))
        for low, high in itertools.pairwise(BANDS)
    ]
    bands += [lang.say("rate", "above", low=lang.percent(BANDS[-1])), lang.say("rate", "ban")]
    used = [k for k in range(len(bands)) if any(each.shares[k] > 0.0 for each in found.sectors)]
    rows = sorted(found.sectors[:_MOST], key=lambda each: -np.nan_to_num(each.mean, nan=9.0))
    columns: list[TableColumn | str] = [
        lang.say("column", "sector"),
        *(bands[k] for k in used),
        lang.say("column", "mean_rate"),
    ]
    cells: list[list[Cell]] = [
        [each.name, *(lang.percent(each.shares[k]) for k in used), lang.percent(each.mean, 1)]
        for each in rows
    ]
    worst = rows[0]
    names = _names(told, found)
    sector = worst.name[:1].lower() + worst.name[1:]
    return ShareChart(
        name=f"duties-{found.player.replace('_', '-').lower()}",
        title=lang.say(
            "duties_title",
            "some" if worst.mean > 0.0 else "none",
            **names,
            sector=sector,
            mean=lang.percent(worst.mean),
        ),
        subtitle=lang.say("measure", "duties", **names, mean=lang.percent(found.mean, 1)),
        alt=lang.say("alt", "duties", **names),
        table=Table.of(columns, cells),
        notes=(
            lang.say(
                "note",
                "schedule" if found.kept.date else "list",
                day=lang.day(found.kept.date) if found.kept.date else found.kept.name,
                status=lang.phrase("status", found.kept.status),
                basis=found.kept.legal_basis or lang.phrase("status", "no_basis"),
            ),
        ),
        bands=tuple(bands[k] for k in used),
        rows=tuple(
            ShareRow(
                each.name,
                tuple(each.shares[k] for k in used),
                lang.phrase("row", "mean", mean=lang.percent(each.mean)),
            )
            for each in rows
        ),
    )


def _over_time(told: Told) -> StepChart | None:
    """Mean rates from day to day; duties that are void never held, and are left out."""
    facts, lang = told.found.trade, told.lang
    assert facts is not None
    known = {
        player: [(each, mean) for each, mean in found.dated if each.status in _LINE]
        for player, found in facts.duties.items()
    }
    days = sorted({each.date for rows in known.values() for each, _ in rows})
    if len(days) < 2:
        return None
    ahead = tuple(
        sorted({e.date for rows in known.values() for e, _ in rows if e.status == "announced"})
    )
    lines = []
    for p, player in enumerate(told.players):
        if player not in known:
            continue
        rates: list[float] = []
        for day in days:
            held = [mean for each, mean in known[player] if each.date <= day]
            rates.append(held[-1] if held else math.nan)
        lines.append((_line_name(told, p), TONES[p], tuple(rates)))
    columns = [lang.say("column", "day"), *(name for name, *_ in lines)]
    cells: list[list[Cell]] = [
        [
            lang.phrase("row", "announced", day=lang.day(day)) if day in ahead else lang.day(day),
            *("" if math.isnan(rates[k]) else lang.percent(rates[k], 1) for *_, rates in lines),
        ]
        for k, day in enumerate(days)
    ]
    return StepChart(
        name="duties-over-time",
        title=_time_title(told, days, lines, ahead),
        subtitle=lang.say("measure", "means"),
        alt=lang.say("alt", "means", **told.fields()),
        table=Table.of(columns, cells),
        notes=(lang.say("note", "means"), *_announced(told, days, lines, ahead)),
        days=tuple(days),
        lines=tuple(lines),
        announced=ahead,
    )


def _announced(
    told: Told,
    days: list[str],
    lines: list[tuple[str, Tone, tuple[float, ...]]],
    ahead: tuple[str, ...],
) -> Iterator[str]:
    """What is announced and changes a mean rate: nothing in the report counts it."""
    for name, _, rates in lines:
        for k, day in enumerate(days):
            if day in ahead and k and abs(rates[k] - rates[k - 1]) > _SAME_RATE:
                mean = told.lang.percent(rates[k], 1)
                yield told.lang.say(
                    "note",
                    "announced",
                    duties=name,
                    day=told.lang.day(day),
                    mean=mean,
                )


def _line_name(told: Told, place: int) -> str:
    return told.lang.say("curve", "duties", player=told.names[place], other=told.names[1 - place])


def _time_title(told: Told, days: list[str], lines: list, ahead: tuple[str, ...]) -> str:  # type: ignore[type-arg]
    """Which way the rates of the second player went."""
    rates = lines[-1][2]
    held = [rate for day, rate in zip(days, rates, strict=True) if day not in ahead]
    held = [rate for rate in held if not math.isnan(rate)]
    if len(held) < 2 or abs(held[-1] - held[0]) < 0.002:
        variant = "level"
    else:
        variant = "risen" if held[-1] > held[0] else "fallen"
    first, last = (held[0], held[-1]) if held else (math.nan, math.nan)
    return told.lang.say(
        "time_title",
        variant,
        player=told.names[-1],
        first=told.lang.percent(first, 1),
        last=told.lang.percent(last, 1),
    )


def _schedules(told: Told) -> Table:
    """Every schedule with its status and legal basis."""
    facts, lang = told.found.trade, told.lang
    assert facts is not None
    columns: list[TableColumn | str] = [
        lang.say("column", each) for each in ("whose", "day", "status", "mean_rate", "basis")
    ]
    rows: list[list[Cell]] = []
    for p, player in enumerate(told.players):
        for each, mean in facts.duties[player].dated if player in facts.duties else ():
            kept = each.name == facts.duties[player].kept.name
            status = lang.phrase("status", each.status)
            rows.append(
                [
                    told.heads[p],
                    lang.day(each.date),
                    lang.phrase("row", "kept", status=status) if kept else status,
                    lang.percent(mean, 1),
                    each.legal_basis,
                ]
            )
    return Table.of(columns, rows, lang.say("schedules"), folded=True)


def _lines(told: Told, found: PlayerDuties) -> Table:
    """The lines of the duties that are kept, with the law behind each."""
    lang = told.lang
    columns = [lang.say("column", each) for each in ("part", "rate", "basis", "sectors")]
    assert told.found.trade is not None
    sectors = told.found.trade.names
    seen: dict[tuple[str, str, str], list[str]] = {}
    for line in found.kept.lines:
        if line.rate or line.banned:
            rate = lang.say("rate", "ban") if line.banned else lang.percent(line.rate, 1)
            part = _part(told, line.part) if line.part else lang.say("row", "whole")
            seen.setdefault((part, rate, line.legal_basis), []).append(line.sector)
    rows: list[list[Cell]] = [
        [part, rate, basis, "; ".join(sectors.get(code, code) for code in dict.fromkeys(codes))]
        for (part, rate, basis), codes in seen.items()
    ]
    return Table.of(columns, rows, lang.say("lines", **_names(told, found)), folded=True)


def _part(told: Told, name: str) -> str:
    """A part of a sector's trade, as far as the model has words; its rate stands beside it."""
    names = {
        each.removeprefix("duty."): words
        for each, words in type(told.model).names.items()
        if each.startswith("duty.")
    }
    found = []
    for piece in name.split("+"):
        text = re.sub(r"_\d{1,2}$", "", piece)
        text = f" {text.replace('_', ' ')} "
        for code, words in names.items():
            text = text.replace(f" {code.replace('_', ' ')} ", f" {words} ")
        found.append(text.strip())
    return opening(" + ".join(found))


__all__ = ["dependence", "duties"]
