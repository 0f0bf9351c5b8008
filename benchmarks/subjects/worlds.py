"""Worlds to measure and to test with: the shipped one, and random small ones that balance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from negotiation.catalogue import find
from negotiation.trade import World

Array = NDArray[np.float64]

DATA = find("canada_us").path.parent / "data"


@lru_cache(maxsize=1)
def shipped_world() -> World:
    """The world of the shipped model."""
    return World.from_csv(DATA)


@dataclass(frozen=True, eq=False)
class Economy:
    """The arrays of a baseline; input shares count tariffs. `input_share` None: no links."""

    flows: Array
    tariff: Array
    trade_elasticity: Array
    input_share: Array | None

    @property
    def world(self) -> World:
        n, _, s, _ = self.flows.shape
        return World.from_arrays(
            regions=[f"R{i}" for i in range(n)],
            sectors=[f"S{i}" for i in range(s)],
            flows=self.flows,
            tariff=self.tariff,
            trade_elasticity=self.trade_elasticity,
            input_share=self.input_share,
        )


def _sourcing(
    draw: np.random.Generator, size: Array, produced: NDArray[np.bool_], zeros: bool
) -> Array:
    """(N, N, S) shares of origins in the purchases of a destination, net of tariffs."""
    n, s = produced.shape
    weight = size[:, None, None] * draw.lognormal(0.0, 0.5, (n, n, s))
    home = np.eye(n, dtype=bool)[..., None]
    weight = np.where(home, 4.0 * weight, weight)
    if zeros:  # but a ring of trade stays: every region exports and imports something
        kept = home | np.roll(home, 1, axis=1) | (draw.random((n, n, s)) > 0.25)
        weight = np.where(kept, weight, 0.0)
    weight = weight * produced[:, None, :]
    none = weight.sum(axis=0) == 0.0  # nobody sells: then everybody who makes it does
    weight = np.where(none, produced[:, None, :] * 1.0, weight)
    return np.asarray(weight / weight.sum(axis=0))


def build(
    seed: int,
    *,
    n: int,
    s: int,
    linked: bool,
    taxed: bool = True,
    zeros: bool = False,
    theta: tuple[float, float] = (0.5, 12.0),
) -> Economy:
    """Build an economy: draw final purchases, technology and sourcing, solve for output.

    `zeros` removes up to a quarter of the foreign flows and, where there is more than one sector,
    the production and the final purchases of one sector in one region each. Sector 0 is made and
    bought by all and traded in a ring, so that every region has something to sell abroad. Trade is
    not balanced.
    """
    draw = np.random.default_rng(seed)
    size = draw.lognormal(3.0, 0.7, n)
    final = size[:, None] * draw.lognormal(0.0, 0.4, (n, s))
    produced = np.ones((n, s), dtype=bool)
    if zeros and s > 1:
        produced[draw.integers(n), s - 1] = False
        final[draw.integers(n), draw.integers(1, s)] = 0.0
    bought_from = [_sourcing(draw, size, produced, zeros) for _ in range(2)]
    tariff = np.zeros((n, n, s, 2))
    if taxed:
        tariff = draw.uniform(0.0, 0.3, (n, n, s, 2)) * ~np.eye(n, dtype=bool)[..., None, None]
    input_share = np.zeros((n, s, s))
    if linked:
        part = draw.dirichlet(np.ones(s), (n, s))  # (region, using, input)
        if zeros and s > 1:
            part[draw.integers(n), :, draw.integers(s)] = 0.0  # an input that nobody uses
        input_share = np.swapaxes(part * draw.uniform(0.2, 0.6, (n, s, 1)), 1, 2)

    # Output: final sales and, per unit of tariff-inclusive cost, what is paid to sellers.
    price = ((1.0 + tariff[..., 0]) * bought_from[0]).sum(axis=0)  # gross per net unit
    paid = bought_from[0] / price
    use = np.einsum("ins,nsk->isnk", paid, input_share).reshape(n * s, n * s)
    sold = np.einsum("ins,ns->is", bought_from[1], final).reshape(n * s)
    output = np.linalg.solve(np.eye(n * s) - use, sold).reshape(n, s)
    spent = np.einsum("nsk,nk->ns", input_share, output)
    flows = np.stack([paid * spent, bought_from[1] * final], axis=-1)
    return Economy(flows, tariff, draw.uniform(*theta, s), input_share if linked else None)
