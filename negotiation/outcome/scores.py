"""Scores that authors add: a number for each player of an outcome, beside those of `leverage`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from negotiation.errors import ModelError
from negotiation.games.game import Array
from negotiation.registry import Registered, Registry, numbers
from negotiation.words import brief

if TYPE_CHECKING:
    from negotiation.outcome.outcome import Outcome

#: A number for each player, (..., P), of a point or of a cloud; None where an outcome has none.
Scored = Callable[["Outcome"], ArrayLike | None]


@dataclasses.dataclass(frozen=True, eq=False)
class Score:
    """What an author's score is at a point, or at each point of a cloud.

    Attributes
    ----------
    values : (..., P) array
    unit, about : str
    """

    values: Array
    unit: str
    about: str


def _numbers(score: Registered[Scored], found: Any, asked: tuple[Any, ...]) -> Array | None:
    """Refuse what is not a number for each player."""
    outcome: Outcome = asked[0]
    if found is None:
        return None
    try:
        return numbers(found, outcome.selection.payoffs.shape)
    except (TypeError, ValueError):
        batch = outcome.status.shape
        cloud = f", after the batch {batch}" if batch else ""
        raise ModelError(
            f"{score.title} returned {brief(found)}; expected a number for each of "
            f"{', '.join(outcome.game.players)}{cloud}, or None"
        ) from None


#: Scores by name.
SCORES: Registry[Scored] = Registry("score", ("outcome",), _numbers, unit=True)
register_score = SCORES.register


def scores_of(outcome: Outcome) -> Mapping[str, Score]:
    """Compute every registered score that an outcome has."""
    found = {}
    for name, entry in SCORES.items():
        values = entry(outcome)
        if values is not None:
            found[name] = Score(values, entry.unit, entry.about)
    return found
