"""A grid of cells over two parameters, made finer where regions meet or may be thin."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from negotiation.games.game import Array
from negotiation.regimes.regions.breaks import ASIDE, Edge, Facets, Rows, State, trace
from negotiation.regimes.regions.contours import (
    Cell,
    Key,
    Point,
    Rim,
    Side,
    TangledError,
    ambiguous,
    bump,
    chords,
    rim,
)
from negotiation.regimes.regions.dips import Dip, dips, down_hollows, down_lines, wells
from negotiation.regimes.regions.partition import Part, Segment, lines, parts, star

Progress = Callable[[int, int], None]

#: Points evaluated together: square tiles, so that few values of either parameter occur in one.
_TILE = 16

#: How often a cell is quartered where three regions meet in it: to a thirty-second of its width.
_MOST_SPLITS = 5

#: How often where a curve enters and leaves through the same side.
_MOST_BUMPS = 3

#: A closed curve of fewer points than this is given more, this many times.
_FEW, _MORE = 16, 3

#: Shift, in cells, at which the regime of a point that lies on a boundary is read.
_NUDGE = (ASIDE, 0.618 * ASIDE)


class Mesh:
    """Cells whose sides carry every change of regime.

    Attributes
    ----------
    shape : (int, int)
        Points of the grid along the first and the second parameter.
    rows : (N1, N2) array
        Rows of the grid's points.
    edges : list of Edge
    cells : list of Cell
    """

    def __init__(
        self, facets: Facets, shape: tuple[int, int], progress: Progress | None = None
    ) -> None:
        self.facets, self.shape = facets, shape
        self.edges: list[Edge] = []
        self.cells: list[Cell] = []
        self._on_boundary: set[int] = set()
        self._grid(progress)
        islands = self._thin()
        trace(self.facets, self.edges)
        for at in islands:
            home = self._home(at)
            if not rim(home, self.edges).crossings:  # otherwise its sides tell of the region
                self._split([(home, at)])
        self._refine()

    # --- the grid -------------------------------------------------------------------------------

    def _grid(self, progress: Progress | None) -> None:
        n, m = self.shape
        self.rows: Rows = np.zeros(self.shape, dtype=np.int64)
        states = np.empty(self.shape, dtype=object)
        done = 0
        for i in range(0, n, _TILE):
            for j in range(0, m, _TILE):
                tile = np.meshgrid(
                    np.arange(i, min(i + _TILE, n)), np.arange(j, min(j + _TILE, m)), indexing="ij"
                )
                points = np.stack([each.ravel() for each in tile], axis=1)
                rows, found = self._vertices(points.astype(float))
                self.rows[points[:, 0], points[:, 1]] = rows
                for (a, b), state in zip(points.tolist(), found, strict=True):
                    states[a, b] = state
                done += len(points)
                if progress is not None:
                    progress(done, n * m)

        def edge(a: tuple[int, int], b: tuple[int, int]) -> int:
            ends = [(int(self.rows[each]), states[each]) for each in (a, b)]
            return self._edge((float(a[0]), float(a[1])), (float(b[0]), float(b[1])), ends)

        along = {(i, j): edge((i, j), (i + 1, j)) for i in range(n - 1) for j in range(m)}
        up = {(i, j): edge((i, j), (i, j + 1)) for i in range(n) for j in range(m - 1)}
        self._along, self._up = along, up
        for i in range(n - 1):
            for j in range(m - 1):
                sides = [
                    Side(along[i, j], 0.0, 1.0),
                    Side(up[i + 1, j], 0.0, 1.0),
                    Side(along[i, j + 1], 1.0, 0.0),
                    Side(up[i, j], 1.0, 0.0),
                ]
                low, high = (float(i), float(j)), (float(i + 1), float(j + 1))
                self.cells.append(Cell(low, high, sides))

    def _vertices(self, points: Array) -> tuple[Rows, list[State]]:
        """Rows and states of points; on a boundary, the state a hair's breadth inwards."""
        rows = self.facets.look(points)
        states = np.array(self.facets.states(rows))
        tied = np.flatnonzero(self.facets.tied(rows))
        own = states.copy()
        near = tied
        for longer in (1.0, 10.0, 100.0):  # near a doubly degenerate corner a hair is too little
            if not len(near):
                break
            beside = self.facets.look(points[near] + longer * self._inwards(points[near]))
            states[near] = self.facets.states(beside)
            near = near[self.facets.tied(beside)]
        on = (states[tied] != own[tied]).any(axis=1)
        self._on_boundary.update(rows[tied][on].tolist())
        return rows, [tuple(int(code) for code in state) for state in states]

    def _inwards(self, points: Array) -> Array:
        """Shift of points (K, 2) by a hair's breadth that keeps them on the map."""
        top = np.array(self.shape) - 1.0
        return np.asarray(np.where(points + _NUDGE > top, -1.0, 1.0) * np.array(_NUDGE))

    def _edge(self, start: Point, end: Point, ends: Sequence[tuple[int, State]]) -> int:
        """Put down an edge; one that lies on a boundary is looked at beside it."""
        samples = [(float(t), row, state) for t, (row, state) in enumerate(ends)]
        edge = Edge(start, end, samples)
        if all(row in self._on_boundary for row, _ in ends):
            a, b = self._inwards(np.array([start, end])).tolist()
            across = 1 if start[1] == end[1] else 0
            edge.shift = (0.0, b[1]) if across else (a[0], 0.0)
        self.edges.append(edge)
        return len(self.edges) - 1

    # --- thin regions ---------------------------------------------------------------------------

    def _thin(self) -> list[Point]:
        """Look where a slack dips between points of the grid; put down the regimes found there.

        Dips along a grid line become further samples of its edges. Those between grid lines are
        returned: their cells are to be split there.
        """
        flat = self.rows.reshape(-1)
        states = self.facets.states(flat)
        facets, known = states.shape[1], states.reshape(*self.shape, -1)
        along: list[tuple[Dip, Point]] = []
        hollows: list[Dip] = []
        for facet in range(facets):
            own = np.full(len(flat), facet)
            slack = self.facets.slack(flat, own, states[:, facet]).reshape(self.shape)
            along += dips(slack, known, facet)
            hollows += wells(slack, known, facet)
        for at, row in down_lines(self.facets, self.shape, along):
            self._sample(at, row)
        cells = {
            (int(a), int(b)): (a, b) for a, b in down_hollows(self.facets, self.shape, hollows)
        }
        # On a grid line the edge has the sample already.
        return [at for at in cells.values() if not any(each.is_integer() for each in at)]

    def _sample(self, point: Array, row: int) -> None:
        """Add a point of a grid line to its edge."""
        i, j = (min(int(c), size - 1) for c, size in zip(point, self.shape, strict=True))
        on_row = float(point[1]).is_integer()
        if on_row:
            i = min(i, self.shape[0] - 2)
            number, t = self._along[i, j], float(point[0]) - i
        else:
            j = min(j, self.shape[1] - 2)
            number, t = self._up[i, j], float(point[1]) - j
        edge = self.edges[number]
        state = tuple(int(code) for code in self.facets.states(np.array([row]))[0])
        if all(abs(t - known) > 1e-9 for known, _, _ in edge.samples):
            edge.samples = sorted([*edge.samples, (t, row, state)])

    def _home(self, at: Point) -> Cell:
        return next(
            cell
            for cell in self.cells
            if cell.low[0] < at[0] < cell.high[0] and cell.low[1] < at[1] < cell.high[1]
        )

    # --- finer cells ----------------------------------------------------------------------------

    def _refine(self) -> None:
        """Quarter the cells in which regions meet, until they are small."""
        while True:
            self._centres()
            wanted: list[tuple[Cell, Point]] = []
            for cell in self.cells:
                around = rim(cell, self.edges)
                if not around.crossings:
                    continue
                try:
                    joined = chords(cell, around)
                except TangledError:
                    if cell.depth < _MOST_SPLITS:
                        wanted.append((cell, self._inside(cell)))
                    continue
                middle = bump(around, joined)
                if middle is not None and cell.depth < _MOST_BUMPS:
                    wanted.append((cell, self._inside(cell, middle)))
            if not wanted:
                return
            self._split(wanted)

    def _round_off(self) -> bool:
        """Quarter the cells of small closed curves about their outline; whether there were any."""
        small = {
            key
            for line in lines(self._cut()[1])
            if line.closed and len(line.points) <= _FEW
            for key in line.keys
        }
        wanted = []
        for cell in self.cells if small else ():
            ends = [each.at for each in rim(cell, self.edges).crossings if each.key in small]
            if len(ends) == 2:
                wanted.append((cell, self._inside(cell, *enumerate(np.mean(ends, axis=0)))))
        if wanted:
            self._split(wanted)
        return bool(wanted)

    def _inside(self, cell: Cell, *preferred: tuple[int, float]) -> Point:
        """Where to quarter a cell: about its centre, away from every change on its sides."""
        found = []
        for axis in (0, 1):
            low, high = cell.low[axis], cell.high[axis]
            taken = [
                self.edges[side.edge].at(each.t)[axis]
                for side in (cell.sides[axis], cell.sides[axis + 2])
                for each in self.edges[side.edge].breaks
            ]
            options = [low + share * (high - low) for share in (0.5, 0.45, 0.55, 0.4, 0.6)]
            options = [float(x) for a, x in preferred if a == axis and low < x < high] + options
            gaps = [min((abs(x - t) for t in taken), default=1.0) for x in options]
            least = 1e-3 * (high - low)
            clear = [x for x, gap in zip(options, gaps, strict=True) if gap > least]
            found.append(clear[0] if clear else options[int(np.argmax(gaps))])
        return (found[0], found[1])

    def _split(self, wanted: Sequence[tuple[Cell, Point]]) -> None:
        """Quarter cells at points within them, all at once."""
        spots: list[Point] = []
        for cell, (x, y) in wanted:
            (x0, y0), (x1, y1) = cell.low, cell.high
            spots += [(x, y), (x, y0), (x1, y), (x, y1), (x0, y)]
        rows, states = self._vertices(np.array(spots))
        first = len(self.edges)
        again: list[Edge] = []
        for w, (cell, (x, y)) in enumerate(wanted):
            points, own = spots[5 * w : 5 * w + 5], range(5 * w, 5 * w + 5)
            (x0, y0), (x1, y1) = cell.low, cell.high
            shares = ((x - x0) / (x1 - x0), (y - y0) / (y1 - y0))
            cuts = []
            for s, side in enumerate(cell.sides):
                share = shares[s % 2] if s < 2 else 1.0 - shares[s % 2]
                t = side.start + share * (side.end - side.start)
                cuts.append(t)
                edge, state = self.edges[side.edge], states[own[s + 1]]
                near = any(abs(each.t - t) * edge.length < 1e-5 for each in edge.breaks)
                if not near and edge.state_at(t) != state:  # a pair of changes had been missed
                    edge.samples = sorted([*edge.samples, (t, int(rows[own[s + 1]]), state)])
                    again.append(edge)
            spokes = []
            for s in range(4):
                ends = [(int(rows[each]), states[each]) for each in (own[s + 1], own[0])]
                spokes.append(self._edge(points[s + 1], points[0], ends))
            a, b, c, d = cell.sides
            inward = [Side(k, 0.0, 1.0) for k in spokes]
            outward = [Side(k, 1.0, 0.0) for k in spokes]
            deeper = cell.depth + 1
            quarters = [
                (
                    (x0, y0),
                    (x, y),
                    [
                        Side(a.edge, a.start, cuts[0]),
                        inward[0],
                        outward[3],
                        Side(d.edge, cuts[3], d.end),
                    ],
                ),
                (
                    (x, y0),
                    (x1, y),
                    [
                        Side(a.edge, cuts[0], a.end),
                        Side(b.edge, b.start, cuts[1]),
                        inward[1],
                        outward[0],
                    ],
                ),
                (
                    (x, y),
                    (x1, y1),
                    [
                        outward[1],
                        Side(b.edge, cuts[1], b.end),
                        Side(c.edge, c.start, cuts[2]),
                        inward[2],
                    ],
                ),
                (
                    (x0, y),
                    (x, y1),
                    [
                        inward[3],
                        outward[2],
                        Side(c.edge, cuts[2], c.end),
                        Side(d.edge, d.start, cuts[3]),
                    ],
                ),
            ]
            gone = next(k for k, each in enumerate(self.cells) if each is cell)
            del self.cells[gone]
            self.cells += [Cell(low, high, sides, deeper) for low, high, sides in quarters]
        trace(self.facets, [*self.edges[first:], *{id(each): each for each in again}.values()])

    def _centres(self) -> None:
        """Ask for the regime in the middle of cells whose curves may be joined in two ways."""
        asking = []
        for cell in self.cells:
            around = rim(cell, self.edges)
            if cell.centre is None and around.crossings and ambiguous(around):
                asking.append((cell, np.mean([each.at for each in around.crossings], axis=0)))
        if asking:
            _, states = self._vertices(np.array([at for _, at in asking]))
            for (cell, _), state in zip(asking, states, strict=True):
                cell.centre = state

    # --- the plane ------------------------------------------------------------------------------

    def plane(self) -> tuple[list[Part], list[Segment]]:
        """Cut every cell along the boundaries within it, small regions finer than large ones."""
        for _ in range(_MORE):
            if not self._round_off():
                break
            self._refine()
        return self._cut()

    def _cut(self) -> tuple[list[Part], list[Segment]]:
        found: list[Part] = []
        segments: list[Segment] = []
        tangled: list[tuple[Cell, Rim]] = []
        for cell in self.cells:
            around = rim(cell, self.edges)
            try:
                some, more = parts(cell, around, chords(cell, around))
            except TangledError:
                tangled.append((cell, around))
                continue
            found += some
            segments += more
        before: dict[Key, Point] = {}
        for each in segments:
            before[each.start], before[each.end] = each.points[1], each.points[0]
        for cell, around in tangled:
            some, more = star(cell, around, before)
            found += some
            segments += more
        return found, segments
