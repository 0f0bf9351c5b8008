"""Time sweeps of the shipped models and the search for their regime changes."""

from __future__ import annotations

from benchmarks.registry import SUBJECTS, repeats, row, table, timed
from benchmarks.subjects import duties as _duties  # noqa: F401 - registers them
from benchmarks.subjects import sweeps as _sweeps  # noqa: F401 - registers them


def main(quick: bool = False) -> None:
    lines = []
    for each in SUBJECTS["sweep"]:
        job = each.make()
        times = timed(job.call, repeats(quick))
        lines.append([*row(each, job, times), job.note(times.result)])
    table("benchmarks.phases.sweep", ["sweep", "minimum", "median", "each", ""], lines)


if __name__ == "__main__":
    main()
