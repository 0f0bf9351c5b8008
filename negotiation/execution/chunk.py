"""The one function that works on a chunk, wherever it runs."""

from __future__ import annotations

import dataclasses
import pickle
import platform
import threading
import time
import warnings
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from negotiation import __version__
from negotiation.errors import ExecutionError, NegotiationError, told
from negotiation.execution.block import Block
from negotiation.execution.folder import Done, packed, put
from negotiation.execution.job import Job

#: Models keep memory of their own for one thread; a process may be asked by several.
_ONE = threading.Lock()


@dataclasses.dataclass(frozen=True)
class Warned:
    """A warning of some code, to be said again where the person is."""

    text: str
    category: type[Warning]
    file: str
    line: int


@dataclasses.dataclass(frozen=True)
class Worked:
    """What came of a chunk elsewhere: the finished chunk, its bytes, or what went wrong.

    Attributes
    ----------
    chunk : int
    done : Done or None
        Where the worker put it into the folder.
    data : bytes
        Its bytes where there is no folder in common, with `block` its description.
    error : bytes
        Pickled exception; empty: none.
    warned : tuple of Warned
    """

    chunk: int
    done: Done | None = None
    data: bytes = b""
    seconds: float = 0.0
    error: bytes = b""
    warned: tuple[Warned, ...] = ()


def work(job: Job, chunk: int, *, columnar: bool) -> tuple[Block, bytes, float]:
    """Work on a chunk: its block, the bytes of its file, and the seconds."""
    began = time.perf_counter()
    block = job.block(chunk)
    data = packed(block, columnar=columnar)
    return block, data, time.perf_counter() - began


@lru_cache(maxsize=4)
def job_of(data: bytes) -> Job:
    """Read a job that was sent, after loading what it needs; once in a process."""
    from negotiation.catalogue import load_extension

    asked, extensions, job = pickle.loads(data)
    here = environment()
    other = [
        f"{name} {here[name]} instead of {asked[name]}"
        for name in asked
        if here[name] != asked[name]
    ]
    if other:
        raise ExecutionError(
            f"the worker on {platform.node()} has {', '.join(other)}, so that its results could "
            "differ; install the same versions there"
        )
    for each in extensions:
        load_extension(each)
    return pickle.loads(job)  # type: ignore[no-any-return]


def sent(job: Job) -> bytes:
    """Return a job as it is sent: what must be loaded before it can be read comes first."""
    return pickle.dumps((environment(), job.extensions(), pickle.dumps(job)))


def environment() -> dict[str, str]:
    """Versions on which the last digit of a result depends."""
    found = {"negotiation": __version__, "python": ".".join(platform.python_version_tuple()[:2])}
    for name in ("numpy", "scipy", "numba"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def work_elsewhere(data: bytes, chunk: int, columnar: bool, folder: str | None) -> Worked:
    """Work on a chunk of a job that was sent; nothing that goes wrong is raised.

    Parameters
    ----------
    data : bytes
        The job, from `sent`.
    chunk : int
    columnar : bool
        Whether its file is Parquet.
    folder : str or None
        Where to put the file; None: its bytes are returned.
    """
    with _ONE, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        try:
            block, made, seconds = work(job_of(data), chunk, columnar=columnar)
            done = None if folder is None else put(Path(folder), chunk, block, made, seconds)
        except BaseException as error:
            return Worked(chunk, error=_portable(error), warned=_warned(caught))
        return Worked(chunk, done, made if done is None else b"", seconds, warned=_warned(caught))


def _portable(error: BaseException) -> bytes:
    """Pickle an exception, or the nearest of ours that can be pickled."""
    error.__traceback__ = error.__cause__ = error.__context__ = None
    try:
        made = pickle.dumps(error)
        pickle.loads(made)
    except Exception:  # an exception of a model's own, or one that holds what cannot be sent
        kinds = [
            kind for kind in type(error).__mro__ if kind.__module__ == NegotiationError.__module__
        ]
        kind = kinds[0] if kinds else RuntimeError
        return pickle.dumps(kind(str(error) if kinds else told(error)))
    return made


def _warned(caught: Any) -> tuple[Warned, ...]:
    return tuple(
        Warned(str(each.message), each.category, each.filename, each.lineno)
        for each in caught
        if each.category.__module__.partition(".")[0] in ("builtins", "negotiation", "numpy")
    )
