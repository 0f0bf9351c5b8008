"""B9, B1: streams that are closed, full, left by their reader, or of a narrow encoding."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from negotiation.cli import streams
from negotiation.cli.console import run
from tests.drawn import first

#: Long runs of what shorter tests cover in part: they belong to the full suite.
pytestmark = pytest.mark.full

SWEEP = ("sweep", "tariff_standoff", "--vary", "diversification=0.1:0.9:3")
COMMANDS = (
    ("solve", "tariff_standoff", "--quick"),
    (*SWEEP, "--format", "csv"),
    ("models", "list"),
    ("explain", "tariff_standoff"),
    ("game", "g.nfg"),
)
posix = pytest.mark.skipif(os.name == "nt", reason="closes files as a POSIX shell does")
full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")

#: A model that prints wherever it can, while it is loaded and while it is asked.
LOUD = '''"""A model that prints."""
import os, sys, warnings
from dataclasses import dataclass
from negotiation import Model, parameter

print("loading \\x1b]0;title\\x07")

@dataclass(frozen=True)
class Loud(Model):
    a: float = parameter(0.5, low=0, high=1, unit="units", source="test")
    players = ("x", "y")
    actions = (("l", "r"), ("t", "b"))

    def payoffs(self):
        print("asked")
        sys.stdout.write("written\\n")
        sys.__stdout__.write("written past it\\n")
        sys.__stdout__.flush()
        os.write(1, b"written to the file\\n")
        os.system("echo told another")
        warnings.warn("a\\x1bwarning")
        return {("l", "t"): (1.0, 1.0), ("l", "b"): (0.0, 0.0),
                ("r", "t"): (0.0, 0.0), ("r", "b"): (2.0, 2.0)}
'''


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a line of a shell; `negotiation` is this program."""
    line = line.replace("negotiation ", f'"{sys.executable}" -m negotiation ', 1)
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, capture_output=True, check=False, timeout=120
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "g.nfg").write_text('NFG 1 R "t" { "a" "b" } { 2 2 }\n1 1 0 0 0 0 1 1\n')
    return tmp_path


@posix
@pytest.mark.parametrize("command", COMMANDS[:2], ids=" ".join)
def test_without_stderr_the_data_are_the_same(folder: Path, command: tuple[str, ...]) -> None:
    line = f"negotiation {' '.join(command)}"
    usual = shell(line, folder)
    assert usual.returncode == 0
    for redirected in ("2>&-", "2>/dev/full") if Path("/dev/full").exists() else ("2>&-",):
        found = shell(f"{line} {redirected}", folder)
        assert (found.returncode, found.stdout, found.stderr) == (0, usual.stdout, b"")


@posix
@pytest.mark.parametrize("redirected", first(2, ["2>&-", ">&-", ">&- 2>&-", "<&-", "<&- >&- 2>&-"]))
def test_a_file_is_written_whatever_streams_are_closed(folder: Path, redirected: str) -> None:
    found = shell(f"negotiation {' '.join(SWEEP)} -o run.csv {redirected}", folder)
    assert found.returncode == 0
    text = (folder / "run.csv").read_text(encoding="utf-8")
    assert text.startswith("diversification,")
    assert text.count("\n") == 4, "and nothing else is in it"


@posix
@full
def test_a_file_is_written_though_stderr_is_full(folder: Path) -> None:
    found = shell(f"negotiation {' '.join(SWEEP)} -o run.csv --plot run.svg 2>/dev/full", folder)
    assert found.returncode == 0
    assert (folder / "run.csv").read_text(encoding="utf-8").count("\n") == 4
    assert (folder / "run.svg").exists()


@posix
@pytest.mark.parametrize("command", [*COMMANDS, ("--help",), ("--version",)], ids=" ".join)
def test_a_closed_stdout_is_one_sentence(folder: Path, command: tuple[str, ...]) -> None:
    found = shell(f"negotiation {' '.join(command)} >&-", folder)
    said = found.stderr.decode()
    assert found.returncode == 2
    assert said.startswith("error: ")
    assert "the standard output is closed" in said
    assert said.count("\n") == 1


