"""The deal in the shadow of every equilibrium, not of the selected one alone."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from negotiation import bargaining
from negotiation.bargaining import AgreementSet, Talks
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
    if outcome.case.threat == POSTURE and outcome.talks is not None:
        found = _range_of_breakdowns(outcome, outcome.talks)
        if found is not None:
            return found
    every = deals(outcome)
    none = np.isnan(every).all(axis=-2)
    low = np.where(np.isnan(every), np.inf, every).min(axis=-2, initial=np.inf)
    high = np.where(np.isnan(every), -np.inf, every).max(axis=-2, initial=-np.inf)
    return np.where(none, np.nan, low), np.where(none, np.nan, high)


def _range_of_breakdowns(outcome: Outcome, talks: Talks) -> tuple[Array, Array] | None:
    """The same where talks break down into an equilibrium: each is bargained from once.

    None where a frontier is a function that has to be asked for all points together.
    """
    listing = outcome.equilibria.listing
    selected = np.asarray(outcome.agreement.concession)
    shape = selected.shape[:-1]
    count = np.broadcast_to(outcome.equilibria.count, shape)
    some = count > 0
    least = selected if some.all() else np.where(some[..., None], selected, np.nan)
    several = np.flatnonzero(listing.count > 1)
    if not len(several):
        return least, least
    if shape != outcome.game.batch_shape:
        return None
    part = listing.at(several)
    picked = _picked(talks, shape, several[part.game])
    if picked is None:
        return None
    deal = bargaining.bargain(picked, part.payoffs, outcome.case.concept)
    bounds = []
    for bound in (np.fmin, np.fmax):
        values = np.array(least).reshape(-1, 2)
        values[several] = bound.reduceat(deal.concession, part.first[:-1], axis=0)
        bounds.append(values.reshape(least.shape))
    return bounds[0], bounds[1]


def _picked(talks: Talks, shape: tuple[int, ...], games: NDArray[np.int64]) -> Talks | None:
    """Talks at some games of a batch, for a bargain from a breakdown; None: cannot be picked."""
    parts = talks.batch_shapes
    if not any(parts[name] for name in ("status_quo", "agreement", "weight")):
        return dataclasses.replace(talks, inside=None, discount=None, hazard=0.0)
    if not isinstance(talks.agreement, AgreementSet):
        return None
    index = np.unravel_index(games, shape)
    return Talks(
        talks.players,
        np.broadcast_to(np.asarray(talks.status_quo), (*shape, 2))[index],
        talks.agreement.pick(shape, index),
        np.broadcast_to(np.asarray(talks.weight), shape)[index],
    )
