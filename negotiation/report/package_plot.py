"""A picture of package deals: every package, the frontier, the zone of agreement, the deals."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.solutions import CALLED
from negotiation.provenance import provenance
from negotiation.report.package_study import Study
from negotiation.report.picture import canvas, drawing, save
from negotiation.report.plots import COLOURS
from negotiation.words import amount

Array = NDArray[np.float64]

#: The deal that is marked beside the one that is told; Nash's beside any other.
_OTHER = {"nash": "kalai_smorodinsky"}


def _marked(found: Study) -> dict[str, tuple[str, str, int]]:
    """Deals that are marked: the one that is told, and another beside it."""
    case = found.outcome.case
    other = _OTHER.get(case.concept, "nash")
    return {case.concept: (case.called, "*", 190), other: (CALLED[other], "D", 48)}


#: Packages that fill less than this part of the picture are drawn again, larger, beside it.
_SMALL = 0.5


@drawing()
def package_plot(found: Study, parameters: Mapping[str, Any], path: Path) -> None:
    """Draw payoffs of all packages, the frontier with money, and the deals, to a file."""
    unit, scale = _unit(found)
    points = found.packages.points / scale
    points = points[np.isfinite(points).all(axis=-1)]
    d = found.disagreement / scale
    corners = found.packages.points[found.corners] / scale
    edge = _edge(corners, d, float(found.packages.efficiency))
    marked = _marked(found)
    deals = {name: each.payoffs / scale for name, each in found.deals.items() if name in marked}
    deals = {name: at for name, at in deals.items() if np.isfinite(at).all()}
    whole = np.concatenate([points, d[None], edge, *(at[None] for at in deals.values())])
    near = np.concatenate([points, *([d[None]] if _inside(d, points) else [])])
    two = bool((np.ptp(points, axis=0) < _SMALL * np.ptp(whole, axis=0)).any())
    figure = canvas(figsize=(11.0 if two else 7.6, 6.2), layout="constrained")
    rows = figure.add_gridspec(2, 1, height_ratios=(1.0, 0.14))
    row = rows[0].subgridspec(1, 1 + two)
    panels = [figure.add_subplot(row[0, k]) for k in range(1 + two)]
    for axes, shown, close in zip(panels, (whole, near), (not two, True), strict=False):
        _draw(axes, found, points, edge, d, close)
        _limits(axes, shown)
        _deals(axes, deals, d, marked)
        _axes(axes, found, unit)
    if two:
        _enlarged(panels[0], panels[1])
    legend = figure.add_subplot(rows[1])
    legend.set_axis_off()
    handles, labels = panels[-1].get_legend_handles_labels()
    legend.legend(handles, labels, loc="center", ncols=4 if two else 3, frameon=False, fontsize=8.5)
    figure.suptitle(
        fill(_title(found), 98 if two else 70, break_on_hyphens=False),
        fontsize=12,
        x=0.02,
        ha="left",
    )
    figure.text(
        0.02,
        -0.01,
        fill(_footer(found, parameters), 190 if two else 132),
        fontsize=6.5,
        color="#555555",
        va="top",
    )
    save(figure, path)


def _unit(found: Study) -> tuple[str, float]:
    unit = type(found.outcome.model).payoff_unit
    largest = float(np.nanmax(np.abs(found.packages.points)))
    if unit.startswith("US$ million") and largest >= 1000.0:
        return unit.replace("million", "billion"), 1000.0
    return unit, 1.0


def _edge(corners: Array, d: Array, efficiency: float) -> Array:
    """Frontier from where the first side gives all it could, by rising payoff of the first."""
    if efficiency == 0.0 or d[0] >= corners[0, 0]:
        return corners
    far = [d[0], corners[0, 1] + efficiency * (corners[0, 0] - d[0])]
    return np.concatenate([[far], corners])


def _inside(d: Array, points: Array) -> bool:
    """Whether the disagreement point lies among the packages, give or take."""
    room = 0.25 * np.ptp(points, axis=0)
    return bool((d >= points.min(axis=0) - room).all() and (d <= points.max(axis=0) + room).all())


def _zone(edge: Array, d: Array) -> Array:
    """Corners of the zone of agreement: better than d for both, and not beyond the frontier."""
    ends = np.concatenate([[[-np.inf, edge[0, 1]]], edge, [[edge[-1, 0], -np.inf]]])
    # Cut by linear pieces; flat to the left of the frontier and upright to its right.
    inside = [p for p in edge if (p >= d).all()]
    cut: list[Array] = []
    for a, b in pairwise(ends):
        for side in (0, 1):
            if min(a[side], b[side]) < d[side] < max(a[side], b[side]):
                other = 1 - side
                if not np.isfinite([*a, *b]).all():
                    at = a[other] if np.isfinite(a[other]) else b[other]
                else:
                    t = (d[side] - a[side]) / (b[side] - a[side])
                    at = a[other] + t * (b[other] - a[other])
                if at >= d[other]:
                    point = np.empty(2)
                    point[side], point[other] = d[side], at
                    cut.append(point)
    if not inside and len(cut) < 2:
        return np.empty((0, 2))
    along = np.array(sorted([*inside, *cut], key=lambda p: (p[0], -p[1])))
    return np.concatenate([d[None], along])


def _draw(axes: Any, found: Study, points: Array, edge: Array, d: Array, close: bool) -> None:
    p = found.packages
    zone = _zone(edge, d)
    if len(zone):
        axes.fill(*zone.T, color="#56B4E9", alpha=0.18, lw=0, label="zone of agreement", zorder=0)
    axes.scatter(*points.T, s=9, color="#999999", lw=0, label=f"{len(points)} packages", zorder=2)
    money_piece = len(edge) > len(found.corners)
    if money_piece:
        told = f"money given by {p.names[0]}, {amount(float(p.efficiency))} to the dollar"
        axes.plot(*edge[:2].T, color=COLOURS[0], lw=1.8, ls=(0, (5, 2)), label=told, zorder=3)
    own = edge[1:] if money_piece else edge
    axes.plot(
        *own.T, color=COLOURS[0], lw=2, marker="o", ms=4.5, label="frontier of packages", zorder=4
    )
    _, scale = _unit(found)
    start = p.nothing / scale
    for k, table in enumerate(found.tables if close else ()):
        at = start + table.gains / scale
        axes.scatter(
            *at[1:].T,
            s=42,
            marker="s^vPX"[k % 5],
            facecolor=COLOURS[(1, 2, 3, 4, 5)[k % 5]],
            edgecolor="white",
            lw=0.6,
            label=f"{table.name} alone",
            zorder=5,
        )
    axes.scatter(
        *start,
        s=46 if close else 22,
        marker="s",
        facecolor="white",
        edgecolor="#333333",
        lw=1.3,
        label="nothing settled",
        zorder=5,
    )


def _limits(axes: Any, shown: Array) -> None:
    low, high = shown.min(axis=0), shown.max(axis=0)
    room = 0.09 * np.where(high > low, high - low, 1.0)
    axes.set_xlim(low[0] - room[0], high[0] + room[0])
    axes.set_ylim(low[1] - room[1], high[1] + room[1])


def _deals(
    axes: Any, deals: Mapping[str, Array], d: Array, marked: Mapping[str, tuple[str, str, int]]
) -> None:
    """Mark the disagreement point and the deals; labels on opposite sides, so that none overlap."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()

    def seen(at: Array) -> bool:
        return bool(left <= at[0] <= right and bottom <= at[1] <= top)

    # Above the frontier is nothing to cover; the label of the upper point goes higher.
    for rank, name in enumerate(sorted(deals, key=lambda name: -float(deals[name][0]))):
        at = deals[name]
        if not seen(at):
            continue
        told, marker, size = marked[name]
        room = at[0] < left + 0.75 * (right - left)
        dx, dy = (26 - 22 * rank) * (1 if room else -1), 12 + 28 * rank
        across = "left" if room else "right"
        axes.scatter(
            *at, s=size, marker=marker, facecolor="#E69F00", edgecolor="black", lw=0.8, zorder=7
        )
        axes.annotate(
            told,
            at,
            xytext=(dx, dy),
            textcoords="offset points",
            ha=across,
            va="bottom",
            fontsize=9,
            arrowprops={
                "arrowstyle": "-",
                "color": "#333333",
                "lw": 0.7,
                "shrinkB": 4,
                "relpos": (0.0 if room else 1.0, 0.0),
            },
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0},
            zorder=8,
        )
    if seen(d):
        axes.scatter(*d, s=70, marker="X", facecolor="black", edgecolor="white", lw=0.8, zorder=7)
        right_half = d[0] > left + 0.5 * (right - left)
        axes.annotate(
            "no deal",
            d,
            xytext=(-9 if right_half else 9, -4),
            textcoords="offset points",
            ha="right" if right_half else "left",
            va="top",
            fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.8},
            zorder=8,
        )


