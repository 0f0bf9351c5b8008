"""`negotiation game`: the equilibria of games in files."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from negotiation.cli import complete
from negotiation.cli.destination import check_format
from negotiation.cli.options import Budget, Quiet, check_budget
from negotiation.cli.streams import Progress, note, say, show

if TYPE_CHECKING:
    from negotiation.report.games import SolvedGame

_FORMATS = ("table", "json", "ne")
_SUFFIXES = {".txt": "table", ".json": "json", ".jsonl": "json", ".ne": "ne"}


def game(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="Game files (.nfg, .efg, .csv), or folders of them."),
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            "--format",
            autocompletion=complete.words("table", "json", "ne"),
            metavar="KIND",
            help="Print table (default), json or ne.",
        ),
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Solve and print in exact fractions.")
    ] = False,
    rule: Annotated[
        str | None,
        typer.Option(
            "--select",
            metavar="RULE",
            autocompletion=complete.rules,
            help="Mark the equilibrium that a rule chooses, such as pareto.",
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Say why each one is an equilibrium."),
    ] = False,
    budget: Budget = 10.0,
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Write to FILE.txt, .json, .jsonl or .ne."
        ),
    ] = None,
    quiet: Quiet = False,  # its callback has heard it
) -> int:
    """Find every equilibrium of games in files."""
    from negotiation.cli.streams import check_stdout
    from negotiation.errors import ExitCode, InterruptedRunError, NegotiationError, OutputError
    from negotiation.games.files import game_files
    from negotiation.report import games
    from negotiation.report.output import check_writable, write_text
    from negotiation.report.place import kind_of, place
    from negotiation.report.render import render
    from negotiation.words import clean, shown

    check_format(kind or "table", _FORMATS)
    check_budget(budget)
    target = place(output)
    if target is None:
        check_stdout()
    else:
        kind = kind_of(target, _SUFFIXES, kind, "solved games are written as")
        check_writable(target)
    files = game_files(paths)
    several = len(files) > 1 or Path(paths[0]).is_dir()
    if several and target is not None and target.suffix == ".json":
        raise OutputError(f"{target} cannot hold several games; use .jsonl, one to a line")

    progress, code = Progress("game"), 0
    kept: list[str] = []
    done = 0
    try:
        for done, path in enumerate(files):
            try:
                solved = _solve(path, exact=exact, rule=rule, budget=budget)
                if kind == "json":
                    told = games.to_json(solved, lines=several, exact=exact, explain=explain)
                elif kind == "ne":
                    told = games.ne_lines(solved, exact=exact, headed=several)
                else:
                    told = render(
                        games.document(solved, exact=exact, explain=explain), kind or "table"
                    )
                    told += "\n\n" if several and done + 1 < len(files) else ""
            except NegotiationError as error:
                progress.clear()
                say(f"error: {error}")
                code = max(code, error.exit_code)
            except MemoryError:
                progress.clear()
                say(f"error: {clean(str(path))}: there is not enough memory to solve this game")
                code = max(code, ExitCode.OUT_OF_MEMORY)
            except Exception as error:  # the other games are still to be solved
                progress.clear()
                say(
                    f"error: {clean(str(path))}: a defect of negotiation kept this game from being "
                    f"solved ({type(error).__name__}: {shown(str(error))}); please report it"
                )
                code = max(code, ExitCode.INTERNAL)
            else:
                progress.clear()
                kept.append(told)
                if target is None and told and not show(told, kind or "table"):
                    break  # nobody reads on
                if kind == "ne" and solved.completeness == "partial":
                    say(f"{solved.file.name}: partial, there may be other equilibria")
                if solved.completeness == "empty":
                    say(f"warning: {solved.file.name}: no equilibrium was found")
                    code = max(code, ExitCode.UNCERTIFIED)
            progress(done + 1, len(files))
    except KeyboardInterrupt:
        progress.clear()
        what = "nothing was written" if target is not None else "what was printed is complete"
        raise InterruptedRunError(
            f"interrupted after {done} of {len(files)} games; {what}"
        ) from None
    if target is not None and kept:
        write_text(target, "\n".join(kept), kind or "table")
        note(f"wrote {target}: {len(kept)} of {len(files)} games")
    return code


def _solve(path: Path, *, exact: bool, rule: str | None, budget: float) -> SolvedGame:
    """Read and solve one file, within the budget."""
    from negotiation.errors import DataError, NegotiationError
    from negotiation.games import select, solve
    from negotiation.games.files import Deadline, backward_induction, read
    from negotiation.report.games import SolvedGame

    start = monotonic()
    # A budget of nothing is one for solving: what can be read in a second is read.
    deadline = Deadline.after(max(budget, 1.0))
    file = read(path, deadline)
    tree = file.tree
    induced = None
    if tree is not None and tree.perfect_information:
        induced = backward_induction(tree, file.name, deadline)
    try:
        table = file.strategic(deadline)
    except DataError as error:
        if induced is None:
            raise
        return SolvedGame(file, None, induced, note=str(error))
    try:
        found = solve(table, exact=exact, budget=max(0.0, budget - (monotonic() - start)))
        chosen = int(select(found, rule).index) if rule is not None else -1
    except NegotiationError as error:
        # What is said of a game alone does not tell which file it was.
        error.args = (f"{file.name}: {error}",)
        raise
    return SolvedGame(file, found, induced, chosen)
