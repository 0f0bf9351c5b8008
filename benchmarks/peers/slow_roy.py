"""Slow and obvious trade equilibrium with labour that moves between sectors at a cost.

Exact hat algebra as in `slow_trade`, with Roy-Frechet workers (Galle, Rodriguez-Clare and Yi 2023):
the sector wage w_ns per efficiency unit, the elasticity eta between sectors, l_ns the baseline
share of region n's value added that is earned in sector s,

    Phi_n = (sum_s l_ns w_ns ** eta) ** (1 / eta)
    earnings of s in n = VA_n Phi_n l_ns w_ns ** eta / Phi_n ** eta
    labour income of n = VA_n Phi_n

The unknowns are the logs of earnings over baseline earnings, r_ns: what firms pay must be what
workers earn. Then Phi_n = sum_s l_ns exp(r_ns) and
log w_ns = r_ns / eta + (1 - 1 / eta) log Phi_n, which holds for eta = inf too: mobile labour, where
one unknown per region is enough.

Everything accepts complex numbers, so that the derivative of any result by any tariff or trade cost
is an imaginary part, free of the errors of differences (`derivative`).

Index letters: i origin, n destination, s sector sold, k sector using, u use (0 intermediate,
1 final).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.peers.slow_trade import FINAL, INTERMEDIATE, Economy

Array = npt.NDArray[np.float64]
#: Real or complex.
Numbers = npt.NDArray[Any]

#: Largest log gap between what firms pay and what workers earn at which a solve is accepted; it
#: goes on to rounding (about 1e-14).
ACCEPTED = 1e-11

#: Imaginary step of a derivative: so small that its square is nothing beside 1.
STEP = 1e-30


class NoEquilibriumError(RuntimeError):
    """The solver found none."""


@dataclass(frozen=True)
class Equilibrium:
    """One scenario; hats are relative to the baseline. From `derivative`: derivatives of these.

    Attributes
    ----------
    welfare, income, labour_income, revenue : (N,)
        W-hat; levels of the others.
    wage : (N, S)
        w-hat by sector, per efficiency unit.
    unit_cost, output : (N, S)
        c-hat; gross output, level.
    prices : (N, S, 2)
        P-hat.
    flows : (N, N, S, 2)
        Sales net of tariffs, level.
    log_earnings : (N, S) or (N, 1)
        The unknowns.
    gap : (N, S) or (N, 1)
        Log of what firms pay over what workers earn.
    jacobian : matrix or None
        The last derivative of the gaps by the unknowns that the search used.
    """

    welfare: Numbers
    income: Numbers
    labour_income: Numbers
    revenue: Numbers
    wage: Numbers
    unit_cost: Numbers
    output: Numbers
    prices: Numbers
    flows: Numbers
    log_earnings: Numbers
    gap: Numbers
    jacobian: Array | None = None


@dataclass(frozen=True)
class Problem:
    """A scenario to solve: new tariffs, trade costs, transfers, and how labour moves."""

    economy: Economy
    tariff: Numbers
    trade_cost: Numbers
    transfer: Array
    eta: float

    @cached_property
    def linked(self) -> bool:
        return bool(self.economy.input_share.any())

    @cached_property
    def weight(self) -> Numbers:
        """Shares at unchanged unit costs, before they are made to sum to one."""
        kappa = (1.0 + self.tariff) / (1.0 + self.economy.tariff) * self.trade_cost
        return np.asarray(self.economy.source_share * kappa ** -self.economy.theta[:, None])

    @cached_property
    def earned_share(self) -> Array:
        """l: (N, S), or (N, 1) where labour is mobile."""
        if math.isinf(self.eta):
            return np.ones((len(self.economy.value_added), 1))
        earned = self.economy.value_added_share * self.economy.output
        return np.asarray(earned / earned.sum(axis=1, keepdims=True))


def _prices(problem: Problem, log_wage: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return unit costs (N, S), prices (N, S, 2) and shares (N, N, S, 2) for given wages."""
    economy = problem.economy
    theta = economy.theta
    weight = problem.weight
    n, _, s, _ = weight.shape
    bought = economy.source_share.sum(axis=0) > 0.0
    own = economy.value_added_share * log_wage
    log_price = np.zeros((n, s, 2), dtype=np.result_type(weight, log_wage))

    def index(log_cost: Numbers, use: int) -> Numbers:
        total = (weight[..., use] * np.exp(-theta * log_cost)[:, None, :]).sum(axis=0)
        return np.asarray(-np.log(np.where(bought[..., use], total, 1.0)) / theta)

    log_cost = own
    if problem.linked:
        rounding = 0
        for _ in range(20000):
            inputs = np.einsum("nks,nk->ns", economy.input_share, log_price[..., INTERMEDIATE])
            log_cost = own + inputs
            change = index(log_cost, INTERMEDIATE) - log_price[..., INTERMEDIATE]
            log_price[..., INTERMEDIATE] += change
            if not np.isfinite(change).all():
                raise NoEquilibriumError("prices out of range")
            if abs(change.real).max() < 1e-15 and abs(change.imag).max() < 1e-15 * STEP:
                break
            if abs(change.real).max() < 1e-14 and abs(change.imag).max() < 1e-13 * STEP:
                rounding += 1
                if rounding > 5:
                    break
            else:
                rounding = 0
        else:
            raise NoEquilibriumError("the price loop did not converge")
    log_price[..., FINAL] = index(log_cost, FINAL)
    uses = (INTERMEDIATE, FINAL) if problem.linked else (FINAL,)
    share = np.zeros(weight.shape, dtype=log_price.dtype)
    for use in uses:
        relative = np.exp(-theta * log_cost)[:, None, :] * np.exp(theta * log_price[..., use])
        share[..., use] = weight[..., use] * relative
    return np.exp(log_cost), np.exp(log_price), share


