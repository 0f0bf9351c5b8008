"""`sensitivity`: which groups of assumptions decide a number, and how far each moves it alone."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.case import POSTURE, Case, check_threat, study
from negotiation.draws import Draws
from negotiation.errors import ParameterError, SolveError, missing_extra
from negotiation.games.game import Array
from negotiation.games.margin import indices
from negotiation.model import Model, Parameter
from negotiation.outcome import check_clouds
from negotiation.regimes.thresholds.target import any_number
from negotiation.study.observable import (
    RARE,
    Observable,
    Query,
    are_words,
    clouds,
    entries_of,
    measured,
    read_observable,
    selected,
)

#: Base points of the design.
SAMPLES = 512

#: Bootstrap samples behind an interval.
RESAMPLES = 200

#: Most evaluations that may be missing: a design with holes says less than it seems to.
MOST_MISSING = 0.01

#: Ends of what a tornado moves an input between.
LOW, HIGH = 0.05, 0.95

#: An event with fewer cases, or fewer without it, has no indices: a few draws would decide them.
_LEAST_CASES = 20

#: So many profiles with a share of their own are looked at.
_PROFILES = 3


@dataclasses.dataclass(frozen=True)
class Index:
    """Sobol' indices of a group of inputs.

    Attributes
    ----------
    group : str
    first : float
        Share of the variance that the group explains by itself.
    first_error : float
        Half the width of its 95 % interval.
    total : float
        Share of the variance that is left where everything but the group is known.
    total_error : float
    """

    group: str
    first: float
    first_error: float
    total: float
    total_error: float


@dataclasses.dataclass(frozen=True)
class Bar:
    """One input moved alone, everything else at the point.

    Attributes
    ----------
    input : str
        Name of the parameter; of an array with the code of the entry: `elasticities.OIL`.
    about, unit, group : str
    low_at, high_at : str or float
        Where it is put: its 5 and 95 % quantiles, or the words with the least and the most.
    low, high : float
        The number there, in the same order.
    turns : bool
        Whether the number changes its sign between them.
    """

    input: str
    about: str
    unit: str
    group: str
    low_at: str | float
    high_at: str | float
    low: float
    high: float
    turns: bool

    @property
    def width(self) -> float:
        """By how much the number moves."""
        return abs(self.high - self.low)


@dataclasses.dataclass(frozen=True, eq=False)
class Decided:
    """What decides a number or an event under a threat.

    Attributes
    ----------
    observable : Observable
    threat : str
    profile : str
        The profile that talks break down into in every draw; empty where the number does not
        depend on it, and of an event, which is told by the equilibrium of each draw.
    mean, sd : float
        Over the draws.
    low, median, high : float
        5, 50 and 95 % quantiles.
    negative : float
        Share of the draws below zero.
    at_point : float
        The number without draws.
    left_out : int
        Base points without a certified value somewhere in the design.
    indices : tuple of Index
        Empty where the number does not vary, or the event, or its opposite, is too rare.
    tornado : tuple of Bar
        Largest first.
    """

    observable: Observable
    threat: str
    profile: str
    mean: float
    sd: float
    low: float
    median: float
    high: float
    negative: float
    at_point: float
    left_out: int
    indices: tuple[Index, ...]
    tornado: tuple[Bar, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class Sensitivity:
    """What decides some numbers of a case.

    Attributes
    ----------
    case : Case
    groups : mapping of str to tuple of str
        Parameters by group.
    samples, evaluations : int
    profiles : mapping of str to float
        By profile the share of the draws that select it.
    found : tuple of Decided
    """

    case: Case
    groups: Mapping[str, tuple[str, ...]]
    samples: int
    evaluations: int
    profiles: Mapping[str, float]
    found: tuple[Decided, ...]

    @property
    def certified(self) -> bool:
        """Whether nothing had to be left out."""
        return not any(each.left_out for each in self.found)


@study
def sensitivity(
    case: Case,
    of: Sequence[str] | str = (),
    *,
    samples: int = 0,
    threats: Sequence[str] | str = (),
    profiles: Sequence[str] | str = (),
    tornado: bool = True,
) -> Sensitivity:
    """Estimate Sobol' indices of first and total order by group of inputs, and a tornado.

    The design is Saltelli's with groups that swap jointly, N (G + 2) evaluations; the estimators
    are those of Saltelli et al. (2010), intervals are bootstrapped (SALib). A number that depends
    on what talks break down into is told at fixed profiles, each evaluated in every draw:
    conditioning on the draws that select it would make the inputs dependent. The threat point is a
    scenario, and each that is asked for has its own indices.

    Parameters
    ----------
    case : Case, or what makes one
    of : str or sequence of str
        As `observable.read_observable` takes them; by default the first side's deal and the losses
        of both sides.
    samples : int
        Base points N, a power of two; by default the draws of the case, or 512.
    threats : str or sequence of str
        The threat of the case if not given.
    profiles : str or sequence of str
        Such as `retaliate/escalate`; by default those selected in 5 of 100 draws or more, at most
        three.
    tornado : bool
        Whether inputs are moved one at a time as well.

    Raises
    ------
    ParameterError
        For words that are not known; for NCL; where nothing is uncertain.
    SolveError
        Where more than 1 % of the evaluations are missing.
    MissingExtraError
        Without SALib.
    """
    if find_spec("SALib") is None:
        raise missing_extra("SALib", "Sensitivity")
    samples = samples or case.draws or SAMPLES
    _check_samples(samples)
    model = case.model
    watched = [read_observable(case, each) for each in _listed(of) or _usual(model)]
    for each in watched:
        _check_indexed(each, model)
    asked_threats = _listed(threats) or [case.threat]
    for threat in asked_threats:
        check_threat(model, threat)
        check_clouds(Case(case, threat=threat), "sensitivity looks")
    given = _listed(profiles)
    game = model.game()
    for profile in given:
        indices(game, profile)
    draws = case.drawn(draws=1).main
    names = draws.groups
    if not names:
        raise ParameterError(
            f"nothing is uncertain in model {model.name()}, so that nothing can decide; give a "
            "prior such as priors={'tariff': 'triangular(0.1,0.25,0.5)'} to what is uncertain"
        )
    problem = _problem(draws)
    design = _design(problem, samples, case.seed)
    points = draws.at(design)
    first = points.at(design[:samples])
    base = list(clouds(first))
    shares = _shares(case, base, samples, given)
    asked = _asked(case, base, samples, watched, asked_threats, list(shares), bool(given))
    values = _evaluated(case, points, base, samples, asked)
    found = []
    bars = _tornado(case, points, asked) if tornado else [()] * len(asked)
    at_point = _at_point(case, asked)
    for k, one in enumerate(asked):
        found.append(
            _decided(one, values[k], samples, names, problem, case.seed, at_point[k], bars[k])
        )
    groups = {
        name: tuple(each.parameter for each in draws.inputs if each.group == name) for name in names
    }
    return Sensitivity(case, groups, samples, len(design), shares, tuple(found))


def _listed(given: Sequence[str] | str) -> list[str]:
    return [given] if isinstance(given, str) and given else list(given)


def _usual(model: Model) -> list[str]:
    """What is asked where nothing is said."""
    if model.ask("talks") is None:
        return [f"breakdown.{player}" for player in model.players]
    return [f"deal.{model.players[0]}", *(f"loss.{player}" for player in model.players)]


def _check_samples(samples: int) -> None:
    if samples < 16 or samples & (samples - 1):
        near = 2 ** max(4, round(float(np.log2(max(samples, 1)))))
        raise ParameterError(
            f"sensitivity was asked for {samples} base points; expected a power of two, 16 or "
            f"more, so that the Sobol' sequence is balanced, such as {near}"
        )


def _check_indexed(observable: Observable, model: Model) -> None:
    name = observable.name.replace(".", "_")
    if name.startswith("ncl"):
        player = name.partition("_")[2] or model.players[0]
        raise ParameterError(
            f"indices of {observable.name} say nothing: it is a ratio, and one draw in a hundred "
            "carries up to a third of its variance; ask for the concession in money, "
            f"deal.{player}, or for asymmetry"
        )


# --- the design -----------------------------------------------------------------------------------


def _problem(draws: Draws) -> dict[str, Any]:
    """Return the inputs as SALib takes them."""
    groups = []
    for each in draws.inputs:
        groups += [each.group] * draws.priors[each.parameter].inputs
    # The order of groups is that of `Draws.groups`, which is SALib's: first come, first served.
    return {
        "num_vars": len(groups),
        "names": [f"u{k}" for k in range(len(groups))],
        "bounds": [[0.0, 1.0]] * len(groups),
        "groups": groups,
    }


def _design(problem: dict[str, Any], samples: int, seed: int) -> Array:
    """(N (G + 2), K) Saltelli's design: blocks A, A with each group of B, and B."""
    from SALib.sample import sobol

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawn = sobol.sample(problem, samples, calc_second_order=False, seed=seed + 1)
    blocks = len(drawn) // samples
    ordered = drawn.reshape(samples, blocks, -1).swapaxes(0, 1).reshape(len(drawn), -1)
    tiny = np.finfo(float).eps
    return np.asarray(np.clip(ordered, tiny, 1.0 - tiny))


