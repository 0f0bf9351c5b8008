"""The library behaves like one: an outcome and its leverage are short to look at, and escaped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Model, Talks, load_model, parameter
from negotiation.outcome import evaluate

NASTY = "<script>alert('&')</script>"


@dataclass(frozen=True)
class Nasty(Model):
    cost: Any = parameter(1.0, low=0, unit="US$", source="test")
    players = (NASTY, "b")
    actions = (("<b>", "x"), ("y",))
    payoff_unit = "<i>"

    def payoffs(self) -> Any:
        return {("<b>", "y"): (-1.0 * self.cost, -1.0), ("x", "y"): (-2.0 * self.cost, -1.0)}

    def talks(self) -> Talks:
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(0.0))


def test_an_outcome_is_shown_in_a_line() -> None:
    outcome = evaluate(load_model("canada_us")())
    text = repr(outcome)
    assert "\n" not in text
    assert len(text) < 200
    for each in ("canada_us", "certified", "retaliate/escalate", "-8,574", "-3,233"):
        assert each in text
    scores = repr(outcome.leverage)
    assert len(scores) < 200
    for each in ("canada", "us", "8,574", "-3,233", "-0.303"):
        assert each in scores


@pytest.mark.parametrize("shape", [(), (3,), (2, 2)])
def test_html_is_escaped_and_small(shape: tuple[int, ...]) -> None:
    outcome = evaluate(Nasty(cost=np.full(shape, 1.0) if shape else 1.0))
    for each in (outcome, outcome.leverage):
        html = each._repr_html_()  # type: ignore[union-attr]
        assert "<script>" not in html
        assert "<b>" not in html
        assert "<i>" not in html
        assert html.startswith("<table>")
        assert html.endswith("</table>")
        assert len(html) < 1500
        assert len(repr(each)) < 300


def test_an_outcome_without_talks_or_equilibrium_is_shown() -> None:
    @dataclass(frozen=True)
    class Silent(Nasty):
        def payoffs(self) -> Any:
            return {("<b>", "y"): (np.nan, 0.0), ("x", "y"): (0.0, 0.0)}

        def talks(self) -> None:  # type: ignore[override]
            return None

    outcome = evaluate(Silent())
    assert "not solved" in repr(outcome)
    assert "not solved" in outcome._repr_html_()
