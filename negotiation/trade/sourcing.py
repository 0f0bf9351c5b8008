"""`Sourcing`: what buyers take from whom at given unit costs, for a batch of scenarios.

A scenario is a table of weights, share * kappa ** -theta, one for each flow, and the same weights
net of the new tariffs. Only two sums over it are ever needed, one over origins (price indices) and
one over destinations (sales), and their transposes for derivatives. Most scenarios change the
trade between a few pairs of regions and leave the rest as it is, so a batch of them shares one
table: the sums become matrix products over all scenarios at once, and each pair that changes adds a
correction of its own.

Arrays are (S, U, N, B) or (S, N, B): sector, use, region, scenario. Unlinked worlds have final use
only, U = 1.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from negotiation.moved import names_of
from negotiation.trade.checks import Array

#: The number of scenarios is a multiple of this; repeats of the last one fill up. Products and sums
#: of matrices never end in a partial block, which is summed in another order: an answer does not
#: depend, not even in its last bit, on which other scenarios are solved with it.
BLOCK = 16


class Sourcing(Protocol):
    """The sums over the weights of a batch of scenarios that the equations need."""

    @property
    def size(self) -> int:
        """Number of scenarios B."""

    @property
    def raised(self) -> Array | None:
        """(S, U or 1, N, B) logs of what all weights of a buyer are multiplied by; None: by one."""

    def index(self, draw: Array) -> Array:
        """(S, 2, U, N, B) sums over origins of weights and net weights times draw (S, N, B)."""

    def sold(self, bought: Array) -> Array:
        """(S, N, B) sums over uses and destinations of net weights times `bought` (S, U, N, B)."""

    def absorbed(self, sold: Array) -> Array:
        """(S, U, N, B) transpose of `sold`: sums over origins of net weights times (S, N, B)."""

    def drawn(self, index: Array) -> Array:
        """(S, N, B) transpose of `index`."""

    def digits_lost(self, draw: Array, index: Array, bought: Array, sold: Array) -> Array:
        """(B,) how much larger the terms of any sum are than the sum.

        The sums are `index`, (S, U, N, B), that of weights times `draw`, and `sold`, (S, N, B),
        that of net weights times `bought`.
        """

    def take(self, scenarios: NDArray[np.int64]) -> Sourcing:
        """Return some of the scenarios."""

    def table(self, scenario: int) -> Array:
        """(S, 2, U, N, N) weights and net weights of one scenario, [destination, origin]."""


@dataclasses.dataclass(frozen=True, eq=False)
class ImportColumn:
    """What one region buys differently from some origins, in some of the scenarios.

    Attributes
    ----------
    buyer : int
    origins : (P,) array
    lanes : (L,) array, or None
        The scenarios in which it does; None is all.
    kept : (L,) array
        Which of the following these scenarios are; (1,) where all are alike.
    weights : (S, 2, U, P, B) array
        Weights and net weights.
    changes : (S, 2, U, P, B) array
        What they differ by from the common ones.
    """

    buyer: int
    origins: NDArray[np.int64]
    lanes: NDArray[np.int64] | None
    kept: NDArray[np.int64]
    weights: Array
    changes: Array

    @property
    def alike(self) -> bool:
        """Whether one set of weights holds for all scenarios."""
        return len(self.kept) == 1 and bool(self.weights.shape[-1] == 1)

    @property
    def weight(self) -> Array:
        """(S, 2, U, P, L) weights and net weights of these scenarios."""
        return np.ascontiguousarray(self.weights[..., self.kept])

    @cached_property
    def change(self) -> Array:
        """(S, 2, U, P, L) what they differ by."""
        return np.ascontiguousarray(self.changes[..., self.kept])

    def of(self, values: Array) -> Array:
        """The scenarios of the column (last axis)."""
        return values if self.lanes is None else values[..., self.lanes]

    def at_buyer(self, values: Array) -> Array:
        """(..., N, B) values at the buyer: (..., 1, L)."""
        return self.of(values[..., self.buyer, :])[..., None, :]

    def at_origins(self, values: Array) -> Array:
        """(..., N, B) values at the origins: (..., P, L)."""
        if len(self.origins) == 1:
            return self.of(values[..., self.origins[0] : self.origins[0] + 1, :])
        return self.of(values[..., self.origins, :])

    def add_to_buyer(self, total: Array, terms: Array) -> None:
        """Add the sum of (..., P, L) to `total` (..., N, B) at the buyer."""
        more = terms[..., 0, :] if terms.shape[-2] == 1 else terms.sum(axis=-2)
        if self.lanes is None:
            total[..., self.buyer, :] += more
        else:
            total[..., self.buyer, self.lanes] += more

    def add_to_origins(self, total: Array, terms: Array) -> None:
        """Add (..., P, L) to `total` (..., N, B) at the origins."""
        if self.lanes is None:
            total[..., self.origins, :] += terms
        else:
            total[..., self.origins[:, None], self.lanes] += terms

    def take(self, scenarios: NDArray[np.int64], size: int) -> ImportColumn | None:
        """Keep some of `size` scenarios; None if the column is in none of them."""
        lanes, kept = None, scenarios
        if self.lanes is not None:
            place = np.full(size, -1)
            place[self.lanes] = np.arange(len(self.lanes))
            lanes = np.flatnonzero(place[scenarios] >= 0)
            if not len(lanes):
                return None
            kept = place[scenarios[lanes]]
            lanes = None if len(lanes) == len(scenarios) else lanes
        kept = self.kept if self.alike else self.kept[kept]
        return ImportColumn(self.buyer, self.origins, lanes, kept, self.weights, self.changes)


@dataclasses.dataclass(frozen=True, eq=False)
class Shared:
    """Scenarios that differ from one table in the trade of a few pairs of regions.

    Attributes
    ----------
    common : (S, 2, U, N, N) array
        Weights and net weights of the table, [destination, origin].
    columns : sequence of ImportColumn
        At most one for each buyer.
    size : int
    raised : (S, U, N, B) array, optional
        See `Sourcing`.
    """

    common: Array
    columns: Sequence[ImportColumn]
    size: int
    raised: Array | None = None

    def index(self, draw: Array) -> Array:
        """See `Sourcing`."""
        s, _, uses, n, _ = self.common.shape
        total: Array = np.matmul(self.common.reshape(s, 2 * uses * n, n), draw)
        total = total.reshape(s, 2, uses, n, -1)
        for each in self.columns:
            each.add_to_buyer(total, each.change * each.at_origins(draw)[:, None, None])
        return total

    def sold(self, bought: Array) -> Array:
        """See `Sourcing`."""
        s, uses, n, size = bought.shape
        net = self.common[:, 1].reshape(s, uses * n, n).transpose(0, 2, 1)
        total: Array = np.matmul(net, bought.reshape(s, uses * n, size))
        for each in self.columns:
            each.add_to_origins(total, _over_uses(each.change[:, 1] * each.at_buyer(bought)))
        return total

    def absorbed(self, sold: Array) -> Array:
        """See `Sourcing`."""
        s, _, uses, n, _ = self.common.shape
        total: Array = np.matmul(self.common[:, 1].reshape(s, uses * n, n), sold)
        total = total.reshape(s, uses, n, -1)
        for each in self.columns:
            each.add_to_buyer(total, each.change[:, 1] * each.at_origins(sold)[:, None])
        return total

    def drawn(self, index: Array) -> Array:
        """See `Sourcing`."""
        s, _, uses, n, size = index.shape
        table = self.common.reshape(s, 2 * uses * n, n).transpose(0, 2, 1)
        total: Array = np.matmul(table, index.reshape(s, 2 * uses * n, size))
        for each in self.columns:
            terms = each.change * each.at_buyer(index)
            each.add_to_origins(total, _over_uses(terms[:, 0] + terms[:, 1]))
        return total

    def digits_lost(self, draw: Array, index: Array, bought: Array, sold: Array) -> Array:
        """See `Sourcing`."""
        lost = np.ones(self.size)
        for each in self.columns:
            taken = np.maximum(-each.change, 0.0)
            lanes = slice(None) if each.lanes is None else each.lanes
            prices = (taken[:, 0] * each.at_origins(draw)[:, None]).sum(axis=2)
            sales = _over_uses(taken[:, 1] * each.at_buyer(bought))
            for part, whole in (
                (prices, each.of(index[:, :, each.buyer])),
                (sales, each.of(sold[:, each.origins])),
            ):
                # Where nothing was traded nothing is taken away.
                ratio = np.where(part > 0.0, part / np.maximum(whole, 0.0), 0.0)
                most = ratio.max(axis=tuple(range(ratio.ndim - 1)))
                lost[lanes] = np.fmax(lost[lanes], 1.0 + most)
        return lost

    def take(self, scenarios: NDArray[np.int64]) -> Shared:
        """See `Sourcing`."""
        columns = [each.take(scenarios, self.size) for each in self.columns]
        kept = [each for each in columns if each is not None]
        raised = None if self.raised is None else self.raised[..., scenarios]
        return Shared(self.common, kept, len(scenarios), raised)

    def table(self, scenario: int) -> Array:
        """See `Sourcing`."""
        full = self.common.copy()
        one = np.array([scenario])
        for each in self.columns:
            here = each.take(one, self.size)
            if here is not None:
                # Not the sum: a weight may be much smaller than what it changed by.
                full[..., each.buyer, each.origins] = here.weight[..., 0]
        return full


def _over_uses(terms: Array) -> Array:
    """Sum (S, U, P, L) over uses, of which there are one or two."""
    return terms[:, 0] if terms.shape[1] == 1 else terms[:, 0] + terms[:, 1]


@dataclasses.dataclass(frozen=True, eq=False)
class Own:
    """Scenarios that have a table each: for those in which much of the world's trade changes.

    Attributes
    ----------
    tables : (T, S, 2, U, N, N) array
        Weights and net weights, [destination, origin].
    size : int
        B >= T: scenarios after the first T fill up a block; they repeat the last, and so must the
        values they are asked for.
    shift : (T, S, U or 1, N) array, optional
        Logs of what the weights of a buyer are multiplied by, where they would otherwise be too
        small for a double, or where tastes shift: only the price index feels it.
    """

    tables: Array
    size: int
    shift: Array | None = None

    @property
    def raised(self) -> Array | None:
        """See `Sourcing`."""
        if self.shift is None:
            return None
        rows = np.minimum(np.arange(self.size), len(self.shift) - 1)
        return np.ascontiguousarray(self.shift[rows].transpose(1, 2, 3, 0))

    def index(self, draw: Array) -> Array:
        """See `Sourcing`."""
        _, s, _, uses, n, _ = self.tables.shape
        flat = self.tables.reshape(-1, s, 2 * uses * n, n)
        return self._each(flat, draw).reshape(s, 2, uses, n, -1)

    def sold(self, bought: Array) -> Array:
        """See `Sourcing`."""
        _, s, _, uses, n, _ = self.tables.shape
        flat = self.tables[:, :, 1].reshape(-1, s, uses * n, n).transpose(0, 1, 3, 2)
        return self._each(flat, bought.reshape(s, uses * n, -1))

    def absorbed(self, sold: Array) -> Array:
        """See `Sourcing`."""
        _, s, _, uses, n, _ = self.tables.shape
        flat = self.tables[:, :, 1].reshape(-1, s, uses * n, n)
        return self._each(flat, sold).reshape(s, uses, n, -1)

    def drawn(self, index: Array) -> Array:
        """See `Sourcing`."""
        _, s, _, uses, n, _ = self.tables.shape
        flat = self.tables.reshape(-1, s, 2 * uses * n, n).transpose(0, 1, 3, 2)
        return self._each(flat, index.reshape(s, 2 * uses * n, -1))

    def digits_lost(self, draw: Array, index: Array, bought: Array, sold: Array) -> Array:
        """See `Sourcing`; all terms are positive."""
        del draw, index, bought, sold
        return np.ones(self.size)

    def take(self, scenarios: NDArray[np.int64]) -> Own:
        """See `Sourcing`."""
        real = 1 + int(np.flatnonzero(scenarios != scenarios[-1]).max(initial=-1)) + 1
        kept = np.minimum(scenarios[:real], len(self.tables) - 1)
        shift = None if self.shift is None else self.shift[kept]
        return Own(self.tables[kept], len(scenarios), shift)

    def table(self, scenario: int) -> Array:
        """See `Sourcing`."""
        return np.asarray(self.tables[min(scenario, len(self.tables) - 1)])

    def _each(self, matrices: Array, values: Array) -> Array:
        """Multiply each scenario's (S, rows, columns) by its column of (S, columns, B)."""
        real = len(matrices)
        vectors = np.ascontiguousarray(values[..., :real].transpose(2, 0, 1))[..., None]
        result = np.empty((*matrices.shape[1:3], self.size), values.dtype)
        result[..., :real] = np.matmul(matrices, vectors)[..., 0].transpose(1, 2, 0)
        result[..., real:] = result[..., real - 1 : real]
        return result


def padded(index: NDArray[np.int64]) -> NDArray[np.int64]:
    """Repeat the last scenario up to a multiple of `BLOCK`."""
    missing = -len(index) % BLOCK
    return np.concatenate([index, index[-1:].repeat(missing)]) if missing else index


if not TYPE_CHECKING:  # a checker would take any name for one that is there
    __getattr__ = names_of(__name__)
