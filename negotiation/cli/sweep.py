"""`negotiation sweep`: a table over a grid of parameter values."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from negotiation.cli.console import Progress, say, show
from negotiation.cli.options import ModelName, Rule, Settings, check_format, read_settings


def sweep(
    model: ModelName,
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary",
            metavar="NAME=VALUES",
            help="start:stop:count or value,value,...; repeat for a grid.",
        ),
    ],
    settings: Settings = None,
    kind: Annotated[
        str | None,
        typer.Option("--format", metavar="KIND", help="Print table (default), csv, json or md."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write to FILE.csv, .json, .parquet, .nc, .md or .txt; - is stdout.",
        ),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw to FILE.png or .svg.")
    ] = None,
    rule: Rule = "pareto",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print points, estimated time and size; do nothing.")
    ] = False,
) -> int:
    """Evaluate a model over a grid; say where regimes change.

    \b
    negotiation sweep canada_us --vary diversification=0:0.4:41 --plot leverage.png
    negotiation sweep canada_us --vary diversification=0,0.2 --vary elasticities=low,high -o run.csv
    """  # noqa: D301 - the command line's own mark for lines that are kept
    from negotiation.catalogue import load_model
    from negotiation.report import tables
    from negotiation.report.output import check_writable
    from negotiation.report.plots import check_plot
    from negotiation.sweep.grid import Grid

    fixed = read_settings(settings)
    cls = load_model(model)
    grid = Grid.of(vary)
    check_format(kind or "table", tables.FORMATS)
    target = None if output in (None, "-") else Path(str(output))
    if target is not None:
        tables.file_format(target)
        check_writable(target)
    if plot is not None:
        check_plot(plot, cls, grid)
    if dry_run:
        from negotiation.sweep.estimate import estimate

        show(estimate(cls, grid, fixed, target.suffix if target else f".{kind or 'txt'}"))
        return 0

    from negotiation.sweep import regimes
    from negotiation.sweep import sweep as run_sweep

    progress = Progress(f"sweep {cls.name()}")
    try:
        data = run_sweep(cls, grid, fixed, rule=rule, progress=progress)
        events = regimes(data, cls, fixed, rule=rule)
    except KeyboardInterrupt:
        progress.clear()
        raise KeyboardInterrupt(f"{progress.done} of {grid.size} points") from None
    if target is None:
        show(tables.render(data, cls, events, kind or "table"))
    else:
        tables.save(data, cls, events, target)
        for line in tables.reading(data, cls, events):
            say(line)
        say(f"wrote {target}: {grid.size} rows")
    if plot is not None:
        from negotiation.report.plots import leverage_plot

        leverage_plot(data, cls, events, plot)
        say(f"wrote {plot}")
    bad = int((~data["status"].str.startswith("certified")).sum())
    if bad:
        say(f"{bad} of {grid.size} points are not certified; see the column 'status'")
    return 1 if bad else 0
