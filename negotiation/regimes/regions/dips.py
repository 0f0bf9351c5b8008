"""Where a function on a grid may come down to zero between its points."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.games.game import Array
from negotiation.regimes.regions.breaks import Facets

Point = tuple[float, float]

#: A slack whose predicted minimum is below this share of its second difference is looked at.
_NEAR = 0.25


#: How often such a minimum is improved.
_IMPROVEMENTS = 5


@dataclasses.dataclass(frozen=True)
class Dip:
    """A place at which a slack may come down to zero between points of the grid."""

    facet: int
    state: int
    at: Point


def dips(slack: Array, states: NDArray[np.int64], facet: int) -> Iterator[tuple[Dip, Point]]:
    """Find minima of a slack along the grid's lines that may reach down to zero."""
    for axis in (0, 1):
        n = slack.shape[axis]
        if n < 3:
            continue
        triple = [np.take(slack, range(k, n - 2 + k), axis=axis) for k in range(3)]
        codes = [np.take(states, range(k, n - 2 + k), axis=axis) for k in range(3)]
        same = (codes[0] == codes[1]).all(axis=-1) & (codes[1] == codes[2]).all(axis=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope, bend = 0.5 * (triple[2] - triple[0]), triple[0] - 2.0 * triple[1] + triple[2]
            offset = -slope / bend
            least = triple[1] - slope**2 / (2.0 * bend)
            near = same & (bend > 0.0) & (np.abs(offset) <= 1.0) & (least < _NEAR * bend)
        for i, j in zip(*np.nonzero(near), strict=True):
            way = (1.0, 0.0) if axis == 0 else (0.0, 1.0)
            centre = (float(i) + way[0], float(j) + way[1])
            move = float(offset[i, j])
            at = (centre[0] + move * way[0], centre[1] + move * way[1])
            state = int(codes[1][i, j, facet])
            yield Dip(facet, state, at), way


def wells(slack: Array, states: NDArray[np.int64], facet: int) -> Iterator[Dip]:
    """Find minima of a slack in the plane that may reach down to zero."""
    n, m = slack.shape
    if min(n, m) < 3:
        return
    views = np.lib.stride_tricks.sliding_window_view(slack, (3, 3)).reshape(-1, 3, 3)
    codes = np.lib.stride_tricks.sliding_window_view(states, (3, 3), axis=(0, 1))
    same = (codes == states[1:-1, 1:-1, :, None, None]).all(axis=(2, 3, 4)).reshape(-1)
    chosen = np.flatnonzero(same & np.isfinite(views).all(axis=(1, 2)))
    move, least = quadratic(views[chosen])
    bend = np.abs(views[chosen] - views[chosen][:, 1:2, 1:2]).max(axis=(1, 2))
    inside = (np.abs(move) <= 1.0).all(axis=1) & (least < _NEAR * bend)
    for k in np.flatnonzero(inside):
        i, j = divmod(int(chosen[k]), m - 2)
        at = (i + 1.0 + float(move[k, 0]), j + 1.0 + float(move[k, 1]))
        yield Dip(facet, int(states[i + 1, j + 1, facet]), at)


def quadratic(values: Array) -> tuple[Array, Array]:
    """Minimum of the quadratic through (K, 3, 3) stencils: where (K, 2), in steps, and its value.

    NaN where it has none.
    """
    gx = 0.5 * (values[:, 2, 1] - values[:, 0, 1])
    gy = 0.5 * (values[:, 1, 2] - values[:, 1, 0])
    hx = values[:, 2, 1] - 2.0 * values[:, 1, 1] + values[:, 0, 1]
    hy = values[:, 1, 2] - 2.0 * values[:, 1, 1] + values[:, 1, 0]
    hxy = 0.25 * (values[:, 2, 2] + values[:, 0, 0] - values[:, 2, 0] - values[:, 0, 2])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        det = hx * hy - hxy**2
        det = np.where((hx > 0.0) & (det > 1e-12 * hx * hy), det, np.nan)
        move = np.stack([(hxy * gy - hy * gx) / det, (hxy * gx - hx * gy) / det], axis=1)
        least = values[:, 1, 1] + 0.5 * (gx * move[:, 0] + gy * move[:, 1])
    return move, least


def down_lines(
    facets: Facets, shape: tuple[int, int], low: Sequence[tuple[Dip, Point]]
) -> Iterator[tuple[Array, int]]:
    """Follow dips down along their grid line; give points, and rows, where the regime differs."""
    if not low:
        return
    way = np.array([along for _, along in low])
    at = np.array([dip.at for dip, _ in low])
    facet = np.array([dip.facet for dip, _ in low], dtype=np.int64)
    state = np.array([dip.state for dip, _ in low], dtype=np.int64)
    step = np.full(len(low), 0.25)
    active = np.arange(len(low))
    top = np.array(shape) - 1.0
    for _ in range(_IMPROVEMENTS):
        offsets = np.array([-1.0, 0.0, 1.0])
        shift = offsets[None, :] * step[active, None]
        points = at[active, None, :] + shift[..., None] * way[active, None, :]
        points = np.clip(points, 0.0, top)
        rows = facets.look(points.reshape(-1, 2))
        whose, which = np.repeat(facet[active], 3), np.repeat(state[active], 3)
        found = facets.states(rows)[np.arange(len(rows)), whose]
        other = (found != which).reshape(-1, 3)
        for row, k in zip(*np.nonzero(other), strict=True):
            yield points[row, k], int(rows.reshape(-1, 3)[row, k])
        slack = facets.slack(rows, whose, which).reshape(-1, 3)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope, bend = 0.5 * (slack[:, 2] - slack[:, 0]), slack @ [1.0, -2.0, 1.0]
            move = np.clip(np.where(bend > 0.0, -slope / bend, -np.sign(slope)), -2.0, 2.0)
            least = np.where(bend > 0.0, slack[:, 1] - slope**2 / (2.0 * bend), slack[:, 1])
        at[active] += (np.nan_to_num(move) * step[active])[:, None] * way[active]
        at[active] = np.clip(at[active], 0.0, top)
        step[active] *= 0.3
        going = ~other.any(axis=1) & np.isfinite(least) & (least < 0.5 * slack.min(axis=1))
        active = active[going]
        if not len(active):
            return


def down_hollows(facets: Facets, shape: tuple[int, int], hollows: Sequence[Dip]) -> list[Point]:
    """Follow dips down in the plane; return where another regime was found."""
    if not hollows:
        return []
    at = np.array([dip.at for dip in hollows])
    facet = np.array([dip.facet for dip in hollows], dtype=np.int64)
    state = np.array([dip.state for dip in hollows], dtype=np.int64)
    active, step = np.arange(len(hollows)), 0.25
    top = np.array(shape) - 1.0
    stencil = np.array([(a, b) for a in (-1.0, 0.0, 1.0) for b in (-1.0, 0.0, 1.0)])
    islands: list[Point] = []
    for _ in range(_IMPROVEMENTS):
        points = np.clip(at[active, None, :] + step * stencil, 0.0, top)
        rows = facets.look(points.reshape(-1, 2))
        who = np.repeat(active, 9)
        found = facets.states(rows)[np.arange(len(rows)), facet[who]]
        slack = facets.slack(rows, facet[who], state[who]).reshape(-1, 3, 3)
        other = (found != state[who]).reshape(-1, 9)
        for row in np.flatnonzero(other.any(axis=1)):
            where = points[row, int(other[row].argmax())]
            islands.append((float(where[0]), float(where[1])))
        move, least = quadratic(slack)
        at[active] = np.clip(at[active] + step * np.clip(move, -2.0, 2.0), 0.0, top)
        step *= 0.3
        low = slack.reshape(-1, 9).min(axis=1)
        active = active[~other.any(axis=1) & np.isfinite(least) & (least < 0.5 * low)]
        if not len(active):
            break
    return islands
