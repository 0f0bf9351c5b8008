"""Solve the equations of `system`: preconditioned Broyden for the near, Newton for the far.

Near the baseline one inverse Jacobian, computed once per world, preconditions every scenario;
rank-one corrections (Broyden's good update, kept as a list of steps after Kelley 1995, chapter 7)
do the rest. A scenario that this does not solve is reached by full Newton steps along the straight
path from the baseline, in legs that halve where a leg fails. There is no damping anywhere.
Convergence is judged by the residual, never by the length of a step.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from negotiation.tolerances import (
    TRADE_HALVINGS,
    TRADE_NEWTON_STEPS,
    TRADE_RESIDUAL,
    TRADE_STEPS,
    TRADE_TARGET,
)
from negotiation.trade.system import Scenarios, State, evaluate, jacobian, unknowns
from negotiation.trade.world import Array, World


def baseline(world: World) -> Scenarios:
    """Return the one scenario in which nothing changes."""
    net = world.share / (1.0 + world.tariff)
    return Scenarios(world, world.share[..., None], net[..., None], world.transfer[:, None])


@lru_cache(maxsize=16)
def preconditioner(world: World) -> Array:
    """Inverse Jacobian at the baseline, (M, M); computed once per world."""
    z = np.zeros((unknowns(world), 1))
    return np.asarray(np.linalg.inv(jacobian(baseline(world), z)))


def worst(state: State) -> Array:
    """Largest residual of each scenario, (B,); infinite where any is not a number."""
    gap = np.abs(state.residual).max(axis=0)
    return np.where(np.isfinite(gap), gap, np.inf)


def solve(scenarios: Scenarios) -> tuple[Array, NDArray[np.int64]]:
    """Solve a chunk of scenarios.

    Returns
    -------
    z : (M, B) array
        Log changes; where a scenario did not converge, the best point seen.
    steps : (B,) array
        Evaluations of the equations that each scenario took.
    """
    with np.errstate(all="ignore"):  # a wild step may overflow; the residual then says so
        z, gap, steps = _broyden(scenarios)
        for index in np.flatnonzero(gap > TRADE_RESIDUAL):
            chosen = np.array([index])
            point, reached, taken = _path(scenarios.take(chosen))
            steps[index] += taken
            if reached < gap[index]:
                z[:, index] = point[:, 0]
    return z, steps


def _broyden(scenarios: Scenarios) -> tuple[Array, Array, NDArray[np.int64]]:
    """Run Broyden's method on all scenarios in lockstep; a converged one no longer moves."""
    inverse = preconditioner(scenarios.world)
    size = scenarios.size
    best = np.zeros((inverse.shape[0], size))
    gap = np.full(size, np.inf)
    steps = np.zeros(size, dtype=np.int64)
    active = np.arange(size)
    here, z = scenarios, best.copy()
    moves: list[Array] = []
    lengths: list[Array] = []
    for _ in range(TRADE_STEPS):
        state = evaluate(here, z)
        now = worst(state)
        steps[active] += 1
        better = now < gap[active]
        best[:, active[better]] = z[:, better]
        gap[active[better]] = now[better]
        # Finished: on target, at the floor of rounding, or lost.
        going = (now > TRADE_TARGET) & np.isfinite(now)
        going &= ~((gap[active] <= TRADE_RESIDUAL) & ~better)
        if not going.any():
            break
        if not going.all():
            kept = np.flatnonzero(going)
            active, here, z = active[kept], here.take(kept), z[:, kept]
            moves = [move[:, kept] for move in moves]
            lengths = [length[kept] for length in lengths]
            residual = state.residual[:, kept]
        else:
            residual = state.residual
        step = -(inverse @ residual)
        for index, move in enumerate(moves[:-1]):
            step += moves[index + 1] * ((move * step).sum(axis=0) / lengths[index])
        if moves:
            step /= 1.0 - (moves[-1] * step).sum(axis=0) / lengths[-1]
        moves.append(step)
        lengths.append((step * step).sum(axis=0))
        z = z + step
    return best, gap, steps


def _path(scenario: Scenarios) -> tuple[Array, float, int]:
    """Newton along the straight path of log trade costs from the baseline to one scenario."""
    start = baseline(scenario.world)
    z = np.zeros((unknowns(scenario.world), 1))
    reached, leg, halvings, taken = 0.0, 1.0, 0, 0
    while True:
        goal = min(1.0, reached + leg)
        point, gap, steps = _newton(_between(start, scenario, goal), z)
        taken += steps
        if gap <= TRADE_RESIDUAL:
            z, reached = point, goal
            if reached == 1.0:
                return z, gap, taken
            leg *= 2.0
            continue
        halvings += 1
        leg /= 2.0
        if halvings > TRADE_HALVINGS:
            return z, float(worst(evaluate(scenario, z))[0]), taken


def _between(start: Scenarios, end: Scenarios, weight: float) -> Scenarios:
    if weight == 1.0:
        return end
    tax = [np.where(s.weight > 0, s.net_weight / s.weight, 1.0) for s in (start, end)]
    mixed = start.weight ** (1.0 - weight) * end.weight**weight
    return Scenarios(
        end.world,
        mixed,
        mixed * tax[0] ** (1.0 - weight) * tax[1] ** weight,
        (1.0 - weight) * start.transfer + weight * end.transfer,
    )


def _newton(scenario: Scenarios, z: Array) -> tuple[Array, float, int]:
    best, gap, taken = z, float(worst(evaluate(scenario, z))[0]), 1
    while taken < TRADE_NEWTON_STEPS and np.isfinite(gap) and gap > TRADE_TARGET:
        try:
            step = np.linalg.solve(jacobian(scenario, z), evaluate(scenario, z).residual)
        except np.linalg.LinAlgError:
            break
        z = z - step
        now = float(worst(evaluate(scenario, z))[0])
        taken += 1
        if (now >= gap and gap <= TRADE_RESIDUAL) or not np.isfinite(now):
            break
        if now < gap:
            best, gap = z, now
    return best, gap, taken
