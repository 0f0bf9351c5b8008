"""How near a point is to the next change of regime, whichever one parameter moves."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from negotiation.errors import NegotiationError
from negotiation.games import indices, support_margin
from negotiation.games.game import Array
from negotiation.model import Parameter
from negotiation.outcome import Outcome
from negotiation.regimes.thresholds.locate import locate
from negotiation.regimes.thresholds.watch import known, pure_margin
from negotiation.study.audit.audit import Audited, Finding, Verdict
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
    what: str
    ends: tuple[float, float]
    values: tuple[float, float]
    distance: float
    outer: float


def _watched(case: Audited, outcome: Outcome) -> dict[str, Array]:
    """Functions whose sign is a regime, over a batch of one axis."""
    game = outcome.game
    size = game.batch_shape[0]
    found: dict[str, Array] = {}
    support = str(case.outcome.selection.support)
    if support:
        margin = (
            support_margin(game, indices(game, support))
            if len(game.players) == 2
            else known(game, lambda sure: pure_margin(sure, support))
        )
        if not np.isnan(margin).all():
            found[f"{support} is no longer an equilibrium"] = margin
    scores, now = outcome.leverage, case.outcome.leverage
    if scores is not None and now is not None:
        for p, player in enumerate(scores.players):
            who = case.model.named(player)
            loss = np.broadcast_to(scores.loss[..., p], (size,))
            told = f"{who} no longer {'gains' if now.loss[p] < 0.0 else 'loses'} without a deal"
            if now.loss[p] == 0.0:
                told = f"{who} turns from breaking even without a deal to a gain or a loss"
            found[told] = loss
            margin = np.broadcast_to(scores.credibility.margin[..., p], (size,))
            word = "is no longer" if now.credibility.margin[p] > 0.0 else "becomes"
            found[f"the threat of {who} to walk out {word} credible"] = margin
        delta = outcome.agreement.concession[..., 0]
        verb = "no longer pays" if case.deal and case.delta < 0 else "is no longer paid"
        found[f"{case.named(0)} {verb} for a deal"] = np.broadcast_to(delta, (size,))
    return found


def _brackets(case: Audited) -> list[_Bracket]:
    found = []
    for spec in case.numbers:
        low, high = case.range(spec)
        here = case.value(spec)
        if not low < high:
            continue
        steps = _AWAY * (high - low)
        xs = np.unique(np.clip(np.concatenate([here - steps, [here], here + steps]), low, high))
        try:
            watched = _watched(case, case.solve({spec.name: xs}))
        except NegotiationError:
            continue
        at = int(np.abs(xs - here).argmin())
        for what, values in watched.items():
            for way in (1, -1):
                bracket = _first_change(xs, values, at, way)
                if bracket is not None:
                    a, b = bracket
                    away = abs(xs[a] - here) / (high - low)
                    ends = (float(xs[a]), float(xs[b]))
                    told = (float(values[a]), float(values[b]))
                    outer = abs(xs[b] - here) / (high - low)
                    found.append(_Bracket(spec, what, ends, told, float(away), float(outer)))
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


def nearest_threshold(case: Audited) -> Finding:
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
        return Finding(key, question, Verdict.DOES_NOT, float("nan"), "", told, command)
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
    return Finding(key, question, verdict, distance, "share of its range", told, command, details)


def _located(case: Audited, bracket: _Bracket) -> tuple[float, float, _Bracket]:
    """Distance and place of a change, located on its function."""
    low, high = case.range(bracket.spec)

    def function(x: Array, brackets: Any) -> Array:
        del brackets
        found = case.solve({bracket.spec.name: x})
        return _watched(case, found)[bracket.what]

    roots = locate(function, *bracket.ends, *bracket.values, THRESHOLD * (high - low))
    where = float(roots.at[0])
    return abs(where - case.value(bracket.spec)) / (high - low), where, bracket
