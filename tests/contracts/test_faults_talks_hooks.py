"""B5: what the methods of a model return is refused with file and line where it does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Talks
from negotiation.bargaining import Packages
from negotiation.cli.console import run
from negotiation.errors import ModelError

FILE = '''"""A standoff with every method an author may write."""

from dataclasses import dataclass

import numpy as np

from negotiation import AgreementSet, Model, Quantity, Talks, ThreatPoint, parameter
from negotiation.bargaining import Packages

MONEY = AgreementSet.money(4.0)


@dataclass(frozen=True)
class Standoff(Model):
    cost: float = parameter(1.0, low=0, high=9, unit="US$", source="test", lever_of="x")

    players = ("x", "y")
    actions = (("hold", "push"), ("hold", "push"))
    payoff_unit = "US$"
    threats = {"storm": "a storm"}

    def payoffs(self):
        return {
            ("hold", "hold"): (0.0, 0.0),
            ("hold", "push"): (-2.0, 1.0 - self.cost),
            ("push", "hold"): (1.0, -2.0),
            ("push", "push"): (-1.0, -1.0),
        }

    def talks(self):
        return Talks(self.players, (0.0, 0.0), MONEY)

    def outcomes(self):
        return {"jobs": Quantity(np.zeros((2, 2)), "jobs")}

    def size(self):
        return np.array([1.0, 2.0])

    def lever_cost(self, name):
        return 2.0

    def levers_worth(self):
        return np.zeros(2)

    def power_to_hurt(self):
        return {each: Quantity(np.array([0.1]), "log points") for each in self.players}

    def horizon_here(self):
        return "one year"

    def threat_point(self, name):
        return ThreatPoint(np.array([-1.0, -1.0]), "a storm")

    def packages(self):
        return Packages(self.players, ("t",), (("a", "b"),), np.zeros((2, 2)))
'''

#: What stands in the file, what replaces it, the command, and what must be said.
WRONG: list[tuple[str, str, str, str, list[str]]] = [
    (
        "talks between three",
        "Talks(self.players, (0.0, 0.0), MONEY)",
        'Talks(("x", "y", "z"), (0.0, 0.0), MONEY)',
        "solve",
        ["players of talks", "'z'", "expected two names"],
    ),
    (
        "a status quo of three",
        "(0.0, 0.0), MONEY",
        "(0.0, 0.0, 0.0), MONEY",
        "solve",
        ["status_quo of talks has shape (3,)", "one for x and one for y"],
    ),
    ("a status quo of one", "(0.0, 0.0), MONEY", "0.0, MONEY", "solve", ["status_quo", "shape ()"]),
    ("words", "(0.0, 0.0), MONEY", '("a", "b"), MONEY', "solve", ["status_quo", "numbers"]),
    (
        "infinite",
        "(0.0, 0.0), MONEY",
        "(np.inf, 0.0), MONEY",
        "solve",
        ["status_quo", "infinite"],
    ),
    ("money as agreement", ", MONEY)", ", 4.0)", "solve", ["agreement of talks is 4.0", "money"]),
    ("weight", ", MONEY)", ", MONEY, weight=2)", "solve", ["weight 2 is out of range", "(0, 1)"]),
    ("weight of words", ", MONEY)", ", MONEY, weight='h')", "solve", ["weight of talks is 'h'"]),
    ("inside", ", MONEY)", ", MONEY, inside=[1.0])", "solve", ["inside of talks has shape (1,)"]),
    (
        "discount of nothing",
        ", MONEY)",
        ", MONEY, discount=(0.05, 0.0))",
        "solve",
        ["discount rate 0 is out of range", "positive"],
    ),
    ("hazard", ", MONEY)", ", MONEY, hazard=-1)", "solve", ["hazard -1 is out of range"]),
    (
        "axes that do not fit",
        ", MONEY)",
        ", MONEY, weight=[0.4, 0.5], hazard=[0.0, 0.0, 0.0])",
        "solve",
        ["weight (2,), hazard (3,)", "broadcast"],
    ),
    (
        "more points than the model",
        ", MONEY)",
        ", MONEY, weight=[0.4, 0.5])",
        "solve",
        ["weight of talks", "batch axes (2,)"],
    ),
    (
        "players the other way round",
        "Talks(self.players,",
        'Talks(("y", "x"),',
        "solve",
        ["between y and x", "in their order"],
    ),
    (
        "no talks but a number",
        "return Talks(self.players, (0.0, 0.0), MONEY)",
        "return 3",
        "solve",
        ["talks of model", "are 3", "negotiation.Talks"],
    ),
    (
        "a frontier in the wrong order",
        ", MONEY)",
        ", AgreementSet.frontier([[1.0, 0.0], [0.0, 1.0]]))",
        "solve",
        ["ordered by the first side's payoff"],
    ),
    (
        "a frontier of numbers",
        ", MONEY)",
        ", AgreementSet.frontier([1.0, 0.0]))",
        "solve",
        ["shape (2,)"],
    ),
    (
        "payoffs for more points than there are",
        'return {\n            ("hold", "hold"): (0.0, 0.0),',
        'return np.zeros((5, 2, 2, 2))\n        {\n            ("hold", "hold"): (0.0, 0.0),',
        "solve",
        ["payoffs of model", "(5,)"],
    ),
    ("size of three", "[1.0, 2.0]", "[1.0, 2.0, 3.0]", "solve", ["size of model", "(3,)", "x, y"]),
    ("size of nothing", "[1.0, 2.0]", "[1.0, 0.0]", "solve", ["size of model", "positive"]),
    ("cost below nothing", "return 2.0", "return -2.0", "solve", ["lever_cost", "0 or more"]),
    ("cost of words", "return 2.0", 'return "two"', "solve", ["lever_cost", "'two'"]),
    (
        "results that are numbers",
        '{"jobs": Quantity(np.zeros((2, 2)), "jobs")}',
        '{"jobs": np.zeros((2, 2))}',
        "solve",
        ["outcomes", "'jobs'", "Quantity"],
    ),
    (
        "results of another shape",
        "(np.zeros((2, 2)), ",
        "(np.zeros(3), ",
        "solve",
        ["'jobs'", "(3,)"],
    ),
    ("no results", 'return {"jobs"', 'return None or [] or {"jobs"', "solve", []),
    ("horizon", 'return "one year"', "return 1", "solve", ["horizon_here", "is 1", "words"]),
    ("levers worth three", "np.zeros(2)", "np.zeros(3)", "audit", ["levers_worth", "(3,)"]),
    (
        "power of a stranger",
        "{each: Q",
        '{"z" + each: Q',
        "credibility",
        ["power_to_hurt of 'zx'", "players only"],
    ),
    (
        "a threat of one",
        "np.array([-1.0, -1.0])",
        "np.array(-1.0)",
        "solve --threat storm",
        ["threat_point", "shape ()"],
    ),
    (
        "a threat that is a number",
        'ThreatPoint(np.array([-1.0, -1.0]), "a storm")',
        "-1.0",
        "solve --threat storm",
        ["threat_point", "expected ThreatPoint"],
    ),
    (
        "packages of another shape",
        "np.zeros((2, 2)))\n",
        "np.zeros((2, 3)))\n",
        "package",
        ["payoffs of packages have shape (2, 3)"],
    ),
    (
        "packages of strangers",
        "Packages(self.p",
        'Packages(("y", "x"), ) if 0 else Packages(self.p',
        "package",
        [],
    ),
    (
        "packages between others",
        "Packages(self.players,",
        'Packages(("y", "x"),',
        "package",
        ["between y and x", "in their order"],
    ),
    (
        "packages with one table's words for its options",
        '(("a", "b"),)',
        '("ab",)',
        "package",
        ["options 1 of packages is 'ab'"],
    ),
    (
        "money that multiplies",
        "np.zeros((2, 2)))\n",
        "np.zeros((2, 2)), transfer=1.5)\n",
        "package",
        ["1.5 is out of range"],
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "command", "words"),
    [each[1:] for each in WRONG],
    ids=[each[0] for each in WRONG],
)
def test_what_does_not_fit_is_refused_with_its_line(
    old: str,
    new: str,
    command: str,
    words: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "planted.py"
    assert old in FILE
    path.write_text(FILE.replace(old, new), encoding="utf-8")
    verb, *rest = command.split()
    code = run([verb, str(path), *rest])
    said = capsys.readouterr().err
    if not words:  # a planted change that changes nothing
        assert (code, said) == (0, "")
        return
    assert code == 4, said
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    for each in ["planted.py, line ", *words]:
        assert each in said
    line = int(said.partition("planted.py, line ")[2].partition(":")[0])
    there = path.read_text(encoding="utf-8").splitlines()[line - 1]
    assert new.splitlines()[0] in there or there.lstrip().startswith("def ")


def test_the_model_itself_is_sound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "sound.py"
    path.write_text(FILE, encoding="utf-8")
    assert run(["solve", str(path), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["certified"] is True
    for command in ("audit", "package", "credibility"):
        assert run([command, str(path)]) == 0
    capsys.readouterr()


def test_a_model_of_three_has_no_talks_between_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "three.py"
    text = FILE[: FILE.index("    def payoffs")] + (
        "    def payoffs(self):\n        return np.zeros((3, 2, 2, 2))\n\n"
        '    def talks(self):\n        return Talks(("x", "y"), (0.0, 0.0), MONEY)\n'
    )
    text = text.replace('players = ("x", "y")', 'players = ("x", "y", "z")')
    text = text.replace('"push"))\n', '"push"), ("hold", "push"))\n')
    path.write_text(text, encoding="utf-8")
    assert run(["solve", str(path)]) == 4
    said = capsys.readouterr().err
    assert "three.py, line 25: talks" in said.replace(str(tmp_path) + "/", "")
    assert "x and y" in said
    assert "x, y, z" in said
    assert "return None" in said
    path.write_text(text.replace("(0.0, 0.0), MONEY", "(0.0, 0.0, 0.0), MONEY"), encoding="utf-8")
    assert run(["solve", str(path)]) == 4
    assert "status_quo of talks has shape (3,)" in capsys.readouterr().err


MONEY = AgreementSet.money(0.0)


@pytest.mark.parametrize(
    "build",
    [
        lambda: Talks("xy", (0, 0), MONEY),  # type: ignore[arg-type]
        lambda: Talks(("x", ""), (0, 0), MONEY),
        lambda: Talks(("x", "x"), (0, 0), MONEY),
        lambda: Talks(("x", "y"), (0, 0), None),  # type: ignore[arg-type]
        lambda: Talks(("x", "y"), (0, 0), MONEY, about=3),  # type: ignore[arg-type]
        lambda: Talks(("x", "y"), None, MONEY),  # type: ignore[arg-type]
        lambda: Talks(("x", "y"), [[0, 0], [0]], MONEY),
        lambda: Talks(("x", "y"), (0, 0), MONEY, hazard=np.nan),
        lambda: Talks(("x", "y"), (0, 0), MONEY, discount=0.05),
        lambda: AgreementSet(np.zeros(2), np.zeros(2), np.zeros(1), np.zeros(1)),
        lambda: AgreementSet(np.zeros((1, 2)), np.zeros((2, 2)), np.zeros(1), np.zeros(1)),
        lambda: AgreementSet.money("all"),
        lambda: AgreementSet.packages([["0.0", "x"]]),
        lambda: AgreementSet.packages([[0.0, 1.0]], transfer="half"),
        lambda: Packages(("x",), ("t",), (("a",),), np.zeros((2, 1))),
        lambda: Packages(("x", "y"), ("t", "t"), (("a",), ("a",)), np.zeros((2, 1, 1))),
        lambda: Packages(("x", "y"), ("t",), (("a", "a"),), np.zeros((2, 2))),
        lambda: Packages(("x", "y"), ("t",), (("a",),), np.full((2, 1), np.inf)),
        lambda: Packages(("x", "y"), ("t",), (("a",),), np.zeros((2, 1)), certified=[True, True]),
    ],
)
def test_what_cannot_be_bargained_over_is_refused_when_it_is_made(build: Callable[[], Any]) -> None:
    with pytest.raises(ModelError, match=r"expected|needs"):
        build()
