"""`negotiation threshold`: what is printed, what is written, and exit codes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from numpy.testing import assert_allclose

from negotiation.cli.console import run

LINE = ["threshold", "tariff_standoff", "--vary", "tariff=0.1:0.9"]


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(list(arguments))
    streams = capsys.readouterr()
    return code, streams.out, streams.err


def test_the_reading_fits_a_terminal_and_says_what_changes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = call(capsys, *LINE)
    assert (code, err) == (0, "")
    assert max(map(len, out.split("\n"))) <= 80
    assert "At tariff = 0.228571 the equilibrium changes" in out
    assert "Horizon:" in out
    assert "Threat point:" in out


def test_json_has_the_value_in_full_and_the_equilibria_of_both_sides(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, _ = call(capsys, *LINE, "--format", "json")
    record = json.loads(out)
    assert code == 0
    event = next(
        each
        for each in record["thresholds"]
        if any(change["kind"] == "equilibrium" for change in each["changes"])
    )
    assert_allclose(event["value"], 8.0 / 35.0, rtol=1e-12)
    assert event["above"]["selected"] == "retaliate/impose"
    assert event["at"]["degenerate"] is True
    assert record["provenance"]["concept"].startswith("nash")


def test_csv_and_markdown_are_written_to_files(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = tmp_path / "found.csv"
    code, out, err = call(capsys, *LINE, "-o", str(target))
    assert (code, out) == (0, "")
    assert "wrote" in err
    rows = list(csv.DictReader(io.StringIO(target.read_text())))
    assert {row["kind"] for row in rows} >= {"equilibrium", "reply"}
    assert rows[0]["negotiation_version"]
    code, out, _ = call(capsys, *LINE, "--format", "md")
    assert code == 0
    assert "| --- |" in out


def test_an_event_that_does_not_happen_is_a_sentence_and_no_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, _ = call(
        capsys,
        "threshold",
        "tariff_standoff",
        "--vary",
        "tariff=0.4:0.9",
        "--when",
        "importer: refrain -> impose",
    )
    assert code == 0
    assert "does not change" in out
    assert "Beyond the range it does, at tariff = 0.228571" in " ".join(out.split())


def test_a_target_is_answered_by_parameter(capsys: pytest.CaptureFixture[str]) -> None:
    line = ["threshold", "tariff_standoff", "--target", "payoff.importer=6"]
    code, out, _ = call(capsys, *line)
    assert code == 0
    assert max(map(len, out.split("\n"))) <= 80
    assert "tariff from 0.25 to 0.4" in " ".join(out.split())
    code, out, _ = call(capsys, *line, "--format", "json")
    best = json.loads(out)["ways"][0]
    assert (best["parameter"], best["reached"]) == ("tariff", True)
    assert_allclose(best["value"], 0.4, rtol=1e-9)
    code, out, _ = call(capsys, *line, "--format", "csv")
    assert next(csv.DictReader(io.StringIO(out)))["parameter"] == "tariff"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "--vary NAME=LOW:HIGH"),
        (["--vary", "tariff=0:1", "--target", "ncl=0"], "either --vary"),
        (["--target", "ncl=0", "--when", "there is no deal"], "--when goes with --vary"),
        (["--vary", "tarif=0:1"], "did you mean 'tariff'"),
        (["--vary", "tariff=0:1", "--when", "there is no deel"], "did you mean 'there is no deal'"),
        (["--vary", "tariff=0:1", "--threat", "wor"], "no threat point 'wor'"),
        (["--vary", "tariff=0:1", "--format", "xml"], "format 'xml' is unknown"),
        (["--vary", "tariff=0:1", "-o", "x.png"], "ends in '.png'"),
    ],
)
def test_wrong_use_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    code, out, err = call(capsys, "threshold", "tariff_standoff", *arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("what", ["--vary diversification=0:0.4", "--target ncl=0"])
def test_a_threat_point_of_single_points_is_refused(
    capsys: pytest.CaptureFixture[str], what: str
) -> None:
    line = ["threshold", "canada_us", *what.split(), "--threat", "tariff_war"]
    code, out, err = call(capsys, *line)
    assert (code, out) == (2, "")
    assert "threat point tariff_war cannot be looked at along diversification" in err
    assert err.count("\n") == 1


def test_over_draws_the_place_is_a_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    """It imposes up to 1 - 80 / exports: 0.2 at 100; exports ~ U(60, 140) have none below 80."""
    line = ["threshold", "tariff_standoff", "--vary", "diversification=0:0.9", "--draws", "80"]
    line += ["--prior", "exports=uniform(60,140)", "--set", "damage=10"]
    assert run([*line, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)["over_draws"]
    assert (told["draws"], told["certified_share"]) == (80, 1.0)
    (change,) = [each for each in told["begins"] if each["kind"] == "equilibrium"]
    assert change["phrase"] == "accept+retaliate/refrain+impose"
    assert change["begins_at"]["share"] == pytest.approx(0.75, abs=1 / 80)
    assert change["begins_at"]["median"] == pytest.approx(1 - 80 / 110, abs=0.01)
    assert sum(place is None for place in change["by_draw"]) == 20
    assert run(line) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "to accept+retaliate/refrain+impose in 75 of 100 draws (standard error 4.9)" in text
    assert run([*line, "--draws", "0"]) == 0
    assert "draws" not in capsys.readouterr().out.replace("without draws", "")
