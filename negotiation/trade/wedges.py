"""Wedges between what the buyer of a cell pays and what its producer gets.

A cell is what one region buys from another of one sector for one use. The buyer pays the producer's
price times f = (1 + t)(1 + x): import duty t on the price that includes the export tax x. `Parts`
are duties on parts of a cell: a product list, an exemption, a content rule. `PairWedges` puts all
wedges of a pair of regions together, and says what the equations need of them: `Wedge`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Shares of two parts of the same name that are this close are those of one part.
_SAME_SHARE = 1e-9

Numbers: TypeAlias = NDArray[Any]  # float64, or complex128 where a derivative is taken

#: Name of the one part of a duty that falls on all trade alike.
WHOLE = "all"


@dataclass(frozen=True, eq=False)
class Parts:
    """Rates on parts of the trade of one pair of regions.

    A duty of 50 % on 30 % of the lines is not one of 15 % on all of them: parts substitute with
    the trade elasticity of the sector, as varieties of one origin do.

    Attributes
    ----------
    name : (K, S, 2) array of str
        Name of each part, empty where a sector has fewer parts than K.
    share : (..., K, S, 2) array
        Share of the part in baseline spending on the cell; one over the parts of every cell.
    rate : (..., K, S, 2) array
        Additional ad valorem rates, fractions; batch axes may stand before.
    """

    name: NDArray[np.str_]
    share: NDArray[np.float64]
    rate: NDArray[np.float64]

    @classmethod
    def plain(cls, rate: ArrayLike) -> Parts:
        """Return one part that holds all trade.

        Parameters
        ----------
        rate : (..., S, 2) array
        """
        rates = np.asarray(rate, dtype=np.float64)[..., None, :, :]
        cells = rates.shape[-3:]
        return cls(np.full(cells, WHOLE), np.ones(cells), rates)

    @classmethod
    def stacked(cls, each: Sequence[Parts]) -> Parts:
        """Return several duties along a new axis before the parts, as the postures of one side.

        Rates of a batch keep their axes before it. Names are lost: the parts differ.
        """
        slots = max(one.rate.shape[-3] for one in each)
        cells = each[0].rate.shape[-2:]
        shares, rates = np.zeros((len(each), slots, *cells)), []
        for a, one in enumerate(each):
            own = one.rate.shape[-3]
            shares[a, :own] = one.share
            rate = np.zeros((*one.rate.shape[:-3], slots, *cells))
            rate[..., :own, :, :] = one.rate
            rates.append(rate)
        rate = np.stack(np.broadcast_arrays(*rates), axis=-4)
        return cls(np.full((slots, *cells), ""), shares, rate)

    def plus(self, other: Parts) -> Parts:
        """Return both duties together: parts cross, shares multiply, rates add up."""
        share = _flat(self.share[..., :, None, :, :] * other.share[..., None, :, :, :])
        rate = _flat(self.rate[..., :, None, :, :] + other.rate[..., None, :, :, :])
        return Parts(np.full(share.shape[-3:], ""), share, rate)

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean rate of each cell, (..., S, 2), weighted by shares.

        A ban counts with its prohibitive rate here: leave bans out before averaging for a reader.
        """
        return np.asarray((self.share * self.rate).sum(axis=-3))

    def at_least(self, rate: ArrayLike) -> Parts:
        """Return every part at the higher of its own rate and a given one.

        What no list names is a part too and is raised as the others are. No rate is lowered.

        Parameters
        ----------
        rate : number, (..., S) or (..., S, 2) array
            By sector, or by sector and use.
        """
        floor = np.asarray(rate, dtype=np.float64)
        cells = self.share.shape[-2:]
        if floor.ndim and floor.shape[-2:] != cells and floor.shape[-1] == cells[0]:
            floor = floor[..., None]
        floor = np.broadcast_to(floor, np.broadcast_shapes(floor.shape, cells))[..., None, :, :]
        used = (self.name != "") | (self.share > 0.0)
        return Parts(
            self.name,
            self.share,
            np.where(used, np.maximum(self.rate, floor), self.rate),
        )

    def scaled(self, share: ArrayLike) -> Parts:
        """Return the parts with their rates times a factor.

        Parameters
        ----------
        share : number, (..., S, 1) or (..., S, 2) array
        """
        factor = np.asarray(share, dtype=np.float64)
        if factor.ndim >= 2:
            factor = factor[..., None, :, :]
        return Parts(self.name, self.share, self.rate * factor)


@dataclass(frozen=True, eq=False)
class Wedge:
    """What the equations need to know of a cell; (..., S, 2) each.

    Attributes
    ----------
    factor : array
        What buyers pay per unit of the producer's price; with parts, the index over them.
    over : array
        What they spend per dollar that reaches the producer.
    export : array
        Part of a dollar spent that the origin collects: export taxes, and its share of rents.
    border : array
        What crosses the border, export taxes included, per dollar that reaches the producer.
    """

    factor: Numbers
    over: Numbers
    export: Numbers
    border: Numbers


@dataclass(frozen=True, eq=False)
class QuotaWedge:
    """A quota on cells at a given marginal wedge; arrays broadcast to (..., S, 2).

    Attributes
    ----------
    where : (S, 2) array of bool
        The cells of the quota.
    wedge : array
        Ad valorem wedge of a unit more, on top of all duties; from `inside` to the rate outside.
    inside : array
        Additional duty within the quota; what the wedge is above it is rent.
    rent_share : array
        Share of the rent that the destination collects.
    """

    where: NDArray[np.bool_]
    wedge: Numbers
    inside: Numbers
    rent_share: Numbers


