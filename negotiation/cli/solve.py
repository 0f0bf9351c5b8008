"""`negotiation solve`: everything at one point of a model."""

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

_FORMATS = ("table", "json", "md")


def solve(
    model: ModelName,
    settings: Settings = None,
    kind: Annotated[
        str | None,
        typer.Option("--format", metavar="KIND", help="Print table (default), json or md."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write to FILE.json, .md or .txt."),
    ] = None,
    rule: Rule = "pareto",
    threat: Threat = "posture",
    quick: Annotated[
        bool, typer.Option("--quick", help="Solve the point only; do not look around it.")
    ] = False,
) -> int:
    """Solve a model at one point: a reading of ten lines, equilibria, the deal, leverage.

    \b
    negotiation solve canada_us
    negotiation solve canada_us --set diversification=0.2 --format json
    negotiation solve canada_us --threat tariff_war
    """  # noqa: D301 - the command line's own mark for lines that are kept
    from negotiation.catalogue import load_model
    from negotiation.errors import OutputError
    from negotiation.outcome import check_threat, evaluate
    from negotiation.report import solution, tables
    from negotiation.report.output import check_writable, writing
    from negotiation.sweep.reading import read

    fixed = read_settings(settings)
    point = load_model(model).build(fixed)
    check_threat(point, threat)
    check_format(kind or "table", _FORMATS)
    target = None if output in (None, "-") else Path(str(output))
    if target is not None:
        suffix = {".json": "json", ".md": "md", ".txt": "table"}.get(target.suffix)
        if suffix is None:
            raise OutputError(
                f"{target} ends in '{target.suffix}'; a solution is written as .json, .md or .txt"
            )
        kind = kind or suffix
        check_writable(target)
    outcome = evaluate(point, rule=rule, marginal=True, threat=threat)
    around = None if quick or not bool(outcome.certified) else read(outcome, fixed)
    if kind == "json":
        result = tables.to_json(solution.record(outcome, fixed, around))
    else:
        result = solution.text(outcome, fixed, around, markdown=kind == "md")
    if target is None:
        show(result)
    else:
        with writing(target) as part:
            part.write_text(result + "\n", encoding="utf-8")
        say(f"wrote {target}")
    if not bool(outcome.certified):
        say(f"warning: {outcome.status}")
        return 1
    return 0
