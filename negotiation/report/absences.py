"""What does not change along a parameter, in words."""

from __future__ import annotations

import numpy as np

from negotiation.regimes.signal import CONCEPTS, EQUILIBRIUM, REPLY, SURPLUS, WALK_OUT
from negotiation.regimes.thresholds.absence import Absence, Beyond
from negotiation.words import amount, money, opening

_NONE = "no certified equilibrium"


def subject(found: Absence) -> str:
    """Return what does not change."""
    if found.kind == EQUILIBRIUM:
        return found.wish or "the equilibrium"
    if found.kind == REPLY:
        return "best replies"
    assert found.signal is not None
    return found.signal.subject


def holds(found: Absence) -> str:
    """Return what holds throughout."""
    if found.kind == EQUILIBRIUM:
        return " then ".join("not known" if each == "?" else each or _NONE for each in found.seen)
    if found.kind == REPLY:
        return "no best reply changes"
    signal = found.signal
    assert signal is not None
    if not found.defined:
        return ""
    if signal.name == CONCEPTS:
        return signal.positive if found.agree else signal.negative
    if found.zeros is not None:
        return signal.never(found.sign > 0)
    if not found.sign:
        return signal.negative if signal.name == SURPLUS else f"{signal.subject} is zero"
    return signal.holds(found.sign)


def tried(found: Absence) -> str:
    """Return how far beyond the range was looked; empty where there is nothing beyond."""
    sides = (("up", found.up), ("down", found.down))
    return " and ".join(f"{way} to {amount(end)}" for way, end in sides if np.isfinite(end))


def sentence(found: Absence) -> str:
    """Return the whole of it."""
    if found.wish:
        return f"{found.wish} does not happen: along the way the equilibrium is {holds(found)}."
    further = "" if found.further is None else _further(found, found.further)
    if found.kind == EQUILIBRIUM:
        told = f"The equilibrium does not change: {holds(found)} throughout."
        if np.isfinite(found.nearest):
            player, action = found.deviation
            told += (
                f" Nearest to a change: at {found.parameter} = {amount(found.shown_at)} "
                f"{found.model.named(player)} would still lose {money(found.nearest, found.unit)} "
                f"by moving to {action}."
            )
        return told + further
    if found.kind == REPLY:
        told = "No best reply changes."
        if found.defined and found.signal is not None:
            told += (
                f" Nearest to a change: {found.signal.positive} at {found.parameter} = "
                f"{amount(found.shown_at)}, where that is better than the next best by only "
                f"{money(found.nearest, found.unit)}."
            )
        return told + further
    return _score(found) + further


def _score(found: Absence) -> str:
    signal = found.signal
    assert signal is not None
    if not found.defined:
        return f"{opening(signal.subject)} is not defined anywhere in the range."
    if found.zeros is not None:
        even = f"{opening(signal.even)} {_where(found)}"
        if signal.name == WALK_OUT and found.sign < 0:  # elsewhere it costs, so that it is a loss
            return f"{even}, and gets less elsewhere."
        return f"{even}; elsewhere {signal.holds(found.sign)}, and {holds(found)}."
    if signal.name == CONCEPTS or not found.sign:
        return f"Throughout the range, {holds(found)}."
    return (
        f"Throughout the range, {holds(found)}: {signal.subject} is nearest to zero at "
        f"{found.parameter} = {amount(found.shown_at)}, where it is "
        f"{money(found.nearest, found.unit, signed=True)}."
    )


def _where(found: Absence) -> str:
    """Say where along the range a signal is as good as zero."""
    zeros = found.zeros
    assert zeros is not None
    if zeros.low == zeros.high:
        end = f", the {zeros.end} end of the range" if zeros.end else ""
        return f"at {found.parameter} = {amount(zeros.low)}{end}"
    where = f"from {found.parameter} = {amount(zeros.low)} to {amount(zeros.high)}"
    return where if zeros.steady else f"at {zeros.count} of the places looked at {where}"


def _further(found: Absence, there: Beyond) -> str:
    """Say where it happens beyond the range."""
    signal = there.signal
    if signal is None:
        told = " to ".join(each or _NONE for each in there.selected)
    else:
        below, above = (
            signal.holds(sign) if sign else signal.even for sign in (there.below, there.above)
        )
        told = f"{below} below it, {above} above it"
        if signal.name == REPLY:
            told = above if there.above > 0 else above.replace("would not", "would no longer")
    return f" Beyond the range it does, at {found.parameter} = {amount(there.at)}: {told}."
