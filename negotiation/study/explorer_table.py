"""Numbers of a case over a few parameters as Chebyshev series, at every draw of all others."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import AgreementSet, Talks
from negotiation.case import Case, own_threat
from negotiation.draws import Draws
from negotiation.errors import ModelError
from negotiation.games.game import Array
from negotiation.model import Model, Parameter
from negotiation.outcome.threats import talks_of

#: Largest degree along an axis, and the error there, as a share of the largest number, at which a
#: lower one is enough.
_DEGREE, _ENOUGH = 5, 1e-3

#: Most parameters that are explored where a model does not say which.
_MOST_AXES = 6

#: Draws at which is found out how smooth numbers are, points at which the error is measured, and
#: draws there.
_PROBED, _CHECKS, _CHECKED = 3, 48, 6

#: Change, as a share of the largest number, below which a number does not depend on a parameter.
_SAME = 1e-9

#: Points times draws that are solved together at most: what trade takes of memory is about 1 GB.
_TOGETHER = 1800

#: Largest code of a coefficient: 16 bits with their sign.
_CODE = 32767


@dataclasses.dataclass(frozen=True)
class Explored:
    """A parameter that may be moved.

    Attributes
    ----------
    name : str
    low, high : float
        Ends between which numbers are interpolated.
    start : float
        Its value in the case.
    parent : str
        The parameter from which it inherits its value, where others here do so too: one that
        moves them all. Empty otherwise.
    """

    name: str
    low: float
    high: float
    start: float
    parent: str = ""

    def scaled(self, value: Any) -> Array:
        """Values (...) from -1 to 1."""
        given = np.asarray(value, dtype=float)
        return np.asarray(2.0 * (given - self.low) / (self.high - self.low) - 1.0)


@dataclasses.dataclass(frozen=True, eq=False)
class ChebyshevSeries:
    """Numbers that depend on the same parameters: Chebyshev series of them, at every draw.

    Attributes
    ----------
    axes : tuple of int
        On which parameters they depend.
    degrees : (T, A) array of int
        Degree of every term along every axis.
    numbers : (Q,) array of int
        Their places among all numbers.
    codes : (D, T, Q) array of int16
        Coefficients in steps.
    step : (T, Q) array
    """

    axes: tuple[int, ...]
    degrees: NDArray[np.int64]
    numbers: NDArray[np.int64]
    codes: NDArray[np.int16]
    step: Array

    @cached_property
    def coefficients(self) -> Array:
        """(D, T, Q) what the codes stand for."""
        return self.codes * self.step


@dataclasses.dataclass(frozen=True)
class InterpolationError:
    """What interpolation and rounding to codes are off by, in the unit of payoffs.

    Attributes
    ----------
    largest : float
        Of any payoff at any of the points and draws.
    median : float
        Over points and draws, of the largest among the payoffs there.
    points, draws : int
    """

    largest: float
    median: float
    points: int
    draws: int


# --- what is explored -----------------------------------------------------------------------------


def explored(case: Case) -> tuple[Explored, ...]:
    """Return the parameters that are moved, with their ends: as the model says, or its levers.

    Levers with a smallest and a largest value come first, then what is drawn and can be moved, the
    innermost 96 of 100 draws of it.

    Raises
    ------
    ModelError
        If there is none.
    """
    model = case.model
    ends = dict(model.explored) or dict(_levers(case))
    names = {name: model.find_parameter(name) for name in ends}
    parents = [spec.inherits for spec in names.values()]
    found = []
    for name, spec in names.items():
        start = float(model.value(name))
        low, high = (float(end) for end in ends[name])
        if not spec.numeric or not low < high:
            raise ModelError(
                f"model {model.name()} lets {name} be explored from {low:g} to {high:g}; expected "
                "a parameter that takes numbers, and a lower end below the upper one"
            )
        shared = spec.inherits if parents.count(spec.inherits) > 1 else ""
        found.append(Explored(name, min(low, start), max(high, start), start, shared))
    if not found:
        raise ModelError(
            f"model {model.name()} has nothing to explore; declare a lever with a smallest and a "
            "largest value, or say explored = {'name': (low, high)}"
        )
    return tuple(found)


def _levers(case: Case) -> Iterator[tuple[str, tuple[float, float]]]:
    """Levers with two ends, then numbers that are drawn."""
    model = case.model
    drawn = {**model.believed(), **case.priors}
    specs = [spec for spec in model.parameters().values() if spec.numeric and not spec.stake]
    ours = [spec for spec in specs if spec.lever_of and not spec.inherits]
    rest = [spec for spec in specs if spec not in ours and spec.name in drawn]
    many = 0
    for spec in (*ours, *rest):
        ends = _ends(spec, drawn.get(spec.name))
        if ends is not None and many < _MOST_AXES:
            many += 1
            yield spec.name, ends


def _ends(spec: Parameter, prior: Any) -> tuple[float, float] | None:
    if prior is not None and not prior.of_model and prior.inputs == 1 and spec.vector is None:
        low, high = np.asarray(prior.quantiles(np.array([[0.02], [0.98]])), dtype=float)
        return (float(low), float(high)) if low < high else None
    if not spec.lever_of or spec.low is None or spec.upper is None:
        return None
    # A share of one ends a trade: the end itself may be out of range.
    room = 0.0 if spec.below is None else 0.02 * (spec.upper - spec.low)
    return float(spec.low), float(spec.upper) - room


# --- the table ----------------------------------------------------------------------------------


def terms_at(x: Array, degrees: NDArray[np.int64]) -> Array:
    """(..., T) products of Chebyshev polynomials at (..., A)."""
    found = np.ones((*x.shape[:-1], len(degrees)))
    for a in range(x.shape[-1]):
        most = int(degrees[:, a].max(initial=0))
        ladder = np.polynomial.chebyshev.chebvander(x[..., a], most).reshape(*x.shape[:-1], -1)
        found *= ladder[..., degrees[:, a]]
    return found


@dataclasses.dataclass(frozen=True, eq=False)
class Tabulation:
    """What a table is made from."""

    case: Case
    axes: tuple[Explored, ...]
    draws: Draws
    fallbacks: tuple[str, ...]
    talks: bool

    @classmethod
    def of(cls, case: Case, axes: tuple[Explored, ...], count: int) -> Tabulation:
        """Return what is to be done for so many draws, after checking that it can be.

        Raises
        ------
        ModelError
            For talks that share anything but money.
        """
        model = case.model
        moved = {each.name for each in axes} | {each.parent for each in axes} - {""}
        drawn = case.drawn(moved, draws=count)
        if not drawn.priors:
            drawn = case.drawn(moved, draws=1)
        free = dict.fromkeys(model.political_costs.values(), 0.0)
        drawn = dataclasses.replace(drawn, model=model.at_values(free))
        talks = talks_of(model)
        if talks is not None and not _money(talks):
            raise ModelError(
                f"talks of model {model.name()} are about more than money that is shared without "
                "limit, dollar for dollar, and the explorer solves no others; make them "
                "AgreementSet.money(total)"
            )
        known = dict.fromkeys((case.threat, model.default_threat))
        fallbacks = tuple(name for name in known if talks is not None and own_threat(model, name))
        return cls(case, axes, drawn, fallbacks, talks is not None)

    @cached_property
    def costs(self) -> dict[str, Array]:
        """Political costs in the case."""
        names = self.case.model.political_costs.values()
        entered = {
            name: values for name, values in self._values.items() if name not in self.draws.beside
        }
        return {
            name: np.broadcast_to(
                np.asarray(entered.get(name, self.case.model.value(name)), dtype=float),
                (len(self.draws),),
            )
            for name in names
        }

    @cached_property
    def believed(self) -> dict[str, Array]:
        """Political costs as today reveals them."""
        return {
            name: np.asarray(self._values[name], dtype=float)
            for name in self.case.model.political_costs.values()
            if name in self.draws.beside
        }

    @cached_property
    def _values(self) -> Mapping[str, Any]:
        return self.draws.values

    @cached_property
    def sets(self) -> dict[str, tuple[str, ...]]:
        """Which words the draws of a parameter are made from."""
        found = {}
        for each in self.draws.inputs:
            for part in self.draws.priors[each.parameter].parts.values():
                found[each.parameter] = tuple(part(self.draws.design[:, each.columns]))
        return found

    def solved(self, points: Array, rows: NDArray[np.int64]) -> Array:
        """(K, d, Q) numbers at points (K, A), each axis from -1 to 1, of some draws."""
        ends = np.array([[each.low, each.high] for each in self.axes])
        values = ends[:, 0] + (ends[:, 1] - ends[:, 0]) * (points + 1.0) / 2.0
        where = {int(row): k for k, row in enumerate(rows)}
        found: Array | None = None
        parts = -(-len(points) // max(1, _TOGETHER // len(rows)))
        for some in np.array_split(np.arange(len(points)), parts):
            line = {each.name: values[some, a, None] for a, each in enumerate(self.axes)}
            for index, cloud in self.draws.clouds(self.draws.model.at_values(line), rows):
                # Costs that are drawn are not in the table either: it holds money.
                free = dict.fromkeys(self.costs, np.zeros(len(index)))
                read = self._read(cloud.at_values(free) if free else cloud)
                if found is None:
                    found = np.empty((len(points), len(rows), read.shape[-1]))
                at = np.array([where[int(row)] for row in index])
                found[np.ix_(some, at)] = read
        assert found is not None
        if not np.isfinite(found).all():
            raise ModelError(
                f"model {self.case.model.name()} cannot be solved everywhere between the ends of "
                f"{', '.join(each.name for each in self.axes)}; explore less of them"
            )
        return found

    def _read(self, cloud: Model) -> Array:
        """(k, d, Q) numbers of a cloud."""
        shape = cloud.batch_shape
        game = cloud.game().payoffs
        read = [game.reshape(*shape, -1)]
        for name in self.fallbacks:
            point = cloud.ask("threat_point", name)
            read.append(np.broadcast_to(np.asarray(point.payoffs, dtype=float), (*shape, 2)))
        if self.talks:
            talks = talks_of(cloud)
            assert talks is not None
            assert isinstance(talks.agreement, AgreementSet)
            read.append(np.broadcast_to(np.asarray(talks.status_quo, dtype=float), (*shape, 2)))
            read.append(np.broadcast_to(talks.agreement.start[..., 0, :], (*shape, 2)))
            weight = np.asarray(talks.weight, dtype=float)[..., None]
            read.append(np.broadcast_to(weight, (*shape, 1)))
        return np.concatenate(read, axis=-1)

    def tabulated(self) -> tuple[tuple[ChebyshevSeries, ...], InterpolationError]:
        """Solve at the points of the table, and at others to measure the error."""
        weights, depends = self._smoothness()
        degrees = _lower_set(weights)
        # Points that share what most numbers depend on stand together and are solved together.
        order = np.argsort(-depends.sum(axis=1), kind="stable")
        degrees = degrees[np.lexsort(degrees[:, order].T[::-1])]
        leja = _leja(int(degrees.max()) + 1)
        every = np.arange(len(self.draws))
        solved = self.solved(leja[degrees], every)
        parts = []
        for own in np.unique(depends, axis=1).T:
            axes = np.flatnonzero(own)
            numbers = np.flatnonzero((depends == own[:, None]).all(axis=0))
            here = (degrees[:, ~own] == 0).all(axis=1)
            mine = degrees[here][:, axes]
            values = solved[here][..., numbers]
            matrix = terms_at(leja[mine], mine)
            terms = np.linalg.solve(matrix, values.reshape(len(mine), -1)).reshape(values.shape)
            terms = np.moveaxis(terms, 0, 1)
            step = np.abs(terms).max(axis=0) / _CODE
            if len(terms) > 1:  # of one draw every coefficient is a step times the largest code
                step = _three_digits(step)
            codes = np.rint(np.divide(terms, step, out=np.zeros_like(terms), where=step > 0.0))
            parts.append(
                ChebyshevSeries(tuple(axes.tolist()), mine, numbers, codes.astype(np.int16), step)
            )
        return tuple(parts), self._measured(tuple(parts))

    def _smoothness(self) -> tuple[Array, NDArray[np.bool_]]:
        """(A,) weights of the axes, and (A, Q) on which of them numbers depend."""
        leja = _leja(_DEGREE + 1)
        checks = np.cos(np.pi * (np.arange(7) + 0.25) / 7.0)
        along = np.concatenate([leja, checks])
        count = len(along)
        points = np.zeros((len(self.axes) * count, len(self.axes)))
        for a in range(len(self.axes)):
            points[a * count : (a + 1) * count, a] = along
        solved = self.solved(points, _spread(len(self.draws), _PROBED))
        weights = np.empty(len(self.axes))
        depends = np.empty((len(self.axes), solved.shape[-1]), dtype=bool)
        for a in range(len(self.axes)):
            values = solved[a * count : (a + 1) * count]
            size = np.abs(values).max()
            depends[a] = np.ptp(values, axis=0).max(axis=0) > _SAME * max(size, 1e-300)
            for degree in range(1, _DEGREE + 1):
                terms = np.arange(degree + 1)[:, None]
                matrix = terms_at(leja[: degree + 1, None], terms)
                series = np.linalg.solve(matrix, values[: degree + 1].reshape(degree + 1, -1))
                off = terms_at(checks[:, None], terms) @ series
                off -= values[len(leja) :].reshape(len(checks), -1)
                if np.abs(off).max() <= _ENOUGH * size:
                    break
            weights[a] = degree + 1.0
        return weights, depends

    def _measured(self, parts: tuple[ChebyshevSeries, ...]) -> InterpolationError:
        """Compare with what is solved at random points and draws."""
        rows = _spread(len(self.draws), _CHECKED)
        random = np.random.default_rng(self.case.seed)
        points = random.uniform(-1.0, 1.0, (_CHECKS, len(self.axes)))
        solved = self.solved(points, rows)
        off = np.empty(solved.shape)
        for part in parts:
            terms = terms_at(points[:, list(part.axes)], part.degrees)
            made = np.einsum("kt,dtq->kdq", terms, part.coefficients[rows])
            off[..., part.numbers] = np.abs(made - solved[..., part.numbers])
        m, n = (len(own) for own in self.case.model.actions)
        each = off[..., : 2 * (m * n + len(self.fallbacks))].max(axis=-1)
        return InterpolationError(float(each.max()), float(np.median(each)), _CHECKS, len(rows))


def _money(talks: Talks) -> bool:
    return isinstance(talks.agreement, AgreementSet) and talks.agreement.unlimited_money


def _three_digits(values: Array) -> Array:
    """Round up to three significant digits: numbers that take little room in a page."""
    return np.array([float(f"{1.005 * each:.2e}") for each in values.ravel()]).reshape(values.shape)


def _spread(count: int, most: int) -> NDArray[np.int64]:
    """Some of so many draws."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))


