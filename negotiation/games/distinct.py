"""Profiles told apart: whether one is among those met before, in little time however many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from negotiation.games.game import Array
from negotiation.tolerances import SAME_PROFILE


class Distinct:
    """Profiles of one game, no two closer than `SAME_PROFILE` in every probability.

    Pure profiles are looked up; only mixed ones are compared one by one.
    """

    def __init__(self) -> None:
        self._pure: set[tuple[int, ...]] = set()
        self._mixed: Array = np.empty((0, 0))
        self._count = 0

    def __len__(self) -> int:
        return len(self._pure) + self._count

    def __contains__(self, strategies: Sequence[Array]) -> bool:
        played = tuple(int(own.argmax()) for own in strategies)
        # Close to a pure profile: that one is the only pure one within reach.
        if played in self._pure and all(
            own[i] >= 1.0 - SAME_PROFILE for own, i in zip(strategies, played, strict=True)
        ):
            return True
        if not self._count:
            return False
        apart = np.abs(self._mixed[: self._count] - np.concatenate(strategies))
        return bool((apart.max(axis=1) <= SAME_PROFILE).any())

    def add(self, strategies: Sequence[Array]) -> bool:
        """Add a profile; whether it is new."""
        if strategies in self:
            return False
        if all(own.max() == 1.0 for own in strategies):
            self._pure.add(tuple(int(own.argmax()) for own in strategies))
            return True
        flat = np.concatenate(strategies)
        if self._count == len(self._mixed):
            grown = np.empty((max(16, 2 * self._count), len(flat)))
            if self._count:
                grown[: self._count] = self._mixed
            self._mixed = grown
        self._mixed[self._count] = flat
        self._count += 1
        return True
