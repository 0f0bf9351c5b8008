"""Value added in trade: whose income is in what is sold, by the Leontief inverse of all regions.

With the shares of a world, the value of inputs k from i in a unit of output s of n, net of tariffs,
is A[(i,k),(n,s)] = share of i in n's purchases of k * input_share[n,k,s]; a unit of output is then
value added of many regions, and tariffs paid on inputs on the way. Value added is measured per unit
of output, so tariffs are a part of their own: it goes to treasuries, not to factors.

Flows are (..., N, N, S, 2), net of tariffs; None is the baseline.
"""

from __future__ import annotations

import numpy as np

from negotiation.trade.checks import FINAL, INTERMEDIATE, Array
from negotiation.trade.world import World


def value_added_content(world: World, flows: Array | None = None) -> Array:
    """(..., N, N, S) value added of region j in a unit of output of sector s of region i.

    v' (I - A)^-1 region by region (Johnson and Noguera 2012; Koopman, Wang and Wei 2014). Over j
    the sum is one, less what is paid in tariffs on inputs.
    """
    given = _given(world, flows)
    n, s = len(world.regions), len(world.sectors)
    batch = given.shape[:-4]
    own = np.zeros((n, n, s))  # [value added of j, in output of i, s], direct
    own[np.arange(n), np.arange(n)] = world.value_added_share
    if not world.linked:
        return np.broadcast_to(own, (*batch, n, n, s)).copy()
    output = given.sum(axis=(-3, -1))
    bought = np.einsum("nks,...ns->...nk", world.input_share, output)  # tariffs included
    share = given[..., INTERMEDIATE] / np.where(bought > 0.0, bought, 1.0)[..., None, :, :]
    use = share[..., None] * world.input_share  # [i, n, k, s]
    use = np.swapaxes(use, -3, -2).reshape(*batch, n * s, n * s)  # [(i, k), (n, s)]
    system = np.eye(n * s) - np.swapaxes(use, -2, -1)
    content = np.linalg.solve(system, np.broadcast_to(own.reshape(n, -1).T, (*batch, n * s, n)))
    return np.asarray(np.swapaxes(content, -2, -1).reshape(*batch, n, n, s))


def content_of_exports(world: World, flows: Array | None = None) -> Array:
    """(..., N, N) value added of region j in the exports of region i, money.

    The diagonal is domestic content, the rest of a column foreign content (Koopman, Wang and Wei
    2014). Columns sum to exports, less tariffs paid on the inputs in them. Value added that crosses
    a border twice is counted twice, as exports count it.
    """
    given = _given(world, flows)
    abroad = ~np.eye(len(world.regions), dtype=bool)[:, :, None, None]
    exports = np.where(abroad, given, 0.0).sum(axis=(-3, -1))  # (..., i, s)
    return np.asarray(np.einsum("...jis,...is->...ji", value_added_content(world, flows), exports))


def value_added_use(world: World, flows: Array | None = None) -> Array:
    """(..., N, N) value added of region j in the final purchases of region n, money.

    Rows sum to value added of j: all of it is absorbed somewhere, net of tariffs on the way
    (Johnson and Noguera 2012).
    """
    given = _given(world, flows)
    content = value_added_content(world, flows)
    return np.asarray(np.einsum("...jis,...ins->...jn", content, given[..., FINAL]))


def value_added_exports(world: World, flows: Array | None = None) -> Array:
    """(..., N) value added of a region absorbed abroad, money (Johnson and Noguera 2012).

    Against gross exports this is their VAX ratio.
    """
    use = value_added_use(world, flows)
    return np.asarray(use.sum(axis=-1) - np.diagonal(use, axis1=-2, axis2=-1))


def _given(world: World, flows: Array | None) -> Array:
    return world.flows if flows is None else np.asarray(flows, dtype=float)
