"""The command that writes a sweep of a closed-form model to Parquet, in a new process each time.

Wall-clock time, processor time and the memory of all its processes together; the size of the file;
how time grows with the number of points; and the same by a loop that gives games to nashpy.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from importlib import import_module
from importlib.util import find_spec
from math import log
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.registry import ratio, show, table
from negotiation import Case
from negotiation.outcome import evaluate

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)

#: Seconds, bytes of memory and bytes of the file that are aimed at for a million points.
TARGET = (5.0, 400e6, 60e6)

#: Points that the loop goes through.
LOOPED = 1_000


class Ran(NamedTuple):
    """What a command took."""

    wall: float
    processor: float
    memory: float
    size: int


def ran(points: int, folder: Path, workers: str = "") -> Ran:
    """Run the sweep of so many points, and watch what it takes."""
    file = folder / "run.parquet"
    vary = ["--vary", f"diversification=0:1:{points // 1000}", "--vary", "tariff=0:1:1000"]
    options = ["--draws", "0", "--quiet", *(["--workers", workers] if workers else [])]
    before = os.times()
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "negotiation", "sweep", "tariff_standoff", *vary, *options,
         "-o", str(file)]
    )  # fmt: skip
    most = 0.0

    def watch() -> None:
        nonlocal most
        while process.poll() is None:
            most = max(most, memory_of(process.pid))
            time.sleep(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    if process.wait():
        raise RuntimeError("the sweep failed")
    wall = time.perf_counter() - begin
    watcher.join()
    after = os.times()
    used = (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )
    size = file.stat().st_size
    file.unlink()
    return Ran(wall, used, most, size)


def memory_of(process: int) -> float:
    """Bytes that a process and those it started hold, pages in common counted once a process."""
    pages = 0
    waiting = [process]
    while waiting:
        each = waiting.pop()
        try:
            pages += int(Path(f"/proc/{each}/statm").read_text(encoding="ascii").split()[1])
            for task in Path(f"/proc/{each}/task").iterdir():
                children = (task / "children").read_text(encoding="ascii").split()
                waiting.extend(map(int, children))
        except (OSError, IndexError):
            continue
    if sys.platform == "win32":
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") if pages else 0.0


def looped() -> float:
    """Processor seconds a game of a loop over nashpy, for the equilibria alone."""
    if find_spec("nashpy") is None:
        return float("nan")
    nashpy = import_module("nashpy")
    case = Case("tariff_standoff")
    rng = np.random.default_rng(7)
    values = {"diversification": rng.uniform(0, 1, LOOPED), "tariff": rng.uniform(0, 1, LOOPED)}
    payoffs = evaluate(case.at(case.model.at_values(values))).game.payoffs
    begin = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of degenerate games, at every one of them
        for game in payoffs:
            list(nashpy.Game(*game).support_enumeration())
    return (time.process_time() - begin) / LOOPED


def main(quick: bool = False) -> None:
    sizes = SIZES[:-2] if quick else SIZES
    lines = []
    found: dict[int, Ran] = {}
    with tempfile.TemporaryDirectory() as name:
        for points in sizes:
            best = min(ran(points, Path(name)) for _ in range(3 if points < SIZES[-1] else 1))
            found[points] = best
            lines.append(
                [
                    f"{points:,} points",
                    show(best.wall),
                    show(best.processor),
                    f"{best.processor / points * 1e6:.2f} us",
                    f"{best.memory / 1e6:.0f} MB",
                    f"{best.size / 1e6:.1f} MB",
                ]
            )
    heads = ["sweep to .parquet", "wall", "processors", "a point", "memory", "file"]
    table("benchmarks.phases.files", heads, lines)
    first, last = sizes[1], sizes[-1]
    if last > first:
        power = log(found[last].processor / found[first].processor) / log(last / first)
        print(f"processor time grows with the number of points to the power {power:.2f}")
    game = looped()
    each = found[last].processor / last
    print(f"nashpy in a loop takes {game * 1e6:.0f} us a game, {ratio(game / each)} as long")
    if 1_000_000 in found:
        wall, memory, size = TARGET
        at = found[1_000_000]
        print(
            f"a million points: {at.wall:.1f} s of {wall:.0f}, {at.memory / 1e6:.0f} MB of "
            f"{memory / 1e6:.0f} in memory, {at.size / 1e6:.0f} MB of {size / 1e6:.0f} on disk"
        )


if __name__ == "__main__":
    main()
