"""`negotiation sensitivity`: which assumptions decide a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from negotiation.cli import complete
from negotiation.cli.options import Beside, Plot, command
from negotiation.cli.picture import check_picture_of, give

if TYPE_CHECKING:
    from pathlib import Path

    from negotiation.case import Case
    from negotiation.cli.destination import Destination
    from negotiation.study.sensitivity import Sensitivity


def _draw(found: Sensitivity, plot: Path) -> None:
    from negotiation.report import sensitivity_plot  # which loads matplotlib

    sensitivity_plot.plot(found, plot)


@command(("table", "json", "md", "csv"), "sensitivity is", draws=512)
def sensitivity(
    case: Case,
    destination: Destination,
    *,
    of: Annotated[
        list[str] | None,
        typer.Option(
            "--of",
            autocompletion=complete.numbers,
            metavar="NAME",
            help="deal.PLAYER, loss.PLAYER, today.PLAYER, breakdown.PLAYER, a column, or a "
            "phrase "
            "such as 'the US loses without a deal'; may be repeated.",
        ),
    ] = None,
    beside: Beside = None,
    profile: Annotated[
        list[str] | None,
        typer.Option(
            "--profile",
            metavar="ACTIONS",
            help="Play after talks break down, one action of each side, as in "
            "retaliate/escalate; may be repeated.",
        ),
    ] = None,
    plot: Plot = None,
) -> int:
    """Say which assumptions decide a number: shares of variance (Sobol'), and each alone."""
    from negotiation.errors import ParameterError
    from negotiation.report import sensitivity as report
    from negotiation.study.sensitivity import sensitivity as decide

    check_picture_of(plot)
    if not case.draws:
        raise ParameterError("--draws is 0; sensitivity needs draws: give a power of two, as 512")
    found = decide(
        case,
        of or (),
        threats=list(dict.fromkeys([case.threat, *(beside or [])])),
        profiles=profile or (),
    )
    return give(found, report.document(found), destination, plot, _draw)
