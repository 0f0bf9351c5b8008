"""The dispute while it lasts: what is observed, who would break it off, who gives way."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from negotiation.games.game import Array
from negotiation.outcome.outcome import Outcome


def breaks_off(outcome: Outcome, side: int) -> Array:
    """(...) what a side gains where talks break down, over the dispute while it lasts.

    NaN where the model has no inside options.
    """
    broken = outcome.selection.payoffs[..., side]
    if outcome.talks is None or outcome.talks.inside is None:
        return np.full(broken.shape, np.nan)
    inside = np.asarray(outcome.talks.inside, dtype=float)
    return np.asarray(broken - inside[..., side])


def yields(outcome: Outcome, side: int) -> Array | None:
    """(...) what a side gains by giving way when the other escalates, over its best other reply.

    None where the model does not say which actions these are, or for more than two players.
    """
    model, game = outcome.model, outcome.game
    if len(game.players) != 2:
        return None
    own, other = game.players[side], game.players[1 - side]
    soft, harsh = model.softest.get(own), model.harshest.get(other)
    if soft not in game.actions[side] or harsh not in game.actions[1 - side]:
        return None
    mine = game.actions[side].index(soft)
    theirs = game.actions[1 - side].index(harsh)
    payoffs = game.payoffs[..., side, :, :]
    replies = payoffs[..., :, theirs] if side == 0 else payoffs[..., theirs, :]
    best = np.delete(replies, mine, axis=-1).max(axis=-1)
    return np.asarray(replies[..., mine] - best)


def observed_profile(outcome: Outcome) -> tuple[int, ...] | None:
    """Positions of the actions that are observed; None where the model names none."""
    observed, actions = type(outcome.model).observed, outcome.game.actions
    if len(observed) != len(actions):
        return None
    if any(one not in own for one, own in zip(observed, actions, strict=True)):
        return None
    return tuple(own.index(one) for one, own in zip(observed, actions, strict=True))


def as_things_are(outcome: Outcome) -> Mapping[str, Array] | None:
    """Results (...) of the model in the dispute as it is, by name; None where it has none.

    What the model says of it, or else what it says of the profile that is observed.
    """
    found = outcome.model.ask("outcomes_now")
    if found is not None:
        shape = outcome.game.batch_shape
        return {name: np.broadcast_to(each.values, shape) for name, each in found.items()}
    observed = observed_profile(outcome)
    if observed is None:
        return None
    at: dict[str, Array] = {}
    for name, each in outcome.quantities.items():
        values = each.values
        for action in reversed(observed):
            values = values[..., action]
        at[name] = values
    return at
