"""A map of regimes as text, Markdown, JSON and CSV."""

from __future__ import annotations

import csv
import io
from textwrap import fill, wrap
from typing import Any

import numpy as np

from negotiation.regimes.regions.regions import Curve, RegimeMap, Region
from negotiation.report.tables import markdown_table, text_table, to_json
from negotiation.words import amount, opening, spreadsheet

FORMATS = ("table", "json", "md", "csv")

_WIDTH = 80

#: Regions smaller than this share of the map are counted, not listed, outside JSON.
_LISTED = 1e-6


def render(found: RegimeMap, kind: str) -> str:
    """Return a map in one of `FORMATS`."""
    if kind == "json":
        return to_json(record(found))
    if kind == "csv":
        return _csv(found)
    if kind == "md":
        lines = [*_reading(found, "- "), "", markdown_table(*_regions(found, wide=True))]
        if found.curves:
            lines += ["", markdown_table(*_curves(found))]
        return "\n".join([*lines, "", *_basis(found)])
    lines = [*_reading(found, "* "), "", text_table(*_regions(found, wide=False))]
    if found.curves:
        lines += ["", text_table(*_curves(found))]
    return "\n".join([*lines, "", *_basis(found)])


def record(found: RegimeMap) -> dict[str, Any]:
    """Return a map with everything in it, curves' coordinates included."""
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
                "residual": curve.residual,
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


def _reading(found: RegimeMap, bullet: str) -> list[str]:
    """Return which regimes there are, and where each boundary runs."""
    plane = found.plane
    where = " and ".join(
        f"{name} from {amount(plane.low[k])} to {amount(plane.high[k])}"
        for k, name in enumerate(plane.names)
    )
    count = len({region.label for region in found.regions})
    if count == 1:
        first = found.regions[0]
        return wrap(f"Over {where} there is one regime: {first.label}. Nothing changes.", _WIDTH)
    parts = "" if count == len(found.regions) else f", in {len(found.regions)} separate regions"
    lines = wrap(f"Over {where} there are {count} regimes{parts}.", _WIDTH)
    for region in _listed(found):
        said = f"Region {region.number}, {percent(region.share)} of the map: {region.label}."
        lines += wrap(said, _WIDTH, initial_indent=bullet, subsequent_indent="  ")
    rest = len(found.regions) - len(_listed(found))
    if rest:
        said = f"{rest} more, each less than a millionth of the map, are in the JSON output only."
        lines += wrap(said, _WIDTH, initial_indent=bullet, subsequent_indent="  ")
    lines += ["Where the boundaries run:"]
    for curve in found.curves:
        said = f"Curve {curve.number}. {opening(curve.sentence)}"
        lines += wrap(said, _WIDTH, initial_indent=bullet, subsequent_indent="  ")
    return lines


def _listed(found: RegimeMap) -> list[Region]:
    return [region for region in found.regions if region.share >= _LISTED]


def _regions(found: RegimeMap, *, wide: bool) -> tuple[list[str], list[list[str]]]:
    lines = []
    for region in _listed(found):
        at = "\n".join(
            f"{name} {amount(value)}"
            for name, value in zip(found.plane.names, _rounded(found, region), strict=True)
        )
        label = region.label if wide else fill(region.label, 36)
        lines.append([str(region.number), percent(region.share), label, at])
    return ["region", "share", "regime", "a point well inside"], lines


def _rounded(found: RegimeMap, region: Region) -> tuple[float, float]:
    """A point inside with few digits, if that is inside too."""
    x, y = (float(f"{value:.3g}") for value in region.inside)
    plane = found.plane
    on_map = plane.low[0] <= x <= plane.high[0] and plane.low[1] <= y <= plane.high[1]
    same = on_map and found.at(x, y).number == region.number
    return (x, y) if same else region.inside


def _curves(found: RegimeMap) -> tuple[list[str], list[list[str]]]:
    x, y = found.plane.names
    lines = []
    for curve in found.curves:
        start, end = curve.points[0], curve.points[-1]
        if start[0] > end[0]:
            start, end = end, start
        ends = "\n".join(f"{amount(float(p[0]))}, {amount(float(p[1]))}" for p in (start, end))
        between = "\n".join(f"{a} | {b}" for a, b in curve.regions[:3])
        lines.append(
            [
                str(curve.number),
                "\n".join(curve.kinds),
                "closed" if curve.closed else ends,
                between,
                _exactness(curve),
            ]
        )
    return [
        "curve",
        "what changes",
        f"from and to\n({_short(x)}, {_short(y)})",
        "regions",
        "left over",
    ], lines


def _short(name: str) -> str:
    return name if len(name) <= 18 else f"{name[:15]}..."


def _exactness(curve: Curve) -> str:
    if curve.jump:
        return "a jump"
    return "halved" if np.isnan(curve.residual) else f"{curve.residual:.0e}"


def _basis(found: RegimeMap) -> list[str]:
    """Return what the map rests on, and how exact it is."""
    about = found.provenance
    plane = found.plane
    said = (
        f"Curves are exact on the lines of a grid of {plane.points[0]} x {plane.points[1]} points, "
        "where they are located to 1e-10 of the distance between points; between the lines they "
        "are joined straight. Left over: the largest difference that remains there, as a share of "
        f"the payoffs. The model was solved at {found.evaluated} points."
    )
    if not certified(found):
        said += " Regions that are not certified are shown as such, and nothing is said of them."
    lines = wrap(said, _WIDTH)
    lines += wrap(
        f"Concept: {about['concept']}. Threat point: {about['threat_point']}. Horizon: "
        f"{about['horizon']}.",
        _WIDTH,
    )
    lines.append(
        f"negotiation {about['negotiation_version']}, model {about['model']} "
        f"{about['model_digest']}, {about['parameters']}"
    )
    return lines


def _csv(found: RegimeMap) -> str:
    """One row per point of a curve."""
    about = dict(found.provenance)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    heads = ["curve", "changes", "left", "right", *found.plane.names, "jump", "residual", *about]
    writer.writerow(spreadsheet(heads))
    for curve in found.curves:
        for x, y in curve.points.tolist():
            cells = [
                curve.number,
                "+".join(curve.kinds),
                *curve.sides,
                repr(x),
                repr(y),
                curve.jump,
                "" if np.isnan(curve.residual) else repr(curve.residual),
                *about.values(),
            ]
            writer.writerow(spreadsheet(cells))
    return text.getvalue()
