"""Where the draws turn: the places of a picture at which events have half of the draws."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from negotiation.games.game import Array
from negotiation.report.drawn_rows import chances
from negotiation.report.plot_labels import SideLabel, label, side_labels
from negotiation.report.plot_words import value_of
from negotiation.study.bands import Bands
from negotiation.study.lines import DrawnLine, Passage, crossings
from negotiation.words import opening


@dataclasses.dataclass(frozen=True)
class TurningPoint:
    """Where an event has half of the draws, and where it has 5 and 95 of 100: NaN beyond."""

    phrase: str
    low: float
    middle: float
    high: float


def turns(bands: Bands, every: Sequence[DrawnLine]) -> list[list[TurningPoint]]:
    """Events that have half of the draws at one place of a line: by line, in the same order."""
    found: list[list[TurningPoint]] = []
    for _, phrase, probability in chances(bands):
        here = [_turn(opening(phrase), line, probability) for line in every]
        if any(np.isfinite(each.middle) for each in here):
            found.append(here)
    return [list(each) for each in zip(*found, strict=True)]


def _turn(phrase: str, line: DrawnLine, probability: Array) -> TurningPoint:
    passed = crossings(line, probability)
    halves = [each for each in passed if each.level == 0.5]
    if len(halves) != 1:
        return TurningPoint(phrase, np.nan, np.nan, np.nan)
    rises = halves[0].rises
    low, high = (_at(passed, level, rises) for level in ((0.05, 0.95) if rises else (0.95, 0.05)))
    return TurningPoint(phrase, low, halves[0].value, high)


def _at(every: Sequence[Passage], level: float, rises: bool) -> float:
    return next((e.value for e in every if e.level == level and e.rises == rises), np.nan)


def turn_labels(
    bands: Bands, every: Sequence[DrawnLine], turned: Sequence[Sequence[TurningPoint]]
) -> list[list[str]]:
    """What turns; where there is one line, also where."""
    found = []
    model = type(bands.drawn.case.model)

    def at(value: float) -> str:
        return value_of(model, every[-1], float(f"{value:.3g}"))

    for turn in turned[-1] if turned else ():
        ends = [at(each) for each in (turn.low, turn.high) if np.isfinite(each)]
        span = f" ({' to '.join(ends)})" if len(ends) == 2 else ""
        where = f": {at(turn.middle)}{span}" if len(turned) == 1 else ""
        found.append(label(f"{turn.phrase}{where}"))
    return found


def draw_turns(
    row: Sequence[Any],
    every: Sequence[DrawnLine],
    turned: Sequence[Sequence[TurningPoint]],
    labels: Sequence[Sequence[str]],
) -> None:
    """Draw an event a row: a dot where it has half of the draws, a line from 5 to 95 of 100."""
    most = len(turned[0])
    for axes, line, found in zip(row, every, turned, strict=True):
        first, last = line.values[0], line.values[-1]
        for k, turn in enumerate(found):
            y = most - 1 - k
            if not np.isfinite(turn.middle):
                continue
            ends = [
                turn.low if np.isfinite(turn.low) else first,
                turn.high if np.isfinite(turn.high) else last,
            ]
            axes.plot(ends, [y, y], color="#333333", lw=1.4, solid_capstyle="butt")
            # An arrow: the draws that are missing turn beyond the range.
            for end, known, mark in zip(ends, (turn.low, turn.high), "<>", strict=True):
                if not np.isfinite(known):
                    axes.plot([end], [y], color="#333333", marker=mark, ms=4, clip_on=False)
            axes.plot([turn.middle], [y], color="#333333", marker="o", ms=5, clip_on=False)
        axes.set_xlim(first, last)
        axes.grid(visible=False)
    row[0].set_ylim(-0.5, most - 0.5)
    row[0].set_yticks([])
    told = [SideLabel(float(most - 1 - k), each, "#333333") for k, each in enumerate(labels)]
    side_labels(row[-1], told, (-0.5, most - 0.5))
