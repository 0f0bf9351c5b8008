"""`-o results.xlsx` of every study: it opens, numbers are numbers, and nothing in it is run."""

from __future__ import annotations

import csv
import datetime
import io
import json
import sys
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from negotiation.cli.console import run
from negotiation.errors import ExitCode
from tests.docs.commands import do
from tests.unit.workbooks import opened, rows_of, texts_of

BELIEFS = ["--prior", "tariff=uniform(0.05,0.3)", "--prior", "damage=uniform(2,12)"]
STANDOFF = "tariff_standoff"

#: By a name for each: the command, and a sheet with its rows or numbers.
STUDIES = {
    "solve": ["solve", STANDOFF, "--draws", "0"],
    "solve_drawn": ["solve", STANDOFF, *BELIEFS, "--draws", "60"],
    "sweep": ["sweep", STANDOFF, "--vary", "tariff=0.1:0.4:4"],
    "sweep_drawn": ["sweep", STANDOFF, *BELIEFS, "--vary", "diversification=0:0.4:3", "--draws",
                    "60"],
    "threshold": ["threshold", STANDOFF, "--vary", "tariff=0.05:0.5", "--draws", "0"],
    "map": ["map", STANDOFF, "--vary", "tariff=0.05:0.5", "--vary", "diversification=0:0.5",
            "--points", "5"],
    "attribute": ["attribute", "canada_us", "--draws", "0"],
    "package": ["package", "canada_us", "--draws", "0"],
    "credibility": ["credibility", STANDOFF],
    "audit": ["audit", STANDOFF],
    "revealed": ["revealed", "canada_us", "--observed", "counter,keep"],
    "tariffs": ["tariffs", "canada_us", "--players", "canada,us", "--by", "uniform"],
    "sensitivity": ["sensitivity", STANDOFF, *BELIEFS, "--draws", "16", "--of", "loss.exporter"],
    "scenarios": ["scenarios", STANDOFF, *BELIEFS, "--when", "importer plays impose", "--draws",
                  "100"],
    "robust": ["robust", STANDOFF, "--prior", "damage=uniform(2,12)", "--vary",
               "diversification=0:0.4:3", "--cost", "1", "--draws", "40"],
    "probability": ["probability", STANDOFF, *BELIEFS, "--when", "importer plays impose",
                    "--draws", "40"],
    "explain": ["explain", STANDOFF, "ncl.exporter"],
    "columns": ["columns"],
    "models_list": ["models", "list"],
    "models_show": ["models", "show", "canada_us"],
    "schedule": ["data", "schedules", "us_on_canada_2026-09-29"],
}  # fmt: skip

#: Those that the quick run has time for.
QUICK = ("sweep_drawn", "explain", "models_show")


def book_of(tmp_path: Path, *words: str) -> Any:
    path = tmp_path / "results.xlsx"
    done = do([*words, "-o", str(path)])
    assert done.code == 0, done.err
    return opened(path)


@pytest.mark.parametrize(
    "name",
    [pytest.param(each, marks=() if each in QUICK else pytest.mark.full) for each in STUDIES],
)
def test_every_study_writes_a_workbook(name: str, tmp_path: Path) -> None:
    words = STUDIES[name]
    book = book_of(tmp_path, *words)
    read_me = texts_of(book["Read me"])
    assert any(each.startswith(f"negotiation {words[0]} ") for each in read_me)
    # Every sheet is named there, and numbers are there as numbers.
    assert {sheet.title for sheet in book.worksheets[1:]} <= set(read_me)
    if name not in ("columns", "models_list"):
        assert any(
            isinstance(cell.value, int | float)
            for sheet in book.worksheets[1:]
            for row in sheet.iter_rows()
            for cell in row
        )
    for sheet in book.worksheets:
        if sheet.tables:
            assert sheet.freeze_panes, sheet.title


