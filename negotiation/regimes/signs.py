"""Signs of a signal along a line, where rounding is none, and where it dips towards zero."""

from __future__ import annotations

import numpy as np

from negotiation.games.game import Array
from negotiation.regimes.signal import Signal, SignalKind
from negotiation.tolerances import ZERO_LOSS

#: Most dips towards zero of one signal that are followed, the nearest to zero first.
_MOST_DIPS = 64


def signs_of(signal: Signal, values: Array, largest: float) -> Array:
    """(N,) signs of values of a signal: -1, 0 or 1; NaN where it is not defined.

    Parameters
    ----------
    largest : float
        Size of the payoffs behind it: what is small against them is rounding.
    """
    size = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    with np.errstate(invalid="ignore"):
        small = np.abs(values) <= ZERO_LOSS * max(size, largest)
    if not signal.sized:  # where its size says nothing, its sign does
        small &= np.abs(values) > np.finfo(float).tiny
    small &= signal.kind is not SignalKind.MARGIN
    return np.where(small, 0.0, np.sign(values))


def dips(values: Array, signs: Array) -> list[int]:
    """Places nearer to zero than their neighbours on either side, and near enough to cross.

    Parameters
    ----------
    values, signs : (N,) arrays
        Of a signal along a line.
    """
    size = np.abs(values)
    left, here, right = size[:-2], size[1:-1], size[2:]
    with np.errstate(invalid="ignore"):
        low = (here <= np.minimum(left, right)) & (np.maximum(left, right) >= 1.5 * here)
    sides = (signs[:-2] == signs[2:]) & (signs[:-2] != 0.0)
    low &= sides & ((signs[1:-1] == 0.0) | (signs[1:-1] == signs[:-2]))
    found = np.flatnonzero(low & np.isfinite(left + here + right)) + 1
    return sorted(found[np.argsort(size[found], kind="stable")][:_MOST_DIPS].tolist())
