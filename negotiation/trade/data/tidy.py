"""Tidy trade data, one row for each flow; the folder of `World.from_csv` is a case of it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import DataError, nearest
from negotiation.tolerances import INTERMEDIATE_BALANCE, TARIFF_USUAL
from negotiation.trade.data.csv_file import CsvFile, Fault, Table, open_csv
from negotiation.trade.data.folder import (
    TOTALS,
    check_totals,
    labels,
    read_folder,
    rows_by_code,
    theta_sets,
)
from negotiation.trade.data.matrix import TABLE_SUM, TradeReading
from negotiation.trade.data.table import Array, TradeTable, above_usual
from negotiation.trade.rates import IN_FILES, doubt, percentage, question
from negotiation.trade.world import USES, World
from negotiation.words import clean, shown

#: Columns by what they hold, as `--column` renames them.
COLUMNS = (
    *("origin", "destination", "sector", "use", "value", "intermediate", "final", "tariff"),
    *("region", "using_sector", "input_sector", "coefficient"),
)
HOUSE = {"intermediate": "intermediate_usd_m", "final": "final_usd_m"}
_FLOW_KEYS = ("origin", "destination", "sector")


@dataclasses.dataclass(frozen=True)
class _Flow:
    """One row: where it stands, from where to where, and what is sold by use."""

    row: int
    codes: tuple[str, str, str]
    sales: dict[str, float]  # by use: intermediate, final, or the sector that uses it
    tariff: float
    stated: bool  # the cell says its unit


def read_tidy(
    text: CsvFile,
    *,
    names: Mapping[str, str] | None = None,
    coefficients: CsvFile | None = None,
    tolerance: float = TABLE_SUM,
    known: tuple[tuple[str, ...], tuple[str, ...]] | None = None,
    named: Collection[str] = (),
    tariff_unit: str | None = None,
) -> TradeReading:
    """Read one row for each flow.

    Columns `origin`, `destination`, `sector`, and either `intermediate` and `final`, or `value`
    and perhaps `use`, which is `intermediate`, `final`, or the code of the sector that uses it;
    without `use` all sales are final. A column `tariff` holds rates as fractions. Flows that have
    no row are zero; sales at home have to be there.

    Parameters
    ----------
    text : CsvFile
    names : mapping of str to str, optional
        Headings of columns, where they differ from `COLUMNS`.
    coefficients : CsvFile, optional
        A file with columns `region`, `using_sector`, `input_sector`, `coefficient`: cost shares of
        inputs in output, counted with or without tariffs. Needed where sales are intermediate and
        `use` does not name the using sector.
    tolerance : float
        Largest relative gap between inputs by coefficients and intermediate deliveries; up to it
        coefficients are rescaled.
    known : pair of tuples, optional
        Regions and sectors; every combination must then have a row.
    named : collection of str
        Columns that the user named, which says that they are meant.
    tariff_unit : str, optional
        `fraction` or `percent`; without it rates that look like percentages are a fault.

    Raises
    ------
    DataError
        Where a column is missing, or sales are told twice.
    """
    sheet = Table(text, _FLOW_KEYS, COLUMNS[3:8], names=names or {}, keeps=True)
    split = _by_columns(sheet, text, named)
    if not split and not sheet.has("value"):
        raise DataError(
            f"{text.name}, row 1: no column {sheet.heading('value')}, nor "
            f"{sheet.heading('intermediate')} and {sheet.heading('final')}; found "
            f"{', '.join(sheet.header)} (--column says what a column is called)"
        )
    flows = _flows(sheet, split, tariff_unit)
    if not flows:
        sheet.faults.append(text.fault("numbers", "no rows follow; expected one for each flow"))
    regions, sectors = known or _codes(sheet, flows)
    sold = _collect(sheet, flows, regions, sectors, quiet=known is None)
    if not flows:
        coefficients = None
    n, s = len(regions), len(sectors)
    if known is not None:
        _complete(sheet, text, regions, sectors, sold.seen)
    tariff = sold.tariff
    if not sheet.has("use") or split:
        tariff = np.repeat(tariff[..., 1:], 2, axis=-1)  # one rate for both uses
    notes = _high(flows)
    _ask(sheet, flows, tariff_unit)
    rows = sold.rows
    empty = n * n * s - len(rows)
    if empty:
        notes.append(f"{empty} of {n * n * s} flows have no row and count as zero")
    judged = np.ones(n, dtype=bool)
    if sheet.faults:  # flows that are not known leave the accounts of two regions open
        judged[list(sold.doubtful)] = False
        if sheet.has("use") and not split and any(each.check == "labels" for each in sheet.faults):
            judged[:] = False  # a flow may lack one of its uses
        for i, d, k in product(range(n), range(n), range(s)):
            if (i, d, k) not in rows:
                judged[[i, d]] = False
    inputs, net = sold.inputs, sold.sales[..., 0].sum(axis=0)
    if coefficients is not None:
        share, wrong, whole = read_coefficients(
            coefficients, names or {}, regions, sectors, complete=known is not None
        )
        sheet.faults += wrong
        output = sold.sales.sum(axis=(1, 3))
        inputs = share * output[:, None, :]
        judged &= whole
        gross = (sold.sales * (1.0 + tariff))[..., 0].sum(axis=0)
        deliveries = Deliveries(regions, sectors, share, output, net, gross)
        gaps = deliveries.faults(text, coefficients, rows, tolerance, judged)
        if not sheet.faults and not gaps:
            inputs = deliveries.inputs
        for gap, between in gaps:
            sheet.faults.append(gap)
            judged[list(between)] = False
    elif np.abs(net - inputs.sum(axis=2)).max(initial=0.0) > tolerance * net.max(initial=0.0):
        problem = (
            "column use holds both 'intermediate' and sectors; expected one of the two"
            if inputs.any()
            else "there are intermediate sales, but nothing says which sector uses them; give a "
            "file of input coefficients (--coefficients FILE)"
        )
        sheet.faults.append(text.fault("inputs", problem))
    abroad = ~np.eye(n, dtype=bool)[..., None]
    table = TradeTable(
        regions=regions,
        sectors=sectors,
        intermediate=sold.sales[..., 0],
        inputs=inputs,
        final=sold.sales[..., 1],
        stocks=np.zeros((n, n, s)),
        tariff=tariff,
        traded=np.asarray((sold.sales.sum(axis=-1) * abroad).sum(axis=(0, 1))),
        notes=tuple(notes),
        source=text.name,
    )
    if not sheet.faults:
        sheet.faults += used_up(coefficients or text, table)
    # In the order of the files, then of their rows.
    own = [each for each in sheet.faults if each.file == text.name]
    other = [each for each in sheet.faults if each.file != text.name]
    for faults in (own, other):
        faults.sort(key=lambda each: (each.row or 0, each.column or 0))
    unjudged = tuple(code for code, fine in zip(regions, judged, strict=True) if not fine)
    return TradeReading(table, own + other, {}, unjudged)


def _by_columns(sheet: Table, text: CsvFile, named: Collection[str]) -> bool:
    """Whether sales stand in a column for each use; refuse a file that tells them twice.

    Raises
    ------
    DataError
    """
    ways = {way: [each for each in way if sheet.has(each)] for way in (USES, ("value",), ("use",))}
    by_use, whole, use = ways.values()
    meant = [way for way in (USES, ("value",)) if set(way) & set(named)]
    if by_use and whole and len(meant) != 1:
        both = " and ".join(sheet.heading(each) for each in by_use)
        raise DataError(
            f"{text.name}, row 1: columns {sheet.heading('value')} and {both} both hold sales, so "
            "that it is not clear which are meant; keep value, or intermediate and final, or name "
            f"what is meant (--column value={sheet.heading('value')})"
        )
    split = len(by_use) == len(USES) and not (whole and meant == [("value",)])
    if split and use:
        raise DataError(
            f"{text.name}, row 1: column {sheet.heading('use')} says which use all sales of a row "
            f"are for, but columns {sheet.heading('intermediate')} and {sheet.heading('final')} "
            "hold those of each; keep value and use, or intermediate and final"
        )
    return split


@dataclasses.dataclass(frozen=True, eq=False)
class _Sold:
    """Sales (N, N, S, 2), tariffs of the same shape, inputs (N, S, S), and the row of each flow.

    `doubtful` are regions that sell or buy in a row with a fault.
    """

    sales: Array
    tariff: Array
    inputs: Array
    seen: dict[tuple[int, int, int, str], int]
    doubtful: set[int]

    @property
    def rows(self) -> dict[tuple[int, int, int], int]:
        """First row of each flow, all uses."""
        rows: dict[tuple[int, int, int], int] = {}
        for (i, n, k, _), row in self.seen.items():
            rows.setdefault((i, n, k), row)
        return rows


def _collect(
    sheet: Table,
    flows: Sequence[_Flow],
    regions: tuple[str, ...],
    sectors: tuple[str, ...],
    quiet: bool,
) -> _Sold:
    """Put flows into arrays; a tariff that differs between using sectors is weighted with sales."""
    n, s = len(regions), len(sectors)
    at_region = {code: at for at, code in enumerate(regions)}
    at_sector = {code: at for at, code in enumerate(sectors)}
    codes = Codes(sheet, zip(_FLOW_KEYS, (at_region, at_region, at_sector), strict=True))
    sales, charged = np.zeros((n, n, s, 2)), np.zeros((n, n, s, 2))
    low, high = np.full((n, n, s, 2), np.inf), np.full((n, n, s, 2), -np.inf)
    inputs = np.zeros((n, s, s))
    seen: dict[tuple[int, int, int, str], int] = {}
    doubtful: set[int] = set()
    for flow in flows:
        places = codes.find(flow.row, flow.codes)
        if places is None:
            continue
        i, d, k = places
        if not flow.sales:
            doubtful |= {i, d}
        for use, value in flow.sales.items():
            if (i, d, k, use) in seen:
                problem = f"the same flow is already in row {seen[(i, d, k, use)]}"
                sheet.refuse("numbers", flow.row, "origin", problem)
                doubtful |= {i, d}
                break
            seen[(i, d, k, use)] = flow.row
            if use not in USES and use not in at_sector:
                problem = f"{shown(use)} is unknown; expected intermediate, final or a sector"
                sheet.refuse("labels", flow.row, "use", problem + nearest(use, at_sector))
                doubtful |= {i, d}
                break
            at = (i, d, k, USES.index(use) if use in USES else 0)
            if use not in USES:
                inputs[d, k, at_sector[use]] += value
            sales[at] += value
            charged[at] += value * flow.tariff
            low[at], high[at] = min(low[at], flow.tariff), max(high[at], flow.tariff)
    if not quiet:
        codes.tell()
    mean = charged / np.where(sales > 0.0, sales, 1.0)
    tariff = np.where((low < high) & (sales > 0.0), mean, np.where(low <= high, low, 0.0))
    return _Sold(sales, tariff, inputs, seen, doubtful)


def _flows(sheet: Table, split: bool, unit: str | None) -> list[_Flow]:
    flows = []
    by_use, taxed = sheet.has("use") and not split, sheet.has("tariff")
    for row in sheet.rows():
        codes = (row.text("origin"), row.text("destination"), row.text("sector"))
        before = len(sheet.faults)
        for what, code in zip(_FLOW_KEYS, codes, strict=True):
            if not code:
                row.refuse(what, "is empty; expected a code", "labels")
        use = row.text("use") if by_use else "final"
        sales = {
            kind: row.number_in(kind if split else "value", low=0.0)
            for kind in (USES if split else (use,))
        }
        tariff = row.rate_in("tariff", unit) if taxed else 0.0
        if len(sheet.faults) > before:
            sales = {}
        if all(codes):  # a row without numbers still says that its codes are meant
            stated = taxed and percentage(row.text("tariff")) is not None
            rate = 0.0 if math.isnan(tariff) else tariff
            flows.append(_Flow(row.number, codes, sales, rate, stated))
    return flows


def _ask(sheet: Table, flows: Sequence[_Flow], unit: str | None) -> None:
    """Keep a fault for rates that look like percentages, at the first of them."""
    open_ = [] if unit else [flow for flow in flows if not flow.stated]
    at = doubt(np.array([flow.tariff for flow in open_]))
    if at is not None:
        rate = open_[at].tariff
        asked = f"the rate {question(rate, IN_FILES)}"
        sheet.refuse("tariffs", open_[at].row, "tariff", asked, size=rate)


def _high(flows: Sequence[_Flow]) -> list[str]:
    """Warn about tariffs above 100 %."""
    cells = [
        f"row {flow.row} ({flow.codes[0]} to {flow.codes[1]}, {flow.codes[2]}): {flow.tariff:g}"
        for flow in flows
        if flow.tariff > TARIFF_USUAL
    ]
    return [above_usual(cells)] if cells else []


def _codes(sheet: Table, flows: Sequence[_Flow]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Regions that both sell and buy, and sectors, in file order; a code on one side is a fault."""
    sides = [dict[str, int](), dict[str, int]()]
    for flow in flows:
        for side, code in zip(sides, flow.codes[:2], strict=True):
            side.setdefault(code, flow.row)
    words = (("origin", "destination", "buys"), ("destination", "origin", "sells"))
    for side, other, (own, missing, verb) in zip(sides, sides[::-1], words, strict=True):
        for code, row in side.items():
            if code not in other:
                problem = f"{shown(code)} is never a {missing}, so it {verb} nothing"
                sheet.refuse(
                    "labels",
                    row,
                    own,
                    problem + nearest(code, [each for each in other if each not in side]),
                )
    regions = tuple(code for code in sides[0] if code in sides[1])
    return regions, tuple(dict.fromkeys(flow.codes[2] for flow in flows))


