"""All Nash equilibria of a two-player game, exactly and slowly.

This is a test oracle: every number is a rational, every step is the textbook one, and nothing
is shared with the code under test.  It needs only the standard library.

The row player has ``m`` pure strategies and the payoff matrix ``A``, the column player has
``n`` pure strategies and the payoff matrix ``B`` (both ``m x n``).  The method is vertex
enumeration:

1. The best-response polyhedron of the row player's mixed strategies is
   ``{(x, v) : x >= 0, sum(x) = 1, (B^T x)_j <= v for every column j}``, that of the column
   player's is ``{(y, u) : y >= 0, sum(y) = 1, (A y)_i <= u for every row i}``.
2. A point carries the *label* ``i`` (row ``i``, ``0 <= i < m``) or ``m + j`` (column ``j``) for
   every inequality that is tight there: its own player's pure strategies that are not played
   and the other player's pure strategies that are best replies.
3. ``(x, y)`` is a Nash equilibrium if and only if ``x`` and ``y`` together carry all labels
   (every pure strategy is not played or is a best reply).  It is an *extreme* equilibrium if,
   moreover, both are vertices.
4. The set of all equilibria is the union of the products ``conv(X) x conv(Y)`` over the maximal
   Nash subsets ``X x Y``: the maximal bicliques of the bipartite graph whose edges are the
   extreme equilibria.  Its topological components are the connected components of that graph.

References
----------
B. von Stengel (2002), "Computing equilibria for two-person games", in R. J. Aumann and S. Hart
(eds.), Handbook of Game Theory with Economic Applications, vol. 3, ch. 45, pp. 1723-1759
(polyhedra and labels: section 2.4; degeneracy: 2.6; enumeration: 2.7).

H.-M. Winkels (1979), "An algorithm to determine all equilibrium points of a bimatrix game", in
O. Moeschlin and D. Pallaschke (eds.), Game Theory and Related Topics, pp. 137-148 (all
equilibria from pairs of vertices and maximal Nash subsets).

D. Avis, G. D. Rosenberg, R. Savani and B. von Stengel (2010), "Enumeration of Nash equilibria
for two-player games", Economic Theory 42, 9-37 (vertex enumeration, maximal bicliques,
components).

L. S. Shapley (1974), "A note on the Lemke-Howson algorithm", Mathematical Programming Study 1,
175-189 (index of an equilibrium).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import lcm

__all__ = [
    "Equilibrium",
    "NashSubset",
    "Payoff",
    "Solution",
    "Strategy",
    "components",
    "extreme_equilibria",
    "index",
    "is_degenerate",
    "is_equilibrium",
    "maximal_bicliques",
    "nash_subsets",
    "payoffs",
    "solve",
]

Payoff = int | Fraction | float
"""A payoff or a probability as the caller gives it; a float stands for its exact binary value."""

PayoffMatrix = Sequence[Sequence[Payoff]]
"""A payoff matrix by rows."""

Strategy = tuple[Fraction, ...]
"""A mixed strategy: one exact probability per pure strategy."""

Equilibrium = tuple[Strategy, Strategy]
"""The row player's and the column player's mixed strategy."""

NashSubset = tuple[tuple[int, ...], tuple[int, ...]]
"""Indices into the sorted distinct x, and into the sorted distinct y, of the extreme equilibria."""

_Matrix = list[list[Fraction]]
_Vertices = dict[Strategy, frozenset[int]]


@dataclass(frozen=True)
class Solution:
    """The complete set of Nash equilibria of a two-player game.

    Attributes
    ----------
    extreme_equilibria
        All extreme equilibria ``(x, y)``, in lexicographic order.
    payoffs
        For each extreme equilibrium, the row player's and the column player's payoff.
    indices
        For each extreme equilibrium its index, +1 or -1, or None where that equilibrium is
        degenerate (see `index`).  None does not occur in a nondegenerate game; some equilibria
        of a degenerate game may well have an index.
    x_vertices, y_vertices
        The distinct strategies that occur in extreme equilibria, in lexicographic order.
    nash_subsets
        The maximal Nash subsets, as indices into `x_vertices` and `y_vertices`.
    components
        The connected components, as indices into `extreme_equilibria`.
    degenerate
        Whether the game is degenerate.
    n_polytope_vertices
        Number of vertices of the two best-response polytopes, the origins included.
    """

    extreme_equilibria: tuple[Equilibrium, ...]
    payoffs: tuple[tuple[Fraction, Fraction], ...]
    indices: tuple[int | None, ...]
    x_vertices: tuple[Strategy, ...]
    y_vertices: tuple[Strategy, ...]
    nash_subsets: tuple[NashSubset, ...]
    components: tuple[tuple[int, ...], ...]
    degenerate: bool
    n_polytope_vertices: tuple[int, int]


# --------------------------------------------------------------------------------------------
# The questions a test asks
# --------------------------------------------------------------------------------------------


def solve(A: PayoffMatrix, B: PayoffMatrix) -> Solution:
    """Find all Nash equilibria of the game, with everything this module knows about them.

    Parameters
    ----------
    A, B
        Payoff matrices of the row and of the column player, both ``m x n``.

    Returns
    -------
    Solution
        The complete and exact answer.
    """
    a, b = _exact_game(A, B)
    x_polyhedron, y_polyhedron = _best_response_vertices(a, b)
    equilibria = _complementary_pairs(x_polyhedron, y_polyhedron, len(a) + len(a[0]))
    x_vertices = tuple(sorted({x for x, _ in equilibria}))
    y_vertices = tuple(sorted({y for _, y in equilibria}))
    return Solution(
        extreme_equilibria=equilibria,
        payoffs=tuple((_expected(a, x, y), _expected(b, x, y)) for x, y in equilibria),
        indices=tuple(_index_or_none(a, b, x, y) for x, y in equilibria),
        x_vertices=x_vertices,
        y_vertices=y_vertices,
        nash_subsets=maximal_bicliques(
            {(x_vertices.index(x), y_vertices.index(y)) for x, y in equilibria}
        ),
        components=_connected_components(equilibria),
        degenerate=_has_excess_labels(x_polyhedron) or _has_excess_labels(y_polyhedron),
        n_polytope_vertices=(len(x_polyhedron) + 1, len(y_polyhedron) + 1),
    )


def extreme_equilibria(A: PayoffMatrix, B: PayoffMatrix) -> tuple[Equilibrium, ...]:
    """Find all extreme Nash equilibria.

    Enumerates the vertices of both best-response polyhedra and pairs those that carry all
    labels (von Stengel 2002, section 2.7; Avis, Rosenberg, Savani and von Stengel 2010).

    Parameters
    ----------
    A, B
        Payoff matrices of the row and of the column player, both ``m x n``.

    Returns
    -------
    tuple of (x, y)
        In lexicographic order, each equilibrium once.
    """
    return solve(A, B).extreme_equilibria


def nash_subsets(A: PayoffMatrix, B: PayoffMatrix) -> tuple[NashSubset, ...]:
    """Find the maximal Nash subsets.

    A Nash subset is a product ``X x Y`` all of whose pairs are equilibria (they are
    exchangeable).  The maximal ones are the maximal bicliques of the graph that joins ``x`` and
    ``y`` when ``(x, y)`` is an extreme equilibrium (Winkels 1979; Avis et al. 2010).  The set of
    all equilibria is the union of ``conv(X) x conv(Y)`` over them.

    Parameters
    ----------
    A, B
        Payoff matrices of the row and of the column player, both ``m x n``.

    Returns
    -------
    tuple of (indices of x vertices, indices of y vertices)
        The indices count the sorted distinct ``x``, and the sorted distinct ``y``, of the extreme
        equilibria (`Solution.x_vertices` and `Solution.y_vertices`).  Sorted.
    """
    return solve(A, B).nash_subsets


def components(A: PayoffMatrix, B: PayoffMatrix) -> tuple[tuple[int, ...], ...]:
    """Find the topological components of the set of Nash equilibria.

    Two maximal Nash subsets ``conv(X) x conv(Y)`` meet if and only if they have an extreme
    equilibrium in common, hence the components of the set of equilibria are those of the
    graph of extreme equilibria (Avis et al. 2010).

    Parameters
    ----------
    A, B
        Payoff matrices of the row and of the column player, both ``m x n``.

    Returns
    -------
    tuple of tuple of int
        Each component as sorted indices into `extreme_equilibria`; components sorted.
    """
    return solve(A, B).components


def is_degenerate(A: PayoffMatrix, B: PayoffMatrix) -> bool:
    """Tell whether the game is degenerate.

    It is if some mixed strategy has more pure best replies than its support has elements, that
    is, if some point ``x`` (or ``y``) carries more than ``m`` (or ``n``) labels (von Stengel
    2002, section 2.6).  The labels of a face are among those of each of its vertices, and
    every face of these polyhedra has a vertex, so it is enough to look at the vertices.

    Parameters
    ----------
    A, B
        Payoff matrices of the row and of the column player, both ``m x n``.

    Returns
    -------
    bool
        Whether either polyhedron has a vertex with too many labels.
    """
    return any(_has_excess_labels(p) for p in _best_response_vertices(*_exact_game(A, B)))


def is_equilibrium(
    A: PayoffMatrix, B: PayoffMatrix, x: Sequence[Payoff], y: Sequence[Payoff]
) -> bool:
    """Tell whether ``(x, y)`` is exactly a Nash equilibrium.

    Parameters
    ----------
    A, B
        Payoff matrices of the row and of the column player, both ``m x n``.
    x, y
        Mixed strategies; floats are taken exactly, so probabilities such as 0.1 and 0.9, which
        need not add up to exactly 1 in binary, had better be given as fractions.

    Returns
    -------
    bool
        True if both are mixed strategies and play pure best replies only.
    """
    a, b = _exact_game(A, B)
    return _is_equilibrium(a, b, _exact_vector(x), _exact_vector(y))


def index(A: PayoffMatrix, B: PayoffMatrix, x: Sequence[Payoff], y: Sequence[Payoff]) -> int:
    """Compute the index of a nondegenerate equilibrium.

    With supports ``I`` and ``J``, both of size ``k``, and all payoffs made positive by adding a
    constant, it is ``(-1)^(k + 1) * sign(det(A_IJ) * det(B_IJ))`` (Shapley 1974).  The sign is
    chosen so that a pure strict equilibrium has index +1; then the indices of all equilibria
    of a nondegenerate game add up to +1.

    Parameters
    ----------
    A, B
        Payoff matrices of the row and of the column player, both ``m x n``.
    x, y
        The equilibrium.

    Returns
    -------
    int
        +1 or -1.

    Raises
    ------
    ValueError
        If ``(x, y)`` is not an equilibrium, or is a degenerate one: a strategy that is not
        played is a best reply, or the supports do not determine ``x`` and ``y``.  The game as a
        whole may be degenerate as long as this equilibrium is not.
    """
    a, b = _exact_game(A, B)
    exact_x, exact_y = _exact_vector(x), _exact_vector(y)
    if not _is_equilibrium(a, b, exact_x, exact_y):
        raise ValueError("(x, y) is not a Nash equilibrium")
    value = _index_or_none(a, b, exact_x, exact_y)
    if value is None:
        raise ValueError("(x, y) is a degenerate equilibrium: it has no index of its own")
    return value


def payoffs(
    A: PayoffMatrix, B: PayoffMatrix, x: Sequence[Payoff], y: Sequence[Payoff]
) -> tuple[Fraction, Fraction]:
    """Compute the expected payoffs ``x A y`` and ``x B y``.

    Parameters
    ----------
    A, B
        Payoff matrices of the row and of the column player, both ``m x n``.
    x, y
        Mixed strategies.

    Returns
    -------
    tuple of Fraction
        The row player's and the column player's payoff.
    """
    a, b = _exact_game(A, B)
    exact_x, exact_y = _exact_vector(x), _exact_vector(y)
    if len(exact_x) != len(a) or len(exact_y) != len(a[0]):
        raise ValueError("x needs one entry per row and y one per column")
    return _expected(a, exact_x, exact_y), _expected(b, exact_x, exact_y)


# --------------------------------------------------------------------------------------------
# Step 1: vertices of a best-response polyhedron and their labels
# --------------------------------------------------------------------------------------------


def _best_response_vertices(a: _Matrix, b: _Matrix) -> tuple[_Vertices, _Vertices]:
    """List the vertices of both polyhedra, each with the set of its labels.

    In both cases label ``i < m`` stands for row ``i`` and label ``m + j`` for column ``j``.
    """
    m, n = len(a), len(a[0])
    rows, columns = range(m), range(m, m + n)
    x_polyhedron = _vertices(_transpose(b), own_labels=rows, other_labels=columns)
    y_polyhedron = _vertices(a, own_labels=columns, other_labels=rows)
    return x_polyhedron, y_polyhedron


def _vertices(
    replies: _Matrix, own_labels: Sequence[int], other_labels: Sequence[int]
) -> _Vertices:
    """List the vertices of ``{(z, v) : z >= 0, sum(z) = 1, replies z <= v}`` with their labels.

    Row ``r`` of ``replies`` holds what the opponent's pure strategy ``r`` pays her against each of
    this player's ``d`` pure strategies.  A vertex is a feasible point that is the only solution of
    ``d`` of the inequalities taken as equations, besides ``sum(z) = 1``.  So try all choices of
    ``d`` inequalities: ``z_i = 0`` for ``i`` outside a ``support`` of size ``s``, and ``replies_r z
    = v`` for ``s`` rows ``tight``.  (No vertex has ``s = 0``, since ``z`` must add up to 1.)  A
    degenerate vertex turns up several times; the dictionary keeps it once.
    """
    dimension = len(own_labels)
    # A common factor changes v only, not z: clear the denominators and compute with integers.
    scale = lcm(*(entry.denominator for row in replies for entry in row))
    matrix = [[int(entry * scale) for entry in row] for row in replies]

    found: _Vertices = {}
    for size in range(1, min(dimension, len(matrix)) + 1):
        for support in combinations(range(dimension), size):
            for tight in combinations(range(len(matrix)), size):
                # Unknowns: z on the support, and v.
                equations = [[*(matrix[r][i] for i in support), -1, 0] for r in tight]
                equations.append([*(1 for _ in support), 0, 1])
                solution = _solve_linear(equations)
                if solution is None:
                    continue
                # z and v are multiplied by the positive integer total = sum(z).
                *played, v = solution
                if min(played) < 0:
                    continue
                total = sum(played)
                slacks = [
                    v - sum(row[i] * weight for i, weight in zip(support, played, strict=True))
                    for row in matrix
                ]
                if min(slacks) < 0:
                    continue
                z = [Fraction(0)] * dimension
                for i, weight in zip(support, played, strict=True):
                    z[i] = Fraction(weight, total)
                found[tuple(z)] = frozenset(
                    [own_labels[i] for i in range(dimension) if z[i] == 0]
                    + [other_labels[r] for r, slack in enumerate(slacks) if slack == 0]
                )
    return found


def _has_excess_labels(polyhedron: _Vertices) -> bool:
    """Tell whether a vertex carries more labels than its player has pure strategies."""
    return any(len(labels) > len(z) for z, labels in polyhedron.items())


# --------------------------------------------------------------------------------------------
# Step 2: equilibria from the vertices
# --------------------------------------------------------------------------------------------


def _complementary_pairs(
    x_polyhedron: _Vertices, y_polyhedron: _Vertices, n_labels: int
) -> tuple[Equilibrium, ...]:
    """Pair the vertices that carry all labels together."""
    return tuple(
        sorted(
            (x, y)
            for x, x_labels in x_polyhedron.items()
            for y, y_labels in y_polyhedron.items()
            if len(x_labels | y_labels) == n_labels
        )
    )


def maximal_bicliques(edges: Iterable[tuple[int, int]]) -> tuple[NashSubset, ...]:
    """List the maximal bicliques (neither side empty) of a bipartite graph, sorted.

    The right sides of the maximal bicliques are exactly the nonempty intersections of
    neighbourhoods of left nodes; the left side that belongs to one is every node joined to all
    of it.
    """
    neighbours: dict[int, frozenset[int]] = {}
    for left, right in edges:
        neighbours[left] = neighbours.get(left, frozenset()) | {right}

    intersections: set[frozenset[int]] = set()
    for neighbourhood in neighbours.values():
        intersections |= {neighbourhood & other for other in intersections}
        intersections.add(neighbourhood)
    intersections.discard(frozenset())

    bicliques: list[NashSubset] = []
    for rights in intersections:
        lefts = [left for left, around in neighbours.items() if rights <= around]
        bicliques.append((tuple(sorted(lefts)), tuple(sorted(rights))))
    return tuple(sorted(bicliques))


def _connected_components(equilibria: Sequence[Equilibrium]) -> tuple[tuple[int, ...], ...]:
    """Group the extreme equilibria: two belong together if they share their x or their y."""
    remaining = list(range(len(equilibria)))
    found: list[tuple[int, ...]] = []
    while remaining:
        component = [remaining.pop(0)]
        for member in component:  # grows while we go through it
            x, y = equilibria[member]
            linked = [k for k in remaining if equilibria[k][0] == x or equilibria[k][1] == y]
            component += linked
            remaining = [k for k in remaining if k not in linked]
        found.append(tuple(sorted(component)))
    return tuple(sorted(found))


# --------------------------------------------------------------------------------------------
# Properties of one equilibrium
# --------------------------------------------------------------------------------------------


def _is_equilibrium(a: _Matrix, b: _Matrix, x: Strategy, y: Strategy) -> bool:
    """Check the definition: mixed strategies whose supports hold pure best replies only."""
    if len(x) != len(a) or len(y) != len(a[0]):
        raise ValueError("x needs one entry per row and y one per column")
    if min(x) < 0 or min(y) < 0 or sum(x) != 1 or sum(y) != 1:
        return False
    return _support(x) <= _best_replies(a, y) and _support(y) <= _best_replies(_transpose(b), x)


def _index_or_none(a: _Matrix, b: _Matrix, x: Strategy, y: Strategy) -> int | None:
    """Compute the index of an equilibrium, None if the equilibrium is degenerate."""
    rows, columns = _support(x), _support(y)
    if len(rows) != len(columns):
        return None
    if rows != _best_replies(a, y) or columns != _best_replies(_transpose(b), x):
        return None
    value = 1 if len(rows) % 2 == 1 else -1
    for matrix in (a, b):
        lowest = min(min(row) for row in matrix)
        positive = [[matrix[i][j] - lowest + 1 for j in sorted(columns)] for i in sorted(rows)]
        determinant = _determinant(positive)
        if determinant == 0:
            return None
        if determinant < 0:
            value = -value
    return value


def _support(z: Strategy) -> set[int]:
    """List the pure strategies that are played."""
    return {i for i, probability in enumerate(z) if probability != 0}


def _best_replies(matrix: _Matrix, z: Strategy) -> set[int]:
    """List the rows of ``matrix`` that pay most against the mixed strategy ``z`` of columns."""
    values = [sum(entry * p for entry, p in zip(row, z, strict=True)) for row in matrix]
    return {i for i, value in enumerate(values) if value == max(values)}


def _expected(matrix: _Matrix, x: Strategy, y: Strategy) -> Fraction:
    """Compute ``x matrix y``."""
    return sum(
        (p * q * matrix[i][j] for i, p in enumerate(x) for j, q in enumerate(y)), Fraction(0)
    )


# --------------------------------------------------------------------------------------------
# Exact arithmetic
# --------------------------------------------------------------------------------------------


def _solve_linear(equations: list[list[int]]) -> list[int] | None:
    """Solve ``k`` integer equations in ``k`` unknowns, up to a positive common factor.

    Each equation lists the ``k`` coefficients and the right-hand side.  This is fraction-free
    Gauss-Jordan elimination (Bareiss 1968): every division by the previous pivot is exact, and in
    the end the diagonal holds the determinant in every row.

    Returns
    -------
    list of int or None
        The solution multiplied by the absolute value of the determinant; None if the equations do
        not have exactly one solution.
    """
    table = [list(equation) for equation in equations]
    size = len(table)
    previous = 1
    for k in range(size):
        pivot_row = next((r for r in range(k, size) if table[r][k] != 0), None)
        if pivot_row is None:
            return None
        table[k], table[pivot_row] = table[pivot_row], table[k]
        pivot = table[k][k]
        for r in range(size):
            if r != k:
                factor = table[r][k]
                table[r] = [
                    (pivot * entry - factor * above) // previous
                    for entry, above in zip(table[r], table[k], strict=True)
                ]
        previous = pivot
    sign = 1 if previous > 0 else -1
    return [sign * row[-1] for row in table]


def _determinant(matrix: _Matrix) -> Fraction:
    """Compute a determinant by Gaussian elimination."""
    table = [list(row) for row in matrix]
    determinant = Fraction(1)
    for k in range(len(table)):
        pivot_row = next((r for r in range(k, len(table)) if table[r][k] != 0), None)
        if pivot_row is None:
            return Fraction(0)
        if pivot_row != k:
            table[k], table[pivot_row] = table[pivot_row], table[k]
            determinant = -determinant
        determinant *= table[k][k]
        for r in range(k + 1, len(table)):
            factor = table[r][k] / table[k][k]
            table[r] = [
                entry - factor * above for entry, above in zip(table[r], table[k], strict=True)
            ]
    return determinant


def _transpose(matrix: _Matrix) -> _Matrix:
    """Swap rows and columns."""
    return [list(column) for column in zip(*matrix, strict=True)]


def _exact_vector(values: Iterable[Payoff]) -> Strategy:
    """Turn numbers into fractions; a float becomes exactly the binary fraction that it is."""
    exact = [Fraction(value) for value in values]
    # Plain ints, in case the numbers are some other integer type that overflows.
    return tuple(Fraction(int(value.numerator), int(value.denominator)) for value in exact)


def _exact_game(A: PayoffMatrix, B: PayoffMatrix) -> tuple[_Matrix, _Matrix]:
    """Turn both payoff matrices into fractions and check their shapes."""
    a = [list(_exact_vector(row)) for row in A]
    b = [list(_exact_vector(row)) for row in B]
    widths = {len(row) for row in a + b}
    if len(a) != len(b) or len(widths) != 1 or 0 in widths:
        raise ValueError("A and B must be nonempty matrices of the same shape")
    return a, b
