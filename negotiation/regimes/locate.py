"""A model along one parameter: all that is known of it, and every place where something changes.

One finder serves sweeps, `thresholds` and what lies beyond a range: places are looked at in one
cloud, sign changes of signals are bracketed, signals that come near zero are followed, and all
brackets are narrowed together on the model itself. No place is solved twice.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from negotiation.case import Case
from negotiation.games.game import Array, Game
from negotiation.model import Model
from negotiation.outcome import Outcome, Status, evaluate
from negotiation.regimes.event import EventNature
from negotiation.regimes.roots import Roots, divide, follow, locate, roundest
from negotiation.regimes.signal import Signal, SignalKind, equilibrium
from negotiation.regimes.signs import dips, signs_of
from negotiation.tolerances import JUMP, JUMP_NEAR, THRESHOLD, TOUCH, ZERO_LOSS

T = TypeVar("T", bound=np.generic)

#: Points evaluated together.
_CHUNK = 256

#: Where something can be said; elsewhere a signal has no value.
_KNOWN = (Status.CERTIFIED.value, Status.PARTIAL.value)

#: Step off a boundary at which its two sides are described, as a share of the range. Payoffs and
#: probabilities move by about as much, a hundred times what counts as the same.
ASIDE = 1e-5

#: How near a crossing of payoffs a change of the equilibria is its doing: payoffs are tied within a
#: tolerance beside it, and a probability below `SAME_PROFILE` is none, which a slope makes wide.
BARELY = 10.0 * JUMP_NEAR

#: Width to which brackets are narrowed, as a share of the range: a hundredth of what is promised.
#: Boundaries of equilibria are located to the last bit, so that the game there is degenerate.
_WIDTH = THRESHOLD / 100.0

#: Rounds of locating and looking beside what was located; each finds what hid within one step.
_ROUNDS = 40

#: Shortest interval of zeros that is looked for between two places, as a share of the range: beside
#: a smooth touch a signal is as good as zero for a while.
_INTERVAL = 1e-2

#: Places at which the size of payoffs is asked for, where nothing is solved yet.
_SCALED = 9

#: A change of the equilibria as such, in place of a signal.
LABEL = -1


@dataclasses.dataclass(eq=False)
class Scan:
    """A question along one parameter.

    Attributes
    ----------
    case : Case
        A point; everything but the parameter is fixed.
    name : str
        The parameter.
    low, high : float
        The range that is looked at.
    signals : list of Signal
        Supports of equilibria join it as they are seen.
    every : bool
        Whether a change of any equilibrium counts, or of the selected one only.
    x : (N,) array
        Places looked at, rising.
    values : (N, W) array
    chosen : (N,) array of str
        The selected equilibrium, by its support.
    labels : (N,) array of str
        The same and, where every equilibrium counts, all of them; `?` where nothing is known.
    status : (N,) array of str
    left_out : list of float
        Places of which nothing may be concluded, because payoffs are tied there.
    """

    case: Case
    name: str
    low: float
    high: float
    signals: list[Signal] = dataclasses.field(default_factory=list)
    every: bool = True

    def __post_init__(self) -> None:
        self.x: Array = np.empty(0)
        self.values: Array = np.empty((0, len(self.signals)))
        self.chosen: NDArray[np.str_] = np.empty(0, dtype="<U1")
        self.labels: NDArray[np.str_] = np.empty(0, dtype="<U1")
        self.status: NDArray[np.str_] = np.empty(0, dtype="<U1")
        self.supports: set[str] = set()
        self.left_out: list[float] = []
        self._solved: dict[float, tuple[Outcome, int]] = {}
        self._payoffs: dict[float, Array] = {}
        self._read: dict[tuple[int, int], Array] = {}
        self._largest = 0.0

    def beside(self, low: float, high: float, signals: Sequence[Signal]) -> Scan:
        """Return an empty scan of another range, which knows what was solved here."""
        other = Scan(self.case, self.name, low, high, list(signals), self.every)
        other._solved, other._payoffs = self._solved, self._payoffs
        return other

    @property
    def model(self) -> Model:
        """The point."""
        return self.case.model

    @cached_property
    def width(self) -> float:
        """The range."""
        return self.high - self.low

    # --- solving --------------------------------------------------------------------------------

    def solve(self, x: Array) -> None:
        """Solve places that are not solved yet, together."""
        new = np.array([each for each in np.unique(x).tolist() if each not in self._solved])
        for start in range(0, len(new), _CHUNK):
            some = new[start : start + _CHUNK]
            outcome = evaluate(self.case.at(self.model.at_values({self.name: some})))
            for k, each in enumerate(some.tolist()):
                self._solved[each] = outcome, k
                self._payoffs[each] = outcome.game.payoffs[k]

    def is_solved(self, x: float) -> bool:
        """Whether a place has been solved here."""
        return x in self._solved

    def at(self, x: float) -> tuple[Outcome, int]:
        """Return the outcome of a place, among others, and its number among them."""
        if x not in self._solved:
            self.solve(np.array([x]))
        return self._solved[x]

    def read(self, x: Array, function: Callable[[Outcome], NDArray[T]]) -> NDArray[T]:
        """Apply a function of outcomes at places, each solved once."""
        self.solve(x)
        rows = [self._solved[each] for each in np.asarray(x, dtype=float).tolist()]
        batches = {id(outcome): outcome for outcome, _ in rows}
        found = {key: np.asarray(function(each)) for key, each in batches.items()}
        return np.array([found[id(outcome)][k] for outcome, k in rows])

    def signal_at(self, x: Array, w: int) -> Array:
        """Values of a signal at places; NaN where nothing is known."""

        def values(outcome: Outcome) -> Array:
            key = (id(outcome), w)  # outcomes are kept, so that their numbers stay theirs
            if key not in self._read:
                known = np.isin(outcome.status, _KNOWN)
                values = np.where(known, self.signals[w].value(outcome), np.nan)
                self._read[key] = np.broadcast_to(values, known.shape)
            return self._read[key]

        return self.read(x, values)

    def call(self, x: Array, which: NDArray[np.int64]) -> Array:
        """Values of one signal each at several places, which are not remembered as looked at."""
        values = np.empty(len(x))
        steady = np.array(
            [self.signals[w].kind is not SignalKind.SELECTED for w in which], dtype=bool
        )
        for w in np.unique(which):
            mine = np.flatnonzero(which == w)
            if not steady[mine[0]]:
                self.solve(x[~steady])
                values[mine] = self.signal_at(x[mine], int(w))
        if steady.any():
            values[steady] = self._of_payoffs(x[steady], which[steady])
        return values

    def _of_payoffs(self, x: Array, which: NDArray[np.int64]) -> Array:
        """Values of signals for which the game need not be solved."""
        some, back = np.unique(x, return_inverse=True)
        new = np.array([each for each in some.tolist() if each not in self._payoffs])
        for start in range(0, len(new), _CHUNK):
            part = new[start : start + _CHUNK]
            payoffs = self.model.at_values({self.name: part}).game().payoffs
            self._payoffs.update(zip(part.tolist(), payoffs, strict=True))
        outcome = next(iter(self._solved.values()))[0]
        payoffs = np.stack([self._payoffs[each] for each in some.tolist()])
        game = Game(outcome.game.players, outcome.game.actions, payoffs)
        bare = dataclasses.replace(outcome, game=game)
        values = np.empty(len(x))
        for w in np.unique(which):
            mine = which == w
            values[mine] = self.signals[w].value(bare)[back[mine]]
        return values

    # --- what was looked at ---------------------------------------------------------------------

    def seed(
        self,
        x: Array,
        values: Array,
        chosen: NDArray[np.str_],
        status: NDArray[np.str_],
    ) -> None:
        """Start from places that were solved elsewhere."""
        self.x, self.values, self.chosen, self.labels, self.status = (
            x,
            values,
            chosen,
            chosen,
            status,
        )

    def add(self, x: Array) -> None:
        """Look at more places, and remember them."""
        x = np.setdiff1d(np.asarray(x, dtype=float), [*self.x, *self.left_out])
        for start in range(0, len(x), _CHUNK):
            self._add(x[start : start + _CHUNK])

    def _add(self, x: Array) -> None:
        self.solve(x)
        rows = [self.at(each) for each in x.tolist()]
        sets = {str(one) for outcome, k in rows for one in outcome.equilibria.supports[k]}
        for each in sorted(sets - {""} - self.supports):
            self._watch(equilibrium(each))
            self.supports.add(each)
        payoffs = [outcome.game.payoffs[k] for outcome, k in rows]
        finite = np.abs(payoffs)[np.isfinite(payoffs)]
        self._largest = max(self._largest, float(finite.max(initial=0.0)))
        found = [self.signal_at(x, w) for w in range(len(self.signals))]
        values = np.stack(found, axis=1) if found else np.empty((len(x), 0))
        order = np.argsort(np.concatenate([self.x, x]), kind="stable")

        def merged(old: NDArray[T], new: NDArray[T]) -> NDArray[T]:
            return (np.concatenate([old, new]) if len(old) else new)[order]

        chosen, labels = self.read(x, _chosen), self.labels_at(x)
        self.values = merged(self.values, values)
        self.chosen, self.labels = merged(self.chosen, chosen), merged(self.labels, labels)
        self.status = merged(self.status, self.read(x, lambda outcome: outcome.status))
        self.x = merged(self.x, x)

    def _watch(self, signal: Signal) -> None:
        """Watch one more support, at the places that were solved before as well."""
        self.signals.append(signal)
        column = np.full(len(self.x), np.nan)
        solved = np.array([self.is_solved(each) for each in self.x.tolist()], dtype=bool)
        if solved.any():
            column[solved] = self.signal_at(self.x[solved], len(self.signals) - 1)
        self.values = np.concatenate([self.values, column[:, None]], axis=1)

    def labels_at(self, x: Array) -> NDArray[np.str_]:
        """Labels of places, as those of the places looked at."""
        return self.read(x, labels_of if self.every else _chosen)

    @cached_property
    def tied(self) -> tuple[bool, bool]:
        """Whether payoffs are exactly tied at the lower and at the upper end of the range."""
        low, high = self.degenerate(np.array([self.low, self.high])).tolist()
        return bool(low), bool(high)

    def degenerate(self, x: Array) -> NDArray[np.bool_]:
        """Whether payoffs are exactly tied at places."""
        return self.read(
            x, lambda out: np.broadcast_to(out.equilibria.degenerate, out.status.shape)
        )

    @property
    def known(self) -> NDArray[np.bool_]:
        """(N,) whether anything can be said of a place."""
        return np.isin(self.status, _KNOWN)

    def sized(self, w: int) -> float:
        """Largest size of a signal so far."""
        values = self.values[:, w]
        return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))

    def zero(self, w: int) -> float:
        """Size below which a signal is rounding: a share of the payoffs behind it."""
        return ZERO_LOSS * max(self.sized(w), self.largest)

    def measure(self, x: Array) -> None:
        """Note how large payoffs are at a few of some places, without solving their games."""
        some = np.unique(x[np.linspace(0, len(x) - 1, _SCALED).astype(int)])
        payoffs = self.model.at_values({self.name: some}).game().payoffs
        self._largest = float(np.abs(payoffs[np.isfinite(payoffs)]).max(initial=0.0))

    @property
    def largest(self) -> float:
        """Largest size of any payoff of the games looked at."""
        return self._largest

    def signs(self, w: int) -> Array:
        """(N,) sign of a signal: -1, 0 or 1; NaN where it is not defined."""
        return signs_of(self.signals[w], self.values[:, w], self.largest)


def _chosen(outcome: Outcome) -> NDArray[np.str_]:
    return outcome.selection.support


def labels_of(outcome: Outcome) -> NDArray[np.str_]:
    """(B,) the selected equilibrium, then every equilibrium, by their supports; `?` if unknown."""
    known = np.isin(outcome.status, _KNOWN)
    chosen, sets = outcome.selection.support, outcome.equilibria.supports
    return np.array(
        [
            "|".join([one, *sorted({str(each) for each in every if each})]) if sure else "?"
            for sure, one, every in zip(known, chosen, sets, strict=True)
        ]
    )


# --- searching ------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Root:
    """A place at which a signal changes sign, or at which the equilibria change.

    Attributes
    ----------
    signal : int
        Place among the signals; `LABEL`: the equilibria as such.
    x : float
    low, high : float
        The bracket it was narrowed to.
    at_low, at_high : float
        The function there.
    kind : EventNature
        `HOLE`: it changes sign between `low` and `high`, and is not defined in between.
    """

    signal: int
    x: float
    low: float
    high: float
    at_low: float
    at_high: float
    kind: EventNature


def search(scan: Scan) -> list[Root]:
    """Find every sign change and every change of the equilibria between the places looked at.

    Continuous functions are located first; then changes of the equilibria that no margin explains,
    such as those of a selection rule; then what jumps with them. After each the places on either
    side are looked at, which brings out further changes within the same step.
    """
    roots = _touches(scan)
    for _ in range(_ROUNDS):
        found = (
            _crossings(scan, roots, continuous=True)
            or _label_changes(scan, roots)
            or _with_equilibria(scan, roots)
            or _crossings(scan, roots, continuous=False)
        )
        if not found:
            break
        roots += found
        scan.add(np.array([x for root in found for x in _beside(scan, root)]))
    roots += _rests(scan, roots)
    return sorted(roots, key=lambda root: root.x)


def of_equilibria(scan: Scan, root: Root) -> bool:
    """Whether a root is one of the equilibria: of a support's margin, or of them as such."""
    return root.signal == LABEL or scan.signals[root.signal].kind is SignalKind.MARGIN


