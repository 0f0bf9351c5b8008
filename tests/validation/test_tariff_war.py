"""Lashkaripour (2021), The cost of a global tariff war: 44 x 16, no input-output links."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.subjects.published import TARIFF_WAR, TariffWar, tariff_war
from negotiation.trade import FINAL, TradeEquilibrium, counterfactual
from negotiation.trade.tariffs.formula import FormulaTariffs, formula_tariffs
from tests.validation.data import needs

pytestmark = needs(TARIFF_WAR)


@pytest.fixture(scope="module")
def case() -> TariffWar:
    return tariff_war()


@pytest.fixture(scope="module")
def found(case: TariffWar) -> FormulaTariffs:
    tariffs = formula_tariffs(case.world)
    assert tariffs.converged
    return tariffs


@pytest.fixture(scope="module")
def war(case: TariffWar, found: FormulaTariffs) -> TradeEquilibrium:
    return counterfactual(case.world, found.tariff, closure="balanced")


def test_tariffs_and_welfare_of_all_countries(case: TariffWar, found: FormulaTariffs) -> None:
    assert_allclose(100.0 * found.rates, case.expected["nash_tariff_pct"], atol=1e-4)
    assert_allclose(found.welfare_pct, case.expected["welfare_pct"], atol=1e-4)
    assert_allclose(found.wage, case.expected["wage_hat"], atol=1e-6)
    assert_allclose(found.income / case.world.income, case.expected["income_hat"], atol=1e-6)


@pytest.mark.parametrize(
    ("country", "tariff", "welfare"),
    [
        ("USA", 41.145, -0.6200),
        ("CAN", 29.668, -2.5463),
        ("MEX", 39.136, -2.3483),
        ("CHN", 39.146, -0.3869),
    ],
)
def test_the_reported_countries(
    case: TariffWar, found: FormulaTariffs, country: str, tariff: float, welfare: float
) -> None:
    at = case.world.region(country)
    assert round(100.0 * float(found.rates[at]), 3) == tariff
    assert round(float(found.welfare_pct[at]), 4) == welfare


def test_the_means(found: FormulaTariffs) -> None:
    assert round(100.0 * float(found.rates.mean()), 3) == 38.584
    assert round(float(found.welfare_pct.mean()), 4) == -2.4278


def test_the_end_is_a_trade_equilibrium(found: FormulaTariffs, war: TradeEquilibrium) -> None:
    assert war.converged
    assert_allclose(war.wage, found.wage, rtol=1e-9)
    assert_allclose(war.income, found.income, rtol=1e-9)
    assert_allclose(100.0 * (war.welfare - 1.0), found.welfare_pct, atol=1e-9)


def test_the_rates_satisfy_the_formula_there(
    case: TariffWar, found: FormulaTariffs, war: TradeEquilibrium
) -> None:
    sales = war.flows[..., FINAL]
    paid = sales * (1.0 + war.tariff[..., FINAL])
    share = paid / paid.sum(axis=0)
    for j, rate in enumerate(found.rates):
        abroad = np.arange(len(share)) != j
        exports = sales[j, abroad]
        bent = exports * case.world.trade_elasticity * (1.0 - share[j, abroad])
        assert_allclose(rate, 1.0 / max(1.0, bent.sum() / exports.sum()), rtol=1e-9)
