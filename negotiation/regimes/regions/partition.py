"""Cells cut along straight chords into parts; boundaries joined into curves, parts into regions."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from negotiation.games.game import Array
from negotiation.regimes.regions.breaks import State
from negotiation.regimes.regions.contours import Cell, Chord, Key, Point, Rim

#: What changes across a boundary: facet, state on the left, state on the right.
Change = tuple[tuple[int, int, int], ...]

#: Chords shorter than this, in cells of the grid, are points.
_POINT = 1e-8

#: Parts of a cell smaller than this, as a share of a cell of the grid, are rounding.
_NOTHING = 1e-13


@dataclasses.dataclass(frozen=True)
class Part:
    """A polygon of one state within a cell, and the stretches of the rim it touches."""

    state: State
    polygon: Array
    stretches: tuple[Key, ...]


@dataclasses.dataclass(frozen=True)
class Segment:
    """A straight piece of boundary between two points; left and right states beside its middle."""

    start: Key
    end: Key
    points: tuple[Point, Point]
    change: Change
    left: State
    right: State


# --- within a cell --------------------------------------------------------------------------------


def parts(cell: Cell, around: Rim, joined: Sequence[Chord]) -> tuple[list[Part], list[Segment]]:
    """Cut a cell along its chords."""
    (x0, y0), (x1, y1) = cell.low, cell.high
    square = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    ends = {(each.start, each.end) for each in joined}
    ends = {pair for pair in ends if pair[::-1] not in ends or pair[0] < pair[1]}
    pieces = [square]
    for start, end in sorted(ends):
        p, q = around.crossings[start].at, around.crossings[end].at
        if max(abs(p[0] - q[0]), abs(p[1] - q[1])) < _POINT:  # it cuts off nothing but a corner
            continue
        pieces = [half for piece in pieces for half in _halves(piece, p, q)]

    def state_at(point: Point) -> State:
        state = list(around.first)
        for each in joined:
            state[each.facet] = each.other
        for each in joined:
            p, q = around.crossings[each.start].at, around.crossings[each.end].at
            longer = max(abs(p[0] - q[0]), abs(p[1] - q[1])) >= _POINT
            if longer and _cross(p, q, point) < 0.0:
                state[each.facet] = each.state
        return tuple(state)

    polygons = [(state_at(_middle(piece)), piece) for piece in pieces]
    segments = []
    for start, end in sorted(ends):
        first, second = around.crossings[start], around.crossings[end]
        changes = []
        for each in joined:
            if (each.start, each.end) == (start, end):
                changes.append((each.facet, each.other, each.state))
            elif (each.end, each.start) == (start, end):
                changes.append((each.facet, each.state, each.other))
        middle = (0.5 * (first.at[0] + second.at[0]), 0.5 * (first.at[1] + second.at[1]))
        aside = (first.at[1] - second.at[1], second.at[0] - first.at[0])
        size = float(np.hypot(*aside)) or 1.0
        step = 1e-6 * (x1 - x0 + y1 - y0) / size
        beside = [
            state_at((middle[0] + sign * step * aside[0], middle[1] + sign * step * aside[1]))
            for sign in (1.0, -1.0)
        ]
        change = tuple(sorted(changes))
        segments.append(
            Segment(first.key, second.key, (first.at, second.at), change, beside[0], beside[1])
        )
    return _touching(polygons, around), segments


def star(cell: Cell, around: Rim, before: Mapping[Key, Point]) -> tuple[list[Part], list[Segment]]:
    """Join every change on a cell's rim to one point within it: a junction.

    Parameters
    ----------
    before : mapping of Key to Point
        By crossing, the next point of its curve outside the cell: where the curves, drawn on
        straight, come closest to each other is the junction.
    """
    meeting = _meeting(cell, around, before)
    key: Key = ("junction", cell.low, cell.high)
    (x0, y0), (x1, y1) = cell.low, cell.high
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    walk: list[tuple[Point, int | None]] = []
    for number, corner in enumerate(corners):
        walk.append((corner, None))
        walk += [(c.at, k) for k, c in enumerate(around.crossings) if c.side == number]
    turns = [i for i, (_, k) in enumerate(walk) if k is not None]
    polygons, segments = [], []
    for a, b in pairwise([*turns, turns[0] + len(walk)]):
        outline = [walk[i % len(walk)][0] for i in range(a, b + 1)]
        which = walk[a % len(walk)][1]
        assert which is not None
        state = around.crossings[which].after
        polygons.append((state, np.array([meeting, *outline])))
    for each in around.crossings:
        # Walking in from the rim, what comes next anticlockwise lies on the right.
        change = tuple(
            (f, each.before[f], each.after[f])
            for f in range(len(each.before))
            if each.before[f] != each.after[f]
        )
        segments.append(Segment(each.key, key, (each.at, meeting), change, each.before, each.after))
    return _touching(polygons, around), segments


def _meeting(cell: Cell, around: Rim, before: Mapping[Key, Point]) -> Point:
    """The point nearest to all curves drawn on; the mean of the crossings if they do not tell."""
    hub = np.mean([each.at for each in around.crossings], axis=0)
    normals, levels = [], []
    for each in around.crossings:
        if each.key in before:
            way = np.array(each.at) - np.array(before[each.key])
            size = float(np.hypot(*way))
            if size > _POINT:
                normal = np.array([-way[1], way[0]]) / size
                normals.append(normal)
                levels.append(float(normal @ np.array(each.at)))
    if len(normals) >= 2:
        system = np.array(normals)
        if np.linalg.svd(system, compute_uv=False)[-1] > 0.1:
            found = np.linalg.lstsq(system, np.array(levels), rcond=None)[0]
            if (found >= cell.low).all() and (found <= cell.high).all():
                hub = found
    return (float(hub[0]), float(hub[1]))


def _turned(change: Change) -> Change:
    return tuple((facet, right, left) for facet, left, right in change)


def _cross(p: Point, q: Point, x: Point) -> float:
    return (q[0] - p[0]) * (x[1] - p[1]) - (q[1] - p[1]) * (x[0] - p[0])


def _middle(polygon: Array) -> Point:
    return (float(polygon[:, 0].mean()), float(polygon[:, 1].mean()))


def area(polygon: Array) -> float:
    """Area of a polygon, in cells of the grid."""
    x, y = polygon[:, 0] - polygon[0, 0], polygon[:, 1] - polygon[0, 1]
    return 0.5 * abs(float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()))


def _halves(polygon: Array, p: Point, q: Point) -> list[Array]:
    """Cut a convex polygon along the line through two points."""
    side = np.array([_cross(p, q, (float(x), float(y))) for x, y in polygon])
    kept = []
    for sign in (1.0, -1.0):
        s = sign * side
        points = []
        for k in range(len(polygon)):
            j = (k + 1) % len(polygon)
            if s[k] >= 0.0:
                points.append(polygon[k])
            if (s[k] > 0.0 > s[j]) or (s[k] < 0.0 < s[j]):
                points.append(polygon[k] + s[k] / (s[k] - s[j]) * (polygon[j] - polygon[k]))
        if len(points) >= 3:
            half = np.array(points)
            if area(half) > _NOTHING:
                kept.append(half)
    return kept


def _touching(polygons: Sequence[tuple[State, Array]], around: Rim) -> list[Part]:
    """Say which stretches of the rim each polygon lies along."""
    touched: list[list[Key]] = [[] for _ in polygons]
    for key, point in around.stretches:
        if len(polygons) == 1:
            touched[0].append(key)
            continue
        gaps = [gap(polygon, point) for _, polygon in polygons]
        touched[int(np.argmin(gaps))].append(key)
    return [
        Part(state, polygon, tuple(keys))
        for (state, polygon), keys in zip(polygons, touched, strict=True)
    ]


def gap(polygon: Array, point: Point) -> float:
    """Distance of a point from a polygon's outline."""
    return float(distances(np.array([point]), polygon, np.roll(polygon, -1, axis=0))[0])


