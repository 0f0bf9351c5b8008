"""A workbook of any document: typed columns, every kind of chart, and texts that stay texts."""

from __future__ import annotations

import datetime
import math
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation.errors import OutputError
from negotiation.execution.block import Block
from negotiation.report import document as d
from negotiation.report import figure as f
from negotiation.report import sheets, workbook
from negotiation.report.columnar import SweptTable
from negotiation.report.typed import Holds, TypedColumn, typed
from tests.unit.workbooks import opened, rows_of, texts_of

#: What a spreadsheet, a terminal, an XML file or a sheet's name might take amiss.
AWKWARD = (
    '=HYPERLINK("http://x.example","y")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "a\x00b\x1b[31mc\x07",
    "_x0041_",
    "<b>&\"'</b>]]>",
    "http://x.example/",
    "\u202egnp.exe",
    "x" * 40_000,
    "History",
)
MADE = {
    "negotiation_version": "1",
    "model": "m",
    "model_digest": "d",
    "parameters": "defaults",
    "threat_point": "none",
    "concept": "nash",
    "horizon": "a year",
    "payoff_unit": "US$ million a year",
}


def columns_of(heads: list[Any], rows: list[list[Any]]) -> dict[str, TypedColumn]:
    return {each.name: each for each in typed(d.Table.of(heads, rows))}


def written(tmp_path: Path, blocks: list[Any], **more: Any) -> Any:
    told = d.Document("solve", lambda: blocks, lambda: {"value": 1.0}, MADE, **more)
    path = tmp_path / "a.xlsx"
    workbook.workbook(told, path)
    return opened(path)


# --- typed columns --------------------------------------------------------------------------------


def test_numbers_ranges_and_days_become_what_they_are() -> None:
    found = columns_of(
        ["", "Canada", "5 to\n95 %", "mean %", "date", d.TableColumn("p", d.Form.CHANCE), "why"],
        [
            ["today", d.Number(-8.125, "-8.1", signed=True), d.Span(-10.06, -6.25, "-10.1 to -6.2"),
             d.Number(0.0741, "7.40", share=True), datetime.date(2026, 9, 29), 0.25, "a"],
            ["deal", d.Number(2.0, "+2", signed=True), d.Span(math.nan, math.nan, ""), None,
             datetime.date(2026, 9, 30), math.nan, ""],
        ],
    )  # fmt: skip
    assert list(found) == ["entry", "Canada", "Canada, 5 %", "Canada, 95 %", "mean", "date", "p",
                           "why"]  # fmt: skip
    assert found["Canada"].values == [-8.125, 2.0]
    assert found["Canada"].signed
    assert found["Canada, 5 %"].kind == Holds.NUMBER
    assert found["Canada, 95 %"].values == [-6.25, None]
    assert found["mean"].kind == found["p"].kind == Holds.SHARE
    assert found["mean"].values == [0.0741, None]
    assert found["date"].kind == Holds.DATE
    assert found["date"].values[0] == datetime.date(2026, 9, 29)
    assert found["p"].values == [0.25, None]
    assert found["why"].kind == Holds.TEXT


def test_a_number_with_its_range_is_three_columns_and_payoffs_are_one_a_player() -> None:
    found = columns_of(
        ["x", "no deal", "keep"],
        [
            ["a", d.Ranged(-8.04, -9.1, 7.2, "-8 ( -9 to  +7)"),
             d.EachSide(("canada", "us"), (-707.51, -1494.2), "-707.5 / -1,494")],
            ["b", d.Ranged(1.0, math.nan, math.nan, " 1"),
             d.EachSide(("canada", "us"), (math.nan, 1.0), "none / 1")],
        ],
    )  # fmt: skip
    assert {name: each.values for name, each in found.items() if name != "x"} == {
        "no deal": [-8.04, 1.0],
        "no deal, 5 %": [-9.1, None],
        "no deal, 95 %": [7.2, None],
        "keep, canada": [-707.51, None],
        "keep, us": [-1494.2, 1.0],
    }


def test_ends_of_a_range_that_are_no_quantiles_are_low_and_high() -> None:
    found = columns_of(["x", "all"], [["a", d.Span(1.0, 2.0, "1 to 2", quantiles=False)]])
    assert {name: each.values for name, each in found.items() if name != "x"} == {
        "all, low": [1.0],
        "all, high": [2.0],
    }


def test_words_that_look_like_numbers_stay_words() -> None:
    (column,) = columns_of(["code"], [["01"], ["-8 (-9 to 7)"], ["61.6%"]]).values()
    assert column.kind == Holds.TEXT
    assert column.values == ["01", "-8 (-9 to 7)", "61.6%"]


