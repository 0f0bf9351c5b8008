"""Support enumeration, many games in lockstep: the float proposer for two players.

For every pair of supports of equal size the indifference conditions of all games are solved at
once. In a nondegenerate game that finds every equilibrium (Dickhaut and Kaplan 1991). Where any
comparison is too close to call the game is marked, and the exact enumeration decides it.
"""

from __future__ import annotations

import dataclasses
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibria.equilibrium_set import Candidate
from negotiation.game import Array, Game
from negotiation.tolerances import SINGULAR, TIE


def enumerate_supports(game: Game) -> tuple[list[list[Candidate]], NDArray[np.bool_]]:
    """Propose equilibria of every two-player game of a flat batch.

    Returns
    -------
    found : list of lists of Candidate
    close : (B,) array of bool
        Games in which a decision was closer than `TIE`: not to be trusted without the exact path.
    """
    payoffs = game.scaled
    row, column = payoffs[:, 0], payoffs[:, 1].transpose(0, 2, 1)
    size, m, n = row.shape
    found: list[list[Candidate]] = [[] for _ in range(size)]
    close = np.zeros(size, dtype=bool)
    for k in range(1, min(m, n) + 1):
        for rows in combinations(range(m), k):
            for columns in combinations(range(n), k):
                y = indifferent(row, rows, columns)
                x = indifferent(column, columns, rows)
                close |= (y.close & (x.ok | x.close)) | (x.close & y.ok)
                proposer = "pure scan" if k == 1 else "support enumeration"
                for b in np.flatnonzero(y.ok & x.ok):
                    found[b].append(Candidate((x.mixture[b], y.mixture[b]), proposer))
    return found, close


@dataclasses.dataclass(frozen=True, eq=False)
class Indifference:
    """The mixture that makes some replies equally good, for B games, and how sure that is.

    Attributes
    ----------
    mixture : (B, n) array
    weight : (B,) array
        Its smallest probability within the support.
    slack : (B,) array
        By how much the best reply outside is worse, scaled payoffs.
    singular : (B,) array of bool
        No unique mixture.
    """

    mixture: Array
    weight: Array
    slack: Array
    singular: NDArray[np.bool_]

    @property
    def ok(self) -> NDArray[np.bool_]:
        """Clearly a mixture, and clearly no better reply outside."""
        return (np.minimum(self.weight, self.slack) > TIE) & ~self.singular

    @property
    def close(self) -> NDArray[np.bool_]:
        """Perhaps so: within `TIE`, or the system itself cannot be trusted."""
        return self.singular | (np.abs(np.minimum(self.weight, self.slack)) <= TIE)


def indifferent(own: Array, rows: tuple[int, ...], columns: tuple[int, ...]) -> Indifference:
    """Find the opponent's mixture over `columns` that makes `rows` of `own` (B, m, n) equal."""
    size, m, n = own.shape
    k = len(rows)
    system = np.zeros((size, k + 1, k + 1))
    system[:, :k, :k] = own[:, rows][:, :, columns]
    system[:, :k, k] = -1.0
    system[:, k, :k] = 1.0
    target = np.zeros((size, k + 1, 1))
    target[:, k] = 1.0
    singular = np.zeros(size, dtype=bool)
    if k > 1:
        singular = np.abs(np.linalg.det(system)) <= SINGULAR
        system[singular] = np.eye(k + 1)
    solution = np.linalg.solve(system, target)[..., 0]
    weights, value = solution[:, :k], solution[:, k]
    mixture = np.zeros((size, n))
    mixture[:, columns] = weights
    others = [i for i in range(m) if i not in rows]
    reply = np.einsum("bij,bj->bi", own[:, others], mixture)
    slack = (value[:, None] - reply).min(axis=1) if others else np.full(size, np.inf)
    return Indifference(mixture, weights.min(axis=1), slack, singular)
