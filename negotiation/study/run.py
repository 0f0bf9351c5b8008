"""`sweep`: evaluate a model over a grid, in chunks, into one labelled dataset."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.case import Case, study
from negotiation.errors import GridError, ModelError
from negotiation.model.grid import Axis, Grid, check_single
from negotiation.model.spaced import Spaced
from negotiation.outcome import check_clouds, evaluate
from negotiation.provenance import provenance
from negotiation.study.recorded import recorded

if TYPE_CHECKING:
    import xarray as xr

#: Points evaluated together. Large enough to share the cost of a batch, small enough that progress
#: moves and an interrupt is answered within about a quarter of a second.
CHUNK = 64

#: After this many chunks that took less than `_QUICK` seconds each, chunks become twice as large,
#: up to `_LARGEST`: a model of closed forms then spends its time on points, not on chunks.
_PATIENCE = 8
_QUICK = 0.1
_LARGEST = 4096

#: Most points of one sweep: their results are held in memory together.
MOST_POINTS = 10_000_000

Progress = Callable[[int, int], None]


class _Pace:
    """How many points are evaluated together: more where chunks are quick, never fewer.

    Attributes
    ----------
    size : int
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._quick = 0
        self._began = 0.0

    def start(self) -> None:
        """Note that a chunk begins."""
        self._began = time.perf_counter()

    def stop(self) -> None:
        """Note that it ended."""
        quick = time.perf_counter() - self._began < _QUICK
        self._quick = self._quick + 1 if quick else 0
        if self._quick >= _PATIENCE and self.size < _LARGEST:
            self.size, self._quick = min(2 * self.size, _LARGEST), 0


def prepare(case: Case, grid: Grid) -> Grid:
    """Refuse a sweep that cannot be made; return the grid as it is read."""
    check_single(case.model, "a sweep is")
    case.check_varied(axis.name for axis in grid.axes)
    fitted = grid.fit(type(case.model))
    check_clouds(case, "a sweep looks")
    return fitted


@study(once={2: "settings"})
def sweep(
    case: Case,
    vary: Grid | Axis | str | Mapping[str, Any] | Sequence[Axis | str],
    *,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Evaluate a model at every point of a grid.

    Parameters
    ----------
    case : Case, or what makes one
    vary : Grid, mapping of name to values, axis or its text, or sequence of these
    progress : callable, optional
        Called with points done and points in all.

    Returns
    -------
    xarray.Dataset
        One dimension per axis, one variable per result with its unit; the attributes say how it
        was made. Points that are not certified say so in `status`.

    Raises
    ------
    GridError, ParameterError
        Before any work, if a name or a value does not fit the model.
    """
    import xarray as xr

    base, cls = case.model, type(case.model)
    grid = prepare(case, Grid.of(vary, cls))
    if grid.size > MOST_POINTS:
        raise GridError(
            f"the sweep has {grid.size} points; at most {MOST_POINTS} are evaluated at once, take "
            "fewer values, or --dry-run to see what it would take"
        )
    store: dict[str, Any] = {}
    meta: dict[str, dict[str, str]] = {}
    horizons: dict[str, None] = {}
    cautions: dict[str, None] = {}
    done = 0
    pace = _Pace(CHUNK)
    for values, positions in grid.chunks(lambda: pace.size):
        pace.start()
        cloud = base.at_values(values)
        horizons[cloud.ask("horizon_here")] = None
        cautions.update(dict.fromkeys(cloud.ask("cautions")))
        for name, column in recorded(evaluate(case.at(cloud))).items():
            part = np.broadcast_to(column.values, len(positions))
            if name not in store:
                kind = object if part.dtype.kind == "U" else part.dtype
                store[name] = np.empty(grid.size, dtype=kind)
                meta[name] = {"units": column.unit, "long_name": column.about}
            store[name][positions] = part
        done += len(positions)
        pace.stop()
        if progress is not None:
            progress(done, grid.size)
    dims = [axis.name for axis in grid.axes]
    attributes = provenance(case, dims) | {"horizon": " / ".join(horizons)}
    if cautions:
        attributes["cautions"] = " ".join(cautions)
    taken = [name for name in dims if name in store or name in attributes]
    if taken:
        raise ModelError(
            f"model {cls.name()}: parameter {taken[0]} has the name of a column of results; give "
            f"it another name"
        )
    variables = {
        name: (
            dims,
            (np.array(values.tolist(), dtype=str) if values.dtype == object else values).reshape(
                grid.shape
            ),
            meta[name],
        )
        for name, values in store.items()
    }
    coords = {
        axis.name: (axis.name, _coordinate(axis), {"units": cls.find_parameter(axis.name).unit})
        for axis in grid.axes
    }
    return xr.Dataset(variables, coords=coords, attrs=attributes)


def _coordinate(axis: Axis) -> Any:
    """Values of an axis, in a type of their own: numbers, whole numbers, truth values, words."""
    if isinstance(axis.values, Spaced):
        return axis.at(np.arange(len(axis.values)))
    return list(axis.values)
