"""What a sweep would take, from a few of its points."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from negotiation.case import Case, study
from negotiation.model.grid import Axis, Grid
from negotiation.outcome import evaluate
from negotiation.outcome.columns import Column, columns
from negotiation.provenance import provenance
from negotiation.study.points import CHUNK
from negotiation.study.run import MOST_POINTS, prepare

#: Bytes of one entry of a column, by suffix: numbers as text, or binary.
_BYTES = {".csv": 20, ".json": 45, ".parquet": 9, ".nc": 10, ".md": 2, ".txt": 2, ".table": 2}

#: Seconds that one entry takes to be written, by suffix.
_WRITING = {".csv": 1e-6, ".json": 4e-6, ".parquet": 2e-7, ".nc": 1e-7}

#: Formats that are put together in memory before they are written.
_WHOLE = (".csv", ".json", ".md", ".txt", ".table")

#: Points that are timed, few first: more where those before took no time to speak of.
_TIMED = (8, CHUNK, 16 * CHUNK)
_QUICK = 0.05

#: Bytes that Python and the libraries take by themselves.
_LIBRARIES = 150e6


@study(once={2: "settings", 4: "rule"})
def estimate(
    case: Case,
    vary: Grid | Axis | str | Mapping[str, Any] | Sequence[Axis | str],
    suffix: str = ".csv",
) -> str:
    """Say how many points a sweep has, and about what time, memory and bytes it would take.

    Takes as long for a billion points as for ten: a few points of the grid are timed, and nothing
    of its size is made. Nothing is written. Expect it to be right within a factor of two.
    """
    grid = prepare(case, Grid.of(vary, type(case.model)))
    seconds = 0.0
    found: dict[str, Column] = {}
    for count in _TIMED:
        # The first time loads data and compiles, and is not counted.
        for _ in range(2 if not found else 1):
            values, positions = next(grid.clouds(0, min(count, grid.size)))
            start = time.perf_counter()
            found = columns(evaluate(case.at(case.model.at_values(values))))
            took = time.perf_counter() - start
        seconds = took / len(positions)
        if took > _QUICK or len(positions) < count:
            break
    made = provenance(case)
    entries = len(found) + len(grid.axes)
    row = entries * _BYTES.get(suffix, 20)
    seconds += entries * _WRITING.get(suffix, 0.0)
    shape = " x ".join(f"{len(axis.values)} {axis.name}" for axis in grid.axes)
    memory = _LIBRARIES + grid.size * (_held(found, len(grid.axes), len(made)))
    # The text, the bytes it is written as, and the pieces it is put together from.
    memory += 3 * grid.size * row if suffix in _WHOLE else 0.0
    more = ""
    if grid.size > MOST_POINTS:
        more = (
            f"; more than the {MOST_POINTS} points that one sweep evaluates, so take fewer values"
        )
    return (
        f"{grid.size} points ({shape}), about {_time(seconds * grid.size)}, {_size(memory)} of "
        f"memory and {_size(grid.size * row)} as {suffix}; nothing was written{more}"
    )


def _held(found: Mapping[str, Column], axes: int, about: int) -> float:
    """Bytes that a point takes in memory: as an array, and as a row with what it comes from."""
    arrays = sum(column.values.dtype.itemsize for column in found.values())
    return arrays + 16.0 * (len(found) + axes) + 8.0 * about


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.2g} s"
    return f"{seconds / 60:.2g} min" if seconds < 6000 else f"{seconds / 3600:.2g} h"


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"
