"""Regimes: numbers whose signs say what holds, and where they change."""

from negotiation.regimes.line import Event
from negotiation.regimes.regimes import regimes
from negotiation.regimes.regions.regions import RegimeMap, regime_map
from negotiation.regimes.thresholds.inverse import Reach, reach
from negotiation.regimes.thresholds.threshold import Thresholds, thresholds

__all__ = [
    "Event",
    "Reach",
    "RegimeMap",
    "Thresholds",
    "reach",
    "regime_map",
    "regimes",
    "thresholds",
]
