"""W13, B3, B4, B21: payoffs of all sizes and games of all shapes, in time and memory."""

from __future__ import annotations

import time
import tracemalloc
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

from negotiation.errors import DataError
from negotiation.games import Equilibrium, solve
from negotiation.games.certify import Distinct, _looked_up, _worth
from negotiation.games.files import Deadline, parse, write_nfg
from negotiation.games.game import Array, Game
from negotiation.games.many_players import _all_supports, _each_support
from negotiation.games.reduction import undominated
from negotiation.tolerances import TIE


def labelled(payoffs: Any, exact: Any = None) -> Game:
    payoffs = np.asarray(payoffs, dtype=float)
    actions = tuple(tuple(str(k) for k in range(n)) for n in payoffs.shape[1:])
    return Game(tuple("abcdefghijklmnopqrstuvwxyz"[: len(payoffs)]), actions, payoffs, exact)


def rationals(payoffs: Any) -> Any:
    return np.vectorize(Fraction, otypes=[object])(np.array(payoffs, dtype=object))


def profiles(found: list[Equilibrium]) -> set[tuple[tuple[float, ...], ...]]:
    return {tuple(tuple(own.round(6).tolist()) for own in each.strategies) for each in found}


# --- W13 ------------------------------------------------------------------------------------------


def sized(seed: int, shape: tuple[int, ...], *, whole: bool) -> Array:
    """Ordinary payoffs, of which a few are replaced by enormous ones."""
    rng = np.random.default_rng(seed)
    players = len(shape)
    payoffs: Any = rng.integers(0, 6, (players, *shape)) * 1.0
    payoffs += 0.0 if whole else rng.random((players, *shape))
    for _ in range(int(rng.integers(1, 4))):
        place = tuple(int(rng.integers(n)) for n in payoffs.shape)
        payoffs[place] = float(rng.choice([-1, 1])) * 10.0 ** float(
            rng.choice([10, 13, 15, 16, 17, 19, 19, 40, 100])
        )
    return np.asarray(payoffs)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (3, 2), (4, 4), (2, 7)])
@pytest.mark.parametrize("seed", range(6))
def test_w13_ordinary_payoffs_beside_enormous_ones(
    seed: int, shape: tuple[int, ...], whole: bool
) -> None:
    payoffs = sized(seed, shape, whole=whole)
    right = profiles(solve(labelled(payoffs), exact=True).at())
    for game in (labelled(payoffs), labelled(payoffs, rationals(payoffs))):
        found = solve(game)
        assert profiles(found.at()) <= right
        if found.completeness == "complete":
            assert profiles(found.at()) == right


def test_w13_three_of_four_were_spurious() -> None:
    a = [[1e19, 0.5], [0.0, 2.0]]
    b = [[0.0, 1.5], [2.0, 1.0]]
    found = solve(labelled([a, b]))
    assert {each.profile for each in found.at()} <= {
        each.profile for each in solve(labelled([a, b]), exact=True).at()
    }
    assert found.completeness == "partial"
    known = solve(labelled([a, b], rationals([a, b])))
    assert known.completeness == "complete"


def test_w13_rationals_that_floats_cannot_tell_apart() -> None:
    exact = rationals([[[10**19 + 1, 10**19], [10**19, 10**19 + 2]], [[1, 0], [0, 1]]])
    found = solve(labelled(exact.astype(float), exact))
    assert found.completeness == "complete"
    assert int(found.count) == 3
    assert not bool(found.degenerate)


@pytest.mark.parametrize("seed", range(8))
def test_w13_more_players(seed: int) -> None:
    shape = (2, 2, 2) if seed % 2 else (2, 3, 2)
    payoffs = sized(seed, shape, whole=False)
    found = solve(labelled(payoffs), budget=0.2)
    right = {
        profile
        for profile in product(*map(range, shape))
        if all(
            np.moveaxis(payoffs[p], p, -1)[(*profile[:p], *profile[p + 1 :])].max()
            <= payoffs[p][profile]
            for p in range(3)
        )
    }
    pure = [each for each in found.at() if all(own.max() == 1.0 for own in each.strategies)]
    assert {tuple(int(s.argmax()) for s in each.strategies) for each in pure} == right


def test_w13_ties_that_are_rounding_are_ties_still() -> None:
    """Payoffs in other units (times 0.3, plus 1e6) tie up to rounding, as before."""
    payoffs = np.array([[[3.0, 1.0], [3.0, 2.0]], [[1.0, 1.0], [0.0, 2.0]]])
    moved = payoffs * 0.3 + 1e6
    moved[0, 0, 0] = np.nextafter(moved[0, 0, 0], np.inf)
    found = solve(labelled(moved))
    assert found.completeness == "complete"
    assert bool(found.degenerate)


