"""How near a point is to the next change of regime, whichever one parameter moves."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from negotiation.errors import NegotiationError
from negotiation.games.game import Array
from negotiation.model import Parameter
from negotiation.regimes.roots import locate
from negotiation.regimes.signal import (
    CONCESSION,
    LOSS,
    SURPLUS,
    WALK_OUT,
    Signal,
    SignalUse,
    equilibrium,
    signals_of,
)
from negotiation.study.audit.finding import Audited, Pitfall, Verdict
from negotiation.study.audit.pitfalls import nothing
from negotiation.tolerances import THRESHOLD
from negotiation.words import amount, measured

#: Distances from today's value at which a threshold is looked for, as shares of the natural range:
#: closer together the nearer, because the nearest one is wanted.
_AWAY = 256.0 ** (np.arange(-11, 1) / 11.0)

#: A threshold within this share of the natural range of a parameter is near.
_NEAR = 0.05


@dataclasses.dataclass(frozen=True)
class _Bracket:
    """Between two points of a parameter something changes sign."""

    spec: Parameter
    signal: Signal
    what: str
    ends: tuple[float, float]
    values: tuple[float, float]
    distance: float
    outer: float


def _watched(case: Audited) -> list[tuple[Signal, str]]:
    """Signals of the point, and what happens where they change sign."""
    found: list[tuple[Signal, str]] = []
    support = str(case.outcome.selection.support)
    if support:
        found.append((equilibrium(support), f"{support} is no longer an equilibrium"))
    if case.outcome.talks is None:
        return found
    players = case.outcome.talks.players
    # Side by side, then who pays; whether there is a deal is a question of its own.
    signals = [
        each
        for each in signals_of(case.model, SignalUse.MAP, case.outcome.talks)
        if each.name != SURPLUS and (each.name != CONCESSION or each.side == players[0])
    ]
    by_side = (LOSS, WALK_OUT)
    signals.sort(
        key=lambda each: players.index(each.side) if each.name in by_side else len(players)
    )
    return found + [(signal, _told(case, signal)) for signal in signals]


def _told(case: Audited, signal: Signal) -> str:
    """Say what happens where a signal changes sign, seen from the point."""
    now = float(np.asarray(signal.value(case.outcome)))
    who = case.model.named(signal.side) if signal.side else ""
    if signal.name == LOSS:
        if now == 0.0:
            return f"{who} turns from breaking even without a deal to a gain or a loss"
        return f"{who} no longer {'gains' if now > 0.0 else 'loses'} without a deal"
    if signal.name == WALK_OUT:
        word = "is no longer" if now > 0.0 else "becomes"
        return f"the threat of {who} to walk out {word} credible"
    if signal.name == CONCESSION:
        verb = "no longer pays" if case.deal and case.delta < 0 else "is no longer paid"
        return f"{case.named(0)} {verb} for a deal"
    return f"it is no longer so that {signal.holds(now)}"


def _brackets(case: Audited) -> list[_Bracket]:
    found = []
    watched = _watched(case)
    for spec in case.numbers:
        low, high = case.range(spec)
        here = case.value(spec)
        if not low < high:
            continue
        steps = _AWAY * (high - low)
        xs = np.unique(np.clip(np.concatenate([here - steps, [here], here + steps]), low, high))
        try:
            outcome = case.solve({spec.name: xs})
        except NegotiationError:
            continue
        at = int(np.abs(xs - here).argmin())
        for signal, what in watched:
            values = np.broadcast_to(signal.value(outcome), xs.shape)
            for way in (1, -1):
                bracket = _first_change(xs, values, at, way)
                if bracket is not None:
                    a, b = bracket
                    away = abs(xs[a] - here) / (high - low)
                    ends = (float(xs[a]), float(xs[b]))
                    told = (float(values[a]), float(values[b]))
                    outer = abs(xs[b] - here) / (high - low)
                    found.append(
                        _Bracket(spec, signal, what, ends, told, float(away), float(outer))
                    )
    return found


def _first_change(xs: Array, values: Array, at: int, way: int) -> tuple[int, int] | None:
    """The two neighbours between which a sign first changes, going away from a place."""
    places: Sequence[int] = range(at, len(xs)) if way > 0 else range(at, -1, -1)
    last = None
    if values[at] == 0.0 and 0 < at < len(xs) - 1 and values[at - 1] * values[at + 1] < 0.0:
        return at, at  # today's value is the threshold
    for k in places:
        if not np.isfinite(values[k]) or values[k] == 0.0:
            continue
        if last is not None and values[last] * values[k] < 0.0:
            return last, k
        last = k
    return None


def nearest_threshold(case: Audited) -> Pitfall:
    """How far today's point is from the nearest change of regime by one parameter."""
    key, question = "threshold", "How near is the next threshold to today's values?"
    if int(case.outcome.selection.index) < 0:
        return nothing(case, key, question, "No certified equilibrium was found to start from.")
    brackets = _brackets(case)
    if not brackets:
        told = "No number, moved by itself within its natural range, changes a regime."
        if len(case.outcome.game.players) > 2 and "+" in str(case.outcome.selection.support):
            told += " How long a mixed equilibrium of more than two players lasts is not looked at."
        command = case.command("solve")
        return Pitfall(key, question, Verdict.DOES_NOT, float("nan"), "", told, command)
    # What begins further away than another bracket ends cannot be nearer.
    nearest = min(each.outer for each in brackets)
    near = [each for each in brackets if each.distance <= nearest]
    found = sorted((_located(case, each) for each in near), key=lambda each: each[0])
    distance, where, bracket = found[0]
    spec, here = bracket.spec, case.value(bracket.spec)
    low, high = case.range(spec)
    told = (
        f"At {measured(spec.name, where, spec.unit)}, {distance:.1%} of its range ({amount(low)} "
        f"to {amount(high)}) from today's {amount(here)}, {bracket.what}."
    )
    ends = [min(here, *bracket.ends), max(here, *bracket.ends)]
    if ends[0] == ends[1]:  # today's value itself: look a step to either side
        step = _NEAR * (high - low)
        ends = [max(low, here - step), min(high, here + step)]
    span = f"{amount(ends[0])}:{amount(ends[1])}"
    details = {
        f"{each.spec.name}: {each.what}": {"value": x, "distance": away} for away, x, each in found
    }
    command = case.command("threshold", f"--vary {spec.name}={span}")
    verdict = Verdict.BITES if distance <= _NEAR else Verdict.DOES_NOT
    return Pitfall(key, question, verdict, distance, "share of its range", told, command, details)


def _located(case: Audited, bracket: _Bracket) -> tuple[float, float, _Bracket]:
    """Distance and place of a change, located on its function."""
    low, high = case.range(bracket.spec)

    def function(x: Array, brackets: Any) -> Array:
        del brackets
        return bracket.signal.value(case.solve({bracket.spec.name: x}))

    roots = locate(function, *bracket.ends, *bracket.values, THRESHOLD * (high - low))
    where = float(roots.at[0])
    return abs(where - case.value(bracket.spec)) / (high - low), where, bracket
