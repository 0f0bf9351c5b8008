"""What a country would lose if a seller were cut off: closed forms, and the counterfactual."""

from __future__ import annotations

import numpy as np

from negotiation.errors import ParameterError
from negotiation.trade.checks import FINAL, INTERMEDIATE, Array
from negotiation.trade.equilibrium import TradeEquilibrium, counterfactual
from negotiation.trade.world import World

#: What is left of the flows that `cut_off` ends, at unchanged prices. Small enough for welfare to
#: be that of no trade at all to about this number, and no zero, so that a sector with a single
#: seller has a price.
_LEFT = 1e-12


def exclusion_power(world: World) -> Array:
    """(N, N) log points of real income that n would lose without seller j: the score L6.

    The sum of `exclusion_power_by_sector` over sectors::

        L6[j, n] = sum_s beta_ns / theta_s * (-ln(1 - omega_jns))

    with beta the share of sector s in the final expenditure of n and omega the share of j in the
    final purchases of s by n, both with tariffs. This is the rise of the consumer price index of n
    when j is taken from the choice of sellers and costs elsewhere stay (Arkolakis, Costinot and
    Rodriguez-Clare 2012, with 1 - omega in place of the share of home). Purchases of inputs are
    left out; `exclusion_power_with_inputs` has them.

    The exact loss, -ln of the welfare of n in `cut_off`, differs because inputs are lost too, wages
    and costs adjust, tariff revenue on the lost imports goes, and n's own sales to j do not stay as
    they are. Infinite where n buys a sector from j only; the diagonal is NaN.
    """
    return np.asarray(exclusion_power_by_sector(world).sum(axis=-1))


def exclusion_power_by_sector(world: World) -> Array:
    """(N, N, S) parts of `exclusion_power` [j, n] from each sector; they sum to it."""
    return _weighted(world.final_share, _dearer(world)[..., FINAL])


def exclusion_power_with_inputs(world: World) -> Array:
    """(N, N) log points of real income that n would lose without seller j, inputs counted.

    As `exclusion_power`, but the rise of input prices is passed on through the input-output links
    of n: with d_su = -ln(1 - omega_su) / theta_s for either use, unit costs rise by the solution of
    c_s = sum_k a_ks (c_k + d_k,intermediate) and the loss is sum_s alpha_s (c_s + d_s,final)
    (Costinot and Rodriguez-Clare 2014, with tradable intermediate goods).

    All other sellers' prices are taken to rise with those of home. Where j is the only other
    region, trade is balanced and there are no tariffs, the loss is that of autarky and exact.
    Infinite where n depends on a sector that it buys from j only; the diagonal is NaN.
    """
    dearer = _dearer(world)
    # Weight of input prices in the consumer prices of n, through all stages.
    stages = np.eye(len(world.sectors)) - world.input_share
    passed = np.linalg.solve(stages, world.final_share[..., None])
    inputs = np.matmul(world.input_share, passed)[..., 0]  # (n, input)
    lost = _weighted(inputs, dearer[..., INTERMEDIATE])
    lost = lost + _weighted(world.final_share, dearer[..., FINAL])
    return np.asarray(lost.sum(axis=-1))


def cut_off(
    world: World,
    buyer: str,
    seller: str,
    *,
    both_ways: bool = False,
    closure: str = "transfers",
) -> TradeEquilibrium:
    """Solve the trade equilibrium in which a buyer buys nothing more from a seller.

    The trade cost of each of these flows is so high that, at unchanged prices, 1e-12 of it is left.
    -ln of the buyer's `welfare` is the exact loss that `exclusion_power` approximates.

    Parameters
    ----------
    buyer, seller : str
        Codes.
    both_ways : bool
        End the buyer's sales to the seller too.
    closure : str
        As in `counterfactual`.

    Raises
    ------
    ParameterError
        A country that is not in the data, or the same twice.
    """
    if buyer == seller:
        raise ParameterError(f"'{buyer}' is given twice; name a buyer and another seller")
    prohibitive = (_LEFT ** (-1.0 / world.trade_elasticity))[:, None]
    cost = {(seller, buyer): prohibitive}
    if both_ways:
        cost[buyer, seller] = prohibitive
    return counterfactual(world, trade_cost=cost, closure=closure)


def _dearer(world: World) -> Array:
    """(N, N, S, 2) log rise of the price index of n in each sector and use without seller j.

    NaN for j = n: a country does not exclude itself.
    """
    with np.errstate(divide="ignore"):
        dearer = -np.log1p(-np.minimum(world.share, 1.0)) / world.trade_elasticity[:, None]
    dearer[np.arange(len(dearer)), np.arange(len(dearer))] = np.nan
    return np.asarray(dearer)


def _weighted(share: Array, lost: Array) -> Array:
    """Share (N, S) times loss (N, N, S); an infinite loss of what is not bought is none."""
    counted = np.where((share > 0.0) | np.isnan(lost), lost, 0.0)
    return np.asarray(share * counted)
