"""Where along a parameter something begins, draw by draw: the distribution of a threshold."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.case import Case, study
from negotiation.draws import Draws
from negotiation.errors import GridError, ParameterError
from negotiation.games.game import Array
from negotiation.model import Model, Parameter
from negotiation.model.grid import check_single
from negotiation.outcome import Outcome, Status
from negotiation.regimes.phrases import Wanted, wanted
from negotiation.regimes.signal import (
    CONCEPTS,
    EQUILIBRIUM,
    REPLY,
    SET,
    YIELDS,
    SignalUse,
    replies,
    signals_of,
)
from negotiation.regimes.thresholds.threshold import read_range
from negotiation.study.drawn import read_off, read_pairs
from negotiation.study.within import DrawRange, band, by_regime
from negotiation.tolerances import RARE_REGIME, ZERO_LOSS

#: Points along the parameter that are looked at in every draw. What begins and ceases again between
#: two of them is not seen.
POINTS = 21

#: Width to which a place is narrowed, as a share of the range: far below what draws leave open.
WIDTH = 1e-4

#: Halvings after which what crosses zero smoothly is interpolated, which leaves less than `WIDTH`.
_SMOOTH = 4

#: What does not depend on which equilibrium is selected, or says itself which one it is.
_OF_PAYOFFS = (YIELDS, REPLY, EQUILIBRIUM)

_KNOWN = (Status.CERTIFIED.value, Status.PARTIAL.value)


@dataclasses.dataclass(frozen=True, eq=False)
class Beginning:
    """Something that begins to hold as a parameter rises, in every draw.

    Attributes
    ----------
    kind : str
        Name of the signal, or `equilibrium`.
    side : str
        Whose; empty for nobody's.
    phrase, before : str
        What begins, and what holds before.
    place : (D,) array
        Where it begins for the first time; NaN where it does not begin within the range.
    times : (D,) array of int
        How often it begins within the range.
    turns : (D,) array of int
        How often it begins or ceases.
    holds : (D,) array of bool
        Whether it holds at the lower end of the range.
    whole : (D,) array of bool
        Whether the draw could be looked at over the whole range.
    above : (D,) array of str
        The selected equilibrium just above the place; empty where it does not begin.
    """

    kind: str
    side: str
    phrase: str
    before: str
    place: Array
    times: NDArray[np.int64]
    turns: NDArray[np.int64]
    holds: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    above: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.place)

    @property
    def begins(self) -> NDArray[np.bool_]:
        """(D,) whether it begins within the range."""
        return np.isfinite(self.place)

    @property
    def always(self) -> NDArray[np.bool_]:
        """(D,) whether it holds throughout the range."""
        return np.asarray(self.whole & self.holds & (self.turns == 0))

    @property
    def never(self) -> NDArray[np.bool_]:
        """(D,) whether it holds nowhere in the range."""
        return np.asarray(self.whole & ~self.holds & (self.turns == 0))

    @property
    def ceases(self) -> NDArray[np.bool_]:
        """(D,) whether it holds at the lower end, ceases, and does not begin again."""
        return self.holds & (self.turns > 0) & ~self.begins

    @property
    def repeated(self) -> NDArray[np.bool_]:
        """(D,) whether it changes more than once, so that the place is the first of several."""
        return self.begins & (self.turns > 1)

    @property
    def band(self) -> DrawRange:
        """The place over the draws in which it begins; its share is of all draws."""
        return band(self.place)

    @property
    def pooled(self) -> bool:
        """Whether one range of places means something.

        What hangs on the selected equilibrium has no range over several of them.
        """
        common = [each for each in self.by_regime.values() if each.share >= RARE_REGIME]
        return self.kind in _OF_PAYOFFS or len(common) < 2

    @property
    def by_regime(self) -> dict[str, DrawRange]:
        """The place by the equilibrium that is selected just above it."""
        return by_regime(self.place, np.where(self.begins, self.above, ""))

    def chance_below(self, value: float) -> float:
        """Share of all draws in which it holds at the lower end or begins below a value."""
        with np.errstate(invalid="ignore"):
            return float((self.holds | (self.place < value)).mean())


@dataclasses.dataclass(frozen=True, eq=False)
class Places:
    """What begins along a parameter, over the draws.

    Attributes
    ----------
    case : Case
    draws : Draws
    parameter : Parameter
    low, high : float
    points : int
        Points of every draw that were looked at first.
    width : float
        To which places are located, in the parameter's unit.
    beginnings : tuple of Beginning
        What begins in at least one draw, the most frequent first.
    constant : tuple of Beginning
        What begins in none, though it may hold throughout in some and nowhere in others.
    certified : (K, D) array of bool
    when : str
        The phrase asked for; empty for all.
    """

    case: Case
    draws: Draws
    parameter: Parameter
    low: float
    high: float
    points: int
    width: float
    beginnings: tuple[Beginning, ...]
    constant: tuple[Beginning, ...]
    certified: NDArray[np.bool_]
    when: str = ""

    @property
    def certified_share(self) -> float:
        """Share of the points of all draws that are certified."""
        return float(self.certified.mean())


@study
def places(case: Case, axis: str, *, when: str | None = None, points: int = POINTS) -> Places:
    """Locate what begins along a parameter in every draw, to 1e-4 of its range.

    All draws are evaluated at common points, and every change of sign between two of them is
    located by root finding on the model itself, all draws together.

    Parameters
    ----------
    case : Case, or what makes one
        With `draws`, and something uncertain.
    axis : str
        The parameter and its range: `diversification=0:0.6`.
    when : str, optional
        Only this event, as of `thresholds`.
    points : int
        Places looked at first in every draw.

    Raises
    ------
    GridError, ParameterError
        For an axis or a phrase that does not fit the model, or without draws.
    """
    spec, low, high = read_range(type(case.model), axis)
    check_single(case.model, "thresholds are")
    case.check_varied([spec.name])
    if points < 3:
        raise GridError(f"{points} points were asked for; expected at least 3")
    draws = case.drawn([spec.name]).main
    if not len(draws) or not draws.priors:
        raise ParameterError(
            f"model {case.model.name()} has nothing to draw along {spec.name}; give draws=400, and "
            "a prior such as priors={'tariff': 'triangular(0.1,0.25,0.5)'} to what is uncertain"
        )
    wish = wanted(case.model, when) if when else None
    if wish is not None and wish.kind == SET:
        raise GridError(
            "the set of equilibria is followed at the point alone: ask with --draws 0, or for "
            "another event, such as 'equilibrium changes'"
        )
    line = _AllDraws(
        case, draws, spec.name, np.linspace(low, high, points), _watched(case.model, wish)
    )
    found = list(line.beginnings(wish))
    found.sort(key=lambda each: -int(each.begins.sum()))
    some = [each.begins.any() for each in found]
    return Places(
        case=case,
        draws=draws,
        parameter=spec,
        low=low,
        high=high,
        points=points,
        width=WIDTH * (high - low),
        beginnings=tuple(each for each, any_ in zip(found, some, strict=True) if any_),
        constant=tuple(each for each, any_ in zip(found, some, strict=True) if not any_),
        certified=line.certified,
        when=wish.phrase if wish else "",
    )


@dataclasses.dataclass(frozen=True)
class _Watch:
    """A function of outcomes whose sign says what holds."""

    kind: str
    side: str
    negative: str
    positive: str
    value: Any
    sized: bool = True


def _watched(model: Model, wish: Wanted | None) -> list[_Watch]:
    """What is followed beside the equilibrium: best replies where a phrase asks for them only."""
    found = []
    some = signals_of(model, SignalUse.THRESHOLD)
    asked = [] if wish is None or wish.kind != REPLY else replies(model)
    for signal in [*some, *asked]:
        if signal.name == CONCEPTS:
            continue
        found.append(
            _Watch(
                signal.name,
                signal.side,
                signal.negative,
                signal.positive,
                signal.value,
                signal.sized,
            )
        )
    both = [signal for signal in some if signal.name == CONCEPTS]
    if both:

        def agree(outcome: Outcome) -> Array:
            low, high = (each.value(outcome) for each in both)
            zero = ZERO_LOSS * np.maximum(np.abs(low), np.abs(high))
            told = np.where((low < -zero) & (high > zero), -1.0, 1.0)
            return np.where(np.isfinite(low + high), told, np.nan)

        phrases = both[0].negative, both[0].positive
        found.append(_Watch(CONCEPTS, "", *phrases, agree))
    if wish is None:
        return found
    return [
        each
        for each in found
        if each.kind == wish.kind and wish.becomes in ("", each.negative, each.positive)
    ]


@dataclasses.dataclass(frozen=True, eq=False)
class _Intervals:
    """Intervals of draws in which something changes, and what is known at both ends.

    Attributes
    ----------
    rows : (C,) array of int
    low, high : (C,) arrays
    values_low, signs_low, values_high, signs_high : (W, C) arrays
    labels_low, labels_high : (C,) arrays of str
    first : (W, C) array
        How much every signal changed over the interval that was looked at first.
    """

    rows: NDArray[np.int64]
    low: Array
    values_low: Array
    signs_low: Array
    labels_low: NDArray[np.str_]
    high: Array
    values_high: Array
    signs_high: Array
    labels_high: NDArray[np.str_]
    first: Array

    def take(self, which: NDArray[np.bool_]) -> _Intervals:
        """Return some of the intervals."""
        return _Intervals(
            **{
                field.name: getattr(self, field.name)[..., which]
                for field in dataclasses.fields(self)
            }
        )

    @staticmethod
    def joined(parts: Sequence[_Intervals]) -> _Intervals:
        """Put intervals together."""
        return _Intervals(
            **{
                field.name: np.concatenate([getattr(each, field.name) for each in parts], axis=-1)
                for field in dataclasses.fields(_Intervals)
            }
        )

    @property
    def moved(self) -> NDArray[np.bool_]:
        """(C,) whether the selected equilibrium changes."""
        known = (self.labels_low != "") & (self.labels_high != "")
        return np.asarray(known & (self.labels_low != self.labels_high))

    @property
    def smooth(self) -> NDArray[np.bool_]:
        """(W, C) whether a signal changes by less the narrower the interval."""
        size = np.abs(self.values_high - self.values_low)
        return np.asarray(~self.moved & (size <= 0.5 * self.first))

    def changes(self, smooth: bool) -> NDArray[np.bool_]:
        """(C,) whether something changes, and is not yet located; `smooth`: if not smoothly."""
        turned = self.signs_low * self.signs_high < 0.0
        if smooth:
            turned &= ~self.smooth
        return np.asarray(self.moved | turned.any(axis=0))

    def crossing(self, w: int) -> Array:
        """(C,) where a signal that changes its sign is zero, or jumps."""
        low, high = self.values_low[w], self.values_high[w]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.clip(low / (low - high), 0.0, 1.0)
        share = np.where(self.smooth[w], share, 0.5)
        return np.asarray(self.low + share * (self.high - self.low))

    def halved(self, x: Array, values: Array, signs: Array, labels: NDArray[np.str_]) -> _Intervals:
        """Return both halves of every interval, those without a change left out."""
        middle = (x, values, signs, labels)
        low = (self.low, self.values_low, self.signs_low, self.labels_low)
        high = (self.high, self.values_high, self.signs_high, self.labels_high)
        both = _Intervals.joined(
            [
                _Intervals(self.rows, *low, *middle, self.first),
                _Intervals(self.rows, *middle, *high, self.first),
            ]
        )
        return both.take(both.changes(smooth=False))


@dataclasses.dataclass(eq=False)
class _AllDraws:
    """All draws along one parameter."""

    case: Case
    draws: Draws
    name: str
    x: Array
    watched: Sequence[_Watch]

    def __post_init__(self) -> None:
        found = read_off(self.case, self.draws, self._read, {self.name: self.x})
        self.labels: NDArray[np.str_] = found.pop(EQUILIBRIUM)
        self.certified = found.pop("certified")
        self.values: list[Array] = [found[k] for k in range(len(self.watched))]
        self.zeros = np.array(
            [
                ZERO_LOSS * float(np.abs(each[np.isfinite(each)]).max(initial=0.0))
                if watch.sized
                else 0.0
                for watch, each in zip(self.watched, self.values, strict=True)
            ]
        )
        self.signs = [
            _carried(each, zero) for each, zero in zip(self.values, self.zeros, strict=True)
        ]

    def _read(self, outcome: Outcome) -> Mapping[Any, NDArray[Any]]:
        known = np.isin(outcome.status, _KNOWN)
        found: dict[Any, NDArray[Any]] = {
            EQUILIBRIUM: np.where(known, outcome.selection.support, ""),
            "certified": np.asarray(outcome.certified),
        }
        for k, each in enumerate(self.watched):
            found[k] = np.where(known, each.value(outcome), np.nan)
        return found

    def beginnings(self, wish: Wanted | None) -> Iterator[Beginning]:
        """Everything watched, in both directions; then changes of the equilibrium."""
        cells = self._narrowed()
        for w, watch in enumerate(self.watched):
            turned = cells.signs_low[w] * cells.signs_high[w] < 0.0
            x = cells.crossing(w)
            for becomes, phrase, before in (
                (1.0, watch.positive, watch.negative),
                (-1.0, watch.negative, watch.positive),
            ):
                if wish is not None and wish.becomes and wish.becomes != phrase:
                    continue
                begun = turned & (cells.signs_high[w] == becomes)
                yield self._beginning(
                    (watch.kind, watch.side, phrase, before),
                    (cells.rows[begun], x[begun], cells.labels_high[begun]),
                    cells.rows[turned],
                    np.atleast_1d(self.signs[w][0] == becomes),
                    np.asarray(np.isfinite(self.values[w]).all(axis=0)),
                )
        if wish is None or wish.kind == EQUILIBRIUM:
            yield from self._equilibria(cells, wish)

    def _beginning(
        self,
        told: tuple[str, str, str, str],
        begun: tuple[NDArray[np.int64], Array, NDArray[np.str_]],
        turned: NDArray[np.int64],
        holds: NDArray[np.bool_],
        whole: NDArray[np.bool_],
    ) -> Beginning:
        """Gather places by draw: the first of each, and how many there are."""
        count = len(self.draws)
        rows, x, labels = begun
        place = np.full(count, np.nan)
        above = np.full(count, "", dtype=labels.dtype if len(labels) else "<U1")
        for k in np.argsort(-x, kind="stable").tolist():  # the smallest is written last
            place[rows[k]], above[rows[k]] = x[k], labels[k]
        times = np.bincount(rows, minlength=count)
        turns = np.bincount(turned, minlength=count)
        return Beginning(*told, place, times, turns, holds, whole, above)

    def _narrowed(self) -> _Intervals:
        """Halve every interval in which something changes until its place is known.

        What crosses zero smoothly is interpolated once the interval is narrow; around a jump it is
        halved to the end. What changes together is located together.
        """
        turned = [each[:-1] * each[1:] < 0.0 for each in self.signs]
        known = (self.labels[:-1] != "") & (self.labels[1:] != "")
        moved = known & (self.labels[:-1] != self.labels[1:])
        wide, rows = np.nonzero(np.logical_or.reduce([moved, *turned]))
        ends = [
            (
                self.x[wide + d],
                np.array([each[wide + d, rows] for each in self.values]).reshape(-1, len(rows)),
                np.array([each[wide + d, rows] for each in self.signs]).reshape(-1, len(rows)),
                self.labels[wide + d, rows],
            )
            for d in (0, 1)
        ]
        cells = _Intervals(rows, *ends[0], *ends[1], np.abs(ends[1][1] - ends[0][1]))
        done = []
        step = float(self.x[1] - self.x[0])
        for level in range(int(np.ceil(np.log2(step / self.width)))):
            busy = cells.changes(smooth=level >= _SMOOTH)
            done.append(cells.take(~busy))
            cells = cells.take(busy)
            if not len(cells.rows):
                break
            x = 0.5 * (cells.low + cells.high)
            found = self._at(cells.rows, x)
            values = np.array([found[w] for w in range(len(self.watched))]).reshape(-1, len(x))
            signs = _signs(values, self.zeros[:, None])
            signs = np.where(signs == 0.0, cells.signs_low, signs)
            cells = cells.halved(x, values, signs, found[EQUILIBRIUM])
        return _Intervals.joined([*done, cells])

    @property
    def width(self) -> float:
        """Width to which jumps are located."""
        return WIDTH * float(self.x[-1] - self.x[0])

    def _at(self, rows: NDArray[np.int64], x: Array) -> dict[Any, NDArray[Any]]:
        return read_pairs(self.case, self.draws, rows, {self.name: x}, self._read)

    def _equilibria(self, cells: _Intervals, wish: Wanted | None) -> Iterator[Beginning]:
        """Changes of the selected equilibrium, by what it is before and after."""
        cells = cells.take(cells.moved)
        rows, x = cells.rows, 0.5 * (cells.low + cells.high)
        before, after, labels = cells.labels_low, cells.labels_high, self.labels
        whole = np.asarray((labels != "").all(axis=0))
        groups: dict[tuple[str, str], NDArray[np.bool_]] = {}
        asked = wish.becomes if wish is not None else ""
        if wish is not None:
            mine = np.array(
                [
                    not asked or asked in _moves(self.case.model, one, two)
                    for one, two in zip(before, after, strict=True)
                ],
                dtype=bool,
            )
            groups["", asked or "equilibrium changes"] = mine
        else:
            for one, two in sorted(set(zip(before.tolist(), after.tolist(), strict=True))):
                groups[one, two] = (before == one) & (after == two)
        for (one, two), mine in groups.items():
            begun = rows[mine], x[mine], after[mine]
            holds = np.asarray(labels[0] == two) & bool(one)
            yield self._beginning((EQUILIBRIUM, "", two, one), begun, rows[mine], holds, whole)


def _moves(model: Model, before: str, after: str) -> list[str]:
    """Phrases for what every player changes: `us: escalate -> keep`."""
    ways = zip(type(model).players, before.split("/"), after.split("/"), strict=True)
    return [f"{player}: {one} -> {two}" for player, one, two in ways if one != two]


def _signs(values: Array, zero: Any) -> Array:
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(values) <= zero, 0.0, np.sign(values))


def _carried(values: Array, zero: float) -> Array:
    """Signs along the first axis, a zero with the sign before it, at first with the one after."""
    signs = _signs(values, zero)
    for k in range(1, len(signs)):
        signs[k] = np.where(signs[k] == 0.0, signs[k - 1], signs[k])
    for k in range(len(signs) - 2, -1, -1):
        signs[k] = np.where(signs[k] == 0.0, signs[k + 1], signs[k])
    return signs


__all__ = ["POINTS", "WIDTH", "Beginning", "Places", "places"]
