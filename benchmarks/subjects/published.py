"""Published models and their answers, read from outside the project; absent in most checkouts."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from negotiation.trade import World, purged

Array = NDArray[np.float64]

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "validation"
NAFTA = FOLDER / "caliendo_parro_nafta"
TARIFF_WAR = FOLDER / "lashkaripour_wiod2014_nash"


@dataclass(frozen=True, eq=False)
class Nafta:
    """Caliendo and Parro (2015): the purged world of 1993, and tariffs of 2005 within NAFTA."""

    world: World
    tariff: Array
    expected: dict[str, dict[str, float]]


@lru_cache(maxsize=1)
def nafta() -> Nafta:
    regions = [row["region"] for row in _rows(NAFTA / "regions.csv")]
    value_added = _column(NAFTA / "regions.csv", "wL_n_value_added")
    sectors = [row["sector"] for row in _rows(NAFTA / "sectors.csv")]
    n, s = len(regions), len(sectors)
    table = _numbers(NAFTA / "bilateral.csv.gz")
    buyer, seller, sector = table[:, :3].astype(int).T
    share, before, after = (np.zeros((n, n, s)) for _ in range(3))
    for values, column in ((share, 3), (before, 5), (after, 6)):
        values[seller, buyer, sector] = table[:, column]
    table = _numbers(NAFTA / "io_gamma.csv.gz")
    inputs = np.zeros((n, s, s))
    # One entry is negative, -0.0006 (Canada: "Other" used by "Basic metals"); a share is not.
    inputs[tuple(table[:, :3].astype(int).T)] = np.maximum(table[:, 3], 0.0)
    table = _numbers(NAFTA / "region_sector.csv")
    made = np.zeros((n, s, 3))
    made[tuple(table[:, :2].astype(int).T)] = table[:, 2:]
    world = World.from_shares(
        regions=regions,
        sectors=sectors,
        share=share,
        tariff=before,
        value_added=value_added,
        final_share=made[..., 2],
        trade_elasticity=_column(NAFTA / "sectors.csv", "theta"),
        input_share=inputs,
    )
    expected = {
        row["Region"]: {name: float(row[name]) for name in list(row)[1:]}
        for row in _rows(NAFTA / "expected.csv")
    }
    return Nafta(world, np.repeat(after[..., None], 2, axis=-1), expected)


@dataclass(frozen=True, eq=False)
class TariffWar:
    """Lashkaripour (2021) on WIOD 2014: the balanced world, and tariffs by the formula."""

    world: World
    expected: dict[str, Array]


@lru_cache(maxsize=1)
def tariff_war() -> TariffWar:
    regions = [row["iso3"] for row in _rows(TARIFF_WAR / "countries.csv")]
    sectors = [row["sector"] for row in _rows(TARIFF_WAR / "sectors_sigma.csv")]
    n, s = len(regions), len(sectors)
    table = _numbers(TARIFF_WAR / "trade_tariff.csv.gz")
    where = tuple(table[:, :3].astype(int).T)
    paid, tariff = np.zeros((n, n, s)), np.zeros((n, n, s))
    paid[where], tariff[where] = table[:, 3], table[:, 4]
    world = World.from_arrays(
        regions=regions,
        sectors=sectors,
        flows=paid / (1.0 + tariff),
        tariff=np.repeat(tariff[..., None], 2, axis=-1),
        trade_elasticity=_column(TARIFF_WAR / "sectors_sigma.csv", "sig_IS") - 1.0,
    )
    names = ("nash_tariff_pct", "welfare_pct", "wage_hat", "income_hat")
    assert [row["country"] for row in _rows(TARIFF_WAR / "expected_nash.csv")] == regions
    expected = {name: _column(TARIFF_WAR / "expected_nash.csv", name) for name in names}
    return TariffWar(purged(world), expected)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _column(path: Path, name: str) -> Array:
    return np.array([float(row[name]) for row in _rows(path)])


def _numbers(path: Path) -> Array:
    """All columns of a table of numbers."""
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as packed:
            return np.loadtxt(packed, delimiter=",", skiprows=1)
    return np.loadtxt(path, delimiter=",", skiprows=1)
