"""How far a support is from ceasing to be an equilibrium: zero exactly at a regime boundary."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import PayoffError, nearest
from negotiation.games.game import Array, Game
from negotiation.tolerances import SINGULAR


def support_margin(game: Game, support: Sequence[Sequence[int]]) -> Array:
    """Slack of a pair of supports of equal size, (B,) over a flat batch of two-player games.

    The mixtures that make each side indifferent over its support are computed as if they were an
    equilibrium; the margin is the smallest of their probabilities and of the losses from replies
    outside the support. Payoffs of each player scaled to [0, 1]. Positive: an equilibrium; zero: a
    boundary; negative: none. Continuous in the payoffs, so its roots locate regime changes.
    NaN where the supports differ in size or the system is singular.
    """
    rows, columns = (tuple(each) for each in support)
    payoffs = game.scaled
    if len(rows) != len(columns):
        return np.full(payoffs.shape[0], np.nan)
    y = _indifferent(payoffs[:, 0], rows, columns)
    x = _indifferent(payoffs[:, 1].transpose(0, 2, 1), columns, rows)
    # A pure strategy has probability one whatever happens: only the losses are informative.
    least = np.minimum(y.slack, x.slack)
    if len(rows) > 1:
        least = np.minimum(least, np.minimum(y.weight, x.weight))
    return np.where(y.singular | x.singular, np.nan, least)


def indices(game: Game, support: str) -> list[list[int]]:
    """Positions of the actions in a support written as `counter+retaliate/escalate`.

    Raises
    ------
    PayoffError
        For a support that is not one of the game.
    """
    found = _read(str(support), game.actions)
    if found:
        return found
    parts = str(support).split("/")
    if len(parts) != len(game.players):
        raise PayoffError(
            f"the support is '{support}'; expected one part for each of {', '.join(game.players)}, "
            "between strokes"
        )
    places = []
    for player, actions, part in zip(game.players, game.actions, parts, strict=True):
        words = part.split("+")
        for word in words:
            if word not in actions:
                raise PayoffError(
                    f"the support '{support}' names '{word}', which is not an action of {player}"
                    f"{nearest(word, actions)}; they are {', '.join(actions)}"
                )
        places.append([actions.index(word) for word in words])
    return places


def _read(support: str, actions: Sequence[Sequence[str]], least: int = 0) -> list[list[int]]:
    """Positions of the actions; names may hold the plus and the stroke that join them.

    Parameters
    ----------
    least : int
        Position before which no further action of the first player is looked for: a support names
        them in their order.

    Returns
    -------
    list of list of int
        Empty if it cannot be read so.
    """
    for k in range(least, len(actions[0])):
        if not support.startswith(actions[0][k]):
            continue
        rest = support[len(actions[0][k]) :]
        if not rest and len(actions) == 1:
            return [[k]]
        if rest[:1] == "+":
            further = _read(rest[1:], actions, k + 1)
            if further:
                return [[k, *further[0]], *further[1:]]
        if rest[:1] == "/" and len(actions) > 1:
            further = _read(rest[1:], actions[1:])
            if further:
                return [[k], *further]
    return []


@dataclasses.dataclass(frozen=True, eq=False)
class _Indifference:
    """The mixture that makes some replies equally good, for B games, and how sure that is.

    Attributes
    ----------
    mixture : (B, n) array
    weight : (B,) array
        Its smallest probability within the support.
    slack : (B,) array
        By how much the best reply outside is worse, scaled payoffs.
    singular : (B,) array of bool
        No unique mixture.
    """

    mixture: Array
    weight: Array
    slack: Array
    singular: NDArray[np.bool_]


def _indifferent(own: Array, rows: tuple[int, ...], columns: tuple[int, ...]) -> _Indifference:
    """Find the opponent's mixture over `columns` that makes `rows` of `own` (B, m, n) equal."""
    size, m, n = own.shape
    k = len(rows)
    system = np.zeros((size, k + 1, k + 1))
    system[:, :k, :k] = own[:, rows][:, :, columns]
    system[:, :k, k] = -1.0
    system[:, k, :k] = 1.0
    target = np.zeros((size, k + 1, 1))
    target[:, k] = 1.0
    singular = np.zeros(size, dtype=bool)
    if k > 1:
        singular = np.abs(np.linalg.det(system)) <= SINGULAR
        system[singular] = np.eye(k + 1)
    solution = np.linalg.solve(system, target)[..., 0]
    weights, value = solution[:, :k], solution[:, k]
    mixture = np.zeros((size, n))
    mixture[:, columns] = weights
    others = [i for i in range(m) if i not in rows]
    reply = np.einsum("bij,bj->bi", own[:, others], mixture)
    slack = (value[:, None] - reply).min(axis=1) if others else np.full(size, np.inf)
    return _Indifference(mixture, weights.min(axis=1), slack, singular)
