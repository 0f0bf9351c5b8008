"""Search for a point at which every player's tariffs are best responses to the others'."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from negotiation.trade.ascent import ENOUGH, Own, ascent_step, bumps, climb, free
from negotiation.trade.payoff import Problem
from negotiation.trade.world import Array

#: Slopes (players times variables) up to which the answer of every first-order condition to every
#: variable is computed. Beyond, only those to a country's own, and the rest is learnt on the way.
_FULL = 1500

#: Part of the promised gains that a step must take away, or players climb one by one instead; and
#: the part that may be left for the curvature to serve again.
_HELP, _PROGRESS = 0.7, 0.05

#: Largest change of one variable in one step, log points.
_REACH = 0.5

#: Levels tried of a country's rates, parts of what the formula says.
_LEVELS = np.array([0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0, 1.3])

#: Rounds of the formula where much of the world's trade is taxed.
_FORMULA = 4


@dataclasses.dataclass(frozen=True, eq=False)
class Meeting:
    """Where a search for mutual best responses ended.

    Attributes
    ----------
    point : (n,) array
    promise : (players,) array
        Gain that each player's own slope and curvature promise.
    converged : bool
    rounds : int
    """

    point: Array
    promise: Array
    converged: bool
    rounds: int


def meet(problem: Problem, start: Array, *, target: float = 1e-12, rounds: int = 60) -> Meeting:
    """Find a point where every player's first-order conditions hold, Newton on all of them.

    Bounds are held by active sets. Where a step does not bring the conditions closer, every player
    climbs to its best response instead.

    Parameters
    ----------
    problem : Problem
    start : (n,) array
    target : float
        The search ends where nobody is promised a gain above this.
    rounds : int

    Returns
    -------
    Meeting
    """
    low, high = problem.box
    scale, owner = problem.scale, problem.owner
    point = np.clip(start, low, high)
    few = len(point) * len(problem.players) <= _FULL
    slope, jacobian = np.empty_like(point), np.empty((len(point), len(point)))
    curve, known, here = jacobian, False, problem
    promise, concave, taken = np.full(len(problem.players), np.inf), False, 0
    for taken in range(1, rounds + 1):
        if not known:
            here = here.nearby(point)
            slope, jacobian = _curvature(here, point, high)
            curve, known = jacobian, True
        if not np.isfinite(slope).all() or not np.isfinite(jacobian).all():
            break
        promise, concave = _promises(slope, curve, free(point, slope, low, high), owner)
        move = _step(point, slope, jacobian, (low, high), scale) if concave else None
        if promise.max() <= target and concave:
            # The step is computed: what it leaves is far less than what it promises.
            end = point if move is None else np.clip(point + move, low, high)
            return Meeting(end, promise, True, taken)
        for trial in () if move is None else point + np.outer((1.0, 0.3, 0.1), move):
            here = here.nearby(trial) if problem.dense else here
            there = here.own(trial[None])[0] / scale
            if not np.isfinite(there).all():
                continue
            left, _ = _promises(there, curve, free(trial, there, low, high), owner)
            if left.max() < _HELP * promise.max():
                change = (trial - point) * scale
                gap = there - slope - jacobian @ change
                jacobian = jacobian + np.outer(gap, change) / (change @ change)
                # All but the own curvature of many players is learnt here, which takes rounds.
                known = bool(left.max() < (_PROGRESS if few else 0.5) * promise.max())
                point, slope = trial, there
                break
        else:
            point, known = best_responses(here.nearby(point), point, rounds=4), False
    return Meeting(point, promise, bool(concave and promise.max() <= ENOUGH), taken)


def first_point(problem: Problem) -> Array:
    """(n,) a point near an equilibrium.

    Where all trade is taxed the formula for small countries is, once it is evaluated where it leads
    to. Where partners are taxed that have alternatives it says too much: then one level of all its
    rates is chosen for each country, with the others at half of what the formula says.
    """
    point = problem.start
    if problem.dense:
        for _ in range(_FORMULA):
            problem = problem.nearby(point)
            point = problem.formula()
        return point
    count, owner = len(problem.players), problem.owner
    tried = np.tile(0.5 * point, (count * len(_LEVELS), 1))
    for number in range(count):
        rows = slice(number * len(_LEVELS), (number + 1) * len(_LEVELS))
        tried[rows, owner == number] = _LEVELS[:, None] * point[owner == number]
    payoffs = problem.payoffs(np.clip(tried, *problem.box))
    best = point.copy()
    for number in range(count):
        own = payoffs[number * len(_LEVELS) : (number + 1) * len(_LEVELS), number]
        if np.isfinite(own).any():
            best[owner == number] *= _LEVELS[np.nanargmax(own)]
    return np.clip(best, *problem.box)


def best_responses(problem: Problem, point: Array, *, rounds: int) -> Array:
    """Let every player climb against the others' rates at a point (n,)."""
    answer = point.copy()
    for number, player in enumerate(problem.players):
        own = problem.part(number)
        alone = problem.alone(number, point)
        answer[own] = climb(Own(alone), point[own], player.box, player.scale, rounds=rounds).point
    return answer


def _curvature(problem: Problem, point: Array, high: Array) -> tuple[Array, Array]:
    """Scaled own slopes at a point (n,), and how they answer to all variables, (n, n)."""
    scale, owner = problem.scale, problem.owner
    n, players = len(point), len(problem.players)
    step = bumps(point, high)
    if n * players <= _FULL:
        slopes = problem.own(np.concatenate([point[None], point + np.diag(step)])) / scale
        return slopes[0], (slopes[1:] - slopes[0]).T / step / scale
    each = problem.own_of(point + np.diag(step), owner) / scale  # (n, n): moved, answering
    slope = problem.own(point[None])[0] / scale
    own = np.isfinite(each)
    return slope, np.where(own, (each - slope) / step[:, None] / scale[:, None], 0.0).T


def _promises(
    slope: Array, jacobian: Array, loose: NDArray[np.bool_], owner: NDArray[np.int64]
) -> tuple[Array, bool]:
    """Gain promised to each player, and whether all their payoffs curve downward."""
    promise, concave = np.zeros(int(owner.max()) + 1), True
    for player in range(len(promise)):
        own = np.flatnonzero(loose & (owner == player))
        if len(own):
            block = jacobian[np.ix_(own, own)]
            _, promise[player], down = ascent_step(slope[own], 0.5 * (block + block.T))
            concave = concave and down
    return promise, concave


def _step(
    point: Array, slope: Array, jacobian: Array, box: tuple[Array, Array], scale: Array
) -> Array | None:
    """Newton step (n,) that stays in the box, if there is one.

    Variables that would leave the box are set to their bound in turn, and the others answer.
    """
    low, high = box
    loose = free(point, slope, low, high)
    goal = point.copy()
    for _ in range(len(point) + 1):
        rows = np.flatnonzero(loose)
        wanted = slope[rows] + jacobian[rows] @ ((goal - point) * ~loose * scale)
        try:
            move = -np.linalg.solve(jacobian[np.ix_(rows, rows)], wanted) / scale[rows]
        except np.linalg.LinAlgError:
            return None
        goal[rows] = point[rows] + move
        out = loose & ((goal < low) | (goal > high))
        goal = np.clip(goal, low, high)
        if not out.any():
            break
        loose &= ~out
    step = goal - point
    reach = float(np.abs(step).max())
    return step * min(1.0, _REACH / reach) if reach > 0.0 else None
