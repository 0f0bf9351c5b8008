"""Broyden's method on compiled kernels: what `solver.broyden` does, several times faster.

The same steps as there in the same order, so that answers agree to rounding. Only the product with
the preconditioner, for which nothing beats BLAS, stays outside the kernels.
"""

from __future__ import annotations

import importlib.util
import threading

import numpy as np
from numpy.typing import NDArray

from negotiation.compile import compiled
from negotiation.errors import MissingExtraError
from negotiation.tolerances import TRADE_RESIDUAL, TRADE_STEPS, TRADE_TARGET
from negotiation.trade import kernels
from negotiation.trade.checks import Array
from negotiation.trade.sourcing import Shared
from negotiation.trade.system import Scenarios


def fits(scenarios: Scenarios) -> bool:
    """Whether the kernels are written for these scenarios."""
    system, sourcing = scenarios.system, scenarios.sourcing
    plain = scenarios.exports is None and scenarios.grants is None and system.specific is None
    return plain and system.full and isinstance(sourcing, Shared) and sourcing.raised is None


def require_numba() -> None:
    """Say how to get numba where it is missing."""
    if importlib.util.find_spec("numba") is None:
        raise MissingExtraError(
            "compiled kernels need numba, which is not installed; pip install 'negotiation[fast]'"
        )


def broyden(
    scenarios: Scenarios,
    inverse: Array,
    start: Array,
    targets: tuple[float, float] = (TRADE_TARGET, TRADE_RESIDUAL),
    *,
    interpreted: bool = False,
) -> tuple[Array, Array, NDArray[np.int64]]:
    """Run Broyden's method on scenarios that share a table; see `solver.broyden`.

    Parameters
    ----------
    interpreted : bool
        Run the kernels as plain Python, thousands of times slower: for tests.
    """
    (target, enough), system, size = targets, scenarios.system, scenarios.size
    sourcing = scenarios.sourcing
    assert isinstance(sourcing, Shared)
    run = kernels if interpreted else compiled(kernels.__name__)
    n, s = system.regions, system.sectors
    origins, buyers, change = _pairs(sourcing)
    work = _workspace(n, s, size)
    moves, lengths = work.moves, work.lengths
    numeraire = np.bincount(system.component, system.value_added)

    z = np.array(start)
    kept = z  # the best points of scenarios that are close: only those can end by getting worse
    gap = np.full(size, np.inf)
    steps = np.zeros(size, dtype=np.int64)
    going = np.ones(size, dtype=bool)
    for taken in range(TRADE_STEPS):
        run.residuals(
            z,
            sourcing.common,
            origins,
            buyers,
            change,
            system.theta,
            system.value_added_share,
            system.final_share,
            system.input_share,
            system.value_added,
            scenarios.transfer,
            system.output,
            system.component,
            numeraire,
            system.stickiness,
            work.by_region,
            work.by_sector,
            work.by_use,
            work.bits,
            work.found,
            work.gap,
        )
        now = work.gap
        steps[going] += 1
        worse = going & ~(now < gap) & (gap <= enough)
        if worse.any():
            z[:, worse] = kept[:, worse]
        gap = np.where(going & (now < gap), now, gap)
        going &= (now > target) & np.isfinite(now) & ~worse
        if not going.any():
            break
        close = going & (gap <= enough)
        if close.any():
            kept = kept.copy() if kept is z else kept
            kept[:, close] = z[:, close]
        if taken == len(moves):
            moves = work.moves = np.concatenate([moves, np.empty_like(moves)])
        np.matmul(inverse, work.found, out=work.step)
        run.advance(z, work.step, moves, lengths, taken, going, work.products)
    return z, gap, steps


class _Workspace:
    """Memory of one thread for chunks of one shape; fresh memory would cost a fifth of the time."""

    def __init__(self, n: int, s: int, size: int) -> None:
        rows = n + 2 * n * s
        self.by_region = np.empty((6, n, size))
        self.by_sector = np.empty((7, s, n, size))
        self.by_use = np.empty((4, s, 2, n, size))
        self.bits = self.by_sector[6].view(np.int64)
        self.found = np.empty((rows, size), np.float32)
        self.step = np.empty((rows, size), np.float32)
        self.gap = np.empty(size)
        self.moves = np.empty((12, rows, size), np.float32)
        self.lengths = np.empty((TRADE_STEPS, size), np.float32)
        self.products = np.empty(size, np.float32)


_memory = threading.local()


def _workspace(n: int, s: int, size: int) -> _Workspace:
    """Return this thread's memory; that of the last shape is kept."""
    if getattr(_memory, "shape", None) != (n, s, size):
        _memory.shape, _memory.work = (n, s, size), _Workspace(n, s, size)
    work: _Workspace = _memory.work
    return work


def _pairs(sourcing: Shared) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Changes by pair: origins (P,), buyers (P,) and differences (P, S, 2, U, B)."""
    origins: list[int] = []
    buyers: list[int] = []
    total = sum(len(each.origins) for each in sourcing.columns)
    s, _, uses, _, _ = sourcing.common.shape
    change = np.zeros((total, s, 2, uses, sourcing.size))
    for each in sourcing.columns:
        at = slice(len(origins), len(origins) + len(each.origins))
        lanes = slice(None) if each.lanes is None else each.lanes
        change[at][..., lanes] = each.change.transpose(3, 0, 1, 2, 4)
        origins += [int(origin) for origin in each.origins]
        buyers += [each.buyer] * len(each.origins)
    return np.array(origins, np.int64), np.array(buyers, np.int64), change
