"""`negotiation revealed`: political costs behind what is observed, to be read and to be loaded."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation import Case, Model, load_model
from negotiation.contract import check
from negotiation.errors import ParameterError
from negotiation.games.game import Array
from negotiation.study.revealed import read_observed, resolve
from tests.docs.commands import Done, do

MODEL = '''"""A stand-off in which both sides hold back. Illustrative."""
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from negotiation import AgreementSet, Model, Talks, parameter

COST = {"low": 0.0, "unit": "bn USD a year", "source": "judgement"}


@dataclass(frozen=True)
class HeldBack(Model):
    players = ("canada", "us")
    actions = (("stand_down", "counter", "retaliate"), ("lift", "keep", "escalate"))
    names = MappingProxyType({"canada": "Canada", "us": "the US"})
    payoff_unit = "bn USD a year"
    horizon = "one year"
    observed = ("counter", "keep")
    political_costs = MappingProxyType({
        ("canada", "stand_down"): "stand_down_cost", ("canada", "retaliate"): "retaliation_cost",
        ("us", "lift"): "lift_cost", ("us", "escalate"): "escalation_cost",
    })
    stand_down_cost: float = parameter(0.0, **COST)
    retaliation_cost: float = parameter(0.0, **COST)
    lift_cost: float = parameter(0.0, **COST)
    escalation_cost: float = parameter(0.0, **COST)

    def payoffs(self):
        canada = ((0, -4.3, -14), (1, -5, -13), (1.5, -1.8, -12))
        us = ((0, 4, 9), (3.2, 2.6, 5), (-3, -2, 3))
        own = (self.stand_down_cost, 0.0, self.retaliation_cost)
        theirs = (self.lift_cost, 0.0, self.escalation_cost)
        return {
            (a, b): (canada[i][j] - own[i], us[i][j] - theirs[j])
            for i, a in enumerate(self.actions[0])
            for j, b in enumerate(self.actions[1])
        }

    def talks(self):
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(0.0))
'''


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "held_back.py"
    path.write_text(MODEL, encoding="utf-8")
    return str(path)


def told(done: Done) -> str:
    assert (done.code, done.err) == (0, "")
    assert all(len(line) <= 80 or "held_back.py" in line for line in done.out.split("\n"))
    return " ".join(done.out.split())


def test_the_sentences(file: str) -> None:
    text = told(do(["revealed", file]))
    assert (
        "The US would gain 0.6000 by choosing lift and 2.400 by choosing escalate: at zero "
        "political cost keep is not its best reply to counter. Costs of at least 0.6000 for lift "
        "and 2.400 for escalate make it one."
    ) in text
    assert (
        "Canada would gain 0.7000 by choosing stand_down and 3.200 by choosing retaliate: at zero "
        "political cost counter is not its best reply to keep."
    ) in text
    assert "With the least of these costs counter/keep is an equilibrium, but not the only" in text
    assert "What counter/keep reveals (bn USD a year)" in text


def test_both_breakdowns_and_both_deals(file: str) -> None:
    text = told(do(["revealed", file]))
    assert "none retaliate/escalate -12.00 +3.000 selected" in text
    assert "least counter/keep -5.000 +2.600 observed" in text
    # Nash: half of the surplus over either breakdown.
    assert "talks fail into retaliate/escalate: Canada -7.500 and the US +7.500." in text
    assert "talks fail into counter/keep: Canada -3.800 and the US +3.800." in text


def test_the_printed_command_holds_the_costs(file: str) -> None:
    done = do(["revealed", file])
    lines = done.out.split("The model with the least of these costs:\n")[1].split("\n\n")[0]
    command = lines.replace("\\\n", " ").split()
    assert command[:2] == ["negotiation", "solve"]
    assert "lift_cost=0.6" in command
    solved = json.loads(do([*command[1:], "--format", "json"]).out)
    assert "counter/keep" in {each["profile"] for each in solved["equilibria"]}
    found = resolve(file)
    held = load_model(file).build(found.settings).game()
    assert held.payoffs == pytest.approx(found.found.game().payoffs, abs=1e-11)


def test_costs_are_rounded_up_so_that_what_is_observed_stays_an_equilibrium(file: str) -> None:
    third = 1 / 3
    found = resolve(Case(file, {"escalation_cost": third}))
    assert found.settings["escalation_cost"] == 2.4
    other = resolve(Case(file, {"retaliation_cost": third}), "counter,lift")
    # Retaliating gains 1.5 - 1 - 1/3, and standing down nothing.
    assert other.settings == {"retaliation_cost": 0.5, "escalation_cost": 1.8}
    path = Path(file)
    path.write_text(MODEL.replace("(1.5, -1.8, -12)", "(1.5, -5 + 1 / 3, -12)"), encoding="utf-8")
    found = resolve(file)
    assert found.settings["retaliation_cost"] == 0.333334
    held = load_model(file).build(found.settings).game()
    assert held.regret(held.pure(("counter", "keep"))) == pytest.approx(0, abs=1e-15)


def test_costs_of_the_model_count_as_they_are_set(file: str) -> None:
    text = told(do(["revealed", file, "--set", "escalation_cost=2"]))
    assert "0.4000 by choosing escalate: without further political costs keep is not" in text
    assert "--set escalation_cost=2.4" in text
    enough = ["--set", "escalation_cost=3", "--set", "lift_cost=1"]
    text = told(do(["revealed", file, *enough]))
    assert (
        "The US would gain by no other action: keep is its best reply to counter without further "
        "political costs."
    ) in text


def test_what_is_an_equilibrium_needs_no_costs(file: str) -> None:
    text = told(do(["revealed", file, "--observed", "retaliate,escalate"]))
    assert "Retaliate/escalate is an equilibrium at zero political cost." in text
    assert "The model with the least" not in text


def test_mixtures_and_supports(file: str) -> None:
    text = told(do(["revealed", file, "--observed", "counter/50% keep + 50% escalate"]))
    assert "What counter/50% keep + 50% escalate reveals" in text
    assert "it is indifferent only if escalate costs 2.400 more than keep." in text
    assert "Where these costs enter the bargain as well" in text
    text = told(do(["revealed", file, "--observed", "counter/keep+escalate"]))
    assert "What counter/keep+escalate reveals" in text
    assert "With the least of these costs counter/escalate is an equilibrium" in text
    assert "It does not play every action that was observed" in text


def test_the_record(file: str) -> None:
    done = do(["revealed", file, "--format", "json"])
    assert done.code == 0
    found: dict[str, Any] = json.loads(done.out)
    assert found["observed"] == "counter/keep"
    assert found["certified"] is True
    costs = {(each["player"], each["action"]): each for each in found["costs"]}
    assert costs["us", "escalate"]["gain"] == pytest.approx(2.4)
    assert costs["us", "escalate"]["at_most"] == "Infinity"
    assert costs["us", "keep"] == {
        **costs["us", "keep"], "observed": True, "at_least": 0, "at_most": 0, "least": 0,
    }  # fmt: skip
    assert found["settings"]["escalation_cost"] == pytest.approx(2.4)
    before, after = found["without_costs"], found["with_costs"]
    assert [each["profile"] for each in before["equilibria"]] == ["retaliate/escalate"]
    assert {each["profile"] for each in after["equilibria"] if each["observed"]} == {"counter/keep"}
    assert after["breakdown"]["agreement"]["concession"] == pytest.approx(
        {"canada": -3.8, "us": 3.8}
    )


@pytest.mark.parametrize(
    ("observed", "said"),
    [
        ("counter", "expected an action for each of canada, us, with a comma between them"),
        ("counter,kep", "action 'kep' is not one of us's (did you mean 'keep'?)"),
        ("counter,50% keep + escalate", "expected a mixture such as"),
        ("counter,50% keep + 40% escalate", "sum to 90%; expected 100%"),
    ],
)
def test_what_is_no_profile_is_refused(file: str, observed: str, said: str) -> None:
    done = do(["revealed", file, "--observed", observed])
    assert done.code == 2
    assert said in done.err
    assert len(done.err.strip().split("\n")) == 1


def test_a_model_that_declares_nothing_asks_for_it() -> None:
    done = do(["revealed", "tariff_standoff"])
    assert done.code == 2
    assert "--observed accept,refrain" in done.err
    assert do(["revealed", "tariff_standoff", "--observed", "accept,refrain"]).code == 0


def test_a_cloud_is_refused(file: str) -> None:
    model: Any = load_model(file)
    with pytest.raises(ParameterError, match="a cloud of points"):
        resolve(model(lift_cost=np.array([0.0, 1.0])))


def test_it_is_pickled(file: str) -> None:
    found = resolve(Case(file, {"lift_cost": 1}))
    again = pickle.loads(pickle.dumps(found))
    assert [each.tolist() for each in again.found.least] == [
        each.tolist() for each in found.found.least
    ]


class Broken(Model):
    """Two by two."""

    players = ("a", "b")
    actions = (("x", "y"), ("l", "r"))

    def payoffs(self) -> Array:
        """No payoff differs."""
        return np.zeros((2, 2, 2))


def test_what_is_observed_is_read_as_it_is_printed() -> None:
    assert read_observed("x, r", Broken) == ("x", "r")
    support, mixture = read_observed("x+y/25% l + 75% r", Broken)
    assert support == ("x", "y")
    assert mixture.tolist() == [0.25, 0.75]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('observed = ("counter", "kepe")', "action 'kepe' is not one of us's"),
        ('observed = ("counter",)', "has 1 parts"),
        ('political_costs = {("us", "leave"): "lift_cost"}', "us's 'leave', which is no action"),
        ('political_costs = {("us", "lift"): "cost"}', "of lift is 'cost', which is no parameter"),
    ],
)
def test_the_contract_checks_what_is_declared(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "wrong.py"
    start = MODEL.index("    observed = ")
    end = MODEL.index("    stand_down_cost:")
    path.write_text(MODEL[:start] + f"    {line}\n" + MODEL[end:], encoding="utf-8")
    (found,) = [each for each in check(str(path)) if each.clause.startswith("observed")]
    assert problem in found.problem


def test_the_contract_holds_for_what_is_right(file: str) -> None:
    assert all(each.ok for each in check(file))
