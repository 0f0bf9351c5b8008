"""`negotiation sweep` where something is uncertain: tables, files, pictures and what is refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from negotiation.cli.console import run

LINE = ["sweep", "tariff_standoff", "--vary", "diversification=0.1:0.9:5"]
PRIOR = ["--prior", "damage=uniform(2,20)"]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_prior_makes_a_sweep_tell_ranges(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*LINE, *PRIOR]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "medians of 400 draws (5 to 95%)" in told
    assert "What is drawn: damage; 400 draws by latin hypercube, seed 0." in told


def test_no_draws_is_the_table_of_the_point_alone(capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for more in ([], ["--draws", "0"], [*PRIOR, "--draws", "0"]):
        assert run([*LINE, *more]) == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1] == told[2]
    assert "draws" not in told[0]


def test_what_varies_is_not_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    line = ["sweep", "tariff_standoff", "--vary", "damage=2:20:3", *PRIOR]
    assert run(line) == 0
    assert "draws" not in capsys.readouterr().out


def test_rows_draws_and_picture_are_written_together(capsys: pytest.CaptureFixture[str]) -> None:
    files = [
        "-o",
        "run.csv",
        "--all-draws",
        "all.csv",
        "--plot",
        "run.svg",
        "--show",
        "deal,chances",
    ]
    assert run([*LINE, *PRIOR, "--draws", "60", *files]) == 0
    rows, draws = pd.read_csv("run.csv"), pd.read_csv("all.csv")
    assert len(draws) == 300
    assert {"diversification", "regime", "share_of_draws", "p_loss_importer"} <= set(rows)
    assert "wrote all.csv: 300 rows" in capsys.readouterr().err
    assert "What a deal gives the exporter" in Path("run.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--show", "profit", "--plot", "a.png"], "choose from deal.exporter"),
        (["--all-draws", "all.md"], "all draws are written as .csv, .parquet or .nc"),
        (["--draws", "0", "--show", "deal"], "--show is for sweeps with draws"),
        (["--vary", "tariff=0.1,0.2,0.3,0.4", "--plot", "a.png"], "at most 3 columns"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(
    more: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*LINE, *PRIOR, *more]) == 2
    assert says in " ".join(capsys.readouterr().err.split())
    assert not list(Path().iterdir())
