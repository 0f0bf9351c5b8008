"""Pictures: figures as data, as SVG and as files."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

from negotiation.report.document import Form, Number, Ranged, Table
from negotiation.report.drawing import check_drawing, draw
from negotiation.report.figure import BandChart, BarChart, BarRow, Figure
from negotiation.report.layout.sheet import AxesPlace
from negotiation.report.svg import STYLE, scale, svg


def drawn(along: BandChart, path: Path) -> str:
    chart = BarChart(
        name="tables",
        title="Oil is most of what a deal costs",
        subtitle="US$ billion a year",
        alt="Two bars.",
        table=Table.of(
            ["table", "median"],
            [["Oil", Ranged(-7.2, -9.1, -5.2, "-7 (-9 to -5)")], ["Autos", Number(0.4, "0.4")]],
        ),
        bars=(BarRow("Oil", -7.2, -9.1, -5.2), BarRow("Autos", 0.4)),
        form=Form.CHANGE,
    )
    figures: list[Figure] = [along]
    check_drawing(path)
    draw(chart, path, below=figures)
    assert_type(scale(along, 360), AxesPlace | None)
    return f"<style>{STYLE}</style>{svg(chart, width=360)}"
