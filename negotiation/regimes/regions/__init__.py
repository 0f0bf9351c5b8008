"""Regimes in the plane of two parameters: regions, and the curves between them."""

from negotiation.regimes.regions.regions import Curve, RegimeMap, Region, regime_map

__all__ = ["Curve", "RegimeMap", "Region", "regime_map"]
