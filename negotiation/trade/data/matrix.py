"""Square tables (origin and sector down, destination and use across), read row by row."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.trade.data.csv_file import CsvFile, Fault, number_problem
from negotiation.trade.data.table import Array, TradeTable

#: Money amounts of a row or column against its stated output, relative to that output and to a
#: hundredth of the mean output: published tables are rounded, and a row of thousands of cells
#: printed with four decimals is off by about 0.002.
TABLE_SUM = 1e-5

#: What a row or a column holds. `OTHER` is passed over.
INDUSTRY, FINAL, STOCKS, TOTAL, ADDED, TAX, OTHER = range(7)

#: Negative sales smaller than this share of their row are rounding, and zero.
_FUZZ = 1e-9

#: Share of the mean output that is added to an industry's own before a gap is judged.
_SMALL = 0.01

#: Sums that are off, beyond which rows and columns are not matched with each other: a table with
#: more is wrong as a whole.
_MATCHED = 200


@dataclasses.dataclass(frozen=True)
class Account:
    """What a row is: its kind, region and sector (positions), and its label."""

    kind: int
    region: int = -1
    sector: int = -1
    label: str = ""


@dataclasses.dataclass(frozen=True, eq=False)
class Plan:
    """Where everything stands in a square table.

    Attributes
    ----------
    text : CsvFile
    skip : int
        Records before the first row of numbers.
    first : int
        Cells before the first column of numbers.
    columns, rows : list of Account
        In file order.
    regions, sectors : tuple of str
    faults : list of Fault
        Of the labels.
    whole_rows, whole_columns : bool
        Whether every column, every row is understood, so that sums can be judged.
    notes : tuple of str
    names : tuple of tuple of str
        Names of regions and of sectors, where the file has them.
    """

    text: CsvFile
    skip: int
    first: int
    columns: list[Account]
    rows: list[Account]
    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    faults: list[Fault]
    whole_rows: bool = True
    whole_columns: bool = True
    notes: tuple[str, ...] = ()
    names: tuple[tuple[str, ...], ...] = ((), ())


@dataclasses.dataclass(frozen=True, eq=False)
class TradeReading:
    """A table with what was found on the way.

    Attributes
    ----------
    table : TradeTable
    faults : list of Fault
    unjudged : tuple of str
        Regions whose account cannot be judged, because a cell of theirs has a fault.
    gaps : dict of str to (float, str)
        Largest relative gap of `rows` and `columns`, with the label where it is; without the key
        where it was not judged.
    """

    table: TradeTable
    faults: list[Fault]
    gaps: dict[str, tuple[float, str]]
    unjudged: tuple[str, ...] = ()


class _Sums:
    """Running sums over the rows of a file."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        kinds = np.array([column.kind for column in plan.columns])
        region = np.array([column.region for column in plan.columns])
        sector = np.array([column.sector for column in plan.columns])
        n, s = len(plan.regions), len(plan.sectors)
        self.industry = np.flatnonzero(kinds == INDUSTRY)
        self.read = np.flatnonzero(kinds != OTHER)
        self.total = np.flatnonzero(kinds == TOTAL)
        self.sold = np.flatnonzero((kinds == INDUSTRY) | (kinds == FINAL))
        self.everything = np.flatnonzero(np.isin(kinds, (INDUSTRY, FINAL, STOCKS)))
        self.parts = {kind: np.flatnonzero(kinds == kind) for kind in (INDUSTRY, FINAL, STOCKS)}
        self.region = {kind: region[at] for kind, at in self.parts.items()}
        self.user = region[self.industry] * s + sector[self.industry]
        self.shape = (n, s)
        self.sales = {kind: np.zeros((n, n, s)) for kind in self.parts}
        self.inputs = np.zeros((n, s, s))
        self.bought = np.zeros(len(plan.columns))  # column sums over industries
        self.added = np.zeros(len(plan.columns))
        self.taxes = np.zeros(len(plan.columns))
        self.stated = np.full(len(plan.columns), np.nan)
        self.final_tax = 0.0
        self.rows: list[tuple[int, str, float, float]] = []  # number, label, sum, stated
        self.total_row: tuple[int, str] | None = None
        self.added_row: tuple[int, str] | None = None
        self.whole_columns = plan.whole_columns
        self.faults: list[Fault] = []
        self.bad: list[BadCell] = []

    def take(self, number: int, cells: Sequence[str], line: Account) -> None:
        """Count one row."""
        plan = self.plan
        width = plan.first + len(plan.columns)
        if len(cells) != width:
            self.whole_columns = False
            many = len(cells) > width
            hint = " (a number with thousands separators is split in two)" if many else ""
            self.faults.append(
                plan.text.fault(
                    "numbers",
                    f"found {len(cells)} cells where the header has {width}{hint}",
                    row=number,
                    labels=(line.label, ""),
                )
            )
            return
        if line.kind == INDUSTRY:
            self._industry(number, cells, line)
            return
        values = self._numbers(number, cells, line, self.industry)
        if line.kind == ADDED:
            self.added += values
            self.added_row = (number, line.label)
        elif line.kind == TAX:
            self.taxes += values
            for at in (*self.parts[FINAL], *self.parts[STOCKS]):
                self.final_tax += _lenient(cells[plan.first + at])
        elif line.kind == TOTAL:
            self.stated = values
            self.total_row = (number, line.label)

    def _industry(self, number: int, cells: Sequence[str], line: Account) -> None:
        values = self._numbers(number, cells, line, self.read)
        sold = values[self.sold]
        total = float(values[self.everything].sum())
        if sold.size and sold.min() < 0.0:
            for at in self.sold[sold < 0.0]:
                if values[at] >= -_FUZZ * abs(total):
                    values[at] = 0.0
                    continue
                final = self.plan.columns[at].kind == FINAL
                hint = "; where it may be, name its category (--may-be-negative)" if final else ""
                self._bad_cell("negative", number, at, line, f"{values[at]:g} is negative{hint}")
                self.bad.append(BadCell(len(self.rows), int(at), lost=False))
        n, s = self.shape
        i, k = line.region, line.sector
        for kind, at in self.parts.items():
            if at.size:
                self.sales[kind][i, :, k] += np.bincount(
                    self.region[kind], weights=values[at], minlength=n
                )
        used = values[self.industry]
        self.inputs[:, k, :] += np.bincount(self.user, weights=used, minlength=n * s).reshape(n, s)
        self.bought[self.industry] += used
        stated = float(values[self.total[0]]) if self.total.size else np.nan
        self.rows.append((number, line.label, float(values[self.everything].sum()), stated))

    def _numbers(
        self, number: int, cells: Sequence[str], line: Account, wanted: NDArray[np.intp]
    ) -> Array:
        """Numbers of a row by column, zero where they are not wanted or cannot be read."""
        values = np.zeros(len(self.plan.columns))
        found: Sequence[str] = cells[self.plan.first :]
        if len(wanted) < len(values):
            found = [found[at] for at in wanted.tolist()]
        try:
            numbers = np.array(found, dtype=float)
            fine = np.isfinite(numbers).all() and "_" not in "".join(found)
        except ValueError:
            fine = False
        if fine:
            values[wanted] = numbers
            return values
        numbers = np.array([_float(cell) for cell in found])
        values[wanted] = np.where(np.isfinite(numbers), numbers, 0.0)
        for k in np.flatnonzero(~np.isfinite(numbers)).tolist():
            at, cell = wanted[k], found[k]
            self._bad_cell("numbers", number, at, line, number_problem(cell))
            row = len(self.rows) if line.kind == INDUSTRY else -1
            column = -1 if self.plan.columns[at].kind == TOTAL else int(at)
            self.bad.append(BadCell(row, column, lost=True))
        return values

    def _bad_cell(self, check: str, number: int, at: int, line: Account, what: str) -> None:
        label = self.plan.columns[at].label
        self.faults.append(
            self.plan.text.fault(
                check,
                what,
                row=number,
                column=self.plan.first + int(at) + 1,
                labels=(line.label, label),
            )
        )

    # --- what the sums say ------------------------------------------------------------------

    def sides(self, tolerance: float) -> tuple[Totals, Totals]:
        """Rows and columns with their gaps."""
        plan = self.plan
        sums = np.array([row[2] for row in self.rows])
        stated = np.array([row[3] for row in self.rows])
        mean = float(np.nanmean(np.abs(stated))) if np.isfinite(stated).any() else 0.0
        mean = mean or float(np.abs(sums).mean() if sums.size else 0.0)
        at = self.total[0] if self.total.size else None
        rows = Totals(
            "row",
            plan.columns[at].label if at is not None else "",
            plan.first + int(at) + 1 if at is not None else None,
            [row[1] for row in self.rows],
            [row[0] for row in self.rows],
            stated,
            (sums - stated) if plan.whole_rows else np.full(len(sums), np.nan),
            tolerance * (np.abs(stated) + _SMALL * mean),
        )
        judged = self.whole_columns and self.total_row and self.added_row
        gap = np.full(len(plan.columns), np.nan)
        if judged:
            every = self.bought + self.added + self.taxes - self.stated
            gap[self.industry] = every[self.industry]
        columns = Totals(
            "column",
            self.total_row[1] if self.total_row else "",
            self.total_row[0] if self.total_row else None,
            [column.label for column in plan.columns],
            [plan.first + c + 1 for c in range(len(plan.columns))],
            self.stated,
            gap,
            tolerance * (np.abs(self.stated) + _SMALL * mean),
        )
        return rows, columns

    def table(self) -> TradeTable:
        """Everything as one table."""
        plan, (n, s) = self.plan, self.shape
        both = self.sales[INDUSTRY] + self.sales[FINAL]
        abroad = ~np.eye(n, dtype=bool)[..., None]

        def of_industry(values: Array) -> Array:
            sums = np.bincount(self.user, weights=values[self.industry], minlength=n * s)
            return np.asarray(sums.reshape(n, s), dtype=float)

        notes = list(plan.notes)
        if self.final_tax:
            notes.append(
                f"taxes less subsidies of {self.final_tax:.6g} on final purchases dropped: final "
                "purchases are at basic prices"
            )
        if self.taxes.any():
            notes.append(
                f"taxes less subsidies and margins of {self.taxes.sum():.6g} on inputs counted as "
                "value added"
            )
        return TradeTable(
            regions=plan.regions,
            sectors=plan.sectors,
            intermediate=self.sales[INDUSTRY],
            inputs=self.inputs,
            final=self.sales[FINAL],
            stocks=self.sales[STOCKS],
            tariff=np.zeros((n, n, s, 2)),
            traded=np.asarray((both * abroad).sum(axis=(0, 1))),
            value_added=of_industry(self.added) if self.added_row else None,
            taxes=of_industry(self.taxes) if self.added_row else None,
            region_names=plan.names[0],
            sector_names=plan.names[1],
            notes=tuple(notes),
            source=plan.text.name,
        )


