"""`gradient`: derivatives of any result by all tariffs and trade costs, for one linear solve.

The equations are pulled back once (reverse mode, by hand). The adjoint system, transposed Jacobian
times multipliers = derivative of the result by the unknowns, is never formed: it is solved by the
same preconditioned Broyden iteration as the equations themselves, at about the same cost.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import DataError, ParameterError, nearest
from negotiation.tolerances import ADJOINT_ENOUGH, ADJOINT_TARGET
from negotiation.trade.checks import Array
from negotiation.trade.equilibrium import TradeEquilibrium
from negotiation.trade.jacobian import Seed, jacobian, preconditioner, pull
from negotiation.trade.solver import broyden
from negotiation.trade.sourcing import padded
from negotiation.trade.system import Scenarios, State, evaluate

#: Results that have a derivative, and how many axes they have after the batch: region, sector, use.
RESULTS = {
    "welfare": 1,
    "ev": 1,
    "income": 1,
    "wage": 1,
    "tariff_revenue": 1,
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
    at_index : (..., N, S, 2, 2) array
        Derivatives by what a buyer's purchases cost (last axis: the log of P-hat ** -theta, and
        the part of spending that reaches sellers).
    at_output : (..., N, S) array
        Derivatives by demand for the output of a seller.
    residual : (...) array
        Largest gap in the adjoint equations, relative to their right-hand side.
    """

    equilibrium: TradeEquilibrium
    at_index: Array
    at_output: Array
    residual: Array

    @property
    def converged(self) -> NDArray[np.bool_]:
        """(...) whether the adjoint equations were solved; elsewhere derivatives are NaN."""
        return self.residual <= ADJOINT_ENOUGH

    @cached_property
    def tariff(self) -> Array:
        """(..., N, N, S, 2) derivatives by the rates t'."""
        return self._by(slice(None), slice(None))[0]

    @cached_property
    def trade_cost(self) -> Array:
        """(..., N, N, S, 2) derivatives by tau-hat."""
        return self._by(slice(None), slice(None))[1]

    def tariff_on(self, origin: str, destination: str) -> Array:
        """(..., S, 2) derivatives by the rates on one pair, without building the rest."""
        return self._pair(origin, destination)[0]

    def trade_cost_on(self, origin: str, destination: str) -> Array:
        """(..., S, 2) derivatives by tau-hat of one pair."""
        return self._pair(origin, destination)[1]

    def _pair(self, origin: str, destination: str) -> tuple[Array, Array]:
        world = self.equilibrium.world
        i, n = world.region(origin), world.region(destination)
        found = self._by(slice(i, i + 1), slice(n, n + 1))
        return found[0][..., 0, 0, :, :], found[1][..., 0, 0, :, :]

    def _by(self, origins: slice, buyers: slice) -> tuple[Array, Array]:
        """Derivatives by tariffs and by trade costs: (..., I, N, S, 2)."""
        at, world = self.equilibrium, self.equilibrium.world
        theta = world.trade_elasticity[:, None]
        pair = (origins, buyers)
        tariff, cost = (each.block(pair) for each in at.batch.given)
        change = (1.0 + tariff) / (1.0 + world.tariff[pair]) * cost
        price = change * at.unit_cost[..., origins, None, :, None]
        share = world.share[pair] * (price / at.prices[..., None, buyers, :, :]) ** -theta
        sold = at.spending[..., None, buyers, :, :] * self.at_output[..., origins, None, :, None]
        found = by_flow(theta, share, tariff, self.at_index[..., None, buyers, :, :, :], sold)
        return found[0], found[1] / cost


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
    """Differentiate a weighted sum of results by every tariff and trade cost.

    Parameters
    ----------
    equilibrium : TradeEquilibrium
        With B scenarios or none.
    of : mapping of str to array
        Weights of the results, by name: `welfare`, `ev`, `income`, `wage`, `tariff_revenue`
        (..., N); `unit_cost`, `output`, `employment`, `real_value_added`, `real_output`
        (..., N, S); `prices`, `spending` (..., N, S, 2). `{"welfare": [0, 1, 0]}` asks for the
        welfare of the second of three regions.

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
    """
    batch = equilibrium.residual.shape
    total = int(np.prod(batch, dtype=int))
    seeds = {name: _weights(equilibrium, name, values) for name, values in of.items()}
    n, s = equilibrium.world.output.shape
    at_index = np.zeros((total, n, s, 2, 2))
    at_output = np.empty((total, n, s))
    residual = np.empty(total)
    points = equilibrium.point().reshape(total, -1)
    points = np.where(np.isfinite(points), points, 0.0)
    for rows, scenarios in equilibrium.batch.chunks():
        lanes = padded(np.arange(len(rows)))
        weights = {name: values[..., rows[lanes]] for name, values in seeds.items()}
        index, output, gap = _solve(scenarios, points[rows[lanes]].T, weights, len(rows))
        uses = index.shape[2]
        at_index[rows, :, :, -uses:] = index[..., : len(rows)].transpose(4, 3, 0, 2, 1)
        at_output[rows] = output[..., : len(rows)].transpose(2, 1, 0)
        residual[rows] = gap[: len(rows)]
    residual[~equilibrium.converged.reshape(total)] = np.inf
    bad = ~(residual <= ADJOINT_ENOUGH)
    at_index[bad], at_output[bad] = np.nan, np.nan
    return Gradient(
        equilibrium,
        at_index.reshape(*batch, n, s, 2, 2),
        at_output.reshape(*batch, n, s),
        residual.reshape(batch),
    )


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
    scenarios: Scenarios, z: Array, weights: dict[str, Array], real: int
) -> tuple[Array, Array, Array]:
    """Multipliers of a chunk, and what they imply: by index, by output, and the residual."""
    with np.errstate(all="ignore"):
        at = evaluate(scenarios, z)
        seed = Seed.of(scenarios, at, weights)
        right, _, _ = pull(scenarios, at, seed, np.zeros_like(z))
        scale = np.abs(right).max(axis=0)
        # A result that no unknown moves has multipliers of zero.
        problem = _Adjoint(scenarios, at, seed, np.where(scale > 0.0, scale, 1.0))

        def look(here: _Adjoint, multipliers: Array) -> tuple[Array, Array]:
            residual, _, _ = pull(here.scenarios, here.at, here.seed, multipliers)
            gap = np.abs(residual).max(axis=0) / here.scale
            return residual, np.where(np.isfinite(gap), gap, np.inf)

        inverse = preconditioner(scenarios.system).T
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
        _, by_index, by_output = pull(scenarios, at, seed, multipliers)
    return by_index, by_output, gap
