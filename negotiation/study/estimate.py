"""What a sweep would take, from a few of its points."""

from __future__ import annotations

import dataclasses
import io
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from negotiation.case import Case, study
from negotiation.coded import Coded
from negotiation.execution import Block, Execution
from negotiation.execution import parquet as columnar
from negotiation.execution.run import worker_count
from negotiation.model.grid import Axis, Grid
from negotiation.study.drawn import DrawnPoints
from negotiation.study.points import Layout, Points
from negotiation.study.run import MOST_POINTS, points

#: Bytes of one entry of a column, by suffix; of Parquet they are measured where they can be.
_BYTES = {".csv": 14, ".json": 45, ".parquet": 4, ".nc": 10, ".md": 2, ".txt": 2, ".table": 2}

#: Seconds that one entry takes to be written, by suffix, beside what is measured.
_WRITING = {".csv": 3e-7, ".json": 4e-6, ".nc": 1e-7}

#: Formats that are put together in memory before they are written, and those that are not.
_WHOLE = (".json", ".md", ".txt", ".table")
_STREAMED = (".csv", ".parquet", ".nc")

#: Points that are timed, few first: more where those before took no time to speak of.
_TIMED = (8, 64, 1024, 16_384)
_QUICK = 0.05

#: Rows from which the bytes of a row are measured.
_ENOUGH = 64

#: Bytes that Python and the libraries take by themselves in a process, and seconds to start one.
_LIBRARIES, _START = 110e6, 0.7

#: Draws and results that are timed of a sweep at many draws, results that are held together, rows
#: of a point, which are regimes, and columns of a number: its median and its range.
_FEW_DRAWS, _FEW_RESULTS, _HELD, _REGIMES, _ENDS = 16, 700, 500_000, 4, 3

#: Arrays of the size of a block's columns that are in use while it is made.
_AT_WORK = 4.0


@study(once={2: "settings", 4: "rule"})
def estimate(
    case: Case,
    vary: Grid | Axis | str | Mapping[str, Any] | Sequence[Axis | str],
    suffix: str = ".csv",
    execution: Execution = Execution(),  # noqa: B008 - it is frozen
) -> str:
    """Say how many points a sweep has, and about what time, memory and bytes it would take.

    Takes as long for a billion points as for ten: a few points of the grid are timed, and nothing
    of its size is made. Nothing is written. Expect it to be right within a factor of two.
    """
    grid = Grid.of(vary, type(case.model))
    if case.draws and case.uncertain([axis.name for axis in grid.axes]):
        return _of_draws(DrawnPoints.of(case, grid), suffix, execution)
    job = points(case, grid)
    seconds, row, block = _measured(job, suffix)
    entries = len(block.columns)
    seconds = (seconds + entries * _WRITING.get(suffix, 0.0)) * job.rows
    count = worker_count(job, execution)
    if count > 1:
        seconds = seconds / count + _START
    each = sum(
        values.codes.itemsize if isinstance(values, Coded) else values.itemsize
        for values in block.columns.values()
    )
    memory = _LIBRARIES + count * _AT_WORK * each * min(job.layout.size, job.rows)
    memory += count * _LIBRARIES if count > 1 else 0.0
    if suffix not in _STREAMED:
        words = sum(
            4 * max(map(len, values.words), default=0)
            for values in block.columns.values()
            if isinstance(values, Coded)
        )
        memory += job.rows * (2 * each + words)
    # The text, the bytes it is written as, and the pieces it is put together from.
    memory += 3 * job.rows * row if suffix in _WHOLE else 0.0
    more = f" with {count} worker processes" if count > 1 else ""
    refused = ""
    if job.rows > MOST_POINTS and suffix not in _STREAMED:
        refused = (
            f"; more than the {MOST_POINTS} points that are held in memory at once, so write to a "
            ".parquet or .csv file, or take fewer values"
        )
    shape = " x ".join(f"{len(axis.values)} {axis.name}" for axis in job.grid.axes)
    return (
        f"{job.rows} points ({shape}), about {_time(seconds)}{more}, {_size(memory)} of memory and "
        f"{_size(job.rows * row)} as {suffix}; nothing was written{refused}"
    )


def _of_draws(job: DrawnPoints, suffix: str, execution: Execution) -> str:
    """Say the same of a sweep at many draws, from a line of it at a few draws."""
    assert job.grid is not None
    start, stop = job.lines[0]
    some = min(len(job.draws), max(_FEW_DRAWS, _FEW_RESULTS // (stop - start)))
    few = DrawnPoints(Case(job.case, draws=some), job.grid)
    few.block(0)  # loads data and compiles, and is not counted
    began = time.perf_counter()
    block = few.block(0)
    took = time.perf_counter() - began
    columns = len(block.columns)
    at_work = max(_AT_WORK * 8.0 * columns, (_largest() - 2.0 * _LIBRARIES) / block.rows)
    count = worker_count(job, execution)
    seconds = took / block.rows * job.rows / count + (_START if count > 1 else 0.0)
    held = min(job.rows, (stop - start) * len(job.draws) if job.rows > _HELD else job.rows)
    memory = _LIBRARIES * (count + (count > 1)) + 8.0 * columns * held
    memory += count * at_work * job.rows_of(0)
    rows = _REGIMES * job.points
    size = rows * _ENDS * columns * _BYTES.get(suffix, 20)
    more = f" with {count} worker processes" if count > 1 else ""
    shape = " x ".join(f"{len(axis.values)} {axis.name}" for axis in job.grid.axes)
    return (
        f"{job.points} points ({shape}) at {len(job.draws)} draws, about {_time(seconds)}{more}, "
        f"{_size(memory)} of memory and {_size(size)} as {suffix}; nothing was written"
    )


def _largest() -> float:
    """Most bytes of memory that this process has had; 0 where the system does not say."""
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) * (1.0 if sys.platform == "darwin" else 1024.0)


def _measured(job: Points, suffix: str) -> tuple[float, float, Block]:
    """Seconds and bytes of a point, and a block of a few of them, from the middle of the grid."""
    seconds, row = 0.0, 0.0
    block: Block | None = None
    for count in _TIMED:
        few = min(count, job.rows, job.layout.size)
        some = dataclasses.replace(job, layout=Layout(job.rows, few))
        # The first time loads data and compiles, and is not counted.
        for _ in range(2 if block is None else 1):
            start = time.perf_counter()
            block = some.block(some.chunks // 2)
            size = _size_written(block, suffix)
            took = time.perf_counter() - start
        assert block is not None
        seconds = took / block.rows
        half = block.rows // 2
        # What stands once in a file does not count at every point.
        row = (size - _size_written(_first(block, half), suffix)) / (block.rows - half)
        if took > _QUICK or few < count:
            break
    assert block is not None
    entries = len(block.columns)
    if row <= 0.0 or block.rows < _ENOUGH:
        row = float(entries * _BYTES.get(suffix, 20))
    return seconds, row, block


def _size_written(block: Block, suffix: str) -> int:
    """Bytes of a block in a file, where writing it is part of the work; 0: it is not."""
    if suffix != ".parquet" or not columnar.available():
        return 0
    sink = io.BytesIO()
    columnar.join([columnar.to_parquet(block)], sink, dict)
    return len(sink.getvalue())


def _first(block: Block, rows: int) -> Block:
    """Return the first rows of a block."""
    return dataclasses.replace(
        block,
        columns={name: values[:rows] for name, values in block.columns.items()},
    )


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
