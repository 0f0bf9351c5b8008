"""Every study takes the options of a case alike, and they matter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer

from negotiation import Case, evaluate
from negotiation.cli.app import app
from negotiation.errors import ExitCode
from tests.docs.commands import do

MODEL = "canada_us"

#: Studies of a model, each with what it cannot do without.
STUDIES: dict[str, list[str]] = {
    "solve": ["--quick"],
    "explain": ["delta.canada"],
    "sweep": ["--vary", "diversification=0.1,0.2", "--draws", "0"],
    "threshold": ["--vary", "diversification=0.1:0.2", "--draws", "4"],
    "map": [
        "--vary",
        "diversification=0:0.3",
        "--vary",
        "us_escalation_cost=0:9000",
        "--points",
        "5",
    ],
    "attribute": ["--by", "tables", "--draws", "4"],
    "package": ["--draws", "4"],
    "credibility": ["--draws", "4"],
    "revealed": ["--observed", "counter,keep"],
    "audit": [],
    "sensitivity": ["--of", "loss.us", "--draws", "16", "--fix", "elasticities"],
    "probability": [
        "--when",
        "the US loses without a deal",
        "--draws",
        "8",
        "--fix",
        "elasticities",
    ],
    "scenarios": ["--when", "us plays escalate", "--draws", "100", "--fix", "elasticities"],
    "robust": ["--vary", "diversification=0,0.2", "--draws", "8", "--fix", "elasticities"],
}
#: Those of them that are quick.
QUICK = ("solve", "explain", "sweep", "attribute", "package", "credibility", "revealed")

OPTIONS = (
    *("--set", "--threat", "--select", "--postures", "--duties", "--concept"),
    *("--format", "--output", "--quiet"),
)
AUTOS = "us_on_canada_threat_autos_2027-01-01"


def options(word: str) -> dict[str, Any]:
    command: Any = typer.main.get_command(app)
    return {
        name: (option.metavar, option.help)
        for option in command.commands[word].params
        for name in option.opts
        if name.startswith("--")
    }


@pytest.mark.parametrize("word", STUDIES)
def test_every_study_has_the_same_options_with_the_same_help(word: str) -> None:
    mine, usual = options(word), options("solve")
    for option in OPTIONS:
        assert option in mine
        if option not in ("--format", "--output"):  # these say what the command can write
            assert mine[option] == usual[option]


def test_a_posture_without_duties_is_refused_with_those_that_have_some() -> None:
    done = do(["solve", "canada_us", "--duties", "canada.keep=own.csv"])
    assert done.code == ExitCode.WRONG_USE
    assert (
        "expected duties.us.keep, duties.us.escalate, duties.canada.counter or "
        "duties.canada.retaliate" in done.err
    )


@pytest.mark.parametrize("word", STUDIES)
@pytest.mark.parametrize(
    ("option", "told"),
    [
        (["--threat", "disputte"], "has no threat point 'disputte' (did you mean 'dispute'?)"),
        (["--select", "paretto"], "'paretto'"),
        (["--concept", "nahs"], "bargaining concept 'nahs' is unknown (did you mean 'nash'?)"),
        (["--set", "nothing=1"], "has no parameter 'nothing'"),
        (["--postures", "exporttax"], "did you mean 'export_tax'"),
        (["--duties", "us.keep"], "gives no posture its duties"),
        (["--duties", "us.kep=x.csv"], "did you mean 'duties.us.keep'"),
        (["--format", "word"], "format 'word' is unknown"),
        (["-o", "x.word"], "x.word"),
    ],
)
def test_what_is_unknown_is_refused_alike(word: str, option: list[str], told: str) -> None:
    done = do([word, MODEL, *STUDIES[word], *option])
    assert done.code == ExitCode.WRONG_USE
    assert told in done.err
    assert len(done.err.strip().split("\n")) == 1
    assert not done.out


@pytest.mark.parametrize("word", QUICK)
def test_provenance_names_the_case(word: str) -> None:
    how = ["--threat", "dispute", "--select", "welfare", "--concept", "egalitarian"]
    done = do(
        [word, MODEL, *STUDIES[word], *how, "--set", "us_escalation_cost=100", "--format", "json"]
    )
    assert done.code == ExitCode.DONE, done.err
    made = json.loads(done.out)["provenance"]
    assert made["concept"].startswith("egalitarian")
    assert made["threat_point"].startswith("the dispute goes on")
    assert "(rule: welfare)" in made["threat_point"]
    assert "us_escalation_cost=100" in made["parameters"]


@pytest.mark.parametrize("threat", ["posture", "dispute", "status_quo", "in_force"])
def test_a_sweep_equals_solve_at_its_points(threat: str) -> None:
    done = do(["sweep", MODEL, *STUDIES["sweep"], "--threat", threat, "--format", "json"])
    rows = json.loads(done.out)["rows"]
    for row, x in zip(rows, (0.1, 0.2), strict=True):
        outcome = evaluate(Case(MODEL, {"diversification": x}, threat=threat))
        assert outcome.leverage is not None
        deal = float("nan") if row["delta_canada"] is None else row["delta_canada"]
        assert deal == pytest.approx(outcome.concession.delta[0], rel=1e-9, nan_ok=True)
        assert row["gain_us"] == pytest.approx(-outcome.leverage.loss[1], rel=1e-9)


@pytest.mark.full
def test_thresholds_and_maps_are_of_the_threat() -> None:
    for word in ("threshold", "map"):
        told = [
            do([word, MODEL, *STUDIES[word], "--threat", threat]).out
            for threat in ("posture", "in_force")
        ]
        assert told[0] != told[1]


@pytest.mark.full
def test_credibility_and_audit_take_a_threat() -> None:
    usual, other = (
        json.loads(do(["audit", MODEL, "--threat", threat, "--format", "json"]).out)
        for threat in ("posture", "dispute")
    )
    assert usual["provenance"]["threat_point"] != other["provenance"]["threat_point"]
    sizes = [
        next(each for each in told["findings"] if each["key"] == "concept")["details"]["delta"]
        for told in (usual, other)
    ]
    for threat, told in zip(("posture", "dispute"), sizes, strict=True):
        outcome = evaluate(Case(MODEL, threat=threat))
        assert told["nash"] == pytest.approx(float(outcome.agreement.concession[0]))


@pytest.mark.parametrize("word", ["sweep", "threshold", "map", "attribute", "audit"])
def test_a_threat_of_one_point_is_refused_in_a_sentence(word: str) -> None:
    done = do([word, MODEL, *STUDIES[word], "--threat", "tariff_war"])
    assert done.code == ExitCode.WRONG_USE
    assert "threat point tariff_war" in done.err
    assert len(done.err.strip().split("\n")) == 1


@pytest.mark.parametrize("word", QUICK)
def test_an_announced_schedule_is_a_threat_of_every_study(word: str) -> None:
    done = do([word, MODEL, *STUDIES[word], "--threat", AUTOS, "--format", "json"])
    assert done.code == ExitCode.DONE, done.err
    told = json.loads(done.out)["provenance"]["threat_point"]
    assert AUTOS in told
    if word == "solve":
        assert "(announced)" in told


def test_further_postures_change_the_game_and_say_so() -> None:
    done = do(["solve", MODEL, "--quick", "--postures", "export_tax+treaty_withdrawal"])
    assert done.code == ExitCode.DONE
    out = " ".join(done.out.split())
    assert "Caution: The game has the further postures treaty_withdrawal and export_tax" in out
    assert "export_tax" in done.out.split("Payoffs,")[1]
    # The default game has neither, and nothing to be cautious of.
    plain = do(["solve", MODEL, "--quick"]).out
    assert "Caution" not in plain
    assert "treaty_withdrawal" not in plain


def test_duties_of_a_posture_come_from_a_file_or_the_catalogue(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '[schedule]\nname = "own"\n\n[[line]]\nsector = "STL"\nrate = "10%"\n', encoding="utf-8"
    )
    how = ["--duties", f"us.keep={own}", "--duties", f"us.escalate={AUTOS}", "--format", "json"]
    done = do(["solve", MODEL, "--quick", *how])
    assert done.code == ExitCode.DONE, done.err
    found = json.loads(done.out)
    values = {"duties.us.keep": str(own), "duties.us.escalate": AUTOS}
    outcome = evaluate(Case(MODEL, values))
    canada, us = outcome.game.payoffs
    for k, posture in enumerate(outcome.game.actions[1]):
        told = found["payoffs"][f"counter/{posture}"]
        assert told == pytest.approx({"canada": canada[1, k], "us": us[1, k]})
    usual = evaluate(Case(MODEL)).game.payoffs
    assert abs(canada[1, 1]) < 0.5 * abs(usual[0, 1, 1])  # ten per cent on steel alone
    assert "schedule own of the US" in found["provenance"]["threat_point"]
    assert "not in force" in found["provenance"]["cautions"]


def test_a_file_of_duties_that_is_not_there_is_named() -> None:
    done = do(["solve", MODEL, "--duties", "us.keep=nowhere.csv"])
    assert done.code == ExitCode.FAULTY_INPUT
    assert "nowhere.csv" in done.err
    assert len(done.err.strip().split("\n")) == 1
