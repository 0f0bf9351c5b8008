"""`Equilibrium` and `EquilibriumSet`: profiles with the certificate that makes them equilibria."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from negotiation.game import Array, Game
from negotiation.tolerances import SAME_PROFILE


class Completeness(StrEnum):
    """What an `EquilibriumSet` claims; never more than was proven."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    EMPTY = "empty"


@dataclasses.dataclass(frozen=True, eq=False)
class Equilibrium:
    """One certified Nash equilibrium.

    Attributes
    ----------
    players, actions : labels of the game
    strategies : tuple of (A_p,) arrays
        Probabilities.
    payoffs : (P,) array
        In the game's own units.
    regret : float
        Largest gain from a unilateral deviation, payoffs of each player scaled to [0, 1].
    component : int
        Equilibria with the same number are connected: every mixture along the set between them
        is an equilibrium too.
    proposed_by : str
    """

    players: tuple[str, ...]
    actions: tuple[tuple[str, ...], ...]
    strategies: tuple[Array, ...]
    payoffs: Array
    regret: float
    component: int
    proposed_by: str

    @property
    def profile(self) -> str:
        """The profile in words: `retaliate/escalate`, mixtures as `30% counter + 70% retaliate`."""
        return "/".join(
            describe(actions, probabilities)
            for actions, probabilities in zip(self.actions, self.strategies, strict=True)
        )

    @property
    def support(self) -> str:
        """The actions played with positive probability: `counter+retaliate/escalate`."""
        return "/".join(
            "+".join(a for a, q in zip(actions, probabilities, strict=True) if q > SAME_PROFILE)
            for actions, probabilities in zip(self.actions, self.strategies, strict=True)
        )


def describe(actions: Sequence[str], probabilities: Array) -> str:
    """Put a mixed action in words."""
    used = [(a, q) for a, q in zip(actions, probabilities, strict=True) if q > SAME_PROFILE]
    if len(used) == 1:
        return used[0][0]
    return " + ".join(f"{100 * q:.4g}% {a}" for a, q in used)


@dataclasses.dataclass(frozen=True, eq=False)
class EquilibriumSet:
    """The equilibria of a game, or of each game of a batch: padded arrays and a count.

    Attributes
    ----------
    game : Game
    strategies : tuple of (..., K, A_p) arrays
        NaN beyond `count`.
    payoffs : (..., K, P) array
    regret : (..., K) array
    component : (..., K) array of int
        -1 beyond `count`.
    proposed_by : (..., K) array of str
    count : (...) array of int
    completeness : (...) array of str
        `complete`: these are all the equilibria - all extreme ones where the game is degenerate.
    degenerate : (...) array of bool
        Solved exactly, and some mixture has more best replies than actions in use. False says that
        no tie mattered to the equilibria; there may be ties elsewhere.
    """

    game: Game
    strategies: tuple[Array, ...]
    payoffs: Array
    regret: Array
    component: NDArray[np.int64]
    proposed_by: NDArray[np.str_]
    count: NDArray[np.int64]
    completeness: NDArray[np.str_]
    degenerate: NDArray[np.bool_]

    def at(self, index: tuple[int, ...] = ()) -> list[Equilibrium]:
        """Return the equilibria of one game of the batch, in order."""
        return [
            Equilibrium(
                players=self.game.players,
                actions=self.game.actions,
                strategies=tuple(s[(*index, k)] for s in self.strategies),
                payoffs=self.payoffs[(*index, k)],
                regret=float(self.regret[(*index, k)]),
                component=int(self.component[(*index, k)]),
                proposed_by=str(self.proposed_by[(*index, k)]),
            )
            for k in range(int(self.count[index]))
        ]

    @property
    def supports(self) -> NDArray[np.str_]:
        """(..., K) support of each equilibrium in words; empty beyond `count`."""
        words = np.full(self.regret.shape, "", dtype="<U256")
        for index in np.ndindex(*self.count.shape):
            for k, equilibrium in enumerate(self.at(index)):
                words[(*index, k)] = equilibrium.support
        return words


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A profile somebody proposes for one game; nothing is believed before it is certified."""

    strategies: tuple[Array, ...]
    proposed_by: str
    component: int = -1


def gather(
    game: Game,
    found: Sequence[Sequence[Candidate]],
    completeness: Sequence[Completeness],
    degenerate: Sequence[bool],
) -> EquilibriumSet:
    """Certify candidates for the games of a flat batch and pack them.

    A candidate whose regret is above tolerance is dropped; so is one that repeats another. A set
    that loses a candidate it counted on is no longer complete.
    """
    from negotiation.equilibria.certify import certify

    size = game.payoffs.shape[0]
    kept: list[list[tuple[Candidate, float]]] = []
    claims = list(completeness)
    for b in range(size):
        certified, refused = certify(game.at((b,)), found[b])
        if refused and claims[b] is Completeness.COMPLETE:
            claims[b] = Completeness.PARTIAL
        if not certified:
            claims[b] = Completeness.EMPTY
        kept.append(certified)
    width = max((len(each) for each in kept), default=0)
    strategies = tuple(np.full((size, width, len(a)), np.nan) for a in game.actions)
    payoffs = np.full((size, width, len(game.players)), np.nan)
    regret = np.full((size, width), np.nan)
    component = np.full((size, width), -1, dtype=np.int64)
    proposed_by = np.full((size, width), "", dtype="<U24")
    for b, each in enumerate(kept):
        for k, (candidate, gap) in enumerate(each):
            for p, probabilities in enumerate(candidate.strategies):
                strategies[p][b, k] = probabilities
            payoffs[b, k] = game.at((b,)).expected(candidate.strategies)
            regret[b, k] = gap
            component[b, k] = candidate.component if candidate.component >= 0 else k
            proposed_by[b, k] = candidate.proposed_by
    return EquilibriumSet(
        game=game,
        strategies=strategies,
        payoffs=payoffs,
        regret=regret,
        component=component,
        proposed_by=proposed_by,
        count=np.array([len(each) for each in kept], dtype=np.int64),
        completeness=np.array([claim.value for claim in claims], dtype=str),
        degenerate=np.array(degenerate, dtype=bool),
    )
