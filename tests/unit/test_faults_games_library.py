"""Games as a library: short in print, safe in a notebook, our own errors, and they pickle."""

# mypy: disable-error-code="arg-type"
# What is given here is wrong on purpose, or a list where a type checker wants an array.

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import nashpy
import numpy as np
import pytest

from negotiation.errors import NegotiationError
from negotiation.games import indices, select, solve
from negotiation.games.comparison import compare, p_dominance, risk_dominance
from negotiation.games.correlated import correlated, correlated_range
from negotiation.games.dominance import dominance, eliminate, pure_dominance
from negotiation.games.files import backward_induction, from_nashpy, parse
from negotiation.games.game import Game
from negotiation.games.logit import logit_branch
from negotiation.games.replies import best_replies, rationalizable
from negotiation.games.sequential import commitment, sequential
from negotiation.games.stability import stability
from negotiation.report.profile import explain

PLAYERS = ("canada", "us")
ACTIONS = (("yield", "stand firm"), ("refrain", "impose"))
PAYOFFS = [[[0.0, -2.0], [1.0, -8.0]], [[1.0, 2.0], [-1.0, -5.0]]]
NASTY = ("<script>alert(1)</script>", "a\x1b]0;title\x07")


def game() -> Game:
    return Game(PLAYERS, ACTIONS, np.array(PAYOFFS))


def batch(size: int = 500) -> Game:
    return Game(PLAYERS, ACTIONS, np.random.default_rng(0).random((size, 2, 2, 2)))


TREE = """EFG 2 R "Entry" { "entrant" "incumbent" }
p "" 1 1 "" { "out" "in" } 0
t "" 1 "" { 0 2 }
p "" 2 1 "" { "fight" "yield" } 0
t "" 2 "" { -1 -1 }
t "" 3 "" { 1 1/3 }
"""


# --- in print -------------------------------------------------------------------------------------


def test_a_game_is_short_in_print() -> None:
    assert repr(game()) == "Game(canada 2 x us 2)"
    assert repr(batch()) == "Game(canada 2 x us 2, batch (500,))"
    found = solve(game())
    assert repr(found).startswith("EquilibriumSet(3 equilibria, complete: yield/impose, ")
    assert repr(found.at()[0]) == "Equilibrium(yield/impose: canada -2, us 2; regret 0.0e+00)"
    many = solve(batch())
    assert repr(many).startswith(f"EquilibriumSet({len(many.listing.regret)} equilibria of 500 g")
    assert repr(select(found)) == "Selection(pareto: yield/impose)"
    assert repr(select(many)) == "Selection(pareto, of 500 games)"
    for each in (many, many.listing, batch(), select(many), parse(TREE), parse(TREE).tree):
        assert len(repr(each)) < 150
        assert "\n" not in repr(each)


def test_a_set_without_equilibria_is_printed_too() -> None:
    found = solve(Game(PLAYERS, ACTIONS, np.full((2, 2, 2), np.nan)))
    assert repr(found) == "EquilibriumSet(0 equilibria, empty)"
    assert "0 equilibria, empty" in found._repr_html_()
    assert repr(select(found)) == "Selection(pareto: none)"


@pytest.mark.parametrize("exact", [False, True])
def test_a_notebook_shows_tables_and_no_markup_of_others(exact: bool) -> None:
    rationals = np.vectorize(Fraction, otypes=[object])(np.array(PAYOFFS)) / 3
    nasty = Game(NASTY, (NASTY, ACTIONS[1]), np.array(PAYOFFS) / 3, rationals if exact else None)
    found = solve(nasty)
    for each in (nasty, found):
        told = each._repr_html_()
        assert told.count("<table>") == 1
        assert "<script>" not in told
        assert "&lt;script&gt;" in told
        assert "\x1b" not in told
        assert "\x1b" not in repr(each)
    assert ("-8/3" in nasty._repr_html_()) == exact
    large = Game(PLAYERS, [[str(k) for k in range(40)]] * 2, np.zeros((2, 40, 40)))
    for summary in (batch(), solve(batch()), large):
        assert summary._repr_html_().startswith("<p>")
        assert len(summary._repr_html_()) < 200
    three = Game(("a", "b", "c"), (("0", "1"),) * 3, np.arange(24.0).reshape(3, 2, 2, 2))
    assert three._repr_html_().count("<tr>") == 9
    assert len(solve(large)._repr_html_()) < 20_000


