"""`drawn`: a case at every draw of what is uncertain, at one point or at many."""

from __future__ import annotations

import dataclasses
import math
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import bargain
from negotiation.case import Case, study
from negotiation.coded import Coded
from negotiation.draws import Draws
from negotiation.errors import ParameterError
from negotiation.execution import Block, Execution
from negotiation.execution.block import Values
from negotiation.games import select, solve
from negotiation.model import Model
from negotiation.model.grid import Axis, Grid
from negotiation.model.spaced import Spaced
from negotiation.outcome import Outcome, Status, evaluate
from negotiation.outcome.columns import Column
from negotiation.outcome.money import money
from negotiation.outcome.threats import talks_of
from negotiation.study.points import Points, chunk_size
from negotiation.study.recorded import recorded
from negotiation.study.run import Progress, prepare

#: Most points of a line that are solved together, and draws of a model of trade.
_LINE, _DRAWS = 64, 50

#: Results of a chunk of trade equilibria from which on it takes as long as a process to start.
_LONG = 500

#: Before the names of columns with the political costs that are shown beside the answer.
_BESIDE = "revealed."

#: Before the names of columns with the payoffs of a profile, and most profiles that have them.
_PROFILE, _MOST_PROFILES = "profile.", 64


@dataclasses.dataclass(frozen=True, eq=False)
class Drawn:
    """Results at every draw.

    Attributes
    ----------
    case : Case
    draws : Draws
    points : mapping of str to (K,) array
        Values of the parameters that vary; empty where there is one point, and K is 1.
    columns : mapping of str to Column
        As a sweep records them; values (K, D), point by draw. Political costs that are shown beside
        the answer are not in them. Where actions cost something, `money_{player}` is the payoff
        without it.
    beside : mapping of str to Column
        With these costs: `equilibrium`, `payoff_{player}`, `money_{player}` and, with talks,
        `delta_{player}` and `money_delta_{player}`, what a deal gives where they count in the
        bargain, and where it starts from the money alone; empty where none is drawn.
    notes : mapping of str to tuple of str
        Horizons and cautions of the points.
    unfinished : str
        How far a run is of which some draws are missing; empty of one that is finished.
    profiles : mapping of str to Column
        Of one point alone: by `{action}/{action}.{player}` what a profile pays, political costs
        left out.
    """

    case: Case
    draws: Draws
    points: Mapping[str, NDArray[Any]]
    columns: Mapping[str, Column]
    beside: Mapping[str, Column]
    notes: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    unfinished: str = ""
    profiles: Mapping[str, Column] = dataclasses.field(default_factory=dict)

    @property
    def certified(self) -> NDArray[np.bool_]:
        """(K, D) whether a draw may be counted."""
        return np.asarray(self.columns["status"].values == Status.CERTIFIED.value)


@study
def drawn(
    case: Case,
    vary: Any = None,
    *,
    progress: Progress | None = None,
    execution: Execution = Execution(),  # noqa: B008 - it is frozen
) -> Drawn:
    """Evaluate a case at all its draws: the same draws at every point.

    Parameters
    ----------
    case : Case, or what makes one
        With `draws`.
    vary : Grid, mapping of name to values, axis or its text, or sequence of these, optional
        A grid as of `sweep`; the case alone if not given.
    progress : callable, optional
        Called with results done and results in all.
    execution : Execution, optional
        Who works on it; the results are the same in any case.

    Raises
    ------
    ParameterError
        If nothing is uncertain, or no draws are asked for.
    """
    from negotiation.execution import carry_out

    job = DrawnPoints.of(case, vary)
    with carry_out(job, execution, progress) as results:
        return gathered(job, results.blocks())


