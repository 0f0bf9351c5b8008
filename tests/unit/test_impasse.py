"""The disagreement engine: known answers, limits, units, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Talks
from negotiation.bargaining import Delay, alternating, bargain, impasse
from negotiation.errors import ParameterError

SIDES = ("canada", "us")


def shares(found: Any, pie: float) -> Any:
    """Payoffs of the weighted Nash bargain over a pie from an impasse."""
    over = Talks(SIDES, (0.0, 0.0), AgreementSet.money(pie), weight=found.weight)
    return bargain(over, found.disagreement).payoffs


def test_inside_options_alone() -> None:
    """Oracle B06: d = g / r, weight r2 / (r1 + r2)."""
    found = impasse(inside=[0.01, 0.02], discount=[0.05, 0.1])
    np.testing.assert_allclose(found.disagreement, [0.2, 0.2], rtol=1e-15)
    assert float(found.weight) == pytest.approx(2 / 3, rel=1e-15)
    np.testing.assert_allclose(shares(found, 1.0), [0.6, 0.4], rtol=1e-14)


def test_inside_options_and_breakdown() -> None:
    """Oracle B07."""
    found = impasse(inside=[0.01, 0.02], discount=[0.05, 0.1], hazard=0.1, after=[0.1, 0.2])
    np.testing.assert_allclose(found.disagreement, [2 / 15, 0.2], rtol=1e-15)
    assert float(found.weight) == pytest.approx(4 / 7, rel=1e-15)
    np.testing.assert_allclose(shares(found, 1.0), [18 / 35, 17 / 35], rtol=1e-14)


def test_inside_or_outside_options() -> None:
    """Oracle H02: a pie of 100, walking out worth 80 theta and 20, equal patience.

    As a dispute for ever, what each has is split from; as a walk-out it moves nothing up to 50.
    """
    theta = np.array([0, 0.25, 0.5, 0.625, 0.75, 1])
    w = np.stack([80 * theta, np.full(6, 20.0)], axis=-1)
    over = Talks(SIDES, (0.0, 0.0), AgreementSet.money(100.0))
    dispute = impasse(inside=w * 0.05, discount=0.05)
    inside = bargain(over, dispute.disagreement)
    np.testing.assert_allclose(inside.payoffs[:5, 0], [40, 50, 60, 65, 70], rtol=1e-14)
    assert str(inside.status[5]).startswith("no deal")  # 80 and 20 leave nothing to share
    idle = impasse(inside=np.zeros((6, 2)), discount=0.05)
    outside = bargain(over, idle.disagreement, outside=w)
    np.testing.assert_array_equal(outside.payoffs[:, 0], [50, 50, 50, 50, 60, 80])
    # The margin of credibility, whose sign changes at 0.625, and the same in the process of offers.
    staying = bargain(over, idle.disagreement).payoffs
    np.testing.assert_array_equal(w[:, 0] - staying[:, 0], [-50, -30, -10, 0, 10, 30])
    offers = alternating(100.0, Delay.lasting(1e-8, discount=0.05), outside=w)
    np.testing.assert_allclose(offers.first, outside.payoffs, atol=1e-6)
    assert (offers.binding[:, 0] == (theta > 0.625)).all()


def test_a_year_of_the_disagreement_point_is_worth_what_it_is_for_ever() -> None:
    """Without breakdown the dispute pays its inside options, year after year."""
    flows = np.array([-30.0, 4.0])
    found = impasse(inside=flows, discount=[0.03, 0.08])
    np.testing.assert_allclose(found.yearly, flows, rtol=1e-15)


def test_a_hazard_moves_the_year_from_the_dispute_to_what_follows_a_breakdown() -> None:
    g, w, r = np.array([-30.0, 4.0]), np.array([-50.0, -9.0]), np.array([0.03, 0.08])
    for h in (0.0, 0.02, 1.0, 1e9):
        found = impasse(inside=g, discount=r, hazard=h, after=w / r)
        share = h / (r + h)  # of the present value that comes after the breakdown
        np.testing.assert_allclose(found.yearly, (1 - share) * g + share * w, rtol=1e-12)
    np.testing.assert_allclose(found.yearly, w, rtol=1e-8)
    assert float(found.weight) == pytest.approx(0.5, abs=1e-9)


def test_the_patient_side_has_the_power() -> None:
    r = np.array([[0.05, 0.05], [0.05, 0.1], [0.1, 0.05]])
    weight = impasse(inside=0.0, discount=r).weight
    np.testing.assert_allclose(weight, [1 / 2, 2 / 3, 1 / 3], rtol=1e-15)
    # Fear of breakdown is the same for both, and takes the edge off patience.
    even = impasse(inside=0.0, discount=r, hazard=0.2).weight
    np.testing.assert_allclose(even, [1 / 2, 6 / 11, 5 / 11], rtol=1e-15)


def test_batches_are_the_points_one_by_one() -> None:
    rng = np.random.default_rng(4)
    g, b = rng.normal(size=(2, 5, 3, 2))
    r, h = rng.uniform(0.01, 0.2, (3, 2)), rng.uniform(0, 1, (5, 1))
    cloud = impasse(inside=g, discount=r, hazard=h, after=b)
    assert cloud.disagreement.shape == (5, 3, 2)
    assert cloud.weight.shape == (5, 3)
    for i in range(5):
        for j in range(3):
            one = impasse(inside=g[i, j], discount=r[j], hazard=h[i, 0], after=b[i, j])
            assert (one.disagreement == cloud.disagreement[i, j]).all()
            assert one.weight == cloud.weight[i, j]
            assert (one.yearly == cloud.yearly[i, j]).all()


def test_relabelling_the_sides_relabels_the_answer() -> None:
    g, r, b = np.array([1.0, -2.0]), np.array([0.02, 0.07]), np.array([5.0, 3.0])
    one = impasse(inside=g, discount=r, hazard=0.1, after=b)
    other = impasse(inside=g[::-1], discount=r[::-1], hazard=0.1, after=b[::-1])
    assert (one.disagreement == other.disagreement[::-1]).all()
    assert float(one.weight + other.weight) == pytest.approx(1.0, abs=1e-15)


def test_what_is_not_known_stays_not_known_where_it_counts() -> None:
    unknown = impasse(inside=[[1.0, np.nan], [1.0, 2.0]], discount=0.05)
    assert np.isnan(unknown.disagreement).tolist() == [[False, True], [False, False]]
    # Payoffs after a breakdown do not count if there is none.
    h = np.array([0.0, 0.1])
    after = impasse(inside=[1.0, 2.0], discount=0.05, hazard=h, after=[np.nan, np.inf])
    np.testing.assert_array_equal(after.disagreement[0], np.array([1.0, 2.0]) / 0.05)
    assert np.isnan(after.disagreement[1, 0])
    assert np.isposinf(after.disagreement[1, 1])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"discount": [0.05, 0.0]}, "discount rate 0 is out of range"),
        ({"discount": [0.05, -0.1]}, "discount rate -0.1 is out of range"),
        ({"discount": [np.nan, 0.1]}, "discount rate nan is out of range"),
        ({"discount": [0.1, np.inf]}, "discount rate inf is out of range"),
        ({"hazard": -0.5}, "breakdown hazard -0.5 is out of range"),
        ({"hazard": np.nan}, "breakdown hazard nan is out of range"),
        ({"inside": [1.0, 2.0, 3.0]}, "'inside' has shape"),
        ({"inside": np.zeros((4, 2)), "hazard": np.zeros(3)}, "do not fit together"),
    ],
)
def test_what_is_refused(given: dict[str, Any], said: str) -> None:
    full = {"inside": [1.0, 2.0], "discount": [0.05, 0.05], **given}
    with pytest.raises(ParameterError, match=said):
        impasse(**full)
