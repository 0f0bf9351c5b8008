"""The three streams of the process: data on stdout, words on stderr, whatever state they are in.

Only what a command shows is data. What a model's code prints goes to stderr, and so does what it
has other programs print. A stream may be closed, full, without a reader, or of an encoding that
lacks a letter: data that cannot be delivered are an error, words that cannot be said are not.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from negotiation import interrupts
from negotiation.errors import NegotiationError, OutputError
from negotiation.words import has, printable


class _Data:
    """Where data go while a command runs; None: wherever stdout is."""

    stream: TextIO | None = None


class _Closed(io.TextIOBase):
    """Stands for a stdout that was closed before the program began."""

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        raise OSError(errno.EBADF, "the standard output is closed")


class _Aside(io.TextIOBase):
    """What stands in for stdout while other code may print: it all goes to stderr."""

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        mutter(printable(text, keep="\n"))
        return len(text)

    def flush(self) -> None:
        mutter("")

    def reconfigure(self, **_: Any) -> None:
        """Accept what a real stdout accepts."""

    @property
    def buffer(self) -> Any:
        return sys.stderr.buffer

    def fileno(self) -> int:
        return sys.stderr.fileno()


def prepare(*, alone: bool) -> None:
    """Make the process fit to run: no stream is missing, none fails at a letter.

    A file that is opened while 0, 1 or 2 are closed would get that number, and what others print.

    Parameters
    ----------
    alone : bool
        Whether this is the whole process; in another program's its warnings are its own affair.
    """
    for number in (0, 1, 2):
        with contextlib.suppress(OSError):
            _fill(number)
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if alone:
        warnings.showwarning = _warned
        if not sys.warnoptions:  # a user of an old name would otherwise never hear of it
            warnings.filterwarnings("once", category=DeprecationWarning, module=r"negotiation\b")
        sys.unraisablehook = _unraisable


def _fill(number: int) -> None:
    try:
        os.fstat(number)
    except OSError:
        opened = os.open(os.devnull, os.O_RDWR)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
        else:
            os.set_inheritable(opened, True)


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Say a warning of some library or model on one line."""
    del line
    where = f"{filename}, line {lineno}: {category.__name__}: "
    text = f"warning: {'' if category is DeprecationWarning else where}{message}"
    if file is not None:
        file.write(f"{text}\n")
    elif category is not DeprecationWarning or text not in _told:
        _told.add(text)
        say(text)


#: Old names that were said: once each, however often they are looked up.
_told: set[str] = set()


_usual = sys.unraisablehook


def _unraisable(what: Any) -> None:
    """Keep quiet of a Ctrl-C that a destructor swallowed: it is raised again elsewhere."""
    if not (what.exc_type is not None and issubclass(what.exc_type, KeyboardInterrupt)):
        _usual(what)


