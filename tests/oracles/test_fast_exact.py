"""The fast oracle against the slow one, on games of every kind, and against itself."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from negotiation.games.game import Array
from tests.drawn import some
from tests.oracles import exact_equilibria, fast_exact
from tests.oracles.random_games import KINDS, draw


def assert_same(got: fast_exact.Answer, want: exact_equilibria.Solution) -> None:
    assert got.extreme_equilibria == want.extreme_equilibria
    assert got.components == want.components
    assert got.degenerate == want.degenerate
    assert got.x_vertices == want.x_vertices
    assert got.y_vertices == want.y_vertices
    assert got.nash_subsets == want.nash_subsets


def slow(payoffs: Array) -> exact_equilibria.Solution:
    a, b = payoffs.tolist()
    return exact_equilibria.solve(a, b)


@pytest.mark.parametrize(
    ("m", "n", "count"),
    [
        (1, 1, 10),
        (1, 3, 30),
        (4, 1, 30),
        (2, 2, 100),
        (2, 5, 40),
        (3, 3, 100),
        (6, 2, 20),
        (4, 4, 30),
        (3, 6, 10),
        (5, 5, 4),
        (6, 6, 1),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_random_games(kind: str, m: int, n: int, count: int) -> None:
    count = some(count)
    payoffs, _ = draw(kind, m, n, block=0, seed=99)
    got = list(fast_exact.solve_all(payoffs[:count]))
    for answer, game in zip(got, payoffs[:count], strict=True):
        assert_same(answer, slow(game))


def test_every_game_of_two_by_two_with_payoffs_0_and_1() -> None:
    payoffs = np.array(list(product([0, 1], repeat=8))).reshape(-1, 2, 2, 2)
    for answer, game in zip(fast_exact.solve_all(payoffs), payoffs, strict=True):
        assert_same(answer, slow(game))


@pytest.mark.parametrize("seed", range(8))
def test_payoffs_0_and_1_have_ties_everywhere(seed: int) -> None:
    payoffs = np.random.default_rng(seed).integers(0, 2, (5, 2, 4, 4))
    for answer, game in zip(fast_exact.solve_all(payoffs), payoffs, strict=True):
        assert_same(answer, slow(game))


def test_machine_integers_give_what_pythons_do() -> None:
    """A prime multiple and a shift leave the game alone but make its numbers too large."""
    payoffs, _ = draw("integer", 4, 4, block=1, seed=99)
    large = payoffs.astype(int).astype(object) * (10**40 + 1) - 7 * 10**40
    assert list(fast_exact.solve_all(payoffs)) == list(fast_exact.solve_all(large))


def test_a_batch_of_large_and_small_numbers() -> None:
    small, _ = draw("integer", 3, 3, block=1, seed=99)
    other, _ = draw("float", 3, 3, block=1, seed=99)
    mixed = np.stack([small[:20], other[:20]], axis=1).reshape(-1, 2, 3, 3)
    separately = [
        each
        for pair in zip(
            fast_exact.solve_all(small[:20]), fast_exact.solve_all(other[:20]), strict=True
        )
        for each in pair
    ]
    assert list(fast_exact.solve_all(mixed)) == separately


def test_the_largest_machine_integers_do_not_overflow() -> None:
    """Two rows and columns of numbers just below where the bound changes the arithmetic."""
    rng = np.random.default_rng(4)
    for largest in (10**8, 6 * 10**8, 7 * 10**8, 10**9, 3 * 10**9, 10**12):
        payoffs = rng.integers(0, largest, (20, 2, 2, 2))
        payoffs[:, :, 0, 0] = largest
        for answer, game in zip(fast_exact.solve_all(payoffs), payoffs, strict=True):
            assert_same(answer, slow(game))


def test_fractions() -> None:
    third, half = Fraction(1, 3), Fraction(1, 2)
    a: list[list[exact_equilibria.Payoff]] = [[third, 0], [0, half]]
    b: list[list[exact_equilibria.Payoff]] = [[half, 0], [0, third]]
    assert_same(fast_exact.solve(a, b), exact_equilibria.solve(a, b))
    mixed = ((Fraction(2, 5), Fraction(3, 5)), (Fraction(3, 5), Fraction(2, 5)))
    assert fast_exact.solve(a, b).extreme_equilibria[1] == mixed


def test_more_games_than_are_worked_on_together() -> None:
    payoffs = np.concatenate([draw("integer", 2, 3, block, seed=99)[0] for block in range(2)])
    assert len(payoffs) > 2 * fast_exact.CHUNK
    whole = list(fast_exact.solve_all(payoffs))
    assert len(whole) == len(payoffs)
    assert whole == [fast_exact.solve(*game.tolist()) for game in payoffs]
