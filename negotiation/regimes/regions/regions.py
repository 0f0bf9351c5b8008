"""Regimes over two parameters: the regions of the plane, and the curves between them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np

from negotiation.case import Case, study
from negotiation.errors import GridError
from negotiation.games.game import Array
from negotiation.model import Model
from negotiation.provenance import provenance
from negotiation.regimes.regions.breaks import Break, Edge, State
from negotiation.regimes.regions.contours import Key
from negotiation.regimes.regions.facets import Legend, ModelFacets
from negotiation.regimes.regions.mesh import Mesh, Progress
from negotiation.regimes.regions.neighbours import Neighbours, within
from negotiation.regimes.regions.partition import (
    Change,
    Line,
    Part,
    area,
    distances,
    gap,
    lines,
    regions,
)
from negotiation.regimes.regions.plane import POINTS, Plane, prepare


@dataclasses.dataclass(frozen=True, eq=False)
class Region:
    """A connected part of the plane with one regime.

    Attributes
    ----------
    number : int
        From 1, the largest first.
    legend : Legend
    state : tuple of int
        The regime, in codes of the legend.
    share : float
        Of the map's area.
    inside : (float, float)
        A point well inside, parameter values.
    room : float
        Its distance from the nearest curve, as a share of the map's sides.
    certified : bool
    """

    number: int
    legend: Legend
    state: State
    share: float
    inside: tuple[float, float]
    room: float
    certified: bool

    @property
    def label(self) -> str:
        """The regime in words."""
        return str(_words().label(self.legend, self.state))

    @property
    def parts(self) -> Mapping[str, str]:
        """The same, one by one: `equilibrium`, `pays`, `loss of PLAYER`, ..."""
        return dict(_words().parts(self.legend, self.state))


@dataclasses.dataclass(frozen=True, eq=False)
class Curve:
    """A boundary between regimes, on which the same things change all along.

    Attributes
    ----------
    number : int
    legend : Legend
    plane : Plane
    change : tuple of (facet, left, right)
        What changes, and its codes on the left and on the right, walking along the points.
    points : (K, 2) array
        Parameter values; exact on the lines of the grid, joined straight within a cell.
    closed : bool
    regions : tuple of (int, int)
        Numbers of the regions on the left and on the right.
    loose : (bool, bool)
        Whether its first and its last point are junctions, which are not located to the last digit.
    jump : bool
        Whether a score jumps over zero, or the selection rule switches, rather than a difference
        passing through zero.
    residual : float
        The largest difference left at an exact point, as a share of its size over the map; NaN for
        a jump.
    width : float
        The widest bracket of an exact point, as a share of the distance between grid points.
    """

    number: int
    legend: Legend
    plane: Plane
    change: Change
    points: Array
    closed: bool
    regions: tuple[tuple[int, int], ...]
    loose: tuple[bool, bool]
    jump: bool
    residual: float
    width: float

    @property
    def kinds(self) -> tuple[str, ...]:
        """What changes: `equilibrium`, `loss of PLAYER`, `pays`, `deal`, `status`, ..."""
        return tuple(self.legend.facets[f].name for f, _, _ in self.change)

    @property
    def sides(self) -> tuple[str, str]:
        """What holds on the left and on the right, in words."""
        left, right = _words().sides(self)
        return str(left), str(right)

    @property
    def sentence(self) -> str:
        """What changes and where the curve runs, in words."""
        return str(_words().sentence(self))


def _words() -> Any:
    # Reports stand on this room; the names of release 0.1 reach up to them when they are asked for.
    return import_module("negotiation.report.map_words")


@dataclasses.dataclass(frozen=True, eq=False)
class RegimeMap:
    """The regimes of a model over two parameters.

    Attributes
    ----------
    model : type of Model
    plane : Plane
    regions : tuple of Region
        They cover the map: their shares add up to one.
    curves : tuple of Curve
        The longest first.
    polygons : tuple of (int, (K, 2) array)
        The map cut into convex parts: number of the region, corners in parameter values.
    evaluated : int
        Points at which the model was solved.
    provenance : mapping
    """

    model: type[Model]
    plane: Plane
    regions: tuple[Region, ...]
    curves: tuple[Curve, ...]
    polygons: tuple[tuple[int, Array], ...]
    evaluated: int
    provenance: Mapping[str, str]

    @cached_property
    def _boxes(self) -> tuple[Array, Array]:
        """Lower left and upper right corners of the polygons, a trifle more than they hold."""
        trifle = 1e-9 * (np.array(self.plane.high) - np.array(self.plane.low))
        corners = [polygon for _, polygon in self.polygons]
        low = np.array([each.min(axis=0) for each in corners]) - trifle
        return low, np.array([each.max(axis=0) for each in corners]) + trifle

    def at(self, x: float, y: float) -> Region:
        """Region of a point, by the map's curves.

        Raises
        ------
        GridError
            If the point is not on the map.
        """
        point = np.array([x, y])
        low, high = self._boxes
        near = np.flatnonzero(((low <= point) & (point <= high)).all(axis=1))
        if len(near):
            span = np.array(self.plane.high) - np.array(self.plane.low)
            holding = [k for k in near if within(self.polygons[k][1], (x, y))]
            gaps = [gap(self.polygons[k][1] / span, (point / span).tolist()) for k in near]
            chosen = holding[0] if holding else near[int(np.argmin(gaps))]
            return self.regions[self.polygons[chosen][0] - 1]
        names = self.plane.names
        raise GridError(
            f"{names[0]} = {x:g}, {names[1]} = {y:g} is not on the map; it goes from "
            f"{self.plane.low[0]:g}, {self.plane.low[1]:g} to {self.plane.high[0]:g}, "
            f"{self.plane.high[1]:g}"
        )


@study(once={3: "settings"})
def regime_map(
    case: Case,
    x_axis: str,
    y_axis: str,
    *,
    points: tuple[int, int] = POINTS,
    progress: Progress | None = None,
) -> RegimeMap:
    """Divide the plane of two parameters into regimes.

    A regime is the support of the selected equilibrium, who loses without a deal, which way the
    money goes, whether there is a deal, and which walk-outs bind. Boundaries are traced by root
    finding on the lines of a grid to 1e-10 of a cell; cells in which three regimes meet, or in
    which a difference comes near zero between points, are made finer.

    Parameters
    ----------
    case : Case, or what makes one
    x_axis, y_axis : str
        `name=low:high`, or `name=low:high:points`.
    points : (int, int)
        Of the grid, where an axis does not say.
    progress : callable, optional
        Called with points done and points in all while the grid is evaluated.

    Raises
    ------
    GridError, ParameterError
        Before any work, if an axis, a name or a value does not fit the model.
    """
    plane, cls = prepare(case, x_axis, y_axis, points), type(case.model)
    facets = ModelFacets(case, plane)
    mesh = Mesh(facets, plane.points, progress)
    found, segments = mesh.plane()
    groups = regions(found)
    owner = np.zeros(len(found), dtype=np.int64)
    for number, group in enumerate(groups, start=1):
        owner[group] = number
    drawn = lines(segments)
    last = facets.last
    assert last is not None
    legend = facets.legend()
    return RegimeMap(
        model=cls,
        plane=plane,
        regions=tuple(_regions(plane, legend, found, groups, drawn)),
        curves=tuple(_curves(plane, legend, mesh.edges, drawn, found, owner)),
        polygons=tuple(
            (int(number), plane.values(part.polygon))
            for number, part in zip(owner, found, strict=True)
        ),
        evaluated=facets.size,
        provenance=provenance(
            case,
            plane.names,
            about=last.threat.about,
            seen=dict(zip(plane.names, zip(plane.low, plane.high, strict=True), strict=True)),
        ),
    )


# --- regions --------------------------------------------------------------------------------------


def _regions(
    plane: Plane,
    legend: Legend,
    found: Sequence[Part],
    groups: Sequence[Sequence[int]],
    drawn: Sequence[Line],
) -> list[Region]:
    scale = np.array(plane.points) - 1.0
    whole = float(scale.prod())
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    starts = [corners, *(each.points[:-1] / scale for each in drawn)]
    ends = [np.roll(corners, -1, axis=0), *(each.points[1:] / scale for each in drawn)]
    walls = np.concatenate(starts), np.concatenate(ends)
    told = []
    for number, group in enumerate(groups, start=1):
        state = found[group[0]].state
        # Candidates: middles of the parts and their corners; a corner on a curve has no room.
        spots = np.concatenate(
            [np.vstack([found[k].polygon, found[k].polygon.mean(axis=0)]) for k in group]
        )
        spots = np.unique(spots, axis=0)
        pieces = np.array_split(spots / scale, len(spots) // 256 + 1)
        room = np.concatenate([distances(some, *walls) for some in pieces])
        best = int(room.argmax())
        at = plane.values(spots[best : best + 1])[0]
        told.append(
            Region(
                number=number,
                legend=legend,
                state=state,
                share=sum(area(found[k].polygon) for k in group) / whole,
                inside=(float(at[0]), float(at[1])),
                room=float(room[best]),
                certified=state[0] == 0,
            )
        )
    return told


# --- curves ---------------------------------------------------------------------------------------


def _curves(
    plane: Plane,
    legend: Legend,
    edges: Sequence[Edge],
    drawn: Sequence[Line],
    found: Sequence[Part],
    owner: np.ndarray[Any, Any],
) -> list[Curve]:
    scale = np.array(plane.points) - 1.0
    beside = Neighbours(found, owner.tolist())

    def length(each: Line) -> float:
        return float(np.hypot(*(np.diff(each.points, axis=0) / scale).T).sum())

    told = []
    for number, each in enumerate(sorted(drawn, key=length, reverse=True), start=1):
        exact = [_break(edges, key) for key in each.keys]
        known = [b for b in exact if b is not None]
        residuals = np.array([b.residual for b in known])
        jump = any(
            np.isnan(b.residual) and legend.facets[b.facet].kind not in ("status", "deal")
            for b in known
        )
        points = plane.values(each.points)
        told.append(
            Curve(
                number=number,
                legend=legend,
                plane=plane,
                change=each.change,
                points=points,
                closed=each.closed,
                regions=tuple(sorted(beside.of(each))),
                loose=(_junction(each.keys[0]), _junction(each.keys[-1])),
                jump=jump,
                residual=float(residuals.max(initial=0.0)) if known else float("nan"),
                width=max((b.width for b in known), default=float("nan")),
            )
        )
    return told


def _break(edges: Sequence[Edge], key: Key) -> Break | None:
    if isinstance(key, tuple) and isinstance(key[0], int):
        return edges[key[0]].breaks[key[1]]
    return None


def _junction(key: Key) -> bool:
    return isinstance(key, tuple) and key[0] == "junction"
