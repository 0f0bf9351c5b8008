"""Tariffs by the sufficient-statistics formula: closed forms, slow loops, invariances, refusals."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.subjects.worlds import Array, Economy, build
from negotiation.errors import DataError, ParameterError
from negotiation.trade import FINAL, World, counterfactual
from negotiation.trade.tariffs.formula import formula_tariffs


def economy(
    seed: int,
    *,
    n: int | None = None,
    taxed: bool | None = None,
    zeros: bool | None = None,
    theta: tuple[float, float] = (0.5, 12.0),
) -> Economy:
    """Two to five regions, one to five sectors, no links."""
    return build(
        seed,
        n=2 + seed % 4 if n is None else n,
        s=1 + seed % 5,
        linked=False,
        taxed=seed % 3 > 0 if taxed is None else taxed,
        zeros=seed % 4 == 0 if zeros is None else zeros,
        theta=theta,
    )


def by_the_formula(world: World, flows: Array, tariff: Array, j: int) -> float:
    """The rate of country j at an equilibrium, cell by cell."""
    sales = flows[..., FINAL]
    paid = sales * (1.0 + tariff[..., FINAL])
    bent = total = 0.0
    for n in range(len(sales)):
        for s, theta in enumerate(world.trade_elasticity):
            if n != j and sales[j, n, s] > 0.0:
                share = paid[j, n, s] / paid[:, n, s].sum()
                bent += theta * sales[j, n, s] * (1.0 - share)
                total += sales[j, n, s]
    return 1.0 / max(1.0, bent / total)


@pytest.mark.parametrize("seed", range(12))
def test_rates_satisfy_the_formula_in_a_trade_equilibrium(seed: int) -> None:
    world = economy(seed).world
    found = formula_tariffs(world)
    assert found.converged
    war = counterfactual(world, found.tariff, closure="balanced")
    assert war.converged
    assert_allclose(found.wage, war.wage, rtol=1e-9)
    assert_allclose(found.income, war.income, rtol=1e-9)
    assert_allclose(found.welfare_pct, 100.0 * (war.welfare - 1.0), atol=1e-8)
    for j, rate in enumerate(found.rates):
        assert_allclose(rate, by_the_formula(world, war.flows, found.tariff, j), rtol=1e-9)


@pytest.mark.parametrize("seed", [3, 7, 11])
def test_the_others_keep_their_rates(seed: int) -> None:
    world = economy(seed, n=4, taxed=True).world
    found = formula_tariffs(world, ["R2", "R0"])
    assert found.countries == ("R2", "R0")
    assert_allclose(found.tariff[:, [1, 3]], world.tariff[:, [1, 3]])
    assert_allclose(found.tariff[[0, 1, 3], 2], found.rates[0])
    assert_allclose(found.tariff[2, 2], world.tariff[2, 2])
    war = counterfactual(world, found.tariff, closure="balanced")
    assert_allclose(found.welfare_pct, 100.0 * (war.welfare - 1.0), atol=1e-8)
    for j, rate in zip((2, 0), found.rates, strict=True):
        assert_allclose(rate, by_the_formula(world, war.flows, found.tariff, j), rtol=1e-9)


def test_taxes_on_home_sales_stay() -> None:
    given = economy(10, n=3, taxed=True)
    rates = given.tariff.copy()
    rates[np.arange(3), np.arange(3)] = 0.15
    world = Economy(given.flows, rates, given.trade_elasticity, None).world
    found = formula_tariffs(world)
    assert_allclose(found.tariff[np.arange(3), np.arange(3)], 0.15)
    war = counterfactual(world, found.tariff, closure="balanced")
    assert_allclose(found.wage, war.wage, rtol=1e-9)
    assert_allclose(found.welfare_pct, 100.0 * (war.welfare - 1.0), atol=1e-8)


@pytest.mark.parametrize("theta", [1.5, 4.0, 20.0])
def test_two_countries_that_are_alike(theta: float) -> None:
    # Wages do not move, and rate * theta * (1 - pi'(rate)) = 1 is one equation in one unknown.
    abroad = 0.3
    sales = np.array([[1.0 - abroad, abroad], [abroad, 1.0 - abroad]])[..., None]
    world = World.from_arrays(
        regions=["A", "B"], sectors=["all"], flows=sales, trade_elasticity=theta
    )
    low, high = 0.0, 1.0
    for _ in range(200):
        rate = 0.5 * (low + high)
        pull = abroad * (1.0 + rate) ** -theta
        home = (1.0 - abroad) / (1.0 - abroad + pull)
        low, high = (rate, high) if rate * theta * home < 1.0 else (low, rate)
    found = formula_tariffs(world)
    assert_allclose(found.rates, rate, rtol=1e-11)
    assert_allclose(found.wage, 1.0, rtol=1e-11)
    income = 1.0 / (home + (1.0 - home) / (1.0 + rate))  # revenue is handed back
    price = (1.0 - abroad + pull) ** (-1.0 / theta)
    assert_allclose(found.welfare_pct, 100.0 * (income / price - 1.0), rtol=1e-9)


def test_a_small_country_takes_the_inverse_trade_elasticity() -> None:
    # Its share abroad is nothing, so the elasticity of demand for its exports is theta.
    sales = np.array([[1.0, 1e-7], [1e-7, 1e3]])[..., None]
    world = World.from_arrays(
        regions=["small", "large"], sectors=["all"], flows=sales, trade_elasticity=5.0
    )
    assert_allclose(formula_tariffs(world).rates[0], 0.2, rtol=1e-6)


def test_relabelling_countries_permutes_the_answer() -> None:
    given = economy(9, n=4)
    order = np.array([2, 0, 3, 1])
    turned = Economy(
        given.flows[order][:, order], given.tariff[order][:, order], given.trade_elasticity, None
    )
    one, other = formula_tariffs(given.world), formula_tariffs(turned.world)
    assert_allclose(other.rates, one.rates[order], rtol=1e-9)
    assert_allclose(other.welfare_pct, one.welfare_pct[order], atol=1e-9)


def test_doubling_all_money_doubles_income_and_moves_no_rate() -> None:
    given = economy(6)
    doubled = Economy(2.0 * given.flows, given.tariff, given.trade_elasticity, None)
    one, other = formula_tariffs(given.world), formula_tariffs(doubled.world)
    assert_allclose(other.rates, one.rates, rtol=1e-10)
    assert_allclose(other.income, 2.0 * one.income, rtol=1e-10)


@pytest.mark.parametrize("seed", [36, 121, 344, 389])
def test_worlds_in_which_newton_wanders_off_are_solved(seed: int) -> None:
    # Elasticities of exports near one, or trade elasticities of up to 65.
    theta = (0.5, 12.0) if seed % 2 else (0.3, 65.0)
    world = economy(seed, zeros=seed % 5 == 0, theta=theta).world
    found = formula_tariffs(world)
    assert found.converged
    war = counterfactual(world, found.tariff, closure="balanced")
    assert_allclose(found.wage, war.wage, rtol=1e-8)
    for j, rate in enumerate(found.rates):
        assert_allclose(rate, by_the_formula(world, war.flows, found.tariff, j), rtol=1e-7)


# --- refusals -------------------------------------------------------------------------------------


def test_a_linked_world_is_refused() -> None:
    with pytest.raises(DataError, match="has input-output links"):
        formula_tariffs(build(1, n=2, s=2, linked=True).world)


def test_a_world_whose_labour_is_not_mobile_is_refused() -> None:
    world = dataclasses.replace(economy(1).world, labour_elasticity=1.5)
    with pytest.raises(DataError, match=r"moves between sectors with elasticity 1\.5"):
        formula_tariffs(world)


@pytest.mark.parametrize(
    ("countries", "message"),
    [
        ([], "countries is empty"),
        (["R0", "R0"], "countries has 'R0' twice"),
        (["R0", "R7"], "region 'R7' is not in the data"),
    ],
)
def test_countries_that_cannot_be_are_refused(countries: list[str], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        formula_tariffs(economy(1).world, countries)


def test_a_country_without_exports_is_named() -> None:
    sales = np.array([[5.0, 0.0, 0.0], [1.0, 5.0, 2.0], [0.0, 2.0, 5.0]])[..., None]
    world = World.from_arrays(
        regions=["A", "B", "C"], sectors=["all"], flows=sales, trade_elasticity=4.0
    )
    with pytest.raises(DataError, match="region A exports nothing"):
        formula_tariffs(world)
