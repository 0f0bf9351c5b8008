"""B11: a signal at any moment of a sweep leaves the old file or the whole new one, and no other.

Here the moments are drawn among the calls of one process. In the full suite real processes get real
signals; NEGOTIATION_SIGNALS=15 sends fifteen for each format.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import xarray as xr

from negotiation import interrupts
from negotiation.cli import main
from negotiation.errors import ExitCode
from negotiation.report import columnar
from negotiation.report import sweep as report
from tests.drawn import first

#: Long runs of what shorter tests cover in part: they belong to the full suite.
pytestmark = pytest.mark.full

FORMATS = ("csv", "json", "parquet", "nc", "md", "txt", "png", "svg")
SWEEP = ("sweep", "tariff_standoff", "--vary", "diversification=0.1:0.9:3")
OLD = b"from before\n"

CODES = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}
if sys.platform != "win32":
    CODES[signal.SIGHUP] = ExitCode.TERMINATED


def command(form: str) -> list[str]:
    return [*SWEEP, "--plot" if form in ("png", "svg") else "-o", f"run.{form}"]


def listening(arguments: list[str]) -> int:
    """Run a command as a process does, and return its exit code."""
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert isinstance(leaving.value.code, int)
    return leaving.value.code


class Call:
    """Counts the calls of functions, and sends a signal at one of them."""

    def __init__(self, at: int = 0, number: int = 0) -> None:
        self.at, self.number, self.count = at, number, 0

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and interrupts.listens():
            self.count += 1
            if self.count == self.at:
                sys.setprofile(None)
                signal.raise_signal(self.number)

    def watch(self, arguments: list[str]) -> int:
        sys.setprofile(self)
        try:
            return listening(arguments)
        finally:
            sys.setprofile(None)


def old_or_whole(path: Path, whole: bytes) -> None:
    """The old file or the new one, and nothing else in the folder."""
    beside = path.with_name(f"{path.name}-metadata.json")
    assert set(path.parent.iterdir()) - {beside} == {path}
    found = path.read_bytes()
    if found in (OLD, whole):
        return
    assert path.suffix == ".svg", "neither the old file nor the new one"
    ET.parse(path)  # its marks are drawn at random
    assert len(found) > 0.99 * len(whole)


# A destructor may swallow it: Python says so, the program asks again.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("form", first(4, FORMATS))
def test_a_signal_at_any_call_leaves_the_old_file_or_the_new_one(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"run.{form}"
    listening(command(form))  # what is loaded once is loaded
    total = Call()
    assert total.watch(command(form)) == 0
    whole = path.read_bytes()
    drawn = random.Random(form)
    for number, (low, high) in zip(CODES, ((0.0, 1.0), (0.5, 1.0), (0.9, 1.0)), strict=False):
        path.write_bytes(OLD)
        capsys.readouterr()
        code = Call(int(drawn.uniform(low, high) * total.count), number).watch(command(form))
        err = capsys.readouterr().err
        assert "Traceback" not in err
        old_or_whole(path, whole)
        if code == 0:  # it came when all was done
            assert path.read_bytes() != OLD
            continue
        assert code == CODES[signal.Signals(number)]
        assert "interrupted" in err
        if path.read_bytes() == OLD:
            assert "nothing was written" in err


def swallow(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function be one within which a library swallows Ctrl-C."""

    def swallowing(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        return result

    return swallowing


def test_a_library_that_swallows_control_c_does_not_hide_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.parquet").write_bytes(OLD)
    monkeypatch.setattr(columnar, "_parquet", swallow(columnar._parquet))
    assert listening(command("parquet")) == ExitCode.INTERRUPTED
    assert "interrupted at 3 of 3 points; nothing was written" in capsys.readouterr().err
    old_or_whole(tmp_path / "run.parquet", b"")
    assert (tmp_path / "run.parquet").read_bytes() == OLD


def test_a_signal_waits_while_a_library_holds_its_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """B11: it came between the taking of a lock and its return, and closing waited for ever."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.nc").write_bytes(OLD)
    write = xr.Dataset.to_netcdf

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        signal.raise_signal(signal.SIGINT)  # is not raised here
        return write(*args, **kwargs)

    monkeypatch.setattr(xr.Dataset, "to_netcdf", interrupted)
    assert listening(command("nc")) == ExitCode.INTERRUPTED
    assert "nothing was written" in capsys.readouterr().err
    assert (tmp_path / "run.nc").read_bytes() == OLD


def test_a_signal_while_the_file_takes_its_place_comes_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    replace = os.replace

    def interrupted(*args: Any) -> None:
        signal.raise_signal(signal.SIGTERM)
        replace(*args)

    monkeypatch.setattr(os, "replace", interrupted)
    assert listening(command("csv")) == ExitCode.TERMINATED
    assert "run.csv was written" in capsys.readouterr().err
    assert {each.name for each in tmp_path.iterdir()} == {"run.csv", "run.csv-metadata.json"}


def test_a_command_that_comes_to_its_end_all_the_same_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(report, "rows", swallow(report.rows))
    assert listening([*SWEEP, "--format", "csv"]) == ExitCode.INTERRUPTED
    said = capsys.readouterr()
    assert said.err.startswith("interrupted when the work was done; what was printed")
    assert said.out.count("\n") == 4


def test_what_the_caller_ignores_stays_ignored() -> None:
    """As `nohup` and a shell's background do."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        interrupts.listen()
        signal.raise_signal(signal.SIGTERM)
        assert not interrupts.received()
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        interrupts.stop_listening(for_good=False)
        signal.signal(signal.SIGTERM, before)


# --- real processes -------------------------------------------------------------------------------

SLOW = '''"""A model that says when it has begun and then takes its time."""
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from negotiation import Model, parameter

@dataclass(frozen=True)
class Thing(Model):
    a: float = parameter(0.5, low=0, high=1, unit="units", source="test")
    players = ("x", "y")
    actions = (("l", "r"), ("t", "b"))

    def payoffs(self):
        Path("begun").touch()
        sleep(60)
'''

SEND = [pytest.param(each, id=each.name) for each in CODES if each != signal.SIGINT]


@pytest.mark.skipif(os.name == "nt", reason="other signals")
@pytest.mark.parametrize("number", SEND)
def test_a_process_that_is_ended_leaves_tidily(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "slow.py").write_text(SLOW, encoding="utf-8")
    (tmp_path / "run.csv").write_bytes(OLD)
    arguments = ["sweep", "slow.py", "--vary", "a=0:1:300", "-o", "run.csv"]
    err = sent(arguments, tmp_path, number, CODES[number])
    assert err == "interrupted at 0 of 300 points; nothing was written\n"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "begun", "run.csv", "slow.py",
    ]  # fmt: skip
    assert (tmp_path / "run.csv").read_bytes() == OLD


