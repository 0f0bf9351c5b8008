"""`solve` on the reference games: textbook games, users' bug reports, negotiation games."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation.games import EquilibriumSet, solve
from negotiation.games.game import Array, Game
from negotiation.games.stability import stability
from negotiation.tolerances import REGRET
from tests.oracles import exact_equilibria, fast_exact
from tests.oracles.compare_sets import (
    PROBABILITY,
    assert_exactly,
    assert_nash_subsets,
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
#: Games small enough for nashpy, which tries all supports one by one.
FOR_NASHPY = [r for r in RECORDS if sum(r["shape"]) <= 7]

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


def game_as_written(record: Record) -> Game:
    """The game with its payoffs as rationals beside the floats."""
    game = game_of(record)
    exact = np.array(matrices(record), dtype=object)
    return Game(game.players, game.actions, game.payoffs, exact)


def is_binary(record: Record) -> bool:
    """Whether every payoff is a float: then the float game is the reference game itself."""
    return all(
        Fraction(float(v)) == v for matrix in matrices(record) for row in matrix for v in row
    )


def check(got: EquilibriumSet, record: Record) -> None:
    """Assert the extreme equilibria, the components and the maximal Nash subsets of a record."""
    assert_exactly(got, profiles(record), record["components"])
    subsets = record["nash_subsets"]
    x_vertices, y_vertices = (
        [tuple(Fraction(q) for q in vertex) for vertex in subsets[name]]
        for name in ("x_vertices", "y_vertices")
    )
    maximal = [(subset["x"], subset["y"]) for subset in subsets["maximal"]]
    assert_nash_subsets(got, (x_vertices, y_vertices), maximal)
    for found in got.at():
        by_hand = regret_by_hand(got.game.payoffs, found.strategies)
        assert by_hand <= REGRET
        # Sums of at most 72 products in [0, 1].
        assert found.regret == pytest.approx(by_hand, abs=1e-13)


def check_in_rationals(got: EquilibriumSet, a: Matrix, b: Matrix) -> None:
    """Assert that the strategies and payoffs as rationals are the oracle's, digit by digit."""
    truth = fast_exact.solve(a, b)
    found = got.at()
    assert sorted(e.exact for e in found if e.exact is not None) == list(truth.extreme_equilibria)
    assert len(found) == len(truth.extreme_equilibria)
    for e in found:
        assert e.exact is not None
        assert e.exact_payoffs == exact_equilibria.payoffs(a, b, *e.exact)
        for own, exact in zip(e.strategies, e.exact, strict=True):
            assert own.tolist() == [float(q) for q in exact]
    assert_exactly(got, truth.extreme_equilibria, truth.components, within=0.0)
    assert bool(got.degenerate) == truth.degenerate


def test_the_reference_games_are_all_looked_at() -> None:
    assert len(RECORDS) == 55
    assert max(sum(r["shape"]) for r in RECORDS) == 16
    assert sum(r["degenerate"] for r in RECORDS) == 37
    assert sum(not is_binary(r) for r in RECORDS) == 5


@each(RECORDS)
def test_the_fast_oracle(record: Record) -> None:
    """The record and the oracle that all else here is held to say the same."""
    got = fast_exact.solve(*matrices(record))
    assert list(got.extreme_equilibria) == profiles(record)
    assert [list(c) for c in got.components] == sorted(record["components"])
    assert got.degenerate == record["degenerate"]
    maximal = record["nash_subsets"]["maximal"]
    assert sorted(got.nash_subsets) == sorted((tuple(s["x"]), tuple(s["y"])) for s in maximal)


# --- the games as they are -----------------------------------------------------------------------


@each(RECORDS)
def test_float_path(record: Record) -> None:
    got = solve(game_of(record))
    check(got, record)
    pure = [e for e in got.at() if all(max(s) == 1 for s in e.strategies)]
    assert len(pure) == record["n_pure"]
    for k, place in enumerate(match(got.at(), profiles(record), PROBABILITY)):
        # Payoffs of up to 1000, probabilities good to 1e-9 or better.
        wanted = [float(Fraction(v)) for v in record["extreme_equilibria"][k]["payoffs"]]
        np.testing.assert_allclose(got.payoffs[place], wanted, rtol=1e-9, atol=1e-9)


@each(RECORDS)
def test_exact_path(record: Record) -> None:
    """The payoffs as written: the record itself, nothing rounded anywhere."""
    got = solve(game_as_written(record), exact=True)
    check(got, record)
    check_in_rationals(got, *matrices(record))
    wanted = [
        tuple(Fraction(v) for v in entry["payoffs"]) for entry in record["extreme_equilibria"]
    ]
    places = {e.exact: e.exact_payoffs for e in got.at()}
    assert [places[profile] for profile in profiles(record)] == wanted


@each(RECORDS)
def test_exact_path_from_floats(record: Record) -> None:
    """Without rationals beside it a float is the rational number that it is in binary."""
    game = game_of(record)
    got = solve(game, exact=True)
    a, b = ([[Fraction(v) for v in row] for row in matrix] for matrix in game.payoffs.tolist())
    check_in_rationals(got, a, b)


@each(RECORDS)
def test_float_path_with_the_payoffs_as_written(record: Record) -> None:
    check(solve(game_as_written(record)), record)


@each(RECORDS)
def test_float_path_says_whether_ties_matter(record: Record) -> None:
    """Not degenerate: no ties at all, or none at an equilibrium, so that each has an index."""
    got = solve(game_of(record))
    if got.degenerate:
        assert record["degenerate"]
    else:
        a, b = matrices(record)
        indices = [exact_equilibria.index(a, b, x, y) for x, y in profiles(record)]
        assert sum(indices) == 1  # Shapley 1974


