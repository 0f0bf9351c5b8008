"""Revealed resolve: which costs of actions make what is observed an equilibrium.

An inverse equilibrium problem (Waugh, Ziebart and Bagnell 2011 for the general idea): payoffs are
known, and costs of the players' own actions, at least zero, are asked for. Only differences are
identified, so that the observed action costs nothing; of several observed ones, that which pays
least.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import ParameterError, PayoffError, nearest
from negotiation.games.equilibrium_set import Equilibrium, describe
from negotiation.games.game import Array, Game
from negotiation.games.given import one_game, profile_of
from negotiation.games.programme import as_probabilities, maximise
from negotiation.tolerances import SAME_COST, SAME_PROFILE, TIE
from negotiation.words import brief, printable

Mask = NDArray[np.bool_]

#: Most payoffs of a game that is put into rationals, which are slow.
_RATIONAL = 5000


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Revealed:
    """The costs of actions that make an observed profile an equilibrium, for a game or a batch.

    The set is a product over players. Each cost lies between `lowest` and `highest`. Where the play
    of the others was observed, these bounds describe the set: costs of observed actions are fixed,
    which are the equalities of a mixture, and others have no upper bound. Where only the support of
    the other side was seen, costs depend on its mixture, and `contains` decides.

    Attributes
    ----------
    gross : Game
        The game before these costs.
    observed : tuple of (..., A_p) arrays of bool
        Actions that were observed.
    seen : tuple of bool
        Whether the mixture of each player was observed, or only its support.
    strategies : tuple of (..., A_p) arrays
        The profile that the least costs make an equilibrium: what was observed, and of a support a
        mixture at which costs are least.
    gains : tuple of (..., A_p) arrays
        Payoff of each action against `strategies`, less that of the observed action that pays
        least.
    lowest, highest : tuples of (..., A_p) arrays
        Bounds of the cost of each action over the set; infinite: it has no upper bound.
    least : tuple of (..., A_p) arrays
        The costs with the smallest sum.
    unique : bool
        Whether no other costs have that sum.
    attained : bool
        Whether a mixture that plays the whole support has these costs; else they are only
        approached.
    """

    gross: Game
    observed: tuple[Mask, ...]
    seen: tuple[bool, ...]
    strategies: tuple[Array, ...]
    gains: tuple[Array, ...]
    lowest: tuple[Array, ...]
    highest: tuple[Array, ...]
    least: tuple[Array, ...]
    unique: bool
    attained: bool

    def __repr__(self) -> str:
        if self.batch_shape:
            return f"Revealed(batch {self.batch_shape})"
        told = [
            f"{player} {action} {cost:.6g}"
            for player, own, costs in zip(
                self.gross.players, self.gross.actions, self.least, strict=True
            )
            for action, cost in zip(own, costs, strict=True)
            if cost > 0.0
        ]
        return f"Revealed({printable(f'{self.profile}: ' + (', '.join(told) or 'no costs'))})"

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the leading axes."""
        return np.broadcast_shapes(*(each.shape[:-1] for each in self.gains))

    @property
    def profile(self) -> str:
        """What was observed, of a single game: names of actions, mixtures in percent."""
        return "/".join(
            describe(actions, strategy) if seen else "+".join(np.array(actions)[mask])
            for actions, strategy, mask, seen in zip(
                self.gross.actions, self.strategies, self.observed, self.seen, strict=True
            )
        )

    @property
    def played(self) -> str:
        """The profile that the least costs make an equilibrium, of a single game."""
        return "/".join(map(describe, self.gross.actions, self.strategies))

    def plays(self, strategies: Sequence[Array]) -> bool:
        """Whether a profile of a single game is what was observed; of a support, that it is."""
        return all(
            bool(((own > SAME_PROFILE) == mask).all())
            and (not seen or bool(np.abs(own - strategy).max() <= SAME_PROFILE))
            for own, mask, seen, strategy in zip(
                strategies, self.observed, self.seen, self.strategies, strict=True
            )
        )

    def game(self, costs: Sequence[ArrayLike] | None = None) -> Game:
        """Return the game with costs taken off the payoffs of the own actions.

        Parameters
        ----------
        costs : one (..., A_p) array per player, optional
            Leading axes make a batch; `least` by default.

        Raises
        ------
        PayoffError
            For costs that do not fit the game.
        """
        taken = self._costs(self.least if costs is None else costs)
        players = len(self.gross.players)
        batch = np.broadcast_shapes(self.gross.batch_shape, *(each.shape[:-1] for each in taken))
        shape = self.gross.payoffs.shape[-1 - players :]
        payoffs = np.broadcast_to(self.gross.payoffs, (*batch, *shape)).copy()
        for p, cost in enumerate(taken):
            along = [1] * players
            along[p] = cost.shape[-1]
            own: Any = (..., p, *[slice(None)] * players)
            payoffs[own] -= cost.reshape(*cost.shape[:-1], *along)
        exact = self._exact() if costs is None and not batch else None
        return Game(self.gross.players, self.gross.actions, payoffs, exact)

    def _exact(self) -> NDArray[np.object_] | None:
        """Payoffs less the least costs of a small single game in rationals, so that ties are ties.

        Floats that are subtracted leave payoffs apart that the costs make equal.
        """
        if self.gross.payoffs.size > _RATIONAL:
            return None
        table = self.gross.payoffs if self.gross.exact is None else self.gross.exact
        mixtures = [np.array([Fraction(q) for q in own.tolist()]) for own in self.strategies]
        mixtures = [own / own.sum() for own in mixtures]
        net = np.empty(table.shape, dtype=object)
        for p, own in enumerate(table):
            payoffs = np.array([Fraction(value) for value in own.ravel().tolist()])
            payoffs = np.moveaxis(payoffs.reshape(own.shape), p, 0)
            values = payoffs
            for q in reversed([q for q in range(len(mixtures)) if q != p]):
                values = (values * mixtures[q]).sum(axis=-1)
            gains = values - min(values[self.observed[p]])
            gains = np.array([max(each, Fraction(0)) for each in gains.tolist()], dtype=object)
            net[p] = np.moveaxis(payoffs - gains.reshape(-1, *[1] * (payoffs.ndim - 1)), 0, p)
        return net

    @cached_property
    def regret(self) -> Array:
        """(...) regret of `strategies` in the game with the least costs: its certificate."""
        return self.game().regret(self.strategies)

    def contains(self, costs: Sequence[ArrayLike]) -> Mask:
        """Say whether costs belong to the set; a constant added to all costs of a player may be.

        Raises
        ------
        PayoffError
            For costs that do not fit the game.
        """
        taken = self._costs(costs)
        values = self.gross.values(self.strategies)
        inside = np.asarray(True)
        for p, (cost, seen) in enumerate(zip(taken, self._against(), strict=True)):
            span = self.gross.span[..., p]
            if seen:
                net = values[p] - cost
                behind = net.max(axis=-1) - np.where(self.observed[p], net, np.inf).min(axis=-1)
            else:
                behind = _behind(self._scaled(p), self.observed[p], cost / span) * span
            inside = inside & (cost >= 0.0).all(axis=-1) & (behind <= TIE * span)
        return np.asarray(inside)

    def draws(
        self,
        rng: np.random.Generator | Sequence[ArrayLike],
        excess: ArrayLike | Sequence[ArrayLike],
        size: int | tuple[int, ...] = (),
    ) -> tuple[Array, ...]:
        """Draw costs: the least ones, and an exponential excess on actions that were not observed.

        Excesses are independent. In a batch, such as one of draws of a model, each game has the
        least costs of its own gains.

        Parameters
        ----------
        rng : numpy.random.Generator, or one (..., A_p) array of numbers in [0, 1) per player
            Numbers make each cost increase with one of them, so that a quasi-random design fits.
        excess : number, or one (..., A_p) array per player
            Mean of the excess, in units of the payoffs; `[0.5 * each for each in found.least]` is
            half the gain.
        size : int or tuple of int
            Axes to put before those of the batch, for a generator.

        Returns
        -------
        tuple of (*size, ..., A_p) arrays
            One per player; `game` takes them.

        Raises
        ------
        ParameterError
            For a mean that is negative or not finite, or numbers outside [0, 1).
        """
        players = len(self.least)
        try:
            each_of: Any = [excess] * players if np.isscalar(excess) else excess
            means = [np.asarray(each, dtype=float) for each in each_of]
            right = len(means) == players and all(
                (np.isfinite(each) & (each >= 0.0)).all() for each in means
            )
        except (TypeError, ValueError):
            right = False
        if not right:
            raise ParameterError(
                f"the mean excess is {brief(excess)}; expected a number of at least zero, or an "
                f"array of such numbers for each of {', '.join(self.gross.players)}"
            )
        leading = (size,) if isinstance(size, int) else tuple(size)
        drawn = []
        for p, (least, mean, observed) in enumerate(
            zip(self.least, means, self.observed, strict=True)
        ):
            if isinstance(rng, np.random.Generator):
                uniform = rng.random((*leading, *least.shape))
            else:
                uniform = np.asarray(rng[p], dtype=float)
                if not ((uniform >= 0.0) & (uniform < 1.0)).all():
                    raise ParameterError(
                        f"the numbers to draw costs of {self.gross.players[p]} with are not all in "
                        "[0, 1); expected a generator, or such numbers for every action"
                    )
            drawn.append(least + np.where(observed, 0.0, -mean * np.log1p(-uniform)))
        return tuple(drawn)

    def _costs(self, costs: Sequence[ArrayLike]) -> list[Array]:
        """Check that there is a cost for every action of every player."""
        try:
            taken = [np.asarray(each, dtype=float) for each in costs]
        except (TypeError, ValueError):
            taken = []
        sizes = [len(own) for own in self.gross.actions]
        if [each.shape[-1:] for each in taken] != [(size,) for size in sizes]:
            raise PayoffError(
                f"costs are {brief(costs)}; expected one array for each of "
                f"{', '.join(self.gross.players)}, with a number for each action"
            )
        return taken

    def _against(self) -> list[bool]:
        """Whether the play of all others is known, for each player."""
        return [all(self.seen[:p] + self.seen[p + 1 :]) for p in range(len(self.seen))]

    def _scaled(self, p: int) -> Array:
        """Scaled payoffs of a player of a two-player game by own and the other's observed action.

        The zero of a scale matters to no cost.
        """
        return _table(self.gross, p)[:, self.observed[1 - p]]


