"""Sweeps over whole numbers say between which two of them something changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from negotiation import AgreementSet, Model, Talks, parameter
from negotiation.regimes import regimes
from negotiation.report.along import along
from negotiation.report.text import text
from negotiation.study import sweep
from negotiation.words import money


@dataclass(frozen=True)
class Rounds(Model):
    """From four rounds on b pays; y breaks even at two."""

    n: int = parameter(2, low=0, high=12, unit="rounds", source="made")
    cost: float = parameter(4.5, low=0, high=9, unit="bn USD", source="made")
    players = ("x", "y")
    actions = (("a", "b"), ("c",))
    payoff_unit = "bn USD a year"
    horizon = "a year"

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        return {("a", "c"): (-1.0, 2.0 - self.n), ("b", "c"): (self.n - self.cost, 2.0 - self.n)}

    def talks(self) -> Talks:
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(0.0))


PLACES = {
    "equilibrium": [(3, 4)],
    "no-deal payoff of x": [(4, 5)],
    "no-deal payoff of y": [(1, 2), (2, 3)],
    # -1 and 2 - n: a deal exists from n = 2 on, Delta is (d_x - d_y) / 2.
    "ncl of x": [(1, 2), (2, 3), (3, 4)],
    # Without a deal there are no talks to walk out of; with one, walking out never gains.
    "walk-out of x": [(1, 2)],
    "walk-out of y": [(1, 2)],
}


@pytest.mark.parametrize("values", [list(range(9)), [0, 5, 8], [0, 8]])
def test_changes_are_between_two_neighbouring_whole_numbers(values: list[int]) -> None:
    events = regimes(Rounds, sweep(Rounds, {"n": values}))
    found: dict[str, list[tuple[int, ...]]] = {}
    for event in events:
        found.setdefault(event.kind, []).append(event.between)
    assert found == PLACES
    assert events[0].sentence == (
        "The equilibrium changes between n = 3 and 4: a/c up to 3, b/c from 4."
    )


def test_what_does_not_change_is_said_to_be_so() -> None:
    events = regimes(Rounds, sweep(Rounds, {"n": [6, 7, 8]}))
    assert not any(event.within for event in events)
    assert (
        events[0].sentence == "The equilibrium does not change along n from 6 to 8: b/c throughout."
    )


@pytest.mark.full
def test_a_table_of_changes_names_both_numbers() -> None:
    data = sweep(Rounds, {"n": list(range(9)), "cost": [3.5, 4.5]})
    # Where an axis of numbers without gaps is there, it is the one that is followed.
    assert {event.parameter for event in regimes(Rounds, data)} == {"cost"}
    events = regimes(Rounds, sweep(Rounds, {"n": list(range(9))}))
    placed = [type(e)(**{**vars(e), "place": (("which", "one"),)}) for e in events]
    assert "3 to 4" in text(along(placed, details=False))


def test_b2_an_enormous_payoff_is_shown_with_four_digits() -> None:
    assert money(-1.75e300, "bn", signed=True) == "-1.750e+300 bn"
    assert money(1.0e15) == "1.000e+15"
    assert money(-999_999_999_999_000.0) == "-1.000e+15"
    assert money(123_456_789_012_345.0) == "123,456,789,012,345"