def _outputs(problem: Problem, share: Numbers, labour_income: Numbers) -> tuple[Numbers, Numbers]:
    """Solve the linear system for outputs (N, S) and incomes (N,)."""
    economy = problem.economy
    n, s = economy.output.shape
    net = share / (1.0 + problem.tariff)
    duty = (net * problem.tariff).sum(axis=0)
    to_final = net[..., FINAL] * economy.final_share
    kept = 1.0 - (duty[..., FINAL] * economy.final_share).sum(axis=1)
    paid_in = labour_income + problem.transfer
    if not problem.linked:
        income = paid_in / kept
        return np.asarray((to_final * income[:, None]).sum(axis=1)), np.asarray(income)
    # income_n = (paid_in_n + duty on what its sectors buy) / kept_n, put into the outputs
    on_inputs = np.einsum("ns,nsk->nk", duty[..., INTERMEDIATE], economy.input_share)
    by_income = to_final / kept[:, None]
    matrix = np.einsum("ins,nsk->isnk", net[..., INTERMEDIATE], economy.input_share)
    matrix = matrix + np.einsum("ins,nk->isnk", by_income, on_inputs)
    right = (by_income * paid_in[:, None]).sum(axis=1).reshape(n * s)
    output = np.linalg.solve(np.eye(n * s) - matrix.reshape(n * s, n * s), right).reshape(n, s)
    return output, np.asarray((paid_in + (on_inputs * output).sum(axis=1)) / kept)


