"""L7, the price of leverage: what more of it does to the chance of a deal, and to keeping it.

A stronger fallback moves the deal. It also leaves less to share, so that a side that does not know
the other's fallback exactly risks more by a stingy offer, and it makes falling back less of a
punishment, so that a deal that nobody enforces needs more patience.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining import (
    Agreement,
    AgreementSet,
    Enforcement,
    TakeItOrLeaveIt,
    Talks,
    enforcement,
    take_it_or_leave_it,
)
from negotiation.bargaining.beliefs import uniform
from negotiation.bargaining.repeated import EnforcementStatus
from negotiation.games.game import Array, Game
from negotiation.tolerances import ZERO_LOSS
from negotiation.words import StatusEnum

#: Half-width of what the other side believes a walk-out to be worth, as a share of the no-deal
#: loss: a judgement, printed with every number that rests on it.
SPREAD = 0.25


class KeepingStatus(StatusEnum):
    """Why it cannot be said what keeps a deal; the value is what a user reads."""

    NO_PROFILE = "undefined", "no profile of the game has the payoffs of the talks' status quo"
    NO_DEAL = "undefined", "there is no deal to keep"
    PLAYERS = "undefined", "for games of two players, the sides of the talks"


@dataclasses.dataclass(frozen=True, eq=False)
class Position:
    """What L7 is computed from.

    Attributes
    ----------
    game : Game
    talks : Talks
    agreement : Agreement
        The deal whose price is asked for.
    fallback : (..., 2) array
        What each side has once talks have failed: the selected equilibrium of the game.
    """

    game: Game
    talks: Talks
    agreement: Agreement
    fallback: Array


@dataclasses.dataclass(frozen=True, eq=False)
class Risk:
    """An offer to a side whose walk-out the other knows within a range only.

    Attributes
    ----------
    offer : TakeItOrLeaveIt
        `offer.breakdown` (...) is the probability of no deal. NaN where it is not defined.
    spread : (...) array
        Half-width of the range.
    bites_from : (...) array
        Half-width above which the best offer may be refused: a third of the surplus.
    """

    offer: TakeItOrLeaveIt
    spread: Array
    bites_from: Array

    @property
    def probability(self) -> Array:
        """Probability (...) of no deal."""
        return self.offer.breakdown


@dataclasses.dataclass(frozen=True, eq=False)
class Price:
    """What a move of a lever gains its owner in the deal, and what that costs in risk.

    Attributes
    ----------
    gained : (...) array
        Change of the owner's Delta.
    before, after : Risk
    kept_before, kept_after : Enforcement
        (..., 2): each side's critical discount factor.
    risk_per_unit : (...) array
        Change in the probability of no deal per unit of Delta gained. NaN where nothing is gained.
    patience_per_unit : (..., 2) array
        Change in each side's critical discount factor per unit of Delta gained.
    """

    gained: Array
    before: Risk
    after: Risk
    kept_before: Enforcement
    kept_after: Enforcement
    risk_per_unit: Array
    patience_per_unit: Array

    @property
    def unknown(self) -> EnforcementStatus | KeepingStatus | None:
        """Why it cannot be said at a point what keeps the deal; None where it can."""
        for kept in (self.kept_before, self.kept_after):
            for status in kept.status[~np.isfinite(kept.critical)]:
                own = status in list(KeepingStatus)
                return KeepingStatus(status) if own else EnforcementStatus(status)
        return None


def transferable(talks: Talks) -> bool:
    """Whether the sides can share a sum of money freely, which an offer in money needs."""
    return bool(np.isfinite(_total(talks)).all())


def _total(talks: Talks) -> Array:
    """(...) sum of money that the sides can share as they like; NaN where they cannot."""
    agreement = talks.agreement
    if not isinstance(agreement, AgreementSet) or agreement.start.shape[-2] != 1:
        return np.asarray(np.nan)
    free = np.isinf(agreement.low) & np.isinf(agreement.high)
    straight = agreement.direction.sum(axis=-1) == 0.0
    return np.where(free & straight, agreement.start.sum(axis=-1), np.nan)[..., 0]


def risk(at: Position, side: int, spread: ArrayLike | None = None) -> Risk:
    """Probability of no deal where the other side makes one offer and `side` may walk out.

    The other side believes w ~ U[w - spread, w + spread] (Fearon 1995). With surplus S the
    probability is 3/4 - S / (4 spread), between 0 and 1: none while the spread is below S / 3.

    Parameters
    ----------
    side : int
        Whose fallback is known within a range only.
    spread : (...) array, optional
        Half-width of the range, money; `SPREAD` of the side's no-deal loss where not given.
    """
    fallback = np.asarray(at.fallback, dtype=float)
    if spread is None:
        quo = np.asarray(at.talks.status_quo, dtype=float)
        spread = SPREAD * np.abs(quo - fallback)[..., side]
    w, proposer = fallback[..., side], fallback[..., 1 - side]
    half = np.broadcast_to(np.asarray(spread, dtype=float), w.shape)
    total = _total(at.talks)
    known = np.isfinite(w) & np.isfinite(half)
    safe = np.where(known, half, 0.0)
    offer = take_it_or_leave_it(
        np.where(known, total, np.nan), proposer, uniform(-safe, safe), common=w
    )
    return Risk(offer, np.array(half), np.maximum(total - proposer - w, 0.0) / 3.0)


def keeping(at: Position) -> Enforcement:
    """Critical discount factors (..., 2) of a deal in the repeated game.

    In the deal both play the profile that is the talks' status quo, and one side pays the other.
    A deviation is a best reply to the other's action of that profile, one's own payment withheld
    and the other's received; it is punished by the game's selected equilibrium for ever
    (Friedman 1971).
    """
    keep, punish = np.broadcast_arrays(at.agreement.payoffs, at.fallback)
    if len(at.game.players) != 2:
        return _undefined(keep, punish, KeepingStatus.PLAYERS)
    batch = keep.shape[:-1]
    payoffs = np.broadcast_to(at.game.payoffs, (*batch, *at.game.payoffs.shape[-3:]))
    quo = np.broadcast_to(np.asarray(at.talks.status_quo, dtype=float), keep.shape)
    scale = ZERO_LOSS * np.abs(payoffs).max(axis=(-3, -2, -1))
    apart = np.abs(payoffs - quo[..., None, None]).max(axis=-3)
    same = (apart <= scale[..., None, None]).reshape(*batch, -1)
    there = same.any(axis=-1, keepdims=True)
    row, column = np.divmod(same.argmax(axis=-1), payoffs.shape[-1])
    replies = (
        np.take_along_axis(payoffs[..., 0, :, :], column[..., None, None], axis=-1),
        np.take_along_axis(payoffs[..., 1, :, :], row[..., None, None], axis=-2),
    )
    best = np.stack([each.max(axis=(-2, -1)) for each in replies], axis=-1)
    with np.errstate(invalid="ignore"):
        deviate = np.where(there, best + np.maximum(keep - quo, 0.0), np.nan)
    found = enforcement(keep, deviate, punish)
    none = np.isnan(keep).any(axis=-1, keepdims=True)
    status = np.where(there, found.status, KeepingStatus.NO_PROFILE.value)
    return dataclasses.replace(found, status=np.where(none, KeepingStatus.NO_DEAL.value, status))


def _undefined(keep: Array, punish: Array, why: KeepingStatus) -> Enforcement:
    blank = np.full(keep.shape, np.nan)
    return Enforcement(blank, np.full(keep.shape, why.value), keep, blank, punish)


def price(here: Position, moved: Position, side: int, spread: ArrayLike | None = None) -> Price:
    """Compute L7 of a move of a lever that `side` owns: two positions, before and after it.

    The other side's uncertainty, its half-width in money, is that of `here` at both: a lever that
    is seen to be pulled is no less known than the rest.
    """
    before = risk(here, side, spread)
    after = risk(moved, side, before.spread)
    kept = keeping(here), keeping(moved)
    gained = moved.agreement.concession[..., side] - here.agreement.concession[..., side]
    some = np.where(gained == 0.0, np.nan, gained)
    with np.errstate(invalid="ignore"):
        patience = kept[1].critical - kept[0].critical
    return Price(
        gained=np.asarray(gained),
        before=before,
        after=after,
        kept_before=kept[0],
        kept_after=kept[1],
        risk_per_unit=(after.probability - before.probability) / some,
        patience_per_unit=patience / some[..., None],
    )
