"""Signals and events."""

from __future__ import annotations

from typing import assert_type

import numpy as np

from negotiation import Model, Outcome, register_signal
from negotiation.errors import closest
from negotiation.games.game import Array
from negotiation.regimes import (
    SIGNALS,
    Event,
    EventNature,
    EventSide,
    Signal,
    SignalUse,
    signals_of,
)


@register_signal(
    "reserves",
    subject="what {who} has left",
    negative="{who} runs out of reserves",
    positive="{who} has reserves left",
    studies=frozenset({SignalUse.SWEEP}),
)
def reserves(outcome: Outcome, side: int) -> Array:
    return np.asarray(15.0 + outcome.selection.payoffs[..., side])


def followed(model: Model, outcome: Outcome) -> None:
    assert_type(reserves(outcome, 0), Array)
    assert_type(signals_of(model, SignalUse.MAP), list[Signal])
    for signal in signals_of(model, SignalUse.THRESHOLD):
        assert_type(signal.value(outcome), Array)
        assert_type(signal.subject, str)
    SIGNALS.unregister("reserves")
    assert_type(closest("reserve", SIGNALS), str | None)


def told(event: Event) -> None:
    assert_type(event.nature, EventNature)
    assert_type(event.below, EventSide)
    assert_type(event.above.sign, int)
    assert_type(event.value, float)
