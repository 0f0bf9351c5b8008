"""All equilibria of two-player games in floats, a batch at a time; what is close is left open."""

from __future__ import annotations

import dataclasses
import sys
from functools import cache
from importlib.util import find_spec
from itertools import combinations
from math import comb
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.games import clouds, kernels
from negotiation.games.game import Array
from negotiation.games.listing import Found, Ledger, joined
from negotiation.tolerances import SINGULAR, TIE

#: Ranges of payoffs, in the game's own units, whose products neither overflow nor vanish.
LEAST_RANGE, MOST_RANGE = 1e-60, 1e60

#: Largest side for which supports are enumerated, and the largest of the other side: at 7 x 7
#: enumerating the vertices of one polytope is twice as fast.
SUPPORTS_SHORT, SUPPORTS_LONG = 6, 8

#: Most actions of both sides for vertices: their labels are bits of one integer.
MOST_LABELS = 62

#: Most replies for which actions dominated on every set of them are tabulated: 2^14 entries.
MOST_TABULATED = 14

#: Seconds of interpreted work above which kernels are compiled. To import numba and load what it
#: keeps on disk takes about one; the first time ever it compiles for some ten more.
PAYS = 3.0

#: The same where this process has loaded them already: what a call costs, whatever its size.
LOADED_PAYS = 3e-4

#: Most games taken together in lockstep where kernels are compiled, a multiple of 8.
BLOCK = 2040

#: Games taken together where kernels are interpreted: lists take four times the memory of arrays.
MOST_IN_LISTS = 10_000

#: Bytes that the vertices of one game may take.
MOST_MEMORY = 1 << 30


