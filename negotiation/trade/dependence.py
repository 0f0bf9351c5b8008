"""Dependence read off a table of flows: who sells how much of what to whom."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from negotiation.trade.world import Array, World


def export_share(
    world: World, flows: Array, origin: str, destination: str, sectors: Sequence[str]
) -> Array:
    """(...) share of `destination` in the exports of `origin`, sectors and uses together.

    Parameters
    ----------
    flows : (..., N, N, S, 2) array
        Baseline or counterfactual sales, net of tariffs.
    """
    chosen = [world.sector(code) for code in sectors]
    home = world.region(origin)
    sold = flows[..., home, :, :, :][..., chosen, :].sum(axis=(-2, -1))
    abroad = np.delete(sold, home, axis=-1).sum(axis=-1)
    return np.asarray(sold[..., world.region(destination)] / abroad)
