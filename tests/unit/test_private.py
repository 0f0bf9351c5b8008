"""Private information: the best offer, the chance of no deal, and how both move."""

from __future__ import annotations

from collections.abc import Callable
from math import erf, exp, pi, sqrt
from typing import Any

import numpy as np
import pytest

from negotiation.bargaining import Belief, beliefs, credible, take_it_or_leave_it
from negotiation.errors import ParameterError

#: Beliefs with a density, with the pie and the fallback of the proposer.
BELIEFS: list[tuple[str, Belief]] = [
    ("uniform", beliefs.uniform(0.1, 0.7)),
    ("normal", beliefs.normal(0.4, 0.15)),
    (  # triangular: cdf w ** 2
        "triangular",
        beliefs.given(np.square, lambda w: 2.0 * np.asarray(w), 0.0, 1.0),
    ),
    (
        "cosine",
        beliefs.given(
            lambda w: (1.0 - np.cos(np.pi * np.asarray(w))) / 2.0,
            lambda w: np.pi / 2.0 * np.sin(np.pi * np.asarray(w)),
            0.0,
            1.0,
        ),
    ),
]


def slowly(belief: Belief, pie: float, fallback: float) -> tuple[float, float]:
    """Best offer and what it is worth, by trying a quarter of a million."""
    low = max(float(belief.low), -3.0)
    high = min(float(belief.high), 3.0)
    offers = np.linspace(low, high, 250_001)
    worth = fallback + (pie - fallback - offers) * belief.cdf(offers)
    at = int(worth.argmax())
    return float(offers[at]), float(worth[at])


def test_uniform() -> None:
    """Oracles E01 and E02: 0.45 and 5 / 12; shifted up by 0.1, 0.5 and one half."""
    got = take_it_or_leave_it(1.0, 0.2, beliefs.uniform([0.1, 0.2], [0.7, 0.8]))
    np.testing.assert_allclose(got.offer, [0.45, 0.5], rtol=1e-15)
    np.testing.assert_allclose(got.breakdown, [5 / 12, 1 / 2], rtol=1e-14)
    assert got.offer_slope[0] * 0.1 == pytest.approx(0.05)
    assert got.breakdown_slope[0] * 0.1 == pytest.approx(1 / 12)
    # The proposer gains 1 - 0.2 - 0.45 with 7 / 12; the responder's mean is of the larger of both.
    assert got.payoffs[0, 0] == pytest.approx(0.2 + 0.35 * 7 / 12)
    assert got.payoffs[0, 1] == pytest.approx(0.45 * 7 / 12 + 0.575 * 5 / 12)


def test_a_common_part_and_noise() -> None:
    """E01 and E02 again: the same noise about outside options of 0.4 and 0.5."""
    noise = beliefs.uniform(-0.3, 0.3)
    got = take_it_or_leave_it(1.0, 0.2, noise, common=[0.4, 0.5])
    np.testing.assert_allclose(got.offer, [0.45, 0.5], rtol=1e-14)
    np.testing.assert_allclose(got.breakdown, [5 / 12, 1 / 2], rtol=1e-13)


@pytest.mark.parametrize(("name", "belief"), BELIEFS)
@pytest.mark.parametrize("pie", [0.7, 1.0, 1.6])
def test_no_other_offer_is_better(name: str, belief: Belief, pie: float) -> None:
    got = take_it_or_leave_it(pie, 0.2, belief)
    offer, worth = slowly(belief, pie, 0.2)
    assert float(got.payoffs[0]) >= worth - 1e-15
    assert float(got.offer) == pytest.approx(offer, abs=4e-5), name
    assert float(got.breakdown) == pytest.approx(1 - float(belief.cdf(got.offer)), abs=1e-12)


@pytest.mark.parametrize(("name", "belief"), BELIEFS)
def test_the_responder_expects_the_larger_of_offer_and_outside_option(
    name: str, belief: Belief
) -> None:
    got = take_it_or_leave_it(1.0, 0.2, belief)
    # Midpoints of equally likely slices, by inverting the cdf on a fine grid.
    w = np.linspace(max(float(belief.low), -1.0), min(float(belief.high), 2.0), 400_001)
    chances = np.diff(belief.cdf(w))
    middle = (w[1:] + w[:-1]) / 2
    expected = float(np.maximum(middle, float(got.offer)) @ chances)
    assert float(got.payoffs[1]) == pytest.approx(expected, abs=1e-8), name


@pytest.mark.parametrize(("name", "belief"), BELIEFS)
def test_slopes_are_derivatives(name: str, belief: Belief) -> None:
    step = 1e-5
    got = take_it_or_leave_it(1.0, 0.2, belief, common=0.05)
    ends = take_it_or_leave_it(1.0, 0.2, belief, common=0.05 + np.array([-step, step]))
    for slope, values in (
        (got.offer_slope, ends.offer),
        (got.breakdown_slope, ends.breakdown),
        (got.payoff_slopes, ends.payoffs),
    ):
        np.testing.assert_allclose(slope, (values[1] - values[0]) / (2 * step), atol=1e-6)
    # A better outside option is matched in part only, so that no deal becomes more likely, the
    # proposer loses, and the responder gains less than its option has gained.
    assert 0 < float(got.offer_slope) < 1, name
    assert float(got.breakdown_slope) > 0
    assert float(got.payoff_slopes[0]) < 0 < float(got.payoff_slopes[1]) < 1


