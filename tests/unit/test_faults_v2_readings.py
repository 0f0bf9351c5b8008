"""T1 and its neighbours: what studies say of odd models is true and has no digits of rounding."""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Game, Model, Talks, evaluate, parameter
from negotiation.games import solve
from negotiation.regimes.thresholds import reach, thresholds
from negotiation.report.derivation import derivation
from negotiation.study.audit.audit import audit
from negotiation.study.audit.finding import Verdict

#: Long runs of what shorter tests cover in part: they belong to the full suite.
pytestmark = pytest.mark.full

Profiles = dict[tuple[str, ...], tuple[Any, ...]]


@dataclass(frozen=True)
class Three(Model):
    """Two of three have to give; the first gives at a loss beyond `gain`."""

    gain: Any = parameter(7 / 3, low=0, high=9, unit="utils", source="invented", lever_of="row")
    cost: Any = parameter(2.0, low=0, high=9, unit="utils", source="invented")

    players = ("mexico", "row", "the_eu")
    actions = (("give", "keep"),) * 3
    payoff_unit = "utils"

    def payoffs(self) -> Profiles:
        return {
            chosen: tuple(
                self.gain * (chosen.count("give") >= 2)
                - (each == "give") * self.cost * (1 + place / 7)
                for place, each in enumerate(chosen)
            )
            for chosen in product(("give", "keep"), repeat=3)
        }


@dataclass(frozen=True)
class Ties(Model):
    """All profiles pay the same."""

    level: Any = parameter(0.0, low=-5, high=5, unit="points", source="invented")

    players = ("mexico", "row")
    actions = (("x", "y"), ("x", "y"))
    payoff_unit = "points"

    def payoffs(self) -> Profiles:
        return dict.fromkeys(product("xy", repeat=2), (self.level, self.level))

    def talks(self) -> Talks:
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(0.0))


@dataclass(frozen=True)
class Jumps(Model):
    """The first side's payoff at the equilibrium jumps from 2 to 0 at push = stakes, and stays."""

    push: Any = parameter(7.3, low=0, high=10, unit="utils", source="invented")
    stakes: Any = parameter(22 / 3, low=0, high=20, unit="utils", source="invented")

    players = ("mexico", "row")
    actions = (("only",), ("left", "right"))
    payoff_unit = "utils"

    def payoffs(self) -> Profiles:
        return {("only", "left"): (2.0, self.stakes), ("only", "right"): (0.0, self.push)}


@dataclass(frozen=True)
class OneAction(Model):
    """Nothing to choose; shares of a deal that cancel up to rounding."""

    amount: Any = parameter(10 / 3, low=-10, high=10, unit="utils", source="invented")

    players = ("a", "b")
    actions = (("wait",), ("wait",))
    payoff_unit = "utils"

    def payoffs(self) -> Profiles:
        return {("wait", "wait"): (-self.amount, self.amount / 7 - 2)}

    def talks(self) -> Talks:
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(0.0))


def test_t1_the_audit_looks_for_thresholds_of_three_players() -> None:
    (found,) = (each for each in audit(Three()).findings if each.key == "threshold")
    assert found.verdict is Verdict.BITES
    assert "At cost = 2.04167 utils" in found.sentence
    assert "give/give/keep is no longer an equilibrium" in found.sentence
    assert found.size == pytest.approx((7 / 3 / (8 / 7) - 2) / 9, abs=1e-9)


def test_t1_todays_value_may_be_the_threshold() -> None:
    (found,) = (each for each in audit(Ties()).findings if each.key == "threshold")
    assert found.verdict is Verdict.BITES
    assert found.size == 0.0
    assert "mexico turns from breaking even without a deal" in found.sentence
    assert found.command.endswith("--vary level=-0.5:0.5")


@pytest.mark.parametrize(("name", "value"), [("push", 22 / 3), ("stakes", 7.3)])
def test_w5_a_target_that_a_jump_reaches_is_located(name: str, value: float) -> None:
    (way,) = reach(Jumps(), "payoff.mexico=0", parameters=[name]).ways
    assert way.reached
    assert way.touch
    assert not way.jump
    assert way.value == pytest.approx(value, abs=1e-8)


def test_t1_shares_that_cancel_have_no_digits_of_rounding() -> None:
    for amount in np.linspace(1.0, 9.0, 17):
        steps = derivation(evaluate(OneAction(amount=float(amount))), "deal.a")
        (pie,) = (each.value for each in steps if each.name == "pie")
        assert pie == 0.0
        assert steps[-1].about == "what a gets in the deal (u)"


def test_t1_a_walk_out_that_ties_is_said_once() -> None:
    told = [
        each.sentence
        for each in thresholds(OneAction(), "amount=-10:10").absent
        if each.kind == "walk-out"
    ]
    assert len(told) == 2
    assert all("gets less elsewhere" in each and "never" not in each for each in told)


def test_b3_exact_payoffs_of_many_pure_equilibria_are_quick() -> None:
    table = np.stack([np.ones((1, 1000)), np.full((1, 1000), 2.0)])
    game = Game(("a", "b"), (("only",), tuple(map(str, range(1000)))), table)
    start = time.process_time()
    found = solve(game, exact=True).at()
    assert len(found) == 1000
    assert all(each.exact_payoffs == (Fraction(1), Fraction(2)) for each in found)
    assert time.process_time() - start < 4.0
