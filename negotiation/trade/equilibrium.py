"""`counterfactual`: the trade equilibrium under other tariffs or trade costs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import DataError, ParameterError, SolveError
from negotiation.tolerances import TRADE_RESIDUAL
from negotiation.trade.assumptions import Assumed
from negotiation.trade.batch import Batch
from negotiation.trade.blocks import numba_installed, require_numba
from negotiation.trade.changes import Asked, Shocks
from negotiation.trade.checks import FINAL, Array
from negotiation.trade.given import Given, Rates, Wedges, common_batch
from negotiation.trade.nodes import SmoothAxis
from negotiation.trade.quotas import Quota, QuotaResult, with_quotas
from negotiation.trade.schedules import Schedule
from negotiation.trade.system import Grants, system_of
from negotiation.trade.wedges import Parts, QuotaWedge
from negotiation.trade.world import World

#: Scenarios from which on compiled kernels make good for the half second that numba takes to load.
COMPILED_FROM = 1_000

#: Results that are not numbers where nothing was solved.
_RESULTS = (
    "welfare",
    "ev",
    "income",
    "wage",
    "unit_cost",
    "prices",
    "output",
    "spending",
    "tariff_revenue",
    "export_tax_revenue",
)


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
        What a region collects of its own spending: duties, and its share of rents.
    export_tax_revenue : (..., N) array
        What it collects of the spending of others: export taxes, and its share of their rents.
    batch : Batch
        What was solved; `tariff` and `trade_cost` are its t' and tau-hat as full arrays.
    residual : (...) array
        Largest gap in the equations, log points; at most 1e-11 where converged.
    status : (...) array of str
        `TradeStatus` values.
    evaluations : (...) array of int
        Passes over the equations.
    closure : str, or (...) array of str
    horizon : str
    elasticity : (..., S) array
        Trade elasticities that were solved with.
    labour_elasticity : float, or (...) array
    quotas : tuple of QuotaResult
        Wedge, volume and regime of every quota.
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
    export_tax_revenue: Array
    batch: Batch
    residual: Array
    status: NDArray[np.str_]
    evaluations: NDArray[np.int64]
    closure: str | NDArray[np.str_]
    horizon: str
    elasticity: Array
    labour_elasticity: float | Array
    quotas: tuple[QuotaResult, ...] = ()

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
        """(..., N, N, S, 2) rates t' that were solved.

        Of a pair with duties on parts of its trade, with rents or with quotas: the rate that
        raises what the destination collects there.
        """
        return self.batch.shocks.tariff.full

    @property
    def trade_cost(self) -> Array:
        """(..., N, N, S, 2) tau-hat that were solved."""
        return self.batch.shocks.cost.full

    @cached_property
    def flows(self) -> Array:
        """(..., N, N, S, 2) sales X', net of tariffs; computed when first asked for."""
        theta = self.elasticity[..., None, None, :, None]
        factor, over = self._factors
        change = factor / (1.0 + self.world.tariff) * self.trade_cost
        cost = change * self.unit_cost[..., :, None, :, None]
        share = self.tastes * (cost / self.prices[..., None, :, :, :]) ** -theta
        return share / over * self.spending[..., None, :, :, :]

    @property
    def _factors(self) -> tuple[Array, Array]:
        """(..., N, N, S, 2) what buyers pay per unit of the producer's price, and spend per dollar.

        The second is spending per dollar that reaches the producer.
        """
        shocks = self.batch.shocks
        plain = 1.0 + shocks.tariff.full
        if shocks.factor is None or shocks.over is None:
            return plain, plain
        factor, over = plain.copy(), plain
        for (i, n), values in _pairs_of(shocks.factor):
            factor[..., i, n, :, :] = values
        for (i, n), values in _pairs_of(shocks.over):
            over[..., i, n, :, :] = values
        return factor, over

    @property
    def tastes(self) -> Array:
        """(..., N, N, S, 2) shares at unchanged prices: those of the data, under shifted tastes."""
        shocks = self.batch.shocks
        if shocks.taste is None:
            return self.world.share
        shifted = self.world.share * shocks.taste.full
        return np.asarray(shifted / shifted.sum(axis=-4, keepdims=True))

    @cached_property
    def sector_wage(self) -> Array:
        """(..., N, S) pay of a unit of labour by sector; with mobile labour the region's wage.

        With Roy-Frechet labour of elasticity eta: (earnings of the sector) ** (1/eta) times
        (earnings of the region) ** (1 - 1/eta), both in changes.
        """
        part = np.asarray(1.0 / self.labour_elasticity)
        wage = self.wage[..., None]
        if not part.any():
            return np.asarray(wage + 0.0 * self.output)
        part = part[..., None, None] if part.ndim else part[()]
        return np.asarray(self._earnings**part * wage ** (1.0 - part))

    @cached_property
    def consumer_price(self) -> Array:
        """(..., N) P-hat of final consumption; in units of the numeraire, so for ratios only."""
        weight = self.world.final_share
        logs = np.log(np.where(weight > 0.0, self.prices[..., FINAL], 1.0))
        return np.asarray(np.exp((weight * logs).sum(axis=-1)))

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
        real = self._earnings / self.sector_wage
        if self.world.specific_share.any():
            real = real ** (1.0 - self.world.specific_share)
        return real

    @cached_property
    def real_output(self) -> Array:
        """(..., N, S) volume of output against the baseline; NaN where nothing was made."""
        return self._earnings / self.unit_cost

    @cached_property
    def _earnings(self) -> Array:
        """(..., N, S) value of output against the baseline; NaN where nothing was made."""
        return self.output / np.where(self.world.output > 0.0, self.world.output, np.nan)

    def sales(self, origin: str, destination: str) -> Array:
        """(..., S, 2) sales X' of one region to another, without building all flows."""
        world, shocks = self.world, self.batch.shocks
        i, n = world.region(origin), world.region(destination)
        pair = (slice(i, i + 1), slice(n, n + 1))
        factor = over = 1.0 + shocks.tariff.block(pair)[..., 0, 0, :, :]
        if shocks.factor is not None and shocks.over is not None and (i, n) in shocks.cells:
            factor = dict(_pairs_of(shocks.factor))[i, n]
            over = dict(_pairs_of(shocks.over))[i, n]
        share = world.share[i, n]
        odds_of = None if shocks.taste is None else shocks.taste.values
        if isinstance(odds_of, dict):
            # Odds are one but for some origins, and the shares of the data add up to one.
            into = {o: odds for (o, d), odds in odds_of.items() if d == n}
            total = world.share[:, n].sum(axis=0)
            for origin_, odds in into.items():
                total = total + world.share[origin_, n] * (odds - 1.0)
            share = share * into.get(i, 1.0) / total
        elif odds_of is not None:
            shifted = world.share[:, n] * odds_of[..., n, :, :]
            share = shifted[..., i, :, :] / shifted.sum(axis=-3)
        change = factor / (1.0 + world.tariff[i, n]) * shocks.cost.block(pair)[..., 0, 0, :, :]
        price = change * self.unit_cost[..., i, :, None] / self.prices[..., n, :, :]
        theta = self.elasticity[..., None]
        return np.asarray(share * price**-theta / over * self.spending[..., n, :, :])

    def take(self, where: tuple[NDArray[np.int64], ...]) -> TradeEquilibrium:
        """Return some scenarios of the batch (...), by their positions along every axis of it.

        Raises
        ------
        DataError
            Of scenarios with quotas.
        """
        if self.quotas:
            raise DataError("scenarios with quotas cannot be taken out of their batch")
        axes = self.residual.ndim
        every = (*_RESULTS, "residual", "status", "evaluations")
        taken: dict[str, Any] = {name: getattr(self, name)[where] for name in every}
        for name, tail in (("closure", 0), ("elasticity", 1), ("labour_elasticity", 0)):
            values = np.asarray(getattr(self, name))
            if values.ndim > tail:
                shape = (*self.residual.shape, *values.shape[values.ndim - tail :])
                taken[name] = np.broadcast_to(values, shape)[where]
        if len(where) != axes:
            raise DataError(f"{len(where)} positions were given for a batch of {axes} axes")
        batch = dataclasses.replace(self.batch, shocks=self.batch.shocks.rows(where))
        return dataclasses.replace(self, batch=batch, **taken)

    def under(
        self,
        quotas: tuple[QuotaResult, ...],
        solved: NDArray[np.bool_],
        evaluations: NDArray[np.int64],
    ) -> TradeEquilibrium:
        """Return the same with what quotas did; where none was found nothing is a result."""
        changed: dict[str, Any] = {"quotas": quotas, "evaluations": evaluations}
        if not solved.all():
            for name in _RESULTS:
                values = getattr(self, name)
                lift = solved.reshape(*solved.shape, *[1] * (values.ndim - solved.ndim))
                changed[name] = np.where(lift, values, np.nan)
            changed["residual"] = np.where(solved, self.residual, np.inf)
            changed["status"] = np.where(solved, self.status, TradeStatus.NOT_CONVERGED.value)
        return dataclasses.replace(self, **changed)

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
        shocks = self.batch.shocks.rows(rows)
        tariff, cost, share = shocks.tariff.full, shocks.cost.full, self.world.share
        if shocks.factor is not None and shocks.over is not None and shocks.export is not None:
            tariff = tariff.copy()
            factors, overs = dict(_pairs_of(shocks.factor)), dict(_pairs_of(shocks.over))
            for pair, export in _pairs_of(shocks.export):
                # Collected by the buyer's region whatever it is called, and at one rate: a tariff.
                plain = np.allclose(factors[pair], overs[pair], rtol=1e-14, atol=0.0)
                if not plain or export.any():
                    one, other = (self.world.regions[code] for code in pair)
                    raise SolveError(
                        f"the scenario at {index} cannot be a baseline: trade from {one} to "
                        f"{other} bears an export tax, a rent of the origin or duties on parts of "
                        "it, and a world holds one import duty for each flow; give them to the "
                        "counterfactual instead"
                    )
                tariff[pair] = overs[pair] - 1.0
        if shocks.taste is not None:
            share = share * shocks.taste.full
            share = share / share.sum(axis=0)
        elasticity = np.broadcast_to(self.elasticity, (*self.residual.shape, share.shape[2]))[index]
        labour = np.broadcast_to(self.labour_elasticity, self.residual.shape)[index]
        theta = elasticity[:, None]
        change = (1.0 + tariff) / (1.0 + self.world.tariff) * cost
        price = change * self.unit_cost[index][:, None, :, None] / self.prices[index][None]
        flows = share * price**-theta / (1.0 + tariff) * self.spending[index][None]
        elasticity = np.array(elasticity)
        for values in (flows, tariff, elasticity):
            values.setflags(write=False)
        return dataclasses.replace(
            self.world,
            flows=flows,
            tariff=tariff,
            trade_elasticity=elasticity,
            labour_elasticity=float(labour),
            source=f"{self.world.source}, a counterfactual",
        )


