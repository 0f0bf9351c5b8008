"""`counterfactual`: the trade equilibrium under other tariffs or trade costs."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import DataError, ParameterError, SolveError
from negotiation.tolerances import TRADE_RESIDUAL
from negotiation.trade.batch import Batch
from negotiation.trade.blocks import require_numba
from negotiation.trade.changes import Given, Rates
from negotiation.trade.checks import Array
from negotiation.trade.system import system_of
from negotiation.trade.world import World

_CLOSURES = ("transfers", "balanced", "purged")


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
        I', money of the data, in units of the numeraire: world value added, or, where the trade
        of the world falls into several components, the value added of the region's own component
        (see `numeraire`). Incomes of different components cannot be compared.
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
    batch : Batch
        What was solved; `tariff` and `trade_cost` are its t' and tau-hat as full arrays.
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
    batch: Batch
    residual: Array
    status: NDArray[np.str_]
    evaluations: NDArray[np.int64]
    closure: str
    horizon: str

    @property
    def converged(self) -> NDArray[np.bool_]:
        """(...) whether each scenario converged."""
        return self.residual <= TRADE_RESIDUAL

    @property
    def numeraire(self) -> str:
        """What money in these results is counted in; one for each component of the world."""
        return self.world.numeraire

    @property
    def tariff(self) -> Array:
        """(..., N, N, S, 2) rates t' that were solved."""
        return self.batch.given[0].full

    @property
    def trade_cost(self) -> Array:
        """(..., N, N, S, 2) tau-hat that were solved."""
        return self.batch.given[1].full

    @cached_property
    def flows(self) -> Array:
        """(..., N, N, S, 2) sales X', net of tariffs; computed when first asked for."""
        theta = self.world.trade_elasticity[:, None]
        change = (1.0 + self.tariff) / (1.0 + self.world.tariff) * self.trade_cost
        cost = change * self.unit_cost[..., :, None, :, None]
        share = self.world.share * (cost / self.prices[..., None, :, :, :]) ** -theta
        return share / (1.0 + self.tariff) * self.spending[..., None, :, :, :]

    @cached_property
    def sector_wage(self) -> Array:
        """(..., N, S) pay of a unit of labour by sector; with mobile labour the region's wage.

        With Roy-Frechet labour of elasticity eta: (earnings of the sector) ** (1/eta) times
        (earnings of the region) ** (1 - 1/eta), both in changes.
        """
        part = 1.0 / self.world.labour_elasticity
        wage = self.wage[..., None]
        return np.asarray(
            self._earnings**part * wage ** (1.0 - part) if part else wage + 0.0 * self.output
        )

    @cached_property
    def employment(self) -> Array:
        """(..., N, S) workers by sector against the baseline; NaN where nothing was made."""
        return self._earnings / self.wage[..., None]

    @cached_property
    def real_value_added(self) -> Array:
        """(..., N, S) labour in efficiency units against the baseline; NaN where nothing was made.

        Value added is all wages. With mobile labour this is `employment`; with Roy-Frechet labour
        whoever moves to a sector is less good at it than those who were there.
        """
        return self._earnings / self.sector_wage

    @cached_property
    def real_output(self) -> Array:
        """(..., N, S) volume of output against the baseline; NaN where nothing was made."""
        return self._earnings / self.unit_cost

    @cached_property
    def _earnings(self) -> Array:
        """(..., N, S) value of output against the baseline; NaN where nothing was made."""
        return self.output / np.where(self.world.output > 0.0, self.world.output, np.nan)

    def point(self) -> Array:
        """(..., M) the unknowns of the equations at this equilibrium, in logs."""
        system = system_of(self.world)
        parts = [np.log(self.wage)]
        if system.full:
            made = np.where(self.world.output > 0.0, self._earnings, 1.0)
            for values in (self.prices[..., 0], made):
                swapped = np.log(np.swapaxes(values, -1, -2))
                parts.append(swapped.reshape(*self.wage.shape[:-1], -1))
        return np.concatenate(parts, axis=-1)

    def as_world(self, index: tuple[int, ...] | int = ()) -> World:
        """Return one solved scenario as a baseline of its own.

        Changes compose: a counterfactual of it is the same equilibrium as one of the first
        baseline, and its results are changes against this scenario.

        Raises
        ------
        SolveError
            If the scenario did not converge.
        """
        if not bool(np.all(self.residual[index] <= TRADE_RESIDUAL)):
            raise SolveError(
                f"the scenario at {index} cannot be a baseline: {self.status[index]}, residual "
                f"{self.residual[index]:.1e}"
            )
        rows = (np.asarray(index),) if isinstance(index, int) else tuple(map(np.asarray, index))
        tariff, cost = (each.rows(rows).full for each in self.batch.given)
        theta = self.world.trade_elasticity[:, None]
        change = (1.0 + tariff) / (1.0 + self.world.tariff) * cost
        price = change * self.unit_cost[index][:, None, :, None] / self.prices[index][None]
        flows = self.world.share * price**-theta / (1.0 + tariff) * self.spending[index][None]
        for values in (flows, tariff):
            values.setflags(write=False)
        return dataclasses.replace(
            self.world, flows=flows, tariff=tariff, source=f"{self.world.source}, a counterfactual"
        )