def revealed(game: Game, observed: Equilibrium | Sequence[Any]) -> Revealed:
    """Find the costs of actions, at least zero, that make what is observed an equilibrium.

    Parameters
    ----------
    game : Game
        A game or a batch, any number of players; two, and no batch, where a mixture is not known.
    observed : Equilibrium, or one for each player
        The name of an action or its position; an array of probabilities, (..., A_p); or a tuple of
        names, of which it is known only that each is played with a positive probability.

    Returns
    -------
    Revealed
        Costs are in units of the payoffs.

    Raises
    ------
    PayoffError
        For what is no profile of the game, and for a support that is asked about in a batch or
        among more than two players.
    """
    if not isinstance(game, Game):
        raise PayoffError(f"observed play of {brief(game)} was given; expected that of a Game")
    if not game.batch_shape:
        one_game(game, "revealed resolve")
    parts = list(observed.strategies) if isinstance(observed, Equilibrium) else observed
    if isinstance(parts, str) or not isinstance(parts, Sequence | np.ndarray):
        raise PayoffError(
            f"what is observed is {brief(observed)}; expected one for each of "
            f"{', '.join(game.players)}: the name of an action, probabilities, or a tuple of names"
        )
    if len(parts) != len(game.players):
        raise PayoffError(
            f"what is observed has {len(parts)} parts, {brief(observed)}; expected one for each of "
            f"{', '.join(game.players)}"
        )
    read = [_part(game, p, each) for p, each in enumerate(parts)]
    seen = tuple(known for _, known in read)
    if not all(seen):
        if len(game.players) != 2:
            raise PayoffError(
                f"only the support of {game.players[seen.index(False)]} is observed in a game of "
                f"{len(game.players)} players; expected two players, or the probabilities of each"
            )
        one_game(game, "revealed resolve from a support")
    strategies = list(profile_of(game, [each for each, _ in read]))
    masks = [each > SAME_PROFILE for each in strategies]
    found = {}
    for p in range(len(seen)):
        if not all(seen[:p] + seen[p + 1 :]):
            found[p] = _Support(_table(game, p)[:, masks[1 - p]], masks[p])
            strategies[1 - p] = np.zeros(len(masks[1 - p]))
            strategies[1 - p][masks[1 - p]] = found[p].mixture
    values = game.values(strategies)
    batch = np.broadcast_shapes(*(each.shape[:-1] for each in values))
    mixed = not all((mask.sum(axis=-1) == 1).all() for mask in masks)
    gains, lowest, highest, observed_ = [], [], [], []
    for p, value in enumerate(values):
        mask = np.broadcast_to(masks[p], (*batch, value.shape[-1]))
        with np.errstate(invalid="ignore"):  # a payoff that is not a number has no costs
            gain = value - np.where(mask, value, np.inf).min(axis=-1, keepdims=True)
        if mixed:  # rounding of sums makes no cost
            gain = np.where(np.abs(gain) <= SAME_COST * game.span[..., p, None], 0.0, gain)
        gain = np.broadcast_to(gain, mask.shape)
        gains.append(gain)
        observed_.append(mask)
        lowest.append(np.maximum(gain, 0.0))
        highest.append(np.where(mask, gain, np.inf))
    least = tuple(lowest)
    for p, one in found.items():
        lowest[p], highest[p] = (each * game.span[p] for each in (one.lowest, one.highest))
    return Revealed(
        gross=game,
        observed=tuple(observed_),
        seen=seen,
        strategies=tuple(strategies),
        gains=tuple(gains),
        lowest=tuple(lowest),
        highest=tuple(highest),
        least=least,
        unique=all(each.unique for each in found.values()),
        attained=all(each.mixture.min() > SAME_PROFILE for each in found.values()),
    )


