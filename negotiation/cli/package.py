"""`negotiation package`: deals over several tables, linked or one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from negotiation.cli.options import Plot, command
from negotiation.cli.streams import deliver, note, say

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.cli.destination import Destination

_FORMATS = ("table", "json", "md")


@command(_FORMATS, "packages are", draws=100)
def package(
    case: Case,
    destination: Destination,
    *,
    plot: Plot = None,
    agenda: Annotated[
        str | None,
        typer.Option(
            "--agenda",
            metavar="TABLE,TABLE,...",
            help="Also settle tables one by one in this order, as in autos,forestry.",
        ),
    ] = None,
) -> int:
    """Bargain over packages: what is agreed table by table, and who pays.

    Over the draws every package has a range. Every draw solves all packages, so that the default
    is 100 draws; agendas and lotteries are told at the point alone.
    """
    from negotiation.errors import ExitCode
    from negotiation.outcome import evaluate
    from negotiation.report import packages as report
    from negotiation.report.package_study import study
    from negotiation.study.package_draws import package_draws

    if plot is not None:
        from negotiation.report.package_plot import package_plot
        from negotiation.report.plots import check_picture

        check_picture(plot)
    found = study(evaluate(case), agenda or "")
    drawn = None
    if case.draws and case.uncertain():
        drawn = package_draws(case, found.packages)
    result = report.document(found, drawn)

    def draw() -> None:
        if plot is not None:
            package_plot(found, plot)
            note(f"wrote {plot}")

    deliver(lambda: destination.give(result), draw)
    if not found.certified:
        say(f"warning: {found.status}")
        return ExitCode.UNCERTIFIED
    lost = 0 if drawn is None else int((~drawn.certified).sum())
    if lost:
        say(f"warning: {lost} of {case.draws} draws are not certified")
    return ExitCode.UNCERTIFIED if lost else ExitCode.DONE
