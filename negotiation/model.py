"""`Model`: a point, or a cloud of points, that knows its players, actions, payoffs and talks."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import (
    ModelError,
    NegotiationError,
    ParameterError,
    PayoffError,
    line_in,
    nearest,
)
from negotiation.game import Game

if TYPE_CHECKING:
    from negotiation.bargaining import Talks

_METADATA = "negotiation.parameter"


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
    }
    return dataclasses.field(default=default, metadata={_METADATA: keep})


@dataclasses.dataclass(frozen=True)
class Quantity:
    """A named result of a model for every profile of actions.

    Attributes
    ----------
    values : (..., A1, ..., AP) array
    unit, about : str
    """

    values: NDArray[np.float64]
    unit: str
    about: str = ""


@dataclasses.dataclass(frozen=True)
class Model:
    """Base of every payoff model: subclass it as a frozen dataclass of `parameter()` fields.

    A model whose fields are numbers is a point. Fields that are arrays (shapes that broadcast)
    make it a cloud of points: write `payoffs` with array arithmetic and both work.

    Class attributes
    ----------------
    players : tuple of str
    actions : tuple of tuple of str
    payoff_unit, horizon : str
        Printed with every number.
    names : mapping of player to str
        What a player is called in a sentence; "the PLAYER" where it is not given.
    headline : mapping of str to str
        Outcomes that belong in a short table, and their column heads.
    assumptions, not_modelled : tuple of str
        Shown to the user with the results.
    """

    #: Set by the catalogue where the model came from a file.
    catalogue_name: ClassVar[str] = ""
    catalogue_path: ClassVar[str] = ""

    players: ClassVar[tuple[str, ...]] = ()
    actions: ClassVar[tuple[tuple[str, ...], ...]] = ()
    payoff_unit: ClassVar[str] = "payoff units"
    horizon: ClassVar[str] = "not stated"
    names: ClassVar[Mapping[str, str]] = MappingProxyType({})
    headline: ClassVar[Mapping[str, str]] = MappingProxyType({})
    assumptions: ClassVar[tuple[str, ...]] = ()
    not_modelled: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for spec in self.parameters().values():
            value = spec.check(getattr(self, spec.field), self.name())
            object.__setattr__(self, spec.field, value)
        shapes = {
            spec.name: np.shape(getattr(self, spec.field)) for spec in self.parameters().values()
        }
        try:
            np.broadcast_shapes(*shapes.values())
        except ValueError:
            told = ", ".join(f"{name} {shape}" for name, shape in shapes.items() if shape)
            raise ParameterError(
                f"{self.name()}: parameters have shapes that do not broadcast: {told}"
            ) from None

    # --- what an author writes ------------------------------------------------------------------

    def payoffs(self) -> Mapping[tuple[str, ...], tuple[Any, ...]] | NDArray[np.float64]:
        """Payoff of every player at every profile of actions.

        Returns
        -------
        mapping of profile to payoffs, or (..., P, A1, ..., AP) array
        """
        raise ModelError(f"model {self.name()} has no payoffs(); write one")

    def talks(self) -> Talks | None:
        """Return what is bargained over once the game's outcome is the threat; None: no talks."""
        return None

    def outcomes(self) -> Mapping[str, Quantity]:
        """Further results for every profile, by name."""
        return {}

    def size(self) -> NDArray[np.float64] | None:
        """(..., P) economic size of each player, for scores relative to size; None: no such."""
        return None

    def lever_cost(self, name: str) -> NDArray[np.float64] | float | None:
        """Money a year that one unit of a lever costs its owner; None: not modelled."""
        del name
        return None

    # --- what the package does with it ----------------------------------------------------------

    @classmethod
    def name(cls) -> str:
        """Name under which the catalogue knows the model."""
        return cls.catalogue_name or cls.__name__

    @classmethod
    def named(cls, player: str) -> str:
        """What a player is called within a sentence."""
        return cls.names.get(player, f"the {player}")

    @classmethod
    def parameters(cls) -> dict[str, Parameter]:
        """Parameters by the names a user writes."""
        specs = {}
        for field in dataclasses.fields(cls):
            keep = field.metadata.get(_METADATA)
            if keep is None:
                raise ModelError(
                    f"model {cls.name()}: field {field.name} is not a parameter(); write "
                    f"'{field.name} = parameter(default, unit=..., source=...)'"
                )
            if hasattr(Model, field.name):
                raise ModelError(
                    f"model {cls.__name__}: field {field.name} has the name of a part of every "
                    f"model; call the field otherwise, and give name='{field.name}' to parameter() "
                    "if users should write that"
                )
            keep = dict(keep)
            name = keep.pop("name") or field.name
            specs[name] = Parameter(name=name, field=field.name, default=field.default, **keep)
        return specs

    @classmethod
    def find_parameter(cls, name: str) -> Parameter:
        """Return one parameter by name, or suggest the nearest."""
        specs = cls.parameters()
        if name not in specs:
            raise ParameterError(
                f"model {cls.name()} has no parameter '{name}'{nearest(name, specs)}; "
                f"'negotiation models show {cls.name()}' lists them"
            )
        return specs[name]

    @classmethod
    def build(cls, values: Mapping[str, Any] | None = None) -> Self:
        """Construct the model from values by parameter name."""
        return cls(**{cls.find_parameter(name).field: v for name, v in (values or {}).items()})

    def replace(self, values: Mapping[str, Any]) -> Self:
        """Return the model with some parameters changed, by parameter name."""
        changes = {self.find_parameter(name).field: v for name, v in values.items()}
        return dataclasses.replace(self, **changes)

    def value(self, name: str) -> Any:
        """Value in use of a parameter, inherited where it is not set."""
        spec = self.find_parameter(name)
        value = getattr(self, spec.field)
        return self.value(spec.inherits) if value is None else value

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the cloud; empty for a point."""
        return np.broadcast_shapes(
            *(np.shape(getattr(self, spec.field)) for spec in self.parameters().values())
        )

    def ask(self, what: str) -> Any:
        """Call one of the methods an author writes; its failure names file and line.

        Raises
        ------
        ModelError
            If the author's code raises anything.
        """
        try:
            return getattr(self, what)()
        except NegotiationError:
            raise
        except Exception as error:
            path = Path(getattr(sys.modules.get(type(self).__module__), "__file__", None) or "?")
            raise ModelError(
                f"{path}, line {line_in(path, error)}: {what} of model {self.name()} failed with "
                f"{type(error).__name__}: {error}"
            ) from error

    def game(self) -> Game:
        """Return the payoffs as a labelled `Game`."""
        table = self.ask("payoffs")
        if isinstance(table, Mapping):
            return Game.from_profiles(self.players, self.actions, table, self.batch_shape)
        try:
            return Game(self.players, self.actions, np.asarray(table, dtype=float))
        except (TypeError, ValueError):
            raise PayoffError(
                f"payoffs of model {self.name()} are {table!r:.60}; expected a mapping of profile "
                "to payoffs, or an array of numbers"
            ) from None
