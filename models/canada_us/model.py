"""Canada and the United States: tariff postures, their payoffs in a trade model, and the talks.

Equations, sources, assumptions and what is not modelled: README.md beside this file.
"""

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation import AgreementSet, Model, Quantity, Talks, ThreatPoint, World, errors, parameter
from negotiation.trade import TradeEquilibrium, counterfactual, levers

from .calibration import (
    AUTOS,
    CANADA,
    DATES,
    ELASTICITIES,
    ENERGY,
    MARKETS,
    NOT_GOODS,
    PUBLISHED,
    RUNS,
    TABLES,
    US,
    duties_in_force,
    world,
)
from .results import quantities
from .war import objectives, tariff_war, war_world

Array = NDArray[np.float64]

_JUDGEMENT = "judgement"


def _share(about: str, **kwargs: Any) -> Any:
    keep = {"low": 0, "below": 1, "unit": "share", "source": "choice of the analyst"}
    return parameter(**{"default": 0.0, **keep, "about": about, **kwargs})


def _table(name: str, words: str) -> Any:
    return _share(
        f"diversification of {words}",
        default=None,
        name=f"diversification.{name}",
        inherits="diversification",
        unit="share of today's exports to the US",
        lever_of="canada",
    )


@dataclass(frozen=True)
class CanadaUS(Model):
    """Tariff postures of both governments, valued by a trade model of 9 regions and 16 sectors."""

    diversification: float | Array = _share(
        "share of today's US-bound exports that other markets would buy at unchanged prices",
        unit="share of today's exports to the US",
        lever_of="canada",
    )
    diversification_metals_energy: float | Array | None = _table("metals_energy", "metals, energy")
    diversification_autos: float | Array | None = _table("autos", "motor vehicles and parts")
    diversification_forestry: float | Array | None = _table("forestry", "wood and paper")
    diversification_other: float | Array | None = _table("other", "all other goods")
    markets: str = parameter(
        "all",
        choices=("all", *MARKETS),
        many=True,
        unit="regions",
        source="choice of the analyst",
        about="the markets that are opened",
    )
    pass_through: float | Array = parameter(
        1.0,
        low=0,
        high=1,
        unit="share",
        source=_JUDGEMENT,
        about="0: outlets are used only after talks fail; 1: the goods have already moved",
    )
    procurement: float | Array = _share(
        "share of US goods sales into Canada displaced by buying at home, at unchanged prices",
        unit="share of US sales into Canada",
        lever_of="canada",
    )
    integration_loss: float | Array = parameter(
        0.0,
        low=0,
        unit="iceberg cost",
        source="choice of the analyst",
        about="trade cost on motor-vehicle parts, both ways across the border",
    )
    diversification_cost: float | Array = parameter(
        0.10,
        low=0,
        unit="US$ a year per US$ redirected",
        source=f"{_JUDGEMENT}; Trans Mountain implies about 0.13 (README)",
        about="annual cost of opening and serving other markets",
    )
    duties_date: str = parameter(
        "2026-07-15",
        choices=DATES,
        unit="date",
        source="us_tariffs_on_canada.csv, computed from legal texts",
        about="the day whose US duties are kept",
    )
    escalation_rate: float | Array = parameter(
        0.25,
        low=0,
        unit="ad valorem rate",
        source="Executive Order 14193, 1 February 2025",
        about="additional US duty on goods but electricity and energy when it escalates",
        lever_of="us",
    )
    escalation_rate_energy: float | Array = parameter(
        0.10,
        low=0,
        unit="ad valorem rate",
        source="Executive Order 14193, 1 February 2025",
        about="additional US duty on crude oil, gas and petroleum products when it escalates",
        lever_of="us",
    )
    retaliation_rate: float | Array = parameter(
        0.12,
        low=0,
        unit="ad valorem rate",
        source=_JUDGEMENT,
        about="additional Canadian duty on all US goods when it retaliates",
        lever_of="canada",
    )
    us_escalation_cost: float | Array = parameter(
        0.0,
        low=0,
        unit="US$ million a year",
        source=_JUDGEMENT,
        about="political cost to the US government of escalating",
    )
    canada_retaliation_cost: float | Array = parameter(
        0.0,
        low=0,
        unit="US$ million a year",
        source=_JUDGEMENT,
        about="political cost to the Canadian government of retaliating",
    )
    elasticities: str = parameter(
        "central",
        choices=(*ELASTICITIES, *PUBLISHED),
        unit="set of trade elasticities",
        source="sectors.csv: judgement over the literature, or a published set",
        about="trade elasticities by sector",
    )
    run: str = parameter(
        "long_run",
        choices=RUNS,
        unit="horizon",
        source="choice of the analyst",
        about="short_run: one year; labour is sticky, and central elasticities are short_run ones",
    )
    labour_elasticity: float | Array = parameter(
        1.5,
        low=1.01,
        unit="elasticity",
        source=_JUDGEMENT,
        about="how readily labour moves between sectors, Roy-Frechet; used where run=short_run",
    )
    auto_weight_canada: float | Array = parameter(
        0.0,
        low=0,
        unit="US$ per US$",
        source=_JUDGEMENT,
        about="weight of real value added in motor vehicles in Canada's payoff",
    )
    auto_weight_us: float | Array = parameter(
        0.0,
        low=0,
        unit="US$ per US$",
        source=_JUDGEMENT,
        about="weight of real value added in motor vehicles in the US payoff",
    )

    players = ("canada", "us")
    actions = (("stand_down", "counter", "retaliate"), ("lift", "keep", "escalate"))
    payoff_unit = "US$ million a year"
    horizon = (
        "long run: labour mobile between sectors, no adjustment costs, data of 2022; "
        "elasticities=short_run changes the trade elasticities alone"
    )
    regions_of_players = MappingProxyType({"canada": CANADA, "us": US})
    threats = MappingProxyType(
        {"tariff_war": "the Nash equilibrium in tariffs by goods sector, all outlets in use"}
    )
    names = MappingProxyType({"canada": "Canada", "us": "the US"})
    headline = MappingProxyType({"us_share_of_goods_exports": "US\nshare"})
    assumptions = (
        "trade elasticities: a judgement over the literature; sets differ by up to ten times",
        "transfers between regions fixed in units of world value added",
        "a deal lifts all duties on both sides, anti-dumping duties included; money can be "
        "transferred dollar for dollar",
        "escalation replaces the duties in force, so that it lowers a few (steel)",
        "equal bargaining power (weight 1/2)",
        "Canadian countermeasures are effective rates net of remissions, a judgement",
        "cost of diversification: a judgement, beside the payoffs unless pass_through < 1",
    )
    not_modelled = (
        "money",
        "prices in the short run beyond the trade elasticities",
        "migration",
        "investment dynamics",
        "firms' market power",
        "uncertainty about policy",
        "third countries' retaliation",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if "all" in self.markets.split("+") and self.markets != "all":
            raise errors.ParameterError(
                f"canada_us: parameter markets is '{self.markets}'; give all, or markets by name"
            )
        if self.run == "short_run" and np.ndim(self.labour_elasticity):
            raise errors.ParameterError(
                "canada_us: parameter labour_elasticity has several values; with run=short_run "
                "give one at a time"
            )

    # --- levers ---------------------------------------------------------------------------------

    @property
    def world(self) -> World:
        """The calibrated world."""
        if self.run == "long_run":
            return world(self.elasticities)
        return world(self.elasticities, float(self.labour_elasticity))

    @property
    def goods(self) -> tuple[str, ...]:
        """Goods sectors: all but electricity, construction and services."""
        return tuple(code for code in self.world.sectors if code not in NOT_GOODS)

    @property
    def outlets(self) -> tuple[str, ...]:
        """The third markets that are opened."""
        chosen = self.markets.split("+")
        return MARKETS if "all" in chosen else tuple(code for code in MARKETS if code in chosen)

    def shares(self) -> Array:
        """(..., S) diversification by sector."""
        w = self.world
        shares = np.zeros((*self.batch_shape, len(w.sectors)))
        for field, table in TABLES.items():
            value = np.asarray(self.value(f"diversification.{field}"), dtype=float)
            for s, code in enumerate(w.sectors):
                if w.tables[s] == table and code in self.goods:
                    shares[..., s] = value
        return shares

    def trade_cost(self, shares: Array) -> Array:
        """(..., N, N, S, 2) tau-hat of all levers at the given diversification."""
        w = self.world
        is_good = np.array([code in self.goods for code in w.sectors])
        bought = np.asarray(self.procurement)[..., None] * is_good
        cost = levers.diversification(w, CANADA, US, self.outlets, shares)
        if np.any(self.procurement):
            cost = cost * levers.procurement(w, CANADA, US, bought)
        if np.any(self.integration_loss):
            cost = cost * levers.integration_loss(w, CANADA, US, AUTOS, self.integration_loss)
        return cost

    # --- postures -------------------------------------------------------------------------------

    def us_duties(self) -> Array:
        """(..., 3, S, 2) additional US duties: lift, keep, escalate."""
        sectors = self.world.sectors
        kept = duties_in_force()[self.duties_date]
        rate = np.asarray(self.escalation_rate, dtype=float)[..., None]
        energy = np.asarray(self.escalation_rate_energy, dtype=float)[..., None]
        is_good = np.array([code in self.goods and code not in ENERGY for code in sectors])
        is_energy = np.array([code in ENERGY for code in sectors])
        raised = (rate * is_good + energy * is_energy)[..., None] * np.ones(2)
        return _stack(np.zeros_like(kept), kept, raised)

    def canada_duties(self) -> Array:
        """(..., 3, S, 2) additional Canadian duties: stand down, counter, retaliate."""
        counter = duties_in_force()["counter"]
        is_good = np.array([code in self.goods for code in self.world.sectors])
        rate = np.asarray(self.retaliation_rate, dtype=float)[..., None]
        raised = (rate * is_good)[..., None] * np.ones(2)
        return _stack(np.zeros_like(counter), counter, raised)

    @cached_property
    def postures(self) -> TradeEquilibrium:
        """Trade equilibria of all nine profiles, (..., 3, 3): outlets in use, talks failed."""
        w = self.world
        tariff = (
            w.tariff
            + levers.duty(w, CANADA, US, self.us_duties())[..., None, :, :, :, :, :]
            + levers.duty(w, US, CANADA, self.canada_duties())[..., :, None, :, :, :, :]
        )
        return counterfactual(
            w, tariff, self.trade_cost(self.shares())[..., None, None, :, :, :, :]
        )

    @cached_property
    def status_quo(self) -> TradeEquilibrium:
        """Trade equilibrium (...) without additional duties, outlets as far as already in use."""
        used = np.asarray(self.pass_through)[..., None] * self.shares()
        return counterfactual(self.world, None, self.trade_cost(used))

    def quiet(self, name: str) -> Array:
        """(..., 1, 1, ...) a result of the status quo, lined up with the nine profiles.

        Once all goods have moved it is the profile in which nobody taxes; solving it again would
        only cost time.
        """
        if np.all(np.asarray(self.pass_through) == 1.0):
            batch = self.postures.residual.ndim - 2
            values = getattr(self.postures, name)
            return np.asarray(values[(slice(None),) * batch + (slice(0, 1), slice(0, 1))])
        batch = self.status_quo.residual.ndim
        return np.expand_dims(getattr(self.status_quo, name), (batch, batch + 1))

    # --- payoffs and talks ----------------------------------------------------------------------

    def ev(self) -> Array:
        """(..., 3, 3, N) equivalent variation against the status quo, US$ million a year."""
        change = self.postures.welfare / self.quiet("welfare") - 1.0
        return np.asarray(change * self.quiet("income"))

    def _auto_value_added(self) -> Array:
        """(..., 3, 3, N) change in real value added of motor vehicles, US$ million a year."""
        autos = self.world.sector(AUTOS)
        before = self.quiet("output")[..., autos] * self.world.value_added_share[:, autos]
        labour, was = (
            values[..., autos]
            for values in (self.postures.real_value_added, self.quiet("real_value_added"))
        )
        return np.asarray(before * (labour / was - 1.0))

    def late_cost(self) -> Array:
        """(...) annual cost of outlets opened only after talks fail, US$ million."""
        late = (1.0 - np.asarray(self.pass_through)[..., None]) * self.shares()
        return levers.redirected(self.world, CANADA, US, late) * self.diversification_cost

    def payoffs(self) -> Array:
        """(..., 2, 3, 3) payoffs against the status quo of the same world, US$ million a year."""
        w = self.world
        ev, autos = self.ev(), self._auto_value_added()
        weights = (self.auto_weight_canada, self.auto_weight_us)
        costs = (self.canada_retaliation_cost, self.us_escalation_cost)
        tables = []
        for side, region in enumerate((CANADA, US)):
            n = w.region(region)
            table = ev[..., n] + _wide(weights[side]) * autos[..., n]
            own = np.array([0.0, 0.0, 1.0])  # the third action of each has a political cost
            table = table - _wide(costs[side]) * (own[:, None] if side == 0 else own[None, :])
            if side == 0:
                table = table - _wide(self.late_cost())
            tables.append(table)
        return np.stack(np.broadcast_arrays(*tables), axis=-3)

    def talks(self) -> Talks:
        """Bargain over lifting all duties, with a transfer of money either way."""
        zero = np.zeros(self.batch_shape)
        return Talks(
            ("canada", "us"),
            status_quo=np.stack([zero, zero], axis=-1),
            agreement=AgreementSet.money(zero),
            about="all additional duties lifted on both sides, and a transfer of money",
        )

    def threat_point(self, name: str) -> ThreatPoint:
        """Return what each side gets if talks end in a tariff war."""
        del name  # there is one
        return tariff_war(self)

    def trade_world(self) -> World:
        """Return the world with all levers pulled and outlets in use, at treaty rates."""
        return war_world(self).as_world()

    def tariff_sectors(self) -> tuple[str, ...]:
        """Return the goods sectors."""
        return self.goods

    def tariff_objectives(self) -> dict[str, dict[str, float]]:
        """Return the weight of motor vehicles in each country, where it is not zero."""
        return objectives(self)

    def horizon_here(self) -> str:
        """Return the horizon of this point."""
        if self.run == "long_run":
            return self.horizon
        words = "short-run" if self.elasticities == "central" else self.elasticities
        return (
            f"one year: {words} trade elasticities; labour moves between sectors with elasticity "
            f"{self.labour_elasticity:g} (Roy-Frechet, a judgement), no unemployment; data of 2022"
        )

    def size(self) -> Array:
        """(..., 2) income of both countries in the status quo, US$ million a year."""
        income = self.quiet("income")[..., 0, 0, :]
        return np.asarray(income[..., [self.world.region(code) for code in (CANADA, US)]])

    def lever_cost(self, name: str) -> Array | None:
        """US$ million a year per unit of a diversification lever."""
        if not name.startswith("diversification"):
            return None
        own = name.partition(".")[2]
        # A table that is set by itself does not move with `diversification`.
        moved = {
            table
            for field, table in TABLES.items()
            if field == own or (not own and getattr(self, f"diversification_{field}") is None)
        }
        w = self.world
        unit = [
            float(code in self.goods and w.tables[s] in moved) for s, code in enumerate(w.sectors)
        ]
        return np.asarray(levers.redirected(w, CANADA, US, unit) * self.diversification_cost)

    def outcomes(self) -> dict[str, Quantity]:
        """Results of every profile: welfare, trade shares, motor vehicles, tariff revenue."""
        return quantities(self)

    def lever_effect(self) -> Array:
        """(..., 1, 1) EV of Canada's levers against the data."""
        n = self.world.region(CANADA)
        return np.asarray((self.quiet("welfare")[..., n] - 1.0) * self.world.income[n])


def _wide(value: float | Array) -> Array:
    """Line a parameter up with the 3 x 3 profiles."""
    return np.asarray(value, dtype=float)[..., None, None]


def _stack(*rates: Array) -> Array:
    """Stack (..., S, 2) schedules along a new axis before the sectors."""
    return np.stack(np.broadcast_arrays(*rates), axis=-3)
