"""Logit quantal response: what noisy best replies lead to as the noise is taken away.

In a logit quantal response equilibrium every player plays an action with odds proportional to
exp(lambda * payoff) against the others' mixtures (McKelvey and Palfrey 1995). At lambda = 0 all is
uniform. The principal branch starts there and, in almost all games, leads to one Nash equilibrium.
It is traced by a predictor and corrector in log probabilities, in steps of arc length, so that
turns of the branch in lambda do no harm (Turocy 2005).

Lambda multiplies payoffs scaled to [0, 1] per player: it has no unit, and at lambda = 10 the odds
of a player's worst against her best outcome would be e^-10.
"""

from __future__ import annotations

import dataclasses
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import PayoffError
from negotiation.games.game import Array, Game
from negotiation.games.given import one_game
from negotiation.tolerances import REGRET, SAME_PROFILE

#: Largest gap of a traced point in log probabilities, less rounding at large lambda: a point is
#: corrected until it is there, so this is reached, not approached.
_GAP = 1e-11

#: Steps along the branch before it is given up; games of the usual size take 30 to 200.
_STEPS = 5_000

#: Largest turn of the tangent in one step (cosine) and largest correction, in units of the step.
_COSINE = 0.9
_CORRECTION = 0.3

#: Step at which a change of orientation is believed. Branches of a game that misses a symmetry by
#: a share e pass each other at a distance of about e^(1/3) at least: e above 1e-12 is told apart.
_SMALL = 1e-5


class BranchStatus(StrEnum):
    """How far the branch was followed."""

    REACHED = "reached: the branch was followed to a certified equilibrium"
    NEAR = "near: an equilibrium beside the last point; in a continuum the limit may be another"
    LAMBDA = "stopped at the largest lambda before an equilibrium could be certified"
    STEP = "stopped: the branch could not be followed any further in steps of any size"
    STEPS = "stopped: the most steps allowed were taken"


@dataclasses.dataclass(frozen=True, eq=False)
class LogitBranch:
    """The principal branch of the logit quantal response equilibria.

    Attributes
    ----------
    game : Game
    rationality : (T,) array
        Lambda at each point, on payoffs scaled to [0, 1]. It may turn back on its way.
    strategies : tuple of (T, A_p) arrays
    payoffs : (T, P) array
        In the game's own units.
    residual : (T,) array
        Largest gap between a probability and the logit reply.
    limit : tuple of (A_p,) arrays
        The equilibrium the branch leads to, or one close to its end (see `status`); NaN where
        neither could be certified.
    limit_payoffs : (P,) array
    regret : float
        Largest gain from a deviation at the limit, scaled payoffs; where there is none, at the
        last point.
    status : BranchStatus
    bifurcations : tuple of float
        Lambda at which another branch was crossed, and the straight one followed. Only games with
        a symmetry have them; the choice among branches is then a convention.
    """

    game: Game
    rationality: Array
    strategies: tuple[Array, ...]
    payoffs: Array
    residual: Array
    limit: tuple[Array, ...]
    limit_payoffs: Array
    regret: float
    status: BranchStatus
    bifurcations: tuple[float, ...]

    def at(self, rationality: float) -> tuple[Array, ...]:
        """Return the strategies where the branch first passes a value of lambda.

        Raises
        ------
        PayoffError
            For a value the branch does not pass.
        """
        passed = np.flatnonzero(
            (self.rationality[:-1] <= rationality) & (rationality <= self.rationality[1:])
        )
        if not len(passed):
            raise PayoffError(
                f"lambda {rationality:g} is not on the branch, which was followed from 0 to "
                f"{self.rationality.max():.6g}; give logit_branch a `least` to follow it further"
            )
        t = int(passed[0])
        low, high = self.rationality[t : t + 2]
        share = (rationality - low) / (high - low) if high > low else 0.0
        ends = [np.concatenate([_logs(own[t + s]) for own in self.strategies]) for s in (0, 1)]
        system = _LogitSystem(self.game)
        point = np.append((1.0 - share) * ends[0] + share * ends[1], rationality)
        direction = np.zeros(len(point))
        direction[-1] = 1.0
        found = system.correct(point, direction)
        if found is None:
            raise PayoffError(
                f"no point of the branch could be computed at lambda {rationality:g}; the nearest "
                f"traced ones are at {low:.6g} and {high:.6g}"
            )
        return tuple(system.split(np.exp(found[:-1])))


