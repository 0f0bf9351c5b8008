"""Small worlds whose indices can be worked out by hand."""

from __future__ import annotations

import numpy as np

from benchmarks.subjects.worlds import Array
from negotiation.trade import World

#: Three regions, two sectors, final use only, no tariffs: [origin, destination, sector].
SALES = np.array(
    [
        [[50.0, 40.0], [30.0, 0.0], [10.0, 20.0]],
        [[20.0, 10.0], [60.0, 80.0], [0.0, 10.0]],
        [[20.0, 20.0], [10.0, 10.0], [90.0, 70.0]],
    ]
)


def by_hand(sales: Array = SALES, theta: Array | float = 4.0) -> World:
    n, _, s = sales.shape
    return World.from_arrays(
        regions=["A", "B", "C"][:n],
        sectors=["corn", "cars"][:s],
        flows=sales,
        trade_elasticity=theta,
    )


def linked_by_hand() -> World:
    """Two regions, one sector: A uses 0.3, B 0.25 of output as inputs; output is 100 and 200."""
    inputs = np.array([[20.0, 10.0], [10.0, 40.0]])
    final = np.array([[50.0, 20.0], [20.0, 130.0]])
    return World.from_arrays(
        regions=["A", "B"],
        sectors=["corn"],
        flows=np.stack([inputs, final], axis=-1)[:, :, None],
        trade_elasticity=4.0,
        input_share=[[[0.3]], [[0.25]]],
    )
