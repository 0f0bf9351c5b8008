"""Exact enumeration: all extreme equilibria, what they rest on, and how they connect."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation.errors import NegotiationError
from negotiation.games.exact import ExactSet, _complementary, enumerate_exactly
from negotiation.games.game import Array
from negotiation.games.nash_subsets import (
    connected_components,
    each_nash_subset,
    maximal_nash_subsets,
)
from negotiation.games.polytope import corners
from negotiation.games.rounding import undo_rounding
from negotiation.tolerances import TIE
from tests.oracles import exact_equilibria

Profile = tuple[tuple[Fraction, ...], tuple[Fraction, ...]]
Matrix = list[list[Fraction]]

# In the folder `shared` beside the checkout.
REFERENCE_GAMES = Path(__file__).parents[3] / "shared" / "games" / "reference_games.json"
RECORDS: list[dict[str, Any]] = (
    json.loads(REFERENCE_GAMES.read_text(encoding="utf-8")) if REFERENCE_GAMES.exists() else []
)


def rational(rows: Sequence[Sequence[Any]]) -> Matrix:
    return [[Fraction(value) for value in row] for row in rows]


def vector(values: Sequence[str]) -> tuple[Fraction, ...]:
    return tuple(Fraction(value) for value in values)


def components(got: ExactSet) -> set[frozenset[Profile]]:
    return {
        frozenset(e for e, c in zip(got.equilibria, got.component, strict=True) if c == number)
        for number in set(got.component)
    }


def subsets(got: ExactSet) -> list[tuple[frozenset[Any], frozenset[Any]]]:
    ones, twos = got.mixtures
    return [(frozenset(ones[i] for i in x), frozenset(twos[j] for j in y)) for x, y in got.subsets]


def assert_same_as_oracle(got: ExactSet, A: Sequence[Any], B: Sequence[Any]) -> None:
    truth = exact_equilibria.solve(A, B)
    assert list(got.equilibria) == list(reversed(truth.extreme_equilibria))
    assert components(got) == {
        frozenset(truth.extreme_equilibria[k] for k in component) for component in truth.components
    }
    assert set(subsets(got)) == {
        (frozenset(truth.x_vertices[i] for i in x), frozenset(truth.y_vertices[j] for j in y))
        for x, y in truth.nash_subsets
    }
    assert got.degenerate == truth.degenerate
    assert got.complete


# --- against known sets ---------------------------------------------------------------------------


@pytest.mark.skipif(not RECORDS, reason=f"{REFERENCE_GAMES} is not there")
@pytest.mark.parametrize("record", RECORDS, ids=[r["id"] for r in RECORDS])
def test_reference_games_are_reproduced(record: dict[str, Any]) -> None:
    got = enumerate_exactly(rational(record["A"]), rational(record["B"]))
    wanted = [(vector(e["x"]), vector(e["y"])) for e in record["extreme_equilibria"]]
    assert len(got.equilibria) == len(wanted)
    assert set(got.equilibria) == set(wanted)
    assert components(got) == {frozenset(wanted[k] for k in c) for c in record["components"]}
    known = record["nash_subsets"]
    ones = [vector(x) for x in known["x_vertices"]]
    twos = [vector(y) for y in known["y_vertices"]]
    assert len(got.subsets) == len(known["maximal"])
    assert set(subsets(got)) == {
        (frozenset(ones[i] for i in each["x"]), frozenset(twos[j] for j in each["y"]))
        for each in known["maximal"]
    }
    assert got.degenerate == record["degenerate"]
    assert got.complete


@pytest.mark.parametrize(
    ("m", "n", "count"), [(1, 1, 3), (1, 4, 10), (3, 1, 10), (2, 2, 60), (2, 4, 40), (3, 3, 40)]
)
@pytest.mark.parametrize("high", [1, 2, 9])
def test_games_of_whole_numbers_equal_the_oracle(m: int, n: int, count: int, high: int) -> None:
    rng = np.random.default_rng([m, n, high])
    for _ in range(count):
        A, B = rng.integers(0, high + 1, (2, m, n)).tolist()
        assert_same_as_oracle(enumerate_exactly(rational(A), rational(B)), A, B)


def test_larger_games_equal_the_oracle() -> None:
    rng = np.random.default_rng(11)
    for high in (1, 1, 2, 9, 10**9):
        A, B = rng.integers(-high, high + 1, (2, 4, 5)).tolist()
        assert_same_as_oracle(enumerate_exactly(rational(A), rational(B)), A, B)


def test_floats_are_taken_literally_on_request() -> None:
    rng = np.random.default_rng(12)
    for _ in range(10):
        A, B = rng.random((2, 3, 4))
        assert_same_as_oracle(enumerate_exactly(A, B, literally=True), A.tolist(), B.tolist())


def test_rationals_keep_ties_that_floats_lose() -> None:
    """Thirds and sevenths; rounded to floats the ties are gone."""
    rng = np.random.default_rng(13)
    lost = 0
    for _ in range(20):
        whole = rng.integers(-2, 3, (2, 3, 3))
        A, B = (
            [[Fraction(int(value), 3) + Fraction(1, 7) for value in row] for row in table]
            for table in whole
        )
        plain = enumerate_exactly(*(rational(table.tolist()) for table in whole))
        assert enumerate_exactly(A, B).equilibria == plain.equilibria
        assert_same_as_oracle(enumerate_exactly(A, B), A, B)
        objects = (np.array(table, dtype=object) for table in (A, B))
        assert enumerate_exactly(*objects).equilibria == plain.equilibria
        rounded = (np.array(table, dtype=float) for table in (A, B))
        lost += enumerate_exactly(*rounded, literally=True).equilibria != plain.equilibria
    assert lost > 0


def test_rounding_is_undone_unless_told_otherwise() -> None:
    rng = np.random.default_rng(14)
    for factor, shift in ((0.3, 0.0), (1.0, 1e6), (0.3, 10.0), (1 / 7, 0.1)):
        for _ in range(10):
            whole = rng.integers(0, 3, (2, 3, 3)).astype(float)
            plain, moved = enumerate_exactly(*whole), enumerate_exactly(*(whole * factor + shift))
            assert moved.equilibria == plain.equilibria
            assert moved.component == plain.component
            assert moved.settled


@pytest.mark.parametrize("bottom", [1, 3, 97, 9_999, 10_000])
def test_a_float_next_to_a_simple_rational_is_taken_for_it(bottom: int) -> None:
    for top in {0, 1, bottom // 3, bottom - 1, bottom}:
        value = top / bottom
        for moved in (value, np.nextafter(value, 0.0), np.nextafter(value, 1.0)):
            # 0 and 1 beside it fix the scale; 1e-15 and less is rounding.
            ((got, _, _),) = undo_rounding(np.array([[moved, 0.0, 1.0]]))
            assert got == Fraction(top, bottom)


def test_a_float_next_to_no_simple_rational_is_itself() -> None:
    for value in (np.sqrt(0.5), 1 / np.pi, 1 / 3 + 1e-13, 1 / 10_007, 1 - 2.0**-40):
        ((got, _, _),) = undo_rounding(np.array([[value, 0.0, 1.0]]))
        assert got == Fraction(value)


# --- order ----------------------------------------------------------------------------------------


def test_the_order_is_that_of_the_mixtures_and_components_appear_in_order() -> None:
    rng = np.random.default_rng(15)
    several = 0
    for _ in range(40):
        got = enumerate_exactly(*rng.integers(0, 3, (2, 4, 4)).astype(float))
        assert list(got.equilibria) == sorted(got.equilibria, reverse=True)
        assert list(got.pairs) == sorted(set(got.pairs))
        for side in got.mixtures:
            assert list(side) == sorted(set(side), reverse=True)
        first = list(dict.fromkeys(got.component))
        assert first == list(range(len(first)))
        several += len(first) > 1
    assert several > 5


def test_relabelling_permutes_the_set() -> None:
    rng = np.random.default_rng(16)
    for high in (1, 3, 1000):
        for _ in range(8):
            A, B = rng.integers(0, high + 1, (2, 4, 5)).astype(float)
            rows, columns = rng.permutation(4), rng.permutation(5)
            plain = enumerate_exactly(A, B)
            moved = enumerate_exactly(A[rows][:, columns], B[rows][:, columns])
            assert set(moved.equilibria) == {
                (tuple(x[i] for i in rows), tuple(y[j] for j in columns))
                for x, y in plain.equilibria
            }
            assert moved.degenerate == plain.degenerate


def test_candidates_are_the_equilibria_in_floats() -> None:
    got = enumerate_exactly(np.array([[3.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 2.0]]))
    assert [tuple(map(tuple, c.strategies)) for c in got.candidates()] == [
        ((1.0, 0.0), (1.0, 0.0)),
        ((2 / 3, 1 / 3), (0.25, 0.75)),
        ((0.0, 1.0), (0.0, 1.0)),
    ]
    assert [c.component for c in got.candidates()] == [0, 1, 2]


# --- ties below what payoffs are known to ---------------------------------------------------------

# Two rows that are the same to the row player; the column player prefers the first column.
TWINS = np.array([[[1.0, 0.0], [1.0, 0.5], [0.0, 1.0]], [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]])


@pytest.mark.parametrize("literally", [False, True])
@pytest.mark.parametrize("gap", [1e-12, 1e-11, 1e-10, 9e-10])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_tie_missed_by_less_than_the_payoffs_are_known_is_not_settled(
    gap: float, sign: int, literally: bool
) -> None:
    payoffs = TWINS.copy()
    assert enumerate_exactly(*payoffs, literally=literally).settled
    payoffs[0, 0] += sign * gap
    got = enumerate_exactly(*payoffs, literally=literally)
    assert not got.settled
    assert got.complete
    assert len(got.equilibria) == 1  # exactly one of the two is best


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("gap", [1.1e-9, 1e-8, 1e-7])
def test_a_tie_missed_by_more_is_settled(gap: float, sign: int) -> None:
    payoffs = TWINS.copy()
    payoffs[0, 0] += sign * gap
    assert enumerate_exactly(*payoffs).settled


def test_an_action_nearly_as_good_is_not_taken_for_dominated() -> None:
    """Worse everywhere, by less than payoffs are known to: it might as well be a best reply."""
    twin = np.array([[[1.0, 0.5], [1.0, 0.5], [0.0, 0.0]], [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]])
    for gap, settled in ((0.5 * TIE, False), (2.0 * TIE, True)):
        payoffs = twin.copy()
        payoffs[0, 1] -= gap
        got = enumerate_exactly(*payoffs, literally=True)
        assert got.equilibria == ((vector("100"), vector("10")),)
        assert got.settled == settled


def far(one: Profile, other: Profile) -> float:
    return max(
        abs(float(p - q))
        for s, t in zip(one, other, strict=True)
        for p, q in zip(s, t, strict=True)
    )


def nearest(profile: Profile, among: Sequence[Profile]) -> int:
    return min(range(len(among)), key=lambda k: far(profile, among[k]))


@pytest.mark.parametrize("scale", [1e-13, 1e-12, 1e-11, 1e-10])
def test_a_settled_set_is_that_of_the_game_before_it_was_perturbed(scale: float) -> None:
    """Errors too small to know of: the same equilibria and components as without, or no claim."""
    rng = np.random.default_rng([17, int(-np.log10(scale))])
    claims = {True: 0, False: 0}
    for _ in range(120):
        m, n = rng.integers(2, 5, 2)
        payoffs = rng.integers(0, rng.choice([2, 3, 5]), (2, m, n)).astype(float)
        if rng.random() < 0.3:
            payoffs[:, 0] = payoffs[:, 1]
        if np.ptp(payoffs, axis=(1, 2)).min() == 0:
            continue
        error = scale * rng.uniform(-1, 1, payoffs.shape) * (rng.random(payoffs.shape) < 0.5)
        truth = enumerate_exactly(*payoffs)
        got = enumerate_exactly(*(payoffs + error), literally=bool(rng.random() < 0.5))
        assert truth.settled
        claims[got.settled] += 1
        if got.settled:
            assert all(
                far(e, truth.equilibria[nearest(e, truth.equilibria)]) < 1e-6
                for e in got.equilibria
            )
            assert {nearest(e, truth.equilibria) for e in got.equilibria} == set(
                range(len(truth.equilibria))
            )
            assert {
                frozenset(nearest(e, truth.equilibria) for e in each) for each in components(got)
            } == {frozenset(truth.equilibria.index(e) for e in each) for each in components(truth)}
    assert min(claims.values()) > 10


# --- degenerate -----------------------------------------------------------------------------------


def test_ties_of_dominated_actions_count_as_degenerate() -> None:
    """The second row is never played; against it both columns are best."""
    A, B = [[1, 1], [0, 0]], [[1, 0], [2, 2]]
    got = enumerate_exactly(rational(A), rational(B))
    assert got.equilibria == ((vector("10"), vector("10")),)
    assert got.degenerate
    B[1] = [2, 1]
    assert not enumerate_exactly(rational(A), rational(B)).degenerate


# --- a budget -------------------------------------------------------------------------------------


def test_a_budget_that_runs_out_leaves_equilibria_but_no_claim() -> None:
    rng = np.random.default_rng(18)
    A, B = rng.integers(0, 3, (2, 5, 5)).astype(float)
    everything = enumerate_exactly(A, B)
    some = enumerate_exactly(A, B, budget=0.0)
    assert everything.complete
    assert everything.settled
    assert not some.complete
    assert not some.settled
    assert set(some.equilibria) < set(everything.equilibria)
    enough = enumerate_exactly(A, B, budget=1e6)
    assert enough.complete
    assert enough.equilibria == everything.equilibria


def test_a_budget_that_runs_out_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock takes a second: both players get half of the time."""
    clock = iter(range(10**6))
    monkeypatch.setattr("negotiation.games.polytope.monotonic", lambda: float(next(clock)))
    monkeypatch.setattr("negotiation.games.exact.monotonic", lambda: 0.0)
    rng = np.random.default_rng(19)
    A, B = rng.integers(0, 2, (2, 6, 6)).astype(float)
    everything = set(enumerate_exactly(A, B).equilibria)
    some = enumerate_exactly(A, B, budget=20.0)
    assert not some.complete
    assert 0 < len(some.equilibria) < len(everything)
    assert set(some.equilibria) < everything


