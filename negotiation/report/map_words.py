"""A map of regimes in words: labels of regions, sides of curves, and where the curves run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from negotiation.games.game import Array
from negotiation.regimes.regions.breaks import State
from negotiation.regimes.regions.facets import NONE, Facet, Legend
from negotiation.regimes.regions.partition import Change
from negotiation.regimes.regions.regions import Curve
from negotiation.words import amount, opening

if TYPE_CHECKING:
    from collections.abc import Mapping


def label(legend: Legend, state: State) -> str:
    """Return a regime in words: `retaliate/escalate; Canada pays; the US loses without a deal`."""
    if state[0] != 0:
        return f"not certified ({legend.statuses[state[0]].verdict})"
    said = [legend.supports[state[1]]]
    pairs = list(zip(legend.facets, state, strict=True))
    said += [_told(legend, f, code) for f, code in pairs if f.kind == "deal" and not code]
    said += [_told(legend, f, code) for f, code in pairs if f.kind == "pays" and code != NONE]
    losses = [(f, code) for f, code in pairs if f.kind == "loss"]
    if losses:
        said.append(_losers(legend, losses))
    said += [
        _told(legend, f, code)
        for f, code in pairs
        if (f.kind == "walkout" and code == 1)
        or (f.signed and f.kind not in ("pays", "loss") and code != NONE)
    ]
    return "; ".join(said)


def _losers(legend: Legend, losses: Sequence[tuple[Facet, int]]) -> str:
    losing = [f.player for f, code in losses if code == 1]
    gaining = [f.player for f, code in losses if code == -1]
    if len(losing) == len(losses):
        return "both lose without a deal"
    if len(gaining) == len(losses):
        return "both gain without a deal"
    said = [f"{legend.model.named(player)} loses" for player in losing]
    said += [f"{legend.model.named(player)} gains" for player in gaining]
    return f"{' and '.join(said) or 'neither loses'} without a deal"


def parts(legend: Legend, state: State) -> Mapping[str, str]:
    """Return a regime facet by facet; what does not apply is left out."""
    found = {}
    for facet, code in zip(legend.facets, state, strict=True):
        if code == NONE:
            continue
        found[facet.name] = _told(legend, facet, code)
    return found


def _told(legend: Legend, facet: Facet, code: int) -> str:
    """Return one facet in words."""
    if code == NONE:
        return ""
    if facet.kind == "status":
        return str(legend.statuses[code])
    if facet.kind == "equilibrium":
        return legend.supports[code]
    if facet.kind == "deal":
        return "there is a deal" if code else "there is no deal"
    who = legend.model.named(facet.player)
    if facet.kind == "pays":
        return {1: f"{who} is paid", 0: "nobody pays", -1: f"{who} pays"}[code]
    if facet.kind == "loss":
        word = {1: "loses", 0: "neither gains nor loses", -1: "gains"}[code]
        return f"{who} {word} without a deal"
    if facet.kind == "walkout":
        return f"{who}'s walk-out {'binds' if code else 'does not bind'}"
    assert facet.signal is not None
    return facet.signal.holds(code) if code else facet.signal.even


def side(legend: Legend, codes: Sequence[tuple[int, int]]) -> str:
    """Return what holds on one side of a curve: the facets that change, in words."""
    said = []
    for f, code in codes:
        facet = legend.facets[f]
        if facet.kind == "status" and code != 0:
            return f"not certified ({legend.statuses[code].verdict})"
        if facet.kind != "status" and code != NONE:
            said.append(_told(legend, facet, code))
    return ", ".join(said) or "none of it"


def move(legend: Legend, change: Change, *, forth: bool) -> str:
    """Say who changes from what to what across a curve, left to right if `forth`.

    Empty where the equilibrium stays, is mixed, or more than one side changes.
    """
    for f, left, right in change:
        if legend.facets[f].kind != "equilibrium" or NONE in (left, right):
            continue
        ends = (left, right) if forth else (right, left)
        start, end = (legend.supports[code].split("/") for code in ends)
        moved = [p for p, (a, b) in enumerate(zip(start, end, strict=True)) if a != b]
        if len(moved) == 1 and "+" not in "".join(start + end):
            p = moved[0]
            return (
                f"{legend.model.named(legend.model.players[p])} changes from {start[p]} to {end[p]}"
            )
    return ""


# --- where a curve runs ---------------------------------------------------------------------------


def sides(curve: Curve) -> tuple[str, str]:
    """Return what holds on the left and on the right of a curve."""
    left, right = (
        side(curve.legend, [(each[0], each[which]) for each in curve.change]) for which in (1, 2)
    )
    return left, right


def sentence(curve: Curve) -> str:
    """Say what changes across a curve and where it runs: its ends, and a place between them."""
    plane, points = curve.plane, curve.points
    loose, closed, jump = curve.loose, curve.closed, curve.jump
    left, right = sides(curve)
    forth, back = (move(curve.legend, curve.change, forth=way) for way in (True, False))
    span = np.array(plane.high) - np.array(plane.low)
    extent = np.ptp(points, axis=0)
    (x, y) = plane.names
    if closed:
        box = [
            f"{name} {amount(points[:, k].min())} to {amount(points[:, k].max())}"
            for k, name in enumerate((x, y))
        ]
        inner, outer = (left, right) if _turning(points / span) > 0 else (right, left)
        return f"{opening(inner)} within a closed curve, {box[0]}, {box[1]}; outside it {outer}."
    upright = extent[1] / span[1] > extent[0] / span[0]
    run, across = (1, 0) if upright else (0, 1)
    backwards = points[-1, run] < points[0, run]
    if backwards:
        points, left, right, forth, back = points[::-1], right, left, back, forth
        loose = loose[::-1]
    # Going right, left is above; going up, left is to the left: below in the first parameter.
    above, below, moved = (right, left, forth) if upright else (left, right, back)
    places = [0, *_between(points[:, run]), len(points) - 1]
    name, other = plane.names[across], plane.names[run]
    rough = {0: loose[0], len(points) - 1: loose[1]}
    where = []
    for k in dict.fromkeys(places):
        show = _roughly if rough.get(k) else amount
        named = f"{other} = " if k == 0 else ""
        where.append(f"{show(points[k, across])} at {named}{show(points[k, run])}")
    level = np.ptp(points[:, across]) <= 1e-6 * span[across]
    course = (
        f"{amount(points[len(points) // 2, across])}, for {other} from "
        f"{(_roughly if loose[0] else amount)(points[0, run])} to "
        f"{(_roughly if loose[1] else amount)(points[-1, run])}"
        if level
        else ", ".join(where)
    )
    tail = f": {moved}" if moved else ""
    tail += " (a jump)" if jump else ""
    return f"Below {name} = {course}: {below}; above: {above}{tail}."


def _roughly(value: float) -> str:
    return f"about {amount(float(f'{value:.4g}'))}"


def _between(along: Array) -> list[int]:
    """The point nearest to the middle of a curve's course, if there is one between its ends."""
    if len(along) < 3:
        return []
    middle = 0.5 * (along[0] + along[-1])
    return [1 + int(np.abs(along[1:-1] - middle).argmin())]


def _turning(points: Array) -> float:
    """Twice the signed area of a closed curve: positive where it runs anticlockwise."""
    x, y = points[:, 0], points[:, 1]
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())
