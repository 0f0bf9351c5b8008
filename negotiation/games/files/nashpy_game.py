"""nashpy's `Game`, in and out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from negotiation.errors import PayoffError
from negotiation.games.game import Game


def from_nashpy(
    game: Any,
    players: Sequence[str] = ("row", "column"),
    actions: Sequence[Sequence[str]] | None = None,
) -> Game:
    """Take over a nashpy game.

    Parameters
    ----------
    game : nashpy.Game
    players, actions : labels, optional
        nashpy has none; actions are numbered from 1 if none are given.

    Raises
    ------
    PayoffError
        If it has no two payoff matrices of one shape, or the labels do not fit it.
    """
    matrices = getattr(game, "payoff_matrices", None)
    if matrices is None:
        raise PayoffError(f"from_nashpy was given a {type(game).__name__}; expected a nashpy.Game")
    try:
        payoffs = np.stack([np.asarray(matrix, dtype=float) for matrix in matrices])
    except (TypeError, ValueError):
        payoffs = np.empty(0)
    if payoffs.ndim != 3 or len(payoffs) != 2:
        raise PayoffError("the nashpy game does not hold two payoff matrices of one shape")
    if actions is None:
        actions = [[str(k) for k in range(1, size + 1)] for size in payoffs.shape[1:]]
    return Game(players, actions, payoffs)  # type: ignore[arg-type] # lists will do


def to_nashpy(game: Game) -> Any:
    """Hand over a game to nashpy; labels are lost.

    Raises
    ------
    PayoffError
        For a batch, or if there are not two players.
    """
    import nashpy

    if game.batch_shape or len(game.players) != 2:
        raise PayoffError(
            f"nashpy takes one game of two players; given {len(game.players)} players"
            + (f" and a batch of shape {game.batch_shape}" if game.batch_shape else "")
        )
    return nashpy.Game(game.payoffs[0].copy(), game.payoffs[1].copy())
