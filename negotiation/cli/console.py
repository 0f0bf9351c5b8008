"""Run the application; turn every expected failure into one sentence and an exit code."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import Any

import typer

from negotiation.errors import InterruptedRunError, NegotiationError

INTERRUPTED = 130
WRONG_USE = 2


def say(text: str) -> None:
    """Print a message for the person, on stderr."""
    print(text, file=sys.stderr, flush=True)


def show(text: str) -> None:
    """Print data, on stdout."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def run(arguments: list[str] | None = None) -> int:
    """Run the application; return its exit code."""
    from negotiation.cli.app import app

    command = typer.main.get_command(app)
    try:
        result = command.main(arguments, prog_name="negotiation", standalone_mode=False)
    except InterruptedRunError as stop:
        say(str(stop))
        return stop.exit_code
    except NegotiationError as error:
        say(f"error: {error}")
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        result = INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # The reader has gone (`| head`), which the parser may turn into an exit: nobody to tell.
        _close_stdout()
        return 0
    except OSError as error:
        _close_stdout()
        say(f"error: cannot write: {error.strerror or error}")
        return WRONG_USE
    except Exception as error:
        return _usage(error)
    if result == INTERRUPTED:
        say("interrupted; nothing was written")
    return result if isinstance(result, int) else 0


def _close_stdout() -> None:
    """Let what is still buffered go nowhere, so that leaving raises no second complaint."""
    with contextlib.suppress(OSError, ValueError):  # not a real file: nothing is buffered for it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage(error: Exception) -> int:
    """Say a complaint of the argument parser in one sentence; anything else is a defect."""
    complain = getattr(error, "format_message", None)
    if complain is None:
        raise error
    message = str(complain()).rstrip(".")
    if message.startswith("Usage:"):  # a group without a command explains itself
        say(message)
        return WRONG_USE
    context: Any = getattr(error, "ctx", None)
    hint = f"; see '{context.command_path} --help'" if context is not None else ""
    message = message.replace(". Did you mean", " (did you mean").replace("'?", "'?)")
    say(f"error: {message}{hint}")
    return WRONG_USE


class Progress:
    """A progress line on stderr, only where somebody watches."""

    def __init__(self, what: str) -> None:
        self.what, self.done, self.total = what, 0, 0
        self.shown = sys.stderr.isatty()
        self.start = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` are finished."""
        self.done, self.total = done, total
        if not self.shown or total <= 1:
            return
        left = (time.monotonic() - self.start) / done * (total - done)
        width = 30
        bar = "=" * (width * done // total)
        sys.stderr.write(f"\r{self.what} [{bar:<{width}}] {done}/{total}, {left:.0f} s left ")
        if done == total:
            self.clear()
        sys.stderr.flush()

    def clear(self) -> None:
        """Remove the line."""
        if self.shown and self.done:
            sys.stderr.write("\r" + " " * 79 + "\r")
