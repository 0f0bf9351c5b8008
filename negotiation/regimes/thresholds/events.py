"""Thresholds: what changes at a place along a parameter, and what holds on either side of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from negotiation.games import Equilibrium
from negotiation.games.game import Array
from negotiation.regimes.event import EventNature
from negotiation.regimes.locate import ASIDE, BARELY, Root, Scan, of_equilibria
from negotiation.regimes.signal import (
    CONCEPTS,
    EQUILIBRIUM,
    REPLY,
    SET,
    TIE,
    Signal,
    SignalKind,
    concepts_disagree,
)
from negotiation.tolerances import JUMP_NEAR, THRESHOLD


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
    nature : EventNature
    value_below, value_above : float
        The function on either side, a hundred-thousandth of the range away; NaN of an equilibrium.
    slope : float
        Of a crossing: its change per unit of the parameter.
    unit : str
    answers : tuple of str
        Of a best reply: the actions on either side; else empty.
    """

    kind: str
    subject: str
    below: str
    above: str
    phrases: tuple[str, ...]
    nature: EventNature
    value_below: float = np.nan
    value_above: float = np.nan
    slope: float = np.nan
    unit: str = ""
    answers: tuple[str, ...] = ()


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


@dataclasses.dataclass(frozen=True, eq=False)
class Place:
    """Roots at one value, and where it is looked beside them.

    Attributes
    ----------
    roots : list of Root
    best : Root
        The one that is located best.
    below, above : float
    """

    roots: list[Root]
    best: Root
    below: float
    above: float

    @property
    def x(self) -> float:
        """The value."""
        return self.best.x


def places(scan: Scan, roots: Sequence[Root]) -> list[Place]:
    """Bring roots together that are one event, and solve beside each, all at once."""
    groups = list(_groups(scan, _at_crossings(scan, roots)))
    if not groups:
        return []
    best = [_best(scan, group) for group in groups]
    values = np.array([root.x for root in best])
    between = np.diff(np.concatenate([[-np.inf], values, [np.inf]]))
    step = np.minimum(ASIDE * scan.width, np.minimum(between[:-1], between[1:]) / 3.0)
    low = np.array([min(root.low for root in group) for group in groups])
    high = np.array([max(root.high for root in group) for group in groups])
    below = np.maximum(np.minimum(low, values) - step, scan.low)
    above = np.minimum(np.maximum(high, values) + step, scan.high)
    scan.solve(np.concatenate([below, above]))
    return [Place(*each) for each in zip(groups, best, below.tolist(), above.tolist(), strict=True)]


def events(scan: Scan, roots: Sequence[Root]) -> Iterator[Threshold]:
    """Describe what changes at every place that a search found, in order."""
    found = places(scan, _at_ends(scan, roots))
    sides = np.array([[each.below, each.x, each.above] for each in found])
    scan.solve(sides.reshape(-1))
    for place, three in zip(found, sides, strict=True):
        regimes = [regime(scan, x) for x in three.tolist()]
        values = np.array(
            [scan.signal_at(three, w) for w in range(len(scan.signals))], dtype=float
        ).T
        x = place.x
        end = "low" if x == scan.low else "high" if x == scan.high else ""
        changes = tuple(_changes(scan, place.roots, regimes, values, three, end))
        if changes:
            width = abs(place.best.high - place.best.low)
            below, at, above = regimes
            yield Threshold(x, width, changes, below, at, above, end)


def _groups(scan: Scan, roots: Sequence[Root]) -> Iterator[list[Root]]:
    """Roots at the same place, together: jumps with the change of equilibrium that makes them."""
    apart, near = THRESHOLD * scan.width, JUMP_NEAR * scan.width
    group: list[Root] = []
    for root in sorted(roots, key=lambda each: each.x):
        if group:
            gap = root.x - group[-1].x
            jumps = root.kind == EventNature.JUMP or all(
                each.kind == EventNature.JUMP for each in group
            )
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
        return (root.kind != EventNature.CROSSING, not of_equilibria(scan, root))

    return min(place, key=order)


def _at_ends(scan: Scan, roots: Sequence[Root]) -> list[Root]:
    """Move roots to an end of the range, where only that end's own game is different.

    At a tie equilibria differ within a tolerance of it, and where that ends is no finding.
    """
    moved = list(roots)
    for end, tied in zip((scan.low, scan.high), scan.tied, strict=True):
        near = ASIDE if tied else BARELY
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
            if root.kind == EventNature.JUMP
            and any(abs(root.x - roots[m].x) <= JUMP_NEAR * scan.width for m in mine)
        ]
        for k in {*mine, *with_it}:
            moved[k] = dataclasses.replace(roots[k], x=end)
    return moved


