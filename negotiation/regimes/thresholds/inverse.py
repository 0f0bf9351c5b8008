"""`reach`: the smallest change of any one parameter that brings a result to a target."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.case import Case, study
from negotiation.errors import GridError, ParameterError
from negotiation.games.game import Array
from negotiation.model import Model, Parameter
from negotiation.model.grid import check_single
from negotiation.model.values import Kind
from negotiation.outcome import evaluate
from negotiation.regimes.roots import EQUALLY, locate
from negotiation.regimes.thresholds.look import Look
from negotiation.regimes.thresholds.target import Target, any_number, read_target
from negotiation.regimes.thresholds.threshold import check_many
from negotiation.tolerances import JUMP, THRESHOLD, ZERO_LOSS

#: Places tried between the value in use and each bound; their distances grow as squares.
_STEPS = 16

#: How near an open bound is tried, as a share of the way to it.
_NEARLY = 0.98

#: A place that was tried counts as where a target is smoothly touched if it is, as a share of the
#: range, this near to where the result is first as good as there.
_SMOOTH = 1e-4

#: Places at which a bracket with a tie is divided, as shares of it: some wherever the tie is, and
#: some around it; a straight line places it this well when the bracket is wide, and when narrow.
_QUARTERS, _NEAR_TIE = (0.25, 0.5, 0.75), np.array([-(2.0**-6), -(2.0**-16), 2.0**-16, 2.0**-6])

#: Distances tried where there is no bound, in sizes of the value in use (or of the payoffs, where
#: that is zero and the unit is the same).
_FREE = 2.0 ** np.arange(-8.0, 5.0)


@dataclasses.dataclass(frozen=True)
class Way:
    """What moving one parameter does towards a target.

    Attributes
    ----------
    parameter, unit, owner : str
        `owner`: the player whose lever it is; empty for nobody's.
    now, value : float or str
        The value in use, and the nearest at which the target is reached; of one that does not
        reach it, where it comes nearest.
    reached : bool
    jump : bool
        The result goes past the target there without taking its value.
    touch : bool
        The result takes the value there and does not go past it, as far as was looked.
    result : float
        The result at `value`; of a jump just past it.
    change : float
        value - now; NaN of a choice.
    share : float
        Its size as a share of the parameter's range; NaN of a choice.
    scale : str
        What the share is of.
    cost : float
        Money a year that the change costs the lever's owner; NaN where not modelled.
    why : str
        Why it could not be tried; empty otherwise.
    """

    parameter: str
    unit: str
    owner: str
    now: float | str
    value: float | str
    reached: bool = False
    jump: bool = False
    touch: bool = False
    result: float = np.nan
    change: float = np.nan
    share: float = np.nan
    scale: str = ""
    cost: float = np.nan
    why: str = ""


@dataclasses.dataclass(frozen=True, eq=False)
class Reach:
    """The ways to a target, nearest first; then those that do not lead there, nearest miss first.

    Attributes
    ----------
    case : Case
    threat_about : str
    target : Target
    result : float
        The result at the values in use.
    met : bool
        Whether the target is reached already.
    certified : bool
        Whether the point in use is certified.
    ways : tuple of Way
    """

    case: Case
    threat_about: str
    target: Target
    result: float
    met: bool
    certified: bool
    ways: tuple[Way, ...]

    @property
    def model(self) -> Model:
        """The point that was looked around."""
        return self.case.model

    @property
    def cheapest(self) -> Way | None:
        """The way that costs least a year, among those with a cost; None if there is none."""
        priced = [way for way in self.ways if way.reached and np.isfinite(way.cost)]
        return min(priced, key=lambda way: way.cost, default=None)


@study(once={2: "settings"})
def reach(case: Case, target: str, parameters: Sequence[str] | None = None) -> Reach:
    """Find the smallest change of each parameter, alone, that reaches a target.

    Parameters
    ----------
    case : Case, or what makes one
        Its values are those in use.
    target : str
        A result and its value, `ncl.canada=-0.4`; or a phrase, "Canada's walk-out is credible".
    parameters : sequence of str, optional
        Which are tried; all but those that say what is at stake if not given.

    Raises
    ------
    GridError, ParameterError
        For a target or a parameter that the model does not have.
    """
    return reach_each(case, [(target, parameters)])[0]


@study(once={2: "settings"})
def reach_each(case: Case, asked: Sequence[tuple[str, Sequence[str] | None]]) -> tuple[Reach, ...]:
    """Find the smallest changes that reach each of several targets; a point is solved once for all.

    Parameters
    ----------
    asked : sequence of (target, parameters)
        As for `reach`, whose errors are the same.
    """
    base, cls = case.model, type(case.model)
    check_single(base, "a target is")
    check_many(case, any_number(base))
    here = evaluate(case.at(base.at_values(_one(base))))
    goals = tuple(read_target(base, target, here) for target, _ in asked)
    now = [float(goal.value(here)[0]) for goal in goals]
    size = float(np.nanmax(np.abs(here.game.payoffs), initial=0.0))
    for _, parameters in asked:
        for name in parameters or []:
            cls.find_parameter(name)
    specs = [
        [
            spec
            for name, spec in cls.parameters().items()
            if (name in parameters if parameters is not None else not getattr(spec, "stake", ""))
        ]
        for _, parameters in asked
    ]
    look = Look(case, goals)
    ways = _numbers(look, [[each for each in own if each.numeric] for own in specs], now, size)
    return tuple(
        Reach(
            case=case,
            threat_about=here.threat.about,
            target=goal,
            result=goal.shown(now[t]),
            met=goal.met(now[t]),
            certified=bool(here.certified[0]),
            ways=tuple(sorted([*ways[t], *_words(look, t, specs[t], now[t])], key=_order)),
        )
        for t, goal in enumerate(goals)
    )


def _one(model: Model) -> dict[str, Array]:
    """A parameter's value in use as an array, which makes the model a cloud of one."""
    name = any_number(model)
    return {name: np.array([float(model.value(name))])}


