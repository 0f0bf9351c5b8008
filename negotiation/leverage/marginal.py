"""L3, marginal leverage: what one more unit of a lever adds to its owner's deal, and why."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import Talks, conceded
from negotiation.coded import coded, worded

Array = NDArray[np.float64]


@worded("support")
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


@worded("support")
@dataclasses.dataclass(frozen=True, eq=False)
class Moved:
    """The owner's Delta at a point, with one ingredient of the bargain moved there at a time.

    Attributes
    ----------
    total : (...) array
        Everything moved.
    own, their : (...) arrays
        Only the owner's, or only the other side's, disagreement payoff.
    support : (...) array of str
        The equilibrium behind the disagreement point.
    """

    total: Array
    own: Array
    their: Array
    support: NDArray[np.str_]


def moved(here: Threat, there: Threat, side: int | NDArray[np.int64], concept: str) -> Moved:
    """Replace one ingredient of the bargain `here` at a time by what it is `there`.

    Parameters
    ----------
    there : Threat
        A cloud, perhaps with leading axes of its own before those of `here`.
    side : int or (...) array of int
        0 or 1: the owner.
    """
    owner = np.asarray(side)[..., None] == np.arange(2)
    own = np.where(owner, there.disagreement, here.disagreement)
    their = np.where(owner, here.disagreement, there.disagreement)
    return Moved(
        total=conceded(there.talks, there.disagreement, concept, side),
        own=conceded(here.talks, own, concept, side),
        their=conceded(here.talks, their, concept, side),
        support=coded(there, "support").as_field(),
    )


def unmoved(here: Threat, side: int, concept: str) -> Moved:
    """Return the same where nothing moves."""
    delta = conceded(here.talks, here.disagreement, concept, side)
    return Moved(delta, delta, delta, coded(here, "support").as_field())


def slope(here: Moved, near: Moved, far: Moved, step: Array) -> Slope:
    """One-sided derivative from points at 0, `step` and 2 `step` (second order; step may be < 0).

    The part that neither fallback explains is the talks themselves: the pie and the status quo.
    """

    def derivative(part: str) -> Array:
        at, one, two = (getattr(point, part) for point in (here, near, far))
        return np.asarray((-3.0 * at + 4.0 * one - two) / (2.0 * step))

    held = coded(here, "support")
    broken = np.asarray(coded(near, "support").differs(held) | coded(far, "support").differs(held))
    total, own, their = (derivative(part) for part in ("total", "own", "their"))
    if broken.any():
        total, own, their = (np.where(broken, np.nan, each) for each in (total, own, their))
    return Slope(total, own, their, total - own - their, broken)
