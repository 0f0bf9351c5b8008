"""`negotiation sweep`: a table over a grid of parameter values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from negotiation.cli.options import Plot, command
from negotiation.cli.streams import Progress, deliver, note, say, show

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.errors import NegotiationError
    from negotiation.model import Model
    from negotiation.regimes import Event


@command(
    ("table", "csv", "json", "md"),
    files=(".csv", ".json", ".parquet", ".nc", ".md", ".txt"),
    more="; - is stdout",
)
def sweep(
    case: Case,
    *,
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary",
            metavar="NAME=VALUES",
            help="start:stop:count or value,value,...; repeat for a grid.",
        ),
    ],
    kind: str | None,
    output: str | None,
    plot: Plot = None,
    details: Annotated[
        bool, typer.Option("--details", help="Also say of what does not change how near it comes.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print points, estimated time and size; do nothing.")
    ] = False,
) -> int:
    """Evaluate a model over a grid; say where regimes change.

    \b
    negotiation sweep canada_us --vary diversification=0:0.4:41 --plot run.png
    negotiation sweep canada_us --vary elasticities=low,central,high -o run.csv
    """  # noqa: D301 - the command line's own mark for lines that are kept
    from negotiation.cli.streams import check_stdout
    from negotiation.errors import ExitCode, InterruptedRunError, NegotiationError
    from negotiation.model.grid import Grid
    from negotiation.report import sweep as report
    from negotiation.report.output import check_writable, written
    from negotiation.report.place import place
    from negotiation.report.plots import check_plot

    cls = type(case.model)
    grid = Grid.of(vary, cls).fit(cls)
    target = place(output)
    if target is None and plot is None:
        check_stdout()
    elif target is not None:
        report.file_format(target, kind)
        check_writable(target)
    undrawn: NegotiationError | None = None
    if plot is not None:
        try:
            check_plot(plot, cls, grid)
        except NegotiationError as error:
            # Data that were asked for are not lost for a picture: it is refused once they are
            # written. Without them there is nothing to be done first.
            if target is None and kind is None:
                raise
            undrawn = error
    if dry_run:
        if undrawn is not None:
            raise undrawn
        from negotiation.study.estimate import estimate

        show(estimate(case, grid, target.suffix if target else f".{kind or 'txt'}"))
        return 0

    from negotiation.regimes import regimes
    from negotiation.study import sweep as run_sweep

    progress = Progress(f"sweep {cls.name()}")
    try:
        data = run_sweep(case, grid, progress=progress)
        events = regimes(case, data)
        deliver(
            lambda: _give(data, cls, events, target, kind, details=details),
            lambda: None if plot is None else _draw(data, cls, events, plot, undrawn),
        )
    except KeyboardInterrupt:
        progress.clear()
        raise InterruptedRunError(
            f"interrupted at {progress.done} of {grid.size} points; {written()} was written"
        ) from None
    bad = int((~report.certified(data)).sum())
    if bad:
        say(f"{bad} of {grid.size} points are not certified; see the column 'status'")
    return ExitCode.UNCERTIFIED if bad else ExitCode.DONE


def _give(
    data: Any,
    model: type[Model],
    events: Sequence[Event],
    target: Path | None,
    kind: str | None,
    *,
    details: bool,
) -> None:
    """Print the table, or write it and say what changes along the way."""
    from negotiation.report import sweep as report
    from negotiation.report.render import render
    from negotiation.report.text import text

    if target is None:
        told = report.document(data, model, events, details=details)
        show(render(told, kind or "table"), kind or "table")
        return
    report.save(data, model, events, target, kind, details=details)
    for line in text(report.reading(data, model, events, details=details)).split("\n"):
        note(line)
    note(f"wrote {target}: {data['status'].size} rows")


def _draw(
    data: Any,
    model: type[Model],
    events: Sequence[Event],
    plot: Path,
    undrawn: NegotiationError | None,
) -> None:
    """Draw the picture, or refuse it with the reason that was known from the start."""
    if undrawn is not None:
        raise undrawn
    from negotiation.report.plots import leverage_plot

    leverage_plot(data, model, events, plot)
    note(f"wrote {plot}")
