"""All solutions of indifference conditions over products of simplices, proven by subdivision.

Unknowns are the mixtures of the players over their supports, one simplex each. Payoffs are
multilinear, so their extremes over a product of smaller simplices, a cell, are among the payoffs
at its corners: a table of payoffs at corner profiles bounds everything exactly, and halving an
edge of a cell only averages two slices of that table.

A cell is dropped if at every corner some action is better than one in use by more than `TIE`, or
if the mean value form with interval derivatives (Krawczyk 1969; Moore 1977) leaves no room for a
solution. It is settled if that operator is a contraction by half: the cell then holds at most one
solution, and iterating finds it or shows that there is none. Otherwise it is halved. Bounds allow
for `TIE`, which is far above the rounding in them.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from negotiation.games.game import Array
from negotiation.tolerances import TIE

#: Numbers held by one chunk of cells, about 4 MB: cells are worked on together, chunk by chunk.
_CHUNK: Final = 500_000

#: Largest factor of the contraction at which a cell is settled; most steps taken then, which leave
#: a width of 2 ** -50; width at which they end.
_CONTRACTION: Final = 0.5
_STEPS: Final = 50
_NARROW: Final = 1e-12

#: By how much a cell is widened in its own coordinates, so that a solution on the border between
#: two cells is lost by neither.
_BORDER: Final = 1e-6

#: Change of payoffs over a cell, scaled payoffs, below which halving it further is no use.
_FLAT: Final = 1e-7


#: Centres kept of cells given up in one support: starts for a search for what is not regular.
_CENTRES: Final = 12


@dataclasses.dataclass(frozen=True, eq=False)
class Solutions:
    """What was found in the supports of one size.

    Attributes
    ----------
    points : list of (support, mixtures)
        Every isolated regular solution, some perhaps twice; mixtures over the support.
    undecided : dict of int to list of mixtures
        Supports in which cells were given up, with the centres of some such cells.
    flat : set of int
        Those of them where more cells would not help.
    """

    points: list[tuple[int, list[Array]]]
    undecided: dict[int, list[list[Array]]]
    flat: set[int]


@dataclasses.dataclass(frozen=True, eq=False)
class _Cells:
    """Cells with the payoffs at their corners.

    Attributes
    ----------
    support : (C,) array of int
    values : one (C, A_p, ...) array per player
        Payoff of each own action, those of the support first, at the corners of the others.
    corners : one (C, k_p, k_p) array per player
        Row i: corner i as a mixture over the support.
    """

    support: NDArray[np.int64]
    values: list[Array]
    corners: list[Array]

    def __getitem__(self, which: NDArray[np.int64] | NDArray[np.bool_] | slice) -> _Cells:
        return _Cells(
            self.support[which],
            [each[which] for each in self.values],
            [each[which] for each in self.corners],
        )

    def __len__(self) -> int:
        return len(self.support)


def solve_supports(
    payoffs: Array, supports: Sequence[NDArray[np.int64]], *, limit: int, deadline: float | None
) -> Solutions:
    """Find all equilibria whose supports are among the given ones, all of one size.

    Parameters
    ----------
    payoffs : (P, A1, ..., AP) array
        Scaled to [0, 1].
    supports : one (S, k_p) array per player
        Actions in use; support s is row s of each.
    limit : int
        Cells to look at in one support before it is given up.
    deadline : float or None
        `time.monotonic()` at which to give up what is left.
    """
    system = _SupportSystem([each.shape[1] for each in supports])
    start = _root(payoffs, supports)
    found = Solutions([], {}, set())
    looked_at = np.zeros(len(start), dtype=np.int64)
    size = max(1, _CHUNK // max(1, sum(each[0].size for each in start.values)))
    stack = [start[k : k + size] for k in range(0, len(start), size)]
    while stack:
        cells = stack.pop()
        np.add.at(looked_at, cells.support, 1)
        spent = looked_at > limit
        if deadline is not None and time.monotonic() > deadline:
            spent[:] = True
        gone = spent[cells.support]
        if gone.any():
            _give_up(found, cells[gone], system.sizes)
            cells = cells[~gone]
        if not len(cells):
            continue
        cells = cells[~_beaten(cells, system.sizes)]
        if not len(cells):
            continue
        cells, settled = system.judge(cells)
        found.points.extend(settled)
        if not len(cells):
            continue
        halves, flat = _halve(cells, system.sizes)
        if flat.any():
            _give_up(found, cells[flat], system.sizes)
            found.flat.update(cells.support[flat].tolist())
        stack.extend(halves[k : k + size] for k in range(0, len(halves), size))
    return found


def _root(payoffs: Array, supports: Sequence[NDArray[np.int64]]) -> _Cells:
    """One cell per support: the whole product of simplices."""
    players = len(supports)
    count = len(supports[0])
    values = []
    for p in range(players):
        actions = payoffs.shape[1 + p]
        used = supports[p]
        others = np.ones((count, actions), dtype=bool)
        np.put_along_axis(others, used, False, axis=1)
        unused = np.nonzero(others)[1].reshape(count, -1)
        index = []
        for q in range(players):
            chosen = np.hstack([used, unused]) if q == p else supports[q]
            shape = [count, *[1] * players]
            shape[1 + q] = chosen.shape[1]
            index.append(chosen.reshape(shape))
        values.append(np.moveaxis(payoffs[(p, *index)], 1 + p, 1))
    corners = [
        np.broadcast_to(np.eye(each.shape[1]), (count, *[each.shape[1]] * 2)) for each in supports
    ]
    return _Cells(np.arange(count), values, [np.array(each) for each in corners])


def _beaten(cells: _Cells, sizes: list[int]) -> NDArray[np.bool_]:
    """Cells in which an action in use is worse than another one throughout."""
    beaten = np.zeros(len(cells), dtype=bool)
    for values, k in zip(cells.values, sizes, strict=True):
        flat = values.reshape(*values.shape[:2], -1)
        for used in range(k):
            least = (flat - flat[:, used : used + 1]).min(axis=2)
            beaten |= (least > TIE).any(axis=1)
    return beaten


def _others_axis(p: int, q: int) -> int:
    """Axis of player q's corners in the values of player p."""
    return 2 + (q if q < p else q - 1)


