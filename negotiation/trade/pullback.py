"""The equations of `system`, pulled back: derivatives of any result, in reverse mode, by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from negotiation.trade.checks import Array
from negotiation.trade.system import Scenarios, State


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

    @classmethod
    def of(cls, scenarios: Scenarios, at: State, weights: dict[str, Array]) -> Seed:
        """Translate weights of results (see `gradient`), batch axis last, region axis first."""
        system = scenarios.system
        theta = system.theta[:, None, None, None]
        uses = at.inverse.shape[1]
        zero = np.zeros_like(at.income)
        income, wage, revenue = zero, zero, zero
        cost, output = np.zeros_like(at.draw), np.zeros_like(at.draw)
        price, spending = np.zeros_like(at.inverse), np.zeros_like(at.inverse)
        made = system.output[..., None] > 0.0
        scale = np.where(made, system.output[..., None], 1.0)
        unit = np.exp(at.unit_cost)
        mobile = 1.0 - system.stickiness
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
            elif name == "unit_cost":
                cost += weight * unit
            elif name == "output":
                output += weight
            elif name in ("employment", "real_value_added"):
                weight = np.where(made, weight, 0.0)
                power = 1.0 if name == "employment" else mobile
                level = np.where(made, at.output / scale / at.wage, 1.0) ** power
                output += power * weight * level / np.where(made, at.output, 1.0)
                wage = wage - power * (weight * level).sum(axis=0)
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
        return cls(income, wage, revenue, cost, output, price, spending)

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


def pull(
    scenarios: Scenarios, at: State, seed: Seed, multipliers: Array
) -> tuple[Array, Array, Array]:
    """Pull a result plus multipliers times residuals back to all that they depend on.

    Parameters
    ----------
    multipliers : (M, B) array

    Returns
    -------
    by_unknowns : (M, B) array
    by_index : (S, 2, U, N, B) array
        By the logs of the sums over origins of weights, and by those of net weights in units of
        the former.
    by_output : (S, N, B) array
        By demand for output.
    """
    system, sourcing = scenarios.system, scenarios.sourcing
    n = system.regions
    theta = system.theta[:, None, None]
    paid, alpha = system.value_added_share[..., None], system.final_share[..., None]
    on_labour, on_price, on_output = system.split(multipliers)

    by_output = seed.output + paid * (on_labour / at.payroll)
    if system.full:
        nothing = system.output[..., None] <= 0.0
        by_output += np.where(nothing, 0.0, on_output / np.where(nothing, 1.0, at.output))
    by_cost = seed.cost - theta * by_output * at.output
    by_bought = sourcing.absorbed(by_output * at.draw) * at.inverse
    by_spending = by_bought + seed.spending + seed.revenue * (1.0 - at.net_share)
    by_net = -seed.revenue * at.spending
    by_income = seed.income + (by_spending[:, -1] * alpha).sum(axis=0)
    by_earned = by_income / at.kept
    by_net[:, -1] -= by_earned * at.income * alpha
    by_wage = seed.wage + by_earned * system.value_added[:, None] * at.wage
    if system.linked:
        by_net[:, 0] -= by_earned * at.spending[:, 0]

    by_index = np.empty((by_net.shape[0], 2, *by_net.shape[1:]))
    by_index[:, 1] = by_net
    by_price = seed.price
    if system.full:
        by_price = by_price.copy()
        by_price[:, 0] += on_price
    by_index[:, 0] = by_price / -theta[:, None] - by_bought * at.spending - by_net * at.net_share
    by_cost -= theta * at.draw * sourcing.drawn(by_index * at.inverse[:, None])

    part = system.stickiness
    by_wage += (1.0 - part) * (paid * by_cost).sum(axis=0)
    wages = system.value_added[:, None] * at.wage
    if system.together is None:
        by_wage -= on_labour + on_labour.sum(axis=0) * wages / wages.sum(axis=0)
    else:
        shared = (system.together @ on_labour) / (system.together @ wages)
        by_wage -= on_labour + shared * wages
    by_unknowns = np.empty_like(multipliers)
    by_unknowns[:n] = by_wage
    if system.full:
        _, to_price, to_output = system.split(by_unknowns)
        np.negative(on_price, out=to_price)
        np.subtract(part * paid * by_cost, on_output, out=to_output)
        if system.linked:
            a = system.input_share
            to_price += np.matmul(a, by_cost.transpose(1, 0, 2)).transpose(1, 0, 2)
            by_inputs = by_spending[:, 0] + by_earned * (1.0 - at.net_share[:, 0])
            used = np.matmul(a.transpose(0, 2, 1), by_inputs.transpose(1, 0, 2))
            to_output += at.made * used.transpose(1, 0, 2)
    return by_unknowns, by_index, by_output
