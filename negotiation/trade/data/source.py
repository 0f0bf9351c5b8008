"""Text files of trade data: opened safely, read record by record, every fault kept."""

from __future__ import annotations

import csv
import dataclasses
import stat
from collections.abc import Iterator
from pathlib import Path

from negotiation.errors import DataError
from negotiation.trade.cells import separator
from negotiation.words import clean, from_spreadsheet

#: Layouts by name: `house` is the folder of `World.from_csv`.
LAYOUTS = ("house", "tidy", "icio", "wiod")

#: Money amounts of a row or column against its stated output, relative to that output and to a
#: hundredth of the mean output: published tables are rounded, and a row of thousands of cells
#: printed with four decimals is off by about 0.002.
TABLE_SUM = 1e-5

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
        Which of the checks it fails, a key of `trade_check.CHECKS`.
    where : str
        File, row and column.
    what : str
        What was found, what was expected, what to try.
    row, column : int or None
        Counted from 1 as they stand in the file.
    size : float
        How large it is, in money or as a share, where that means something.
    """

    check: str
    where: str
    what: str
    row: int | None = None
    column: int | None = None
    size: float = float("nan")

    @property
    def sentence(self) -> str:
        """The fault as one sentence."""
        return f"{self.where}: {self.what}"


@dataclasses.dataclass(frozen=True)
class Text:
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
        size: float = float("nan"),
    ) -> Fault:
        """Build a fault of a cell, a row or a column; `labels` are what row and column are of."""
        where = self.name
        for word, number, label in (("row", row, labels[0]), ("column", column, labels[1])):
            if number is not None:
                where += f", {word} {number}" + (f" ({label})" if label else "")
        return Fault(check, where, what, row, column, size)


def open_text(path: str | Path, expected: str = "a CSV file") -> Text:
    """Look at a file: that it is there, is text, holds something, and what separates its cells.

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
            raise DataError(f"{name} is a folder; expected {expected}")
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
    lines = [line for line in start.decode("utf-8-sig", "replace").splitlines() if line.strip()]
    if not lines:
        raise DataError(f"{name} is empty; expected {expected}")
    return Text(path, name, separator(lines[0]))