def _order(way: Way) -> tuple[bool, bool, float]:
    """Reached first, numbers before words, the smallest change first; then the nearest miss."""
    far = way.share if way.reached else abs(way.result)
    return (not way.reached, isinstance(way.value, str), far if np.isfinite(far) else np.inf)


#: Two places of a parameter between which a target is reached, and the function there; then the
#: size up to which it is at the target where the target is only touched, else NaN.
_Bracket = tuple[Parameter, float, float, float, float, float]


def _numbers(
    look: Look, specs: Sequence[Sequence[Parameter]], now: Sequence[float], size: float
) -> list[list[Way]]:
    """Try every numeric parameter of every target in both directions, all in one cloud."""
    known = {spec.name: spec for own in specs for spec in own}
    rows = {name: list(_tried(look.model, spec, size)) for name, spec in known.items()}
    moves = [(name, x) for name, sides in rows.items() for side in sides for x in side]
    untried: Mapping[str, str] = {}
    try:
        found = look.values(moves, strict=True)
    except ParameterError:  # which of them it is, is asked only then
        untried = look.untried(list(known.values()))
        rows = {name: sides for name, sides in rows.items() if name not in untried}
        moves = [(name, x) for name, sides in rows.items() for side in sides for x in side]
        found = look.values(moves)
    values = [dict(zip(moves, found[t].tolist(), strict=True)) for t in range(len(specs))]
    brackets = [
        _brackets(
            look, t, [each for each in own if each.name in rows], rows, values[t], now[t], size
        )
        for t, own in enumerate(specs)
    ]
    located = _located(look, brackets, size)
    return [
        [
            _untried(look.model, spec, untried[spec.name])
            if spec.name in untried
            else _best(look, t, spec, rows[spec.name], values[t], located[t], size)
            for spec in own
        ]
        for t, own in enumerate(specs)
    ]


