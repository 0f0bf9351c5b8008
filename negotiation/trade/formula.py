"""`formula_tariffs`: the tariffs of a global tariff war from sufficient statistics, in one solve.

Lashkaripour (2021): in a world without input-output links the uniform tariff that a country would
choose against given tariffs of the others is close to the inverse of the trade-weighted elasticity
of the demand for its exports, which needs nothing but trade shares. Tariffs and the trade
equilibrium that they bring about are solved together; the equations are in `tariff_war`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from negotiation.errors import DataError, ParameterError
from negotiation.tolerances import TRADE_RESIDUAL, TRADE_TARGET
from negotiation.trade.checks import Array
from negotiation.trade.equilibrium import TradeStatus
from negotiation.trade.tariff_war import State, War
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


def _gap(state: State) -> float:
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
