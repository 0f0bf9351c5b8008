"""Regime changes are found where the algebra says they are, and told in words with both sides."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from negotiation import AgreementSet, Case, Model, Talks, parameter
from negotiation.regimes import Event, regimes
from negotiation.regimes.roots import locate
from negotiation.study import sweep

Profiles = dict[tuple[str, ...], tuple[Any, ...]]

#: Location asked of every regime change, as a share of the swept range.
LOCATED = 1e-9


class Lonely(Model):
    """The second side never has a choice that matters: `hush` is always worse."""

    players = ("us", "them")
    names = MappingProxyType({"us": "the us", "them": "the them"})
    actions: ClassVar[tuple[tuple[str, ...], ...]] = (("stay", "move"), ("talk", "hush"))
    payoff_unit = "units"


def lonely(**payoffs: Any) -> Profiles:
    """A table in which only the first side decides: its payoffs, and the other's, by action."""
    table: Profiles = {}
    for action, (own, other) in payoffs.items():
        table[action, "talk"] = (own, other)
        table[action, "hush"] = (own, other - 1.0)
    return table


def money(model: Model, total: float = 0.0) -> Talks:
    return Talks(("us", "them"), (0.0, 0.0), AgreementSet.money(total))


def follow(model: type[Model], *vary: str, **fixed: Any) -> list[Event]:
    return regimes(Case(model, fixed), sweep(Case(model, fixed), list(vary)))


def of(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event.kind == kind]


def only(events: list[Event], kind: str) -> Event:
    found = of(events, kind)
    assert len(found) == 1, [event.sentence for event in found]
    return found[0]


def located(event: Event, where: float, span: float) -> None:
    assert event.value == pytest.approx(where, rel=0, abs=LOCATED * span)
    assert event.parameter in event.sentence
    assert f"{where:.4g}"[:5] in event.sentence
    assert event.before in event.sentence
    assert event.after in event.sentence


# --- the equilibrium changes ----------------------------------------------------------------------

SWITCH = math.sqrt(2.0) / 4.0


@dataclass(frozen=True)
class Pure(Lonely):
    """Moving pays `x - SWITCH` more than staying."""

    x: float = parameter(0.5, low=-4, high=4, unit="units", source="test")

    def payoffs(self) -> Profiles:
        return lonely(stay=(1.0, 2.0), move=(1.0 + self.x - SWITCH, 5.0))


@pytest.mark.parametrize("vary", ["x=0:1:5", "x=1:0:5", "x=0:1:2", "x=-4:4:3", "x=0,1"])
def test_pure_to_pure(vary: str) -> None:
    event = only(follow(Pure, vary), "equilibrium")
    assert event.within
    located(event, SWITCH, 1.0 if "4" not in vary else 8.0)
    assert event.before.startswith("stay/talk (")
    assert event.after.startswith("move/talk (")
    assert "+1.000" in event.before
    assert "+2.000" in event.before
    assert "+5.000" in event.after


@dataclass(frozen=True)
class Inspection(Model):
    """Talk is dominant for them above x = 2; below it both mix, one half each for us."""

    x: float = parameter(1.0, low=0.5, high=6, unit="units", source="test")
    players = ("us", "them")
    names = MappingProxyType({"us": "the us", "them": "the them"})
    actions = (("stay", "move"), ("talk", "hush"))

    def payoffs(self) -> Profiles:
        return {
            ("stay", "talk"): (1.0, -1.0 + self.x),
            ("stay", "hush"): (-1.0, 1.0),
            ("move", "talk"): (-1.0, 1.0 + self.x),
            ("move", "hush"): (1.0, -1.0),
        }


@pytest.mark.parametrize("vary", ["x=0.75:3:4", "x=3:0.75:4", "x=1:5:2"])
def test_mixed_to_pure(vary: str) -> None:
    event = only(follow(Inspection, vary), "equilibrium")
    located(event, 2.0, 2.0)
    assert event.before.startswith("stay+move/talk+hush (")
    assert event.after.startswith("stay/talk (")


FIRST, SECOND = 0.31, 0.37


@dataclass(frozen=True)
class Stairs(Lonely):
    """One step up at FIRST, the next at SECOND."""

    x: float = parameter(0.5, low=0, high=1, unit="units", source="test")
    actions = (("stay", "move", "run"), ("talk", "hush"))

    def payoffs(self) -> Profiles:
        return lonely(
            stay=(0.0, 1.0),
            move=(self.x - FIRST, 2.0),
            run=(2.0 * self.x - FIRST - SECOND, 3.0),
        )


