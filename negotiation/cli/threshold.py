"""`negotiation threshold`: where regimes change along a parameter, or what reaches a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from negotiation.cli import complete
from negotiation.cli.options import command
from negotiation.cli.streams import say

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.cli.destination import Destination


@command(("table", "json", "md", "csv"), "thresholds are", draws=100)
def threshold(
    case: Case,
    destination: Destination,
    *,
    vary: Annotated[
        str | None,
        typer.Option(
            "--vary",
            autocompletion=complete.ranges,
            metavar="NAME=LOW:HIGH",
            help="A parameter and its range, as in diversification=0:0.6.",
        ),
    ] = None,
    when: Annotated[
        str | None,
        typer.Option(
            "--when",
            autocompletion=complete.events,
            metavar="TEXT",
            help="Only this event, e.g. 'us: escalate -> keep'; a wrong one lists all.",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            autocompletion=complete.targets,
            metavar="TEXT",
            help="Find which change of one parameter reaches this: NAME=NUMBER, as in "
            "ncl.canada=-0.4, or a phrase.",
        ),
    ] = None,
) -> int:
    """Locate every regime change along a parameter, with what holds on either side.

    Over the draws the place of each change is a distribution. Every draw is looked at along the
    whole range, so that the default is 100 draws. A target is answered at the point, without draws.
    """
    from negotiation.errors import ExitCode, GridError
    from negotiation.regimes.thresholds import thresholds
    from negotiation.regimes.thresholds.inverse import reach
    from negotiation.report import reach as report_reach
    from negotiation.report import thresholds as report_thresholds
    from negotiation.study.places import places

    if (vary is None) == (target is None):
        raise GridError(
            "give either --vary NAME=LOW:HIGH, to see what changes along a parameter, or --target "
            "TEXT, to see what reaches a target"
        )
    if target is not None and when is not None:
        raise GridError("--when goes with --vary; --target takes the phrase itself")
    if vary is not None:
        found = thresholds(case, vary, when=when)
        drawn = None
        if case.draws and case.uncertain([found.parameter.name]):
            drawn = places(case, vary, when=when)
        told = report_thresholds.document(found, drawn)
        certified = found.certified and (drawn is None or bool(drawn.certified.all()))
    else:
        ways = reach(case, str(target))
        told, certified = report_reach.document(ways), ways.certified
    destination.give(told)
    if not certified:
        say("warning: not everything asked for is certified; the result says what and where")
        return ExitCode.UNCERTIFIED
    return ExitCode.DONE
