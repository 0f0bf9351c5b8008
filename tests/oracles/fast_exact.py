"""All Nash equilibria of many two-player games, exactly and fast, for tests on thousands of games.

It answers the same question as `exact_equilibria`, by the same theory (vertices of the two
best-reply polyhedra, their labels, pairs that carry all labels), but gets the vertices in another
way: by Cramer's rule from a table of all minors, integers throughout. `test_fast_exact` holds the
two against each other. Nothing is shared with the code under test.

The mixtures of one player are the points of ``{(z, v) : z >= 0, sum(z) = 1, M z <= v}``, where row
r of M holds what the opponent's action r pays her. Every vertex solves ``M_JI z_I = v`` for the
support I of z and some set J of as many tight rows. With w = adj(M_JI) 1, the sums of cofactors,

    M_JI w = det(M_JI) 1        and        det [[M_JI, -1], [1, 0]] = sum(w).

So there is exactly one solution if and only if sum(w) is not zero, and it is z = w / sum(w),
v = det(M_JI) / sum(w). It is a vertex with support I if all of w have one sign and no row pays more
than v. The labels of a vertex (actions not played, rows tight) determine it, since it is the only
solution of its own tight conditions; that is how it is recognised when several J lead to it.

All numbers are integers: payoffs are multiplied by their common denominator. They are held as
machine integers where a bound on every intermediate result proves that nothing overflows, else as
Python's.

References
----------
H. Dickhaut and T. Kaplan (1991), "A program for finding Nash equilibria", The Mathematica Journal
1(4), 87-93 (systems by pairs of supports).

D. Avis, G. D. Rosenberg, R. Savani and B. von Stengel (2010), "Enumeration of Nash equilibria for
two-player games", Economic Theory 42, 9-37 (vertices, labels, components, maximal Nash subsets).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import factorial, lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.oracles.exact_equilibria import (
    Equilibrium,
    NashSubset,
    Payoff,
    Strategy,
    maximal_bicliques,
)

__all__ = ["Answer", "solve", "solve_all"]

#: Integers: of the machine or of Python, as the numbers require.
Integers = NDArray[Any]

#: Games worked on together; their minors take a few megabytes.
CHUNK = 64


@dataclass(frozen=True)
class Answer:
    """The complete set of Nash equilibria of a two-player game.

    Attributes
    ----------
    extreme_equilibria
        All extreme equilibria (x, y), in lexicographic order.
    components
        The connected components, as sorted indices into `extreme_equilibria`; sorted.
    degenerate
        Whether some mixed strategy has more best replies than actions in use.
    """

    extreme_equilibria: tuple[Equilibrium, ...]
    components: tuple[tuple[int, ...], ...]
    degenerate: bool

    @property
    def x_vertices(self) -> tuple[Strategy, ...]:
        """The distinct first strategies of the extreme equilibria, in lexicographic order."""
        return tuple(sorted({x for x, _ in self.extreme_equilibria}))

    @property
    def y_vertices(self) -> tuple[Strategy, ...]:
        """The distinct second strategies of the extreme equilibria, in lexicographic order."""
        return tuple(sorted({y for _, y in self.extreme_equilibria}))

    @property
    def nash_subsets(self) -> tuple[NashSubset, ...]:
        """The maximal Nash subsets, as indices into `x_vertices` and `y_vertices`."""
        xs = {x: i for i, x in enumerate(self.x_vertices)}
        ys = {y: j for j, y in enumerate(self.y_vertices)}
        return maximal_bicliques({(xs[x], ys[y]) for x, y in self.extreme_equilibria})


@dataclass(frozen=True)
class _Vertex:
    """A vertex of a best-reply polyhedron: weights on its support, and its labels as bits.

    Bit a of `labels` stands for row a of the game, bit m + b for column b.
    """

    support: tuple[int, ...]
    weights: tuple[int, ...]
    labels: int

    def strategy(self, size: int) -> Strategy:
        total = sum(self.weights)
        z = [Fraction(0)] * size
        for i, weight in zip(self.support, self.weights, strict=True):
            z[i] = Fraction(weight, total)
        return tuple(z)


def solve(A: Sequence[Sequence[Payoff]], B: Sequence[Sequence[Payoff]]) -> Answer:
    """Find all Nash equilibria of one game.

    Parameters
    ----------
    A, B
        Payoff matrices of the row and of the column player, both m x n; a float stands for its
        exact binary value.
    """
    payoffs = np.empty((1, 2, len(A), len(A[0])), dtype=object)
    for p, matrix in enumerate((A, B)):
        for i, row in enumerate(matrix):
            for j, value in enumerate(row):
                payoffs[0, p, i, j] = value
    return next(solve_all(payoffs))


def solve_all(payoffs: NDArray[Any]) -> Iterator[Answer]:
    """Find all Nash equilibria of every game of a batch, in order.

    Parameters
    ----------
    payoffs : (G, 2, m, n) array
        Of floats, which stand for their exact binary values, integers or fractions.
    """
    m, n = payoffs.shape[2:]
    for start in range(0, len(payoffs), CHUNK):
        chunk = payoffs[start : start + CHUNK]
        a = _integers(chunk[:, 0])
        b = _integers(chunk[:, 1])
        # The row player's mixtures face the replies of the columns, and the other way round.
        x_vertices = _vertices(b.transpose(0, 2, 1), own=0, other=m)
        y_vertices = _vertices(a, own=m, other=0)
        for xs, ys in zip(x_vertices, y_vertices, strict=True):
            yield _answer(xs, ys, m, n)


def _answer(xs: Sequence[_Vertex], ys: Sequence[_Vertex], m: int, n: int) -> Answer:
    """Pair the vertices that carry all labels together (every action unplayed or a best reply)."""
    everything = (1 << (m + n)) - 1
    x_labels = np.array([x.labels for x in xs], dtype=np.int64)
    y_labels = np.array([y.labels for y in ys], dtype=np.int64)
    pairs = np.argwhere((x_labels[:, None] | y_labels) == everything).tolist()
    x_used = {i: xs[i].strategy(m) for i, _ in pairs}
    y_used = {j: ys[j].strategy(n) for _, j in pairs}
    pairs.sort(key=lambda pair: (x_used[pair[0]], y_used[pair[1]]))
    return Answer(
        extreme_equilibria=tuple((x_used[i], y_used[j]) for i, j in pairs),
        components=_components(pairs),
        degenerate=any(x.labels.bit_count() > m for x in xs)
        or any(y.labels.bit_count() > n for y in ys),
    )


def _components(pairs: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Group pairs; those that share their first or their second entry belong together."""
    groups: list[tuple[set[int], set[int], list[int]]] = []
    for k, (i, j) in enumerate(pairs):
        touched = [g for g in groups if i in g[0] or j in g[1]]
        groups = [g for g in groups if g not in touched]
        groups.append(
            (
                {i}.union(*(g[0] for g in touched)),
                {j}.union(*(g[1] for g in touched)),
                [k, *(member for g in touched for member in g[2])],
            )
        )
    return tuple(sorted(tuple(sorted(members)) for _, _, members in groups))


