"""L5: whose threats are believed, where that turns, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from negotiation import AgreementSet, Model, Talks, evaluate, load_model, parameter
from negotiation.bargaining import beliefs, credible
from negotiation.case import Case
from negotiation.errors import GridError, ModelError, ParameterError
from negotiation.games.game import Game
from negotiation.games.sequential import sequential
from negotiation.study import drawn
from negotiation.study.credibility.claims import (
    ACT,
    ACT_FIRST,
    WALK_OUT,
    Claim,
    first_mover,
    margins,
)
from negotiation.study.credibility.credibility import Credible, Turn, credibility, hurt

SIDES = ("canada", "us")


@dataclass(frozen=True)
class Options(Model):
    """Oracle H02: a pie of 100; Canada may walk out with 80 theta, the United States with 20."""

    theta: Any = parameter(0.5, low=0, high=1, unit="share", source="H02", lever_of="canada")
    mood: str = parameter("calm", choices=("calm", "angry"), unit="word", source="test")

    players = SIDES
    actions = (("wait",), ("wait",))

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        return {("wait", "wait"): (80.0 * self.theta + (30.0 if self.mood == "angry" else 0), 20.0)}

    def talks(self) -> Talks:
        return Talks(
            SIDES,
            (50.0, 50.0),
            AgreementSet.money(100.0),
            inside=(0.0, 0.0),
            discount=(0.05, 0.05),
        )


@dataclass(frozen=True)
class Broken(Options):
    """No payoffs in the upper half."""

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        theta = np.asarray(self.theta, dtype=float)
        return {("wait", "wait"): (np.where(theta > 0.5, np.nan, 80.0 * theta), 20.0)}


def turn(found: Credible, *claim: str) -> list[Turn]:
    return [each for each in found.turns if each.claim == Claim(*claim)]


# --- walking out ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("theta", "margin", "believed"),
    [(0.0, -50.0, False), (0.25, -30.0, False), (0.5, -10.0, False), (0.75, 10.0, True)],
)
def test_oracle_h02_walking_out(theta: float, margin: float, believed: bool) -> None:
    scores = credibility(Options(theta=theta)).outcome.leverage
    assert scores is not None
    assert scores.credibility.staying.tolist() == pytest.approx([50.0, 50.0], abs=1e-9)
    assert float(scores.credibility.margin[0]) == pytest.approx(margin, abs=1e-9)
    assert bool(scores.credibility.credible[0]) is believed


def test_oracle_h02_where_walking_out_turns_credible() -> None:
    found = credibility(Options(), "theta=0:1")
    (canada,) = turn(found, WALK_OUT, "canada")
    assert canada.value == pytest.approx(0.625, abs=1e-10)
    assert canada.below < 0.0 < canada.above
    assert not canada.jump
    (us,) = turn(found, WALK_OUT, "us")
    assert np.isnan(us.value)
    assert us.nearest == pytest.approx(-30.0)


@pytest.mark.parametrize(
    ("theta", "wanted"),
    [
        (0.0, 2.866515718791933e-07),
        (0.25, 0.0013498980316300933),
        (0.5, 0.15865525393145707),
        (0.625, 0.5),
        (0.75, 0.8413447460685429),
        (1.0, 0.9986501019683699),
    ],
)
def test_oracle_h02_probability(theta: float, wanted: float) -> None:
    scores = credibility(Options(theta=theta)).outcome.leverage
    assert scores is not None
    mean, staying = scores.credibility.outside[0], scores.credibility.staying[0]
    got = credible(beliefs.normal(mean, 10.0), staying)
    assert float(got) == pytest.approx(wanted, rel=1e-9)


def test_a_side_as_well_off_in_the_talks_does_not_walk_out() -> None:
    found = margins(evaluate(Options(theta=0.625)))
    assert found[Claim(WALK_OUT, "canada")] < 0.0


# --- acting ---------------------------------------------------------------------------------------


def test_acting_by_hand() -> None:
    """The exporter's answer wins back 3 and costs 1 less that; imposing earns 8.75 less 8."""
    found = {each.claim: each for each in credibility(load_model("tariff_standoff")()).acts}
    retaliate = found[Claim(ACT, "exporter", "retaliate")]
    assert retaliate.margin == pytest.approx(3.0)
    assert (retaliate.other, retaliate.answer, retaliate.credible) == ("accept", "impose", True)
    impose = found[Claim(ACT, "importer", "impose")]
    assert (impose.value, impose.best_other) == (0.75, 0.0)
    first = found[Claim(ACT_FIRST, "importer", "refrain")]
    assert (first.answer, first.credible) == ("accept", False)
    assert first.margin == pytest.approx(-0.75)


