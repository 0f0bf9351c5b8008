"""Events of a sweep in words: one sentence each, and what holds on either side."""

from __future__ import annotations

import numpy as np

from negotiation.regimes.event import Event, EventNature, EventSide
from negotiation.regimes.signal import LOSS, NCL
from negotiation.words import amount, money, opening

#: Places at which a signal is zero that are named.
_SHOWN = 3


def sentence(event: Event) -> str:
    """Return what changes, or does not, in a sentence or two."""
    if event.nature is EventNature.UNFOLLOWED:
        return (
            f"Regimes were looked for along the first {event.defined} of {event.points} lines only."
        )
    if event.nature is EventNature.TIE:
        return _tie(event)
    if event.nature is EventNature.STEP:
        return _step(event)
    if not event.within:
        return _unchanged(event) if event.signal is None else _unsigned(event)
    return _change(event)


def sides(event: Event) -> tuple[str, str]:
    """Return what holds below and above."""
    if event.nature is EventNature.UNFOLLOWED:
        return "", ""
    if event.signal is None:
        return _sides_of_equilibrium(event)
    if event.nature is EventNature.STEP:
        return _stepped(event, event.below), _stepped(event, event.above)
    if np.isfinite(event.value):
        return _holds(event, event.below), _holds(event, event.above)
    told = _throughout(event)
    return told, told


def short(event: Event) -> tuple[str, str]:
    """Return what holds below and above without values."""
    if event.signal is None:
        return _called(event.below.support), _called(event.above.support)
    if event.nature is EventNature.STEP:
        return sides(event)
    return event.signal.holds(event.below.sign), event.signal.holds(event.above.sign)


def _sides_of_equilibrium(event: Event) -> tuple[str, str]:
    if not np.isfinite(event.value) or event.nature is EventNature.STEP:
        return _called(event.below.support), _called(event.above.support)
    told = [
        f"{_called(each.support)} ({_payoffs(event, each)})" for each in (event.below, event.above)
    ]
    if event.nature is EventNature.TIE and event.below.at == event.value:
        told[0] = f"{event.below.support} (tied)"
    if event.nature is EventNature.TIE and event.above.at == event.value:
        told[1] = f"{event.above.support} (tied)"
    if event.nature is EventNature.TIE and event.value not in (event.below.at, event.above.at):
        told[1] = told[0]
    return told[0], told[1]


# --- parts ----------------------------------------------------------------------------------------


def _called(support: str) -> str:
    return support or "no certified equilibrium"


def _payoffs(event: Event, held: EventSide) -> str:
    """No-deal payoffs of everybody at a place."""
    return ", ".join(
        f"{event.model.named(player)} "
        f"{money(value, signed=True) if np.isfinite(value) else 'unknown'}"
        for player, value in held.payoffs
    )


def _line(event: Event) -> str:
    return "".join(
        f", {name}={value if isinstance(value, str) else amount(value)}"
        for name, value in event.place
    )


def _range(event: Event) -> str:
    low, high = event.span
    return f"{event.parameter} from {amount(low)} to {amount(high)}{_line(event)}"


def _tried(event: Event) -> str:
    """How far beyond the range was looked."""
    up, down = event.tried
    told = [f"up to {up:g}"] if np.isfinite(up) else []
    told += [f"down to {down:g}"] if np.isfinite(down) else []
    return " and ".join(told)


def _name(event: Event) -> str:
    assert event.signal is not None
    if event.signal.name == LOSS:
        return f"The no-deal payoff of {event.model.named(event.signal.side)}"
    return opening(event.signal.subject)


def _show(event: Event, value: float) -> str:
    assert event.signal is not None
    if event.signal.name == NCL:
        return f"{value:+.3f}"
    return money(value, event.signal.unit, signed=True)


def _holds(event: Event, held: EventSide) -> str:
    assert event.signal is not None
    return f"{event.signal.holds(held.sign)} ({_show(event, held.value)} at {amount(held.at)})"


# --- changes --------------------------------------------------------------------------------------


def _change(event: Event) -> str:
    one, two = sides(event)
    place = f"{event.parameter} = {amount(event.value)}"
    if event.signal is None:
        kind = "selected equilibrium" if event.remains else "equilibrium"
        below = event.below.support
        still = (
            f"; {below} is still an equilibrium there, but not selected" if event.remains else ""
        )
        return f"The {kind} changes at {place}{_line(event)}: {one} below, {two} above{still}."
    if event.nature is EventNature.FLAT:
        first, last = event.zeros[0]
        return (
            f"{_name(event)} changes sign across an interval: from {event.parameter} = "
            f"{amount(first)} to {amount(last)}{_line(event)} {event.signal.even}; below it {one}, "
            f"above it {two}."
        )
    near, gap = "at", ""
    if event.nature is EventNature.HOLE:
        near, gap = "near", f"; in between there is none, as at {place}: no deal"
    return (
        f"{_name(event)} changes sign {near} {place}{_line(event)}: below it {one}, above it "
        f"{two}{gap}."
    )


