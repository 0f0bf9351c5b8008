"""Axioms of the bargaining solutions, and slow maximisation as their oracle."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from negotiation.bargaining import (
    CONCEPTS,
    Agreement,
    AgreementSet,
    AgreementStatus,
    Talks,
    bargain,
)
from negotiation.errors import ModelError, ParameterError
from negotiation.games.game import Array

SIDES = ("canada", "us")
SEEDS = st.integers(0, 2**32 - 1)
COVARIANT = (
    "nash",
    "kalai_smorodinsky",
    "perles_maschler",
    "raiffa_discrete",
    "raiffa_continuous",
)

#: Closed forms on payoffs of order ten: a dozen operations with 1e-16 each, magnified by the ratio
#: of the steepest to the flattest piece of the frontiers below, about 1e3.
ROUNDING = 1e-11


def solved(
    frontier: Any, d: Any, concept: str = "nash", weight: Any = 0.5, status_quo: Any = (0.0, 0.0)
) -> Agreement:
    over = frontier if isinstance(frontier, AgreementSet) else AgreementSet.frontier(frontier)
    return bargain(Talks(SIDES, status_quo, over, weight), d, concept)


def random_frontier(rng: np.random.Generator, vertices: int) -> Array:
    """Return the vertices of a concave, falling frontier with slopes from about 0.03 to 30."""
    slopes = np.sort(10.0 ** rng.uniform(-1.5, 1.5, vertices - 1))
    steps = rng.uniform(0.2, 2.0, vertices - 1) / np.sqrt(1.0 + slopes**2)
    x = rng.uniform(-3, 3) + np.concatenate([[0.0], np.cumsum(steps)])
    y = rng.uniform(-3, 3) + np.concatenate([[0.0], np.cumsum(-steps * slopes)])
    return np.stack([x, y], axis=-1)


def below(rng: np.random.Generator, frontier: Array) -> Array:
    """Return a disagreement point below some point inside the frontier."""
    return np.asarray(inside(rng, frontier) - rng.uniform(0.05, 3.0, 2))


def inside(rng: np.random.Generator, frontier: Array) -> Array:
    k, t = rng.integers(0, len(frontier) - 1), rng.uniform(0.2, 0.8)
    return np.asarray((1 - t) * frontier[k] + t * frontier[k + 1])


def random_problem(seed: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    frontier = random_frontier(rng, int(rng.integers(2, 7)))
    return frontier, below(rng, frontier)


def height(frontier: Array, x: Array | float) -> Array:
    """Best payoff of the second side when the first gets at least x; -inf where it cannot."""
    best = np.interp(x, frontier[:, 0], frontier[:, 1])
    return np.where(np.asarray(x) > frontier[-1, 0] + ROUNDING, -np.inf, best)


def lotteries(frontier: Array, points: int = 4001) -> Array:
    """Many points of the frontier, vertices included."""
    t = np.linspace(0.0, 1.0, points)[:, None]
    return np.concatenate([(1 - t) * a + t * b for a, b in pairwise(frontier)])


def furthest(frontier: Array, d: Array, ray: Array) -> float:
    """Largest t for which d + t * ray is feasible, with free disposal, by bisection."""
    low, high = 0.0, 1e3
    for _ in range(100):
        middle = (low + high) / 2
        x, y = d + middle * ray
        low, high = (middle, high) if y <= height(frontier, x) else (low, middle)
    return low


def ideal(frontier: Array, d: Array) -> Array:
    """Largest gain of each side at an agreement at which the other does not lose."""
    swapped = frontier[::-1, ::-1]
    return np.array(
        [
            float(height(swapped, max(d[1], swapped[0, 0]))) - d[0],
            float(height(frontier, max(d[0], frontier[0, 0]))) - d[1],
        ]
    )


# --- against slow maximisation -------------------------------------------------------------------


@given(SEEDS, st.floats(0.05, 0.95))
def test_no_lottery_has_a_larger_nash_product(seed: int, weight: float) -> None:
    frontier, d = random_problem(seed)
    got = solved(frontier, d, "nash", weight).payoffs
    assert got[1] == pytest.approx(float(height(frontier, got[0])), abs=ROUNDING)  # efficient
    assert (got > d).all()

    def product(points: Array) -> Array:
        gains = np.maximum(points - d, 0.0)
        return np.asarray(gains[..., 0] ** weight * gains[..., 1] ** (1 - weight))

    best = product(lotteries(frontier)).max()
    assert product(got) >= best * (1 - 1e-12)  # the logarithms and powers round


@given(SEEDS)
def test_kalai_smorodinsky_is_the_furthest_point_towards_the_ideal(seed: int) -> None:
    frontier, d = random_problem(seed)
    got = solved(frontier, d, "kalai_smorodinsky").payoffs
    ray = ideal(frontier, d)
    np.testing.assert_allclose(
        got, d + furthest(frontier, d, ray) * ray, rtol=0, atol=ROUNDING * 10
    )
    assert (got >= d).all()


@pytest.mark.full
@given(SEEDS)
def test_egalitarian_is_the_furthest_point_of_equal_gains(seed: int) -> None:
    frontier, d = random_problem(seed)
    got = solved(frontier, d, "egalitarian").payoffs
    t = furthest(frontier, d, np.ones(2))
    np.testing.assert_allclose(got, d + t, rtol=0, atol=ROUNDING * 10)
    assert (got - d)[0] == pytest.approx((got - d)[1], abs=ROUNDING)


@given(SEEDS, st.sampled_from(sorted(CONCEPTS)))
def test_nobody_loses_and_no_agreement_is_better_for_both(seed: int, concept: str) -> None:
    frontier, d = random_problem(seed)
    got = solved(frontier, d, concept)
    assert str(got.status) == AgreementStatus.AGREED.value
    assert (got.payoffs >= d).all()
    better = (lotteries(frontier, 101) > got.payoffs + ROUNDING).all(axis=-1)
    assert not better.any()
    np.testing.assert_array_equal(got.disagreement, d)
    np.testing.assert_allclose(got.surplus, (got.payoffs - d).sum(), rtol=0, atol=ROUNDING)


# --- axioms --------------------------------------------------------------------------------------


@given(SEEDS, st.sampled_from(COVARIANT), st.floats(0.1, 0.9))
def test_units_and_zeros_of_either_side_do_not_enter(
    seed: int, concept: str, weight: float
) -> None:
    frontier, d = random_problem(seed)
    rng = np.random.default_rng(seed + 1)
    unit, zero = 10.0 ** rng.uniform(-3, 3, 2), rng.uniform(-5, 5, 2)
    got = solved(frontier, d, concept, weight).payoffs
    moved = solved((frontier + zero) * unit, (d + zero) * unit, concept, weight).payoffs
    np.testing.assert_allclose(moved / unit - zero, got, rtol=0, atol=ROUNDING * 10)


def test_units_do_enter_the_egalitarian_solution() -> None:
    frontier = np.array([[0.0, 10.0], [10.0, 0.0]])
    got = solved(frontier, (0.0, 0.0), "egalitarian").payoffs
    moved = solved(frontier * [1.0, 100.0], (0.0, 0.0), "egalitarian").payoffs
    assert got.tolist() == [5.0, 5.0]
    np.testing.assert_allclose(moved, [1000 / 101] * 2, rtol=1e-14)


@given(SEEDS, st.sampled_from(sorted(CONCEPTS)), st.floats(0.1, 0.9))
def test_the_names_of_the_sides_do_not_enter(seed: int, concept: str, weight: float) -> None:
    frontier, d = random_problem(seed)
    got = solved(frontier, d, concept, weight).payoffs
    swapped = solved(frontier[::-1, ::-1], d[::-1], concept, 1 - weight).payoffs
    np.testing.assert_allclose(swapped[::-1], got, rtol=0, atol=ROUNDING)


@given(SEEDS)
def test_irrelevant_alternatives_do_not_enter_nash(seed: int) -> None:
    """Cut the frontier beside the solution: it stays (Nash 1950)."""
    frontier, d = random_problem(seed)
    got = solved(frontier, d).payoffs
    rng = np.random.default_rng(seed)
    here = float(np.clip(got[0], frontier[0, 0], frontier[-1, 0]))  # at an end but for rounding
    cut = (rng.uniform(frontier[0, 0], here), rng.uniform(here, frontier[-1, 0]))
    kept = [p for p in frontier if cut[0] < p[0] < cut[1]]
    corners = [np.array([x, float(height(frontier, x))]) for x in cut]
    smaller = np.array([corners[0], *kept, corners[1]])
    np.testing.assert_allclose(solved(smaller, d).payoffs, got, rtol=0, atol=ROUNDING * 10)


@given(SEEDS)
def test_a_larger_set_with_the_same_ideal_hurts_nobody_under_kalai_smorodinsky(seed: int) -> None:
    """Individual monotonicity (Kalai and Smorodinsky 1975)."""
    frontier, d = random_problem(seed)
    rng = np.random.default_rng(seed)
    more = d + ideal(frontier, d) * rng.uniform(0.0, 1.0, 2)  # no better than the ideal
    # The efficient part of the zone, so that the added point does not change who can have what.
    zone = [p for p in frontier if (p >= d).all()]
    best = d + ideal(frontier, d)
    corners = [np.array([x, float(height(frontier, x))]) for x in (max(d[0], frontier[0, 0]),)]
    corners += [np.array([best[0], float(height(frontier, best[0]))])]
    small = AgreementSet.packages([*zone, *corners])
    large = AgreementSet.packages([*zone, *corners, more])
    before, after = (solved(each, d, "kalai_smorodinsky").payoffs for each in (small, large))
    assert (after >= before - ROUNDING).all()


@given(SEEDS)
def test_any_larger_set_hurts_nobody_under_the_egalitarian_solution(seed: int) -> None:
    """Strong monotonicity (Kalai 1977)."""
    frontier, d = random_problem(seed)
    more = inside(np.random.default_rng(seed), frontier) + 1.0
    before = solved(AgreementSet.packages(frontier), d, "egalitarian").payoffs
    after = solved(AgreementSet.packages([*frontier, more]), d, "egalitarian").payoffs
    assert (after >= before - ROUNDING).all()


def steps_from_corner(rng: np.random.Generator) -> Array:
    """Return pieces (dx, dy) of a frontier from (0, b) to (a, 0), flattest first."""
    slopes = np.sort(10.0 ** rng.uniform(-1.5, 1.5, int(rng.integers(1, 6))))
    dx = rng.uniform(0.2, 2.0, len(slopes)) / np.sqrt(1.0 + slopes**2)
    return np.stack([dx, -dx * slopes], axis=-1)


def frontier_of_steps(steps: Array) -> Array:
    order = np.argsort(-steps[:, 1] / steps[:, 0], kind="stable")
    corner = np.array([[0.0, -steps[:, 1].sum()]])
    return np.concatenate([corner, corner + np.cumsum(steps[order], axis=0)])


def shortfall(seed: int, concept: str) -> float:
    """How much less than the two deals made apart one deal over both gives the side it hurts."""
    rng = np.random.default_rng(seed)
    apart = [steps_from_corner(rng) for _ in range(2)]
    each = [solved(frontier_of_steps(steps), (0.0, 0.0), concept).payoffs for steps in apart]
    # The frontier of the sum of two convex sets is made of the pieces of both, by slope.
    both = solved(frontier_of_steps(np.concatenate(apart)), (0.0, 0.0), concept).payoffs
    return float((each[0] + each[1] - both).max())


@given(SEEDS)
def test_nobody_loses_from_one_deal_over_two_under_perles_maschler(seed: int) -> None:
    """Super-additivity (Perles and Maschler 1981)."""
    assert shortfall(seed, "perles_maschler") < ROUNDING


@pytest.mark.parametrize("concept", sorted(set(CONCEPTS) - {"perles_maschler", "egalitarian"}))
def test_somebody_may_lose_from_one_deal_over_two_under_other_concepts(concept: str) -> None:
    assert max(shortfall(seed, concept) for seed in range(20)) > 1e-3


def followed(frontier: Array, d: Array, steps: int) -> Array:
    """Raiffa's continuous path, slowly: Heun steps towards the ideal point."""
    at = np.array(d, dtype=float)
    width = 25.0 / steps
    for _ in range(steps):
        first = ideal(frontier, at)
        second = ideal(frontier, at + width * first)
        at = at + width * (first + second) / 2.0
    return at


