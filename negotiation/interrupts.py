"""Signals that ask the program to end: heard at once, answered where nothing is left half done.

The command line listens while it runs. A signal raises `Stopped` wherever the program is, except
within `held()`, where it waits. Code that swallows the exception (a destructor, a bare `except` of
a library or of a model) cannot make the program forget: `check()` raises it again, and the exit
code says it in any case.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

#: What asks the program to end, where the system has it: Ctrl-C, `kill`, a terminal that is closed,
#: Ctrl-Break and the closing of a console on Windows.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class Stopped(KeyboardInterrupt):
    """The program was asked to end."""


class _Ear:
    """What has been heard."""

    def __init__(self) -> None:
        self.received = 0
        self.waiting = False
        self.holding = 0
        self.before: dict[int, Any] = {}


_EAR = _Ear()

#: Files that must not outlive the program; `tidy()` removes those that are still there.
unfinished: set[Path] = set()


def listen() -> None:
    """Begin to listen; what the caller of the program ignores (`nohup`) stays ignored."""
    _EAR.received, _EAR.waiting, _EAR.holding = 0, False, 0
    if threading.current_thread() is not threading.main_thread():
        return  # only the main thread may; the others are told by it
    for name in _NAMES:
        number = getattr(signal, name, None)
        if number is None:
            continue
        old = signal.getsignal(number)
        if old is not None and old is not signal.SIG_IGN:
            _EAR.before[number] = old
            signal.signal(number, _hear)


def stop_listening(*, for_good: bool) -> None:
    """End listening: as it was before, or deaf to what comes where the program is about to leave.

    A signal in the last moments finds the work done; it must not change the exit code.
    """
    with deaf():
        before = dict(_EAR.before)
        _EAR.before.clear()
        for number, old in before.items():
            signal.signal(number, signal.SIG_IGN if for_good else old)


def listens() -> bool:
    """Whether signals are heard here, and not by whoever runs this program as a part."""
    return bool(_EAR.before)


def forget() -> None:
    """Forget what an earlier command of this process heard, where nobody listens now."""
    if not listens():
        _EAR.received, _EAR.waiting, _EAR.holding = 0, False, 0


def received() -> int:
    """Number of the first signal that came; 0: none."""
    return _EAR.received


def terminated() -> bool:
    """Whether what came was not the user's Ctrl-C, but the system's or another program's."""
    return _EAR.received not in (0, int(signal.SIGINT))


def wanted(error: BaseException) -> bool:
    """Whether an exception says that the program is to end, and not that some code gave up.

    While the command line listens, a KeyboardInterrupt without a signal comes from a model's code.
    """
    return isinstance(error, KeyboardInterrupt) and (_EAR.received > 0 or not listens())


def check() -> None:
    """Stop here if the program was asked to end, even if some code swallowed the exception."""
    if _EAR.received and not _EAR.holding:
        raise Stopped


@contextmanager
def held() -> Iterator[None]:
    """Let signals wait while something is done that must be done whole; keep it short."""
    _EAR.holding += 1
    try:
        yield
    finally:
        _EAR.holding -= 1
    if _EAR.waiting and not _EAR.holding:
        _EAR.waiting = False
        raise Stopped


@contextmanager
def deaf() -> Iterator[None]:
    """Let signals pass while the program takes its leave: it is ending anyway."""
    _EAR.holding += 1
    try:
        yield
    finally:
        _EAR.holding -= 1
        _EAR.waiting = False


def tidy() -> None:
    """Remove what is unfinished; signals do not matter now."""
    with deaf():
        for path in list(unfinished):
            with suppress(OSError):
                path.unlink(missing_ok=True)
            unfinished.discard(path)


def _hear(number: int, frame: FrameType | None) -> None:
    del frame
    _EAR.received = _EAR.received or number
    if _EAR.holding:
        _EAR.waiting = True
        return
    raise Stopped
