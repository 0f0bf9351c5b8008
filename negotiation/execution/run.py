"""Carry out a job: who works on which chunk, and what is kept until the result is written."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from negotiation import interrupts
from negotiation.errors import GridError, InterruptedRunError, NegotiationError, OutputError
from negotiation.execution import cluster, parquet, workers
from negotiation.execution.block import Block
from negotiation.execution.chunk import Worked, environment, work
from negotiation.execution.folder import COLUMNAR, RunFolder, UnwrittenError, put, unpacked
from negotiation.execution.job import Execution, Job
from negotiation.execution.machine import processors

#: Most worker processes.
MOST_WORKERS = 1024

Progress = Callable[[int, int], None]


class Results:
    """The blocks of a finished job, in their order, one in memory at a time where they are kept.

    Attributes
    ----------
    job : Job
    uncertified : int
        Rows that are not certified.
    worst : float
        The largest residual of all rows; NaN where there is none.
    """

    def __init__(self, job: Job, folder: RunFolder | None, blocks: dict[int, Block]) -> None:
        self.job, self._folder, self._blocks = job, folder, blocks
        done = [*(folder.done.values() if folder else blocks.values())]
        self.uncertified = sum(each.uncertified for each in done)
        known = [each.worst for each in done if each.worst == each.worst]
        self.worst = max(known, default=float("nan"))

    @property
    def columnar(self) -> bool:
        """Whether the chunks are kept as Parquet, so that `files` can be put together."""
        return self._folder is not None and all(
            each.file.endswith(".parquet") for each in self._folder.done.values()
        )

    def files(self) -> Iterator[bytes]:
        """Yield the file of every chunk."""
        assert self._folder is not None
        for chunk in range(self.job.chunks):
            yield self._folder.read(chunk)

    def blocks(self) -> Iterator[Block]:
        """Yield every block."""
        if self._folder is None:
            yield from (self._blocks[chunk] for chunk in range(self.job.chunks))
        else:
            yield from map(unpacked, self.files())


@contextmanager
def carry_out(
    job: Job,
    execution: Execution = Execution(),  # noqa: B008 - it is frozen
    progress: Progress | None = None,
) -> Iterator[Results]:
    """Do all the work of a job, then give its results; what is kept ends when all went well.

    A folder is removed at the end unless the execution says that it stays. If anything goes wrong,
    within as well, it stays as it is, and `resume` goes on.

    Parameters
    ----------
    progress : callable, optional
        Called with rows done and rows in all.

    Raises
    ------
    OutputError
        If the folder cannot be used, or holds another run.
    ExecutionError
        If worker processes or a scheduler have gone.
    InterruptedRunError
        If the user stops it and something is kept.
    """
    count = worker_count(job, execution)
    if execution.folder is None and count == 1 and not execution.dask:
        yield Results(job, None, _in_memory(job, progress))
        return
    if execution.folder is None:
        with (
            tempfile.TemporaryDirectory(prefix="negotiation-", ignore_cleanup_errors=True) as name,
            _kept(job, Execution(count, execution.dask, Path(name) / "run"), count, progress) as of,
        ):
            yield of
        return
    folder = execution.folder
    try:
        with _kept(job, execution, count, progress) as results:
            yield results
    except KeyboardInterrupt:
        done = _count(folder)
        if not done:
            raise
        raise InterruptedRunError(
            f"interrupted at {done} of {job.chunks} chunks; they are kept in {folder}, and the "
            "same command with --resume goes on from there"
        ) from None


@contextmanager
def _kept(
    job: Job, execution: Execution, count: int, progress: Progress | None
) -> Iterator[Results]:
    assert execution.folder is not None
    about = {"title": job.title, "chunks": job.chunks, "rows": job.rows, **job.header()}
    folder = RunFolder(execution.folder, _question(job), about, resume=execution.resume)
    worked = finished = False
    try:
        _work(job, execution, count, folder, progress)
        folder.flush()
        worked = True
        yield Results(job, folder, {})
        finished = True
    except NegotiationError as error:
        # What says that the folder cannot be written says what is kept as well.
        said = isinstance(error, OutputError) and not worked
        if said or not folder.done or isinstance(error, InterruptedRunError):
            raise
        raise type(error)(f"{error}; {folder.kept()}") from error
    finally:
        with interrupts.held():
            if finished and not execution.keep:
                folder.remove()
            else:
                folder.close()


def _question(job: Job) -> dict[str, str]:
    columnar = job.rows_of(0) >= COLUMNAR and parquet.available()
    made = environment() | ({"pyarrow": parquet.version()} if columnar else {})
    return {name: str(value) for name, value in {**job.question(), **made}.items()}


def _count(folder: Path) -> int:
    return sum(1 for _ in (folder / "chunks").glob("[0-9]*")) if folder.is_dir() else 0


def worker_count(job: Job, execution: Execution) -> int:
    """Return how many processes work on a job; 1: this one.

    Without a number it is one for so many chunks as the job says, up to the processors of this
    process: whether it pays to start them must not hang on how fast the machine is.

    Raises
    ------
    GridError
    """
    asked = execution.workers
    bound = job.bound() if asked != 1 or execution.dask else ""
    if bound and (asked is not None or execution.dask):
        raise GridError(f"the {job.title} cannot be given to other processes: {bound}")
    if asked is None and bound:
        return 1
    if asked is None:
        return max(1, min(processors(), job.chunks // job.chunks_a_worker))
    if not 1 <= asked <= MOST_WORKERS:
        raise GridError(f"{asked} workers were asked for; expected 1 to {MOST_WORKERS}")
    return min(asked, job.chunks)


def _in_memory(job: Job, progress: Progress | None) -> dict[int, Block]:
    found: dict[int, Block] = {}
    rows = 0
    for chunk in range(job.chunks):
        found[chunk] = job.block(chunk)
        rows += found[chunk].rows
        if progress is not None:
            progress(rows, job.rows)
    return found


def _work(
    job: Job, execution: Execution, count: int, folder: RunFolder, progress: Progress | None
) -> None:
    """Work on the chunks that the folder lacks."""
    columnar = job.rows_of(0) >= COLUMNAR and parquet.available()
    rows = sum(done.rows for done in folder.done.values())
    if rows and progress is not None:
        if (begin := getattr(progress, "begin", None)) is not None:
            begin(rows)  # what is there already says nothing of how fast this goes
        progress(rows, job.rows)
    missing = [chunk for chunk in range(job.chunks) if chunk not in folder.done]
    registry: dict[Any, Any] = {}
    for worked in _each(job, missing, execution, count, folder, columnar=columnar):
        for told in worked.warned:
            warnings.warn_explicit(
                told.text, told.category, told.file, told.line, registry=registry
            )
        done = worked.done
        if done is None:
            try:
                done = put(
                    folder.chunks, worked.chunk, unpacked(worked.data), worked.data, worked.seconds
                )
            except UnwrittenError as error:
                raise folder.refused(error) from None
        folder.add(done)
        rows += done.rows
        if progress is not None:
            progress(rows, job.rows)


def _each(
    job: Job,
    missing: list[int],
    execution: Execution,
    count: int,
    folder: RunFolder,
    *,
    columnar: bool,
) -> Iterator[Worked]:
    try:
        if not missing:
            return
        if execution.dask:
            yield from cluster.work_on(job, missing, execution.dask, columnar=columnar)
        elif count > 1:
            yield from workers.work_on(job, missing, count, columnar=columnar, folder=folder.chunks)
        else:
            for chunk in missing:
                block, data, seconds = work(job, chunk, columnar=columnar)
                done = put(folder.chunks, chunk, block, data, seconds)
                yield Worked(chunk, done)
    except UnwrittenError as error:
        raise folder.refused(error) from None
