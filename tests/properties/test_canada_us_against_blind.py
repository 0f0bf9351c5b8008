"""Payoffs of the shipped model against the slow solver: schedules by parts and every lever."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.subjects.worlds import DATA, Array
from negotiation import load_model
from tests.blind import slow_wedges as slow
from tests.drawn import first

CANADA, US = "CAN", "USA"
NOT_GOODS = {"ELY", "CNS", "SRV"}
ENERGY = {"OIL", "PET"}

#: Of the largest payoff, which is the small difference of two welfare levels.
SAME = 1e-7

SETTINGS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "tastes of some markets, customs table, political costs": {
        "data": "customs",
        "diversification": 0.3,
        "markets": "EU27+JKT",
        "already_moved": 0.5,
        "us_escalation_cost": 700.0,
        "canada_retaliation_cost": 500.0,
    },
    "a subsidy, procurement partly burnt, fracture, high rates": {
        "elasticities": "cp",
        "diversification": 0.1,
        "diversification_by": "subsidy",
        "procurement": 0.25,
        "procurement_waste": 0.5,
        "integration_loss": 0.05,
        "escalation_rate": 0.4,
        "escalation_rate_energy": 0.15,
        "retaliation_rate": 0.3,
    },
    "short run, cheaper trade": {
        "run": "short_run",
        "diversification": 0.05,
        "diversification_by": "trade_cost",
        "us_schedule": "2026-07-15",
        "canada_schedule": "2026-07-15",
    },
    "a fixed resource in oil and a tax on its exports": {
        "oil_resource_share": 0.6,
        "postures": "export_tax",
        "export_tax_rate": 0.15,
    },
}


@lru_cache(maxsize=2)
def economy(setting: str) -> slow.Economy:
    values = SETTINGS[setting]
    short = values.get("run") == "short_run"
    return slow.Economy.read(
        DATA,
        "theta_short_run" if short else "theta_" + values.get("elasticities", "published"),
        flows="flows_customs.csv" if values.get("data") == "customs" else "flows.csv",
        specific={"OIL": values.get("oil_resource_share", 0.0)},
        labour_elasticity=1.5 if short else np.inf,
    )


def levers(e: slow.Economy, values: dict[str, Any]) -> slow.Wedges:
    """All levers at once."""
    goods = np.array([float(code not in NOT_GOODS) for code in e.sectors])
    markets = values["markets"].split("+") if "markets" in values else None
    result = slow.diversification(
        e,
        values.get("diversification", 0.0) * goods,
        by=values.get("diversification_by", "taste"),
        markets=markets,
    )
    bought = slow.procurement(
        e, values.get("procurement", 0.0) * goods, waste=values.get("procurement_waste", 0.0)
    )
    result.rent = bought.rent
    costs = [bought, slow.integration_loss(e, values.get("integration_loss", 0.0))]
    for each in costs:
        both = dict(result.trade_cost)
        for pair, cost in each.trade_cost.items():
            both[pair] = both.get(pair, 1.0) * cost
        result.trade_cost = both
    return result


def payoffs(setting: str, ours: tuple[str, ...], theirs: tuple[str, ...]) -> Array:
    """EV (2, C, A) against the world with the same levers and no additional duties."""
    e, values = economy(setting), SETTINGS[setting]
    pair = e.region(CANADA), e.region(US)
    back = pair[::-1]

    def read(name: str, latest: str) -> dict[str, slow.Part]:
        return slow.read_schedule(DATA / "schedules" / f"{name}_{latest}.csv", e)

    keep = read("us_on_canada", values.get("us_schedule", "2026-09-29"))
    counter = read("canada_on_us", values.get("canada_schedule", "2026-09-08"))
    goods = e.of_sectors(set(e.sectors) - NOT_GOODS)
    energy = e.of_sectors(ENERGY)
    raised = values.get("escalation_rate", 0.25) * (goods - energy)
    raised = raised + values.get("escalation_rate_energy", 0.0) * energy
    retaliate = slow.at_least(counter, values.get("retaliation_rate", 0.12) * goods)
    by_us = {"lift": {}, "keep": {pair: keep}, "escalate": {pair: slow.at_least(keep, raised)}}
    by_canada = {
        "stand_down": {},
        "counter": {back: counter},
        "retaliate": {back: retaliate},
        "export_tax": {back: retaliate},
    }
    oil = slow.whole(values.get("export_tax_rate", 0.1) * e.of_sectors(["OIL"]))

    def welfare(canada: str, us: str) -> Array:
        wedges = levers(e, values)
        wedges.duties = [by_canada[canada], by_us[us]]
        if canada == "export_tax":
            wedges.export_taxes = [*wedges.export_taxes, {pair: oil}]
        return slow.solve(e, wedges).welfare

    before = welfare("stand_down", "lift")
    change = np.array([[welfare(canada, us) - before for us in theirs] for canada in ours])
    return np.moveaxis((change * e.income)[..., list(pair)], -1, 0)


@pytest.mark.full
@pytest.mark.parametrize("setting", first(2, SETTINGS))
def test_payoffs(setting: str) -> None:
    values = SETTINGS[setting]
    model: Any = load_model("canada_us").build(values)
    game = model.game()
    ours, theirs = game.actions
    expected = payoffs(setting, ours, theirs)
    expected[0, ours.index("retaliate")] -= values.get("canada_retaliation_cost", 0.0)
    expected[1, :, theirs.index("escalate")] -= values.get("us_escalation_cost", 0.0)
    assert_allclose(game.payoffs, expected, rtol=0, atol=SAME * np.abs(expected).max())
