"""Search over a box of tariffs: for the most of one payoff, or where several best responses meet.

Both are projected Newton methods with batched line searches.
A batch of scenarios costs little more than one, so a Hessian comes from slopes at one step along
every variable, and a line search tries all its steps at once.
"""

from __future__ import annotations

import dataclasses
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from negotiation.trade.tariffs.payoff import TariffGame
from negotiation.trade.world import Array

#: Step in log points for second derivatives, by differences of slopes.
DIFFERENCE = 1e-4

#: Curvature, in scaled variables, below which a direction counts as flat.
_FLAT = 1e-5

#: Largest change of one variable in one step, log points.
_CLIMB_REACH = 1.0

#: A gain so small that rounding in payoffs would decide a line search; slopes decide instead.
_ROUNDING = 1e-10

#: Gain still promised at which an optimum may be called one, as a share of income: 1e-8 percent.
ENOUGH = 1e-10

#: Step so small that the curvature of the last point serves again.
_SHORT = 0.01

#: Slopes (players times variables) up to which the answer of every first-order condition to every
#: variable is computed. Beyond, only those to a country's own, and the rest is learnt on the way.
_FULL = 1500

#: Part of the promised gains that a step must take away, or players climb one by one instead; and
#: the part that may be left for the curvature to serve again.
_HELP, _PROGRESS = 0.7, 0.05

#: Largest change of one variable in one step, log points.
_MEET_REACH = 0.5

#: Levels tried of a country's rates, parts of what the formula says.
_LEVELS = np.array([0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0, 1.3])

#: Rounds of the formula where much of the world's trade is taxed.
_FORMULA = 4


class Landscape(Protocol):
    """What is climbed: values (B,) and slopes (B, n) at points (B, n)."""

    def nearby(self, point: Array) -> Landscape:
        """Return the same, solved faster around a point (n,)."""

    def values(self, points: Array) -> Array:
        """(B,) values; NaN or -inf where there is none."""

    def slopes(self, points: Array) -> tuple[Array, Array]:
        """Values (B,) and slopes (B, n)."""


@dataclasses.dataclass(frozen=True, eq=False)
class OwnPayoff:
    """The landscape of the only player of a game."""

    game: TariffGame

    def nearby(self, point: Array) -> OwnPayoff:
        """Count from the equilibrium at a point."""
        return OwnPayoff(self.game.nearby(point))

    def values(self, points: Array) -> Array:
        """(B,) payoffs."""
        return self.game.payoffs(points)[:, 0]

    def slopes(self, points: Array) -> tuple[Array, Array]:
        """Payoffs and slopes."""
        payoffs, slopes = self.game.weighted(points, np.ones_like)
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
        move *= min(1.0, _CLIMB_REACH / max(float(np.abs(move).max()), 1e-300))
        if promise < _ROUNDING and concave:
            point, short = np.clip(point + move, low, high), True
            continue
        plain = np.zeros_like(point)
        plain[loose] = scaled / scale[loose]
        plain *= min(1.0, _CLIMB_REACH / max(float(np.abs(plain).max()), 1e-300))
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


def meet(game: TariffGame, start: Array, *, target: float = 1e-12, rounds: int = 60) -> Meeting:
    """Find a point where every player's first-order conditions hold, Newton on all of them.

    Bounds are held by active sets. Where a step does not bring the conditions closer, every player
    climbs to its best response instead.

    Parameters
    ----------
    game : TariffGame
    start : (n,) array
    target : float
        The search ends where nobody is promised a gain above this.
    rounds : int

    Returns
    -------
    Meeting
    """
    low, high = game.box
    scale, owner = game.scale, game.owner
    point = np.clip(start, low, high)
    few = len(point) * len(game.players) <= _FULL
    slope, jacobian = np.empty_like(point), np.empty((len(point), len(point)))
    curve, known, here = jacobian, False, game
    promise, concave, taken = np.full(len(game.players), np.inf), False, 0
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
            here = here.nearby(trial) if game.dense else here
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


def first_point(game: TariffGame) -> Array:
    """(n,) a point near an equilibrium.

    Where all trade is taxed the formula for small countries is, once it is evaluated where it leads
    to. Where partners are taxed that have alternatives it says too much: then one level of all its
    rates is chosen for each country, with the others at half of what the formula says.
    """
    point = game.start
    if game.dense:
        for _ in range(_FORMULA):
            game = game.nearby(point)
            point = game.formula()
        return point
    count, owner = len(game.players), game.owner
    tried = np.tile(0.5 * point, (count * len(_LEVELS), 1))
    for number in range(count):
        rows = slice(number * len(_LEVELS), (number + 1) * len(_LEVELS))
        tried[rows, owner == number] = _LEVELS[:, None] * point[owner == number]
    payoffs = game.payoffs(np.clip(tried, *game.box))
    best = point.copy()
    for number in range(count):
        own = payoffs[number * len(_LEVELS) : (number + 1) * len(_LEVELS), number]
        if np.isfinite(own).any():
            best[owner == number] *= _LEVELS[np.nanargmax(own)]
    return np.clip(best, *game.box)


def best_responses(game: TariffGame, point: Array, *, rounds: int) -> Array:
    """Let every player climb against the others' rates at a point (n,)."""
    answer = point.copy()
    for number, player in enumerate(game.players):
        own = game.part(number)
        alone = game.alone(number, point)
        answer[own] = climb(
            OwnPayoff(alone), point[own], player.box, player.scale, rounds=rounds
        ).point
    return answer


def _curvature(game: TariffGame, point: Array, high: Array) -> tuple[Array, Array]:
    """Scaled own slopes at a point (n,), and how they answer to all variables, (n, n)."""
    scale, owner = game.scale, game.owner
    n, players = len(point), len(game.players)
    step = bumps(point, high)
    if n * players <= _FULL:
        slopes = game.own(np.concatenate([point[None], point + np.diag(step)])) / scale
        return slopes[0], (slopes[1:] - slopes[0]).T / step / scale
    each = game.own_of(point + np.diag(step), owner) / scale  # (n, n): moved, answering
    slope = game.own(point[None])[0] / scale
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
    return step * min(1.0, _MEET_REACH / reach) if reach > 0.0 else None
