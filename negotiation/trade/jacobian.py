"""The Jacobian of the equations of `system`, for one scenario, and its inverse at the baseline."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from negotiation.errors import DataError
from negotiation.trade.checks import Array
from negotiation.trade.system import Scenarios, System, baseline, evaluate


def jacobian(scenarios: Scenarios, z: Array) -> Array:
    """Derivative of the residual of ONE scenario (batch axis of length 1): (M, M)."""
    system = scenarios.system
    at = evaluate(scenarios, z)
    n, s = system.regions, system.sectors
    table = scenarios.sourcing.table(0)
    theta = system.theta[:, None, None]
    scaled = at.draw[:, None, None, :, 0] * at.inverse[..., 0, None]  # (S, U, n, i)
    share, net = table[:, 0] * scaled, table[:, 1] * scaled
    spending, demand, net_share = at.spending[..., 0], at.output[..., 0], at.net_share[..., 0]
    kept, wage = at.kept[:, 0], at.wage[:, 0]
    paid = system.value_added_share  # (S, N)
    mobile = 1.0 - system.stickiness

    # By log unit cost c[s, j] (same sector, any origin j), spending held fixed: demand[s, i].
    sales = net * spending[..., None]
    by_buyer = (s, -1, n)
    own = theta * np.matmul(sales.reshape(by_buyer).transpose(0, 2, 1), share.reshape(by_buyer))
    own[:, np.arange(n), np.arange(n)] -= system.theta[:, None] * demand
    # Income: revenue moves against the part of spending that reaches sellers, (S, n, j).
    net_cost = -theta[..., None] * (net - net_share[..., None] * share)
    income_cost = -(spending[..., None] * net_cost).sum(axis=1) / kept[:, None]
    per_income = net[:, -1] * system.final_share[..., None]  # d demand[s, i] / d income[n], (S,n,i)

    # By log wages: (S, i, m).
    income_wage = mobile * np.einsum("snm,sm->nm", income_cost, paid)
    income_wage[np.arange(n), np.arange(n)] += system.value_added * wage / kept
    demand_wage = mobile * own * paid[:, None, :]
    demand_wage += np.matmul(per_income.transpose(0, 2, 1), income_wage)
    bill = paid / np.maximum(at.payroll[:, 0], np.finfo(float).tiny)  # (S, i)
    together = system.together
    numeraire = system.value_added * wage
    if together is None:
        numeraire = numeraire / (system.value_added @ wage)
    else:
        numeraire = together * numeraire / (together @ numeraire)[:, None]
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
    # By log output: purchases of inputs, and through them tariff revenue.
    a, level = system.input_share, at.made[..., 0]  # a[n, k, t]
    purchase = a * level.T[:, None, :]  # d bought[k, n] / d log output[t, n]: (n, k, t)
    taxed = np.einsum("kn,nkt->nt", 1.0 - net_share[:, 0], purchase) / kept[:, None]
    demand_output = np.einsum("sni,nst->sitn", net[:, 0], purchase, optimize=True)
    demand_output += np.einsum("sni,nt->sitn", per_income, taxed, optimize=True)
    demand_output += system.stickiness * demand_cost * paid

    price_wage = mobile * share[:, 0] * paid[:, None, :]
    price_price = np.einsum("snj,jks->snkj", share[:, 0], a, optimize=True).reshape(size, size)
    price_output = np.zeros((s, n, s, n))
    price_output[sector, :, sector, :] = system.stickiness * share[:, 0] * paid[:, None, :]
    produced = system.output > 0.0
    scale = np.where(produced, 1.0 / np.where(produced, demand, 1.0), 0.0).reshape(size, 1)
    rows = (
        (labour_wage, _bill(bill, demand_price), _bill(bill, demand_output)),
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


#: Unknowns from which on the inverse is computed in single precision throughout, and by blocks.
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
    try:
        if len(matrix) < _LARGE:
            inverse = np.linalg.inv(matrix)
        elif system.stickiness:
            inverse = np.linalg.inv(matrix.astype(np.float32))
        else:
            inverse = _by_blocks(matrix.astype(np.float32), system.regions)
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
