"""The application and its commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from negotiation import __version__
from negotiation.cli import (
    attribute,
    audit,
    columns,
    credibility,
    data,
    explain,
    game,
    models,
    package,
    probability,
    revealed,
    robust,
    runs,
    scenarios,
    schema,
    sensitivity,
    solve,
    sweep,
    tariffs,
    threshold,
)
from negotiation.cli import map as map_command
from negotiation.cli.streams import show

app = typer.Typer(
    name="negotiation",
    help="Equilibria, bargaining outcomes and leverage for trade negotiations.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        show(f"negotiation {__version__}")
        raise typer.Exit()


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    load: Annotated[
        list[Path] | None,
        typer.Option(
            "--load",
            metavar="FILE",
            envvar="NEGOTIATION_LOAD",
            help="Python file or module with rules, concepts, threats or scores of one's own.",
        ),
    ] = None,
) -> None:
    """Equilibria, bargaining outcomes and leverage for trade negotiations."""
    if load:
        from negotiation.catalogue import load_extension

        for each in load:
            load_extension(each)


app.add_typer(data.app, name="data")
app.add_typer(models.app, name="models")
app.command("attribute")(attribute.attribute)
app.command("audit")(audit.audit)
app.command("columns")(columns.columns)
app.command("credibility")(credibility.credibility)
app.command("explain")(explain.explain)
app.command("game")(game.game)
app.command("map")(map_command.map_)
app.command("package")(package.package)
app.command("probability")(probability.probability)
app.command("revealed")(revealed.revealed)
app.command("robust")(robust.robust)
app.command("scenarios")(scenarios.scenarios)
app.command("runs")(runs.runs)
app.command("schema")(schema.schema)
app.command("sensitivity")(sensitivity.sensitivity)
app.command("solve")(solve.solve)
app.command("sweep")(sweep.sweep)
app.command("tariffs")(tariffs.tariffs)
app.command("threshold")(threshold.threshold)