def _enlarged(axes: Any, other: Any) -> None:
    """Frame in one panel what another shows."""
    (left, right), (bottom, top) = other.get_xlim(), other.get_ylim()
    axes.plot(
        [left, right, right, left, left],
        [bottom, bottom, top, top, bottom],
        color="#333333",
        lw=0.8,
        zorder=6,
    )
    _style(axes, "All that money can reach")
    _style(other, "The packages, in the frame on the left")


def _axes(axes: Any, found: Study, unit: str) -> None:
    one, two = found.packages.names
    axes.set_xlabel(f"Payoff of {one}, {unit}", fontsize=9.5)
    axes.set_ylabel(f"Payoff of {two}, {unit}", fontsize=9.5)
    _style(axes, "")


def _style(axes: Any, title: str) -> None:
    axes.set_title(title, fontsize=9.5, loc="left")
    axes.grid(color="#e6e6e6", lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8.5)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _title(found: Study) -> str:
    p, nash = found.packages, found.deal
    one, two = p.names
    if not bool(nash.agreed):
        return f"No package is better for both than no deal ({found.outcome.threat.name})"
    unit, scale = _unit(found)
    gains = [f"{float(each) / scale:.3g}" for each in nash.gains]
    pays = f"; {one} concedes {float(nash.paid) / scale:.3g}" if float(nash.paid) > 0.0 else ""
    return (
        f"A deal that gives {one} {gains[0]} and {two} {gains[1]} more than no deal ({unit}): "
        f"{p.told(nash.weights)}{pays}"
    )


def _footer(found: Study, parameters: Mapping[str, Any]) -> str:
    made = provenance(found.outcome.case, about=found.outcome.threat.about)
    return (
        "Payoffs against the status quo of the model. No deal: "
        f"{made['threat_point']}. On the table: {found.packages.about}. Horizon: "
        f"{made['horizon']}. negotiation {made['negotiation_version']}, model {made['model']} "
        f"{made['model_digest']}; {made['parameters']}."
    )
