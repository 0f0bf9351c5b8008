"""Linear programmes, solved in one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import PayoffError
from negotiation.games.game import Array


def maximise(
    objective: Array,
    at_most: tuple[Any, Array] | None = None,
    equal: tuple[Any, Array] | None = None,
    *,
    free: int = 0,
    upper: Array | None = None,
) -> Array | None:
    """Maximise `objective @ x` over x >= 0 with the simplex method of HiGHS.

    Parameters
    ----------
    objective : (n,) array
    at_most, equal : (matrix, right-hand side)
        Conditions `matrix @ x <= right-hand side` and `matrix @ x == right-hand side`; matrices
        may be sparse.
    free : int
        Number of variables, counted from the last, that may be negative.
    upper : (n,) array, optional
        Upper bounds.

    Returns
    -------
    (n,) array, a vertex, or None where no x meets the conditions.

    Raises
    ------
    PayoffError
        If the programme could not be solved.
    """
    from scipy.optimize import linprog

    size = len(objective)
    lower = np.zeros(size)
    if free:
        lower[-free:] = -np.inf
    bounds = np.stack([lower, np.full(size, np.inf) if upper is None else upper], axis=1)
    found = linprog(
        -objective,
        *(at_most or (None, None)),
        *(equal or (None, None)),
        bounds=bounds,
        method="highs-ds",
        # The tightest HiGHS takes: what is certified afterwards must be within 1e-9.
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if found.status == 2:
        return None
    if found.status != 0:
        raise PayoffError(
            "a linear programme over the payoffs could not be solved (HiGHS: "
            f"{str(found.message).splitlines()[0]}); payoffs of one player that differ by many "
            "orders of magnitude are the usual cause: drop or merge what hardly matters"
        )
    return np.asarray(found.x)


def sparse(
    values: Sequence[Array],
    rows: Sequence[NDArray[np.intp]],
    columns: Sequence[NDArray[np.intp]],
    shape: tuple[int, int],
) -> Any:
    """Build a sparse matrix from pieces: its entries, their rows and their columns."""
    from scipy.sparse import csr_matrix

    if not values:
        return csr_matrix(shape)
    places = (np.concatenate(rows), np.concatenate(columns))
    return csr_matrix((np.concatenate(values), places), shape)


def as_probabilities(weights: Array) -> Array:
    """Return weights without the rounding of a linear programme: none negative, sum one."""
    clipped = np.where(weights > 1e-12, weights, 0.0)
    return np.asarray(clipped / clipped.sum())
