"""Solutions with known answers, smooth frontiers, outside options, packages, concessions."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np
import pytest

from negotiation.bargaining import (
    CONCEPTS,
    PROPORTIONAL,
    SPREAD,
    AgreementSet,
    AgreementStatus,
    SmoothFrontier,
    Talks,
    bargain,
    utilitarian,
    zeuthen,
)
from negotiation.errors import ModelError, ParameterError
from negotiation.games.game import Array

SIDES = ("canada", "us")
GOLDEN = (sqrt(5) - 1) / 2

#: u2 = 1 - u1 ** 2, d = 0. Raiffa's two have no closed form: iterated, and integrated, elsewhere.
PARABOLA = {
    "nash": (1 / sqrt(3), 2 / 3),
    "kalai_smorodinsky": (GOLDEN, GOLDEN),
    "egalitarian": (GOLDEN, GOLDEN),
    "perles_maschler": (2 ** (-2 / 3), 1 - 2 ** (-4 / 3)),
    "raiffa_discrete": (0.6079709085735847, 0.6303713743282098),
    "raiffa_continuous": (0.5882948609985671, 0.6539091565221601),
}

#: A smooth frontier is solved by halving, and slopes by differences of fourth order.
SMOOTH = 1e-11


def talks(agreement: AgreementSet | SmoothFrontier, weight: Any = 0.5) -> Talks:
    return Talks(SIDES, (0.0, 0.0), agreement, weight)


def parabola(slope: Callable[[Array], Array] | None = None) -> SmoothFrontier:
    return SmoothFrontier(lambda u: 1.0 - u**2, 0.0, 1.0, slope)


def sideways() -> SmoothFrontier:
    """The parabola with the sides exchanged: its slope is infinite at an end."""
    return SmoothFrontier(lambda u: np.sqrt(1.0 - u), 0.0, 1.0)


def inscribed(f: Callable[[Array], Array], pieces: int) -> AgreementSet:
    x = np.linspace(0.0, 1.0, pieces + 1)
    return AgreementSet.frontier(np.stack([x, f(x)], axis=-1))


# --- known answers -------------------------------------------------------------------------------


def test_every_concept_has_a_known_answer_here() -> None:
    assert set(PARABOLA) == set(CONCEPTS)
    assert set(SPREAD) < set(CONCEPTS)


@pytest.mark.parametrize("concept", PARABOLA)
def test_parabola(concept: str) -> None:
    """Nash 1950; Kalai and Smorodinsky 1975; Kalai 1977; Perles and Maschler 1981; Raiffa 1953."""
    got = bargain(talks(parabola()), (0.0, 0.0), concept)
    assert str(got.status) == AgreementStatus.AGREED.value
    np.testing.assert_allclose(got.payoffs, PARABOLA[concept], rtol=0, atol=SMOOTH)
    mirrored = bargain(talks(sideways()), (0.0, 0.0), concept).payoffs
    np.testing.assert_allclose(mirrored[::-1], PARABOLA[concept], rtol=0, atol=SMOOTH)


def test_a_slope_that_is_given_serves_to_rounding() -> None:
    got = bargain(talks(parabola(lambda u: -2.0 * u)), (0.0, 0.0)).payoffs
    np.testing.assert_allclose(got, PARABOLA["nash"], rtol=0, atol=1e-15)


@pytest.mark.parametrize("concept", sorted(CONCEPTS))
def test_the_circle_is_symmetric(concept: str) -> None:
    """Slope zero at one end and infinite at the other."""
    circle = SmoothFrontier(lambda u: np.sqrt(np.maximum(1.0 - u**2, 0.0)), 0.0, 1.0)
    got = bargain(talks(circle), (0.0, 0.0), concept).payoffs
    np.testing.assert_allclose(got, [1 / sqrt(2)] * 2, rtol=0, atol=SMOOTH)


@pytest.mark.parametrize("g", [0.1, 0.5, 0.9])
def test_risk_aversion_hurts(g: float) -> None:
    """Split 1 with u1 = x ** g, u2 = 1 - x: Nash x = g / (1 + g) (Kihlstrom et al. 1981)."""
    frontier = SmoothFrontier(lambda u: 1.0 - u ** (1 / g), 0.0, 1.0)
    share = bargain(talks(frontier), (0.0, 0.0)).payoffs[0] ** (1 / g)
    assert share == pytest.approx(g / (1 + g), abs=1e-10)


def test_risk_aversion_and_kalai_smorodinsky() -> None:
    share = bargain(talks(parabola()), (0.0, 0.0), "kalai_smorodinsky").payoffs[0] ** 2
    assert share == pytest.approx((3 - sqrt(5)) / 2, abs=1e-12)


@pytest.mark.parametrize("weight", [0.1, 0.5, 0.8])
def test_weighted_nash_on_the_parabola(weight: float) -> None:
    """w (1 - u ** 2) = (1 - w) 2 u ** 2, so u ** 2 = w / (2 - w)."""
    got = bargain(talks(parabola(), weight), (0.0, 0.0)).payoffs
    assert got[0] == pytest.approx(sqrt(weight / (2 - weight)), abs=SMOOTH)


@pytest.mark.parametrize("concept", sorted(CONCEPTS))
@pytest.mark.parametrize("smooth", [True, False])
def test_a_straight_frontier_is_met_in_the_middle(concept: str, smooth: bool) -> None:
    """u2 = 10 - 2 u1, d = (1, 2): the middle of (1, 8) and (4, 2), but where gains are equal."""
    over = (
        SmoothFrontier(lambda u: 10.0 - 2.0 * u, 0.0, 5.0)
        if smooth
        else AgreementSet.frontier([(0.0, 10.0), (5.0, 0.0)])
    )
    got = bargain(talks(over), (1.0, 2.0), concept).payoffs
    wanted = (3.0, 4.0) if concept == "egalitarian" else (2.5, 5.0)
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-11 if smooth else 1e-14)


@pytest.mark.parametrize("concept", sorted(CONCEPTS))
def test_a_symmetric_corner_and_a_single_point_are_met(concept: str) -> None:
    corner = AgreementSet.frontier([(0.0, 2.0), (1.5, 1.5), (2.0, 0.0)])
    got = bargain(talks(corner), (0.0, 0.0), concept).payoffs
    np.testing.assert_allclose(got, [1.5, 1.5], rtol=0, atol=1e-15)
    point = bargain(talks(AgreementSet.frontier([(1.0, 2.0)])), (0.0, 0.0), concept).payoffs
    wanted = [1.0, 1.0] if concept == "egalitarian" else [1.0, 2.0]
    np.testing.assert_allclose(point, wanted, rtol=0, atol=2e-15)  # Raiffa's steps stop so near


@pytest.mark.parametrize("concept", sorted(set(CONCEPTS) - {"nash"}))
def test_a_finer_polygon_comes_nearer_to_the_smooth_answer(concept: str) -> None:
    """The chords of a parabola are off by the square of their length; so are its solutions."""
    errors = []
    for pieces in (6, 60):
        polygon = inscribed(lambda u: 1.0 - u**2, pieces)
        got = bargain(talks(polygon), (0.0, 0.0), concept).payoffs
        errors.append(float(np.abs(got - PARABOLA[concept]).max()))
    assert errors[1] < errors[0] / 30
    assert errors[1] < 1 / 60**2


@pytest.mark.parametrize("concept", sorted(set(CONCEPTS) - {"egalitarian"}))
def test_a_side_that_counts_in_small_units_has_a_surplus_too(concept: str) -> None:
    """Units of one side a trillion times those of the other: the deal is the same."""
    unit = np.array([1e-6, 1e6])
    frontier, d = np.array([(0.0, 3.0), (2.0, 2.0), (3.0, 0.0)]), np.array([1.0, 0.5])
    plain = bargain(talks(AgreementSet.frontier(frontier)), d, concept)
    scaled = bargain(talks(AgreementSet.frontier(frontier * unit)), d * unit, concept)
    assert str(scaled.status) == AgreementStatus.AGREED.value
    np.testing.assert_allclose(scaled.payoffs / unit, plain.payoffs, rtol=0, atol=1e-13)


# --- proportional, utilitarian -------------------------------------------------------------------


def test_gains_in_proportion_to_size() -> None:
    """Losses of 80 and 40, incomes of 2000 and 28000: Canada gets 1/15 of 120, less 80."""
    got = bargain(talks(AgreementSet.money(0.0)), (-80.0, -40.0), PROPORTIONAL, ray=(2000, 28000))
    np.testing.assert_allclose(got.concession, [-72.0, 72.0], rtol=0, atol=1e-12)
    equal = bargain(talks(AgreementSet.money(0.0)), (-80.0, -40.0), "egalitarian")
    np.testing.assert_allclose(equal.concession, [-20.0, 20.0], rtol=0, atol=1e-12)


@pytest.mark.parametrize("over", [parabola(), inscribed(lambda u: 1.0 - u**2, 7)])
def test_the_ray_of_ones_is_egalitarian_and_that_of_ideals_is_kalai_smorodinsky(over: Any) -> None:
    d = (0.1, 0.2)
    for ray, concept in (
        ((3.0, 3.0), "egalitarian"),
        ((sqrt(0.8) - 0.1, 0.79), "kalai_smorodinsky"),
    ):
        if isinstance(over, AgreementSet) and concept == "kalai_smorodinsky":
            continue
        ours = bargain(talks(over), d, PROPORTIONAL, ray=ray).payoffs
        theirs = bargain(talks(over), d, concept).payoffs
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-14)


def test_rays_make_a_batch() -> None:
    rays = np.array([[1.0, 1.0], [1.0, 3.0]])
    got = bargain(talks(AgreementSet.money(4.0)), (0.0, 0.0), PROPORTIONAL, ray=rays)
    np.testing.assert_allclose(got.payoffs, [[2.0, 2.0], [1.0, 3.0]], rtol=0, atol=1e-15)


def test_utilitarian_on_curves_corners_and_money() -> None:
    smooth = utilitarian(talks(parabola()), (0.0, 0.0))
    np.testing.assert_allclose(smooth.ends, [[0.5, 0.75]] * 2, rtol=0, atol=1e-9)
    assert float(smooth.total) == pytest.approx(1.25, abs=1e-15)
    straight = AgreementSet.frontier([(0.0, 10.0), (5.0, 0.0)])
    corner = utilitarian(talks(straight), (1.0, 2.0)).ends
    assert corner.tolist() == [[1.0, 8.0], [1.0, 8.0]]
    money = utilitarian(talks(AgreementSet.money([10.0, 2.0])), (1.0, 2.0))
    assert money.ends[0].tolist() == [[1.0, 9.0], [8.0, 2.0]]
    assert np.isnan(money.ends[1]).all()
    assert money.status[1] == AgreementStatus.NO_SURPLUS.value
    kinked = AgreementSet.frontier([(0.0, 3.0), (1.0, 2.5), (2.0, 1.5), (2.5, 0.0)])
    assert utilitarian(talks(kinked), (0.0, 0.0)).ends.tolist() == [[1.0, 2.5], [2.0, 1.5]]
    assert utilitarian(talks(kinked), (1.25, 0.0)).ends.tolist() == [[1.25, 2.25], [2.0, 1.5]]


# --- outside options -----------------------------------------------------------------------------

BOTH, FIRST, SECOND, NONE = (True, True), (True, False), (False, True), (False, False)


@pytest.mark.parametrize(
    ("outside", "payoffs", "binding"),
    [
        ((-np.inf, -np.inf), (5.0, 5.0), NONE),
        ((5.0, 5.0), (5.0, 5.0), NONE),
        ((np.nextafter(5.0, 6.0), 0.0), (5.0, 5.0), FIRST),
        ((6.0, 3.0), (6.0, 4.0), FIRST),
        ((6.0, 4.0), (6.0, 4.0), FIRST),
        ((2.0, 7.0), (3.0, 7.0), SECOND),
        ((10.0, -np.inf), (10.0, 0.0), FIRST),
        ((6.0, 4.001), None, BOTH),
        ((6.0, 6.0), None, BOTH),
        ((10.1, -np.inf), None, BOTH),
        ((np.inf, np.inf), None, BOTH),
    ],
)
@pytest.mark.parametrize("smooth", [True, False])
def test_deal_me_out(outside: Any, payoffs: Any, binding: Any, smooth: bool) -> None:
    """Ten to share, nothing without a deal (Binmore, Shaked and Sutton 1989)."""
    over = (
        SmoothFrontier(lambda u: 10.0 - u, 0.0, 10.0, lambda u: -np.ones_like(u))
        if smooth
        else AgreementSet.money(10.0)
    )
    got = bargain(talks(over), (0.0, 0.0), outside=outside)
    assert got.binding.tolist() == list(binding)
    if payoffs is None:
        assert str(got.status) == AgreementStatus.OUTSIDE.value
        assert np.isnan(got.payoffs).all()
        assert np.isnan(got.concession).all()
        assert np.isnan(got.surplus)
    else:
        assert str(got.status) == AgreementStatus.AGREED.value
        np.testing.assert_allclose(got.payoffs, payoffs, rtol=0, atol=1e-14)
        for side in (0, 1):
            assert got.payoffs[side] == outside[side] or not binding[side]


def test_outside_options_as_a_batch_equal_one_by_one() -> None:
    rng = np.random.default_rng(3)
    w = rng.uniform(0.0, 1.0, (3, 4, 2))
    w[0, 0] = np.nan, 0.0
    d = rng.uniform(0.0, 0.3, (4, 2))
    for concept in ("nash", "kalai_smorodinsky"):
        for over in (parabola(), inscribed(lambda u: 1.0 - u**2, 5)):
            batch = bargain(talks(over), d, concept, outside=w)
            assert batch.status[0, 0] == AgreementStatus.UNKNOWN_OUTSIDE.value
            assert len(set(batch.status.ravel())) == 3
            for index in np.ndindex(3, 4):
                one = bargain(talks(over), d[index[1]], concept, outside=w[index])
                for name in ("payoffs", "surplus", "status", "binding"):
                    np.testing.assert_array_equal(getattr(batch, name)[index], getattr(one, name))


def test_an_outside_option_beside_an_unknown_disagreement_point() -> None:
    d = [(0.0, 0.0), (-np.inf, 0.0), (np.nan, 0.0)]
    got = bargain(talks(AgreementSet.money(10.0)), d, outside=(7.0, -np.inf))
    assert got.payoffs[0].tolist() == [7.0, 3.0]
    assert np.isnan(got.payoffs[1:]).all()
    assert (got.status[1:] == AgreementStatus.UNKNOWN.value).all()
    assert not got.binding[1:].any()


def test_an_outside_option_below_the_disagreement_point_is_none() -> None:
    got = bargain(talks(AgreementSet.money(10.0)), (2.0, 4.0), outside=(1.0, 3.0))
    assert got.payoffs.tolist() == [4.0, 6.0]
    # Without surplus over the disagreement point no outside option makes a deal.
    none = bargain(talks(AgreementSet.money(5.0)), (2.0, 4.0), outside=(1.0, 3.0))
    assert str(none.status) == AgreementStatus.NO_SURPLUS.value
    assert not none.binding.any()


# --- smooth frontiers ----------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize("concept", sorted(CONCEPTS))
def test_smooth_frontiers_as_a_batch_equal_one_by_one(concept: str) -> None:
    power = np.array([1.5, 2.0, 4.0])
    many = SmoothFrontier(lambda u: 1.0 - u**power, np.zeros(3), 1.0)
    d = np.array([[[0.3, 0.1]], [[0.99, 0.9]]])
    batch = bargain(talks(many), d, concept)
    assert batch.payoffs.shape == (2, 3, 2)
    assert (batch.status[1] == AgreementStatus.NO_SURPLUS.value).all()
    for row, column in ((0, 0), (1, 1)):
        one = bargain(talks(many.pick((3,), (column,))), d[row, 0], concept)
        np.testing.assert_array_equal(batch.payoffs[row, column], one.payoffs)


@pytest.mark.full
def test_a_frontier_that_ends_above_the_disagreement_point() -> None:
    """u2 = 1 - u1 ** 2 for u1 in [0.2, 0.4] only, from d = 0: every solution is on it."""
    short = SmoothFrontier(lambda u: 1.0 - u**2, 0.2, 0.4)
    polygon = AgreementSet.frontier([(u, 1.0 - u**2) for u in np.linspace(0.2, 0.4, 21)])
    for concept in CONCEPTS:
        got, wanted = (
            bargain(talks(each), (0.0, 0.0), concept).payoffs for each in (short, polygon)
        )
        np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-4)
    assert bargain(talks(short), (0.0, 0.0)).payoffs.tolist() == pytest.approx([0.4, 0.84])
    none = bargain(talks(short), (0.5, 0.0))
    assert str(none.status) == AgreementStatus.NO_SURPLUS.value


def test_a_path_that_does_not_end_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("negotiation.bargaining.smooth._MOST_STEPS", 3)
    got = bargain(talks(parabola()), (0.0, 0.0), "raiffa_continuous", outside=(0.1, 0.1))
    assert str(got.status) == AgreementStatus.NOT_SOLVED.value
    assert np.isnan(got.payoffs).all()
    assert np.isnan(got.surplus)
    assert not got.binding.any()


@pytest.mark.parametrize(
    ("f", "low", "high", "said"),
    [
        (lambda u: u, 0.0, 1.0, "rises near u1"),
        (lambda u: (1.0 - u) ** 2, 0.0, 1.0, "is not concave near u1"),
        (lambda u: np.where(u < 0.5, np.nan, 1.0 - u), 0.0, 1.0, "is not finite at u1 = 0;"),
        (lambda u: 1.0 - u, 1.0, 0.0, "low below high"),
        (lambda u: 1.0 - u, 0.0, np.inf, "low below high"),
        (lambda u: 1.0 - u * np.ones(3), 0.0, 1.0, "fails for an array of shape"),
    ],
)
def test_functions_that_are_no_frontier_are_refused(
    f: Callable[[Array], Array], low: float, high: float, said: str
) -> None:
    with pytest.raises(ModelError, match=said):
        SmoothFrontier(f, low, high)


# --- packages ------------------------------------------------------------------------------------


def test_packages_lotteries_and_money() -> None:
    points = [(0.0, 0.0), (1.0, 3.0), (3.0, 1.0), (1.5, 2.0), (0.5, 3.0), (3.0, 0.5)]
    plain = AgreementSet.packages(points)
    assert plain.start.tolist() == [[1.0, 3.0]]
    assert plain.direction.tolist() == [[2.0, -2.0]]
    # The first side pays 2 for 1: better than any lottery beyond (1, 3).
    paid = AgreementSet.packages(points, transfer=0.5)
    assert paid.start.tolist() == [[1.0, 3.0], [1.0, 3.0]]
    assert paid.direction.tolist() == [[2.0, -1.0], [2.0, -2.0]]
    got = bargain(talks(paid), (-2.0, 3.0)).payoffs
    np.testing.assert_allclose(got, [-0.5, 3.75], rtol=0, atol=1e-15)
    # Both ways, dollar for dollar: money over the largest sum.
    both = AgreementSet.packages(points, transfer=1.0, both_ways=True)
    for d in ((0.0, 0.0), (5.0, -4.0), (-9.0, 3.0)):
        wanted = bargain(talks(AgreementSet.money(4.0)), d).payoffs
        np.testing.assert_allclose(bargain(talks(both), d).payoffs, wanted, rtol=0, atol=1e-14)
    back = AgreementSet.packages(points, transfer=0.5, both_ways=True)
    assert back.direction.tolist() == [[2.0, -1.0], [2.0, -2.0], [1.0, -2.0]]
    assert back.high[-1] == np.inf


def test_one_package_is_taken_or_left() -> None:
    only = AgreementSet.packages([(1.0, 2.0)])
    assert bargain(talks(only), (0.0, 0.0)).payoffs.tolist() == [1.0, 2.0]
    assert str(bargain(talks(only), (1.5, 0.0)).status) == AgreementStatus.NO_SURPLUS.value


@pytest.mark.parametrize("concept", sorted(CONCEPTS))
def test_packages_as_a_batch_equal_one_by_one(concept: str) -> None:
    rng = np.random.default_rng(5)
    points = rng.normal(size=(6, 7, 2)) * 10.0 ** rng.integers(-3, 4, (6, 1, 1))
    points[2] = points[2, :1]  # one point, seven times
    points[4, 3, 1] = np.nan
    mu = np.linspace(0.2, 1.0, 6)
    d = points.min(axis=1)
    cases: list[dict[str, Any]] = [{}, {"transfer": mu}, {"transfer": mu, "both_ways": True}]
    for arguments in cases:
        batch = bargain(talks(AgreementSet.packages(points, **arguments)), d, concept)
        assert batch.status[4] == AgreementStatus.UNKNOWN.value
        for b in range(6):
            one = {k: v[b] if k == "transfer" else v for k, v in arguments.items()}
            alone = bargain(talks(AgreementSet.packages(points[b], **one)), d[b], concept)
            np.testing.assert_array_equal(batch.payoffs[b], alone.payoffs)
            assert str(batch.status[b]) == str(alone.status)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"points": np.zeros((0, 2))}, "at least one package"),
        ({"points": np.zeros((4, 3))}, r"shape \(4, 3\)"),
        ({"points": [(0.0, 0.0)], "transfer": 0.0}, "efficiency 0 is out of range"),
        ({"points": [(0.0, 0.0)], "transfer": [0.5, 1.5]}, "efficiency 1.5 is out of range"),
        ({"points": [(0.0, 0.0)], "both_ways": True}, "needs a transfer efficiency"),
    ],
)
def test_packages_that_make_no_set_are_refused(arguments: Any, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        AgreementSet.packages(**arguments)


def test_one_of_a_batch_of_agreement_sets() -> None:
    many = AgreementSet.money([[1.0, 2.0, 3.0]] * 2)
    one = many.pick((4, 2, 3), (3, 1))
    assert one.batch_shape == (3,)
    assert bargain(talks(one), (0.0, 0.0)).payoffs[:, 0].tolist() == [0.5, 1.0, 1.5]


# --- concessions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "over", [parabola(), AgreementSet.money(10.0), AgreementSet.frontier([(1.0, 2.0), (3.0, 0.5)])]
)
def test_concessions_lead_to_nash(over: AgreementSet | SmoothFrontier) -> None:
    """Zeuthen 1930, Harsanyi 1956: within a concession."""
    nash = bargain(talks(over), (0.0, 0.0)).payoffs
    for size in (0.1, 0.01):
        path = zeuthen(talks(over), (0.0, 0.0), size)
        assert str(path.status) == AgreementStatus.AGREED.value
        best = path.proposals[0, [0, 1], [0, 1]]
        assert (np.abs(path.payoffs - nash)[0] <= size * best[0]).all()
        rounds = int(path.rounds)
        assert len(path.proposals) == len(path.risk) == rounds + 1
        assert len(path.concedes) == rounds
        # Whoever concedes has the smaller risk limit, and the smaller product of gains.
        for t in range(rounds):
            product = path.proposals[t].prod(axis=-1)
            for side in (0, 1):
                if path.concedes[t, side]:
                    assert path.risk[t, side] <= path.risk[t, 1 - side] + 1e-12
                    assert product[side] <= product[1 - side] * (1 + 1e-9)
        # Own demands only ever fall, and a side demands no less than it is offered, but at the end.
        own = path.proposals[:, [0, 1], [0, 1]]
        assert (np.diff(own, axis=0) <= 0).all()
        assert path.concedes.any(axis=-1).all()


def test_concessions_as_a_batch_and_without_a_deal() -> None:
    d = np.array([[0.0, 0.0], [0.5, 0.1], [2.0, 2.0], [np.nan, 0.0]])
    batch = zeuthen(talks(parabola()), d, 0.05)
    for b in range(4):
        one = zeuthen(talks(parabola()), d[b], 0.05)
        np.testing.assert_array_equal(batch.payoffs[b], one.payoffs)
        assert int(batch.rounds[b]) == int(one.rounds)
    assert batch.rounds[2] == batch.rounds[3] == 0
    assert np.isnan(batch.payoffs[2:]).all()
    assert batch.status[2] == AgreementStatus.NO_SURPLUS.value


@pytest.mark.parametrize("size", [0.0, -1.0, 1.5, np.nan])
def test_a_concession_is_a_share(size: float) -> None:
    with pytest.raises(ParameterError, match=f"concession {size:g} is out of range"):
        zeuthen(talks(AgreementSet.money(1.0)), (0.0, 0.0), size)


# --- what is refused -----------------------------------------------------------------------------


def test_a_ray_goes_with_the_proportional_solution_only() -> None:
    over = talks(AgreementSet.money(1.0))
    with pytest.raises(ParameterError, match="'proportional' needs a ray"):
        bargain(over, (0.0, 0.0), PROPORTIONAL)
    with pytest.raises(ParameterError, match="'nash' takes no ray"):
        bargain(over, (0.0, 0.0), "nash", ray=(1.0, 1.0))
    for ray in ((0.0, 1.0), (1.0, np.nan), (-1.0, 1.0)):
        with pytest.raises(ParameterError, match="two positive numbers"):
            bargain(over, (0.0, 0.0), PROPORTIONAL, ray=ray)
    with pytest.raises(ParameterError, match="did you mean 'proportional'"):
        bargain(over, (0.0, 0.0), "proportionate")


# --- one way against another ---------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize("concept", ["kalai_smorodinsky", "raiffa_discrete", "raiffa_continuous"])
def test_closed_forms_on_pieces_equal_the_methods_for_curves(
    concept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A polygon as a function: exponentials piece by piece against an integrator of high order."""
    # Kinks cost it many steps: with errors of 1e-9 a step it is quick, and good to 1e-7.
    monkeypatch.setattr("negotiation.bargaining.smooth._STEP_ERROR", 1e-9)
    x, y = np.array([0.0, 0.7, 1.6, 2.0]), np.array([2.5, 2.3, 1.2, -0.6])
    curve = SmoothFrontier(lambda u: np.interp(u, x, y), 0.0, 2.0)
    pieces = AgreementSet.frontier(np.stack([x, y], axis=-1))
    d = (-0.3, 0.1)
    ours, theirs = (bargain(talks(each), d, concept).payoffs for each in (pieces, curve))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-7)
