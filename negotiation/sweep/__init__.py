"""Sweeps: grids, their evaluation in chunks, one labelled dataset, and its regime changes."""

from negotiation.sweep.grid import Axis, Grid
from negotiation.sweep.line import Event
from negotiation.sweep.regimes import regimes
from negotiation.sweep.run import sweep

__all__ = ["Axis", "Event", "Grid", "regimes", "sweep"]
