"""Where something begins along a parameter, draw by draw, against closed forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Model, Talks, parameter
from negotiation.case import Case
from negotiation.errors import GridError, ParameterError
from negotiation.regimes.signal import EQUILIBRIUM, WALK_OUT
from negotiation.regimes.thresholds import thresholds
from negotiation.report import thresholds as report
from negotiation.report.render import render
from negotiation.study.places import Beginning, Places, places

SIDES = ("canada", "us")


@dataclass(frozen=True)
class Line(Model):
    """Walking out pays Canada 80 (x - c) more than staying, and another 40 after a strike.

    The United States strikes once x exceeds s.
    """

    x: Any = parameter(0.5, low=0, high=1, unit="share", source="test", lever_of="canada")
    c: Any = parameter(0.5, low=-1, high=2, unit="number", source="test")
    s: Any = parameter(9.0, unit="number", source="test")

    players = SIDES
    actions = (("wait",), ("wait", "strike"))

    def worth(self) -> Any:
        return 80.0 * (np.asarray(self.x) - self.c)

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        return {
            ("wait", "wait"): (50.0 + self.worth(), 20.0),
            ("wait", "strike"): (90.0 + self.worth(), 20.0 + (np.asarray(self.x) - self.s)),
        }

    def talks(self) -> Talks:
        return Talks(
            SIDES,
            (50.0, 50.0),
            AgreementSet.money(100.0),
            inside=(0.0, 0.0),
            discount=(0.05, 0.05),
        )


class Twice(Line):
    """Worth walking out below 0.3 c and above 0.7 c only."""

    def worth(self) -> Any:
        return 1000.0 * ((np.asarray(self.x) - 0.5 * self.c) ** 2 - (0.2 * self.c) ** 2)


class Unknown(Line):
    """Nothing is known above 0.5."""

    def worth(self) -> Any:
        return np.where(np.asarray(self.x) > 0.5, np.nan, super().worth())


def walk_out(found: Places) -> Beginning:
    (got,) = [
        each
        for each in (*found.beginnings, *found.constant)
        if (each.kind, each.side, each.phrase)
        == (WALK_OUT, "canada", "canada's walk-out is credible")
    ]
    return got


def test_the_place_is_the_threshold_of_each_draw() -> None:
    """c ~ U(0.2, 1.2): it begins at c, in four fifths of the draws, and P(place < v) = v - 0.2."""
    case = Case(Line(), draws=400, priors={"c": "uniform(0.2,1.2)"})
    found = places(case, "x=0:1", points=6)
    got = walk_out(found)
    c = case.drawn(["x"]).values["c"]
    inside = c < 1.0
    np.testing.assert_array_equal(got.begins, inside)
    np.testing.assert_allclose(got.place[inside], c[inside], atol=1e-4)
    assert got.band.share == pytest.approx(0.8)
    quantiles = [got.band.low, got.band.median, got.band.high]
    assert quantiles == pytest.approx([0.24, 0.6, 0.96], abs=3e-3)
    for value in (0.3, 0.5, 0.9):
        assert got.chance_below(value) == pytest.approx(value - 0.2, abs=1 / 400)
    assert (got.never == ~inside).all()
    assert not (got.always | got.ceases | got.repeated).any()
    assert found.certified_share == 1.0


def test_a_draw_may_hold_throughout() -> None:
    """c ~ U(-0.5, 1.5): a quarter of the draws throughout, a quarter nowhere, half begin."""
    got = walk_out(
        places(Case(Line(), draws=400, priors={"c": "uniform(-0.5,1.5)"}), "x=0:1", points=6)
    )
    shares = [float(each.mean()) for each in (got.always, got.begins, got.never)]
    assert shares == pytest.approx([0.25, 0.5, 0.25])


def test_a_jump_is_where_the_equilibrium_changes() -> None:
    """A strike at s ~ U(0, 1) adds 40, half a unit of x: from then on walking out is credible."""
    case = Case(Line(c=1.1), draws=200, priors={"s": "uniform(0,1)"})
    found = places(case, "x=0:1", points=6)
    s = case.drawn(["x"]).values["s"]
    (change,) = [each for each in found.beginnings if each.kind == EQUILIBRIUM]
    assert (change.before, change.phrase) == ("wait/wait", "wait/strike")
    np.testing.assert_allclose(change.place, s, atol=2e-4)
    got = walk_out(found)
    np.testing.assert_allclose(got.place, np.maximum(s, 0.6), atol=2e-4)
    assert list(got.by_regime) == ["wait/strike"]
    only = places(case, "x=0:1", when="us: wait -> strike", points=6)
    assert [each.kind for each in only.beginnings] == [EQUILIBRIUM]
    np.testing.assert_allclose(only.beginnings[0].place, s, atol=2e-4)


def test_regimes_have_ranges_of_their_own() -> None:
    """Without a strike walking out begins at c, with one (s = 0) at c - 0.5: never one range."""
    case = Case(Line(), draws=400, priors={"c": "uniform(0.6,0.9)", "s": "one_of(-1,9)"})
    found = places(case, "x=0:1", points=6)
    got = walk_out(found)
    assert not got.pooled
    calm, struck = got.by_regime["wait/wait"], got.by_regime["wait/strike"]
    assert (calm.share, struck.share) == (0.5, 0.5)
    assert [calm.low, calm.high] == pytest.approx([0.615, 0.885], abs=0.01)
    assert [struck.low, struck.high] == pytest.approx([0.115, 0.385], abs=0.01)
    told = " ".join(render(report.document(thresholds(case, "x=0:1"), found), "table").split())
    assert "where the equilibrium above it is wait/strike, in 50 of 100 draws" in told


def test_several_changes_of_a_draw_are_counted() -> None:
    """It holds at first, ceases at 0.3 c and begins again at 0.7 c, if that is in the range."""
    case = Case(Twice(), draws=100, priors={"c": "uniform(0.5,2)"})
    found = places(case, "x=0:1")
    got = walk_out(found)
    c = case.drawn(["x"]).values["c"]
    again = 0.7 * c < 1.0
    assert got.holds.all()
    np.testing.assert_array_equal(got.turns, np.where(again, 2, 1))
    np.testing.assert_array_equal(got.repeated, again)
    np.testing.assert_array_equal(got.ceases, ~again)
    np.testing.assert_allclose(got.place[again], 0.7 * c[again], atol=1e-4)
    (ends,) = [each for each in found.beginnings if "not credible" in each.phrase]
    np.testing.assert_allclose(ends.place, 0.3 * c, atol=1e-4)


def test_what_is_not_certified_is_counted() -> None:
    case = Case(Unknown(), draws=50, priors={"c": "uniform(0.2,1.2)"})
    found = places(case, "x=0:1")
    got = walk_out(found)
    assert not got.whole.any()
    assert not (got.always | got.never).any()
    assert got.band.share == pytest.approx(0.3, abs=0.02)
    assert found.certified_share == pytest.approx(11 / 21)


def test_the_reading_says_how_many_draws_and_where() -> None:
    case = Case(Line(), draws=400, priors={"c": "uniform(0.2,1.2)"})
    found = places(case, "x=0:1", points=6)
    told = " ".join(render(report.document(thresholds(case, "x=0:1"), found), "table").split())
    assert "canada's walk-out is credible: this begins in 80 of 100 draws" in told.replace(
        "Canada's", "canada's"
    )
    assert "(standard error 2.0)" in told
    assert "It holds nowhere in the range in 20 of 100 draws." in told


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ParameterError, match="nothing to draw along x"):
        places(Line(), "x=0:1")
    with pytest.raises(GridError, match="at the point alone"):
        places(
            Case(Line(), draws=10, priors={"c": "uniform(0,1)"}),
            "x=0:1",
            when="the set of equilibria changes",
        )
