"""The one certifier: a profile is an equilibrium if its regret says so, whoever proposed it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from negotiation.equilibria.equilibrium_set import Candidate
from negotiation.game import Game
from negotiation.tolerances import REGRET, SAME_PROFILE


def certify(
    game: Game, candidates: Sequence[Candidate]
) -> tuple[list[tuple[Candidate, float]], list[tuple[Candidate, float]]]:
    """Split candidates for one game into certified ones and refused ones, each with its regret.

    Of candidates that agree to within `SAME_PROFILE` the first is kept.
    """
    certified: list[tuple[Candidate, float]] = []
    refused: list[tuple[Candidate, float]] = []
    for candidate in candidates:
        regret = float(game.regret(candidate.strategies))
        if not regret <= REGRET:
            refused.append((candidate, regret))
        elif not any(_same(candidate, other) for other, _ in certified):
            certified.append((candidate, regret))
    return certified, refused


def _same(one: Candidate, other: Candidate) -> bool:
    return all(
        bool(np.abs(p - q).max() <= SAME_PROFILE)
        for p, q in zip(one.strategies, other.strategies, strict=True)
    )
