"""`played`: a profile taken as given, whether it is an equilibrium or not."""

from __future__ import annotations

from typing import Any

import numpy as np

from negotiation.errors import PayoffError
from negotiation.games.game import Game
from negotiation.games.margin import indices
from negotiation.games.select import Selection


def played(game: Game, profile: str) -> Selection:
    """Return a pure profile in the form of a selected equilibrium.

    Parameters
    ----------
    profile : str
        An action of each player with strokes between them, as in `retaliate/escalate`.

    Raises
    ------
    PayoffError
        For a profile that is not one of the game, or a mixture.
    """
    places = indices(game, profile)
    if any(len(each) > 1 for each in places):
        raise PayoffError(
            f"the profile is '{profile}', which mixes actions; expected one action for each of "
            f"{', '.join(game.players)}, with strokes between them"
        )
    cell = tuple(each[0] for each in places)
    batch = game.batch_shape
    strategies = tuple(
        np.broadcast_to(np.eye(len(own))[k], (*batch, len(own)))
        for own, k in zip(game.actions, cell, strict=True)
    )
    at: tuple[Any, ...] = (..., slice(None), *cell)
    payoffs = game.payoffs[at]
    text = "/".join(own[k] for own, k in zip(game.actions, cell, strict=True))
    return Selection(
        rule=f"as given: {text}",
        index=np.full(batch, -1),
        strategies=strategies,
        payoffs=payoffs,
        lowest=payoffs,
        highest=payoffs,
        regret=game.regret(strategies),
        support=np.full(batch, text),
    )


__all__ = ["played"]
