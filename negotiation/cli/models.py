"""`negotiation models`: what there is, what it takes, whether a file keeps the contract."""

from __future__ import annotations

from typing import Annotated

import typer

from negotiation.cli import complete
from negotiation.cli.destination import Destination, check_format
from negotiation.cli.options import ModelName
from negotiation.cli.streams import say, show
from negotiation.shell import command
from negotiation.words import printable

Kind = Annotated[
    str,
    typer.Option(
        "--format",
        autocompletion=complete.words("table", "json"),
        metavar="KIND",
        help="Print table or json.",
    ),
]
Output = Annotated[
    str | None,
    typer.Option("-o", metavar="FILE", help="Write to FILE.json, .md, .html, .xlsx or .txt."),
]


def list_models(kind: Kind = "table", output: Output = None) -> int:
    """List the shipped models."""
    from negotiation.catalogue import shipped
    from negotiation.report.describe import listed, summary
    from negotiation.report.render import to_json

    if output is not None:
        Destination.of(None, output, "a list of models is").give(listed(shipped().values()))
        return 0
    check_format(kind, ("table", "json"))
    entries = shipped().values()
    if kind == "json":
        show(to_json([{"name": e.name, "about": e.about, "path": str(e.path)} for e in entries]))
    else:
        show("\n".join(line for entry in entries for line in summary(entry)))
    return 0


def show_model(model: ModelName, kind: Kind = "table", output: Output = None) -> int:
    """Show a model's players, actions, parameters, assumptions and what it leaves out."""
    from negotiation.catalogue import find, load_model
    from negotiation.report.describe import describe, document, record
    from negotiation.report.render import to_json

    if output is not None:
        to = Destination.of(None, output, "a model is")
        to.give(document(find(model), load_model(model)))
        return 0
    check_format(kind, ("table", "json"))
    entry, cls = find(model), load_model(model)
    show(to_json(record(entry, cls)) if kind == "json" else describe(entry, cls))
    return 0


def check_model(model: ModelName) -> int:
    """Check a model file against the contract; exit code 4 if it is broken."""
    from negotiation.contract import check
    from negotiation.errors import ExitCode

    findings = check(model)
    broken = [finding for finding in findings if not finding.ok]
    for finding in broken:
        show(printable(f"broken  {finding.clause}: {finding.problem}"))
    say(f"{model}: {len(findings) - len(broken)} clauses hold, {len(broken)} broken")
    return ExitCode.FAULTY_INPUT if broken else ExitCode.DONE


def new_model(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A Python name, e.g. my_talks.")],
) -> int:
    """Start a model: write NAME.py here, complete and ready to edit."""
    from pathlib import Path

    from negotiation.catalogue import shipped
    from negotiation.errors import OutputError, ParameterError
    from negotiation.report.output import writing

    if not name.isidentifier() or not name.strip("_"):
        raise ParameterError(f"'{name}' is not a Python name; use letters, digits and underscores")
    path = Path(f"{name}.py")
    if path.exists():
        raise OutputError(f"{path} exists already; choose another name")
    example = shipped()["tariff_standoff"].path.read_text(encoding="utf-8")
    title = "".join(word.capitalize() for word in name.split("_"))
    title += "Model" if title in example else ""  # `talks` must not hide the class Talks
    with writing(path) as part:
        part.write_text(example.replace("TariffStandoff", title), encoding="utf-8", newline="\n")
    say(f"wrote {path}; try: {command('negotiation', 'models', 'check', str(path))}")
    return 0
