"""The folder of `World.from_csv`, with every fault, where `World.from_csv` stops at the first."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from negotiation.errors import DataError
from negotiation.tolerances import INTERMEDIATE_BALANCE, REGION_TOTALS
from negotiation.trade import Row, Table, World
from negotiation.trade.data.matrix import Reading
from negotiation.trade.data.source import Fault, open_text
from negotiation.trade.data.tidy import HOUSE, read_tidy
from negotiation.words import clean

_TOTALS = ("value_added_usd_m", "final_expenditure_usd_m")


def read_house(folder: Path, tariff_unit: str | None = None) -> Reading:
    """Read regions.csv, sectors.csv, flows.csv and input_coefficients.csv of a folder.

    Raises
    ------
    DataError
        Where a file or a column is missing.
    """
    name = clean(str(folder))
    if not folder.is_dir():
        raise DataError(f"{name} is not a folder; expected one with regions.csv and flows.csv")
    faults: list[Fault] = []
    region_rows = _unique(folder / "regions.csv", "region", _TOTALS, faults)
    sector_rows = _unique(folder / "sectors.csv", "sector", ("theta_central",), faults)
    theta = {
        column.removeprefix("theta_"): [_cell(row, column, faults) for row in sector_rows.values()]
        for column in (next(iter(sector_rows.values())).cells if sector_rows else ())
        if column.startswith("theta_")
    }
    totals = {
        code: [_cell(row, column, faults) for column in _TOTALS]
        for code, row in region_rows.items()
    }
    regions, sectors = tuple(region_rows), tuple(sector_rows)
    reading = read_tidy(
        open_text(folder / "flows.csv"),
        names=HOUSE,
        coefficients=open_text(folder / "input_coefficients.csv"),
        tolerance=INTERMEDIATE_BALANCE,
        known=(regions, sectors),
        tariff_unit=tariff_unit,
    )
    table = dataclasses.replace(
        reading.table,
        theta={name: np.array(values) for name, values in theta.items()} if not faults else {},
        region_names=tuple(row.cells.get("name", "").strip() for row in region_rows.values()),
        sector_names=tuple(row.cells.get("name", "").strip() for row in sector_rows.values()),
        tables=tuple(
            row.cells.get("table", "other").strip().replace("-", "_")
            for row in sector_rows.values()
        ),
        source=name,
    )
    lost = any(each.check == "labels" for each in faults)  # then codes are unknown below
    codes = lost or any(each.check == "labels" for each in reading.faults)
    faults += [each for each in reading.faults if not (lost and each.check in ("labels", "inputs"))]
    if not codes:
        output = table.output
        implied = np.stack(
            [
                output.sum(axis=1) - table.intermediate.sum(axis=(0, 2)),
                table.final.sum(axis=(0, 2)),
            ],
            axis=1,
        )
        for (code, given), values in zip(totals.items(), implied, strict=True):
            if code in reading.unjudged:
                continue
            for column, stated, value in zip(_TOTALS, given, values, strict=True):
                if np.isnan(stated):
                    continue
                size = abs(stated / value - 1.0) if value else float("inf")
                if size > REGION_TOTALS:
                    problem = (
                        f"{stated:.9g} where flows.csv implies {value:.9g}, a gap of {size:.1e} "
                        f"where at most {REGION_TOTALS:.0e} is rounding"
                    )
                    faults.append(_fault("accounts", region_rows[code], column, problem, size))
    if not faults:
        try:
            World.from_csv(folder, tariff_unit=tariff_unit)
        except DataError as error:
            where, _, what = str(error).partition(": ")
            faults.append(Fault("accounts", where, what))
    return Reading(table, faults, {})


def _unique(path: Path, key: str, needed: tuple[str, ...], faults: list[Fault]) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for row in Table(path, (key, *needed)).rows():
        code = row.text(key)
        if not code or code in rows:
            said = f"'{code}' stands in row {rows[code].number} already" if code else "is empty"
            faults.append(_fault("labels", row, key, said))
            continue
        rows[code] = row
    if not rows:
        raise DataError(f"{clean(str(path))} has no rows; expected one for each {key}")
    return rows


def _cell(row: Row, column: str, faults: list[Fault]) -> float:
    try:
        return row.number_in(column, above=0.0)
    except DataError as error:
        faults.append(_fault("numbers", row, column, str(error).partition(": ")[2]))
        return float("nan")


def _fault(check: str, row: Row, column: str, what: str, size: float = float("nan")) -> Fault:
    at = list(row.cells).index(column) + 1
    where = f"{clean(str(row.path))}, row {row.number}, column {at} ({column})"
    return Fault(check, where, what, row.number, at, size)
