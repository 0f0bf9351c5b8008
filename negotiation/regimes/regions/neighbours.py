"""Which regions lie on either side of a curve."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from negotiation.games.game import Array
from negotiation.regimes.regions.contours import Point
from negotiation.regimes.regions.partition import Line, Part

#: Step off a curve, in cells of the grid, and at most this share of the piece stepped off.
_STEP, _SHARE = 2e-4, 0.1


class Neighbours:
    """The parts of a plane by cell of the grid, with the number of the region each belongs to."""

    def __init__(self, parts: Sequence[Part], owner: Sequence[int]) -> None:
        self._by_cell: dict[tuple[int, int], list[tuple[Part, int]]] = defaultdict(list)
        for part, number in zip(parts, owner, strict=True):
            middle = part.polygon.mean(axis=0)
            self._by_cell[_cell((float(middle[0]), float(middle[1])))].append((part, number))

    def of(self, line: Line) -> set[tuple[int, int]]:
        """Numbers of the regions on the left and on the right of a curve, walking along it."""
        pairs = set()
        for start, end in zip(line.points[:-1], line.points[1:], strict=True):
            way = end - start
            length = float(np.hypot(*way))
            if length == 0.0:
                continue
            aside = np.array([-way[1], way[0]]) / length * min(_STEP, _SHARE * length)
            middle = 0.5 * (start + end)
            left, right = (self._at(middle + sign * aside) for sign in (1.0, -1.0))
            if left and right and left != right:
                pairs.add((left, right))
        return pairs

    def _at(self, point: Array) -> int:
        """Region of a point; zero outside the map."""
        at = (float(point[0]), float(point[1]))
        here = self._by_cell.get(_cell(at), [])
        return next((number for part, number in here if within(part.polygon, at)), 0)


def _cell(point: Point) -> tuple[int, int]:
    return math.floor(point[0]), math.floor(point[1])


def within(polygon: Array, point: Point) -> bool:
    """Whether a polygon holds a point: a ray from it crosses the outline an odd number of times."""
    x, y = polygon[:, 0] - point[0], polygon[:, 1] - point[1]
    nx, ny = np.roll(x, -1), np.roll(y, -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        right = x - y * (nx - x) / (ny - y) > 0.0
    return bool((((y > 0.0) != (ny > 0.0)) & right).sum() % 2)