def read_matrix(plan: Plan, tolerance: float = TABLE_SUM) -> TradeReading:
    """Read a square table row by row; only sums are kept, so size is no matter.

    Parameters
    ----------
    plan : Plan
    tolerance : float
        Largest gap between a sum and its stated total, relative to the total.

    Returns
    -------
    TradeReading
        With every fault, one for each cause.
    """
    sums = _Sums(plan)
    for ordinal, (number, cells) in enumerate(plan.text.records()):
        line = plan.rows[ordinal - plan.skip] if ordinal >= plan.skip else Account(OTHER)
        if line.kind != OTHER:
            sums.take(number, cells, line)
    rows, columns = sums.sides(tolerance)
    excuse(rows, columns, sums.bad)
    faults = [*plan.faults, *sums.faults, *sum_faults(plan.text, rows, columns)]
    faults += _outputs(plan, rows, columns)
    faults += _value_added(sums, columns)
    gaps = {}
    for side in (rows, columns):
        size = np.abs(side.gap) / np.where(side.stated != 0.0, np.abs(side.stated), 1.0)
        if np.isfinite(size).any():
            at = int(np.nanargmax(size))
            gaps[side.word + "s"] = (float(size[at]), side.labels[at])
    faults.sort(key=lambda each: (each.row or 0, each.column or 0))
    return TradeReading(sums.table(), faults, gaps)