def distances(points: Array, starts: Array, ends: Array) -> Array:
    """(K,) distance of each of (K, 2) points from the nearest of (M, 2) to (M, 2) line pieces."""
    way = ends - starts
    size = np.maximum((way**2).sum(axis=1), 1e-300)
    off = points[:, None, :] - starts
    t = np.clip((off * way).sum(axis=2) / size, 0.0, 1.0)
    gap = off - t[..., None] * way
    return np.asarray(np.sqrt((gap**2).sum(axis=2)).min(axis=1))


# --- cell by cell ---------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Line:
    """A boundary across which the same facets change in the same way.

    Attributes
    ----------
    change : Change
    keys : list of Key
    points : (K, 2) array
        In cells of the grid; the first again at the end where it is closed.
    closed : bool
    sides : set of (State, State)
        Full states on the left and on the right.
    """

    change: Change
    keys: list[Key]
    points: Array
    closed: bool
    sides: frozenset[tuple[State, State]]


def lines(segments: Sequence[Segment]) -> list[Line]:
    """Join segments with the same change, end to end."""
    groups: dict[Change, list[Segment]] = defaultdict(list)
    for each in segments:
        _, left, right = each.change[0]
        normal = each if left < right else _reversed(each)
        groups[normal.change].append(normal)
    return [line for change, group in groups.items() for line in _chains(change, group)]


