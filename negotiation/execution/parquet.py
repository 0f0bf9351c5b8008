"""Parquet: a block as a file of one row group, and such files put together without decoding them.

Numbers are split by bytes and compressed by zstd, words are dictionaries, and what describes all
rows stands once, in the metadata of the file. Columns of a row group that have the same bytes are
stored once: their entries in the footer point to the same pages. Format: Apache Parquet,
parquet-format/src/main/thrift/parquet.thrift.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
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
_LOOKED_AT, _SAME = 4096, 1024


def available() -> bool:
    """Whether Parquet can be written here."""
    return find_spec("pyarrow") is not None


def version() -> str:
    """Version of what writes it; empty: nothing."""
    if not available():
        return ""
    import pyarrow as pa

    return str(pa.__version__)


# --- a block --------------------------------------------------------------------------------------


def to_parquet(block: Block) -> bytes:
    """Return a block as a Parquet file of one row group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names, arrays, dictionaries, split = [], [], [], []
    for name, values in block.columns.items():
        names.append(name)
        if isinstance(values, Coded):
            words = pa.array(values.words or ("",), type=pa.string())
            arrays.append(pa.DictionaryArray.from_arrays(pa.array(values.codes), words))
            dictionaries.append(name)
            continue
        arrays.append(pa.array(values))
        if _repeats(values):
            dictionaries.append(name)
        elif values.dtype.kind == "f":
            split.append(name)
    told = json.dumps(block.described, ensure_ascii=True, allow_nan=False).encode()
    table = pa.table(arrays, names=names)
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
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
    return bytes(data[:start]) + _footer(found, {_BLOCK: told})


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
_SCHEMA, _ROWS, _GROUPS, _META = 2, 3, 4, 5
_COLUMNS, _GROUP_BYTES, _GROUP_ROWS, _GROUP_AT, _GROUP_COMPRESSED, _ORDINAL = 1, 2, 3, 5, 6, 7
_CHUNK_AT, _CHUNK_META = 2, 3
_SIZE, _DATA_AT, _DICTIONARY_AT = 7, 9, 11


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


def _footer(found: thrift.Struct, metadata: Mapping[bytes, bytes]) -> bytes:
    """Return the end of a file, with other metadata."""
    pairs = [
        {1: (thrift.BINARY, key), 2: (thrift.BINARY, value)} for key, value in metadata.items()
    ]
    told = thrift.write(
        dict(sorted({**found, _META: (thrift.LIST, (thrift.STRUCT, pairs))}.items()))
    )
    return told + len(told).to_bytes(4, "little") + _MARK


def join(files: Iterable[bytes], sink: IO[bytes], metadata: Callable[[], Mapping[str, str]]) -> int:
    """Put files of one row group each together, byte by byte; return the rows.

    Parameters
    ----------
    files : iterable of bytes
        From `to_parquet`, in their order.
    sink : binary file
    metadata : callable
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
        _footer(first, {key.encode(): value.encode("utf-8") for key, value in metadata().items()})
    )
    return rows


def _move(group: thrift.Struct, data: bytes, sink: IO[bytes], at: int, ordinal: int) -> int:
    """Write the pages of a row group and let its entries point to them; return where they end."""
    known: dict[bytes, int] = {}
    view = memoryview(data)
    begin = at
    for column in group[_COLUMNS][1][1]:
        meta = column[_CHUNK_META][1]
        starts = [meta[field][1] for field in (_DICTIONARY_AT, _DATA_AT) if field in meta]
        start, size = min(starts), meta[_SIZE][1]
        pages = view[start : start + size]
        digest = hashlib.sha256(pages).digest()
        place = known.get(digest)
        if place is None:
            place = known[digest] = at
            sink.write(pages)
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
