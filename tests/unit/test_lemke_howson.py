"""Lemke-Howson paths: what they end at is an equilibrium, ties do not cycle, time is kept."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from negotiation.games import lemke_howson, solve
from negotiation.games.game import Array, Game
from negotiation.games.lemke_howson import Paths, follow_paths
from negotiation.tolerances import REGRET, SAME_PROFILE

# In the folder `shared` beside the checkout.
REFERENCE_GAMES = Path(__file__).parents[3] / "shared" / "games" / "reference_games.json"
RECORDS: list[dict[str, Any]] = (
    json.loads(REFERENCE_GAMES.read_text(encoding="utf-8")) if REFERENCE_GAMES.exists() else []
)


def game(row: Array, column: Array) -> Game:
    actions = tuple(tuple(map(str, range(size))) for size in row.shape)
    return Game(("one", "two"), actions, np.stack([row, column]).astype(float))


def assert_equilibria(found: Paths, row: Array, column: Array) -> None:
    assert found.candidates
    for x, y in found.candidates:
        assert x.shape == row.shape[:1]
        assert y.shape == row.shape[1:]
        assert min(x.min(), y.min()) >= 0.0
        assert max(abs(x.sum() - 1.0), abs(y.sum() - 1.0)) < 1e-12
        assert game(row, column).regret((x, y)) <= 1e-12
    for k, (x, y) in enumerate(found.candidates):
        for u, v in found.candidates[:k]:
            assert max(np.abs(x - u).max(), np.abs(y - v).max()) > SAME_PROFILE


def random_game(seed: int, m: int, n: int) -> tuple[Array, Array]:
    row, column = np.random.default_rng(seed).random((2, m, n))
    return row, column


@pytest.mark.parametrize("seed", range(20))
def test_every_end_is_in_the_complete_set(seed: int) -> None:
    row, column = random_game(seed, 5, 4)
    found = follow_paths(row, column, deadline=None)
    assert_equilibria(found, row, column)
    assert found.finished
    everything = solve(game(row, column))
    assert everything.completeness == "complete"
    known = [np.concatenate(each.strategies) for each in everything.at()]
    for x, y in found.candidates:
        assert min(np.abs(np.concatenate([x, y]) - each).max() for each in known) < 1e-9


def test_onward_from_what_was_found_reaches_more_than_one_label_does() -> None:
    coordination = np.eye(4)
    everything = follow_paths(coordination, coordination, deadline=None)
    assert len(everything.candidates) == 15
    one = follow_paths(coordination, coordination, deadline=None, labels=[0])
    assert len(one.candidates) == 1
    assert one.finished


def test_labels_are_those_of_the_game_as_given() -> None:
    # The first row is dominated and left out: labels of the others must not move up.
    row = np.array([[-9.0, -9.0], [2.0, 0.0], [0.0, 1.0]])
    column = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    by_label = [follow_paths(row, column, deadline=None, labels=[k]) for k in range(5)]
    assert [each.paths for each in by_label] == [0, 1, 1, 1, 1]
    pure = [tuple(int(p.argmax()) for p in each.candidates[0]) for each in by_label[1:]]
    assert pure == [(1, 0), (2, 1), (1, 0), (2, 1)]


@pytest.mark.parametrize("size", [30, 60])
def test_zero_sum_value_is_that_of_the_linear_programme(size: int) -> None:
    optimize = pytest.importorskip("scipy.optimize")

    row = np.random.default_rng(size).normal(size=(size, size - 7))
    found = follow_paths(row, -row, deadline=None, labels=[0, size])
    assert_equilibria(found, row, -row)
    programme = optimize.linprog(
        np.append(np.zeros(size), -1.0),
        A_ub=np.column_stack([-row.T, np.ones(size - 7)]),
        b_ub=np.zeros(size - 7),
        A_eq=np.append(np.ones(size), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, None)] * size + [(None, None)],
    )
    for x, y in found.candidates:
        assert x @ row @ y == pytest.approx(-programme.fun, abs=1e-9)


CONSTANT = np.ones((6, 5))
TIES = {
    "constant": (CONSTANT, 3.0 * CONSTANT),
    "constant for one": (CONSTANT, random_game(1, 6, 5)[1]),
    "rank one": (np.outer(np.arange(6), np.arange(5)), np.outer(np.arange(6), -np.arange(5))),
    "rows repeated": tuple(each[[0, 0, 1, 1, 2, 2]] for each in random_game(2, 3, 5)),
    "of three values": tuple(np.random.default_rng(3).integers(0, 3, (2, 12, 12)).astype(float)),
    # Lemke-Howson with ties broken by the smallest index cycles on these two (QuantEcon's tests).
    "cycles": (
        np.array([[0.0, 0, 0], [0, 1, 1], [1, 1, 0]]),
        np.array([[1.0, 1, 0], [0, 1, 0], [1, 0, 2]]),
    ),
    "cycles too": (
        np.array([[0.0, 0, 0], [1, 0, 1], [0, 1, 1]]),
        np.array([[0.0, 1, 1], [0, 0, 1], [2, 1, 0]]),
    ),
}


@pytest.mark.parametrize("name", TIES)
def test_ties_do_not_cycle(name: str) -> None:
    row, column = TIES[name]
    found = follow_paths(row, column, deadline=None)
    assert_equilibria(found, row, column)
    assert found.finished
    assert found.pivots < 200 * sum(row.shape) ** 2


@given(
    payoffs=st.integers(2, 4).flatmap(
        lambda m: st.lists(st.tuples(*[st.integers(-2, 2)] * (2 * m)), min_size=2, max_size=4).map(
            lambda columns: np.array(columns, dtype=float).T.reshape(2, m, -1)
        )
    )
)
def test_games_with_few_values(payoffs: Array) -> None:
    row, column = payoffs
    found = follow_paths(row, column, deadline=None)
    assert_equilibria(found, row, column)
    assert found.finished


@pytest.mark.skipif(not RECORDS, reason=f"{REFERENCE_GAMES} is not there")
@pytest.mark.parametrize("record", RECORDS, ids=[each["id"] for each in RECORDS])
def test_reference_games(record: dict[str, Any]) -> None:
    row, column = (
        np.array([[float(Fraction(value)) for value in line] for line in record[name]])
        for name in "AB"
    )
    found = follow_paths(row, column, deadline=None)
    assert_equilibria(found, row, column)
    assert found.finished
    # Ends of paths are vertices of both polytopes: extreme equilibria.
    known = [
        [float(Fraction(q)) for q in [*each["x"], *each["y"]]]
        for each in record["extreme_equilibria"]
    ]
    for x, y in found.candidates:
        assert np.abs(np.concatenate([x, y]) - np.array(known)).max(axis=1).min() < 1e-9


def test_units_and_zeros_do_not_matter() -> None:
    row, column = random_game(5, 8, 8)
    plain = follow_paths(row, column, deadline=None)
    moved = follow_paths(1e6 * row - 3e7, 1e-3 * column + 2.0, deadline=None)
    assert len(plain.candidates) == len(moved.candidates) > 1
    for x, y in plain.candidates:
        distances = [max(np.abs(x - u).max(), np.abs(y - v).max()) for u, v in moved.candidates]
        assert min(distances) < 1e-7


def test_a_larger_game() -> None:
    row, column = random_game(7, 60, 40)
    found = follow_paths(row, column, deadline=None, labels=[0])
    assert_equilibria(found, row, column)


# --- long paths, and the clock --------------------------------------------------------------------


def dual_cyclic(order: Array, d: int) -> Array:
    """M with {x >= 0, M x <= 1} a dual cyclic polytope with 2d facets, in a given order."""
    angles = 2.0 * np.pi * order / (2 * d)
    frequencies = np.arange(1, d // 2 + 1)
    normals = np.hstack(
        [np.cos(np.outer(angles, frequencies)), np.sin(np.outer(angles, frequencies))]
    )
    matrix = -normals[d:] @ np.linalg.inv(normals[:d])
    return np.asarray(matrix / (1.0 + matrix.sum(axis=1, keepdims=True)))


def game_of_long_paths(d: int) -> tuple[Array, Array]:
    """The games of Savani and von Stengel (2006): one equilibrium, at the end of long paths."""
    permuted = np.array(
        [
            i if i in (1, d) else i + (-1) ** i if i < d else i - (-1) ** i
            for i in range(1, 2 * d + 1)
        ]
    )
    facet = np.argsort(permuted)
    column = dual_cyclic(np.arange(2.0 * d), d).T
    row = dual_cyclic(np.concatenate([facet[d:], facet[:d]]).astype(float), d)
    return row, column


def test_long_paths_end() -> None:
    pivots = []
    for d in (4, 6, 8):
        row, column = game_of_long_paths(d)
        found = follow_paths(row, column, deadline=None)
        assert_equilibria(found, row, column)
        assert len(found.candidates) == 1
        x, y = found.candidates[0]
        assert min(x.min(), y.min()) > 0.0
        assert found.finished
        pivots.append(found.pivots)
    assert pivots[2] > 4 * pivots[1] > 8 * pivots[0]  # not a set of easy games by mistake


@pytest.mark.parametrize("d", [12, 16, 20])
def test_the_deadline_is_kept_within_a_path(d: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count()
    monkeypatch.setattr("negotiation.games.lemke_howson.time.monotonic", lambda: float(next(ticks)))
    row, column = game_of_long_paths(d)
    found = follow_paths(row, column, deadline=500.0)
    assert found.out_of_time
    assert not found.finished
    assert found.pivots <= 501
    for x, y in found.candidates:
        assert game(row, column).regret((x, y)) <= REGRET


def test_a_deadline_that_has_passed_finds_nothing() -> None:
    found = follow_paths(*random_game(1, 4, 4), deadline=-1.0)
    assert found.candidates == ()
    assert found.out_of_time


def test_paths_too_long_for_the_first_limit_are_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row, column = game_of_long_paths(6)
    full = follow_paths(row, column, deadline=None)
    monkeypatch.setattr(lemke_howson, "_LAST_LIMIT", 12)
    short = follow_paths(row, column, deadline=None)
    assert not short.finished
    assert not short.out_of_time
    assert len(short.candidates) <= len(full.candidates) == 1
