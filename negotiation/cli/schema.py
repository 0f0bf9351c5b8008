"""`negotiation schema`: the JSON Schema of what a study writes."""

from __future__ import annotations

from typing import Annotated

import typer

from negotiation.cli import complete
from negotiation.cli.options import Quiet


def schema(
    study: Annotated[
        str | None,
        typer.Argument(
            metavar="STUDY",
            autocompletion=complete.names("studies"),
            help="A study, such as solve; without it, all are listed.",
        ),
    ] = None,
    quiet: Quiet = False,  # its callback has heard it
) -> int:
    """Print the JSON Schema (2020-12) of what a study writes with --format json."""
    from negotiation.cli.streams import show
    from negotiation.report import schema as report
    from negotiation.report.render import to_json

    if study is None:
        show("\n".join(report.studies()))
    else:
        show(to_json(report.schema(study)), "json")
    return 0
