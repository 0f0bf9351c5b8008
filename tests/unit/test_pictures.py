"""Figures of every kind, laid out for two widths, as SVG and as files."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from negotiation.errors import OutputError
from negotiation.report import figure as kinds
from negotiation.report.document import Form, Table
from negotiation.report.drawing import check_drawing, draw
from negotiation.report.figure import Figure, Tone
from negotiation.report.layout import lay_out
from negotiation.report.layout.lettering import Numerals, of_ticks, round_ends, wrapped
from negotiation.report.picture import canvas, drawing, save
from negotiation.report.svg import STYLE, scale, svg

COMMON: dict[str, Any] = {
    "name": "leverage",
    "title": "Redirecting exports moves a deal slowly",
    "subtitle": "Canada in a deal, US$ billion a year",
    "alt": "Medians and ranges.",
    "notes": ("Long run.",),
    "table": Table.of(["a"], [[1.0]]),
}
X = tuple(0.05 * k for k in range(9))
RANGE = kinds.DrawnRange(-6.3, -8.5, -4.4, -7.0, -5.5)
FIGURES: dict[str, Figure] = {
    "band": kinds.BandChart(
        **COMMON,
        x=X,
        x_label="Share of today's exports to the US sold elsewhere",
        curves=(
            kinds.BandCurve(
                "If the US escalates",
                tuple(-8.9 + 6.0 * x for x in X),
                tuple(-14.0 + x for x in X),
                tuple(-6.0 + x for x in X),
            ),
            kinds.BandCurve(
                "If it does not", (0.6,) * 9, (-4.5,) * 9, (2.5,) * 9, tone=Tone.SECOND
            ),
        ),
        ribbon=kinds.Ribbon("Draws in which the US escalates", (0.54,) * 9),
        marks=(
            kinds.AxisMark("From here on a deal is better than today", 0.17, 0.08, 0.26),
            kinds.AxisMark("The US stops escalating", 0.33),
        ),
    ),
    "step": kinds.StepChart(
        **COMMON,
        days=("2025-01-01", "2025-03-04", "2026-02-20", "2026-12-01"),
        lines=(
            ("US duties on Canada", Tone.FIRST, (0.001, 0.064, 0.049, 0.08)),
            ("Canadian duties on the US", Tone.SECOND, (0.0, 0.025, 0.018, 0.017)),
        ),
        announced=("2026-12-01",),
    ),
    "interval": kinds.IntervalChart(
        **COMMON,
        columns=("Canada", "United States"),
        tones=(Tone.FIRST, Tone.SECOND),
        form=Form.CHANGE,
        rows=(
            kinds.Interval(
                "Today's duties stay", "in force", (RANGE, kinds.DrawnRange(0.2, -1.3, 0.6))
            ),
            kinds.Interval("A deal", "all duties lifted", (RANGE, None), strong=True),
        ),
    ),
    "bar": kinds.BarChart(
        **COMMON,
        form=Form.CHANGE,
        bars=(
            kinds.BarRow("All tables", -13.0, -15.2, -9.4, total=True),
            kinds.BarRow("Crude oil and gas", -7.2, -9.1, -5.2),
            kinds.BarRow("Autos", 0.1, -0.1, 0.3, Tone.SECOND),
        ),
    ),
    "tornado": kinds.TornadoChart(
        **COMMON,
        base=-6.2,
        form=Form.CHANGE,
        swings=(
            kinds.Swing("If there is no deal", "duties stay", "talks fail", 0.4, -8.9, turns=True),
            kinds.Swing("US duty if it escalates", "10 %", "50 %", -3.1, -12.4),
        ),
    ),
    "butterfly": kinds.ButterflyChart(
        **COMMON,
        left="Share of Canada's exports going to the US",
        right="Share of US use that is Canadian",
        rows=(
            kinds.Facing("Crude oil and gas", 0.95, 0.13, "US$94 billion", "of US$720 billion"),
            kinds.Facing("Metals", 0.71, 0.002, "US$33 billion", "of US$500 billion"),
        ),
    ),
    "share": kinds.ShareChart(
        **COMMON,
        bands=("No duty", "up to 10 %", "10 to 25 %", "25 to 50 %", "more"),
        rows=(
            kinds.ShareRow("Steel", (0.05, 0.0, 0.04, 0.0, 0.91), "mean 46 %"),
            kinds.ShareRow("Other goods", (0.71, 0.12, 0.1, 0.05, 0.02), "5 %"),
        ),
    ),
    "scatter": kinds.ScatterChart(
        **COMMON,
        x_label="Canada, US$ billion a year",
        y_label="US, US$ billion a year",
        dots=(
            *(kinds.Dot(3 * math.cos(k), 2 * math.sin(2.3 * k)) for k in range(12)),
            kinds.Dot(2.5, 1.9, "Metals and autos"),
            kinds.Dot(2.6, 1.8, "Everything"),
        ),
        references=(kinds.Reference(0.0, 0.0, "No deal"), kinds.Reference(0.8, -0.3, "Today")),
        frontier=((-1.2, 2.4), (2.5, 1.9), (3.4, 0.7)),
    ),
}
KINDS = pytest.mark.parametrize("kind", FIGURES)
EVIL = "<script>alert(1)</script>\"'&\x00\x1b[2J\u202e" + "very long " * 40

#: What is done to texts and to numbers of a figure.
CHANGES: dict[str, tuple[Callable[[str], str], Callable[[float], float]]] = {
    "as it is": (lambda s: s, lambda v: v),
    "evil": (lambda s: EVIL, lambda v: v),
    "one word": (lambda s: "W" * 200, lambda v: v),
    "empty": (lambda s: "", lambda v: v),
    "no number": (lambda s: s, lambda v: math.nan),
    "some": (lambda s: s, lambda v: math.nan if round(1000 * v) % 3 == 0 else v),
    "zero": (lambda s: s, lambda v: 0.0),
    "infinite": (lambda s: s, lambda v: math.inf if v > 0.0 else v),
    "huge": (lambda s: s, lambda v: 1e290 * v),
    "tiny": (lambda s: s, lambda v: 1e-12 * v),
    "thousands": (lambda s: s, lambda v: 12345.678 * v),
    "same": (lambda s: s, lambda v: 7.0),
}


def changed(
    value: Any, texts: Callable[[str], str], numbers: Callable[[float], float], name: str = ""
) -> Any:
    """A figure with other texts and numbers."""
    if isinstance(value, str) and not isinstance(value, Tone | Form):
        return value if name in ("days", "announced") else texts(value)
    if isinstance(value, float):
        return numbers(value)
    if isinstance(value, tuple):
        return tuple(changed(each, texts, numbers, name) for each in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, Table | type):
        fields = (each.name for each in dataclasses.fields(value) if each.name != "table")
        parts = {each: changed(getattr(value, each), texts, numbers, each) for each in fields}
        return dataclasses.replace(value, **parts)
    return value


def sound(figure: Figure, width: float) -> None:
    """Every text within the picture, and none over another."""
    sheet = lay_out(figure, width)
    assert sheet.height > 0.0
    for text in sheet.texts:
        left, top, right, bottom = text.box
        assert text.size >= 11.0
        assert left >= -1.0 and top >= -1.0, text  # noqa: PT018 - one place
        assert right <= width + 1.0 and bottom <= sheet.height + 1.0, text  # noqa: PT018
    for one, other in itertools.combinations(sheet.texts, 2):
        a, b, c, d = one.box
        e, f, g, h = other.box
        assert min(c, g) - max(a, e) < 1.0 or min(d, h) - max(b, f) < 1.0, (one.text, other.text)


@KINDS
@pytest.mark.parametrize("change", CHANGES)
def test_texts_have_room_whatever_they_and_the_numbers_are(kind: str, change: str) -> None:
    figure = changed(FIGURES[kind], *CHANGES[change])
    for width in (720, 636, 360):
        sound(figure, width)
        told = svg(figure, width=width)
        root = ET.fromstring(told)
        assert {each.tag.rpartition("}")[2] for each in root.iter()} <= {
            *("svg", "title", "desc", "defs", "pattern", "rect", "g", "path", "circle", "text"),
        }
        places = re.findall(r' (?:d|x|y|cx|cy|viewBox|data-[a-z0-9-]+)="([^"]*)"', told)
        assert not re.search(r"nan|inf", " ".join(places))


@KINDS
def test_a_picture_says_what_it_shows_to_those_who_cannot_see_it(kind: str) -> None:
    root = ET.fromstring(svg(FIGURES[kind], ids="lev"))
    names = [each for each in root if each.tag.endswith(("}title", "}desc"))]
    assert [each.text for each in names] == [COMMON["title"], COMMON["alt"]]
    assert root.get("aria-labelledby") == " ".join(str(each.get("id")) for each in names)
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    assert all(str(each).startswith("lev") for each in ids)


@KINDS
def test_nothing_is_drawn_of_nothing(kind: str) -> None:
    lists = {"curves", "lines", "rows", "bars", "swings", "dots", "references", "marks", "frontier"}
    names = {each.name for each in dataclasses.fields(FIGURES[kind])} & lists
    for few in (0, 1):
        cut = {name: getattr(FIGURES[kind], name)[:few] for name in names}
        for width in (720, 360):
            sound(dataclasses.replace(FIGURES[kind], **cut), width)


def test_a_chart_of_bands_says_where_numbers_are() -> None:
    chart = FIGURES["band"]
    root = ET.fromstring(svg(chart, ids="lev"))
    found = scale(chart)
    assert found is not None
    assert (found.x0, found.x1, found.y0, found.y1) == (0.0, 0.4, -15.0, 5.0)
    assert float(root.get("data-ribbon-top") or 0.0) == pytest.approx(found.ribbon_top)
    paths = {each.get("id"): each.get("d") or "" for each in root.iter() if each.get("d")}
    assert {"lev-median-0", "lev-median-1", "lev-band-0", "lev-band-1", "lev-ribbon"} <= set(paths)
    start = f"M{found.x(0.0):.1f} {found.y(-8.9):.1f}L".replace(".0 ", " ").replace(".0L", "L")
    assert paths["lev-median-0"].startswith(start)


def test_a_gap_stays_one() -> None:
    chart = FIGURES["band"]
    assert isinstance(chart, kinds.BandChart)
    curve = dataclasses.replace(chart.curves[0], median=(1.0, 2.0, math.nan, 2.0, 1.0, *[1.0] * 4))
    told = svg(dataclasses.replace(chart, curves=(curve,)), ids="lev")
    (line,) = re.findall(r'id="lev-median-0" d="([^"]*)"', told)
    assert line.count("M") == 2


def test_the_lines_of_the_second_player_differ_in_grey() -> None:
    told = svg(FIGURES["band"], ids="lev")
    assert 'stroke-dasharray="7 3"' in told
    assert re.search(r'fill="url\(#lev-hatch-second-18\)"><path id="lev-band-1"', told)


def test_pages_may_change_every_colour() -> None:
    for kind in FIGURES.values():
        classes = set(" ".join(re.findall(r'class="([^"]+)"', svg(kind))).split()) - {"figure"}
        assert all(f".{each}{{" in STYLE for each in classes)


@pytest.mark.parametrize(
    ("value", "told"),
    [(-7.2, "\u22127.2"), (-13.04, "\u221213"), (0.13, "+0.1"), (0.0, "0"), (math.nan, "\u2013")],
)
def test_numbers_have_two_digits_and_a_minus(value: float, told: str) -> None:
    assert Numerals.of([-13.04, -7.2, 0.13, 0.0], Form.CHANGE)(value) == told


def test_numbers_of_other_sizes_and_forms() -> None:
    assert Numerals.of([12967.0], Form.MONEY)(12967.0) == "13,000"
    assert Numerals.of([0.046, 0.46], Form.SHARE)(0.046) == "4.6\u00a0%"
    assert Numerals.of([2.5e-9], Form.AMOUNT)(2.5e-9) == "2.5\u00b710\u207b\u2079"
    assert of_ticks(round_ends(-14.0, 4.1, 9), Form.MONEY, signed=True) == [
        *("\u221215", "\u221210", "\u22125", "0", "+5"),
    ]
    assert wrapped("91 % of it", 12.0, 40.0)[0] == "91\u00a0%"


@pytest.mark.full
@KINDS
def test_the_same_figure_is_the_same_file(kind: str, tmp_path: Path) -> None:
    figure = changed(FIGURES[kind], lambda s: s + EVIL, lambda v: v)
    for ending in (".svg", ".png", ".pdf"):
        path = tmp_path / f"picture{ending}"
        check_drawing(path)
        draw(figure, path)
        first = path.read_bytes()
        draw(figure, path)
        assert path.read_bytes() == first
        assert ending != ".svg" or b"<script" not in first


@pytest.mark.full
def test_a_picture_in_any_style_is_the_same_file(tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        with drawing():
            picture = canvas()
            picture.subplots().plot([0.0, 1.0], [0.0, 1.0], marker="o")
            save(picture, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_a_file_holds_title_numbers_and_notes_as_text(tmp_path: Path) -> None:
    path = tmp_path / "bars.svg"
    draw(FIGURES["bar"], path)
    root = ET.parse(path).getroot()
    told = [each.text for each in root.iter() if each.tag.endswith("}text")]
    assert {COMMON["title"], COMMON["subtitle"], "Long run.", "\u22127.2", "+0.1"} <= set(told)
    assert root.get("width") == "6.5in"


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"drawn to \.png, \.svg or \.pdf"):
        check_drawing(tmp_path / "picture.gif")


def test_steps_are_solid_and_what_is_announced_is_dotted_with_both_rates() -> None:
    told = svg(FIGURES["step"])
    assert 'stroke-dasharray="7 3"' not in told
    assert told.count('stroke-dasharray="2 4"') == 2
    assert "4.9 % \u2192 8.0 %" in re.sub(r"\u00a0", " ", told)
