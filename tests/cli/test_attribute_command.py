"""`negotiation attribute`: what it prints, writes, draws and refuses."""

from __future__ import annotations

import csv
import json
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from negotiation.cli.console import run

Run = Callable[..., tuple[int, str, str]]

#: The worked example of the unit tests as a user's file, with knobs for what can go wrong.
MODEL = '''"""Losses without a deal by sector; constructed."""
from dataclasses import dataclass
from typing import Any

import numpy as np

from negotiation import AgreementSet, Model, Talks, parameter


def stake(table):
    return parameter(1.0, low=0, high=1, unit="share", source="constructed", stake=table)


@dataclass(frozen=True)
class Tables(Model):
    """Losses without a deal by sector."""

    steel: Any = stake("metals_energy")
    aluminum: Any = stake("metals_energy")
    energy: Any = stake("metals_energy")
    vehicles: Any = stake("autos")
    lumber: Any = stake("forestry")
    relief: Any = parameter(0.0, unit="US$ million a year", source="constructed")
    hole: Any = parameter(0.0, unit="share", source="constructed")

    players = ("canada", "us")
    actions = (("hold",), ("hold",))
    payoff_unit = "US$ million a year"
    names = {"canada": "Canada", "us": "the US"}
    horizon = "one year, constructed"

    def payoffs(self):
        used = (self.steel, self.aluminum, self.energy, self.vehicles, self.lumber)
        both = self.vehicles * np.maximum(self.steel, self.aluminum)
        canada = sum(a * b for a, b in zip(used, (12, 8, 10, 40, 10))) + 4 * both
        us = sum(a * b for a, b in zip(used, (4, 6, 8, 20, 2))) + 8 * both
        broken = (self.hole > 0) & (self.vehicles * self.lumber == 1) & (both == 0)
        lost = np.where(broken, np.nan, 0.0)
        return {("hold", "hold"): (lost - canada, self.relief * self.vehicles - us)}

    def talks(self):
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(0.0))
'''


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in a folder that holds the model: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tables.py").write_text(MODEL, encoding="utf-8")

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["attribute", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def told(text: str) -> str:
    """Undo the wrapping."""
    return " ".join(text.split())


# --- what it says ---------------------------------------------------------------------------------


def test_the_reading_comes_first_and_is_that_of_the_worked_example(cli: Run) -> None:
    code, out, err = cli("tables.py")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    text = told(out)
    for sentence in (
        "In a deal Canada concedes 18.00 (US$ million a year; nash solution).",
        "Canada is weakest at autos: -9.000 (50%); then metals_energy -5.000 (28%) and forestry "
        "-4.000 (22%).",
        "One at a time the tables give -20.00, and together they give -18.00: linking them helps "
        "Canada by 2.000.",
        "Among pairs of tables, metals_energy and autos relieve each other for Canada (by 2.000), "
        "on average",
        "Whichever tables are at stake, the equilibrium is hold/hold.",
        "kalai_smorodinsky and egalitarian agree with it",
        "The games of all 32 coalitions needed are solved and certified.",
        "Horizon: one year, constructed.",
        "Threat point: payoffs at the selected equilibrium of the game (rule: pareto).",
    ):
        assert sentence in text
    lines = [line.split() for line in out.splitlines()]
    assert ["steel", "-4.000", "-3.500", "0.194"] in lines
    assert ["all", "tables", "-20.00", "-18.00", "1.000"] in lines
    assert ["metals_energy", "autos", "+2.000"] in lines
    assert not any(line[:1] == ["vehicles"] for line in lines), "a table of one is told once"


def test_of_a_loss_the_words_are_of_a_loss(cli: Run) -> None:
    _, out, _ = cli("tables.py", "--of", "loss.us", "--by", "tables")
    text = told(out)
    assert "Without a deal the US loses 48.00 (US$ million a year)." in text
    assert "The largest part comes from autos: +24.00 (50%)" in text
    assert "linking them adds +8.000" in text
    assert "metals_energy and autos together are worth 8.000 more" in text
    assert "steel" not in text
    assert "Concept:" not in text


def test_parts_that_cancel_are_given_without_shares_of_what_is_left(cli: Run) -> None:
    # Autos now relieve the US by 60, so that Canada gains there: -9 + 30.
    _, out, _ = cli("tables.py", "--of", "loss.us", "--set", "relief=60")
    text = told(out)
    assert "Without a deal the US gains 12.00" in text
    assert (
        "The largest part comes from autos: -36.00. Against that: metals_energy +22.00 and" in text
    )


def test_no_deal_leaves_nothing_to_attribute_and_says_so(cli: Run) -> None:
    code, out, _ = cli("tables.py", "--set", "relief=200")
    assert code == 0
    assert "There is no deal with everything at stake" in told(out)
    assert "loss.canada" in out
    code, out, _ = cli("tables.py", "--set", "relief=200", "--of", "loss.canada")
    assert code == 0
    assert "Canada loses 84.00" in told(out)


def test_a_coalition_without_payoffs_is_named_and_is_no_success(cli: Run) -> None:
    code, out, err = cli("tables.py", "--set", "hole=1")
    assert code == 1
    assert "warning: 2 of 32 coalitions are not certified" in err
    text = told(out)
    assert "Delta.canada is not defined with only autos and forestry at stake" in text
    assert "autos and forestry: not solved: the model has no payoffs at this point" in text


# --- formats --------------------------------------------------------------------------------------


def test_json_carries_everything_and_adds_up(cli: Run) -> None:
    code, out, _ = cli("tables.py", "--format", "json")
    assert code == 0
    found = json.loads(out)
    assert found["total"] == pytest.approx(-18.0, abs=1e-12)
    assert found["linkage"] == pytest.approx(2.0, abs=1e-12)
    assert found["certified"] is True
    for table in found["tables"]:
        parts = sum(each["value"] for each in table["sectors"])
        assert parts == pytest.approx(table["value"], abs=1e-12)
        assert table["by_concept"]["egalitarian"] == pytest.approx(table["value"], abs=1e-9)
    assert sum(table["value"] for table in found["tables"]) == pytest.approx(found["total"])
    assert [each["value"] for each in found["interaction"]] == pytest.approx([2.0, 0, 0], abs=1e-12)
    assert len(found["coalitions"]) == 32
    assert found["coalitions"][0] | {"status": ""} == {
        "at_stake": [],
        "value": 0.0,
        "equilibrium": "hold/hold",
        "equilibrium_departs": False,
        "several_equilibria": False,
        "deal": False,
        "certified": True,
        "status": "",
    }
    made = found["provenance"]
    assert made["concept"] == "nash, weight 0.5"
    assert made["horizon"] == "one year, constructed"
    assert made["threat_point"].startswith("payoffs at the selected equilibrium")


def test_csv_has_a_row_for_every_part(cli: Run) -> None:
    _, out, _ = cli("tables.py", "--format", "csv")
    rows = list(csv.DictReader(out.splitlines()))
    value = {(row["level"], row["table"], row["sector"]): float(row["value"]) for row in rows}
    assert value[("sector", "autos", "vehicles")] == pytest.approx(-9.0, abs=1e-12)
    assert value[("all", "", "")] == pytest.approx(-18.0, abs=1e-12)
    for level in ("table", "sector"):
        total = sum(number for (kind, *_), number in value.items() if kind == level)
        assert total == pytest.approx(-18.0, abs=1e-12)
    assert {row["unit"] for row in rows} == {"US$ million a year"}
    assert all(row["horizon"] and row["threat_point"] and row["concept"] for row in rows)


def test_markdown_and_files(cli: Run, tmp_path: Path) -> None:
    _, out, _ = cli("tables.py", "--format", "md")
    assert "| - steel | -4.000 | -3.500 | 0.194 |" in out
    for name in ("a.json", "a.csv", "a.md", "a.txt"):
        code, out, err = cli("tables.py", "-o", name)
        assert (code, out) == (0, "")
        assert err == f"wrote {name}\n"
        assert (tmp_path / name).read_text(encoding="utf-8").strip()
    assert json.loads((tmp_path / "a.json").read_text())["of"] == "delta.canada"


@pytest.mark.full
def test_the_picture_is_drawn(cli: Run, tmp_path: Path) -> None:
    code, _, err = cli("tables.py", "--plot", "a.svg")
    assert (code, err) == (0, "wrote a.svg\n")
    root = ET.parse(tmp_path / "a.svg").getroot()
    told = [each.text for each in root.iter() if each.tag.endswith("}text")]
    assert told[0] == "In a deal Canada concedes US$18 million a year: the largest part,"
    # The whole, tables by size, and below each its sectors.
    assert told.index("All tables together") < told.index("Autos") < told.index("Steel")
    assert {"\u221218", "\u22129.0"} <= set(told)
    cli("tables.py", "--by", "tables", "--plot", "a.png")
    head = (tmp_path / "a.png").read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:24])
    assert width > 800
    assert height > 300


