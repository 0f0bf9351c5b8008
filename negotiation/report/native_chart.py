"""Figures as charts that spreadsheet programs draw themselves, each with its numbers beside it.

A chart refers to a table of the figure's numbers on a sheet of its own, so that whoever changes a
number sees the chart change. The colours are those of the house; the second player's lines are
dashed.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Sequence
from functools import singledispatch
from typing import Any

from negotiation.report.document import Form
from negotiation.report.figure import (
    BandChart,
    BarChart,
    ButterflyChart,
    Figure,
    IntervalChart,
    ScatterChart,
    ShareChart,
    StepChart,
    Tone,
    TornadoChart,
)
from negotiation.report.sheets import Book, Placed, Sheet, Sum, letters, safe
from negotiation.report.typed import Holds, TypedColumn, Value, column, distinct, typed

COLOURS = {
    Tone.FIRST: "#C0470A",
    Tone.SECOND: "#0B4F8A",
    Tone.PLAIN: "#444444",
    Tone.MUTED: "#999999",
}
DASHES = {Tone.SECOND: "dash", Tone.MUTED: "round_dot"}

#: Of further lines that nobody's tone is left for.
_OTHERS = (("#5B7F2B", "dash_dot"), ("#8A6D00", "long_dash"), ("#7A3B7A", "round_dot"))

#: Of parts of a whole, from light to dark.
_BANDS = ("#F3E3D3", "#E3B98F", "#CC7F45", "#9C4A17", "#5E2A0B", "#2E1505")

#: Size of a chart, the height of a row of its sheet, and of a bar, in pixels.
_WIDTH, _HEIGHT, _ROW, _BAR = 760, 400, 20, 34


def charted(book: Book, figure: Figure, numbers: Sheet, charts: Sheet) -> None:
    """Write the numbers of a figure on one sheet and draw it on another.

    Parameters
    ----------
    numbers : Sheet
        Its next row is where the table begins.
    charts : Sheet
        Its next row is where the chart begins.
    """
    chart, tall = _drawn(figure, book, numbers)
    charts.breaks.append(charts.row)
    charts.line(figure.title, bold=True, font_size=13)
    if figure.subtitle:
        charts.line(figure.subtitle, font_color="#666666")
    if chart is not None:
        chart.set_size({"width": _WIDTH, "height": tall})
        chart.set_chartarea({"border": {"none": True}})
        chart.set_title({"none": True})
        place = {"description": figure.alt or figure.title, "object_position": 2}
        charts.made.insert_chart(charts.row, 0, chart, place)
        charts.row += tall // _ROW + 1
    for note in figure.notes:
        charts.line(note, wide=110, font_color="#666666", font_size=9)
    charts.link(f"Numbers on sheet {numbers.name}", numbers.name)
    charts.row += 3


@singledispatch
def _drawn(figure: object, book: Book, sheet: Sheet) -> tuple[Any, int]:
    """Write the numbers, and return the chart and its height."""
    raise TypeError(f"no chart is known for {type(figure).__name__}")


@_drawn.register
def _(figure: Figure, book: Book, sheet: Sheet) -> tuple[Any, int]:
    # What is drawn elsewhere only, such as what a page computes, is its table here.
    notes = [each for each in (figure.subtitle, *figure.table.notes, *figure.notes) if each]
    sheet.table(typed(figure.table), title=figure.title, notes=notes)
    return None, 0


# --- parts ----------------------------------------------------------------------------------------


def _numbers(name: str, values: Iterable[float | None], form: Form, unit: str = "") -> TypedColumn:
    return column(name, [math.nan if each is None else each for each in values], form, unit)


def _words(name: str, values: Iterable[str]) -> TypedColumn:
    return TypedColumn(name, Holds.TEXT, [each or None for each in values])


def _placed(
    figure: Figure, sheet: Sheet, columns: Sequence[TypedColumn], sums: Sequence[Sum] = ()
) -> tuple[Placed, list[str]]:
    """Write columns whose names are made different; return where they are and these names."""
    notes = [each for each in (figure.subtitle, *figure.table.notes, *figure.notes) if each]
    names = distinct([each.name for each in columns])
    made = [
        TypedColumn(name, c.kind, c.values, c.unit, c.meaning, c.digits, c.signed)
        for name, c in zip(names, columns, strict=True)
    ]
    return sheet.table(made, sums=sums, title=figure.title, notes=notes), names


def _axis(form: Form, **more: Any) -> dict[str, Any]:
    shown = {Form.SHARE: "0%", Form.CHANCE: "0%"}.get(
        form, "#,##0.###" if form == Form.AMOUNT else "#,##0"
    )
    return {
        "num_format": shown,
        "num_font": {"color": "#444444"},
        "major_gridlines": {"visible": True, "line": {"color": "#E3E3E3"}},
        "line": {"color": "#999999"},
        **more,
    }


def _labelled(form: Form) -> str:
    return (
        "0%"
        if form in (Form.SHARE, Form.CHANCE)
        else "#,##0.0##"
        if form == Form.AMOUNT
        else "#,##0"
    )


def _line(tone: Tone, width: float = 2.25, dash: str = "") -> dict[str, Any]:
    style = dash or DASHES.get(tone, "solid")
    return {"color": COLOURS[tone], "width": width, "dash_type": style}


def _told_apart(tones: Sequence[Tone]) -> list[dict[str, Any]]:
    """Return colours and dashes of lines: those of their tones, and others for a tone's second."""
    others = iter(_OTHERS)
    found: list[dict[str, Any]] = []
    for tone in tones:
        look = {"color": COLOURS[tone], "dash_type": DASHES.get(tone, "solid")}
        if look in found:
            colour, dash = next(others, _OTHERS[-1])
            look = {"color": colour, "dash_type": dash}
        found.append(look)
    return found


