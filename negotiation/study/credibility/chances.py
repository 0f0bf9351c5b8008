"""How sure threats are: the probability that each is credible while parameters are uncertain."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from negotiation.case import Case
from negotiation.errors import GridError
from negotiation.games.game import Array
from negotiation.model import Kind, Model, Parameter
from negotiation.model.axis_values import comma_hint
from negotiation.model.grid import Axis
from negotiation.outcome import evaluate
from negotiation.study.credibility.claims import Claim, margins
from negotiation.study.points import CHUNK

_EXAMPLE = "e.g. --over us_escalation_cost=0:5000 or --over elasticities=low,central,high"


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
    """

    claim: Claim
    probability: float
    error: float
    limit: float
    draws: int
    unknown: int
    by_choice: tuple[tuple[str, float], ...]


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


def chances(
    case: Case, over: Sequence[Over], draws: int, seed: int
) -> tuple[tuple[Chance, ...], int]:
    """Estimate the probability that each threat is credible; also how many points that took.

    Numbers are drawn by Latin hypercubes (McKay, Beckman and Conover 1979), one for each
    combination of values that are equally likely. Without a range nothing is drawn: every
    combination is looked at once.
    """
    ranges = [each for each in over if not each.values]
    choices = [each for each in over if each.values]
    combinations = list(product(*(each.values for each in choices)))
    each_draws = -(-draws // len(combinations)) if ranges else 1
    if ranges:
        each_draws = max(each_draws, 2)
    generator = np.random.default_rng(seed)
    seen: list[dict[Claim, Array]] = []
    for values in combinations:
        fixed = dict(zip((each.name for each in choices), values, strict=True))
        drawn = latin_hypercube(ranges, each_draws, generator)
        seen.append(_drawn(case.at(case.model.at_values(fixed)), drawn, each_draws))
    labels = [
        ", ".join(
            f"{each.name}={_said(value)}" for each, value in zip(choices, values, strict=True)
        )
        for values in combinations
    ]
    found = [
        _chance(claim, [each[claim] for each in seen], labels if choices else [], bool(ranges))
        for claim in seen[0]
    ]
    return tuple(found), each_draws * len(combinations)


def latin_hypercube(
    ranges: Sequence[Over], draws: int, generator: np.random.Generator
) -> Mapping[str, Array]:
    """Draw parameters, (draws,) each: one value in each of `draws` equal slices of every range."""
    return {
        each.name: each.low
        + (each.high - each.low) * (generator.permutation(draws) + generator.random(draws)) / draws
        for each in ranges
    }


def _drawn(case: Case, drawn: Mapping[str, Any], count: int) -> dict[Claim, Array]:
    """Margins (count,) of every threat at the points drawn, in chunks."""
    if not drawn:
        return {claim: np.reshape(each, 1) for claim, each in margins(evaluate(case)).items()}
    parts: list[dict[Claim, Array]] = []
    for start in range(0, count, CHUNK):
        some = {name: values[start : start + CHUNK] for name, values in drawn.items()}
        size = len(next(iter(some.values())))
        found = margins(evaluate(case.at(case.model.at_values(some))))
        parts.append({claim: np.broadcast_to(each, (size,)) for claim, each in found.items()})
    return {claim: np.concatenate([part[claim] for part in parts]) for claim in parts[0]}


def _chance(claim: Claim, margin: Sequence[Array], labels: Sequence[str], drawn: bool) -> Chance:
    """Estimate a probability from equally likely strata."""
    known = [each[np.isfinite(each)] for each in margin]
    some = [each for each in known if len(each)]
    unknown = sum(len(each) for each in margin) - sum(len(each) for each in known)
    if not some:
        return Chance(claim, math.nan, math.nan, math.nan, 0, unknown, ())
    shares = np.array([(each > 0.0).mean() for each in some])
    sizes = np.array([len(each) for each in some])
    probability, count = float(shares.mean()), int(sizes.sum())
    variance = shares * (1.0 - shares) / np.maximum(sizes - 1, 1)
    limit = 1.0 - 0.05 ** (1.0 / count) if drawn and probability in (0.0, 1.0) else math.nan
    by_choice = tuple(
        (label, float((each > 0.0).mean()) if len(each) else math.nan)
        for label, each in zip(labels, known, strict=False)
    )
    error = float(np.sqrt(variance.sum())) / len(some) if drawn else 0.0
    return Chance(claim, probability, error, limit, count, unknown, by_choice)