def _brackets(
    look: Look,
    t: int,
    specs: Sequence[Parameter],
    rows: Mapping[str, Sequence[Sequence[float]]],
    values: Mapping[tuple[str, float], float],
    now: float,
    size: float,
) -> list[_Bracket]:
    """Where a target is reached or touched first on either side."""
    target = look.targets[t]
    # Money smaller than this is rounding in the payoffs, and its sign says nothing.
    zero = ZERO_LOSS * size if target.unit == type(look.model).payoff_unit else 0.0
    brackets: list[_Bracket] = []
    for spec in specs:
        start = float(look.model.value(spec.name))
        for side in rows[spec.name]:
            at, f = start, now
            for place, x in enumerate(side):
                fx = values[spec.name, x]
                if not np.isfinite(fx):
                    continue
                if np.isfinite(f) and abs(f) > zero and abs(fx) <= zero:
                    beyond = np.array([values[spec.name, each] for each in side[place + 1 :]])
                    passed = np.isfinite(beyond) & (np.abs(beyond) > zero)
                    first = beyond[passed.argmax()] if passed.any() else f
                    if f * first > 0.0:
                        # It comes to the target and goes no further: a phrase is not true there.
                        if not target.phrase:
                            brackets.append((spec, at, x, f, 0.0, zero))
                            break
                        continue
                if np.isfinite(f) and abs(f) > zero and f * fx <= 0.0:
                    brackets.append((spec, at, x, f, fx, np.nan))
                    break
                at, f = x, fx
    return brackets


def _best(
    look: Look,
    t: int,
    spec: Parameter,
    sides: Sequence[Sequence[float]],
    values: Mapping[tuple[str, float], float],
    located: Sequence[Way],
    size: float,
) -> Way:
    """The nearest way of one parameter, or its nearest miss."""
    mine = [way for way in located if way.parameter == spec.name]
    if mine:
        return min(mine, key=lambda way: abs(way.change))
    tried = [(spec.name, x) for side in sides for x in side]
    some = [move for move in tried if np.isfinite(values[move])]
    if not some:
        return _untried(look.model, spec, "the result is not defined at any other value")
    best = min(some, key=lambda move: abs(values[move]))
    return _way(look, t, spec, best[1], values[best], size, reached=False)


def _tried(model: Model, spec: Parameter, size: float) -> list[list[float]]:
    """Values tried upwards and downwards from the one in use, nearest first."""
    start = float(model.value(spec.name))
    sides = []
    squares = (np.arange(1, _STEPS + 1) / _STEPS) ** 2
    for bound, toward in ((spec.upper, 1.0), (spec.low, -1.0)):
        if bound is None:
            x = start + toward * _FREE * _scale(model, spec, size)[0]
        else:
            open_end = toward > 0 and spec.below is not None
            x = start + squares * (_NEARLY if open_end else 1.0) * (bound - start)
            if not open_end:
                x[-1] = bound  # to the last bit
        sides.append([float(each) for each in x if each != start])
    return sides


def _scale(model: Model, spec: Parameter, size: float) -> tuple[float, str]:
    """What a change of a parameter is measured by, and in words."""
    if spec.low is not None and spec.upper is not None:
        return spec.upper - spec.low, "its range"
    start = abs(float(model.value(spec.name)))
    if start > 0.0:
        return start, "its value"
    if spec.unit == type(model).payoff_unit and size > 0.0:
        return size, "the largest payoff"
    return 1.0, "one"


