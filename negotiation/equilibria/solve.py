"""`solve`: every equilibrium of a game, or of each game of a batch, certified."""

from __future__ import annotations

import numpy as np

from negotiation.equilibria.equilibrium_set import (
    Candidate,
    Completeness,
    EquilibriumSet,
    gather,
)
from negotiation.equilibria.exact import enumerate_exactly
from negotiation.equilibria.supports import enumerate_supports
from negotiation.errors import PayoffError
from negotiation.game import Game
from negotiation.tolerances import REGRET

#: Most actions of the two players together for which the exact enumeration is run: it tries every
#: choice of tight conditions, C(12, 6) = 924 linear systems per player at the limit.
EXACT_ACTIONS = 12

#: Most actions of the smaller side for which supports are enumerated: 12,869 pairs at 8 x 8.
SUPPORT_ACTIONS = 8


def solve(game: Game, *, exact: bool = False, nashpy: bool = False) -> EquilibriumSet:
    """Find and certify the Nash equilibria of a game or a batch of games.

    Two players: support enumeration in floats; wherever a comparison is too close to call, the
    enumeration in exact rationals, which finds all extreme equilibria and their components. More
    players: pure equilibria.

    Parameters
    ----------
    game : Game
        Games with a payoff that is not finite get an empty set.
    exact : bool
        Take the exact path for every game, and every payoff for the exact rational that its float
        is. Where only a close call leads there, rounding in the payoffs is undone first, and a set
        that rests on differences below `tolerances.TIE` claims no more than `partial`.
    nashpy : bool
        Let nashpy propose as well.

    Returns
    -------
    EquilibriumSet
        Same batch axes as the game. `completeness` is `complete` only where the method proves it.

    Raises
    ------
    PayoffError
        If `exact` is asked of a game with more than two players or more than 12 actions.
    """
    flat = game.flat()
    size = flat.payoffs.shape[0]
    finite = np.asarray(np.isfinite(flat.payoffs).reshape(size, -1).all(axis=1))
    safe = Game(
        flat.players,
        flat.actions,
        np.where(finite.reshape(-1, *[1] * (flat.payoffs.ndim - 1)), flat.payoffs, 0.0),
    )
    sizes = [len(actions) for actions in game.actions]
    small = len(sizes) == 2 and sum(sizes) <= EXACT_ACTIONS
    if exact and not small:
        raise PayoffError(
            f"an exact enumeration was asked of a game with {' x '.join(map(str, sizes))} actions; "
            f"it takes two players and at most {EXACT_ACTIONS} actions together"
        )

    found: list[list[Candidate]]
    degenerate = np.zeros(size, dtype=bool)
    if len(sizes) == 2 and min(sizes) <= SUPPORT_ACTIONS and not exact:
        found, close = enumerate_supports(safe)
        claims = [Completeness.PARTIAL if c else Completeness.COMPLETE for c in close]
    elif len(sizes) == 2 and exact:
        found, close = [[] for _ in range(size)], np.ones(size, dtype=bool)
        claims = [Completeness.PARTIAL] * size
    else:
        found, close = _pure(safe), np.zeros(size, dtype=bool)
        claims = [Completeness.PARTIAL] * size
    for b in range(size):
        if not finite[b]:
            found[b], claims[b] = [], Completeness.EMPTY
            continue
        if close[b] and small:
            everything = enumerate_exactly(flat.payoffs[b, 0], flat.payoffs[b, 1], literally=exact)
            sure = exact or everything.settled
            found[b] = everything.candidates()
            claims[b] = Completeness.COMPLETE if sure else Completeness.PARTIAL
            degenerate[b] = everything.degenerate
        elif close[b] and len(sizes) == 2:  # too large to settle the ties; what is pure is certain
            found[b] = [
                *found[b],
                *_pure(Game(safe.players, safe.actions, flat.payoffs[b : b + 1]))[0],
            ]
        if nashpy and len(sizes) == 2:
            from negotiation.equilibria.from_nashpy import enumerate_with_nashpy

            known = [c for c in enumerate_with_nashpy(flat.at((b,))) if _certain(flat, b, c)]
            found[b] = [*found[b], *known]
    result = gather(safe, found, claims, list(degenerate))
    return _reshape(result, game)


def _certain(flat: Game, b: int, candidate: Candidate) -> bool:
    """Whether a bonus candidate is one at all: a wrong guess must not cost the set its claim."""
    return bool(flat.at((b,)).regret(candidate.strategies) <= REGRET)


def _pure(game: Game) -> list[list[Candidate]]:
    """Propose the pure equilibria of any number of players."""
    scaled = game.scaled
    best = np.ones((scaled.shape[0], *scaled.shape[2:]), dtype=bool)
    for p in range(len(game.players)):
        own = scaled[:, p]
        best &= own >= own.max(axis=1 + p, keepdims=True)
    found: list[list[Candidate]] = [[] for _ in range(scaled.shape[0])]
    for b, *profile in np.argwhere(best):
        strategies = tuple(
            np.eye(len(actions))[action]
            for actions, action in zip(game.actions, profile, strict=True)
        )
        found[b].append(Candidate(strategies, "pure scan"))
    return found


def _reshape(result: EquilibriumSet, game: Game) -> EquilibriumSet:
    batch = game.batch_shape
    return EquilibriumSet(
        game=game,
        strategies=tuple(s.reshape(batch + s.shape[1:]) for s in result.strategies),
        payoffs=result.payoffs.reshape(batch + result.payoffs.shape[1:]),
        regret=result.regret.reshape(batch + result.regret.shape[1:]),
        component=result.component.reshape(batch + result.component.shape[1:]),
        proposed_by=result.proposed_by.reshape(batch + result.proposed_by.shape[1:]),
        count=result.count.reshape(batch),
        completeness=result.completeness.reshape(batch),
        degenerate=result.degenerate.reshape(batch),
    )
