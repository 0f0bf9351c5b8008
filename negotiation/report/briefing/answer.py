"""The first screen: what today, a breakdown and a deal are worth; and talks that fail."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from negotiation.games.game import Array
from negotiation.report.briefing import deal, leverage, sure
from negotiation.report.briefing.told import TONES, Told, harsh_share, middle
from negotiation.report.document import (
    Block,
    Cell,
    Form,
    Heading,
    Items,
    Marked,
    Paragraph,
    Table,
    TableColumn,
)
from negotiation.report.figure import DrawnRange, Interval, IntervalChart
from negotiation.report.playing import harsh, playing, plays
from negotiation.tolerances import RARE_REGIME, SAME_VALUE
from negotiation.words import opening as large

#: Regimes by which the first screen tells a deal that depends on them.
_MOST_REGIMES = 2

#: Signals whose frequency is told where talks fail.
_EVENTS = ("walk-out", "break-off", "yields")

#: Titles of later parts that the first screen tells as well.
_FINDINGS = (deal.finding, leverage.finding, sure.finding)


def opening(told: Told) -> Iterator[Block]:
    """The title, and what a reader with one minute reads."""
    lang = told.lang
    kick = lang.say("kick", **told.fields(), model=told.model.name())
    yield Heading(_title(told), 1, kick)
    if told.found.lever is not None and told.found.lever.unfinished:
        yield Paragraph(lang.say("unfinished", progress=told.found.lever.unfinished))
    if not told.found.certified:
        yield Paragraph(lang.say("uncertified", status=str(told.found.point.status)))
    for each in _lede(told):
        yield Paragraph(each)


def worse(told: Told) -> list[float]:
    """By player the share of draws in which a deal is worse than the dispute it ends."""
    found = []
    for player in told.players if told.talks and told.lasting else ():
        short = told.values(f"delta_{player}") - told.values(f"inside_{player}")
        rows = told.rows() & np.isfinite(short)
        size = np.nanmax(np.abs(told.values(f"inside_{player}")), initial=0.0)
        found.append(float(np.mean(short[rows] < -SAME_VALUE * size)) if rows.any() else 0.0)
    return found


def _title(told: Told) -> str:
    """The finding in one line."""
    lang = told.lang
    if not told.talks:
        return lang.say("title", "game", **told.fields())
    if told.lasting:
        shares = worse(told)
        if max(shares) < RARE_REGIME:
            return lang.say("title", "better")
        most = int(np.argmax(shares))
        often = told.often(shares[most])
        how = "worse" if told.counted else "worse_point"
        return lang.say("title", how, player=told.names[most], often=often)
    surplus = told.values("surplus")[told.rows()]
    return lang.say("title", "gain" if middle(surplus) > 0.0 else "no_deal")


def _lede(told: Told) -> Iterator[str]:
    """Three or four paragraphs: what is worse first, today, a breakdown, a deal."""
    lang = told.lang
    first, how = [], "drawn" if told.counted else "point"
    for player, share in enumerate(worse(told)):
        if share > 0.0:
            first.append(lang.say("worse", how, player=told.names[player], often=told.often(share)))
    if first:
        yield " ".join(first)
    if told.lasting:
        yield " ".join(_each(told, "today", "inside_{}"))
    yield " ".join(_breakdown(told))
    if told.talks:
        yield " ".join(_deal(told))
    more = [each(told) for each in _FINDINGS]
    if any(more):
        yield " ".join(f"{each}." for each in more if each)


def _each(told: Told, name: str, column: str, regime: int | None = None) -> Iterator[str]:
    """A sentence for each player about a column."""
    for p, player in enumerate(told.players):
        amounts = told.of(told.values(column.format(player)), told.rows(regime))
        if amounts is not None:
            yield told.money_sentence(f"{name}_other" if p else name, p, amounts)


def _breakdown(told: Told) -> Iterator[str]:
    """How often the second side escalates, and what the most frequent outcome costs."""
    lang = told.lang
    if told.bands is not None and len(told.regimes) > 1:
        found = harsh(told.model, told.players[1])
        if found is not None:
            often = told.often(harsh_share(told, 1, found[0]))
            yield lang.say("harsh", player=told.names[1], does=found[1], often=often)
    if not told.regimes:
        yield lang.say("no_regime")
        return
    main = told.regimes[0]
    if told.bands is None:
        where = "point_lasting" if told.lasting else "point"
        yield lang.say("breakdown", where, what=main.words)
    else:
        several = "drawn" if len(told.regimes) < 2 else "most"
        yield lang.say("breakdown", several, what=main.words, often=told.often(main.share))
    yield from _each(told, "then", told.money(), main.place)


def _over(told: Told, player: str) -> tuple[Array, str]:
    """What a deal adds to the dispute, or to no deal, draw by draw."""
    delta = told.values(f"delta_{player}")
    if told.lasting:
        return delta - told.values(f"inside_{player}"), "over_today"
    return delta - told.values(f"gain_{player}"), "over_no_deal"


def _deal(told: Told) -> Iterator[str]:
    """What a deal is worth, by regime where it depends on one, and what a side may concede."""
    pooled, giver = told.pooled(f"delta_{told.players[0]}"), _giver(told)
    if pooled and giver is not None:
        gives = told.of(told.values(f"delta_{told.players[giver]}"), told.rows())
        if gives is not None:
            yield told.money_sentence("gives", giver, gives, other=told.names[1 - giver])
    for regime in [None] if pooled else told.regimes[:_MOST_REGIMES]:
        place, what = (None, "") if regime is None else (regime.place, regime.words)
        for p, player in enumerate(told.players):
            values, name = _over(told, player)
            amounts = told.of(values, told.rows(place))
            if amounts is not None:
                name = f"{name}_other" if p else name if pooled else f"{name}_where"
                yield told.money_sentence(name, p, amounts, what=what)
    if giver is not None and told.pooled(f"gain_{told.players[giver]}"):
        gain = told.of(-told.values(f"gain_{told.players[giver]}"), told.rows())
        if gain is not None and gain.middle > 0.0 and not gain.even:
            yield told.money_sentence("concede", giver, gain)


def _giver(told: Told) -> int | None:
    """Who concedes in the deal of the middle draw; None where nobody does."""
    delta = told.values(f"delta_{told.players[0]}")[told.rows()]
    found = middle(delta)
    return 0 if found < 0.0 else 1 if found > 0.0 else None


# --- the situations -------------------------------------------------------------------------------


def blocks(told: Told) -> Iterator[Block]:
    """All situations side by side, and more about each."""
    yield _situations(told)
    more = list(_revealed(told))
    if more:
        yield Items(tuple(more))


def _situations(told: Told) -> IntervalChart:
    lang = told.lang
    rows: list[Interval] = []
    shares: list[float | None] = []

    def add(
        name: str, detail: str, column: str, regime: int | None, share: float | None, strong: bool
    ) -> None:
        spreads = tuple(
            told.spread(told.values(column.format(player)), told.rows(regime))
            for player in told.players
        )
        rows.append(Interval(name, detail, spreads, strong))
        shares.append(share)

    if told.lasting:
        add(lang.say("row", "today"), _in_force(told), "inside_{}", None, None, False)
    for each in told.regimes:
        often = "" if told.bands is None else told.often(each.share)
        name = lang.say("row", "breakdown", what=each.words)
        share = None if told.bands is None else each.share
        add(name, often, told.money(), each.place, share, False)
    if told.other > 0.0:
        detail = told.often(told.other)
        rows.append(Interval(lang.say("row", "other"), detail, (None, None)))
        shares.append(told.other)
    if told.talks:
        if told.pooled(f"delta_{told.players[0]}"):
            detail = lang.say("row", "deal_detail", solution=told.case.solution)
            add(lang.say("row", "deal"), detail, "delta_{}", None, None, True)
        else:
            for each in told.regimes:
                name = lang.say("row", "deal_after", what=each.words)
                add(name, told.often(each.share), "delta_{}", each.place, each.share, True)
    columns: list[TableColumn | str] = [lang.say("column", "situation")]
    if told.bands is not None:
        columns.append(TableColumn(lang.say("column", "hundred")))
    for head in told.heads:
        name = head if told.bands is None else lang.say("column", "median_of", player=head)
        columns.append(TableColumn(name, Form.ROUNDED))
        if told.bands is not None:
            columns.append(TableColumn(lang.say("column", "low"), Form.ROUNDED))
            columns.append(TableColumn(lang.say("column", "high"), Form.ROUNDED))
    cells = []
    for row, share in zip(rows, shares, strict=True):
        line: list[Cell] = [row.name]
        if told.bands is not None:
            line.append(None if share is None else round(100.0 * share, 1))
        for found in row.ranges:
            line += _three(found) if told.bands is not None else _three(found)[:1]
        cells.append(line)
    notes = [lang.say("note", "horizon", horizon=_horizon(told))]
    if told.bands is not None:
        notes.append(lang.say("note", "draws", draws=told.counted))
    notes.append(lang.say("note", "costs" if told.model.political_costs else "money"))
    title = lang.say("situations", "lasting" if told.lasting else "plain")
    return IntervalChart(
        name="answer",
        title=title,
        subtitle=lang.say(
            "measure", "range" if told.bands is not None else "point", unit=told.unit
        ),
        alt=lang.say("alt", "situations", **told.fields()),
        table=Table.of(columns, cells),
        notes=tuple(notes),
        columns=tuple(told.heads),
        tones=TONES,
        rows=tuple(rows),
    )


def _three(found: DrawnRange | None) -> list[Cell]:
    return [None] * 3 if found is None else [found.median, found.low, found.high]


def _horizon(told: Told) -> str:
    return str(told.model.ask("horizon_here"))


def _in_force(told: Told) -> str:
    """From when on the duties of both hold, where that is known."""
    facts = told.found.trade
    days = [] if facts is None else [each.kept.date for each in facts.duties.values()]
    days = [day for day in days if day]
    return told.lang.say("row", "since", day=told.lang.day(max(days))) if days else ""


def _revealed(told: Told) -> Iterator[str]:
    """The breakdown at the political costs that today reveals."""
    beside = None if told.bands is None else told.bands.beside
    if beside is None or not beside.counted[0]:
        return
    for r in list(beside.shown())[:1]:
        what = playing(told.model, beside.regimes[r].support)
        often = told.often(float(beside.share[0, r]), int(beside.counted[0]))
        yield told.lang.say("revealed", what=what, often=often)


# --- if talks fail --------------------------------------------------------------------------------


def fails(told: Told) -> Iterator[Block]:
    """The game as a table in words, with its equilibria and how often each is chosen."""
    lang, game = told.lang, told.found.point.game
    payoffs = np.asarray(game.payoffs, dtype=float)  # (2, A1, A2)
    chosen = {each.support: each.share for each in told.regimes}
    here = str(told.found.point.selection.support)
    ours, theirs = told.model.actions
    heads: list[TableColumn | str] = [lang.say("column", "actions")]
    heads += [_does(told, 1, action) for action in theirs]
    rows = []
    for i, one in enumerate(ours):
        row: list[Cell] = [_does(told, 0, one)]
        for j, two in enumerate(theirs):
            text = " / ".join(
                lang.rounded(float(payoffs[p, i, j]) / told.scale, signed=True) for p in range(2)
            )
            support = f"{one}/{two}"
            often = told.often(chosen[support]) if support in chosen and told.counted else ""
            mark = ("equilibrium" if support == here else "") + ("chosen" if often else "")
            if mark:
                text += "\n" + lang.phrase("cell", mark, often=often)
            row.append(Marked(text) if support == here else text)
        rows.append(row)
    told_notes = [lang.say("note", "matrix", **told.fields(), unit=told.unit)]
    mixed = [each for each in told.regimes if "+" in each.support]
    if mixed and told.bands is not None:
        told_notes += [
            lang.say("breakdown", "drawn", what=each.words, often=told.often(each.share))
            for each in mixed
        ]
    yield Heading(_fails_title(told), 3)
    yield Table.of(heads, rows, notes=told_notes)
    sentences = []
    if told.bands is not None:
        for event in told.bands.events():
            if event.signal.name in _EVENTS:
                share = float(event.probability.value[0])
                who = told.model.named(event.signal.side)
                sentences.append(
                    lang.say("event", event.signal.name, player=who, often=told.often(share))
                )
    if sentences:
        yield Items(tuple(sentences))


def _does(told: Told, place: int, action: str) -> str:
    return large(f"{told.names[place]} {plays(told.model, told.players[place], action)}")


def _fails_title(told: Told) -> str:
    """Whether the second side's threat is what it would do, and how often."""
    lang = told.lang
    main = told.regimes[0] if told.regimes else None
    if main is None:
        return lang.say("fails", "none")
    if told.bands is None:
        return lang.say("fails", "point", what=main.words)
    return lang.say("fails", "drawn", what=main.words, often=told.often(main.share))


__all__ = ["blocks", "fails", "harsh_share", "opening", "worse"]
