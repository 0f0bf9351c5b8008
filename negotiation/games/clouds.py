"""Two-player games of 2 x 2 actions by the million: the kernel of `kernels`, a step at a time.

Each step is one operation of NumPy on a block of games, in the order in which the kernel takes
it, so that the results agree to the last bit. About thirty times as fast as the kernel interpreted,
and a third as fast as the kernel compiled, which takes a second to load.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negotiation.games.game import Array
from negotiation.games.listing import METHODS, Found, Listing

#: Games below which calling NumPy costs more than it saves.
LEAST_GAMES = 64

#: Games taken together: their payoffs, and what is made of them, stay in the cache.
_BLOCK = 1 << 13


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
    if total != size or len(several):
        made = np.empty((7, total))
        some = np.flatnonzero(count)
        # Of three equilibria the mixed one is the last.
        made[:, first[1:][some] - 1] = rows[:, some]
        if len(several):
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
