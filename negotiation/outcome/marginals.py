"""Marginal leverage (L3) of every lever, by one-sided differences of the whole chain."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation import leverage
from negotiation.case import Case
from negotiation.coded import coded
from negotiation.games.game import Array
from negotiation.leverage import Marginal, Moved, Slope, Threat
from negotiation.model import Model, Parameter
from negotiation.outcome.threats import threat
from negotiation.tolerances import MARGINAL_STEP

#: Points of a one-sided difference on either side, in steps.
_STEPS = (-1, -2, 1, 2)

#: Points from which on a lever is moved by one step at a time, so that what is at hand stays small.
#: Below, all the points it takes are one cloud, which shares the cost of a solver.
_MANY = 256


def marginals(case: Case, here: Threat) -> dict[str, Marginal]:
    """Marginal leverage of every numeric lever."""
    model, concept = case.model, case.concept
    levers = [
        spec
        for spec in model.parameters().values()
        if spec.numeric and spec.lever_of in model.players
    ]
    if not levers:
        return {}
    steps = [_step(spec, np.asarray(model.value(spec.name), dtype=float)) for spec in levers]
    rooms = [_room(model, spec, step) for spec, step in zip(levers, steps, strict=True)]
    sides = [model.players.index(spec.lever_of) for spec in levers]
    if int(np.prod(model.batch_shape)) < _MANY:
        points = _together(case, here, levers, steps, rooms)
    else:
        points = _one_by_one(case, here, levers, steps, rooms)
    results = {}
    for spec, step, room, side, moved in zip(levers, steps, rooms, sides, points, strict=True):
        base = leverage.unmoved(here, side, concept)
        slopes = []
        for first, sign in ((0, -1), (2, 1)):
            with np.errstate(invalid="ignore"):
                found = leverage.slope(base, moved[first], moved[first + 1], sign * step)
            slopes.append(_where(found, room[sign > 0]))
        cost = model.ask("lever_cost", spec.name)
        results[spec.name] = Marginal(
            lever=spec.name,
            owner=spec.lever_of,
            unit=spec.unit,
            left=slopes[0],
            right=slopes[1],
            cost=np.asarray(np.nan if cost is None else cost, dtype=float),
        )
    return results


def _where(slope: Slope, room: NDArray[np.bool_]) -> Slope:
    """A slope where the lever has room to move that way."""
    if room.all():
        return slope
    return dataclasses.replace(
        slope,
        **{
            part: np.where(room, getattr(slope, part), np.nan)
            for part in ("total", "own_fallback", "their_fallback", "pie")
        },
    )


#: Whether there is room to the left and to the right of a value, (...) each.
_Room = tuple[NDArray[np.bool_], NDArray[np.bool_]]


def _one_by_one(
    case: Case,
    here: Threat,
    levers: Sequence[Parameter],
    steps: Sequence[Array],
    rooms: Sequence[_Room],
) -> Iterator[list[Moved]]:
    """Give the points of one lever after the other."""
    model = case.model
    for spec, step, room in zip(levers, steps, rooms, strict=True):
        value = np.asarray(model.value(spec.name), dtype=float)
        side = model.players.index(spec.lever_of)
        points = []
        for times in _STEPS:
            free = room[times > 0]
            move = times * step if free.all() else np.where(free, times * step, 0.0)
            place = np.broadcast_to(value + move, model.batch_shape)
            there = threat(case.at(model.at_values({spec.name: place})))
            points.append(leverage.moved(here, there, side, case.concept))
        yield points


def _together(
    case: Case,
    here: Threat,
    levers: Sequence[Parameter],
    steps: Sequence[Array],
    rooms: Sequence[_Room],
) -> Iterator[list[Moved]]:
    """Give the points of one lever after the other, solved as one cloud."""
    model = case.model
    batch = model.batch_shape
    cloud: dict[str, Array] = {}
    shape = (len(levers), len(_STEPS), *batch)
    # An inheriting lever follows its parent's column of the cloud, so parents come first.
    for spec in sorted(levers, key=lambda each: len(_ancestors(model, each))):
        parent = next((name for name in _ancestors(model, spec) if name in cloud), None)
        follows = getattr(model, spec.field) is None and parent is not None
        start = cloud[str(parent)] if follows else np.asarray(model.value(spec.name), dtype=float)
        cloud[spec.name] = np.array(np.broadcast_to(start, shape))
        row = levers.index(spec)
        for k, times in enumerate(_STEPS):
            cloud[spec.name][row, k] += np.where(rooms[row][times > 0], times * steps[row], 0.0)
    owners = np.array([model.players.index(spec.lever_of) for spec in levers])
    owner = owners.reshape(-1, 1, *[1] * len(batch))
    there = threat(case.at(model.at_values(cloud)))
    found = leverage.moved(here, there, owner, case.concept)
    total, own, their = (np.broadcast_to(x, shape) for x in (found.total, found.own, found.their))
    support = coded(found, "support").broadcast_to(shape)
    for row in range(len(levers)):
        yield [
            Moved(total[row, k], own[row, k], their[row, k], support[row, k].as_field())
            for k in range(len(_STEPS))
        ]


def _ancestors(model: Model, spec: Parameter) -> list[str]:
    """Names from which a lever takes its value while it and they are not set, nearest first."""
    names: list[str] = []
    while spec.inherits and getattr(model, spec.field) is None:
        names.append(spec.inherits)
        spec = model.find_parameter(spec.inherits)
    return names


def _step(spec: Parameter, value: Array) -> Array:
    low, high = spec.low, spec.upper
    if low is not None and high is not None:
        return np.asarray(MARGINAL_STEP * (high - low))
    return MARGINAL_STEP * np.maximum(1.0, np.abs(value))


def _room(
    model: Model, spec: Parameter, step: Array
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether two steps fit to the left and to the right of the value."""
    value = np.asarray(model.value(spec.name), dtype=float)
    left = value - 2 * step >= (-np.inf if spec.low is None else spec.low)
    if spec.below is not None:
        right = value + 2 * step < spec.below
    else:
        right = value + 2 * step <= (np.inf if spec.high is None else spec.high)
    return np.asarray(left), np.asarray(right)
