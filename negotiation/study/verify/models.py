"""Shipped models at their defaults: what they gave where the package was made."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from negotiation.case import Case
from negotiation.outcome import evaluate
from negotiation.outcome.columns import columns
from negotiation.study.verify.answers import Compared, Problem, data

#: Of a number; rounding of other libraries is far below it.
_RELATIVE = 1e-9


def _standing(name: str) -> Iterator[Compared]:
    outcome = evaluate(Case(name))
    yield "certified", 1, int(bool(outcome.certified)), 0.0
    found = columns(outcome)
    for column, known in data()["models"][name].items():
        yield column, known, float(np.asarray(found[column].values)), _RELATIVE * abs(known)


def _by_hand() -> Iterator[Compared]:
    """tariff_standoff: a duty of a quarter on the 70 of 100 that cannot be redirected."""
    outcome = evaluate(Case("tariff_standoff"))
    loss, relief = 0.25 * (1.0 - 0.3) * 100.0, 3.0
    yield "payoff_exporter", relief - loss, float(outcome.selection.payoffs[0]), 1e-9
    yield "payoff_importer", loss / 2.0 - 8.0, float(outcome.selection.payoffs[1]), 1e-9


PROBLEMS: dict[str, Problem] = {
    "tariff_standoff": _by_hand,
    **{f"{name}_default": partial(_standing, name) for name in data()["models"]},
}