def _beside(scan: Scan, root: Root) -> list[float]:
    """Places on either side of a root within the range."""
    steps = (ASIDE, BARELY, JUMP_NEAR) if of_equilibria(scan, root) else (ASIDE,)
    sides = [side for step in steps for side in _sides(root, step * scan.width)]
    return [x for x in sides if scan.low <= x <= scan.high]


def _sides(root: Root, step: float) -> tuple[float, float]:
    return min(root.low, root.x) - step, max(root.high, root.x) + step


def _sign_changes(scan: Scan, roots: Sequence[Root]) -> Iterator[tuple[int, int, int]]:
    """Signals, and pairs of places between which they change sign, not located yet."""
    for w, signal in enumerate(scan.signals):
        signs = scan.signs(w)
        mine = [root for root in roots if root.signal == w]
        known = np.flatnonzero(np.isfinite(signs) & (signs != 0.0))
        for k in np.flatnonzero(signs[known[:-1]] * signs[known[1:]] < 0.0):
            a, b = int(known[k]), int(known[k + 1])
            # A support's margin is not known at places that were solved elsewhere.
            if signal.kind is SignalKind.MARGIN and not scan.every and b > a + 1:
                continue
            if not any(scan.x[a] <= root.high and root.low <= scan.x[b] for root in mine):
                yield w, a, b


