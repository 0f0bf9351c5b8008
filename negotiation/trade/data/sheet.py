"""`Sheet` and `Codes`: a CSV file with named columns that keeps all its faults."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from negotiation.errors import DataError, nearest
from negotiation.trade.cells import check_header, misnamed, number_problem
from negotiation.trade.data.source import Fault, Text
from negotiation.words import shown


class Sheet:
    """A CSV file with named columns that keeps all its faults."""

    def __init__(
        self,
        text: Text,
        names: Mapping[str, str],
        needed: Sequence[str],
        optional: Sequence[str] = (),
    ) -> None:
        self.text, self.names = text, names
        self.faults: list[Fault] = []
        self._at: dict[str, int] = {}
        self._records = text.records()
        _, header = next(self._records)
        self.header = [cell.strip() for cell in header]
        missing = [self.name(each) for each in needed if not self.has(each)]
        if missing:
            raise DataError(
                f"{text.name}, row 1: no column {', '.join(missing)}"
                f"{nearest(missing[0], self.header)}; found {', '.join(self.header)} "
                "(--column says what a column is called)"
            )
        check_header(text.name, self.header)
        misnamed(text.name, self.header, [self.name(each) for each in optional])

    def name(self, what: str) -> str:
        """Heading of the column that holds something."""
        return self.names.get(what, what)

    def has(self, what: str) -> bool:
        """Whether there is a column for something."""
        return self.name(what) in self.header

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield rows that have as many cells as the header."""
        for number, cells in self._records:
            if len(cells) == len(self.header):
                yield number, cells
                continue
            many = len(cells) > len(self.header)
            hint = " (a number with thousands separators is split in two)" if many else ""
            what = f"found {len(cells)} cells where the header has {len(self.header)}{hint}"
            self.faults.append(self.text.fault("numbers", what, row=number))

    def at(self, what: str) -> int:
        """Position of a column."""
        if what not in self._at:
            self._at[what] = self.header.index(self.name(what))
        return self._at[what]

    def fault(self, check: str, row: int, what: str, problem: str, size: float = math.nan) -> None:
        """Keep a fault of a cell."""
        self.faults.append(
            self.text.fault(
                check,
                problem,
                row=row,
                column=self.at(what) + 1,
                labels=("", self.name(what)),
                size=size,
            )
        )

    def number(self, row: int, cells: Sequence[str], what: str, low: float = 0.0) -> float | None:
        """Cell as a finite number that is at least `low`; None where it is not."""
        cell = cells[self.at(what)]
        try:
            value = float(cell) if "_" not in cell else math.nan
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self.fault("numbers", row, what, number_problem(cell))
            return None
        if value < low:
            least = "is negative" if low == 0.0 else f"is below {low:g}"
            self.fault("negative", row, what, f"{cell.strip()} {least}", size=-value)
            return None
        return value


class Codes:
    """Codes of several columns by their positions; what is unknown is told once for each code."""

    def __init__(self, sheet: Sheet, columns: Iterable[tuple[str, Mapping[str, int]]]) -> None:
        self.sheet, self.columns = sheet, tuple(columns)
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
            self.sheet.fault("labels", row, what, problem)
