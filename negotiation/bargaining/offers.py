"""Alternating offers: who proposes what, round by round, and what delay and walk-outs do to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from enum import StrEnum
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.agreement_set import AgreementSet
from negotiation.bargaining.impasse import impasse, pairs, refuse
from negotiation.bargaining.reach import Frontier, reach
from negotiation.bargaining.smooth import SmoothFrontier
from negotiation.bargaining.zone import Array
from negotiation.errors import ParameterError
from negotiation.tolerances import PAYOFF_ROUNDING

Codes = NDArray[np.int64]


@dataclasses.dataclass(frozen=True, eq=False)
class Delay:
    """What it means to each side that a round passes without agreement.

    A payoff x next round is worth `meanwhile` + (1 - `loss`) x now.

    Attributes
    ----------
    loss : (..., 2) array
        Share of a future payoff that is lost, to impatience and to the risk of breakdown.
    meanwhile : (..., 2) array
        What a side gets in the round, and from a breakdown in it.
    """

    loss: Array
    meanwhile: Array

    @property
    def forever(self) -> Array:
        """Payoffs (..., 2) if the sides disagree for ever; 0 where nothing is lost or got."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found = self.meanwhile / self.loss
        return np.asarray(np.where(self.meanwhile == 0.0, 0.0, found))

    @classmethod
    def rounds(
        cls,
        factor: ArrayLike,
        *,
        breakdown: ArrayLike = 0.0,
        after: ArrayLike = 0.0,
        inside: ArrayLike = 0.0,
    ) -> Delay:
        """Delay by the round.

        Parameters
        ----------
        factor : (..., 2) array
            Discount factors a round, in [0, 1].
        breakdown : (...) array
            Probability that talks break down after a rejection.
        after : (..., 2) array
            Payoffs after a breakdown, valued at the rejection.
        inside : (..., 2) array
            Payoffs in a round without agreement, valued at its start.

        Raises
        ------
        ParameterError
            For a factor or probability outside [0, 1], or shapes that do not fit together.
        """
        f, b, g = pairs(factor=factor, after=after, inside=inside)
        p = np.asarray(breakdown, dtype=float)
        refuse(f, ~((f >= 0.0) & (f <= 1.0)), "discount factor", "a number from 0 to 1")
        refuse(p, ~((p >= 0.0) & (p <= 1.0)), "breakdown probability", "a number from 0 to 1")
        each = p[..., None]
        return cls._of((1.0 - f) + each * f, g + np.where(each > 0.0, each * b, 0.0))

    @classmethod
    def lasting(
        cls,
        period: ArrayLike,
        *,
        discount: ArrayLike,
        inside: ArrayLike = 0.0,
        hazard: ArrayLike = 0.0,
        after: ArrayLike = 0.0,
    ) -> Delay:
        """Delay of a `period` in years; the rest as in `impasse`.

        A future payoff loses 1 - exp(-(r_i + h) period), and for ever the dispute is worth d_i of
        `impasse` whatever the period.

        Raises
        ------
        ParameterError
            For a period that is not positive, and as `impasse`.
        """
        years = np.asarray(period, dtype=float)
        refuse(years, ~(np.isfinite(years) & (years > 0.0)), "period", "a positive number of years")
        dispute = impasse(inside=inside, discount=discount, hazard=hazard, after=after)
        rate = dispute.discount + np.asarray(hazard, dtype=float)[..., None]
        loss = -np.expm1(-rate * years[..., None])
        return cls._of(loss, loss * dispute.disagreement)

    @classmethod
    def _of(cls, loss: Array, meanwhile: Array) -> Delay:
        try:
            return cls(*(np.asarray(each) for each in np.broadcast_arrays(loss, meanwhile)))
        except ValueError:
            raise ParameterError(
                f"discounting {loss.shape} and payoffs without agreement {meanwhile.shape} do not "
                "fit together; expected shapes (..., 2) that broadcast"
            ) from None


class OffersStatus(StrEnum):
    """How alternating offers end; the value is what a user reads."""

    AGREED = "agreed on the first offer"
    LATER = "agreed on a later offer"
    WALKED_OUT = "no deal: a side walks out"
    DISPUTE = "no deal: the dispute goes on"
    UNKNOWN = "unknown: a payoff is not known, or no stationary equilibrium was found"


