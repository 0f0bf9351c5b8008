"""Derivatives of the equations of `system`, by hand: forward and in reverse mode.

Forward they are the Jacobian of one scenario, whose inverse at the baseline preconditions all; in
reverse mode the equations are pulled back from any result.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import DataError
from negotiation.trade.checks import Array
from negotiation.trade.sourcing import Own
from negotiation.trade.system import (
    Exports,
    Scenarios,
    State,
    System,
    across_transposed,
    baseline,
    evaluate,
)


@dataclasses.dataclass(frozen=True, eq=False)
class Sensitivities:
    """How demand of one scenario moves with unit costs and income, by hand."""

    share: Array  # (S, U, n, i) shares of origins in spending
    net: Array  # the same, of what reaches sellers
    own: Array  # (S, i, j) demand by the log unit cost of any origin, spending held fixed
    income_cost: Array  # (S, n, j) income by log unit cost
    per_income: Array  # (S, n, i) demand by income


def sensitivities(scenarios: Scenarios, at: State, theta: Array) -> Sensitivities:
    """Differentiate demand of one scenario; `theta` (S, 1, 1) enters as a factor."""
    system, n = scenarios.system, scenarios.system.regions
    table = scenarios.sourcing.table(0)
    scaled = at.draw[:, None, None, :, 0] * at.inverse[..., 0, None]  # (S, U, n, i)
    share, net = table[:, 0] * scaled, table[:, 1] * scaled
    spending, demand, net_share = at.spending[..., 0], at.output[..., 0], at.net_share[..., 0]
    sales = net * spending[..., None]
    by_buyer = (system.sectors, -1, n)
    own = theta * np.matmul(sales.reshape(by_buyer).transpose(0, 2, 1), share.reshape(by_buyer))
    own[:, np.arange(n), np.arange(n)] -= theta[..., 0] * demand
    # Revenue moves against the part of spending that reaches sellers.
    net_cost = -theta[..., None] * (net - net_share[..., None] * share)
    income_cost = -(spending[..., None] * net_cost).sum(axis=1) / at.kept[:, :1]
    per_income = net[:, -1] * system.final_share[..., None]
    return Sensitivities(share, net, own, income_cost, per_income)


def through_purchases(system: System, at: State, moved: Sensitivities) -> Array:
    """(S, N, S, N) demand by log output: purchases of inputs, and through them tariff revenue."""
    a, level = system.input_share, at.made[..., 0]  # a[n, k, t]
    purchase = a * level.T[:, None, :]  # d bought[k, n] / d log output[t, n]: (n, k, t)
    taxed = np.einsum("kn,nkt->nt", 1.0 - at.net_share[:, 0, :, 0], purchase) / at.kept[:, :1]
    by_output = np.einsum("sni,nst->sitn", moved.net[:, 0], purchase, optimize=True)
    by_output += np.einsum("sni,nt->sitn", moved.per_income, taxed, optimize=True)
    return np.asarray(by_output)


def jacobian(scenarios: Scenarios, z: Array) -> Array:
    """Derivative of the residual of ONE scenario (batch axis of length 1): (M, M)."""
    system = scenarios.system
    assumed = scenarios.assumptions.transfers
    if scenarios.exports is not None or scenarios.grants is not None or assumed is not None:
        return _differences(scenarios, z)
    at = evaluate(scenarios, z)
    n, s = system.regions, system.sectors
    theta = scenarios.theta[:, :1, None]
    demand, kept, wage = at.output[..., 0], at.kept[:, 0], at.wage[:, 0]
    paid = system.labour_share  # (S, N)
    # Log unit cost moves with log wages by `mobile * by_wage`, by `stuck * by_output` with output.
    by_wage = by_output = system.value_added_share
    stuck = float(np.ravel(scenarios.stuck)[0])
    mobile = 1.0 - stuck
    if system.specific is not None:
        part = np.asarray(scenarios.part)[..., 0]
        by_wage, by_output = (1.0 - part) * by_wage, part * by_output
        mobile, stuck = 1.0, 1.0

    moved = sensitivities(scenarios, at, theta)
    share, own = moved.share, moved.own
    income_cost, per_income = moved.income_cost, moved.per_income

    # By log wages: (S, i, m).
    income_wage = mobile * np.einsum("snm,sm->nm", income_cost, by_wage)
    income_wage[np.arange(n), np.arange(n)] += system.labour * wage / kept
    demand_wage = mobile * own * by_wage[:, None, :]
    demand_wage += np.matmul(per_income.transpose(0, 2, 1), income_wage)
    bill = paid / np.maximum(at.payroll[:, 0], np.finfo(float).tiny)  # (S, i)
    together = system.together
    numeraire = system.labour * wage
    earnings = numeraire
    if system.specific is not None:
        assert at.rents is not None
        rents = at.rents[..., 0]
        earnings = earnings + rents.sum(axis=0)
    if together is None:
        numeraire = numeraire / earnings.sum()
    else:
        numeraire = together * numeraire / (together @ earnings)[:, None]
    labour_wage = np.einsum("si,sim->im", bill, demand_wage) - np.eye(n) - numeraire
    if not system.full:
        return np.asarray(labour_wage)

    size = s * n
    # By log unit cost of any sector: own sector through prices, all through income.
    flat = per_income.transpose(0, 2, 1).reshape(size, n)
    demand_cost = (flat @ income_cost.transpose(1, 0, 2).reshape(n, size)).reshape(s, n, s, n)
    sector = np.arange(s)
    demand_cost[sector, :, sector, :] += own
    demand_price = _through_inputs(system, demand_cost)
    a, demand_output = system.input_share, through_purchases(system, at, moved)
    demand_output += stuck * demand_cost * by_output
    labour_output = _bill(bill, demand_output)
    if system.specific is not None:
        # Rents of specific factors are income, and part of the numeraire.
        gained = (rents / kept).T  # d income[n] / d log output[t, n]
        demand_output += np.einsum("sni,nt->sitn", per_income, gained, optimize=True)
        labour_output = _bill(bill, demand_output)
        if together is None:
            labour_output -= rents.reshape(1, size) / earnings.sum()
        else:
            shared = together[:, None, :] * rents[None] / (together @ earnings)[:, None, None]
            labour_output -= shared.reshape(n, size)

    price_wage = mobile * share[:, 0] * by_wage[:, None, :]
    price_price = np.einsum("snj,jks->snkj", share[:, 0], a, optimize=True).reshape(size, size)
    price_output = np.zeros((s, n, s, n))
    price_output[sector, :, sector, :] = stuck * share[:, 0] * by_output[:, None, :]
    produced = system.output > 0.0
    scale = np.where(produced, 1.0 / np.where(produced, demand, 1.0), 0.0).reshape(size, 1)
    rows = (
        (labour_wage, _bill(bill, demand_price), labour_output),
        (
            price_wage.reshape(size, n),
            price_price - np.eye(size),
            price_output.reshape(size, size),
        ),
        (
            scale * demand_wage.reshape(size, n),
            scale * demand_price.reshape(size, size),
            scale * demand_output.reshape(size, size) - np.eye(size),
        ),
    )
    return np.block([list(row) for row in rows])


#: Step of the differences behind a Jacobian: the cube root of the precision of a double.
_STEP = 6e-6


def _differences(scenarios: Scenarios, z: Array) -> Array:
    """(M, M) derivative of the residual of one scenario by central differences, in one batch.

    Where incomes depend on each other, by export taxes and rents, the Jacobian is needed for few
    scenarios, far from the baseline, and only proposes steps.
    """
    many = len(z)
    wide = scenarios.take(np.zeros(2 * many, dtype=np.int64))
    own = wide.sourcing
    if isinstance(own, Own):  # its repeats fill up a block: they are asked for the same values
        every = np.broadcast_to(own.tables[:1], (2 * many, *own.tables.shape[1:]))
        wide = dataclasses.replace(wide, sourcing=dataclasses.replace(own, tables=every))
    points = np.repeat(z, 2 * many, axis=1)
    points[np.arange(many), np.arange(many)] += _STEP
    points[np.arange(many), many + np.arange(many)] -= _STEP
    found = evaluate(wide, points).residual
    return np.asarray((found[:, :many] - found[:, many:]) / (2.0 * _STEP))


def _through_inputs(system: System, by_cost: Array) -> Array:
    """Derivative by log unit cost (..., S, N) to one by log price of intermediates (S, N, S, N)."""
    n, s = system.regions, system.sectors
    by_region = by_cost.reshape(s * n, s, n).transpose(2, 0, 1)  # (j, rows, using sector)
    through = np.matmul(by_region, system.input_share.transpose(0, 2, 1))
    return np.asarray(through.transpose(1, 2, 0).reshape(s, n, s, n))


def _bill(bill: Array, demand: Array) -> Array:
    """Derivative of the log wage bill (N, S * N) from that of demand (S, N, S, N)."""
    n = bill.shape[1]
    return np.asarray(np.einsum("si,sikj->ikj", bill, demand, optimize=True).reshape(n, -1))


#: Unknowns from which on the inverse is computed in single precision throughout.
_LARGE = 1000


def _by_blocks(matrix: Array, n: int) -> Array:
    """Invert a Jacobian in which output does not move prices: a quarter of the work.

    Wages (n) border prices and output; prices depend on prices alone, output on both.
    """
    size = (len(matrix) - n) // 2
    by_price = matrix[n + size :, n : n + size]
    inner = np.zeros((2 * size, 2 * size), matrix.dtype)
    inner[:size, :size] = np.linalg.inv(matrix[n : n + size, n : n + size])
    inner[size:, size:] = np.linalg.inv(matrix[n + size :, n + size :])
    inner[size:, :size] = -(inner[size:, size:] @ (by_price @ inner[:size, :size]))
    right, left = inner @ matrix[n:, :n], matrix[:n, n:] @ inner
    corner = np.linalg.inv(matrix[:n, :n] - matrix[:n, n:] @ right)
    inverse = np.empty_like(matrix)
    inverse[:n, :n] = corner
    inverse[:n, n:] = -corner @ left
    inverse[n:, :n] = -right @ corner
    inverse[n:, n:] = inner + right @ (corner @ left)
    return inverse


@lru_cache(maxsize=16)
def preconditioner(system: System) -> Array:
    """Inverse Jacobian at the baseline, (M, M); computed once per world.

    In single precision: it only proposes steps, the residual that judges them is in double.

    Raises
    ------
    DataError
        If the equations do not determine wages, as where trade between regions is next to none.
    """
    z = np.zeros((system.unknowns, 1))
    matrix = jacobian(baseline(system), z)
    inverse: NDArray[Any]
    try:
        used: NDArray[Any] = matrix if len(matrix) < _LARGE else matrix.astype(np.float32)
        if system.full and not np.any(system.part):
            inverse = _by_blocks(used, system.regions)
        else:
            inverse = np.linalg.inv(used)
    except np.linalg.LinAlgError:
        inverse = np.full((1, 1), np.nan)
    if not np.isfinite(inverse).all():
        raise DataError(
            "trade between some regions is so little that nothing determines their relative wages; "
            "set it to zero, or solve them as worlds of their own"
        ) from None
    # Products of tiny numbers leave the range in which single precision is fast.
    inverse[np.abs(inverse) < 1e-9 * np.abs(inverse).max()] = 0.0
    return inverse.astype(np.float32, copy=False)


@dataclasses.dataclass(frozen=True, eq=False)
class Seed:
    """Derivatives of a result by what the equations imply at fixed unknowns; batch axis last."""

    income: Array  # (N, B)
    wage: Array  # (N, B), by log w-hat
    revenue: Array  # (N, B), by tariff revenue
    cost: Array  # (S, N, B), by log c-hat
    output: Array  # (S, N, B)
    price: Array  # (S, U, N, B), by log P-hat
    spending: Array  # (S, U, N, B)
    exports: Array  # (N, B), by what the region collects of the spending of others
    index: Array  # (S, U, N, B), by the log of a buyer's sum of weights

    @classmethod
    def of(
        cls,
        scenarios: Scenarios,
        at: State,
        weights: Mapping[str, Array],
        volumes: Mapping[tuple[int, int], Array] | None = None,
    ) -> Seed:
        """Translate weights of results (see `gradient`), batch axis last, region axis first.

        `volumes` holds weights (S, 2, B) of the logs of volumes, by positions of the pair; what
        volumes owe to the pair's own weights is left to the caller.
        """
        system = scenarios.system
        theta = scenarios.theta[:, None, None]
        uses = at.inverse.shape[1]
        zero = np.zeros_like(at.income)
        income, wage, revenue, exports = zero, zero, zero, zero
        cost, output = np.zeros_like(at.draw), np.zeros_like(at.draw)
        price, spending = np.zeros_like(at.inverse), np.zeros_like(at.inverse)
        made = system.output[..., None] > 0.0
        scale = np.where(made, system.output[..., None], 1.0)
        unit = np.exp(at.unit_cost)
        mobile: Array | float = 1.0 - scenarios.stuck
        if system.specific is not None:
            mobile = mobile * (1.0 - system.specific[..., None])
        alpha = system.final_share[..., None]

        for name, given in weights.items():
            weight = given
            if given.ndim == 3:
                weight = given.transpose(1, 0, 2)
            elif given.ndim == 4:
                weight = given.transpose(1, 2, 0, 3)
            if name in ("welfare", "ev"):
                before = _income_before(scenarios)[:, None]
                log_price = (alpha * (at.log_index / -theta)[:, -1]).sum(axis=0)
                level = at.income / np.exp(log_price) / (before if name == "welfare" else 1.0)
                income = income + weight * level / at.income
                price[:, -1] -= alpha * (weight * level)
            elif name == "income":
                income = income + weight
            elif name == "wage":
                wage = wage + weight * at.wage
            elif name == "tariff_revenue":
                revenue = revenue + weight
            elif name == "export_tax_revenue":
                exports = exports + weight
            elif name == "unit_cost":
                cost += weight * unit
            elif name == "output":
                output += weight
            elif name in ("employment", "real_value_added"):
                weight = np.where(made, weight, 0.0)
                power = 1.0 if name == "employment" else mobile
                level = np.where(made, at.output / scale / at.wage, 1.0) ** power
                output += power * weight * level / np.where(made, at.output, 1.0)
                wage = wage - (power * weight * level).sum(axis=0)
            elif name == "real_output":
                weight = np.where(made, weight, 0.0)
                output += weight / scale / unit
                cost -= weight * at.output / scale / unit
            elif name == "prices":
                price += (weight * np.exp(_both(at.log_index / -theta, at.unit_cost)))[:, -uses:]
                if uses == 1:  # nobody buys inputs: their price is the home unit cost
                    cost += weight[:, 0] * unit
            elif name == "spending":
                spending += weight[:, -uses:]
            else:
                raise AssertionError(name)
        index = np.zeros_like(price)
        for (origin, buyer), given in (volumes or {}).items():
            weight = given[:, -uses:]
            index[:, :, buyer] -= weight
            spent = at.spending[:, :, buyer]
            spending[:, :, buyer] += weight / np.where(spent > 0.0, spent, 1.0)
            cost[:, origin] -= (1.0 + theta[:, 0, 0]) * weight.sum(axis=1)
        return cls(income, wage, revenue, cost, output, price, spending, exports, index)

    def size(self, at: State) -> Array:
        """(B,) largest derivative by the log of anything; 1 where all are zero."""
        terms = (
            self.income * at.income,
            self.wage,
            self.revenue * at.income,
            self.cost,
            self.output * at.output,
            self.price,
            self.spending * at.spending,
            self.exports * at.income,
            self.index,
        )
        most = np.max([np.abs(each).reshape(-1, each.shape[-1]).max(axis=0) for each in terms], 0)
        return np.where(most > 0.0, most, 1.0)

    def take(self, scenarios: NDArray[np.int64]) -> Seed:
        """Return some of the scenarios."""
        return Seed(
            *(getattr(self, each.name)[..., scenarios] for each in dataclasses.fields(self))
        )


def _both(log_price: Array, cost: Array) -> Array:
    if log_price.shape[1] == 2:
        return log_price
    return np.concatenate([cost[:, None], log_price], axis=1)


def _income_before(scenarios: Scenarios) -> Array:
    """(N,) income at the baseline of the system."""
    system = scenarios.system
    reaches = (system.share / (1.0 + system.tariff)).sum(axis=-1)
    earned = system.value_added + system.transfer
    if system.linked:
        bought = np.einsum("nks,sn->kn", system.input_share, system.output)
        earned = earned + ((1.0 - reaches[:, 0]) * bought).sum(axis=0)
    return np.asarray(earned / (system.final_share * reaches[:, -1]).sum(axis=0))


@dataclasses.dataclass(frozen=True, eq=False)
class Pulled:
    """Derivatives of a result plus multipliers times residuals, by all that they depend on."""

    unknowns: Array  # (M, B)
    index: Array  # (S, 2, U, N, B), by the logs of the sums over origins of weights, and by those
    # of net weights in units of the former
    price: Array  # (S, U, N, B), by log P-hat ** -theta by itself
    output: Array  # (S, N, B), by demand for output
    home: Array  # (N, B), by what a region collects of its own spending
    abroad: Array  # (N, B), by what it collects of the spending of others


def pull(scenarios: Scenarios, at: State, seed: Seed, multipliers: Array) -> Pulled:
    """Pull a result plus multipliers times residuals back to all that they depend on.

    Parameters
    ----------
    multipliers : (M, B) array
    """
    system, sourcing, exports = scenarios.system, scenarios.sourcing, scenarios.exports
    n = system.regions
    theta = scenarios.theta[:, None]
    share, alpha = system.value_added_share[..., None], system.final_share[..., None]
    paid = system.labour_share[..., None]
    on_labour, on_price, on_output = system.split(multipliers)

    by_output = seed.output + paid * (on_labour / at.payroll)
    if system.full:
        nothing = system.output[..., None] <= 0.0
        by_output += np.where(nothing, 0.0, on_output / np.where(nothing, 1.0, at.output))
    by_cost = seed.cost - theta * by_output * at.output
    by_bought = sourcing.absorbed(by_output * at.draw) * at.inverse
    by_spending = by_bought + seed.spending + seed.revenue * (1.0 - at.leaving)
    by_net = -seed.revenue * at.spending
    if exports is not None and at.collected is not None:
        got = seed.exports[exports.origins] * at.collected
        exports.at_buyers(got, by_spending)
    by_income = seed.income + (by_spending[:, -1] * alpha).sum(axis=0)
    links = at.links
    by_earned = by_income / at.kept if links is None else across_transposed(links, by_income)
    by_net[:, -1] -= by_earned * at.income * alpha
    by_wage = seed.wage + by_earned * system.labour[:, None] * at.wage
    if system.linked:
        by_net[:, 0] -= by_earned * at.spending[:, 0]

    by_index = np.empty((by_net.shape[0], 2, *by_net.shape[1:]))
    by_index[:, 1] = by_net
    by_price = seed.price
    if system.full:
        by_price = by_price.copy()
        by_price[:, 0] += on_price
    transfers = scenarios.assumptions.transfers
    if transfers is not None:
        received = scenarios.received(np.log(at.wage), at.log_index[:, -1] / -theta)
        by_level = (by_earned * received).sum(axis=0)
        lanes = np.arange(scenarios.size)
        by_wage[transfers.region, lanes] += transfers.by_wage * by_level
        if transfers.by_prices:
            by_price = by_price.copy()
            weight = system.final_share[:, transfers.region]
            by_price[:, -1, transfers.region, lanes] += weight * (transfers.by_price * by_level)
    by_index[:, 0] = by_price / -theta[:, None] - by_bought * at.spending - by_net * at.net_share
    by_index[:, 0] += seed.index
    if exports is not None and at.collected is not None:
        # What a pair collects moves with its draw, and against the buyer's index.
        moved = by_collected(exports, at, seed, by_earned) * at.collected
        exports.at_buyers(-moved, by_index[:, 0])
        by_cost -= theta * exports.at_origins(moved.sum(axis=1), np.zeros_like(by_cost))
    by_cost -= theta * at.draw * sourcing.drawn(by_index * at.inverse[:, None])
    if scenarios.grants is not None:
        grants = scenarios.grants
        gained, left = by_earned + seed.exports, by_earned + seed.revenue
        for p, (origin, buyer) in enumerate(zip(grants.origins, grants.buyers, strict=True)):
            worth = grants.amount[:, p] * np.exp(at.unit_cost[:, origin])
            by_cost[:, origin] += (gained[origin] - left[buyer]) * worth

    stuck = scenarios.stuck
    wages = earnings = system.labour[:, None] * at.wage
    if at.rents is None:
        by_wage += (1.0 - stuck) * (share * by_cost).sum(axis=0)
    else:
        stuck = np.asarray(scenarios.part)
        by_wage += ((1.0 - stuck) * share * by_cost).sum(axis=0)
        earnings = wages + at.rents.sum(axis=0)
    if system.together is None:
        by_wage -= on_labour + on_labour.sum(axis=0) * wages / earnings.sum(axis=0)
        shared = on_labour.sum(axis=0) / earnings.sum(axis=0)
    else:
        shared = (system.together @ on_labour) / (system.together @ earnings)
        by_wage -= on_labour + shared * wages
    by_unknowns = np.empty_like(multipliers)
    by_unknowns[:n] = by_wage
    if system.full:
        _, to_price, to_output = system.split(by_unknowns)
        np.negative(on_price, out=to_price)
        np.subtract(stuck * share * by_cost, on_output, out=to_output)
        if at.rents is not None:
            to_output += (by_earned - shared) * at.rents
        if system.linked:
            a = system.input_share
            to_price += np.matmul(a, by_cost.transpose(1, 0, 2)).transpose(1, 0, 2)
            by_inputs = by_spending[:, 0] + by_earned * (1.0 - at.leaving[:, 0])
            if exports is not None and at.collected is not None:
                gained = by_earned[exports.origins] * at.collected[:, 0]
                exports.at_buyers(gained, by_inputs)
            used = np.matmul(a.transpose(0, 2, 1), by_inputs.transpose(1, 0, 2))
            to_output += at.made * used.transpose(1, 0, 2)
    return Pulled(
        by_unknowns,
        by_index,
        by_price / -theta[:, None],
        by_output,
        by_earned + seed.revenue,
        by_earned + seed.exports,
    )


def by_collected(exports: Exports, at: State, seed: Seed, by_earned: Array) -> Array:
    """(S, U, P, B) derivatives by the part of spending that origins collect, by pair.

    A dollar that an origin collects is one that the buyer's region does not.
    """
    gained = by_earned + seed.exports
    left = by_earned + seed.revenue
    per_dollar = gained[exports.origins] - left[exports.buyers]
    return np.asarray(at.spending[:, :, exports.buyers] * per_dollar)
