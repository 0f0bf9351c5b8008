"""Sweeps at many draws: tables by regime, sentences that follow from numbers, rows to load."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from negotiation.case import Case
from negotiation.cli.console import run
from negotiation.errors import ModelError, OutputError
from negotiation.report import drawn_rows, schema
from negotiation.report.document import Items, Ranged, Table
from negotiation.report.drawn_sweep import document, draws_format, save, save_draws
from negotiation.report.drawn_tables import hyphened
from negotiation.report.markdown import markdown
from negotiation.report.ranges import Measure, sized
from negotiation.report.render import render
from negotiation.report.text import text
from negotiation.study.bands import Bands
from negotiation.study.drawn import DrawnPoints, drawn, gathered_part
from negotiation.study.lines import change, crossings, lines, slope, slopes, sure
from tests.json_schema import problems
from tests.unit.drawn_by_hand import Dispute, swept

KEEP, WAR = "counter/keep", "counter/escalate"

#: It takes scipy's reader and writer, which take long to load.
_NC = pytest.param("nc", marks=pytest.mark.full)


@pytest.fixture(scope="module")
def bands() -> Bands:
    """Away's outlets from 0 to 0.4, at 200 draws of what escalating costs Home."""
    return Bands.of(drawn(Case(Dispute, draws=200), "outlets=0:0.4:5"))


def tables_of(found: Bands, **options: Any) -> list[Table]:
    return [each for each in document(found, **options).blocks if isinstance(each, Table)]


def sentences_of(found: Bands) -> list[str]:
    blocks = document(found).blocks
    return [each for block in blocks if isinstance(block, Items) for each in block.entries]


# --- along a parameter ----------------------------------------------------------------------------


def test_changes_are_taken_draw_by_draw() -> None:
    one = np.linspace(0.0, 10.0, 101)
    found = swept([0.0, 1.0], [[KEEP] * 101] * 2, delta_inside_away=[one, one[::-1] + 1.0])
    (line,) = lines(found.drawn.points)
    step = change(found, line, "delta_inside_away")
    assert step.middle == pytest.approx(1.0)  # of each draw: 11 - 2 x, of which 1 is the median
    assert step.high == pytest.approx(10.0, abs=0.2)
    assert step.agree == pytest.approx(55 / 101, abs=0.02)


def test_a_change_of_a_regime_is_over_draws_that_stay_in_it() -> None:
    words = [[WAR] * 50 + [KEEP] * 50, [WAR] * 40 + [KEEP] * 60]
    values = np.stack([np.zeros(100), np.where(np.arange(100) < 40, 5.0, 1e6)])
    found = swept([0.0, 0.5], words, delta_breakdown_away=values, inside_away=0.0)
    (line,) = lines(found.drawn.points)
    war = [each.support for each in found.regimes].index(WAR)
    assert change(found, line, "delta_breakdown_away", war).middle == 5.0
    assert change(found, line, "delta_breakdown_away", war).draws == 40
    assert slope(found, line, "delta_breakdown_away", war).middle == 10.0
    assert [each.middle for each in slopes(found, line, "delta_breakdown_away", war)] == [10.0]


def test_a_probability_passes_a_level_between_two_points() -> None:
    found = swept([0.0, 0.2, 0.4], [[KEEP] * 10] * 3)
    (line,) = lines(found.drawn.points)
    (one,) = crossings(line, np.array([0.2, 0.4, 0.8]), (0.5,))
    assert one.value == pytest.approx(0.25)
    assert one.rises
    assert one.between == (0.2, 0.4)
    assert not crossings(line, np.array([0.2, np.nan, 0.8]), (0.5,))


def test_a_sign_is_sure_where_nineteen_of_twenty_draws_agree() -> None:
    values = np.stack([np.where(np.arange(100) < k, -1.0, 1.0) for k in (4, 5, 6)])
    found = swept([0.0, 0.1, 0.2], [[KEEP] * 100] * 3, inside_away=values)
    assert sure(found, "inside_away").tolist() == [True, True, False]


