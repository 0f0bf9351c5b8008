"""`Axis` and `Grid`: the values of parameters, and their product."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import GridError, ParameterError
from negotiation.games.game import Array
from negotiation.model import Kind, Model, Parameter, Percent, number
from negotiation.model.axis_values import comma_hint, count_of, counted, listed, numbers
from negotiation.model.spaced import Spaced

#: Most points of a grid; how many of them fit into memory is `study.run.MOST_POINTS`.
MOST_POINTS = 10_000_000_000


@dataclasses.dataclass(frozen=True)
class Axis:
    """Values of one parameter.

    Attributes
    ----------
    name : str
        Parameter name, dotted names included.
    values : sequence of float, of int, of bool or of str
        A tuple, or `Spaced` or `range` where there are many between two ends.
    words : tuple of str
        The values as they were written, where they were: `2025` may be a word to a model.
    """

    name: str
    values: Sequence[float | bool | str]
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not len(self.values):
            raise GridError(f"axis {self.name} has no values; give at least one")
        if isinstance(self.values, Spaced | range):
            return
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
            raise GridError(f"'{text}' is not an axis; expected name=values, {example}")
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

    @cached_property
    def numeric(self) -> bool:
        """Whether the values are numbers."""
        if isinstance(self.values, Spaced | range):
            return True
        return not any(isinstance(value, str | bool) for value in self.values)

    @cached_property
    def text(self) -> str:
        """The axis as a user would write it, long lists cut."""
        if isinstance(self.values, Spaced):
            ends = f"{_short(self.values.start)}:{_short(self.values.stop)}"
            return f"{self.name}={ends}:{self.values.points}"
        words = self.words or tuple(_short(value) for value in self.values[: _SHOWN + 1])
        return f"{self.name}={','.join(words[:_SHOWN])}{',...' if len(words) > _SHOWN else ''}"

    def at(self, places: NDArray[np.int64]) -> Array:
        """Return the numbers at some places of a numeric axis."""
        if isinstance(self.values, Spaced):
            return self.values.at(places)
        if isinstance(self.values, range):
            return np.asarray(self.values.start + self.values.step * places, dtype=float)
        return self._numbers[places]

    @cached_property
    def _numbers(self) -> Array:
        return np.asarray(self.values, dtype=float)


#: Values of a list that a message repeats.
_SHOWN = 8


def _short(value: float | bool | str) -> str:
    """Return a value as a user writes it: 2 and not 2.0, 25%, false."""
    if isinstance(value, str):
        return value
    if isinstance(value, Percent):
        return f"{100 * value:.12g}%"
    return str(value).lower() if isinstance(value, bool) else repr(float(value)).removesuffix(".0")


def check_single(model: Model, what: str) -> None:
    """Refuse a cloud of points where a study starts from one.

    Parameters
    ----------
    what : str
        What is found from one point, as the subject of a sentence with its verb.

    Raises
    ------
    GridError
    """
    if model.batch_shape:
        many = next(
            s.name for s in model.parameters().values() if s.shape_of(getattr(model, s.field))
        )
        raise GridError(
            f"{what} found from one point of model {model.name()}, but its parameter {many} has "
            f"{np.size(model.value(many))} values; give one number"
        )


def check_ends(text: str, spec: Parameter, ends: Sequence[float], model: str) -> None:
    """Check the ends of a range that a user gave against its parameter.

    Raises
    ------
    ParameterError
        That repeats the range as it was given.
    """
    try:
        for end in ends:
            spec.check(end, model)
    except ParameterError as error:
        raise ParameterError(f"'{text}' leaves what its parameter allows: {error}") from None


def _different(text: str, values: Sequence[Any], example: str) -> tuple[Any, ...]:
    if len(set(values)) != len(values):
        raise GridError(f"'{text}' has a value twice; give each once, {example}")
    return tuple(values)


def _finite(text: str, values: Sequence[float], example: str) -> Sequence[float]:
    if not np.isfinite(values).all():
        raise GridError(f"'{text}' has a value that is not finite; give numbers, {example}")
    return values


def _spaced(text: str, parts: Sequence[str], example: str) -> Spaced:
    try:
        if len(parts) != 3:
            raise ValueError
        start, stop, count = number(parts[0]), number(parts[1]), count_of(parts[2])
    except ValueError:
        raise GridError(
            f"'{text}' is not an axis; expected name=start:stop:count, {example}{comma_hint(text)}"
        ) from None
    _finite(text, [start, stop], example)
    if count < 2:
        raise GridError(f"'{text}' asks for {count} points; expected at least 2, {example}")
    if count > MOST_POINTS:
        raise GridError(
            f"'{text}' asks for {count} points; at most {MOST_POINTS} are allowed, {example}"
        )
    if start == stop:
        raise GridError(f"'{text}' starts and stops at {start:g}; give different ends, {example}")
    _finite(text, [stop - start], example)
    values = Spaced(start, stop, count)
    if not values.distinct:
        raise GridError(
            f"'{text}' asks for {count} points where floating-point numbers lie "
            f"{np.spacing(abs(stop)):g} apart, so that some would be the same; give fewer points "
            f"or a wider range, {example}"
        )
    return values


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
                    f"{axis!r:.60} is not an axis; expected Axis objects or texts, e.g. "
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
            if axis.name != spec.name:  # an old spelling
                axis = dataclasses.replace(axis, name=spec.name)
            try:
                fitted.append(_fitted(axis, spec, model))
            except ParameterError as error:
                raise ParameterError(
                    f"axis '{axis.text}' leaves what its parameter allows: {error}{_meant(axis)}"
                ) from None
        return Grid(tuple(fitted))

    def clouds(self, start: int, stop: int) -> Iterator[tuple[dict[str, Any], NDArray[np.int64]]]:
        """Yield the points from `start` to `stop` as clouds: parameter values, and places from 0.

        Points are numbered as rows of a table are, the last axis fastest. Numbers come as arrays,
        words as one word: the points of a cloud share their words.
        """
        places = self.places(start, stop)
        words = [axis for axis in self.axes if not axis.numeric]
        combination = np.zeros(stop - start, dtype=np.int64)
        for axis in words:
            combination = combination * len(axis.values) + places[axis.name]
        for each in np.unique(combination) if words else [0]:
            rows = np.flatnonzero(combination == each)
            yield (
                {
                    axis.name: axis.at(places[axis.name][rows])
                    if axis.numeric
                    else axis.values[int(places[axis.name][rows[0]])]
                    for axis in self.axes
                },
                rows,
            )

    def places(self, start: int, stop: int) -> dict[str, NDArray[np.int64]]:
        """Return by axis which of its values the points from `start` to `stop` have."""
        left = np.arange(start, stop, dtype=np.int64)
        found = {}
        for axis in reversed(self.axes):
            left, found[axis.name] = np.divmod(left, len(axis.values))
        return found


def _fitted(axis: Axis, spec: Parameter, model: type[Model]) -> Axis:
    """Return an axis with its values as a parameter takes them; of many numbers, only the ends."""
    values = axis.values
    words = spec.kind in (Kind.WORD, Kind.TEXT)
    if words and isinstance(values, Spaced | range):
        raise GridError(
            f"axis '{axis.text}' is a range of numbers, but parameter {axis.name} of model "
            f"{model.name()} takes {spec.takes}; expected {spec.expected}"
        )
    if spec.kind is Kind.INTEGER and isinstance(values, range):
        _ends(spec, model, values[0], values[-1])
        return axis
    if spec.numeric and isinstance(values, Spaced):
        start, stop = _ends(spec, model, values.start, values.stop)
        return dataclasses.replace(axis, values=Spaced(start, stop, values.points))
    if words and not all(isinstance(each, str) for each in values):
        axis = Axis(axis.name, axis.words or tuple(str(value) for value in values))
    checked = (
        numbers(axis.name, values, spec, model)
        if spec.numeric
        else tuple(spec.check(value, model.name()) for value in axis.values)
    )
    return Axis(axis.name, checked, axis.words)


def _ends(spec: Parameter, model: type[Model], start: float, stop: float) -> tuple[float, float]:
    """Check the ends of a range, the larger first: it shows best what was meant."""
    for end in sorted((start, stop), key=abs, reverse=True):
        spec.check(end, model.name())
    return spec.check(start, model.name()), spec.check(stop, model.name())


def _meant(axis: Axis) -> str:
    """Ask whether a list of two whole numbers was meant as one with a decimal comma."""
    two = len(axis.words) == 2 and all(word.isdigit() for word in axis.words)
    return comma_hint(axis.text) if two else ""
