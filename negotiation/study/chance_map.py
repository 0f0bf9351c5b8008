"""The probability of regimes and events over two parameters, on a grid."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from negotiation.case import Case, study
from negotiation.draws import Draws
from negotiation.errors import GridError, ParameterError
from negotiation.games.game import Array
from negotiation.outcome import Outcome, Status, evaluate
from negotiation.regimes.regions.plane import Plane, prepare
from negotiation.regimes.signal import (
    CONCEPTS,
    CONCESSION,
    EQUILIBRIUM,
    LOSS,
    Signal,
    SignalUse,
    signals_of,
)
from negotiation.study import drawn
from negotiation.study.observable import Observable, read_event, selected
from negotiation.tolerances import ZERO_LOSS

#: Points of the grid along either parameter.
POINTS = 21

#: Probabilities of which lines are drawn: surely not, as likely as not, surely.
LEVELS = (0.05, 0.5, 0.95)

#: Most events that are drawn together.
_DRAWN = 4

_KNOWN = (Status.CERTIFIED.value, Status.PARTIAL.value)

#: Signals that are told by what holds where they are negative.
_NEGATIVE = (LOSS, CONCESSION)


@dataclasses.dataclass(frozen=True, eq=False)
class Likelihood:
    """The probability of one event over the plane.

    Attributes
    ----------
    kind : str
        Name of the signal, `equilibrium`, or `event` for what was asked for.
    side : str
        Whose; empty for nobody's.
    phrase : str
        What holds; of an equilibrium its support.
    probability : (P, Q) array
        Share of the draws in which it is known, by both parameters; NaN where it is in none.
    known : (P, Q) array of int
        Draws in which it is known.
    """

    kind: str
    side: str
    phrase: str
    probability: Array
    known: NDArray[np.int64]

    @property
    def spread(self) -> float:
        """How much the probability varies over the plane."""
        some = self.probability[np.isfinite(self.probability)]
        return float(np.ptp(some)) if len(some) else 0.0

    def error(self) -> float:
        """Largest standard error of a probability on the plane, as of independent draws."""
        p, count = self.probability, np.maximum(self.known - 1, 1)
        with np.errstate(invalid="ignore"):
            return float(np.nanmax(np.sqrt(p * (1.0 - p) / count), initial=0.0))


@dataclasses.dataclass(frozen=True, eq=False)
class ChanceMap:
    """Probabilities over two parameters.

    Attributes
    ----------
    case : Case
    draws : Draws
    plane : Plane
    x, y : (P,), (Q,) arrays
        Values of the two parameters.
    events : tuple of Likelihood
        The events of signals, then the equilibria that occur; those whose probability varies most
        come first.
    certified : (P, Q) array
        Share of the draws that are certified.
    asked : Likelihood or None
        The event that was asked for.
    threat_about : str
    """

    case: Case
    draws: Draws
    plane: Plane
    x: Array
    y: Array
    events: tuple[Likelihood, ...]
    certified: Array
    asked: Likelihood | None
    threat_about: str

    @property
    def told(self) -> tuple[Likelihood, ...]:
        """The event that was asked for, or those up to four whose probability varies most.

        Of two of which always exactly one holds, or that are as likely everywhere, the first.
        """
        if self.asked is not None:
            return (self.asked,)
        found: list[Likelihood] = []
        for each in self.events:
            p = each.probability
            known = [other.probability for other in found]
            mirrored = any(
                np.allclose(p, other, atol=1e-9, equal_nan=True)
                or np.allclose(p, 1.0 - other, atol=1e-9, equal_nan=True)
                for other in known
            )
            if each.spread > 0.0 and not mirrored:
                found.append(each)
        return tuple(found[:_DRAWN])


@study
def chance_map(
    case: Case,
    x_axis: str,
    y_axis: str,
    *,
    event: str = "",
    points: tuple[int, int] = (POINTS, POINTS),
    progress: Callable[[int, int], None] | None = None,
) -> ChanceMap:
    """Estimate the probability of every regime and event on a grid, with the same draws everywhere.

    Parameters
    ----------
    case : Case, or what makes one
        With `draws`, and something uncertain.
    x_axis, y_axis : str
        Each a parameter and its range: `diversification=0:0.6`.
    event : str, optional
        The one that is asked for: a profile such as `retaliate/escalate`, or an event as of
        `probability`, such as "the US loses without a deal" or "deal.canada < 0".
    points : (int, int)
        Of the grid.
    progress : callable, optional
        Called with points done and all points.

    Raises
    ------
    GridError, ParameterError
        For axes or an event that do not fit the model, or without draws.
    """
    plane = prepare(case, x_axis, y_axis, points)
    draws = case.drawn(plane.names).main
    if not len(draws) or not draws.priors:
        raise ParameterError(
            f"model {case.model.name()} has nothing to draw over {' and '.join(plane.names)}; give "
            "draws=100, and a prior such as priors={'tariff': 'triangular(0.1,0.25,0.5)'} to what "
            "is uncertain"
        )
    watched = [s for s in signals_of(case.model, SignalUse.THRESHOLD) if s.name != CONCEPTS]
    x, y = (np.linspace(plane.low[k], plane.high[k], plane.points[k]) for k in (0, 1))
    asked = _read(case, event) if event else None
    counts = _Counts(watched, (len(x), len(y)), asked)
    counts.look(case, draws, dict(zip(plane.names, (x, y), strict=True)), progress)
    events = counts.events()
    return ChanceMap(
        case=case,
        draws=draws,
        plane=plane,
        x=x,
        y=y,
        events=tuple(sorted(events, key=lambda each: -each.spread)),
        certified=counts.certified / len(draws),
        asked=counts.asked_for(),
        threat_about=counts.about,
    )


def _read(case: Case, text: str) -> Observable:
    """Read an event: a profile such as `retaliate/escalate`, or what `probability` takes."""
    model = type(case.model)
    if "/" not in text or " " in text.strip():
        return read_event(case, text)
    parts = text.strip().split("/")
    known = len(parts) == len(model.players) and all(
        set(part.split("+")) <= set(own) for part, own in zip(parts, model.actions, strict=True)
    )
    if not known:
        raise GridError(
            f"'{text}' is no profile of model {model.name()}; expected an action of each of "
            f"{', '.join(model.players)}, such as {'/'.join(own[0] for own in model.actions)}"
        )
    return selected(text.strip())


def _phrases(signal: Signal) -> tuple[str, str]:
    """What an event of a signal is told by, and what holds where it does not."""
    if signal.name in _NEGATIVE:
        return signal.negative, signal.positive
    return signal.positive, signal.negative


@dataclasses.dataclass(eq=False)
class _Counts:
    """Draws by point (P, Q) in which each event holds."""

    watched: list[Signal]
    shape: tuple[int, int]
    asked: Observable | None = None

    def __post_init__(self) -> None:
        self.asked_holds = np.zeros(self.shape, np.int64)
        self.asked_known = np.zeros(self.shape, np.int64)
        every = (len(self.watched), *self.shape)
        self.holds, self.known = np.zeros(every, np.int64), np.zeros(every, np.int64)
        self.regimes: dict[str, NDArray[np.int64]] = {}
        self.certified = np.zeros(self.shape, np.int64)
        self.about = ""

    def look(
        self,
        case: Case,
        draws: Draws,
        grid: Mapping[str, Array],
        progress: Callable[[int, int], None] | None,
    ) -> None:
        """Evaluate all draws at all points, some at a time.

        Either parameter keeps an axis of its own, so that a model works out once what only one of
        them changes.
        """
        (one, x), (two, y) = grid.items()
        together = drawn.TOGETHER
        wide = max(1, together // len(y))
        done, total = 0, len(draws) * len(x) * len(y)
        for first in range(0, len(x), wide):
            part = slice(first, min(first + wide, len(x)))
            here = draws.model.at_values({one: x[part, None, None], two: y[None, :, None]})
            size = max(1, together // (len(x[part]) * len(y)))
            for start in range(0, len(draws), size):
                rows = np.arange(start, min(start + size, len(draws)))
                for index, cloud in draws.clouds(here, rows):
                    self._add(evaluate(case.at(cloud)), part, len(index))
                done += len(rows) * len(x[part]) * len(y)
                if progress is not None:
                    progress(done, total)

    def _add(self, outcome: Outcome, part: slice, count: int) -> None:
        self.about = outcome.threat.about
        shape = (part.stop - part.start, self.shape[1], count)
        solved = np.isin(outcome.status, _KNOWN)
        self.certified[part] += np.broadcast_to(outcome.certified, shape).sum(axis=-1)
        payoffs = outcome.game.payoffs[np.isfinite(outcome.game.payoffs)]
        zero = ZERO_LOSS * float(np.abs(payoffs).max(initial=0.0))
        for k, signal in enumerate(self.watched):
            values = np.broadcast_to(np.where(solved, signal.value(outcome), np.nan), shape)
            sign = -1.0 if signal.name in _NEGATIVE else 1.0
            with np.errstate(invalid="ignore"):
                holds = sign * values > (zero if signal.sized else 0.0)
            self.holds[k, part] += holds.sum(axis=-1)
            self.known[k, part] += np.isfinite(values).sum(axis=-1)
        if self.asked is not None:
            held = np.broadcast_to(np.where(solved, self.asked.read(outcome), np.nan), shape)
            self.asked_holds[part] += (held == 1.0).sum(axis=-1)
            self.asked_known[part] += np.isfinite(held).sum(axis=-1)
        labels = np.broadcast_to(np.where(solved, outcome.selection.support, ""), shape)
        for label in np.unique(labels).tolist():
            into = self.regimes.setdefault(label, np.zeros(self.shape, np.int64))
            into[part] += (labels == label).sum(axis=-1)

    def asked_for(self) -> Likelihood | None:
        """The probability of the event that was asked for."""
        if self.asked is None:
            return None
        return _likely("event", "", self.asked.about, self.asked_holds, self.asked_known)

    def events(self) -> list[Likelihood]:
        """Probabilities of everything counted."""
        self.regimes.pop("", None)  # where nothing is known
        solved = sum(self.regimes.values(), np.zeros(self.shape, np.int64))
        found = [
            _likely(each.name, each.side, _phrases(each)[0], self.holds[k], self.known[k])
            for k, each in enumerate(self.watched)
        ]
        found += [
            _likely(EQUILIBRIUM, "", label, count, solved)
            for label, count in sorted(self.regimes.items())
        ]
        return found


def _likely(
    kind: str, side: str, phrase: str, holds: NDArray[np.int64], known: NDArray[np.int64]
) -> Likelihood:
    share = np.where(known > 0, holds / np.maximum(known, 1), np.nan)
    return Likelihood(kind, side, phrase, share, known)


__all__ = ["LEVELS", "POINTS", "ChanceMap", "Likelihood", "chance_map"]
