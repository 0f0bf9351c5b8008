"""Ranges over draws, and within regimes: results of different regimes are never pooled."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.study.bands import quantiles
from negotiation.tolerances import FEW_DRAWS


@dataclasses.dataclass(frozen=True)
class DrawRange:
    """The range of a number over draws.

    Attributes
    ----------
    draws : int
        In which the number is known.
    share : float
        Of the draws that were asked about.
    low, median, high : float
        The 5, 50 and 95 % quantiles; NaN where nothing is known, and the outer two where fewer
        than 40 draws are.
    """

    draws: int
    share: float
    low: float
    median: float
    high: float


def band(values: ArrayLike, of: int | None = None) -> DrawRange:
    """Return the range of numbers (D,), NaN where not known.

    Parameters
    ----------
    of : int, optional
        How many draws the share is of; all that are given if not said.
    """
    every = np.asarray(values, dtype=float).ravel()
    known = every[np.isfinite(every)]
    total = len(every) if of is None else of
    share = len(known) / total if total else math.nan
    if not len(known):
        return DrawRange(0, share, math.nan, math.nan, math.nan)
    low, median, high = quantiles(known[None, :])[:, 0].tolist()
    if len(known) < FEW_DRAWS:
        low = high = math.nan
    return DrawRange(len(known), share, low, median, high)


def by_regime(values: ArrayLike, regimes: NDArray[np.str_]) -> dict[str, DrawRange]:
    """Return the range within every regime, the most frequent first; shares are of all draws.

    Parameters
    ----------
    regimes : (D,) array of str
        Empty where there is none.
    """
    every = np.asarray(values, dtype=float)
    names, counts = np.unique(regimes[regimes != ""], return_counts=True)
    order = np.lexsort((names, -counts))
    return {str(names[k]): band(every[regimes == names[k]], len(every)) for k in order.tolist()}


def standard_error(probability: float, draws: int) -> float:
    """Return the standard error of a frequency over independent draws."""
    return math.sqrt(probability * (1.0 - probability) / max(draws - 1, 1))


__all__ = ["DrawRange", "band", "by_regime", "standard_error"]
