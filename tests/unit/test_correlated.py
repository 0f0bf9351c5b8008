"""Correlated equilibria: known sets, their relation to Nash equilibria, invariance."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from negotiation.errors import PayoffError
from negotiation.games import solve
from negotiation.games.correlated import (
    correlated,
    correlated_range,
    disobedience,
    independent,
)
from negotiation.games.game import Game
from negotiation.tolerances import REGRET
from tests.drawn import first
from tests.oracles.compare_sets import two_player
from tests.unit.test_dominance import random_game

#: Aumann's game of chicken (1974): 6, 2 and 7 of both; (daring, daring) pays nothing.
CHICKEN = two_player([[6, 2], [7, 0]], [[6, 7], [2, 0]])


def test_chicken_reaches_more_in_sum_than_any_nash_equilibrium() -> None:
    found = correlated(CHICKEN)
    # Weights 1/2, 1/4, 1/4 by the two obedience conditions that bind.
    np.testing.assert_allclose(found.distribution, [[0.5, 0.25], [0.25, 0.0]], atol=1e-9)
    np.testing.assert_allclose(found.payoffs, [5.25, 5.25], atol=1e-9)
    assert found.regret <= REGRET
    assert sum(found.recommendations.values()) == pytest.approx(1.0)
    assert len(found.recommendations) == 3


def test_the_classic_third_each_is_a_correlated_equilibrium() -> None:
    third = disobedience(CHICKEN, [[1 / 3, 1 / 3], [1 / 3, 0]])
    assert third.obeyed
    # Told to be meek, a player expects 4 and would get 3.5 by daring.
    assert third.gain == pytest.approx(-0.5)


def test_disobedience_by_hand() -> None:
    always_meek = disobedience(CHICKEN, [[1.0, 0.0], [0.0, 0.0]])
    assert not always_meek.obeyed
    assert always_meek.gain == pytest.approx(1.0)
    assert always_meek.regret == pytest.approx(1 / 7)
    assert always_meek.told == CHICKEN.actions[CHICKEN.players.index(always_meek.player)][0]


def test_welfare_is_in_the_units_of_the_game_and_scaled_welfare_is_not() -> None:
    game = two_player([[200, 0], [0, 100]], [[1, 0], [0, 3]])
    # 200 + 1 against 100 + 3; in shares of the ranges 1 + 1/3 against 1/2 + 1.
    assert list(correlated(game).recommendations) == ["x0/y0"]
    assert list(correlated(game, "scaled_welfare").recommendations) == ["x1/y1"]
    assert list(correlated(game, "best_for_y").recommendations) == ["x1/y1"]


def test_a_dominance_solvable_game_has_its_equilibrium_only() -> None:
    dilemma = two_player([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    span = correlated_range(dilemma)
    np.testing.assert_allclose(span.lowest, [1, 1])
    np.testing.assert_allclose(span.highest, [1, 1])


def test_a_strictly_competitive_game_pays_its_value_only() -> None:
    table = np.random.default_rng(3).integers(0, 9, (4, 3))
    game = two_player(table.tolist(), (-table).tolist())
    (value, *_) = solve(game).at()
    span = correlated_range(game)
    np.testing.assert_allclose(span.lowest, value.payoffs, atol=1e-8)
    np.testing.assert_allclose(span.highest, value.payoffs, atol=1e-8)


@pytest.mark.parametrize("seed", first(4, range(15)))
@pytest.mark.parametrize("sizes", [(3, 3), (2, 4), (2, 2, 2)])
def test_nash_equilibria_lie_within_and_coarse_sets_without(
    seed: int, sizes: tuple[int, ...]
) -> None:
    game = random_game(np.random.default_rng(seed), *sizes)
    fine, coarse = correlated_range(game), correlated_range(game, coarse=True)
    assert (coarse.lowest <= fine.lowest + 1e-8).all()
    assert (coarse.highest >= fine.highest - 1e-8).all()
    for each in (*fine.worst, *fine.best, *coarse.worst, *coarse.best):
        assert each.regret <= REGRET
    for nash in solve(game).at():
        distribution = independent(game, nash)
        assert disobedience(game, distribution).obeyed
        assert disobedience(game, distribution, coarse=True).obeyed
        assert (nash.payoffs >= fine.lowest - 1e-7).all()
        assert (nash.payoffs <= fine.highest + 1e-7).all()
        assert nash.payoffs.sum() <= correlated(game).payoffs.sum() + 1e-7


@pytest.mark.parametrize("seed", range(10))
def test_regret_of_independent_mixtures_is_that_of_the_profile(seed: int) -> None:
    rng = np.random.default_rng(seed)
    game = random_game(rng, 2, 3, 2)
    profile = [rng.dirichlet(np.ones(n)) for n in (2, 3, 2)]
    distribution = independent(game, profile)
    expected = float(game.regret(profile))
    assert disobedience(game, distribution).regret == pytest.approx(expected)
    assert disobedience(game, distribution, coarse=True).regret == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(10))
def test_the_best_plan_of_disobedience_by_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    game = random_game(rng, 3, 3)
    weights = rng.dirichlet(np.ones(9)).reshape(3, 3)
    found = disobedience(game, weights)
    best = 0.0
    for p in range(2):
        own = game.scaled[p] if p == 0 else game.scaled[p].T
        told = weights if p == 0 else weights.T
        for plan in product(range(3), repeat=3):
            best = max(best, float(sum(told[i] @ (own[plan[i]] - own[i]) for i in range(3))))
    assert found.regret == pytest.approx(best)


def test_units_and_the_order_of_players_do_not_matter() -> None:
    game = random_game(np.random.default_rng(1), 3, 4, high=20)
    scale, shift = np.array([1e4, 1e-2]), np.array([5.0, -3.0])
    moved = Game(
        game.players,
        game.actions,
        game.payoffs * scale.reshape(2, 1, 1) + shift.reshape(2, 1, 1),
    )
    swapped = Game(
        game.players[::-1], game.actions[::-1], np.swapaxes(game.payoffs, 1, 2)[::-1].copy()
    )
    plain, there, turned = (correlated_range(each) for each in (game, moved, swapped))
    np.testing.assert_allclose(there.lowest, plain.lowest * scale + shift, rtol=1e-9)
    np.testing.assert_allclose(there.highest, plain.highest * scale + shift, rtol=1e-9)
    np.testing.assert_allclose(turned.highest, plain.highest[::-1], rtol=1e-9)
    assert correlated(moved, "scaled_welfare").distribution == pytest.approx(
        correlated(game, "scaled_welfare").distribution
    )


def test_players_with_one_action() -> None:
    game = two_player([[2.0]], [[3.0]])
    assert correlated(game).payoffs.tolist() == [2.0, 3.0]
    assert disobedience(game, [[1.0]]).obeyed


def test_what_is_asked_wrongly_is_refused() -> None:
    with pytest.raises(PayoffError, match="choose from welfare"):
        correlated(CHICKEN, "wellfare")
    with pytest.raises(PayoffError, match="one probability per action profile"):
        disobedience(CHICKEN, [1.0])
    with pytest.raises(PayoffError, match="sum to one"):
        disobedience(CHICKEN, [[1.0, 1.0], [0.0, 0.0]])
    with pytest.raises(PayoffError, match="choose it with"):
        correlated(Game(CHICKEN.players, CHICKEN.actions, np.zeros((2, 2, 2, 2))))
    with pytest.raises(PayoffError, match="at most"):
        correlated(two_player(np.zeros((300, 300)).tolist(), np.zeros((300, 300)).tolist()))
