"""The deal in the shadow of every equilibrium, not of the selected one alone."""

from __future__ import annotations

import numpy as np

from negotiation import bargaining
from negotiation.case import DISPUTE, POSTURE
from negotiation.games.game import Array
from negotiation.outcome.outcome import Outcome
from negotiation.outcome.threats import dispute_of


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
    each, concept = outcome.equilibria.payoffs, outcome.case.concept
    selected = np.asarray(outcome.agreement.concession)
    number = each.shape[-2]
    if number == 1 or outcome.threat.name not in (POSTURE, DISPUTE):
        there = np.arange(number) < outcome.equilibria.count[..., None]
        return np.where(there[..., None], selected[..., None, :], np.nan)
    found = np.full((*each.shape[:-1], 2), np.nan)
    for k in range(number):
        fails = each[..., k, :]
        if outcome.threat.name == DISPUTE:
            dispute = dispute_of(outcome.talks, fails)
            deal = bargaining.bargain(dispute.talks, dispute.disagreement, concept, outside=fails)
        else:
            deal = bargaining.bargain(outcome.talks, fails, concept)
        found[..., k, :] = deal.concession
    return found


def deal_range(outcome: Outcome) -> tuple[Array, Array]:
    """(..., 2) the least and the most each side gets out of the deal, over all equilibria.

    NaN where no equilibrium leaves a deal.
    """
    every = deals(outcome)
    none = np.isnan(every).all(axis=-2)
    low = np.where(np.isnan(every), np.inf, every).min(axis=-2, initial=np.inf)
    high = np.where(np.isnan(every), -np.inf, every).max(axis=-2, initial=-np.inf)
    return np.where(none, np.nan, low), np.where(none, np.nan, high)