def test_an_offer_at_the_ends() -> None:
    belief = beliefs.uniform(0.25, 0.75)  # no rounding in these numbers
    # The pie less the fallback: nothing to give, hardly anything, just all, more than enough.
    got = take_it_or_leave_it([0.375, 0.5, 0.5 + 2**-30, 1.5, 1.5 + 2**-30, 5.0], 0.25, belief)
    assert np.isnan(got.offer[:2]).all()
    np.testing.assert_array_equal(got.offer[2:], [0.25 + 2**-31, 0.75, 0.75, 0.75])
    np.testing.assert_allclose(got.breakdown, [1, 1, 1 - 2**-30, 0, 0, 0], atol=1e-15)
    assert [str(status).split(":")[0] for status in got.status] == [
        "no offer is worth making",
        "no offer is worth making",
        "an offer that may be refused",
        "an offer that is accepted for certain",
        "an offer that is accepted for certain",
        "an offer that is accepted for certain",
    ]
    # Without an offer the responder has its outside option, one half on average, and all of a rise.
    np.testing.assert_array_equal(got.payoffs[0], [0.25, 0.5])
    np.testing.assert_array_equal(got.payoff_slopes[0], [0.0, 1.0])
    assert got.breakdown_slope[0] == 0.0
    # Where all accept with room to spare, a rise is matched in full; just enough, in part.
    assert got.offer_slope[3:].tolist() == [0.5, 1.0, 1.0]
    assert got.breakdown_slope[3:].tolist() == [1.0, 0.0, 0.0]


def test_an_outside_option_that_is_known_is_matched() -> None:
    got = take_it_or_leave_it([1.0, 0.5], 0.2, beliefs.uniform(0.4, 0.4))
    assert got.offer[0] == 0.4
    np.testing.assert_allclose(got.payoffs, [[0.6, 0.4], [0.2, 0.4]])
    np.testing.assert_array_equal(got.breakdown, [0.0, 1.0])


def test_a_sample() -> None:
    """Offers 1, 2, 3 or 9 of a pie of 10: gains 9 / 4, 16 / 4, 21 / 4 and 4 / 4."""
    belief = beliefs.sampled([9.0, 2.0, 1.0, 3.0])
    got = take_it_or_leave_it(10.0, 0.0, belief)
    assert float(got.offer) == 3.0
    assert float(got.breakdown) == 0.25
    np.testing.assert_allclose(got.payoffs, [21 / 4, (3 + 3 + 3 + 9) / 4])
    assert np.isnan(got.breakdown_slope)
    assert np.isnan(got.payoff_slopes[1])
    ties = take_it_or_leave_it(10.0, 0.0, beliefs.sampled([1.0, 3.0, 3.0, 9.0]))
    assert (float(ties.offer), float(ties.breakdown)) == (3.0, 0.25)


def test_a_large_sample_is_its_distribution() -> None:
    size = 20_001
    belief = beliefs.sampled(0.1 + 0.6 * (np.arange(size) + 0.5) / size)
    got = take_it_or_leave_it(1.0, 0.2, belief)
    exact = take_it_or_leave_it(1.0, 0.2, beliefs.uniform(0.1, 0.7))
    np.testing.assert_allclose(got.payoffs, exact.payoffs, atol=1e-4)
    assert float(got.offer) == pytest.approx(float(exact.offer), abs=1e-4)


def test_a_distribution_of_two_humps() -> None:
    """Two kinds of responder: a local best offer to each, and the better of the two is found."""

    def hump(w: Any, at: float) -> Any:
        inside = np.clip((np.asarray(w) - at) / 0.1, 0.0, 1.0)
        return inside**2 * (3.0 - 2.0 * inside)

    def bump(w: Any, at: float) -> Any:
        inside = np.clip((np.asarray(w) - at) / 0.1, 0.0, 1.0)
        return 60.0 * inside * (1.0 - inside)

    def two(share: float) -> Belief:
        return beliefs.given(
            lambda w: share * hump(w, 0.1) + (1 - share) * hump(w, 0.8),
            lambda w: share * bump(w, 0.1) + (1 - share) * bump(w, 0.8),
            0.0,
            1.0,
        )

    for share, near in ((0.3, 0.9), (0.9, 0.2)):
        belief = two(share)
        got = take_it_or_leave_it(1.2, 0.0, belief)
        offer, worth = slowly(belief, 1.2, 0.0)
        assert float(got.offer) == pytest.approx(offer, abs=1e-5)
        assert float(got.payoffs[0]) >= worth
        assert abs(float(got.offer) - near) < 0.05


