"""`negotiation columns`: what a column, a key or a result is called, and what it means."""

from __future__ import annotations

from typing import Annotated

import typer

from negotiation.cli import complete
from negotiation.cli.destination import Destination
from negotiation.cli.options import Quiet


def columns(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            autocompletion=complete.columns,
            help="One name, such as ncl_canada; without it, all are listed.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--of",
            autocompletion=complete.models,
            metavar="MODEL",
            help="Explain the results and parameters of this model too.",
        ),
    ] = None,
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
            "-o", "--output", metavar="FILE", help="Write to FILE.json, .md, .xlsx or .txt."
        ),
    ] = None,
    quiet: Quiet = False,  # its callback has heard it
) -> int:
    """Explain the names of columns, JSON keys, targets and numbers: unit and meaning."""
    from negotiation.report.columns import document

    destination = Destination.of(kind, output, "columns are")
    destination.give(document(name, model))
    return 0