def _tie(event: Event) -> str:
    """Say what holds at a tied point, and beside it."""
    place = f"{event.parameter} = {amount(event.value)}{_line(event)}"
    if event.value in event.span:
        place += ", the end of the range"
    first, last = (held.at == event.value for held in (event.below, event.above))
    where = "just above it" if first else "just below it" if last else "on either side"
    told = sides(event)[1 if first else 0]
    return (
        f"At {place}, payoffs are exactly tied: {', '.join(event.tied)} are equilibria there, and "
        f"the rule chooses {event.chosen}; {where} the equilibrium is {told}."
    )


def _stepped(event: Event, held: EventSide) -> str:
    if event.signal is None:
        return _called(held.support)
    if np.isnan(held.value):
        return "it is not defined"
    return event.signal.holds(held.sign) if held.sign else event.signal.even


def _step(event: Event) -> str:
    subject = "The equilibrium" if event.signal is None else _name(event)
    one, two = _stepped(event, event.below), _stepped(event, event.above)
    if not event.between:
        return f"{subject} does not change along {_range(event)}: {one} throughout."
    low, high = event.between
    return (
        f"{subject} changes between {event.parameter} = {low} and {high}{_line(event)}: {one} up "
        f"to {low}, {two} from {high}."
    )


# --- what does not change -------------------------------------------------------------------------


def _outside(event: Event) -> str:
    """Say where it changes beyond the range."""
    change = _change(event)
    return f" Outside that range, {change[0].lower()}{change[1:]}"


def _unchanged(event: Event) -> str:
    still = event.chosen
    told = f"The equilibrium does not change along {_range(event)}: {_called(still)} throughout."
    if np.isfinite(event.value):
        return told + _outside(event)
    if event.nearest is not None:
        player, action = event.deviation
        size = money(event.nearest.value, event.model.payoff_unit)
        told += (
            f" Nearest to a change: at {event.parameter} = {event.nearest.at:g} "
            f"{event.model.named(player)} would still lose {size} by moving to {action}."
        )
    return told + (f" No change was found {_tried(event)} either." if _tried(event) else "")


def _where_defined(event: Event) -> str:
    if event.defined == event.points:
        return ""
    return f" wherever it is defined, at {event.defined} of {event.points} points"


def _throughout(event: Event) -> str:
    """Say which side of zero a signal is on."""
    assert event.signal is not None
    if event.nearest is None:
        return "is zero" if event.defined else "is not defined"
    if event.zeros:
        return event.signal.never(event.nearest.sign > 0)
    return f"{event.signal.holds(event.nearest.sign)}{_where_defined(event) or ' throughout'}"


def _unsigned(event: Event) -> str:
    assert event.signal is not None
    where = _where_defined(event)
    if event.nearest is None:
        where = where if event.defined else ""
        return f"{_name(event)} {_throughout(event)} along {_range(event)}{where}."
    told = f"{_name(event)} does not change sign along {_range(event)}: "
    near = f"{_show(event, event.nearest.value)} at {event.parameter} = {amount(event.nearest.at)}."
    if event.zeros:
        told += (
            f"{event.signal.even} {_zeros(event)}, and {_throughout(event)}{where}. Elsewhere "
            f"nearest to zero: {near}"
        )
    else:
        told += f"{_throughout(event)}. Nearest to zero: {near}"
    if np.isfinite(event.value):
        return told + _outside(event)
    return told + (f" No change of sign was found {_tried(event)} either." if _tried(event) else "")


def _zeros(event: Event) -> str:
    """Say where a signal is zero, with both ends of every interval."""
    told = []
    for low, high in event.zeros[:_SHOWN]:
        if low < high:
            told.append(f"from {event.parameter} = {amount(low)} to {amount(high)}")
        else:
            end = ", the end of the range" if low in event.span else ""
            told.append(f"at {event.parameter} = {amount(low)}{end}")
    if len(event.zeros) > _SHOWN:
        told.append(f"at {len(event.zeros) - _SHOWN} more places")
    return " and ".join(told)