def _part(game: Game, p: int, given: Any) -> tuple[Array, bool]:
    """What was observed of a player: probabilities, and whether they are known.

    Of a support, even ones stand for those that are not.
    """
    player, actions = game.players[p], game.actions[p]
    names = [given] if isinstance(given, str) else given
    if isinstance(given, int | np.integer) and not isinstance(given, bool):
        if not -len(actions) <= given < len(actions):
            raise PayoffError(
                f"action {given} of {player} is observed; expected a position from 0 to "
                f"{len(actions) - 1}, or one of {', '.join(actions)}"
            )
        return np.eye(len(actions))[given], True
    if isinstance(names, list | tuple) and names and all(isinstance(each, str) for each in names):
        for name in names:
            if name not in actions:
                raise PayoffError(
                    f"action '{name}' is not one of {player}'s{nearest(name, actions)}; they are "
                    f"{', '.join(actions)}"
                )
        mask = np.array([action in names for action in actions])
        return mask / mask.sum(), bool(mask.sum() == 1)
    try:
        return np.asarray(given, dtype=float), True
    except (TypeError, ValueError):
        raise PayoffError(
            f"what is observed of {player} is {brief(given)}; expected the name of an action, a "
            f"probability for each of {', '.join(actions)}, or a tuple of names"
        ) from None


