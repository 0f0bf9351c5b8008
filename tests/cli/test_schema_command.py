"""`negotiation schema`: the JSON of every study keeps its schema, with reasons beside nulls."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from negotiation.cli.console import run
from negotiation.glossary import find, meaning
from negotiation.report import schema
from tests.json_schema import problems

Run = Callable[..., Any]

GAME = """NFG 1 R "Chicken"
{ "a" "b" }
{ { "dare" "swerve" } { "dare" "swerve" } }
""

{ { "" -10, -10 } { "" 0, 2 } { "" 2, 0 } { "" 1, 1 } }
1 2 3 4
"""

#: A model of odd points: several equilibria, no deal, a cell without a payoff.
ODD = '''"""Chicken with talks that may fail. Illustrative."""
import dataclasses

import numpy as np

from negotiation import AgreementSet, Model, Talks, parameter


@dataclasses.dataclass(frozen=True)
class Odd(Model):
    players = ("left", "right")
    actions = (("dare", "swerve"), ("dare", "swerve"))
    payoff_unit = "points"
    horizon = "one round"
    pie: float = parameter(2.0, low=-20.0, high=20.0)
    hole: bool = parameter(False)

    def payoffs(self):
        shape = np.shape(self.pie)
        cells = np.array([[[-10.0, 2.0], [0.0, 1.0]], [[-10.0, 0.0], [2.0, 1.0]]])
        cells = np.broadcast_to(cells, (*shape, 2, 2, 2)).copy()
        cells[np.asarray(self.hole)] = np.nan
        return cells

    def talks(self):
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(self.pie))
'''

#: Three players without talks.
THREE = '''"""Three at one table, no talks. Illustrative."""
import dataclasses

import numpy as np

from negotiation import Model, parameter


@dataclasses.dataclass(frozen=True)
class Three(Model):
    players = ("a", "b", "c")
    actions = (("in", "out"),) * 3
    payoff_unit = "points"
    horizon = "one round"
    cost: float = parameter(1.0, low=0.0, high=5.0)

    def payoffs(self):
        here = np.indices((2, 2, 2)) == 0
        many = here.sum(axis=0)
        cost = np.asarray(self.cost)[..., None, None, None, None]
        return here * (many - cost)
'''

NUMBERS = {"value", "delta", "surplus", "ncl", "log_ratio", "per_unit", "slope", "below", "cost"}

STANDOFF, CANADA = "tariff_standoff", "canada_us"
DRAWN, FEW = ("--draws", "20", "--prior", "exports=uniform(60,140)"), ("--draws", "4")
CASES = {
    "solve": [[STANDOFF], [STANDOFF, "--quick"], ["odd.py"], ["odd.py", "--set", "hole=true"],
              [CANADA], [CANADA, "--threat", "status_quo"], ["three.py"]],
    "sweep": [[STANDOFF, "--vary", "diversification=0.1:0.9:5"],
              ["odd.py", "--vary", "pie=-20:20:5"], ["odd.py", "--vary", "hole=true,false"],
              [CANADA, "--vary", "diversification=0:0.4:3"], ["three.py", "--vary", "cost=0:4:5"]],
    "threshold": [[STANDOFF, "--vary", "diversification=0.1:0.9"],
                  [STANDOFF, "--target", "ncl.exporter=-0.4"], ["odd.py", "--vary", "pie=-20:20"],
                  [STANDOFF, "--vary", "diversification=0.1:0.9", *DRAWN],
                  [CANADA, "--vary", "diversification=0:0.2", "--draws", "0"]],
    "map": [[STANDOFF, "--vary", "diversification=0.1:0.9", "--vary", "tariff=0.1:0.4",
             "--points", "5"],
            [STANDOFF, "--vary", "diversification=0.1:0.9", "--vary", "tariff=0.1:0.4",
             "--points", "3", *DRAWN]],
    "attribute": [[CANADA, "--by", "tables", "--draws", "0"], [CANADA, "--by", "tables", *FEW]],
    "package": [[CANADA, *FEW]],
    "credibility": [[STANDOFF, "--vary", "diversification=0.1:0.9"],
                    [STANDOFF, "--over", "diversification=0.2:0.6", "--draws", "20"], ["odd.py"],
                    [STANDOFF, *DRAWN], [CANADA, *FEW],
                    ["three.py"]],
    "revealed": [[STANDOFF, "--observed", "accept,refrain"],
                 ["odd.py", "--observed", "dare/dare+swerve"],
                 ["three.py", "--observed", "in,in,in"],
                 [CANADA, "--observed", "counter,keep"]],
    "sensitivity": [[STANDOFF, "--prior", "tariff=0.1,0.3", "--draws", "16"]],
    "probability": [[STANDOFF, "--prior", "tariff=0.1,0.3", "--draws", "8", "--when",
                     "importer plays impose"],
                    [STANDOFF, "--prior", "tariff=0.1,0.3", "--draws", "8", "--when",
                     "exporter loses without a deal", "--vary", "diversification=0.1,0.9"]],
    "scenarios": [[STANDOFF, "--prior", "tariff=uniform(0.1,0.3)", "--draws", "200",
                   "--when", "importer plays impose"],
                  [STANDOFF, "--prior", "tariff=uniform(0.1,0.3)", "--draws", "100",
                   "--when", "exporter pays"]],
    "report": [[STANDOFF], [STANDOFF, *DRAWN], ["odd.py"]],
    "robust": [[STANDOFF, "--prior", "tariff=0.1,0.3", "--draws", "8", "--vary",
                "diversification=0,0.5", "--cost", "20"]],
    "audit": [[STANDOFF], ["odd.py"], [CANADA]],
    "explain": [[STANDOFF], [STANDOFF, "ncl.exporter"], [CANADA, "ncl.canada"], ["three.py"]],
    "tariffs": [[CANADA, "--by", "uniform", "--no-certify"]],
    "game": [["chicken.nfg"], ["chicken.nfg", "--explain", "--exact", "--select", "pareto"]],
}  # fmt: skip


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd.py").write_text(ODD, encoding="utf-8")
    (tmp_path / "three.py").write_text(THREE, encoding="utf-8")
    (tmp_path / "chicken.nfg").write_text(GAME, encoding="utf-8")

    def call(*arguments: str) -> Any:
        code = run(list(arguments))
        out, err = capsys.readouterr()
        assert out, err
        return code, json.loads(out)

    return call


def unexplained(value: Any, explained: bool = False, name: str = "") -> Iterator[str]:
    """Names of numbers that are null without a reason beside them or beside what they are in."""
    if value is None and not explained and name in NUMBERS:
        yield name
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from unexplained(each, explained or bool(value.get(f"{key}_reason")), key)
    elif isinstance(value, list):
        for each in value:
            yield from unexplained(each, explained, name)


def test_every_study_has_a_schema_and_a_case(cli: Run) -> None:
    assert set(CASES) == set(schema.studies())


@pytest.mark.parametrize(
    ("study", "arguments"), [(study, each) for study, some in CASES.items() for each in some]
)
def test_the_json_of_a_study_keeps_its_schema(cli: Run, study: str, arguments: list[str]) -> None:
    _, published = cli("schema", study)
    _, value = cli(study, *arguments, "--format", "json")
    assert not list(problems(value, published))
    # A schema that is turned upside down is not kept: the validator looks.
    del value["provenance" if study != "game" else "players"]
    assert list(problems(value, published))


@pytest.mark.parametrize(
    ("study", "arguments"), [(study, each) for study, some in CASES.items() for each in some]
)
def test_beside_every_number_that_is_null_is_a_reason(
    cli: Run, study: str, arguments: list[str]
) -> None:
    _, value = cli(study, *arguments, "--format", "json")
    assert ': "not known"' not in json.dumps(value)
    assert not list(unexplained(value))


def test_the_point_without_payoffs_says_why_everywhere(cli: Run) -> None:
    code, value = cli("solve", "odd.py", "--set", "hole=true", "--format", "json")
    assert (code, value["certified"]) == (1, False)
    assert value["threat"]["payoffs"] == {"left": None, "right": None}
    assert value["threat"]["payoffs_reason"] == value["status"]
    _, swept = cli("sweep", "odd.py", "--vary", "hole=true,false", "--format", "json")
    assert swept["rows"][0]["ncl_left_reason"] == swept["rows"][0]["status"]
    assert "ncl_left_reason" not in swept["rows"][1] or swept["rows"][1]["ncl_left"] is None


@pytest.mark.parametrize("study", schema.studies())
def test_every_key_has_a_meaning(study: str) -> None:
    for each in schema.schema(study)["$defs"].values():
        for name, said in each.get("properties", {}).items():
            assert said["description"], name
            assert name.endswith("_reason") or said["description"] == meaning(name)
            find(name)


def test_schemas_are_schemas() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    for study in schema.studies():
        jsonschema.Draft202012Validator.check_schema(schema.schema(study))


def test_a_null_without_a_reason_is_found() -> None:
    assert list(unexplained({"a": [{"delta": None}, {"delta": None, "delta_reason": "why"}]}))
    assert not list(unexplained({"details": {"delta": None}, "details_reason": "why"}))


def test_the_list_and_a_wrong_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    assert capsys.readouterr().out.split() == schema.studies()
    assert run(["schema", "slove"]) == 2
    assert "did you mean 'solve'" in capsys.readouterr().err