def _reversed(segment: Segment) -> Segment:
    return Segment(
        segment.end,
        segment.start,
        (segment.points[1], segment.points[0]),
        _turned(segment.change),
        segment.right,
        segment.left,
    )


def _chains(change: Change, group: Sequence[Segment]) -> Iterator[Line]:
    leaving: dict[Key, list[int]] = defaultdict(list)
    arriving: dict[Key, list[int]] = defaultdict(list)
    for k, each in enumerate(group):
        leaving[each.start].append(k)
        arriving[each.end].append(k)
    left = set(range(len(group)))

    def follow(k: int) -> list[int]:
        run = [k]
        left.discard(k)
        while True:
            key = group[run[-1]].end
            onward = [j for j in leaving[key] if j in left]
            if len(leaving[key]) != 1 or len(arriving[key]) != 1 or not onward:
                return run
            run.append(onward[0])
            left.discard(onward[0])

    starts = [
        k
        for k, each in enumerate(group)
        if len(arriving[each.start]) != 1 or len(leaving[each.start]) != 1
    ]
    for k in (*starts, *range(len(group))):
        if k not in left:
            continue
        run = [group[j] for j in follow(k)]
        points = np.array([run[0].points[0], *(each.points[1] for each in run)])
        yield Line(
            change,
            [run[0].start, *(each.end for each in run)],
            points,
            run[0].start == run[-1].end,
            frozenset((each.left, each.right) for each in run if each.left != each.right),
        )


def regions(found: Sequence[Part]) -> list[list[int]]:
    """Join parts of equal state that share a stretch: the connected regions, largest first."""
    parent = list(range(len(found)))

    def root(k: int) -> int:
        while parent[k] != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        return k

    met: dict[tuple[Key, State], int] = {}
    for k, part in enumerate(found):
        for stretch in part.stretches:
            other = met.setdefault((stretch, part.state), k)
            parent[root(k)] = root(other)
    groups: dict[int, list[int]] = defaultdict(list)
    for k in range(len(found)):
        groups[root(k)].append(k)
    sizes = {k: sum(area(found[j].polygon) for j in group) for k, group in groups.items()}
    return [groups[k] for k in sorted(groups, key=lambda k: -sizes[k])]
