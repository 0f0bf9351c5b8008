"""`negotiation map`: the regimes over two parameters, and the curves between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from negotiation.cli.options import Plot, command
from negotiation.cli.streams import Progress, deliver, note, say

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.cli.destination import Destination


@command(("table", "json", "md", "csv"), "a map is")
def map_(
    case: Case,
    destination: Destination,
    *,
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary", metavar="NAME=LOW:HIGH", help="A parameter and its range; give it twice."
        ),
    ],
    points: Annotated[
        int, typer.Option("--points", metavar="N", help="Grid points along either parameter.")
    ] = 33,
    plot: Plot = None,
) -> int:
    """Divide the plane of two parameters into regimes; say where the boundaries run.

    \b
    negotiation map canada_us --vary diversification=0:0.6 \\
        --vary us_escalation_cost=0:15000 --plot map.png
    """  # noqa: D301 - the command line's own mark for lines that are kept
    from negotiation.errors import ExitCode, GridError, InterruptedRunError
    from negotiation.regimes.regions import regime_map
    from negotiation.regimes.regions.plane import prepare
    from negotiation.report import map as report_map
    from negotiation.report.map_plot import map_plot
    from negotiation.report.plots import check_picture

    if len(vary) != 2:
        times = "once" if len(vary) == 1 else f"{len(vary)} times"
        raise GridError(
            f"a map varies two parameters, but --vary was given {times}; give it twice, "
            "e.g. --vary diversification=0:0.6 --vary us_escalation_cost=0:15000"
        )
    prepare(case, vary[0], vary[1], (points, points))
    if plot is not None:
        check_picture(plot)
    progress = Progress(f"map {case.model.name()}")
    try:
        found = regime_map(case, *vary, points=(points, points), progress=progress)
    except KeyboardInterrupt:
        progress.clear()
        raise InterruptedRunError(
            f"interrupted at {progress.done} of {progress.total} points of the grid"
            f"{', while curves were traced' if progress.done == progress.total else ''}; nothing "
            "was written"
        ) from None
    told = report_map.document(found)

    def draw() -> None:
        if plot is not None:
            map_plot(found, plot)
            note(f"wrote {plot}")

    deliver(lambda: destination.give(told), draw)
    if not report_map.certified(found):
        say("warning: parts of the map are not certified; the regions say which")
        return ExitCode.UNCERTIFIED
    return ExitCode.DONE