# --- the polytope ---------------------------------------------------------------------------------


def slowly(replies: list[list[int]]) -> set[tuple[Fraction, ...]]:
    """Vertices of {z >= 0, replies z <= 1} but for zero: every choice of tight conditions."""
    d = len(replies[0])
    lines = [[Fraction(int(i == j)) for j in range(d)] + [Fraction(0)] for i in range(d)]
    lines += [[Fraction(value) for value in row] + [Fraction(1)] for row in replies]
    found = set()
    for chosen in combinations(range(len(lines)), d):
        rows = [list(lines[c]) for c in chosen]
        for k in range(d):
            pivot = next((i for i in range(k, d) if rows[i][k]), None)
            if pivot is None:
                break
            rows[k], rows[pivot] = rows[pivot], rows[k]
            rows[k] = [value / rows[k][k] for value in rows[k]]
            for i in set(range(d)) - {k}:
                rows[i] = [a - rows[i][k] * b for a, b in zip(rows[i], rows[k], strict=True)]
        else:
            z = tuple(row[-1] for row in rows)
            value = [sum(a * b for a, b in zip(row, z, strict=True)) for row in replies]
            if any(z) and min(z) >= 0 and max(value) <= 1:
                found.add(z)
    return found


@pytest.mark.parametrize(("k", "d"), [(1, 1), (1, 3), (4, 1), (2, 2), (3, 3), (5, 3), (3, 4)])
@pytest.mark.parametrize("high", [1, 4, 10**12])
def test_corners_are_the_vertices(k: int, d: int, high: int) -> None:
    """With labels that say what is tight, each vertex once."""
    rng = np.random.default_rng([k, d, high])
    own, others = [1 << i for i in range(d)], [1 << (d + i) for i in range(k)]
    for _ in range(12):
        replies = rng.integers(0, high + 1, (k, d)).tolist()
        width = max(map(max, replies)) - min(map(min, replies)) or 1
        found, finished = corners(replies, own, others, width)
        assert finished
        # As far from zero as it takes for the polytope to be bounded.
        positive = [[value + 1 for value in row] for row in replies]
        wanted = set()
        for z in slowly(positive):
            x = tuple(value / sum(z) for value in z)
            value = [sum(a * b for a, b in zip(row, x, strict=True)) for row in positive]
            best = [v == max(value) for v in value]
            wanted.add(
                (
                    x,
                    sum(label for label, q in zip(own, x, strict=True) if not q)
                    + sum(label for label, b in zip(others, best, strict=True) if b),
                )
            )
        assert len(found) == len(wanted)
        assert {(corner.mixture(own), corner.labels) for corner in found} == wanted
        assert all(corner.near & corner.labels == corner.labels for corner in found)