def _table(game: Game, p: int) -> Array:
    """Scaled payoffs of a player of a two-player game, own actions first."""
    own = np.asarray(game.scaled[p])
    return own if p == 0 else own.T


def _behind(table: Array, mine: Mask, cost: Array) -> Array:
    """How far observed actions lie behind the best one, at the other's best mixture for them.

    Parameters
    ----------
    table : (A, m) array
        Scaled payoffs by own action and the other's observed action.
    mine : (A,) array of bool
    cost : (..., A) array
        In scaled payoffs.
    """
    size, played = table.shape
    behind = np.empty(cost.shape[:-1])
    for index in np.ndindex(behind.shape):
        # Unknown: the other's mixture, and the largest and least net payoff, which may be negative.
        most = np.column_stack([table, np.full(size, -1.0), np.zeros(size)])
        least = np.column_stack([-table, np.zeros(size), np.ones(size)])[mine]
        found = maximise(
            np.concatenate([np.zeros(played), [-1.0, 1.0]]),
            (np.vstack([most, least]), np.concatenate([cost[index], -cost[index][mine]])),
            (np.concatenate([np.ones(played), [0.0, 0.0]])[None], np.ones(1)),
            free=2,
        )
        assert found is not None  # any mixture will do
        behind[index] = found[-2] - found[-1]
    return behind


