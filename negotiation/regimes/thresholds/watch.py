"""What is watched along a parameter: functions of an outcome whose signs are events, in words."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from negotiation.errors import GridError, nearest
from negotiation.games import indices, support_margin
from negotiation.games.game import Array, Game
from negotiation.model import Model
from negotiation.outcome import Outcome
from negotiation.regimes.thresholds.surplus import surplus
from negotiation.tolerances import ZERO_LOSS

#: Most functions for best replies: beyond it (a game of many players) they are left out.
MOST_REPLIES = 600

EQUILIBRIUM, SET, REPLY, STATUS = "equilibrium", "equilibria", "reply", "status"

#: Payoffs that are exactly equal at a point, or on one side of it, so that equilibria exist there
#: which do not exist on the other.
TIE = "tie"


@dataclasses.dataclass(frozen=True, eq=False)
class Watch:
    """A function of an outcome over a cloud whose sign says in which regime a point is.

    Attributes
    ----------
    kind : str
        `loss`, `concession`, `walk-out`, `surplus`, `concepts`, `reply` or `equilibrium`.
    subject : str
        The function, as the subject of a sentence.
    negative, positive : str
        What holds where it is negative, and where it is positive.
    unit : str
    value : callable
        From an outcome over a batch of one axis to (B,) values; NaN where it is not defined.
    place : tuple
        Of a best reply: player, the others' actions, own action; of an equilibrium: its support; of
        the concepts: 0 for the smallest, 1 for the largest.
    words : (str, str, str)
        What holds at zero, where it is never negative, and where it is never positive; empty for
        plain words.
    """

    kind: str
    subject: str
    negative: str
    positive: str
    unit: str
    value: Callable[[Outcome], Array]
    place: tuple[object, ...] = ()
    words: tuple[str, ...] = ()

    def side(self, value: float) -> str:
        """What holds at a value that is not zero."""
        return self.positive if value > 0.0 else self.negative

    @property
    def even(self) -> str:
        """What holds where it is zero."""
        return self.words[0] if self.words else f"{self.subject} is zero"

    def never(self, positive: bool) -> str:
        """What holds throughout where it is never negative, or never positive."""
        if self.words:
            return self.words[1 if positive else 2]
        return f"{self.subject} is never {'negative' if positive else 'positive'}"


def watches(model: Model) -> list[Watch]:
    """Everything watched of a model but the equilibria, which are known once they are seen."""
    return [*scores(model), *replies(model)]


def scores(model: Model) -> list[Watch]:
    """Signs that the talks give: losses, concessions, walk-outs, the surplus, the concepts."""
    talks = model.ask("talks")
    if talks is None:
        return []
    unit = type(model).payoff_unit
    found: list[Watch] = []
    for p, player in enumerate(talks.players):
        who = model.named(player)
        found.append(
            Watch(
                "loss",
                f"the no-deal payoff of {who} against the status quo",
                f"{who} loses without a deal",
                f"{who} gains without a deal",
                unit,
                _loss(p),
                words=(
                    f"{who} breaks even without a deal",
                    f"{who} never loses without a deal",
                    f"{who} never gains without a deal",
                ),
            )
        )
    for p, player in enumerate(talks.players):
        who = model.named(player)
        found.append(
            Watch(
                "concession",
                f"the net concession of {who} (Delta, and with it NCL)",
                f"{who} pays",
                f"{who} is paid",
                unit,
                _concession(p),
                words=(
                    f"{who} neither pays nor is paid",
                    f"{who} never pays",
                    f"{who} is never paid",
                ),
            )
        )
    for p, player in enumerate(talks.players):
        who = model.named(player)
        found.append(
            Watch(
                "walk-out",
                f"what {who} gains by walking out instead of staying in the talks",
                f"{who}'s walk-out is not credible",
                f"{who}'s walk-out is credible",
                unit,
                _walk_out(p),
                words=(
                    f"{who} gets as much by walking out as by staying",
                    f"{who} never gets less by walking out",
                    f"{who}'s walk-out is never credible",
                ),
            )
        )
    found.append(
        Watch(
            "surplus",
            "the gain that both sides can have from a deal",
            "there is no deal",
            "there is a deal",
            unit,
            surplus,
            words=(
                "a deal has nothing to share",
                "the gain that both sides can have is never negative",
                "there is never a deal",
            ),
        )
    )
    for which, name in enumerate(("smallest", "largest")):
        found.append(
            Watch(
                "concepts",
                f"the {name} net concession of {model.named(talks.players[0])} over the concepts",
                "the concepts disagree on who pays",
                "the concepts agree on who pays",
                unit,
                _concept(which),
                (which,),
            )
        )
    return found


def replies(model: Model) -> list[Watch]:
    """For every player, what the others may do and own action: by how much it is the best reply."""
    players, actions = type(model).players, type(model).actions
    unit = type(model).payoff_unit
    found: list[Watch] = []
    sizes = [len(each) for each in actions]
    total = sum(int(np.prod(sizes)) for size in sizes if size > 1)
    if total > MOST_REPLIES:
        return []
    for p, player in enumerate(players):
        if sizes[p] < 2:
            continue
        who = model.named(player)
        others = [range(size) for q, size in enumerate(sizes) if q != p]
        for cell in product(*others):
            rest = [q for q in range(len(players)) if q != p]
            told = "/".join(actions[q][k] for q, k in zip(rest, cell, strict=True))
            for i, action in enumerate(actions[p]):
                phrase = f"{who} would answer {told} with {action}"
                found.append(
                    Watch(
                        REPLY,
                        f"the lead of {action} as the answer of {who} to {told}",
                        phrase.replace("would answer", "would not answer"),
                        phrase,
                        unit,
                        _lead(p, cell, i),
                        (p, cell, i),
                    )
                )
    return found


def equilibrium(game: Game, support: str) -> Watch:
    """How far a support is from ceasing to be an equilibrium, or from becoming one."""
    if len(game.players) == 2:
        places = indices(game, support)
        rows, columns = (tuple(each) for each in places)

        def value(outcome: Outcome) -> Array:
            return known(outcome.game, lambda sure: support_margin(sure, (rows, columns)))

    else:

        def value(outcome: Outcome) -> Array:
            return known(outcome.game, lambda sure: pure_margin(sure, support))

    return Watch(
        EQUILIBRIUM,
        f"the margin of {support}",
        f"{support} is no equilibrium",
        f"{support} is an equilibrium",
        "share of the payoff range",
        value,
        (support,),
    )


# --- the functions --------------------------------------------------------------------------------


def _loss(p: int) -> Callable[[Outcome], Array]:
    def value(outcome: Outcome) -> Array:
        assert outcome.leverage is not None
        return -outcome.leverage.loss[..., p]

    return value


def _concession(p: int) -> Callable[[Outcome], Array]:
    def value(outcome: Outcome) -> Array:
        assert outcome.leverage is not None
        return outcome.concession.delta[..., p]

    return value


def _walk_out(p: int) -> Callable[[Outcome], Array]:
    def value(outcome: Outcome) -> Array:
        return outcome.leverage.credibility.margin[..., p]  # type: ignore[union-attr]

    return value


def _concept(which: int) -> Callable[[Outcome], Array]:
    def value(outcome: Outcome) -> Array:
        assert outcome.leverage is not None
        return outcome.leverage.spread("delta")[which][..., 0]

    return value


def concepts_disagree(low: float, high: float) -> bool:
    """Whether the smallest and the largest net concession over concepts differ in sign."""
    zero = ZERO_LOSS * max(abs(low), abs(high))
    return low < -zero and high > zero


def _lead(p: int, cell: tuple[int, ...], i: int) -> Callable[[Outcome], Array]:
    def value(outcome: Outcome) -> Array:
        game = outcome.game
        # Own actions last, so that what the others do picks the rest.
        own = np.moveaxis(game.payoffs, -len(game.players) + p, -1)
        index: tuple[Any, ...] = (..., p, *cell, slice(None))
        line = own[index]
        return np.asarray(line[..., i] - np.delete(line, i, axis=-1).max(axis=-1))

    return value


def known(game: Game, margin: Callable[[Game], Array]) -> Array:
    """Apply a margin where all payoffs are numbers; NaN elsewhere."""
    axes = tuple(range(len(game.batch_shape), game.payoffs.ndim))
    some = np.isfinite(game.payoffs).all(axis=axes)
    values = np.full(some.shape, np.nan)
    if some.any():
        values[some] = margin(Game(game.players, game.actions, game.payoffs[some]))
    return values


def pure_margin(game: Game, support: str) -> Array:
    """Smallest loss from a deviation from a pure profile, payoffs of each player scaled to [0, 1].

    NaN for mixtures.
    """
    places = indices(game, support)
    if any(len(each) > 1 for each in places):
        return np.full(game.batch_shape, np.nan)
    cell = [each[0] for each in places]
    slack = np.full(game.batch_shape, np.inf)
    for p, k in enumerate(cell):
        if len(game.actions[p]) > 1:
            index: tuple[Any, ...] = (..., p, *cell[:p], slice(None), *cell[p + 1 :])
            line = game.scaled[index]
            slack = np.minimum(slack, line[..., k] - np.delete(line, k, axis=-1).max(axis=-1))
    return slack


# --- `--when` -------------------------------------------------------------------------------------


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
    for watch in watches(model):
        if watch.place == (1,):
            continue  # the concepts are watched by two functions
        both = (watch.positive,) if watch.kind == REPLY else (watch.negative, watch.positive)
        found += [Wanted(phrase, watch.kind, phrase) for phrase in both]
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
    close = nearest(given, by_text)
    guess = re.search(r"'(.*)'", close)
    if guess:
        close = f" (did you mean '{by_text[guess.group(1)].phrase}'?)"
    raise GridError(
        f"'{text}' is no event of model {model.name()}{close}; it knows: {'; '.join(shown)}"
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
