"""Named rules that choose one equilibrium where a game has several."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibria.equilibrium_set import EquilibriumSet
from negotiation.errors import ParameterError, nearest
from negotiation.game import Array, Game


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


#: A rule chooses from the payoffs of K equilibria, (K, P), the same scaled to [0, 1] per player,
#: the game and their strategies. Of equally good ones the first.
Rule = Callable[[Array, Array, Game, Sequence[Array]], int]


def _pareto(payoffs: Array, scaled: Array, game: Game, strategies: Sequence[Array]) -> int:
    """The largest sum of payoffs, each player's scaled to [0, 1]: no other is better for all."""
    del payoffs, game, strategies
    return int(scaled.sum(axis=1).argmax())


def _welfare(payoffs: Array, scaled: Array, game: Game, strategies: Sequence[Array]) -> int:
    """The largest sum of payoffs in the game's own units."""
    del scaled, game, strategies
    return int(payoffs.sum(axis=1).argmax())


def _egalitarian(payoffs: Array, scaled: Array, game: Game, strategies: Sequence[Array]) -> int:
    """The largest least payoff, each player's scaled to [0, 1]."""
    del payoffs, game, strategies
    return int(scaled.min(axis=1).argmax())


def _risk_dominant(payoffs: Array, scaled: Array, game: Game, strategies: Sequence[Array]) -> int:
    """The strict pure one that risk dominates every other; where none does, as `pareto`."""
    from negotiation.equilibria.comparison import risk_dominance

    ranking = risk_dominance(game)
    if ranking.dominant is not None:
        wanted = ranking.profiles[ranking.dominant]
        for k in range(len(payoffs)):
            if all(own[k, i] == 1.0 for own, i in zip(strategies, wanted, strict=True)):
                return k
    return _pareto(payoffs, scaled, game, strategies)


def _best_for(player: int) -> Rule:
    def rule(payoffs: Array, scaled: Array, game: Game, strategies: Sequence[Array]) -> int:
        del scaled, game, strategies
        return int(payoffs[:, player].argmax())

    return rule


def find_rule(rule: str, players: Sequence[str]) -> Rule:
    """Return a rule by name.

    `pareto`: the largest sum of payoffs, each player's scaled to [0, 1]. `welfare`: the largest sum
    as they are. `egalitarian`: the largest least payoff, scaled. `best_for_<player>`: what that
    player would pick. `risk_dominant`, for two players: the strict pure equilibrium that risk
    dominates every other (Harsanyi and Selten 1988), as `pareto` where none does.

    Raises
    ------
    ParameterError
        For an unknown rule.
    """
    known: dict[str, Rule] = {
        "pareto": _pareto,
        "welfare": _welfare,
        "egalitarian": _egalitarian,
        **{f"best_for_{player}": _best_for(p) for p, player in enumerate(players)},
    }
    if len(players) == 2:
        known["risk_dominant"] = _risk_dominant
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
        mixtures = [strategies[at][:count] for strategies in equilibria.strategies]
        k = chooses(values, scaled[at][:count], game.at(at), mixtures)
        index[at] = k
        for p, strategies in enumerate(equilibria.strategies):
            chosen[p][at] = strategies[at][k]
        payoffs[at], regret[at] = values[k], equilibria.regret[at][k]
        lowest[at], highest[at] = values.min(axis=0), values.max(axis=0)
        support[at] = equilibria.at(at)[k].support
    return Selection(rule, index, tuple(chosen), payoffs, lowest, highest, regret, support)
