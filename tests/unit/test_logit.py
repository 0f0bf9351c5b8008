"""The logit branch: closed forms, known limits, the fixed point at every traced point."""

from __future__ import annotations

import numpy as np
import pytest

from negotiation.errors import PayoffError
from negotiation.games import solve
from negotiation.games.comparison import risk_dominance
from negotiation.games.game import Array, Game
from negotiation.games.logit import BranchStatus, LogitBranch, logit_branch
from negotiation.tolerances import REGRET
from tests.drawn import first
from tests.oracles.compare_sets import two_player
from tests.unit.test_dominance import random_game


def gap(branch: LogitBranch, rationality: float, strategies: list[Array]) -> float:
    """Largest distance of a profile from its logit reply, in plain loops."""
    game, worst = branch.game, 0.0
    for value, own in zip(game.values(strategies, game.scaled), strategies, strict=True):
        weights = np.exp(rationality * (value - value.max()))
        worst = max(worst, float(np.abs(own - weights / weights.sum()).max()))
    return worst


def coordination(stake: float) -> Game:
    """Two equilibria, the first risk dominant where the stake is above 1."""
    return two_player([[stake, 0], [0, 1]], [[stake, 0], [0, 1]])


def assert_sound(branch: LogitBranch, *, near: bool = False) -> None:
    expected = {BranchStatus.REACHED, BranchStatus.NEAR} if near else {BranchStatus.REACHED}
    assert branch.status in expected
    assert branch.regret <= REGRET
    assert float(branch.game.regret(branch.limit)) <= REGRET
    for t, rationality in enumerate(branch.rationality):
        point = [own[t] for own in branch.strategies]
        assert gap(branch, float(rationality), point) <= 1e-10
        np.testing.assert_allclose(branch.payoffs[t], branch.game.expected(point))
    assert branch.rationality[0] == 0.0
    for own in branch.strategies:
        np.testing.assert_allclose(own[0], 1.0 / own.shape[1])


def test_a_dominant_action_has_the_logit_odds_in_closed_form() -> None:
    # The row player's lead of the second action is 1 whatever the column player does.
    game = two_player([[0, 3], [1, 4]], [[0, 0], [0, 0]])
    branch = logit_branch(game)
    expected = 1.0 / (1.0 + np.exp(-branch.rationality / 4.0))
    np.testing.assert_allclose(branch.strategies[0][:, 1], expected, atol=1e-10)
    np.testing.assert_allclose(branch.limit[0], [0, 1], atol=1e-12)
    np.testing.assert_allclose(branch.limit[1], [0.5, 0.5], atol=1e-12)


@pytest.mark.parametrize("stake", [1.2, 2.0, 5.0])
def test_the_symmetric_branch_solves_for_lambda_in_closed_form(stake: float) -> None:
    # ln(p / (1 - p)) = lambda * ((stake + 1) p - 1) / stake on scaled payoffs.
    branch = logit_branch(coordination(stake))
    p = branch.strategies[0][:, 0]
    inside = (branch.rationality > 0) & (p < 1.0 - 1e-6)
    lead = ((stake + 1.0) * p - 1.0) / stake
    expected = np.log(p[inside] / (1.0 - p[inside])) / lead[inside]
    np.testing.assert_allclose(branch.rationality[inside], expected, rtol=1e-7)
    np.testing.assert_allclose(branch.strategies[1], branch.strategies[0], atol=1e-12)


@pytest.mark.parametrize("share", [0.5, 0.1, 1e-3, 1e-6, 1e-9, -0.01, -1e-8])
def test_the_limit_is_the_risk_dominant_equilibrium(share: float) -> None:
    game = coordination(1.0 + share)
    branch = logit_branch(game)
    assert_sound(branch)
    assert not branch.bifurcations
    dominant = risk_dominance(game)
    assert dominant.dominant is not None
    winner = dominant.profiles[dominant.dominant]
    assert [int(own.argmax()) for own in branch.limit] == winner.tolist()


@pytest.mark.parametrize("seed", range(20))
def test_of_two_strict_equilibria_the_risk_dominant_one_is_the_limit(seed: int) -> None:
    # Turocy (2005), whatever the two players' stakes.
    stakes = np.random.default_rng(seed).uniform(0.1, 1.0, (2, 2))
    game = two_player(np.diag(stakes[0]).tolist(), np.diag(stakes[1]).tolist())
    branch, risk = logit_branch(game), risk_dominance(game)
    assert risk.dominant == int(stakes[:, 1].prod() > stakes[:, 0].prod())
    assert [int(own.argmax()) for own in branch.limit] == risk.profiles[risk.dominant].tolist()


