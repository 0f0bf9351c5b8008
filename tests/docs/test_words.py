"""T2: what the pages name exists: links, anchors, files, modules, options, codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from negotiation import errors
from tests.docs.commands import every_command
from tests.docs.pages import PAGES, ROOT, headings, links, name_of, spans
from tests.docs.test_extending import EXAMPLES

IDS = [name_of(page) for page in PAGES]

#: Endings of what a span of code means as a file.
_FILE = re.compile(r"[\w./-]+\.(py|md|csv|json|jsonl|nfg|efg|png|svg|toml|cff|yml|nc|txt|parquet)")

#: Files of a folder of trade data, wherever it is, and of a model.
KINDS = {
    *("regions.csv", "sectors.csv", "flows.csv", "input_coefficients.csv"),
    *("index.csv", "model.py"),
}

#: Files that a page tells the reader to write.
WRITTEN = {
    "docs/adding_a_model.md": {"my_talks.py", "observed.py", "two_regions/model.py"},
    "docs/extending.md": set(EXAMPLES),
}

WORKFLOWS = ROOT / ".github" / "workflows"

#: Folders of the checkout: a path that begins with one is meant from there.
TOP = ("negotiation/", "models/", "docs/", "tests/", "benchmarks/", ".ci/", ".github/")


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_lead_somewhere(page: Path) -> None:
    for line, target in links(page):
        if re.match(r"https?://|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        to = (page.parent / path) if path else page
        assert to.exists(), f"{name_of(page)}:{line} links to {target}, which is not there"
        if anchor and to.suffix == ".md":
            assert anchor in headings(to), f"{name_of(page)}:{line}: {to} has no heading #{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_files_that_are_named_exist(page: Path) -> None:
    """In the checkout, beside the page, or in the package; commands make what they write."""
    made = set(re.findall(r"(?:-o|--plot|>) (\S+)", page.read_text(encoding="utf-8")))
    known = made | KINDS | WRITTEN.get(name_of(page), set())
    known |= {path.name for path in (ROOT / "negotiation").rglob("*.py")}
    places = (ROOT, page.parent, page.parent / "data", ROOT / "negotiation", WORKFLOWS)
    lost = []
    for span in spans(page):
        name = span.text.removeprefix("./")
        if not name.startswith(TOP) and (name in known or not _FILE.fullmatch(name)):
            continue
        if name.startswith("negotiation."):
            continue  # a module, as in negotiation.report.svg
        if re.search(r"[\s*{<]", name) or name.startswith("."):
            continue
        if not any((place / name).exists() for place in places):
            lost.append(f"{span.where}: {name}")
    assert not lost, "\n".join(lost)


def test_every_picture_is_shown() -> None:
    shown = {Path(target).name for page in PAGES for _, target in links(page)}
    assert {path.name for path in (ROOT / "docs").glob("*.png")} <= shown


# --- options --------------------------------------------------------------------------------------

OPTIONS = {
    words: {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
    for words, command in every_command()
}
KNOWN = set().union(*OPTIONS.values()) | {"--help", "--load", "--version"}

#: Options of the tests' own and of other programs.
FOREIGN = {"--check", "--strict", "--all", "--shuffle", "--fix"}
FOREIGN |= {"--install-completion", "--show-completion"}  # of typer
FOREIGN |= {"--nworkers", "--nthreads", "--scheduler-file"}  # of dask


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_options_that_are_named_exist(page: Path) -> None:
    own = [span for span in spans(page) if not span.text.startswith("python -m")]
    found = {each for span in own for each in re.findall(r"(?<![\w-])--[a-z-]+", span.text)}
    assert found <= KNOWN | FOREIGN, found - KNOWN - FOREIGN


STUDIES = (
    *("solve", "explain", "sweep", "threshold", "map", "attribute", "package"),
    *("credibility", "revealed", "audit", "tariffs"),
    *("sensitivity", "scenarios", "probability", "robust", "report"),
)


def taken_by(option: str) -> set[str]:
    return {words for words in OPTIONS if option in OPTIONS[words]}


def row(page: str, start: str) -> str:
    """The last cell of a row of a table."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith(f"| `{start}"))
    return line.split("|")[-2].strip()


def words_of(cell: str) -> set[str]:
    return set(re.findall(r"`([a-z]+)`", cell))


def test_every_study_takes_what_the_table_of_options_says() -> None:
    """T2: a page promised `--threat` and `-o` on commands that lacked them."""
    studies = set(STUDIES)
    for option in ("--format", "--output", "--quiet"):
        assert studies <= taken_by(option), option
    assert taken_by("--select") & studies == studies - {"tariffs"}
    studies.add("plot")  # a picture of studies
    assert taken_by("--set") == studies
    for option in ("--threat", "--concept", "--duties", "--postures"):
        assert taken_by(option) == studies - {"tariffs"}, option
        assert row("command_line.md", option) == "all but `tariffs`"
    assert taken_by("--plot") == words_of(row("command_line.md", "--plot"))
    assert row("command_line.md", "--set") == "all studies of a model, and `tariffs`"
    assert row("command_line.md", "--select") == "all but `tariffs`"


@pytest.mark.full
def test_every_study_writes_what_the_table_of_formats_says() -> None:
    """A wrong format is refused by a sentence that lists the right ones."""
    from tests.docs.commands import do

    text = (ROOT / "docs" / "command_line.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if re.match(r"\| `[a-z`, ]+` \| `table`", line)]
    told = {
        word: (words_of(cells[2]), set(re.findall(r"`(\.\w+)`", cells[3])))
        for cells in (line.split("|") for line in lines)
        for word in words_of(cells[1])
    }
    assert set(told) == {*STUDIES, "game", "verify"}
    more = {
        "threshold": ["--vary", "tariff=0:1"],
        "map": ["--vary", "tariff=0:1", "--vary", "damage=0:9"],
        "sweep": ["--vary", "tariff=0,1"],
        "probability": ["--when", "importer plays impose"],
        "scenarios": ["--when", "importer plays impose"],
        "robust": ["--vary", "diversification=0,1"],
    }
    examples = ROOT / "docs" / "examples"
    for word, (formats, endings) in told.items():
        subject = str(examples / "talks.nfg") if word == "game" else "tariff_standoff"
        start = [word, *([] if word == "verify" else [subject]), *more.get(word, [])]
        said = do([*start, "--format", "nothing"])
        assert said.code == 2, word
        listed = said.err.strip().rpartition("choose from ")[2].split(", ")
        assert set(listed) == formats, word
        said = do([*start, "-o", "x.nothing"])
        assert said.code == 2, word
        assert set(re.findall(r"\.(?!nothing)\w+(?=,| or |\b)", said.err.split(";")[-1])) >= endings


QUESTIONS = ROOT / "docs" / "questions.md"


def asked() -> list[str]:
    """Commands of the tables of questions, one a row."""
    rows = re.findall(
        r"^\| (.+\?) \| `(negotiation [^`]+)` \|$", QUESTIONS.read_text("utf-8"), re.M
    )
    return [command for _, command in rows]


def test_every_question_has_one_command() -> None:
    text = QUESTIONS.read_text(encoding="utf-8")
    questions = [line for line in text.splitlines() if line.startswith("| ") and "?" in line]
    assert len(asked()) == len(questions) >= 25
    assert len(set(asked())) == len(asked())


def test_the_page_of_questions_promises_what_holds() -> None:
    """T2: the sentence above the tables, against the options of the commands in them."""
    named = {command.split()[1] for command in asked()} & set(STUDIES) - {"tariffs"}
    assert len(named) > 10
    for option in (
        "--set",
        "--select",
        "--threat",
        "--concept",
        "--format",
        "--output",
        "--quiet",
    ):
        assert named <= taken_by(option), option


def test_exit_codes_are_those_of_the_enum() -> None:
    codes = getattr(errors, "ExitCode", None)
    page = ROOT / "docs" / "exit_codes.md"
    if codes is None or not page.exists():
        pytest.skip("the codes have no enum yet")
    told = {int(found) for found in re.findall(r"^\| `?(\d+)", page.read_text("utf-8"), re.M)}
    assert told == {int(code) for code in codes}
