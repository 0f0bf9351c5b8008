"""Vertices of a best-reply polytope, exactly, in integers.

The polytope is {z >= 0, replies z <= 1}: z divided by its sum is a mixture of the player, one over
the sum is what the opponent's best reply to it earns, and a reply is best where its condition is
tight. Bases are visited from z = 0 along edges. The right-hand side is thought of as perturbed to
1 + (e, e^2, ...), which the lexicographic ratio test decides without computing it: the perturbed
polytope is simple, its graph is connected, and each vertex of the true one belongs to a basis of
it. Tableaus are integers over one common denominator, divided exactly at every pivot (Edmonds 1967;
Bareiss 1968; Azulay and Pique 2001). An edge is followed from one of its ends only, and a basis
whose edges were all followed from the other ends costs one column instead of a tableau.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Sequence
from fractions import Fraction
from time import monotonic

from negotiation.tolerances import TIE

Columns = list[list[int]]

#: One over `TIE`, a whole number: closeness is decided in integers too.
PER_TIE = round(1 / TIE)


#: Entries of a tableau above which the clock is read at every column: a pivot may take seconds.
_LARGE = 2_000


@dataclasses.dataclass(frozen=True, slots=True)
class Corner:
    """A vertex other than z = 0.

    Attributes
    ----------
    labels : int
        Bit mask of the actions that are unused (own) or best replies (the opponent's).
    near : int
        The same with actions that miss it by at most `TIE`: of the mixture's total for a
        probability, of the payoff range for a reply.
    basic, values : lists of int
        Label of each basic variable, and its value times a common factor.
    total : int
        Sum of the values of the own actions.
    """

    labels: int
    near: int
    basic: list[int]
    values: list[int]
    total: int

    def mixture(self, own: Sequence[int]) -> tuple[Fraction, ...]:
        """Probability of each action whose label (a power of two) is given."""
        weight = dict(zip(self.basic, self.values, strict=True))
        return tuple(Fraction(weight.get(label, 0), self.total) for label in own)


def corners(
    replies: Sequence[Sequence[int]],
    own: Sequence[int],
    others: Sequence[int],
    width: int,
    deadline: float | None = None,
) -> tuple[list[Corner], bool]:
    """Find the vertices of {z >= 0, replies z <= 1} but for z = 0.

    Parameters
    ----------
    replies : k rows of d integers
        What each of the opponent's k actions earns against each of the d own ones. Only
        differences within a column matter.
    own, others : d and k integers
        Labels of the actions, each another power of two.
    width : int
        Range of the opponent's payoffs: what counts as close is a share of it.
    deadline : float, optional
        Reading of `time.monotonic` at which to stop.

    Returns
    -------
    found : list of Corner
        In order of discovery.
    finished : bool
        These are all of them.
    """
    d, k = len(own), len(others)
    columns = [_from_zero(column) for column in zip(*replies, strict=True)]
    columns.append([1] * k)
    nonbasic, basic, scale = list(own), list(others), 1
    is_own = key = sum(own)  # a basis is known by the labels that are not in it
    # Labels of each basis whose edges were followed from their other ends.
    arrived = {key: 0}
    # How to reach each basis seen but not visited: a tableau and where to pivot in it.
    ways: dict[int, tuple[Columns, list[int], list[int], int, int, int]] = {}
    # The same bases by how many of their edges were followed; those with the fewest are next.
    waiting: list[deque[int]] = [deque() for _ in range(d + 1)]
    found: dict[int, Corner] = {}
    large = d * k > _LARGE and deadline is not None
    while True:
        known = arrived[key]
        if known != key:
            rhs = columns[-1]
            for c in range(d):
                entering = nonbasic[c]
                if entering & known:
                    continue
                if large and deadline is not None and monotonic() > deadline:
                    return list(found.values()), False
                # Ratio test: the row that stops the entering variable first.
                r, slope, value = -1, 0, 0
                for i, t in enumerate(columns[c]):
                    if t > 0:
                        if r >= 0:
                            gap = rhs[i] * slope - value * t
                            if gap > 0 or (
                                gap == 0
                                and _later(columns, nonbasic, basic, others, scale, c, i, r)
                            ):
                                continue
                        r, slope, value = i, t, rhs[i]
                leaving = basic[r]
                beyond = key ^ entering ^ leaving
                if beyond not in arrived:
                    arrived[beyond] = leaving
                    ways[beyond] = (columns, nonbasic, basic, scale, c, r)
                    waiting[1].append(beyond)
                else:
                    arrived[beyond] |= leaving
                    waiting[arrived[beyond].bit_count()].append(beyond)
        if not ways:
            return list(found.values()), True
        if deadline is not None and monotonic() > deadline:
            return list(found.values()), False
        for followed, line in enumerate(waiting):
            # Those that have moved on to a later line, or were visited there, are still here.
            while line and arrived[line[0]].bit_count() != followed:
                line.popleft()
            if line:
                key = line.popleft()
                break
        columns, nonbasic, basic, scale, c, r = ways.pop(key)
        f = columns[c]
        p = f[r]
        basic = basic.copy()
        basic[r], leaving = nonbasic[c], basic[r]
        if arrived[key] == key:
            rhs = _pivoted(columns[-1], f, p, scale, r)
        else:
            pivoted = []
            for column in columns:
                if large and deadline is not None and monotonic() > deadline:
                    return list(found.values()), False
                pivoted.append(_pivoted(column, f, p, scale, r))
            columns = pivoted
            columns[c] = [-t for t in f]
            columns[c][r] = scale
            nonbasic = nonbasic.copy()
            nonbasic[c] = leaving
            rhs = columns[-1]
        scale = p
        _record(found, key, basic, rhs, is_own, width)


def _from_zero(column: Sequence[int]) -> list[int]:
    """Shift payoffs against one own action to a least of zero: the mixtures stay as they are.

    Not all may be zero, for the polytope must be bounded. Zeros make for short numbers.
    """
    low, high = min(column), max(column)
    return [value - low for value in column] if high > low else [1] * len(column)


def _pivoted(column: list[int], f: list[int], p: int, scale: int, r: int) -> list[int]:
    """Return a column after a pivot on p = f[r], f the entering column; divisions are exact."""
    h = column[r]
    if h:
        new = [(p * t - h * g) // scale for t, g in zip(column, f, strict=True)]
        new[r] = h
        return new
    if p == scale:
        return column
    return [p * t // scale for t in column]


def _later(
    columns: Columns,
    nonbasic: list[int],
    basic: list[int],
    slacks: Sequence[int],
    scale: int,
    c: int,
    i: int,
    r: int,
) -> bool:
    """Whether row i stops variable c after row r does in the perturbed polytope.

    Both do at once in the true one. The perturbation of a row is its entries in the columns of the
    slacks, first slack first.
    """
    t, slope = columns[c][i], columns[c][r]
    for label in slacks:
        if label in nonbasic:
            column = columns[nonbasic.index(label)]
            gap = column[i] * slope - column[r] * t
        else:  # a basic variable: its column is a unit vector
            row = basic.index(label)
            gap = scale * slope if row == i else -scale * t if row == r else 0
        if gap:
            return gap > 0
    raise AssertionError("two rows of a tableau cannot agree in every slack")


def _record(
    found: dict[int, Corner], key: int, basic: list[int], rhs: list[int], is_own: int, width: int
) -> None:
    """Note the vertex of a basis, unless another basis of it came first."""
    total = 0
    for label, value in zip(basic, rhs, strict=True):
        if label & is_own:
            total += value
    share = total // PER_TIE  # a probability up to here is close to zero
    short = total * width // PER_TIE  # and a reply that earns less by up to here close to best
    labels = near = key
    if min(rhs) <= max(share, short):
        for label, value in zip(basic, rhs, strict=True):
            if value <= (share if label & is_own else short):
                near |= label
                if not value:
                    labels |= label
    if labels not in found:  # a vertex is known by its tight conditions
        found[labels] = Corner(labels, near, basic, rhs, total)
