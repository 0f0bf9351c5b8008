"""What each command prints and writes: to be read, and to be loaded by machines."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import sysconfig
import xml.etree.ElementTree as ET
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import negotiation
from negotiation import load_model
from negotiation.cli import main
from negotiation.cli.console import run
from negotiation.study import sweep

Run = Callable[..., tuple[int, str, str]]

#: Commands that many tests read: a small grid of each shipped model.
PLAIN = ("sweep", "tariff_standoff", "--vary", "diversification=0.1:0.9:5")
CANADA = ("sweep", "canada_us", "--vary", "diversification=0:0.4:3", "--draws", "0")


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def process(*arguments: str, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments, capture_output=True, text=True, timeout=120, check=False, **kwargs
    )


# --- solve ----------------------------------------------------------------------------------------


def test_a_solution_as_json_has_what_is_documented(cli: Run) -> None:
    point = ("--set", "diversification=0.1", "--draws", "0")
    code, out, err = cli("solve", "canada_us", *point, "--format", "json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    model = load_model("canada_us")
    canada, us = model.actions
    profiles = {f"{a}/{b}" for a in canada for b in us}
    assert set(found["payoffs"]) == profiles
    assert all(set(each) == {"canada", "us"} for each in found["payoffs"].values())
    assert found["complete"] is True
    assert found["certified"] is True
    assert found["status"].startswith("certified")
    assert found["parameters"]["diversification"] == 0.1
    assert found["parameters"]["diversification.autos"] == 0.1, "inherited values are shown"
    assert set(found["parameters"]) == set(model.parameters())
    assert found["units"]["payoffs"] == "US$ million a year"
    assert found["provenance"]["negotiation_version"] == negotiation.__version__
    assert found["provenance"]["parameters"] == "diversification=0.1"

    assert found["equilibria"]
    for each in found["equilibria"]:
        assert set(each) >= {"profile", "strategies", "payoffs", "regret", "component", "complete"}
        assert set(each["payoffs"]) == {"canada", "us"}
        assert 0.0 <= each["regret"] <= 1e-9
        for player, actions in zip(("canada", "us"), (canada, us), strict=True):
            assert set(each["strategies"][player]) == set(actions)
            assert sum(each["strategies"][player].values()) == pytest.approx(1.0, abs=1e-12)
    selected = [each for each in found["equilibria"] if each["selected"]]
    assert [each["support"] for each in selected] == [found["selection"]["support"]]

    assert set(found["agreements"]) == {"nash", "kalai_smorodinsky", "egalitarian"}
    for each in found["agreements"].values():
        assert set(each) == {"payoffs", "disagreement", "concession", "surplus", "status"}
        assert each["disagreement"] == found["threat"]["payoffs"]
    assert found["threat"]["name"] == "in_force"
    told = {each["name"]: each["payoffs"] for each in found["situations"]}
    assert told == {
        "dispute": found["threat"]["payoffs"],
        "breakdown": selected[0]["payoffs"],
        "deal": found["agreements"]["nash"]["payoffs"],
    }
    _, out, _ = cli("solve", "canada_us", "--threat", "posture", "--quick", "--format", "json")
    posture = json.loads(out)
    (broken,) = posture["equilibria"]
    for each in posture["agreements"].values():
        assert each["disagreement"] == broken["payoffs"] == posture["threat"]["payoffs"]

    leverage = found["leverage"]
    assert set(leverage) == {
        "no_deal_loss",
        "net_concession",
        "net_concession_spread",
        "credibility",
        "asymmetry",
        "marginal",
    }
    nash = leverage["net_concession"]["nash"]
    assert nash["delta"] == found["agreements"]["nash"]["concession"]
    for player in ("canada", "us"):
        parts = nash["power_share"][player] - nash["exposure_share"][player]
        assert nash["ncl"][player] == pytest.approx(parts, rel=1e-9)
        spread = leverage["net_concession_spread"]["ncl"]
        assert spread["min"][player] <= nash["ncl"][player] <= spread["max"][player]
    levers = {name for name, spec in model.parameters().items() if spec.lever_of}
    assert set(leverage["marginal"]) == levers
    slope = leverage["marginal"]["diversification"]["from_the_right"]
    parts = slope["own_fallback"] + slope["their_fallback"] + slope["pie"]
    assert slope["per_unit"] == pytest.approx(parts, rel=1e-9)
    assert slope["per_percentage_point"] == pytest.approx(slope["per_unit"] / 100)

    assert set(found["outcomes"]) == profiles
    for each in found["outcomes"].values():
        assert set(each["welfare_pct"]) >= {"CAN", "USA", "ROW"}
        assert 0.0 < each["us_share_of_goods_exports"] < 1.0
        for name in ("auto_output_pct", "auto_price_pct", "tariff_revenue_change_usd_m"):
            assert set(each[name]) == {"canada", "us"}
    assert found["outcome_units"]["auto_output_pct.canada"] == "%"
    assert found["assumptions"]
    assert found["not_modelled"]


def test_a_solution_to_read_fits_the_terminal(cli: Run) -> None:
    code, out, err = cli("solve", "canada_us", "--draws", "0")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    for words in ("Without a deal", "Payoffs, US$ million a year", "stand_down", "escalate"):
        assert words in out
    for words in ("of the game, not the threat, all there are", "nash:", "NCL", "Horizon:"):
        assert words in out
    for words in ("Situations, US$ million a year", "the dispute as it is", "deal, Nash solution"):
        assert words in out
    code, out, _ = cli("solve", "canada_us", "--threat", "posture", "--quick")
    assert code == 0
    assert "1 equilibrium without a deal, all there are" in out


def test_a_solution_as_markdown_has_tables(cli: Run) -> None:
    code, out, _ = cli("solve", "tariff_standoff", "--format", "md")
    assert code == 0
    assert "|  | refrain | impose |" in out
    widths = {line.count("|") for line in out.splitlines() if line.startswith("|  |")}
    assert widths == {4}


def test_the_rule_chooses_the_threat(cli: Run) -> None:
    for rule in ("pareto", "best_for_exporter", "best_for_importer"):
        code, out, _ = cli("solve", "tariff_standoff", "--select", rule, "--format", "json")
        assert code == 0
        assert json.loads(out)["selection"]["rule"] == rule


@pytest.mark.parametrize("suffix", ["json", "md", "txt"])
def test_a_solution_in_a_file_is_what_would_be_printed(
    cli: Run, tmp_path: Path, suffix: str
) -> None:
    kind = {"txt": "table"}.get(suffix, suffix)
    _, printed, _ = cli("solve", "tariff_standoff", "--format", kind)
    code, out, err = cli("solve", "tariff_standoff", "-o", f"point.{suffix}")
    assert (code, out) == (0, "")
    assert err == f"wrote point.{suffix}\n"
    assert (tmp_path / f"point.{suffix}").read_text(encoding="utf-8") == printed
    assert [path.name for path in tmp_path.iterdir()] == [f"point.{suffix}"]


@pytest.mark.full
def test_a_dash_is_stdout(cli: Run, tmp_path: Path) -> None:
    for command in (("solve", "tariff_standoff"), PLAIN):
        assert cli(*command, "-o", "-") == cli(*command)
    assert not list(tmp_path.iterdir())


# --- sweep: tables to read ------------------------------------------------------------------------


@pytest.mark.full
def test_the_table_of_canada_fits_the_terminal_and_says_what_changes(cli: Run) -> None:
    code, out, err = cli(*CANADA, "--plot", "run.svg")
    assert (code, err) == (0, "wrote run.svg\n")
    assert max(map(len, out.splitlines())) <= 80
    table, _, reading = out.partition("\n\n")
    assert len(table.splitlines()) == 4 + 3  # three lines of headers, a rule, three points
    for words in ("diversification", "inside_", "payoff_", "delta_", "breakdown_", "share"):
        assert words in table
    assert "Nothing changes along the way." in reading
    assert "Every equilibrium in the table is certified" in " ".join(reading.split())
    assert load_model("canada_us").horizon in " ".join(reading.split())
    assert re.search(r"negotiation \S+, model canada_us [0-9a-f]{16}, defaults", reading)
    code, out, _ = cli("sweep", "canada_us", "--vary", "procurement=0.8:0.9:3", "--draws", "0")
    assert code == 0
    assert "What changes along the way:" in out
    assert "The no-deal payoff of the US changes sign at procurement = 0.85" in out


@pytest.mark.full
@pytest.mark.parametrize(
    "command",
    [
        ("models", "list"),
        ("models", "show", "canada_us"),
        ("models", "show", "tariff_standoff"),
        ("solve", "tariff_standoff"),
        PLAIN,
        ("sweep", "canada_us", "--vary", "diversification=0,0.2", "--draws", "60"),
        ("--help",),
        ("sweep", "--help"),
        ("solve", "--help"),
        ("models", "--help"),
    ],
    ids=" ".join,
)
def test_everything_to_read_fits_eighty_columns(cli: Run, command: tuple[str, ...]) -> None:
    code, out, _ = cli(*command)
    assert code == 0
    # A path is as long as it is, and is not broken: whoever copies it needs it in one piece.
    checkout = str(Path(negotiation.__file__).parent.parent)
    wide = [line for line in out.splitlines() if len(line) > 80 and checkout not in line]
    assert not wide, f"{max(map(len, wide))} columns"


def test_a_sweep_as_markdown_is_a_table_and_a_list(cli: Run) -> None:
    code, out, _ = cli(*PLAIN, "--format", "md")
    assert code == 0
    lines = out.splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 2 + 5
    assert len({line.count("|") for line in table}) == 1
    assert any(line.startswith("- The equilibrium changes at") for line in lines)


# --- sweep: tables to load ------------------------------------------------------------------------


def read_csv(path: Path) -> pd.DataFrame:
    """Every cell as text: pandas' own reader may lose the last digit."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def beside(path: Path) -> dict[str, str]:
    """Where the rows of a CSV file come from, of the file beside it."""
    told = json.loads(path.with_name(f"{path.name}-metadata.json").read_text(encoding="utf-8"))
    assert told["url"] == path.name
    assert told["schema:sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    frame = read_csv(path)
    assert [each["titles"] for each in told["tableSchema"]["columns"]] == frame.columns.tolist()
    assert told["schema:numberOfItems"] == len(frame)
    return {each["schema:name"]: each["schema:value"] for each in told["schema:additionalProperty"]}


def test_a_csv_has_a_column_for_every_result(cli: Run, tmp_path: Path) -> None:
    code, out, err = cli(
        "sweep", "canada_us",
        "--vary", "diversification=0,0.3", "--vary", "elasticities=low,central",
        "--set", "procurement=0.05", "--draws", "0",
        "-o", "run.csv",
    )  # fmt: skip
    assert (code, out) == (0, "")
    assert "wrote run.csv: 4 rows" in err
    frame = pd.read_csv(tmp_path / "run.csv")
    assert len(frame) == 4
    expected = {"diversification", "elasticities", "equilibrium", "equilibria", "status"}
    expected |= {"asymmetry", "asymmetry_status", "us_share_of_goods_exports", "regret"}
    for player in ("canada", "us"):
        expected |= {f"auto_price_pct_{player}", f"auto_output_pct_{player}"}
        for name in ("payoff", "delta", "ncl"):
            expected |= {f"{name}_{player}{end}" for end in ("", "_min", "_max")}
    assert expected <= set(frame.columns)
    assert frame["status"].str.startswith("certified").all()
    made = beside(tmp_path / "run.csv")
    assert made.keys() >= {"negotiation_version", "model", "model_digest", "parameters", "horizon"}
    assert made["parameters"] == "procurement=0.05"
    assert not made.keys() & set(frame.columns), "what is the same for all rows stands once"
    assert frame["diversification"].tolist() == [0.0, 0.0, 0.3, 0.3]
    assert frame["elasticities"].tolist() == ["low", "central"] * 2
    for column in expected - {"asymmetry"}:
        assert frame[column].notna().all(), column


@pytest.fixture(scope="module")
def plane() -> xr.Dataset:
    return sweep("tariff_standoff", ["diversification=0.1:0.9:4", "tariff=0.1,0.4"])


PLANE = (
    "sweep",
    "tariff_standoff",
    "--vary",
    "diversification=0.1:0.9:4",
    "--vary",
    "tariff=0.1,0.4",
)


def same_rows(frame: pd.DataFrame, data: xr.Dataset) -> None:
    """A table holds exactly the dataset: every number to the last digit, every word."""
    flat = data.to_dataframe().reset_index()
    assert len(frame) == len(flat)
    for name in flat.columns:
        given, expected = frame[name].to_numpy(), flat[name].to_numpy()
        if expected.dtype.kind in "fi":
            numbers = np.array([float(cell) if cell != "" else np.nan for cell in given])
            np.testing.assert_array_equal(numbers, expected, err_msg=name)
        else:
            assert ["" if pd.isna(word) else word for word in given] == expected.tolist(), name


def test_a_csv_on_stdout_and_in_a_file_hold_every_digit(
    cli: Run, tmp_path: Path, plane: xr.Dataset
) -> None:
    code, out, err = cli(*PLANE, "--format", "csv")
    assert (code, err) == (0, "")
    cli(*PLANE, "-o", "run.csv")
    same_rows(read_csv(tmp_path / "run.csv"), plane)
    assert beside(tmp_path / "run.csv") == plane.attrs
    # Nothing stands beside what is printed: there every row says where it comes from.
    (tmp_path / "printed.csv").write_text(out, encoding="utf-8")
    printed = read_csv(tmp_path / "printed.csv")
    same_rows(printed, plane)
    for name, value in plane.attrs.items():
        assert (printed[name] == value).all()


def test_json_on_stdout_and_in_a_file_hold_every_digit(
    cli: Run, tmp_path: Path, plane: xr.Dataset
) -> None:
    code, out, err = cli(*PLANE, "--format", "json")
    assert (code, err) == (0, "")
    cli(*PLANE, "-o", "run.json")
    assert (tmp_path / "run.json").read_text(encoding="utf-8") == out
    found = json.loads(out)
    assert set(found) == {"provenance", "units", "regimes", "rows"}
    assert found["provenance"] == plane.attrs
    assert found["units"]["payoff_exporter"] == "bn USD a year"
    assert found["units"]["tariff"] == "ad valorem rate"
    frame = pd.DataFrame(found["rows"])
    same_rows(frame.replace({None: np.nan}), plane)
    for event in found["regimes"]:
        assert set(event) >= {
            "kind", "parameter", "value", "before", "after", "sentence", "within",
        }  # fmt: skip
        assert event["parameter"] == "diversification"


def test_parquet_holds_every_digit(cli: Run, tmp_path: Path, plane: xr.Dataset) -> None:
    assert cli(*PLANE, "-o", "run.parquet")[0] == 0
    frame = pd.read_parquet(tmp_path / "run.parquet")
    same_rows(frame, plane)
    assert frame.attrs == plane.attrs
    assert not plane.attrs.keys() & set(frame.columns)


def test_netcdf_is_the_dataset(cli: Run, tmp_path: Path, plane: xr.Dataset) -> None:
    assert cli(*PLANE, "-o", "run.nc")[0] == 0
    with xr.open_dataset(tmp_path / "run.nc", engine="scipy") as back:
        assert dict(back.sizes) == dict(plane.sizes)
        assert back.attrs == plane.attrs
        for name in plane.variables:
            assert back[name].dims == plane[name].dims
            np.testing.assert_array_equal(back[name].values, plane[name].values, err_msg=str(name))
            assert back[name].attrs.get("units", "") == plane[name].attrs.get("units", "")


@pytest.mark.parametrize("suffix", ["md", "txt"])
def test_readings_in_files_are_what_would_be_printed(cli: Run, tmp_path: Path, suffix: str) -> None:
    _, printed, _ = cli(*PLAIN, "--format", "table" if suffix == "txt" else suffix)
    code, out, _ = cli(*PLAIN, "-o", f"run.{suffix}")
    assert (code, out) == (0, "")
    assert (tmp_path / f"run.{suffix}").read_text(encoding="utf-8") == printed


def test_a_format_that_contradicts_the_suffix_is_kept_or_refused(cli: Run, tmp_path: Path) -> None:
    code, _, _ = cli(*PLAIN, "--format", "json", "-o", "run.csv")
    if code == 0:
        json.loads((tmp_path / "run.csv").read_text(encoding="utf-8"))
    else:
        assert code == 2
        assert not list(tmp_path.iterdir())


def test_writing_again_replaces_the_whole_file(cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_text("x" * 1_000_000, encoding="utf-8")
    assert cli(*PLAIN, "-o", "run.csv")[0] == 0
    assert len(read_csv(path)) == 5
    assert {each.name for each in tmp_path.iterdir()} == {"run.csv", "run.csv-metadata.json"}


@pytest.mark.full
def test_stdout_is_data_and_stderr_the_rest(cli: Run) -> None:
    code, out, err = cli(*PLAIN, "--format", "csv", "--plot", "run.png")
    assert code == 0
    assert out.startswith("diversification,")
    assert err == "wrote run.png\n"


# --- plots ----------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize(
    "command",
    [PLANE, ("sweep", "tariff_standoff", "--vary", "diversification=0.9:0.1:4")],
    ids=["family", "descending"],
)
def test_a_plot_as_svg(cli: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    code, _, err = cli(*command, "--plot", "run.svg")
    assert (code, err) == (0, "wrote run.svg\n")
    root = ET.parse(tmp_path / "run.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) > 10
    assert [path.name for path in tmp_path.iterdir()] == ["run.svg"]


def test_a_plot_as_png(cli: Run, tmp_path: Path) -> None:
    code, _, err = cli(*PLAIN, "--plot", "run.png", "-o", "run.csv")
    assert code == 0
    assert "wrote run.png" in err
    data = (tmp_path / "run.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert data[-8:-4] == b"IEND"
    assert len(data) > 10_000
    files = {"run.png", "run.csv", "run.csv-metadata.json"}
    assert {path.name for path in tmp_path.iterdir()} == files


MOODS = """
from dataclasses import dataclass
from negotiation import Model, parameter

@dataclass(frozen=True)
class Moods(Model):
    a: float = parameter(0.5, low=0, high=1, unit="units", source="test")
    mood: str = parameter("calm", choices=("calm", "cross"), unit="mood", source="test")
    players = ("x", "y")
    actions = (("l", "r"), ("t", "b"))

    def payoffs(self):
        own = self.a * (2.0 if self.mood == "calm" else -1.0)
        return {("l", "t"): (own, 1.0), ("l", "b"): (own, 0.0),
                ("r", "t"): (0.0, 1.0), ("r", "b"): (0.0, 0.0)}
"""


@pytest.mark.full
def test_a_plot_of_words_and_numbers_is_a_family(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "moods.py").write_text(MOODS, encoding="utf-8")
    vary = ("--vary", "mood=calm,cross", "--vary", "a=0.1:0.9:3")
    code, _, _ = cli("sweep", str(tmp_path / "moods.py"), *vary, "--plot", "run.svg")
    assert code == 0
    ET.parse(tmp_path / "run.svg")
    text = (tmp_path / "run.svg").read_text(encoding="utf-8")
    for word in ("mood", "calm", "cross"):  # matplotlib draws letters, and says which
        assert f"<!-- {word} -->" in text


def test_a_model_that_was_edited_is_read_again(cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "moods.py"
    for factor in (2.0, 4.0):
        path.write_text(MOODS.replace("2.0", f"{factor}"), encoding="utf-8")
        code, out, _ = cli("solve", str(path), "--format", "json")
        assert code == 0
        assert json.loads(out)["payoffs"]["l/t"]["x"] == 0.5 * factor


def test_words_that_look_like_numbers_stay_words(cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "moods.py"
    path.write_text(MOODS.replace("calm", "2025").replace("cross", "2030"), encoding="utf-8")
    code, out, err = cli("solve", str(path), "--set", "mood=2030", "--format", "json")
    assert code == 0, err
    assert json.loads(out)["parameters"]["mood"] == "2030"
    code, out, err = cli("sweep", str(path), "--vary", "mood=2025,2030", "--format", "json")
    assert code == 0, err
    assert [row["mood"] for row in json.loads(out)["rows"]] == ["2025", "2030"]


# --- dry runs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["csv", "nc"])
def test_a_dry_run_tells_points_time_and_size_and_writes_nothing(
    cli: Run, tmp_path: Path, suffix: str
) -> None:
    command = (
        "sweep", "tariff_standoff",
        "--vary", "diversification=0.05:0.95:80", "--vary", "damage=5,6",
    )  # fmt: skip
    code, out, err = cli(*command, "--dry-run", "-o", f"run.{suffix}", "--plot", "run.png")
    assert (code, err) == (0, "")
    told = re.fullmatch(
        r"160 points \(80 diversification x 2 damage\), about [\d.]+ (s|min|h), "
        rf"[\d.]+ (?:MB|GB) of memory and ([\d.]+) (B|kB|MB|GB) as \.{suffix}; "
        r"nothing was written\n",
        out,
    )
    assert told, out
    assert not list(tmp_path.iterdir())
    assert cli(*command, "-o", f"run.{suffix}")[0] == 0
    size = float(told[2]) * {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}[told[3]]
    assert 0.5 <= size / (tmp_path / f"run.{suffix}").stat().st_size <= 2.0


@pytest.mark.parametrize(
    "extra",
    [("--select", "nonsense"), ("--set", "diversification=0.5"), ("--set", "tarif=0.5")],
    ids=" ".join,
)
def test_a_dry_run_refuses_what_the_run_would_refuse(cli: Run, extra: tuple[str, ...]) -> None:
    assert cli(*PLAIN, *extra)[0] == 2
    assert cli(*PLAIN, *extra, "--dry-run")[0] == 2


# --- models ---------------------------------------------------------------------------------------


def test_models_are_listed(cli: Run) -> None:
    code, out, err = cli("models", "list")
    assert (code, err) == (0, "")
    for name in ("canada_us", "tariff_standoff"):
        assert name in out
    code, out, _ = cli("models", "list", "--format", "json")
    listed = json.loads(out)
    assert [set(each) for each in listed] == [{"name", "about", "path"}] * len(listed)
    assert {"canada_us", "tariff_standoff"} <= {each["name"] for each in listed}
    assert all(Path(each["path"]).is_file() for each in listed)


def test_a_model_is_shown(cli: Run) -> None:
    code, out, _ = cli("models", "show", "canada_us")
    assert code == 0
    words = " ".join(out.split())
    model = load_model("canada_us")
    for name, spec in model.parameters().items():
        assert f" {name} = " in words
        assert spec.unit in words
    for word in (*model.actions[0], *model.actions[1], "Assumed", "Not modelled", model.horizon):
        assert word in words


def test_a_model_is_shown_as_json(cli: Run) -> None:
    code, out, _ = cli("models", "show", "canada_us", "--format", "json")
    assert code == 0
    shown = json.loads(out)
    model = load_model("canada_us")
    assert shown["name"] == "canada_us"
    assert shown["players"] == ["canada", "us"]
    assert shown["actions"] == {"canada": list(model.actions[0]), "us": list(model.actions[1])}
    assert [each["name"] for each in shown["parameters"]] == list(model.parameters())
    for each in shown["parameters"]:
        assert each["unit"]
        assert each["source"]
        assert each["range"]
    assert shown["assumptions"]
    assert shown["not_modelled"]
    assert re.fullmatch(r"[0-9a-f]{16}", shown["digest"])


def test_a_model_that_keeps_the_contract(cli: Run) -> None:
    code, out, err = cli("models", "check", "tariff_standoff")
    assert (code, out) == (0, "")
    assert re.fullmatch(r"tariff_standoff: \d+ clauses hold, 0 broken\n", err)


@pytest.mark.parametrize("name", ["my_talks", "talks", "model", "parameter", "agreement_set"])
def test_a_new_model_is_ready_to_use(cli: Run, tmp_path: Path, name: str) -> None:
    code, out, err = cli("models", "new", name)
    assert (code, out) == (0, "")
    path = tmp_path / f"{name}.py"
    assert err.startswith(f"wrote {name}.py")
    assert [each.name for each in tmp_path.iterdir()] == [f"{name}.py"]
    assert cli("models", "check", str(path))[0] == 0, cli("models", "check", str(path))[1]
    code, out, _ = cli("solve", str(path), "--format", "json")
    assert code == 0
    assert json.loads(out)["provenance"]["model"] == name
    before = path.read_bytes()
    code, _, err = cli("models", "new", name)
    assert code == 2
    assert "exists already" in err
    assert path.read_bytes() == before


def test_a_model_in_a_folder_is_found_by_its_path(cli: Run, tmp_path: Path) -> None:
    cli("models", "new", "standoff")
    folder = tmp_path / "talks_2026"
    folder.mkdir()
    (tmp_path / "standoff.py").rename(folder / "model.py")
    for path in (folder, folder / "model.py"):
        code, out, _ = cli("solve", str(path), "--format", "json")
        assert code == 0
        assert path.name == "model.py" or json.loads(out)["provenance"]["model"] == folder.name


# --- the command itself ---------------------------------------------------------------------------


def test_the_command_and_the_module_are_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (script,) = entry_points(group="console_scripts", name="negotiation")
    assert script.load() is main
    monkeypatch.chdir(tmp_path)  # `-m` would prefer a checkout it stands in to what is installed
    module = process(sys.executable, "-m", "negotiation", "models", "list", "--format", "json")
    assert (module.returncode, module.stderr) == (0, "")
    assert json.loads(module.stdout)
    command = Path(sysconfig.get_path("scripts")) / "negotiation"
    if command.exists():
        installed = process(str(command), "models", "list", "--format", "json")
        assert installed.stdout == module.stdout
        assert (installed.returncode, installed.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["--version"], ["models", "list"], ["slove"]], ids=" ".join)
def test_main_leaves_with_the_exit_code(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert leaving.value.code == (2 if arguments == ["slove"] else 0)
    if arguments == ["--version"]:
        assert capsys.readouterr().out == f"negotiation {negotiation.__version__}\n"


def test_help_names_every_command_and_option(cli: Run) -> None:
    code, out, _ = cli("--help")
    assert code == 0
    for command in ("solve", "sweep", "models"):
        assert re.search(rf"^  {command} ", out, re.MULTILINE)
    code, out, _ = cli("sweep", "--help")
    for option in ("--vary", "--set", "--format", "--output", "--plot", "--select", "--dry-run"):
        assert option in out
    assert cli("solve", "-h")[1].startswith("Usage: negotiation solve")


@pytest.mark.full
def test_progress_is_shown_on_a_terminal_only(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli(*PLAIN)[2] == ""
    _, plain, _ = cli(*PLAIN)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(load_model("tariff_standoff"), "chunk", 2)
    code, out, err = cli(*PLAIN)
    assert code == 0
    assert out == plain, "progress must not reach the data"
    assert "sweep tariff_standoff [" in err
    assert "2/5" in err
    assert not err.split("\r")[-1].strip(), "the line is taken away at the end"


@pytest.mark.full
def test_one_thread_is_asked_of_linear_algebra() -> None:
    script = (
        "import os\n"
        "from negotiation.cli import main\n"
        "try:\n"
        "    main(['--version'])\n"
        "finally:\n"
        "    print(os.environ['OPENBLAS_NUM_THREADS'], os.environ['OMP_NUM_THREADS'])\n"
    )
    free = {name: value for name, value in os.environ.items() if "THREADS" not in name}
    assert process(sys.executable, "-c", script, env=free).stdout.split()[-2:] == ["1", "1"]
    kept = process(sys.executable, "-c", script, env={**free, "OMP_NUM_THREADS": "3"})
    assert kept.stdout.split()[-2:] == ["1", "3"], "what the user has set stays"