@dataclasses.dataclass(frozen=True)
class DrawnPoints:
    """The draws of a case at the points of a grid as a job: see `negotiation.execution.Job`.

    A chunk is a line of points, along the last axis, at a block of draws. Trade equilibria along a
    line are smooth, so that a few of them are enough to begin all others near.

    Attributes
    ----------
    case : Case
    grid : Grid or None
        None: the case alone.
    """

    case: Case
    grid: Grid | None

    @classmethod
    def of(cls, case: Case, vary: Any = None) -> DrawnPoints:
        """Return the job, after checking that it can be done.

        Raises
        ------
        GridError, ParameterError
        """
        grid = None
        if vary is not None:
            grid = prepare(case, Grid.of(vary, type(case.model)))
        job = cls(case, grid)
        if not case.draws or not job.draws.priors:
            why = "no draws are asked for" if not case.draws else "nothing in it is uncertain"
            raise ParameterError(
                f"model {case.model.name()} was to be drawn from, but {why}; give draws=400, and a "
                "prior such as priors={'tariff': 'triangular(0.1,0.25,0.5)'} to what is uncertain"
            )
        return job

    def __getstate__(self) -> dict[str, Any]:
        return {"case": self.case, "grid": self.grid}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        vars(self).update(state)

    @cached_property
    def draws(self) -> Draws:
        """All draws."""
        return self.case.drawn(self.axes)

    @property
    def axes(self) -> tuple[str, ...]:
        """Parameters that vary."""
        return () if self.grid is None else tuple(axis.name for axis in self.grid.axes)

    @cached_property
    def members(self) -> list[NDArray[np.int64]]:
        """Which draws the blocks have."""
        return self.draws.blocks(_DRAWS if self._trade else max(1, len(self.draws)))

    @cached_property
    def _parts(self) -> dict[int, Draws]:
        """Draws of the blocks: what is revealed of costs takes a solve, once for all lines."""
        return {}

    @cached_property
    def lines(self) -> list[tuple[int, int]]:
        """First point of each line, and the one behind its last."""
        if self.grid is None:
            return [(0, 1)]
        last = len(self.grid.axes[-1].values)
        parts = -(-last // _LINE)
        ends = [last * k // parts for k in range(parts + 1)]
        return [
            (start + one, start + other)
            for start in range(0, self.grid.size, last)
            for one, other in pairwise(ends)
        ]

    @cached_property
    def _costly(self) -> bool:
        """Whether any action costs anything anywhere, so that payoffs are not money."""
        draws = self.draws
        return any(
            name in self.axes
            or (name in draws.priors and name not in draws.beside)
            or bool(np.any(np.asarray(draws.model.value(name), dtype=float)))
            for name in draws.model.political_costs.values()
        )

    @property
    def title(self) -> str:
        """What it is, in a phrase."""
        return f"sweep of {self.case.model.name()} at {len(self.draws)} draws"

    @property
    def chunks(self) -> int:
        """Number of chunks."""
        return len(self.lines) * len(self.members)

    @property
    def chunks_a_worker(self) -> int:
        """Chunks for each worker process from which it pays to start it.

        A line of trade equilibria takes a second and more, and to start a process takes one.
        """
        return 2 if self._trade and self.rows_of(0) >= _LONG else 8

    @property
    def _trade(self) -> bool:
        """Whether the model solves trade equilibria, a millisecond and more for each point."""
        return chunk_size(type(self.case.model)) <= _LINE

    @property
    def points(self) -> int:
        """Number of points."""
        return 1 if self.grid is None else self.grid.size

    @property
    def rows(self) -> int:
        """Points times draws."""
        return self.points * len(self.draws)

    def where(self, chunk: int) -> tuple[tuple[int, int], int]:
        """The line of a chunk, and which block of the draws."""
        line, part = divmod(chunk, len(self.members))
        return self.lines[line], part

    def rows_of(self, chunk: int) -> int:
        """Points times draws of one chunk."""
        (start, stop), part = self.where(chunk)
        return (stop - start) * len(self.members[part])

    def place(self, chunk: int) -> str:
        """Which points and draws a chunk has."""
        (start, stop), part = self.where(chunk)
        return (
            f"points {start + 1} to {stop} of {self.points}, block {part + 1} of "
            f"{len(self.members)} of the draws"
        )

    def bound(self) -> str:
        """Why only this process can do it; empty: any process can."""
        for name, each in self.case.priors.items():
            try:
                pickle.dumps(each)
            except (pickle.PicklingError, AttributeError, TypeError):
                return f"the prior of {name} is a function that cannot be sent to them"
        return Points.bound(self)  # type: ignore[arg-type]

    def extensions(self) -> tuple[str, ...]:
        """Files and modules that a fresh process must load first."""
        return Points.extensions(self)  # type: ignore[arg-type]

    def question(self) -> Mapping[str, Any]:
        """Everything that the blocks depend on, in phrases."""
        told = dict(Points.of(self.case, self.grid).question()) if self.grid else {}
        return {**told, "points of a line": _LINE, "blocks of draws": len(self.members)}

    def header(self) -> Mapping[str, Any]:
        """Where the results come from, the axes, and what the job is made from again."""
        told = Points.of(self.case, self.grid).header() if self.grid else {}
        case = self.case
        priors = {name: each.text for name, each in case.priors.items()}
        asked = {
            "settings": {
                name: value if isinstance(value, str | float | int) else str(value)
                for name, value in case.settings().items()
            },
            "threat": case.threat,
            "rule": case.rule,
            "concept": case.concept,
            "draws": case.draws,
            "seed": case.seed,
            "design": case.design,
            "fixed": sorted(case.fixed),
            "priors": priors,
        }
        return {**told, "case": asked}

    @classmethod
    def again(cls, about: Mapping[str, Any]) -> DrawnPoints | None:
        """Return the job of a header; None where it is of another kind."""
        if "case" not in about:
            return None
        axes = [
            Axis(
                axis["name"],
                Spaced(*axis["values"]) if axis["spaced"] else tuple(axis["values"]),
            )
            for axis in about.get("axes", [])
        ]
        asked = dict(about["case"])
        case = Case(about["model"], asked.pop("settings"), **asked)
        return cls.of(case, Grid(tuple(axes)) if axes else None)

    def block(self, chunk: int) -> Block:
        """Evaluate a line of points at a block of draws: rows by point, then by draw."""
        (start, stop), part = self.where(chunk)
        if part not in self._parts:
            self._parts[part] = self.draws.at(self.draws.design[self.members[part]])
        draws = self._parts[part]
        made: dict[str, _Filled] = {}
        notes: dict[str, dict[str, None]] = {"horizon": {}, "cautions": {}}
        shape = (stop - start, len(draws))
        for at, line in self._clouds(start, stop):
            for to, cloud in draws.clouds(line):
                outcome = evaluate(self.case.at(cloud))
                found = recorded(outcome) | (_money(outcome) if self._costly else {})
                _put(made, "", found, shape, at, to)
                if self.grid is None:
                    _put(made, _PROFILE, _profiles(outcome), shape, at, to)
                if draws.beside:
                    with_costs = self.case.at(draws.with_beside(cloud, to))
                    _put(made, _BESIDE, _beside(with_costs), shape, at, to)
                notes["horizon"].setdefault(cloud.ask("horizon_here"))
        columns = {name: each.rows() for name, each in made.items()}
        status = columns["status"]
        assert isinstance(status, Coded)
        good = np.array([word == Status.CERTIFIED.value for word in status.words])[status.codes]
        regret = np.asarray(columns["regret"])
        return Block(
            columns,
            {name: (each.unit, each.about) for name, each in made.items()},
            {name: tuple(told) for name, told in notes.items()},
            int((~good).sum()),
            float(regret[np.isfinite(regret)].max(initial=0.0)),
        )

    def _clouds(self, start: int, stop: int) -> Iterator[tuple[NDArray[np.int64], Model]]:
        """Points that share their words as clouds (k, 1), with their places in the line."""
        base = self.draws.model
        if self.grid is None:
            yield np.arange(1), base
            return
        for values, rows in self.grid.clouds(start, stop):
            line = {name: _along(each) for name, each in values.items()}
            yield rows, base.at_values(line)


def _along(values: Any) -> Any:
    """Values along a line as (k, 1); as one number or word where they are all the same."""
    if isinstance(values, str):
        return values
    array = np.asarray(values)
    return array[0] if (array == array[0]).all() else array[:, None]


class _Filled:
    """A column that is put together from clouds, (K, d)."""

    def __init__(self, column: Column, shape: tuple[int, int]) -> None:
        self.unit, self.about = column.unit, column.about
        self._words: dict[str, int] = {}
        coded = column.words is not None or np.asarray(column.values).dtype.kind in "UO"
        self._values: NDArray[Any] = (
            np.full(shape, -1, dtype=np.int32)
            if coded
            else _empty(shape, np.asarray(column.values).dtype)
        )
        self._coded = coded

    def put(self, column: Column, at: NDArray[np.int64], to: NDArray[np.int64]) -> None:
        """Fill the points `at` of the draws `to`."""
        shape = (len(at), len(to))
        if self._coded:
            coded = column.words or Coded.of(column.values)
            known = [self._words.setdefault(word, len(self._words)) for word in coded.words]
            values = np.array(known or [0], dtype=np.int32)[coded.codes]
        else:
            values = np.asarray(column.values)
        if values.dtype != self._values.dtype:
            self._values = self._values.astype(np.result_type(values, self._values))
        self._values[np.ix_(at, to)] = np.broadcast_to(values, shape)

    def rows(self) -> Values:
        """All of it, point by point."""
        flat = self._values.reshape(-1)
        if self._coded:
            missing = flat < 0  # of blocks that are not there
            if missing.any():
                flat = np.where(missing, self._words.setdefault("", len(self._words)), flat)
            return Coded(flat, tuple(self._words))
        return flat + 0.0 if flat.dtype.kind == "f" else flat


def _empty(shape: tuple[int, int], kind: np.dtype[Any]) -> NDArray[Any]:
    """Numbers that are not known, or zeros of a kind that has no such."""
    return np.full(shape, np.nan) if kind.kind == "f" else np.zeros(shape, dtype=kind)


def _put(
    made: dict[str, _Filled],
    prefix: str,
    found: Mapping[str, Column],
    shape: tuple[int, int],
    at: NDArray[np.int64],
    to: NDArray[np.int64],
) -> None:
    for name, column in found.items():
        key = prefix + name
        if key not in made:
            made[key] = _Filled(column, shape)
        made[key].put(column, at, to)


def gathered(job: DrawnPoints, parts: Iterable[Block]) -> Drawn:
    """Put the blocks of all lines and draws together."""
    return _gathered(job, enumerate(parts), 0, job.points)


def gathered_part(job: DrawnPoints, parts: Iterable[tuple[int, Block]]) -> Drawn:
    """Put numbered blocks together, of which some are missing: their draws are not certified."""
    return _gathered(job, parts, 0, job.points)


def by_line(job: DrawnPoints, parts: Iterable[Block]) -> Iterator[Drawn]:
    """Put the blocks together line by line, so that one line is in memory at a time."""
    numbered = enumerate(parts)
    for start, stop in job.lines:
        yield _gathered(job, islice(numbered, len(job.members)), start, stop)


def _gathered(job: DrawnPoints, parts: Iterable[tuple[int, Block]], first: int, last: int) -> Drawn:
    """Put the blocks of the points from `first` to `last` together."""
    shape = (last - first, len(job.draws))
    made: dict[str, _Filled] = {}
    notes: dict[str, dict[str, None]] = {}
    for chunk, part in parts:
        (start, stop), block = job.where(chunk)
        at, to = np.arange(start - first, stop - first), job.members[block]
        for name, told in part.notes.items():
            notes.setdefault(name, {}).update(dict.fromkeys(told))
        found = {}
        for name, values in part.columns.items():
            found[name] = Column(_shaped(values, (len(at), len(to))), *part.about[name])
        _put(made, "", found, shape, at, to)
    columns: dict[str, Column] = {}
    beside: dict[str, Column] = {}
    profiles: dict[str, Column] = {}
    for name, each in made.items():
        column = Column(_shaped(each.rows(), shape), each.unit, each.about)
        for into, prefix in ((beside, _BESIDE), (profiles, _PROFILE), (columns, "")):
            if name.startswith(prefix):
                into[name.removeprefix(prefix)] = column
                break
    points = {} if job.grid is None else _values_of(job.grid, first, last)
    told_once = {name: tuple(told) for name, told in notes.items()}
    return Drawn(job.case, job.draws, points, columns, beside, told_once, profiles=profiles)


def _shaped(values: Any, shape: tuple[int, int]) -> Any:
    """Rows as (K, D), words with their codes."""
    found = values.reshape(shape)
    return found.as_field() if isinstance(found, Coded) else found


def _values_of(grid: Grid, first: int, last: int) -> dict[str, NDArray[Any]]:
    """(K,) values of every axis at some points."""
    places = grid.places(first, last)
    return {
        axis.name: axis.at(places[axis.name])
        if axis.numeric
        else np.array(axis.values)[places[axis.name]]
        for axis in grid.axes
    }


def clouds(
    draws: Draws, points: Mapping[str, NDArray[Any]], rows: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], Model]]:
    """Yield some draws at some points as clouds: which points, which of `rows`, and a cloud (k, d).

    Without points a cloud is one of draws alone, (d,).
    """
    count = len(next(iter(points.values()))) if points else 1
    base = draws.model
    place = {int(row): k for k, row in enumerate(rows)}
    for words, at in _alike(points, count):
        line: dict[str, Any] = {
            name: values[at] if name in words else np.asarray(values[at])[:, None]
            for name, values in points.items()
        }
        line.update(words)
        here = base.at_values(line) if line else base
        for index, cloud in draws.clouds(here, rows):
            yield at, np.array([place[int(row)] for row in index]), cloud