def logit_branch(game: Game, *, least: float = 0.0, largest: float = 1e6) -> LogitBranch:
    """Trace the principal branch of logit equilibria from uniform play to its limit.

    Parameters
    ----------
    game : Game
        One game, any number of players.
    least : float
        Lambda up to which the branch is followed even where its limit is known before.
    largest : float
        Lambda beyond which the branch is not followed.

    Raises
    ------
    PayoffError
        For a batch of games, or payoffs that are not finite.
    """
    one_game(game, "a logit branch")
    system = _LogitSystem(game)
    point = system.uniform()
    points = [point]
    bifurcations: list[float] = []
    up = np.zeros(len(point))
    up[-1] = 1.0
    tangent, sign = system.tangent(point, up)
    step, status, limit = 0.03, BranchStatus.STEPS, None
    tried = 0.0
    for _ in range(_STEPS):
        guess = point + step * tangent
        found = system.correct(guess, tangent)
        good = False
        if found is not None and np.linalg.norm(found - guess) <= _CORRECTION * step:
            turned, turned_sign = system.tangent(found, tangent)
            # A change of orientation is a branch that was crossed, or one that was jumped to
            # because two come close: only the first survives small steps.
            crossed = turned_sign * sign < 0
            good = bool(turned @ tangent >= _COSINE) and not (crossed and step > _SMALL)
        if not good:
            step /= 2.0
            if step < 1e-10 * max(1.0, point[-1]):
                status = status if status is BranchStatus.REACHED else BranchStatus.STEP
                break
            continue
        assert found is not None
        if crossed:
            bifurcations.append(float((point[-1] + found[-1]) / 2.0))
        close = np.linalg.norm(found - guess) <= 0.1 * _CORRECTION * step
        point, tangent, sign = found, turned, turned_sign
        points.append(point)
        if close:
            step = min(1.6 * step, 0.2 * (1.0 + abs(float(point[-1]))))
        # A guess at the limit costs as much as some steps: one per doubling of lambda. Two that
        # agree are believed.
        if status is not BranchStatus.REACHED and point[-1] > max(2.0 * tried, 10.0):
            tried, before = float(point[-1]), limit
            limit = _limit(game, system, point, tangent)
            if limit is not None and before is not None and _same(limit, before):
                status = BranchStatus.REACHED
        if status is BranchStatus.REACHED and point[-1] >= least:
            break
        if point[-1] > largest:
            if status is not BranchStatus.REACHED:
                status = BranchStatus.LAMBDA if limit is None else BranchStatus.NEAR
            break
    if status not in (BranchStatus.REACHED, BranchStatus.NEAR):
        limit = None
    return _result(game, system, np.array(points), limit, status, tuple(bifurcations))


def _result(
    game: Game,
    system: _LogitSystem,
    points: Array,
    limit: tuple[Array, ...] | None,
    status: BranchStatus,
    bifurcations: tuple[float, ...],
) -> LogitBranch:
    strategies = tuple(system.split(np.exp(points[:, :-1])))
    residual = [
        float(np.abs(np.exp(z[:-1]) - np.exp(z[:-1] - system.gap(z))).max()) for z in points
    ]
    last = tuple(own[-1] for own in strategies)
    reached = limit if limit is not None else tuple(np.full(own.shape, np.nan) for own in last)
    return LogitBranch(
        game=game,
        rationality=points[:, -1],
        strategies=strategies,
        payoffs=game.expected(strategies),
        residual=np.array(residual),
        limit=reached,
        limit_payoffs=game.expected(reached),
        regret=float(game.regret(last if limit is None else limit)),
        status=status,
        bifurcations=bifurcations,
    )


