"""Which of several equilibria players would rather be in, and which is the safer bet.

Pareto and payoff dominance compare what equilibria pay. Risk dominance (Harsanyi and Selten 1988)
compares what players lose by leaving them alone: of two strict equilibria the one with the larger
product of losses. p-dominance (Morris, Rob and Shin 1995) says how sure of the others a player must
be for her part of a profile to be best. All numbers are on payoffs scaled to [0, 1] per player, and
differences up to `tolerances.TIE` count as none.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import PayoffError
from negotiation.games.equilibrium_set import Equilibrium, EquilibriumSet
from negotiation.games.game import Array, Game
from negotiation.games.given import Given, one_game, profile_of, two_players
from negotiation.tolerances import SAME_PROFILE, TIE


@dataclasses.dataclass(frozen=True, eq=False)
class Comparison:
    """The equilibria of one game, compared by what they pay.

    Attributes
    ----------
    equilibria : tuple of Equilibrium
    pareto : (K, K) array of bool
        `pareto[a, b]`: a is never worse and for somebody better than b.
    payoff : (K, K) array of bool
        `payoff[a, b]`: everybody is better off in a than in b.
    undominated : tuple of int
        Positions of the equilibria that none other of the set Pareto dominates.
    payoff_dominant : int or None
        The equilibrium in which everybody is better off than in each of the others.
    """

    equilibria: tuple[Equilibrium, ...]
    pareto: NDArray[np.bool_]
    payoff: NDArray[np.bool_]
    undominated: tuple[int, ...]
    payoff_dominant: int | None


@dataclasses.dataclass(frozen=True, eq=False)
class RiskDominance:
    """Strict pure equilibria of a two-player game, compared two by two by their deviation losses.

    Attributes
    ----------
    profiles : (K, 2) array of int
        Positions of the actions.
    names : tuple of str
        The same in words, `retaliate/impose`.
    log_ratio : (K, K) array
        `log_ratio[a, b]` is ln(product of losses from leaving a for b / from leaving b for a),
        positive where a risk dominates b. It does not depend on units.
    dominates : (K, K) array of bool
    dominant : int or None
        The one that risk dominates each of the others. There may be none: beyond 2 x 2 games the
        relation can go round in a circle.
    """

    profiles: NDArray[np.int64]
    names: tuple[str, ...]
    log_ratio: Array
    dominates: NDArray[np.bool_]
    dominant: int | None


def compare(equilibria: EquilibriumSet, index: tuple[int, ...] = ()) -> Comparison:
    """Compare the equilibria of one game of a set by what they pay to all.

    Where the set is not complete, an equilibrium that is not in it may dominate all that are.
    """
    game = equilibria.game
    found = tuple(equilibria.at(index))
    payoffs = np.array([each.payoffs for each in found]).reshape(len(found), len(game.players))
    gain = (payoffs[:, None] - payoffs[None]) / game.span[index]
    pareto = (gain >= -TIE).all(axis=-1) & (gain > TIE).any(axis=-1)
    payoff = (gain > TIE).all(axis=-1)
    return Comparison(
        equilibria=found,
        pareto=pareto,
        payoff=payoff,
        undominated=tuple(int(k) for k in np.flatnonzero(~pareto.any(axis=0))),
        payoff_dominant=_above_all(payoff),
    )


def risk_dominance(game: Game) -> RiskDominance:
    """Compare the strict pure equilibria of a two-player game by risk dominance.

    In a 2 x 2 game with two strict equilibria this is the relation that Harsanyi and Selten (1988)
    derive from axioms. In larger games two equilibria are compared in the 2 x 2 game that is left
    when both players only choose between them; that is a definition, and it ignores all others.

    Raises
    ------
    PayoffError
        For more than two players, a batch of games, or payoffs that are not finite.
    """
    two_players(one_game(game, "risk dominance"), "risk dominance")
    A, B = game.scaled
    strict = [
        (i, j)
        for i, j in np.ndindex(A.shape)
        if (np.delete(A[:, j], i) < A[i, j] - TIE).all()
        and (np.delete(B[i], j) < B[i, j] - TIE).all()
    ]
    count = len(strict)
    log_ratio = np.zeros((count, count))
    for a, (i, j) in enumerate(strict):
        for b, (k, h) in enumerate(strict):
            if a != b:
                stay = (A[i, j] - A[k, j]) * (B[i, j] - B[i, h])
                leave = (A[k, h] - A[i, h]) * (B[k, h] - B[k, j])
                log_ratio[a, b] = np.log(stay) - np.log(leave)
    dominates = log_ratio > TIE
    return RiskDominance(
        profiles=np.array(strict, dtype=np.int64).reshape(count, 2),
        names=tuple(f"{game.actions[0][i]}/{game.actions[1][j]}" for i, j in strict),
        log_ratio=log_ratio,
        dominates=dominates,
        dominant=_above_all(dominates),
    )


def risk_dominant(game: Game) -> NDArray[np.int64]:
    """(..., 2) actions of the strict pure profile that risk dominates every other; -1: none does.

    `risk_dominance` of every game of a batch, which need not be finite: there is none then.
    """
    shape = game.batch_shape
    scaled = game.scaled
    A, B = scaled[..., 0, :, :], scaled[..., 1, :, :]
    cells = list(np.ndindex(A.shape[-2:]))
    with np.errstate(invalid="ignore", divide="ignore"):
        strict = [
            (np.delete(A[..., j], i, axis=-1) < A[..., i, j, None] - TIE).all(axis=-1)
            & (np.delete(B[..., i, :], j, axis=-1) < B[..., i, j, None] - TIE).all(axis=-1)
            for i, j in cells
        ]
        wanted = np.full((*shape, 2), -1, dtype=np.int64)
        undecided = np.ones(shape, dtype=bool)
        for own, (i, j) in zip(strict, cells, strict=True):
            best = own & undecided
            for rival, (k, h) in zip(strict, cells, strict=True):
                if k == i or h == j:  # the same, or not strict beside it
                    continue
                stay = (A[..., i, j] - A[..., k, j]) * (B[..., i, j] - B[..., i, h])
                leave = (A[..., k, h] - A[..., i, h]) * (B[..., k, h] - B[..., k, j])
                best &= ~rival | (np.log(stay) - np.log(leave) > TIE)
            wanted[best] = i, j
            undecided &= ~best
    return wanted


def p_dominance(game: Game, profile: Given) -> Array:
    """(P,) least probability with which each player must expect the others to keep to a profile.

    Above it her own part is a best reply whatever the others do with the rest of the probability
    (Morris, Rob and Shin 1995; Kajii and Morris 1997). The profile is p-dominant for the largest of
    the numbers; 1/2 or less in a 2 x 2 coordination game means that it risk dominates. NaN where
    her part is no best reply even if the others keep to theirs for sure.

    Parameters
    ----------
    game : Game
        One game, any number of players.
    profile : a pure profile

    Raises
    ------
    PayoffError
        For a batch of games, payoffs that are not finite, or a profile that is not pure.
    """
    one_game(game, "p-dominance")
    strategies = profile_of(game, profile)
    if any(own.ndim != 1 or own.max() < 1.0 - SAME_PROFILE for own in strategies):
        raise PayoffError(
            "p-dominance was asked of a mixed profile; it takes one action for each of "
            f"{', '.join(game.players)}"
        )
    played = [int(own.argmax()) for own in strategies]
    least = np.zeros(len(played))
    for p, action in enumerate(played):
        own = np.moveaxis(game.scaled[p], p, 0)
        against = tuple(played[:p] + played[p + 1 :])
        worst = 0.0
        for other in np.delete(np.arange(len(own)), action):
            loss = float(own[action][against] - own[other][against])
            if loss < -TIE:
                worst = np.nan
                break
            # With weight p on the profile: p * loss >= (1 - p) * temptation, at its largest.
            temptation = float((own[other] - own[action]).max())
            if temptation > TIE:
                worst = max(worst, temptation / (temptation + max(loss, 0.0)))
        least[p] = worst
    return least


def _above_all(dominates: NDArray[np.bool_]) -> int | None:
    """Return the position that dominates every other; a single one has nothing to dominate."""
    count = len(dominates)
    above = np.flatnonzero(dominates.sum(axis=1) == count - 1)
    return int(above[0]) if len(above) else None
