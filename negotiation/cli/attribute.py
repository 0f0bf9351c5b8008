"""`negotiation attribute`: which tables, and which sectors, a score comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from negotiation.cli.console import say, show
from negotiation.cli.options import (
    ModelName,
    Rule,
    Settings,
    Threat,
    check_format,
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
) -> int:
    """Attribute a score to the tables at stake: Shapley and Owen values, interaction.

    \b
    negotiation attribute canada_us
    negotiation attribute canada_us --of loss.us --by tables
    negotiation attribute canada_us --set diversification=0.2 --plot tables.png
    """  # noqa: D301 - the command line's own mark for lines that are kept
    from negotiation.catalogue import load_model
    from negotiation.errors import OutputError
    from negotiation.report import attribution as report
    from negotiation.report.output import check_writable, writing
    from negotiation.sweep.attribution import attribute as attribute_model

    fixed = read_settings(settings)
    point = load_model(model).build(fixed)
    check_format(kind or "table", report.FORMATS)
    target = None if output in (None, "-") else Path(str(output))
    if target is not None:
        suffix = report.SUFFIXES.get(target.suffix)
        if suffix is None:
            raise OutputError(
                f"{target} ends in '{target.suffix}'; an attribution is written as "
                f"{', '.join(report.SUFFIXES)}"
            )
        if kind not in (None, suffix):
            raise OutputError(f"--format {kind} contradicts {target}; give one of the two")
        kind = suffix
        check_writable(target)
    if plot is not None:
        from negotiation.report import attribution_plot

        attribution_plot.check_plot(plot)
    found = attribute_model(point, rule=rule, threat=threat, of=of, concept=concept, by=by)
    result = report.render(found, point, fixed, kind or "table")
    if target is None:
        show(result)
    else:
        with writing(target) as part:
            part.write_text(result if result.endswith("\n") else result + "\n", encoding="utf-8")
        say(f"wrote {target}")
    if plot is not None:
        attribution_plot.plot(found, point, fixed, plot)
        say(f"wrote {plot}")
    bad = int((~found.coalitions.certified).sum())
    if bad:
        say(f"warning: {bad} of {len(found.coalitions.masks)} coalitions are not certified")
    return 1 if bad else 0