PAYOFF = st.integers(-5, 5)


@given(st.lists(PAYOFF, min_size=12, max_size=12), st.sampled_from([0, 1]))
def test_the_first_mover_does_what_backward_induction_says(values: list[int], leader: int) -> None:
    """Ties included: her surest action is best, as in the outcome that is worst for her."""
    game = Game(SIDES, (("a", "b", "c"), ("x", "y")), np.reshape(values, (2, 3, 2)).astype(float))
    worth, reply = first_mover(game, leader)
    assert worth.max() == float(sequential(game, [SIDES[leader]]).pessimistic_payoffs[leader])
    other = game.payoffs[1 - leader] if leader == 0 else game.payoffs[1 - leader].T
    assert (other[np.arange(len(reply)), reply] == other.max(axis=1)).all()


@given(st.lists(st.floats(-5, 5, width=32), min_size=18, max_size=18))
def test_what_is_played_is_credible_and_nothing_else_pays(values: list[float]) -> None:
    @dataclass(frozen=True)
    class Drawn(Model):
        players = SIDES
        actions = (("a", "b", "c"), ("x", "y", "z"))

        def payoffs(self) -> Any:
            return np.reshape(values, (2, 3, 3))

    outcome = evaluate(Drawn())
    found = margins(outcome)
    for p, (player, actions) in enumerate(zip(SIDES, outcome.game.actions, strict=True)):
        for a, action in enumerate(actions):
            margin = float(found[Claim(ACT, player, action)])
            assert margin != 0.0
            if outcome.selection.strategies[p][a] > 1e-6:
                assert margin > 0.0
            else:
                assert margin <= 1e-8 * float(outcome.game.span[p])


def test_where_a_threat_to_act_turns() -> None:
    """Imposing is worth 12.5 (1 - diversification) - 8: nothing at 0.36, where both then mix."""
    found = credibility(load_model("tariff_standoff")(), "diversification=0:0.9")
    for claim in ((ACT, "importer", "refrain"), (ACT_FIRST, "importer", "impose")):
        (got,) = turn(found, *claim)
        assert got.value == pytest.approx(0.36, abs=1e-10)
    (accept,) = turn(found, ACT, "exporter", "accept")
    assert accept.value == pytest.approx(0.36, abs=1e-10)
    assert accept.jump
    assert accept.below == pytest.approx(-3.0)
    (impose,) = turn(found, ACT, "importer", "impose")
    assert np.isnan(impose.value)
    assert impose.nearest > 0.0  # mixed beyond: as good as the rest


def test_thresholds_agree_with_a_fine_grid() -> None:
    model = load_model("tariff_standoff")()
    xs = np.linspace(0.0, 0.9, 2001)
    scan = margins(evaluate(model.replace({"diversification": xs})))
    found = credibility(model, "diversification=0:0.9")
    for claim, values in scan.items():
        signs = np.sign(np.broadcast_to(values, xs.shape))
        changes = xs[np.flatnonzero(np.diff(signs))]
        got = sorted(each.value for each in turn(found, *claim) if np.isfinite(each.value))
        assert len(got) == len(changes)
        assert_allclose(got, changes, atol=0.9 / 2000)


# --- what cannot be decided -----------------------------------------------------------------------


def test_points_without_an_equilibrium_are_counted_and_left_out() -> None:
    found = credibility(Case(Broken(theta=0.25), draws=100), "theta=0:1", ["theta=0:1"])
    (canada,) = turn(found, WALK_OUT, "canada")
    assert canada.unknown == 64
    assert np.isnan(canada.value)
    (chance,) = [each for each in found.chances if each.claim == Claim(WALK_OUT, "canada")]
    assert (chance.draws, chance.unknown, chance.probability) == (50, 50, 0.0)
    nothing = credibility(Case(Broken(theta=0.75), draws=10), "", ["theta=0.6:0.9"])
    assert all(np.isnan(each.probability) for each in nothing.chances)


# --- how sure it is -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_the_probability_of_a_threshold_is_its_place(seed: int) -> None:
    """theta ~ U[0, 1] exceeds 0.625 with probability 0.375; a slice is a four-hundredth."""
    found = credibility(Case(Options(), draws=400, seed=seed), "", ["theta=0:1"])
    (got,) = [each for each in found.chances if each.claim == Claim(WALK_OUT, "canada")]
    assert got.probability == pytest.approx(0.375, abs=1 / 400)
    assert got.error == pytest.approx(np.sqrt(0.375 * 0.625 / 399), rel=1e-2)
    assert np.isnan(got.limit)
    (never,) = [each for each in found.chances if each.claim == Claim(WALK_OUT, "us")]
    assert (never.probability, never.error) == (0.0, 0.0)
    assert never.limit == pytest.approx(1 - 0.05 ** (1 / 400))