def _crossings(scan: Scan, roots: Sequence[Root], *, continuous: bool) -> list[Root]:
    """Locate sign changes: of continuous functions only, or of the rest, all at once."""
    brackets, holes = [], []
    for w, a, b in _sign_changes(scan, roots):
        steady = scan.signals[w].kind is not SignalKind.SELECTED
        if np.isnan(scan.values[a:b, w]).any():
            if not continuous:
                holes.append(_hole(scan, w, a, b))
        elif not steady and np.count_nonzero(scan.signs(w)[a : b + 1] == 0.0) > 1:
            holes += _flat(scan, w, a, b)
        elif steady or not continuous or len(set(scan.labels[a : b + 1])) == 1:
            brackets.append((w, a, b))
    if not brackets:
        return holes
    which, a, b = np.array(brackets).T
    scan_x = scan.x
    last_bit = np.array([scan.signals[w].kind is SignalKind.MARGIN for w in which])
    found = locate(
        lambda x, k: scan.call(x, which[k]),
        scan.x[a],
        scan.x[b],
        scan.values[a, which],
        scan.values[b, which],
        np.where(last_bit, 0.0, _WIDTH * scan.width),
    )
    sure = ~found.hole
    if found.hole.any():  # found again in the next round, around a place without a value
        scan.add(found.at[found.hole])
    sure[_widened(scan, which, found, np.sort(scan_x[[a, b]], axis=0), sure)] = False
    located = [_root(scan, int(which[k]), found, int(k)) for k in np.flatnonzero(sure)]
    if not located and not holes and len(scan.x) > len(scan_x):
        return _crossings(scan, roots, continuous=continuous)
    return [*holes, *located]


