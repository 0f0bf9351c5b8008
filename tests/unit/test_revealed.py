"""Revealed resolve: costs of actions that make what is observed an equilibrium."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from negotiation.errors import ParameterError, PayoffError
from negotiation.games import solve
from negotiation.games.certify import certify
from negotiation.games.game import Game
from negotiation.games.listing import Candidate
from negotiation.games.revealed import Revealed, revealed
from negotiation.tolerances import REGRET

#: Oracle R1 (derived in exact arithmetic): payoffs before political costs, and what follows.
US = [[0, -1, -3], [4, 2, -2], [9, 8.5, 3]]
CANADA = [[0, 1, 1.5], [-6, -5, -3.5], [-14, -13, -12]]
R1 = Game(
    ("us", "canada"),
    (("lift", "keep", "escalate"), ("stand_down", "counter", "retaliate")),
    np.array([US, CANADA], dtype=float),
)
PENNIES = Game(
    ("a", "b"), (("h", "t"), ("h", "t")), np.array([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
)


def profiles(game: Game) -> set[str]:
    found = solve(game)
    assert found.completeness == "complete"
    return {each.profile for each in found.at()}


def is_certified(found: Revealed) -> bool:
    accepted, refused = certify(found.game(), [Candidate(found.strategies, "closed form")])
    return len(accepted) == 1 and not refused


# --- the oracle -----------------------------------------------------------------------------------


def test_oracle_the_least_costs_of_a_pure_profile() -> None:
    found = revealed(R1, ("keep", "counter"))
    assert [each.tolist() for each in found.gains] == [[-3, 0, 6.5], [-1, 0, 1.5]]
    assert [each.tolist() for each in found.least] == [[0, 0, 6.5], [0, 0, 1.5]]
    assert sum(each.sum() for each in found.least) == 8
    assert found.unique
    assert found.attained
    assert [each.tolist() for each in found.lowest] == [[0, 0, 6.5], [0, 0, 1.5]]
    assert [each.tolist() for each in found.highest] == [[np.inf, 0, np.inf]] * 2
    assert R1.regret(R1.pure(("keep", "counter"))) > REGRET
    assert is_certified(found)


def test_oracle_equilibria_without_and_with_the_least_costs() -> None:
    found = revealed(R1, ("keep", "counter"))
    pure = {"/".join(each) for each in R1.profiles}
    assert profiles(R1) & pure == {"escalate/retaliate"}
    wanted = {"escalate/counter", "keep/counter", "keep/retaliate"}
    assert profiles(found.game()) & pure == wanted


def test_oracle_vertices_are_those_of_the_set() -> None:
    """Each vertex belongs to the set and meets three independent conditions with equality."""
    found = revealed(R1, ("keep", "counter"))
    vertices = (
        [(0, 0, 6.5), (0, 3, 9.5)],
        [(0, 0, 1.5), (0, 1, 2.5)],
    )
    for us, canada in product(*vertices):
        assert found.contains([us, canada])
    for p, own in enumerate(vertices):
        # k >= 0, and k_a - k_observed >= gain_a for every other action.
        others = [k for k in range(3) if k != 1]
        rows = np.vstack([np.eye(3), np.eye(3)[others] - np.eye(3)[1]])
        least = np.concatenate([np.zeros(3), found.gains[p][others]])
        corners = set()
        for three in product(range(5), repeat=3):
            if len(set(three)) == 3 and abs(np.linalg.det(rows[list(three)])) > 1e-9:
                point = np.linalg.solve(rows[list(three)], least[list(three)])
                if (rows @ point >= least - 1e-12).all():
                    corners.add(tuple((point.round(12) + 0.0).tolist()))
        assert corners == {tuple(map(float, each)) for each in own}


def test_costs_outside_the_set_are_told_apart() -> None:
    found = revealed(R1, ("keep", "counter"))
    assert found.contains([(5, 2, 8.5), (9, 9, 10.5)])
    assert not found.contains([(0, 0, 6.4), (0, 0, 1.5)])
    assert not found.contains([(0, 4, 10.5), (0, 0, 1.5)])  # lift is now better than keep
    assert not found.contains([(-1, 0, 6.5), (0, 0, 1.5)])
    many = found.contains([np.array([[0, 0, 7.0], [0, 0, 6.0]]), np.array([0, 0, 1.5])])
    assert many.tolist() == [True, False]


# --- mixtures and supports ------------------------------------------------------------------------


def test_an_equilibrium_needs_no_costs() -> None:
    for each in solve(PENNIES).at():
        found = revealed(PENNIES, each)
        assert [own.tolist() for own in found.least] == [[0, 0], [0, 0]]
        assert [own.tolist() for own in found.highest] == [[0, 0], [0, 0]]


def test_actions_that_are_mixed_differ_in_cost_as_they_do_in_gain() -> None:
    found = revealed(R1, ([0, 0.5, 0.5], [0, 0.3, 0.7]))
    # Against 30 % counter and 70 % retaliate: lift -2.4, keep -0.8, escalate 4.65.
    assert found.gains[0] == pytest.approx([-1.6, 0, 5.45])
    assert found.least[0] == pytest.approx([0, 0, 5.45])
    assert found.highest[0] == pytest.approx([np.inf, 0, 5.45])
    # Against half keep, half escalate: stand down -10, counter -9, retaliate -7.75.
    assert found.least[1] == pytest.approx([0, 0, 1.25])
    assert is_certified(found)
    for cost in (5.35, 5.55):
        assert not found.contains([np.array([0, 0, cost]), found.least[1]])
    assert found.contains([[0.3, 0.1, 5.55], found.least[1]])


def test_a_support_leaves_a_range_of_costs() -> None:
    found = revealed(PENNIES, (("h", "t"), ("h", "t")))
    assert [own.tolist() for own in found.least] == [[0, 0], [0, 0]]
    assert found.unique
    assert found.attained
    assert [own.tolist() for own in found.strategies] == [[0.5, 0.5]] * 2
    # Where the other side plays h for sure, h pays 1 and t pays -1.
    assert [own.tolist() for own in found.lowest] == [[0, 0], [0, 0]]
    assert [own.tolist() for own in found.highest] == [[2, 2], [2, 2]]
    assert found.contains([[1.5, 0], [0, 1.5]])
    assert not found.contains([[2.5, 0], [0, 0]])
    assert found.seen == (False, False)


def test_costs_that_no_mixture_of_the_support_has_are_approached_only() -> None:
    found = revealed(R1, ("keep", ("counter", "retaliate")))
    # Escalating gains 6.5 against counter and 5 against retaliate.
    assert found.least[0] == pytest.approx([0, 0, 5])
    assert found.least[1] == pytest.approx([0, 0, 1.5])
    assert found.unique
    assert not found.attained
    assert found.strategies[1].tolist() == [0, 0, 1]
    assert found.highest[0].tolist() == [np.inf, 0, np.inf]
    assert is_certified(found)


def test_costs_with_the_same_sum_are_not_unique() -> None:
    # Whatever b plays, a's second and third action together gain one over the first.
    table = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    game = Game(("a", "b"), (("x", "y", "z"), ("l", "r")), np.stack([table, np.zeros((3, 2))]))
    found = revealed(game, ("x", ("l", "r")))
    assert found.least[0].sum() == pytest.approx(1)
    assert not found.unique
    assert found.lowest[0].tolist() == [0, 0, 0]
    assert found.contains([[0, 0.25, 0.75], [0, 0]])
    assert not found.contains([[0, 0.25, 0.7], [0, 0]])


@pytest.mark.parametrize("seed", range(12))
def test_least_costs_of_a_support_against_a_search_over_mixtures(seed: int) -> None:
    rng = np.random.default_rng(seed)
    game = Game(("a", "b"), (("x", "y", "z"), ("l", "r")), rng.normal(size=(2, 3, 2)) * 10**seed)
    played = ("x", "y", "z")[: 1 + seed % 3]
    found = revealed(game, (played, ("l", "r")))
    assert is_certified(found)
    assert found.contains(found.least)
    share = np.linspace(0, 1, 20001)
    values = game.payoffs[0] @ np.stack([share, 1 - share])
    worst = values[: len(played)].min(axis=0)
    costs = np.maximum(values - worst, 0.0)
    span = game.span[0]
    total = costs.sum(axis=0).min()
    assert found.least[0].sum() <= total + 1e-9 * span
    assert found.least[0].sum() >= total - 1e-3 * span
    assert found.lowest[0] == pytest.approx(costs.min(axis=1), abs=1e-3 * span)
    for k in range(len(played)):
        assert found.highest[0][k] == pytest.approx(costs[k].max(), abs=1e-3 * span)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "observed", [("x", "y"), ([0.3, 0.7, 0], [0, 0.2, 0.8]), (("x", "y"), ("y", "z"))]
)
def test_ties_of_the_least_costs_are_ties_in_rationals(seed: int, observed: Any) -> None:
    rng = np.random.default_rng(seed)
    game = Game(("a", "b"), (("x", "y", "z"),) * 2, rng.normal(size=(2, 3, 3)) * 1e4)
    found = revealed(game, observed)
    costly = found.game()
    assert costly.exact is not None
    assert costly.exact.astype(float) == pytest.approx(costly.payoffs, rel=1e-12, abs=1e-8)
    equilibria = solve(costly, exact=True)
    assert equilibria.completeness == "complete"
    assert any(
        all(np.abs(x - y).max() < 1e-6 for x, y in zip(e.strategies, found.strategies, strict=True))
        for e in equilibria.at()
    )


def test_more_than_two_players() -> None:
    rng = np.random.default_rng(3)
    game = Game(("a", "b", "c"), (("x", "y"),) * 3, rng.normal(size=(3, 2, 2, 2)))
    found = revealed(game, ("x", 1, [0.25, 0.75]))
    assert is_certified(found)
    assert found.profile == "x/y/25% x + 75% y"
    with pytest.raises(PayoffError, match="only the support of c is observed in a game of 3"):
        revealed(game, ("x", "y", ("x", "y")))


# --- batches and draws ----------------------------------------------------------------------------


def test_a_batch_is_its_games_one_by_one() -> None:
    rng = np.random.default_rng(0)
    batch = Game(R1.players, R1.actions, rng.normal(size=(4, 5, 2, 3, 3)))
    found = revealed(batch, ("keep", "counter"))
    assert found.batch_shape == (4, 5)
    assert (found.regret <= REGRET).all()
    for index in np.ndindex(4, 5):
        one = revealed(batch.at(index), ("keep", "counter"))
        for p in range(2):
            assert (found.least[p][index] == one.least[p]).all()
            assert (found.highest[p][index] == one.highest[p]).all()
        assert (found.game().payoffs[index] == one.game().payoffs).all()
    assert found.contains(found.least).all()


def test_draws_are_the_least_costs_and_an_exponential_excess() -> None:
    found = revealed(R1, ("keep", "counter"))
    us, canada = found.draws(np.random.default_rng(1), 2.0, size=40000)
    assert us.shape == canada.shape == (40000, 3)
    assert (us[:, 1] == 0.0).all()
    assert us.min(axis=0)[[0, 2]] == pytest.approx([0, 6.5], abs=1e-3)
    for excess in (us[:, 0], us[:, 2] - 6.5, canada[:, 0], canada[:, 2] - 1.5):
        assert excess.mean() == pytest.approx(2.0, rel=0.03)
        assert np.median(excess) == pytest.approx(2.0 * np.log(2), rel=0.03)
    assert abs(np.corrcoef(us[:, 0], us[:, 2])[0, 1]) < 0.02
    assert abs(np.corrcoef(us[:, 2], canada[:, 2])[0, 1]) < 0.02
    assert found.contains([us, canada]).all()
    game = found.game([us[:50], canada[:50]])
    assert (game.regret(game.pure(("keep", "counter"))) == 0.0).all()


def test_draws_of_a_batch_and_from_numbers() -> None:
    rng = np.random.default_rng(2)
    batch = Game(R1.players, R1.actions, rng.normal(size=(6, 2, 3, 3)))
    found = revealed(batch, ("keep", "counter"))
    half = [0.5 * each for each in found.least]
    numbers = [np.full((6, 3), 1 - np.exp(-1)), np.zeros((6, 3))]
    us, canada = found.draws(numbers, half)
    assert us == pytest.approx(1.5 * found.least[0])
    assert (canada == found.least[1]).all()
    assert found.draws(rng, half, size=(2,))[0].shape == (2, 6, 3)


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("observed", "told"),
    [
        (("kepe", "counter"), "action 'kepe' is not one of us's .did you mean 'keep'"),
        (("keep", ("counter", "x")), "action 'x' is not one of canada's"),
        (("keep",), "has 1 parts"),
        ("keep", "what is observed is 'keep'"),
        (None, "what is observed is None"),
        (("keep", 3), "action 3 of canada is observed; expected a position from 0 to 2"),
        (("keep", [0.5, 0.5]), "expected one probability for each of"),
        (("keep", [0.5, 0.6, 0.1]), "sum to one"),
        (("keep", {"a": 1}), "what is observed of canada is"),
    ],
)
def test_what_is_no_profile_is_refused_in_one_sentence(observed: Any, told: str) -> None:
    with pytest.raises(PayoffError, match=told) as caught:
        revealed(R1, observed)
    assert "\n" not in str(caught.value)


def test_what_has_no_costs_is_refused() -> None:
    broken = Game(R1.players, R1.actions, np.where(R1.payoffs == 9, np.nan, R1.payoffs))
    with pytest.raises(PayoffError, match="us's at escalate/stand_down is not one"):
        revealed(broken, ("keep", "counter"))
    batch = Game(R1.players, R1.actions, np.stack([R1.payoffs] * 2))
    with pytest.raises(PayoffError, match="a batch of games of shape"):
        revealed(batch, ("keep", ("counter", "retaliate")))
    with pytest.raises(PayoffError, match="expected that of a Game"):
        revealed(US, ("keep", "counter"))  # type: ignore[arg-type]
    found = revealed(R1, ("keep", "counter"))
    with pytest.raises(PayoffError, match="expected one array for each of us, canada"):
        found.game([[1, 2, 3]])
    for mean in (-1.0, [1.0], "much", [np.nan, 1.0]):
        with pytest.raises(ParameterError, match="the mean excess is"):
            found.draws(np.random.default_rng(0), mean)
    with pytest.raises(ParameterError, match=r"not all in \[0, 1\)"):
        found.draws([[0.1, 0.1, 1.0], [0, 0, 0]], 1.0)


def test_it_says_in_short_what_it_is() -> None:
    assert repr(revealed(R1, ("keep", "counter"))) == (
        "Revealed(keep/counter: us escalate 6.5, canada retaliate 1.5)"
    )
    assert repr(revealed(R1, ("escalate", "retaliate"))) == (
        "Revealed(escalate/retaliate: no costs)"
    )
