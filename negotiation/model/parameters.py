"""`parameter()`: the fields of a model, with their range, unit and source."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from negotiation.errors import ParameterError, nearest

#: Where a dataclass field keeps what `parameter()` was told.
METADATA = "negotiation.parameter"


@dataclasses.dataclass(frozen=True)
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
        Several choices may be given, joined by `+`.
    unit, source, about : str
    lever_of : str
        The player whose choice it is; empty for nobody's.
    inherits : str
        Name of the parameter whose value this one takes where it is not set.
    stake : str
        What is at stake in the game and the talks where it is 1, and is not where it is 0; empty
        for any other parameter. Attribution is over these.
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

    @property
    def numeric(self) -> bool:
        """Whether values are numbers."""
        return not self.choices

    @property
    def range(self) -> str:
        """The values allowed, in words."""
        if self.choices:
            return "|".join(self.choices) + (" (join several with +)" if self.many else "")
        low = "-inf" if self.low is None else f"{self.low:g}"
        if self.below is not None:
            return f"[{low}, {self.below:g})"
        return f"[{low}, inf)" if self.high is None else f"[{low}, {self.high:g}]"

    @property
    def upper(self) -> float | None:
        """The largest value, or the open end of the range."""
        return self.high if self.below is None else self.below

    def check(self, value: Any, model: str) -> Any:
        """Return the value ready for use; a number, an array, a word, or None to inherit.

        Raises
        ------
        ParameterError
            Naming the value, the range and the unit.
        """
        if value is None and self.inherits:
            return None
        if self.choices:
            return self._check_words(value, model)
        try:
            numbers = np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            raise ParameterError(
                f"{model}: parameter {self.name} is {value!r}; expected a number in {self.range} "
                f"({self.unit})"
            ) from None
        bad = ~np.isfinite(numbers)
        if self.low is not None:
            bad |= numbers < self.low
        if self.high is not None:
            bad |= numbers > self.high
        if self.below is not None:
            bad |= numbers >= self.below
        if bad.any():
            raise ParameterError(
                f"{model}: parameter {self.name} is {numbers[bad].flat[0]:g}; expected a number in "
                f"{self.range} ({self.unit})"
            )
        return float(numbers) if numbers.ndim == 0 else numbers

    def _check_words(self, value: Any, model: str) -> str:
        if self.many:
            given = value.replace(",", "+").split("+") if isinstance(value, str) else list(value)
            words = [str(word).strip() for word in given]
        else:
            words = [str(value)]
        for word in words:
            if word not in self.choices:
                raise ParameterError(
                    f"{model}: parameter {self.name} is '{word}'{nearest(word, self.choices)}; "
                    f"choose from {', '.join(self.choices)}"
                )
        return "+".join(words)


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
) -> Any:
    """Declare a parameter of a model.

    Parameters
    ----------
    default : number, str or None
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
    """
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
    }
    return dataclasses.field(default=default, metadata={METADATA: keep})
