"""A pitfall at a point, and what every check of one is given."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np

from negotiation.case import Case, repeated
from negotiation.errors import ParameterError
from negotiation.games.game import Array
from negotiation.model import Model, Parameter
from negotiation.model.commands import command_about
from negotiation.outcome import Outcome, evaluate
from negotiation.tolerances import ZERO_LOSS

#: Step of a small rise, as a share of the natural range of a parameter.
STEP = 0.01

#: How far towards an open end of a range is looked: what only happens at the very end, where a
#: lever has taken everything, is no pitfall.
_NEARLY = 0.98

#: How often the way to a value that the model refuses is halved.
_HALVINGS = 12


class Verdict(StrEnum):
    """Whether a pitfall occurs at a point; the value is that of JSON."""

    BITES = "bites"
    DOES_NOT = "does not bite"
    NOT_APPLICABLE = "not applicable"


@dataclasses.dataclass(frozen=True)
class Pitfall:
    """One pitfall at a point.

    Attributes
    ----------
    key, question : str
    verdict : Verdict
    size : float
        By how much, in `unit`; NaN where it has no size.
    unit : str
    sentence : str
        With the numbers.
    command : str
        What shows it.
    details : mapping
        The numbers behind it, ready for JSON.
    """

    key: str
    question: str
    verdict: Verdict
    size: float
    unit: str
    sentence: str
    command: str
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, eq=False)
class Audited:
    """What every check is given.

    Attributes
    ----------
    case : Case
        A point.
    full : bool
        Also what takes long.
    outcome : Outcome
        At the point, with marginal leverage.
    """

    case: Case
    full: bool
    outcome: Outcome

    @property
    def model(self) -> Model:
        """The point."""
        return self.case.model

    @property
    def unit(self) -> str:
        """Unit of payoffs."""
        return type(self.model).payoff_unit

    @property
    def deal(self) -> bool:
        """Whether there is a deal to speak of."""
        agreements = self.outcome.agreements
        return bool(agreements) and bool(np.isfinite(self.outcome.agreement.payoffs).all())

    @property
    def delta(self) -> float:
        """What the deal gives the first side."""
        return float(self.outcome.agreement.concession[0])

    def named(self, player: int) -> str:
        """What a player is called within a sentence."""
        return self.model.named(self.model.players[player])

    def command(self, verb: str, *options: str) -> str:
        """Return a command at this point; what its options set or vary is not set twice."""
        return command_about(verb, self.model, *repeated(self.case), *options)

    def solve(self, values: Mapping[str, Any], **options: Any) -> Outcome:
        """Evaluate with some parameters changed."""
        return evaluate(self.case.at(self.model.at_values(values)), **options)

    @cached_property
    def size(self) -> float:
        """Largest payoff of the game, positive or negative: the scale of its money."""
        return float(np.abs(self.outcome.game.payoffs).max())

    def sign(self, value: float) -> int:
        """Sign of money, zero within rounding of the game's payoffs."""
        if not abs(value) > ZERO_LOSS * self.size:  # a value that is not known has no sign either
            return 0
        return int(np.sign(value))

    @cached_property
    def numbers(self) -> tuple[Parameter, ...]:
        """Numeric parameters that have a value of their own, stakes left out."""
        return tuple(
            spec
            for spec in self.model.parameters().values()
            if spec.numeric and not spec.stake and getattr(self.model, spec.field) is not None
        )

    def value(self, spec: Parameter) -> float:
        """Value in use."""
        return float(self.model.value(spec.name))

    def range(self, spec: Parameter) -> tuple[float, float]:
        """Natural range of a parameter: its bounds, or as far as its kind goes.

        Without an upper bound: for money as in the payoffs up to the largest payoff beyond the
        value, for other numbers as much again as the larger of 1 and the value.
        """
        here = self.value(spec)
        reach = self.size if spec.unit == self.unit else max(1.0, abs(here))
        low = here - reach if spec.low is None else spec.low
        high = here + reach if spec.upper is None else spec.upper
        if spec.below is not None:
            high = max(here, low + _NEARLY * (high - low))
        return float(low), float(high)

    def accepted(self, spec: Parameter) -> tuple[float, float]:
        """The same, as far up as the model takes values.

        Where it refuses the upper end, such as more than a market can buy, the way there is halved.
        """
        low, high = self.range(spec)
        here = self.value(spec)
        for _ in range(_HALVINGS):
            try:
                self.model.at_values({spec.name: np.array([high])}).game()
            except ParameterError:
                high = here + 0.5 * (high - here)
            else:
                break
        return low, high


def plain(values: Array) -> list[float]:
    """Numbers for a record."""
    return [float(each) for each in np.ravel(values)]
