"""A map of regimes as a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from negotiation.moved import names_of
from negotiation.regimes.regions.regions import Curve, RegimeMap, Region
from negotiation.report.document import (
    Block,
    Cell,
    Document,
    Items,
    Notes,
    Number,
    Paragraph,
    Provenance,
    Rows,
    Table,
)
from negotiation.report.schema import because, finished
from negotiation.words import amount, opening

#: Regions smaller than this share of the map are counted, not listed, outside JSON.
_LISTED = 1e-6


def document(found: RegimeMap) -> Document:
    """Return a map as a document."""
    return Document(
        study="map",
        tell=lambda: _blocks(found),
        note=lambda: record(found),
        made=found.provenance,
        list_rows=lambda: _rows(found),
    )


class MapAxis(TypedDict):
    """One of the two parameters of a map."""

    parameter: str
    unit: str
    low: float
    high: float
    points: int


class MapRegion(TypedDict):
    """A connected part of the map in which one regime holds."""

    number: int
    regime: str
    parts: dict[str, str]
    share: float
    inside: list[float]
    certified: bool


class MapCurve(TypedDict):
    """A boundary between regimes."""

    number: int
    changes: list[str]
    left: str
    right: str
    regions: list[list[int]]
    closed: bool
    jump: bool
    residual: float
    width: float
    sentence: str
    points: list[list[float]]


class Mapped(TypedDict):
    """A map with everything in it, coordinates of curves included."""

    provenance: dict[str, str]
    axes: list[MapAxis]
    points_evaluated: int
    certified: bool
    regions: list[MapRegion]
    curves: list[MapCurve]


def record(found: RegimeMap) -> dict[str, Any]:
    """Return a map with everything in it, curves' coordinates included."""
    told: dict[str, Any] = finished(_record(found), Mapped)
    return told


def _record(found: RegimeMap) -> Mapped:
    plane = found.plane
    return {
        "provenance": dict(found.provenance),
        "axes": [
            {
                "parameter": name,
                "unit": found.model.find_parameter(name).unit,
                "low": plane.low[k],
                "high": plane.high[k],
                "points": plane.points[k],
            }
            for k, name in enumerate(plane.names)
        ],
        "points_evaluated": found.evaluated,
        "certified": certified(found),
        "regions": [
            {
                "number": region.number,
                "regime": region.label,
                "parts": dict(region.parts),
                "share": region.share,
                "inside": list(region.inside),
                "certified": region.certified,
            }
            for region in found.regions
        ],
        "curves": [
            {
                "number": curve.number,
                "changes": list(curve.kinds),
                "left": curve.sides[0],
                "right": curve.sides[1],
                "regions": [list(pair) for pair in curve.regions],
                "closed": curve.closed,
                "jump": curve.jump,
                "residual": because(
                    curve.residual,
                    "the payoffs jump there" if curve.jump else "located by halving alone",
                ),
                "width": curve.width,
                "sentence": curve.sentence,
                "points": curve.points.tolist(),
            }
            for curve in found.curves
        ],
    }


def certified(found: RegimeMap) -> bool:
    """Whether every region of the map is."""
    return all(region.certified for region in found.regions)


def percent(share: float) -> str:
    """Format a share of the map."""
    if share < 5e-5:
        return "<0.01%"
    return f"{100 * share:.2f}%" if share < 0.1 else f"{100 * share:.1f}%"


def _blocks(found: RegimeMap) -> Iterator[Block]:
    """Return which regimes there are, and where each boundary runs."""
    plane = found.plane
    where = " and ".join(
        f"{name} from {amount(plane.low[k])} to {amount(plane.high[k])}"
        for k, name in enumerate(plane.names)
    )
    count = len({region.label for region in found.regions})
    if count == 1:
        label = found.regions[0].label
        yield Paragraph(f"Over {where} there is one regime: {label}. Nothing changes.")
    else:
        parts = "" if count == len(found.regions) else f", in {len(found.regions)} separate regions"
        told = [
            f"Region {region.number}, {percent(region.share)} of the map: {region.label}."
            for region in _listed(found)
        ]
        rest = len(found.regions) - len(told)
        if rest:
            told.append(
                f"{rest} more, each less than a millionth of the map, are in the JSON output only."
            )
        yield Items(tuple(told), f"Over {where} there are {count} regimes{parts}.")
        yield Items(
            tuple(f"Curve {each.number}. {opening(each.sentence)}" for each in found.curves),
            "Where the boundaries run:",
        )
    yield _regions(found)
    if found.curves:
        yield _curves(found)
    said = (
        f"Curves are exact on the lines of a grid of {plane.points[0]} x {plane.points[1]} points, "
        "where they are located to 1e-10 of the distance between points; between the lines they "
        "are joined by straight segments. Left over is the largest difference that remains there, "
        f"as a share of the payoffs. The model was solved at {found.evaluated} points."
    )
    if not certified(found):
        said += " Regions that are not certified are shown as such, and nothing is said of them."
    yield Notes((said,))
    yield Provenance(found.provenance, titled=False)


def _listed(found: RegimeMap) -> list[Region]:
    return [region for region in found.regions if region.share >= _LISTED]


def _regions(found: RegimeMap) -> Table:
    return Table.of(
        ["region", "share", "regime", "a point well inside"],
        [
            [
                int(region.number),
                Number(region.share, percent(region.share), share=True),
                region.label,
                "\n".join(
                    f"{name} {amount(value)}"
                    for name, value in zip(found.plane.names, _rounded(found, region), strict=True)
                ),
            ]
            for region in _listed(found)
        ],
    )


def _rounded(found: RegimeMap, region: Region) -> tuple[float, float]:
    """A point inside with few digits, if that is inside too."""
    x, y = (float(f"{value:.3g}") for value in region.inside)
    plane = found.plane
    on_map = plane.low[0] <= x <= plane.high[0] and plane.low[1] <= y <= plane.high[1]
    same = on_map and found.at(x, y).number == region.number
    return (x, y) if same else region.inside


def _curves(found: RegimeMap) -> Table:
    x, y = found.plane.names
    rows: list[list[Cell]] = []
    for curve in found.curves:
        start, end = curve.points[0], curve.points[-1]
        if start[0] > end[0]:
            start, end = end, start
        ends = "\n".join(f"{amount(float(p[0]))}, {amount(float(p[1]))}" for p in (start, end))
        between = "\n".join(f"{a} | {b}" for a, b in curve.regions[:3])
        rows.append(
            [
                int(curve.number),
                "\n".join(curve.kinds),
                "closed" if curve.closed else ends,
                between,
                _exactness(curve),
            ]
        )
    heads = ["curve", "what changes", f"from and to\n({_short(x)}, {_short(y)})"]
    return Table.of([*heads, "regions", "left over"], rows)


def _short(name: str) -> str:
    return name if len(name) <= 18 else f"{name[:15]}..."


def _exactness(curve: Curve) -> Cell:
    if curve.jump:
        return "a jump"
    if np.isnan(curve.residual):
        return "halved"
    return Number(curve.residual, f"{curve.residual:.0e}")


def _rows(found: RegimeMap) -> Rows:
    """One row per point of a curve."""
    heads = ("curve", "changes", "left", "right", *found.plane.names, "jump", "residual")
    return Rows(
        heads,
        (
            [
                curve.number,
                "+".join(curve.kinds),
                *(*curve.sides, x, y),
                *(curve.jump, curve.residual),
            ]
            for curve in found.curves
            for x, y in curve.points.tolist()
        ),
    )


if not TYPE_CHECKING:  # a checker would take any name for one that is there
    __getattr__ = names_of(__name__)