@posix
@full
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_full_stdout_is_one_sentence(folder: Path, command: tuple[str, ...]) -> None:
    found = shell(f"negotiation {' '.join(command)} >/dev/full", folder)
    assert found.returncode == 2
    assert found.stderr == b"error: cannot write to stdout: No space left on device\n"


@posix
def test_a_picture_is_drawn_though_its_table_is_lost(folder: Path) -> None:
    found = shell(f"negotiation {' '.join(SWEEP)} --plot run.svg >&-", folder)
    assert found.returncode == 2
    assert found.stderr.decode().splitlines() == [
        "wrote run.svg",
        "error: cannot write to stdout: the standard output is closed",
    ]
    assert (folder / "run.svg").exists()


class Left:
    """A stdout whose reader has gone."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.written = 0

    def write(self, text: str) -> int:
        self.written += 1
        raise BrokenPipeError

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        raise OSError


def test_a_reader_that_leaves_gets_no_more_games(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    (folder / "h.nfg").write_bytes((folder / "g.nfg").read_bytes())
    left = Left()
    monkeypatch.setattr(sys, "stdout", left)
    assert run(["game", "g.nfg", "h.nfg"]) == 0
    assert left.written == 1
    assert capsys.readouterr().err == ""


def test_a_picture_is_drawn_though_the_reader_has_left(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "stdout", Left())
    assert run([*SWEEP, "--plot", "run.svg"]) == 0
    assert capsys.readouterr().err == "wrote run.svg\n"
    assert (folder / "run.svg").exists()


# --- what a model prints --------------------------------------------------------------------------


@posix
def test_what_a_model_prints_does_not_reach_the_data(folder: Path) -> None:
    (folder / "loud.py").write_text(LOUD, encoding="utf-8")
    found = shell("negotiation solve ./loud.py --quick --format json", folder)
    assert found.returncode == 0
    assert json.loads(found.stdout)["payoffs"]["r/b"] == {"x": 2.0, "y": 2.0}
    said = found.stderr.decode()
    for words in ("asked", "written", "written past it", "written to the file", "told another"):
        assert f"{words}\n" in said
    assert "loading \\u001b]0;title\\u0007" in said
    assert "UserWarning: a\\u001bwarning" in said
    assert "\x1b" not in said


def test_what_a_model_prints_does_not_reach_the_data_of_this_process(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    quiet = "\n".join(
        line
        for line in LOUD.split("\n")
        if not any(each in line for each in ("__stdout__", "os.", "warnings.warn"))
    )
    (folder / "loud.py").write_text(quiet, encoding="utf-8")
    assert run(["models", "check", "./loud.py"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "asked\nwritten\n" in said.err
    assert sys.stdout.write("back\n") == 5
    assert capsys.readouterr().out == "back\n"


# --- encodings ------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437", "utf-8", "utf-16"])
@pytest.mark.parametrize("kind", ["json", "table", "csv"])
def test_letters_that_the_encoding_lacks_are_escaped(
    encoding: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps({"agreed → é, 日本": "š", "a": 1}, ensure_ascii=False)
    path = tmp_path / "out"
    with path.open("w", encoding=encoding, errors="backslashreplace", newline="\n") as file:
        monkeypatch.setattr(sys, "stdout", file)
        assert streams.show(text, kind)
        monkeypatch.undo()
    found = path.read_text(encoding=encoding)
    if encoding.startswith("utf"):
        assert found == text + "\n"
    elif kind == "json":
        assert json.loads(found) == json.loads(text), "the same data"
    else:
        assert "\\u2192" in found


def test_a_name_that_is_no_text_does_not_break_a_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A path of undecodable bytes, as the system hands it over."""
    assert run(["solve", "./\udcff\udcfe.py"]) == 2
    assert "./\\udcff\\udcfe.py" in capsys.readouterr().err


def test_words_never_fail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    failing: list[Callable[[str], int]] = []

    def full_disk(text: str) -> int:
        raise OSError(28, "No space left on device")

    def narrow(text: str) -> int:
        if not text.isascii():
            raise UnicodeEncodeError("ascii", text, 0, 1, "no")
        return len(text)

    failing += [full_disk, narrow]
    for write in failing:
        left = Left()
        monkeypatch.setattr(left, "write", write)
        monkeypatch.setattr(sys, "stderr", left)
        streams.say("a sentence → é")
        monkeypatch.undo()
