"""Thresholds lie where the algebra says, on either side what it says, and nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from negotiation import AgreementSet, Case, Model, Talks, load_model, parameter
from negotiation.errors import GridError, ParameterError
from negotiation.games.game import Array
from negotiation.regimes.event import EventNature
from negotiation.regimes.roots import divide, follow, locate
from negotiation.regimes.thresholds.threshold import Thresholds, thresholds

#: Location asked of every threshold, as a share of the range.
LOCATED = 1e-10


# --- root finding ---------------------------------------------------------------------------------


def several(functions: list[Any]) -> Any:
    return lambda x, k: np.array([functions[i](v) for i, v in zip(k, x, strict=True)])


def test_many_brackets_are_located_together_to_the_last_bit() -> None:
    functions = [lambda x: x**3 - 2, lambda x: np.cos(x) - x, lambda x: np.exp(20 * x) - 1e3]
    f = several(functions)
    low, high = np.zeros(3), np.array([2.0, 1.0, 1.0])
    every = np.arange(3)
    found = locate(f, low, high, f(low, every), f(high, every), 0.0)
    exact = [2 ** (1 / 3), 0.7390851332151607, np.log(1e3) / 20]
    assert_allclose(found.at, exact, rtol=4e-16)
    assert found.calls < 15
    assert not found.hole.any()


@pytest.mark.parametrize(("off", "most"), [(0.0, 6), (0.2, 40)])
def test_a_jump_is_found_sooner_where_its_place_is_known(off: float, most: int) -> None:
    """And is found all the same where what is said of it is wrong."""

    def inside(which: NDArray[np.int64], a: Array, b: Array) -> Array:
        there = (0.7 + off - a) / (b - a)
        near = there[:, None] + np.array([-(2.0**-16), 2.0**-16])
        return np.sort(np.clip(np.column_stack([np.full(len(a), 0.5), near]), 0.0, 1.0))

    found = locate(
        lambda x, k: np.where(x < 0.7, -1.0, 2.0), [0.0], [1.0], [-1.0], [2.0], 1e-12, inside
    )
    assert found.low[0] < 0.7 <= found.high[0] <= found.low[0] + 1e-12
    assert found.calls <= most


def test_a_jump_is_halved_and_keeps_its_two_values() -> None:
    found = locate(lambda x, k: np.where(x < 0.7, -1.0, 2.0), [0.0], [1.0], [-1.0], [2.0], 1e-12)
    assert abs(found.at[0] - 0.7) <= 1e-12
    assert (found.at_low[0], found.at_high[0]) == (-1.0, 2.0)


@pytest.mark.parametrize(("low", "high"), [(0.5, 1.0), (0.0, 0.5), (1.0, 0.5)])
def test_an_end_that_is_zero_is_the_root(low: float, high: float) -> None:
    found = locate(lambda x, k: x - 0.5, [low], [high], [low - 0.5], [high - 0.5], 1e-9)
    assert found.at[0] == found.low[0] == found.high[0] == 0.5
    assert found.calls == 0


def test_a_hole_is_reported_and_the_other_brackets_are_finished() -> None:
    f = several([lambda x: np.nan, lambda x: x - 1 / 3])
    found = locate(f, [0.0, 0.0], [1.0, 1.0], [-1.0, -1 / 3], [1.0, 2 / 3], 1e-14)
    assert found.hole.tolist() == [True, False]
    assert_allclose(found.at[1], 1 / 3, rtol=1e-14)


def test_equal_signs_are_no_bracket() -> None:
    with pytest.raises(ValueError, match="opposite signs"):
        locate(lambda x, k: x, [1.0], [2.0], [1.0], [2.0], 1e-9)


def test_a_change_without_a_function_is_divided_from_either_end() -> None:
    edge = 0.123456789
    low, high = divide(lambda x, k: (x < edge) == (k == 0), [0.0, 1.0], [1.0, 0.0], 1e-13)
    assert_allclose(low, edge, atol=1e-13)
    assert_allclose(high, edge, atol=1e-13)


def test_a_dip_is_followed_to_its_bottom_or_below_the_floor() -> None:
    f = several([lambda x: (x - 0.31) ** 2, lambda x: abs(x - 0.52) - 1e-4])
    places = (np.zeros(2), np.full(2, 0.5), np.ones(2))
    values = tuple(f(x, np.arange(2)) for x in places)
    found = follow(f, places, values, np.zeros(2), 1e-9)
    assert found.beyond.tolist() == [False, True]
    assert_allclose(found.at[0], 0.31, atol=1e-7)
    assert abs(found.at[1] - 0.52) < 1e-4


# --- models whose thresholds are known ------------------------------------------------------------


@dataclass(frozen=True)
class Lonely(Model):
    """Only the first side decides; `x` runs over everything."""

    x: Any = parameter(0.3, low=-4, high=4, unit="one", source="test")

    players = ("us", "them")
    names = MappingProxyType({"us": "the us", "them": "the them"})
    actions: ClassVar[tuple[tuple[str, ...], ...]] = (("stay", "move"), ("talk", "hush"))
    payoff_unit = "units"

    def talks(self) -> Talks:
        return Talks(("us", "them"), (0.0, 0.0), AgreementSet.money(0.0))


def lonely(stay: tuple[Any, Any], move: tuple[Any, Any]) -> dict[tuple[str, ...], tuple[Any, Any]]:
    return {
        (action, word): (own, other - (1.0 if word == "hush" else 0.0))
        for action, (own, other) in (("stay", stay), ("move", move))
        for word in ("talk", "hush")
    }


def kinds(found: Thresholds) -> list[tuple[str, float]]:
    return [(change.kind, event.value) for event in found.events for change in event.changes]


def at(found: Thresholds, kind: str) -> list[float]:
    return [value for each, value in kinds(found) if each == kind]


class Crossing(Lonely):
    """The first side moves where x exceeds one third."""

    def payoffs(self) -> Any:
        return lonely((-1.0 + 0 * self.x, -2.0), (-1.0 + 3 * self.x - 1, -2.0))


def test_an_equilibrium_change_is_told_with_both_sides_and_the_boundary() -> None:
    found = thresholds(Crossing, "x=0:1")
    assert_allclose(at(found, "equilibrium"), [1 / 3], rtol=0, atol=LOCATED)
    event = next(e for e in found.events if any(c.kind == "equilibrium" for c in e.changes))
    change = next(c for c in event.changes if c.kind == "equilibrium")
    assert "us: stay -> move" in change.phrases
    assert (event.below.selected, event.above.selected) == ("stay/talk", "move/talk")
    assert event.at.degenerate
    assert {each.profile for each in event.at.equilibria} == {"stay/talk", "move/talk"}
    assert {each.component for each in event.at.equilibria} == {0}
    assert all(
        each.regret <= 1e-9 for side in (event.below, event.above) for each in side.equilibria
    )
    assert found.certified


def test_a_threshold_at_a_place_that_was_looked_at_is_found() -> None:
    found = thresholds(Crossing, "x=0:0.6666666666666666", points=5)
    assert_allclose(at(found, "equilibrium"), [1 / 3], rtol=0, atol=LOCATED)


class Wave(Lonely):
    """The no-deal payoff crosses zero twice, a hair apart, and touches it once exactly."""

    def payoffs(self) -> Any:
        x = np.asarray(self.x)
        own = ((x - 0.31) ** 2 - 1e-8) * np.where(x < 0.6, 1.0, 0.0) + np.where(
            x < 0.6, 0.0, (x - 0.7153) ** 2
        )
        return lonely((own, -2.0 + 0 * x), (own - 1.0, -2.0 + 0 * x))


def test_a_double_crossing_between_places_is_not_lost_and_a_touch_is_told() -> None:
    found = thresholds(Wave, "x=0:1", when="us loses without a deal", points=33)
    natures = {c.nature: e.value for e in found.events for c in e.changes if c.kind == "loss"}
    crossings = [e.value for e in found.events for c in e.changes if c.nature == "crossing"]
    assert_allclose(crossings, [0.31 - 1e-4, 0.31 + 1e-4], rtol=0, atol=LOCATED)
    assert "touch" not in natures  # where it touches it gains on either side: not the phrase
    whole = thresholds(Wave, "x=0.6:1", points=33)
    touches = [e.value for e in whole.events for c in e.changes if c.nature == "touch"]
    assert_allclose(touches[0], 0.7153, atol=1e-5)


class Switch(Lonely):
    """Where the first side changes its action, the score jumps over zero."""

    def payoffs(self) -> Any:
        x = np.asarray(self.x)
        return lonely((-1.0 + x, -5.0 + 0 * x), (-1.0 + 2 * x - 0.4, 3.0 + 0 * x))


def test_a_jump_is_told_apart_from_a_crossing() -> None:
    found = thresholds(Switch, "x=0:1")
    changes = {(c.kind, c.nature): e.value for e in found.events for c in e.changes}
    assert_allclose(changes["loss", EventNature.JUMP], 0.4, rtol=0, atol=LOCATED)
    assert_allclose(changes["loss", EventNature.CROSSING], 0.7, rtol=0, atol=LOCATED)
    jump = next(
        c for e in found.events for c in e.changes if (c.kind, c.nature) == ("loss", "jump")
    )
    assert jump.below == "the them loses without a deal"
    assert_allclose((jump.value_below, jump.value_above), (-5.0, 3.0))
    crossing = next(
        c for e in found.events for c in e.changes if (c.kind, c.nature) == ("loss", "crossing")
    )
    assert_allclose(crossing.slope, 2.0, rtol=1e-6)


class Several(Lonely):
    """Two strict equilibria; the rule's choice passes from one to the other, both remain."""

    def payoffs(self) -> Any:
        x = np.asarray(self.x)
        return {
            ("stay", "talk"): (2.0 + 0 * x, 2.0 + 0 * x),
            ("stay", "hush"): (0 * x, 0 * x),
            ("move", "talk"): (0 * x, 0 * x),
            ("move", "hush"): (1.0 + 2 * x, 1.0 + 2 * x),
        }