def finish() -> None:
    """Flush; what cannot be delivered goes nowhere, so that leaving raises no second complaint."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            silence(stream)


def silence(stream: TextIO) -> None:
    """Let what is still buffered, and what follows, go nowhere."""
    with contextlib.suppress(OSError, ValueError):  # not a real file: nothing is buffered for it
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextlib.contextmanager
def data_only() -> Iterator[None]:
    """Keep stdout for data while a command runs: what anything else prints goes to stderr."""
    real, kept = sys.stdout, -1
    _Data.stream = real
    try:
        sys.stdout = _Aside()
        kept = _turn_aside(real)
        yield
    finally:
        sys.stdout = real
        if kept >= 0:
            with contextlib.suppress(OSError, ValueError):
                _Data.stream.flush()
            with contextlib.suppress(OSError):
                os.dup2(kept, 1)
            with contextlib.suppress(OSError, ValueError):
                _Data.stream.close()
        _Data.stream = None


def _turn_aside(real: TextIO) -> int:
    """Let file 1 be stderr, for other programs and libraries; return a file that is stdout."""
    if not isinstance(real, io.TextIOWrapper) or real is not sys.__stdout__:
        return -1
    if sys.platform == "win32" and real.isatty():
        return -1  # a console takes text, not bytes
    try:
        if real.fileno() != 1:
            return -1
        real.flush()
        kept = os.dup(1)
    except (OSError, ValueError):
        return -1
    _Data.stream = open(  # noqa: SIM115
        kept, "w", encoding=real.encoding, errors="backslashreplace", closefd=True
    )
    with contextlib.suppress(OSError):
        os.dup2(2, 1)
    return kept


def check_stdout() -> None:
    """Refuse to work for a stdout that was closed before the program began.

    Raises
    ------
    OutputError
    """
    if isinstance(_Data.stream or sys.stdout, _Closed):
        raise OutputError("the standard output is closed; write to a file with -o")


def show(text: str, kind: str = "table") -> bool:
    """Print data on stdout; return whether anybody is there to read on.

    Parameters
    ----------
    kind : str
        Only `csv` keeps every character, and not on a terminal, which might obey it. JSON means
        the same with escapes.

    Raises
    ------
    OutputError
        If it cannot be printed.
    """
    stream = _Data.stream or sys.stdout
    text = text if text.endswith("\n") else text + "\n"
    encoding = getattr(stream, "encoding", None) or "utf-8"
    unicode = encoding.lower().replace("-", "").startswith("utf")
    lacking = set() if unicode else set(text)
    if kind != "csv" or stream.isatty():
        text = printable(text, keep="\n\t", encoding=None if unicode else encoding)
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        silence(stream)
        if isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL):
            return False
        raise OutputError(f"cannot write to stdout: {error.strerror or error}") from None
    if not (unicode or kind == "json" or all(has(encoding, c) for c in lacking)):
        say(
            f"note: stdout is in {encoding}, which lacks some letters; they are shown as escapes, "
            "set PYTHONUTF8=1 or write to a file with -o"
        )
    return True


def watched() -> bool:
    """Whether data go to a terminal, where a person reads and may answer."""
    stream = _Data.stream or sys.stdout
    return stream.isatty() and sys.stdin is not None and sys.stdin.isatty()


class Voice:
    """Whether notes are said: `--quiet` leaves warnings and errors only."""

    quiet = False


def note(text: str) -> None:
    """Print a message that is neither an error nor a warning, on stderr, unless `--quiet`."""
    if not Voice.quiet:
        say(text)


def say(text: str) -> None:
    """Print a sentence for the person on stderr, on one line; nobody there is no error."""
    mutter(printable(text) + "\n")


def mutter(text: str) -> None:
    """Write to stderr as it is; what cannot be said is left out."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except UnicodeError:
        mutter(text.encode("ascii", "backslashreplace").decode("ascii"))
    except (OSError, ValueError):
        silence(sys.stderr)


def deliver(*acts: Callable[[], object]) -> None:
    """Do each of several deliveries, such as a table and its picture; then raise the first failure.

    A full disk behind the one is no reason to withhold the other.
    """
    failed: NegotiationError | None = None
    for act in acts:
        try:
            act()
        except NegotiationError as error:
            failed = failed or error
    if failed is not None:
        raise failed


#: Seconds between two looks of the progress line, and its letters.
_OFTEN, _BAR = 0.1, 12


def _duration(seconds: float) -> str:
    """Say about how long something takes."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


class Progress:
    """A progress line on stderr, only where somebody watches.

    Parameters
    ----------
    what : str
    memory : callable, optional
        Returns the bytes that are in use; 0: not known.
    """

    def __init__(self, what: str, memory: Callable[[], int] = int) -> None:
        self.what, self.done, self.total = printable(what), 0, 0
        self.shown = sys.stderr.isatty() and not Voice.quiet
        self.start, self.before = time.monotonic(), 0
        self._memory, self._told = memory, float("-inf")

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` are finished; stop here if the user wants to."""
        interrupts.check()
        now = time.monotonic()
        self.done, self.total = done, total
        if not self.shown or total <= 1 or (now - self._told < _OFTEN and done < total):
            return
        self._told = now
        made, took = done - self.before, max(now - self.start, 1e-9)
        told = [f"{done}/{total}"]
        if made:
            told += [f"{made / took:.3g}/s", f"{_duration(took / made * (total - done))} left"]
        if held := self._memory():
            told.append(f"{held / 1e6:.0f} MB")
        bar = "=" * (_BAR * done // total)
        mutter(f"\r{f'{self.what} [{bar:<{_BAR}}] ' + ', '.join(told):<78.78} ")
        if done == total:
            self.clear()

    def begin(self, done: int) -> None:
        """Note what an earlier run has done: it says nothing of how fast this one is."""
        self.start, self.before = time.monotonic(), done

    def clear(self) -> None:
        """Remove the line."""
        if self.shown and self.done:
            mutter("\r" + " " * 79 + "\r")
