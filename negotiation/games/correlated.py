"""Correlated equilibria: what a mediator's recommendations can sustain, by linear programming.

A distribution over action profiles is a correlated equilibrium if no player gains by disobeying a
recommendation that only she sees (Aumann 1974, 1987). It is a coarse correlated equilibrium if no
player gains by ignoring the recommendations altogether (Moulin and Vial 1978). Both sets are
polytopes and contain every Nash equilibrium.
"""

from __future__ import annotations

import dataclasses
from itertools import product
from typing import Any

import numpy as np

from negotiation.errors import PayoffError, nearest
from negotiation.games.game import Array, Game
from negotiation.games.given import Given, one_game, profile_of
from negotiation.games.programme import as_probabilities, maximise, sparse
from negotiation.tolerances import REGRET, SAME_PROFILE

#: Largest size of the obedience conditions, conditions times profiles, that is set up: 3 players
#: with 10 actions each have 270,000, two with 50 each 12 million.
_ENTRIES = 20_000_000


@dataclasses.dataclass(frozen=True, eq=False)
class Disobedience:
    """How much recommendations drawn from a distribution leave to be gained.

    Attributes
    ----------
    regret : float
        Largest gain of a player from the best plan of disobedience, before a recommendation is
        drawn, payoffs of each player scaled to [0, 1]. For independent mixtures it is the regret
        of the profile.
    player, told, instead : str
        The recommendation that is most worth disobeying, and what to do; `told` is empty where
        recommendations are ignored altogether (coarse).
    gain : float
        What that is worth to the player, given the recommendation, in the game's own units;
        negative or zero where every recommendation is best obeyed.
    """

    regret: float
    player: str
    told: str
    instead: str
    gain: float

    @property
    def obeyed(self) -> bool:
        """Whether the distribution is an equilibrium: regret within `tolerances.REGRET`."""
        return self.regret <= REGRET


@dataclasses.dataclass(frozen=True, eq=False)
class CorrelatedEquilibrium:
    """One correlated equilibrium, an extreme point of their set.

    Attributes
    ----------
    players, actions : labels of the game
    distribution : (A1, ..., AP) array
        Probability of each action profile.
    payoffs : (P,) array
        In the game's own units.
    objective : str
        What it is best for.
    coarse : bool
    disobedience : Disobedience
        Its certificate.
    """

    players: tuple[str, ...]
    actions: tuple[tuple[str, ...], ...]
    distribution: Array
    payoffs: Array
    objective: str
    coarse: bool
    disobedience: Disobedience

    @property
    def regret(self) -> float:
        """Largest gain from disobedience, scaled payoffs."""
        return self.disobedience.regret

    @property
    def recommendations(self) -> dict[str, float]:
        """Profiles that are recommended at all, `retaliate/impose`, with their probabilities."""
        return {
            "/".join(names): float(weight)
            for names, weight in zip(product(*self.actions), self.distribution.ravel(), strict=True)
            if weight > SAME_PROFILE
        }


@dataclasses.dataclass(frozen=True, eq=False)
class CorrelatedRange:
    """What each player can get at best and at worst in a correlated equilibrium.

    Attributes
    ----------
    lowest, highest : (P,) arrays
        In the game's own units.
    worst, best : tuples of CorrelatedEquilibrium
        One per player, where she gets that.
    """

    lowest: Array
    highest: Array
    worst: tuple[CorrelatedEquilibrium, ...]
    best: tuple[CorrelatedEquilibrium, ...]


def correlated(
    game: Game, objective: str = "welfare", *, coarse: bool = False
) -> CorrelatedEquilibrium:
    """Find the correlated equilibrium that is best by an objective.

    Parameters
    ----------
    game : Game
        One game, any number of players.
    objective : str
        `welfare`, the sum of the payoffs in the game's own units; `scaled_welfare`, the sum after
        each player's payoffs were scaled to [0, 1], where units cannot be added; `best_for_PLAYER`
        or `worst_for_PLAYER`. Where several are best, the solver's vertex is returned.
    coarse : bool
        Among coarse correlated equilibria.

    Raises
    ------
    PayoffError
        For a batch of games, payoffs that are not finite, an unknown objective, or a game too
        large.
    """
    one_game(game, "a correlated equilibrium")
    scaled = game.scaled.reshape(len(game.players), -1)
    known = {"welfare": game.span @ scaled / game.span.max(), "scaled_welfare": scaled.sum(axis=0)}
    for p, player in enumerate(game.players):
        known[f"best_for_{player}"] = scaled[p]
        known[f"worst_for_{player}"] = -scaled[p]
    if objective not in known:
        raise PayoffError(
            f"objective '{objective}' is unknown{nearest(objective, known)}; choose from "
            f"{', '.join(known)}"
        )
    conditions = _conditions(game, coarse)
    found = maximise(
        known[objective],
        (conditions, np.zeros(conditions.shape[0])),
        (np.ones((1, scaled.shape[1])), np.ones(1)),
    )
    assert found is not None, "every finite game has a correlated equilibrium"
    distribution = as_probabilities(found).reshape(game.payoffs.shape[1:])
    return CorrelatedEquilibrium(
        players=game.players,
        actions=game.actions,
        distribution=distribution,
        payoffs=(game.payoffs * distribution).reshape(len(game.players), -1).sum(axis=1),
        objective=objective,
        coarse=coarse,
        disobedience=disobedience(game, distribution, coarse=coarse),
    )


