"""Axiomatic solutions of a bargaining problem: Nash, Kalai-Smorodinsky, egalitarian.

Each is a function of the part of the frontier at which both sides gain. They are found piece by
piece in closed form, for whole batches at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.talks import AgreementSet, Array, Talks
from negotiation.errors import ParameterError, nearest
from negotiation.tolerances import ZERO_LOSS


class AgreementStatus(StrEnum):
    """How a bargain ended; the value is what a user reads."""

    AGREED = "agreed"
    NO_SURPLUS = "no deal: no agreement makes both sides better off than the disagreement point"
    UNKNOWN = "unknown: there is no certified disagreement point"


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
    """

    concept: str
    payoffs: Array
    disagreement: Array
    concession: Array
    surplus: Array
    status: NDArray[np.str_]


@dataclasses.dataclass(frozen=True, eq=False)
class _Zone:
    """Zone of agreement: the frontier pieces within which neither side loses, measured from d."""

    start: Array  # (..., K, 2) gains at t = 0
    direction: Array  # (..., K, 2)
    low: Array  # (..., K)
    high: Array  # (..., K)
    some: NDArray[np.bool_]  # (..., K) the piece has a point at which neither loses
    best: Array  # (..., 2) largest gain of each side: the ideal point

    def gains(self, t: Array) -> Array:
        """Gains (..., K, 2) at parameters t (..., K)."""
        return np.asarray(self.start + t[..., None] * self.direction)


def _zone(agreement: AgreementSet, disagreement: Array) -> _Zone:
    start = agreement.start - disagreement[..., None, :]
    direction = np.broadcast_to(agreement.direction, start.shape)
    low = np.broadcast_to(agreement.low, start.shape[:-1])
    high = np.broadcast_to(agreement.high, start.shape[:-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        rise = -start[..., 0] / direction[..., 0]
        fall = -start[..., 1] / direction[..., 1]
    flat = direction == 0.0
    inside = (~flat[..., 0] | (start[..., 0] >= 0)) & (~flat[..., 1] | (start[..., 1] >= 0))
    low = np.where(flat[..., 0], low, np.maximum(low, rise))
    high = np.where(flat[..., 1], high, np.minimum(high, fall))
    some = inside & (low <= high)
    zone = _Zone(start, direction, low, high, some, np.empty(0))
    ends = [np.where(some[..., None], zone.gains(t), -np.inf) for t in (low, high)]
    best = np.maximum(ends[0], ends[1]).max(axis=-2)
    return dataclasses.replace(zone, best=best)


def _best_of(zone: _Zone, points: Array, value: Array) -> Array:
    """Pick the point of the piece with the largest value."""
    value = np.where(zone.some & ~np.isnan(value), value, -np.inf)
    chosen = value.argmax(axis=-1)
    return np.asarray(np.take_along_axis(points, chosen[..., None, None], axis=-2)[..., 0, :])


def _nash(zone: _Zone, weight: Array) -> Array:
    """Maximise gain1 ** w * gain2 ** (1 - w) (Nash 1950; weighted: Kalai 1977)."""
    w = weight[..., None]
    (a1, a2), (b1, b2) = ((array[..., 0], array[..., 1]) for array in (zone.start, zone.direction))
    with np.errstate(divide="ignore", invalid="ignore"):
        peak = -(w * b1 * a2 + (1.0 - w) * b2 * a1) / (b1 * b2)
        peak = np.where((b1 == 0) | (b2 == 0), np.where(b1 > 0, zone.high, zone.low), peak)
        t = np.clip(peak, zone.low, zone.high)
        points = np.maximum(zone.gains(t), 0.0)
        value = w * np.log(points[..., 0]) + (1.0 - w) * np.log(points[..., 1])
    return _best_of(zone, points, np.where(np.isneginf(value), -1e300, value))


def _along(zone: _Zone, ray: Array) -> Array:
    """Largest gains proportional to `ray` (..., 2), with free disposal."""
    k = ray[..., None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        cross = zone.direction[..., 0] * k[..., 1] - zone.direction[..., 1] * k[..., 0]
        t = (zone.start[..., 1] * k[..., 0] - zone.start[..., 0] * k[..., 1]) / cross
        t = np.where(cross == 0.0, zone.high, t)
        t = np.clip(t, zone.low, zone.high)
        points = zone.gains(t)
        # Off the ends of the frontier the ray leaves the set where it meets a side's best gain.
        scale = np.where(k > 0.0, points / np.where(k > 0.0, k, 1.0), np.inf).min(axis=-1)
    return _best_of(zone, scale[..., None] * k, scale)


def _kalai_smorodinsky(zone: _Zone, weight: Array) -> Array:
    """Gains in proportion to the largest each could have (Kalai and Smorodinsky 1975)."""
    del weight
    return _along(zone, zone.best)


def _egalitarian(zone: _Zone, weight: Array) -> Array:
    """Equal gains, the largest there are (Kalai 1977)."""
    del weight
    return _along(zone, np.ones_like(zone.best))


CONCEPTS: dict[str, Callable[[_Zone, Array], Array]] = {
    "nash": _nash,
    "kalai_smorodinsky": _kalai_smorodinsky,
    "egalitarian": _egalitarian,
}


def bargain(talks: Talks, disagreement: ArrayLike, concept: str = "nash") -> Agreement:
    """Solve a bargaining problem from a disagreement point.

    Parameters
    ----------
    talks : Talks
    disagreement : (..., 2) array
        d: what each side gets without a deal. NaN where it is not known.
    concept : {"nash", "kalai_smorodinsky", "egalitarian"}
        Nash and Kalai-Smorodinsky do not depend on the scale of either side's payoff, so a
        country's size does not enter them.

    Raises
    ------
    ParameterError
        For an unknown concept or a weight outside (0, 1).
    """
    if concept not in CONCEPTS:
        raise ParameterError(
            f"bargaining concept '{concept}' is unknown{nearest(concept, CONCEPTS)}; "
            f"choose from {', '.join(CONCEPTS)}"
        )
    d = np.asarray(disagreement, dtype=float)
    shape = np.broadcast_shapes(
        d.shape,
        np.shape(talks.status_quo),
        (*talks.agreement.start.shape[:-2], 2),
        (*np.shape(talks.weight), 2),
    )
    d, status_quo = np.broadcast_to(d, shape), np.broadcast_to(talks.status_quo, shape)
    weight = np.broadcast_to(np.asarray(talks.weight, dtype=float), shape[:-1])
    outside = weight[~((weight > 0.0) & (weight < 1.0))]
    if outside.size:
        raise ParameterError(
            f"bargaining weight {outside.flat[0]:g} is out of range; expected more than 0 and less "
            "than 1"
        )
    known = np.isfinite(d).all(axis=-1)
    zone = _zone(talks.agreement, np.where(known[..., None], d, 0.0))
    # Gains no larger than rounding in the payoffs are no surplus.
    least = ZERO_LOSS * np.abs(np.where(known[..., None], d, 0.0)).max(axis=-1)
    agreed = known & (zone.best > least[..., None]).all(axis=-1)
    with np.errstate(invalid="ignore"):
        gains = CONCEPTS[concept](zone, weight)
    gains = np.where(agreed[..., None], gains, np.nan)
    payoffs = d + gains
    status = np.where(
        agreed,
        AgreementStatus.AGREED.value,
        np.where(known, AgreementStatus.NO_SURPLUS.value, AgreementStatus.UNKNOWN.value),
    )
    return Agreement(
        concept=concept,
        payoffs=payoffs,
        disagreement=d,
        concession=payoffs - status_quo,
        surplus=gains.sum(axis=-1),
        status=status,
    )
