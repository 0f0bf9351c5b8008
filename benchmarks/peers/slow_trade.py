"""Slow and obvious trade equilibrium in changes, used to check a production library.

Exact hat algebra of Dekle, Eaton and Kortum (2008) and Caliendo and Parro (2015), with sourcing
by use and mobile labour. Only one scenario at a time. The method is nested: for given wages the
prices come from a fixed point, outputs and incomes from one linear system, and the wages from
scipy's root finder on the excess demand for labour.

Index letters: i origin, n destination, s sector sold, k sector using, u use.
Use 0 is ``intermediate``, use 1 is ``final``.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import optimize  # type: ignore[import-untyped,unused-ignore] # no stubs in some releases

Array = npt.NDArray[np.float64]

INTERMEDIATE = 0
FINAL = 1


@dataclass(frozen=True)
class Economy:
    """A calibrated baseline.

    Attributes
    ----------
    regions, sectors, tables : tuple of str
        Labels; ``tables`` is the negotiating table of each sector.
    flows : (N, N, S, 2)
        Sales net of tariffs, by origin, destination, sector and use.
    tariff : (N, N, S, 2)
        Ad valorem rates of the baseline.
    theta : (S,)
        Trade elasticities.
    input_share : (N, S, S)
        Cost share by region, input sector and using sector, rescaled to tariff-inclusive prices.
    value_added_share : (N, S)
        One minus the input shares.
    final_share : (N, S)
        Shares of final expenditure.
    source_share : (N, N, S, 2)
        pi: share of the origin in tariff-inclusive spending of the destination.
    output : (N, S)
        Gross output.
    value_added, revenue, transfer, income : (N,)
        Wages, tariff revenue, imports minus exports, and their sum.
    """

    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    tables: tuple[str, ...]
    flows: Array
    tariff: Array
    theta: Array
    input_share: Array
    value_added_share: Array
    final_share: Array
    source_share: Array
    output: Array
    value_added: Array
    revenue: Array
    transfer: Array
    income: Array


@dataclass(frozen=True)
class Equilibrium:
    """The equilibrium of one scenario; hats are relative to the baseline data.

    Attributes
    ----------
    welfare : (N,)
        W-hat.
    ev : (N,)
        (W-hat - 1) times baseline income.
    output : (N, S)
        Gross output, level.
    prices : (N, S, 2)
        P-hat, use 0 intermediate, use 1 final.
    unit_cost : (N, S)
        c-hat.
    wage : (N,)
        w-hat.
    flows : (N, N, S, 2)
        Sales net of tariffs, level.
    revenue, income : (N,)
        Tariff revenue and income, levels.
    consumer_price : (N,)
        Product over sectors of final prices to the power of the final shares.
    value_added : (N, S)
        Nominal value added, level.
    residual : float
        Largest relative excess demand for labour.
    """

    welfare: Array
    ev: Array
    output: Array
    prices: Array
    unit_cost: Array
    wage: Array
    flows: Array
    revenue: Array
    income: Array
    consumer_price: Array
    value_added: Array
    residual: float


def from_arrays(
    flows: Array,
    tariff: Array,
    theta: Array,
    input_share: Array | None,
    *,
    regions: tuple[str, ...] | None = None,
    sectors: tuple[str, ...] | None = None,
    tables: tuple[str, ...] | None = None,
) -> Economy:
    """Calibrate an economy to arrays.

    Parameters
    ----------
    flows : (N, N, S, 2)
        Sales net of tariffs, home sales included.
    tariff : (N, N, S, 2)
        Ad valorem rates.
    theta : (S,)
        Trade elasticities.
    input_share : (N, S, S) or None
        Cost shares by region, input sector, using sector. They are rescaled by region and input
        so that tariff-inclusive intermediate spending balances (no change if it already does).
        None means no input-output links; intermediate flows must then be zero.
    regions, sectors, tables : tuple of str, optional
        Labels.
    """
    n_regions, _, n_sectors, _ = flows.shape
    output = flows.sum(axis=(1, 3))
    spending = (flows * (1.0 + tariff)).sum(axis=0)

    share = np.zeros((n_regions, n_sectors, n_sectors))
    if input_share is None:
        if np.any(flows[:, :, :, INTERMEDIATE] != 0.0):
            raise ValueError("intermediate flows need input shares")
    else:
        for n in range(n_regions):
            for s in range(n_sectors):
                implied = float(input_share[n, s, :] @ output[n, :])
                actual = float(spending[n, s, INTERMEDIATE])
                if implied > 0.0:
                    share[n, s, :] = input_share[n, s, :] * (actual / implied)
                elif actual > 0.0:
                    raise ValueError(f"region {n} buys input {s} but no sector uses it")

    value_added_share = 1.0 - share.sum(axis=1)
    if np.any(value_added_share <= 0.0):
        raise ValueError("a value added share is not positive")

    source_share = np.zeros_like(flows)
    for n in range(n_regions):
        for s in range(n_sectors):
            for u in (INTERMEDIATE, FINAL):
                if spending[n, s, u] > 0.0:
                    paid = flows[:, n, s, u] * (1.0 + tariff[:, n, s, u])
                    source_share[:, n, s, u] = paid / spending[n, s, u]

    value_added = (value_added_share * output).sum(axis=1)
    revenue = (flows * tariff).sum(axis=(0, 2, 3))
    transfer = flows.sum(axis=(0, 2, 3)) - flows.sum(axis=(1, 2, 3))
    income = value_added + revenue + transfer
    final_spending = spending[:, :, FINAL]
    if not np.allclose(income, final_spending.sum(axis=1), rtol=1e-9, atol=0.0):
        raise ValueError("income does not equal final expenditure")
    final_share = final_spending / final_spending.sum(axis=1, keepdims=True)

    return Economy(
        regions=regions or tuple(f"R{n}" for n in range(n_regions)),
        sectors=sectors or tuple(f"S{s}" for s in range(n_sectors)),
        tables=tables or tuple("other" for _ in range(n_sectors)),
        flows=flows,
        tariff=tariff,
        theta=theta,
        input_share=share,
        value_added_share=value_added_share,
        final_share=final_share,
        source_share=source_share,
        output=output,
        value_added=value_added,
        revenue=revenue,
        transfer=transfer,
        income=income,
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def load(folder: str | Path, elasticity: str = "central") -> Economy:
    """Read the calibration table of a folder.

    Parameters
    ----------
    folder : str or Path
        Holds regions.csv, sectors.csv, flows.csv and input_coefficients.csv.
    elasticity : str
        Suffix of the ``theta_`` column of sectors.csv.
    """
    folder = Path(folder)
    region_rows = _rows(folder / "regions.csv")
    sector_rows = _rows(folder / "sectors.csv")
    regions = tuple(row["region"] for row in region_rows)
    sectors = tuple(row["sector"] for row in sector_rows)
    tables = tuple(row["table"] for row in sector_rows)
    theta = np.array([float(row[f"theta_{elasticity}"]) for row in sector_rows])

    flows = np.zeros((len(regions), len(regions), len(sectors), 2))
    tariff = np.zeros_like(flows)
    for row in _rows(folder / "flows.csv"):
        i = regions.index(row["origin"])
        n = regions.index(row["destination"])
        s = sectors.index(row["sector"])
        flows[i, n, s, INTERMEDIATE] = float(row["intermediate_usd_m"])
        flows[i, n, s, FINAL] = float(row["final_usd_m"])
        tariff[i, n, s, :] = float(row["tariff"])

    input_share = np.zeros((len(regions), len(sectors), len(sectors)))
    for row in _rows(folder / "input_coefficients.csv"):
        n = regions.index(row["region"])
        s = sectors.index(row["input_sector"])
        k = sectors.index(row["using_sector"])
        input_share[n, s, k] = float(row["coefficient"])

    return from_arrays(
        flows, tariff, theta, input_share, regions=regions, sectors=sectors, tables=tables
    )


def _prices_given_wages(economy: Economy, kappa: Array, wage: Array) -> tuple[Array, Array, Array]:
    """Return unit costs (N, S), prices (N, S, 2) and new shares (N, N, S, 2)."""
    theta = economy.theta[None, None, :, None]
    prices = np.ones(economy.source_share.shape[1:])
    bought = economy.source_share.sum(axis=0) > 0.0
    for _ in range(20000):
        log_inputs = np.einsum(
            "nsk,ns->nk", economy.input_share, np.log(prices[:, :, INTERMEDIATE])
        )
        unit_cost = np.exp(economy.value_added_share * np.log(wage)[:, None] + log_inputs)
        terms = economy.source_share * (kappa * unit_cost[:, None, :, None]) ** (-theta)
        total = np.where(bought, terms.sum(axis=0), 1.0)
        new_prices = total ** (-1.0 / economy.theta[None, :, None])
        change = float(np.max(np.abs(np.log(new_prices / prices))))
        prices = new_prices
        if change < 2e-15:
            break
    else:
        if change > 1e-13:
            raise RuntimeError("the price loop did not converge")
    return unit_cost, prices, terms / total[None]


def _incomes_given_shares(
    economy: Economy, share: Array, tariff: Array, transfer: Array, wage: Array
) -> tuple[Array, Array]:
    """Solve the linear system for outputs (N, S) and incomes (N,)."""
    n_regions, n_sectors = economy.output.shape
    n_outputs = n_regions * n_sectors

    # Net sales per unit of the buyer's spending.
    net = share / (1.0 + tariff)
    # Tariff per unit of the buyer's spending, summed over origins: (N, S, 2).
    duty = (net * tariff).sum(axis=0)

    matrix = np.eye(n_outputs + n_regions)
    right = np.zeros(n_outputs + n_regions)

    # Y_is - sum_n net_ins,int sum_k a_nsk Y_nk - sum_n net_ins,fin alpha_ns I_n = 0
    from_outputs = np.einsum("ins,nsk->isnk", net[:, :, :, INTERMEDIATE], economy.input_share)
    matrix[:n_outputs, :n_outputs] -= from_outputs.reshape(n_outputs, n_outputs)
    from_incomes = np.einsum("ins,ns->isn", net[:, :, :, FINAL], economy.final_share)
    matrix[:n_outputs, n_outputs:] -= from_incomes.reshape(n_outputs, n_regions)

    # I_n - tariff revenue_n(Y, I) = wages_n + transfer_n
    for n in range(n_regions):
        for k in range(n_sectors):
            revenue = float(duty[n, :, INTERMEDIATE] @ economy.input_share[n, :, k])
            matrix[n_outputs + n, n * n_sectors + k] -= revenue
        revenue = float(duty[n, :, FINAL] @ economy.final_share[n, :])
        matrix[n_outputs + n, n_outputs + n] -= revenue
        right[n_outputs + n] = wage[n] * economy.value_added[n] + transfer[n]

    solution: Array = np.asarray(np.linalg.solve(matrix, right), dtype=np.float64)
    return solution[:n_outputs].reshape(n_regions, n_sectors), solution[n_outputs:]


def solve(
    economy: Economy, tariff: Array, trade_cost: Array, closure: str = "transfers"
) -> Equilibrium:
    """Solve one scenario to an excess demand for labour of 1e-12.

    Parameters
    ----------
    economy : Economy
        Baseline.
    tariff : (N, N, S, 2)
        New tariff rates t' (levels, not changes).
    trade_cost : (N, N, S, 2)
        tau-hat.
    closure : str
        "transfers": D' = D in units of world value added; "balanced": D' = 0. World value added
        is the numeraire in both.
    """
    if closure == "transfers":
        transfer = economy.transfer
    elif closure == "balanced":
        transfer = np.zeros_like(economy.transfer)
    else:
        raise ValueError(f"unknown closure {closure!r}")
    kappa = (1.0 + tariff) / (1.0 + economy.tariff) * trade_cost

    def wages_from(log_relative: Array) -> Array:
        """Wages with world value added at its baseline level; the last region is the reference."""
        wage = np.exp(np.append(log_relative, 0.0))
        world: float = float(economy.value_added.sum())
        return np.asarray(wage * (world / float(wage @ economy.value_added)))

    def excess(wage: Array) -> Array:
        """Labour demanded over labour supplied, minus one, by region."""
        _, _, share = _prices_given_wages(economy, kappa, wage)
        output, _ = _incomes_given_shares(economy, share, tariff, transfer, wage)
        demand = (economy.value_added_share * output).sum(axis=1)
        return np.asarray(demand / (wage * economy.value_added) - 1.0)

    def residual_without_last(log_relative: Array) -> Array:
        return excess(wages_from(log_relative))[:-1]

    start = np.zeros(len(economy.value_added) - 1)
    found = optimize.root(residual_without_last, start, method="hybr", options={"xtol": 1e-14})
    log_relative = np.asarray(found.x, dtype=np.float64)

    # Polish (or rescue) by raising the wage where labour is short, more gently if that hurts.
    step = 0.5
    gap = excess(wages_from(log_relative))
    for _ in range(5000):
        if float(np.max(np.abs(gap))) < 1e-12:
            break
        trial = log_relative + step * (gap[:-1] - gap[-1])
        trial_gap = excess(wages_from(trial))
        if float(np.max(np.abs(trial_gap))) < float(np.max(np.abs(gap))):
            log_relative, gap = trial, trial_gap
            step = min(1.5 * step, 1.0)
        else:
            step = 0.5 * step
            if step < 1e-6:
                break
    residual = float(np.max(np.abs(gap)))
    if residual > 1e-12:
        raise RuntimeError(f"no equilibrium found, residual {residual:.1e}")

    wage = wages_from(log_relative)
    unit_cost, prices, share = _prices_given_wages(economy, kappa, wage)
    output, income = _incomes_given_shares(economy, share, tariff, transfer, wage)

    spending = np.zeros_like(prices)
    spending[:, :, INTERMEDIATE] = np.einsum("nsk,nk->ns", economy.input_share, output)
    spending[:, :, FINAL] = economy.final_share * income[:, None]
    flows = share * spending[None] / (1.0 + tariff)

    consumer_price = np.prod(prices[:, :, FINAL] ** economy.final_share, axis=1)
    welfare = income / economy.income / consumer_price
    return Equilibrium(
        welfare=welfare,
        ev=(welfare - 1.0) * economy.income,
        output=output,
        prices=prices,
        unit_cost=unit_cost,
        wage=wage,
        flows=flows,
        revenue=(flows * tariff).sum(axis=(0, 2, 3)),
        income=income,
        consumer_price=consumer_price,
        value_added=economy.value_added_share * output,
        residual=residual,
    )
