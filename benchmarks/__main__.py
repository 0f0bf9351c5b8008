"""Run every phase at length, or quickly; or those that are named."""

from __future__ import annotations

import argparse
from importlib import import_module

PHASES = ("trade", "equilibria", "near_ties", "scaling", "compiling", "sweep", "startup")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("phase", nargs="*", help=", ".join(PHASES), metavar="phase")
    parser.add_argument("--quick", action="store_true", help="fewer repeats, smaller batches")
    given = parser.parse_args()
    unknown = [name for name in given.phase if name not in PHASES]
    if unknown:
        parser.error(f"no phase '{unknown[0]}'; phases are {', '.join(PHASES)}")
    for name in given.phase or PHASES:
        import_module(f"benchmarks.phases.{name}").main(quick=given.quick)


if __name__ == "__main__":
    main()