def test_a_symmetry_is_followed_and_said() -> None:
    branch = logit_branch(coordination(1.0))
    assert_sound(branch)
    np.testing.assert_allclose(branch.limit[0], [0.5, 0.5])
    # The branches cross where lambda / 2 times 1 is the slope of the log odds, 4 * 1/2.
    (crossing,) = branch.bifurcations
    assert crossing == pytest.approx(2.0, abs=1e-4)


def test_small_stakes_take_a_large_lambda() -> None:
    # At moderate lambda play is still near the mixture of the two that hardly differ.
    table = np.array([[1.3e-3, 0, 0], [0, 1e-3, 0], [-1, -1, -1]])
    branch = logit_branch(two_player(table.tolist(), table.T.tolist()))
    assert_sound(branch)
    np.testing.assert_allclose(branch.limit[0], [1, 0, 0], atol=1e-9)
    assert branch.rationality[-1] > 1e3


def test_the_payoff_dominant_equilibrium_may_lose() -> None:
    # The stag hunt: hare is safer.
    branch = logit_branch(two_player([[4, 0], [3, 2]], [[4, 3], [0, 2]]))
    np.testing.assert_allclose(branch.limit[0], [0, 1], atol=1e-12)


@pytest.mark.parametrize("seed", first(4, range(12)))
@pytest.mark.parametrize("sizes", [(3, 3), (4, 2), (2, 2, 2)])
def test_random_games_are_followed_to_an_equilibrium(seed: int, sizes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    game = random_game(rng, *sizes)
    game = Game(game.players, game.actions, game.payoffs + rng.normal(size=game.payoffs.shape))
    branch = logit_branch(game)
    assert_sound(branch)
    if len(sizes) == 2:
        assert any(
            max(np.abs(a - b).max() for a, b in zip(each.strategies, branch.limit, strict=True))
            < 1e-6
            for each in solve(game).at()
        )


@pytest.mark.parametrize("seed", range(8))
def test_degenerate_games_are_followed_too(seed: int) -> None:
    # Towards a continuum some branches move as slowly as the root of lambda.
    assert_sound(logit_branch(random_game(np.random.default_rng(seed), 3, 3, high=2)), near=True)


def test_units_and_the_order_of_players_do_not_matter() -> None:
    game = random_game(np.random.default_rng(5), 3, 2, high=30)
    moved = Game(game.players, game.actions, game.payoffs * np.array([1e5, 0.1]).reshape(2, 1, 1))
    swapped = Game(
        game.players[::-1], game.actions[::-1], np.swapaxes(game.payoffs, 1, 2)[::-1].copy()
    )
    plain, there, turned = (logit_branch(each) for each in (game, moved, swapped))
    for p in range(2):
        np.testing.assert_allclose(there.limit[p], plain.limit[p], atol=1e-9)
        np.testing.assert_allclose(turned.limit[1 - p], plain.limit[p], atol=1e-9)
        np.testing.assert_allclose(there.at(1.5)[p], plain.at(1.5)[p], atol=1e-9)


def test_a_point_at_a_given_lambda() -> None:
    game = random_game(np.random.default_rng(2), 3, 3, high=9)
    branch = logit_branch(game)
    for rationality in (0.0, 0.3, 1.0, 4.0):
        assert gap(branch, rationality, list(branch.at(rationality))) <= 1e-10
    with pytest.raises(PayoffError, match="not on the branch"):
        branch.at(1e4)
    further = logit_branch(game, least=1e4)
    assert further.status is BranchStatus.REACHED
    assert gap(further, 1e4, list(further.at(1e4))) <= 1e-10
    for own, other in zip(further.limit, branch.limit, strict=True):
        np.testing.assert_allclose(own, other, atol=1e-9)


def test_a_branch_that_is_stopped_early_says_so() -> None:
    branch = logit_branch(coordination(2.0), largest=0.5)
    assert branch.status is BranchStatus.LAMBDA
    assert branch.rationality[-1] > 0.5
    assert branch.rationality[-2] <= 0.5
    assert np.isnan(branch.limit[0]).all()
    assert np.isnan(branch.limit_payoffs).all()
    assert branch.regret > REGRET


def test_a_batch_is_refused() -> None:
    with pytest.raises(PayoffError, match="choose it with"):
        logit_branch(Game(("a", "b"), (("x", "y"),) * 2, np.zeros((4, 2, 2, 2))))
