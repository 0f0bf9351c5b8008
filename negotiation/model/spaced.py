"""`Spaced`: evenly spaced numbers, however many, in the room of three."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from negotiation.games.game import Array

#: A step of a range this many times the spacing of floating-point numbers there gives every point
#: a number of its own, whatever the rounding in it.
_CLEAR = 4.0

#: Points of a finer range that are compared one by one.
_MOST_COMPARED = 1_000_000


@dataclasses.dataclass(frozen=True, eq=False)
class Spaced(Sequence[float]):
    """Evenly spaced numbers, both ends included, computed when they are asked for.

    The same to the last bit as those of `numpy.linspace`, and equal to any sequence of the same.
    """

    start: float
    stop: float
    points: int

    def at(self, places: NDArray[np.int64]) -> Array:
        """Return the numbers at some places."""
        last = self.points - 1
        width = self.stop - self.start
        step = width / last
        # Below the smallest number there is a step is zero, and the places are scaled first.
        values = places * step if step else places / last * width
        return np.where(places == last, self.stop, values + self.start)

    def __len__(self) -> int:
        return self.points

    @overload
    def __getitem__(self, place: int) -> float: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[float, ...]: ...
    def __getitem__(self, place: int | slice) -> float | tuple[float, ...]:
        places = range(self.points)[place]
        if isinstance(places, int):
            return float(self.at(np.array([places]))[0])
        return tuple(self.at(np.asarray(places, dtype=np.int64)).tolist())

    def __iter__(self) -> Iterator[float]:
        return iter(self.at(np.arange(self.points)).tolist())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Spaced) and dataclasses.astuple(self) == dataclasses.astuple(other):
            return True
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    @property
    def distinct(self) -> bool:
        """Whether every point has a number of its own."""
        spacing = np.spacing(max(abs(self.start), abs(self.stop)))
        if abs(self.stop - self.start) >= _CLEAR * spacing * (self.points - 1):
            return True
        if self.points > _MOST_COMPARED:
            return False
        return len(np.unique(self.at(np.arange(self.points)))) == self.points
