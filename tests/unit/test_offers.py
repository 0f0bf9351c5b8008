"""Alternating offers: published answers, walk-outs, no deal, the limit of short rounds."""

from __future__ import annotations

from math import exp, sqrt
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Talks
from negotiation.bargaining import Delay, Impasse, SmoothFrontier, alternating, bargain, impasse
from negotiation.errors import ParameterError

AGREED = "agreed on the first offer"
WALKED_OUT = "no deal: a side walks out"
DISPUTE = "no deal: the dispute goes on"


def parabola() -> SmoothFrontier:
    """u2 = 1 - u1 ** 2."""
    return SmoothFrontier(lambda u1: 1.0 - u1**2, 0.0, 1.0)


# --- published answers ----------------------------------------------------------------------------


def test_rubinstein() -> None:
    """Oracles B01 and B02: 5 / 7 and 10 / 19 for the opener."""
    got = alternating(1.0, Delay.rounds([[0.9, 0.8], [0.9, 0.9]]))
    np.testing.assert_allclose(got.first, [[5 / 7, 2 / 7], [10 / 19, 9 / 19]], rtol=1e-14)
    # The same with the other side opening, and the general formula.
    np.testing.assert_allclose(got.second[0], [1 - 0.1 / 0.28, 0.1 / 0.28], rtol=1e-14)
    assert (got.status == AGREED).all()
    assert not got.binding.any()


def test_outside_option_principle() -> None:
    """Oracle B03: a walk-out moves nothing up to 9 / 19, and then sets the deal."""
    w2 = np.array([0, 0.3, 9 / 19, 0.5, 0.6, 0.9])
    got = alternating(1.0, Delay.rounds(0.9), outside=np.stack([0 * w2, w2], axis=-1))
    np.testing.assert_allclose(got.first[:3, 0], 10 / 19, rtol=1e-14)
    np.testing.assert_array_equal(got.first[3:, 1], w2[3:])
    np.testing.assert_allclose(got.first.sum(axis=-1), 1.0, rtol=1e-15)
    assert got.binding[:, 1].tolist() == [False, False, False, True, True, True]
    assert not got.binding[:, 0].any()


def test_the_kink_of_the_outside_option_is_sharp() -> None:
    at = 9 / 19
    w2 = at + np.array([-1e-12, 1e-12])
    got = alternating(1.0, Delay.rounds(0.9), outside=np.stack([0 * w2, w2], axis=-1))
    without = alternating(1.0, Delay.rounds(0.9))
    np.testing.assert_array_equal(got.first[0], without.first)
    assert got.first[1, 1] == w2[1]


def test_risk_of_breakdown() -> None:
    """Oracle B05: 2 + 50 / 19 of 10."""
    got = alternating(10.0, Delay.rounds(1.0, breakdown=0.1, after=[2, 3]))
    np.testing.assert_allclose(got.first, [2 + 50 / 19, 8 - 50 / 19], rtol=1e-14)
    # With breakdown ever less likely the difference is split.
    soon = alternating(10.0, Delay.rounds(1.0, breakdown=1e-9, after=[2, 3]))
    np.testing.assert_allclose(soon.first, [4.5, 5.5], atol=2e-9)


def test_short_rounds() -> None:
    """Oracle B09."""
    got = alternating(1.0, Delay.lasting(0.01, discount=[0.05, 0.1]))
    assert got.first[0] == pytest.approx(0.6668333194374856, abs=1e-13)


def test_inside_options_and_breakdown_with_very_short_rounds() -> None:
    """Oracles B06 and B07: the deal of `impasse`, and to first order what opening adds to it.

    The first side's share of the surplus is loss2 / (1 - (1 - loss1) (1 - loss2)), which with
    rates R1 and R2 is R2 / (R1 + R2) + period R1 R2 / (2 (R1 + R2)) + ... .
    """
    period = 1e-7
    both: list[dict[str, Any]] = [
        {"inside": [0.01, 0.02]},
        {"inside": [0.01, 0.02], "hazard": 0.1, "after": [0.1, 0.2]},
    ]
    for more, share, d in zip(both, (0.6, 18 / 35), (0.4, 1 / 3), strict=True):
        got = alternating(1.0, Delay.lasting(period, discount=[0.05, 0.1], **more))
        r1, r2 = (rate + more.get("hazard", 0.0) for rate in (0.05, 0.1))
        more_for_the_first = (1 - d) * period * r1 * r2 / (2 * (r1 + r2))
        assert got.first[0] - share == pytest.approx(more_for_the_first, rel=1e-6)


