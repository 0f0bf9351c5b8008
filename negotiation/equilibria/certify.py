"""The one certifier: a profile is an equilibrium if its regret says so, whoever proposed it.

Kernels compute the same regret as `Game.regret` while they have the payoffs at hand; a game in
which theirs is above tolerance is solved again, and then passes here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibria.equilibrium_set import METHODS, Candidate, Listing, Rational
from negotiation.game import Array, Game
from negotiation.tolerances import REGRET, SAME_PROFILE


def certify(
    game: Game, candidates: Sequence[Candidate]
) -> tuple[list[tuple[Candidate, float]], list[tuple[Candidate, float]]]:
    """Split candidates for one game into certified ones and refused ones, each with its regret.

    Of candidates that agree to within `SAME_PROFILE` the first is kept; rationals have to be equal.
    """
    regrets = [float(game.regret(candidate.strategies)) for candidate in candidates]
    certified = [(candidates[k], regrets[k]) for k in _kept(candidates, regrets)]
    refused = [
        (candidate, regret)
        for candidate, regret in zip(candidates, regrets, strict=True)
        if not regret <= REGRET
    ]
    return certified, refused


def _kept(candidates: Sequence[Candidate], regrets: Sequence[float]) -> list[int]:
    """Places of the certified candidates, each profile once."""
    if all(candidate.exact is not None for candidate in candidates):  # of one enumeration
        return [k for k, regret in enumerate(regrets) if regret <= REGRET]
    places: list[int] = []
    known: set[tuple[Rational, ...]] = set()
    for k, (candidate, regret) in enumerate(zip(candidates, regrets, strict=True)):
        if not regret <= REGRET or candidate.exact in known:
            continue
        all_exact = candidate.exact is not None and len(known) == len(places)
        if not all_exact and any(_same(candidate, candidates[other]) for other in places):
            continue
        if candidate.exact is not None:
            known.add(candidate.exact)
        places.append(k)
    return places


def _same(one: Candidate, other: Candidate) -> bool:
    if one.exact is not None and other.exact is not None:
        return one.exact == other.exact
    return all(
        bool(np.abs(p - q).max() <= SAME_PROFILE)
        for p, q in zip(one.strategies, other.strategies, strict=True)
    )


def assemble(
    game: Game, listing: Listing | None, proposals: Mapping[int, Sequence[Candidate]]
) -> tuple[Listing, set[int]]:
    """Certify what is proposed for some games of a flat batch, in place of what is listed.

    Returns
    -------
    listing : Listing
    refused : set of int
        Games of which a candidate was refused.
    """
    size = len(game.payoffs)
    order = sorted(proposals)
    everything = [candidate for b in order for candidate in proposals[b]]
    games = np.repeat(order, [len(proposals[b]) for b in order]).astype(np.int64)
    strategies = tuple(
        np.array([c.strategies[p] for c in everything]).reshape(len(everything), len(actions))
        for p, actions in enumerate(game.actions)
    )
    payoffs, regrets = _worth(game, games, strategies)
    kept: list[int] = []
    components: list[int] = []
    start = 0
    for b in order:
        candidates = proposals[b]
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
    if listing is None:
        return new, refused
    return listing.with_games(order, new, games[chosen]), refused


def _worth(
    game: Game, games: NDArray[np.int64], strategies: tuple[Array, ...]
) -> tuple[Array, Array]:
    """Payoffs (E, P) and regret (E,) of profiles of some games of a flat batch."""
    each = Game(game.players, game.actions, game.payoffs[games])
    if not len(games):
        return np.empty((0, len(game.players))), np.empty(0)
    return each.expected(strategies), each.regret(strategies)
