"""Figures of results, for formats that draw: bands along a parameter, bars, tornadoes, packages.

Their titles come from the documents of these results, which say the findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.bargaining.solutions import CALLED
from negotiation.leverage.attribution import Attribution
from negotiation.model import Model
from negotiation.report.document import Form, Table, TableColumn
from negotiation.report.figure import (
    BandChart,
    BandCurve,
    BarChart,
    BarRow,
    Dot,
    Reference,
    ScatterChart,
    Swing,
    Tone,
    TornadoChart,
)
from negotiation.report.ranges import place
from negotiation.report.shown import PicturePanel, panels
from negotiation.study.bands import Bands
from negotiation.study.lines import lines
from negotiation.study.sensitivity import Sensitivity
from negotiation.words import opening

if TYPE_CHECKING:
    import xarray as xr

    from negotiation.report.package_study import Study

#: Curves and parts that are neither's take turns.
_TONES = (Tone.FIRST, Tone.SECOND, Tone.PLAIN, Tone.MUTED)

#: Most bars of a tornado.
_SWINGS = 12


def small(made: Mapping[str, str]) -> tuple[str, ...]:
    """Where the numbers of a figure come from: horizon, threat point, version and model."""
    return (
        f"Horizon: {made['horizon']}. Threat point: {made['threat_point']}.",
        f"Source: negotiation {made['negotiation_version']}, model {made['model']} "
        f"{made['model_digest']}; {made['parameters']}.",
    )


# --- along a parameter ----------------------------------------------------------------------------


def swept_bands(bands: Bands, made: Mapping[str, str]) -> list[BandChart]:
    """Return a chart of medians and ranges by regime for each number that pictures show."""
    model = type(bands.drawn.case.model)
    along = lines(bands.drawn.points)
    if not along or len(along[0].rows) < 2:
        return []
    line = along[0]
    regimes = [r for r in range(len(bands.regimes)) if not bands.rare[line.rows, r].all()]
    found = []
    for panel in panels(model, bands.columns):
        curves: list[BandCurve] = []
        for curve in panel.curves:
            for way in [None] if bands.pooled(curve.column) else regimes:
                band = bands.band(curve.column, way)
                parts = [
                    curve.sign * each[line.rows] for each in (band.low, band.middle, band.high)
                ]
                low, middle, high = parts if curve.sign > 0.0 else parts[::-1]
                if not np.isfinite(middle).any():
                    continue
                words = (curve.label, "" if way is None else bands.regimes[way].label)
                name = ": ".join(each for each in words if each) or panel.title
                tone = _TONES[len(curves) % len(_TONES)]
                curves.append(BandCurve(name, _all(middle), _all(low), _all(high), tone))
        if curves:
            of = {name: place(value) for name, value in line.place.items()}
            found.append(_along(panel, model, line.parameter, line.values, curves, of, made))
    return found


def swept_lines(data: xr.Dataset, model: type[Model], made: Mapping[str, str]) -> list[BandChart]:
    """Return charts of deals and payoffs along the first parameter of a sweep without draws."""
    name = str(next(iter(data.dims)))
    values = data[name].to_numpy()
    if values.dtype.kind not in "fiu" or len(values) < 2:
        return []
    first = {str(other): data[str(other)].to_numpy()[0] for other in data.dims if other != name}
    line = data.sel(first) if first else data
    start = "inside_" if f"inside_{model.players[0]}" in data else ""
    deals = [f"delta_{start}{model.players[0]}"]
    if start:
        deals.append(f"delta_breakdown_{model.players[0]}")
    wanted = {
        f"What a deal gives {model.named(model.players[0])}": deals,
        "Without a deal": [f"payoff_{player}" for player in model.players],
    }
    found = []
    for title, names in wanted.items():
        curves = [
            BandCurve(str(line[each].attrs["long_name"]), _all(line[each].to_numpy()), tone=tone)
            for each, tone in zip(names, _TONES, strict=False)
            if each in line and np.isfinite(line[each].to_numpy()).any()
        ]
        if curves:
            panel = PicturePanel(names[0], title, (), model.payoff_unit)
            of = {each: place(value) for each, value in first.items()}
            found.append(_along(panel, model, name, values, curves, of, made))
    return found


def _along(
    panel: PicturePanel,
    model: type[Model],
    parameter: str,
    values: Any,
    curves: Sequence[BandCurve],
    of: Mapping[str, str],
    made: Mapping[str, str],
) -> BandChart:
    spec = model.find_parameter(parameter)
    where = "".join(f", {name} = {value}" for name, value in of.items())
    about = f"{opening(spec.about)} ({parameter})" if spec.about else parameter
    ranged = any(curve.low for curve in curves)
    heads = [TableColumn(parameter, Form.AMOUNT, spec.unit)]
    heads += [TableColumn(curve.name, Form.CHANGE, panel.unit) for curve in curves]
    rows = zip(_all(values), *(curve.median for curve in curves), strict=True)
    told = f"{panel.title} by {about[:1].lower()}{about[1:]}"
    return BandChart(
        name=panel.name.replace(".", "-").replace("_", "-"),
        title=f"{panel.title}{where}",
        subtitle=panel.unit + (": medians, and ranges of 90 of 100 draws" if ranged else ""),
        alt=f"{told}{where}: one line each for {', '.join(curve.name for curve in curves)}.",
        table=Table.of(heads, rows),
        notes=small(made),
        x=_all(values),
        x_label=about,
        x_form=Form.SHARE if spec.fraction else Form.AMOUNT,
        curves=tuple(curves),
    )


def _all(values: Any) -> tuple[float, ...]:
    return tuple(float(each) for each in np.asarray(values).ravel())


# --- one entry a row ------------------------------------------------------------------------------


def attributed(found: Attribution, title: str, made: Mapping[str, str]) -> list[BarChart]:
    """Return what every table adds to a score, as bars, and all of them."""
    if not np.isfinite(found.table).all():
        return []
    order = np.argsort(-np.abs(found.table), kind="stable")
    bars = [BarRow(found.tables[k], float(found.table[k])) for k in order]
    bars.append(BarRow("all tables", float(found.total), tone=Tone.PLAIN, total=True))
    return [
        BarChart(
            name="tables",
            title=title,
            subtitle=f"What each table adds to {found.of}, {found.unit} (Shapley value)",
            alt=f"{title}. Bars: "
            + "; ".join(f"{bar.name} {bar.value:,.4g}" for bar in bars)
            + f" {found.unit}.",
            table=Table.of(
                ["table", TableColumn("value", Form.CHANGE)],
                [[bar.name, bar.value] for bar in bars],
            ),
            notes=small(made),
            bars=tuple(bars),
            form=Form.CHANGE,
        )
    ]


def tornadoes(
    found: Sensitivity, titles: Sequence[str], made: Mapping[str, str]
) -> Iterator[TornadoChart]:
    """Return a tornado for every number that moves, with the title of each."""
    for k, (each, title) in enumerate(zip(found.found, titles, strict=True), 1):
        bars = [bar for bar in each.tornado if bar.width][:_SWINGS]
        if not bars:
            continue
        swings = [
            Swing(
                bar.input.replace("_", " "),
                place(bar.low_at),
                place(bar.high_at),
                bar.low,
                bar.high,
                bar.turns,
            )
            for bar in bars
        ]
        heads = ["assumption", "low end", "result", "high end", "result there"]
        yield TornadoChart(
            name=f"tornado-{k}",
            title=title,
            subtitle=f"{opening(each.observable.unit)}; one assumption between its 5 % and 95 % "
            "quantiles, all others at the point",
            alt=f"{title}. The assumption that moves it most is {swings[0].name}.",
            table=Table.of(
                heads, [[s.name, s.low_name, s.low, s.high_name, s.high] for s in swings]
            ),
            notes=("Hollow dots: the sign turns in between.", *small(made)),
            base=each.at_point,
            swings=tuple(swings),
            form=Form.MONEY if "share" not in each.observable.unit else Form.SHARE,
        )


# --- packages -------------------------------------------------------------------------------------


def packages(found: Study, made: Mapping[str, str]) -> list[ScatterChart]:
    """Return the payoffs of all packages, the frontier, and the deals."""
    model = found.outcome.model
    points = np.unique(np.round(found.packages.points, 9), axis=0)
    points = points[np.isfinite(points).all(axis=-1)]
    first, second = (opening(model.named(player)) for player in model.players[:2])
    unit = type(model).payoff_unit
    dots = [Dot(float(x), float(y), tone=Tone.MUTED) for x, y in points]
    dots += [
        Dot(float(deal.payoffs[0]), float(deal.payoffs[1]), f"{CALLED.get(name, name)} deal", tone)
        for (name, deal), tone in zip(found.deals.items(), _TONES, strict=False)
        if np.isfinite(deal.payoffs).all()
    ]
    corners = found.packages.points[found.corners]
    frontier = tuple((float(x), float(y)) for x, y in corners[np.argsort(corners[:, 0])])
    no_deal = Reference(float(found.disagreement[0]), float(found.disagreement[1]), "no deal")
    title = (
        f"What packages give {model.named(model.players[0])} and {model.named(model.players[1])}"
    )
    return [
        ScatterChart(
            name="packages",
            title=title,
            subtitle=f"Payoffs against the status quo, {unit}",
            alt=f"{title}: {len(points)} packages, no deal, and the deals of "
            f"{len(found.deals)} bargaining concepts.",
            table=Table.of(
                ["point", TableColumn(first, Form.CHANGE), TableColumn(second, Form.CHANGE)],
                [[dot.name or "package", dot.x, dot.y] for dot in dots],
            ),
            notes=small(made),
            x_label=f"{first}, {unit}",
            y_label=f"{second}, {unit}",
            dots=tuple(dots),
            references=(no_deal,),
            frontier=frontier,
        )
    ]
