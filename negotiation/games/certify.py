"""The one certifier: a profile is an equilibrium if its regret says so, whoever proposed it.

Kernels compute the same regret as `Game.regret` while they have the payoffs at hand; a game in
which theirs is above tolerance is solved again, and then passes here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.games.game import Array, Game
from negotiation.games.listing import METHODS, Candidate, Listing, Rational
from negotiation.tolerances import LOCAL_REGRET, REGRET, SAME_PROFILE

#: Payoffs that are copied at a time to certify profiles, 64 MB.
_TOGETHER = 1 << 23


class Distinct:
    """Profiles of one game, no two closer than `SAME_PROFILE` in every probability.

    Pure profiles are looked up; only mixed ones are compared one by one.
    """

    def __init__(self) -> None:
        self._pure: set[tuple[int, ...]] = set()
        self._mixed: Array = np.empty((0, 0))
        self._count = 0

    def __len__(self) -> int:
        return len(self._pure) + self._count

    def __contains__(self, strategies: Sequence[Array]) -> bool:
        played = tuple(int(own.argmax()) for own in strategies)
        # Close to a pure profile: that one is the only pure one within reach.
        if played in self._pure and all(
            own[i] >= 1.0 - SAME_PROFILE for own, i in zip(strategies, played, strict=True)
        ):
            return True
        if not self._count:
            return False
        apart = np.abs(self._mixed[: self._count] - np.concatenate(strategies))
        return bool((apart.max(axis=1) <= SAME_PROFILE).any())

    def add(self, strategies: Sequence[Array]) -> bool:
        """Add a profile; whether it is new."""
        if strategies in self:
            return False
        if all(own.max() == 1.0 for own in strategies):
            self._pure.add(tuple(int(own.argmax()) for own in strategies))
            return True
        flat = np.concatenate(strategies)
        if self._count == len(self._mixed):
            grown = np.empty((max(16, 2 * self._count), len(flat)))
            if self._count:
                grown[: self._count] = self._mixed
            self._mixed = grown
        self._mixed[self._count] = flat
        self._count += 1
        return True


def certify(
    game: Game, candidates: Sequence[Candidate]
) -> tuple[list[tuple[Candidate, float]], list[tuple[Candidate, float]]]:
    """Split candidates for one game into certified ones and refused ones, each with its regret.

    Of candidates that agree to within `SAME_PROFILE` the first is kept; rationals have to be equal.
    """
    regrets = [
        float(game.regret(each.strategies)) if _is_told_apart(game, each) else np.nan
        for each in candidates
    ]
    certified = [(candidates[k], regrets[k]) for k in _kept(candidates, regrets)]
    refused = [
        (candidate, regret)
        for candidate, regret in zip(candidates, regrets, strict=True)
        if not regret <= REGRET
    ]
    return certified, refused


def _is_told_apart(game: Game, candidate: Candidate, place: int | None = None) -> bool:
    """Whether the payoffs that a profile rests on are not drowned by larger ones elsewhere.

    Regret is a share of the range of payoffs: beside a payoff of 1e19 a loss of one is nothing.
    So any gain is also held against the payoffs that the player and her best reply get against
    this profile. What exact arithmetic or a comparison of the payoffs themselves decided passes.
    """
    if candidate.exact is not None or candidate.proposed_by == "exact enumeration":
        return True
    if candidate.proposed_by == "pure scan":  # which compares payoffs as they are
        return True
    strategies = candidate.strategies
    game = game if place is None else game.at(place)
    if all(own.max() == 1.0 for own in strategies):
        return _best_nearly(game, [int(own.argmax()) for own in strategies])
    values = game.values(strategies)
    for p, own in enumerate(strategies):
        expected = float(own @ values[p])
        gain = float(values[p].max()) - expected
        if not gain > 0.0:
            continue
        weighed = own > 0.0
        weighed[int(values[p].argmax())] = True
        apart = game.values(strategies, np.abs(game.payoffs - expected))[p][weighed].max()
        size = game.values(strategies, np.abs(game.payoffs))[p][weighed].max()
        if gain > LOCAL_REGRET * apart and gain > REGRET * size:
            return False
    return True


def _best_nearly(game: Game, played: list[int]) -> bool:
    """The same of a pure profile, from the payoffs it rests on alone."""
    for p, own in enumerate(game.payoffs):
        replies = np.moveaxis(own, p, -1)[(*played[:p], *played[p + 1 :])]
        gain = float(replies.max() - replies[played[p]])  # as far apart as it and the best reply
        if gain > REGRET * float(max(abs(replies.max()), abs(replies[played[p]]))):
            return False
    return True


def _kept(candidates: Sequence[Candidate], regrets: Sequence[float]) -> list[int]:
    """Places of the certified candidates, each profile once."""
    if all(candidate.exact is not None for candidate in candidates):  # of one enumeration
        return [k for k, regret in enumerate(regrets) if regret <= REGRET]
    places: list[int] = []
    known: set[tuple[Rational, ...]] = set()
    distinct = Distinct()
    for k, (candidate, regret) in enumerate(zip(candidates, regrets, strict=True)):
        if not regret <= REGRET or candidate.exact in known:
            continue
        all_exact = candidate.exact is not None and len(known) == len(places)
        if not distinct.add(candidate.strategies) and not all_exact:
            continue
        if candidate.exact is not None:
            known.add(candidate.exact)
        places.append(k)
    return places


def assemble(game: Game, proposals: Sequence[Sequence[Candidate]]) -> tuple[Listing, set[int]]:
    """Certify what is proposed for each game of a flat batch.

    Returns
    -------
    listing : Listing
    refused : set of int
        Games of which a candidate was refused.
    """
    size = len(game.payoffs)
    everything = [candidate for candidates in proposals for candidate in candidates]
    games = np.repeat(np.arange(size), [len(candidates) for candidates in proposals])
    strategies = tuple(
        np.array([c.strategies[p] for c in everything]).reshape(len(everything), len(actions))
        for p, actions in enumerate(game.actions)
    )
    payoffs, regrets = _worth(game, games, strategies)
    for e in map(int, np.flatnonzero(regrets <= REGRET)):
        if not _is_told_apart(game, everything[e], int(games[e])):
            regrets[e] = np.nan
    kept: list[int] = []
    components: list[int] = []
    start = 0
    for candidates in proposals:
        places = _kept(candidates, regrets[start : start + len(candidates)].tolist())
        numbers = [candidates[k].component for k in places]
        taken = max((number for number in numbers if number is not None), default=-1)
        for number in numbers:
            if number is None:
                taken += 1
            components.append(taken if number is None else number)
        kept += [start + k for k in places]
        start += len(candidates)
    chosen = np.array(kept, dtype=np.int64)
    refused = set(games[~(regrets <= REGRET)].tolist())
    new = Listing(
        first=np.searchsorted(games[chosen], np.arange(size + 1)),
        strategies=tuple(own[chosen] for own in strategies),
        payoffs=payoffs[chosen],
        regret=regrets[chosen],
        method=np.array([METHODS.index(everything[k].proposed_by) for k in kept], dtype=np.uint8),
        component=np.array(components, dtype=np.int64),
        exact={e: exact for e, k in enumerate(kept) if (exact := everything[k].exact) is not None},
    )
    return new, refused


def _worth(
    game: Game, games: NDArray[np.int64], strategies: tuple[Array, ...]
) -> tuple[Array, Array]:
    """Payoffs (E, P) and regret (E,) of profiles of some games of a flat batch."""
    number, players = len(games), len(game.players)
    payoffs, regrets = np.empty((number, players)), np.empty(number)
    # A game is copied for each of its profiles: a few at a time, so that memory stays bounded.
    together = max(1, _TOGETHER // game.payoffs[0].size) if len(game.payoffs) else number
    pure = np.ones(number, dtype=bool)
    if together < number:  # where that is slow, what is pure is looked up
        for own in strategies:
            pure &= (own.max(axis=1, initial=0.0) == 1.0) & ((own != 0.0).sum(axis=1) == 1)
        places = np.flatnonzero(pure)
        payoffs[places], regrets[places] = _looked_up(
            game, games[places], [own[places].argmax(axis=1) for own in strategies]
        )
        rest = np.flatnonzero(~pure)
    else:
        rest = np.arange(number)
    for start in range(0, len(rest), together):
        part = rest[start : start + together]
        each = Game(game.players, game.actions, game.payoffs[games[part]])
        mixtures = [own[part] for own in strategies]
        payoffs[part], regrets[part] = each.expected(mixtures), each.regret(mixtures)
    return payoffs, regrets


def _looked_up(
    game: Game, games: NDArray[np.int64], played: Sequence[NDArray[np.int64]]
) -> tuple[Array, Array]:
    """The same of pure profiles, given by places of actions."""
    payoffs = np.stack([game.payoffs[(games, p, *played)] for p in range(len(played))], axis=-1)
    gains = np.zeros(payoffs.shape)
    for p, actions in enumerate(game.actions):
        for action in range(len(actions)):
            instead = [*played[:p], np.full_like(played[p], action), *played[p + 1 :]]
            other = game.payoffs[(games, p, *instead)]
            gains[:, p] = np.maximum(gains[:, p], other - payoffs[:, p])
    return payoffs, np.asarray((gains / game.span[games]).max(axis=1, initial=0.0))
