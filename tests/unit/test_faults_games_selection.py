"""W3: several equilibria are said first, and the rule that chooses does not flip for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Case, Model, Talks, evaluate, parameter
from negotiation.games import select, solve
from negotiation.games.game import Game
from negotiation.outcome import deal_range, deals
from negotiation.report import solution
from negotiation.report.reading import lines
from negotiation.study import sweep
from negotiation.study.reading import Reading

pytestmark = pytest.mark.filterwarnings("error")


def two_player(a: Any, b: Any) -> Game:
    payoffs = np.array([a, b], dtype=float)
    actions = tuple(
        tuple(f"{s}{k}" for k in range(n)) for s, n in zip("xy", payoffs.shape[1:], strict=True)
    )
    return Game(("x", "y"), actions, payoffs)


def chicken(corner: float, other: float = -4.0) -> Game:
    return two_player([[0.0, -1.0], [3.0, corner]], [[0.0, 3.0], [-1.0, other]])


@pytest.mark.parametrize("step", [-1e-3, -1e-6, 1e-6, 1e-3, 1.0, -1e6])
def test_w3_a_corner_that_no_pure_equilibrium_reaches_turns_no_choice(step: float) -> None:
    for rule in ("pareto", "welfare", "best_for_x", "best_for_y"):
        here = str(select(solve(chicken(-4.0)), rule).support)
        for moved in (chicken(-4.0 + step), chicken(-4.0, -4.0 + step)):
            found = solve(moved)
            if found.count > 1:
                assert str(select(found, rule).support) == here, rule
    assert str(select(solve(chicken(-4.0))).support) == "x0/y1"


@pytest.mark.parametrize("seed", range(40))
def test_w3_payoffs_out_of_reach_do_not_turn_the_default_rule(seed: int) -> None:
    """Coordination games: what is off the diagonal is reached by no pure equilibrium."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 4))
    payoffs = rng.uniform(-5.0, 0.0, (2, size, size))
    payoffs[:, np.arange(size), np.arange(size)] = rng.integers(1, 4, (2, size))
    moved = payoffs + rng.uniform(-1e-3, 1e-3, payoffs.shape) * (1 - np.eye(size))
    one, two = (select(solve(two_player(*each))) for each in (payoffs, moved))
    assert str(one.support) == str(two.support)
    np.testing.assert_array_equal(one.payoffs, two.payoffs)


def test_w3_pareto_means_that_nothing_dominates() -> None:
    # (3, 3) dominates (2, 2) and (1, 1); the order of the game's actions does not matter.
    diagonal = np.array([2.0, 1.0, 3.0])
    payoffs = np.diag(diagonal)
    assert str(select(solve(two_player(payoffs, payoffs))).support) == "x2/y2"
    # Neither (2, 1) nor (1, 2) dominates: the first, though the sum of the second is larger.
    a, b = np.diag([2.0, 1.0]), np.diag([1.0, 20.0])
    assert str(select(solve(two_player(a, b))).support) == "x0/y0"
    assert str(select(solve(two_player(a, b)), "welfare").support) == "x1/y1"


def test_w3_pure_equilibria_come_before_mixed_ones_whoever_lists_them() -> None:
    game = chicken(-4.0)
    for found in (solve(game), solve(game, exact=True), solve(game, nashpy=True)):
        for rule in ("pareto", "welfare"):  # (-1, 3) and (3, -1) have one sum
            assert str(select(found, rule).support) == "x0/y1"


def test_w3_units_and_zeros_of_payoffs_choose_nothing() -> None:
    rng = np.random.default_rng(3)
    payoffs = rng.integers(0, 6, (200, 2, 3, 3)).astype(float)
    actions = (("a", "b", "c"), ("d", "e", "f"))
    found = [
        select(solve(Game(("x", "y"), actions, each))).support
        for each in (payoffs, payoffs * np.array([7.0, 0.5])[:, None, None] + 1000.0)
    ]
    assert found[0].tolist() == found[1].tolist()


