"""L7, the price of leverage, and L6, the power to hurt: by hand and against known answers."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from negotiation import AgreementSet, Talks, evaluate, load_model
from negotiation.bargaining import Agreement, bargain
from negotiation.bargaining.repeated import EnforcementStatus
from negotiation.errors import ModelError
from negotiation.games.game import Array, Game
from negotiation.leverage.exclusion import HurtStatus, power_to_hurt
from negotiation.leverage.price import (
    SPREAD,
    KeepingStatus,
    Position,
    keeping,
    price,
    risk,
    transferable,
)
from negotiation.trade.dependence import exclusion_power
from tests.oracles.small_models import ThreeMarkets

SIDES = ("canada", "us")


def game(canada: Any, us: Any) -> Game:
    return Game(
        SIDES, (("keep", "break"),) * 2, np.stack([np.array(canada), np.array(us)], axis=-3)
    )


#: Nobody gains by anything: what is of no interest to the risk of no deal.
STILL = game(np.zeros((2, 2)), np.zeros((2, 2)))


def position(pie: Any, fallback: Any, table: Game = STILL, quo: Any = (0.0, 0.0)) -> Position:
    d = np.asarray(fallback, dtype=float)
    talks = Talks(SIDES, quo, AgreementSet.money(pie))
    return Position(table, talks, bargain(talks, d), d)


# --- the probability of no deal -------------------------------------------------------------------


def test_a_better_walk_out_is_matched_in_part_and_refused_more_often() -> None:
    """Oracles E01 and E02: w ~ U[0.1, 0.7], then U[0.2, 0.8], a pie of 1, 0.2 without a deal."""
    before, after = position(1.0, (0.4, 0.2)), position(1.0, (0.5, 0.2))
    got = price(before, after, 0, 0.3)
    assert got.before.offer.offer == pytest.approx(0.45, abs=1e-15)
    assert got.before.probability == pytest.approx(5 / 12, abs=1e-15)
    assert got.after.offer.offer == pytest.approx(0.5, abs=1e-15)
    assert got.after.probability == pytest.approx(0.5, abs=1e-15)
    # Half of 0.1 is gained in the Nash deal, for a twelfth of probability: 1 / (2 spread).
    assert got.gained == pytest.approx(0.05, abs=1e-15)
    assert got.risk_per_unit == pytest.approx(1 / 0.6, rel=1e-12)


@given(st.floats(-2.0, 2.0), st.floats(-1.0, 1.0), st.floats(-1.0, 1.0), st.floats(0.01, 2.0))
def test_the_risk_is_that_of_the_best_offer(pie: float, w: float, d: float, spread: float) -> None:
    """No offer of a fine grid does better, and the probability is 3/4 - S / (4 spread)."""
    got = risk(position(pie, (w, d)), 0, spread)
    surplus = pie - w - d
    wanted = np.clip(0.75 - surplus / (4 * spread), 0.0, 1.0)
    assert float(got.probability) == pytest.approx(float(wanted), abs=1e-12)
    offers = np.linspace(w - spread, w + spread, 2001)
    taken = np.clip((offers - w + spread) / (2 * spread), 0.0, 1.0)
    best = (d + (pie - offers - d) * taken).max()
    assert float(got.offer.payoffs[0]) >= best - 1e-12
    assert float(got.bites_from) == pytest.approx(max(surplus, 0.0) / 3)


def test_the_other_side_may_be_the_uncertain_one() -> None:
    assert risk(position(1.0, (0.2, 0.4)), 1, 0.3).probability == pytest.approx(5 / 12)


def test_the_spread_is_a_share_of_the_loss_unless_given() -> None:
    at = position(0.0, (-80.0, -40.0))
    assert risk(at, 0).spread == pytest.approx(SPREAD * 80.0)
    assert risk(at, 1).spread == pytest.approx(SPREAD * 40.0)


def test_the_uncertainty_does_not_shrink_with_the_loss() -> None:
    got = price(position(0.0, (-80.0, -40.0)), position(0.0, (-20.0, -40.0)), 0)
    assert float(got.after.spread) == float(got.before.spread) == SPREAD * 80.0


def test_a_walk_out_known_exactly_is_no_risk() -> None:
    assert risk(position(1.0, (0.4, 0.2)), 0, 0.0).probability == 0.0


def test_an_offer_in_money_needs_money() -> None:
    square = Talks(SIDES, (0.0, 0.0), AgreementSet.frontier([(0.0, 1.0), (1.0, 0.0)]))
    assert not transferable(square)
    assert transferable(Talks(SIDES, (0.0, 0.0), AgreementSet.money(1.0)))
    d = np.array([0.1, 0.1])
    got = risk(Position(STILL, square, bargain(square, d), d), 0, 0.1)
    assert np.isnan(got.probability)


def test_a_fallback_that_is_not_known_has_no_risk() -> None:
    got = risk(position(1.0, [(0.4, 0.2), (np.nan, np.nan)]), 0, 0.3)
    assert_allclose(got.probability, [5 / 12, np.nan])


# --- what keeps a deal ----------------------------------------------------------------------------

#: Breaking the deal alone gains 3 and 2; if both break it they have -8 and -4.
TABLE = game([[0.0, -10.0], [3.0, -8.0]], [[0.0, 2.0], [-9.0, -4.0]])


def test_a_payment_is_withheld_by_who_breaks_the_deal_and_received_all_the_same() -> None:
    """Canada pays 2: it has -2, or 3 and no payment; the US has 2, or 2 and the payment."""
    at = position(0.0, (-8.0, -4.0), TABLE)
    assert at.agreement.concession.tolist() == [-2.0, 2.0]
    got = keeping(at)
    assert got.deviation.tolist() == [3.0, 4.0]
    assert_allclose(got.critical, [5 / 11, 2 / 8], rtol=1e-15)


def test_oracle_d04_leverage_that_makes_a_deal_impossible_to_keep() -> None:
    theta = np.array([0.0, 0.5, 1.0, 2.0])
    model = ThreeMarkets(theta=theta)
    table = model.game()
    free = np.zeros((4, 2))
    blank = np.full(4, "agreed")
    deal = Agreement("nash", free, free, free, np.zeros(4), blank, np.zeros((4, 2), dtype=bool))
    over = Talks(SIDES, free, AgreementSet.money(np.zeros(4)))
    got = keeping(Position(table, over, deal, table.payoffs[..., :, 1, 1]))
    canada = [0.6, 0.9732521186440685, 1.5483870967741906, 3.370786516853957]
    assert_allclose(got.critical[:, 0], canada, rtol=0, atol=1e-9)
    us = [0.6, 0.21942857142857042, 0.1, 0.03]
    assert_allclose(got.critical[:, 1], us, rtol=0, atol=1e-9)


def test_more_leverage_needs_more_patience_of_who_pays_less() -> None:
    """The US receives less when Canada's fallback rises, and breaks the deal more readily."""
    softer = game([[0.0, -10.0], [3.0, -4.0]], [[0.0, 2.0], [-9.0, -4.0]])
    got = price(position(0.0, (-8.0, -4.0), TABLE), position(0.0, (-4.0, -4.0), softer), 0)
    assert float(got.gained) == 2.0
    change = got.kept_after.critical - got.kept_before.critical
    assert_allclose(got.patience_per_unit, change / 2.0)
    assert_allclose(got.kept_after.critical, [3 / 7, 2 / 6])


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (position(0.0, (-8.0, -4.0), TABLE, (0.5, 0.5)), KeepingStatus.NO_PROFILE),
        (position(0.0, (8.0, 4.0), TABLE), KeepingStatus.NO_DEAL),
    ],
)
def test_what_cannot_be_said_is_said(at: Position, why: KeepingStatus) -> None:
    got = keeping(at)
    assert np.isnan(got.critical).all()
    assert got.status.tolist() == [why.value] * 2


