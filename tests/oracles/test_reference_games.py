"""`solve` on the reference games: textbook games, users' bug reports, negotiation games."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation.equilibria import EquilibriumSet, solve
from negotiation.equilibria.solve import EXACT_ACTIONS
from negotiation.errors import PayoffError
from negotiation.game import Game
from negotiation.tolerances import REGRET
from tests.oracles import exact_equilibria
from tests.oracles.compare_sets import (
    PROBABILITY,
    assert_exactly,
    match,
    regret_by_hand,
    two_player,
)

Matrix = list[list[Fraction]]
Profile = tuple[tuple[Fraction, ...], tuple[Fraction, ...]]
Record = dict[str, Any]

# In the folder `shared` beside the checkout.
REFERENCE_GAMES = Path(__file__).parents[3] / "shared" / "games" / "reference_games.json"
RECORDS: list[Record] = (
    json.loads(REFERENCE_GAMES.read_text(encoding="utf-8")) if REFERENCE_GAMES.exists() else []
)
#: Games the exact enumeration takes.
WITHIN = [r for r in RECORDS if sum(r["shape"]) <= EXACT_ACTIONS]
BEYOND = [r for r in RECORDS if sum(r["shape"]) > EXACT_ACTIONS]
#: Games that are solved many times over; leaves out nine that take up to two seconds each.
SMALL = [r for r in WITHIN if sum(r["shape"]) <= 8]

pytestmark = pytest.mark.skipif(not RECORDS, reason=f"{REFERENCE_GAMES} is not there")


def each(records: list[Record]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("record", records, ids=[r["id"] for r in records])


def matrices(record: Record) -> tuple[Matrix, Matrix]:
    a, b = ([[Fraction(value) for value in row] for row in record[name]] for name in "AB")
    return a, b


def profiles(record: Record) -> list[Profile]:
    return [
        (tuple(Fraction(q) for q in e["x"]), tuple(Fraction(q) for q in e["y"]))
        for e in record["extreme_equilibria"]
    ]


def game_of(record: Record) -> Game:
    return two_player(*matrices(record))


def is_binary(record: Record) -> bool:
    """Whether every payoff is a float: then the float game is the reference game itself."""
    return all(
        Fraction(float(v)) == v for matrix in matrices(record) for row in matrix for v in row
    )


def check(got: EquilibriumSet, record: Record) -> None:
    assert_exactly(got, profiles(record), record["components"])


def test_the_reference_games_are_all_looked_at() -> None:
    assert len(RECORDS) == 55
    assert len(BEYOND) == 2
    assert sum(r["degenerate"] for r in SMALL) >= 25


# --- the games as they are -----------------------------------------------------------------------


@each(WITHIN)
def test_float_path(record: Record) -> None:
    check(solve(game_of(record)), record)


@each([r for r in WITHIN if r["id"] != "random-int-6x6-0to10-6"])  # two seconds, as above
def test_exact_path(record: Record) -> None:
    got = solve(game_of(record), exact=True)
    check(got, record)
    assert set(got.proposed_by.ravel()) == {"exact enumeration"}
    assert bool(got.degenerate) == record["degenerate"]
    if is_binary(record):  # nothing is rounded but the last step, to floats
        assert_exactly(got, profiles(record), record["components"], within=0.0)
    for k, place in enumerate(match(got.at(), profiles(record), PROBABILITY)):
        # Two roundings to floats, of probabilities and payoffs, and three sums of products.
        wanted = [float(Fraction(v)) for v in record["extreme_equilibria"][k]["payoffs"]]
        np.testing.assert_allclose(got.payoffs[place], wanted, rtol=1e-13, atol=1e-13)


@each(SMALL)
def test_float_path_says_whether_ties_matter(record: Record) -> None:
    """Not degenerate: no ties at all, or none at an equilibrium, so that each has an index."""
    got = solve(game_of(record))
    if got.degenerate:
        assert record["degenerate"]
    else:
        indices = exact_equilibria.solve(*matrices(record)).indices
        assert None not in indices
        assert sum(each for each in indices if each is not None) == 1  # Shapley 1974


@each([r for r in SMALL if sum(r["shape"]) <= 7])
def test_nashpy_adds_nothing_to_a_complete_set(record: Record) -> None:
    check(solve(game_of(record), nashpy=True), record)


@each(BEYOND)
def test_beyond_the_exact_limit_no_more_is_claimed_than_found(record: Record) -> None:
    game = game_of(record)
    with pytest.raises(PayoffError, match=" x ".join(map(str, record["shape"]))):
        solve(game, exact=True)
    got = solve(game)
    if str(got.completeness) == "complete":
        check(got, record)
    else:
        assert record["degenerate"]  # without ties the supports alone prove it
        assert str(got.completeness) == ("partial" if got.count else "empty")
    for found in got.at():
        assert regret_by_hand(game.payoffs, found.strategies) <= REGRET


# --- theorems: what does not change the equilibria -----------------------------------------------


@each(SMALL)
def test_positive_affine_payoffs_in_exact_arithmetic(record: Record) -> None:
    """Powers of two from 1e-6 to 1e6 and binary shifts round nothing: the same set, always."""
    game = game_of(record)
    if not is_binary(record):
        game = Game(game.players, game.actions, np.round(game.payoffs * 2**20) / 2**20)
    before = solve(game)
    rng = np.random.default_rng(RECORDS.index(record))
    factor = 2.0 ** rng.integers(-20, 21, (2, 1, 1))
    shift = rng.integers(-64, 65, (2, 1, 1)) * factor
    moved = game.payoffs * factor + shift
    assert ((moved - shift) / factor == game.payoffs).all()  # nothing was rounded
    after = solve(Game(game.players, game.actions, moved))
    assert int(after.count) == int(before.count)
    assert str(after.completeness) == str(before.completeness) == "complete"
    assert bool(after.degenerate) == bool(before.degenerate)
    np.testing.assert_array_equal(after.component, before.component)
    for p in range(2):
        np.testing.assert_allclose(
            after.strategies[p], before.strategies[p], rtol=0, atol=PROBABILITY
        )


@each(SMALL)
def test_positive_affine_payoffs_that_round(record: Record) -> None:
    """Any factor from 1e-6 to 1e6 and any shift: the same set, or no claim that it is complete.

    The rounding is 1e-16 of the payoffs, far below the 1e-9 (`TIE`) under which no comparison may
    decide anything.
    """
    game = game_of(record)
    rng = np.random.default_rng(7)
    for _ in range(2):
        factor = 10.0 ** rng.uniform(-6, 6, (2, 1, 1))
        shift = rng.uniform(-10, 10, (2, 1, 1)) * factor * game.span[:, None, None]
        got = solve(Game(game.players, game.actions, game.payoffs * factor + shift))
        if str(got.completeness) == "complete":
            check(got, record)
        else:
            assert str(got.completeness) == "partial"
            assert record["degenerate"]


@each(SMALL)
def test_strategies_in_another_order(record: Record) -> None:
    game = game_of(record)
    rng = np.random.default_rng(11)
    rows, columns = (rng.permutation(k) for k in record["shape"])
    shuffled = Game(
        game.players,
        (tuple(game.actions[0][i] for i in rows), tuple(game.actions[1][j] for j in columns)),
        game.payoffs[:, rows][:, :, columns],
    )
    wanted = [
        (tuple(x[i] for i in rows), tuple(y[j] for j in columns)) for x, y in profiles(record)
    ]
    assert_exactly(solve(shuffled), wanted, record["components"])


@each(SMALL)
def test_players_change_places(record: Record) -> None:
    game = game_of(record)
    swapped = Game(
        game.players[::-1], game.actions[::-1], game.payoffs[::-1].transpose(0, 2, 1).copy()
    )
    wanted = [(y, x) for x, y in profiles(record)]
    assert_exactly(solve(swapped), wanted, record["components"])


@each([r for r in SMALL if sum(r["shape"]) <= 7])
def test_a_strictly_dominated_strategy_changes_nothing(record: Record) -> None:
    game = game_of(record)
    rng = np.random.default_rng(RECORDS.index(record))
    side = int(rng.integers(0, 2))
    worst = game.payoffs[side].min() - 1.0
    # What the other side gets there is irrelevant: whole numbers, many ties.
    new = rng.integers(-3, 4, game.payoffs.shape[2 - side]).astype(float)
    line = np.stack([new, new])
    line[side] = worst
    at = int(rng.integers(0, record["shape"][side] + 1))
    payoffs = np.insert(game.payoffs, at, line, axis=1 + side)
    wanted = []
    for x, y in profiles(record):
        own = list((x, y)[side])
        own.insert(at, Fraction(0))
        wanted.append((tuple(own), y) if side == 0 else (x, tuple(own)))
    assert_exactly(solve(two_player(*payoffs)), wanted, record["components"])
