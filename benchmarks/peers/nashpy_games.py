"""nashpy's support enumeration, game by game, on a games subject."""

from __future__ import annotations

import warnings

import nashpy

from negotiation.game import Game

#: Games of a batch that are given to it.
SOME = 16


def solve(games: Game, some: int) -> int:
    """Count the equilibria nashpy finds in the first games of a batch."""
    found = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of an even number of equilibria
        for row, column in games.payoffs[:some]:
            found += len(list(nashpy.Game(row, column).support_enumeration()))
    return found
