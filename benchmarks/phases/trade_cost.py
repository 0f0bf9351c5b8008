"""What a trade scenario costs by size of the world and of the batch, above what it must cost.

    python -m benchmarks.phases.trade_cost [--quick] [--plot]

The floor counts operations and bytes. Operations: the multiplications and additions of the
equations as they are written, once per pass, and one product of residuals with an inverse Jacobian,
at the rate of a large product of float64 matrices on this machine. Bytes: the rates of a scenario
read and its results written, once, at the rate of a large copy. The longer of both is the floor. A
step in single precision, as the solver takes it, may be faster than what is counted for it.

Processor time; with one thread for BLAS (OPENBLAS_NUM_THREADS=1) it is time on one core.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from functools import lru_cache, partial
from importlib.util import find_spec
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from benchmarks.registry import ratio, repeats, show, table, timed
from benchmarks.subjects.trade import drawn
from benchmarks.subjects.worlds import build, shipped_world
from negotiation.trade import World, counterfactual

PLOT = Path(__file__).resolve().parents[2] / "docs" / "trade_cost.png"

#: Operations that an exponential or a logarithm is counted as.
TRANSCENDENTAL = 20

#: Sizes; the second list of each pair when quick.
REGIONS = ((2, 3, 5, 9, 16, 32, 56, 81), (2, 9, 32))
REGIONS_LINKED = ((2, 3, 5, 9, 16, 32), (2, 9))
SECTORS = ((2, 4, 8, 16, 28, 40), (2, 16))
BATCHES = ((1, 4, 16, 64, 256, 1024, 4096), (1, 16, 256))

#: Scenarios of a batch where the size of the world varies.
BATCH, BATCH_WHEN_QUICK = 256, 64


@dataclasses.dataclass(frozen=True)
class Machine:
    """Operations and bytes a second, as measured."""

    flops: float
    copied: float


@dataclasses.dataclass(frozen=True)
class Point:
    """Seconds per scenario at one size, and the floor."""

    at: int
    seconds: float
    floor: float
    passes: float
    solved: float


@dataclasses.dataclass(frozen=True)
class Curve:
    """A line of one panel; `panel` names what varies."""

    panel: str
    name: str
    points: tuple[Point, ...]


@lru_cache(maxsize=1)
def machine() -> Machine:
    size, words = 1024, 1 << 23
    one = np.random.default_rng(0).random((size, size))
    product = np.empty_like(one)
    multiplied = timed(lambda: np.matmul(one, one, out=product), 5, clock=process_time).least
    source, target = np.ones(words), np.empty(words)
    copied = timed(lambda: np.copyto(target, source), 5, clock=process_time).least
    return Machine(2.0 * size**3 / multiplied, 2.0 * source.nbytes / copied)


def operations(world: World) -> float:
    """Operations of one pass over the equations of one scenario."""
    n, s = world.output.shape
    uses = 2 if world.linked else 1
    # Sums over origins, gross and net, and over destinations.
    products = 3 * n * n * s * uses
    unknowns = n
    exponentials, logarithms = n + n * s, n
    if world.linked:
        products += 2 * n * s * s  # costs of inputs, purchases of inputs
        unknowns += 2 * n * s
        exponentials += n * s  # output
        logarithms += 2 * n * s  # prices, output
    products += unknowns**2
    return 2.0 * float(products) + TRANSCENDENTAL * float(exponentials + logarithms)


def traffic(world: World) -> float:
    """Bytes of one scenario: rates of two pairs of regions, and its results."""
    n, s = world.output.shape
    # Welfare, equivalent variation, income, wage and revenue; cost, output; prices, spending.
    return 8.0 * float(2 * s * 2 + 5 * n + 2 * n * s + 2 * n * s * 2)


def measure(world: World, batch: int, at: int, compiled: bool, quick: bool) -> Point:
    """Time scenarios that tax trade between two regions."""
    pair = ("CAN", "USA") if "CAN" in world.regions else world.regions[:2]
    rates = drawn(world, batch, *pair)
    call = partial(counterfactual, world, rates, compiled=compiled)
    first = timed(call, 1, warm=True, clock=process_time)  # also what is done once a world
    times = first if first.least > 1.0 else timed(call, repeats(quick), False, process_time)
    passes = float(times.result.evaluations.mean())
    here = machine()
    floor = max(operations(world) * passes / here.flops, traffic(world) / here.copied)
    solved = float(times.result.converged.mean())
    return Point(at, times.least / batch, floor, passes, solved)


def curves(quick: bool) -> list[Curve]:
    ways = [("NumPy", False)]
    if find_spec("numba") is not None:
        ways.append(("compiled", True))
    batch, pick = BATCH_WHEN_QUICK if quick else BATCH, 1 if quick else 0
    found = []

    def curve(panel: str, name: str, worlds: Sequence[tuple[int, World]], compiled: bool) -> None:
        points = [measure(world, batch, at, compiled, quick) for at, world in worlds]
        found.append(Curve(panel, name, tuple(points)))

    unlinked = [(n, build(1, n=n, s=16, linked=False).world) for n in REGIONS[pick]]
    curve("regions, 16 sectors", "no links, NumPy", unlinked, False)
    linked = [(n, build(1, n=n, s=16, linked=True).world) for n in REGIONS_LINKED[pick]]
    for name, compiled in ways:
        curve("regions, 16 sectors", f"links, {name}", linked, compiled)
    linked = [(s, build(1, n=9, s=s, linked=True).world) for s in SECTORS[pick]]
    for name, compiled in ways:
        curve("sectors, 9 regions", f"links, {name}", linked, compiled)
    world = shipped_world()
    for name, compiled in ways:
        points = [measure(world, size, size, compiled, quick) for size in BATCHES[pick]]
        found.append(Curve("scenarios, 9 x 16", f"links, {name}", tuple(points)))
    return found


def plot(found: Sequence[Curve], path: Path) -> None:
    """Draw the curves, one panel for each thing that varies, and their floors."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    colours = {
        "no links, NumPy": "#009E73",
        "links, NumPy": "#0072B2",
        "links, compiled": "#D55E00",
    }
    panels = list(dict.fromkeys(curve.panel for curve in found))
    figure = Figure(figsize=(12.0, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    grid: Any = figure.subplots(1, len(panels), sharey=True)
    for axes, panel in zip(grid, panels, strict=True):
        here = [curve for curve in found if curve.panel == panel]
        for each in here:
            at = [point.at for point in each.points]
            seconds = [1e3 * point.seconds for point in each.points]
            colour = colours[each.name]
            axes.plot(at, seconds, color=colour, lw=2, marker="o", ms=4, label=each.name)
        # Compiled or not, the floor is the same.
        for kind, each in {each.name.partition(",")[0]: each for each in here}.items():
            at = [point.at for point in each.points]
            floor = [1e3 * point.floor for point in each.points]
            dashes = (0, (1, 1.5)) if kind == "no links" else (0, (4, 2))
            axes.plot(at, floor, color="#555555", lw=1.4, ls=dashes, label=f"floor, {kind}")
        axes.set_xscale("log")
        axes.set_yscale("log")
        ticks = sorted({p.at for c in found if c.panel == panel for p in c.points})
        axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks], fontsize=8)
        axes.minorticks_off()
        axes.set_xlabel(panel)
        axes.grid(color="#dddddd", lw=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=8)
    grid[0].set_ylabel("milliseconds per scenario, one core")
    peak = machine()
    figure.suptitle(
        f"Trade equilibria to 1e-11: time, and the floor at {peak.flops / 1e9:.0f} billion "
        f"operations and {peak.copied / 1e9:.0f} GB a second",
        fontsize=10,
    )
    figure.savefig(path, dpi=140, facecolor="white", metadata={"Software": None})


def main(quick: bool = False, draw: bool = False) -> None:
    here = machine()
    print(
        f"floor: {here.flops / 1e9:.1f} billion operations a second in a product of float64 "
        f"matrices, {here.copied / 1e9:.1f} GB a second copied\n"
    )
    found = curves(quick)
    lines = [
        [
            curve.panel, curve.name, str(point.at), show(point.seconds), f"{point.passes:.1f}",
            f"{point.solved:.0%}", show(point.floor), ratio(point.seconds / point.floor),
        ]
        for curve in found for point in curve.points
    ]  # fmt: skip
    headers = ["by", "how", "size", "each", "passes", "solved", "floor", "above it"]
    table("benchmarks.phases.trade_cost", headers, lines)
    if not draw:
        return
    if find_spec("matplotlib") is None:
        print("matplotlib is not installed: nothing is drawn (pip install matplotlib)")
        return
    plot(found, PLOT)
    print(f"drawn: {PLOT}\n")


if __name__ == "__main__":
    main(quick="--quick" in sys.argv, draw="--plot" in sys.argv)
