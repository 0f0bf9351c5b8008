"""`negotiation audit`: which known pitfalls of leverage occur at a point of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from negotiation.cli.options import command
from negotiation.cli.streams import Progress, say

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.cli.destination import Destination

_FORMATS = ("table", "json", "md")


@command(_FORMATS, "an audit is")
def audit(
    case: Case,
    destination: Destination,
    *,
    full: Annotated[
        bool, typer.Option("--full", help="Also check threat points that take long to solve.")
    ] = False,
) -> int:
    """Look for the known pitfalls of leverage: which occur here, and by how much."""
    from negotiation.errors import ExitCode, InterruptedRunError
    from negotiation.report import audit as report
    from negotiation.study.audit.audit import audit as run_audit

    progress = Progress(f"audit {case.model.name()}")
    try:
        found = run_audit(case, full=full, progress=progress)
    except KeyboardInterrupt:
        progress.clear()
        raise InterruptedRunError(
            f"interrupted at {progress.done} of {progress.total} checks; nothing was written"
        ) from None
    destination.give(report.document(found))
    if not bool(found.outcome.certified):
        say(f"warning: {found.outcome.status}")
        return ExitCode.UNCERTIFIED
    return ExitCode.DONE
