"""Which cell, row or column of a square table is to blame for sums that do not agree."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.trade.data.source import Fault, Text

Array = NDArray[np.float64]

#: Sums that are off, beyond which rows and columns are not matched with each other: a table with
#: more is wrong as a whole.
_MATCHED = 200


@dataclasses.dataclass(frozen=True, eq=False)
class Side:
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


def excuse(rows: Side, columns: Side, bad: Sequence[BadCell]) -> None:
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


def _gap(side: Side, at: int) -> float:
    return float(side.gap[at]) if at >= 0 else np.nan


def _take(side: Side, at: int, error: float) -> None:
    if at >= 0:
        side.gap[at] -= error


def sum_faults(text: Text, rows: Side, columns: Side) -> list[Fault]:
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


def _same(rows: Side, r: int, columns: Side, c: int) -> bool:
    """Whether a row and a column are off by one amount."""
    most = max(abs(rows.gap[r]), abs(columns.gap[c]))
    near = min(rows.allowed[r] + columns.allowed[c], 0.01 * most)
    return bool(abs(rows.gap[r] - columns.gap[c]) <= near)


def _scale(side: Side, at: int) -> float:
    return max(abs(float(side.stated[at])), abs(float(side.gap[at])))


def _sum_fault(text: Text, side: Side, at: int) -> Fault:
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
