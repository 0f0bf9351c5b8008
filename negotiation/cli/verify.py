"""`negotiation verify`: known problems, solved on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from negotiation.cli import complete
from negotiation.cli.destination import Destination
from negotiation.cli.options import Quiet
from negotiation.cli.streams import Progress, note, say


def verify(
    kind: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="KIND",
            autocompletion=complete.words("table", "json", "md", "html"),
            help="Print table (default), json, md or html.",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Write to FILE.json, .md, .txt or .html."
        ),
    ] = None,
    quiet: Quiet = False,  # its callback has heard it
) -> int:
    """Solve problems whose answers are known, and print a certificate for this machine.

    Games, bargains, trade equilibria, ranges over draws and the shipped models are solved and
    compared with textbooks, closed forms and another solver. It takes about 10 seconds. Exit code
    0: every answer agrees; 1: one does not, and the certificate says which.
    """
    from negotiation.errors import ExitCode
    from negotiation.report import verify as report
    from negotiation.study.verify import verify as solve_all

    destination = Destination.of(kind, output, "a certificate is")
    progress = Progress("verify")
    try:
        found = solve_all(progress)
    finally:
        progress.clear()
    destination.give(report.document(found))
    if not found.holds:
        wrong = len({each.problem for each in found.wrong})
        say(f"warning: {wrong} known problems were not solved as known; see the certificate")
        return ExitCode.UNCERTIFIED
    note(f"every known answer was found, in {found.seconds:.0f} s")
    return ExitCode.DONE
