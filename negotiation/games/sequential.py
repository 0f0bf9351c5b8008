"""What moving first, or committing to a mixture, would be worth.

A simultaneous game is played in an order instead: each player sees what the earlier ones did. Where
a later player has ties, what an earlier one can count on depends on how they are broken. Nothing
decides that, so both ends are given: the best and the worst for the first mover (strong and weak
Stackelberg solutions), and the set of all subgame perfect outcomes between them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import PayoffError
from negotiation.games.equilibrium_set import EquilibriumSet
from negotiation.games.game import Array, Game
from negotiation.games.given import one_game, position, two_players
from negotiation.games.programme import as_probabilities, maximise
from negotiation.tolerances import TIE
from negotiation.words import brief


@dataclasses.dataclass(frozen=True, eq=False)
class Sequential:
    """Subgame perfect outcomes of a game played in an order, for one game or a batch.

    Attributes
    ----------
    game : Game
    order : tuple of str
        Who moves when; everybody sees what came before.
    outcomes : (..., A1, ..., AP) array of bool
        Profiles that are the outcome of some subgame perfect equilibrium in pure strategies.
    count : (...) array of int
        How many there are; more than one only where somebody has a tie. 0 where a payoff is not a
        number.
    optimistic, pessimistic : (..., P) arrays of int
        Positions of the actions in the outcome that is best, and worst, for the first mover; of
        several the first in the order of profiles. -1 where there is none.
    optimistic_payoffs, pessimistic_payoffs : (..., P) arrays
        In the game's own units.
    lowest, highest : (..., P) arrays
        Each player's payoff over all outcomes.
    """

    game: Game
    order: tuple[str, ...]
    outcomes: NDArray[np.bool_]
    count: NDArray[np.int64]
    optimistic: NDArray[np.int64]
    pessimistic: NDArray[np.int64]
    optimistic_payoffs: Array
    pessimistic_payoffs: Array
    lowest: Array
    highest: Array

    def names(self, index: tuple[int, ...] = ()) -> list[str]:
        """Return the outcomes of one game of the batch in words, `retaliate/impose`."""
        return [
            "/".join(actions[i] for actions, i in zip(self.game.actions, cell, strict=True))
            for cell in np.argwhere(self.outcomes[index])
        ]


@dataclasses.dataclass(frozen=True, eq=False)
class Commitment:
    """The best mixture a player of two can commit to, the other answering it.

    Attributes
    ----------
    leader, follower : str
    strategy : (A,) array
        What to commit to, if the follower breaks ties in the leader's favour.
    reply : str
        The follower's answer then.
    payoffs : (2,) array
        Then, in the order of the game's players and in its own units.
    value : float
        The leader's payoff then: the strong Stackelberg value.
    guaranteed : float
        What the leader can come as close to as she likes however ties are broken, by a commitment
        that leaves the follower none that matters (von Stengel and Zamir 2010). NaN where every
        reply ties with another to within `TIE`.
    at_worst : float
        The leader's payoff from `strategy` itself if the follower breaks ties against her.
    best_nash, worst_nash : float
        The leader's payoffs at her best and worst among the equilibria given; NaN if none were.
    """

    leader: str
    follower: str
    strategy: Array
    reply: str
    payoffs: Array
    value: float
    guaranteed: float
    at_worst: float
    best_nash: float
    worst_nash: float

    @property
    def gain(self) -> tuple[float, float]:
        """What commitment adds to the leader's best and to her worst equilibrium payoff."""
        return self.value - self.best_nash, self.value - self.worst_nash


def sequential(game: Game, order: Sequence[str] | None = None) -> Sequential:
    """Solve a game played in a given order by backward induction.

    A profile is an outcome if, at every step, the mover gets at least as much as she would from the
    worst outcome that could follow any other action of hers; later players break their ties as that
    requires. Payoffs are compared scaled to [0, 1], within `TIE`.

    Parameters
    ----------
    game : Game
        One game or a batch, any number of players.
    order : sequence of str, optional
        All players, first mover first; the first alone will do for two players. By default the
        order of the game's players.

    Raises
    ------
    PayoffError
        For an order that does not name every player once.
    """
    if isinstance(order, str) or not isinstance(order, Sequence | None):
        raise PayoffError(f"the order of moves is {brief(order)}; expected a list of players")
    order = tuple(game.players if order is None else order)
    moves = [position(game, player) for player in order]
    if len(moves) == 1 and len(game.players) == 2:
        moves.append(1 - moves[0])
    if sorted(moves) != list(range(len(game.players))):
        raise PayoffError(
            f"the order of moves is {', '.join(order)}; name each of {', '.join(game.players)} once"
        )
    players, batch = len(moves), game.batch_shape
    cells = tuple(range(-players, 0))
    finite = np.asarray(np.isfinite(game.payoffs).all(axis=(-1 - players, *cells)))
    finite = finite.reshape(*batch, *[1] * players)
    gap = ~np.expand_dims(finite, -1 - players)
    safe = Game(game.players, game.actions, np.where(gap, 0.0, game.payoffs))
    scaled = np.moveaxis(safe.scaled, -1 - players, 0)
    held = np.broadcast_to(finite, scaled[0].shape).copy()
    for turn in reversed(range(players)):
        own = scaled[moves[turn]]
        # What each of her actions is sure to lead to, later players breaking ties against her.
        later = tuple(cells[p] for p in moves[turn + 1 :])
        sure = np.where(held, own, np.inf).min(axis=later, keepdims=True)
        needed = sure.max(axis=cells[moves[turn]], keepdims=True)
        held &= own >= needed - TIE
    flat = held.reshape(*batch, -1)
    count = flat.sum(axis=-1)
    first = scaled[moves[0]].reshape(*batch, -1)
    high = np.where(flat, first, -np.inf).argmax(axis=-1)
    low = np.where(flat, first, np.inf).argmin(axis=-1)
    payoffs = game.payoffs.reshape(*batch, players, -1)
    ends = [np.take_along_axis(payoffs, at[..., None, None], axis=-1)[..., 0] for at in (high, low)]
    none = (count == 0)[..., None]
    best, worst = (np.where(none, np.nan, end) for end in ends)
    sizes = tuple(map(len, game.actions))
    positions = [
        np.where(none, -1, np.stack(np.unravel_index(at, sizes), axis=-1)) for at in (high, low)
    ]
    every = flat[..., None, :]
    return Sequential(
        game=game,
        order=tuple(game.players[p] for p in moves),
        outcomes=held,
        count=count,
        optimistic=positions[0],
        pessimistic=positions[1],
        optimistic_payoffs=best,
        pessimistic_payoffs=worst,
        lowest=np.where(none, np.nan, np.where(every, payoffs, np.inf).min(axis=-1)),
        highest=np.where(none, np.nan, np.where(every, payoffs, -np.inf).max(axis=-1)),
    )