#: Points that are evaluated together at most.
TOGETHER = 4096


def read_off(
    case: Case,
    draws: Draws,
    read: Callable[[Outcome], Mapping[Any, NDArray[Any]]],
    points: Mapping[str, NDArray[Any]] | None = None,
    *,
    beside: bool = False,
) -> dict[Any, NDArray[Any]]:
    """Read numbers or words off the outcome at every draw and point: (K, D) by key.

    Parameters
    ----------
    read : callable
        From an outcome over a cloud to values (...) of its shape.
    points : mapping of str to (K,) array
        Parameters that vary together, point by point; without any there is one point.
    beside : bool
        With the draws of what is shown beside the answer.
    """
    where = {name: np.asarray(values) for name, values in (points or {}).items()}
    count = len(next(iter(where.values()))) if where else 1
    size = max(1, TOGETHER // count)
    parts: dict[Any, list[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]]] = {}
    for start in range(0, len(draws), size):
        rows = np.arange(start, min(start + size, len(draws)))
        for at, to, cloud in clouds(draws, where, rows):
            here = draws.with_beside(cloud, rows[to]) if beside else cloud
            for key, values in read(evaluate(case.at(here))).items():
                parts.setdefault(key, []).append((at, rows[to], np.asarray(values)))
    found = {}
    for key, some in parts.items():
        kinds = [values.dtype for _, _, values in some]
        whole = np.empty((count, len(draws)), dtype=np.result_type(*kinds))
        for at, to, values in some:
            whole[np.ix_(at, to)] = np.broadcast_to(values, (len(at), len(to)))
        found[key] = whole
    return found


