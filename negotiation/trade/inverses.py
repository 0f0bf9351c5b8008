"""Inverses of the Jacobian at the baseline, which propose the steps of the solver.

One serves all scenarios of a world. Where elasticities or closures differ by scenario every draw
has its own, exactly and at next to no cost: the derivatives of prices by prices and of output by
output hold no elasticity, those of demand by unit costs are linear in them, and a closure adds a
term of rank one. Two inverses over regions and sectors and a border over regions are all it takes.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property, lru_cache
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from negotiation.trade.assumptions import Assumptions, Transfers
from negotiation.trade.checks import Array
from negotiation.trade.jacobian import preconditioner, sensitivities, through_purchases
from negotiation.trade.sourcing import padded
from negotiation.trade.system import System, baseline, evaluate


class Inverse(Protocol):
    """The inverse of a Jacobian for each of B scenarios."""

    def take(self, index: NDArray[np.int64]) -> Self:
        """Return those of some of the scenarios."""

    def times(self, residual: NDArray[Any]) -> NDArray[Any]:
        """Multiply residuals (M, B); in single precision, for they only propose a step."""


@dataclasses.dataclass(frozen=True, eq=False)
class Dense:
    """One inverse, (M, M), for all scenarios."""

    matrix: NDArray[Any]

    def take(self, index: NDArray[np.int64]) -> Dense:
        """See `Inverse`."""
        del index
        return self

    def times(self, residual: NDArray[Any]) -> NDArray[Any]:
        """See `Inverse`."""
        return np.asarray(self.matrix @ residual.astype(np.float32, copy=False))


@dataclasses.dataclass(frozen=True, eq=False)
class _Parts:
    """Parts of the Jacobian at the baseline that no elasticity moves, and products of them.

    Unit costs c move with wages w and prices p of intermediates, demand with e = theta c, with
    output and with income; q is the log of what transfers are fixed in. K = S N, or 0 rows where
    wages are the only unknowns.
    """

    price: NDArray[Any]  # (2 K, K): p, and c through p, by residuals of prices at given wages
    output: NDArray[Any]  # (K + N, K): output, and the wage bill through it, by residuals of output
    demand: NDArray[Any]  # (K + N, K): output (down) and the wage bill by e
    price_wage: NDArray[Any]  # (K, N): p (down) by w
    cost_wage: NDArray[Any]  # (K, N): c by w
    output_wage: NDArray[Any]  # (K + N, N): output (down) and the residual of the wage bill by w
    unit: NDArray[Any]  # (K + N,): output (down) and the wage bill by q
    consumer: NDArray[Any]  # (N, K): log consumer prices by c
    by_theta: NDArray[
        Any
    ]  # (S, N, N): the residual of the wage bill by w through c, for theta of one

    @cached_property
    def single(self) -> _Parts:
        """The same in single precision."""
        every = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        return _Parts(**{name: values.astype(np.float32) for name, values in every.items()})


@lru_cache(maxsize=16)
def _parts(system: System) -> _Parts:
    """Take the Jacobian of a world at its baseline apart; labour must be mobile."""
    n, s = system.regions, system.sectors
    size, here = n * s, baseline(system)
    at = evaluate(here, np.zeros((system.unknowns, 1)))
    moved = sensitivities(here, at, np.ones((s, 1, 1)))
    kept, demand = at.kept[:, 0], at.output[..., 0]
    per_income = moved.per_income.transpose(0, 2, 1).reshape(size, n)
    income_cost = moved.income_cost.transpose(1, 0, 2).reshape(n, size)
    by_cost: NDArray[Any] = (per_income @ income_cost).reshape(s, n, s, n)
    sector = np.arange(s)
    by_cost[sector, :, sector, :] += moved.own
    by_cost = by_cost.reshape(size, size)
    by_wage = per_income * (system.labour / kept)
    by_unit = per_income @ (system.transfer / kept)
    bill: NDArray[Any] = np.zeros((n, s, n))
    paid = system.labour_share / np.maximum(at.payroll[:, 0], np.finfo(float).tiny)
    bill[np.arange(n), :, np.arange(n)] = paid.T
    bill = bill.reshape(n, size)
    final = system.final_share[..., None] * moved.share[:, -1]  # (S, n, j)
    consumer = final.transpose(1, 0, 2).reshape(n, size)
    cost_wage = (system.value_added_share[..., None] * np.eye(n)).reshape(size, n)
    # Walras's law: the numeraire is in the residuals of all labour markets.
    numeraire = system.labour / system.labour.sum()
    if system.together is not None:
        numeraire = system.together * system.labour / (system.together @ system.labour)[:, None]
    labour = bill @ by_wage - np.eye(n) - numeraire
    if not system.full:
        by_bill = bill @ by_cost
        return _Parts(
            np.zeros((0, 0)),
            np.zeros((0, 0)),
            by_bill,
            np.zeros((0, n)),
            cost_wage,
            labour,
            bill @ by_unit,
            consumer,
            _by_sector(by_bill, cost_wage, s),
        )

    # Prices by prices, and what inputs make of them in unit costs.
    inputs: NDArray[Any] = np.zeros((s, n, s, n))
    region = np.arange(n)
    inputs[:, region, :, region] = system.input_share.transpose(0, 2, 1)  # c[s, i] by p[k, i]
    inputs = inputs.reshape(size, size)
    sourced: NDArray[Any] = np.zeros((s, n, s, n))
    sourced[sector, :, sector, :] = moved.share[:, 0]
    sourced = sourced.reshape(size, size)  # p by c
    price = np.linalg.inv(sourced @ inputs - np.eye(size))
    price_wage = -price @ (sourced @ cost_wage)
    cost_wage = cost_wage + inputs @ price_wage
    # Output by demand, of which purchases of inputs are a part.
    produced = system.output > 0.0
    scale = np.where(produced, 1.0 / np.where(produced, demand, 1.0), 0.0).reshape(size, 1)
    bought = through_purchases(system, at, moved).reshape(size, size)
    output = np.linalg.inv(scale * bought - np.eye(size))
    spent = bill @ bought  # the wage bill by output

    def solved(by: Array) -> Array:
        """Output, and the wage bill, by demand that moves for another reason."""
        down = -output @ (scale * by)
        return np.concatenate([down, bill @ by + spent @ down])

    by_demand = solved(by_cost)
    output_wage = solved(by_wage)
    output_wage[size:] -= np.eye(n) + numeraire
    return _Parts(
        np.concatenate([price, inputs @ price]),
        np.concatenate([output, spent @ output]),
        by_demand,
        price_wage,
        cost_wage,
        output_wage,
        solved(by_unit[:, None])[:, 0],
        consumer,
        _by_sector(by_demand[size:], cost_wage, s),
    )


def _by_sector(by_demand: Array, cost_wage: Array, sectors: int) -> Array:
    """(S, N, N) parts of a product over sectors and regions."""
    n = len(by_demand)
    left = by_demand.reshape(n, sectors, n).transpose(1, 0, 2)
    return np.asarray(np.matmul(left, cost_wage.reshape(sectors, n, n)))


@dataclasses.dataclass(frozen=True, eq=False)
class ByDraw:
    """The inverse of each scenario; labour is mobile.

    Attributes
    ----------
    parts : _Parts
        In single precision.
    theta : (S, B) array
    border : (N, N, B) array
        Wages by what is left of the residuals of labour.
    transfers : Transfers, optional
        What transfers are fixed in.
    """

    parts: _Parts
    theta: NDArray[Any]
    border: NDArray[Any]
    transfers: Transfers | None

    @classmethod
    def of(cls, system: System, assumptions: Assumptions, draws: int) -> ByDraw:
        """Compute the border of every draw."""
        parts, n, s = _parts(system), system.regions, system.sectors
        theta = assumptions.theta
        if theta is None:
            theta = np.broadcast_to(system.theta[:, None], (s, draws))
        # A product of whole blocks: see `sourcing.BLOCK`.
        every = padded(np.arange(draws))
        matrix = (theta.T[every] @ parts.by_theta.reshape(s, n * n))[:draws].reshape(draws, n, n)
        matrix = matrix + parts.output_wage[-n:]
        transfers = assumptions.transfers
        if transfers is not None:
            by_wage = np.zeros((draws, n))
            by_wage[np.arange(draws), transfers.region] = transfers.by_wage
            prices = (parts.consumer @ parts.cost_wage)[transfers.region]
            by_wage = by_wage + transfers.by_price[:, None] * prices
            matrix = matrix + parts.unit[-n:, None] * by_wage[:, None, :]
        border = np.moveaxis(np.linalg.inv(matrix), 0, -1)
        return cls(parts.single, theta.astype(np.float32), border.astype(np.float32), transfers)

    def take(self, index: NDArray[np.int64]) -> ByDraw:
        """See `Inverse`."""
        theta, border = (
            np.ascontiguousarray(each[..., index]) for each in (self.theta, self.border)
        )
        transfers = None if self.transfers is None else self.transfers.take(index)
        return ByDraw(self.parts, theta, border, transfers)

    def times(self, residual: NDArray[Any]) -> NDArray[Any]:
        """See `Inverse`."""
        parts, (n, _, lanes) = self.parts, self.border.shape
        found = residual.astype(np.float32, copy=False)
        size = len(parts.price_wage)
        left: NDArray[Any] = found[:n]
        step = np.empty_like(found)
        cost: NDArray[Any] = np.zeros((len(parts.cost_wage), lanes), np.float32)
        if size:
            through = parts.price @ found[n : n + size]
            step[n : n + size], cost = through[:size], through[size:]
            output = parts.output @ found[n + size :]
            step[n + size :] = output[:size]
            left = left - output[size:] - parts.demand[size:] @ self._drawn(cost)
        unit = None
        if self.transfers is not None:
            unit = self._unit(cost, 0.0 * left)
            left = left - parts.unit[-n:, None] * unit
        wage = np.einsum("ijb,jb->ib", self.border, left, out=step[:n])
        if size:
            step[n : n + size] += parts.price_wage @ wage
            cost = cost + parts.cost_wage @ wage
            down = parts.demand[:size] @ self._drawn(cost) + parts.output_wage[:size] @ wage
            if unit is not None:
                down += parts.unit[:size, None] * self._unit(cost, wage)
            step[n + size :] += down
        return step

    def _drawn(self, cost: NDArray[Any]) -> NDArray[Any]:
        """(K, B) unit costs times elasticities."""
        n = len(self.border)
        by_sector = cost.reshape(len(self.theta), n, -1) * self.theta[:, None]
        return np.asarray(by_sector.reshape(cost.shape))

    def _unit(self, cost: NDArray[Any], wage: NDArray[Any]) -> NDArray[Any]:
        """(B,) log of what transfers are fixed in."""
        assert self.transfers is not None
        own, lanes = self.transfers, np.arange(len(self.transfers.region))
        unit: NDArray[Any] = own.by_wage * wage[own.region, lanes]
        if own.by_prices:
            unit = unit + own.by_price * (self.parts.consumer @ cost)[own.region, lanes]
        return unit.astype(np.float32)


def inverse_of(system: System, assumptions: Assumptions, draws: int) -> Inverse:
    """Return the inverse for every draw of assumptions, or one for all."""
    own = assumptions.theta is not None or assumptions.transfers is not None
    if not own or assumptions.stuck is not None or np.any(system.part):
        return Dense(preconditioner(system))
    preconditioner(system)  # that wages are determined is checked there
    return ByDraw.of(system, assumptions, draws)
