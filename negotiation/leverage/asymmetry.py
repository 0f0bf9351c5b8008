"""L2, the asymmetry of no-deal losses, in log points."""

from __future__ import annotations

import dataclasses
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from negotiation.coded import Coded, worded
from negotiation.tolerances import ZERO_LOSS

Array = NDArray[np.float64]


class AsymmetryStatus(StrEnum):
    """Whether the losses can be compared; the value is the reason a user reads."""

    DEFINED = "defined: both sides lose without a deal"
    FIRST_GAINS = "undefined: {first} gains without a deal, so it has no loss to compare"
    SECOND_GAINS = "undefined: {second} gains without a deal, so it has no loss to compare"
    BOTH_GAIN = "undefined: neither side loses without a deal"
    FIRST_ZERO = "infinite: {first} loses nothing without a deal"
    SECOND_ZERO = "minus infinite: {second} loses nothing without a deal"
    UNKNOWN = "undefined: there is no certified disagreement point"


@worded("status")
@dataclasses.dataclass(frozen=True, eq=False)
class Asymmetry:
    """How unequal the losses without a deal are, from the first side's point of view.

    Attributes
    ----------
    log_ratio : (...) array
        A = ln(l_2 / l_1); positive: the other side has more to lose. Log points.
    relative : (...) array
        A + ln(Y_1 / Y_2): the same with losses as shares of each side's size; NaN without sizes.
    status : (...) array of str
    """

    log_ratio: Array
    relative: Array
    status: NDArray[np.str_]

    @property
    def bounded(self) -> Array:
        """(...) tanh(A / 2), in (-1, 1)."""
        return np.asarray(np.tanh(self.log_ratio / 2.0))


def asymmetry(loss: Array, size: Array | None, players: tuple[str, ...]) -> Asymmetry:
    """Compute L2 from the no-deal losses (..., 2) and, if given, the sizes (..., 2)."""
    first, second = loss[..., 0], loss[..., 1]
    scale = ZERO_LOSS * np.fmax(np.fmax(np.abs(first), np.abs(second)), 0.0)
    zero = [np.abs(side) <= scale for side in (first, second)]
    lost = [(side > scale) for side in (first, second)]
    both = lost[0] & lost[1]
    conditions = [
        np.isnan(first) | np.isnan(second),
        both,
        ~(lost[0] | lost[1]),
        zero[0],
        zero[1],
        ~lost[0],
    ]
    words = [
        AsymmetryStatus.UNKNOWN,
        AsymmetryStatus.DEFINED,
        AsymmetryStatus.BOTH_GAIN,
        AsymmetryStatus.FIRST_ZERO,
        AsymmetryStatus.SECOND_ZERO,
        AsymmetryStatus.FIRST_GAINS,
    ]
    names = {"first": players[0], "second": players[1]}
    status = Coded.first(
        conditions,
        [word.value.format(**names) for word in words],
        AsymmetryStatus.SECOND_GAINS.value.format(**names),
        first.shape,
    )
    log_ratio = np.full(first.shape, np.nan)
    np.divide(second, first, out=log_ratio, where=both)
    np.log(log_ratio, out=log_ratio, where=both)
    log_ratio[lost[1] & zero[0]] = np.inf
    log_ratio[lost[0] & zero[1]] = -np.inf
    relative = np.full_like(log_ratio, np.nan)
    if size is not None:
        relative = log_ratio + np.log(size[..., 0] / size[..., 1])
    return Asymmetry(log_ratio, relative, status.as_field())
