"""A picture of what decides: indices by group, and inputs moved one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

from negotiation.errors import OutputError
from negotiation.report.amounts import how_often
from negotiation.report.picture import canvas, drawing, save
from negotiation.study.sensitivity import Bar, Decided, Sensitivity
from negotiation.words import opening

#: So many numbers, and bars of each, fit on a page.
_PANELS, _BARS = 4, 8

_COLOUR, _INK, _GREY = "#0B4F8A", "#333333", "#555555"


@drawing()
def plot(found: Sensitivity, path: Path) -> None:
    """Draw indices and a tornado for each number, at most four.

    Raises
    ------
    OutputError
        If no number varies over the draws.
    """
    shown = [each for each in found.found if each.indices and not each.observable.event]
    shown = (shown or [each for each in found.found if each.indices])[:_PANELS]
    if not shown:
        raise OutputError(f"{path} was not drawn: no number varies over the draws")
    rows = [max(len(each.indices), len(_bars(each)), 3) for each in shown]
    height = 1.3 + sum(0.28 * count + 1.0 for count in rows)
    figure = canvas(figsize=(6.5, height), layout="constrained")
    grid = figure.subplots(
        len(shown), 2, squeeze=False, gridspec_kw={"height_ratios": rows, "width_ratios": [2, 3]}
    )
    for (left, right), each in zip(grid.tolist(), shown, strict=True):
        _indices(left, each)
        _tornado(right, each)
    figure.suptitle(
        fill(headline(shown[0], 2 * found.samples), 72),
        fontsize=11,
        fontweight="bold",
        x=0.02,
        ha="left",
    )
    footer = (
        f"Dots on the left: share of the variance explained alone (filled) and with others "
        f"(hollow), 95 % intervals; {found.samples} base points. On the right: one input between "
        "its 5 % and 95 % quantiles, everything else at the point; hollow where the sign turns."
    )
    figure.text(0.02, -0.01, fill(footer, 104), fontsize=8, color=_GREY, va="top")
    save(figure, path)


def headline(each: Decided, samples: int) -> str:
    """The finding in one line: what explains most, or how often it holds."""
    what = each.observable.about
    if each.observable.event:
        return f"{opening(what)} {how_often(each.mean, samples)}"
    first = max(each.indices, key=lambda one: one.total)
    percent = min(max(100.0 * first.total, 0.0), 100.0)
    return f"{opening(first.group)} decide {percent:.0f} % of the variance of {what}"


def _bars(each: Decided) -> list[Bar]:
    return [bar for bar in each.tornado if bar.width][:_BARS]


def _indices(axes: Any, each: Decided) -> None:
    order = sorted(each.indices, key=lambda one: one.total)
    places = range(len(order))
    for place, one in zip(places, order, strict=True):
        axes.plot(
            [one.first - one.first_error, one.first + one.first_error],
            [place + 0.12] * 2,
            color=_COLOUR,
            lw=1.2,
        )
        axes.plot(
            [one.total - one.total_error, one.total + one.total_error],
            [place - 0.12] * 2,
            color=_COLOUR,
            lw=1.2,
        )
        axes.plot(one.first, place + 0.12, "o", color=_COLOUR, ms=5)
        axes.plot(one.total, place - 0.12, "o", mfc="white", mec=_COLOUR, ms=5)
    _frame(axes, [one.group for one in order], places)
    axes.set_xlim(-0.05, 1.1)
    axes.set_xticks([0.0, 0.5, 1.0])
    axes.set_xlabel("share of the variance", fontsize=8.5)


def _tornado(axes: Any, each: Decided) -> None:
    bars = _bars(each)[::-1]
    scale, unit = 1.0, each.observable.unit
    largest = max((abs(value) for bar in bars for value in (bar.low, bar.high)), default=0.0)
    if unit.startswith("US$ million") and largest >= 2000.0:
        scale, unit = 1000.0, unit.replace("million", "billion")
    places = range(len(bars))
    for place, bar in zip(places, bars, strict=True):
        inside = "white" if bar.turns else _COLOUR
        low, high = bar.low / scale, bar.high / scale
        axes.plot([low, high], [place, place], color=_COLOUR, lw=1.2)
        axes.plot([low, high], [place, place], "o", mfc=inside, mec=_COLOUR, ms=5)
        for value, at, other in ((low, bar.low_at, high), (high, bar.high_at, low)):
            side = value < other or (value == other and at == bar.low_at)
            axes.annotate(
                at if isinstance(at, str) else f"{at:.2g}",
                (value, place),
                xytext=(-5 if side else 5, 0),
                textcoords="offset points",
                ha="right" if side else "left",
                va="center",
                fontsize=8,
                color=_GREY,
            )
    _frame(axes, [_name(bar) for bar in bars], places)
    axes.axvline(each.at_point / scale, color=_INK, lw=0.8, ls=":")
    low, high = axes.get_xlim()
    if low <= 0.0 <= high:
        axes.axvline(0.0, color=_INK, lw=0.8)
    axes.margins(x=0.2)
    where = f"threat {each.threat}" + (f", {each.profile}" if each.profile else "")
    axes.set_title(fill(f"{opening(each.observable.about)} ({where})", 48), fontsize=9, loc="left")
    axes.set_xlabel(unit, fontsize=8.5)


def _name(bar: Bar) -> str:
    return bar.input.replace("_", " ")


def _frame(axes: Any, labels: Sequence[str], places: Sequence[int]) -> None:
    axes.set_yticks(list(places), labels, fontsize=8.5)
    axes.set_ylim(-0.6, len(labels) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=8.5)
    axes.grid(axis="x", color="#E3E3E3", lw=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


__all__ = ["headline", "plot"]
