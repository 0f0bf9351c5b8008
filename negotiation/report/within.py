"""Frequencies and ranges over draws in words."""

from __future__ import annotations

import numpy as np

from negotiation.report.document import Form, written
from negotiation.study.within import FEWEST, Band, standard_error

#: Why a range, or a number of draws, is not told.
FEW = f"fewer than {FEWEST} draws have it, so that there is no range"


def in_draws(probability: float, draws: int) -> str:
    """Say how often something holds: `in 3 of 100 draws (standard error 0.9)`."""
    if not draws or not np.isfinite(probability):
        return "in no draw that could be decided"
    if probability == 0.0:
        return f"in none of {draws} draws"
    if probability == 1.0:
        return f"in all of {draws} draws"
    error = 100.0 * standard_error(probability, draws)
    told = 100.0 * probability
    count = f"{told:.0f}" if 1.0 <= told <= 99.0 else f"{told:.2g}" if told < 1.0 else "99"
    more = "more than " if told > 99.0 else ""
    return f"in {more}{count} of 100 draws (standard error {error:.1f})"


def ranged(values: Band, form: Form = Form.MONEY) -> str:
    """Tell a median with its range: `4.1 (5 to 95 %: 2.0 to 7.3)`."""
    if not values.draws:
        return "none"
    median = written(values.median, form)
    if not np.isfinite(values.low):
        return f"{median} (median of {values.draws} draws)"
    ends = f"{written(values.low, form)} to {written(values.high, form)}"
    return f"{median} (5 to 95 %: {ends})"
