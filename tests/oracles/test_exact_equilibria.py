"""Check the exact oracle against the reference games, the definitions and a second method."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest

from tests.oracles.exact_equilibria import (
    Equilibrium,
    Solution,
    Strategy,
    components,
    extreme_equilibria,
    index,
    is_degenerate,
    is_equilibrium,
    nash_subsets,
    payoffs,
    solve,
)

# In the folder `shared` beside the checkout.
REFERENCE_GAMES = Path(__file__).parents[3] / "shared" / "games" / "reference_games.json"

Matrix = list[list[Fraction]]
Record = dict[str, Any]

RECORDS: list[Record] = (
    json.loads(REFERENCE_GAMES.read_text(encoding="utf-8")) if REFERENCE_GAMES.exists() else []
)
needs_reference = pytest.mark.skipif(not RECORDS, reason=f"{REFERENCE_GAMES} is not there")


def exact_vector(strings: list[str]) -> Strategy:
    return tuple(Fraction(s) for s in strings)


def exact_matrix(rows: list[list[str]]) -> Matrix:
    return [[Fraction(s) for s in row] for row in rows]


def transpose(matrix: Matrix) -> Matrix:
    return [list(column) for column in zip(*matrix, strict=True)]


def mean(points: list[Strategy]) -> Strategy:
    columns = zip(*points, strict=True)
    return tuple(sum(column, Fraction(0)) / len(points) for column in columns)


def random_game(rng: random.Random, m: int, n: int, low: int, high: int) -> tuple[Matrix, Matrix]:
    a, b = ([[Fraction(rng.randint(low, high)) for _ in range(n)] for _ in range(m)] for _ in "ab")
    return a, b


def small_games(high: int, count: int, seed: int) -> list[tuple[Matrix, Matrix]]:
    rng = random.Random(seed)
    return [random_game(rng, rng.randint(1, 4), rng.randint(1, 4), 0, high) for _ in range(count)]


# Few different payoffs: nearly all degenerate.  Many: all nondegenerate.
COARSE_GAMES = small_games(high=2, count=30, seed=1)
MEDIUM_GAMES = small_games(high=7, count=40, seed=4)
FINE_GAMES = small_games(high=10**6, count=30, seed=2)


# ---------------------------------------------------------------------------------------------
# The reference games
# ---------------------------------------------------------------------------------------------


@needs_reference
def test_there_are_55_reference_games() -> None:
    assert len(RECORDS) == 55


@needs_reference
@pytest.mark.parametrize("record", RECORDS, ids=[r["id"] for r in RECORDS])
def test_reference_game(record: Record) -> None:
    a, b = exact_matrix(record["A"]), exact_matrix(record["B"])
    assert [len(a), len(a[0])] == record["shape"]
    expected = [(exact_vector(e["x"]), exact_vector(e["y"])) for e in record["extreme_equilibria"]]
    if len(a) + len(a[0]) > 13:  # one game of 8 x 8: the enumeration alone takes five seconds
        assert all(is_equilibrium(a, b, x, y) for x, y in expected)
        return
    got = solve(a, b)

    assert list(got.extreme_equilibria) == expected
    assert len(expected) == record["n_extreme"]
    assert got.degenerate == record["degenerate"]
    assert list(got.n_polytope_vertices) == record["best_response_polytope_vertices"]

    for entry, value, found in zip(
        record["extreme_equilibria"], got.payoffs, got.indices, strict=True
    ):
        assert value == exact_vector(entry["payoffs"])
        assert ("index" in entry) == (not record["degenerate"])
        if "index" in entry:
            assert found == entry["index"]

    assert [list(c) for c in got.components] == sorted(record["components"])
    assert len(got.components) == record["n_components"]

    subsets = record["nash_subsets"]
    assert list(got.x_vertices) == [exact_vector(x) for x in subsets["x_vertices"]]
    assert list(got.y_vertices) == [exact_vector(y) for y in subsets["y_vertices"]]
    assert sorted(got.nash_subsets) == sorted(
        (tuple(s["x"]), tuple(s["y"])) for s in subsets["maximal"]
    )

    pure = [(x, y) for x, y in got.extreme_equilibria if max(x) == 1 and max(y) == 1]
    assert len(pure) == record["n_pure"]


# ---------------------------------------------------------------------------------------------
# Consequences of the definitions, on random games
# ---------------------------------------------------------------------------------------------


def check_consistency(a: Matrix, b: Matrix, got: Solution) -> None:
    equilibria = got.extreme_equilibria
    assert list(equilibria) == sorted(set(equilibria))
    assert equilibria  # Nash
    assert all(is_equilibrium(a, b, x, y) for x, y in equilibria)
    assert got.payoffs == tuple(payoffs(a, b, x, y) for x, y in equilibria)

    # Every pure equilibrium is extreme.
    m, n = len(a), len(a[0])
    pure = {
        (i, j)
        for i, j in product(range(m), range(n))
        if a[i][j] == max(a[k][j] for k in range(m)) and b[i][j] == max(b[i])
    }
    found = {(x.index(1), y.index(1)) for x, y in equilibria if max(x) == 1 and max(y) == 1}
    assert found == pure

    # Maximal Nash subsets: exchangeable, covering, and not contained in each other.
    products = []
    for xs, ys in got.nash_subsets:
        pairs = {(got.x_vertices[i], got.y_vertices[j]) for i, j in product(xs, ys)}
        assert pairs <= set(equilibria)
        products.append(pairs)
        x_centre = mean([got.x_vertices[i] for i in xs])
        y_centre = mean([got.y_vertices[j] for j in ys])
        assert is_equilibrium(a, b, x_centre, y_centre)
    assert set().union(*products) == set(equilibria)
    assert not any(p <= q for p in products for q in products if p is not q)

    # Components: a partition, and no Nash subset reaches over two of them.
    assert sorted(k for c in got.components for k in c) == list(range(len(equilibria)))
    for pairs in products:
        assert sum(any(equilibria[k] in pairs for k in c) for c in got.components) == 1

    if not got.degenerate:
        assert None not in got.indices
        assert sum(value for value in got.indices if value is not None) == 1
        assert len(got.components) == len(equilibria)


@pytest.mark.parametrize("game", COARSE_GAMES + MEDIUM_GAMES + FINE_GAMES)
def test_consistency(game: tuple[Matrix, Matrix]) -> None:
    a, b = game
    got = solve(a, b)
    check_consistency(a, b, got)
    assert got.extreme_equilibria == extreme_equilibria(a, b)
    assert got.nash_subsets == nash_subsets(a, b)
    assert got.components == components(a, b)
    assert got.degenerate == is_degenerate(a, b)


@pytest.mark.parametrize("game", COARSE_GAMES[:20] + FINE_GAMES[:20])
def test_equivalent_games_have_the_same_solution(game: tuple[Matrix, Matrix]) -> None:
    a, b = game
    got = solve(a, b)
    rng = random.Random(3)

    # Scaled payoffs, plus a constant per choice of the opponent.
    a_shift = [rng.randint(-9, 9) for _ in a[0]]
    b_shift = [rng.randint(-9, 9) for _ in b]
    a2 = [[3 * entry + c for entry, c in zip(row, a_shift, strict=True)] for row in a]
    b2 = [[entry / 5 + c for entry in row] for row, c in zip(b, b_shift, strict=True)]
    same = solve(a2, b2)
    assert same.extreme_equilibria == got.extreme_equilibria
    assert same.indices == got.indices
    assert same.nash_subsets == got.nash_subsets
    assert same.components == got.components
    assert same.degenerate == got.degenerate

    # The players change places.
    swapped = solve(transpose(b), transpose(a))
    assert sorted((x, y) for y, x in swapped.extreme_equilibria) == list(got.extreme_equilibria)
    assert sorted((xs, ys) for ys, xs in swapped.nash_subsets) == list(got.nash_subsets)
    assert swapped.degenerate == got.degenerate
    index_of = dict(zip(got.extreme_equilibria, got.indices, strict=True))
    for (y, x), value in zip(swapped.extreme_equilibria, swapped.indices, strict=True):
        assert index_of[x, y] == value

    # Rows in another order.
    order = rng.sample(range(len(a)), len(a))
    shuffled = solve([a[i] for i in order], [b[i] for i in order])
    back = {}
    for (x, y), value in zip(shuffled.extreme_equilibria, shuffled.indices, strict=True):
        back[tuple(x[order.index(i)] for i in range(len(a))), y] = value
    assert back == index_of


# ---------------------------------------------------------------------------------------------
# A second method: support enumeration (complete for nondegenerate games)
# ---------------------------------------------------------------------------------------------


def equalizer(matrix: Matrix, rows: tuple[int, ...], columns: tuple[int, ...]) -> Strategy | None:
    """Solve for weights on ``columns`` that make all ``rows`` pay the same, by Cramer's rule."""
    k = len(rows)
    system = [[matrix[r][c] for c in columns] + [Fraction(-1)] for r in rows]
    system.append([Fraction(1)] * k + [Fraction(0)])
    whole = determinant(system)
    if whole == 0:
        return None
    weights = [Fraction(0)] * len(matrix[0])
    for position, column in enumerate(columns):
        replaced = [
            [*row[:position], Fraction(int(r == k)), *row[position + 1 :]]
            for r, row in enumerate(system)
        ]
        weights[column] = determinant(replaced) / whole
    return tuple(weights)