def _shares(
    case: Case, base: Sequence[Any], samples: int, given: Sequence[str]
) -> dict[str, float]:
    """By profile the share of base points that select it: those given, or the frequent ones."""
    _, support = measured(case, base, [Query(selected(""), POSTURE)], samples)
    known = support[support != ""]
    if given:
        return {profile: float(np.mean(known == profile)) for profile in given}
    words, counts = np.unique(known, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    share = {str(words[k]): float(counts[k] / max(len(known), 1)) for k in order}
    pure = {name: each for name, each in share.items() if "+" not in name and each >= RARE}
    return dict(list(pure.items())[:_PROFILES])


def _asked(
    case: Case,
    base: Sequence[Any],
    samples: int,
    watched: Sequence[Observable],
    threats: Sequence[str],
    profiles: Sequence[str],
    fixed: bool,
) -> list[Query]:
    """What is evaluated: a number at each profile where it depends on it; then the regimes."""
    every = _profiles(case)
    numbers = [
        Query(each, threat, profile)
        for threat in threats
        for each in watched
        for profile in profiles or every[:1]
        if not each.event or fixed
    ]
    others = [
        Query(
            each.observable,
            each.threat,
            next((p for p in every if p != each.profile), each.profile),
        )
        for each in numbers
    ]
    both, _ = measured(case, base[:1], [*numbers, *others], samples)
    here, there = both[: len(numbers)], both[len(numbers) :]
    found: list[Query] = []
    depends = False
    for threat in threats:
        for each in watched:
            own = [
                k
                for k, one in enumerate(numbers)
                if one.threat == threat and one.observable is each
            ]
            if not own:
                found.append(Query(each, threat))
                continue
            moved = [k for k in own if not _same(here[k], there[k])]
            depends = depends or bool(moved)
            if moved and not profiles:
                raise ParameterError(
                    f"{each.name} depends on what talks break down into, but no pure profile is "
                    "selected in 5 of 100 draws or more; say at which to look, such as "
                    f"--profile {every[-1]}"
                )
            if moved:
                found += [numbers[k] for k in own]
            else:
                found.append(Query(each, threat, ""))
    if depends:
        found += [Query(selected(profile), POSTURE) for profile in profiles]
    return found


def _profiles(case: Case) -> list[str]:
    """Every pure profile of the game."""
    found = [""]
    for own in case.model.actions:
        found = [f"{head}/{action}" if head else action for head in found for action in own]
    return found


def _same(one: Array, other: Array) -> bool:
    known = np.isfinite(one) & np.isfinite(other)
    scale = np.abs(one[known]).max(initial=0.0)
    return bool(np.all(np.abs(one[known] - other[known]) <= 1e-9 * scale))


def _evaluated(
    case: Case, points: Draws, base: Sequence[Any], samples: int, asked: Sequence[Query]
) -> Array:
    """(len(asked), N (G + 2)) values; the base points are solved already."""
    values = np.full((len(asked), len(points)), np.nan)
    values[:, :samples] = measured(case, base, asked, samples)[0]
    rest = points.at(points.design[samples:])
    values[:, samples:] = measured(case, clouds(rest), asked, len(rest))[0]
    return values


# --- indices --------------------------------------------------------------------------------------


def _decided(
    asked: Query,
    values: Array,
    samples: int,
    names: Sequence[str],
    problem: dict[str, Any],
    seed: int,
    at_point: float,
    bars: tuple[Bar, ...],
) -> Decided:
    table = values.reshape(-1, samples)  # blocks by base point
    missing = int(np.count_nonzero(~np.isfinite(table)))
    if missing > MOST_MISSING * table.size:
        at = f" at {asked.profile}" if asked.profile else ""
        raise SolveError(
            f"{missing} of {table.size} evaluations of {asked.observable.name}{at} under threat "
            f"{asked.threat} are not certified or not defined, more than 1 in 100, so that no "
            "indices are told; ask for a number that is defined everywhere, or fix the parameters "
            "that lead there"
        )
    whole = np.isfinite(table).all(axis=0)
    table = table[:, whole]
    plain = np.concatenate([table[0], table[-1]])
    low, median, high = np.quantile(plain, [0.05, 0.5, 0.95])
    spread = float(np.ptp(plain)) > 1e-9 * max(float(np.abs(plain).max()), 1e-300)
    count = float(plain.sum())
    rare = asked.observable.event and min(count, len(plain) - count) < _LEAST_CASES
    return Decided(
        observable=asked.observable,
        threat=asked.threat,
        profile=asked.profile,
        mean=float(plain.mean()),
        sd=float(plain.std()),
        low=float(low),
        median=float(median),
        high=float(high),
        negative=float(np.mean(plain < 0.0)),
        at_point=at_point,
        left_out=int(np.count_nonzero(~whole)),
        indices=() if rare or not spread else sobol_indices(table, names, problem, seed),
        tornado=bars,
    )


def sobol_indices(
    table: Array, names: Sequence[str], problem: dict[str, Any], seed: int
) -> tuple[Index, ...]:
    """Indices by group from values (G + 2, N): at A, at A with each group of B, at B."""
    from SALib.analyze import sobol

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told = sobol.analyze(
            problem,
            np.ascontiguousarray(table.T).ravel(),
            calc_second_order=False,
            num_resamples=RESAMPLES,
            seed=seed + 1,  # which SALib takes for none where it is 0
        )
    return tuple(
        Index(
            name,
            float(told["S1"][k]),
            float(told["S1_conf"][k]),
            float(told["ST"][k]),
            float(told["ST_conf"][k]),
        )
        for k, name in enumerate(names)
    )


# --- one at a time --------------------------------------------------------------------------------


@study
def one_at_a_time(case: Case, of: str) -> tuple[Bar, ...]:
    """Move one input after another between its ends, the others at the point: no indices.

    Parameters
    ----------
    case : Case, or what makes one
        With `draws`, from which the ends are read.
    of : str
        As `observable.read_observable` takes it.

    Returns
    -------
    tuple of Bar
        The largest first.
    """
    asked = [Query(read_observable(case, of), case.threat)]
    return _tornado(case, case.drawn().main, asked)[0]


@dataclasses.dataclass(frozen=True)
class _Move:
    """An input that is put somewhere: what it is, and the values of the parameter there."""

    input: str
    about: str
    unit: str
    group: str
    spec: Parameter
    at: tuple[Any, ...]
    values: tuple[Any, ...]


def _moves(points: Draws) -> list[_Move]:
    """Every input with the values between which it is moved."""
    found = []
    model = points.model
    groups = {each.parameter: each.group for each in points.inputs}
    for name in points.priors:
        spec, drawn = model.find_parameter(name), points.values[name]
        own = (spec.about, spec.unit, groups[name], spec)
        if are_words(drawn):
            words = tuple(dict.fromkeys(sorted(map(str, drawn))))
            found.append(_Move(name, *own, words, words))
            continue
        low, high = np.quantile(drawn, [LOW, HIGH], axis=0, method="inverted_cdf")
        if spec.vector is None:
            found.append(_Move(name, *own, (float(low), float(high)), (float(low), float(high))))
            continue
        here = model.value(name)
        start = spec.vector(here) if isinstance(here, str) else np.asarray(here)
        found.append(_Move(name, f"all {spec.about}", *own[1:], ("low", "high"), (low, high)))
        for code, told, places in entries_of(points, name):
            ends = []
            for end in (low, high):
                moved = start.astype(float)
                moved[places] = end[places]
                ends.append(moved)
            at = (float(low[places[0]]), float(high[places[0]]))
            about = f"{spec.about}: {told}"
            found.append(_Move(f"{name}.{code}", about, *own[1:], at, tuple(ends)))
    return found


def _tornado(case: Case, points: Draws, asked: Sequence[Query]) -> list[tuple[Bar, ...]]:
    """By what is asked the bars, largest first."""
    moves = _moves(points)
    ends = [(m, v) for m, each in enumerate(moves) for v in range(len(each.values))]
    at = {end: k for k, end in enumerate(ends)}
    values = np.full((len(asked), len(ends)), np.nan)
    numbers = [end for end in ends if not isinstance(moves[end[0]].values[0], str)]
    parts: list[tuple[NDArray[np.int64], Model]] = []
    if numbers:
        parts.append(
            (np.array([at[end] for end in numbers]), _one_by_one(case.model, moves, numbers))
        )
    for end in ends:
        if end not in numbers:
            move = moves[end[0]]
            parts.append(
                (np.array([at[end]]), one_point(case.model, {move.spec.name: move.values[end[1]]}))
            )
    values = measured(case, parts, asked, len(ends))[0]
    found = []
    for k in range(len(asked)):
        bars = []
        for m, move in enumerate(moves):
            own = values[k, [at[m, v] for v in range(len(move.values))]]
            if not np.isfinite(own).all() or len(own) < 2:
                continue
            # Words have no order of their own: the least and the most.
            low, high = (
                (int(own.argmin()), int(own.argmax()))
                if isinstance(move.values[0], str)
                else (0, 1)
            )
            bars.append(
                Bar(
                    move.input,
                    move.about,
                    move.unit,
                    move.group,
                    move.at[low],
                    move.at[high],
                    float(own[low]),
                    float(own[high]),
                    bool(own.min() < 0.0 < own.max()),
                )
            )
        bars.sort(key=lambda bar: -bar.width)
        found.append(tuple(bars))
    return found


def _one_by_one(model: Model, moves: Sequence[_Move], ends: Sequence[tuple[int, int]]) -> Model:
    """A cloud in which one parameter after another is moved, the others at the point."""
    values: dict[str, Any] = {}
    for k, (m, v) in enumerate(ends):
        move = moves[m]
        name = move.spec.name
        if name not in values:
            here = model.value(name)
            start = move.spec.vector(here) if isinstance(here, str) and move.spec.vector else here
            values[name] = np.tile(
                np.asarray(start, dtype=float), (len(ends), *[1] * np.ndim(start))
            )
        values[name][k] = move.values[v]
    return model.at_values(values)


def one_point(model: Model, values: Mapping[str, Any] = MappingProxyType({})) -> Model:
    """Return a cloud of one point, with some values of its own."""
    name = any_number(model)
    return model.at_values({name: np.array([float(model.value(name))]), **values})


def _at_point(case: Case, asked: Sequence[Query]) -> list[float]:
    parts = [(np.array([0]), one_point(case.model))]
    return [float(each[0]) for each in measured(case, parts, asked, 1)[0]]


__all__ = [
    "MOST_MISSING",
    "SAMPLES",
    "Bar",
    "Decided",
    "Index",
    "Sensitivity",
    "one_at_a_time",
    "one_point",
    "sensitivity",
    "sobol_indices",
]
