"""Where everything in a figure stands, in pixels, for a page of a width.

One function for each kind of figure; plain SVG and matplotlib draw the same sheet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from negotiation.errors import OutputError
from negotiation.report import figure as kinds
from negotiation.report.layout.along import band_chart, step_chart
from negotiation.report.layout.rows import (
    bar_chart,
    butterfly_chart,
    interval_chart,
    share_chart,
    tornado_chart,
)
from negotiation.report.layout.scatter import scatter_chart
from negotiation.report.layout.sheet import LaidOut

_LAYOUTS: dict[type[kinds.Figure], Callable[[Any, LaidOut], None]] = {
    kinds.BandChart: band_chart,
    kinds.StepChart: step_chart,
    kinds.IntervalChart: interval_chart,
    kinds.BarChart: bar_chart,
    kinds.TornadoChart: tornado_chart,
    kinds.ButterflyChart: butterfly_chart,
    kinds.ShareChart: share_chart,
    kinds.ScatterChart: scatter_chart,
}


def lay_out(figure: kinds.Figure, width: float) -> LaidOut:
    """Lay out a figure of any kind, without its title, notes and table.

    Parameters
    ----------
    figure : Figure
    width : float
        In pixels; a narrow page is laid out differently, not scaled.

    Returns
    -------
    LaidOut
    """
    sheet = LaidOut(width)
    for kind, layout in _LAYOUTS.items():
        if isinstance(figure, kind):
            layout(figure, sheet)
            return sheet
    raise OutputError(f"a figure of the kind {type(figure).__name__} has no layout")
