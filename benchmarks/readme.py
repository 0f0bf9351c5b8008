"""Print the times of the README's command, for docs/performance.md, and where the time goes."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from benchmarks.phases.startup import process
from benchmarks.registry import show, table

MODEL, VARY = "canada_us", "diversification=0:0.4:41"


def _imports() -> None:
    # What `negotiation sweep` imports on its way, the command line included.
    import pandas  # noqa: F401 - timed
    import xarray  # noqa: F401 - timed

    import negotiation.cli.app
    import negotiation.report.plots
    import negotiation.report.sweep
    import negotiation.study  # noqa: F401 - timed


def where_the_time_goes() -> dict[str, float]:
    """Follow the README's sweep phase by phase; must run before anything heavy is imported."""
    seconds: dict[str, float] = {}

    def phase(name: str, call: Callable[[], Any]) -> Any:
        start = perf_counter()
        result = call()
        seconds[name] = perf_counter() - start
        return result

    phase("imports", _imports)
    from negotiation.catalogue import load_model
    from negotiation.regimes import regimes
    from negotiation.report.render import render
    from negotiation.report.sweep import document
    from negotiation.study import sweep
    from negotiation.trade.jacobian import preconditioner
    from negotiation.trade.system import system_of

    model = phase("model file", lambda: load_model(MODEL))
    world = phase("data", lambda: model().world)
    phase("preconditioner", lambda: preconditioner(system_of(world)))
    data = phase("solves", lambda: sweep(model, [VARY]))
    events = phase("regimes", lambda: regimes(model, data))
    phase("rendering", lambda: render(document(data, model, events), "table"))
    return seconds


def main() -> None:
    seconds = where_the_time_goes()  # first: later phases would find the imports done
    commands = [("sweep", MODEL, "--vary", VARY), ("--help",)]
    lines = []
    for arguments in commands:
        times = process("-m", "negotiation", *arguments, times=5)
        lines.append([f"negotiation {' '.join(arguments)}", show(times.middle), show(times.least)])
    table("benchmarks.readme", ["command, cold, 5 runs", "median", "minimum"], lines)
    total = sum(seconds.values())
    lines = [[name, show(each), f"{each / total:.0%}"] for name, each in seconds.items()]
    lines.append(["in all", show(total), ""])
    table("benchmarks.readme", ["the sweep in one process", "seconds", "share"], lines)


if __name__ == "__main__":
    main()
