"""`negotiation credibility`: whose threats are believed, and what leverage costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from negotiation.cli.console import say, show
from negotiation.cli.options import ModelName, Rule, Settings, check_format, read_settings

_FORMATS = ("table", "json", "md")


def credibility(
    model: ModelName,
    settings: Settings = None,
    vary: Annotated[
        str,
        typer.Option("--vary", metavar="NAME=LOW:HIGH", help="Where along it threats turn."),
    ] = "",
    over: Annotated[
        list[str] | None,
        typer.Option(
            "--over",
            metavar="NAME=RANGE",
            help="Uncertain: low:high is uniform, a,b,c equally likely; may be repeated.",
        ),
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", metavar="N", help="Points drawn, over all choices.")
    ] = 500,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Seed of the draws.")] = 7,
    spread: Annotated[
        float,
        typer.Option(
            "--spread",
            metavar="SHARE",
            help="How well the other side knows a walk-out, as a share of the no-deal loss.",
        ),
    ] = 0.25,
    kind: Annotated[
        str | None,
        typer.Option("--format", metavar="KIND", help="Print table (default), json or md."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write to FILE.json, .md or .txt."),
    ] = None,
    rule: Rule = "pareto",
) -> int:
    """Say whose threats are believed, where that turns, and how sure it is.

    \b
    negotiation credibility canada_us --vary diversification=0:0.6
    negotiation credibility canada_us --over elasticities=low,central,high \\
        --over us_escalation_cost=0:15000 --draws 500 --seed 7
    """  # noqa: D301 - the command line's own mark for lines that are kept
    from negotiation.catalogue import load_model
    from negotiation.errors import OutputError
    from negotiation.report import credibility as report
    from negotiation.report import tables
    from negotiation.report.output import check_writable, writing
    from negotiation.sweep.threats.credibility import credibility as score

    fixed = read_settings(settings)
    point = load_model(model).build(fixed)
    check_format(kind or "table", _FORMATS)
    target = None if output in (None, "-") else Path(str(output))
    if target is not None:
        suffix = {".json": "json", ".md": "md", ".txt": "table"}.get(target.suffix)
        if suffix is None:
            raise OutputError(
                f"{target} ends in '{target.suffix}'; credibility is written as .json, .md or .txt"
            )
        kind = kind or suffix
        check_writable(target)
    found = score(point, vary, over or (), draws=draws, seed=seed, spread=spread, rule=rule)
    if kind == "json":
        result = tables.to_json(report.record(found, fixed))
    else:
        result = report.text(found, fixed, markdown=kind == "md")
    if target is None:
        show(result)
    else:
        with writing(target) as part:
            part.write_text(result + "\n", encoding="utf-8")
        say(f"wrote {target}")
    if not report.certified(found):
        say("warning: some points are not certified")
        return 1
    return 0
