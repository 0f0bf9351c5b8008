"""What is bargained over: the agreements two sides can reach, and the status quo among them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.agreement_set import AgreementSet
from negotiation.bargaining.smooth import SmoothFrontier
from negotiation.errors import ModelError
from negotiation.words import brief

Array = NDArray[np.float64]

__all__ = ["AgreementSet", "Array", "Talks"]


@dataclasses.dataclass(frozen=True, eq=False)
class Talks:
    """A bargaining problem but for its disagreement point, which the game supplies.

    Attributes
    ----------
    players : tuple of two str
    status_quo : (..., 2) array
        Payoffs from which concessions are counted.
    agreement : AgreementSet or SmoothFrontier
    weight : (...) array or float
        Bargaining power of the first side in the Nash solution, in (0, 1).
    about : str
        What is on the table, in words.
    inside : (..., 2) array, optional
        Inside option: payoffs a year while the dispute lasts and talks go on. None: what the
        game without a deal gives.
    discount : (..., 2) array, optional
        Discount rate a year of each side. None: patience is not modelled and `weight` holds.
    hazard : (...) array or float
        Rate a year at which talks break down for good while they go on.

    Raises
    ------
    ModelError
        For anything but two sides, a number for each of them, a weight in (0, 1), positive
        discount rates, a hazard of 0 or more, and shapes that broadcast. NaN is what is not known:
        payoffs may hold it, weights and rates may not.
    """

    players: tuple[str, ...]
    status_quo: ArrayLike
    agreement: AgreementSet | SmoothFrontier
    weight: ArrayLike = 0.5
    about: str = ""
    inside: ArrayLike | None = None
    discount: ArrayLike | None = None
    hazard: ArrayLike = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "players", _sides(self.players))
        first, second = self.players
        each = f"(..., 2), one for {first} and one for {second}"
        for name in ("status_quo", "inside", "discount"):
            value = getattr(self, name)
            if value is None and name != "status_quo":
                continue
            numbers = _numbers(name, value, each)
            if numbers.ndim == 0 or numbers.shape[-1] != 2:
                raise ModelError(
                    f"{name} of talks has shape {numbers.shape}; expected numbers of shape {each}"
                )
            if np.isinf(numbers).any():
                raise ModelError(f"{name} of talks is infinite for a side; expected finite numbers")
            object.__setattr__(self, name, numbers)
        weight = _numbers("weight", self.weight, "(...)")
        _refuse("bargaining weight", weight, (weight > 0.0) & (weight < 1.0), "in (0, 1)")
        hazard = _numbers("hazard", self.hazard, "(...)")
        _refuse("breakdown hazard", hazard, (hazard >= 0.0) & np.isfinite(hazard), "0 or more")
        if self.discount is not None:
            rate = np.asarray(self.discount)
            _refuse("discount rate", rate, rate > 0.0, "positive")
        if not isinstance(self.agreement, AgreementSet | SmoothFrontier):
            raise ModelError(
                f"agreement of talks is {brief(self.agreement)}; expected an AgreementSet, such as "
                "AgreementSet.money(total), or a SmoothFrontier"
            )
        if not isinstance(self.about, str):
            raise ModelError(f"about of talks is {brief(self.about)}; expected words")
        shapes = self.batch_shapes
        try:
            np.broadcast_shapes(*shapes.values())
        except ValueError:
            told = ", ".join(f"{name} {shape}" for name, shape in shapes.items() if shape)
            raise ModelError(
                f"what talks are made of has batch axes that do not fit together: {told}; expected "
                "shapes that broadcast"
            ) from None

    @property
    def batch_shapes(self) -> dict[str, tuple[int, ...]]:
        """Batch axes of every part, by name."""
        return {
            "status_quo": np.shape(self.status_quo)[:-1],
            "agreement": self.agreement.batch_shape,
            "weight": np.shape(self.weight),
            "hazard": np.shape(self.hazard),
            "inside": () if self.inside is None else np.shape(self.inside)[:-1],
            "discount": () if self.discount is None else np.shape(self.discount)[:-1],
        }


def _sides(players: Any) -> tuple[str, str]:
    """Return the two players of talks, as a tuple."""
    given = tuple(players) if isinstance(players, tuple | list) else ()
    if len(given) != 2 or not all(isinstance(each, str) and each for each in given):
        raise ModelError(
            f"players of talks are {brief(players)}; expected two names, such as "
            "('canada', 'us'): talks are between two sides, and a model of more players has none"
        )
    if given[0] == given[1]:
        raise ModelError(
            f"players of talks are '{given[0]}' twice; expected two sides with different names"
        )
    return given[0], given[1]


def _numbers(name: str, value: Any, shape: str) -> Array:
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise ModelError(
            f"{name} of talks is {brief(value)}; expected numbers of shape {shape}"
        ) from None


def _refuse(what: str, values: Array, right: NDArray[np.bool_], expected: str) -> None:
    wrong = values[~right]
    if wrong.size:
        raise ModelError(f"{what} {wrong.flat[0]:g} is out of range; expected {expected}")