def _widened(
    scan: Scan, which: NDArray[np.int64], found: Roots, ends: Array, sure: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Which roots are any place of an interval of zeros; its places are remembered."""
    step = _INTERVAL * scan.width
    selected = np.array([scan.signals[w].kind is SignalKind.SELECTED for w in which], dtype=bool)
    zero = np.array([scan.zero(int(w)) for w in which])
    small = np.minimum(np.abs(found.at_low), np.abs(found.at_high)) <= zero
    room = (ends[0] <= found.at - step) & (found.at + step <= ends[1])
    k = np.flatnonzero(sure & selected & small & room)
    if not len(k):
        return k
    places = found.at[k, None] + step * np.array([-1.0, 1.0])
    beside = np.abs(scan.call(places.reshape(-1), np.repeat(which[k], 2))).reshape(-1, 2)
    flat = beside <= zero[k, None]
    wide = flat.any(axis=1)
    # What is zero beside is looked at again in the next round, as an interval.
    scan.add(np.concatenate([places[flat], found.at[k[wide]]]))
    return np.asarray(k[wide])


def _root(scan: Scan, w: int, found: Roots, k: int) -> Root:
    ends = (float(found.at_low[k]), float(found.at_high[k]))
    low, high = float(found.low[k]), float(found.high[k])
    jumps = low < high and max(map(abs, ends)) > JUMP * scan.sized(w)
    return Root(
        w,
        _snapped(scan, float(found.at[k])),
        low,
        high,
        *ends,
        EventNature.JUMP if jumps else EventNature.CROSSING,
    )


def _snapped(scan: Scan, x: float) -> float:
    """Return a place of the scan where x is as good as there."""
    near = float(scan.x[np.abs(scan.x - x).argmin()])
    return near if abs(near - x) <= _WIDTH * scan.width else x


def _within(x: float, near: float) -> float:
    """Return a place that is known to within `near` without the digits that are rounding."""
    return roundest(x - near, x + near)


def _between(scan: Scan, low: float, high: float) -> float:
    """Return where a change lies that was narrowed down to between two places.

    A rule takes payoffs for tied within a tolerance, and changes its choice that much early or
    late: at 0.5000000005 for 0.5. A number that is the roundest far and wide is what is meant.
    """
    x = _snapped(scan, roundest(low, high))
    near, wide = (roundest(x - r * scan.width, x + r * scan.width) for r in (JUMP_NEAR, ASIDE))
    return near if near == wide else x


def _with_equilibria(scan: Scan, roots: Sequence[Root]) -> list[Root]:
    """Sign changes that happen where the equilibrium does, too near to be anything else."""
    switches = [root for root in roots if of_equilibria(scan, root)]
    found = []
    for w, a, b in _sign_changes(scan, roots):
        low, high = float(scan.x[a]), float(scan.x[b])
        near = [root for root in switches if low <= root.x <= high]
        if near and high - low <= 3.0 * JUMP_NEAR * scan.width:
            ends = (float(scan.values[a, w]), float(scan.values[b, w]))
            found.append(Root(w, near[0].x, low, high, *ends, EventNature.JUMP))
    return found


def _hole(scan: Scan, w: int, a: int, b: int) -> Root:
    """A change of sign around places without a value, narrowed to where there is none."""
    gap = np.flatnonzero(np.isnan(scan.values[a:b, w])) + a
    first, last = int(gap[0]), int(gap[-1])
    defined, _ = divide(
        lambda x, k: ~np.isnan(scan.call(x, np.full(len(k), w))),
        scan.x[[first - 1, last + 1]],
        scan.x[[first, last]],
        _WIDTH * scan.width,
    )
    low, high = (float(x) for x in defined)
    ends = (float(scan.values[a, w]), float(scan.values[b, w]))
    return Root(w, 0.5 * (low + high), low, high, *ends, EventNature.HOLE)


def _flat(scan: Scan, w: int, a: int, b: int) -> list[Root]:
    """Both ends of an interval of zeros between places with opposite signs."""
    inner = np.flatnonzero(scan.signs(w)[a : b + 1] == 0.0) + a
    return _edges(scan, w, (a, b), (int(inner[0]), int(inner[-1])))


def _rests(scan: Scan, roots: Sequence[Root]) -> list[Root]:
    """Ends of intervals in which a side breaks even, with one sign or an end of the range beside.

    Where the equilibrium changes with it, that change says so.
    """
    found: list[Root] = []
    for w, signal in enumerate(scan.signals):
        if not signal.tells_zeros:
            continue
        taken = [root for root in roots if root.signal == w]
        _look_beside_zeros(scan, w, taken)
        signs = scan.signs(w)
        bounds = np.flatnonzero(np.diff(np.concatenate([[False], signs == 0.0, [False]])))
        for first, last in bounds.reshape(-1, 2) + np.array([0, -1]):
            low, high = scan.x[[max(first - 1, 0), min(last + 1, len(signs) - 1)]]
            told = any(low <= root.high and root.low <= high for root in taken)
            if told or scan.x[last] - scan.x[first] <= 2.0 * ASIDE * scan.width:
                continue  # a slow crossing or touch is as good as zero beside it
            ends = [
                (out, edge)
                for out, edge in ((first - 1, first), (last + 1, last))
                if 0 <= out < len(signs)
                and np.isfinite(signs[out])
                and scan.labels[out] == scan.labels[edge]
            ]
            for out, edge in ends:
                found += _edges(scan, w, (int(out),), (int(edge),))
    return found


def _look_beside_zeros(scan: Scan, w: int, taken: Sequence[Root]) -> None:
    """Look for more zeros beside one that stands alone between two places that are far off."""
    zeros = np.concatenate([[False], scan.signs(w) == 0.0, [False]])
    alone = np.flatnonzero(zeros[1:-1] & ~zeros[:-2] & ~zeros[2:])
    step = _INTERVAL * scan.width
    x = scan.x
    for k in alone.tolist():
        ends = (x[max(k - 1, 0)], x[min(k + 1, len(x) - 1)])
        if any(root.low <= ends[1] and ends[0] <= root.high for root in taken):
            continue
        places = [x[k] + way for way in (-step, step) if ends[0] <= x[k] + way <= ends[1]]
        if places:
            zero = np.abs(scan.call(np.array(places), np.full(len(places), w))) <= scan.zero(w)
            scan.add(np.array(places)[zero])


def _edges(scan: Scan, w: int, out: Sequence[int], within: Sequence[int]) -> list[Root]:
    """Where a function that is not zero at some places becomes zero on the way to others."""
    zero = scan.zero(w)
    outside, inside = divide(
        lambda x, k: np.abs(scan.call(x, np.full(len(k), w))) > zero,
        scan.x[list(out)],
        scan.x[list(within)],
        _WIDTH * scan.width,
    )
    # Zero is meant within rounding, which a slope turns into some of the parameter: the line from
    # outside leads on to zero itself.
    near, step = TOUCH * scan.width, np.sign(outside - inside) * ASIDE * scan.width
    k = np.full(2 * len(outside), w)
    places = np.concatenate([outside, outside + step]).clip(scan.low, scan.high)
    value, further = np.abs(scan.call(places, k)).reshape(2, -1)
    slope = np.where(further > value, further - value, np.inf)
    meant = outside - step * np.minimum(value / slope, 1.0)
    return [
        Root(
            w,
            _snapped(scan, _within(float(place), near)),
            min(float(beside), float(edge)),
            max(float(beside), float(edge)),
            float(scan.values[k, w]) if beside <= edge else 0.0,
            0.0 if beside <= edge else float(scan.values[k, w]),
            EventNature.FLAT,
        )
        for place, beside, edge, k in zip(meant, outside, inside, out, strict=True)
    ]


def _label_changes(scan: Scan, roots: Sequence[Root]) -> list[Root]:
    """Changes of the equilibria that no margin explains, narrowed by what the equilibria are."""
    marks = [root for root in roots if of_equilibria(scan, root)]
    nearly = BARELY * scan.width
    start = np.array(
        [
            k
            for k in np.flatnonzero(scan.labels[1:] != scan.labels[:-1])
            if not any(
                scan.x[k] <= root.high + nearly and root.low - nearly <= scan.x[k + 1]
                for root in marks
            )
        ],
        dtype=np.int64,
    )
    if not len(start):
        return []

    def same(x: Array, k: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.asarray(scan.labels_at(x) == scan.labels[start[k]])

    low, high = divide(same, scan.x[start], scan.x[start + 1], _WIDTH * scan.width)
    return [
        Root(
            LABEL,
            _between(scan, float(a), float(b)),
            float(a),
            float(b),
            1.0,
            -1.0,
            EventNature.JUMP,
        )
        for a, b in zip(low, high, strict=True)
    ]


# --- touching -------------------------------------------------------------------------------------


def _touches(scan: Scan) -> list[Root]:
    """Follow every dip towards zero: return what touches; the search finds what crosses."""
    every = [
        (w, k) for w in range(len(scan.signals)) for k in dips(scan.values[:, w], scan.signs(w))
    ]
    if not every:
        return []
    which, middle = np.array(every).T
    sign = np.sign(scan.values[middle - 1, which])
    zero = np.array([scan.zero(int(w)) for w in which])
    found = follow(
        lambda x, k: sign[k] * scan.call(x, which[k]),
        tuple(scan.x[middle + k] for k in (-1, 0, 1)),
        tuple(sign * scan.values[middle + k, which] for k in (-1, 0, 1)),
        -zero,
        TOUCH * scan.width,
    )
    scan.add(found.at)
    return [
        Root(
            int(which[k]),
            _within(float(found.at[k]), TOUCH * scan.width),
            float(found.low[k]),
            float(found.high[k]),
            0.0,
            0.0,
            EventNature.TOUCH,
        )
        for k in np.flatnonzero(~found.beyond & (np.abs(found.value) <= zero))
    ]
