"""One point at its draws, as reports look at it: names, money, amounts, frequencies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.regimes.signal import Signal
from negotiation.report.amounts import Amounts, Loss, how_often
from negotiation.report.playing import playing
from negotiation.study.bands import LEVELS, Band, Bands, Shown
from negotiation.tolerances import RARE_REGIME, SAME_VALUE

#: What a range is, said once a sentence.
RANGE = f"{100 * LEVELS[0]:g} to {100 * LEVELS[2]:g} %"


class PointBands:
    """Bands of one point, with what sentences and tables need of them.

    Parameters
    ----------
    bands : Bands
        Of one point.

    Attributes
    ----------
    counted : int
        Draws that count.
    talks, lasting : bool
        Whether there are talks, and whether there is a dispute while they go on.
    """

    def __init__(self, bands: Bands) -> None:
        self.bands = bands
        self.case = bands.drawn.case
        self.model = self.case.model
        self.players: tuple[str, ...] = tuple(self.model.players)
        self.names = [self.model.named(player) for player in self.players]
        self.counted = int(bands.counted[0])
        self.talks = f"delta_{self.players[0]}" in bands.columns
        self.lasting = f"inside_{self.players[0]}" in bands.columns

    def values(self, name: str) -> NDArray[Any]:
        """(D,) numbers of a column."""
        return np.asarray(self.bands.values(name)[0], dtype=float)

    def rows(self, regime: int | None = None) -> NDArray[Any]:
        """(D,) whether a draw counts, and is in a regime."""
        index = self.bands.index[0]
        return np.asarray(index >= 0 if regime is None else index == regime)

    def difference(self, one: str, other: str) -> NDArray[Any]:
        """(D,) one column less another."""
        return np.asarray(self.values(one) - self.values(other))

    def same(self, one: str, other: str) -> bool:
        """Whether two columns are the same for every player, in every draw that counts."""
        if not self.lasting:
            return False
        return all(
            np.allclose(
                self.values(one.format(player))[self.rows()],
                self.values(other.format(player))[self.rows()],
                rtol=SAME_VALUE,
            )
            for player in self.players
        )

    def whole(self, name: str) -> bool:
        """Whether one range over all draws, or nearly all, is honest."""
        most = np.nan_to_num(self.bands.share[0]).max(initial=0.0)
        return self.bands.pooled(name) or bool(most > 1.0 - RARE_REGIME)

    def own_band(self, name: str, regime: int | None) -> Band:
        """Return the range of a column in a regime, or over all where it depends on none."""
        whole = self.bands.pooled(name) or regime is None
        return self.bands.band(name, None if whole else regime)

    def money(self, bands: Bands) -> str:
        """Return the template of the columns of payoffs in money, political costs left out."""
        return "money_{}" if f"money_{self.players[0]}" in bands.columns else "payoff_{}"

    def of_players(self, column: str, regime: int | None, of: Bands | None = None) -> list[Band]:
        """Return the range of a column of every player."""
        source = of or self.bands
        return [source.band(column.format(player), regime) for player in self.players]

    def amounts(self, band: Band, large: bool | None = None) -> Amounts:
        """Return a range with the digits in which it is told."""
        return Amounts(
            float(band.low[0]), float(band.middle[0]), float(band.high[0]), band.unit, large
        )

    def often(self, share: float, regime: int | None = None) -> str:
        """Say in how many draws that count, or are in a regime, something happens."""
        n = self.counted if regime is None else int(self.bands.count[0, regime])
        return how_often(share, n)

    def both(
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
        found = self.of_players(column, regime, of)
        if len(found) == 2 and all(self.amounts(each).even for each in found):
            return f"both {words.even_both}"
        for p, band in enumerate(found):
            amounts = self.amounts(band)
            if amounts.even:
                told.append(f"{self.names[p]} {amounts.verb(words)}")
                continue
            first = not told
            size = amounts.money(amounts.middle, period=not short) if first else self.short(amounts)
            span = amounts.span()
            if not span and str(band.shown[0]) == Shown.MEDIAN.value:
                span = "median"
            elif span and first:
                span = f"{RANGE}: {span}"
            told.append(
                f"{self.names[p]} {amounts.verb(words)} {size}{f' ({span})' if span else ''}"
            )
        return conjoined(told)

    def short(self, amounts: Amounts) -> str:
        """An amount whose unit was said just before."""
        return amounts.money(amounts.middle, unit=False)

    def regimes_of(self, name: str) -> list[int | None]:
        """Return the regimes by which a column is told; `[None]` where all are one."""
        return [None] if self.whole(name) else list(self.bands.shown())

    def plays(self, regime: int, of: Bands | None = None) -> str:
        """What players do in a regime, and who walks out of it."""
        found = (of or self.bands).regimes[regime]
        does = playing(self.model, found.support)
        out = [self.model.named(each) for each in found.walkouts]
        return f"{does} (the walk-out of {conjoined(out)} binds)" if out else does

    def phrases(self, signal: Signal) -> tuple[str, str]:
        """What holds where a signal is positive, and where it is negative."""
        for p, player in enumerate(self.players):
            if signal.column == f"delta_{player}":
                who = self.names[p]
                return f"{who} gains in a deal", f"{who} concedes in a deal"
        return signal.positive, signal.negative


def conjoined(parts: Sequence[str]) -> str:
    """Join phrases by commas and an and."""
    return " and ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} and {parts[-1]}"