def _outputs(plan: Plan, rows: Totals, columns: Totals) -> list[Fault]:
    """Find industries whose two stated outputs differ although each agrees with its own sum."""
    if columns.at is None or rows.at is None:
        return []
    where = {column.label: c for c, column in enumerate(plan.columns) if column.kind == INDUSTRY}
    faults = []
    for r, label in enumerate(rows.labels):
        c = where.get(label)
        if c is None or not (np.isfinite(rows.gap[r]) and np.isfinite(columns.gap[c])):
            continue
        if rows.off[r] or columns.off[c]:
            continue
        gap = abs(rows.stated[r] - columns.stated[c])
        if gap > rows.allowed[r] + columns.allowed[c]:
            faults.append(
                plan.text.fault(
                    "output",
                    f"{columns.total} is {columns.stated[c]:.9g} where {rows.total} of its row "
                    f"{rows.numbers[r]} is {rows.stated[r]:.9g}",
                    row=columns.at,
                    column=columns.numbers[c],
                    labels=(columns.total, columns.labels[c]),
                    size=gap / max(abs(rows.stated[r]), abs(columns.stated[c])),
                )
            )
    return faults


def _value_added(sums: _Sums, columns: Totals) -> list[Fault]:
    """Find industries of which nothing is left after their inputs."""
    if sums.added_row is None:
        return []
    number, label = sums.added_row
    left = sums.added + sums.taxes
    judged = ~columns.off & np.isfinite(columns.gap)
    return [
        sums.plan.text.fault(
            "value_added",
            f"value added is {sums.added[c]:.6g}, {left[c]:.6g} with taxes, after inputs of "
            f"{sums.bought[c]:.6g}; expected more than 0: merge the industry with another, or set "
            "a floor (--value-added-floor 0.01)",
            row=number,
            column=columns.numbers[c],
            labels=(label, columns.labels[c]),
            size=-float(min(left[c], sums.added[c])),
        )
        for c in map(int, sums.industry)
        if judged[c]
        and (min(left[c], sums.added[c]) < 0.0 or (left[c] == 0.0 and sums.bought[c] > 0.0))
    ]


