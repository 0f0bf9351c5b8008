"""Levers of a trade model as trade costs, tastes, taxes, rents and duties, for `counterfactual`.

Most functions return an array over (..., N, N, S, 2): trade costs to be multiplied together, duties
to be added to the tariffs in force. Those of third markets return a mapping of pairs. Rates may
carry leading batch axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from negotiation.errors import ParameterError
from negotiation.trade.assumptions import trade_elasticity
from negotiation.trade.world import INTERMEDIATE, USES, Array, World

#: Share of income beyond which subsidies are refused.
_MOST_SUBSIDY = 0.5


def duty(world: World, origin: str, destination: str, rate: ArrayLike) -> Array:
    """Additional ad valorem rates (..., S, 2) that `destination` charges on `origin`."""
    rates = np.asarray(rate, dtype=float)
    rates = np.broadcast_to(rates, np.broadcast_shapes(rates.shape, (len(world.sectors), 2)))
    added = np.zeros((*rates.shape[:-2], *world.flows.shape))
    added[..., world.region(origin), world.region(destination), :, :] = rates
    return added


def growth(
    world: World, origin: str, away_from: str, markets: Sequence[str], share: ArrayLike
) -> Array:
    """Growth psi of sales to other markets that takes a share of today's sales to one; (..., S, 2).

    At unchanged prices the markets together buy `share` of the sales of `origin` to `away_from`
    on top of what they buy today: psi = 1 + share * X_away / X_markets. Where they buy nothing
    today they cannot buy more, and nothing changes.

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
    return np.asarray(1.0 + delta * ratio)


def price_cut(world: World, psi: Array, elasticity: ArrayLike | None = None) -> Array:
    """Cut in prices, a fraction, that would do what a growth psi of sales does; (..., S, 2).

    Parameters
    ----------
    elasticity : (..., S) array, optional
        Trade elasticities by scenario, in place of those of the world.
    """
    return np.asarray(1.0 - psi ** (-1.0 / _theta(world, elasticity)))


def tastes(
    world: World, origin: str, markets: Sequence[str], psi: Array
) -> dict[tuple[str, str], Array]:
    """Odds of tastes under which the markets buy psi times as much at unchanged prices.

    The share of the origin in what a market buys, pi, becomes psi * pi, and those of the others
    fall together.

    Raises
    ------
    ParameterError
        Where a market buys no more than psi times what it buys of the origin today, from all
        origins together; the message names the market and the sector.
    """
    found = {}
    for market in markets:
        share = world.share[world.region(origin), world.region(market)]
        wanted = share * psi
        full = (wanted >= 1.0).any(axis=tuple(range(wanted.ndim - 2)))
        if full.any():
            s, use = (int(each[0]) for each in np.nonzero(full))
            most = float(psi[..., s, use].max())
            raise ParameterError(
                f"{market} cannot buy so much more of {origin}: {times(most)} times today's sales "
                f"in sector {world.sectors[s]} ({USES[use]} use) are more than it buys from all "
                f"origins, of which {origin} has {share[s, use]:.1%}; open more markets, or "
                "redirect less"
            )
        found[origin, market] = psi * (1.0 - share) / (1.0 - wanted)
    return found


def subsidies(
    world: World,
    origin: str,
    markets: Sequence[str],
    psi: Array,
    elasticity: ArrayLike | None = None,
) -> dict[tuple[str, str], Array]:
    """Export taxes, negative, that cut prices by as much as a growth psi of sales takes.

    Raises
    ------
    ParameterError
        Where the origin cannot pay: at unchanged prices the subsidies would take more than half of
        its income, beyond which there may be no equilibrium to find. The message names the market
        and the sector that take most.
    """
    cut, home = price_cut(world, psi, elasticity), world.region(origin)
    sold = world.flows[home, [world.region(code) for code in markets]]
    # Buyers spend psi times as much, at prices that are lower: volumes grow by more.
    paid = (psi * cut / (1.0 - cut))[..., None, :, :] * sold
    bill = paid.sum(axis=(-3, -2, -1)) / world.income[home]
    if np.any(bill > _MOST_SUBSIDY):
        worst = paid.reshape(-1, *sold.shape)[np.argmax(bill)]
        m, s, use = (int(each) for each in np.unravel_index(worst.argmax(), worst.shape))
        raise ParameterError(
            f"{origin} cannot pay such subsidies: at unchanged prices they would take "
            f"{bill.max():.0%} of its income, most of it on sales to {markets[m]} in sector "
            f"{world.sectors[s]} ({USES[use]} use); open more markets, or redirect less"
        )
    return {(origin, market): -cut for market in markets}