# --- vertices -------------------------------------------------------------------------------------


def _vertices(replies: Integers, own: int, other: int) -> list[list[_Vertex]]:
    """List the vertices of ``{(z, v) : z >= 0, sum(z) = 1, M z <= v}`` for every M of a batch.

    Parameters
    ----------
    replies : (G, R, D) array of integers
    own, other : int
        First bit of the labels of the player whose mixtures these are, and of the opponent.
    """
    games, rows, columns = replies.shape
    found: list[dict[int, _Vertex]] = [{} for _ in range(games)]
    whole = ((1 << columns) - 1) << own
    smaller = np.ones((games, 1, 1), dtype=replies.dtype)  # the determinant of order 0
    for size in range(1, min(rows, columns) + 1):
        J, J_without = _subsets(rows, size)
        supports, I_without = _subsets(columns, size)
        unplayed = [whole - sum(1 << (own + i) for i in support) for support in supports.tolist()]

        # Cofactors summed over the rows of J, for every J and every I less one of its elements.
        sums = _alternating(smaller[:, J_without[:, t]] for t in range(size))
        w = np.stack([(-1) ** s * sums[:, :, I_without[:, s]] for s in range(size)], axis=-1)

        # Expansion along the first row of J.
        determinant = _alternating(
            replies[:, J[:, 0]][:, :, supports[:, s]]
            * smaller[:, J_without[:, 0]][:, :, I_without[:, s]]
            for s in range(size)
        )

        positive = np.asarray((w > 0).all(axis=-1))
        g, j, i = np.nonzero(positive | (w < 0).all(axis=-1))
        sign = np.where(positive[g, j, i], 1, -1).astype(replies.dtype)
        weights = w[g, j, i] * sign[:, None]
        value = determinant[g, j, i] * sign
        labels = np.array(unplayed, dtype=np.int64)[i]
        for r in range(rows):  # what no row has ruled out goes on to the next
            slack = value - (replies[g[:, None], r, supports[i]] * weights).sum(axis=1)
            labels |= np.where(slack == 0, 1 << (other + r), 0)
            keep = np.flatnonzero(slack >= 0)
            g, i, weights, value, labels = (v[keep] for v in (g, i, weights, value, labels))
        for game, at, numbers, label in zip(
            g.tolist(), i.tolist(), weights.tolist(), labels.tolist(), strict=True
        ):
            vertex = _Vertex(tuple(supports[at].tolist()), tuple(numbers), label)
            found[game].setdefault(label, vertex)
        smaller = determinant
    return [list(each.values()) for each in found]


