"""Studies: each takes a question about a model and returns numbers and events."""

from negotiation.study.kept import read_run
from negotiation.study.run import sweep

__all__ = ["read_run", "sweep"]
