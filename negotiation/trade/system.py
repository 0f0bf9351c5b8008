"""The equations of the trade equilibrium in changes.

Unknowns, all in log changes from the baseline: wages (N), prices of intermediates (S, N) and
output (S, N). Income is eliminated in closed form, for tariff revenue is linear in spending; so
are final prices. Without input-output links, and with labour that is mobile between sectors, prices
and output follow from wages alone, and only the wages remain.

The trick that makes a pass cheap: the price index, the trade shares and tariff revenue all come
from `draw`, unit cost ** -theta (S, N), times weights that are fixed for a scenario (`Sourcing`).
No power is taken over the (N, N, S, 2) flows once a scenario is set up.

Arrays here put the sector first and the batch axis LAST (contiguous over scenarios); the public
functions in `equilibrium.py` carry the batch first.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negotiation.trade.assumptions import Assumptions
from negotiation.trade.checks import FINAL, Array, component_of
from negotiation.trade.sourcing import Own, Sourcing

if TYPE_CHECKING:  # a world may be made by solving: `shares`
    from negotiation.trade.world import World


@dataclasses.dataclass(frozen=True, eq=False)
class System:
    """What the equations of one world hold fixed.

    Attributes
    ----------
    share : (S, U, N, N) array
        Trade shares of tariff-inclusive spending, [destination, origin].
    tariff : (S, U, N, N) array
    theta : (S,) array
    value_added_share, final_share : (S, N) arrays
    input_share : (N, S, S) array
        [region, input, using sector].
    value_added, transfer : (N,) arrays
    output : (S, N) array
        Scale of output: its baseline, where the baseline is an equilibrium.
    component : (N,) array of int
        Which regions trade with each other, directly or through third ones: nothing determines
        the wages of one component relative to those of another, so each has its own numeraire.
    stickiness : float
        1 / eta of Roy-Frechet labour; 0 is labour mobile between sectors.
    linked : bool
        Whether any sector buys inputs.
    specific : (S, N) array, optional
        Share of value added that is a fixed factor of the sector; None where none is.
    """

    share: Array
    tariff: Array
    theta: Array
    value_added_share: Array
    final_share: Array
    input_share: Array
    value_added: Array
    transfer: Array
    output: Array
    component: NDArray[np.int64]
    stickiness: float
    linked: bool
    specific: Array | None = None

    @property
    def full(self) -> bool:
        """Whether prices and output are unknowns beside wages."""
        return self.linked or self.stickiness > 0.0 or self.specific is not None

    @cached_property
    def labour_share(self) -> Array:
        """(S, N) share of labour in the value of output."""
        if self.specific is None:
            return self.value_added_share
        return self.value_added_share * (1.0 - self.specific)

    @cached_property
    def labour(self) -> Array:
        """(N,) wages at the baseline."""
        if self.specific is None:
            return self.value_added
        return np.asarray((self.labour_share * self.output).sum(axis=0))

    @cached_property
    def rents(self) -> Array:
        """(S, N) income of specific factors at the baseline."""
        return np.asarray((self.value_added_share - self.labour_share) * self.output)

    @cached_property
    def part(self) -> Array | float:
        """Part of value added whose cost moves with output, (S, N) or one number.

        A specific factor earns what its sector earns; so does sticky labour, in part.
        """
        if self.specific is None:
            return self.stickiness
        return self.specific + (1.0 - self.specific) * self.stickiness

    @property
    def regions(self) -> int:
        """Number of regions N."""
        return int(self.output.shape[1])

    @property
    def sectors(self) -> int:
        """Number of sectors S."""
        return int(self.output.shape[0])

    @property
    def unknowns(self) -> int:
        """Number of unknowns M of one scenario."""
        n, s = self.regions, self.sectors
        return n + 2 * n * s if self.full else n

    @cached_property
    def common(self) -> Array:
        """(S, 2, U, N, N) weights and net weights where nothing changes."""
        return np.stack([self.share, self.share / (1.0 + self.tariff)], axis=1)

    @cached_property
    def together(self) -> Array | None:
        """(N, N) one where two regions share a numeraire; None where all do."""
        if not self.component.any():
            return None
        return np.asarray(self.component[:, None] == self.component, dtype=float)

    def split(self, z: Array) -> tuple[Array, Array, Array]:
        """Views of log wages (N, B), log intermediate prices and log output (S, N, B)."""
        n, s = self.regions, self.sectors
        if not self.full:
            zero = np.broadcast_to(0.0, (s, n, z.shape[-1]))
            return z, zero, zero
        prices = z[n : n + n * s].reshape(s, n, -1)
        return z[:n], prices, z[n + n * s :].reshape(s, n, -1)


@lru_cache(maxsize=16)
def system_of(world: World) -> System:
    """Return the equations of a world, arranged once."""
    stickiness = 1.0 / world.labour_elasticity
    specific = np.ascontiguousarray(world.specific_share.T) if world.specific_share.any() else None
    # Without links nothing is bought for intermediate use; labour that is not mobile keeps both
    # for simplicity.
    both = world.linked or stickiness or specific is not None
    uses = slice(None) if both else slice(FINAL, None)
    return System(
        share=_sector_first(world.share[..., uses]),
        tariff=_sector_first(world.tariff[..., uses]),
        theta=world.trade_elasticity,
        value_added_share=np.ascontiguousarray(world.value_added_share.T),
        final_share=np.ascontiguousarray(world.final_share.T),
        input_share=world.input_share,
        value_added=world.value_added,
        transfer=world.transfer,
        output=np.ascontiguousarray(world.output.T),
        component=component_of(world.flows.sum(axis=(2, 3))),
        stickiness=stickiness,
        linked=world.linked,
        specific=specific,
    )


def _sector_first(flows: Array) -> Array:
    """(origin, destination, S, U) to (S, U, destination, origin)."""
    return np.ascontiguousarray(flows.transpose(2, 3, 1, 0))


@dataclasses.dataclass(frozen=True, eq=False)
class Exports:
    """What origins collect of what other regions spend on them: export taxes, their part of rents.

    Attributes
    ----------
    origins, buyers : (P,) arrays
    weight : (S, U, P, B) array
        Weights of the pairs times the part of a dollar that the origin collects.
    """

    origins: NDArray[np.int64]
    buyers: NDArray[np.int64]
    weight: Array

    def take(self, index: NDArray[np.int64]) -> Exports:
        """Return some of the scenarios."""
        return Exports(self.origins, self.buyers, self.weight[..., index])

    def shares(self, draw: Array, inverse: Array) -> Array:
        """(S, U, P, B) part of the buyers' spending on the sector that the origins collect."""
        return np.asarray(self.weight * draw[:, None, self.origins] * inverse[:, :, self.buyers])

    def at_buyers(self, values: Array, total: Array) -> Array:
        """Add values (..., P, B) to a total (..., N, B) at the buyers."""
        for p, buyer in enumerate(self.buyers):
            total[..., buyer, :] += values[..., p, :]
        return total

    def at_origins(self, values: Array, total: Array) -> Array:
        """Add values (..., P, B) to a total (..., N, B) at the origins."""
        for p, origin in enumerate(self.origins):
            total[..., origin, :] += values[..., p, :]
        return total


