"""`Batch`: any number of counterfactuals of one world, solved in chunks of bounded memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from negotiation.tolerances import TRADE_DIGITS_LOST, TRADE_NEAR, TRADE_RESIDUAL, TRADE_TARGET
from negotiation.trade import blocks
from negotiation.trade.assumptions import Assumptions
from negotiation.trade.changes import BuyerColumn, Changes, Shocks
from negotiation.trade.checks import Array
from negotiation.trade.inverses import Inverse, inverse_of
from negotiation.trade.nodes import SmoothAxis, Stage
from negotiation.trade.solver import solve, worst
from negotiation.trade.sourcing import BLOCK, Sourcing, padded
from negotiation.trade.system import Grants, Scenarios, System, evaluate

#: Bytes of one (S, U, N, B) array of a chunk of scenarios, a dozen of which are in use at a time,
#: and scenarios at least: smaller chunks cost more in calls than they save in cache.
_CHUNK_BYTES, _CHUNK_LEAST = 480_000, 64

#: How many times as large chunks are where kernels are compiled, which make one pass over memory.
_COMPILED = 3

#: Chunks among which scenarios are sorted, so that those of a chunk take as many passes.
_CHUNKS_SORTED = 4

#: Lines that are solved together where starts are interpolated.
_LINES = 832

#: Points of lines whose starts are worked out together.
_TOGETHER = 8

#: Bytes of what scenarios change, and of the tables of those that have one each.
_TABLE_BYTES = 100_000_000


@dataclasses.dataclass(eq=False)
class Known:
    """What the trade of buyers changes to that is the same in the scenarios that follow.

    Attributes
    ----------
    buyers : frozenset of int
    columns : dict of int to BuyerColumn
        Of these buyers; empty at first.
    """

    buyers: frozenset[int]
    columns: dict[int, BuyerColumn] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, eq=False)
class Batch:
    """Counterfactuals of one world.

    Attributes
    ----------
    system : System
    shocks : Shocks
        Tariffs t', trade costs tau-hat, other wedges and tastes, over the batch.
    transfer : (N,) array
    income : (N,) array
        Income at the baseline.
    apart : (B,) array of bool
        Scenarios, flattened, that were solved with a table of their own for want of digits.
    grants : Grants, optional
        Rents of quotas that are exceeded, batch flattened.
    assumptions : Assumptions
        Those of D draws.
    draw : (B,) array of int, optional
        The draw of each scenario; None where all assume what the world does.
    """

    system: System
    shocks: Shocks
    transfer: Array
    income: Array
    apart: NDArray[np.bool_]
    grants: Grants | None = None
    assumptions: Assumptions = Assumptions()
    draw: NDArray[np.int64] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch."""
        return self.shocks.batch

    def chunks(
        self,
        which: NDArray[np.int64] | None = None,
        known: Known | None = None,
        compiled: bool = False,
    ) -> Iterator[tuple[NDArray[np.int64], Scenarios]]:
        """Scenarios to be solved together, and their positions in the flattened batch.

        There may be more scenarios than positions: repeats of the last one fill up a block.

        Parameters
        ----------
        known : Known, optional
            Of scenarios before these that change the same for some buyers.
        """
        rows = np.arange(len(self.apart)) if which is None else which
        lane = 8 * self.system.share[..., 0].size
        size = max(_CHUNK_LEAST, _CHUNK_BYTES // lane // BLOCK * BLOCK)
        if compiled:
            size *= _COMPILED
        for start in range(0, len(rows), _CHUNKS_SORTED * size):
            some = rows[start : start + _CHUNKS_SORTED * size]
            yield from self._alike(some, size, known if len(some) == len(rows) else None)

    @cached_property
    def _shocks(self) -> Shocks:
        """The shocks, without what origins collect where none does."""
        given = self.shocks.export
        if given is None or not isinstance(given.values, dict):
            return self.shocks
        collects = any(bool(values.any()) for values in given.values.values())
        return self.shocks if collects else dataclasses.replace(self.shocks, export=None)

    def steady(self, axis: int) -> frozenset[int]:
        """Buyers whose trade changes alike all along an axis (from the last) of the batch.

        That is, where nobody gave values that have the axis.
        """
        moving: set[int] = set()
        for name, each in self.shocks.given.items():
            if not isinstance(each.values, dict):
                return frozenset()
            # Where wedges are put together of parts, weights are those of `factor` and `over`.
            own = self.shocks.cells if name == "tariff" else ()
            moving |= {
                pair[1]
                for pair, values in each.values.items()
                if values.strides[axis - 2] != 0 and pair not in own
            }
        buyers = np.flatnonzero(self.shocks.touched().any(axis=0)).tolist()
        return frozenset(buyers) - moving

    def _alike(
        self,
        rows: NDArray[np.int64],
        size: int,
        known: Known | None = None,
    ) -> Iterator[tuple[NDArray[np.int64], Scenarios]]:
        """Chunks of scenarios that are about as far from the baseline, and take as many passes."""
        system = self.system
        if self.shape:
            shocks = self._shocks.rows(np.unravel_index(rows, self.shape))
        else:
            shocks = self._shocks.over_batch((1,))
        theta = self._assumed(rows).theta
        changes = Changes(system, shocks, len(rows), theta, known.columns if known else {})
        if len(rows) > 1 and changes.bytes > _TABLE_BYTES:
            half = len(rows) // 2  # and what is known is of all of them
            yield from self._alike(rows[:half], size)
            yield from self._alike(rows[half:], size)
            return
        if known is not None:
            known.columns = {buyer: changes.columns[buyer] for buyer in known.buyers}
        far = changes.far | self.apart[rows]
        near = np.flatnonzero(~far)
        if len(near) > size:
            near = near[np.argsort(changes.distance[near], kind="stable")]
        # Chunks of about one size: what a call costs is the same for a few.
        parts = max(1, -(-len(near) // size))
        size = max(BLOCK, -(-len(near) // (parts * BLOCK)) * BLOCK)
        for at in range(0, len(near), size):
            lanes = near[at : at + size]
            yield rows[lanes], self._scenarios(changes, changes.shared(lanes), rows, lanes)
        lanes = np.flatnonzero(far)
        tables = max(1, _TABLE_BYTES // (16 * system.share.size))
        for at in range(0, len(lanes), tables):
            few = lanes[at : at + tables]
            yield rows[few], self._scenarios(changes, changes.own(few), rows, few)

    def _scenarios(
        self,
        changes: Changes,
        sourcing: Sourcing,
        rows: NDArray[np.int64],
        lanes: NDArray[np.int64],
    ) -> Scenarios:
        filled = rows[padded(lanes)]
        grants = None if self.grants is None else self.grants.take(filled)
        if grants is not None and not grants.amount.any():
            grants = None
        exports = changes.exports(lanes, sourcing)
        assumed = self._assumed(filled)
        return Scenarios(self.system, sourcing, self.transfer, exports, grants, assumed)

    def _assumed(self, rows: NDArray[np.int64]) -> Assumptions:
        return self.assumptions if self.draw is None else self.assumptions.take(self.draw[rows])

    def solve(
        self,
        start: Array | None,
        *,
        line: SmoothAxis | None = None,
        compiled: bool,
        accuracy: float = TRADE_RESIDUAL,
    ) -> dict[str, Array]:
        """Solve all; every result has the flattened batch first. Marks who had to be solved apart.

        Scenarios that are given pair by pair and change the same are solved once.

        Parameters
        ----------
        start : (B, M) array, optional
        line : SmoothAxis, optional
            An axis along which starts are interpolated, where none are given.
        accuracy : float
            Residual that is small enough.
        """
        total = len(self.apart)
        along = () if line is None or start is not None else line.stages
        first, copy_of = self._distinct() if start is None and not along else (None, None)
        results: dict[str, Array] = {}
        draws = 1 if self.draw is None else int(self.draw.max()) + 1
        inverse = inverse_of(self.system, self.assumptions, draws)
        place = np.zeros(total, dtype=np.int64)

        def take(
            which: NDArray[np.int64] | None,
            begin: Array | None,
            points: Array | None = None,
            known: Known | None = None,
            target: float = TRADE_TARGET,
        ) -> None:
            """Solve scenarios from where they begin; `points` takes their unknowns."""
            goal = accuracy if accuracy > TRADE_RESIDUAL else target
            if which is not None:
                place[which] = np.arange(len(which))
            for rows, scenarios in self.chunks(which, known, compiled):
                lanes = padded(np.arange(len(rows)))
                here = place[rows] if which is not None else rows
                near = None
                if begin is not None:
                    near = np.ascontiguousarray(begin[here[lanes]].T)
                    if not np.isfinite(near).all():
                        near = np.where(np.isfinite(near), near, 0.0)
                own = inverse if self.draw is None else inverse.take(self.draw[rows[lanes]])
                z, found = self._solve(scenarios, len(rows), near, own, compiled, (goal, accuracy))
                if points is not None:
                    points[here] = z.T
                for name, values in found.items():
                    self._keep(name, values, rows, results, total)

        if along and line is not None:
            axis = np.moveaxis(np.arange(total).reshape(self.shape), line.axis, 0)
            every = axis.reshape(len(line.values), -1)
            steady = self.steady(line.axis)
            for at in range(0, every.shape[1], _LINES):
                self._along(along, every[:, at : at + _LINES], take, Known(steady))
            astray = np.flatnonzero(~(results["residual"] <= accuracy))
            if len(astray):
                spent = results["evaluations"][astray].copy()
                take(astray, None)
                results["evaluations"][astray] += spent
        else:
            take(first, start)
        # A shared table may lack the digits to tell that a far scenario is solved.
        lost = ~(results["residual"] <= accuracy) & ~self.apart
        if first is not None:
            lost &= np.isin(np.arange(total), first)
        if lost.any():
            before = results["evaluations"][lost].copy()
            self.apart[lost] = True
            rows = np.flatnonzero(lost)
            take(rows, None if start is None else start[rows])
            results["evaluations"][lost] += before
        if copy_of is not None:
            results = {name: values[copy_of] for name, values in results.items()}
            self.apart[:] = self.apart[copy_of]
        return results

    def _along(
        self,
        stages: Sequence[Stage],
        rows: NDArray[np.int64],
        take: Callable[..., None],
        known: Known,
    ) -> None:
        """Solve some lines (points, lines), each stage from where the ones before it point to."""
        count, size = rows.shape[1], self.system.unknowns
        nodes: Array = np.empty((0, count * size))
        for each in stages:
            last = each is stages[-1]
            # Nothing starts from the last ones: what is as good as rounding allows will do.
            target = TRADE_NEAR if last else TRADE_TARGET
            found = np.empty((0 if last else len(each.members), count, size))
            for at in range(0, len(each.members), _TOGETHER):
                members = each.members[at : at + _TOGETHER]
                begin = None
                if len(each.known):
                    begin = each.weights[at : at + _TOGETHER] @ nodes
                    begin = begin.reshape(-1, count, size)
                # Point by point: what the lever does is then the same in all scenarios of a chunk.
                for k, member in enumerate(members.tolist()):
                    here = None if begin is None else begin[k]
                    take(rows[member], here, None if last else found[at + k], known, target)
            nodes = np.concatenate([nodes, found.reshape(-1, count * size)])

    @staticmethod
    def _keep(
        name: str, values: Array, rows: NDArray[np.int64], results: dict[str, Array], total: int
    ) -> None:
        """Put a result of a chunk where it belongs."""
        by_use = values.ndim == 4
        if name not in results:
            shape = (*values.shape[1:3], 2) if by_use else values.shape[1:]
            results[name] = np.zeros((total, *shape))
        if by_use and values.shape[3] == 1:  # of the final use alone
            blank = np.where(np.isnan(values[:, 0, 0, -1]), np.nan, 0.0)
            results[name][rows, :, :, 0] = blank[:, None, None]
            results[name][rows, :, :, 1:] = values
        else:
            results[name][rows] = values

    def _distinct(self) -> tuple[NDArray[np.int64] | None, NDArray[np.int64] | None]:
        """Positions of scenarios unlike all before them, and for each whose copy it is.

        None and None where all differ, or where whole tables were given.
        """
        if len(self.apart) == 1 or self.grants is not None:
            return None, None
        copy_of = self.shocks.copies(self.draw)
        if copy_of is None:
            return None, None
        first = np.flatnonzero(copy_of == np.arange(len(copy_of)))
        return (None, None) if len(first) == len(copy_of) else (first, copy_of)

    def _solve(
        self,
        scenarios: Scenarios,
        real: int,
        start: Array | None,
        inverse: Inverse,
        compiled: bool,
        targets: tuple[float, float],
    ) -> tuple[Array, dict[str, Array]]:
        """Unknowns, batch last, and results, batch first, of the first `real` scenarios."""
        accuracy = targets[1]
        if compiled and blocks.fits(scenarios):
            begin = np.zeros((self.system.unknowns, scenarios.size)) if start is None else start
            own = blocks.Outcomes(self.system, self.income, real)
            z, _, steps = blocks.broyden(scenarios, inverse, begin, targets, outcomes=own)
            return self._told(z[:, :real], own.gap, steps[:real], own.values, accuracy)
        z, steps = solve(
            scenarios, real, start, inverse=inverse, compiled=compiled, targets=targets
        )
        with np.errstate(all="ignore"):
            at = evaluate(scenarios, z)
            log_price = at.log_index / -scenarios.theta[:, None, None]
            alpha = scenarios.system.final_share
            welfare = at.income / self.income[:, None]
            welfare = welfare / np.exp(np.einsum("sn,snb->nb", alpha, log_price[:, -1]))
            unit_cost = np.exp(at.unit_cost)
            prices = np.exp(log_price)
            if prices.shape[1] == 1:  # nobody buys inputs: their price is the home unit cost
                prices = np.concatenate([unit_cost[:, None], prices], axis=1)
            revenue = at.spending.sum(axis=(0, 1))
            revenue = revenue - np.einsum("sunb,sunb->nb", at.leaving, at.spending)
            exported = np.zeros_like(revenue)
            if scenarios.exports is not None and at.collected is not None:
                exports = scenarios.exports
                paid = at.collected * at.spending[:, :, exports.buyers]
                exports.at_origins(paid.sum(axis=(0, 1)), exported)
            if scenarios.grants is not None:
                grants = scenarios.grants
                worth = grants.worth(at.unit_cost)
                for p, (origin, buyer) in enumerate(
                    zip(grants.origins, grants.buyers, strict=True)
                ):
                    exported[origin] += worth[p]
                    revenue[buyer] -= worth[p]
            lost = scenarios.sourcing.digits_lost(
                at.draw, 1.0 / at.inverse, at.spending * at.inverse, at.reached
            )
        # Equations that are met with digits missing are not met: such scenarios are solved apart.
        gap = np.where(lost <= TRADE_DIGITS_LOST, worst(at), np.inf)
        results = {
            "welfare": welfare,
            "income": at.income,
            "wage": at.wage,
            "unit_cost": unit_cost.transpose(1, 0, 2),
            "prices": prices.transpose(2, 0, 1, 3),
            "output": at.output.transpose(1, 0, 2),
            "spending": at.spending.transpose(2, 0, 1, 3),
            "tariff_revenue": revenue,
            "export_tax_revenue": exported,
        }
        batch_first = {name: np.moveaxis(values, -1, 0)[:real] for name, values in results.items()}
        return self._told(z[:, :real], gap[:real], steps[:real], batch_first, accuracy)

    @staticmethod
    def _told(
        z: Array, gap: Array, steps: NDArray[np.int64], results: dict[str, Array], accuracy: float
    ) -> tuple[Array, dict[str, Array]]:
        """Unknowns and results; where a scenario failed they are not numbers."""
        failed = gap > accuracy
        if failed.any():
            z = np.where(failed, np.nan, z)
            for values in results.values():
                values[failed] = np.nan
        return z, {"residual": gap, "evaluations": steps.astype(float), **results}
