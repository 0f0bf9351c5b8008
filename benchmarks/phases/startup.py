"""Time whole commands as processes, from nothing to the prompt."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.registry import Times, show, table, timed

COMMANDS = (
    "--help",
    "models list",
    "solve tariff_standoff",
    "solve canada_us",
    "sweep tariff_standoff --vary diversification=0:0.9:41",
    "sweep canada_us --vary diversification=0:0.4:41",
)


def process(*arguments: str, times: int = 5, warm: bool = True) -> Times:
    """Time a Python process; the first run, which fills the disk cache, is not counted."""

    def call() -> None:
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)

    return timed(call, times, warm)


def main(quick: bool = False) -> None:
    cases: list[tuple[str, tuple[str, ...]]] = [
        ("python -c pass", ("-c", "pass")),
        ("import numpy", ("-c", "import numpy")),
    ]
    cases += [(f"negotiation {c}", ("-m", "negotiation", *c.split())) for c in COMMANDS]
    # Quickly, one run has to do: there are seconds of them.
    times, warm = (1, False) if quick else (4, True)
    runs = [(name, process(*arguments, times=times, warm=warm)) for name, arguments in cases]
    lines = [[name, show(each.least), show(each.middle)] for name, each in runs]
    table("benchmarks.phases.startup", ["process", "minimum", "median"], lines)


if __name__ == "__main__":
    main()
