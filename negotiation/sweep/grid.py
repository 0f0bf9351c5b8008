"""`Axis` and `Grid`: the values of parameters, and their product."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from negotiation.errors import GridError
from negotiation.model import Model

#: Most points of one grid: at a tenth of a second for a hundred this is an afternoon.
MOST_POINTS = 10_000_000


@dataclasses.dataclass(frozen=True)
class Axis:
    """Values of one parameter.

    Attributes
    ----------
    name : str
        Parameter name, dotted names included.
    values : tuple of float or of str
    words : tuple of str
        The values as they were written, where they were: `2025` may be a word to a model.
    """

    name: str
    values: tuple[float | str, ...]
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.values:
            raise GridError(f"axis {self.name} has no values; give at least one")
        if len(set(self.values)) != len(self.values):
            raise GridError(f"axis {self.name} has a value twice: {self.values}")

    @classmethod
    def parse(cls, text: str) -> Axis:
        """Read `name=start:stop:count` or `name=value,value,...`.

        Raises
        ------
        GridError
            Naming what is wrong and showing an example.
        """
        name, equals, values = text.partition("=")
        name, values = name.strip(), values.strip()
        example = "e.g. diversification=0:0.4:41 or tariff=0,0.15,0.25"
        if not equals or not name or not values:
            raise GridError(f"'{text}' is no axis; expected name=values, {example}")
        if ":" in values:
            return cls(name, _spaced(text, values.split(":"), example))
        words = [word.strip() for word in values.split(",")]
        if not all(words):
            raise GridError(f"'{text}' has an empty value; expected name=value,value, {example}")
        try:
            numbers = [float(word) for word in words]
        except ValueError:
            return cls(name, _different(text, words, example))
        values_ = _different(text, _finite(text, numbers, example), example)
        return cls(name, values_, tuple(words))

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers."""
        return not any(isinstance(value, str) for value in self.values)


def _is_number(value: float | str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _different(text: str, values: Sequence[Any], example: str) -> tuple[Any, ...]:
    if len(set(values)) != len(values):
        raise GridError(f"'{text}' has a value twice; give each once, {example}")
    return tuple(values)


def _finite(text: str, values: Sequence[float], example: str) -> Sequence[float]:
    if not np.isfinite(values).all():
        raise GridError(f"'{text}' has a value that is not finite; give numbers, {example}")
    return values


def _spaced(text: str, parts: Sequence[str], example: str) -> tuple[float, ...]:
    try:
        if len(parts) != 3:
            raise ValueError
        start, stop, count = float(parts[0]), float(parts[1]), int(parts[2])
    except ValueError:
        raise GridError(f"'{text}' is no axis; expected name=start:stop:count, {example}") from None
    _finite(text, [start, stop], example)
    if count < 2:
        raise GridError(f"'{text}' asks for {count} points; expected at least 2, {example}")
    if count > MOST_POINTS:
        raise GridError(
            f"'{text}' asks for {count} points; at most {MOST_POINTS} are allowed, {example}"
        )
    if start == stop:
        raise GridError(f"'{text}' starts and stops at {start:g}; give different ends, {example}")
    return tuple(float(value) for value in np.linspace(start, stop, count))


@dataclasses.dataclass(frozen=True)
class Grid:
    """The product of axes; the last axis runs fastest."""

    axes: tuple[Axis, ...]

    def __post_init__(self) -> None:
        names = [axis.name for axis in self.axes]
        if not names:
            raise GridError("a sweep needs something to vary, e.g. diversification=0:0.4:41")
        for name in names:
            if names.count(name) > 1:
                raise GridError(f"parameter {name} is varied twice; give all its values at once")
        if self.size > MOST_POINTS:
            raise GridError(
                f"the grid has {self.size} points; at most {MOST_POINTS} are allowed, take fewer "
                "values"
            )

    @classmethod
    def of(cls, vary: Grid | Mapping[str, Any] | Sequence[Axis | str]) -> Grid:
        """Build a grid from axes, from their texts, or from a mapping of name to values."""
        if isinstance(vary, Grid):
            return vary
        if isinstance(vary, Mapping):
            axes = [
                Axis(
                    name,
                    tuple(v if isinstance(v, str) else float(v) for v in np.atleast_1d(values)),
                )
                for name, values in vary.items()
            ]
        else:
            axes = [Axis.parse(axis) if isinstance(axis, str) else axis for axis in vary]
        return cls(tuple(axes))

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values per axis."""
        return tuple(len(axis.values) for axis in self.axes)

    @property
    def size(self) -> int:
        """Number of points."""
        return int(np.prod(self.shape, dtype=object))

    def fit(self, model: type[Model]) -> Grid:
        """Check every name and value against a model; return the grid with words where it has them.

        Raises
        ------
        GridError, ParameterError
        """
        fitted = []
        for given in self.axes:
            axis = given
            spec = model.find_parameter(axis.name)
            if not spec.numeric and axis.numeric:
                axis = Axis(axis.name, axis.words or tuple(str(value) for value in axis.values))
            if spec.numeric and not axis.numeric:
                word = next(value for value in axis.values if not _is_number(value))
                raise GridError(
                    f"axis {axis.name} has the value '{word}'; expected numbers in {spec.range}"
                )
            for value in axis.values:
                spec.check(value, model.name())
            fitted.append(axis)
        return Grid(tuple(fitted))

    def chunks(self, size: int) -> Iterator[tuple[dict[str, Any], np.ndarray[Any, Any]]]:
        """Yield parameter values of up to `size` points at once, and the points' flat positions.

        Numbers come as arrays, words as one word: points of a chunk share their words.
        """
        positions = np.arange(self.size).reshape(self.shape)
        words = [a for a, axis in enumerate(self.axes) if not axis.numeric]
        for chosen in product(*(range(len(self.axes[a].values)) for a in words)):
            picked: list[Any] = [slice(None)] * len(self.axes)
            for a, k in zip(words, chosen, strict=True):
                picked[a] = k
            flat = positions[tuple(picked)].reshape(-1)
            for start in range(0, len(flat), size):
                part = flat[start : start + size]
                index = np.unravel_index(part, self.shape)
                values: dict[str, Any] = {}
                for a, axis in enumerate(self.axes):
                    if axis.numeric:
                        values[axis.name] = np.asarray(axis.values, dtype=float)[index[a]]
                    else:
                        values[axis.name] = axis.values[index[a][0]]
                yield values, part