def determinant(matrix: Matrix) -> Fraction:
    """Expand along the first row."""
    if not matrix:
        return Fraction(1)
    return sum(
        (
            (-1) ** j * entry * determinant([row[:j] + row[j + 1 :] for row in matrix[1:]])
            for j, entry in enumerate(matrix[0])
            if entry != 0
        ),
        Fraction(0),
    )


def support_enumeration(a: Matrix, b: Matrix) -> list[Equilibrium]:
    found = set()
    transposed_b = transpose(b)
    for size in range(1, min(len(a), len(a[0])) + 1):
        for rows in combinations(range(len(a)), size):
            for columns in combinations(range(len(a[0])), size):
                y = equalizer(a, rows, columns)
                x = equalizer(transposed_b, columns, rows)
                if x is not None and y is not None and is_equilibrium(a, b, x, y):
                    found.add((x, y))
    return sorted(found)


@pytest.mark.parametrize("game", FINE_GAMES)
def test_support_enumeration_agrees(game: tuple[Matrix, Matrix]) -> None:
    a, b = game
    got = solve(a, b)
    assert not got.degenerate
    assert list(got.extreme_equilibria) == support_enumeration(a, b)


@pytest.mark.parametrize("game", COARSE_GAMES)
def test_support_enumeration_finds_nothing_else(game: tuple[Matrix, Matrix]) -> None:
    """In a degenerate game it misses equilibria, but those it finds are pairs of vertices."""
    a, b = game
    assert set(support_enumeration(a, b)) <= set(extreme_equilibria(a, b))


