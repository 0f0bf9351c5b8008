"""Any document as a workbook: what it says, its tables with numbers as numbers, and its charts.

The sheets are: what the file is, the answer in sentences, one sheet for every table, the charts
and their numbers, all rows or all numbers of the result to 16 digits, parameters, and what the
columns mean.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import singledispatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation import interrupts
from negotiation.coded import Coded
from negotiation.errors import NegotiationError, missing_extra
from negotiation.glossary import MONEY, Term, find
from negotiation.report.columnar import SweptTable
from negotiation.report.document import (
    Block,
    Command,
    Document,
    Form,
    Heading,
    Items,
    Lines,
    Notes,
    NumberedStep,
    Paragraph,
    Picture,
    Provenance,
    Rows,
    Table,
)
from negotiation.report.figure import Figure
from negotiation.report.native_chart import charted
from negotiation.report.output import writing
from negotiation.report.render import plain
from negotiation.report.sheets import MOST_ROWS, Book, Sheet, Sum
from negotiation.report.typed import Holds, TypedColumn, Value, column, distinct, fraction, typed
from negotiation.words import opening

if TYPE_CHECKING:
    import pandas as pd

    from negotiation.case import Case

#: From so many cells on, rows are written one by one and not held.
_LARGE = 1_000_000

#: Rows that are turned into cells at once.
_AT_ONCE = 4096

#: Letters of a name that no sheet has.
_LONG = 31

#: Letters in a line of the sheets of text.
_WIDE = 110

ANSWER, CHARTS, ROWS, NUMBERS = "Answer", "Charts", "Rows", "Numbers"
PARAMETERS, GLOSSARY, READ_ME = "Parameters", "Glossary", "Read me"


def check_workbook(path: Path) -> None:
    """Refuse a workbook that cannot be written, before any work is done.

    Raises
    ------
    MissingExtraError
        Without XlsxWriter, which the extra `excel` brings.
    """
    from importlib.util import find_spec

    if find_spec("xlsxwriter") is None:
        raise missing_extra("XlsxWriter", f"Writing {path.name}")


def workbook(
    document: Document,
    path: Path,
    *,
    case: Case | None = None,
    command: str = "",
    table: SweptTable | None = None,
) -> int:
    """Write a document as a workbook, whole or not at all; return its rows of data.

    Parameters
    ----------
    path : Path
        A name that ends in `.xlsx`.
    case : Case, optional
        What was asked: its parameters get a sheet.
    command : str
        The command that makes the same file again.
    table : SweptTable, optional
        The rows, block by block, in place of those of the document.

    Raises
    ------
    MissingExtraError
        Without XlsxWriter.
    OutputError
        If the place cannot be written to, or has more rows than a sheet holds.
    """
    check_workbook(path)
    rows = _rows(document, table, case)
    large = rows is not None and rows.cells > _LARGE
    with writing(path) as part:
        book = Book(part, title_of(document), large=large)
        try:
            _Workbook(book, document, case, command, rows).write()
        finally:
            # What is left of a workbook that failed is removed with the file.
            book.close()
    return 0 if rows is None else rows.count


def title_of(document: Document) -> str:
    """Return what a document is about, also where nothing stands above it."""
    made = document.made
    if document.title != document.study:
        return document.title
    if not made:
        return opening(document.study)
    return f"{opening(document.study)} of {made['model']} ({made['parameters']})"


# --- rows -----------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class _RawRows:
    """The rows of a result: their columns without values, and blocks of values."""

    columns: list[TypedColumn]
    blocks: Any  # callable: an iterable of blocks, each a list of values for every column
    count: int

    @property
    def cells(self) -> int:
        return self.count * len(self.columns)


def _rows(document: Document, table: SweptTable | None, case: Case | None) -> _RawRows | None:
    if table is not None:
        return _of_table(table)
    if document.list_rows is None:
        return None
    given = document.list_rows()
    if isinstance(given, Rows):
        names, lines = list(given.names), [list(line) for line in given.lines]
    else:
        names, lines = _of_frame(given, document.made)
    if not lines:
        return None
    why = _reasons(document.record, len(lines))
    columns = []
    for k, name in enumerate(names):
        cells = [line[k] for line in lines]
        term = _term(name, document, case)
        made = column(name, cells, Form.TEXT, term.unit)
        columns.append(
            dataclasses.replace(made, name=name, unit=_per_cent(made, term), meaning=term.meaning)
        )
    if any(why):
        columns.append(
            TypedColumn("blank_because", Holds.TEXT, why, "", "why cells of the row are blank")
        )
    names = distinct([each.name for each in columns])
    columns = [dataclasses.replace(c, name=name) for c, name in zip(columns, names, strict=True)]
    return _RawRows(columns, lambda: [[each.values for each in columns]], len(lines))


def _per_cent(made: TypedColumn, term: Term) -> str:
    """Return the unit of a column; fractions are shown per cent, and said to be fractions."""
    return term.unit or ("share" if made.kind == Holds.SHARE else "")


def _of_frame(frame: pd.DataFrame, made: Mapping[str, str]) -> tuple[list[str], list[list[Any]]]:
    """Columns of a frame without those that say the same in every row."""
    kept = [str(name) for name in frame.columns if name not in made]
    return kept, frame[kept].to_numpy(dtype=object).tolist()


def _reasons(record: Mapping[str, Any], count: int) -> list[Value]:
    """Why cells of each row are blank, where the record says so."""
    rows = record.get("rows") if isinstance(record, Mapping) else None
    if not isinstance(rows, list) or len(rows) != count:
        return []
    found: list[Value] = []
    for row in rows:
        names: dict[str, list[str]] = {}
        for name, why in row.items() if isinstance(row, Mapping) else ():
            if str(name).endswith("_reason"):
                names.setdefault(str(why), []).append(str(name).removesuffix("_reason"))
        told = [f"{', '.join(of)}: {why}" for why, of in names.items()]
        found.append("; ".join(told) or None)
    return found


def _of_table(table: SweptTable) -> _RawRows:
    """Rows of a sweep, block by block: read once for their columns, and again when written."""
    about: dict[str, tuple[str, str]] = {}
    kinds: dict[str, Holds] = {}
    count = 0
    for block in table.blocks():
        count += block.rows
        about.update(block.about)
        for name, values in block.columns.items():
            words = isinstance(values, Coded) or values.dtype.kind not in "fiu"
            kind = Holds.TEXT if words else Holds.NUMBER
            if kind == Holds.NUMBER and fraction(about.get(name, ("", ""))[0]):
                kind = Holds.SHARE
            kinds[name] = Holds.TEXT if kinds.get(name) == Holds.TEXT else kind
    columns = [
        TypedColumn(name, kind, (), *about.get(name, ("", ""))) for name, kind in kinds.items()
    ]

    def blocks() -> Iterator[list[list[Value]]]:
        for block in table.blocks():
            for start in range(0, block.rows, _AT_ONCE):
                interrupts.check()
                part = slice(start, min(start + _AT_ONCE, block.rows))
                yield [
                    _cells(block.columns[name], part)
                    if name in block.columns
                    else [None] * (part.stop - part.start)
                    for name in kinds
                ]

    return _RawRows(columns, blocks, count)


def _cells(values: Any, part: slice) -> list[Value]:
    if isinstance(values, Coded):
        return [values.words[code] or None for code in values.codes[part].tolist()]
    some: list[Any] = values[part].tolist()
    if values.dtype.kind == "f":
        return [each if math.isfinite(each) else _infinite(each) for each in some]
    return some


def _infinite(value: float) -> Value:
    return None if math.isnan(value) else ("infinite" if value > 0 else "minus infinite")


def _term(name: str, document: Document, case: Case | None) -> Term:
    """Unit and meaning of a column; empty where nobody knows it."""
    unit = document.made.get("payoff_unit", "")
    players: Sequence[str] = () if case is None else case.model.players
    found = Term("", "")
    if case is not None and name in (specs := type(case.model).parameters()):
        found = Term(specs[name].unit, specs[name].about)
    else:
        try:
            found = find(name, players)[1]
        except NegotiationError:
            units = document.record.get("units") if document.made else None
            if isinstance(units, Mapping) and isinstance(units.get(name), str):
                found = Term(units[name], "a result of the model")
    return found._replace(unit=unit) if found.unit == MONEY and unit else found


# --- sheets ---------------------------------------------------------------------------------------


class _Workbook:
    """The sheets of a document, and what `Read me` tells of each."""

    def __init__(
        self,
        book: Book,
        document: Document,
        case: Case | None,
        command: str,
        rows: _RawRows | None,
    ) -> None:
        self.book, self.document, self.case, self.command = book, document, case, command
        self.raw = rows
        self.contents: list[tuple[str, str]] = []
        self.named: dict[str, Term] = {}
        self.linked: dict[int, str] = {}

    def write(self) -> None:
        """Fill the workbook; sheets stand in the order in which they are added."""
        figures = [block for block in self.document.blocks if isinstance(block, Figure)]
        figures += self.document.list_figures() if self.document.list_figures else []
        first = self.book.sheet(READ_ME)
        answer = self._add(ANSWER, "What the result says, in sentences.")
        for number, (block, head) in enumerate(_tables(self.document.blocks), 1):
            interrupts.check()
            self._table(block, head, number)
        self._figures(figures)
        self._data()
        self._parameters()
        self._glossary()
        _answer(answer, self.document.blocks, self.linked)
        self._read_me(first)

    def _add(self, name: str, about: str) -> Sheet:
        made = self.book.sheet(name)
        self.contents.append((made.name, about))
        return made

    # --- tables -----------------------------------------------------------------------------------

    def _table(self, block: Table, head: str, number: int) -> None:
        title = block.title or head or f"Table {number}"
        sheet = self._add(self._called(title, head, number), title)
        self.linked[id(block)] = sheet.name
        columns = typed(block)
        sums = [Sum(each.total, each.parts, _numbers(columns)) for each in block.sums]
        notes = (*block.notes, _BLANKS) if _has_blanks(block) else block.notes
        sheet.table(columns, sums=sums, title=title, notes=notes)

    def _called(self, title: str, head: str, number: int) -> str:
        """Name a sheet by the first words of a title, or of the heading above a unit."""
        unit = self.document.made.get("payoff_unit", "").casefold()
        for text in (title, head):
            first = re.split(r"[:;.,(]", text)[0].strip()
            while first.rpartition(" ")[2] in _LOOSE:
                first = first.rpartition(" ")[0]
            short = re.search(r"\(([^()]{3,31})\)", text)
            if len(first) > _LONG and short is not None:  # what a long name stands for
                first = short[1]
            if len(first) >= 3 and first.casefold() != unit:
                return first
        return f"Table {number}"

    def _figures(self, figures: Sequence[Figure]) -> None:
        """Draw every figure on one sheet; their numbers have a sheet each."""
        if not figures:
            return
        charts = self._add(CHARTS, "The charts; the numbers of each are on a sheet of their own.")
        charts.made.set_column(0, 0, _WIDE)
        for figure in figures:
            name = figure.name.replace("-", " ")
            sheet = self._add(f"Chart of {name}", f"Numbers of the chart: {figure.title}")
            self.linked[id(figure)] = sheet.name
            charted(self.book, figure, sheet, charts)
        charts.pages()

    # --- data -------------------------------------------------------------------------------------

    def _data(self) -> None:
        """All rows of the result, or all its numbers where it has no rows."""
        if self.raw is not None:
            sheet = self._add(
                ROWS, "Every row of the result as in a CSV file, numbers to 16 digits."
            )
            self.named.update(
                {each.name: Term(each.unit, each.meaning) for each in self.raw.columns}
            )
            sheet.table(self.raw.columns, self.raw.blocks(), meanings=True)
        elif self.document.made:
            self._numbers()

    def _numbers(self) -> None:
        leaves = list(_leaves(plain(self.document.record)))[: MOST_ROWS // 2]
        if not leaves:
            return
        sheet = self._add(
            NUMBERS, "Everything that the result holds, as in its JSON, numbers to 16 digits."
        )
        numbers: list[Value] = []
        texts: list[Value] = []
        units: list[Value] = []
        for name, value, term in leaves:
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            unit = self._unit(term.unit) if is_number else ""
            numbers.append(value if is_number else None)
            texts.append(None if is_number else value)
            units.append(unit or None)
            self.named.setdefault(_last(name), Term(self._unit(term.unit), term.meaning))
        sheet.table(
            [
                TypedColumn("name", Holds.TEXT, [name for name, _, _ in leaves]),
                TypedColumn("number", Holds.NUMBER, numbers),
                TypedColumn("unit", Holds.TEXT, units),
                TypedColumn("text", Holds.TEXT, texts),
                TypedColumn("meaning", Holds.TEXT, [term.meaning or None for *_, term in leaves]),
            ]
        )

    def _unit(self, unit: str) -> str:
        return self.document.made.get("payoff_unit", unit) if unit == MONEY else unit

    def _parameters(self) -> None:
        if self.case is None:
            return
        columns = parameter_columns(self.case)
        if columns[0].values:
            self._add(
                PARAMETERS, "What is assumed: values, ranges, sources, and what is drawn from."
            ).table(columns)

    def _glossary(self) -> None:
        known = {name: term for name, term in self.named.items() if term.meaning}
        if not known:
            return
        self._add(GLOSSARY, "What the columns and names in this file mean.").table(
            [
                TypedColumn("name", Holds.TEXT, list(known)),
                TypedColumn("unit", Holds.TEXT, [term.unit or None for term in known.values()]),
                TypedColumn("meaning", Holds.TEXT, [term.meaning for term in known.values()]),
            ]
        )

    # --- what the file is -------------------------------------------------------------------------

    def _read_me(self, sheet: Sheet) -> None:
        sheet.made.set_column(0, 0, 32)
        sheet.made.set_column(1, 1, 90)
        sheet.line(title_of(self.document), bold=True, font_size=14)
        sheet.row += 1
        for text in _about(self):
            sheet.cell(0, text[0], font_color="#666666")
            sheet.line(text[1], 1, wide=90)
        sheet.row += 1
        sheet.line("Sheets", bold=True)
        for name, about in self.contents:
            sheet.link(name, name)
            sheet.line(about, 1, wide=90)
        sheet.made.ignore_errors({"number_stored_as_text": "A1:B200"})


#: Words that no name ends with.
_LOOSE = ("a", "an", "and", "by", "from", "in", "is", "of", "the", "to", "which", "with")

_BLANKS = "A blank cell has no number: the sentences on the sheet Answer say why."


def _has_blanks(block: Table) -> bool:
    return any(
        isinstance(cell, float | np.floating) and math.isnan(cell)
        for row in block.rows
        for cell in row
    )


def _about(told: _Workbook) -> Iterator[tuple[str, str]]:
    """Say what the file is and what its numbers rest on: a name and a text each."""
    made = told.document.made
    if told.command:
        yield "Question", told.command
    notes = [block for block in told.document.blocks if isinstance(block, Provenance)]
    for name, text in made.items():
        words = {"threat_point": "Threat point", "payoff_unit": "Unit of payoffs"}
        label = words.get(name, name.replace("_", " ").capitalize())
        yield label, text if text else "none"
    for note in dict.fromkeys(each for block in notes for each in block.notes):
        yield "Note", note
    yield (
        "Rounding",
        "Cells hold numbers, and their formats round what is shown. Tables that people read may "
        "hold rounded numbers and their ranges; the sheet with all rows or all numbers has 16 "
        "digits.",
    )
    yield "Fractions", "Shares, probabilities and rates are fractions that are shown per cent."
    yield (
        "Blank cells",
        "A blank cell of numbers has none; where the result gives a reason, a column does.",
    )


def _numbers(columns: Sequence[TypedColumn]) -> tuple[int, ...]:
    return tuple(k for k, each in enumerate(columns) if each.kind != Holds.TEXT)


def _tables(blocks: Iterable[Block]) -> Iterator[tuple[Table, str]]:
    """Every table with the heading that it stands below."""
    head = ""
    for block in blocks:
        if isinstance(block, Heading) and block.level > 1:
            head = block.text
        elif isinstance(block, Table) and block.columns and block.rows:
            yield block, head


def _leaves(value: Any, name: str = "", parent: str = "") -> Iterator[tuple[str, Value, Term]]:
    """Every number and word of a record, with the names that lead to it."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if not name and key in ("provenance", "units"):
                continue
            yield from _leaves(each, f"{name}.{key}" if name else str(key), str(key))
    elif isinstance(value, list):
        for k, each in enumerate(value, 1):
            yield from _leaves(each, f"{name}.{k}", parent)
    elif value is not None and value != "":
        yield name, value, _meant(name)