def _marker(
    colour: str, kind: str = "circle", size: int = 8, *, hollow: bool = False
) -> dict[str, Any]:
    return {
        "type": kind,
        "size": size,
        "border": {"color": colour},
        "fill": {"color": colour},
    }


def _cell(sheet: str, row: int, place: int) -> str:
    """Name a cell for good, of a sheet or of the one that is meant."""
    name = f"${letters(place)}${row + 1}"
    quoted = sheet.replace("'", "''")
    return f"'{quoted}'!{name}" if sheet else name


def _told(text: str) -> str:
    """Return a text that a chart shows; what looks like a formula or a cell would be one."""
    text = safe(text).replace("!", "! ", 1)
    return f" {text}" if text.startswith("=") else text


def _names_beside(names: Sequence[str], position: str) -> dict[str, Any]:
    """Labels of points; one without a name has none."""
    return {
        "value": True,
        "position": position,
        "custom": [{"value": _told(name)} if name else {"delete": True} for name in names],
    }


# --- along a parameter ----------------------------------------------------------------------------


@_drawn.register
def _(figure: BandChart, book: Book, sheet: Sheet) -> tuple[Any, int]:
    columns = [_numbers(figure.x_label, figure.x, figure.x_form)]
    for curve in figure.curves:
        columns.append(_numbers(curve.name, curve.median, Form.CHANGE))
        if curve.low:
            columns.append(_numbers(f"{curve.name}, 5 %", curve.low, Form.CHANGE))
            columns.append(_numbers(f"{curve.name}, 95 %", curve.high, Form.CHANGE))
    if figure.ribbon is not None:
        columns.append(_numbers(figure.ribbon.name, figure.ribbon.shares, Form.CHANCE))
    placed, names = _placed(figure, sheet, columns)
    chart = book.chart("scatter", "straight")
    k, ends_of_bands = 1, []
    looks = _told_apart([curve.tone for curve in figure.curves])
    for curve, look in zip(figure.curves, looks, strict=True):
        widths = ((2.5, ""), (1.0, "round_dot"), (1.0, "round_dot")) if curve.low else ((2.5, ""),)
        for width, dash in widths:
            chart.add_series(
                {
                    "name": _told(names[k]),
                    "categories": placed.reference(names[0]),
                    "values": placed.reference(names[k]),
                    "line": {**look, "width": width, **({"dash_type": dash} if dash else {})},
                    "marker": {"type": "none"},
                }
            )
            if dash:
                ends_of_bands.append(k - 1)
            k += 1
    if figure.ribbon is not None:
        chart.add_series(
            {
                "name": _told(names[k]),
                "categories": placed.reference(names[0]),
                "values": placed.reference(names[k]),
                "line": _line(Tone.MUTED, 1.5),
                "marker": {"type": "none"},
                "y2_axis": True,
            }
        )
        chart.set_y2_axis(
            _axis(
                Form.SHARE,
                min=0,
                max=1,
                name="share of the draws",
                major_gridlines={"visible": False},
            )
        )
    ends = [min(figure.x), max(figure.x)] if figure.x else [0.0, 1.0]
    chart.set_x_axis(
        _axis(
            figure.x_form,
            name=_told(figure.x_label),
            min=ends[0],
            max=ends[1],
            label_position="low",
            major_gridlines={"visible": False},
        )
    )
    chart.set_y_axis(_axis(Form.MONEY))
    chart.set_legend({"position": "bottom", "delete_series": ends_of_bands})
    return chart, _HEIGHT + 12 * len(figure.curves)