def test_a_cell_is_read_as_it_is_told() -> None:
    row: list[d.Cell] = [
        d.Number(0.5, "50 %"),
        d.Span(1.0, 2.0, "1 to 2"),
        d.Ranged(1.0, 0.0, 2.0, "1 (0 to 2)"),
        d.EachSide(("a", "b"), (1.0, 2.0), "1 / 2"),
        datetime.date(2026, 9, 29),
    ]
    table = d.Table.of("abcde", [row])
    assert table.cells() == [["50 %", "1 to 2", "1 (0 to 2)", "1 / 2", "2026-09-29"]]
    assert table.values() == [[0.5, "1 to 2", "1 (0 to 2)", "1 / 2", "2026-09-29"]]


def test_heads_of_one_table_are_different_whatever_their_letters() -> None:
    found = columns_of(["Who", "who", "", "metals_\nenergy"], [["a", "b", "c", "d"]])
    assert list(found) == ["Who", "who (2)", "column 3", "metals_energy"]


def test_a_word_among_numbers_stays_where_it_says_why() -> None:
    (column,) = columns_of(["cost"], [[1.0], [2.0], ["no limit"], ["none"]]).values()
    assert column.values == [1.0, 2.0, "no limit", None]


# --- sheets ---------------------------------------------------------------------------------------


def test_whatever_a_text_begins_with_it_stays_a_text(tmp_path: Path) -> None:
    tables = [d.Table.of([text, "n"], [[text, 1.0]], text, [text]) for text in AWKWARD]
    bars = tuple(f.BarRow(text, 1.0) for text in AWKWARD)
    dots = tuple(f.Dot(1.0, k, text) for k, text in enumerate(AWKWARD))
    charts = [
        f.BarChart(name=AWKWARD[0], title=AWKWARD[0], subtitle=AWKWARD[3], alt=AWKWARD[0],
                   table=tables[0], bars=bars),
        f.ScatterChart(name="s", title="t", subtitle="", alt="", table=tables[0], dots=dots,
                       x_label=AWKWARD[0], y_label=AWKWARD[1]),
        f.BandChart(name="b", title="t", subtitle="", alt="", table=tables[0], x=(0.0, 1.0),
                    x_label=AWKWARD[0],
                    curves=tuple(f.BandCurve(text, (1.0, 2.0)) for text in AWKWARD)),
    ]  # fmt: skip
    book = written(tmp_path, [d.Heading(AWKWARD[0], 1), *tables, *charts,
                              *(d.Paragraph(text) for text in AWKWARD)])  # fmt: skip
    # `opened` has looked at every formula and link; here at what the texts are.
    every = [text for sheet in book.worksheets for text in texts_of(sheet)]
    assert AWKWARD[0] in every
    assert not any(set(text) & set("\x00\x1b\x07\u202e") for text in every)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as parts:
        for name in parts.namelist():
            if "charts/" in name:
                told = parts.read(name).decode()
                for formula in re.findall(r"<c:f>(.*?)</c:f>", told):
                    assert formula.startswith("'") or re.fullmatch(r"\w+![$A-Z0-9:]+", formula)


def test_a_number_that_is_missing_is_blank_and_the_sheet_says_where_why_is(tmp_path: Path) -> None:
    table = d.Table.of(["who", d.TableColumn("loss", d.Form.MONEY)], [["a", math.nan], ["b", 2.0]],
                       "Losses")  # fmt: skip
    sheet = written(tmp_path, [table])["Losses"]
    assert [row["loss"] for row in rows_of(sheet)] == [None, 2.0]
    assert any(text.startswith("A blank cell has no number") for text in texts_of(sheet))


def test_reasons_of_the_record_stand_beside_blank_cells(tmp_path: Path) -> None:
    told = d.Document(
        "sweep",
        lambda: [],
        lambda: {"rows": [{"ncl_a": None, "ncl_a_reason": "nothing is at stake"}, {"ncl_a": 0.5}]},
        MADE,
        lambda: d.Rows(("ncl_a",), [[math.nan], [0.5]]),
    )
    assert workbook.workbook(told, tmp_path / "a.xlsx") == 2
    rows = rows_of(opened(tmp_path / "a.xlsx")["Rows"])
    assert rows[0] == {"ncl_a": None, "blank_because": "ncl_a: nothing is at stake"}
    assert rows[1] == {"ncl_a": 0.5, "blank_because": None}