def _last(name: str) -> str:
    """The last part of a name that is a word."""
    return next((part for part in reversed(name.split(".")) if not part.isdigit()), name)


def _meant(name: str) -> Term:
    """The entry of the innermost part of a name that the glossary has."""
    for part in reversed(name.split(".")):
        if part.isdigit():
            continue
        try:
            return find(part)[1]
        except NegotiationError:
            continue
    return Term("", "")


def parameter_columns(case: Case) -> list[TypedColumn]:
    """Return what is known about the parameters of a case, a row each."""
    specs = list(type(case.model).parameters().values())
    priors = case.uncertain()
    values: list[Value] = []
    for spec in specs:
        value = np.asarray(case.model.value(spec.name))
        values.append(value.item() if value.ndim == 0 else f"{value.size} values")
    told = {spec.name: priors.get(spec.name) or spec.prior for spec in specs}
    return [
        TypedColumn("parameter", Holds.TEXT, [spec.name for spec in specs]),
        TypedColumn("value", Holds.NUMBER, values),
        TypedColumn("unit", Holds.TEXT, [spec.unit or None for spec in specs]),
        TypedColumn("set", Holds.TEXT, ["yes" if s.name in case.given else None for s in specs]),
        TypedColumn("range", Holds.TEXT, [spec.range or None for spec in specs]),
        TypedColumn("what it is", Holds.TEXT, [spec.about or None for spec in specs]),
        TypedColumn("lever of", Holds.TEXT, [spec.lever_of or None for spec in specs]),
        TypedColumn("source", Holds.TEXT, [spec.source or None for spec in specs]),
        TypedColumn(
            "prior", Holds.TEXT, [p.text if (p := told[spec.name]) else None for spec in specs]
        ),
        TypedColumn(
            "drawn", Holds.TEXT, ["yes" if case.draws and s.name in priors else None for s in specs]
        ),
        TypedColumn(
            "source of the prior",
            Holds.TEXT,
            [p.source or None if (p := told[spec.name]) else None for spec in specs],
        ),
    ]