@given(st.integers(0, 6))
def test_raiffas_path_is_that_of_small_steps_to_the_ideal(seed: int) -> None:
    frontier, d = random_problem(seed)
    got = solved(frontier, d, "raiffa_continuous").payoffs
    # Second order in the step, 0.02, with kinks: 1e-4 of gains of up to 5.
    np.testing.assert_allclose(followed(frontier, d, 1250), got, rtol=0, atol=5e-4)


@given(SEEDS)
def test_raiffas_steps_go_half_way_to_the_ideal(seed: int) -> None:
    frontier, d = random_problem(seed)
    at = np.array(d)
    for _ in range(60):
        at = at + ideal(frontier, at) / 2.0
    got = solved(frontier, d, "raiffa_discrete").payoffs
    np.testing.assert_allclose(got, at, rtol=0, atol=ROUNDING)


@given(SEEDS)
def test_both_sides_of_the_perles_maschler_point_are_as_long(seed: int) -> None:
    frontier, d = random_problem(seed)
    got = solved(frontier, d, "perles_maschler").payoffs
    left = max(d[0], frontier[0, 0])
    right = d[0] + ideal(frontier, d)[0]

    def length(low: float, high: float) -> float:
        xs = np.array([low, *[x for x in frontier[:, 0] if low < x < high], high])
        return float(np.sqrt(np.maximum(-np.diff(xs) * np.diff(height(frontier, xs)), 0)).sum())

    assert length(left, got[0]) == pytest.approx(
        length(got[0], right), abs=1e-6 * length(left, right)
    )


