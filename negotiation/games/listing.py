"""`Listing`: equilibria of a flat batch of games, one after the other; `Candidate`: a proposal."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from negotiation.games.game import Array

Rational = tuple[Fraction, ...]

#: Who proposed a profile; `Listing.method` holds places in this list.
METHODS = (
    "pure scan",
    "closed form",
    "support enumeration",
    "vertex enumeration",
    "exact enumeration",
    "Lemke-Howson",
    "nashpy",
)


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A profile somebody proposes for one game; nothing is believed before it is certified."""

    strategies: tuple[Array, ...]
    proposed_by: str
    component: int | None = None  # None: one of its own; -1: not known
    exact: tuple[Rational, ...] | None = None


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Listing:
    """Equilibria of all games of a flat batch, one after the other.

    Attributes
    ----------
    first : (B + 1,) array of int
        Those of game b are at first[b]:first[b + 1].
    strategies : tuple of (E, A_p) arrays
    payoffs : (E, P) array
    regret : (E,) array
    method : (E,) array of int
        Places in `METHODS`.
    component : (E,) array of int, optional
        -1: not known. None: no two are connected.
    exact : mapping of place to strategies in rationals
        Of those that the exact enumeration found.
    """

    first: NDArray[np.int64]
    strategies: tuple[Array, ...]
    payoffs: Array
    regret: Array
    method: NDArray[np.uint8]
    component: NDArray[np.int64] | None = None
    exact: dict[int, tuple[Rational, ...]] = dataclasses.field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Listing({len(self.regret)} equilibria of {len(self.first) - 1} games)"

    @cached_property
    def count(self) -> NDArray[np.int64]:
        """(B,) equilibria per game."""
        return np.diff(self.first)

    @cached_property
    def game(self) -> NDArray[np.int64]:
        """(E,) game of each equilibrium."""
        return np.repeat(np.arange(len(self.count)), self.count)

    @cached_property
    def rank(self) -> NDArray[np.int64]:
        """(E,) place of each among those of its game."""
        return np.arange(len(self.regret)) - self.first[self.game]

    def components(self) -> NDArray[np.int64]:
        """(E,) number of the component of each within its game."""
        return self.rank if self.component is None else self.component

    def with_games(
        self, games: Sequence[int] | NDArray[np.int64], new: Listing, new_game: NDArray[np.int64]
    ) -> Listing:
        """Put `new`, of which equilibrium e is one of game new_game[e], in place of some games."""
        size = len(self.count)
        replaced = np.zeros(size, dtype=bool)
        replaced[np.asarray(games, dtype=np.int64)] = True
        stays = ~replaced[self.game]
        both = np.concatenate([self.game[stays], new_game])
        order = np.argsort(both, kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        offset = int(stays.sum())
        return Listing(
            first=np.searchsorted(both[order], np.arange(size + 1)),
            strategies=tuple(
                np.concatenate([old[stays], add])[order]
                for old, add in zip(self.strategies, new.strategies, strict=True)
            ),
            payoffs=np.concatenate([self.payoffs[stays], new.payoffs])[order],
            regret=np.concatenate([self.regret[stays], new.regret])[order],
            method=np.concatenate([self.method[stays], new.method])[order],
            component=np.concatenate([self.components()[stays], new.components()])[order],
            exact={int(place[offset + e]): exact for e, exact in new.exact.items()},
        )
