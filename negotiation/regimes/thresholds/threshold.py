"""`thresholds`: every regime change along one parameter, located on the model itself."""

from __future__ import annotations

import dataclasses

import numpy as np

from negotiation.case import POSTURE, STATUS_QUO, Case, repeated, study
from negotiation.errors import GridError, ParameterError
from negotiation.model import Model, Parameter
from negotiation.model.axis_values import comma_hint
from negotiation.model.commands import command_about
from negotiation.model.grid import check_ends, check_single
from negotiation.outcome import evaluate, in_clouds
from negotiation.regimes.locate import Scan, search
from negotiation.regimes.phrases import Wanted, wanted
from negotiation.regimes.signal import (
    EQUILIBRIUM,
    REPLY,
    SET,
    TIE,
    Signal,
    SignalUse,
    replies,
    signals_of,
)
from negotiation.regimes.thresholds.absence import Absence, Gap, absences, gaps
from negotiation.regimes.thresholds.events import Threshold, events
from negotiation.shell import mention
from negotiation.tolerances import JUMP_NEAR

#: Places looked at before anything is located. A function that dips through zero and back between
#: two of them is followed; one that does so more sharply than a kink is not seen.
POINTS = 129


@dataclasses.dataclass(frozen=True, eq=False)
class Thresholds:
    """All thresholds along a parameter, and what does not change.

    Attributes
    ----------
    case : Case
    parameter : Parameter
    low, high : float
    threat_about : str
    events : tuple of Threshold
        In order along the parameter.
    absent : tuple of Absence
        Watched events that do not occur, with how near they come and where they do occur.
    gaps : tuple of Gap
        Intervals in which something could not be looked at.
    looked_at : int
        Places at which the model was evaluated and kept.
    when : str
        The phrase asked for; empty for all.
    """

    case: Case
    parameter: Parameter
    low: float
    high: float
    threat_about: str
    events: tuple[Threshold, ...]
    absent: tuple[Absence, ...]
    gaps: tuple[Gap, ...]
    looked_at: int
    when: str = ""

    @property
    def model(self) -> Model:
        """The point that was looked around."""
        return self.case.model

    @property
    def certified(self) -> bool:
        """Whether all that was asked for could be looked at, with certified equilibria."""
        return not self.gaps


@study(once={2: "settings"})
def thresholds(
    case: Case,
    axis: str,
    *,
    when: str | None = None,
    points: int = POINTS,
) -> Thresholds:
    """Locate every regime change along one parameter to 1e-10 of its range.

    The range is looked at in one cloud; sign changes of all watched functions are bracketed,
    functions that come near zero are followed, and all brackets are narrowed together by root
    finding on the model itself.

    Parameters
    ----------
    case : Case, or what makes one
    axis : str
        The parameter and its range: `diversification=0:0.6`.
    when : str, optional
        A phrase such as "the US loses without a deal" or "us: escalate -> keep": only this event.
    points : int
        Places looked at first.

    Raises
    ------
    GridError, ParameterError
        For an axis or a phrase that does not fit the model.
    """
    base, cls = case.model, type(case.model)
    spec, low, high = read_range(cls, axis)
    check_single(base, "thresholds are")
    case.check_varied([spec.name])
    if points < 3:
        raise GridError(f"{points} points were asked for; expected at least 3")
    check_many(case, spec.name)
    wish = wanted(base, when) if when else None
    scan = Scan(case, spec.name, low, high, _watched(base, wish))
    first = np.linspace(low, high, points)
    # A step off either end shows which way a function sets out from there.
    nudge = 1e-3 * (first[1] - first[0])
    scan.add(np.append(first, [low + nudge, high - nudge]))
    every = list(events(scan, search(scan)))
    found = [event for event in every if _asked(event, wish)]
    return Thresholds(
        case=case,
        parameter=spec,
        low=low,
        high=high,
        threat_about=scan.at(low)[0].threat.about,
        events=tuple(found),
        absent=tuple(absences(scan, spec, [c for each in found for c in each.changes], wish)),
        gaps=tuple(gaps(scan, [each.value for each in every], JUMP_NEAR)),
        looked_at=len(scan.x),
        when=wish.phrase if wish else "",
    )


def _sweep(model: type[Model], spec: Parameter) -> str:
    some = ",".join(map(spec.written, spec.options)) or "1:5"  # of whole numbers without bounds
    return command_about("sweep", model, f"--vary {spec.name}={some}")


def read_range(model: type[Model], axis: str) -> tuple[Parameter, float, float]:
    """Read `name=low:high`, and check both ends against the parameter.

    Raises
    ------
    GridError, ParameterError
    """
    name, equals, values = axis.partition("=")
    example = "expected NAME=LOW:HIGH, e.g. diversification=0:0.4"
    parts = values.split(":")
    if not equals or not name.strip() or len(parts) != 2:
        more = " (thresholds are located, so that no number of points is needed)"
        raise GridError(f"'{axis}' is not a range; {example}{more if len(parts) == 3 else ''}")
    spec = model.find_parameter(name.strip())
    if not spec.numeric:
        raise GridError(
            f"parameter {spec.name} of model {model.name()} takes {spec.takes}, so that it has no "
            f"thresholds; {mention(_sweep(model, spec))} tries its values one by one"
        )
    try:
        low, high = sorted(spec.number(part) for part in parts)
    except ValueError:
        raise GridError(f"'{axis}' is not a range; {example}{comma_hint(axis)}") from None
    check_ends(axis, spec, (low, high), model.name())
    if low == high:
        raise GridError(f"'{axis}' starts and ends at {low:g}; give different ends")
    return spec, low, high


def check_many(case: Case, name: str) -> None:
    """Check that a threat point can be had at many points of a model at once.

    Raises
    ------
    ParameterError
    """
    model, threat = case.model, case.threat
    if threat in (POSTURE, STATUS_QUO):
        return
    try:
        evaluate(case.at(model.at_values({name: np.full(2, float(model.value(name)))})))
    except ParameterError as error:
        if in_clouds(case):
            raise
        here = f"--set {name}={float(model.value(name)):g}"
        one = command_about("solve", model, here, *repeated(case, [name]))
        raise ParameterError(
            f"threat point {threat} cannot be looked at along {name} ({error}); take another "
            f"--threat, or one point at a time, as {mention(one)} does"
        ) from None


def _watched(model: Model, wish: Wanted | None) -> list[Signal]:
    """What is watched: all of it, or what a phrase needs."""
    every = [*signals_of(model, SignalUse.THRESHOLD), *replies(model)]
    if wish is None:
        return every
    if wish.kind == REPLY and wish.becomes:
        mine = next(signal for signal in every if signal.positive == wish.becomes)
        return [signal for signal in every if signal.place[:2] == mine.place[:2] and signal.place]
    return [
        signal
        for signal in every
        if signal.name == wish.kind
        and (wish.kind == REPLY or wish.becomes in (signal.negative, signal.positive))
    ]


def _asked(event: Threshold, wish: Wanted | None) -> bool:
    if wish is None:
        return True
    if wish.kind == SET:  # the selected equilibrium is one of the set
        return any(change.kind in (SET, EQUILIBRIUM) for change in event.changes)
    return any(
        (change.kind == wish.kind or (change.kind == TIE and wish.phrase in change.phrases))
        and (not wish.becomes or wish.becomes in change.phrases)
        for change in event.changes
    )
