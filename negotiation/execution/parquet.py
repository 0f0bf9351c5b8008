"""Parquet: a block as a file of one row group, and such files put together without decoding them.

Numbers are split by bytes and compressed by zstd, words are dictionaries, and what describes all
rows stands once, in the metadata of the file. Columns of a row group that have the same bytes are
stored once: their entries in the footer point to the same pages. Format: Apache Parquet,
parquet-format/src/main/thrift/parquet.thrift.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import metadata
from importlib.util import find_spec
from typing import IO, Any

import numpy as np

from negotiation.coded import Coded
from negotiation.execution import thrift
from negotiation.execution.block import Block, Values

_MARK = b"PAR1"
#: Key of the metadata under which a block says what it is besides its columns.
_BLOCK = b"negotiation_block"

#: Level of zstd: higher ones take more time and no less room, the digits of numbers being random.
_LEVEL = 3

#: Columns of numbers with at most this many different values among the first are dictionaries.
_LOOKED_AT, _SAME = 256, 64

#: Numbers of a column that are compared before all of them are.
_COMPARED = 64


def available() -> bool:
    """Whether Parquet can be written here."""
    return find_spec("pyarrow") is not None


def version() -> str:
    """Version of what writes it; empty: nothing."""
    try:
        return metadata.version("pyarrow")  # to load it takes memory that only workers need
    except metadata.PackageNotFoundError:
        return ""


# --- a block --------------------------------------------------------------------------------------


def to_parquet(block: Block) -> bytes:
    """Return a block as a Parquet file of one row group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names, arrays, dictionaries, split = [], [], [], []
    twins = _twins(block.columns)
    for name, values in block.columns.items():
        if name in twins:
            continue
        names.append(name)
        if isinstance(values, Coded):
            codes = _array(np.ascontiguousarray(values.codes, dtype=np.int32))
            arrays.append(pa.DictionaryArray.from_arrays(codes, _words(values.words or ("",))))
            dictionaries.append(name)
            continue
        arrays.append(_array(np.ascontiguousarray(values)))
        if _repeats(values):
            dictionaries.append(name)
        elif values.dtype.kind == "f":
            split.append(name)
    told = json.dumps(block.described, ensure_ascii=True, allow_nan=False).encode()
    sink = pa.BufferOutputStream()
    pq.write_table(
        pa.table(arrays, names=names),
        sink,
        row_group_size=max(1, block.rows),
        compression="zstd",
        compression_level=_LEVEL,
        use_dictionary=dictionaries or False,
        use_byte_stream_split=split or False,
        write_statistics=False,
        store_schema=False,
    )
    data = memoryview(sink.getvalue())
    found, start = _read_footer(data)
    _add_twins(found, twins, list(block.columns))
    return bytes(data[:start]) + _footer(found, {_BLOCK: told})


