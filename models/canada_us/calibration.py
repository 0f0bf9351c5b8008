"""The calibrated world and the duties in force, read from `data/`."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from negotiation import World, trade
from negotiation.trade import Table

Array = NDArray[np.float64]

DATA = Path(__file__).parent / "data"
CANADA, US = "CAN", "USA"
MARKETS = ("MEX", "EU27", "GBR", "CHN", "JKT", "OAS", "ROW")
TABLES = ("metals_energy", "autos", "forestry", "other")
RUNS = ("long_run", "short_run")
ELASTICITIES = ("central", "low", "high", "short_run")
PUBLISHED = ("bsy", "cp", "fgo", "gyy", "is", "ll", "shap", "u4")

#: Sets that stand for the long run; the short run has one of its own.
CENTRES = ("central", "published")

#: Tables of trade, by name: files of sectors and of flows. `icio` and `customs` are the revised
#: table, at basic prices and with trade between Canada and the United States at customs levels;
#: `first` is the table of version 0.1, without the sets `published`, `u2` and `u5`.
DATA_SETS = {
    "first": ("sectors.csv", "flows.csv"),
    "icio": ("revised/sectors.csv", "revised/flows.csv"),
    "customs": ("revised/sectors.csv", "revised/flows_customs.csv"),
}
DEFAULT_DATA = "first"
DATES = ("2025-12-31", "2026-03-15", "2026-07-15", "2026-08-20")
ENERGY = ("OIL", "PET")
AUTOS = "MVH"

#: Electricity is traded over wires between neighbours: no other market can be opened for it, no
#: posture taxes it beyond the duties in force, and the published export share counts without it.
NOT_GOODS = ("ELY", "CNS", "SRV")


@lru_cache(maxsize=48)
def world(elasticities: str, labour_elasticity: float = np.inf, data: str = DEFAULT_DATA) -> World:
    """Return the calibrated world, with one of its sets of trade elasticities.

    A finite labour elasticity is the short run. The sets `central` and `published` are for the
    long run, so that the set `short_run` then takes their place; any other set was asked for and
    stays.

    Parameters
    ----------
    elasticities : str
    labour_elasticity : float
    data : {"first", "icio", "customs"}
        The table of trade, see `DATA_SETS`.
    """
    if np.isfinite(labour_elasticity):
        short = world("central", data=data).short_run(labour_elasticity)
        if elasticities in CENTRES:
            return short
        return replace(world(elasticities, data=data), labour_elasticity=short.labour_elasticity)
    if elasticities != "central":
        return world("central", data=data).with_elasticities(elasticities)
    sectors, flows = DATA_SETS[data]
    return World.from_csv(DATA, sectors_file=sectors, flows_file=flows)


@lru_cache(maxsize=1)
def duties_in_force() -> dict[str, Array]:
    """US duties on Canada by date, anti-dumping included, and Canada's (`counter`): (S, 2)."""
    w = world("central")
    columns = {f"duty_{date.replace('-', '_')}": date for date in DATES}
    tables = {date: np.zeros((len(w.sectors), 2)) for date in (*DATES, "counter")}
    seen: set[tuple[str, int, int]] = set()

    def place(row: trade.Row, whose: str) -> tuple[int, int]:
        at = row.one_of("sector", w.sectors), row.one_of("use", trade.USES)
        if (whose, *at) in seen:
            raise row.error("sector", "the same sector and use are already in an earlier row")
        seen.add((whose, *at))
        return at

    penalty = "anti_dumping_countervailing"
    for row in Table(
        DATA / "us_tariffs_on_canada.csv", ("sector", "use", penalty, *columns)
    ).rows():
        at = place(row, "us")
        for column, date in columns.items():
            tables[date][at] = row.number_in(column, low=0) + row.number_in(penalty, low=0)
    counter = Table(DATA / "canada_tariffs_on_us.csv", ("sector", "use", "duty_2026_07_15"))
    for row in counter.rows():
        at = place(row, "canada")
        tables["counter"][at] = row.number_in("duty_2026_07_15", low=0)
    return tables
