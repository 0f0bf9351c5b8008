"""The library against a slow second implementation, written from the equations alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from benchmarks.peers import slow_trade
from benchmarks.subjects.worlds import DATA, Array, shipped_world
from negotiation import load_model
from negotiation.trade import World, counterfactual
from tests.blind import blind_canada_us
from tests.drawn import first
from tests.properties.economies import Shock, shipped_shock, shocks

#: Both stop at a residual of 1e-11 or less, log points; small open worlds turn that into errors of
#: results up to ten times larger, and both sides may err.
SAME = 1e-9

#: Of the largest payoff. A payoff is the small difference of two welfare levels: 1e-11 of an income
#: of 26 trillion is US$ 0.0003 m, beside payoffs of US$ 10 to 100 billion.
SAME_PAYOFF = 1e-7


def _slow(case: Shock) -> slow_trade.Economy:
    economy = case.economy
    return slow_trade.from_arrays(
        economy.flows, economy.tariff, economy.trade_elasticity, economy.input_share
    )


@given(shocks, st.sampled_from(["transfers", "balanced"]))
@example(shipped_shock(), "transfers")
@example(shipped_shock(), "balanced")
def test_counterfactual(case: Shock, closure: str) -> None:
    slow = slow_trade.solve(_slow(case), case.tariff, case.trade_cost, closure)
    fast = counterfactual(case.world, case.tariff, case.trade_cost, closure)
    assert fast.converged

    def same(actual: Array, expected: Array, scale: float) -> None:
        assert_allclose(actual, expected, rtol=0, atol=SAME * scale)

    assert_allclose(fast.welfare, slow.welfare, rtol=SAME)
    assert_allclose(fast.wage, slow.wage, rtol=SAME)
    # The price of what nobody buys, and the cost of what nobody makes, have no definition.
    bought, made = case.world.spending > 0.0, case.world.output > 0.0
    assert_allclose(fast.prices[bought], slow.prices[bought], rtol=SAME)
    assert_allclose(fast.unit_cost[made], slow.unit_cost[made], rtol=SAME)
    same(fast.output, slow.output, slow.output.max())
    same(fast.flows, slow.flows, slow.flows.max())
    same(fast.income, slow.income, slow.income.max())
    same(fast.tariff_revenue, slow.revenue, slow.income.max())
    same(fast.ev, slow.ev, case.world.income.max())
    value_added = fast.employment * fast.wage[:, None] * case.world.value_added_share
    same((value_added * case.world.output)[made], slow.value_added[made], slow.output.max())


@pytest.mark.parametrize("elasticities", ["central", "cp"])
def test_world_from_csv(elasticities: str) -> None:
    """Both read the same folder into the same calibration."""
    slow = slow_trade.load(DATA, elasticities)
    fast = World.from_csv(DATA, elasticities)
    assert (fast.regions, fast.sectors, fast.tables) == (slow.regions, slow.sectors, slow.tables)
    for actual, expected in (
        (fast.flows, slow.flows),
        (fast.tariff, slow.tariff),
        (fast.trade_elasticity, slow.theta),
        (fast.input_share, slow.input_share),
        (fast.value_added_share, slow.value_added_share),
        (fast.final_share, slow.final_share),
        (fast.output, slow.output),
        (fast.value_added, slow.value_added),
        (fast.tariff_revenue, slow.revenue),
        (fast.income, slow.income),
    ):
        # Only the order of summation differs.
        assert_allclose(actual, expected, rtol=1e-12, atol=1e-15)
    assert_allclose(fast.transfer, slow.transfer, rtol=0, atol=1e-12 * fast.income.max())
    sold = fast.spending > 0.0
    source = np.moveaxis(slow.source_share, 0, -1)[sold]
    assert_allclose(np.moveaxis(fast.share, 0, -1)[sold], source, rtol=1e-12, atol=1e-15)


SETTINGS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "some markets, other duties, political costs": {
        "elasticities": "low",
        "diversification": 0.3,
        "markets": "EU27+JKT",
        "duties_date": "2025-12-31",
        "us_escalation_cost": 700.0,
        "canada_retaliation_cost": 500.0,
    },
    "procurement and fracture, high rates": {
        "elasticities": "cp",
        "diversification": 0.2,
        "diversification.autos": 0.0,
        "procurement": 0.25,
        "integration_loss": 0.05,
        "escalation_rate": 0.4,
        "escalation_rate_energy": 0.15,
        "retaliation_rate": 0.3,
    },
    "short run, autos weigh": {
        "elasticities": "short_run",
        "duties_date": "2026-08-20",
        "auto_weight_canada": 0.5,
        "auto_weight_us": 1.5,
    },
    "every table its own, one market, autos weigh": {
        "elasticities": "high",
        "diversification": 0.9,
        "diversification.metals_energy": 0.1,
        "diversification.autos": 0.5,
        "diversification.forestry": 0.25,
        "diversification.other": 0.05,
        "markets": "MEX",
        "procurement": 0.1,
        "duties_date": "2026-03-15",
        "auto_weight_canada": 2.0,
        "auto_weight_us": 0.7,
    },
}


@pytest.mark.full
@pytest.mark.parametrize("setting", first(2, SETTINGS))
def test_payoffs_of_canada_us(setting: str) -> None:
    values = SETTINGS[setting]
    model: Any = load_model("canada_us").build(values)
    arguments = {name.replace(".", "_"): value for name, value in values.items()}
    if "markets" in arguments:
        arguments["markets"] = arguments["markets"].split("+")
    # The text leaves open whose wage turns jobs into money: the blind one takes that of the data,
    # the library that of the status quo, in whose money the payoffs are.
    for name, code in (("auto_weight_canada", "CAN"), ("auto_weight_us", "USA")):
        if name in arguments:
            wage = model.status_quo.wage[shipped_world().region(code)]
            arguments[name] = arguments[name] * float(wage)
    table = blind_canada_us.payoffs(
        DATA, real_value_added="wage", procurement_electricity=False, **arguments
    )
    game = model.game()
    expected = np.array(
        [[[table[f"{c}/{u}"][p] for u in game.actions[1]] for c in game.actions[0]] for p in (0, 1)]
    )
    assert_allclose(game.payoffs, expected, rtol=0, atol=SAME_PAYOFF * np.abs(expected).max())


#: Options by table: which share of the US duties stays, and whether Canada's do, as in the README.
TABLES = ("metals_energy", "autos", "forestry")
STAYS = ((1.0, 1.0), (1.0, 0.0), (0.5, 1.0), (0.5, 0.0), (0.0, 1.0), (0.0, 0.0))


def _slow_payoffs(share: Array, posture: tuple[str, str]) -> Array:
    """EV of both where shares (2, S) of the duties of a pair of postures (Canada, US) apply."""
    economy = slow_trade.load(DATA)
    us = blind_canada_us.us_duties(
        DATA, economy, posture[1], date="2026-07-15", rate=0.25, rate_energy=0.10
    )
    canada = blind_canada_us.canada_duties(DATA, economy, posture[0], 0.12)
    here, there = economy.regions.index("CAN"), economy.regions.index("USA")
    tariff = np.array(economy.tariff)
    tariff[here, there] += us * share[0][:, None]
    tariff[there, here] += canada * share[1][:, None]
    found = slow_trade.solve(economy, tariff, np.ones_like(tariff))
    return np.asarray(found.ev[[here, there]])


@pytest.mark.parametrize("options", [(0, 0, 0), (2, 5, 4), (1, 3, 0)])
def test_packages_of_canada_us(options: tuple[int, int, int]) -> None:
    packages = load_model("canada_us")().packages()
    assert packages is not None
    assert list(packages.tables) == list(TABLES)
    tables = slow_trade.load(DATA).tables
    share = np.ones((2, len(tables)))
    for table, option in zip(TABLES, options, strict=True):
        share[:, [each == table for each in tables]] = np.array(STAYS[option])[:, None]
    expected = _slow_payoffs(share, ("counter", "keep"))
    assert_allclose(packages.payoffs[(slice(None), *options)], expected, rtol=0, atol=1e-3)


def test_what_is_not_at_stake_stays_as_in_the_status_quo() -> None:
    """With oil and cars alone at stake, escalation against retaliation taxes nothing else."""
    on = {"OIL", "MVH"}
    cls = load_model("canada_us")
    codes = [name.removeprefix("at_stake.") for name, p in cls.parameters().items() if p.stake]
    model = cls.build({f"at_stake.{code}": float(code in on) for code in codes})
    share = np.array([[float(code in on) for code in shipped_world().sectors]] * 2)
    expected = _slow_payoffs(share, ("retaliate", "escalate"))
    assert_allclose(model.game().payoffs[:, 2, 2], expected, rtol=0, atol=1e-3)
