"""Errors a user can act on.

Each message is one clear sentence: what was given, where, what was expected and what to try.
`exit_code` is what the command line returns for it.
"""

from __future__ import annotations

import difflib
import enum
import sys
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from negotiation.shell import command

V = TypeVar("V")

#: Most letters that are shown of the text of another's exception.
_LONGEST = 500


class ExitCode(enum.IntEnum):
    """What the command line leaves with; docs/exit_codes.md has the same table.

    Attributes
    ----------
    DONE
        The command did what was asked, and everything in the result is certified.
    UNCERTIFIED
        The result is there, but some of it is not certified; the result says what.
    WRONG_USE
        The command line, a parameter, a model's name or a place for the result is not usable.
    MISSING_EXTRA
        An optional library is not installed; the message has the command that installs it.
    FAULTY_INPUT
        A model file or a data file is broken; the message names file and line.
    INTERNAL
        A defect of negotiation itself.
    OUT_OF_MEMORY
        The memory did not suffice.
    LOST
        Whoever worked on a run has gone: worker processes that die, a scheduler out of reach. What
        was finished is kept where the message says.
    INTERRUPTED
        Ctrl-C.
    TERMINATED
        The system or another program ended it: SIGTERM, SIGHUP, Ctrl-Break.
    """

    DONE = 0
    UNCERTIFIED = 1
    WRONG_USE = 2
    MISSING_EXTRA = 3
    FAULTY_INPUT = 4
    INTERNAL = 5
    OUT_OF_MEMORY = 6
    LOST = 7
    INTERRUPTED = 130
    TERMINATED = 143


class NegotiationError(Exception):
    """Anything the package refuses to do; the message is meant for the user."""

    exit_code: int = ExitCode.WRONG_USE


class ParameterError(NegotiationError):
    """A parameter that does not exist, or a value outside its range."""


class GridError(NegotiationError):
    """An axis or a sample that cannot be read or built."""


class CatalogueError(NegotiationError):
    """A model that cannot be found."""


class OutputError(NegotiationError):
    """A place that cannot be written to."""


class MissingExtraError(NegotiationError):
    """An optional library that is not installed; the message has the exact command."""

    exit_code = ExitCode.MISSING_EXTRA


class ModelError(NegotiationError):
    """A model file that does not keep the contract."""

    exit_code = ExitCode.FAULTY_INPUT


class PayoffError(ModelError):
    """Payoffs that do not cover the game, are not numbers, or do not fit together."""


class DataError(NegotiationError):
    """Data that cannot be read or break an identity; the message names file, row and column."""

    exit_code = ExitCode.FAULTY_INPUT


class SolveError(NegotiationError):
    """A result that was asked for is not there, because its solve did not converge."""

    exit_code = ExitCode.UNCERTIFIED


class ExecutionError(NegotiationError):
    """Whoever worked on a run has gone: worker processes, or a scheduler."""

    exit_code = ExitCode.LOST


class ResultError(NegotiationError, KeyError):
    """A result that was asked for by a name that there is not."""

    __str__ = Exception.__str__  # of a KeyError it is the repr of the name


class InterruptedRunError(NegotiationError):
    """The user stopped it; the message says how far it was and what was written."""

    exit_code = ExitCode.INTERRUPTED


class Named(dict[str, V]):
    """Results by name: one that is not there is refused with the nearest that is.

    Parameters
    ----------
    what : str
        What the names are of, in the singular: "bargaining concept".
    values : mapping
    none : str
        What to do where there are none at all.
    """

    def __init__(self, what: str, values: Mapping[str, V], none: str = "") -> None:
        super().__init__(values)
        self._what, self._none = what, none

    def __missing__(self, name: object) -> V:
        """Refuse a name.

        Raises
        ------
        ResultError
        """
        if not self:
            raise ResultError(
                f"there is no {self._what} '{name}': there is none at all"
                f"{'; ' if self._none else ''}{self._none}"
            )
        raise ResultError(
            f"there is no {self._what} '{name}'{nearest(str(name), self)}; there is "
            f"{', '.join(self)}"
        )


def line_in(path: Path, error: BaseException) -> int | str:
    """Line of a user's file at which an error arose."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename) == path
    ]
    return lines[-1] if lines and lines[-1] is not None else "?"


def place_in(path: Path, error: BaseException) -> str:
    """Say at which file and line of a user's model an error arose.

    A model that is a folder may be several files: the innermost of them is named.
    """
    found = ""
    for frame in traceback.extract_tb(error.__traceback__):
        file = Path(frame.filename)
        if file == path or (path.name == "model.py" and file.parent == path.parent):
            found = f"{file}, line {frame.lineno}"
    return found or f"{path}, line {line_in(path, error)}"


def told(error: BaseException) -> str:
    """Name and text of another's exception, in short; a text that cannot be had is left out."""
    name = type(error).__name__.lstrip("_")
    try:
        text = str(error).strip()
    except Exception:  # a text is code as well
        text = ""
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} and so on"
    return f"{name}: {text}" if text else name


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `" (did you mean 'x'?)"` for the closest known word, or an empty string."""
    close = closest(word, known)
    return "" if close is None else f" (did you mean '{close}'?)"


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the closest known word, if any is close."""
    return next(iter(difflib.get_close_matches(str(word), list(known), n=1, cutoff=0.6)), None)


def missing_extra(library: str, purpose: str) -> MissingExtraError:
    """Build the error for a library that only an extra brings.

    The command names the library, not the extra: it then works wherever negotiation itself was
    installed from.
    """
    return MissingExtraError(
        f"{purpose} needs {library}, which is not installed; run: "
        f"{command(sys.executable, '-m', 'pip', 'install', library)}"
    )