def _complete(
    sheet: Table,
    text: CsvFile,
    regions: tuple[str, ...],
    sectors: tuple[str, ...],
    seen: Mapping[tuple[int, int, int, str], int],
) -> None:
    """Say which flows have no row, unless rows with faults are the reason."""
    found = {key[:3] for key in seen}
    every = product(range(len(regions)), range(len(regions)), range(len(sectors)))
    lost = [each for each in every if each not in found]
    if lost and not sheet.faults:
        i, d, k = lost[0]
        sheet.faults.append(
            text.fault(
                "labels",
                f"no row for origin {regions[i]}, destination {regions[d]}, sector {sectors[k]} "
                f"({len(lost)} of {len(lost) + len(found)} combinations are missing)",
            )
        )


class Codes:
    """Codes of several columns by their positions; what is unknown is told once for each code."""

    def __init__(self, table: Table, columns: Iterable[tuple[str, Mapping[str, int]]]) -> None:
        self.table, self.columns = table, tuple(columns)
        self._unknown: dict[str, tuple[int, str, Mapping[str, int], int]] = {}

    def find(self, row: int, codes: Sequence[str]) -> tuple[int, ...] | None:
        """Positions of the codes of a row; None where one is unknown."""
        found = []
        for (what, places), code in zip(self.columns, codes, strict=True):
            at = places.get(code)
            if at is None:
                first, column, known, times = self._unknown.get(code, (row, what, places, 0))
                self._unknown[code] = (first, column, known, times + 1)
                return None
            found.append(at)
        return tuple(found)

    def tell(self) -> None:
        """Keep a fault for each unknown code."""
        for code, (row, what, places, times) in self._unknown.items():
            hint = nearest(code, places)
            also = f", as in {times - 1} more rows" if times > 1 else ""
            problem = f"{shown(code)} is unknown{hint}{also}; expected {', '.join(places)}"
            self.table.refuse("labels", row, what, problem)


