"""Games by size and by how many of them are close to a tie."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec

import numpy as np

from benchmarks.registry import Job, subject
from negotiation.games import EquilibriumSet, solve
from negotiation.games.game import Game
from negotiation.games.listing import METHODS
from negotiation.games.two_players import enumerate_in_floats

#: Games a second that are aimed at, by size.
TARGETS = {
    2: 20e6, 3: 4e6, 4: 1e6, 5: 200e3, 6: 50e3, 8: 6e3, 10: 1.2e3, 12: 250.0,
}  # fmt: skip
SIZES = tuple(TARGETS)
TIED_SIZES = (2, 3, 4, 5, 6)
SEVERITIES = (0, 10, 50, 100)

#: What `severity` percent of the games of a batch have.
TIES = {
    "small integers": "payoffs of 0, 1, 2 or 3",
    "one tie": "a row player's payoff that equals another of its column",
    "near-tie": "the same, but for 1e-12 of it",
}


def games(size: int, batch: int, severity: int = 0, tie: str = "small integers") -> Game:
    """Random games; `severity` percent of them, evenly spread, have ties or nearly so."""
    draw = np.random.default_rng(1000 * size + severity)
    payoffs = draw.random((batch, 2, size, size))
    before = np.arange(batch) * severity // 100
    tied = np.append(before[1:], batch * severity // 100) > before
    if tie == "small integers":
        payoffs[tied] = np.floor(4.0 * payoffs[tied])
    else:
        near = 1.0 + 1e-12 * (tie == "near-tie")
        payoffs[tied, 0, 1, 0] = payoffs[tied, 0, 0, 0] * near
        payoffs[tied, 1, 0, 1] = payoffs[tied, 1, 0, 0] * (2.0 - near)
    labels = tuple(f"a{k}" for k in range(size))
    return Game(("row", "column"), (labels, labels), payoffs)


def compile_for(size: int) -> None:
    """Have the kernels for a size compiled, or loaded, where that is possible."""
    few = games(size, 2)
    enumerate_in_floats(few.payoffs, 10.0, compile_=find_spec("numba") is not None)


def exactly_solved(found: EquilibriumSet) -> float:
    """Share of games that floats could not decide."""
    listing = found.listing
    games_ = listing.game[listing.method == METHODS.index("exact enumeration")]
    return len(np.unique(games_)) / max(len(listing.count), 1)


def complete(found: EquilibriumSet) -> float:
    """Share of games of which all equilibria are known to be listed."""
    return float((found.completeness == "complete").mean())


def _job(size: int, severity: int, tie: str) -> Job:
    compile_for(size)
    game = games(size, 1, severity, tie)

    def more(batch: int) -> Job:
        game = games(size, batch, severity, tie)
        return Job(lambda: solve(game), batch, game, larger=more)

    return Job(lambda: solve(game), 1, game, larger=more)


for _size in SIZES:
    subject("equilibria", f"{_size} x {_size}", "game")(partial(_job, _size, 0, "small integers"))
for _size in TIED_SIZES:
    for _severity in SEVERITIES:
        subject("near-ties", f"{_size} x {_size}, {_severity} % small integers", "game")(
            partial(_job, _size, _severity, "small integers")
        )
for _tie in ("one tie", "near-tie"):
    for _severity in SEVERITIES[1:]:
        subject("near-ties", f"3 x 3, {_severity} % {_tie}", "game")(
            partial(_job, 3, _severity, _tie)
        )
