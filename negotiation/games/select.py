"""Named rules that choose one equilibrium where a game has several."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.coded import worded
from negotiation.errors import ModelError, ParameterError, nearest
from negotiation.games.equilibrium_set import EquilibriumSet, supports_of
from negotiation.games.game import Array, Game
from negotiation.registry import Registered, Registry
from negotiation.tolerances import PAYOFF_ROUNDING, SAME_PROFILE
from negotiation.words import brief, printable


@worded("support")
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


def _cloudy(rule: Rule) -> Rule:
    """Mark a rule that takes any number of games at once, on leading axes of all it is given."""
    _CLOUDY.add(rule)
    return rule


_CLOUDY: set[Rule] = set()


@register_rule("pareto")
@_cloudy
def _pareto(
    payoffs: Array, same: Array, game: Game, strategies: Sequence[Array]
) -> NDArray[np.bool_]:
    """Those that no other Pareto dominates."""
    del game, strategies
    best = np.ones(payoffs.shape[:-1], dtype=bool)
    same = same[..., None, :]
    for k in range(payoffs.shape[-2]):
        gain = payoffs - payoffs[..., k : k + 1, :]
        better = (gain >= -same).all(axis=-1) & (gain > same).any(axis=-1)
        best[..., k] = ~better.any(axis=-1)
    # Payoffs a rounding apart can dominate in a circle.
    return best | ~best.any(axis=-1, keepdims=True)


def _scaled(payoffs: Array, game: Game) -> Array:
    low = game.payoffs.min(axis=tuple(range(-len(game.players), 0)))
    return np.asarray((payoffs - low[..., None, :]) / game.span[..., None, :])


@register_rule("welfare")
@_cloudy
def _welfare(
    payoffs: Array, same: Array, game: Game, strategies: Sequence[Array]
) -> NDArray[np.bool_]:
    """The largest sum of payoffs in the game's own units."""
    del game, strategies
    return _largest(payoffs.sum(axis=-1), same.sum(axis=-1))


@register_rule("scaled_welfare")
@_cloudy
def _scaled_welfare(
    payoffs: Array, same: Array, game: Game, strategies: Sequence[Array]
) -> NDArray[np.bool_]:
    """The largest sum of payoffs, each player's scaled to [0, 1] over all profiles."""
    del strategies
    return _largest(_scaled(payoffs, game).sum(axis=-1), (same / game.span).sum(axis=-1))


@register_rule("egalitarian")
@_cloudy
def _egalitarian(
    payoffs: Array, same: Array, game: Game, strategies: Sequence[Array]
) -> NDArray[np.bool_]:
    """The largest least payoff, each player's scaled to [0, 1] over all profiles."""
    del strategies
    return _largest(_scaled(payoffs, game).min(axis=-1), (same / game.span).max(axis=-1))


@register_rule("risk_dominant")
@_cloudy
def _risk_dominant(
    payoffs: Array, same: Array, game: Game, strategies: Sequence[Array]
) -> NDArray[np.bool_]:
    """The strict pure one that risk dominates every other; where none does, as `pareto`."""
    from negotiation.games.comparison import risk_dominant

    wanted = risk_dominant(game)
    best = np.ones(payoffs.shape[:-1], dtype=bool)
    for own, i in zip(strategies, np.moveaxis(wanted, -1, 0), strict=True):
        place = np.broadcast_to(i[..., None, None], (*own.shape[:-1], 1))
        best &= np.take_along_axis(own, np.maximum(place, 0), axis=-1)[..., 0] == 1.0
    best &= wanted[..., :1] >= 0
    found = best.any(axis=-1, keepdims=True)
    return best if found.all() else np.where(found, best, _pareto(payoffs, same, game, strategies))


@cache
def _best_for(player: int) -> Rule:
    @_cloudy
    def rule(
        payoffs: Array, same: Array, game: Game, strategies: Sequence[Array]
    ) -> NDArray[np.bool_]:
        del game, strategies
        return _largest(payoffs[..., player], same[..., player])

    return rule


def _largest(values: Array, same: Array) -> NDArray[np.bool_]:
    return np.asarray(values >= (values.max(axis=-1) - same)[..., None])


