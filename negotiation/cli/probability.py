"""`negotiation probability`: how likely an event is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from negotiation.cli import complete
from negotiation.cli.options import Beside, Plot, command
from negotiation.cli.picture import check_picture_of, give

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.cli.destination import Destination


@command(("table", "json", "md", "csv"), "a probability is", draws=400)
def probability(
    case: Case,
    destination: Destination,
    *,
    when: Annotated[
        str,
        typer.Option(
            "--when",
            autocompletion=complete.events,
            metavar="TEXT",
            help="The event, e.g. 'the US loses without a deal'; a wrong one lists all.",
        ),
    ],
    vary: Annotated[
        str | None,
        typer.Option(
            "--vary",
            autocompletion=complete.settings,
            metavar="NAME=VALUES",
            help="Along a parameter: start:stop:count, as in diversification=0:0.4:5, or "
            "value,value,...",
        ),
    ] = None,
    beside: Beside = None,
    plot: Plot = None,
) -> int:
    """Estimate how likely an event is, at a point or along a parameter."""
    from negotiation.report import probability as report
    from negotiation.study.probability import probability as estimate

    check_picture_of(plot)
    found = estimate(case, when, vary, threats=[case.threat, *(beside or [])])
    return give(
        found,
        report.document(found),
        destination,
        plot,
        report.plot,
        "some draws are not decided; the result says how many",
    )
