"""A game's payoffs as exact numbers, from any file, and how large they may be."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import islice
from math import prod

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import PayoffError
from negotiation.games.game import Game

#: Most payoffs of one game, over all players and profiles: about 2 GB while they are read.
MAX_PAYOFFS = 10_000_000

#: Most players: letters of the alphabet name the axes of a sum over all of them.
MAX_PLAYERS = 26


def exact_game(
    players: Sequence[str],
    actions: Sequence[Sequence[str]],
    payoffs: Sequence[Fraction],
    *,
    nfg: bool,
) -> Game:
    """Build a game whose payoffs are known exactly.

    Parameters
    ----------
    payoffs : P * A1 * ... * AP rationals
        All players' payoffs at the first profile, then at the second.
    nfg : bool
        The first player's action changes fastest from one profile to the next, as in Gambit's
        files; otherwise the last player's.
    """
    sizes = [len(labels) for labels in actions]
    exact = np.empty(len(payoffs), dtype=object)
    exact[:] = payoffs
    floats = as_floats(payoffs)
    tables = []
    for values in (floats, exact):
        if nfg:  # (AP, ..., A1, P), all axes turned round
            table = values.reshape(*sizes[::-1], len(sizes)).transpose()
        else:
            table = np.moveaxis(values.reshape(*sizes, len(sizes)), -1, 0)
        tables.append(np.ascontiguousarray(table))
    return Game(tuple(players), tuple(map(tuple, actions)), tables[0], exact=tables[1])


def as_floats(values: Sequence[Fraction]) -> NDArray[np.float64]:
    """Round rationals to floats, each object once: equal payoffs of a file are one object."""
    places = list(map(id, values))
    rounded = {
        place: float(value) for place, value in dict(zip(places, values, strict=True)).items()
    }
    return np.fromiter(map(rounded.__getitem__, places), dtype=float, count=len(places))


def exact_payoffs(game: Game) -> NDArray[np.object_]:
    """(P, A1, ..., AP) payoffs of one game as rationals: as its file has them, or as its floats.

    A float is taken for the shortest decimal that reads back to it: 0.1 is 1/10.

    Raises
    ------
    PayoffError
        For a batch of games, or a payoff that is not finite.
    """
    if game.batch_shape:
        raise PayoffError(
            f"a batch of games of shape {game.batch_shape} cannot be written to one file; "
            "take one of them with Game.at"
        )
    if not np.isfinite(game.payoffs).all():
        where = tuple(int(k) for k in np.argwhere(~np.isfinite(game.payoffs))[0])
        profile = "/".join(labels[k] for labels, k in zip(game.actions, where[1:], strict=True))
        raise PayoffError(
            f"the payoff of {game.players[where[0]]} at '{profile}' is {game.payoffs[where]}; "
            "only finite numbers can be written to a game file"
        )
    if game.exact is not None:
        return np.asarray(game.exact)
    exact = np.empty(game.payoffs.size, dtype=object)
    exact[:] = [Fraction(repr(value)) for value in game.payoffs.ravel().tolist()]
    return exact.reshape(game.payoffs.shape)


def cells(sizes: Sequence[int]) -> int:
    """Payoffs of a game with so many actions of each player."""
    return len(sizes) * prod(sizes)


def some(labels: Sequence[str], most: int = 6) -> str:
    """Name the first few of many."""
    named = ", ".join(islice(labels, most))
    return named if len(labels) <= most else f"{named}, ... ({len(labels)} in all)"


def can_be_written(label: str) -> bool:
    """Whether a label is text on one line, without characters that a terminal might obey."""
    return not any(ord(c) < 32 or 127 <= ord(c) < 160 or 0xD800 <= ord(c) < 0xE000 for c in label)
