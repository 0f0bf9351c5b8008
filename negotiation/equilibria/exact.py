"""Exact enumeration in rationals: all extreme equilibria and how they connect.

A vertex of player 1's best-reply polyhedron is a mixture x with a value v such that every reply of
player 2 earns at most v, with as many of the conditions x_i >= 0 and (B'x)_j <= v tight as there
are unknowns. Two vertices form an extreme equilibrium when each action is unplayed or a best reply
(Mangasarian 1964; Winkels 1979). Maximal products of vertices that are equilibria pairwise are the
maximal Nash subsets; subsets that share a vertex are connected (Avis, Rosenberg, Savani and von
Stengel 2010). Everything is decided in exact arithmetic.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, product
from math import lcm

import numpy as np

from negotiation.equilibria.equilibrium_set import Candidate
from negotiation.game import Array
from negotiation.tolerances import TIE

Vector = tuple[Fraction, ...]


@dataclasses.dataclass(frozen=True)
class Vertex:
    """A vertex of a best-reply polyhedron: a mixture, unused own actions, best replies to it.

    `nearly_unused` and `near_replies` count what is within `TIE` as well. A point that is only
    nearly a vertex, for a probability or a reply is on the wrong side by less, is not `exact`.
    """

    mixture: Vector
    unused: frozenset[int]
    replies: frozenset[int]
    nearly_unused: frozenset[int]
    near_replies: frozenset[int]
    exact: bool


@dataclasses.dataclass(frozen=True)
class ExactSet:
    """All extreme equilibria of one game.

    Attributes
    ----------
    equilibria : tuple of (x, y) in rationals
    component : tuple of int
        Number of the connected component of each.
    degenerate : bool
        Whether some mixture has more best replies than actions in use.
    settled : bool
        No other profile is an equilibrium but for ties missed by less than `TIE`: nothing rests on
        differences smaller than payoffs are known to.
    """

    equilibria: tuple[tuple[Vector, Vector], ...]
    component: tuple[int, ...]
    degenerate: bool
    settled: bool

    def candidates(self) -> list[Candidate]:
        """Return the equilibria as floats, ready to be certified."""
        return [
            Candidate(
                (np.array([float(q) for q in x]), np.array([float(q) for q in y])),
                "exact enumeration",
                component,
            )
            for (x, y), component in zip(self.equilibria, self.component, strict=True)
        ]


def enumerate_exactly(row: Array, column: Array, *, literally: bool = False) -> ExactSet:
    """Find all extreme equilibria of one game.

    Parameters
    ----------
    row, column : (m, n) arrays
        Payoffs of the row and the column player.
    literally : bool
        Take the floats for the exact rationals they are; otherwise undo rounding first.
    """
    (A, unit_a), (B, unit_b) = (
        _integers(
            [[Fraction(value) for value in line] for line in payoffs.tolist()]
            if literally
            else undo_rounding(payoffs)
        )
        for payoffs in (row, column)
    )
    transposed = [list(replies) for replies in zip(*B, strict=True)]
    ones = _vertices(transposed, unit_b)  # mixtures of player 1 against player 2's replies
    twos = _vertices(A, unit_a)
    pairs, near = [], 0
    for (i, x), (j, y) in product(enumerate(ones), enumerate(twos)):
        # Every action of either side is unused or a best reply to the other's mixture.
        if len(x.nearly_unused | y.near_replies) < len(A):
            continue
        if len(y.nearly_unused | x.near_replies) < len(A[0]):
            continue
        sure = len(x.unused | y.replies) == len(A) and len(y.unused | x.replies) == len(A[0])
        if sure and x.exact and y.exact:
            pairs.append((i, j))
        else:
            near += 1
    pairs.sort(key=lambda ij: (ones[ij[0]].mixture, twos[ij[1]].mixture), reverse=True)
    degenerate = any(
        len(vertex.unused) + len(vertex.replies) > len(vertex.mixture)
        for vertex in (*ones, *twos)
        if vertex.exact
    )
    return ExactSet(
        tuple((ones[i].mixture, twos[j].mixture) for i, j in pairs),
        _components(pairs),
        degenerate,
        settled=not near,
    )


#: Largest denominator of a rational that a float is taken for. Numbers with denominators up to
#: here are at least 1e-8 apart, so one within 1e-12 of a float is there by design, not by chance:
#: a random float has odds of about 1 in 10,000 to be near one.
_SIMPLE = 10_000


def _meant(values: Sequence[float], error: float) -> Fraction:
    """Return the one number that floats within rounding of each other stand for.

    A simple rational, if one of them is near one; else the first of them, exactly.
    """
    for value in values:
        simple = Fraction(value).limit_denominator(_SIMPLE)
        if abs(float(simple) - value) <= error:
            return simple
    return Fraction(values[0])


def undo_rounding(payoffs: Array) -> list[list[Fraction]]:
    """Payoffs of one player, scaled to [0, 1], as the numbers they were before they were rounded.

    Ties of a game that was written in other units (times 0.3, plus 1e6) come out a few units in
    the last place apart; as exact rationals such a game has no ties at all.
    """
    low, high = float(payoffs.min()), float(payoffs.max())
    span = high - low if high > low else 1.0
    error = 8.0 * float(np.finfo(float).eps) * max(1.0, float(np.abs(payoffs).max()) / span)
    error = float(min(error, 1e-12))
    scaled = (payoffs - low) / span
    meant: dict[float, Fraction] = {}
    group: list[float] = []
    for value in [*sorted(set(scaled.ravel().tolist())), np.inf]:
        if group and value - group[-1] > error:
            meant.update(dict.fromkeys(group, _meant(group, error)))
            group = []
        group.append(value)
    return [[meant[value] for value in line] for line in scaled.tolist()]


def _integers(payoffs: Sequence[Sequence[Fraction]]) -> tuple[list[list[int]], Fraction]:
    """Payoffs as integers in a common unit, and how many of them the payoff range is."""
    unit = lcm(*(value.denominator for line in payoffs for value in line))
    table = [[int(value * unit) for value in line] for line in payoffs]
    width = max(map(max, table)) - min(map(min, table))
    return table, Fraction(width or 1)


def _vertices(replies: Sequence[Sequence[int]], width: Fraction) -> list[Vertex]:
    """Vertices of {(x, v): x >= 0, sum x = 1, replies x <= v}; one row of `replies` per reply.

    `width` is the range of the payoffs: what counts as nearly tight is a share of it.
    """
    n = len(replies[0])
    conditions = [[-int(i == j) for j in range(n)] + [0] for i in range(n)]
    conditions += [[*line, -1] for line in replies]
    close = [Fraction(TIE)] * n + [Fraction(TIE) * width] * len(replies)
    adding_up = [1] * n + [0]
    found: dict[Vector, Vertex] = {}
    for tight in combinations(range(len(conditions)), n):
        if max(tight) < n:
            continue  # all actions unused
        point = _solve([conditions[t] for t in tight] + [adding_up])
        if point is None or point in found:
            continue
        slack = [sum(c * q for c, q in zip(line, point, strict=True)) for line in conditions]
        if any(value > limit for value, limit in zip(slack, close, strict=True)):
            continue
        zero = [i for i, value in enumerate(slack) if value == 0]
        near = [i for i, value in enumerate(slack) if -value <= close[i]]
        found[point] = Vertex(
            point[:-1],
            frozenset(i for i in zero if i < n),
            frozenset(i - n for i in zero if i >= n),
            frozenset(i for i in near if i < n),
            frozenset(i - n for i in near if i >= n),
            exact=max(slack) <= 0,
        )
    return list(found.values())


def _solve(rows: list[list[int]]) -> Vector | None:
    """Solve rows z = (0, ..., 0, 1), square; None if singular. Fraction-free (Bareiss 1968)."""
    n = len(rows)
    work = [[*line, int(i == n - 1)] for i, line in enumerate(rows)]
    previous = 1
    for k in range(n):
        pivot = next((i for i in range(k, n) if work[i][k]), None)
        if pivot is None:
            return None
        work[k], work[pivot] = work[pivot], work[k]
        head = work[k]
        for i in range(n):
            if i != k:
                line = work[i]
                factor = line[k]
                work[i] = [
                    (head[k] * a - factor * b) // previous for a, b in zip(line, head, strict=True)
                ]
        previous = head[k]
    return tuple(Fraction(line[-1], line[i]) for i, line in enumerate(work))


def _components(pairs: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Number the connected components of the graph whose edges are the equilibria."""
    parent = list(range(len(pairs)))

    def root(k: int) -> int:
        while parent[k] != k:
            k = parent[k]
        return k

    for side in (0, 1):
        first: dict[int, int] = {}
        for k, pair in enumerate(pairs):
            other = first.setdefault(pair[side], k)
            parent[root(k)] = root(other)
    numbers: dict[int, int] = {}
    return tuple(numbers.setdefault(root(k), len(numbers)) for k in range(len(pairs)))
