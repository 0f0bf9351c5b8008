"""`negotiation sweep`: a table over a grid of parameter values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from negotiation.cli import complete
from negotiation.cli.destination import WORKBOOK, asked
from negotiation.cli.options import Dask, Plot, Resume, RunPlace, Workers, command
from negotiation.cli.streams import Progress, deliver, note, say, show

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.errors import NegotiationError
    from negotiation.execution import Execution, Results
    from negotiation.model import Model
    from negotiation.regimes import Event

#: Most points of a sweep that are read as well: what changes along the way is looked for.
MOST_READ = 100_000


@command(
    ("table", "csv", "json", "md"),
    files=(".csv", ".json", ".xlsx", ".parquet", ".nc", ".md", ".txt"),
    more="; - is stdout",
    draws=400,
)
def sweep(
    case: Case,
    *,
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary",
            autocompletion=complete.settings,
            metavar="NAME=VALUES",
            help="A parameter and its values: start:stop:count, as in diversification=0:0.4:41, "
            "or value,value,...; repeat for a grid.",
        ),
    ],
    kind: str | None,
    output: str | None,
    plot: Plot = None,
    shown: Annotated[
        str | None,
        typer.Option(
            "--show",
            autocompletion=complete.shown,
            metavar="NAMES",
            help="What --plot shows: deal, no_deal.us, loss.us, share, chances, or names of "
            "columns, joined by commas.",
        ),
    ] = None,
    all_draws: Annotated[
        Path | None,
        typer.Option(
            "--all-draws",
            metavar="FILE",
            help="Write every draw at every point to FILE.csv, .parquet or .nc.",
        ),
    ] = None,
    details: Annotated[
        bool,
        typer.Option("--details", help="Also say how near a change comes that does not happen."),
    ] = False,
    workers: Workers = None,
    dask: Dask = None,
    run: RunPlace = None,
    resume: Resume = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Only print how many points there are, and the time and size to expect.",
        ),
    ] = False,
) -> int:
    """Evaluate a model over a grid; say where regimes change, and how sure that is.

    What is uncertain is drawn, the same draws at every point; --draws 0 takes the point alone.

    Where there is much to do, finished parts are kept beside the file until it is written, and the
    same command with --resume goes on after whatever ended it.
    """
    from negotiation.cli.drawn_sweep import check, drawn_sweep
    from negotiation.cli.streams import check_stdout
    from negotiation.errors import (
        ExitCode,
        GridError,
        InterruptedRunError,
        NegotiationError,
        ParameterError,
    )
    from negotiation.model.grid import Grid
    from negotiation.report import sweep as report
    from negotiation.report.output import check_writable, written
    from negotiation.report.place import place
    from negotiation.report.plots import check_plot
    from negotiation.report.shown import read_names

    cls = type(case.model)
    grid = Grid.of(vary, cls).fit(cls)
    target = place(output)
    if target is None and plot is None:
        check_stdout()
    elif target is not None:
        for each in report.files_of(target, report.file_format(target, kind)):
            check_writable(each)
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
    names = read_names(shown)
    uncertain = bool(case.draws and case.uncertain([axis.name for axis in grid.axes]))
    if uncertain:
        try:
            check(case, grid, None if undrawn else plot, names, all_draws)
        except GridError as error:
            if target is None and kind is None:
                raise
            undrawn = error
    elif names or all_draws:
        raise ParameterError(
            f"--{'show' if names else 'all-draws'} is for sweeps with draws, and nothing is drawn "
            f"here; give --draws, and a --prior to what is uncertain in {cls.name()}"
        )
    if dry_run:
        if undrawn is not None:
            raise undrawn
        from negotiation.execution import Execution
        from negotiation.study.estimate import estimate

        suffix = target.suffix if target else f".{kind or 'txt'}"
        show(estimate(case, grid, suffix, Execution(workers, dask or "")))
        return 0

    from negotiation.execution import carry_out
    from negotiation.execution.machine import memory

    if uncertain:
        return drawn_sweep(
            case,
            grid,
            lambda several: _execution(workers, dask, run, resume, target, several=several),
            target=target,
            kind=kind,
            plot=plot,
            undrawn=undrawn,
            show_names=names,
            all_draws=all_draws,
            details=details,
        )
    from negotiation.report.columnar import SweptTable
    from negotiation.report.sheets import check_rows
    from negotiation.study.points import attributes
    from negotiation.study.run import check_held, dataset, points

    job = points(case, grid)
    shape = None if target is None else report.file_format(target, kind)
    if shape == WORKBOOK:
        check_rows(job.rows)
    streamed = job.rows > MOST_READ and shape in (*report.STREAMED, "nc", WORKBOOK)
    picture = plot if undrawn is None else None
    if not streamed or picture is not None:
        check_held(job.rows)
    execution = _execution(workers, dask, run, resume, target, several=job.chunks > 1)
    progress = Progress(f"sweep {cls.name()}", memory)

    def stream(results: Results) -> None:
        assert target is not None
        assert shape is not None
        table = SweptTable(
            results.blocks,
            results.files if results.columnar else None,
            lambda notes: attributes(job.made, notes),
            job.axes,
        )
        rows = report.stream(table, target, shape, case, command=asked())
        note(f"wrote {target}: {rows} rows")

    try:
        with carry_out(job, execution, progress) as results:
            if streamed and picture is None:
                stream(results)
            else:
                data = dataset(job, results.blocks())
                events = regimes_of(case, data)
                deliver(
                    (lambda: stream(results))
                    if streamed
                    else (lambda: _give(data, case, events, target, kind, details=details)),
                    lambda: None if picture is None else _draw(data, cls, events, picture),
                )
        if undrawn is not None:
            raise undrawn
        if job.rows > MOST_READ:
            note(
                f"regimes were not looked for along {job.rows} points; `negotiation threshold` "
                "finds where they change along one parameter, and `negotiation map` along two"
            )
    except KeyboardInterrupt:
        progress.clear()
        raise InterruptedRunError(
            f"interrupted at {progress.done} of {grid.size} points; {written()} was written"
        ) from None
    except NegotiationError:
        progress.clear()
        raise
    bad = results.uncertified
    if bad:
        say(f"{bad} of {grid.size} points are not certified; see the column 'status'")
    return ExitCode.UNCERTIFIED if bad else ExitCode.DONE


def _execution(
    workers: int | None,
    dask: str | None,
    run: str | None,
    resume: bool,
    target: Path | None,
    *,
    several: bool,
) -> Execution:
    """Who works on it, and where finished parts are kept if there are several."""
    from negotiation.errors import OutputError
    from negotiation.execution import Execution

    kept = Path(run) if run else _beside(target) if several else None
    if resume and kept is None and (target is None or several):
        raise OutputError(
            "--resume goes on with what is kept beside a file or in a folder; say which with -o or "
            "--run, as in -o run.parquet"
        )
    return Execution(workers, dask or "", kept, resume, keep=run is not None)


def regimes_of(case: Case, data: Any) -> Sequence[Event]:
    """Where regimes change along a sweep; not looked for where it has very many points."""
    from negotiation.regimes import regimes

    return regimes(case, data) if data["status"].size <= MOST_READ else ()


def _beside(target: Path | None) -> Path | None:
    """Where finished parts of a result are kept; nowhere for what is printed or written through."""
    from negotiation.report.place import target_of

    if target is None or target_of(target).through:
        return None
    return target.with_name(f"{target.name}.run")


def _give(
    data: Any,
    case: Case,
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

    model = type(case.model)
    if target is None:
        told = report.document(data, model, events, details=details)
        show(render(told, kind or "table"), kind or "table")
        return
    report.save(data, model, events, target, kind, details=details, case=case, command=asked())
    for line in text(report.reading(data, model, events, details=details)).split("\n"):
        note(line)
    note(f"wrote {target}: {data['status'].size} rows")


def _draw(data: Any, model: type[Model], events: Sequence[Event], plot: Path) -> None:
    """Draw the picture."""
    from negotiation.report.plots import leverage_plot

    leverage_plot(data, model, events, plot)
    note(f"wrote {plot}")
