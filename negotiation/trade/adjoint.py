"""`gradient`: derivatives of any result by all wedges, for one linear solve.

The equations are pulled back once (reverse mode, by hand). The adjoint system, transposed Jacobian
times multipliers = derivative of the result by the unknowns, is never formed: it is solved by the
same preconditioned Broyden iteration as the equations themselves, at about the same cost.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import DataError, ParameterError, nearest
from negotiation.tolerances import ADJOINT_ENOUGH, ADJOINT_TARGET
from negotiation.trade.checks import Array
from negotiation.trade.equilibrium import TradeEquilibrium
from negotiation.trade.given import Pair
from negotiation.trade.inverses import Dense
from negotiation.trade.jacobian import Pulled, Seed, jacobian, preconditioner, pull
from negotiation.trade.quotas import Fixed, fixed_by
from negotiation.trade.solver import broyden
from negotiation.trade.sourcing import padded
from negotiation.trade.system import Scenarios, State, evaluate
from negotiation.trade.wedges import PairWedges

#: Results that have a derivative, and how many axes they have after the batch: region, sector, use.
RESULTS = {
    "welfare": 1,
    "ev": 1,
    "income": 1,
    "wage": 1,
    "tariff_revenue": 1,
    "export_tax_revenue": 1,
    "unit_cost": 2,
    "output": 2,
    "real_value_added": 2,
    "employment": 2,
    "real_output": 2,
    "prices": 3,
    "spending": 3,
}


@dataclasses.dataclass(frozen=True, eq=False)
class Gradient:
    """Derivatives of one number per scenario, at an equilibrium.

    Attributes
    ----------
    equilibrium : TradeEquilibrium
    at_index : (..., N, S, 2, 3) array
        Derivatives by what a buyer's purchases cost (last axis: the log of the sum of weights, the
        part of spending that reaches sellers, and the log of P-hat ** -theta by itself).
    at_output : (..., N, S) array
        Derivatives by demand for the output of a seller.
    at_home, at_abroad : (..., N) arrays
        Derivatives by a dollar that a region collects of its own spending, and of that of others.
    residual : (...) array
        Largest gap in the adjoint equations, relative to their right-hand side.
    at_volume, at_border : mapping of (origin, destination) positions to (..., S, 2) arrays
        Derivatives by the logs of volumes under quotas, at given prices and spending, and by the
        logs of their prices before duty at given producers' prices.
    """

    equilibrium: TradeEquilibrium
    at_index: Array
    at_output: Array
    at_home: Array
    at_abroad: Array
    residual: Array
    at_volume: Mapping[Pair, Array] = dataclasses.field(default_factory=dict)
    at_border: Mapping[Pair, Array] = dataclasses.field(default_factory=dict)

    @property
    def converged(self) -> NDArray[np.bool_]:
        """(...) whether the adjoint equations were solved; elsewhere derivatives are NaN."""
        return self.residual <= ADJOINT_ENOUGH

    @cached_property
    def tariff(self) -> Array:
        """(..., N, N, S, 2) derivatives by the rates t'; of parts, by a rise of all rates alike."""
        return self._all("tariff")

    @cached_property
    def trade_cost(self) -> Array:
        """(..., N, N, S, 2) derivatives by tau-hat."""
        return self._all("trade_cost")

    @cached_property
    def export_tax(self) -> Array:
        """(..., N, N, S, 2) derivatives by export taxes; of parts, by a rise of all rates alike."""
        return self._all("export_tax")

    @cached_property
    def rent(self) -> Array:
        """(..., N, N, S, 2) derivatives by rents on top of duties."""
        return self._all("rent")

    @cached_property
    def taste(self) -> Array:
        """(..., N, N, S, 2) derivatives by the odds of tastes."""
        return self._all("taste")

    def tariff_on(self, origin: str, destination: str) -> Array:
        """(..., S, 2) derivatives by the rates on one pair, without building the rest."""
        return self._pair(origin, destination, "tariff")

    def trade_cost_on(self, origin: str, destination: str) -> Array:
        """(..., S, 2) derivatives by tau-hat of one pair."""
        return self._pair(origin, destination, "trade_cost")

    def export_tax_on(self, origin: str, destination: str) -> Array:
        """(..., S, 2) derivatives by the export taxes of one pair."""
        return self._pair(origin, destination, "export_tax")

    def rent_on(self, origin: str, destination: str) -> Array:
        """(..., S, 2) derivatives by the rents of one pair."""
        return self._pair(origin, destination, "rent")

    def taste_on(self, origin: str, destination: str) -> Array:
        """(..., S, 2) derivatives by the odds of tastes for one origin at one destination."""
        return self._pair(origin, destination, "taste")

    def _pair(self, origin: str, destination: str, what: str) -> Array:
        world = self.equilibrium.world
        return self._by(world.region(origin), world.region(destination), what)

    def _all(self, what: str) -> Array:
        world = self.equilibrium.world
        if what in ("tariff", "trade_cost") and not self.equilibrium.batch.shocks.cells:
            every = slice(None)
            return self._plain(every, every, what)
        n = range(len(world.regions))
        rows = [np.stack([self._by(i, j, what) for j in n], axis=-3) for i in n]
        return np.stack(rows, axis=-4)

    def _plain(self, origins: slice, buyers: slice, what: str) -> Array:
        """Derivatives by tariffs or by trade costs where duties are plain: (..., I, N, S, 2)."""
        at, world = self.equilibrium, self.equilibrium.world
        theta = at.elasticity[..., None, None, :, None]
        pair = (origins, buyers)
        shocks = at.batch.shocks
        tariff, cost = shocks.tariff.block(pair), shocks.cost.block(pair)
        change = (1.0 + tariff) / (1.0 + world.tariff[pair]) * cost
        price = change * at.unit_cost[..., origins, None, :, None]
        share = at.tastes[(..., *pair, slice(None), slice(None))]
        share = share * (price / at.prices[..., None, buyers, :, :]) ** -theta
        sold = at.spending[..., None, buyers, :, :] * self.at_output[..., origins, None, :, None]
        index = self.at_index[..., None, buyers, :, :, :]
        by_rate, by_cost = by_flow(theta, share, tariff, index, sold)
        return by_rate if what == "tariff" else by_cost / cost

    def _by(self, origin: int, buyer: int, what: str) -> Array:
        """(..., S, 2) derivatives by a wedge of one pair, whatever else there is on it."""
        at, world = self.equilibrium, self.equilibrium.world
        shocks = at.batch.shocks
        pair = (slice(origin, origin + 1), slice(buyer, buyer + 1))
        cell = shocks.cells.get((origin, buyer))
        if cell is None and what in ("tariff", "trade_cost"):
            return self._plain(*pair, what)[..., 0, 0, :, :]
        theta = at.elasticity[..., None]
        if cell is None:
            rates = shocks.tariff.block(pair)[..., 0, 0, :, :]
            none = np.zeros((1, 1))
            cell = PairWedges(world.tariff[origin, buyer], rates, none, none, none + 1.0)
        wedge = cell.at(theta)
        cost = shocks.cost.block(pair)[..., 0, 0, :, :]
        change = wedge.factor / (1.0 + world.tariff[origin, buyer]) * cost
        price = change * at.unit_cost[..., origin, :, None] / at.prices[..., buyer, :, :]
        base = at.tastes[..., origin, buyer, :, :]
        share = base * price**-theta
        spending = at.spending[..., buyer, :, :]
        index = self.at_index[..., buyer, :, :, :]
        # By the log of the weight, of spending per dollar that reaches sellers, and by the part
        # of a dollar that the origin collects.
        net = (index[..., 1] + spending * self.at_output[..., origin, :, None]) / wedge.over
        per_dollar = self.at_abroad[..., origin] - self.at_home[..., buyer]
        by_part = share * spending * per_dollar[..., None, None]
        by_volume = self.at_volume.get((origin, buyer), 0.0)
        by_over = share * net + by_volume
        by_weight = share * index[..., 0] + by_over + by_part * wedge.export
        if what == "trade_cost":
            return np.asarray(-theta * by_weight / cost)
        if what == "taste":
            odds: Array | float = 1.0
            if shocks.taste is not None:
                odds = shocks.taste.block(pair)[..., 0, 0, :, :]
            # Shares are normalised: the index falls back by what the origin had gained.
            return np.asarray((by_weight - base * index[..., 2]) / odds)
        name = {"tariff": "duty", "export_tax": "tax"}.get(what, what)
        tilted = cell.at(theta, **{name: _TINY * 1j})
        log_factor = tilted.factor.imag / _TINY / wedge.factor
        log_over = tilted.over.imag / _TINY / wedge.over
        part = np.imag(tilted.export) / _TINY
        found = -theta * log_factor * by_weight - by_over * log_over + by_part * part
        if (origin, buyer) in self.at_border:
            moved = np.imag(tilted.border) / _TINY / wedge.border
            found = found + self.at_border[origin, buyer] * moved
        return np.asarray(found)

    def less(self, others: Sequence[Gradient], factors: Array) -> Gradient:
        """Take others, times factors (K, ...), away from this one."""

        def sum_of(name: str) -> Array:
            total = getattr(self, name)
            for each, factor in zip(others, factors, strict=True):
                values = getattr(each, name)
                lift = factor.reshape(*factor.shape, *[1] * (values.ndim - factor.ndim))
                total = total - lift * values
            return np.asarray(total)

        def by_pair(name: str) -> dict[Pair, Array]:
            total: dict[Pair, Array] = dict(getattr(self, name))
            for each, factor in zip(others, factors, strict=True):
                for pair, values in getattr(each, name).items():
                    total[pair] = total.get(pair, 0.0) - factor[..., None, None] * values
            return total

        return dataclasses.replace(
            self,
            at_index=sum_of("at_index"),
            at_output=sum_of("at_output"),
            at_home=sum_of("at_home"),
            at_abroad=sum_of("at_abroad"),
            at_volume=by_pair("at_volume"),
            at_border=by_pair("at_border"),
            residual=np.max([self.residual, *(each.residual for each in others)], axis=0),
        )