def test_a_change_of_the_selected_equilibrium_alone_is_found() -> None:
    found = thresholds(Several, "x=0.1:0.9", when="equilibrium changes")
    assert_allclose(at(found, "equilibrium"), [0.5], rtol=0, atol=LOCATED)
    event = found.events[0]
    assert event.below.supports == event.above.supports
    assert len(event.below.supports) == 3


class Undefined(Lonely):
    """Payoffs are not numbers between 0.4 and 0.6, and change sign across that."""

    def payoffs(self) -> Any:
        x = np.asarray(self.x)
        hole = np.where((x > 0.4) & (x < 0.6), np.nan, x - 0.5)
        return lonely((hole, -1.0 + 0 * x), (hole - 1.0, -1.0 + 0 * x))


def test_what_could_not_be_looked_at_is_said() -> None:
    found = thresholds(Undefined, "x=0:1")
    assert not found.certified
    gap = next(gap for gap in found.gaps if gap.what == "the equilibria")
    assert gap.low <= 0.4 + 1e-9
    assert gap.high >= 0.6 - 1e-9
    assert gap.high - gap.low < 0.25
    loss = [(e, c) for e in found.events for c in e.changes if c.nature == "hole"]
    assert loss
    assert all(0.4 <= event.value <= 0.6 for event, _ in loss)


