"""Gradients, sticky labour and compiled kernels, against a slow solver written without seeing them.

The slow solver differentiates by the complex step: exact to rounding.
"""

from __future__ import annotations

import dataclasses
import importlib.util
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from benchmarks.peers import slow_roy, slow_trade
from benchmarks.subjects.worlds import Array, build, shipped_world
from negotiation.errors import DataError, MissingExtraError, ParameterError, SolveError
from negotiation.trade import (
    Gradient,
    Quota,
    TradeEquilibrium,
    World,
    blocks,
    counterfactual,
    gradient,
    purged,
)
from negotiation.trade import jacobian as jacobian_module
from negotiation.trade import solver as solver_module
from negotiation.trade.adjoint import RESULTS
from negotiation.trade.inverses import Dense
from negotiation.trade.jacobian import preconditioner
from negotiation.trade.kernels import exponential, logarithm
from negotiation.trade.system import system_of
from tests.drawn import examples
from tests.properties.economies import Shock, shipped_shock, shock, shocks

has_numba = pytest.mark.skipif(
    importlib.util.find_spec("numba") is None, reason="numba (extra `fast`) is not installed"
)

#: Of the largest derivative. Both sides differentiate an equilibrium good to 1e-11.
SAME = 1e-8


def _slow(case: Shock) -> slow_trade.Economy:
    economy = case.economy
    return slow_trade.from_arrays(
        economy.flows, economy.tariff, economy.trade_elasticity, economy.input_share
    )


def _world(case: Shock, eta: float) -> World:
    return dataclasses.replace(case.world, labour_elasticity=eta)


def _close(actual: Array, expected: Array, tolerance: float) -> None:
    assert_allclose(actual, expected, rtol=0, atol=tolerance * float(np.abs(expected).max()))


# --- gradients ----------------------------------------------------------------------------------


@examples(15)
@given(shocks, st.sampled_from([np.inf, 1.5, 4.0]), st.sampled_from(["transfers", "balanced"]))
def test_gradient_of_welfare(case: Shock, eta: float, closure: str) -> None:
    world = _world(case, eta)
    n, s = world.output.shape
    draw = np.random.default_rng(0)
    entries = [
        (kind, tuple(int(draw.integers(size)) for size in (n, n, s, 2)))
        for kind in ("tariff", "trade_cost")
        for _ in range(3)
    ]
    found = counterfactual(world, case.tariff, case.trade_cost, closure)
    slow = slow_roy.slow_gradient(
        _slow(case),
        entries,  # type: ignore[arg-type]
        case.tariff,
        case.trade_cost,
        eta=eta,
        closure=closure,
    )
    for region in range(n):
        by = gradient(found, {"welfare": np.eye(n)[region]})
        assert by.converged
        fast = np.array([getattr(by, kind)[index] for kind, index in entries])
        assert_allclose(fast, slow[:, region], rtol=SAME, atol=1e-11)


def test_gradient_of_the_shipped_world() -> None:
    """Real sizes: welfare of Canada by some of what the US and Canada charge each other."""
    case = shipped_shock()
    world = case.world
    canada, us = world.region("CAN"), world.region("USA")
    entries = [
        ("tariff", (i, j, k, u))
        for i, j in ((canada, us), (us, canada))
        for k, u in ((world.sector("MVH"), 0), (world.sector("STL"), 0), (world.sector("OIL"), 1))
    ]
    found = counterfactual(world, case.tariff)
    slow = slow_roy.slow_gradient(_slow(case), entries, case.tariff)
    by = gradient(found, {"welfare": np.eye(9)[canada]})
    fast = np.array([by.tariff[index] for _, index in entries])
    assert_allclose(fast, slow[:, canada], rtol=SAME, atol=0)
    assert_allclose(by.tariff_on("CAN", "USA"), by.tariff[canada, us], rtol=0, atol=0)
    assert_allclose(by.trade_cost_on("USA", "CAN"), by.trade_cost[us, canada], rtol=0, atol=0)


