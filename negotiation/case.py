"""A case: a question put to a model, whole. Every study takes one."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import operator
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining import CONCEPTS, Talks
from negotiation.bargaining.solutions import CALLED
from negotiation.catalogue import ModelSource, point, settings_of
from negotiation.draws import Draws, check_design, uncertain
from negotiation.errors import GridError, ModelError, ParameterError, nearest
from negotiation.games import Selection, find_rule
from negotiation.games.game import Array
from negotiation.model import Model, ThreatPoint
from negotiation.model.values import same
from negotiation.prior import Prior, read_prior
from negotiation.registry import Registered, Registry, numbers
from negotiation.words import brief

#: Threat points of every model: its game's selected equilibrium; what talks start from; and the
#: dispute itself, out of which either side may walk into that equilibrium.
POSTURE, STATUS_QUO, DISPUTE = "posture", "status_quo", "dispute"

#: How the words on a dispute begin.
LASTING = "the dispute goes on under the inside options"


@dataclasses.dataclass(frozen=True, eq=False)
class Breakdown:
    """What is known when talks fail: what a threat point is made from.

    Attributes
    ----------
    case : Case
        What was asked; `model` is its model, a point or a cloud.
    talks : Talks or None
        None for `posture` alone; nothing else can be threatened without talks.
    selection : Selection
        The selected equilibrium of the game.
    certified : (...) array of bool
        Whether the game is solved.
    dispute : (..., 2) array or None
        Payoff a year of a dispute without end.
    """

    case: Case
    talks: Talks | None
    selection: Selection
    certified: NDArray[np.bool_]
    dispute: Array | None

    @property
    def model(self) -> Model:
        """The point, or the cloud of points."""
        return self.case.model


#: A threat point in full, or just its payoffs, (..., P), which are then as certain as the game.
Threatened = Callable[[Breakdown], ThreatPoint | ArrayLike]


def _threatened(threat: Registered[Threatened], found: Any, asked: tuple[Any, ...]) -> ThreatPoint:
    """Make a threat point of what an author's function returned; refuse what is none."""
    at: Breakdown = asked[0]
    given = found.payoffs if isinstance(found, ThreatPoint) else found
    try:
        payoffs = numbers(given, at.selection.payoffs.shape)
    except (TypeError, ValueError):
        cloud = f", after the batch {at.model.batch_shape}" if at.model.batch_shape else ""
        raise ModelError(
            f"{threat.title} returned {brief(given)}; expected payoffs of "
            f"{', '.join(at.model.players)}{cloud}, or a ThreatPoint with them"
        ) from None
    if isinstance(found, ThreatPoint):
        return dataclasses.replace(found, payoffs=payoffs)
    return ThreatPoint(payoffs, threat.about, at.certified)


#: Threat points of every model by name; a model may have its own beside them.
THREATS: Registry[Threatened] = Registry("threat point", ("at",), _threatened)
register_threat = THREATS.register


@register_threat(POSTURE, about="the equilibrium of the game, as soon as talks fail")
def _posture(at: Breakdown) -> ThreatPoint:
    return ThreatPoint(at.selection.payoffs, in_words(at.case), at.certified)


@register_threat(STATUS_QUO, about="nothing changes")
def _status_quo(at: Breakdown) -> ThreatPoint:
    assert at.talks is not None
    return ThreatPoint(np.asarray(at.talks.status_quo, dtype=float), in_words(at.case))


@register_threat(
    DISPUTE, about="talks go on under the inside options; either side may walk out into the game"
)
def _dispute(at: Breakdown) -> ThreatPoint:
    assert at.dispute is not None
    return ThreatPoint(at.dispute, in_words(at.case), at.certified)


def in_words(case: Case) -> str:
    """What happens if talks fail, as far as it can be said before it is solved."""
    selected = selected_equilibrium(case)
    if own_threat(case.model, case.threat):
        return case.model.threats[case.threat]
    return {
        POSTURE: f"payoffs at {selected}",
        STATUS_QUO: "the status quo itself",
        DISPUTE: f"{LASTING}, and either side may walk out into {selected}",
    }.get(case.threat) or THREATS[case.threat].about


def selected_equilibrium(case: Case) -> str:
    """What talks that have broken down end in, in words."""
    return f"the selected equilibrium of the game (rule: {case.rule})"


