"""What is bargained over: the agreements two sides can reach, and the status quo among them."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import ModelError

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
    low, high : (..., K) arrays
        May be infinite.
    """

    start: Array
    direction: Array
    low: Array
    high: Array

    @classmethod
    def money(cls, total: ArrayLike) -> AgreementSet:
        """Let the sides share `total` (...) by a transfer of money, dollar for dollar, any size."""
        half = np.asarray(total, dtype=float)[..., None, None] / 2.0
        start = np.concatenate([half, half], axis=-1)
        infinite = np.full(start.shape[:-1], np.inf)
        return cls(start, np.broadcast_to([1.0, -1.0], start.shape), -infinite, infinite)

    @classmethod
    def frontier(cls, points: ArrayLike) -> AgreementSet:
        """Pareto frontier through (..., V, 2) vertices, ordered by the first side's payoff.

        One point alone is a frontier of one point: no lottery, no transfer.

        Raises
        ------
        ModelError
            If the points are not concave and falling, so that they are no such frontier.
        """
        vertices = np.asarray(points, dtype=float)
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


@dataclasses.dataclass(frozen=True, eq=False)
class Talks:
    """A bargaining problem but for its disagreement point, which the game supplies.

    Attributes
    ----------
    players : tuple of two str
    status_quo : (..., 2) array
        Payoffs from which concessions are counted.
    agreement : AgreementSet
    weight : (...) array or float
        Bargaining power of the first side in the Nash solution, in (0, 1).
    about : str
        What is on the table, in words.
    """

    players: tuple[str, str]
    status_quo: ArrayLike
    agreement: AgreementSet
    weight: ArrayLike = 0.5
    about: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "status_quo", np.asarray(self.status_quo, dtype=float))
