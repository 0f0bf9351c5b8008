"""The one reader of CSV files of trade data: what a file is, its named columns, its rows and cells.

A `Table` raises at the first fault, or keeps all of them where it is given a list for them.
"""

from __future__ import annotations

import csv
import dataclasses
import math
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from negotiation.errors import DataError, nearest
from negotiation.trade.rates import IN_FILES, divisor, doubt, percentage, question
from negotiation.words import clean, from_spreadsheet, printable

_QUOTED = re.compile(r'"[^"]*"')
_SHOWN = 30
_START = 65536

#: First bytes of files that people take for CSV, and what to do about them.
_BINARY = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook; unzip it, or save the sheet as CSV"),
    (b"\x1f\x8b", "a gzip archive; unpack it"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook; save the sheet as CSV"),
    (b"\xff\xfe", "UTF-16 text; save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text; save it as UTF-8"),
)


@dataclasses.dataclass(frozen=True)
class Fault:
    """Something wrong in a file, told in one sentence.

    Attributes
    ----------
    check : str
        Which of the checks it fails, a key of `trade.data.read.CHECKS`.
    where : str
        File, row and column.
    what : str
        What was found, what was expected, what to try.
    row, column : int or None
        Counted from 1 as they stand in the file.
    size : float
        How large it is, in money or as a share, where that means something.
    file : str
        The file, where it is in one.
    """

    check: str
    where: str
    what: str
    row: int | None = None
    column: int | None = None
    size: float = math.nan
    file: str = ""

    @property
    def sentence(self) -> str:
        """The fault as one sentence."""
        return f"{self.where}: {self.what}"


