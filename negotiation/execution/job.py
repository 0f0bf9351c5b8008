"""What is asked of an execution: a job of numbered chunks, and who is to work on it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from negotiation.execution.block import Block


class Job(Protocol):
    """Numbered chunks of work, each of which makes a block.

    A job is pickled and sent to whoever works on it. The block of a chunk depends on the job and
    the number alone.
    """

    @property
    def title(self) -> str:
        """What it is, in a phrase: "sweep of canada_us"."""
        ...

    @property
    def chunks(self) -> int:
        """Number of chunks."""
        ...

    @property
    def rows(self) -> int:
        """Rows of all chunks together."""
        ...

    @property
    def chunks_a_worker(self) -> int:
        """Chunks for each worker process from which it pays to start it."""
        ...

    def rows_of(self, chunk: int) -> int:
        """Rows of one chunk."""
        ...

    def place(self, chunk: int) -> str:
        """Which part of the job a chunk is, in a phrase: "points 65 to 128"."""
        ...

    def block(self, chunk: int) -> Block:
        """Do the work of one chunk."""
        ...

    def question(self) -> Mapping[str, Any]:
        """Everything that the blocks depend on, by name, for JSON."""
        ...

    def header(self) -> Mapping[str, Any]:
        """What a reader of the blocks must know besides, for JSON."""
        ...

    def bound(self) -> str:
        """Why only this process can do it, in a phrase; empty: any process can."""
        ...

    def extensions(self) -> tuple[str, ...]:
        """Files and modules that a fresh process must load first."""
        ...


@dataclasses.dataclass(frozen=True)
class Execution:
    """Who works on a job, and where what is done is kept.

    Attributes
    ----------
    workers : int or None
        Processes; 1: this one; None: as many as pay, up to the processors this process may use.
    dask : str
        Address of a dask scheduler; empty: none.
    folder : Path or None
        Where finished chunks are kept until the result is written; None: nowhere.
    resume : bool
        Whether to go on with what the folder holds.
    keep : bool
        Whether the folder stays when all is done.
    """

    workers: int | None = 1
    dask: str = ""
    folder: Path | None = None
    resume: bool = False
    keep: bool = False
