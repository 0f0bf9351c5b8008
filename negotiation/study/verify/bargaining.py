"""Bargains with closed forms."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from negotiation.bargaining import (
    AgreementSet,
    Delay,
    SmoothFrontier,
    Talks,
    alternating,
    bargain,
    impasse,
    shapley,
)
from negotiation.study.verify.answers import Compared, Problem

_SIDES = ("first", "second")
_EXACT, _CURVED = 1e-9, 1e-6


def _money() -> Iterator[Compared]:
    """Share 10 from (2, 4), the first with a weight of 3/5: 4 is left, so 2 + 2.4 and 4 + 1.6."""
    over = Talks(_SIDES, (0.0, 0.0), AgreementSet.money(10.0), weight=0.6)
    yield "payoffs", (4.4, 5.6), bargain(over, (2.0, 4.0)).payoffs, _EXACT


def _parabola() -> Iterator[Compared]:
    """Agree on a point of u2 = 1 - u1 ** 2, each concept by its first-order condition."""
    over = Talks(_SIDES, (0.0, 0.0), SmoothFrontier(lambda x: 1.0 - x**2, 0.0, 1.0))
    golden = (np.sqrt(5.0) - 1.0) / 2.0
    known = {
        "nash": (1.0 / np.sqrt(3.0), 2.0 / 3.0),
        "kalai_smorodinsky": (golden, golden),
        "egalitarian": (golden, golden),
        "perles_maschler": (2.0 ** (-2 / 3), 1.0 - 2.0 ** (-4 / 3)),
    }
    for concept, payoffs in known.items():
        yield concept, payoffs, bargain(over, (0.0, 0.0), concept).payoffs, _CURVED


def _rubinstein() -> Iterator[Compared]:
    """Make offers in turn: (1 - d2) / (1 - d1 d2) for who begins."""
    found = alternating(1.0, Delay.rounds((0.9, 0.8))).first
    yield "payoffs", (5.0 / 7.0, 2.0 / 7.0), found, _EXACT


def _outside_option() -> Iterator[Compared]:
    """Walk out or not: nothing changes below 9/19, and above it the option is what one gets."""
    options = np.array([0.0, 0.3, 0.6, 0.9])
    outside = np.stack([np.zeros(4), options], axis=-1)
    found = alternating(1.0, Delay.rounds((0.9, 0.9)), outside=outside).first
    known = np.where(options > 9.0 / 19.0, options, 9.0 / 19.0)
    yield "payoffs", known, found[:, 1], _EXACT


def _inside_option() -> Iterator[Compared]:
    """Earn g while talks last: as if talks failed at g / r, with weights of the patient."""
    found = impasse(inside=(0.01, 0.02), discount=(0.05, 0.1))
    yield "disagreement", (0.2, 0.2), found.disagreement, _EXACT
    yield "weight", 2.0 / 3.0, float(found.weight), _EXACT


def _shapley() -> Iterator[Compared]:
    """Share a glove market: one left glove, two right ones (0, 1 and 2 as bits of a mask)."""
    worth = [float(bool(mask & 1) and bool(mask & 6)) for mask in range(8)]
    yield "values", (2 / 3, 1 / 6, 1 / 6), shapley.shapley(worth), _EXACT


PROBLEMS: dict[str, Problem] = {
    "money": _money,
    "parabola": _parabola,
    "rubinstein": _rubinstein,
    "outside_option": _outside_option,
    "inside_option": _inside_option,
    "shapley": _shapley,
}
