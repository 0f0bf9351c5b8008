"""Outcomes are changes: none without a change, additive, and consistent with each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from negotiation.catalogue import find
from negotiation.trade import (
    FINAL,
    Parts,
    Quota,
    TradeEquilibrium,
    World,
    counterfactual,
    dependence,
    outcomes,
)

WORLD = World.from_csv(find("canada_us").path.parent / "data")
FIRST_TABLE = Path(__file__).parents[3] / "shared" / "data" / "canada_us_2022"
CANADA, US, MEXICO = (WORLD.region(code) for code in ("CAN", "USA", "MEX"))
MVH = WORLD.sector("MVH")

#: A duty of 50 % on a part of each cell, and a tax on crude oil.
_CELLS = (2, len(WORLD.sectors), 2)
DUTIES = Parts(
    np.broadcast_to(np.array(["listed", "rest"])[:, None, None], _CELLS),
    np.broadcast_to(np.array([0.3, 0.7])[:, None, None], _CELLS),
    np.broadcast_to(np.array([0.5, 0.0])[:, None, None], _CELLS),
)
OIL_TAX = np.zeros(_CELLS[1:])
OIL_TAX[WORLD.sector("OIL")] = 0.1


def duty(rate: float) -> dict[tuple[str, str], Any]:
    goods = np.array([code not in ("ELY", "CNS", "SRV") for code in WORLD.sectors])[:, None]
    return {("CAN", "USA"): WORLD.tariff[CANADA, US] + rate * goods}


@pytest.fixture(scope="module")
def taxed() -> TradeEquilibrium:
    return counterfactual(WORLD, duty(0.25))


@pytest.fixture(scope="module")
def lightly_taxed() -> TradeEquilibrium:
    return counterfactual(WORLD, duty(0.1))


def test_consumer_prices_turn_income_into_welfare(taxed: TradeEquilibrium) -> None:
    income = taxed.income / WORLD.income
    assert_allclose(income / outcomes.consumer_price(taxed), taxed.welfare, rtol=1e-12)


def test_prices_against_own_consumer_prices_average_to_one(taxed: TradeEquilibrium) -> None:
    logs = np.log(outcomes.relative_prices(taxed)[..., FINAL])
    assert_allclose((WORLD.final_share * logs).sum(axis=-1), 0.0, atol=1e-12)
    assert abs(logs[US, MVH]) > 1e-3  # they do differ
    # What is dear in a region stays so whatever money is counted in.
    price = outcomes.relative_prices(taxed)[US, MVH] * outcomes.consumer_price(taxed)[US]
    assert_allclose(price, taxed.prices[US, MVH])
    cost = outcomes.relative_unit_cost(taxed)
    deflator = (outcomes.real_wage(taxed) / taxed.wage)[:, None]
    assert_allclose(cost, taxed.unit_cost * deflator)


def test_nothing_changes_without_a_change() -> None:
    same = counterfactual(WORLD)
    jobs = np.ones_like(WORLD.output)
    for change in (
        outcomes.tariff_revenue_change(same),
        outcomes.real_value_added_change(same),
        outcomes.job_change(same, jobs),
        outcomes.trade_diversion(same),
        outcomes.real_wage(same) - 1.0,
    ):
        assert np.abs(change).max() < 1e-3  # of flows of up to 1e7


def test_changes_add_up(taxed: TradeEquilibrium, lightly_taxed: TradeEquilibrium) -> None:
    jobs = np.full_like(WORLD.output, 1000.0)
    for change in (
        outcomes.tariff_revenue_change,
        outcomes.real_value_added_change,
        outcomes.trade_diversion,
        lambda at, against=None: outcomes.job_change(at, jobs, against),
    ):
        whole = change(taxed)
        steps = change(taxed, lightly_taxed) + change(lightly_taxed)
        assert_allclose(whole, steps, rtol=1e-9, atol=1e-6)
        assert np.abs(whole).max() > 1.0


def test_revenue_by_origin_adds_up_to_revenue(taxed: TradeEquilibrium) -> None:
    assert_allclose(outcomes.tariff_revenue_by_origin(taxed).sum(axis=0), taxed.tariff_revenue)
    change = outcomes.tariff_revenue_change(taxed)
    assert_allclose(change.sum(axis=0), taxed.tariff_revenue - WORLD.tariff_revenue, atol=1e-6)
    # A new duty on Canada pays, and trade that goes elsewhere pays the duties there.
    assert change[CANADA, US] > 0.0
    assert change[CANADA, US] > np.abs(np.delete(change[:, US], CANADA)).max()


@pytest.mark.parametrize(
    "wedges",
    [
        {"tariff": {("CAN", "USA"): DUTIES}},
        {"tariff": {("CAN", "USA"): DUTIES}, "export_tax": {("CAN", "USA"): OIL_TAX}},
        {"tariff": {("CAN", "USA"): DUTIES}, "export_tax": {("CAN", "USA"): DUTIES}},
        {"rent": {("USA", "CAN"): 0.1 + 0.0 * OIL_TAX}, "rent_share": 0.6},
        {"quotas": [Quota("CAN", "USA", ("MVH",), 0.8, rent_share=0.5)]},
        {"quotas": [Quota("CAN", "USA", ("MVH",), 0.5, over=0.05, inside=0.02, rent_share=0.5)]},
        {
            "tariff": {("CAN", "USA"): DUTIES},
            "quotas": [Quota("CAN", "USA", ("MVH",), 1.5, over=0.05)],
        },
    ],
    ids=["parts", "export tax", "crossed", "rent", "binding", "exceeded", "slack"],
)
def test_revenue_by_origin_adds_up_under_every_wedge(wedges: dict[str, Any]) -> None:
    at = counterfactual(WORLD, **wedges)
    assert at.converged.all()
    by_origin = outcomes.tariff_revenue_by_origin(at)
    assert_allclose(by_origin.sum(axis=0), at.tariff_revenue)
    pair = outcomes.tariff_revenue_on(at, "CAN", "USA")
    assert_allclose(pair, by_origin[CANADA, US], rtol=1e-12)


@pytest.mark.parametrize("whole", [False, True], ids=["by pair", "whole table"])
def test_the_share_in_exports_is_that_of_all_flows(whole: bool) -> None:
    odds: Any = {("CAN", "MEX"): np.full((3, 1, 1), 1.5), ("USA", "MEX"): np.full((3, 1, 1), 0.9)}
    if whole:
        table = np.ones((3, *WORLD.flows.shape))
        for (i, n), values in odds.items():
            table[:, WORLD.region(i), WORLD.region(n)] = values
        odds = table
    at = counterfactual(WORLD, {("CAN", "USA"): np.zeros((3, 1, 1))}, taste=odds)
    sectors = ("MVH", "OIL")
    found = outcomes.export_share(at, "CAN", "USA", sectors)
    known = dependence.export_share(WORLD, at.flows, "CAN", "USA", sectors)
    assert_allclose(found, known, rtol=1e-12)


@pytest.mark.skipif(not FIRST_TABLE.is_dir(), reason="the first table is not beside the checkout")
def test_the_change_in_revenue_is_not_the_level() -> None:
    """121,235 was once shown among changes; the change is US$ 28.3 billion."""
    world = World.from_csv(FIRST_TABLE)
    goods = np.array([code not in ("ELY", "CNS", "SRV") for code in world.sectors])[:, None]
    energy = np.array([code in ("OIL", "PET") for code in world.sectors])[:, None]
    at = counterfactual(
        world,
        {
            ("CAN", "USA"): world.tariff[CANADA, US] + np.where(energy, 0.1, 0.25) * goods,
            ("USA", "CAN"): world.tariff[US, CANADA] + 0.12 * goods,
        },
    )
    assert at.tariff_revenue[US] == pytest.approx(121_235, abs=0.5)
    change = outcomes.tariff_revenue_change(at)[:, US]
    assert change.sum() / 1e3 == pytest.approx(28.3, abs=0.05)
    # Nearly all of it is collected on Canadian goods; imports that turn to others pay duties there.
    assert 0.0 < change.sum() - change[CANADA] < 0.1 * change.sum()


def test_volumes_add_up_to_output(taxed: TradeEquilibrium) -> None:
    sold = outcomes.volume(taxed).sum(axis=(1, 3))
    assert_allclose(sold, taxed.real_output * WORLD.output, rtol=1e-10)


def test_trade_is_diverted_to_third_parties(taxed: TradeEquilibrium) -> None:
    change = outcomes.trade_diversion(taxed)[:, :, MVH].sum(axis=-1)
    assert change[CANADA, US] < 0.0
    assert change[CANADA, MEXICO] > 0.0
    assert change[MEXICO, US] > 0.0


def test_real_value_added_is_money_of_the_baseline(taxed: TradeEquilibrium) -> None:
    change = outcomes.real_value_added_change(taxed)
    before = WORLD.value_added_share * WORLD.output
    assert_allclose(change / before, taxed.real_value_added - 1.0)
    # Labour moves between sectors and none is lost.
    assert_allclose(change.sum(axis=1), 0.0, atol=1e-4)


def test_jobs_that_are_not_known_stay_so(taxed: TradeEquilibrium) -> None:
    jobs = np.full_like(WORLD.output, np.nan)
    jobs[CANADA, MVH] = 125_000.0
    change = outcomes.job_change(taxed, jobs)
    assert np.isnan(change).sum() == change.size - 1
    assert change[CANADA, MVH] == 125_000.0 * (taxed.employment[CANADA, MVH] - 1.0)


def test_a_batch_equals_a_loop(taxed: TradeEquilibrium, lightly_taxed: TradeEquilibrium) -> None:
    rates = {pair: np.stack([duty(0.25)[pair], duty(0.1)[pair]]) for pair in duty(0.0)}
    both = counterfactual(WORLD, rates)
    for function in (
        outcomes.relative_prices,
        outcomes.real_wage,
        outcomes.tariff_revenue_change,
        outcomes.real_value_added_change,
        outcomes.trade_diversion,
    ):
        batch = function(both)
        for k, alone in enumerate((taxed, lightly_taxed)):
            assert_allclose(batch[k], function(alone), rtol=1e-8, atol=1e-4)
