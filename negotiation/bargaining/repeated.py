"""Repeated enforcement: which deals hold because breaking them starts a punishment."""

from __future__ import annotations

import dataclasses
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.impasse import refuse
from negotiation.bargaining.talks import Array
from negotiation.errors import ParameterError
from negotiation.words import StatusEnum


class EnforcementStatus(StatusEnum):
    """Whether cooperation can be kept up; the value is what a user reads."""

    NO_TEMPTATION = "always", "breaking the deal gains nothing even at once"
    PATIENCE = "at the critical discount factor and above"
    NEVER = "never", "the punishment is no worse than cooperation, and breaking the deal gains"
    IMPATIENCE = "only for the impatient", "the punishment is better than cooperation"
    UNKNOWN = "unknown", "a payoff is not known"


@dataclasses.dataclass(frozen=True, eq=False)
class Enforcement:
    """How patient each side must be to keep a deal.

    Attributes
    ----------
    critical : (...) array
        delta*, smallest discount factor a period at which the deal is kept. Above 1, or infinite,
        where no patience is enough; the number itself then only says by how much. NaN where a
        payoff is not known, or only the impatient keep it.
    status : (...) array of str
        `EnforcementStatus` values.
    cooperation, deviation, punishment : (...) arrays
        Payoffs a period.
    """

    critical: Array
    status: NDArray[np.str_]
    cooperation: Array
    deviation: Array
    punishment: Array

    def margin(self, discount: ArrayLike) -> Array:
        """What keeping the deal is worth above breaking it, a period, at discount factors (...).

        cooperation - (1 - delta) deviation - delta punishment; the deal is kept where it is not
        negative.

        Raises
        ------
        ParameterError
            For a discount factor outside [0, 1).
        """
        delta = _factor(discount)
        return np.asarray(
            self.cooperation - (1.0 - delta) * self.deviation - delta * self.punishment
        )

    def rate(self, lag: ArrayLike) -> Array:
        """Largest discount rate a year at which the deal is kept; `lag` in years.

        The lag is the time between breaking the deal and being punished: delta = exp(-rate * lag).
        Infinite where nothing tempts; NaN where no patience is enough or `critical` is NaN.

        Raises
        ------
        ParameterError
            For a lag that is not positive.
        """
        years = np.asarray(lag, dtype=float)
        refuse(years, ~(years > 0.0), "lag", "a positive number of years")
        with np.errstate(divide="ignore", invalid="ignore"):
            found = -np.log(self.critical) / years
        return np.asarray(np.where(self.critical < 1.0, found, np.nan))


def enforcement(cooperation: ArrayLike, deviation: ArrayLike, punishment: ArrayLike) -> Enforcement:
    """Critical discount factors of a deal that holds for fear of a punishment without end.

    delta* = (deviation - cooperation) / (deviation - punishment) (Friedman 1971; for trade
    agreements Dixit 1987, Bagwell and Staiger 1990). The punishment is Nash reversion where its
    payoffs are those of the stage game's equilibrium; autarky, or any threat, works the same way,
    but only an equilibrium is a punishment that will be carried out.

    Parameters
    ----------
    cooperation, deviation, punishment : (...) arrays
        Payoffs a period: when the deal is kept, when one side alone breaks it at its best, and
        ever after. Any shapes that broadcast; with the two sides on the last axis, each side is
        judged by itself, and the deal is kept if both keep it.

    Raises
    ------
    ParameterError
        For shapes that do not fit together.
    """
    c, d, p = _stage(cooperation, deviation, punishment)
    known = ~(np.isnan(c) | np.isnan(d) | np.isnan(p))
    tempted, deterred = d > c, p < c
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(d > p, (d - c) / (d - p), np.inf)
    cases = [~known, tempted & deterred, tempted, p <= c]
    critical = np.select(cases, [np.nan, ratio, ratio, 0.0], default=np.nan)
    words = (
        EnforcementStatus.UNKNOWN,
        EnforcementStatus.PATIENCE,
        EnforcementStatus.NEVER,
        EnforcementStatus.NO_TEMPTATION,
    )
    status = np.select(
        cases, [word.value for word in words], default=EnforcementStatus.IMPATIENCE.value
    )
    return Enforcement(critical, status, c, d, p)


