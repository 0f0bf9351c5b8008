"""Run the application; turn every expected failure into one sentence and an exit code."""

from __future__ import annotations

import errno
import functools
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import typer

from negotiation import interrupts
from negotiation.cli import complete, streams
from negotiation.cli.app import app
from negotiation.cli.destination import CommandLine
from negotiation.cli.streams import Voice, say
from negotiation.errors import ExitCode, InterruptedRunError, NegotiationError, told
from negotiation.words import printable, readable

#: Set to anything, it shows the traceback of whatever ends a command.
TRACEBACK = "NEGOTIATION_TRACEBACK"

#: What the program is called.
PROGRAM = "negotiation"
#: By what a shell asks it what may follow.
COMPLETION = f"_{PROGRAM.upper()}_COMPLETE"

#: Modules that the catalogue made of model files are called so.
_MODEL = "negotiation_model_"


def run(arguments: list[str] | None = None) -> int:
    """Run the application; return its exit code."""
    from negotiation.report import output

    interrupts.forget()
    output.begin()
    Voice.quiet = False
    CommandLine.arguments = tuple(sys.argv[1:] if arguments is None else arguments)
    command: Any = typer.main.get_command(app)
    told_already: list[int] = []
    command.commands.guard = functools.partial(_guard, failed=told_already)
    if arguments is None and complete.asked(os.environ, COMPLETION):
        offer = functools.partial(command.main, [], prog_name=PROGRAM)
        text, code = complete.answer(offer, os.environ)
        streams.show(text)
        return code
    try:
        given = sys.argv[1:] if arguments is None else arguments
        if not _helped(command, given):
            result = command.main(given, prog_name=PROGRAM, standalone_mode=False)
        else:
            result = ExitCode.DONE
    except BaseException as error:
        # What is left to do is to say so; another signal would only cut the sentence off.
        with interrupts.deaf():
            code = _failed(error, parsing=True)
    else:
        code = result if isinstance(result, int) else 0
        if code == ExitCode.INTERRUPTED and not told_already:  # the parser turns Ctrl-C into this
            code = _failed(KeyboardInterrupt(), parsing=True)
    interrupts.tidy()
    if interrupts.received() and code not in (ExitCode.INTERRUPTED, ExitCode.TERMINATED):
        # Some code swallowed it, and the command came to its end all the same.
        say("interrupted when the work was done; what was printed or written is complete")
        code = _stopped()
    return int(code)


def _helped(command: Any, words: Sequence[str]) -> bool:
    """Show the help of a command where nothing else is asked for; return whether that was so.

    The parser would build what it needs to check values first, which takes longer than the help.
    """
    asked = command.context_settings
    if not words or words[-1] not in asked["help_option_names"]:
        return False
    context = command.context_class(command, info_name=PROGRAM, **asked)
    for word in words[:-1]:
        if not hasattr(command, "commands"):
            break
        if (command := command.commands.get(word)) is None:
            return False
        context = command.context_class(command, info_name=word, parent=context)
    if len(words) > 1 and words[-2].startswith("-"):
        return False  # it may be the value of an option
    streams.show(command.get_help(context))
    return True


def _guard(command: Any, failed: list[int]) -> None:
    """Let a command keep stdout for data, and turn what it raises into an exit code."""
    if getattr(command, "commands", None) is None:
        command.callback = _guarded(command.callback, failed)
    for each in getattr(command, "commands", {}).values():
        _guard(each, failed)


def _guarded(callback: Callable[..., Any], failed: list[int]) -> Callable[..., Any]:
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            with streams.data_only():
                return callback(*args, **kwargs)
        except BaseException as error:
            with interrupts.deaf():
                failed.append(_failed(error))
            return failed[-1]

    return guarded


def _stopped() -> ExitCode:
    return ExitCode.TERMINATED if interrupts.terminated() else ExitCode.INTERRUPTED


def _failed(error: BaseException, *, parsing: bool = False) -> int:
    """Say in one sentence what went wrong; return the exit code.

    Parameters
    ----------
    parsing : bool
        While the command line is read: no command runs yet, and the parser may end the program.
    """
    from negotiation.report.output import written

    if os.environ.get(TRACEBACK):
        streams.mutter(printable("".join(traceback.format_exception(error)), keep="\n"))
    if isinstance(error, InterruptedRunError):
        say(str(error))
        return _stopped()
    if interrupts.received() or interrupts.wanted(error) or isinstance(error, typer.Abort):
        say(f"interrupted; {written()} was written")
        return _stopped()
    if isinstance(error, NegotiationError):
        say(f"error: {readable(str(error))}")
        return error.exit_code
    if parsing and isinstance(error, BrokenPipeError | SystemExit):
        # The reader has gone (`| head`), which the parser turns into an exit: nobody to tell.
        streams.silence(sys.stdout)
        return ExitCode.DONE
    if _no_memory(error):
        said = "" if not str(error) else f" ({str(error).rstrip('.')})"
        error.__traceback__ = None  # what it holds may be what fills the memory
        say(f"error: out of memory{said}; take fewer points or a smaller game, or more memory")
        return ExitCode.OUT_OF_MEMORY
    if getattr(error, "format_message", None) is not None:
        return _usage(error)
    place = _in_model(error)
    if place:
        say(f"error: {place}: {told(error)}")
        return ExitCode.FAULTY_INPUT
    if isinstance(error, OSError):
        streams.silence(sys.stdout)
        what = f"cannot use {error.filename}" if error.filename else "cannot write"
        say(f"error: {what}: {error.strerror or error}")
        return ExitCode.WRONG_USE
    return _defect(error)


def _no_memory(error: BaseException) -> bool:
    """Whether memory ran out, also where a library could not be loaded for lack of it."""
    return (
        isinstance(error, MemoryError)
        or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
        or (isinstance(error, ImportError) and "allocate memory" in str(error))
    )


def _in_model(error: BaseException) -> str:
    """File and line of a model's code that an exception came through; empty: none."""
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        if str(frame.f_globals.get("__name__", "")).startswith(_MODEL):
            place = f"{frame.f_code.co_filename}, line {line}"
    return place


def _defect(error: BaseException) -> int:
    """Own up to a defect of the program itself."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" at {Path(last[0].filename).name}, line {last[0].lineno}" if last else ""
    say(
        f"error: internal error, {told(error)}{where}; this is a defect of negotiation, please "
        f"report it with the command and the traceback that {TRACEBACK}=1 shows"
    )
    return ExitCode.INTERNAL


def _usage(error: BaseException) -> int:
    """Say a complaint of the argument parser in one sentence."""
    complain: Callable[[], str] = error.format_message  # type: ignore[attr-defined] # of a click error
    message = str(complain()).rstrip(".")
    if message.startswith("Usage:"):  # a group without a command explains itself
        streams.mutter(printable(message, keep="\n") + "\n")
        return ExitCode.WRONG_USE
    context: Any = getattr(error, "ctx", None)
    hint = f"; see '{context.command_path} --help'" if context is not None else ""
    message = message.replace(". Did you mean", " (did you mean").replace("'?", "'?)")
    say(f"error: {readable(message)}{hint}")
    return ExitCode.WRONG_USE