@_drawn.register
def _(figure: StepChart, book: Book, sheet: Sheet) -> tuple[Any, int]:
    days = [datetime.date.fromisoformat(day) for day in figure.days for _ in (0, 1)][1:]
    known = [str(day) in figure.announced for day in figure.days]
    columns = [column("from", days, Form.TEXT)]
    for name, _, rates in figure.lines:
        doubled = [rate for rate in rates for _ in (0, 1)][:-1]
        columns.append(_numbers(name, doubled, Form.SHARE))
    if any(known):
        flags = [each for each in known for _ in (0, 1)][1:]
        columns.append(_words("announced", ["yes" if each else "" for each in flags]))
    placed, names = _placed(figure, sheet, columns)
    chart = book.chart("scatter", "straight")
    for k, (_, tone, _) in enumerate(figure.lines, 1):
        chart.add_series(
            {
                "name": _told(names[k]),
                "categories": placed.reference(names[0]),
                "values": placed.reference(names[k]),
                "line": _line(tone),
                "marker": {"type": "none"},
            }
        )
    chart.set_x_axis(_axis(Form.TEXT, num_format="yyyy-mm-dd", major_gridlines={"visible": False}))
    chart.set_y_axis(_axis(Form.SHARE, min=0))
    chart.set_legend({"position": "bottom"})
    return chart, _HEIGHT


# --- one entry a row ------------------------------------------------------------------------------


@_drawn.register
def _(figure: BarChart, book: Book, sheet: Sheet) -> tuple[Any, int]:
    bars = figure.bars
    if not bars:
        return None, 0
    columns = [_words("entry", [bar.name for bar in bars])]
    columns.append(_numbers("value", [bar.value for bar in bars], figure.form))
    if any(bar.low is not None for bar in bars):
        columns.append(_numbers("5 %", [bar.low for bar in bars], figure.form))
        columns.append(_numbers("95 %", [bar.high for bar in bars], figure.form))
    totals = [k for k, bar in enumerate(bars) if bar.total]
    parts = tuple(k for k, bar in enumerate(bars) if not (bar.total or bar.part))
    # Of medians over draws the sum says nothing: they do not add up.
    exact = not any(bar.low is not None for bar in bars)
    sums = [Sum(k, parts, (1,)) for k in totals[:1] if len(totals) == 1 and exact and parts]
    placed, names = _placed(figure, sheet, columns, sums)
    chart = book.chart("bar")
    chart.add_series(
        {
            "name": "value",
            "categories": placed.reference(names[0]),
            "values": placed.reference(names[1]),
            "gap": 40,
            "fill": {"color": COLOURS[Tone.FIRST]},
            "points": [
                {"fill": {"color": "#222222" if bar.total else COLOURS[bar.tone]}} for bar in bars
            ],
            "data_labels": {"value": True, "num_format": _labelled(figure.form)},
        }
    )
    # The axis of values would move to the top with the rows turned round, and each bar says its.
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
    chart.set_y_axis(
        {
            "reverse": True,
            "label_position": "low",
            "line": {"color": "#999999"},
            "major_gridlines": {"visible": False},
        }
    )
    chart.set_legend({"none": True})
    return chart, _tall(len(bars))


