"""What a sweep records of an outcome: its columns, and what signals look at beside them."""

from __future__ import annotations

from negotiation.errors import ModelError
from negotiation.outcome import Outcome
from negotiation.outcome.columns import Column, columns
from negotiation.regimes.signal import SIGNALS, SignalUse, signals_of


def recorded(outcome: Outcome) -> dict[str, Column]:
    """Flatten an outcome, with what signals look at that are no results of their own."""
    found = columns(outcome)
    if outcome.talks is not None:
        for signal in signals_of(outcome.model, SignalUse.SWEEP, outcome.talks):
            declared, usual = SIGNALS[signal.name], f"{signal.name}_{signal.side}".rstrip("_")
            if signal.column not in found:
                found[signal.column] = Column(signal.value(outcome), signal.unit, signal.subject)
            elif declared.outside and signal.column == usual:
                raise ModelError(  # else what happens to stand there would be taken for it
                    f"{declared.title}: there is another column '{signal.column}'; give the signal "
                    "another name, or say column= if it is that one"
                )
    return found
