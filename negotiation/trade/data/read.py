"""Trade data of any known layout: read, checked, put together; and what a folder holds."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from negotiation.errors import DataError, ParameterError, nearest
from negotiation.shell import command, mention
from negotiation.tolerances import TARIFF_BAN, TARIFF_HIGH, TARIFF_TIMES
from negotiation.trade.data.csv_file import CsvFile, Fault, open_csv
from negotiation.trade.data.labels import ICIO, WIOD, Vocabulary, plan_icio, plan_wiod
from negotiation.trade.data.matrix import TABLE_SUM, TradeReading, read_matrix
from negotiation.trade.data.table import (
    TradeTable,
    aggregate,
    read_map,
    read_tariffs,
    read_theta,
)
from negotiation.trade.data.tidy import COLUMNS, HOUSE, read_house, read_tidy
from negotiation.trade.rates import divisor, doubt
from negotiation.trade.world import World

#: Layouts by name: `house` is the folder of `World.from_csv`.
LAYOUTS = ("house", "tidy", "icio", "wiod")

_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9]*_\w+$")


@dataclasses.dataclass(frozen=True)
class Reader:
    """How a file is read.

    Attributes
    ----------
    layout : str
        `auto`, or one of `LAYOUTS`.
    columns : mapping of str to str
        `tidy`: headings of columns, by what they hold.
    coefficients : path, optional
        `tidy`: a file of input coefficients.
    final, inventory : sequence of str, optional
        `icio`, `wiod`: categories of final demand, and those among them that may be negative.
    merge : mapping of str to str, optional
        `icio`: regions that are parts of others; China's and Mexico's are known.
    tolerance : float
        Largest relative gap of a sum.
    tariff_unit : str, optional
        `fraction` or `percent`. Fractions by default, and then rates that look like percentages
        are asked about.
    """

    layout: str = "auto"
    columns: Mapping[str, str] = dataclasses.field(default_factory=dict)
    coefficients: str | Path | None = None
    final: Sequence[str] | None = None
    inventory: Sequence[str] | None = None
    merge: Mapping[str, str] | None = None
    tolerance: float = TABLE_SUM
    tariff_unit: str | None = None

    def __post_init__(self) -> None:
        if self.layout not in ("auto", *LAYOUTS):
            raise ParameterError(
                f"layout '{self.layout}' is unknown{nearest(self.layout, LAYOUTS)}; choose from "
                f"auto, {', '.join(LAYOUTS)}"
            )
        if not 0.0 <= self.tolerance < 1.0:
            raise ParameterError(
                f"a tolerance of {self.tolerance} was given; expected a share from 0 to 1"
            )
        divisor(self.tariff_unit)
        for column in self.columns:
            if column not in COLUMNS:
                raise ParameterError(
                    f"column '{column}' is unknown{nearest(column, COLUMNS)}; choose from "
                    f"{', '.join(COLUMNS)}"
                )

    @property
    def options(self) -> list[str]:
        """The same as words of a command line, without what is the default."""
        words = [] if self.layout == "auto" else ["--layout", self.layout]
        for what, name in self.columns.items():
            words += ["--column", f"{what}={name}"]
        if self.coefficients is not None:
            words += ["--coefficients", str(self.coefficients)]
        for option, codes in (("--final", self.final), ("--may-be-negative", self.inventory)):
            words += [option, ",".join(codes)] if codes else []
        for part, region in (self.merge or {}).items():
            words += ["--merge", f"{part}={region}"]
        words += ["--tariff-unit", self.tariff_unit] if self.tariff_unit else []
        return words + ([] if self.tolerance == TABLE_SUM else ["--tolerance", f"{self.tolerance}"])

    def read(self, path: str | Path) -> tuple[str, TradeReading]:
        """Read a file or a folder; return its layout, and what was found with every fault.

        Raises
        ------
        DataError
            Where it cannot be read at all.
        """
        path = Path(path)
        if self.layout == "house" or (self.layout == "auto" and path.is_dir()):
            return "house", read_house(path, self.tariff_unit)
        text = open_csv(path, "a CSV file of trade data")
        layout = self._guess(text) if self.layout == "auto" else self.layout
        if layout == "tidy":
            return layout, self._tidy(text)
        if layout == "icio":
            return layout, read_matrix(plan_icio(text, self._words(ICIO)), self.tolerance)
        return layout, read_matrix(plan_wiod(text, self._words(WIOD)), self.tolerance)

    def _tidy(self, text: CsvFile) -> TradeReading:
        _, header = next(text.records())
        house = {HOUSE[each]: each for each in HOUSE}
        cells = [cell.strip() for cell in header]
        own = {house[cell]: cell for cell in cells if cell in house}
        for what, cell in own.items():
            if what in cells and what not in self.columns:
                raise DataError(
                    f"{text.name}, row 1: columns {what} and {cell} hold the same, so that it is "
                    f"not clear which is meant; keep one, or name it (--column {what}={cell})"
                )
        coefficients = None if self.coefficients is None else open_csv(self.coefficients)
        return read_tidy(
            text,
            names={**own, **self.columns},
            coefficients=coefficients,
            tolerance=self.tolerance,
            named=self.columns,
            tariff_unit=self.tariff_unit,
        )

    def _words(self, known: Vocabulary) -> Vocabulary:
        """Vocabulary with the categories and regions that were given."""
        inventory = tuple(self.inventory) if self.inventory is not None else known.inventory
        final = tuple(self.final) if self.final is not None else known.final
        return dataclasses.replace(
            known,
            final=(*final, *(each for each in inventory if each not in final)),
            inventory=inventory,
            merge=known.merge if self.merge is None else self.merge,
        )

    def _guess(self, text: CsvFile) -> str:
        """Find the layout from the first row."""
        _, header = next(text.records())
        cells = [cell.strip() for cell in header]
        keys = [self.columns.get(each, each) for each in ("origin", "destination", "sector")]
        if set(keys) <= set(cells):
            return "tidy"
        labelled = sum(bool(_LABEL.match(cell)) for cell in cells[1:])
        if len(cells) > 2 and 2 * labelled > len(cells) - 1 and "RNr" not in cells:
            return "icio"
        if len(cells) > 8:
            return "wiod"
        raise DataError(
            f"{text.name}, row 1: the layout is not known by its first row, "
            f"{', '.join(cells[:6])}; expected origin, destination, sector, ... (tidy) or labels "
            "such as AUS_A01 (icio), or say which with --layout"
        )


def check_trade(path: str | Path, layout: str = "auto", **reading: object) -> Report:
    """Check trade data: every identity, with the size of its gap, and every fault.

    Parameters
    ----------
    path : path
        A file, or a folder in the layout of `World.from_csv`.
    layout : str
        `house`, `tidy`, `icio`, `wiod`, or `auto`.
    **reading
        Fields of `Reader`: `columns`, `coefficients`, `final`, `inventory`, `merge`, `tolerance`,
        `tariff_unit`.

    Returns
    -------
    Report

    Raises
    ------
    DataError
        Where the data cannot be read at all, in one sentence.
    """
    reader = Reader(layout, **reading)  # type: ignore[arg-type]
    found, result = reader.read(path)
    return report(result, found, reader.tolerance)


def read_trade(
    path: str | Path,
    layout: str = "auto",
    *,
    theta: float | str | Path | None = None,
    regions: str | Path | None = None,
    sectors: str | Path | None = None,
    tariffs: str | Path | None = None,
    inventories: str = "net",
    value_added_floor: float | None = None,
    **reading: object,
) -> World:
    """Read a world from trade data of any known layout.

    Parameters
    ----------
    path, layout, **reading
        As for `check_trade`.
    theta : float or path, optional
        Trade elasticity of all sectors, or a CSV file with columns `sector,theta`, by sectors of
        the data or of the map. Not needed for a folder that has its own.
    regions, sectors : path, optional
        Maps with columns `code,group`, and perhaps `name`; for sectors perhaps `table`.
    tariffs : path, optional
        A CSV file with columns `origin,destination,sector,tariff`, by codes of the data or of the
        maps; what it does not name is free of duty.
    inventories : str
        `net`, `produced` or `dropped`: see `TradeTable.settled`.
    value_added_floor : float, optional
        Smallest share of value added in an industry's output, in place of an error.

    Raises
    ------
    DataError
        For the first fault, saying how many there are.
    """
    table = import_trade(
        path,
        Reader(layout, **reading),  # type: ignore[arg-type]
        theta=theta,
        regions=regions,
        sectors=sectors,
        tariffs=tariffs,
        inventories=inventories,
        value_added_floor=value_added_floor,
    )
    return table.to_world()


def import_trade(
    path: str | Path,
    reader: Reader,
    *,
    theta: float | str | Path | None = None,
    regions: str | Path | None = None,
    sectors: str | Path | None = None,
    tariffs: str | Path | None = None,
    inventories: str = "net",
    value_added_floor: float | None = None,
) -> TradeTable:
    """Return the table that `read_trade` makes a world of, with notes of what was done to it."""
    _, result = reader.read(path)
    # Negative value added may vanish where industries are put together, or be lifted.
    mended = value_added_floor is not None or regions is not None or sectors is not None
    faults = [each for each in result.faults if not (mended and each.check == "value_added")]
    if faults:
        more = len(faults) - 1
        listing = mention(command("negotiation", "data", "check", str(path), *reader.options))
        several = f" (and {more} more; {listing} lists all)" if more else ""
        raise DataError(faults[0].sentence + several)
    table = result.table
    elasticities = read_theta(theta) if isinstance(theta, str | Path) else None
    duties = read_tariffs(tariffs, reader.tariff_unit) if tariffs is not None else None
    if isinstance(theta, float | int):
        if not 0.0 < theta < float("inf"):
            raise ParameterError(f"theta {theta} was given; expected a number above 0")
        table = table.with_theta(theta)
    maps = (
        read_map(regions, table.regions, "region") if regions is not None else None,
        read_map(sectors, table.sectors, "sector") if sectors is not None else None,
    )
    if elasticities is not None and elasticities.fit(table.sectors):
        table, elasticities = elasticities.to(table), None
    if duties is not None and duties.fit(table):
        table, duties = duties.to(table), None
    table = aggregate(table, *maps)
    if elasticities is not None:
        table = elasticities.to(table)
    if duties is not None:
        table = duties.to(table)
    if doubt(table.tariff) is not None:
        table = table.noted(
            f"tariffs up to {table.tariff.max():g} are fractions as given: the table is read again "
            "with --tariff-unit fraction (in Python tariff_unit='fraction')"
        )
    return table.settled(inventories, value_added_floor)


# --- every identity, with the size of its gap -----------------------------------------------------

#: What is checked, in the order in which it is told.
CHECKS = {
    "labels": "every label is known and stands once",
    "numbers": "every cell is a number",
    "negative": "no negative sale, inventories aside",
    "rows": "rows add up to output",
    "columns": "columns add up to output",
    "output": "output is the same by row and by column",
    "tariffs": "tariffs are fractions",
    "inputs": "coefficients use what is delivered",
    "value_added": "value added is above zero",
    "coefficients": "input coefficients sum to less than 1",
    "accounts": "value added + tariff revenue + imports - exports = final expenditure",
    "trade": "every region trades",
}


@dataclasses.dataclass(frozen=True)
class Check:
    """One identity.

    Attributes
    ----------
    key : str
        Of `CHECKS`.
    passed : bool or None
        None: it could not be judged, for want of totals or because of other faults.
    size : float
        Largest relative gap, share or amount; NaN where that means nothing.
    what : str
        What the size is of, and where it is.
    """

    key: str
    passed: bool | None
    size: float
    what: str

    @property
    def status(self) -> str:
        """PASS, FAIL or `not judged`."""
        return "not judged" if self.passed is None else "PASS" if self.passed else "FAIL"


@dataclasses.dataclass(frozen=True, eq=False)
class Report:
    """What `check_trade` found.

    Attributes
    ----------
    source, layout : str
    regions, sectors : tuple of str
    checks : tuple of Check
    faults : tuple of Fault
        All of them, one for each cause.
    notes : tuple of str
        What the data are like, without being wrong.
    warnings : tuple of str
        What is likely to be wrong, though no identity says so: tariffs out of line.
    """

    source: str
    layout: str
    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    checks: tuple[Check, ...]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def record(self) -> dict[str, Any]:
        """Everything as plain values, for JSON."""
        return {
            "source": self.source,
            "layout": self.layout,
            "ok": self.ok,
            "regions": list(self.regions),
            "sectors": list(self.sectors),
            "checks": [
                {
                    "check": CHECKS[each.key],
                    "status": each.status,
                    "size": _finite(each.size),
                    "of": each.what,
                }
                for each in self.checks
            ],
            "faults": [
                {
                    "check": CHECKS[each.check],
                    "row": each.row,
                    "column": each.column,
                    "size": _finite(each.size),
                    "sentence": each.sentence,
                }
                for each in self.faults
            ],
            "notes": list(self.notes),
            "warnings": list(self.warnings),
        }


def report(reading: TradeReading, layout: str, tolerance: float) -> Report:
    """Judge every identity of what was read."""
    table, faults = reading.table, list(reading.faults)
    region, size = _accounts(table)
    if not faults and size > tolerance:
        problem = (
            f"value added, tariff revenue and imports less exports of region {region} miss its "
            f"final expenditure by {100 * size:.2g} %"
        )
        faults.append(Fault("accounts", table.source, problem, size=size))
    if not faults:
        faults += _idle(table)
    by_key: dict[str, list[Fault]] = {key: [] for key in CHECKS}
    for fault in faults:
        by_key[fault.check].append(fault)
    measured = _measures(reading, layout, region, size)
    checks = []
    for key in CHECKS:
        own = by_key[key]
        passed: bool | None = not own
        if own:
            worst = max(own, key=lambda each: -1.0 if np.isnan(each.size) else each.size)
            many = f"{len(own)} faults, the worst: " if len(own) > 1 else ""
            checks.append(Check(key, False, worst.size, many + worst.where))
            continue
        if key not in measured:
            if key in ("rows", "columns", "output", "tariffs", "inputs"):
                continue  # this layout has no such thing
            checks.append(Check(key, passed, float("nan"), ""))
            continue
        size, what = measured[key]
        if not np.isfinite(size) and what:
            passed = None
        if (key == "coefficients" and size >= 1.0) or (key == "accounts" and size > tolerance):
            passed = None  # another fault is the cause, and is told
        checks.append(Check(key, passed, size, what))
    return Report(
        table.source,
        layout,
        table.regions,
        table.sectors,
        tuple(checks),
        tuple(faults),
        (*_notes(table), *table.notes),
        tuple(_out_of_line(table)),
    )


def _measures(
    reading: TradeReading, layout: str, region: str, size: float
) -> dict[str, tuple[float, str]]:
    """Size of each gap, and where; NaN with a reason where it cannot be judged."""
    table = reading.table
    found: dict[str, tuple[float, str]] = {}
    if layout in ("icio", "wiod"):
        for key in ("rows", "columns"):
            gap, label = reading.gaps.get(key, (float("nan"), ""))
            found[key] = (gap, f"largest gap, {label}" if label else "no totals, or other faults")
        both = "rows" in reading.gaps and "columns" in reading.gaps
        found["output"] = (float("nan"), "" if both else "no totals, or other faults")
    elif table.intermediate.any():
        found["inputs"] = (float("nan"), "")
    if table.tariff.any():
        i, n, s, _ = np.unravel_index(int(table.tariff.argmax()), table.tariff.shape)
        where = f"{table.regions[i]} to {table.regions[n]}, {table.sectors[s]}"
        found["tariffs"] = (float(table.tariff.max()), f"largest rate, {where}")
    output, cost = table.output, table.inputs.sum(axis=1)
    made = output > 0.0
    if made.any():
        share = np.where(made, cost / np.where(made, output, 1.0), 0.0)
        n, s = np.unravel_index(int(share.argmax()), share.shape)
        where = f"{table.regions[n]} {table.sectors[s]}"
        found["value_added"] = (1.0 - float(share[n, s]), f"smallest share of output, {where}")
        found["coefficients"] = (float(share[n, s]), f"largest sum, {where}")
    if region:
        found["accounts"] = (size, f"largest gap, {region}")
    return found


def _accounts(table: TradeTable) -> tuple[str, float]:
    """Region whose account is off the most, and by how much of its final expenditure."""
    flows, tariff = table.flows, table.tariff
    duty = flows * tariff
    final = (flows + duty)[..., 1].sum(axis=(0, 2))
    if table.value_added is not None and table.taxes is not None:
        added = (table.value_added + table.taxes).sum(axis=1)
    else:
        added = table.output.sum(axis=1) - table.inputs.sum(axis=(1, 2))
    added = added - duty[..., 0].sum(axis=(0, 2))
    balance = flows.sum(axis=(0, 2, 3)) - flows.sum(axis=(1, 2, 3))
    gap = np.abs(added + duty.sum(axis=(0, 2, 3)) + balance - final)
    size = gap / np.where(final > 0.0, final, 1.0)
    if not size.size:
        return "", float("nan")
    at = int(size.argmax())
    return table.regions[at], float(size[at])


def _abroad(table: TradeTable) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Exports and imports of each region."""
    pairs = table.flows.sum(axis=(2, 3))
    home = np.diag(pairs)
    return pairs.sum(axis=1) - home, pairs.sum(axis=0) - home


