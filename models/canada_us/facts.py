"""Figures of the world beside the model, each with its source and status: `data/facts/`.

The model is solved without them. They turn its percentages into jobs and Canadian dollars, and set
its results beside what was observed and published.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from negotiation import World
from negotiation.trade import Row, Table

FACTS = Path(__file__).parent / "data" / "facts"

#: The last year without additional duties: changes are counted against it.
BEFORE = 2024


@dataclass(frozen=True)
class Fact:
    """What every figure carries.

    Attributes
    ----------
    status : str
        `measured`, `computed` or `sourced`; `second-hand` or `judgement`, which a page must say.
    source : str
    """

    status: str
    source: str


@dataclass(frozen=True)
class Jobs(Fact):
    """Jobs in a sector of the model.

    Attributes
    ----------
    covers : str
        `whole`: the industries are those of the sector; `part`: some of them are missing; `split`:
        published with another sector and shared by value added, a judgement.
    industries : str
        What was counted.
    """

    country: str
    sector: str
    year: int
    jobs: int
    covers: str
    industries: str


@dataclass(frozen=True)
class ExchangeRate(Fact):
    """US dollars for a Canadian dollar on a date, or on average of a year."""

    date: str
    usd_per_cad: float
    note: str


@dataclass(frozen=True)
class Imports(Fact):
    """US customs imports from Canada of a product group in a month, or in 2024; US$ million."""

    period: str
    group: str
    value: float


@dataclass(frozen=True)
class Published(Fact):
    """A published result.

    Attributes
    ----------
    scenario : str
        Name of the closest scenario that the model can run (`benchmarks/published_scenarios.py`);
        empty where it can run none.
    value : str
        A number in `unit`, or `gains` and `loses` where only a sign was published.
    """

    study: str
    date: str
    scenario: str
    country: str
    outcome: str
    value: str
    unit: str
    horizon: str
    model: str
    note: str


def jobs(country: str, sector: str, year: int = BEFORE) -> Jobs | None:
    """Return the jobs of a sector in the year nearest to one, the later of two; None: unknown.

    The United States have all sectors but services, and agri-food without farms. Canada has eight
    sectors, of different years.
    """
    found = [each for each in _jobs() if (each.country, each.sector) == (country, sector)]
    return min(found, key=lambda each: (abs(each.year - year), -each.year), default=None)


def jobs_of(world: World, year: int = BEFORE) -> NDArray[np.float64]:
    """Return jobs by region and sector of a world, (N, S); NaN where they are not known."""
    found = [[jobs(region, sector, year) for sector in world.sectors] for region in world.regions]
    return np.array([[np.nan if each is None else each.jobs for each in row] for row in found])


def exchange_rate() -> ExchangeRate:
    """Return the latest rate between the Canadian and the US dollar that has a source."""
    rows = Table(FACTS / "exchange_rate.csv", ("date", "usd_per_cad", "note", *_FACT)).rows()
    rates = [
        ExchangeRate(
            **_fact(row),
            date=row.text("date"),
            usd_per_cad=row.number_in("usd_per_cad", above=0.0),
            note=row.text("note"),
        )
        for row in rows
    ]
    return max((each for each in rates if each.status != "judgement"), key=lambda each: each.date)


@lru_cache(maxsize=1)
def sectors_of_groups() -> dict[str, str]:
    """Return the sector of each product group of the customs data; a few groups have none."""
    rows = Table(FACTS / "group_to_sector.csv", ("group", "sector")).rows()
    return {row.text("group"): row.text("sector") for row in rows}


@lru_cache(maxsize=1)
def imports_from_canada() -> tuple[Imports, ...]:
    """Return US imports from Canada by product group: all of 2024, and months from January 2025."""
    columns = ("period", "group", "imports_usd_m", "status")
    return tuple(
        Imports(
            status=row.text("status"),
            source="US Census Bureau, imports by ten-digit product, added up to groups",
            period=row.text("period"),
            group=row.text("group"),
            value=row.number_in("imports_usd_m", low=0.0),
        )
        for row in Table(FACTS / "us_imports_from_canada.csv", columns).rows()
    )


def observed_imports(first: str, last: str) -> dict[str, tuple[float, float]]:
    """Return US imports from Canada by sector in US$ million: in 2024, and at an annual rate since.

    Parameters
    ----------
    first, last : str
        Months, as `2025-08`; both count.
    """
    sectors = sectors_of_groups()
    months = {each.period for each in imports_from_canada() if first <= each.period <= last}
    found: dict[str, tuple[float, float]] = {}
    for each in imports_from_canada():
        if each.group in sectors:
            before, since = found.get(sectors[each.group], (0.0, 0.0))
            before += each.value * (each.period == "2024")
            since += each.value * (each.period in months) * 12.0 / len(months)
            found[sectors[each.group]] = before, since
    return found


@lru_cache(maxsize=1)
def published_results() -> tuple[Published, ...]:
    """Return what others found for the two countries."""
    texts = ("study", "date", "scenario", "country", "outcome", "value", "unit", "horizon")
    columns = (*texts, "model", "note")
    return tuple(
        Published(**_fact(row), **{name: row.text(name) for name in columns})
        for row in Table(FACTS / "published_results.csv", (*columns, *_FACT)).rows()
    )


_FACT = ("status", "source")


def _fact(row: Row) -> dict[str, str]:
    return {name: row.text(name) for name in _FACT}


@lru_cache(maxsize=1)
def _jobs() -> tuple[Jobs, ...]:
    texts = ("country", "sector", "covers", "industries")
    return tuple(
        Jobs(
            **_fact(row),
            **{name: row.text(name) for name in texts},
            year=int(row.number_in("year")),
            jobs=int(row.number_in("jobs", low=0.0)),
        )
        for row in Table(FACTS / "employment.csv", (*texts, "year", "jobs", *_FACT)).rows()
    )
