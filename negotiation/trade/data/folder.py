"""The folder that `World.from_csv` reads; the first fault is raised, by file, row and column."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from negotiation.errors import DataError
from negotiation.tolerances import INTERMEDIATE_BALANCE, REGION_TOTALS
from negotiation.trade.checks import Array, frozen_mapping
from negotiation.trade.data.csv_file import Row, Table, read_rates
from negotiation.trade.rates import divisor

_THETA = "theta_"

#: Columns of regions.csv that the flows must add up to.
TOTALS = ("value_added_usd_m", "final_expenditure_usd_m")


def read_folder(
    folder: Path,
    elasticities: str = "central",
    tariff_unit: str | None = None,
    flows_file: str = "flows.csv",
) -> dict[str, Any]:
    """Read and check the four files of a world: what `World.from_arrays` needs.

    The name of the file of flows is relative to the folder, which several tables can share.
    """
    divisor(tariff_unit)
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; expected one with regions.csv and flows.csv")
    _, region_rows = rows_by_code(folder / "regions.csv", "region", TOTALS, ("name",))
    sector_table, sector_rows = rows_by_code(
        folder / "sectors.csv", "sector", (_THETA + elasticities,), ("name", "table")
    )
    regions, sectors = tuple(region_rows), tuple(sector_rows)
    sets = theta_sets(sector_table, sector_rows.values())
    flows, tariff = _flows(folder / flows_file, regions, sectors, tariff_unit)
    shares = _input_shares(folder, regions, sectors)
    _check_inputs(folder, regions, sectors, flows, shares, flows_file)
    check_totals(region_rows.values(), flows, file=flows_file)
    return {
        "regions": regions,
        "sectors": sectors,
        "flows": flows,
        "tariff": tariff,
        "tariff_unit": "fraction",  # by now
        "trade_elasticity": sets[elasticities],
        "input_share": shares,
        "elasticity_sets": frozen_mapping(sets),
        **labels(region_rows.values(), sector_rows.values()),
        "source": str(folder if flows_file == "flows.csv" else folder / flows_file),
    }


def rows_by_code(
    path: Path,
    key: str,
    needed: Sequence[str],
    optional: Sequence[str] = (),
    *,
    keeps: bool = False,
) -> tuple[Table, dict[str, Row]]:
    """Read the rows of a file by a code that each must have and that stands once."""
    table = Table(path, (key, *needed), optional, keeps=keeps)
    rows: dict[str, Row] = {}
    for row in table.rows():
        code = row.text(key)
        if not code:
            row.refuse(key, "is empty; expected a code", "labels")
        elif code in rows:
            row.refuse(key, f"'{code}' is already in row {rows[code].number}", "labels")
        else:
            rows[code] = row
    if not rows:
        raise DataError(f"{table.file.name} has no rows; expected one for each {key}")
    return table, rows


def theta_sets(table: Table, rows: Collection[Row]) -> dict[str, Array]:
    """Read all sets of trade elasticities, by name."""
    return {
        column.removeprefix(_THETA): np.array([row.number_in(column, above=0.0) for row in rows])
        for column in table.header
        if column.startswith(_THETA)
    }


def labels(regions: Collection[Row], sectors: Collection[Row]) -> dict[str, Any]:
    """Read names, and the negotiating tables of sectors."""
    return {
        "region_names": tuple(row.text("name", "") for row in regions),
        "sector_names": tuple(row.text("name", "") for row in sectors),
        # A table is part of the names of parameters, which know no hyphen.
        "tables": tuple(row.text("table", "other").replace("-", "_") for row in sectors),
    }


def _fill(
    rows: Iterable[Row],
    keys: tuple[tuple[str, tuple[str, ...]], ...],
    read: Callable[[Row], tuple[float, ...]],
    path: Path,
) -> Array:
    """Fill an array from long-format rows: each key combination once, none missing."""
    shape = tuple(len(codes) for _, codes in keys)
    values: Array | None = None
    seen = np.zeros(shape, dtype=int)
    for row in rows:
        index = tuple(row.one_of(column, codes) for column, codes in keys)
        cells = read(row)
        if values is None:
            values = np.zeros((*shape, len(cells)))
        if seen[index]:
            raise row.error(keys[0][0], f"the same combination is already in row {seen[index]}")
        seen[index] = row.number
        values[index] = cells
    if values is None or not seen.all():
        missing = np.argwhere(seen == 0)
        for axis, (column, codes) in enumerate(keys):
            for at, code in enumerate(codes):
                if not np.take(seen, at, axis=axis).any():
                    raise DataError(
                        f"{path}, column {column}: {code} has no rows; expected "
                        f"{np.take(seen, at, axis=axis).size}, one for every "
                        f"{' x '.join(name for name, _ in keys if name != column)}"
                    )
        names = ", ".join(
            f"{column} {codes[at]}" for (column, codes), at in zip(keys, missing[0], strict=True)
        )
        raise DataError(
            f"{path}: no row for {names} ({len(missing)} of {seen.size} combinations are missing)"
        )
    return values


def _flows(
    path: Path, regions: tuple[str, ...], sectors: tuple[str, ...], unit: str | None
) -> tuple[Array, Array]:
    sales = ("intermediate_usd_m", "final_usd_m")
    table = Table(path, ("sector", "origin", "destination", *sales, "tariff"))
    rows = list(table.rows())
    cells = _fill(
        rows,
        (("origin", regions), ("destination", regions), ("sector", sectors)),
        lambda row: (
            row.number_in(sales[0], low=0.0),
            row.number_in(sales[1], low=0.0),
            row.rate_in("tariff", unit),
        ),
        path,
    )
    read_rates(rows, "tariff", unit)
    return cells[..., :2], np.repeat(cells[..., 2:], 2, axis=-1)


def _input_shares(folder: Path, regions: tuple[str, ...], sectors: tuple[str, ...]) -> Array:
    path = folder / "input_coefficients.csv"
    table = Table(path, ("region", "using_sector", "input_sector", "coefficient"))
    rows = list(table.rows())
    shares = _fill(
        rows,
        (("region", regions), ("input_sector", sectors), ("using_sector", sectors)),
        lambda row: (row.number_in("coefficient", low=0.0),),
        path,
    )[..., 0]
    total = shares.sum(axis=1)
    if total.max() >= 1.0:
        region, sector = np.unravel_index(total.argmax(), total.shape)
        last = [
            row.number
            for row in rows
            if row.text("region") == regions[region] and row.text("using_sector") == sectors[sector]
        ]
        raise DataError(
            f"{path}, rows {last[0]} to {last[-1]}, column coefficient: inputs of region "
            f"{regions[region]}, using_sector {sectors[sector]} sum to "
            f"{total[region, sector]:.6g}; expected less than 1, the rest is value added"
        )
    return shares


def _check_inputs(
    folder: Path,
    regions: tuple[str, ...],
    sectors: tuple[str, ...],
    flows: Array,
    shares: Array,
    file: str,
) -> None:
    """Check that coefficients use what is delivered, tariffs at zero."""
    output = flows.sum(axis=(1, 3))
    delivered = flows[..., 0].sum(axis=0)
    used = np.einsum("rks,rs->rk", shares, output)
    gap = np.abs(used - delivered) / np.where(delivered > 0, delivered, 1.0)
    if gap.max() > INTERMEDIATE_BALANCE:
        region, sector = np.unravel_index(gap.argmax(), gap.shape)
        raise DataError(
            f"{folder / 'input_coefficients.csv'}, column coefficient: region {regions[region]} "
            f"uses {used[region, sector]:.8g} of input_sector {sectors[sector]}, but column "
            f"intermediate_usd_m of {file} delivers {delivered[region, sector]:.8g}, a relative "
            f"gap of {gap[region, sector]:.1e} where at most {INTERMEDIATE_BALANCE:.0e} is rounding"
        )


def check_totals(
    rows: Collection[Row],
    flows: Array,
    judged: Sequence[bool] | None = None,
    file: str = "flows.csv",
) -> None:
    """Check the totals of regions against the flows, tariffs at zero; those that are judged."""
    made = flows.sum(axis=(1, 2, 3)) - flows[..., 0].sum(axis=(0, 2))
    bought = flows[..., 1].sum(axis=(0, 2))
    for column, implied in zip(TOTALS, (made, bought), strict=True):
        for n, (row, value) in enumerate(zip(rows, implied, strict=True)):
            given = row.number_in(column, above=0.0)
            size = abs(given / value - 1.0) if value else math.inf
            if size > REGION_TOTALS and (judged is None or judged[n]):
                row.refuse(
                    column,
                    f"{given:.9g} where {file} implies {value:.9g}, a relative gap of "
                    f"{size:.1e} where at most {REGION_TOTALS:.0e} is rounding",
                    "accounts",
                    size,
                )