def test_stahl() -> None:
    """Stahl 1972: with T rounds and a common factor the opener gets (1 - (-d)**T) / (1 + d)."""
    for rounds in (1, 2, 3, 10, 57):
        got = alternating(1.0, Delay.rounds(0.9), rounds=rounds)
        assert got.first[0] == pytest.approx((1 - (-0.9) ** rounds) / 1.9, rel=1e-13)
        assert got.rounds == rounds
    # Without impatience who makes the last offer takes all.
    for rounds, share in ((7, 1.0), (8, 0.0)):
        assert alternating(1.0, Delay.rounds(1.0), rounds=rounds).first[0] == share


def test_an_end_that_is_worth_something() -> None:
    got = alternating(10.0, Delay.rounds(0.5), rounds=2, end=[1.0, 4.0])
    # The second side proposes last: (1, 9). The first offers 4.5 before.
    np.testing.assert_allclose(got.first, [5.5, 4.5])
    # The first proposes last: (6, 4), and is offered 3 before.
    np.testing.assert_allclose(got.second, [3.0, 7.0])


def test_risk_aversion_on_a_curve() -> None:
    """Offers x and y with x2 = d y2 and y1 = d x1 on u2 = 1 - u1 ** 2.

    1 - x1**2 = d (1 - y1**2) with y1 = d x1, so x1**2 (1 - d**3) = 1 - d.
    """
    d = 0.9
    got = alternating(parabola(), Delay.rounds(d))
    x1 = sqrt((1 - d) / (1 - d**3))
    np.testing.assert_allclose(got.first, [x1, 1 - x1**2], rtol=1e-13)
    np.testing.assert_allclose(got.second, [d * x1, 1 - (d * x1) ** 2], rtol=1e-13)


# --- no deal --------------------------------------------------------------------------------------


def test_walk_outs_that_do_not_fit() -> None:
    got = alternating(1.0, Delay.rounds(0.9), outside=[0.6, 0.6])
    assert got.status.tolist() == [WALKED_OUT, WALKED_OUT]
    np.testing.assert_array_equal(got.payoffs, 0.6)
    assert not got.accepted.any()
    just = alternating(1.0, Delay.rounds(0.9), outside=[0.5, 0.5])
    assert just.accepted.all()
    np.testing.assert_array_equal(just.payoffs, 0.5)


def test_a_dispute_that_is_better_than_any_deal() -> None:
    got = alternating(1.0, Delay.rounds(0.5, inside=[0.25, 0.3]))
    assert got.status.tolist() == [DISPUTE, DISPUTE]
    np.testing.assert_allclose(got.payoffs, [[0.5, 0.6], [0.5, 0.6]])
    # However short the rounds, one part in a thousand too much is too much.
    for period in (1.0, 1e-6, 1e-12):
        short = Delay.lasting(period, discount=0.05, inside=[0.0251, 0.025])
        assert (alternating(1.0, short).status == DISPUTE).all()


def test_a_walk_out_can_end_a_dispute_that_would_go_on() -> None:
    """d = (0.9, 0.3) leaves no deal, but the second side would rather walk out with 0.6."""
    got = alternating(1.0, Delay.rounds(0.5, inside=[0.45, 0.15]), outside=[0.1, 0.6])
    np.testing.assert_allclose(got.first, [0.4, 0.6])
    assert got.accepted[0]
    assert got.binding.tolist() == [False, True]


def test_who_opens_can_decide_whether_there_is_a_deal() -> None:
    """Together the walk-outs do not fit, but one of them would rather wait than take its own.

    With the first side to propose the second walks out. With the second to propose the first would
    wait a round, 0.25 + 0.3 / 2 = 0.4, for the second to walk out; it is offered that.
    """
    got = alternating(1.0, Delay.rounds(0.5, inside=[0.25, 0.0]), outside=[0.3, 0.8])
    np.testing.assert_allclose(got.payoffs, [[0.3, 0.8], [0.4, 0.6]])
    assert got.status.tolist() == [WALKED_OUT, AGREED]


def test_a_dispute_that_pays_until_the_last_round() -> None:
    """End worth less than the dispute: no deal at first, then one before it ends."""
    got = alternating(1.0, Delay.rounds(0.9, inside=[0.2, 0.2]), rounds=6, end=[0.0, 0.0])
    assert got.status.tolist() == ["agreed on a later offer"] * 2
    assert got.payoffs.sum() > 2.0


# --- frontiers ------------------------------------------------------------------------------------

KINKED = [(0.0, 1.0), (0.5, 0.8), (1.0, 0.1)]