@dataclasses.dataclass(frozen=True, eq=False)
class Grants:
    """Rents of quotas that are exceeded, which destinations leave to origins.

    Attributes
    ----------
    origins, buyers : (P,) arrays
    amount : (S, P, B) array
        At unchanged unit costs of the origin, money of the data.
    """

    origins: NDArray[np.int64]
    buyers: NDArray[np.int64]
    amount: Array

    def take(self, index: NDArray[np.int64]) -> Grants:
        """Return some of the scenarios."""
        return Grants(self.origins, self.buyers, self.amount[..., index])

    def worth(self, unit_cost: Array) -> Array:
        """(P, B) what each origin gets, at log unit costs (S, N, B)."""
        return np.asarray((self.amount * np.exp(unit_cost[:, self.origins])).sum(axis=0))

    def gained(self, unit_cost: Array) -> Array:
        """(N, B) what each region gains, or gives where negative."""
        worth = self.worth(unit_cost)
        total = np.zeros(unit_cost.shape[1:])
        for p, (origin, buyer) in enumerate(zip(self.origins, self.buyers, strict=True)):
            total[origin] += worth[p]
            total[buyer] -= worth[p]
        return total


@dataclasses.dataclass(frozen=True, eq=False)
class Scenarios:
    """B counterfactuals of one world, ready to be evaluated.

    Attributes
    ----------
    system : System
    sourcing : Sourcing
    transfer : (N,) array
        Transfers received, in units of world value added.
    exports : Exports, optional
        What origins collect; None where nothing.
    grants : Grants, optional
        Rents of exceeded quotas; None where none.
    assumptions : Assumptions
    """

    system: System
    sourcing: Sourcing
    transfer: Array
    exports: Exports | None = None
    grants: Grants | None = None
    assumptions: Assumptions = Assumptions()

    @property
    def size(self) -> int:
        """Number of scenarios."""
        return self.sourcing.size

    def take(self, index: NDArray[np.int64]) -> Scenarios:
        """Return some of the scenarios."""
        exports = None if self.exports is None else self.exports.take(index)
        grants = None if self.grants is None else self.grants.take(index)
        sourcing, assumptions = self.sourcing.take(index), self.assumptions.take(index)
        return Scenarios(self.system, sourcing, self.transfer, exports, grants, assumptions)

    @property
    def theta(self) -> Array:
        """(S, B) trade elasticities, (S, 1) where they are those of the world."""
        own = self.assumptions.theta
        return self.system.theta[:, None] if own is None else own

    @property
    def stuck(self) -> Array | float:
        """1 / eta of labour: one number, or (B,)."""
        own = self.assumptions.stuck
        return self.system.stickiness if own is None else own

    @property
    def part(self) -> Array | float:
        """Part of value added whose cost moves with output: one number, or (S, N, 1 or B)."""
        specific, stuck = self.system.specific, self.stuck
        if specific is None:
            return stuck
        return specific[..., None] + (1.0 - specific[..., None]) * stuck

    def received(self, log_wage: Array, log_prices: Array) -> Array:
        """(N, 1 or B) transfers, at log wages (N, B) and log final prices (S, N, B)."""
        own = self.assumptions.transfers
        if own is None:
            return self.transfer[:, None]
        return self.transfer[:, None] * own.level(log_wage, log_prices, self.system.final_share)