def test_a_cube_has_the_vertices_of_a_cube() -> None:
    """Matching actions: the condition of each reply is z_i <= 1."""
    for d in range(1, 9):
        eye = np.eye(d, dtype=int).tolist() if d > 1 else [[1], [0]]
        own = [1 << i for i in range(d)]
        found, finished = corners(eye, own, [1 << (d + i) for i in range(len(eye))], 1)
        assert finished
        assert len(found) == 2**d - 1


def test_labels_are_matched_the_same_way_with_and_without_ties() -> None:
    rng = np.random.default_rng(20)
    size = 7
    everything = (1 << size) - 1

    def some(count: int) -> list[int]:
        masks = {int(mask) for mask in rng.integers(0, everything, 60)}
        return [mask for mask in masks if mask.bit_count() == count]

    matched = 0
    for ones, twos in ((some(3), some(4)), (some(4), some(4)), ([*some(3), 7], some(4) + some(5))):
        wanted = {
            (i, j)
            for (i, x), (j, y) in product(enumerate(ones), enumerate(twos))
            if x | y == everything
        }
        assert set(_complementary(ones, twos, everything)) == wanted
        matched += len(wanted)
    assert matched > 5
    assert _complementary([], [], everything) == []
    assert _complementary([3], [], everything) == []


