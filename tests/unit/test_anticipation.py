"""Levers pulled before the talks: optima by hand, ties, kinks, integration that is regretted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from negotiation import AgreementSet, Model, Talks, parameter
from negotiation.errors import GridError, ModelError, ParameterError
from negotiation.games.game import Array
from negotiation.study.audit.anticipation import anticipate, lock_in
from tests.oracles.small_models import LockIn

SIDES = ("canada", "us")
Payoffs = dict[tuple[str, ...], tuple[Any, ...]]


@dataclass(frozen=True)
class Outlets(Model):
    """Outlets earn 6 x - 4 x ** 2, help without a deal by 3 x, and cost 2 a unit."""

    x: Any = parameter(0.0, low=0, high=1, unit="share", source="test", lever_of="canada")
    cost: Any = parameter(2.0, low=0, unit="money", source="test")
    help: Any = parameter(3.0, low=0, unit="money", source="test")
    harm: Any = parameter(0.0, unit="money", source="test")
    word: str = parameter("a", choices=("a", "b"), unit="word", source="test", lever_of="canada")

    players = SIDES
    actions = (("wait",), ("wait",))

    def payoffs(self) -> Payoffs:
        return {("wait", "wait"): (-8.0 + self.help * self.x, -4.0 - self.harm * self.x)}

    def talks(self) -> Talks | None:
        return Talks(SIDES, (0.0, 0.0), AgreementSet.money(0.0))

    def levers_worth(self) -> Array:
        x = np.asarray(self.x, dtype=float)
        return np.stack([self.earned(x), x], axis=-1)

    def earned(self, x: Array) -> Array:
        return 6.0 * x - 4.0 * x**2

    def lever_cost(self, name: str) -> Any:
        return self.cost if name == "x" else None


def test_levels_by_hand() -> None:
    """The deal gives Canada half of its better fallback: 1.5 x. The US earns x by the outlets."""
    found = anticipate(Outlets(), "x")
    assert (found.owner, found.low, found.high, found.cost) == ("canada", 0.0, 1.0, 2.0)
    assert found.perfect.at == pytest.approx((6 + 1.5 - 2) / 8, abs=1e-10)
    assert found.no_talks.at == pytest.approx((6 + 3 - 2) / 8, abs=1e-10)
    assert found.no_dispute.at == pytest.approx((6 - 2) / 8, abs=1e-10)
    assert found.joint.at == pytest.approx((6 + 1 - 2) / 8, abs=1e-10)
    assert found.over == pytest.approx(0.5 / 8, abs=1e-10)
    x = found.perfect.at
    at = found.values["perfect"]
    assert at["worth"] == pytest.approx(6 * x - 4 * x**2)
    assert at["deal"] == pytest.approx(-2 + 1.5 * x)
    assert at["no_deal"] == pytest.approx(-8 + 3 * x)
    assert at["cost"] == pytest.approx(2 * x)
    assert at["value"] == found.perfect.value == pytest.approx(-2 + 5.5 * x - 4 * x**2)
    assert at["joint"] == pytest.approx(6 * x - 4 * x**2 + x - 2 * x)
    assert all(not each.ties for each in (found.perfect, found.no_talks, found.joint))


def test_a_lever_that_helps_the_other_side_is_pulled_too_little() -> None:
    """Erosion: the US loses less without a deal as Canada pulls, so that half of that is lost."""
    found = anticipate(Outlets(help=0.0, harm=-2.0), "x")
    assert found.perfect.at == pytest.approx((6 - 1 - 2) / 8, abs=1e-10)
    assert found.over < 0.0


def test_the_best_may_lie_at_an_end() -> None:
    up, down = anticipate(Outlets(help=9.0), "x"), anticipate(Outlets(cost=30.0), "x")
    assert up.perfect.at == 1.0
    assert down.perfect.at == 0.0
    part = anticipate(Outlets(help=9.0), "x", 0.2, 0.4)
    assert (part.low, part.high, part.perfect.at) == (0.2, 0.4, 0.4)


class TwoPeaks(Outlets):
    """The outlets earn most at 0.25 and at 0.75, alike."""

    def earned(self, x: Array) -> Array:
        return 2.0 * x - 400.0 * (x - 0.25) ** 2 * (x - 0.75) ** 2


def test_ties_are_reported() -> None:
    found = anticipate(TwoPeaks(help=0.0), "x")
    assert found.perfect.at == pytest.approx(0.25, abs=1e-7)
    assert_allclose(found.perfect.ties, [0.75], atol=1e-7)
    leaning = anticipate(TwoPeaks(help=0.01), "x")
    assert leaning.perfect.at == pytest.approx(0.75, abs=1e-3)
    assert leaning.perfect.ties == ()


class Flat(Outlets):
    def earned(self, x: Array) -> Array:
        return 2.0 * x


def test_where_nothing_is_to_choose_the_whole_range_ties() -> None:
    found = anticipate(Flat(help=0.0), "x")
    assert (found.perfect.at, found.perfect.ties) == (0.0, (1.0,))


class Cliff(Outlets):
    """Beyond 1 / pi the United States answers: the gain breaks off."""

    def payoffs(self) -> Payoffs:
        x = np.asarray(self.x, dtype=float)
        own = np.where(x <= 1 / np.pi, 3.0 * x, -50.0)
        return {("wait", "wait"): (-8.0 + own, -4.0)}


class Kink(Outlets):
    def payoffs(self) -> Payoffs:
        x = np.asarray(self.x, dtype=float)
        return {("wait", "wait"): (-8.0 - 40.0 * np.abs(x - 1 / np.pi), -4.0)}


@pytest.mark.parametrize("model", [Cliff, Kink])
def test_a_jump_or_a_kink_is_narrowed_down(model: type[Outlets]) -> None:
    found = anticipate(model(), "x")
    assert found.perfect.at == pytest.approx(1 / np.pi, abs=1e-8)
    assert found.joint.at == pytest.approx(5 / 8, abs=1e-10)  # the pie has no such thing


class Hopeless(Outlets):
    """Without a deal both gain more than a deal could give."""

    def payoffs(self) -> Payoffs:
        return {("wait", "wait"): (8.0 + 0.0 * np.asarray(self.x), 4.0)}


def test_where_there_is_no_deal_the_fallback_is_what_is_looked_ahead_to() -> None:
    found = anticipate(Hopeless(), "x")
    assert found.perfect.at == found.no_talks.at == pytest.approx(0.5, abs=1e-10)
    assert (found.without_deal, found.undefined) == (65, 0)
    assert found.values["perfect"]["deal"] == 8.0


class Unknown(Outlets):
    """No payoffs in the upper half."""

    def payoffs(self) -> Payoffs:
        x = np.asarray(self.x, dtype=float)
        return {("wait", "wait"): (np.where(x > self.harm, np.nan, -8.0 + 3.0 * x), -4.0)}


def test_what_is_not_known_is_no_optimum() -> None:
    found = anticipate(Unknown(harm=0.5), "x")
    assert found.perfect.at == pytest.approx(0.5, abs=1e-8)
    assert (found.without_deal, found.undefined) == (0, 32)
    nothing = anticipate(Unknown(harm=-1.0), "x")
    assert np.isnan(nothing.perfect.at)
    assert np.isnan(nothing.over)
    assert nothing.undefined == 65
    assert np.isnan(nothing.values["perfect"]["deal"])
    assert nothing.no_dispute.at == pytest.approx(0.5, abs=1e-10)


def test_oracle_d09_integration_that_is_regretted() -> None:
    """McLaren (1997): investors who expect free trade integrate, and the country is worse off."""
    got = lock_in(LockIn(gain=0.4, exposure=1.0), "sunk", "canada")
    assert (got.chosen, got.none) == (1.0, 0.0)
    assert got.deal_none == pytest.approx(1.0, abs=1e-9)
    assert got.deal_chosen == pytest.approx(0.7, abs=1e-9)
    assert got.fallback_none == pytest.approx(LockIn.AUTARKY, abs=1e-9)
    assert got.worse_than_none
    assert got.loss == pytest.approx(0.3, abs=1e-9)


@pytest.mark.parametrize(("exposure", "worse"), [(0.4 - 1e-6, False), (0.4 + 1e-6, True)])
def test_oracle_d09_critical_exposure(exposure: float, worse: bool) -> None:
    assert lock_in(LockIn(gain=0.4, exposure=exposure), "sunk", "canada").worse_than_none is worse


def test_who_looks_ahead_does_not_integrate_as_far() -> None:
    """u_C = 1 + (g - k) z / 2: subgame perfect is no integration, both together want all of it."""
    found = anticipate(LockIn(), "sunk")
    assert found.perfect.at == 0.0
    assert found.joint.at == 1.0
    assert found.over == -1.0


def test_a_cost_may_be_given() -> None:
    found = anticipate(Outlets(), "x", cost=1.0)
    assert found.cost == 1.0
    assert found.no_dispute.at == pytest.approx((6 - 1) / 8, abs=1e-10)


@pytest.mark.parametrize(
    ("lever", "bounds", "error", "said"),
    [
        ("y", (), ParameterError, "no parameter 'y'"),
        ("word", (), GridError, "is not a number"),
        ("cost", (), GridError, "say whose choice it is"),
        ("x", (0.5, 0.2), GridError, "two rising bounds"),
        ("x", (0.0, 3.0), ParameterError, r"expected a number in \[0, 1\]"),
    ],
)
def test_what_cannot_be_looked_ahead_at_is_refused(
    lever: str, bounds: tuple[float, ...], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        anticipate(Outlets(), lever, *bounds)


def test_without_talks_nothing_is_anticipated() -> None:
    class Silent(Outlets):
        def talks(self) -> None:
            return None

    with pytest.raises(ModelError, match="has no talks"):
        anticipate(Silent(), "x")
    with pytest.raises(GridError, match="two rising bounds"):
        anticipate(Outlets(), "cost", side="canada")
