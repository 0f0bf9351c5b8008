"""`sweep`: evaluate a model over a grid, in chunks, into one labelled dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.case import Case, study
from negotiation.coded import Coded
from negotiation.errors import GridError
from negotiation.execution import Block, Execution
from negotiation.execution.block import joined
from negotiation.model.grid import Axis, Grid, check_single
from negotiation.outcome import check_clouds
from negotiation.study.points import Points, attributes, axis_values

if TYPE_CHECKING:
    import xarray as xr

#: Most points of one dataset: their results are held in memory together. A table that is written
#: chunk by chunk may have as many as a grid can.
MOST_POINTS = 10_000_000

Progress = Callable[[int, int], None]


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
    execution: Execution = Execution(),  # noqa: B008 - it is frozen
) -> xr.Dataset:
    """Evaluate a model at every point of a grid.

    Parameters
    ----------
    case : Case, or what makes one
    vary : Grid, mapping of name to values, axis or its text, or sequence of these
    progress : callable, optional
        Called with points done and points in all.
    execution : Execution, optional
        Who works on it, and where what is done is kept; by default this process, and nowhere. The
        dataset is the same in any case.

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
    from negotiation.execution import carry_out

    job = points(case, vary)
    check_held(job.rows)
    with carry_out(job, execution, progress) as results:
        return dataset(job, results.blocks())


def points(
    case: Case, vary: Grid | Axis | str | Mapping[str, Any] | Sequence[Axis | str]
) -> Points:
    """Return a sweep as a job, after checking that it can be made."""
    return Points.of(case, prepare(case, Grid.of(vary, type(case.model))))


def check_held(rows: int) -> None:
    """Refuse more points than are held in memory together.

    Raises
    ------
    GridError
    """
    if rows > MOST_POINTS:
        raise GridError(
            f"the sweep has {rows} points; at most {MOST_POINTS} are held in memory at once, take "
            "fewer values, or let the command line write them to a .parquet or .csv file"
        )


def dataset(job: Points, blocks: Iterable[Block]) -> xr.Dataset:
    """Label the results of all points of a sweep."""
    import xarray as xr

    grid, cls = job.grid, type(job.case.model)
    whole = joined(list(blocks))
    dims = [axis.name for axis in grid.axes]
    variables = {
        name: (
            dims,
            (values.text if isinstance(values, Coded) else values).reshape(grid.shape),
            dict(zip(("units", "long_name"), whole.about[name], strict=True)),
        )
        for name, values in whole.columns.items()
        if name not in dims
    }
    coords = {}
    for axis in grid.axes:
        values = axis_values(axis, np.arange(len(axis.values)))
        listed = list(axis.values) if isinstance(values, Coded) else values
        coords[axis.name] = (axis.name, listed, {"units": cls.find_parameter(axis.name).unit})
    return xr.Dataset(variables, coords=coords, attrs=attributes(job.made, whole.notes))
