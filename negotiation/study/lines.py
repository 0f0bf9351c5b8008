"""What changes along a parameter at many draws: differences draw by draw, slopes, crossings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from negotiation.games.game import Array
from negotiation.study.bands import Bands, quantiles
from negotiation.tolerances import FEW_DRAWS, SURE_SIGN, ZERO_LOSS

#: Probabilities whose places along a parameter are told.
LEVELS: Final = (0.05, 0.5, 0.95)


@dataclasses.dataclass(frozen=True, eq=False)
class DrawnLine:
    """Points of a sweep that differ in one parameter.

    Attributes
    ----------
    parameter : str
    place : mapping of str to number or word
        Values of the other parameters that are swept.
    rows : (N,) array of int
        Which of the K points it is, by rising values.
    values : (N,) array
        Of the parameter.
    """

    parameter: str
    place: Mapping[str, Any]
    rows: NDArray[np.int64]
    values: Array


@dataclasses.dataclass(frozen=True)
class Spread:
    """A number over the draws that have it.

    Attributes
    ----------
    low, middle, high : float
        5, 50 and 95 %; without a range where the draws are few.
    draws : int
    agree : float
        Share of them that have the sign of the median.
    """

    low: float
    middle: float
    high: float
    draws: int
    agree: float


@dataclasses.dataclass(frozen=True)
class Passage:
    """Where a probability passes a level, interpolated between two points of a sweep.

    Attributes
    ----------
    level, value : float
    rises : bool
    between : (float, float)
        The two points.
    """

    level: float
    value: float
    rises: bool
    between: tuple[float, float]


def along(points: Mapping[str, NDArray[Any]]) -> str | None:
    """Return the parameter that a sweep goes along: the first of numbers with two or more."""
    for name, values in points.items():
        if values.dtype.kind in "fiu" and len(np.unique(values)) > 1:
            return name
    return None


def lines(points: Mapping[str, NDArray[Any]]) -> list[DrawnLine]:
    """Return the lines of a sweep along its first parameter of numbers, in the order of points."""
    name = along(points)
    if name is None:
        return []
    others = [each for each in points if each != name]
    found: dict[tuple[Any, ...], list[int]] = {}
    for k in range(len(points[name])):
        found.setdefault(tuple(points[each][k].item() for each in others), []).append(k)
    made = []
    for key, at in found.items():
        rows = np.array(at, dtype=np.int64)
        values = np.asarray(points[name][rows], dtype=float)
        order = np.argsort(values, kind="stable")
        place = dict(zip(others, key, strict=True))
        made.append(DrawnLine(name, place, rows[order], values[order]))
    return made


def spread(values: Array) -> Spread:
    """Summarise numbers of which NaN is left out."""
    known = values[np.isfinite(values)]
    if not known.size:
        return Spread(np.nan, np.nan, np.nan, 0, np.nan)
    low, middle, high = quantiles(known[None, :])[:, 0].tolist()
    if known.size < FEW_DRAWS:
        low = high = np.nan
    agree = float((np.sign(known) == np.sign(middle)).mean())
    return Spread(low, middle, high, int(known.size), agree)


def change(bands: Bands, line: DrawnLine, name: str, regime: int | None = None) -> Spread:
    """Return what a column changes by from the first point of a line to the last, draw by draw.

    Parameters
    ----------
    regime : int, optional
        Only draws that are in this regime at both ends; else, of a column that does not depend on
        it, every draw that is counted at both.
    """
    return spread(_steps(bands, line, name, regime, ends=True)[0])


def slopes(bands: Bands, line: DrawnLine, name: str, regime: int | None = None) -> list[Spread]:
    """Return the slope between each two neighbouring points of a line, draw by draw.

    The marginal leverage L3 where the column is what a deal gives.
    """
    steps = _steps(bands, line, name, regime)
    return [spread(row / width) for row, width in zip(steps, np.diff(line.values), strict=True)]


def slope(bands: Bands, line: DrawnLine, name: str, regime: int | None = None) -> Spread:
    """Return the mean slope from the first point of a line to the last, draw by draw."""
    step = _steps(bands, line, name, regime, ends=True)[0]
    return spread(step / (line.values[-1] - line.values[0]))


def _steps(
    bands: Bands, line: DrawnLine, name: str, regime: int | None, *, ends: bool = False
) -> Array:
    """(N - 1, D) differences between neighbours, or (1, D) between the ends."""
    rows = line.rows[[0, -1]] if ends else line.rows
    index = bands.index[rows]
    taken = index >= 0 if regime is None else index == regime
    values = np.where(taken, np.asarray(bands.values(name)[rows], dtype=float), np.nan)
    found = np.diff(values, axis=0)
    size = np.maximum(np.abs(values[1:]), np.abs(values[:-1]))
    return np.where(np.abs(found) <= ZERO_LOSS * size, 0.0, found)


def signs(bands: Bands, name: str, regime: int | None = None) -> Array:
    """(K,) share of the draws in which a column has the sign of its median; NaN without draws."""
    taken = bands.index >= 0 if regime is None else bands.index == regime
    values = np.where(taken, np.asarray(bands.values(name), dtype=float), np.nan)
    return np.array([spread(row).agree for row in values])


def sure(bands: Bands, name: str, regime: int | None = None) -> NDArray[np.bool_]:
    """(K,) whether so many draws agree on the sign of a column that it counts as sure."""
    return np.asarray(signs(bands, name, regime) >= SURE_SIGN)


def crossings(
    line: DrawnLine, probability: Array, levels: tuple[float, ...] = LEVELS
) -> list[Passage]:
    """Return where a probability (K,) passes some levels along a line, in order of place."""
    p = np.asarray(probability, dtype=float)[line.rows]
    found = []
    for level in levels:
        for k in range(len(p) - 1):
            one, two = float(p[k]), float(p[k + 1])
            if not (np.isfinite(one) and np.isfinite(two)) or (one < level) == (two < level):
                continue
            low, high = float(line.values[k]), float(line.values[k + 1])
            at = low + (high - low) * (level - one) / (two - one)
            found.append(Passage(level, at, two > one, (low, high)))
    return sorted(found, key=lambda each: each.value)


__all__ = [
    "LEVELS",
    "DrawnLine",
    "Passage",
    "Spread",
    "along",
    "change",
    "crossings",
    "lines",
    "signs",
    "slope",
    "slopes",
    "spread",
    "sure",
]
