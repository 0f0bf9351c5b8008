"""`scenarios`: the box of uncertain parameters in which an event holds, by PRIM."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.case import Case, study
from negotiation.draws import Draws
from negotiation.errors import ParameterError, SolveError
from negotiation.games.game import Array
from negotiation.outcome import check_clouds
from negotiation.study.observable import (
    Observable,
    Query,
    are_words,
    clouds,
    entries_of,
    measured,
    read_event,
)

#: Share of the points in the box that one peel takes away, and one paste adds.
PEEL = 0.05

#: A box with fewer of the points is not looked at.
LEAST_MASS = 0.05

#: Share of the points in the box in which the event is to hold.
DENSITY = 0.9

#: A restriction stays if its quasi-p-value is below this.
SIGNIFICANT = 0.05

#: Most draws without a certified answer.
_MOST_MISSING = 0.01


@dataclasses.dataclass(frozen=True, eq=False)
class Dimension:
    """Something uncertain, at every draw.

    Attributes
    ----------
    name : str
        A parameter, of an array with the code of the entry: `elasticities.OIL`; of what else a
        prior tells with its name: `elasticities.set`.
    about, unit, group : str
    values : (D,) array
        Numbers, or words.
    """

    name: str
    about: str
    unit: str
    group: str
    values: NDArray[Any]

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers."""
        return self.values.dtype.kind == "f"


@dataclasses.dataclass(frozen=True)
class Restriction:
    """One side of a box.

    Attributes
    ----------
    name, about, unit, group : str
    low, high : float
        Minus infinite and infinite where there is no limit, NaN for words.
    least, most : float
        Of all draws, so that a limit can be judged; NaN for words.
    words : tuple of str
        Those that are in the box; empty for numbers.
    every : tuple of str
        All words drawn.
    p : float
        Quasi-p-value: how likely the box would be so dense, did the restriction not matter.
    """

    name: str
    about: str
    unit: str
    group: str
    low: float
    high: float
    least: float
    most: float
    words: tuple[str, ...]
    every: tuple[str, ...]
    p: float


@dataclasses.dataclass(frozen=True)
class BoxQuality:
    """A box on the way from all draws to few.

    Attributes
    ----------
    coverage : float
        Of the draws in which the event holds, the share in the box.
    density : float
        Of the draws in the box, the share in which it holds.
    mass : float
        Share of all draws in the box.
    restricted : int
        Number of dimensions.
    """

    coverage: float
    density: float
    mass: float
    restricted: int


@dataclasses.dataclass(frozen=True, eq=False)
class Scenario:
    """The box in which an event holds.

    Attributes
    ----------
    case : Case
    event : Observable
    draws : int
        Those of which half found the box, and the other half tell how good it is.
    missing : int
    share : float
        Of the draws in which the event holds.
    coverage, density, mass : float
        On draws that were not used to find the box; NaN where there is no box.
    wanted : float
        The density that was asked for.
    found : BoxQuality
        The same on the draws that found it.
    box : tuple of Restriction
        The most telling first; empty where nothing separates the event from its opposite.
    trajectory : tuple of BoxQuality
        Boxes that were looked at.
    """

    case: Case
    event: Observable
    draws: int
    missing: int
    share: float
    coverage: float
    density: float
    mass: float
    wanted: float
    found: BoxQuality
    box: tuple[Restriction, ...]
    trajectory: tuple[BoxQuality, ...]

    @property
    def certified(self) -> bool:
        """Whether every draw could be counted."""
        return not self.missing


