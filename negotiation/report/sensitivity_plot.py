"""A picture of what decides: inputs moved one at a time, and indices by group."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from negotiation.case import Case
from negotiation.errors import OutputError
from negotiation.model import Model
from negotiation.provenance import provenance
from negotiation.report.amounts import how_often
from negotiation.report.document import Form, Table, TableColumn
from negotiation.report.drawing import draw
from negotiation.report.figure import (
    DrawnRange,
    Figure,
    Interval,
    IntervalChart,
    Swing,
    Tone,
    TornadoChart,
)
from negotiation.report.ranges import Measure, place
from negotiation.study.sensitivity import Bar, Decided, Sensitivity
from negotiation.words import opening

#: So many numbers, and swings of each, fit on a page.
_NUMBERS, _SWINGS = 4, 8

#: Longest name of an input, in letters.
_LONG = 60

#: Groups that explain less than this are not drawn.
_LITTLE = 0.005

_NOTES = (
    "A hollow dot says that the sign turns between the two ends.",
    "Share of the variance: Sobol' indices of a group by itself and together with others, with "
    "their 95 % intervals; groups with less than half a percent are left out.",
)


def plot(found: Sensitivity, path: Path) -> None:
    """Draw a tornado and indices for each number, at most four.

    Raises
    ------
    OutputError
        If no number varies over the draws.
    """
    shown = [each for each in found.found if each.indices and not each.observable.event]
    shown = (shown or [each for each in found.found if each.indices])[:_NUMBERS]
    if not shown:
        raise OutputError(f"{path} was not drawn: no number varies over the draws")
    first, *others = figures(found, shown)
    draw(first, path, others)


def figures(found: Sensitivity, shown: Sequence[Decided] | None = None) -> list[Figure]:
    """Return tornadoes and indices of some numbers, or of all that vary."""
    made = provenance(Case(found.case, draws=found.samples))
    notes = (
        *_NOTES,
        f"{found.samples} base points. {opening(made['horizon'].split(':')[0])}.",
        f"Source: negotiation {made['negotiation_version']}, model {made['model']} "
        f"{made['model_digest']}; {made['parameters']}.",
    )
    if shown is None:
        shown = [each for each in found.found if each.indices]
    return [
        figure for k, each in enumerate(shown, 1) for figure in charts(found, each, notes, number=k)
    ]


def charts(
    found: Sensitivity, each: Decided, notes: tuple[str, ...] = (), *, number: int = 1
) -> list[Figure]:
    """Return the tornado of a number, where any input moves it, and its indices."""
    title = headline(each, 2 * found.samples)
    made: list[Figure] = []
    if any(bar.width for bar in each.tornado):
        made.append(_tornado(found, each, title, notes, number))
        title = f"{opening(each.observable.about)}: shares of the variance"
    made.append(_indices(each, title, notes, number))
    return made


def headline(each: Decided, samples: int) -> str:
    """The finding in one line: what explains most, or how often it holds."""
    what = each.observable.about
    if each.observable.event:
        return f"{opening(what)} {how_often(each.mean, samples)}"
    first = max(each.indices, key=lambda one: one.total)
    percent = min(max(100.0 * first.total, 0.0), 100.0)
    return f"{opening(first.group)} decide {percent:.0f} % of the variance of {what}"


def _tornado(
    found: Sensitivity, each: Decided, title: str, notes: tuple[str, ...], number: int
) -> TornadoChart:
    model = found.case.model
    bars = [bar for bar in each.tornado if bar.width][:_SWINGS]
    values = [value for bar in bars for value in (bar.low, bar.high)]
    measure = Measure.of(each.observable.unit, values, each.at_point)
    swings = tuple(
        Swing(
            _name(bar),
            _end(model, bar, bar.low_at),
            _end(model, bar, bar.high_at),
            bar.low / measure.scale,
            bar.high / measure.scale,
            bar.turns,
        )
        for bar in bars
    )
    several = len({one.threat for one in found.found}) > 1
    where = ", ".join(
        [*([f"threat {each.threat}"] if several else []), *([each.profile] if each.profile else [])]
    )
    where = f" ({where})" if where else ""
    return TornadoChart(
        name=f"tornado-{number}",
        title=title,
        subtitle=f"{opening(each.observable.about)}, {measure.unit}, as one input goes from its "
        f"5 % to its 95 % quantile and all others stay at the point{where}",
        alt=f"{title}. The input that moves it most is {swings[0].name}.",
        table=Table.of(
            ["input", "low end", "result", "high end", "result there"],
            [[s.name, s.low_name, s.low, s.high_name, s.high] for s in swings],
        ),
        notes=notes,
        base=each.at_point / measure.scale,
        swings=swings,
        form=Form.MONEY,
    )


def _indices(each: Decided, title: str, notes: tuple[str, ...], number: int) -> IntervalChart:
    order = sorted(each.indices, key=lambda one: -one.total)
    order = [one for one in order if max(one.total, one.first) >= _LITTLE] or order
    return IntervalChart(
        name=f"indices-{number}",
        title=title,
        subtitle="Share of the variance that a group of inputs explains",
        alt=f"{title}. Groups, the largest first: {', '.join(one.group for one in order)}.",
        table=Table.of(
            ["group", TableColumn("by itself", Form.SHARE), TableColumn("with others", Form.SHARE)],
            [[one.group, one.first, one.total] for one in order],
        ),
        notes=notes,
        columns=("By itself", "Together with others"),
        tones=(Tone.FIRST, Tone.SECOND),
        rows=tuple(
            Interval(
                opening(one.group.replace("_", " ")),
                "",
                (
                    _ranged(one.first, one.first_error),
                    _ranged(one.total, one.total_error),
                ),
            )
            for one in order
        ),
        form=Form.SHARE,
    )


def _ranged(value: float, error: float) -> DrawnRange:
    return DrawnRange(value, value - error, value + error)


def _name(bar: Bar) -> str:
    """An input in words: what it is, cut where the words that explain it begin."""
    about = bar.about.removeprefix("all ") or bar.input.replace("_", " ")
    for mark in (";", ": ", ", "):
        if len(about) > _LONG and "." not in bar.input:
            about = about.split(mark)[0]
    return opening(about)


def _end(model: Model, bar: Bar, value: str | float) -> str:
    if isinstance(value, str):
        return type(model).names.get(f"{bar.input}.{value}", value.replace("_", " "))
    return place(float(f"{value:.2g}"))


__all__ = ["charts", "figures", "headline", "plot"]
