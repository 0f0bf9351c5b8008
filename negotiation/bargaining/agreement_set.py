"""Agreement sets whose Pareto frontier is made of straight pieces."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.straight import Straight
from negotiation.errors import ModelError
from negotiation.words import brief

Array = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class AgreementSet:
    """The Pareto frontier of a convex agreement set, as line pieces.

    Piece k holds the points `start + t * direction` for t in [low, high]; along it the first
    side's payoff rises and the second's falls. Payoffs below the frontier can be had by throwing
    money away (free disposal).

    Attributes
    ----------
    start, direction : (..., K, 2) arrays
        Pieces are ordered by the first side's payoff. A piece whose direction is zero is one point.
    low, high : (..., K) arrays
        May be infinite.

    Raises
    ------
    ModelError
        If the shapes do not fit together.
    """

    start: Array
    direction: Array
    low: Array
    high: Array

    def __post_init__(self) -> None:
        for name in ("start", "direction", "low", "high"):
            object.__setattr__(self, name, _numbers(name, getattr(self, name)))
        shape = self.start.shape
        fits = len(shape) >= 2 and shape[-1] == 2 and shape[-2] > 0
        if not (
            fits
            and self.direction.shape == shape
            and self.low.shape == self.high.shape == shape[:-1]
        ):
            raise ModelError(
                f"an agreement set has start {shape}, direction {self.direction.shape}, low "
                f"{self.low.shape} and high {self.high.shape}; expected (..., K, 2) twice and "
                "(..., K) twice, K one or more; AgreementSet.money, frontier and packages build it"
            )

    @classmethod
    def money(cls, total: ArrayLike) -> AgreementSet:
        """Let the sides share `total` (...) by a transfer of money, dollar for dollar, any size."""
        half = _numbers("total to share", total)[..., None, None] / 2.0
        start = np.concatenate([half, half], axis=-1)
        infinite = np.full(start.shape[:-1], np.inf)
        return cls(start, np.broadcast_to([1.0, -1.0], start.shape), -infinite, infinite)

    @property
    def unlimited_money(self) -> bool:
        """Whether it is money alone, dollar for dollar and without limit, as `money` makes it."""
        whole = np.isneginf(self.low).all() and np.isposinf(self.high).all()
        return bool(
            self.low.shape[-1] == 1 and whole and (self.direction == np.array([1.0, -1.0])).all()
        )

    @classmethod
    def frontier(cls, points: ArrayLike) -> AgreementSet:
        """Pareto frontier through (..., V, 2) vertices, ordered by the first side's payoff.

        One point alone is a frontier of one point: no lottery, no transfer.

        Raises
        ------
        ModelError
            If the points are not concave and falling, so that they are no such frontier.
        """
        vertices = _numbers("vertices of an agreement frontier", points)
        if vertices.ndim < 2 or vertices.shape[-1] != 2 or vertices.shape[-2] == 0:
            raise ModelError(
                f"vertices of an agreement frontier have shape {vertices.shape}; expected "
                "(..., points, 2) with at least one point"
            )
        if vertices.shape[-2] == 1:
            vertices = np.concatenate([vertices, vertices], axis=-2)
        direction = np.diff(vertices, axis=-2)
        falling = (direction[..., 0] >= 0).all() and (direction[..., 1] <= 0).all()
        before, after = direction[..., :-1, :], direction[..., 1:, :]
        turn = before[..., 0] * after[..., 1] - before[..., 1] * after[..., 0]
        if not falling or (turn > 1e-12 * np.abs(vertices).max() ** 2).any():
            raise ModelError(
                "the vertices of an agreement frontier must be ordered by the first side's payoff, "
                "with the second's falling ever faster; take the convex hull of the packages"
            )
        low = np.zeros(direction.shape[:-1])
        return cls(vertices[..., :-1, :], direction, low, low + 1.0)

    @classmethod
    def packages(
        cls, points: ArrayLike, transfer: ArrayLike | None = None, both_ways: bool = False
    ) -> AgreementSet:
        """Pareto frontier of packages, lotteries between them, and money.

        Parameters
        ----------
        points : (..., V, 2) array
            Payoffs of each package. Those that are dominated, or beaten by a lottery, drop out.
            A NaN leaves the frontier of its batch entry unknown.
        transfer : (...) array or float, optional
            mu in (0, 1]: the first side can also give money worth x to the second at a cost of
            x / mu to itself. None: no money changes hands.
        both_ways : bool
            The second side can give money to the first at the same efficiency.

        Returns
        -------
        AgreementSet
            With `transfer`, the first piece is money given by the first side, t = -x; with
            `both_ways` the last is money given by the second, t what the first gets. The pieces
            between run from one package to the next. Pieces that are not needed, because another
            batch entry has more of them, have no length.

        Raises
        ------
        ModelError
            If there is no package, or `transfer` is outside (0, 1].
        """
        given = _numbers("payoffs of packages", points)
        if given.ndim < 2 or given.shape[-1] != 2 or given.shape[-2] == 0:
            raise ModelError(
                f"payoffs of packages have shape {given.shape}; expected (..., packages, 2) with "
                "at least one package"
            )
        mu = None if transfer is None else _numbers("transfer efficiency", transfer)
        if mu is not None and not ((mu > 0.0) & (mu <= 1.0)).all():
            bad = mu[~((mu > 0.0) & (mu <= 1.0))].flat[0]
            raise ModelError(
                f"transfer efficiency {bad:g} is out of range; expected more than 0 and at most 1"
            )
        if both_ways and mu is None:
            raise ModelError("both_ways needs a transfer efficiency; give transfer, such as 1")
        batch = np.broadcast_shapes(given.shape[:-2], () if mu is None else mu.shape)
        unknown = np.asarray(np.isnan(given).any(axis=(-2, -1)))[..., None, None]
        vertices = np.broadcast_to(np.where(unknown, 0.0, given), (*batch, *given.shape[-2:]))
        start, direction = _hull(vertices, mu, both_ways)
        low, high = np.zeros(start.shape[:-1]), np.ones(start.shape[:-1])
        if mu is not None:
            rate, one = np.broadcast_to(mu, batch)[..., None], np.ones((*batch, 1))
            rays = [(start[..., :1, :], np.stack([1.0 / rate, -one], axis=-1), -np.inf, 0.0)]
            if both_ways:
                last = (start + direction)[..., -1:, :]
                rays.append((last, np.stack([one, -1.0 / rate], axis=-1), 0.0, np.inf))
            for k, (corner, towards, least, most) in enumerate(rays):
                order = slice(None, None, -1 if k == 0 else 1)
                start = np.concatenate([start, corner][order], axis=-2)
                direction = np.concatenate([direction, towards][order], axis=-2)
                low = np.concatenate([low, least * one][order], axis=-1)
                high = np.concatenate([high, most * one][order], axis=-1)
        return cls(np.where(unknown, np.nan, start), direction, low, high)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Leading batch axes."""
        return tuple(self.start.shape[:-2])

    def pick(self, shape: tuple[int, ...], index: tuple[Any, ...]) -> AgreementSet:
        """Agreement set at one `index`, or an array of them, of the axes of a batch `shape`."""

        def at(values: Array, own: int) -> Array:
            tail = values.shape[values.ndim - own :]
            return np.asarray(np.broadcast_to(values, (*shape, *tail))[index])

        return AgreementSet(
            at(self.start, 2), at(self.direction, 2), at(self.low, 1), at(self.high, 1)
        )

    def zone(self, disagreement: Array) -> Straight:
        """Zone of agreement seen from (..., 2) disagreement points."""
        return Straight.of((self.start, self.direction, self.low, self.high), disagreement)