def own_threat(model: Model | type[Model], name: str) -> bool:
    """Whether a threat point is the model's own, which goes before one of the same name."""
    return name in model.threats and (name not in THREATS or THREATS[name].outside)


def _usual(model: Model) -> Mapping[str, Any]:
    """What a case is where nothing else is asked for."""
    return {
        "threat": model.default_threat,
        "rule": "pareto",
        "concept": "nash",
        "draws": 0,
        "seed": 0,
        "design": "latin_hypercube",
        "priors": {},
        "fixed": frozenset(),
    }


_COUNTS = ("draws", "seed")


@dataclasses.dataclass(frozen=True, eq=False, init=False, repr=False)
class Case:
    """A question: a model with its settings, and by which rules it is answered.

    Parameters
    ----------
    model : str, path, Model subclass, Model or Case
        A name or a path for the catalogue, a class, an instance, whose own values count, or a
        case, of which everything holds that is not given here.
    settings : mapping, optional
        Values by parameter name; they go before those of an instance or a case.
    threat : str, optional
        What happens if talks fail, by default as the model says: `posture`, payoffs at the
        selected equilibrium, where it says nothing;
        `status_quo`, things stay as they are; `dispute`, talks go on under the inside options and
        either side may walk out into the selected equilibrium; one that `register_threat` added;
        or one of the model's `threats`.
    rule : str, optional
        Which equilibrium is the threat where there are several, `pareto` by default; see
        `games.select`.
    concept : str, optional
        By which bargaining concept the deal is told, and all that follows from it, `nash` by
        default; see `bargaining.CONCEPTS`.
    draws : int, optional
        Points drawn of what is uncertain; 0, the default: nothing is drawn.
    seed : int, optional
        With which they are drawn; 0 by default.
    design : str, optional
        How they are spread: `latin_hypercube`, the default, `sobol` or `random`.
    priors : mapping, optional
        By parameter a `Prior` or its text, in place of what the model declares.
    fixed : iterable of str, optional
        Parameters that are not drawn, beside those that are set.

    Attributes
    ----------
    model : Model
        The point, settings included.
    given : mapping
        What a user set, as it was written.
    threat, rule, concept, design : str
    draws, seed : int
    priors : mapping of str to Prior
    fixed : frozenset of str

    Raises
    ------
    CatalogueError
        If there is no such model.
    ParameterError
        For a setting, a threat, a rule or a concept that is unknown, or draws or a seed that are
        no whole numbers from 0.
    """

    model: Model
    given: Mapping[str, Any]
    threat: str
    rule: str
    concept: str
    draws: int
    seed: int
    design: str
    priors: Mapping[str, Prior]
    fixed: frozenset[str]

    def __init__(
        self,
        model: CaseSource,
        settings: Mapping[str, Any] | None = None,
        *,
        threat: str | None = None,
        rule: str | None = None,
        concept: str | None = None,
        draws: int | None = None,
        seed: int | None = None,
        design: str | None = None,
        priors: Mapping[str, Prior | str] | None = None,
        fixed: Iterable[str] | None = None,
    ) -> None:
        before = model if isinstance(model, Case) else None
        here = point(model.model if isinstance(model, Case) else model, settings)
        given = {here.find_parameter(name).name: value for name, value in (settings or {}).items()}
        values: dict[str, Any] = {
            "model": here,
            "given": {**(before.given if before else {}), **given},
        }
        asked = {
            "threat": threat,
            "rule": rule,
            "concept": concept,
            "draws": draws,
            "seed": seed,
            "design": None if design is None else check_design(design),
            "priors": None if priors is None else _priors(here, priors),
            "fixed": None if fixed is None else _names(here, fixed),
        }
        for name, usual in _usual(here).items():
            value = getattr(before, name) if before and asked[name] is None else asked[name]
            values[name] = usual if value is None else value
        for name, value in values.items():
            object.__setattr__(self, name, _count(name, value) if name in _COUNTS else value)
        check_threat(here, self.threat)
        find_rule(self.rule, here.players)
        if self.concept not in tuple(CONCEPTS):  # which may be asked of what has no hash
            raise ParameterError(
                f"bargaining concept '{self.concept}' is unknown"
                f"{nearest(self.concept, CONCEPTS)}; choose from {', '.join(CONCEPTS)}"
            )

    def __repr__(self) -> str:
        told = [repr(self.model.name())]
        settings = self.settings()
        if settings:
            told.append(repr(settings))
        for name, usual in _usual(self.model).items():
            value = getattr(self, name)
            if value != usual:
                told.append(f"{name}={value!r}")
        return f"Case({', '.join(told)})"

    def uncertain(self, varied: Iterable[str] = ()) -> dict[str, Prior]:
        """Return what is drawn, by parameter: priors of what is neither set, varied nor fixed."""
        varied = frozenset(varied)
        held = frozenset((*self.settings(), *self.fixed, *varied))
        priors = {name: each for name, each in self.priors.items() if name not in varied}
        return uncertain(self.model, priors, held)

    def drawn(self, varied: Iterable[str] = (), draws: int | None = None) -> Draws:
        """Draw the points of this case: the same ones wherever it is asked.

        Parameters
        ----------
        varied : iterable of str
            Parameters that a study varies, so that they are not drawn.
        draws : int, optional
            How many, in place of `draws`.
        """
        count = self.draws if draws is None else draws
        return Draws.make(self.model, self.uncertain(varied), count, self.seed, self.design)

    def settings(self, without: Iterable[str] = ()) -> dict[str, Any]:
        """Return what was set, as it was written, and whatever else is not at its default.

        Parameters
        ----------
        without : iterable of str
            Parameters that a study varies, so that their values at the point say nothing.
        """
        left_out = set(without)
        given = {name: value for name, value in self.given.items() if name not in left_out}
        return settings_of(self.model, given, left_out)

    def check_varied(self, names: Iterable[str]) -> None:
        """Refuse to vary what a user has set.

        Raises
        ------
        GridError
        """
        for name in names:
            if name in self.given:
                raise GridError(f"parameter {name} is both set and varied; drop one of the two")

    @property
    def called(self) -> str:
        """The concept in words, as in "Nash" or "Kalai-Smorodinsky"."""
        return CALLED.get(self.concept, self.concept)

    @property
    def solution(self) -> str:
        """Of which solution the deal is, in words."""
        return f"{self.called} solution"

    def at(self, model: Model) -> Case:
        """Return the same question at another point, or a cloud of points, of the model."""
        other = object.__new__(Case)
        for field in dataclasses.fields(self):
            object.__setattr__(other, field.name, getattr(self, field.name))
        object.__setattr__(other, "model", model)
        if self.given and model is not self.model:
            fields = {name: self.model.find_parameter(name).field for name in self.given}
            kept = {
                name: value
                for name, value in self.given.items()
                if same(getattr(model, fields[name]), getattr(self.model, fields[name]))
            }
            object.__setattr__(other, "given", kept)
        return other