@each(RECORDS)
def test_index(record: Record) -> None:
    """+1 or -1 where the equilibrium is nondegenerate, as the record or the oracle says."""
    a, b = matrices(record)
    game = game_of(record)
    found = solve(game).at()
    for k, place in enumerate(match(found, profiles(record), PROBABILITY)):
        entry = record["extreme_equilibria"][k]
        try:
            wanted: int | None = exact_equilibria.index(a, b, *profiles(record)[k])
        except ValueError:
            wanted = None
        assert entry.get("index", wanted) == wanted
        assert stability(game, found[place]).index == wanted


@each(FOR_NASHPY)
def test_nashpy_adds_nothing_to_a_complete_set(record: Record) -> None:
    check(solve(game_of(record), nashpy=True), record)


# --- theorems: what does not change the equilibria -----------------------------------------------


@each(RECORDS)
def test_positive_affine_payoffs_in_exact_arithmetic(record: Record) -> None:
    """Powers of two from 1e-9 to 1e9 and binary shifts round nothing: the same set, always."""
    game = game_of(record)
    if not is_binary(record):
        game = Game(game.players, game.actions, np.round(game.payoffs * 2**20) / 2**20)
    before = solve(game)
    rng = np.random.default_rng(RECORDS.index(record))
    factor = 2.0 ** rng.integers(-30, 31, (2, 1, 1))
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


def moved(record: Record, factor: Array, shift: Array) -> Game:
    """Return the game in other units, as floats arithmetic leaves it: (2,) factors and shifts."""
    game = game_of(record)
    payoffs = game.payoffs * factor[:, None, None] + shift[:, None, None]
    return Game(game.players, game.actions, payoffs)


@each(RECORDS)
@pytest.mark.parametrize("power", [-9, -2, 3, 9])
def test_payoffs_in_other_units(record: Record, power: int) -> None:
    """Cents, dollars, millions: each player's in a unit of its own, most of them rounded."""
    rng = np.random.default_rng([RECORDS.index(record), power + 9])
    factor = 10.0 ** np.array([power, rng.integers(-9, 10)])
    check(solve(moved(record, factor, np.zeros(2))), record)


@each(RECORDS)
@pytest.mark.parametrize("draw", range(3))
def test_positive_affine_payoffs_that_round(record: Record, draw: int) -> None:
    """Any factor from 1e-9 to 1e9 and any shift up to 1000 times the payoffs' range.

    The sums are rounded by up to 1e-13 of the range, so no tie is left as it was; each must come
    back, and the set with it.
    """
    rng = np.random.default_rng([RECORDS.index(record), draw])
    factor = 10.0 ** rng.uniform(-9, 9, 2)
    reach = 10.0 ** rng.uniform(-2, 3, 2) * rng.choice([-1, 1], 2)
    check(solve(moved(record, factor, reach * factor * game_of(record).span)), record)


@each(RECORDS)
def test_all_units_at_once(record: Record) -> None:
    """A batch of the same game in six units: the same six times."""
    rng = np.random.default_rng([RECORDS.index(record), 77])
    game = game_of(record)
    factor = 10.0 ** rng.uniform(-9, 9, (6, 2, 1, 1))
    shift = rng.uniform(-10, 10, (6, 2, 1, 1)) * factor * game.span[:, None, None]
    got = solve(Game(game.players, game.actions, game.payoffs * factor + shift))
    for b in range(6):
        assert_exactly(got, profiles(record), record["components"], (b,))


@each(RECORDS)
@pytest.mark.parametrize("draw", range(2))
def test_strategies_in_another_order(record: Record, draw: int) -> None:
    game = game_of(record)
    rng = np.random.default_rng([11, draw])
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


@each(RECORDS)
@pytest.mark.parametrize("exact", [False, True])
def test_players_change_places(record: Record, exact: bool) -> None:
    game = game_as_written(record)
    assert game.exact is not None
    swapped = Game(
        game.players[::-1],
        game.actions[::-1],
        game.payoffs[::-1].transpose(0, 2, 1).copy(),
        game.exact[::-1].transpose(0, 2, 1).copy(),
    )
    wanted = [(y, x) for x, y in profiles(record)]
    assert_exactly(solve(swapped, exact=exact), wanted, record["components"])


@each(RECORDS)
@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("by", ["anything", "another action"])
def test_a_strictly_dominated_strategy_changes_nothing(record: Record, side: int, by: str) -> None:
    """Worse than the worst payoff of all, or an eighth of the range worse than another action."""
    game = game_of(record)
    rng = np.random.default_rng([RECORDS.index(record), side])
    own = game.payoffs[side] if side == 0 else game.payoffs[side].T
    if by == "anything":
        bad = np.full(own.shape[1], own.min() - 1.0)
    else:
        bad = own[rng.integers(len(own))] - game.span[side] / 8
    # What the other side gets there is irrelevant: whole numbers, many ties.
    new = rng.integers(-3, 4, own.shape[1]).astype(float)
    line = np.stack([new, new])
    line[side] = bad
    at = int(rng.integers(0, record["shape"][side] + 1))
    payoffs = np.insert(game.payoffs, at, line, axis=1 + side)
    wanted = []
    for x, y in profiles(record):
        longer = list((x, y)[side])
        longer.insert(at, Fraction(0))
        wanted.append((tuple(longer), y) if side == 0 else (x, tuple(longer)))
    assert_exactly(solve(two_player(*payoffs)), wanted, record["components"])