# --- wrong use ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("tables.py", "--by", "sector"), 2, "did you mean 'sectors'"),
        (("tables.py", "--of", "detla"), 2, "did you mean 'delta'"),
        (("tables.py", "--concept", "nahs"), 2, "did you mean 'nash'"),
        (("tables.py", "--format", "xml"), 2, "format 'xml' is unknown"),
        (
            ("tables.py", "-o", "a.parquet"),
            2,
            "an attribution is written as .json, .md, .html, .csv, .xlsx or .txt",
        ),
        (("tables.py", "-o", "a.csv", "--format", "json"), 2, "contradicts"),
        (("tables.py", "--plot", "a.gif"), 2, "drawn to .png, .svg or .pdf"),
        (("tables.py", "--set", "relief=200", "--plot", "a.png"), 2, "a.png was not drawn: There"),
        (("tariff_standoff",), 2, "puts anything at stake"),
        (("canada_us", "--threat", "tariff_war"), 2, "which threat point tariff_war does not take"),
    ],
)
def test_wrong_use_is_one_sentence(
    cli: Run, arguments: tuple[str, ...], code: int, message: str
) -> None:
    got, _, err = cli(*arguments)
    assert got == code
    assert message in err
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import contextlib, io, sys\n"
        "from negotiation.cli.console import run\n"
        "with contextlib.redirect_stdout(io.StringIO()) as out:\n"
        "    run(['attribute', '--help'])\n"
        "assert '--by' in out.getvalue()\n"
        "assert not {'numpy', 'pandas', 'xarray', 'matplotlib'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_over_draws_tables_have_ranges(cli: Run, tmp_path: Path) -> None:
    """Relief of the United States moves autos by half of it: -9 less U(0, 2)."""
    drawn = ("tables.py", "--draws", "60", "--prior", "relief=uniform(0,4)")
    code, out, err = cli(*drawn, "--plot", "tables.png")
    assert (code, err) == (0, "wrote tables.png\n")
    assert max(map(len, out.splitlines())) <= 80
    text = told(out)
    assert "Autos is the largest part of delta.canada in all of 60 draws." in text
    assert "Its value is -10.00 (5 to 95 %: -10.89 to -9.102) US$ million a year." in text
    assert "are in another order, or others, than at the point in none of 60 draws." in text
    code, out, _ = cli(*drawn, "--format", "json")
    found = json.loads(out)["over_draws"]
    values = np.array([each["by_draw"] for each in found["tables"]])
    assert values.shape == (3, 60)
    assert found["residual"] < 1e-12
    np.testing.assert_allclose(values[0], -5.0)
    assert np.quantile(values[1], [0.0, 1.0]) == pytest.approx([-11.0, -9.0], abs=0.05)
    assert found["tables"][1]["largest"] == 1.0


# --- the shipped model ----------------------------------------------------------------------------


def test_the_shipped_model_is_read_within_eighty_columns(cli: Run) -> None:
    code, out, err = cli("canada_us", "--by", "tables", "--draws", "0")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    text = told(out)
    assert "Canada is weakest at other: -1,123 (35%)" in text
    assert "The games of all 16 coalitions needed are solved and certified." in text
