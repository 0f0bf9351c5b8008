"""`negotiation report`: one file on talks between two players, for those who decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from negotiation.cli import complete
from negotiation.cli.options import Lever, command
from negotiation.cli.streams import say

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.cli.destination import Destination
    from negotiation.study.explorer import Explorer
    from negotiation.study.kept import KeptRun

_FORMATS = ("table", "html", "md", "json")

#: Draws of a report.
_DRAWS = 400


@command(_FORMATS, "a report is", draws=_DRAWS, runs=True)
def report(
    case: Case,
    destination: Destination,
    *,
    kept: KeptRun | None,
    lever: Lever = "",
    lang: Annotated[
        str,
        typer.Option(
            "--lang",
            metavar="LANGUAGE",
            autocompletion=complete.words("en"),
            help="Language of the report: en.",
        ),
    ] = "en",
) -> int:
    """Write the report on a model or on the kept run of a sweep: one file that needs no network."""
    from negotiation.errors import ExitCode
    from negotiation.report.briefing import document
    from negotiation.report.sentences import sentences
    from negotiation.study.briefing import brief
    from negotiation.study.explorer_apart import tabulated_meanwhile

    sentences(lang)  # which refuses a language before any work
    with tabulated_meanwhile(case):
        found = brief(case, lever=lever, kept=None if kept is None else kept.drawn)
    again = _again(case, lever, destination, kept)
    destination.give(document(found, lang=lang, command=again, explorer=_explored(case)))
    if not found.certified:
        say(f"warning: {found.point.status}")
        return ExitCode.UNCERTIFIED
    return ExitCode.DONE


def _explored(case: Case) -> Explorer | None:
    """What a reader may move; None where the model has nothing that can be tabulated."""
    from negotiation.errors import NegotiationError
    from negotiation.study.explorer import explorer

    try:
        return explorer(case)
    except NegotiationError:  # a report without it is one all the same
        return None


def _again(case: Case, lever: str, destination: Destination, kept: KeptRun | None) -> str:
    """Return the command that makes the same report."""
    from negotiation.case import repeated
    from negotiation.model.commands import command_about
    from negotiation.shell import command as shell_command

    name = "report.html" if destination.path is None else destination.path.name
    if kept is not None:
        return shell_command("negotiation", "report", str(kept.path), "-o", name)
    options = list(repeated(case))
    if case.draws != _DRAWS:
        options.append(f"--draws {case.draws}")
    if lever:
        options.append(f"--lever {lever}")
    return command_about("report", case.model, *options, f"-o {name}")
