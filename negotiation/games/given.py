"""What an analysis is given, checked once: a single game, a number of players, a profile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from negotiation.errors import PayoffError, nearest
from negotiation.games.equilibrium_set import Equilibrium
from negotiation.games.game import Array, Game
from negotiation.tolerances import SAME_PROFILE
from negotiation.words import brief

#: A profile as a user may write it: an equilibrium, one array of probabilities per player, or one
#: action's name per player.
Given: TypeAlias = Equilibrium | Sequence[Any]


def one_game(game: Game, purpose: str) -> Game:
    """Return the game if it is a single one with finite payoffs.

    Raises
    ------
    PayoffError
        For a batch, or for a payoff that is not a finite number.
    """
    if not isinstance(game, Game):
        raise PayoffError(f"{purpose} was asked of {brief(game)}; it takes a Game")
    if game.batch_shape:
        raise PayoffError(
            f"{purpose} was asked of a batch of games of shape {game.batch_shape}; it takes one "
            "game: choose it with game.at(index)"
        )
    if not np.isfinite(game.payoffs).all():
        raise PayoffError(
            f"{purpose} needs payoffs that are finite numbers; {_first_gap(game)} is not one"
        )
    return game


def two_players(game: Game, purpose: str) -> Game:
    """Return the game if it has two players.

    Raises
    ------
    PayoffError
        For more players.
    """
    if len(game.players) != 2:
        raise PayoffError(
            f"{purpose} is defined for two players; this game has {len(game.players)} "
            f"({', '.join(game.players)})"
        )
    return game


def position(game: Game, player: str) -> int:
    """Return the position of a player by name.

    Raises
    ------
    PayoffError
        For a name that no player has.
    """
    if player not in game.players:
        raise PayoffError(
            f"'{player}' is not a player{nearest(str(player), game.players)}; the players are "
            f"{', '.join(game.players)}"
        )
    return game.players.index(player)


def profile_of(game: Game, given: Given) -> tuple[Array, ...]:
    """Return one array of probabilities per player, (..., A_p).

    Raises
    ------
    PayoffError
        For a profile that does not fit the game, or whose probabilities are no probabilities.
    """
    written = given.strategies if isinstance(given, Equilibrium) else given
    if isinstance(written, str) or not isinstance(written, (Sequence, np.ndarray)):
        raise PayoffError(
            f"the profile is {brief(written)}; expected one for each of {', '.join(game.players)}: "
            "names of actions, or probabilities"
        )
    parts = list(written)
    if len(parts) != len(game.players):
        raise PayoffError(
            f"a profile of {len(parts)} actions was given; expected one for each of "
            f"{', '.join(game.players)}"
        )
    if all(isinstance(each, str) for each in parts):
        return tuple(game.pure(tuple(parts)))
    arrays = tuple(np.asarray(each, dtype=float) for each in parts)
    for player, actions, array in zip(game.players, game.actions, arrays, strict=True):
        if array.shape[-1:] != (len(actions),):
            raise PayoffError(
                f"the mixed action of {player} has shape {array.shape}; expected one probability "
                f"for each of {', '.join(actions)}"
            )
        right = (array >= -SAME_PROFILE) & (
            abs(array.sum(axis=-1, keepdims=True) - 1) <= SAME_PROFILE
        )
        if not right.all():
            raise PayoffError(
                f"the probabilities of {player} are {array.tolist()}; expected numbers of at "
                "least zero that sum to one"
            )
    return arrays


def restrict(game: Game, kept: Sequence[Sequence[int]]) -> Game:
    """Return the game in which each player has the actions at these positions only."""
    chosen: Any = (..., *np.ix_(range(len(game.players)), *kept))
    actions = tuple(
        tuple(names[i] for i in own) for names, own in zip(game.actions, kept, strict=True)
    )
    exact = None if game.exact is None else game.exact[chosen]
    return Game(game.players, actions, game.payoffs[chosen], exact)


def _first_gap(game: Game) -> str:
    p, *cell = np.argwhere(~np.isfinite(game.payoffs))[0]
    names = (actions[i] for actions, i in zip(game.actions, cell, strict=True))
    return f"{game.players[p]}'s at {'/'.join(names)}"
