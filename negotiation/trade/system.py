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
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

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

    @property
    def full(self) -> bool:
        """Whether prices and output are unknowns beside wages."""
        return self.linked or self.stickiness > 0.0

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
    # Without links nothing is bought for intermediate use; Roy labour keeps both for simplicity.
    uses = slice(None) if world.linked or stickiness else slice(FINAL, None)
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
    )


def _sector_first(flows: Array) -> Array:
    """(origin, destination, S, U) to (S, U, destination, origin)."""
    return np.ascontiguousarray(flows.transpose(2, 3, 1, 0))


@dataclasses.dataclass(frozen=True, eq=False)
class Scenarios:
    """B counterfactuals of one world, ready to be evaluated.

    Attributes
    ----------
    system : System
    sourcing : Sourcing
    transfer : (N,) array
        Transfers received, in units of world value added.
    """

    system: System
    sourcing: Sourcing
    transfer: Array

    @property
    def size(self) -> int:
        """Number of scenarios."""
        return self.sourcing.size

    def take(self, index: NDArray[np.int64]) -> Scenarios:
        """Return some of the scenarios."""
        return Scenarios(self.system, self.sourcing.take(index), self.transfer)


def baseline(system: System) -> Scenarios:
    """Return the one scenario in which nothing changes."""
    return Scenarios(system, Own(system.common[None], 1), system.transfer)


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
    raised: Array  # (S, N, B) logs of what the weights of a buyer are multiplied by
    world_wages: Array  # (B,) value added of those who trade, over the numeraire; (N, B) by region

    @property
    def log_index(self) -> Array:
        """(S, U, N, B) log of P-hat ** -theta."""
        return np.asarray(-np.log(self.inverse) - self.raised[:, None])

    def take(self, index: NDArray[np.int64]) -> State:
        """Return some of the scenarios."""
        return State(*(getattr(self, each.name)[..., index] for each in dataclasses.fields(self)))


def evaluate(scenarios: Scenarios, z: Array) -> State:
    """Evaluate the equations at z (M, B); the residual is in log points."""
    system, sourcing = scenarios.system, scenarios.sourcing
    n, s = system.regions, system.sectors
    log_wage, log_price, log_output = system.split(z)
    theta = system.theta[:, None, None]
    share = system.value_added_share[..., None]
    alpha = system.final_share[..., None]
    wage = np.exp(log_wage)
    if not system.full:  # value added is all there is to a cost
        cost = np.broadcast_to(log_wage, (s, *log_wage.shape))
    elif system.stickiness:
        part = system.stickiness
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
    earned = system.value_added[:, None] * wage + scenarios.transfer[:, None]
    if system.linked:
        made = system.output[..., None] * np.exp(log_output)
        bought = np.matmul(system.input_share, made.transpose(1, 0, 2)).transpose(1, 0, 2)
        spending[:, 0] = bought
        earned += bought.sum(axis=0) - np.einsum("snb,snb->nb", net_share[:, 0], bought)
    elif system.full:
        spending[:, 0] = 0.0
    kept = np.einsum("sn,snb->nb", system.final_share, net_share[:, -1])
    income = earned / kept
    np.multiply(alpha, income, out=spending[:, -1])

    reached = sourcing.sold(spending * inverse)
    demand = draw * reached
    payroll = np.einsum("sn,snb->nb", system.value_added_share, demand)
    together = system.together
    if together is None:
        world_wages = system.value_added @ wage / system.value_added.sum()
    else:
        earnings = system.value_added[:, None] * wage
        world_wages = (together @ earnings) / (together @ system.value_added)[:, None]
    # Walras's law makes one labour market redundant; adding the numeraire to all of them instead
    # of replacing one treats every region alike.
    residual = np.empty_like(z)
    np.subtract(np.log(payroll / system.value_added[:, None]), log_wage, out=residual[:n])
    residual[:n] -= np.log(world_wages)
    if system.full:
        prices = residual[n : n + n * s].reshape(s, n, -1)
        log_index = np.log(total[:, 0, 0])
        if raised is not None:
            log_index -= raised
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
        raised=np.broadcast_to(0.0, draw.shape) if raised is None else raised,
        world_wages=world_wages,
    )
