"""Dominated actions, their elimination, best replies: textbook games, brute force, invariance."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from negotiation.errors import PayoffError
from negotiation.games import solve
from negotiation.games.dominance import Strictness, dominance, eliminate, pure_dominance
from negotiation.games.game import Array, Game
from negotiation.games.replies import best_replies, rationalizable
from negotiation.tolerances import TIE
from tests.drawn import first
from tests.oracles.compare_sets import two_player

DILEMMA = two_player([[3, 0], [5, 1]], [[3, 5], [0, 1]])
#: The middle row is beaten by half of each other row, by neither alone.
MIDDLE = two_player([[4, 0], [1, 1], [0, 4]], [[1, 0], [1, 1], [0, 1]])


def random_game(rng: np.random.Generator, *sizes: int, high: int = 4) -> Game:
    actions = tuple(tuple(f"{'xyz'[p]}{i}" for i in range(n)) for p, n in enumerate(sizes))
    players = ("one", "two", "three")[: len(sizes)]
    return Game(players, actions, rng.integers(0, high, (len(sizes), *sizes)).astype(float))


def own_table(game: Game, player: int) -> Array:
    table: Array = np.moveaxis(game.payoffs[player], player, 0)
    return table.reshape(len(game.actions[player]), -1)


def words(game: Game, *, mixed: bool = True) -> set[str]:
    return {str(each) for each in dominance(game, mixed=mixed)}


# --- dominance -------------------------------------------------------------------------------


def test_the_dilemma_has_one_strictly_dominated_action_each() -> None:
    row, column = dominance(DILEMMA)
    assert (row.kind, row.action, row.dominated_by) == (
        Strictness.STRICT,
        DILEMMA.actions[0][0],
        DILEMMA.actions[0][1],
    )
    assert (row.least, row.most) == (1.0, 2.0)
    assert (column.kind, column.pure) == (Strictness.STRICT, True)


def test_a_mixture_dominates_where_no_pure_action_does() -> None:
    assert not dominance(MIDDLE, mixed=False)
    (found,) = dominance(MIDDLE)
    assert found.kind is Strictness.STRICT
    assert not found.pure
    np.testing.assert_allclose(found.by, [0.5, 0.0, 0.5], atol=1e-9)
    assert found.least == pytest.approx(1.0)


def test_weak_dominance_and_ties_are_kept_apart() -> None:
    weak = two_player([[1, 1], [1, 0], [0, 1]], [[0, 0], [0, 0], [0, 0]])
    kinds = {(each.player, each.action): each.kind for each in dominance(weak)}
    rows, columns = weak.actions
    assert kinds == {
        (weak.players[0], rows[1]): Strictness.WEAK,
        (weak.players[0], rows[2]): Strictness.WEAK,
        (weak.players[1], columns[0]): Strictness.TIE,
        (weak.players[1], columns[1]): Strictness.TIE,
    }


@pytest.mark.parametrize(
    ("edge", "kind"), [(0.5 * TIE, Strictness.TIE), (2.0 * TIE, Strictness.STRICT)]
)
def test_a_lead_below_the_tolerance_is_a_tie(edge: float, kind: Strictness) -> None:
    game = two_player([[0, 1], [0 + edge, 1 + edge]], [[0, 1], [1, 0]])
    assert {each.kind for each in dominance(game) if each.action == game.actions[0][0]} == {kind}
    pure = pure_dominance(game)
    assert (pure.strict[0][0, 1], pure.tie[0][0, 1]) == (
        kind is Strictness.STRICT,
        kind is Strictness.TIE,
    )


@pytest.mark.parametrize("seed", first(10, range(30)))
def test_mixed_dominance_agrees_with_a_grid_of_mixtures(seed: int) -> None:
    game = random_game(np.random.default_rng(seed), 3, 4)
    found = {each.action: each for each in dominance(game) if each.player == "one"}
    own = own_table(game, 0)
    # Payoffs 0 to 3 and three actions: a dominating mixture of two has weights in steps of 1/60.
    for i, action in enumerate(game.actions[0]):
        a, b = (k for k in range(3) if k != i)
        gains = [
            (t * own[a] + (60 - t) * own[b]) / 60 - own[i]  # exact enough: integers over 60
            for t in range(61)
        ]
        strict = any(gain.min() > 1e-12 for gain in gains)
        weak = any(gain.min() >= -1e-12 and gain.max() > 1e-12 for gain in gains)
        if strict:
            assert found[action].kind is Strictness.STRICT
        elif weak:
            assert found[action].kind in (Strictness.WEAK, Strictness.STRICT)
        if action in found:
            evidence = found[action].by @ own - own[i]
            assert evidence.min() == pytest.approx(found[action].least, abs=1e-9)
            assert evidence.max() == pytest.approx(found[action].most, abs=1e-9)
            assert (evidence.min() > 0) == (found[action].kind is Strictness.STRICT)
            assert found[action].by[i] == 0.0


@pytest.mark.parametrize("seed", range(10))
def test_pure_dominance_of_a_batch_is_that_of_each_game(seed: int) -> None:
    rng = np.random.default_rng(seed)
    games = [random_game(rng, 2, 3, 2) for _ in range(5)]
    batch = Game(games[0].players, games[0].actions, np.stack([g.payoffs for g in games]))
    together = pure_dominance(batch)
    for b, game in enumerate(games):
        for p, size in enumerate(game.payoffs.shape[1:]):
            own = own_table(game, p)
            for i, k in product(range(size), repeat=2):
                gain = own[k] - own[i]
                assert together.strict[p][b, i, k] == (gain > 0).all()
                never_worse = bool((gain >= 0).all()) and not (gain > 0).all()
                assert together.weak[p][b, i, k] == (never_worse and (gain > 0).any())
                assert together.tie[p][b, i, k] == (i != k and (gain == 0).all())


def test_a_game_with_a_gap_has_no_dominated_action() -> None:
    payoffs = np.stack([DILEMMA.payoffs, DILEMMA.payoffs])
    payoffs[1, 0, 0, 0] = np.nan
    found = pure_dominance(Game(DILEMMA.players, DILEMMA.actions, payoffs))
    assert found.strict[0][0].any()
    assert not found.strict[0][1].any()


# --- elimination -----------------------------------------------------------------------------


def test_elimination_goes_round_by_round_and_maps_back() -> None:
    # Columns: the third is dominated at once; then the second row; then the second column.
    game = two_player([[2, 1, 0], [1, 0, 3]], [[3, 2, 0], [1, 2, 0]])
    found = eliminate(game)
    assert [len(each) for each in found.rounds] == [1, 1, 1]
    assert found.kept == ((0,), (0,))
    assert found.solved
    assert not found.order_dependent
    assert found.reduced.payoffs.tolist() == [[[2.0]], [[3.0]]]
    lifted = found.lift([np.ones(1), np.ones(1)])
    assert [own.tolist() for own in lifted] == [[1, 0], [1, 0, 0]]
    assert game.regret(lifted) == 0.0


@pytest.mark.parametrize("seed", first(5, range(20)))
def test_strict_elimination_keeps_all_equilibria_and_needs_no_order(seed: int) -> None:
    game = random_game(np.random.default_rng(seed), 4, 4, high=8)
    found = eliminate(game)
    assert found.kept == eliminate(game, order=["two", "one"]).kept
    assert found.kept == eliminate(game, order=["one", "two"]).kept
    for each in solve(game).at():
        for own, kept in zip(each.strategies, found.kept, strict=True):
            assert own[list(kept)].sum() == pytest.approx(1.0)
    assert not eliminate(found.reduced).rounds


def test_weak_elimination_depends_on_the_order_and_says_so() -> None:
    # Myerson's example: what is left depends on who goes first.
    game = two_player([[1, 1], [1, 0]], [[1, 1], [0, 1]])
    rows_first = eliminate(game, "weak", order=game.players)
    columns_first = eliminate(game, "weak", order=game.players[::-1])
    assert rows_first.kept == ((0,), (0, 1))
    assert columns_first.kept == ((0,), (1,))
    assert rows_first.order_dependent
    assert columns_first.order_dependent
    assert game.players[0] in rows_first.order
    assert not eliminate(DILEMMA, "weak").order_dependent


@pytest.mark.parametrize("seed", range(10))
def test_dominance_does_not_depend_on_units_or_on_who_is_first(seed: int) -> None:
    game = random_game(np.random.default_rng(seed), 3, 4)
    scale = np.array([1e6, 1e-3]).reshape(2, 1, 1)
    moved = Game(game.players, game.actions, game.payoffs * scale + 7.0)
    assert words(moved) == words(game)
    swapped = Game(
        game.players[::-1], game.actions[::-1], np.swapaxes(game.payoffs, 1, 2)[::-1].copy()
    )
    assert words(swapped) == words(game)


def test_what_is_asked_wrongly_is_refused() -> None:
    with pytest.raises(PayoffError, match="choose it with"):
        dominance(Game(DILEMMA.players, DILEMMA.actions, np.zeros((3, 2, 2, 2))))
    with pytest.raises(PayoffError, match="strict or weak"):
        eliminate(DILEMMA, "mild")
    with pytest.raises(PayoffError, match="name every one of"):
        eliminate(DILEMMA, order=DILEMMA.players[:1])
    with pytest.raises(PayoffError, match="is not a player"):
        eliminate(DILEMMA, order=["nobody"])
    with pytest.raises(PayoffError, match="not one"):
        dominance(Game(DILEMMA.players, DILEMMA.actions, np.full((2, 2, 2), np.nan)))


# --- replies ---------------------------------------------------------------------------------


def test_replies_by_hand() -> None:
    replies = best_replies(DILEMMA, [[0.5, 0.5], [1.0, 0.0]])
    np.testing.assert_allclose(replies.values[0], [3, 5])
    np.testing.assert_allclose(replies.expected, [4, 1.5])
    np.testing.assert_allclose(replies.gain, [1, 1.5])
    assert replies.regret == pytest.approx(1.5 / 5)
    assert [own.tolist() for own in replies.best] == [[False, True], [False, True]]


def test_replies_of_a_batch_and_ties() -> None:
    pennies = two_player([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    batch = Game(pennies.players, pennies.actions, np.stack([pennies.payoffs] * 3))
    row = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    replies = best_replies(batch, [row, np.array([0.5, 0.5])])
    assert replies.best[0].all()
    assert replies.best[1].tolist() == [[False, True], [True, True], [True, False]]
    np.testing.assert_allclose(replies.regret, [0.5, 0.0, 0.5])


def test_a_tie_is_judged_in_the_units_of_the_game() -> None:
    # Half a tolerance and twice a tolerance of a range of a million.
    for lead, tied in ((0.5 * TIE * 1e6, True), (2.0 * TIE * 1e6, False)):
        game = two_player([[0, 1e6], [lead, 1e6]], [[0, 1], [1, 0]])
        assert best_replies(game, ("x0", "y0")).best[0].tolist() == [tied, True]


def test_a_profile_may_be_names_or_an_equilibrium() -> None:
    (only,) = solve(DILEMMA).at()
    names = tuple(actions[1] for actions in DILEMMA.actions)
    for given in (only, names):
        assert best_replies(DILEMMA, given).regret == 0.0
    with pytest.raises(PayoffError, match="sum to one"):
        best_replies(DILEMMA, [[0.5, 0.4], [1, 0]])
    with pytest.raises(PayoffError, match="sum to one"):
        best_replies(DILEMMA, [[np.nan, np.nan], [1, 0]])
    with pytest.raises(PayoffError, match="sum to one"):
        best_replies(DILEMMA, [[1.5, -0.5], [1, 0]])
    with pytest.raises(PayoffError, match="one probability for each"):
        best_replies(DILEMMA, [[1.0], [1, 0]])
    with pytest.raises(PayoffError, match="expected one for each"):
        best_replies(DILEMMA, [[1.0, 0.0]])


@pytest.mark.parametrize("seed", first(5, range(15)))
def test_rationalizable_actions_come_with_a_belief_that_justifies_them(seed: int) -> None:
    game = random_game(np.random.default_rng(seed), 4, 3, high=9)
    found = rationalizable(game)
    for p in range(2):
        own = own_table(game, p)
        kept = found.elimination.kept[p]
        for i, belief in enumerate(found.beliefs[p]):
            if i not in kept:
                assert np.isnan(belief).all()
                continue
            values = own @ belief
            assert values[i] >= values.max() - 1e-8
            assert np.delete(belief, found.elimination.kept[1 - p]).sum() == 0.0


def test_rationalizability_takes_two_players() -> None:
    with pytest.raises(PayoffError, match="two players"):
        rationalizable(random_game(np.random.default_rng(0), 2, 2, 2))
