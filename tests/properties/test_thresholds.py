"""What must hold of thresholds whatever the model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from negotiation import Case, Model, parameter
from negotiation.regimes.roots import locate
from negotiation.regimes.thresholds.threshold import Thresholds, thresholds
from tests.drawn import examples


@dataclass(frozen=True)
class Random(Model):
    """A two by two game whose payoffs move along a line between two random tables."""

    x: Any = parameter(0.0, low=-1, high=2, unit="one", source="test")
    seed: Any = parameter(0.0, low=0, high=1e9, unit="one", source="test")

    players = ("row", "column")
    actions: ClassVar[tuple[tuple[str, ...], ...]] = (("up", "down"), ("left", "right"))

    def payoffs(self) -> Any:
        draw = np.random.default_rng(int(np.max(self.seed)))
        one, two = draw.normal(size=(2, 2, 2, 2))
        x = np.asarray(self.x)[..., None, None, None]
        return one + x * (two - one)


def equilibria(found: Thresholds) -> list[float]:
    return [
        event.value
        for event in found.events
        if any(change.kind in ("equilibrium", "equilibria") for change in event.changes)
    ]


def exact(seed: int) -> list[float]:
    """Places in (0, 1) at which a difference of payoffs that decides a reply passes zero."""
    draw = np.random.default_rng(seed)
    one, two = draw.normal(size=(2, 2, 2, 2))
    ends = [
        np.concatenate([table[0, 0] - table[0, 1], table[1, :, 0] - table[1, :, 1]])
        for table in (one, two)
    ]
    places = ends[0] / (ends[0] - ends[1])
    return sorted(float(place) for place in places if 0 < place < 1)


@given(st.integers(0, 10_000))
@examples(15, deadline=None)
def test_best_replies_change_where_payoffs_are_equal_and_equilibria_only_there(seed: int) -> None:
    found = thresholds(Case(Random, {"seed": seed}), "x=0:1", points=33)
    replies = [e.value for e in found.events for c in e.changes if c.kind == "reply"]
    known = exact(seed)
    assert_allclose(sorted(replies), known, rtol=0, atol=1e-10)
    for place in equilibria(found):
        if not any(abs(place - each) <= 1e-10 for each in known):
            # Else only the rule's choice among the same equilibria changes.
            event = next(event for event in found.events if event.value == place)
            assert event.below.supports == event.above.supports
    values = [event.value for event in found.events]
    assert values == sorted(values)


@given(st.integers(0, 10_000), st.integers(17, 90))
@examples(8, deadline=None)
def test_thresholds_do_not_depend_on_where_was_looked(seed: int, points: int) -> None:
    one, two = (thresholds(Case(Random, {"seed": seed}), "x=0:1", points=n) for n in (33, points))
    assert len(equilibria(one)) == len(equilibria(two))
    assert_allclose(equilibria(one), equilibria(two), rtol=0, atol=2e-10)


@given(
    st.lists(st.tuples(st.floats(0.05, 0.95), st.floats(0.2, 5)), min_size=1, max_size=8),
    st.floats(0.0, 1e-6),
)
@examples(60, deadline=None)
def test_roots_found_together_are_those_found_alone(
    made: list[tuple[float, float]], width: float
) -> None:
    place, power = (np.array(each) for each in zip(*made, strict=True))

    def f(x: Any, k: Any) -> Any:
        # One by one: a power of an array may differ in its last digit from that of a number, and
        # what is compared here, to the last digit, is how roots are found.
        away, powers = np.broadcast_arrays(x - place[k], power[k])
        pairs = zip(away.ravel().tolist(), powers.ravel().tolist(), strict=True)
        found = [math.copysign(abs(each) ** most, each) for each, most in pairs]
        return np.reshape(found, away.shape)

    every = np.arange(len(made))
    low, high = np.zeros(len(made)), np.ones(len(made))
    together = locate(f, low, high, f(low, every), f(high, every), width)
    assert (together.low <= place).all()
    assert (place <= together.high).all()
    assert (together.high - together.low <= max(width, 1e-15)).all()
    for k in every:
        ends = (f(low[k], k), f(high[k], k))
        here = np.full(1, k)
        alone = locate(partial(_only, f, here), low[k], high[k], *ends, width)
        assert alone.at[0] == together.at[k]


def _only(f: Any, here: Any, x: Any, _: Any) -> Any:
    return f(x, here)
