"""The float path: blocks, memory, compiling, and what is left open."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation.errors import ParameterError, PayoffError
from negotiation.games import select, solve, two_players
from negotiation.games.exact import enumerate_exactly
from negotiation.games.game import Array, Game
from negotiation.games.two_players import enumerate_in_floats

SIZES = [(2, 2), (2, 3), (3, 3), (4, 2), (1, 4), (4, 4), (5, 5), (3, 6), (6, 6), (2, 9), (7, 7)]


def labelled(payoffs: Array, exact: Any = None) -> Game:
    """Two players, x and y, one game or a batch."""
    m, n = payoffs.shape[-2:]
    actions = tuple(f"x{i}" for i in range(m)), tuple(f"y{j}" for j in range(n))
    return Game(("x", "y"), actions, payoffs, exact)


def three(*sizes: int) -> Game:
    """Three players, x, y and z, who do not care."""
    actions = tuple(
        tuple(f"{name}{i}" for i in range(size)) for name, size in zip("xyz", sizes, strict=True)
    )
    return Game(("x", "y", "z"), actions, np.zeros((3, *sizes)))


def random(size: int, m: int, n: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).random((size, 2, m, n))


@pytest.mark.parametrize("shape", SIZES)
def test_compiled_kernels_agree_with_interpreted_ones(shape: tuple[int, int]) -> None:
    pytest.importorskip("numba", reason="kernels are compiled by numba")
    payoffs = random(12, *shape)
    payoffs[3] = np.round(3 * payoffs[3])  # ties
    payoffs[5, 0, 0, 0] = np.nan
    plain = enumerate_in_floats(payoffs, 10.0, compile_=False)
    fast = enumerate_in_floats(payoffs, 10.0, compile_=True)
    assert fast.listing.count.sum() > 0
    np.testing.assert_array_equal(plain.open, fast.open)
    np.testing.assert_array_equal(plain.listing.first, fast.listing.first)
    for one, other in zip(
        (*plain.listing.strategies, plain.listing.payoffs, plain.listing.regret),
        (*fast.listing.strategies, fast.listing.payoffs, fast.listing.regret),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)
    assert plain.open[5]


@pytest.mark.parametrize("compile_", [False, True])
@pytest.mark.parametrize("kind", ["float", "integer", "near a tie", "nearly singular"])
def test_the_closed_form_of_3_x_3_agrees_with_the_search(kind: str, compile_: bool) -> None:
    if compile_:
        pytest.importorskip("numba", reason="kernels are compiled by numba")
    rng = np.random.default_rng(10)
    payoffs = rng.random((2_000 if compile_ else 400, 2, 3, 3))
    if kind == "integer":
        payoffs = np.floor(6 * payoffs)
    elif kind == "near a tie":
        payoffs[:, :, 1, 2] = payoffs[:, :, 0, 2] + rng.choice([1e-12, 1e-10, 1e-8, -1e-8])
    elif kind == "nearly singular":  # the third action is nearly a mixture of the others
        noise = rng.choice([0.0, 1e-13, 1e-9, 1e-7, 1e-5], (len(payoffs), 1, 1))
        mixed = payoffs[:, 0, :2].mean(axis=1, keepdims=True)
        payoffs[:, 0, 2:] = mixed + noise * (rng.random(mixed.shape) - 0.5)
    closed = two_players._enumerate(payoffs, 1.0, compile_)
    search = two_players._enumerate(payoffs, 1.0, compile_, general=True)
    np.testing.assert_array_equal(closed.open, search.open)
    sure = ~search.open
    assert sure.mean() > 0.2
    np.testing.assert_array_equal(closed.listing.count[sure], search.listing.count[sure])
    one, other = (
        np.hstack(found.listing.strategies)[sure[found.listing.game]] for found in (closed, search)
    )
    np.testing.assert_allclose(one, other, atol=1e-9)


@pytest.mark.parametrize("compile_", [False, True])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("shape", [(2, 2), (2, 3), (3, 3), (7, 7)])
def test_a_bad_number_anywhere_leaves_a_game_open(
    shape: tuple[int, int], bad: float, compile_: bool
) -> None:
    if compile_:
        pytest.importorskip("numba", reason="kernels are compiled by numba")
    cells = 2 * shape[0] * shape[1]
    payoffs = random(cells + 1, *shape, seed=9)
    payoffs.reshape(cells + 1, cells)[np.arange(cells), np.arange(cells)] = bad
    found = enumerate_in_floats(payoffs, 10.0, compile_=compile_)
    assert found.open[:-1].all()
    assert not found.open[-1]


@pytest.mark.parametrize("compile_", [False, True])
@pytest.mark.parametrize("shape", SIZES)
def test_the_regret_of_kernels_is_that_of_the_game(shape: tuple[int, int], compile_: bool) -> None:
    if compile_:
        pytest.importorskip("numba", reason="kernels are compiled by numba")
    payoffs = 40.0 * random(20, *shape, seed=1) - 7.0
    listing = enumerate_in_floats(payoffs, 10.0, compile_=compile_).listing
    games = labelled(payoffs[listing.game])
    by_hand = games.regret(listing.strategies)
    np.testing.assert_allclose(listing.regret, by_hand, rtol=0, atol=1e-13)
    np.testing.assert_allclose(listing.payoffs, games.expected(listing.strategies), atol=1e-11)


@pytest.mark.parametrize("compile_", [False, True])
@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (3, 5), (7, 7)])
def test_blocks_and_parts_do_not_show(
    shape: tuple[int, int], compile_: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if compile_:
        pytest.importorskip("numba", reason="kernels are compiled by numba")
    payoffs = random(37, *shape, seed=2)
    whole = enumerate_in_floats(payoffs, 10.0, compile_=compile_).listing
    monkeypatch.setattr(two_players, "BLOCK", 16)
    monkeypatch.setattr(two_players, "MOST_IN_LISTS", 10)
    parts = enumerate_in_floats(payoffs, 10.0, compile_=compile_).listing
    np.testing.assert_array_equal(whole.first, parts.first)
    for one, other in zip(whole.strategies, parts.strategies, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("shape", [(6, 7), (7, 7), (8, 8), (3, 15), (12, 5), (4, 8)])
def test_larger_games_equal_the_exact_enumeration(shape: tuple[int, int]) -> None:
    payoffs = random(4, *shape, seed=8)
    payoffs[:2] = np.round(payoffs[:2], 3)
    found = solve(labelled(payoffs))
    assert set(found.completeness) == {"complete"}
    for b, (row, column) in enumerate(payoffs):
        wanted = sorted(
            [float(q) for q in (*x, *y)]
            for x, y in enumerate_exactly(row, column, literally=True).equilibria
        )
        got = sorted([*np.concatenate(each.strategies)] for each in found.at((b,)))
        assert len(got) == len(wanted) > 0
        np.testing.assert_allclose(got, wanted, atol=1e-9)


@pytest.mark.parametrize("compile_", [False, True])
def test_memory_grows_with_what_a_game_needs(
    compile_: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if compile_:
        pytest.importorskip("numba", reason="kernels are compiled by numba")
    payoffs = random(3, 7, 8, seed=3)
    ample = enumerate_in_floats(payoffs, 10.0, compile_=compile_)
    make = two_players._Memory._make
    sizes: list[int] = []

    def small_at_first(self: two_players._Memory, vertices: int) -> None:
        sizes.append(5 if not sizes else vertices)
        make(self, sizes[-1])

    monkeypatch.setattr(two_players._Memory, "_make", small_at_first)
    tight = enumerate_in_floats(payoffs, 10.0, compile_=compile_)
    assert sizes == sorted(set(sizes))
    assert len(sizes) > 3
    np.testing.assert_array_equal(ample.listing.first, tight.listing.first)
    assert not tight.open.any()
    monkeypatch.setattr(two_players, "MOST_MEMORY", 10_000)
    sizes.clear()
    starved = enumerate_in_floats(payoffs, 10.0, compile_=compile_)
    assert starved.open.all()
    assert starved.unfinished.all()


def test_games_too_large_to_enumerate_are_partial_and_end() -> None:
    found = solve(labelled(random(1, 40, 40, seed=4)[0]), budget=0.3)
    assert str(found.completeness) == "partial"
    assert int(found.count) >= 1
    assert found.regret.max() <= 1e-9


def test_bad_numbers_leave_their_game_empty_and_others_alone() -> None:
    payoffs = random(6, 3, 3, seed=5)
    payoffs[1, 0, 2, 1] = np.nan
    payoffs[4, 1, 0, 0] = np.inf
    payoffs[5, 1, 0, 0] = -np.inf
    found = solve(labelled(payoffs))
    assert list(found.completeness) == [
        "complete", "empty", "complete", "complete", "empty", "empty"
    ]  # fmt: skip
    alone = solve(labelled(payoffs[2]))
    np.testing.assert_array_equal(found.strategies[0][2][: int(alone.count)], alone.strategies[0])


@pytest.mark.parametrize("unit", [1e-300, 1e-100, 1e100, 1e300])
def test_units_beyond_the_range_of_products(unit: float) -> None:
    payoffs = random(2, 3, 3, seed=6)
    plain, moved = solve(labelled(payoffs)), solve(labelled(payoffs * unit))
    np.testing.assert_array_equal(plain.count, moved.count)
    assert set(moved.completeness) == {"complete"}
    for b in range(2):
        one = {tuple(np.round(np.concatenate(e.strategies), 9)) for e in plain.at((b,))}
        other = {tuple(np.round(np.concatenate(e.strategies), 9)) for e in moved.at((b,))}
        assert one == other


@pytest.mark.parametrize("bystander", [0, 1, 2])
@pytest.mark.parametrize("exact", [False, True])
def test_a_player_without_a_choice_stands_by(bystander: int, exact: bool) -> None:
    rng = np.random.default_rng(7)
    two = rng.integers(0, 9, (4, 2, 3, 2)).astype(float)
    idle = rng.integers(0, 9, (4, 1, 3, 2)).astype(float)
    three = np.expand_dims(np.insert(two, [bystander], idle, axis=1), 2 + bystander)
    names = ["x", "y"]
    names.insert(bystander, "z")
    actions: list[tuple[str, ...]] = [("a", "b", "c"), ("d", "e")]
    actions.insert(bystander, ("wait",))
    found = solve(Game(tuple(names), tuple(actions), three), exact=exact)
    plain = solve(labelled(two), exact=exact)
    np.testing.assert_array_equal(found.completeness, plain.completeness)
    for b in range(4):
        assert len(found.at((b,))) == len(plain.at((b,))) > 0
        for one, other in zip(found.at((b,)), plain.at((b,)), strict=True):
            assert list(one.strategies[bystander]) == [1.0]
            rest = [s for p, s in enumerate(one.strategies) if p != bystander]
            for s, t in zip(rest, other.strategies, strict=True):
                np.testing.assert_array_equal(s, t)
            hers = np.einsum("ij,i,j", idle[b, 0], *other.strategies)
            assert one.payoffs[bystander] == pytest.approx(hers)
            assert (one.exact is not None) == exact
            if one.exact is not None and one.exact_payoffs is not None:
                assert one.exact[bystander] == (Fraction(1),)
                assert [float(v) for v in one.exact_payoffs] == pytest.approx(one.payoffs)


def test_only_one_player_with_a_choice_takes_the_best() -> None:
    payoffs = np.arange(3.0).reshape(1, 3, 1, 1) * np.ones((3, 1, 1, 1))
    found = solve(Game(("x", "y", "z"), (("a", "b", "c"), ("d",), ("e",)), payoffs))
    assert [each.profile for each in found.at()] == ["c/d/e"]
    assert str(found.completeness) == "complete"


def test_payoffs_as_written_are_solved_as_written() -> None:
    third = Fraction(1, 3)
    exact = np.array(
        [[[third, 0], [0, 1 - third]], [[Fraction(1, 10), 0], [0, Fraction(3, 10)]]], dtype=object
    )
    exact = np.vectorize(Fraction, otypes=[object])(exact)
    game = labelled(exact.astype(float), exact)
    *_, mixed = [e for e in solve(game, exact=True).at() if "+" in e.profile]
    assert mixed.exact == ((Fraction(3, 4), Fraction(1, 4)), (Fraction(2, 3), third))
    assert mixed.exact_payoffs == (Fraction(2, 9), Fraction(3, 40))
    assert solve(game).at()[-1].exact is None


def test_exact_solution_is_for_two() -> None:
    with pytest.raises(PayoffError, match="3 players"):
        solve(three(2, 2, 2), exact=True)


@pytest.mark.full
def test_a_second_process_compiles_nothing(tmp_path: Path) -> None:
    pytest.importorskip("numba", reason="kernels are compiled by numba")
    program = """
