"""`Block`: the rows of one chunk as named columns, and its bytes."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.coded import Coded

#: First bytes of a block in the plain format.
MAGIC = b"negotiation block 1\n"


Values = NDArray[Any] | Coded


@dataclasses.dataclass(frozen=True, eq=False)
class Block:
    """The rows of one chunk.

    Attributes
    ----------
    columns : mapping of str to array or Coded
        Numbers, truth values or words, all of the same number of rows.
    about : mapping of str to (unit, meaning)
    notes : mapping of str to tuple of str
        What is to be said once of all blocks together, such as cautions.
    uncertified : int
        Rows that are not certified.
    worst : float
        The largest residual; NaN where there is none.
    """

    columns: Mapping[str, Values]
    about: Mapping[str, tuple[str, str]] = dataclasses.field(default_factory=dict)
    notes: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    uncertified: int = 0
    worst: float = math.nan

    @property
    def rows(self) -> int:
        """Number of rows."""
        for values in self.columns.values():
            return len(values.codes if isinstance(values, Coded) else values)
        return 0

    @property
    def described(self) -> dict[str, Any]:
        """What the block is besides its columns, for JSON."""
        return {
            "about": {name: list(told) for name, told in self.about.items()},
            "notes": {name: list(told) for name, told in self.notes.items()},
            "uncertified": self.uncertified,
            "worst": None if math.isnan(self.worst) else self.worst,
        }

    @classmethod
    def with_described(cls, columns: Mapping[str, Values], told: Mapping[str, Any]) -> Block:
        """Put a block together from its columns and what `described` told."""
        worst = told.get("worst")
        return cls(
            columns,
            {name: (unit, about) for name, (unit, about) in told.get("about", {}).items()},
            {name: tuple(each) for name, each in told.get("notes", {}).items()},
            int(told.get("uncertified", 0)),
            math.nan if worst is None else float(worst),
        )


def coded_rows(values: NDArray[Any] | Coded) -> Coded:
    """Return a column of words with the words that occur, in the order of their codes."""
    if not isinstance(values, Coded):
        known: dict[str, int] = {}
        each = [known.setdefault(str(value), len(known)) for value in values.tolist()]
        return Coded(np.array(each, dtype=np.int32), tuple(known))
    used = np.flatnonzero(np.bincount(values.codes, minlength=1))
    place = np.zeros(int(used[-1]) + 1 if len(used) else 1, dtype=np.int32)
    place[used] = np.arange(len(used))
    return Coded(place[values.codes], tuple(values.words[k] for k in used))


def one_word(word: str, rows: int) -> Coded:
    """Return a column of one word."""
    return Coded(np.zeros(rows, dtype=np.int32), (word,))


def to_bytes(block: Block) -> bytes:
    """Return a block in the plain format: a line of JSON, then the columns one by one."""
    columns: list[dict[str, Any]] = []
    parts: list[bytes] = []
    for name, values in block.columns.items():
        array = values.codes if isinstance(values, Coded) else values
        array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        told: dict[str, Any] = {"name": name, "type": array.dtype.str}
        if isinstance(values, Coded):
            told["words"] = list(values.words)
        columns.append(told)
        parts.append(array.tobytes())
    head = {"rows": block.rows, "columns": columns, **block.described}
    line = json.dumps(head, ensure_ascii=True, allow_nan=False).encode() + b"\n"
    return b"".join([MAGIC, len(line).to_bytes(8, "little"), line, *parts])


def from_bytes(data: bytes | memoryview) -> Block:
    """Read a block in the plain format; its arrays are views of the bytes."""
    at = len(MAGIC)
    if bytes(data[:at]) != MAGIC:
        raise ValueError("the bytes are no block")
    length = int.from_bytes(data[at : at + 8], "little")
    at += 8
    head = json.loads(bytes(data[at : at + length]))
    at += length
    rows = int(head["rows"])
    columns: dict[str, Values] = {}
    for told in head["columns"]:
        array = np.frombuffer(data, dtype=np.dtype(told["type"]), count=rows, offset=at)
        at += array.nbytes
        columns[told["name"]] = Coded(array, tuple(told["words"])) if "words" in told else array
    return Block.with_described(columns, head)


def joined(blocks: Sequence[Block]) -> Block:
    """Put blocks together, row after row; a column that one lacks is empty there.

    Missing numbers are NaN and missing words are empty.
    """
    if len(blocks) == 1:
        return blocks[0]
    names = list(dict.fromkeys(name for block in blocks for name in block.columns))
    about: dict[str, tuple[str, str]] = {}
    notes: dict[str, dict[str, None]] = {}
    for block in blocks:
        about.update(block.about)
        for name, told in block.notes.items():
            notes.setdefault(name, {}).update(dict.fromkeys(told))
    known = [block.worst for block in blocks if not math.isnan(block.worst)]
    return Block(
        {name: _stacked(name, blocks) for name in names},
        about,
        {name: tuple(told) for name, told in notes.items()},
        sum(block.uncertified for block in blocks),
        max(known, default=math.nan),
    )


def _stacked(name: str, blocks: Sequence[Block]) -> Values:
    parts = [block.columns.get(name) for block in blocks]
    if any(isinstance(part, Coded) for part in parts):
        known: dict[str, int] = {}
        codes = []
        for part, block in zip(parts, blocks, strict=True):
            coded = (
                part
                if isinstance(part, Coded)
                else one_word("", block.rows)
                if part is None
                else coded_rows(part)
            )
            own = [known.setdefault(word, len(known)) for word in coded.words]
            codes.append(np.array(own or [0], dtype=np.int32)[coded.codes])
        return Coded(np.concatenate(codes), tuple(known))
    arrays = [
        np.full(block.rows, np.nan) if part is None else part
        for part, block in zip(parts, blocks, strict=True)
    ]
    return np.concatenate([each for each in arrays if isinstance(each, np.ndarray)])
