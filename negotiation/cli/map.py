"""`negotiation map`: the regimes over two parameters, and the curves between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from negotiation.cli import complete
from negotiation.cli.options import Plot, command
from negotiation.cli.streams import Progress, deliver, note, say

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.cli.destination import Destination


@command(("table", "json", "md", "csv"), "a map is", draws=0)
def map_(
    case: Case,
    destination: Destination,
    *,
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary",
            autocompletion=complete.ranges,
            metavar="NAME=LOW:HIGH",
            help="A parameter and its range, as in diversification=0:0.6; give it twice.",
        ),
    ],
    points: Annotated[
        int | None,
        typer.Option(
            "--points",
            metavar="N",
            help="Grid points along either parameter; default 33, and 21 with draws.",
        ),
    ] = None,
    event: Annotated[
        str,
        typer.Option(
            "--event",
            autocompletion=complete.events,
            metavar="TEXT",
            help="With draws: the event whose probability is shown, e.g. 'us plays escalate', "
            "'deal.canada < 0' or a profile; without it all of them.",
        ),
    ] = "",
    plot: Plot = None,
) -> int:
    """Divide the plane of two parameters into regimes; say where the boundaries run.

    A regime is where the same actions are played and the signs of results are the same.

    Without draws, which is the default, boundaries are exact. With --draws N the probability of
    every regime and event is told instead, on a grid that is evaluated in each draw: 100 draws at
    441 points are as much work as ten sweeps of 41 points with 100 draws.
    """
    from negotiation.errors import ExitCode, GridError, InterruptedRunError
    from negotiation.regimes.regions import plane, regime_map
    from negotiation.report import chance_map as report_chances
    from negotiation.report import map as report_map
    from negotiation.report.map_plot import map_plot
    from negotiation.report.plots import check_picture
    from negotiation.study.chance_map import POINTS, chance_map

    if len(vary) != 2:
        times = "once" if len(vary) == 1 else f"{len(vary)} times"
        raise GridError(
            f"a map varies two parameters, but --vary was given {times}; give it twice, "
            "e.g. --vary diversification=0:0.6 --vary us_escalation_cost=0:15000"
        )
    drawn = bool(case.draws)
    if event and not drawn:
        raise GridError("--event asks for a probability, and nothing is drawn; give --draws 100")
    count = points or (POINTS if drawn else plane.POINTS[0])
    plane.prepare(case, vary[0], vary[1], (count, count))
    if plot is not None:
        check_picture(plot)
    progress = Progress(f"map {case.model.name()}")
    found: Any
    try:
        if drawn:
            found = chance_map(case, *vary, event=event, points=(count, count), progress=progress)
        else:
            found = regime_map(case, *vary, points=(count, count), progress=progress)
    except KeyboardInterrupt:
        progress.clear()
        raise InterruptedRunError(
            f"interrupted at {progress.done} of {progress.total} points of the grid"
            f"{', while curves were traced' if progress.done == progress.total else ''}; nothing "
            "was written"
        ) from None
    report: Any = report_chances if drawn else report_map
    picture = report_chances.plot if drawn else map_plot
    told = report.document(found)

    def draw() -> None:
        if plot is not None:
            picture(found, plot)
            note(f"wrote {plot}")

    deliver(lambda: destination.give(told), draw)
    if not report.certified(found):
        say("warning: parts of the map are not certified; the regions say which")
        return ExitCode.UNCERTIFIED
    return ExitCode.DONE