def _same(one: tuple[Array, ...], other: tuple[Array, ...]) -> bool:
    return all(np.abs(a - b).max() <= SAME_PROFILE for a, b in zip(one, other, strict=True))


def _logs(probabilities: Array) -> Array:
    return np.log(np.maximum(probabilities, np.finfo(float).tiny))


class _LogitSystem:
    """The conditions of a logit equilibrium in log probabilities y and lambda, z = (y, lambda).

    `gap(z)` is y - log softmax(lambda * payoffs against exp(y)), zero on a branch.
    """

    def __init__(self, game: Game) -> None:
        self.game = game
        self.sizes = [len(actions) for actions in game.actions]
        self.cuts = np.cumsum(self.sizes)[:-1]

    def split(self, stacked: Array) -> list[Array]:
        return np.split(stacked, self.cuts, axis=-1)

    def uniform(self) -> Array:
        logs = [np.full(size, -np.log(size)) for size in self.sizes]
        return np.append(np.concatenate(logs), 0.0)

    def gap(self, z: Array) -> Array:
        mixtures = self.split(np.exp(z[:-1]))
        gaps = []
        for y, value in zip(
            self.split(z[:-1]), self.game.values(mixtures, self.game.scaled), strict=True
        ):
            raised = z[-1] * value
            top = raised.max()
            gaps.append(y - raised + top + np.log(np.exp(raised - top).sum()))
        return np.concatenate(gaps)

    def jacobian(self, z: Array) -> Array:
        """(n, n + 1) derivative of the gap."""
        mixtures = self.split(np.exp(z[:-1]))
        values = self.game.values(mixtures, self.game.scaled)
        size = len(z) - 1
        result = np.zeros((size, size + 1))
        result[:, :size] = np.eye(size)
        starts = np.concatenate([[0], self.cuts])
        for p, value in enumerate(values):
            raised = np.exp(z[-1] * (value - value.max()))
            reply = raised / raised.sum()
            rows = slice(starts[p], starts[p] + self.sizes[p])
            result[rows, -1] = reply @ value - value
            for q in range(len(self.sizes)):
                if q != p:
                    cross = cross_effects(self.game, mixtures, p, q) * mixtures[q]
                    columns = slice(starts[q], starts[q] + self.sizes[q])
                    result[rows, columns] = z[-1] * (reply @ cross - cross)
        return result

    def tangent(self, z: Array, along: Array) -> tuple[Array, float]:
        """Direction of the branch that agrees with another, and the orientation of the branch.

        The orientation changes sign where another branch is crossed, and only there.
        """
        jacobian = self.jacobian(z)
        direction = np.linalg.svd(jacobian)[2][-1]
        if direction @ along < 0:
            direction = -direction
        sign, _ = np.linalg.slogdet(np.vstack([jacobian, direction]))
        return direction, float(sign)

    def correct(self, guess: Array, tangent: Array) -> Array | None:
        """Newton's method in the plane through the guess across the tangent."""
        z = guess.copy()
        last = np.inf
        for _ in range(12):
            gap = self.gap(z)
            size = float(np.abs(gap).max())
            if not np.isfinite(size) or size > 4.0 * last:
                return None
            # Lambda times a payoff cannot be known better than its rounding.
            if size <= max(_GAP, 8.0 * np.finfo(float).eps * abs(z[-1])):
                return z if z[-1] >= -_GAP else None
            last = size
            system = np.vstack([self.jacobian(z), tangent])
            try:
                z = z - np.linalg.solve(system, np.append(gap, (z - guess) @ tangent))
            except np.linalg.LinAlgError:
                return None
            if z[:-1].max() > 1.0:
                return None
        return None


