"""Pictures of a sweep at many draws: bands by regime, and how many draws are in which regime."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import GridError
from negotiation.games.game import Array
from negotiation.glossary import SHARE
from negotiation.model import Model, Parameter
from negotiation.model.grid import Grid
from negotiation.report.amounts import in_hundred
from negotiation.report.picture import HOUSE, canvas, drawing, save
from negotiation.report.plot_labels import (
    LEADING,
    RIGHT,
    SIDE,
    SMALL,
    TINY,
    WIDTH,
    SideLabel,
    label,
    minus,
    room,
    side_labels,
    wrapped,
)
from negotiation.report.plot_turns import draw_turns, turn_labels, turns
from negotiation.report.plot_words import axis_label, finding, notes, shown_chances, value_of, when
from negotiation.report.ranges import Measure, place
from negotiation.report.shown import PictureCurve, PicturePanel, panels
from negotiation.study.bands import Bands
from negotiation.study.lines import DrawnLine, lines, sure
from negotiation.words import opening

#: Colour, dashes and hatching.
Style = tuple[str, tuple[float, ...], str]

#: Those of curves and bands: told apart in grey as well.
STYLES: Final[tuple[Style, ...]] = (
    ("#C0470A", (), ""),
    ("#0B4F8A", (6.0, 2.5), "////"),
    ("#5B7F2B", (1.5, 1.5), "...."),
    ("#8A6D00", (3.0, 4.0), "\\\\\\\\"),
    ("#7A3B7A", (3.0, 1.5), "xxxx"),
)

#: What lasts while talks go on, beside what follows a breakdown.
_LASTING: Final[Style] = ("#555555", (8.0, 2.0, 2.0, 2.0), "")

#: Most values of a second parameter: each has a column of its own.
FAMILIES: Final = 3

#: Points that the first number of a curve takes to its right.
_START: Final = 34.0

#: Inches.
_LEFT, _GAP = 0.66, 0.22
_FIRST, _PANEL, _RIBBON = 1.9, 1.35, 0.62


def check_bands_plot(model: type[Model], grid: Grid) -> None:
    """Refuse a picture of bands that cannot be made, before any work is done.

    Raises
    ------
    GridError
    """
    numeric = [axis for axis in grid.axes if axis.numeric and len(axis.values) > 1]
    others = [axis for axis in grid.axes if numeric and axis is not numeric[0]]
    for axis in others:
        if len(axis.values) > FAMILIES:
            few = ",".join(place(value) for value in axis.values[:FAMILIES])
            raise GridError(
                f"a plot with bands has at most {FAMILIES} columns; {axis.name} has "
                f"{len(axis.values)} values, choose {FAMILIES} of them, e.g. --vary "
                f"{axis.name}={few}; or draw no bands: --draws 0"
            )


@dataclasses.dataclass(frozen=True, eq=False)
class _Drawn:
    """A curve with its band along a line, in the unit of its panel.

    Attributes
    ----------
    label : str
    style : tuple
    low, middle, high : (N,) array
    sure : (N,) array of bool
        Whether the sign is.
    weight : (N,) array
        Share of the draws that it is over.
    """

    label: str
    style: Style
    low: Array
    middle: Array
    high: Array
    sure: NDArray[np.bool_]
    weight: Array


@dataclasses.dataclass(frozen=True, eq=False)
class _Plan:
    """A panel with its curves along every line.

    Attributes
    ----------
    model : type of Model
    panel : PicturePanel
    measure : Measure
    columns : list of list of _Drawn
        By line.
    height : float
        Inches.
    """

    model: type[Model]
    panel: PicturePanel
    measure: Measure
    columns: list[list[_Drawn]]
    height: float


@drawing(HOUSE)
def bands_plot(bands: Bands, path: Path, show: Sequence[str] = ()) -> None:
    """Draw a sweep at many draws: medians and ranges by regime against its numeric parameter.

    Below stands how many draws are in which regime. Every text of the picture is in it as text.

    Parameters
    ----------
    show : sequence of str
        What is drawn; see `negotiation.report.shown.panels`. The usual panels if not given.

    Raises
    ------
    ParameterError
        For a name that is unknown.
    OutputError
    """
    model = type(bands.drawn.case.model)
    every = lines(bands.drawn.points)[:FAMILIES]
    regimes = [r for r in range(len(bands.regimes)) if not bands.rare[:, r].all()]
    wanted = panels(model, bands.columns, show)
    plans = [plan for plan in (_plan(bands, each, every, regimes) for each in wanted) if plan]
    if plans:
        plans[0] = dataclasses.replace(plans[0], height=max(plans[0].height, _FIRST))
    ribbon = len(regimes) > 1 and _by_regime(bands, plans)
    turned = turns(bands, every)
    told = f"Nothing that was asked for is known along {every[0].parameter}"
    if plans:
        told = finding(bands, plans[0].panel, every)
    title = wrapped(told, 1.13 * 11.0, WIDTH - 2 * SIDE)
    x_label = wrapped(axis_label(model, every[0].parameter), 9.0, WIDTH - _LEFT - SIDE)
    small = notes(bands, regimes, ribbon=ribbon)

    head = 0.16 + 0.205 * len(title)
    family = 0.22 if len(every) > 1 else 0.0
    heights = [0.32 + plan.height for plan in plans] or [0.32 + _PANEL]
    labels = [
        label(
            f"{opening(when(bands, r, regimes).removeprefix('if '))}: {_share(bands, every[-1], r)}"
        )
        for r in regimes
    ]
    ribbon_height = max(_RIBBON, room(labels)) if ribbon else 0.0
    turn_texts = turn_labels(bands, every, turned)
    turn_height = max(0.34 * len(turn_texts), room(turn_texts))
    below = 0.3 + 0.15 * len(x_label) + 0.14 * len(small) + 0.16
    total = (
        head
        + family
        + sum(heights)
        + (0.42 + ribbon_height if ribbon else 0.0)
        + (0.4 + turn_height if turned else 0.0)
        + below
    )
    figure = canvas(figsize=(WIDTH, total))
    sheet = _Page(figure, total, len(every))
    sheet.text(SIDE, 0.12, "\n".join(title), size=11, weight="bold")
    top = head
    if family:
        for c, line in enumerate(every):
            told = ", ".join(f"{name} = {place(value)}" for name, value in line.place.items())
            shown = wrapped(told, 1.13 * SMALL, sheet.width + 0.5 * _GAP)[0]
            sheet.text(sheet.left(c), top, shown, size=SMALL, weight="bold")
        top += family
    last: list[Any] = []
    if not plans:
        last = sheet.row(top + 0.32, _PANEL)
        for axes, line in zip(last, every, strict=True):
            axes.set_xlim(line.values[0], line.values[-1])
            axes.set_yticks([])
    for plan in plans:
        unit = "" if plan.panel.kind == "chance" else f", {plan.measure.unit}"
        head_ = wrapped(f"{plan.panel.title}{unit}", 9.0, WIDTH - 2 * SIDE)[:1]
        sheet.text(SIDE, top + 0.08, "".join(head_), colour="#444444")
        row = sheet.row(top + 0.32, plan.height)
        _draw_panel(row, plan, every)
        top += 0.32 + plan.height
        last = row
    top += 0.0 if plans else 0.32 + _PANEL
    if ribbon:
        sheet.text(SIDE, top + 0.16, "Draws in each regime, of 100", colour="#444444")
        row = sheet.row(top + 0.4, ribbon_height)
        _draw_ribbon(row, bands, every, regimes, labels)
        top += 0.42 + ribbon_height
        last = row
    if turned:
        told = "Where the draws turn: the dot at 50 of 100, the line from 5 to 95"
        sheet.text(SIDE, top + 0.14, told, colour="#444444")
        row = sheet.row(top + 0.38, turn_height)
        draw_turns(row, every, turned, turn_texts)
        top += 0.4 + turn_height
        last = row
    for axes, line in zip(last, every, strict=True):
        _x_axis(axes, model.find_parameter(line.parameter), narrow=len(every) > 1)
    for axes in sheet.axes:
        if axes not in last:
            axes.tick_params(labelbottom=False, bottom=False)
            axes.spines["bottom"].set_color("#CCCCCC")
    sheet.text(_LEFT, top + 0.26, "\n".join(x_label), colour="#222222")
    top += 0.3 + 0.15 * len(x_label)
    sheet.text(SIDE, top + 0.08, "\n".join(small), size=TINY, colour="#555555")
    save(figure, path, dpi=HOUSE["savefig.dpi"], bbox_inches=None)


class _Page:
    """A page measured in inches from its upper left corner.

    Attributes
    ----------
    axes : list
        All axes that were made, from above.
    """

    def __init__(self, figure: Any, height: float, columns: int) -> None:
        self.figure, self.height, self.columns = figure, height, columns
        room = WIDTH - _LEFT - RIGHT - _GAP * (columns - 1)
        self.width = room / columns
        self.axes: list[Any] = []

    def left(self, column: int) -> float:
        """Inches from the left edge to a column."""
        return _LEFT + column * (self.width + _GAP)

    def row(self, top: float, height: float) -> list[Any]:
        """Return axes side by side, of one scale from below to above."""
        made: list[Any] = []
        for c in range(self.columns):
            box = (
                self.left(c) / WIDTH,
                1.0 - (top + height) / self.height,
                self.width / WIDTH,
                height / self.height,
            )
            axes = self.figure.add_axes(box, sharey=made[0] if made else None)
            if made:
                axes.tick_params(labelleft=False)
            made.append(axes)
        self.axes += made
        return made

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 9.0,
        weight: str = "normal",
        colour: str = "#000000",
    ) -> None:
        """Write lines of text from a place downwards."""
        self.figure.text(
            x / WIDTH,
            1.0 - y / self.height,
            text,
            size=size,
            weight=weight,
            color=colour,
            ha="left",
            va="top",
            linespacing=LEADING,
        )


# --- what is drawn --------------------------------------------------------------------------------


def _plan(
    bands: Bands, panel: PicturePanel, every: Sequence[DrawnLine], regimes: Sequence[int]
) -> _Plan | None:
    """Take what a panel shows; None where there is nothing."""
    measure = _measure(bands, panel, regimes)
    columns = [list(_curves(bands, panel, line, regimes, measure)) for line in every]
    if not any(columns):
        return None
    model = type(bands.drawn.case.model)
    labels = [_end_label(model, each, panel, measure, every[-1]) for each in columns[-1]]
    return _Plan(model, panel, measure, columns, max(_PANEL, room(labels)))


def _measure(bands: Bands, panel: PicturePanel, regimes: Sequence[int]) -> Measure:
    if panel.kind == "chance":
        return Measure("of 100 draws", 0.01, 0, 0)
    shown: list[Array] = []
    for curve in panel.curves:
        for way in [None] if bands.pooled(curve.column) else regimes:
            band = bands.band(curve.column, way)
            shown += [band.low, band.middle, band.high]
    measure = Measure.of(panel.unit, *shown)
    if measure.unit == SHARE:
        return dataclasses.replace(measure, unit="%", scale=0.01, digits=0, ends=0)
    return measure


def _curves(
    bands: Bands, panel: PicturePanel, line: DrawnLine, regimes: Sequence[int], measure: Measure
) -> Iterator[_Drawn]:
    if panel.kind == "chance":
        yield from _chance_curves(bands, panel, line)
        return
    taken = 0
    player = panel.player
    for curve in panel.curves:
        pooled = bands.pooled(curve.column)
        for way in [None] if pooled else regimes:
            style = STYLES[taken % len(STYLES)]
            if pooled and curve.lasting and len(panel.curves) > 1:
                style = _LASTING
            elif pooled and len(panel.curves) == 1:
                style = STYLES[_place(bands, player) % len(STYLES)]
                taken += 1
            elif not pooled:
                assert way is not None
                style = STYLES[list(regimes).index(way) % len(STYLES)]
            else:
                taken += 1
            found = _drawn(bands, curve, line, way, regimes, style, measure)
            if np.isfinite(found.middle).any() and (panel.name != "levers" or found.middle.any()):
                yield found


def _place(bands: Bands, player: str) -> int:
    players = bands.drawn.case.model.players
    return players.index(player) if player in players else 0


def _drawn(
    bands: Bands,
    curve: PictureCurve,
    line: DrawnLine,
    way: int | None,
    regimes: Sequence[int],
    style: Style,
    measure: Measure,
) -> _Drawn:
    band = bands.band(curve.column, way)
    low, middle, high = (
        curve.sign * each[line.rows] / measure.scale for each in (band.low, band.middle, band.high)
    )
    if curve.sign < 0.0:
        low, high = high, low
    weight = np.ones(len(middle)) if way is None else np.nan_to_num(bands.share[line.rows, way])
    text = curve.label
    if way is not None and len(regimes) > 1:
        where = when(bands, way, regimes)
        text = f"{text}, {where}" if text and not text.startswith("Once") else opening(where)
    return _Drawn(text, style, low, middle, high, sure(bands, curve.column, way)[line.rows], weight)


def _chance_curves(bands: Bands, panel: PicturePanel, line: DrawnLine) -> Iterator[_Drawn]:
    """Probabilities, of which there is no range; in all panels but one only those that change."""
    for (phrase, share), style in zip(shown_chances(bands, panel, line), STYLES, strict=False):
        none = np.full(len(share), np.nan)
        certain = np.zeros(len(share), dtype=bool)
        yield _Drawn(opening(phrase), style, none, 100 * share, none, certain, none)


def _by_regime(bands: Bands, plans: Sequence[_Plan]) -> bool:
    """Whether anything that is drawn depends on the regime."""
    return any(
        not bands.pooled(curve.column)
        for plan in plans
        for curve in plan.panel.curves
        if plan.panel.kind != "chance"
    )


# --- panels ---------------------------------------------------------------------------------------


def _draw_panel(row: Sequence[Any], plan: _Plan, every: Sequence[DrawnLine]) -> None:
    for axes, line, curves in zip(row, every, plan.columns, strict=True):
        for curve in curves:
            _band(axes, line.values, curve)
        for curve in curves:
            _median(axes, line.values, curve)
        axes.set_xlim(line.values[0], line.values[-1])
    low, high = _limits([each for curves in plan.columns for each in curves], plan.panel)
    row[0].set_ylim(low, high)
    _y_axis(row[0], signed=low < 0.0)
    for axes in row:
        if low <= 0.0 <= high:
            axes.axhline(0.0, color="#222222", lw=1.0, zorder=1.5)
    _start_labels(row[0], every[0], plan, (low, high))
    _end_labels(row[-1], every[-1], plan, (low, high))


def _limits(curves: Sequence[_Drawn], panel: PicturePanel) -> tuple[float, float]:
    """Where the data are; from zero where that is near, or where there is but one number."""
    every = np.concatenate([part for c in curves for part in (c.low, c.middle, c.high)])
    every = every[np.isfinite(every)]
    low, high = float(every.min()), float(every.max())
    width = high - low
    if width == 0.0:
        low, high, width = low - 0.5 * (abs(low) or 1.0), high + 0.5 * (abs(low) or 1.0), abs(low)
    if 0.0 < low < 0.25 * width:
        low = 0.0
    if 0.0 > high > -0.25 * width:
        high = 0.0
    room = 0.06 * (high - low)
    low, high = low - (room if low != 0.0 else 0.0), high + (room if high != 0.0 else 0.0)
    return (max(low, 0.0), min(high, 100.0)) if panel.kind == "chance" else (low, high)


def _band(axes: Any, x: Array, curve: _Drawn) -> None:
    """Shade a range, the darker the more draws it is over."""
    colour, _, hatch = curve.style
    known = np.isfinite(curve.low) & np.isfinite(curve.high)
    shade = np.round(10 * curve.weight)
    for first, last in _runs(known, shade):
        part = slice(first, last + 1)
        axes.fill_between(
            x[part],
            curve.low[part],
            curve.high[part],
            color=colour,
            alpha=0.08 + 0.014 * float(shade[first]),
            lw=0,
        )
    for first, last in _runs(known, np.zeros(len(x))):
        part = slice(first, last + 1)
        if first == last:
            axes.vlines(x[first], curve.low[first], curve.high[first], color=colour, lw=1.2)
        elif hatch:
            axes.fill_between(
                x[part],
                curve.low[part],
                curve.high[part],
                facecolor="none",
                edgecolor=colour,
                hatch=hatch,
                alpha=0.32,
                lw=0,
            )


def _runs(known: NDArray[np.bool_], kind: Array) -> Iterator[tuple[int, int]]:
    """Stretches of known points, first and last; a stretch of a kind begins where one ends."""
    first: int | None = None
    for k in range(len(known)):
        if not known[k]:
            if first is not None:
                yield first, k - 1
            first = None
        elif first is None:
            first = k
        elif kind[k] != kind[first] and k < len(known) - 1 and known[k + 1]:
            yield first, k
            first = k
    if first is not None:
        yield first, len(known) - 1


def _median(axes: Any, x: Array, curve: _Drawn) -> None:
    """Draw a median: thick where the sign is sure; a dot where it stands alone."""
    colour, dashes, _ = curve.style
    known = np.isfinite(curve.middle)
    for first, last in _runs(known, curve.sure.astype(float)):
        part = slice(first, last + 1)
        if first == last:
            axes.plot(x[part], curve.middle[part], color=colour, marker="o", ms=4, ls="")
            continue
        width = 2.6 if curve.sure[first] else 1.3
        (drawn,) = axes.plot(
            x[part], curve.middle[part], color=colour, lw=width, solid_capstyle="butt", zorder=3
        )
        if dashes:
            drawn.set_dashes(dashes)


def _draw_ribbon(
    row: Sequence[Any],
    bands: Bands,
    every: Sequence[DrawnLine],
    regimes: Sequence[int],
    labels: Sequence[Sequence[str]],
) -> None:
    """Stack the shares of draws by regime, from the most frequent upwards."""
    for axes, line in zip(row, every, strict=True):
        below = np.zeros(len(line.rows))
        for k, r in enumerate(regimes):
            colour, _, hatch = STYLES[k % len(STYLES)]
            above = below + 100 * np.nan_to_num(bands.share[line.rows, r])
            axes.fill_between(line.values, below, above, color=colour, alpha=0.55, lw=0)
            if hatch:
                hatched = {"facecolor": "none", "edgecolor": "white", "hatch": hatch}
                axes.fill_between(line.values, below, above, lw=0, **hatched)
            axes.plot(line.values, above, color="white", lw=1.0)
            below = above
        axes.set_xlim(line.values[0], line.values[-1])
        axes.grid(visible=False)
    row[0].set_ylim(0.0, 100.0)
    row[0].set_yticks([0, 50, 100])
    last = every[-1].rows[-1]
    ends = np.cumsum([0.0, *(100 * np.nan_to_num(bands.share[last, r]) for r in regimes)])
    told = [
        SideLabel(0.5 * (ends[k] + ends[k + 1]), each, STYLES[k % len(STYLES)][0])
        for k, each in enumerate(labels)
    ]
    side_labels(row[-1], told, (0.0, 100.0))


def _share(bands: Bands, line: DrawnLine, regime: int) -> str:
    """Draws of 100 in a regime at the beginning and at the end."""
    one, two = (in_hundred(float(bands.share[k, regime])) for k in line.rows[[0, -1]])
    return one if one == two else f"{one}\xa0to\xa0{two}"  # on one line


# --- labels ---------------------------------------------------------------------------------------


def _end_label(
    model: type[Model], curve: _Drawn, panel: PicturePanel, measure: Measure, line: DrawnLine
) -> list[str]:
    """What a curve is, with its last number and where that is, if it ends before the line does."""
    k = int(np.flatnonzero(np.isfinite(curve.middle))[-1])
    last = k == len(line.values) - 1
    where = "" if last else f" at {value_of(model, line, float(line.values[k]))}"
    return label(f"{curve.label}\n{_told(curve, k, panel, measure)}{where}")


def _told(
    curve: _Drawn, k: int, panel: PicturePanel, measure: Measure, *, alone: bool = False
) -> str:
    """A number of a curve; with its range, but where it is to stand alone."""
    low, middle, high = (float(each[k]) for each in (curve.low, curve.middle, curve.high))
    plain = dataclasses.replace(measure, scale=1.0)
    if panel.kind == "chance":
        return in_hundred(middle / 100.0)
    signed = panel.name == "levers" or not (panel.kind == "loss" or measure.unit.startswith("%"))
    plain = plain.fitted(middle) if alone else plain.fitted(low, middle, high)
    text = plain.number(middle, signed=signed)
    if not alone and np.isfinite(low) and np.isfinite(high):
        ends = [plain.number(each, signed=signed, end=True) for each in (low, high)]
        text += f" ({' to '.join(ends)})" if ends[0] != ends[1] else ""
    return minus(text)


def _start_labels(axes: Any, line: DrawnLine, plan: _Plan, ends: tuple[float, float]) -> None:
    """Write the first number of each curve above it, or below where it rises, if there is room."""
    per = 72.0 * plan.height / (ends[1] - ends[0])
    full = per * (ends[1] - ends[0])
    across = 72.0 * axes.get_position().width * WIDTH / float(np.ptp(line.values))
    curves = [each for each in plan.columns[0] if np.isfinite(each.middle[0])]
    behind = line.values[0] + _START / across  # where the number would end
    heights = []
    for curve in curves:
        known = np.isfinite(curve.middle)
        there = np.interp(behind, line.values[known], curve.middle[known])
        heights.append((per * (curve.middle[0] - ends[0]), per * (float(there) - ends[0])))
    for k, (curve, (height, later)) in enumerate(zip(curves, heights, strict=True)):
        above = later - height < 3.0
        low, high = (height - 6.0, height + 14.0) if above else (height - 14.0, height + 6.0)
        others = [other for j, other in enumerate(heights) if j != k]
        taken = any(min(other) < high and max(other) > low for other in others)
        if taken or low < -6.0 or high > full + 3.0 or curve.middle[0] == 0.0:
            continue
        axes.annotate(
            _told(curve, 0, plan.panel, plan.measure, alone=True),
            (line.values[0], curve.middle[0]),
            xytext=(4, 3 if above else -3),
            textcoords="offset points",
            size=SMALL,
            weight="bold",
            color=curve.style[0],
            va="bottom" if above else "top",
            zorder=4,
        )


def _end_labels(axes: Any, line: DrawnLine, plan: _Plan, ends: tuple[float, float]) -> None:
    told = []
    for curve in plan.columns[-1]:
        k = int(np.flatnonzero(np.isfinite(curve.middle))[-1])
        end = float((line.values[k] - line.values[0]) / np.ptp(line.values))
        lines_ = _end_label(plan.model, curve, plan.panel, plan.measure, line)
        told.append(SideLabel(float(curve.middle[k]), lines_, curve.style[0], end))
    side_labels(axes, told, ends)


# --- axes and words -------------------------------------------------------------------------------


def _y_axis(axes: Any, *, signed: bool) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    def told(value: float, _: int) -> str:
        text = f"{value:,.6g}"
        return "0" if abs(value) < 1e-12 else minus(f"+{text}" if signed and value > 0 else text)

    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(told))


def _x_axis(axes: Any, spec: Parameter, *, narrow: bool) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    def told(value: float, _: int) -> str:
        if spec.fraction:
            return minus(f"{100 * value:.6g} %")
        return minus(f"{value:,.6g}")

    axes.xaxis.set_major_locator(MaxNLocator(3 if narrow else 8, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(told))


__all__ = ["FAMILIES", "STYLES", "bands_plot", "check_bands_plot"]