def test_lines_are_sorted_and_one_for_every_value_of_the_other_parameter() -> None:
    points = {"a": np.array([2.0, 1.0, 2.0, 1.0]), "w": np.array(["x", "x", "y", "y"])}
    found = lines(points)
    assert [each.place for each in found] == [{"w": "x"}, {"w": "y"}]
    assert [each.rows.tolist() for each in found] == [[1, 0], [3, 2]]
    assert lines({"w": points["w"]}) == []


# --- tables ---------------------------------------------------------------------------------------


def test_what_no_regime_changes_has_a_table_and_every_regime_has_one(bands: Bands) -> None:
    today, *others = tables_of(bands)
    assert "Today" in today.title
    assert [column.name for column in today.columns][-1] == "deal from today,\naway"
    assert [each.title.partition(":")[0] for each in others[:2]] == [
        "Away plays 'counter' and Home escalates once talks have broken down (counter/escalate)",
        "Away plays 'counter' and Home plays 'keep' once talks have broken down (counter/keep)",
    ]
    assert all(len(each.rows) == 5 for each in (today, *others[:2]))
    assert [{row[1] for row in each.cells()} for each in others[:2]] == [{"67"}, {"34"}]


def test_cells_are_the_numbers_of_the_study_in_the_unit_of_the_table(bands: Bands) -> None:
    today = tables_of(bands)[0]
    band = bands.band("inside_away")
    column = next(k for k, each in enumerate(today.columns) if each.name == "today,\naway")
    scale = 1000.0 if "billion" in today.title else 1.0
    for k, row in enumerate(today.rows):
        cell = row[column]
        assert isinstance(cell, Ranged)
        told = np.array([cell.value, cell.low, cell.high])
        exact = np.array([band.middle[k], band.low[k], band.high[k]]) / scale
        np.testing.assert_allclose(told, exact, rtol=1e-12)


def test_tables_fit_the_page(bands: Bands) -> None:
    assert max(map(len, render(document(bands), "table").split("\n"))) <= 80


def test_a_long_head_is_broken_with_a_hyphen_on_a_terminal_only() -> None:
    assert hyphened("diversification").split("\n") == ["diversi\u00ad", "fication"]
    assert hyphened("outlets") == "outlets"
    head = Table.of([hyphened("diversification")], [["0.1"]])
    assert "diversi-\nfication" in text([head])
    assert "| diversification |" in markdown([head])


def test_a_regime_of_few_draws_has_its_median_and_one_of_fewer_nothing() -> None:
    words = [[WAR] * 30 + [KEEP] * 66 + ["counter/keep+escalate"] * 4]
    payoff = np.arange(100.0)
    found = swept([0.0], words, payoff_away=[payoff])
    told = {each.title.partition("(")[2].partition(")")[0]: each for each in tables_of(found)}
    assert told[WAR].cells()[0][2].strip() == "14.5"
    assert "to" in told[KEEP].cells()[0][2]
    assert set(told) == {WAR, KEEP}
    assert "up to 4 of 100" in told[WAR].notes[0]


def test_a_long_sweep_shows_some_points_and_all_with_details() -> None:
    points = np.linspace(0.0, 1.0, 42)
    found = swept(points, [[KEEP] * 50] * 42, payoff_away=np.linspace(-1.0, 1.0, 42)[:, None])
    (shown,) = tables_of(found)[:1]
    assert len(shown.rows) == 6
    assert [shown.cells()[0][0], shown.cells()[-1][0]] == ["0", "1"]
    assert any("6 of 42 points" in note for table in tables_of(found) for note in table.notes)
    assert len(tables_of(found, details=True)[0].rows) == 42


def test_digits_fit_the_numbers_of_a_column() -> None:
    measure = Measure.of("US$ million a year", [-23_456.0, 300.0])
    assert measure.unit == "US$ billion a year"
    assert measure.number(-23_456.0) == "-23.5"
    assert measure.number(-23_456.0, end=True) == "-23"
    assert Measure.of("share", [0.678]).number(0.678) == "0.68"
    assert Measure.of("points", [-0.0001, 12.0]).number(-0.0001) == "0.0"
    assert sized(500.0, 700.0, 900.0, "US$ million a year") == "US$700 million a year (500 to 900)"
    assert sized(-2.0, 1.0, 3.0, "points").endswith("(-2.0 to +3.0)")


# --- reading --------------------------------------------------------------------------------------


