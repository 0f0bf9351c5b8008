"""`Model`: a point, or a cloud of points, that knows its players, actions, payoffs and talks."""

from __future__ import annotations

import dataclasses
import sys
import warnings
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from negotiation import interrupts
from negotiation.errors import (
    ModelError,
    NegotiationError,
    ParameterError,
    PayoffError,
    line_in,
    nearest,
    place_in,
    told,
)
from negotiation.games.game import Game
from negotiation.model.commands import command_about
from negotiation.model.given import Currency, Demand, Quantity, ThreatPoint
from negotiation.model.hooks import checked
from negotiation.model.parameters import METADATA, Parameter
from negotiation.model.values import Kind, kind_of
from negotiation.model.written import ModelType, refuse_strangers, same, short
from negotiation.shell import mention
from negotiation.words import brief

if TYPE_CHECKING:
    from negotiation.bargaining import Packages, Talks
    from negotiation.prior import Prior
    from negotiation.trade import Schedule, World


#: Parameters of a group, such as `duties.*`, that are named where one that is none was given.
_GROUP = 8

#: Fields that are not asked about while a model is made from another: it was asked about them.
_UNASKED: ContextVar[frozenset[str] | None] = ContextVar("_UNASKED", default=None)


@dataclasses.dataclass(frozen=True)
class Model(metaclass=ModelType):
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
        What a player is called in a sentence; its label where it is not given. What it does where
        it takes an action stands under `player.action`, as in `"us.escalate": "escalates"`, and
        what a word of a parameter means under `parameter.word`.
    headline : mapping of str to str
        Outcomes that belong in a short table, and their column heads.
    assumptions, not_modelled : tuple of str
        Shown to the user with the results.
    regions_of_players : mapping of player to str
        Code of each player's region in `trade_world`, where there is one.
    threats : mapping of str to str
        Threat points that `threat_point` knows beside the game's own, each in a phrase.
    default_threat : str
        What happens if talks fail, where nothing else is asked for.
    observed : tuple
        What each player is seen to do today: the name of an action, or a tuple of names where only
        the support of a mixture is known; empty where nothing is.
    harshest, softest : mapping of player to str
        The action by which a player threatens, and the one by which it gives way.
    chunk : int
        Points of a sweep that are evaluated together; 0: by the size of the game, and 64 where the
        model has a `trade_world`. It is part of what a sweep is: its last digits may depend on it.
    sweeps_marginals : bool
        Whether a sweep records marginal leverage (L3) as well, which takes eight further games a
        point and lever: for closed forms.
    own_effects : mapping of str to str
        Outcomes that say what the levers do by themselves, and what each is about in a phrase.
    political_costs : mapping of (player, action) to str
        Parameters that are taken off a player's payoff where it takes the action, in its unit.
    explored : mapping of str to (float, float)
        Parameters that a reader of a report may move, and their ends; by default levers with a
        smallest and a largest value, and numbers that are drawn.
    shared : tuple of str
        Cached properties that a model made from this one keeps, where only `bystanders` differ.
    bystanders : frozenset of str
        Fields on which none of these depends.
    """

    #: Set by the catalogue where the model came from a file.
    catalogue_name: ClassVar[str] = ""
    catalogue_path: ClassVar[str] = ""
    #: Hash of that file and the data beside it, as it was loaded.
    catalogue_digest: ClassVar[str] = ""
    #: How the user named it, to be repeated in commands that are printed.
    catalogue_address: ClassVar[str] = ""
    _specs: ClassVar[dict[str, Parameter]]

    players: ClassVar[tuple[str, ...]] = ()
    actions: ClassVar[tuple[tuple[str, ...], ...]] = ()
    payoff_unit: ClassVar[str] = "payoff units"
    horizon: ClassVar[str] = "not stated"
    names: ClassVar[Mapping[str, str]] = MappingProxyType({})
    headline: ClassVar[Mapping[str, str]] = MappingProxyType({})
    assumptions: ClassVar[tuple[str, ...]] = ()
    not_modelled: ClassVar[tuple[str, ...]] = ()
    regions_of_players: ClassVar[Mapping[str, str]] = MappingProxyType({})
    threats: ClassVar[Mapping[str, str]] = MappingProxyType({})
    default_threat: ClassVar[str] = "posture"
    chunk: ClassVar[int] = 0
    sweeps_marginals: ClassVar[bool] = False
    observed: ClassVar[tuple[Any, ...]] = ()
    harshest: ClassVar[Mapping[str, str]] = MappingProxyType({})
    softest: ClassVar[Mapping[str, str]] = MappingProxyType({})
    own_effects: ClassVar[Mapping[str, str]] = MappingProxyType({})
    political_costs: ClassVar[Mapping[tuple[str, str], str]] = MappingProxyType({})
    explored: ClassVar[Mapping[str, tuple[float, float]]] = MappingProxyType({})
    shared: ClassVar[tuple[str, ...]] = ()
    bystanders: ClassVar[frozenset[str]] = frozenset()

    if TYPE_CHECKING:
        # Of a class that was loaded by name a type checker does not know the fields. Of one that is
        # written out it reads them, since @dataclass gives that its own.
        def __init__(self, *positional: Any, **named: Any) -> None: ...

    else:

        def __new__(cls, *args, **kwargs):
            """Refuse what is no parameter in our words, before Python does in its own."""
            refuse_strangers(cls, args, kwargs)
            return super().__new__(cls)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Before @dataclass writes one that names every field.
        if "__repr__" not in vars(cls):
            cls.__repr__ = Model.__repr__  # type: ignore[method-assign]
        if not cls.payoff_unit:  # every number is printed with a unit
            cls.payoff_unit = Model.payoff_unit
        if not cls.horizon:
            cls.horizon = Model.horizon

    def __post_init__(self) -> None:
        known = _UNASKED.get()
        for spec in self.parameters().values():
            ask = known is not None and spec.field in known
            value = spec.check(getattr(self, spec.field), self.name(), ask=not ask)
            object.__setattr__(self, spec.field, value)
        shapes = {
            spec.name: spec.shape_of(getattr(self, spec.field))
            for spec in self.parameters().values()
        }
        try:
            np.broadcast_shapes(*shapes.values())
        except ValueError:
            told = ", ".join(f"{name} {shape}" for name, shape in shapes.items() if shape)
            raise ParameterError(
                f"{self.name()}: parameters have shapes that do not broadcast: {told}"
            ) from None

    def __getstate__(self) -> dict[str, Any]:
        """Pickle and copy what the model was made with, not what it has worked out since."""
        kind = type(self)
        return {
            name: value
            for name, value in vars(self).items()
            if not isinstance(getattr(kind, name, None), cached_property)
        }

    def __repr__(self) -> str:
        """Name what differs from the defaults, as it would be written in Python."""
        told = [
            f"{spec.field}={short(value)}"
            for spec in self.parameters().values()
            if not same(value := getattr(self, spec.field), spec.default)
        ]
        return f"{type(self).__name__}({', '.join(told)})"

    # --- what an author writes ------------------------------------------------------------------

    def payoffs(self) -> Mapping[Any, Sequence[Any]] | NDArray[np.float64]:
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

    def outcomes_at(
        self, strategies: Sequence[NDArray[np.float64]]
    ) -> Mapping[str, Quantity] | None:
        """Return the same results (...) where the players mix so, (..., A) each, expected.

        None: by those of every profile. Worth writing where these take long in a large cloud.
        """
        del strategies
        return None

    def outcomes_now(self) -> Mapping[str, Quantity] | None:
        """Return the same results (...) in the dispute as it is; None: those at `observed`."""
        return None

    def size(self) -> NDArray[np.float64] | None:
        """(..., P) economic size of each player, for scores relative to size; None: no such."""
        return None

    def lever_cost(self, name: str) -> NDArray[np.float64] | float | None:
        """Money a year that one unit of a lever costs its owner; None: not modelled."""
        del name
        return None

    def levers_worth(self) -> NDArray[np.float64] | None:
        """(..., P) what the levers pulled are worth to each player by themselves.

        In the status quo, against levers at rest, before their cost; None: not modelled.
        """
        return None

    def packages(self) -> Packages | None:
        """Return what can be agreed table by table, and what each package is worth; None: no."""
        return None

    def power_to_hurt(self) -> Mapping[str, Quantity]:
        """Return, by player, the log income the others lose if that player cuts them off.

        Values are (..., K) contributions by sector, log points; their sum is the score.
        """
        return {}

    def believed(self) -> Mapping[str, Prior]:
        """Return the priors of this point by parameter: those that are declared, as they apply."""
        known = {name: spec.prior for name, spec in self.parameters().items()}
        return {name: each for name, each in known.items() if each is not None}

    def at_rest(self) -> Model:
        """Return the model as things are today, levers at rest: where resolve is revealed."""
        return self

    def cautions(self) -> Sequence[str]:
        """Return what a reader of this point's numbers must know, in sentences; none: nothing."""
        return ()

    def demands(self) -> Sequence[Demand]:
        """Return what the levers ask of others, the most demanding first; none: not modelled."""
        return ()

    def other_money(self) -> Mapping[str, Currency]:
        """Return, by player, another currency in which its money is shown beside the unit."""
        return {}

    def horizon_here(self) -> str:
        """Return the horizon of this point's numbers, where a parameter moves it."""
        return type(self).horizon

    def threat_point(self, name: str) -> ThreatPoint:
        """Return one of `threats`, at a point: what each side gets if talks fail that way."""
        raise ModelError(f"model {self.name()} has no threat_point() for '{name}'; write one")

    def trade_world(self) -> World | None:
        """Return the world whose tariffs the players may choose; None: there is none.

        Its baseline is the status quo that changes are counted from: levers pulled, no duties
        beyond those of the data.
        """
        return None

    def known_duties(self) -> Mapping[str, Sequence[Schedule]]:
        """Return by player its duties on the other's goods: the kept ones first, then by date."""
        return {}

    def tariff_sectors(self) -> tuple[str, ...] | None:
        """Return the sectors that tariffs are about in `trade_world`; None: all."""
        return None

    def tariff_objectives(self) -> Mapping[str, Mapping[str, float]]:
        """Return political weights on real value added by region and sector; none: welfare."""
        return {}

    # --- what the package does with it ----------------------------------------------------------

    @classmethod
    def name(cls) -> str:
        """Name under which the catalogue knows the model."""
        return cls.catalogue_name or cls.__name__

    @classmethod
    def named(cls, player: str) -> str:
        """What a player is called within a sentence."""
        return cls.names.get(player, player)

    @classmethod
    def parameters(cls) -> dict[str, Parameter]:
        """Parameters by the names a user writes."""
        # Asked for at every point of a cloud: read once a class, and not from a parent's.
        known: dict[str, Parameter] | None = cls.__dict__.get("_specs")
        if known is not None:
            return known
        specs: dict[str, Parameter] = {}
        for field in dataclasses.fields(cls):
            keep = field.metadata.get(METADATA)
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
            kind = (
                Kind.WORD
                if keep["choices"]
                else kind_of(cls, field.name, field.type, field.default)
            )
            specs[name] = Parameter(
                name=name, field=field.name, default=field.default, kind=kind, **keep
            )
        cls._specs = specs
        return specs

    @classmethod
    def find_parameter(cls, name: str) -> Parameter:
        """Return one parameter by name, or suggest the nearest."""
        specs = cls.parameters()
        if not isinstance(name, str):
            raise ParameterError(
                f"{name!r:.60} is no name of a parameter of model {cls.name()}; expected a text"
            )
        if name not in specs and name.replace("-", "_") in specs:
            name = name.replace("-", "_")
        renamed = next((spec for spec in specs.values() if name in spec.formerly), None)
        if renamed is not None:
            warnings.warn(
                f"parameter {name} of model {cls.name()} is now called {renamed.name}",
                DeprecationWarning,
                stacklevel=2,
            )
            return renamed
        if name not in specs:
            group = [each for each in specs if each.startswith(name.partition(".")[0] + ".")]
            if "." in name and 1 < len(group) <= _GROUP:
                told = f"expected {', '.join(group[:-1])} or {group[-1]}"
            else:
                told = f"{mention(command_about('models show', cls))} lists them"
            raise ParameterError(
                f"model {cls.name()} has no parameter '{name}'{nearest(name, specs)}; {told}"
            )
        return specs[name]

    @classmethod
    def build(cls, values: Mapping[str, Any] | None = None) -> Self:
        """Construct the model from values by parameter name."""
        return cls(**cls._by_field(values or {}))

    @classmethod
    def _by_field(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        if not isinstance(values, Mapping):
            raise ParameterError(
                f"settings of model {cls.name()} are {values!r:.60}; expected a mapping of "
                "parameter to value, e.g. {'diversification': 0.2}"
            )
        found: dict[str, Any] = {}
        for name, value in values.items():
            spec = cls.find_parameter(name)
            if spec.field in found:
                raise ParameterError(
                    f"parameter {spec.name} of model {cls.name()} is set twice, under two of its "
                    "names; keep one"
                )
            found[spec.field] = value
        return found

    def replace(self, values: Mapping[str, Any]) -> Self:
        """Return the model with some parameters changed, by parameter name."""
        return self._changed(values, ask=True)

    def at_values(self, values: Mapping[str, Any]) -> Self:
        """Return the model at other values that lie near or between those a user gave.

        As `replace`, but a rate of 500 % and more is not asked about.
        """
        return self._changed(values, ask=False)

    def _changed(self, values: Mapping[str, Any], *, ask: bool) -> Self:
        changes = self._by_field(values)
        kept = {spec.field for spec in self.parameters().values()}
        token = _UNASKED.set(frozenset(kept - changes.keys() if ask else kept))
        try:
            changed = dataclasses.replace(self, **changes)
        finally:
            _UNASKED.reset(token)
        # Nothing that was solved depends on these, unless they make the cloud another one.
        if self.bystanders.issuperset(changes) and changed.batch_shape == self.batch_shape:
            known = vars(self)
            vars(changed).update({name: known[name] for name in self.shared if name in known})
        return changed

    def value(self, name: str) -> Any:
        """Value in use of a parameter, inherited where it is not set."""
        spec = self.find_parameter(name)
        value = getattr(self, spec.field)
        return self.value(spec.inherits) if value is None else value

    @cached_property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the cloud; empty for a point."""
        return np.broadcast_shapes(
            *(spec.shape_of(getattr(self, spec.field)) for spec in self.parameters().values())
        )

    def ask(self, what: str, *arguments: Any) -> Any:
        """Call one of the methods an author writes; its failure names file and line.

        Raises
        ------
        ModelError
            If the author's code raises anything, wants to end the program, or returns what is not
            expected of it.
        """
        try:
            value = getattr(self, what)(*arguments)
        except ModelError as error:
            path = self._path()
            line = line_in(path, error)
            if line == "?" or str(error).startswith(f"{path}, line "):
                raise
            # What the author gave was refused; where it stands is what helps.
            raise type(error)(f"{path}, line {line}: {error}") from error
        except NegotiationError:
            raise
        except BaseException as error:
            if interrupts.wanted(error):
                raise
            place = place_in(self._path(), error)
            raise ModelError(
                f"{place}: {what} of model {self.name()} failed with {told(error)}"
            ) from error
        try:
            return checked(self, what, value)
        except ModelError as error:
            raise type(error)(f"{self.place(what)}: {error}") from None

    def _path(self) -> Path:
        """File in which the model is written."""
        return Path(getattr(sys.modules.get(type(self).__module__), "__file__", None) or "?")

    def place(self, what: str) -> str:
        """File and line at which a method stands, for a complaint about what it returned."""
        method = getattr(type(self), what)
        code = getattr(getattr(method, "__func__", method), "__code__", None)
        if code is None:
            return self.name()
        # A decorator's line is the first; the reader looks for the method's own.
        return f"{code.co_filename}, line {code.co_firstlineno}"

    def game(self) -> Game:
        """Return the payoffs as a labelled `Game`."""
        table = self.ask("payoffs")
        try:
            game = self._labelled(table)
            if np.broadcast_shapes(game.batch_shape, self.batch_shape) != self.batch_shape:
                raise PayoffError(
                    f"payoffs of model {self.name()} are for {game.batch_shape} points, its "
                    f"parameters for {self.batch_shape}; expected one game for each point"
                )
            if game.batch_shape != self.batch_shape:  # a parameter of the cloud moves no payoff
                shape = self.batch_shape + game.payoffs.shape[len(game.batch_shape) :]
                game = Game(self.players, self.actions, np.broadcast_to(game.payoffs, shape))
            return game
        except ValueError:
            raise PayoffError(
                f"{self.place('payoffs')}: payoffs of model {self.name()} have batch axes "
                f"{game.batch_shape}, its parameters {self.batch_shape}, which do not fit together"
            ) from None
        except ModelError as error:
            raise type(error)(f"{self.place('payoffs')}: {error}") from error

    def _labelled(self, table: Any) -> Game:
        if isinstance(table, Mapping):
            return Game.from_profiles(self.players, self.actions, table, self.batch_shape)
        try:
            return Game(self.players, self.actions, np.asarray(table, dtype=float))
        except (TypeError, ValueError):
            raise PayoffError(
                f"payoffs of model {self.name()} are {brief(table)}; expected a mapping of profile "
                "to payoffs, or an array of numbers"
            ) from None