def _same(payoffs: Array) -> Array:
    """By how much payoffs of a player, (..., K, P), must differ to count as different.

    From what equilibria pay and nothing else: no payoff out of their reach moves a choice.
    """
    return np.asarray(PAYOFF_ROUNDING * np.abs(payoffs).max(axis=-2))


#: Actions of all players together of which the order fits one integer.
_MOST_BITS = 50


def _first(best: NDArray[np.bool_], strategies: Sequence[Array]) -> NDArray[np.int64]:
    """Of equally good ones, (G, K), the first: by actions in use, pure ones before mixed ones.

    Those with equally many are in the order of the game's actions, the first player's before all.
    It does not matter who found them, nor in which order.
    """
    used = np.concatenate([own > SAME_PROFILE for own in strategies], axis=-1)
    mixing, actions = used.sum(axis=-1), used.shape[-1]
    if actions <= _MOST_BITS:
        # An action in use sorts before one that is not.
        order = (~used).astype(np.int64) @ (1 << np.arange(actions - 1, -1, -1, dtype=np.int64))
        key = np.where(best, (mixing.astype(np.int64) << actions) + order, np.iinfo(np.int64).max)
        return np.asarray(key.argmin(axis=-1))
    chosen = np.empty(len(best), dtype=np.int64)
    for g in range(len(best)):
        places = np.flatnonzero(best[g])
        keys = [~column for column in used[g, places].T]
        # np.lexsort looks at its last key first.
        chosen[g] = places[np.lexsort((*keys[::-1], mixing[g, places]))[0]]
    return chosen


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
    listing = equilibria.listing
    count, first = listing.count, listing.first[:-1]
    size, players = len(count), len(game.players)
    batch = game.batch_shape
    index = np.where(count > 0, 0, -1)
    several = np.flatnonzero(count > 1)
    for number in np.unique(count[several]).tolist():
        games = several[count[several] == number]
        block = max(1, _MOST_TOGETHER // (number * (players + len(listing.strategies[0][0]))))
        for k in range(0, len(games), block):
            together = games[k : k + block]
            index[together] = _choice(chooses, equilibria, together, number)
    alone = len(listing.regret) == size and not len(several)
    some = count > 0
    everywhere = bool(some.all())
    chosen = (first + index)[some]

    def of(values: Array) -> Array:
        if not alone:
            values = values.T.take(chosen, axis=-1).T
        if not everywhere:
            table = np.full((*values.shape[:0:-1], size), np.nan).T
            table[some] = values
            values = table
        return values.reshape((*batch, *values.shape[1:]))

    strategies = tuple(of(own) for own in listing.strategies)
    payoffs = of(listing.payoffs)
    lowest, highest = payoffs, payoffs
    if len(several):
        part = listing.at(several)
        bounds = []
        for bound in (np.minimum, np.maximum):
            table = np.array(payoffs.reshape(size, players))
            table[several] = bound.reduceat(part.payoffs, part.first[:-1], axis=0)
            bounds.append(table.reshape(payoffs.shape))
        lowest, highest = bounds
    return Selection(
        rule=rule,
        index=index.reshape(batch),
        strategies=strategies,
        payoffs=payoffs,
        lowest=lowest,
        highest=highest,
        regret=of(listing.regret),
        support=supports_of(game.actions, strategies).as_field(),
    )


#: Numbers that a rule is given at a time: 32 MB.
_MOST_TOGETHER = 1 << 22


def _choice(
    chooses: Rule, equilibria: EquilibriumSet, games: NDArray[np.int64], number: int
) -> NDArray[np.int64]:
    """Choose one of the equilibria of each of some games that all have as many."""
    game, listing = equilibria.game.flat(), equilibria.listing
    places = listing.first[games][:, None] + np.arange(number)
    values = listing.payoffs[places]
    mixtures = [own[places] for own in listing.strategies]
    if (chooses.function if isinstance(chooses, Registered) else chooses) in _CLOUDY:
        some = Game(game.players, game.actions, game.payoffs[games])
        return _first(chooses(values, _same(values), some, mixtures), mixtures)
    best = np.zeros(values.shape[:2], dtype=bool)
    for g, b in enumerate(games.tolist()):
        own = [each[g] for each in mixtures]
        best[g] = chooses(values[g], _same(values[g]), game.at((b,)), own)
    return _first(best, mixtures)