def _tall(rows: int) -> int:
    return max(200, _BAR * rows + 80)


@_drawn.register
def _(figure: IntervalChart, book: Book, sheet: Sheet) -> tuple[Any, int]:
    rows, count = figure.rows, max(len(figure.columns), 1)
    if not rows:
        return None, 0
    labels = [f"{row.name}, {row.detail}" if row.detail else row.name for row in rows]
    columns = [_words("entry", labels)]
    for c, name in enumerate(figure.columns):
        each = [row.ranges[c] for row in rows]
        ends: dict[str, list[float | None]] = {
            "median": [None if r is None else r.median for r in each],
            "5 %": [None if r is None else r.low for r in each],
            "25 %": [None if r is None else r.quarter for r in each],
            "75 %": [None if r is None else r.three_quarters for r in each],
            "95 %": [None if r is None else r.high for r in each],
        }
        columns += [_numbers(f"{name}, {end}", v, figure.form) for end, v in ends.items()]
        columns += [
            _apart(f"{name}, {words}", ends[low], ends[high])
            for words, low, high in (
                ("median less 5 %", "5 %", "median"),
                ("95 % less median", "median", "95 %"),
                ("median less 25 %", "25 %", "median"),
                ("75 % less median", "median", "75 %"),
            )
        ]
        # Rows stand from the top, the players of a row a little apart.
        heights: list[Value] = [len(rows) - k - (c + 1) / (count + 1) for k in range(len(rows))]
        columns.append(TypedColumn(f"{name}, height", Holds.NUMBER, heights, digits=2))
    placed, names = _placed(figure, sheet, columns)
    chart = book.chart("scatter")
    for c, (name, tone) in enumerate(zip(figure.columns, figure.tones, strict=True)):
        own = names[1 + c * 10 :]
        colour = COLOURS[tone]
        for less, more, width in ((own[5], own[6], 1.0), (own[7], own[8], 4.0)):
            dots = {
                "marker": _marker(colour, "diamond" if tone == Tone.SECOND else "circle"),
                "data_labels": _names_beside(labels, "above"),
            }
            if c or width > 1.0:
                dots.pop("data_labels")
            chart.add_series(
                {
                    "name": _told(name),
                    "categories": placed.reference(own[0]),
                    "values": placed.reference(own[9]),
                    "x_error_bars": _span(placed, less, more, colour, width),
                    **dots,
                }
            )
    chart.set_x_axis(_axis(figure.form, label_position="low"))
    chart.set_y_axis(_ranks(len(rows)))
    chart.set_legend(
        {"position": "bottom", "delete_series": [2 * c + 1 for c in range(len(figure.columns))]}
    )
    return chart, _tall(int(len(rows) * 1.6))


def _apart(name: str, low: Sequence[float | None], high: Sequence[float | None]) -> TypedColumn:
    """How far two ends are apart: the lengths that bars of a range are drawn with."""
    values: list[Value] = [
        0.0 if one is None or other is None or not math.isfinite(other - one) else other - one
        for one, other in zip(low, high, strict=True)
    ]
    return TypedColumn(name, Holds.NUMBER, values)


def _span(placed: Placed, less: str, more: str, colour: str, width: float) -> dict[str, Any]:
    """A line through a point, without ends."""
    return {
        "type": "custom",
        "minus_values": _written(placed, less),
        "plus_values": _written(placed, more),
        "end_style": 0,
        "line": {"color": colour, "width": width},
    }


def _written(placed: Placed, name: str) -> str:
    place = placed.columns[name]
    one, other = _cell(placed.sheet, placed.first, place), _cell("", placed.last, place)
    return f"={one}:{other}"


def _ranks(rows: int) -> dict[str, Any]:
    """An axis that only keeps rows apart."""
    return {
        "min": 0,
        "max": rows,
        "major_unit": 1,
        "label_position": "none",
        "major_tick_mark": "none",
        "line": {"none": True},
        "major_gridlines": {"visible": False},
    }