@pytest.mark.parametrize("vary", ["x=0:1:5", "x=0:1:2", "x=1:0:5"])
def test_two_changes_within_one_step(vary: str) -> None:
    events = of(follow(Stairs, vary), "equilibrium")
    first, second = sorted(events, key=lambda event: event.value)
    located(first, FIRST, 1.0)
    located(second, SECOND, 1.0)
    for event, before, after in ((first, "stay", "move"), (second, "move", "run")):
        assert event.before.startswith(f"{before}/talk (")
        assert event.after.startswith(f"{after}/talk (")


PREFER, ABANDON = 0.3, 0.4


@dataclass(frozen=True)
class Coordination(Model):
    """(move, hush) becomes better for both at PREFER; (stay, talk) breaks down at ABANDON."""

    x: float = parameter(0.5, low=0, high=1, unit="units", source="test")
    players = ("us", "them")
    names = MappingProxyType({"us": "the us", "them": "the them"})
    actions = (("stay", "move"), ("talk", "hush"))

    def payoffs(self) -> Profiles:
        better = 2.0 + self.x - PREFER
        return {
            ("stay", "talk"): (2.0, 2.0),
            ("stay", "hush"): (0.0, 0.0),
            ("move", "talk"): (2.0 + self.x - ABANDON, 0.0),
            ("move", "hush"): (better, better),
        }


@pytest.mark.parametrize("vary", ["x=0.05:0.35:3", "x=0:1:3", "x=1:0:3"])
def test_a_better_equilibrium_is_taken_where_it_becomes_better(vary: str) -> None:
    # In the first sweep both equilibria exist throughout; in the others the old one breaks down
    # within the same step, after the rule has left it already.
    event = only(follow(Coordination, vary), "equilibrium")
    located(event, PREFER, 1.0)
    assert event.before.startswith("stay/talk")
    assert event.after.startswith("move/hush")


@dataclass(frozen=True)
class Edge(Lonely):
    """Indifferent at the lowest value allowed, moving pays above it."""

    x: float = parameter(0.5, low=0, high=1, unit="units", source="test")

    def payoffs(self) -> Profiles:
        return lonely(stay=(0.0, 1.0), move=(self.x, 1.0))


@dataclass(frozen=True)
class UpperEdge(Lonely):
    """Indifferent at the highest value allowed, moving pays below it."""

    x: float = parameter(0.5, low=0, high=1, unit="units", source="test")

    def payoffs(self) -> Profiles:
        return lonely(stay=(0.0, 1.0), move=(1.0 - self.x, 1.0))


@pytest.mark.parametrize("vary", ["x=0:1:5", "x=1:0:5"])
@pytest.mark.parametrize(("model", "where"), [(Edge, 0.0), (UpperEdge, 1.0)])
def test_a_change_at_the_end_of_the_allowed_range(
    model: type[Model], where: float, vary: str
) -> None:
    """Looking at both sides of a change must not leave what the parameter allows."""
    for event in of(follow(model, vary), "equilibrium"):
        assert math.isnan(event.value) or event.value == pytest.approx(where, abs=LOCATED)


def test_values_out_of_order_do_not_repeat_a_change() -> None:
    event = only(follow(Pure, "x=0,1,0.2"), "equilibrium")
    located(event, SWITCH, 1.0)


# --- nothing changes ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unbounded(Lonely):
    """Moving pays `far - x` less than staying; no bound on x, so nothing beyond is looked at."""

    x: float = parameter(0.5, unit="units", source="test")
    far: float = parameter(5.0, unit="units", source="test")

    def payoffs(self) -> Profiles:
        return lonely(stay=(1.0, 2.0), move=(1.0 + self.x - self.far, 2.0))


def test_no_change_tells_the_margin() -> None:
    event = only(follow(Unbounded, "x=0:1:5"), "equilibrium")
    assert math.isnan(event.value)
    assert not event.within
    assert event.before == event.after == "stay/talk"
    assert "does not change along x from 0 to 1" in event.sentence
    # Nearest: what hush costs them is 1, less than the 4 that moving costs us at x = 1.
    assert "them would still lose 1.000 units by moving to hush" in event.sentence
    near = only(follow(Unbounded, "x=0:1:5", far=1.25), "equilibrium")
    assert "at x = 1 the us would still lose 0.2500 units by moving to move" in near.sentence


