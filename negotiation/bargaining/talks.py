"""What is bargained over: the agreements two sides can reach, and the status quo among them."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.agreement_set import AgreementSet
from negotiation.bargaining.smooth import SmoothFrontier

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
        for name in ("status_quo", "inside", "discount"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, np.asarray(value, dtype=float))
