"""Explanations: what they say is true, of whom, in which units; and the guide's examples run."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import numpy as np
import pytest

from negotiation.errors import PayoffError
from negotiation.games import solve
from negotiation.games.game import Game
from negotiation.report.profile import explain
from tests.oracles.compare_sets import two_player
from tests.unit.test_dominance import DILEMMA, random_game

GUIDE = Path(__file__).parents[2] / "docs" / "games.md"

CHICKEN = Game(
    ("Canada", "US"),
    (("yield", "stand firm"),) * 2,
    np.array([[[0, -1], [1, -10]], [[0, 1], [-1, -10]]], dtype=float),
)
#: The column player does not care in the first row.
DEGENERATE = two_player([[1, 1], [0, 2]], [[3, 3], [2, 1]])


def test_a_pure_equilibrium_in_words() -> None:
    said = explain(CHICKEN, ("yield", "stand firm"), solve(CHICKEN), unit="bn USD a year")
    assert said == [
        "This is an equilibrium: neither Canada nor US gains by changing its action alone.",
        "Canada plays yield and gets -1 bn USD a year.",
        "Its only other action, stand firm, would earn -10, a loss of 9.",
        "Its choice remains best as long as it expects US to play stand firm with a probability of "
        "at least 10%.",
        "US plays stand firm and gets 1 bn USD a year.",
        "Its only other action, yield, would earn 0, a loss of 1.",
        "Its choice remains best as long as it expects Canada to play yield with a probability of "
        "at least 90%.",
        "The game has two other equilibria: stand firm/yield and (90% yield + 10% stand firm)/"
        "(90% yield + 10% stand firm).",
    ]


def test_a_mixture_says_what_keeps_it_and_what_would_tip_it() -> None:
    said = explain(CHICKEN, [[0.9, 0.1], [0.9, 0.1]])
    assert said[1:4] == [
        "Canada plays yield with 90% and stand firm with 10% and gets -0.1 on average.",
        "Both earn it the same because US plays yield with 90% and stand firm with 10%.",
        "Were US to play stand firm with more than 10% (and yield otherwise), Canada would prefer "
        "yield to stand firm; with less, stand firm to yield.",
    ]
    # And so it is.
    (bolder,), (meeker,) = (
        [CHICKEN.values([np.eye(2)[0], np.array([1 - q, q])])[0]] for q in (0.11, 0.09)
    )
    assert bolder[0] > bolder[1]
    assert meeker[0] < meeker[1]


def test_a_dominant_action_is_called_best_whatever_happens() -> None:
    said = explain(DILEMMA, ("x1", "y1"), solve(DILEMMA))
    assert "Its choice is best whatever y may do." in said
    assert said[-1] == "The game has no other equilibrium."


def test_a_profile_that_is_none_names_who_deviates_and_the_gain() -> None:
    both = explain(DILEMMA, ("x0", "y0"), solve(DILEMMA))
    assert both == [
        "This is not an equilibrium: x and y would each gain by deviating alone.",
        "X plays x0 and gets 3; x1 would earn 5, a gain of 2.",
        "Y plays y0 and gets 3; y1 would earn 5, a gain of 2.",
        "The game has one equilibrium: x1/y1.",
    ]
    one = explain(DILEMMA, ("x0", "y1"))
    assert one[0] == "This is not an equilibrium: x would gain by deviating alone."
    assert one[1] == "X plays x0 and gets 0; x1 would earn 1, a gain of 1."
    assert one[3] == "Its only other action, y0, would earn 3, a loss of 2."


def test_ties_and_continua_are_told() -> None:
    found = solve(DEGENERATE)
    said = explain(DEGENERATE, ("x0", "y0"), found)
    assert (
        "With y1 it would earn just as much, so nothing but the equilibrium itself speaks for y0."
        in said
    )
    assert said[-1] == (
        "The game has infinitely many equilibria; the extreme one besides this is "
        "x0/(50% y0 + 50% y1). A continuum of equilibria joins this one to x0/(50% y0 + 50% y1)."
    )
    within = explain(DEGENERATE, [[1, 0], [0.75, 0.25]], found)
    assert within[0].startswith("This is an equilibrium")
    assert "Both earn it the same against what the other plays." in within
    assert within[-1].startswith("The game has infinitely many equilibria; the extreme ones are ")


def test_several_alternatives_and_many_equilibria() -> None:
    stakes = np.diag([1.0, 2.0, 3.0, 4.0])
    game = two_player(stakes.tolist(), stakes.tolist())
    said = explain(game, ("x3", "y3"), solve(game))
    assert said[2] == "Its best alternatives, x0, x1 and x2, would earn 0, a loss of 4."
    assert said[-1].startswith("The game has 14 other equilibria: ")
    assert said[-1].endswith(" and 11 more.")


def test_the_best_alternative_is_the_one_that_is_named() -> None:
    game = two_player([[9, 0], [4, 0], [7, 0]], [[1, 0], [1, 0], [1, 0]])
    assert explain(game, ("x0", "y0"))[2] == (
        "Its best alternative, x2, would earn 7, a loss of 2."
    )


def test_three_players_and_a_set_that_is_not_complete() -> None:
    table = np.zeros((3, 2, 2, 2))
    table[:, 0, 0, 0], table[:, 1, 1, 1] = 3.0, 1.0
    game = Game(("US", "Canada", "Mexico"), (("open", "close"),) * 3, table)
    said = explain(game, ("open",) * 3)
    assert said[0] == (
        "This is an equilibrium: none of US, Canada and Mexico gains by changing its action alone."
    )
    # Closing pays 1 if both others close: 3p >= 1 - p.
    assert said[3] == (
        "Its choice remains best as long as it thinks it at least 25% likely that Canada plays "
        "open and Mexico plays open."
    )


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("sizes", [(3, 3), (2, 3, 2)])
def test_numbers_in_sentences_are_those_of_the_game(seed: int, sizes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    game = random_game(rng, *sizes, high=50)
    for profile in game.profiles:
        strategies = game.pure(profile)
        said = explain(game, profile)
        assert said[0].startswith("This is an eq") == (game.regret(strategies) <= 1e-9)
        expected, values = game.expected(strategies), game.values(strategies)
        for p, player in enumerate(game.players):
            (own,) = (s for s in said if s.startswith(f"{player.capitalize()} plays {profile[p]} "))
            (earned,) = re.findall(r"gets (-?[\d.]+)", own)
            assert float(earned) == expected[p]
            gain = values[p].max() - expected[p]
            if gain > 0:
                assert f"would earn {values[p].max():g}, a gain of {gain:g}" in own.replace(
                    " each", ""
                )


def test_numbers_keep_their_digits_in_any_unit() -> None:
    game = two_player([[25189.3, 0], [0, 0.00123456]], [[3e-9, 0], [0, 1]])
    said = explain(game, ("x0", "y0"))
    assert "X plays x0 and gets 25,189." in said
    assert "Y plays y0 and gets 3e-09." in said or "Y plays y0 and gets 0.000000003." in said
    small = explain(two_player([[3e-9, 0], [0, 1e-9]], [[3e8, 0], [0, 1e8]]), ("x0", "y0"))
    assert "X plays x0 and gets 3e-09." in small
    assert "Y plays y0 and gets 300,000,000." in small


def test_rows_of_a_batch_are_chosen_by_index() -> None:
    batch = Game(CHICKEN.players, CHICKEN.actions, np.stack([CHICKEN.payoffs, -CHICKEN.payoffs]))
    found = solve(batch)
    single = explain(CHICKEN, ("yield", "stand firm"), solve(CHICKEN))
    assert explain(batch, ("yield", "stand firm"), found, index=(0,)) == single
    assert explain(batch, ("yield", "stand firm"), found, index=(1,)) != single
    with pytest.raises(PayoffError, match="choose it with"):
        explain(batch, ("yield", "stand firm"))


def test_the_guide_runs_as_it_stands() -> None:
    done = doctest.testfile(str(GUIDE), module_relative=False)
    assert done.attempted > 20
    assert done.failed == 0
