"""`Listing`: equilibria of a batch of games; `Candidate`: a proposal; `Ledger`: kernels fill it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.compile import compiled
from negotiation.games import kernels, lanes, three_by_three, vertices
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

    def at(self, games: NDArray[np.int64]) -> Listing:
        """Return the listing of some games, in any order and as often as wanted."""
        count = self.count[games]
        first = np.concatenate([[0], np.cumsum(count)])
        places = np.repeat(self.first[games] - first[:-1], count) + np.arange(first[-1])
        exact = (
            {e: self.exact[k] for e, k in enumerate(places.tolist()) if k in self.exact}
            if self.exact
            else {}
        )
        return Listing(
            first=first,
            strategies=tuple(own[places] for own in self.strategies),
            payoffs=self.payoffs[places],
            regret=self.regret[places],
            method=self.method[places],
            component=None if self.component is None else self.component[places],
            exact=exact,
        )

    def with_games(
        self, games: Sequence[int] | NDArray[np.int64], new: Listing, new_game: NDArray[np.int64]
    ) -> Listing:
        """Put `new`, of which equilibrium e is one of game new_game[e], in place of some games."""
        size = len(self.count)
        replaced = np.zeros(size, dtype=bool)
        replaced[np.asarray(games, dtype=np.int64)] = True
        count = np.where(replaced, 0, self.count)
        kept = slice(None) if count.sum() == len(self.regret) else ~replaced[self.game]
        more = np.bincount(new_game, minlength=size)
        first = np.zeros(size + 1, dtype=np.int64)
        np.cumsum(count + more, out=first[1:])
        before = np.zeros(size + 1, dtype=np.int64)
        np.cumsum(more, out=before[1:])
        order = np.argsort(new_game, kind="stable")
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        new_places = first[new_game] + rank - before[new_game]

        stays = np.ones(int(first[-1]), dtype=bool)
        stays[new_places] = False

        def both(old: NDArray[Any], add: NDArray[Any]) -> NDArray[Any]:
            # A column at a time: as they lie in memory.
            columns = np.empty((*old.shape[:0:-1], len(stays)), dtype=old.dtype)
            for column, was, more in zip(*map(np.atleast_2d, (columns, old.T, add.T)), strict=True):
                column[stays], column[new_places] = was[kept], more
            return columns.T

        return Listing(
            first=first,
            strategies=tuple(
                both(old, add) for old, add in zip(self.strategies, new.strategies, strict=True)
            ),
            payoffs=both(self.payoffs, new.payoffs),
            regret=both(self.regret, new.regret),
            method=both(self.method, new.method),
            component=both(self.components(), new.components()),
            exact={int(new_places[e]): exact for e, exact in new.exact.items()},
        )


@dataclasses.dataclass(frozen=True, eq=False)
class Found:
    """What the float path found.

    Attributes
    ----------
    listing : Listing
        Equilibria that are clear, also of games left open.
    open : (B,) array of bool
        A decision was closer than `TIE`, or payoffs range too far for floats.
    unfinished : (B,) array of bool
        Open because there was not the memory or the time to enumerate.
    pending : (B,) array of bool
        Left to a more general search.
    """

    listing: Listing
    open: NDArray[np.bool_]
    unfinished: NDArray[np.bool_]
    pending: NDArray[np.bool_]


class Ledger:
    """Equilibria being written down, in arrays that grow; in lists where kernels are interpreted.

    Attributes
    ----------
    first, open, X, Y, U, R : arrays or lists
        As the kernels fill them.
    used : int
        Equilibria so far.
    """

    def __init__(self, m: int, n: int, size: int, compile_: bool) -> None:
        self.m, self.n, self.size = m, n, size
        self.compile = compile_
        self.kernels: Any = compiled(kernels.__name__) if compile_ else kernels
        self.three: Any = compiled(three_by_three.__name__) if compile_ else three_by_three
        self.lanes: Any = compiled(lanes.__name__) if compile_ else None
        self.vertices: Any = compiled(vertices.__name__) if compile_ else vertices
        self.first = self.room(size + 1, np.int64)
        self.first[0] = 0
        self.open = self.room(size, np.uint8)
        self.unfinished = np.zeros(size, dtype=bool)
        self.used = 0
        self.capacity = 0
        self.X: Any = self.room(0)
        self.Y: Any = self.room(0)
        self.U: Any = self.room(0)
        self.R: Any = self.room(0)

    def room(self, size: int, dtype: Any = np.float64) -> Any:
        """Return memory for kernels to write to."""
        if self.compile:
            return np.empty(size, dtype=dtype)
        return [0.0 if dtype is np.float64 else 0] * size

    def given(self, values: NDArray[Any]) -> Any:
        """Return values for kernels to read."""
        return np.ascontiguousarray(values) if self.compile else values.tolist()

    def reserve(self, more: int) -> None:
        """Make room for `more` equilibria."""
        if self.used + more <= self.capacity:
            return
        capacity = max(self.used + more, self.capacity + self.capacity // 2, 64)
        for name, width in (("X", self.m), ("Y", self.n), ("U", 2), ("R", 1)):
            before = getattr(self, name)
            after = self.room(capacity * width)
            after[: self.used * width] = before[: self.used * width]
            setattr(self, name, after)
        self.capacity = capacity

    def found(self, method: str) -> Found:
        """Return what was written down."""
        E = self.used
        X = np.asarray(self.X[: E * self.m]).reshape(E, self.m)
        Y = np.asarray(self.Y[: E * self.n]).reshape(E, self.n)
        listing = Listing(
            first=np.asarray(self.first, dtype=np.int64),
            strategies=(X, Y),
            payoffs=np.asarray(self.U[: E * 2]).reshape(E, 2),
            regret=np.asarray(self.R[:E], dtype=float),
            method=np.full(E, METHODS.index(method), dtype=np.uint8),
        )
        state = np.asarray(self.open)
        return Found(listing, state == 1, self.unfinished, state == three_by_three.PENDING)


def joined(parts: Sequence[Found]) -> Found:
    """Put what was found in parts of a batch together."""
    listings = [part.listing for part in parts]
    counts = np.concatenate([[0], *(listing.count for listing in listings)])
    listing = Listing(
        first=np.cumsum(counts),
        strategies=tuple(
            np.concatenate(s) for s in zip(*(x.strategies for x in listings), strict=True)
        ),
        payoffs=np.concatenate([x.payoffs for x in listings]),
        regret=np.concatenate([x.regret for x in listings]),
        method=np.concatenate([x.method for x in listings]),
    )
    return Found(
        listing,
        np.concatenate([part.open for part in parts]),
        np.concatenate([part.unfinished for part in parts]),
        np.concatenate([part.pending for part in parts]),
    )