@pytest.mark.parametrize("name", sorted(RESULTS))
@pytest.mark.parametrize(("linked", "eta"), [(True, np.inf), (False, np.inf), (True, 2.0)])
def test_gradient_of_every_result(name: str, linked: bool, eta: float) -> None:
    """Against differences of sixth order along a random direction of tariffs and trade costs."""
    case = shock(build(7, n=3, s=3, linked=linked), 1)
    world = _world(case, eta)
    draw = np.random.default_rng(0)
    shape = (*world.output.shape, 2)[: RESULTS[name]]
    tax = {(world.regions[0], world.regions[1]): np.full((len(world.sectors), 2), 0.1)}
    at = counterfactual(world, case.tariff, case.trade_cost, export_tax=tax)
    weights = draw.normal(size=shape) / np.abs(getattr(at, name)).max()
    ways = draw.normal(size=(2, *world.flows.shape))
    steps = np.array([-3, -2, -1, 1, 2, 3])[:, None, None, None, None] * 2e-3
    for way, field in ((ways[0], "tariff"), (ways[1], "trade_cost")):
        moved = counterfactual(
            world,
            case.tariff + (steps * way if field == "tariff" else 0.0),
            case.trade_cost + (steps * way if field == "trade_cost" else 0.0),
            export_tax=tax,
        )
        values = (weights * getattr(moved, name)).reshape(6, -1).sum(axis=1)
        slope = values @ np.array([-1, 9, -45, 45, -9, 1]) / 60 / 2e-3
        by = getattr(gradient(at, {name: weights}), field)
        # What the differences leave out is of the size of the sixth power of the step.
        assert_allclose((by * way).sum(), slope, rtol=1e-6)


def test_gradients_of_a_batch_are_those_of_its_scenarios() -> None:
    case = shipped_shock()
    world = case.world
    part = np.linspace(0.0, 1.0, 5)[:, None, None, None, None]
    tariff = world.tariff + part * (case.tariff - world.tariff)
    weights = {"welfare": np.eye(9)[0], "real_value_added": np.ones((9, 16)) / 100}
    batch = gradient(counterfactual(world, tariff), weights)
    assert batch.tariff.shape == (5, 9, 9, 16, 2)
    for row in range(5):
        alone = gradient(counterfactual(world, tariff[row]), weights)
        _close(batch.tariff[row], alone.tariff, 1e-9)
    single = [
        gradient(counterfactual(world, tariff[4]), {name: each}) for name, each in weights.items()
    ]
    _close(batch.tariff[4], single[0].tariff + single[1].tariff, 1e-9)


def test_gradient_where_nothing_is_made_or_bought() -> None:
    world = build(3, n=3, s=3, linked=False, zeros=True).world
    by = gradient(counterfactual(world), {"output": 1.0 / world.output.sum()})
    assert np.isfinite(by.tariff).all()
    assert np.abs(by.tariff).max() > 0.0
    assert_allclose(by.tariff[..., 0], 0.0, rtol=0, atol=0)  # nobody buys inputs


def test_gradient_of_what_was_not_solved_is_nan(monkeypatch: pytest.MonkeyPatch) -> None:
    case = shipped_shock()
    for name in ("TRADE_STEPS", "TRADE_NEWTON_STEPS"):
        monkeypatch.setattr(solver_module, name, 1)
    monkeypatch.setattr(solver_module, "TRADE_HALVINGS", 0)
    found = counterfactual(case.world, np.stack([case.world.tariff, case.tariff]))
    by = gradient(found, {"welfare": np.eye(9)[0]})
    assert by.converged.tolist() == [True, False]
    assert np.isnan(by.tariff[1]).all()
    assert np.isfinite(by.tariff[0]).all()
    with pytest.raises(SolveError, match="cannot be a baseline: not converged"):
        found.as_world(1)


def test_adjoint_equations_fall_back_to_the_jacobian(monkeypatch: pytest.MonkeyPatch) -> None:
    found = counterfactual(shipped_shock().world, shipped_shock().tariff)
    expected = gradient(found, {"welfare": np.eye(9)[0]})
    monkeypatch.setattr(solver_module, "TRADE_STEPS", 1)
    direct = gradient(found, {"welfare": np.eye(9)[0]})
    assert direct.converged
    _close(direct.tariff, expected.tariff, 1e-9)


