"""Every other word of every choice, one at a time: what a result would be with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from negotiation.case import Case, study
from negotiation.errors import NegotiationError
from negotiation.model import Kind, Model, Parameter
from negotiation.outcome import evaluate


@dataclasses.dataclass(frozen=True)
class Choice:
    """One other word for a parameter that is a choice of words, and what it does.

    Attributes
    ----------
    parameter, word : str
    delta : float
        Net concession of the first side in the deal that is told; NaN where there is no deal.
    losses : tuple of float
        What each side loses without a deal; empty without talks.
    certified : bool
    equilibrium : str
        Support of the selected equilibrium.
    """

    parameter: str
    word: str
    delta: float
    losses: tuple[float, ...]
    certified: bool
    equilibrium: str = ""

    @property
    def label(self) -> str:
        """As a user sets it."""
        return f"{self.parameter}={self.word}"


@dataclasses.dataclass(frozen=True)
class Choices:
    """The other choices at a point, all of them.

    Attributes
    ----------
    solved : tuple of Choice
    refused : tuple of str
        Those that the model refuses, as a user sets them.
    """

    solved: tuple[Choice, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.solved) + len(self.refused)

    @property
    def certified(self) -> tuple[Choice, ...]:
        """Those that may be relied on."""
        return tuple(each for each in self.solved if each.certified)

    @property
    def broken(self) -> tuple[str, ...]:
        """Those that are not certified, or refused."""
        return (*(each.label for each in self.solved if not each.certified), *self.refused)


def judgements(model: Model) -> list[Parameter]:
    """Parameters that are a choice of one word, or yes or no, and not what is at stake.

    Of many words it is a list to choose from, not a judgement to be tried; nor is a scenario.
    """
    return [
        spec
        for spec in model.parameters().values()
        if spec.kind in (Kind.WORD, Kind.BOOLEAN) and not (spec.many or spec.stake or spec.scenario)
    ]


@study(once={1: "rule", 2: "threat"})
def other_choices(case: Case) -> Choices:
    """Solve a point with every other word of every choice."""
    model = case.model
    solved: list[Choice] = []
    refused: list[str] = []
    for spec in judgements(model):
        for word in spec.options:
            if word == model.value(spec.name):
                continue
            try:
                found = evaluate(case.at(model.at_values({spec.name: word})))
            except NegotiationError:
                refused.append(f"{spec.name}={spec.written(word)}")
                continue
            scores = found.leverage
            delta = float("nan") if scores is None else found.concession.delta[0]
            solved.append(
                Choice(
                    spec.name,
                    spec.written(word),
                    float(delta),
                    () if scores is None else tuple(float(each) for each in scores.loss),
                    bool(found.certified),
                    str(found.selection.support),
                )
            )
    return Choices(tuple(solved), tuple(refused))


def choices_record(found: Choices, players: Sequence[str]) -> dict[str, Any]:
    """Every other choice by its label, ready for JSON; None for one that was refused."""
    solved = {
        each.label: {
            "certified": each.certified,
            "equilibrium": each.equilibrium,
            "delta": each.delta,
            "no_deal_loss": dict(zip(players, each.losses, strict=False)),
        }
        for each in found.solved
    }
    return {**solved, **dict.fromkeys(found.refused)}