def test_an_end_of_the_frontier_gives_more_than_is_asked() -> None:
    """From (0, 1) to (1, 0.8): the first side takes 1, the second could do with far less."""
    flat = AgreementSet.frontier([(0.0, 1.0), (1.0, 0.8)])
    got = alternating(flat, Delay.rounds([0.9, 0.2]))
    np.testing.assert_allclose(got.first, [1.0, 0.8])
    np.testing.assert_allclose(got.second, [0.9, 0.82])


def test_one_point() -> None:
    got = alternating(AgreementSet.frontier([(2.0, 3.0)]), Delay.rounds(0.9), outside=[1.0, 2.9])
    np.testing.assert_array_equal(got.payoffs, [[2.0, 3.0], [2.0, 3.0]])
    too_much = alternating(AgreementSet.frontier([(2.0, 3.0)]), Delay.rounds(0.9), outside=[1, 3.1])
    assert (too_much.status == WALKED_OUT).all()


@pytest.mark.full
def test_a_stationary_equilibrium_is_a_rest_point_of_many_rounds() -> None:
    frontiers: list[Any] = [1.0, AgreementSet.frontier(KINKED), parabola()]
    # Of two rounds 0.95 * 0.9 * 0.95 * 0.7 is left, of eighty 2e-10.
    delay = Delay.rounds([0.9, 0.7], breakdown=0.05, after=[0.2, 0.1], inside=[-0.01, 0.02])
    for frontier in frontiers:
        for outside in (None, [0.1, 0.6], [0.7, 0.2], [0.4, 0.55]):
            still = alternating(frontier, delay, outside=outside)
            many = alternating(frontier, delay, outside=outside, rounds=80)
            np.testing.assert_allclose(many.payoffs, still.payoffs, atol=1e-9)
            assert (many.status == still.status).all()
            assert (many.binding == still.binding).all()


def test_a_fine_polygon_is_its_curve() -> None:
    x = np.linspace(0.0, 1.0, 201)
    polygon = AgreementSet.frontier(np.stack([x, 1.0 - x**2], axis=-1))
    delay = Delay.rounds([0.95, 0.8])
    got, wanted = alternating(polygon, delay), alternating(parabola(), delay)
    # Chords lie within a quarter of the squared spacing; losses of 0.05 and more magnify that.
    np.testing.assert_allclose(got.payoffs, wanted.payoffs, atol=0.005**2 / 4 / 0.05)


def test_batches_are_the_points_one_by_one() -> None:
    rng = np.random.default_rng(8)
    # Frontiers through random falling vertices, sorted to be concave.
    steps = rng.uniform(0.1, 1.0, (6, 1, 3))
    slopes = -np.sort(rng.uniform(0.1, 3.0, (6, 1, 3)), axis=-1)
    u1 = np.concatenate([np.zeros((6, 1, 1)), np.cumsum(steps, axis=-1)], axis=-1)
    u2 = np.concatenate([np.zeros((6, 1, 1)), np.cumsum(steps * slopes, axis=-1)], axis=-1)
    frontier = AgreementSet.frontier(np.stack([u1, u2 - u2[..., -1:]], axis=-1))
    factor, w = rng.uniform(0.3, 0.99, (4, 2)), rng.uniform(-0.5, 1.5, (6, 4, 2))
    for rounds in (None, 5):
        cloud = alternating(frontier, Delay.rounds(factor), outside=w, rounds=rounds)
        assert cloud.payoffs.shape == (6, 4, 2, 2)
        for i in range(6):
            own = AgreementSet(
                frontier.start[i, 0],
                frontier.direction[i, 0],
                frontier.low[i, 0],
                frontier.high[i, 0],
            )
            for j in range(4):
                delay = Delay.rounds(factor[j])
                one = alternating(own, delay, outside=w[i, j], rounds=rounds)
                assert (one.payoffs == cloud.payoffs[i, j]).all()
                assert (one.status == cloud.status[i, j]).all()
                assert (one.binding == cloud.binding[i, j]).all()


# --- the limit ------------------------------------------------------------------------------------

DISPUTES: list[dict[str, Any]] = [
    {"discount": [0.05, 0.1]},
    {"discount": [0.05, 0.1], "inside": [0.01, 0.02]},
    {"discount": [0.08, 0.03], "inside": [0.01, -0.004], "hazard": 0.1, "after": [0.1, 0.2]},
]


def nash_on_the_parabola(dispute: Impasse) -> list[float]:
    """Weighted Nash from d on u2 = 1 - u1**2: the first-order condition is a quadratic."""
    (d1, d2), w = dispute.disagreement.tolist(), float(dispute.weight)
    a, b, c = w + 2 * (1 - w), -2 * (1 - w) * d1, -w * (1 - d2)
    u1 = (-b + sqrt(b * b - 4 * a * c)) / (2 * a)
    return [u1, 1 - u1**2]


