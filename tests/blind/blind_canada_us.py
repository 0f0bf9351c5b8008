"""Slow and obvious payoffs of the Canada-US posture game, to check a production library.

Every cell is solved from the baseline data on its own and then compared with the status quo of
the same world: the same levers, and no duties beyond the treaty rates.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.peers.slow_trade import (
    FINAL,
    INTERMEDIATE,
    Array,
    Economy,
    Equilibrium,
    load,
    solve,
)

CANADA_ACTIONS = ("stand_down", "counter", "retaliate")
US_ACTIONS = ("lift", "keep", "escalate")
USES = ("intermediate", "final")


def goods_sectors(economy: Economy) -> list[int]:
    """Sectors that are on a negotiating table, electricity included."""
    return [s for s in range(len(economy.sectors)) if economy.tables[s] != "none"]


def read_duties(path: Path, economy: Economy, columns: Sequence[str]) -> Array:
    """Sum the named columns of a duty file into an (S, 2) array; missing rows are zero."""
    duty = np.zeros((len(economy.sectors), 2))
    with path.open(newline="", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            s = economy.sectors.index(row["sector"])
            u = USES.index(row["use"])
            for column in columns:
                duty[s, u] += float(row[column])
    return duty


def us_duties(
    folder: Path, economy: Economy, action: str, *, date: str, rate: float, rate_energy: float
) -> Array:
    """Additional US duties on Canada, (S, 2)."""
    duty = np.zeros((len(economy.sectors), 2))
    if action == "lift":
        return duty
    if action == "keep":
        columns = ["duty_" + date.replace("-", "_"), "anti_dumping_countervailing"]
        return read_duties(folder / "us_tariffs_on_canada.csv", economy, columns)
    if action == "escalate":
        for s in goods_sectors(economy):
            if economy.sectors[s] == "ELY":
                continue
            duty[s, :] = rate_energy if economy.sectors[s] in ("OIL", "PET") else rate
        return duty
    raise ValueError(f"unknown US action {action!r}")


def canada_duties(folder: Path, economy: Economy, action: str, rate: float) -> Array:
    """Additional Canadian duties on the United States, (S, 2)."""
    duty = np.zeros((len(economy.sectors), 2))
    if action == "stand_down":
        return duty
    if action == "counter":
        return read_duties(folder / "canada_tariffs_on_us.csv", economy, ["duty_2026_07_15"])
    if action == "retaliate":
        for s in goods_sectors(economy):
            if economy.sectors[s] != "ELY":
                duty[s, :] = rate
        return duty
    raise ValueError(f"unknown Canadian action {action!r}")


def payoffs(
    folder: str | Path,
    *,
    diversification: float = 0.0,
    diversification_metals_energy: float | None = None,
    diversification_autos: float | None = None,
    diversification_forestry: float | None = None,
    diversification_other: float | None = None,
    markets: Sequence[str] | None = None,
    pass_through: float = 1.0,
    procurement: float = 0.0,
    integration_loss: float = 0.0,
    duties_date: str = "2026-07-15",
    escalation_rate: float = 0.25,
    escalation_rate_energy: float = 0.10,
    retaliation_rate: float = 0.12,
    us_escalation_cost: float = 0.0,
    canada_retaliation_cost: float = 0.0,
    elasticities: str = "central",
    auto_weight_canada: float = 0.0,
    auto_weight_us: float = 0.0,
    closure: str = "transfers",
    real_value_added: str = "consumer_price_status_quo",
    procurement_electricity: bool = True,
) -> dict[str, tuple[float, float]]:
    """Payoffs (Canada, United States), US$ m a year, keyed "<canada action>/<us action>".

    Parameters
    ----------
    folder : str or Path
        The calibration table.
    diversification : float
        delta on all goods sectors except electricity.
    diversification_metals_energy, diversification_autos, diversification_forestry, \
    diversification_other : float or None
        delta on one table; None means ``diversification``.
    markets : sequence of str or None
        Regions whose trade cost from Canada falls; None means all but Canada and the US.
    pass_through : float
        Only 1 (the goods have moved in every world).
    procurement : float
        rho on US sales of goods into Canada.
    integration_loss : float
        iota on motor-vehicle intermediates, both ways across the border.
    duties_date : str
        Date of the duties of ``keep``.
    escalation_rate, escalation_rate_energy, retaliation_rate : float
        Duties additional to the treaty rates.
    us_escalation_cost, canada_retaliation_cost : float
        Political cost of the action to its own government.
    elasticities : str
        Suffix of a ``theta_`` column.
    auto_weight_canada, auto_weight_us : float
        lambda on the change of real value added in MVH.
    closure : str
        As in ``slow_trade.solve``.
    real_value_added : str
        The deflator, where the text is silent: "consumer_price_status_quo" (final prices, in
        US$ of the status quo), "consumer_price_data" (final prices, in US$ of the data), "wage"
        (value added over the wage: employment at baseline wages) or "output" (constant-price
        value added: baseline value added times the change of output over unit cost).
    procurement_electricity : bool
        Whether procurement reaches electricity.
    """
    if pass_through != 1.0:
        raise ValueError("only pass_through = 1 is implemented")
    folder = Path(folder)
    economy = load(folder, elasticities)
    can = economy.regions.index("CAN")
    usa = economy.regions.index("USA")
    mvh = economy.sectors.index("MVH")
    if markets is None:
        markets = [code for code in economy.regions if code not in ("CAN", "USA")]
    chosen = [economy.regions.index(code) for code in markets]

    overrides = {
        "metals_energy": diversification_metals_energy,
        "autos": diversification_autos,
        "forestry": diversification_forestry,
        "other": diversification_other,
    }

    # Levers: trade costs that hold in every world, status quo included.
    trade_cost = np.ones_like(economy.flows)
    for s in goods_sectors(economy):
        theta = float(economy.theta[s])
        electricity = economy.sectors[s] == "ELY"
        for u in (INTERMEDIATE, FINAL):
            override = overrides[economy.tables[s]]
            delta = diversification if override is None else override
            today = float(sum(economy.flows[can, n, s, u] for n in chosen))
            if not electricity and delta != 0.0 and today > 0.0:
                psi = 1.0 + delta * float(economy.flows[can, usa, s, u]) / today
                for n in chosen:
                    trade_cost[can, n, s, u] *= psi ** (-1.0 / theta)
            if not electricity or procurement_electricity:
                trade_cost[usa, can, s, u] *= (1.0 - procurement) ** (-1.0 / theta)
    trade_cost[can, usa, mvh, INTERMEDIATE] *= 1.0 + integration_loss
    trade_cost[usa, can, mvh, INTERMEDIATE] *= 1.0 + integration_loss

    status_quo = solve(economy, economy.tariff, trade_cost, closure)

    def real_autos(world: Equilibrium, region: int) -> float:
        """Real value added of motor vehicles, US$ m."""
        nominal = float(world.value_added[region, mvh])
        if real_value_added == "consumer_price_status_quo":
            price = world.consumer_price[region] / status_quo.consumer_price[region]
            return nominal / float(price)
        if real_value_added == "consumer_price_data":
            return nominal / float(world.consumer_price[region])
        if real_value_added == "wage":
            return nominal / float(world.wage[region])
        if real_value_added == "output":
            return nominal / float(world.unit_cost[region, mvh])
        raise ValueError(f"unknown deflator {real_value_added!r}")

    def payoff(world: Equilibrium, region: int, weight: float) -> float:
        ratio = float(world.welfare[region] / status_quo.welfare[region])
        ev = (ratio - 1.0) * float(status_quo.income[region])
        autos = real_autos(world, region) - real_autos(status_quo, region)
        return ev + weight * autos

    table: dict[str, tuple[float, float]] = {}
    for canada_action in CANADA_ACTIONS:
        for us_action in US_ACTIONS:
            tariff = economy.tariff.copy()
            tariff[usa, can] += canada_duties(folder, economy, canada_action, retaliation_rate)
            tariff[can, usa] += us_duties(
                folder,
                economy,
                us_action,
                date=duties_date,
                rate=escalation_rate,
                rate_energy=escalation_rate_energy,
            )
            world = solve(economy, tariff, trade_cost, closure)
            canada = payoff(world, can, auto_weight_canada)
            united_states = payoff(world, usa, auto_weight_us)
            if canada_action == "retaliate":
                canada -= canada_retaliation_cost
            if us_action == "escalate":
                united_states -= us_escalation_cost
            table[f"{canada_action}/{us_action}"] = (canada, united_states)
    return table
