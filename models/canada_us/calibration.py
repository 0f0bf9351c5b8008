"""The calibrated world and the duties of both governments, read from `data/`."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from negotiation import World
from negotiation.trade import Catalogue, Parts, Schedule, read_schedules

DATA = Path(__file__).parent / "data"
CANADA, US = "CAN", "USA"
MARKETS = ("MEX", "EU27", "GBR", "CHN", "JKT", "OAS", "ROW")
TABLES = ("metals_energy", "autos", "forestry", "other")
RUNS = ("long_run", "short_run")

#: What transfers between regions are fixed in, by the name of the parameter and of the engine.
CLOSURES = {
    "transfers": "transfers",
    "us_wages": f"wages:{US}",
    "us_prices": f"consumer_prices:{US}",
    "balanced": "balanced",
}

#: Sets that stand for the long run; the short run has one of its own.
CENTRES = ("published", "central")
ELASTICITIES = (*CENTRES, "low", "high", "short_run")
PUBLISHED = ("bsy", "cp", "fgo", "gyy", "is", "ll", "shap", "u4")
UNIFORM = ("u2", "u5")

#: Who published the sets; data/README.md has the sources.
SET_NAMES = {
    "bsy": "Bagwell, Staiger and Yurukoglu",
    "cp": "Caliendo and Parro (2015)",
    "fgo": "Fontagné, Guimbard and Orefice (2022)",
    "gyy": "Giri, Yi and Yilmazkuday",
    "is": "Lashkaripour (2021)",
    "ll": "Lashkaripour and Lugovskyy",
    "shap": "Shapiro",
    "u4": "4 in all sectors",
    "u2": "2 in all sectors",
    "u5": "5 in all sectors",
}

#: Tables of trade by name: the file of flows. `icio` is at basic prices; `customs` has trade in
#: goods between Canada and the United States at customs levels.
TRADE = {"icio": "flows.csv", "customs": "flows_customs.csv"}

ENERGY = ("OIL", "PET")
OIL = "OIL"
AUTOS = "MVH"

#: Electricity is traded over wires between neighbours: no other market can be opened for it, no
#: posture taxes it beyond the duties in force, and the published export share counts without it.
NOT_GOODS = ("ELY", "CNS", "SRV")

#: Duties by date, and others; names without "us_on_canada_" and "canada_on_us_".
CATALOGUE = Catalogue.read(DATA / "schedules")
_PREFIX = {US: "us_on_canada_", CANADA: "canada_on_us_"}
MFN = "mfn"


def _listed(imposer: str) -> tuple[str, ...]:
    return tuple(
        name.removeprefix(_PREFIX[imposer])
        for name in CATALOGUE.rows
        if name.startswith(_PREFIX[imposer])
    )


SCHEDULES = {imposer: _listed(imposer) for imposer in _PREFIX}


def _latest(imposer: str, target: str) -> str:
    return CATALOGUE.latest_name(imposer, target).removeprefix(_PREFIX[imposer])


#: The latest schedules in force that are verified.
LATEST = {US: _latest(US, CANADA), CANADA: _latest(CANADA, US)}


@lru_cache(maxsize=4)
def _table(data: str) -> World:
    """Read a table of trade, once."""
    return World.from_csv(DATA, elasticities="published", flows_file=TRADE[data])


@lru_cache(maxsize=64)
def world(
    elasticities: str = "published",
    labour_elasticity: float = np.inf,
    data: str = "icio",
    oil_resource_share: float = 0.0,
) -> World:
    """Return the calibrated world, with one of its sets of trade elasticities.

    A finite labour elasticity is the short run. The sets `published` and `central` are for the
    long run, so that the set `short_run` then takes their place; any other set was asked for and
    stays.

    Parameters
    ----------
    elasticities : str
    labour_elasticity : float
    data : {"icio", "customs"}
        The table of trade, see `TRADE`.
    oil_resource_share : float
        Share of value added in crude oil and gas that a fixed resource earns, in every region.
    """
    if oil_resource_share:
        plain = world(elasticities, labour_elasticity, data, 0.0)
        return plain.with_specific_share({OIL: oil_resource_share})
    if np.isfinite(labour_elasticity):
        short = _table(data).short_run(labour_elasticity)
        if elasticities in CENTRES:
            return short
        long = _table(data).with_elasticities(elasticities)
        return replace(long, labour_elasticity=short.labour_elasticity)
    if elasticities != "published":
        return _table(data).with_elasticities(elasticities)
    return _table(data)


@lru_cache(maxsize=64)
def theta_of(elasticities: str) -> NDArray[np.float64]:
    """(S,) a set of trade elasticities."""
    return world(elasticities).trade_elasticity


def sectors() -> dict[str, str]:
    """Return the names of the sectors by code."""
    table = _table("icio")
    return dict(zip(table.sectors, table.sector_names, strict=True))


def schedule(imposer: str, name: str) -> Schedule:
    """Return a schedule of the catalogue: of one government, by its date or name."""
    return CATALOGUE.schedule(_PREFIX[imposer] + name)


@lru_cache(maxsize=64)
def parts(imposer: str, name: str) -> Parts:
    """Return the duties of a schedule of the catalogue by part, aligned to the sectors."""
    return schedule(imposer, name).arrays(_table("icio").sectors)


def own_schedule(posture: str, pair: tuple[str, str], given: str) -> Schedule:
    """Return the schedule that a user gave for a posture: a file, or a name in the catalogue."""
    pairs: Mapping[str, tuple[str, str]] = {posture: pair}
    return read_schedules({posture: given}, pairs, CATALOGUE)[posture]
