"""What an inverse question asks for: a result and its value, or a phrase that is to be true."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

import numpy as np

from negotiation.errors import GridError, closest, nearest
from negotiation.games.game import Array
from negotiation.model import Kind, Model
from negotiation.outcome import Outcome, Status
from negotiation.outcome.columns import column as one_column
from negotiation.outcome.columns import columns
from negotiation.regimes.phrases import plain
from negotiation.regimes.signal import CONCEPTS, SignalUse, replies, signals_of
from negotiation.tolerances import SAME_PROFILE, ZERO_LOSS

_EXAMPLE = "expected NAME=NUMBER, e.g. ncl.canada=-0.4, or a phrase"


@dataclasses.dataclass(frozen=True, eq=False)
class Target:
    """A result that is to reach a value, or a phrase that is to become true.

    Attributes
    ----------
    text : str
        The target in words.
    subject : str
        What is moved towards it.
    unit : str
    goal : float
        The value to be reached; of a phrase the value, zero, from which on it is true.
    phrase : str
        Empty for a value.
    sign : float
        1, or -1 where a phrase is true of negative values.
    result : callable
        From an outcome over a batch of one axis to (B,) results.
    model : Model
    """

    text: str
    subject: str
    unit: str
    goal: float
    phrase: str
    sign: float
    result: Callable[[Outcome], Array]
    model: Model

    def value(self, outcome: Outcome) -> Array:
        """(B,) function that is zero at the target; of a phrase positive where it is true."""
        known = np.isin(outcome.status, (Status.CERTIFIED.value, Status.PARTIAL.value))
        values = self.sign * (np.asarray(self.result(outcome), dtype=float) - self.goal)
        return np.where(known & np.isfinite(values), values, np.nan)

    def shown(self, value: float) -> float:
        """The result behind a value of the function."""
        return self.goal + self.sign * value

    def met(self, value: float) -> bool:
        """Whether a value of the function is at the target, or a phrase true."""
        if self.phrase:
            return bool(value > 0.0)
        return bool(abs(value) <= ZERO_LOSS * max(abs(self.goal), abs(self.shown(value))))


def read_target(
    model: Model, text: str, here: Outcome | None = None, expected: str = _EXAMPLE
) -> Target:
    """Read a target.

    Parameters
    ----------
    here : Outcome, optional
        At a cloud of the model, if there is one: it says which results there are.
    expected : str
        What else than a phrase may be given, for a text that says nothing.

    Raises
    ------
    GridError
        For a result, a player or a phrase that the model does not have.
    """
    name, equals, number = text.partition("=")
    if not equals:
        return _phrase(model, text, expected)
    try:
        goal = float(number)
    except ValueError:
        raise GridError(f"'{text}' is not a target; {_EXAMPLE}") from None
    if not np.isfinite(goal):
        raise GridError(f"'{text}' is not a target: {goal:g} cannot be reached; {_EXAMPLE}")
    name = name.strip()
    known = _results(model, here)
    flat = name.replace(".", "_")
    column = flat if flat in known else f"{flat}_{type(model).players[0]}"
    if column not in known:
        shown = sorted({_dotted(model, each) for each in known})
        raise GridError(
            f"model {model.name()} has no result '{name}'{nearest(name, shown)}; it has: "
            f"{', '.join(shown)}"
        )
    unit, about = known[column]
    return Target(
        text=f"{_dotted(model, column)} = {goal:g}",
        subject=about,
        unit=unit,
        goal=goal,
        phrase="",
        sign=1.0,
        result=functools.partial(_column, name=column),
        model=model,
    )


def _dotted(model: Model, column: str) -> str:
    for player in type(model).players:
        if column.endswith(f"_{player}"):
            return f"{column.removesuffix(f'_{player}')}.{player}"
    return column


def _results(model: Model, here: Outcome | None) -> dict[str, tuple[str, str]]:
    """Unit and meaning of every numeric result."""
    from negotiation.outcome import evaluate

    if here is None:
        name = any_number(model)
        here = evaluate(model.at_values({name: np.array([float(model.value(name))])}))
    found = columns(here)
    return {
        key: (column.unit, column.about)
        for key, column in found.items()
        if np.asarray(column.values).dtype.kind == "f" and not key.endswith(("_min", "_max"))
    }


def any_number(model: Model) -> str:
    """Name of a parameter that can be an array and is not inherited; a number where there is one.

    Raises
    ------
    GridError
        If the model has none.
    """
    specs = [spec for spec in model.parameters().values() if not spec.inherits]
    for spec in sorted(specs, key=lambda each: not each.numeric):
        if spec.kind not in (Kind.WORD, Kind.TEXT):
            return spec.name
    raise GridError(f"model {model.name()} has no numeric parameter that could be changed")


def _phrase(model: Model, text: str, expected: str) -> Target:
    """Read a phrase of `when`, or `PLAYER plays ACTION`, which may be as sentences say it."""
    given = plain(model, text)
    found: dict[str, Target] = {}
    said: dict[str, str] = {}  # the same action as sentences tell it: `the US escalates`
    for signal in [*signals_of(model, SignalUse.THRESHOLD), *replies(model)]:
        if signal.name == CONCEPTS:
            continue
        for phrase, sign in ((signal.negative, -1.0), (signal.positive, 1.0)):
            found[plain(model, phrase)] = Target(
                phrase, signal.subject, signal.unit, 0.0, phrase, sign, signal.value, model
            )
    for p, (player, actions) in enumerate(
        zip(type(model).players, type(model).actions, strict=True)
    ):
        for i, action in enumerate(actions):
            if len(actions) > 1:
                who = model.named(player)
                phrase = f"{who} plays {action}"
                if does := type(model).names.get(f"{player}.{action}"):
                    said[plain(model, f"{who} {does}")] = plain(model, phrase)
                found[plain(model, phrase)] = Target(
                    phrase,
                    f"the lead of {action} for {who} at the equilibrium",
                    type(model).payoff_unit,
                    0.0,
                    phrase,
                    1.0,
                    functools.partial(_played, p=p, i=i),
                    model,
                )
    before, arrow, after = given.partition(" -> ")
    if arrow and ":" in before:
        given = f"{before.partition(':')[0].strip()} plays {after.strip()}"
    key = given if given in found else said.get(given, "")
    if key:
        return found[key]
    shown = [each.phrase for key, each in found.items() if " answer " not in key]
    guess = closest(given, (*found, *said))
    close = "" if guess is None else f" (did you mean '{found[said.get(guess, guess)].phrase}'?)"
    raise GridError(
        f"'{text}' is no phrase of model {model.name()}{close}; {expected} such as: "
        f"{'; '.join(shown)}"
    )


def _column(outcome: Outcome, name: str) -> Array:
    return np.asarray(one_column(outcome, name).values, dtype=float)


def _played(outcome: Outcome, p: int, i: int) -> Array:
    """By how much an action is better than the rest against the others' equilibrium play."""
    chosen = outcome.selection.strategies
    values = outcome.game.values(chosen)[p]
    lead = values[..., i] - np.delete(values, i, axis=-1).max(axis=-1)
    share = chosen[p][..., i]
    # In a mixture its actions are equally good, but none of them is what the player plays.
    mixed = (share > SAME_PROFILE) & (share < 1.0 - SAME_PROFILE)
    return np.asarray(np.where(mixed, lead - outcome.game.span[..., p], lead))