def _halve(cells: _Cells, sizes: list[int]) -> tuple[_Cells, NDArray[np.bool_]]:
    """Halve each cell across the edge along which payoffs change most; mark those without any."""
    edges = [(q, i, j) for q, k in enumerate(sizes) for i in range(k) for j in range(i)]
    change = np.zeros((len(cells), max(1, len(edges))))
    for e, (q, i, j) in enumerate(edges):
        for p, values in enumerate(cells.values):
            if p != q:
                axis = _others_axis(p, q)
                along = np.abs(values.take(i, axis) - values.take(j, axis))
                change[:, e] += along.reshape(len(cells), -1).max(axis=1)
    flat = change.max(axis=1) <= _FLAT
    chosen = np.where(flat, -1, change.argmax(axis=1))
    parts = []
    for e, (q, i, j) in enumerate(edges):
        picked = cells[chosen == e]
        if not len(picked):
            continue
        for moved in (i, j):
            payoffs = [each.copy() for each in picked.values]
            for p, each in enumerate(payoffs):
                if p != q:
                    view = np.moveaxis(each, _others_axis(p, q), 0)
                    view[moved] = (view[i] + view[j]) / 2.0
            corners = [each.copy() if p == q else each for p, each in enumerate(picked.corners)]
            corners[q][:, moved] = (corners[q][:, i] + corners[q][:, j]) / 2.0
            parts.append(_Cells(picked.support, payoffs, corners))
    if not parts:
        return cells[flat][:0], flat
    return (
        _Cells(
            np.concatenate([part.support for part in parts]),
            [np.concatenate(each) for each in zip(*(part.values for part in parts), strict=True)],
            [np.concatenate(each) for each in zip(*(part.corners for part in parts), strict=True)],
        ),
        flat,
    )


