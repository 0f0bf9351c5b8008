"""`solve`: every equilibrium of a game, or of each game of a batch, certified."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibria.certify import assemble, certify
from negotiation.equilibria.equilibrium_set import (
    CLAIMS,
    METHODS,
    Candidate,
    Completeness,
    EquilibriumSet,
    Listing,
)
from negotiation.equilibria.exact import enumerate_exactly
from negotiation.equilibria.ledger import Found
from negotiation.equilibria.two_players import enumerate_in_floats
from negotiation.errors import PayoffError
from negotiation.game import Array, Game
from negotiation.tolerances import REGRET

#: Candidates for one game, what to claim if all are certified, and whether it has ties.
Proposal = tuple[list[Candidate], Completeness, bool]


def solve(
    game: Game, *, exact: bool = False, nashpy: bool = False, budget: float = 10.0
) -> EquilibriumSet:
    """Find and certify the Nash equilibria of a game or a batch of games.

    Two players: all of them. Floats decide where nothing is close; wherever a comparison is too
    close to call, exact rationals do, and find all extreme equilibria and their components. Where
    that is hopeless (50 x 50), the equilibria at the ends of Lemke-Howson paths, and no claim to be
    complete. More players: all pure equilibria, and mixed ones as far as it can be proven.

    Parameters
    ----------
    game : Game
        Games with a payoff that is not finite get an empty set.
    exact : bool
        Take the exact path for every game: payoffs are `game.exact`, or else the exact rationals
        that floats are. Where only a close call leads there, rounding in the payoffs is undone
        first, and a set that rests on differences below `tolerances.TIE` claims no more than
        `partial`.
    nashpy : bool
        Let nashpy propose as well.
    budget : float
        Seconds for one game of a size at which enumerating is not sure to end.

    Returns
    -------
    EquilibriumSet
        Same batch axes as the game. `completeness` is `complete` only where the method proves it.

    Raises
    ------
    PayoffError
        If `exact` is asked of a game in which more than two players have a choice.
    """
    players = [p for p, actions in enumerate(game.actions) if len(actions) > 1]
    if len(game.players) > 2 and len(players) <= 2:
        return _without_bystanders(game, players, exact=exact, nashpy=nashpy, budget=budget)
    if exact and len(players) > 2:
        raise PayoffError(
            f"exact solution was asked of a game of {len(players)} players, whose equilibria may "
            "be irrational; leave it out, or take two players"
        )
    flat = game.flat()
    size = len(flat.payoffs)
    doubt = np.ones(size, dtype=bool)
    found = None
    if len(game.players) == 2 and not exact:
        found = enumerate_in_floats(flat.payoffs, budget)  # leaves open what is not finite
        doubt = _doubtful(found)
    proposals: dict[int, Proposal] = {}
    for b in map(int, np.flatnonzero(doubt)):
        one = flat.at((b,))
        if not np.isfinite(one.payoffs).all():
            proposals[b] = [], Completeness.EMPTY, False
        elif len(game.players) == 2:
            proposals[b] = _settle(one, b, found, exact=exact, budget=budget)
        else:
            proposals[b] = *_many(one, budget), False
    if nashpy and len(game.players) == 2:
        _let_nashpy_propose(flat, found, proposals)

    listing = found.listing if found is not None else None
    claims = np.zeros(size, dtype=np.uint8)
    degenerate = np.zeros(size, dtype=bool)
    if listing is None or proposals:
        listing, refused = assemble(
            flat, listing, {b: each for b, (each, _, _) in proposals.items()}
        )
        for b, (_, claim, tied) in proposals.items():
            if b in refused and claim is Completeness.COMPLETE:
                claim = Completeness.PARTIAL  # noqa: PLW2901
            claims[b], degenerate[b] = CLAIMS.index(claim), tied
    claims[listing.count == 0] = CLAIMS.index(Completeness.EMPTY)
    batch = game.batch_shape
    return EquilibriumSet(game, listing, claims.reshape(batch), degenerate.reshape(batch), exact)


def _doubtful(found: Found) -> NDArray[np.bool_]:
    """(B,) games in which a float decision was close, or the answer shows that one was wrong.

    A game without ties has an odd number of equilibria (Lemke and Howson 1964).
    """
    listing = found.listing
    doubt = found.open | (listing.count & 1 == 0)
    if len(listing.regret) and not listing.regret.max() <= REGRET:
        doubt[listing.game[~(listing.regret <= REGRET)]] = True
    return np.asarray(doubt)


def _settle(game: Game, b: int, found: Found | None, *, exact: bool, budget: float) -> Proposal:
    """Propose the equilibria of a two-player game that floats cannot decide."""
    unfinished = found is not None and bool(found.unfinished[b])
    if not unfinished:
        row, column = (
            game.payoffs if game.exact is None or not exact else map(np.ndarray.tolist, game.exact)
        )
        everything = enumerate_exactly(row, column, literally=exact, budget=budget)
        sure = everything.complete and (exact or everything.settled)
        candidates = everything.candidates()
        if not sure and not exact:  # where rounding decides, profiles that differ by less are one
            candidates = [dataclasses.replace(each, exact=None) for each in candidates]
        if everything.complete:
            claim = Completeness.COMPLETE if sure else Completeness.PARTIAL
            return candidates, claim, everything.degenerate
    else:
        candidates = []
    if found is not None:
        candidates += _listed(found.listing, b)
    candidates += pure_scan(game)
    from negotiation.equilibria.lemke_howson import follow_paths

    row, column = game.payoffs
    paths = follow_paths(row, column, deadline=monotonic() + budget)
    candidates += [Candidate(tuple(pair), "Lemke-Howson") for pair in paths.candidates]
    certified, _ = certify(game, candidates)
    unknown = [dataclasses.replace(candidate, component=-1) for candidate, _ in certified]
    return unknown, Completeness.PARTIAL, False


def _many(game: Game, budget: float) -> tuple[list[Candidate], Completeness]:
    """Propose the equilibria of a game of more than two players."""
    from negotiation.equilibria.many_players import enumerate_supports_of_many

    mixed = enumerate_supports_of_many(game.payoffs, deadline=monotonic() + budget)
    candidates = pure_scan(game)
    candidates += [Candidate(tuple(each), "support enumeration") for each in mixed.candidates]
    if mixed.complete:
        return candidates, Completeness.COMPLETE
    # There may be a continuum that connects some of them.
    unknown = [dataclasses.replace(candidate, component=-1) for candidate in candidates]
    return unknown, Completeness.PARTIAL


def _let_nashpy_propose(flat: Game, found: Found | None, proposals: dict[int, Proposal]) -> None:
    from negotiation.equilibria.from_nashpy import enumerate_with_nashpy

    for b in range(len(flat.payoffs)):
        game = flat.at((b,))
        if not np.isfinite(game.payoffs).all():
            continue
        # A wrong guess must not cost the set its claim: what is not certified is not proposed.
        known = [candidate for candidate, _ in certify(game, enumerate_with_nashpy(game))[0]]
        if b in proposals:
            before, claim, tied = proposals[b]
        else:
            assert found is not None  # otherwise every game is in doubt
            before, claim, tied = _listed(found.listing, b), Completeness.COMPLETE, False
        proposals[b] = [*before, *known], claim, tied


def _listed(listing: Listing, b: int) -> list[Candidate]:
    return [
        Candidate(tuple(s[e] for s in listing.strategies), METHODS[listing.method[e]])
        for e in range(int(listing.first[b]), int(listing.first[b + 1]))
    ]


def pure_scan(game: Game) -> list[Candidate]:
    """Propose the pure equilibria of one game, of any number of players."""
    scaled = game.scaled
    best = np.ones(scaled.shape[1:], dtype=bool)
    for p in range(len(game.players)):
        best &= scaled[p] >= scaled[p].max(axis=p, keepdims=True)
    return [
        Candidate(
            tuple(
                np.eye(len(actions))[action]
                for actions, action in zip(game.actions, profile, strict=True)
            ),
            "pure scan",
        )
        for profile in np.argwhere(best)
    ]


def _without_bystanders(
    game: Game, players: Sequence[int], *, exact: bool, nashpy: bool, budget: float
) -> EquilibriumSet:
    """Solve among the at most two players who have a choice; the others just stand by."""
    others = [p for p in range(len(game.players)) if p not in players]
    kept = sorted([*players, *others[: 2 - len(players)]])

    def among(table: NDArray[np.generic]) -> NDArray[np.generic]:
        batch = table.ndim - 1 - len(game.players)
        chosen = np.take(table, kept, axis=batch)
        gone = tuple(batch + 1 + p for p in range(len(game.players)) if p not in kept)
        return chosen.squeeze(axis=gone)

    inner = solve(
        Game(
            tuple(game.players[p] for p in kept),
            tuple(game.actions[p] for p in kept),
            among(game.payoffs),  # type: ignore[arg-type]
            None if game.exact is None else among(game.exact),  # type: ignore[arg-type]
        ),
        exact=exact,
        nashpy=nashpy,
        budget=budget,
    )
    listing = inner.listing
    one = np.ones((len(listing.regret), 1))
    strategies: list[Array] = [one] * len(game.players)
    for p, own in zip(kept, listing.strategies, strict=True):
        strategies[p] = own
    flat = game.flat()
    each = Game(flat.players, flat.actions, flat.payoffs[listing.game])
    whole = (Fraction(1),)
    rationals = {
        e: tuple(pair[kept.index(p)] if p in kept else whole for p in range(len(game.players)))
        for e, pair in listing.exact.items()
    }
    return EquilibriumSet(
        game,
        Listing(
            listing.first, tuple(strategies), each.expected(strategies), listing.regret,
            listing.method, listing.component, rationals,
        ),
        inner.claims,
        inner.degenerate,
        inner.literal,
    )  # fmt: skip
