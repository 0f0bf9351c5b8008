"""The deal in the shadow of every equilibrium, not of the selected one alone."""

from __future__ import annotations

import dataclasses

import numpy as np

from negotiation import bargaining
from negotiation.case import DISPUTE, POSTURE, STATUS_QUO, own_threat
from negotiation.games.game import Array
from negotiation.outcome.outcome import Outcome
from negotiation.outcome.threats import dispute_of, threat_point


def deals(outcome: Outcome) -> Array:
    """(..., K, 2) what each side gets out of the deal if equilibrium k is what it ends in.

    Counted from the status quo; NaN where there is no deal and beyond the number of equilibria.
    Under a threat point that no equilibrium moves all K are alike.

    Raises
    ------
    ValueError
        For an outcome without talks.
    """
    if outcome.talks is None:
        raise ValueError("an outcome without talks has no deals")
    case, found = outcome.case, outcome.equilibria
    selected = np.asarray(outcome.agreement.concession)
    number = found.payoffs.shape[-2]
    if number == 1 or case.threat == STATUS_QUO or own_threat(case.model, case.threat):
        there = np.arange(number) < found.count[..., None]
        return np.where(there[..., None], selected[..., None, :], np.nan)
    every = np.full((*found.payoffs.shape[:-1], 2), np.nan)
    for k in range(number):
        ends = dataclasses.replace(
            outcome.selection,
            payoffs=found.payoffs[..., k, :],
            strategies=tuple(own[..., k, :] for own in found.strategies),
        )
        dispute = None if case.threat == POSTURE else dispute_of(outcome.talks, ends.payoffs)
        lasting = dispute if case.threat == DISPUTE else None
        fails = threat_point(case, outcome.talks, ends, outcome.certified, dispute)
        deal = bargaining.bargain(
            lasting.talks if lasting else outcome.talks,
            fails.payoffs,
            case.concept,
            outside=ends.payoffs if lasting else None,
        )
        every[..., k, :] = deal.concession
    return every


def deal_range(outcome: Outcome) -> tuple[Array, Array]:
    """(..., 2) the least and the most each side gets out of the deal, over all equilibria.

    NaN where no equilibrium leaves a deal.
    """
    every = deals(outcome)
    none = np.isnan(every).all(axis=-2)
    low = np.where(np.isnan(every), np.inf, every).min(axis=-2, initial=np.inf)
    high = np.where(np.isnan(every), -np.inf, every).max(axis=-2, initial=-np.inf)
    return np.where(none, np.nan, low), np.where(none, np.nan, high)