_ENDINGS = tuple(status.value for status in OffersStatus)
_AGREED, _LATER, _WALKED_OUT, _DISPUTE, _UNKNOWN = range(5)

#: What comes of a round: an accepted offer, a walk-out, or another round.
_AGREE, _WALK, _GO_ON = range(3)


@dataclasses.dataclass(frozen=True, eq=False)
class Offers:
    """Subgame perfect equilibrium of alternating offers, for either side opening.

    Attributes
    ----------
    payoffs : (..., 2, 2) array
        [who opens, whose payoff], valued at the first offer.
    accepted : (..., 2) array of bool
        Whether the first offer of each opener is accepted; it is then the payoffs.
    binding : (..., 2) array of bool
        Whether a side's walk-out, and not what it could expect from going on, sets what it must be
        offered.
    status : (..., 2) array of str
        `OffersStatus` values, by who opens.
    rounds : int or None
        None: no end.
    """

    payoffs: Array
    accepted: NDArray[np.bool_]
    binding: NDArray[np.bool_]
    status: NDArray[np.str_]
    rounds: int | None

    @property
    def first(self) -> Array:
        """Payoffs (..., 2) where the first side opens."""
        return np.asarray(self.payoffs[..., 0, :])

    @property
    def second(self) -> Array:
        """Payoffs (..., 2) where the second side opens."""
        return np.asarray(self.payoffs[..., 1, :])


def alternating(
    agreement: AgreementSet | SmoothFrontier | ArrayLike,
    delay: Delay,
    *,
    outside: ArrayLike | None = None,
    rounds: int | None = None,
    end: ArrayLike | None = None,
) -> Offers:
    """Solve a bargain in which the sides make offers in turn.

    A side accepts an offer, or rejects it and goes on, or rejects it and walks out. It must be
    offered the better of the last two, and the proposer keeps the rest if that is better for it
    than being rejected (Rubinstein 1982; Shaked and Sutton 1984; Binmore, Shaked and Sutton 1989;
    Muthoo 1999). Without end the equilibrium is stationary: it is found in closed form on straight
    frontiers, by halving on curves. With short rounds it approaches the weighted Nash solution of
    `impasse`, with walk-outs as outside options.

    Parameters
    ----------
    agreement : AgreementSet, SmoothFrontier, or (...) array
        An array is a pie shared by money.
    delay : Delay
    outside : (..., 2) array, optional
        w: what each side gets if either walks out, which a side can do when it answers an offer.
        Minus infinity for a side that cannot; if the other walks out, it gets what it would at
        the end, or in a dispute for ever.
    rounds : int, optional
        Number of offers; the side that does not open makes the last one if it is even. None: no
        end.
    end : (..., 2) array, optional
        Payoffs if the last offer is rejected, valued then. By default the dispute goes on for
        ever.

    Raises
    ------
    ParameterError
        For a number of rounds below 1, delay that costs a side nothing where there is no end, or
        shapes that do not fit together.
    """
    frontier = reach(agreement)
    if rounds is not None and rounds < 1:
        raise ParameterError(f"{rounds} rounds of offers; expected 1 or more, or None for no end")
    if rounds is None and not (delay.loss > 0.0).all():
        raise ParameterError(
            "a round without agreement costs a side nothing, so that offers without end have no "
            "one answer; expected a discount factor below 1, a risk of breakdown, or rounds"
        )
    if rounds is None and end is not None:
        raise ParameterError("offers without end have no payoffs at the end; give rounds too")
    (w,) = pairs(outside=-np.inf if outside is None else outside)
    (last,) = pairs(end=delay.forever if end is None else end)
    try:
        shape = np.broadcast_shapes(
            (*frontier.batch_shape, 2), delay.loss.shape, w.shape, last.shape
        )
    except ValueError:
        raise ParameterError(
            f"a frontier with batch {frontier.batch_shape}, delay {delay.loss.shape}, outside "
            f"options {w.shape} and payoffs at the end {last.shape} do not fit together; expected "
            "shapes (..., 2) that broadcast"
        ) from None
    refuse(w, np.isposinf(w), "outside option", "a number, or minus infinity for none")
    told = (delay.loss, delay.meanwhile, w, last)
    loss, meanwhile, w, last = (np.broadcast_to(each, shape) for each in told)
    talks = _Process(frontier, loss, meanwhile, w, np.where(np.isneginf(w), last, w))
    with np.errstate(invalid="ignore"):
        found = talks.without_end() if rounds is None else talks.backward(rounds, last)
    known = ~np.isnan(found.values).any(axis=(-2, -1)) & frontier.known
    known = known & ~np.isnan(loss + meanwhile + np.where(np.isinf(w), 0.0, w)).any(axis=-1)
    ending = np.where(known[..., None], found.ending, _UNKNOWN)
    return Offers(
        payoffs=np.where(known[..., None, None], found.values, np.nan),
        accepted=ending == _AGREED,
        binding=found.binding & known[..., None],
        status=np.array(_ENDINGS)[ending],
        rounds=rounds,
    )


