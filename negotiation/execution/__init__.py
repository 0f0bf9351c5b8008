"""Execution: a job of numbered chunks, who works on them, and where what is done is kept.

Nothing here knows models. A job says how many chunks it has and makes the block of each; which
chunks there are depends only on what is asked, so that the result is the same to the last byte for
any number of workers, with or without interruptions.
"""

from negotiation.execution.block import Block
from negotiation.execution.job import Execution, Job
from negotiation.execution.run import Results, carry_out

__all__ = ["Block", "Execution", "Job", "Results", "carry_out"]
