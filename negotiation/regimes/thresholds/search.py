"""Every place along a parameter at which a watched function changes sign or equilibria change."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from negotiation.games.game import Array
from negotiation.regimes.roots import roundest
from negotiation.regimes.thresholds.locate import Roots, divide, follow, locate
from negotiation.regimes.thresholds.scan import Scan
from negotiation.regimes.thresholds.watch import EQUILIBRIUM, REPLY
from negotiation.tolerances import JUMP, JUMP_NEAR, THRESHOLD, TOUCH

#: Step off a boundary at which its two sides are described, as a share of the range. Payoffs and
#: probabilities move by about as much, a hundred times what counts as the same.
ASIDE = 1e-5

#: Width to which brackets are narrowed, as a share of the range: a hundredth of what is promised.
#: Boundaries of equilibria are located to the last bit, so that the game there is degenerate.
_WIDTH = THRESHOLD / 100.0

#: Rounds of locating and looking beside what was located; each finds what hid within one step.
_ROUNDS = 40

#: A change of the equilibria as such, in place of a watched function.
LABEL = -1


@dataclasses.dataclass(frozen=True)
class Root:
    """A place at which a watched function changes sign, or at which the equilibria change.

    Attributes
    ----------
    watch : int
        Place among the watched functions; `LABEL`: the equilibria as such.
    x : float
    low, high : float
        The bracket it was narrowed to.
    at_low, at_high : float
        The function there.
    kind : str
        `crossing`, `jump`, `touch` (zero without a change of sign), `flat` (an end of an interval
        of zeros) or `hole` (changes sign between `low` and `high`, and is not defined in between).
    """

    watch: int
    x: float
    low: float
    high: float
    at_low: float
    at_high: float
    kind: str


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
    return root.watch == LABEL or scan.watches[root.watch].kind == EQUILIBRIUM


def _beside(scan: Scan, root: Root) -> list[float]:
    """Places on either side of a root within the range."""
    steps = (ASIDE, JUMP_NEAR) if of_equilibria(scan, root) else (ASIDE,)
    sides = [side for step in steps for side in _sides(root, step * scan.width)]
    return [x for x in sides if scan.low <= x <= scan.high]


def _sides(root: Root, step: float) -> tuple[float, float]:
    return min(root.low, root.x) - step, max(root.high, root.x) + step


def _sign_changes(scan: Scan, roots: Sequence[Root]) -> Iterator[tuple[int, int, int]]:
    """Watched functions, and pairs of places between which they change sign, not located yet."""
    for w in range(len(scan.watches)):
        signs = scan.signs(w)
        mine = [root for root in roots if root.watch == w]
        known = np.flatnonzero(np.isfinite(signs) & (signs != 0.0))
        for a, b in pairwise(known):
            if signs[a] * signs[b] < 0.0 and not any(
                scan.x[a] <= root.high and root.low <= scan.x[b] for root in mine
            ):
                yield w, int(a), int(b)


def _crossings(scan: Scan, roots: Sequence[Root], *, continuous: bool) -> list[Root]:
    """Locate sign changes: of continuous functions only, or of the rest, all at once."""
    brackets, holes = [], []
    for w, a, b in _sign_changes(scan, roots):
        steady = scan.watches[w].kind in (EQUILIBRIUM, REPLY)
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
    last_bit = np.array([scan.watches[w].kind == EQUILIBRIUM for w in which])
    found = locate(
        lambda x, k: scan.call(x, which[k]),
        scan.x[a],
        scan.x[b],
        scan.values[a, which],
        scan.values[b, which],
        np.where(last_bit, 0.0, _WIDTH * scan.width),
    )
    located = [_root(scan, int(which[k]), found, int(k)) for k in np.flatnonzero(~found.hole)]
    if found.hole.any():  # found again in the next round, around a place without a value
        scan.add(found.at[found.hole])
        if not located and not holes:
            return _crossings(scan, roots, continuous=continuous)
    return [*holes, *located]


def _root(scan: Scan, w: int, found: Roots, k: int) -> Root:
    ends = (float(found.at_low[k]), float(found.at_high[k]))
    low, high = float(found.low[k]), float(found.high[k])
    jumps = low < high and max(map(abs, ends)) > JUMP * scan.sized(w)
    return Root(
        w, _snapped(scan, float(found.at[k])), low, high, *ends, "jump" if jumps else "crossing"
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
            found.append(Root(w, near[0].x, low, high, *ends, "jump"))
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
    return Root(w, 0.5 * (low + high), low, high, *ends, "hole")


def _flat(scan: Scan, w: int, a: int, b: int) -> list[Root]:
    """Both ends of an interval of zeros between places with opposite signs."""
    inner = np.flatnonzero(scan.signs(w)[a : b + 1] == 0.0) + a
    return _edges(scan, w, (a, b), (int(inner[0]), int(inner[-1])))


def _rests(scan: Scan, roots: Sequence[Root]) -> list[Root]:
    """Ends of intervals in which a side breaks even, with one sign or an end of the range beside.

    Where the equilibrium changes with it, that change says so.
    """
    found: list[Root] = []
    for w, watch in enumerate(scan.watches):
        if watch.kind != "loss":
            continue
        taken = [root for root in roots if root.watch == w]
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
            "flat",
        )
        for place, beside, edge, k in zip(meant, outside, inside, out, strict=True)
    ]


def _label_changes(scan: Scan, roots: Sequence[Root]) -> list[Root]:
    """Changes of the equilibria that no margin explains, narrowed by what the equilibria are."""
    marks = [root for root in roots if of_equilibria(scan, root)]
    nearly = JUMP_NEAR * scan.width
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
        Root(LABEL, _between(scan, float(a), float(b)), float(a), float(b), 1.0, -1.0, "jump")
        for a, b in zip(low, high, strict=True)
    ]


# --- touching -------------------------------------------------------------------------------------


def _touches(scan: Scan) -> list[Root]:
    """Follow every dip towards zero: return what touches; the search finds what crosses."""
    dips = [(w, k) for w in range(len(scan.watches)) for k in _dips(scan, w)]
    if not dips:
        return []
    which, middle = np.array(dips).T
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
            "touch",
        )
        for k in np.flatnonzero(~found.beyond & (np.abs(found.value) <= zero))
    ]


def _dips(scan: Scan, w: int) -> Iterator[int]:
    """Places nearer to zero than their neighbours on either side, and near enough to cross."""
    values, signs = scan.values[:, w], scan.signs(w)
    size = np.abs(values)
    for k in range(1, len(size) - 1):
        if np.isnan(size[k - 1 : k + 2]).any() or not signs[k - 1] or signs[k - 1] != signs[k + 1]:
            continue
        if signs[k] not in (0.0, signs[k - 1]) or size[k] > min(size[k - 1], size[k + 1]):
            continue
        if max(size[k - 1], size[k + 1]) >= 1.5 * size[k]:
            yield k
