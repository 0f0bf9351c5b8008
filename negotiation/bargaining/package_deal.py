"""The deal over packages by any concept of bargaining, and which packages and money make it up."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.packages import Packages, frontier_of
from negotiation.bargaining.solutions import AgreementStatus, bargain
from negotiation.bargaining.talks import Array, Talks
from negotiation.tolerances import PAYOFF_ROUNDING, ZERO_LOSS


@dataclasses.dataclass(frozen=True, eq=False)
class Deal:
    """A deal over packages: payoffs, and what makes them up.

    Attributes
    ----------
    concept : str
    order : tuple of str
        Tables in the order in which they are settled, each for good; empty: all at once.
    payoffs : (..., 2) array
        NaN where there is no deal; with an order, what the sequence leads to even so.
    disagreement : (..., 2) array
    weights : (..., V) array
        Probability of every package, in the order of `Packages.points`; zeros without a deal.
    paid, received : (...) arrays
        What money costs the first side, and what it is worth to the second.
    waste : (..., 2) array
        Payoffs that a concept lets a side throw away (free disposal).
    binding : (..., 2) array of bool
        Whose outside option binds.
    status : (...) array of str
        `AgreementStatus` values.
    """

    concept: str
    order: tuple[str, ...]
    payoffs: Array
    disagreement: Array
    weights: Array
    paid: Array
    received: Array
    waste: Array
    binding: NDArray[np.bool_]
    status: NDArray[np.str_]

    @property
    def agreed(self) -> NDArray[np.bool_]:
        """(...) whether there is a deal."""
        return np.asarray(self.status == AgreementStatus.AGREED.value)

    @property
    def reached(self) -> Array:
        """(..., 2) payoffs, those of disagreement where there is no deal."""
        return np.where(self.agreed[..., None], self.payoffs, self.disagreement)

    @property
    def gains(self) -> Array:
        """(..., 2) against the disagreement point."""
        return self.payoffs - self.disagreement


def settle(
    packages: Packages,
    disagreement: ArrayLike,
    concept: str = "nash",
    weight: ArrayLike = 0.5,
    outside: ArrayLike | None = None,
) -> Deal:
    """Bargain over all tables at once.

    Parameters
    ----------
    packages : Packages
    disagreement : (..., 2) array
    concept : str
        One of `negotiation.bargaining.CONCEPTS`.
    weight : (...) array
        Power of the first side in the Nash solution.
    outside : (..., 2) array or None
        What either side gets by walking out; see `bargain`.

    Returns
    -------
    Deal
    """
    return solve_points(
        packages.players,
        packages.points,
        disagreement,
        packages.transfer,
        concept,
        weight,
        outside,
    )


def solve_points(
    players: tuple[str, ...],
    points: Array,
    disagreement: ArrayLike,
    transfer: ArrayLike | None,
    concept: str,
    weight: ArrayLike,
    outside: ArrayLike | None = None,
) -> Deal:
    """Bargain over the hull of points (..., V, 2) and money; the deal says what makes it up."""
    d = np.asarray(disagreement, dtype=float)
    mu = None if transfer is None else np.asarray(transfer, dtype=float)
    shape = np.broadcast_shapes(
        points.shape[:-2], d.shape[:-1], np.shape(weight), () if mu is None else mu.shape
    )
    points = np.broadcast_to(points, (*shape, *points.shape[-2:]))
    agreements, index, corners = frontier_of(points, mu)
    talks = Talks(players, np.zeros(2), agreements, weight)
    found = bargain(talks, np.broadcast_to(d, (*shape, 2)), concept, outside)
    agreed = found.status == AgreementStatus.AGREED.value
    u1 = found.payoffs[..., 0]
    # A corner reached but for rounding is the corner: no lottery, and no money.
    off = np.abs(corners[..., 0] - u1[..., None])
    size = np.maximum(np.abs(corners[..., 0]), np.abs(found.disagreement[..., :1]))
    nearest = np.asarray(np.nan_to_num(off, nan=np.inf).argmin(axis=-1))[..., None]
    on = np.take_along_axis(off <= PAYOFF_ROUNDING * size, nearest, axis=-1)[..., 0]
    u1 = np.where(on, np.take_along_axis(corners[..., 0], nearest, axis=-1)[..., 0], u1)
    # Of the corners at or left of the deal the last; left of all of them money changes hands.
    left = np.maximum((corners[..., 0] <= u1[..., None]).sum(axis=-1) - 1, 0)
    right = np.minimum(left + 1, index.shape[-1] - 1)
    one, two = (
        np.take_along_axis(corners, k[..., None, None], axis=-2)[..., 0, :] for k in (left, right)
    )
    width = two[..., 0] - one[..., 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(width > 0.0, np.clip((u1 - one[..., 0]) / width, 0.0, 1.0), 0.0)
    share = np.where(agreed, share, 0.0)
    weights = np.zeros(points.shape[:-1])
    for k, part in ((left, 1.0 - share), (right, share)):
        place = np.maximum(np.take_along_axis(index, k[..., None], axis=-1), 0)
        here = np.take_along_axis(weights, place, axis=-1)
        np.put_along_axis(weights, place, here + part[..., None], axis=-1)
    weights = np.where(agreed[..., None], weights, 0.0)
    made = (1.0 - share)[..., None] * one + share[..., None] * two
    # A lottery over corners is not needed where a package on the line between them pays the same.
    known = np.asarray(np.isfinite(points).all(axis=-1))
    away = np.where(known, np.abs(points - made[..., None, :]).max(axis=-1), np.inf)
    size = np.abs(np.where(known[..., None], points, 0.0)).max(axis=(-2, -1))
    plain = np.asarray(away.argmin(axis=-1))
    same = np.asarray((share > 0.0) & (away.min(axis=-1) <= ZERO_LOSS * size))
    one_package = np.arange(points.shape[-2]) == plain[..., None]
    weights = np.where(same[..., None], one_package.astype(float), weights)
    chosen = np.take_along_axis(points, plain[..., None, None], axis=-2)[..., 0, :]
    made = np.where(same[..., None], chosen, made)
    with np.errstate(invalid="ignore"):
        paid = np.maximum(made[..., 0] - u1, 0.0)
    none = np.where(agreed, 0.0, np.nan)
    paid = none if mu is None else paid + none
    received = paid if mu is None else paid * mu
    waste = made + np.stack([-paid, received], axis=-1) - found.payoffs
    size = np.abs(np.stack([made, found.payoffs])).max(axis=0)
    waste = np.where(np.abs(waste) <= ZERO_LOSS * size, 0.0, waste)
    return Deal(
        concept=concept,
        order=(),
        payoffs=found.payoffs,
        disagreement=found.disagreement,
        weights=weights,
        paid=paid,
        received=received,
        waste=waste,
        binding=found.binding,
        status=found.status,
    )


def settle_plainly(
    packages: Packages,
    disagreement: ArrayLike,
    weight: ArrayLike = 0.5,
    *,
    money: bool = False,
) -> Deal:
    """Return the best single package, without a lottery: the largest Nash product.

    Parameters
    ----------
    money : bool
        Whether the first side may give money as well, where there is any.

    Returns
    -------
    Deal
        Of concept `nash`; no deal where no single package makes both sides better off.
    """
    points, d = packages.points, np.asarray(disagreement, dtype=float)
    mu = 0.0 if packages.transfer is None or not money else packages.transfer
    mu = np.asarray(mu, dtype=float)[..., None]
    w = np.asarray(weight, dtype=float)[..., None]
    gain1, gain2 = (points[..., side] - d[..., None, side] for side in (0, 1))
    # d/dx of w log(gain1 - x) + (1 - w) log(gain2 + mu x) is zero at:
    with np.errstate(invalid="ignore", divide="ignore"):
        wanted = (1.0 - w) * gain1 - w * gain2 / mu
    paid = np.where(mu > 0.0, np.maximum(wanted, 0.0), 0.0)
    gain = np.stack(np.broadcast_arrays(gain1 - paid, gain2 + mu * paid), axis=-1)
    least = ZERO_LOSS * np.abs(d).max(axis=-1)[..., None, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        fits = (gain > least).all(axis=-1)
        value = w * np.log(gain[..., 0]) + (1.0 - w) * np.log(gain[..., 1])
    value = np.where(fits, value, -np.inf)
    chosen = value.argmax(axis=-1)[..., None]
    agreed = fits.any(axis=-1)
    blank = np.where(agreed, 0.0, np.nan)
    weights = np.zeros(value.shape)
    np.put_along_axis(weights, chosen, agreed[..., None].astype(float), axis=-1)
    given = np.take_along_axis(np.broadcast_to(paid, value.shape), chosen, axis=-1)[..., 0] + blank
    gains = np.take_along_axis(gain, chosen[..., None], axis=-2)[..., 0, :]
    d = np.broadcast_to(d, gains.shape)
    return Deal(
        concept="nash",
        order=(),
        payoffs=d + gains + blank[..., None],
        disagreement=d,
        weights=weights,
        paid=given,
        received=given * mu[..., 0],
        waste=np.zeros_like(gains) + blank[..., None],
        binding=np.zeros(gains.shape, dtype=bool),
        status=np.where(agreed, AgreementStatus.AGREED.value, AgreementStatus.NO_SURPLUS.value),
    )


def closest(packages: Packages, disagreement: ArrayLike) -> NDArray[np.int64]:
    """(...) place of the package whose worse-off side gains most, or loses least, without money."""
    gains = packages.points - np.asarray(disagreement, dtype=float)[..., None, :]
    least = gains.min(axis=-1)
    return np.asarray(np.where(np.isnan(least), -np.inf, least).argmax(axis=-1))
