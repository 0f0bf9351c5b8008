"""Observables: numbers and events of an outcome by name, and their values over draws."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import AgreementStatus
from negotiation.case import Case
from negotiation.draws import Draws
from negotiation.errors import GridError, ParameterError, nearest
from negotiation.games.game import Array
from negotiation.model import Model
from negotiation.model.grid import Axis
from negotiation.model.spaced import Spaced
from negotiation.outcome import Outcome, evaluate
from negotiation.outcome.columns import column, columns
from negotiation.regimes.thresholds.target import Target, any_number, read_target

#: Draws that are evaluated together.
BLOCK = 1024

#: Profiles that are selected in fewer of the draws are not looked at by themselves.
RARE = 0.05

#: An event of a number: `deal.canada < 0`.
#: What an event may be, for a text that is none.
_EXPECTED = "expected a comparison, e.g. 'deal.canada < 0', or a phrase"

_COMPARISON = re.compile(r"([\w.]+)\s*([<>])\s*(\S+)")

_NO_DEAL = (AgreementStatus.NO_SURPLUS.value, AgreementStatus.OUTSIDE.value)


@dataclasses.dataclass(frozen=True, eq=False)
class Observable:
    """A number or an event of an outcome.

    Attributes
    ----------
    name : str
        As it was asked for: `loss.us`, or a phrase.
    about, unit : str
    event : bool
        Whether the values are 1 where it holds and 0 where it does not.
    read : callable
        From an outcome over a cloud to its values; NaN where they are not known.
    """

    name: str
    about: str
    unit: str
    event: bool
    read: Callable[[Outcome], Array]


@dataclasses.dataclass(frozen=True, eq=False)
class Query:
    """An observable under a threat, and at which profile.

    Attributes
    ----------
    observable : Observable
    threat : str
    profile : str
        What talks break down into; empty: the equilibrium that is selected in each draw.
    """

    observable: Observable
    threat: str
    profile: str = ""


def _side(outcome: Outcome, player: str) -> int:
    return list(outcome.game.players).index(player)


def _deal(player: str, outcome: Outcome) -> Array:
    """What a side has at the end of the talks: the deal, or no deal where none is to be had."""
    p = _side(outcome, player)
    none = np.isin(outcome.agreement.status, _NO_DEAL)
    fails = -_scores(outcome)[..., p]
    return np.asarray(np.where(none, fails, outcome.concession.delta[..., p]))


def _scores(outcome: Outcome) -> Array:
    assert outcome.leverage is not None
    return np.asarray(outcome.leverage.loss)


def _loss(player: str, outcome: Outcome) -> Array:
    return np.asarray(_scores(outcome)[..., _side(outcome, player)])


def _today(player: str, outcome: Outcome) -> Array:
    return np.asarray(column(outcome, f"inside_{player}").values, dtype=float)


def _breakdown(player: str, outcome: Outcome) -> Array:
    return np.asarray(outcome.selection.payoffs[..., _side(outcome, player)])


#: Numbers of a side by their first word, and what they are.
WORDS: Mapping[str, tuple[Callable[[str, Outcome], Array], str]] = {
    "deal": (_deal, "what the talks give {who}"),
    "loss": (_loss, "what {who} loses without a deal"),
    "today": (_today, "payoff of {who} while the dispute lasts"),
    "breakdown": (_breakdown, "payoff of {who} once talks have broken down"),
}


def read_observable(case: Case, text: str) -> Observable:
    """Read a number or an event.

    Parameters
    ----------
    text : str
        `deal.canada`, `loss.us`, `today.us`, `breakdown.us`, the name of a column of a sweep such
        as `payoff_us`, or a phrase of `threshold --when` such as "the US loses without a deal".

    Raises
    ------
    GridError, ParameterError
        For what the model does not have.
    """
    text = text.strip()
    if not text:
        raise GridError("an empty name was given; expected a number such as loss.us, or a phrase")
    if " " in text or _COMPARISON.fullmatch(text):
        return read_event(case, text)
    model = case.model
    head, dot, player = text.partition(".")
    if dot and head in WORDS:
        if player not in model.players:
            raise ParameterError(
                f"'{text}' is of no player of model {model.name()}"
                f"{nearest(player, model.players)}; they are {', '.join(model.players)}"
            )
        function, about = WORDS[head]
        _check_applies(case, text, head)
        about = about.format(who=model.named(player))
        read = functools.partial(function, player)
        return Observable(text, about, type(model).payoff_unit, False, read)
    name = text.replace(".", "_")
    here = columns(_point(case))
    numbers = {key: each for key, each in here.items() if each.values.dtype.kind in "fiu"}
    if name not in numbers:
        known = [*(f"{word}.{side}" for word in WORDS for side in model.players), *numbers]
        raise ParameterError(
            f"model {model.name()} has no number '{text}'{nearest(text, known)}; give one of "
            f"{', '.join(known[: len(WORDS) * len(model.players)])}, a column of a sweep, or a "
            "phrase"
        )
    found = numbers[name]
    return Observable(text, found.about, found.unit, False, functools.partial(_column, name=name))


def _column(outcome: Outcome, name: str) -> Array:
    return np.asarray(column(outcome, name).values, dtype=float)


def read_event(case: Case, text: str) -> Observable:
    """Read an event: a phrase of `threshold --when`, `PLAYER plays ACTION`, or a comparison.

    A comparison is of a number that `read_observable` takes: `deal.canada < 0`.

    Raises
    ------
    GridError, ParameterError
        For a phrase or a number that the model does not know.
    """
    compared = _COMPARISON.fullmatch(text.strip())
    if compared is not None:
        return _comparison(case, *compared.groups())
    target = read_target(case.model, text, expected=_EXPECTED)
    if not target.phrase:
        raise GridError(
            f"'{text}' is no event; expected a phrase, such as "
            f"'{case.model.named(case.model.players[-1])} loses without a deal'"
        )

    read = functools.partial(_holds, target=target)
    return Observable(text, target.phrase, "probability", True, read)


def _comparison(case: Case, name: str, sign: str, limit: str) -> Observable:
    number = read_observable(case, name)
    try:
        bound = float(limit)
    except ValueError:
        raise GridError(
            f"'{name} {sign} {limit}' compares {name} with '{limit}'; expected a number, as in "
            f"'{name} {sign} 0'"
        ) from None
    read = functools.partial(_beyond, read=number.read, sign=1.0 if sign == ">" else -1.0, at=bound)
    about = f"{name} is {'above' if sign == '>' else 'below'} {bound:g}"
    return Observable(f"{name} {sign} {bound:g}", about, "probability", True, read)


def _beyond(outcome: Outcome, read: Callable[[Outcome], Array], sign: float, at: float) -> Array:
    values = sign * (np.asarray(read(outcome), dtype=float) - at)
    return np.where(np.isfinite(values), (values > 0.0).astype(float), np.nan)


def _holds(outcome: Outcome, target: Target) -> Array:
    values = target.value(outcome)
    return np.where(np.isfinite(values), (values > 0.0).astype(float), np.nan)


def selected(profile: str) -> Observable:
    """Return the event that a profile is the selected equilibrium."""
    about = f"{profile} is the selected equilibrium"
    read = functools.partial(_selected, profile=profile)
    return Observable(about, about, "probability", True, read)


def _selected(outcome: Outcome, profile: str) -> Array:
    chosen = np.asarray(outcome.selection.support)
    return np.where(chosen == "", np.nan, (chosen == profile).astype(float))


def _check_applies(case: Case, text: str, head: str) -> None:
    talks = case.model.ask("talks")
    if talks is None and head != "breakdown":
        raise ParameterError(f"'{text}' is of talks, and model {case.model.name()} has no talks()")
    if head == "today" and talks.inside is None:
        raise ParameterError(
            f"'{text}' is of the dispute while it lasts, of which model {case.model.name()} says "
            "nothing: its talks() have no inside options; ask for breakdown or loss"
        )


def _point(case: Case) -> Outcome:
    name = any_number(case.model)
    return evaluate(case.at(case.model.at_values({name: np.array([case.model.value(name)])})))


def values_of(axis: Axis) -> list[Any]:
    """Return every value of an axis."""
    if isinstance(axis.values, Spaced):
        return list(axis.at(np.arange(len(axis.values))).tolist())
    return list(axis.values)


def are_words(drawn: Any) -> bool:
    """Whether what is drawn of a parameter is words."""
    return isinstance(drawn, tuple) or np.asarray(drawn).dtype.kind == "U"


def entries_of(draws: Draws, name: str) -> list[tuple[str, str, list[int]]]:
    """Return the entries of an array that is drawn: code, words, and places in the array.

    Entries with one draw between them are one: an elasticity that two sectors share.
    """
    spec, drawn = draws.model.find_parameter(name), np.asarray(draws.values[name])
    count = drawn.shape[-1]
    known = spec.entries() if spec.entries else {str(k): f"number {k}" for k in range(count)}
    alike: dict[bytes, list[int]] = {}
    for k in range(count):
        alike.setdefault(np.ascontiguousarray(drawn[:, k]).tobytes(), []).append(k)
    codes, words = list(known), list(known.values())
    return [
        ("+".join(codes[k] for k in places), " and ".join(words[k] for k in places), places)
        for places in alike.values()
    ]


# --- over draws -----------------------------------------------------------------------------------


def clouds(
    draws: Draws, here: Model | None = None, block: int = BLOCK
) -> Iterator[tuple[NDArray[np.int64], Model]]:
    """Yield clouds (d,) of draws with their numbers, in blocks that bound the memory."""
    for start in range(0, len(draws), block):
        yield from draws.clouds(here, np.arange(start, min(start + block, len(draws))))


def measured(
    case: Case,
    parts: Iterable[tuple[NDArray[np.int64], Model]],
    asked: Sequence[Query],
    size: int,
    along: int = 0,
) -> tuple[Array, NDArray[np.str_]]:
    """Evaluate observables over clouds.

    Parameters
    ----------
    along : int
        Of clouds (K, d) of points and draws: the number K of points.

    Returns
    -------
    values : (len(asked), size) or (len(asked), K, size) array
        NaN where a draw is not certified or the number is not known.
    support : (size,) or (K, size) array of str
        The equilibrium that is selected; empty where there is none.
    """
    before = (along,) if along else ()
    values = np.full((len(asked), *before, size), np.nan)
    support = np.full((*before, size), "", dtype=object)
    for rows, cloud in parts:
        outcomes: dict[tuple[str, str], Outcome] = {}
        for k, each in enumerate(asked):
            key = (each.threat, each.profile)
            if key not in outcomes:
                outcomes[key] = evaluate(
                    Case(case, threat=each.threat).at(cloud), profile=each.profile or None
                )
            outcome = outcomes[key]
            shape = (*before, len(rows))
            found = np.broadcast_to(each.observable.read(outcome), shape)
            good = np.isfinite(found)
            if not each.profile:
                good = good & np.broadcast_to(outcome.certified, shape)
                support[..., rows] = np.asarray(outcome.selection.support)
            values[k][..., rows] = np.where(good, found, np.nan)
    return values, support.astype(str)


__all__ = [
    "BLOCK",
    "RARE",
    "WORDS",
    "Observable",
    "Query",
    "are_words",
    "clouds",
    "entries_of",
    "measured",
    "read_event",
    "read_observable",
    "selected",
    "values_of",
]
