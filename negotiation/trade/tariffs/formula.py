"""`formula_tariffs`: the tariffs of a global tariff war from sufficient statistics, in one solve.

Lashkaripour (2021): in a world without input-output links the uniform tariff that a country would
choose against given tariffs of the others is close to the inverse of the trade-weighted elasticity
of the demand for its exports, which needs nothing but trade shares. Tariffs and the trade
equilibrium that they bring about are solved together; the equations are those of `War`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import DataError, ParameterError
from negotiation.tolerances import TRADE_RESIDUAL, TRADE_TARGET
from negotiation.trade.checks import FINAL, Array, component_of
from negotiation.trade.equilibrium import TradeStatus
from negotiation.trade.world import World

#: Passes over the equations before one attempt is given up. Tables of countries take 10 to 20; the
#: slowest of 800 random worlds, with trade elasticities of 0.3 to 65, took 257 in all attempts.
_STEPS = 200


@dataclasses.dataclass(frozen=True, eq=False)
class FormulaTariffs:
    """Tariffs by the formula, and the trade equilibrium under them.

    Where the equations were not solved every number is NaN and `status` says so.

    Attributes
    ----------
    countries : tuple of str
        Codes of the K countries that set a tariff.
    rates : (K,) array
        One ad valorem rate, a fraction, that each charges on everything foreign.
    welfare_pct : (N,) array
        Change of real income, percent of the baseline.
    wage : (N,) array
        w-hat; the numeraire is `world.numeraire`.
    income : (N,) array
        I', money of the data.
    residual : float
        Largest gap in the equations, log points: labour markets, and log(1 + rate).
    iterations : int
        Passes over the equations.
    status : TradeStatus
    """

    world: World
    countries: tuple[str, ...]
    rates: Array
    welfare_pct: Array
    wage: Array
    income: Array
    residual: float
    iterations: int
    status: TradeStatus

    @property
    def converged(self) -> bool:
        """Whether the equations were solved."""
        return self.residual <= TRADE_RESIDUAL

    @cached_property
    def tariff(self) -> Array:
        """(N, N, S, 2) rates of all, ready for `counterfactual`; others keep the baseline's."""
        tariff = self.world.tariff.copy()
        for code, rate in zip(self.countries, self.rates, strict=True):
            buyer = self.world.region(code)
            abroad = np.arange(len(self.world.regions)) != buyer
            tariff[abroad, buyer] = rate
        return tariff


def formula_tariffs(world: World, countries: Sequence[str] | None = None) -> FormulaTariffs:
    """Solve tariffs of a global tariff war by the sufficient-statistics formula.

    Lashkaripour (2021), "The cost of a global tariff war: a sufficient statistics approach". Each
    country j charges one rate on everything foreign, services included::

        rate_j = 1 / max(1, sum_s theta_s sum_{n != j} F_jns (1 - pi'_jns) / sum_{n != j, s} F_jns)

    with F its exports net of tariffs and pi' its share in the spending of n, both at the
    equilibrium that all these rates bring about; trade is balanced there, as under
    `counterfactual(..., closure="balanced")`. The formula is close to a Nash equilibrium in uniform
    tariffs, not equal to it: on 44 countries in 2014 deviations still gain up to 8e-4 percent.

    Parameters
    ----------
    world : World
        Without input-output links, and with mobile labour. Transfers at the baseline are removed by
        the closure; take the purged world where welfare is to be counted from balanced trade.
    countries : sequence of str, optional
        Codes of those that set a tariff; None is all. The others keep their baseline rates.

    Returns
    -------
    FormulaTariffs

    Raises
    ------
    ParameterError
        No country, a country twice, or one that is not in the data.
    DataError
        The world has input-output links or labour that is not mobile between sectors, or a country
        exports nothing.
    """
    if world.linked:
        raise DataError(
            "the world has input-output links, for which the sufficient-statistics formula does "
            "not hold; give a world without them (all sales for final use), or solve for Nash "
            "tariffs instead"
        )
    if np.isfinite(world.labour_elasticity):
        raise DataError(
            f"labour of the world moves between sectors with elasticity {world.labour_elasticity:g}"
            "; the sufficient-statistics formula holds where it is mobile (labour_elasticity inf), "
            "in the long run"
        )
    chosen = tuple(world.regions if countries is None else countries)
    if not chosen:
        raise ParameterError("countries is empty; name at least one that sets a tariff, or None")
    repeated = sorted({code for code in chosen if chosen.count(code) > 1})
    if repeated:
        raise ParameterError(f"countries has '{repeated[0]}' twice; name each country once")
    war = War(world, np.array([world.region(code) for code in chosen]))
    with np.errstate(all="ignore"):  # a wild step may overflow; the residual then says so
        z, gap, taken = _solve(war)
        at = war.at(z)
        solved = gap <= TRADE_RESIDUAL
        log_price = np.log(at.index) / -war.theta
        welfare = at.income / world.income / np.exp((war.alpha * log_price).sum(axis=0))
    lost = np.nan
    return FormulaTariffs(
        world=world,
        countries=chosen,
        rates=np.where(solved, at.tax[war.chosen] - 1.0, lost),
        welfare_pct=np.where(solved, 100.0 * (welfare - 1.0), lost),
        wage=np.where(solved, at.wage, lost),
        income=np.where(solved, at.income, lost),
        residual=gap,
        iterations=taken,
        status=TradeStatus.CONVERGED if solved else TradeStatus.NOT_CONVERGED,
    )


