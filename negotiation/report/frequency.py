"""How often something holds among draws, in words."""

from __future__ import annotations

import math


def of_hundred(share: float) -> str:
    """Return a share as a number of draws in 100: `62 of 100`."""
    if math.isnan(share):
        return "an unknown number"
    if share in (0.0, 1.0):
        return "all" if share else "none"
    percent = 100.0 * share
    if percent < 0.5:
        return "fewer than 1 of 100"
    if percent > 99.5:
        return "more than 99 of 100"
    return f"{percent:.0f} of 100"


def in_draws(share: float) -> str:
    """Say in how many draws something holds: `in 62 of 100 draws`."""
    if share in (0.0, 1.0):
        return "in every draw" if share else "in no draw"
    return f"in {of_hundred(share)} draws"


__all__ = ["in_draws", "of_hundred"]
