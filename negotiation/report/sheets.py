"""Sheets of a workbook as XlsxWriter makes them: names, formats, safe texts and typed tables.

Every text is written as a text, whatever it begins with, and without control characters; nothing
in a file is a link or a formula that this module did not make one. The same content makes the same
bytes.
"""

from __future__ import annotations

import dataclasses
import datetime
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from negotiation.errors import OutputError
from negotiation.report.typed import Holds, TypedColumn, Value
from negotiation.words import printable

#: Rows and letters that a sheet and a cell hold, in every program that reads such files.
MOST_ROWS, MOST_LETTERS = 1_048_576, 32_767

#: Rows of a sheet that its head may need: title, notes, units, meanings and names.
HEAD_ROWS = 20

#: The day that every workbook was made on, so that equal results are equal files.
_MADE = datetime.datetime(2000, 1, 1)

#: Widths of columns, in letters, and how many rows are looked at for them and are made as high as
#: their texts; the height of a line in points.
_NARROWEST, _WIDEST, _LOOKED_AT = 12, 44, 3000
_LINE = 15.0

#: Letters across a page, and in a column of which nothing is said.
_PAGE, _DEFAULT = 100, 8.4

_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LETTERS = 31

INK, RULE, FAINT, HEAD = "#222222", "#BBBBBB", "#666666", "#F1EEE9"


@dataclasses.dataclass(frozen=True)
class Sum:
    """A row of a table that is the sum of others, which a reader may check.

    Attributes
    ----------
    total : int
    parts : tuple of int
    columns : tuple of int
    """

    total: int
    parts: tuple[int, ...]
    columns: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Placed:
    """Where a table stands in its sheet: rows and columns from 0.

    Attributes
    ----------
    sheet : str
    first, last : int
        Its rows of values.
    columns : mapping of str to int
    """

    sheet: str
    first: int
    last: int
    columns: dict[str, int]

    def reference(self, name: str) -> list[Any]:
        """The values of a column, as charts take them."""
        place = self.columns[name]
        return [self.sheet, self.first, place, self.last, place]


def safe(text: str) -> str:
    """Return a text that a cell can hold, with nothing in it that is not seen."""
    text = printable(text, keep="\n")
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 3]}..."


