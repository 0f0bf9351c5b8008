"""T2: every command line of a page and of `--help` runs; what is not run says why."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from benchmarks.__main__ import PHASES
from negotiation.cli.examples import EXAMPLES
from tests.docs.commands import (
    Line,
    checkout,
    do,
    do_line,
    every_command,
    in_helps,
    in_pages,
    is_name,
    own_files,
    parse,
)
from tests.docs.pages import ROOT

PAGES = in_pages()
HELPS = in_helps()
EVERY = [line for lines in (*PAGES.values(), *HELPS.values()) for line in lines]
RUN = [line for line in EVERY if not line.reason]

#: Pages whose commands need files that the page tells the reader to write, or each other.
IN_ORDER = ("docs/adding_a_model.md", "docs/extending.md", "docs/report.md")


def slow(line: Line) -> bool:
    """Whether a command solves a trade model, which takes a second or more."""
    models = ("canada_us", "two_regions", "MODEL", "negotiation verify", "report kept")
    return any(model in line.text for model in models) and "negotiation models" not in line.text


def test_there_are_commands_to_run() -> None:
    assert {"README.md", "docs/questions.md", "docs/tour.md", "docs/trade_data.md"} <= set(PAGES)
    assert len(RUN) > 50


@pytest.mark.parametrize("words", [words for words, _ in every_command()])
def test_every_command_shows_an_example_in_its_help(words: str) -> None:
    assert HELPS[words]


def test_every_example_is_of_a_command_and_fits_a_terminal() -> None:
    assert EXAMPLES.keys() == {words for words, _ in every_command()}
    for words, shown in EXAMPLES.items():
        for each in shown:
            assert each.line.startswith(f"negotiation {words}")
            assert all(len(line) <= 78 for line in each.lines(78)), each.line


@pytest.mark.parametrize("line", [each for each in EVERY if each.reason], ids=lambda e: e.text)
def test_what_is_not_run_is_there(line: Line) -> None:
    words = line.words
    if words[:3] == ["python", "-m", "benchmarks"]:
        assert set(words[3:]) <= set(PHASES)
    elif words[:2] == ["python", "-m"]:
        assert importlib.util.find_spec(words[2]) is not None
    elif script := next((word for word in words if word.startswith((".ci/", "examples/"))), ""):
        assert (ROOT / script).is_file()
    pytest.skip(line.reason)


@pytest.mark.parametrize("line", RUN, ids=lambda each: f"{each.where} {each.text}")
def test_a_command_is_read(line: Line) -> None:
    """Commands, options and names of parameters exist; the same for what is slow to run."""
    if is_name(line.arguments):
        assert do([*line.arguments, "--help"]).code == 0
    else:
        parse(line.arguments)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    checkout(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def follow(lines: list[Line]) -> None:
    """Run command lines one after the other, as a reader does."""
    for line in lines:
        if line.reason or is_name(line.arguments):
            continue
        done = do_line(line)
        assert done.code == 0, f"{line.where}: {line.text}\n{done.err}"
        assert "Traceback" not in done.err


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_run(page: str, here: Path) -> None:
    """In order, in one folder; those on the large model in the full suite."""
    prepare(page, here)
    follow([line for line in PAGES[page] if not slow(line)])


def once() -> list[Line]:
    """Commands on the large model that need no other before them; one that recurs is run once."""
    found: dict[str, Line] = {}
    for name, lines in (*PAGES.items(), *HELPS.items()):
        if name not in IN_ORDER:
            for line in lines:
                if slow(line) and not line.reason and not is_name(line.arguments):
                    found.setdefault(line.text, line)
    return list(found.values())


@pytest.mark.full
@pytest.mark.parametrize("line", once(), ids=lambda each: f"{each.where} {each.text}")
def test_a_slow_command_runs(line: Line, here: Path) -> None:
    follow([line])


@pytest.mark.full
@pytest.mark.parametrize("page", IN_ORDER)
def test_the_slow_commands_of_a_page_run_in_order(page: str, here: Path) -> None:
    prepare(page, here)
    follow([line for line in PAGES[page] if slow(line)])


def prepare(page: str, folder: Path) -> None:
    """Write what the page itself tells the reader to write."""
    if page == "docs/adding_a_model.md":
        from tests.docs.test_python import write_observed, write_two_regions

        write_two_regions(folder)
        write_observed(folder)
    if page == "docs/extending.md":
        from tests.docs.test_extending import write_examples

        write_examples(folder)


@pytest.mark.parametrize("words", [words for words, lines in HELPS.items() if lines])
def test_the_examples_of_a_help_run(words: str, here: Path) -> None:
    own_files(here, world=words != "data import")
    follow([line for line in HELPS[words] if not slow(line)])