def _alternating(terms: Iterable[Integers]) -> Integers:
    """Add up with signs +, -, +, ..."""
    first, *others = terms
    total = first
    for k, term in enumerate(others):
        total = total - term if k % 2 == 0 else total + term
    return total


@cache
def _subsets(count: int, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the subsets of that size, and for each the place of the subset without element t.

    Returns
    -------
    (C, size) array of elements, (C, size) array of places among the subsets of one element less
    """
    places = {subset: at for at, subset in enumerate(combinations(range(count), size - 1))}
    subsets = list(combinations(range(count), size))
    without = [[places[each[:t] + each[t + 1 :]] for t in range(size)] for each in subsets]
    return np.array(subsets, dtype=np.int64), np.array(without, dtype=np.int64)


# --- integers -------------------------------------------------------------------------------------


def _integers(matrices: NDArray[Any]) -> Integers:
    """Multiply each matrix by its common denominator and shift it to start from zero.

    Neither changes a best-reply polyhedron's z, only its v.
    """
    result = np.empty(matrices.shape, dtype=object)
    for k, matrix in enumerate(matrices):
        # A numpy float is a float, a fraction has the method too, and so has an int.
        ratios = [value.as_integer_ratio() for value in matrix.ravel().tolist()]
        scale = lcm(*(denominator for _, denominator in ratios))
        whole = [numerator * (scale // denominator) for numerator, denominator in ratios]
        lowest = min(whole)
        result[k] = np.array([v - lowest for v in whole], dtype=object).reshape(matrix.shape)
    largest, order = int(result.max()), min(matrices.shape[1:])
    # A minor of order k has k! terms of at most largest ** k. A slack is one minor of order k and k
    # products of a payoff and k minors of order k - 1, each with fewer and smaller terms.
    if factorial(order) * max(largest, 1) ** order * (1 + order**2) < 2**62:
        return result.astype(np.int64)
    return result