def test_sentences_say_what_the_numbers_do(bands: Bands) -> None:
    told = sentences_of(bands)
    # From today a deal moves by half of what Away gains: 1,000 x 0.4 / 2, in every draw.
    today = next(each for each in told if each.startswith("Where talks start from the dispute"))
    assert "US$200 million a year less at outlets = 0.4 than at 0, in all draws" in today
    assert "US$5.0 million a year for every hundredth" in today
    # From a breakdown in which Home escalates, by half of 8,000 x 0.5 x 0.4.
    war = next(each for each in told if each.startswith("Where talks start from a breakdown"))
    assert "counter/escalate" in war
    assert "US$800 million a year less" in war
    assert any(each.startswith("In all draws: Away loses without a deal") for each in told)


def test_a_probability_is_told_with_where_it_passes_a_half() -> None:
    gains = np.stack([np.where(np.arange(100) < k, -1.0, 1.0) for k in (20, 40, 80)])
    found = swept([0.0, 0.2, 0.4], [[KEEP] * 100] * 3, gain_home=gains)
    told = next(each for each in sentences_of(found) if "Home loses" in each)
    assert "in 2 of 10 draws at outlets = 0, in 8 of 10 draws at 0.4" in told
    assert "50 of 100 at about 0.25" in told


def test_without_draws_that_count_nothing_is_made_up() -> None:
    found = swept([0.0, 1.0], [[KEEP] * 50] * 2, payoff_away=np.nan)
    rows = drawn_rows.frame(found, {})
    assert rows["draws_counted"].tolist() == [0, 0]
    assert rows["regime"].tolist() == ["", ""]
    assert rows["payoff_home"].isna().all()
    assert render(document(found), "table")


def test_a_deal_that_nobody_pays_for_has_no_sign() -> None:
    zero = np.zeros((2, 50))
    zero[1] = np.nan  # nor has one that there is not
    found = swept([0.0, 1.0], [[KEEP] * 50] * 2, delta_inside_away=zero, inside_away=zero)
    assert not any("concedes" in each for each in sentences_of(found))


# --- rows -----------------------------------------------------------------------------------------


def test_rows_are_points_and_regimes_with_medians_and_ranges(bands: Bands) -> None:
    rows = drawn_rows.frame(bands, {"model": "x"})
    assert len(rows) == 10
    assert rows["regime"].value_counts().to_dict() == {KEEP: 5, WAR: 5}
    assert (rows.groupby("outlets")["share_of_draws"].sum() == 1.0).all()
    war = rows[rows["regime"] == WAR].set_index("outlets")
    assert war.loc[0.4, "payoff_away"] == pytest.approx(-6400.0)
    assert (war["payoff_home_p5"] < war["payoff_home"]).all()
    assert (war["payoff_home"] < war["payoff_home_p95"]).all()
    # What no regime changes is the same in both rows of a point.
    assert (rows.groupby("outlets")["inside_away"].nunique() == 1).all()
    assert rows["p_loss_away"].tolist() == [1.0] * 10
    assert war["slope_delta_inside_away"].tolist()[:4] == pytest.approx([500.0] * 4)
    assert np.isnan(war["slope_delta_inside_away"].tolist()[4])
    assert set(rows["model"]) == {"x"}


def test_regimes_too_rare_for_numbers_are_one_row() -> None:
    words = [[WAR] * 3 + [KEEP] * 97]
    rows = drawn_rows.frame(swept([0.0], words), {})
    assert rows["regime"].tolist() == [KEEP, "other"]
    assert rows["share_of_draws"].tolist() == [0.97, 0.03]
    assert rows["draws"].tolist() == [97.0, 3.0]
    assert np.isnan(rows["payoff_away"].iloc[1])


def test_a_parameter_with_the_name_of_a_column_is_refused() -> None:
    with pytest.raises(ModelError, match="parameter draws has the name of a column"):
        drawn_rows.tidy(swept([0.0], [[KEEP] * 9], names=("draws",)))


