"""What a one-page reading of a point rests on: the point, and what lies around it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from negotiation.case import Case
from negotiation.leverage.attribution import Attribution
from negotiation.outcome import DISPUTE, Outcome, evaluate, in_clouds
from negotiation.outcome.choices import Choices, other_choices
from negotiation.regimes.thresholds.inverse import Reach, reach_each
from negotiation.study.attribution import attribute


@dataclasses.dataclass(frozen=True, eq=False)
class SignChange:
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
    turns : tuple of SignChange
    choices : Choices
        Every other word of every choice, one at a time.
    """

    outcome: Outcome
    dispute: Outcome | None
    attribution: Attribution | None
    turns: tuple[SignChange, ...]
    choices: Choices

    @classmethod
    def of(cls, outcome: Outcome) -> Reading:
        """Return the point alone, with nothing around it looked at."""
        return cls(outcome, None, None, (), Choices())


def read(
    outcome: Outcome,
    fixed: Mapping[str, Any] | None = None,
    *,
    drawn: bool = False,
    choices: bool = True,
) -> Reading:
    """Look around a solved point: its case, at points nearby.

    A threat point that is solved at one point at a time leaves nothing to look at around it.

    Parameters
    ----------
    outcome : Outcome
        With marginal leverage; its model's own values count.
    fixed : mapping, optional
        Parameters a user set, as they were written, where the outcome's case does not say so.
    drawn : bool
        Whether the answer is told from draws: neither the dispute nor what would change a sign is
        looked for at the point then.
    choices : bool
        Whether to solve every other word of every choice.
    """
    if fixed:
        told = Case(outcome.case, fixed).at(outcome.model)
        outcome = dataclasses.replace(outcome, case=told)
    case, model = outcome.case, outcome.model
    if outcome.leverage is None or outcome.talks is None:
        return Reading.of(outcome)
    dispute = None
    if outcome.talks.inside is not None and not drawn:
        dispute = outcome if case.threat == DISPUTE else evaluate(Case(case, threat=DISPUTE))
    if not in_clouds(case):
        return Reading(outcome, dispute, None, (), Choices())
    parts = None
    if any(spec.stake for spec in model.parameters().values()):
        parts = attribute(case, by="tables")
    return Reading(
        outcome=outcome,
        dispute=dispute,
        attribution=parts,
        turns=() if drawn else tuple(_turns(outcome)),
        choices=other_choices(case) if choices else Choices(),
    )


def _turns(outcome: Outcome) -> Iterator[SignChange]:
    """What would change the sign of the first side's deal, and of the second's no-deal loss.

    Only levers are tried, and for the deal political costs: `negotiation threshold --target` tries
    every parameter.
    """
    model = outcome.model
    players = outcome.game.players
    first, second = (outcome.model.named(player) for player in players)
    specs = [spec for spec in model.parameters().values() if spec.numeric]
    # What inherits from a lever is a part of it: the whole is tried, in half the time.
    levers = [spec.name for spec in specs if spec.lever_of and not spec.inherits]
    unit = type(model).payoff_unit
    costs = [spec.name for spec in specs if spec.unit == unit and not spec.lever_of]
    assert outcome.leverage is not None  # there are talks, or nothing would be read
    asked: list[tuple[str, bool, str, list[str]]] = []
    # The sign is Delta's, which is there where NCL is not defined.
    delta = float(outcome.concession.delta[0])
    if np.isfinite(delta) and delta != 0.0 and levers + costs:
        sentence = f"{first} stops {'paying' if delta < 0 else 'being paid'}"
        asked.append((sentence, False, f"delta.{players[0]}=0", levers + costs))
    loss = float(outcome.leverage.loss[1])
    if np.isfinite(loss) and loss != 0.0 and levers:
        sentence = f"{second} {'gains' if loss > 0.0 else 'loses'} without a deal"
        asked.append((sentence, True, f"gain.{players[1]}=0", levers))
    if not asked:
        return
    targets = [(target, names) for *_, target, names in asked]
    found = reach_each(outcome.case, targets)
    for (sentence, of_loss, *_), each in zip(asked, found, strict=True):
        yield SignChange(sentence, of_loss, each)
