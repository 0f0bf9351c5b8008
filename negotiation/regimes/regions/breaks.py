"""Where the regime changes along line pieces: all of them at once, one call of the model a step."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from negotiation.games.game import Array
from negotiation.regimes.roots import locate
from negotiation.tolerances import PASSES_ZERO, THRESHOLD

#: One entry per facet of a regime (which equilibrium, who loses, ...), in codes.
State = tuple[int, ...]

#: Rows of what was looked at.
Rows = NDArray[np.int64]

#: A piece is split where it changes more than once; what still changes after this many splits is
#: taken as one change.
_MOST_SPLITS = 12

#: Step off a boundary, in cells of the grid, at which its two sides are read: on it the game is
#: degenerate, and within the tolerance of a tie too close to call. Thinner regions are not shown.
ASIDE = 1e-4


class Facets(Protocol):
    """What the tracing of boundaries needs of a model over two parameters."""

    def look(self, points: Array) -> Rows:
        """Evaluate points (K, 2), in cells of the grid; return where they were put down."""
        ...

    def states(self, rows: Rows) -> NDArray[np.int64]:
        """(K, C) states; zero for a facet that is a sign and as good as zero."""
        ...

    def settled(
        self, rows: Rows, low: NDArray[np.int64], high: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """(K, C) states between two points in states low and high (K, C)."""
        ...

    def slack(self, rows: Rows, facet: NDArray[np.int64], state: NDArray[np.int64]) -> Array:
        """(K,) what is positive where a facet is in a state and zero at its end; NaN: unknown."""
        ...

    def close(self, slack: Array, facet: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(K,) whether a slack is so small that its sign says more than the state."""
        ...

    def tied(self, rows: Rows) -> NDArray[np.bool_]:
        """(K,) whether a point lies on a boundary, so that its state says little."""
        ...

    def scale(self, facet: int) -> float:
        """Size of the slack over the whole map, against which a residual is small."""
        ...


@dataclasses.dataclass(frozen=True)
class Break:
    """A change of regime on a line piece.

    Attributes
    ----------
    t : float
        Where, from 0 to 1.
    before, after : State
    facet : int
        Whose end was located; others may change with it.
    residual : float
        What is left of its slack there, as a share of its size over the map; NaN where the slack
        does not pass through zero: a jump.
    width : float
        Width of the last bracket, in cells of the grid.
    """

    t: float
    before: State
    after: State
    facet: int
    residual: float
    width: float


@dataclasses.dataclass
class Edge:
    """A straight line piece between two points that were looked at, in cells of the grid.

    Attributes
    ----------
    start, end : tuple of two float
    samples : list of (t, row, state)
        At least both ends, in order.
    breaks : list of Break
        In order; filled in by `trace`.
    shift : (float, float)
        By how much the line that is looked along lies beside this one, which is itself a boundary.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    samples: list[tuple[float, int, State]]
    breaks: list[Break] = dataclasses.field(default_factory=list)
    shift: tuple[float, float] = (0.0, 0.0)

    @property
    def length(self) -> float:
        """Length in cells of the grid."""
        return float(np.hypot(self.end[0] - self.start[0], self.end[1] - self.start[1]))

    def at(self, t: float) -> tuple[float, float]:
        """Return the point at t."""
        (a, b), (c, d) = self.start, self.end
        return (a + t * (c - a), b + t * (d - b))

    def state_at(self, t: float) -> State:
        """Return the state at t; on a break the one after it."""
        state = self.samples[0][2]
        for each in self.breaks:
            if each.t > t:
                break
            state = each.after
        return state


@dataclasses.dataclass(frozen=True)
class _Piece:
    edge: Edge
    low: tuple[float, int, State]
    high: tuple[float, int, State]


def trace(facets: Facets, edges: Sequence[Edge]) -> None:
    """Find every change of regime between the samples of each edge.

    The first facet that differs between two samples is located by root finding on its slack, where
    that brackets, and by halving where it does not. What holds just before and just after it then
    shows what changes with it, and what is still to be found on either side.
    """
    pieces = []
    for edge in edges:
        edge.breaks = []
        for low, high in zip(edge.samples[:-1], edge.samples[1:], strict=True):
            if low[2] != high[2]:
                pieces.append(_Piece(edge, low, high))
    for splits in range(_MOST_SPLITS + 1):
        if not pieces:
            break
        pieces = _round(facets, pieces, last=splits == _MOST_SPLITS)
    for edge in edges:
        edge.breaks = sorted((_snapped(edge, each) for each in edge.breaks), key=lambda b: b.t)


def _snapped(edge: Edge, found: Break) -> Break:
    """Move a break seen beside a degenerate edge to the edge's end, if that is as near."""
    if edge.shift == (0.0, 0.0):
        return found
    near = 10.0 * ASIDE / edge.length
    t = 0.0 if found.t < near else 1.0 if found.t > 1.0 - near else found.t
    return dataclasses.replace(found, t=t)


