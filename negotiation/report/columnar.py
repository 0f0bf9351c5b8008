"""The table of a sweep as a file to load: Parquet or CSV, written block by block.

What is the same for all rows, such as the model and its digest, stands once: in the metadata of a
Parquet file, and beside a CSV file in one of the same name and `-metadata.json` behind it, as the
W3C recommends (Metadata Vocabulary for Tabular Data, https://www.w3.org/TR/tabular-metadata/).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negotiation import interrupts
from negotiation.coded import Coded
from negotiation.execution import parquet
from negotiation.execution.block import Block, Values, coded_rows, joined, one_word
from negotiation.report.netcdf import stream_netcdf
from negotiation.report.output import writing
from negotiation.report.place import target_of
from negotiation.words import spreadsheet

if TYPE_CHECKING:
    import xarray as xr

#: What is appended to the name of a CSV file for what describes it.
BESIDE = "-metadata.json"

#: Rows of a group of a Parquet file, where chunks have fewer.
_GROUP = 32_768

#: Rows that are turned into text at once.
_LINES = 8192


@dataclasses.dataclass(frozen=True, eq=False)
class SweptTable:
    """The table of a sweep, block by block.

    Attributes
    ----------
    blocks : callable
        Yields the blocks, from the first one at every call.
    files : callable or None
        Yields them as Parquet files of one row group each, where they are kept so.
    made : callable
        Makes, of what the blocks noted, what is said of all rows: where they come from.
    axes : mapping of str to array or Coded
        Values of the axes, where the rows are the points of a grid; netCDF needs them.
    """

    blocks: Callable[[], Iterable[Block]]
    files: Callable[[], Iterable[bytes]] | None
    made: Callable[[Mapping[str, tuple[str, ...]]], Mapping[str, str]]
    axes: Mapping[str, Values] = dataclasses.field(default_factory=dict)


def write(table: SweptTable, path: Path, kind: str) -> int:
    """Write a table whole or not at all; return the number of rows.

    Parameters
    ----------
    kind : str
        `parquet`, `csv` or `nc`.

    Raises
    ------
    OutputError
        If the place cannot be written to.
    """
    if kind == "parquet":
        with writing(path) as part, part.open("wb") as sink:
            return _parquet(table, sink)
    if kind == "nc":
        with writing(path) as part, part.open("wb") as sink:
            return stream_netcdf(sink, table.blocks, table.axes, table.made)
    if target_of(path).through:
        # Nothing stands beside a pipe: there every row says where it comes from.
        with writing(path) as part, part.open("wb") as sink:
            return _csv(table, _Hashing(sink), alone=True)[0]
    with ExitStack() as both:
        beside = both.enter_context(writing(path.with_name(path.name + BESIDE)))
        part = both.enter_context(writing(path))
        with part.open("wb") as file:
            hashing = _Hashing(file)
            rows, about, made = _csv(table, hashing, alone=False)
        told = _metadata(path.name, rows, about, made, hashing.digest.hexdigest())
        beside.write_text(told, encoding="utf-8", newline="\n")
        with interrupts.held():  # both take their places, or neither
            both.close()
    return rows


def table_of(data: xr.Dataset) -> SweptTable:
    """Return the rows of a swept dataset as one block."""
    shape = tuple(data.sizes.values())
    columns: dict[str, Values] = {}
    about: dict[str, tuple[str, str]] = {}
    for name, variable in (*data.coords.items(), *data.data_vars.items()):
        values = np.broadcast_to(
            variable.values.reshape(
                [data.sizes[d] if d in variable.dims else 1 for d in data.dims]
            ),
            shape,
        ).ravel()
        columns[str(name)] = coded_rows(values) if values.dtype.kind in "UOT" else values
        told = variable.attrs
        about[str(name)] = (str(told.get("units", "")), str(told.get("long_name", "")))
    block = Block(columns, about)
    return SweptTable(
        lambda: [block], None, lambda _: {str(k): str(v) for k, v in data.attrs.items()}
    )


# --- Parquet --------------------------------------------------------------------------------------


def _parquet(table: SweptTable, sink: IO[bytes]) -> int:
    about: dict[str, tuple[str, str]] = {}
    notes: dict[str, dict[str, None]] = {}

    def watched(files: Iterable[bytes]) -> Iterator[bytes]:
        for file in files:
            interrupts.check()
            told = parquet.described(parquet.footer(file))
            about.update({name: (unit, text) for name, (unit, text) in told["about"].items()})
            for name, each in told["notes"].items():
                notes.setdefault(name, {}).update(dict.fromkeys(each))
            yield file

    def metadata() -> dict[str, str]:
        made = dict(table.made({name: tuple(told) for name, told in notes.items()}))
        columns = {name: {"unit": unit, "about": text} for name, (unit, text) in about.items()}
        return {
            "negotiation": json.dumps({"made": made, "columns": columns}),
            "PANDAS_ATTRS": json.dumps(made),  # what `pandas.read_parquet` makes `attrs` of
        }

    files = table.files or (lambda: map(parquet.to_parquet, _grouped(table.blocks())))
    try:
        return parquet.join(watched(files()), sink, metadata)
    except parquet.UnlikeError:
        sink.seek(0)
        sink.truncate()
        about.clear()
        notes.clear()
        even = map(parquet.to_parquet, _grouped(_even(table.blocks)))
        return parquet.join(watched(even), sink, metadata)


def _grouped(blocks: Iterable[Block]) -> Iterator[Block]:
    """Put small blocks together."""
    waiting: list[Block] = []
    rows = 0
    for block in blocks:
        waiting.append(block)
        rows += block.rows
        if rows >= _GROUP:
            yield joined(waiting)
            waiting, rows = [], 0
    if waiting:
        yield joined(waiting)


def _even(blocks: Callable[[], Iterable[Block]]) -> Iterator[Block]:
    """Give every block the columns of all, in one order and of one kind."""
    kinds: dict[str, Values] = {}
    for block in blocks():
        for name, given in block.columns.items():
            if name not in kinds or isinstance(given, Coded):
                kinds[name] = given
            elif not isinstance(old := kinds[name], Coded):
                kinds[name] = np.empty(0, dtype=np.result_type(old, given))
    kinds = {
        name: kind if isinstance(kind, Coded) else np.empty(0, dtype=kind.dtype)
        for name, kind in kinds.items()
    }
    for block in blocks():
        columns: dict[str, Values] = {}
        for name, kind in kinds.items():
            values: Values | None = block.columns.get(name)
            if isinstance(kind, Coded):
                columns[name] = (
                    values
                    if isinstance(values, Coded)
                    else one_word("", block.rows)
                    if values is None
                    else coded_rows(values)
                )
            elif values is None:
                columns[name] = np.full(block.rows, np.nan)
            else:
                assert not isinstance(values, Coded)
                columns[name] = values.astype(kind.dtype)
        yield dataclasses.replace(block, columns=columns)


# --- CSV ------------------------------------------------------------------------------------------


class _Hashing:
    """A file that is hashed while it is written."""

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink, self.digest = sink, hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.digest.update(data)
        self._sink.write(data)


def _csv(
    table: SweptTable, sink: _Hashing, *, alone: bool
) -> tuple[int, dict[str, tuple[str, str]], dict[str, str]]:
    """Write the rows; return their number, what the columns are, and where they come from."""
    names: dict[str, None] = {}
    about: dict[str, tuple[str, str]] = {}
    notes: dict[str, dict[str, None]] = {}
    kinds: dict[str, bool] = {}
    for block in table.blocks():  # a column may be in a later block only
        about.update(block.about)
        names.update(dict.fromkeys(block.columns))
        kinds.update({name: isinstance(each, Coded) for name, each in block.columns.items()})
        for name, told in block.notes.items():
            notes.setdefault(name, {}).update(dict.fromkeys(told))
    made = dict(table.made({name: tuple(told) for name, told in notes.items()}))
    repeated = [_quoted(value) for value in made.values()] if alone else []
    head = [*names, *(made if alone else ())]
    sink.write((",".join(map(_quoted, head)) + "\n").encode())
    rows = 0
    for block in table.blocks():
        interrupts.check()
        rows += block.rows
        for start in range(0, block.rows, _LINES):
            part = slice(start, min(start + _LINES, block.rows))
            count = part.stop - part.start
            cells = [
                _cells(block.columns[name], part) if name in block.columns else [""] * count
                for name in names
            ]
            lines = map(",".join, zip(*cells, *([word] * count for word in repeated), strict=True))
            sink.write(("\n".join(lines) + "\n").encode("utf-8", "backslashreplace"))
    return rows, {name: about.get(name, ("", "")) for name in names}, made


def _cells(values: Values, part: slice) -> list[str]:
    """Return rows of a column as they are written: all digits of a number, nothing for NaN."""
    if isinstance(values, Coded):
        words = [_quoted(word) for word in values.words]
        return [words[code] for code in values.codes[part].tolist()]
    some = values[part]
    if some.dtype.kind != "f":
        return list(map(str, some.tolist()))
    first = some[:_FEW_ROWS]
    if len(np.unique(first)) < len(first) // 4:
        return _few_numbers(some)
    texts = list(map(repr, some.tolist()))
    if np.isnan(some).any():
        return ["" if text == "nan" else text for text in texts]
    return texts


#: Rows from which it is judged whether a column has few different numbers.
_FEW_ROWS = 256


def _few_numbers(values: NDArray[Any]) -> list[str]:
    """Write every different number once."""
    each, place = np.unique(values, return_inverse=True)
    texts = ["" if math.isnan(number) else repr(number) for number in each.tolist()]
    return [texts[k] for k in place.tolist()]


def _quoted(text: str) -> str:
    """Return a cell of text; what a spreadsheet would take for a formula has an apostrophe."""
    safe = str(spreadsheet([text])[0])
    if any(letter in safe for letter in ',"\r\n'):
        return '"' + safe.replace('"', '""') + '"'
    return safe


def _metadata(
    name: str,
    rows: int,
    about: Mapping[str, tuple[str, str]],
    made: Mapping[str, str],
    digest: str,
) -> str:
    """Describe a CSV file in the vocabulary of the W3C."""
    told = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": name,
        "dialect": {"header": True, "delimiter": ",", "encoding": "utf-8"},
        "tableSchema": {
            "columns": [
                {
                    "titles": column,
                    "dc:description": text,
                    "schema:unitText": unit,
                }
                for column, (unit, text) in about.items()
            ]
        },
        "schema:numberOfItems": rows,
        "schema:sha256": digest,
        "schema:additionalProperty": [
            {"schema:name": key, "schema:value": value} for key, value in made.items()
        ],
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"
