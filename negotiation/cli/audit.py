"""`negotiation audit`: which known pitfalls of leverage bite at a point of a model."""

from __future__ import annotations

from typing import Annotated

import typer

from negotiation.cli.console import Progress, say
from negotiation.cli.destination import Destination
from negotiation.cli.options import (
    ModelName,
    Quiet,
    Rule,
    Settings,
    TextFile,
    TextKind,
    read_settings,
)

_FORMATS = ("table", "json", "md")


def audit(
    model: ModelName,
    settings: Settings = None,
    full: Annotated[
        bool, typer.Option("--full", help="Also threat points that take long to solve.")
    ] = False,
    kind: TextKind = None,
    output: TextFile = None,
    rule: Rule = "pareto",
    quiet: Quiet = False,  # its callback has heard it
) -> int:
    """Look for the known pitfalls of leverage: which bite here, and by how much.

    \b
    negotiation audit canada_us
    negotiation audit canada_us --set diversification=0.2 --full -o audit.md
    """  # noqa: D301 - the command line's own mark for lines that are kept
    from negotiation.catalogue import load_model
    from negotiation.errors import ExitCode, InterruptedRunError
    from negotiation.report import audit as report
    from negotiation.report import tables
    from negotiation.study.audit.audit import audit as run_audit

    fixed = read_settings(settings)
    point = load_model(model).build(fixed)
    destination = Destination.of(kind, output, _FORMATS, "an audit is")
    progress = Progress(f"audit {point.name()}")
    try:
        found = run_audit(point, fixed, rule=rule, full=full, progress=progress)
    except KeyboardInterrupt:
        progress.clear()
        raise InterruptedRunError(
            f"interrupted at {progress.done} of {progress.total} checks; nothing was written"
        ) from None
    if destination.kind == "json":
        result = tables.to_json(report.record(found, fixed))
    else:
        result = report.text(found, fixed, markdown=destination.kind == "md")
    destination.give(result)
    if not bool(found.outcome.certified):
        say(f"warning: {found.outcome.status}")
        return ExitCode.UNCERTIFIED
    return ExitCode.DONE