# --- outside options -----------------------------------------------------------------------------


@given(SEEDS, st.sampled_from(sorted(CONCEPTS)))
def test_an_outside_option_moves_nothing_until_it_beats_the_deal(seed: int, concept: str) -> None:
    """Deal me out (Binmore, Shaked and Sutton 1989)."""
    frontier, d = random_problem(seed)
    over = Talks(SIDES, (0.0, 0.0), AgreementSet.frontier(frontier))
    plain = bargain(over, d, concept)
    rng = np.random.default_rng(seed)
    less = plain.payoffs - rng.uniform(0.0, 3.0, 2) * [1.0, rng.integers(0, 2)]
    same = bargain(over, d, concept, outside=less)
    np.testing.assert_array_equal(same.payoffs, plain.payoffs)
    np.testing.assert_array_equal(same.surplus, plain.surplus)
    assert not same.binding.any()
    # Better, and the other side still gains: exactly that, and the best of the rest.
    most = d[0] + ideal(frontier, d)[0]
    for share in (1e-6, 0.6):
        w = plain.payoffs[0] + share * (most - plain.payoffs[0])
        if w <= plain.payoffs[0]:
            continue
        out = bargain(over, d, concept, outside=(w, -np.inf))
        assert str(out.status) == AgreementStatus.AGREED.value
        assert out.payoffs[0] == w
        assert out.payoffs[1] == pytest.approx(float(height(frontier, w)), abs=ROUNDING)
        assert out.binding.tolist() == [True, False]
        swapped = bargain(
            Talks(SIDES, (0.0, 0.0), AgreementSet.frontier(frontier[::-1, ::-1])),
            d[::-1],
            concept,
            outside=(-np.inf, w),
        )
        np.testing.assert_allclose(swapped.payoffs[::-1], out.payoffs, rtol=0, atol=ROUNDING)
        assert swapped.binding.tolist() == [False, True]
        # The other side's option does not fit beside it.
        w2 = out.payoffs[1] + 1e-9
        none = bargain(over, d, concept, outside=(w, w2))
        assert str(none.status) == AgreementStatus.OUTSIDE.value
        assert np.isnan(none.payoffs).all()
        assert none.binding.all()


