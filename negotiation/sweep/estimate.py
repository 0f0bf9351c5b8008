"""What a sweep would take, from a few of its points."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from negotiation.model import Model
from negotiation.outcome import evaluate
from negotiation.sweep.columns import columns
from negotiation.sweep.grid import Grid
from negotiation.sweep.run import CHUNK, prepare

#: Bytes of one entry of a column, by suffix: numbers as text, or binary.
_BYTES = {".csv": 20, ".json": 45, ".parquet": 9, ".nc": 10, ".md": 2, ".txt": 2, ".table": 2}


def estimate(
    model: type[Model],
    grid: Grid,
    fixed: Mapping[str, Any] | None = None,
    suffix: str = ".csv",
    rule: str = "pareto",
) -> str:
    """Say how many points a sweep has, and about how long and how large it would be.

    Times up to eight points of the grid, twice, so that loading data is not counted; nothing is
    written. Expect it to be right within a factor of two.
    """
    base, grid = prepare(model, grid, fixed or {}, rule)
    values, positions = next(grid.chunks(min(8, CHUNK)))
    point = base.at_values(values)
    width = len(columns(evaluate(point)))
    start = time.perf_counter()
    columns(evaluate(base.at_values(values)))
    seconds = (time.perf_counter() - start) / len(positions) * grid.size
    size = grid.size * (width + len(grid.axes)) * _BYTES.get(suffix, 20)
    shape = " x ".join(f"{len(axis.values)} {axis.name}" for axis in grid.axes)
    return (
        f"{grid.size} points ({shape}), about {_time(seconds)} and {_size(size)} as {suffix}; "
        "nothing was written"
    )


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.2g} s"
    return f"{seconds / 60:.2g} min" if seconds < 6000 else f"{seconds / 3600:.2g} h"


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"
