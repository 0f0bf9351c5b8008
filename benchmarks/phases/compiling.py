"""What the first game costs: compiling with an empty cache, loading from it, interpreting."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from benchmarks.registry import ratio, show, table

#: One size for each way to solve, in this order: a later one finds shared kernels compiled.
COMPILED_SIZES = ("2", "3", "8")
INTERPRETED_SIZES = (2, 3, 4, 5, 6)


def _compiled(sizes: Sequence[str]) -> dict[str, Any]:
    """Time first and second calls, and count what was compiled and what loaded."""
    start = perf_counter()
    import numba  # noqa: F401 - timed

    report: dict[str, Any] = {"import": perf_counter() - start, "calls": {}}
    from benchmarks.subjects.games import games
    from negotiation.games.two_players import enumerate_in_floats

    for size in sizes:
        payoffs = games(int(size), 2).payoffs
        seconds = []
        for _ in range(3):
            start = perf_counter()
            enumerate_in_floats(payoffs, 10.0, compile_=True)
            seconds.append(perf_counter() - start)
        report["calls"][size] = [seconds[0], min(seconds)]
    used = [
        kernel
        for name, module in list(sys.modules.items())
        if name.startswith("negotiation.") and name.endswith("_compiled")
        for kernel in vars(module).values()
        if getattr(kernel, "signatures", None)
    ]
    report["kernels called"] = len(used)
    report["compiled"] = sum(sum(kernel.stats.cache_misses.values()) for kernel in used)
    report["loaded"] = sum(bool(kernel.stats.cache_hits) for kernel in used)
    return report


def _interpreted() -> dict[str, Any]:
    """Time one game of each size where numba cannot be imported."""
    sys.modules["numba"] = None  # type: ignore[assignment] # makes importing it fail
    from benchmarks.subjects.games import games
    from negotiation.games.two_players import enumerate_in_floats

    report: dict[str, Any] = {}
    for size in INTERPRETED_SIZES:
        payoffs = games(size, 50).payoffs
        seconds = []
        for b in range(len(payoffs)):
            start = perf_counter()
            enumerate_in_floats(payoffs[b : b + 1], 10.0, compile_=False)
            seconds.append(perf_counter() - start)
        ranked = sorted(seconds)
        report[str(size)] = [seconds[0], ranked[0], ranked[len(ranked) // 2]]
    return report


def _elsewhere(*what: str, cache: str | None = None) -> Any:
    """Run one of the two above in a fresh process."""
    environment = dict(os.environ)
    if cache is not None:
        environment["NUMBA_CACHE_DIR"] = cache
    command = [sys.executable, "-m", "benchmarks.phases.compiling", *what]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(done.stdout)


def _with_numba(quick: bool) -> None:
    sizes = COMPILED_SIZES[: 1 if quick else None]  # to compile all takes half a minute
    with TemporaryDirectory() as cache:
        first, second = (_elsewhere("--compiled", *sizes, cache=cache) for _ in range(2))
    lines = [["import numba", show(first["import"]), show(second["import"]), "", ""]]
    for size in sizes:
        cold, cached = first["calls"][size], second["calls"][size]
        lines.append([
            f"first call, {size} x {size}", show(cold[0]), show(cached[0]),
            ratio(cold[0] / cached[0]), show(cached[1]),
        ])  # fmt: skip
    counts = ("kernels called", "compiled", "loaded")
    lines += [[what, str(first[what]), str(second[what]), "", ""] for what in counts]
    headers = ["process", "cache empty", "cache filled", "ratio", "later calls"]
    table("benchmarks.phases.compiling", headers, lines)
    if second["compiled"] or second["loaded"] < second["kernels called"]:
        print("The second process compiled what the first had cached: THE CACHE DOES NOT WORK.\n")


def main(quick: bool = False) -> None:
    from importlib.util import find_spec

    if find_spec("numba") is None:
        print("numba is not installed: compiled kernels are left out (pip install numba)")
    else:
        _with_numba(quick)
    report = _elsewhere("--interpreted")
    lines = [[f"one {size} x {size}", *map(show, seconds)] for size, seconds in report.items()]
    headers = ["interpreted, without numba", "first", "minimum", "median"]
    table("benchmarks.phases.compiling", headers, lines)


if __name__ == "__main__":
    if "--compiled" in sys.argv:
        print(json.dumps(_compiled(sys.argv[2:])))
    elif "--interpreted" in sys.argv:
        print(json.dumps(_interpreted()))
    else:
        main()
