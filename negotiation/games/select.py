"""Named rules that choose one equilibrium where a game has several."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import ModelError, ParameterError, nearest
from negotiation.games.equilibrium_set import EquilibriumSet, support_of
from negotiation.games.game import Array, Game
from negotiation.registry import Registered, Registry
from negotiation.tolerances import PAYOFF_ROUNDING, SAME_PROFILE
from negotiation.words import brief, printable


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
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

    def __repr__(self) -> str:
        if self.index.shape:
            return f"Selection({self.rule}, of {self.index.size} games)"
        return f"Selection({self.rule}: {printable(str(self.support)) or 'none'})"


#: A rule says which of K equilibria are best by it, (K,) booleans, from what they pay, (K, P), by
#: how much two payoffs of a player must differ to count as different, (P,), the game, and the
#: strategies, (K, A) for each player.
Rule = Callable[[Array, Array, Game, Sequence[Array]], NDArray[np.bool_]]


def _best(rule: Registered[Rule], best: Any, asked: tuple[Any, ...]) -> NDArray[np.bool_]:
    """Refuse what does not say of each equilibrium whether it is among the best."""
    count = len(asked[0])
    found = np.asarray(best)
    if found.shape != (count,) or found.dtype != bool or not found.any():
        raise ModelError(
            f"{rule.title} returned {brief(best)} for {count} equilibria; expected {count} truth "
            "values, of which at least one is true"
        )
    return found


#: Rules by name; `best_for_<player>` is one for each player of a game.
RULES: Registry[Rule] = Registry(
    "selection rule",
    ("payoffs", "same", "game", "strategies"),
    _best,
    reserved="best_for_.*",
)
register_rule = RULES.register


@register_rule("pareto")
def _pareto(
    payoffs: Array, same: Array, game: Game, strategies: Sequence[Array]
) -> NDArray[np.bool_]:
    """Those that no other Pareto dominates."""
    del game, strategies
    best = np.ones(len(payoffs), dtype=bool)
    for k, own in enumerate(payoffs):
        gain = payoffs - own
        best[k] = not ((gain >= -same).all(axis=1) & (gain > same).any(axis=1)).any()
    return best if best.any() else ~best  # payoffs a rounding apart can dominate in a circle


def _scaled(payoffs: Array, game: Game) -> Array:
    low = game.payoffs.min(axis=tuple(range(-len(game.players), 0)))
    return np.asarray((payoffs - low) / game.span)


@register_rule("welfare")
def _welfare(
    payoffs: Array, same: Array, game: Game, strategies: Sequence[Array]
) -> NDArray[np.bool_]:
    """The largest sum of payoffs in the game's own units."""
    del game, strategies
    return _largest(payoffs.sum(axis=1), same.sum())


@register_rule("scaled_welfare")
def _scaled_welfare(
    payoffs: Array, same: Array, game: Game, strategies: Sequence[Array]
) -> NDArray[np.bool_]:
    """The largest sum of payoffs, each player's scaled to [0, 1] over all profiles."""
    del strategies
    return _largest(_scaled(payoffs, game).sum(axis=1), (same / game.span).sum())


@register_rule("egalitarian")
def _egalitarian(
    payoffs: Array, same: Array, game: Game, strategies: Sequence[Array]
) -> NDArray[np.bool_]:
    """The largest least payoff, each player's scaled to [0, 1] over all profiles."""
    del strategies
    return _largest(_scaled(payoffs, game).min(axis=1), (same / game.span).max())


@register_rule("risk_dominant")
def _risk_dominant(
    payoffs: Array, same: Array, game: Game, strategies: Sequence[Array]
) -> NDArray[np.bool_]:
    """The strict pure one that risk dominates every other; where none does, as `pareto`."""
    from negotiation.games.comparison import risk_dominance

    ranking = risk_dominance(game)
    if ranking.dominant is not None:
        wanted = ranking.profiles[ranking.dominant]
        best = np.ones(len(payoffs), dtype=bool)
        for own, i in zip(strategies, wanted, strict=True):
            best &= own[:, i] == 1.0
        if best.any():
            return best
    return _pareto(payoffs, same, game, strategies)


