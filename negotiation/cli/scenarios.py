"""`negotiation scenarios`: under which assumptions an event holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from negotiation.cli import complete
from negotiation.cli.options import command
from negotiation.cli.picture import give

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.cli.destination import Destination


@command(("table", "json", "md", "csv"), "scenarios are", draws=2000)
def scenarios(
    case: Case,
    destination: Destination,
    *,
    when: Annotated[
        str,
        typer.Option(
            "--when",
            autocompletion=complete.events,
            metavar="TEXT",
            help="The event, e.g. 'us plays escalate'; a wrong one lists all.",
        ),
    ],
    density: Annotated[
        float,
        typer.Option(
            "--density", metavar="SHARE", help="In what share of the box the event is to hold."
        ),
    ] = 0.9,
) -> int:
    """Find the box of assumptions in which an event holds, as a sentence."""
    from negotiation.report import scenarios as report
    from negotiation.study.scenarios import scenarios as discover

    found = discover(case, when, density=density)
    return give(found, report.document(found), destination)
