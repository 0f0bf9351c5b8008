"""L3, marginal leverage: what one more unit of a lever adds to its owner's deal, and why."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import Talks, bargain

Array = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class Threat:
    """A bargaining problem with its disagreement point: what a lever moves.

    Attributes
    ----------
    talks : Talks
    disagreement : (..., 2) array
    support : (...) array of str
        The equilibrium behind the disagreement point.
    """

    talks: Talks
    disagreement: Array
    support: NDArray[np.str_]


@dataclasses.dataclass(frozen=True, eq=False)
class Slope:
    """Derivative of the owner's Delta by a lever on one side of a point.

    Attributes
    ----------
    total : (...) array
        Money per unit of the lever; the sum of the three parts.
    own_fallback : (...) array
        Because the owner's no-deal payoff moves.
    their_fallback : (...) array
        Because the other side's no-deal payoff moves: erosion of its dependence where negative.
    pie : (...) array
        Because what there is to share, and the status quo, move.
    regime_change : (...) array of bool
        The equilibrium changes within the step: there is no derivative, and all is NaN.
    """

    total: Array
    own_fallback: Array
    their_fallback: Array
    pie: Array
    regime_change: NDArray[np.bool_]


@dataclasses.dataclass(frozen=True, eq=False)
class Marginal:
    """Marginal leverage of one lever.

    Attributes
    ----------
    lever, owner, unit : str
    left, right : Slope
        NaN where the parameter cannot move that way.
    cost : (...) array
        Money per unit of the lever, NaN where not modelled: divide to get Delta per US$ spent.
    """

    lever: str
    owner: str
    unit: str
    left: Slope
    right: Slope
    cost: Array


def slope(here: Threat, near: Threat, far: Threat, step: Array, side: int, concept: str) -> Slope:
    """One-sided derivative from points at 0, `step` and 2 `step` (second order; step may be < 0).

    The split replaces one ingredient of the bargain at a time: the owner's disagreement payoff,
    then the other's, then the talks themselves.
    """

    def delta(own: Threat, other: Threat, talks: Threat) -> Array:
        d = np.empty(np.broadcast_shapes(own.disagreement.shape, other.disagreement.shape))
        d[..., side] = own.disagreement[..., side]
        d[..., 1 - side] = other.disagreement[..., 1 - side]
        return bargain(talks.talks, d, concept).concession[..., side]

    def derivative(values: list[Array]) -> Array:
        return np.asarray((-3.0 * values[0] + 4.0 * values[1] - values[2]) / (2.0 * step))

    points = (here, near, far)
    broken = (near.support != here.support) | (far.support != here.support)
    missing = np.where(broken, np.nan, 0.0)
    total = derivative([delta(p, p, p) for p in points]) + missing
    own = derivative([delta(p, here, here) for p in points]) + missing
    their = derivative([delta(here, p, here) for p in points]) + missing
    return Slope(total, own, their, total - own - their, broken)
