"""`negotiation robust`: which value of a lever does well whatever is true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from negotiation.cli import complete
from negotiation.cli.options import Plot, command
from negotiation.cli.picture import check_picture_of, give

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.cli.destination import Destination


@command(("table", "json", "md", "csv"), "a robust choice is", draws=400)
def robust(
    case: Case,
    destination: Destination,
    *,
    vary: Annotated[
        str,
        typer.Option(
            "--vary",
            autocompletion=complete.settings,
            metavar="NAME=VALUES",
            help="The lever and its values: start:stop:count, as in diversification=0:0.4:3, or "
            "value,value,...",
        ),
    ],
    ends: Annotated[
        str,
        typer.Option(
            "--ends",
            autocompletion=complete.words("deal", "no_deal"),
            metavar="HOW",
            help="How talks end: deal or no_deal.",
        ),
    ] = "deal",
    cost: Annotated[
        float | None,
        typer.Option(
            "--cost",
            metavar="MONEY",
            help="Cost of a unit of the lever a year, in the model's money; default: the model's.",
        ),
    ] = None,
    plot: Plot = None,
) -> int:
    """Compare values of a lever over the draws: expected payoff, regret, 5 % quantile."""
    from negotiation.report import robust as report
    from negotiation.study.robust import robust as compare

    check_picture_of(plot)
    found = compare(case, vary, ends=ends, cost=cost)
    return give(found, report.document(found), destination, plot, report.plot)
