"""`negotiation map`: the regimes over two parameters, and the curves between them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from negotiation.cli.console import Progress, deliver, note, say
from negotiation.cli.destination import Destination
from negotiation.cli.options import (
    ModelName,
    Quiet,
    Rule,
    Settings,
    Threat,
    read_settings,
)


def map_(
    model: ModelName,
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary", metavar="NAME=LOW:HIGH", help="A parameter and its range; give it twice."
        ),
    ],
    settings: Settings = None,
    points: Annotated[
        int, typer.Option("--points", metavar="N", help="Grid points along either parameter.")
    ] = 33,
    kind: Annotated[
        str | None,
        typer.Option("--format", metavar="KIND", help="Print table (default), json, md or csv."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write to FILE.json, .md, .csv, .txt."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw to FILE.png or .svg.")
    ] = None,
    rule: Rule = "pareto",
    threat: Threat = "posture",
    quiet: Quiet = False,  # its callback has heard it
) -> int:
    """Divide the plane of two parameters into regimes; say where the boundaries run.

    \b
    negotiation map canada_us --vary diversification=0:0.6 \\
        --vary us_escalation_cost=0:15000 --plot map.png
    """  # noqa: D301 - the command line's own mark for lines that are kept
    from negotiation.catalogue import load_model
    from negotiation.errors import ExitCode, GridError, InterruptedRunError
    from negotiation.regimes.regions import regime_map
    from negotiation.regimes.regions.plane import prepare
    from negotiation.report import map as report_map
    from negotiation.report.map_plot import map_plot
    from negotiation.report.plots import check_picture

    fixed = read_settings(settings)
    if len(vary) != 2:
        raise GridError(
            f"a map varies two parameters, but --vary was given {len(vary)} times; give it twice, "
            "e.g. --vary diversification=0:0.6 --vary us_escalation_cost=0:15000"
        )
    cls = load_model(model)
    prepare(cls, vary[0], vary[1], fixed, rule, threat, (points, points))
    destination = Destination.of(
        kind, output, report_map.FORMATS, "a map is", besides=plot is not None
    )
    if plot is not None:
        check_picture(plot)
    progress = Progress(f"map {cls.name()}")
    try:
        found = regime_map(
            cls,
            vary[0],
            vary[1],
            fixed,
            rule=rule,
            threat=threat,
            points=(points, points),
            progress=progress,
        )
    except KeyboardInterrupt:
        progress.clear()
        raise InterruptedRunError(
            f"interrupted at {progress.done} of {progress.total} points of the grid"
            f"{', while curves were traced' if progress.done == progress.total else ''}; nothing "
            "was written"
        ) from None
    text = report_map.render(found, destination.kind)

    def draw() -> None:
        if plot is not None:
            map_plot(found, plot)
            note(f"wrote {plot}")

    deliver(lambda: destination.give(text), draw)
    if not report_map.certified(found):
        say("warning: parts of the map are not certified; the regions say which")
        return ExitCode.UNCERTIFIED
    return ExitCode.DONE
