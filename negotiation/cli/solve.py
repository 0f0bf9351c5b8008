"""`negotiation solve`: everything at one point of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from negotiation.cli.options import command
from negotiation.cli.streams import say

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.cli.destination import Destination

_FORMATS = ("table", "json", "md")


@command(_FORMATS, "a solution is")
def solve(
    case: Case,
    destination: Destination,
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="Solve the point only; do not look around it.")
    ] = False,
    choices: Annotated[
        bool,
        typer.Option("--choices", help="List every other choice of a word and what it would do."),
    ] = False,
) -> int:
    """Solve a model at one point: a summary, situations, equilibria, the deal, leverage.

    \b
    negotiation solve canada_us
    negotiation solve canada_us --set diversification=0.2 --format json
    negotiation solve canada_us --threat tariff_war
    negotiation solve canada_us --choices
    """  # noqa: D301 - the command line's own mark for lines that are kept
    from negotiation.errors import ExitCode, ParameterError
    from negotiation.outcome import evaluate
    from negotiation.report import solution
    from negotiation.study.reading import read

    if quick and choices:
        raise ParameterError("--quick looks at nothing around the point; drop it, or --choices")
    outcome = evaluate(case, marginal=True)
    around = None if quick or not bool(outcome.certified) else read(outcome)
    destination.give(solution.document(outcome, around, choices=choices))
    if not bool(outcome.certified):
        say(f"warning: {outcome.status}")
        return ExitCode.UNCERTIFIED
    return ExitCode.DONE
