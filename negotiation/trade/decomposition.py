"""`decomposition`: the first-order welfare change, split into terms and volume of trade."""

from __future__ import annotations

import dataclasses

import numpy as np

from negotiation.trade.checks import Array
from negotiation.trade.equilibrium import TradeEquilibrium
from negotiation.trade.world import World


@dataclasses.dataclass(frozen=True, eq=False)
class Decomposition:
    """First-order welfare effects in percent of baseline income; leading batch axes `...` first.

    They are weighted by the baseline and therefore differ from the exact change `exact_pct` where
    trade moves much. Where a scenario did not converge every number is NaN.

    Attributes
    ----------
    world : World
        The baseline.
    terms : (..., N, N, S) array
        Terms of trade of region n with partner i in sector s: what n gains on its sales to i, less
        what it loses on its purchases there. Zero for n itself.
    volume : (..., N, N, S) array
        Volume of trade: tariff revenue of n on what it buys more of from i at constant prices. For
        n itself it is that of a tax on home sales, where the world has one.
    exact_pct : (..., N) array
        100 * (W-hat - 1).
    """

    world: World
    terms: Array
    volume: Array
    exact_pct: Array

    @property
    def terms_of_trade_pct(self) -> Array:
        """(..., N) terms of trade."""
        return np.asarray(self.terms.sum(axis=(-2, -1)))

    @property
    def volume_of_trade_pct(self) -> Array:
        """(..., N) volume of trade."""
        return np.asarray(self.volume.sum(axis=(-2, -1)))

    @property
    def welfare_pct(self) -> Array:
        """(..., N) terms and volume of trade together: the first-order welfare change."""
        return self.terms_of_trade_pct + self.volume_of_trade_pct


def decomposition(after: TradeEquilibrium) -> Decomposition:
    """Split the welfare change into terms of trade and volume of trade, to first order.

    Caliendo and Parro (2015), with proportional changes instead of logs, because imports may
    double. For region n, with F = baseline flows net of tariffs, F' the new ones and I
    baseline income::

        terms of trade  = sum_{i != n, s} [F_nis (c-hat_ns - 1) - F_ins (c-hat_is - 1)] / I_n
        volume of trade = sum_{i, s} t_ins F_ins [(F'_ins / F_ins - 1) - (c-hat_is - 1)] / I_n

    Both uses of a sector are added up. The formula is one for balanced trade and changes of
    tariffs: take a purged world as the baseline and keep trade costs, or there are further terms.
    Both depend on the numeraire where trade is not balanced.

    Parameters
    ----------
    after : TradeEquilibrium
        A counterfactual; its `world` is the baseline of the changes.

    Returns
    -------
    Decomposition
    """
    world = after.world
    income = world.income[:, None, None]
    dearer = after.unit_cost[..., :, None, :] - 1.0  # by origin i
    gain = world.flows.sum(axis=-1) * dearer  # [i, n, s]; sales of a region to itself cancel
    terms = gain - np.swapaxes(gain, -3, -2)
    # F [(F'/F - 1) - (c-hat - 1)] = F' - c-hat F, which holds where F is zero too.
    revenue = world.tariff * (after.flows - world.flows * after.unit_cost[..., :, None, :, None])
    volume = np.swapaxes(revenue.sum(axis=-1), -3, -2)  # [n, i, s]
    return Decomposition(
        world=world,
        terms=100.0 * terms / income,
        volume=100.0 * volume / income,
        exact_pct=100.0 * (after.welfare - 1.0),
    )
