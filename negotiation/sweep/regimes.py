"""Regime changes along one parameter: where they are, what is on either side, or how far off.

Three kinds are looked for: the support of the selected equilibrium changes; a side's payoff without
a deal passes the status quo; net concession leverage changes sign. Each is bracketed by the points
of the sweep and located by root finding on the model itself, never read off the grid.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.equilibria import indices, support_margin
from negotiation.model import Model
from negotiation.sweep.columns import columns
from negotiation.sweep.line import Event, Line
from negotiation.sweep.roots import crossing
from negotiation.sweep.signs import signs
from negotiation.words import amount, money

if TYPE_CHECKING:
    import xarray as xr

#: Lines of a grid of two or more dimensions that are followed.
_MOST_LINES = 25


def regimes(
    data: xr.Dataset,
    model: type[Model],
    fixed: Mapping[str, Any] | None = None,
    *,
    rule: str = "pareto",
) -> list[Event]:
    """Find every regime change along the first numeric axis of a sweep.

    Parameters
    ----------
    data : xarray.Dataset
        From `sweep`, with the same `model`, `fixed` and `rule`.

    Returns
    -------
    list of Event
        In order along the parameter, kind by kind; where a kind does not occur, one event that
        says so and how far off it is. Empty if no axis is numeric. For more than one axis every
        line along the first is followed, up to 25 lines.
    """
    dims = [str(name) for name in data.dims]
    along = next((d for d in dims if data[d].dtype.kind == "f" and data.sizes[d] > 1), None)
    if along is None:
        return []
    others = [d for d in dims if d != along]
    base = model.build(fixed or {})
    events: list[Event] = []
    stacked = data.transpose(*others, along).sortby(along)
    for number, index in enumerate(np.ndindex(*(data.sizes[d] for d in others))):
        if number >= _MOST_LINES:
            lines = int(np.prod([data.sizes[d] for d in others]))
            told = f"Regimes were looked for along the first {_MOST_LINES} of {lines} lines only."
            events.append(Event("not followed", along, np.nan, "", "", told, False))
            break
        chosen = {d: data[d].values[i].item() for d, i in zip(others, index, strict=True)}
        line = Line(
            model=base.at_values(chosen),
            axis=model.find_parameter(along),
            points=stacked[along].values,
            values={str(k): v.values[index] for k, v in stacked.data_vars.items()},
            rule=rule,
            label="".join(f", {name}={value}" for name, value in chosen.items()),
        )
        events += _follow(line)
    return events


def _follow(line: Line) -> Iterator[Event]:
    yield from _supports(line)
    yield from signs(line)


# --- equilibrium ----------------------------------------------------------------------------------


def _supports(line: Line) -> Iterator[Event]:
    supports = line.values["equilibrium"]
    changed = False
    for k in np.flatnonzero(supports[1:] != supports[:-1]):
        changed = True
        yield from _boundaries(line, float(line.points[k]), float(line.points[k + 1]), True)
    if changed:
        return
    away, found = line.beyond
    further = ""
    if len(away):
        other = np.flatnonzero(found["equilibrium"] != supports[0])
        if len(other):
            inner, outer = line.bracket(int(other[0]))
            for event in _boundaries(line, inner, outer, False):
                yield dataclasses.replace(
                    event,
                    sentence=f"The equilibrium does not change along {line.range}: "
                    f"{_called(supports[0])} throughout. Outside that range, t{event.sentence[1:]}",
                )
                return
        further = f" No change was found {line.tried} either."
    yield Event(
        "equilibrium",
        line.axis.name,
        np.nan,
        str(supports[0]),
        str(supports[-1]),
        f"The equilibrium does not change along {line.range}: {_called(supports[0])} throughout."
        f"{_firmness(line)}{further}",
        False,
    )


def _firmness(line: Line) -> str:
    """How far the nearest change of equilibrium is, in money."""
    nearest: tuple[float, str] | None = None
    for player in type(line.model).players:
        loss = line.values[f"deviation_loss_{player}"]
        if np.isfinite(loss).any():
            k = int(np.nanargmin(loss))
            size = money(loss[k], type(line.model).payoff_unit)
            told = (
                f" Nearest to a change: at {line.axis.name} = {line.points[k]:g} "
                f"{line.model.named(player)} would still lose {size} by moving to "
                f"{line.values[f'best_deviation_{player}'][k]}."
            )
            if nearest is None or loss[k] < nearest[0]:
                nearest = (float(loss[k]), told)
    return nearest[1] if nearest else ""


def _boundaries(line: Line, low: float, high: float, within: bool) -> Iterator[Event]:
    """Every change of support between two points whose supports differ, one after the other."""
    toward = 1.0 if high > low else -1.0
    x, end = low, str(line.at(high, "equilibrium"))
    support = str(line.at(low, "equilibrium"))
    for _ in range(64):  # a continuum of changes in one step would be reported as its first 64
        if support == end:
            return
        edge = line.snapped(_edge(line, support, x, high))
        nudge = toward * line.aside
        beside = min(edge + nudge, high) if toward > 0 else max(edge + nudge, high)
        behind = max(edge - nudge, x) if toward > 0 else min(edge - nudge, x)
        after = str(line.at(beside, "equilibrium"))
        remains = bool(support) and support in line.outcome(beside).equilibria.supports[0]
        kind = "selected equilibrium" if remains else "equilibrium"
        still = f"; {support} is still an equilibrium there, but not selected" if remains else ""
        sides = [(behind, support), (beside, after)]
        if toward < 0:
            sides.reverse()
        told = [f"{_called(name)} ({_payoffs(line, at)})" for at, name in sides]
        yield Event(
            "equilibrium",
            line.axis.name,
            edge,
            told[0],
            told[1],
            f"The {kind} changes at {line.axis.name} = {amount(edge)}{line.label}: {told[0]} "
            f"below, {told[1]} above{still}.",
            within,
        )
        if after == support:
            return
        x, support = beside, after


def _edge(line: Line, support: str, x: float, high: float) -> float:
    """Where a support that is selected at x stops being an equilibrium, or being selected."""

    def margin(value: float) -> float:
        game = line.outcome(value).game
        return float(support_margin(game, indices(game, support))[0])

    good, bad = x, high
    try:
        start, stop = margin(x), margin(high)
        if start > 0.0 >= stop:
            edge = crossing(margin, x, high, start, stop, line.width)
            step = line.aside if high > x else -line.aside
            before = max(edge - step, x) if high > x else min(edge - step, x)
            if str(line.at(before, "equilibrium")) == support:
                return edge
            bad = before  # the rule has left it for another before it breaks down
    except ValueError:  # no such support: the point is not solved
        pass
    while abs(bad - good) > line.width:
        middle = 0.5 * (good + bad)
        if str(line.at(middle, "equilibrium")) == support:
            good = middle
        else:
            bad = middle
    return 0.5 * (good + bad)


def _called(support: str) -> str:
    return str(support) or "no certified equilibrium"


def _payoffs(line: Line, x: float) -> str:
    """No-deal payoffs of everybody at a point, in words."""
    found = columns(line.outcome(x))
    told = []
    for player in type(line.model).players:
        value = float(found[f"payoff_{player}"].values[0])
        shown = money(value, signed=True) if np.isfinite(value) else "unknown"
        told.append(f"{line.model.named(player)} {shown}")
    return ", ".join(told)
