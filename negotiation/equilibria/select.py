"""Named rules that choose one equilibrium where a game has several."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibria.equilibrium_set import EquilibriumSet
from negotiation.errors import ParameterError, nearest
from negotiation.game import Array


@dataclasses.dataclass(frozen=True, eq=False)
class Selection:
    """One equilibrium per game, and the spread over those not chosen.

    Attributes
    ----------
    rule : str
    index : (...) array of int
        Position in the set; -1 where the set is empty.
    strategies : tuple of (..., A_p) arrays
    payoffs, lowest, highest : (..., P) arrays
        At the selected equilibrium, and the extremes over all of them.
    regret : (...) array
    support : (...) array of str
    """

    rule: str
    index: NDArray[np.int64]
    strategies: tuple[Array, ...]
    payoffs: Array
    lowest: Array
    highest: Array
    regret: Array
    support: NDArray[np.str_]


def _pareto(payoffs: Array, scaled: Array) -> int:
    """The largest sum of payoffs, each player's scaled to [0, 1]: no other is better for all."""
    del payoffs
    return max(range(len(scaled)), key=lambda k: (scaled[k].sum(), -k))


def _best_for(player: int) -> Callable[[Array, Array], int]:
    def rule(payoffs: Array, scaled: Array) -> int:
        del scaled
        return max(range(len(payoffs)), key=lambda k: (payoffs[k, player], -k))

    return rule


def find_rule(rule: str, players: Sequence[str]) -> Callable[[Array, Array], int]:
    """Return a rule by name: `pareto`, or `best_for_<player>` for any player.

    Raises
    ------
    ParameterError
        For an unknown rule.
    """
    known = {
        "pareto": _pareto,
        **{f"best_for_{player}": _best_for(p) for p, player in enumerate(players)},
    }
    if rule not in known:
        raise ParameterError(
            f"selection rule '{rule}' is unknown{nearest(rule, known)}; "
            f"choose from {', '.join(known)}"
        )
    return known[rule]


def select(equilibria: EquilibriumSet, rule: str = "pareto") -> Selection:
    """Choose one equilibrium of every game by a named rule.

    Raises
    ------
    ParameterError
        For an unknown rule.
    """
    game = equilibria.game
    chooses = find_rule(rule, game.players)
    batch = equilibria.count.shape
    low = game.payoffs.min(axis=tuple(range(-len(game.players), 0)))
    scaled = (equilibria.payoffs - low[..., None, :]) / game.span[..., None, :]
    index = np.full(batch, -1, dtype=np.int64)
    players = len(game.players)
    chosen = [np.full((*batch, len(actions)), np.nan) for actions in game.actions]
    payoffs, lowest, highest = (np.full((*batch, players), np.nan) for _ in range(3))
    regret = np.full(batch, np.nan)
    support = np.full(batch, "", dtype="<U256")
    for at in np.ndindex(*batch):
        count = int(equilibria.count[at])
        if not count:
            continue
        values = equilibria.payoffs[at][:count]
        k = chooses(values, scaled[at][:count])
        index[at] = k
        for p, strategies in enumerate(equilibria.strategies):
            chosen[p][at] = strategies[at][k]
        payoffs[at], regret[at] = values[k], equilibria.regret[at][k]
        lowest[at], highest[at] = values.min(axis=0), values.max(axis=0)
        support[at] = equilibria.at(at)[k].support
    return Selection(rule, index, tuple(chosen), payoffs, lowest, highest, regret, support)
