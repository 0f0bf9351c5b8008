"""The one certifier: a profile is an equilibrium if its regret says so, whoever proposed it.

Kernels compute the same regret as `Game.regret` while they have the payoffs at hand; a game in
which theirs is above tolerance is solved again, and then passes here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from negotiation.equilibria.equilibrium_set import METHODS, Candidate, Listing
from negotiation.game import Game
from negotiation.tolerances import REGRET, SAME_PROFILE


def certify(
    game: Game, candidates: Sequence[Candidate]
) -> tuple[list[tuple[Candidate, float]], list[tuple[Candidate, float]]]:
    """Split candidates for one game into certified ones and refused ones, each with its regret.

    Of candidates that agree to within `SAME_PROFILE` the first is kept.
    """
    certified: list[tuple[Candidate, float]] = []
    refused: list[tuple[Candidate, float]] = []
    for candidate in candidates:
        regret = float(game.regret(candidate.strategies))
        if not regret <= REGRET:
            refused.append((candidate, regret))
        elif not any(_same(candidate, other) for other, _ in certified):
            certified.append((candidate, regret))
    return certified, refused


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
    replaced = np.zeros(size, dtype=bool)
    replaced[list(proposals)] = True
    games: list[int] = []
    kept: list[Candidate] = []
    components: list[int] = []
    regrets: list[float] = []
    refused: set[int] = set()
    for b in sorted(proposals):
        certified, wrong = certify(game.at((b,)), proposals[b])
        if wrong:
            refused.add(b)
        taken = max(
            (each.component for each, _ in certified if each.component is not None), default=-1
        )
        for candidate, regret in certified:
            component = candidate.component
            if component is None:
                component = taken = taken + 1
            games.append(b)
            kept.append(candidate)
            components.append(component)
            regrets.append(regret)
    new_game = np.array(games, dtype=np.int64)
    new = Listing(
        first=np.searchsorted(new_game, np.arange(size + 1)),
        strategies=tuple(
            np.array([c.strategies[p] for c in kept]).reshape(len(kept), len(actions))
            for p, actions in enumerate(game.actions)
        ),
        payoffs=np.array(
            [game.at((b,)).expected(c.strategies) for b, c in zip(games, kept, strict=True)]
        ).reshape(len(kept), len(game.players)),
        regret=np.array(regrets),
        method=np.array([METHODS.index(c.proposed_by) for c in kept], dtype=np.uint8),
        component=np.array(components, dtype=np.int64),
        exact={e: c.exact for e, c in enumerate(kept) if c.exact is not None},
    )
    if listing is None:
        return new, refused
    stays = ~replaced[listing.game]
    both = np.concatenate([listing.game[stays], new_game])
    order = np.argsort(both, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    offset = int(stays.sum())
    return Listing(
        first=np.searchsorted(both[order], np.arange(size + 1)),
        strategies=tuple(
            np.concatenate([old[stays], add])[order]
            for old, add in zip(listing.strategies, new.strategies, strict=True)
        ),
        payoffs=np.concatenate([listing.payoffs[stays], new.payoffs])[order],
        regret=np.concatenate([listing.regret[stays], new.regret])[order],
        method=np.concatenate([listing.method[stays], new.method])[order],
        component=np.concatenate([listing.components()[stays], components])[order].astype(np.int64),
        exact={int(place[offset + e]): exact for e, exact in new.exact.items()},
    ), refused