def times(growth: float) -> str:
    """Format how many times today's sales something is: few digits, and no power of ten."""
    return f"{growth:.2g}" if growth < 10.0 else f"{growth:,.0f}"


class Effort(NamedTuple):
    """What diversification asks of one market in one sector."""

    market: str
    sector: str
    sales: float
    growth: float
    price_cut: float


def efforts(
    world: World,
    origin: str,
    markets: Sequence[str],
    psi: Array,
    elasticity: ArrayLike | None = None,
) -> tuple[Effort, ...]:
    """Growth of sales and the price cut that would do it, by market and sector, the largest first.

    Parameters
    ----------
    psi : (S, 2) array
    elasticity : (S,) array, optional
    """
    cut = price_cut(world, psi, elasticity)
    found = []
    for market in markets:
        sold = world.flows[world.region(origin), world.region(market)]
        for s, sector in enumerate(world.sectors):
            total = float(sold[s].sum())
            if total > 0.0 and (psi[s] > 1.0).any():
                more = float((sold[s] * (psi[s] - 1.0)).sum()) / total
                less = float((sold[s] * cut[s]).sum()) / total
                found.append(Effort(market, sector, total, more, less))
    return tuple(sorted(found, key=lambda each: -each.growth))


def diversification(
    world: World,
    origin: str,
    away_from: str,
    markets: Sequence[str],
    share: ArrayLike,
    elasticity: ArrayLike | None = None,
) -> Array:
    """Trade cost to other markets at which they would take a share of today's sales to one.

    tau-hat = psi ** (-1/theta), with psi of `growth`: a real saving, on goods that go there already
    too. Where the markets buy nothing today no trade cost can make them, and nothing changes.

    Parameters
    ----------
    share : (..., S) array
        In [0, 1), by sector.
    elasticity : (..., S) array, optional
        Trade elasticities by scenario, in place of those of the world.
    """
    others = [world.region(code) for code in markets]
    psi = growth(world, origin, away_from, markets, share)
    cost = psi ** (-1.0 / _theta(world, elasticity))
    change = np.ones((*cost.shape[:-2], *world.flows.shape))
    change[..., world.region(origin), others, :, :] = cost[..., None, :, :]
    return change


def procurement(
    world: World,
    buyer: str,
    seller: str,
    share: ArrayLike,
    elasticity: ArrayLike | None = None,
) -> Array:
    """Trade cost at which, at unchanged prices, a share of the seller's sales is displaced.

    tau-hat = (1 - share) ** (-1/theta) on sales of `seller` to `buyer`; `share` is (..., S) in
    [0, 1), `elasticity` (..., S) by scenario in place of that of the world.
    """
    rho = np.asarray(share, dtype=float)[..., None]
    cost = (1.0 - rho) ** (-1.0 / _theta(world, elasticity))
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


def _theta(world: World, elasticity: ArrayLike | None) -> Array:
    """(..., S, 1) trade elasticities: those given, or those of the world."""
    if elasticity is None:
        return world.trade_elasticity[:, None]
    return trade_elasticity(world, elasticity)[..., None]


def redirected(world: World, origin: str, away_from: str, share: ArrayLike) -> Array:
    """(...) sales in money that a diversification of (..., S) redirects, at unchanged prices."""
    sold = world.flows[world.region(origin), world.region(away_from)].sum(axis=-1)
    return np.asarray((np.asarray(share, dtype=float) * sold).sum(axis=-1))
