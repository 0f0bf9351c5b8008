"""Between which two whole numbers along a line of a sweep something changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from negotiation.regimes.line import Event, Line
from negotiation.regimes.signs import Score, scores
from negotiation.tolerances import ZERO_LOSS


def steps(line: Line) -> Iterator[Event]:
    """Changes of the selected equilibrium and of signs, between neighbouring whole numbers.

    Whole numbers that the sweep leaves out are looked at where something changes across them.
    """

    def chosen(x: float) -> str:
        return str(line.at(x, "equilibrium"))

    supports = line.values["equilibrium"].tolist()
    yield from _told(line, "equilibrium", "The equilibrium", supports, chosen, _called)
    rounding = ZERO_LOSS * line.scale
    for score in scores(line):
        if score.column in line.values:
            yield from _signs(line, score, rounding)


def _signs(line: Line, score: Score, rounding: float) -> Iterator[Event]:
    def side(value: float) -> str:
        if np.isnan(value):
            return ""
        return score.breaks_even if abs(value) <= rounding else score.side(value)

    # NCL is not defined where its column is not, and has the sign of the concession elsewhere.
    column, located = line.values[score.column], line.values[score.locate]
    sides = [side(v) if np.isfinite(c) else "" for c, v in zip(column, located, strict=True)]

    def at(x: float) -> str:
        known = np.isfinite(line.at(x, score.column))
        return side(float(line.at(x, score.locate))) if known else ""

    yield from _told(
        line, score.kind, score.name, sides, at, lambda told: told or "it is not defined"
    )


def _called(support: str) -> str:
    return support or "no certified equilibrium"


def _told(
    line: Line,
    kind: str,
    subject: str,
    states: list[str],
    at: Callable[[float], str],
    words: Callable[[str], str],
) -> Iterator[Event]:
    points = line.points.astype(np.int64).tolist()
    changed = False
    for k in _changes(states):
        changed = True
        first, state = points[k], states[k]
        while state != states[k + 1]:  # what lies between may change more than once
            low, high, after = first, points[k + 1], states[k + 1]
            while high - low > 1:
                middle = (low + high) // 2
                here = at(float(middle))
                if here == state:
                    low = middle
                else:
                    high, after = middle, here
            before, then = words(state), words(after)
            yield Event(
                kind,
                line.axis.name,
                low + 0.5,
                before,
                then,
                f"{subject} changes between {line.axis.name} = {low} and {high}{line.label}: "
                f"{before} up to {low}, {then} from {high}.",
                True,
                between=(low, high),
            )
            first, state = high, after
    if not changed:
        throughout = words(states[0])
        told = f"{subject} does not change along {line.range}: {throughout} throughout."
        yield Event(kind, line.axis.name, np.nan, throughout, throughout, told, False)


def _changes(states: list[str]) -> NDArray[np.int64]:
    """Places after which the state is another."""
    given = np.array(states, dtype=object)
    return np.flatnonzero(given[1:] != given[:-1])
