"""What a one-page reading of a point rests on: the point, and what lies around it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from negotiation.errors import NegotiationError, ParameterError
from negotiation.leverage.attribution import Attribution
from negotiation.model import Kind, Model
from negotiation.outcome import DISPUTE, Outcome, evaluate
from negotiation.sweep.attribution import attribute
from negotiation.sweep.thresholds.inverse import Reach, reach


@dataclasses.dataclass(frozen=True)
class Choice:
    """One other word for a parameter that is a choice of words, and what it does.

    Attributes
    ----------
    parameter, word : str
    delta : float
        Net concession of the first side, Nash solution; NaN where there is no deal.
    losses : tuple of float
        What each side loses without a deal.
    certified : bool
    """

    parameter: str
    word: str
    delta: float
    losses: tuple[float, ...]
    certified: bool


@dataclasses.dataclass(frozen=True, eq=False)
class Turn:
    """A sign that would change, and what any one lever would have to be.

    Attributes
    ----------
    sentence : str
        What would hold then.
    of_loss : bool
        Whether it is the second side's no-deal loss; otherwise the first side's deal.
    found : Reach
    """

    sentence: str
    of_loss: bool
    found: Reach


@dataclasses.dataclass(frozen=True, eq=False)
class Reading:
    """A point and its surroundings.

    Attributes
    ----------
    outcome : Outcome
        With marginal leverage.
    dispute : Outcome or None
        The same talks out of the dispute as it is; None where the model has no inside options.
    attribution : Attribution or None
        Of the first side's net concession to the tables; None where nothing is marked as a stake.
    turns : tuple of Turn
    choices : tuple of Choice
        Every other word of every choice, one at a time.
    failed : tuple of str
        Choices that could not be solved.
    """

    outcome: Outcome
    dispute: Outcome | None
    attribution: Attribution | None
    turns: tuple[Turn, ...]
    choices: tuple[Choice, ...]
    failed: tuple[str, ...]

    @classmethod
    def of(cls, outcome: Outcome) -> Reading:
        """Return the point alone, with nothing around it looked at."""
        return cls(outcome, None, None, (), (), ())


def read(outcome: Outcome, fixed: Mapping[str, Any]) -> Reading:
    """Look around a solved point, under the same selection rule and threat.

    A threat point that is solved at one point at a time leaves nothing to look at around it.

    Parameters
    ----------
    outcome : Outcome
        With marginal leverage, of a model built from `fixed`.
    """
    model, rule, threat = outcome.model, outcome.selection.rule, outcome.threat.name
    if outcome.leverage is None or outcome.talks is None:
        return Reading.of(outcome)
    dispute = None
    if outcome.talks.inside is not None:
        dispute = outcome if threat == DISPUTE else evaluate(model, rule=rule, threat=DISPUTE)
    if not _in_clouds(model, rule, threat):
        return Reading(outcome, dispute, None, (), (), ())
    parts = None
    if any(spec.stake for spec in model.parameters().values()):
        parts = attribute(model, rule=rule, threat=threat, by="tables")
    tried = list(_tried(model, rule, threat))
    return Reading(
        outcome=outcome,
        dispute=dispute,
        attribution=parts,
        turns=tuple(_turns(outcome, fixed)),
        choices=tuple(each for each in tried if isinstance(each, Choice)),
        failed=tuple(each for each in tried if isinstance(each, str)),
    )


def _in_clouds(model: Model, rule: str, threat: str) -> bool:
    """Whether the threat point can be had for many points at once."""
    spec = next((each for each in model.parameters().values() if each.numeric), None)
    if spec is None or threat not in model.threats:
        return True
    try:
        evaluate(model.at_values({spec.name: np.array([model.value(spec.name)])}), threat=threat)
    except ParameterError:
        return False
    return True


def _tried(model: Model, rule: str, threat: str) -> Iterator[Choice | str]:
    """Every other word of every choice; its name alone where the model refuses it."""
    for spec in model.parameters().values():
        # A parameter of many words is a list to choose from, not a judgement to be tried.
        if spec.kind not in (Kind.WORD, Kind.BOOLEAN) or spec.many or spec.stake:
            continue
        for word in spec.options:
            if word == model.value(spec.name):
                continue
            try:
                found = evaluate(model.at_values({spec.name: word}), rule=rule, threat=threat)
            except NegotiationError:
                yield f"{spec.name}={spec.written(word)}"
                continue
            scores = found.leverage
            if scores is None:
                continue
            yield Choice(
                spec.name,
                spec.written(word),
                float(scores.concession["nash"].delta[0]),
                tuple(float(each) for each in scores.loss),
                bool(found.certified),
            )


def _turns(outcome: Outcome, fixed: Mapping[str, Any]) -> Iterator[Turn]:
    """What would change the sign of the first side's deal, and of the second's no-deal loss.

    Only levers are tried, and for the deal political costs: `negotiation threshold --target` tries
    every parameter.
    """
    model, rule, threat = type(outcome.model), outcome.selection.rule, outcome.threat.name
    players = outcome.game.players
    first, second = (outcome.model.named(player) for player in players)
    specs = [spec for spec in model.parameters().values() if spec.numeric]
    # What inherits from a lever is a part of it: the whole is tried, in half the time.
    levers = [spec.name for spec in specs if spec.lever_of and not spec.inherits]
    costs = [spec.name for spec in specs if spec.unit == model.payoff_unit and not spec.lever_of]
    assert outcome.leverage is not None  # there are talks, or nothing would be read
    ncl = float(outcome.leverage.concession["nash"].ncl[0])
    if np.isfinite(ncl) and ncl != 0.0:
        sentence = f"{first} stops {'paying' if ncl < 0 else 'being paid'}"
        found = reach(model, f"ncl.{players[0]}=0", fixed, levers + costs, rule=rule, threat=threat)
        yield Turn(sentence, False, found)
    loss = float(outcome.leverage.loss[1])
    if np.isfinite(loss) and loss != 0.0 and levers:
        sentence = f"{second} {'gains' if loss > 0.0 else 'loses'} without a deal"
        found = reach(model, f"gain.{players[1]}=0", fixed, levers, rule=rule, threat=threat)
        yield Turn(sentence, True, found)
