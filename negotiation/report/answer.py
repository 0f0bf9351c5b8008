"""The answer over the draws in about ten sentences, the most important first."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.case import POSTURE, STATUS_QUO
from negotiation.outcome.columns import column_name
from negotiation.report.amounts import CONCEDES, NOW, WOULD, Amounts, how_often
from negotiation.report.playing import harsh, takes
from negotiation.report.point_bands import RANGE, PointBands, conjoined
from negotiation.study.bands import Bands
from negotiation.study.reading import Reading
from negotiation.tolerances import FEW_DRAWS, SAME_VALUE
from negotiation.words import opening, per_cost

#: An assumption is said to decide something if it moves how often it happens by so much.
_DECIDES = 0.3

#: An event as sure as this or as its opposite needs no assumption that decides it.
_OPEN = 0.1


class Among(NamedTuple):
    """Draws that have something in common, and the share of them in which something happens."""

    words: str
    share: float
    draws: int


class Answer(PointBands):
    """Sentences on one point at its draws.

    Parameters
    ----------
    bands : Bands
        Of one point.
    around : Reading
        The point estimate, with the parts of its deal.
    """

    def __init__(self, bands: Bands, around: Reading) -> None:
        super().__init__(bands)
        self.around = around

    def sentences(self) -> list[str]:
        """Return the reading, the most important first."""
        return list(self._told())

    def _told(self) -> Iterator[str]:
        if not self.counted:
            yield f"Do not rely on this result: none of {self.bands.draws} draws could be solved."
            return
        if self.talks:
            yield from self._worse()
        yield from self._today()
        yield from self._own_effects()
        yield from self._fails()
        yield from self._breakdown()
        yield from self._revealed()
        if self.talks:
            yield from self._deal()
            yield from self._against_today()
        yield from self._threats()
        yield from self._decides()
        yield from self._parts()
        yield from self._lever()
        yield from self._method()

    def _worse(self) -> Iterator[str]:
        """Say in how many draws a side would rather have the dispute go on than this deal."""
        for p, player in enumerate(self.players if self.lasting else ()):
            short = self.difference(f"delta_{player}", f"inside_{player}")
            size = np.nanmax(np.abs(self.values(f"inside_{player}")[self.rows()]), initial=0.0)
            worse = float(np.mean(short[self.rows()] < -SAME_VALUE * size))
            if worse > 0.0:
                yield (
                    f"A deal is worse for {self.names[p]} than the dispute it ends "
                    f"{self.often(worse)}."
                )

    def _today(self) -> Iterator[str]:
        if self.lasting:
            goes_on = self.talks and self.same("gain_{}", "inside_{}")
            lasts = ", which goes on without a deal," if goes_on else ""
            yield f"In the dispute as it is{lasts} {self.both('inside_{}', None, NOW)}."

    def _own_effects(self) -> Iterator[str]:
        """What the levers do by themselves, where any is pulled: it cancels within the game."""
        told = []
        for name, words in self.model.own_effects.items():
            if column_name(name) not in self.bands.columns:
                continue
            amounts = self.amounts(self.bands.band(name))
            if amounts.even or math.isnan(amounts.middle):
                continue
            span = amounts.signed_span()
            span = f" ({span})" if " to " in span else ""
            sign = "+" if amounts.middle > 0.0 else "-"
            told.append(f"{words} {sign}{amounts.money(amounts.middle)}{span}")
        if told:
            yield f"The levers by themselves change, against today: {conjoined(told)}."

    def _fails(self) -> Iterator[str]:
        """What happens without a deal, where that is neither a breakdown nor the dispute."""
        name = self.case.threat
        if not self.talks or name == POSTURE or self.same("gain_{}", "inside_{}"):
            return
        if name == STATUS_QUO:
            yield "Without a deal nothing changes."
        elif self.bands.pooled(f"gain_{self.players[0]}"):
            what = f"Without a deal ({name.replace('_', ' ')})"
            yield f"{what} {self.both('gain_{}', None, WOULD)}."

    def _breakdown(self) -> Iterator[str]:
        """What players do where talks break down: each regime, its frequency and what it costs."""
        bands = self.bands
        if self.lasting:
            when = "If talks break down"
        else:
            when = "Without a deal" if self.talks else "In equilibrium"
        shown = list(bands.shown())
        if not shown:
            yield f"{when}, no outcome occurs in as many as 5 of 100 draws."
            return
        money = self.money(bands)
        first = True
        if len(bands.regimes) > 1 and (acts := self._acts()):
            yield f"{when}, {conjoined(acts)}."
            first = False
        for regime in shown:
            does = self.plays(regime)
            often = self.often(float(bands.share[0, regime]))
            told = self.both(money, regime, NOW, short=True)
            start = f"{when}, {does} {often}" if first else f"{opening(does)} {often}"
            yield f"{start}: {told}."
            first = False
        other = float(bands.other[0])
        if other > 0.0:
            few = int(np.count_nonzero((bands.count[0] > 0) & bands.rare[0]))
            yield (
                f"Something else happens {self.often(other)} ({few} other outcomes)."
                if (few > 1)
                else f"Something else happens {self.often(other)}."
            )

    def _acts(self) -> list[str]:
        """How often each side does what it threatens with."""
        told = []
        for p, player in reversed(list(enumerate(self.players))):
            found = harsh(self.model, player)
            if found is not None:
                share = float(np.mean(self._does(p, found[0])[self.rows()]))
                told.append(f"{self.names[p]} {found[1]} {self.often(share)}")
        return told

    def _does(self, place: int, action: str) -> NDArray[np.bool_]:
        """(D,) whether a player takes an action where talks break down."""
        regimes = self.bands.regimes
        yes = np.array([takes(each.support, place, action) for each in regimes], dtype=bool)
        index = self.bands.index[0]
        return np.asarray((index >= 0) & yes[index])

    def _revealed(self) -> Iterator[str]:
        """The breakdown where political costs are those that today reveals."""
        beside = self.bands.beside
        if beside is None or not beside.counted[0]:
            return
        shown = list(beside.shown())[:1]
        for regime in shown:
            does = self.plays(regime, beside)
            told = self.both(self.money(beside), regime, NOW, short=True, of=beside)
            often = how_often(float(beside.share[0, regime]), int(beside.counted[0]))
            yield f"At the political costs that today's behaviour reveals, {does} {often}: {told}."

    def _deal(self) -> Iterator[str]:
        delta = f"delta_{self.players[0]}"
        there = np.isfinite(self.values(delta)) & self.rows()
        none = 1.0 - there.sum() / self.counted
        if not there.any():
            yield "There is no deal in any draw."
            return
        if none > 0.0:
            yield f"There is no deal {self.often(none)}."
        regimes = self.regimes_of(delta)
        for k, regime in enumerate(regimes):
            told = self._conceding(delta, regime)
            if told:
                where = ""
                if len(regimes) > 1 and regime is not None:
                    does = self.plays(regime)
                    where = f"If {does}, "
                by = f" by the {self.case.solution}" if k == 0 else ""
                yield opening(f"{where}in a deal{by} {told}.")

    def _conceding(self, delta: str, regime: int | None) -> str:
        """Who concedes what, and up to what it is worth conceding."""
        band = self.bands.band(delta, regime)
        if np.isnan(band.middle[0]):
            return ""
        one = self.amounts(band)
        giver, taker = (0, 1) if band.middle[0] < 0 else (1, 0)
        if one.even:
            return f"{self.names[0]} {CONCEDES.even}"
        sign = self.values(delta)[self.rows(regime)]
        agree = float(np.mean(np.sign(sign) == np.sign(band.middle[0])))
        sure = "" if agree == 1.0 else f" {self.often(agree, regime)}"
        span = one.span(CONCEDES)
        told = f"{self.names[giver]} concedes {one.money(one.middle)}"
        told += f" ({RANGE}: {span})" if span else ""
        told += f" to {self.names[taker]}{sure}"
        gain = f"gain_{self.players[giver]}"
        worth = self.amounts(self.own_band(gain, regime))
        if worth.middle < 0.0 and not worth.even:
            span = worth.span()
            span = f" ({span})" if span else ""
            upto = f"{self.short(worth)}{span}"
            told += f"; a deal is worth conceding up to {upto} to {self.names[giver]}"
        return told

    def _against_today(self) -> Iterator[str]:
        """What a deal is worth against the dispute, draw by draw."""
        if not self.lasting:
            return
        regimes = self.regimes_of(f"delta_{self.players[0]}")
        for regime in regimes:
            told = []
            for p, player in enumerate(self.players):
                found = self.bands.difference(f"delta_{player}", f"inside_{player}", regime)
                if np.isnan(found.middle[0]):
                    return
                amounts = self.amounts(found)
                span = amounts.span()
                first = p == 0
                size = amounts.money(amounts.middle) if first else self.short(amounts)
                range_ = f" ({f'{RANGE}: ' if first else ''}{span})" if span else ""
                told.append(
                    f"{amounts.verb(NOW)} {self.names[p]} "
                    if amounts.even
                    else f"{self.names[p]} {amounts.verb(NOW)} {size}{range_}"
                )
            where = ""
            if regime is not None and len(regimes) > 1:
                where = f", if {self.plays(regime)}"
            yield f"Against the dispute as it is a deal changes this{where}: {conjoined(told)}."

    def _threats(self) -> Iterator[str]:
        """How often walking out is credible."""
        told = []
        for p, player in enumerate(self.players if self.lasting else ()):
            found = self.bands.probability(f"walkout_{player}")
            told.append(f"for {self.names[p]} {self.often(float(found.value[0]))}")
        if told:
            yield f"Walking out of the talks is credible {conjoined(told)}."

    def _parts(self) -> Iterator[str]:
        """Which tables the deal is made of, at the point estimate."""
        parts = self.around.attribution
        if parts is None or not np.isfinite(parts.table).all() or not np.any(parts.table):
            return
        order = np.argsort(-np.abs(parts.table), kind="stable")
        first = Amounts(
            math.nan, float(parts.table[order[0]]), math.nan, type(self.model).payoff_unit
        )
        told = []
        for k in order:
            value = first.number(float(parts.table[k]), signed=True)
            told.append(f"{parts.tables[k].replace('_', ' ')} {value}")
        who = self.names[0]
        yield (
            f"At the point estimate the deal of {who} comes from these tables, in {first.scale}: "
            f"{conjoined(told)}."
        )

    def _lever(self) -> Iterator[str]:
        """Which lever of the first side adds most to its deal per dollar, at the point estimate."""
        scores = self.around.outcome.leverage
        best: tuple[float, str] | None = None
        for name, each in (scores.marginal if scores is not None else {}).items():
            slope = each.right if np.isfinite(each.right.total) else each.left
            value, cost = float(slope.total), float(each.cost)
            if each.owner == self.players[0] and math.isfinite(value) and cost > 0.0:
                best = max(best, (value / cost, name)) if best else (value / cost, name)
        if best is None:
            return
        per = per_cost(type(self.model).payoff_unit)
        per = "dollar" if per == "$" else per
        if best[0] <= 0.0:
            yield f"At the point estimate no lever with a cost adds to the deal of {self.names[0]}."
            return
        about = self.model.find_parameter(best[1]).about or best[1]
        yield (
            f"At the point estimate the lever of {self.names[0]} that adds most to its deal for "
            f"what it costs is this: {about} ({best[0]:.2g} per {per})."
        )

    def _decides(self) -> Iterator[str]:
        """The assumption that decides most of how often something uncertain happens."""
        for words, event in self._open():
            best = self._split(event)
            if best is not None:
                name, one, two = best
                about = self.model.find_parameter(name).about or name
                told = [f"{how_often(each.share, each.draws)} {each.words}" for each in (one, two)]
                yield (
                    f"Whether {words} hangs most on one assumption ({about}): it does so "
                    f"{told[0]}, and {told[1]}."
                )

    def _open(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Questions that draws answer differently: in words, and (D,) where they say yes."""
        index = self.bands.index[0]
        for p, player in enumerate(self.players[-1:], len(self.players) - 1):
            found = harsh(self.model, player)
            if found is None:
                continue
            action, does = found
            event = self._does(p, action)
            if _OPEN < event[index >= 0].mean() < 1.0 - _OPEN:
                yield f"{self.names[p]} {does}", event
        first, last = self.players[0], self.players[-1]
        for who, words, column in (
            (self.names[0], "concedes in a deal", f"delta_{first}"),
            (self.names[-1], "loses without a deal", f"gain_{last}"),
        ):
            if column in self.bands.columns:
                event = self.values(column) < 0.0
                if _OPEN < event[self.rows()].mean() < 1.0 - _OPEN:
                    yield f"{who} {words}", event

    def _split(self, event: NDArray[np.bool_]) -> tuple[str, Among, Among] | None:
        """Return the assumption that moves an event most, with the draws that do and do not."""
        draws, counted = self.bands.drawn.draws, self.rows()
        best: tuple[str, Among, Among] | None = None
        for name, values in draws.plain.items():
            if draws.priors[name].beside:
                continue
            groups: list[tuple[str, NDArray[np.bool_]]]
            if isinstance(values, tuple) or np.asarray(values).dtype.kind in "UO":
                words = np.array(values, dtype=str)
                every = dict.fromkeys(words.tolist())
                groups = [(f"with '{word}'", words == word) for word in every]
            else:
                numbers = np.asarray(values, dtype=float).reshape(len(draws), -1).mean(axis=1)
                middle = np.median(numbers[counted])
                groups = [
                    ("where it is low", numbers < middle),
                    ("where it is high", numbers >= middle),
                ]
            parts = [
                Among(word, float(event[rows & counted].mean()), int((rows & counted).sum()))
                for word, rows in groups
                if np.count_nonzero(rows & counted) >= FEW_DRAWS
            ]
            if len(parts) > 1:
                most = max(parts, key=lambda each: each.share)
                least = min(parts, key=lambda each: each.share)
                moved = most.share - least.share
                if moved >= (_DECIDES if best is None else best[1].share - best[2].share):
                    best = name, most, least
        return best

    def _method(self) -> Iterator[str]:
        """What a range is, what was drawn, and how many draws count."""
        bands, case = self.bands, self.case
        drawn = [each for each in bands.drawn.draws.groups if each]
        left = bands.draws - self.counted
        told = f"Ranges leave out one draw in ten of {self.counted}"
        if self.counted < FEW_DRAWS:
            told = f"{self.counted} draws are too few for a range"
        if left:
            told += f"; {left} of {bands.draws} draws could not be solved and are left out"
        yield (
            f"{told}. Drawn: {', '.join(each.replace('_', ' ') for each in drawn)} "
            f"({case.design.replace('_', ' ')}, seed {case.seed})."
        )
        horizon = self.model.ask("horizon_here").partition(":")[0]
        yield f"Horizon: {horizon}."
