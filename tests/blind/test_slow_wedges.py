"""The slow solver meets the published oracles, and small worlds that can be checked by hand."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.blind.slow_wedges import (
    BINDING,
    EXCEEDED,
    FINAL,
    REST,
    SLACK,
    Array,
    Coverage,
    Economy,
    Equilibrium,
    Part,
    Quota,
    Wedges,
    at_least,
    diversification,
    integration_loss,
    procurement,
    read_schedule,
    solve,
    whole,
)

# In the folder `shared` beside the checkout.
SHARED = Path(__file__).parents[3] / "shared"
needs_shared = pytest.mark.skipif(
    not (SHARED / "oracles" / "wedges.json").exists(), reason="the published oracles are not here"
)
SERVICES = ("CNS", "SRV")
CENTRAL = "canada_us_2022/flows.csv/theta_central"
PUBLISHED = "canada_us_2022_revised/flows.csv/theta_published"


# --- oracles --------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def table(key: str, specific: float = 0.0) -> Economy:
    folder, flows, elasticity = key.split("/")
    return Economy.read(
        SHARED / "data" / folder, elasticity, flows=flows, specific={"OIL": specific}
    )


def goods(economy: Economy, *but: str) -> Array:
    left_out = {"ELY", *SERVICES, *but}
    return economy.of_sectors(code for code in economy.sectors if code not in left_out)


def oracle(name: str) -> dict[str, Any]:
    path = SHARED / "oracles" / name
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def case(economy: Economy, name: str) -> Wedges:
    """Wedges of a case of `wedges.json`."""
    canada, us = economy.region("CAN"), economy.region("USA")
    south, north = (canada, us), (us, canada)
    if name == "taste20_status_quo":
        return diversification(economy, 0.2 * goods(economy)[:, 0])
    if name == "subsidy20_status_quo":
        return diversification(economy, 0.2 * goods(economy)[:, 0], by="subsidy")
    if name == "procurement20_rebated":
        return procurement(economy, 0.2 * goods(economy)[:, 0])
    if name == "steel_quota80_rent_importer":
        return Wedges(
            quotas=[Quota(canada, us, [economy.sectors.index("STL")], 0.8, inside=0.0, over=0.5)]
        )
    oil, machinery = economy.of_sectors(["OIL"]), economy.of_sectors(["MCH"])
    if name == "export_tax_oil10_alone":
        return Wedges(export_taxes=[{south: whole(0.1 * oil)}])
    duties: dict[str, dict[tuple[int, int], Coverage]] = {
        "us25_no_energy_can12": {
            south: whole(0.25 * goods(economy, "OIL", "PET")),
            north: whole(0.12 * goods(economy)),
        },
        "import_duty_oil10": {south: whole(0.1 * oil)},
        "coverage_mch_50_on_30": {
            south: {
                "listed": Part(np.array(0.3), 0.5 * machinery),
                REST: Part(np.array(0.7), np.zeros(1)),
            }
        },
        "uniform_mch_15": {south: whole(0.15 * machinery)},
    }
    return Wedges(duties=[duties[name.removeprefix("specific60_").removesuffix("_alone")]])


def agree(found: Equilibrium, expected: dict[str, Any]) -> None:
    e = found.economy
    canada, us, cars = e.region("CAN"), e.region("USA"), e.sectors.index("MVH")
    for code, value in expected["welfare_pct"].items():
        assert_allclose(100 * (found.welfare[e.region(code)] - 1), value, rtol=0, atol=1e-6)
    for code, value in expected["ev_usd_m"].items():
        assert_allclose(found.ev[e.region(code)], value, rtol=0, atol=0.01)
    for code, value in expected["import_revenue"].items():
        assert_allclose(found.import_revenue[e.region(code)], value, rtol=0, atol=0.01)
    for code, value in expected["export_revenue"].items():
        assert_allclose(found.export_revenue[e.region(code)], value, rtol=0, atol=0.01)
    exports = (goods(e)[:, 0] * found.state.flows[canada].sum(-1)).sum(-1)
    share = exports[us] / (exports.sum() - exports[canada])
    assert_allclose(share, expected["us_share"], rtol=0, atol=1e-7)
    vehicles = found.state.price[us, cars, FINAL] / found.cpi[us]
    assert_allclose(
        100 * (vehicles - 1), expected["vehicle_price_over_cpi_pct_us"], rtol=0, atol=1e-6
    )
    output = found.state.output[canada, cars] / e.output[canada, cars]
    assert_allclose(100 * (output - 1), expected["can_mvh_output_pct"], rtol=0, atol=2e-6)
    if "wedge" in expected:
        assert_allclose(found.quota_wedge, expected["wedge"], rtol=0, atol=1e-7)
        assert_allclose(found.quota_volume, expected["volume"], rtol=0, atol=1e-7)


@needs_shared
@pytest.mark.full
@pytest.mark.parametrize(
    ("key", "name"),
    [(key, name) for key, cases in oracle("wedges.json").items() for name in cases],
)
def test_wedges(key: str, name: str) -> None:
    economy = table(key, 0.6 if name.startswith("specific60") else 0.0)
    agree(solve(economy, case(economy, name)), oracle("wedges.json")[key][name])


@needs_shared
@pytest.mark.full
@pytest.mark.parametrize("name", list(oracle("schedules.json").get(PUBLISHED, ())))
def test_schedules(name: str) -> None:
    """The default breakdown raises every part of the latest schedules."""
    economy = table(PUBLISHED)
    files = name.split(" + ")
    escalation = name.startswith("escalate")
    if escalation:
        files = ["us_on_canada_2026-09-29", "canada_on_us_2026-09-08"]
    canada, us = economy.region("CAN"), economy.region("USA")
    folder = SHARED / "data" / "schedules"
    duties = {
        pair: read_schedule(folder / f"{file}.csv", economy)
        for pair, file in zip(((canada, us), (us, canada)), files, strict=True)
        if file != "None"
    }
    if escalation:
        duties[canada, us] = at_least(duties[canada, us], 0.25 * goods(economy, "OIL", "PET"))
        duties[us, canada] = at_least(duties[us, canada], 0.12 * goods(economy))
    agree(solve(economy, Wedges(duties=[duties])), oracle("schedules.json")[PUBLISHED][name])