@dataclasses.dataclass(frozen=True)
class CsvFile:
    """A CSV file that was looked at: its name fit for a message, and its separator."""

    path: Path
    name: str
    delimiter: str

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the records that hold anything, each with the line it begins on.

        Raises
        ------
        DataError
            Where the file stops being CSV text.
        """
        line = 1
        try:
            with self.path.open(newline="", encoding="utf-8-sig") as file:
                reader = csv.reader(file, delimiter=self.delimiter, strict=True)
                for cells in reader:
                    if cells and (cells[0].strip() or any(cell.strip() for cell in cells)):
                        # Looked for once a row: rows are many, and hardly any has one.
                        if "'" in "".join(cells):
                            yield line, [from_spreadsheet(cell) for cell in cells]
                        else:
                            yield line, cells
                    line = reader.line_num + 1
        except UnicodeDecodeError as error:
            raise DataError(
                f"{self.name}, after row {line - 1}: found the byte "
                f"0x{error.object[error.start]:02x}, which is not UTF-8; save the file as UTF-8"
            ) from None
        except csv.Error as error:
            raise DataError(f"{self.name}, row {line}: cannot be read as CSV: {error}") from None
        except OSError as error:
            raise DataError(f"{self.name} cannot be read: {error.strerror or error}") from None

    def fault(
        self,
        check: str,
        what: str,
        *,
        row: int | None = None,
        column: int | None = None,
        labels: tuple[str, str] = ("", ""),
        size: float = math.nan,
    ) -> Fault:
        """Build a fault of a cell, a row or a column; `labels` are what row and column are of."""
        where = self.name
        for word, number, label in (("row", row, labels[0]), ("column", column, labels[1])):
            if number is not None:
                where += f", {word} {number}" + (f" ({label})" if label else "")
        return Fault(check, where, what, row, column, size, self.name)


def open_csv(path: str | Path, expected: str = "a CSV file") -> CsvFile:
    """Look at a file: that it is there, is text, holds something, and what separates its cells.

    Cells are separated by commas, semicolons or tabs, whichever the first line has most of:
    spreadsheets in half of Europe write semicolons.

    Raises
    ------
    DataError
        In one sentence, where it is not.
    """
    path = Path(path)
    name = clean(str(path))
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise DataError(f"{name} cannot be read: it is a folder; expected {expected}")
        if not stat.S_ISREG(status.st_mode):
            raise DataError(f"{name} is not a regular file; save it to one and give its name")
        with path.open("rb") as file:
            start = file.read(_START)
    except FileNotFoundError:
        raise DataError(f"{name} does not exist; expected {expected}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{name} cannot be read: {reason}") from None
    for mark, what in _BINARY:
        if start.startswith(mark):
            raise DataError(f"{name} is {what}; expected {expected}")
    if b"\x00" in start:
        raise DataError(f"{name} is not text; expected {expected}")
    lines = start.decode("utf-8-sig", "replace").splitlines()
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise DataError(f"{name} is empty; expected {expected}")
    return CsvFile(path, name, max(",;\t", key=_QUOTED.sub("", first).count))


class Table:
    """One CSV file with named columns; every error says where it stands.

    Parameters
    ----------
    file : path or CsvFile
    columns : sequence of str
        Columns the file must have; more are allowed.
    optional : sequence of str
        Columns that are read where the file has them. A heading that differs from one in case,
        blanks or hyphens alone is refused, where it would otherwise be passed over.
    names : mapping of str to str, optional
        Headings of columns, where they differ from what the columns are called here.
    keeps : bool
        Whether faults of cells and rows are kept in `faults`; otherwise the first is raised.

    Raises
    ------
    DataError
        If the file cannot be read, is empty, lacks a column or has one twice.
    """

    def __init__(
        self,
        file: Path | CsvFile,
        columns: Sequence[str],
        optional: Sequence[str] = (),
        *,
        names: Mapping[str, str] | None = None,
        keeps: bool = False,
    ) -> None:
        if not isinstance(file, CsvFile):
            file = open_csv(file, f"a CSV file with the columns {', '.join(columns)}")
        self.file, self._names = file, names or {}
        self.keeps = keeps
        self.faults: list[Fault] = []
        self.header = [cell.strip() for cell in next(file.records())[1]]
        _check_header(file.name, self.header)
        missing = [self.heading(each) for each in columns if not self.has(each)]
        if missing:
            what = f"column '{missing[0]}' is missing"
            told = f"; found {', '.join(self.header)}"
            if names is not None:
                what = f"no column {', '.join(missing)}"
                told += " (--column says what a column is called)"
            raise DataError(f"{file.name}, row 1: {what}{nearest(missing[0], self.header)}{told}")
        _check_misnamed(file.name, self.header, [self.heading(each) for each in optional])
        self._at: dict[str, int] = {}

    def heading(self, column: str) -> str:
        """Heading of a column in the file."""
        return self._names.get(column, column)

    def has(self, column: str) -> bool:
        """Whether the file has a column."""
        return self.heading(column) in self.header

    def at(self, column: str) -> int:
        """Position of a column."""
        if column not in self._at:
            self._at[column] = self.header.index(self.heading(column))
        return self._at[column]

    def rows(self) -> Iterator[Row]:
        """Yield the rows that have as many cells as the header, in file order."""
        records = self.file.records()
        next(records)
        width = len(self.header)
        for number, cells in records:
            if len(cells) == width:
                yield Row(self, number, cells)
                continue
            hint = ""
            if len(cells) > width and self.file.delimiter == ",":
                hint = "; a number has a decimal point, and a text that holds a comma quotes"
            what = f"{len(cells)} cells where the header has {width}{hint}"
            if not self.keeps:
                raise DataError(f"{self.file.name}, row {number}: {what}")
            self.faults.append(self.file.fault("numbers", what, row=number))

    def refuse(self, check: str, row: int, column: str, what: str, size: float = math.nan) -> None:
        """Keep a fault of a cell, or raise it where none are kept."""
        heading = self.heading(column)
        if not self.keeps:
            raise DataError(f"{self.file.name}, row {row}, column {heading}: {what}")
        at, labels = self.at(column) + 1, ("", heading)
        self.faults.append(
            self.file.fault(check, what, row=row, column=at, labels=labels, size=size)
        )


class Row:
    """One row of a `Table`; asks for cells by column.

    Where the table keeps its faults a cell that is no number is NaN.
    """

    __slots__ = ("number", "table", "values")

    def __init__(self, table: Table, number: int, values: list[str]) -> None:
        self.table, self.number, self.values = table, number, values

    @property
    def cells(self) -> dict[str, str]:
        """Cells by heading."""
        return dict(zip(self.table.header, self.values, strict=True))

    def text(self, column: str, default: str | None = None) -> str:
        """Cell as text; the default, if any, where the file has no such column."""
        if default is not None and not self.table.has(column):
            return default
        return self.values[self.table.at(column)].strip()

    def number_in(self, column: str, low: float = -math.inf, above: float = -math.inf) -> float:
        """Cell as a finite number, at least `low` and more than `above`."""
        text = self.values[self.table.at(column)]
        try:
            value = math.nan if "_" in text else float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self.refuse(column, number_problem(text))
            return math.nan
        if value < low:
            least = "is negative" if low == 0 else f"is below {low:g}"
            self.refuse(column, f"{text.strip()} {least}", "negative", -value)
            return math.nan
        if value <= above:
            self.refuse(column, f"{text.strip()} is not above {above}")
            return math.nan
        return value

    def rate_in(self, column: str, unit: str | None = None) -> float:
        """Cell as a tariff, in fractions: above -1, in a unit, or with a percent sign."""
        rate = percentage(self.values[self.table.at(column)])
        if rate is None:
            rate = self.number_in(column) / divisor(unit)
        if rate <= -1.0:
            self.refuse(column, f"{self.text(column)} is not above {-divisor(unit):g}", "negative")
            return math.nan
        return rate

    def one_of(self, column: str, known: tuple[str, ...]) -> int:
        """Position of the cell among known codes."""
        text = self.text(column)
        if text not in known:
            raise self.error(
                column,
                f"'{text}' is not known{nearest(text, known)}; expected one of {', '.join(known)}",
            )
        return known.index(text)

    def error(self, column: str, what: str) -> DataError:
        """Error that names this cell."""
        heading = self.table.heading(column)
        return DataError(f"{self.table.file.name}, row {self.number}, column {heading}: {what}")

    def refuse(
        self, column: str, what: str, check: str = "numbers", size: float = math.nan
    ) -> None:
        """Keep a fault of this cell, or raise it where the table keeps none."""
        self.table.refuse(check, self.number, column, what, size)


def read_rates(rows: Sequence[Row], column: str, unit: str | None = None) -> list[float]:
    """Read tariffs; rates that look like percentages are asked about unless `unit` is stated.

    Raises
    ------
    DataError
        Naming the cell.
    """
    rates = [row.rate_in(column, unit) for row in rows]
    open_ = [] if unit else [k for k, row in enumerate(rows) if not percentage(row.text(column))]
    at = doubt(np.array([rates[k] for k in open_]))
    if at is not None:
        raise rows[open_[at]].error(column, question(rates[open_[at]], IN_FILES))
    return rates


def _alike(heading: str) -> str:
    """Return what remains of a heading where case, blanks and hyphens do not count."""
    return re.sub(r"[\W_]+", "", heading).casefold()


def _check_header(name: str, header: Sequence[str]) -> None:
    """Refuse a column that occurs twice, also where only case, blanks or hyphens differ."""
    seen: dict[str, str] = {}
    for column in filter(None, header):
        before = seen.setdefault(_alike(column) or column, column)
        if header.count(column) > 1:
            raise DataError(f"{name}, row 1: column {printable(column)} occurs twice; keep one")
        if before != column:
            raise DataError(
                f"{name}, row 1: columns {printable(before)} and {printable(column)} differ "
                "in case or punctuation only, so that it is not clear which is meant; keep one"
            )


def _check_misnamed(name: str, header: Sequence[str], optional: Sequence[str]) -> None:
    """Refuse a heading that is an optional column but for case, blanks or hyphens."""
    for column in optional:
        for heading in header:
            if column not in header and heading and _alike(heading) == _alike(column):
                raise DataError(
                    f"{name}, row 1: column {printable(heading)} is not read; expected it to be "
                    f"called {column}"
                )


def number_problem(text: str) -> str:
    """Say why a cell is no number, and what to write."""
    text = text.strip()
    if not text:
        return "'' is not a number: the cell is empty; write 0 for nothing"
    if is_number(text) and "_" not in text:
        return f"{text} is not a finite number"
    short = text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
    what = f"'{printable(short)}' is not a number"
    if text.endswith("%") and is_number(text[:-1]):
        return f"{what}; write {float(text[:-1]) / 100.0:g}"
    whole, comma, part = text.partition(",")
    if comma and whole.lstrip("+-").isdigit() and part.isdigit():
        # 1,234 may be either; 0,125 and 1234,567 are decimal fractions.
        if len(part) != 3 or whole.lstrip("+-").startswith("0") or len(whole.lstrip("+-")) > 3:
            return f"{what}; write a decimal point, as in {whole}.{part}"
        return (
            f"{what}; write a decimal point and no thousands separators, {whole}.{part} or "
            f"{whole}{part}"
        )
    thousands, comma, part = text.rpartition(",")
    if comma and part.isdigit() and is_number(thousands.replace(".", "")) and "." in thousands:
        return f"{what}; write a decimal point, as in {thousands.replace('.', '')}.{part}"
    bare = text.replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace("_", "")
    if bare != text or is_number(bare.replace(",", "")):
        return f"{what}; write it without thousands separators, as in 1234.5"
    return what


def is_number(text: str) -> bool:
    """Whether a text reads as a number, finite or not."""
    try:
        float(text)
    except ValueError:
        return False
    return True
