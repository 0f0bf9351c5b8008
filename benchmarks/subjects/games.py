"""Games by size and by how many of them are close to a tie."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.registry import Job, subject
from negotiation.equilibria import EquilibriumSet, solve
from negotiation.game import Game

SIZES = (2, 3, 4, 5, 6)
SEVERITIES = (0, 10, 50, 100)
BATCH = 32


def _note(result: EquilibriumSet) -> str:
    complete = int((result.completeness == "complete").sum())
    return f"{int(result.count.sum())} equilibria, {complete}/{result.count.size} complete"


def games(size: int, severity: int) -> Game:
    """Random games; in `severity` percent of them one payoff ties another to within 1e-12."""
    draw = np.random.default_rng(1000 * size + severity)
    payoffs = draw.random((BATCH, 2, size, size))
    tied = np.arange(BATCH) < BATCH * severity / 100
    payoffs[tied, 0, 1, 0] = payoffs[tied, 0, 0, 0] * (1.0 + 1e-12)
    payoffs[tied, 1, 0, 1] = payoffs[tied, 1, 0, 0] * (1.0 - 1e-12)
    labels = tuple(f"a{k}" for k in range(size))
    return Game(("row", "column"), (labels, labels), payoffs)


def _job(size: int, severity: int) -> Job:
    game = games(size, severity)
    return Job(lambda: solve(game), BATCH, game, _note)


for _case in [(size, 0) for size in SIZES] + [(3, severity) for severity in SEVERITIES[1:]]:
    _what = f"{BATCH} of {_case[0]} x {_case[0]}, {_case[1]} % near-ties"
    subject("equilibria", _what, "game")(partial(_job, *_case))