def repeated(case: Case, without: Iterable[str] = ()) -> list[str]:
    """Return the options that put a case into a command: its settings, and how it is answered.

    Parameters
    ----------
    without : iterable of str
        Parameters that the command varies.
    """
    options = [f"--set {name}={value}" for name, value in case.settings(without).items()]
    if case.rule != "pareto":
        options.append(f"--select {case.rule}")
    if case.threat != case.model.default_threat:
        options.append(f"--threat {case.threat}")
    if case.concept != "nash":
        options.append(f"--concept {case.concept}")
    options += [f"--prior {name}={each.text}" for name, each in case.priors.items()]
    options += [f"--fix {name}" for name in sorted(case.fixed)]
    if case.seed:
        options.append(f"--seed {case.seed}")
    if case.design != "latin_hypercube":
        options.append(f"--design {case.design}")
    return options


#: What every study takes: a case, or what makes one with all defaults.
CaseSource = ModelSource | Case


def check_threat(model: Model | type[Model], threat: str) -> None:
    """Check the name of a threat point.

    Raises
    ------
    ParameterError
    """
    known = tuple(dict.fromkeys((*THREATS, *model.threats)))
    if threat not in known:
        raise ParameterError(
            f"model {model.name()} has no threat point '{threat}'{nearest(threat, known)}; choose "
            f"from {', '.join(known)}"
        )


def _priors(model: Model, given: Mapping[str, Prior | str]) -> dict[str, Prior]:
    """Priors by the names of parameters, read where they are texts."""
    return {
        (name := model.find_parameter(key).name): (
            each if isinstance(each, Prior) else read_prior(str(each), name)
        )
        for key, each in given.items()
    }


