"""Caliendo and Parro (2015), Estimates of the trade and welfare effects of NAFTA: 31 x 40."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.subjects.published import NAFTA, Array, Nafta, nafta
from negotiation.trade import FINAL, TradeEquilibrium, counterfactual
from negotiation.trade.decomposition import decomposition
from tests.validation.data import needs

pytestmark = [needs(NAFTA), pytest.mark.full]

#: Percentage points; the producing solver stopped at an excess demand of 1e-7.
CLOSE = 1e-3


@pytest.fixture(scope="module")
def case() -> Nafta:
    return nafta()


@pytest.fixture(scope="module")
def cuts(case: Nafta) -> TradeEquilibrium:
    found = counterfactual(case.world, case.tariff)
    assert found.converged
    return found


def _expected(case: Nafta, column: str) -> Array:
    return np.array([case.expected[region][column] for region in case.world.regions])


def test_the_purged_world_is_the_published_one(case: Nafta) -> None:
    world = case.world
    assert world.output.shape == (31, 40)
    assert world.linked
    assert_allclose(world.transfer, 0.0, atol=1e-9 * world.income.sum())


def test_welfare_effects_are_the_published_ones_for_all_regions(
    case: Nafta, cuts: TradeEquilibrium
) -> None:
    found = decomposition(cuts)
    assert_allclose(found.welfare_pct, _expected(case, "Welfare"), atol=CLOSE)
    assert_allclose(found.terms_of_trade_pct, _expected(case, "Terms of trade"), atol=CLOSE)
    assert_allclose(found.volume_of_trade_pct, _expected(case, "Volume of Trade"), atol=CLOSE)


@pytest.mark.parametrize(
    ("region", "printed"), [("Canada", -0.06), ("Mexico", 1.31), ("USA", 0.08)]
)
def test_the_digits_of_the_paper(
    case: Nafta, cuts: TradeEquilibrium, region: str, printed: float
) -> None:
    welfare = decomposition(cuts).welfare_pct[case.world.region(region)]
    assert round(float(welfare), 2) == printed


def test_real_wages_are_the_published_ones(case: Nafta, cuts: TradeEquilibrium) -> None:
    log_price = (case.world.final_share * np.log(cuts.prices[..., FINAL])).sum(axis=1)
    real_wage = 100.0 * (cuts.wage / np.exp(log_price) - 1.0)
    assert_allclose(real_wage, _expected(case, "Real wage"), atol=CLOSE)


def test_the_exact_welfare_change_of_canada_is_another_number(
    case: Nafta, cuts: TradeEquilibrium
) -> None:
    canada = case.world.region("Canada")
    exact = decomposition(cuts).exact_pct[canada]
    assert exact == 100.0 * (cuts.welfare[canada] - 1.0)
    assert_allclose(exact, -0.110, atol=5e-4)