# --- packages ------------------------------------------------------------------------------------


@given(SEEDS, st.sampled_from([None, 0.3, 0.8, 1.0]), st.booleans())
def test_no_package_lottery_or_transfer_beats_the_frontier(
    seed: int, mu: float | None, both: bool
) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(int(rng.integers(1, 9)), 2))
    got = AgreementSet.packages(points, mu, both_ways=both and mu is not None)
    # Supports: the largest of any weighted sum with weights that no money upsets.
    low, high = (0.0, np.inf) if mu is None else (mu, 1.0 / mu if both else np.inf)
    corners = np.concatenate([got.start, got.start + got.direction])[
        np.concatenate([np.isfinite(got.low + got.high)] * 2)
    ]
    for slope in np.clip(10.0 ** rng.uniform(-2, 2, 30), low, high):
        assert (points @ [slope, 1.0]).max() == pytest.approx(
            (corners @ [slope, 1.0]).max(), abs=1e-12
        )
    assert {tuple(p) for p in got.start} <= {tuple(p) for p in points} or both
    slopes = [-dy / dx for dx, dy in got.direction if dx > 0]
    assert slopes == sorted(slopes)
    if mu is not None:
        assert slopes[0] == pytest.approx(mu, rel=1e-15)
        assert got.low[0] == -np.inf