def _names(model: Model, given: Iterable[str]) -> frozenset[str]:
    """Names of parameters that are to be held, checked."""
    names = [given] if isinstance(given, str) else list(given)
    return frozenset(model.find_parameter(name).name for name in names)


def _count(name: str, value: Any) -> int:
    """Check a whole number from 0."""
    try:
        number = operator.index(value)
    except TypeError:
        number = -1
    if number < 0 or isinstance(value, bool):
        raise ParameterError(f"{name} of a case is {value!r:.60}; expected a whole number, from 0")
    return number


P = ParamSpec("P")
R = TypeVar("R")

#: Words that make a case, and may be given to a study beside what it asks itself; `fixed` is what
#: 0.1 called the settings.
_OF_A_CASE = ("settings", "fixed", "threat", "rule", "concept", "draws", "seed", "priors")


@overload
def study(
    function: Callable[Concatenate[Case, P], R], /
) -> Callable[Concatenate[CaseSource, P], R]: ...


@overload
def study(
    *, once: Mapping[int, str] = ..., second: bool = ...
) -> Callable[[Callable[Concatenate[Case, P], R]], Callable[Concatenate[CaseSource, P], R]]: ...


def study(function: Any = None, /, *, once: Mapping[int, str] = {}, second: bool = False) -> Any:
    """Let a function of a `Case` take whatever makes one: the one calling convention of studies.

    ``study(case, ...)``, where a name, a path, a class, an instance or a case will do; the words
    ``settings``, ``threat``, ``rule`` and ``concept`` go into the case.

    Parameters
    ----------
    once : mapping of int to str
        Which word of a case 0.1 took at a place, counted from the model at 0: `{2: "settings"}`.
    second : bool
        In 0.1 the model came second, after what the study is about.
    """
    if function is None:
        return functools.partial(study, once=once, second=second)
    signature = inspect.signature(function)

    @functools.wraps(function)
    def asked(*args: Any, **words: Any) -> Any:
        first = next(iter(signature.parameters))
        named = [] if args else [name for name in ("case", "model") if name in words]
        values = list(args) or [words.pop(name) for name in named[:1]]
        if second and len(values) > 1 and not _makes_one(values[0]) and _makes_one(values[1]):
            values[:2] = values[1::-1]
        of_case: dict[str, Any] = {}

        def give(word: str, value: Any) -> None:
            word = "settings" if word == "fixed" else word
            if of_case.get(word) is not None and value is not None:
                raise ParameterError(f"{function.__name__} was given the {word} twice; give one")
            of_case[word] = of_case.get(word) if value is None else value

        for name in _OF_A_CASE:
            if name not in signature.parameters:  # a study may have words of its own
                give(name, words.pop(name, None))
        for place in sorted(once, reverse=True):
            word = once[place]
            kind: Any = (Mapping, type(None)) if word == "settings" else str
            if len(values) > place and isinstance(values[place], kind):
                give(word, values.pop(place))
        for word in words:
            if word not in signature.parameters or word == first:
                known = [
                    *list(signature.parameters)[1:],
                    *(each for each in _OF_A_CASE if each != "fixed"),
                ]
                raise ParameterError(
                    f"{function.__name__} takes no '{word}'{nearest(word, known)}; it takes a "
                    f"case, and {', '.join(known)}"
                )
        try:
            signature.bind(*values, **words)
        except TypeError as error:
            raise ParameterError(
                f"{function.__name__}: {error}; it is called as "
                f"{function.__name__}{_called(signature)}"
            ) from None
        case = values[0]
        if not isinstance(case, Case) or any(each is not None for each in of_case.values()):
            case = Case(case, **of_case)
        return function(case, *values[1:], **words)

    return asked


def _makes_one(value: object) -> bool:
    """Whether a case can be made of it."""
    return isinstance(value, (str, os.PathLike, Model, Case)) or (
        isinstance(value, type) and issubclass(value, Model)
    )


def _called(signature: inspect.Signature) -> str:
    """How a study is called, without the types."""
    bare = [
        each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()
    ]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))


__all__ = [
    "DISPUTE",
    "LASTING",
    "POSTURE",
    "STATUS_QUO",
    "THREATS",
    "Breakdown",
    "Case",
    "CaseSource",
    "check_threat",
    "in_words",
    "own_threat",
    "register_threat",
    "study",
]