class _Support:
    """One player's costs where only the support of the other side was seen, in scaled payoffs.

    With k the costs, y the other's mixture and v the value of the player's own play, the conditions
    `(U y)_a - k_a = v` on the player's support and `<= v` elsewhere are linear in all of them.

    Attributes
    ----------
    mixture : (m,) array
        Of the other side, over its support: where the sum of costs is least, and of several the one
        whose smallest probability is largest.
    lowest, highest : (A,) arrays
    unique : bool
    """

    def __init__(self, table: Array, mine: Mask) -> None:
        size, played = table.shape
        # Columns: k, y, v.
        self._size, self._played = size, played
        rows = np.column_stack([np.eye(size), -table, np.ones(size)])
        simplex = np.concatenate([np.zeros(size), np.ones(played), [0.0]])
        self._equal = (np.vstack([rows[mine], simplex]), np.append(np.zeros(mine.sum()), 1.0))
        self._at_most = (-rows[~mine], np.zeros((~mine).sum()))
        total = np.concatenate([np.ones(size), np.zeros(played + 1)])
        first = self._solve(-total)
        assert first is not None  # any mixture of the other side has costs
        bound = (total, float(total @ first))
        self.unique = True
        for action in range(size):
            high, low = (self._cost(action, sign, bound) for sign in (1.0, -1.0))
            self.unique &= high is not None and low is not None and high - low <= SAME_PROFILE
        self.mixture = self._interior(bound, first[size:-1])
        self.lowest, self.highest = np.full(size, np.inf), np.full(size, -np.inf)
        for anchor in np.flatnonzero(mine):
            upper = np.full(size + played + 1, np.inf)
            upper[anchor] = 0.0
            for action in range(size):
                low = self._cost(action, -1.0, upper=upper)
                if low is None:  # another action of the support always pays less
                    break
                self.lowest[action] = min(self.lowest[action], low)
                high = self._cost(action, 1.0, upper=upper) if mine[action] else np.inf
                self.highest[action] = max(self.highest[action], np.inf if high is None else high)
        self.lowest[np.abs(self.lowest) <= SAME_COST] = 0.0
        self.highest[np.abs(self.highest) <= SAME_COST] = 0.0

    def _solve(
        self,
        objective: Array,
        bound: tuple[Array, float] | None = None,
        upper: Array | None = None,
    ) -> Array | None:
        matrix, right = self._at_most
        if bound is not None:
            matrix, right = np.vstack([matrix, bound[0]]), np.append(right, bound[1] + SAME_COST)
        at_most = (matrix, right) if len(right) else None
        return maximise(objective, at_most, self._equal, free=1, upper=upper)

    def _cost(
        self,
        action: int,
        sign: float,
        bound: tuple[Array, float] | None = None,
        upper: Array | None = None,
    ) -> float | None:
        """The largest (sign 1) or smallest (-1) cost of an action; None: there is none."""
        objective = np.zeros(self._size + self._played + 1)
        objective[action] = sign
        found = self._solve(objective, bound, upper)
        return None if found is None else float(found[action])

    def _interior(self, bound: tuple[Array, float], usual: Array) -> Array:
        """Among mixtures with the least sum of costs, one well inside the simplex."""
        size, played = self._size, self._played
        # One column more, before v: the smallest probability.
        wide = [np.insert(matrix, size + played, 0.0, axis=1) for matrix in
                (self._at_most[0], self._equal[0])]  # fmt: skip
        total = np.insert(bound[0], size + played, 0.0)
        each = np.zeros((played, size + played + 2))
        each[:, size : size + played] = -np.eye(played)
        each[:, size + played] = 1.0
        objective = np.zeros(size + played + 2)
        objective[size + played] = 1.0
        found = maximise(
            objective,
            (
                np.vstack([wide[0], total, each]),
                np.concatenate([self._at_most[1], [bound[1]], np.zeros(played)]),
            ),
            (wide[1], self._equal[1]),
            free=1,
        )
        return as_probabilities(usual if found is None else found[size : size + played])