def _idle(table: TradeTable) -> list[Fault]:
    """Regions in isolation, or without production or purchases."""
    exports, imports = _abroad(table)
    faults = []
    for n, region in enumerate(table.regions):
        if len(table.regions) > 1 and exports[n] == 0.0 and imports[n] == 0.0:
            problem = f"region {region} neither sells nor buys abroad; leave it out or merge it"
            faults.append(Fault("trade", table.source, problem))
        elif not table.flows[:, n, :, 1].sum() > 0.0:
            problem = f"region {region} has no final purchases; leave it out or merge it"
            faults.append(Fault("accounts", table.source, problem))
    return faults


def _notes(table: TradeTable) -> list[str]:
    flows = table.flows
    zero = int((flows == 0.0).sum())
    notes = [f"{zero} of {flows.size} flows are zero ({100 * zero / max(flows.size, 1):.3g} %)"]
    exports, imports = _abroad(table)
    for what, values in (("sells", exports), ("buys", imports)):
        idle = [code for code, value in zip(table.regions, values, strict=True) if value == 0.0]
        if idle and len(table.regions) > 1:
            notes.append(f"{_few(idle)}: {what} nothing abroad")
    empty = int((table.output <= 0.0).sum())
    if empty:
        notes.append(f"{empty} of {table.output.size} industries sell nothing")
    if table.stocks.any():
        drawn, added = table.stocks[table.stocks < 0.0], table.stocks[table.stocks > 0.0]
        low = np.minimum(table.final + table.stocks, 0.0)
        notes.append(
            f"changes in inventories: {added.sum():.6g} added and {-drawn.sum():.6g} withdrawn; "
            f"{int((low < 0.0).sum())} final sales are below zero with them, {-low.sum():.6g} money"
        )
    return notes


