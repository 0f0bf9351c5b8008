"""Best replies to a profile, and the actions that a chain of best replies can justify."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from negotiation.games.dominance import Elimination, eliminate
from negotiation.games.game import Array, Game
from negotiation.games.given import Given, one_game, profile_of, two_players
from negotiation.games.programme import as_probabilities, maximise
from negotiation.tolerances import TIE


@dataclasses.dataclass(frozen=True, eq=False)
class Replies:
    """What every action of every player is worth against the others' part of a profile.

    Attributes
    ----------
    players, actions : labels of the game
    strategies : tuple of (..., A_p) arrays
    values : tuple of (..., A_p) arrays
        Payoff of each action, in the game's own units.
    best : tuple of (..., A_p) arrays of bool
        Best replies: within `TIE` of the largest value, in scaled payoffs. More than one: a tie.
    expected : (..., P) array
        Payoffs at the profile.
    gain : (..., P) array
        What a player gains by her best reply, in the game's own units; never negative.
    regret : (...) array
        The largest gain, payoffs of each player scaled to [0, 1].
    """

    players: tuple[str, ...]
    actions: tuple[tuple[str, ...], ...]
    strategies: tuple[Array, ...]
    values: tuple[Array, ...]
    best: tuple[NDArray[np.bool_], ...]
    expected: Array
    gain: Array
    regret: Array


@dataclasses.dataclass(frozen=True, eq=False)
class Rationalizable:
    """Actions of a two-player game that survive common knowledge of rationality.

    Attributes
    ----------
    elimination : Elimination
        Its `reduced` game holds the rationalizable actions.
    beliefs : tuple of (A_p, A_q) arrays
        Row i: a belief of the player about the other, over rationalizable actions, against which
        action i is a best reply; NaN for actions that are not rationalizable.
    """

    elimination: Elimination
    beliefs: tuple[Array, Array]


def best_replies(game: Game, profile: Given) -> Replies:
    """Find every player's best replies to a profile, ties included.

    Parameters
    ----------
    game : Game
        One game or a batch, any number of players.
    profile : Equilibrium, one action's name per player, or one (..., A_p) array per player

    Raises
    ------
    PayoffError
        For a profile that does not fit the game.
    """
    strategies = profile_of(game, profile)
    values = tuple(game.values(strategies))
    top = np.stack([value.max(axis=-1) for value in values], axis=-1)
    expected = np.stack(
        [(value * own).sum(axis=-1) for value, own in zip(values, strategies, strict=True)], axis=-1
    )
    gain = np.maximum(top - expected, 0.0)
    best = tuple(value >= (top - TIE * game.span)[..., p, None] for p, value in enumerate(values))
    return Replies(
        game.players,
        game.actions,
        strategies,
        values,
        best,
        expected,
        gain,
        np.asarray((gain / game.span).max(axis=-1)),
    )


def rationalizable(game: Game) -> Rationalizable:
    """Find the rationalizable actions of a two-player game (Bernheim 1984; Pearce 1984).

    With two players they are those that survive the iterated elimination of actions strictly
    dominated by a mixture; each comes with a belief that makes it a best reply.

    Raises
    ------
    PayoffError
        For more than two players, a batch of games, or payoffs that are not finite.
    """
    two_players(one_game(game, "rationalizability"), "rationalizability")
    elimination = eliminate(game)
    rows, columns = elimination.kept
    beliefs = (
        _beliefs(game.scaled[0], rows, columns),
        _beliefs(game.scaled[1].T, columns, rows),
    )
    return Rationalizable(elimination, beliefs)


def _beliefs(own: Array, mine: tuple[int, ...], theirs: tuple[int, ...]) -> Array:
    """Against each of my actions that is left, the belief under which it is furthest ahead."""
    beliefs = np.full(own.shape, np.nan)
    table = own[np.ix_(mine, theirs)]
    for at, i in enumerate(mine):
        behind = np.delete(table, at, axis=0) - table[at]
        found = maximise(
            np.append(np.zeros(len(theirs)), 1.0),
            (np.column_stack([behind, np.ones(len(behind))]), np.zeros(len(behind))),
            (np.append(np.ones(len(theirs)), 0.0)[None], np.ones(1)),
            free=1,
            upper=np.append(np.ones(len(theirs)), 1.0),
        )
        assert found is not None
        beliefs[i] = 0.0
        beliefs[i, list(theirs)] = as_probabilities(found[:-1])
    return beliefs