def test_the_record_follows_its_schema_and_gives_reasons(bands: Bands) -> None:
    record = json.loads(render(document(bands), "json"))
    assert not list(problems(record, schema.schema("sweep")))
    assert len(record["rows"]) == 10
    last = record["rows"][-1]
    assert last["slope_delta_inside_away"] is None
    assert "no next point" in last["slope_delta_inside_away_reason"]
    assert record["reading"]
    event = next(each for each in record["probabilities"] if each["name"] == "p_loss_away")
    assert (event["first"], event["last"]) == (1.0, 1.0)


@pytest.mark.parametrize("kind", ["csv", "parquet", _NC, "json", "md", "txt"])
def test_every_format_is_written(bands: Bands, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"run.{kind}"
    assert save(bands, path) == 10
    if kind == "csv":
        read = pd.read_csv(path)
    elif kind == "parquet":
        read = pd.read_parquet(path)
    elif kind == "nc":
        with xr.open_dataset(path, engine="scipy") as data:
            assert dict(data.sizes) == {"outlets": 5, "regime": 2}
            assert float(data["payoff_away"].sel(outlets=0.4)[0]) == pytest.approx(-6400.0)
        return
    else:
        assert path.read_text(encoding="utf-8")
        return
    assert len(read) == 10
    assert read["payoff_home_p95"].notna().all()


@pytest.mark.parametrize("kind", ["csv", "parquet", _NC])
def test_every_draw_can_be_had(bands: Bands, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"draws.{kind}"
    assert save_draws(bands, path) == 1000
    if kind == "nc":
        with xr.open_dataset(path, engine="scipy") as data:
            assert dict(data.sizes) == {"outlets": 5, "draw": 200}
            cost, home = data["cost"].values, data["payoff_home"].values
        assert (home[0] == np.maximum(0.0, -cost)).all()
        return
    read = pd.read_csv(path) if kind == "csv" else pd.read_parquet(path)
    assert (read["payoff_home"] == np.maximum(0.0, -read["cost"])).all()
    assert read["draw"].tolist() == list(range(200)) * 5


def test_all_draws_are_for_files_to_load() -> None:
    with pytest.raises(OutputError, match="all draws are written as"):
        draws_format(Path("draws.md"))


def test_a_sweep_that_is_not_held_together_is_written_line_by_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from negotiation.cli import drawn_sweep as command

    line = ["sweep", "tariff_standoff", "--vary", "tariff=0:0.6:3", "--vary"]
    line += ["diversification=0:0.6:4", "--prior", "damage=uniform(4,20)", "--draws", "60", "-o"]
    held, streamed = tmp_path / "held.csv", tmp_path / "streamed.csv"
    assert run([*line, str(held)]) == 0
    monkeypatch.setattr(command, "MOST_HELD", 100)
    assert run([*line, str(streamed)]) == 0
    one, other = (pd.read_csv(path) for path in (held, streamed))
    along = [name for name in one if name not in other]
    assert along
    assert all(name.startswith("slope_") for name in along), along
    pd.testing.assert_frame_equal(one[list(other)], other)
    assert run([*line[:-1], "--plot", str(tmp_path / "no.png")]) == 2


def test_a_part_of_the_draws_is_told_as_a_part() -> None:
    case = Case(
        "tariff_standoff", {"exports": 80.0}, draws=50, seed=3, priors={"damage": "uniform(4,20)"}
    )
    job = DrawnPoints.of(case, ["tariff=0:0.6:3", "diversification=0:0.6:4"])
    again = DrawnPoints.again(json.loads(json.dumps(job.header())))
    assert again is not None
    assert again.question() == job.question()
    whole = [job.block(k) for k in range(job.chunks)]
    part = gathered_part(again, [(k, whole[k]) for k in (0, 2)])
    there = np.repeat([True, False, True], 4)
    assert np.array_equal(part.certified.all(axis=1), there)
    assert not part.certified[~there].any()
    every = drawn(case, ["tariff=0:0.6:3", "diversification=0:0.6:4"])
    for name, column in every.columns.items():
        found = np.asarray(part.columns[name].values)[there]
        assert np.array_equal(
            found, np.asarray(column.values)[there], equal_nan=found.dtype == float
        )
    bands = Bands.of(dataclasses.replace(part, unfinished="2 of 3 chunks"))
    assert bands.counted.tolist() == (50 * there).tolist()
    assert "Only a part: 2 of 3 chunks." in render(document(bands), "table")
