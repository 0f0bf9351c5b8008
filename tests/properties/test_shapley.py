"""Axioms of the Shapley and Owen values, and all orders of arrival as their oracle."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from negotiation.bargaining.shapley import (
    interaction,
    owen,
    owen_coalitions,
    owen_from,
    quotient,
    shapley,
)
from negotiation.games.game import Array

SEEDS = st.integers(0, 2**32 - 1)

#: Sums of up to 65,536 worths with weights that add up to two, relative to the largest worth.
ROUNDING = 1e-12


def random_game(seed: int, players: int) -> tuple[np.random.Generator, Array]:
    rng = np.random.default_rng(seed)
    return rng, rng.normal(size=2**players) * 10.0 ** rng.uniform(-3, 5)


def random_unions(rng: np.random.Generator, players: int) -> list[list[int]]:
    label = rng.integers(0, rng.integers(1, players + 1), size=players)
    unions = [np.flatnonzero(label == each).tolist() for each in np.unique(label)]
    return [list(rng.permutation(union)) for union in unions]


def close(found: Array, wanted: Array, scale: Array) -> None:
    np.testing.assert_allclose(found, wanted, rtol=0, atol=ROUNDING * np.abs(scale).max())


# --- the slow way ---------------------------------------------------------------------------------


def arrivals(values: Array, orders: Iterator[tuple[int, ...]], players: int) -> Array:
    """Mean contribution of each player over orders of arrival."""
    total, count = np.zeros(players), 0
    for order in orders:
        mask = 0
        for player in order:
            total[player] += values[mask | 1 << player] - values[mask]
            mask |= 1 << player
        count += 1
    return total / count


def together(unions: list[list[int]]) -> Iterator[tuple[int, ...]]:
    """Orders in which nobody comes between two members of a union."""
    players = sum(map(len, unions))
    for order in permutations(range(players)):
        place = {player: k for k, player in enumerate(order)}
        spans = [[place[player] for player in union] for union in unions]
        if all(max(span) - min(span) == len(span) - 1 for span in spans):
            yield order


def pair_index(values: Array, i: int, j: int, players: int) -> float:
    """Shapley value of the pair arriving as one, less what its members then add alone."""
    others = [k for k in range(players) if k not in (i, j)]
    total = 0.0
    for order in permutations([*others, -1]):
        mask = 0
        for player in order:
            if player == -1:
                both, first, second = mask | 1 << i | 1 << j, mask | 1 << i, mask | 1 << j
                total += values[both] - values[first] - values[second] + values[mask]
                break
            mask |= 1 << player
    return total / factorial(players - 1)


@given(SEEDS, st.integers(1, 6))
def test_shapley_is_the_mean_over_all_orders(seed: int, players: int) -> None:
    _, values = random_game(seed, players)
    close(shapley(values), arrivals(values, permutations(range(players)), players), values)


@given(SEEDS, st.integers(1, 6))
def test_owen_is_the_mean_over_orders_that_keep_unions_together(seed: int, players: int) -> None:
    rng, values = random_game(seed, players)
    unions = random_unions(rng, players)
    close(owen(values, unions), arrivals(values, together(unions), players), values)


@given(SEEDS, st.integers(2, 5))
def test_interaction_is_the_mean_over_orders_of_the_pair_as_one(seed: int, players: int) -> None:
    _, values = random_game(seed, players)
    found = interaction(values)
    for i in range(players):
        for j in range(players):
            if i != j:
                slow = pair_index(values, i, j, players)
                close(found[i, j], np.asarray(slow), values)


# --- axioms ---------------------------------------------------------------------------------------


@given(SEEDS, st.integers(1, 10))
def test_nothing_is_left_over(seed: int, players: int) -> None:
    rng, values = random_game(seed, players)
    whole = np.asarray(values[-1] - values[0])
    close(shapley(values).sum(), whole, values)
    close(owen(values, random_unions(rng, players)).sum(), whole, values)


@pytest.mark.parametrize("players", [15, 16])
def test_nothing_is_left_over_of_the_largest_games(players: int) -> None:
    _, values = random_game(players, players)
    values += 1e6  # an offset that every coalition has is nobody's
    found = shapley(values)
    assert found.shape == (players,)
    np.testing.assert_allclose(found.sum(), values[-1] - values[0], rtol=0, atol=ROUNDING * 1e6)


@given(SEEDS, st.integers(2, 6))
def test_relabelled_players_get_the_same(seed: int, players: int) -> None:
    rng, values = random_game(seed, players)
    new = rng.permutation(players)
    moved = np.empty_like(values)
    for mask in range(len(values)):
        moved[sum(1 << int(new[k]) for k in range(players) if mask >> k & 1)] = values[mask]
    close(shapley(moved)[new], shapley(values), values)
    close(interaction(moved)[np.ix_(new, new)], interaction(values), values)
    unions = random_unions(rng, players)
    renamed = [[int(new[k]) for k in union] for union in unions]
    close(owen(moved, renamed)[new], owen(values, unions), values)


@given(SEEDS, st.integers(2, 7))
def test_a_player_who_adds_the_same_everywhere_gets_that_and_meets_nobody(
    seed: int, players: int
) -> None:
    rng, values = random_game(seed, players)
    who, adds = int(rng.integers(players)), float(rng.normal())
    for mask in range(len(values)):
        if mask >> who & 1:
            values[mask] = values[mask ^ 1 << who] + adds
    for found in (shapley(values), owen(values, random_unions(rng, players))):
        close(found[who], np.asarray(adds), values)
    close(np.delete(interaction(values)[who], who), np.zeros(players - 1), values)


@given(SEEDS, st.integers(1, 6))
def test_values_of_a_sum_of_games_add_up(seed: int, players: int) -> None:
    rng, one = random_game(seed, players)
    other = rng.normal(size=one.shape)
    unions = random_unions(rng, players)
    both = one + 2.0 * other
    close(shapley(both), shapley(one) + 2.0 * shapley(other), one)
    close(interaction(both), interaction(one) + 2.0 * interaction(other), one)
    close(owen(both, unions), owen(one, unions) + 2.0 * owen(other, unions), one)


@given(SEEDS, st.integers(1, 7))
def test_members_of_a_union_share_what_their_union_gets(seed: int, players: int) -> None:
    rng, values = random_game(seed, players)
    unions = random_unions(rng, players)
    found = owen(values, unions)
    sums = np.array([found[union].sum() for union in unions])
    close(sums, shapley(quotient(values, unions)), values)


@given(SEEDS, st.integers(1, 6))
def test_unions_of_one_and_a_union_of_all_change_nothing(seed: int, players: int) -> None:
    _, values = random_game(seed, players)
    close(owen(values, [[k] for k in range(players)]), shapley(values), values)
    close(owen(values, [list(range(players))]), shapley(values), values)


@given(SEEDS, st.integers(1, 5))
def test_a_batch_is_its_games_one_by_one(seed: int, players: int) -> None:
    rng, one = random_game(seed, players)
    unions = random_unions(rng, players)
    batch = rng.normal(size=(2, 3, *one.shape))
    for at in np.ndindex(2, 3):
        close(shapley(batch)[at], shapley(batch[at]), batch)
        close(interaction(batch)[at], interaction(batch[at]), batch)
        close(owen(batch, unions)[at], owen(batch[at], unions), batch)


@given(SEEDS, st.integers(1, 7))
def test_owen_from_what_it_needs_is_owen(seed: int, players: int) -> None:
    rng, values = random_game(seed, players)
    unions = random_unions(rng, players)
    needed = values[owen_coalitions(unions)]
    assert np.array_equal(owen_from(needed, unions), owen(values, unions))