@pytest.mark.full
def test_rows_are_those_of_the_csv_with_units_and_meanings(tmp_path: Path) -> None:
    words = STUDIES["sweep"]
    sheet = book_of(tmp_path, *words)["Rows"]
    lines = list(csv.DictReader(io.StringIO(do([*words, "--format", "csv"]).out)))
    rows = rows_of(sheet)
    assert len(rows) == len(lines) == 4
    for row, line in zip(rows, lines, strict=True):
        for name, value in row.items():
            if isinstance(value, int | float):
                assert value == pytest.approx(float(line[name]), rel=1e-15)
            else:
                assert (value or "") == line[name].replace("-inf", "minus infinite")
    (table,) = sheet.tables.values()
    head = sheet[table.ref][0]
    names = {cell.value: cell for cell in head}
    place = names["payoff_exporter"]
    assert sheet.cell(place.row - 1, place.column).value == "bn USD a year"
    assert "payoff of exporter" in sheet.cell(place.row - 2, place.column).value
    assert sheet.cell(place.row + 1, names["tariff"].column).number_format.endswith("%")


@pytest.mark.full
def test_parameters_have_values_ranges_and_what_they_are_drawn_from(tmp_path: Path) -> None:
    book = book_of(tmp_path, *STUDIES["solve_drawn"], "--set", "diversification=0.25")
    rows = {row["parameter"]: row for row in rows_of(book["Parameters"])}
    assert rows["diversification"]["value"] == 0.25
    assert rows["diversification"]["set"] == "yes"
    assert rows["damage"]["prior"] == "uniform(2,12)"
    assert rows["damage"]["drawn"] == "yes"
    assert {row["name"] for row in rows_of(book["Glossary"])} >= {"regret", "certified"}


@pytest.mark.full
def test_all_numbers_have_sixteen_digits(tmp_path: Path) -> None:
    words = STUDIES["solve"]
    rows = {row["name"]: row for row in rows_of(book_of(tmp_path, *words)["Numbers"])}
    found = json.loads(do([*words, "--format", "json"]).out)
    exact = found["leverage"]["no_deal_loss"]["exporter"]
    assert rows["leverage.no_deal_loss.exporter"]["number"] == pytest.approx(exact, rel=1e-15)
    assert rows["certified"]["text"] is True


@pytest.mark.full
def test_ranges_of_a_solve_have_all_digits(tmp_path: Path) -> None:
    words = [*STUDIES["solve_drawn"], "--draws", "200"]
    rows = rows_of(book_of(tmp_path, *words)["Situations"])
    regimes = json.loads(do([*words, "--format", "json"]).out)["draws"]["regimes"]
    compared = 0
    for regime in regimes:
        told = regime["sentence"].removesuffix(".")
        told = f"no deal: {told[:1].lower()}{told[1:]}"
        row = next((each for each in rows if each["entry"] == told), None)
        if row is None:
            continue
        assert row["draws in 100"] == pytest.approx(100.0 * regime["share"], rel=1e-12)
        for player in ("exporter", "importer"):
            band = regime["bands"][f"payoff_{player}"]
            ends = {"": "median", ", 5 %": "low", ", 95 %": "high"}
            for head, part in ends.items():
                if band[part] is not None:
                    found = row[f"the {player}{head}"]
                    assert found == pytest.approx(band[part], rel=1e-12, abs=5e-7)
                    compared += band[part] != 0.0
    assert compared >= 6


@pytest.mark.full
def test_ranges_of_a_sweep_have_all_digits_and_are_in_the_unit_that_the_table_states(
    tmp_path: Path,
) -> None:
    words = ["sweep", "canada_us", "--vary", "diversification=0:0.4:3", "--draws", "60"]
    book = book_of(tmp_path, *words)
    (sheet,) = (each for each in book if each.title.startswith("Today"))
    assert "billion" in texts_of(sheet)[0]
    lines = {float(each["diversification"]): each for each in rows_of(book["Rows"])}
    rows = rows_of(sheet)
    assert len(rows) == 3
    for row in rows:
        line = lines[row["diversification"]]
        for head, name in (("today, canada", "inside_canada"), ("today, us", "inside_us")):
            for end, of in (("", ""), (", 5 %", "_p5"), (", 95 %", "_p95")):
                assert row[head + end] == pytest.approx(line[name + of] / 1000.0, rel=1e-12)


