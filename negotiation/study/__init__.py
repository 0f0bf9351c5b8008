"""Studies: each takes a question about a model and returns numbers and events."""

from negotiation.study.run import sweep

__all__ = ["sweep"]