# ---------------------------------------------------------------------------------------------
# A third method, for degenerate games: look for equilibria on a grid
# ---------------------------------------------------------------------------------------------


def grid(size: int, steps: int) -> list[Strategy]:
    """List the mixed strategies whose probabilities are multiples of ``1 / steps``."""
    return [
        tuple(Fraction(k, steps) for k in parts)
        for parts in product(range(steps + 1), repeat=size)
        if sum(parts) == steps
    ]


def in_hull(point: Strategy, vertices: list[Strategy]) -> bool:
    """Tell whether a mixed strategy of at most three actions is a mean of the vertices."""
    if point in vertices:
        return True
    for p, q in combinations(vertices, 2):
        k = next(k for k in range(len(p)) if p[k] != q[k])
        t = (point[k] - p[k]) / (q[k] - p[k])
        segment = tuple((1 - t) * u + t * v for u, v in zip(p, q, strict=True))
        if 0 <= t <= 1 and segment == point:
            return True
    if len(point) == 3:
        for triangle in combinations(vertices, 3):
            whole = determinant([list(corner) for corner in triangle])
            if whole == 0:
                continue
            replaced = [[*triangle[:k], point, *triangle[k + 1 :]] for k in range(3)]
            if all(determinant([list(c) for c in r]) / whole >= 0 for r in replaced):
                return True
    return False


GRID_GAMES = [(a, b) for a, b in COARSE_GAMES if len(a) <= 3 and len(a[0]) <= 3]


@pytest.mark.parametrize("game", GRID_GAMES)
def test_nash_subsets_hold_exactly_the_equilibria_of_a_grid(game: tuple[Matrix, Matrix]) -> None:
    a, b = game
    got = solve(a, b)
    boxes = [
        ([got.x_vertices[i] for i in xs], [got.y_vertices[j] for j in ys])
        for xs, ys in got.nash_subsets
    ]
    for x, y in product(grid(len(a), 6), grid(len(a[0]), 6)):
        inside = any(in_hull(x, xs) and in_hull(y, ys) for xs, ys in boxes)
        assert inside == is_equilibrium(a, b, x, y)


@pytest.mark.parametrize("game", GRID_GAMES)
def test_degenerate_as_seen_on_a_grid(game: tuple[Matrix, Matrix]) -> None:
    """In these games every excess of best replies happens to show at multiples of 1/12."""
    a, b = game
    seen = False
    for matrix in (a, transpose(b)):
        for z in grid(len(matrix[0]), 12):
            pays = [sum(e * p for e, p in zip(row, z, strict=True)) for row in matrix]
            seen = seen or pays.count(max(pays)) > sum(p > 0 for p in z)
    assert seen == is_degenerate(a, b)


