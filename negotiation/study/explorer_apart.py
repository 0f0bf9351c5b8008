"""The table of an explorer, made in a process of its own while this one does something else."""

from __future__ import annotations

import dataclasses
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from negotiation.case import Case
from negotiation.errors import NegotiationError
from negotiation.execution import Block
from negotiation.execution.machine import processors
from negotiation.study import explorer_kept
from negotiation.study.drawn import DrawnPoints
from negotiation.study.explorer import DRAWS, explorer
from negotiation.study.explorer_table import explored
from negotiation.study.points import chunk_size

#: Points that a model solves at once, from which on a table takes less than a process to start.
_SLOW = 64


@dataclasses.dataclass(frozen=True)
class TableApart:
    """One chunk that leaves its result in the cache of tables; see `negotiation.execution.Job`."""

    case: Case

    @property
    def title(self) -> str:
        """What it is, in a phrase."""
        return f"explorer of {self.case.model.name()}"

    @property
    def chunks(self) -> int:
        """One."""
        return 1

    @property
    def rows(self) -> int:
        """One."""
        return 1

    @property
    def chunks_a_worker(self) -> int:
        """One."""
        return 1

    def rows_of(self, chunk: int) -> int:
        """One."""
        return 1

    def place(self, chunk: int) -> str:
        """All of it."""
        return "its table"

    def block(self, chunk: int) -> Block:
        """Make the table; what stays of it is in the cache."""
        explorer(self.case)
        return Block({"done": np.ones(1)}, {"done": ("", "")})

    def question(self) -> Mapping[str, Any]:
        """Nothing is kept of this job."""
        return {}

    def header(self) -> Mapping[str, Any]:
        """Nothing is kept of this job."""
        return {}

    def bound(self) -> str:
        """Why only this process can do it; empty: any process can."""
        return DrawnPoints(self.case, None).bound()

    def extensions(self) -> tuple[str, ...]:
        """Files and modules that a fresh process must load first."""
        return DrawnPoints(self.case, None).extensions()


@contextmanager
def tabulated_meanwhile(case: Case) -> Iterator[None]:
    """Make the table of a case beside what is done within, where there is a processor for it.

    The table is in the cache afterwards. Where that is switched off, or the case can only be
    solved here, nothing is done; where the other process fails, `explorer` says why when it is
    asked.
    """
    job = TableApart(case)
    quick = chunk_size(type(case.model)) > _SLOW
    if (
        quick
        or explorer_kept.folder() is None
        or processors() < 2
        or job.bound()
        or not _wanted(case)
    ):
        yield
        return
    worker = threading.Thread(target=_work, args=(job,), daemon=True)
    worker.start()
    yield
    worker.join()  # not after an error: the other process ends with this one


def _wanted(case: Case) -> bool:
    """Whether there can be a table, and it is not in the cache."""
    try:
        name = explorer_kept.key(case, explored(case), min(DRAWS, case.draws or DRAWS))
    except NegotiationError:
        return False
    return bool(name) and explorer_kept.read(name) is None


def _work(job: TableApart) -> None:
    from negotiation.execution.workers import work_on

    with suppress(NegotiationError), tempfile.TemporaryDirectory() as folder:
        for _ in work_on(job, [0], 1, columnar=False, folder=Path(folder)):
            pass


__all__ = ["TableApart", "tabulated_meanwhile"]
