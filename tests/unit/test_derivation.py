"""Every step of a derivation, worked out again from its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Case, Model, Talks, evaluate, load_model, parameter
from negotiation.errors import ParameterError
from negotiation.report.derivation import derivation, document, names
from negotiation.report.render import render


@dataclass(frozen=True)
class Mixed(Model):
    """Matching pennies with a deal worth 3: the threat is a mixture of all four profiles."""

    stake: Any = parameter(1.0, low=0, unit="US$", source="test", lever_of="left")

    players = ("left", "right")
    actions = (("heads", "tails"), ("heads", "tails"))

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        s = self.stake
        return {
            ("heads", "heads"): (2.0 * s, -1.0),
            ("heads", "tails"): (-1.0, 1.0),
            ("tails", "heads"): (-1.0, 1.0),
            ("tails", "tails"): (s, -1.0),
        }

    def talks(self) -> Talks:
        return Talks(
            self.players,
            status_quo=(1.0, 2.0),
            agreement=AgreementSet.money(3.0),
            inside=(-0.5, -0.25),
            discount=(0.05, 0.1),
            hazard=0.2,
        )


@pytest.mark.parametrize("threat", ["posture", "dispute", "status_quo"])
def test_every_formula_gives_the_number_it_is_said_to_give(threat: str) -> None:
    outcome = evaluate(Case(Mixed(), threat=threat))
    worked = 0
    for name in names(outcome):
        last = derivation(outcome, name)[-1]
        assert last.name == name
        if last.formula and np.isfinite(last.value):
            worked += 1
            assert last.check == pytest.approx(last.value, rel=1e-9, abs=1e-12), last
    assert worked >= 9


def test_parts_come_before_what_they_are_used_in() -> None:
    outcome = evaluate(Mixed())
    seen: set[str] = set()
    for step in derivation(outcome, "ncl.left"):
        assert set(step.parts) <= seen
        seen.add(step.name)
    assert {"payoff.right", "surplus", "loss.left", "delta.left"} <= seen


def test_a_mixture_is_the_sum_of_its_cells() -> None:
    steps = {step.name: step for step in derivation(evaluate(Mixed()), "payoff.left")}
    last = steps.pop("payoff.left")
    assert len(steps) == 4
    weights = [float(part.split(" * ")[0]) for part in last.formula.split(" + ")]
    assert sum(weights) == pytest.approx(1.0, abs=1e-5)
    total = sum(w * steps[name].value for w, name in zip(weights, last.parts, strict=True))
    assert total == pytest.approx(last.value, rel=1e-5)


def test_the_dispute_is_put_together_from_patience_and_the_hazard() -> None:
    outcome = evaluate(Case(Mixed(), threat="dispute"))
    d = derivation(outcome, "disagreement.right")[-1]
    w = float(outcome.selection.payoffs[1])
    assert d.value == pytest.approx((0.1 * -0.25 + 0.2 * w) / 0.3)
    assert set(d.parts) == {"discount.right", "inside.right", "hazard", "payoff.right"}


def test_a_short_name_is_the_first_side_and_a_wrong_one_is_refused() -> None:
    outcome = evaluate(Mixed())
    assert derivation(outcome, "ncl")[-1].name == "ncl.left"
    with pytest.raises(
        ParameterError, match=r"'nlc.left' is not a number.*did you mean 'ncl.left'"
    ):
        derivation(outcome, "nlc.left")


def test_a_narration_puts_the_figures_in() -> None:
    outcome = evaluate(load_model("canada_us")())
    told = render(document(outcome, derivation(outcome, "surplus")), "table")
    assert "= pie - disagreement.canada - disagreement.us" in told
    assert "= 0 - (-8,574) - (-2,107)" in told
    assert "= 10,681 US$ million a year" in told
    assert max(map(len, told.splitlines())) <= 80
