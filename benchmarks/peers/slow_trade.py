"""The slow and obvious trade solver of the tests, on one scenario of a trade subject."""

from __future__ import annotations

import numpy as np

from benchmarks.registry import Job
from tests.blind import slow_trade


def solve(job: Job) -> slow_trade.Equilibrium:
    """Solve the job's first scenario from scratch, as the blind solver does."""
    economy, tariff = job.data
    world = slow_trade.from_arrays(
        economy.flows, economy.tariff, economy.trade_elasticity, economy.input_share
    )
    return slow_trade.solve(world, tariff[0], np.ones_like(tariff[0]))


def gap(
    found: slow_trade.Equilibrium, welfare: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
) -> str:
    return f"welfare agrees to {np.abs(found.welfare / welfare[0] - 1.0).max():.0e}"
