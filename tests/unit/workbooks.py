"""A workbook as a reader's program sees it: its parts, tables and cells, checked on the way."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
from openpyxl.utils import escape

#: Formulas that a workbook of ours may have: sums and differences of cells of the same sheet.
_CELL = r"[A-Z]{1,3}\d+"
FORMULA = re.compile(rf"=(SUM\({_CELL}(:{_CELL})?(,{_CELL}(:{_CELL})?)*\)|{_CELL}-{_CELL})")


def opened(path: Path) -> Any:
    """Open a workbook, after checking all that makes a spreadsheet program warn."""
    with zipfile.ZipFile(path) as parts:
        assert parts.testzip() is None
        names = parts.namelist()
        assert len(names) == len(set(names))
        for name in names:
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(parts.read(name))
        # Only links within the file: nothing is fetched.
        for name in names:
            if name.endswith(".rels"):
                assert b'TargetMode="External"' not in parts.read(name)
    book = openpyxl.load_workbook(path)
    tables: set[str] = set()
    for sheet in book.worksheets:
        assert 1 <= len(sheet.title) <= 31
        assert not set(sheet.title) & set("[]:*?/\\")
        assert len(sheet.tables) <= 1
        for table in sheet.tables.values():
            assert re.fullmatch(r"[A-Za-z_]\w*", table.name, re.ASCII)
            assert table.name.casefold() not in tables
            tables.add(table.name.casefold())
            heads = [cell.value for cell in sheet[table.ref][0]]
            named = [escape.unescape(column.name) for column in table.tableColumns]
            assert [escape.unescape(head) for head in heads] == named
            folded = [head.casefold() for head in heads]
            assert len(set(folded)) == len(folded)
            assert all(folded)
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert FORMULA.fullmatch(cell.value), cell.value
    lower = [sheet.title.casefold() for sheet in book.worksheets]
    assert len(set(lower)) == len(lower)
    assert lower[:2] == ["read me", "answer"]
    return book


def rows_of(sheet: Any) -> list[dict[str, Any]]:
    """The rows of a sheet's table by the names of its columns."""
    (table,) = sheet.tables.values()
    head, *lines = ([cell.value for cell in row] for row in sheet[table.ref])
    return [dict(zip(head, line, strict=True)) for line in lines]


def texts_of(sheet: Any) -> list[str]:
    """Every text of a sheet, from above."""
    return [c.value for row in sheet.iter_rows() for c in row if isinstance(c.value, str)]
