"""How far a support is from ceasing to be an equilibrium: zero exactly at a regime boundary."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from negotiation.equilibria.supports import indifferent
from negotiation.game import Array, Game


def support_margin(game: Game, support: Sequence[Sequence[int]]) -> Array:
    """Slack of a pair of supports of equal size, (B,) over a flat batch of two-player games.

    The mixtures that make each side indifferent over its support are computed as if they were an
    equilibrium; the margin is the smallest of their probabilities and of the losses from replies
    outside the support. Payoffs of each player scaled to [0, 1]. Positive: an equilibrium; zero: a
    boundary; negative: none. Continuous in the payoffs, so its roots locate regime changes.
    NaN where the supports differ in size or the system is singular.
    """
    rows, columns = (tuple(each) for each in support)
    payoffs = game.scaled
    if len(rows) != len(columns):
        return np.full(payoffs.shape[0], np.nan)
    y = indifferent(payoffs[:, 0], rows, columns)
    x = indifferent(payoffs[:, 1].transpose(0, 2, 1), columns, rows)
    # A pure strategy has probability one whatever happens: only the losses are informative.
    least = np.minimum(y.slack, x.slack)
    if len(rows) > 1:
        least = np.minimum(least, np.minimum(y.weight, x.weight))
    return np.where(y.singular | x.singular, np.nan, least)


def indices(game: Game, support: str) -> list[list[int]]:
    """Positions of the actions in a support written as `counter+retaliate/escalate`."""
    return [
        [actions.index(action) for action in part.split("+")]
        for actions, part in zip(game.actions, support.split("/"), strict=True)
    ]
