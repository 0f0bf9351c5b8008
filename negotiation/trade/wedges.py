"""Duties on parts of the trade of one pair: a product list, an exemption, a content rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
    share : (K, S, 2) array
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
        used = self.name != ""
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
