"""Where something changes along one parameter, and what it would take to reach a target."""

from negotiation.regimes.thresholds.inverse import Reach, reach
from negotiation.regimes.thresholds.threshold import Thresholds, thresholds

__all__ = ["Reach", "Thresholds", "reach", "thresholds"]