def test_sums_that_a_table_has_are_formulas(tmp_path: Path) -> None:
    table = d.Table.of(
        ["part", d.TableColumn("value", d.Form.MONEY)],
        [["a", 1.0], ["  of a", 9.0], ["b", 2.0], ["c", 3.0], ["all", 6.5]],
        "Parts",
        sums=[d.RowSum(4, (0, 2, 3))],
    )
    sheet = written(tmp_path, [table])["Parts"]
    formulas = [c.value for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    first = next(c.row for c in sheet["A"] if c.value == "a")
    assert formulas == [f"=SUM(B{first},B{first + 2}:B{first + 3})", f"=B{first + 4}-B{first + 6}"]


# --- charts ---------------------------------------------------------------------------------------

_TABLE = d.Table.of(["a", "b"], [["x", 1.0]])
_SAID: dict[str, Any] = {"title": "T", "subtitle": "S", "alt": "what it shows", "table": _TABLE}
FIGURES = [
    f.BandChart(
        name="band",
        x=(0.0, 0.5, 1.0),
        x_label="share",
        curves=(
            f.BandCurve("first", (1.0, 2.0, math.nan), (0.0, 1.0, math.nan), (2.0, 3.0, math.nan)),
            f.BandCurve("second", (1.0, 1.0, 1.0), tone=f.Tone.SECOND),
        ),
        ribbon=f.Ribbon("draws", (0.1, 0.2, 0.3)),
        **_SAID,
    ),
    f.StepChart(
        name="step",
        days=("2025-03-04", "2026-01-01", "2026-10-01"),
        lines=(("steel", f.Tone.FIRST, (0.25, 0.5, math.nan)),),
        announced=("2026-10-01",),
        **_SAID,
    ),
    f.IntervalChart(
        name="interval",
        columns=("Canada", "US"),
        tones=(f.Tone.FIRST, f.Tone.SECOND),
        rows=(
            f.Interval("today", "d", (f.DrawnRange(-6.0, -8.0, -4.0, -7.0, -5.0), None)),
            f.Interval("deal", "", (f.DrawnRange(-2.0), f.DrawnRange(1.0, 0.0, 2.0))),
        ),
        **_SAID,
    ),
    f.BarChart(
        name="bar",
        bars=(f.BarRow("oil", -7.0), f.BarRow("autos", -2.0), f.BarRow("all", -9.0, total=True)),
        **_SAID,
    ),
    f.TornadoChart(
        name="tornado", base=1.0, **_SAID,
        swings=(f.Swing("duty", "10 %", "50 %", -2.0, 3.0, True),),
    ),
    f.ButterflyChart(
        name="butterfly", left="of exports", right="of use", rows=(f.Facing("oil", 0.95, 0.13),),
        **_SAID,
    ),
    f.ShareChart(
        name="share", bands=("0 %", "25 %"), rows=(f.ShareRow("steel", (0.1, 0.9), "mean 23 %"),),
        **_SAID,
    ),
    f.ScatterChart(
        name="scatter",
        x_label="Canada",
        y_label="US",
        dots=(f.Dot(1.0, 2.0), f.Dot(2.0, 1.0, "A", f.Tone.FIRST)),
        references=(f.Reference(0.0, 0.0, "no deal"),),
        frontier=((1.0, 2.0), (2.0, 1.0)),
        **_SAID,
    ),
]  # fmt: skip


def test_every_kind_of_figure_is_a_chart_with_its_numbers(tmp_path: Path) -> None:
    book = written(tmp_path, [], list_figures=lambda: FIGURES)
    assert len(book["Charts"]._charts) == len(FIGURES)
    for figure in FIGURES:
        assert rows_of(book[f"Chart of {figure.name}"])
    with zipfile.ZipFile(tmp_path / "a.xlsx") as parts:
        drawing = parts.read("xl/drawings/drawing1.xml").decode()
        assert drawing.count('descr="what it shows"') == len(FIGURES)
        charts = [parts.read(n).decode() for n in parts.namelist() if "/charts/chart" in n]
    for chart in charts:
        assert "#REF!" not in chart
    bars = rows_of(book["Chart of bar"])
    assert [row["value"] for row in bars] == [-7.0, -2.0, -9.0]
    assert "Sum of the parts" in texts_of(book["Chart of bar"])


# --- many rows ------------------------------------------------------------------------------------


def _table(rows: int, blocks: int = 2) -> SweptTable:
    each = Block(
        {"x": np.linspace(0.0, 1.0, rows), "y": np.full(rows, np.nan)},
        {"x": ("share", "where it is"), "y": ("US$", "what it is")},
    )
    return SweptTable(lambda: [each] * blocks, None, lambda _: MADE)


def test_many_rows_are_written_without_being_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "_LARGE", 10)
    told = d.Document("sweep", lambda: [d.Heading("T", 1)], dict, MADE)
    assert workbook.workbook(told, tmp_path / "a.xlsx", table=_table(50)) == 100
    sheet = opened(tmp_path / "a.xlsx")["Rows"]
    assert sheet.auto_filter.ref
    assert [cell.value for cell in sheet["A"]].count(1.0) == 2
    assert sheet.max_row == 103
    assert not [path for path in tmp_path.iterdir() if path.name != "a.xlsx"]


def test_a_workbook_that_fails_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_text("old", encoding="utf-8")
    monkeypatch.setattr(sheets, "MOST_ROWS", 30)
    told = d.Document("sweep", lambda: [], dict, MADE)
    with pytest.raises(OutputError, match=r"write a \.parquet or \.csv file with -o instead"):
        workbook.workbook(told, path, table=_table(50))
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of zipfile
@pytest.mark.parametrize("large", [False, True])
def test_a_full_disk_is_told_as_one(large: bool) -> None:
    book = sheets.Book(Path("/dev/full"), "t", large=large)
    book.sheet("one").line("text")
    with pytest.raises(OSError, match="No space left"):
        book.close()