def test_batches_are_the_points_one_by_one() -> None:
    pie, mean = np.array([[0.5], [1.0], [2.0]]), np.array([0.1, 0.6])
    makers: list[Callable[[Any], Belief]] = [
        lambda m: beliefs.uniform(m - 0.2, m + 0.3),
        lambda m: beliefs.normal(m, 0.2),
        lambda m: beliefs.sampled(m[..., None] + np.array([-0.3, 0.0, 0.1, 0.4])),
    ]
    for make in makers:
        cloud = take_it_or_leave_it(pie, 0.1, make(mean), common=0.05)
        for i in range(3):
            for j in range(2):
                one = take_it_or_leave_it(pie[i, 0], 0.1, make(mean[j]), common=0.05)
                for name in ("offer", "breakdown", "payoffs", "breakdown_slope"):
                    np.testing.assert_array_equal(getattr(one, name), getattr(cloud, name)[i, j])


def test_money_can_be_counted_in_other_units() -> None:
    for k, base in ((1000.0, 3.0), (1e-3, -7.0)):
        for one, other in (
            (beliefs.uniform(0.1, 0.7), beliefs.uniform(base + 0.1 * k, base + 0.7 * k)),
            (beliefs.normal(0.4, 0.2), beliefs.normal(base + 0.4 * k, 0.2 * k)),
        ):
            a = take_it_or_leave_it(1.0, 0.2, one)
            b = take_it_or_leave_it(base + k, 0.2 * k, other)
            assert float(b.offer) == pytest.approx(base + k * float(a.offer), rel=1e-12)
            assert float(b.breakdown) == pytest.approx(float(a.breakdown), rel=1e-10)


def test_normal_distribution() -> None:
    belief = beliefs.normal(1.0, 2.0)
    w = np.array([-9.0, 0.0, 1.0, 2.5])
    phi = [(1 + erf((x - 1) / (2 * sqrt(2)))) / 2 for x in w]
    np.testing.assert_allclose(belief.cdf(w), phi, rtol=1e-9)
    np.testing.assert_allclose(belief.above(w), 1 - np.array(phi), rtol=1e-12)
    wanted = [exp(-(((x - 1) / 2) ** 2) / 2) / (2 * sqrt(2 * pi)) for x in w]
    np.testing.assert_allclose(belief.density(w), wanted, rtol=1e-13)


def test_credible_threats() -> None:
    """Oracle H02: walking out is worth N(80 theta, 10), staying 50."""
    theta = np.array([0, 0.25, 0.5, 0.625, 0.75, 1])
    wanted = [
        2.866515718791933e-07,
        0.0013498980316300933,
        0.15865525393145707,
        0.5,
        0.8413447460685429,
        0.9986501019683699,
    ]
    got = credible(beliefs.normal(80 * theta, 10), 50.0)
    np.testing.assert_allclose(got, wanted, rtol=1e-12)
    same = credible(beliefs.normal(0.0, 10), 50.0, common=80 * theta)
    np.testing.assert_allclose(same, wanted, rtol=1e-12)
    # Of a sample the share above; a tie is no threat.
    assert float(credible(beliefs.sampled([1.0, 2.0, 3.0, 4.0]), 2.0)) == 0.5
    assert float(credible(beliefs.uniform(0.0, 4.0), 1.0)) == 0.75


def test_what_is_not_known_stays_not_known() -> None:
    got = take_it_or_leave_it([np.nan, 1.0], 0.2, beliefs.uniform(0.1, 0.7))
    assert np.isnan([got.offer[0], got.breakdown[0], *got.payoffs[0]]).all()
    assert str(got.status[0]).startswith("unknown")
    assert got.offer[1] == pytest.approx(0.45)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: beliefs.uniform(1.0, 0.0), "the smaller first"),
        (lambda: beliefs.uniform(0.0, np.inf), "finite"),
        (lambda: beliefs.normal(0.0, 0.0), "standard deviation 0"),
        (lambda: beliefs.normal(np.nan, 1.0), "mean nan"),
        (lambda: beliefs.sampled([]), "at least one value"),
        (lambda: beliefs.sampled([1.0, np.nan]), "value of a sample nan"),
        (lambda: beliefs.given(lambda w: w, lambda w: w * 0 + 1, 0.0, 0.0), "the smaller first"),
        (lambda: beliefs.given(lambda w: 1 - w, lambda w: w * 0 + 1, 0.0, 1.0), "falls on the way"),
        (lambda: beliefs.given(lambda w: w / 2, lambda w: w * 0 + 1, 0.0, 1.0), "from 0 to 0.5"),
        (lambda: beliefs.given(lambda w: w, lambda w: w * 0 + 2, 0.0, 1.0), "integrates to 2"),
        (lambda: beliefs.given(lambda w: w, lambda w: w * np.nan, 0.0, 1.0), "density is not a"),
        (
            lambda: take_it_or_leave_it(np.ones(3), np.ones(2), beliefs.uniform(0.0, 1.0)),
            "do not fit together",
        ),
    ],
)
def test_what_is_refused(call: Any, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        call()