@pytest.mark.skipif(sys.platform != "win32", reason="Windows only")
def test_control_break_ends_a_process_tidily(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW, encoding="utf-8")
    arguments = ["sweep", "slow.py", "--vary", "a=0:1:300", "-o", "run.csv"]
    number = getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT)
    err = sent(arguments, tmp_path, number, ExitCode.TERMINATED)
    assert err == "interrupted at 0 of 300 points; nothing was written\n"


def sent(arguments: list[str], folder: Path, number: int, code: int) -> str:
    """Start a process, send it a signal once a file `begun` is there; return what it said."""
    group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    with subprocess.Popen(
        [sys.executable, "-m", "negotiation", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        creationflags=group,
    ) as process:
        try:
            deadline = time.monotonic() + 60
            while not (folder / "begun").exists():
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.02)
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == code
    return err


@pytest.mark.full
@pytest.mark.skipif(os.name == "nt", reason="a process there takes no signals")
@pytest.mark.parametrize("form", FORMATS)
def test_signals_at_random_moments_of_processes(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"run.{form}"
    words = ["--vary", "tariff=0.1,0.2"] if form not in ("png", "svg") else []
    arguments = [sys.executable, "-m", "negotiation", *command(form), *words]
    times = []
    for _ in range(2):
        start = time.monotonic()
        subprocess.run(arguments, cwd=tmp_path, capture_output=True, check=True, timeout=120)
        times.append(time.monotonic() - start)
    whole = path.read_bytes()
    drawn = random.Random(form)
    for k in range(int(os.environ.get("NEGOTIATION_SIGNALS", "3"))):
        path.write_bytes(OLD)
        number = list(CODES)[k % len(CODES)]
        # Every other one late, where things are written.
        moment = drawn.uniform(0.1 if k % 2 else 0.6, 1.05) * min(times)
        with subprocess.Popen(
            arguments,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            time.sleep(moment)
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
        # Before the program is loaded the system ends it (the same number, to a shell), and when
        # the work is done nothing is changed.
        assert process.returncode in (0, CODES[number], -number), (moment, times, err)
        if process.returncode != -signal.SIGINT:  # Python itself has its own words
            assert "Traceback" not in err
        old_or_whole(path, whole)
        if process.returncode == 0:
            assert path.read_bytes() != OLD
