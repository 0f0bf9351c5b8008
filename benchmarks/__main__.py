"""Run every phase at length, or quickly; or those that are named."""

from __future__ import annotations

import argparse
from importlib import import_module

PHASES = (
    "trade",
    "tariffs",
    "trade_cost",
    "equilibria",
    "near_ties",
    "scaling",
    "compiling",
    "sweep",
    "clouds",
    "files",
    "attribution",
    "talks",
    "startup",
)

#: Phases that can draw what they measured.
DRAWN = ("trade_cost",)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("phase", nargs="*", help=", ".join(PHASES), metavar="phase")
    parser.add_argument("--quick", action="store_true", help="fewer repeats, smaller batches")
    parser.add_argument(
        "--plot", action="store_true", help=f"also draw ({', '.join(DRAWN)}), into docs/"
    )
    given = parser.parse_args()
    unknown = [name for name in given.phase if name not in PHASES]
    if unknown:
        parser.error(f"no phase '{unknown[0]}'; phases are {', '.join(PHASES)}")
    for name in given.phase or PHASES:
        options = {"draw": True} if given.plot and name in DRAWN else {}
        import_module(f"benchmarks.phases.{name}").main(quick=given.quick, **options)


if __name__ == "__main__":
    main()
