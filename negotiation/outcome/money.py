"""Money: what payoffs are before the political costs that decide but are no dollars lost."""

from __future__ import annotations

import numpy as np

from negotiation.games import Selection
from negotiation.games.game import Array
from negotiation.model import Model


def political_cost(model: Model, chosen: Selection) -> Array:
    """(..., P) political cost of what each player does, expected over its mixture."""
    found = np.zeros(np.shape(chosen.payoffs))
    for p, (player, own) in enumerate(zip(model.players, model.actions, strict=True)):
        for k, action in enumerate(own):
            name = model.political_costs.get((player, action))
            if name is not None:
                found[..., p] += chosen.strategies[p][..., k] * np.asarray(model.value(name))
    return found


def money(model: Model, chosen: Selection) -> Array:
    """(..., P) payoffs of the selected equilibrium, political costs left out."""
    return np.asarray(chosen.payoffs + political_cost(model, chosen))
