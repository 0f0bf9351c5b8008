"""Equilibria along paths of almost complementary pivots, for two players with many actions.

Lemke and Howson (1964): start at an equilibrium, let go of one label (an action that is unplayed
or a best reply), pivot until that label is picked up again; the end is another equilibrium. Every
label is let go of at the artificial equilibrium, in which nobody plays anything, and then at every
equilibrium found (Shapley 1974), so that the whole part of the graph that hangs together with the
artificial equilibrium is walked. There may be equilibria that no path reaches: what is found is
never claimed to be all.

Ties are broken lexicographically, which cannot cycle (von Stengel 2002). Paths may be of
exponential length (Savani and von Stengel 2006): pivots of a path are limited, limits rise, and
the clock is read at every pivot.
"""

from __future__ import annotations

import dataclasses
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from negotiation.games.game import Array
from negotiation.games.reduction import scale, undominated
from negotiation.tolerances import REGRET, SAME_PROFILE

#: Entry of a tableau below which it is taken for zero and not pivoted on, and difference of two
#: ratios below which they are tied. Payoffs lie in [1, 2]; rounding between two refreshes of a
#: tableau of 200 rows stays below 1e-12.
_ZERO: Final = 1e-11

#: Pivots after which a tableau is computed afresh from its basis.
_REFRESH: Final = 100

#: Pivots allowed to one path: at first, per action of the game; how the limit rises for paths that
#: did not get through; the last limit. Short paths first: they find more in the same time.
_FIRST_LIMIT: Final = 1
_RISE: Final = 10
_LAST_LIMIT: Final = 1_000_000


@dataclasses.dataclass(frozen=True, eq=False)
class Paths:
    """What the paths led to.

    Attributes
    ----------
    candidates : tuple of (x, y)
        Mixtures of the row player, (m,), and of the column player, (n,); all different, each with
        a regret of at most `REGRET`. Some equilibria, not known to be all.
    paths : int
        Paths followed to their end.
    pivots : int
    finished : bool
        All paths that hang together with the artificial equilibrium were followed.
    out_of_time : bool
        The deadline passed first.
    """

    candidates: tuple[tuple[Array, Array], ...]
    paths: int
    pivots: int
    finished: bool
    out_of_time: bool


Labels = NDArray[np.int64]
Basis = tuple[Labels, Labels]


class _OutOfTimeError(Exception):
    pass


class _LostError(Exception):
    """A path that rounding has spoilt."""


class _Tableaux:
    """Both best-reply polytopes, `column.T @ x <= 1` and `row @ y <= 1`, as pivoting tableaux.

    Column k of `start` belongs to label k: own action k < m of the row player, action k - m of the
    other. In the first tableau x_k and the slacks of the replies to x, in the second the slacks of
    the replies to y and y_(k-m); the last column is the right-hand side. A basis is completely
    labelled: each label is basic in exactly one of the two, so that the labels that are not basic
    in one are those that are basic in the other.
    """

    def __init__(self, row: Array, column: Array) -> None:
        m, n = row.shape
        self.m, self.n = m, n
        self.start = (
            np.hstack([column.T, np.eye(n), np.ones((n, 1))]),
            np.hstack([np.eye(m), row, np.ones((m, 1))]),
        )
        #: Labels of the slacks: their columns, an identity at the start, hold the inverse of the
        #: basis ever after.
        self.slacks = (np.arange(m, m + n), np.arange(m))
        self.artificial = (np.arange(m, m + n), np.arange(m))

    def at(self, side: int, basic: Labels, free: Labels) -> Array:
        """Compute a tableau, columns `free` and the right-hand side, from the original payoffs."""
        start = self.start[side]
        return _solve(start[:, basic], start[:, [*free, -1]])

    def mixtures(self, basis: Basis) -> tuple[Array, Array]:
        """Solve the indifference conditions of a basis, with one step of refinement."""
        found = []
        for start, labels in zip(self.start, basis, strict=True):
            system, ones = start[:, labels], start[:, -1]
            values = _solve(system, ones)
            values += _solve(system, ones - system @ values)
            everything = np.zeros(self.m + self.n)
            everything[labels] = np.maximum(values, 0.0)
            found.append(everything)
        x, y = found[0][: self.m], found[1][self.m :]
        if not (x.sum() > 0.0 and y.sum() > 0.0):
            raise _LostError
        return x / x.sum(), y / y.sum()


def _solve(system: Array, right: Array) -> Array:
    try:
        return np.asarray(np.linalg.solve(system, right))
    except np.linalg.LinAlgError:
        raise _LostError from None


def _leaving(table: Array, column: int, basic: Labels, free: Labels, slacks: Labels) -> int:
    """Row that leaves the basis: the lexicographically smallest ratio."""
    entries = table[:, column]
    rows = np.flatnonzero(entries > _ZERO)
    if not rows.size:
        raise _LostError  # the polytopes are bounded: only rounding empties a column
    ratios = table[rows, -1] / entries[rows]
    rows = rows[ratios <= ratios.min() + _ZERO]
    if rows.size == 1:
        return int(rows[0])
    place = {label: k for k, label in enumerate(free.tolist())}
    tied = set(basic[rows].tolist())
    for label in slacks.tolist():
        if label in place:
            ratios = table[rows, place[label]] / entries[rows]
        elif label in tied:  # basic: a unit vector
            ratios = (basic[rows] == label) / entries[rows]
        else:
            continue
        rows = rows[ratios <= ratios.min() + _ZERO]
        if rows.size == 1:
            break
    return int(rows[0])


