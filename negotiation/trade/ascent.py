"""Maximise a payoff over a box of tariffs: projected Newton with batched line searches.

A batch of scenarios costs little more than one, so a Hessian comes from slopes at one step along
every variable, and a line search tries all its steps at once.
"""

from __future__ import annotations

import dataclasses
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from negotiation.trade.payoff import Problem
from negotiation.trade.world import Array

#: Step in log points for second derivatives, by differences of slopes.
DIFFERENCE = 1e-4

#: Curvature, in scaled variables, below which a direction counts as flat.
_FLAT = 1e-5

#: Largest change of one variable in one step, log points.
_REACH = 1.0

#: A gain so small that rounding in payoffs would decide a line search; slopes decide instead.
_ROUNDING = 1e-10

#: Gain still promised at which an optimum may be called one, as a share of income: 1e-8 percent.
ENOUGH = 1e-10

#: Step so small that the curvature of the last point serves again.
_SHORT = 0.01


class Landscape(Protocol):
    """What is climbed: values (B,) and slopes (B, n) at points (B, n)."""

    def nearby(self, point: Array) -> Landscape:
        """Return the same, solved faster around a point (n,)."""

    def values(self, points: Array) -> Array:
        """(B,) values; NaN or -inf where there is none."""

    def slopes(self, points: Array) -> tuple[Array, Array]:
        """Values (B,) and slopes (B, n)."""


@dataclasses.dataclass(frozen=True, eq=False)
class Own:
    """The landscape of the only player of a problem."""

    problem: Problem

    def nearby(self, point: Array) -> Own:
        """Count from the equilibrium at a point."""
        return Own(self.problem.nearby(point))

    def values(self, points: Array) -> Array:
        """(B,) payoffs."""
        return self.problem.payoffs(points)[:, 0]

    def slopes(self, points: Array) -> tuple[Array, Array]:
        """Payoffs and slopes."""
        payoffs, slopes = self.problem.weighted(points, np.ones_like)
        return payoffs[:, 0], slopes


@dataclasses.dataclass(frozen=True, eq=False)
class Climb:
    """Where a climb ended.

    Attributes
    ----------
    point : (n,) array
    value : float
    slope : (n,) array
        At the last point looked at, one Newton step from `point`.
    promise : float
        Gain that slope and curvature still promise, free variables only.
    converged : bool
    rounds : int
    """

    point: Array
    value: float
    slope: Array
    promise: float
    converged: bool
    rounds: int


def free(point: Array, slope: Array, low: Array, high: Array) -> NDArray[np.bool_]:
    """(n,) variables that are not pressed against a bound."""
    return ~(((point <= low) & (slope <= 0.0)) | ((point >= high) & (slope >= 0.0)))


def bumps(point: Array, high: Array) -> Array:
    """(n,) steps for differences that stay in the box."""
    return np.where(point + DIFFERENCE > high, -DIFFERENCE, DIFFERENCE)


def ascent_step(slope: Array, hessian: Array) -> tuple[Array, float, bool]:
    """Newton step uphill, the gain it promises, and whether the Hessian is negative definite.

    Directions that curve upward are followed as if they curved downward as much.
    """
    curve, direction = np.linalg.eigh(hessian)
    along = direction.T @ slope
    strength = np.maximum(np.abs(curve), _FLAT)
    return (
        direction @ (along / strength),
        float(0.5 * (along**2 / strength).sum()),
        bool((curve < 0.0).all()),
    )


def climb(
    landscape: Landscape,
    start: Array,
    box: tuple[Array, Array],
    scale: Array,
    *,
    target: float = 1e-12,
    rounds: int = 60,
) -> Climb:
    """Climb to a local maximum in a box.

    Parameters
    ----------
    landscape : Landscape
    start : (n,) array
        Where the landscape has a value.
    box : two (n,) arrays
    scale : (n,) array
        Second derivatives are about minus its square.
    target : float
        The climb ends where no more gain than this is promised.
    rounds : int

    Returns
    -------
    Climb
    """
    low, high = box
    point, short = np.clip(start, low, high), False
    value, slope, promise = np.nan, np.zeros_like(point), np.inf
    hessian, concave, taken = -np.eye(len(point)), False, 0
    for taken in range(1, rounds + 1):
        here = landscape.nearby(point)
        if short:
            values, slopes = here.slopes(point[None])
        else:
            step = bumps(point, high)
            values, slopes = here.slopes(np.concatenate([point[None], point + np.diag(step)]))
            change = (slopes[1:] - slopes[0]) / step[:, None] / scale[:, None] / scale
            if np.isfinite(change).all():
                hessian = 0.5 * (change + change.T)
        value, slope = float(values[0]), slopes[0]
        if not np.isfinite(value) or not np.isfinite(slope).all():
            break
        loose = free(point, slope, low, high)
        if not loose.any():
            return Climb(point, value, slope, 0.0, True, taken)
        scaled = (slope / scale)[loose]
        step_free, promise, concave = ascent_step(scaled, hessian[np.ix_(loose, loose)])
        move = np.zeros_like(point)
        move[loose] = step_free / scale[loose]
        if promise <= target and concave:
            # The step is computed: what it leaves is the square of what it promises.
            return Climb(np.clip(point + move, low, high), value, slope, promise, True, taken)
        move *= min(1.0, _REACH / max(float(np.abs(move).max()), 1e-300))
        if promise < _ROUNDING and concave:
            point, short = np.clip(point + move, low, high), True
            continue
        plain = np.zeros_like(point)
        plain[loose] = scaled / scale[loose]
        plain *= min(1.0, _REACH / max(float(np.abs(plain).max()), 1e-300))
        tried = [point + size * move for size in (1.0, 2.0, 0.5, 0.2, 0.05, 0.01)]
        tried += [point + size * plain for size in (1.0, 0.3, 0.1, 0.01, 0.001)]
        trial = np.clip(np.array(tried), low, high)
        found = here.values(trial)
        found = np.where(np.isfinite(found), found, -np.inf)
        best = int(found.argmax())
        if found[best] <= value:
            break
        short = bool(np.abs(trial[best] - point).max() < _SHORT)
        point = trial[best]
    return Climb(point, value, slope, promise, concave and promise <= ENOUGH, taken)
