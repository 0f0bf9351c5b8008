"""Batches by their number of games, two cores against one, and what a game takes in memory."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from numpy.typing import NDArray

from benchmarks.registry import ratio, repeats, show, table, timed
from benchmarks.subjects.games import compile_for, games
from negotiation.compile import compiled
from negotiation.games import EquilibriumSet, kernels, solve
from negotiation.games.game import Game

PEAK, PEAK_RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")

#: Sizes, and games to a call, for what a call costs beside its games.
CALLED_SIZES, CALLED_WITH = (2, 3, 4, 6, 8), (1, 10, 100, 1000)

#: Size, games of a batch, and percent of them with payoffs that are small integers.
BATCHES = ((2, 1_000_000, 0), (3, 200_000, 0), (6, 10_000, 0), (8, 2_000, 0), (3, 400, 100))


def _made_here(size: int, batch: int, severity: int) -> float:
    """Seconds to solve games that are made, and whose equilibria stay, in this process."""
    game = games(size, batch, severity)
    start = perf_counter()
    solve(game)
    return perf_counter() - start


def _whole(game: Game) -> EquilibriumSet:
    """Solve what was sent, and send all of it back."""
    return solve(game)


def _warm() -> None:
    for size in {size for size, _, _ in BATCHES}:
        compile_for(size)


def _memory(size: int, batch: int, severity: int) -> tuple[int, int]:
    """Bytes by which solving raises the memory of this process at its peak, and of the listing."""
    compile_for(size)
    game = games(size, batch, severity)
    PEAK_RESET.write_text("5", encoding="ascii")
    before = _peak()
    found = solve(game)
    return _peak() - before, _bytes(found)


def _peak() -> int:
    """Most bytes this process held since its peak was reset; Linux only.

    `resource.getrusage` will not do: a process starts with the peak of the one that started it.
    """
    lines = PEAK.read_text(encoding="ascii").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def _bytes(found: EquilibriumSet) -> int:
    listing = found.listing
    arrays: list[NDArray[Any]] = [
        *listing.strategies, listing.first, listing.payoffs, listing.regret, listing.method,
        found.claims, found.degenerate,
    ]  # fmt: skip
    return sum(array.nbytes for array in arrays)


def _halves(game: Game) -> list[Game]:
    cut = len(game.payoffs) // 2
    return [
        Game(game.players, game.actions, part) for part in (game.payoffs[:cut], game.payoffs[cut:])
    ]


def _across(pool: Executor, call: Callable[[Game], object], parts: list[Game]) -> float:
    return timed(lambda: list(pool.map(call, parts)), 1, warm=False).least


def _scaling(quick: bool) -> None:
    lines = []
    spawn = multiprocessing.get_context("spawn")
    with (
        ThreadPoolExecutor(2) as threads,
        ProcessPoolExecutor(2, spawn, _warm) as processes,
    ):
        for size, batch, severity in BATCHES[:: 2 if quick else 1]:
            items = batch // 5 if quick else batch
            game = games(size, items, severity)
            parts = _halves(game)
            half = (size, items // 2, severity)
            columns: list[list[float]] = [[], [], [], []]
            for _ in range(repeats(quick)):  # in turns, so that other work slows all alike
                columns[0].append(timed(partial(solve, game), 1, warm=False).least)
                columns[1].append(_across(threads, solve, parts))
                both = [processes.submit(_made_here, *half) for _ in range(2)]
                columns[2].append(max(each.result() for each in both))
                columns[3].append(_across(processes, _whole, parts))
            one, *others = (min(column) for column in columns)
            name = f"{items} of {size} x {size}" + f", {severity} % ties" * (severity > 0)
            lines.append([name, show(one), *(f"{show(t)}, {ratio(one / t)}" for t in others)])
    headers = ["games", "one core", "2 threads", "2 processes", "with all sent there and back"]
    table("benchmarks.phases.scaling", headers, lines)
    if not _releases_the_lock():
        print("Kernels hold the interpreter's lock: threads take turns.\n")


def _releases_the_lock() -> bool:
    try:
        return bool(compiled(kernels.__name__).decide.targetoptions.get("nogil", False))
    except (ModuleNotFoundError, AttributeError):
        return False


def _footprint(quick: bool) -> None:
    if not os.access(PEAK_RESET, os.W_OK):
        print(f"memory is left out: there is no {PEAK_RESET} to reset the peak with")
        return
    lines = []
    for size, batch, severity in BATCHES[: 2 if quick else None]:
        items = batch // 2 if quick else batch
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
            peak, listing = fresh.submit(_memory, size, items, severity).result()
        given = 16 * size * size
        name = f"{items} of {size} x {size}" + f", {severity} % ties" * (severity > 0)
        lines.append([
            name, f"{given} B", f"{listing / items:.0f} B", f"{peak / items:.0f} B",
            ratio(listing / items / given), f"{peak / 2**20:.1f} MiB",
        ])  # fmt: skip
    headers = ["bytes a game", "payoffs", "result", "peak grows by", "result/payoffs", "in all"]
    table("benchmarks.phases.scaling", headers, lines)


def _by_batch(quick: bool) -> None:
    lines = []
    for size in CALLED_SIZES:
        line = [f"{size} x {size}"]
        for batch in CALLED_WITH:
            game = games(size, batch)
            times = timed(partial(solve, game), 5 if quick else 20, clock=process_time)
            line.append(f"{show(times.least / batch)}, {show(times.middle / batch)}")
        lines.append(line)
    headers = ["each game, best and median", *(f"{batch} to a call" for batch in CALLED_WITH)]
    table("benchmarks.phases.scaling", headers, lines)


def main(quick: bool = False) -> None:
    _warm()
    _by_batch(quick)
    _scaling(quick)
    _footprint(quick)


if __name__ == "__main__":
    main()