def read_pairs(
    case: Case,
    draws: Draws,
    rows: NDArray[np.int64],
    points: Mapping[str, NDArray[Any]],
    read: Callable[[Outcome], Mapping[Any, NDArray[Any]]],
) -> dict[Any, NDArray[Any]]:
    """Read numbers or words off outcomes of draws, each at a point of its own: (J,) by key.

    Parameters
    ----------
    rows : (J,) array of int
        Which draw; one may stand there several times.
    points : mapping of str to (J,) array
        Numbers of the parameters that vary.
    """
    words = [
        each
        for name, each in draws.values.items()
        if isinstance(each, tuple) and not draws.priors[name].beside
    ]
    alike: dict[tuple[str, ...], list[int]] = {}
    for place, row in enumerate(rows.tolist()):
        alike.setdefault(tuple(each[row] for each in words), []).append(place)
    found: dict[Any, NDArray[Any]] = {}
    for key in sorted(alike):
        for start in range(0, len(alike[key]), TOGETHER):
            some = np.array(alike[key][start : start + TOGETHER])
            ((_, cloud),) = draws.clouds(rows=rows[some])
            here = cloud.at_values({name: values[some] for name, values in points.items()})
            for what, values in read(evaluate(case.at(here))).items():
                part = np.broadcast_to(values, some.shape)
                whole = found.get(what)
                kind = part.dtype if whole is None else np.result_type(whole, part)
                whole = np.empty(len(rows), kind) if whole is None else whole.astype(kind)
                whole[some] = part
                found[what] = whole
    return found


