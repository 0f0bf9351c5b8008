"""Kernels that sift pairs of supports for a block of games in lockstep: lane g holds game g.

For every set of the opponent's actions: which own actions are strictly dominated on it. Only pairs
of supports of equal size that hold no such action either way can be in equilibrium in a game
without ties (Dickhaut and Kaplan 1991; the pruning after Porter, Nudelman and Shoham 2008): of 69
pairs at 4 x 4 six are left, of 923 at 6 x 6 seventy. Eight actions a side are a byte, and eight
bytes a word. For compiling only: interpreted, NumPy does the same by arrays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negotiation.compile import kernel_of
from negotiation.games.game import Array

Bits = NDArray[np.uint8]
Words = NDArray[np.uint64]
Ints = NDArray[np.int64]

kernel = kernel_of(__name__)


@kernel
def spread(P: Array, S: Array, width: Array, start: int, lanes: int, cells: int) -> None:
    """Put the payoffs of a block of games side by side, S[cell, lane], and measure their ranges.

    The range is NaN where a payoff is not finite.
    """
    for g in range(lanes):
        p = 2 * cells * (start + g)
        total = 0.0
        for c in range(2 * cells):
            S[c, g] = P[p + c]
            total += P[p + c]
        S[2 * cells + 1, g] = total - total  # not zero where a payoff is not finite
    low = 2 * cells  # two spare rows
    for player in range(2):
        c = player * cells
        for g in range(lanes):
            width[player, g] = S[c, g]
            S[low, g] = S[c, g]
        for c in range(player * cells + 1, (player + 1) * cells):
            for g in range(lanes):
                width[player, g] = max(width[player, g], S[c, g])
                S[low, g] = min(S[low, g], S[c, g])
        for g in range(lanes):
            width[player, g] += S[low + 1, g] - S[low, g]


@kernel
def tabulate(
    S: Array, base: int, own_step: int, other_step: int, m: int, n: int,
    width: Array, tie: float, better: Bits, on_set: Bits, dominated: Bits,
) -> None:  # fmt: skip
    """Fill dominated[J, lane]: own actions that some other beats clearly at every action in J."""
    lanes = width.size
    for j in range(n):
        for i in range(m):
            for g in range(lanes):
                better[j * m + i, g] = 0
        for i in range(m):
            q = base + i * own_step + j * other_step
            for h in range(i):
                r = base + h * own_step + j * other_step
                for g in range(lanes):
                    gap = S[q, g] - S[r, g]
                    enough = tie * width[g]
                    better[j * m + i, g] |= np.uint8((gap > enough) << h)
                    better[j * m + h, g] |= np.uint8((gap < -enough) << i)
    for g in range(lanes):
        on_set[0, g] = 255
    for J in range(1, 1 << n):
        for g in range(lanes):
            dominated[J, g] = 0
    for h in range(m):  # what h beats on J, from what it beats on J less its last action
        for j in range(n):
            for J in range(1 << j):
                for g in range(lanes):
                    on_set[J | 1 << j, g] = on_set[J, g] & better[j * m + h, g]
        for J in range(1, 1 << n):
            for g in range(lanes):
                dominated[J, g] |= on_set[J, g]


@kernel
def sieve(rows: Words, columns: Words, words: int, pairs: Ints, lane: Ints, pair: Ints) -> int:
    """List the pairs of supports in which nobody plays a dominated action; eight lanes a word.

    Returns how many there are; more than fit, with eight to spare, are counted but not listed.
    """
    seven = np.uint64(0x7F7F7F7F7F7F7F7F)
    ones = np.uint64(0x0101010101010101)
    found = 0
    for t in range(pairs.shape[1]):
        I, J = pairs[0, t], pairs[1, t]
        wide_I, wide_J = np.uint64(I) * ones, np.uint64(J) * ones
        for w in range(words):
            bad = (rows[J, w] & wide_I) | (columns[I, w] & wide_J)
            some = ((bad & seven) + seven) | bad | seven  # a byte of ones where bad is not zero
            if some != np.uint64(0xFFFFFFFFFFFFFFFF):
                room = found + 8 <= lane.size
                for b in range(8):
                    if room:  # written even if not kept: cheaper than a branch
                        lane[found] = 8 * w + b
                        pair[found] = t
                    found += 1 - int((some >> np.uint64(8 * b + 7)) & np.uint64(1))
    return found


@kernel
def arrange(
    pairs: Ints, lane: Ints, pair: Ints, found: int, first_pair: Ints, rows: Ints, columns: Ints
) -> None:
    """Sort the listed pairs by lane, keeping their order; first_pair[g] is where lane g begins."""
    for g in range(first_pair.size):
        first_pair[g] = 0
    for f in range(found):
        first_pair[lane[f] + 2] += 1
    for g in range(2, first_pair.size):
        first_pair[g] += first_pair[g - 1]
    for f in range(found):
        g = lane[f] + 1
        rows[first_pair[g]] = pairs[0, pair[f]]
        columns[first_pair[g]] = pairs[1, pair[f]]
        first_pair[g] += 1
