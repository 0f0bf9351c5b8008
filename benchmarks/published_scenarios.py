"""Set the shipped model beside published scenarios of both countries, as Markdown.

Each scenario is the closest one that the model can run: duties on goods, all other rates as in the
data. Published results, their sources and their status are in the model's folder, `data/facts/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.registry import markdown
from models.canada_us.calibration import (
    CANADA,
    NOT_GOODS,
    PUBLISHED,
    US,
    parts,
    world,
)
from models.canada_us.facts import Published, published_results
from negotiation.trade import (
    FINAL,
    Parts,
    TradeEquilibrium,
    World,
    counterfactual,
    optimal_tariff,
    outcomes,
)

Array = NDArray[np.float64]

#: What the long run is taken over: equal weights in the model's prior.
SETS = (*PUBLISHED, "u2", "u5")
TABLES = ("icio", "customs")
#: Roy-Frechet elasticity of the short run, a judgement.
SHORT_RUN = 1.5

ENERGY, COMMODITIES = ("OIL", "PET"), ("OIL", "PET", "OMN")
NEIGHBOURS = (CANADA, "MEX")
NOT_MANUFACTURED = (*NOT_GOODS, "AGF", "OIL", "OMN")


# --- scenarios ------------------------------------------------------------------------------------


@dataclass
class Duties:
    """Additional duties that are put together cell by cell."""

    world: World

    def __post_init__(self) -> None:
        self.rates: Array = np.array(self.world.tariff)
        self.goods = np.array([code not in NOT_GOODS for code in self.world.sectors])

    def on(
        self,
        origin: str,
        importer: str,
        rate: float | Array,
        but: Mapping[str, float] | None = None,
    ) -> Duties:
        """Charge a rate on the goods of a pair, with other rates on some sectors."""
        by_sector = np.where(self.goods, rate, 0.0)
        for code, other in (but or {}).items():
            by_sector[self.world.sector(code)] = other
        i, n = self.world.region(origin), self.world.region(importer)
        self.rates[i, n] += by_sector[:, None]
        return self

    def others(self, code: str, without: Sequence[str] = ()) -> list[str]:
        return [each for each in self.world.regions if each != code and each not in without]


def _neighbours(w: World, *, energy: float, china: float, answered: bool) -> Array:
    duties = Duties(w)
    for code in NEIGHBOURS:
        cheaper = dict.fromkeys(ENERGY, energy) if code == CANADA else None
        duties.on(code, US, 0.25, cheaper)
        if answered:
            duties.on(US, code, 0.25)
    if china:
        duties.on("CHN", US, china)
        if answered:
            duties.on(US, "CHN", china)
    return duties.rates


def _everybody(w: World, rate: float, answering: Sequence[str]) -> Array:
    duties = Duties(w)
    for code in duties.others(US):
        duties.on(code, US, rate)
        if code in answering:
            duties.on(US, code, rate)
    return duties.rates


def _china_and_others(w: World) -> Array:
    duties = Duties(w)
    for code in duties.others(US, NEIGHBOURS):
        rate = 0.6 if code == "CHN" else 0.1
        duties.on(code, US, rate).on(US, code, rate)
    return duties.rates


def _canada(w: World, rate: float, *, but: Sequence[str] = (), answered: bool = False) -> Array:
    duties = Duties(w).on(CANADA, US, rate, dict.fromkeys(but, 0.0))
    return (duties.on(US, CANADA, rate) if answered else duties).rates


def _sectors(w: World, rates: Mapping[str, float], origins: Sequence[str]) -> Array:
    duties = Duties(w)
    for code in origins:
        duties.on(code, US, 0.0, rates)
    return duties.rates


def _vehicles(w: World, rate: float, within: float) -> Array:
    """Rate on motor vehicles, and on finished ones of the neighbours, whose parts are exempt."""
    duties = Duties(w)
    for code in duties.others(US, NEIGHBOURS):
        duties.on(code, US, 0.0, {"MVH": rate})
    for code in NEIGHBOURS:
        duties.rates[w.region(code), w.region(US), w.sector("MVH"), FINAL] += within
    return duties.rates


def _in_force(_: World) -> dict[tuple[str, str], Parts]:
    return {(CANADA, US): parts(US, "2025-12-31"), (US, CANADA): parts(CANADA, "2026-07-15")}


def _optimal(w: World, country: str, other: str, first: Array | None = None) -> Array:
    """One country's best rates by goods sector on the other's goods."""
    goods = tuple(code for code in w.sectors if code not in NOT_GOODS)
    rates = np.array(w.tariff if first is None else first)
    start = w if first is None else counterfactual(w, rates).as_world()
    found = optimal_tariff(start, country, by="sector", on=[other], sectors=goods, certify=False)
    i, n = w.region(other), w.region(country)
    rates[i, n] = found.equilibrium.tariff[i, n]
    return rates


#: Scenarios by name: what is run, and the total rates, or duties on parts of trade.
SCENARIOS: dict[str, tuple[str, Callable[[World], Array | dict[tuple[str, str], Parts]]]] = {
    "neighbours_25_china_10": (
        "US 25 % on goods of Canada and Mexico, 10 % on China",
        lambda w: _neighbours(w, energy=0.25, china=0.1, answered=False),
    ),
    "neighbours_25_china_10_answered": (
        "US 25 % on goods of Canada and Mexico, 10 % on China, answered in kind",
        lambda w: _neighbours(w, energy=0.25, china=0.1, answered=True),
    ),
    "neighbours_25_energy_10_china_10": (
        "US 25 % on goods of Canada and Mexico, Canadian energy 10 %, 10 % on China",
        lambda w: _neighbours(w, energy=0.1, china=0.1, answered=False),
    ),
    "neighbours_25_china_20": (
        "US 25 % on goods of Canada and Mexico, 20 % on China",
        lambda w: _neighbours(w, energy=0.25, china=0.2, answered=False),
    ),
    "neighbours_25": (
        "US 25 % on goods of Canada and Mexico",
        lambda w: _neighbours(w, energy=0.25, china=0.0, answered=False),
    ),
    "neighbours_25_energy_10_answered": (
        "US 25 % on goods of Canada and Mexico, Canadian energy 10 %, both answer 25 %",
        lambda w: _neighbours(w, energy=0.1, china=0.0, answered=True),
    ),
    "everybody_25_answered": (
        "US 25 % on goods of every region, all answer 25 %",
        lambda w: _everybody(w, 0.25, w.regions),
    ),
    "everybody_10_answered": (
        "US 10 % on goods of every region, all answer 10 %",
        lambda w: _everybody(w, 0.1, w.regions),
    ),
    "everybody_10": (
        "US 10 % on goods of every region",
        lambda w: _everybody(w, 0.1, ()),
    ),
    "everybody_10_canada_answers": (
        "US 10 % on goods of every region, Canada answers 10 %",
        lambda w: _everybody(w, 0.1, (CANADA,)),
    ),
    "china_60_others_10_answered": (
        "US 60 % on China, 10 % on all but Canada and Mexico, answered in kind",
        _china_and_others,
    ),
    "canada_25": ("US 25 % on Canadian goods", lambda w: _canada(w, 0.25)),
    "canada_25_answered": (
        "US 25 % on Canadian goods, Canada answers 25 %",
        lambda w: _canada(w, 0.25, answered=True),
    ),
    "canada_35": ("US 35 % on Canadian goods", lambda w: _canada(w, 0.35)),
    "canada_20_without_commodities": (
        "US 20 % on Canadian goods but oil, petroleum and mining",
        lambda w: _canada(w, 0.2, but=COMMODITIES),
    ),
    "canada_10_without_commodities_and_cars": (
        "US 10 % on Canadian goods but oil, petroleum, mining and motor vehicles",
        lambda w: _canada(w, 0.1, but=(*COMMODITIES, "MVH")),
    ),
    "cars_25": (
        "US 25 % on motor vehicles and parts of every region",
        lambda w: _sectors(w, {"MVH": 0.25}, [c for c in w.regions if c != US]),
    ),
    "cars_non_us_content": (
        "US 25 % on motor vehicles and parts; Canada and Mexico 15 % on vehicles: 60 % of their "
        "content is taken as not from the US",
        lambda w: _vehicles(w, 0.25, 0.15),
    ),
    "steel_25_aluminum_10": (
        "US 25 % on Canadian steel, 4.3 % on other metals: 10 % on aluminum's 43 %",
        lambda w: _sectors(w, {"STL": 0.25, "NFM": 0.043}, (CANADA,)),
    ),
    "duties_2025_12_31": (
        "duties of both sides on 31 December 2025",
        _in_force,
    ),
    "us_optimal": (
        "the best US rates by sector on Canadian goods, unanswered",
        lambda w: _optimal(w, US, CANADA),
    ),
    "canada_25_optimal_answer": (
        "US 25 % on Canadian goods, Canada answers with its best rates by sector",
        lambda w: _optimal(w, CANADA, US, _canada(w, 0.25)),
    ),
}


# --- outcomes -------------------------------------------------------------------------------------


def _welfare(at: TradeEquilibrium, n: int) -> Array:
    return np.asarray(100.0 * (at.welfare[..., n] - 1.0))


def _exports(at: TradeEquilibrium, n: int) -> Array:
    def abroad(sold: Array) -> Array:
        by_partner = sold[..., n, :, :, :].sum(axis=(-2, -1))
        return np.asarray(by_partner.sum(axis=-1) - by_partner[..., n])

    return np.asarray(100.0 * (abroad(outcomes.volume(at)) / abroad(at.world.flows) - 1.0))


def _value_added(at: TradeEquilibrium, n: int, sectors: Sequence[int]) -> Array:
    before = (at.world.value_added_share * at.world.output)[n, sectors].sum()
    return np.asarray(
        100.0 * outcomes.real_value_added_change(at)[..., n, sectors].sum(axis=-1) / before
    )


def _industry(at: TradeEquilibrium, n: int) -> Array:
    made = [s for s, code in enumerate(at.world.sectors) if code not in NOT_MANUFACTURED]
    return _value_added(at, n, made)


#: Outcome of a study: what stands for it here, in words, and its numbers.
MEASURES: dict[str, tuple[str, Callable[[TradeEquilibrium, int], Array]]] = {
    "exports": ("volume of exports, services included", _exports),
    "industrial value added": ("real value added of manufacturing", _industry),
    "agricultural value added": (
        "real value added of agri-food",
        lambda at, n: _value_added(at, n, [at.world.sector("AGF")]),
    ),
    "motor vehicle output": (
        "volume of motor vehicle output",
        lambda at, n: np.asarray(100.0 * (at.real_output[..., n, at.world.sector("MVH")] - 1.0)),
    ),
    "consumer prices": (
        "consumer prices against wages",
        lambda at, n: np.asarray(100.0 * (1.0 / outcomes.real_wage(at)[..., n] - 1.0)),
    ),
    "GDP, total of 2025 to 2029": (
        "four times the real income of a year",
        lambda at, n: np.asarray(4.0 * at.ev[..., n] / 1e3),
    ),
}
#: All kinds of GDP, income and welfare.
INCOME = ("real income", _welfare)

#: Why a study differs from the model beside the elasticities: our reading, a sentence each.
REASONS = {
    "ifo Institute": (
        "The same kind of model with 65 sectors; exports here include services, which no duty "
        "touches, and are volumes."
    ),
    "Kiel Institute": (
        "Here workers who leave motor vehicles find work elsewhere within the year, so that income "
        "falls by the terms of trade alone."
    ),
    "Bank of Canada": "Demand, investment and monetary policy move GDP in a year there; not here.",
    "Yale Budget Lab": (
        "GDP leaves out the terms of trade, which income counts and the US improves; prices rise "
        "there with wages as they are, here against wages."
    ),
    "Peterson Institute": (
        "GDP leaves out the terms of trade, which income counts and the US improves; capital moves "
        "there."
    ),
    "Oxford Economics": (
        "A macroeconomic model, in which demand falls and unemployment rises; in the long run here "
        "vehicles are made elsewhere instead."
    ),
    "Tombe": ("The same kind of model; its table and its elasticities were not obtained."),
    "CIBC": "No model was published, and which goods count as commodities is not stated.",
    "Scotiabank": "A macroeconomic model, in which demand and investment fall; not here.",
    "BMO": "No model was published; whether uncertainty counts is not stated.",
    "Steinberg": "Capital adjusts there, and a smaller stock of it adds to the loss; not here.",
    "Ciuriak and Xiao": (
        "GDP leaves out the terms of trade, which income counts; capital and labour supply react "
        "there; duties on others than Canada in 2018 are left out here."
    ),
    "CEPII": "Capital adjusts until 2030 there; GDP leaves out the terms of trade.",
    "Pujolas and Rossbach": (
        "Only signs were published; here rates are chosen by sector, for each set of elasticities."
    ),
}

#: Why a result without a scenario was not run.
NOT_RUN = {
    "Bank of Canada": "The path of demand and prices over years is not modelled.",
    "Yale Budget Lab": "It needs the duties of July 2025 on every country.",
    "Oxford Economics": "A duty of half a year is not modelled.",
    "CIRANO": "Rates are not stated.",
    "Rodríguez-Clare": "It needs the rates of April 2025 by country, and wage rigidity.",
    "Ignatenko": "It needs the rates of April 2025 by country.",
    "Lashkaripour": "It needs a tariff war of all nine regions, on data of 2014.",
}


def reason(study: str, among: Mapping[str, str]) -> str:
    """Return the sentence for a study; every study has one."""
    return next(words for name, words in among.items() if study.startswith(name))


# --- runs -----------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def calibrated(elasticities: str, labour: float = np.inf, data: str = "icio") -> World:
    """The shipped world; published sets have no estimate for services, and take 2.8 there."""
    w = world(elasticities, labour, data)
    theta = np.where(np.isin(w.sectors, ("CNS", "SRV")), 2.8, w.trade_elasticity)
    return w if np.isfinite(labour) else replace(w, trade_elasticity=theta)


@lru_cache(maxsize=1024)
def solved(
    scenario: str, elasticities: str, labour: float = np.inf, data: str = "icio"
) -> TradeEquilibrium:
    """A scenario under one set of elasticities, at one horizon, on one table."""
    w = calibrated(elasticities, labour, data)
    found = counterfactual(w, SCENARIOS[scenario][1](w), tariff_unit="fraction")
    assert found.converged
    return found


@dataclass(frozen=True)
class Beside:
    """The model beside one published result: its centre, all long runs, a year."""

    centre: float
    every: tuple[float, ...]
    short: float

    def words(self, published: str) -> str:
        """Centre and range in the long run; where a sign was published, how often it holds."""
        told = f"{self.centre:+.2f} ({min(self.every):+.2f} to {max(self.every):+.2f})"
        if published in ("gains", "loses"):
            holds = sum((each > 0.0) == (published == "gains") for each in self.every)
            told += f"; {published} in {holds} of {len(self.every)}"
        return told


def beside(result: Published) -> Beside | None:
    """Run what stands beside a published result, where the model can."""
    if not result.scenario:
        return None

    def value(*where: Any) -> float:
        found = solved(result.scenario, *where)
        measure = MEASURES.get(result.outcome, INCOME)[1]
        return float(measure(found, found.world.region(result.country)))

    every = tuple(value(name, np.inf, data) for name in SETS for data in TABLES)
    return Beside(value("published"), every, value("published", SHORT_RUN))


def _published(result: Published) -> str:
    if result.unit == "sign":
        return result.value
    unit = {"percentage points": "points", "US$ billion": "US$ bn"}.get(result.unit, result.unit)
    mark = "" if result.status == "sourced" else f" ({result.status})"
    return f"{float(result.value):+g} {unit}{mark}"


def table() -> str:
    """The results that the model can be set beside, as Markdown."""
    lines = []
    for result in published_results():
        found = beside(result)
        if found is None:
            continue
        words = MEASURES.get(result.outcome, INCOME)[0]
        lines.append(
            [
                f"{result.study}, {result.date[:4]}",
                SCENARIOS[result.scenario][0],
                result.country,
                f"{result.outcome}, {result.horizon}" if result.horizon else result.outcome,
                _published(result),
                words,
                found.words(result.value),
                f"{found.short:+.2f}",
                reason(result.study, REASONS),
            ]
        )
    headers = ["study", "scenario run", "of", "published outcome", "published", "outcome here"]
    return markdown([*headers, "long run", "short run", "why it differs (our reading)"], lines)


def not_run() -> str:
    """The published results that nothing can be set beside, as Markdown."""
    lines = [
        [f"{r.study}, {r.date[:4]}", r.country, r.outcome, _published(r), reason(r.study, NOT_RUN)]
        for r in published_results()
        if not r.scenario
    ]
    return markdown(["study", "of", "outcome", "published", "why it was not run"], lines)


def main() -> None:
    print(
        "Changes in %, or US$ billion where it says so. Long run: the set `published` on the table "
        "at basic prices, and the range over ten sets and both tables. Short run: one year, "
        "labour elasticity 1.5 (judgement). A status in brackets says how far to trust a figure.\n"
    )
    print(table(), not_run(), sep="\n\n")


if __name__ == "__main__":
    main()
