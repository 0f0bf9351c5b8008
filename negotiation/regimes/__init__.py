"""Regimes: numbers whose signs say what holds, and where they change."""

from negotiation.regimes.event import Event, EventNature, EventSide
from negotiation.regimes.regimes import regimes
from negotiation.regimes.regions.regions import RegimeMap, regime_map
from negotiation.regimes.signal import SIGNALS, Signal, SignalUse, register_signal, signals_of
from negotiation.regimes.thresholds.inverse import Reach, reach
from negotiation.regimes.thresholds.threshold import Thresholds, thresholds

__all__ = [
    "SIGNALS",
    "Event",
    "EventNature",
    "EventSide",
    "Reach",
    "RegimeMap",
    "Signal",
    "SignalUse",
    "Thresholds",
    "reach",
    "regime_map",
    "regimes",
    "register_signal",
    "signals_of",
    "thresholds",
]
