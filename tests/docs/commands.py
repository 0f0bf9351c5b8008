"""Command lines of the pages and of `--help`: found, parsed as a shell does, and run."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import typer

from negotiation.catalogue import load_model
from negotiation.cli.app import app
from negotiation.cli.console import run
from negotiation.cli.examples import EXAMPLES
from negotiation.registry import restored
from tests.docs.pages import PAGES, ROOT, blocks, spans

#: What stands for something of the reader's in a command that is talked about, not shown.
STAND_INS: Mapping[str, str] = {
    "MODEL": "canada_us",
    "FILE": "my_talks.py",
    "NAME": "ncl_canada",
}

#: Commands that are shown and that no test runs as they stand, and why.
NOT_RUN: Mapping[str, str] = {
    r"(python3|py) -m venv \.venv(( &&|;) .*)?": "installs from the network; .ci/run does it",
    r"\.venv/bin/(pip|pre-commit) install.*": "installs from the network; .ci/run does it",
    r"\.venv/bin/python -m (pytest|ruff|mypy).*": "checks the checkout itself; .ci/run does it",
    r"(PYTHON=\S+ )?\.ci/\w+.*": "checks the whole checkout; that the script is there is tested",
    r"\.venv/bin/twine .*": "publishes",
    r"python -m benchmarks.*": "measures for minutes; that its parts exist is tested",
    r"negotiation sweep .*(--resume|--dask).*": "needs hours or a cluster, as a page on them says",
    r"negotiation (plot|report) run\.parquet\S* .*": "needs a run that is kept, as tests/cli has",
    r"negotiation --install-completion": "writes into the files of a shell",
    r"negotiation runs .*": "needs a run that was interrupted, as test_long_sweeps.py has",
    r"negotiation report .*\.run .*": "needs a kept run, as test_report_command.py has",
    r"python -m tests\..*": "takes minutes; that the module can be imported is tested",
    r"python examples/\S*": "its cells are run as those of a notebook",
}


#: Commands that draw by default, and take seconds for as many draws.
DRAWING = (
    *("solve", "sweep", "credibility", "threshold", "attribute", "package"),
    *("robust", "probability", "report", "plot"),
)


class Line(NamedTuple):
    """One command line and where it stands."""

    where: str
    text: str

    @property
    def words(self) -> list[str]:
        """Words as a POSIX shell splits them, comments left out."""
        return shlex.split(self.text, comments=True)

    @property
    def reason(self) -> str:
        """Why it is not run; empty if it is."""
        found = [why for pattern, why in NOT_RUN.items() if re.fullmatch(pattern, self.text)]
        return found[0] if found else ""

    @property
    def arguments(self) -> list[str]:
        """What `negotiation` is given; stand-ins filled in, what goes to a file left out."""
        words = self.words
        words[0] = words[0].rpartition("/")[2]
        if words[0] != "negotiation":
            raise AssertionError(f"{self.where}: is {self.text} run, and how?")
        if ">" in words:
            words = words[: words.index(">")]
        found = [STAND_INS.get(word, word) for word in words[1:]]
        # That a command of a page runs does not hang on the number of draws.
        drawn = bool(found) and found[0] in DRAWING and "canada_us" in found
        return [*found, "--draws", "24"] if drawn and "--draws" not in found else found


_START = re.compile(r"(\S*/)?negotiation |python3? |\.venv/bin/\w|py -m|\.ci/\w|PYTHON=")


def in_text(text: str, where: str) -> Iterator[Line]:
    """Command lines of a text that holds nothing else, or among lines that are none."""
    for line in text.replace("\\\n", " ").splitlines():
        told = " ".join(line.split())
        if _START.match(told) and not re.match(r"negotiation \d", told):
            yield Line(where, told)


def in_pages() -> dict[str, list[Line]]:
    """Every command line by page: fenced blocks, then spans of code."""
    found: dict[str, list[Line]] = {}
    for page in PAGES:
        if page == ROOT / "docs" / "commands.md":
            continue  # its examples are those of `in_helps`
        lines = [
            line
            for block in blocks(page)
            if block.language in ("", "sh", "console", "shell")
            for line in in_text(block.text, block.where)
        ]
        # `negotiation map` alone names a command and is looked up, not run.
        lines += [line for span in spans(page) for line in in_text(span.text, span.where)]
        if lines:
            found[lines[0].where.partition(":")[0]] = lines
    return found


def every_command(group: Any = None, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every command of the application, groups taken apart, by its words."""
    group = typer.main.get_command(app) if group is None else group
    for word, command in group.commands.items():
        words = f"{name} {word}".strip()
        if hasattr(command, "commands"):
            yield from every_command(command, words)
        else:
            yield words, command


def in_helps() -> dict[str, list[Line]]:
    """Every example of `--help`, by command."""
    return {
        words: [
            line
            for each in EXAMPLES.get(words, ())
            for line in in_text(each.line, f"negotiation {words} --help")
        ]
        for words, _ in every_command()
    }


def is_name(arguments: list[str]) -> bool:
    """Whether a command is only named, as in `negotiation data`."""
    group: Any = typer.main.get_command(app)
    for word in arguments:
        group = getattr(group, "commands", {}).get(word)
        if group is None:
            return False
    return True


def parse(arguments: list[str]) -> None:
    """Parse a command line without running it: commands, options, names of parameters."""
    command: Any = typer.main.get_command(app)
    words = list(arguments)
    while hasattr(command, "commands") and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    try:
        context = command.make_context("negotiation", words)
    except typer.Exit:  # --help
        return
    named = context.params.get("model")
    if named in ("canada_us", "tariff_standoff"):
        for option in ("settings", "vary", "over"):
            given = context.params.get(option) or ()
            for each in (given,) if isinstance(given, str) else given:
                load_model(named).find_parameter(each.partition("=")[0])


class Done(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


def do(arguments: list[str], into: str = "") -> Done:
    """Run a command in this process and in the current folder; stdout may go to a file."""
    out, err = io.StringIO(), io.StringIO()
    with restored(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(arguments)
    if into:
        Path(into).write_text(out.getvalue(), encoding="utf-8")
    return Done(code, out.getvalue(), err.getvalue())


def do_line(line: Line) -> Done:
    words = line.words
    return do(line.arguments, words[words.index(">") + 1] if ">" in words else "")


def checkout(folder: Path) -> None:
    """Put into a folder what a reader has in the checkout: models, examples."""
    shutil.copytree(ROOT / "models", folder / "models")
    shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples")


def own_files(folder: Path, *, world: bool) -> None:
    """Put into a folder what the examples of `--help` take for the reader's own files."""
    examples = ROOT / "docs" / "examples"
    for path in examples.iterdir():
        if path.is_file() and path.suffix != ".md":
            shutil.copy(path, folder / path.name)
    shutil.copytree(examples / "games", folder / "folder")
    if not world:
        return
    told = do(
        [
            *("data", "import", str(examples / "icio.csv"), "-o", str(folder / "data")),
            *("--regions", str(examples / "regions.csv"), "--theta", "4"),
        ]
    )
    assert told.code == 0, told
