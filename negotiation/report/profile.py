"""An equilibrium, or any other profile, in plain words."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from negotiation.games.comparison import p_dominance
from negotiation.games.equilibrium_set import Completeness, Equilibrium, EquilibriumSet
from negotiation.games.game import Array, Game
from negotiation.games.given import Given, one_game
from negotiation.games.replies import Replies, best_replies
from negotiation.tolerances import REGRET, SAME_PROFILE, TIE
from negotiation.words import opening

#: Most other equilibria that are named one by one.
_NAMED = 4


def explain(
    game: Game,
    profile: Given,
    equilibria: EquilibriumSet | None = None,
    *,
    index: tuple[int, ...] = (),
    unit: str = "",
) -> list[str]:
    """Say in plain words what a profile is and why players would or would not keep to it.

    Parameters
    ----------
    game : Game
        Any number of players.
    profile : Equilibrium, one action's name per player, or one (A_p,) array per player
        An equilibrium or not.
    equilibria : EquilibriumSet, optional
        All that were found, to say how many others there are; of the same game or batch.
    index : tuple of int
        Which game of a batch.
    unit : str
        Of the payoffs, written behind the first number of each sentence.

    Returns
    -------
    list of str
        Sentences: the verdict, then for every player what she plays and earns, the best deviation
        and what it would cost or gain, and ties; then the other equilibria.

    Raises
    ------
    PayoffError
        For a batch of games without `index`, payoffs that are not finite, or a profile that does
        not fit the game.
    """
    one = one_game(game.at(index) if index else game, "an explanation")
    replies = best_replies(one, profile)
    telling = _Telling(one, replies, unit)
    sentences = [telling.verdict()]
    for p in range(len(one.players)):
        sentences += telling.player(p)
    if equilibria is not None:
        sentences.append(telling.others(equilibria.at(index), equilibria, index))
    return sentences


class _Telling:
    """Sentences about one profile of one game."""

    def __init__(self, game: Game, replies: Replies, unit: str) -> None:
        self.game = game
        self.replies = replies
        self.unit = f" {unit}" if unit else ""
        self.players = game.players
        self.supports = [np.flatnonzero(own > SAME_PROFILE) for own in replies.strategies]
        self.mixed = [len(support) > 1 for support in self.supports]
        self.certified = bool(replies.regret <= REGRET)

    def verdict(self) -> str:
        gainers = [
            player
            for player, gain, span in zip(
                self.players, self.replies.gain, self.game.span, strict=True
            )
            if gain / span > REGRET
        ]
        if not gainers:
            who = (
                f"neither {self.players[0]} nor {self.players[1]}"
                if len(self.players) == 2
                else f"none of {_joined(self.players)}"
            )
            return f"This is an equilibrium: {who} gains by changing its action alone."
        each = " each" if len(gainers) > 1 else ""
        return (
            f"This is not an equilibrium: {_joined(gainers)} would{each} gain by deviating alone."
        )

    def player(self, p: int) -> list[str]:
        """What one player does, earns, and would earn otherwise."""
        name = opening(self.players[p])
        earned = self.number(p, float(self.replies.expected[p])) + self.unit
        average = " on average" if any(self.mixed) else ""
        start = f"{name} plays {self.mixture(p)} and gets {earned}{average}"
        if self.replies.gain[p] / self.game.span[p] > REGRET:
            return [f"{start}; {self.better(p)}."]
        spare = self.spare(p)
        ties = [i for i in spare if self.replies.best[p][i]]
        worse = [i for i in spare if not self.replies.best[p][i]]
        sentences = [f"{start}."]
        if ties:
            sentences.append(self.tied(p, ties))
        if worse:
            sentences.append(self.worse(p, worse, bool(ties)))
        elif not ties and not self.mixed[p]:
            sentences.append(f"{name} has no other action.")
        if self.mixed[p]:
            sentences += self.indifference(p)
        elif not ties and worse:
            sentences += self.firmness(p)
        return sentences

    def better(self, p: int) -> str:
        best = [self.game.actions[p][i] for i in np.flatnonzero(self.replies.best[p])]
        top = self.number(p, float(self.replies.values[p].max()))
        gain = self.number(p, float(self.replies.gain[p]))
        each = " each" if len(best) > 1 else ""
        return f"{_joined(best, 'or')} would{each} earn {top}, a gain of {gain}"

    def tied(self, p: int, ties: Sequence[int]) -> str:
        names = _joined([self.game.actions[p][i] for i in ties], "or")
        kept = "this mixture" if self.mixed[p] else self._action(p)
        return (
            f"With {names} it would earn just as much, so nothing but the equilibrium itself "
            f"speaks for {kept}."
        )

    def worse(self, p: int, worse: Sequence[int], after_ties: bool) -> str:
        values = self.replies.values[p]
        top = max(values[i] for i in worse)
        names = [self.game.actions[p][i] for i in worse if values[i] >= top - TIE * self._span(p)]
        loss = self.number(p, float(self.replies.expected[p] - top))
        earns = f"would earn {self.number(p, float(top))}, a loss of {loss}."
        if after_ties:
            rest = "With" if len(worse) == len(names) else "At best, with"
            return f"{rest} {_joined(names, 'or')} it {earns}"
        if len(worse) == 1:
            return f"Its only other action, {names[0]}, {earns}"
        return f"Its best alternative{'s' if len(names) > 1 else ''}, {_joined(names)}, {earns}"

    def indifference(self, p: int) -> list[str]:
        """Why a player is willing to mix, and what would tip the balance."""
        names = [self.game.actions[p][i] for i in self.supports[p]]
        others = [q for q in range(len(self.players)) if q != p and self.mixed[q]]
        both = "Both" if len(names) == 2 else f"All {_number(len(names))}"
        if not others:
            return [
                f"{both} earn it the same against what the other"
                f"{'s play' if len(self.players) > 2 else ' plays'}."
            ]
        odds = _joined([f"{self.players[q]} plays {self.mixture(q)}" for q in others])
        sentences = [f"{both} earn it the same because {odds}."]
        if len(self.players) == 2 and len(names) == 2 and len(self.supports[1 - p]) == 2:
            sentences.append(self.tipping(p))
        return sentences

    def tipping(self, p: int) -> str:
        q = 1 - p
        own = self.game.scaled[p] if p == 0 else self.game.scaled[p].T
        a, b = self.supports[p]
        # The opponent's action against which a does better, and the other.
        ahead = own[a] - own[b]
        c, d = sorted(self.supports[q], key=lambda j: -ahead[j])
        if ahead[c] - ahead[d] <= TIE:
            return f"Other odds of {self.players[q]} would leave it indifferent as well."
        actions, theirs = self.game.actions[p], self.game.actions[q]
        odds = _percent(float(self.replies.strategies[q][c]))
        return (
            f"Were {self.players[q]} to play {theirs[c]} with more than {odds} (and {theirs[d]} "
            f"otherwise), {self.players[p]} would prefer {actions[a]} to {actions[b]}; with less, "
            f"{actions[b]} to {actions[a]}."
        )

    def firmness(self, p: int) -> list[str]:
        """How sure a player has to be of the others for her action to be the best."""
        if any(self.mixed) or not self.certified:
            return []
        profile = [self.game.actions[q][int(self.supports[q][0])] for q in range(len(self.players))]
        least = float(p_dominance(self.game, profile)[p])
        if math.isnan(least):
            return []
        others = [q for q in range(len(self.players)) if q != p]
        if least <= TIE:
            whose = self.players[others[0]] if len(others) == 1 else "the others"
            return [f"Its choice is best whatever {whose} may do."]
        if least >= 1.0 - TIE:
            return []
        if len(others) == 1:
            expected = f"{self.players[others[0]]} to play {profile[others[0]]} with a probability"
            return [
                f"Its choice remains best as long as it expects {expected} of at least "
                f"{_percent(least)}."
            ]
        expected = _joined([f"{self.players[q]} plays {profile[q]}" for q in others])
        return [
            f"Its choice remains best as long as it thinks it at least {_percent(least)} "
            f"likely that {expected}."
        ]

    def others(
        self, found: list[Equilibrium], which: EquilibriumSet, index: tuple[int, ...]
    ) -> str:
        """How many equilibria there are beside this one, and whether these are all."""
        complete = str(np.asarray(which.completeness)[index]) == Completeness.COMPLETE
        if not found:
            return (
                "No equilibrium of the game was certified, which does not say that there is none."
            )
        components = [each.component for each in found]
        here = [each for each in found if self._is(each)]
        rest = [each for each in found if not self._is(each)]
        more = "" if complete else "; there may be more"
        if len(set(components)) < len(found):
            ones = "ones" if len(rest) > 1 else "one"
            besides = " besides this" if here else ""
            text = (
                f"The game has infinitely many equilibria; the extreme {ones}{besides} "
                f"{'are' if len(rest) > 1 else 'is'} {self._names(rest)}{more}."
            )
            joined = [each for each in rest if here and each.component == here[0].component]
            if joined:
                text += f" A continuum of equilibria joins this one to {self._names(joined)}."
            return text
        if not rest:
            return (
                "The game has no other equilibrium."
                if complete
                else "No other equilibrium was found, but not all could be looked for."
            )
        count = _count(len(rest), "other" if here else "")
        if complete:
            return f"The game has {count}: {self._names(rest)}."
        known = "is" if len(rest) == 1 else "are"
        return f"{opening(count)} {known} known: {self._names(rest)}{more}."

    def _is(self, each: Equilibrium) -> bool:
        return all(
            bool(np.abs(own - other).max() <= SAME_PROFILE)
            for own, other in zip(self.replies.strategies, each.strategies, strict=True)
        )

    def _names(self, equilibria: Sequence[Equilibrium]) -> str:
        names = [_profile(each.actions, each.strategies) for each in equilibria[:_NAMED]]
        if len(equilibria) > _NAMED:
            names = [*names[:-1], f"{len(equilibria) - _NAMED + 1} more"]
        return _joined(names)

    def _action(self, p: int) -> str:
        return self.game.actions[p][int(self.supports[p][0])]

    def _span(self, p: int) -> float:
        return float(self.game.span[p])

    def mixture(self, p: int) -> str:
        return _mixture(self.game.actions[p], self.replies.strategies[p])

    def spare(self, p: int) -> list[int]:
        return [i for i in range(len(self.game.actions[p])) if i not in self.supports[p]]

    def number(self, p: int, value: float) -> str:
        """A payoff to four digits, or to seven of the player's range of payoffs."""
        if abs(value) <= TIE * self._span(p):
            return "0"
        own = 3 - math.floor(math.log10(abs(value)))
        digits = max(min(own, 6 - math.floor(math.log10(self._span(p)))), 0)
        if digits > 8 or abs(value) >= 1e15:
            return f"{value:.4g}"
        text = f"{value:,.{digits}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return text if text.strip("-0.") else f"{value:.2g}"