@given(SEEDS, st.sampled_from(sorted(CONCEPTS)))
def test_a_dominated_package_does_not_enter(seed: int, concept: str) -> None:
    frontier, d = random_problem(seed)
    rng = np.random.default_rng(seed)
    worse = np.stack([inside(rng, frontier) - rng.uniform(0.01, 2, 2) for _ in range(4)])
    shuffled = rng.permutation(np.concatenate([frontier, worse]))
    got = solved(AgreementSet.packages(shuffled), d, concept).payoffs
    # A vertex that is one only by rounding may drop out: as for solutions.
    np.testing.assert_allclose(
        got, solved(frontier, d, concept).payoffs, rtol=0, atol=ROUNDING * 10
    )


# --- money ---------------------------------------------------------------------------------------

MONEY = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(MONEY, MONEY, st.floats(1.0, 1e6), st.sampled_from(sorted(CONCEPTS)))
def test_with_money_every_concept_splits_the_surplus_equally(
    first: float, second: float, surplus: float, concept: str
) -> None:
    total = first + second + surplus
    got = solved(AgreementSet.money(total), (first, second), concept)
    # A few roundings of numbers up to 4e6.
    wanted = np.array([first, second]) + (total - first - second) / 2
    np.testing.assert_allclose(got.payoffs, wanted, rtol=0, atol=1e-8)
    assert float(got.payoffs.sum()) == pytest.approx(total, abs=1e-8)
    # What one side gains by a better fallback the other loses, and the names do not matter.
    swapped = solved(AgreementSet.money(total), (second, first), concept)
    np.testing.assert_allclose(swapped.payoffs[::-1], got.payoffs, rtol=0, atol=1e-8)


@given(st.floats(0.01, 0.99), st.floats(-10, 10), st.floats(-10, 10), st.floats(0.1, 100))
def test_the_weight_is_the_share_of_the_surplus(
    weight: float, first: float, second: float, surplus: float
) -> None:
    money = AgreementSet.money(first + second + surplus)
    got = solved(money, (first, second), "nash", weight)
    wanted = [first + weight * surplus, second + (1 - weight) * surplus]
    np.testing.assert_allclose(got.payoffs, wanted, rtol=0, atol=1e-12)
    # Linear in the weight: the slope over any step is the surplus itself.
    low, high = (solved(money, (first, second), "nash", w).payoffs for w in (0.25, 0.75))
    slope = (high - low) / 0.5
    np.testing.assert_allclose(slope, [surplus, -surplus], rtol=0, atol=1e-12)
    for concept in sorted(set(CONCEPTS) - {"nash"}):  # the weight is Nash's alone
        plain, weighted = (solved(money, (first, second), concept, w) for w in (0.5, weight))
        np.testing.assert_array_equal(plain.payoffs, weighted.payoffs)


