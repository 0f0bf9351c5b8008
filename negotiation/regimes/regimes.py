"""Regime changes along one parameter of a sweep: where they are, or how far off.

The support of the selected equilibrium changes, or a signal changes sign. The points of the sweep
are where the search starts, and none of them is solved again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negotiation.case import Case, study
from negotiation.games.game import Array
from negotiation.model import Parameter
from negotiation.outcome import Outcome
from negotiation.outcome.columns import column
from negotiation.regimes.event import Event, EventNature, EventSide, kind_of
from negotiation.regimes.locate import ASIDE, Root, Scan, of_equilibria, search
from negotiation.regimes.roots import narrowest, roundest
from negotiation.regimes.signal import TIE, Signal, SignalUse, signals_of
from negotiation.regimes.signs import dips, signs_of
from negotiation.regimes.thresholds.events import Place, places
from negotiation.tolerances import THRESHOLD, ZERO_LOSS

if TYPE_CHECKING:
    import xarray as xr

#: Lines of a grid of two or more dimensions that are followed.
_MOST_LINES = 25

#: Points of a line from which on the search starts only from those that tell something: either side
#: of a change, dips towards zero, extremes, and so many spread evenly.
_MANY_POINTS, _SPREAD = 10_000, 1_000

#: A step off a place as a share of the value itself, where the range is narrower than
#: floating-point numbers can show: payoffs there are told apart from ties to 1e-9.
_LEAST_ASIDE = 1e-9

#: Share of the width of a location within which digits are rounding: root finding ends far below.
_DIGITS = 1e-3

#: Points looked at on either side of the swept range for the nearest change beyond it, and how far
#: towards a bound of the parameter. Not all the way: what only happens at the last value allowed,
#: where a lever has taken everything, is no regime.
_BEYOND = 8
_NEARLY = 0.98

#: The sides of a change are told at places that are at least this share of the range from it.
_APART = 1e-3


@study(once={2: "settings"}, second=True)
def regimes(case: Case, data: xr.Dataset) -> list[Event]:
    """Find every regime change along the first numeric axis of a sweep.

    An axis of whole numbers is followed where there is no other: between which two of them
    something changes.

    Parameters
    ----------
    case : Case, or what makes one
    data : xarray.Dataset
        From `sweep` of the same case.

    Returns
    -------
    list of Event
        In order along the parameter, kind by kind; where a kind does not occur, one event that
        says so and how far off it is. Empty if no axis is numeric. For more than one axis every
        line along the first is followed, up to 25 lines. Of a line of more than 10,000 points the
        search starts from those at which something is about to change, or comes near to it; what
        is counted and what is nearest is of all of them.
    """
    dims = [str(name) for name in data.dims]
    several = [d for d in dims if data.sizes[d] > 1]
    along = next((d for kind in "fi" for d in several if data[d].dtype.kind == kind), None)
    if along is None:
        return []
    others = [d for d in dims if d != along]
    events: list[Event] = []
    order = np.argsort(data[along].values, kind="stable")
    lines = int(np.prod([data.sizes[d] for d in others]))
    for number, index in enumerate(np.ndindex(*(data.sizes[d] for d in others))):
        if number >= _MOST_LINES:
            nature = EventNature.UNFOLLOWED
            kind, unknown = str(nature), np.nan
            told = Event(kind, nature, type(case.model), along, unknown, False, defined=number)
            events.append(dataclasses.replace(told, points=lines))
            break
        chosen = {d: data[d].values[i].item() for d, i in zip(others, index, strict=True)}
        place = dict(zip(others, index, strict=True))
        line = _Line(
            case=case.at(case.model.at_values(chosen)),
            axis=case.model.find_parameter(along),
            points=data[along].values[order],
            columns=_Columns(data, place, order),
            place=tuple(chosen.items()),
        )
        whole = line.points.dtype.kind == "i"
        events += _steps(line) if whole else _Followed(line).events()
    return events


class _Columns(Mapping[str, NDArray[Any]]):
    """Results along one line of a sweep, each read when it is asked for.

    Of a large grid a few lines are followed, and of their columns a few are looked at.
    """

    def __init__(
        self, data: xr.Dataset, place: Mapping[str, int], order: NDArray[np.int64]
    ) -> None:
        self._data, self._place = data, place
        self._order = None if (order[:-1] < order[1:]).all() else order
        self._read: dict[str, NDArray[Any]] = {}

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._read:
            values = self._data.data_vars[name]
            here = {d: self._place[str(d)] for d in values.dims if str(d) in self._place}
            line = values.isel(here).values if here else values.values
            self._read[name] = line if self._order is None else line[self._order]
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return map(str, self._data.data_vars)

    def __len__(self) -> int:
        return len(self._data.data_vars)


@dataclasses.dataclass(frozen=True)
class _Line:
    """One line of a sweep: a case along one parameter, everything else fixed.

    Attributes
    ----------
    case : Case
    axis : Parameter
    points : array
        Values in the sweep, rising.
    columns : mapping of column to array
        Results there.
    place : tuple of (name, value)
        The other parameters.
    """

    case: Case
    axis: Parameter
    points: NDArray[Any]
    columns: Mapping[str, NDArray[Any]]
    place: tuple[tuple[str, Any], ...]

    @cached_property
    def signals(self) -> list[Signal]:
        """The signals that the sweep has recorded."""
        found = signals_of(self.case.model, SignalUse.SWEEP)
        return [s for s in found if {s.column, s.shown} <= self.columns.keys()]

    def located(self, signal: Signal) -> Array:
        """(N,) a signal at the points."""
        defined = np.isfinite(self.columns[signal.shown])
        return np.where(defined, self.columns[signal.column], np.nan)

    def event(self, signal: Signal | None, nature: EventNature, value: float, **more: Any) -> Event:
        """Make an event of this line."""
        return Event(
            more.pop("kind", kind_of(signal)),
            nature,
            type(self.case.model),
            self.axis.name,
            value,
            more.pop("within", True),
            signal=signal,
            place=self.place,
            span=(float(self.points[0]), float(self.points[-1])),
            points=len(self.points),
            **more,
        )


@dataclasses.dataclass(frozen=True, eq=False)
class _Followed:
    """A line of numbers without gaps, followed between its points and beyond them."""

    line: _Line

    @cached_property
    def scan(self) -> Scan:
        """What is known of the line; at first the points of the sweep."""
        line = self.line
        ends = float(line.points[0]), float(line.points[-1])
        signals = list(line.signals)
        return Scan(line.case, line.axis.name, *ends, signals, every=False)

    def events(self) -> Iterator[Event]:
        """Every change, kind by kind, or that there is none."""
        ties = list(self._start())
        scan = self.scan
        roots = search(scan)
        found = places(scan, roots)
        changes = list(self._equilibria(scan, found))
        by_signal = {s: list(self._signs(scan, found, w)) for w, s in enumerate(self.line.signals)}
        missing = [signal for signal, some in by_signal.items() if not some]
        beyond = list(self._beyond(missing)) if missing or not changes else []
        yield from sorted([*ties, *changes], key=lambda event: event.value)
        if not changes:
            yield self._same(beyond)
        for signal, some in by_signal.items():
            yield from some or [self._unsigned(signal, roots, beyond)]

    # --- the points of the sweep ----------------------------------------------------------------

    def _start(self) -> Iterator[Event]:
        """Put down the points of the sweep, and what is beside a change; tell of ties.

        What a side has where payoffs are tied is a choice among equilibria, and no sign of
        anything: such points are left out, and what is beside them stands for them.
        """
        line, scan = self.line, self.scan
        points = line.points.astype(float)
        labels = line.columns["equilibrium"].astype(str, copy=False)
        changed = np.flatnonzero(labels[1:] != labels[:-1])
        near = np.union1d(changed, changed + 1)
        x = points[near]
        step = np.array([self._aside(each) for each in x.tolist()])
        room = np.diff(points)
        left = np.maximum(x - np.minimum(step, np.append(np.inf, room)[near] / 3.0), scan.low)
        right = np.minimum(x + np.minimum(step, np.append(room, np.inf)[near] / 3.0), scan.high)
        beside = np.setdiff1d(np.concatenate([left, right]), points)
        scan.solve(beside)
        tied = np.zeros(len(points), dtype=bool)
        told = []
        for k, a, here, b in zip(
            near.tolist(), left.tolist(), x.tolist(), right.tolist(), strict=True
        ):
            sides = {y: _support(scan, y) for y in (a, b) if y != here}
            others = {each for each in sides.values() if each and each != labels[k]}
            if others and self._is_tie(here, [y for y in (a, b) if y != here], others):
                tied[k] = True
                if len(sides) < 2 or len(set(sides.values())) == 1:
                    told.append(self._tie(here, sides))
        scan.left_out += points[tied].tolist()
        # Where a tie was suspected the game is at hand, and says more than the sweep.
        telling = self._telling(points, labels)
        own = np.zeros(len(points), dtype=bool)
        own[telling] = [not scan.is_solved(x) for x in points[telling].tolist()]
        own &= ~tied
        scan.seed(
            points[own],
            np.array([line.located(s)[own] for s in line.signals]).reshape(-1, own.sum()).T,
            labels[own],
            line.columns["status"][own].astype(str),
        )
        scan.add(np.concatenate([beside, points[telling][~own[telling]]]))
        if not scan.largest:
            scan.measure(points[:-1] + 0.5 * room)
        yield from told

    def _telling(self, points: Array, labels: NDArray[np.str_]) -> NDArray[np.int64]:
        """Places of the points between which something may hide; of a short line all of them."""
        line, count = self.line, len(points)
        if count <= _MANY_POINTS:
            return np.arange(count)
        self.scan.measure(points[:-1] + 0.5 * np.diff(points))
        status = line.columns["status"]
        changes = (labels[1:] != labels[:-1]) | (status[1:] != status[:-1])
        some = [np.linspace(0, count - 1, _SPREAD).astype(np.int64)]
        for signal in line.signals:
            values, shown = line.located(signal), np.abs(line.columns[signal.shown])
            signs = signs_of(signal, values, self.scan.largest)
            changes |= (signs[1:] != signs[:-1]) & ~(np.isnan(signs[1:]) & np.isnan(signs[:-1]))
            if np.isfinite(shown).any():
                known = np.where(np.isfinite(signs) & (signs != 0.0), shown, np.inf)
                some += [np.array([np.nanargmax(np.abs(values)), known.argmin()])]
            dip = np.array(dips(values, signs), dtype=np.int64)
            some += [dip - 1, dip, dip + 1]
        near = np.flatnonzero(changes)
        return np.unique(np.concatenate([near, near + 1, *some]))

    def _aside(self, x: float) -> float:
        """A step off a place: small against the range, yet past every tie."""
        return max(ASIDE * self.scan.width, _LEAST_ASIDE * abs(x))

    def _is_tie(self, x: float, beside: Sequence[float], others: set[str]) -> bool:
        """Whether payoffs are tied at a point and not beside it, or what is chosen there as good.

        That is, whether an equilibrium selected beside it gives everybody as much there.
        """
        scan = self.scan
        exact = scan.degenerate(np.array([x, *beside]))
        # Where payoffs are as tied on either side as here, nothing is special about the point.
        if exact[0] and not (len(beside) > 1 and exact[1:].all()):
            return True
        outcome, k = scan.at(x)
        finite = np.abs(outcome.game.payoffs[np.isfinite(outcome.game.payoffs)])
        zero = ZERO_LOSS * float(finite.max(initial=0.0))
        chosen = outcome.selection.payoffs[k]
        return any(
            each.support in others and np.abs(np.array(each.payoffs) - chosen).max() <= zero
            for each in outcome.equilibria.at((k,))
        )

    def _tie(self, x: float, sides: Mapping[float, str]) -> Event:
        """What holds at a tied point, and beside it."""
        outcome, k = self.scan.at(x)
        every = tuple(sorted({str(each) for each in outcome.equilibria.supports[k] if each}))
        here = self._held(x)
        below, above = (
            next((self._held(y) for y in sides if (y - x) * way > 0.0), None) for way in (-1.0, 1.0)
        )
        return self.line.event(
            None,
            EventNature.TIE,
            x,
            kind=TIE,
            below=below or here,
            above=above or here,
            chosen=here.support,
            tied=every,
        )

    # --- changes --------------------------------------------------------------------------------

    def _held(self, x: float, scan: Scan | None = None) -> EventSide:
        """The equilibrium at a place, with payoffs."""
        outcome, k = (scan or self.scan).at(x)
        chosen = outcome.selection
        payoffs = zip(outcome.game.players, map(float, chosen.payoffs[k]), strict=True)
        return EventSide(x, str(chosen.support[k]), tuple(payoffs))

    def _equilibria(
        self, scan: Scan, found: Sequence[Place], within: bool = True
    ) -> Iterator[Event]:
        for place in found:
            below, above = self._held(place.below, scan), self._held(place.above, scan)
            if below.support != above.support:
                outcome, k = scan.at(place.above)
                yield self.line.event(
                    None,
                    EventNature.JUMP,
                    self._snapped(place.x),
                    within=within,
                    below=below,
                    above=above,
                    remains=bool(below.support) and below.support in outcome.equilibria.supports[k],
                )

    def _signs(
        self, scan: Scan, found: Sequence[Place], w: int, within: bool = True
    ) -> Iterator[Event]:
        """Changes of sign of one signal."""
        signal = scan.signals[w]
        begun: Root | None = None
        for place in found:
            for root in place.roots:
                if root.signal != w or root.kind is EventNature.TOUCH:
                    continue
                below, above = self._sides(scan, w, root)
                if root.kind is EventNature.FLAT:
                    if root.at_high == 0.0:  # it reaches zero, and may leave it on the other side
                        begun = root
                        continue
                    before = self._sides(scan, w, begun)[0] if begun else above
                    if begun and before.sign * above.sign < 0:
                        ends = self._snapped(begun.x), self._snapped(root.x)
                        more = {"below": before, "above": above, "zeros": (ends,)}
                        yield self.line.event(signal, root.kind, ends[0], within=within, **more)
                    begun = None
                elif below.sign * above.sign < 0:
                    x = self._snapped(place.x if root.kind is not EventNature.HOLE else root.x)
                    sides = {"below": below, "above": above}
                    yield self.line.event(signal, root.kind, x, within=within, **sides)

    def _sides(self, scan: Scan, w: int, root: Root) -> tuple[EventSide, EventSide]:
        """A signal on either side of a root, where it is not zero: at points well off it."""
        signs = scan.signs(w)
        known = np.flatnonzero(np.isfinite(signs) & (signs != 0.0))
        apart = _APART * scan.width
        told = []
        for way in (-1, 1):
            edge = root.low if way < 0 else root.high
            some = known[(scan.x[known] - edge) * way >= 0.0]
            if not len(some):
                told.append(EventSide())
                continue
            order = some[::-1] if way < 0 else some
            sign = signs[order[0]]
            run = order[: int(np.append(signs[order] != sign, True).argmax())]
            swept = run[np.isin(scan.x[run], self.line.points)]
            off = run[np.abs(scan.x[run] - edge) >= apart]
            k = int(swept[0] if len(swept) else off[0] if len(off) else run[-1])
            x = float(scan.x[k])
            told.append(EventSide(x, value=self._shown(scan, scan.signals[w], x), sign=int(sign)))
        return told[0], told[1]

    def _shown(self, scan: Scan, signal: Signal, x: float) -> float:
        """A signal at a place as it is shown."""
        line = self.line
        here = np.flatnonzero(line.points == x)
        if len(here):
            return float(line.columns[signal.shown][here[0]])

        def values(outcome: Outcome) -> Array:
            if signal.shown == signal.column:
                return signal.value(outcome)
            return np.asarray(column(outcome, signal.shown).values)

        return float(scan.read(np.array([x]), values)[0])

    def _snapped(self, x: float) -> float:
        """Return a bound or a point of the sweep where x is as good as there.

        Otherwise x without the digits that only rounding brings.
        """
        points, axis = self.line.points, self.line.axis
        accuracy = THRESHOLD * self.scan.width
        near = np.searchsorted(points, x)
        beside = points[max(near - 1, 0) : near + 1].tolist()
        for mark in (*beside, axis.low, axis.upper):
            if mark is not None and abs(x - mark) <= narrowest(x, mark, accuracy):
                return float(mark)
        width = narrowest(x, x, accuracy)
        trifle, wide = _DIGITS * width, width / _DIGITS
        place = roundest(x - width, x + width)
        # A number that is the roundest far and wide is meant, wherever it is within the width.
        if place == roundest(x - wide, x + wide):
            return place
        return roundest(x - trifle, x + trifle)

    # --- what does not change -------------------------------------------------------------------

    def _beyond(self, signals: Sequence[Signal]) -> Iterator[tuple[Scan, list[Place]]]:
        """Look outside the range, within the parameter's bounds, for what does not change in it."""
        scan, axis = self.scan, self.line.axis
        for k, bound, way in ((-1, axis.upper, 1.0), (0, axis.low, -1.0)):
            start = float(self.line.points[k])
            if bound is None or not (bound - start) * way > 0.0:
                continue
            probes = start + _NEARLY * (bound - start) * np.arange(1, _BEYOND + 1) / _BEYOND
            first = float(scan.x[k])  # at a tied end what is beside it
            ends = sorted([first, float(probes[-1])])
            further = scan.beside(ends[0], ends[1], signals)
            columns = [scan.signals.index(signal) for signal in signals]
            last = slice(-1, None) if k else slice(0, 1)
            further.seed(
                scan.x[last], scan.values[last][:, columns], scan.chosen[last], scan.status[last]
            )
            # A step off the end shows which way it sets out, and has the margin of the equilibrium.
            further.add(np.append(probes, first + way * ASIDE * further.width))
            yield further, places(further, search(further))

    def _tried(self, beyond: Sequence[tuple[Scan, list[Place]]]) -> tuple[float, float]:
        first, last = self.line.points[0], self.line.points[-1]
        up = [scan.high for scan, _ in beyond if scan.high > last]
        down = [scan.low for scan, _ in beyond if scan.low < first]
        return (up or [np.nan])[0], (down or [np.nan])[0]

    def _nearest(self, events: Sequence[Event]) -> Event | None:
        low, high = self.line.points[0], self.line.points[-1]
        return min(events, key=lambda e: max(e.value - high, low - e.value), default=None)

    def _same(self, beyond: Sequence[tuple[Scan, list[Place]]]) -> Event:
        """Say that the equilibrium does not change, and how far off that is."""
        line, scan = self.line, self.scan
        best: tuple[float, int, str] | None = None
        for player in type(line.case.model).players:
            loss = line.columns[f"deviation_loss_{player}"]
            loss = np.where(np.isin(line.points, scan.left_out), np.nan, loss)
            if np.isfinite(loss).any():
                k = int(np.nanargmin(loss))
                if best is None or loss[k] < best[0]:
                    best = float(loss[k]), k, player
        held = EventSide(support=str(scan.chosen[0]))
        told = line.event(
            None,
            EventNature.NONE,
            np.nan,
            within=False,
            below=held,
            above=held,
            chosen=held.support,
            tried=self._tried(beyond),
        )
        if best is not None:
            lost, k, player = best
            told = dataclasses.replace(
                told,
                nearest=EventSide(float(line.points[k]), value=lost),
                deviation=(player, str(line.columns[f"best_deviation_{player}"][k])),
            )
        # What changes with a tie at an end of the range is told of there.
        further = [
            e
            for s, found in beyond
            for e in self._equilibria(s, found, within=False)
            if not any(abs(e.value - x) <= 2.0 * ASIDE * s.width for x in scan.left_out)
        ]
        there = self._nearest(further)
        if there is None:
            return told
        return dataclasses.replace(
            told, value=there.value, below=there.below, above=there.above, remains=there.remains
        )

    def _unsigned(
        self, signal: Signal, roots: Sequence[Root], beyond: Sequence[tuple[Scan, list[Place]]]
    ) -> Event:
        """Say that a sign does not change, where it is zero, and how far off a change is."""
        line, scan = self.line, self.scan
        w = scan.signals.index(signal)
        signs, shown = scan.signs(w), line.columns[signal.shown]
        place = np.searchsorted(scan.x, line.points).clip(max=len(scan.x) - 1)
        swept = np.flatnonzero(scan.x[place] == line.points)
        own = place[swept]
        tied = np.isin(line.points, scan.left_out)
        some = np.isfinite(shown) & ~tied
        defined = int((some | tied).sum()) if some.any() else 0
        zeros = tuple(self._zeros(w, roots))
        told = line.event(
            signal,
            EventNature.NONE,
            np.nan,
            within=False,
            zeros=zeros,
            defined=defined,
            tried=self._tried(beyond),
        )
        known = np.isfinite(signs[own]) & (signs[own] != 0.0)
        if not known.any():
            return told
        k = int(own[known][np.abs(shown[swept[known]]).argmin()])
        x, sign = float(scan.x[k]), int(signs[k])
        near = EventSide(x, value=self._shown(scan, signal, x), sign=sign)
        told = dataclasses.replace(told, nearest=near, below=near, above=near)
        further = [
            e
            for s, found in beyond
            for e in self._signs(s, found, s.signals.index(signal), within=False)
        ]
        there = self._nearest(further)
        if there is None:
            return told
        return dataclasses.replace(
            told, value=there.value, nature=there.nature, below=there.below, above=there.above
        )

    def _zeros(self, w: int, roots: Sequence[Root]) -> Iterator[tuple[float, float]]:
        """Intervals, and places, at which a signal is zero."""
        scan = self.scan
        x = scan.x
        edges = np.flatnonzero(np.diff(np.concatenate([[False], scan.signs(w) == 0.0, [False]])))
        near = 2.0 * ASIDE * scan.width
        marks = [*scan.left_out, *(root.x for root in roots if of_equilibria(scan, root))]
        for first, last in edges.reshape(-1, 2) + np.array([0, -1]):
            low, high = float(x[first]), float(x[last])
            if any(low >= tie - near and high <= tie + near for tie in scan.left_out):
                continue  # beside a tie it is as small as the step
            around = float(x[max(first - 1, 0)]), float(x[min(last + 1, len(x) - 1)])
            mine = [r for r in roots if r.signal == w and around[0] <= r.x <= around[1]]
            touch = [root.x for root in mine if root.kind is EventNature.TOUCH]
            flats = [root for root in mine if root.kind is EventNature.FLAT]
            if touch and not flats:
                low = high = touch[0]
            low = next((root.x for root in flats if root.at_high == 0.0), low)
            high = next((root.x for root in flats if root.at_low == 0.0), high)
            # Where it ends with the equilibrium, it ends where that does.
            low, high = (
                next((mark for mark in marks if 0.0 < abs(mark - end) <= near), end)
                for end in (low, high)
            )
            yield self._snapped(low), self._snapped(high)


