"""`counterfactual`: the trade equilibrium under other tariffs or trade costs."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import DataError, ParameterError
from negotiation.tolerances import TRADE_RESIDUAL
from negotiation.trade.solver import padded, solve, worst
from negotiation.trade.system import Scenarios, evaluate
from negotiation.trade.world import FINAL, Array, World

#: Bytes of one array over the flows of a chunk of scenarios; smaller chunks cost more in calls than
#: they save in cache.
_CHUNK_BYTES = 1_400_000

HORIZON = "long run: labour mobile between sectors, no adjustment costs"


class TradeStatus(StrEnum):
    """How a solve ended; the value is what a user reads."""

    CONVERGED = "converged"
    NOT_CONVERGED = "not converged: the largest excess demand stayed above tolerance"


@dataclasses.dataclass(frozen=True, eq=False)
class TradeEquilibrium:
    """A solved counterfactual, or a batch of them: leading axes `...` come first.

    Where a scenario did not converge every result is NaN and `status` says so.

    Attributes
    ----------
    welfare : (..., N) array
        W-hat: real income against the baseline, 1 is no change.
    ev : (..., N) array
        Equivalent variation, money of the data (US$ million a year).
    income : (..., N) array
        I', money of the data; world value added is the numeraire.
    wage : (..., N) array
        w-hat.
    unit_cost : (..., N, S) array
        c-hat.
    prices : (..., N, S, 2) array
        P-hat by region, sector and use (intermediate, final), tariffs included.
    output : (..., N, S) array
        Gross output Y', money of the data.
    spending : (..., N, S, 2) array
        Purchases by sector and use, tariffs included.
    tariff_revenue : (..., N) array
    tariff, trade_cost : (..., N, N, S, 2) arrays
        What was solved: rates t' and tau-hat.
    residual : (...) array
        Largest gap in the equations, log points; at most 1e-11 where converged.
    status : (...) array of str
        `TradeStatus` values.
    evaluations : (...) array of int
        Passes over the equations.
    closure, horizon : str
    """

    world: World
    welfare: Array
    ev: Array
    income: Array
    wage: Array
    unit_cost: Array
    prices: Array
    output: Array
    spending: Array
    tariff_revenue: Array
    tariff: Array
    trade_cost: Array
    residual: Array
    status: NDArray[np.str_]
    evaluations: NDArray[np.int64]
    closure: str
    horizon: str = HORIZON

    @property
    def converged(self) -> NDArray[np.bool_]:
        """(...) whether each scenario converged."""
        return self.residual <= TRADE_RESIDUAL

    @cached_property
    def flows(self) -> Array:
        """(..., N, N, S, 2) sales X', net of tariffs; computed when first asked for."""
        theta = self.world.trade_elasticity[:, None]
        change = (1.0 + self.tariff) / (1.0 + self.world.tariff) * self.trade_cost
        cost = change * self.unit_cost[..., :, None, :, None]
        share = self.world.share * (cost / self.prices[..., None, :, :, :]) ** -theta
        return share / (1.0 + self.tariff) * self.spending[..., None, :, :, :]

    @cached_property
    def employment(self) -> Array:
        """(..., N, S) labour by sector against the baseline; NaN where nothing was made.

        Labour is mobile and value added is all wages: this is real value added too.
        """
        baseline = np.where(self.world.output > 0.0, self.world.output, np.nan)
        return self.output / baseline / self.wage[..., None]

    @cached_property
    def real_output(self) -> Array:
        """(..., N, S) volume of output against the baseline; NaN where nothing was made."""
        baseline = np.where(self.world.output > 0.0, self.world.output, np.nan)
        return self.output / baseline / self.unit_cost


