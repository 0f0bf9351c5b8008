"""Two parameters, their ranges, and whether a model can be mapped over them."""

from __future__ import annotations

import dataclasses

import numpy as np

from negotiation.case import Case
from negotiation.errors import GridError
from negotiation.games.game import Array
from negotiation.model import Model
from negotiation.model.axis_values import comma_hint
from negotiation.model.grid import check_ends, check_single
from negotiation.outcome import check_clouds

#: Points of the grid along each parameter; curves are exact on every line of it.
POINTS = (33, 33)

#: Fewest and most of them.
_FEWEST, _MOST = 3, 1001


@dataclasses.dataclass(frozen=True)
class Plane:
    """Two parameters and their ranges, divided into cells of a grid.

    Attributes
    ----------
    names : (str, str)
    low, high : (float, float)
    points : (int, int)
        Of the grid along each.
    """

    names: tuple[str, str]
    low: tuple[float, float]
    high: tuple[float, float]
    points: tuple[int, int]

    def values(self, points: Array) -> Array:
        """Parameter values (K, 2) of points in cells of the grid."""
        low, high = np.array(self.low), np.array(self.high)
        share = np.asarray(points) / (np.array(self.points) - 1.0)
        # At the last point of the grid exactly its end, so that a bound is never passed.
        return np.asarray(np.where(share < 1.0, low + share * (high - low), high))


def prepare(case: Case, x_axis: str, y_axis: str, points: tuple[int, int]) -> Plane:
    """Refuse a map that cannot be made; return the plane.

    Raises
    ------
    GridError, ParameterError
    """
    check_single(case.model, "a map is")
    model = type(case.model)
    axes = [_axis(model, text, count) for text, count in zip((x_axis, y_axis), points, strict=True)]
    if axes[0][0] == axes[1][0]:
        raise GridError(
            f"parameter {axes[0][0]} is varied twice; a map needs two different parameters"
        )
    case.check_varied(name for name, *_ in axes)
    check_clouds(case, "a map looks")
    x, y = axes
    return Plane((x[0], y[0]), (x[1], y[1]), (x[2], y[2]), (x[3], y[3]))


def _axis(model: type[Model], text: str, count: int) -> tuple[str, float, float, int]:
    """Read `name=low:high` or `name=low:high:points`."""
    example = "e.g. diversification=0:0.6"
    name, _, values = (part.strip() for part in text.partition("="))
    spec = model.find_parameter(name) if name else None
    if spec is not None and not spec.numeric:
        raise GridError(
            f"parameter {name} takes {spec.takes}, {spec.range}; a map needs two parameters that "
            "are numbers without gaps, 'negotiation sweep' tries values one by one"
        )
    ends = values.split(":")
    try:
        if spec is None or len(ends) not in (2, 3):
            raise ValueError
        low, high = spec.number(ends[0]), spec.number(ends[1])
        count = int(ends[2]) if len(ends) == 3 else count
    except ValueError:
        raise GridError(
            f"'{text}' is not an axis; expected name=low:high, {example}{comma_hint(text)}"
        ) from None
    if not (np.isfinite([low, high]).all() and low < high):
        raise GridError(f"'{text}' goes from {low:g} to {high:g}; expected a rising range")
    if not _FEWEST <= count <= _MOST:
        raise GridError(
            f"'{text}' has {count} points; expected {_FEWEST} to {_MOST} along either parameter"
        )
    check_ends(text, spec, (low, high), model.name())
    return spec.name, low, high, count
