"""A picture of package deals: every package, the frontier, no deal, and the deals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from negotiation.bargaining.solutions import CALLED
from negotiation.games.game import Array
from negotiation.provenance import provenance
from negotiation.report.document import Cell, Form, Table, TableColumn
from negotiation.report.drawing import draw
from negotiation.report.figure import Dot, Reference, ScatterChart, Tone
from negotiation.report.package_study import Study
from negotiation.report.ranges import Measure
from negotiation.words import amount, opening

#: The deal that is named beside the one that is told; Nash's beside any other.
_OTHER = {"nash": "kalai_smorodinsky"}


def package_plot(found: Study, path: Path) -> None:
    """Draw payoffs of all packages, the frontier, no deal, and the deals."""
    draw(chart(found), path)


def chart(found: Study) -> ScatterChart:
    """Return the packages as points: what each gives both sides."""
    model = found.outcome.model
    points = found.packages.points
    measure = Measure.of(type(model).payoff_unit, points, found.disagreement)
    scale = measure.scale
    names = [model.named(player) for player in model.players[:2]]
    known = np.isfinite(points).all(axis=-1)
    points = np.unique(np.round(points[known] / scale, 9), axis=0)
    d = found.disagreement / scale
    corners = found.packages.points[found.corners] / scale
    corners = corners[np.argsort(corners[:, 0], kind="stable")]
    efficiency = float(found.packages.efficiency)
    made = provenance(found.outcome.case, about=found.outcome.threat.about)
    title = _title(points, d, names)
    deals = list(_deals(found, scale))
    edge = _edge(corners, d, efficiency, [dot.x for dot in deals])
    nothing = found.packages.nothing / scale
    references = [Reference(float(d[0]), float(d[1]), "No deal")]
    near = np.abs(nothing - d).max() <= 0.01 * np.ptp(points, axis=0).max()
    if np.isfinite(nothing).all() and not near:
        deals.append(Dot(float(nothing[0]), float(nothing[1]), "Nothing settled", Tone.PLAIN))
    heads: list[TableColumn | str] = ["point"]
    heads += [*(TableColumn(opening(each), Form.CHANGE, measure.unit) for each in names)]
    rows: list[list[Cell]] = [[each.name, each.x, each.y] for each in references]
    rows += [[each.name, each.x, each.y] for each in deals]
    rows += [["package", float(x), float(y)] for x, y in points]
    return ScatterChart(
        name="packages",
        title=title,
        subtitle=f"What packages give both sides against the status quo, {measure.unit}",
        alt=f"{title}: {len(points)} points, the frontier, no deal, and the deals of two concepts.",
        table=Table.of(heads, rows),
        notes=(
            f"Dots: {len(points)} packages that differ in what they pay. A point in the upper "
            "right of the dashed lines leaves both sides better off than no deal.",
            *_line(names[0], efficiency, len(edge), len(edge) > len(corners)),
            *_told(found),
            f"No deal: {made['threat_point']}. On the table: {found.packages.about}.",
            f"{opening(made['horizon'].split(':')[0])}.",
            f"Source: negotiation {made['negotiation_version']}, model {made['model']} "
            f"{made['model_digest']}; {made['parameters']}.",
        ),
        x_label=f"{opening(names[0])}, {measure.unit}",
        y_label=f"{opening(names[1])}, {measure.unit}",
        dots=(*(Dot(float(x), float(y), tone=Tone.MUTED) for x, y in points), *deals),
        references=tuple(references),
        frontier=tuple((float(x), float(y)) for x, y in edge),
        form=Form.CHANGE,
    )


def _edge(corners: Array, d: Array, efficiency: float, deals: list[float]) -> Array:
    """Frontier by rising payoff of the first side, money that it concedes in front.

    The money is drawn as far as the deals use it, and a little farther.
    """
    left = float(corners[0, 0])
    if efficiency == 0.0 or d[0] >= left:
        return corners
    furthest = min([left, *deals])
    far = max(float(d[0]), furthest - 0.15 * max(left - furthest, 0.2 * (left - float(d[0]))))
    point = [far, float(corners[0, 1]) + efficiency * (left - far)]
    return np.concatenate([[point], corners])


def _line(first: str, efficiency: float, corners: int, money: bool) -> Iterator[str]:
    """What the line is, where there is one."""
    if corners < 2:
        return
    if money:
        yield (
            f"Line: what no agreement beats; at its left end {first} concedes money's worth, "
            f"{amount(efficiency)} to the dollar."
        )
    else:
        yield "Line: packages that no other beats, and lotteries over them."


def _deals(found: Study, scale: float) -> Iterator[Dot]:
    """The deal that is told, and another beside it where that differs."""
    case = found.outcome.case
    called: Mapping[str, Any] = {**CALLED, case.concept: case.called}
    other = _OTHER.get(case.concept, "nash")
    told: Array | None = None
    for name, tone in ((case.concept, Tone.FIRST), (other, Tone.PLAIN)):
        if name not in found.deals:
            continue
        at = np.asarray(found.deals[name].payoffs, dtype=float) / scale
        same = told is not None and np.abs(at - told).max() <= 1e-3 * np.abs(told).max()
        if not bool(found.deals[name].agreed) or not np.isfinite(at).all() or same:
            continue
        told = at
        yield Dot(float(at[0]), float(at[1]), f"Deal: {called.get(name, name)}", tone)


def _told(found: Study) -> Iterator[str]:
    """What the deal settles."""
    if bool(found.deal.agreed):
        case = found.outcome.case
        settled = found.packages.told(found.deal.weights).replace("_", " ")
        yield f"The deal ({case.called}) settles {settled}."


def _title(points: Array, d: Array, names: list[str]) -> str:
    """How many packages leave both sides better off."""
    better = int((points > d).all(axis=-1).sum())
    if not better:
        return f"No package leaves both {names[0]} and {names[1]} better off than no deal"
    return f"{better} of {len(points)} packages leave both sides better off than no deal"


__all__ = ["chart", "package_plot"]