def correlated_range(game: Game, *, coarse: bool = False) -> CorrelatedRange:
    """Find the range of each player's payoff over all correlated equilibria.

    Raises
    ------
    PayoffError
        As `correlated`.
    """
    worst = tuple(correlated(game, f"worst_for_{name}", coarse=coarse) for name in game.players)
    best = tuple(correlated(game, f"best_for_{name}", coarse=coarse) for name in game.players)
    return CorrelatedRange(
        lowest=np.array([each.payoffs[p] for p, each in enumerate(worst)]),
        highest=np.array([each.payoffs[p] for p, each in enumerate(best)]),
        worst=worst,
        best=best,
    )


def disobedience(game: Game, distribution: Any, *, coarse: bool = False) -> Disobedience:
    """Say how much is to be gained by disobeying recommendations drawn from a distribution.

    Parameters
    ----------
    game : Game
        One game, any number of players.
    distribution : (A1, ..., AP) array
        Probabilities; `independent(game, profile)` makes one of a mixed profile.
    coarse : bool
        Judge it as a coarse correlated equilibrium: a player may only ignore recommendations.

    Raises
    ------
    PayoffError
        For a batch of games, or a distribution that does not fit the game.
    """
    one_game(game, "a test of obedience")
    weights = np.asarray(distribution, dtype=float)
    if weights.shape != game.payoffs.shape[1:]:
        raise PayoffError(
            f"the distribution has shape {weights.shape}; expected one probability per action "
            f"profile, {game.payoffs.shape[1:]}"
        )
    if (weights < -SAME_PROFILE).any() or abs(weights.sum() - 1.0) > SAME_PROFILE:
        raise PayoffError(
            f"the distribution sums to {weights.sum():.6g} with a least value of "
            f"{weights.min():.6g}; expected probabilities that sum to one"
        )
    regrets, worst = [], Disobedience(0.0, "", "", "", -np.inf)
    for p, (player, actions) in enumerate(zip(game.players, game.actions, strict=True)):
        own = np.moveaxis(game.scaled[p], p, 0).reshape(len(actions), -1)
        told = np.moveaxis(weights, p, 0).reshape(len(actions), -1)
        # Row i: what each action earns where i is recommended, times the odds of that.
        value = told @ own.T
        gain = value - np.diagonal(value)[:, None]
        odds = told.sum(axis=1)
        if coarse:
            gain, odds = gain.sum(axis=0)[None], np.ones(1)
            alternatives = gain
        else:
            alternatives = np.where(np.eye(len(actions), dtype=bool), -np.inf, gain)
        regrets.append(float(np.maximum(gain.max(axis=1), 0.0).sum()))
        given = alternatives[odds > SAME_PROFILE] / odds[odds > SAME_PROFILE, None]
        names = [
            "" if coarse else a for a, q in zip(actions, odds, strict=False) if q > SAME_PROFILE
        ]
        i, k = np.unravel_index(int(given.argmax()), given.shape)
        if given[i, k] > worst.gain:
            worst = Disobedience(0.0, player, names[int(i)], actions[int(k)], float(given[i, k]))
    span = float(game.span[game.players.index(worst.player)]) if worst.player else 1.0
    return dataclasses.replace(worst, regret=max(regrets), gain=worst.gain * span)


def independent(game: Game, profile: Given) -> Array:
    """(A1, ..., AP) distribution over profiles of players who mix independently."""
    weights: Array = np.ones(())
    for own in profile_of(game, profile):
        weights = np.multiply.outer(weights, own)
    return weights


def _conditions(game: Game, coarse: bool) -> Any:
    """Gains from disobedience as a sparse matrix: one row per way to disobey, profile columns."""
    sizes = [len(actions) for actions in game.actions]
    profiles = int(np.prod(sizes))
    entries = profiles * sum(sizes)
    if entries > _ENTRIES:
        raise PayoffError(
            f"the game has {' x '.join(map(str, sizes))} actions, whose obedience conditions have "
            f"{entries:,} entries; at most {_ENTRIES:,} are set up: remove dominated actions first"
        )
    numbers = np.arange(profiles).reshape(sizes)
    values, rows, columns, height = [], [], [], 0
    for p, size in enumerate(sizes):
        own = np.moveaxis(game.scaled[p], p, 0).reshape(size, -1)
        told = np.moveaxis(numbers, p, 0).reshape(size, -1)
        for k in range(size):
            # Told i, do k: one condition per i, or one for all where recommendations are ignored.
            for i in range(size):
                if i != k:
                    values.append(own[k] - own[i])
                    columns.append(told[i])
                    rows.append(np.full(len(told[i]), height))
                    height += not coarse
            height += coarse
    return sparse(values, rows, columns, (height, profiles))