@pytest.mark.full
def test_days_are_days_and_rates_are_fractions(tmp_path: Path) -> None:
    book = book_of(tmp_path, "data", "schedules")
    told = json.loads(do(["data", "schedules", "--format", "json"]).out)["schedules"]
    exact = {each["name"]: each for each in told}
    rows = [row for sheet in book.worksheets[2:] for row in rows_of(sheet)]
    assert {row["schedule"] for row in rows} == set(exact)
    for row in rows:
        of = exact[row["schedule"]]
        assert row["mean"] == pytest.approx(of["mean_rate"], rel=1e-12)
        if of["date"]:
            assert row["date"].date() == datetime.date.fromisoformat(of["date"])


@pytest.mark.full
def test_the_parts_of_a_deal_add_up_by_a_formula(tmp_path: Path) -> None:
    book = book_of(tmp_path, *STUDIES["attribute"])
    found = json.loads(do([*STUDIES["attribute"], "--format", "json"]).out)
    # The chart begins with the whole, in billions and in words.
    for sheet, size in ((book["Table 1"], 1.0), (book["Chart of tables"], 1e-3)):
        (table,) = sheet.tables.values()
        value = next(c.column for c in sheet[table.ref][0] if c.value == "value")
        (row,) = (c.row for c in sheet["A"] if c.value == "Sum of the parts")
        whole = next(c.row for c in sheet["A"] if str(c.value).lower().startswith("all tables"))
        total = sheet.cell(whole, value).value
        assert total == pytest.approx(size * found["total"], rel=1e-12)
        parts = [
            cell
            for each in sheet.cell(row, value).value.removeprefix("=SUM(").rstrip(")").split(",")
            for cell in (chain(*sheet[each]) if ":" in each else [sheet[each]])
        ]
        # Those are the tables, not their sectors, which would be counted twice.
        named = {sheet.cell(cell.row, 1).value for cell in parts}
        told = {"other": "all other goods"}
        assert {str(name).lower().replace(" and ", "_") for name in named} == {
            each["table"] if size == 1.0 else told.get(each["table"], each["table"])
            for each in found["tables"]
        }
        assert sum(cell.value for cell in parts) == pytest.approx(total, rel=1e-9)
        difference = sheet.cell(row + 1, value).value
        letter = parts[0].column_letter
        assert difference == f"={letter}{whole}-{letter}{row}"


@pytest.mark.full
def test_a_sweep_has_charts_with_texts_for_those_who_do_not_see_them(tmp_path: Path) -> None:
    sheet = book_of(tmp_path, *STUDIES["sweep_drawn"])["Charts"]
    assert len(sheet._charts) >= 2
    assert any("Numbers on sheet" in each for each in texts_of(sheet))


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [STUDIES["solve"], STUDIES["sweep"]])
def test_a_workbook_is_not_printed(words: list[str]) -> None:
    for more in (["--format", "xlsx"], ["--format", "xlsx", "-o", "-"]):
        done = do([*words, *more])
        assert done.code == ExitCode.WRONG_USE
        assert done.err.count("\n") == 1
        assert "a workbook is not printed; give it a file with -o" in done.err


@pytest.mark.parametrize("words", [STUDIES["solve"], STUDIES["sweep"]])
def test_without_the_library_nothing_is_done(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None)
    done = do([*words, "-o", str(tmp_path / "results.xlsx")])
    assert done.code == ExitCode.MISSING_EXTRA
    assert "needs XlsxWriter, which is not installed" in done.err
    assert not list(tmp_path.iterdir())


def test_more_rows_than_a_sheet_holds_are_refused_before_any_work(tmp_path: Path) -> None:
    path = tmp_path / "results.xlsx"
    words = ["sweep", STANDOFF, "--draws", "0", "--vary", "tariff=0.1:0.4:2000"]
    done = do([*words, "--vary", "diversification=0:0.4:1000", "-o", str(path)])
    assert done.code == ExitCode.WRONG_USE
    assert "there are 2000000; write a .parquet or .csv file" in done.err
    assert not path.exists()


@pytest.mark.full
def test_the_same_question_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = []
    for _ in range(2):
        assert run([*STUDIES["sweep"], "-o", "a.xlsx", "--quiet"]) == 0
        found.append((tmp_path / "a.xlsx").read_bytes())
    assert found[0] == found[1]
