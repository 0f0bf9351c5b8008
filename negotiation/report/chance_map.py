"""Probabilities over two parameters as a document and as a picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import fill
from typing import Any, TypedDict

import numpy as np

from negotiation.provenance import provenance
from negotiation.regimes.signal import EQUILIBRIUM
from negotiation.report.document import (
    Block,
    Cell,
    Document,
    Form,
    Heading,
    Items,
    Notes,
    Provenance,
    Rows,
    Table,
    TableColumn,
)
from negotiation.report.map import MapAxis, percent
from negotiation.report.picture import canvas, drawing, save
from negotiation.report.schema import because, finished
from negotiation.study.chance_map import LEVELS, ChanceMap, Likelihood
from negotiation.words import amount, opening

#: Most points along either parameter in a table that is read.
_ACROSS, _DOWN = 6, 11

#: Most events that have a sentence; all are in the table.
_SAID = 6

_UNKNOWN = "it is known in no draw there"


def document(found: ChanceMap) -> Document:
    """Return a map of probabilities as a document."""
    made = made_of(found)
    return Document(
        study="map",
        tell=lambda: _blocks(found, made),
        note=lambda: record(found, made),
        made=made,
        list_rows=lambda: _rows(found),
    )


def made_of(found: ChanceMap) -> dict[str, str]:
    """Where the map comes from."""
    plane = found.plane
    seen = {name: (plane.low[k], plane.high[k]) for k, name in enumerate(plane.names)}
    return provenance(found.case, plane.names, about=found.threat_about, seen=seen)


def certified(found: ChanceMap) -> bool:
    """Whether every draw is certified at every point."""
    return bool((found.certified == 1.0).all())


def told(each: Likelihood) -> str:
    """Return what holds, as a clause."""
    return f"the equilibrium is {each.phrase}" if each.kind == EQUILIBRIUM else each.phrase


def _blocks(found: ChanceMap, made: dict[str, str]) -> Iterator[Block]:
    plane = found.plane
    where = " and ".join(
        f"{name} from {amount(plane.low[k])} to {amount(plane.high[k])}"
        for k, name in enumerate(plane.names)
    )
    yield Heading(f"{made['model']} ({made['parameters']}): probabilities over {where}", 1)
    events = (found.asked,) if found.asked is not None else found.events
    varying = [each for each in events if each.spread > 0.0]
    if varying:
        yield Items(tuple(_sentence(each) for each in varying[:_SAID]))
        yield _shares(varying)
    same = [each for each in events if each.spread == 0.0]
    if same:
        yield Items(
            tuple(
                f"{opening(told(each))} with a probability of {np.nanmax(each.probability):.2f}."
                if np.isfinite(each.probability).any()
                else f"{opening(told(each))}: this is known in no draw."
                for each in same
            ),
            "What is as likely everywhere on the map:",
        )
    for each in found.told[:1]:
        yield _grid(found, each)
    error = max((each.error() for each in events), default=0.0)
    said = (
        f"{len(found.draws)} draws, the same at each of {plane.points[0]} x {plane.points[1]} "
        f"points; the standard error of a probability is at most {error:.3f}. Lines of equal "
        "probability are interpolated between points. Boundaries at one set of values are exact "
        "with --draws 0."
    )
    if not certified(found):
        lost = float(1.0 - found.certified.mean())
        said += f" {percent(lost)} of the points of all draws are not certified and are left out."
    yield Notes((said,))
    yield Provenance(made)


def _sentence(each: Likelihood) -> str:
    low, high = float(np.nanmin(each.probability)), float(np.nanmax(each.probability))
    sure, hardly = _share(each, LEVELS[2], above=True), _share(each, LEVELS[0], above=False)
    return (
        f"{opening(told(each))} with a probability between {low:.2f} and {high:.2f}; it is at "
        f"least {LEVELS[2]:.2f} {_on(sure)} and at most {LEVELS[0]:.2f} {_on(hardly)}."
    )


def _on(share: float) -> str:
    if share <= 0.0:
        return "nowhere"
    return "everywhere" if share >= 1.0 else f"on {percent(share)} of the map"


def _share(each: Likelihood, level: float, *, above: bool) -> float:
    """Share of the map, by trapezes as its ends count half, with a probability beyond a level."""
    p = each.probability
    weights = np.outer(_weights(p.shape[0]), _weights(p.shape[1]))
    with np.errstate(invalid="ignore"):
        holds = p >= level if above else p <= level
    return float((weights * holds).sum())


def _weights(count: int) -> np.ndarray[Any, Any]:
    weights = np.ones(count)
    weights[[0, -1]] = 0.5
    return np.asarray(weights / weights.sum())


def _shares(events: list[Likelihood]) -> Table:
    rows: list[list[Cell]] = []
    for each in events:
        sure, never = _share(each, 0.95, above=True), _share(each, 0.05, above=False)
        rows.append([told(each), sure, max(0.0, 1.0 - sure - never), never])
    heads = ["95 %\nor more", "between", "5 %\nor less"]
    return Table.of(
        ["what holds", *(TableColumn(each, Form.SHARE) for each in heads)],
        rows,
        "Share of the map by how likely it is",
    )


def _grid(found: ChanceMap, each: Likelihood) -> Table:
    """Return probabilities at some points, the second parameter downwards from its largest."""
    x, y = found.plane.names
    across = _some(len(found.x), _ACROSS)
    down = _some(len(found.y), _DOWN)[::-1]
    return Table.of(
        [
            f"{y} \\ {x}",
            *(TableColumn(amount(float(found.x[k])), Form.CHANCE) for k in across),
        ],
        [[float(found.y[m]), *(float(each.probability[k, m]) for k in across)] for m in down],
        f"Probability that {told(each)}",
    )


def _some(count: int, most: int) -> list[int]:
    if count <= most:
        return list(range(count))
    return sorted(set(np.linspace(0, count - 1, most).round().astype(int).tolist()))


# --- to load --------------------------------------------------------------------------------------


class LikelihoodRecord(TypedDict):
    """The probability of an event over the two parameters."""

    kind: str
    player: str
    phrase: str
    probability: list[list[float]]
    error: float
    surely: float
    hardly: float


class LikelyMap(TypedDict):
    """Probabilities over two parameters."""

    provenance: dict[str, str]
    axes: list[MapAxis]
    values: dict[str, list[float]]
    draws: int
    certified: bool
    certified_share: float
    asked: str
    events: list[LikelihoodRecord]
    sentences: list[str]


def record(found: ChanceMap, made: dict[str, str]) -> dict[str, Any]:
    """Return the map as nested dictionaries: probabilities by the first parameter, then second."""
    plane = found.plane
    events = list(found.events)
    if found.asked is not None and all(found.asked is not each for each in events):
        events.append(found.asked)
    answer: dict[str, Any] = finished(
        {
            "provenance": made,
            "axes": [
                {
                    "parameter": name,
                    "unit": found.case.model.find_parameter(name).unit,
                    "low": plane.low[k],
                    "high": plane.high[k],
                    "points": plane.points[k],
                }
                for k, name in enumerate(plane.names)
            ],
            "values": dict(zip(plane.names, (found.x.tolist(), found.y.tolist()), strict=True)),
            "draws": len(found.draws),
            "certified": certified(found),
            "certified_share": float(found.certified.mean()),
            "asked": "" if found.asked is None else found.asked.phrase,
            "events": [
                {
                    "kind": each.kind,
                    "player": each.side,
                    "phrase": each.phrase,
                    "probability": because(each.probability.tolist(), _UNKNOWN),
                    "error": each.error(),
                    "surely": _share(each, 0.95, above=True),
                    "hardly": _share(each, 0.05, above=False),
                }
                for each in events
            ],
            "sentences": [_sentence(each) for each in events if each.spread > 0.0],
        },
        LikelyMap,
    )
    return answer


def _rows(found: ChanceMap) -> Rows:
    """One row per point: its place, the certified share, and the probability of every event."""
    events = found.events if found.asked is None else (found.asked,)
    heads = (*found.plane.names, "draws", "certified_share", *(told(each) for each in events))
    return Rows(
        heads,
        (
            [
                *(float(x), float(y), len(found.draws), float(found.certified[k, m])),
                *(float(each.probability[k, m]) for each in events),
            ]
            for k, x in enumerate(found.x)
            for m, y in enumerate(found.y)
        ),
    )


# --- picture --------------------------------------------------------------------------------------

#: Lines of equal probability: from hardly to surely.
_LINES = ((0, (1.2, 1.6)), "-", (0, (5, 2)))


@drawing()
def plot(found: ChanceMap, path: Path) -> None:
    """Draw lines of 5, 50 and 95 % probability, one panel for each event that varies."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.lines import Line2D

    events = found.told
    rows, columns = (1, 1) if len(events) < 2 else ((len(events) + 1) // 2, 2)
    height = 4.2 if columns == 1 else 2.9 * rows
    figure = canvas(figsize=(7.2, 1.0 + height))
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    shades = LinearSegmentedColormap.from_list("probability", ["#ffffff", "#0072B2"])
    x, y = found.plane.names
    for axes, each in zip(grid.flat, events, strict=False):
        p = each.probability.T
        axes.pcolormesh(
            *(found.x, found.y, np.ma.masked_invalid(p)),
            cmap=shades, vmin=0.0, vmax=1.6, shading="gouraud", rasterized=True,
        )  # fmt: skip
        inside = [level for level in LEVELS if np.nanmin(p) < level < np.nanmax(p)]
        if inside:
            styles = [_LINES[LEVELS.index(level)] for level in inside]
            axes.contour(
                *(found.x, found.y, p),
                levels=inside, colors="#222222", linestyles=styles, linewidths=1.5,
            )  # fmt: skip
        if columns > 1:
            axes.set_title(fill(opening(told(each)), 44), fontsize=8.5, loc="left")
        axes.tick_params(labelsize=8.5)
        for k, axis in enumerate((axes.xaxis, axes.yaxis)):
            if max(abs(found.plane.low[k]), abs(found.plane.high[k])) >= 1000:
                axis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    for axes in list(grid.flat)[len(events) :]:
        axes.set_visible(False)
    for axes in grid[-1]:
        axes.set_xlabel(_label(found, x, columns), fontsize=9)
    for axes in grid[:, 0]:
        axes.set_ylabel(_label(found, y, columns), fontsize=9)
    keys = [
        Line2D([], [], color="#222222", ls=style, lw=1.5, label=f"{level:.0%} of the draws")
        for level, style in zip(LEVELS, _LINES, strict=True)
    ]
    title = _title(found)
    top = 1.0 - (0.62 + 0.2 * title.count("\n")) / (1.0 + height)
    figure.tight_layout(rect=(0, 0, 1, top))
    figure.legend(
        handles=keys, ncols=3, frameon=False, fontsize=8, loc="lower left",
        bbox_to_anchor=(0.015, top + 0.004), borderpad=0,
    )  # fmt: skip
    figure.suptitle(title, fontsize=12, x=0.02, y=0.985, ha="left", va="top")
    figure.text(0.02, -0.005, _footer(found), fontsize=6.5, color="#555555", va="top")
    save(figure, path, pad_inches=0.12)


def _label(found: ChanceMap, name: str, columns: int) -> str:
    unit = found.case.model.find_parameter(name).unit
    return fill(f"{name} ({unit})", 34 if columns > 1 else 68) if unit else name


def _title(found: ChanceMap) -> str:
    if not found.told:
        return "Every regime is as likely everywhere on the map"
    if len(found.told) > 1:
        return fill(f"How likely events are over {' and '.join(found.plane.names)}", 76)
    each = found.told[0]
    low, high = float(np.nanmin(each.probability)), float(np.nanmax(each.probability))
    return fill(f"{opening(told(each))} with a probability of {low:.2f} to {high:.2f}", 76)


def _footer(found: ChanceMap) -> str:
    made = made_of(found)
    text = (
        f"Probabilities over {len(found.draws)} draws at {found.plane.points[0]} x "
        f"{found.plane.points[1]} points, lines interpolated. Concept: {made['concept']}. Threat "
        f"point: {made['threat_point']}. Horizon: {made['horizon']}. negotiation "
        f"{made['negotiation_version']}, model {made['model']} {made['model_digest']}; "
        f"{made['parameters']}."
    )
    return fill(text, 128)
