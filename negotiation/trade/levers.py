"""Levers of a trade model as iceberg trade costs and duties, ready for `counterfactual`.

Each function returns an array over (..., N, N, S, 2): trade costs to be multiplied together, duties
to be added to the tariffs in force. Rates may carry leading batch axes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from negotiation.trade.world import INTERMEDIATE, Array, World


def duty(world: World, origin: str, destination: str, rate: ArrayLike) -> Array:
    """Additional ad valorem rates (..., S, 2) that `destination` charges on `origin`."""
    rates = np.asarray(rate, dtype=float)
    rates = np.broadcast_to(rates, np.broadcast_shapes(rates.shape, (len(world.sectors), 2)))
    added = np.zeros((*rates.shape[:-2], *world.flows.shape))
    added[..., world.region(origin), world.region(destination), :, :] = rates
    return added


def diversification(
    world: World, origin: str, away_from: str, markets: Sequence[str], share: ArrayLike
) -> Array:
    """Trade cost to other markets at which they would take a share of today's sales to one.

    At unchanged prices the markets together buy `share` of the sales of `origin` to `away_from`
    on top of what they buy today: psi = 1 + share * X_away / X_markets and tau-hat =
    psi ** (-1/theta).
    Where they buy nothing today no trade cost can make them, and nothing changes.

    Parameters
    ----------
    share : (..., S) array
        In [0, 1), by sector.
    """
    delta = np.asarray(share, dtype=float)[..., None]
    home, partner = world.region(origin), world.region(away_from)
    others = [world.region(code) for code in markets]
    sold = world.flows[home, others].sum(axis=0)
    ratio = np.divide(world.flows[home, partner], sold, out=np.zeros_like(sold), where=sold > 0.0)
    cost = (1.0 + delta * ratio) ** (-1.0 / world.trade_elasticity[:, None])
    change = np.ones((*cost.shape[:-2], *world.flows.shape))
    change[..., home, others, :, :] = cost[..., None, :, :]
    return change


def procurement(world: World, buyer: str, seller: str, share: ArrayLike) -> Array:
    """Trade cost at which, at unchanged prices, a share of the seller's sales is displaced.

    tau-hat = (1 - share) ** (-1/theta) on sales of `seller` to `buyer`; `share` is (..., S) in
    [0, 1).
    """
    rho = np.asarray(share, dtype=float)[..., None]
    cost = (1.0 - rho) ** (-1.0 / world.trade_elasticity[:, None])
    cost = np.broadcast_to(cost, np.broadcast_shapes(cost.shape, (len(world.sectors), 2)))
    change = np.ones((*cost.shape[:-2], *world.flows.shape))
    change[..., world.region(seller), world.region(buyer), :, :] = cost
    return change


def integration_loss(world: World, one: str, other: str, sector: str, loss: ArrayLike) -> Array:
    """Trade cost 1 + loss on intermediates of one sector, both ways across a border."""
    iota = np.asarray(loss, dtype=float)
    change = np.ones((*iota.shape, *world.flows.shape))
    a, b, s = world.region(one), world.region(other), world.sector(sector)
    change[..., a, b, s, INTERMEDIATE] = 1.0 + iota
    change[..., b, a, s, INTERMEDIATE] = 1.0 + iota
    return change


def redirected(world: World, origin: str, away_from: str, share: ArrayLike) -> Array:
    """(...) sales in money that a diversification of (..., S) redirects, at unchanged prices."""
    sold = world.flows[world.region(origin), world.region(away_from)].sum(axis=-1)
    return np.asarray((np.asarray(share, dtype=float) * sold).sum(axis=-1))
