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
from negotiation.tolerances import (
    TRADE_DIGITS_LOST,
    TRADE_RESIDUAL,
    TRADE_STEPS,
    TRADE_TARGET,
)
from negotiation.trade import kernels
from negotiation.trade.checks import Array
from negotiation.trade.inverses import Inverse
from negotiation.trade.sourcing import Shared
from negotiation.trade.system import Exports, Grants, Scenarios, System

#: Size of a residual at which to stop, and one that is good enough once it no longer falls.
TARGETS = (TRADE_TARGET, TRADE_RESIDUAL)


def fits(scenarios: Scenarios) -> bool:
    """Whether the kernels are written for these scenarios."""
    return scenarios.system.full and isinstance(scenarios.sourcing, Shared)


def numba_installed() -> bool:
    """Whether numba is there."""
    return importlib.util.find_spec("numba") is not None


def require_numba() -> None:
    """Say how to get numba where it is missing."""
    if not numba_installed():
        raise MissingExtraError(
            "compiled kernels need numba, which is not installed; pip install 'negotiation[fast]'"
        )


def broyden(
    scenarios: Scenarios,
    inverse: Inverse,
    start: Array,
    targets: tuple[float, float] = TARGETS,
    *,
    interpreted: bool = False,
    outcomes: Outcomes | None = None,
) -> tuple[Array, Array, NDArray[np.int64]]:
    """Run Broyden's method on scenarios that share a table; see `solver.broyden`.

    Parameters
    ----------
    outcomes : Outcomes, optional
        Filled with what follows from the unknowns.
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
    part = np.asarray(scenarios.part)
    part = np.broadcast_to(part, (s, n, part.shape[-1] if part.ndim else 1)).copy()
    theta = np.broadcast_to(scenarios.theta, (s, size)).copy()
    transfers, region = _transfers(scenarios)
    rents = np.empty((0, n)) if system.specific is None else np.ascontiguousarray(system.rents)
    raised = raised_final = np.empty((0, n, size))
    if sourcing.raised is not None:
        raised, raised_final = (
            np.ascontiguousarray(np.broadcast_to(sourcing.raised[:, u], (s, n, size)))
            for u in (0, -1)
        )
    taxed = _collectors(scenarios.exports, (s, 2, size))
    collected = np.empty_like(taxed[2])
    links = np.empty((n, n, size) if len(taxed[0]) else (0, 0, size))
    granted = _collectors(scenarios.grants, (s, size))

    z = np.array(start, order="C")
    kept = z  # the best points of scenarios that are close: only those can end by getting worse
    gap = np.full(size, np.inf)
    steps = np.zeros(size, dtype=np.int64)
    going, moved = np.ones(size, dtype=bool), False

    def look() -> None:
        run.residuals(
            z,
            sourcing.common,
            origins,
            buyers,
            change,
            theta,
            system.value_added_share,
            system.labour_share,
            system.final_share,
            system.input_share,
            system.labour,
            rents,
            scenarios.transfer,
            system.output,
            system.component,
            numeraire,
            part,
            raised,
            transfers,
            region,
            raised_final,
            *taxed,
            collected,
            links,
            *granted,
            work.by_region,
            work.by_sector,
            work.by_use,
            work.bits,
            work.found,
            work.gap,
        )

    for taken in range(TRADE_STEPS):
        look()
        now = work.gap
        steps[going] += 1
        worse = going & ~(now < gap) & (gap <= enough)
        moved = bool(worse.any())
        if moved:
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
            lengths = work.lengths = np.concatenate([lengths, np.empty_like(lengths)])
        run.advance(z, inverse.times(work.found), moves, lengths, taken, going, work.products)
        moved = True
    if outcomes is not None:
        if moved:  # the last pass was at another point
            look()
        run.results(
            z,
            origins,
            buyers,
            change,
            theta,
            system.final_share,
            outcomes.before,
            raised_final,
            *taxed[:2],
            collected,
            *granted,
            work.by_region,
            work.by_sector,
            work.by_use,
            work.bits,
            *outcomes.arrays,
        )
        outcomes.gap = np.where(
            outcomes.lost <= TRADE_DIGITS_LOST, work.gap[: outcomes.real], np.inf
        )
    return z, gap, steps


class Outcomes:
    """What follows from the unknowns of a chunk, the first `real` scenarios, batch first.

    The names are those of `TradeEquilibrium`.
    """

    def __init__(self, system: System, income: Array, real: int) -> None:
        n, s = system.regions, system.sectors
        self.before, self.real = np.ascontiguousarray(income), real
        shapes = {
            **dict.fromkeys(("welfare", "income", "wage"), (n,)),
            "unit_cost": (n, s),
            "prices": (n, s, 2),
            "output": (n, s),
            "spending": (n, s, 2),
            **dict.fromkeys(("tariff_revenue", "export_tax_revenue"), (n,)),
        }
        self.values = {name: np.empty((real, *shape)) for name, shape in shapes.items()}
        self.lost, self.gap = np.empty(real), np.empty(real)

    @property
    def arrays(self) -> tuple[Array, ...]:
        """In the order in which the kernel fills them."""
        return *self.values.values(), self.lost


class _Workspace:
    """Memory of one thread for chunks of one shape; fresh memory would cost a fifth of the time."""

    def __init__(self, n: int, s: int, size: int) -> None:
        rows = n + 2 * n * s
        self.by_region = np.empty((7, n, size))
        self.by_sector = np.empty((7, s, n, size))
        self.by_use = np.empty((4, s, 2, n, size))
        self.bits = self.by_sector[6].view(np.int64)
        self.found = np.empty((rows, size), np.float32)
        self.gap = np.empty(size)
        self.moves = np.empty((12, rows, size), np.float32)
        self.lengths = np.empty((12, size), np.float32)
        self.products = np.empty(size, np.float32)


_memory = threading.local()


def _workspace(n: int, s: int, size: int) -> _Workspace:
    """Return this thread's memory; that of the last shape is kept."""
    if getattr(_memory, "shape", None) != (n, s, size):
        _memory.shape, _memory.work = (n, s, size), _Workspace(n, s, size)
    work: _Workspace = _memory.work
    return work


def _transfers(scenarios: Scenarios) -> tuple[Array, NDArray[np.int64]]:
    """What transfers are fixed in: share, by wage and by price (3, B), and the region (B,)."""
    own = scenarios.assumptions.transfers
    if own is None:
        return np.empty((3, 0)), np.empty(0, np.int64)
    return np.stack([own.share, own.by_wage, own.by_price]), own.region.astype(np.int64)


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
        change[at][..., lanes] = each.changes[..., each.kept].transpose(3, 0, 1, 2, 4)
        origins += [int(origin) for origin in each.origins]
        buyers += [each.buyer] * len(each.origins)
    return np.array(origins, np.int64), np.array(buyers, np.int64), change


def _collectors(
    given: Exports | Grants | None, shape: tuple[int, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Origins (P,), buyers (P,) and what origins get, the pair first: (P, ...)."""
    if given is None:
        nobody = np.empty(0, np.int64)
        return nobody, nobody, np.empty((0, *shape))
    values = given.weight if isinstance(given, Exports) else given.amount
    first = np.ascontiguousarray(np.moveaxis(values, -2, 0))
    return given.origins.astype(np.int64), given.buyers.astype(np.int64), first
