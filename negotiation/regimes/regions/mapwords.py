"""A map of regimes in words: labels of regions, sides of curves, and where the curves run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from negotiation.games.game import Array
from negotiation.model import Model
from negotiation.regimes.regions.breaks import State
from negotiation.regimes.regions.facets import NONE, Facet, ModelFacets
from negotiation.regimes.regions.partition import Change
from negotiation.regimes.regions.plane import Plane
from negotiation.words import amount, opening

if TYPE_CHECKING:
    from collections.abc import Mapping


def label(model: type[Model], facets: ModelFacets, state: State) -> str:
    """Return a regime in words: `retaliate/escalate; Canada pays; the US loses without a deal`."""
    if state[0] != 0:
        return f"not certified ({facets.statuses[state[0]].partition(':')[0]})"
    said = [facets.supports[state[1]]]
    pairs = list(zip(facets.facets, state, strict=True))
    said += [_told(model, facets, f, code) for f, code in pairs if f.kind == "deal" and not code]
    said += [
        _told(model, facets, f, code) for f, code in pairs if f.kind == "pays" and code != NONE
    ]
    losses = [(f, code) for f, code in pairs if f.kind == "loss"]
    if losses:
        said.append(_losers(model, losses))
    said += [
        _told(model, facets, f, code) for f, code in pairs if f.kind == "walkout" and code == 1
    ]
    return "; ".join(said)


def _losers(model: type[Model], losses: Sequence[tuple[Facet, int]]) -> str:
    losing = [f.player for f, code in losses if code == 1]
    gaining = [f.player for f, code in losses if code == -1]
    if len(losing) == len(losses):
        return "both lose without a deal"
    if len(gaining) == len(losses):
        return "both gain without a deal"
    said = [f"{model.named(player)} loses" for player in losing]
    said += [f"{model.named(player)} gains" for player in gaining]
    return f"{' and '.join(said) or 'neither loses'} without a deal"


def parts(model: type[Model], facets: ModelFacets, state: State) -> Mapping[str, str]:
    """Return a regime facet by facet; what does not apply is left out."""
    found = {}
    for facet, code in zip(facets.facets, state, strict=True):
        if code == NONE:
            continue
        name = facet.kind + (f" of {facet.player}" if facet.kind in ("loss", "walkout") else "")
        found[name] = _told(model, facets, facet, code)
    return found


def _told(model: type[Model], facets: ModelFacets, facet: Facet, code: int) -> str:
    """Return one facet in words."""
    if code == NONE:
        return ""
    if facet.kind == "status":
        return facets.statuses[code]
    if facet.kind == "equilibrium":
        return facets.supports[code]
    if facet.kind == "deal":
        return "there is a deal" if code else "there is no deal"
    who = model.named(facet.player)
    if facet.kind == "pays":
        return {1: f"{who} is paid", 0: "nobody pays", -1: f"{who} pays"}[code]
    if facet.kind == "loss":
        word = {1: "loses", 0: "neither gains nor loses", -1: "gains"}[code]
        return f"{who} {word} without a deal"
    return f"{who}'s walk-out {'binds' if code else 'does not bind'}"


def side(model: type[Model], facets: ModelFacets, codes: Sequence[tuple[int, int]]) -> str:
    """Return what holds on one side of a curve: the facets that change, in words."""
    said = []
    for f, code in codes:
        facet = facets.facets[f]
        if facet.kind == "status" and code != 0:
            return f"not certified ({facets.statuses[code].partition(':')[0]})"
        if facet.kind != "status" and code != NONE:
            said.append(_told(model, facets, facet, code))
    return ", ".join(said) or "none of it"


def move(model: type[Model], facets: ModelFacets, change: Change, *, forth: bool) -> str:
    """Say who changes from what to what across a curve, left to right if `forth`.

    Empty where the equilibrium stays, is mixed, or more than one side changes.
    """
    for f, left, right in change:
        if facets.facets[f].kind != "equilibrium" or NONE in (left, right):
            continue
        ends = (left, right) if forth else (right, left)
        start, end = (facets.supports[code].split("/") for code in ends)
        moved = [p for p, (a, b) in enumerate(zip(start, end, strict=True)) if a != b]
        if len(moved) == 1 and "+" not in "".join(start + end):
            p = moved[0]
            return f"{model.named(model.players[p])} changes from {start[p]} to {end[p]}"
    return ""


# --- where a curve runs ---------------------------------------------------------------------------


def sentence(
    plane: Plane,
    points: Array,
    sides: tuple[str, str],
    moves: tuple[str, str],
    *,
    loose: tuple[bool, bool] = (False, False),
    closed: bool,
    jump: bool,
) -> str:
    """Say what changes across a curve and where it runs: its ends, and a place between them.

    Parameters
    ----------
    sides : (str, str)
        What holds on the left and on the right.
    moves : (str, str)
        Who changes from left to right, and from right to left; may be empty.
    loose : (bool, bool)
        Whether its first and its last point are junctions, which are not located to the last digit.
    """
    left, right = sides
    forth, back = moves
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
