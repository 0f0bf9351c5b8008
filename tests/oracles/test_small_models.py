"""The small models give the answers known for them, through the public machinery."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from negotiation import Model, evaluate
from negotiation.games.sequential import sequential
from tests.oracles.small_models import (
    Demand,
    Escalation,
    LockIn,
    ThreeMarkets,
    best_of,
    crossing,
)

MODELS: list[Model] = [ThreeMarkets(), LockIn(), Escalation(), Demand(demand=5.0)]

# --- tariffs --------------------------------------------------------------------------------------


def test_d01_optimal_tariff() -> None:
    model = ThreeMarkets(theta=np.array([0, 0.25, 0.5, 1, 2]))
    tariff = model.optimal_tariff()
    np.testing.assert_allclose(tariff, [1 / 3, 16 / 65, 4 / 21, 1 / 8, 1 / 15], rtol=0, atol=1e-9)
    gains = [
        0.041666666666666664,
        0.024311490978157647,
        0.015238095238095236,
        0.006944444444444444,
        0.0020833333333333333,
    ]
    _, gain = model.effects()
    np.testing.assert_allclose(gain, gains, rtol=0, atol=1e-9)
    s = model.elsewhere()
    np.testing.assert_allclose(gain, 1 / (2 * s * (s + 1) ** 2 * (s + 2)), rtol=1e-12)


@pytest.mark.parametrize("theta", [0.0, 0.25, 0.5, 1.0, 2.0])
def test_d01_no_other_tariff_is_better(theta: float) -> None:
    model = ThreeMarkets(theta=theta)
    at, worth = best_of(lambda t: model.welfare(t)[1], 0.0, 0.9)
    # At the top welfare is flat: the place is good to the root of rounding, the value to rounding.
    assert at == pytest.approx(float(model.optimal_tariff()), abs=1e-7)
    assert worth == pytest.approx(float(model.welfare(model.optimal_tariff())[1]), abs=1e-15)


def test_d02_the_tariff_is_not_worth_its_political_cost() -> None:
    wanted = 0.7547637719737121
    model = ThreeMarkets(political_cost=0.01)
    found = crossing(lambda theta: model.replace({"theta": theta}).effects()[1] - 0.01, 0.0, 2.0)
    assert found == pytest.approx(wanted, abs=1e-8)
    at = model.replace({"theta": found})
    assert at.optimal_tariff() == pytest.approx(0.15177446878758005, abs=1e-8)
    assert model.effects()[1] == pytest.approx(0.041666666666666664, abs=1e-9)
    # The equilibrium of the game switches there.
    around = np.array([0.0, wanted - 1e-6, wanted + 1e-6, 2.0])
    support = evaluate(model.replace({"theta": around})).selection.support
    assert [str(each).split("/")[1] for each in support] == ["tax", "tax", "refrain", "refrain"]


def test_d04_diversification_and_enforcement() -> None:
    model = ThreeMarkets(theta=np.array([0, 0.5, 1, 2]))
    got = model.free_trade()
    canada = [0.6000000000000013, 0.9732521186440685, 1.5483870967741906, 3.370786516853957]
    us = [0.6000000000000013, 0.21942857142857042, 0.09999999999999969, 0.029999999999999905]
    np.testing.assert_allclose(got.critical[:, 0], canada, rtol=0, atol=1e-9)
    np.testing.assert_allclose(got.critical[:, 1], us, rtol=0, atol=1e-9)
    words = [str(each).split(":")[0] for each in got.status[:, 0]]
    assert words == ["at the critical discount factor and above"] * 2 + ["never"] * 2
    harm, _ = model.effects()
    losses = [0.06944444444444442, 0.04281179138321989, 0.02690972222222232, 0.012361111111111045]
    np.testing.assert_allclose(-harm, losses, rtol=0, atol=1e-9)


# --- lock-in --------------------------------------------------------------------------------------


def in_talks(model: Model) -> Any:
    """Payoffs of the deal; of no deal, where there is nothing to gain from one."""
    nash = evaluate(model).agreements["nash"]
    return np.where(np.isnan(nash.payoffs), nash.disagreement, nash.payoffs)


def test_d09_lock_in() -> None:
    free, locked = in_talks(LockIn(sunk=np.array([0.0, 1.0])))[:, 0]
    assert free == pytest.approx(1.0, abs=1e-9)
    assert locked == pytest.approx(0.7, abs=1e-9)
    assert locked < LockIn.AUTARKY
    # Sinking more helps or hurts in the talks as the gain or the exposure is larger.
    critical = crossing(
        lambda k: in_talks(LockIn(sunk=1.0, exposure=k))[0] - LockIn.AUTARKY, 0.0, 2.0
    )
    assert critical == pytest.approx(0.4, abs=1e-9)


# --- escalation -----------------------------------------------------------------------------------


def test_e06_a_cliff() -> None:
    theta = np.array([0, 0.3, 0.59, 0.61, 1])
    game = Escalation(theta=theta).game()
    got = sequential(game)
    us, canada = got.pessimistic_payoffs.T
    np.testing.assert_allclose(us, [5, 5, 5, 0, 0], rtol=0, atol=1e-9)
    np.testing.assert_allclose(canada, [-6, -6, -6, 0, 0], rtol=0, atol=1e-9)
    # No tie between outcomes: all of them pay the same.
    np.testing.assert_array_equal(got.lowest, got.highest)
    moves = np.array(game.actions[0])[got.pessimistic[:, 0]]
    plans = np.array(game.actions[1])[game.payoffs[:, 1, 1, :].argmax(axis=-1)]
    assert [f"{move}/{plan}" for move, plan in zip(moves, plans, strict=True)] == [
        "escalate/accommodate",
        "escalate/accommodate",
        "escalate/accommodate",
        "hold/retaliate",
        "hold/retaliate",
    ]
    switch = crossing(
        lambda t: sequential(Escalation(theta=t).game()).pessimistic_payoffs[0] - 1.0, 0.0, 1.0
    )
    # Payoffs within 1e-9 of each other, scaled to [0, 1], are a tie, and count against escalating.
    assert switch == pytest.approx(0.6, abs=1.2e-9)


@pytest.mark.parametrize(
    ("theta", "demand", "canada", "us"), [(0.0, 12, -12, 11), (0.5, 7, -7, 6), (1.0, 2, -2, 1)]
)
def test_e07_a_demand_that_is_just_acceptable(
    theta: float, demand: float, canada: float, us: float
) -> None:
    best = Demand(theta=theta).acceptable()
    assert best == pytest.approx(demand, abs=1e-9)
    # Every demand there is to choose from, the best among them, as one cloud.
    demands = np.append(np.linspace(0.0, 15.0, 3001), best)
    got = sequential(Demand(theta=theta, demand=demands).game())
    most = int(got.optimistic_payoffs[:, 0].argmax())
    assert demands[most] == pytest.approx(demand, abs=1e-9)
    np.testing.assert_allclose(got.optimistic_payoffs[most], [us, canada], rtol=0, atol=1e-9)
    # However Canada breaks its tie, as much as one likes of that can be had by asking for less.
    near = np.linspace(best - 0.01, best, 11)
    sure = sequential(Demand(theta=theta, demand=near).game()).pessimistic_payoffs[:-1, 0]
    np.testing.assert_allclose(sure, near[:-1] - 1.0, rtol=0, atol=1e-12)


def test_e07_deterrence() -> None:
    def worth(theta: float) -> float:
        model = Demand(theta=theta)
        asking = model.replace({"demand": float(model.acceptable())})
        return float(sequential(asking.game()).optimistic_payoffs[0])

    switch = crossing(worth, 0.0, 1.2)
    assert switch == pytest.approx(1.1, abs=2e-9)
    assert worth(1.0) > 0


# --- the models themselves ------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_a_cloud_is_its_points(model: Model) -> None:
    name = next(iter(model.parameters()))
    values = np.array([0.0, 0.3, 0.9])
    cloud = model.replace({name: values}).game().payoffs
    for k, value in enumerate(values):
        one = model.replace({name: float(value)}).game().payoffs
        np.testing.assert_allclose(cloud[k], one, rtol=1e-14, atol=1e-15)
