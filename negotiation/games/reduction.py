"""What two proposers do first: scale payoffs, leave out actions no equilibrium can play."""

from __future__ import annotations

from time import monotonic

import numpy as np
from numpy.typing import NDArray

from negotiation.games.game import Array
from negotiation.tolerances import TIE


def scale(payoffs: Array) -> Array:
    """Payoffs of one game, (P, A1, ..., AP), with each player's mapped onto [0, 1].

    A player with constant payoffs gets zeros.
    """
    axes = tuple(range(1, payoffs.ndim))
    low = payoffs.min(axis=axes, keepdims=True)
    span = payoffs.max(axis=axes, keepdims=True) - low
    return np.asarray((payoffs - low) / np.where(span > 0.0, span, 1.0))


def undominated(payoffs: Array, deadline: float | None = None) -> tuple[list[int], ...]:
    """Actions left after iterated elimination of strictly dominated ones, without the evidence.

    Only dominance by another action counts, by more than `TIE` against everything that is left.
    No action left out is played in any equilibrium.

    Parameters
    ----------
    payoffs : (P, A1, ..., AP) array
        Scaled to [0, 1].
    deadline : float, optional
        `time.monotonic()` at which to leave it at what was found.

    Returns
    -------
    tuple of lists of int
        Positions kept, one list per player, in order; never empty.
    """
    kept = [list(range(size)) for size in payoffs.shape[1:]]
    changed = True
    while changed:
        changed = False
        for p in range(len(kept)):
            if len(kept[p]) == 1:
                continue
            if deadline is not None and monotonic() > deadline:
                return tuple(kept)
            own = np.moveaxis(payoffs[p][np.ix_(*kept)], p, 0).reshape(len(kept[p]), -1)
            alive = _alive(own, deadline)
            if not alive.all():
                kept[p] = [action for action, stays in zip(kept[p], alive, strict=True) if stays]
                changed = True
    return tuple(kept)


#: Columns in which rows are compared first: few pairs get any further.
_SCREENED = 12


def _alive(own: Array, deadline: float | None) -> NDArray[np.bool_]:
    """(k,) which rows no other row beats by more than `TIE` everywhere."""
    k, n = own.shape
    alive = np.ones(k, dtype=bool)
    columns = np.unique(np.linspace(0, n - 1, min(n, _SCREENED)).astype(np.int64))
    screened = own[:, columns]
    # Few at a time, the best ones first: they beat most.
    together = max(1, (1 << 22) // n)
    order = np.argsort(-own.sum(axis=1), kind="stable")
    for action in range(k):
        if deadline is not None and action % 16 == 0 and monotonic() > deadline:
            break
        better = order[(screened[order] > screened[action] + TIE).all(axis=1)]
        for start in range(0, len(better), together):
            rivals = better[start : start + together]
            if (own[rivals] > own[action] + TIE).all(axis=1).any():
                alive[action] = False
                break
    return alive
