"""Figures of sweeps, for formats that draw: bands and lines along a parameter.

Their titles come from the documents of these results, which say the findings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.model import Model
from negotiation.report.document import Form, Table, TableColumn
from negotiation.report.figure import (
    BandChart,
    BandCurve,
    Tone,
)
from negotiation.report.ranges import place
from negotiation.report.shown import PicturePanel, panels
from negotiation.study.bands import Bands
from negotiation.study.lines import lines
from negotiation.words import opening

if TYPE_CHECKING:
    import xarray as xr


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