def _round(facets: Facets, pieces: Sequence[_Piece], *, last: bool) -> list[_Piece]:
    """Locate one change on every piece; return the parts of pieces with more of them."""
    low, high = (
        np.array([end[2] for end in ends], dtype=np.int64)
        for ends in ([piece.low for piece in pieces], [piece.high for piece in pieces])
    )
    facet = (low != high).argmax(axis=1)
    state = np.take_along_axis(low, facet[:, None], axis=1)[:, 0]
    begin = np.array([piece.edge.start for piece in pieces])
    way = np.array([piece.edge.end for piece in pieces]) - begin
    begin = begin + np.array([piece.edge.shift for piece in pieces])
    ends = np.array([[piece.low[0], piece.high[0]] for piece in pieces])
    rows = np.array([[piece.low[1], piece.high[1]] for piece in pieces], dtype=np.int64)

    def signed(slack: Array, inside: NDArray[np.bool_]) -> Array:
        """Give the slack the sign of what holds; without a slack halving does as well."""
        size = np.where(np.isfinite(slack), np.abs(slack), 1.0)
        return np.where(inside, size, -size)

    def f(t: Array, k: NDArray[np.int64]) -> Array:
        found = facets.look(begin[k] + t[:, None] * way[k])
        settled = facets.settled(found, low[k], high[k])
        slack = facets.slack(found, facet[k], state[k])
        inside = np.take_along_axis(settled, facet[k, None], axis=1)[:, 0] == state[k]
        # Within a tie the state may be anything; the sign of the slack goes on being right.
        inside = np.where(facets.close(slack, facet[k]), slack > 0.0, inside)
        rows[k, np.where(inside, 0, 1)] = found
        rows[k[slack == 0.0]] = found[slack == 0.0, None]
        return signed(slack, inside)

    length = np.array([piece.edge.length for piece in pieces])
    width = np.minimum(THRESHOLD / length, 0.5)
    inside = np.ones(len(pieces), dtype=bool)
    roots = locate(
        f,
        ends[:, 0],
        ends[:, 1],
        signed(facets.slack(rows[:, 0], facet, state), inside),
        signed(facets.slack(rows[:, 1], facet, state), ~inside),
        width,
    )
    slacks = np.stack([facets.slack(rows[:, side], facet, state) for side in (0, 1)], axis=1)
    scales = np.array([facets.scale(int(each)) for each in facet])
    left = np.abs(slacks).min(axis=1) / scales
    with np.errstate(invalid="ignore"):
        passes = (np.abs(slacks).max(axis=1) <= PASSES_ZERO * scales) | (slacks == 0.0).any(axis=1)
    t = np.where(passes, roots.at, 0.5 * (roots.low + roots.high))
    # What holds on either side is read a step away, or at the end of the piece if that is nearer.
    step = (ASIDE / length)[:, None] * np.array([-1.0, 1.0])
    aside = t[:, None] + step
    beyond = np.stack([aside[:, 0] <= ends[:, 0], aside[:, 1] >= ends[:, 1]], axis=1)
    between = np.stack([low, high], axis=1)
    who, side = np.nonzero(~beyond & (not last))
    if len(who):
        found = facets.look(begin[who] + aside[who, side, None] * way[who])
        rows[who, side] = found
        between[who, side] = facets.settled(found, low[who], high[who])
    more = []
    for k, piece in enumerate(pieces):
        before, after = (tuple(int(code) for code in between[k, s]) for s in (0, 1))
        if before != after:
            piece.edge.breaks.append(
                Break(
                    t=float(t[k]),
                    before=before,
                    after=after,
                    facet=int(facet[k]),
                    residual=float(left[k]) if passes[k] else float("nan"),
                    width=float(roots.high[k] - roots.low[k]) * float(length[k]),
                )
            )
        if before != piece.low[2]:
            inner = (float(aside[k, 0]), int(rows[k, 0]), before)
            more.append(_Piece(piece.edge, piece.low, inner))
        if after != piece.high[2]:
            inner = (float(aside[k, 1]), int(rows[k, 1]), after)
            more.append(_Piece(piece.edge, inner, piece.high))
    return more
