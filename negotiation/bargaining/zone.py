"""The zone of agreement: the part of a frontier at which neither side loses, measured from d.

A solution is found by its *balance*: a number that falls from positive to negative along the
frontier, from the second side's best agreement to the first's, and is zero at the solution. Nash:
what the first side gains in proportion, by a small step, less what the second loses in proportion.
Kalai-Smorodinsky and egalitarian: the second side's gain less the first's, in the units the concept
prescribes. One description serves straight and curved frontiers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Gains of the first and of the second side, and the direction (dx >= 0, dy <= 0) in which the
#: frontier goes on from there, all (..., K) -> (..., K). Linear in the gains on a straight piece.
Balance = Callable[[Array, Array, Array, Array], Array]


class Zone(Protocol):
    """What a concept needs to know of a frontier, seen from the disagreement point."""

    @property
    def best(self) -> Array:
        """Ideal point: (..., 2) largest gain of each side at which the other does not lose.

        Minus infinity where there is no such agreement.
        """
        ...

    @property
    def known(self) -> NDArray[np.bool_]:
        """(...) whether the frontier has no NaN."""
        ...

    def turn(self, balance: Balance) -> Array:
        """Gains (..., 2) at the point of the frontier at which a balance turns negative."""
        ...

    def given(self, side: int, gain: Array) -> Array:
        """Best gain (...) of the other side if `side` gains `gain` (...) or more.

        Minus infinity where no agreement in the zone gives it that much.
        """
        ...

    def halving(self) -> Array:
        """Gains (..., 2) at the point of Perles and Maschler."""
        ...

    def conciliation(self) -> Array:
        """Gains (..., 2) at the end of Raiffa's continuous path."""
        ...
