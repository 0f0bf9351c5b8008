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
    negotiation sweep canada_us --vary diversification=0:0.4:41 --plot run.png
    negotiation sweep canada_us --vary elasticities=low,central,high -o run.csv
    """  # noqa: D301 - the command line's own mark for lines that are kept
    from negotiation.catalogue import load_model
    from negotiation.errors import InterruptedRunError, OutputError
    from negotiation.report import tables
    from negotiation.report.output import check_writable
    from negotiation.report.plots import check_plot
    from negotiation.sweep.grid import Grid

    fixed = read_settings(settings)
    cls = load_model(model)
    grid = Grid.of(vary).fit(cls)
    check_format(kind or "table", tables.FORMATS)
    target = None if output in (None, "-") else Path(str(output))
    if target is not None:
        suffix = tables.file_format(target)
        if kind not in (None, {"txt": "table"}.get(suffix, suffix)):
            raise OutputError(f"--format {kind} contradicts {target}; give one of the two")
        check_writable(target)
    if plot is not None:
        check_plot(plot, cls, grid)
    if dry_run:
        from negotiation.sweep.estimate import estimate

        show(estimate(cls, grid, fixed, target.suffix if target else f".{kind or 'txt'}", rule))
        return 0

    from negotiation.sweep import regimes
    from negotiation.sweep import sweep as run_sweep

    progress = Progress(f"sweep {cls.name()}")
    written: list[str] = []
    try:
        data = run_sweep(cls, grid, fixed, rule=rule, progress=progress)
        events = regimes(data, cls, fixed, rule=rule)
        if target is None:
            show(tables.render(data, cls, events, kind or "table"))
        else:
            tables.save(data, cls, events, target)
            written.append(f"{target}: {grid.size} rows")
            for line in tables.reading(data, cls, events):
                say(line)
        if plot is not None:
            from negotiation.report.plots import leverage_plot

            leverage_plot(data, cls, events, plot)
            written.append(str(plot))
    except KeyboardInterrupt:
        progress.clear()
        raise InterruptedRunError(
            f"interrupted at {progress.done} of {grid.size} points; "
            f"{' and '.join(written) or 'nothing'} was written"
        ) from None
    for what in written:
        say(f"wrote {what}")
    bad = int((~data["status"].str.startswith("certified")).sum())
    if bad:
        say(f"{bad} of {grid.size} points are not certified; see the column 'status'")
    return 1 if bad else 0