# --- subsets and components -----------------------------------------------------------------------


def bicliques(pairs: set[tuple[int, int]]) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Every choice of left members with all they share, if nobody else shares it."""
    lefts, rights = sorted({i for i, _ in pairs}), sorted({j for _, j in pairs})
    found = set()
    for size in range(1, len(lefts) + 1):
        for chosen in combinations(lefts, size):
            shared = tuple(j for j in rights if all((i, j) in pairs for i in chosen))
            joined = tuple(i for i in lefts if all((i, j) in pairs for j in shared))
            if shared and joined == chosen:
                found.add((chosen, shared))
    return found


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6, 0.9, 1.0])
def test_maximal_nash_subsets_are_the_maximal_bicliques(share: float) -> None:
    rng = np.random.default_rng(int(100 * share))
    for _ in range(30):
        m, n = rng.integers(1, 9, 2)
        # Names that are not places: the caller's numbers come back.
        pairs = {(10 * int(i), 5 + int(j)) for i, j in np.argwhere(rng.random((m, n)) < share)}
        got = maximal_nash_subsets(pairs)
        assert got == sorted(bicliques(pairs))
        assert {(i, j) for x, y in got for i in x for j in y} == pairs


def test_as_many_subsets_as_are_asked_for() -> None:
    """All pairs but (k, k): each choice of some, not all, with the rest."""
    crown = [(i, j) for i in range(8) for j in range(8) if i != j]
    assert len(maximal_nash_subsets(crown)) == 2**8 - 2
    assert len(maximal_nash_subsets(crown, limit=254)) == 254
    with pytest.raises(NegotiationError, match="more than 253 maximal Nash subsets"):
        maximal_nash_subsets(crown, limit=253)
    # One at a time, however many there are.
    wide = ((i, j) for i in range(60) for j in range(60) if i != j)
    some = [subset for subset, _ in zip(each_nash_subset(wide), range(100), strict=False)]
    assert len(set(some)) == 100


def test_no_equilibria_no_subsets() -> None:
    assert maximal_nash_subsets([]) == []
    assert connected_components([]) == ()


def test_components_are_numbered_as_they_appear() -> None:
    pairs = [(4, 4), (1, 2), (4, 0), (3, 2), (7, 9), (5, 0), (7, 2)]
    assert connected_components(pairs) == (0, 1, 0, 1, 1, 0, 1)


@pytest.mark.parametrize("order", [lambda k: k, lambda k: -k, lambda k: k * 37 % 101])
def test_a_long_chain_is_one_component(order: Callable[[int], int]) -> None:
    chain = sorted(((k // 2, (k + 1) // 2) for k in range(101)), key=lambda p: order(sum(p)))
    assert set(connected_components(chain)) == {0}


def test_a_square_of_payoffs_that_never_matter_is_one_subset() -> None:
    zero: Array = np.zeros((3, 4))
    got = enumerate_exactly(zero, zero)
    assert got.subsets == [((0, 1, 2), (0, 1, 2, 3))]
    assert got.component == (0,) * 12
    assert got.degenerate
    assert got.settled