def _give_up(found: Solutions, cells: _Cells, sizes: list[int]) -> None:
    """Record supports as undecided, with the centres nearest to an equilibrium."""
    error = np.zeros(len(cells))
    for values, k in zip(cells.values, sizes, strict=True):
        reply = values.reshape(*values.shape[:2], -1).mean(axis=2)
        error = np.maximum(error, reply.max(axis=1) - reply[:, :k].min(axis=1))
    for c in np.argsort(error, kind="stable").tolist():
        centres = found.undecided.setdefault(int(cells.support[c]), [])
        if len(centres) < _CENTRES:
            centres.append([corners[c].mean(axis=0) for corners in cells.corners])


class _SupportSystem:
    """Indifference conditions of supports of given sizes, in the coordinates of a cell.

    A cell's own coordinates are the weights of its corners; that of corner 0 is one less the sum
    of the others and is left out. Conditions of player p: each action of the support but the first
    earns what the first does.
    """

    def __init__(self, sizes: list[int]) -> None:
        self.sizes = sizes
        self.blocks = []
        start = 0
        for k in sizes:
            self.blocks.append(slice(start, start + k - 1))
            start += k - 1
        self.unknowns = start
        #: Players with more conditions than there are unknowns in them: no regular solution.
        self.over = [p for p, k in enumerate(sizes) if k - 1 > start - (k - 1)]
        self.centre = np.concatenate([np.full(k - 1, 1.0 / k) for k in sizes])
        #: Picks each coordinate, then adds up those of each player.
        self.sums = np.vstack([np.eye(start), np.zeros((len(sizes), start))])
        for p, block in enumerate(self.blocks):
            self.sums[start + p, block] = 1.0

    def judge(self, cells: _Cells) -> tuple[_Cells, list[tuple[int, list[Array]]]]:
        """Drop and settle cells; return those that are left, and solutions of settled ones."""
        if self.over:
            return cells[~self._no_common_zero(cells)], []
        differences = [
            values[:, 1:k] - values[:, :1]
            for values, k in zip(cells.values, self.sizes, strict=True)
        ]
        middle, radius = self._derivatives(differences)
        inverse = _inverse(middle)
        spread = np.abs(np.eye(self.unknowns) - inverse @ middle) + np.abs(inverse) @ radius
        # A solution lies in aim +- room, coordinate by coordinate, and so do the sums of each
        # player's coordinates, which leave the rest to corner 0.
        step = self.sums @ inverse
        room = np.abs(self.sums - step @ middle) + np.abs(step) @ radius
        residual = self._at(differences, np.tile(self.centre, (len(cells), 1)))
        aim = self.sums @ self.centre - (step @ residual[..., None])[..., 0]
        room = room @ np.maximum(self.centre, 1.0 - self.centre) + _BORDER
        dropped = ((aim + room < 0.0) | (aim - room > 1.0)).any(axis=1)
        contracts = ~dropped & (spread.sum(axis=2).max(axis=1, initial=0.0) <= _CONTRACTION)
        settled = []
        if contracts.any():
            settled = self._settle(
                cells[contracts],
                [each[contracts] for each in differences],
                inverse[contracts],
                spread[contracts],
            )
        return cells[~dropped & ~contracts], settled

    def _settle(
        self, cells: _Cells, differences: list[Array], inverse: Array, spread: Array
    ) -> list[tuple[int, list[Array]]]:
        """Contract to the one solution of each cell, or to nothing."""
        low = np.full((len(cells), self.unknowns), -_BORDER)
        high = np.full((len(cells), self.unknowns), 1.0 + _BORDER)
        rounding = 1e-15 * (1.0 + np.abs(inverse).sum(axis=2))
        for _ in range(_STEPS):
            # The derivatives are bounded over the cell only: the centre must lie in it.
            centre = self._inside((low + high) / 2.0)
            reach = np.maximum(high - centre, centre - low)
            aim = centre - (inverse @ self._at(differences, centre)[..., None])[..., 0]
            room = (spread @ reach[..., None])[..., 0] + rounding
            low, high = np.maximum(low, aim - room), np.minimum(high, aim + room)
            narrow = (high - low).max(axis=1, initial=0.0) <= _NARROW
            if (narrow | (low > high).any(axis=1)).all():
                break
        alive = (low <= high).all(axis=1)
        for block in self.blocks:
            alive &= low[:, block].sum(axis=1) <= 1.0 + self.unknowns * _BORDER
        weights = self._weights((low + high) / 2.0)
        return [
            (
                int(cells.support[c]),
                [w[c] @ corners[c] for w, corners in zip(weights, cells.corners, strict=True)],
            )
            for c in np.flatnonzero(alive)
        ]

    def _inside(self, points: Array) -> Array:
        points = np.clip(points, 0.0, 1.0)
        for block in self.blocks:
            points[:, block] /= np.maximum(points[:, block].sum(axis=1, keepdims=True), 1.0)
        return points

    def _weights(self, points: Array) -> list[Array]:
        """Weights of all corners of each player, (C, k_p)."""
        return [
            np.hstack([1.0 - points[:, block].sum(axis=1, keepdims=True), points[:, block]])
            for block in self.blocks
        ]

    def _at(self, differences: list[Array], points: Array) -> Array:
        """(C, n) left-hand sides of the conditions at one point of each cell."""
        weights = self._weights(points)
        sides = []
        for p, values in enumerate(differences):
            side = values
            for q in reversed(range(len(weights))):
                if q != p:
                    side = np.einsum("c...k,ck->c...", side, weights[q])
            sides.append(side)
        return np.concatenate(sides, axis=1)

    def _derivatives(self, differences: list[Array]) -> tuple[Array, Array]:
        """(C, n, n) middle and radius of the derivatives over each cell."""
        count = len(differences[0])
        low, high = np.zeros((2, count, self.unknowns, self.unknowns))
        for p, values in enumerate(differences):
            for q, k in enumerate(self.sizes):
                if q == p or k == 1 or not values.shape[1]:
                    continue
                along = np.moveaxis(values, _others_axis(p, q), 2)
                slopes = (along[:, :, 1:] - along[:, :, :1]).reshape(count, -1, k - 1, _rest(along))
                low[:, self.blocks[p], self.blocks[q]] = slopes.min(axis=3)
                high[:, self.blocks[p], self.blocks[q]] = slopes.max(axis=3)
        return (low + high) / 2.0, (high - low) / 2.0

    def _no_common_zero(self, cells: _Cells) -> NDArray[np.bool_]:
        """Cells in which a player with too many conditions cannot have them all.

        The combinations of conditions whose derivatives vanish in the middle hardly change over
        the cell; they must be zero somewhere, up to `TIE`.
        """
        excluded = np.zeros(len(cells), dtype=bool)
        differences = [
            values[:, 1:k] - values[:, :1]
            for values, k in zip(cells.values, self.sizes, strict=True)
        ]
        middle = self._derivatives(differences)[0]
        for p in self.over:
            block = self.blocks[p]
            others = np.ones(self.unknowns, dtype=bool)
            others[block] = False
            slopes = middle[:, block][:, :, others]
            left = np.linalg.svd(slopes, full_matrices=True)[0][:, :, others.sum() :]
            flat = differences[p].reshape(*differences[p].shape[:2], -1)
            combined = left.transpose(0, 2, 1) @ flat
            margin = TIE * np.sqrt(self.sizes[p])
            excluded |= ((combined.min(axis=2) > margin) | (combined.max(axis=2) < -margin)).any(
                axis=1
            )
        return excluded


def _rest(values: Array) -> int:
    """Number of corner profiles of the players beyond the first of those on the axes."""
    return int(np.prod(values.shape[3:]))


def _inverse(matrices: Array) -> Array:
    """Invert a stack of matrices, nearly at least: any preconditioner is a valid one."""
    try:
        return np.asarray(np.linalg.inv(matrices))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(matrices))