@pytest.mark.parametrize("vary", ["x=0:0.25:6", "x=0.25:0:6"])
def test_a_change_beyond_the_range_is_located(vary: str) -> None:
    event = only(follow(Pure, vary), "equilibrium")
    assert not event.within
    located(event, SWITCH, 0.25)
    assert "does not change along x" in event.sentence
    assert "Outside that range" in event.sentence


def test_a_change_below_the_range_is_located() -> None:
    event = only(follow(Pure, "x=1:2:5"), "equilibrium")
    assert not event.within
    located(event, SWITCH, 1.0)
    assert event.before.startswith("stay/talk")
    assert event.after.startswith("move/talk")


@dataclass(frozen=True)
class Both(Lonely):
    """Runs below -1, stays between, moves above 3."""

    x: float = parameter(0.5, low=-4, high=4, unit="units", source="test")
    actions = (("run", "stay", "move"), ("talk", "hush"))

    def payoffs(self) -> Profiles:
        return lonely(run=(-1.0 - self.x, 1.0), stay=(0.0, 1.0), move=(self.x - 3.0, 1.0))


@pytest.mark.parametrize(("vary", "nearest"), [("x=0:1:3", -1.0), ("x=1:2:3", 3.0)])
def test_of_changes_beyond_the_range_the_nearest_is_told(vary: str, nearest: float) -> None:
    located(only(follow(Both, vary), "equilibrium"), nearest, 1.0)


# --- payoffs and leverage change sign -------------------------------------------------------------

ROOT = math.pi / 8.0


@dataclass(frozen=True)
class Signs(Lonely):
    """Without a deal we have -3, they have a multiple of x - ROOT that is far from straight."""

    x: float = parameter(0.5, low=0, high=2, unit="units", source="test")
    bend: float = parameter(1.0, low=0, high=20, unit="units", source="test")

    def payoffs(self) -> Profiles:
        value = np.expm1(self.bend * (np.asarray(self.x) - ROOT))
        return lonely(stay=(-3.0, value), move=(-4.0, value))

    talks = money


@pytest.mark.parametrize("vary", ["x=0:1:5", "x=1:0:5", "x=0:1:2", "x=0.3,0.5"])
@pytest.mark.parametrize("bend", [0.1, 1.0, 12.0])
def test_a_payoff_changes_sign(vary: str, bend: float) -> None:
    event = only(follow(Signs, vary, bend=bend), "no-deal payoff of them")
    assert event.within
    located(event, ROOT, 0.2)
    assert "the them loses without a deal (-" in event.before
    assert "the them gains without a deal (+" in event.after


def test_a_payoff_that_keeps_its_sign_tells_the_nearest_value() -> None:
    event = only(follow(Signs, "x=0:1:5"), "no-deal payoff of us")
    assert math.isnan(event.value)
    assert not event.within
    assert "does not change sign along x from 0 to 1" in event.sentence
    assert "the us loses without a deal throughout" in event.sentence
    assert "Nearest to zero: -3.000 units" in event.sentence
    assert re.search(r"found up to (2|1\.\d+) either", event.sentence), event.sentence


@pytest.mark.parametrize(("vary", "span"), [("x=0:0.3:4", 0.3), ("x=0.5:2:4", 1.5)])
def test_a_sign_change_beyond_the_range(vary: str, span: float) -> None:
    event = only(follow(Signs, vary), "no-deal payoff of them")
    assert not event.within
    located(event, ROOT, span)
    assert "does not change sign along x" in event.sentence
    assert "Outside that range" in event.sentence


@dataclass(frozen=True)
class OnGrid(Lonely):
    """Their payoff is zero exactly at x = 1/2, a point of the grid."""

    x: float = parameter(0.5, low=0, high=1, unit="units", source="test")

    def payoffs(self) -> Profiles:
        return lonely(stay=(-2.0, 4.0 * (self.x - 0.5)), move=(-3.0, 0.0))

    talks = money


@pytest.mark.parametrize("vary", ["x=0:1:5", "x=1:0:5", "x=0:1:3"])
def test_a_zero_on_a_grid_point_is_one_change(vary: str) -> None:
    event = only(follow(OnGrid, vary), "no-deal payoff of them")
    assert event.within
    located(event, 0.5, 1.0)
    assert "loses" in event.before
    assert "gains" in event.after


