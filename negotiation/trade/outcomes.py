"""Outcomes of a counterfactual as readers expect them: changes, and prices against own prices.

Every function takes a solved `TradeEquilibrium`, leading batch axes included. Changes are counted
against the baseline of the world, or against another equilibrium of the same world. Money is that
of the data, US$ million a year.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from negotiation.trade.checks import Array
from negotiation.trade.equilibrium import TradeEquilibrium
from negotiation.trade.quotas import QuotaRegime

__all__ = [
    "consumer_price",
    "export_share",
    "job_change",
    "real_value_added_change",
    "real_wage",
    "relative_prices",
    "relative_unit_cost",
    "tariff_revenue_by_origin",
    "tariff_revenue_change",
    "tariff_revenue_on",
    "trade_diversion",
    "volume",
]


def consumer_price(at: TradeEquilibrium) -> Array:
    """(..., N) P-hat of final consumption; in units of the numeraire, so for ratios only."""
    return at.consumer_price


def relative_prices(at: TradeEquilibrium) -> Array:
    """(..., N, S, 2) prices against the consumer prices of the region itself; 1 is no change."""
    return np.asarray(at.prices / consumer_price(at)[..., None, None])


def relative_unit_cost(at: TradeEquilibrium) -> Array:
    """(..., N, S) prices of producers against consumer prices of their region; 1 is no change."""
    return np.asarray(at.unit_cost / consumer_price(at)[..., None])


def real_wage(at: TradeEquilibrium) -> Array:
    """(..., N) wages against consumer prices; 1 is no change."""
    return np.asarray(at.wage / consumer_price(at))


def tariff_revenue_by_origin(at: TradeEquilibrium) -> Array:
    """(..., N, N) what n collects on imports from i, [i, n]: the level, not the change.

    Duties, and its share of rents. Where a quota is exceeded the full duty is due outside it only:
    what the origin keeps of the rent inside is taken off.
    """
    collected = (at.tariff * at.flows).sum(axis=(-2, -1))
    for each in at.quotas:
        i, n = at.world.region(each.quota.origin), at.world.region(each.quota.destination)
        left = (1.0 - np.asarray(each.quota.rent_share)) * each.rent
        collected[..., i, n] -= np.where(each.regime == QuotaRegime.EXCEEDED, left, 0.0)
    return np.asarray(collected)


def tariff_revenue_on(at: TradeEquilibrium, origin: str, destination: str) -> Array:
    """(...) what `destination` collects on imports from `origin`, without building all flows."""
    i, n = at.world.region(origin), at.world.region(destination)
    rates = at.batch.shocks.tariff.block((slice(i, i + 1), slice(n, n + 1)))[..., 0, 0, :, :]
    collected = _summed(rates * at.sales(origin, destination))
    for each in at.quotas:
        if (each.quota.origin, each.quota.destination) == (origin, destination):
            left = (1.0 - np.asarray(each.quota.rent_share)) * each.rent
            collected = collected - np.where(each.regime == QuotaRegime.EXCEEDED, left, 0.0)
    return np.asarray(collected)


def _summed(values: Array) -> Array:
    """(...) sums over sectors and uses, in an order that does not depend on the batch."""
    flat = np.ascontiguousarray(values).reshape(*values.shape[:-2], -1)
    return np.asarray(flat.sum(axis=-1))


def export_share(
    at: TradeEquilibrium, origin: str, destination: str, sectors: Sequence[str]
) -> Array:
    """(...) share of `destination` in the exports of `origin`, sectors and uses together."""
    chosen = [at.world.sector(code) for code in sectors]
    sold = {
        code: _summed(at.sales(origin, code)[..., chosen, :])
        for code in at.world.regions
        if code != origin
    }
    return np.asarray(sold[destination] / sum(sold.values()))


def tariff_revenue_change(at: TradeEquilibrium, against: TradeEquilibrium | None = None) -> Array:
    """(..., N, N) change in what n collects on imports from i, [i, n]; sum over i for all of it."""
    if against is None:
        before = np.asarray((at.world.tariff * at.world.flows).sum(axis=(-2, -1)))
    else:
        before = tariff_revenue_by_origin(against)
    return np.asarray(tariff_revenue_by_origin(at) - before)


def real_value_added_change(at: TradeEquilibrium, against: TradeEquilibrium | None = None) -> Array:
    """(..., N, S) change in real value added, at wages of the baseline; zero where none is made."""
    added = at.world.value_added_share * at.world.output
    before = 1.0 if against is None else against.real_value_added
    change = np.asarray(at.real_value_added - before)
    return np.where(added > 0.0, added * change, 0.0 * at.unit_cost)


def job_change(at: TradeEquilibrium, jobs: Array, against: TradeEquilibrium | None = None) -> Array:
    """(..., N, S) change in jobs; NaN where `jobs`, (N, S) at the baseline, are not known."""
    before = 1.0 if against is None else against.employment
    return np.asarray(jobs * (at.employment - before))


def volume(at: TradeEquilibrium) -> Array:
    """(..., N, N, S, 2) sales at prices of the baseline, [i, n]; over n they add up to output."""
    return np.asarray(at.flows / at.unit_cost[..., :, None, :, None])


def trade_diversion(at: TradeEquilibrium, against: TradeEquilibrium | None = None) -> Array:
    """(..., N, N, S, 2) change in what i sells to n, [i, n], at prices of the baseline.

    A row says where the sales of an origin go instead, a column from where a destination buys
    instead, home included.
    """
    before = at.world.flows if against is None else volume(against)
    return np.asarray(volume(at) - before)