def _gap(state: WarState) -> float:
    gap = np.abs(state.residual).max()
    return float(gap) if np.isfinite(gap) and (state.income > 0.0).all() else np.inf


def _solve(war: War) -> tuple[Array, float, int]:
    """Solve by Broyden's method; where that fails, along the path of adjustment, ever slower."""
    start = war.start()
    z, gap, taken = _broyden(war, start)
    for pace in (1.0, 0.1, 0.01):
        if gap <= TRADE_RESIDUAL:
            break
        point, reached, steps = _adjustment(war, start, pace)
        taken += steps
        if reached < gap:
            z, gap = point, reached
    return z, gap, taken


def _adjustment(war: War, z: Array, pace: float) -> tuple[Array, float, int]:
    """Follow wages that rise with excess demand, and rates that move towards the formula.

    Pseudo-transient continuation (Kelley and Keyes 1998): implicit Euler steps along that path,
    longer in proportion as the residual falls, so that they end as Newton's. Where an elasticity is
    near one the equations bend sharply, and Newton's method alone wanders off.
    """
    sign = np.ones(len(z))
    sign[war.regions :] = -1.0
    at, taken = war.at(z), 1
    gap = least = _gap(at)
    best = z
    while least > TRADE_TARGET and np.isfinite(gap) and taken <= _STEPS:
        system = np.eye(len(z)) / pace - sign[:, None] * war.jacobian(at)
        try:
            z = z + np.linalg.solve(system, sign * at.residual)
        except np.linalg.LinAlgError:
            break
        at = war.at(z)
        taken += 1
        now = _gap(at)
        if now < least:
            best, least = z, now
        elif least <= TRADE_RESIDUAL:
            break
        pace *= gap / max(now, TRADE_TARGET)
        gap = now
    return best, least, taken


def _broyden(war: War, z: Array) -> tuple[Array, float, int]:
    """Take one inverse Jacobian and correct it by Broyden's good update.

    A step that does not reduce the residual is taken back and the Jacobian computed anew; if the
    Newton step from there does not reduce it either, the search ends.
    """
    at = war.at(z)
    gap, taken, fresh = _gap(at), 1, False
    inverse: Array | None = None
    while gap > TRADE_TARGET and np.isfinite(gap) and taken < _STEPS:
        if inverse is None:
            try:
                inverse, fresh = np.asarray(np.linalg.inv(war.jacobian(at))), True
            except np.linalg.LinAlgError:
                break
        step = -(inverse @ at.residual)
        moved = war.at(z + step)
        taken += 1
        now = _gap(moved)
        if not now < gap:
            if fresh or gap <= TRADE_RESIDUAL:
                break
            inverse = None
            continue
        turned = step @ inverse
        change = inverse @ (moved.residual - at.residual)
        inverse = inverse + np.outer((step - change) / (step @ change), turned)
        z, at, gap, fresh = z + step, moved, now, False
    return z, gap, taken


@dataclasses.dataclass(frozen=True, eq=False)
class WarState:
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

    With one rate per importer the (N, N, S) array of shares is fixed: rates enter through a factor
    by importer and sector, and only home sales escape it. A pass over the equations is a few
    batched matrix-vector products, and no power is taken over the flows after the set-up. Arrays
    here have the sector first, (S, N, N), so that each product runs over contiguous memory.

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

    def at(self, z: Array) -> WarState:
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
        return WarState(
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

    def jacobian(self, at: WarState) -> Array:
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
