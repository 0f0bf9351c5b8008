"""`negotiation solve`: everything at one point of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from negotiation.cli.options import command
from negotiation.cli.streams import say

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.cli.destination import Destination
    from negotiation.study.bands import Bands

_FORMATS = ("table", "json", "md")


@command(_FORMATS, "a solution is", draws=400)
def solve(
    case: Case,
    destination: Destination,
    *,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="Only solve with parameters as set: nothing is drawn or searched.",
        ),
    ] = False,
    choices: Annotated[
        bool,
        typer.Option("--choices", help="List what every other setting in words would change."),
    ] = False,
    pairs: Annotated[
        str | None,
        typer.Option(
            "--by-posture",
            metavar="NAMES",
            help="Also show these results at every pair of postures, as in "
            "auto_jobs_canada,auto_price_pct_canada; 'columns --of MODEL' lists them.",
        ),
    ] = None,
) -> int:
    """Solve a model: what each side stands to lose, a deal, leverage, and how sure all of it is.

    What is uncertain is drawn; the answer is told as medians and ranges, regime by regime.
    """
    import dataclasses

    from negotiation.case import Case as Asked
    from negotiation.errors import ExitCode, ParameterError
    from negotiation.outcome import evaluate
    from negotiation.report import solution
    from negotiation.study.by_posture import by_posture
    from negotiation.study.reading import Reading, read

    if quick and choices:
        raise ParameterError("--quick looks at nothing around the point; drop it, or --choices")
    outcome = evaluate(case, marginal=True)
    bands = None if quick else _bands(case)
    shown = None
    if pairs is not None:
        names = [name.strip() for name in pairs.split(",") if name.strip()]
        shown = by_posture(case if bands is not None else Asked(case, draws=0), names)
    if bands is None:
        outcome = dataclasses.replace(outcome, case=Asked(case, draws=0))
    around = None
    if not quick and bool(outcome.certified):
        around = read(outcome, drawn=bands is not None, choices=bands is None or choices)
    elif bands is not None:
        around = Reading.of(outcome)
    destination.give(
        solution.document(outcome, around, choices=choices, bands=bands, postures=shown)
    )
    if bands is not None and (left := bands.draws - int(bands.counted[0])):
        say(f"warning: {left} of {bands.draws} draws could not be solved and are left out")
    if not bool(outcome.certified):
        say(f"warning: {outcome.status}")
        return ExitCode.UNCERTIFIED
    return ExitCode.DONE


def _bands(case: Case) -> Bands | None:
    """Draw, where anything is uncertain and threat points can be had for many draws at once."""
    from negotiation.errors import ParameterError
    from negotiation.outcome import in_clouds
    from negotiation.study.bands import Bands as Found
    from negotiation.study.drawn import drawn

    if not case.draws or not case.uncertain():
        return None
    try:
        return Found.of(drawn(case))
    except ParameterError:
        if in_clouds(case):
            raise
        say(
            f"note: nothing is drawn, since threat point {case.threat} is solved at one point at a "
            "time; this is the point estimate"
        )
        return None