def _float(cell: str) -> float:
    """Read a cell as a number; NaN where it is none."""
    try:
        return float(cell) if "_" not in cell else float("nan")
    except ValueError:
        return float("nan")


def _lenient(cell: str) -> float:
    """Read a cell that only a note depends on."""
    value = _float(cell)
    return value if np.isfinite(value) else 0.0


# --- which cell, row or column is to blame for sums that do not agree -----------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Totals:
    """Rows, or columns, of the industries of a table.

    Attributes
    ----------
    word : str
        `row` or `column`.
    total : str
        What the stated totals are called.
    at : int or None
        Where the totals stand, a column or a row, from 1; None: there are none.
    labels : sequence of str
    numbers : sequence of int
        Where each stands in the file, from 1.
    stated, gap : array
        Stated output, and sum less stated output; NaN where it is not judged.
    allowed : array
        Largest gap that is rounding.
    """

    word: str
    total: str
    at: int | None
    labels: Sequence[str]
    numbers: Sequence[int]
    stated: Array
    gap: Array
    allowed: Array

    @property
    def off(self) -> NDArray[np.bool_]:
        """Whether a sum is off by more than rounding."""
        return np.asarray(np.abs(self.gap) > self.allowed)


@dataclasses.dataclass(frozen=True)
class BadCell:
    """A cell with a fault of its own: positions among rows and columns, -1 where it is in none.

    `lost` says that its value is not known: it was counted as zero.
    """

    row: int
    column: int
    lost: bool


