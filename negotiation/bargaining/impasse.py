"""The disagreement engine: what delay, breakdown and the payoffs of the dispute itself imply."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.talks import Array
from negotiation.errors import ParameterError


@dataclasses.dataclass(frozen=True, eq=False)
class Impasse:
    """The disagreement point and the bargaining powers that a dispute implies.

    Attributes
    ----------
    disagreement : (..., 2) array
        d, present values: what each side would get if the sides disagreed for ever.
    weight : (...) array
        Bargaining power of the first side in the Nash solution, in (0, 1).
    discount : (..., 2) array
        Discount rates a year.
    """

    disagreement: Array
    weight: Array
    discount: Array

    @property
    def yearly(self) -> Array:
        """The disagreement point (..., 2) as the constant payoff a year of the same present value.

        Weighted Nash solutions do not depend on the units of either side, so that talks over
        payoffs a year, solved from here with `weight`, are talks over present values.
        """
        return np.asarray(self.disagreement * self.discount)


def impasse(
    *, inside: ArrayLike, discount: ArrayLike, hazard: ArrayLike = 0.0, after: ArrayLike = 0.0
) -> Impasse:
    """Disagreement point and weights of alternating offers made ever faster.

    d_i = (g_i + h b_i) / (r_i + h); the first side's weight is (r_2 + h) / (r_1 + r_2 + 2 h). The
    weighted Nash solution from d is the limit of the equilibrium of `offers.alternating` as the
    time between two offers goes to zero (Binmore, Rubinstein and Wolinsky 1986; Muthoo 1999,
    chapters 3, 4 and 6). What can be had by walking out of the talks is no part of d: it is an
    outside option, and binds or does nothing (Binmore, Shaked and Sutton 1989).

    Parameters
    ----------
    inside : (..., 2) array
        g: payoff a year while the sides disagree and go on talking (inside option). NaN where it
        is not known: d is NaN there.
    discount : (..., 2) array
        r: discount rate a year, more than 0.
    hazard : (...) array
        h: breakdowns of the talks a year, 0 or more.
    after : (..., 2) array
        b: present value of what follows a breakdown; of a payoff of w a year for ever it is w / r.
        Does not count where the hazard is 0.

    Raises
    ------
    ParameterError
        For a discount rate that is not positive, a negative hazard, either not finite, or shapes
        that do not fit together.
    """
    g, r, b = pairs(inside=inside, discount=discount, after=after)
    h = np.asarray(hazard, dtype=float)
    refuse(r, ~(np.isfinite(r) & (r > 0.0)), "discount rate", "a positive number a year")
    refuse(h, ~(np.isfinite(h) & (h >= 0.0)), "breakdown hazard", "0 or more a year")
    try:
        shape = np.broadcast_shapes(g.shape, r.shape, b.shape, (*h.shape, 2))
    except ValueError:
        raise ParameterError(
            f"inside options {g.shape}, discount rates {r.shape}, payoffs after a breakdown "
            f"{b.shape} and hazards {h.shape} do not fit together; expected shapes (..., 2), and "
            "(...) for the hazard, that broadcast"
        ) from None
    g, r, b = (np.broadcast_to(each, shape) for each in (g, r, b))
    h = np.broadcast_to(h, shape[:-1])
    each = h[..., None]
    broken = np.where(each > 0.0, each * np.where(each > 0.0, b, 0.0), 0.0)
    return Impasse(
        disagreement=np.asarray((g + broken) / (r + each)),
        weight=np.asarray((r[..., 1] + h) / (r[..., 0] + r[..., 1] + 2.0 * h)),
        discount=r,
    )


def pairs(**given: ArrayLike) -> list[Array]:
    """Arrays (..., 2) of what is given for each side; one number alone stands for both sides.

    Raises
    ------
    ParameterError
        For a last axis that is not 2, naming what was given.
    """
    found = []
    for name, values in given.items():
        array = np.asarray(values, dtype=float)
        if array.ndim == 0:
            array = np.broadcast_to(array, (2,))
        if array.shape[-1] != 2:
            raise ParameterError(
                f"'{name}' has shape {array.shape}; expected (..., 2), one number for each side"
            )
        found.append(array)
    return found


def refuse(values: Array, wrong: NDArray[np.bool_], what: str, expected: str) -> None:
    """Raise ParameterError for the first value that is wrong."""
    if wrong.any():
        raise ParameterError(
            f"{what} {values[np.broadcast_to(wrong, values.shape)].flat[0]:g} is out of range; "
            f"expected {expected}"
        )
