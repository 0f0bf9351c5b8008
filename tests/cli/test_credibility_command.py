"""`negotiation credibility`: to be read, and to be loaded by machines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from negotiation.cli.console import run

Run = Callable[..., tuple[int, str, str]]

PLAIN = ("credibility", "tariff_standoff")
ALL = (
    *PLAIN,
    "--vary",
    "diversification=0.1:0.9",
    "--over",
    "damage=4:20",
    "--over",
    "effort=1,2",
    "--draws",
    "60",
)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_the_reading(cli: Run) -> None:
    code, out, err = cli(*ALL)
    assert (code, err) == (0, "")
    assert max(map(len, out.split("\n"))) <= 80
    told = " ".join(out.split())
    assert "The threat of the exporter to walk out is not credible: walking out gives" in told
    assert "At diversification = 0.36 the threat of the importer, moving first, to choose" in told
    assert "60 draws by latin hypercube, seed 0" in told
    assert "The threat of the importer to choose impose is credible in all of 60 draws." in told
    assert "within each regime after a breakdown" in told
    assert "effort=1" in told
    assert "Price of leverage: going from diversification = 0.1 to 0.9 the exporter" in told
    assert "25% of its loss, a judgement" in told
    assert "Horizon: one year, illustrative." in told


def test_without_uncertainty_it_says_so_and_suggests_some(cli: Run) -> None:
    code, out, _ = cli(*PLAIN)
    assert code == 0
    lines = out.split("\n")
    (said,) = [k for k, line in enumerate(lines) if line.startswith("No uncertainty was given")]
    assert lines[said + 1] == "  negotiation credibility tariff_standoff --over exports=50:150"
    assert cli(*lines[said + 1].split()[1:], "--draws", "4")[0] == 0


def test_the_record(cli: Run) -> None:
    code, out, _ = cli(*ALL, "--format", "json")
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    assert found["certified"] is True
    assert found["provenance"]["seed"] == "0, 60 draws by latin hypercube"
    assert found["walking_out"]["exporter"]["margin"] == pytest.approx(-6.875)
    turns = [each for each in found["turns"] if each["value"] is not None]
    assert all(each["value"] == pytest.approx(0.36, abs=1e-10) for each in turns)
    chances = {(e["threat"], e["player"], e["action"]): e for e in found["probabilities"]}
    got = chances["act_first", "importer", "impose"]
    assert got["draws"] == 60
    assert got["probability"] == pytest.approx(sum(got["by_choice"].values()) / 2)
    price = found["price_of_leverage"]
    assert price["of"] == "exporter"
    assert len(price["critical_discount_factor"]) == 2


def test_markdown_and_files(cli: Run, tmp_path: Path) -> None:
    code, out, err = cli(*PLAIN, "-o", "found.md")
    assert (code, out, err) == (0, "", "wrote found.md\n")
    assert "| player | action |" in (tmp_path / "found.md").read_text(encoding="utf-8")
    assert cli(*PLAIN, "-o", "found.json")[0] == 0
    assert json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["turns"] == []


def test_canada_us(cli: Run) -> None:
    code, out, err = cli("credibility", "canada_us", "--over", "elasticities=low,central")
    assert (code, err) == (0, "")
    told = " ".join(out.split())
    assert "The threat of Canada to walk out is not credible" in told
    assert "the US would choose escalate" in told
    assert "all 2 combinations, nothing drawn" in told
    assert "Power to hurt: the US would lose" in told


def test_what_is_not_certified_is_said(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(
        '''"""A model that breaks down."""
from dataclasses import dataclass

import numpy as np

from negotiation import Model, parameter


@dataclass(frozen=True)
class Broken(Model):
    """Nothing is known above one half."""

    theta: float = parameter(0.2, low=0, high=1, unit="share", source="test", lever_of="a")
    players = ("a", "b")
    actions = (("x", "y"), ("x", "y"))

    def payoffs(self):
        own = np.where(np.asarray(self.theta) > 0.5, np.nan, self.theta)
        return {(i, j): (own + (i == "x"), 1.0 * (j == "x")) for i in "xy" for j in "xy"}
''',
        encoding="utf-8",
    )
    code, out, err = cli("credibility", "broken.py", "--over", "theta=0:1", "--draws", "10")
    assert code == 1
    assert err == "warning: some points are not certified\n"
    assert "5 of the points are not certified and are left out." in out
    assert "The model has no talks" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--vary", "diversification"), "is not a range"),
        (("--vary", "diversificaton=0:0.5"), "did you mean 'diversification'"),
        (("--over", "damage=4:2"), "the smaller one first"),
        (("--draws", "1", "--over", "damage=4:8"), "at least 2"),
        (("--spread", "-1"), "0 or more"),
        (("--format", "jsn"), "did you mean 'json'"),
        (("-o", "found.csv"), "is written as .json, .md, .html, .xlsx or .txt"),
        (("-o", "nowhere/found.md"), "does not exist"),
    ],
)
def test_wrong_use(cli: Run, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = cli(*PLAIN, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert said in err
