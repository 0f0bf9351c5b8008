"""W4, W5: payoffs that are zero at a point, at an end of the range or along an interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Model, Talks, parameter
from negotiation.regimes import regimes
from negotiation.regimes.thresholds import thresholds
from negotiation.report.thresholds import sentence
from negotiation.study import sweep
from tests.drawn import first

#: Long runs of what shorter tests cover in part: they belong to the full suite.
pytestmark = pytest.mark.full

Payoff = Callable[[Any], Any]


def model(x: Payoff, y: Payoff = lambda k: -20.0 + 0.0 * k) -> type[Model]:
    """What two sides get without a deal, as functions of k; the status quo is zero."""

    @dataclass(frozen=True)
    class Made(Model):
        """Payoffs without a deal are given."""

        k: float = parameter(1.0, low=0.0, high=10.0, unit="units", source="made")
        players = ("x", "y")
        actions = (("a",), ("b",))
        payoff_unit = "bn USD a year"
        horizon = "a year"

        def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
            return {("a", "b"): (x(self.k), y(self.k))}

        def talks(self) -> Talks:
            return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(0.0))

    return Made


EVEN = "x breaks even without a deal"
LOSES, GAINS = "x loses without a deal", "x gains without a deal"
PAUSES: tuple[Any, ...] = (
    (lambda k: np.maximum(k - 4.7, 0.0), [(4.7, EVEN, GAINS)]),
    (lambda k: np.minimum(4.7 - k, 0.0), [(4.7, EVEN, LOSES)]),
    (lambda k: np.maximum(4.7 - k, 0.0), [(4.7, GAINS, EVEN)]),
    (
        lambda k: np.maximum(k - 6.5, 0.0) + np.maximum(3.5 - k, 0.0),
        [(3.5, GAINS, EVEN), (6.5, EVEN, GAINS)],
    ),
    (
        lambda k: np.maximum(k - 6.5, 0.0) + np.minimum(k - 3.5, 0.0),
        [(3.5, LOSES, EVEN), (6.5, EVEN, GAINS)],
    ),
)


@pytest.mark.parametrize(("x", "ends"), first(2, PAUSES))
def test_w4_both_ends_of_an_interval_of_zeros_are_thresholds(
    x: Payoff, ends: list[tuple[float, str, str]]
) -> None:
    found = [
        (event.value, change.below, change.above)
        for event in thresholds(model(x), "k=0:10").events
        for change in event.changes
        if change.kind == "loss"
    ]
    assert [each[1:] for each in found] == [each[1:] for each in ends]
    assert [each[0] for each in found] == pytest.approx([each[0] for each in ends], abs=1e-9)


def test_w4_a_slow_crossing_is_no_interval_of_zeros() -> None:
    result = thresholds(model(lambda k: (k - 3.0) ** 3, lambda k: -1000.0 + 0.0 * k), "k=0:10")
    (event,) = result.events
    assert event.value == pytest.approx(3.0)
    assert "crosses zero" in sentence(result, event)


def test_w4_beyond_the_range_a_crossing_has_two_different_sides() -> None:
    result = thresholds(model(lambda k: k - 5.0), "k=0:4")
    (told,) = [each.sentence for each in result.absent if "payoff of x" in each.subject]
    assert f"at k = 5: {LOSES} below it, {GAINS} above it" in told


def test_w5_what_does_not_change_is_told_without_the_digits_of_a_step_aside() -> None:
    # Both sides are as well off at any k above 5: no deal, and walking out is like staying.
    result = thresholds(model(lambda k: k - 10.0, lambda k: 5.0 + 0.0 * k), "k=0:8")
    (event,) = result.events
    assert event.value == pytest.approx(5.0)
    told = " ".join(each.sentence for each in result.absent)
    assert "from k = 5 to 8" in told
    assert "5.0000" not in told
    assert "4.9999" not in told


# --- the sweep's own sentences --------------------------------------------------------------------


def told(x: Payoff, y: Payoff, about: str, points: int = 6) -> str:
    made = model(x, y)
    data = sweep(made, [f"k=0:10:{points}"])
    return " ".join(e.sentence for e in regimes(made, data) if e.kind == about)


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (PAUSES[0][0], "from k = 0 to 4.7, and x never loses"),
        (PAUSES[1][0], "from k = 0 to 4.7, and x never gains"),
        (PAUSES[2][0], "from k = 4.7 to 10, and x never loses"),
        (PAUSES[3][0], "from k = 3.5 to 6.5, and x never loses"),
        (PAUSES[4][0], "across an interval: from k = 3.5 to 6.5 x breaks even"),
        (
            lambda k: np.maximum(k - 5.5, 0.0) + np.minimum(k - 4.5, 0.0),
            "across an interval: from k = 4.5 to 5.5 x breaks even",
        ),
        (lambda k: (k - 3.0) ** 2, f"{EVEN} at k = 3, and x never loses"),
        (lambda k: -((k - 3.0) ** 4), f"{EVEN} at k = 3, and x never gains"),
        (lambda k: abs(k - 3.3), f"{EVEN} at k = 3.3, and x never loses"),
        (lambda k: abs(k - 2.0), f"{EVEN} at k = 2, and x never loses"),
        (lambda k: (k - 3.0) ** 3, "changes sign at k = 3:"),
    ],
)
def test_w4_a_sweep_finds_zeros_between_its_points(x: Payoff, said: str) -> None:
    assert said in told(x, lambda k: -1000.0 + 0.0 * k, "no-deal payoff of x")


def test_w4_a_sweep_finds_a_dip_below_zero_between_its_points() -> None:
    found = told(lambda k: (k - 3.0) ** 2 - 0.01, lambda k: -20.0 + 0.0 * k, "no-deal payoff of x")
    assert "changes sign at k = 2.9:" in found
    assert "changes sign at k = 3.1:" in found


def test_w4_a_dip_that_ends_above_zero_is_no_touch() -> None:
    found = told(lambda k: (k - 3.0) ** 2 + 0.01, lambda k: -20.0 + 0.0 * k, "no-deal payoff of x")
    assert f"{GAINS} throughout" in found


def test_w6_leverage_that_is_defined_at_some_points_is_not_said_to_hold_throughout() -> None:
    # Above k = 3 what x gains is what y loses; where both gain there is no deal.
    jump = told(lambda k: np.where(k < 3.0, -1.0, 1.0), lambda k: -1.0 + 0.0 * k, "ncl of x")
    assert jump.endswith("is zero along k from 0 to 10 wherever it is defined, at 2 of 6 points.")
    once = told(lambda k: 10.0 - k, lambda k: -1.0 + 0.0 * k, "ncl of x")
    assert "x is paid wherever it is defined, at 1 of 6 points." in once
