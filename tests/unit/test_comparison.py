"""Comparison and stability of equilibria: definitions by hand, theorems, the reference games."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation.errors import PayoffError
from negotiation.games import solve
from negotiation.games.comparison import compare, p_dominance, risk_dominance
from negotiation.games.game import Array, Game
from negotiation.games.stability import evolutionarily_stable, index_sum, stability
from tests.oracles.compare_sets import two_player
from tests.unit.test_dominance import random_game

# In the folder `shared` beside the checkout.
REFERENCE_GAMES = Path(__file__).parents[3] / "shared" / "games" / "reference_games.json"
RECORDS: list[dict[str, Any]] = (
    json.loads(REFERENCE_GAMES.read_text(encoding="utf-8")) if REFERENCE_GAMES.exists() else []
)

STAG_HUNT = two_player([[4, 0], [3, 2]], [[4, 3], [0, 2]])
CHICKEN = two_player([[0, -1], [1, -10]], [[0, 1], [-1, -10]])


def symmetric(table: list[list[float]]) -> Game:
    return two_player(table, np.array(table).T.tolist())


# --- comparison ------------------------------------------------------------------------------


def test_payoff_and_risk_dominance_disagree_in_the_stag_hunt() -> None:
    found = solve(STAG_HUNT)
    compared = compare(found)
    assert compared.payoff_dominant is not None
    best = compared.equilibria[compared.payoff_dominant]
    np.testing.assert_allclose(best.payoffs, [4, 4])
    assert compared.undominated == (compared.payoff_dominant,)
    risk = risk_dominance(STAG_HUNT)
    assert risk.dominant is not None
    assert risk.names[risk.dominant] == "x1/y1"
    # Losses from leaving: 1 * 1 against 2 * 2.
    stag = risk.names.index("x0/y0")
    assert risk.log_ratio[stag, risk.dominant] == pytest.approx(np.log(1 / 4))


def test_chicken_has_no_dominant_equilibrium() -> None:
    compared = compare(solve(CHICKEN))
    assert compared.payoff_dominant is None
    assert not compared.payoff.any()
    # 10% of either way pays -0.1 to both; each pure one pays somebody less and somebody more.
    assert len(compared.undominated) == 3
    assert risk_dominance(CHICKEN).dominant is None


@pytest.mark.parametrize("seed", range(10))
def test_pareto_dominance_by_its_definition(seed: int) -> None:
    game = random_game(np.random.default_rng(seed), 3, 3, high=3)
    compared = compare(solve(game))
    payoffs = [each.payoffs for each in compared.equilibria]
    for a, b in product(range(len(payoffs)), repeat=2):
        gain = np.round(payoffs[a] - payoffs[b], 7)
        assert compared.pareto[a, b] == ((gain >= 0).all() and (gain > 0).any())
        assert compared.payoff[a, b] == (gain > 0).all()
    undominated = [k for k in range(len(payoffs)) if not compared.pareto[:, k].any()]
    assert compared.undominated == tuple(undominated)


def test_risk_dominance_ignores_units_and_the_names_of_players() -> None:
    game = symmetric([[5, 0, 1], [2, 3, 0], [1, 0, 4]])
    plain = risk_dominance(game)
    assert len(plain.names) == 3
    moved = Game(game.players, game.actions, game.payoffs * np.array([3.0, 50.0]).reshape(2, 1, 1))
    np.testing.assert_allclose(risk_dominance(moved).log_ratio, plain.log_ratio, atol=1e-9)
    np.testing.assert_allclose(plain.log_ratio, -plain.log_ratio.T, atol=1e-12)
    # By hand, (0, 0) against (1, 1): (5 - 2)^2 against (3 - 0)^2.
    assert plain.log_ratio[0, 1] == pytest.approx(0.0, abs=1e-12)
    assert not plain.dominates[0, 1]
    # (0, 0) against (2, 2): (5 - 1)^2 against (4 - 1)^2.
    assert plain.log_ratio[0, 2] == pytest.approx(np.log(16 / 9))


def test_p_dominance_by_hand() -> None:
    # Stag is best from p * 4 >= p * 3 + (1 - p) * 2, p >= 2/3; hare from 1/3.
    np.testing.assert_allclose(p_dominance(STAG_HUNT, ("x0", "y0")), [2 / 3, 2 / 3])
    np.testing.assert_allclose(p_dominance(STAG_HUNT, ("x1", "y1")), [1 / 3, 1 / 3])
    assert np.isnan(p_dominance(STAG_HUNT, ("x0", "y1"))).all()
    dilemma = symmetric([[3, 0], [5, 1]])
    np.testing.assert_array_equal(p_dominance(dilemma, ("x1", "y1")), [0, 0])
    with pytest.raises(PayoffError, match="mixed profile"):
        p_dominance(STAG_HUNT, [[0.5, 0.5], [1, 0]])


@pytest.mark.parametrize("seed", range(10))
def test_p_dominance_is_where_the_best_reply_begins(seed: int) -> None:
    rng = np.random.default_rng(seed)
    game = random_game(rng, 2, 3, 2, high=9)
    for profile in game.profiles:
        played = [actions.index(a) for actions, a in zip(game.actions, profile, strict=True)]
        for p, least in enumerate(p_dominance(game, profile)):
            own = np.moveaxis(game.payoffs[p], p, 0).reshape(len(game.actions[p]), -1)
            others = [n for q, n in enumerate(game.payoffs.shape[1:]) if q != p]
            at = int(np.ravel_multi_index(played[:p] + played[p + 1 :], others))

            def best(
                weight: float, own: Array = own, at: int = at, action: int = played[p]
            ) -> bool:
                rest = np.eye(own.shape[1])
                beliefs = weight * rest[at] + (1 - weight) * rest
                values = beliefs @ own.T
                return bool((values[:, action] >= values.max(axis=1) - 1e-9).all())

            if np.isnan(least):
                assert not best(1.0)
                continue
            assert best(float(least))
            if least > 0:
                assert not best(float(least) - 1e-6)


# --- stability -------------------------------------------------------------------------------


@pytest.mark.skipif(not RECORDS, reason=f"{REFERENCE_GAMES} is not there")
def test_the_index_of_every_reference_equilibrium() -> None:
    checked = 0
    for record in RECORDS:
        if record["degenerate"]:
            continue
        a, b = ([[Fraction(v) for v in row] for row in record[name]] for name in "AB")
        game = two_player(a, b)
        for each in record["extreme_equilibria"]:
            profile = [[float(Fraction(q)) for q in each[name]] for name in "xy"]
            assert stability(game, profile).index == each["index"], record["id"]
            checked += 1
    assert checked > 80


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("sizes", [(2, 2), (3, 3), (4, 3)])
def test_indices_sum_to_one(seed: int, sizes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    game = random_game(rng, *sizes)
    game = Game(game.players, game.actions, rng.normal(size=game.payoffs.shape))
    found = solve(game).at()
    assert index_sum(game, found) == 1
    for each in found:
        held = stability(game, each)
        swapped = Game(
            game.players[::-1], game.actions[::-1], np.swapaxes(game.payoffs, 1, 2)[::-1].copy()
        )
        moved = Game(game.players, game.actions, game.payoffs * 40.0 - 3.0)
        assert stability(swapped, each.strategies[::-1]).index == held.index
        assert stability(moved, each.strategies).index == held.index
        if held.strict:
            assert held.index == 1
        if held.index == -1:
            assert held.replicator.real.max() > 0.0
            assert held.smoothed_stable is False


def test_index_of_three_players_by_the_sum() -> None:
    # All want to match: all first, all second, and one mixed equilibrium between them.
    table = np.zeros((3, 2, 2, 2))
    table[:, 0, 0, 0] = table[:, 1, 1, 1] = 1.0
    game = Game(("a", "b", "c"), (("x", "y"),) * 3, table)
    profiles: list[Any] = [("x",) * 3, ("y",) * 3, [[0.5, 0.5]] * 3]
    assert [stability(game, each).index for each in profiles] == [1, 1, -1]
    assert index_sum(game, profiles) == 1


def numerical_jacobian(game: Game, at: list[Array]) -> Array:
    """Of the replicator dynamics x_i * (v_i - x . v), by differences."""
    cuts = np.cumsum([len(own) for own in at])[:-1]

    def motion(stacked: Array) -> Array:
        mixtures = np.split(stacked, cuts)
        values = game.values(mixtures, game.scaled)
        return np.concatenate(
            [own * (v - own @ v) for own, v in zip(mixtures, values, strict=True)]
        )

    start, step = np.concatenate(at), 1e-6
    eye = np.eye(len(start))
    return np.stack([(motion(start + step * e) - motion(start - step * e)) / 2e-6 for e in eye], 1)


@pytest.mark.parametrize("seed", range(10))
def test_replicator_eigenvalues_are_those_of_the_dynamics(seed: int) -> None:
    rng = np.random.default_rng(seed)
    game = Game(("a", "b"), (("x", "y", "z"),) * 2, rng.normal(size=(2, 3, 3)))
    for each in solve(game).at():
        held = stability(game, each)
        whole = np.linalg.eigvals(numerical_jacobian(game, list(each.strategies)))
        # Off the simplex there is one more direction per player, with minus the payoff.
        for value in held.replicator:
            assert np.abs(whole - value).min() < 1e-6


def test_matching_pennies_turns_and_the_dilemma_holds() -> None:
    pennies = two_player([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    turning = stability(pennies, [[0.5, 0.5]] * 2)
    assert not turning.replicator_stable
    assert turning.smoothed_stable is True
    np.testing.assert_allclose(turning.replicator.real, 0.0, atol=1e-12)
    assert turning.index == 1
    dilemma = symmetric([[3, 0], [5, 1]])
    firm = stability(dilemma, ("x1", "y1"))
    assert firm.strict
    assert firm.replicator_stable
    assert firm.smoothed_stable
    assert firm.smallest_loss == pytest.approx(0.2)


def test_a_strictly_competitive_mixture_is_stable_though_its_eigenvalues_repeat() -> None:
    table = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]
    game = two_player(table, np.negative(table).tolist())
    assert stability(game, [[1 / 3] * 3] * 2).smoothed_stable is True


def test_the_mixture_of_a_coordination_game_is_left_above_a_lambda() -> None:
    # The smoothed dynamics of [[1, 0], [0, 1]] leave one half where lambda / 2 > 1.
    held = stability(symmetric([[1, 0], [0, 1]]), [[0.5, 0.5]] * 2)
    assert held.smoothed_stable is False
    assert held.critical_lambda == pytest.approx(2.0)


def test_a_degenerate_equilibrium_has_no_index_and_says_why() -> None:
    tie = two_player([[1, 1], [0, 2]], [[3, 3], [2, 1]])
    held = stability(tie, ("x0", "y0"))
    assert held.index is None
    assert "not in use earns as much" in held.reason
    assert not held.strict
    assert not held.quasi_strict
    assert index_sum(tie, [("x0", "y0")]) is None
    lopsided = stability(tie, [[1, 0], [0.75, 0.25]])
    assert lopsided.index is None
    assert "mix 1 and 2 actions" in lopsided.reason
    flat = two_player([[1, 1], [1, 1]], [[1, 1], [1, 1]])
    assert "other mixtures" in stability(flat, [[0.5, 0.5]] * 2).reason


def test_a_profile_that_is_no_equilibrium_is_refused() -> None:
    with pytest.raises(PayoffError, match="not an equilibrium"):
        stability(STAG_HUNT, ("x0", "y1"))


@pytest.mark.parametrize(
    ("table", "profile", "stable"),
    [
        ([[-1, 2], [0, 1]], [0.5, 0.5], True),  # hawks and doves
        ([[4, 0], [3, 2]], [1, 0], True),  # strict
        ([[1, 0], [0, 1]], [0.5, 0.5], False),  # coordination
        ([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], [1 / 3, 1 / 3, 1 / 3], False),  # all do as well
        ([[0, -1, 2], [2, 0, -1], [-1, 2, 0]], [1 / 3, 1 / 3, 1 / 3], True),  # winning pays more
        ([[1, 1], [1, 0]], [1, 0], True),  # a tie, and the newcomers do worse among themselves
        ([[1, 1], [1, 1]], [1, 0], False),
        ([[1, 1, 1], [1, 0, 3], [1, 3, 0]], [1, 0, 0], False),  # a mixture of two enters, 1.5
        ([[2, 2, 2], [2, 0, 3], [2, 3, 0]], [1, 0, 0], True),  # it does not, 1.5 < 2
        ([[2, 2, 2], [2, 1.5, 0.5], [2, 0.5, 1.5]], [1, 0, 0], True),  # nor alone, 1.5 < 2
        ([[-1, 2, 1], [0, 1, 0], [0, 1, 1]], [0.5, 0.5, 0], False),  # with some of the first
    ],
)
def test_evolutionary_stability(
    table: list[list[float]], profile: list[float], stable: bool
) -> None:
    game = symmetric(table)
    assert evolutionarily_stable(game, [profile, profile]) is stable
    # By its definition, on a grid of entrants that do as well against the profile.
    own, held = np.array(table, dtype=float), np.array(profile, dtype=float)
    grid = [
        np.array(w, dtype=float) / 12
        for w in product(range(13), repeat=len(held))
        if sum(w) == 12 and np.abs(np.array(w) / 12 - held).max() > 1e-9
    ]
    ties = [y for y in grid if abs((y - held) @ own @ held) < 1e-12]
    assert all((held - y) @ own @ y > 1e-12 for y in ties) is stable


def test_evolutionary_stability_takes_symmetric_games() -> None:
    with pytest.raises(PayoffError, match="not symmetric"):
        evolutionarily_stable(CHICKEN, ("x1", "y0"))
