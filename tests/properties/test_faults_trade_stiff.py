"""W15: large trade elasticities and labour that hardly moves, and searches that do not converge."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from negotiation.trade import (
    TariffStatus,
    World,
    counterfactual,
    gradient,
    nash_tariffs,
    optimal_tariff,
)
from negotiation.trade import solver as solver_module

#: Long runs of what shorter tests cover in part: they belong to the full suite.
pytestmark = pytest.mark.full


def stiff(theta: float, eta: float, seed: int = 0) -> World:
    """Two regions, two goods, home sales of 8 to 12 and trade of 1 to 3 each way."""
    draw = np.random.default_rng(seed)
    flows = draw.uniform(1.0, 3.0, (2, 2, 2))
    for n in range(2):
        flows[n, n] = draw.uniform(8.0, 12.0, 2)
    return World.from_arrays(
        regions="AB", sectors="xy", flows=flows, trade_elasticity=theta, labour_elasticity=eta
    )


@pytest.mark.parametrize(("theta", "eta"), [(100.0, 1.001), (400.0, 1.0001), (400.0, np.inf)])
def test_duties_that_all_but_end_trade_are_solved(theta: float, eta: float) -> None:
    """At 500 % nothing but the transfer is traded: its wage falls until it is."""
    world = stiff(theta, eta)
    rates = np.array([-0.5, 0.05, 0.5, 2.0, 5.0])
    duty = {
        ("A", "B"): rates[:, None, None],
        ("B", "A"): rates[::-1, None, None] * np.ones((5, 1, 1)),
    }
    after = counterfactual(world, duty)
    assert after.converged.all()
    assert after.evaluations.max() < 600
    closed = counterfactual(world, {("A", "B"): 5.0, ("B", "A"): 5.0})
    assert bool(closed.converged)
    sold = closed.flows.sum(axis=(2, 3))
    assert_allclose(sold[0, 1] - sold[1, 0], -world.transfer[0], rtol=1e-6)
    assert min(sold[0, 1], sold[1, 0]) < 1e-6


def test_gradients_hold_where_weights_leave_the_range_of_doubles() -> None:
    world = stiff(400.0, 1.5)
    assert np.finfo(float).tiny > 6.0**-400.0
    rates = np.zeros(world.flows.shape)
    rates[0, 1] = rates[1, 0] = 5.0
    slope = gradient(counterfactual(world, rates), {"welfare": [1.0, 0.5]})
    assert bool(slope.converged)
    move = np.zeros_like(rates)
    move[0, 1, 0], move[1, 0, 1], move[1, 0, 0] = 1e-6, -2e-6, 1e-6

    def value(at: np.ndarray) -> float:
        return float(counterfactual(world, at).welfare @ [1.0, 0.5])

    rise = (value(rates + move) - value(rates - move)) / 2.0
    assert_allclose((slope.tariff * move).sum(), rise, rtol=1e-3, atol=1e-13)


@pytest.mark.parametrize(("theta", "eta"), [(100.0, 1.001), (400.0, 1.001)])
def test_a_tariff_war_takes_few_equilibria_and_is_certified(theta: float, eta: float) -> None:
    war = nash_tariffs(stiff(theta, eta), ["A", "B"])
    assert war.status is TariffStatus.CERTIFIED
    assert bool(war.equilibrium.converged)
    assert war.evaluations < 600
    assert war.certificate is not None
    assert war.certificate.unconverged.sum() == 0


def test_optimal_tariffs_of_a_stiff_world_are_certified() -> None:
    assert optimal_tariff(stiff(400.0, 1.0001, seed=1), "A").status is TariffStatus.CERTIFIED


def test_what_did_not_converge_has_no_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver_module, "TRADE_STEPS", 2)
    monkeypatch.setattr(solver_module, "TRADE_NEWTON_STEPS", 1)
    monkeypatch.setattr(solver_module, "TRADE_HALVINGS", 0)
    world = stiff(4.0, np.inf)
    for found in (nash_tariffs(world, ["A", "B"]), optimal_tariff(world, "A")):
        assert found.status is TariffStatus.NOT_CONVERGED
        assert found.certificate is None
        assert np.isnan(found.certificate_pct)
        assert "nothing to certify" in found.status.value
