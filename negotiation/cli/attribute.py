"""`negotiation attribute`: which tables, and which sectors, a score comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from negotiation.cli.console import deliver, note, say
from negotiation.cli.destination import Destination
from negotiation.cli.options import (
    ModelName,
    Quiet,
    Rule,
    Settings,
    Threat,
    read_settings,
)


def attribute(
    model: ModelName,
    settings: Settings = None,
    by: Annotated[
        str,
        typer.Option("--by", metavar="PARTS", help="By sectors (default) or whole tables."),
    ] = "sectors",
    of: Annotated[
        str,
        typer.Option(
            "--of",
            metavar="SCORE",
            help="What to take apart: delta (default), ncl, loss.us, surplus, ...",
        ),
    ] = "delta",
    concept: Annotated[
        str, typer.Option("--concept", metavar="NAME", help="Bargaining solution; default nash.")
    ] = "nash",
    kind: Annotated[
        str | None,
        typer.Option("--format", metavar="KIND", help="Print table (default), csv, json or md."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Write to FILE.json, .csv, .md or .txt."
        ),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw to FILE.png or .svg.")
    ] = None,
    rule: Rule = "pareto",
    threat: Threat = "posture",
    quiet: Quiet = False,  # its callback has heard it
) -> int:
    """Attribute a score to the tables at stake: Shapley and Owen values, interaction.

    \b
    negotiation attribute canada_us
    negotiation attribute canada_us --of loss.us --by tables
    negotiation attribute canada_us --set diversification=0.2 --plot tables.png
    """  # noqa: D301 - the command line's own mark for lines that are kept
    from negotiation.catalogue import load_model
    from negotiation.errors import ExitCode
    from negotiation.report import attribution as report
    from negotiation.study.attribution import attribute as attribute_model

    fixed = read_settings(settings)
    point = load_model(model).build(fixed)
    destination = Destination.of(
        kind, output, report.FORMATS, "an attribution is", besides=plot is not None
    )
    if plot is not None:
        from negotiation.report import attribution_plot
        from negotiation.report.plots import check_picture

        check_picture(plot)
    found = attribute_model(point, rule=rule, threat=threat, of=of, concept=concept, by=by)
    result = report.render(found, point, fixed, destination.kind)

    def draw() -> None:
        if plot is not None:
            attribution_plot.plot(found, point, fixed, plot)
            note(f"wrote {plot}")

    deliver(lambda: destination.give(result), draw)
    bad = int((~found.coalitions.certified).sum())
    if bad:
        say(f"warning: {bad} of {len(found.coalitions.masks)} coalitions are not certified")
    return ExitCode.UNCERTIFIED if bad else ExitCode.DONE
