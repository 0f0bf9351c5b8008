"""Thresholds: what changes at a place along a parameter, and what holds on either side of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from negotiation.games import Equilibrium
from negotiation.games.game import Array
from negotiation.outcome import Outcome
from negotiation.regimes.thresholds.scan import Scan
from negotiation.regimes.thresholds.search import ASIDE, Root, of_equilibria
from negotiation.regimes.thresholds.watch import (
    EQUILIBRIUM,
    REPLY,
    SET,
    TIE,
    Watch,
    concepts_disagree,
)
from negotiation.tolerances import JUMP_NEAR, THRESHOLD

#: How near an end of the range a change of equilibria is that end's own, though nothing is tied
#: there: a probability below `SAME_PROFILE` is none, which a slope makes a few times as wide.
_BARELY = 10.0 * JUMP_NEAR


@dataclasses.dataclass(frozen=True, eq=False)
class Regime:
    """What holds at one value of the parameter.

    Attributes
    ----------
    at : float
    selected : str
        Support of the selected equilibrium; empty where none is certified.
    payoffs : mapping of player to float
        At the selected equilibrium.
    equilibria : tuple of Equilibrium
        All that were found, each with profile, payoffs, regret and component.
    degenerate : bool
        The game is solved exactly, and equilibria of one component are connected.
    status : str
    """

    at: float
    selected: str
    payoffs: Mapping[str, float]
    equilibria: tuple[Equilibrium, ...]
    degenerate: bool
    status: str

    @property
    def supports(self) -> tuple[str, ...]:
        """Supports of all equilibria, sorted."""
        return tuple(sorted({each.support for each in self.equilibria}))


@dataclasses.dataclass(frozen=True)
class Change:
    """One thing that changes at a threshold.

    Attributes
    ----------
    kind : str
        `equilibrium`, `equilibria` (others than the selected one), `tie` (payoffs are exactly equal
        at an end of the range, or on one side), `reply`, `loss`, `concession`, `walk-out`,
        `surplus` or `concepts`.
    subject : str
        The function that changes sign; of an equilibrium the phrase that says how it changes.
    below, above : str
        What holds on either side.
    phrases : tuple of str
        By which `when` finds it.
    nature : str
        `crossing`: a continuous function passes zero. `jump`: it jumps over zero, because the
        equilibrium changes. `touch`: it reaches zero and turns. `flat`: it is zero
        from here on, or up to here. `hole`: it changes sign across an interval in which it is not
        defined.
    value_below, value_above : float
        The function on either side, a hundred-thousandth of the range away; NaN of an equilibrium.
    slope : float
        Of a crossing: its change per unit of the parameter.
    unit : str
    """

    kind: str
    subject: str
    below: str
    above: str
    phrases: tuple[str, ...]
    nature: str
    value_below: float = np.nan
    value_above: float = np.nan
    slope: float = np.nan
    unit: str = ""


@dataclasses.dataclass(frozen=True, eq=False)
class Threshold:
    """A value of the parameter at which something changes.

    Attributes
    ----------
    value : float
    width : float
        Width of the bracket it lies in.
    changes : tuple of Change
    below, at, above : Regime
        Just below, at the value, and just above; at an end of the range that side is the value
        itself.
    end : str
        `low` or `high` at that end of the range, where there is nothing on the other side; else
        empty.
    """

    value: float
    width: float
    changes: tuple[Change, ...]
    below: Regime
    at: Regime
    above: Regime
    end: str = ""


def events(scan: Scan, roots: Sequence[Root]) -> Iterator[Threshold]:
    """Describe what changes at every place that a search found, in order."""
    places = list(_places(scan, _at_crossings(scan, _at_ends(scan, roots))))
    if not places:
        return
    best = [_best(scan, place) for place in places]
    values = np.array([root.x for root in best])
    between = np.diff(np.concatenate([[-np.inf], values, [np.inf]]))
    step = np.minimum(ASIDE * scan.width, np.minimum(between[:-1], between[1:]) / 3.0)
    low = np.array([min(root.low for root in place) for place in places])
    high = np.array([max(root.high for root in place) for place in places])
    sides = np.stack(
        [
            np.maximum(np.minimum(low, values) - step, scan.low),
            values,
            np.minimum(np.maximum(high, values) + step, scan.high),
        ],
        axis=1,
    )
    outcome = scan.outcome(sides.reshape(-1))
    watched = np.stack([watch.value(outcome) for watch in scan.watches], axis=1)
    watched = watched.reshape(len(places), 3, -1)
    for k, place in enumerate(places):
        regimes = [_regime(outcome, 3 * k + j, float(sides[k, j])) for j in range(3)]
        x = float(values[k])
        end = "low" if x == scan.low else "high" if x == scan.high else ""
        changes = tuple(_changes(scan, place, regimes, watched[k], sides[k], end))
        if changes:
            width = abs(best[k].high - best[k].low)
            below, at, above = regimes
            yield Threshold(x, width, changes, below, at, above, end)


def _places(scan: Scan, roots: Sequence[Root]) -> Iterator[list[Root]]:
    """Roots at the same place, together: jumps with the change of equilibrium that makes them."""
    apart, near = THRESHOLD * scan.width, JUMP_NEAR * scan.width
    group: list[Root] = []
    for root in sorted(roots, key=lambda each: each.x):
        if group:
            gap = root.x - group[-1].x
            jumps = root.kind == "jump" or all(each.kind == "jump" for each in group)
            both = any(of_equilibria(scan, each) for each in (root, *group))
            if not (gap <= apart or (gap <= near and jumps and both)):
                yield group
                group = []
        group.append(root)
    if group:
        yield group


def _best(scan: Scan, place: Sequence[Root]) -> Root:
    """The root that is located best."""

    def order(root: Root) -> tuple[bool, bool]:
        return (root.kind != "crossing", not of_equilibria(scan, root))

    return min(place, key=order)


def _at_ends(scan: Scan, roots: Sequence[Root]) -> list[Root]:
    """Move roots to an end of the range, where only that end's own game is different.

    At a tie equilibria differ within a tolerance of it, and where that ends is no finding.
    """
    moved = list(roots)
    for end, tied in zip((scan.low, scan.high), scan.tied, strict=True):
        near = ASIDE if tied else _BARELY
        mine = [
            k
            for k, root in enumerate(roots)
            if of_equilibria(scan, root) and abs(root.x - end) <= near * scan.width
        ]
        if not mine:
            continue
        # What jumps with the equilibria, jumps where they change.
        with_it = [
            k
            for k, root in enumerate(roots)
            if root.kind == "jump"
            and any(abs(root.x - roots[m].x) <= JUMP_NEAR * scan.width for m in mine)
        ]
        for k in {*mine, *with_it}:
            moved[k] = dataclasses.replace(roots[k], x=end)
    return moved


def _regime(outcome: Outcome, k: int, x: float) -> Regime:
    chosen = outcome.selection
    return Regime(
        at=x,
        selected=str(chosen.support[k]),
        payoffs=dict(zip(outcome.game.players, map(float, chosen.payoffs[k]), strict=True)),
        equilibria=tuple(outcome.equilibria.at((k,))),
        degenerate=bool(outcome.equilibria.degenerate[k]),
        status=str(outcome.status[k]),
    )


def _at_crossings(scan: Scan, roots: Sequence[Root]) -> list[Root]:
    """Move roots that are known within a tolerance to the crossing of payoffs that makes them.

    Where two payoffs cross, they are tied within a tolerance on either side, and a rule changes its
    choice, or a probability becomes too small to count, that much early or late. The crossing
    itself is located to the last bit.
    """
    exact = [
        root.x
        for root in roots
        if root.kind == "crossing" and root.watch >= 0 and _kind(scan, root) in (EQUILIBRIUM, REPLY)
    ]
    if not exact:
        return list(roots)
    moved = []
    for root in roots:
        x = min(exact, key=lambda each: abs(each - root.x))
        near = _BARELY if of_equilibria(scan, root) else JUMP_NEAR
        if root.x not in exact and root.kind != "hole" and abs(x - root.x) <= near * scan.width:
            moved.append(dataclasses.replace(root, x=x))
        else:
            moved.append(root)
    return moved


def _changes(
    scan: Scan,
    place: Sequence[Root],
    regimes: Sequence[Regime],
    values: Array,
    sides: Array,
    end: str,
) -> Iterator[Change]:
    below, _, above = regimes
    yield from _equilibria(scan, below, above, end)
    seen: set[tuple[object, ...]] = set()
    concepts = [root for root in place if root.watch >= 0 and _kind(scan, root) == "concepts"]
    for root in place:
        if of_equilibria(scan, root):
            continue
        watch = scan.watches[root.watch]
        before, after = (float(values[j, root.watch]) for j in (0, 2))
        if watch.kind == REPLY:
            if watch.place[:2] not in seen:
                seen.add(watch.place[:2])
                yield from _reply(scan, watch, values)
            continue
        if watch.kind == "concepts" and (len(concepts) > 1 or root.kind == "touch"):
            continue  # all concepts change together: that is told of the concession
        nature = root.kind
        if nature == "hole":
            before, after = root.at_low, root.at_high
        slope = np.nan
        if nature == "crossing":
            slope = (after - before) / float(sides[2] - sides[0])
        one, two = watch.side(before), watch.side(after)
        if nature == "flat":
            zero = scan.zero(root.watch)
            one, two = (
                watch.even if abs(each) <= zero else side
                for each, side in ((before, one), (after, two))
            )
        if one == two and nature in ("crossing", "jump") and watch.kind != "concepts":
            continue  # a sign that turns twice within a tolerance of a tie is rounding
        if watch.kind == "concepts":
            one, two = _agreement(scan, values[0]), _agreement(scan, values[2])
        yield Change(
            watch.kind,
            watch.subject,
            one,
            two,
            (one, two),
            nature,
            before,
            after,
            slope,
            watch.unit,
        )


def _kind(scan: Scan, root: Root) -> str:
    return scan.watches[root.watch].kind


def _agreement(scan: Scan, values: Array) -> str:
    pair = [w for w, watch in enumerate(scan.watches) if watch.kind == "concepts"]
    watch = scan.watches[pair[0]]
    return watch.negative if concepts_disagree(*values[pair]) else watch.positive


def _equilibria(scan: Scan, below: Regime, above: Regime, end: str) -> Iterator[Change]:
    none = "no certified equilibrium"
    known = below.equilibria and above.equilibria
    tied = bool(end) or below.degenerate != above.degenerate
    apart = below.supports != above.supports
    if known and tied and (apart or (end and below.selected != above.selected)):
        one, two = (each.selected or none for each in (below, above))
        named = ("payoffs are tied",) if end else ("payoffs are tied", "equilibrium changes")
        yield Change(TIE, "payoffs that are exactly tied", one, two, named, "jump")
        return
    if below.selected != above.selected:
        phrases = ["equilibrium changes"]
        if below.selected and above.selected:
            parts = zip(
                type(scan.model).players,
                below.selected.split("/"),
                above.selected.split("/"),
                strict=True,
            )
            phrases += [f"{player}: {one} -> {two}" for player, one, two in parts if one != two]
        subject = "; ".join(phrases[1:]) or phrases[0]
        yield Change(
            EQUILIBRIUM,
            subject,
            below.selected or none,
            above.selected or none,
            tuple(phrases),
            "jump",
        )
    elif below.supports != above.supports:
        sets = [" or ".join(each.supports) or none for each in (below, above)]
        phrase = "the set of equilibria changes"
        yield Change(SET, phrase, sets[0], sets[1], (phrase,), "jump")


def _reply(scan: Scan, watch: Watch, values: Array) -> Iterator[Change]:
    """Which answer is best on either side."""
    rivals = [w for w, each in enumerate(scan.watches) if each.place[:2] == watch.place[:2]]
    best = [max(rivals, key=lambda w: float(values[j, w])) for j in (0, 2)]
    if best[0] == best[1]:
        return
    one, two = (scan.watches[w].positive for w in best)
    lead = float(values[0, best[0]]), -float(values[2, best[1]])
    subject = f"the lead of {one.rpartition(' ')[2]} over {two.rpartition(' ')[2]}"
    yield Change(REPLY, subject, one, two, (one, two), "crossing", *lead, unit=watch.unit)
