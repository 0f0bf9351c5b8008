"""`parameter()`: the fields of a model, with their range, unit and source."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import ModelError, ParameterError, nearest
from negotiation.model import values
from negotiation.model.values import Kind, Percent

if TYPE_CHECKING:
    from negotiation.prior import Prior

#: Where a dataclass field keeps what `parameter()` was told.
METADATA = "negotiation.parameter"

#: Units without a dimension beside rates and shares, of which people may speak in per cent too.
_PURE = re.compile(r"^$|\b(?:rate|ratio|factor)\b|(?P<unit>\S+)( a year)? per (?P=unit)")
#: The word that stands for all choices of a parameter that takes several.
EVERY = "all"


#: Most whole numbers that are tried one by one where a study tries every value.
_MANY = 50


@dataclasses.dataclass(frozen=True, repr=False)
class Parameter:
    """What is known about one parameter of a model.

    Attributes
    ----------
    name : str
        As the user writes it; may be dotted (`diversification.autos`).
    field : str
        The dataclass field that holds it.
    default, low, high
        None where there is no bound; `default` None means that it follows `inherits`.
    choices : tuple of str
        The words allowed; empty for a number.
    many : bool
        Several choices may be given, joined by `+`; `all`, where it is one of them, alone.
    unit, source, about : str
    lever_of : str
        The player whose choice it is; empty for nobody's.
    inherits : str
        Name of the parameter whose value this one takes where it is not set.
    stake : str
        What is at stake in the game and the talks where it is 1, and is not where it is 0; empty
        for any other parameter. Attribution is over these.
    kind : Kind
        A number, a whole number, true or false, or a word.
    fraction : bool
        A rate or a share, 0.25 where people say 25 per cent: 25 is asked about and `25%` is read.
    formerly : tuple of str
        Names that it had in the version before, which still work.
    scenario : bool
        Its words are different questions, not different judgements of one.
    prior : Prior, optional
        What is believed about it; studies that draw take it from there.
    vector : callable, optional
        Of a word that stands for several positive numbers: these numbers. The parameter then takes
        arrays (..., S) as well, whose last axis is no axis of a cloud.
    entries : callable, optional
        With `vector`: what these numbers are of, in words by code, in their order.
    clouds : bool
        Its words may come in an array, one for each point of a cloud.
    """

    name: str
    field: str
    default: Any
    low: float | None
    high: float | None
    below: float | None
    choices: tuple[str, ...]
    many: bool
    unit: str
    source: str
    about: str
    lever_of: str
    inherits: str
    stake: str

    kind: Kind = Kind.NUMBER
    fraction: bool = False
    formerly: tuple[str, ...] = ()
    scenario: bool = False
    prior: Prior | None = None
    vector: Callable[[str], NDArray[np.float64]] | None = None
    entries: Callable[[], Mapping[str, str]] | None = None
    clouds: bool = False

    def __repr__(self) -> str:
        """Say in one line what it is: its name, default, kind and range."""
        default = f"as {self.inherits}" if self.default is None else repr(self.default)
        told = f"{self.range} {self.unit}".rstrip()
        return f"<Parameter {self.name} = {default}: {self.kind}, {told}>"

    @property
    def numeric(self) -> bool:
        """Whether values are numbers without gaps, so that there are derivatives and thresholds."""
        return self.kind is Kind.NUMBER

    @property
    def range(self) -> str:
        """The values allowed, in words."""
        if self.kind is Kind.WORD:
            return "|".join(self.choices) + (" (join several with +)" if self.many else "")
        if self.kind is Kind.BOOLEAN:
            return "true|false"
        if self.kind is Kind.TEXT:
            return "any text"
        low = "-inf" if self.low is None else f"{self.low:g}"
        if self.below is not None:
            return f"[{low}, {self.below:g})"
        return f"[{low}, inf)" if self.high is None else f"[{low}, {self.high:g}]"

    @property
    def upper(self) -> float | None:
        """The largest value, or the open end of the range."""
        return self.high if self.below is None else self.below

    @property
    def takes(self) -> str:
        """What its values are, in the plural."""
        return {
            Kind.NUMBER: "numbers",
            Kind.INTEGER: "whole numbers",
            Kind.BOOLEAN: "true or false",
            Kind.WORD: "words",
            Kind.TEXT: "text",
        }[self.kind]

    @property
    def expected(self) -> str:
        """What a value has to be, in words, with its range and unit."""
        unit = f" ({self.unit})" if self.unit else ""
        if self.kind is Kind.WORD:
            return f"one of {', '.join(self.choices)}{unit}"
        if self.kind is Kind.BOOLEAN:
            return f"true or false{unit}"
        if self.kind is Kind.TEXT:
            return f"text{unit}"
        return f"a {self.kind} in {self.range}{unit}"

    @property
    def options(self) -> tuple[Any, ...]:
        """Every value, where there are few: words, false and true, a short range of whole numbers.

        Empty for a number, and for whole numbers without bounds or with more than fifty values.
        """
        if self.kind is Kind.BOOLEAN:
            return (False, True)
        if self.kind is not Kind.INTEGER:
            return self.choices
        if self.low is None or self.upper is None or self.upper - self.low >= _MANY:
            return ()
        whole = range(int(np.ceil(self.low)), int(np.floor(self.upper)) + 1)
        return tuple(n for n in whole if self.below is None or n < self.below)

    def written(self, value: Any) -> str:
        """Write a value as a user writes it after the equals sign."""
        if self.kind is Kind.BOOLEAN and np.ndim(value) == 0:
            return "true" if value else "false"
        if isinstance(value, Percent):
            return f"{100 * value:.12g}%"
        return str(value)

    def number(self, text: str) -> float:
        """Read a number in this parameter's unit; a percent sign makes it a hundredth.

        Raises
        ------
        ValueError
            If it is no number.
        """
        found = values.number(text)
        if isinstance(found, Percent) and values.is_per_cent(self.unit):
            return float(text.strip()[:-1])
        return found

    def check(self, value: Any, model: str, *, ask: bool = True) -> Any:
        """Return the value ready for use.

        Numbers, whole numbers and truth values come alone or in an array, or as text; a word; None
        to inherit.

        Parameters
        ----------
        ask : bool
            Ask back where a rate or share is so large that per cent were meant. A study that looks
            at values between those that a user gave does not ask.

        Raises
        ------
        ParameterError
            Naming the value, the range and the unit.
        """
        if value is None and self.inherits:
            return None
        if self.vector is not None and isinstance(value, np.ndarray):
            return self._check_vector(value, model)
        if self.clouds and isinstance(value, np.ndarray):
            for word in np.unique(value).tolist():
                self._check_words(word, model)
            return value.astype(str)
        if self.kind is Kind.WORD:
            return self._check_words(value, model)
        if self.kind is Kind.TEXT:
            if not isinstance(value, str | os.PathLike):
                raise ParameterError(
                    f"{model}: parameter {self.name} is {value!r:.60}; expected {self.expected}"
                )
            return os.fspath(value)
        if self.kind is not Kind.NUMBER:
            return self._check_whole(value, model)
        numbers, meant = self._read(value, model)
        bad = ~np.isfinite(numbers)
        if self.low is not None:
            bad |= numbers < self.low
        if self.high is not None:
            bad |= numbers > self.high
        if self.below is not None:
            bad |= numbers >= self.below
        if bad.any():
            worst = float(numbers[bad].flat[0])
            raise ParameterError(
                f"{model}: parameter {self.name} is {worst:g}; expected {self.expected}"
                f"{self._meant(worst) if ask else ''}"
            )
        large = np.abs(numbers) >= values.ASKED_FROM
        if ask and self.fraction and (large & ~meant).any():
            worst = float(numbers[large & ~meant].flat[0])
            raise ParameterError(
                f"{model}: parameter {self.name} is {worst:g}, that is {worst * 100:,.6g} % "
                f"({self.unit}){self._meant(worst)} Write '{worst * 100:.12g}%' if you mean "
                f"{worst:g}"
            )
        if numbers.ndim:
            return numbers
        return Percent(numbers) if self.fraction and bool(meant & large) else float(numbers)

    def shape_of(self, value: Any) -> tuple[int, ...]:
        """Return the batch axes of a value."""
        shape: tuple[int, ...] = np.shape(value)
        return shape[:-1] if self.vector is not None else shape

    def _check_vector(self, value: NDArray[Any], model: str) -> NDArray[np.float64]:
        assert self.vector is not None
        length = len(self.vector(self.choices[0]))
        good = value.ndim >= 1 and value.shape[-1] == length and value.dtype.kind in "fiu"
        if not good or not np.isfinite(value).all() or not (value > 0.0).all():
            raise ParameterError(
                f"{model}: parameter {self.name} is an array of shape {value.shape}; expected a "
                f"word, or positive numbers of shape (..., {length})"
            )
        return value.astype(float)

    def _meant(self, value: float) -> str:
        """Ask about per cent, where a hundredth of a rate or share would be allowed."""
        there = value / 100.0
        if not self._takes_percent or not 1.0 < abs(value) < np.inf:
            return ""
        if self.low is not None and there < self.low:
            return ""
        if self.upper is not None and (there > self.upper or there == self.below):
            return ""
        return f"; did you mean {there:g} ({value:g} %)?"

    def _read(self, value: Any, model: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Numbers from whatever may hold them, and which of them had a percent sign."""
        if type(value) is float or (isinstance(value, np.ndarray) and value.dtype.kind in "fiu"):
            numbers = np.asarray(value, dtype=float)
            return numbers, np.zeros(numbers.shape, dtype=bool)
        try:
            parts, shape = values.elements(value)
            read = [self.number(each) if isinstance(each, str) else each for each in parts]
            if values.is_per_cent(self.unit):
                read = [each * 100.0 if isinstance(each, Percent) else each for each in read]
            numbers = np.array([float(each) for each in read]).reshape(shape)
        except (TypeError, ValueError, OverflowError):
            raise ParameterError(
                f"{model}: parameter {self.name} is {value!r:.60}; expected {self.expected}"
                f"{_decimal_comma(value)}"
            ) from None
        meant = np.array([isinstance(each, Percent) for each in read], dtype=bool).reshape(shape)
        if meant.any() and not self._takes_percent:
            raise ParameterError(
                f"{model}: parameter {self.name} is '{100 * numbers[meant].flat[0]:.6g}%', but its "
                f"unit is {self.unit} and a percent sign says nothing of it; expected "
                f"{self.expected}"
            )
        return numbers, meant

    @property
    def _takes_percent(self) -> bool:
        if self.fraction or values.is_per_cent(self.unit) or _PURE.search(self.unit):
            return True
        ends = (self.low, self.upper)
        return all(end is not None and abs(end) <= values.ASKED_FROM for end in ends)

    def _check_whole(self, value: Any, model: str) -> Any:
        """Whole numbers or truth values, alone or in an array."""
        read = values.whole if self.kind is Kind.INTEGER else values.yes_or_no
        told = value
        try:
            parts, shape = values.elements(value)
            found = []
            for told in parts:
                found.append(read(told))
                if self.kind is Kind.INTEGER and not self._holds(found[-1]):
                    raise ValueError(told)
        except (TypeError, ValueError, OverflowError):
            given = f"{told!r:.60}" if isinstance(told, str) else f"{told!s:.60}"
            raise ParameterError(
                f"{model}: parameter {self.name} is {given}; expected {self.expected}"
            ) from None
        if not shape:
            return found[0]
        dtype = np.int64 if self.kind is Kind.INTEGER else np.bool_
        return np.array(found, dtype=dtype).reshape(shape)

    def _holds(self, value: float) -> bool:
        """Whether a number is in the range."""
        return not (
            (self.low is not None and value < self.low)
            or (self.high is not None and value > self.high)
            or (self.below is not None and value >= self.below)
        )

    def _check_words(self, value: Any, model: str) -> str:
        words = [str(word).strip() for word in _several(value)] if self.many else [str(value)]
        for word in words:
            if word not in self.choices:
                how = "; join several with '+'" if self.many else ""
                if self.many and "," in word:
                    joined = "+".join(each.strip() for each in word.split(","))
                    how = f"; '+' joins several in one value ({joined}), ',' parts those of a sweep"
                raise ParameterError(
                    f"{model}: parameter {self.name} is '{word}'{nearest(word, self.choices)}; "
                    f"choose from {', '.join(self.choices)}{how}"
                )
            if words.count(word) > 1:
                raise ParameterError(
                    f"{model}: parameter {self.name} has '{word}' twice; give each once"
                )
        if EVERY in words and words != [EVERY]:
            raise ParameterError(
                f"{model}: parameter {self.name} is '{'+'.join(words)}'; give '{EVERY}' alone, or "
                "some by name, joined by '+'"
            )
        return "+".join(words)


