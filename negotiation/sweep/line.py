"""One line of a sweep, to be looked at between and beyond its points."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from negotiation.model import Model, Parameter
from negotiation.outcome import Outcome, evaluate
from negotiation.sweep.columns import column, columns
from negotiation.tolerances import THRESHOLD

#: Points looked at on either side of the swept range for the nearest change beyond it.
_BEYOND = 8

#: How far towards a bound of the parameter is looked. Not all the way: what only happens at the
#: last value allowed, where a lever has taken everything, is no regime.
_NEARLY = 0.98

#: Step off a boundary at which its two sides are described, as a share of the swept range. Payoffs
#: and probabilities move by about as much, a hundred times what counts as the same.
_ASIDE = 1e-5


@dataclasses.dataclass(frozen=True)
class Event:
    """A regime change, or the finding that there is none.

    Attributes
    ----------
    kind : str
        `equilibrium`, `no-deal payoff of PLAYER` or `ncl of PLAYER`.
    parameter : str
    value : float
        Where it happens; NaN where it does not.
    before, after : str
        What holds on either side, with values.
    sentence : str
        The whole of it in words.
    within : bool
        Whether it lies in the swept range.
    """

    kind: str
    parameter: str
    value: float
    before: str
    after: str
    sentence: str
    within: bool


@dataclasses.dataclass(frozen=True)
class Line:
    """One line of a sweep: a model along one parameter, everything else fixed.

    Attributes
    ----------
    model : Model
    axis : Parameter
    points : array
        Values in the sweep, rising.
    values : mapping of column to array
        Results there.
    rule : str
        Selection rule.
    label : str
        The other parameters' values, in words.
    """

    model: Model
    axis: Parameter
    points: np.ndarray[Any, Any]
    values: Mapping[str, np.ndarray[Any, Any]]
    rule: str
    label: str

    def outcome(self, x: float) -> Outcome:
        """Outcome at one value, as a batch of one."""
        return evaluate(self.model.at_values({self.axis.name: np.array([x])}), rule=self.rule)

    def at(self, x: float, name: str) -> Any:
        """One column at one value."""
        return column(self.outcome(x), name).values[0]

    @property
    def width(self) -> float:
        """Width to which a regime change is located."""
        return THRESHOLD * float(np.ptp(self.points))

    def snapped(self, x: float) -> float:
        """Return a bound or a point of the sweep where x is as good as there."""
        for mark in (*self.points, self.axis.low, self.axis.upper):
            if mark is not None and abs(x - mark) <= self.width:
                return float(mark)
        return x

    @property
    def aside(self) -> float:
        """A step off a boundary: small against the range, yet past every tie."""
        return _ASIDE * float(np.ptp(self.points))

    @property
    def range(self) -> str:
        """The swept range, in words."""
        return f"{self.axis.name} from {self.points[0]:g} to {self.points[-1]:g}{self.label}"

    @cached_property
    def beyond(self) -> tuple[np.ndarray[Any, Any], Mapping[str, np.ndarray[Any, Any]]]:
        """Points outside the range but within the parameter's bounds, nearest first."""
        first, last = float(self.points[0]), float(self.points[-1])
        probes: list[float] = []
        if self.axis.upper is not None and self.axis.upper > last:
            top = last + _NEARLY * (self.axis.upper - last)
            probes += list(np.linspace(last, top, _BEYOND + 1)[1:])
        if self.axis.low is not None and self.axis.low < first:
            bottom = first + _NEARLY * (self.axis.low - first)
            probes += list(np.linspace(first, bottom, _BEYOND + 1)[1:])
        probes.sort(key=lambda x: max(x - last, first - x))
        xs = np.array(probes)
        if not len(xs):
            return xs, {}
        found = columns(evaluate(self.model.at_values({self.axis.name: xs}), rule=self.rule))
        return xs, {name: column.values for name, column in found.items()}

    def bracket(self, k: int) -> tuple[float, float]:
        """Probe k beyond the range, and the point before it on the same side: inner, outer."""
        away, _ = self.beyond
        outer = float(away[k])
        first, last = float(self.points[0]), float(self.points[-1])
        same = [float(x) for x in away[:k] if (x > last) == (outer > last)]
        return (same[-1] if same else (last if outer > last else first)), outer

    @property
    def tried(self) -> str:
        """How far beyond the range was looked, in words."""
        away, _ = self.beyond
        up, down = away[away > self.points.max()], away[away < self.points.min()]
        told = [f"up to {up.max():g}"] if len(up) else []
        told += [f"down to {down.min():g}"] if len(down) else []
        return " and ".join(told)