# ---------------------------------------------------------------------------------------------
# Degeneracy by its definition, and the edges of the interface
# ---------------------------------------------------------------------------------------------


def equilibrium(x: str, y: str) -> Equilibrium:
    return exact_vector(x.split()), exact_vector(y.split())


def test_degeneracy() -> None:
    # The first row's best replies are both columns.
    assert is_degenerate([[1, 0], [0, 1]], [[1, 1], [0, 1]])
    # Duplicate row: two best replies to a pure column.
    assert is_degenerate([[1, 0], [1, 0]], [[1, 0], [0, 1]])
    # Degenerate only in a mixed strategy: all three rows pay 1 against (1/2, 1/2).
    assert is_degenerate([[2, 0], [0, 2], [1, 1]], [[1, 0], [0, 1], [3, 4]])
    assert not is_degenerate([[2, 0], [0, 2], [1, Fraction(1, 2)]], [[1, 0], [0, 1], [3, 4]])
    # Ties that are never best replies do not matter.
    assert not is_degenerate([[5, 5], [0, 0]], [[1, 0], [1, 0]])


def test_floats_are_taken_exactly() -> None:
    # 0.1 + 0.2 is not 0.3 in binary: the tie is broken.
    assert is_degenerate([[Fraction(3, 10)], [Fraction(1, 10) + Fraction(2, 10)]], [[0], [0]])
    assert extreme_equilibria([[0.3], [0.1 + 0.2]], [[0], [0]]) == (equilibrium("0 1", "1"),)
    assert extreme_equilibria([[1e-300, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1e300]])[1][1] == (
        1 / (1 + Fraction(1e-300)),
        Fraction(1e-300) / (1 + Fraction(1e-300)),
    )
    with pytest.raises((ValueError, OverflowError)):
        solve([[float("nan")]], [[0]])
    with pytest.raises((ValueError, OverflowError)):
        solve([[float("inf")]], [[0]])


def test_row_exchanges_count_in_the_index() -> None:
    # A unique equilibrium; elimination meets a zero pivot in A (made positive), not in B.
    a, b = [[1, 3, 0], [0, 1, 3], [2, 0, 0]], [[3, 0, 2], [0, 4, 0], [2, 1, 4]]
    got = solve(a, b)
    assert got.extreme_equilibria == (equilibrium("8/19 7/19 4/19", "9/17 3/17 5/17"),)
    assert got.indices == (1,)


def test_one_strategy() -> None:
    got = solve([[3, 4]], [[1, 1]])
    assert got.extreme_equilibria == (equilibrium("1", "0 1"), equilibrium("1", "1 0"))
    assert got.nash_subsets == (((0,), (0, 1)),)
    assert got.components == ((0, 1),)
    assert got.degenerate
    assert got.indices == (None, None)
    assert solve([[3]], [[1]]).indices == (1,)


def test_index() -> None:
    a, b = [[2, 0], [0, 1]], [[1, 0], [0, 2]]
    assert index(a, b, [1, 0], [1, 0]) == 1
    assert index(a, b, [0, 1], [0, 1]) == 1
    mixed = [Fraction(2, 3), Fraction(1, 3)], [Fraction(1, 3), Fraction(2, 3)]
    assert index(a, b, *mixed) == -1
    with pytest.raises(ValueError, match="not a Nash equilibrium"):
        index(a, b, [1, 0], [0, 1])
    with pytest.raises(ValueError, match="degenerate"):
        index([[0, 0], [0, 0]], [[0, 0], [0, 0]], [1, 0], [1, 0])
    # Inside a component: supports and best replies match, but do not determine x and y.
    half = [Fraction(1, 2), Fraction(1, 2)]
    with pytest.raises(ValueError, match="degenerate"):
        index([[0, 0], [0, 0]], [[0, 0], [0, 0]], half, half)


@pytest.mark.parametrize(
    ("a", "b"),
    [([], []), ([[]], [[]]), ([[1, 2]], [[1], [2]]), ([[1, 2], [3]], [[1, 2], [3, 4]])],
)
def test_bad_shapes(a: list[list[int]], b: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="same shape"):
        solve(a, b)


def test_strategies_of_the_wrong_length() -> None:
    for x, y in (([1], [1, 0]), ([1, 0], [1])):
        with pytest.raises(ValueError, match="one entry per row"):
            is_equilibrium([[1, 0], [0, 1]], [[1, 0], [0, 1]], x, y)
        with pytest.raises(ValueError, match="one entry per row"):
            payoffs([[1, 0], [0, 1]], [[1, 0], [0, 1]], x, y)