def test_gradient_refuses() -> None:
    found = counterfactual(shipped_world())
    with pytest.raises(ParameterError, match=r"'welfar' has no gradient \(did you mean 'welfare'"):
        gradient(found, {"welfar": 1.0})
    with pytest.raises(DataError, match=r"weights of welfare have shape \(8,\); expected"):
        gradient(found, {"welfare": np.ones(8)})
    assert isinstance(gradient(found, {"welfare": np.ones(9)}), Gradient)


# --- sticky labour ------------------------------------------------------------------------------


@examples(25)
@given(shocks, st.floats(1.05, 20.0), st.sampled_from(["transfers", "balanced"]))
@example(shipped_shock(), 1.5, "transfers")
def test_roy_labour(case: Shock, eta: float, closure: str) -> None:
    slow = slow_roy.solve(_slow(case), case.tariff, case.trade_cost, eta=eta, closure=closure)
    fast = counterfactual(_world(case, eta), case.tariff, case.trade_cost, closure)
    assert fast.converged
    assert_allclose(fast.welfare, slow.welfare, rtol=1e-9)
    assert_allclose(fast.wage * case.world.value_added, slow.labour_income, rtol=1e-9)
    made = case.world.output > 0.0
    assert_allclose(fast.sector_wage[made], slow.wage[made], rtol=1e-9)
    _close(fast.output, slow.output, 1e-9)
    _close(fast.flows, slow.flows, 1e-9)
    # Everybody works somewhere.
    earned = case.world.value_added_share * case.world.output
    workers = np.where(made, earned * np.where(made, fast.employment, 0.0), 0.0).sum(axis=1)
    assert_allclose(workers, case.world.value_added, rtol=1e-9)


def test_sticky_labour_gains_less_by_moving() -> None:
    """With labour nearly free to move, Roy-Frechet is mobile labour."""
    case = shock(build(4, n=3, s=3, linked=True), 2)
    free = counterfactual(case.world, case.tariff, case.trade_cost)
    nearly = counterfactual(_world(case, 1e7), case.tariff, case.trade_cost)
    assert_allclose(nearly.welfare, free.welfare, rtol=1e-6)
    assert "mobile" in free.horizon
    assert "elasticity 2 " in counterfactual(_world(case, 2.0)).horizon


def test_short_run() -> None:
    world = shipped_world().short_run()
    assert world.labour_elasticity == 1.5
    assert_allclose(world.trade_elasticity, shipped_world().elasticity_sets["short_run"])
    with pytest.raises(ParameterError, match="labour_elasticity is 1; expected more than 1"):
        shipped_world().short_run(1)
    with pytest.raises(ParameterError, match="elasticities 'short_run' is not in the data"):
        build(1, n=2, s=1, linked=False).world.short_run()


# --- baselines ----------------------------------------------------------------------------------


@examples(20)
@given(shocks, st.sampled_from([np.inf, 1.5]))
@example(shipped_shock(), np.inf)
def test_changes_compose(case: Shock, eta: float) -> None:
    """A counterfactual of an equilibrium is a counterfactual of its baseline."""
    world = _world(case, eta)
    half = counterfactual(world, case.tariff, case.trade_cost**0.5)
    there = counterfactual(half.as_world(), None, case.trade_cost**0.5)
    direct = counterfactual(world, case.tariff, case.trade_cost)
    assert there.converged
    assert_allclose(half.welfare * there.welfare, direct.welfare, rtol=1e-9)
    _close(there.flows, direct.flows, 1e-9)
    _close(half.as_world().value_added, half.wage * world.value_added, 1e-9)


@examples(20)
@given(shocks)
def test_purged(case: Shock) -> None:
    world = purged(case.world)
    assert np.abs(world.transfer).max() < 1e-9 * world.income.max()
    assert_allclose(world.tariff, case.world.tariff)
    first = counterfactual(case.world, closure="balanced")
    last = counterfactual(case.world, case.tariff, case.trade_cost, closure="balanced")
    found = counterfactual(case.world, case.tariff, case.trade_cost, closure="purged")
    assert_allclose(found.welfare, last.welfare / first.welfare, rtol=1e-9)