def baseline(system: System, assumptions: Assumptions | None = None) -> Scenarios:
    """Return the one scenario in which nothing changes."""
    table = Own(system.common[None], 1)
    return Scenarios(system, table, system.transfer, assumptions=assumptions or Assumptions())


@dataclasses.dataclass(frozen=True, eq=False)
class State:
    """Everything the equations imply at a point; the batch axis is last."""

    residual: Array  # (M, B)
    wage: Array  # (N, B) w-hat; with Roy labour, earnings of the average worker
    unit_cost: Array  # (S, N, B) c-hat, in logs
    draw: Array  # (S, N, B) c-hat ** -theta
    inverse: Array  # (S, U, N, B) P-hat ** theta
    net_share: Array  # (S, U, N, B) part of spending that reaches sellers
    spending: Array  # (S, U, N, B) tariffs included
    reached: Array  # (S, N, B) output demanded / draw
    output: Array  # (S, N, B) demand for output
    income: Array  # (N, B)
    kept: Array  # (N, B) part of final spending that reaches sellers
    made: Array  # (S, N, B) output that the intermediate purchases assume
    payroll: Array  # (N, B) wage bill demanded
    raised: Array  # (S, U or 1, N, B) logs of what the weights of a buyer are multiplied by
    world_wages: Array  # (B,) value added of those who trade, over the numeraire; (N, B) by region
    leaving: Array  # (S, U, N, B) part of spending that its region does not collect
    collected: Array | None = None  # (S, U, P, B) part of spending that origins collect, by pair
    links: Array | None = None  # (N, N, B) how incomes depend on each other
    rents: Array | None = None  # (S, N, B) income of specific factors

    @property
    def log_index(self) -> Array:
        """(S, U, N, B) log of P-hat ** -theta."""
        return np.asarray(-np.log(self.inverse) - self.raised)

    def take(self, index: NDArray[np.int64]) -> State:
        """Return some of the scenarios."""
        taken: dict[str, Any] = {}
        for name in (each.name for each in dataclasses.fields(self)):
            values = getattr(self, name)
            taken[name] = None if values is None else values[..., index]
        return State(**taken)