def commitment(game: Game, leader: str, equilibria: EquilibriumSet | None = None) -> Commitment:
    """Find the best mixture to commit to, by one linear programme per reply.

    For each action of the follower: the mixture best for the leader among those to which it is a
    best reply; the best of these is the strong Stackelberg commitment (Conitzer and Sandholm 2006).

    Parameters
    ----------
    game : Game
        One game of two players.
    leader : str
    equilibria : EquilibriumSet, optional
        Equilibria of this game, to say what the commitment adds.

    Raises
    ------
    PayoffError
        For more than two players, a batch of games, payoffs that are not finite, or an unknown
        leader.
    """
    two_players(one_game(game, "commitment"), "commitment")
    first = position(game, leader)
    lead, follow = game.scaled[first], game.scaled[1 - first]
    if first == 1:
        lead, follow = lead.T, follow.T
    best, guaranteed = None, -np.inf
    for reply in range(lead.shape[1]):
        behind = (follow - follow[:, [reply]]).T
        mixture = _best_mixture(lead[:, [reply]], behind)
        if mixture is not None:
            value = float(mixture @ lead[:, reply])
            if best is None or value > best[0] + TIE:
                best = (value, mixture, reply)
        guaranteed = max(guaranteed, _guaranteed(lead, behind, reply))
    assert best is not None, "some reply is a best one"
    value, mixture, reply = best
    answers = mixture @ follow
    ties = np.flatnonzero(answers >= answers.max() - TIE)
    strategies = [mixture, np.eye(lead.shape[1])[reply]]
    payoffs = game.expected(strategies if first == 0 else strategies[::-1])
    low, span = float(game.payoffs[first].min()), float(game.span[first])
    nash = np.array([each.payoffs[first] for each in equilibria.at()] if equilibria else [])
    return Commitment(
        leader=leader,
        follower=game.players[1 - first],
        strategy=mixture,
        reply=game.actions[1 - first][reply],
        payoffs=payoffs,
        value=float(payoffs[first]),
        guaranteed=low + span * guaranteed if np.isfinite(guaranteed) else np.nan,
        at_worst=low + span * float((mixture @ lead)[ties].min()),
        best_nash=float(nash.max()) if len(nash) else np.nan,
        worst_nash=float(nash.min()) if len(nash) else np.nan,
    )


def _best_mixture(lead: Array, behind: Array, margin: bool = False) -> Array | None:
    """The mixture with the largest least of the columns of `lead`, no line of `behind` gaining.

    With `margin` the largest least loss of the lines of `behind` is sought instead.
    """
    size = len(lead)
    worth = np.column_stack([-lead.T, np.ones(lead.shape[1])])
    if margin:
        conditions = np.column_stack([behind, np.ones(len(behind))])
    else:
        conditions = np.vstack([worth, np.column_stack([behind, np.zeros(len(behind))])])
    found = maximise(
        np.append(np.zeros(size), 1.0),
        (conditions, np.zeros(len(conditions))),
        (np.append(np.ones(size), 0.0)[None], np.ones(1)),
        free=1,
        upper=np.append(np.ones(size), 2.0),
    )
    return None if found is None else as_probabilities(found[:-1])


def _guaranteed(lead: Array, behind: Array, reply: int) -> float:
    """Least the leader gets near mixtures to which a reply, or its duplicates, is the only one.

    Minus infinity where there is no such mixture: the reply is best on a set without interior.
    """
    same = np.abs(behind).max(axis=1) <= TIE
    others = behind[~same]
    if len(others):
        inside = _best_mixture(lead[:, same], others, margin=True)
        if inside is None or (others @ inside).max() > -TIE:
            return -np.inf
    mixture = _best_mixture(lead[:, same], others) if len(others) else None
    if mixture is None:
        mixture = _best_mixture(lead[:, same], np.zeros((1, len(lead))))
    assert mixture is not None
    return float((mixture @ lead[:, same]).min())