@pytest.mark.parametrize("linked", [False, True])
def test_shares_of_an_equilibrium_give_it_back(linked: bool) -> None:
    world = build(6, n=4, s=3, linked=linked).world
    again = World.from_shares(
        regions=world.regions,
        sectors=world.sectors,
        share=world.share,
        tariff=world.tariff,
        value_added=world.value_added,
        final_share=world.final_share,
        trade_elasticity=world.trade_elasticity,
        input_share=world.input_share,
        transfer=world.transfer,
    )
    _close(again.flows, world.flows, 1e-10)
    balanced = World.from_shares(
        regions=world.regions,
        sectors=world.sectors,
        share=world.share,
        tariff=world.tariff,
        value_added=world.value_added,
        final_share=world.final_share,
        trade_elasticity=world.trade_elasticity,
        input_share=world.input_share,
    )
    _close(balanced.flows, purged(world).flows, 1e-9)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("share", np.full((2, 2, 1), 0.4), "trade shares by origin sum to 1 only within 2.0e-01"),
        ("final_share", np.full((2, 1), 0.9), "final shares by sector sum to 1 only within"),
        ("tariff", np.full((2, 2, 1), -1.0), "tariff at origin A, destination A, sector X"),
        ("value_added", np.ones(3), r"value_added has shape \(3,\); expected \(2,\)"),
        ("transfer", [-5.0, 5.0], "no equilibrium of these shares was found"),
    ],
)
def test_shares_that_do_not_fit(field: str, value: Any, message: str) -> None:
    given: dict[str, Any] = {
        "regions": ["A", "B"],
        "sectors": ["X"],
        "share": np.full((2, 2, 1), 0.5),
        "tariff": np.zeros((2, 2, 1)),
        "value_added": [1.0, 2.0],
        "final_share": np.ones((2, 1)),
        "trade_elasticity": 4.0,
    }
    World.from_shares(**given)
    with pytest.raises(DataError, match=message):
        World.from_shares(**{**given, field: value})


def test_large_worlds_are_preconditioned_by_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    system = system_of(shipped_world())
    whole = preconditioner.__wrapped__(system)
    monkeypatch.setattr(jacobian_module, "_LARGE", 0)
    _close(preconditioner.__wrapped__(system), whole, 1e-5)
    sticky = system_of(shipped_world().short_run())
    monkeypatch.setattr(jacobian_module, "_LARGE", 10**6)
    whole = preconditioner.__wrapped__(sticky)
    monkeypatch.setattr(jacobian_module, "_LARGE", 0)
    _close(preconditioner.__wrapped__(sticky), whole, 1e-4)


# --- ways of giving and of solving --------------------------------------------------------------


def test_pairs_are_a_short_way_of_writing_arrays() -> None:
    world = shipped_world()
    canada, us = world.region("CAN"), world.region("USA")
    rates = np.linspace(0.0, 0.5, 3)[:, None, None]
    tariff = np.broadcast_to(world.tariff, (3, *world.tariff.shape)).copy()
    tariff[:, canada, us] = rates
    cost = np.ones(world.flows.shape)
    cost[us, canada] = 1.1
    long = counterfactual(world, tariff, cost)
    short = counterfactual(world, {("CAN", "USA"): rates}, {("USA", "CAN"): 1.1})
    assert_allclose(short.welfare, long.welfare, rtol=0, atol=0)
    assert_allclose(short.tariff, long.tariff, rtol=0, atol=0)
    assert_allclose(short.trade_cost, long.trade_cost, rtol=0, atol=0)
    by = [gradient(each, {"welfare": np.eye(9)[us]}) for each in (short, long)]
    assert_allclose(by[0].tariff, by[1].tariff, rtol=0, atol=0)
    assert_allclose(by[0].tariff_on("CAN", "USA"), by[1].tariff_on("CAN", "USA"), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ({("CAN", "US"): 0.1}, "region 'US' is not in the data"),
        ({"CAN": 0.1}, r"tariff has the key 'CAN'; expected \(origin, destination\)"),
        (
            {("CAN", "USA"): [0.1, 0.2, 0.3]},
            r"shape \(3,\); expected \(..., S, 2\) = \(..., 16, 2\)",
        ),
        ({("CAN", "USA"): -1.0}, "holds -1; every entry must be finite and above -1"),
    ],
)
def test_pairs_that_do_not_fit(rates: Any, message: str) -> None:
    with pytest.raises((DataError, ParameterError), match=message):
        counterfactual(shipped_world(), rates)


