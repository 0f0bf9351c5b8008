"""The points of a sweep as a job of numbered chunks."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.case import Case
from negotiation.coded import Coded
from negotiation.errors import ModelError
from negotiation.execution.block import Block, Values, coded_rows, joined
from negotiation.model import Model
from negotiation.model.grid import Axis, Grid
from negotiation.model.spaced import Spaced
from negotiation.outcome import Status, evaluate
from negotiation.provenance import provenance
from negotiation.registry import extensions, outsiders
from negotiation.study.recorded import recorded

#: Points of a chunk of a model with a world of trade, each of which takes milliseconds.
CHUNK = 64

#: Points of a chunk of a 2 x 2 game, which takes microseconds a point, and the profiles it has.
_CLOSED, _PROFILES = 4096, 4


#: Most cautions that are told of one sweep: the first ones and the last.
_CAUTIONS = 4


def chunk_size(model: type[Model]) -> int:
    """Return how many points of a model are evaluated together.

    It depends on the class alone, never on how fast a machine is: the chunks of a sweep are a part
    of what it is. What a model says goes first. Otherwise the time of a point grows about with the
    third power of the number of profiles.
    """
    if model.chunk:
        return int(model.chunk)
    if model.trade_world is not Model.trade_world:
        return CHUNK
    profiles = math.prod(len(each) for each in model.actions) or _PROFILES
    return max(1, int(_CLOSED * (_PROFILES / profiles) ** 3)) if profiles > 4 else _CLOSED


@dataclasses.dataclass(frozen=True)
class Layout:
    """How many points there are, and how many of them a chunk has: consecutive rows of the table.

    Attributes
    ----------
    points, size : int
    """

    points: int
    size: int

    @classmethod
    def of(cls, grid: Grid, model: type[Model]) -> Layout:
        """Return the layout of a sweep.

        Where words change from row to row, a chunk has as many rows more, so that the clouds that
        share their words are no smaller.
        """
        words, numbers = 1, False
        for axis in grid.axes:
            numbers = numbers or axis.numeric
            words *= len(axis.values) if numbers and not axis.numeric else 1
        return cls(grid.size, chunk_size(model) * words)

    @property
    def chunks(self) -> int:
        """Number of chunks."""
        return -(-self.points // self.size)

    def span(self, chunk: int) -> tuple[int, int]:
        """First point of a chunk, and the one behind its last."""
        return chunk * self.size, min((chunk + 1) * self.size, self.points)


@dataclasses.dataclass(frozen=True)
class Points:
    """A sweep as a job: see `negotiation.execution.Job`.

    Attributes
    ----------
    case : Case
    grid : Grid
    layout : Layout
    """

    case: Case
    grid: Grid
    layout: Layout

    @classmethod
    def of(cls, case: Case, grid: Grid) -> Points:
        """Return the job of a sweep."""
        return cls(case, grid, Layout.of(grid, type(case.model)))

    @property
    def title(self) -> str:
        """What it is, in a phrase."""
        return f"sweep of {self.case.model.name()}"

    @property
    def chunks(self) -> int:
        """Number of chunks."""
        return self.layout.chunks

    @property
    def chunks_a_worker(self) -> int:
        """Chunks for each worker process from which it pays to start it."""
        return 8

    @property
    def rows(self) -> int:
        """Number of points."""
        return self.layout.points

    def rows_of(self, chunk: int) -> int:
        """Points of one chunk."""
        start, stop = self.layout.span(chunk)
        return stop - start

    def place(self, chunk: int) -> str:
        """Which points a chunk has."""
        start, stop = self.layout.span(chunk)
        return f"points {start + 1} to {stop} of {self.rows}"

    def bound(self) -> str:
        """Why only this process can do it; empty: any process can."""
        model = type(self.case.model)
        if not model.catalogue_path:
            return f"model {model.name()} is not from a file that they could load"
        for each in outsiders():
            known = (*extensions, model.catalogue_path)
            home = str(getattr(each.written, "__module__", ""))
            if home not in known and not each.file.startswith(known):
                return (
                    f"{each.kind} '{each.name}' was registered by this program; put it into a file "
                    "and load that, as --load does"
                )
        return ""

    def extensions(self) -> tuple[str, ...]:
        """Files and modules that a fresh process must load first."""
        return tuple(extensions)

    @cached_property
    def made(self) -> dict[str, str]:
        """Where the results come from."""
        return provenance(self.case, [axis.name for axis in self.grid.axes])

    @property
    def axes(self) -> dict[str, Values]:
        """Values of every axis."""
        return {
            axis.name: axis_values(axis, np.arange(len(axis.values))) for axis in self.grid.axes
        }

    def question(self) -> Mapping[str, Any]:
        """Everything that the blocks depend on, in phrases."""
        case, made = self.case, self.made
        settings = case.settings([axis.name for axis in self.grid.axes])
        return {
            "model": made["model"],
            "file": type(case.model).catalogue_path or "none",
            "digest of the model and its data": made["model_digest"],
            "parameters": made["parameters"],
            **{f"parameter {name}": repr(value) for name, value in sorted(settings.items())},
            "threat point": case.threat,
            "selection rule": case.rule,
            "bargaining concept": case.concept,
            "draws": case.draws,
            "seed": case.seed,
            "design": case.design,
            "priors": made.get("priors", "none"),
            "extensions": made.get("extensions", "none"),
            **{f"values of {axis.name}": _identity(axis) for axis in self.grid.axes},
            "order of the axes": ", ".join(axis.name for axis in self.grid.axes),
            "points of a chunk": self.layout.size,
        }

    def header(self) -> Mapping[str, Any]:
        """Where the results come from, and the axes."""
        model = type(self.case.model)
        return {
            "made": self.made,
            "size": self.layout.size,
            "model": model.catalogue_path or model.name(),
            "axes": [
                {
                    "name": axis.name,
                    "unit": model.find_parameter(axis.name).unit,
                    "text": axis.text,
                    "values": [axis.values.start, axis.values.stop, len(axis.values)]
                    if isinstance(axis.values, Spaced | range)
                    else list(axis.values),
                    "spaced": isinstance(axis.values, Spaced | range),
                }
                for axis in self.grid.axes
            ],
        }

    def block(self, chunk: int) -> Block:
        """Evaluate the points of a chunk."""
        start, stop = self.layout.span(chunk)
        parts, order = [], []
        for values, rows in self.grid.clouds(start, stop):
            parts.append(self._part(self.case.model.at_values(values), len(rows)))
            order.append(rows)
        results = joined(parts)
        if len(order) > 1:
            back = np.argsort(np.concatenate(order), kind="stable")
            results = dataclasses.replace(
                results, columns={name: v[back] for name, v in results.columns.items()}
            )
        places = self.grid.places(start, stop)
        axes = {axis.name: axis_values(axis, places[axis.name]) for axis in self.grid.axes}
        model = type(self.case.model)
        for name in axes:
            if name in results.columns or name in self.made:
                raise ModelError(
                    f"model {model.name()}: parameter {name} has the name of a column of results; "
                    "give it another name"
                )
        units = {name: (model.find_parameter(name).unit, "") for name in axes}
        return dataclasses.replace(
            results, columns={**axes, **results.columns}, about={**units, **results.about}
        )

    def _part(self, cloud: Model, rows: int) -> Block:
        """Evaluate points that share their words."""
        found = recorded(evaluate(self.case.at(cloud), marginal=type(cloud).sweeps_marginals))
        made: dict[str, Values] = {}
        for name, column in found.items():
            if column.words is not None:
                made[name] = coded_rows(column.words.broadcast_to((rows,)))
                continue
            values = np.broadcast_to(column.values, rows)
            made[name] = coded_rows(values) if values.dtype.kind in "UO" else _number(values)
        status = made["status"]
        assert isinstance(status, Coded)
        good = [word == Status.CERTIFIED.value for word in status.words]
        regret = np.asarray(made["regret"])
        return Block(
            made,
            {name: (column.unit, column.about) for name, column in found.items()},
            {"horizon": (cloud.ask("horizon_here"),), "cautions": tuple(cloud.ask("cautions"))},
            int((~np.array(good)[status.codes]).sum()),
            float(regret[np.isfinite(regret)].max(initial=0.0)),
        )


def attributes(made: Mapping[str, str], notes: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return where a sweep comes from, with what its blocks noted."""
    found = {**made, "horizon": " / ".join(notes["horizon"]) or made.get("horizon", "")}
    if notes["cautions"]:
        told = list(notes["cautions"])
        if len(told) > _CAUTIONS:  # one a chunk would be a book
            told = [*told[: _CAUTIONS - 1], f"({len(told) - _CAUTIONS} more.)", told[-1]]
        found["cautions"] = " ".join(told)
    return found


def axis_values(axis: Axis, places: NDArray[np.int64]) -> Values:
    """Values of an axis at some places, in a type of their own: numbers, truth values, words."""
    if isinstance(axis.values, Spaced):
        return axis.at(places)
    if isinstance(axis.values, range):
        return axis.values.start + axis.values.step * places
    if all(isinstance(value, str) for value in axis.values):
        return Coded(places.astype(np.int32), tuple(map(str, axis.values)))
    return np.asarray(axis.values)[places]


def _identity(axis: Axis) -> str:
    """The values of an axis, exactly."""
    if isinstance(axis.values, Spaced):
        return f"{axis.values.start!r}:{axis.values.stop!r}:{axis.values.points}"
    if isinstance(axis.values, range):
        return str(axis.values)
    return ",".join(map(repr, axis.values))


def _number(values: NDArray[Any]) -> NDArray[Any]:
    """A column of numbers of its own, without the sign of a zero."""
    return values + 0.0 if values.dtype.kind == "f" else np.ascontiguousarray(values)