def cross_effects(game: Game, mixtures: list[Array], p: int, q: int) -> Array:
    """(A_p, A_q) scaled payoff of player p by her own and q's action, the others mixing."""
    table = game.scaled[p]
    # From the last player, so that the positions of earlier ones stay.
    for r in reversed(range(len(game.players))):
        if r not in (p, q):
            table = np.tensordot(table, mixtures[r], axes=(r, 0))
    return np.asarray(table if p < q else table.T)


def _limit(game: Game, system: _LogitSystem, z: Array, tangent: Array) -> tuple[Array, ...] | None:
    """Find the equilibrium that a point of the branch is close to, if it can be certified.

    The actions that stay in use are made equally good, by Newton's method. Near the limit a
    probability that stays is off by c / lambda, hence by -lambda times its slope. The log of one
    that vanishes falls in proportion to lambda if the action loses at the limit, and like ln lambda
    if it ties there, which is then one more condition.
    """
    if tangent[-1] <= 0:
        return None
    near = np.exp(z[:-1])
    slope = z[-1] * tangent[:-1] / tangent[-1]
    slopes = system.split(slope)
    supports = [np.flatnonzero(own > -0.5) for own in slopes]
    best = [np.flatnonzero(own > -5.0) for own in slopes]
    # From where the slopes point to: among a continuum of equilibria it is this one that counts.
    ahead = system.split(np.maximum(near * (1.0 + slope), 0.0))
    if not all(own[kept].sum() > 0.5 for own, kept in zip(ahead, supports, strict=True)):
        return None
    found = _indifferent(game, ahead, supports, best)
    if found is None:
        return None
    # The branch must be on its way there: a step along its slope leaves little of the distance, at
    # most a half where it closes in as slowly as the root of lambda.
    whole = np.concatenate(found)
    distance = float(np.abs(whole - near).max())
    left = float(np.abs(whole - near * (1.0 + slope)).max())
    if left <= 0.6 * distance + SAME_PROFILE and game.regret(found) <= REGRET:
        return tuple(found)
    return None


def _indifferent(
    game: Game, start: list[Array], supports: list[NDArray[np.intp]], best: list[NDArray[np.intp]]
) -> list[Array] | None:
    """Find mixtures on given supports that make given actions equally good, closest to a start."""
    mixtures = [np.zeros(len(own)) for own in start]
    for own, support, guess in zip(mixtures, supports, start, strict=True):
        own[support] = guess[support] / guess[support].sum()
    free = [len(support) for support in supports]
    cuts = np.cumsum(free)[:-1]
    for _ in range(30):
        values = game.values(mixtures, game.scaled)
        gaps, rows = [], []
        for p, equal in enumerate(best):
            gaps.append(values[p][equal[1:]] - values[p][equal[0]])
            gaps.append(np.array([mixtures[p].sum() - 1.0]))
            blocks = []
            for q, other in enumerate(supports):
                if q == p:
                    block = np.vstack([np.zeros((len(equal) - 1, free[p])), np.ones(free[p])])
                else:
                    cross = cross_effects(game, mixtures, p, q)[np.ix_(equal, other)]
                    block = np.vstack([cross[1:] - cross[0], np.zeros(free[q])])
                blocks.append(block)
            rows.append(np.hstack(blocks))
        # The least change where an equilibrium is one of a continuum.
        change = np.linalg.lstsq(np.vstack(rows), np.concatenate(gaps), rcond=1e-10)[0]
        for own, support, part in zip(mixtures, supports, np.split(change, cuts), strict=True):
            own[support] -= part
        if np.abs(change).max() <= 1e-14:
            break
    if not all(np.isfinite(own).all() and own.min() >= -1e-12 for own in mixtures):
        return None
    return [np.maximum(own, 0.0) / np.maximum(own, 0.0).sum() for own in mixtures]