# --- sentences ------------------------------------------------------------------------------------


def _answer(sheet: Sheet, blocks: Iterable[Block], linked: Mapping[int, str]) -> None:
    """Write all that the document says, in its order; tables and charts are links."""
    sheet.made.set_column(0, 0, _WIDE)
    for block in blocks:
        if id(block) in linked:
            name = linked[id(block)]
            sheet.link(f"See sheet {name}", name)
            sheet.row += 2
            continue
        for text, look in _said(block):
            sheet.line(text, wide=_WIDE, **look)
        if not isinstance(block, Notes):
            sheet.row += 1


Said = tuple[str, dict[str, Any]]
_SMALL = {"font_color": "#666666", "font_size": 10}


@singledispatch
def _said(block: object) -> Iterable[Said]:
    """Return the lines of a block, each with its look."""
    raise TypeError(f"a document has no block {type(block).__name__}")


@_said.register
def _(block: Heading) -> Iterable[Said]:
    yield block.text, {"bold": True, "font_size": 14 if block.level == 1 else 12}
    if block.subtitle:
        yield block.subtitle, _SMALL


@_said.register
def _(block: Paragraph) -> Iterable[Said]:
    yield block.text, {}


@_said.register
def _(block: Lines) -> Iterable[Said]:
    return [(each, {}) for each in block.sentences]


@_said.register
def _(block: Items) -> Iterable[Said]:
    if block.head:
        yield block.head, {"bold": True}
    for each in block.entries:
        yield each, {"indent": 1}


@_said.register
def _(block: NumberedStep) -> Iterable[Said]:
    yield f"{block.number}. {block.text}", {}
    for each in block.lines:
        yield each, {"indent": 2}


@_said.register
def _(block: Table) -> Iterable[Said]:
    yield block.title or "A table without rows.", {}
    for each in block.notes:
        yield each, _SMALL


@_said.register
def _(block: Picture) -> Iterable[Said]:
    yield f"{block.title}: {block.path}", {}


@_said.register
def _(block: Figure) -> Iterable[Said]:
    yield block.title, {"bold": True}


@_said.register
def _(block: Command) -> Iterable[Said]:
    if block.head:
        yield block.head, {}
    yield block.line, {"font_name": "Consolas", "indent": 1}


@_said.register
def _(block: Notes) -> Iterable[Said]:
    return [(each, _SMALL) for each in block.sentences]


@_said.register
def _(block: Provenance) -> Iterable[Said]:
    return [(each, _SMALL) for each in block.sentences()]
