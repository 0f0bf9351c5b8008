"""Clouds of a closed-form model by size, beside a loop that gives games to nashpy one by one.

A point here is all of it: the game, its equilibria with their certificates, the deal by three
concepts from every equilibrium, L1, L2 and L5, and marginal leverage (L3) of both levers, as
columns ready to be written. The loop only finds the equilibria, by nashpy's support enumeration.
Processor time; with one thread for BLAS (OPENBLAS_NUM_THREADS=1) it is time on one core.
"""

from __future__ import annotations

import warnings
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from math import log
from time import process_time
from typing import Any

import numpy as np

from benchmarks.registry import ratio, show, table, timed
from negotiation import Case, Model
from negotiation.games import solve
from negotiation.games.game import Game
from negotiation.outcome import evaluate
from negotiation.outcome.columns import columns

SIZES = (10_000, 100_000, 1_000_000)

#: Points that the loop goes through.
LOOPED = 1_000

#: Seconds a point that are aimed at, marginal leverage included.
TARGET = 4e-6


def cloud(case: Case, size: int) -> list[Model]:
    """Points drawn at random, as clouds of as many as a sweep takes together."""
    rng = np.random.default_rng(7)
    shares, tariffs = rng.uniform(0.0, 1.0, size), rng.uniform(0.0, 2.0, size)
    chunk = case.model.chunk
    return [
        case.model.at_values(
            {
                "diversification": shares[start : start + chunk],
                "tariff": tariffs[start : start + chunk],
            }
        )
        for start in range(0, size, chunk)
    ]


def flattened(case: Case, parts: list[Model], marginal: bool) -> int:
    """Evaluate all of it; how many points are certified."""
    good = 0
    for part in parts:
        outcome = evaluate(case.at(part), marginal=marginal)
        columns(outcome)
        good += int(np.count_nonzero(outcome.certified))
    return good


def looped(payoffs: np.ndarray[Any, Any]) -> list[int]:
    """Count of equilibria of each game, by nashpy."""
    nashpy = import_module("nashpy")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of degenerate games, at every one of them
        return [len(list(nashpy.Game(*game).support_enumeration())) for game in payoffs]


def main(quick: bool = False) -> None:
    case = Case("tariff_standoff")
    sizes = SIZES[:-1] if quick else SIZES
    lines, least = [], {}
    for marginal in (False, True):
        for size in sizes:
            parts = cloud(case, size)
            call = partial(flattened, case, parts, marginal)
            times = timed(call, 3 if size < SIZES[-1] else 1, clock=process_time)
            least[marginal, size] = times.least
            lines.append(
                [
                    f"{size:,} points",
                    "L1 to L3" if marginal else "L1, L2",
                    show(times.least),
                    f"{show(times.least / size)} / point",
                    f"{times.result / size:.0%}",
                ]
            )
    table("benchmarks clouds", ["", "scores", "time", "each", "certified"], lines)
    few, many = sizes[0], sizes[-1]
    power = log(least[True, many] / least[True, few]) / log(many / few)
    print(f"time grows with points to the power {power:.2f}")
    each = least[True, many] / many
    print(f"target {show(TARGET)} a point: {'met' if each <= TARGET else 'missed'}")
    if find_spec("nashpy") is None:
        print("nashpy is not installed: left out (pip install nashpy)")
        return
    games = cloud(case, many)[0].game()
    some = Game(games.players, games.actions, games.payoffs[:LOOPED])
    loop = timed(partial(looped, some.payoffs), 1, clock=process_time)
    found = solve(some).count
    same = int(np.count_nonzero(found == np.array(loop.result)))
    slow = loop.least / LOOPED
    print(
        f"nashpy, equilibria alone, {LOOPED:,} of these points one by one: {show(slow)} a point, "
        f"{ratio(slow / each)} as long as all of the above at {many:,} points; as many equilibria "
        f"in {same:,} of {LOOPED:,}\n"
    )


if __name__ == "__main__":
    main()