def test_a_start_saves_passes_and_changes_nothing() -> None:
    case = shipped_shock()
    cold = counterfactual(case.world, case.tariff)
    warm = counterfactual(case.world, case.tariff * 1.001, start=cold)
    again = counterfactual(case.world, case.tariff * 1.001)
    assert warm.evaluations < again.evaluations
    assert_allclose(warm.welfare, again.welfare, rtol=1e-11)


def _compare_with_kernels(
    world: World, tariff: Any, cost: Any, interpreted: bool, **more: Any
) -> TradeEquilibrium:
    found = counterfactual(world, tariff, cost, **more)
    system = system_of(world)
    for rows, scenarios in found.batch.chunks():
        assert blocks.fits(scenarios)
        start = np.zeros((system.unknowns, scenarios.size))
        with np.errstate(all="ignore"):
            inverse = Dense(preconditioner(system))
            own = blocks.Outcomes(system, world.income, len(rows))
            z, gap, steps = blocks.broyden(
                scenarios, inverse, start, interpreted=interpreted, outcomes=own
            )
        assert gap.max() <= 1e-11
        assert own.gap.max() <= 1e-11
        for name, values in own.values.items():
            expected = getattr(found, name)[rows]
            _close(values, expected, 1e-9)
        assert_allclose(z.T[: len(rows)], found.point()[rows], rtol=0, atol=1e-10)
        if not found.quotas:  # that count the passes of all their wedges
            assert np.abs(steps[: len(rows)] - found.evaluations[rows]).max() <= 1
    return found


def _wedges(world: World, one: str, other: str, batch: int) -> dict[str, Any]:
    """All kinds of wedges: export taxes both ways, a rent, tastes, and quotas, some exceeded."""
    draw = np.random.default_rng(1)
    s = len(world.sectors)
    rates = draw.uniform(0.0, 0.3, (batch, s, 2))
    limits = draw.uniform(0.1, 0.8, batch)
    third = next(each for each in world.regions if each not in (one, other))
    return {
        "export_tax": {(one, other): rates, (other, one): rates[::-1] - 0.1},
        "rent": {(other, one): rates},
        "rent_share": 0.3,
        "taste": {(third, other): 1.0 + rates},
        "quotas": [Quota(one, other, world.sectors[:2], limits, over=0.05, rent_share=0.2)],
    }


@pytest.mark.parametrize("eta", [np.inf, 1.5])
def test_kernels_interpreted(eta: float) -> None:
    case = shock(build(3, n=2, s=2, linked=True, zeros=True), 0)
    world = _world(case, eta)
    tariff = np.stack([case.tariff, world.tariff, 0.5 * case.tariff])
    _compare_with_kernels(world, tariff, case.trade_cost, interpreted=True)


@pytest.mark.parametrize("eta", [np.inf, 1.5])
def test_kernels_interpreted_with_all_wedges(eta: float) -> None:
    case = shock(build(3, n=3, s=2, linked=True), 0)
    world = _world(case, eta).with_specific_share(np.full((3, 2), 0.4))
    tariff = np.stack([case.tariff, world.tariff, 0.5 * case.tariff])
    more = _wedges(world, world.regions[0], world.regions[1], 3)
    found = _compare_with_kernels(world, tariff, None, interpreted=True, **more)
    assert "exceeded" in found.quotas[0].regime
    del more["quotas"]
    _compare_with_kernels(world, tariff, None, interpreted=True, **more)


