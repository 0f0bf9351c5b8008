"""`negotiation explain`: how a number came about, step by step."""

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


@command(_FORMATS, "an explanation is")
def explain(
    case: Case,
    destination: Destination,
    number: Annotated[
        str | None,
        typer.Argument(
            metavar="NUMBER",
            autocompletion=complete.numbers,
            help="One number, such as ncl.canada; without it, all are listed.",
        ),
    ] = None,
) -> int:
    """Narrate the derivation of a number: every step, with its figures put in."""
    from negotiation.errors import ExitCode
    from negotiation.outcome import evaluate
    from negotiation.report import derivation

    outcome = evaluate(case)
    if number is None:
        told = derivation.contents(outcome)
    else:
        told = derivation.document(outcome, derivation.derivation(outcome, number))
    destination.give(told)
    if not bool(outcome.certified):
        say(f"warning: {outcome.status}")
        return ExitCode.UNCERTIFIED
    return ExitCode.DONE