def _twins(columns: Mapping[str, Values]) -> dict[str, str]:
    """Name columns of numbers that are the same as an earlier one, bit for bit, and that one."""
    known: dict[Any, list[str]] = {}
    found: dict[str, str] = {}
    for name, values in columns.items():
        if isinstance(values, Coded) or values.dtype.itemsize != 8 or not len(values):
            continue
        bits = np.ascontiguousarray(values).view(np.int64)
        key = (values.dtype.str, bits[:: max(1, len(bits) // _COMPARED)].tobytes())
        for other in known.setdefault(key, []):
            if np.array_equal(bits, np.ascontiguousarray(columns[other]).view(np.int64)):
                found[name] = other
                break
        else:
            known[key].append(name)
    return found


def _add_twins(found: thrift.Struct, twins: Mapping[str, str], order: Sequence[str]) -> None:
    """Enter columns into a footer whose pages are those of another."""
    elements = found[_SCHEMA][1][1]
    root, *leaves = elements
    by_name = {leaf[_NAME][1].decode(): leaf for leaf in leaves}
    elements[:] = [
        {**root, _CHILDREN: (thrift.I32, len(order))},
        *(
            {**by_name[twins.get(name, name)], _NAME: (thrift.BINARY, name.encode())}
            for name in order
        ),
    ]
    for group in found[_GROUPS][1][1]:
        columns = group[_COLUMNS][1][1]
        at = {column[_CHUNK_META][1][_PATH][1][1][0].decode(): column for column in columns}
        made = []
        for name in order:
            column = at[twins.get(name, name)]
            path = (thrift.LIST, (thrift.BINARY, [name.encode()]))
            meta = {**column[_CHUNK_META][1], _PATH: path}
            made.append({**column, _CHUNK_META: (thrift.STRUCT, meta)})
        columns[:] = made
    if _ORDERS in found:
        found[_ORDERS][1][1][:] = [found[_ORDERS][1][1][0]] * len(order)


def _array(values: np.ndarray[Any, Any]) -> Any:
    """An array of Arrow over the memory of another; `pyarrow.array` would load pandas."""
    import pyarrow as pa

    if values.dtype.kind == "b":
        bits = pa.py_buffer(np.packbits(values, bitorder="little"))
        return pa.Array.from_buffers(pa.bool_(), len(values), [None, bits])
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def _words(words: Sequence[str]) -> Any:
    import pyarrow as pa

    each = [word.encode("utf-8", "backslashreplace") for word in words]
    ends = np.cumsum([0, *map(len, each)], dtype=np.int32)
    return pa.Array.from_buffers(
        pa.string(), len(each), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(each))]
    )


def _repeats(values: np.ndarray[Any, Any]) -> bool:
    """Whether a column has few different values, such as that of an axis."""
    if values.dtype.kind == "b":
        return False
    return len(np.unique(values[:_LOOKED_AT])) <= min(_SAME, max(1, len(values) // 8))


def from_parquet(data: bytes) -> Block:
    """Read a block."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(pa.BufferReader(data))
    words = [field.name for field in file.schema_arrow if pa.types.is_string(field.type)]
    file = pq.ParquetFile(pa.BufferReader(data), read_dictionary=words)
    table = file.read(use_threads=False).combine_chunks()
    columns: dict[str, Values] = {}
    for name in table.column_names:
        column = table.column(name)
        if name in words:
            array = column.chunk(0) if column.num_chunks else pa.array([], type=column.type)
            codes = array.indices.to_numpy(zero_copy_only=False).astype(np.int32)
            columns[name] = Coded(codes, tuple(array.dictionary.to_pylist()))
        else:
            columns[name] = column.to_numpy()
    return Block.with_described(columns, described(footer(data)))


# --- many blocks ----------------------------------------------------------------------------------

# Fields of the footer, by the numbers of parquet.thrift.
_SCHEMA, _ROWS, _GROUPS, _META, _ORDERS = 2, 3, 4, 5, 7
_NAME, _CHILDREN = 4, 5
_COLUMNS, _GROUP_BYTES, _GROUP_ROWS, _GROUP_AT, _GROUP_COMPRESSED, _ORDINAL = 1, 2, 3, 5, 6, 7
_CHUNK_AT, _CHUNK_META = 2, 3
_PATH, _SIZE, _DATA_AT, _DICTIONARY_AT = 3, 7, 9, 11


class UnlikeError(ValueError):
    """Files to be put together have different columns."""


def footer(data: bytes) -> thrift.Struct:
    """Read the footer of a file."""
    return _read_footer(data)[0]


def described(found: thrift.Struct) -> dict[str, Any]:
    """Return what the block in a file is besides its columns, from the footer."""
    pairs = {pair[1][1]: pair[2][1] for pair in found[_META][1][1]}
    told: dict[str, Any] = json.loads(pairs[_BLOCK])
    return told


def _read_footer(data: bytes | memoryview) -> tuple[thrift.Struct, int]:
    """Read the footer of a file; return it, and where it begins."""
    length = int.from_bytes(data[-8:-4], "little")
    if data[-4:] != _MARK or data[:4] != _MARK or length + 12 > len(data):
        raise ValueError("the bytes are no Parquet file")
    start = len(data) - 8 - length
    return thrift.read(bytes(data[start:-8])), start


def _footer(found: thrift.Struct, told: Mapping[bytes, bytes]) -> bytes:
    """Return the end of a file, with other metadata."""
    pairs = [{1: (thrift.BINARY, key), 2: (thrift.BINARY, value)} for key, value in told.items()]
    end = thrift.write(
        dict(sorted({**found, _META: (thrift.LIST, (thrift.STRUCT, pairs))}.items()))
    )
    return end + len(end).to_bytes(4, "little") + _MARK


def join(files: Iterable[bytes], sink: IO[bytes], about: Callable[[], Mapping[str, str]]) -> int:
    """Put files of one row group each together, byte by byte; return the rows.

    Parameters
    ----------
    files : iterable of bytes
        From `to_parquet`, in their order.
    sink : binary file
    about : callable
        Returns what the new file says of all its rows, once it has them.

    Raises
    ------
    UnlikeError
        If their columns are not the same.
    """
    sink.write(_MARK)
    at, rows, first = len(_MARK), 0, None
    groups: list[Any] = []
    for data in files:
        told = footer(data)
        if first is None:
            first = told
        elif told[_SCHEMA] != first[_SCHEMA]:
            raise UnlikeError("the files have different columns")
        for group in told[_GROUPS][1][1]:
            at = _move(group, data, sink, at, len(groups))
            groups.append(group)
        rows += told[_ROWS][1]
    if first is None:
        raise ValueError("there are no files to put together")
    first[_ROWS] = (thrift.I64, rows)
    first[_GROUPS] = (thrift.LIST, (thrift.STRUCT, groups))
    sink.write(
        _footer(first, {key.encode(): value.encode("utf-8") for key, value in about().items()})
    )
    return rows


def _move(group: thrift.Struct, data: bytes, sink: IO[bytes], at: int, ordinal: int) -> int:
    """Write the pages of a row group and let its entries point to them; return where they end."""
    known: dict[int, int] = {}
    view = memoryview(data)
    begin = at
    for column in group[_COLUMNS][1][1]:
        meta = column[_CHUNK_META][1]
        starts = [meta[field][1] for field in (_DICTIONARY_AT, _DATA_AT) if field in meta]
        start, size = min(starts), meta[_SIZE][1]
        place = known.get(start)
        if place is None:  # else they are those of another column
            place = known[start] = at
            sink.write(view[start : start + size])
            at += size
        shift = place - start
        for field in (_DATA_AT, _DICTIONARY_AT):
            if field in meta:
                meta[field] = (thrift.I64, meta[field][1] + shift)
        column[_CHUNK_AT] = (
            thrift.I64,
            column[_CHUNK_AT][1] + shift if column[_CHUNK_AT][1] else 0,
        )
    group[_GROUP_AT] = (thrift.I64, begin)
    group[_GROUP_COMPRESSED] = (thrift.I64, at - begin)
    group[_ORDINAL] = (thrift.I16, min(ordinal, 32767))
    return at
