"""Trade equilibria under export taxes, parts, quotas, tastes and specific factors.

The answers in `tests/data/wedges.json` and `schedules.json` are an independent solver's. They are
to be met to their last digit, or to the tolerances stated here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.subjects.worlds import Array
from negotiation.trade import (
    Parts,
    Quota,
    QuotaRegime,
    Schedule,
    TradeEquilibrium,
    World,
    counterfactual,
)

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
MODEL = ROOT / "models" / "canada_us" / "data"
# In the folder `shared` beside the checkout.
TABLES = ROOT.parent / "shared" / "data"

#: Percentage points of welfare, US$ m of revenue, wedge and volume of a quota; a share and changes
#: in percent to the digits that are given.
WELFARE, REVENUE, QUOTA, SHARE, PERCENT = 1e-6, 0.01, 1e-7, 1e-8, 2e-6

THIRD = ("MEX", "EU27", "GBR", "CHN", "JKT", "OAS", "ROW")
SERVICES, ENERGY = ("ELY", "CNS", "SRV"), ("OIL", "PET")
SOUTH, NORTH = ("CAN", "USA"), ("USA", "CAN")

Known = Mapping[str, Any]
WEDGES: dict[str, dict[str, Known]] = json.loads((DATA / "wedges.json").read_text(encoding="utf-8"))
SCHEDULES: dict[str, dict[str, Known]] = json.loads(
    (DATA / "schedules.json").read_text(encoding="utf-8")
)


def _cases(of: dict[str, dict[str, Known]]) -> list[tuple[str, str]]:
    return [(table, case) for table, cases in of.items() for case in cases]


@lru_cache(maxsize=2)
def world_of(table: str) -> World:
    folder, _, column = table.split("/")
    found = TABLES / folder
    if not found.is_dir():
        pytest.skip(f"the table {found} is not there")
    return World.from_csv(found, column.removeprefix("theta_"))


def on(world: World, rates: Mapping[str, float]) -> Array:
    """(S, 2) rates by sector, for both uses; zero for the others."""
    found: Array = np.zeros((len(world.sectors), 2))
    for sector, rate in rates.items():
        found[world.sector(sector)] = rate
    return found


def goods(world: World, but: tuple[str, ...] = ()) -> Array:
    """(S, 2) one for goods, zero for services, electricity, and what is left out."""
    return on(world, {each: 1.0 for each in world.sectors if each not in SERVICES + but})


def added(world: World, pair: tuple[str, str], more: Array) -> dict[tuple[str, str], Array]:
    return {pair: world.tariff[world.region(pair[0]), world.region(pair[1])] + more}


def tariff_war(world: World) -> dict[str, Any]:
    south = added(world, SOUTH, 0.25 * goods(world, ENERGY))
    return {"tariff": {**south, **added(world, NORTH, 0.12 * goods(world))}}


def duty(sector: str, rate: float) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"tariff": added(world, SOUTH, on(world, {sector: rate}))}


def coverage(world: World) -> dict[str, Any]:
    cells = (2, len(world.sectors), 2)
    parts = Parts(
        np.broadcast_to(np.array(["listed", "rest"])[:, None, None], cells),
        np.broadcast_to(np.array([0.3, 0.7])[:, None, None], cells),
        np.stack([on(world, {"MCH": 0.5}), on(world, {})]),
    )
    return {"tariff": {SOUTH: parts}}


def diverted(world: World) -> Array:
    """(S, 2) factor on sales to third markets that makes up for a fifth of those to the US."""
    canada = world.region("CAN")
    sold = np.sum([world.flows[canada, world.region(each)] for each in THIRD], axis=0)
    to_us = world.flows[canada, world.region("USA")]
    ratio = np.divide(to_us, sold, out=np.zeros_like(sold), where=sold > 0.0)
    return np.asarray(1.0 + 0.2 * goods(world) * ratio)


def tastes(world: World) -> dict[str, Any]:
    gain, odds = diverted(world), {}
    for each in THIRD:
        share = world.share[world.region("CAN"), world.region(each)]
        odds["CAN", each] = gain * (1.0 - share) / (1.0 - share * gain)
    return {"taste": odds}


def subsidies(world: World) -> dict[str, Any]:
    factor = diverted(world) ** (-1.0 / world.trade_elasticity[:, None])
    return {"export_tax": {("CAN", each): factor - 1.0 for each in THIRD}}


def procurement(world: World) -> dict[str, Any]:
    factor = 0.8 ** (-1.0 / world.trade_elasticity[:, None])
    return {"rent": {NORTH: (factor - 1.0) * goods(world)}}


#: What each case gives to `counterfactual`.
GIVEN: dict[str, Callable[[World], dict[str, Any]]] = {
    "us25_no_energy_can12": tariff_war,
    "import_duty_oil10_alone": duty("OIL", 0.1),
    "export_tax_oil10_alone": lambda world: {"export_tax": {SOUTH: on(world, {"OIL": 0.1})}},
    "coverage_mch_50_on_30": coverage,
    "uniform_mch_15": duty("MCH", 0.15),
    "taste20_status_quo": tastes,
    "procurement20_rebated": procurement,
    "subsidy20_status_quo": subsidies,
    "steel_quota80_rent_importer": lambda _: {"quotas": [Quota(*SOUTH, ["STL"], 0.8, over=0.5)]},
    "specific60_import_duty_oil10": duty("OIL", 0.1),
    "specific60_us25_no_energy_can12": tariff_war,
}


def check(found: TradeEquilibrium, known: Known) -> None:
    """Compare all that is known of a case."""
    world = found.world
    canada, us, vehicles = world.region("CAN"), world.region("USA"), world.sector("MVH")
    assert found.converged, found.status
    welfare = [known["welfare_pct"][each] for each in world.regions]
    assert_allclose(100.0 * (found.welfare - 1.0), welfare, rtol=0, atol=WELFARE)
    gain = [known["ev_usd_m"][each] for each in world.regions]
    assert_allclose(found.ev, gain, rtol=0, atol=REVENUE)
    for values, name in (
        (found.tariff_revenue, "import_revenue"),
        (found.export_tax_revenue, "export_revenue"),
    ):
        here = [values[world.region(each)] for each in known[name]]
        assert_allclose(here, list(known[name].values()), rtol=0, atol=REVENUE)
    sold = (found.flows[canada] * goods(world)).sum(axis=(1, 2))
    share = sold[us] / (sold.sum() - sold[canada])
    assert_allclose(share, known["us_share"], rtol=0, atol=SHARE)
    final = found.prices[us, :, 1]
    relative = final[vehicles] / np.prod(final ** world.final_share[us])
    answer = known["vehicle_price_over_cpi_pct_us"]
    assert_allclose(100.0 * (relative - 1.0), answer, rtol=0, atol=PERCENT)
    made = found.output[canada, vehicles] / world.output[canada, vehicles]
    answer = known["can_mvh_output_pct"]
    assert_allclose(100.0 * (made - 1.0), answer, rtol=0, atol=PERCENT)
    for name in {"wedge", "volume"} & known.keys():
        (quota,) = found.quotas
        assert quota.regime == QuotaRegime.BINDING
        assert_allclose(getattr(quota, name), known[name], rtol=0, atol=QUOTA)


def test_every_case_is_known() -> None:
    assert len(_cases(WEDGES)) == 22
    assert {case for _, case in _cases(WEDGES)} == set(GIVEN)


@pytest.mark.parametrize(("table", "case"), _cases(WEDGES))
def test_wedges(table: str, case: str) -> None:
    world = world_of(table)
    given = GIVEN[case](world)
    if case.startswith("specific60"):
        world = world.with_specific_share({"OIL": 0.6})
    check(counterfactual(world, tariff_unit="fraction", **given), WEDGES[table][case])


def _read(name: str) -> Schedule:
    pair = NORTH if name.startswith("canada") else SOUTH
    return Schedule.read(MODEL / "schedules" / f"{name}.csv").between(pair[1], pair[0])


@pytest.mark.parametrize(("table", "case"), _cases(SCHEDULES))
def test_schedules(table: str, case: str) -> None:
    """Duties in force as parts of trade, and what breakdown makes of the latest of them."""
    world = world_of(table)
    tariff: Any
    if case.startswith("escalate"):
        latest = _read("us_on_canada_2026-09-29"), _read("canada_on_us_2026-09-08")
        south, north = latest[0].parts(world)[SOUTH], latest[1].parts(world)[NORTH]
        tariff = {
            SOUTH: south.at_least(0.25 * goods(world, ENERGY)),
            NORTH: north.at_least(0.12 * goods(world)),
        }
    else:
        tariff = [_read(each) for each in case.split(" + ") if each != "None"]
    check(counterfactual(world, tariff), SCHEDULES[table][case])
