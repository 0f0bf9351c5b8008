"""`Axis` and `Grid`: the values of parameters, and their product."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from negotiation.errors import GridError
from negotiation.model import Kind, Model, Percent, number
from negotiation.sweep.axis_values import counted, listed, numbers

#: Most points of one grid: at a tenth of a second for a hundred this is an afternoon.
MOST_POINTS = 10_000_000


@dataclasses.dataclass(frozen=True)
class Axis:
    """Values of one parameter.

    Attributes
    ----------
    name : str
        Parameter name, dotted names included.
    values : tuple of float, of int, of bool or of str
    words : tuple of str
        The values as they were written, where they were: `2025` may be a word to a model.
    """

    name: str
    values: tuple[float | bool | str, ...]
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.values:
            raise GridError(f"axis {self.name} has no values; give at least one")
        if len(set(self.values)) != len(self.values):
            raise GridError(f"axis {self.name} has a value twice: {self.values}")

    @classmethod
    def parse(cls, text: str, model: type[Model] | None = None) -> Axis:
        """Read `name=start:stop:count` or `name=value,value,...`.

        Of a parameter of `model` that takes whole numbers also `name=start:stop`, every one of
        them. A percent sign makes a number a hundredth.

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
            spec = None if model is None else model.parameters().get(name)
            if spec is not None and spec.kind in (Kind.INTEGER, Kind.BOOLEAN):
                return cls(name, counted(text, values.split(":"), spec, MOST_POINTS))
            return cls(name, _spaced(text, values.split(":"), example))
        words = [word.strip() for word in values.split(",")]
        if not all(words):
            raise GridError(f"'{text}' has an empty value; expected name=value,value, {example}")
        try:
            found = [number(word) for word in words]
        except ValueError:
            return cls(name, _different(text, words, example))
        values_ = _different(text, _finite(text, found, example), example)
        return cls(name, values_, tuple(words))

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers."""
        return not any(isinstance(value, str | bool) for value in self.values)


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
        start, stop, count = number(parts[0]), number(parts[1]), int(parts[2])
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
    # A range with a percent sign at an end was written in per cent: its size is what was meant.
    kind = Percent if isinstance(start, Percent) or isinstance(stop, Percent) else float
    return tuple(kind(value) for value in np.linspace(start, stop, count))


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
    def of(
        cls,
        vary: Grid | Axis | str | Mapping[str, Any] | Sequence[Axis | str],
        model: type[Model] | None = None,
    ) -> Grid:
        """Build a grid from axes, from their texts, or from a mapping of name to values.

        Raises
        ------
        GridError
        """
        if isinstance(vary, Grid):
            return vary
        if isinstance(vary, Mapping):
            return cls(tuple(Axis(name, listed(name, values)) for name, values in vary.items()))
        given: Iterable[object] = [vary]
        if not isinstance(vary, Axis | str) and isinstance(vary, Iterable):
            given = vary
        axes: list[Axis] = []
        for axis in given:
            if not isinstance(axis, Axis | str):
                raise GridError(
                    f"{axis!r:.60} is no axis; expected Axis objects or texts, e.g. "
                    "['diversification=0:0.4:41'], or a mapping of name to values"
                )
            axes.append(Axis.parse(axis, model) if isinstance(axis, str) else axis)
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
            if spec.kind is Kind.WORD and not all(isinstance(v, str) for v in axis.values):
                axis = Axis(axis.name, axis.words or tuple(str(value) for value in axis.values))
            checked = (
                numbers(axis.name, axis.values, spec, model)
                if spec.numeric
                else tuple(spec.check(value, model.name()) for value in axis.values)
            )
            fitted.append(Axis(axis.name, checked, axis.words))
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
