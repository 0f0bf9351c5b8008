"""The first screen: what today, a breakdown and a deal are worth; and talks that fail."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from negotiation.case import POSTURE
from negotiation.games.game import Array
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
from negotiation.report.sentences import effect
from negotiation.tolerances import RARE_REGIME, SAME_VALUE
from negotiation.words import opening as large

#: Regimes by which the first screen tells a deal that depends on them.
_MOST_REGIMES = 2

#: Signals whose frequency is told where talks fail.
_EVENTS = ("walk-out", "yields")


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
    yield _situations(told)


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
    """Four sentences: what is worse first, the deal, how far it may go, a breakdown, politics."""
    lang = told.lang
    first, how = [], "drawn" if told.counted else "point"
    for player, share in enumerate(worse(told)):
        if share > 0.0:
            first.append(lang.say("worse", how, player=told.names[player], often=told.often(share)))
    if told.talks:
        first += _deal(told)
    if first:
        yield " ".join(first)
    yield " ".join(_breakdown(told))


def _breakdown(told: Told) -> Iterator[str]:
    """How often the second side escalates, and what it does at the political costs of today."""
    lang = told.lang
    found = harsh(told.model, told.players[1])
    revealed, where = _revealed(told), "posture" if told.case.threat == POSTURE else "instead"
    if told.bands is not None and len(told.regimes) > 1 and found is not None:
        often = told.often(harsh_share(told, 1, found[0]))
        yield lang.say("harsh", where, player=told.names[1], does=found[1], often=often)
    elif not told.regimes:
        yield lang.say("no_regime")
    elif told.bands is None:
        yield lang.say(
            "breakdown",
            "point_lasting" if told.lasting else "point",
            what=told.regimes[0].words,
        )
    else:
        main = told.regimes[0]
        yield lang.say("breakdown", "drawn", what=main.words, often=told.often(main.share))
    if revealed is not None:
        yield lang.say("revealed", what=revealed[0], often=revealed[1])
        if not told.charged:
            yield lang.say("politics")


def _revealed(told: Told) -> tuple[str, str] | None:
    """What a breakdown leads to at the political costs that today reveals, and how often."""
    beside = None if told.bands is None else told.bands.beside
    if beside is None or not beside.counted[0]:
        return None
    for r in list(beside.shown())[:1]:
        support = beside.regimes[r].support
        often = told.often(float(beside.share[0, r]), int(beside.counted[0]))
        if support == "/".join(str(each) for each in told.model.observed):
            return told.lang.phrase("both_today"), often
        return playing(told.model, support), often
    return None


def _over(told: Told, player: str) -> tuple[Array, str]:
    """What a deal adds to the dispute, or to no deal, draw by draw."""
    delta = told.values(f"delta_{player}")
    if told.lasting:
        return delta - told.values(f"inside_{player}"), "over_today"
    return delta - told.values(f"gain_{player}"), "over_no_deal"


def _deal(told: Told) -> Iterator[str]:
    """What a side concedes, what it saves and what is left; up to where it may go."""
    pooled, giver = told.pooled(f"delta_{told.players[0]}"), _giver(told)
    whole = _saves(told, giver) if pooled and giver is not None and told.lasting else ""
    if whole:
        yield whole
    else:
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
            yield told.money_sentence("concede", giver, gain, threat=told.threat())


def _saves(told: Told, giver: int) -> str:
    """What a side concedes, the loss that it saves so, and the net; empty where one is no loss."""
    player = told.players[giver]
    delta, inside = told.values(f"delta_{player}"), told.values(f"inside_{player}")
    gives = told.of(-delta, told.rows())
    saves, net = told.of(-inside, told.rows()), told.of(delta - inside, told.rows())
    if gives is None or saves is None or net is None:
        return ""
    if effect(gives) != "gains" or effect(saves) != "gains" or net.middle <= 0.0 or net.even:
        return ""
    lang = told.lang
    return lang.say(
        "saves",
        "range" if lang.range(gives) else "median",
        player=told.names[giver],
        other=told.names[1 - giver],
        gives=lang.money(gives),
        range=lang.range(gives),
        saves=lang.money(saves),
        net=lang.money(net),
    )


def _giver(told: Told) -> int | None:
    """Who concedes in the deal of the middle draw; None where nobody does."""
    delta = told.values(f"delta_{told.players[0]}")[told.rows()]
    found = middle(delta)
    return 0 if found < 0.0 else 1 if found > 0.0 else None


# --- the situations -------------------------------------------------------------------------------


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
    broken = told.regimes[:_MOST_REGIMES]
    for each in broken:
        often = "" if told.bands is None else told.often(each.share)
        name = lang.say("row", "breakdown", what=each.words)
        share = None if told.bands is None else each.share
        add(name, often, told.money(), each.place, share, False)
    if told.talks:
        if told.pooled(f"delta_{told.players[0]}"):
            how = "deal_even" if told.even else "deal_detail"
            detail = lang.say("row", how, solution=told.case.solution)
            add(lang.say("row", "deal"), detail, "delta_{}", None, None, True)
        else:
            for each in broken:
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
    notes = []
    rest = 1.0 - sum(each.share for each in broken)
    if told.bands is not None and broken and rest > 0.5 / max(told.counted, 1):
        notes.append(lang.say("note", "rest", often=told.often(rest)))
    if told.bands is not None:
        notes.append(lang.say("note", "draws", draws=told.counted))
    notes.append(lang.say("note", "horizon", horizon=_horizon(told)))
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
    return str(told.model.ask("horizon_here")).split(";")[0]


def _in_force(told: Told) -> str:
    """From when on the duties of both hold, where that is known."""
    facts = told.found.trade
    days = [] if facts is None else [each.kept.date for each in facts.duties.values()]
    days = [day for day in days if day]
    return told.lang.say("row", "since", day=told.lang.day(max(days))) if days else ""


# --- if talks fail --------------------------------------------------------------------------------


def fails(told: Told) -> Iterator[Block]:
    """The game as a table in words, with what both do today and how often each is chosen."""
    lang = told.lang
    medians = _medians(told)
    chosen = {each.support: each.share for each in told.regimes}
    here = str(told.found.point.selection.support)
    ours, theirs = told.model.actions
    heads: list[TableColumn | str] = [lang.say("column", "actions")]
    heads += [_does(told, 1, action) for action in theirs]
    today = "/".join(str(each) for each in told.model.observed)
    rows = []
    for one in ours:
        row: list[Cell] = [_does(told, 0, one)]
        for two in theirs:
            support = f"{one}/{two}"
            text = " / ".join(
                lang.rounded(each / told.scale, signed=True) for each in medians[support]
            )
            marks = []
            if support == today:
                marks.append(lang.phrase("cell", "today"))
            if support == here and told.bands is None:
                marks.append(lang.phrase("cell", "equilibrium"))
            if support in chosen and told.counted:
                often = told.often(chosen[support])
                marks.append(lang.phrase("cell", "chosen", often=often))
            text = "\n".join([text, *marks])
            out = support == (today if today else here)
            row.append(Marked(text) if out else text)
        rows.append(row)
    drawn_cells = told.bands is not None and bool(told.bands.drawn.profiles)
    told_notes = [
        lang.say("note", "cells" if drawn_cells else "matrix", **told.fields(), unit=told.unit)
    ]
    if today:
        told_notes.append(lang.say("note", "outlined"))
    told_notes += [
        lang.say("breakdown", "drawn", what=each.words, often=told.often(each.share))
        for each in told.regimes
        if "+" in each.support and told.bands is not None
    ]
    yield Heading(_fails_title(told), 3)
    yield Table.of(heads, rows, notes=told_notes)
    sentences = list(_events(told))
    if sentences:
        yield Items(tuple(sentences))


def _events(told: Told) -> Iterator[str]:
    """How often it pays to leave, and to give way."""
    lang, model = told.lang, told.model
    for event in told.bands.events() if told.bands is not None else ():
        signal = event.signal
        if signal.name not in _EVENTS or signal.side not in told.players:
            continue
        p = told.players.index(signal.side)
        said = {"player": told.names[p], "other": told.names[1 - p]}
        if signal.name == "yields":
            one, two = told.players[p], told.players[1 - p]
            said["soft"] = plays(model, one, model.softest[one])
            said["harsh"] = plays(model, two, model.harshest[two])
        often = told.often(float(event.probability.value[0]))
        yield lang.say("event", signal.name, **said, often=often)


def _medians(told: Told) -> dict[str, list[float]]:
    """By profile what both get, political costs left out: over draws, or at the point."""
    game = told.found.point.game
    profiles = {} if told.bands is None else told.bands.drawn.profiles
    payoffs = np.asarray(game.payoffs, dtype=float)  # (2, A1, A2)
    found = {}
    for i, one in enumerate(game.actions[0]):
        for j, two in enumerate(game.actions[1]):
            support = f"{one}/{two}"
            found[support] = [float(each) for each in payoffs[:, i, j]]
            if profiles:
                rows = told.rows()
                found[support] = [
                    middle(np.asarray(profiles[f"{support}.{player}"].values, dtype=float)[0][rows])
                    for player in told.players
                ]
    return found


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


__all__ = ["fails", "harsh_share", "opening", "worse"]
