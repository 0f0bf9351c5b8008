"""`negotiation sweep` where something is uncertain: the draws of it at every point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from negotiation.cli.destination import WORKBOOK, asked
from negotiation.cli.streams import Progress, deliver, note, say, show

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.errors import NegotiationError
    from negotiation.execution import Execution, Results
    from negotiation.model.grid import Grid
    from negotiation.study.bands import Bands
    from negotiation.study.drawn import DrawnPoints


#: Most results, points times draws, that are held in memory together.
MOST_HELD = 500_000


def drawn_sweep(
    case: Case,
    grid: Grid,
    execution: Callable[[bool], Execution],
    *,
    target: Path | None,
    kind: str | None,
    plot: Path | None,
    undrawn: NegotiationError | None,
    show_names: Sequence[str],
    all_draws: Path | None,
    details: bool,
) -> int:
    """Draw, print or write the bands, the draws and the picture; return the exit code.

    Parameters
    ----------
    execution : callable
        Who works on it, where there are several chunks or one.
    """
    from negotiation.errors import ExitCode, InterruptedRunError, NegotiationError
    from negotiation.execution import carry_out
    from negotiation.execution.machine import memory
    from negotiation.report.output import written
    from negotiation.study.bands import Bands
    from negotiation.study.drawn import DrawnPoints, gathered

    cls = type(case.model)
    job = DrawnPoints.of(case, grid)
    if job.rows > MOST_HELD:
        _check_streamed(job, target, kind, plot is not None or all_draws is not None)
    progress = Progress(f"sweep {cls.name()}, {case.draws} draws", memory)
    try:
        # What is kept of the draws ends when everything is written.
        with carry_out(job, execution(job.chunks > 1), progress) as results:
            if job.rows > MOST_HELD:
                _stream(job, results, target, kind)
            else:
                bands = Bands.of(gathered(job, results.blocks()))
                deliver(
                    lambda: _give(bands, target, kind, all_draws, details=details),
                    lambda: None if plot is None else _draw(bands, plot, show_names, undrawn),
                )
    except KeyboardInterrupt:
        progress.clear()
        raise InterruptedRunError(
            f"interrupted at {progress.done} of {job.rows} results, points times draws; "
            f"{written()} was written"
        ) from None
    except NegotiationError:
        progress.clear()
        raise
    bad = results.uncertified
    if bad:
        say(f"{bad} of {job.rows} draws are not certified and are left out")
    return ExitCode.UNCERTIFIED if bad else ExitCode.DONE


def _check_streamed(job: DrawnPoints, target: Path | None, kind: str | None, more: bool) -> None:
    """Refuse what would have to be in memory together."""
    from negotiation.errors import GridError
    from negotiation.report.sheets import check_rows
    from negotiation.report.sweep import STREAMED, file_format

    shape = None if target is None else file_format(target, kind)
    if shape == WORKBOOK:
        check_rows(job.points)
    if shape not in (*STREAMED, WORKBOOK) or more:
        raise GridError(
            f"{job.points} points at {len(job.draws)} draws are {job.rows} results; more than "
            f"{MOST_HELD} are not held in memory together, so that they can be written to a "
            ".parquet or .csv file, but neither printed, drawn nor written draw by draw; take "
            "fewer points or draws, or -o run.parquet alone"
        )


def _stream(job: DrawnPoints, results: Results, target: Path | None, kind: str | None) -> None:
    """Write the bands line by line."""
    from negotiation.provenance import provenance
    from negotiation.report.drawn_rows import streamed
    from negotiation.report.sweep import file_format, stream
    from negotiation.study.drawn import by_line

    assert target is not None
    table = streamed(lambda: by_line(job, results.blocks()), provenance(job.case, job.axes))
    rows = stream(table, target, file_format(target, kind), job.case, command=asked())
    note(f"wrote {target}: {rows} rows")
    note(
        f"what changes along {job.points} points was not looked for; `negotiation threshold` and "
        "`negotiation probability` find it along one parameter, `negotiation map` along two"
    )


def check(
    case: Case, grid: Grid, plot: Path | None, show_names: Sequence[str], all_draws: Path | None
) -> None:
    """Refuse what cannot be drawn or written, before any work is done.

    Raises
    ------
    GridError, ParameterError, OutputError, MissingExtraError
    """
    from negotiation.report.band_plot import check_bands_plot
    from negotiation.report.drawn_sweep import draws_format
    from negotiation.report.output import check_writable
    from negotiation.report.shown import panels

    if all_draws is not None:
        draws_format(all_draws)
        check_writable(all_draws)
    if plot is not None:
        check_bands_plot(type(case.model), grid)
    if show_names:
        from negotiation.outcome import evaluate
        from negotiation.study.recorded import recorded

        panels(type(case.model), recorded(evaluate(case)), show_names)


def _give(
    bands: Bands, target: Path | None, kind: str | None, all_draws: Path | None, *, details: bool
) -> None:
    from negotiation.report import drawn_sweep as report
    from negotiation.report.render import render
    from negotiation.report.text import text

    if target is None:
        told = render(report.document(bands, details=details), kind or "table")
        show(told, kind or "table")
    else:
        rows = report.save(bands, target, kind, details=details, command=asked())
        for line in text(report.reading(bands, report.made_of(bands))).split("\n"):
            note(line)
        note(f"wrote {target}: {rows} rows")
    if all_draws is not None:
        note(f"wrote {all_draws}: {report.save_draws(bands, all_draws)} rows")


def _draw(
    bands: Bands, plot: Path, show_names: Sequence[str], undrawn: NegotiationError | None
) -> None:
    """Draw the picture, or refuse it with the reason that was known from the start."""
    if undrawn is not None:
        raise undrawn
    from negotiation.report.band_plot import bands_plot

    bands_plot(bands, plot, show_names)
    note(f"wrote {plot}")