def _out_of_line(table: TradeTable) -> Iterator[str]:
    """Say which tariffs are far above those of other origins, by importer and sector."""
    size = table.flows.sum(axis=3)
    paid = (table.flows * table.tariff).sum(axis=3)
    rate = np.divide(paid, size, out=np.zeros_like(size), where=size > 0.0)
    regions = range(len(table.regions))
    for n, s in np.ndindex(len(table.regions), len(table.sectors)):
        origins = [i for i in regions if i != n and size[i, n, s] > 0.0]
        odd = []
        for i in origins:
            others = [float(rate[j, n, s]) for j in origins if j != i]
            if others and TARIFF_HIGH <= rate[i, n, s] < TARIFF_BAN:
                middle = float(np.median(others))
                if rate[i, n, s] > TARIFF_TIMES * middle:
                    odd.append((i, middle))
        if odd:
            told = ", ".join(
                f"{100.0 * rate[i, n, s]:.1f} % from {table.regions[i]} "
                f"({100.0 * middle:.1f} % from the others, at the median)"
                for i, middle in sorted(odd, key=lambda each: -float(rate[each[0], n, s]))
            )
            yield (
                f"tariffs of {table.regions[n]} on {table.sectors[s]} are out of line: {told}; "
                "compare them with duties collected over imports"
            )


