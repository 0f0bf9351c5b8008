"""Frequencies and ranges over draws in words."""

from __future__ import annotations

import numpy as np

from negotiation.report.document import Form, written
from negotiation.study.within import DrawRange, standard_error
from negotiation.tolerances import FEW_DRAWS, RARE_REGIME

#: Why a range, or a number of draws, is not told.
FEW = f"fewer than {FEW_DRAWS} draws have it, so that there is no range"

#: Regimes with a smaller share of the draws are told in files only.
RARE = RARE_REGIME


def in_draws(probability: float, draws: int, *, error: bool = True) -> str:
    """Say how often something holds: `in 3 of 100 draws (standard error 0.9)`."""
    if not draws or not np.isfinite(probability):
        return "in no draw that could be decided"
    if probability == 0.0:
        return f"in none of {draws} draws"
    if probability == 1.0:
        return f"in all of {draws} draws"
    told = 100.0 * probability
    count = f"{told:.0f}" if 1.0 <= told <= 99.0 else f"{told:.2g}" if told < 1.0 else "99"
    more = "more than " if told > 99.0 else ""
    doubt = 100.0 * standard_error(probability, draws)
    return f"in {more}{count} of 100 draws" + (f" (standard error {doubt:.1f})" if error else "")


def ranged(values: DrawRange, form: Form = Form.MONEY) -> str:
    """Tell a median with its range: `4.1 (5 to 95 %: 2.0 to 7.3)`."""
    if not values.draws:
        return "none"
    low, median, high = (_short(each, form) for each in (values.low, values.median, values.high))
    if not np.isfinite(values.low):
        return f"{median} ({'in one draw' if values.draws == 1 else 'the median'})"
    return f"{median} (5 to 95 %: {low} to {high})"


def _short(value: float, form: Form) -> str:
    return f"{value:.3g}" if form is Form.AMOUNT else written(value, form)
