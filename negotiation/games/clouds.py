"""Two-player games of 2 x 2 and 3 x 3 actions by the million: the kernels, a step at a time.

Each step is one operation of NumPy on a block of games, in the order in which the kernel takes
it, so that the results agree to the last bit. Thirty times as fast as the kernels interpreted, and
a third as fast as compiled ones, which take a second to load.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negotiation.games.game import Array
from negotiation.games.listing import METHODS, Found, Listing

#: Games below which calling NumPy costs more than it saves.
LEAST_GAMES = 64

#: Games taken together: their payoffs, and what is made of them, stay in the cache.
_BLOCK, _BLOCK_OF_THREE = 1 << 13, 1 << 12


def two_by_two(payoffs: Array, tie: float, least: float, most: float) -> Found:
    """Solve a flat batch of 2 x 2 games; see `kernels.two_by_two`."""
    size = len(payoffs)
    flat = payoffs.reshape(size, 8)
    state = np.empty(size, dtype=np.int8)
    rows = np.empty((7, size))
    for start in range(0, size, _BLOCK):
        stop = min(start + _BLOCK, size)
        _one_each(
            np.ascontiguousarray(flat[start:stop].T),
            (tie, least, most),
            state[start:stop],
            rows[:, start:stop],
        )
    count = np.ones(size, dtype=np.int64)
    count[state == _OPEN] = 0
    several = np.flatnonzero(state == _SEVERAL)
    count[several] = 3
    first = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(count, out=first[1:])
    total = int(first[-1])
    if total < size or len(several):
        rows = rows.compress(count > 0, axis=1)
    if len(several):
        made = np.empty((7, total))
        # Of three equilibria the mixed one is the last.
        made[:, first[1:][count > 0] - 1] = rows
        _pure_pairs(flat[several], first[several], made)
        rows = made
    listing = Listing(
        first=first,
        strategies=(rows[0:2].T, rows[2:4].T),
        payoffs=rows[4:6].T,
        regret=rows[6],
        method=np.full(total, METHODS.index("closed form"), dtype=np.uint8),
    )
    no = np.zeros(size, dtype=bool)
    return Found(listing, np.asarray(state == _OPEN), no, no)


#: What a game has: nothing that is clear, a pure equilibrium or a mixed one alone, or three.
_OPEN, _ONE, _SEVERAL = 0, 1, 2


def _one_each(
    P: Array, limits: tuple[float, float, float], state: NDArray[np.int8], rows: Array
) -> None:
    """Write down one equilibrium of each game, of three the mixed one, and what games have.

    Parameters
    ----------
    P : (8, B) array
    rows : (7, B) array
        The first player's mixture, the second's, what both get, and the regret.
    """
    tie, least, most = limits
    a00, a01, a10, a11, b00, b01, b10, b11 = P
    wide = [
        np.maximum(np.maximum(w, x), np.maximum(y, z))
        - np.minimum(np.minimum(w, x), np.minimum(y, z))
        for w, x, y, z in (P[:4], P[4:])
    ]
    wa, wb = wide
    u0, u1, v0, v1 = a00 - a10, a01 - a11, b00 - b01, b10 - b11
    total = a00 + a01 + a10 + a11 + b00 + b01 + b10 + b11
    bad = total - total
    clear = np.minimum(np.abs(u0), np.abs(u1)) > tie * wa + bad
    clear &= np.minimum(np.abs(v0), np.abs(v1)) > tie * wb
    clear &= np.minimum(wa, wb) > least
    clear &= np.maximum(wa, wb) < most
    up0, up1, vp0, vp1 = u0 > 0, u1 > 0, v0 > 0, v1 > 0
    own, other = up0 == up1, vp0 == vp1
    dominant = own | other
    np.copyto(state, clear)
    state[clear & ~dominant & (up0 == vp0)] = _SEVERAL
    # A dominant action and the best reply to it.
    i = np.where(own, ~up0, ~np.where(vp0, up0, up1))
    j = np.where(own, ~np.where(up0, vp0, vp1), ~vp0)
    rows[0], rows[1], rows[2], rows[3] = ~i, i, ~j, j
    rows[4] = np.where(i, np.where(j, a11, a10), np.where(j, a01, a00))
    rows[5] = np.where(i, np.where(j, b11, b10), np.where(j, b01, b00))
    rows[6] = 0.0
    mixed = np.flatnonzero(clear & ~dominant)
    if not len(mixed):
        return
    if len(mixed) < len(state):
        a10, a11, b01, b11, u0, u1, v0, v1, wa, wb = (
            each[mixed] for each in (a10, a11, b01, b11, u0, u1, v0, v1, wa, wb)
        )
    y = u1 / (u1 - u0)
    x = v1 / (v1 - v0)
    z, w = 1.0 - y, 1.0 - x
    u = u0 * y + u1 * z  # what either gains by the first action: zero but for rounding
    v = v0 * x + v1 * w
    rows[0, mixed], rows[1, mixed], rows[2, mixed], rows[3, mixed] = x, w, y, z
    rows[4, mixed] = a10 * y + a11 * z + x * u
    rows[5, mixed] = b01 * x + b11 * w + y * v
    rows[6, mixed] = _larger(_larger(w * u, -x * u) / wa, _larger(z * v, -y * v) / wb)


def _pure_pairs(flat: Array, place: NDArray[np.int64], made: Array) -> None:
    """Write down the two pure equilibria of games in which both like to agree, or to differ."""
    j = (flat[:, 0] - flat[:, 2] > 0) ^ True
    for i in (0, 1):
        made[0, place], made[1, place] = 1.0 - i, i
        made[2, place], made[3, place] = ~j, j
        column = j.astype(np.int64)
        made[4, place] = np.take_along_axis(flat, (2 * i + column)[:, None], axis=1)[:, 0]
        made[5, place] = np.take_along_axis(flat, (4 + 2 * i + column)[:, None], axis=1)[:, 0]
        made[6, place] = 0.0
        place, j = place + 1, ~j


def _larger(one: Array, two: Array) -> Array:
    """Return the larger as Python's `max` does: of 0.0 and -0.0 the first."""
    return np.where(two > one, two, one)


