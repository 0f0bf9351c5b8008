"""`negotiation runs`: what the folder of a run holds, and its results as far as there are any."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from negotiation.cli import complete
from negotiation.cli.destination import Destination, asked
from negotiation.cli.options import Plot, Quiet
from negotiation.cli.streams import note

if TYPE_CHECKING:
    from negotiation.model import Model
    from negotiation.study.drawn import Drawn
    from negotiation.study.kept import KeptRun


def _model(run: KeptRun) -> type[Model]:
    from negotiation.catalogue import load_model

    return load_model(run.about["model"])


def _bands(drawn: Drawn, target: Path | None, plot: Path | None, run: KeptRun) -> None:
    """Write and draw the bands of those draws that are there."""
    from negotiation.report import drawn_sweep as report
    from negotiation.report.band_plot import bands_plot
    from negotiation.study.bands import Bands

    bands = Bands.of(drawn)
    if target is not None:
        note(f"wrote {target}: {report.save(bands, target, command=asked())} rows, {run.progress}")
    if plot is not None:
        bands_plot(bands, plot, ())
        note(f"wrote {plot}: {run.progress}")


def runs(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="The folder of a run: FILE.run beside the output, or that of --run.",
        ),
    ],
    plot: Plot = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--format",
            autocompletion=complete.words("table", "json", "md"),
            metavar="KIND",
            help="Print table (default), json or md.",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write finished rows to FILE.parquet, .csv, .xlsx or .nc, marked as a part.",
        ),
    ] = None,
    quiet: Quiet = False,  # its callback has heard it
) -> int:
    """Say how far a kept run is; write or draw what is finished, marked as a part."""
    from negotiation.report import columnar
    from negotiation.report.kept import document
    from negotiation.report.place import kind_of, place
    from negotiation.report.render import WORKBOOK
    from negotiation.report.sweep import save
    from negotiation.study.kept import KeptRun, read_run

    kinds = {".parquet": "parquet", ".csv": "csv", **WORKBOOK, ".nc": "nc"}
    target = place(output)
    shape = "" if target is None else kind_of(target, kinds, None, "a kept run is written as", "")
    run = KeptRun.of(folder)
    drawn = run.drawn if target is not None or plot is not None else None
    if drawn is not None:
        _bands(drawn, target, plot, run)
    elif target is not None and shape in ("parquet", "csv"):
        table = columnar.SweptTable(run.blocks, None, run.made)
        note(f"wrote {target}: {columnar.write(table, target, shape)} rows, {run.progress}")
    elif target is not None:
        save(read_run(folder), _model(run), (), target, command=asked())
        note(f"wrote {target}: {run.progress}")
    if plot is not None and drawn is None:
        from negotiation.report.plots import leverage_plot

        leverage_plot(read_run(folder), _model(run), (), plot)
        note(f"wrote {plot}: {run.progress}")
    if target is None and plot is None:
        Destination.of(kind, None, "a kept run is").give(document(run))
    return 0