@dataclass(frozen=True)
class Zero(Lonely):
    """They never win or lose anything; we win and then stop winning, without ever losing."""

    x: float = parameter(0.5, low=0, high=1, unit="units", source="test")

    def payoffs(self) -> Profiles:
        return lonely(stay=(np.maximum(0.0, 0.5 - np.asarray(self.x)), 0.0), move=(-3.0, 0.0))

    def talks(self) -> Talks:
        return money(self, 4.0)


def test_a_payoff_that_is_zero_throughout() -> None:
    event = only(follow(Zero, "x=0:1:5"), "no-deal payoff of them")
    assert math.isnan(event.value)
    assert event.sentence == "The no-deal payoff of the them is zero along x from 0 to 1."


def test_a_payoff_that_falls_to_zero_is_not_said_to_gain_throughout() -> None:
    event = only(follow(Zero, "x=0:1:5"), "no-deal payoff of us")
    assert "gains without a deal throughout" not in event.sentence
    assert "zero" in event.sentence


@dataclass(frozen=True)
class Smooth(Lonely):
    """d = (-1 - x, -2): with equal gains Delta of the first is (d1 - d2) / 2, zero at x = 1."""

    x: float = parameter(0.5, low=0, high=4, unit="units", source="test")

    def payoffs(self) -> Profiles:
        return lonely(stay=(-1.0 - self.x, -2.0), move=(-9.0, -9.0))

    talks = money


@pytest.mark.parametrize("vary", ["x=0:2.5:4", "x=2.5:0:4"])
def test_leverage_changes_sign_smoothly(vary: str) -> None:
    event = only(follow(Smooth, vary), "ncl of us")
    assert event.within
    located(event, 1.0, 2.5)
    assert "the us is paid (+" in event.before
    assert "the us pays for the deal (-" in event.after


@dataclass(frozen=True)
class Jump(Lonely):
    """Where moving becomes better than staying, d jumps from (-1, -2) to (-1, -1/2)."""

    x: float = parameter(0.5, low=0, high=1, unit="units", source="test")

    def payoffs(self) -> Profiles:
        return lonely(stay=(-1.0 + SWITCH - self.x, -2.0), move=(-1.0, -0.5))

    talks = money


@pytest.mark.parametrize("vary", ["x=0:1:5", "x=1:0:5", "x=0:1:2"])
def test_leverage_changes_sign_at_a_jump(vary: str) -> None:
    events = follow(Jump, vary)
    located(only(events, "equilibrium"), SWITCH, 1.0)
    event = only(events, "ncl of us")
    assert event.within
    located(event, SWITCH, 1.0)
    assert "is paid (+" in event.before
    assert "pays for the deal (-0.167" in event.after


@dataclass(frozen=True)
class Gap(Lonely):
    """We are paid below x = 0.3 and pay above 0.6; between, no agreement is better than none."""

    x: float = parameter(0.5, low=0, high=1, unit="units", source="test")

    def payoffs(self) -> Profiles:
        x = np.asarray(self.x)
        own = np.where(x < 0.3, -1.0, np.where(x < 0.6, 5.0, -2.0))
        other = np.where(x < 0.3, -2.0, np.where(x < 0.6, 5.0, -1.0))
        return lonely(stay=(own, other), move=(-9.0, -9.0))

    talks = money


def test_leverage_that_is_undefined_between_its_signs() -> None:
    event = only(follow(Gap, "x=0.1:0.9:5"), "ncl of us")
    # It never is zero: the sentence must say that there is a stretch without any deal.
    assert 0.3 - LOCATED <= event.value <= 0.6 + LOCATED
    assert any(words in event.sentence for words in ("no deal", "undefined", "none"))


@dataclass(frozen=True)
class Shifted(Lonely):
    """The status quo is worth (10, 10): no deal is a loss below that, not below zero."""

    x: float = parameter(0.5, low=0, high=20, unit="units", source="test")

    def payoffs(self) -> Profiles:
        return lonely(stay=(self.x, 4.0), move=(-9.0, 4.0))

    def talks(self) -> Talks:
        return Talks(("us", "them"), (10.0, 10.0), AgreementSet.money(20.0))


def test_gains_and_losses_are_counted_from_the_status_quo() -> None:
    events = follow(Shifted, "x=5:15:5")
    located(only(events, "no-deal payoff of us"), 10.0, 10.0)
    them = only(events, "no-deal payoff of them")
    assert "the them loses without a deal throughout" in them.sentence


# --- points that are not solved -------------------------------------------------------------------