# --- B3, B21 --------------------------------------------------------------------------------------


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("exact", [False, True])
def test_b3_one_side_has_no_choice(turned: bool, exact: bool) -> None:
    payoffs = np.random.default_rng(0).integers(0, 100, (2, 1, 2047)).astype(float)
    game = labelled(payoffs[::-1].transpose(0, 2, 1) if turned else payoffs)
    found = solve(game, exact=exact, budget=5.0)
    best = np.flatnonzero(payoffs[1, 0] == payoffs[1, 0].max())
    assert found.completeness == "complete"
    assert bool(found.degenerate) == (len(best) > 1)
    side = 0 if turned else 1
    assert [int(each.strategies[side].argmax()) for each in found.at()] == best.tolist()
    assert set(found.component.tolist()) == {0}


def test_b3_a_choice_between_payoffs_a_rounding_apart_is_no_proof() -> None:
    payoffs = np.zeros((2, 1, 100))
    payoffs[1, 0, :3] = 1.0, 1.0 - 1e-10, 0.5
    assert solve(labelled(payoffs)).completeness == "partial"
    assert solve(labelled(payoffs), exact=True).completeness == "complete"


def test_b3_b21_large_games_are_solved_by_what_is_dominated() -> None:
    for size in (80, 300):
        rows, columns = np.indices((size, size))
        found = solve(labelled([-rows, -columns]), budget=5.0)
        assert found.completeness == "complete"
        (one,) = found.at()
        assert one.profile == "0/0"
        assert one.payoffs.tolist() == [0.0, 0.0]
        exact = solve(labelled([-rows, -columns]), exact=True, budget=5.0).at()
        assert [each.exact_payoffs for each in exact] == [(Fraction(0), Fraction(0))]


def test_b21_what_is_left_of_a_large_game_is_solved_like_any() -> None:
    """A 3 x 3 game with an exact tie among 70 x 70 dominated actions."""
    core = np.random.default_rng(4).integers(0, 3, (2, 3, 3)).astype(float)
    payoffs = np.full((2, 70, 70), -5.0)
    payoffs[0] -= np.arange(70)[:, None]
    payoffs[1] -= np.arange(70)[None, :]
    payoffs[:, :3, :3] = core
    payoffs[0, :3, 3:] = 1.0
    payoffs[1, 3:, :3] = 1.0
    large, small = solve(labelled(payoffs)), solve(labelled(core))
    assert large.completeness == small.completeness == "complete"
    assert bool(large.degenerate) == bool(small.degenerate)
    np.testing.assert_array_equal(large.component, small.component)
    for one, two in zip(large.at(), small.at(), strict=True):
        for own, other in zip(one.strategies, two.strategies, strict=True):
            np.testing.assert_allclose(own[:3], other, atol=1e-12)
            assert not own[3:].any()


@pytest.mark.full
@pytest.mark.parametrize("kind", ["random", "tied"])
def test_b3_what_cannot_be_enumerated_keeps_time_and_memory(kind: str) -> None:
    rng = np.random.default_rng(0)
    payoffs = rng.random((2, 250, 250)) if kind == "random" else np.ones((2, 250, 250))
    tracemalloc.start()
    start = time.monotonic()
    found = solve(labelled(payoffs), budget=0.3)
    taken = time.monotonic() - start
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.completeness in ("partial", "empty")
    assert most < 400e6
    assert taken < 20.0  # the clock is read; a slow machine may still be busy with one step


@pytest.mark.parametrize("seed", range(20))
def test_b21_undominated_is_what_comparing_all_pairs_leaves(seed: int) -> None:
    rng = np.random.default_rng(seed)
    payoffs = rng.random((2, 9, 14)) + rng.random((2, 9, 1)) * rng.choice([0.0, 1.0])
    payoffs /= payoffs.max()
    kept = [list(range(9)), list(range(14))]
    while True:
        before = [list(own) for own in kept]
        for p in range(2):
            own = np.moveaxis(payoffs[p][np.ix_(*kept)], p, 0)
            kept[p] = [
                action
                for k, action in enumerate(kept[p])
                if not any((own[r] > own[k] + TIE).all() for r in range(len(own)))
            ]
        if kept == before:
            break
    assert list(undominated(payoffs)) == kept


# --- B4 -------------------------------------------------------------------------------------------


@pytest.mark.full
def test_b4_many_players_who_all_tie() -> None:
    payoffs = np.ones((14, *(2,) * 14))
    start = time.monotonic()
    found = solve(labelled(payoffs), budget=0.2)
    assert time.monotonic() - start < 20.0
    assert found.completeness == "partial"
    assert 1 <= int(found.count) <= 11_000
    assert float(np.nanmax(found.regret)) == 0.0


def test_b4_many_players_who_do_not() -> None:
    payoffs = np.random.default_rng(0).random((9, *(2,) * 9))
    found = solve(labelled(payoffs), budget=0.2)
    assert found.completeness in ("partial", "empty")


