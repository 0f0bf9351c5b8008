"""One line of a sweep, to be looked at between and beyond its points."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from negotiation.case import Case
from negotiation.model import Model, Parameter
from negotiation.outcome import Outcome, evaluate
from negotiation.outcome.columns import column, columns
from negotiation.regimes.roots import narrowest, roundest
from negotiation.tolerances import THRESHOLD
from negotiation.words import amount

#: Points looked at on either side of the swept range for the nearest change beyond it.
_BEYOND = 8

#: How far towards a bound of the parameter is looked. Not all the way: what only happens at the
#: last value allowed, where a lever has taken everything, is no regime.
_NEARLY = 0.98

#: Step off a boundary at which its two sides are described, as a share of the swept range. Payoffs
#: and probabilities move by about as much, a hundred times what counts as the same.
_ASIDE = 1e-5

#: The same as a share of the value itself, where the range is narrower than floating-point numbers
#: can show: payoffs there are told apart from ties to 1e-9.
_LEAST_ASIDE = 1e-9

#: Share of the width of a location within which digits are rounding: root finding ends far below.
_DIGITS = 1e-3

#: Points of a line at which the size of payoffs is asked for.
_SCALED = 9


@dataclasses.dataclass(frozen=True)
class Event:
    """A regime change, or the finding that there is none.

    Attributes
    ----------
    kind : str
        `equilibrium`, `tie`, `no-deal payoff of PLAYER` or `ncl of PLAYER`. A tie is a point at
        which payoffs are exactly equal, so that more equilibria exist there than beside it.
    parameter : str
    value : float
        Where it happens, halfway between two whole numbers; NaN where it does not.
    before, after : str
        What holds on either side, with values.
    sentence : str
        The whole of it in words.
    within : bool
        Whether it lies in the swept range.
    place : tuple of (name, value)
        The line it is on: the other swept parameters; empty where there is one line.
    between : tuple of int
        Two neighbouring whole numbers, where the parameter is one; else empty.
    """

    kind: str
    parameter: str
    value: float
    before: str
    after: str
    sentence: str
    within: bool
    place: tuple[tuple[str, Any], ...] = ()
    between: tuple[int, ...] = ()


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
    case : Case
        How points are answered.
    label : str
        The other parameters' values, in words.
    """

    model: Model
    axis: Parameter
    points: np.ndarray[Any, Any]
    values: Mapping[str, np.ndarray[Any, Any]]
    case: Case
    label: str

    def outcome(self, x: float) -> Outcome:
        """Outcome at one value, as a batch of one."""
        return evaluate(self.case.at(self.model.at_values({self.axis.name: np.array([x])})))

    def at(self, x: float, name: str) -> Any:
        """One column at one value."""
        return column(self.outcome(x), name).values[0]

    def over(self, x: np.ndarray[Any, Any], name: str) -> np.ndarray[Any, Any]:
        """One column at several values, solved as one batch."""
        found = evaluate(self.case.at(self.model.at_values({self.axis.name: x})))
        return np.broadcast_to(np.asarray(column(found, name).values), x.shape)

    @cached_property
    def width(self) -> float:
        """Width to which a regime change is located."""
        return THRESHOLD * float(np.ptp(self.points))

    def snapped(self, x: float, marks: Sequence[float] = ()) -> float:
        """Return a mark, a bound or a point of the sweep where x is as good as there.

        Otherwise x without the digits that only rounding brings.
        """
        near = np.searchsorted(self.points, x)
        beside = self.points[max(near - 1, 0) : near + 1].tolist()
        for mark in (*marks, *beside, self.axis.low, self.axis.upper):
            if mark is not None and abs(x - mark) <= narrowest(x, mark, self.width):
                return float(mark)
        width = narrowest(x, x, self.width)
        trifle, wide = _DIGITS * width, width / _DIGITS
        place = roundest(x - width, x + width)
        # A number that is the roundest far and wide is meant, wherever it is within the width.
        if place == roundest(x - wide, x + wide):
            return place
        return roundest(x - trifle, x + trifle)

    def aside(self, x: float) -> float:
        """A step off a boundary: small against the range, yet past every tie."""
        return max(_ASIDE * float(np.ptp(self.points)), _LEAST_ASIDE * abs(x))

    @cached_property
    def scale(self) -> float:
        """Largest size of any payoff of the game, at a few points: what rounding is a share of."""
        some = np.unique(self.points[np.linspace(0, len(self.points) - 1, _SCALED).astype(int)])
        cloud = self.model.replace({self.axis.name: some})
        payoffs = cloud.game().payoffs
        return float(np.abs(payoffs[np.isfinite(payoffs)]).max(initial=0.0))

    @property
    def range(self) -> str:
        """The swept range, in words."""
        ends = f"{amount(self.points[0])} to {amount(self.points[-1])}"
        return f"{self.axis.name} from {ends}{self.label}"

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
        found = columns(evaluate(self.case.at(self.model.at_values({self.axis.name: xs}))))
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
