"""`SmoothAxis`: points of a smooth parameter, of which few are solved and all others interpolated.

The unknowns of the equations, logs of wages, prices and output, are smooth along a lever. A few of
its points, as near to Chebyshev-Lobatto nodes as there are any, are solved coarse to fine; the
polynomial through them says where to begin everywhere else. What comes of it is a start: every
point has a residual and a status of its own, and is solved as any other where that is not enough.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import DataError
from negotiation.trade.checks import Array, numbers

#: Points from which on a line pays.
LEAST_POINTS = 20

#: How many nodes are tried, the first that serves: the finer sets hold every second node of
#: themselves. Below `_FEW` points nine nodes are enough.
_NODES, _FEW = (13, 9, 5), 30

#: Largest factor by which interpolation may enlarge errors (Lebesgue's constant).
_LEBESGUE = 12.0

#: Levers bend most near zero: nodes are placed in log(1 + 5 d).
_BEND = 5.0


class Stage(NamedTuple):
    """Points that are solved after others, and how they start: weights of all of those."""

    members: NDArray[np.int64]
    known: NDArray[np.int64]  # of the stages before, in their order
    weights: Array  # (members, known)


@dataclasses.dataclass(frozen=True, eq=False)
class SmoothAxis:
    """An axis of a batch along which one parameter changes, smoothly as far as anybody knows.

    Attributes
    ----------
    axis : int
        Which axis of the batch, counted from the last: -1 is the last.
    values : (K,) array
        The parameter.
    """

    axis: int
    values: Array

    @classmethod
    def read(cls, axis: int, values: ArrayLike, batch: tuple[int, ...]) -> SmoothAxis | None:
        """Check a line against a batch; None where nothing changes along it.

        Raises
        ------
        DataError
            Where the axis does not hold as many points.
        """
        found = numbers("values of a line", values)
        if axis < 0 and (-axis > len(batch) or batch[axis] == 1):
            return None
        if axis >= 0 or found.shape != (batch[axis],):
            raise DataError(
                f"a line of values of shape {found.shape} along axis {axis} does not fit a batch "
                f"{batch}; expected a value for each point, and axes that count from the last"
            )
        return cls(axis, found)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """What to solve after what; none where points are few, or badly spread."""
        if len(self.values) < LEAST_POINTS or not np.isfinite(self.values).all():
            return ()
        values = self.values
        x = np.log1p(_BEND * values) if values.min() >= 0.0 else values
        different, first = np.unique(x, return_index=True)
        if len(different) < LEAST_POINTS:
            return ()
        x = (2.0 * x - different[0] - different[-1]) / (different[-1] - different[0])
        for count in _NODES:
            if count > _NODES[1] and len(different) < _FEW:
                continue
            nodes = first[_nearest(x[first], count)]
            if np.abs(_interpolation(x[nodes], x)).sum(axis=1).max() <= _LEBESGUE:
                return self._through(nodes, x)
        return ()

    def _through(self, nodes: NDArray[np.int64], x: Array) -> tuple[Stage, ...]:
        """Nodes one by one, each from the polynomial through those before it; then all others."""
        # First where the lever is at rest, or nearly: there the baseline is a good start.
        known = nodes[_leja(x[nodes], int(np.abs(self.values[nodes]).argmin()))]
        stages = [
            Stage(known[k : k + 1], known[:k], _interpolation(x[known[:k]], x[known[k : k + 1]]))
            for k in range(len(known))
        ]
        members = np.setdiff1d(np.arange(len(x)), known)
        if len(members):
            stages.append(Stage(members, known, _interpolation(x[known], x[members])))
        return tuple(stages)


def _leja(x: Array, first: int) -> NDArray[np.int64]:
    """Order in which each point is as far from all before it as can be (Leja 1957).

    Polynomials through the first few are then bounded by what they go through.
    """
    order = [first]
    apart = np.abs(x - x[order[0]])
    while len(order) < len(x):
        order.append(int(apart.argmax()))
        apart = apart * np.abs(x - x[order[-1]])
    return np.array(order)


def _nearest(x: Array, count: int) -> NDArray[np.int64]:
    """(count,) positions of different points near to the Chebyshev-Lobatto nodes; `x` ascends."""
    nodes = -np.cos(np.pi * np.arange(count) / (count - 1))
    found = np.abs(x - nodes[:, None]).argmin(axis=1)
    # Each one after the one before it, and room for those that follow.
    for k in range(1, count):
        found[k] = max(found[k], found[k - 1] + 1)
    for k in range(count - 1, -1, -1):
        found[k] = min(found[k], len(x) - count + k)
    return np.asarray(found)


def _interpolation(known: Array, wanted: Array) -> Array:
    """(wanted, known) barycentric weights of a polynomial (Berrut and Trefethen 2004)."""
    gap = known[:, None] - known
    np.fill_diagonal(gap, 1.0)
    factor = 1.0 / (2.0 * gap).prod(axis=1)
    away = wanted[:, None] - known
    there = away == 0.0
    weights = factor / np.where(there, 1.0, away)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return np.asarray(np.where(there.any(axis=1, keepdims=True), there.astype(float), weights))