class Book:
    """A workbook that is being written; `close` completes the file.

    Parameters
    ----------
    path : Path
    title : str
        In the properties of the file.
    large : bool
        Whether its rows are written one by one and not held, which leaves no tables to sort.
    """

    def __init__(self, path: Path, title: str, *, large: bool = False) -> None:
        from xlsxwriter import Workbook

        self.large = large
        # A ZIP file on a disk that is full complains twice, the second time of its own accord.
        self._path, self._held = path, None if large else io.BytesIO()
        self._book: Any = Workbook(
            self._held or str(path),
            {
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "constant_memory": large,
                "tmpdir": str(path.parent) if large else None,
                "default_date_format": "yyyy-mm-dd",
            },
        )
        self._book.set_properties({"title": safe(title)[:255], "created": _MADE})
        self._book.set_calc_mode("auto")
        self._formats: dict[tuple[Any, ...], Any] = {}
        self._names: list[str] = []
        self._tables: set[str] = set()

    def close(self) -> None:
        """Write the file.

        Raises
        ------
        OSError
            If the disk refuses it.
        """
        from xlsxwriter.exceptions import FileCreateError

        try:
            self._book.close()
        except FileCreateError as refused:  # which is no OSError, but holds one
            raise OSError(*refused.args[0].args) from None
        if self._held is not None:
            self._path.write_bytes(self._held.getvalue())

    def chart(self, kind: str, subtype: str = "") -> Any:
        """Begin a chart."""
        return self._book.add_chart({"type": kind, **({"subtype": subtype} if subtype else {})})

    def look(self, **properties: Any) -> Any:
        """Return a format of cells."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(
                {"font_name": "Calibri", "font_size": 11, "valign": "top", **properties}
            )
        return self._formats[key]

    def sheet(self, wanted: str) -> Sheet:
        """Add a sheet; its name is made one that every program takes, and one of its kind."""
        name = self._name(wanted)
        self._names.append(name)
        made = self._book.add_worksheet(name)
        made.hide_gridlines(2)
        made.set_landscape()
        made.set_paper(9)
        made.fit_to_pages(1, 0)
        made.set_footer("&L&A&RPage &P of &N")
        return Sheet(self, made, name)

    def _name(self, wanted: str) -> str:
        name = _NOT_IN_SHEET_NAMES.sub(" ", printable(wanted))
        name = " ".join(name.split()).strip("' ")
        if len(name) > _LETTERS:
            cut = name[: _LETTERS + 1].rpartition(" ")[0]
            cut = re.sub(r"( (a|an|and|by|from|in|is|of|the|to|with))+$", "", cut)
            name = cut if len(cut) > _LETTERS // 2 else name[:_LETTERS]
        name = name.strip("' ,") or "Sheet"
        if name.casefold() == "history":  # which Excel keeps for itself
            name = "History of it"
        taken = {each.casefold() for each in self._names}
        made, count = name, 1
        while made.casefold() in taken:
            count += 1
            mark = f" ({count})"
            made = f"{name[: _LETTERS - len(mark)].rstrip()}{mark}"
        return made

    def table_name(self, sheet: str) -> str:
        """Return a name for the table of a sheet: letters, digits and underscores."""
        base = re.sub(r"\W+", "_", sheet, flags=re.ASCII).strip("_") or "table"
        name, count = f"t_{base}", 1
        while name.casefold() in self._tables:
            count += 1
            name = f"t_{base}_{count}"
        self._tables.add(name.casefold())
        return name


class Sheet:
    """A sheet of a `Book`, filled from the top."""

    def __init__(self, book: Book, made: Any, name: str) -> None:
        self.book, self.made, self.name = book, made, name
        self.row = 0
        self.breaks: list[int] = []

    # --- lines ------------------------------------------------------------------------------------

    def line(self, text: str, place: int = 0, *, wide: int = 0, **look: Any) -> None:
        """Write a line of text.

        Parameters
        ----------
        wide : int
            Letters of the column that the text is folded in; 0: it runs on over the next cells.
        """
        properties = {"font_color": INK, **look}
        if wide:
            properties["text_wrap"] = True
        text = safe(text)
        if wide:
            size = look.get("font_size", 11) / 11
            self.made.set_row(self.row, _LINE * size * _folded(text, wide / size))
        self.made.write_string(self.row, place, text, self.book.look(**properties))
        self.row += 1

    def pages(self) -> None:
        """Let every page begin where `breaks` say, at the size that things have."""
        self.made.set_print_scale(90)
        self.made.set_h_pagebreaks([row for row in self.breaks if row])

    def link(self, text: str, sheet: str, place: int = 0) -> None:
        """Write a link to another sheet of the same file; the row stays the same."""
        quoted = sheet.replace("'", "''")
        self.made.write_url(
            self.row,
            place,
            f"internal:'{quoted}'!A1",
            self.book.look(font_color="#0B4F8A", underline=1),
            string=safe(text),
        )

    def cell(self, place: int, text: str, **look: Any) -> None:
        """Write a text beside what stands in the row; the row stays the same."""
        self.made.write_string(
            self.row, place, safe(text), self.book.look(**{"font_color": INK, **look})
        )

    # --- tables -----------------------------------------------------------------------------------

    def table(
        self,
        columns: Sequence[TypedColumn],
        blocks: Iterable[Sequence[Sequence[Value]]] | None = None,
        sums: Sequence[Sum] = (),
        *,
        title: str = "",
        notes: Sequence[str] = (),
        meanings: bool = False,
    ) -> Placed:
        """Write a table: its units, its heads, and a row for every entry; heads stay in view.

        Units stand above the heads: below them they would be sorted with the rows.

        Parameters
        ----------
        columns : sequence of TypedColumn
            With their values, or without where `blocks` has them.
        blocks : iterable of blocks, optional
            For each block the values of every column.
        sums : sequence of Sum
            Sums that are written below as formulas.
        title : str
        notes : sequence of str
            What stands above all.
        meanings : bool
            Whether a row above the heads says what the columns are.

        Raises
        ------
        OutputError
            Where there are more rows than a sheet holds.
        """
        widths = [_width(column) for column in columns]
        for k, wide in enumerate(widths):
            self.made.set_column(k, k, wide)
        if title:
            self._over(title, widths, bold=True, font_size=13)
        for note in notes:
            self._over(note, widths, font_color=FAINT)
        if title or notes:
            self.row += 1
        self._heads(columns, widths, meanings=meanings)
        head = self.row
        first = self.row = head + 1
        looks = [self._look(column, indent=bool(k)) for k, column in enumerate(columns)]
        given = [[column.values for column in columns]] if blocks is None else blocks
        for block in given:
            self._rows(columns, looks, widths, block)
        last = self.row - 1
        if last >= first:
            self._framed(columns, head, last)
        self.made.freeze_panes(first, 1 if len(columns) > 2 else 0)
        self.made.repeat_rows(head)
        self.made.ignore_errors({"number_stored_as_text": f"A1:XFD{MOST_ROWS}"})
        for each in sums:
            self._sum(each, columns, looks, first)
        places = {column.name: k for k, column in enumerate(columns)}
        return Placed(self.name, first, max(last, first), places)

    def _over(self, text: str, widths: Sequence[float], **look: Any) -> None:
        """Write a text over as many columns as it needs, folded: a line would widen the page."""
        room, last = 0.0, -1
        size = look.get("font_size", 11) / 11
        while room < min(_PAGE, 1.1 * size * len(text)) or last < 1:
            last += 1
            room += widths[last] if last < len(widths) else _DEFAULT
        text = safe(text)
        self.made.set_row(self.row, _LINE * size * _folded(text, room / size))
        look = {"font_color": INK, "text_wrap": True, **look}
        self.made.merge_range(self.row, 0, self.row, last, "", self.book.look(**look))
        self.made.write_string(self.row, 0, text, self.book.look(**look))
        self.row += 1

    def _heads(
        self, columns: Sequence[TypedColumn], widths: Sequence[float], *, meanings: bool
    ) -> None:
        """Write the rows above the names of the columns."""
        rows: list[list[str]] = []
        if meanings:
            rows.append([column.meaning for column in columns])
        units = [column.unit for column in columns]
        if any(units) or meanings:
            rows.append(units)
        look = self.book.look(font_color=FAINT, italic=True, text_wrap=True, font_size=9)
        for row in rows:
            for k, text in enumerate(row):
                if text:
                    self.made.write_string(self.row, k, safe(text), look)
            tall = max(_folded(text, 1.15 * wide) for text, wide in zip(row, widths, strict=True))
            self.made.set_row(self.row, 12.5 * min(8, tall))
            self.row += 1
        for k, column in enumerate(columns):
            self.made.write_string(
                self.row, k, safe(column.name), self._head(column, indent=bool(k))
            )
        # Where columns can be filtered, a button hides a part of the head.
        tall = max(_folded(c.name, wide - 3) for c, wide in zip(columns, widths, strict=True))
        self.made.set_row(self.row, _LINE * tall)

    def _head(self, column: TypedColumn, *, indent: bool) -> Any:
        """Return the format of the name of a column: above its values."""
        return self.book.look(
            bold=True,
            text_wrap=True,
            bg_color=HEAD,
            bottom=1,
            border_color=RULE,
            valign="bottom",
            **_side(column, indent=indent),
        )

    def _look(self, column: TypedColumn, *, indent: bool) -> Any:
        """Return the format of the cells of a column."""
        if column.kind == Holds.TEXT:
            return self.book.look(text_wrap=True, **_side(column, indent=indent))
        if column.kind == Holds.DATE:
            return self.book.look(num_format="yyyy-mm-dd", **_side(column, indent=indent))
        digits = column.digits
        if digits is None:
            shown = "0.0###%" if column.kind == Holds.SHARE else "General"
        else:
            point = f".{'0' * digits}" if digits else ""
            shown = f"0{point}%" if column.kind == Holds.SHARE else f"#,##0{point}"
        if column.signed and shown != "General":
            shown = f"+{shown};-{shown};{shown}"
        return self.book.look(num_format=shown)

    def _rows(
        self,
        columns: Sequence[TypedColumn],
        looks: Sequence[Any],
        widths: Sequence[float],
        block: Sequence[Sequence[Value]],
    ) -> None:
        made = self.made
        for values in zip(*block, strict=True):
            if self.row >= MOST_ROWS:
                raise OutputError(_too_long("more"))
            tall = 1
            for k, value in enumerate(values):
                if value is None:
                    continue
                look = looks[k]
                if isinstance(value, str):
                    if len(value) > widths[k] - 2:
                        tall = max(tall, _folded(value, widths[k] - 2))
                    if columns[k].kind not in (Holds.TEXT, Holds.DATE):
                        look = self.book.look(align="right", font_color=FAINT)
                    made.write_string(self.row, k, safe(value), look)
                elif isinstance(value, bool):
                    made.write_boolean(self.row, k, value, self.book.look(align="left"))
                elif isinstance(value, datetime.date):
                    at = datetime.datetime(value.year, value.month, value.day)
                    made.write_datetime(self.row, k, at, look)
                else:
                    made.write_number(self.row, k, value, look)
            if tall > 1 and self.row < _LOOKED_AT:
                made.set_row(self.row, _LINE * min(tall, 20))
            self.row += 1

    def _framed(self, columns: Sequence[TypedColumn], head: int, last: int) -> None:
        """Make the rows a table that can be sorted and filtered."""
        if self.book.large:
            self.made.autofilter(head, 0, last, len(columns) - 1)
            return
        self.made.add_table(
            head,
            0,
            last,
            len(columns) - 1,
            {
                "name": self.book.table_name(self.name),
                "style": "Table Style Light 1",
                "banded_rows": True,
                "columns": [
                    {
                        "header": safe(column.name),
                        "header_format": self._head(column, indent=bool(k)),
                    }
                    for k, column in enumerate(columns)
                ],
            },
        )

    def _sum(
        self, each: Sum, columns: Sequence[TypedColumn], looks: Sequence[Any], first: int
    ) -> None:
        """Write what the parts add up to, and by how much the total differs."""
        self.row += 1
        faint = self.book.look(italic=True, font_color=FAINT)
        self.made.write_string(self.row, 0, "Sum of the parts", faint)
        self.made.write_string(self.row + 1, 0, "Total less that sum", faint)
        for k in each.columns:
            values = columns[k].values
            parts = [values[row] for row in each.parts]
            numbers = [float(part) for part in parts if isinstance(part, int | float)]
            total = values[each.total]
            if not isinstance(total, int | float) or not numbers:
                continue
            cells = ",".join(_spans(each.parts, first, k))
            self.made.write_formula(self.row, k, f"=SUM({cells})", looks[k], sum(numbers))
            self.made.write_formula(
                self.row + 1,
                k,
                f"={_name_of(first + each.total, k)}-{_name_of(self.row, k)}",
                self.book.look(num_format="0.0E+00"),
                float(total) - sum(numbers),
            )
        self.row += 2


def _side(column: TypedColumn, *, indent: bool) -> dict[str, Any]:
    """Words to the left, a little apart from numbers before them; numbers to the right."""
    if column.kind not in (Holds.TEXT, Holds.DATE):
        return {"align": "right"}
    return {"align": "left", "indent": 1} if indent else {"align": "left"}


def _width(column: TypedColumn) -> float:
    """Return the width of a column, in letters."""
    wide = max([len(word) + 3 for word in column.name.split()] + [len(column.name) // 2 + 3])
    for value in column.values[:_LOOKED_AT]:
        if isinstance(value, str):
            wide = max(wide, *(len(each) + 3 for each in value.split("\n")))
    if column.kind == Holds.TEXT and not column.values:
        wide = max(wide, 2 * _NARROWEST)
    return min(_WIDEST, max(_NARROWEST, wide))


def _folded(text: str, wide: float) -> int:
    """How many lines a text takes in a column, between words."""
    lines = 0
    for part in text.split("\n"):
        room = 0.0
        lines += 1
        for word in part.split(" "):
            if room and room + len(word) > wide:
                lines, room = lines + 1, 0.0
            room += len(word) + 1
            while room > wide + 1:
                lines, room = lines + 1, room - wide
    return lines


def _spans(rows: Sequence[int], first: int, place: int) -> Iterator[str]:
    """Name the cells of some rows, neighbours together."""
    begin = before = rows[0]
    for row in (*rows[1:], None):
        if row is not None and row == before + 1:
            before = row
            continue
        start, end = _name_of(first + begin, place), _name_of(first + before, place)
        yield start if begin == before else f"{start}:{end}"
        if row is not None:
            begin = before = row


def letters(place: int) -> str:
    """Name a column, counted from 0: A to Z, then AA."""
    name = ""
    place += 1
    while place:
        place, left = divmod(place - 1, 26)
        name = chr(ord("A") + left) + name
    return name


def _name_of(row: int, place: int) -> str:
    return f"{letters(place)}{row + 1}"


def check_rows(rows: int) -> None:
    """Refuse more rows than a sheet holds, before any work is done.

    Raises
    ------
    OutputError
    """
    if rows > MOST_ROWS - HEAD_ROWS:
        raise OutputError(_too_long(str(rows)))


def _too_long(rows: str) -> str:
    return (
        f"a sheet of a workbook holds {MOST_ROWS - HEAD_ROWS} rows below its head, and there are "
        f"{rows}; write a .parquet or .csv file with -o instead"
    )