def counterfactual(
    world: World,
    tariff: Rates | None = None,
    trade_cost: Rates | None = None,
    closure: str = "transfers",
    start: TradeEquilibrium | None = None,
    *,
    compiled: bool = False,
    tariff_unit: str | None = None,
) -> TradeEquilibrium:
    """Solve the trade equilibrium in changes (exact hat algebra).

    Caliendo and Parro (2015) with sourcing by use; Dekle, Eaton and Kortum (2008) for the method;
    Galle, Rodriguez-Clare and Yi (2023) for labour where `world.labour_elasticity` is finite.
    Regions that do not trade with each other, not even through third ones, are solved each
    component for itself, with the value added of the component as its numeraire.

    Parameters
    ----------
    world : World
    tariff : array or mapping, optional
        New ad valorem rates t', fractions. An array broadcastable to (..., N, N, S, 2), where
        `tariff[..., i, n, s, u]` is what n charges on i; or a mapping of (origin, destination)
        codes to arrays broadcastable to (..., S, 2), which leaves all other rates as they are.
    trade_cost : array or mapping, optional
        tau-hat: iceberg trade cost against the baseline; 1 is no change.
    closure : {"transfers", "balanced", "purged"}
        Baseline transfers fixed in units of world value added; none at all; or none, with changes
        counted from the balanced world at baseline tariffs (see `purged`).
    start : TradeEquilibrium, optional
        Solutions of the same world to start from, of a batch that broadcasts to this one. They
        save time where they are near, and change answers by rounding only.
    compiled : bool
        Use compiled kernels (numba, the extra `fast`) where they pay: worlds with input-output
        links, in large batches. Answers agree to rounding, not to the last bit.
    tariff_unit : {"fraction", "percent"}, optional
        Unit of `tariff`. Fractions by default, and then rates that look like percentages are
        refused with a question: one of two decimals between 10 and 1,000, or where most that
        change are above 1 (in a batch: all of them), three of them different.

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
    MissingExtraError
        If compiled kernels are asked for and numba is not installed.
    """
    if compiled:
        require_numba()
    if closure not in _CLOSURES:
        raise ParameterError(f"closure '{closure}' is unknown; choose {' or '.join(_CLOSURES)}")
    if closure == "purged":
        world = purged(world)
    ones = np.broadcast_to(1.0, world.flows.shape)
    rates = Given.read("tariff", tariff, world, world.tariff, above=-1.0, unit=tariff_unit)
    costs = Given.read("trade_cost", trade_cost, world, ones, above=0.0)
    batch = np.broadcast_shapes(rates.batch, costs.batch)
    if 0 in batch:
        raise DataError(f"tariff and trade_cost have an empty batch {batch}; give one scenario")
    begin = None
    if start is not None:
        size = system_of(world).unknowns
        begin = np.broadcast_to(start.point(), (*batch, size)).reshape(-1, size)
    balanced = closure == "balanced"
    problems = Batch(
        system=system_of(world),
        given=(rates.over(batch), costs.over(batch)),
        transfer=np.zeros_like(world.transfer) if balanced else world.transfer,
        income=world.income,
        apart=np.zeros(int(np.prod(batch, dtype=int)), dtype=bool),
    )
    results = problems.solve(begin, compiled=compiled)
    shaped = {name: values.reshape(batch + values.shape[1:]) for name, values in results.items()}
    residual = shaped.pop("residual")
    evaluations = shaped.pop("evaluations").astype(np.int64)
    status = np.where(
        residual <= TRADE_RESIDUAL,
        TradeStatus.CONVERGED.value,
        TradeStatus.NOT_CONVERGED.value,
    )
    return TradeEquilibrium(
        world=world,
        batch=problems,
        ev=(shaped["welfare"] - 1.0) * world.income,
        residual=residual,
        status=status,
        evaluations=evaluations,
        closure=closure,
        horizon=world.horizon,
        **shaped,
    )


@lru_cache(maxsize=16)
def purged(world: World) -> World:
    """Return the world without transfers: balanced trade at its own tariffs, as a baseline.

    The first step of Caliendo and Parro (2015) and of most studies since: effects of a policy are
    then not mixed with those of trade imbalances.

    Raises
    ------
    SolveError
        If the balanced equilibrium was not found.
    """
    return counterfactual(world, closure="balanced").as_world()