#: An imaginary step: derivatives by it have no rounding but that of the function.
_TINY = 1e-30


def by_flow(
    theta: Array, share: Array, tariff: Array, at_index: Array, sold: Array
) -> tuple[Array, Array]:
    """Derivatives by the rate and by the log trade cost of flows, from those of a `Gradient`.

    Parameters
    ----------
    share : array
        Shares of the flows in spending, under the rates `tariff`.
    at_index : array
        `Gradient.at_index` of their buyers.
    sold : array
        Spending of their buyers times `Gradient.at_output` of their sellers.
    """
    net = (at_index[..., 1] + sold) / (1.0 + tariff)
    by_cost = -theta * share * (at_index[..., 0] + net)
    return (by_cost - share * net) / (1.0 + tariff), by_cost


def gradient(equilibrium: TradeEquilibrium, of: Mapping[str, ArrayLike]) -> Gradient:
    """Differentiate a weighted sum of results by every wedge: tariffs, trade costs and all others.

    Parameters
    ----------
    equilibrium : TradeEquilibrium
        With B scenarios or none.
    of : mapping of str to array
        Weights of the results, by name: `welfare`, `ev`, `income`, `wage`, `tariff_revenue`,
        `export_tax_revenue` (..., N); `unit_cost`, `output`, `employment`, `real_value_added`,
        `real_output` (..., N, S); `prices`, `spending` (..., N, S, 2). `{"welfare": [0, 1, 0]}`
        asks for the welfare of the second of three regions.

    Returns
    -------
    Gradient
        NaN in scenarios that had not converged.

    Raises
    ------
    ParameterError
        A result that is not known.
    DataError
        Weights that do not fit.

    Notes
    -----
    The adjoint method: implicit differentiation with one transposed solve whatever the number of
    tariffs. Derivatives of NaN results (where nothing was made) must have weight zero.

    Where a quota binds its wedge moves so that the volume stays; that takes one more linear solve
    for each quota. At the border of two regimes the derivative is that within the reported one.
    """
    seeds = {name: _weights(equilibrium, name, values) for name, values in of.items()}
    found = _gradient(equilibrium, seeds)
    return _through_quotas(found) if equilibrium.quotas else found


