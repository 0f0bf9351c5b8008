"""The equations of a tariff war by the formula: trade equilibrium and rates together.

With one rate per importer the (N, N, S) array of shares is fixed: rates enter through a factor by
importer and sector, and only home sales escape it. A pass over the equations is a few batched
matrix-vector products, and no power is taken over the flows after the set-up. Arrays here have the
sector first, (S, N, N), so that each product runs over contiguous memory.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import DataError
from negotiation.trade.checks import FINAL, Array, component_of
from negotiation.trade.world import World


@dataclasses.dataclass(frozen=True, eq=False)
class State:
    """What the equations imply at a point; (N,) or (S, N)."""

    residual: Array  # (N + K,)
    wage: Array
    tax: Array  # 1 + rate; one where the baseline rates stay
    draw: Array  # w-hat ** -theta
    factor: Array  # tax ** -theta
    index: Array  # P-hat ** -theta
    net_share: Array  # part of spending that reaches sellers
    home_net: Array  # part of spending that reaches home sellers
    income: Array
    spending: Array
    output: Array  # (N,) sales at home and abroad
    exports: Array  # (N,)
    elasticity: Array  # (N,) export-weighted elasticity of demand


class War:
    """The equations of one world; unknowns are log wages (N) and log(1 + rate) of the chosen (K).

    Parameters
    ----------
    world : World
        Without links.
    chosen : (K,) array of int
        Regions that set a tariff; the others keep their baseline rates.

    Raises
    ------
    DataError
        One of the chosen exports nothing.
    """

    def __init__(self, world: World, chosen: NDArray[np.int64]) -> None:
        self.chosen = chosen
        self.regions = len(world.regions)
        self.theta = world.trade_elasticity[:, None]
        self.alpha = np.ascontiguousarray(world.final_share.T)
        self.value_added = world.value_added
        self.component = component_of(world.flows.sum(axis=(2, 3)))
        share = np.ascontiguousarray(np.moveaxis(world.share[..., FINAL], 2, 0))
        rate = np.ascontiguousarray(np.moveaxis(world.tariff[..., FINAL], 2, 0))
        diagonal = np.arange(self.regions)
        self.home = share[:, diagonal, diagonal]
        self.home_tax = 1.0 + rate[:, diagonal, diagonal]
        # Shares at foreign prices free of the baseline tariffs that fall: their weight is then the
        # same whatever the new rate. `net` is what sellers get of it before the new tax.
        weight, net = share, share / (1.0 + rate)
        weight[:, diagonal, diagonal] = net[:, diagonal, diagonal] = 0.0
        columns = np.ix_(np.arange(len(share)), diagonal, chosen)
        base = rate[columns]
        weight[columns] *= np.exp(self.theta[:, None] * np.log1p(base)) if base.any() else 1.0
        self.all_set = len(chosen) == self.regions
        net[columns] = weight[columns]
        self.weight, self.net = weight, weight if self.all_set else net
        self.crossed = self.weight * self.net
        idle = ~self.net[:, chosen].any(axis=(0, 2))
        if idle.any():
            code = world.regions[chosen[int(np.argmax(idle))]]
            raise DataError(
                f"region {code} exports nothing, so that no elasticity of demand for its exports "
                "sets its tariff; leave it out of countries"
            )

    def _earned(self, earnings: Array) -> Array:
        """(N,) sum of earnings (N,) over those with whom a region trades; see `System`."""
        return np.asarray(np.bincount(self.component, earnings)[self.component], dtype=float)

    def start(self) -> Array:
        """Baseline wages, and the formula at the baseline trade of untaxed goods."""
        z = np.zeros(self.regions + len(self.chosen))
        z[self.regions :] = -self.at(z).residual[self.regions :]
        return z

    def at(self, z: Array) -> State:
        """Evaluate the equations."""
        n, theta, alpha = self.regions, self.theta, self.alpha
        log_wage = z[:n]
        log_tax = np.zeros(n)
        log_tax[self.chosen] = z[n:]
        wage, tax = np.exp(log_wage), np.exp(log_tax)
        draw, factor = np.exp(-theta * log_wage), np.exp(-theta * log_tax)
        foreign = factor * _bought(draw, self.weight)
        net_foreign = foreign if self.all_set else factor * _bought(draw, self.net)
        home = self.home * draw
        index = home + foreign
        home_net = home / self.home_tax / index
        net_share = home_net + net_foreign / (tax * index)
        kept = (alpha * net_share).sum(axis=0)
        income = self.value_added * wage / kept
        spending = alpha * income
        pull = factor / index
        paid = pull * spending / tax
        sold = draw * _sold(self.net, paid)  # (S, N) exports, net of tariffs
        met = draw**2 * _sold(self.crossed, paid * pull)  # the same, weighted by its own share
        exports = sold.sum(axis=0)
        elasticity = (theta * (sold - met)).sum(axis=0) / exports
        output = exports + (home_net * spending).sum(axis=0)
        if self.component.any():
            world_wages = self._earned(self.value_added * wage) / self._earned(self.value_added)
        else:
            world_wages = self.value_added @ wage / self.value_added.sum()
        # As in `system`: Walras's law makes one labour market redundant, and the numeraire is added
        # to all of them.
        labour = np.log(output / self.value_added) - log_wage - np.log(world_wages)
        rate = 1.0 / np.maximum(elasticity[self.chosen], 1.0)
        return State(
            residual=np.concatenate([labour, z[n:] - np.log1p(rate)]),
            wage=wage,
            tax=tax,
            draw=draw,
            factor=factor,
            index=index,
            net_share=net_share,
            home_net=home_net,
            income=income,
            spending=spending,
            output=output,
            exports=exports,
            elasticity=elasticity,
        )

    def jacobian(self, at: State) -> Array:
        """(N + K, N + K) derivative of the residual at a state."""
        n, theta, alpha, chosen = self.regions, self.theta, self.alpha, self.chosen
        diagonal = np.arange(n)
        home = self.home * at.draw / at.index  # share of home in spending
        scale = at.draw[:, :, None] * (at.factor / at.index)[:, None]
        share = self.weight * scale  # [s, i, n]
        net = self.net * scale
        net /= at.tax
        abroad = net * at.spending[:, None]  # exports
        by_share = theta[:, None] * abroad
        through = by_share * (theta[:, None] * (1.0 - 2.0 * share) - at.elasticity[:, None])
        by_market = abroad * (theta[:, None] * (1.0 - share) - at.elasticity[:, None])
        share[:, diagonal, diagonal] = home
        net[:, diagonal, diagonal] = at.home_net
        sales = net * at.spending[:, None]
        shared = np.ascontiguousarray(np.swapaxes(share, 1, 2))

        # Income of n by log wage of j (beside its own wages), and by log tax of n: revenue moves
        # against the part of spending that reaches sellers.
        kept = (alpha * at.net_share).sum(axis=0)
        weight = alpha * theta
        income_w = np.einsum("sn,sjn->nj", weight, net)
        income_w -= np.einsum("sn,sjn->nj", weight * at.net_share, share)
        income_w = income_w / kept[:, None] + np.eye(n)
        escape = at.net_share - at.home_net
        lost = escape * (1.0 + theta * home) - theta * (1.0 - home) * at.home_net
        income_t = (alpha * lost).sum(axis=0) / kept

        # Sales of i, and its elasticity times exports, by log wages.
        sold = sales.sum(axis=0)
        sold_w = np.matmul(theta[:, None] * sales, shared).sum(axis=0) + sold @ income_w
        sold_w[diagonal, diagonal] -= (theta[:, None] * sales).sum(axis=(0, 2))
        market = by_market.sum(axis=0)
        bent_w = np.matmul(through, shared).sum(axis=0) + market @ income_w
        bent_w[diagonal, diagonal] -= through.sum(axis=(0, 2))

        # And by log taxes: a tax of n moves sales to n only.
        moved = theta * home
        sold_t = sold * income_t - np.einsum("sn,sin->in", moved, abroad) - abroad.sum(axis=0)
        own = (at.home_net * at.spending * theta * (1.0 - home)).sum(axis=0)
        sold_t[diagonal, diagonal] = sold[diagonal, diagonal] * income_t + own
        bent_t = market * (income_t - 1.0) - np.einsum("sn,sin->in", home, through)

        # rate = 1 / elasticity, one where the elasticity is below one.
        slope = np.where(at.elasticity > 1.0, 1.0 / (at.elasticity * (at.elasticity + 1.0)), 0.0)
        slope = (slope / at.exports)[chosen, None]
        numeraire = self.value_added * at.wage
        if self.component.any():
            together = self.component[:, None] == self.component
            numeraire = together * numeraire / self._earned(numeraire)[:, None]
        else:
            numeraire = numeraire / (self.value_added @ at.wage)
        jacobian = np.empty((n + len(chosen), n + len(chosen)))
        jacobian[:n, :n] = sold_w / at.output[:, None] - np.eye(n) - numeraire
        jacobian[:n, n:] = (sold_t / at.output[:, None])[:, chosen]
        jacobian[n:, :n] = slope * bent_w[chosen]
        jacobian[n:, n:] = slope * bent_t[np.ix_(chosen, chosen)] + np.eye(len(chosen))
        return jacobian


def _bought(draw: Array, weight: Array) -> Array:
    """Sum over origins, (S, N) by destination."""
    return np.asarray(np.matmul(draw[:, None], weight)[:, 0])


def _sold(weight: Array, paid: Array) -> Array:
    """Sum over destinations, (S, N) by origin."""
    return np.asarray(np.matmul(weight, paid[..., None])[..., 0])
