"""Private information: an offer to a side whose outside option only that side knows."""

from __future__ import annotations

import dataclasses
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.beliefs import Belief
from negotiation.bargaining.talks import Array
from negotiation.errors import ParameterError


class OfferStatus(StrEnum):
    """What becomes of a take-it-or-leave-it offer; the value is what a user reads."""

    RISKY = "an offer that may be refused"
    SURE = "an offer that is accepted for certain"
    NONE = "no offer is worth making: there is nothing to share at any outside option"
    UNKNOWN = "unknown: a payoff is not known"


@dataclasses.dataclass(frozen=True, eq=False)
class TakeItOrLeaveIt:
    """The best offer against a privately known outside option.

    Attributes
    ----------
    offer : (...) array
        s, what is offered to the responder. NaN where no offer is worth making.
    breakdown : (...) array
        Probability of no deal.
    payoffs : (..., 2) array
        Expected payoffs of the proposer and of the responder; the latter before it learns what
        its outside option is.
    offer_slope, breakdown_slope : (...) arrays
        Derivatives by the common part of the outside option, as it rises. NaN for a sample, whose
        offers jump.
    payoff_slopes : (..., 2) array
        The same for the payoffs.
    status : (...) array of str
        `OfferStatus` values.
    """

    offer: Array
    breakdown: Array
    payoffs: Array
    offer_slope: Array
    breakdown_slope: Array
    payoff_slopes: Array
    status: NDArray[np.str_]


def take_it_or_leave_it(
    pie: ArrayLike, fallback: ArrayLike, belief: Belief, *, common: ArrayLike = 0.0
) -> TakeItOrLeaveIt:
    """Offer once, to a side that knows its outside option when one knows its distribution only.

    The responder accepts s if its outside option is at most s, so that the proposer maximises
    (pie - s - fallback) F(s): a better offer is accepted more often and leaves less (Fearon 1995;
    Samuelson 1984). For the uniform distribution s is (pie - fallback + low) / 2, or as near to it
    as the ends allow. A shift of the distribution is matched only in part, so that a better
    outside option makes no deal more likely.

    Parameters
    ----------
    pie : (...) array
        What the sides share if they agree.
    fallback : (...) array
        What the proposer gets without a deal.
    belief : Belief
        Distribution of the responder's outside option less `common`: `beliefs.uniform`, `normal`,
        `sampled` or `given`.
    common : (...) array
        The part of the outside option that both know.

    Raises
    ------
    ParameterError
        For shapes that do not fit together.
    """
    arrays = [np.asarray(each, dtype=float) for each in (pie, fallback, common)]
    try:
        shape = np.broadcast_shapes(*(each.shape for each in arrays), belief.low.shape)
    except ValueError:
        raise ParameterError(
            f"pie {arrays[0].shape}, fallback {arrays[1].shape}, common part {arrays[2].shape} and "
            f"belief {belief.low.shape} do not fit together; expected shapes that broadcast"
        ) from None
    total, d, base = (np.broadcast_to(each, shape) for each in arrays)
    low, high = np.broadcast_to(belief.low, shape), np.broadcast_to(belief.high, shape)
    margin = total - d - base
    known = np.isfinite(margin)
    some = known & (margin > low)
    # What there is to give, where it is not worth giving, must not reach the user's functions.
    safe = np.where(np.isfinite(low), low, 0.0)
    over = np.where(some, margin, safe)
    best = np.where(some, belief.best(over), safe)
    taken = np.where(some, belief.cdf(best), 0.0)
    refused = np.where(some, belief.above(best), 1.0)
    no_deal = base + safe + belief.excess(safe)
    kept = np.where(some, d + (margin - best) * taken, d)
    got = np.where(some, base + best + belief.excess(best), no_deal)
    unknown = np.where(known, 0.0, np.nan)

    f, change = belief.density(best), belief.slope(best)
    with np.errstate(divide="ignore", invalid="ignore"):
        # At the upper end the offer stays there until the first-order condition holds with
        # equality, and moves down from then on.
        stays = (best >= high) & ((over - best) * f > taken)
        moves = np.where(stays, 0.0, 1.0 / (2.0 - (taken / f) * (change / f)))
        offer_slope = np.where(some, 1.0 - moves, np.nan)
        breakdown_slope = np.where(some, np.where(stays, 0.0, f * moves), 0.0)
        kept_slope = np.where(some, -taken, 0.0)
        got_slope = np.where(some, refused + taken * (1.0 - moves), 1.0)
    return TakeItOrLeaveIt(
        offer=np.where(some, base + best, np.nan),
        breakdown=refused + unknown,
        payoffs=np.stack([kept, got], axis=-1) + unknown[..., None],
        offer_slope=offer_slope + unknown,
        breakdown_slope=breakdown_slope + unknown,
        payoff_slopes=np.stack([kept_slope, got_slope], axis=-1) + unknown[..., None],
        status=np.select(
            [~known, ~some, best >= high],
            [OfferStatus.UNKNOWN.value, OfferStatus.NONE.value, OfferStatus.SURE.value],
            default=OfferStatus.RISKY.value,
        ),
    )
