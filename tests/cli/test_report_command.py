"""`negotiation report`: one file from a model or a kept run, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from negotiation.cli.console import run

QUICK = ["--draws", "60", "--prior", "tariff=uniform(0.1,0.4)"]


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEGOTIATION_CACHE", "off")


def test_a_report_of_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "report.html"
    assert run(["report", "tariff_standoff", "-o", str(place)]) == 0
    page = place.read_text(encoding="utf-8")
    assert "<h1>A deal leaves both sides better off than no deal</h1>" in page
    assert "negotiation report tariff_standoff -o report.html" in page
    assert "Explore" in page
    assert capsys.readouterr().err.strip() == f"wrote {place}"


def test_the_command_in_it_has_every_option(tmp_path: Path) -> None:
    place = tmp_path / "mine.html"
    options = ["--set", "damage=9", "--lever", "tariff", "--concept", "egalitarian", *QUICK]
    assert run(["report", "tariff_standoff", *options, "-o", str(place)]) == 0
    page = place.read_text(encoding="utf-8")
    found = re.search(r"negotiation report tariff_standoff [^<]*", page)
    assert found is not None
    for each in ("--set damage=9", "--lever tariff", "--concept egalitarian", "--draws 60"):
        assert each in found[0]
    assert "worsens a deal for the exporter by" in page


def test_the_record(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "tariff_standoff", "--format", "json", *QUICK]) == 0
    record = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in record["figures"]][:2] == ["answer", "leverage"]


@pytest.mark.full
def test_a_kept_run_gives_the_chart_its_points(tmp_path: Path) -> None:
    kept, place = tmp_path / "kept", tmp_path / "report.html"
    sweep = ["sweep", "tariff_standoff", "--vary", "diversification=0:0.6:4", *QUICK]
    assert run([*sweep, "--run", str(kept), "-o", str(tmp_path / "s.csv")]) == 0
    assert run(["report", str(kept), "-o", str(place)]) == 0
    page = place.read_text(encoding="utf-8")
    for share in ("0 %", "20 %", "40 %", "60 %"):
        assert f'<th scope="row">{share}</th>' in page


@pytest.mark.full
def test_a_kept_run_has_its_own_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept"
    sweep = ["sweep", "tariff_standoff", "--vary", "diversification=0,0.5", *QUICK]
    assert run([*sweep, "--run", str(kept), "-o", str(tmp_path / "s.csv")]) == 0
    capsys.readouterr()
    assert run(["report", str(kept), "--set", "damage=9"]) == 2
    assert "--set was given with a kept run" in capsys.readouterr().err


def test_what_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "tariff_standoff", "--lang", "fi"]) == 2
    assert "no report in language 'fi'" in capsys.readouterr().err
    assert run(["report", "tariff_standoff", "--lever", "nothing"]) == 2
    assert "no parameter 'nothing'" in capsys.readouterr().err
    assert run(["report", "tariff_standoff", "-o", "report.pdf"]) == 2
    assert "report.pdf ends in '.pdf'; a report is written as" in capsys.readouterr().err


@pytest.mark.full
def test_every_study_is_written_as_a_page(tmp_path: Path) -> None:
    place = tmp_path / "solution.html"
    assert run(["solve", "tariff_standoff", "-o", str(place)]) == 0
    assert place.read_text(encoding="utf-8").startswith("<!doctype html>")