@study
def scenarios(case: Case, event: str, *, density: float = DENSITY) -> Scenario:
    """Find the box of parameters in which an event holds.

    The Patient Rule Induction Method (Friedman and Fisher 1999) as used for scenario discovery
    (Bryant and Lempert 2010): the box is peeled by a twentieth at a time, and pasted. Of the boxes
    on the way the one with the largest coverage is taken that is dense enough; restrictions that
    may be chance, by their quasi-p-values, are dropped. Half of the draws find the box, and the
    other half say how good it is.

    Parameters
    ----------
    case : Case, or what makes one
        With `draws`.
    event : str
        A phrase of `threshold --when`, or `PLAYER plays ACTION`.
    density : float
        Share of the draws in the box in which the event is to hold.

    Raises
    ------
    GridError, ParameterError
        For an event that the model does not know, or where nothing is drawn.
    SolveError
        Where more than 1 % of the draws are not certified.
    """
    if not 0.0 < density <= 1.0:
        raise ParameterError(f"a density of {density:g} was asked for; expected a share up to 1")
    asked = read_event(case, event)
    check_clouds(case, "scenarios look")
    draws = case.drawn().main
    if len(draws) < 100 or not draws.groups:
        what = f"has {len(draws)} draws" if draws.groups else "has nothing uncertain"
        raise ParameterError(
            f"scenarios of model {case.model.name()} {what}; expected 100 draws or more of "
            "something uncertain, such as draws=2000"
        )
    values = measured(case, clouds(draws), [Query(asked, case.threat)], len(draws))[0][0]
    known = np.isfinite(values)
    missing = int(np.count_nonzero(~known))
    if missing > _MOST_MISSING * len(draws):
        raise SolveError(
            f"in {missing} of {len(draws)} draws it is not certified whether {asked.about}, more "
            "than 1 in 100, so that no box is told; fix the parameters that lead there"
        )
    holds = values[known] > 0.5
    dimensions = [
        dataclasses.replace(each, values=each.values[known]) for each in dimensions_of(draws)
    ]
    learned = np.arange(len(holds)) % 2 == 0
    box, step, trajectory = prim(
        [dataclasses.replace(each, values=each.values[learned]) for each in dimensions],
        holds[learned],
        density,
    )
    tested = inside(box, dimensions) & ~learned
    there, of_all = holds[tested], holds[~learned]
    empty = not box
    return Scenario(
        case=case,
        event=asked,
        draws=len(draws),
        missing=missing,
        share=float(holds.mean()),
        coverage=math.nan if empty else float(there.sum() / max(of_all.sum(), 1)),
        density=math.nan if empty or not len(there) else float(there.mean()),
        mass=math.nan if empty else float(tested.sum() / np.count_nonzero(~learned)),
        wanted=density,
        found=step,
        box=box,
        trajectory=trajectory,
    )


def dimensions_of(draws: Draws) -> list[Dimension]:
    """Everything that is drawn, entry by entry."""
    found = []
    groups = {each.parameter: each for each in draws.inputs}
    for name, prior in draws.priors.items():
        spec, drawn = draws.model.find_parameter(name), draws.values[name]
        group = groups[name].group
        if are_words(drawn):
            found.append(Dimension(name, spec.about, spec.unit, group, np.array(drawn, dtype=str)))
        elif drawn.ndim == 1:
            found.append(Dimension(name, spec.about, spec.unit, group, np.asarray(drawn, float)))
        else:
            for code, words, places in entries_of(draws, name):
                about = f"{spec.about}: {words}"
                values = np.asarray(drawn[:, places[0]], dtype=float)
                found.append(Dimension(f"{name}.{code}", about, "", group, values))
        for part, told in prior.parts.items():
            picked = np.array(told(draws.design[:, groups[name].columns]), dtype=str)
            about = f"{spec.about}: {part}"
            found.append(Dimension(f"{name}.{part}", about, "", group, picked))
    return found


# --- PRIM -----------------------------------------------------------------------------------------


def prim(
    dimensions: Sequence[Dimension], holds: NDArray[np.bool_], density: float
) -> tuple[tuple[Restriction, ...], BoxQuality, tuple[BoxQuality, ...]]:
    """Find the box with the largest coverage that is dense enough.

    Parameters
    ----------
    dimensions : sequence of Dimension
        With D values each.
    holds : (D,) array of bool
    density : float

    Returns
    -------
    box, what it is on these draws, and the boxes on the way
    """
    box = _Box.whole(dimensions)
    path = [box]
    least = max(math.ceil(LEAST_MASS * len(holds)), 1)
    while True:
        peeled = _best(box, box.peels(), holds, least)
        if peeled is None:
            break
        box = peeled
        path.append(box)
        if bool(holds[box.inside].all()):
            break
    steps = [each.step(holds) for each in path]
    chosen = path[_chosen(steps, density)]
    while True:  # paste: what was peeled in a greedy order may come back
        pasted = max(
            chosen.pastes(),
            key=lambda each: holds[each.inside].mean(),
            default=None,
        )
        if pasted is None or holds[pasted.inside].mean() < holds[chosen.inside].mean():
            break
        chosen = pasted
    chosen = _significant(chosen, holds)
    restrictions = sorted(chosen.restrictions(holds), key=lambda each: each.p)
    return tuple(restrictions), chosen.step(holds), tuple(steps)