def _few(words: Sequence[str], limit: int = 8) -> str:
    more = f" and {len(words) - limit} more" if len(words) > limit else ""
    return ", ".join(words[:limit]) + more


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


# --- a short account of a folder ------------------------------------------------------------------

#: Name, headings, rows of a table.
Part = tuple[str, list[str], list[list[str | float | int]]]


def summary(folder: str | Path, tariff_unit: str | None = None) -> list[Part]:
    """Totals of the world, its regions and its sectors.

    Raises
    ------
    DataError
        For the first fault of the folder.
    """
    world = World.from_csv(folder, tariff_unit=tariff_unit)
    pairs = world.flows.sum(axis=(2, 3))
    exports = pairs.sum(axis=1) - np.diag(pairs)
    imports = pairs.sum(axis=0) - np.diag(pairs)
    abroad = ~np.eye(len(world.regions), dtype=bool)[:, :, None, None]
    crossing = world.flows * abroad
    duty = (crossing * world.tariff).sum(axis=(0, 2, 3))
    traded = crossing.sum(axis=(0, 1, 3))
    charged = (crossing * world.tariff).sum(axis=(0, 1, 3))
    regions: list[list[str | float | int]] = [
        [
            code,
            float(world.value_added[n]),
            float(world.income[n]),
            float(exports[n]),
            float(imports[n]),
            float(_percent(pairs[n, n], pairs[:, n].sum())),
            float(_percent(duty[n], imports[n])),
            world.region_names[n] if world.region_names else "",
        ]
        for n, code in enumerate(world.regions)
    ]
    sectors: list[list[str | float | int]] = [
        [
            code,
            world.tables[s] if world.tables else "",
            float(world.trade_elasticity[s]),
            float(world.output[:, s].sum()),
            float(traded[s]),
            float(_percent(charged[s], traded[s])),
            world.sector_names[s] if world.sector_names else "",
        ]
        for s, code in enumerate(world.sectors)
    ]
    total: list[list[str | float | int]] = [
        [
            len(world.regions),
            len(world.sectors),
            float(world.output.sum()),
            float(world.value_added.sum()),
            float(crossing.sum()),
        ]
    ]
    return [
        ("world", ["regions", "sectors", "output", "value added", "trade"], total),
        (
            "regions",
            ["region", "value added", "final", "exports", "imports", "home %", "tariff %", "name"],
            regions,
        ),
        ("sectors", ["sector", "table", "theta", "output", "trade", "tariff %", "name"], sectors),
    ]


def _percent(part: float, whole: float) -> float:
    return 100.0 * part / whole if whole else float("nan")