def test_b4_values_of_many_players_are_sums_over_profiles() -> None:
    rng = np.random.default_rng(0)
    shape = (2, 3, 2, 2)
    game = labelled(rng.random((4, *shape)))
    many = Game(game.players, game.actions, rng.random((3, 4, *shape)))
    for each, batch in ((game, ()), (many, (3,))):
        strategies = [rng.dirichlet(np.ones(n), size=batch) for n in shape]
        got = each.values(strategies)
        letters = "abcd"
        for p in range(4):
            others = [q for q in range(4) if q != p]
            terms = ",".join(["...abcd", *(f"...{letters[q]}" for q in others)])
            table = each.payoffs[..., p, :, :, :, :]
            wanted = np.einsum(f"{terms}->...{letters[p]}", table, *(strategies[q] for q in others))
            np.testing.assert_allclose(got[p], wanted, rtol=1e-13)


def test_b4_pure_profiles_are_certified_alike_by_looking_up() -> None:
    rng = np.random.default_rng(0)
    payoffs = rng.random((5, 3, 2, 3, 2))
    game = Game(("a", "b", "c"), (("0", "1"), ("0", "1", "2"), ("0", "1")), payoffs)
    games = np.array([0, 0, 3, 4])
    played = [np.array([0, 1, 1, 0]), np.array([2, 0, 1, 1]), np.array([1, 1, 0, 0])]
    mixtures = tuple(np.eye(n)[k] for n, k in zip((2, 3, 2), played, strict=True))
    for one, two in zip(
        _looked_up(game, games, played), _worth(game, games, mixtures), strict=True
    ):
        np.testing.assert_allclose(one, two, atol=1e-14)


def test_b4_supports_come_in_one_order_whether_tabulated_or_not() -> None:
    sizes = [(4, 2), (3, 1), (3, 3)]
    slow = list(_each_support(sizes))
    fast = [
        tuple(tuple(own[k].tolist()) for own in stack)
        for stack in _all_supports((4, 3, 3))
        if tuple(own.shape[1] for own in stack) == (2, 1, 3)
        for k in range(len(stack[0]))
    ]
    assert slow == fast
    # As many actions as this had a table of 10^28 combinations.
    stacks = _all_supports((100, 100, 2))
    assert len(next(stacks)) == 3


def test_b4_profiles_are_told_apart_however_many() -> None:
    known = Distinct()
    pure = [np.eye(3)[k] for k in range(3)]
    assert known.add([pure[0], pure[1]])
    assert not known.add([pure[0], pure[1]])
    assert not known.add([np.array([1.0 - 1e-9, 1e-9, 0.0]), pure[1]])
    assert known.add([np.array([0.5, 0.5, 0.0]), pure[1]])
    assert not known.add([np.array([0.5 + 1e-9, 0.5 - 1e-9, 0.0]), pure[1]])
    assert known.add([pure[0], pure[2]])
    assert len(known) == 3


def test_b4_reading_has_a_deadline_too() -> None:
    over = Deadline(time.monotonic() - 1.0, 5.0)
    game = labelled(np.arange(8.0).reshape(2, 2, 2))
    text = write_nfg(game)
    table = "a,b,payoff_a,payoff_b\nx,y,1,2\n"
    tree = 'EFG 2 R "" { "a" "b" }\np "" 1 1 "" { "l" "r" } 0\nt "" 1 "" { 1, 2 }\nt "" 0'
    for each, kind in ((text, None), (table, "csv"), (tree, None)):
        with pytest.raises(
            DataError, match=r"^f: the file was not read within 5 seconds; .*budget"
        ):
            parse(each, "f", kind, over)
        parse(each, "f", kind)
    with pytest.raises(DataError, match="was not read within"):
        parse(tree, "f").strategic(over)


def test_b4_a_block_of_numbers_is_read_as_one_by_one() -> None:
    head = 'NFG 1 R "" { "a" "b" } { 2 2 }\n'
    same = [
        "0 1/3  -2.5 1e3\n 4,5, 6 7",
        "0, 1/3, -2.5, 1e3, 4, 5, 6, 7\n\n",
        " 0 1/3 -2.5 1000 4 5 6 7,",
    ]
    games = [parse(head + body).game for body in same]
    for each in games:
        assert each.exact is not None
        np.testing.assert_array_equal(each.exact, games[0].exact)
    for body, told in (
        ("0 1 2 3 4 5 6", "payoff 8 of 8 payoffs"),
        ("0 1 2 3 4 5 6 7 8", "line 2, column 17: found one payoff too many"),
        ("0 1 2 3 x 5 6 7", "line 2, column 9"),
        ("0 1 2 3 1/0 5 6 7", "line 2, column 9: '1/0' divides by zero"),
    ):
        with pytest.raises(DataError, match=told):
            parse(head + body)