def test_what_does_not_happen_is_said_with_its_margin_and_where_it_does() -> None:
    found = thresholds(Crossing, "x=0.5:1", when="us: stay -> move")
    assert not found.events
    (absence,) = found.absent
    assert absence.kind == "equilibrium"
    assert_allclose(absence.beyond, 1 / 3, rtol=0, atol=1e-9)
    assert "stay/talk to move/talk" in absence.sentence
    assert_allclose((absence.nearest, absence.nearest_at), (0.5, 0.5))


def test_the_same_thresholds_come_from_more_places() -> None:
    few, many = (thresholds("tariff_standoff", "tariff=0.05:1", points=n) for n in (65, 257))
    assert [kind for kind, _ in kinds(few)] == [kind for kind, _ in kinds(many)]
    assert_allclose([v for _, v in kinds(few)], [v for _, v in kinds(many)], rtol=0, atol=1e-10)


def test_known_places_of_the_shipped_model() -> None:
    """Where payoffs of the model say: one breaks even there, or two of them are the same."""
    cls: Any = load_model("canada_us")
    found = thresholds("canada_us", "procurement=0.5:0.95", when="the US loses without a deal")
    (place,) = at(found, "loss")
    below, above = (float(cls(procurement=place + e).in_force()[1]) for e in (-1e-6, 1e-6))
    assert below < 0.0 < above
    assert not at(found, "equilibrium")
    payoffs = cls(diversification=0.2).payoffs()[1, 2]  # of the US, where Canada retaliates
    found = thresholds(
        Case("canada_us", {"diversification": 0.2}),
        "us_escalation_cost=0:15000",
        when="US: escalate -> lift",
    )
    assert_allclose(at(found, "equilibrium"), [payoffs[2] - payoffs[0]], rtol=0, atol=1e-5)
    assert found.events[0].at.degenerate


# --- wrong use ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("axis", "error", "says"),
    [
        ("x", GridError, "NAME=LOW:HIGH"),
        ("x=0:1:41", GridError, "no number of points"),
        ("x=a:b", GridError, "is not a range"),
        ("x=1:1", GridError, "different ends"),
        ("y=0:1", ParameterError, "no parameter 'y'"),
        ("x=0:9", ParameterError, "expected a number"),
    ],
)
def test_a_wrong_range_is_refused(axis: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        thresholds(Crossing, axis)


def test_a_parameter_that_is_both_set_and_varied_is_refused() -> None:
    with pytest.raises(GridError, match="both set and varied"):
        thresholds(Case(Crossing, {"x": 0.5}), "x=0:1")


def test_a_misspelt_phrase_gets_the_nearest_and_the_list() -> None:
    with pytest.raises(GridError, match=r"did you mean 'us: stay -> move'.*it knows: equilibrium"):
        thresholds(Crossing, "x=0:1", when="us: stay -> moov")


@pytest.mark.parametrize(
    "when",
    ["THE US: stay->move", "us: stay \u2192 move", "Equilibrium changes", "us:  stay -> move"],
)
def test_phrases_are_read_freely(when: str) -> None:
    found = thresholds(Crossing, "x=0:1", when=when)
    assert_allclose(at(found, "equilibrium"), [1 / 3], rtol=0, atol=LOCATED)
