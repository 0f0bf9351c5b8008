"""Elasticities and closures by scenario: one batch equals one world, one closure, per draw."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.subjects.worlds import Array, build, shipped_world
from negotiation.errors import DataError, ParameterError
from negotiation.trade import (
    Parts,
    Quota,
    TradeEquilibrium,
    World,
    counterfactual,
    decomposition,
    gradient,
    levers,
    outcomes,
)
from tests.blind import slow_wedges

has_numba = pytest.mark.skipif(
    importlib.util.find_spec("numba") is None, reason="numba (extra `fast`) is not installed"
)
DRAWS = 5
CLOSURES = ("transfers", "balanced", "wages:R1", "consumer_prices:R2", "wages:R0")


def drawn(world: World, seed: int, sd: float = 0.25) -> Array:
    """(D, S) trade elasticities around those of a world."""
    draw = np.random.default_rng(seed)
    scale = np.exp(sd * draw.standard_normal((DRAWS, len(world.sectors))))
    return np.clip(world.trade_elasticity * scale, 0.3, 20.0)


def parts(seed: int, sectors: int) -> Parts:
    draw = np.random.default_rng(seed)
    share = draw.dirichlet(np.ones(3), (sectors, 2)).transpose(2, 0, 1)
    names = np.broadcast_to(np.array(["a", "b", ""])[:, None, None], share.shape)
    return Parts(names, share, draw.uniform(0.0, 0.6, share.shape))


def wedges(kind: str, sectors: int) -> dict[str, Any]:
    """Wedges of a kind; those with batch axes have one for each draw."""
    draw = np.random.default_rng(7)
    one, other = ("R0", "R1"), ("R2", "R1")
    rate = draw.uniform(0.0, 0.4, (DRAWS, sectors, 2))
    given: dict[str, dict[str, Any]] = {
        "plain": {"tariff": {one: rate, other: 0.2}},
        "parts": {"tariff": {one: parts(1, sectors)}, "export_tax": {one: parts(1, sectors)}},
        "taxes": {"tariff": {one: parts(2, sectors)}, "export_tax": {one: 0.1, other: rate}},
        "rents": {"rent": {one: rate}, "rent_share": 0.4, "trade_cost": {other: 1.0 + rate}},
        "tastes": {"taste": {one: 1.0 + rate}, "tariff": {other: 0.3}},
        "tables": {"tariff": draw.uniform(0.0, 0.5, (3, 3, sectors, 2))},
        "far": {"tariff": {one: 5.0 + rate, other: 7.0}, "tariff_unit": "fraction"},
        "quotas": {
            "tariff": {other: 0.1},
            "quotas": [
                Quota("R0", "R1", ["S0"], limit=0.8, over=0.9, rent_share=0.3),
                Quota("R2", "R1", ["S1"], limit=0.7, over=0.05, rent_share=0.5),
            ],
        },
    }
    return given[kind]


def lane(values: Any, d: int) -> Any:
    """What was given, at one draw."""
    if isinstance(values, dict):
        return {key: lane(each, d) for key, each in values.items()}
    if isinstance(values, np.ndarray) and len(values) == DRAWS:
        return values[d]
    return values


def same(found: TradeEquilibrium, d: int, alone: TradeEquilibrium, tolerance: float) -> None:
    """Results of a draw are those of a world of its own."""
    assert found.converged[d]
    assert alone.converged
    assert_allclose(found.welfare[d], alone.welfare, rtol=tolerance)
    for name in (
        *("income", "wage", "prices", "output", "tariff_revenue", "export_tax_revenue"),
        *("flows", "employment", "real_value_added", "sector_wage", "tariff"),
    ):
        scale = float(np.abs(getattr(alone, name)).max())
        assert_allclose(getattr(found, name)[d], getattr(alone, name), rtol=0, atol=1e-9 * scale)
    assert_allclose(found.sales("R0", "R1")[d], alone.flows[0, 1], rtol=0, atol=1e-9 * scale)
    assert_allclose(
        outcomes.tariff_revenue_by_origin(found)[d],
        outcomes.tariff_revenue_by_origin(alone),
        rtol=1e-9,
        atol=1e-9,
    )
    assert_allclose(decomposition(found).terms[d], decomposition(alone).terms, rtol=0, atol=1e-7)
    for a, b in zip(found.quotas, alone.quotas, strict=True):
        assert_allclose(a.wedge[d], b.wedge, rtol=0, atol=1e-8)
        assert a.regime[d] == b.regime


ways = pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=has_numba)])


@ways
@pytest.mark.parametrize(
    "kind", ["plain", "parts", "taxes", "rents", "tastes", "tables", "far", "quotas"]
)
@pytest.mark.parametrize(
    "labour",
    [
        "mobile",
        *(pytest.param(each, marks=pytest.mark.full) for each in ("sticky", "specific", "plain")),
    ],
)
def test_draws_are_lanes(labour: str, kind: str, compiled: bool) -> None:
    world = build(5, n=3, s=2, linked=labour != "plain", theta=(1.0, 6.0)).world
    if labour == "sticky":
        world = dataclasses.replace(world, labour_elasticity=1.5)
    if labour == "specific":
        world = world.with_specific_share(np.array([[0.2, 0.0], [0.4, 0.1], [0.0, 0.0]]))
    theta, given = drawn(world, 3), wedges(kind, 2)
    eta = np.linspace(1.3, 3.0, DRAWS)
    given["labour_elasticity"] = eta if labour == "sticky" else None
    names = np.array(CLOSURES)
    found = counterfactual(world, elasticity=theta, closure=names, compiled=compiled, **given)
    assert found.welfare.shape == (DRAWS, 3)
    weights = np.eye(3)[1]
    slopes = gradient(found, {"welfare": weights}) if kind != "far" else None
    for d, name in enumerate(CLOSURES):
        own = dataclasses.replace(world, trade_elasticity=theta[d])
        if labour == "sticky":
            own = dataclasses.replace(own, labour_elasticity=float(eta[d]))
        alone = counterfactual(own, closure=name, **{**lane(given, d), "labour_elasticity": None})
        same(found, d, alone, 1e-9 if kind in ("far", "quotas") else 1e-11)
        if slopes is not None:
            expected = gradient(alone, {"welfare": weights})
            for by in ("tariff", "trade_cost", "taste", "export_tax"):
                here, there = getattr(slopes, by)[d], getattr(expected, by)
                assert_allclose(here, there, rtol=0, atol=1e-8 * np.abs(there).max())
        if kind in ("plain", "tastes"):
            base = found.as_world(d)
            assert_allclose(base.trade_elasticity, theta[d])
            back = counterfactual(base, base.tariff)
            assert_allclose(back.welfare, 1.0, rtol=1e-9)


@pytest.mark.parametrize("closure", ["transfers", "balanced", "wages:R1", "consumer_prices:R2"])
@pytest.mark.parametrize("eta", [np.inf, 1.5])
def test_closures_against_the_slow_solver(closure: str, eta: float) -> None:
    world = build(11, n=3, s=2, linked=True, theta=(1.0, 6.0)).world
    world = dataclasses.replace(world, labour_elasticity=eta)
    duty = np.array([[0.3, 0.1], [0.2, 0.5]])
    unit, _, code = closure.partition(":")
    words = {"transfers": "world", "consumer_prices": "prices"}
    economy = slow_wedges.Economy(
        world.flows,
        world.tariff,
        world.trade_elasticity,
        world.input_share,
        world.specific_share,
        eta,
    )
    south = (0, 1)
    slow = slow_wedges.solve(
        economy,
        slow_wedges.Wedges(
            duties=[{south: slow_wedges.whole(duty)}],
            export_taxes=[{(2, 1): slow_wedges.whole(0.2)}],
            taste={south: 1.0 + duty},
        ),
        slow_wedges.Closure(words.get(unit, unit), world.regions.index(code) if code else 0),
    )
    found = counterfactual(
        world,
        {("R0", "R1"): Parts.plain(duty)},
        export_tax={("R2", "R1"): 0.2},
        taste={("R0", "R1"): 1.0 + duty},
        closure=closure,
    )
    assert_allclose(found.welfare, slow.welfare, rtol=1e-10)


def test_closures_that_are_the_same() -> None:
    """Where trade is balanced in the data nothing is transferred, in whatever units."""
    world = build(3, n=3, s=2, linked=True).world
    world = counterfactual(world, closure="balanced").as_world()
    found = counterfactual(world, {("R0", "R1"): 0.3}, closure=np.array(CLOSURES))
    assert_allclose(found.welfare, np.broadcast_to(found.welfare[0], (5, 3)), rtol=1e-10)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"elasticity": np.ones((4, 3))}, r"shape \(4, 3\); expected \(..., S\) = \(..., 2\)"),
        ({"elasticity": [1.0, -2.0]}, "elasticity of sector S1 is -2"),
        ({"elasticity": np.ones((4, 2)), "tariff": np.zeros((3, 1, 1, 1, 1))}, "fit together"),
        ({"labour_elasticity": [1.5, 2.0]}, "labour of the world moves freely"),
        ({"closure": "wages:X"}, "region 'X' is not in the data"),
        ({"closure": ["transfers", "wage:R1"]}, "closure 'wage:R1' is unknown"),
        ({"closure": "purged", "elasticity": [1.0, 2.0]}, "closure 'purged' counts changes"),
    ],
)
def test_assumptions_that_do_not_fit(given: dict[str, Any], message: str) -> None:
    world = build(3, n=3, s=2, linked=True).world
    with pytest.raises((DataError, ParameterError), match=message):
        counterfactual(world, **given)


def test_levers_by_scenario() -> None:
    world = shipped_world()
    theta = np.stack([world.trade_elasticity, 2.0 * world.trade_elasticity])
    share = np.full(len(world.sectors), 0.1)
    markets = ["MEX", "CHN"]
    psi = levers.growth(world, "CAN", "USA", markets, share)
    for d in range(2):
        own = dataclasses.replace(world, trade_elasticity=theta[d])
        cases: tuple[tuple[Callable[..., Array], tuple[Any, ...]], ...] = (
            (levers.price_cut, (psi,)),
            (levers.procurement, ("CAN", "USA", share)),
            (levers.diversification, ("CAN", "USA", markets, share)),
        )
        for by, args in cases:
            assert_allclose(by(world, *args, elasticity=theta)[d], by(own, *args), rtol=1e-15)
        several = levers.subsidies(world, "CAN", markets, psi, theta)
        one = levers.subsidies(own, "CAN", markets, psi)
        assert_allclose(several["CAN", "MEX"][d], one["CAN", "MEX"], rtol=1e-15)


def test_a_scenario_does_not_depend_on_those_it_is_solved_with() -> None:
    world = shipped_world()
    draw = np.random.default_rng(2)
    theta = world.trade_elasticity * np.exp(0.3 * draw.standard_normal((90, 16)))
    duty = {("CAN", "USA"): 0.2}
    every = counterfactual(world, duty, elasticity=theta)
    some = counterfactual(world, duty, elasticity=theta[40:43])
    assert np.array_equal(every.welfare[40:43], some.welfare)