def enumerate_in_floats(payoffs: Array, budget: float, *, compile_: bool | None = None) -> Found:
    """Find all equilibria of every game of a flat batch, as far as floats can tell.

    Parameters
    ----------
    payoffs : (B, 2, m, n) array
        Games with a payoff that is not finite are left open.
    budget : float
        Seconds for a game too large to be sure that it can be enumerated.
    compile_ : bool, optional
        Whether to use compiled kernels; by default where numba is installed and it pays.
    """
    size, _, m, n = payoffs.shape
    if compile_ is None:
        compile_ = _pays(_interpreted_seconds(size, m, n))
    if not compile_ and m == n in (2, 3) and size >= clouds.LEAST_GAMES:
        with np.errstate(all="ignore"):
            if m == 2:
                return clouds.two_by_two(np.asarray(payoffs), TIE, LEAST_RANGE, MOST_RANGE)
            found = clouds.three_by_three(payoffs, TIE, SINGULAR, LEAST_RANGE, MOST_RANGE)
            return _completed(found, payoffs, budget, False) if found.pending.any() else found
    if not compile_ and size > MOST_IN_LISTS:
        parts = np.array_split(payoffs, -(-size // MOST_IN_LISTS))
        return joined([enumerate_in_floats(part, budget, compile_=False) for part in parts])
    with np.errstate(invalid="ignore", over="ignore"):  # payoffs may be infinite
        return _enumerate(payoffs, budget, compile_)


def _enumerate(payoffs: Array, budget: float, compile_: bool, general: bool = False) -> Found:
    size, _, m, n = payoffs.shape
    ledger = Ledger(m, n, size, compile_)
    # Random games have about so many; beyond what memory holds, room is made as it is needed.
    usual = 1.1 * size * 1.25 ** min(min(m, n) - 1, MOST_LABELS)
    ledger.reserve(int(min(usual, max(2 * size, MOST_MEMORY // (64 * (m + n + 3))))))
    flat = np.ascontiguousarray(payoffs, dtype=float).reshape(-1)
    if (m, n) == (2, 2):
        _closed_form(flat, ledger)
        method = "closed form"
    elif (m, n) == (3, 3) and not general:
        _three_by_three(flat, ledger)
        found = ledger.found("closed form")
        return _completed(found, payoffs, budget, compile_) if found.pending.any() else found
    elif _few(m, n):
        _supports(flat, ledger)
        method = "support enumeration"
    else:
        _vertices(flat, ledger, budget)
        method = "vertex enumeration"
    return ledger.found(method)


def _completed(found: Found, payoffs: Array, budget: float, compile_: bool) -> Found:
    """Search the games that are pending in general."""
    games = np.flatnonzero(found.pending)
    part = _enumerate(payoffs[games], budget, compile_, general=True)
    open_, unfinished = found.open.copy(), found.unfinished.copy()
    open_[games], unfinished[games] = part.open, part.unfinished
    listing = found.listing.with_games(games, part.listing, games[part.listing.game])
    listing = dataclasses.replace(listing, component=None)  # none of floats are connected
    return Found(listing, open_, unfinished, np.zeros_like(open_))


def _pays(seconds: float) -> bool:
    """Whether to compile for so much interpreted work: not without numba."""
    loaded = kernels.__name__ + "_compiled" in sys.modules
    return ((loaded and seconds > LOADED_PAYS) or seconds > PAYS) and find_spec("numba") is not None


def _few(m: int, n: int) -> bool:
    return min(m, n) <= SUPPORTS_SHORT and max(m, n) <= SUPPORTS_LONG


def _interpreted_seconds(size: int, m: int, n: int) -> float:
    """Rough time without compiling."""
    if (m, n) == (2, 2):
        return size * (2e-5 if size < clouds.LEAST_GAMES else 2e-7)
    if (m, n) == (3, 3):
        return size * (5e-5 if size < clouds.LEAST_GAMES else 2e-6)
    if _few(m, n):
        return size * (2e-5 + 4e-6 * len(_pairs(m, n)[0]))
    # About as many vertices, m n operations each; beyond `MOST_LABELS` none is enumerated.
    return size * 4e-6 * m * n * float(2.0 ** (min(m + n, MOST_LABELS) / 2))


def _closed_form(P: Array, ledger: Ledger) -> None:
    block = 1 << 16
    source = ledger.given(P)
    for start in range(0, ledger.size, block):
        stop = min(start + block, ledger.size)
        ledger.reserve(3 * (stop - start))
        ledger.used = ledger.kernels.two_by_two(
            source, start, stop, TIE, LEAST_RANGE, MOST_RANGE, ledger.used,
            ledger.first, ledger.open, ledger.X, ledger.Y, ledger.U, ledger.R,
        )  # fmt: skip


def _three_by_three(P: Array, ledger: Ledger) -> None:
    block = 1 << 13
    source = ledger.given(P)
    Z, signs = ledger.room(18), ledger.room(6, np.int64)
    for start in range(0, ledger.size, block):
        stop = min(start + block, ledger.size)
        ledger.reserve(13 * (stop - start))  # 3 pure, 9 of two, one of three actions at most
        ledger.used = ledger.three.three_by_three(
            source, start, stop, TIE, SINGULAR, LEAST_RANGE, MOST_RANGE, ledger.used,
            ledger.first, ledger.open, ledger.X, ledger.Y, ledger.U, ledger.R, Z, signs,
        )  # fmt: skip


@cache
def _pairs(m: int, n: int) -> NDArray[np.int64]:
    """(2, T) pairs of supports of equal size as masks: small ones first, then in order."""
    found = [
        (sum(1 << i for i in rows), sum(1 << j for j in columns))
        for k in range(1, min(m, n) + 1)
        for rows in combinations(range(m), k)
        for columns in combinations(range(n), k)
    ]
    return np.array(found, dtype=np.int64).T.copy()


def _supports(P: Array, ledger: Ledger) -> None:
    """Enumerate supports, a block of games at a time."""
    m, n = ledger.m, ledger.n
    pairs = _pairs(m, n)
    # Not a power of two: rows would share cache lines. As many games as fit the cache.
    most = (1 << 19) // (2 ** max(m, n) * 3 + 16 * m * n) // 8 * 8
    block = max(8, min(BLOCK, most, -(-ledger.size // 8) * 8))
    Z = ledger.room((max(m, n) + 1) * (max(m, n) + 5))
    members = ledger.room(2 * (max(m, n) + 1) + 1, np.int64)
    source = ledger.given(P)
    sift: _CompiledSieve | _InterpretedSieve
    sift = (
        _CompiledSieve(ledger, pairs, block) if ledger.compile else _InterpretedSieve(m, n, pairs)
    )
    for start in range(0, ledger.size, block):
        stop = min(start + block, ledger.size)
        wide, first_pair, rows, columns, found = sift(P, start, stop)
        good = (wide.min(axis=0) > LEAST_RANGE) & (wide.max(axis=0) < MOST_RANGE)
        ledger.open[start:stop] = ledger.given((~good).astype(np.uint8))
        ledger.reserve(found)
        ledger.used = ledger.kernels.decide(
            source, start, stop, m, n, first_pair, rows, columns,
            ledger.given(wide[0]), ledger.given(wide[1]), TIE, SINGULAR, ledger.used,
            ledger.first, ledger.open, ledger.X, ledger.Y, ledger.U, ledger.R, Z, members,
        )  # fmt: skip


class _CompiledSieve:
    """The pairs of supports of a block of games in which nobody plays a dominated action."""

    def __init__(self, ledger: Ledger, pairs: NDArray[np.int64], block: int) -> None:
        self.lanes, self.m, self.n, self.pairs = ledger.lanes, ledger.m, ledger.n, pairs
        most = max(self.m, self.n)
        self.cells = np.empty((2 * self.m * self.n + 2, block))
        self.width = np.empty((2, block))
        self.better = np.empty((most * most, block), dtype=np.uint8)
        self.on_set = np.empty((1 << most, block), dtype=np.uint8)
        self.rows = np.zeros((1 << self.n, block), dtype=np.uint8)
        self.columns = np.zeros((1 << self.m, block), dtype=np.uint8)
        self.first_pair = np.empty(block + 2, dtype=np.int64)
        self._resize(8 * block + 8)

    def _resize(self, size: int) -> None:
        self.lane, self.pair, self.I, self.J = (np.empty(size, dtype=np.int64) for _ in range(4))

    def __call__(
        self, P: Array, start: int, stop: int
    ) -> tuple[Array, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], int]:
        m, n, lanes = self.m, self.n, stop - start
        self.lanes.spread(P, self.cells, self.width, start, lanes, m * n)
        self.lanes.tabulate(
            self.cells, 0, n, 1, m, n, self.width[0], TIE, self.better, self.on_set, self.rows
        )
        self.lanes.tabulate(
            self.cells, m * n, 1, n, n, m, self.width[1], TIE, self.better, self.on_set,
            self.columns,
        )  # fmt: skip
        # A last word may be half empty: its spare lanes still hold games of the block before.
        words = self.rows.view(np.uint64), self.columns.view(np.uint64), -(-lanes // 8)
        while True:
            found = self.lanes.sieve(*words, self.pairs, self.lane, self.pair)
            if found + 8 <= len(self.lane):
                break
            self._resize(2 * found + 8)
        self.lanes.arrange(self.pairs, self.lane, self.pair, found, self.first_pair, self.I, self.J)
        return (
            self.width[:, :lanes], self.first_pair, self.I, self.J, int(self.first_pair[lanes])
        )  # fmt: skip


class _InterpretedSieve:
    """The same by NumPy, on all games of a block at once."""

    def __init__(self, m: int, n: int, pairs: NDArray[np.int64]) -> None:
        self.m, self.n, self.pairs = m, n, pairs

    def __call__(
        self, P: Array, start: int, stop: int
    ) -> tuple[Array, list[int], list[int], list[int], int]:
        m, n = self.m, self.n
        payoffs = P[2 * m * n * start : 2 * m * n * stop].reshape(-1, 2, m, n)
        wide = payoffs.max(axis=(2, 3)) - payoffs.min(axis=(2, 3))
        rows = _dominated(payoffs[:, 0], TIE * wide[:, 0])
        columns = _dominated(payoffs[:, 1].transpose(0, 2, 1), TIE * wide[:, 1])
        I, J = self.pairs.astype(np.uint8)
        bad = (rows[:, self.pairs[1]] & I) | (columns[:, self.pairs[0]] & J)
        lane, pair = np.nonzero(bad == 0)
        first_pair = np.searchsorted(lane, np.arange(stop - start + 1))
        return (
            wide.T, first_pair.tolist(), self.pairs[0][pair].tolist(),
            self.pairs[1][pair].tolist(), len(pair),
        )  # fmt: skip


def _dominated(own: Array, margin: Array) -> NDArray[np.uint8]:
    """(B, 2^n) own actions strictly dominated on each set of the other's actions, as masks."""
    size, m, n = own.shape
    beats = own[:, :, None, :] - own[:, None, :, :] > margin[:, None, None, None]
    better = (beats * (1 << np.arange(m, dtype=np.uint8))[:, None]).sum(axis=2, dtype=np.uint8)
    on_set = np.full((size, m, 1 << n), 255, dtype=np.uint8)
    for j in range(n):
        on_set[:, :, 1 << j : 2 << j] = on_set[:, :, : 1 << j] & better[:, :, None, j]
    return np.asarray(np.bitwise_or.reduce(on_set, axis=1))


def _vertices(P: Array, ledger: Ledger, budget: float) -> None:
    """Enumerate the vertices of one polytope of each game."""
    m, n, size = ledger.m, ledger.n, ledger.size
    if m + n > MOST_LABELS:  # hopeless, and labels would not fit a word
        ledger.open[:] = ledger.given(np.ones(size, dtype=np.uint8))
        ledger.first[:] = ledger.given(np.zeros(size + 1, dtype=np.int64))
        ledger.unfinished[:] = True
        return
    payoffs = P.reshape(size, 2, m * n)
    low, high = payoffs.min(axis=2), payoffs.max(axis=2)
    wide = high - low
    good = (wide.min(axis=1) > LEAST_RANGE) & (wide.max(axis=1) < MOST_RANGE)
    ledger.open[:] = ledger.given((~good).astype(np.uint8))
    source = ledger.given(P)
    ranges = [ledger.given(values) for values in (*wide.T, *low.T)]
    memory = _Memory(ledger, budget)
    Z = ledger.room((max(m, n) + 1) * (max(m, n) + 5))
    members = ledger.room(2 * (max(m, n) + 1) + 1, np.int64)
    first_pair = ledger.room(2, np.int64)
    first_pair[0] = 0
    for g in range(size):
        found = 0
        deadline = monotonic() + budget
        while not ledger.open[g]:
            found = ledger.vertices.list_pairs(source, g, m, n, *ranges, TIE, 0, *memory.arrays)
            if found >= 0:
                break
            if found == -1:
                ledger.open[g] = 1
            elif not memory.grow(deadline - monotonic()):
                ledger.open[g], ledger.unfinished[g] = 1, True
        first_pair[1] = max(found, 0)
        ledger.reserve(first_pair[1])
        ledger.used = ledger.kernels.decide(
            source, g, g + 1, m, n, first_pair, *memory.pairs,
            ranges[0][g : g + 1], ranges[1][g : g + 1],
            TIE, SINGULAR, ledger.used, ledger.first, ledger.open,
            ledger.X, ledger.Y, ledger.U, ledger.R, Z, members,
        )  # fmt: skip


def _most_vertices(m: int, n: int) -> int:
    """Return the most vertices a polytope can have (McMullen 1970), and one for the origin."""
    d, facets = min(m, n), m + n
    low, high = d // 2, -(-d // 2)
    return comb(facets - high, low) + comb(facets - low - 1, max(high - 1, 0)) + 1


class _Memory:
    """What the vertices of one game take: sized for an ordinary game, doubled when that is short.

    Attributes
    ----------
    arrays : list
        The arguments of `list_pairs` from `rows` on.
    """

    def __init__(self, ledger: Ledger, budget: float) -> None:
        self.ledger = ledger
        m, n = ledger.m, ledger.n
        self.seconds_each = m * n * (1e-8 if ledger.compile else 4e-6)
        # Random 8 x 8 games have 237 vertices on average, 12 x 12 games 4,700.
        usual = int(min(2.0 ** ((m + n) / 2 + 1), 20_000, budget / self.seconds_each))
        self._make(min(usual + 64, _most_vertices(m, n)))

    def _make(self, vertices_: int) -> None:
        ledger = self.ledger
        m, n = ledger.m, ledger.n
        most, least = max(m, n), min(m, n)
        self.vertices = vertices_
        table = 1 << min(most, MOST_TABULATED)
        slots = 1 << (4 * vertices_).bit_length()
        ints = [
            ledger.room(size, np.int64)
            for size in (vertices_, vertices_, m + 1, n + 1, 2, most, table, table)
        ]
        desks = vertices_ // 2 + 32  # those not yet done with: a third of them at most times
        cells = (least + 1) * most
        labels, keys, desk, free, places = (
            ledger.room(size, np.int64)
            for size in (desks * (m + n), vertices_, vertices_, desks, vertices_)
        )
        self.bytes = 8 * (desks * (cells + m + n + 1) + 5 * vertices_) + 4 * slots
        empty = ledger.given(np.full(slots, -1, dtype=np.int32))
        D = ledger.room(desks * cells)
        self.arrays = [
            *ints, D, labels, keys, desk, free, empty, places, ledger.room(most)
        ]  # fmt: skip

    @property
    def pairs(self) -> list[Any]:
        """The lists of supports of either player."""
        return self.arrays[:2]

    def grow(self, seconds: float) -> bool:
        """Double it, unless the next try would take too much memory or time."""
        if 2 * self.bytes > MOST_MEMORY or 2 * self.vertices * self.seconds_each > seconds:
            return False
        self._make(2 * self.vertices)
        return True