class _Walk:
    """One walk through the graph of a game: the clock, the pivots made, the paths already known."""

    def __init__(self, row: Array, column: Array, deadline: float | None) -> None:
        self.tableaux = _Tableaux(row, column)
        self.deadline = deadline
        self.pivots = 0
        self.paths = 0
        m, n = row.shape
        self.buffers = [np.empty((n, m + 1)), np.empty((m, n + 1))]

    def follow(self, basis: Basis, tables: list[Array], label: int, limit: int) -> Basis | None:
        """Basis at the other end of the path that lets go of a label; None beyond the limit."""
        basic = [basis[0].copy(), basis[1].copy()]
        free = [basis[1].copy(), basis[0].copy()]
        tables = [table.copy() for table in tables]
        side = 1 if label in basis[0] else 0
        entering = label
        for step in range(1, limit + 1):
            if self.deadline is not None and time.monotonic() > self.deadline:
                raise _OutOfTimeError
            table = tables[side]
            k = int(np.flatnonzero(free[side] == entering)[0])
            r = _leaving(table, k, basic[side], free[side], self.tableaux.slacks[side])
            _pivot(table, r, k, self.buffers[side])
            leaving = int(basic[side][r])
            basic[side][r], free[side][k] = entering, leaving
            self.pivots += 1
            if leaving == label:
                self.paths += 1
                return basic[0], basic[1]
            if step % _REFRESH == 0:
                for each in (0, 1):
                    tables[each] = self.tableaux.at(each, basic[each], free[each])
                    if float(tables[each][:, -1].min()) < -REGRET:
                        raise _LostError
            entering, side = leaving, 1 - side
        return None


def _pivot(table: Array, row: int, column: int, buffer: Array) -> None:
    """Exchange a basic and a free variable, in place."""
    pivot = table[row, column]
    entries = table[:, column].copy()
    entries[row] = 0.0
    table[row] /= pivot
    np.multiply(entries[:, None], table[row], out=buffer)
    table -= buffer
    table[:, column] = entries / -pivot
    table[row, column] = 1.0 / pivot


def follow_paths(
    row: Array, column: Array, *, deadline: float | None, labels: Iterable[int] | None = None
) -> Paths:
    """Find equilibria of one game with two players along Lemke-Howson paths.

    Strictly dominated actions are left out first.

    Parameters
    ----------
    row, column : (m, n) arrays
        Payoffs of the row and of the column player, finite, in any unit.
    deadline : float or None
        `time.monotonic()` at which to stop; None for no limit but the one on pivots.
    labels : iterable of int, optional
        Labels to let go of at every equilibrium: k < m is action k of the row player, m + k is
        action k of the column player. All, if not given.

    Returns
    -------
    Paths
    """
    payoffs = scale(np.stack([row, column]).astype(float))
    rows, columns = undominated(payoffs, deadline)
    small = payoffs[:, rows][:, :, columns]
    names = [*rows, *(row.shape[0] + k for k in columns)]
    chosen = None if labels is None else set(labels)
    wanted = [k for k, name in enumerate(names) if chosen is None or name in chosen]
    walk = _Walk(small[0] + 1.0, small[1] + 1.0, deadline)
    found: list[tuple[Array, Array]] = []

    def keep(basis: Basis) -> None:
        x, y = walk.tableaux.mixtures(basis)
        if not _regret(small, x, y) <= REGRET:
            raise _LostError
        if not any(
            np.abs(x - u).max() <= SAME_PROFILE and np.abs(y - v).max() <= SAME_PROFILE
            for u, v in found
        ):
            found.append((x, y))

    finished, out_of_time = True, False
    try:
        finished = _walk_graph(walk, wanted, keep)
    except _OutOfTimeError:
        finished, out_of_time = False, True
    candidates = []
    for x, y in found:
        full = np.zeros(row.shape[0]), np.zeros(row.shape[1])
        full[0][rows], full[1][columns] = x, y
        candidates.append(full)
    return Paths(tuple(candidates), walk.paths, walk.pivots, finished, out_of_time)


def _walk_graph(
    walk: _Walk,
    labels: list[int],
    keep: Callable[[Basis], None],
) -> bool:
    """Follow every label from the artificial equilibrium and from every end; whether all ended."""
    start = walk.tableaux.artificial
    bases = {frozenset(start[0].tolist()): start}
    done: set[tuple[frozenset[int], int]] = set()
    waiting = [(node, label) for node in bases for label in labels]
    limit, lost = _FIRST_LIMIT * (walk.tableaux.m + walk.tableaux.n), 0
    while waiting and limit <= _LAST_LIMIT:
        unended: list[tuple[frozenset[int], int]] = []
        queue = deque(waiting)
        at: frozenset[int] | None = None
        while queue:
            node, label = queue.popleft()
            if (node, label) in done:
                continue
            try:
                if node != at:
                    one, two = bases[node]
                    tables = [walk.tableaux.at(0, one, two), walk.tableaux.at(1, two, one)]
                    at = node
                end = walk.follow(bases[node], tables, label, limit)
                if end is None:
                    unended.append((node, label))
                    continue
                done.add((node, label))
                reached = frozenset(end[0].tolist())
                done.add((reached, label))
                if reached not in bases:
                    keep(end)
                    bases[reached] = end
                    queue.extend((reached, each) for each in labels)
            except _LostError:
                lost += 1
        waiting, limit = unended, limit * _RISE
    return not waiting and not lost


def _regret(payoffs: Array, x: Array, y: Array) -> float:
    """Largest gain from a deviation, payoffs scaled to [0, 1]."""
    replies = payoffs[0] @ y, x @ payoffs[1]
    return float(max(replies[0].max() - x @ replies[0], replies[1].max() - replies[1] @ y))
