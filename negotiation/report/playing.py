"""What players do, in words: the actions of a regime as a clause of a sentence."""

from __future__ import annotations

from negotiation.model import Model


def plays(model: Model | type[Model], player: str, action: str) -> str:
    """What a player does where it takes an action: `escalates`, or `plays 'hawk'`."""
    return model.names.get(f"{player}.{action}", f"plays '{action}'")


def playing(model: Model | type[Model], support: str) -> str:
    """Return a support as a clause: `Canada retaliates and the US escalates`."""
    sides = support.split("/")
    if len(sides) != len(model.players):
        return f"'{support}' is played"
    told = []
    for player, used in zip(model.players, sides, strict=True):
        does = [plays(model, player, action) for action in used.split("+")]
        either = "either " if len(does) > 1 else ""
        told.append(f"{model.named(player)} {either}{' or '.join(does)}")
    return f"{', '.join(told[:-1])} and {told[-1]}" if len(told) > 1 else told[0]


def harsh(model: Model, player: str) -> tuple[str, str] | None:
    """Return the action by which a player threatens, and what it does then; None if not known."""
    action = model.harshest.get(player)
    own = dict(zip(model.players, model.actions, strict=True)).get(player, ())
    return (action, plays(model, player, action)) if action in own else None


def takes(support: str, place: int, action: str) -> bool:
    """Whether the player at a place takes an action in a support, surely or in a mixture."""
    sides = support.split("/")
    return place < len(sides) and action in sides[place].split("+")