def excuse(rows: Totals, columns: Totals, bad: Sequence[BadCell]) -> None:
    """Take out of the gaps what cells that are known to be bad explain; in place.

    A bad cell throws off its row and its column by the same amount, which is not a further fault.
    Where several bad cells share a row and a column, neither is judged.
    """
    left = []
    for cell in bad:
        if cell.lost and -1 in (cell.row, cell.column):  # a stated total, or value added
            _take(rows, cell.row, np.nan)
            _take(columns, cell.column, np.nan)
            continue
        r, c = _gap(rows, cell.row), _gap(columns, cell.column)
        if not cell.lost:
            fine_r = not np.isfinite(r) or abs(r) <= rows.allowed[cell.row]
            fine_c = not np.isfinite(c) or abs(c) <= columns.allowed[cell.column]
            both = np.isfinite(r) and np.isfinite(c)
            if (fine_r and fine_c) or (both and fine_r != fine_c):
                continue  # the sums count it as it stands, or the fault is elsewhere
        left.append(cell)
    in_row = Counter(cell.row for cell in left)
    in_column = Counter(cell.column for cell in left)
    while left:
        still = []
        for cell in left:
            r, c = _gap(rows, cell.row), _gap(columns, cell.column)
            if np.isfinite(c) and in_column[cell.column] == 1:
                error = c
            elif np.isfinite(r) and in_row[cell.row] == 1:
                error = r
            elif not np.isfinite(r) and not np.isfinite(c):
                error = 0.0
            else:
                still.append(cell)
                continue
            _take(rows, cell.row, error)
            _take(columns, cell.column, error)
            in_row[cell.row] -= 1
            in_column[cell.column] -= 1
        if len(still) == len(left):
            for cell in left:
                _take(rows, cell.row, np.nan)
                _take(columns, cell.column, np.nan)
            return
        left = still


def _gap(side: Totals, at: int) -> float:
    return float(side.gap[at]) if at >= 0 else np.nan


def _take(side: Totals, at: int, error: float) -> None:
    if at >= 0:
        side.gap[at] -= error


def sum_faults(text: CsvFile, rows: Totals, columns: Totals) -> list[Fault]:
    """List the sums that are off, one fault for each cause.

    A row and a column that are off by the same amount, as no others are, point at the cell where
    they meet.
    """
    faults = []
    off_rows = [int(r) for r in np.flatnonzero(rows.off)]
    off_columns = [int(c) for c in np.flatnonzero(columns.off)]
    for r in list(off_rows) if max(len(off_rows), len(off_columns)) <= _MATCHED else []:
        near = [c for c in off_columns if _same(rows, r, columns, c)]
        if len(near) != 1 or sum(_same(rows, k, columns, near[0]) for k in off_rows) != 1:
            continue
        c = near[0]
        off_rows.remove(r)
        off_columns.remove(c)
        gap = float(rows.gap[r])
        high, low = ("large", "small") if gap > 0 else ("small", "large")
        faults.append(
            text.fault(
                "rows",
                f"row and column both miss their {rows.total} by {gap:.6g}; this cell is too "
                f"{high} by that, or both totals are too {low}",
                row=rows.numbers[r],
                column=columns.numbers[c],
                labels=(rows.labels[r], columns.labels[c]),
                size=abs(gap) / _scale(rows, r),
            )
        )
    faults += [_sum_fault(text, rows, r) for r in off_rows]
    faults += [_sum_fault(text, columns, c) for c in off_columns]
    return faults


def _same(rows: Totals, r: int, columns: Totals, c: int) -> bool:
    """Whether a row and a column are off by one amount."""
    most = max(abs(rows.gap[r]), abs(columns.gap[c]))
    near = min(rows.allowed[r] + columns.allowed[c], 0.01 * most)
    return bool(abs(rows.gap[r] - columns.gap[c]) <= near)


def _scale(side: Totals, at: int) -> float:
    return max(abs(float(side.stated[at])), abs(float(side.gap[at])))


def _sum_fault(text: CsvFile, side: Totals, at: int) -> Fault:
    gap, stated = float(side.gap[at]), float(side.stated[at])
    size = abs(gap) / _scale(side, at)
    here: tuple[int | None, int | None] = (side.numbers[at], side.at)
    labels = (side.labels[at], side.total)
    if side.word == "column":
        here, labels = (here[1], here[0]), (labels[1], labels[0])
    return text.fault(
        side.word + "s",
        f"the {side.word} adds up to {stated + gap:.9g} but {side.total} is {stated:.9g}, a gap of "
        f"{gap:.6g} ({100 * size:.2g} %)",
        row=here[0],
        column=here[1],
        labels=labels,
        size=size,
    )