@dataclass(frozen=True)
class Hole(Lonely):
    """No payoffs below x = 1/2."""

    x: float = parameter(0.75, low=0, high=1, unit="units", source="test")

    def payoffs(self) -> Profiles:
        value = np.where(np.asarray(self.x) < 0.5, np.nan, -1.0)
        return lonely(stay=(value, -2.0), move=(-9.0, -9.0))

    talks = money


@pytest.mark.parametrize("vary", ["x=0.1:0.9:5", "x=0.1:0.4:4", "x=0.6:0.9:4"])
def test_unsolved_points_are_told_in_words(vary: str) -> None:
    for event in follow(Hole, vary):
        assert "  " not in event.sentence
        assert ":  " not in event.sentence
        assert ": throughout" not in event.sentence
        assert "( " not in event.sentence
        for side in (event.before, event.after):
            assert side.strip(" ()"), event.sentence
            assert not side.startswith(" "), event.sentence


# --- more axes ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plane(Lonely):
    """Moving pays above x = height, halved where the mood is bright."""

    x: float = parameter(0.5, low=0, high=1, unit="units", source="test")
    height: float = parameter(0.25, low=0, high=1, unit="units", source="test")
    mood: str = parameter("dark", choices=("dark", "bright"), unit="mood", source="test")

    def payoffs(self) -> Profiles:
        factor = 0.5 if self.mood == "bright" else 1.0
        return lonely(stay=(1.0, 2.0), move=(1.0 + self.x - factor * self.height, 2.0))


@dataclass(frozen=True)
class Long(Lonely):
    """Moving pays more and more; the other side gets nothing but rounding, then a little."""

    x: float = parameter(0.5, low=0, high=2, unit="units", source="test")

    def payoffs(self) -> Profiles:
        x = np.asarray(self.x)
        noise = 0.1 + x - x - 0.1  # zero but for rounding, of either sign
        own = x - SWITCH
        return lonely(stay=(-1.0, 1e-3 * x), move=(own - 1.0 + 0.2 * (x - 0.7) ** 2, noise))

    def talks(self) -> Talks:
        return money(self, 4.0)


