"""Models whose ranges and shares of variance have closed forms."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from negotiation import prior
from negotiation.bargaining import AgreementSet, Talks
from negotiation.case import Case
from negotiation.model import Model, parameter
from negotiation.study.bands import LEVELS, Bands
from negotiation.study.drawn import drawn
from negotiation.study.sensitivity import sensitivity
from negotiation.study.verify.answers import Compared, Problem

_DRAWS = 4000
#: Of an index of 512 base points; half the width of its interval is about as much.
_INDEX = 0.05


class _Alone(Model):
    """Nobody has a choice."""

    players = ("first", "second")
    actions = (("go",), ("go",))
    payoff_unit = "points"
    horizon = "once"

    def talks(self) -> Talks:
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(99.0))


@dataclass(frozen=True)
class LinearGaussian(_Alone):
    """What the first gets is 2 x - y - 3, and x and y are normal."""

    x: Any = parameter(1.0, prior=prior.normal(1.0, 0.8))
    y: Any = parameter(-0.5, prior=prior.normal(-0.5, 1.5))

    def payoffs(self) -> dict[tuple[str, str], tuple[Any, Any]]:
        """Payoffs of both."""
        return {("go", "go"): (2.0 * np.asarray(self.x) - np.asarray(self.y) - 3.0, 0.0)}


def _gaussian() -> Iterator[Compared]:
    law = NormalDist(2.0 * 1.0 + 0.5 - 3.0, math.hypot(2.0 * 0.8, 1.5))
    found = Bands.of(drawn(Case(LinearGaussian, draws=_DRAWS))).band("gain_first")
    got = (found.low[0], found.middle[0], found.high[0])
    # Four standard errors of independent draws at the ends; the design has smaller ones.
    error = math.sqrt(LEVELS[0] * (1.0 - LEVELS[0]) / _DRAWS) / law.pdf(law.inv_cdf(LEVELS[0]))
    yield "band", [law.inv_cdf(level) for level in LEVELS], got, 4.0 * error


_ANGLE = prior.uniform(-math.pi, math.pi)


@dataclass(frozen=True)
class IshigamiFunction(_Alone):
    """A usual test of studies of sensitivity: not monotone, and with an interaction."""

    x1: Any = parameter(0.0, prior=_ANGLE)
    x2: Any = parameter(0.0, prior=_ANGLE)
    x3: Any = parameter(0.0, prior=_ANGLE)

    def payoffs(self) -> dict[tuple[str, str], tuple[Any, Any]]:
        """Payoffs of both."""
        first = np.sin(self.x1)
        value = first + 7.0 * np.sin(self.x2) ** 2 + 0.1 * np.asarray(self.x3) ** 4 * first
        return {("go", "go"): (value, 0.0)}


def _ishigami() -> Iterator[Compared]:
    whole = 49 / 8 + 0.1 * math.pi**4 / 5 + 0.01 * math.pi**8 / 18 + 0.5
    own = 0.5 * (1 + 0.1 * math.pi**4 / 5) ** 2 / whole
    joint = 8 * 0.01 * math.pi**8 / 225 / whole
    found = sensitivity(IshigamiFunction, "breakdown.first", samples=512, tornado=False).found[0]
    each = {one.group: one for one in found.indices}
    first = [each[name].first for name in ("x1", "x2", "x3")]
    total = [each[name].total for name in ("x1", "x2", "x3")]
    yield "first", (own, 49 / 8 / whole, 0.0), first, _INDEX
    yield "total", (own + joint, 49 / 8 / whole, joint), total, _INDEX


PROBLEMS: dict[str, Problem] = {"linear_gaussian": _gaussian, "ishigami": _ishigami}