class HonourStatus(StrEnum):
    """Whether some transfer makes both sides keep a deal."""

    HONOURED = "some transfers would be honoured by both sides"
    NONE = "no transfer would be honoured by both sides"
    UNKNOWN = "unknown: a payoff is not known"


@dataclasses.dataclass(frozen=True, eq=False)
class Honoured:
    """Transfers from the first side to the second that both would honour, a period.

    Attributes
    ----------
    low, high : (...) arrays
        Ends of the interval; a negative transfer goes from the second side to the first. NaN where
        there is none.
    slack : (..., 2) array
        What each side could give up, a period, and still keep the deal; negative: what it needs.
    status : (...) array of str
        `HonourStatus` values.
    """

    low: Array
    high: Array
    slack: Array
    status: NDArray[np.str_]


def honoured(
    cooperation: ArrayLike,
    deviation: ArrayLike,
    punishment: ArrayLike,
    discount: ArrayLike,
    *,
    paid: str = "together",
) -> Honoured:
    """Transfers a period that both sides would honour.

    A side that breaks the deal pays nothing, at once and ever after. It gives up at most its slack
    cooperation - (1 - delta) deviation - delta punishment; where that is negative it must receive,
    and how much depends on whether it still receives in the period in which it breaks the deal.

    Parameters
    ----------
    cooperation, deviation, punishment : (..., 2) arrays
        Payoffs a period before the transfer, as in `enforcement`.
    discount : (..., 2) array
        Discount factors a period, in [0, 1).
    paid : {"together", "after"}
        `together`: transfers are made while the deal is kept or broken, so that who breaks it
        still receives once. `after`: only to a side that has kept the deal.

    Raises
    ------
    ParameterError
        For a discount factor outside [0, 1), another word for `paid`, or shapes that do not fit.
    """
    if paid not in ("together", "after"):
        raise ParameterError(f"transfers are paid '{paid}'; expected 'together' or 'after'")
    c, d, p = _stage(cooperation, deviation, punishment)
    delta = _factor(discount)
    try:
        shape = np.broadcast_shapes(c.shape, delta.shape, (2,))
    except ValueError:
        raise ParameterError(
            f"payoffs {c.shape} and discount factors {delta.shape} do not fit together; expected "
            "shapes (..., 2) that broadcast"
        ) from None
    slack = np.broadcast_to(c - (1.0 - delta) * d - delta * p, shape)
    known = ~np.isnan(slack).any(axis=-1)
    worth = delta if paid == "together" else np.ones(())  # of a unit received every period
    with np.errstate(divide="ignore", invalid="ignore"):
        gives = np.where(slack >= 0.0, slack, slack / worth)
    low, high = -gives[..., 1], gives[..., 0]
    some = known & (low <= high)
    status = np.select(
        [~known, some],
        [HonourStatus.UNKNOWN.value, HonourStatus.HONOURED.value],
        default=HonourStatus.NONE.value,
    )
    return Honoured(
        low=np.where(some, low, np.nan),
        high=np.where(some, high, np.nan),
        slack=slack,
        status=status,
    )


def _stage(*payoffs: ArrayLike) -> list[Array]:
    arrays = [np.asarray(each, dtype=float) for each in payoffs]
    try:
        return [np.asarray(each) for each in np.broadcast_arrays(*arrays)]
    except ValueError:
        shapes = ", ".join(str(each.shape) for each in arrays)
        raise ParameterError(
            f"payoffs of cooperation, deviation and punishment have shapes {shapes}; expected "
            "shapes that broadcast"
        ) from None


def _factor(discount: ArrayLike) -> Array:
    delta = np.asarray(discount, dtype=float)
    refuse(delta, ~((delta >= 0.0) & (delta < 1.0)), "discount factor", "0 or more and below 1")
    return delta
