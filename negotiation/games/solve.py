"""`solve`: every equilibrium of a game, or of each game of a batch, certified."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import ParameterError, PayoffError
from negotiation.games.certify import assemble, certify
from negotiation.games.equilibrium_set import CLAIMS, Completeness, EquilibriumSet
from negotiation.games.exact import enumerate_exactly
from negotiation.games.game import Array, Game
from negotiation.games.listing import METHODS, Candidate, Found, Listing
from negotiation.games.reduction import scale, undominated
from negotiation.games.rounding import merges, undo_rounding
from negotiation.games.two_players import MOST_LABELS, enumerate_in_floats
from negotiation.tolerances import REGRET, TIE

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

    Notes
    -----
    Where the floats of `game.payoffs` cannot tell payoffs apart that differ - beside a payoff of
    1e19 a difference of one vanishes - a game goes to the exact path with its payoffs as they are:
    `game.exact`, where it is there, and the set is then complete; else the floats, and the set is
    at most `partial`, since it rests on differences below `tolerances.TIE`.

    Returns
    -------
    EquilibriumSet
        Same batch axes as the game. `completeness` is `complete` only where the method proves it.

    Raises
    ------
    PayoffError
        For what is no game, or if `exact` is asked of one in which more than two players have a
        choice.
    ParameterError
        For a budget that is no number of seconds.
    """
    if not isinstance(game, Game):
        raise PayoffError(f"a {type(game).__name__} was given; expected a Game to be solved")
    if not budget >= 0.0:
        raise ParameterError(f"a budget of {budget} was given; expected seconds, 0 or more")
    players = [p for p, actions in enumerate(game.actions) if len(actions) > 1]
    if len(game.players) > 2 and len(players) <= 2:
        return _without_bystanders(game, players, exact=exact, nashpy=nashpy, budget=budget)
    if exact and len(players) > 2:
        raise PayoffError(
            f"exact solution was asked of a game of {len(players)} players, whose equilibria may "
            "be irrational; leave it out, or take two players"
        )
    start = monotonic()
    flat = game.flat()
    size = len(flat.payoffs)
    doubt = np.ones(size, dtype=bool)
    found = None
    if len(game.players) == 2 and not exact and sum(map(len, game.actions)) <= MOST_LABELS:
        found = enumerate_in_floats(flat.payoffs, budget)  # leaves open what is not finite
        doubt = _doubtful(found)
    left = budget - (monotonic() - start) / max(size, 1)
    proposals: dict[int, Proposal] = {}
    doubtful = np.flatnonzero(doubt)
    # Along the edge of a grid a game is the same at every point, and tied.
    alike = not nashpy and flat.exact is None
    places, again = _different(flat.payoffs[doubtful]) if alike else _all(len(doubtful))
    for b in doubtful[places].tolist():
        one = flat.at((b,))
        if not np.isfinite(one.payoffs).all():
            proposals[b] = [], Completeness.EMPTY, False
        elif len(game.players) == 2:
            proposals[b] = _settle(one, b, found, exact=exact, budget=max(left, 0.0))
        else:
            proposals[b] = *_many(one, budget), False
    if nashpy and len(game.players) == 2:
        _let_nashpy_propose(flat, found, proposals)

    listing = found.listing if found is not None else None
    claims = np.zeros(size, dtype=np.uint8)
    degenerate = np.zeros(size, dtype=bool)
    if listing is None or proposals:
        settled = np.array(sorted(proposals), dtype=np.int64)
        if nashpy:
            doubtful, again = settled, np.arange(len(settled))
        part = Game(
            flat.players,
            flat.actions,
            flat.payoffs[settled],
            None if flat.exact is None else flat.exact[settled],
        )
        each = [proposals[b] for b in settled.tolist()]
        new, refused = assemble(part, [candidates for candidates, _, _ in each])
        own = [
            Completeness.PARTIAL if k in refused and claim is Completeness.COMPLETE else claim
            for k, (_, claim, _) in enumerate(each)
        ]
        claims[doubtful] = np.array([CLAIMS.index(claim) for claim in own], dtype=np.uint8)[again]
        degenerate[doubtful] = np.array([tied for _, _, tied in each], dtype=bool)[again]
        if len(settled) < len(doubtful):
            new = new.at(again)
        listing = new if listing is None else listing.with_games(doubtful, new, doubtful[new.game])
    claims[listing.count == 0] = CLAIMS.index(Completeness.EMPTY)
    batch = game.batch_shape
    return EquilibriumSet(game, listing, claims.reshape(batch), degenerate.reshape(batch), exact)


