"""`negotiation package`: what is printed, written and drawn, and exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from negotiation.cli.console import run

Run = Callable[..., tuple[int, str, str]]

#: Two tables that log-roll, and a third way to have no packages at all.
MODEL = '''
"""Log-rolling over two tables. Figures are illustrative."""
from dataclasses import dataclass

import numpy as np

from negotiation import AgreementSet, Model, Talks, bargaining, parameter


@dataclass(frozen=True)
class Rolling(Model):
    fallback: float = parameter(0.0, low=-5, high=9, unit="points", source="illustrative")
    broken: float = parameter(0.0, low=0, high=1, unit="yes or no", source="illustrative")

    players = ("north", "south")
    actions = (("wait",), ("wait",))
    payoff_unit = "points"

    def payoffs(self):
        return {("wait", "wait"): (self.fallback, self.fallback)}

    def talks(self):
        return Talks(self.players, np.zeros(2), AgreementSet.money(0.0))

    def packages(self):
        steel, cars = np.array([[0, 3, 0], [0, 0, 1]]), np.array([[0, 1, 0], [0, 0, 3]])
        payoffs = 1.0 * (steel[:, :, None] + cars[:, None, :])
        if self.broken:
            payoffs[:, 2, 2] = np.nan
        ways = ("open", "to north", "to south")
        return bargaining.Packages(
            self.players, ("steel", "cars"), (ways, ways), payoffs, certified=not self.broken
        )
'''


@pytest.fixture
def negotiation(capsys: pytest.CaptureFixture[str]) -> Run:
    def go(*arguments: str) -> tuple[int, str, str]:
        code = run(["package", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return go


@pytest.fixture
def rolling(tmp_path: Path) -> str:
    path = tmp_path / "rolling.py"
    path.write_text(MODEL, encoding="utf-8")
    return str(path)


def test_the_shipped_model_is_read_out(negotiation: Run, tmp_path: Path) -> None:
    picture = tmp_path / "packages.png"
    code, out, err = negotiation(
        "canada_us",
        *("--set", "canada_schedule=2026-07-15"),  # without countermeasures on forestry
        *("--agenda", "autos,forestry,metals_energy"),
        *("--plot", str(picture)),
        *("--draws", "0"),
    )
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    out = " ".join(out.split())
    assert "The package deal (Nash)" in out
    assert "Disagreement point" in out
    assert "Of 108 packages that differ in what they pay (216 in all), 1 is a corner" in out
    assert "Without money and lotteries the frontier is 4 packages" in out
    assert "Taken in the order autos, forestry, metals_energy" in out
    assert "efficiency of concessions" in out
    assert "duties on all other goods stay in" in out
    assert "Horizon: long run" in out
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert "wrote" in err


def test_the_record_is_complete(negotiation: Run, rolling: str) -> None:
    code, out, _ = negotiation(rolling, "--format", "json")
    assert code == 0
    record = json.loads(out)
    assert record["certified"] is True
    assert record["deals"]["nash"]["payoffs"] == pytest.approx({"north": 3.0, "south": 3.0})
    (made,) = record["deals"]["nash"]["made_of"]
    assert made["settled"] == {"steel": "to north", "cars": "to south"}
    assert len(record["packages"]) == 9
    one_by_one = record["agenda"]["with_money"]["one_by_one"]
    assert [each["order"] for each in one_by_one] == [["steel", "cars"], ["cars", "steel"]]
    for each in one_by_one:
        assert each["gain_from_linkage"] == pytest.approx({"north": 1.0, "south": 1.0})
    assert [each["kind"] for each in record["tables"]] == ["integrative", "integrative"]
    assert record["disagreement"]["payoffs"] == {"north": 0.0, "south": 0.0}
    assert record["provenance"]["threat_point"]


def test_no_deal_is_said_with_the_nearest_package(negotiation: Run, rolling: str) -> None:
    code, out, _ = negotiation(rolling, "--set", "fallback=4")
    assert code == 0
    told = " ".join(out.split())
    assert "No package, with or without lotteries, is better for both sides than no deal" in told
    assert "The nearest is [steel: to north; cars: to south]: north -1.000, south -1.000" in told


def test_a_file_by_its_suffix(negotiation: Run, rolling: str, tmp_path: Path) -> None:
    target = tmp_path / "deal.md"
    code, out, err = negotiation(rolling, "-o", str(target))
    assert (code, out) == (0, "")
    assert "| all at once |" in target.read_text(encoding="utf-8")
    assert str(target) in err


def test_what_is_not_certified_says_so_and_leaves_with_one(negotiation: Run, rolling: str) -> None:
    code, out, err = negotiation(rolling, "--set", "broken=1")
    assert code == 1
    assert "1 of 9 packages could not be solved" in " ".join(out.split())
    assert "1 of 9 packages could not be solved" in err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--agenda", "steel,boats"), 2, "there is no table 'boats'"),
        (("--agenda", "steel"), 2, "does not name every table once"),
        (("--threat", "postur"), 2, "did you mean 'posture'"),
        (("--plot", "deal.gif"), 2, "a plot is drawn to .png, .svg or .pdf"),
        (("-o", "deal.csv"), 2, "packages are written as .json, .md, .html, .xlsx or .txt"),
        (("--format", "jsn"), 2, "did you mean 'json'"),
    ],
)
def test_wrong_use_is_one_sentence(
    negotiation: Run, rolling: str, arguments: tuple[str, ...], code: int, told: str
) -> None:
    found, out, err = negotiation(rolling, *arguments)
    assert (found, out) == (code, "")
    assert told in err
    assert err.count("\n") == 1


def test_a_model_without_packages_is_refused(negotiation: Run) -> None:
    code, out, err = negotiation("tariff_standoff")
    assert (code, out) == (4, "")
    assert "has no packages()" in err


@pytest.mark.full
def test_over_draws_packages_have_chances(negotiation: Run, rolling: str) -> None:
    """No deal is worth U(-1, 4) to both sides, and the best package 3: better in four of five."""
    drawn = (rolling, "--draws", "50", "--prior", "fallback=uniform(-1,4)")
    code, out, err = negotiation(*drawn)
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    text = " ".join(out.split())
    assert "[steel: to north; cars: to south] in 80 of 100 draws (standard error 5.7)" in text
    assert "It also has the least largest regret: it is the best package of every draw." in text
    assert negotiation(*drawn, "--format", "json")[0] == 0
    _, out, _ = negotiation(*drawn, "--format", "json")
    found = json.loads(out)["over_draws"]
    assert found["robust"] == {"steel": "to north", "cars": "to south"}
    best = next(each for each in found["packages"] if each["settled"] == found["robust"])
    assert best["beats_no_deal"] == best["is_nash"] == 0.8
    assert best["on_frontier"] == 1.0
    assert best["gains"]["north"]["median"] == pytest.approx(1.5, abs=0.05)
    assert best["beats_today"] is None