@_drawn.register
def _(figure: TornadoChart, book: Book, sheet: Sheet) -> tuple[Any, int]:
    swings = figure.swings
    if not swings:
        return None, 0
    ends = [sorted((each.low, each.high)) for each in swings]
    heights: list[Value] = [len(swings) - k - 0.5 for k in range(len(swings))]
    columns = [
        _words("assumption", [each.name for each in swings]),
        _words("low end", [each.low_name for each in swings]),
        _numbers("result at the low end", [each.low for each in swings], figure.form),
        _words("high end", [each.high_name for each in swings]),
        _numbers("result at the high end", [each.high for each in swings], figure.form),
        _numbers("result in the middle", [figure.base] * len(swings), figure.form),
        _words("sign turns", ["yes" if each.turns else "no" for each in swings]),
        _numbers("smaller result", [low for low, _ in ends], figure.form),
        _apart("swing", [low for low, _ in ends], [high for _, high in ends]),
        TypedColumn("nothing", Holds.NUMBER, [0] * len(swings)),
        TypedColumn("height", Holds.NUMBER, heights, digits=1),
    ]
    placed, names = _placed(figure, sheet, columns)
    chart = book.chart("scatter")
    chart.add_series(
        {
            "name": "swing",
            "categories": placed.reference(names[7]),
            "values": placed.reference(names[10]),
            "marker": {"type": "none"},
            "x_error_bars": _span(placed, names[9], names[8], "#999999", 2.0),
            "data_labels": _names_beside([each.name for each in swings], "above"),
        }
    )
    for end, tone, kind, at in (
        ("at the low end", Tone.SECOND, "diamond", 2),
        ("at the high end", Tone.FIRST, "circle", 4),
    ):
        chart.add_series(
            {
                "name": end,
                "categories": placed.reference(names[at]),
                "values": placed.reference(names[10]),
                "marker": _marker(COLOURS[tone], kind, 9),
                "points": [
                    {"fill": {"color": "#FFFFFF" if each.turns else COLOURS[tone]}}
                    for each in swings
                ],
            }
        )
    chart.set_x_axis(_axis(figure.form, label_position="low"))
    chart.set_y_axis(_ranks(len(swings)))
    chart.set_legend({"position": "bottom", "delete_series": [0]})
    return chart, _tall(int(len(swings) * 1.3))


@_drawn.register
def _(figure: ButterflyChart, book: Book, sheet: Sheet) -> tuple[Any, int]:
    rows = figure.rows
    if not rows:
        return None, 0
    columns = [
        _words("entry", [row.name for row in rows]),
        _numbers(figure.left, [row.left for row in rows], Form.SHARE),
        _numbers(figure.right, [row.right for row in rows], Form.SHARE),
        _words(f"{figure.left}, amount", [row.left_text for row in rows]),
        _words(f"{figure.right}, amount", [row.right_text for row in rows]),
        _numbers("drawn to the left", [-row.left for row in rows], Form.SHARE),
    ]
    placed, names = _placed(figure, sheet, columns)
    chart = book.chart("bar")
    for at, tone in ((5, Tone.FIRST), (2, Tone.SECOND)):
        chart.add_series(
            {
                "name": _told(figure.left if at == 5 else figure.right),
                "categories": placed.reference(names[0]),
                "values": placed.reference(names[at]),
                "fill": {"color": COLOURS[tone]},
                "gap": 40,
                "overlap": 100,
                "data_labels": {"value": True, "num_format": "0%;0%"},
            }
        )
    chart.set_x_axis({"min": -1, "max": 1, "visible": False, "major_gridlines": {"visible": False}})
    chart.set_y_axis(
        {"reverse": True, "label_position": "low", "major_gridlines": {"visible": False}}
    )
    chart.set_legend({"position": "bottom"})
    return chart, _tall(len(rows))


