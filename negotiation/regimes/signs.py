"""Where a score changes sign along a line of a sweep, or how far it is from doing so."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.games.game import Array
from negotiation.regimes.line import Event, Line
from negotiation.regimes.roots import crossing, roundest
from negotiation.regimes.thresholds.locate import divide, follow
from negotiation.tolerances import TOUCH, ZERO_LOSS
from negotiation.words import amount, money

#: Places at which a score turns towards zero that are followed between the points of a line.
_DIPS = 8

#: Shortest interval of zeros, as a share of the range: beside a smooth touch a score is as good as
#: zero for a while.
_INTERVAL = 1e-2

#: How near the bottom of a smooth dip is known, as a share of the range.
_PLACE = 1e-6

#: Places at which a score is zero that are named.
_SHOWN = 3


@dataclasses.dataclass(frozen=True)
class Score:
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
        """What holds at a value that is not zero."""
        return self.positive if value > 0 else self.negative


class _UndefinedError(Exception):
    """The score does not exist at a point between two where it does."""

    def __init__(self, x: float) -> None:
        self.x = x


def signs(
    line: Line, marks: Sequence[float] = (), tied: NDArray[np.bool_] | None = None
) -> Iterator[Event]:
    """Sign changes of every side's no-deal gain, and of the first side's leverage.

    Parameters
    ----------
    marks : sequence of float
        Where the equilibrium changes: a sign that changes with it changes there.
    tied : (N,) array of bool, optional
        Points at which a score is left out because payoffs are tied, not because there is none.
    """
    here = np.zeros(len(line.points), dtype=bool) if tied is None else tied
    for score in scores(line):
        if score.column in line.values:
            missing = int((~np.isfinite(line.values[score.column]) & ~here).sum())
            where = ""
            if missing:
                defined = len(line.points) - missing
                where = f" wherever it is defined, at {defined} of {len(line.points)} points"
            yield from _changes(_followed(line, score), score, marks, where)


def _followed(line: Line, score: Score) -> Line:
    """Add to a line where a score comes to zero, or passes it, between two of its points."""
    column, located = line.values[score.column], line.values[score.locate]
    size, sign = np.abs(located), np.sign(located)
    zero = ZERO_LOSS * line.scale
    ends: list[tuple[int, int, int]] = []
    for k in range(1, len(size) - 1):
        one, two = size[k - 1], size[k + 1]
        known = np.isfinite(column[k - 1 : k + 2]).all() and size[k] > zero
        turns = size[k] < one and size[k] <= two and 1.5 * size[k] <= max(one, two)
        if known and turns and sign[k - 1] == sign[k] == sign[k + 1]:
            ends.append((k - 1, k, k + 1))
    ends = sorted(ends, key=lambda each: size[each[1]])[:_DIPS]
    if not ends:
        return line
    places = np.array(ends).T
    way = sign[places[1]]
    found = follow(
        lambda x, k: way[k] * line.over(x, score.locate),
        (line.points[places[0]], line.points[places[1]], line.points[places[2]]),
        (size[places[0]], size[places[1]], size[places[2]]),
        np.full(len(way), -zero),
        TOUCH * float(np.ptp(line.points)),
    )
    touches = ~found.beyond & (np.abs(found.value) <= zero)
    # A smooth dip is as good as zero around its place: the number with the fewest digits is meant.
    near = _PLACE * float(np.ptp(line.points))
    round_ = np.array([roundest(float(x) - near, float(x) + near) for x in found.at])
    meant = touches & (np.abs(line.over(round_, score.locate)) <= zero)
    new = np.where(meant, round_, found.at)[touches | found.beyond].tolist()
    new = [x for x in new if x not in line.points]
    if not new:
        return line
    points = np.concatenate([line.points, new])
    order = np.argsort(points)
    values = {
        name: np.concatenate([line.values[name], line.over(np.array(new), name)])[order]
        for name in {score.column, score.locate}
    }
    return dataclasses.replace(line, points=points[order], values=values)


def scores(line: Line) -> Iterator[Score]:
    """Every score whose sign is told of along a line."""
    unit = type(line.model).payoff_unit
    players = type(line.model).players
    for player in players:
        who = line.model.named(player)
        yield Score(
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
    yield Score(
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


def _changes(line: Line, score: Score, marks: Sequence[float], where: str) -> Iterator[Event]:
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
            inner = (float(line.points[a + 1]), float(line.points[b - 1]))
            yield _flat(line, score, ends, at_ends, inner, rounding)
            continue
        event = _event(line, score, ends, at_ends, True, marks)
        # The place found may be any of an interval of zeros.
        step = _INTERVAL * float(np.ptp(line.points))
        aside = np.array([event.value - step, event.value + step])
        if ends[0] <= aside[0] and aside[1] <= ends[1] and event.value not in marks:
            flat = np.abs(line.over(np.append(aside, event.value), score.locate)) <= rounding
            if flat[2] and flat[:2].any():
                event = _flat(line, score, ends, at_ends, (event.value, event.value), rounding)
        yield event
    if len(turns):
        return
    if not len(known):
        what = "is zero" if some.any() else "is not defined"
        told = f"{score.name} {what} along {line.range}{where if some.any() else ''}."
        yield Event(score.kind, line.axis.name, np.nan, what, what, told, False)
        return
    yield _none(line, score, values, known, max(zero, rounding), where)


def _flat(
    line: Line,
    score: Score,
    ends: tuple[float, float],
    values: tuple[float, float],
    zeros: tuple[float, float],
    rounding: float,
) -> Event:
    """A change of sign across an interval of zeros, with both ends of that interval."""

    def outside(x: Array, k: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.asarray(np.abs(line.over(x, score.locate)) > rounding)

    _, found = divide(outside, ends, zeros, line.width)
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


def _none(
    line: Line,
    score: Score,
    values: Array,
    known: NDArray[np.int64],
    zero: float,
    where: str,
) -> Event:
    """Say that the sign does not change within the range, and where the nearest change is."""
    near = int(known[np.abs(values[known]).argmin()])
    positive = bool(values[near] > 0)
    touched = np.flatnonzero(values == 0.0)
    if len(touched):  # it touches zero without crossing it
        side = score.not_negative if positive else score.not_positive
        told = (
            f"{score.name} does not change sign along {line.range}: {score.breaks_even} "
            f"{_where(line, score, values)}, and {side}{where}. Elsewhere nearest to zero: "
        )
    else:
        side = f"{score.side(values[near])}{where or ' throughout'}"
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


def _where(line: Line, score: Score, values: Array) -> str:
    """Say where along a line a score is zero, with both ends of every interval."""
    name, points = line.axis.name, line.points
    edges = np.flatnonzero(np.diff(np.concatenate([[False], values == 0.0, [False]])))
    runs = edges.reshape(-1, 2) + np.array([0, -1])
    told = []
    for first, last in runs[:_SHOWN]:
        low, high = _zeros(line, score, values, int(first), int(last))
        if low < high:
            told.append(f"from {name} = {amount(low)} to {amount(high)}")
        else:
            end = ", the end of the range" if low in (points[0], points[-1]) else ""
            told.append(f"at {name} = {amount(low)}{end}")
    if len(runs) > _SHOWN:
        told.append(f"at {len(runs) - _SHOWN} more places")
    return " and ".join(told)


def _zeros(line: Line, score: Score, values: Array, first: int, last: int) -> tuple[float, float]:
    """Both ends of the interval around some points in which a score is zero."""
    points = line.points
    low, high = float(points[first]), float(points[last])
    sides = [
        (out, at)
        for out, at in ((first - 1, first), (last + 1, last))
        if 0 <= out < len(points) and np.isfinite(values[out])
    ]
    if not sides:
        return low, high
    rounding = ZERO_LOSS * line.scale
    if first == last:  # a touch, unless it is zero a step aside as well
        step = _INTERVAL * float(np.ptp(points))
        ends = np.array([points[out] for out, _ in sides])
        aside = low + np.sign(ends - low) * np.minimum(step, np.abs(ends - low))
        if (np.abs(line.over(aside, score.locate)) > rounding).all():
            return low, high

    def outside(x: Array, k: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.asarray(np.abs(line.over(x, score.locate)) > rounding)

    out, within = np.array(sides).T
    _, found = divide(outside, points[out], points[within], line.width)
    near = TOUCH * float(np.ptp(points))
    for (k, _), x in zip(sides, found, strict=True):
        edge = line.snapped(roundest(float(x) - near, float(x) + near))
        low, high = (edge, high) if k < first else (low, edge)
    return low, high


def _event(
    line: Line,
    score: Score,
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