def _best_for(player: int) -> Rule:
    def rule(
        payoffs: Array, same: Array, game: Game, strategies: Sequence[Array]
    ) -> NDArray[np.bool_]:
        del game, strategies
        return _largest(payoffs[:, player], same[player])

    return rule


def _largest(values: Array, same: float) -> NDArray[np.bool_]:
    return np.asarray(values >= values.max() - same)


def _same(payoffs: Array) -> Array:
    """By how much payoffs of a player, (K, P), must differ to count as different.

    From what equilibria pay and nothing else: no payoff out of their reach moves a choice.
    """
    return np.asarray(PAYOFF_ROUNDING * np.abs(payoffs).max(axis=0))


def _first(best: NDArray[np.bool_], strategies: Sequence[Array]) -> int:
    """Of equally good ones the first: by actions in use, pure ones before mixed ones.

    Those with equally many are in the order of the game's actions, the first player's before all.
    It does not matter who found them, nor in which order.
    """
    places = np.flatnonzero(best)
    used = [own[places] > SAME_PROFILE for own in strategies]
    mixing = np.sum([each.sum(axis=1) for each in used], axis=0)
    # An action in use sorts before one that is not; np.lexsort looks at its last key first.
    keys = [~column for each in used for column in each.T]
    return int(places[np.lexsort((*keys[::-1], mixing))[0]])


def find_rule(rule: str, players: Sequence[str]) -> Rule:
    """Return a rule by name.

    `pareto`: those that no other equilibrium Pareto dominates. `welfare`: the largest sum of
    payoffs as they are. `scaled_welfare`: the largest sum, each player's scaled to [0, 1] over all
    profiles of the game. `egalitarian`: the largest least payoff, scaled likewise.
    `best_for_<player>`: what that player would pick. `risk_dominant`, for two players: the strict
    pure equilibrium that risk dominates every other (Harsanyi and Selten 1988), as `pareto` where
    none does. `register_rule` adds others.

    Of several that a rule calls best the first is taken: with the fewest actions in use, so that
    pure ones come before mixed ones, and of these the first in the order of the game's actions. In
    a game such as chicken that choice is arbitrary; it is the same whatever else changes.

    What a profile pays that no equilibrium reaches matters to `scaled_welfare` and `egalitarian`,
    which take their scale from all profiles, and to `risk_dominant`, which asks what a mistake
    costs. It does not matter to the others.

    Raises
    ------
    ParameterError
        For an unknown rule.
    """
    known: dict[str, Rule] = {
        **{name: each for name, each in RULES.items() if name != "risk_dominant"},
        **{f"best_for_{player}": _best_for(p) for p, player in enumerate(players)},
    }
    if len(players) == 2:
        known["risk_dominant"] = RULES["risk_dominant"]
    if not isinstance(rule, str) or rule not in known:
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
    flat, listing = game.flat(), equilibria.listing
    count, first = listing.count, listing.first[:-1]
    size, players = len(count), len(game.players)
    index = np.where(count > 0, 0, -1)
    lowest, highest = (np.full((size, players), np.nan) for _ in range(2))
    some = count > 0
    lowest[some] = highest[some] = listing.payoffs[first[some]]
    for b in map(int, np.flatnonzero(count > 1)):
        places = slice(int(first[b]), int(first[b] + count[b]))
        values = listing.payoffs[places]
        mixtures = [own[places] for own in listing.strategies]
        index[b] = _first(chooses(values, _same(values), flat.at((b,)), mixtures), mixtures)
        lowest[b], highest[b] = values.min(axis=0), values.max(axis=0)
    chosen = (first + index)[some]

    def of(values: Array) -> Array:
        table = np.full((size, *values.shape[1:]), np.nan)
        table[some] = values[chosen]
        return table.reshape((*game.batch_shape, *values.shape[1:]))

    support = np.full(size, "", dtype="<U256")
    support[some] = [support_of(game.actions, [s[e] for s in listing.strategies]) for e in chosen]
    return Selection(
        rule=rule,
        index=index.reshape(game.batch_shape),
        strategies=tuple(of(own) for own in listing.strategies),
        payoffs=of(listing.payoffs),
        lowest=lowest.reshape((*game.batch_shape, players)),
        highest=highest.reshape((*game.batch_shape, players)),
        regret=of(listing.regret),
        support=support.reshape(game.batch_shape),
    )