def _alike(
    points: Mapping[str, NDArray[Any]], count: int
) -> Sequence[tuple[dict[str, str], NDArray[np.int64]]]:
    """Points that share their words, with their numbers."""
    words = [name for name, values in points.items() if values.dtype.kind in "UO"]
    groups: dict[tuple[str, ...], list[int]] = {}
    for k in range(count):
        groups.setdefault(tuple(str(points[name][k]) for name in words), []).append(k)
    return [(dict(zip(words, key, strict=True)), np.array(at)) for key, at in groups.items()]


def _money(outcome: Outcome) -> dict[str, Column]:
    """Payoffs without the political costs, by `money_{player}`."""
    cash, unit = money(outcome.model, outcome.selection), type(outcome.model).payoff_unit
    return {
        f"money_{player}": Column(cash[..., p], unit, "payoff, costs left out")
        for p, player in enumerate(outcome.model.players)
    }


def _profiles(outcome: Outcome) -> dict[str, Column]:
    """What every profile pays, without the political costs, by `{action}/{action}.{player}`."""
    model, game = outcome.model, outcome.game
    shape = tuple(len(own) for own in game.actions)
    if math.prod(shape) > _MOST_PROFILES:
        return {}
    payoffs, found = np.asarray(game.payoffs, dtype=float), {}
    for places in np.ndindex(*shape):
        profile = "/".join(own[k] for own, k in zip(game.actions, places, strict=True))
        for p, player in enumerate(game.players):
            cost = model.political_costs.get((player, game.actions[p][places[p]]))
            paid = payoffs[(..., p, *places)]
            if cost is not None:
                paid = paid + np.asarray(model.value(cost), dtype=float)
            found[f"{profile}.{player}"] = Column(paid, type(model).payoff_unit, "")
    return found


def _beside(case: Case) -> dict[str, Column]:
    """What changes where political costs are those that today reveals."""
    model = case.model
    chosen = select(solve(model.game()), case.rule)
    unit = type(model).payoff_unit
    cash = money(model, chosen)
    about = "with the political costs that today reveals"
    found = {"equilibrium": Column(chosen.support, "", f"equilibrium {about}")}
    starts = {"delta": chosen.payoffs, "money_delta": cash}
    for p, player in enumerate(model.players):
        found[f"payoff_{player}"] = Column(chosen.payoffs[..., p], unit, f"payoff {about}")
        found[f"money_{player}"] = Column(cash[..., p], unit, f"payoff {about}, which are left out")
    talks = talks_of(model)
    if talks is None:
        return found
    for name, start in starts.items():
        deal = bargain(talks, start, case.concept)
        for p, player in enumerate(model.players):
            found[f"{name}_{player}"] = Column(
                deal.concession[..., p], unit, f"what a deal gives after a breakdown {about}"
            )
    return found


__all__ = [
    "TOGETHER",
    "Drawn",
    "DrawnPoints",
    "by_line",
    "clouds",
    "drawn",
    "gathered",
    "gathered_part",
    "read_off",
    "read_pairs",
]