def _support(scan: Scan, x: float) -> str:
    outcome, k = scan.at(x)
    return str(outcome.selection.support[k])


# --- whole numbers --------------------------------------------------------------------------------


def _steps(line: _Line) -> Iterator[Event]:
    """Changes between neighbouring whole numbers.

    Whole numbers that the sweep leaves out are looked at where something changes across them.
    """
    ends = float(line.points[0]), float(line.points[-1])
    scan = Scan(line.case, line.axis.name, *ends, list(line.signals), every=False)
    scan.measure(line.points.astype(float))
    supports = [EventSide(support=str(each)) for each in line.columns["equilibrium"]]
    yield from _stepped(line, None, supports, lambda x: EventSide(support=_support(scan, x)))
    zero = ZERO_LOSS * scan.largest
    for w, signal in enumerate(line.signals):

        def at(x: float, w: int = w) -> EventSide:
            return _signed(float(scan.signal_at(np.array([x]), w)[0]), zero)

        states = [_signed(each, zero) for each in line.located(signal).tolist()]
        yield from _stepped(line, signal, states, at)


def _signed(value: float, zero: float) -> EventSide:
    """The sign of a value; its value is kept only if there is none."""
    if np.isnan(value):
        return EventSide()
    sign = 0 if abs(value) <= zero else int(np.sign(value))
    return EventSide(value=float(sign), sign=sign)


def _stepped(
    line: _Line,
    signal: Signal | None,
    states: Sequence[EventSide],
    at: Callable[[float], EventSide],
) -> Iterator[Event]:
    def key(held: EventSide) -> tuple[str, int, bool]:
        return held.support, held.sign, bool(np.isnan(held.value))

    points = line.points.astype(np.int64).tolist()
    changed = False
    for k in range(len(points) - 1):
        first, state = points[k], states[k]
        while key(state) != key(states[k + 1]):  # what lies between may change more than once
            changed = True
            low, high, after = first, points[k + 1], states[k + 1]
            while high - low > 1:
                middle = (low + high) // 2
                here = at(float(middle))
                if key(here) == key(state):
                    low = middle
                else:
                    high, after = middle, here
            yield line.event(
                signal, EventNature.STEP, low + 0.5, below=state, above=after, between=(low, high)
            )
            first, state = high, after
    if not changed:
        held = {"below": states[0], "above": states[0]}
        yield line.event(signal, EventNature.STEP, np.nan, within=False, **held)