def counterfactual(
    world: World,
    tariff: ArrayLike | None = None,
    trade_cost: ArrayLike | None = None,
    closure: str = "transfers",
) -> TradeEquilibrium:
    """Solve the trade equilibrium in changes (exact hat algebra).

    Caliendo and Parro (2015) with sourcing by use; Dekle, Eaton and Kortum (2008) for the method.

    Parameters
    ----------
    world : World
    tariff : array broadcastable to (..., N, N, S, 2), optional
        New ad valorem rates t', fractions; `tariff[..., i, n, s, u]` is what n charges on i. None
        keeps the baseline rates.
    trade_cost : array broadcastable to (..., N, N, S, 2), optional
        tau-hat: iceberg trade cost against the baseline; 1 is no change.
    closure : {"transfers", "balanced"}
        Baseline transfers fixed in units of world value added, or none at all.

    Returns
    -------
    TradeEquilibrium
        With the broadcast leading axes of `tariff` and `trade_cost`.

    Raises
    ------
    DataError
        A rate at or below -100 %, a trade cost that is not positive, shapes that do not fit.
    ParameterError
        An unknown closure.
    """
    if closure not in ("transfers", "balanced"):
        raise ParameterError(f"closure '{closure}' is unknown; choose transfers or balanced")
    new = _given("tariff", world.tariff if tariff is None else tariff, world, above=-1.0)
    cost = _given("trade_cost", 1.0 if trade_cost is None else trade_cost, world, above=0.0)
    batch = np.broadcast_shapes(new.shape[:-4], cost.shape[:-4])
    shape = (*batch, *world.flows.shape)
    new, cost = np.broadcast_to(new, shape), np.broadcast_to(cost, shape)
    total = int(np.prod(batch, dtype=int))
    if not total:
        raise DataError(f"tariff and trade_cost have an empty batch {batch}; give one scenario")
    flat_new = new.reshape(total, *world.flows.shape)
    flat_cost = cost.reshape(total, *world.flows.shape)
    transfer = world.transfer if closure == "transfers" else np.zeros_like(world.transfer)

    size = max(1, _CHUNK_BYTES // (8 * world.flows.size))
    parts = [
        _solve_chunk(world, flat_new[at : at + size], flat_cost[at : at + size], transfer)
        for at in range(0, total, size)
    ]
    merged = {
        name: np.concatenate([part[name] for part in parts]).reshape(batch + first.shape[1:])
        for name, first in parts[0].items()
    }
    residual = merged.pop("residual")
    evaluations = merged.pop("evaluations").astype(np.int64)
    status = np.where(
        residual <= TRADE_RESIDUAL,
        TradeStatus.CONVERGED.value,
        TradeStatus.NOT_CONVERGED.value,
    )
    return TradeEquilibrium(
        world=world,
        tariff=new,
        trade_cost=cost,
        residual=residual,
        status=status,
        evaluations=evaluations,
        closure=closure,
        horizon=HORIZON,
        **merged,
    )


def _given(what: str, values: ArrayLike, world: World, above: float) -> Array:
    try:
        given = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise DataError(f"{what} is no array of numbers") from None
    try:
        given = np.broadcast_to(given, np.broadcast_shapes(given.shape, world.flows.shape))
        if given.shape[-4:] != world.flows.shape:
            raise ValueError
    except ValueError:
        raise DataError(
            f"{what} has shape {given.shape}; expected (..., N, N, S, 2) = "
            f"(..., {', '.join(map(str, world.flows.shape))})"
        ) from None
    good = np.isfinite(given) & (given > above)
    if not good.all():
        bad = given[~good].flat[0]
        raise DataError(f"{what} holds {bad:g}; every entry must be finite and above {above:g}")
    return given


def _solve_chunk(world: World, tariff: Array, cost: Array, transfer: Array) -> dict[str, Array]:
    """Solve (b, N, N, S, 2) scenarios; every result has the batch axis first."""
    real = len(tariff)
    filled = padded(np.arange(real))
    tariff, cost = tariff[filled], cost[filled]
    theta = world.trade_elasticity[:, None, None]
    rate = np.ascontiguousarray(np.moveaxis(tariff, 0, -1))
    change = (1.0 + rate) / (1.0 + world.tariff[..., None]) * np.moveaxis(cost, 0, -1)
    with np.errstate(all="ignore"):  # an overflow is found in the residual
        weight = world.share[..., None] * change**-theta
    count = rate.shape[-1]
    scenarios = Scenarios(
        world, weight, weight / (1.0 + rate), np.repeat(transfer[:, None], count, axis=1)
    )
    z, steps = solve(scenarios, real)
    with np.errstate(all="ignore"):
        at = evaluate(scenarios, z)
    log_index = np.log(at.price[:, :, FINAL])
    welfare = (
        at.income
        / world.income[:, None]
        / np.exp((world.final_share[..., None] * log_index).sum(axis=1))
    )
    results = {
        "welfare": welfare,
        "ev": (welfare - 1.0) * world.income[:, None],
        "income": at.income,
        "wage": at.wage,
        "unit_cost": at.unit_cost,
        "prices": at.price,
        "output": at.output,
        "spending": at.spending,
        "tariff_revenue": ((1.0 - at.net_share) * at.spending).sum(axis=(1, 2)),
    }
    gap = worst(at)
    failed = gap > TRADE_RESIDUAL
    for values in results.values():
        values[..., failed] = np.nan
    return {
        "residual": gap[:real],
        "evaluations": steps[:real].astype(float),
        **{name: np.moveaxis(values, -1, 0)[:real] for name, values in results.items()},
    }