@dataclasses.dataclass(frozen=True, eq=False)
class _State:
    """Values (..., opener, side), and by opener what comes of the round and of the talks."""

    values: Array
    outcome: Codes
    ending: Codes
    binding: NDArray[np.bool_]  # by side


@dataclasses.dataclass(frozen=True, eq=False)
class _Process:
    """The rules, with every array broadcast to (..., 2)."""

    frontier: Frontier
    loss: Array
    meanwhile: Array
    outside: Array
    broken_off: Array  # what each side gets once one has walked out

    def go_on(self, following: Array) -> Array:
        """Worth (..., 2) now of payoffs (..., 2) in the next round."""
        return np.asarray(self.meanwhile + (following - self.loss * following))

    def play(self, following: Array, fate: Codes) -> _State:
        """One round, from what follows it: (..., opener, side) values and (..., opener) endings."""
        values, outcomes, endings, binding = [], [], [], []
        for proposer in (0, 1):
            responder = 1 - proposer
            later = self.go_on(following[..., responder, :])
            walks = self.outside[..., responder] > later[..., responder]
            rejected = np.where(walks[..., None], self.broken_off, later)
            asked, alternative = rejected[..., responder], rejected[..., proposer]
            kept = self.frontier.best(proposer, asked)
            size = np.abs(np.where(np.isfinite(rejected), rejected, 0.0)).max(axis=-1)
            agree = kept >= alternative - PAYOFF_ROUNDING * size
            offer = self.offer(proposer, np.where(agree, kept, alternative), asked)
            carried = np.where(fate[..., responder] == _AGREED, _LATER, fate[..., responder])
            values.append(np.where(agree[..., None], offer, rejected))
            outcomes.append(np.where(agree, _AGREE, np.where(walks, _WALK, _GO_ON)))
            endings.append(np.where(agree, _AGREED, np.where(walks, _WALKED_OUT, carried)))
            binding.append(walks)
        return _State(
            np.stack(values, axis=-2),
            np.stack(outcomes, axis=-1),
            np.stack(endings, axis=-1),
            np.stack(binding[::-1], axis=-1),
        )

    def offer(self, proposer: int, kept: Array, asked: Array) -> Array:
        """Payoffs (..., 2): at the end of a frontier the responder gets more than it asks for."""
        given = np.maximum(asked, self.frontier.floor(1 - proposer))
        return np.stack([kept, given] if proposer == 0 else [given, kept], axis=-1)

    def backward(self, rounds: int, end: Array) -> _State:
        """A number of rounds, by backward induction from payoffs (..., 2) after the last."""
        nothing = np.zeros_like(end)
        at_end = dataclasses.replace(self, loss=nothing, meanwhile=nothing)
        state = at_end.play(np.stack([end, end], axis=-2), np.full(end.shape, _DISPUTE))
        for _ in range(rounds - 1):
            state = self.play(state.values, state.ending)
        return state

    def without_end(self) -> _State:
        """The stationary equilibrium: candidates, each checked by a round of the game."""
        shape = self.loss.shape
        values, ending = np.full((*shape, 2), np.nan), np.full(shape, _UNKNOWN)
        outcome, binding = np.full(shape, _GO_ON), np.zeros(shape, dtype=bool)
        open_ = np.ones(shape[:-1], dtype=bool)
        for outcomes, candidate in self.candidates():
            fate = np.broadcast_to(_fate(outcomes), shape)
            state = self.play(candidate, fate)
            new = open_ & (state.outcome == np.asarray(outcomes)).all(axis=-1)
            new &= np.isfinite(candidate).all(axis=(-2, -1))
            values = np.where(new[..., None, None], candidate, values)
            ending = np.where(new[..., None], state.ending, ending)
            outcome = np.where(new[..., None], state.outcome, outcome)
            binding = np.where(new[..., None], state.binding, binding)
            open_ &= ~new
            if not open_.any():
                break
        return _State(values, outcome, ending, binding)

    def candidates(self) -> Iterator[tuple[tuple[int, int], Array]]:
        """What may come of a round by who opens, and the values (..., opener, side) if it does."""
        forever = self.meanwhile / self.loss
        yield (_AGREE, _AGREE), self.at_once(forever)
        for first, second in product((_WALK, _GO_ON, _AGREE), repeat=2):
            outcomes = (first, second)
            if outcomes != (_AGREE, _AGREE):
                yield outcomes, self.settled(outcomes, forever)

    def at_once(self, forever: Array) -> Array:
        """Values where both sides' first offers are accepted.

        The first side's proposal x solves x = H(x), where H rises more slowly than x: without
        walk-outs at x0 of `Frontier.rest`. A walk-out of the second side caps H, one of the first
        puts a floor under it, and so they do to the solution.
        """
        best, (w1, w2) = self.frontier.best, (self.outside[..., side] for side in (0, 1))
        x1 = self.frontier.rest(forever, self.loss)
        left = best(1, w1)  # to the second side, if the first gets what its walk-out is worth
        held = np.isfinite(w1) & np.isfinite(left)
        asked = self.go_on(np.where(held[..., None], left[..., None], 0.0))[..., 1]
        x1 = np.maximum(x1, np.where(held, best(0, asked), -np.inf))
        x1 = np.minimum(x1, best(0, w2))
        y1 = np.maximum(self.go_on(x1[..., None])[..., 0], w1)
        y2 = best(1, y1)
        x2 = np.maximum(self.go_on(y2[..., None])[..., 1], w2)
        x1 = best(0, x2)
        values = np.stack([self.offer(0, x1, x2), self.offer(1, y2, y1)], axis=-2)
        # Where disagreement is better than any agreement, only a walk-out can bring one about.
        later = self.go_on(values.diagonal(axis1=-2, axis2=-1))
        walks = (self.outside > later).any(axis=-1)
        gap = best(0, forever[..., 1]) - forever[..., 0]
        inside = gap >= -PAYOFF_ROUNDING * np.abs(forever).max(axis=-1)
        return np.where((inside | walks)[..., None, None], values, np.nan)

    def settled(self, outcomes: tuple[int, int], forever: Array) -> Array:
        """Values where at least one side's first offer is rejected."""
        opening = [self.broken_off if each == _WALK else None for each in outcomes]
        if outcomes == (_GO_ON, _GO_ON):
            opening = [forever, forever]
        for proposer in (0, 1):
            if outcomes[proposer] != _AGREE:
                continue
            responder = 1 - proposer
            following = opening[responder]
            # If the responder's own proposal only leads back here, it waits for ever or walks out.
            later = forever if following is None else self.go_on(following)
            asked = np.maximum(later[..., responder], self.outside[..., responder])
            opening[proposer] = self.offer(proposer, self.frontier.best(proposer, asked), asked)
        for here, other in ((0, 1), (1, 0)):
            if opening[here] is None:
                opening[here] = self.go_on(np.asarray(opening[other]))
        return np.stack([np.asarray(each) for each in opening], axis=-2)


def _fate(outcomes: tuple[int, int]) -> list[int]:
    """How talks end, by who opens, if rounds go on as given."""
    ends = {_AGREE: _AGREED, _WALK: _WALKED_OUT}
    fate = []
    for own, other in (outcomes, outcomes[::-1]):
        later = _LATER if other == _AGREE else ends.get(other, _DISPUTE)
        fate.append(ends.get(own, later))
    return fate