def evaluate(scenarios: Scenarios, z: Array) -> State:
    """Evaluate the equations at z (M, B); the residual is in log points."""
    system, sourcing, exports = scenarios.system, scenarios.sourcing, scenarios.exports
    n, s = system.regions, system.sectors
    log_wage, log_price, log_output = system.split(z)
    theta = scenarios.theta[:, None]
    share = system.value_added_share[..., None]
    alpha = system.final_share[..., None]
    wage = np.exp(log_wage)
    if not system.full:  # value added is all there is to a cost
        cost = np.broadcast_to(log_wage, (s, *log_wage.shape))
    elif np.any(part := scenarios.part):
        cost = share * (part * log_output + (1.0 - part) * log_wage)
    else:
        cost = share * log_wage
    if system.linked:
        cost += np.matmul(
            system.input_share.transpose(0, 2, 1), log_price.transpose(1, 0, 2)
        ).transpose(1, 0, 2)
    draw = -theta * cost
    np.exp(draw, out=draw)

    total, raised = sourcing.index(draw), sourcing.raised
    inverse = 1.0 / total[:, 0]
    net_share = np.multiply(total[:, 1], inverse, out=total[:, 1])

    spending = np.empty_like(inverse)
    made = log_output
    rents = None
    log_final = total[:, 0, -1]
    if scenarios.assumptions.transfers is not None and scenarios.assumptions.transfers.by_prices:
        log_final = np.log(log_final) - (0.0 if raised is None else raised[:, -1])
        log_final /= -theta
    received = scenarios.received(log_wage, log_final)
    if system.specific is None:
        wages = system.value_added[:, None] * wage
        earned = wages + received
    else:
        wages = system.labour[:, None] * wage
        rents = system.rents[..., None] * np.exp(log_output)
        earned = wages + rents.sum(axis=0) + received
    leaving, collected, links = net_share, None, None
    if exports is not None:
        collected = exports.shares(draw, inverse)
        leaving = exports.at_buyers(collected, net_share.copy())
    if system.linked:
        made = system.output[..., None] * np.exp(log_output)
        bought = np.matmul(system.input_share, made.transpose(1, 0, 2)).transpose(1, 0, 2)
        spending[:, 0] = bought
        earned += bought.sum(axis=0) - np.einsum("snb,snb->nb", leaving[:, 0], bought)
        if exports is not None and collected is not None:
            got = np.einsum("spb,spb->pb", collected[:, 0], bought[:, exports.buyers])
            exports.at_origins(got, earned)
    elif system.full:
        spending[:, 0] = 0.0
    if scenarios.grants is not None:
        earned += scenarios.grants.gained(cost)
    kept = np.einsum("sn,snb->nb", system.final_share, leaving[:, -1])
    if exports is None or collected is None:
        income = earned / kept
    else:
        links = _links(system, exports, kept, collected)
        income = _across(links, earned)
    np.multiply(alpha, income, out=spending[:, -1])

    reached = sourcing.sold(spending * inverse)
    demand = draw * reached
    payroll = np.einsum("sn,snb->nb", system.labour_share, demand)
    together = system.together
    earnings = wages if rents is None else wages + rents.sum(axis=0)
    if together is None:
        if rents is None:
            world_wages = system.value_added @ wage / system.value_added.sum()
        else:
            world_wages = earnings.sum(axis=0) / system.value_added.sum()
    else:
        world_wages = (together @ earnings) / (together @ system.value_added)[:, None]
    # Walras's law makes one labour market redundant; adding the numeraire to all of them instead
    # of replacing one treats every region alike.
    residual = np.empty_like(z)
    np.subtract(np.log(payroll / system.labour[:, None]), log_wage, out=residual[:n])
    residual[:n] -= np.log(world_wages)
    if system.full:
        prices = residual[n : n + n * s].reshape(s, n, -1)
        log_index = np.log(total[:, 0, 0])
        if raised is not None:
            log_index -= raised[:, 0]
        np.subtract(log_index / -theta, log_price, out=prices)
        gap = residual[n + n * s :].reshape(s, n, -1)
        nothing = system.output <= 0.0
        if nothing.any():
            scale = np.where(nothing, 1.0, system.output)[..., None]
            ratio = np.where(nothing[..., None], 1.0, demand / scale)
        else:
            ratio = demand / system.output[..., None]
        np.subtract(np.log(ratio), log_output, out=gap)
    return State(
        residual=residual,
        wage=wage,
        unit_cost=cost,
        draw=draw,
        inverse=inverse,
        net_share=net_share,
        spending=spending,
        reached=reached,
        output=demand,
        income=income,
        kept=kept,
        made=made,
        payroll=payroll,
        raised=np.broadcast_to(0.0, (s, 1, *draw.shape[1:])) if raised is None else raised,
        world_wages=world_wages,
        leaving=leaving,
        collected=collected,
        links=links,
        rents=rents,
    )


def _links(system: System, exports: Exports, kept: Array, collected: Array) -> Array:
    """(N, N, B) matrix whose product with incomes is what regions earn from all else.

    Export taxes are collected out of what others spend: incomes of regions depend on each other.
    """
    n = system.regions
    links = np.zeros((n, n, kept.shape[-1]))
    links[np.arange(n), np.arange(n)] = kept
    alpha = system.final_share[:, exports.buyers]
    part = np.einsum("sp,spb->pb", alpha, collected[:, -1])
    for p, (origin, buyer) in enumerate(zip(exports.origins, exports.buyers, strict=True)):
        links[origin, buyer] -= part[p]
    return links


def _across(links: Array, earned: Array) -> Array:
    """Solve the incomes (N, B) of all scenarios."""
    stacked = np.moveaxis(links, -1, 0)
    try:
        return np.asarray(np.linalg.solve(stacked, earned.T[..., None])[..., 0].T)
    except np.linalg.LinAlgError:  # a wild step; the residual says so
        return np.full_like(earned, np.nan)


def across_transposed(links: Array, by_income: Array) -> Array:
    """Solve the transposed system: derivatives (N, B) by what regions earn from all else."""
    return _across(links.transpose(1, 0, 2), by_income)
