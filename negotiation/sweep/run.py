"""`sweep`: evaluate a model over a grid, in chunks, into one labelled dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.catalogue import load_model
from negotiation.equilibria import find_rule
from negotiation.errors import GridError, ModelError
from negotiation.model import Model
from negotiation.outcome import evaluate
from negotiation.provenance import provenance
from negotiation.sweep.columns import columns
from negotiation.sweep.grid import Axis, Grid

if TYPE_CHECKING:
    import xarray as xr

#: Points evaluated together. Large enough to share the cost of a batch, small enough that progress
#: moves and an interrupt is answered within about a quarter of a second.
CHUNK = 64

Progress = Callable[[int, int], None]


def prepare(
    model: type[Model], grid: Grid, fixed: Mapping[str, Any], rule: str
) -> tuple[Model, Grid]:
    """Refuse a sweep that cannot be made; return the model as fixed, and the grid as it is read."""
    for name in fixed:
        if name in [axis.name for axis in grid.axes]:
            raise GridError(f"parameter {name} is both set and varied; drop one of the two")
    fitted = grid.fit(model)
    find_rule(rule, model.players)
    return model.build(fixed), fitted


def sweep(
    model: str | type[Model],
    vary: Grid | Axis | str | Mapping[str, Any] | Sequence[Axis | str],
    fixed: Mapping[str, Any] | None = None,
    *,
    rule: str = "pareto",
    progress: Progress | None = None,
) -> xr.Dataset:
    """Evaluate a model at every point of a grid.

    Parameters
    ----------
    model : str or Model subclass
        A name or path for the catalogue, or the class itself.
    vary : Grid, mapping of name to values, axis or its text, or sequence of these
    fixed : mapping, optional
        Other parameters, by name.
    rule : str
        Which equilibrium is the threat where there are several.
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

    cls = load_model(model) if isinstance(model, str) else model
    grid = Grid.of(vary, cls)
    fixed = dict(fixed or {})
    base, grid = prepare(cls, grid, fixed, rule)
    store: dict[str, Any] = {}
    meta: dict[str, dict[str, str]] = {}
    horizons: dict[str, None] = {}
    done = 0
    for values, positions in grid.chunks(CHUNK):
        point = base.at_values(values)
        horizons[point.ask("horizon_here")] = None
        for name, column in columns(evaluate(point, rule=rule)).items():
            part = np.broadcast_to(column.values, len(positions))
            if name not in store:
                kind = object if part.dtype.kind == "U" else part.dtype
                store[name] = np.empty(grid.size, dtype=kind)
                meta[name] = {"units": column.unit, "long_name": column.about}
            store[name][positions] = part
        done += len(positions)
        if progress is not None:
            progress(done, grid.size)
    attributes = provenance(base, fixed, rule) | {"horizon": " / ".join(horizons)}
    dims = [axis.name for axis in grid.axes]
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
        axis.name: (axis.name, list(axis.values), {"units": cls.find_parameter(axis.name).unit})
        for axis in grid.axes
    }
    return xr.Dataset(variables, coords=coords, attrs=attributes)
