"""Many points at once give what they give one by one, to the last bit where that is promised."""

from __future__ import annotations

import dataclasses
import pickle
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Case, Model, Talks, evaluate, parameter
from negotiation.bargaining import CONCEPTS, bargain, bargains, conceded
from negotiation.coded import Coded, coded, worded
from negotiation.games import clouds, select, solve, two_players
from negotiation.games.exact import enumerate_exactly
from negotiation.games.game import Array, Game
from negotiation.games.listing import Ledger
from negotiation.games.select import register_rule
from negotiation.outcome import deal_range, deals, marginals
from negotiation.outcome.columns import Column, columns
from negotiation.registry import restored
from negotiation.tolerances import SINGULAR, TIE

Profiles = dict[tuple[str, ...], tuple[Any, ...]]
LIMITS = two_players.LEAST_RANGE, two_players.MOST_RANGE


def games(size: int, actions: int, seed: int = 3) -> Array:
    """Games of every kind: random, of whole numbers, near a tie, zero sum, and beyond floats."""
    rng = np.random.default_rng(seed)
    found = rng.normal(size=(size, 2, actions, actions))
    found[::3] = rng.integers(-3, 4, size=found[::3].shape)
    found[1::6] = rng.integers(-40, 41, size=found[1::6].shape)
    found[2::6, 0, 0] = found[2::6, 0, 1] + rng.choice([1e-12, 1e-10, 3e-9, -1e-8])
    found[4::12, 1] = -found[4::12, 0]
    found[0], found[3] = np.nan, 0.0
    found[6, 0, 0, 0] = np.inf
    found[9], found[12], found[15] = 1e-70 * found[9], 1e70 * found[12], 1e307 * found[15]
    return found


def labelled(payoffs: Array) -> Game:
    actions = tuple(tuple(f"{name}{k}" for k in range(payoffs.shape[-1])) for name in "xy")
    return Game(("x", "y"), actions, payoffs)


