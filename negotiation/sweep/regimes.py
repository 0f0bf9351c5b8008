"""Regime changes along one parameter: where they are, what is on either side, or how far off.

Three kinds are looked for: the support of the selected equilibrium changes; a side's payoff without
a deal passes the status quo; net concession leverage changes sign. Each is bracketed by the points
of the sweep and located by root finding on the model itself, never read off the grid.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.equilibria import indices, support_margin
from negotiation.model import Model
from negotiation.sweep.columns import columns
from negotiation.sweep.line import Event, Line
from negotiation.sweep.roots import crossing
from negotiation.tolerances import ZERO_LOSS
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
    stacked = data.transpose(*others, along)
    for number, index in enumerate(np.ndindex(*(data.sizes[d] for d in others))):
        if number >= _MOST_LINES:
            break
        chosen = {d: data[d].values[i].item() for d, i in zip(others, index, strict=True)}
        line = Line(
            model=base.replace(chosen),
            axis=model.find_parameter(along),
            points=data[along].values,
            values={str(k): v.values[index] for k, v in stacked.data_vars.items()},
            rule=rule,
            label="".join(f", {name}={value}" for name, value in chosen.items()),
        )
        events += _follow(line)
    return events


def _follow(line: Line) -> Iterator[Event]:
    yield from _supports(line)
    for player in type(line.model).players:
        if f"delta_{player}" in line.values:
            yield from _signs(line, f"no-deal payoff of {player}", f"payoff_{player}", player)
    first = type(line.model).players[0]
    if f"ncl_{first}" in line.values:
        yield from _signs(line, f"ncl of {first}", f"ncl_{first}", first)


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
                    sentence=f"The equilibrium does not change along {line.range}: {supports[0]} "
                    f"throughout. Outside that range, t{event.sentence[1:]}",
                )
                return
        further = f" It is the same at every point tried {line.tried}."
    yield Event(
        "equilibrium",
        line.axis.name,
        np.nan,
        str(supports[0]),
        str(supports[-1]),
        f"The equilibrium does not change along {line.range}: {supports[0]} throughout."
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
        edge = _edge(line, support, x, high)
        nudge = toward * line.aside
        beside = min(edge + nudge, high) if toward > 0 else max(edge + nudge, high)
        after = str(line.at(beside, "equilibrium"))
        left, right = sorted((edge - nudge, beside))
        names = (support, after) if toward > 0 else (after, support)
        remains = support in line.outcome(beside).equilibria.supports[0]
        kind = "selected equilibrium" if remains else "equilibrium"
        still = f"; {support} is still an equilibrium there, but not selected" if remains else ""
        before = f"{names[0]} ({_payoffs(line, left)})"
        behind = f"{names[1]} ({_payoffs(line, right)})"
        yield Event(
            "equilibrium",
            line.axis.name,
            edge,
            before,
            behind,
            f"The {kind} changes at {line.axis.name} = {amount(edge)}{line.label}: {before} below, "
            f"{behind} above{still}.",
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

    try:
        start, stop = margin(x), margin(high)
        if start > 0.0 >= stop:
            return crossing(margin, x, high, start, stop, line.width)
    except ValueError:
        pass
    good, bad = x, high
    while abs(bad - good) > line.width:
        middle = 0.5 * (good + bad)
        if str(line.at(middle, "equilibrium")) == support:
            good = middle
        else:
            bad = middle
    return 0.5 * (good + bad)


def _payoffs(line: Line, x: float) -> str:
    """No-deal payoffs of everybody at a point, in words."""
    found = columns(line.outcome(x))
    told = []
    for player in type(line.model).players:
        value = float(found[f"payoff_{player}"].values[0])
        told.append(f"{line.model.named(player)} {money(value, signed=True)}")
    return ", ".join(told)


# --- signs ----------------------------------------------------------------------------------------


def _signs(line: Line, kind: str, name: str, player: str) -> Iterator[Event]:
    who = line.model.named(player)
    if kind.startswith("ncl"):
        show = _share
        what = f"The net concession leverage (NCL) of {who}"
        below, above = f"{who} pays for the deal", f"{who} is paid"
    else:
        unit = type(line.model).payoff_unit

        def show(value: float) -> str:
            return money(value, unit, signed=True)

        what = f"The no-deal payoff of {who}"
        below, above = f"{who} loses without a deal", f"{who} gains without a deal"
    values = line.values[name]
    some = np.isfinite(values)
    zero = ZERO_LOSS * np.abs(values[some]).max(initial=0.0)
    known = np.flatnonzero(some & (np.abs(values) > zero))
    changes = [(a, b) for a, b in pairwise(known) if values[a] * values[b] < 0.0]
    for a, b in changes:
        yield _sign_event(
            line, kind, name, what, (below, above), show,
            (float(line.points[a]), float(line.points[b])), (float(values[a]), float(values[b])),
            True,
        )  # fmt: skip
    if changes:
        return
    if not len(known):
        told = f"{what} is zero along {line.range}."
        yield Event(kind, line.axis.name, np.nan, "zero", "zero", told, False)
        return
    near = int(known[np.abs(values[known]).argmin()])
    told = (
        f"{what} does not change sign along {line.range}: "
        f"{above if values[near] > 0 else below} throughout. Nearest to zero: {show(values[near])} "
        f"at {line.axis.name} = {line.points[near]:g}."
    )
    away, found = line.beyond
    if len(away):
        other = np.flatnonzero(found[name] * np.sign(values[near]) < -zero)
        if len(other):
            k = int(other[0])
            inner, outer = line.bracket(k)
            start = float(line.at(inner, name))
            event = _sign_event(
                line, kind, name, what, (below, above), show, (inner, outer),
                (start, float(found[name][k])), False,
            )  # fmt: skip
            yield dataclasses.replace(
                event, sentence=f"{told} Outside that range, t{event.sentence[1:]}"
            )
            return
        told += f" The sign is the same at every point tried {line.tried}."
    side = above if values[near] > 0 else below
    yield Event(kind, line.axis.name, np.nan, side, side, told, False)


def _sign_event(
    line: Line,
    kind: str,
    name: str,
    what: str,
    sides: tuple[str, str],
    show: Callable[[float], str],
    ends: tuple[float, float],
    values: tuple[float, float],
    within: bool,
) -> Event:
    where = crossing(lambda x: float(line.at(x, name)), *ends, *values, line.width)
    if ends[0] > ends[1]:
        ends, values = ends[::-1], values[::-1]
    told = [
        f"{sides[int(value > 0)]} ({show(value)} at {amount(x)})"
        for x, value in zip(ends, values, strict=True)
    ]
    return Event(
        kind,
        line.axis.name,
        where,
        told[0],
        told[1],
        f"{what} changes sign at {line.axis.name} = {amount(where)}{line.label}: below it "
        f"{told[0]}, above it {told[1]}.",
        within,
    )


def _share(value: float) -> str:
    return f"{value:+.3f}"