def _gradient(
    equilibrium: TradeEquilibrium,
    seeds: Mapping[str, Array],
    volumes: Mapping[Pair, Array] | None = None,
) -> Gradient:
    """Differentiate at given wedges of quotas; `volumes` as in `Seed.of`, batch first."""
    batch = equilibrium.residual.shape
    total = int(np.prod(batch, dtype=int))
    volumes = volumes or {}
    n, s = equilibrium.world.output.shape
    at_index = np.zeros((total, n, s, 2, 3))
    at_output = np.empty((total, n, s))
    at_home, at_abroad = np.empty((total, n)), np.empty((total, n))
    residual = np.empty(total)
    points = equilibrium.point().reshape(total, -1)
    points = np.where(np.isfinite(points), points, 0.0)
    for rows, scenarios in equilibrium.batch.chunks():
        lanes = padded(np.arange(len(rows)))
        weights = {name: values[..., rows[lanes]] for name, values in seeds.items()}
        here = {
            pair: np.moveaxis(values.reshape(total, s, 2)[rows[lanes]], 0, -1)
            for pair, values in volumes.items()
        }
        found, gap = _solve(scenarios, points[rows[lanes]].T, weights, here, len(rows))
        uses, real = found.index.shape[2], slice(len(rows))
        at_index[rows, :, :, -uses:, :2] = found.index[..., real].transpose(4, 3, 0, 2, 1)
        at_index[rows, :, :, -uses:, 2] = found.price[..., real].transpose(3, 2, 0, 1)
        at_output[rows] = found.output[..., real].transpose(2, 1, 0)
        at_home[rows], at_abroad[rows] = found.home[..., real].T, found.abroad[..., real].T
        residual[rows] = gap[: len(rows)]
    residual[~equilibrium.converged.reshape(total)] = np.inf
    bad = ~(residual <= ADJOINT_ENOUGH)
    for values in (at_index, at_output, at_home, at_abroad):
        values[bad] = np.nan
    return Gradient(
        equilibrium,
        at_index.reshape(*batch, n, s, 2, 3),
        at_output.reshape(*batch, n, s),
        at_home.reshape(*batch, n),
        at_abroad.reshape(*batch, n),
        residual.reshape(batch),
        volumes,
    )


