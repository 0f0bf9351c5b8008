"""Thrift's compact protocol, as far as the footer of a Parquet file needs it.

A structure is read into a dict of field number to (type, value), so that what is not understood is
kept as it is and written again. Source: Apache Thrift, doc/specs/thrift-compact-protocol.md.
"""

from __future__ import annotations

import struct
from typing import Any

#: Types of the compact protocol.
TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)

Struct = dict[int, tuple[int, Any]]


def read(data: bytes) -> Struct:
    """Read one structure."""
    found, end = _struct(data, 0)
    if end != len(data):
        raise ValueError("there is more behind the structure")
    return found


def write(value: Struct) -> bytes:
    """Write one structure."""
    out = bytearray()
    _put_struct(out, value)
    return bytes(out)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _number(data: bytes, at: int) -> tuple[int, int]:
    value, at = _varint(data, at)
    return (value >> 1) ^ -(value & 1), at


def _struct(data: bytes, at: int) -> tuple[Struct, int]:
    found: Struct = {}
    field = 0
    while True:
        head = data[at]
        at += 1
        if not head:
            return found, at
        kind, step = head & 0x0F, head >> 4
        if step:
            field += step
        else:
            field, at = _number(data, at)
        value, at = _value(data, at, kind, inside=False)
        found[field] = (kind, value)


def _value(data: bytes, at: int, kind: int, *, inside: bool) -> tuple[Any, int]:
    if kind in (TRUE, FALSE):
        return (data[at] == TRUE, at + 1) if inside else (kind == TRUE, at)
    if kind in (I16, I32, I64):
        return _number(data, at)
    if kind == BINARY:
        size, at = _varint(data, at)
        return data[at : at + size], at + size
    if kind == STRUCT:
        return _struct(data, at)
    if kind in (LIST, SET):
        head = data[at]
        at += 1
        size, of = head >> 4, head & 0x0F
        if size == 15:
            size, at = _varint(data, at)
        items = []
        for _ in range(size):
            item, at = _value(data, at, of, inside=True)
            items.append(item)
        return (of, items), at
    if kind == BYTE:
        return data[at], at + 1
    if kind == DOUBLE:
        return struct.unpack_from("<d", data, at)[0], at + 8
    raise ValueError(f"type {kind} is not read")


def _put_varint(out: bytearray, value: int) -> None:
    while value > 0x7F:
        out.append((value & 0x7F) | 0x80)
        value >>= 7
    out.append(value)


def _put_number(out: bytearray, value: int) -> None:
    _put_varint(out, (value << 1) if value >= 0 else ((-value << 1) - 1))


def _put_struct(out: bytearray, value: Struct) -> None:
    before = 0
    for field, (given, each) in value.items():
        kind = (TRUE if each else FALSE) if given in (TRUE, FALSE) else given
        step = field - before
        if 0 < step < 16:
            out.append(step << 4 | kind)
        else:
            out.append(kind)
            _put_number(out, field)
        _put_value(out, kind, each, inside=False)
        before = field
    out.append(0)


def _put_value(out: bytearray, kind: int, value: Any, *, inside: bool) -> None:
    if kind in (TRUE, FALSE):
        if inside:
            out.append(TRUE if value else FALSE)
    elif kind in (I16, I32, I64):
        _put_number(out, value)
    elif kind == BINARY:
        _put_varint(out, len(value))
        out += value
    elif kind == STRUCT:
        _put_struct(out, value)
    elif kind in (LIST, SET):
        of, items = value
        if len(items) < 15:
            out.append(len(items) << 4 | of)
        else:
            out.append(0xF0 | of)
            _put_varint(out, len(items))
        for item in items:
            _put_value(out, of, item, inside=True)
    elif kind == BYTE:
        out.append(value)
    elif kind == DOUBLE:
        out += struct.pack("<d", value)
    else:
        raise ValueError(f"type {kind} is not written")
