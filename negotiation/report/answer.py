"""The answer over the draws: ten sentences, a table of situations, how often what happens."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypedDict

import numpy as np
from numpy.typing import NDArray

from negotiation.case import POSTURE, STATUS_QUO
from negotiation.outcome.columns import column_name
from negotiation.regimes.signal import Signal
from negotiation.report.amounts import CONCEDES, NOW, WOULD, Amounts, Loss, how_often, in_hundred
from negotiation.report.document import Block, Cell, Notes, Table, TableColumn
from negotiation.report.playing import harsh, playing, takes
from negotiation.report.schema import because
from negotiation.study.bands import LEVELS, Band, Bands, Shown
from negotiation.study.reading import Reading
from negotiation.tolerances import FEW_DRAWS, RARE_REGIME
from negotiation.words import opening, per_cost

#: What a range is, said once a sentence.
_RANGE = f"{100 * LEVELS[0]:g} to {100 * LEVELS[2]:g} %"

#: An assumption is said to decide something if it moves how often it happens by so much.
_DECIDES = 0.3

#: An event as sure as this or as its opposite needs no assumption that decides it.
_OPEN = 0.1


class Part(NamedTuple):
    """Draws that have something in common, and the share of them in which something happens."""

    words: str
    share: float
    draws: int


class Answer:
    """Sentences, tables and the record of one point at its draws.

    Parameters
    ----------
    bands : Bands
        Of one point.
    around : Reading
        The point estimate, with the parts of its deal.
    """

    def __init__(self, bands: Bands, around: Reading) -> None:
        self.bands = bands
        self.around = around
        self.case = bands.drawn.case
        self.model = self.case.model
        self.players: tuple[str, ...] = tuple(self.model.players)
        self.names = [self.model.named(player) for player in self.players]
        self.counted = int(bands.counted[0])
        self.talks = f"delta_{self.players[0]}" in bands.columns
        self.lasting = f"inside_{self.players[0]}" in bands.columns

    # --- sentences ------------------------------------------------------------------------------

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
            short = self._difference(f"delta_{player}", f"inside_{player}")
            size = np.nanmax(np.abs(self._values(f"inside_{player}")[self._in()]), initial=0.0)
            worse = float(np.mean(short[self._in()] < -1e-9 * size))
            if worse > 0.0:
                yield (
                    f"A deal is worse for {self.names[p]} than the dispute it ends "
                    f"{self._often(worse)}."
                )

    def _today(self) -> Iterator[str]:
        if self.lasting:
            goes_on = self.talks and self._same("gain_{}", "inside_{}")
            lasts = ", which goes on without a deal," if goes_on else ""
            yield f"In the dispute as it is{lasts} {self._both('inside_{}', None, NOW)}."

    def _own_effects(self) -> Iterator[str]:
        """What the levers do by themselves, where any is pulled: it cancels within the game."""
        told = []
        for name, words in self.model.own_effects.items():
            if column_name(name) not in self.bands.columns:
                continue
            amounts = self._amounts(self.bands.band(name))
            if amounts.even or math.isnan(amounts.middle):
                continue
            span = amounts.signed_span()
            span = f" ({span})" if " to " in span else ""
            size = amounts.number(amounts.middle, signed=True)
            told.append(f"{words} {size} {amounts.scale}{span}")
        if told:
            yield f"The levers by themselves change, against today: {_and(told)}."

    def _fails(self) -> Iterator[str]:
        """What happens without a deal, where that is neither a breakdown nor the dispute."""
        name = self.case.threat
        if not self.talks or name == POSTURE or self._same("gain_{}", "inside_{}"):
            return
        if name == STATUS_QUO:
            yield "Without a deal nothing changes."
        elif self.bands.pooled(f"gain_{self.players[0]}"):
            what = f"Without a deal ({name.replace('_', ' ')})"
            yield f"{what} {self._both('gain_{}', None, WOULD)}."

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
        money = self._money(bands)
        for k, regime in enumerate(shown):
            does = playing(self.model, bands.regimes[regime].support)
            out = [self.model.named(each) for each in bands.regimes[regime].walkouts]
            if out:
                does += f", and {' and '.join(out)} would walk out,"
            often = self._often(float(bands.share[0, regime]))
            told = self._both(money, regime, NOW, short=True)
            start = f"{when}, {does} {often}" if k == 0 else f"{opening(does)} {often}"
            yield f"{start}: {told}."
        other = float(bands.other[0])
        if other > 0.0:
            few = int(np.count_nonzero((bands.count[0] > 0) & bands.rare[0]))
            yield (
                f"Something else happens {self._often(other)} ({few} other outcomes)."
                if (few > 1)
                else f"Something else happens {self._often(other)}."
            )

    def _revealed(self) -> Iterator[str]:
        """The breakdown where political costs are those that today reveals."""
        beside = self.bands.beside
        if beside is None or not beside.counted[0]:
            return
        shown = list(beside.shown())[:1]
        for regime in shown:
            does = playing(self.model, beside.regimes[regime].support)
            told = self._both(self._money(beside), regime, NOW, short=True, of=beside)
            often = how_often(float(beside.share[0, regime]), int(beside.counted[0]))
            yield f"At the political costs that today's behaviour reveals, {does} {often}: {told}."

    def _deal(self) -> Iterator[str]:
        bands, first = self.bands, self.players[0]
        delta = f"delta_{first}"
        there = np.isfinite(self._values(delta)) & self._in()
        none = 1.0 - there.sum() / self.counted
        if none > 0.0:
            yield f"There is no deal {self._often(none)}."
        if not there.any():
            return
        regimes: Sequence[int | None] = [None]
        if not self._whole(delta):
            regimes = list(bands.shown())
        for k, regime in enumerate(regimes):
            told = self._conceding(delta, regime)
            if told:
                where = ""
                if len(regimes) > 1 and regime is not None:
                    does = playing(self.model, bands.regimes[regime].support)
                    where = f"If {does}, "
                by = f" by the {self.case.solution}" if k == 0 else ""
                yield opening(f"{where}in a deal{by} {told}.")

    def _conceding(self, delta: str, regime: int | None) -> str:
        """Who concedes what, and up to what it is worth conceding."""
        band = self.bands.band(delta, regime)
        if np.isnan(band.middle[0]):
            return ""
        one = self._amounts(band)
        giver, taker = (0, 1) if band.middle[0] < 0 else (1, 0)
        if one.even:
            return f"{self.names[0]} {CONCEDES.even}"
        sign = self._values(delta)[self._in(regime)]
        agree = float(np.mean(np.sign(sign) == np.sign(band.middle[0])))
        sure = "" if agree == 1.0 else f" {self._often(agree, regime)}"
        span = one.span(CONCEDES)
        told = f"{self.names[giver]} concedes {one.money(one.middle)}"
        told += f" ({_RANGE}: {span})" if span else ""
        told += f" to {self.names[taker]}{sure}"
        gain = f"gain_{self.players[giver]}"
        worth = self._amounts(self._own_band(gain, regime))
        if worth.middle < 0.0 and not worth.even:
            span = worth.span()
            span = f" ({span})" if span else ""
            upto = f"{self._short(worth)}{span}"
            told += f"; a deal is worth conceding up to {upto} to {self.names[giver]}"
        return told

    def _against_today(self) -> Iterator[str]:
        """What a deal is worth against the dispute, draw by draw."""
        if not self.lasting:
            return
        regimes: Sequence[int | None] = [None]
        if not self._whole(f"delta_{self.players[0]}"):
            regimes = list(self.bands.shown())
        for regime in regimes:
            told = []
            for p, player in enumerate(self.players):
                found = self.bands.difference(f"delta_{player}", f"inside_{player}", regime)
                if np.isnan(found.middle[0]):
                    return
                amounts = self._amounts(found)
                span = amounts.span()
                first = p == 0
                size = amounts.money(amounts.middle) if first else self._short(amounts)
                range_ = f" ({f'{_RANGE}: ' if first else ''}{span})" if span else ""
                told.append(
                    f"{amounts.verb(NOW)} {self.names[p]} "
                    if amounts.even
                    else f"{self.names[p]} {amounts.verb(NOW)} {size}{range_}"
                )
            where = ""
            if regime is not None and len(regimes) > 1:
                where = f", if {playing(self.model, self.bands.regimes[regime].support)}"
            yield f"Against the dispute as it is a deal changes this{where}: {_and(told)}."

    def _threats(self) -> Iterator[str]:
        """How often walking out is credible."""
        told = []
        for p, player in enumerate(self.players if self.lasting else ()):
            found = self.bands.probability(f"walkout_{player}")
            told.append(f"for {self.names[p]} {self._often(float(found.value[0]))}")
        if told:
            yield f"Walking out of the talks is credible {_and(told)}."

    def _parts(self) -> Iterator[str]:
        """Which tables the deal is made of, at the point estimate."""
        parts = self.around.attribution
        if parts is None or not np.isfinite(parts.table).all() or not np.any(parts.table):
            return
        order = np.argsort(-np.abs(parts.table), kind="stable")
        first = self._one(float(parts.table[order[0]]), type(self.model).payoff_unit)
        told = []
        for k in order:
            value = first.number(float(parts.table[k]), signed=True)
            told.append(f"{parts.tables[k].replace('_', ' ')} {value}")
        who = self.names[0]
        yield f"At the point estimate the deal of {who} is made of {_and(told)} {first.scale}."

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
            yes = np.array(
                [takes(each.support, p, action) for each in self.bands.regimes], dtype=bool
            )
            event = (index >= 0) & yes[index]
            if _OPEN < event[index >= 0].mean() < 1.0 - _OPEN:
                yield f"{self.names[p]} {does}", event
        for words, column in (
            ("concedes in a deal", f"delta_{self.players[0]}"),
            ("loses without a deal", f"gain_{self.players[-1]}"),
        ):
            if column in self.bands.columns:
                event = self._values(column) < 0.0
                if _OPEN < event[self._in()].mean() < 1.0 - _OPEN:
                    who = self.names[0 if column.startswith("delta") else -1]
                    yield f"{who} {words}", event

    def _split(self, event: NDArray[np.bool_]) -> tuple[str, Part, Part] | None:
        """Return the assumption that moves an event most, with the draws that do and do not."""
        draws, counted = self.bands.drawn.draws, self._in()
        best: tuple[str, Part, Part] | None = None
        for name, values in draws.values.items():
            if draws.priors[name].beside:
                continue
            groups: list[tuple[str, NDArray[np.bool_]]]
            if isinstance(values, tuple):
                words = np.array(values, dtype=str)
                groups = [(f"with '{word}'", words == word) for word in dict.fromkeys(values)]
            else:
                numbers = np.asarray(values, dtype=float).reshape(len(draws), -1).mean(axis=1)
                middle = np.median(numbers[counted])
                groups = [
                    ("where it is low", numbers < middle),
                    ("where it is high", numbers >= middle),
                ]
            parts = [
                Part(word, float(event[rows & counted].mean()), int((rows & counted).sum()))
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
        bands = self.bands
        drawn = [each for each in bands.drawn.draws.groups if each]
        left = bands.draws - self.counted
        told = f"Ranges leave out one draw in ten of {self.counted}"
        if left:
            told += f"; {left} of {bands.draws} draws could not be solved and are left out"
        yield f"{told}. Drawn: {', '.join(each.replace('_', ' ') for each in drawn)}."
        horizon = self.model.ask("horizon_here").partition(":")[0]
        yield f"Horizon: {horizon}."

    # --- tables ---------------------------------------------------------------------------------

    def blocks(self) -> Iterator[Block]:
        """Situations of both sides, and how often what happens."""
        if not self.counted:
            return
        yield from self._situations()
        yield from self._events()

    def _situations(self) -> Iterator[Block]:
        bands, unit = self.bands, type(self.model).payoff_unit
        rows: list[tuple[str, str, list[Band]]] = []
        if self.lasting:
            rows.append(("today: the dispute as it is", "", self._bands("inside_{}", None)))
        if self.talks and self.case.threat not in (POSTURE, STATUS_QUO):
            apart = self.bands.pooled(f"gain_{self.players[0]}")
            if apart and not self._same("gain_{}", "inside_{}"):
                what = f"no deal: {self.case.threat.replace('_', ' ')}"
                rows.append((what, "", self._bands("gain_{}", None)))
        head = "breakdown" if self.talks else "equilibrium"
        rows += self._regime_rows(bands, head)
        if bands.beside is not None and bands.beside.counted[0]:
            rows += self._regime_rows(bands.beside, "breakdown, revealed costs")
        if self.talks:
            delta = "delta_{}"
            if self._whole(delta.format(self.players[0])):
                rows.append((f"deal, {self.case.solution}", "", self._bands(delta, None)))
            else:
                for regime in bands.shown():
                    label = playing(self.model, bands.regimes[regime].support)
                    often = in_hundred(float(bands.share[0, regime]))
                    rows.append((f"deal, if {label}", often, self._bands(delta, regime)))
        large = any(self._amounts(each).billions for *_, found in rows for each in found)
        heads: list[TableColumn | str] = ["", "draws\nin 100"]
        for name in self.names:
            heads += [TableColumn(name), TableColumn(_RANGE.replace(" to ", " to\n"))]
        cells: list[list[Cell]] = []
        scale = unit
        for label, often, found in rows:
            row: list[Cell] = [label, often]
            for band in found:
                amounts = self._amounts(band, large)
                scale = amounts.scale
                row += [amounts.number(amounts.middle, signed=True), amounts.signed_span()]
            cells.append(row + [""] * (2 + 2 * len(self.players) - len(row)))
        yield Table.of(heads, cells, f"Situations: median and range, {scale}")
        costs = bands.beside is not None or f"money_{self.players[0]}" in bands.columns
        notes = [
            f"A range of its own has an outcome that occurs in at least "
            f"{100 * RARE_REGIME:g} of 100 draws and in {FEW_DRAWS} draws; with fewer draws only "
            "the median is shown."
        ]
        if costs:
            notes.append("Political costs decide what is chosen and are not in these amounts.")
        yield Notes(tuple(notes))

    def _regime_rows(self, bands: Bands, head: str) -> list[tuple[str, str, list[Band]]]:
        rows = []
        money = self._money(bands)
        for regime in bands.shown():
            label = playing(self.model, bands.regimes[regime].support)
            out = [self.model.named(each) for each in bands.regimes[regime].walkouts]
            label += f"; walk-out of {' and '.join(out)}" if out else ""
            often = in_hundred(float(bands.share[0, regime]))
            rows.append((f"{head}: {label}", often, self._bands(money, regime, bands)))
        other = float(bands.other[0])
        if other > 0.0:
            rows.append((f"{head}: other outcomes", in_hundred(other), []))
        return rows

    def _events(self) -> Iterator[Block]:
        found = self.bands.events()
        if not found:
            return
        rows: list[list[Cell]] = []
        for each in found:
            chance = each.probability
            value, opposite = float(chance.value[0]), float(chance.opposite[0])
            error = f"{100.0 * float(chance.error[0]):.1f}"
            positive, negative = self._phrases(each.signal)
            rows.append([opening(positive), in_hundred(value), error])
            if value + opposite < 1.0 - 0.5 / max(self.counted, 1):
                rows.append([opening(negative), in_hundred(opposite), error])
        yield Table.of(
            ["", "draws\nin 100", "standard\nerror"],
            rows,
            "How often",
        )

    def _phrases(self, signal: Signal) -> tuple[str, str]:
        """What holds where a signal is positive, and where it is negative."""
        for p, player in enumerate(self.players):
            if signal.column == f"delta_{player}":
                who = self.names[p]
                return f"{who} gains in a deal", f"{who} concedes in a deal"
        return signal.positive, signal.negative

    # --- the record -----------------------------------------------------------------------------

    def record(self) -> DrawsRecord:
        """Everything about the draws, ready for JSON."""
        bands, case = self.bands, self.case
        draws = bands.drawn.draws
        numeric = [name for name, each in bands.columns.items() if _numeric(each.values)]
        apart = [name for name in numeric if bands.pooled(name)]
        beside = bands.beside
        return {
            "draws": bands.draws,
            "counted": self.counted,
            "seed": case.seed,
            "design": case.design,
            "levels": list(LEVELS),
            "priors": {
                name: {
                    "prior": each.text,
                    "source": each.source,
                    "group": each.group or name,
                    "beside": each.beside,
                }
                for name, each in draws.priors.items()
            },
            "regimes": _regime_records(bands, [n for n in numeric if n not in apart]),
            "all_regimes": {name: _band_record(bands.band(name)) for name in apart}
            if self.counted
            else {},
            "deal_over_dispute": self._over_dispute(),
            "events": [
                {
                    "name": each.signal.name,
                    "side": each.signal.side,
                    "positive": self._phrases(each.signal)[0],
                    "negative": self._phrases(each.signal)[1],
                    "probability": float(each.probability.value[0]),
                    "opposite": float(each.probability.opposite[0]),
                    "error": float(each.probability.error[0]),
                }
                for each in bands.events()
            ],
            "at_revealed_costs": None
            if beside is None
            else _regime_records(
                beside, [n for n, each in beside.columns.items() if _numeric(each.values)]
            ),
        }

    def _over_dispute(self) -> list[OverDisputeRecord]:
        """What a deal adds to the dispute, draw by draw, by regime where it depends on one."""
        if not (self.talks and self.lasting and self.counted):
            return []
        bands = self.bands
        regimes: Sequence[int | None] = [None]
        if not self._whole(f"delta_{self.players[0]}"):
            regimes = list(bands.shown())
        return [
            {
                "support": None if regime is None else bands.regimes[regime].support,
                "gain": {
                    player: _band_record(
                        bands.difference(f"delta_{player}", f"inside_{player}", regime)
                    )
                    for player in self.players
                },
            }
            for regime in regimes
        ]

    # --- numbers --------------------------------------------------------------------------------

    def _values(self, name: str) -> NDArray[Any]:
        return np.asarray(self.bands.values(name)[0], dtype=float)

    def _in(self, regime: int | None = None) -> NDArray[Any]:
        index = self.bands.index[0]
        return np.asarray(index >= 0 if regime is None else index == regime)

    def _difference(self, one: str, other: str) -> NDArray[Any]:
        return np.asarray(self._values(one) - self._values(other))

    def _same(self, one: str, other: str) -> bool:
        """Whether two columns are the same for every player, in every draw that counts."""
        if not self.lasting:
            return False
        return all(
            np.allclose(
                self._values(one.format(player))[self._in()],
                self._values(other.format(player))[self._in()],
                rtol=1e-9,
            )
            for player in self.players
        )

    def _whole(self, name: str) -> bool:
        """Whether one range over all draws, or nearly all, is honest."""
        most = np.nan_to_num(self.bands.share[0]).max(initial=0.0)
        return self.bands.pooled(name) or bool(most > 1.0 - RARE_REGIME)

    def _own_band(self, name: str, regime: int | None) -> Band:
        whole = self.bands.pooled(name) or regime is None
        return self.bands.band(name, None if whole else regime)

    def _money(self, bands: Bands) -> str:
        """Return the columns of payoffs in money: without political costs where there are any."""
        return "money_{}" if f"money_{self.players[0]}" in bands.columns else "payoff_{}"

    def _bands(self, column: str, regime: int | None, of: Bands | None = None) -> list[Band]:
        source = of or self.bands
        return [source.band(column.format(player), regime) for player in self.players]

    def _one(self, value: float, unit: str) -> Amounts:
        return Amounts(math.nan, value, math.nan, unit)

    def _amounts(self, band: Band, large: bool | None = None) -> Amounts:
        return Amounts(
            float(band.low[0]), float(band.middle[0]), float(band.high[0]), band.unit, large
        )

    def _often(self, share: float, regime: int | None = None) -> str:
        n = self.counted if regime is None else int(self.bands.count[0, regime])
        return how_often(share, n)

    def _both(
        self,
        column: str,
        regime: int | None,
        words: Loss,
        *,
        short: bool = False,
        of: Bands | None = None,
    ) -> str:
        """What an outcome does to every side, with its range.

        Parameters
        ----------
        short : bool
            Whether to leave out of which period the amounts are.
        """
        told = []
        for p, band in enumerate(self._bands(column, regime, of)):
            amounts = self._amounts(band)
            if amounts.even:
                told.append(f"{self.names[p]} {amounts.verb(words)}")
                continue
            first = not told
            size = (
                amounts.money(amounts.middle, period=not short) if first else self._short(amounts)
            )
            span = amounts.span()
            if not span and str(band.shown[0]) == Shown.MEDIAN.value:
                span = "median"
            elif span and first:
                span = f"{_RANGE}: {span}"
            told.append(
                f"{self.names[p]} {amounts.verb(words)} {size}{f' ({span})' if span else ''}"
            )
        return _and(told)

    def _short(self, amounts: Amounts) -> str:
        """An amount whose unit was said just before."""
        return amounts.money(amounts.middle, unit=False)


class BandRecord(TypedDict):
    """A number over the draws."""

    low: float
    median: float
    high: float
    draws: int
    unit: str


class RegimeRecord(TypedDict):
    """What players do, how often, and every number that depends on it."""

    support: str
    walk_outs: list[str]
    sentence: str
    share: float
    draws: int
    bands: dict[str, BandRecord]


class PriorRecord(TypedDict):
    """What is believed about a parameter."""

    prior: str
    source: str
    group: str
    beside: bool


class ChanceOfEvent(TypedDict):
    """How often a signal has which sign."""

    name: str
    side: str
    positive: str
    negative: str
    probability: float
    opposite: float
    error: float


class OverDisputeRecord(TypedDict):
    """What a deal adds to the dispute while it lasts, by player."""

    support: str | None
    gain: dict[str, BandRecord]


class DrawsRecord(TypedDict):
    """The answer over the draws."""

    draws: int
    counted: int
    seed: int
    design: str
    levels: list[float]
    priors: dict[str, PriorRecord]
    regimes: list[RegimeRecord]
    all_regimes: dict[str, BandRecord]
    deal_over_dispute: list[OverDisputeRecord]
    events: list[ChanceOfEvent]
    at_revealed_costs: list[RegimeRecord] | None


def _regime_records(bands: Bands, names: Sequence[str]) -> list[RegimeRecord]:
    point = bands.drawn.case.model
    return [
        {
            "support": regime.support,
            "walk_outs": list(regime.walkouts),
            "sentence": opening(f"{playing(point, regime.support)}."),
            "share": float(bands.share[0, r]),
            "draws": int(bands.count[0, r]),
            "bands": {}
            if bands.rare[0, r]
            else {name: _band_record(bands.band(name, r)) for name in names},
        }
        for r, regime in enumerate(bands.regimes)
        if bands.count[0, r]
    ]


def _band_record(band: Band) -> BandRecord:
    made: BandRecord = {
        "low": float(band.low[0]),
        "median": float(band.middle[0]),
        "high": float(band.high[0]),
        "draws": int(band.draws[0]),
        "unit": band.unit,
    }
    return because(made, str(band.shown[0]))


def _numeric(values: object) -> bool:
    return np.asarray(values).dtype.kind == "f"


def _and(parts: Sequence[str]) -> str:
    return " and ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} and {parts[-1]}"


__all__ = ["Answer", "DrawsRecord"]
