"""What a run of the tests must not leave behind: processes, and files in the checkout."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

#: Folders that tools fill, the test runner among them.
CACHES = frozenset(
    (
        "__pycache__",
        ".git",
        ".hypothesis",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        "build",
        "dist",
    )
)

PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """A process by its number, and what it runs."""

    number: int
    command: str


def children() -> list[Process]:
    """Processes that this one started and that have not ended, or have and nobody asked how."""
    return [each for each in _children() if "multiprocessing.resource_tracker" not in each.command]


def _children() -> Iterator[Process]:
    if sys.platform == "win32":
        return  # there is no list of children to read without further libraries
    tasks = PROC / "self" / "task"
    if tasks.is_dir():
        for task in tasks.iterdir():
            with suppress(OSError):
                for number in (task / "children").read_text(encoding="ascii").split():
                    yield Process(int(number), _command(PROC / number))
    elif shutil.which("ps"):
        with subprocess.Popen(
            ("ps", "-A", "-o", "pid=,ppid=,command="), stdout=subprocess.PIPE, text=True
        ) as listing:
            lines = listing.communicate()[0].splitlines()
        for line in lines:
            number, parent, command = line.split(None, 2)
            if int(parent) == os.getpid() and int(number) != listing.pid:
                yield Process(int(number), command)


def _command(process: Path) -> str:
    with suppress(OSError):
        words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        return " ".join(words).strip() or "a process that has ended and was not waited for"
    return "?"


@contextmanager
def marked() -> Iterator[Callable[[], list[Process]]]:
    """Mark the environment of every process started from here on; yields who still bears it.

    A child of a child that outlives its parent is nobody's child any more. Where there is no
    `/proc` to look at, nobody is found.
    """
    name, value = "NEGOTIATION_TESTS", uuid4().hex
    before = os.environ.get(name)
    os.environ[name] = value
    mark = f"{name}={value}".encode()

    def strays() -> list[Process]:
        found = []
        for process in PROC.glob("[0-9]*") if PROC.is_dir() else ():
            with suppress(OSError):
                if process.name != str(os.getpid()) and mark in (
                    (process / "environ").read_bytes().split(b"\0")
                ):
                    found.append(Process(int(process.name), _command(process)))
        return [each for each in found if "multiprocessing.resource_tracker" not in each.command]

    try:
        yield strays
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def end(processes: list[Process]) -> None:
    """Kill them, and wait for those that are ours."""
    if sys.platform == "win32":
        return
    for each in processes:
        with suppress(OSError):
            os.kill(each.number, signal.SIGKILL)
        with suppress(OSError):
            os.waitpid(each.number, 0)


# --- files ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Files:
    """The files of a folder, without what tools keep there for themselves."""

    sizes: dict[str, tuple[int, int]]

    def against(self, later: Files) -> list[str]:
        """Say what has appeared, gone or changed, a line each."""
        lines = [f"new: {name}" for name in sorted(later.sizes.keys() - self.sizes.keys())]
        lines += [f"gone: {name}" for name in sorted(self.sizes.keys() - later.sizes.keys())]
        return lines + [
            f"changed: {name}"
            for name in sorted(self.sizes.keys() & later.sizes.keys())
            if self.sizes[name] != later.sizes[name]
        ]


def files(folder: Path) -> Files:
    """Every file below a folder with its size and the time of its last change."""
    found = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [
            each
            for each in folders
            if each not in CACHES
            and not each.endswith(".egg-info")
            and not (Path(place) / each / "pyvenv.cfg").is_file()
        ]
        for name in names:
            path = Path(place) / name
            with suppress(OSError):
                seen = path.lstat()
                found[path.relative_to(folder).as_posix()] = (seen.st_size, seen.st_mtime_ns)
    return Files(found)


# --- children that are sent signals ---------------------------------------------------------------


def wait_for(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait until something holds while a process runs; a minute at most."""
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, f"ended early with {process.returncode}"
        assert time.monotonic() < deadline, "nothing happened for a minute"
        time.sleep(0.02)


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """Whatever a test finds, the process has ended after it."""
    with process:
        try:
            yield process
        finally:
            process.kill()
