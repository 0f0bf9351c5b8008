"""A cluster: the same chunks by way of a dask scheduler, which needs no files in common."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from negotiation.errors import ExecutionError, missing_extra
from negotiation.execution.chunk import Worked, sent, work_elsewhere
from negotiation.execution.job import Job

#: Chunks that are sent ahead for every processor of the cluster.
_AHEAD = 2

#: Seconds to wait for a scheduler.
_WAIT = 10


def work_on(job: Job, chunks: Iterable[int], address: str, *, columnar: bool) -> Iterator[Worked]:
    """Let a cluster work on chunks; yield what came of each, as it comes.

    Raises
    ------
    MissingExtraError
        Without `distributed`.
    ExecutionError
        If the scheduler cannot be reached, or goes away.
    """
    if find_spec("distributed") is None:
        raise missing_extra("distributed", f"--dask {address}")
    distributed: Any = import_module("distributed")
    # It tells at length what is said in one sentence here.
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        client = distributed.Client(address, timeout=_WAIT, set_as_default=False)
    except (OSError, ValueError) as error:  # a timeout is an OSError
        raise ExecutionError(
            f"there is no dask scheduler at {address}: {str(error) or 'no answer'}; start one with "
            "`dask scheduler` and give the address it prints, as in --dask tcp://host:8786"
        ) from None
    try:
        yield from _results(distributed, client, job, chunks, columnar=columnar)
    except (OSError, distributed.CancelledError, RuntimeError) as error:
        if client.status == "running" and not isinstance(error, distributed.CancelledError):
            raise
        raise ExecutionError(f"the dask scheduler at {address} has gone") from None
    finally:
        with suppress(Exception):  # it may be gone
            client.close(timeout=1)


def _results(
    distributed: Any, client: Any, job: Job, chunks: Iterable[int], *, columnar: bool
) -> Iterator[Worked]:
    waiting = iter(chunks)
    data = sent(job)
    window = max(_AHEAD, _AHEAD * sum(client.ncores().values()))
    failed: Worked | None = None

    def submit() -> list[Any]:
        # In the order of the chunks: behind one that failed nothing is begun.
        chunk = None if failed is not None else next(waiting, None)
        if chunk is None:
            return []
        return [
            client.submit(work_elsewhere, data, chunk, columnar, None, pure=False, priority=-chunk)
        ]

    flying = distributed.as_completed(
        [each for _ in range(window) for each in submit()], loop=client.loop
    )
    for future in flying:
        try:
            worked = future.result()
        except distributed.KilledWorker as error:
            raise ExecutionError(
                "the cluster's workers died again and again on one chunk: the model crashes there, "
                f"or their memory did not suffice ({error.task})"
            ) from None
        if worked.error:
            failed = worked if failed is None or worked.chunk < failed.chunk else failed
        else:
            yield worked
        for each in submit():
            flying.add(each)
    if failed is not None:
        raise pickle.loads(failed.error)
