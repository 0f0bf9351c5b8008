"""A run that is kept in a folder, finished or not: what it is, how far it is, and its results."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negotiation.coded import Coded
from negotiation.errors import OutputError
from negotiation.execution.block import Block, joined
from negotiation.model.spaced import Spaced
from negotiation.study.points import attributes

if TYPE_CHECKING:
    import xarray as xr

    from negotiation.execution.folder import Done
    from negotiation.study.drawn import Drawn

#: What `status` says of a point that has not been reached.
NOT_REACHED = "not reached: the run is not finished"


@dataclasses.dataclass(frozen=True, eq=False)
class KeptRun:
    """A run in a folder.

    Attributes
    ----------
    path : Path
    question : mapping of str to str
        What its results depend on, in phrases.
    about : mapping
        Title, chunks and rows in all, where the results come from, and the axes.
    done : mapping of int to Done
        The finished chunks.
    """

    path: Path
    question: Mapping[str, str]
    about: Mapping[str, Any]
    done: Mapping[int, Done]

    @classmethod
    def of(cls, folder: str | os.PathLike[str]) -> KeptRun:
        """Read what a folder holds; nothing in it is changed, and it may be in use.

        Raises
        ------
        OutputError
            If it is not the folder of a run.
        """
        from negotiation.execution.folder import peek

        path = Path(folder)
        return cls(path, *peek(path))

    @property
    def complete(self) -> bool:
        """Whether all chunks are there."""
        return len(self.done) == int(self.about["chunks"])

    @property
    def rows(self) -> int:
        """Rows of the finished chunks."""
        return sum(each.rows for each in self.done.values())

    @property
    def progress(self) -> str:
        """How far it is, in a phrase."""
        return (
            f"{len(self.done)} of {self.about['chunks']} chunks, {self.rows} of "
            f"{self.about['rows']} rows"
        )

    def blocks(self) -> Iterator[Block]:
        """Yield the finished blocks, in their order."""
        from negotiation.execution.folder import blocks_of

        for _, block in blocks_of(self.path, self.done):
            yield block

    def made(self, notes: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
        """Where the results come from; of a run that is not finished also how far it is."""
        found = attributes(self.about["made"], {"horizon": (), "cautions": (), **notes})
        return found if self.complete else {"unfinished": self.progress, **found}

    @cached_property
    def drawn(self) -> Drawn | None:
        """The draws of a sweep, those of missing chunks not certified; None of another run."""
        from negotiation.execution.folder import blocks_of
        from negotiation.study.drawn import DrawnPoints, gathered_part

        job = DrawnPoints.again(self.about)
        if job is None:
            return None
        found = gathered_part(job, blocks_of(self.path, self.done))
        return found if self.complete else dataclasses.replace(found, unfinished=self.progress)

    @cached_property
    def axes(self) -> dict[str, NDArray[Any]]:
        """Values of every axis; empty where the run is not over a grid of points."""
        found: dict[str, NDArray[Any]] = {}
        for axis in self.about.get("axes", []):
            values = axis["values"]
            if axis["spaced"]:
                start, stop, count = values
                found[axis["name"]] = Spaced(start, stop, count).at(np.arange(count))
            else:
                found[axis["name"]] = np.array(values)
        return found


def read_run(folder: str | os.PathLike[str]) -> xr.Dataset:
    """Read the results of a run, finished or not.

    Parameters
    ----------
    folder : str or path
        As in `run.parquet.run`, or what `--run` named.

    Returns
    -------
    xarray.Dataset
        As of `sweep`. Points that have not been reached are NaN or empty, and `status` says so; the
        attribute `unfinished` is then there and says how far it is.

    Raises
    ------
    OutputError
        If it is not the folder of a run over a grid, or nothing is finished.
    """
    import xarray as xr

    run = KeptRun.of(folder)
    if not run.done:
        raise OutputError(f"{folder} holds no finished chunks yet")
    shape = tuple(map(len, run.axes.values()))
    size = run.about.get("size", 0)
    if not run.axes or not size or run.about["rows"] != np.prod(shape):
        raise OutputError(f"{folder} holds no run over a grid of points: {run.about['title']}")
    blocks = list(run.blocks())
    whole = joined(blocks)
    at = np.concatenate([chunk * size + np.arange(each.rows) for chunk, each in run.done.items()])
    variables = {}
    for name, values in whole.columns.items():
        if name in run.axes:
            continue
        unit, about = whole.about[name]
        filled = _filled(values, at, run.about["rows"], NOT_REACHED if name == "status" else "")
        variables[name] = (
            list(run.axes),
            filled.reshape(shape),
            {"units": unit, "long_name": about},
        )
    units = {axis["name"]: axis["unit"] for axis in run.about["axes"]}
    coords = {name: (name, values, {"units": units[name]}) for name, values in run.axes.items()}
    return xr.Dataset(variables, coords=coords, attrs=run.made(whole.notes))


def _filled(
    values: NDArray[Any] | Coded, at: NDArray[np.int64], rows: int, word: str
) -> NDArray[Any]:
    """Put the rows of a column where they belong; the others are NaN, or a word."""
    if isinstance(values, Coded):
        words = np.array([*values.words, word], dtype=str)
        codes = np.full(rows, len(values.words))
        codes[at] = values.codes
        return np.asarray(words[codes])
    if len(at) == rows:
        found = np.empty(rows, dtype=values.dtype)
    elif values.dtype.kind in "iu":  # as of a point that was not solved
        found = np.zeros(rows, dtype=values.dtype)
    else:
        found = np.full(rows, np.nan)
    found[at] = values
    return found


def certified(run: KeptRun) -> int:
    """Return how many of the finished rows are certified."""
    return run.rows - sum(each.uncertified for each in run.done.values())
