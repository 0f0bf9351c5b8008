"""Execution: a job of numbered chunks, who works on them, and where what is done is kept.

Nothing here knows models. A job says how many chunks it has and makes the block of each; which
chunks there are depends only on what is asked, so that the result is the same to the last byte for
any number of workers, with or without interruptions.
"""

from typing import TYPE_CHECKING

from negotiation.execution.block import Block
from negotiation.execution.job import Execution, Job

if TYPE_CHECKING:
    from negotiation.execution.run import Results, carry_out
else:

    def __getattr__(name: str) -> object:
        # Ledgers, processes and clusters are loaded where a job is carried out.
        if name in ("Results", "carry_out"):
            from negotiation.execution import run

            return getattr(run, name)
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


__all__ = ["Block", "Execution", "Job", "Results", "carry_out"]
