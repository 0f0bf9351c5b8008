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

from negotiation.errors import DataError
from negotiation.tolerances import (
    TRADE_HALVINGS,
    TRADE_NEWTON_STEPS,
    TRADE_RESIDUAL,
    TRADE_STEPS,
    TRADE_TARGET,
)
from negotiation.trade.system import Scenarios, State, evaluate, jacobian, unknowns
from negotiation.trade.world import Array, World

_BLOCK = 16


def baseline(world: World) -> Scenarios:
    """Return the one scenario in which nothing changes."""
    net = world.share / (1.0 + world.tariff)
    return Scenarios(world, world.share[..., None], net[..., None], world.transfer[:, None])


@lru_cache(maxsize=16)
def preconditioner(world: World) -> Array:
    """Inverse Jacobian at the baseline, (M, M); computed once per world."""
    z = np.zeros((unknowns(world), 1))
    try:
        return np.asarray(np.linalg.inv(jacobian(baseline(world), z)))
    except np.linalg.LinAlgError:
        raise DataError(
            "some regions do not trade with the others, directly or through third ones, so that "
            "nothing determines their relative wages; solve them as worlds of their own"
        ) from None


def worst(state: State) -> Array:
    """Largest residual of each scenario, (B,).

    Infinite where any is not a number, or a region's income is not positive: its transfer takes
    more than it earns, and a negative income solves the equations without meaning anything.
    """
    gap = np.abs(state.residual).max(axis=0)
    return np.where(np.isfinite(gap) & (state.income > 0.0).all(axis=0), gap, np.inf)


def padded(index: NDArray[np.int64]) -> NDArray[np.int64]:
    """Repeat the last scenario up to a multiple of 16.

    Matrix products then never end in a partial block, which is summed in another order: an answer
    does not depend, not even in its last bit, on which other scenarios share its chunk.
    """
    return np.pad(index, (0, -len(index) % _BLOCK), mode="edge")


def solve(scenarios: Scenarios, real: int) -> tuple[Array, NDArray[np.int64]]:
    """Solve a chunk of scenarios, of which those after the first `real` only fill it up.

    Returns
    -------
    z : (M, B) array
        Log changes; where a scenario did not converge, the best point seen.
    steps : (B,) array
        Evaluations of the equations that each scenario took.
    """
    with np.errstate(all="ignore"):  # a wild step may overflow; the residual then says so
        z, gap, steps = _broyden(scenarios)
        for index in np.flatnonzero(gap[:real] > TRADE_RESIDUAL):
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
    active, going = np.arange(size), np.ones(size, dtype=bool)
    here, z = scenarios, best.copy()
    moves: list[Array] = []
    lengths: list[Array] = []
    for _ in range(TRADE_STEPS):
        state = evaluate(here, z)
        now = worst(state)
        steps[active[going]] += 1
        better = (now < gap[active]) & going
        best[:, active[better]] = z[:, better]
        gap[active[better]] = now[better]
        # Finished: on target, at the floor of rounding, or lost.
        going &= (now > TRADE_TARGET) & np.isfinite(now)
        going &= ~((gap[active] <= TRADE_RESIDUAL) & ~better)
        if not going.any():
            break
        residual = state.residual
        kept = padded(np.flatnonzero(going))
        if len(kept) < len(active):
            active, going = active[kept], going[kept]
            here, z = here.take(kept), z[:, kept]
            moves = [move[:, kept] for move in moves]
            lengths = [length[kept] for length in lengths]
            residual = residual[:, kept]
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
