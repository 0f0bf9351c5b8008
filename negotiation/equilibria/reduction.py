"""What two proposers do first: scale payoffs, leave out actions no equilibrium can play."""

from __future__ import annotations

import numpy as np

from negotiation.game import Array
from negotiation.tolerances import TIE


def scale(payoffs: Array) -> Array:
    """Payoffs of one game, (P, A1, ..., AP), with each player's mapped onto [0, 1].

    A player with constant payoffs gets zeros.
    """
    axes = tuple(range(1, payoffs.ndim))
    low = payoffs.min(axis=axes, keepdims=True)
    span = payoffs.max(axis=axes, keepdims=True) - low
    return np.asarray((payoffs - low) / np.where(span > 0.0, span, 1.0))


def undominated(payoffs: Array) -> tuple[list[int], ...]:
    """Actions left after iterated elimination of strictly dominated ones, without the evidence.

    Only dominance by another action counts, by more than `TIE` against everything that is left.
    No action left out is played in any equilibrium.

    Parameters
    ----------
    payoffs : (P, A1, ..., AP) array
        Scaled to [0, 1].

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
            own = np.moveaxis(payoffs[p][np.ix_(*kept)], p, 0).reshape(len(kept[p]), -1)
            alive = np.ones(len(own), dtype=bool)
            for action in range(len(own)):
                better = (own[alive] > own[action] + TIE).all(axis=1)
                alive[action] = not better.any()
            if not alive.all():
                kept[p] = [action for action, stays in zip(kept[p], alive, strict=True) if stays]
                changed = True
    return tuple(kept)
