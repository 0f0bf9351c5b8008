"""Marginal leverage (L3) of every lever, by one-sided differences of the whole chain."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from negotiation import leverage
from negotiation.case import Case
from negotiation.games.game import Array
from negotiation.leverage import Marginal, Moved, Threat
from negotiation.model import Model, Parameter
from negotiation.outcome.threats import threat
from negotiation.tolerances import MARGINAL_STEP

#: Points of a one-sided difference on either side, in steps.
_STEPS = (-1, -2, 1, 2)


def marginals(case: Case, here: Threat) -> dict[str, Marginal]:
    """Marginal leverage of every numeric lever: all the points it takes, as one cloud."""
    model, concept = case.model, case.concept
    levers = [
        spec
        for spec in model.parameters().values()
        if spec.numeric and spec.lever_of in model.players
    ]
    if not levers:
        return {}
    batch = model.batch_shape
    steps = [_step(spec, np.asarray(model.value(spec.name), dtype=float)) for spec in levers]
    room = {spec.name: _room(model, spec, step) for spec, step in zip(levers, steps, strict=True)}
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
            move = np.where(room[spec.name][times > 0], times * steps[row], 0.0)
            cloud[spec.name][row, k] += move
    sides = np.array([model.players.index(spec.lever_of) for spec in levers])
    owner = sides.reshape(-1, 1, *[1] * len(batch))
    there = leverage.moved(here, threat(case.at(model.at_values(cloud))), owner, concept)
    base = leverage.moved(here, here, np.broadcast_to(owner[:, 0], shape[:1] + batch), concept)
    results = {}
    for row, spec in enumerate(levers):
        slopes = []
        for first, sign in ((0, -1), (2, 1)):
            near, far = (_one(there, (row, first + k)) for k in (0, 1))
            with np.errstate(invalid="ignore"):
                found = leverage.slope(_one(base, row), near, far, sign * steps[row])
            blocked = np.where(room[spec.name][sign > 0], 0.0, np.nan)
            slopes.append(
                dataclasses.replace(
                    found,
                    total=found.total + blocked,
                    own_fallback=found.own_fallback + blocked,
                    their_fallback=found.their_fallback + blocked,
                    pie=found.pie + blocked,
                )
            )
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


def _one(cloud: Moved, index: tuple[int, ...] | int) -> Moved:
    """Pick the points of one lever and step; what does not depend on the lever is shared."""
    shape = cloud.total.shape
    parts = (cloud.total, cloud.own, cloud.their, np.broadcast_to(cloud.support, shape))
    total, own, their, support = (each[index] for each in parts)
    return Moved(total, own, their, support)