def test_the_error_covers_what_two_uncertain_numbers_do() -> None:
    """Moving first the importer imposes where 12.5 (1 - x) exceeds the damage.

    With x ~ U[0, 1] and damage ~ U[0, 25/2] that is x + damage / 12.5 < 1: probability one half.
    """
    model = load_model("tariff_standoff")()
    wanted = Claim(ACT_FIRST, "importer", "impose")
    over = ["diversification=0:1", "damage=0:12.5"]
    off = []
    for seed in range(10):
        found = credibility(Case(model, draws=200, seed=seed, design="random"), "", over)
        (got,) = [each for each in found.chances if each.claim == wanted]
        off.append((got.probability - 0.5) / got.error)
    assert max(abs(z) for z in off) < 3.0
    assert abs(float(np.mean(off))) < 0.5


def test_a_seed_is_a_result() -> None:
    model = load_model("tariff_standoff")()
    first, again, other = (
        credibility(Case(model, draws=50, seed=seed), "", ["damage=4:20"]).chances
        for seed in (1, 1, 2)
    )
    assert [each.probability for each in first] == [each.probability for each in again]
    assert len(first) == len(other)


def test_choices_are_counted_not_drawn() -> None:
    found = credibility(Options(theta=0.5), "", ["mood=calm,angry"])
    (got,) = [each for each in found.chances if each.claim == Claim(WALK_OUT, "canada")]
    assert (got.probability, got.error, got.draws, found.draws) == (0.5, 0.0, 2, 2)
    assert got.by_choice == (("mood=calm", 0.0), ("mood=angry", 1.0))
    assert np.isnan(got.limit)


def test_choices_and_ranges_share_the_draws() -> None:
    """Angry adds 30, so that walking out is credible from 0.25 on: 0.375 and 0.75."""
    found = credibility(Case(Options(), draws=801), "", ["theta=0:1", "mood=calm,angry"])
    (got,) = [each for each in found.chances if each.claim == Claim(WALK_OUT, "canada")]
    assert found.draws == got.draws == 801
    assert dict(got.by_choice) == pytest.approx({"mood=calm": 0.375, "mood=angry": 0.75}, abs=0.02)
    assert got.probability == pytest.approx((0.375 + 0.75) / 2, abs=0.02)


def test_chunks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = credibility(Case(Options(), draws=30), "", ["theta=0:1"]).chances
    monkeypatch.setattr(drawn, "TOGETHER", 7)
    parts = credibility(Case(Options(), draws=30), "", ["theta=0:1"]).chances
    assert whole == parts


def test_priors_are_drawn_from_by_default() -> None:
    """theta triangular on [0, 1] with mode 0: P(theta > 0.625) = 0.375 squared."""
    case = Case(Options(), draws=400, priors={"theta": "triangular(0,0,1)"})
    found = credibility(case)
    (got,) = [each for each in found.chances if each.claim == Claim(WALK_OUT, "canada")]
    assert found.draws == got.draws == 400
    assert got.probability == pytest.approx(0.375**2, abs=1 / 400)
    assert list(found.priors) == ["theta"]
    assert not credibility(
        Case(Options(), priors={"theta": "triangular(0,0,1)"})
    ).chances  # no draws


def test_over_takes_the_place_of_priors() -> None:
    case = Case(Options(theta=0.5), draws=400, priors={"theta": "uniform(0,0.1)"})
    found = credibility(case, "", ["theta=0.7:0.8"])
    (got,) = [each for each in found.chances if each.claim == Claim(WALK_OUT, "canada")]
    assert got.probability == 1.0
    values = credibility(Options(), "", ["theta=0.5,0.7,0.8,0.9"])
    (got,) = [each for each in values.chances if each.claim == Claim(WALK_OUT, "canada")]
    assert (got.probability, got.draws, got.error) == (0.75, 4, 0.0)


@dataclass(frozen=True)
class TwoRegimes(Options):
    """The United States may strike, which pays it where theta exceeds 0.7 and costs Canada 60."""

    actions = (("wait",), ("wait", "strike"))  # type: ignore[assignment]

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        theta = np.asarray(self.theta, dtype=float)
        return {
            ("wait", "wait"): (80.0 * theta, 20.0),
            ("wait", "strike"): (80.0 * theta - 60.0, 20.0 + (theta - 0.7)),
        }