def test_concessions_are_counted_from_the_status_quo() -> None:
    got = solved(AgreementSet.money(10.0), (2.0, 4.0), status_quo=(7.0, 3.0))
    assert got.payoffs.tolist() == [4.0, 6.0]
    assert got.concession.tolist() == [-3.0, 3.0]
    assert float(got.surplus) == 4.0


# --- no deal, unknown, corners -------------------------------------------------------------------


@pytest.mark.parametrize("concept", sorted(CONCEPTS))
@pytest.mark.parametrize("missing", [0.0, 1.0, 1e6])
def test_without_surplus_there_is_no_deal(concept: str, missing: float) -> None:
    money = solved(AgreementSet.money(10.0), (6.0, 4.0 + missing), concept)
    polygon = solved([(0.0, 3.0), (2.0, 2.0), (3.0, 0.0)], (2.0, 2.0 + missing), concept)
    for got in (money, polygon):
        assert str(got.status) == AgreementStatus.NO_SURPLUS.value
        assert np.isnan(got.payoffs).all()
        assert np.isnan(got.concession).all()
        assert np.isnan(got.surplus)
        assert np.isfinite(got.disagreement).all()


@pytest.mark.parametrize("concept", sorted(CONCEPTS))
@pytest.mark.parametrize("d", [(np.nan, 1.0), (1.0, np.nan), (np.nan, np.nan), (-np.inf, 0.0)])
def test_an_unknown_disagreement_point_is_said(concept: str, d: tuple[float, float]) -> None:
    for frontier in (AgreementSet.money(10.0), AgreementSet.frontier([(0.0, 3.0), (3.0, 0.0)])):
        got = solved(frontier, d, concept)
        assert str(got.status) == AgreementStatus.UNKNOWN.value
        assert np.isnan(got.payoffs).all()
        assert np.isnan(got.concession).all()
        assert np.isnan(got.surplus)


def test_a_surplus_within_rounding_is_none() -> None:
    total = 0.1 + 0.2  # 5e-17 more than 0.3
    got = solved(AgreementSet.money(total), (0.3, 0.0))
    assert total > 0.3
    assert str(got.status) == AgreementStatus.NO_SURPLUS.value


@pytest.mark.parametrize(
    ("concept", "wanted"),
    [("nash", [5.0, 3.0]), ("kalai_smorodinsky", [5.0, 3.0]), ("egalitarian", [3.0, 3.0])],
)
def test_a_single_point(concept: str, wanted: list[float]) -> None:
    """Equal gains throw away what the first side cannot share; the other two take the point."""
    got = solved([(5.0, 3.0)], (0.0, 0.0), concept)
    np.testing.assert_allclose(got.payoffs, wanted, rtol=1e-15)
    outside = solved([(5.0, 3.0)], (0.0, 3.5), concept)
    assert str(outside.status) == AgreementStatus.NO_SURPLUS.value


def test_free_disposal_at_either_end_of_the_frontier() -> None:
    """The ray passes the frontier by: it leaves the set where it meets a side's best gain."""
    frontier = [(4.0, 2.0), (5.0, 1.0)]
    # Equal gains from 0: the second side can get no more than 2, the first at least 4.
    assert solved(frontier, (0.0, 0.0), "egalitarian").payoffs.tolist() == [2.0, 2.0]
    assert solved(frontier, (-1.0, -9.0), "egalitarian").payoffs.tolist() == [6.0 - 1.0, -3.0]
    # Kalai-Smorodinsky from 0 with the ideal (5, 2): meets u1 + u2 = 6 at 6/7 of it.
    got = solved(frontier, (0.0, 0.0), "kalai_smorodinsky").payoffs
    np.testing.assert_allclose(got, [30 / 7, 12 / 7], rtol=1e-15)
    # Nash takes a corner: the product 2 u1 at (4, 2) falls along the frontier.
    assert solved(frontier, (0.0, 0.0), "nash").payoffs.tolist() == [4.0, 2.0]