def _through_quotas(at_given_wedges: Gradient) -> Gradient:
    """Let the wedges of binding quotas move, and the rents that exceeded ones leave to origins.

    Each quota has one unknown and one equation: its wedge keeps the log of its volume, or its rent
    is what prices and the shares of its cells make of it.
    """
    equilibrium = at_given_wedges.equilibrium
    fixed: list[Fixed] = []
    equations: list[Gradient] = []
    for result in equilibrium.quotas:
        each = fixed_by(equilibrium, result)
        if each.volume.any() or each.border.any():
            fixed.append(each)
            found = _gradient(equilibrium, {}, {each.pair: each.volume})
            equations.append(dataclasses.replace(found, at_border={each.pair: each.border}))
    if not fixed:
        return at_given_wedges

    def by_unknowns(found: Gradient) -> Array:
        """(..., Q) derivatives by the unknowns of the quotas."""
        rows = []
        for each in fixed:
            origin, buyer = each.pair
            wedge = np.where(each.where, found._by(origin, buyer, "quota"), 0.0).sum(axis=(-2, -1))
            rent = found.at_abroad[..., origin] - found.at_home[..., buyer]
            rows.append(np.where(each.binding, wedge, np.where(each.exceeded, rent, 0.0)))
        return np.stack(rows, axis=-1)

    matrix = np.stack([by_unknowns(each) for each in equations], axis=-2)
    for q, each in enumerate(fixed):
        # The rent is less what makes it; where nothing is unknown it stays as it is.
        matrix[..., q, q] += np.where(each.binding, 0.0, 1.0)
    good = np.isfinite(matrix).all(axis=(-2, -1))
    matrix[~good] = np.eye(len(fixed))
    right = by_unknowns(at_given_wedges)[..., None]
    factors = np.asarray(np.linalg.solve(np.swapaxes(matrix, -1, -2), right)[..., 0], dtype=float)
    return at_given_wedges.less(equations, np.moveaxis(factors, -1, 0))


