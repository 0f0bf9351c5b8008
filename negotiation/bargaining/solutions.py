"""Axiomatic solutions of a bargaining problem, for whole batches at once.

Each is a function of the part of the frontier at which both sides gain.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.agreement_set import AgreementSet
from negotiation.bargaining.smooth import SmoothFrontier
from negotiation.bargaining.talks import Array, Talks
from negotiation.bargaining.zone import Zone
from negotiation.coded import Coded, coded, worded
from negotiation.errors import ModelError, ParameterError, nearest
from negotiation.games.game import across
from negotiation.registry import Registered, Registry, numbers
from negotiation.tolerances import EVEN_SLOPE, PAYOFF_ROUNDING, ZERO_LOSS
from negotiation.words import StatusEnum, brief


class AgreementStatus(StatusEnum):
    """How a bargain ended; the value is what a user reads."""

    AGREED = "agreed"
    NO_SURPLUS = "no deal", "no agreement makes both sides better off than the disagreement point"
    OUTSIDE = "no deal", "no agreement gives both sides as much as their outside options"
    UNKNOWN = "unknown", "there is no certified disagreement point"
    UNKNOWN_OUTSIDE = "unknown", "an outside option is not known"
    NOT_SOLVED = "not solved", "the solution of this concept did not converge"


@worded("status")
@dataclasses.dataclass(frozen=True, eq=False)
class Agreement:
    """A solution of a bargaining problem by a named concept.

    Attributes
    ----------
    concept : str
    payoffs : (..., 2) array
        NaN where there is no deal.
    disagreement : (..., 2) array
    concession : (..., 2) array
        Delta = u - s: what a side gains against the status quo; negative is what it gives.
    surplus : (...) array
        Sum of the gains over disagreement.
    status : (...) array of str
        `AgreementStatus` values.
    binding : (..., 2) array of bool
        Whose outside option binds: it is worth more than the deal that the concept alone would
        give. Both where the outside options are why there is no deal.
    """

    concept: str
    payoffs: Array
    disagreement: Array
    concession: Array
    surplus: Array
    status: NDArray[np.str_]
    binding: NDArray[np.bool_]


#: The concept that needs a ray.
PROPORTIONAL = "proportional"

#: What both sides gain, (..., 2), in a zone of agreement, with a weight (...) for the first side.
Concept = Callable[[Zone, Array], Array]


def _gains(concept: Registered[Concept], gains: Any, asked: tuple[Any, ...]) -> Array:
    """Refuse gains that are of another shape, or that no agreement gives; NaN: not solved."""
    zone: Zone = asked[0]
    try:
        found = numbers(gains, zone.best.shape)
    except (TypeError, ValueError):
        raise ModelError(
            f"{concept.title} returned {brief(gains)}; expected the gains of both sides, of shape "
            f"{zone.best.shape}"
        ) from None
    least = -ZERO_LOSS * zone.best
    with np.errstate(invalid="ignore"):
        short = zone.given(0, found[..., 0]) < found[..., 1] + least[..., 1]
        wrong = (zone.best > 0.0).all(axis=-1) & ((found < least).any(axis=-1) | short)
    if wrong.any():
        one, two = found[wrong][0]
        raise ModelError(
            f"{concept.title} returned gains of {one:g} and {two:g}; expected gains of 0 or more "
            "that an agreement gives"
        )
    return found


#: Single-valued concepts that treat both sides alike (but for the weight in Nash's).
CONCEPTS: Registry[Concept] = Registry(
    "bargaining concept", ("zone", "weight"), _gains, reserved=PROPORTIONAL
)
register_concept = CONCEPTS.register


@register_concept("nash")
def _nash(zone: Zone, weight: Array) -> Array:
    """Maximise gain1 ** w * gain2 ** (1 - w) (Nash 1950; weighted: Kalai 1977)."""
    w = weight[..., None]
    return zone.turn(lambda x, y, dx, dy: w * dx * y + (1.0 - w) * dy * x)


def _along(zone: Zone, ray: Array) -> Array:
    """Largest gains proportional to `ray` (..., 2), with free disposal."""
    first, second = ray[..., None, 0], ray[..., None, 1]
    points = zone.turn(lambda x, y, dx, dy: first * y - second * x)
    # Off the ends of the frontier the ray leaves the set where it meets a side's best gain.
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(ray > 0.0, points / ray, np.inf)
        return np.asarray(np.minimum(scale[..., 0], scale[..., 1])[..., None] * ray)


@register_concept("kalai_smorodinsky")
def _kalai_smorodinsky(zone: Zone, weight: Array) -> Array:
    """Gains in proportion to the largest each could have (Kalai and Smorodinsky 1975)."""
    del weight
    return _along(zone, zone.best)


@register_concept("egalitarian")
def _egalitarian(zone: Zone, weight: Array) -> Array:
    """Equal gains, the largest there are (Kalai 1977)."""
    del weight
    return _along(zone, np.ones_like(zone.best))


@register_concept("perles_maschler")
def _perles_maschler(zone: Zone, weight: Array) -> Array:
    """Point that parts the frontier into equal integrals of sqrt(-du1 du2).

    The super-additive solution (Perles and Maschler 1981).
    """
    del weight
    return zone.halving()


#: What is left to gain falls by half each time or faster, so that these are enough for 1e-15 of it.
_RAIFFA_STEPS = 60


@register_concept("raiffa_discrete")
def _raiffa_discrete(zone: Zone, weight: Array) -> Array:
    """Half-way to the ideal point, and again from there, to the frontier (Raiffa 1953).

    From an interim agreement each side could still gain as much as the other has not secured: that
    is the ideal point.
    """
    del weight
    at = np.zeros_like(zone.best)
    with np.errstate(invalid="ignore"):
        for _ in range(_RAIFFA_STEPS):
            ideal = np.stack([zone.given(1, at[..., 1]), zone.given(0, at[..., 0])], axis=-1)
            # A bargain with nothing left to gain stays as it is, whatever else is in its batch.
            left = np.asarray((ideal - at > 1e-15 * zone.best).all(axis=-1))
            if not left.any():
                break
            at = np.where(left[..., None], (at + ideal) / 2.0, at)
    return at


@register_concept("raiffa_continuous")
def _raiffa_continuous(zone: Zone, weight: Array) -> Array:
    """End of the path that always heads for the ideal point (Raiffa 1953; Livne 1989)."""
    del weight
    return zone.conciliation()


#: What concepts are called in a sentence, before "solution".
CALLED = {
    "nash": "Nash",
    "kalai_smorodinsky": "Kalai-Smorodinsky",
    "egalitarian": "egalitarian",
    "perles_maschler": "Perles-Maschler",
    "raiffa_discrete": "discrete Raiffa",
    "raiffa_continuous": "continuous Raiffa",
}

#: The concepts over which a score's spread is reported.
SPREAD = ("nash", "kalai_smorodinsky", "egalitarian")


@worded("status")
@dataclasses.dataclass(frozen=True, eq=False)
class Problem:
    """A bargaining problem with its disagreement point, on one batch shape.

    Attributes
    ----------
    disagreement, status_quo : (..., 2) arrays
    weight : (...) array
    zone : Zone
        Seen from the disagreement point, or from zero where that is not known.
    agreed : (...) array of bool
        Whether both sides can gain.
    status : (...) array of str
        `AgreementStatus` values.
    """

    disagreement: Array
    status_quo: Array
    weight: Array
    zone: Zone
    agreed: NDArray[np.bool_]
    status: NDArray[np.str_]

    @classmethod
    def of(cls, talks: Talks, disagreement: ArrayLike, *more: Array) -> Problem:
        """Bring talks, disagreement points and arrays that only add batch axes to one shape.

        Raises
        ------
        ParameterError
            For a weight outside (0, 1).
        """
        d = np.asarray(disagreement, dtype=float)
        shape = np.broadcast_shapes(
            d.shape,
            *(np.shape(each) for each in more),
            np.shape(talks.status_quo),
            (*talks.agreement.batch_shape, 2),
            (*np.shape(talks.weight), 2),
        )
        d, status_quo = np.broadcast_to(d, shape), np.broadcast_to(talks.status_quo, shape)
        weight = np.asarray(talks.weight, dtype=float)
        excluded = weight[~((weight > 0.0) & (weight < 1.0))]
        if excluded.size:
            raise ParameterError(
                f"bargaining weight {excluded.flat[0]:g} is out of range; expected more than 0 and "
                "less than 1"
            )
        weight = np.broadcast_to(weight, shape[:-1])
        known = across(np.logical_and, np.isfinite(d))
        here = d if known.all() else np.where(known[..., None], d, 0.0)
        zone = talks.agreement.zone(here)
        known = known & zone.known
        # Gains no larger than rounding in the payoffs are no surplus; each side in its own units.
        agreed = known & across(np.logical_and, zone.best > ZERO_LOSS * np.abs(here))
        status = Coded.first(
            [agreed, known],
            [AgreementStatus.AGREED, AgreementStatus.NO_SURPLUS],
            AgreementStatus.UNKNOWN,
            shape[:-1],
        )
        return cls(d, status_quo, weight, zone, agreed, status.as_field())


def bargain(
    talks: Talks,
    disagreement: ArrayLike,
    concept: str = "nash",
    outside: ArrayLike | None = None,
    ray: ArrayLike | None = None,
) -> Agreement:
    """Solve a bargaining problem from a disagreement point.

    Parameters
    ----------
    talks : Talks
    disagreement : (..., 2) array
        d: what each side gets without a deal. NaN where it is not known.
    concept : str
        One of `CONCEPTS`, or `proportional`. Nash, Kalai-Smorodinsky, Perles-Maschler and Raiffa
        do not depend on the scale of either side's payoff, so a country's size does not enter them.
    outside : (..., 2) array, optional
        w: what each side gets by walking out for good. It moves nothing until it is worth more
        than the deal; then its owner gets exactly that, and the other side the best that is left
        ("deal me out", Binmore, Shaked and Sutton 1989). Minus infinity where a side has no such
        option.
    ray : (..., 2) array, optional
        For `proportional` only: gains are in these proportions (Kalai 1977), such as each side's
        income.

    Raises
    ------
    ParameterError
        For an unknown concept, a weight outside (0, 1), or a ray that is missing or not positive.
    """
    if not isinstance(concept, str) or (concept not in CONCEPTS and concept != PROPORTIONAL):
        choices = (*CONCEPTS, PROPORTIONAL)
        raise ParameterError(
            f"bargaining concept '{concept}' is unknown{nearest(concept, choices)}; "
            f"choose from {', '.join(choices)}"
        )
    towards = _ray(concept, ray)
    w = None if outside is None else np.asarray(outside, dtype=float)
    more = () if w is None else (w,)
    return _solved(talks, Problem.of(talks, disagreement, towards, *more), concept, w, towards)


def bargains(
    talks: Talks,
    disagreement: ArrayLike,
    concepts: Iterable[str],
    outside: ArrayLike | None = None,
) -> dict[str, Agreement]:
    """Solve a bargaining problem by several concepts, each one of `CONCEPTS`; see `bargain`."""
    w = None if outside is None else np.asarray(outside, dtype=float)
    problem = Problem.of(talks, disagreement, *(() if w is None else (w,)))
    return {concept: _solved(talks, problem, concept, w) for concept in concepts}


def conceded(
    talks: Talks, disagreement: Array, concept: str, side: int | NDArray[np.int64]
) -> Array:
    """(...) what a side gains in the deal against the status quo: of `bargain`, without the rest.

    Where money is shared without limit so is the surplus, by shares that the concept gives.

    Parameters
    ----------
    side : int or (...) array of int
        0 or 1.
    """
    if not isinstance(side, int):
        sides = [conceded(talks, disagreement, concept, each) for each in (0, 1)]
        return np.where(side == 0, *sides)
    agreement = talks.agreement
    if concept not in CALLED or not (
        isinstance(agreement, AgreementSet) and agreement.unlimited_money
    ):
        return np.asarray(bargain(talks, disagreement, concept).concession[..., side])
    start, quo = agreement.start[..., 0, :], np.asarray(talks.status_quo)
    mine, theirs = disagreement[..., side], disagreement[..., 1 - side]
    power = np.asarray(talks.weight if concept == "nash" else 0.5)
    power = power if side == 0 else 1.0 - power
    least = ZERO_LOSS * np.maximum(np.abs(mine), np.abs(theirs))
    with np.errstate(invalid="ignore"):
        surplus = (start[..., side] - mine) + (start[..., 1 - side] - theirs)
        agreed = (surplus > least) & (surplus < np.inf)
        gained = mine + power * surplus - quo[..., side]
    return np.asarray(gained if agreed.all() else np.where(agreed, gained, np.nan))


def _solved(
    talks: Talks,
    problem: Problem,
    concept: str,
    outside: Array | None,
    towards: Array | None = None,
) -> Agreement:
    """Solve a problem by one concept."""
    d, zone = problem.disagreement, problem.zone
    with np.errstate(invalid="ignore"):
        if concept == PROPORTIONAL:
            assert towards is not None
            gains = _along(zone, np.broadcast_to(towards, d.shape))
        else:
            gains = CONCEPTS[concept](zone, problem.weight)
    if outside is None:
        return _inside(problem, concept, gains)
    w = np.broadcast_to(outside, d.shape)
    certain = ~np.isnan(w).any(axis=-1)
    solved = np.asarray(problem.agreed & certain)
    # Where there is nothing to gain on d, staying in the talks is worth d for ever, and a side
    # that would rather walk out can still be bought off by an agreement.
    dispute = np.asarray(coded(problem, "status").among(AgreementStatus.NO_SURPLUS) & certain)
    staying = np.where(solved[..., None], d + gains, np.where(dispute[..., None], d, np.nan))
    missing = np.asarray(solved & np.isnan(staying).any(axis=-1))
    payoffs, binding, fits = _deal_me_out(talks.agreement, d, staying, w)
    bought = dispute & binding.any(axis=-1) & fits
    payoffs = np.where((dispute & ~bought)[..., None], np.nan, payoffs)
    gains = np.where(solved[..., None] & ~binding.any(axis=-1, keepdims=True), gains, payoffs - d)
    return Agreement(
        concept=concept,
        payoffs=payoffs,
        disagreement=d,
        concession=payoffs - problem.status_quo,
        surplus=gains.sum(axis=-1),
        status=np.select(
            [missing, ~fits, ~certain, bought],
            [
                AgreementStatus.NOT_SOLVED.value,
                AgreementStatus.OUTSIDE.value,
                AgreementStatus.UNKNOWN_OUTSIDE.value,
                AgreementStatus.AGREED.value,
            ],
            default=problem.status,
        ),
        binding=binding,
    )


def _inside(problem: Problem, concept: str, gains: Array) -> Agreement:
    """The agreement that gains make where nobody has an outside option."""
    d, solved, status = problem.disagreement, problem.agreed, coded(problem, "status")
    if not solved.all():
        gains = np.where(solved[..., None], gains, np.nan)
    payoffs = d + gains
    missing = solved & ~across(np.logical_and, ~np.isnan(payoffs))
    if missing.any():
        status = Coded.of(np.where(missing, AgreementStatus.NOT_SOLVED.value, status.text))
    return Agreement(
        concept=concept,
        payoffs=payoffs,
        disagreement=d,
        concession=payoffs - problem.status_quo,
        surplus=gains[..., 0] + gains[..., 1],
        status=status.as_field(),
        binding=np.broadcast_to(np.False_, d.shape),
    )


def _ray(concept: str, ray: ArrayLike | None) -> Array:
    """Check the ray of the proportional solution; nothing for other concepts."""
    if (ray is None) != (concept != PROPORTIONAL):
        needs = "needs a" if ray is None else "takes no"
        raise ParameterError(
            f"bargaining concept '{concept}' {needs} ray; give one with '{PROPORTIONAL}' only, "
            "such as ray=(2000, 28000) for gains in proportion to income"
        )
    if ray is None:
        return np.ones(2)
    towards = np.asarray(ray, dtype=float)
    if not (np.isfinite(towards) & (towards > 0.0)).all():
        raise ParameterError(
            f"the ray of a proportional solution is {np.array2string(towards, threshold=4)}; "
            "expected two positive numbers for each problem"
        )
    return towards


@dataclasses.dataclass(frozen=True, eq=False)
class Utilitarian:
    """All agreements with the largest sum of payoffs: a segment of the frontier, or one point.

    Attributes
    ----------
    ends : (..., 2, 2) array
        The end that is best for the second side, then the one best for the first; payoffs of both
        sides. NaN where there is no deal.
    total : (...) array
        The sum of payoffs.
    status : (...) array of str
        `AgreementStatus` values.
    """

    ends: Array
    total: Array
    status: NDArray[np.str_]


def utilitarian(talks: Talks, disagreement: ArrayLike) -> Utilitarian:
    """Find the agreements at which neither side loses with the largest sum of payoffs.

    Payoffs are added up, so that their scales matter; with money dollar for dollar every efficient
    agreement is one. Parameters as in `bargain`.
    """
    problem = Problem.of(talks, disagreement)

    def least(x: Array, y: Array, dx: Array, dy: Array) -> Array:
        return dx + dy - EVEN_SLOPE * (dx - dy)

    def most(x: Array, y: Array, dx: Array, dy: Array) -> Array:
        return dx + dy + EVEN_SLOPE * (dx - dy)

    gains = [problem.zone.turn(balance) for balance in (least, most)]
    ends = problem.disagreement[..., None, :] + np.stack(gains, axis=-2)
    ends = np.where(problem.agreed[..., None, None], ends, np.nan)
    return Utilitarian(ends, ends.sum(axis=-1).max(axis=-1), problem.status)


def _deal_me_out(
    agreement: AgreementSet | SmoothFrontier, d: Array, payoffs: Array, outside: Array
) -> tuple[Array, NDArray[np.bool_], NDArray[np.bool_]]:
    """Payoffs given outside options, whose bind, and whether there is an agreement that fits."""
    binding = outside > payoffs
    if not binding.any():
        return payoffs, binding, np.ones(binding.shape[:-1], dtype=bool)
    # Once one side would rather walk out, the other can be pressed below d, down to its own w: if
    # it refuses, it gets that. A side without an outside option is not pressed below d.
    floor = np.where(np.isfinite(outside), np.fmin(d, outside), d)
    floor = np.where(np.isfinite(floor), floor, 0.0)
    zone = agreement.zone(floor)
    # What the other side can have at most if one gets its outside option.
    left = np.stack(
        [floor[..., 1 - i] + zone.given(i, outside[..., i] - floor[..., i]) for i in (1, 0)],
        axis=-1,
    )
    bound = np.where(binding, outside, np.where(binding[..., ::-1], left, payoffs))
    slack = PAYOFF_ROUNDING * np.maximum(np.abs(outside), np.abs(d)).max(axis=-1, keepdims=True)
    slack = np.where(np.isfinite(slack), slack, 0.0)
    short = binding[..., ::-1] & (left < np.where(np.isfinite(outside), outside, d) - slack)
    fits = np.asarray(~short.any(axis=-1))
    binding = binding | ~fits[..., None]
    return np.where(fits[..., None], bound, np.nan), binding, fits
