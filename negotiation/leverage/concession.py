"""L1, the net concession: what a side gives or gets in the deal, and per dollar at stake."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import Agreement

Array = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class Concession:
    """Net concession under one bargaining concept.

    Attributes
    ----------
    delta : (..., 2) array
        Delta_i = u_i - s_i, money: what the deal moves towards side i.
    ncl : (..., 2) array
        Net concession leverage, Delta_i / (l_1 + l_2). Where the deal shares as much as the status
        quo is worth to both, this is power share less exposure share.
    power_share : (..., 2) array
        beta_i: share of the surplus that side i takes.
    exposure_share : (..., 2) array
        e_i = l_i / (l_1 + l_2): share of the losses without a deal that fall on side i. Above one
        where the other side gains without a deal.
    """

    delta: Array
    ncl: Array
    power_share: Array
    exposure_share: Array


def concession(agreement: Agreement, loss: Array) -> Concession:
    """Compute L1 from an agreement and the no-deal losses l = s - d, (..., 2).

    NaN where there is no deal, and NCL where the losses do not add up to anything.
    """
    at_stake = loss.sum(axis=-1, keepdims=True)
    at_stake = np.where(at_stake > 0.0, at_stake, np.nan)
    gains = agreement.payoffs - agreement.disagreement
    return Concession(
        delta=agreement.concession,
        ncl=agreement.concession / at_stake,
        power_share=gains / agreement.surplus[..., None],
        exposure_share=loss / at_stake,
    )
