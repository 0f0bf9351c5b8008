"""Square tables (origin and sector down, destination and use across), read row by row."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.trade.cells import number_problem
from negotiation.trade.data.source import TABLE_SUM, Fault, Text
from negotiation.trade.data.sums import BadCell, Side, excuse, sum_faults
from negotiation.trade.data.table import Array, TradeTable

#: What a row or a column holds. `OTHER` is passed over.
INDUSTRY, FINAL, STOCKS, TOTAL, ADDED, TAX, OTHER = range(7)

#: Negative sales smaller than this share of their row are rounding, and zero.
_FUZZ = 1e-9

#: Share of the mean output that is added to an industry's own before a gap is judged.
_SMALL = 0.01


@dataclasses.dataclass(frozen=True)
class Line:
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
    text : Text
    skip : int
        Records before the first row of numbers.
    first : int
        Cells before the first column of numbers.
    columns, rows : list of Line
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

    text: Text
    skip: int
    first: int
    columns: list[Line]
    rows: list[Line]
    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    faults: list[Fault]
    whole_rows: bool = True
    whole_columns: bool = True
    notes: tuple[str, ...] = ()
    names: tuple[tuple[str, ...], ...] = ((), ())


@dataclasses.dataclass(frozen=True, eq=False)
class Reading:
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

    def take(self, number: int, cells: Sequence[str], line: Line) -> None:
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

    def _industry(self, number: int, cells: Sequence[str], line: Line) -> None:
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
        self, number: int, cells: Sequence[str], line: Line, wanted: NDArray[np.intp]
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

    def _bad_cell(self, check: str, number: int, at: int, line: Line, what: str) -> None:
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

    def sides(self, tolerance: float) -> tuple[Side, Side]:
        """Rows and columns with their gaps."""
        plan = self.plan
        sums = np.array([row[2] for row in self.rows])
        stated = np.array([row[3] for row in self.rows])
        mean = float(np.nanmean(np.abs(stated))) if np.isfinite(stated).any() else 0.0
        mean = mean or float(np.abs(sums).mean() if sums.size else 0.0)
        at = self.total[0] if self.total.size else None
        rows = Side(
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
        columns = Side(
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


def read_matrix(plan: Plan, tolerance: float = TABLE_SUM) -> Reading:
    """Read a square table row by row; only sums are kept, so size is no matter.

    Parameters
    ----------
    plan : Plan
    tolerance : float
        Largest gap between a sum and its stated total, relative to the total.

    Returns
    -------
    Reading
        With every fault, one for each cause.
    """
    sums = _Sums(plan)
    for ordinal, (number, cells) in enumerate(plan.text.records()):
        line = plan.rows[ordinal - plan.skip] if ordinal >= plan.skip else Line(OTHER)
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
    return Reading(sums.table(), faults, gaps)


def _outputs(plan: Plan, rows: Side, columns: Side) -> list[Fault]:
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


def _value_added(sums: _Sums, columns: Side) -> list[Fault]:
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