def _weights(equilibrium: TradeEquilibrium, name: str, given: ArrayLike) -> Array:
    """Check the weights of a result; the batch, flattened, goes last."""
    if name not in RESULTS:
        raise ParameterError(
            f"result '{name}' has no gradient{nearest(name, RESULTS)}; choose from "
            f"{', '.join(RESULTS)}"
        )
    n, s = equilibrium.world.output.shape
    shape = (n, s, 2)[: RESULTS[name]]
    batch = equilibrium.residual.shape
    try:
        weights = np.broadcast_to(np.asarray(given, dtype=float), (*batch, *shape))
    except (TypeError, ValueError):
        raise DataError(
            f"weights of {name} have shape {np.shape(given)}; expected (..., "
            f"{', '.join(map(str, shape))}), with the batch {batch} before it"
        ) from None
    return np.moveaxis(weights.reshape(-1, *shape), 0, -1)


#: Of the size of a result: derivatives by unknowns that are less are rounding.
_NOTHING = 1e-13


@dataclasses.dataclass(frozen=True, eq=False)
class _Adjoint:
    """What the adjoint equations of some scenarios hold fixed."""

    scenarios: Scenarios
    at: State
    seed: Seed
    scale: Array  # (B,) size of the right-hand side

    @property
    def size(self) -> int:
        return self.scenarios.size

    def take(self, index: NDArray[np.int64]) -> _Adjoint:
        return _Adjoint(
            self.scenarios.take(index),
            self.at.take(index),
            self.seed.take(index),
            self.scale[index],
        )


def _solve(
    scenarios: Scenarios,
    z: Array,
    weights: Mapping[str, Array],
    volumes: Mapping[Pair, Array],
    real: int,
) -> tuple[Pulled, Array]:
    """What the multipliers of a chunk imply, and the residual of their equations."""
    with np.errstate(all="ignore"):
        at = evaluate(scenarios, z)
        seed = Seed.of(scenarios, at, weights, volumes)
        right = pull(scenarios, at, seed, np.zeros_like(z)).unknowns
        scale = np.abs(right).max(axis=0)
        # A result that no unknown moves, but for rounding, has multipliers of zero.
        size = seed.size(at)
        problem = _Adjoint(scenarios, at, seed, np.where(scale > _NOTHING * size, scale, size))

        def look(here: _Adjoint, multipliers: Array) -> tuple[Array, Array]:
            residual = pull(here.scenarios, here.at, here.seed, multipliers).unknowns
            gap = np.abs(residual).max(axis=0) / here.scale
            return residual, np.where(np.isfinite(gap), gap, np.inf)

        inverse = Dense(preconditioner(scenarios.system).T)
        multipliers, gap, _ = broyden(
            problem, look, inverse, np.zeros_like(z), (ADJOINT_TARGET, ADJOINT_ENOUGH)
        )
        for lane in np.flatnonzero(gap[:real] > ADJOINT_ENOUGH):
            one = np.array([lane])
            try:
                matrix = jacobian(scenarios.take(one), z[:, one])
                multipliers[:, lane] = -np.linalg.solve(matrix.T, right[:, lane])
            except np.linalg.LinAlgError:
                continue
            gap[lane] = look(problem.take(one), multipliers[:, one])[1][0]
        found = pull(scenarios, at, seed, multipliers)
    return found, gap
