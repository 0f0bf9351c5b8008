"""Two governments, each with 21 duties to choose from: games that dominance solves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from benchmarks.registry import Job, subject
from negotiation import AgreementSet, Model, Talks, parameter
from negotiation.regimes import Event, regimes
from negotiation.study import sweep

RATES = np.linspace(0.0, 0.5, 21)


@dataclass(frozen=True)
class Duties(Model):
    """Either side chooses among 21 duties; the best ones can be found by dominance.

    What is best for a does not depend on b; what is best for b depends on a.
    """

    x: float = parameter(0.2, low=0, high=0.5, unit="rate", source="made")
    players = ("a", "b")
    actions = tuple(tuple(f"{player}{1000 * rate:.0f}" for rate in RATES) for player in "ab")
    payoff_unit = "bn USD a year"

    def payoffs(self) -> Any:
        x = np.asarray(self.x, dtype=float)[..., None, None]
        a, b = RATES[:, None], RATES[None, :]
        u = a * (0.2 + x - a) - 0.3 * b
        v = b * (0.4 - b - 0.5 * a) - 0.3 * a
        return np.stack(np.broadcast_arrays(u, v), axis=-3)

    def talks(self) -> Talks:
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(0.0))


def _both() -> tuple[xr.Dataset, list[Event]]:
    data = sweep(Duties, {"x": np.linspace(0.003, 0.497, 20)})
    return data, regimes(Duties, data)


@subject("sweep", "21 x 21 duties, 20 points and their regimes", "sweep")
def _duties() -> Job:
    return Job(_both, 1, None, lambda found: f"{len(found[1])} events")
