"""The equations of the trade equilibrium in changes, and their Jacobian.

Unknowns, all in log changes from the baseline: wages (N), prices of intermediates (N, S) and
output (N, S). Income is eliminated in closed form, for tariff revenue is linear in spending; so
are final prices. Without input-output links prices and output follow from wages alone, and only
the wages remain.

The trick that makes a pass cheap: the price index, the trade shares and tariff revenue all come
from `cost ** -theta` (N, S) times one fixed array per scenario, share * kappa ** -theta. No power
is taken over the (N, N, S, 2) flows once a scenario is set up.

Arrays here carry the batch axis LAST (contiguous over scenarios); the public functions in
`equilibrium.py` carry it first.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from negotiation.trade.world import FINAL, INTERMEDIATE, Array, World


@dataclasses.dataclass(frozen=True, eq=False)
class Scenarios:
    """A chunk of B counterfactuals of one world, ready to be evaluated.

    Attributes
    ----------
    weight : (N, N, S, 2, B) array
        share * kappa ** -theta: what origin i would take of n's spending at baseline unit costs.
    net_weight : (N, N, S, 2, B) array
        The same, net of the new tariff.
    transfer : (N, B) array
    """

    world: World
    weight: Array
    net_weight: Array
    transfer: Array

    @property
    def size(self) -> int:
        """Number of scenarios."""
        return int(self.weight.shape[-1])

    def take(self, index: NDArray[np.int64]) -> Scenarios:
        """Return a subset of the scenarios."""
        return Scenarios(
            self.world,
            np.ascontiguousarray(self.weight[..., index]),
            np.ascontiguousarray(self.net_weight[..., index]),
            np.ascontiguousarray(self.transfer[..., index]),
        )


@dataclasses.dataclass(frozen=True, eq=False)
class State:
    """Everything the equations imply at a point; the batch axis is last."""

    residual: Array  # (M, B)
    wage: Array  # (N, B) w-hat
    unit_cost: Array  # (N, S, B) c-hat
    price: Array  # (N, S, 2, B) P-hat
    spending: Array  # (N, S, 2, B) tariffs included
    net_share: Array  # (N, S, 2, B) part of spending that reaches sellers
    output: Array  # (N, S, B) demand for output
    income: Array  # (N, B)
    inverse: Array  # (N, S, 2, B) P-hat ** theta


def unknowns(world: World) -> int:
    """Number of unknowns M of one scenario."""
    n, s = len(world.regions), len(world.sectors)
    return n + 2 * n * s if world.linked else n


def split(world: World, z: Array) -> tuple[Array, Array, Array]:
    """Views of log wages (N, B), log intermediate prices and log output (N, S, B)."""
    n, s = world.output.shape
    wages = z[:n]
    if not world.linked:
        zero = np.zeros((n, s, z.shape[-1]))
        return wages, zero, zero
    prices = z[n : n + n * s].reshape(n, s, -1)
    return wages, prices, z[n + n * s :].reshape(n, s, -1)


def evaluate(scenarios: Scenarios, z: Array) -> State:
    """Evaluate the equations at z (M, B); the residual is in log points."""
    world = scenarios.world
    log_wage, log_price, log_output = split(world, z)
    theta = world.trade_elasticity[:, None]
    wage = np.exp(log_wage)
    log_cost = world.value_added_share[..., None] * log_wage[:, None]
    if world.linked:
        log_cost = log_cost + np.matmul(world.input_share.transpose(0, 2, 1), log_price)
    draw = np.exp(-theta * log_cost)

    index = np.einsum("insub,isb->nsub", scenarios.weight, draw)
    inverse = 1.0 / index
    net_share = np.einsum("insub,isb->nsub", scenarios.net_weight, draw) * inverse
    log_index = np.log(index) / -theta[:, None]

    spending = np.empty_like(index)
    if world.linked:
        bought = np.matmul(world.input_share, world.output[..., None] * np.exp(log_output))
        spending[:, :, INTERMEDIATE] = bought
        revenue = ((1.0 - net_share[:, :, INTERMEDIATE]) * bought).sum(axis=1)
    else:
        spending[:, :, INTERMEDIATE] = 0.0
        revenue = np.zeros_like(wage)
    alpha = world.final_share[..., None]
    kept = (alpha * net_share[:, :, FINAL]).sum(axis=1)
    income = (world.value_added[:, None] * wage + revenue + scenarios.transfer) / kept
    spending[:, :, FINAL] = alpha * income[:, None]

    demand = draw * np.einsum("insub,nsub->isb", scenarios.net_weight, spending * inverse)
    wage_bill = (world.value_added_share[..., None] * demand).sum(axis=1)
    world_wages = world.value_added @ wage / world.value_added.sum()
    # Walras's law makes one labour market redundant; adding the numeraire to all of them instead
    # of replacing one treats every region alike.
    labour = np.log(wage_bill / world.value_added[:, None]) - log_wage - np.log(world_wages)
    if world.linked:
        made = world.output > 0.0
        baseline = np.where(made, world.output, 1.0)[..., None]
        gap = np.where(made[..., None], np.log(_positive(demand / baseline, made)), 0.0)
        parts = [labour, log_index[:, :, INTERMEDIATE] - log_price, gap - log_output]
        residual = np.concatenate([part.reshape(-1, z.shape[-1]) for part in parts])
    else:
        residual = labour
    return State(
        residual=residual,
        wage=wage,
        unit_cost=np.exp(log_cost),
        price=np.exp(log_index),
        spending=spending,
        net_share=net_share,
        output=demand,
        income=income,
        inverse=inverse,
    )


def _positive(ratio: Array, made: NDArray[np.bool_]) -> Array:
    """Put one where nothing is made, so that the logarithm is defined."""
    return ratio if made.all() else np.where(made[..., None], ratio, 1.0)


def jacobian(scenarios: Scenarios, z: Array) -> Array:
    """Derivative of the residual of ONE scenario (batch axis of length 1): (M, M)."""
    world = scenarios.world
    at = evaluate(scenarios, z)
    n, s = world.output.shape
    theta = world.trade_elasticity
    wage, income, net_share = at.wage[:, 0], at.income[:, 0], at.net_share[..., 0]
    spending, demand = at.spending[..., 0], at.output[..., 0]
    draw = at.unit_cost[..., 0] ** -theta
    share = scenarios.weight[..., 0] * draw[:, None, :, None] * at.inverse[None, ..., 0]
    net = scenarios.net_weight[..., 0] * draw[:, None, :, None] * at.inverse[None, ..., 0]
    sales = net * spending
    alpha, value_added = world.final_share, world.value_added
    kept = (alpha * net_share[..., FINAL]).sum(axis=1)

    # Derivatives by log unit cost c[j, s] (same sector, any origin j), spending held fixed.
    price_c = np.moveaxis(share, 0, -1)  # d log P[n,s,u] / d c[j,s]
    # d net_share[n,s,u] / d c[j,s]
    net_c = -theta[:, None, None] * (
        np.moveaxis(net, 0, -1) - net_share[..., None] * np.moveaxis(share, 0, -1)
    )
    # d income[n] / d c[j,s]: revenue moves against the part of spending that reaches sellers.
    income_c = -(
        spending[..., INTERMEDIATE, None] * net_c[:, :, INTERMEDIATE]
        + alpha[..., None] * income[:, None, None] * net_c[:, :, FINAL]
    )
    income_c = income_c / kept[:, None, None]  # (n, s, j)
    # d demand[i,s] / d c[j,s] at fixed spending
    crossed = np.einsum("insu,nsuj->isj", sales, price_c)
    own = theta[:, None] * (crossed - np.eye(n)[:, None, :] * demand[:, :, None])
    demand_c = np.zeros((n, s, n, s))  # [i, s, j, k]
    sector = np.arange(s)
    demand_c[:, sector, :, sector] = np.moveaxis(own, 1, 0)
    per_income = net[..., FINAL] * alpha  # d demand[i,s] / d income[n]: (i, n, s)
    demand_c += np.einsum("ins,nkj->isjk", per_income, income_c)

    # Derivatives by log wages and by log output, through income and intermediate spending.
    demand_w = np.einsum("ins,n->isn", per_income, value_added * wage / kept)
    cost_w = np.eye(n)[:, None, :] * world.value_added_share[:, :, None]  # d c[i,s] / d log w[j]
    demand_w = demand_w + np.einsum("isjk,jkm->ism", demand_c, cost_w)

    weights = (
        world.value_added_share
        / np.maximum((world.value_added_share * demand).sum(axis=1), np.finfo(float).tiny)[:, None]
    )
    numeraire = (value_added * wage) / (value_added @ wage)
    labour_w = np.einsum("is,ism->im", weights, demand_w) - np.eye(n) - numeraire
    if not world.linked:
        return np.asarray(labour_w)

    # c[i,s] = ... + sum_k a[i,k,s] log P[i,k]
    a = world.input_share
    demand_p = np.einsum("isjt,jkt->isjk", demand_c, a)  # by log intermediate price [j,k]
    made = world.output > 0.0
    level = world.output * np.exp(split(world, z)[2][..., 0])  # d Y / d log output
    bought_y = a * level[:, None, :]  # d bought[n,k] / d log y[n,s]
    taxed = (1.0 - net_share[..., INTERMEDIATE])[:, :, None] * bought_y
    income_y = taxed.sum(axis=1) / kept[:, None]  # (n, s)
    demand_y = np.einsum("ins,nsk->isnk", net[..., INTERMEDIATE], bought_y)
    demand_y = demand_y + np.einsum("ins,nk->isnk", per_income, income_y)

    size = n * s
    price_cost = np.zeros((n, s, n, s))
    price_cost[:, sector, :, sector] = np.moveaxis(price_c[:, :, INTERMEDIATE], 1, 0)
    price_w = np.einsum("nsjk,jkm->nsm", price_cost, cost_w).reshape(size, n)
    price_p = np.einsum("nsjt,jkt->nsjk", price_cost, a).reshape(size, size) - np.eye(size)
    scale = np.where(made, 1.0 / np.where(made, demand, 1.0), 0.0)[..., None]
    output_w = (scale * demand_w).reshape(size, n)
    output_p = (scale[..., None] * demand_p).reshape(size, size)
    output_y = (scale[..., None] * demand_y).reshape(size, size) - np.eye(size)
    labour_p = np.einsum("is,isjk->ijk", weights, demand_p).reshape(n, size)
    labour_y = np.einsum("is,isjk->ijk", weights, demand_y).reshape(n, size)
    return np.block(
        [
            [labour_w, labour_p, labour_y],
            [price_w, price_p, np.zeros((size, size))],
            [output_w, output_p, output_y],
        ]
    )
