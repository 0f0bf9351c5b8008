"""What the sections of a report share: numbers in one unit, players, frequencies, a language."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.case import POSTURE
from negotiation.games.game import Array
from negotiation.report.amounts import Amounts
from negotiation.report.figure import DrawnRange, Tone
from negotiation.report.playing import playing, takes
from negotiation.report.sentences import Language, effect
from negotiation.study.bands import quantiles
from negotiation.study.briefing import Briefing
from negotiation.tolerances import FEW_DRAWS
from negotiation.words import opening

#: What a range of the report goes between, and the thick part of a dot on its line.
_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)

#: From so many millions on, a report tells billions.
_BILLION = 1000.0

TONES = (Tone.FIRST, Tone.SECOND)


class ToldRegime(NamedTuple):
    """What happens where talks break down.

    Attributes
    ----------
    place : int or None
        In the bands; None without draws.
    support, words : str
    share : float
        Of the draws that count; NaN without draws.
    """

    place: int | None
    support: str
    words: str
    share: float


class Told:
    """A briefing as its sections read it.

    Parameters
    ----------
    found : Briefing
    language : Language
    """

    def __init__(self, found: Briefing, language: Language) -> None:
        self.found = found
        self.lang = language
        self.case = found.case
        self.model = found.case.model
        self.players: tuple[str, ...] = tuple(self.model.players)
        self.names = [self.model.named(player) for player in self.players]
        self.heads = [opening(name) for name in self.names]
        self.bands = found.bands
        self.talks = found.point.talks is not None
        self.lasting = f"inside_{self.players[0]}" in self.columns
        self.counted = 0 if self.bands is None else int(self.bands.counted[0])

    @property
    def columns(self) -> Any:
        """Columns of the bands, or of the point."""
        return self.found.at_point if self.bands is None else self.bands.columns

    def fields(self) -> dict[str, str]:
        """Both players by the names of fields."""
        return {"first": self.names[0], "second": self.names[1]}

    # --- money ----------------------------------------------------------------------------------

    @cached_property
    def large(self) -> bool:
        """Whether the report tells billions of what the model has in millions."""
        unit = type(self.model).payoff_unit
        if Amounts(math.nan, 1.0, math.nan, unit).currency[0] is None:
            return False
        names = ("inside_{}", "payoff_{}", "delta_{}")
        sizes = [
            middle(np.abs(np.asarray(self.columns[name].values, dtype=float)))
            for template in names
            for player in self.players
            if (name := template.format(player)) in self.columns
        ]
        return any(size >= _BILLION for size in sizes)

    @property
    def scale(self) -> float:
        """What payoffs are divided by in charts and tables."""
        return _BILLION if self.large else 1.0

    @property
    def unit(self) -> str:
        """The unit of charts and tables."""
        return Amounts(math.nan, _BILLION, math.nan, type(self.model).payoff_unit, self.large).scale

    def amounts(self, low: float, middle: float, high: float) -> Amounts:
        """A number with its range, in the unit of the model."""
        return Amounts(low, middle, high, type(self.model).payoff_unit, self.large)

    def values(self, name: str) -> Array:
        """(D,) a column over the draws; of one without draws."""
        values = np.asarray(self.columns[name].values, dtype=float)
        return values if self.bands is None else values[0]

    def rows(self, regime: int | None = None) -> NDArray[np.bool_]:
        """(D,) draws that count, and are in a regime."""
        if self.bands is None:
            return np.ones(1, dtype=bool)
        index = self.bands.index[0]
        return np.asarray(index >= 0 if regime is None else index == regime)

    def spread(self, values: Array, rows: NDArray[np.bool_]) -> DrawnRange | None:
        """Median and ranges of some draws, in the unit of charts; None where there are none."""
        known = values[rows & np.isfinite(values)] / self.scale
        if not known.size:
            return None
        low, quarter, middle, more, high = (each[0] for each in quantiles(known[None], _LEVELS))
        if known.size < FEW_DRAWS or self.bands is None:
            return DrawnRange(float(middle))
        return DrawnRange(float(middle), float(low), float(high), float(quarter), float(more))

    def of(self, values: Array, rows: NDArray[np.bool_]) -> Amounts | None:
        """Return the same as an amount for a sentence."""
        found = self.spread(values, rows)
        if found is None:
            return None
        low, high = (
            math.nan if each is None else each * self.scale for each in (found.low, found.high)
        )
        return self.amounts(low, found.median * self.scale, high)

    @property
    def charged(self) -> bool:
        """Whether political costs are in the payoffs, so that money is a column of its own."""
        return f"money_{self.players[0]}" in self.columns

    def money(self) -> str:
        """Template of what players get where talks break down, political costs left out."""
        return "money_{}" if self.charged else "payoff_{}"

    def pooled(self, name: str) -> bool:
        """Whether one range over all draws means something."""
        if self.bands is None or len(list(self.shown_regimes())) < 2:
            return True
        return self.bands.pooled(name)

    # --- regimes --------------------------------------------------------------------------------

    @cached_property
    def regimes(self) -> list[ToldRegime]:
        """What happens after a breakdown in 5 of 100 draws or more, the most frequent first."""
        return list(self.shown_regimes())

    def shown_regimes(self) -> Iterator[ToldRegime]:
        """Give them one by one."""
        if self.bands is None:
            support = str(self.found.point.selection.support)
            yield ToldRegime(None, support, playing(self.model, support), math.nan)
            return
        for r in self.bands.shown():
            one = self.bands.regimes[r]
            yield ToldRegime(
                r, one.support, playing(self.model, one.support), float(self.bands.share[0, r])
            )

    @property
    def other(self) -> float:
        """Share of the draws in which something rarer happens."""
        return 0.0 if self.bands is None else float(self.bands.other[0])

    def often(self, share: float, draws: int | None = None) -> str:
        """In how many draws something happens."""
        return self.lang.hundred(share, self.counted if draws is None else draws)

    # --- names ----------------------------------------------------------------------------------

    def label(self, name: str) -> str:
        """What a parameter is, within a sentence: its name in the model, or what it is about."""
        spec = self.model.find_parameter(name)
        # A group of assumptions may have the name of a parameter that is none of them.
        known = type(self.model).names.get(name) if spec.numeric or spec.prior else ""
        return known or spec.about or name.replace("_", " ")

    @property
    def even(self) -> bool:
        """Whether a deal gives both sides the same over having no deal."""
        talks = self.found.point.talks
        if talks is None or self.case.concept != "nash":
            return False
        return bool(np.allclose(np.asarray(talks.weight, dtype=float), 0.5))

    def threat(self) -> str:
        """What happens without a deal, as it was chosen: a clause."""
        if self.case.threat == POSTURE or not self.talks:
            return self.lang.phrase("threat_words", "posture")
        return self.lang.phrase("threat_words", "lasting" if self.lasting else "other")

    # --- sentences ------------------------------------------------------------------------------

    def money_sentence(self, name: str, player: int, amounts: Amounts, **more: str) -> str:
        """Say a sentence about a player's money, by what it is: loss, gain, either or nothing."""
        ranged = self.lang.range(amounts)
        variant = effect(amounts)
        if variant != "even" and not ranged:
            variant += "_median"
        return self.lang.say(
            name,
            variant,
            player=self.names[player],
            money=self.lang.money(amounts),
            range=ranged,
            **more,
        )


def middle(values: Array) -> float:
    """The median of what is known; NaN where nothing is."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else math.nan


def harsh_share(told: Told, place: int, action: str) -> float:
    """Share of the draws in which a player does what it threatens with."""
    assert told.bands is not None
    regimes = told.bands.regimes
    yes = np.array([takes(each.support, place, action) for each in regimes], dtype=bool)
    index = told.bands.index[0]
    return float(np.mean(yes[index[index >= 0]])) if (index >= 0).any() else 0.0


__all__ = ["TONES", "Told", "ToldRegime", "harsh_share", "middle"]
