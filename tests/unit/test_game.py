"""`Game`: labels, payoffs by profile, expected payoffs and regret by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from negotiation.errors import PayoffError
from negotiation.games.game import Game
from tests.oracles.compare_sets import labelled, regret_by_hand

PLAYERS = ("exporter", "importer")
ACTIONS = (("accept", "retaliate"), ("refrain", "impose"))
TABLE: dict[Any, Any] = {
    ("accept", "refrain"): (0.0, 1.0),
    ("accept", "impose"): (-2.0, 3.0),
    ("retaliate", "refrain"): (-4.0, -5.0),
    ("retaliate", "impose"): (6.0, -7.0),
}


def build(changes: dict[Any, Any] | None = None, batch: tuple[int, ...] = ()) -> Game:
    return Game.from_profiles(PLAYERS, ACTIONS, {**TABLE, **(changes or {})}, batch)


# --- building ------------------------------------------------------------------------------------


def test_payoffs_stand_where_their_profile_says() -> None:
    game = build()
    assert game.players == PLAYERS
    assert game.actions == ACTIONS
    np.testing.assert_array_equal(game.payoffs[0], [[0, -2], [-4, 6]])
    np.testing.assert_array_equal(game.payoffs[1], [[1, 3], [-5, -7]])
    assert list(game.profiles) == list(TABLE)
    assert game.batch_shape == ()


def test_the_order_of_the_mapping_does_not_matter() -> None:
    turned = dict(reversed(TABLE.items()))
    game = Game.from_profiles(PLAYERS, ACTIONS, turned)
    np.testing.assert_array_equal(game.payoffs, build().payoffs)


def test_profiles_may_be_written_with_slashes() -> None:
    written = {"/".join(key): value for key, value in TABLE.items()}
    game = Game.from_profiles(PLAYERS, ACTIONS, written)
    np.testing.assert_array_equal(game.payoffs, build().payoffs)


def test_three_players() -> None:
    actions = (("a", "b"), ("c",), ("d", "e", "f"))
    table = {(x, "c", z): (ord(x), 0.0, ord(z)) for x in "ab" for z in "def"}
    game = Game.from_profiles(("p", "q", "r"), actions, table)
    assert game.payoffs.shape == (3, 2, 1, 3)
    np.testing.assert_array_equal(game.payoffs[0, :, 0, 2], [ord("a"), ord("b")])
    np.testing.assert_array_equal(game.payoffs[2, 1, 0], [ord("d"), ord("e"), ord("f")])


def test_a_missing_profile_is_named() -> None:
    table = dict(TABLE)
    del table["retaliate", "refrain"]
    with pytest.raises(PayoffError, match=r"'retaliate/refrain'.*3 of 4"):
        Game.from_profiles(PLAYERS, ACTIONS, table)


def test_a_misspelt_profile_is_named_with_the_nearest() -> None:
    with pytest.raises(
        PayoffError, match=r"'retaliate/imposes'.*did you mean 'retaliate/impose'"
    ) as caught:
        build({("retaliate", "imposes"): (0.0, 0.0)})
    for profile in TABLE:  # what would have been right
        assert "/".join(profile) in str(caught.value)


@pytest.mark.parametrize("cell", [(1.0,), (1.0, 2.0, 3.0), ()])
def test_the_wrong_number_of_payoffs_is_counted(cell: tuple[float, ...]) -> None:
    with pytest.raises(
        PayoffError, match=rf"'accept/impose' hold {len(cell)} numbers.*2.*exporter, importer"
    ):
        build({("accept", "impose"): cell})


@pytest.mark.parametrize("cell", [("much", 1.0), 3.0, (1.0, [2.0, "x"])])
def test_payoffs_that_are_no_numbers_are_shown(cell: object) -> None:
    with pytest.raises(PayoffError, match=r"'accept/impose' are .*expected numbers"):
        build({("accept", "impose"): cell})


def test_shapes_that_do_not_broadcast_are_shown() -> None:
    with pytest.raises(PayoffError, match=r"do not fit together.*\(2,\).*\(3,\)"):
        build({("accept", "refrain"): (np.zeros(2), 0.0), ("accept", "impose"): (0.0, np.zeros(3))})
    with pytest.raises(PayoffError, match=r"do not fit together.*\(3,\)"):
        build({("accept", "refrain"): (np.zeros(3), 0.0)}, batch=(2,))


@pytest.mark.parametrize(
    ("players", "actions", "shape", "words"),
    [
        (("one",), (("a", "b"),), (1, 2), "at least two players"),
        (("one", "two"), (("a", "b"),), (2, 2), "2 players with 1 lists"),
        (("one", "two"), (("a", "b"), ()), (2, 2, 0), "'two' has no action"),
        (("one", "two"), (("a", "b"), ("c",)), (2, 1, 2), r"shape \(2, 1, 2\).*2, 2, 1"),
        (("one", "two"), (("a", "b"), ("c",)), (2, 1), r"shape \(2, 1\).*2, 2, 1"),
    ],
)
def test_payoffs_that_do_not_fit_the_labels(
    players: tuple[str, ...],
    actions: tuple[tuple[str, ...], ...],
    shape: tuple[int, ...],
    words: str,
) -> None:
    with pytest.raises(PayoffError, match=words):
        Game(players, actions, np.zeros(shape))


# --- batches -------------------------------------------------------------------------------------


def test_arrays_over_the_batch_broadcast() -> None:
    tariff, share = np.array([[1.0], [2.0], [3.0]]), np.array([10.0, 20.0])
    game = build({("accept", "impose"): (-tariff * share, tariff)})
    assert game.batch_shape == (3, 2)
    assert game.payoffs.shape == (3, 2, 2, 2, 2)
    np.testing.assert_array_equal(game.payoffs[..., 0, 0, 1], -tariff * share)
    np.testing.assert_array_equal(game.payoffs[..., 1, 0, 1], np.broadcast_to(tariff, (3, 2)))
    assert (game.payoffs[..., 0, 1, 0] == -4.0).all()  # a number holds all over the batch
    np.testing.assert_array_equal(game.at((2, 1)).payoffs, game.payoffs[2, 1])
    assert game.at((2, 1)).batch_shape == ()
    np.testing.assert_array_equal(game.flat().payoffs, game.payoffs.reshape(6, 2, 2, 2))


def test_the_batch_is_at_least_as_large_as_asked() -> None:
    game = build(batch=(4, 3))
    assert game.batch_shape == (4, 3)
    assert (game.payoffs == build().payoffs).all()


def test_scaled_payoffs_of_each_game_reach_from_zero_to_one() -> None:
    rng = np.random.default_rng(1)
    payoffs = rng.normal(size=(7, 2, 3, 4)) * 10.0 ** rng.integers(-6, 7, (7, 2, 1, 1))
    game = labelled(payoffs)
    for b in range(7):
        for p in range(2):
            table, scaled = payoffs[b, p], game.scaled[b, p]
            assert game.span[b, p] == table.max() - table.min()
            assert scaled.min() == 0.0
            assert scaled.max() == 1.0
            # A subtraction and a division: a few roundings.
            np.testing.assert_allclose(
                scaled, (table - table.min()) / (table.max() - table.min()), rtol=1e-15, atol=0
            )


def test_a_player_to_whom_all_is_one_has_span_one() -> None:
    game = labelled(np.full((2, 2, 2), 5.0))
    assert (game.span == 1.0).all()
    assert (game.scaled == 0.0).all()
    assert float(game.regret([np.array([0.3, 0.7]), np.array([1.0, 0.0])])) == 0.0


# --- expected payoffs and regret -----------------------------------------------------------------


def test_expected_payoffs_by_hand() -> None:
    x, y = np.array([0.25, 0.75]), np.array([0.5, 0.5])
    # Each profile: 1/8 of accept's two, 3/8 of retaliate's two. All exact in binary.
    wanted = [(0 - 2) / 8 + 3 * (-4 + 6) / 8, (1 + 3) / 8 + 3 * (-5 - 7) / 8]
    assert build().expected([x, y]).tolist() == wanted == [0.5, -4.0]


def test_value_of_each_action_by_hand() -> None:
    x, y = np.array([0.25, 0.75]), np.array([0.5, 0.5])
    ours, theirs = build().values([x, y])
    assert ours.tolist() == [-1.0, 1.0]
    assert theirs.tolist() == [0.25 * 1 - 0.75 * 5, 0.25 * 3 - 0.75 * 7]


def test_regret_by_hand() -> None:
    x, y = np.array([0.25, 0.75]), np.array([0.5, 0.5])
    # Exporter: best 1, has 0.5, span 10. Importer: best -3.5, has -4, span 10.
    assert float(build().regret([x, y])) == pytest.approx(0.05, abs=1e-16)
    # At accept/impose the exporter would rather retaliate: 8 of a span of 10.
    assert float(build().regret(build().pure(("accept", "impose")))) == pytest.approx(
        0.8, abs=1e-16
    )


def test_regret_is_never_negative_and_has_the_batch_shape() -> None:
    rng = np.random.default_rng(3)
    game = labelled(rng.normal(size=(5, 4, 2, 2, 3)))
    x, y = rng.dirichlet(np.ones(2), (5, 4)), rng.dirichlet(np.ones(3), (5, 4))
    regret = game.regret([x, y])
    assert regret.shape == (5, 4)
    for index in np.ndindex(5, 4):
        by_hand = regret_by_hand(game.payoffs[index], [x[index], y[index]])
        # Sums of six products of numbers of order one, in another order.
        assert regret[index] == pytest.approx(by_hand, abs=1e-14)
        np.testing.assert_allclose(
            game.expected([x, y])[index],
            [x[index] @ table @ y[index] for table in game.payoffs[index]],
            rtol=0,
            atol=1e-13,
        )
    assert (regret >= 0.0).all()


def test_one_strategy_serves_a_whole_batch() -> None:
    game = build({("accept", "refrain"): (np.array([0.0, 100.0]), 1.0)})
    got = game.expected(game.pure(("accept", "refrain")))
    np.testing.assert_array_equal(got, [[0.0, 1.0], [100.0, 1.0]])


# --- pure profiles -------------------------------------------------------------------------------


def test_pure_profiles_by_label() -> None:
    game = build()
    for profile, wanted in TABLE.items():
        assert tuple(game.expected(game.pure(profile))) == wanted
    x, y = game.pure(("retaliate", "refrain"))
    assert x.tolist() == [0.0, 1.0]
    assert y.tolist() == [1.0, 0.0]


def test_an_unknown_action_is_named_with_player_and_nearest() -> None:
    with pytest.raises(PayoffError, match=r"'impos'.*importer.*did you mean 'impose'"):
        build().pure(("accept", "impos"))


def test_a_profile_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(PayoffError, match=r"the profile is \('accept',\); expected one action for"):
        build().pure(("accept",))
