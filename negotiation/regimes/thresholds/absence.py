"""What does not change along a parameter: how near it comes, and whether it does further out."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import ParameterError
from negotiation.games.game import Array
from negotiation.model import Model, Parameter
from negotiation.outcome import Outcome, Status
from negotiation.outcome.columns import deviations
from negotiation.regimes.event import EventNature
from negotiation.regimes.locate import ASIDE, Root, Scan, of_equilibria, search
from negotiation.regimes.phrases import Wanted
from negotiation.regimes.roots import roundest
from negotiation.regimes.signal import (
    CONCEPTS,
    EQUILIBRIUM,
    REPLY,
    SET,
    SURPLUS,
    Signal,
    SignalKind,
    concepts_disagree,
)
from negotiation.regimes.thresholds.events import Change

#: Places looked at on either side of the range for the nearest change beyond it.
_BEYOND = 8

#: How far towards a bound of the parameter is looked. Not all the way: what only happens at the
#: last value allowed, where a lever has taken everything, is no regime.
_NEARLY = 0.98

#: How far beyond the range is looked where the parameter has no bound, in ranges.
_RANGES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)

#: How often the way to places that the model refuses is halved.
_HALVINGS = 12


@dataclasses.dataclass(frozen=True)
class Beyond:
    """Where something changes outside the range.

    Attributes
    ----------
    at : float
    signal : Signal or None
        None for the equilibrium.
    below, above : int
        Its signs on either side; 0 where it is as good as zero.
    selected : (str, str)
        The equilibria selected on either side; empty where none is certified.
    """

    at: float
    signal: Signal | None
    below: int = 0
    above: int = 0
    selected: tuple[str, str] = ("", "")


@dataclasses.dataclass(frozen=True)
class Zeros:
    """Where along the range a signal is as good as zero.

    Attributes
    ----------
    low, high : float
        Without the digits of a step off a threshold.
    count : int
        Places looked at at which it is.
    steady : bool
        It is at all of them in between.
    end : str
        `lower` or `upper` where it is only at that end of the range.
    """

    low: float
    high: float
    count: int
    steady: bool
    end: str


@dataclasses.dataclass(frozen=True)
class Absence:
    """A watched event that does not occur within the range.

    Attributes
    ----------
    kind : str
        As of `Change`.
    model : type of Model
    parameter : str
    signal : Signal or None
        The signal that does not change sign, of best replies the one that comes nearest; None of
        the equilibrium.
    nearest, nearest_at : float
        The signal where it is nearest to zero among the places looked at, and that place; of the
        equilibrium what the best deviation there would lose. NaN where it is not defined.
    shown_at : float
        That place without the digits of a step off a threshold.
    sign : int
        Of the signal where it is not zero; 0 where it is throughout.
    defined : bool
        Whether the signal has a value anywhere.
    agree : bool
        Of the concepts, whether they agree on who pays.
    zeros : Zeros or None
        Where the signal is zero, if it is somewhere.
    seen : tuple of str
        The selected equilibria along the range; empty where none is certified, `?` if unknown.
    deviation : (str, str)
        Whose the best deviation is, and which.
    wish : str
        The change of equilibrium that was asked for and does not happen; else empty.
    unit : str
    further : Beyond or None
        The nearest change outside the range, within the parameter's bounds, if one was found.
    up, down : float
        How far beyond the range was looked; NaN where there is nothing beyond.
    """

    kind: str
    model: type[Model]
    parameter: str
    signal: Signal | None
    unit: str
    further: Beyond | None
    up: float
    down: float
    nearest: float = np.nan
    nearest_at: float = np.nan
    shown_at: float = np.nan
    sign: int = 0
    defined: bool = True
    agree: bool = True
    zeros: Zeros | None = None
    seen: tuple[str, ...] = ()
    deviation: tuple[str, str] = ("", "")
    wish: str = ""

    @property
    def beyond(self) -> float:
        """Where it does change outside the range; NaN where that was not found."""
        return np.nan if self.further is None else self.further.at

    @property
    def subject(self) -> str:
        """What does not change, in words."""
        return str(_words().subject(self))

    @property
    def holds(self) -> str:
        """What holds throughout, in words."""
        return str(_words().holds(self))

    @property
    def tried(self) -> str:
        """How far beyond the range was looked, in words; empty where there is nothing beyond."""
        return str(_words().tried(self))

    @property
    def sentence(self) -> str:
        """The whole of it in words."""
        return str(_words().sentence(self))


def _words() -> Any:
    # Reports stand on this room; the names of release 0.1 reach up to them when they are asked for.
    return import_module("negotiation.report.absences")


@dataclasses.dataclass(frozen=True)
class Gap:
    """An interval in which something could not be looked at, to the places looked at.

    Attributes
    ----------
    low, high : float
    what, why : str
    """

    low: float
    high: float
    what: str
    why: str


@dataclasses.dataclass(frozen=True, eq=False)
class _Side:
    """What lies beyond one end of the range."""

    scan: Scan
    roots: list[Root]
    up: bool

    @property
    def end(self) -> float:
        """How far was looked."""
        return self.scan.high if self.up else self.scan.low


def absences(
    scan: Scan, spec: Parameter, changes: Sequence[Change], wish: Wanted | None
) -> Iterator[Absence]:
    """Say of every watched event that does not occur how far off it is."""
    kinds = {change.kind for change in changes}
    subjects = {change.subject for change in changes}
    functions = [signal for signal in scan.signals if signal.name not in (EQUILIBRIUM, REPLY)]
    absent = [
        signal
        for signal in functions
        if signal.subject not in subjects
        and not (signal.name == CONCEPTS and (signal.name in kinds or signal.place == (1,)))
    ]
    no_equilibrium = not kinds & {EQUILIBRIUM, SET}
    no_equilibrium &= wish is None or wish.kind in (EQUILIBRIUM, SET)
    answers = [signal for signal in scan.signals if signal.name == REPLY]
    if REPLY in kinds:
        answers = []
    if not (no_equilibrium or answers or absent):
        return
    sides = list(_sides(scan, spec, [*absent, *answers]))
    if no_equilibrium:
        yield _equilibrium(scan, sides, wish)
    if answers:
        yield _reply(scan, answers, sides)
    for signal in absent:
        yield _score(scan, signal, sides)


# --- beyond the range -----------------------------------------------------------------------------


def _sides(scan: Scan, spec: Parameter, watched: Sequence[Signal]) -> Iterator[_Side]:
    """Look beyond either end of the range for what is absent within it."""
    for end, bound, up in ((scan.high, spec.upper, True), (scan.low, spec.low, False)):
        if bound is None:
            places = end + (1.0 if up else -1.0) * scan.width * np.array([0.0, *_RANGES])
        elif abs(bound - end) > 1e-9 * scan.width:
            places = np.linspace(end, end + _NEARLY * (bound - end), _BEYOND + 1)
        else:
            continue
        beyond = _looked(scan, places, watched)
        if beyond is not None:
            yield _Side(beyond, search(beyond), up)


def _looked(scan: Scan, places: Array, watched: Sequence[Signal]) -> Scan | None:
    """Look at places beyond an end, nearer ones where the model refuses those; None if all."""
    for _ in range(_HALVINGS):
        beyond = scan.beside(float(places.min()), float(places.max()), watched)
        try:
            beyond.add(places)
        except ParameterError:
            places = places[0] + 0.5 * (places - places[0])
        else:
            return beyond
    return None


def _nearest(scan: Scan, sides: Sequence[_Side], names: set[str]) -> tuple[_Side, Root] | None:
    """The nearest root beyond the range of one of several functions; of equilibria if none."""
    found = []
    for side in sides:
        shared = scan.high if side.up else scan.low
        for root in side.roots:
            if abs(root.x - shared) <= 2.0 * ASIDE * side.scan.width:
                continue  # a tie at the end of the range, which is told of there
            if names:
                mine = root.signal >= 0 and side.scan.signals[root.signal].subject in names
            else:
                mine = of_equilibria(side.scan, root)
            if mine and root.kind is not EventNature.TOUCH:
                found.append((abs(root.x - (scan.high if side.up else scan.low)), side, root))
    if not found:
        return None
    _, side, root = min(found, key=lambda each: each[0])
    return side, root


def _about(
    scan: Scan, sides: Sequence[_Side], kind: str, signal: Signal | None, names: set[str]
) -> dict[str, Any]:
    """What is said of every absence; `names` are the signals of which it is one."""
    ends = {side.up: side.end for side in sides}
    return {
        "kind": kind,
        "model": type(scan.model),
        "parameter": scan.name,
        "signal": signal,
        "unit": type(scan.model).payoff_unit if signal is None else signal.unit,
        "further": _further(scan, sides, names),
        "up": ends.get(True, np.nan),
        "down": ends.get(False, np.nan),
    }


def _further(scan: Scan, sides: Sequence[_Side], names: set[str]) -> Beyond | None:
    """Where it happens beyond the range."""
    found = _nearest(scan, sides, names)
    if found is None:
        return None
    side, root = found
    if of_equilibria(side.scan, root):
        return Beyond(root.x, None, selected=_selected(side.scan, root))
    flat = side.scan.zero(root.signal) if root.kind is EventNature.FLAT else -1.0
    below, above = (
        0 if abs(each) <= flat else 1 if each > 0.0 else -1 for each in _beside(side.scan, root)
    )
    return Beyond(root.x, side.scan.signals[root.signal], below, above)


def _beside(scan: Scan, root: Root) -> tuple[float, float]:
    """A function on either side of where it passes zero; its value there may be zero exactly."""
    if root.kind is EventNature.HOLE:
        return root.at_low, root.at_high
    step = ASIDE * scan.width
    places = np.array([root.low - step, root.high + step]).clip(scan.low, scan.high)
    one, two = scan.call(places, np.full(2, root.signal)).tolist()
    return one, two


def _selected(scan: Scan, root: Root) -> tuple[str, str]:
    """The selected equilibria on either side of a root."""
    step = 0.5 * ASIDE * scan.width
    left = int(np.flatnonzero(np.append(True, scan.x[1:] < root.low - step))[-1])
    right = int(np.flatnonzero(np.append(scan.x[:-1] > root.high + step, True))[0])
    return str(scan.chosen[left]), str(scan.chosen[right])


# --- within the range -----------------------------------------------------------------------------


def _score(scan: Scan, signal: Signal, sides: Sequence[_Side]) -> Absence:
    w = scan.signals.index(signal)
    values, signs = scan.values[:, w], scan.signs(w)
    about = _about(scan, sides, signal.name, signal, {signal.subject})
    some = np.flatnonzero(np.isfinite(values))
    if not len(some):
        return Absence(**about, defined=False)
    k = int(some[np.abs(values[some]).argmin()])
    at = float(scan.x[k])
    found = Absence(**about, nearest=float(values[k]), nearest_at=at, shown_at=_rounded(scan, at))
    if signal.name == CONCEPTS:
        other = next(each for each in scan.signals if each.name == CONCEPTS and each != signal)
        pair = (found.nearest, float(scan.values[k, scan.signals.index(other)]))
        return dataclasses.replace(found, agree=not concepts_disagree(*pair))
    if not np.nan_to_num(signs).any():
        return found
    if found.nearest == 0.0 or not signs[k]:
        sign = 1 if np.nansum(signs) > 0.0 else -1
        return dataclasses.replace(found, sign=sign, zeros=_zeros(scan, signs))
    return dataclasses.replace(found, sign=int(signs[np.flatnonzero(np.nan_to_num(signs))[0]]))


def _rounded(scan: Scan, x: float) -> float:
    """Return a place without the digits of a step off a threshold."""
    if x in (scan.low, scan.high):
        return x
    near = 4.0 * ASIDE * scan.width
    return min(max(roundest(x - near, x + near), scan.low), scan.high)


def _zeros(scan: Scan, signs: Array) -> Zeros:
    """Where along the range a function is as good as zero."""
    zero = scan.x[signs == 0.0]
    # Beside a threshold was looked at a step from it, whose digits say nothing.
    low, high = (_rounded(scan, float(x)) for x in (zero.min(), zero.max()))
    end = ""
    if high - low <= 2.0 * ASIDE * scan.width:
        ends = ((scan.low, "lower"), (scan.high, "upper"))
        at, end = next(((x, name) for x, name in ends if low <= x <= high), (low, ""))
        low = high = at
    steady = ((scan.x >= zero.min()) & (scan.x <= zero.max())).sum() == len(zero)
    return Zeros(low, high, len(zero), bool(steady), end)


def _reply(scan: Scan, answers: Sequence[Signal], sides: Sequence[_Side]) -> Absence:
    best: tuple[float, float, Signal] | None = None
    for signal in answers:
        values = scan.values[:, scan.signals.index(signal)]
        lead = np.where(values > 0.0, values, np.inf)
        k = int(lead.argmin())
        if np.isfinite(lead[k]) and (best is None or lead[k] < best[0]):
            best = (float(lead[k]), float(scan.x[k]), signal)
    nearest = None if best is None else best[2]
    about = _about(scan, sides, REPLY, nearest, {signal.subject for signal in answers})
    if best is None:
        return Absence(**about, defined=False)
    return Absence(**about, nearest=best[0], nearest_at=best[1], shown_at=best[1])


def _untied(scan: Scan) -> NDArray[np.bool_]:
    """(N,) places that do not lie at an end of the range at which payoffs are tied."""
    near = ASIDE * scan.width
    low, high = scan.tied
    at_low = (scan.x - scan.low <= near) & low
    at_high = (scan.high - scan.x <= near) & high
    return np.asarray(~(at_low | at_high))


def _loss(outcome: Outcome, player: str) -> Array:
    return deviations(outcome)[player][0]


def _equilibrium(scan: Scan, sides: Sequence[_Side], wish: Wanted | None) -> Absence:
    about = _about(scan, sides, EQUILIBRIUM, None, set())
    seen: list[str] = []
    untied = _untied(scan)
    for chosen, sure in zip(scan.chosen[untied], scan.known[untied], strict=True):
        one = str(chosen) if sure else "?"
        if not seen or seen[-1] != one:
            seen.append(one)
    if len(seen) > 1 and wish is not None and wish.becomes:
        about |= {"further": None, "unit": ""}
        return Absence(**about, seen=tuple(seen), wish=wish.phrase)
    found = Absence(**about, seen=tuple(seen))
    for player in type(scan.model).players:
        loss = scan.read(scan.x, functools.partial(_loss, player=player))
        if not np.isfinite(loss).any():
            continue
        k = int(np.nanargmin(np.where(untied, loss, np.inf)))
        if not loss[k] >= found.nearest:
            at = float(scan.x[k])
            outcome, row = scan.at(at)
            move = player, str(deviations(outcome)[player][1].text[row])
            found = dataclasses.replace(
                found, nearest=float(loss[k]), nearest_at=at, shown_at=at, deviation=move
            )
    return found


# --- what could not be looked at ------------------------------------------------------------------


def gaps(scan: Scan, places: Sequence[float], close: float) -> Iterator[Gap]:
    """Intervals, between places looked at, in which something is not known or not certified.

    Within `close` of a threshold (a share of the range) games are nearly degenerate, and that
    others exist cannot be excluded there; what holds at the threshold itself is given with it.
    """
    beside = np.zeros(len(scan.x), dtype=bool)
    for place in places:
        beside |= np.abs(scan.x - place) <= 2.0 * close * scan.width
    for why in sorted({str(each) for each in scan.status}):
        if why != Status.CERTIFIED.value:
            for low, high in _runs(scan, scan.status == why, beside):
                yield Gap(low, high, "the equilibria", why)
    surplus = next((w for w, signal in enumerate(scan.signals) if signal.name == SURPLUS), None)
    explained = ~scan.known
    if surplus is not None:
        explained |= ~(scan.values[:, surplus] > 0.0)
    for w, signal in enumerate(scan.signals):
        if signal.side and signal.kind is SignalKind.SELECTED and signal.name != CONCEPTS:
            missing = np.isnan(scan.values[:, w]) & ~explained
            for low, high in _runs(scan, missing, beside):
                yield Gap(low, high, signal.subject, "it is not defined there")


def _runs(
    scan: Scan, bad: NDArray[np.bool_], beside: NDArray[np.bool_]
) -> Iterator[tuple[float, float]]:
    """Ends of runs of places, out to the neighbours that are not part of them.

    Runs that lie wholly beside a threshold are left out.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], bad, [False]]).astype(int)))
    for first, last in edges.reshape(-1, 2):
        if not beside[first:last].all():
            yield float(scan.x[max(first - 1, 0)]), float(scan.x[min(last, len(scan.x) - 1)])