def test_kalai_smorodinsky_beyond_the_end_of_the_frontier() -> None:
    """With two sides the ray to the ideal point always meets the frontier, ends included."""
    flat = [(1.0, 3.0), (2.0, 3.0)]  # weakly efficient piece: the ideal itself is feasible
    assert solved(flat, (0.0, 0.0), "kalai_smorodinsky").payoffs.tolist() == [2.0, 3.0]
    assert solved(flat, (0.0, 0.0), "nash").payoffs.tolist() == [2.0, 3.0]
    assert solved(flat, (0.0, 2.5), "egalitarian").payoffs.tolist() == [0.5, 3.0]


# --- batches -------------------------------------------------------------------------------------


@pytest.mark.parametrize("concept", sorted(CONCEPTS))
def test_a_batch_equals_its_problems_one_by_one(concept: str) -> None:
    rng = np.random.default_rng(6)
    frontiers = np.stack([random_frontier(rng, 5) for _ in range(30)])
    d = np.stack([below(rng, each) for each in frontiers])
    d[3], d[7, 1] = frontiers[3, 2] + 1.0, np.nan  # no surplus; unknown
    weight = rng.uniform(0.1, 0.9, 30)
    status_quo = rng.normal(size=(30, 2))
    batch = solved(frontiers, d, concept, weight, status_quo)
    shaped = solved(
        frontiers.reshape(5, 6, 5, 2),
        d.reshape(5, 6, 2),
        concept,
        weight.reshape(5, 6),
        status_quo.reshape(5, 6, 2),
    )
    assert shaped.status.shape == shaped.surplus.shape == (5, 6)
    assert len(set(batch.status)) == 3
    for b in range(30):
        alone = solved(frontiers[b], d[b], concept, weight[b], status_quo[b])
        for name in ("payoffs", "concession", "surplus", "disagreement", "status"):
            one = getattr(alone, name)
            np.testing.assert_array_equal(getattr(batch, name)[b], one)
            np.testing.assert_array_equal(getattr(shaped, name)[divmod(b, 6)], one)


def test_one_set_serves_many_disagreement_points() -> None:
    d = np.array([[0.0, 0.0], [1.0, 3.0], [9.0, 9.0]])
    got = solved(AgreementSet.money(10.0), d)
    np.testing.assert_array_equal(got.payoffs[:2], [[5.0, 5.0], [4.0, 6.0]])
    assert list(got.status == AgreementStatus.AGREED.value) == [True, True, False]
    totals = solved(AgreementSet.money([10.0, 20.0]), (0.0, 0.0))
    np.testing.assert_array_equal(totals.payoffs, [[5.0, 5.0], [10.0, 10.0]])


def test_weights_alone_make_a_batch() -> None:
    got = solved(AgreementSet.money(10.0), (2.0, 4.0), "nash", [0.25, 0.5, 0.75])
    np.testing.assert_array_equal(got.payoffs, [[3.0, 7.0], [4.0, 6.0], [5.0, 5.0]])


# --- what is refused -----------------------------------------------------------------------------


def test_an_unknown_concept_is_named_with_the_nearest() -> None:
    with pytest.raises(ParameterError, match=r"'nsah'.*did you mean 'nash'"):
        solved([(0.0, 1.0), (1.0, 0.0)], (0.0, 0.0), "nsah")


@pytest.mark.parametrize("weight", [0.0, 1.0, -0.5, 7.0, np.nan])
def test_a_weight_outside_zero_and_one_is_named(weight: float) -> None:
    with pytest.raises(ModelError, match=f"weight {weight:g} is out of range"):
        solved(AgreementSet.money(1.0), (0.0, 0.0), "nash", weight)


def test_of_many_weights_the_one_outside_is_named() -> None:
    with pytest.raises(ModelError, match="weight 7 is out of range"):
        solved(AgreementSet.money([1.0, 1.0]), (0.0, 0.0), "nash", [0.5, 7.0])


@pytest.mark.parametrize(
    "points",
    [
        [(1.0, 0.0), (0.0, 1.0)],  # in the wrong order
        [(0.0, 0.0), (1.0, 1.0)],  # rising
        [(0.0, 2.0), (0.5, 0.5), (2.0, 0.0)],  # not concave
    ],
)
def test_points_that_are_no_frontier_are_refused(points: list[tuple[float, float]]) -> None:
    with pytest.raises(ModelError, match="convex hull"):
        AgreementSet.frontier(points)
