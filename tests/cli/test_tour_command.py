"""The tour: five commands that exist, run on a terminal when asked, and never elsewhere."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from negotiation.cli import tour
from negotiation.errors import ExitCode
from tests.docs.commands import Line, do, parse


def test_without_a_terminal_it_tells_and_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: pytest.fail("a command was run"))
    done = do(["tour"])
    assert done.code == 0
    for step in tour.STEPS:
        assert step.question in done.out
        assert step.line.partition(" --")[0] in done.out
    assert done.out.count("How to read it:") == len(tour.STEPS) == 5
    assert "negotiation report" in done.out.splitlines()[-3]
    assert all(len(line) <= 80 for line in done.out.splitlines())


@pytest.mark.parametrize("step", tour.STEPS, ids=lambda step: step.line)
def test_every_command_of_the_tour_is_one(step: tour.TourStep) -> None:
    parse(Line("negotiation tour", step.line).arguments)


@pytest.mark.full
@pytest.mark.parametrize("step", tour.STEPS, ids=lambda step: step.line)
def test_every_command_of_the_tour_runs(step: tour.TourStep) -> None:
    done = do(Line("negotiation tour", step.line).words[1:])
    assert done.code == 0, done.err
    assert done.out


class Terminal:
    """The tour in a pseudo-terminal."""

    def __init__(self) -> None:
        pty = pytest.importorskip("pty")
        self.process, self.file = pty.fork()
        if self.process == 0:  # pragma: no cover - in the child
            os.environ["COLUMNS"] = "80"
            os.execv(sys.executable, [sys.executable, "-m", "negotiation", "tour"])
        self.seen = ""

    def until(self, text: str, seconds: float = 60.0) -> str:
        """Read until the text comes; return what came."""
        end, start = time.monotonic() + seconds, len(self.seen)
        while text not in self.seen[start:]:
            assert time.monotonic() < end, self.seen
            if select.select([self.file], [], [], 1.0)[0]:
                try:
                    self.seen += os.read(self.file, 65536).decode("utf-8", "replace")
                except OSError:  # the process has closed it
                    break
        assert text in self.seen[start:], self.seen
        return self.seen[start:]

    def type(self, text: str) -> None:
        os.write(self.file, text.encode())

    def code(self) -> int:
        """Wait for the end."""
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    if sys.platform == "win32":
        pytest.skip("no pseudo-terminals")
    found = Terminal()
    yield found
    os.close(found.file)


@pytest.mark.full
def test_on_a_terminal_enter_runs_s_skips_and_q_quits(terminal: Terminal) -> None:
    terminal.until("q: quit]")
    terminal.type("\n")
    shown = terminal.until("q: quit]")
    assert "exporter: accept, retaliate" in shown  # the result
    assert "How to read it:" in shown
    assert "more lines, which the command prints too" in shown
    terminal.type("s\n")
    shown = terminal.until("q: quit]")
    assert "3 of 5" in shown
    assert "loses US$" not in shown
    terminal.type("q\n")
    terminal.until("Goodbye.")
    assert terminal.code() == 0


@pytest.mark.full
def test_ctrl_c_ends_the_tour_cleanly(terminal: Terminal) -> None:
    terminal.until("q: quit]")
    terminal.type("\x03")
    terminal.until("interrupted")
    assert terminal.code() == ExitCode.INTERRUPTED
    assert "Traceback" not in terminal.seen


@pytest.mark.full
def test_ctrl_c_ends_the_command_that_runs(terminal: Terminal) -> None:
    terminal.until("q: quit]")
    terminal.type("s\n")
    terminal.until("q: quit]")
    terminal.type("\n")
    time.sleep(0.5)
    terminal.type("\x03")
    terminal.until("interrupted")
    assert terminal.code() == ExitCode.INTERRUPTED
    assert "Traceback" not in terminal.seen


def test_a_small_terminal_shows_the_beginning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Done:
        stdout = "\n".join(map(str, range(100))).encode()

    monkeypatch.setattr(subprocess, "run", lambda *a, **k: Done())
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((80, 24)))
    tour._run(tour.STEPS[0], whole=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:17] == [str(k) for k in range(16)]
    assert lines[-1] == "[... 84 more lines, which the command prints too]"
    tour._run(tour.STEPS[0], whole=True)
    assert len(capsys.readouterr().out.splitlines()) == 101