def _pairs_of(given: Given) -> list[tuple[tuple[int, int], Array]]:
    """Positions of pairs, and what was given of them, (..., S, 2)."""
    assert isinstance(given.values, dict)
    return list(given.values.items())


def _sorted(
    world: World,
    schedules: Sequence[Schedule],
    export_tax: Wedges | None,
) -> tuple[Wedges, Wedges | None]:
    """Import duties and export taxes of schedules, by pair."""
    duties: dict[tuple[str, str], Parts] = {}
    taxes: dict[tuple[str, str], Parts] = {}
    for each in schedules:
        into = duties if each.kind == "import duty" else taxes
        for pair, parts in each.parts(world).items():
            if pair in into:
                raise DataError(
                    f"two schedules set {each.kind} on trade from {pair[0]} to {pair[1]}, the "
                    f"second is '{each.name}'; give one of them, or put both into one file"
                )
            into[pair] = parts
    if taxes and export_tax is not None:
        raise DataError("export taxes were given both by a schedule and by export_tax; give one")
    return duties, taxes or export_tax


def counterfactual(
    world: World,
    tariff: Wedges | Schedule | Sequence[Schedule] | None = None,
    trade_cost: Rates | None = None,
    closure: ArrayLike = "transfers",
    start: TradeEquilibrium | Array | None = None,
    *,
    elasticity: ArrayLike | None = None,
    labour_elasticity: ArrayLike | None = None,
    compiled: bool | None = False,
    tariff_unit: str | None = None,
    export_tax: Wedges | None = None,
    rent: Rates | None = None,
    rent_share: Rates | float = 1.0,
    taste: Rates | None = None,
    quotas: Sequence[Quota] = (),
    line: tuple[int, ArrayLike] | None = None,
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
        codes to arrays broadcastable to (..., S, 2), which leaves all other rates as they are. In
        such a mapping `Parts` are additional duties on parts of the trade of the pair. A
        `Schedule`, or several, adds to the rates of the world; those of export taxes count as such.
    trade_cost : array or mapping, optional
        tau-hat: iceberg trade cost against the baseline; 1 is no change.
    closure : str, or (...) array of str
        "transfers": those of the baseline, fixed in units of world value added; "wages:USA" and
        "consumer_prices:USA": fixed in units of the wages, or of the consumer prices, of one
        region; "balanced": none at all; "purged": none, with changes counted from the balanced
        world at baseline tariffs (see `purged`). All but the last may differ by scenario.
    start : TradeEquilibrium, or (..., M) array of its `point`, optional
        Solutions of the same world to start from, of a batch that broadcasts to this one. They
        save time where they are near, and change answers by rounding only.
    elasticity : (..., S) array, optional
        Trade elasticities by scenario, in place of `world.trade_elasticity`.
    labour_elasticity : (...) array, optional
        Elasticity of Roy-Frechet labour by scenario, in place of that of the world, which must
        have labour that does not move freely.
    compiled : bool, optional
        Use compiled kernels (numba, the extra `fast`), which are written for worlds with
        input-output links. None: where numba is installed and the batch so large that they pay.
        Answers agree to rounding, not to the last bit.
    tariff_unit : {"fraction", "percent"}, optional
        Unit of `tariff` and `export_tax`; rates of `Parts` are fractions. Fractions by default,
        and then rates that look like percentages are refused with a question: one of two decimals
        between 10 and 1,000, or where most that change are above 1 (in a batch: all of them),
        three of them different.

    export_tax : array or mapping, optional
        Ad valorem rates x' on what origins sell, collected by the origin: as `tariff`, and `Parts`
        for parts of the trade. Where both are given by parts, parts of the same name and share are
        one part, and all others cross.
    rent : array or mapping, optional
        Wedges on top of all duties: buyers pay 1 + rent times as much.
    rent_share : float, array or mapping
        Share of those rents that the destination collects; the origin collects the rest.
    taste : array or mapping, optional
        Odds by which the tastes of buyers multiply the share of an origin in what they buy of a
        sector for a use, at unchanged prices; shares are normalised.
    quotas : sequence of Quota
        Limits on volumes. The rates of a quota come on top of `tariff`: one that does not bind,
        without a duty inside, changes nothing.
    line : (int, (K,) array), optional
        An axis of the batch along which one parameter changes, counted from the last (-1), and
        the parameter. Where it has 20 points or more few of them are solved and the others start
        from the polynomial through those (see `SmoothAxis`): several times faster where scenarios
        change smoothly. Answers agree with those without a line to rounding, not to the last bit.

    Returns
    -------
    TradeEquilibrium
        With the broadcast leading axes of all that was given.

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
    assumed = Assumed.read(world, elasticity, labour_elasticity, closure)
    if (assumed.closure == "purged").all():
        world = purged(world)
        assumed = dataclasses.replace(assumed, world=world)
    schedules = _schedules(tariff)
    duties = cast("Wedges | None", tariff)
    if schedules:
        duties, export_tax = _sorted(world, schedules, export_tax)
    asked = Asked.read(
        world,
        tariff=duties,
        trade_cost=trade_cost,
        export_tax=export_tax,
        rent=rent,
        rent_share=rent_share,
        taste=taste,
        tariff_unit=tariff_unit,
        elasticity=assumed.elasticity,
    )
    if isinstance(quotas, Quota):
        raise ParameterError("quotas is one Quota; expected a sequence of them, such as [quota]")
    by_quota = {f"{each.told} ({q})": each.batch for q, each in enumerate(quotas)}
    batch = common_batch({**asked.batches, **by_quota, **assumed.batches})
    if 0 in batch:
        raise DataError(f"tariff and trade_cost have an empty batch {batch}; give one scenario")

    if compiled is None:
        compiled = int(np.prod(batch, dtype=int)) >= COMPILED_FROM and numba_installed()
    along = None if line is None or quotas else SmoothAxis.read(*line, batch)
    begin = None
    if start is not None:
        known = start.point() if isinstance(start, TradeEquilibrium) else start
        begin = np.broadcast_to(known, (*batch, system_of(world).unknowns))

    def solved(
        begin: Array | None,
        by_pair: Mapping[tuple[int, int], tuple[QuotaWedge, ...]] | None = None,
        grants: Grants | None = None,
        accuracy: float = TRADE_RESIDUAL,
    ) -> TradeEquilibrium:
        shocks = asked.shocks(batch, by_pair)
        return _solved(assumed, shocks, begin, bool(compiled), grants, accuracy, along)

    if not quotas:
        return solved(begin)
    return with_quotas(world, quotas, batch, solved, asked.border, asked.crossed, begin)


def _schedules(given: object) -> list[Schedule]:
    """Schedules that were given in place of rates; none where rates were."""
    several = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    found = [each for each in several if isinstance(each, Schedule)]
    return found if len(found) == len(several) else []


def _solved(
    assumed: Assumed,
    shocks: Shocks,
    start: Array | None,
    compiled: bool,
    grants: Grants | None,
    accuracy: float,
    line: SmoothAxis | None,
) -> TradeEquilibrium:
    batch = shocks.batch
    begin = None if start is None else start.reshape(-1, start.shape[-1])
    world = assumed.world
    problems = Batch(
        system=system_of(world),
        shocks=shocks,
        transfer=np.zeros_like(world.transfer) if assumed.balanced else world.transfer,
        income=world.income,
        apart=np.zeros(int(np.prod(batch, dtype=int)), dtype=bool),
        grants=grants,
        assumptions=assumed.draws(),
        draw=assumed.draw_of(batch) if assumed.own else None,
    )
    results = problems.solve(begin, line=line, compiled=compiled, accuracy=accuracy)
    shaped: dict[str, Any] = {
        name: values.reshape(batch + values.shape[1:]) for name, values in results.items()
    }
    residual = shaped.pop("residual")
    evaluations = shaped.pop("evaluations").astype(np.int64)
    good = residual <= TRADE_RESIDUAL
    status = np.broadcast_to(TradeStatus.CONVERGED.value, batch)
    if not good.all():
        status = np.where(good, status, TradeStatus.NOT_CONVERGED.value)
    return TradeEquilibrium(
        world=world,
        batch=problems,
        ev=(shaped["welfare"] - 1.0) * world.income,
        residual=residual,
        status=status,
        evaluations=evaluations,
        closure=assumed.closure if assumed.closure.ndim else str(assumed.closure),
        horizon=assumed.horizon,
        elasticity=assumed.trade_elasticity,
        labour_elasticity=assumed.labour,
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