def test_a_long_line_is_told_as_a_short_one(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.linspace(0.0, 1.9, 12_001)
    assert len(set(np.sign(0.1 + noise - noise - 0.1).tolist())) > 1
    data = sweep(Long, ["x=0:1.9:12001"])
    found = regimes(Case(Long), data)
    monkeypatch.setattr(import_module("negotiation.regimes.regimes"), "_MANY_POINTS", 20_000)
    every = regimes(Case(Long), data)
    assert [event.sentence for event in found] == [event.sentence for event in every]
    changes = [(event.kind, event.nature) for event in found if event.within]
    assert len(changes) < 6
    assert {kind for kind, _ in changes} >= {"equilibrium", "no-deal payoff of us"}


def test_every_line_of_a_plane_is_followed() -> None:
    events = of(follow(Plane, "x=0:1:3", "height=0.2,0.7", "mood=dark,bright"), "equilibrium")
    told = {event.sentence.partition(" below")[0]: event.value for event in events}
    assert len(told) == 4
    for height in (0.2, 0.7):
        for mood, factor in (("dark", 1.0), ("bright", 0.5)):
            here = [v for s, v in told.items() if f"height={height}" in s and f"mood={mood}" in s]
            assert here == [pytest.approx(factor * height, abs=LOCATED)]


def test_the_first_numeric_axis_is_followed_wherever_it_stands() -> None:
    events = of(follow(Plane, "mood=dark,bright", "x=0:1:3"), "equilibrium")
    assert [event.parameter for event in events] == ["x", "x"]
    assert [event.value for event in events] == [
        pytest.approx(0.25, abs=LOCATED),
        pytest.approx(0.125, abs=LOCATED),
    ]


def test_words_alone_have_no_regimes() -> None:
    assert follow(Plane, "mood=dark,bright") == []
    assert follow(Plane, "x=0.5") == []


# --- the root finder ------------------------------------------------------------------------------


def crossing(
    f: Callable[[float], float],
    low: float,
    high: float,
    at_low: float,
    at_high: float,
    width: float,
) -> float:
    """One bracket."""
    found = locate(
        lambda x, k: np.array([f(each) for each in x]), low, high, at_low, at_high, width
    )
    return float(found.at[0])


class Counted:
    """A function that gives up where a root finder does not."""

    def __init__(self, f: Callable[[float], float], most: int = 400) -> None:
        self.f, self.calls, self.most = f, 0, most

    def __call__(self, x: float) -> float:
        self.calls += 1
        assert self.calls <= self.most, f"no end after {self.calls} evaluations, now at {x!r}"
        return self.f(x)


R = 1.0 / 3.0
NASTY: dict[str, Callable[[float], float]] = {
    "straight": lambda x: x - R,
    "flat": lambda x: (x - R) ** 21,
    "cube root": lambda x: math.copysign(abs(x - R) ** (1 / 3), x - R),
    "steep": lambda x: math.atan(1e12 * (x - R)),
    "step": lambda x: -1.0 if x < R else 1.0,
    "uneven step": lambda x: -1e-12 if x < R else 1e12,
    "huge step": lambda x: -1e-200 if x < R else 1e200,
    "tiny": lambda x: 1e-300 * (x - R),
    "exponential": lambda x: math.exp(60 * x) - math.exp(60 * R),
    "pole": lambda x: 1.0 / (x - R) if x != R else math.inf,
    "kink": lambda x: x - R if x < R else 1e6 * (x - R),
    "plateau": lambda x: -1e-9 if x < R else x - R + 1.0,
    "stairs": lambda x: math.floor((x - R) * 1e4) + 0.5,
    "wiggle": lambda x: (x - R) * (1.1 + math.sin(400 * x)),
    "infinite": lambda x: -math.inf if x < R else math.inf,
}


@pytest.mark.parametrize("down", [False, True], ids=["up", "down"])
@pytest.mark.parametrize("name", NASTY)
def test_a_crossing_is_located_however_nasty_the_function(name: str, down: bool) -> None:
    f = NASTY[name]
    low, high = (1.0, 0.0) if down else (0.0, 1.0)
    counted = Counted(f)
    found = crossing(counted, low, high, f(low), f(high), 1e-10)
    assert abs(found - R) <= 1e-10
    assert counted.calls <= 120


def test_a_smooth_crossing_takes_few_evaluations() -> None:
    counted = Counted(NASTY["exponential"])
    crossing(counted, 0.0, 1.0, counted.f(0.0), counted.f(1.0), 1e-10)
    assert counted.calls <= 30  # halving alone takes 34


def test_ends_that_are_zero_are_the_answer() -> None:
    never = Counted(lambda x: x, most=0)
    assert crossing(never, 2.0, 3.0, 0.0, 1.0, 1e-10) == 2.0
    assert crossing(never, 2.0, 3.0, -1.0, 0.0, 1e-10) == 3.0


def test_a_zero_inside_is_the_answer() -> None:
    f = Counted(lambda x: x - 0.5)
    assert crossing(f, 0.0, 1.0, -0.5, 0.5, 1e-10) == 0.5
    assert f.calls == 1


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_function_that_is_undefined_in_between_comes_to_an_end(sign: float) -> None:
    f = Counted(lambda x: math.nan if 0.3 < x < 0.6 else sign * (x - 0.5))
    found = crossing(f, 0.0, 1.0, f(0.0), f(1.0), 1e-10)
    assert 0.3 - 1e-9 <= found <= 0.6 + 1e-9


def test_a_width_below_the_spacing_of_numbers_comes_to_an_end() -> None:
    f = Counted(lambda x: x - (1e9 + 3e-4))
    found = crossing(f, 1e9, 1e9 + 1e-3, f(1e9), f(1e9 + 1e-3), 1e-13)
    assert abs(found - (1e9 + 3e-4)) <= 2e-7


@given(
    steps=st.lists(st.floats(-1e6, 1e6).filter(lambda v: abs(v) > 1e-6), min_size=1, max_size=8),
    edge=st.floats(0.0, 1.0),
    down=st.booleans(),
)
def test_some_sign_change_is_found_in_any_step_function(
    steps: list[float], edge: float, down: bool
) -> None:
    values = [-1.0, *steps, 1.0]

    def f(x: float) -> float:
        return values[min(int(x * len(values)), len(values) - 1)] if x != edge else -0.5

    low, high = (1.0, 0.0) if down else (0.0, 1.0)
    if f(low) * f(high) > 0:
        return
    found = crossing(Counted(f), low, high, f(low), f(high), 1e-9)
    around = [f(min(max(found + step, 0.0), 1.0)) for step in (-1.1e-9, 0.0, 1.1e-9)]
    assert min(around) < 0.0 < max(around)