# --- three actions a side -------------------------------------------------------------------------


def three_by_three(payoffs: Array, tie: float, singular: float, least: float, most: float) -> Found:
    """Solve a flat batch of 3 x 3 games; see `three_by_three.three_by_three`."""
    size = len(payoffs)
    flat = payoffs.reshape(size, 18)
    parts = []
    for start in range(0, size, _BLOCK_OF_THREE):
        block = _Three(np.ascontiguousarray(flat[start : start + _BLOCK_OF_THREE].T))
        parts.append(block.solved((tie, singular, least, most)))
    pending = np.concatenate([part[0] for part in parts])
    count = np.concatenate([part[1] for part in parts])
    rows = np.concatenate([part[2] for part in parts], axis=1)
    first = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(count, out=first[1:])
    listing = Listing(
        first=first,
        strategies=(rows[0:3].T, rows[3:6].T),
        payoffs=rows[6:8].T,
        regret=rows[8],
        method=np.full(rows.shape[1], METHODS.index("closed form"), dtype=np.uint8),
    )
    no = np.zeros(size, dtype=bool)
    return Found(listing, no, no, pending)


#: Pairs of actions, and the one that is not of the pair.
_PAIRS = ((0, 1, 2), (0, 2, 1), (1, 2, 0))

#: Games, and (9, G) what an equilibrium of each is: both mixtures, payoffs, regret.
_Some = tuple[NDArray[np.int64], Array]