def _several(value: Any) -> list[Any]:
    """Words that a text joins by `+`, or that are given as a list."""
    if isinstance(value, str):
        return list(value.split("+"))
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def _decimal_comma(value: Any) -> str:
    """Return what to write in place of a decimal comma; empty where there is none."""
    whole, comma, part = str(value).strip().partition(",")
    if not comma or not whole.lstrip("+-").isdigit() or not part.rstrip("%").isdigit():
        return ""
    return f"; write a decimal point: {whole}.{part}"


def parameter(
    default: Any,
    *,
    low: float | None = None,
    high: float | None = None,
    below: float | None = None,
    choices: tuple[str, ...] = (),
    many: bool = False,
    unit: str = "",
    source: str = "",
    about: str = "",
    lever_of: str = "",
    name: str = "",
    inherits: str = "",
    stake: str = "",
    fraction: bool | None = None,
    formerly: tuple[str, ...] = (),
    scenario: bool = False,
    prior: Prior | None = None,
    vector: Callable[[str], NDArray[np.float64]] | None = None,
    entries: Callable[[], Mapping[str, str]] | None = None,
    clouds: bool = False,
) -> Any:
    """Declare a parameter of a model.

    The field's annotation says what its values are: `float` for a number, `int` for a whole
    number, `bool` for true or false, `str` for free text; with `choices` it is a word.

    Parameters
    ----------
    default : number, bool, str or None
        None only with `inherits`.
    low, high : float, optional
        Closed bounds.
    below : float, optional
        Open upper bound, in place of `high`.
    choices : tuple of str
        Words allowed; makes the parameter a word. `many` allows several, joined by `+`.
    unit, source : str
        Required by `negotiation models check`.
    about : str
        One line for `negotiation models show`.
    lever_of : str
        The player whose choice it is.
    name : str
        What the user writes, where it is not the field's name (`diversification.autos`).
    inherits : str
        Another parameter's name, whose value is taken where this one is not set.
    stake : str
        Name of the table that this parameter puts at stake (1, its default) or leaves as in the
        status quo (0): what leverage is attributed to.
    fraction : bool, optional
        Whether it is a rate or a share, 0.25 where people say 25 per cent: then 25 is refused with
        a question, `25%` is 0.25 and `2500%` is how to say 25. By the unit if not given.
    formerly : tuple of str
        Names that it had in the version before, which still work.
    scenario : bool
        Whether its words are different questions rather than different judgements of one: they are
        then not tried beside the answer.
    prior : Prior, optional
        What is believed about the parameter, see `negotiation.prior`: studies draw from it
        where a user neither sets nor varies the parameter.
    vector : callable, optional
        Of a word that stands for several positive numbers, such as a set of elasticities: these
        numbers. The parameter then also takes arrays of shape (..., S).
    entries : callable, optional
        What these numbers are of: words by code, in their order.
    clouds : bool
        Whether its words may come in an array, one for each point of a cloud, so that draws of
        them are one cloud.

    Raises
    ------
    ModelError
        For choices that are not words.
    """
    if not all(isinstance(word, str) for word in choices):
        raise ModelError(
            f"a parameter has the choices {choices!r}; expected words, e.g. choices=('low', "
            "'high'); whole numbers are declared by 'field: int = parameter(3, low=1, high=5)'"
        )
    keep = {
        "low": low,
        "high": high,
        "below": below,
        "choices": choices,
        "many": many,
        "unit": unit,
        "source": source,
        "about": about,
        "lever_of": lever_of,
        "name": name,
        "inherits": inherits,
        "stake": stake,
        "fraction": values.is_fraction(unit) if fraction is None else fraction,
        "formerly": formerly,
        "scenario": scenario,
        "prior": prior,
        "vector": vector,
        "entries": entries,
        "clouds": clouds,
    }
    return dataclasses.field(default=default, metadata={METADATA: keep})