# --- input coefficients ---------------------------------------------------------------------------

_KEYS = ("region", "input_sector", "using_sector")


def read_coefficients(
    text: CsvFile,
    names: Mapping[str, str],
    regions: tuple[str, ...],
    sectors: tuple[str, ...],
    *,
    complete: bool,
) -> tuple[Array, list[Fault], NDArray[np.bool_]]:
    """Read (N, S, S) input coefficients `[region, input, using]`, and what is wrong with them.

    The last is (N,), whether all coefficients of a region are known. Where they need not be
    complete, what has no row is zero; but a sector that sells has to be in the file, or its code
    is misspelt in one of the two.

    Raises
    ------
    DataError
        Where a column is missing.
    """
    sheet = Table(text, (*_KEYS, "coefficient"), names=names, keeps=True)
    lists = [{code: at for at, code in enumerate(each)} for each in (regions, sectors, sectors)]
    codes = Codes(sheet, zip(_KEYS, lists, strict=True))
    share = np.zeros((len(regions), len(sectors), len(sectors)))
    seen: dict[tuple[int, ...], int] = {}
    for row in sheet.rows():
        at = codes.find(row.number, [row.text(what) for what in _KEYS])
        value = row.number_in("coefficient", low=0.0)
        if at is None or math.isnan(value):
            continue
        if at in seen:
            row.refuse("region", f"the same combination is already in row {seen[at]}")
            continue
        seen[at] = row.number
        share[at] = value
    codes.tell()
    if complete and len(seen) < share.size and not sheet.faults:
        problem = f"{share.size - len(seen)} of {share.size} combinations have no row"
        sheet.faults.append(text.fault("labels", problem))
    missing = [code for s, code in enumerate(sectors) if all(s not in at[1:] for at in seen)]
    if missing and not complete and not sheet.faults:
        known = [code for code in sectors if code not in missing]
        problem = (
            f"no row for {', '.join(missing)} of the flows{nearest(missing[0], known)}; expected "
            "every sector that sells"
        )
        sheet.faults.append(text.fault("labels", problem))
    found = np.zeros(share.shape, dtype=bool)
    for place in seen:
        found[place] = True
    return share, sheet.faults, np.asarray(found.all(axis=(1, 2)) | (not sheet.faults))