import numpy as np
from negotiation.games import kernels
from negotiation.compile import compiled
from negotiation.games.two_players import enumerate_in_floats
enumerate_in_floats(np.random.default_rng(0).random((5, 2, 2, 2)), 1.0, compile_=True)
stats = compiled(kernels.__name__).two_by_two.stats
print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""
    seen = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={"NUMBA_CACHE_DIR": str(tmp_path), "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for _ in range(2)
    ]
    assert seen == [["0", "1"], ["1", "0"]]


STAG = np.array([[[10.0, 0.0], [8.0, 7.0]], [[10.0, 8.0], [0.0, 7.0]]])


@pytest.mark.parametrize(
    ("rule", "profile"),
    [
        ("pareto", "x0/y0"),
        ("welfare", "x0/y0"),
        ("egalitarian", "x0/y0"),
        ("best_for_x", "x0/y0"),
        ("risk_dominant", "x1/y1"),  # 7 * 7 > 2 * 2
    ],
)
def test_rules_of_selection(rule: str, profile: str) -> None:
    found = solve(labelled(np.stack([STAG, STAG])))
    chosen = select(found, rule)
    assert [found.at((b,))[int(chosen.index[b])].profile for b in range(2)] == [profile] * 2


def test_risk_dominance_falls_back_where_nothing_is_strict() -> None:
    pennies = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]])
    found = solve(labelled(pennies))
    assert int(select(found, "risk_dominant").index) == int(select(found, "pareto").index) == 0


def test_welfare_and_egalitarian_differ_from_scaled_sums() -> None:
    # Three strict equilibria on the diagonal; elsewhere nothing.
    payoffs = np.zeros((2, 3, 3))
    payoffs[0][np.diag_indices(3)] = 100.0, 40.0, 55.0
    payoffs[1][np.diag_indices(3)] = 1.0, 4.0, 2.5
    found = solve(labelled(payoffs))
    picked = {
        rule: found.at()[int(select(found, rule).index)].profile
        for rule in ("welfare", "egalitarian", "scaled_welfare", "pareto")
    }
    assert picked == {
        "welfare": "x0/y0",
        "egalitarian": "x2/y2",
        "scaled_welfare": "x1/y1",
        "pareto": "x0/y0",  # none of the three dominates another: the first
    }


def test_an_unknown_rule_is_refused_with_the_nearest() -> None:
    with pytest.raises(ParameterError, match="did you mean 'risk_dominant'"):
        select(solve(labelled(STAG)), "risk_dominance")
    with pytest.raises(ParameterError, match="risk_dominant"):
        select(solve(three(1, 1, 1)), "risk_dominant")
