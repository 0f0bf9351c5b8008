"""The library against a slow second implementation, written from the equations alone."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from benchmarks.peers import slow_trade
from benchmarks.subjects.worlds import DATA, Array
from negotiation import Case, evaluate, load_model
from negotiation.study.attribution import attribute
from negotiation.trade import World, counterfactual
from tests.blind import blind_canada_us
from tests.drawn import first
from tests.properties.economies import Shock, shipped_shock, shocks

#: Both stop at a residual of 1e-11 or less, log points; small open worlds turn that into errors of
#: results up to ten times larger, and both sides may err.
SAME = 1e-9

#: Of the largest payoff. A payoff is the small difference of two welfare levels: 1e-11 of an income
#: of 26 trillion is US$ 0.0003 m, beside payoffs of US$ 10 to 100 billion.
SAME_PAYOFF = 1e-8


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


@pytest.mark.parametrize("elasticities", ["published", "cp"])
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
    "outlets opened late, counted in a breakdown": {
        "diversification": 0.2,
        "already_moved": 0.3,
        "move_requires_breakdown": True,
        "diversification_cost": 0.05,
        "procurement": 0.1,
        "auto_weight_canada": 0.7,
        "auto_weight_us": 1.5,
    },
    "postures that join, parts at stake, political costs": {
        "postures": "treaty_withdrawal+export_tax",
        "export_tax_rate": 0.2,
        "export_tax_sectors": "OIL+PET+NFM",
        "at_stake.OIL": 0.5,
        "at_stake.NFM": 0.3,
        "at_stake.other": 0.6,
        "us_lift_cost": 100.0,
        "us_escalation_cost": 700.0,
        "us_withdrawal_cost": 300.0,
        "canada_stand_down_cost": 200.0,
        "canada_retaliation_cost": 500.0,
        "canada_export_tax_cost": 150.0,
    },
    "short run, schedules of 2025, a fixed resource, autos weigh": {
        "run": "short_run",
        "us_schedule": "2025-12-31",
        "canada_schedule": "2025-03-13",
        "oil_resource_share": "0.3",
        "auto_weight_canada": 0.5,
        "auto_weight_us": 1.0,
    },
    "outlets opened late, not counted": {"diversification": 0.2, "already_moved": 0.4},
    "every table its own, two markets": {
        "diversification": 0.1,
        "diversification.metals_energy": 0.05,
        "diversification.autos": 0.3,
        "diversification.forestry": 0.25,
        "markets": "EU27+MEX",
    },
    "outlets by cheaper trade": {
        "diversification": 0.15,
        "diversification_by": "trade_cost",
        "already_moved": 0.7,
        "move_requires_breakdown": True,
    },
    "outlets by subsidy": {
        "diversification": 0.15,
        "diversification_by": "subsidy",
        "already_moved": 0.7,
        "move_requires_breakdown": True,
        "postures": "export_tax",
    },
    "procurement": {"procurement": 0.2},
    "procurement that burns, and fracture": {
        "procurement": 0.2,
        "procurement_waste": 0.5,
        "integration_loss": 0.05,
        "us_schedule": "threat_autos_2027-01-01",
    },
    "a schedule that taxes electricity, and energy when it escalates": {
        "us_schedule": "ieepa_2025-08",
        "canada_schedule": "2026-07-15",
        "escalation_rate_energy": 0.1,
    },
    "the same, with metals, wood and electricity in part at stake": {
        "us_schedule": "ieepa_2025-08",
        "at_stake.STL": 0.0,
        "at_stake.WOD": 0.2,
        "at_stake.ELY": 0.0,
    },
    "everything taxed": {
        "us_schedule": "25_10_executive_order_14193_2025-02",
        "canada_schedule": "mfn",
        "escalation_rate": 0.3,
        "postures": "treaty_withdrawal",
    },
    "rates by sector": {
        "us_schedule": "mfn",
        "canada_schedule": "2025-03-13",
        "escalation_rate.AGF": 0.0,
        "escalation_rate.OIL": 0.05,
        "escalation_rate.MVH": 0.6,
    },
    "high rates: nobody wants a war": {
        "escalation_rate": 0.4,
        "escalation_rate.STL": 0.1,
        "escalation_rate.PET": 0.2,
        "retaliation_rate": 0.3,
    },
    "customs, a published set": {
        "data": "customs",
        "elasticities": "ll",
        "us_schedule": "2026-08-22",
    },
    "uniform elasticities, much of oil a resource": {
        "elasticities": "u5",
        "oil_resource_share": "0.6",
        "diversification": 0.1,
    },
    "short run with a set of its own": {
        "run": "short_run",
        "elasticities": "cp",
        "labour_elasticity": 3.0,
        "procurement": 0.05,
    },
}


def _pair(found: blind_canada_us.Payoffs) -> list[float]:
    return [found.canada, found.us]


@pytest.mark.full
@pytest.mark.parametrize("setting", first(1, SETTINGS))
def test_canada_us(setting: str) -> None:
    """All profiles, today, both deals, what levers do, and where Canada sells."""
    values = SETTINGS[setting]
    blind = blind_canada_us.Blind(DATA, values)
    model = load_model("canada_us").build(values)
    today = evaluate(Case(model, threat="in_force"))
    atol = SAME_PAYOFF * np.abs(blind.table).max()

    assert today.game.actions == blind.actions
    assert_allclose(today.game.payoffs, blind.table, rtol=0, atol=atol)
    assert_allclose(today.threat.payoffs, _pair(blind.in_force), rtol=0, atol=atol)
    assert_allclose(today.agreement.payoffs, blind.in_force.deal, rtol=0, atol=atol)

    (equilibrium,) = blind.equilibria()
    broken = evaluate(Case(model, threat="posture"))
    assert broken.selection.support == "/".join(equilibrium)
    assert_allclose(broken.threat.payoffs, _pair(blind.breakdown), rtol=0, atol=atol)
    if equilibrium != ("stand_down", "lift"):  # elsewhere there is something to share
        assert_allclose(broken.agreement.payoffs, blind.breakdown.deal, rtol=0, atol=atol)

    def same(name: str, wanted: Any, error: float) -> None:
        values = today.quantities[name].values
        assert_allclose(values, np.broadcast_to(wanted, values.shape), rtol=0, atol=error)

    same("lever_effect_usd_m.canada", blind.lever_effect().canada, atol)
    same("lever_effect_usd_m.us", blind.lever_effect().us, atol)
    same("diversification_cost_usd_m.canada", blind.cost, 1e-6)
    rows, columns = blind.actions
    share = [[blind.us_share(row, column) for column in columns] for row in rows]
    same("us_share_of_goods_exports", share, SAME_PAYOFF)

    # Motor vehicles, percent: against the status quo, against today, and by the levers alone,
    # where all duties are at stake, so that today differs by the levers alone.
    alone = not any(name.startswith("at_stake.") for name in values)
    last = (rows[-1], columns[-1])
    there, free = blind.world(*last, late=True), blind.status_quo(late=True)
    here = blind.world("counter", "keep", late=True)
    for player, region in (("canada", "CAN"), ("us", "USA")):
        then, before, levers, now = (
            blind.autos(world, region) for world in (there, free, here, blind.today)
        )
        for what in then:
            ratios = {"pct": then[what] / before[what], "today_pct": then[what] / now[what]}
            if alone:
                ratios["lever_pct"] = levers[what] / now[what]
            for against, ratio in ratios.items():
                actual = today.quantities[f"auto_{what}_{against}.{player}"].values[-1, -1]
                assert_allclose(actual, 100 * (ratio - 1), rtol=0, atol=100 * SAME_PAYOFF)


@pytest.mark.full
@pytest.mark.parametrize("closure", ["us_wages", "us_prices", "balanced"])
def test_closures_of_canada_us(closure: str) -> None:
    values = {"closure": closure, "diversification": 0.1, "already_moved": 0.5}
    blind = blind_canada_us.Blind(DATA, values)
    model: Any = load_model("canada_us").build(values)
    atol = SAME_PAYOFF * np.abs(blind.table).max()
    assert_allclose(model.game().payoffs, blind.table, rtol=0, atol=atol)
    assert_allclose(model.in_force(), _pair(blind.in_force), rtol=0, atol=atol)
    assert_allclose(model.levers_worth(), _pair(blind.lever_effect()), rtol=0, atol=atol)
    assert_allclose(model.today.welfare, blind.today.welfare, rtol=1e-10)


DISPUTES: dict[str, dict[str, Any]] = {
    "the US walks out": {
        "run": "short_run",
        "retaliation_rate": 0.04,
        "breakdown_hazard": 0.005,
    },
    "nobody walks out": {
        "diversification": 0.2,
        "already_moved": 0.3,
        "move_requires_breakdown": True,
        "breakdown_hazard": 0.3,
        "discount_canada": 0.08,
        "discount_us": 0.04,
    },
}


@pytest.mark.full
@pytest.mark.parametrize("setting", first(1, DISPUTES))
def test_dispute_of_canada_us(setting: str) -> None:
    blind = blind_canada_us.Blind(DATA, DISPUTES[setting])
    fails, (canada, us) = blind.dispute()
    found = evaluate(Case(load_model("canada_us").build(DISPUTES[setting]), threat="dispute"))
    assert_allclose(found.threat.payoffs, _pair(fails), rtol=SAME_PAYOFF)
    assert_allclose(found.agreement.payoffs, [canada, us], rtol=SAME_PAYOFF)
    assert (us == blind.breakdown.us) == (setting == "the US walks out")


@pytest.mark.full
def test_schedules_of_another_date_as_threats() -> None:
    values = {"diversification": 0.1, "already_moved": 0.5, "at_stake.MVH": 0.5}
    for date in ("2025-12-31", "ieepa_2025-08"):
        blind = blind_canada_us.Blind(DATA, {**values, "us_schedule": date})
        case = Case(load_model("canada_us").build(values), threat=f"us_on_canada_{date}")
        assert_allclose(evaluate(case).threat.payoffs, _pair(blind.in_force), rtol=SAME_PAYOFF)


@pytest.mark.full
def test_parts_of_the_deal() -> None:
    """Shapley values of the tables, each coalition of them at stake in a world of its own."""
    codes = {
        "metals_energy": ("OIL", "PET", "ELY", "STL", "NFM"),
        "autos": ("MVH",),
        "forestry": ("WOD", "PAP"),
        "other": ("other",),
    }

    def conceded(tables: frozenset[str]) -> float:
        at_stake = {
            f"at_stake.{code}": float(table in tables)
            for table, inside in codes.items()
            for code in inside
        }
        return blind_canada_us.Blind(DATA, at_stake).in_force.deal[0]

    subsets = [frozenset(each) for k in range(5) for each in combinations(codes, k)]
    value = {tables: conceded(tables) for tables in subsets}
    found = attribute(Case(load_model("canada_us").build({}), threat="in_force"))
    for table, part in zip(found.tables, found.table, strict=True):
        expected = sum(
            (value[others | {table}] - value[others]) / (4 * comb(3, len(others)))
            for others in subsets
            if table not in others
        )
        assert_allclose(part, expected, rtol=1e-6)


@pytest.mark.full
@pytest.mark.parametrize("lever", ["diversification", "diversification.autos"])
def test_marginal_leverage_of_canada_us(lever: str) -> None:
    values = {"diversification": 0.2, "already_moved": 0.6}
    ends = [
        blind_canada_us.Blind(DATA, {**values, lever: 0.2 + step}).in_force.deal[0]
        for step in (-1e-3, 1e-3)
    ]
    case = Case(load_model("canada_us").build(values), threat="in_force")
    leverage = evaluate(case, marginal=True).leverage
    assert leverage is not None
    found = leverage.marginal[lever]
    for slope in (found.left, found.right):
        assert_allclose(slope.total, (ends[1] - ends[0]) / 2e-3, rtol=1e-5)


#: Options by table: which share of the US duties stays, and whether Canada's do, as in the README.
TABLES = ("metals_energy", "autos", "forestry")
STAYS = ((1.0, 1.0), (1.0, 0.0), (0.5, 1.0), (0.5, 0.0), (0.0, 1.0), (0.0, 0.0))


@pytest.mark.full
@pytest.mark.parametrize("options", [(0, 0, 0), (2, 5, 4), (1, 3, 0)])
def test_packages_of_canada_us(options: tuple[int, int, int]) -> None:
    packages = load_model("canada_us")().packages()
    assert packages is not None
    assert list(packages.tables) == list(TABLES)
    blind = blind_canada_us.Blind(DATA, {})
    table_of = list(blind.table_of.values())
    share = np.ones((2, len(table_of)))
    for table, option in zip(TABLES, options, strict=True):
        share[:, [each == table for each in table_of]] = np.array(STAYS[option])[:, None]
    expected = _pair(blind.package((share[0], share[1])))
    assert_allclose(packages.payoffs[(slice(None), *options)], expected, rtol=0, atol=1e-3)
