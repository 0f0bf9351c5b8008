"""Bargaining against a slow second implementation, written from the equations alone."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from negotiation.bargaining import (
    AgreementSet,
    Delay,
    Packages,
    Talks,
    agenda,
    alternating,
    bargain,
    impasse,
    settle,
    take_it_or_leave_it,
)
from negotiation.bargaining.beliefs import uniform
from negotiation.bargaining.shapley import interaction, owen, shapley
from tests.blind import slow_bargaining as slow

SIDES = ("first", "second")

#: The slow solutions are searched for: Nash to a part in 1e8 of the frontier (its product is flat
#: at the top), those by a ray to rounding, the two that integrate to their steps.
CLOSE = {
    "nash": (slow.nash, 1e-7),
    "kalai_smorodinsky": (slow.kalai_smorodinsky, 1e-9),
    "egalitarian": (slow.egalitarian, 1e-9),
    "raiffa_discrete": (slow.raiffa_discrete, 1e-9),
    "raiffa_continuous": (slow.raiffa_continuous, 1e-6),
    "perles_maschler": (slow.perles_maschler, 1e-4),
}


def talks(vertices: list[slow.Pair], weight: float = 0.5) -> Talks:
    """Bargain over a polygon."""
    return Talks(SIDES, (0.0, 0.0), AgreementSet.frontier(vertices), weight=weight)


@pytest.mark.parametrize("concept", CLOSE)
@pytest.mark.parametrize("kind", ["inside", "below"])
def test_solutions_on_random_polygons(concept: str, kind: str) -> None:
    """On a frontier that ends above d the ray of some concepts leaves it: then the slow point is
    only weakly efficient, and so is ours."""
    draw = np.random.default_rng(11)
    solve, tolerance = CLOSE[concept]
    for edges in (1, 2, 3, 5, 9) * 4:
        vertices = slow.random_vertices(draw, edges)
        d = slow.random_disagreement(draw, vertices, kind)
        expected = solve(slow.polygon(vertices), d)
        assert_allclose(bargain(talks(vertices), d, concept).payoffs, expected, atol=tolerance)


def test_weighted_nash_on_random_polygons() -> None:
    draw = np.random.default_rng(12)
    for edges in (1, 2, 4, 8) * 5:
        vertices = slow.random_vertices(draw, edges)
        d = slow.random_disagreement(draw, vertices, "inside")
        weight = float(draw.uniform(0.05, 0.95))
        expected = slow.nash(slow.polygon(vertices), d, weight)
        assert_allclose(bargain(talks(vertices, weight), d).payoffs, expected, atol=1e-7)


def test_walk_outs_on_random_polygons() -> None:
    """A walk-out binds, does nothing, or there is no deal: where w is outside the set."""
    draw = np.random.default_rng(13)
    seen = set()
    for edges in (1, 2, 4, 8) * 15:
        vertices = slow.random_vertices(draw, edges)
        frontier = slow.polygon(vertices)
        d = slow.random_disagreement(draw, vertices, "inside")
        deal = slow.nash(frontier, d)
        w = tuple(float(deal[i] + draw.uniform(-0.2, 0.15)) for i in (0, 1))
        found = bargain(talks(vertices), d, outside=w)
        expected = slow.with_outside(frontier, deal, (w[0], w[1]))
        if expected is None:
            assert np.isnan(found.payoffs).all(), (vertices, d, w)
        else:
            assert_allclose(found.payoffs, expected, atol=1e-7)
        seen.add((expected is None, *found.binding.tolist()))
    assert len(seen) >= 4, seen


def test_packages_and_every_agenda() -> None:
    draw = np.random.default_rng(14)
    moved = 0
    for mu, mixed in itertools.product((None, 0.5, 1.0), (0.0, 0.5)):
        for options in ((2, 3), (3, 2, 2)):
            payoffs = slow.random_payoffs(draw, options, mixed)
            ours = Packages(
                players=SIDES,
                tables=tuple(f"t{k}" for k in range(len(options))),
                options=tuple(tuple(f"o{k}" for k in range(count)) for count in options),
                payoffs=np.moveaxis(payoffs, -1, 0),
                transfer=mu,
            )
            deal = settle(ours, ours.nothing, "nash").payoffs
            whole = np.where(np.isnan(deal), ours.nothing, deal)  # NaN: nothing is settled
            assert_allclose(whole, slow.package(payoffs, mu), atol=1e-6)
            for order in itertools.permutations(range(len(options))):
                named = [ours.tables[k] for k in order]
                expected = slow.agenda(payoffs, order, mu)
                assert_allclose(agenda(ours, named).payoffs, expected, atol=1e-6)
                moved += not np.allclose(expected, whole, atol=1e-3)
    assert moved > 5, "the agenda should matter in some of these"


@pytest.mark.parametrize("walks", [False, True])
def test_alternating_offers_without_end_and_with(walks: bool) -> None:
    draw = np.random.default_rng(15)
    binding = 0
    for edges in (1, 3, 6) * 4:
        vertices = slow.random_vertices(draw, edges)
        d = slow.random_disagreement(draw, vertices, "inside")
        frontier = slow.polygon(vertices)
        game = slow.random_offers(draw, frontier, d)
        if walks:
            deal = slow.nash(frontier, d)
            w = (float(deal[0] - draw.uniform(-0.02, 0.1)), float(deal[1] - 0.1))
            game = slow.Offers(frontier, game.discount, game.breakdown, game.fallback, game.flow, w)
        delay = Delay.rounds(
            game.discount,
            breakdown=game.breakdown,
            after=game.fallback,
            inside=np.multiply(game.flow, 1.0 - game.breakdown),
        )
        outside = game.outside if walks else None
        agreement = AgreementSet.frontier(vertices)
        for rounds, first in itertools.product((1, 2, 5), (0, 1)):
            # Ours are valued at the last rejection, the slow ones a period later.
            end = [game.staying(i, d[i]) for i in (0, 1)]
            found = alternating(agreement, delay, outside=outside, rounds=rounds, end=end)
            expected = slow.finite_offers(game, rounds, first, last=d)[0]
            assert_allclose(found.payoffs[first], expected.u, atol=1e-9)
        lasting = alternating(agreement, delay, outside=outside)
        binding += bool(lasting.binding.any())
        for first in (0, 1):
            expected = slow.infinite_offers(game, first, start=d)
            if expected.deal:
                assert_allclose(lasting.payoffs[first], expected.u, atol=1e-9)
    assert (binding > 0) == walks


def test_the_engine() -> None:
    draw = np.random.default_rng(16)
    for _ in range(20):
        r, g, b = (draw.uniform(0.01, 0.3, 2), draw.normal(size=2), draw.normal(size=2))
        h = float(draw.uniform(0.0, 1.0))
        found = impasse(inside=g, discount=r, hazard=h, after=b)
        d, weight = slow.impasse((r[0], r[1]), (g[0], g[1]), (b[0], b[1]), h)
        assert_allclose(found.disagreement, d)
        assert_allclose(found.weight, weight)
        yearly, _ = slow.impasse_a_year(
            (r[0], r[1]), (g[0], g[1]), (float(r[0] * b[0]), float(r[1] * b[1])), h
        )
        assert_allclose(found.yearly, yearly)


def test_offers_under_private_options() -> None:
    draw = np.random.default_rng(17)
    for _ in range(40):
        total, own, low = (float(each) for each in draw.uniform(0.0, 1.0, 3))
        high = low + float(draw.uniform(0.1, 1.0))
        offer, breakdown = slow.take_it_or_leave_it(total, own, low, high)
        found = take_it_or_leave_it(total, own, uniform(low, high))
        assert_allclose(found.breakdown, breakdown, atol=2e-4)
        if 0.0 < breakdown < 1.0:
            assert_allclose(found.offer, offer, atol=2e-4)


def test_shapley_owen_and_interaction_by_permutations() -> None:
    draw = np.random.default_rng(18)
    players = "abcde"
    unions = [["a", "c"], ["b"], ["d", "e"]]
    for _ in range(5):
        worth = slow.random_worth(draw, players)
        v = np.array(
            [
                worth[frozenset(p for k, p in enumerate(players) if mask >> k & 1)]
                for mask in range(2 ** len(players))
            ]
        )
        expected = slow.shapley(players, worth.__getitem__)
        assert_allclose(shapley(v), [expected[p] for p in players], atol=1e-12)
        by_union = slow.owen(unions, worth.__getitem__)
        places = [[players.index(p) for p in each] for each in unions]
        assert_allclose(owen(v, places), [by_union[p] for p in players], atol=1e-12)
        pairs = interaction(v)
        for i, j in itertools.combinations(range(len(players)), 2):
            told = slow.interaction(players, worth.__getitem__, players[i], players[j])
            assert math.isclose(pairs[i, j], told, abs_tol=1e-12)
        assert_array_equal(pairs, pairs.T)
