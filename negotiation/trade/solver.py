"""Solve the equations of `system`: preconditioned Broyden for the near, Newton for the far.

Near the baseline one inverse Jacobian, computed once per world, preconditions every scenario;
rank-one corrections (Broyden's good update, kept as a list of steps after Kelley 1995, chapter 7)
do the rest. A scenario that this does not solve is reached by full Newton steps along the straight
path from the baseline, in legs that shorten where a leg fails. There is no damping anywhere.
Convergence is judged by the residual, never by the length of a step.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from negotiation.tolerances import (
    TRADE_BACKTRACKS,
    TRADE_HALVINGS,
    TRADE_NEWTON_STEPS,
    TRADE_PATH_STEPS,
    TRADE_RESIDUAL,
    TRADE_STEPS,
    TRADE_TARGET,
)
from negotiation.trade import blocks
from negotiation.trade.checks import Array
from negotiation.trade.inverses import Dense, Inverse
from negotiation.trade.jacobian import jacobian, preconditioner
from negotiation.trade.sourcing import Own, padded
from negotiation.trade.system import Scenarios, State, baseline, evaluate

#: The path to a far scenario: its first leg as a part of the whole, the evaluations and halvings of
#: a step on a leg, the evaluations up to which the next leg is twice as long, or as long, and the
#: step of the differences behind its tangent. They decide how fast it is walked, not what is found.
_FIRST_LEG, _LEG_STEPS, _LEG_BACKTRACKS = 0.25, 25, 4
_QUICK, _SLOW, _TANGENT_STEP = 8, 13, 1e-7

#: Largest log of unit cost ** -theta: the exponential of 709 is the last double.
_LARGEST_POWER = 690.0


def worst(state: State) -> Array:
    """Largest residual of each scenario, (B,).

    Infinite where any is not a number, or a region's income is not positive: its transfer takes
    more than it earns, and a negative income solves the equations without meaning anything.
    """
    gap = np.maximum(state.residual.max(axis=0), -state.residual.min(axis=0))
    return np.where(np.isfinite(gap) & (state.income > 0.0).all(axis=0), gap, np.inf)


def solve(
    scenarios: Scenarios,
    real: int,
    start: Array | None = None,
    *,
    inverse: Inverse | None = None,
    compiled: bool = False,
    targets: tuple[float, float] = blocks.TARGETS,
) -> tuple[Array, NDArray[np.int64]]:
    """Solve a chunk of scenarios, of which those after the first `real` only fill it up.

    Parameters
    ----------
    start : (M, B) array, optional
        Where to begin; the baseline otherwise.
    inverse : Inverse, optional
        What proposes steps; that of the world at its baseline otherwise.
    compiled : bool
        Use compiled kernels where they are written for the scenarios.
    targets : pair of float
        Residual at which to stop, and one that is good enough.

    Returns
    -------
    z : (M, B) array
        Log changes; where a scenario did not converge, the best point seen.
    steps : (B,) array
        Evaluations of the equations that each scenario took.
    """
    system = scenarios.system
    begin = np.zeros((system.unknowns, scenarios.size)) if start is None else start

    def look(here: Scenarios, z: Array) -> tuple[Array, Array]:
        state = evaluate(here, z)
        return state.residual, worst(state)

    if inverse is None:
        inverse = Dense(preconditioner(system))
    with np.errstate(all="ignore"):  # a wild step may overflow; the residual then says so
        if compiled and blocks.fits(scenarios):
            z, gap, steps = blocks.broyden(scenarios, inverse, begin, targets)
        else:
            z, gap, steps = broyden(scenarios, look, inverse, begin, targets)
        # Where a table is shared the caller tries again without sharing: digits may be missing.
        far = isinstance(scenarios.sourcing, Own)
        for index in np.flatnonzero(far & (gap[:real] > targets[1])):
            chosen = np.array([index])
            point, reached, taken = _path(scenarios.take(chosen))
            steps[index] += taken
            if reached < gap[index]:
                z[:, index] = point[:, 0]
    return z, steps


class Problems(Protocol):
    """Problems that are solved together, of which some can be taken out."""

    @property
    def size(self) -> int:
        """How many there are."""

    def take(self, index: NDArray[np.int64]) -> Self:
        """Return some of them."""


P = TypeVar("P", bound=Problems)


def broyden(
    scenarios: P,
    look: Callable[[P, Array], tuple[Array, Array]],
    inverse: Inverse,
    start: Array,
    targets: tuple[float, float],
) -> tuple[Array, Array, NDArray[np.int64]]:
    """Run Broyden's method on all scenarios in lockstep; a converged one no longer moves.

    Parameters
    ----------
    look : function
        Residual (M, B) and its size (B,) of scenarios at a point.
    inverse : Inverse
        Of the derivative of the residual at some point nearby.
    start : (M, B) array
    targets : pair of float
        Size at which to stop, and size that is good enough to stop once it no longer falls.

    Returns
    -------
    z, gap, steps
        Best points (M, B), their sizes and the evaluations spent, (B,).
    """
    target, enough = targets
    size = scenarios.size
    best = start.copy()
    gap = np.full(size, np.inf)
    steps = np.zeros(size, dtype=np.int64)
    active, going = np.arange(size), np.ones(size, dtype=bool)
    here, z = scenarios, start
    moves: list[Array] = []
    lengths: list[Array] = []
    for _ in range(TRADE_STEPS):
        residual, now = look(here, z)
        steps[active[going]] += 1
        better = (now < gap[active]) & going
        if better.all() and len(active) == size:
            best, gap = z, now
        else:
            best = best.copy() if best is z else best
            best[:, active[better]] = z[:, better]
            gap[active[better]] = now[better]
        # Finished: on target, at the floor of rounding, or lost.
        going &= (now > target) & np.isfinite(now)
        going &= ~((gap[active] <= enough) & ~better)
        if not going.any():
            break
        kept = padded(np.flatnonzero(going))
        if len(kept) < len(active):
            active, going = active[kept], going[kept]
            here, z, inverse = here.take(kept), z[:, kept], inverse.take(kept)
            moves = [move[:, kept] for move in moves]
            lengths = [length[kept] for length in lengths]
            residual = residual[:, kept]
        # Steps are proposals: single precision will do, and halves what has to be moved about.
        step = inverse.times(residual)
        np.negative(step, out=step)
        for index, move in enumerate(moves[:-1]):
            step += moves[index + 1] * (_dot(move, step) / lengths[index])
        if moves:
            step /= 1.0 - _dot(moves[-1], step) / lengths[-1]
        moves.append(step)
        lengths.append(_dot(step, step))
        z = z + step
    return best, gap, steps


def _dot(one: Array, other: Array) -> Array:
    """(B,) products of the columns of (M, B)."""
    return np.asarray(np.einsum("mb,mb->b", one, other))


def _path(scenario: Scenarios) -> tuple[Array, float, int]:
    """Newton at once, or else along the straight path of log trade costs from the baseline.

    Each leg of the path begins where its tangent points to (predictor and corrector, Allgower and
    Georg 2003, chapter 6). With a large trade elasticity trade ends abruptly, and beyond that point
    nothing in the residual says which way wages have to go: only the path leads there.
    """
    system = scenario.system
    transfers = scenario.assumptions.transfers
    if transfers is not None:  # at the baseline all transfers are paid
        transfers = dataclasses.replace(transfers, share=np.ones_like(transfers.share))
    start = baseline(system, dataclasses.replace(scenario.assumptions, transfers=transfers))
    raised = scenario.sourcing.raised
    shift = None if raised is None else raised[None, ..., 0]
    table = scenario.sourcing.table(0)[None]
    end = dataclasses.replace(scenario, sourcing=Own(table, 1, shift))
    z = np.zeros((system.unknowns, 1))
    point, gap, taken = _newton(end, z, TRADE_NEWTON_STEPS, TRADE_BACKTRACKS)
    if gap <= TRADE_RESIDUAL:
        return point, gap, taken
    reached, leg, failed = 0.0, _FIRST_LEG, 1
    slope = _tangent(start, end, reached, z)
    while failed <= TRADE_HALVINGS and taken < TRADE_PATH_STEPS:
        goal = min(1.0, reached + leg)
        guess = z + (goal - reached) * slope
        point, gap, steps = _newton(_between(start, end, goal), guess, _LEG_STEPS, _LEG_BACKTRACKS)
        taken += steps
        if not gap <= TRADE_RESIDUAL:
            leg, failed = 0.25 * leg, failed + 1
            continue
        z, reached, failed = point, goal, 0
        if reached == 1.0:
            return z, gap, taken
        at = evaluate(_between(start, end, reached), z)
        taken += 2
        if np.abs(scenario.theta[:, None] * at.unit_cost).max() > _LARGEST_POWER:
            break  # beyond what a double can hold
        leg *= 2.0 if steps <= _QUICK else 1.0 if steps <= _SLOW else 0.5
        slope = _tangent(start, end, reached, z)
    return z, float(worst(evaluate(end, z))[0]), taken


def _tangent(start: Scenarios, end: Scenarios, weight: float, z: Array) -> Array:
    """(M, 1) derivative of the solution by the weight along the path, at a solution."""
    here = _between(start, end, weight)
    step = _TANGENT_STEP if weight < 0.5 else -_TANGENT_STEP
    moved = evaluate(_between(start, end, weight + step), z).residual - evaluate(here, z).residual
    try:
        slope = np.asarray(np.linalg.solve(jacobian(here, z), moved / -step), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.zeros_like(z)
    return np.asarray(slope, dtype=float) if np.isfinite(slope).all() else np.zeros_like(z)


def _between(start: Scenarios, end: Scenarios, weight: float) -> Scenarios:
    if weight == 1.0:
        return end
    tables, raised = [each.sourcing.table(0) for each in (start, end)], end.sourcing.raised
    gross = [table[:, 0] for table in tables]
    tax = [np.where(g > 0, table[:, 1] / g, 1.0) for g, table in zip(gross, tables, strict=True)]
    shift = None if raised is None else weight * raised[None, ..., 0]
    mixed = gross[0] ** (1.0 - weight) * gross[1] ** weight
    net = mixed * tax[0] ** (1.0 - weight) * tax[1] ** weight
    exports, grants = end.exports, end.grants
    if exports is not None:
        # The part of a dollar that origins collect, of mixed weights.
        at = (slice(None), slice(None), exports.buyers, exports.origins)
        full = np.where(gross[1][at] > 0.0, gross[1][at], 1.0)[..., None]
        part = weight * exports.weight / full
        exports = dataclasses.replace(exports, weight=part * mixed[at][..., None])
    if grants is not None:
        grants = dataclasses.replace(grants, amount=weight * grants.amount)
    assumptions = end.assumptions
    if assumptions.transfers is not None:
        own = assumptions.transfers
        share = 1.0 - weight + weight * own.share
        transfers = dataclasses.replace(own, share=share)
        assumptions = dataclasses.replace(assumptions, transfers=transfers)
    return Scenarios(
        end.system,
        Own(np.stack([mixed, net], axis=1)[None], 1, shift),
        (1.0 - weight) * start.transfer + weight * end.transfer,
        exports,
        grants,
        assumptions,
    )


def _newton(scenario: Scenarios, z: Array, most: int, halvings: int) -> tuple[Array, float, int]:
    """Newton's method, steps halved by the natural monotonicity test (Deuflhard 2011, chapter 3).

    What has to shrink is the residual times the inverse Jacobian, the next step: the test does not
    depend on how equations are scaled. A region that hardly trades moves far for small residuals.
    At most `most` evaluations, and so many halvings of a step.
    """
    at = evaluate(scenario, z)
    gap, taken = float(worst(at)[0]), 1
    while taken < most and np.isfinite(gap) and gap > TRADE_TARGET:
        try:
            inverse = np.linalg.inv(jacobian(scenario, z))
        except np.linalg.LinAlgError:
            break
        step = inverse @ at.residual
        length, part = float(np.abs(step).max()), 1.0
        for _ in range(halvings):
            there = evaluate(scenario, z - part * step)
            taken += 1
            now = float(worst(there)[0])
            if np.isfinite(now):
                following = float(np.abs(inverse @ there.residual).max())
                if following <= (1.0 - 0.5 * part) * length or now <= TRADE_RESIDUAL:
                    break
            part *= 0.5
        else:
            break
        if now >= gap and gap <= TRADE_RESIDUAL:
            break  # at the floor of rounding
        z, at, gap = z - part * step, there, now
    return z, gap, taken
