"""Starts along a line: every point is the one that is found without them."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest
from numpy.polynomial import chebyshev
from numpy.testing import assert_allclose

from benchmarks.subjects.worlds import build, shipped_world
from negotiation.errors import DataError
from negotiation.trade import counterfactual, levers
from negotiation.trade.nodes import SmoothAxis

has_numba = pytest.mark.skipif(
    importlib.util.find_spec("numba") is None, reason="numba (extra `fast`) is not installed"
)


@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=has_numba)])
def test_a_lever_over_draws(compiled: bool) -> None:
    world = shipped_world()
    delta = np.linspace(0.0, 0.5, 41)
    draw = np.random.default_rng(4)
    theta = world.trade_elasticity * np.exp(0.25 * draw.standard_normal((6, 16)))
    share = np.zeros((41, 1, 1, 16))
    share[..., :13] = delta[:, None, None, None]
    markets = ["MEX", "EU27", "CHN", "ROW"]
    psi = levers.growth(world, "CAN", "USA", markets, share)
    given: dict[str, Any] = {
        "tariff": {("CAN", "USA"): np.array([0.0, 0.25])[:, None, None]},
        "taste": levers.tastes(world, "CAN", markets, psi),
        "elasticity": theta[:, None],
        "compiled": compiled,
    }
    plain = counterfactual(world, **given)
    found = counterfactual(world, line=(-3, delta), **given)
    assert found.converged.all()
    assert_allclose(found.welfare, plain.welfare, rtol=3e-12)
    assert found.evaluations.mean() < 0.45 * plain.evaluations.mean()


def test_a_lever_that_bends_or_leads_nowhere() -> None:
    """Kinks, a jump and scenarios without an equilibrium take time, and change nothing."""
    world = build(5, n=3, s=2, linked=True, theta=(1.0, 6.0)).world
    x = np.linspace(0.0, 1.0, 25)
    rate = np.maximum(x - 0.4, 0.0) + 0.5 * (x > 0.7) + np.where(x == 1.0, 1e7, 0.0)
    duty = {("R0", "R1"): rate[None, :, None, None]}
    more: dict[str, Any] = {
        "closure": np.array(["transfers", "wages:R1"])[:, None],
        "tariff_unit": "fraction",
    }
    plain = counterfactual(world, duty, **more)
    found = counterfactual(world, duty, line=(-1, x), **more)
    assert np.array_equal(found.converged, plain.converged)
    assert_allclose(found.welfare, plain.welfare, rtol=1e-10)


def test_nodes() -> None:
    draw = np.random.default_rng(1)
    for values in (np.linspace(0.0, 0.8, 41), np.linspace(-3.0, 2.0, 33), draw.random(50)):
        line = SmoothAxis.read(-2, values, (len(values), 3))
        assert line is not None
        done: set[int] = set()
        x = np.log1p(5.0 * values) if values.min() >= 0.0 else values
        for stage in line.stages:
            assert set(stage.known) <= done
            assert not done & set(stage.members)
            done |= set(stage.members)
            if len(stage.known):
                # Polynomials of the degree that the nodes allow are met.
                known = chebyshev.chebvander(x / np.abs(x).max(), len(stage.known) - 1)
                found = stage.weights @ known[stage.known]
                assert_allclose(found, known[stage.members], rtol=0, atol=1e-9)
        assert done == set(range(len(values)))
        assert len(line.stages[-1].known) == 13
    crowded = np.append(np.linspace(0.0, 1e-9, 30), 1.0)
    for few in (np.linspace(0.0, 1.0, 19), np.repeat([0.0, 1.0], 20), crowded):
        assert not SmoothAxis(-1, few).stages
    assert SmoothAxis.read(-2, np.arange(30.0), (5,)) is None
    assert SmoothAxis.read(-2, np.arange(30.0), (1, 5)) is None


def test_a_line_that_does_not_fit() -> None:
    world = build(5, n=3, s=2, linked=True).world
    with pytest.raises(DataError, match=r"a line of values of shape \(3,\) along axis -1"):
        counterfactual(world, {("R0", "R1"): np.zeros((4, 1, 1))}, line=(-1, np.arange(3.0)))
