"""Every study takes the options of a case alike, and they matter."""

from __future__ import annotations

import json
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
    "sweep": ["--vary", "diversification=0.1,0.2"],
    "threshold": ["--vary", "diversification=0.1:0.2"],
    "map": [
        "--vary",
        "diversification=0:0.3",
        "--vary",
        "us_escalation_cost=0:9000",
        "--points",
        "5",
    ],
    "attribute": ["--by", "tables"],
    "package": [],
    "credibility": [],
    "revealed": ["--observed", "counter,keep"],
    "audit": [],
}
#: Those of them that are quick.
QUICK = ("solve", "explain", "sweep", "attribute", "package", "credibility", "revealed")

OPTIONS = ("--set", "--threat", "--select", "--concept", "--format", "--output", "--quiet")


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


@pytest.mark.parametrize("word", STUDIES)
@pytest.mark.parametrize(
    ("option", "told"),
    [
        (["--threat", "disputte"], "has no threat point 'disputte' (did you mean 'dispute'?)"),
        (["--select", "paretto"], "'paretto'"),
        (["--concept", "nahs"], "bargaining concept 'nahs' is unknown (did you mean 'nash'?)"),
        (["--set", "nothing=1"], "has no parameter 'nothing'"),
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


def test_thresholds_and_maps_are_of_the_threat() -> None:
    for word in ("threshold", "map"):
        told = [
            do([word, MODEL, *STUDIES[word], "--threat", threat]).out
            for threat in ("posture", "in_force")
        ]
        assert told[0] != told[1]


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
