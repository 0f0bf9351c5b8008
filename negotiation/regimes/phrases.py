"""Phrases that a user asks with: `when` something changes, in the model's own words."""

from __future__ import annotations

import dataclasses
import re
from itertools import product

from negotiation.errors import GridError, closest
from negotiation.model import Model
from negotiation.regimes.signal import (
    CONCEPTS,
    EQUILIBRIUM,
    REPLY,
    SET,
    SignalUse,
    replies,
    signals_of,
)


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What a phrase asks for.

    Attributes
    ----------
    phrase : str
        As the model has it.
    kind : str
    becomes : str
        The phrase that holds on one side; empty for a change as such.
    """

    phrase: str
    kind: str
    becomes: str = ""


def phrases(model: Model) -> list[Wanted]:
    """Every phrase that `when` knows for a model."""
    players, actions = type(model).players, type(model).actions
    found = [
        Wanted("equilibrium changes", EQUILIBRIUM),
        Wanted("the set of equilibria changes", SET),
        Wanted("a best reply changes", REPLY),
    ]
    for signal in [*signals_of(model, SignalUse.THRESHOLD), *replies(model)]:
        if signal.name == CONCEPTS and signal.place == (1,):
            continue  # the concepts are watched by two functions
        both = (signal.positive,) if signal.name == REPLY else (signal.negative, signal.positive)
        found += [Wanted(phrase, signal.name, phrase) for phrase in both]
    for p, player in enumerate(players):
        for one, two in product(actions[p], actions[p]):
            if one != two:
                phrase = f"{player}: {one} -> {two}"
                found.append(Wanted(phrase, EQUILIBRIUM, phrase))
    return found


def wanted(model: Model, text: str) -> Wanted:
    """Read a phrase given to `when`.

    Raises
    ------
    GridError
        For a phrase the model does not know, with the nearest and those it does.
    """
    known = phrases(model)
    by_text = {plain(model, each.phrase): each for each in known}
    given = plain(model, text)
    if given in by_text:
        return by_text[given]
    shown = [each.phrase for each in known if each.kind != REPLY and "->" not in each.phrase]
    player = type(model).players[-1]
    pairs = [each.phrase for each in known if each.phrase.startswith(f"{player}: ")]
    answers = [each.becomes for each in known if each.kind == REPLY and each.becomes]
    shown += ["a best reply changes", *pairs[-1:], *answers[-1:]]
    guess = closest(given, by_text)
    close = "" if guess is None else f" (did you mean '{by_text[guess].phrase}'?)"
    raise GridError(
        f"'{text}' is not an event of model {model.name()}{close}; it knows: {'; '.join(shown)}"
    )


def plain(model: Model, text: str) -> str:
    """Bring a phrase into one form: no capitals, no `the`, players by their labels."""
    text = " ".join(text.lower().replace("\u2019", "'").replace("\u2192", "->").split())
    text = re.sub(r"\s*->\s*", " -> ", text)
    text = re.sub(r"\bwalk ?outs?\b", "walk-out", text)
    text = re.sub(r"\bthe ", "", text)
    for player in type(model).players:
        name = re.sub(r"^the ", "", model.named(player).lower())
        text = re.sub(rf"\b{re.escape(name)}\b", player.lower(), text)
    return text
