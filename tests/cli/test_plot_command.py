"""`negotiation plot`: one picture of a model, or of the kept run of a sweep."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from negotiation.case import Case
from negotiation.catalogue import load_model
from negotiation.cli.plot import FIGURES
from negotiation.execution.folder import LEDGER
from negotiation.report.briefing import document
from negotiation.report.briefing.figures import kinds
from negotiation.report.figure import Figure
from negotiation.study.briefing import brief
from tests.docs.commands import do


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--kind", "leverag"], "is no picture of canada_us (did you mean 'leverage'?); choose"),
        ([], "--kind is missing"),
        (["--kind", "bands"], "choose --kind from answer, leverage, tables"),
        (["--kind", "tables", "--show", "deal"], "--show says what bands of a kept run show"),
        (["--kind", "tables", "-o", "picture.gif"], "drawn to .png, .svg or .pdf"),
        (["--kind", "tables", "--lever", "nothing"], "no parameter 'nothing'"),
    ],
)
def test_wrong_use_is_one_sentence(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = do(["plot", "canada_us", "--draws", "0", "-o", "picture.svg", *words])
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert done.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.full
def test_every_figure_of_a_report_has_its_kind() -> None:
    players = load_model("canada_us").players
    found = document(brief(Case("canada_us", draws=24)))
    names = [each.name for each in found.blocks if isinstance(each, Figure)]
    assert sorted(names) == sorted(kinds(players))
    assert set(FIGURES) <= set(names)


@pytest.mark.full
def test_a_picture_of_a_model_says_where_it_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "rates.svg"
    words = ["plot", "canada_us", "--draws", "0", "--kind", "duties-over-time", "-o", str(path)]
    done = do(words)
    assert (done.code, done.out, done.err) == (0, "", f"wrote {path}\n")
    text = " ".join(each.text or "" for each in ET.parse(path).getroot().iter())
    assert "Source: negotiation" in text
    assert "Long run" in text
    before = path.read_bytes()
    do(words)
    assert path.read_bytes() == before


@pytest.mark.parametrize("command", ["plot", "report"])
def test_a_run_whose_ledger_is_damaged_is_told_as_one(command: str, tmp_path: Path) -> None:
    (tmp_path / LEDGER).write_bytes(b"x" * 3000)
    ending = "svg" if command == "plot" else "html"
    done = do([command, str(tmp_path), "-o", str(tmp_path / f"result.{ending}")])
    assert done.code == 2
    assert f"{LEDGER} cannot be read" in done.err


def test_what_a_picture_lacks_may_be_draws(tmp_path: Path) -> None:
    words = ["plot", "tariff_standoff", "--draws", "0", "--kind", "assumptions-one-by-one"]
    done = do([*words, "-o", str(tmp_path / "picture.svg")])
    assert done.code == 2
    assert "because the model, or a report without draws, lacks what it shows" in done.err


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kept run of a sweep with draws."""
    folder = tmp_path_factory.mktemp("plot")
    vary = ("--vary", "diversification=0:0.4:3", "--draws", "24")
    place = folder / "run"
    done = do(["sweep", "canada_us", *vary, "--run", str(place), "-o", str(folder / "run.parquet")])
    assert done.code == 0, done.err
    return place


@pytest.mark.full
@pytest.mark.parametrize(
    "words", [[], ["--show", "loss.us"], ["--kind", "leverage"], ["--kind", "answer"]]
)
def test_a_kept_run_is_drawn(words: list[str], kept: Path, tmp_path: Path) -> None:
    path = tmp_path / "picture.svg"
    done = do(["plot", str(kept), *words, "-o", str(path)])
    assert done.code == 0, done.err
    assert done.err.startswith(f"wrote {path}")
    root = ET.parse(path).getroot()
    assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) > 5


@pytest.mark.full
def test_a_kept_run_has_its_own_settings(kept: Path, tmp_path: Path) -> None:
    path = tmp_path / "picture.svg"
    done = do(["plot", str(kept), "--set", "diversification=0.2", "-o", str(path)])
    assert done.code == 2
    assert "--set was given with a kept run" in done.err
    done = do(["plot", str(kept), "--show", "nothing", "-o", str(path)])
    assert done.code == 2
    assert "is nothing that a picture of canada_us shows" in done.err