def _numbers(what: str, given: ArrayLike) -> Array:
    try:
        return np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise ModelError(
            f"{what}: {brief(given)} was given; expected an array of numbers"
        ) from None


def _hull(vertices: Array, mu: Array | None, both_ways: bool) -> tuple[Array, Array]:
    """Upper right hull of (..., V, 2) points: start and direction (..., K, 2) of its pieces.

    Only the part steeper than the first side's money, and with `both_ways` flatter than the
    second's, is kept. Found by wrapping (Jarvis 1973): from each vertex to the one in the flattest
    direction, for the whole batch at once.
    """
    x, y = vertices[..., 0], vertices[..., 1]
    top = y if mu is None else mu[..., None] * x + y
    # Of equals, the one best for the first side.
    here = np.where(top == top.max(axis=-1, keepdims=True), x, -np.inf).argmax(axis=-1)[..., None]
    going = np.ones(here.shape, dtype=bool)
    starts: list[Array] = []
    directions: list[Array] = []
    for _ in range(max(1, vertices.shape[-2] - 1)):
        at = np.take_along_axis(vertices, here[..., None], axis=-2)
        dx, dy = x - at[..., 0], y - at[..., 1]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            slope = np.where(dx > 0.0, dy / dx, -np.inf)
        flattest = slope.max(axis=-1, keepdims=True)
        going = going & (flattest > -np.inf)
        if both_ways and mu is not None:
            going = going & (flattest >= -1.0 / mu[..., None])
        if starts and not going.any():
            break
        furthest = np.where(slope == flattest, dx, -np.inf).argmax(axis=-1)[..., None]
        here = np.where(going, furthest, here)
        starts.append(at)
        directions.append(np.take_along_axis(vertices, here[..., None], axis=-2) - at)
    return np.concatenate(starts, axis=-2), np.concatenate(directions, axis=-2)
