"""netCDF written block by block: the classic format with 64-bit offsets, which every reader knows.

What xarray writes of a whole dataset is the same to whoever reads it. Format: NetCDF Classic Format
Specification, https://docs.unidata.ucar.edu/netcdf-c/current/file_format_specifications.html.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import IO

import numpy as np

from negotiation import interrupts
from negotiation.coded import Coded
from negotiation.errors import GridError
from negotiation.execution.block import Block, Values, one_word
from negotiation.words import printable

#: What no variable of a netCDF file may be called.
_WORDS = {"byte", "char", "short", "ushort", "int", "uint", "int64", "uint64", "float"}
_WORDS |= {"real", "double", "bool", "string"}

# Tags and types of the format.
_DIMENSION, _VARIABLE, _ATTRIBUTE = 10, 11, 12
_BYTE, _CHAR, _INT, _DOUBLE = 1, 2, 4, 6

#: Most bytes of a variable; the format keeps the size in 32 bits.
_MOST = 2**32 - 4


def netcdf_name(name: str) -> str:
    """Return a name as netCDF 3 takes it; letters that it lacks become escapes."""
    plain = printable(name, encoding="ascii").replace("/", "\\u002f")
    if plain.endswith(" "):
        plain = f"{plain[:-1]}\\u0020"
    return plain if plain[:1].isalnum() and plain not in _WORDS else f"_{plain}"


@dataclasses.dataclass
class _Variable:
    """A variable: its type, its place in the file, and what is said of it."""

    kind: int
    letters: int = 0
    seen: int = 0
    truth: bool = False
    unit: str = ""
    about: str = ""
    begin: int = 0

    @property
    def size(self) -> int:
        """Bytes of one entry."""
        return {_BYTE: 1, _CHAR: self.letters, _INT: 4, _DOUBLE: 8}[self.kind]

    def bytes_of(self, values: Values) -> bytes:
        """Entries as they are written."""
        if self.kind == _CHAR:
            assert isinstance(values, Coded)
            each = [word.encode("utf-8") for word in values.words] or [b""]
            letters = np.array(each, dtype=f"S{self.letters}")
            return bytes(letters[values.codes].tobytes())
        kind = {_BYTE: ">i1", _INT: ">i4", _DOUBLE: ">f8"}[self.kind]
        return bytes(np.asarray(values).astype(kind).tobytes())


def stream_netcdf(
    sink: IO[bytes],
    blocks: Callable[[], Iterable[Block]],
    axes: Mapping[str, Values],
    made: Callable[[Mapping[str, tuple[str, ...]]], Mapping[str, str]],
) -> int:
    """Write the blocks of a grid, in the order of its points; return the number of points.

    Parameters
    ----------
    sink : binary file that can be sought in
    blocks : callable
        Yields them, from the first one at every call.
    axes : mapping of str to array or Coded
        Values of every axis, the last one fastest.
    made : callable
        Makes, of what the blocks noted, what is said of the whole.

    Raises
    ------
    GridError
        For more points than the format has room for.
    """
    found: dict[str, _Variable] = {}
    notes: dict[str, dict[str, None]] = {}
    count = 0
    for block in blocks():
        interrupts.check()
        count += 1
        for name, values in block.columns.items():
            _widen(found, name, values)
            found[name].unit, found[name].about = block.about.get(name, ("", ""))
            found[name].seen += 1
        for name, told in block.notes.items():
            notes.setdefault(name, {}).update(dict.fromkeys(told))
    for each in found.values():
        if each.seen < count and each.kind in (_BYTE, _INT):
            each.kind, each.truth = _DOUBLE, False  # a number that is missing is NaN
    for name, values in axes.items():
        unit = found[name].unit if name in found else ""
        found.pop(name, None)
        _widen(found, name, values)
        found[name].unit = unit
    shape = {name: _length(values) for name, values in axes.items()}
    points = int(np.prod(list(shape.values()), dtype=object))
    if any(points * each.size > _MOST for name, each in found.items() if name not in axes):
        raise GridError(
            f"{points} points are more than a netCDF file has room for; write to a .parquet file"
        )
    head = _header(found, shape, points, made({k: tuple(v) for k, v in notes.items()}))
    sink.write(head)
    for name, values in axes.items():
        sink.seek(found[name].begin)
        sink.write(found[name].bytes_of(values))
    row = 0
    end = len(head)
    for block in blocks():
        interrupts.check()
        for name, each in found.items():
            if name in axes:
                continue
            sink.seek(each.begin + row * each.size)
            given = block.columns.get(name)
            if given is None:
                word = one_word("", block.rows)
                given = word if each.kind == _CHAR else np.full(block.rows, np.nan)
            sink.write(each.bytes_of(given))
        row += block.rows
    for name, each in found.items():
        end = max(end, each.begin + _padded((shape[name] if name in axes else points) * each.size))
    sink.truncate(end)
    return row


def _widen(found: dict[str, _Variable], name: str, values: Values) -> None:
    """Let a variable be wide enough for some values."""
    if isinstance(values, Coded):
        letters = max((len(word.encode("utf-8")) for word in values.words), default=0)
        each = found.setdefault(name, _Variable(_CHAR))
        each.letters = max(each.letters, letters, 1)
        return
    kind = values.dtype.kind
    small = kind in "iu" and (not len(values) or int(np.abs(values).max()) < 2**31)
    fits = _BYTE if kind == "b" else _INT if small else _DOUBLE
    each = found.setdefault(name, _Variable(fits, truth=kind == "b"))
    if each.kind != fits:
        each.kind = _DOUBLE


def _length(values: Values) -> int:
    return len(values.codes if isinstance(values, Coded) else values)


def _padded(size: int) -> int:
    return -(-size // 4) * 4


def _number(value: int) -> bytes:
    return value.to_bytes(4, "big")


def _text(text: bytes) -> bytes:
    return _number(len(text)) + text.ljust(_padded(len(text)), b"\0")


def _attributes(given: Mapping[str, str | float]) -> bytes:
    parts = [_number(_ATTRIBUTE if given else 0), _number(len(given))]
    for name, value in given.items():
        parts.append(_text(netcdf_name(name).encode() if name[:1] != "_" else name.encode()))
        if isinstance(value, str):
            told = value.encode("utf-8")
            parts += [_number(_CHAR), _text(told)]
        else:
            parts += [_number(_DOUBLE), _number(1), np.array(value, dtype=">f8").tobytes()]
    return b"".join(parts)


def _header(
    found: Mapping[str, _Variable], shape: Mapping[str, int], points: int, made: Mapping[str, str]
) -> bytes:
    """Return the header, after giving every variable its place."""
    widths = sorted({each.letters for each in found.values() if each.kind == _CHAR})
    dimensions = {
        **{netcdf_name(name): size for name, size in shape.items()},
        **{f"string{width}": width for width in widths},
    }
    place = {name: k for k, name in enumerate(dimensions)}

    def variables() -> bytes:
        parts = [_number(_VARIABLE), _number(len(found))]
        for name, each in found.items():
            own = [netcdf_name(name)] if name in shape else [netcdf_name(n) for n in shape]
            own += [f"string{each.letters}"] if each.kind == _CHAR else []
            told: dict[str, str | float] = {}
            if each.kind == _DOUBLE:
                told["_FillValue"] = float("nan")
            if each.kind == _CHAR:
                told["_Encoding"] = "utf-8"
            if each.truth:
                told["dtype"] = "bool"
            if each.unit or name not in shape:
                told["units"] = each.unit
            if name not in shape:
                told["long_name"] = each.about
            if netcdf_name(name) != name:
                told["name"] = name
            size = _padded((shape.get(name, points)) * each.size)
            parts += [
                _text(netcdf_name(name).encode()),
                _number(len(own)),
                *(_number(place[dimension]) for dimension in own),
                _attributes(told),
                _number(each.kind),
                _number(min(size, _MOST)),
                each.begin.to_bytes(8, "big"),
            ]
        return b"".join(parts)

    start = b"CDF\x02" + _number(0) + _number(_DIMENSION) + _number(len(dimensions))
    start += b"".join(_text(name.encode()) + _number(size) for name, size in dimensions.items())
    start += _attributes(dict(made))
    at = len(start) + len(variables())
    for name, each in found.items():
        each.begin = at
        at += _padded((shape.get(name, points)) * each.size)
    return start + variables()
