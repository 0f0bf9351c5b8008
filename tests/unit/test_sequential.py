"""Moving first and committing: by hand, by brute force over all plans, theorems."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from negotiation.errors import PayoffError
from negotiation.games import solve
from negotiation.games.correlated import correlated_range
from negotiation.games.game import Game
from negotiation.games.sequential import Sequential, commitment, sequential
from tests.drawn import first
from tests.oracles.compare_sets import two_player
from tests.unit.test_dominance import random_game

#: Figure 1 of Conitzer and Sandholm (2006): the leader gains by a mixture.
INSPECTION = two_player([[2, 4], [1, 3]], [[1, 0], [0, 1]])
#: The second player does not care what he does.
CARELESS = two_player([[3, 0], [2, 2]], [[1, 1], [5, 5]])


def outcomes_by_plans(game: Game, order: tuple[int, ...]) -> set[tuple[int, ...]]:
    """Outcomes of all subgame perfect plans, every plan of every player tried."""
    sizes = game.payoffs.shape[1:]

    def solve_from(history: tuple[int, ...]) -> set[tuple[int, ...]]:
        if len(history) == len(order):
            return {history}
        mover = order[len(history)]
        after = [sorted(solve_from((*history, a))) for a in range(sizes[mover])]
        found = set()
        for chosen in product(*after):
            worth = [payoff(path, mover) for path in chosen]
            found |= {path for path, w in zip(chosen, worth, strict=True) if w == max(worth)}
        return found

    def payoff(path: tuple[int, ...], player: int) -> float:
        return float(game.payoffs[(player, *profile(path))])

    def profile(path: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(path[order.index(p)] for p in range(len(order)))

    return {profile(path) for path in solve_from(())}


def found_outcomes(found: Sequential) -> set[tuple[int, ...]]:
    return {tuple(int(i) for i in cell) for cell in np.argwhere(found.outcomes)}


# --- pure ------------------------------------------------------------------------------------


def test_moving_first_in_chicken_is_worth_the_other_yielding() -> None:
    chicken = two_player([[0, -1], [1, -10]], [[0, 1], [-1, -10]])
    first = sequential(chicken)
    assert first.names() == ["x1/y0"]
    assert first.optimistic.tolist() == [1, 0]
    np.testing.assert_array_equal(first.optimistic_payoffs, [1, -1])
    second = sequential(chicken, chicken.players[1:])
    assert second.order == chicken.players[::-1]
    assert second.names() == ["x0/y1"]


def test_a_tie_of_the_follower_gives_a_range() -> None:
    found = sequential(CARELESS)
    # The first row pays 3 or 0, the second 2: all but (first, 0) can be sustained.
    assert found.names() == ["x0/y0", "x1/y0", "x1/y1"]
    assert found.count == 3
    assert found.optimistic.tolist() == [0, 0]
    np.testing.assert_array_equal(found.optimistic_payoffs, [3, 1])
    np.testing.assert_array_equal(found.pessimistic_payoffs, [2, 5])
    np.testing.assert_array_equal(found.lowest, [2, 1])
    np.testing.assert_array_equal(found.highest, [3, 5])


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("sizes", [(2, 3), (3, 3), (2, 2, 2), (2, 3, 2)])
def test_outcomes_are_those_of_all_plans(seed: int, sizes: tuple[int, ...]) -> None:
    game = random_game(np.random.default_rng(seed), *sizes, high=3)
    for order in permutations(range(len(sizes))):
        found = sequential(game, [game.players[p] for p in order])
        expected = outcomes_by_plans(game, order)
        assert found_outcomes(found) == expected
        assert found.count == len(expected)
        worths = [game.payoffs[(order[0], *cell)] for cell in expected]
        assert found.optimistic_payoffs[order[0]] == max(worths)
        assert found.pessimistic_payoffs[order[0]] == min(worths)
        assert tuple(found.optimistic.tolist()) in expected
        assert tuple(found.pessimistic.tolist()) in expected


def test_a_batch_is_a_loop_and_a_gap_stays_one() -> None:
    rng = np.random.default_rng(4)
    games = [random_game(rng, 3, 2, high=3) for _ in range(6)]
    payoffs = np.stack([g.payoffs for g in games]).reshape(2, 3, 2, 3, 2)
    payoffs[1, 2, 0, 1, 1] = np.nan
    batch = Game(games[0].players, games[0].actions, payoffs)
    together = sequential(batch, ["two"])
    for b in range(5):
        one, at = sequential(games[b], ["two"]), (b // 3, b % 3)
        np.testing.assert_array_equal(together.outcomes[at], one.outcomes)
        for name in ("count", "optimistic", "pessimistic", "lowest", "highest"):
            np.testing.assert_array_equal(getattr(together, name)[at], getattr(one, name))
        np.testing.assert_array_equal(together.optimistic_payoffs[at], one.optimistic_payoffs)
    assert together.count[1, 2] == 0
    assert together.optimistic[1, 2].tolist() == [-1, -1]
    assert np.isnan(together.lowest[1, 2]).all()
    assert np.isnan(together.pessimistic_payoffs[1, 2]).all()
    assert together.names((1, 2)) == []


def test_an_order_names_everybody_once() -> None:
    game = random_game(np.random.default_rng(0), 2, 2, 2)
    with pytest.raises(PayoffError, match="name each of"):
        sequential(game, ["one"])
    with pytest.raises(PayoffError, match="name each of"):
        sequential(game, ["one", "two", "two"])
    with pytest.raises(PayoffError, match="did you mean 'one'"):
        sequential(game, ["ona", "two", "three"])


# --- commitment ------------------------------------------------------------------------------


def test_commitment_to_a_mixture_by_hand() -> None:
    # Half and half earns 3.5, the equilibrium only 2.
    found = commitment(INSPECTION, "x", solve(INSPECTION))
    np.testing.assert_allclose(found.strategy, [0.5, 0.5], atol=1e-9)
    assert found.reply == "y1"
    np.testing.assert_allclose(found.payoffs, [3.5, 0.5], atol=1e-9)
    assert found.value == pytest.approx(3.5)
    assert found.guaranteed == pytest.approx(3.5)  # a little more of the second row does it
    assert found.at_worst == pytest.approx(1.5)
    assert found.best_nash == found.worst_nash == 2.0
    assert found.gain == pytest.approx((1.5, 1.5))


def test_what_a_careless_follower_leaves_for_sure() -> None:
    found = commitment(CARELESS, "x")
    assert found.value == pytest.approx(3.0)
    assert found.guaranteed == pytest.approx(2.0)
    assert found.at_worst == pytest.approx(0.0)
    assert np.isnan(found.best_nash)


@pytest.mark.parametrize("seed", first(6, range(20)))
def test_commitment_pays_at_least_any_correlated_equilibrium(seed: int) -> None:
    rng = np.random.default_rng(seed)
    game = Game(("a", "b"), (("u", "v", "w"), ("l", "m", "r")), rng.normal(size=(2, 3, 3)))
    equilibria = solve(game)
    span = correlated_range(game)
    for p, leader in enumerate(game.players):
        found = commitment(game, leader, equilibria)
        # von Stengel and Zamir (2010); ties do not matter in almost all games.
        assert found.value >= span.highest[p] - 1e-8
        assert found.guaranteed == pytest.approx(found.value, abs=1e-7)
        assert found.value >= found.best_nash - 1e-8
        assert found.value >= float(sequential(game, [leader]).optimistic_payoffs[p]) - 1e-8
        own = game.payoffs[p] if p == 0 else game.payoffs[p].T
        their = game.payoffs[1 - p] if p == 0 else game.payoffs[1 - p].T
        # No mixture on a grid does better against the reply it provokes.
        for weights in product(range(13), repeat=3):
            if sum(weights) == 12:
                mixture = np.array(weights) / 12
                reply = int((mixture @ their).argmax())
                assert mixture @ own[:, reply] <= found.value + 1e-8


def test_units_do_not_matter_to_commitment() -> None:
    moved = Game(INSPECTION.players, INSPECTION.actions, INSPECTION.payoffs * 1e5 - 4e5)
    plain, there = commitment(INSPECTION, "x"), commitment(moved, "x")
    np.testing.assert_allclose(there.strategy, plain.strategy, atol=1e-9)
    assert there.value == pytest.approx(plain.value * 1e5 - 4e5)
    assert there.guaranteed == pytest.approx(plain.guaranteed * 1e5 - 4e5)


def test_commitment_takes_two_players_and_a_leader() -> None:
    with pytest.raises(PayoffError, match="two players"):
        commitment(random_game(np.random.default_rng(0), 2, 2, 2), "one")
    with pytest.raises(PayoffError, match="is not a player"):
        commitment(INSPECTION, "nobody")