def _leja(count: int) -> Array:
    """(count,) points of [-1, 1], the middle first, each as far as can be from those before."""
    candidates = np.cos(np.pi * np.arange(401) / 400)
    points = [0.0, 1.0, -1.0]
    while len(points) < count:
        distance = np.abs(candidates[:, None] - np.array(points)).prod(axis=1)
        points.append(float(candidates[distance.argmax()]))
    return np.array(points[:count])


def _lower_set(weights: Array) -> NDArray[np.int64]:
    """(T, A) degrees whose sum, each divided by the weight of its axis, is at most one."""
    ladders = [range(int(weight) + 1) for weight in weights]
    every = np.array(list(product(*ladders)), dtype=np.int64)
    return np.asarray(every[(every / weights).sum(axis=1) <= 1.0 + 1e-12])


# --- on the disk ----------------------------------------------------------------------------------


def arrays_of(
    parts: Sequence[ChebyshevSeries], error: InterpolationError
) -> dict[str, NDArray[Any]]:
    """Arrays by name."""
    found: dict[str, NDArray[Any]] = {
        "error": np.array([error.largest, error.median, error.points, error.draws])
    }
    for k, part in enumerate(parts):
        found[f"axes.{k}"] = np.array(part.axes, dtype=np.int64)
        for name in ("degrees", "numbers", "codes", "step"):
            found[f"{name}.{k}"] = getattr(part, name)
    return found


def series_of(
    found: Mapping[str, NDArray[Any]], work: Tabulation
) -> tuple[tuple[ChebyshevSeries, ...], InterpolationError] | None:
    """What was written; None where it does not fit."""
    try:
        largest, median, points, draws = found["error"].tolist()
        count = sum(name.startswith("codes.") for name in found)
        parts = tuple(
            ChebyshevSeries(
                tuple(found[f"axes.{k}"].tolist()),
                found[f"degrees.{k}"],
                found[f"numbers.{k}"],
                found[f"codes.{k}"],
                found[f"step.{k}"],
            )
            for k in range(count)
        )
        fits = all(
            part.codes.shape == (len(work.draws), len(part.degrees), len(part.numbers))
            and part.degrees.shape[1] == len(part.axes)
            for part in parts
        )
    except (KeyError, ValueError):
        return None
    if not parts or not fits:
        return None
    return parts, InterpolationError(largest, median, int(points), int(draws))


__all__ = [
    "ChebyshevSeries",
    "Explored",
    "InterpolationError",
    "Tabulation",
    "arrays_of",
    "explored",
    "series_of",
    "terms_at",
]