def _mixture(actions: Sequence[str], probabilities: Array) -> str:
    used = [(a, float(q)) for a, q in zip(actions, probabilities, strict=True) if q > SAME_PROFILE]
    if len(used) == 1:
        return used[0][0]
    return _joined([f"{action} with {_percent(q)}" for action, q in used])


def _profile(actions: Sequence[Sequence[str]], strategies: Sequence[Array]) -> str:
    """A profile as a name: pure parts as they are, mixtures in brackets."""
    parts = []
    for own, probabilities in zip(actions, strategies, strict=True):
        used = [(a, q) for a, q in zip(own, probabilities, strict=True) if q > SAME_PROFILE]
        words = " + ".join(f"{_percent(float(q))} {a}" for a, q in used)
        parts.append(used[0][0] if len(used) == 1 else f"({words})")
    return "/".join(parts)


def _percent(probability: float) -> str:
    """A probability to three digits, never rounded to 0% or 100%."""
    percent = 100.0 * probability
    if 99.95 <= percent < 100.0:
        return f"{percent:.6g}%"
    return f"{percent:.3g}%"


def _number(number: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return words[number] if number < len(words) else str(number)


def _count(number: int, kind: str = "") -> str:
    ending = "um" if number == 1 else "a"
    return f"{_number(number)} {kind + ' ' if kind else ''}equilibri{ending}"


def _joined(words: Sequence[str], link: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {link} {words[-1]}"