@pytest.mark.full
def test_what_today_reveals_of_costs_stands_beside() -> None:
    """With costs that make keeping an equilibrium today, it nearly always is after a breakdown."""
    found = credibility(Case("canada_us", draws=20))
    by = {each.claim: each for each in found.chances}
    keep, escalate = (by[Claim(ACT, "us", action)] for action in ("keep", "escalate"))
    assert keep.at_revealed_costs > 0.8 > keep.probability
    assert escalate.at_revealed_costs < 0.2 < escalate.probability
    none = credibility(Case(Options(), draws=9), "", ["theta=0:1"])
    assert np.isnan(none.chances[0].at_revealed_costs)


def test_what_a_threat_is_worth_is_told_by_regime() -> None:
    """Walking out is worth 80 theta - 50 below 0.7 and 60 less above: bands are not pooled."""
    found = credibility(Case(TwoRegimes(), draws=1000, priors={"theta": "uniform(0,1)"}))
    (got,) = [each for each in found.chances if each.claim == Claim(WALK_OUT, "canada")]
    calm, strike = got.by_regime
    assert (calm.regime, strike.regime) == ("wait/wait", "wait/strike")
    assert (calm.margin.share, strike.margin.share) == pytest.approx((0.7, 0.3))
    assert calm.probability == pytest.approx(0.075 / 0.7, abs=2e-3)
    assert strike.probability == 0.0
    wanted = [80 * 0.7 * q - 50 for q in (0.05, 0.5, 0.95)]
    assert [calm.margin.low, calm.margin.median, calm.margin.high] == pytest.approx(wanted, abs=0.2)
    wanted = [80 * (0.7 + 0.3 * q) - 110 for q in (0.05, 0.5, 0.95)]
    told = strike.margin
    assert [told.low, told.median, told.high] == pytest.approx(wanted, abs=0.2)
    few = credibility(Case(TwoRegimes(), draws=100, priors={"theta": "uniform(0,1)"}))
    (got,) = [each for each in few.chances if each.claim == Claim(WALK_OUT, "canada")]
    assert np.isnan(got.by_regime[1].margin.low)  # 30 draws
    assert np.isfinite(got.by_regime[1].margin.median)


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vary", "over", "options", "error", "said"),
    [
        ("theta", [], {}, GridError, "not a range"),
        ("theta=0.5:0.2", [], {}, GridError, "smaller one first"),
        ("theta=0:2", [], {}, ParameterError, r"expected a number in \[0, 1\]"),
        ("thta=0:1", [], {}, ParameterError, "did you mean 'theta'"),
        ("mood=0:1", [], {}, GridError, "is a word"),
        ("", ["theta"], {}, GridError, "is not a range"),
        ("", ["theta=0:x"], {}, GridError, "is not a range"),
        ("", ["theta=0:1", "theta=0.2:0.3"], {}, GridError, "uncertain twice"),
        ("", ["mood=calm,calm"], {}, GridError, "one twice"),
        ("", ["mood=calm,agry"], {}, ParameterError, "did you mean 'angry'"),
        ("", ["theta=0:1"], {"draws": 1}, GridError, "at least 2"),
        ("", [], {"spread": -1.0}, GridError, "0 or more"),
    ],
)
def test_what_cannot_be_read_is_refused(
    vary: str, over: list[str], options: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        credibility(Options(), vary, over, **options)


def test_a_cloud_is_refused() -> None:
    with pytest.raises(GridError, match="one point"):
        credibility(Options(theta=np.array([0.1, 0.2])))


# --- the rest that is reported --------------------------------------------------------------------


def test_the_price_is_that_of_going_along_the_line() -> None:
    found = credibility(load_model("tariff_standoff")(), "diversification=0.3:0.35", spread=0.5)
    assert found.price is not None
    assert found.side == 0
    assert float(found.price.gained) == pytest.approx(0.05 * 18.75)  # half of (25 + 12.5) a unit
    assert float(found.price.before.spread) == pytest.approx(0.5 * 14.5)
    assert credibility(load_model("tariff_standoff")()).price is None


def test_a_model_says_what_cutting_off_would_cost() -> None:
    assert hurt(Options()) is None

    class Wrong(Options):
        def power_to_hurt(self) -> Any:
            return {"canada": 3.0, "us": 4.0}

    with pytest.raises(ModelError, match="expected a Quantity for each"):
        hurt(Wrong())
    found = hurt(load_model("canada_us")())
    assert found is not None
    assert_array_equal(found.log_points, found.by_sector.sum(axis=-1))
