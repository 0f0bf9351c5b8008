"""Canada and the United States: tariff postures, their payoffs in a trade model, and the talks.

Equations, sources, assumptions and what is not modelled: README.md beside this file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation import (
    AgreementSet,
    Currency,
    Demand,
    Model,
    Quantity,
    Talks,
    ThreatPoint,
    World,
    bargaining,
    parameter,
    prior,
)
from negotiation.trade import (
    Parts,
    Schedule,
    TradeEquilibrium,
    counterfactual,
    dependence,
    levers,
    outcomes,
)

from .beliefs import elasticity_prior
from .calibration import (
    AUTOS,
    CANADA,
    CATALOGUE,
    CENTRES,
    CLOSURES,
    ELASTICITIES,
    ENERGY,
    LATEST,
    MARKETS,
    MFN,
    NOT_GOODS,
    PUBLISHED,
    RUNS,
    SCHEDULES,
    SET_NAMES,
    TABLES,
    TRADE,
    UNIFORM,
    US,
    own_schedule,
    parts,
    schedule,
    sectors,
    theta_of,
    world,
)
from .facts import exchange_rate
from .packages import packages
from .results import of_autos, quantities, quantities_at, quantities_now
from .war import objectives, tariff_war, war_world

Array = NDArray[np.float64]
Pairs = dict[tuple[str, str], Array]

_JUDGEMENT = "judgement"
_CHOICE = "choice of the analyst"
_MONEY = "US$ million a year"
_GOODS = (
    *("AGF", "WOD", "PAP", "OIL", "OMN", "PET", "CHM", "STL", "NFM", "MVH", "OTE", "MCH", "OMF"),
)
_RATE = "ad valorem rate"

#: Postures that join the game where they are asked for, and whose they are.
MORE = {"treaty_withdrawal": "us", "export_tax": "canada"}

#: Levers of diversification, by name.
_OUTSIDE = ("diversification", *(f"diversification.{table}" for table in TABLES))

#: Parameters that hold their political costs.
_COSTS = {"treaty_withdrawal": "us_withdrawal_cost", "export_tax": "canada_export_tax_cost"}

#: Elasticity of labour in the world behind a cloud in which it is drawn.
_STICKY = 1.5

#: Levers along which trade changes smoothly, tables and sectors of them included.
_SMOOTH = (
    *("diversification", "procurement", "procurement_waste", "integration_loss"),
    *("already_moved", "escalation_rate", "escalation_rate_energy", "retaliation_rate"),
    *("export_tax_rate", "at_stake"),
)

#: Sales to a market that more than double in a year, a growth of one, are said to be absurd.
_ABSURD = 1.0


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


def _higher(code: str, words: str) -> Any:
    energy = code in ENERGY
    return parameter(
        None,
        low=0,
        unit=_RATE,
        source=_JUDGEMENT,
        about=f"additional US duty on {words} when it escalates",
        name=f"escalation_rate.{code}",
        inherits="escalation_rate_energy" if energy else "escalation_rate",
    )


def _political(about: str) -> Any:
    return parameter(
        0.0,
        low=0,
        unit=_MONEY,
        source=_JUDGEMENT,
        about=f"political cost {about}",
        prior=prior.revealed(0.5).told(
            "revealed by what both do today, with an excess that is a judgement",
            "costs",
            beside=True,
        ),
    )


def _own(posture: str, whose: str) -> Any:
    return parameter(
        "",
        name=f"duties.{posture}",
        unit="file or name of a schedule",
        source=_CHOICE,
        about=f"a schedule of one's own for {whose}; empty: the model's",
    )


#: What the tables of the talks are about, in the names of levers.
_TABLE_WORDS = {
    "metals_energy": "metals and energy",
    "autos": "motor vehicles and parts",
    "forestry": "wood and paper",
    "other": "all other goods",
}

#: Words of the names of parts of duties.
_DUTY_WORDS = {
    "duty.s232": "under section 232",
    "duty.s301": "section 301,",
    "duty.s338": "section 338,",
    "duty.s122": "section 122",
    "duty.adcvd": "anti-dumping and countervailing duties",
    "duty.non_cusma": "outside the treaty:",
    "duty.cusma_content": "with treaty content",
    "duty.cusma_exempt": "exempt under the treaty",
    "duty.mhd": "medium and heavy",
    "duty.annex": "annex",
    "duty.added_0915": "lists of 15 September",
    "duty.listed": "first lists",
}


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
    diversification_by: str = parameter(
        "taste",
        choices=("taste", "trade_cost", "subsidy"),
        unit="way",
        source=_CHOICE,
        about="how markets are opened: buyers want more, trade gets cheaper, or Canada pays",
        scenario=True,
    )
    already_moved: float | Array = parameter(
        1.0,
        low=0,
        high=1,
        unit="share",
        source=_JUDGEMENT,
        about="0: outlets are used only after talks fail; 1: the goods have already moved",
        prior=prior.uniform(0.5, 1.0).told(_JUDGEMENT, "levers"),
        formerly=("pass_through",),
    )
    move_requires_breakdown: bool = parameter(
        False,
        unit="true or false",
        source=_CHOICE,
        about="true: what the rest of the move earns and costs counts when talks break down",
        scenario=True,
    )
    procurement: float | Array = _share(
        "share of US goods sales into Canada displaced by buying at home, at unchanged prices",
        unit="share of US sales into Canada",
        lever_of="canada",
    )
    procurement_waste: float | Array = parameter(
        0.0,
        low=0,
        high=1,
        unit="share of the price premium",
        source=_JUDGEMENT,
        about="what is burnt of the premium paid to Canadian suppliers; the rest stays in Canada",
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
        prior=prior.triangular(0.0, 0.10, 0.20).told(_JUDGEMENT, "levers"),
    )
    us_schedule: str = parameter(
        LATEST[US],
        choices=SCHEDULES[US],
        unit="schedule",
        source="data/schedules, computed from legal texts and trade by line",
        about="the US duties that are kept: the latest in force, or those of another date",
        formerly=("duties_date",),
        scenario=True,
    )
    canada_schedule: str = parameter(
        LATEST[CANADA],
        choices=SCHEDULES[CANADA],
        unit="schedule",
        source="data/schedules, computed from legal texts and trade by line",
        about="the Canadian countermeasures that are kept",
        scenario=True,
    )
    postures: str = parameter(
        "default",
        choices=("default", *MORE),
        many=True,
        unit="postures",
        source=_CHOICE,
        about="postures that join the three of each side, and so change the game",
    )
    escalation_rate: float | Array = parameter(
        0.25,
        low=0,
        unit=_RATE,
        source="judgement; Executive Order 14193 of 1 February 2025 had this rate and is void",
        about="US duty on goods but energy when it escalates, where the one in force is lower",
        prior=prior.triangular(0.10, 0.25, 0.50).told(_JUDGEMENT, "postures"),
        lever_of="us",
    )
    escalation_rate_energy: float | Array = parameter(
        0.0,
        low=0,
        unit=_RATE,
        source="the only order that taxed energy was voided on 20 February 2026",
        about="the same on crude oil, gas and petroleum products; no such duty is in force",
        lever_of="us",
    )
    escalation_rate_agf: float | Array | None = _higher("AGF", "agri-food")
    escalation_rate_wod: float | Array | None = _higher("WOD", "forestry and wood")
    escalation_rate_pap: float | Array | None = _higher("PAP", "paper")
    escalation_rate_oil: float | Array | None = _higher("OIL", "crude oil and gas")
    escalation_rate_omn: float | Array | None = _higher("OMN", "other mining")
    escalation_rate_pet: float | Array | None = _higher("PET", "refined petroleum")
    escalation_rate_chm: float | Array | None = _higher("CHM", "chemicals")
    escalation_rate_stl: float | Array | None = _higher("STL", "steel")
    escalation_rate_nfm: float | Array | None = _higher("NFM", "non-ferrous metals")
    escalation_rate_mvh: float | Array | None = _higher("MVH", "motor vehicles and parts")
    escalation_rate_ote: float | Array | None = _higher("OTE", "other transport equipment")
    escalation_rate_mch: float | Array | None = _higher("MCH", "machinery")
    escalation_rate_omf: float | Array | None = _higher("OMF", "other manufacturing")
    retaliation_rate: float | Array = parameter(
        0.12,
        low=0,
        unit=_RATE,
        source=_JUDGEMENT,
        about="Canadian duty on US goods when it retaliates, where the one in force is lower",
        prior=prior.triangular(0.04, 0.12, 0.28).told(_JUDGEMENT, "postures"),
        lever_of="canada",
    )
    export_tax_rate: float | Array = parameter(
        0.10,
        low=0,
        unit=_RATE,
        source=_JUDGEMENT,
        about="Canadian tax on exports to the US, in the posture export_tax",
        prior=prior.triangular(0.05, 0.10, 0.20).told(_JUDGEMENT, "postures"),
        lever_of="canada",
    )
    export_tax_sectors: str = parameter(
        "OIL",
        choices=_GOODS,
        many=True,
        unit="sectors",
        source=_CHOICE,
        about="the sectors that bear the export tax",
    )
    us_keep_duties: str = _own("us.keep", "what the US keeps")
    us_escalate_duties: str = _own("us.escalate", "what the US escalates to")
    canada_counter_duties: str = _own("canada.counter", "Canada's countermeasures")
    canada_retaliate_duties: str = _own("canada.retaliate", "what Canada retaliates with")
    us_lift_cost: float | Array = _political("to the US government of lifting its duties")
    us_escalation_cost: float | Array = _political("to the US government of escalating")
    us_withdrawal_cost: float | Array = _political("to the US government of leaving the treaty")
    canada_stand_down_cost: float | Array = _political("to Canada's government of standing down")
    canada_retaliation_cost: float | Array = _political("to Canada's government of retaliating")
    canada_export_tax_cost: float | Array = _political("to Canada's government of an export tax")
    data: str = parameter(
        "icio",
        choices=tuple(TRADE),
        unit="table of trade",
        source="OECD inter-country input-output tables 2022; customs statistics",
        about="trade at basic prices, or Canada-US goods at customs levels",
        prior=prior.one_of(*TRADE).told(f"{_JUDGEMENT}: both tables alike", "data"),
    )
    closure: str | NDArray[np.str_] = parameter(
        "transfers",
        clouds=True,
        choices=tuple(CLOSURES),
        unit="unit of transfers",
        source=f"{_JUDGEMENT}: no closure is better founded than another, and it matters",
        about="what transfers between regions are fixed in: world value added, US wages or US "
        "consumer prices; balanced: there are none",
        prior=prior.one_of(*CLOSURES).told(f"{_JUDGEMENT}: all four alike", "closure"),
    )
    elasticities: str | Array = parameter(
        "published",
        choices=(*ELASTICITIES, *PUBLISHED, *UNIFORM),
        unit="set of trade elasticities",
        source="sectors.csv: the median of published sets, a published set, or a judgement",
        about="trade elasticities by sector",
        vector=theta_of,
        entries=sectors,
        prior=elasticity_prior((*PUBLISHED, *UNIFORM)),
    )
    run: str = parameter(
        "long_run",
        choices=RUNS,
        unit="horizon",
        source="choice of the analyst",
        about="short_run: one year; labour is sticky, and the set published gives way to short_run",
    )
    labour_elasticity: float | Array = parameter(
        1.5,
        low=1.01,
        unit="elasticity",
        source=_JUDGEMENT,
        about="how readily labour moves between sectors, Roy-Frechet; used where run=short_run",
        prior=prior.lognormal(0.5, 0.4, above=1.0).told(_JUDGEMENT, "labour"),
    )
    oil_resource_share: str = parameter(
        "0",
        choices=("0", "0.3", "0.6"),
        unit="share of value added",
        source=_JUDGEMENT,
        about="what a fixed resource earns of value added in crude oil and gas",
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
        prior=prior.triangular(0.6, 0.8, 1.0).told(_JUDGEMENT, "talks"),
    )
    discount_canada: float | Array = parameter(
        0.05,
        low=0.001,
        high=1,
        unit="rate a year",
        source=_JUDGEMENT,
        about="impatience of the Canadian government while the dispute lasts",
        prior=prior.lognormal(0.05, 0.3).told(_JUDGEMENT, "talks"),
    )
    discount_us: float | Array = parameter(
        0.05,
        low=0.001,
        high=1,
        unit="rate a year",
        source=_JUDGEMENT,
        about="impatience of the US government while the dispute lasts",
        prior=prior.lognormal(0.05, 0.3).told(_JUDGEMENT, "talks"),
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
    payoff_unit = _MONEY
    horizon = (
        "long run: labour mobile between sectors, no adjustment costs, data of 2022; "
        "elasticities=short_run changes the trade elasticities alone"
    )
    regions_of_players = MappingProxyType({"canada": CANADA, "us": US})
    default_threat = "in_force"
    observed = ("counter", "keep")
    shared = ("profiles", "status_quo", "dispute", "unpulled", "pulled", "moved", "world")
    bystanders = frozenset(
        (
            "us_lift_cost",
            "us_escalation_cost",
            "us_withdrawal_cost",
            "canada_stand_down_cost",
            "canada_retaliation_cost",
            "canada_export_tax_cost",
            "diversification_cost",
            "concession_efficiency",
            "discount_canada",
            "discount_us",
            "breakdown_hazard",
            "auto_weight_canada",
            "auto_weight_us",
        )
    )
    harshest = MappingProxyType({"canada": "retaliate", "us": "escalate"})
    softest = MappingProxyType({"canada": "stand_down", "us": "lift"})
    political_costs = MappingProxyType(
        {
            ("canada", "stand_down"): "canada_stand_down_cost",
            ("canada", "retaliate"): "canada_retaliation_cost",
            ("us", "lift"): "us_lift_cost",
            ("us", "escalate"): "us_escalation_cost",
        }
    )
    explored = MappingProxyType(
        {
            **{f"diversification.{table}": (0.0, 0.4) for table in TABLES},
            "escalation_rate": (0.10, 0.50),
            "retaliation_rate": (0.04, 0.28),
        }
    )
    own_effects = MappingProxyType(
        {
            "lever_effect_today_usd_m.canada": "income of Canada",
            "lever_effect_today_usd_m.us": "income of the US",
            "auto_employment_lever_pct.canada": "auto jobs in Canada",
            "auto_price_lever_pct.canada": "vehicle prices in Canada",
        }
    )
    threats = MappingProxyType(
        {
            "in_force": "the duties in force stay",
            "tariff_war": "the Nash equilibrium in tariffs by goods sector, all outlets in use",
            **{
                name: f"the US duties of {name} stay ({row['status']}), and Canada's"
                for name, row in CATALOGUE.rows.items()
                if (row["imposer"], row["target"]) == (US, CANADA)
            },
        }
    )
    names = MappingProxyType(
        {
            "canada": "Canada",
            "us": "the US",
            "canada.stand_down": "stands down",
            "canada.counter": "keeps its countermeasures",
            "canada.retaliate": "retaliates",
            "canada.export_tax": "taxes its exports",
            "us.lift": "lifts its duties",
            "us.keep": "keeps its duties",
            "us.escalate": "escalates",
            "us.treaty_withdrawal": "leaves the treaty",
            **{f"elasticities.{each}": told for each, told in SET_NAMES.items()},
            "metals_energy": "metals and energy",
            "other": "all other goods",
            "data.icio": "OECD table",
            "data.customs": "customs levels",
            "closure.us_wages": "US wages",
            "closure.us_prices": "US prices",
            "closure.transfers": "world value added",
            "closure.balanced": "no transfers",
            "closure": "how trade balances adjust",
            "data": "table of trade",
            "elasticities": "trade elasticities (how strongly buyers react to prices)",
            "levers": "levers and what they cost",
            "postures": "rates of duties that are hypothetical",
            "talks": "patience, and what concessions are worth",
            "at_stake.other": "agri-food, other mining, chemicals, other transport equipment, "
            "machinery and other manufacturing",
            "diversification": "exports redirected to other markets",
            **{
                f"diversification.{table}": f"exports redirected to other markets: {words}"
                for table, words in _TABLE_WORDS.items()
            },
            "diversification_cost": "yearly cost of redirecting exports, for each dollar",
            "already_moved": "share of redirected exports that has moved before talks fail",
            "escalation_rate": "US duty when it escalates",
            "retaliation_rate": "Canadian duty when it retaliates",
            "procurement": "US goods that Canada replaces by its own",
            "concession_efficiency": "what a dollar conceded in a package is worth to the US",
            "discount_canada": "impatience of Canada's government",
            "discount_us": "impatience of the US government",
            "us_lift_cost": "political cost to the US government of lifting its duties",
            "us_escalation_cost": "political cost to the US government of escalating",
            "canada_stand_down_cost": "political cost to Canada's government of standing down",
            "canada_retaliation_cost": "political cost to Canada's government of retaliating",
            **_DUTY_WORDS,
        }
    )
    headline = MappingProxyType({"us_share_of_goods_exports": "US\nshare"})
    assumptions = (
        "trade elasticities: the median of eight published sets, which differ by up to eight times "
        "and, for refined petroleum, by a hundred",
        "transfers between regions fixed in units of world value added, US wages or US consumer "
        "prices, or none at all",
        "a deal lifts all duties on both sides, anti-dumping duties included; money can be "
        "transferred dollar for dollar, but in packages at a loss",
        "equal bargaining power (weight 1/2)",
        "escalation, retaliation and their rates are hypothetical, a judgement",
        "no political costs, but where a result says that it has those that explain today",
        "what levers earn and cost by themselves stands beside the payoffs, not in them",
        "while talks go on the duties in force stay; both governments discount alike",
    )
    not_modelled = (
        "monetary policy and exchange rates",
        "prices in the short run beyond the trade elasticities",
        "migration",
        "investment dynamics",
        "firms' market power",
        "uncertainty about policy",
        "third countries' retaliation",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        joined = self.postures.split("+")
        more = {
            side: tuple(each for each, whose in MORE.items() if whose == side and each in joined)
            for side in self.players
        }
        if any(more.values()):
            own = tuple(
                (*three, *more[side])
                for side, three in zip(self.players, type(self).actions, strict=True)
            )
            object.__setattr__(self, "actions", own)
            costs = {
                (side, action): _COSTS[action] for side, joined in more.items() for action in joined
            }
            object.__setattr__(self, "political_costs", {**type(self).political_costs, **costs})

    # --- levers ---------------------------------------------------------------------------------

    @cached_property
    def world(self) -> World:
        """The calibrated world."""
        # Of elasticities that are drawn the equilibria know, and the world has others.
        own = self.elasticities if isinstance(self.elasticities, str) else "published"
        eta = np.inf
        if self.run == "short_run":
            several = np.ndim(self.labour_elasticity)
            eta = _STICKY if several else float(self.labour_elasticity)
        return world(own, eta, self.data, float(self.oil_resource_share))

    @property
    def theta(self) -> Array:
        """(..., S) trade elasticities: those that were drawn, or those of the world."""
        drawn = self.elasticities
        return self.world.trade_elasticity if isinstance(drawn, str) else drawn

    def counterfactual(self, duties: Mapping[Any, Any], axes: int = 0, **wedges: Any) -> Any:
        """Solve trade under what the model assumes; results have `axes` after the batch."""
        if not isinstance(self.elasticities, str):
            wedges["elasticity"] = self.theta[(Ellipsis, *[None] * axes, slice(None))]
        if self.run == "short_run" and np.ndim(self.labour_elasticity):
            wedges["labour_elasticity"] = _wide(self.labour_elasticity, axes)
        return counterfactual(
            self.world,
            dict(duties),
            closure=self._closure(axes),
            tariff_unit="fraction",  # what was given has been asked about by now
            **wedges,
        )

    def _closure(self, axes: int) -> Any:
        """What `counterfactual` is told of transfers; (..., *axes) where draws differ in it."""
        if isinstance(self.closure, str):
            return CLOSURES[self.closure]
        words, where = np.unique(self.closure, return_inverse=True)
        told = np.array([CLOSURES[word] for word in words.tolist()])
        return told[where].reshape((*self.closure.shape, *[1] * axes))

    @cached_property
    def line(self) -> tuple[int, Array] | None:
        """The axis, counted from the last, along which one lever alone changes; and the lever."""
        shape = self.batch_shape
        if len(shape) < 2:
            return None
        for axis in np.argsort(shape)[::-1].tolist():  # the longest that will do
            points = shape[axis]
            moved = []
            for spec in self.parameters().values():
                value = getattr(self, spec.field)
                own = spec.shape_of(value)
                aligned = (1,) * (len(shape) - len(own)) + own
                if aligned[axis] > 1:
                    moved.append((spec, value, aligned))
            if len(moved) == 1:
                spec, value, aligned = moved[0]
                alone = int(np.prod(aligned)) == points
                if alone and spec.numeric and spec.name.partition(".")[0] in _SMOOTH:
                    return axis - len(shape), np.ravel(value)
        return None

    @cached_property
    def goods(self) -> tuple[str, ...]:
        """Goods sectors: all but electricity, construction and services."""
        return tuple(code for code in self.world.sectors if code not in NOT_GOODS)

    @property
    def is_good(self) -> NDArray[np.bool_]:
        """(S,) whether a sector is a goods sector."""
        return np.array([code in self.goods for code in self.world.sectors])

    @property
    def outlets(self) -> tuple[str, ...]:
        """The third markets that are opened."""
        chosen = self.markets.split("+")
        return MARKETS if "all" in chosen else tuple(code for code in MARKETS if code in chosen)

    def _shape_of(self, values: Iterable[Any]) -> tuple[int, ...]:
        """Shape of parameters over a cloud: in clouds of several axes one where none differs.

        What does not move along an axis need not be worked out at each of its points.
        """
        rank = len(self.batch_shape)
        if rank < 2:
            return self.batch_shape
        own = np.broadcast_shapes(*(np.shape(value) for value in values))
        return (1,) * (rank - len(own)) + own

    def shares(self) -> Array:
        """(..., S) diversification by sector."""
        w = self.world
        every = {table: self.value(f"diversification.{table}") for table in TABLES}
        shares = np.zeros((*self._shape_of(every.values()), len(w.sectors)))
        for table, given in every.items():
            value = np.asarray(given, dtype=float)
            for s, code in enumerate(w.sectors):
                if w.tables[s] == table and code in self.goods:
                    shares[..., s] = value
        return shares

    def levers(self, shares: Array) -> dict[str, Pairs]:
        """What all levers are to `counterfactual` at the given diversification: (..., S, 2) each.

        Raises
        ------
        ParameterError
            If a market cannot buy that much.
        """
        w, theta = self.world, self.theta[..., None]
        found: dict[str, Pairs] = {"trade_cost": {}, "taste": {}, "export_tax": {}, "rent": {}}
        if np.any(shares):
            psi = levers.growth(w, CANADA, US, self.outlets, shares)
            if self.diversification_by == "taste":
                found["taste"] = levers.tastes(w, CANADA, self.outlets, psi)
            elif self.diversification_by == "subsidy":
                found["export_tax"] = levers.subsidies(w, CANADA, self.outlets, psi, self.theta)
            else:
                cost = 1.0 - levers.price_cut(w, psi, self.theta)
                found["trade_cost"] = {(CANADA, code): cost for code in self.outlets}
        if np.any(self.procurement):
            rho = np.asarray(self.procurement, dtype=float)[..., None, None]
            dearer = np.where(self.is_good[:, None], (1.0 - rho) ** (-1.0 / theta), 1.0)
            burnt = 1.0 + _wide(self.procurement_waste) * (dearer - 1.0)
            found["rent"][US, CANADA] = dearer / burnt - 1.0
            if np.any(self.procurement_waste):
                found["trade_cost"][US, CANADA] = burnt
        if np.any(self.integration_loss):
            lost = levers.integration_loss(w, CANADA, US, AUTOS, self.integration_loss)
            for pair in ((CANADA, US), (US, CANADA)):
                here = lost[..., w.region(pair[0]), w.region(pair[1]), :, :]
                found["trade_cost"][pair] = found["trade_cost"].get(pair, 1.0) * here
        return found

    # --- postures -------------------------------------------------------------------------------

    def at_stake(self) -> Array:
        """(..., S, 1) share of every sector's duties that the postures are about."""
        w = self.world
        every = [getattr(self, name) for name in vars(self) if name.startswith("at_stake_")]
        share = np.ones((*self._shape_of(every), len(w.sectors), 1))
        for s, code in enumerate(w.sectors):
            name = f"at_stake_{code.lower()}"
            if hasattr(self, name):
                share[..., s, 0] = getattr(self, name)
            elif code in self.goods:
                share[..., s, 0] = self.at_stake_other
        return share

    def duties(self, player: str, posture: str) -> Parts:
        """Additional duties of a government on the other's goods, by parts, at treaty preferences.

        Escalation and retaliation put every part of the duties in force at the higher of its own
        rate and theirs: they never lower a duty.
        """
        given = self._own.get(f"{player}.{posture}")
        if given is not None:
            return given
        if posture in ("lift", "stand_down"):
            return Parts.plain(np.zeros((len(self.world.sectors), 2)))
        if player == "us":
            kept = self._own.get("us.keep") or parts(US, self.us_schedule)
            return kept.at_least(self.raised()) if posture == "escalate" else kept
        kept = self._own.get("canada.counter") or parts(CANADA, self.canada_schedule)
        if posture == "export_tax":
            return self.duties("canada", "retaliate")
        rate = np.asarray(self.retaliation_rate, dtype=float)[..., None] * self.is_good
        return kept.at_least(rate) if posture == "retaliate" else kept

    def raised(self) -> Array:
        """(..., S) rates to which the US raises its duties when it escalates."""
        every = {code: self.value(f"escalation_rate.{code}") for code in self.goods}
        rates = np.zeros((*self._shape_of(every.values()), len(self.world.sectors)))
        for s, code in enumerate(self.world.sectors):
            if code in self.goods:
                rates[..., s] = every[code]
        return rates

    @cached_property
    def _own(self) -> dict[str, Parts]:
        """Duties of schedules that the user gave, by posture."""
        return {name: each.arrays(self.world.sectors) for name, each in self.own_schedules.items()}

    @cached_property
    def own_schedules(self) -> dict[str, Any]:
        """Schedules that the user gave, by posture."""
        pairs = {"us": (US, CANADA), "canada": (CANADA, US)}
        given = {
            name.removeprefix("duties."): str(getattr(self, spec.field))
            for name, spec in self.parameters().items()
            if name.startswith("duties.")
        }
        return {
            posture: own_schedule(posture, pairs[posture.partition(".")[0]], file)
            for posture, file in given.items()
            if file
        }

    def _profile_duties(self) -> dict[tuple[str, str], Parts]:
        """Duties of both at every profile: rates (..., C, A, K, S, 2), axes of one where alike."""
        ours, theirs = self.actions
        stake = self.at_stake()
        leaves = "treaty_withdrawal" in theirs

        def us(action: str) -> Parts:
            if action == "treaty_withdrawal":
                return self.duties("us", "keep").plus(parts(US, MFN)).scaled(stake)
            return self.duties("us", action).scaled(stake)

        def canada(action: str, left: bool) -> Parts:
            own = self.duties("canada", action)
            return (own.plus(parts(CANADA, MFN)) if left else own).scaled(stake)

        columns = [action == "treaty_withdrawal" for action in theirs] if leaves else [False]
        return {
            (CANADA, US): _grid(Parts.stacked([us(action) for action in theirs]), 1),
            (US, CANADA): _grid(
                Parts.stacked([canada(action, left) for action in ours for left in columns]),
                len(ours),
            ),
        }

    def solved(
        self,
        duties: Mapping[tuple[str, str], Parts],
        shares: Array,
        axes: int = 0,
        export_tax: Array | None = None,
    ) -> TradeEquilibrium:
        """Solve trade under duties and levers; the duties have `axes` of their own after the batch.

        Parameters
        ----------
        shares : (..., S) array
            Diversification by sector.
        export_tax : (..., *axes, S, 2) array, optional
            What Canada collects on its sales to the US.
        """
        between = (Ellipsis, *[None] * axes, slice(None), slice(None))
        pulled = {
            name: {pair: np.asarray(values)[between] for pair, values in each.items()}
            for name, each in self.levers(shares).items()
        }
        taxes: dict[tuple[str, str], Any] = dict(pulled["export_tax"])
        if export_tax is not None:
            taxes[CANADA, US] = export_tax
        solved: TradeEquilibrium = self.counterfactual(
            duties,
            axes,
            trade_cost=pulled["trade_cost"],
            export_tax=taxes or None,
            rent=pulled["rent"] or None,
            taste=pulled["taste"] or None,
            line=None if self.line is None else (self.line[0] - axes, self.line[1]),
            compiled=None,
        )
        return solved

    def _export_tax(self) -> Array | None:
        """(..., C, 1, S, 2) Canada's tax on its exports to the US by its posture."""
        ours = self.actions[0]
        if "export_tax" not in ours:
            return None
        chosen = self.export_tax_sectors.split("+")
        bears = np.array([code in chosen for code in self.world.sectors])
        rate = np.asarray(self.export_tax_rate, dtype=float)[..., None, None, None, None]
        plays = np.array([action == "export_tax" for action in ours])
        taxed = rate * plays[:, None, None, None] * bears[:, None] * np.ones(2)
        return np.asarray(taxed * self.at_stake()[..., None, None, :, :])

    @cached_property
    def profiles(self) -> TradeEquilibrium:
        """Trade equilibria of all profiles, (..., C, A): talks have failed, outlets are in use."""
        return self.solved(self._profile_duties(), self.shares(), 2, self._export_tax())

    @cached_property
    def moved(self) -> Array:
        """(..., S) diversification as far as it has happened while nobody has walked out."""
        return np.asarray(self.already_moved, dtype=float)[..., None] * self.shares()

    @property
    def all_moved(self) -> bool:
        """Whether the world of a dispute is the one after talks have failed."""
        return bool(np.all((np.asarray(self.already_moved) == 1.0) | ~np.any(self.shares())))

    @cached_property
    def status_quo(self) -> TradeEquilibrium:
        """Trade equilibrium (...) without additional duties, outlets as far as already in use."""
        return self.solved({}, self.moved) if self.all_moved else self._while_it_lasts(0)

    @cached_property
    def dispute(self) -> TradeEquilibrium:
        """Trade equilibrium (...) under the duties in force, outlets as far as already in use."""
        return self.solved(self.kept(), self.moved) if self.all_moved else self._while_it_lasts(1)

    def _while_it_lasts(self, which: int) -> TradeEquilibrium:
        """One of the two above, which are solved together."""
        at = self._both
        here = np.indices(at.residual.shape[:-1])
        return at.take((*here, np.full(here.shape[1:], which)))

    @cached_property
    def _both(self) -> TradeEquilibrium:
        """Trade equilibria (..., 2) without and with the duties in force, outlets as far in use."""
        stake = self.at_stake()
        pairs = {
            (CANADA, US): ("us", "lift", "keep"),
            (US, CANADA): ("canada", "stand_down", "counter"),
        }
        duties = {
            pair: Parts.stacked([self.duties(who, each).scaled(stake) for each in postures])
            for pair, (who, *postures) in pairs.items()
        }
        return self.solved(duties, self.moved, 1)

    @cached_property
    def today(self) -> TradeEquilibrium:
        """Trade equilibrium under the duties in force, all of them, and no lever pulled."""
        whole = {
            (CANADA, US): self.duties("us", "keep"),
            (US, CANADA): self.duties("canada", "counter"),
        }
        found: TradeEquilibrium = self.counterfactual(whole)
        return found

    @cached_property
    def unpulled(self) -> TradeEquilibrium:
        """The same under those duties that are at stake: what levers are measured against."""
        if np.all(self.at_stake() == 1.0):
            return self.today
        found: TradeEquilibrium = self.counterfactual(self.kept())
        return found

    @cached_property
    def pulled(self) -> TradeEquilibrium:
        """Trade equilibrium (...) under the duties in force with all levers fully pulled."""
        if self.all_moved:
            return self.dispute
        at = self.profiles  # in one of which both keep their duties, outlets in use
        here = np.indices(at.residual.shape[:-2])
        ours, theirs = (
            own.index(each) for own, each in zip(self.actions, self.observed, strict=True)
        )
        return at.take((*here, np.full(here.shape[1:], ours), np.full(here.shape[1:], theirs)))

    def kept(self) -> dict[tuple[str, str], Parts]:
        """Return the duties in force of both, as far as they are at stake."""
        stake = self.at_stake()
        return {
            (CANADA, US): self.duties("us", "keep").scaled(stake),
            (US, CANADA): self.duties("canada", "counter").scaled(stake),
        }

    def quiet(self, name: str, more: int = 2) -> Array:
        """(..., 1, 1, ...) a result without duties, all levers pulled, lined up with `more` axes.

        It is the profile in which nobody taxes; solving it again would only cost time.
        """
        values = _result(self.profiles, name)
        batch = self.profiles.residual.ndim - 2
        values = values[(slice(None),) * batch + (0, 0)]
        return np.expand_dims(values, tuple(range(batch, batch + more)))

    def settled(self, name: str, more: int = 0) -> Array:
        """(..., 1, ...) the same with outlets as far as already in use."""
        if self.all_moved:
            return self.quiet(name, more)
        values = _result(self.status_quo, name)
        batch = self.status_quo.residual.ndim
        return np.expand_dims(values, tuple(range(batch, batch + more)))

    # --- payoffs and talks ----------------------------------------------------------------------

    def ev(self) -> Array:
        """(..., C, A, N) equivalent variation against the status quo, US$ million a year."""
        change = self.profiles.welfare - self.quiet("welfare")
        return np.asarray(change * self.world.income)

    def worth(self, at: TradeEquilibrium, before: Any, more: int) -> Array:
        """(2, ..., *more axes) EV of both plus weighted real value added of motor vehicles.

        US$ million a year, before costs of postures. `at` has the batch of the model first and
        `more` axes of its own after it; `before` gives results of the status quo by name.
        """
        w, autos = self.world, self.world.sector(AUTOS)
        sides = []
        weights = (self.auto_weight_canada, self.auto_weight_us)
        for region, weight in zip((CANADA, US), weights, strict=True):
            n = w.region(region)
            change = at.welfare[..., n] - before("welfare", more)[..., n]
            value = change * w.income[n]
            if np.any(weight):
                added = w.value_added_share[n, autos] * w.output[n, autos]
                was = before("real_value_added", more)[..., n, autos]
                grown = added * (at.real_value_added[..., n, autos] - was)
                value = value + _wide(weight, more) * grown
            sides.append(value)
        return np.stack(np.broadcast_arrays(*sides))

    def demands(self) -> tuple[Demand, ...]:
        """Return what diversification asks of every market and sector that is to buy more."""
        shares = self.shares()
        if not np.any(shares):
            return ()
        most = shares.reshape(-1, shares.shape[-1]).max(axis=0)
        psi = levers.growth(self.world, CANADA, US, self.outlets, most)
        typical = np.median(self.theta.reshape(-1, self.theta.shape[-1]), axis=0)
        return tuple(
            Demand(f"{each.market} {each.sector}", each.sales, each.growth, each.price_cut, _MONEY)
            for each in levers.efforts(self.world, CANADA, self.outlets, psi, typical)
        )

    def other_money(self) -> dict[str, Currency]:
        """Return Canadian dollars for Canada, with the rate, its date and source."""
        rate = exchange_rate()
        told = f"US$ {rate.usd_per_cad:g} for C$ 1 on {rate.date}; {rate.source}"
        unit = Currency("C$ million a year", 1.0 / rate.usd_per_cad, told, "C$", "million")
        return {"canada": unit}

    def late_cost(self) -> Array:
        """(...) annual cost of outlets opened only after talks fail, US$ million."""
        late = (1.0 - np.asarray(self.already_moved)[..., None]) * self.shares()
        free = self.diversification_by == "subsidy"  # it pays its own way
        cost = levers.redirected(self.world, CANADA, US, late) * self.diversification_cost
        return np.asarray(0.0 * cost if free else cost)

    def late(self) -> Array:
        """(2, ...) what the rest of the move earns both sides once talks break down, less its cost.

        Both are in the payoffs where the move requires a breakdown, and neither is otherwise.
        """
        if self.all_moved or not np.any(self.move_requires_breakdown):
            return np.zeros((2, *self.batch_shape))
        now = self.solved({}, self.shares())
        gained = self.worth(now, self.settled, 0)
        counts = np.asarray(self.move_requires_breakdown, dtype=float)
        cost = np.stack([self.late_cost(), np.zeros_like(self.late_cost())])
        return np.asarray(counts * (gained - cost))

    def costs_of_postures(self) -> tuple[Array, Array]:
        """(..., C) and (..., A) political costs of the postures of both sides."""
        costs = {action: getattr(self, name) for (_, action), name in self.political_costs.items()}
        ours, theirs = (
            np.stack(np.broadcast_arrays(*(np.asarray(costs.get(a, 0.0)) for a in own)), axis=-1)
            for own in self.actions
        )
        return np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)

    def payoffs(self) -> Array:
        """(..., 2, C, A) payoffs against the status quo of the same world, US$ million a year."""
        ours, theirs = self.costs_of_postures()
        canada, us = self.worth(self.profiles, self.quiet, 2)
        late = self.late()
        canada = canada - ours[..., :, None] + _wide(late[0])
        us = us - theirs[..., None, :] + _wide(late[1])
        both = np.stack(np.broadcast_arrays(canada, us), axis=-3)
        return np.broadcast_to(both, (*self.batch_shape, *both.shape[-3:]))

    def in_force(self) -> Array:
        """(..., 2) payoffs while the duties in force stay and no outlet is opened late."""
        if self.all_moved:
            both = self.worth(self.profiles, self.quiet, 2)[..., 1, 1]
        else:
            both = self.worth(self.dispute, self.settled, 0)
        return np.broadcast_to(np.moveaxis(both, 0, -1), (*self.batch_shape, 2))

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
        """Return what the three tables can agree: 6 options each, 216 packages."""
        return packages(self)

    def threat_point(self, name: str) -> ThreatPoint:
        """Return what each side gets if duties stay, or if talks end in a tariff war."""
        if name == "tariff_war":
            return tariff_war(self)
        if name == "in_force":
            payoffs = self.in_force()
            about = (
                f"the duties in force stay: {self.told('us.keep')} of the US, "
                f"{self.told('canada.counter')} of Canada"
            )
        else:
            given = CATALOGUE.schedule(name)
            duties = self.kept()
            duties[CANADA, US] = given.arrays(self.world.sectors).scaled(self.at_stake())
            both = self.worth(self.solved(duties, self.moved), self.settled, 0)
            payoffs = np.moveaxis(both, 0, -1)
            about = f"US duties of {name} ({given.status}) stay, and Canada's countermeasures"
        return ThreatPoint(payoffs, about, certified=np.asarray(np.isfinite(payoffs).all(axis=-1)))

    def told(self, posture: str) -> str:
        """What the duties of a posture are called."""
        if posture in self.own_schedules:
            return f"schedule {self.own_schedules[posture].name}"
        return self.us_schedule if posture == "us.keep" else self.canada_schedule

    def trade_world(self) -> World:
        """Return the world with all levers pulled and outlets in use, at treaty rates."""
        return war_world(self).as_world()

    def known_duties(self) -> dict[str, tuple[Schedule, ...]]:
        """Return the duties that both keep, and all others of the catalogue between them."""
        found = {}
        for player, imposer, target, posture in (
            ("us", US, CANADA, "us.keep"),
            ("canada", CANADA, US, "canada.counter"),
        ):
            kept = self.us_schedule if player == "us" else self.canada_schedule
            own = self.own_schedules.get(posture) or schedule(imposer, kept)
            others = (e for e in CATALOGUE if (e.imposer, e.target) == (imposer, target))
            found[player] = (own, *(each for each in others if each.name != own.name))
        return found

    def cautions(self) -> tuple[str, ...]:
        """Return what must be known of this point: void duties, absurd growth, another game."""
        return self._told

    def believed(self) -> Mapping[str, prior.Prior]:
        """Return the priors that apply at this horizon and to the postures in the game."""
        found = dict(super().believed())
        if self.run == "long_run":
            del found["labour_elasticity"]
        else:
            found["elasticities"] = elasticity_prior(("short_run",))
        if "export_tax" not in self.actions[0]:
            del found["export_tax_rate"]
        costs = set(self.political_costs.values())
        return {name: each for name, each in found.items() if not each.of_model or name in costs}

    def at_rest(self) -> "CanadaUS":
        """Return the model with Canada's outside options at rest and supply chains whole."""
        levers_at_rest = ("procurement", "integration_loss", *_OUTSIDE)
        return self.at_values(dict.fromkeys(levers_at_rest, 0.0))

    @cached_property
    def _told(self) -> tuple[str, ...]:
        # Every document asks, and one of the sentences takes a solve.
        return tuple(self._cautions())

    def _cautions(self) -> Iterator[str]:
        for whose, imposer, name, posture in (
            ("US", US, self.us_schedule, "us.keep"),
            ("Canadian", CANADA, self.canada_schedule, "canada.counter"),
        ):
            given = self.own_schedules.get(posture) or schedule(imposer, name)
            if given.status != "in_force":
                told = "" if not given.legal_basis else f" ({given.legal_basis})"
                yield (
                    f"The {whose} duties that are kept, {given.name}, are not in force: they are "
                    f"{given.status.replace('_', ' ')}{told}."
                )
        for posture in ("us.escalate", "canada.retaliate"):
            given = self.own_schedules.get(posture)
            if given is not None and given.status in ("void", "superseded"):
                yield f"The duties of {posture}, {given.name}, are {given.status}."
        more = self.duties("us", "escalate").mean - self.duties("us", "keep").mean
        if np.any(more[..., [self.world.sector(code) for code in ENERGY], :] > 0.0):
            yield (
                "Escalation taxes Canadian energy here. The only order that did was voided by the "
                "Supreme Court of the United States on 20 February 2026, and no such duty is in "
                "force."
            )
        if self.actions != type(self).actions:
            joined = " and ".join(each for each in MORE if each in self.postures.split("+"))
            many = "s" * (" and " in joined)
            yield f"The game has the further posture{many} {joined}, so that it is another game."
        asked = self.demands()
        absurd = [each for each in asked if each.growth > _ABSURD]
        if absurd:
            worst = absurd[0]
            yield (
                f"Diversification asks for more than a doubling of Canadian sales in {len(absurd)} "
                f"of {len(asked)} markets and sectors: {worst.of} would have to rise to "
                f"{levers.times(1.0 + worst.growth)} times today's sales, as after a price cut of "
                f"{worst.price_cut:.0%}."
            )
        if asked and not self.all_moved and not self.batch_shape:
            yield (
                f"While the dispute lasts {float(self.already_moved):.0%} of the diversification "
                "has happened; what levers do by themselves counts all of it."
            )
        if asked and self.diversification_by == "taste" and not self.batch_shape:
            redirected = float(levers.redirected(self.world, CANADA, US, self.shares()))
            others = np.any(self.procurement) or np.any(self.integration_loss)
            rest = {"procurement": 0.0, "integration_loss": 0.0}
            alone = self.replace(rest) if others else self
            earned = float(alone.levers_worth()[0])
            yield (
                "A shift of tastes is a free gain in demand: diversification by itself is worth "
                f"{earned / redirected:.2f} US$ to Canada for every US$ redirected; it pays only "
                "if opening and serving the markets costs less."
            )

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
        drawn = not isinstance(self.elasticities, str)
        words = "drawn" if drawn else self.elasticities
        if not drawn and self.elasticities in CENTRES:
            words = "short-run"
        least, most = (f"{each(self.labour_elasticity):g}" for each in (np.min, np.max))
        labour = least if least == most else f"{least} to {most}"
        return (
            f"one year: {words} trade elasticities; labour moves between sectors with elasticity "
            f"{labour} (Roy-Frechet, a judgement), no unemployment; data of 2022"
        )

    def size(self) -> Array:
        """(2,) income of both countries in the data, US$ million a year."""
        return np.asarray(self.world.income[[self.world.region(code) for code in (CANADA, US)]])

    def lever_cost(self, name: str) -> Array | None:
        """US$ million a year per unit of a diversification lever."""
        if not name.startswith("diversification") or self.diversification_by == "subsidy":
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

    def outcomes_at(self, strategies: Sequence[Array]) -> dict[str, Quantity] | None:
        """Results (...) where both play mixtures, without those of all other profiles."""
        return quantities_at(self, strategies)

    def outcomes_now(self) -> dict[str, Quantity]:
        """Return the same in the dispute as it is."""
        return quantities_now(self)

    def levers_worth(self) -> Array:
        """(..., 2) EV of Canada's levers to both countries against the data, before their cost."""
        sides = [self.world.region(code) for code in (CANADA, US)]
        change = self.quiet("welfare", 0) - self.unmoved
        return np.asarray(change[..., sides] * self.world.income[sides])

    @cached_property
    def unmoved(self) -> float | Array:
        """Welfare without duties and levers: that of the data, unless transfers end."""
        if not np.any(np.asarray(self.closure) == "balanced"):
            return 1.0
        at: TradeEquilibrium = self.counterfactual({})
        return at.welfare

    def power_to_hurt(self) -> dict[str, Quantity]:
        """Log real income that each side loses if it can buy nothing more from the other (L6)."""
        found = dependence.exclusion_power_by_sector(self.world, self.theta)
        canada, us = (self.world.region(code) for code in (CANADA, US))
        about = "by sector, purchases for final use, at the data's shares"
        ours, theirs = found[..., canada, us, :], found[..., us, canada, :]
        return {
            "canada": Quantity(ours, "log points", f"what the US would lose, {about}"),
            "us": Quantity(theirs, "log points", f"what Canada would lose, {about}"),
        }


def _wide(value: float | Array, axes: int = 2) -> Array:
    """Line a parameter up with results that have axes of their own, such as the 3 x 3 profiles."""
    number = np.asarray(value, dtype=float)
    # As one tuple: without arguments, a number without axes of its own cannot be reshaped.
    return number.reshape((*number.shape, *[1] * axes))


def _result(at: TradeEquilibrium, name: str) -> Array:
    """A result of an equilibrium by its name."""
    if name.startswith("auto_"):
        return of_autos(at, name)
    if name.startswith("tariff_revenue_on."):
        return outcomes.tariff_revenue_on(at, *name.split(".")[1:])
    return np.asarray(getattr(at, name))


def _grid(each: Parts, rows: int) -> Parts:
    """Lay duties that are stacked along one axis out on two: (..., rows, columns, K, S, 2)."""
    shape = (rows, each.rate.shape[-4] // rows)
    return Parts(
        each.name,
        each.share.reshape(*shape, *each.share.shape[-3:]),
        each.rate.reshape(*each.rate.shape[:-4], *shape, *each.rate.shape[-3:]),
    )