@dataclasses.dataclass(frozen=True, eq=False)
class Deliveries:
    """What coefficients use and what flows deliver.

    Attributes
    ----------
    regions, sectors : tuple of str
    share : (N, S, S) array
    output : (N, S) array
    net, gross : (N, S) array
        Intermediate deliveries by destination and sector, without and with tariffs.
    """

    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    share: Array
    output: Array
    net: Array
    gross: Array

    @property
    def used(self) -> Array:
        """(N, S) inputs by region and input sector."""
        return np.asarray(np.einsum("nks,ns->nk", self.share, self.output))

    @property
    def inputs(self) -> Array:
        """(N, S, S) inputs net of tariffs, rescaled to what is delivered."""
        used = self.used
        scale = np.where(used > 0.0, self.net / np.where(used > 0.0, used, 1.0), 0.0)
        return np.asarray(self.share * self.output[:, None, :] * scale[:, :, None])

    def faults(
        self,
        flows: CsvFile,
        coefficients: CsvFile,
        rows: Mapping[tuple[int, int, int], int],
        tolerance: float,
        judged: NDArray[np.bool_],
    ) -> list[tuple[Fault, set[int]]]:
        """List gaps above tolerance, with the regions whose accounts they leave open.

        Those that one flow explains are one fault, of that flow.

        A flow that is wrong throws off what its destination is delivered, and through the output of
        its origin all that the origin uses. Only regions that are `judged`, (N,), are.
        """
        used = self.used
        gaps = [_relative(used, bought) * judged[:, None] for bought in (self.net, self.gross)]
        with_duty = gaps[0].max() > max(gaps[1].max(), tolerance)
        bought, size = (self.gross, gaps[1]) if with_duty else (self.net, gaps[0])
        gap = used - bought
        off = size > tolerance
        found: list[tuple[Fault, set[int]]] = []
        for i in range(len(self.regions)):
            for k, n, error in self._suspects(gap, off, i, tolerance):
                origin, destination = self.regions[i], self.regions[n] if n >= 0 else ""
                where = f"the sale of sector {self.sectors[k]} from {origin}"
                where += f" to {destination}" if destination else ""
                fault = flows.fault(
                    "inputs",
                    f"{where} is {abs(error):.6g} too {'large' if error > 0 else 'small'} for "
                    f"the inputs that {origin}"
                    + (f" and {destination} use" if n not in (-1, i) else " uses"),
                    row=rows.get((i, n, k)),
                    size=abs(error) / float(max(self.output[i, k], abs(error))),
                )
                found.append((fault, {i, n} - {-1}))
                off[i] = False
                if n >= 0:
                    off[n, k] = False
        for n, k in np.argwhere(off).tolist():
            fault = coefficients.fault(
                "inputs",
                f"region {self.regions[n]} uses {used[n, k]:.8g} of input {self.sectors[k]} by its "
                f"coefficients, but {bought[n, k]:.8g} is delivered, a gap of "
                f"{100 * size[n, k]:.2g} %",
                size=float(size[n, k]),
            )
            found.append((fault, {n}))
        return found

    def _suspects(
        self, gap: Array, off: NDArray[np.bool_], i: int, tolerance: float
    ) -> list[tuple[int, int, float]]:
        """Find the sector and destination of the one flow of an origin that explains its gaps."""
        if not off[i].any() or off[i].sum() < 2 or len(self.sectors) < 2:
            return []
        allowed = 10 * tolerance * np.abs(gap[i]).max() + tolerance * self.net[i]
        fits = []
        for k in range(len(self.sectors)):
            unit = np.eye(len(self.sectors))[k]
            for home, way in ((False, self.share[i, :, k]), (True, self.share[i, :, k] - unit)):
                if not way.any():
                    continue
                error = float(way @ gap[i] / (way @ way))
                rest = np.abs(gap[i] - error * way)
                if (rest > allowed).any():
                    continue
                buyers = [i] if home else [int(n) for n in np.flatnonzero(off[:, k]) if n != i]
                if len(buyers) <= 1:
                    fits.append((float(rest.sum()), k, buyers[0] if buyers else -1, error))
        fits.sort()
        return [(k, n, error) for _, k, n, error in fits[:1]]


