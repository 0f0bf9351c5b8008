"""The examples of docs/extending.md, run from the page: each appears where the page says."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import negotiation
from negotiation import Case, evaluate
from negotiation.catalogue import load_extension
from negotiation.registry import restored
from tests.docs.commands import Done, checkout, do
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "extending.md"

#: Every example of the page by the name of its file.
EXAMPLES = {
    name[1]: block.text
    for block in blocks(PAGE)
    if block.language == "python"
    if (name := re.search(r"`(my_\w+\.py)`", block.before))
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    checkout(tmp_path)
    write_examples(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_examples(folder: Path) -> None:
    """Write the files of the page, as it tells the reader to."""
    for name, text in EXAMPLES.items():
        (folder / name).write_text(text, encoding="utf-8")


def run(what: str, *arguments: str) -> Done:
    done = do(["--load", f"my_{what}.py", *arguments])
    assert done.code == 0, done.err
    return done


def solved(what: str, *arguments: str) -> Any:
    return json.loads(run(what, "solve", "tariff_standoff", *arguments, "--format", "json").out)


def swept(what: str, *arguments: str) -> list[dict[str, str]]:
    line = ("sweep", "tariff_standoff", "--vary", "tariff=0.2:0.6:3", "--format", "csv")
    return list(csv.DictReader(io.StringIO(run(what, *line, *arguments).out)))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_short(name: str) -> None:
    assert len(EXAMPLES[name].splitlines()) <= 25


def test_every_kind_has_an_example() -> None:
    kinds = ("score", "rule", "concept", "threat", "signal", "format")
    assert set(EXAMPLES) == {f"my_{kind}.py" for kind in kinds}


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - {"my_format.py"}))
def test_what_was_loaded_is_in_the_provenance(name: str) -> None:
    what = name.removeprefix("my_").removesuffix(".py")
    made = solved(what)["provenance"]["extensions"]
    assert re.search(r"\([0-9a-f]{16}\)", made)
    assert swept(what)[0]["extensions"] == made
    with restored():
        pass
    assert "extensions" not in json.loads(do(["solve", "tariff_standoff", "--format", "json"]).out)


# --- a score --------------------------------------------------------------------------------------


def test_a_score_is_a_row_of_solve_and_a_key_of_json() -> None:
    text = run("score", "solve", "tariff_standoff").out
    assert re.search(r"^at_risk +\+\d\.\d+ +-0\.\d+ +share of the surplus$", text, re.MULTILINE)
    record = solved("score")
    found = record["scores"]["at_risk"]
    loss = record["leverage"]["no_deal_loss"]
    for player, value in found["values"].items():
        assert value == pytest.approx(loss[player] / record["agreements"]["nash"]["surplus"])
    assert (found["unit"], found["about"]) == (
        "share of the surplus",
        "no-deal loss over the surplus",
    )
    assert "at_risk" in run("score", "solve", "tariff_standoff", "--format", "md").out


def test_a_score_is_a_column_for_each_player() -> None:
    load_extension("my_score.py")
    for row in swept("score"):
        point = evaluate(Case("tariff_standoff", {"tariff": row["tariff"]}))
        values = point.scores["at_risk"].values
        written = [float(row[f"at_risk_{player}"]) for player in point.game.players]
        assert np.allclose(values, written)
    data = negotiation.study.sweep("tariff_standoff", "tariff=0.2:0.6:3")
    assert data["at_risk_exporter"].attrs["units"] == "share of the surplus"


def test_a_score_is_a_target() -> None:
    line = ("threshold", "tariff_standoff", "--target", "at_risk.exporter=1.25")
    record = json.loads(run("score", *line, "--format", "json").out)
    assert "at_risk" in json.dumps(record)
    load_extension("my_score.py")
    found = negotiation.regimes.reach("tariff_standoff", "at_risk.exporter=1.25")
    way = next(each for each in found.ways if each.parameter == "tariff")
    there = evaluate(Case("tariff_standoff", {"tariff": way.value}))
    assert there.scores["at_risk"].values[0] == pytest.approx(1.25, abs=1e-6)


# --- a rule, a concept, a threat point ------------------------------------------------------------


def test_a_rule_chooses_among_equilibria() -> None:
    line = ("game", "docs/examples/talks.nfg", "--select", "most_alike", "--format", "json")
    every = json.loads(run("rule", *line).out)["equilibria"]
    chosen = [each["payoffs"] for each in every if each["selected"]]
    assert len(every) == 3
    assert chosen == [pytest.approx([2 / 3, 2 / 3])]


def test_a_rule_is_told_in_solve_sweep_and_json() -> None:
    asked = ("--select", "most_alike")
    assert "(rule: most_alike)" in " ".join(
        run("rule", "solve", "tariff_standoff", *asked).out.split()
    )
    assert solved("rule", *asked)["selection"]["rule"] == "most_alike"
    assert all("most_alike" in row["threat_point"] for row in swept("rule", *asked))


def test_a_concept_makes_the_deal() -> None:
    asked = ("--concept", "equal_loss")
    text = run("concept", "solve", "tariff_standoff", *asked).out
    assert re.search(r"^  equal_loss: exporter", text, re.MULTILINE)
    record = solved("concept", *asked)
    deal, d = (record["agreements"]["equal_loss"][each] for each in ("payoffs", "disagreement"))
    gains = [deal[player] - d[player] for player in deal]
    assert gains[0] == pytest.approx(gains[1])  # money: both fall short of the same best
    assert record["provenance"]["concept"].startswith("equal_loss")
    assert all(row["concept"].startswith("equal_loss") for row in swept("concept", *asked))


def test_a_threat_point_is_where_talks_end() -> None:
    asked = ("--threat", "truce")
    text = " ".join(run("threat", "solve", "tariff_standoff", *asked).out.split())
    assert "Threat point: a truce, half-way between the status quo and the game" in text
    record = solved("threat", *asked)
    selected = next(each for each in record["equilibria"] if each["selected"])["payoffs"]
    halved = {player: 0.5 * value for player, value in selected.items()}
    assert record["threat"]["payoffs"] == pytest.approx(halved)
    for row in swept("threat", *asked):
        assert float(row["gain_exporter"]) == pytest.approx(0.5 * float(row["payoff_exporter"]))
    assert "truce" in run("threat", "models", "show", "tariff_standoff").out


# --- a signal, a format ---------------------------------------------------------------------------


def test_a_signal_is_a_column_and_an_event_of_a_sweep() -> None:
    for row in swept("signal"):
        assert float(row["limit_exporter"]) == pytest.approx(-float(row["gain_exporter"]) - 15.0)
    text = run("signal", "sweep", "tariff_standoff", "--vary", "tariff=0.1:0.6:5").out
    told = " ".join(text.split())
    assert "tariff = 0.257143: below it the exporter can bear the loss without a deal" in told


def test_a_signal_is_a_row_of_solve_and_a_key_of_json() -> None:
    record = solved("signal")
    assert [(each["name"], each["side"]) for each in record["signals"]] == [
        ("limit", "exporter"),
        ("limit", "importer"),
    ]
    for each in record["signals"]:
        loss = record["leverage"]["no_deal_loss"][each["side"]]
        assert each["value"] == pytest.approx(loss - 15.0)
        assert each["regime"] == f"the {each['side']} can bear the loss without a deal"
    exporter, _ = solved("signal", "--set", "tariff=0.5")["signals"]
    assert exporter["value"] > 0.0
    assert exporter["regime"] == "the exporter loses more than it can bear without a deal"
    text = run("signal", "solve", "tariff_standoff").out
    assert re.search(r"^limit +exporter +[+-]\d", text, re.MULTILINE)
    assert "Signals added" in text


def test_without_a_signal_of_ones_own_solve_tells_of_none() -> None:
    assert "signals" not in json.loads(do(["solve", "tariff_standoff", "--format", "json"]).out)
    assert "Signals added" not in do(["solve", "tariff_standoff"]).out


def test_a_signal_is_a_threshold() -> None:
    line = ("threshold", "tariff_standoff", "--vary", "tariff=0.1:0.6", "--format", "json")
    found = json.dumps(json.loads(run("signal", *line).out))
    assert "the exporter loses more than it can bear without a deal" in found


def test_a_format_is_written_by_every_study() -> None:
    lines = (("solve",), ("sweep", "--vary", "tariff=0.1:0.5:3"))
    for study, *more in lines:
        run("format", study, "tariff_standoff", *more, "-o", f"{study}.tsv")
    assert "accept\t0 / 0\t" in Path("solve.tsv").read_text(encoding="utf-8")
    head, *rows = Path("sweep.tsv").read_text(encoding="utf-8").strip().splitlines()[-4:]
    assert head.startswith("tariff\tequilibrium")
    assert [float(row.split("\t")[0]) for row in rows] == [0.1, 0.3, 0.5]
