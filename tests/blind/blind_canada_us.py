"""Slow and obvious payoffs of the Canada-US posture game, written from the equations alone.

The reference that the model `canada_us` is compared with. It was written from the description of
levers, postures, payoffs and threat points without reading the model, and shares no code with it:
trade is solved by `slow_wedges`, every cell of the table on its own, from the data.

Conventions where the description leaves a choice:

1. Goods are the sectors on a negotiating table, electricity left out: levers, escalation,
   retaliation and counts of exports reach these. A schedule that taxes electricity taxes it in
   every posture that keeps the schedule.
2. Real value added is value added over the wage of the sector, at wages of the data: labour in
   units of what it can do. Where labour is mobile that is employment.
3. What is at stake multiplies rates, after each posture has raised them.
4. US$ redirected are delta times baseline sales to the United States.
5. A fixed resource has the same share of value added in every region.
6. Political costs belong to what a government does without a deal, not to a deal.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from tests.blind.slow_wedges import (
    FINAL,
    Array,
    Closure,
    Coverage,
    Economy,
    Equilibrium,
    Part,
    Wedges,
    at_least,
    diversification,
    integration_loss,
    procurement,
    read_schedule,
    solve,
    whole,
)

CANADA = ("stand_down", "counter", "retaliate")
US = ("lift", "keep", "escalate")
TABLES = ("metals_energy", "autos", "forestry", "other")
ENERGY = ("OIL", "PET")

#: Political costs by player and action.
COSTS = {
    "stand_down": "canada_stand_down_cost",
    "retaliate": "canada_retaliation_cost",
    "export_tax": "canada_export_tax_cost",
    "lift": "us_lift_cost",
    "escalate": "us_escalation_cost",
    "treaty_withdrawal": "us_withdrawal_cost",
}

#: Units of transfers, those of the United States where of a region.
CLOSURES = {
    "transfers": "world",
    "us_wages": "wages",
    "us_prices": "prices",
    "balanced": "balanced",
}

DEFAULTS: dict[str, Any] = {
    "diversification": 0.0,
    "markets": "all",
    "diversification_by": "taste",
    "already_moved": 1.0,
    "move_requires_breakdown": False,
    "procurement": 0.0,
    "procurement_waste": 0.0,
    "integration_loss": 0.0,
    "diversification_cost": 0.10,
    "us_schedule": "2026-09-29",
    "canada_schedule": "2026-09-08",
    "postures": "default",
    "escalation_rate": 0.25,
    "escalation_rate_energy": 0.0,
    "retaliation_rate": 0.12,
    "export_tax_rate": 0.10,
    "export_tax_sectors": "OIL",
    "data": "icio",
    "elasticities": "published",
    "closure": "transfers",
    "run": "long_run",
    "labour_elasticity": 1.5,
    "oil_resource_share": 0.0,
    "auto_weight_canada": 0.0,
    "auto_weight_us": 0.0,
    "discount_canada": 0.05,
    "discount_us": 0.05,
    "breakdown_hazard": 0.0,
    **dict.fromkeys(COSTS.values(), 0.0),
}


def together(*several: Wedges) -> Wedges:
    """Levers that are pulled at once: trade costs of one pair multiply."""
    cost: dict[tuple[int, int], Array] = {}
    for wedges in several:
        for pair, factor in wedges.trade_cost.items():
            cost[pair] = cost.get(pair, 1.0) * factor
    return Wedges(
        duties=[each for wedges in several for each in wedges.duties],
        export_taxes=[each for wedges in several for each in wedges.export_taxes],
        rent={pair: rate for wedges in several for pair, rate in wedges.rent.items()},
        trade_cost=cost,
        taste={pair: odds for wedges in several for pair, odds in wedges.taste.items()},
    )


def scaled(coverage: Coverage, share: Array) -> dict[str, Part]:
    """These shares (S,) of every rate."""
    return {
        name: Part(part.share, share[:, None] * np.broadcast_to(part.rate, (len(share), 2)))
        for name, part in coverage.items()
    }


@dataclass(frozen=True)
class Payoffs:
    """Of Canada and of the United States, US$ m a year."""

    canada: float
    us: float

    @property
    def deal(self) -> tuple[float, float]:
        """Both side's gains from the status quo, where all duties go and money splits the gain."""
        surplus = 0.0 - self.canada - self.us
        return self.canada + surplus / 2, self.us + surplus / 2


