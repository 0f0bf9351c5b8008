"""Clouds of drawn elasticities of the shipped model: each draw as in a world of its own."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.subjects.worlds import Array
from negotiation import load_model

DELTA = np.linspace(0.0, 0.4, 21)
DRAWS = 2

#: Of the largest payoff.
SAME = 1e-9

SETTINGS: dict[str, dict[str, Any]] = {
    "tastes": {},
    "a subsidy, US prices": {"diversification_by": "subsidy", "closure": "us_prices"},
    "cheaper trade, levers, rates that are drawn": {
        "diversification_by": "trade_cost",
        "procurement": 0.1,
        "procurement_waste": 0.5,
        "already_moved": np.array([0.6, 0.9]),
        "escalation_rate": np.array([0.15, 0.4]),
        "auto_weight_us": 0.4,
        "closure": "balanced",
    },
    "short run, labour that is drawn": {
        "run": "short_run",
        "labour_elasticity": np.array([1.3, 2.0]),
        "already_moved": 0.5,
    },
}
_FULL = ("a subsidy, US prices", "cheaper trade, levers, rates that are drawn")


def drawn(run: str) -> Array:
    model: Any = load_model("canada_us").build({"run": run})
    base: Array = model.world.trade_elasticity
    return base * np.exp(0.25 * np.random.default_rng(5).standard_normal((DRAWS, len(base))))


@pytest.mark.parametrize(
    "setting",
    [pytest.param(each, marks=pytest.mark.full) if each in _FULL else each for each in SETTINGS],
)
def test_draws_along_a_lever(setting: str) -> None:
    values = SETTINGS[setting]
    theta = drawn(values.get("run", "long_run"))
    declared = load_model("canada_us")
    cloud: Any = declared.build(
        {**values, "elasticities": theta, "diversification": DELTA[:, None]}
    )
    assert cloud.line[0] == -2
    payoffs, now, worth = cloud.payoffs(), cloud.in_force(), cloud.levers_worth()
    results = {name: each.values for name, each in cloud.outcomes().items()}
    assert cloud.profiles.converged.all()
    assert cloud.profiles.evaluations.mean() < 7.0
    for k, d in ((0, 0), (9, 1), (20, 0)):
        own = {name: each[d] if np.ndim(each) else each for name, each in values.items()}
        one: Any = declared.build({**own, "diversification": DELTA[k]})
        alone = dataclasses.replace(one.world, trade_elasticity=theta[d])
        vars(one)["world"] = alone
        scale = np.abs(one.payoffs()).max()
        assert_allclose(payoffs[k, d], one.payoffs(), rtol=0, atol=SAME * scale)
        assert_allclose(now[k, d], one.in_force(), rtol=0, atol=SAME * scale)
        assert_allclose(worth[k, d], one.levers_worth(), rtol=0, atol=SAME * scale)
        for name, each in one.outcomes().items():
            found = np.broadcast_to(results[name], (len(DELTA), DRAWS, 3, 3))[k, d]
            most = max(float(np.abs(each.values).max()), 1.0)
            assert_allclose(found, each.values, rtol=0, atol=1e-7 * most, err_msg=name)
        for side, hurt in one.power_to_hurt().items():
            assert_allclose(cloud.power_to_hurt()[side].values[d], hurt.values, rtol=1e-12)


def test_lines_of_the_model() -> None:
    declared = load_model("canada_us")
    theta = drawn("long_run")
    rate = DELTA[:, None]

    def line(**values: Any) -> Any:
        found: Any = declared.build({"elasticities": theta, **values})
        return found.line

    assert line(diversification=rate)[0] == -2
    assert_allclose(line(**{"diversification.autos": rate})[1], DELTA)
    assert line(retaliation_rate=rate, procurement=np.array([0.1, 0.2]))[0] == -2
    # Two levers at once, none that moves trade, one draw for each point.
    assert line(diversification=rate, procurement=rate) is None
    assert line(discount_us=rate + 0.1) is None
    assert line(diversification=rate * np.array([1.0, 0.5])) is None
    # Without draws the points are solved one by one.
    plain: Any = declared.build({"diversification": DELTA})
    assert plain.line is None
