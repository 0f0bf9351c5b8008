"""`negotiation attribute`: which tables, and which sectors, a score comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from negotiation.cli import complete
from negotiation.cli.options import Plot, command
from negotiation.cli.streams import deliver, note, say

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.cli.destination import Destination


@command(("table", "csv", "json", "md"), "an attribution is", draws=100)
def attribute(
    case: Case,
    destination: Destination,
    *,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            autocompletion=complete.words("sectors", "tables"),
            metavar="PARTS",
            help="Sectors, or the tables at which sides talk.",
        ),
    ] = "sectors",
    of: Annotated[
        str,
        typer.Option(
            "--of",
            autocompletion=complete.numbers,
            metavar="SCORE",
            help="The number to take apart: delta (what a deal gives the first side), ncl, "
            "loss.us, surplus, ...",
        ),
    ] = "delta",
    plot: Plot = None,
) -> int:
    """Say which sectors or tables stand behind a number, by Shapley and Owen values.

    A table is a group of sectors that is settled together in the talks.

    Over the draws tables have a range. Every draw needs the game of each set of tables, so that
    the default is 100 draws; sectors are told without draws.
    """
    from negotiation.errors import ExitCode
    from negotiation.report import attribution as report
    from negotiation.study.attribution import attribute as attribute_model
    from negotiation.study.shares import shares

    if plot is not None:
        from negotiation.report.plots import check_picture

        check_picture(plot)
    found = attribute_model(case, of=of, by=by)
    drawn = shares(case, of=of) if case.draws and case.uncertain() else None
    result = report.document(found, case, drawn)

    def draw() -> None:
        if plot is not None:
            report.plot(found, case, plot, drawn)
            note(f"wrote {plot}")

    deliver(lambda: destination.give(result), draw)
    bad = int((~found.coalitions.certified).sum())
    if bad:
        say(f"warning: {bad} of {len(found.coalitions.masks)} coalitions are not certified")
    lost = 0 if drawn is None else int((~drawn.certified).sum())
    if lost:
        say(f"warning: {lost} of {case.draws} draws are not certified")
    return ExitCode.UNCERTIFIED if bad or lost else ExitCode.DONE