class Blind:
    """The model at one point; `values` are its parameters by their names on the command line."""

    def __init__(self, folder: Path, values: Mapping[str, Any]) -> None:
        self.folder = folder
        self.values = dict(values)
        with (folder / "sectors.csv").open(encoding="utf-8") as file:
            self.table_of = {row["sector"]: row["table"] for row in csv.DictReader(file)}
        self.goods = [s for s, t in self.table_of.items() if t != "none" and s != "ELY"]
        short = self["run"] == "short_run"
        elasticity = self["elasticities"]
        if short and elasticity == "published":
            elasticity = "short_run"
        self.economy = Economy.read(
            folder,
            f"theta_{elasticity}",
            flows={"icio": "flows.csv", "customs": "flows_customs.csv"}[self["data"]],
            specific={"OIL": float(self["oil_resource_share"])},
            labour_elasticity=self["labour_elasticity"] if short else np.inf,
        )
        self.can, self.usa = self.economy.region("CAN"), self.economy.region("USA")
        self.worlds: dict[tuple[str, ...], Equilibrium] = {}

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name, DEFAULTS[name])

    # --- levers -----------------------------------------------------------------------------------

    @property
    def delta(self) -> Array:
        """(S,) share of sales to the United States that other markets would buy."""

        def of(sector: str) -> float:
            if sector not in self.goods:
                return 0.0
            general = self["diversification"]
            return float(self.values.get(f"diversification.{self.table_of[sector]}", general))

        return np.array([of(sector) for sector in self.economy.sectors])

    def levers(self, moved: float) -> Wedges:
        """All of them, with this part of diversification done."""
        markets = None if self["markets"] == "all" else self["markets"].split("+")
        by, goods = self["diversification_by"], self.economy.of_sectors(self.goods)[:, 0]
        return together(
            diversification(self.economy, moved * self.delta, by=by, markets=markets),
            procurement(self.economy, self["procurement"] * goods, waste=self["procurement_waste"]),
            integration_loss(self.economy, self["integration_loss"]),
        )

    @property
    def redirected(self) -> float:
        """Of all of diversification, US$ m a year."""
        sold = self.economy.flows[self.can, self.usa].sum(1)
        return float((self.delta * sold).sum())

    @property
    def cost(self) -> float:
        """Of all of diversification, US$ m a year."""
        if self["diversification_by"] == "subsidy":
            return 0.0
        return float(self["diversification_cost"]) * self.redirected

    # --- postures ---------------------------------------------------------------------------------

    @property
    def actions(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        joined = self["postures"].split("+")
        return (
            (*CANADA, *(each for each in ("export_tax",) if each in joined)),
            (*US, *(each for each in ("treaty_withdrawal",) if each in joined)),
        )

    def _read(self, name: str) -> dict[str, Part]:
        return read_schedule(self.folder / "schedules" / f"{name}.csv", self.economy)

    def _at_stake(self, coverage: Coverage) -> dict[str, Part]:
        def of(sector: str) -> float:
            table = self.table_of[sector]
            key = "other" if table in ("other", "none") else sector
            return float(self.values.get(f"at_stake.{key}", 1.0))

        return scaled(coverage, np.array([of(sector) for sector in self.economy.sectors]))

    def _escalation_rates(self) -> Array:
        def of(sector: str) -> float:
            if sector not in self.goods:
                return 0.0
            general = "escalation_rate_energy" if sector in ENERGY else "escalation_rate"
            return float(self.values.get(f"escalation_rate.{sector}", self[general]))

        return np.array([[of(sector)] for sector in self.economy.sectors])

    def duties(self, canada: str, us: str) -> Wedges:
        """What the postures add to treaty rates."""
        theirs: list[Coverage] = []  # on Canadian goods
        ours: list[Coverage] = []  # on US goods
        taxes: list[Coverage] = []  # on Canadian exports to the United States
        kept = self._read(f"us_on_canada_{self['us_schedule']}")
        countered = self._read(f"canada_on_us_{self['canada_schedule']}")
        if us in ("keep", "treaty_withdrawal"):
            theirs.append(kept)
        if us == "escalate":
            theirs.append(at_least(kept, self._escalation_rates()))
        if canada == "counter":
            ours.append(countered)
        if canada in ("retaliate", "export_tax"):
            rate = self["retaliation_rate"] * self.economy.of_sectors(self.goods)
            ours.append(at_least(countered, rate))
        if us == "treaty_withdrawal":
            theirs.append(self._read("us_on_canada_mfn"))
            ours.append(self._read("canada_on_us_mfn"))
        if canada == "export_tax":
            taxed = self.economy.of_sectors(self["export_tax_sectors"].split("+"))
            taxes.append(whole(self["export_tax_rate"] * taxed))
        out, into = (self.can, self.usa), (self.usa, self.can)
        return Wedges(
            duties=[
                *({out: self._at_stake(each)} for each in theirs),
                *({into: self._at_stake(each)} for each in ours),
            ],
            export_taxes=[{out: self._at_stake(each)} for each in taxes],
        )

    @property
    def closure(self) -> Closure:
        return Closure(CLOSURES[self["closure"]], self.usa)

    # --- worlds -----------------------------------------------------------------------------------

    def world(self, canada: str = "stand_down", us: str = "lift", *, late: bool) -> Equilibrium:
        """Under these postures; `late` where all of diversification is done, after a breakdown."""
        moved = 1.0 if late or not self.delta.any() else float(self["already_moved"])
        key = (canada, us, str(moved))
        if key not in self.worlds:
            wedges = together(self.levers(moved), self.duties(canada, us))
            self.worlds[key] = solve(self.economy, wedges, self.closure)
        return self.worlds[key]

    def status_quo(self, *, late: bool) -> Equilibrium:
        return self.world(late=late)

    def _real_autos(self, world: Equilibrium, region: int) -> float:
        """Value added over the wage of the sector."""
        mvh = self.economy.sectors.index("MVH")
        before = self.economy.value_added[region, mvh]
        now = self.economy.value_added_share[region, mvh] * world.state.output[region, mvh]
        wage = world.state.wages[region]
        if np.isfinite(eta := self.economy.labour_elasticity):
            # Workers in proportion to l w^eta, each of whom brings in the average of the region.
            wage = (now / before * wage ** (eta - 1)) ** (1 / eta)
        return float(now / wage)

    def _against(self, world: Equilibrium, base: Equilibrium) -> Payoffs:
        """Payoffs before political costs and costs of levers."""
        both = []
        for region, weight in ((self.can, "auto_weight_canada"), (self.usa, "auto_weight_us")):
            income = float(self.economy.income[region])
            ev = float(world.welfare[region] - base.welfare[region]) * income
            here, before = self._real_autos(world, region), self._real_autos(base, region)
            both.append(ev + self[weight] * (here - before))
        return Payoffs(*both)

    # --- what is asked ----------------------------------------------------------------------------

    @cached_property
    def in_force(self) -> Payoffs:
        """Of the dispute as it is."""
        world = self.world("counter", "keep", late=False)
        return self._against(world, self.status_quo(late=False))

    def package(self, stays: tuple[Array, Array]) -> Payoffs:
        """Where these shares (S,) of the duties in force stay, of the US and of Canada."""
        duties = self.duties("counter", "keep")
        duties.duties = [
            {pair: scaled(coverage, stays[pair[0] == self.usa])}
            for schedule in duties.duties
            for pair, coverage in schedule.items()
        ]
        moved = float(self["already_moved"])
        world = solve(self.economy, together(self.levers(moved), duties))
        return self._against(world, self.status_quo(late=False))

    def after_breakdown(self, canada: str, us: str) -> Payoffs:
        """Of a cell of the table."""
        counted = bool(self["move_requires_breakdown"])
        base = self.status_quo(late=not counted)
        found = self._against(self.world(canada, us, late=True), base)
        rest = (1 - self["already_moved"]) * self.cost if counted else 0.0
        return Payoffs(
            found.canada - rest - (self[COSTS[canada]] if canada in COSTS else 0.0),
            found.us - (self[COSTS[us]] if us in COSTS else 0.0),
        )

    @cached_property
    def table(self) -> Array:
        """(2, A_canada, A_us)."""
        rows, columns = self.actions
        cells = [[self.after_breakdown(row, column) for column in columns] for row in rows]
        return np.array(
            [[[getattr(cell, of) for cell in row] for row in cells] for of in ("canada", "us")]
        )

    def equilibria(self) -> list[tuple[str, str]]:
        """Those in pure strategies."""
        rows, columns = self.actions
        canada, us = self.table
        best = (canada == canada.max(0, keepdims=True)) & (us == us.max(1, keepdims=True))
        return [(rows[i], columns[j]) for i, j in np.argwhere(best)]

    @property
    def breakdown(self) -> Payoffs:
        """Of the only equilibrium."""
        (found,) = self.equilibria()
        return self.after_breakdown(*found)

    def dispute(self) -> tuple[Payoffs, tuple[float, float]]:
        """Payoff a year of talks that break down now and then, and what they end in.

        Talks begin under the duties in force; either side may walk out into the breakdown.
        """
        hazard = float(self["breakdown_hazard"])
        ours, theirs = float(self["discount_canada"]), float(self["discount_us"])
        now, broken = self.in_force, self.breakdown
        fails = Payoffs(
            (ours * now.canada + hazard * broken.canada) / (ours + hazard),
            (theirs * now.us + hazard * broken.us) / (theirs + hazard),
        )
        weight = (theirs + hazard) / (ours + theirs + 2 * hazard)
        surplus = 0.0 - fails.canada - fails.us
        canada = fails.canada + weight * surplus
        assert broken.canada + broken.us < 0  # both may have what they get by walking out
        canada = min(max(canada, broken.canada), -broken.us)
        return fails, (canada, -canada)

    def lever_effect(self, *, late: bool = True) -> Payoffs:
        """What the levers earn by themselves, before the cost of diversification."""
        # Transfers that end are no lever.
        before = solve(self.economy, Wedges(), self.closure).welfare
        both = (self.status_quo(late=late).welfare - before) * self.economy.income
        return Payoffs(float(both[self.can]), float(both[self.usa]))

    @cached_property
    def today(self) -> Equilibrium:
        """Duties as they are, also those that are not at stake, and no lever pulled."""
        kept = {k: value for k, value in self.values.items() if not k.startswith("at_stake.")}
        return solve(self.economy, Blind(self.folder, kept).duties("counter", "keep"), self.closure)

    def autos(self, world: Equilibrium, region: str) -> dict[str, float]:
        """Output, employment and price of vehicles beside all consumer prices, in own units."""
        state, at = world.state, (self.economy.region(region), self.economy.sectors.index("MVH"))
        return {
            "output": float(state.output[at] / state.cost[at]),
            "employment": float(state.output[at] / state.wages[at[0]]),
            "price": float(state.price[(*at, FINAL)] / world.cpi[at[0]]),
        }

    def us_share(self, canada: str, us: str, *, late: bool = True) -> float:
        """Of Canada's exports of goods, at producer prices."""
        goods = [self.economy.sectors.index(sector) for sector in self.goods]
        sold = self.world(canada, us, late=late).state.flows[self.can][:, goods].sum((1, 2))
        return float(sold[self.usa] / (sold.sum() - sold[self.can]))