def _chosen(steps: Sequence[BoxQuality], density: float) -> int:
    """The most inclusive box that is dense enough; else the densest."""
    dense = [k for k, each in enumerate(steps) if each.density >= density]
    if dense:
        return max(dense, key=lambda k: steps[k].coverage)
    return max(range(len(steps)), key=lambda k: (steps[k].density, steps[k].coverage))


@dataclasses.dataclass(frozen=True, eq=False)
class _Box:
    """Limits by dimension, and which of the draws are inside."""

    dimensions: Sequence[Dimension]
    limits: Mapping[int, tuple[float, float] | frozenset[str]]
    inside: NDArray[np.bool_]

    @classmethod
    def whole(cls, dimensions: Sequence[Dimension]) -> _Box:
        return cls(dimensions, {}, np.ones(len(dimensions[0].values), dtype=bool))

    def with_limit(self, d: int, limit: tuple[float, float] | frozenset[str] | None) -> _Box:
        """The box with one of its sides elsewhere, or taken away."""
        limits = {key: each for key, each in self.limits.items() if key != d}
        if limit is not None:
            limits[d] = limit
        within = np.ones(len(self.inside), dtype=bool)
        for key, each in limits.items():
            within &= _within(self.dimensions[key].values, each)
        return _Box(self.dimensions, limits, within)

    def peels(self) -> Iterator[_Box]:
        """Boxes that are smaller by one peel."""
        for d, each in enumerate(self.dimensions):
            here = each.values[self.inside]
            if not each.numeric:
                words = np.unique(here)
                for word in words if len(words) > 1 else ():
                    yield self.with_limit(d, frozenset(words.tolist()) - {str(word)})
                continue
            if here.min() == here.max():
                continue
            low, high = self._limit(d)
            ordered = np.sort(here)
            count = max(round(PEEL * len(ordered)), 1)
            # Limits lie between two draws, so that none of them decides by a rounding.
            bottom = _between(ordered, count)
            top = _between(ordered, len(ordered) - count)
            if bottom is not None:
                yield self.with_limit(d, (bottom, high))
            if top is not None:
                yield self.with_limit(d, (low, top))

    def pastes(self) -> Iterator[_Box]:
        """Boxes that are larger by one paste."""
        for d, limit in self.limits.items():
            each = self.dimensions[d]
            around = self.with_limit(d, None).inside
            if isinstance(limit, frozenset):
                for word in sorted(set(each.values[around].tolist()) - limit):
                    yield self.with_limit(d, limit | {word})
                continue
            count = max(round(PEEL * np.count_nonzero(self.inside)), 1)
            low, high = limit
            below = np.sort(each.values[around & (each.values < low)])
            above = np.sort(each.values[around & (each.values > high)])
            if len(below):
                start = _between(below, len(below) - count)
                yield self.with_limit(d, _or_none(-math.inf if start is None else start, high))
            if len(above):
                end = _between(above, count)
                yield self.with_limit(d, _or_none(low, math.inf if end is None else end))

    def _limit(self, d: int) -> tuple[float, float]:
        found = self.limits.get(d, (-math.inf, math.inf))
        assert not isinstance(found, frozenset)
        return found

    def step(self, holds: NDArray[np.bool_]) -> BoxQuality:
        """How good the box is."""
        there = holds[self.inside]
        return BoxQuality(
            float(there.sum() / max(int(holds.sum()), 1)),
            float(there.mean()) if len(there) else math.nan,
            float(self.inside.mean()),
            len(self.limits),
        )

    def restrictions(self, holds: NDArray[np.bool_]) -> Iterator[Restriction]:
        """What limits it, with how likely each limit is chance."""
        for d, limit in self.limits.items():
            each = self.dimensions[d]
            words = isinstance(limit, frozenset)
            low, high = (math.nan, math.nan) if isinstance(limit, frozenset) else limit
            yield Restriction(
                each.name,
                each.about,
                each.unit,
                each.group,
                low,
                high,
                math.nan if words else float(np.min(each.values.astype(float))),
                math.nan if words else float(np.max(each.values.astype(float))),
                tuple(sorted(limit)) if isinstance(limit, frozenset) else (),
                tuple(np.unique(each.values).tolist()) if words else (),
                self.p_of(d, holds),
            )

    def p_of(self, d: int, holds: NDArray[np.bool_]) -> float:
        """Quasi-p-value of a restriction: a binomial test against the box without it."""
        without = self.with_limit(d, None).inside
        share = float(holds[without].mean())
        return _at_least(int(holds[self.inside].sum()), int(self.inside.sum()), share)


