"""Extensions: rules, concepts, threat points and scores registered from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_type

import numpy as np
from numpy.typing import NDArray

from negotiation import (
    Game,
    Outcome,
    ThreatPoint,
    catalogue,
    register_concept,
    register_rule,
    register_score,
    register_signal,
    register_threat,
)
from negotiation.bargaining.zone import Zone
from negotiation.case import THREATS, Breakdown
from negotiation.games import RULES
from negotiation.outcome import SCORES

Array = NDArray[np.float64]


@register_rule("last_word")
def last_word(
    payoffs: Array, same: Array, game: Game, strategies: Sequence[Array]
) -> NDArray[np.bool_]:
    """What the last player likes best."""
    return np.asarray(payoffs[:, -1] >= payoffs[:, -1].max() - same[-1])


@register_concept("first_takes_all")
def first_takes_all(zone: Zone, weight: Array) -> Array:
    """The first side takes everything."""
    best = zone.best[..., 0]
    return np.stack([best, zone.given(0, best)], axis=-1)


@register_threat("in_full", about="a threat point in full")
def in_full(at: Breakdown) -> ThreatPoint:
    return ThreatPoint(at.selection.payoffs - 1.0, "one less", at.certified)


@register_threat("as_payoffs", about="a threat point by its payoffs")
def as_payoffs(at: Breakdown) -> Array:
    return at.selection.payoffs - 1.0


@register_score("half_loss", unit="US$ billion a year", about="half of the no-deal loss")
def half_loss(outcome: Outcome) -> Array | None:
    return None if outcome.leverage is None else outcome.leverage.loss / 2.0


@register_signal("lean", subject="the loss of {who}", negative="it is small", positive="it is not")
def lean(outcome: Outcome, side: int) -> Array:
    assert outcome.leverage is not None
    return outcome.leverage.loss[..., side] - 1.0


def read(outcome: Outcome) -> None:
    assert_type(outcome.scores["half_loss"].values, Array)
    about: str = outcome.scores["half_loss"].about
    names: list[str] = [*RULES, *THREATS, *SCORES]
    print(about, names)
    catalogue.load_extension("my_score.py")