@has_numba
@pytest.mark.parametrize("eta", [np.inf, 1.5])
@pytest.mark.parametrize("specific", [False, True])
def test_kernels_compiled_with_all_wedges(eta: float, specific: bool) -> None:
    world = dataclasses.replace(shipped_world(), labour_elasticity=eta)
    if specific:
        world = world.with_specific_share({"OIL": 0.6, "MVH": 0.3})
    rates = np.random.default_rng(0).uniform(0.0, 0.5, (40, 16, 2))
    tariff = {("CAN", "USA"): rates, ("USA", "CAN"): rates[::-1]}
    more = _wedges(world, "CAN", "USA", 40)
    fast, slow = (counterfactual(world, tariff, compiled=each, **more) for each in (True, False))
    assert fast.converged.all()
    assert {"binding", "exceeded"} <= set(fast.quotas[0].regime)
    assert_allclose(fast.welfare, slow.welfare, rtol=1e-10)
    for name in ("prices", "output", "tariff_revenue", "export_tax_revenue"):
        _close(getattr(fast, name), getattr(slow, name), 1e-9)
    for kind in ("export_tax", "rent", "taste"):
        _compare_with_kernels(world, tariff, None, interpreted=False, **{kind: more[kind]})


@has_numba
@pytest.mark.parametrize("eta", [np.inf, 1.5])
def test_kernels_compiled(eta: float) -> None:
    world = dataclasses.replace(shipped_world(), labour_elasticity=eta)
    rates = np.random.default_rng(0).uniform(0.0, 0.5, (100, 16, 2))
    tariff = {("CAN", "USA"): rates, ("USA", "CAN"): rates[::-1], ("MEX", "USA"): rates**2}
    _compare_with_kernels(world, tariff, None, interpreted=False)
    fast, slow = (counterfactual(world, tariff, compiled=each) for each in (True, False))
    assert fast.converged.all()
    assert_allclose(fast.welfare, slow.welfare, rtol=1e-11)
    _close(fast.prices, slow.prices, 1e-10)
    _close(fast.output, slow.output, 1e-10)


@pytest.mark.full
@has_numba
def test_compiled_is_honest_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the kernels do not solve goes the long way, and what has no solution says so."""
    case = shock(build(1, n=3, s=2, linked=True), 0)
    expected = counterfactual(case.world, case.tariff, case.trade_cost)
    monkeypatch.setattr(blocks, "TRADE_STEPS", 2)
    found = counterfactual(case.world, case.tariff, case.trade_cost, compiled=True)
    assert found.converged
    assert_allclose(found.welfare, expected.welfare, rtol=1e-10)
    shut = np.ones(case.world.flows.shape)
    shut[0] = shut[:, 0] = 1e30
    shut[0, 0] = 1.0
    none = counterfactual(case.world, None, shut, compiled=True)
    assert not none.converged
    assert np.isnan(none.welfare).all()


def test_compiled_needs_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'negotiation\[fast\]'"):
        counterfactual(shipped_world(), compiled=True)


def test_elementary_functions_of_the_kernels() -> None:
    """To an ulp or two, over the range that a step may reach; nonsense stays nonsense."""
    draw = np.random.default_rng(0)
    x = np.concatenate([draw.uniform(-700, 700, 500), draw.normal(0, 0.1, 500), [0.0, np.nan]])
    out, work = np.empty_like(x), np.empty_like(x)
    with np.errstate(all="ignore"):
        exponential(x, out, work, work.view(np.int64))
    assert_allclose(out, np.exp(x), rtol=5e-16)
    y = np.concatenate([np.exp(x[:-1]), [1.0, np.inf, 0.0, -1.0, np.nan]])
    out, work = np.empty_like(y), np.empty_like(y)
    logarithm(y, out, work, work.view(np.int64))
    with np.errstate(all="ignore"):
        expected = np.where((y > 0) & (y < np.inf), np.log(y), np.nan)
    assert_allclose(out, expected, rtol=1e-15, atol=1e-17)
