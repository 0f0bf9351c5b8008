"""War of attrition: a standstill that costs both sides until one gives in."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining.impasse import pairs, refuse
from negotiation.bargaining.talks import Array
from negotiation.errors import ParameterError


@dataclasses.dataclass(frozen=True, eq=False)
class Attrition:
    """The mixed equilibrium of a war of attrition with complete information.

    Attributes
    ----------
    hazard : (..., 2) array
        Rate at which each side gives in, a unit of time.
    duration : (...) array
        Mean length of the standstill.
    concedes : (..., 2) array
        Probability that each side is the one to give in; sums to one.
    burnt : (..., 2) array
        What the standstill is expected to cost each side. It eats up the prize: each side expects
        what it would get by giving in at once.
    """

    hazard: Array
    duration: Array
    concedes: Array
    burnt: Array

    def lasting(self, time: ArrayLike) -> Array:
        """Probability (...) that the standstill lasts longer than `time` (...)."""
        return np.asarray(np.exp(-np.asarray(time, dtype=float) / self.duration))


def attrition(*, cost: ArrayLike, prize: ArrayLike) -> Attrition:
    """Solve a war of attrition with complete information.

    Each side gives in at the rate that leaves the other indifferent between holding out and giving
    in: h_i = c_j / V_j (Hendricks, Weiss and Wilson 1988). A side's own cost therefore does not
    move its own rate: it makes the other give in more often. There are two more equilibria, in
    each of which one side gives in at once because the other never would.

    Parameters
    ----------
    cost : (..., 2) array
        c: what holding out costs each side a unit of time, more than 0.
    prize : (..., 2) array
        V: what each side gains if the other gives in, over giving in itself, more than 0.

    Raises
    ------
    ParameterError
        For a cost or prize that is not a positive number, or shapes that do not fit together.
    """
    c, v = pairs(cost=cost, prize=prize)
    for name, values in (("cost of holding out", c), ("prize", v)):
        refuse(values, ~(np.isfinite(values) & (values > 0.0)), name, "a positive number")
    try:
        c, v = (np.asarray(each) for each in np.broadcast_arrays(c, v))
    except ValueError:
        raise ParameterError(
            f"costs {c.shape} and prizes {v.shape} do not fit together; expected shapes (..., 2) "
            "that broadcast"
        ) from None
    hazard = (c / v)[..., ::-1]
    together = hazard.sum(axis=-1)
    duration = 1.0 / together
    return Attrition(
        hazard=hazard,
        duration=duration,
        concedes=hazard / together[..., None],
        burnt=c * duration[..., None],
    )
