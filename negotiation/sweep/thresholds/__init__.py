"""Where something changes along one parameter, and what it would take to reach a target."""

from negotiation.sweep.thresholds.inverse import Reach, reach
from negotiation.sweep.thresholds.threshold import Thresholds, thresholds

__all__ = ["Reach", "Thresholds", "reach", "thresholds"]
