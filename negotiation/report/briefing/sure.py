"""How sure the deal is: what each assumption does, and what decides the range."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from negotiation.report.briefing.told import Told
from negotiation.report.document import Block, Cell, Form, Items, Table, TableColumn
from negotiation.report.figure import Swing, TornadoChart
from negotiation.study.sensitivity import Bar
from negotiation.words import opening

#: Assumptions on the chart.
_MOST = 10

#: Letters of an assumption from which on its alternatives are left out.
_LONG = 60

#: A bar that is this small a part of the largest is not shown.
_SMALL = 0.02


def blocks(told: Told) -> Iterator[Block]:
    """The tornado, the shares of the variance, and how sure the sign is."""
    if told.bands is None:
        return
    bars = shown(told)
    if bars:
        yield _tornado(told, bars)
    sentences = list(_signs(told))
    if sentences:
        yield Items(tuple(sentences))
    if told.found.explained:
        yield _explained(told)


def _title(told: Told, bars: list[Bar]) -> str:
    does = "gains" if _base(told) > 0.0 else "concedes"
    return told.lang.say(
        "sure_title",
        "turns" if any(each.turns for each in bars) else "holds",
        assumption=_bar_phrase(told, bars[0]),
        threat=told.threat(),
        player=told.names[0],
        does=told.lang.phrase("does", does),
    )


def shown(told: Told) -> list[Bar]:
    """Assumptions that move the deal by more than a trifle, the largest first."""
    bars = [each for each in told.found.bars if "." not in each.input or each.group == ""]
    parts = [each for each in told.found.bars if each not in bars]
    whole = {each.input for each in bars}
    bars += [each for each in parts if each.input.partition(".")[0] not in whole]
    bars.sort(key=lambda each: -each.width)
    largest = bars[0].width if bars else 0.0
    return [each for each in bars if each.width > _SMALL * largest and each.width > 0.0][:_MOST]


def _base(told: Told) -> float:
    """The deal, or the payoff where there are no talks, at the point."""
    name = f"delta_{told.players[0]}" if told.talks else f"payoff_{told.players[0]}"
    return float(np.asarray(told.found.at_point[name].values, dtype=float).reshape(-1)[0])


def bar_name(told: Told, bar: Bar) -> str:
    """What an assumption is, without the alternatives that follow it."""
    return opening(_bar_phrase(told, bar))


def _bar_phrase(told: Told, bar: Bar) -> str:
    """The same within a sentence."""
    known = type(told.model).names.get(bar.input)
    if known:
        return known
    about = (bar.about or bar.input.replace("_", " ")).removeprefix("all ")
    for mark in (";", ":", ","):
        if len(about) > _LONG:
            about = about.split(mark)[0]
    return about


def _end(told: Told, bar: Bar, at: str | float) -> str:
    if isinstance(at, str):
        return type(told.model).names.get(f"{bar.input}.{at}", at.replace("_", " "))
    spec = told.model.find_parameter(bar.input.partition(".")[0])
    share = spec.upper is not None and spec.upper <= 1.0
    rate = "rate" in bar.unit or bar.unit.startswith("share")
    return told.lang.percent(at) if share or rate else told.lang.number(at, 2)


def _tornado(told: Told, bars: list[Bar]) -> TornadoChart:
    lang = told.lang
    base = _base(told)
    swings = tuple(
        Swing(
            bar_name(told, each),
            _end(told, each, each.low_at),
            _end(told, each, each.high_at),
            each.low / told.scale,
            each.high / told.scale,
            each.turns,
        )
        for each in bars
    )
    columns: list[TableColumn | str] = [
        lang.say("column", "assumption"),
        lang.say("column", "one_end"),
        TableColumn(lang.say("column", "deal_there"), Form.ROUNDED),
        lang.say("column", "other_end"),
        TableColumn(lang.say("column", "deal_there"), Form.ROUNDED),
    ]
    rows: list[list[Cell]] = [
        [each.name, each.low_name, each.low, each.high_name, each.high] for each in swings
    ]
    return TornadoChart(
        name="assumptions-one-by-one",
        title=_title(told, bars),
        subtitle=lang.say(
            "measure", "deal" if told.talks else "payoff", player=told.names[0], unit=told.unit
        ),
        alt=lang.say("alt", "tornado", player=told.names[0]),
        table=Table.of(columns, rows),
        notes=(lang.say("note", "tornado"),),
        base=base / told.scale,
        swings=swings,
    )


def _signs(told: Told) -> Iterator[str]:
    """In how many draws the sign of the deal is the other, and whether that is decided."""
    lang = told.lang
    if not told.talks or not told.pooled(f"delta_{told.players[0]}"):
        return
    delta = told.values(f"delta_{told.players[0]}")[told.rows()]
    delta = delta[np.isfinite(delta)]
    if not delta.size:
        return
    negative = float(np.mean(delta < 0.0))
    often = told.often(max(negative, 1.0 - negative))
    yield lang.say(
        "sign", "concedes" if negative >= 0.5 else "gains", player=told.names[0], often=often
    )


def _explained(told: Told) -> Table:
    lang = told.lang
    columns = [lang.say("column", "group"), lang.say("column", "explained")]
    rows: list[list[Cell]] = [
        [opening(type(told.model).names.get(name, name.replace("_", " "))), lang.percent(share)]
        for name, share in told.found.explained.items()
    ]
    return Table.of(
        columns, rows, lang.say("explained"), (lang.say("note", "explained", threat=told.threat()),)
    )


__all__ = ["bar_name", "blocks", "shown"]
