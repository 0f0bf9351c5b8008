"""Worker processes: fresh interpreters of one thread each, replaced when they die."""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from negotiation.errors import ExecutionError
from negotiation.execution.chunk import Worked, sent
from negotiation.execution.job import Job
from negotiation.execution.worker import receive, send

#: Times that a chunk is tried again after its worker died.
TRIES = 2

#: What keeps free memory with the process (glibc): taking it anew costs a tenth of the time.
_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TRIM_THRESHOLD_": "1073741824"}

#: What keeps libraries at one thread; must be in the environment before NumPy is loaded.
_THREADS = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "ARROW_NUM_THREADS",
)

#: Seconds between two looks at whether the program was asked to end.
_LOOK = 0.1


class _Tasks:
    """Chunks that wait, in their order; those of workers that died come first again."""

    def __init__(self, chunks: Iterable[int]) -> None:
        self._waiting = iter(chunks)
        self._again: list[int] = []
        self._lock = threading.Lock()
        self._died: Counter[int] = Counter()
        self.stop_at: int | None = None

    def take(self) -> int | None:
        """Return the next chunk; None: there is none left."""
        with self._lock:
            if self._again:
                return self._again.pop()
            chunk = next(self._waiting, None)
            # Behind a chunk that failed nothing is begun; what stands before it is finished, so
            # that the first failure is the same whatever the workers.
            failed = self.stop_at is not None and chunk is not None and chunk > self.stop_at
            return None if failed else chunk

    def fail(self, chunk: int) -> None:
        """Note that a chunk failed."""
        with self._lock:
            self.stop_at = chunk if self.stop_at is None else min(self.stop_at, chunk)

    def again(self, chunk: int) -> bool:
        """Take a chunk back whose worker died; return whether it may be tried again."""
        with self._lock:
            self._died[chunk] += 1
            if self._died[chunk] > TRIES:
                return False
            self._again.append(chunk)
            return True


class _Worker(threading.Thread):
    """One process after another, and the thread that talks to it."""

    def __init__(self, pool: _Pool) -> None:
        super().__init__(daemon=True)
        self.pool = pool
        self.process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Hand out chunks until there are none."""
        try:
            while (chunk := self.pool.tasks.take()) is not None and not self.pool.ended:
                self._one(chunk)
        except BaseException as error:  # to be raised where somebody hears it
            self.pool.found.put(error)
        finally:
            self.end()
            self.pool.found.put(None)

    def _one(self, chunk: int) -> None:
        try:
            if self.process is None:
                self.process = _started()
                assert self.process.stdin is not None
                send(self.process.stdin, self.pool.opening)  # type: ignore[arg-type]
            assert self.process.stdin is not None
            assert self.process.stdout is not None
            send(self.process.stdin, chunk)  # type: ignore[arg-type]
            worked = receive(self.process.stdout)  # type: ignore[arg-type]
        except (EOFError, BrokenPipeError, ConnectionError, pickle.UnpicklingError):
            code = self.end()
            if self.pool.ended:
                return
            if not self.pool.tasks.again(chunk):
                self.pool.tasks.fail(chunk)
                self.pool.found.put(
                    Worked(chunk, error=pickle.dumps(_lost(self.pool.job, chunk, code)))
                )
            return
        assert isinstance(worked, Worked)
        if worked.error:
            self.pool.tasks.fail(worked.chunk)
        self.pool.found.put(worked)

    def end(self) -> int | None:
        """End the process, whatever it does; return its exit code."""
        process, self.process = self.process, None
        if process is None:
            return None
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        with suppress(subprocess.TimeoutExpired):
            return process.wait(0.2)
        with suppress(OSError):
            process.kill()
        return process.wait()


class _Pool:
    def __init__(self, job: Job, chunks: Iterable[int], columnar: bool, folder: Path) -> None:
        self.job = job
        self.tasks = _Tasks(chunks)
        self.opening = (sent(job), columnar, str(folder))
        self.found: queue.Queue[Worked | BaseException | None] = queue.Queue()
        self.ended = False


def work_on(
    job: Job, chunks: Iterable[int], count: int, *, columnar: bool, folder: Path
) -> Iterator[Worked]:
    """Let worker processes work on chunks; yield what came of each, as it comes.

    Raises
    ------
    NegotiationError
        If a chunk fails: of those that do, the first one.
    ExecutionError
        If the workers of a chunk died again and again.
    """
    pool = _Pool(job, chunks, columnar, folder)
    workers = [_Worker(pool) for _ in range(count)]
    failed: Worked | None = None
    try:
        for worker in workers:
            worker.start()
        left = count
        while left:
            try:
                found = pool.found.get(timeout=_LOOK)
            except queue.Empty:
                continue
            if found is None:
                left -= 1
            elif isinstance(found, BaseException):
                raise found
            elif found.error:
                failed = found if failed is None or found.chunk < failed.chunk else failed
            else:
                yield found
        if failed is not None:
            raise pickle.loads(failed.error)
    finally:
        pool.ended = True
        for worker in workers:
            process = worker.process
            if process is not None:
                with suppress(OSError):
                    process.kill()
        for worker in workers:
            worker.join(2.0)


def _started() -> subprocess.Popen[bytes]:
    """Start a fresh interpreter that finds modules where this one does."""
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; "
        "from negotiation.execution.worker import main; main()"
    )
    return subprocess.Popen(
        [sys.executable, *_flags(), "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **dict.fromkeys(_THREADS, "1"), **_MEMORY},
    )


def _flags() -> list[str]:
    """Options of this interpreter that the others need too."""
    return subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined,no-any-return]


def _lost(job: Job, chunk: int, code: int | None) -> ExecutionError:
    how = "" if code is None else f" (signal {-code})" if code < 0 else f" (exit code {code})"
    return ExecutionError(
        f"the worker process of {job.place(chunk)} died {TRIES + 1} times{how}: the model crashes "
        "there, or the memory did not suffice"
    )