@_drawn.register
def _(figure: ShareChart, book: Book, sheet: Sheet) -> tuple[Any, int]:
    rows = figure.rows
    if not rows:
        return None, 0
    columns = [_words("entry", [row.name for row in rows])]
    columns += [
        _numbers(band, [row.shares[k] for row in rows], Form.SHARE)
        for k, band in enumerate(figure.bands)
    ]
    columns.append(_words("in words", [row.text for row in rows]))
    placed, names = _placed(figure, sheet, columns)
    chart = book.chart("bar", "percent_stacked")
    for k, band in enumerate(figure.bands):
        shade = _BANDS[min(k * len(_BANDS) // max(len(figure.bands), 1), len(_BANDS) - 1)]
        chart.add_series(
            {
                "name": _told(band),
                "categories": placed.reference(names[0]),
                "values": placed.reference(names[1 + k]),
                "fill": {"color": shade},
                "border": {"color": "#FFFFFF"},
                "gap": 40,
            }
        )
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
    chart.set_y_axis({"reverse": True, "major_gridlines": {"visible": False}})
    chart.set_legend({"position": "bottom"})
    return chart, _tall(len(rows))


# --- one against the other ------------------------------------------------------------------------


@_drawn.register
def _(figure: ScatterChart, book: Book, sheet: Sheet) -> tuple[Any, int]:
    groups: list[tuple[str, str, list[tuple[float, float, str]], dict[str, Any]]] = []
    for tone in Tone:
        dots = [(dot.x, dot.y, dot.name) for dot in figure.dots if dot.tone == tone]
        if dots:
            groups.append(("dot", "", dots, {"marker": _marker(COLOURS[tone], size=6)}))
    for each in figure.references:
        look = {"marker": _marker("#222222", "square", 9)}
        groups.append(("compared with", each.name, [(each.x, each.y, each.name)], look))
    if figure.frontier:
        corners = [(x, y, "") for x, y in figure.frontier]
        look = {"line": {"color": "#444444", "width": 1.25}, "marker": {"type": "none"}}
        groups.append(("frontier", "efficient frontier", corners, look))
    every = [(kind, *dot) for kind, _, dots, _ in groups for dot in dots]
    if not every:
        return None, 0
    columns = [
        _words("kind", [kind for kind, *_ in every]),
        _words("name", [name for *_, name in every]),
        _numbers(figure.x_label, [x for _, x, _, _ in every], figure.form),
        _numbers(figure.y_label, [y for _, _, y, _ in every], figure.form),
    ]
    placed, _ = _placed(figure, sheet, columns)
    chart = book.chart("scatter", "straight_with_markers")
    row = placed.first
    for kind, name, dots, look in groups:
        last = row + len(dots) - 1
        labels: dict[str, Any] = {}
        if any(dot[2] for dot in dots):
            labels = {"data_labels": _names_beside([dot[2] for dot in dots], "right")}
        chart.add_series(
            {
                "name": _told(name or kind),
                "categories": [sheet.name, row, 2, last, 2],
                "values": [sheet.name, row, 3, last, 3],
                "line": {"none": True},
                **look,
                **labels,
            }
        )
        row = last + 1
    low, high = _equal([(x, y) for _, x, y, _ in every])
    chart.set_x_axis(_axis(figure.form, name=_told(figure.x_label), label_position="low", **low))
    chart.set_y_axis(_axis(figure.form, name=_told(figure.y_label), label_position="low", **high))
    chart.set_legend({"none": True})
    return chart, _WIDTH * 3 // 4


def _equal(points: Sequence[tuple[float, float]]) -> tuple[dict[str, float], dict[str, float]]:
    """Ends of both axes for equal scales."""
    known = [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)]
    if not known:
        return {}, {}
    ends = []
    for k in (0, 1):
        values = [each[k] for each in known]
        ends.append((min(values), max(values)))
    width = max(high - low for low, high in ends) * 1.1 or 1.0
    step = 10.0 ** math.floor(math.log10(width)) / 2.0
    found = []
    for low, high in ends:
        begin = math.floor(((low + high - width) / 2.0) / step) * step
        found.append({"min": begin, "max": begin + math.ceil(width / step + 1) * step})
    return found[0], found[1]