def test_a_price_says_why_it_is_not_known_what_keeps_the_deal() -> None:
    kept, lost = position(12.0, (-8.0, -4.0), TABLE), position(0.0, (8.0, 4.0), TABLE)
    assert price(kept, kept, 0).unknown is None
    for found in (price(kept, lost, 0), price(lost, kept, 0)):
        assert found.unknown is KeepingStatus.NO_DEAL
        assert found.unknown.why == "there is no deal to keep"
    # The side that can be kept to the deal comes first, and is not the reason.
    one = dataclasses.replace(
        keeping(kept),
        critical=np.array([0.5, np.nan]),
        status=np.array([EnforcementStatus.PATIENCE, EnforcementStatus.IMPATIENCE]),
    )
    unclear = dataclasses.replace(price(kept, kept, 0), kept_after=one)
    assert unclear.unknown is EnforcementStatus.IMPATIENCE
    assert str(unclear.unknown) == f"{unclear.unknown.verdict}: {unclear.unknown.reason}"


def test_three_players_have_no_such_deal() -> None:
    three = Game(("a", "b", "c"), (("x",),) * 3, np.zeros((3, 1, 1, 1)))
    got = keeping(dataclasses.replace(position(1.0, (0.2, 0.2)), game=three))
    assert got.status.tolist() == [KeepingStatus.PLAYERS.value] * 2


