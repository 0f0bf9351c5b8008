"""How sure threats are: the probability that each is credible while parameters are uncertain."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.case import Case
from negotiation.draws import Draws
from negotiation.errors import GridError
from negotiation.games.game import Array
from negotiation.model import Kind, Model, Parameter
from negotiation.model.axis_values import comma_hint
from negotiation.model.grid import Axis
from negotiation.outcome import Outcome
from negotiation.prior import Prior, one_of, picked, uniform
from negotiation.study.credibility.claims import Claim, margins
from negotiation.study.drawn import read_off
from negotiation.study.within import DrawRange, by_regime, standard_error

_EXAMPLE = "e.g. --over us_escalation_cost=0:5000 or --over elasticities=low,central,high"

#: Stands for the selected equilibrium among what is read off an outcome.
_REGIME = Claim("regime", "")


@dataclasses.dataclass(frozen=True)
class Within:
    """A threat in the draws of one regime.

    Attributes
    ----------
    regime : str
        Support of the selected equilibrium after a breakdown.
    probability : float
        That the threat is credible, given the regime.
    margin : DrawRange
        What carrying the threat out is worth against not doing so.
    """

    regime: str
    probability: float
    margin: DrawRange


@dataclasses.dataclass(frozen=True)
class Chance:
    """Probability that a threat is credible under parameter uncertainty.

    Attributes
    ----------
    claim : Claim
    probability : float
        Share of the draws that could be decided.
    error : float
        Its Monte Carlo standard error, as if drawn independently: stratified draws do no worse
        (Owen 1997). Zero where nothing is drawn.
    limit : float
        Where no draw or every draw is credible: the share of the rare case that such a result
        leaves possible at 95 % confidence; NaN elsewhere and where nothing is drawn.
    draws, unknown : int
    by_choice : tuple of (values in words, probability)
    by_regime : tuple of Within
        The most frequent regime first.
    at_revealed_costs : float
        The probability with the political costs that today reveals, drawn as well; NaN where none
        are shown beside the answer.
    """

    claim: Claim
    probability: float
    error: float
    limit: float
    draws: int
    unknown: int
    by_choice: tuple[tuple[str, float], ...]
    by_regime: tuple[Within, ...] = ()
    at_revealed_costs: float = math.nan


@dataclasses.dataclass(frozen=True)
class Over:
    """A parameter that is uncertain: uniform between two numbers, or one of several values.

    Attributes
    ----------
    name : str
    low, high : float
        NaN where `values` are given.
    values : tuple of float, of int, of bool or of str
        Equally likely; empty for a range.
    """

    name: str
    low: float = math.nan
    high: float = math.nan
    values: tuple[float | bool | str, ...] = ()

    @classmethod
    def parse(cls, text: str, model: type[Model]) -> Over:
        """Read `name=low:high` or `name=value,value,...` against a model.

        Raises
        ------
        GridError, ParameterError
        """
        name, equals, told = (part.strip() for part in text.partition("="))
        if not equals or not name or not told:
            raise GridError(f"'{text}' is not a range; expected name=low:high, {_EXAMPLE}")
        spec = model.find_parameter(name)
        if spec.numeric and ":" in told:
            low, high = limits(text, told, spec)
            for value in (low, high):
                spec.check(value, model.name())
            return cls(name, low, high)
        if spec.kind is Kind.INTEGER and ":" in told:
            axis = Axis.parse(text, model)
            return cls(name, values=tuple(spec.check(n, model.name()) for n in axis.values))
        words = [word.strip() for word in told.split(",")]
        if not all(words) or len(set(words)) != len(words):
            raise GridError(f"'{text}' has an empty value or one twice; {_EXAMPLE}")
        return cls(name, values=tuple(spec.check(word, model.name()) for word in words))

    @property
    def words(self) -> str:
        """The uncertainty in words."""
        if self.values:
            told = ", ".join(map(_said, self.values))
            return f"{self.name} one of {told}"
        return f"{self.name} uniform between {self.low:g} and {self.high:g}"

    @property
    def prior(self) -> Prior:
        """The same as a prior: numbers are drawn as numbers, everything else as words."""
        if not self.values:
            return uniform(self.low, self.high)
        if len(self.values) == 1:
            only = self.values[0]
            return Prior(
                _said(only),
                lambda u: np.full(len(u), only) if _number(only) else [_said(only)] * len(u),
            )
        numbers = all(map(_number, self.values))
        return one_of(*(self.values if numbers else map(_said, self.values)))


def _number(value: float | bool | str) -> bool:
    return isinstance(value, float)


def _said(value: float | bool | str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else f"{value:g}"


def limits(text: str, told: str, spec: Parameter) -> tuple[float, float]:
    """Read `low:high`.

    Raises
    ------
    GridError
    """
    try:
        low, high = (spec.number(part) for part in told.split(":"))
    except ValueError:
        raise GridError(
            f"'{text}' is not a range; expected name=low:high, e.g. tariff=0:0.5{comma_hint(text)}"
        ) from None
    if not (np.isfinite([low, high]).all() and low < high):
        raise GridError(f"'{text}' is not a range; expected two numbers, the smaller one first")
    return low, high


def drawn_over(case: Case, over: Sequence[Over]) -> tuple[Draws, bool]:
    """Return the draws in which threats are looked at, and whether anything is left to chance.

    Without `over` they are the case's own. With it they are of its parameters, and of those to
    which the user gave a prior; nothing else is uncertain then. Where every parameter takes one of
    several values, all combinations are looked at once.

    Raises
    ------
    GridError
        For fewer than two draws.
    """
    if not over:
        return case.drawn(), True
    priors = {**case.priors, **{each.name: each.prior for each in over}}
    counts = [len(each.values) for each in over]
    if all(counts) and len(priors) == len(over):
        places = product(*((np.arange(n) + 0.5) / n for n in counts))
        return Draws(case.model, priors, np.array(list(places))), False
    if case.draws < 2:
        raise GridError(f"{case.draws} draws were asked for; expected at least 2")
    return Draws.make(case.model, priors, case.draws, case.seed, case.design), True


def chances(case: Case, draws: Draws, over: Sequence[Over], by_chance: bool) -> tuple[Chance, ...]:
    """Estimate the probability that each threat is credible."""
    found = {key: values[0] for key, values in read_off(case, draws, _read).items()}
    regimes = found.pop(_REGIME)
    labels = _labels(draws, [each for each in over if each.values])
    told = [_chance(claim, margin, regimes, labels, by_chance) for claim, margin in found.items()]
    if draws.beside:
        costly = read_off(case, draws, _read, beside=True)
        told = [
            dataclasses.replace(each, at_revealed_costs=_known_share(costly[each.claim][0]))
            for each in told
        ]
    return tuple(told)


def _known_share(margin: Array) -> float:
    known = np.isfinite(margin)
    return float((margin[known] > 0.0).mean()) if known.any() else math.nan


def _read(outcome: Outcome) -> Mapping[Any, NDArray[Any]]:
    return {**margins(outcome), _REGIME: outcome.selection.support}


def _labels(draws: Draws, choices: Sequence[Over]) -> dict[str, NDArray[np.bool_]]:
    """(D,) which draws are of every combination of values, by its words."""
    inputs = {each.parameter: each.columns for each in draws.inputs}
    chosen = [
        picked(draws.design[:, inputs[each.name]][:, 0], len(each.values)) for each in choices
    ]
    found = {}
    for places in product(*(range(len(each.values)) for each in choices)) if choices else ():
        label = ", ".join(
            f"{each.name}={_said(each.values[k])}" for each, k in zip(choices, places, strict=True)
        )
        found[label] = np.logical_and.reduce(
            [own == k for own, k in zip(chosen, places, strict=True)]
        )
    return found


def _chance(
    claim: Claim,
    margin: Array,
    regimes: NDArray[np.str_],
    labels: Mapping[str, NDArray[np.bool_]],
    by_chance: bool,
) -> Chance:
    known = np.isfinite(margin)
    believed, count = margin > 0.0, int(known.sum())
    unknown = len(margin) - count
    if not count:
        return Chance(claim, math.nan, math.nan, math.nan, 0, unknown, ())
    probability = float(believed[known].mean())
    certain = by_chance and probability in (0.0, 1.0)
    split = by_regime(np.where(known, margin, np.nan), np.where(known, regimes, ""))
    return Chance(
        claim=claim,
        probability=probability,
        error=standard_error(probability, count) if by_chance else 0.0,
        limit=1.0 - 0.05 ** (1.0 / count) if certain else math.nan,
        draws=count,
        unknown=unknown,
        by_choice=tuple((label, _share(believed, known & here)) for label, here in labels.items()),
        by_regime=tuple(
            Within(regime, _share(believed, known & (regimes == regime)), band)
            for regime, band in split.items()
        ),
    )


def _share(believed: NDArray[np.bool_], here: NDArray[np.bool_]) -> float:
    return float(believed[here].mean()) if here.any() else math.nan


__all__ = ["Chance", "Over", "Within", "chances", "drawn_over", "limits"]
