"""Exact enumeration in rationals: all extreme equilibria and how they connect.

A vertex of a player's best-reply polytope is a mixture with its unused actions and the other
player's best replies to it. Two vertices form an extreme equilibrium when each action is unplayed
or a best reply (Mangasarian 1964; Winkels 1979). Equilibria that share a vertex are connected
(Avis, Rosenberg, Savani and von Stengel 2010). Everything is decided in exact arithmetic.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm
from operator import sub
from time import monotonic

import numpy as np

from negotiation.games.game import Array
from negotiation.games.listing import Candidate
from negotiation.games.nash_subsets import (
    Biclique,
    connected_components,
    maximal_nash_subsets,
)
from negotiation.games.polytope import PER_TIE, Corner, corners
from negotiation.games.rounding import is_whole, undo_rounding

Vector = tuple[Fraction, ...]
Rationals = Sequence[Sequence[Fraction]]


@dataclasses.dataclass(frozen=True, eq=False)
class ExactSet:
    """All extreme equilibria of one game.

    Attributes
    ----------
    mixtures : two tuples of tuples of Fraction
        The mixtures of either player that are part of an equilibrium, largest first (compared
        action by action).
    pairs : tuple of (int, int)
        The equilibria, as places in `mixtures`, ascending.
    component : tuple of int
        Number of the connected component of each, in order of first appearance.
    settled : bool
        No other profile is an equilibrium but for ties missed by less than `TIE`: nothing rests on
        differences smaller than payoffs are known to. False where the set is not complete.
    complete : bool
        The enumeration was finished: these are all. Otherwise they are equilibria, and components
        may be parts of larger ones.
    """

    mixtures: tuple[tuple[Vector, ...], tuple[Vector, ...]]
    pairs: tuple[tuple[int, int], ...]
    component: tuple[int, ...]
    settled: bool
    complete: bool
    _game: _Game
    _tied: bool | None  # None: not known yet

    @cached_property
    def equilibria(self) -> tuple[tuple[Vector, Vector], ...]:
        """The equilibria (x, y) in rationals, largest x first, then largest y."""
        ones, twos = self.mixtures
        return tuple((ones[i], twos[j]) for i, j in self.pairs)

    @cached_property
    def subsets(self) -> list[Biclique]:
        """Maximal Nash subsets, as places in `mixtures`: products of their convex hulls.

        Raises
        ------
        NegotiationError
            If there are more than are listed.
        """
        return maximal_nash_subsets(self.pairs)

    @cached_property
    def degenerate(self) -> bool:
        """Whether some mixture has more best replies than actions in use.

        Mixtures of dominated actions count, and are no part of any equilibrium: to say no may take
        an enumeration of the game with these actions. It gets half the budget anew; if that runs
        out without a tie met, the answer is no.
        """
        if self._tied is not None:
            return self._tied
        return self._game.tied()

    def candidates(self) -> list[Candidate]:
        """Return the equilibria as floats, with the rationals they stand for."""
        ones, twos = (
            [np.array([float(q) for q in mixture]) for mixture in side] for side in self.mixtures
        )
        return [
            Candidate((ones[i], twos[j]), "exact enumeration", component, exact=profile)
            for (i, j), component, profile in zip(
                self.pairs, self.component, self.equilibria, strict=True
            )
        ]


def enumerate_exactly(
    row: Array | Rationals,
    column: Array | Rationals,
    *,
    literally: bool = False,
    budget: float | None = None,
) -> ExactSet:
    """Find all extreme equilibria of one game.

    Parameters
    ----------
    row, column : (m, n) arrays, or m sequences of n Fractions
        Payoffs of the row and the column player.
    literally : bool
        Take the floats for the exact rationals they are; otherwise undo rounding first. Fractions
        are always taken literally.
    budget : float, optional
        Seconds after which to stop with what was found. None: never.
    """
    start = monotonic()
    game = _Game(*_integers(row, literally), *_integers(column, literally), budget)
    kept = game.undominated(None if budget is None else start + budget / 2)
    vertices, complete = game.vertices(
        kept, None if budget is None else start + budget - monotonic()
    )
    own = game.labels
    all_labels = sum(own[0][i] for i in kept[0]) | sum(own[1][j] for j in kept[1])
    exact = [[vertex.labels for vertex in side] for side in vertices]
    near = [[vertex.near for vertex in side] for side in vertices]
    found = _complementary(exact[0], exact[1], all_labels)
    # Pairs that would be equilibria but for ties missed by less than `TIE` have all labels nearly.
    # It is enough to look at vertices. Take a point w that is no mixture, or not one of the
    # polyhedron, for it breaks conditions by less than some e. Cut its negative probabilities and
    # raise the value: it then breaks none, and what was tight is so to within a few e. The sum of
    # these slacks is linear, so it is least at a vertex, where each is a few e at most. There w's
    # labels are met nearly; if exactly, the pair is an equilibrium and in the set already.
    settled = complete and (
        near == exact or len(_complementary(near[0], near[1], all_labels)) == len(found)
    )
    mixtures, ranks = [], []
    for side in (0, 1):
        places = {pair[side] for pair in found}
        used = {place: vertices[side][place].mixture(own[side]) for place in places}
        order = sorted(used, key=used.__getitem__, reverse=True)
        mixtures.append(tuple(used[place] for place in order))
        ranks.append({place: rank for rank, place in enumerate(order)})
    pairs = tuple(sorted((ranks[0][i], ranks[1][j]) for i, j in found))
    tied = _tied(vertices, kept)
    known = tied or kept == game.actions
    return ExactSet(
        mixtures=(mixtures[0], mixtures[1]),
        pairs=pairs,
        component=connected_components(pairs),
        settled=settled,
        complete=complete,
        _game=game,
        _tied=tied if known else None,
    )


def _complementary(ones: list[int], twos: list[int], everything: int) -> list[tuple[int, int]]:
    """Places of the pairs that have all labels between them."""
    size = everything.bit_count()
    shape = {labels.bit_count() for labels in ones}, {labels.bit_count() for labels in twos}
    if all(len(each) <= 1 for each in shape) and sum(map(sum, shape)) == size:
        place = {labels: j for j, labels in enumerate(twos)}
        found = ((i, place.get(everything ^ labels)) for i, labels in enumerate(ones))
        return [(i, j) for i, j in found if j is not None]
    # With ties labels may overlap. Per label, those of `twos` that have it, as a bit mask.
    having: dict[int, int] = {}
    for label in _bits(everything):
        digits = "".join("1" if labels & label else "0" for labels in reversed(twos))
        having[label] = int(digits or "0", 2)
    pairs = []
    for i, labels in enumerate(ones):
        those = (1 << len(twos)) - 1
        for label in _bits(everything & ~labels):
            those &= having[label]
            if not those:
                break
        pairs += [(i, j.bit_length() - 1) for j in _bits(those)]
    return pairs


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest
        mask ^= lowest


# --- the game in integers -------------------------------------------------------------------------

Table = list[list[int]]
Kept = tuple[list[int], list[int]]
Sides = tuple[list[Corner], list[Corner]]


@dataclasses.dataclass(frozen=True, eq=False)
class _Game:
    """Payoffs in integers, the range of either player's, and the seconds that may be spent."""

    A: Table
    width_a: int
    B: Table
    width_b: int
    budget: float | None

    @property
    def actions(self) -> Kept:
        """All actions, as positions."""
        return list(range(len(self.A))), list(range(len(self.A[0])))

    @property
    def labels(self) -> Kept:
        """Label of each action: a power of two."""
        m, n = len(self.A), len(self.A[0])
        return [1 << i for i in range(m)], [1 << (m + j) for j in range(n)]

    def undominated(self, deadline: float | None = None) -> Kept:
        """Actions left when those that another one strictly dominates are taken away, repeatedly.

        No equilibrium uses any other. An action counts as dominated if it is worse by more than
        `TIE` of the payoff range everywhere, so that none goes that is nearly a best reply.
        """
        rows, columns = self.actions
        transposed = _transposed(self.B)
        before = 0
        while before != (before := len(rows) + len(columns)):
            rows = _undominated(self.A, rows, columns, self.width_a // PER_TIE, deadline)
            columns = _undominated(transposed, columns, rows, self.width_b // PER_TIE, deadline)
        return rows, columns

    def vertices(self, kept: Kept, budget: float | None) -> tuple[Sides, bool]:
        """Vertices of both best-reply polytopes of the game with these actions only, and if all.

        A budget that runs out leaves the second player half of it.
        """
        rows, columns = kept
        A = [[self.A[i][j] for j in columns] for i in rows]
        B = [[self.B[i][j] for j in columns] for i in rows]
        labels = self.labels
        one, two = [labels[0][i] for i in rows], [labels[1][j] for j in columns]
        start = monotonic()
        half, end = (None, None) if budget is None else (start + budget / 2, start + budget)
        ones, one_done = corners(_transposed(B), one, two, self.width_b, half)
        twos, two_done = corners(A, two, one, self.width_a, end)
        return (ones, twos), one_done and two_done

    def tied(self) -> bool:
        """Whether any mixture at all has more best replies than actions in use."""
        kept = self.actions
        budget = None if self.budget is None else self.budget / 2
        return _tied(self.vertices(kept, budget)[0], kept)


def _tied(vertices: Sides, kept: Kept) -> bool:
    return any(
        vertex.labels.bit_count() > len(actions)
        for side, actions in zip(vertices, kept, strict=True)
        for vertex in side
    )


def _transposed(table: Table) -> Table:
    return [list(column) for column in zip(*table, strict=True)]


def _undominated(
    payoffs: Table, own: list[int], others: list[int], margin: int, deadline: float | None
) -> list[int]:
    """Those of `own` that no other beats by more than `margin` against each of `others`."""
    left = {i: [payoffs[i][j] for j in others] for i in own}
    for i in own:
        if deadline is not None and monotonic() > deadline:
            break
        worse = left[i]
        first = worse[0] + margin
        if any(
            better[0] > first and min(map(sub, better, worse)) > margin for better in left.values()
        ):
            del left[i]
    return list(left)


def _integers(payoffs: Array | Rationals, literally: bool) -> tuple[Table, int]:
    """Payoffs as integers in a common unit, and their range in this unit."""
    exact: Sequence[Sequence[Fraction | float]]
    if not isinstance(payoffs, np.ndarray):
        exact = payoffs
    elif literally or payoffs.dtype == object or is_whole(payoffs):
        exact = payoffs.tolist()
    else:
        exact = undo_rounding(payoffs)
    ratios = [[value.as_integer_ratio() for value in line] for line in exact]
    unit = lcm(*(denominator for line in ratios for _, denominator in line))
    table = [[top * (unit // denominator) for top, denominator in line] for line in ratios]
    low = min(map(min, table))
    common = gcd(*(value - low for line in table for value in line)) or 1
    table = [[(value - low) // common for value in line] for line in table]
    return table, max(map(max, table)) or 1
