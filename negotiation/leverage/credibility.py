"""L5, credibility: whether a side would rather walk out than go on talking."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class Credibility:
    """What walking out is worth to each side, against staying in the talks.

    Attributes
    ----------
    outside : (..., 2) array
        w: payoff a year of walking out, which is the game without a deal.
    staying : (..., 2) array
        Payoff a year of staying, in the subgame-perfect equilibrium in which nobody can walk out:
        the deal from the inside options, or these for ever where there is no deal to make.
    margin : (..., 2) array
        kappa = w - staying, money. Positive: the threat to walk out is credible, and moves the
        deal dollar for dollar; negative: it moves nothing (Binmore, Shaked and Sutton 1989).
    """

    outside: Array
    staying: Array

    @property
    def margin(self) -> Array:
        """kappa, (..., 2)."""
        return np.asarray(self.outside - self.staying)

    @property
    def credible(self) -> NDArray[np.bool_]:
        """(..., 2) whether a side would walk out rather than take the deal of the talks."""
        return np.asarray(self.margin > 0.0)
