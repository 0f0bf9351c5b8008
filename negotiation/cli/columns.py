"""`negotiation columns`: what a column, a key or a result is called, and what it means."""

from __future__ import annotations

from typing import Annotated

import typer

from negotiation.cli.destination import Destination
from negotiation.cli.options import Quiet


def columns(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="As in ncl_canada; without it, all are listed."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--of", metavar="MODEL", help="Also the results and parameters of a model."),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--format", metavar="KIND", help="Print table (default), json or md."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write to FILE.json, .md or .txt."),
    ] = None,
    quiet: Quiet = False,  # its callback has heard it
) -> int:
    """Explain the names of columns, JSON keys, targets and numbers: unit and meaning.

    \b
    negotiation columns
    negotiation columns ncl_canada
    negotiation columns welfare_pct_CAN --of canada_us
    """  # noqa: D301 - the command line's own mark for lines that are kept
    from negotiation.report.columns import document

    destination = Destination.of(kind, output, "columns are")
    destination.give(document(name, model))
    return 0
