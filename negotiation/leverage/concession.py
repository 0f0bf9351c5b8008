"""L1, the net concession: what a side gives or gets in the deal, and per dollar at stake."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import Agreement
from negotiation.coded import Coded, coded, worded
from negotiation.tolerances import NCL_LOSSES, PAYOFF_ROUNDING
from negotiation.words import StatusEnum

Array = NDArray[np.float64]


class NclStatus(StatusEnum):
    """Whether a net concession can be set against the losses; the value is what a user reads."""

    DEFINED = "defined", "the losses of both sides without a deal add up to something"
    CANCEL = (
        "undefined",
        "one side gains without a deal about what the other loses, so that their losses "
        f"add up to at most {NCL_LOSSES:.0%} of their sizes",
    )
    NO_LOSS = "undefined", "neither side loses or gains anything without a deal"
    GAIN = "undefined", "without a deal the two sides together gain"
    NO_DEAL = "undefined", "there is no deal"
    UNKNOWN = "undefined", "there is no certified disagreement point"


@worded("status")
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
    status : (...) array of str
        `NclStatus` values: why there is no NCL, where there is none.
    """

    delta: Array
    ncl: Array
    power_share: Array
    exposure_share: Array
    status: NDArray[np.str_]


@worded("status")
@dataclasses.dataclass(frozen=True, eq=False)
class AtStake:
    """What net concessions are set against.

    Attributes
    ----------
    total : (...) array
        Sum of the no-deal losses; NaN where nothing may be divided by it.
    status : (...) array of str
        `NclStatus` values: why.
    """

    total: Array
    status: NDArray[np.str_]

    @classmethod
    def of(cls, loss: Array) -> AtStake:
        """Sum the no-deal losses l = s - d, (..., 2)."""
        loss = np.asarray(loss, dtype=float)
        total, sizes = loss[..., 0] + loss[..., 1], np.abs(loss[..., 0]) + np.abs(loss[..., 1])
        little = NCL_LOSSES * (1.0 + PAYOFF_ROUNDING) * sizes
        status = Coded.first(
            [np.isnan(total), sizes == 0.0, np.abs(total) <= little, total < 0.0],
            [NclStatus.UNKNOWN, NclStatus.NO_LOSS, NclStatus.CANCEL, NclStatus.GAIN],
            NclStatus.DEFINED,
            total.shape,
        )
        return cls(np.where(status.among(NclStatus.DEFINED), total, np.nan), status.as_field())


def losses_at_stake(loss: Array) -> tuple[Array, NDArray[np.str_]]:
    """Sum (...) of the no-deal losses (..., 2), NaN where nothing may be divided by it, and why.

    Returns
    -------
    (...) array
    (...) array of str
        `NclStatus` values.
    """
    stake = AtStake.of(loss)
    return stake.total, stake.status


def concession(agreement: Agreement, loss: Array, stake: AtStake | None = None) -> Concession:
    """Compute L1 from an agreement and the no-deal losses l = s - d, (..., 2).

    NaN where there is no deal, and NCL where the losses add up to nothing, or nearly cancel.

    Parameters
    ----------
    stake : AtStake, optional
        Of these losses, where it is known already.
    """
    stake = AtStake.of(loss) if stake is None else stake
    at_stake = stake.total[..., None]
    gains = agreement.payoffs - agreement.disagreement
    # A side that is bought off by what it could walk out to may leave no surplus to share.
    surplus = agreement.surplus[..., None]
    delta = agreement.concession
    none = np.isnan(delta[..., 0]) | np.isnan(delta[..., 1])
    status = coded(stake, "status").replaced(NclStatus.DEFINED, NclStatus.NO_DEAL, none)
    return Concession(
        delta=delta,
        ncl=delta / at_stake,
        power_share=gains / np.where(surplus == 0.0, np.nan, surplus),
        exposure_share=loss / at_stake,
        status=status.as_field(),
    )