def test_w3_a_batch_chooses_like_a_loop() -> None:
    rng = np.random.default_rng(5)
    payoffs = rng.integers(0, 4, (2, 30, 2, 3, 2)).astype(float)
    game = Game(("x", "y"), (("a", "b", "c"), ("d", "e")), payoffs)
    for rule in ("pareto", "scaled_welfare", "egalitarian", "risk_dominant", "best_for_y"):
        whole = select(solve(game), rule)
        for at in [(0, 3), (1, 29), (1, 7)]:
            one = select(solve(game.at(at)), rule)
            assert whole.support[at] == str(one.support)
            np.testing.assert_array_equal(whole.payoffs[at], one.payoffs)
            np.testing.assert_array_equal(whole.lowest[at], one.lowest)


@dataclass(frozen=True)
class Chicken(Model):
    """Two drivers; the deal hangs on who is expected to swerve."""

    corner: Any = parameter(-4.0, low=-10, high=10, unit="US$", source="test", lever_of="left")

    players = ("left", "right")
    actions = (("swerve", "straight"), ("swerve", "straight"))

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        return {
            ("swerve", "swerve"): (0.0 * self.corner, 0.0),
            ("swerve", "straight"): (-1.0, 3.0),
            ("straight", "swerve"): (3.0, -1.0),
            ("straight", "straight"): (self.corner, -4.0),
        }

    def talks(self) -> Talks | None:
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(3.0))


def test_w3_the_reading_opens_with_how_many_there_are_and_what_hangs_on_it() -> None:
    told = " ".join(lines(Reading.of(evaluate(Chicken())))[:2])
    assert told.startswith("There are 3 equilibria without a deal.")
    # Money of 3: half of it and half the difference of the payoffs, (-1, 3) or (3, -1).
    assert "deal of left runs from -0.5000 to +3.500" in " ".join(told.split())
    alone = lines(Reading.of(evaluate(Chicken(corner=2.0))))  # going straight dominates
    assert alone[0].startswith("Without a deal")


def test_w3_without_talks_the_range_is_that_of_the_payoff() -> None:
    class Silent(Chicken):
        def talks(self) -> None:
            return None

    told = " ".join(" ".join(lines(Reading.of(evaluate(Silent())))).split())
    assert "3 equilibria without a deal. Over all of them the payoff of left runs from" in told


def test_w3_deals_over_all_equilibria_are_bargains_from_each() -> None:
    outcome = evaluate(Chicken(corner=np.array([-4.0, 2.0, -9.0])))
    low, high = deal_range(outcome)
    every = deals(outcome)
    for b in range(3):
        payoffs = outcome.equilibria.payoffs[b][: outcome.equilibria.count[b]]
        wanted = (3.0 + payoffs - payoffs[:, ::-1]) / 2
        np.testing.assert_allclose(every[b][: len(wanted)], wanted, atol=1e-12)
        np.testing.assert_allclose(low[b], wanted.min(axis=0), atol=1e-12)
        np.testing.assert_allclose(high[b], wanted.max(axis=0), atol=1e-12)
    assert np.isnan(every[1, 1:]).all()
    # What no equilibrium moves is the same over all of them.
    same = deal_range(evaluate(Case(Chicken(), threat="status_quo")))
    np.testing.assert_array_equal(*same)
    apart = deal_range(evaluate(Case(Chicken(), threat="dispute")))
    assert (apart[0] <= apart[1]).all()


def test_w3_a_sweep_has_the_range_beside_the_selected_deal() -> None:
    from negotiation.report import sweep as report
    from negotiation.report.render import render
    from negotiation.report.text import text

    data = sweep(Chicken, {"corner": [-5.0, -2.0, 4.0]})
    assert data["equilibria"].values.tolist() == [3, 3, 1]
    np.testing.assert_allclose(data["delta_left_all_min"], [-0.5, -0.5, 3.5])
    np.testing.assert_allclose(data["delta_left_all_max"], [3.5, 3.5, 3.5])
    np.testing.assert_allclose(data["delta_left"], [-0.5, -0.5, 3.5])
    told = render(report.document(data, Chicken, []), "table")
    assert "(1 of 3)" in told
    assert "-0.5000 to" in told
    first = text([next(iter(report.reading(data, Chicken, [])))])
    assert first.startswith("At 2 of 3 points there are several equilibria (3)")


def test_w3_the_record_has_the_range_too() -> None:
    made = solution.record(evaluate(Chicken()))["selection"]
    assert made["equilibria"] == 3
    assert made["delta_over_all"]["left"] == {"min": pytest.approx(-0.5), "max": pytest.approx(3.5)}
