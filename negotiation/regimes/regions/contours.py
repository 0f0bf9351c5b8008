"""A plane divided into regions by curves: cells cut along straight chords between exact points.

Marching squares (Lorensen and Cline 1987 in the plane) for any number of states at once: the points
at which the curves cross the sides of a cell are given; here they are joined within each cell, cell
by cell into polylines, and the parts of cells into regions.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Hashable, Sequence

from negotiation.regimes.regions.breaks import Break, Edge, State

Point = tuple[float, float]
Key = Hashable


@dataclasses.dataclass(frozen=True)
class Side:
    """A part of an edge, from one t to another, in the sense in which the cell is walked around."""

    edge: int
    start: float
    end: float


@dataclasses.dataclass
class Cell:
    """A rectangle, in cells of the grid, whose sides are parts of edges.

    Attributes
    ----------
    low, high : Point
        Opposite corners.
    sides : list of Side
        Four of them: bottom, right, top, left, anticlockwise.
    depth : int
        How often it was split off.
    centre : State, optional
        State where the breaks of its sides have their mean; asked for where curves may be joined
        in two ways.
    """

    low: Point
    high: Point
    sides: list[Side]
    depth: int = 0
    centre: State | None = None


@dataclasses.dataclass(frozen=True)
class Crossing:
    """A point of a cell's rim at which the state changes, walking anticlockwise."""

    key: Key
    at: Point
    side: int
    before: State
    after: State


@dataclasses.dataclass(frozen=True)
class Chord:
    """A straight cut from one crossing to another; `state` holds on its right, along the rim."""

    start: int
    end: int
    facet: int
    state: int
    other: int


@dataclasses.dataclass(frozen=True)
class Rim:
    """What a cell looks like from its sides.

    Attributes
    ----------
    first : State
        At its lower left corner.
    crossings : list of Crossing
    stretches : list of (Key, Point)
        The parts of edges without a change, each with its middle.
    """

    first: State
    crossings: list[Crossing]
    stretches: list[tuple[Key, Point]]


def rim(cell: Cell, edges: Sequence[Edge]) -> Rim:
    """Walk around a cell."""
    crossings: list[Crossing] = []
    stretches: list[tuple[Key, Point]] = []
    first: State | None = None
    state: State | None = None
    for number, side in enumerate(cell.sides):
        edge = edges[side.edge]
        low, high = min(side.start, side.end), max(side.start, side.end)
        forward = side.end > side.start
        found: list[tuple[int, Break]] = [
            (k, each)
            for k, each in enumerate(edge.breaks)
            if low <= each.t < high or (each.t == high == 1.0)
        ]
        if not forward:
            found.reverse()
        here = edge.samples[0][2]
        for each in edge.breaks:
            if each.t < low:
                here = each.after
        if not forward and found:
            here = found[0][1].after
        if state is not None and here != state:  # two edges disagree about a corner they share
            corner = edge.at(side.start)
            crossings.append(Crossing(_corner(corner), corner, number, state, here))
        first = here if first is None else first
        state = here
        t = side.start
        for k, each in found:
            after = each.after if forward else each.before
            stretches.append(((side.edge, _stretch(k, forward)), edge.at(0.5 * (t + each.t))))
            crossings.append(Crossing((side.edge, k), edge.at(each.t), number, state, after))
            state, t = after, each.t
        count = sum(each.t < (low if forward else high) for each in edge.breaks)
        last = found[-1][0] + 1 if found and forward else found[-1][0] if found else count
        stretches.append(((side.edge, last), edge.at(0.5 * (t + side.end))))
    assert first is not None
    assert state is not None
    if state != first:
        corner = edges[cell.sides[0].edge].at(cell.sides[0].start)
        crossings.append(Crossing(_corner(corner), corner, 3, state, first))
    return Rim(first, crossings, stretches)


def _stretch(k: int, forward: bool) -> int:
    """Number of the stretch before break k, in the sense of the walk."""
    return k if forward else k + 1


def _corner(point: Point) -> Key:
    return ("corner", round(point[0], 9), round(point[1], 9))


class TangledError(Exception):
    """The changes on a cell's rim cannot be joined by chords: three regions meet within it."""


def chords(cell: Cell, around: Rim) -> list[Chord]:
    """Join the changes of every facet on a cell's rim in pairs.

    Raises
    ------
    TangledError
        If three states of a facet meet, or the boundary of one facet ends on that of another.
    """
    if not around.crossings:
        return []
    joined: list[Chord] = []
    partner: dict[int, set[int]] = defaultdict(set)
    for facet in range(len(around.first)):
        places = [
            k for k, each in enumerate(around.crossings) if each.before[facet] != each.after[facet]
        ]
        if not places:
            continue
        arcs = [around.crossings[k].after[facet] for k in places]  # arc i starts at place i
        count = len(places)
        even, odd = set(arcs[0::2]), set(arcs[1::2])
        if count % 2 or (len(even) > 1 and len(odd) > 1):
            raise TangledError
        if len(even) == 1 and len(odd) == 1 and count > 2:
            saddle = None if cell.centre is None else cell.centre[facet]
            cut_even = saddle in odd
        else:
            cut_even = len(odd) == 1
        cut = range(0 if cut_even else 1, count, 2)
        rest = arcs[1] if cut_even else arcs[0]
        for i in cut:
            start, end = places[i], places[(i + 1) % count]
            joined.append(Chord(start, end, facet, arcs[i], rest))
            partner[start].add(end)
            partner[end].add(start)
    if any(len(others) > 1 for others in partner.values()):
        raise TangledError
    return joined


def ambiguous(around: Rim) -> bool:
    """Whether some facet changes four times or more around a cell, so that its centre is needed."""
    facets = range(len(around.first))
    return any(
        sum(each.before[f] != each.after[f] for each in around.crossings) > 2 for f in facets
    )


def bump(around: Rim, joined: Sequence[Chord]) -> tuple[int, float] | None:
    """Where a curve enters and leaves a cell by the same side: axis, and place along it."""
    for each in joined:
        start, end = around.crossings[each.start], around.crossings[each.end]
        if start.side == end.side:
            axis = start.side % 2
            return axis, 0.5 * (start.at[axis] + end.at[axis])
    return None