# --- what is given --------------------------------------------------------------------------------


def test_lists_stand_for_arrays() -> None:
    made = Game(["canada", "us"], [["yield", "stand firm"], ["refrain", "impose"]], PAYOFFS)
    assert made.players == PLAYERS
    assert made.actions == ACTIONS
    assert made.payoffs.dtype == float
    np.testing.assert_array_equal(made.payoffs, PAYOFFS)
    whole = Game(PLAYERS, ACTIONS, np.arange(8).reshape(2, 2, 2))
    assert whole.payoffs.dtype == float
    assert made.regret([[1, 0], [0, 1]]) == 0.0
    assert made.expected([[1, 0], [0, 1]]).tolist() == [-2.0, 2.0]
    many = batch()
    assert many.at(3).payoffs.tolist() == many.at((3,)).payoffs.tolist()
    found = solve(many)
    assert [each.profile for each in found.at(3)] == [each.profile for each in found.at((3,))]
    assert [each.profile for each in found.at(-1)] == [each.profile for each in found.at(499)]


WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: Game(PLAYERS, ACTIONS, "abc"), "payoffs are 'abc'"),
    (lambda: Game(PLAYERS, ACTIONS, [[1, 2], [3]]), "expected an array of numbers"),
    (lambda: Game(PLAYERS, ACTIONS, np.array(PAYOFFS) * 1j), "expected an array of numbers"),
    (lambda: Game(PLAYERS, ACTIONS, [1, 2]), r"payoffs have shape \(2,\)"),
    (lambda: Game("ab", ACTIONS, PAYOFFS), "the players are 'ab'; expected a tuple of names"),
    (lambda: Game(PLAYERS, ("ab", "cd"), PAYOFFS), "actions of a player are 'ab'"),
    (lambda: Game(PLAYERS, "ab", PAYOFFS), "actions are the text 'ab'"),
    (lambda: Game(("a", "a"), ACTIONS, PAYOFFS), "the players hold 'a' twice"),
    (lambda: Game(PLAYERS, (("x", "x"), ("y", "z")), PAYOFFS), "actions of a player hold 'x'"),
    (lambda: Game(PLAYERS, ((1, 2), ("y", "z")), PAYOFFS), "hold 1; expected names"),
    (lambda: Game(("a",), (("x",),), [[1.0]]), "expected at least two players"),
    (lambda: Game.from_profiles(PLAYERS, ACTIONS, PAYOFFS), "payoffs are a list; expected a map"),
    (
        lambda: Game.from_profiles(PLAYERS, ACTIONS, {("yeild", "refrain"): (0, 0)}),
        "did you mean 'yield/refrain'",
    ),
    (lambda: game().pure(("yeild", "impose")), "did you mean 'yield'"),
    (lambda: game().pure(("yield",)), "expected one action for each of canada, us"),
    (lambda: game().pure("yield/impose"), "expected one action for each of canada, us"),
    (lambda: game().regret([[1, 0]]), "1 strategies were given"),
    (lambda: game().regret([[1, 0], [1, 0, 0]]), "the strategy of us has shape"),
    (lambda: game().regret([["yield"], ["impose"]]), "or Game.pure for names of actions"),
    (lambda: game().expected("yield"), "expected one array of probabilities"),
    (lambda: game().at(3), "no game at 3 in a single game"),
    (lambda: batch().at(500), r"no game at 500 in a batch of shape \(500,\)"),
    (lambda: batch().at((1, 2)), r"no game at \(1, 2\)"),
    (lambda: batch().at("x"), "no game at 'x'"),
    (lambda: solve(batch()).at((-501,)), r"no game at \(-501,\)"),
    (lambda: solve(batch()).at(), r"no game at \(\) in a batch"),
    (lambda: solve(batch()).nash_subsets(7.5), "no game at 7.5"),
    (lambda: select(solve(game()), "paretto"), "did you mean 'pareto'"),
    (lambda: select(solve(game()), None), "selection rule 'None' is unknown"),
    (lambda: indices(game(), "yeild/impose"), "did you mean 'yield'"),
    (lambda: indices(game(), "yield"), "expected one part for each of canada, us"),
    (lambda: best_replies(game(), ("yeild", "impose")), "did you mean 'yield'"),
    (lambda: explain(game(), ("yield", "imposs")), "did you mean 'impose'"),
    (lambda: explain(game(), 3), "expected one for each of canada, us"),
    (lambda: explain(batch(), ("yield", "impose"), index=(900,)), "no game at"),
    (lambda: commitment(game(), "canda"), "did you mean 'canada'"),
    (lambda: sequential(game(), ["uss"]), "did you mean 'us'"),
    (lambda: sequential(game(), 3), "players"),
    (lambda: correlated(game(), "welfar"), "did you mean 'welfare'"),
    (lambda: p_dominance(game(), ("yield",)), "expected one for each of canada, us"),
    (lambda: stability(game(), [[1, 0], [2, 0]]), "sum to one"),
    (lambda: compare(solve(batch()), (7, 7)), "no game at"),
    (lambda: dominance(batch()), "batch of games"),
    (lambda: eliminate(game(), "strong"), "strict"),
    (lambda: rationalizable(batch()), "batch of games"),
    (lambda: from_nashpy(nashpy.Game(PAYOFFS[0], PAYOFFS[1]), "ab"), "the players are 'ab'"),
    (lambda: from_nashpy(3), "expected a nashpy.Game"),
    (lambda: solve(PAYOFFS), "a list was given; expected a Game"),
    (lambda: solve(game(), budget=-1.0), "a budget of -1.0"),
    (lambda: solve(game(), budget=float("nan")), "a budget of nan"),
    (lambda: parse(3), "expected the text of a game file"),
]


