"""Time the enumeration of equilibria by size and by near-ties, beside nashpy."""

from __future__ import annotations

from functools import partial

from benchmarks.peers import nashpy_games
from benchmarks.registry import SUBJECTS, repeats, row, show, table, timed
from benchmarks.subjects import games as _games  # noqa: F401 - registers them


def main(quick: bool = False) -> None:
    lines = []
    for each in SUBJECTS["equilibria"]:
        job = each.make()
        times = timed(job.call, repeats(quick))
        some = nashpy_games.SOME // (1 if not quick else 4)
        peer = timed(partial(nashpy_games.solve, job.data, some), 1, warm=False)
        ratio = (peer.least / some) / (times.least / job.items)
        finds = f"{peer.result} of {int(times.result.count[:some].sum())}"
        cells = [*row(each, job, times), job.note(times.result)]
        lines.append([*cells, f"{show(peer.least / some)} / game", finds, f"{ratio:.2g} x"])
    headers = ["equilibria", "minimum", "median", "each", "", "nashpy", "it finds", "ratio"]
    table("benchmarks.phases.equilibria", headers, lines)


if __name__ == "__main__":
    main()
