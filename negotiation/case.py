"""A case: a question put to a model, whole. Every study takes one."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from negotiation.bargaining import CONCEPTS
from negotiation.catalogue import ModelSource, point, settings_of
from negotiation.errors import ParameterError, nearest
from negotiation.games import find_rule
from negotiation.model import Model

#: Threat points of every model: its game's selected equilibrium; what talks start from; and the
#: dispute itself, out of which either side may walk into that equilibrium.
POSTURE, STATUS_QUO, DISPUTE = "posture", "status_quo", "dispute"


@dataclasses.dataclass(frozen=True, eq=False, init=False)
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
        What happens if talks fail: `posture` (the default), payoffs at the selected equilibrium;
        `status_quo`, things stay as they are; `dispute`, talks go on under the inside options and
        either side may walk out into the selected equilibrium; or one of the model's `threats`.
    rule : str, optional
        Which equilibrium is the threat where there are several, `pareto` by default; see
        `games.select`.
    concept : str, optional
        By which bargaining concept the deal is told, `nash` by default; see
        `bargaining.CONCEPTS`.

    Attributes
    ----------
    model : Model
        The point, settings included.
    given : mapping
        What a user set, as it was written.
    threat, rule, concept : str

    Raises
    ------
    CatalogueError
        If there is no such model.
    ParameterError
        For a setting, a threat, a rule or a concept that is unknown.
    """

    model: Model
    given: Mapping[str, Any]
    threat: str
    rule: str
    concept: str

    def __init__(
        self,
        model: CaseSource,
        settings: Mapping[str, Any] | None = None,
        *,
        threat: str | None = None,
        rule: str | None = None,
        concept: str | None = None,
    ) -> None:
        before = model if isinstance(model, Case) else None
        here = point(model.model if isinstance(model, Case) else model, settings)
        given = {here.find_parameter(name).name: value for name, value in (settings or {}).items()}
        values = {
            "model": here,
            "given": {**(before.given if before else {}), **given},
            "threat": threat or (before.threat if before else POSTURE),
            "rule": rule or (before.rule if before else "pareto"),
            "concept": concept or (before.concept if before else "nash"),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        check_threat(here, self.threat)
        find_rule(self.rule, here.players)
        if self.concept not in CONCEPTS:
            raise ParameterError(
                f"bargaining concept '{self.concept}' is unknown"
                f"{nearest(self.concept, CONCEPTS)}; choose from {', '.join(CONCEPTS)}"
            )

    def __repr__(self) -> str:
        how = {"threat": self.threat, "rule": self.rule, "concept": self.concept}
        usual = {"threat": POSTURE, "rule": "pareto", "concept": "nash"}
        told = [f"{name}={value!r}" for name, value in how.items() if value != usual[name]]
        return f"Case({', '.join([repr(self.model), *told])})"

    def settings(self, without: Iterable[str] = ()) -> dict[str, Any]:
        """Return what was set, as it was written, and whatever else is not at its default.

        Parameters
        ----------
        without : iterable of str
            Parameters that a study varies, so that their values at the point say nothing.
        """
        return settings_of(self.model, self.given, without)

    def at(self, model: Model) -> Case:
        """Return the same question at another point, or a cloud of points, of the model."""
        other = object.__new__(Case)
        for field in dataclasses.fields(self):
            object.__setattr__(other, field.name, getattr(self, field.name))
        object.__setattr__(other, "model", model)
        return other


#: What every study takes: a case, or what makes one with all defaults.
CaseSource = ModelSource | Case


def check_threat(model: Model | type[Model], threat: str) -> None:
    """Check the name of a threat point.

    Raises
    ------
    ParameterError
    """
    known = (POSTURE, STATUS_QUO, DISPUTE, *model.threats)
    if threat not in known:
        raise ParameterError(
            f"model {model.name()} has no threat point '{threat}'{nearest(threat, known)}; choose "
            f"from {', '.join(known)}"
        )


P = ParamSpec("P")
R = TypeVar("R")

#: Words that make a case, and may be given to a study beside what it asks itself.
_OF_A_CASE = ("settings", "threat", "rule", "concept")


def study(function: Callable[Concatenate[Case, P], R]) -> Callable[Concatenate[CaseSource, P], R]:
    """Let a function of a `Case` take whatever makes one: the one calling convention of studies.

    ``study(case, ...)``, where a name, a path, a class, an instance or a case will do; the words
    ``settings``, ``threat``, ``rule`` and ``concept`` go into the case.
    """

    @functools.wraps(function)
    def asked(case: Any, *args: Any, **words: Any) -> Any:
        of_case = {name: words.pop(name) for name in _OF_A_CASE if name in words}
        ready = case if isinstance(case, Case) and not of_case else Case(case, **of_case)
        return function(ready, *args, **words)

    return cast("Callable[Concatenate[CaseSource, P], R]", asked)


__all__ = [
    "DISPUTE",
    "POSTURE",
    "STATUS_QUO",
    "Case",
    "CaseSource",
    "check_threat",
    "study",
]