def _different(payoffs: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places of games that differ, in order, and for each game which of these it is the same as."""
    if len(payoffs) < 2:
        return _all(len(payoffs))
    rows = np.ascontiguousarray(payoffs).reshape(len(payoffs), -1)
    whole = rows.view(np.dtype((np.void, rows.strides[0])))[:, 0]
    _, places, again = np.unique(whole, return_index=True, return_inverse=True)
    order = np.argsort(places)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return places[order], rank[again.reshape(-1)]


def _all(size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.arange(size), np.arange(size)


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
    deadline = monotonic() + budget
    large = sum(map(len, game.actions)) > MOST_LABELS
    if large and min(map(len, game.actions)) == 1:
        return _one_chooses(game, exact=exact)
    unfinished = (large and not exact) or (found is not None and bool(found.unfinished[b]))
    if large or unfinished:
        smaller = _without_dominated(game, budget, exact=exact)
        if smaller is not None:
            return smaller
    candidates: list[Candidate] = []
    if not unfinished:
        literally = exact or _drowned(game)
        known = literally and game.exact is not None
        row, column = game.payoffs if not known else map(np.ndarray.tolist, np.asarray(game.exact))
        everything = enumerate_exactly(row, column, literally=literally, budget=0.65 * budget)
        sure = everything.complete and (exact or known or everything.settled)
        candidates = everything.candidates()
        # Where rounding decides, profiles that differ by less are one.
        if not sure and not literally:
            candidates = [dataclasses.replace(each, exact=None) for each in candidates]
        if everything.complete:
            claim = Completeness.COMPLETE if sure else Completeness.PARTIAL
            return candidates, claim, everything.degenerate
    if found is not None:
        candidates += _listed(found.listing, b)
    candidates += pure_scan(game)
    from negotiation.games.lemke_howson import follow_paths

    row, column = game.payoffs
    paths = follow_paths(row, column, deadline=deadline)
    candidates += [Candidate(tuple(pair), "Lemke-Howson") for pair in paths.candidates]
    unknown = [dataclasses.replace(candidate, component=-1) for candidate in candidates]
    return unknown, Completeness.PARTIAL, False


def _one_chooses(game: Game, *, exact: bool) -> Proposal:
    """Propose the equilibria of a game in which one of two players has a single action."""
    chooser = int(len(game.actions[0]) == 1)
    payoffs = game.payoffs[chooser]
    literally = exact or _drowned(game)
    known = literally and game.exact is not None
    if known:
        values = [Fraction(value) for value in np.asarray(game.exact)[chooser].ravel()]
    elif literally:
        values = [Fraction(value) for value in payoffs.ravel().tolist()]
    else:
        values = [value for line in undo_rounding(payoffs) for value in line]
    best = max(values)
    width = best - min(values)
    # `TIE` is a share of the range; undone payoffs are scaled already.
    near = sum(1 for value in values if best - value <= width * Fraction(TIE))
    places = [k for k, value in enumerate(values) if value == best]
    sure = exact or known or near == len(places)
    zero, one = Fraction(0), Fraction(1)
    candidates = []
    for k in places[: _most_listed(len(values))]:
        own = np.zeros(len(values))
        own[k] = 1.0
        pair = [np.ones(1), np.ones(1)]
        pair[chooser] = own
        rationals: list[tuple[Fraction, ...]] = [(one,), (one,)]
        rationals[chooser] = tuple(one if i == k else zero for i in range(len(values)))
        candidates.append(
            Candidate(
                tuple(pair), "pure scan", component=0, exact=tuple(rationals) if exact else None
            )
        )
    if len(candidates) < len(places):
        sure = False
    return candidates, (Completeness.COMPLETE if sure else Completeness.PARTIAL), len(places) > 1


def _drowned(game: Game) -> bool:
    """Whether payoffs that differ vanish in the rounding of larger ones."""
    return any(
        merges(own, None if game.exact is None else game.exact[p])
        for p, own in enumerate(game.payoffs)
    )


def _without_dominated(game: Game, budget: float, *, exact: bool) -> Proposal | None:
    """Propose by way of the game without strictly dominated actions; None where none is."""
    start = monotonic()
    kept = undominated(scale(game.payoffs), start + budget / 2)
    if all(len(own) == len(actions) for own, actions in zip(kept, game.actions, strict=True)):
        return None
    at = np.ix_(range(len(kept)), *kept)
    inner = solve(
        Game(
            game.players,
            tuple(
                tuple(actions[k] for k in own)
                for actions, own in zip(game.actions, kept, strict=True)
            ),
            game.payoffs[at],
            None if game.exact is None else game.exact[at],
        ),
        exact=exact,
        budget=max(0.0, budget - (monotonic() - start)),
    )
    listing = inner.listing
    components = listing.components().tolist()
    candidates = []
    for e, component in enumerate(components):
        whole = [np.zeros(len(actions)) for actions in game.actions]
        pair = listing.exact.get(e)
        rationals = [[Fraction(0)] * len(actions) for actions in game.actions]
        for p, own in enumerate(kept):
            whole[p][own] = listing.strategies[p][e]
            for k, q in zip(own, pair[p] if pair is not None else (), strict=False):
                rationals[p][k] = q
        candidates.append(
            Candidate(
                tuple(whole),
                METHODS[listing.method[e]],
                component,
                None if pair is None else tuple(map(tuple, rationals)),
            )
        )
    return candidates, Completeness(str(inner.completeness)), bool(inner.degenerate)


def _many(game: Game, budget: float) -> tuple[list[Candidate], Completeness]:
    """Propose the equilibria of a game of more than two players."""
    from negotiation.games.many_players import enumerate_supports_of_many

    mixed = enumerate_supports_of_many(game.payoffs, deadline=monotonic() + budget)
    candidates = pure_scan(game)
    candidates += [Candidate(tuple(each), "support enumeration") for each in mixed.candidates]
    if mixed.complete:
        return candidates, Completeness.COMPLETE
    # There may be a continuum that connects some of them.
    unknown = [dataclasses.replace(candidate, component=-1) for candidate in candidates]
    return unknown, Completeness.PARTIAL


def _let_nashpy_propose(flat: Game, found: Found | None, proposals: dict[int, Proposal]) -> None:
    from negotiation.games.from_nashpy import enumerate_with_nashpy

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


#: Most pure equilibria that a scan proposes, and most probabilities in all of them together. A game
#: in which everything ties has as many as it has profiles.
MOST_PURE = 10_000
_MOST_NUMBERS = 1 << 22


def _most_listed(numbers: int) -> int:
    """Most profiles of so many probabilities that are listed without being asked for."""
    return max(1, min(MOST_PURE, _MOST_NUMBERS // numbers))


def pure_scan(game: Game) -> list[Candidate]:
    """Propose the pure equilibria of one game, of any number of players, in the game's order.

    Payoffs are compared as they are, without a tolerance. At most `MOST_PURE` are proposed.
    """
    best = np.ones(game.payoffs.shape[1:], dtype=bool)
    for p, own in enumerate(game.payoffs):
        best &= own >= own.max(axis=p, keepdims=True)
    sizes = [len(actions) for actions in game.actions]
    most = _most_listed(sum(sizes))
    identities = [np.eye(size) for size in sizes] if max(sizes) <= 1000 else None
    found = []
    for place in np.flatnonzero(best):
        profile = tuple(map(int, np.unravel_index(place, best.shape)))
        if game.exact is not None and not _best_exactly(game.exact, profile):
            continue
        if identities is not None:
            strategies = [each[k] for each, k in zip(identities, profile, strict=True)]
        else:
            strategies = [np.zeros(size) for size in sizes]
            for own, k in zip(strategies, profile, strict=True):
                own[k] = 1.0
        found.append(Candidate(tuple(strategies), "pure scan"))
        if len(found) == most:
            break
    return found


def _best_exactly(exact: NDArray[np.object_], profile: tuple[int, ...]) -> bool:
    """Whether nobody gains by leaving a pure profile, in rationals: floats may tie."""
    for p in range(len(profile)):
        index: tuple[int | slice, ...] = (p, *profile)
        own = exact[index]
        others = exact[(*index[: p + 1], slice(None), *index[p + 2 :])]
        if any(other is not own and other > own for other in others):
            return False
    return True


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