@pytest.mark.parametrize(("call", "told"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_said_in_a_sentence_of_ours(call: Callable[[], Any], told: str) -> None:
    with pytest.raises(NegotiationError, match=told):
        call()


# --- pickles --------------------------------------------------------------------------------------


def things() -> dict[str, Any]:
    one, many = game(), batch(5)
    found = solve(one)
    file = parse(TREE)
    tree = file.tree
    assert tree is not None
    made = {
        "game": one,
        "batch": many,
        "exact": file.game,
        "set": found,
        "exact set": solve(one, exact=True),
        "batch set": solve(many),
        "equilibrium": found.at()[0],
        "listing": found.listing,
        "subset": found.nash_subsets()[0],
        "selection": select(found),
        "file": file,
        "tree": tree,
        "induction": backward_induction(tree, "t"),
        "comparison": compare(found),
        "risk": risk_dominance(one),
        "dominance": dominance(one),
        "elimination": eliminate(one),
        "pure dominance": pure_dominance(many),
        "rationalizable": rationalizable(one),
        "correlated": correlated(one),
        "range": correlated_range(one),
        "logit": logit_branch(one),
        "stability": stability(one, found.at()[0]),
        "replies": best_replies(one, ("yield", "impose")),
        "sequential": sequential(one, ["canada"]),
        "commitment": commitment(one, "canada"),
    }
    for each in made.values():  # what was computed on demand is part of it
        for name in dir(each):
            if not name.startswith("_") and not callable(getattr(type(each), name, None)):
                getattr(each, name)
    return made


@pytest.mark.parametrize("name", list(things()))
def test_everything_pickles_and_deep_copies(name: str) -> None:
    thing = things()[name]
    for again in (copy.deepcopy(thing), copy.copy(thing), pickle.loads(pickle.dumps(thing))):
        assert type(again) is type(thing)
        assert repr(again) == repr(thing)


def test_a_pickle_is_read_by_a_fresh_process() -> None:
    found = solve(game(), exact=True)
    code = (
        "import pickle, sys; found = pickle.load(sys.stdin.buffer); "
        "print(found.at()[0].profile, found.at()[2].exact, found.game.span.tolist())"
    )
    got = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps(found), capture_output=True, check=True
    )
    wanted = f"{found.at()[0].profile} {found.at()[2].exact} {found.game.span.tolist()}"
    assert got.stdout.decode().strip() == wanted


def test_errors_pickle() -> None:
    for call, _ in WRONG[:5]:
        with pytest.raises(NegotiationError) as caught:
            call()
        again = pickle.loads(pickle.dumps(caught.value))
        assert str(again) == str(caught.value)
        assert again.exit_code == caught.value.exit_code