def _located(look: Look, brackets: Sequence[Sequence[_Bracket]], size: float) -> list[list[Way]]:
    """The ways of each target; the places of all are evaluated together."""
    ways: list[list[Way]] = [[] for _ in brackets]
    flat = [(t, *bracket) for t, own in enumerate(brackets) for bracket in own]
    if not flat:
        return ways
    which = np.array([each[0] for each in flat])
    specs = [each[1] for each in flat]
    low, high, at_low, at_high, zero = np.array([each[2:] for each in flat]).T
    touch = ~np.isnan(zero)
    scales = np.array([_scale(look.model, spec, size)[0] for spec in specs])

    def function(x: Array, k: NDArray[np.int64]) -> Array:
        moves = [(specs[i].name, float(v)) for i, v in zip(k, x, strict=True)]
        found = np.asarray(look.values(moves)[which[k], np.arange(len(k))])
        # What touches has no sign to change: it is there, or it is not, or it is not defined.
        return np.where(touch[k], np.where(np.abs(found) <= zero[k], -1.0, 1.0), found)

    def inside(which: NDArray[np.int64], a: Array, b: Array) -> Array:
        shares = np.tile(EQUALLY, (len(which), 1))
        for row, k in enumerate(which):
            ties = look.ties(specs[k].name, float(a[row]), float(b[row]))
            if len(ties) == 1:  # what jumps does so there, as a rule
                shares[row] = np.sort(np.clip([*_QUARTERS, *(ties + _NEAR_TIE)], 0.0, 1.0))
        return shares

    signs = np.where(touch, 1.0, at_low), np.where(touch, -1.0, at_high)
    found = locate(function, low, high, *signs, 0.1 * THRESHOLD * scales, inside)
    jumps = np.zeros(len(flat), dtype=bool)
    if touch.any():
        outside = np.where(found.at_low > 0.0, found.low, found.high)
        moves = [(each.name, float(v)) for each, v in zip(specs, outside, strict=True)]
        last = np.abs(look.values(moves)[which, np.arange(len(flat))])
        jumps = ~(last <= JUMP * np.abs(at_low))  # NaN: it is not defined up to there
    for k in np.flatnonzero(~found.hole):
        ends = (float(found.at_low[k]), float(found.at_high[k]))
        first = max(abs(at_low[k]), abs(at_high[k]))
        jump = bool(found.low[k] < found.high[k] and max(map(abs, ends)) > JUMP * first)
        upward = high[k] > low[k]
        # Past the target as seen from the value in use.
        x, result = (found.high[k], ends[1]) if upward else (found.low[k], ends[0])
        if touch[k]:
            jump, result = False, 0.0
            x = found.low[k] if found.at_low[k] < 0.0 else found.high[k]
            if not jumps[k] and abs(x - high[k]) <= _SMOOTH * scales[k]:
                x = high[k]  # it comes there smoothly, and what is left is the tolerance
        elif not jump:
            x, result = found.at[k], 0.0
        t = int(which[k])
        way = _way(look, t, specs[k], float(x), float(result), size, reached=True)
        ways[t].append(dataclasses.replace(way, jump=jump, touch=bool(touch[k])))
    return ways


def _way(
    look: Look, t: int, spec: Parameter, x: float, value: float, size: float, *, reached: bool
) -> Way:
    start = float(look.model.value(spec.name))
    scale, words = _scale(look.model, spec, size)
    cost = look.model.ask("lever_cost", spec.name) if spec.lever_of else None
    return Way(
        parameter=spec.name,
        unit=spec.unit,
        owner=spec.lever_of,
        now=start,
        value=x,
        reached=reached,
        result=look.targets[t].shown(value),
        change=x - start,
        share=abs(x - start) / scale,
        scale=words,
        cost=np.nan if cost is None else float(np.asarray(cost)) * (x - start),
    )


def _untried(model: Model, spec: Parameter, why: str) -> Way:
    now = model.value(spec.name)
    return Way(spec.name, spec.unit, spec.lever_of, now, now, why=why)


def _words(look: Look, t: int, specs: Sequence[Parameter], now: float) -> Iterator[Way]:
    for spec in specs:
        if not spec.numeric and spec.kind is not Kind.TEXT:  # a user's own file is no other value
            yield from _options(look, t, spec, now)


def _options(look: Look, t: int, spec: Parameter, now: float) -> list[Way]:
    """Try every other value of a parameter that has few: words, whole numbers, true and false."""
    ways = []
    target = look.targets[t]
    value_in_use = look.model.value(spec.name)
    used = spec.written(value_in_use)
    if not spec.options:
        return [_untried(look.model, spec, "there are too many whole numbers to try each")]
    for word in spec.options:
        if word == value_in_use:
            continue
        why, value = "", np.nan
        try:
            point = look.model.at_values({spec.name: word, **_one(look.model)})
            found = evaluate(look.case.at(point))
            value = float(target.value(found)[0])
        except (ParameterError, GridError) as error:
            why = str(error)
        met = target.met(value)
        reached = bool(np.isfinite(value) and (met or value * now < 0.0))
        ways.append(
            Way(
                parameter=spec.name,
                unit=spec.unit,
                owner=spec.lever_of,
                now=used,
                value=spec.written(word),
                reached=reached,
                jump=reached and not met,
                result=target.shown(value),
                why=why,
            )
        )
    return ways
