"""`negotiation revealed`: which political costs make what is observed an equilibrium."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from negotiation.cli.options import command
from negotiation.cli.streams import say

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.cli.destination import Destination

_FORMATS = ("table", "json", "md")


@command(_FORMATS, "revealed costs are")
def revealed(
    case: Case,
    destination: Destination,
    *,
    observed: Annotated[
        str | None,
        typer.Option(
            "--observed",
            metavar="ACTION,ACTION",
            help="Action of each player; a mixture as 60% keep + 40% escalate, a support as a+b.",
        ),
    ] = None,
) -> int:
    """Find the political costs that make what is observed an equilibrium."""
    from negotiation.errors import ExitCode
    from negotiation.report import revealed as report
    from negotiation.study.revealed import resolve

    found = resolve(case, observed)
    destination.give(report.document(found))
    if not found.certified:
        say(f"warning: {found.outcome.status}")
        return ExitCode.UNCERTIFIED
    return ExitCode.DONE
