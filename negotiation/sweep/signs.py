"""Where a score changes sign along a line of a sweep, or how far it is from doing so."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.game import Array
from negotiation.sweep.line import Event, Line
from negotiation.sweep.roots import crossing
from negotiation.sweep.thresholds.locate import divide
from negotiation.tolerances import ZERO_LOSS
from negotiation.words import amount, money


@dataclasses.dataclass(frozen=True)
class _Score:
    """A column whose sign means something, and the words for it.

    `locate` is the column by which a change is located: it has the same sign and no gap where the
    score itself is not defined. It is in money, which says what is rounding.
    """

    kind: str
    column: str
    locate: str
    name: str
    negative: str
    positive: str
    not_negative: str
    not_positive: str
    breaks_even: str
    show: Callable[[float], str]

    def side(self, value: float) -> str:
        return self.positive if value > 0 else self.negative


class _UndefinedError(Exception):
    """The score does not exist at a point between two where it does."""

    def __init__(self, x: float) -> None:
        self.x = x


def signs(line: Line, marks: Sequence[float] = ()) -> Iterator[Event]:
    """Sign changes of every side's no-deal gain, and of the first side's leverage.

    Parameters
    ----------
    marks : sequence of float
        Where the equilibrium changes: a sign that changes with it changes there.
    """
    for score in _scores(line):
        if score.column in line.values:
            yield from _changes(line, score, marks)


def _scores(line: Line) -> Iterator[_Score]:
    unit = type(line.model).payoff_unit
    players = type(line.model).players
    for player in players:
        who = line.model.named(player)
        yield _Score(
            kind=f"no-deal payoff of {player}",
            column=f"gain_{player}",
            locate=f"gain_{player}",
            name=f"The no-deal payoff of {who}",
            negative=f"{who} loses without a deal",
            positive=f"{who} gains without a deal",
            not_negative=f"{who} never loses without a deal",
            not_positive=f"{who} never gains without a deal",
            breaks_even=f"{who} breaks even without a deal",
            show=lambda value: money(value, unit, signed=True),
        )
    who = line.model.named(players[0])
    yield _Score(
        kind=f"ncl of {players[0]}",
        column=f"ncl_{players[0]}",
        locate=f"delta_{players[0]}",
        name=f"The net concession leverage (NCL) of {who}",
        negative=f"{who} pays for the deal",
        positive=f"{who} is paid",
        not_negative=f"{who} never pays for the deal",
        not_positive=f"{who} is never paid",
        breaks_even=f"nobody pays {who} and {who} pays nobody",
        show=lambda value: f"{value:+.3f}",
    )


def _changes(line: Line, score: _Score, marks: Sequence[float]) -> Iterator[Event]:
    values = line.values[score.column]
    some = np.isfinite(values)
    # What is smaller than the rounding of the payoffs it comes from is zero, and has no sign.
    rounding = ZERO_LOSS * line.scale
    zero = max(ZERO_LOSS * float(np.abs(values[some]).max(initial=0.0)), np.finfo(float).tiny)
    small = (np.abs(values) <= zero) | (np.abs(line.values[score.locate]) <= rounding)
    values = np.where(some & small, 0.0, values)
    known = np.flatnonzero(some & ~small)
    turns = np.flatnonzero(np.sign(values[known][1:]) != np.sign(values[known][:-1]))
    for k in turns:
        a, b = known[k], known[k + 1]
        ends = (float(line.points[a]), float(line.points[b]))
        at_ends = (float(values[a]), float(values[b]))
        if b - a > 2 and some[a:b].all():
            yield _flat(line, score, ends, at_ends, (a + 1, b - 1), rounding)
        else:
            yield _event(line, score, ends, at_ends, True, marks)
    if len(turns):
        return
    if not len(known):
        what = "is zero" if some.any() else "is not defined"
        told = f"{score.name} {what} along {line.range}."
        yield Event(score.kind, line.axis.name, np.nan, what, what, told, False)
        return
    yield _none(line, score, values, known, max(zero, rounding))


def _flat(
    line: Line,
    score: _Score,
    ends: tuple[float, float],
    values: tuple[float, float],
    zeros: tuple[int, int],
    rounding: float,
) -> Event:
    """A change of sign across an interval of zeros, with both ends of that interval."""

    def outside(x: Array, k: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.asarray(np.abs(line.over(x, score.locate)) > rounding)

    _, found = divide(outside, ends, line.points[list(zeros)], line.width)
    first, last = (line.snapped(float(x)) for x in found)
    told = [
        f"{score.side(value)} ({score.show(value)} at {amount(x)})"
        for x, value in zip(ends, values, strict=True)
    ]
    return Event(
        score.kind,
        line.axis.name,
        first,
        told[0],
        told[1],
        f"{score.name} changes sign across an interval: from {line.axis.name} = {amount(first)} to "
        f"{amount(last)}{line.label} {score.breaks_even}; below it {told[0]}, above it {told[1]}.",
        True,
    )


def _none(line: Line, score: _Score, values: Array, known: NDArray[np.int64], zero: float) -> Event:
    """Say that the sign does not change within the range, and where the nearest change is."""
    near = int(known[np.abs(values[known]).argmin()])
    positive = bool(values[near] > 0)
    touched = np.flatnonzero(values == 0.0)
    if len(touched):  # it touches zero without crossing it
        side = score.not_negative if positive else score.not_positive
        told = (
            f"{score.name} does not change sign along {line.range}: {score.breaks_even} "
            f"{_where(line, touched)}, and {side}. Elsewhere nearest to zero: "
        )
    else:
        side = f"{score.side(values[near])} throughout"
        told = f"{score.name} does not change sign along {line.range}: {side}. Nearest to zero: "
    told += f"{score.show(values[near])} at {line.axis.name} = {amount(line.points[near])}."
    away, found = line.beyond
    if len(away):
        beyond = found[score.column]
        other = np.flatnonzero(beyond * np.sign(values[near]) < -zero)
        if len(other):
            k = int(other[0])
            ends = line.bracket(k)
            start = float(line.at(ends[0], score.column))
            if start * beyond[k] < 0.0:
                event = _event(line, score, ends, (start, float(beyond[k])), False)
                further = f"{told} Outside that range, t{event.sentence[1:]}"
                return dataclasses.replace(event, sentence=further)
            told += f" Beyond, it is {score.show(float(beyond[k]))} at {amount(ends[1])}."
        else:
            told += f" No change of sign was found {line.tried} either."
    return Event(score.kind, line.axis.name, np.nan, side, side, told, False)


def _where(line: Line, places: NDArray[np.int64]) -> str:
    """Say at which points of a line something holds."""
    name, points = line.axis.name, line.points
    if len(places) == 1:
        x = amount(points[places[0]])
        end = ", the end of the range" if places[0] in (0, len(points) - 1) else ""
        return f"at {name} = {x}{end}"
    first, last = amount(points[places[0]]), amount(points[places[-1]])
    if places[-1] - places[0] == len(places) - 1:
        return f"from {name} = {first} to {last}"
    return f"at {len(places)} points from {name} = {first} to {last}"


def _event(
    line: Line,
    score: _Score,
    ends: tuple[float, float],
    values: tuple[float, float],
    within: bool,
    marks: Sequence[float] = (),
) -> Event:
    def at(x: float) -> float:
        value = float(line.at(x, score.locate))
        if np.isnan(value):
            raise _UndefinedError(x)
        return value

    gap = ""
    try:
        starts = (at(ends[0]), at(ends[1])) if score.locate != score.column else values
        where = line.snapped(crossing(at, *ends, *starts, line.width), marks)
    except _UndefinedError as hole:
        where = hole.x
        gap = f"; in between there is none, as at {line.axis.name} = {amount(where)}: no deal"
    if ends[0] > ends[1]:
        ends, values = ends[::-1], values[::-1]
    told = [
        f"{score.side(value)} ({score.show(value)} at {amount(x)})"
        for x, value in zip(ends, values, strict=True)
    ]
    place = "near" if gap else "at"
    return Event(
        score.kind,
        line.axis.name,
        where,
        told[0],
        told[1],
        f"{score.name} changes sign {place} {line.axis.name} = {amount(where)}{line.label}: below "
        f"it {told[0]}, above it {told[1]}{gap}.",
        within,
    )