@pytest.mark.parametrize("given", DISPUTES)
@pytest.mark.parametrize("smooth", [False, True])
def test_the_error_falls_in_proportion_to_the_period(given: dict[str, Any], smooth: bool) -> None:
    """Short rounds approach the weighted Nash solution of `impasse`, from both openers' sides."""
    dispute = impasse(**{"inside": 0.0, **given})
    if smooth:
        limit = nash_on_the_parabola(dispute)
    else:
        over = Talks(("a", "b"), (0, 0), AgreementSet.money(1.0), weight=dispute.weight)
        limit = bargain(over, dispute.disagreement).payoffs.tolist()
    slopes = []
    for period in (1e-2, 1e-3, 1e-4):
        got = alternating(parabola() if smooth else 1.0, Delay.lasting(period, **given))
        error = got.payoffs - limit
        # Who opens gains by it, the other loses.
        assert np.sign(error[:, 0]).tolist() == [1, -1]
        slopes.append(error / period)
    np.testing.assert_allclose(slopes[1], slopes[2], rtol=1e-3)
    np.testing.assert_allclose(slopes[0], slopes[2], rtol=1e-2)


def test_discounting_and_breakdown_put_apart_have_the_same_limit() -> None:
    """Discount factors and a probability by the round, not compounded as in `lasting`."""
    r, g, h, b = np.array([0.05, 0.1]), np.array([0.01, 0.02]), 0.1, [0.1, 0.2]
    limit = np.array([18 / 35, 17 / 35])
    errors = []
    for period in (1e-2, 1e-3, 1e-4):
        factor = np.exp(-r * period)
        apart = Delay.rounds(
            factor, breakdown=1 - exp(-h * period), after=b, inside=g * (1 - factor) / r
        )
        errors.append(alternating(1.0, apart).first[0] - limit[0])
    assert errors[0] / errors[1] == pytest.approx(10, rel=0.01)
    assert errors[1] / errors[2] == pytest.approx(10, rel=0.001)


def test_walk_outs_are_outside_options_in_the_limit() -> None:
    """u_i = max(u_i, w_i) from the engine's deal, both for walk-outs that bind and that do not."""
    given: dict[str, Any] = {"discount": [0.05, 0.1], "inside": [0.01, 0.02]}
    w = np.array([[0.0, 0.3], [0.0, 0.5], [0.8, 0.1], [0.59, 0.39]])
    got = alternating(1.0, Delay.lasting(1e-6, **given), outside=w)
    wanted = [[0.6, 0.4], [0.5, 0.5], [0.8, 0.2], [0.6, 0.4]]
    np.testing.assert_allclose(got.first, wanted, atol=1e-7)


# --- what is not known, and what is refused -------------------------------------------------------


def test_what_is_not_known() -> None:
    w = np.array([[0.0, np.nan], [0.0, 0.1]])
    got = alternating(1.0, Delay.rounds(0.9), outside=w)
    assert np.isnan(got.payoffs[0]).all()
    assert not np.isnan(got.payoffs[1]).any()
    assert str(got.status[0, 0]).startswith("unknown")
    pie = alternating(np.array([np.nan, 1.0]), Delay.rounds(0.9))
    assert np.isnan(pie.payoffs[0]).all()
    assert str(pie.status[0, 1]).startswith("unknown")
    dispute = alternating(1.0, Delay.rounds(0.9, inside=[np.nan, 0.0]))
    assert np.isnan(dispute.payoffs).all()
    assert not dispute.accepted.any()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: Delay.rounds([0.9, 1.1]), "discount factor 1.1 is out of range"),
        (lambda: Delay.rounds(np.nan), "discount factor nan"),
        (lambda: Delay.rounds(0.9, breakdown=-0.1), "breakdown probability -0.1"),
        (lambda: Delay.lasting(0.0, discount=0.1), "period 0 is out of range"),
        (lambda: Delay.lasting(1.0, discount=-0.1), "discount rate -0.1"),
        (lambda: alternating(1.0, Delay.rounds(1.0)), "costs a side nothing"),
        (lambda: alternating(1.0, Delay.rounds(0.9), rounds=0), "0 rounds of offers"),
        (lambda: alternating(1.0, Delay.rounds(0.9), end=[0, 0]), "give rounds too"),
        (lambda: alternating(1.0, Delay.rounds(0.9), outside=[np.inf, 0]), "outside option inf"),
        (lambda: alternating(np.ones(3), Delay.rounds(np.full((4, 2), 0.9))), "do not fit"),
    ],
)
def test_what_is_refused(call: Any, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        call()
