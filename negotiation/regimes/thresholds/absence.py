"""What does not change along a parameter: how near it comes, and whether it does further out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.games.game import Array
from negotiation.model import Parameter
from negotiation.outcome import Status
from negotiation.regimes.roots import roundest
from negotiation.regimes.thresholds.events import Change
from negotiation.regimes.thresholds.scan import Scan
from negotiation.regimes.thresholds.search import ASIDE, Root, of_equilibria, search
from negotiation.regimes.thresholds.watch import (
    EQUILIBRIUM,
    REPLY,
    SET,
    Wanted,
    Watch,
    concepts_disagree,
)
from negotiation.words import amount, money, opening

#: Places looked at on either side of the range for the nearest change beyond it.
_BEYOND = 8

#: How far towards a bound of the parameter is looked. Not all the way: what only happens at the
#: last value allowed, where a lever has taken everything, is no regime.
_NEARLY = 0.98

#: How far beyond the range is looked where the parameter has no bound, in ranges.
_RANGES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclasses.dataclass(frozen=True)
class Absence:
    """A watched event that does not occur within the range.

    Attributes
    ----------
    kind : str
        As of `Change`.
    subject : str
        The function that does not change sign.
    holds : str
        What holds throughout.
    nearest, nearest_at : float
        The function where it is nearest to zero among the places looked at, and that place; NaN
        where it is not defined.
    unit : str
    beyond : float
        The nearest value outside the range, within the parameter's bounds, at which it does occur;
        NaN where none was found.
    tried : str
        How far beyond the range was looked, in words; empty where there is nothing beyond.
    sentence : str
    """

    kind: str
    subject: str
    holds: str
    nearest: float
    nearest_at: float
    unit: str
    beyond: float
    tried: str
    sentence: str


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
    functions = [watch for watch in scan.watches if watch.kind not in (EQUILIBRIUM, REPLY)]
    absent = [
        watch
        for watch in functions
        if watch.subject not in subjects
        and not (watch.kind == "concepts" and (watch.kind in kinds or watch.place == (1,)))
    ]
    no_equilibrium = not kinds & {EQUILIBRIUM, SET}
    no_equilibrium &= wish is None or wish.kind in (EQUILIBRIUM, SET)
    answers = [watch for watch in scan.watches if watch.kind == REPLY]
    if REPLY in kinds:
        answers = []
    if not (no_equilibrium or answers or absent):
        return
    sides = list(_sides(scan, spec, [*absent, *answers]))
    if no_equilibrium:
        yield _equilibrium(scan, sides, wish)
    if answers:
        yield _reply(scan, answers, sides)
    for watch in absent:
        yield _score(scan, watch, sides)


# --- beyond the range -----------------------------------------------------------------------------


def _sides(scan: Scan, spec: Parameter, watched: Sequence[Watch]) -> Iterator[_Side]:
    """Look beyond either end of the range for what is absent within it."""
    for end, bound, up in ((scan.high, spec.upper, True), (scan.low, spec.low, False)):
        if bound is None:
            places = end + (1.0 if up else -1.0) * scan.width * np.array([0.0, *_RANGES])
        elif abs(bound - end) > 1e-9 * scan.width:
            places = np.linspace(end, end + _NEARLY * (bound - end), _BEYOND + 1)
        else:
            continue
        low, high = float(places.min()), float(places.max())
        beyond = Scan(scan.case, scan.name, low, high, list(watched))
        beyond.add(places)
        yield _Side(beyond, search(beyond), up)


def _nearest(scan: Scan, sides: Sequence[_Side], names: set[str]) -> tuple[_Side, Root] | None:
    """The nearest root beyond the range of one of several functions; of equilibria if none."""
    found = []
    for side in sides:
        shared = scan.high if side.up else scan.low
        for root in side.roots:
            if abs(root.x - shared) <= 2.0 * ASIDE * side.scan.width:
                continue  # a tie at the end of the range, which is told of there
            if names:
                mine = root.watch >= 0 and side.scan.watches[root.watch].subject in names
            else:
                mine = of_equilibria(side.scan, root)
            if mine and root.kind != "touch":
                found.append((abs(root.x - (scan.high if side.up else scan.low)), side, root))
    if not found:
        return None
    _, side, root = min(found, key=lambda each: each[0])
    return side, root


def _tried(sides: Sequence[_Side]) -> str:
    return " and ".join(f"{'up' if side.up else 'down'} to {amount(side.end)}" for side in sides)


def _further(
    scan: Scan, sides: Sequence[_Side], names: set[str], happens: str
) -> tuple[float, str]:
    """Where it happens beyond the range, and the sentence that says so."""
    found = _nearest(scan, sides, names)
    if found is None:
        return np.nan, ""
    side, root = found
    told = happens
    if root.watch >= 0 and side.scan.watches[root.watch].kind != EQUILIBRIUM:
        watch = side.scan.watches[root.watch]
        one, two = _beside(side.scan, root)
        below, above = watch.side(one), watch.side(two)
        if root.kind == "flat":
            zero = side.scan.zero(root.watch)
            below = watch.even if abs(one) <= zero else below
            above = watch.even if abs(two) <= zero else above
        told = f"{below} below it, {above} above it"
        if watch.kind == REPLY:
            told = above if two > 0.0 else f"{above.replace('would not', 'would no longer')}"
    elif not names:
        told = " to ".join(_selected(side.scan, root))
    return root.x, f" Beyond the range it does, at {scan.name} = {amount(root.x)}: {told}."


def _beside(scan: Scan, root: Root) -> tuple[float, float]:
    """A function on either side of where it passes zero; its value there may be zero exactly."""
    if root.kind == "hole":
        return root.at_low, root.at_high
    step = ASIDE * scan.width
    places = np.array([root.low - step, root.high + step]).clip(scan.low, scan.high)
    one, two = scan.call(places, np.full(2, root.watch)).tolist()
    return one, two


def _selected(scan: Scan, root: Root) -> tuple[str, str]:
    """The selected equilibria on either side of a root."""
    step = 0.5 * ASIDE * scan.width
    left = int(np.flatnonzero(np.append(True, scan.x[1:] < root.low - step))[-1])
    right = int(np.flatnonzero(np.append(scan.x[:-1] > root.high + step, True))[0])
    one, two = (scan.labels[k].partition("|")[0] for k in (left, right))
    return one or "no certified equilibrium", two or "no certified equilibrium"


# --- sentences ------------------------------------------------------------------------------------


def _score(scan: Scan, watch: Watch, sides: Sequence[_Side]) -> Absence:
    values = scan.values[:, scan.watches.index(watch)]
    some = np.flatnonzero(np.isfinite(values))
    beyond, further = _further(scan, sides, {watch.subject}, "")
    tried = _tried(sides)
    if not len(some):
        told = f"{opening(watch.subject)} is not defined anywhere in the range.{further}"
        return Absence(
            watch.kind, watch.subject, "", np.nan, np.nan, watch.unit, beyond, tried, told
        )
    k = int(some[np.abs(values[some]).argmin()])
    near, at = float(values[k]), float(scan.x[k])
    signs = scan.signs(scan.watches.index(watch))
    if watch.kind == "concepts":
        other = next(each for each in scan.watches if each.kind == "concepts" and each != watch)
        pair = (near, float(scan.values[k, scan.watches.index(other)]))
        holds = watch.negative if concepts_disagree(*pair) else watch.positive
        told = f"{opening(holds)} throughout.{further}"
        return Absence(watch.kind, watch.subject, holds, near, at, watch.unit, beyond, tried, told)
    if not np.nan_to_num(signs).any():
        holds = f"{watch.subject} is zero"
        if watch.kind == "surplus":
            holds = watch.negative
        told = f"{opening(holds)} throughout.{further}"
    elif near == 0.0 or not signs[k]:
        positive = bool(np.nansum(signs) > 0.0)
        holds = watch.never(positive)
        side = watch.positive if positive else watch.negative
        told = f"{opening(watch.even)} {_where(scan, signs)}; elsewhere {side}, and {holds}."
        if watch.kind == "walk-out" and not positive:  # elsewhere it costs, so that it is a loss
            told = f"{opening(watch.even)} {_where(scan, signs)}, and gets less elsewhere."
        told += further
    else:
        holds = watch.side(float(signs[np.flatnonzero(np.nan_to_num(signs))[0]]))
        shown = amount(_rounded(scan, at))
        where = f"at {scan.name} = {shown}, where it is {money(near, watch.unit, signed=True)}"
        told = f"{opening(holds)} throughout: {watch.subject} is nearest to zero {where}.{further}"
    return Absence(watch.kind, watch.subject, holds, near, at, watch.unit, beyond, tried, told)


def _rounded(scan: Scan, x: float) -> float:
    """Return a place without the digits of a step off a threshold."""
    if x in (scan.low, scan.high):
        return x
    near = 4.0 * ASIDE * scan.width
    return min(max(roundest(x - near, x + near), scan.low), scan.high)


def _where(scan: Scan, signs: Array) -> str:
    """Say where along the range a function is as good as zero."""
    zero = scan.x[signs == 0.0]
    # Beside a threshold was looked at a step from it, whose digits say nothing.
    low, high = (_rounded(scan, float(x)) for x in (zero.min(), zero.max()))
    if high - low <= 2.0 * ASIDE * scan.width:
        for end, name in ((scan.low, "lower"), (scan.high, "upper")):
            if low <= end <= high:
                return f"at {scan.name} = {amount(end)}, the {name} end of the range"
        return f"at {scan.name} = {amount(low)}"
    steady = ((scan.x >= zero.min()) & (scan.x <= zero.max())).sum() == len(zero)
    where = f"from {scan.name} = {amount(low)} to {amount(high)}"
    return where if steady else f"at {len(zero)} of the places looked at {where}"


def _reply(scan: Scan, answers: Sequence[Watch], sides: Sequence[_Side]) -> Absence:
    unit = type(scan.model).payoff_unit
    best: tuple[float, float, Watch] | None = None
    for watch in answers:
        values = scan.values[:, scan.watches.index(watch)]
        lead = np.where(values > 0.0, values, np.inf)
        k = int(lead.argmin())
        if np.isfinite(lead[k]) and (best is None or lead[k] < best[0]):
            best = (float(lead[k]), float(scan.x[k]), watch)
    beyond, further = _further(scan, sides, {watch.subject for watch in answers}, "")
    near, at, told = np.nan, np.nan, "No best reply changes."
    if best is not None:
        near, at, watch = best
        told = (
            f"No best reply changes. Nearest to a change: {watch.positive} at {scan.name} = "
            f"{amount(at)}, where that is better than the next best by only {money(near, unit)}."
        )
    return Absence(
        REPLY,
        "best replies",
        "no best reply changes",
        near,
        at,
        unit,
        beyond,
        _tried(sides),
        told + further,
    )


def _untied(scan: Scan) -> NDArray[np.bool_]:
    """(N,) places that do not lie at an end of the range at which payoffs are tied."""
    near = ASIDE * scan.width
    low, high = scan.tied
    at_low = (scan.x - scan.low <= near) & low
    at_high = (scan.high - scan.x <= near) & high
    return np.asarray(~(at_low | at_high))


def _equilibrium(scan: Scan, sides: Sequence[_Side], wish: Wanted | None) -> Absence:
    unit = type(scan.model).payoff_unit
    beyond, further = _further(scan, sides, set(), "")
    seen: list[str] = []
    for label in scan.labels[_untied(scan)]:
        one = label.partition("|")[0] or "no certified equilibrium"
        one = "not known" if one == "?" else one
        if not seen or seen[-1] != one:
            seen.append(one)
    holds = " then ".join(seen)
    if len(seen) > 1 and wish is not None and wish.becomes:
        told = f"{wish.phrase} does not happen: along the way the equilibrium is {holds}."
        return Absence(
            EQUILIBRIUM, wish.phrase, holds, np.nan, np.nan, "", np.nan, _tried(sides), told
        )
    near, at, firm = np.nan, np.nan, ""
    for player, (loss, action) in scan.firmness.items():
        if not np.isfinite(loss).any():
            continue
        k = int(np.nanargmin(np.where(_untied(scan), loss, np.inf)))
        if not loss[k] >= near:
            near, at = float(loss[k]), float(scan.x[k])
            firm = (
                f" Nearest to a change: at {scan.name} = {amount(at)} "
                f"{scan.model.named(player)} would still lose {money(near, unit)} by moving to "
                f"{action[k]}."
            )
    told = f"The equilibrium does not change: {holds} throughout.{firm}{further}"
    return Absence(
        EQUILIBRIUM, "the equilibrium", holds, near, at, unit, beyond, _tried(sides), told
    )


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
    surplus = next((w for w, watch in enumerate(scan.watches) if watch.kind == "surplus"), None)
    explained = ~scan.known
    if surplus is not None:
        explained |= ~(scan.values[:, surplus] > 0.0)
    for w, watch in enumerate(scan.watches):
        if watch.kind in ("loss", "concession", "walk-out"):
            missing = np.isnan(scan.values[:, w]) & ~explained
            for low, high in _runs(scan, missing, beside):
                yield Gap(low, high, watch.subject, "it is not defined there")


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
