"""Equilibria being written down by kernels, in arrays or in lists."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.compile import compiled
from negotiation.games import kernels, lanes, three_by_three, vertices
from negotiation.games.listing import METHODS, Listing


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
