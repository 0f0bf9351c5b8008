"""Regime changes along one parameter: where they are, what is on either side, or how far off.

Three kinds are looked for: the support of the selected equilibrium changes; a side's payoff without
a deal passes the status quo; net concession leverage changes sign. Each is bracketed by the points
of the sweep and located by root finding on the model itself, never read off the grid.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negotiation.case import Case, study
from negotiation.games import indices, support_margin
from negotiation.outcome import Outcome, evaluate
from negotiation.outcome.columns import columns
from negotiation.regimes.line import Event, Line
from negotiation.regimes.roots import crossing, narrowest, roundest
from negotiation.regimes.signs import signs
from negotiation.regimes.steps import steps
from negotiation.tolerances import ZERO_LOSS
from negotiation.words import amount, money

if TYPE_CHECKING:
    import xarray as xr

#: Lines of a grid of two or more dimensions that are followed.
_MOST_LINES = 25

#: How near a tie, as a share of the swept range, a rule may change its choice because of it.
_TIED = 1e-6

#: Points looked at together for ties.
_TOGETHER = 256


@study(once={2: "settings"}, second=True)
def regimes(case: Case, data: xr.Dataset) -> list[Event]:
    """Find every regime change along the first numeric axis of a sweep.

    An axis of whole numbers is followed where there is no other: between which two of them
    something changes.

    Parameters
    ----------
    case : Case, or what makes one
    data : xarray.Dataset
        From `sweep` of the same case.

    Returns
    -------
    list of Event
        In order along the parameter, kind by kind; where a kind does not occur, one event that
        says so and how far off it is. Empty if no axis is numeric. For more than one axis every
        line along the first is followed, up to 25 lines.
    """
    dims = [str(name) for name in data.dims]
    several = [d for d in dims if data.sizes[d] > 1]
    along = next((d for kind in "fi" for d in several if data[d].dtype.kind == kind), None)
    if along is None:
        return []
    others = [d for d in dims if d != along]
    base = case.model
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
            axis=base.find_parameter(along),
            points=stacked[along].values,
            values={str(k): v.values[index] for k, v in stacked.data_vars.items()},
            case=case,
            label="".join(
                f", {name}={value if isinstance(value, str) else amount(value)}"
                for name, value in chosen.items()
            ),
        )
        place = tuple(chosen.items())
        events += (dataclasses.replace(event, place=place) for event in _follow(line))
    return events


def _follow(line: Line) -> Iterator[Event]:
    if line.points.dtype.kind == "i":
        yield from steps(line)
        return
    ties = _ties(line)
    if ties.at.any():
        # What a side has where payoffs are tied is a choice among equilibria: no sign of anything.
        values = {
            name: np.where(ties.at, np.nan, each) if each.dtype.kind == "f" else each
            for name, each in line.values.items()
        }
        line = dataclasses.replace(line, values=values)
    events = list(_supports(line, ties))
    yield from events
    yield from signs(line, [event.value for event in events if event.within], ties.at)


# --- ties -----------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class _Ties:
    """Points of a line at which payoffs are exactly tied, and what is selected beside them.

    Attributes
    ----------
    at : (N,) array of bool
    left, right : (N,) arrays of str
        The selected equilibrium just below and just above; where nothing is tied that of the point.
    sets : mapping of place to tuple of str
        All equilibria at a tied point, by their supports.
    """

    at: NDArray[np.bool_]
    left: NDArray[np.str_]
    right: NDArray[np.str_]
    sets: Mapping[int, tuple[str, ...]]


def _ties(line: Line) -> _Ties:
    """Look at the points beside which the selected equilibrium changes."""
    supports = line.values["equilibrium"]
    changed = np.flatnonzero(supports[1:] != supports[:-1])
    tied = np.zeros(len(supports), dtype=bool)
    left, right = supports.astype(object), supports.astype(object)
    sets: dict[int, tuple[str, ...]] = {}
    low, high = float(line.points[0]), float(line.points[-1])
    places = np.union1d(changed, changed + 1)
    for start in range(0, len(places), _TOGETHER):
        some = places[start : start + _TOGETHER]
        x = line.points[some]
        step = np.array([line.aside(float(each)) for each in x])
        cloud = np.concatenate([np.maximum(x - step, low), x, np.minimum(x + step, high)])
        found = evaluate(line.case.at(line.model.at_values({line.axis.name: cloud})))
        below, here, above = found.selection.support.reshape(3, -1)
        exact = np.broadcast_to(found.equilibria.degenerate, cloud.shape).reshape(3, -1)
        every = found.equilibria.supports.reshape(3, len(some), -1)[1]
        for j, k in enumerate(some.tolist()):
            sides = [
                side
                for side, inside in ((below[j], x[j] > low), (above[j], x[j] < high))
                if inside and side
            ]
            # Where payoffs are as tied on either side as here, nothing is special about the point.
            alone = not (exact[0, j] and exact[2, j] and low < x[j] < high)
            others = {str(side) for side in sides if side != here[j]}
            if others and ((exact[1, j] and alone) or _as_good(line, found, len(some) + j, others)):
                tied[k] = True
                left[k] = below[j] if x[j] > low else above[j]
                right[k] = above[j] if x[j] < high else below[j]
                sets[k] = tuple(sorted({str(each) for each in every[j] if each}))
    return _Ties(tied, left, right, sets)


def _as_good(line: Line, found: Outcome, at: int, others: set[str]) -> bool:
    """Whether an equilibrium selected beside a point gives everybody there as much as its own."""
    zero = ZERO_LOSS * line.scale
    chosen = found.selection.payoffs[at]
    return any(
        each.support in others and np.abs(np.array(each.payoffs) - chosen).max() <= zero
        for each in found.equilibria.at((at,))
    )


def _tie(line: Line, ties: _Ties, k: int) -> Event:
    """Say what holds at a tied point, and beside it."""
    x = float(line.points[k])
    first, last = k == 0, k == len(line.points) - 1
    place = f"{line.axis.name} = {amount(x)}{line.label}"
    if first or last:
        place += ", the end of the range"
    every = ", ".join(ties.sets[k])
    chosen = str(line.values["equilibrium"][k])
    beside = str(ties.right[k] if first else ties.left[k])
    where = "just above it" if first else "just below it" if last else "on either side"
    step = line.aside(x)
    near = x + step if first else x - step
    told = f"{_called(beside)} ({_payoffs(line, near)})"
    return Event(
        "tie",
        line.axis.name,
        x,
        f"{chosen} (tied)" if first else told,
        f"{chosen} (tied)" if last else told,
        f"At {place}, payoffs are exactly tied: {every} are equilibria there, and the rule chooses "
        f"{chosen}; {where} the equilibrium is {told}.",
        True,
    )


# --- equilibrium ----------------------------------------------------------------------------------


def _supports(line: Line, ties: _Ties) -> Iterator[Event]:
    changed = False
    last = len(line.points) - 1
    for k in np.flatnonzero(ties.at).tolist():
        if k in (0, last) or ties.left[k] == ties.right[k]:
            yield _tie(line, ties, k)
        else:
            changed = True
            x = float(line.points[k])
            yield _change(line, x, str(ties.left[k]), str(ties.right[k]), (-np.inf, np.inf), True)
    for k in np.flatnonzero(ties.right[:-1] != ties.left[1:]).tolist():
        changed = True
        low, high = float(line.points[k]), float(line.points[k + 1])
        low += line.aside(low) if ties.at[k] else 0.0
        high -= line.aside(high) if ties.at[k + 1] else 0.0
        yield from _boundaries(line, low, high, True)
    if changed:
        return
    throughout = str(ties.right[0])
    away, found = line.beyond
    further = ""
    if len(away):
        other = np.flatnonzero(found["equilibrium"] != throughout)
        if len(other):
            inner, outer = line.bracket(int(other[0]))
            for event in _boundaries(line, inner, outer, False):
                yield dataclasses.replace(
                    event,
                    sentence=f"The equilibrium does not change along {line.range}: "
                    f"{_called(throughout)} throughout. Outside that range, t{event.sentence[1:]}",
                )
                return
        further = f" No change was found {line.tried} either."
    yield Event(
        "equilibrium",
        line.axis.name,
        np.nan,
        throughout,
        throughout,
        f"The equilibrium does not change along {line.range}: {_called(throughout)} throughout."
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
        nudge = toward * line.aside(edge)
        beside = min(edge + nudge, high) if toward > 0 else max(edge + nudge, high)
        after = str(line.at(beside, "equilibrium"))
        sides = (support, after) if toward > 0 else (after, support)
        limits = (min(x, high), max(x, high))
        yield _change(line, edge, *sides, limits, within)
        if after == support or beside == x:
            return
        x, support = beside, after


def _change(
    line: Line,
    edge: float,
    below: str,
    above: str,
    limits: tuple[float, float],
    within: bool,
) -> Event:
    """Say what changes at a place, from the payoffs a step to either side of it."""
    step = line.aside(edge)
    around = (max(edge - step, limits[0]), min(edge + step, limits[1]))
    remains = bool(below) and below in line.outcome(around[1]).equilibria.supports[0]
    kind = "selected equilibrium" if remains else "equilibrium"
    still = f"; {below} is still an equilibrium there, but not selected" if remains else ""
    told = [
        f"{_called(name)} ({_payoffs(line, at)})"
        for at, name in zip(around, (below, above), strict=True)
    ]
    return Event(
        "equilibrium",
        line.axis.name,
        edge,
        told[0],
        told[1],
        f"The {kind} changes at {line.axis.name} = {amount(edge)}{line.label}: {told[0]} "
        f"below, {told[1]} above{still}.",
        within,
    )


def _edge(line: Line, support: str, x: float, high: float) -> float:
    """Where a support that is selected at x stops being an equilibrium, or being selected."""

    def margin(value: float) -> float:
        game = line.outcome(value).game
        return float(support_margin(game, indices(game, support))[0])

    good, bad = x, high
    try:
        start, stop = (margin(x), margin(high)) if support else (np.nan, np.nan)
        if start > 0.0 >= stop:
            edge = crossing(margin, x, high, start, stop, line.width)
            step = line.aside(edge) if high > x else -line.aside(edge)
            before = max(edge - step, x) if high > x else min(edge - step, x)
            if str(line.at(before, "equilibrium")) == support:
                return edge
            bad = before  # the rule has left it for another before it breaks down
    except ValueError:  # supports of more than two players have no margin
        pass
    while abs(bad - good) > narrowest(good, bad, line.width):
        middle = 0.5 * (good + bad)
        if str(line.at(middle, "equilibrium")) == support:
            good = middle
        else:
            bad = middle
    edge = roundest(good, bad)
    # Beside a tie the rule changes its choice within a tolerance, on either side of it.
    near = _TIED * float(np.ptp(line.points))
    tied = roundest(edge - near, edge + near)
    inside = min(x, high) <= tied <= max(x, high)
    if tied != edge and inside and bool(line.outcome(tied).equilibria.degenerate[0]):
        return tied
    return edge


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
