"""nashpy as a proposer: its candidates are certified like anyone's."""

from __future__ import annotations

import warnings

import numpy as np

from negotiation.games.game import Game
from negotiation.games.listing import Candidate


def enumerate_with_nashpy(game: Game) -> list[Candidate]:
    """Propose equilibria of one two-player game by nashpy's support enumeration.

    nashpy tests `prob >= 0` exactly and so loses some equilibria: never a proof of completeness.
    """
    import nashpy

    row, column = game.scaled
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of an even number; the set says so anyway
        profiles = list(nashpy.Game(row, column).support_enumeration())
    return [Candidate((np.asarray(x), np.asarray(y)), "nashpy") for x, y in profiles]
