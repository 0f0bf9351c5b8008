"""Canada and the United States: tariff postures, their payoffs in a trade model, and the talks.

Equations, sources, assumptions and what is not modelled: README.md beside this file.
"""

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation import (
    AgreementSet,
    Model,
    Quantity,
    Talks,
    ThreatPoint,
    World,
    bargaining,
    errors,
    parameter,
)
from negotiation.trade import TradeEquilibrium, counterfactual, dependence, levers

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
from .packages import packages
from .results import quantities
from .war import objectives, tariff_war, war_world

Array = NDArray[np.float64]
Pairs = dict[tuple[str, str], Array]

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


def _stake(code: str, table: str, words: str) -> Any:
    return parameter(
        1.0,
        low=0,
        high=1,
        unit="share of the postures' duties",
        source="choice of the analyst",
        about=f"1: duties on {words} are at stake; 0: they stay at treaty rates",
        name=f"at_stake.{code}",
        stake=table,
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
    concession_efficiency: float | Array = parameter(
        0.8,
        low=0.01,
        high=1,
        unit="US$ per US$",
        source=_JUDGEMENT,
        about="what a dollar that Canada concedes in a package is worth to the US",
    )
    discount_canada: float | Array = parameter(
        0.05,
        low=0.001,
        high=1,
        unit="rate a year",
        source=_JUDGEMENT,
        about="impatience of the Canadian government while the dispute lasts",
    )
    discount_us: float | Array = parameter(
        0.05,
        low=0.001,
        high=1,
        unit="rate a year",
        source=_JUDGEMENT,
        about="impatience of the US government while the dispute lasts",
    )
    breakdown_hazard: float | Array = parameter(
        0.0,
        low=0,
        high=10,
        unit="rate a year",
        source=_JUDGEMENT,
        about="rate at which talks break down for good while the dispute lasts",
    )
    at_stake_oil: float | Array = _stake("OIL", "metals_energy", "crude oil and gas")
    at_stake_pet: float | Array = _stake("PET", "metals_energy", "refined petroleum")
    at_stake_ely: float | Array = _stake("ELY", "metals_energy", "electricity")
    at_stake_stl: float | Array = _stake("STL", "metals_energy", "steel")
    at_stake_nfm: float | Array = _stake("NFM", "metals_energy", "non-ferrous metals")
    at_stake_mvh: float | Array = _stake("MVH", "autos", "motor vehicles and parts")
    at_stake_wod: float | Array = _stake("WOD", "forestry", "forestry and wood")
    at_stake_pap: float | Array = _stake("PAP", "forestry", "paper")
    at_stake_other: float | Array = _stake("other", "other", "all other goods")

    players = ("canada", "us")
    actions = (("stand_down", "counter", "retaliate"), ("lift", "keep", "escalate"))
    payoff_unit = "US$ million a year"
    horizon = (
        "long run: labour mobile between sectors, no adjustment costs, data of 2022; "
        "elasticities=short_run changes the trade elasticities alone"
    )
    regions_of_players = MappingProxyType({"canada": CANADA, "us": US})
    threats = MappingProxyType(
        {
            "in_force": "the duties in force on duties_date stay, and Canada's countermeasures",
            "tariff_war": "the Nash equilibrium in tariffs by goods sector, all outlets in use",
        }
    )
    names = MappingProxyType({"canada": "Canada", "us": "the US"})
    headline = MappingProxyType({"us_share_of_goods_exports": "US\nshare"})
    assumptions = (
        "trade elasticities: a judgement over the literature; sets differ by up to ten times",
        "transfers between regions fixed in units of world value added",
        "a deal lifts all duties on both sides, anti-dumping duties included; money can be "
        "transferred dollar for dollar, but in packages at concession_efficiency",
        "escalation replaces the duties in force, so that it lowers a few (steel)",
        "equal bargaining power (weight 1/2)",
        "Canadian countermeasures are effective rates net of remissions, a judgement",
        "cost of diversification: a judgement, beside the payoffs unless pass_through < 1",
        "while talks go on the duties in force stay; both governments discount alike",
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
        for table in TABLES:
            value = np.asarray(self.value(f"diversification.{table}"), dtype=float)
            for s, code in enumerate(w.sectors):
                if w.tables[s] == table and code in self.goods:
                    shares[..., s] = value
        return shares

    def trade_cost(self, shares: Array) -> Pairs:
        """tau-hat of all levers at the given diversification, by pair: (..., S, 2) each."""
        w = self.world
        is_good = np.array([code in self.goods for code in w.sectors])
        bought = np.asarray(self.procurement)[..., None] * is_good
        cost = levers.diversification(w, CANADA, US, self.outlets, shares)
        if np.any(self.procurement):
            cost = cost * levers.procurement(w, CANADA, US, bought)
        if np.any(self.integration_loss):
            cost = cost * levers.integration_loss(w, CANADA, US, AUTOS, self.integration_loss)
        pairs = [(CANADA, code) for code in self.outlets] + [(US, CANADA), (CANADA, US)]
        return {pair: cost[..., w.region(pair[0]), w.region(pair[1]), :, :] for pair in pairs}

    # --- postures -------------------------------------------------------------------------------

    def at_stake(self) -> Array:
        """(..., S, 1) share of every sector's duties that the postures are about."""
        w = self.world
        share = np.ones((*self.batch_shape, len(w.sectors), 1))
        for s, code in enumerate(w.sectors):
            name = f"at_stake_{code.lower()}"
            if hasattr(self, name):
                share[..., s, 0] = getattr(self, name)
            elif code in self.goods:
                share[..., s, 0] = self.at_stake_other
        return share

    def us_duties(self) -> Array:
        """(..., 3, S, 2) additional US duties: lift, keep, escalate."""
        sectors = self.world.sectors
        kept = duties_in_force()[self.duties_date]
        rate = np.asarray(self.escalation_rate, dtype=float)[..., None]
        energy = np.asarray(self.escalation_rate_energy, dtype=float)[..., None]
        is_good = np.array([code in self.goods and code not in ENERGY for code in sectors])
        is_energy = np.array([code in ENERGY for code in sectors])
        raised = (rate * is_good + energy * is_energy)[..., None] * np.ones(2)
        return _stack(np.zeros_like(kept), kept, raised) * self.at_stake()[..., None, :, :]

    def canada_duties(self) -> Array:
        """(..., 3, S, 2) additional Canadian duties: stand down, counter, retaliate."""
        counter = duties_in_force()["counter"]
        is_good = np.array([code in self.goods for code in self.world.sectors])
        rate = np.asarray(self.retaliation_rate, dtype=float)[..., None]
        raised = (rate * is_good)[..., None] * np.ones(2)
        return _stack(np.zeros_like(counter), counter, raised) * self.at_stake()[..., None, :, :]

    def tariffs(self, on_canada: Array, on_us: Array) -> Pairs:
        """Rates t' where additional duties (..., S, 2) are charged on either country's goods."""
        w = self.world
        canada, us = w.region(CANADA), w.region(US)
        return {
            (CANADA, US): w.tariff[canada, us] + on_canada,
            (US, CANADA): w.tariff[us, canada] + on_us,
        }

    @cached_property
    def postures(self) -> TradeEquilibrium:
        """Trade equilibria of all nine profiles, (..., 3, 3): outlets in use, talks failed."""
        rates = self.tariffs(
            self.us_duties()[..., None, :, :, :], self.canada_duties()[..., :, None, :, :]
        )
        cost = self.trade_cost(self.shares())
        return counterfactual(
            self.world,
            rates,
            {pair: each[..., None, None, :, :] for pair, each in cost.items()},
            tariff_unit="fraction",  # parameters have been asked about where they were set
        )

    @cached_property
    def in_use(self) -> Pairs:
        """tau-hat of the levers as far as they are pulled while nobody has walked out."""
        return self.trade_cost(np.asarray(self.pass_through)[..., None] * self.shares())

    @cached_property
    def status_quo(self) -> TradeEquilibrium:
        """Trade equilibrium (...) without additional duties, outlets as far as already in use."""
        return counterfactual(self.world, None, self.in_use)

    @cached_property
    def dispute(self) -> TradeEquilibrium:
        """Trade equilibrium (...) under the duties in force, outlets as far as already in use."""
        rates = self.tariffs(self.us_duties()[..., 1, :, :], self.canada_duties()[..., 1, :, :])
        return counterfactual(self.world, rates, self.in_use, tariff_unit="fraction")

    def quiet(self, name: str, more: int = 2) -> Array:
        """(..., 1, 1, ...) a result of the status quo, lined up with results of `more` axes.

        Once all goods have moved it is the profile in which nobody taxes; solving it again would
        only cost time.
        """
        if np.all(np.asarray(self.pass_through) == 1.0):
            values = getattr(self.postures, name)
            batch = self.postures.residual.ndim - 2
            values = values[(slice(None),) * batch + (0, 0)]
        else:
            batch = self.status_quo.residual.ndim
            values = getattr(self.status_quo, name)
        return np.expand_dims(values, tuple(range(batch, batch + more)))

    # --- payoffs and talks ----------------------------------------------------------------------

    def ev(self) -> Array:
        """(..., 3, 3, N) equivalent variation against the status quo, US$ million a year."""
        change = self.postures.welfare / self.quiet("welfare") - 1.0
        return np.asarray(change * self.quiet("income"))

    def worth(self, at: TradeEquilibrium, more: int) -> Array:
        """(2, ..., *more axes) EV of both plus weighted real value added of motor vehicles.

        Against the status quo, US$ million a year, before costs of postures and outlets. `at` has
        the batch of the model first and `more` axes of its own after it.
        """
        w, autos = self.world, self.world.sector(AUTOS)
        sides = []
        weights = (self.auto_weight_canada, self.auto_weight_us)
        for region, weight in zip((CANADA, US), weights, strict=True):
            n = w.region(region)
            change = at.welfare[..., n] / self.quiet("welfare", more)[..., n] - 1.0
            value = change * self.quiet("income", more)[..., n]
            if np.any(weight):
                before = self.quiet("output", more)[..., n, autos] * w.value_added_share[n, autos]
                was = self.quiet("real_value_added", more)[..., n, autos]
                added = before * (at.real_value_added[..., n, autos] / was - 1.0)
                value = value + _wide(weight, more) * added
            sides.append(value)
        return np.stack(np.broadcast_arrays(*sides))

    def late_cost(self) -> Array:
        """(...) annual cost of outlets opened only after talks fail, US$ million."""
        late = (1.0 - np.asarray(self.pass_through)[..., None]) * self.shares()
        return levers.redirected(self.world, CANADA, US, late) * self.diversification_cost

    def payoffs(self) -> Array:
        """(..., 2, 3, 3) payoffs against the status quo of the same world, US$ million a year."""
        costs = (self.canada_retaliation_cost, self.us_escalation_cost)
        tables = []
        for side, value in enumerate(self.worth(self.postures, 2)):
            own = np.array([0.0, 0.0, 1.0])  # the third action of each has a political cost
            table = value - _wide(costs[side]) * (own[:, None] if side == 0 else own[None, :])
            if side == 0:
                table = table - _wide(self.late_cost())
            tables.append(table)
        return np.stack(np.broadcast_arrays(*tables), axis=-3)

    def in_force(self) -> Array:
        """(..., 2) payoffs while the duties in force stay and no outlet is opened late."""
        if np.all(np.asarray(self.pass_through) == 1.0):
            both = self.worth(self.postures, 2)[..., 1, 1]
        else:
            both = self.worth(self.dispute, 0)
        return np.moveaxis(both, 0, -1)

    def talks(self) -> Talks:
        """Bargain over lifting all duties, with a transfer of money either way."""
        zero = np.zeros(self.batch_shape)
        return Talks(
            ("canada", "us"),
            status_quo=np.stack([zero, zero], axis=-1),
            agreement=AgreementSet.money(zero),
            about="all additional duties lifted on both sides, and a transfer of money",
            inside=self.in_force(),
            discount=np.stack(np.broadcast_arrays(self.discount_canada, self.discount_us), axis=-1),
            hazard=self.breakdown_hazard,
        )

    def packages(self) -> bargaining.Packages:
        """Return what the three tables can agree: 6 options each, 216 packages, 108 that differ."""
        return packages(self)

    def threat_point(self, name: str) -> ThreatPoint:
        """Return what each side gets if the duties in force stay, or talks end in a tariff war."""
        if name == "tariff_war":
            return tariff_war(self)
        payoffs = self.in_force()
        return ThreatPoint(
            payoffs,
            f"duties in force on {self.duties_date} and Canada's countermeasures, for good",
            certified=np.asarray(np.isfinite(payoffs).all(axis=-1)),
        )

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
            for table in TABLES
            if table == own or (not own and getattr(self, f"diversification_{table}") is None)
        }
        w = self.world
        unit = [
            float(code in self.goods and w.tables[s] in moved) for s, code in enumerate(w.sectors)
        ]
        return np.asarray(levers.redirected(w, CANADA, US, unit) * self.diversification_cost)

    def outcomes(self) -> dict[str, Quantity]:
        """Results of every profile: welfare, trade shares, motor vehicles, tariff revenue."""
        return quantities(self)

    def levers_worth(self) -> Array:
        """(..., 2) EV of Canada's levers to both countries against the data, before their cost."""
        sides = [self.world.region(code) for code in (CANADA, US)]
        return np.asarray((self.quiet("welfare", 0)[..., sides] - 1.0) * self.world.income[sides])

    def power_to_hurt(self) -> dict[str, Quantity]:
        """Log real income that each side loses if it can buy nothing more from the other (L6)."""
        found = dependence.exclusion_power_by_sector(self.world)
        canada, us = (self.world.region(code) for code in (CANADA, US))
        about = "by sector, purchases for final use, at the data's shares"
        return {
            "canada": Quantity(found[canada, us], "log points", f"what the US would lose, {about}"),
            "us": Quantity(found[us, canada], "log points", f"what Canada would lose, {about}"),
        }


def _wide(value: float | Array, axes: int = 2) -> Array:
    """Line a parameter up with results that have axes of their own, such as the 3 x 3 profiles."""
    number = np.asarray(value, dtype=float)
    # As one tuple: without arguments, a number without axes of its own cannot be reshaped.
    return number.reshape((*number.shape, *[1] * axes))


def _stack(*rates: Array) -> Array:
    """Stack (..., S, 2) schedules along a new axis before the sectors."""
    return np.stack(np.broadcast_arrays(*rates), axis=-3)