# --- games ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("actions", [2, 3])
def test_games_together_are_the_kernel_to_the_last_bit(
    actions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    payoffs = games(400, actions)
    kernel = Ledger(actions, actions, len(payoffs), False)
    monkeypatch.setattr(clouds, "_BLOCK", 37)
    monkeypatch.setattr(clouds, "_BLOCK_OF_THREE", 37)
    with np.errstate(all="ignore"):
        if actions == 2:
            found = clouds.two_by_two(payoffs, TIE, *LIMITS)
            two_players._closed_form(payoffs.reshape(-1), kernel)
        else:
            found = clouds.three_by_three(payoffs, TIE, SINGULAR, *LIMITS)
            two_players._three_by_three(payoffs.reshape(-1), kernel)
    wanted = kernel.found("closed form")
    np.testing.assert_array_equal(found.open, wanted.open)
    np.testing.assert_array_equal(found.pending, wanted.pending)
    np.testing.assert_array_equal(found.listing.first, wanted.listing.first)
    assert set(found.listing.count.tolist()) >= {0, 1, 3}
    for one, other in zip(
        (*found.listing.strategies, found.listing.payoffs, found.listing.regret),
        (*wanted.listing.strategies, wanted.listing.payoffs, wanted.listing.regret),
        strict=True,
    ):
        assert np.ascontiguousarray(one).tobytes() == np.ascontiguousarray(other).tobytes()


RULES = ("pareto", "welfare", "scaled_welfare", "egalitarian", "risk_dominant", "best_for_y")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("actions", [2, 3])
def test_a_rule_chooses_in_a_cloud_what_it_chooses_in_each_game(rule: str, actions: int) -> None:
    payoffs = games(96, actions).reshape(8, 12, 2, actions, actions)
    found = solve(labelled(payoffs))
    assert found.count.max() > 1
    chosen = select(found, rule)
    for index in np.ndindex(8, 12):
        alone = select(solve(labelled(payoffs[index])), rule)
        for part in ("payoffs", "lowest", "highest", "regret"):
            np.testing.assert_array_equal(getattr(chosen, part)[index], getattr(alone, part))
        assert chosen.support[index] == alone.support
        supports = [each.support for each in found.at(index)]
        assert [word for word in found.supports[index] if word] == supports
        assert str(alone.support) == (supports[chosen.index[index]] if supports else "")


def test_a_rule_of_an_author_is_asked_about_one_game_at_a_time() -> None:
    payoffs = games(96, 2)
    shapes = []
    with restored():

        @register_rule("worst_for_x")
        def worst(payoffs: Array, same: Array, game: Game, strategies: Any) -> Any:
            """The one in which x gets least."""
            shapes.append((payoffs.shape, same.shape, game.batch_shape, strategies[0].shape))
            return payoffs[:, 0] == payoffs[:, 0].min()

        chosen = select(solve(labelled(payoffs)), "worst_for_x")
    some = chosen.index >= 0
    np.testing.assert_array_equal(chosen.payoffs[some, 0], chosen.lowest[some, 0])
    assert {(each[1:3], each[0][1:], each[3][1:]) for each in shapes} == {(((2,), ()), (2,), (2,))}


def test_the_same_tied_game_is_solved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    payoffs = games(240, 2)
    payoffs[10:200:2] = payoffs[21]  # whole numbers, tied
    payoffs[11:200:4] = payoffs[27]
    asked = []

    def counted(*given: Any, **more: Any) -> Any:
        asked.append(given)
        return enumerate_exactly(*given, **more)

    monkeypatch.setattr(import_module("negotiation.games.solve"), "enumerate_exactly", counted)
    found = solve(labelled(payoffs))
    tied = two_players.enumerate_in_floats(payoffs, 1.0).open
    assert tied.sum() > 100
    assert len(asked) <= len(np.unique(payoffs[tied].reshape(-1, 8), axis=0))
    for b in range(0, 240, 7):
        alone = solve(labelled(payoffs[b]))
        assert [each.profile for each in found.at(b)] == [each.profile for each in alone.at()]
        assert found.completeness[b] == alone.completeness
        assert found.degenerate[b] == alone.degenerate
        first, last = found.listing.first[b : b + 2]
        np.testing.assert_array_equal(
            found.listing.components()[first:last], alone.listing.components()
        )


# --- words ----------------------------------------------------------------------------------------


@worded("said")
@dataclass(frozen=True, eq=False)
class Told:
    """Something with words."""

    said: Any
    more: int = 0


def test_words_with_codes_are_read_as_words() -> None:
    words = Coded(np.array([1, 0, 1, 2], dtype=np.uint8), ("yes", "no", "never"))
    told = Told(words.as_field())
    assert told.said.tolist() == ["no", "yes", "no", "never"]
    assert coded(told, "said") is words
    assert dataclasses.replace(told, more=1).said.tolist() == told.said.tolist()
    assert pickle.loads(pickle.dumps(told)).said.tolist() == told.said.tolist()
    plain = Told(np.array(["no", "maybe"]))
    assert plain.said.tolist() == ["no", "maybe"]
    assert coded(plain, "said").differs(words[:2]).tolist() == [False, True]
    assert words.among("no", "never").tolist() == [True, False, True, True]
    assert words.replaced("no", "well", np.array([True, True, False, True])).text.tolist() == [
        "well",
        "yes",
        "no",
        "never",
    ]
    assert np.asarray(words).dtype.kind == "U"
    first = Coded.first([[True, False], [True, True]], ["a", "b"], "c", (2,))
    assert first.text.tolist() == ["a", "b"]


def test_a_column_of_words_is_constant_where_it_is_one_word() -> None:
    cloud = evaluate(Case("tariff_standoff").model.at_values({"tariff": np.linspace(0.1, 0.9, 9)}))
    found = columns(cloud)
    status, support = found["status"], found["equilibrium"]
    assert status.constant
    assert not support.constant
    assert support.words is not None
    assert support.values.tolist() == cloud.selection.support.tolist()
    assert not found["payoff_exporter"].constant
    assert found["payoff_exporter"].words is None
    assert Column(np.broadcast_to(1.5, 9), "", "").constant


# --- deals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("concept", CONCEPTS)
@pytest.mark.parametrize("money", [True, False])
def test_what_a_side_concedes_is_that_of_the_bargain(concept: str, money: bool) -> None:
    rng = np.random.default_rng(8)
    d = rng.normal(size=(40, 2))
    d[3], d[4, 0], d[5, 1] = np.nan, np.inf, -np.inf
    d[6:12] += 3.0  # nothing to share
    pie = rng.normal(size=40)
    packages = AgreementSet.packages([(0.0, 0.0), (1.0, 2.0), (2.5, -1.0)], transfer=0.8)
    talks = Talks(
        ("a", "b"),
        rng.normal(size=(40, 2)),
        AgreementSet.money(pie) if money else packages,
        weight=rng.uniform(0.1, 0.9, 40),
    )
    found = bargain(talks, d, concept)
    assert 5 < np.isfinite(found.concession[:, 0]).sum() < 35
    for side in (0, 1):
        np.testing.assert_allclose(
            conceded(talks, d, concept, side), found.concession[:, side], rtol=0, atol=1e-12
        )
    either = np.arange(40) % 2
    np.testing.assert_allclose(
        conceded(talks, d, concept, either),
        np.take_along_axis(found.concession, either[:, None], axis=1)[:, 0],
        rtol=0,
        atol=1e-12,
    )
    together = bargains(talks, d, ("nash", concept))[concept]
    for field in dataclasses.fields(found):
        np.testing.assert_array_equal(getattr(together, field.name), getattr(found, field.name))


@dataclass(frozen=True)
class Chicken(Model):
    """Two who may yield, with several equilibria for most values of what yielding costs."""

    cost: float = parameter(1.0, low=-2, high=4, unit="units", source="test", lever_of="left")
    pie: float = parameter(2.0, low=-9, high=9, unit="units", source="test", lever_of="right")

    players = ("left", "right")
    actions = (("yield", "dare"), ("yield", "dare"))

    def payoffs(self) -> Profiles:
        return {
            ("yield", "yield"): (0.0, 0.0),
            ("yield", "dare"): (-self.cost, 1.0),
            ("dare", "yield"): (1.0, -self.cost),
            ("dare", "dare"): (-3.0, -2.0),
        }

    def talks(self) -> Talks:
        quo = np.stack(np.broadcast_arrays(0.1 * self.pie, 0.0 * self.cost), axis=-1)
        return Talks(self.players, quo, AgreementSet.money(self.pie), weight=0.3)


def cloud_of(size: int) -> Model:
    rng = np.random.default_rng(5)
    return Chicken.build(
        {
            "cost": np.append(rng.uniform(-2, 4, size - 3), [3.0, 0.0, 4.0]),
            "pie": np.append(rng.uniform(-9, 9, size - 3), [9.0, -9.0, 0.0]),
        }
    )


def test_the_range_of_deals_is_that_of_every_deal() -> None:
    outcome = evaluate(cloud_of(200))
    assert set(outcome.equilibria.count.tolist()) > {1, 3}
    every = deals(outcome)
    least, most = deal_range(outcome)
    none = np.asarray(np.isnan(every).all(axis=1))
    assert 0 < none[:, 0].sum() < 200
    low = np.where(none, np.nan, np.fmin.reduce(every, axis=1))
    high = np.where(none, np.nan, np.fmax.reduce(every, axis=1))
    np.testing.assert_allclose(least, low, rtol=0, atol=1e-12)
    np.testing.assert_allclose(most, high, rtol=0, atol=1e-12)
    assert (most - least)[~none].max() > 0.5


def test_marginals_of_many_points_are_those_of_few(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = cloud_of(300)
    many = evaluate(cloud, marginal=True).leverage
    monkeypatch.setattr(marginals, "_MANY", 10_000)
    few = evaluate(cloud, marginal=True).leverage
    assert many is not None
    assert few is not None
    assert set(many.marginal) == {"cost", "pie"}
    for lever, each in few.marginal.items():
        for side in ("left", "right"):
            one, other = getattr(many.marginal[lever], side), getattr(each, side)
            for part in dataclasses.fields(one):
                np.testing.assert_allclose(
                    getattr(one, part.name), getattr(other, part.name), rtol=0, atol=1e-9
                )
            assert 0 < np.isnan(one.total).sum() < 250


def test_marginal_leverage_has_columns_where_it_was_asked_for() -> None:
    cloud = cloud_of(300)
    plain, outcome = columns(evaluate(cloud)), evaluate(cloud, marginal=True)
    found = columns(outcome)
    more = {f"marginal_{lever}_{side}" for lever in ("cost", "pie") for side in ("left", "right")}
    assert found.keys() - plain.keys() == more
    assert outcome.leverage is not None
    slope = outcome.leverage.marginal["pie"].right.total
    np.testing.assert_allclose(found["marginal_pie_right"].values, slope, rtol=2.0**-30)
    assert "right" in found["marginal_pie_right"].about