class _Three:
    """A block of 3 x 3 games.

    Attributes
    ----------
    A, B : (9, G) arrays
        Payoffs of both players.
    wide_a, wide_b : (G,) arrays
    Z, Y : (3, 3, G) arrays
        By pair of own actions and by action of the other: by how much the first pays more.
    S, T : (3, 3, G) arrays of bool
        Whether it does.
    """

    def __init__(self, P: Array) -> None:
        self.A, self.B = P[:9], P[9:]
        self.wide_a, self.wide_b = (own.max(axis=0) - own.min(axis=0) for own in (self.A, self.B))
        self.Z, self.Y = np.empty((2, 3, 3, P.shape[1]))
        for r, (i, h, _) in enumerate(_PAIRS):
            for j in range(3):
                np.subtract(self.A[3 * i + j], self.A[3 * h + j], out=self.Z[r, j])
                np.subtract(self.B[3 * j + i], self.B[3 * j + h], out=self.Y[r, j])
        self.S, self.T = self.Z > 0.0, self.Y > 0.0

    def solved(
        self, limits: tuple[float, float, float, float]
    ) -> tuple[NDArray[np.bool_], NDArray[np.int64], Array]:
        """(G,) games left pending, (G,) equilibria of each, and (9, E) what these are, in order."""
        self.tie, self.singular, least, most = limits
        wa, wb = self.wide_a, self.wide_b
        total = np.zeros_like(wa)
        for a, b in zip(self.A, self.B, strict=True):
            total += a + b
        near_a, near_b = (np.abs(each).min(axis=(0, 1)) for each in (self.Z, self.Y))
        clear = np.minimum(near_a, wa) > 2.0 * (self.tie * wa) + (total - total)
        clear &= np.minimum(near_b, wb) > 2.0 * (self.tie * wb)
        clear &= (np.minimum(wa, wb) > least) & (np.maximum(wa, wb) < most)
        self.pending = ~clear
        self.clear = clear
        found = [*map(self._pure, range(3))]
        found += [self._of_two(r, k) for r in range(3) for k in range(3)]
        found.append(self._of_three())
        games = np.concatenate([each for each, _ in found])
        rows = np.concatenate([each for _, each in found], axis=1)
        # Equilibria of a game in the order in which they were looked for.
        order = np.argsort(games, kind="stable")
        order = order[~self.pending[games[order]]]
        count = np.bincount(games[order], minlength=len(wa))
        return self.pending, count, rows[:, order]

    def _pure(self, i: int) -> _Some:
        """The best column against row i, if i is best against it."""
        S, T = self.S, self.T
        first = T[0, i] & T[1, i]
        second = ~first & (T[2, i] & ~T[0, i])
        best = (S[0] & S[1], S[2] & ~S[0], ~(S[1] | S[2]))[i]
        j = np.where(first, 0, np.where(second, 1, 2))
        there = np.where(first, best[0], np.where(second, best[1], best[2]))
        g = np.flatnonzero(there & self.clear)
        j = j[g]
        rows = np.zeros((9, len(g)))
        rows[i] = 1.0
        rows[3 + j, np.arange(len(g))] = 1.0
        rows[6], rows[7] = self.A[3 * i + j, g], self.B[3 * i + j, g]
        return g, rows

    def _of_two(self, r: int, k: int) -> _Some:
        """Two actions a side: either must be better by one action here and by the other there."""
        (i, h, f), (j, m, c) = _PAIRS[r], _PAIRS[k]
        there = self.S[r, j] ^ self.S[r, m]
        there &= self.T[k, i] ^ self.T[k, h]
        g = np.flatnonzero(there & self.clear)
        A, B = self.A.take(g, axis=1), self.B.take(g, axis=1)
        ta, tb = self.tie * self.wide_a[g], self.tie * self.wide_b[g]
        a, b = self.Z[r, j, g], self.Z[r, m, g]
        y, z = b / (b - a), a / (a - b)
        gain_a = (A[3 * f + j] - A[3 * i + j]) * y
        gain_a += (A[3 * f + m] - A[3 * i + m]) * z
        tied_a = -(a * y + b * z)  # what row h earns more than row i: zero but for rounding
        a, b = self.Y[k, i, g], self.Y[k, h, g]
        x, w = b / (b - a), a / (a - b)
        gain_b = (B[3 * i + c] - B[3 * i + j]) * x
        gain_b += (B[3 * h + c] - B[3 * h + j]) * w
        tied_b = -(a * x + b * w)
        none = (gain_a > ta) | (gain_b > tb)
        close = ~none & ((gain_a >= -ta) | (gain_b >= -tb))
        self.pending[g[close]] = True
        rows = np.zeros((9, len(g)))
        rows[i], rows[h], rows[3 + j], rows[3 + m] = x, w, y, z
        rows[6] = A[3 * i + j] * y + A[3 * i + m] * z + w * tied_a
        rows[7] = B[3 * i + j] * x + B[3 * h + j] * w + z * tied_b
        regret_a = (_larger(np.zeros_like(x), tied_a) - w * tied_a) / self.wide_a[g]
        regret_b = (_larger(np.zeros_like(x), tied_b) - z * tied_b) / self.wide_b[g]
        rows[8] = _larger(regret_a, regret_b)
        return g[~none], rows[:, ~none]

    def _of_three(self) -> _Some:
        """All three actions a side; not where one is dominated."""
        there = self.clear.copy()
        for signs in (self.S, self.T):
            for own in signs:
                there &= (own[0] | own[1] | own[2]) & ~(own[0] & own[1] & own[2])
        g = np.flatnonzero(there)
        Z, Y = self.Z[:, :, g].reshape(9, -1), self.Y[:, :, g].reshape(9, -1)
        A, B, wa, wb = self.A[:, g], self.B[:, g], self.wide_a[g], self.wide_b[g]
        y = Z[1] * Z[5] - Z[2] * Z[4]
        z = Z[2] * Z[3] - Z[0] * Z[5]
        a = Z[0] * Z[4] - Z[1] * Z[3]
        x = Y[1] * Y[5] - Y[2] * Y[4]
        w = Y[2] * Y[3] - Y[0] * Y[5]
        b = Y[0] * Y[4] - Y[1] * Y[3]
        total_a, total_b = y + z + a, x + w + b
        # Where a total is too small to divide by, weights are of both signs unless all vanish.
        sure_a = np.abs(total_a) > self.singular * wa * wa
        sure_b = np.abs(total_b) > self.singular * wb * wb
        total_a = np.where(sure_a, 1.0 / total_a, 1.0 / (wa * wa))
        total_b = np.where(sure_b, 1.0 / total_b, 1.0 / (wb * wb))
        y, z, a = y * total_a, z * total_a, a * total_a
        x, w, b = x * total_b, w * total_b, b * total_b
        least_a, least_b = np.minimum(np.minimum(y, z), a), np.minimum(np.minimum(x, w), b)
        most_a, most_b = np.maximum(np.maximum(y, z), a), np.maximum(np.maximum(x, w), b)
        none = (least_a < -self.tie) & (sure_a | (most_a > self.tie))
        none |= (least_b < -self.tie) & (sure_b | (most_b > self.tie))
        sure = sure_a & sure_b & (least_a > self.tie) & (least_b > self.tie)
        self.pending[g[~none & ~sure]] = True
        one_a = -(Z[0] * y + Z[1] * z + Z[2] * a)
        two_a = -(Z[3] * y + Z[4] * z + Z[5] * a)
        one_b = -(Y[0] * x + Y[1] * w + Y[2] * b)
        two_b = -(Y[3] * x + Y[4] * w + Y[5] * b)
        above_a, above_b = one_a * w + two_a * b, one_b * z + two_b * a
        rows = np.empty((9, len(g)))
        rows[0], rows[1], rows[2], rows[3], rows[4], rows[5] = x, w, b, y, z, a
        rows[6] = A[0] * y + A[1] * z + A[2] * a + above_a
        rows[7] = B[0] * x + B[3] * w + B[6] * b + above_b
        zero = np.zeros_like(x)
        regret_a = (_larger(_larger(zero, one_a), two_a) - above_a) / wa
        regret_b = (_larger(_larger(zero, one_b), two_b) - above_b) / wb
        rows[8] = _larger(regret_a, regret_b)
        kept = ~none & sure
        return g[kept], rows[:, kept]
