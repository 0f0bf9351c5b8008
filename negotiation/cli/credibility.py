"""`negotiation credibility`: whose threats are believed, and what leverage costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from negotiation.cli import complete
from negotiation.cli.options import command
from negotiation.cli.streams import say

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.cli.destination import Destination

_FORMATS = ("table", "json", "md")


@command(_FORMATS, "credibility is", draws=400)
def credibility(
    case: Case,
    destination: Destination,
    *,
    vary: Annotated[
        str,
        typer.Option(
            "--vary",
            autocompletion=complete.ranges,
            metavar="NAME=LOW:HIGH",
            help="Along this parameter, find where threats become credible or cease to be.",
        ),
    ] = "",
    over: Annotated[
        list[str] | None,
        typer.Option(
            "--over",
            autocompletion=complete.ranges,
            metavar="NAME=RANGE",
            help="Only this is uncertain, in place of the model's priors: low:high is uniform, "
            "of a,b,c each is looked at; may be repeated.",
        ),
    ] = None,
    spread: Annotated[
        float,
        typer.Option(
            "--spread",
            metavar="SHARE",
            help="How uncertain the other side is of what a walk-out is worth, as a share of the"
            " loss without a deal.",
        ),
    ] = 0.25,
) -> int:
    """Say whose threats are believed, where that turns, and how sure it is."""
    from negotiation.errors import ExitCode
    from negotiation.report import credibility as report
    from negotiation.study.credibility.credibility import credibility as score

    found = score(case, vary, over or (), spread=spread)
    destination.give(report.document(found))
    if not report.certified(found):
        say("warning: some points are not certified")
        return ExitCode.UNCERTIFIED
    return ExitCode.DONE
