"""`negotiation package`: deals over several tables, linked or one after the other."""

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
    TextFile,
    TextKind,
    Threat,
    read_settings,
)

_FORMATS = ("table", "json", "md")


def package(
    model: ModelName,
    settings: Settings = None,
    kind: TextKind = None,
    output: TextFile = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw to FILE.png or .svg.")
    ] = None,
    agenda: Annotated[
        str | None,
        typer.Option(
            "--agenda", metavar="TABLE,TABLE,...", help="Report tables taken in this order first."
        ),
    ] = None,
    rule: Rule = "pareto",
    threat: Threat = "posture",
    quiet: Quiet = False,  # its callback has heard it
) -> int:
    """Bargain over packages: what is agreed table by table, and who pays.

    \b
    negotiation package canada_us
    negotiation package canada_us --threat in_force --plot packages.png
    negotiation package canada_us --agenda autos,forestry,metals_energy
    """  # noqa: D301 - the command line's own mark for lines that are kept
    from negotiation.case import Case
    from negotiation.catalogue import load_model
    from negotiation.errors import ExitCode
    from negotiation.outcome import check_threat, evaluate
    from negotiation.report import packages as report
    from negotiation.report import tables
    from negotiation.report.package_study import study

    fixed = read_settings(settings)
    point = load_model(model).build(fixed)
    check_threat(point, threat)
    destination = Destination.of(kind, output, _FORMATS, "packages are", besides=plot is not None)
    if plot is not None:
        from negotiation.report.package_plot import package_plot
        from negotiation.report.plots import check_picture

        check_picture(plot)
    found = study(evaluate(Case(point, rule=rule, threat=threat)), agenda or "")
    if destination.kind == "json":
        result = tables.to_json(report.record(found, fixed))
    else:
        result = report.text(found, fixed, markdown=destination.kind == "md")

    def draw() -> None:
        if plot is not None:
            package_plot(found, fixed, plot)
            note(f"wrote {plot}")

    deliver(lambda: destination.give(result), draw)
    if not found.certified:
        say(f"warning: {found.status}")
        return ExitCode.UNCERTIFIED
    return ExitCode.DONE
