"""T3: commands that the program prints run when they are pasted, and repeat what was given."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from negotiation import shell
from negotiation.catalogue import load_model
from tests.docs.commands import do, parse
from tests.docs.pages import ROOT

STANDOFF = ROOT / "models" / "tariff_standoff.py"

#: How a user may have called the file of a model: with a blank, a quote, a dollar, an accent.
NAMES = ("my talks.py", "my dir/talks.py", "l'accord $HOME.py", "été & co; (1).py", "-draft.py")


@pytest.fixture(params=NAMES)
def model(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A model of a user's own, as it was named on the command line."""
    name = str(request.param)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    shutil.copy(STANDOFF, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return f"./{name}" if name.startswith("-") else name


def printed(text: str) -> list[list[str]]:
    """Commands in what was printed, as a POSIX shell splits them."""
    whole = text.replace("\\\n", " ")
    found = re.findall(r"^ *(negotiation (?!\d).*)$", whole, re.MULTILINE)
    found += re.findall(r"`(negotiation [^`]*)`", whole) if "`neg" in whole else []
    found += re.findall(r"'(negotiation [^']*)'", whole)
    return [shlex.split(each)[1:] for each in found]


def runs(words: list[str]) -> None:
    done = do(words)
    assert done.code in (0, 1), (words, done.err)
    assert "Traceback" not in done.err


@pytest.mark.full
def test_the_commands_of_an_audit_run(model: str) -> None:
    """Every finding has one; a model that is a file was named by its bare name."""
    given = ["--set", "tariff=0.3", "--set", "exports=120", "--select", "best_for_importer"]
    said = do(["audit", model, *given])
    assert said.code in (0, 1), said.err
    commands = printed(said.out)
    assert len(commands) >= 10
    for words in commands:
        assert words[1] == model
        told = dict(word.split("=") for word in words if "=" in word)
        assert told["exports"] != "100"
        assert {"tariff", "exports"} <= set(told), "what was set is repeated, or varied"
        assert words[words.index("--select") + 1] == "best_for_importer"
    # the long ones once: they are the same command
    for text in {shell.command(*words) for words in commands}:
        parse(shlex.split(text))
    runs(commands[0])


@pytest.mark.full
def test_all_commands_of_an_audit_run(model: str) -> None:
    for words in printed(do(["audit", model, "--set", "tariff=0.3"]).out):
        runs(words)


def test_the_commands_in_the_record_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "my talks.py"
    shutil.copy(STANDOFF, path)
    said = do(["audit", str(path), "--format", "json"])
    record = json.loads(said.out)
    for each in record["findings"]:
        assert shlex.split(each["command"])[2] == str(path)


def test_the_command_of_credibility_runs(model: str) -> None:
    said = do(["credibility", model, "--set", "tariff=0.3", "--draws", "20"])
    (words,) = printed(said.out)
    assert words[:2] == ["credibility", model]
    assert "tariff=0.3" in words
    runs([*words, "--draws", "20"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["solve", "MODEL", "--set", "nothing=1"],
        ["explain", "MODEL", "nothing"],
        ["sweep", "MODEL", "--vary", "nothing=1,2"],
    ],
    ids=lambda words: words[0],
)
def test_the_commands_in_a_complaint_run(model: str, arguments: list[str]) -> None:
    said = do([model if word == "MODEL" else word for word in arguments])
    assert said.code == 2
    (words,) = printed(said.err)
    assert model in words
    runs(words)


def test_the_complaint_about_words_runs() -> None:
    said = do(["threshold", "canada_us", "--vary", "run=0:1"])
    assert said.code == 2
    (words,) = printed(said.err)
    assert words == ["sweep", "canada_us", "--vary", "run=long_run,short_run"]


def test_the_complaint_about_a_threat_of_one_point_runs() -> None:
    said = do(
        ["threshold", "canada_us", "--vary", "diversification=0:0.1", "--threat", "tariff_war"]
    )
    assert said.code == 2
    (words,) = printed(said.err)
    assert words[:2] == ["solve", "canada_us"]
    assert words[-2:] == ["--threat", "tariff_war"]
    parse(words)


def test_a_new_model_is_checked_by_the_command_it_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = do(["models", "new", "my_talks"])
    runs(shlex.split(said.err.rpartition("try: ")[2])[1:])


def test_the_faults_that_an_import_does_not_list_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "my flows.csv"
    text = "from,to,sector,value\nA,A,x,-1\nA,B,x,-2\nB,A,x,3\nB,B,x,word\n"
    path.write_text(text, encoding="utf-8")
    options = ["--column", "origin=from", "--column", "destination=to"]
    said = do(["data", "import", path.name, "-o", "out", "--theta", "4", *options])
    assert said.code == 4
    (words,) = printed(said.err)
    done = do(words)
    assert done.code == 4
    assert done.out.count("my flows.csv") > 1


def test_a_model_is_named_as_it_was_last_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(STANDOFF, tmp_path / "talks.py")
    monkeypatch.chdir(tmp_path)
    for given in ("./talks.py", str(tmp_path / "talks.py")):
        assert f"models show {given}" in do(["solve", given, "--set", "nothing=1"]).err
    assert load_model("tariff_standoff").catalogue_address == "tariff_standoff"


# --- quotes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word",
    [
        "plain",
        "a b",
        "it's",
        'say "no"',
        "$HOME",
        "`id`",
        "a\\b",
        "*",
        "",
        "~x",
        "été",
        "a;b|c&d>e<f",
    ],
)
def test_a_word_comes_back_from_a_posix_shell(word: str) -> None:
    assert shlex.split(shell.quoted(word, windows=False)) == [word]


@pytest.mark.parametrize(
    "word", ["C:\\My Talks\\a b.py", "a b", "a&b", "50% off.py", "x\\", "été.py"]
)
def test_a_word_comes_back_from_windows(word: str) -> None:
    """As the runtime library there takes a command line apart."""
    text = shell.quoted(word, windows=True)
    assert _windows(text) == [word]
    special = set(word) & set(" &|<>^()%é")
    assert text.startswith('"') is bool(special)


def _windows(line: str) -> list[str]:
    """Split as CommandLineToArgvW does: backslashes count only before a quote."""
    words, word, quoted, slashes = [], "", False, 0
    for letter in [*line, " "]:
        if letter == "\\":
            slashes += 1
            continue
        if letter == '"':
            word += "\\" * (slashes // 2)
            if slashes % 2:
                word += letter
            else:
                quoted = not quoted
        else:
            word += "\\" * slashes
            if letter == " " and not quoted:
                words.append(word)
                word = ""
            else:
                word += letter
        slashes = 0
    return words


def test_no_control_character_reaches_the_terminal() -> None:
    text = shell.quoted("a\x1b]0;b\a\nc'\\.py", windows=False)
    assert text == "$'a\\x1b]0;b\\x07\\x0ac\\'\\\\.py'"


def test_a_long_command_is_broken_before_its_options() -> None:
    line = shell.command("negotiation", "solve", "a --b c.py", "--set", "x=1", "--set", "y=' --z '")
    lines = shell.continued(f"  {line}", 30)
    assert len(lines) == 3
    assert shlex.split(" ".join(each.removesuffix("\\") for each in lines)) == shlex.split(line)
    assert shell.continued(line, 200) == [line]


def test_on_windows_a_command_stays_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("negotiation.shell.os.name", "nt")
    line = shell.command("negotiation", "solve", "C:\\my talks.py", "--set", "x=1")
    assert line == 'negotiation solve "C:\\my talks.py" --set x=1'
    assert shell.continued(line, 10) == [line]