@dataclass(frozen=True, eq=False)
class PairWedges:
    """All wedges between one pair of regions.

    Attributes
    ----------
    treaty : (S, 2) array
        Rate of the baseline; rates of parts and quotas add to it.
    duty : (..., S, 2) array of total rates, or Parts
    tax : (..., S, 2) array, or Parts
        Export tax.
    rent : (..., S, 2) array
        A wedge on top of all others.
    rent_share : (..., S, 2) array
        Share of that rent that the destination collects; the origin collects the rest.
    quotas : tuple of QuotaWedge
    """

    treaty: Numbers
    duty: Numbers | Parts
    tax: Numbers | Parts
    rent: Numbers
    rent_share: Numbers
    quotas: tuple[QuotaWedge, ...] = ()

    def at(
        self,
        theta: NDArray[np.float64],
        *,
        duty: complex = 0.0,
        tax: complex = 0.0,
        rent: complex = 0.0,
        quota: complex = 0.0,
    ) -> Wedge:
        """Put the wedges together.

        Parameters
        ----------
        theta : (..., S, 1) array
        duty, tax, rent, quota : number
            Added to every rate of that kind: a tiny imaginary number gives the derivative.
        """
        names, shares, paid = self._duties(duty)
        for each in self.quotas:
            more = np.where(each.where, each.wedge + quota, 0.0)
            paid = paid + more[..., None, :, :]
        theirs, weights, got = self._taxes(tax)
        if names is not None and theirs is not None and shares.ndim == weights.ndim == 3:
            share = _crossed(names, shares, theirs, weights)
            both = paid[..., :, None, :, :] * got[..., None, :, :, :]
            factor, reach = _index(_flat(share), _flat(both), theta)
            taxed = _flat((got - 1.0)[..., None, :, :, :] + 0.0 * both)
            # What the exporter's government gets of a dollar: x / ((1 + x)(1 + t)).
            export = (reach * taxed).sum(axis=-3)
            border = (reach * (1.0 + taxed)).sum(axis=-3)
            reach = reach.sum(axis=-3)
        else:
            first, net = _index(shares, paid, theta)
            second, got_net = _index(weights, got, theta)
            factor = first * second
            border = net.sum(axis=-3)
            reach = border * got_net.sum(axis=-3)
            export = border * (got_net * (got - 1.0)).sum(axis=-3)
        for each in self.quotas:  # what the origin has of the rent, on the price at the border
            rented = (1.0 - each.rent_share) * (each.wedge + quota - each.inside) * border
            export = export + np.where(each.where, rented, 0.0)
        on_top = 1.0 + self.rent + rent
        export = export / on_top + (1.0 - self.rent_share) * (on_top - 1.0) / on_top
        return Wedge(factor * on_top, on_top / reach, export, border / reach)

    def _duties(self, more: complex) -> tuple[NDArray[np.str_] | None, Numbers, Numbers]:
        """Names and shares of the parts, (K, S, 2), and one plus their rates, (..., K, S, 2)."""
        if isinstance(self.duty, Parts):
            return self.duty.name, self.duty.share, 1.0 + self.treaty + self.duty.rate + more
        return None, np.ones((1, 1, 1)), (1.0 + self.duty + more)[..., None, :, :]

    def _taxes(self, more: complex) -> tuple[NDArray[np.str_] | None, Numbers, Numbers]:
        if isinstance(self.tax, Parts):
            return self.tax.name, self.tax.share, 1.0 + self.tax.rate + more
        return None, np.ones((1, 1, 1)), (1.0 + self.tax + more)[..., None, :, :]


def _index(share: Numbers, factor: Numbers, theta: Numbers) -> tuple[Numbers, Numbers]:
    """Cost factor (..., S, 2) of parts, and what each lets through of a dollar, (..., K, S, 2)."""
    if share.shape[-3] == 1:
        return factor[..., 0, :, :], 1.0 / factor
    weight = share * factor ** -theta[..., None, :, :]
    total = weight.sum(axis=-3)
    return total ** (-1.0 / theta), weight / total[..., None, :, :] / factor


def _flat(values: Numbers) -> Numbers:
    """(..., K, J, S, 2) to (..., K * J, S, 2)."""
    return values.reshape(*values.shape[:-4], -1, *values.shape[-2:])


def _crossed(
    names: NDArray[np.str_], shares: Numbers, theirs: NDArray[np.str_], weights: Numbers
) -> Numbers:
    """(K, J, S, 2) shares of the parts that two schedules make of a cell.

    Parts of the same name and share are one part. What is left of one schedule is spread over what
    is left of the other: shares multiply.
    """
    same = (names[:, None] == theirs[None]) & (names != "")[:, None]
    same &= np.abs(shares[:, None] - weights[None]) <= _SAME_SHARE
    own = np.where(same.any(axis=1), 0.0, shares)
    other = np.where(same.any(axis=0), 0.0, weights)
    left = other.sum(axis=0)
    spread = own[:, None] * other[None] / np.where(left > 0.0, left, 1.0)
    return np.asarray(np.where(same, shares[:, None], spread))
