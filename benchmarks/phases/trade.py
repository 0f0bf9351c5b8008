"""Time the trade solver by size and severity, beside the slow and obvious one."""

from __future__ import annotations

from functools import partial

from benchmarks.peers import slow_trade
from benchmarks.registry import SUBJECTS, repeats, row, show, table, timed
from benchmarks.subjects import trade as _trade  # noqa: F401 - registers them
from negotiation.trade.jacobian import preconditioner
from negotiation.trade.system import system_of
from tests.properties.economies import shipped_world


def main(quick: bool = False) -> None:
    lines = []
    for each in SUBJECTS["trade"]:
        job = each.make()
        times = timed(job.call, repeats(quick))
        line = [*row(each, job, times), job.note(times.result)]
        if job.data[0] is not None:
            # Seconds each: one repeat tells enough.
            peer = timed(partial(slow_trade.solve, job), 1, warm=False)
            line += [show(peer.least), f"{peer.least / times.least:,.0f} x"]
            line[4] += f", {slow_trade.gap(peer.result, times.result.welfare)}"
        lines.append([*line, *[""] * (7 - len(line))])
    world = shipped_world()
    fresh = timed(lambda: preconditioner.__wrapped__(system_of(world)), repeats(quick))
    cells = ["9 x 16, preconditioner", show(fresh.least), show(fresh.middle), "once a world"]
    lines.append([*cells, "", "", ""])
    headers = ["trade", "minimum", "median", "each", "", "slow solver", "ratio"]
    table("benchmarks.phases.trade", headers, lines)


if __name__ == "__main__":
    main()