def test_a_batch_is_its_points() -> None:
    w = np.array([-8.0, -4.0, np.nan])
    d = np.stack([w, np.full(3, -4.0)], axis=-1)
    tables = np.broadcast_to(TABLE.payoffs, (3, 2, 2, 2))
    talks = Talks(SIDES, (0.0, 0.0), AgreementSet.money(0.0))
    both = Position(Game(SIDES, TABLE.actions, tables), talks, bargain(talks, d), d)
    got, odds = keeping(both), risk(both, 0, 3.0)
    for k in range(3):
        one = Position(TABLE, talks, bargain(talks, d[k]), d[k])
        assert_array_equal(got.critical[k], keeping(one).critical)
        assert_array_equal(got.status[k], keeping(one).status)
        assert_array_equal(odds.probability[k], risk(one, 0, 3.0).probability)


# --- the power to hurt ----------------------------------------------------------------------------


def test_the_parts_add_up_and_infinity_stays() -> None:
    parts: dict[str, Array] = {
        "canada": np.array([0.25, 0.5]),
        "us": np.array([np.inf, 0.5]),
    }
    got = power_to_hurt(SIDES, parts, ("corn", "cars"))
    assert got.log_points.tolist() == [0.75, np.inf]
    assert got.by_sector.shape == (2, 2)
    assert got.sectors == ("corn", "cars")
    assert got.status.tolist() == [HurtStatus.DEFINED.value, HurtStatus.INFINITE.value]
    unknown = power_to_hurt(SIDES, {"canada": [0.1], "us": [np.nan]})
    assert unknown.status.tolist() == [HurtStatus.DEFINED.value, HurtStatus.UNKNOWN.value]


@pytest.mark.parametrize(
    ("parts", "sectors", "said"),
    [
        ({"canada": [0.1]}, (), "of us is not given"),
        ({"canada": [0.1, 0.2], "us": [0.1, 0.2, 0.3]}, (), "alike"),
        ({"canada": [0.1], "us": [0.1]}, ("corn", "cars"), "each of 2 sectors"),
        ({"canada": [0.1], "us": [-0.1]}, (), "0 or more"),
    ],
)
def test_parts_that_make_no_sense_are_refused(
    parts: Any, sectors: tuple[str, ...], said: str
) -> None:
    with pytest.raises(ModelError, match=said):
        power_to_hurt(SIDES, parts, sectors)


def test_the_power_to_hurt_of_canada_us_is_that_of_its_world() -> None:
    model: Any = load_model("canada_us")()
    parts = {player: each.values for player, each in model.power_to_hurt().items()}
    got = power_to_hurt(SIDES, parts)
    power = exclusion_power(model.world)
    canada, us = (model.world.region(code) for code in ("CAN", "USA"))
    assert_allclose(got.log_points, [power[canada, us], power[us, canada]], rtol=1e-12)
    assert got.log_points[1] > got.log_points[0]  # Canada depends more


def test_the_price_of_diversification_in_canada_us() -> None:
    """Risk begins at a third of the surplus, which is what both lose together."""
    found = evaluate(load_model("canada_us")())
    assert found.talks is not None
    at = Position(found.game, found.talks, found.agreements["nash"], found.selection.payoffs)
    got = risk(at, 0)
    assert got.bites_from == pytest.approx(-float(found.selection.payoffs.sum()) / 3, rel=1e-12)
    assert got.probability == 0.0
    w, d = found.selection.payoffs
    kept = keeping(at)
    own, other = found.game.payoffs
    paid = -float(found.agreements["nash"].concession[0])
    assert_allclose(kept.critical[0], (own[:, 0].max() + paid) / (own[:, 0].max() - w), rtol=1e-12)
    best = other[0].max() + paid
    assert_allclose(kept.critical[1], (best - paid) / (best - d), rtol=1e-12)