def _outcome(problem: Problem, log_earnings: Numbers) -> Equilibrium:
    """Everything that given earnings imply; an equilibrium where the gap is zero."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        outcome = _implied(problem, log_earnings)
    if not (np.isfinite(outcome.gap).all() and np.isfinite(outcome.welfare).all()):
        raise NoEquilibriumError("numbers out of range")
    return outcome


def _implied(problem: Problem, log_earnings: Numbers) -> Equilibrium:
    economy = problem.economy
    earned = problem.earned_share
    active = earned > 0.0
    if abs(log_earnings.real).max() > 100.0:
        raise NoEquilibriumError("earnings out of range")
    inverse = 0.0 if math.isinf(problem.eta) else 1.0 / problem.eta
    # Numeraire: world value added.
    factor = (earned * np.exp(log_earnings)).sum(axis=1)
    world = (economy.value_added * factor).sum() / economy.value_added.sum()
    log_earnings = np.where(active, log_earnings - np.log(world), 0.0)
    phi = (earned * np.exp(log_earnings)).sum(axis=1)
    log_phi = np.log(phi)[:, None]
    # An efficiency unit in a sector where nobody works is worth what it is elsewhere.
    log_wage = np.where(active, log_earnings * inverse + (1.0 - inverse) * log_phi, log_phi)
    log_wage = log_wage + np.zeros(economy.output.shape)

    unit_cost, prices, share = _prices(problem, log_wage)
    labour_income = economy.value_added * phi
    output, income = _outputs(problem, share, labour_income)

    paid = economy.value_added_share * output
    if math.isinf(problem.eta):
        paid = paid.sum(axis=1, keepdims=True)
    if not (np.all(paid.real[active] > 0.0) and np.all(income.real > 0.0)):
        raise NoEquilibriumError("a region without income")
    owed = economy.value_added[:, None] * earned * np.exp(log_earnings)
    gap = np.log(np.where(active, paid, 1.0)) - np.log(np.where(active, owed, 1.0))

    inputs = np.einsum("nsk,nk->ns", economy.input_share, output)
    final = economy.final_share * income[:, None]
    flows = share * np.stack([inputs, final], axis=-1) / (1.0 + problem.tariff)
    consumer_price = np.exp((economy.final_share * np.log(prices[..., FINAL])).sum(axis=1))
    return Equilibrium(
        welfare=income / economy.income / consumer_price,
        income=income,
        labour_income=labour_income,
        revenue=(flows * problem.tariff).sum(axis=(0, 2, 3)),
        wage=np.exp(log_wage),
        unit_cost=unit_cost,
        output=output,
        prices=prices,
        flows=flows,
        log_earnings=log_earnings,
        gap=gap,
    )


def _jacobian(problem: Problem, log_earnings: Array) -> Array:
    """Derivative of the gaps by the unknowns, a column at a time."""
    columns = []
    for at in range(log_earnings.size):
        moved = log_earnings.astype(complex)
        moved.flat[at] += 1j * STEP
        columns.append(_outcome(problem, moved).gap.imag.ravel() / STEP)
    return np.array(columns).T


def _towards(jacobian: Array, gap: Array) -> Array:
    """Newton step; the shortest, since earnings that all rise alike change nothing."""
    found = np.linalg.lstsq(jacobian, gap.ravel(), rcond=1e-14)[0]
    return np.asarray(found.reshape(gap.shape))


def _newton(problem: Problem, start: Array, jacobian: Array | None = None) -> Equilibrium:
    """Newton's method with halved steps where a step makes the gap larger.

    A Jacobian is used for as long as the gap falls to a fifth with every step.
    """
    at = _outcome(problem, start)
    fresh = False
    for _ in range(100):
        size = abs(at.gap).max()
        if size < 2e-14:
            return replace(at, jacobian=jacobian)
        if jacobian is None:
            jacobian = _jacobian(problem, at.log_earnings)
            fresh = True
        step = _towards(jacobian, at.gap)
        fraction = 1.0
        better = None
        while fraction > 1e-6:
            try:
                trial = _outcome(problem, at.log_earnings - fraction * step)
                if abs(trial.gap).max() < size:
                    better = trial
                    break
            except (NoEquilibriumError, np.linalg.LinAlgError):
                pass
            fraction /= 2.0
        if better is None:
            if size <= ACCEPTED:
                return replace(at, jacobian=jacobian)  # rounding
            if fresh:
                break
            jacobian = None
            continue
        if abs(better.gap).max() > 0.2 * size:
            jacobian = None
        fresh = False
        at = better
    if abs(at.gap).max() > ACCEPTED:
        raise NoEquilibriumError(f"no equilibrium found, gap {abs(at.gap).max():.1e}")
    return replace(at, jacobian=jacobian)


def _problem(
    economy: Economy,
    tariff: Numbers,
    trade_cost: Numbers | None,
    eta: float,
    closure: str,
) -> Problem:
    if closure not in ("transfers", "balanced"):
        raise ValueError(f"unknown closure {closure!r}")
    transfer = economy.transfer if closure == "transfers" else np.zeros_like(economy.transfer)
    cost = np.ones(economy.flows.shape) if trade_cost is None else trade_cost
    return Problem(economy, tariff, cost, transfer, eta)


def solve(
    economy: Economy,
    tariff: Array,
    trade_cost: Array | None = None,
    *,
    eta: float = math.inf,
    closure: str = "transfers",
    start: Equilibrium | None = None,
) -> Equilibrium:
    """Solve one scenario.

    Parameters
    ----------
    economy : Economy
        Baseline.
    tariff, trade_cost : (N, N, S, 2)
        New rates t' (levels) and tau-hat.
    eta : float
        Elasticity of labour between sectors; inf is mobile labour.
    closure : str
        "transfers": D' = D in units of world value added; "balanced": D' = 0.
    start : Equilibrium
        Of a scenario nearby.

    Raises
    ------
    NoEquilibriumError
        Where none was found.
    """
    problem = _problem(economy, tariff, trade_cost, eta, closure)
    nothing = np.zeros(problem.earned_share.shape)
    if start is not None:
        try:
            return _newton(problem, start.log_earnings, start.jacobian)
        except (NoEquilibriumError, np.linalg.LinAlgError):
            pass
    try:
        return _newton(problem, nothing)
    except (NoEquilibriumError, np.linalg.LinAlgError):
        pass
    return _along_a_path(problem, nothing)


def _along_a_path(problem: Problem, start: Array) -> Equilibrium:
    """Walk from the baseline to a scenario that is too far for one Newton search."""
    economy = problem.economy

    def on_the_way(t: float) -> Problem:
        rate = (1.0 + economy.tariff) ** (1.0 - t) * (1.0 + problem.tariff) ** t - 1.0
        transfer = (1.0 - t) * economy.transfer + t * problem.transfer
        return Problem(economy, rate, problem.trade_cost**t, transfer, problem.eta)

    done, leg, found = 0.0, 0.25, None
    while done < 1.0:
        ahead = min(1.0, done + leg)
        try:
            found = _newton(on_the_way(ahead), start)
            start, done, leg = found.log_earnings, ahead, 2.0 * leg
        except (NoEquilibriumError, np.linalg.LinAlgError):
            leg /= 2.0
            if leg < 1e-4:
                raise NoEquilibriumError(f"no way on from {done:.4f} of the path") from None
    assert found is not None
    return found


def derivative(
    economy: Economy,
    at: Equilibrium,
    tariff: Array,
    trade_cost: Array | None,
    directions: Sequence[tuple[Array | None, Array | None]],
    *,
    eta: float = math.inf,
    closure: str = "transfers",
) -> list[Equilibrium]:
    """Differentiate everything at a solved scenario: one `Equilibrium` of derivatives a direction.

    The search for the equilibrium is repeated in complex numbers with an imaginary step in the
    tariffs and trade costs; it converges because the Jacobian of the real search is at hand.

    Parameters
    ----------
    at : Equilibrium
        Solution of the scenario (`tariff`, `trade_cost`).
    directions : sequence of (tariff, trade_cost)
        Directions, (N, N, S, 2) arrays; None is no change.
    """
    cost = np.ones(economy.flows.shape) if trade_cost is None else trade_cost
    here = _problem(economy, tariff, cost, eta, closure)
    results = []
    for d_tariff, d_cost in directions:
        moved = _problem(
            economy,
            tariff + 1j * STEP * (0.0 if d_tariff is None else d_tariff),
            cost + 1j * STEP * (0.0 if d_cost is None else d_cost),
            eta,
            closure,
        )
        found, left = None, math.inf
        if at.jacobian is not None:
            found, left = _imaginary_parts(moved, at.log_earnings, at.jacobian)
        if left > 1e-12:
            jacobian = _jacobian(here, at.log_earnings)
            at = replace(at, jacobian=jacobian)
            found, left = _imaginary_parts(moved, at.log_earnings, jacobian)
        if found is None or left > 1e-9:
            raise NoEquilibriumError(f"no derivative found, gap {left:.1e}")
        names = [f.name for f in fields(Equilibrium) if f.name != "jacobian"]
        results.append(Equilibrium(**{k: getattr(found, k).imag / STEP for k in names}))
    return results


def _imaginary_parts(
    problem: Problem, log_earnings: Array, jacobian: Array
) -> tuple[Equilibrium, float]:
    """Close the imaginary gaps; return what was reached and the largest gap left."""
    unknowns = log_earnings.astype(complex)
    trial = _outcome(problem, unknowns)
    size = math.inf
    while (left := abs(trial.gap.imag).max() / STEP) < 0.5 * size and left > 1e-15:
        size = left
        unknowns = trial.log_earnings - 1j * STEP * _towards(jacobian, trial.gap.imag / STEP)
        trial = _outcome(problem, unknowns)
    return trial, float(left)


def slow_gradient(
    economy: Economy,
    entries: Sequence[tuple[str, tuple[int, int, int, int]]],
    tariff: Array,
    trade_cost: Array | None = None,
    *,
    eta: float = math.inf,
    closure: str = "transfers",
    at: Equilibrium | None = None,
) -> Array:
    """Derivative of the welfare of every region by single tariffs or trade costs.

    Parameters
    ----------
    entries : sequence of (kind, (origin, destination, sector, use))
        The kind is "tariff" or "trade_cost".
    tariff, trade_cost : (N, N, S, 2)
        Where.
    at : Equilibrium, optional
        Solution there, if known.

    Returns
    -------
    (len(entries), N) array
    """
    if at is None:
        at = solve(economy, tariff, trade_cost, eta=eta, closure=closure)
    directions: list[tuple[Array | None, Array | None]] = []
    for kind, index in entries:
        one = np.zeros(economy.flows.shape)
        one[index] = 1.0
        directions.append((one, None) if kind == "tariff" else (None, one))
    found = derivative(economy, at, tariff, trade_cost, directions, eta=eta, closure=closure)
    return np.array([each.welfare for each in found])
