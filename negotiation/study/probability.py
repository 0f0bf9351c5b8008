"""`probability`: how likely an event is, at a point or along a parameter."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.case import Case, check_threat, study
from negotiation.errors import ParameterError
from negotiation.model.grid import Axis, Grid
from negotiation.outcome import check_clouds
from negotiation.study.observable import (
    BLOCK,
    Observable,
    Query,
    clouds,
    measured,
    read_event,
    values_of,
)


@dataclasses.dataclass(frozen=True)
class ProbabilityAt:
    """How likely an event is at a point, under a threat.

    Attributes
    ----------
    threat : str
    at : float, int, bool, str or None
        Value of the parameter; None without one.
    probability : float
        Share of the draws that could be decided; NaN where none could.
    error : float
        Its Monte Carlo standard error, as if drawn independently: stratified draws do no worse
        (Owen 1997).
    limit : float
        Where no draw or every draw has it: what the rare case may be at 95 % confidence; NaN
        elsewhere.
    decided, undecided : int
        Draws.
    """

    threat: str
    at: Any
    probability: float
    error: float
    limit: float
    decided: int
    undecided: int


@dataclasses.dataclass(frozen=True, eq=False)
class EventProbability:
    """How likely an event is.

    Attributes
    ----------
    case : Case
    event : Observable
    parameter : str
        What varies; empty for a point.
    unit : str
        Its unit.
    threats : tuple of str
    points : tuple of ProbabilityAt
        Threat by threat, along the parameter.
    holds : (threats, K, D) array
        1 where the event holds, 0 where it does not, NaN where it is not known: the same draws
        everywhere.
    """

    case: Case
    event: Observable
    parameter: str
    unit: str
    threats: tuple[str, ...]
    points: tuple[ProbabilityAt, ...]
    holds: NDArray[np.float64]

    @property
    def certified(self) -> bool:
        """Whether every draw could be decided."""
        return not any(each.undecided for each in self.points)

    def along(self, threat: str) -> list[ProbabilityAt]:
        """The points of one threat."""
        return [each for each in self.points if each.threat == threat]


@study
def probability(
    case: Case,
    event: str,
    vary: Axis | str | None = None,
    *,
    threats: Sequence[str] | str = (),
) -> EventProbability:
    """Estimate how likely an event is, over the same draws at every point.

    Parameters
    ----------
    case : Case, or what makes one
        With `draws`.
    event : str
        A phrase of `threshold --when`, such as "the US loses without a deal", or
        `PLAYER plays ACTION`.
    vary : Axis or str, optional
        `name=start:stop:count` or `name=value,value`.
    threats : str or sequence of str
        The threat of the case if not given.

    Raises
    ------
    GridError, ParameterError
    """
    model, cls = case.model, type(case.model)
    asked = read_event(case, event)
    named = [threats] if isinstance(threats, str) and threats else list(threats)
    named = list(dict.fromkeys(named)) or [case.threat]
    for threat in named:
        check_threat(model, threat)
        check_clouds(Case(case, threat=threat), "probability looks")
    axis: Axis | None = None
    values: list[Any] = [None]
    if vary is not None:
        grid = Grid.of([vary], cls).fit(cls)
        axis = grid.axes[0]
        case.check_varied([axis.name])
        values = [_plain(value) for value in values_of(axis)]
    draws = case.drawn([axis.name] if axis else ()).main
    if not len(draws) or not draws.groups:
        what = "nothing in it is uncertain" if len(draws) else "no draws are asked for"
        raise ParameterError(
            f"the probability that {asked.about} was asked of model {model.name()}, but {what}; "
            "give draws=1000, and a prior to what is uncertain"
        )
    questions = [Query(asked, threat) for threat in named]
    holds = np.empty((len(named), len(values), len(draws)))
    if axis is not None and axis.numeric:  # the points of a draw help each other
        line = draws.model.at_values({axis.name: np.array(values, dtype=float)[:, None]})
        parts = clouds(draws, line, max(2 * BLOCK // len(values), 64))
        holds[:] = measured(case, parts, questions, len(draws), len(values))[0]
    else:
        for k, value in enumerate(values):
            here = draws.model if axis is None else draws.model.at_values({axis.name: value})
            holds[:, k] = measured(case, clouds(draws, here), questions, len(draws))[0]
    points = [
        probability_at(threat, value, holds[t, k])
        for t, threat in enumerate(named)
        for k, value in enumerate(values)
    ]
    return EventProbability(
        case=case,
        event=asked,
        parameter="" if axis is None else axis.name,
        unit="" if axis is None else cls.find_parameter(axis.name).unit,
        threats=tuple(named),
        points=tuple(points),
        holds=holds,
    )


def probability_at(threat: str, at: Any, holds: NDArray[np.float64]) -> ProbabilityAt:
    """Return a probability with its error from what holds in each draw, (D,)."""
    known = holds[np.isfinite(holds)]
    count = len(known)
    if not count:
        return ProbabilityAt(threat, at, math.nan, math.nan, math.nan, 0, len(holds))
    share = float(known.mean())
    error = math.sqrt(share * (1.0 - share) / max(count - 1, 1))
    limit = 1.0 - 0.05 ** (1.0 / count) if share in (0.0, 1.0) else math.nan
    return ProbabilityAt(threat, at, share, error, limit, count, len(holds) - count)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


__all__ = ["EventProbability", "ProbabilityAt", "probability", "probability_at"]
