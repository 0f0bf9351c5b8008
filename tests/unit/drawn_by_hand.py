"""Sweeps at many draws that say what they are told to, and a small dispute to draw from."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from negotiation import AgreementSet, Model, Talks, parameter, prior
from negotiation.case import Case
from negotiation.games.game import Array
from negotiation.outcome import Status
from negotiation.outcome.columns import Column
from negotiation.study.bands import Bands
from negotiation.study.drawn import Drawn


@dataclass(frozen=True)
class Dispute(Model):
    """Duties while talks go on; after a breakdown Home escalates where that costs it little."""

    outlets: float | Array = parameter(
        0.2,
        low=0,
        high=1,
        unit="share",
        source="test",
        about="share that is sold elsewhere",
        lever_of="away",
    )
    cost: float | Array = parameter(
        0.0, unit="US$ million a year", source="test", prior=prior.uniform(-1000.0, 500.0)
    )
    table: str = parameter("one", choices=("one", "two"), unit="table", source="test")

    players = ("away", "home")
    actions = (("counter",), ("keep", "escalate"))
    names = MappingProxyType({"away": "Away", "home": "Home", "home.escalate": "escalates"})
    payoff_unit = "US$ million a year"
    horizon = "long run: no adjustment costs"

    def payoffs(self) -> dict[tuple[str, str], tuple[Any, Any]]:
        """Keep: -2,000 and 0. Escalate: -8,000 less what is sold elsewhere, and minus the cost."""
        wide = 0.0 * self.cost + 0.0 * self.outlets
        harm = 8000.0 * (1.0 - 0.5 * self.outlets) * (1.0 if self.table == "one" else 2.0)
        return {
            ("counter", "keep"): (-2000.0 + wide, wide),
            ("counter", "escalate"): (-harm + wide, -1.0 * self.cost + wide),
        }

    def talks(self) -> Talks:
        """Bargain over peace; while the dispute lasts Away loses 2,000 and Home 500."""
        now = np.zeros(np.broadcast(self.cost, self.outlets).shape)
        inside = np.stack([now - 2000.0 + 1000.0 * self.outlets, now - 500.0], axis=-1)
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(0.0), inside=inside)


def swept(
    points: ArrayLike, supports: Any, names: tuple[str, ...] = ("outlets",), **columns: ArrayLike
) -> Bands:
    """Return bands over points (K,), or (K, axes), of draws with the given regimes and numbers."""
    words = np.array(supports)
    case = Case(Dispute, draws=words.shape[1])
    at = np.asarray(points)
    axes = {names[0]: at} if at.ndim == 1 else dict(zip(names, at.T, strict=True))
    made: dict[str, Any] = {
        "equilibrium": words,
        "status": np.full(words.shape, Status.CERTIFIED.value),
    }
    made |= {f"payoff_{player}": np.full(words.shape, -1.0) for player in case.model.players}
    made |= {name: np.broadcast_to(np.asarray(v), words.shape) for name, v in columns.items()}
    found = {name: Column(v, Dispute.payoff_unit, name) for name, v in made.items()}
    return Bands.of(Drawn(case, case.drawn(axes), axes, found, {}))
