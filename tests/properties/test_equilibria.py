"""Random games against the exact oracle, and theorems about the set of equilibria."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from importlib import import_module
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from negotiation.errors import ParameterError
from negotiation.games import (
    Completeness,
    EquilibriumSet,
    indices,
    select,
    solve,
    support_margin,
)
from negotiation.games.certify import assemble, certify
from negotiation.games.from_nashpy import enumerate_with_nashpy
from negotiation.games.game import Array, Game
from negotiation.games.listing import Candidate
from negotiation.tolerances import REGRET, TIE
from tests.drawn import examples, some
from tests.oracles import exact_equilibria, fast_exact
from tests.oracles.compare_sets import (
    PROBABILITY,
    assert_exactly,
    assert_nash_subsets,
    labelled,
    regret_by_hand,
    two_player,
)
from tests.oracles.random_games import compare_exactly

FLOAT = "floats"  # uniform on [0, 1): no ties
FEW = "whole numbers 0 to 2"  # nearly every game degenerate
MORE = "whole numbers 0 to 9"  # degenerate and nondegenerate games


def random_payoffs(kind: str, count: int, m: int, n: int, seed: int) -> Array:
    rng = np.random.default_rng(seed)
    if kind == FLOAT:
        return rng.random((count, 2, m, n))
    return rng.integers(0, 3 if kind == FEW else 10, (count, 2, m, n)).astype(float)


def oracle(payoffs: Array) -> fast_exact.Answer:
    a, b = payoffs.tolist()
    return fast_exact.solve(a, b)


def assert_same(one: EquilibriumSet, other: EquilibriumSet) -> None:
    """Assert that two sets of the same games say the same, in the same order.

    Sums in another order differ in the last digits, which a determinant of 1e-6 magnifies.
    """
    np.testing.assert_array_equal(one.count, other.count)
    np.testing.assert_array_equal(one.completeness, other.completeness)
    np.testing.assert_array_equal(one.degenerate, other.degenerate)
    for index in np.ndindex(*one.count.shape):
        for a, b in zip(one.at(index), other.at(index), strict=True):
            assert a.proposed_by == b.proposed_by
            assert a.component == b.component
            for p, q in zip(a.strategies, b.strategies, strict=True):
                np.testing.assert_allclose(p, q, rtol=0, atol=PROBABILITY)


# --- nothing missed, nothing spurious, nothing twice ----------------------------------------------


@pytest.mark.parametrize(
    ("kind", "m", "n", "count"),
    [
        (FLOAT, 1, 1, 5),
        (FLOAT, 1, 7, 40),
        (FLOAT, 4, 2, 100),
        (FLOAT, 7, 7, 5),
        (FLOAT, 8, 8, 2),
        (FLOAT, 3, 12, 10),
        pytest.param(FLOAT, 2, 30, 1, marks=pytest.mark.full),
        (FEW, 1, 6, 40),
        (FEW, 2, 2, 200),
        (FEW, 4, 2, 100),
        (FEW, 3, 3, 100),
        (FEW, 3, 4, 40),
        (FEW, 5, 5, 10),
        (FEW, 2, 11, 10),
        (FEW, 10, 3, 5),
        (FEW, 7, 7, 1),
        (MORE, 4, 3, 100),
        (MORE, 2, 11, 10),
        (MORE, 4, 9, 5),
        (MORE, 12, 4, 2),
        (MORE, 7, 7, 3),
        (MORE, 8, 8, 1),
    ],
)
def test_random_games_equal_the_exact_oracle(kind: str, m: int, n: int, count: int) -> None:
    """Sizes and ties that `test_random_games` leaves out, and all that is said of each."""
    count = some(count)
    payoffs = random_payoffs(kind, count, m, n, seed=100 * m + n)
    got = solve(labelled(payoffs))
    for b in range(count):
        truth = oracle(payoffs[b])
        assert_exactly(got, truth.extreme_equilibria, truth.components, (b,))
        assert_nash_subsets(got, (truth.x_vertices, truth.y_vertices), truth.nash_subsets, (b,))
        assert truth.degenerate or not got.degenerate[b]
        for found in got.at((b,)):
            # The certificate holds, and is what it says: sums of at most 64 products in [0, 1].
            by_hand = regret_by_hand(payoffs[b], found.strategies)
            assert by_hand <= REGRET
            assert found.regret == pytest.approx(by_hand, abs=1e-13)
            np.testing.assert_allclose(
                found.payoffs, expected_by_hand(payoffs[b], found.strategies), rtol=0, atol=1e-13
            )


@pytest.mark.parametrize(("kind", "m", "n"), [(FLOAT, 3, 3), (FEW, 3, 3), (MORE, 2, 5)])
def test_in_rationals_nothing_is_rounded(kind: str, m: int, n: int) -> None:
    payoffs = random_payoffs(kind, 40, m, n, seed=31)
    assert not compare_exactly(
        solve(labelled(payoffs), exact=True), payoffs, list(fast_exact.solve_all(payoffs))
    )


def test_payoffs_as_written_are_solved_as_written() -> None:
    """Thirds and tenths: ties that floats break are ties, and answers are in thirds and tenths."""
    rng = np.random.default_rng(12)
    for _ in range(20):
        tops, bottoms = rng.integers(0, 7, 18).tolist(), [3, 10, 30] * 6
        exact = np.array(list(map(Fraction, tops, bottoms)), dtype=object).reshape(2, 3, 3)
        a, b = exact.tolist()
        game = labelled(exact.astype(float))
        written = Game(game.players, game.actions, game.payoffs, exact)
        truth = fast_exact.solve(a, b)
        got = solve(written, exact=True)
        assert {e.exact for e in got.at()} == set(truth.extreme_equilibria)
        assert_exactly(got, truth.extreme_equilibria, truth.components, within=0.0)
        for e in got.at():
            assert e.exact is not None
            assert e.exact_payoffs == exact_equilibria.payoffs(a, b, *e.exact)
        batch = Game(game.players, game.actions, game.payoffs[None], exact[None])
        again = solve(batch, exact=True)
        assert [e.exact for e in again.at((0,))] == [e.exact for e in got.at()]


def test_every_game_of_two_by_two_with_payoffs_0_and_1() -> None:
    payoffs = np.array(list(product([0.0, 1.0], repeat=8))).reshape(-1, 2, 2, 2)
    got = solve(labelled(payoffs))
    for b in range(len(payoffs)):
        truth = oracle(payoffs[b])
        assert_exactly(got, truth.extreme_equilibria, truth.components, (b,))


@pytest.mark.parametrize("budget", [0.0, 1e-4, 1e-2])
@pytest.mark.parametrize(
    ("kind", "m", "n"), [(FEW, 2, 11), (MORE, 4, 4), (FEW, 6, 6), (FLOAT, 6, 6), (FEW, 8, 8)]
)
def test_whatever_the_budget_no_more_is_claimed_than_found(
    kind: str, m: int, n: int, budget: float
) -> None:
    payoffs = random_payoffs(kind, 4, m, n, seed=5)
    got = solve(labelled(payoffs), budget=budget)
    for b in range(len(payoffs)):
        truth = oracle(payoffs[b])
        found = got.at((b,))
        if str(got.completeness[b]) == "complete":
            assert_exactly(got, truth.extreme_equilibria, truth.components, (b,))
        else:
            assert str(got.completeness[b]) == ("partial" if found else "empty")
            assert pure_equilibria(payoffs[b]) <= {e.profile for e in found}
        for each in found:
            assert regret_by_hand(payoffs[b], each.strategies) <= REGRET
    if kind == FEW and budget == 0.0:
        assert set(got.completeness) == {"partial"}  # the games do put the claim to the test


def expected_by_hand(payoffs: Array, strategies: Sequence[Array]) -> list[float]:
    x, y = ([float(q) for q in s] for s in strategies)
    return [
        sum(p * q * float(table[i, j]) for i, p in enumerate(x) for j, q in enumerate(y))
        for table in payoffs
    ]


def pure_equilibria(payoffs: Array) -> set[str]:
    row, column = payoffs
    best = (row == row.max(axis=0)) & (column == column.max(axis=1, keepdims=True))
    return {f"x{i}/y{j}" for i, j in np.argwhere(best)}


def test_pure_equilibria_are_found_whatever_the_size() -> None:
    """Where there are too many mixed ones to list these are certified all the same."""
    payoffs = random_payoffs(FEW, 2, 20, 25, seed=6)
    got = solve(labelled(payoffs), budget=0.1)
    for b, each in enumerate(payoffs):
        assert pure_equilibria(each) <= {e.profile for e in got.at((b,))}


@pytest.mark.parametrize("payoff", [0.3, 1 / 3, 1 / np.pi, np.sqrt(0.5)])
@pytest.mark.parametrize("ulps", [1, 3])
def test_a_tie_up_to_rounding_decides_nothing(payoff: float, ulps: int) -> None:
    """Two actions that differ by rounding errors alone: both equilibria, or no claim."""
    near = payoff + ulps * np.spacing(payoff)
    game = two_player([[payoff, 1.0], [near, 0.0]], [[1.0, 0.0], [1.0, 0.0]])
    for profile in (("x0", "y0"), ("x1", "y0")):
        assert float(game.regret(game.pure(profile))) < 1e-15  # both are certified on request
    got = solve(game)
    found = {each.profile for each in got.at()}
    assert {"x0/y0", "x1/y0"} <= found or str(got.completeness) == "partial"


@pytest.mark.parametrize("gap", [1e-14, 1e-12, 1e-10])
def test_a_tie_closer_than_the_payoffs_are_known_decides_nothing(gap: float) -> None:
    """Below `TIE` (1e-9), the accuracy of payoffs that a trade model computes."""
    assert gap < TIE
    game = two_player([[0.3, 1.0], [0.3 + gap, 0.0]], [[1.0, 0.0], [1.0, 0.0]])
    for profile in (("x0", "y0"), ("x1", "y0")):
        assert float(game.regret(game.pure(profile))) <= REGRET  # both are certified on request
    got = solve(game)
    found = {each.profile for each in got.at()}
    assert {"x0/y0", "x1/y0"} <= found or str(got.completeness) == "partial"


def test_an_action_that_is_a_mixture_of_two_others_up_to_rounding() -> None:
    """Whichever way the rounding falls: the set without it, or no claim."""
    rng = np.random.default_rng(3)
    for _ in range(10):
        low = rng.uniform(0, 0.5, 2)
        two = [[1.0, low[0]], [low[1], 1.0]]  # coordination: one equilibrium in which both mix
        replies = np.array([[1.0, 0.2], [0.3, 0.9], rng.random(2)])
        weight = Fraction(3, 10)
        rounded = [*two, [float(weight) * p + 0.7 * q for p, q in zip(*two, strict=True)]]
        exactly = [[Fraction(value) for value in line] for line in two]
        third = [weight * p + (1 - weight) * q for p, q in zip(*exactly, strict=True)]
        assert max(abs(float(p - Fraction(q))) for p, q in zip(third, rounded[2], strict=True)) > 0
        got = solve(two_player(rounded, replies.tolist()))
        if str(got.completeness) == "complete":
            truth = fast_exact.solve([*exactly, third], replies.tolist())
            assert_exactly(got, truth.extreme_equilibria, truth.components)
        else:
            assert str(got.completeness) == "partial"


def test_duplicate_actions_up_to_rounding_are_duplicates() -> None:
    """An action that is another in different arithmetic: the same set, or no claim."""
    rng = np.random.default_rng(5)
    payoffs = rng.random((40, 2, 3, 3))
    payoffs[:, :, 0] = payoffs[:, :, 1]
    rounded = payoffs.copy()
    rounded[:, :, 0] = (3 * payoffs[:, :, 0] + 0.001) / 3 - 0.001 / 3
    assert 0 < np.abs(rounded - payoffs).max() < 1e-15
    got = solve(labelled(rounded))
    for b in range(40):
        if str(got.completeness[b]) == "complete":
            truth = oracle(payoffs[b])
            assert_exactly(got, truth.extreme_equilibria, truth.components, (b,))
        else:
            assert str(got.completeness[b]) == "partial"
    assert (got.completeness == "complete").all()  # equal but for rounding is equal


# --- one game and many ----------------------------------------------------------------------------


def mixed_bag(count: int, m: int, n: int) -> Array:
    """Return games with and without ties, in turns."""
    parts = [random_payoffs(kind, count, m, n, seed=3) for kind in (FLOAT, FEW, MORE)]
    return np.stack(parts, axis=1).reshape(-1, 2, m, n)


@pytest.mark.parametrize(("m", "n"), [(2, 2), (3, 3), (2, 4)])
def test_a_batch_equals_its_games_one_by_one(m: int, n: int) -> None:
    payoffs = mixed_bag(12, m, n)
    batch = solve(labelled(payoffs))
    for b, each in enumerate(payoffs):
        alone = solve(labelled(each))
        found, single = batch.at((b,)), alone.at()
        assert str(alone.completeness) == str(batch.completeness[b])
        assert bool(alone.degenerate) == bool(batch.degenerate[b])
        assert [e.proposed_by for e in found] == [e.proposed_by for e in single]
        assert [e.component for e in found] == [e.component for e in single]
        for x, y in zip(found, single, strict=True):
            for p, q in zip(x.strategies, y.strategies, strict=True):
                np.testing.assert_allclose(p, q, rtol=0, atol=PROBABILITY)
            np.testing.assert_allclose(x.payoffs, y.payoffs, rtol=0, atol=10 * PROBABILITY)


def test_batch_axes_are_kept_and_padding_is_nan() -> None:
    payoffs = mixed_bag(8, 2, 3)
    flat = solve(labelled(payoffs))
    shaped = solve(labelled(payoffs.reshape(4, 3, 2, 2, 2, 3)))
    assert shaped.count.shape == (4, 3, 2)
    width = int(flat.count.max())
    assert len(set(flat.count.tolist())) > 1  # there is padding to look at
    assert [s.shape for s in shaped.strategies] == [(4, 3, 2, width, 2), (4, 3, 2, width, 3)]
    assert shaped.payoffs.shape == (*shaped.supports.shape, 2) == (4, 3, 2, width, 2)
    for p in range(2):
        np.testing.assert_array_equal(
            shaped.strategies[p].reshape(flat.strategies[p].shape), flat.strategies[p]
        )
    beyond = np.arange(width) >= flat.count[:, None]
    assert np.isnan(flat.strategies[0][beyond]).all()
    assert np.isnan(flat.payoffs[beyond]).all()
    assert np.isnan(flat.regret[beyond]).all()
    assert (flat.component[beyond] == -1).all()
    assert set(flat.supports[beyond]) == {""}
    assert np.isfinite(flat.payoffs[~beyond]).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("exact", [False, True])
def test_a_payoff_that_is_not_finite_gives_an_empty_set(bad: float, exact: bool) -> None:
    payoffs = mixed_bag(2, 2, 3)
    spoilt = payoffs.copy()
    spoilt[1, 1, 0, 2] = bad
    got, whole = solve(labelled(spoilt), exact=exact), solve(labelled(payoffs), exact=exact)
    assert str(got.completeness[1]) == "empty"
    assert int(got.count[1]) == 0
    assert got.at((1,)) == []
    assert np.isnan(got.payoffs[1]).all()
    others = [b for b in range(len(payoffs)) if b != 1]
    assert whole.count[1] > 0
    np.testing.assert_array_equal(got.count[others], whole.count[others])
    np.testing.assert_array_equal(got.completeness[others], whole.completeness[others])
    width = min(got.payoffs.shape[1], whole.payoffs.shape[1])
    np.testing.assert_array_equal(got.payoffs[others, :width], whole.payoffs[others, :width])


# --- theorems -------------------------------------------------------------------------------------


@st.composite
def whole_number_payoffs(draw: st.DrawFn) -> Array:
    m, n = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    high = draw(st.sampled_from([1, 2, 5, 1000]))
    values = draw(st.lists(st.integers(-high, high), min_size=2 * m * n, max_size=2 * m * n))
    return np.array(values, dtype=float).reshape(2, m, n)


@given(whole_number_payoffs())
def test_found_by_hypothesis_equal_the_oracle(payoffs: Array) -> None:
    truth = oracle(payoffs)
    for exact in (False, True):
        got = solve(labelled(payoffs), exact=exact)
        assert_exactly(got, truth.extreme_equilibria, truth.components)
    assert bool(got.degenerate) == truth.degenerate


@given(
    whole_number_payoffs(),
    st.tuples(st.integers(-20, 20), st.integers(-20, 20)),
    st.tuples(st.integers(-100, 100), st.integers(-100, 100)),
)
def test_positive_affine_payoffs_leave_the_set_alone(
    payoffs: Array, powers: tuple[int, int], shifts: tuple[int, int]
) -> None:
    """Powers of two and whole shifts round nothing."""
    factor = 2.0 ** np.array(powers)[:, None, None]
    moved = (payoffs + np.array(shifts)[:, None, None]) * factor
    assert_same(solve(labelled(moved)), solve(labelled(payoffs)))


@examples(30)
@given(st.integers(0, 2**32 - 1), st.integers(2, 4), st.integers(2, 4))
def test_positive_affine_payoffs_without_ties(seed: int, m: int, n: int) -> None:
    """Any factor from 1e-6 to 1e6, any shift: the same supports, probabilities to rounding."""
    rng = np.random.default_rng(seed)
    payoffs = rng.random((2, m, n))
    factor = 10.0 ** rng.uniform(-6, 6, (2, 1, 1))
    moved = payoffs * factor + rng.uniform(-10, 10, (2, 1, 1)) * factor
    assert_same(solve(labelled(moved)), solve(labelled(payoffs)))


@given(whole_number_payoffs(), st.integers(0, 2**32 - 1))
def test_relabelling_permutes_the_set(payoffs: Array, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(payoffs.shape[1]), rng.permutation(payoffs.shape[2])
    truth = oracle(payoffs)
    wanted = [
        (tuple(x[i] for i in rows), tuple(y[j] for j in columns))
        for x, y in truth.extreme_equilibria
    ]
    assert_exactly(solve(labelled(payoffs[:, rows][:, :, columns])), wanted, truth.components)


@given(whole_number_payoffs())
def test_swapping_the_players_swaps_the_strategies(payoffs: Array) -> None:
    truth = oracle(payoffs)
    swapped = payoffs[::-1].transpose(0, 2, 1).copy()
    wanted = [(y, x) for x, y in truth.extreme_equilibria]
    assert_exactly(solve(labelled(swapped)), wanted, truth.components)


# --- nashpy as a proposer -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "m", "n", "count"), [(FLOAT, 2, 3, 20), (FLOAT, 3, 3, 15), (MORE, 3, 3, 15)]
)
def test_nashpy_never_changes_a_complete_set(kind: str, m: int, n: int, count: int) -> None:
    game = labelled(random_payoffs(kind, count, m, n, seed=8))
    plain = solve(game)
    assert set(plain.completeness) == {"complete"}
    assert_same(solve(game, nashpy=True), plain)


def test_nashpy_never_changes_a_complete_set_of_a_game_with_ties_up_to_rounding() -> None:
    """Multiples of 0.7 and a shift by 1/3: indifference holds up to rounding only."""
    whole = np.array([[[2, 1, 1], [0, 2, 2], [1, 1, 0]], [[1, 0, 2], [1, 2, 0], [0, 0, 0]]])
    game = labelled(whole * 0.7 + 1 / 3)
    plain = solve(game)
    if str(plain.completeness) == "complete":
        assert_same(solve(game, nashpy=True), plain)
    else:
        assert str(plain.completeness) == "partial"


def test_nashpy_proposes_equilibria_of_games_without_ties() -> None:
    """All it proposes are; it may lose one where a zero probability comes out as -1e-17."""
    for payoffs in random_payoffs(FLOAT, 20, 2, 3, seed=9):
        game = labelled(payoffs)
        certified, refused = certify(game, enumerate_with_nashpy(game))
        assert certified
        assert not refused
        known = solve(game).at()
        for proposed, _ in certified:
            assert any(
                max(np.abs(p - q).max() for p, q in zip(pair, e.strategies, strict=True))
                <= PROBABILITY
                for e in known
                for pair in [proposed.strategies]
            )


def test_nashpy_adds_certified_equilibria_to_a_partial_set() -> None:
    """Where the budget ended: what one method leaves out the other may find."""
    payoffs = random_payoffs(FEW, 1, 3, 4, seed=5)[0]
    plain = solve(labelled(payoffs), budget=0.0)
    more = solve(labelled(payoffs), budget=0.0, nashpy=True)
    assert str(plain.completeness) != "complete"
    assert str(more.completeness) == "partial"  # found, but no proof that there are no others
    added = [each for each in more.at() if each.proposed_by == "nashpy"]
    assert len(added) == int(more.count) - int(plain.count)
    for each in more.at():
        assert regret_by_hand(payoffs, each.strategies) <= REGRET
    assert pure_equilibria(payoffs) <= {each.profile for each in more.at()}


# --- the certifier --------------------------------------------------------------------------------


def test_a_profile_that_is_no_equilibrium_is_refused_and_costs_the_claim(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    game = two_player([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    batch = labelled(game.payoffs[None])

    def proposed(*strategies: tuple[float, float]) -> Candidate:
        return Candidate(tuple(np.array(s) for s in strategies), "nashpy")

    right, wrong = proposed((1, 0), (1, 0)), proposed((1, 0), (0, 1))
    hardly = proposed((1, 0), (1 - 1e-8, 1e-8))  # regret 1e-8 of a span of 2
    unknown = proposed((np.nan, 1), (1, 0))
    again = proposed((1, 0), (1 - 1e-12, 1e-12))
    certified, refused = certify(game, [right, wrong, hardly, unknown, again])
    assert [each for each, _ in certified] == [right]
    assert [each for each, _ in refused] == [wrong, hardly, unknown]
    module = import_module("negotiation.games.solve")
    for candidates, claim, count in (
        ([right, again], "complete", 1),
        ([right, wrong], "partial", 1),
        ([right, hardly], "partial", 1),
        ([wrong], "empty", 0),
        ([], "empty", 0),
    ):
        listing, lost = assemble(batch, [candidates])
        assert listing.count.tolist() == [count]
        bad = [each for each in candidates if each is wrong or each is hardly]
        assert lost == ({0} if bad else set())
        proposal = (candidates, Completeness.COMPLETE, False)
        with monkeypatch.context() as patch:
            patch.setattr(module, "_settle", lambda *_, proposal=proposal, **__: proposal)
            got = solve(batch, exact=True)
        assert str(got.completeness[0]) == claim
        assert [each.profile for each in got.at((0,))] == ["x0/y0"] * count


# --- three players --------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(2, 2, 2), (2, 3, 2), (3, 2, 4)])
def test_pure_equilibria_of_three_players(sizes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(sum(sizes))
    payoffs = rng.integers(0, 5, (60, 3, *sizes)).astype(float)
    # Without time for mixed ones: other tests look for these.
    got = solve(labelled(payoffs, players=3), budget=0.0)
    counts = []
    for b, table in enumerate(payoffs):
        wanted = set()
        for profile in product(*map(range, sizes)):
            deviations = [
                table[(p, *profile[:p], a, *profile[p + 1 :])]
                for p in range(3)
                for a in range(sizes[p])
                if table[(p, *profile[:p], a, *profile[p + 1 :])] > table[(p, *profile)]
            ]
            if not deviations:
                wanted.add("/".join(f"{name}{a}" for name, a in zip("xyz", profile, strict=True)))
        found = got.at((b,))
        assert len({each.profile for each in found}) == len(found)
        pure = [each for each in found if all(s.max() == 1.0 for s in each.strategies)]
        assert {each.profile for each in pure} == wanted
        assert str(got.completeness[b]) in (("partial", "complete") if found else ("empty",))
        for each in found:
            assert regret_by_hand(table, each.strategies) <= REGRET
        for each in pure:
            assert regret_by_hand(table, each.strategies) == 0.0
            at = tuple(int(np.argmax(s)) for s in each.strategies)
            np.testing.assert_array_equal(each.payoffs, [table[(p, *at)] for p in range(3)])
        counts.append(len(wanted))
    assert min(counts) == 0  # some games have none
    assert max(counts) > 1  # and some several


def test_three_players_with_a_payoff_that_is_not_finite() -> None:
    payoffs = np.zeros((2, 3, 2, 2, 2))
    payoffs[1, 2, 0, 1, 0] = np.nan
    got = solve(labelled(payoffs, players=3))
    assert got.count.tolist() == [8, 0]
    assert got.completeness.tolist() == ["partial", "empty"]


def test_regret_of_three_players_by_hand() -> None:
    rng = np.random.default_rng(2)
    payoffs = rng.normal(size=(20, 3, 2, 3, 2))
    strategies = [rng.dirichlet(np.ones(k), size=20) for k in (2, 3, 2)]
    got = labelled(payoffs, players=3).regret(strategies)
    wanted = [regret_by_hand(payoffs[b], [s[b] for s in strategies]) for b in range(20)]
    # Sums of twelve products of numbers below one.
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-14)


# --- selection ------------------------------------------------------------------------------------


@cache
def several() -> EquilibriumSet:
    """Return games of which many have several equilibria, and one that has none found."""
    payoffs = mixed_bag(30, 3, 3)
    payoffs[0, 0, 0, 0] = np.nan
    return solve(labelled(payoffs))


@pytest.mark.parametrize("rule", ["pareto", "best_for_x", "best_for_y"])
def test_a_selection_is_in_the_set_and_reports_the_spread(rule: str) -> None:
    found = several()
    got = select(found, rule)
    assert got.rule == rule
    assert (found.count > 2).sum() > 10
    for b in range(len(found.count)):
        each = found.at((b,))
        if not each:
            assert got.index[b] == -1
            assert got.support[b] == ""
            for array in (got.payoffs, got.lowest, got.highest, got.regret, *got.strategies):
                assert np.isnan(array[b]).all()
            continue
        chosen = each[got.index[b]]
        values = np.array([e.payoffs for e in each])
        np.testing.assert_array_equal(got.payoffs[b], chosen.payoffs)
        np.testing.assert_array_equal(got.lowest[b], values.min(axis=0))
        np.testing.assert_array_equal(got.highest[b], values.max(axis=0))
        assert got.regret[b] == chosen.regret
        assert got.support[b] == chosen.support
        for p in range(2):
            np.testing.assert_array_equal(got.strategies[p][b], chosen.strategies[p])
        dominated = (values >= chosen.payoffs).all(axis=1) & (values > chosen.payoffs).any(axis=1)
        if rule == "pareto":
            assert not dominated.any()
        else:
            player = "xy".index(rule[-1])
            assert chosen.payoffs[player] == values[:, player].max()
    assert sum(got.index == -1) == 1


def test_scaled_welfare_takes_the_largest_scaled_sum() -> None:
    # (3, 1) and (1, 2) are undominated. Scaled by spans of 3 and 20: 1.95 and 1.33.
    a, b = [[3.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [-18.0, 2.0]]
    got = select(solve(two_player(a, b)), "scaled_welfare")
    assert str(got.support) == "x0/y0"
    # The second player in cents: its span grows with its payoffs, the choice stays.
    got = select(solve(two_player(a, (100 * np.array(b)).tolist())), "scaled_welfare")
    assert str(got.support) == "x0/y0"


def test_an_unknown_rule_is_named_with_the_nearest() -> None:
    found = several()
    with pytest.raises(ParameterError, match=r"'best_for_xx'.*did you mean 'best_for_x'"):
        select(found, "best_for_xx")
    with pytest.raises(ParameterError, match=r"choose from pareto.* best_for_x, best_for_y"):
        select(found, "loudest")


# --- margins --------------------------------------------------------------------------------------


def supports(m: int, n: int) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    return [
        (rows, columns)
        for k in range(1, min(m, n) + 1)
        for rows in combinations(range(m), k)
        for columns in combinations(range(n), k)
    ]


@pytest.mark.parametrize(("m", "n", "count"), [(2, 2, 200), (2, 3, 150), (3, 3, 120)])
def test_margin_is_positive_exactly_for_the_supports_of_equilibria(
    m: int, n: int, count: int
) -> None:
    payoffs = random_payoffs(FLOAT, count, m, n, seed=17)
    game = labelled(payoffs)
    margins = {support: support_margin(game, support) for support in supports(m, n)}
    positive = 0
    for b in range(count):
        truth = oracle(payoffs[b])
        assert not truth.degenerate
        equilibria = {
            tuple(tuple(i for i, q in enumerate(s) if q) for s in profile)
            for profile in truth.extreme_equilibria
        }
        for support, margin in margins.items():
            assert (margin[b] > 0) == (support in equilibria), (b, support)
            positive += support in equilibria
    assert positive >= count  # Nash


def test_margin_by_hand() -> None:
    # Matching pennies, but the row player wins w at the first cell: y = (1, w) / (1 + w).
    for w in (0.25, 1.0):
        game = labelled(np.array([[[[w, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]]))
        y = 1.0 / (1.0 + w)  # w y = 1 - y
        margin = float(support_margin(game, [[0, 1], [0, 1]])[0])
        assert margin == pytest.approx(min(0.5, y, 1 - y), abs=1e-15)
    # Pure: what the worse reply costs, payoffs scaled: 3/8 for the row player, 1/2 for the column.
    game = labelled(np.array([[[[8.0, 0.0], [5.0, 1.0]], [[4.0, 2.0], [4.0, 0.0]]]]))
    assert float(support_margin(game, [[0], [0]])[0]) == pytest.approx(3 / 8, abs=1e-15)
    assert float(support_margin(game, [[1], [0]])[0]) == pytest.approx(-3 / 8, abs=1e-15)


def test_margin_is_not_defined_for_unequal_or_indifferent_supports() -> None:
    game = labelled(np.zeros((1, 2, 2, 2)))
    assert np.isnan(support_margin(game, [[0], [0, 1]])).all()
    assert np.isnan(support_margin(game, [[0, 1], [0, 1]])).all()


def path(t: Array) -> Game:
    """Return games in which the row player's second action gains as t rises.

    Against the column player's first action it pays t, the first pays 0.4; the payoffs 0 and 1 of
    each player stay put, so the scale does. x0/y0 for t below 0.4, x1/y0 above.
    """
    t = np.asarray(t, dtype=float)
    payoffs = np.zeros((*t.shape, 2, 2, 2))
    payoffs[..., 0, 0, 0] = 0.4
    payoffs[..., 0, 1, 0] = t
    payoffs[..., 0, 0, 1] = 1.0
    payoffs[..., 1, 0, 0] = payoffs[..., 1, 1, 0] = 1.0
    return labelled(payoffs)


def test_margin_vanishes_at_a_boundary_and_is_continuous() -> None:
    t = np.linspace(0.0, 0.8, 801)
    before, after = (support_margin(path(t), [[row], [0]]) for row in (0, 1))
    # The margin is 0.4 - t, so it moves as t does; 1e-15 is rounding.
    np.testing.assert_allclose(before, 0.4 - t, rtol=0, atol=1e-15)
    np.testing.assert_allclose(after, t - 0.4, rtol=0, atol=1e-15)
    at = path(np.array([0.4]))
    assert support_margin(at, [[0], [0]])[0] == support_margin(at, [[1], [0]])[0] == 0.0
    boundary = solve(at)
    assert set(boundary.supports[0]) == {"x0/y0", "x1/y0"}
    assert len(set(boundary.component[0])) == 1  # one component joins the two regimes
    assert bool(boundary.degenerate[0])


def test_margin_of_a_mixture_vanishes_where_the_mixture_becomes_pure() -> None:
    """An equilibrium in which both mix ends where one probability reaches zero."""

    def game(t: Array) -> Game:
        # Column indifferent at x = (1 - t, t); row at y = (1/2, 1/2).
        row = np.broadcast_to([[1.0, 0.0], [0.0, 1.0]], (len(t), 2, 2))
        column = np.array([[[0.0, s], [1.0, s]] for s in t])
        return labelled(np.stack([row, column], axis=1))

    t = np.linspace(-0.3, 0.45, 76)
    margin = support_margin(game(t), [[0, 1], [0, 1]])
    # The column player's payoffs span [min(0, t), 1]; probabilities do not depend on it.
    np.testing.assert_allclose(margin, t, rtol=0, atol=1e-15)
    for each, m in zip(t, margin, strict=True):
        if abs(m) > TIE:
            found = {e.support for e in solve(game(np.array([each]))).at((0,))}
            assert ("x0+x1/y0+y1" in found) == (m > 0)


@examples(40)
@given(st.integers(0, 2**32 - 1))
def test_margin_moves_no_more_than_the_payoffs_do(seed: int) -> None:
    """Pure supports: the margin is a smallest difference of two payoffs, so Lipschitz 2."""
    rng = np.random.default_rng(seed)
    payoffs = rng.random((2, 3, 3))
    payoffs[:, 0, 0], payoffs[:, 2, 2] = 0.0, 1.0  # fix the scale
    moved = np.clip(payoffs + rng.uniform(-1, 1, payoffs.shape) * 10.0 ** rng.uniform(-8, -1), 0, 1)
    moved[:, 0, 0], moved[:, 2, 2] = 0.0, 1.0
    game = labelled(np.stack([payoffs, moved]))
    for support in supports(3, 3)[:9]:
        one, other = support_margin(game, support)
        assert abs(one - other) <= 2 * np.abs(moved - payoffs).max() + 1e-15


def test_supports_in_words_and_back() -> None:
    found = solve(labelled(mixed_bag(10, 3, 3)))
    for b in range(len(found.count)):
        for each in found.at((b,)):
            played = [np.flatnonzero(s > 1e-7).tolist() for s in each.strategies]
            assert indices(found.game, each.support) == played


def test_mixtures_in_words() -> None:
    got = solve(two_player([[3, 0], [0, 1]], [[1, 0], [0, 1]])).at()
    assert {each.profile for each in got} == {
        "x0/y0",
        "x1/y1",
        "50% x0 + 50% x1/25% y0 + 75% y1",
    }
