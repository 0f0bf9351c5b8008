"""`negotiation audit`: which known pitfalls of leverage bite at a point of a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from negotiation.cli.console import Progress, say, show
from negotiation.cli.options import ModelName, Rule, Settings, check_format, read_settings

_FORMATS = ("table", "json", "md")


def audit(
    model: ModelName,
    settings: Settings = None,
    full: Annotated[
        bool, typer.Option("--full", help="Also threat points that take long to solve.")
    ] = False,
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
    """Look for the known pitfalls of leverage: which bite here, and by how much.

    \b
    negotiation audit canada_us
    negotiation audit canada_us --set diversification=0.2 --full -o audit.md
    """  # noqa: D301 - the command line's own mark for lines that are kept
    from negotiation.catalogue import load_model
    from negotiation.errors import InterruptedRunError, OutputError
    from negotiation.report import audit as report
    from negotiation.report import tables
    from negotiation.report.output import check_writable, writing
    from negotiation.sweep.audit.audit import audit as run_audit

    fixed = read_settings(settings)
    point = load_model(model).build(fixed)
    check_format(kind or "table", _FORMATS)
    target = None if output in (None, "-") else Path(str(output))
    if target is not None:
        suffix = {".json": "json", ".md": "md", ".txt": "table"}.get(target.suffix)
        if suffix is None:
            raise OutputError(
                f"{target} ends in '{target.suffix}'; an audit is written as .json, .md or .txt"
            )
        kind = kind or suffix
        check_writable(target)
    progress = Progress(f"audit {point.name()}")
    try:
        found = run_audit(point, fixed, rule=rule, full=full, progress=progress)
    except KeyboardInterrupt:
        progress.clear()
        raise InterruptedRunError(
            f"interrupted at {progress.done} of {progress.total} checks; nothing was written"
        ) from None
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
    if not bool(found.outcome.certified):
        say(f"warning: {found.outcome.status}")
        return 1
    return 0