def _relative(a: Array, b: Array) -> Array:
    scale = np.maximum(np.abs(a), np.abs(b))
    return np.asarray(np.abs(a - b) / np.where(scale > 0.0, scale, 1.0))


def used_up(text: CsvFile, table: TradeTable) -> list[Fault]:
    """Find industries of which nothing is left after their inputs."""
    cost, output = table.inputs.sum(axis=1), table.output
    return [
        text.fault(
            "value_added",
            f"inputs of region {table.regions[n]}, sector {table.sectors[s]} cost {cost[n, s]:.6g} "
            f"of an output of {output[n, s]:.6g}; expected less, the rest is value added",
            size=float(cost[n, s] - output[n, s]),
        )
        for n, s in np.argwhere((cost >= output) & (cost > 0.0))
    ]


# --- a folder -------------------------------------------------------------------------------------


def read_house(folder: Path, tariff_unit: str | None = None) -> TradeReading:
    """Read regions.csv, sectors.csv, flows.csv and input_coefficients.csv of a folder.

    Every fault is kept, where `World.from_csv` stops at the first.

    Raises
    ------
    DataError
        Where a file or a column is missing.
    """
    name = clean(str(folder))
    if not folder.is_dir():
        raise DataError(f"{name} is not a folder; expected one with regions.csv and flows.csv")
    of_regions, region_rows = rows_by_code(folder / "regions.csv", "region", TOTALS, keeps=True)
    of_sectors, sector_rows = rows_by_code(
        folder / "sectors.csv", "sector", ("theta_central",), keeps=True
    )
    regions, sectors = tuple(region_rows), tuple(sector_rows)
    theta = theta_sets(of_sectors, sector_rows.values())
    faults = [*of_regions.faults, *of_sectors.faults]
    reading = read_tidy(
        open_csv(folder / "flows.csv"),
        names=HOUSE,
        coefficients=open_csv(folder / "input_coefficients.csv"),
        tolerance=INTERMEDIATE_BALANCE,
        known=(regions, sectors),
        tariff_unit=tariff_unit,
    )
    table = dataclasses.replace(
        reading.table,
        theta=theta if not faults else {},
        **labels(region_rows.values(), sector_rows.values()),
        source=name,
    )
    lost = any(each.check == "labels" for each in faults)  # then codes are unknown below
    codes = lost or any(each.check == "labels" for each in reading.faults)
    below = [each for each in reading.faults if not (lost and each.check in ("labels", "inputs"))]
    judged = [not codes and code not in reading.unjudged for code in regions]
    check_totals(region_rows.values(), table.flows, judged)
    faults = [*of_regions.faults, *of_sectors.faults, *below]
    if not faults:
        try:
            World.from_arrays(**read_folder(folder, tariff_unit=tariff_unit))
        except DataError as error:
            faults.append(Fault("accounts", name, str(error)))
    return TradeReading(table, faults, {})