def _within(values: NDArray[Any], limit: tuple[float, float] | frozenset[str]) -> NDArray[np.bool_]:
    if isinstance(limit, frozenset):
        return np.isin(values, sorted(limit))
    return np.asarray((values >= limit[0]) & (values <= limit[1]))


def _or_none(low: float, high: float) -> tuple[float, float] | None:
    return None if math.isinf(low) and math.isinf(high) else (low, high)


def _between(ordered: Array, count: int) -> float | None:
    """A limit with `count` values below it; equal values stay together."""
    if not 0 < count < len(ordered):
        return None
    below, above = ordered[count - 1], ordered[count]
    if below == above:
        higher = ordered[ordered > below]
        if not len(higher):
            return None
        above = higher[0]
    return float(0.5 * (below + above))


def _best(box: _Box, tried: Iterator[_Box], holds: NDArray[np.bool_], least: int) -> _Box | None:
    """The peel that raises the density most for what it takes away.

    The gain is counted for each draw that is lost, so that a word that takes half of the box and a
    number that takes a twentieth are compared fairly (Kwakkel and Jaxa-Rozen 2016).
    """
    now, size = float(holds[box.inside].mean()), int(box.inside.sum())
    found, largest = None, 0.0
    for each in tried:
        left = int(each.inside.sum())
        if left < least or left == size:
            continue
        gain = (float(holds[each.inside].mean()) - now) / (size - left)
        if gain > largest:
            found, largest = each, gain
    return found


def _significant(box: _Box, holds: NDArray[np.bool_]) -> _Box:
    """Drop restrictions that may be chance, the least sure first."""
    while box.limits:
        p = {d: box.p_of(d, holds) for d in box.limits}
        worst = max(p, key=lambda d: p[d])
        if p[worst] < SIGNIFICANT:
            break
        box = box.with_limit(worst, None)
    return box


def _at_least(count: int, size: int, share: float) -> float:
    """Probability of `count` successes or more in `size` trials, each with probability `share`."""
    if share <= 0.0:
        return 1.0 if count == 0 else 0.0
    if share >= 1.0:
        return 1.0
    k = np.arange(count, size + 1)
    logs = np.array(
        [math.lgamma(size + 1) - math.lgamma(i + 1) - math.lgamma(size - i + 1) for i in k.tolist()]
    )
    logs = logs + k * math.log(share) + (size - k) * math.log1p(-share)
    return float(min(np.exp(logs).sum(), 1.0))


def inside(box: Sequence[Restriction], dimensions: Sequence[Dimension]) -> NDArray[np.bool_]:
    """(D,) which draws are in a box."""
    by_name = {each.name: each for each in dimensions}
    found = np.ones(len(dimensions[0].values), dtype=bool)
    for each in box:
        limit = frozenset(each.words) if each.words else (each.low, each.high)
        found &= _within(by_name[each.name].values, limit)
    return found


__all__ = [
    "DENSITY",
    "BoxQuality",
    "Dimension",
    "Restriction",
    "Scenario",
    "dimensions_of",
    "inside",
    "prim",
    "scenarios",
]