def regime(scan: Scan, x: float) -> Regime:
    """Describe what holds at a value."""
    outcome, k = scan.at(x)
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
        if root.kind == EventNature.CROSSING
        and root.signal >= 0
        and _of(scan, root).kind is not SignalKind.SELECTED
    ]
    if not exact:
        return list(roots)
    moved = []
    for root in roots:
        x = min(exact, key=lambda each: abs(each - root.x))
        near = BARELY if of_equilibria(scan, root) else JUMP_NEAR
        if (
            root.x not in exact
            and root.kind != EventNature.HOLE
            and abs(x - root.x) <= near * scan.width
        ):
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
    concepts = [root for root in place if root.signal >= 0 and _of(scan, root).name == CONCEPTS]
    for root in place:
        if of_equilibria(scan, root):
            continue
        signal = _of(scan, root)
        before, after = (float(values[j, root.signal]) for j in (0, 2))
        if signal.name == REPLY:
            if signal.place[:2] not in seen:
                seen.add(signal.place[:2])
                yield from _reply(scan, signal, values)
            continue
        if signal.name == CONCEPTS and (len(concepts) > 1 or root.kind == EventNature.TOUCH):
            continue  # all concepts change together: that is told of the concession
        nature = root.kind
        if nature is EventNature.HOLE:
            before, after = root.at_low, root.at_high
        slope = np.nan
        if nature is EventNature.CROSSING:
            slope = (after - before) / float(sides[2] - sides[0])
        one, two = signal.holds(before), signal.holds(after)
        if nature is EventNature.FLAT:
            zero = scan.zero(root.signal)
            one, two = (
                signal.even if abs(each) <= zero else side
                for each, side in ((before, one), (after, two))
            )
        if (
            one == two
            and nature in (EventNature.CROSSING, EventNature.JUMP)
            and signal.name != CONCEPTS
        ):
            continue  # a sign that turns twice within a tolerance of a tie is rounding
        if signal.name == CONCEPTS:
            one, two = _agreement(scan, values[0]), _agreement(scan, values[2])
        yield Change(
            signal.name,
            signal.subject,
            one,
            two,
            (one, two),
            nature,
            before,
            after,
            slope,
            signal.unit,
        )


def _of(scan: Scan, root: Root) -> Signal:
    return scan.signals[root.signal]


def _agreement(scan: Scan, values: Array) -> str:
    pair = [w for w, signal in enumerate(scan.signals) if signal.name == CONCEPTS]
    signal = scan.signals[pair[0]]
    return signal.negative if concepts_disagree(*values[pair]) else signal.positive


def _equilibria(scan: Scan, below: Regime, above: Regime, end: str) -> Iterator[Change]:
    none = "no certified equilibrium"
    known = below.equilibria and above.equilibria
    tied = bool(end) or below.degenerate != above.degenerate
    apart = below.supports != above.supports
    if known and tied and (apart or (end and below.selected != above.selected)):
        one, two = (each.selected or none for each in (below, above))
        named = ("payoffs are tied",) if end else ("payoffs are tied", "equilibrium changes")
        yield Change(TIE, "payoffs that are exactly tied", one, two, named, EventNature.JUMP)
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
            EventNature.JUMP,
        )
    elif below.supports != above.supports:
        sets = [" or ".join(each.supports) or none for each in (below, above)]
        phrase = "the set of equilibria changes"
        yield Change(SET, phrase, sets[0], sets[1], (phrase,), EventNature.JUMP)


def _reply(scan: Scan, signal: Signal, values: Array) -> Iterator[Change]:
    """Which answer is best on either side."""
    rivals = [w for w, each in enumerate(scan.signals) if each.place[:2] == signal.place[:2]]
    best = [max(rivals, key=lambda w: float(values[j, w])) for j in (0, 2)]
    if best[0] == best[1]:
        return
    one, two = (scan.signals[w].positive for w in best)
    lead = float(values[0, best[0]]), -float(values[2, best[1]])
    own = type(scan.model).actions[signal.place[0]]
    answers = own[scan.signals[best[0]].place[2]], own[scan.signals[best[1]].place[2]]
    subject = f"the lead of {answers[0]} over {answers[1]}"
    yield Change(
        REPLY,
        subject,
        one,
        two,
        (one, two),
        EventNature.CROSSING,
        *lead,
        unit=signal.unit,
        answers=answers,
    )
