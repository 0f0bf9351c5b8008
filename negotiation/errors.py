"""Errors a user can act on.

Each message is one clear sentence: what was given, where, what was expected and what to try.
`exit_code` is what the command line returns for it.
"""

from __future__ import annotations

import difflib
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path


class NegotiationError(Exception):
    """Anything the package refuses to do; the message is meant for the user."""

    exit_code: int = 2


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

    exit_code = 3


class ModelError(NegotiationError):
    """A model file that does not keep the contract."""

    exit_code = 4


class PayoffError(ModelError):
    """Payoffs that do not cover the game, are not numbers, or do not fit together."""


class DataError(NegotiationError):
    """Data that cannot be read or break an identity; the message names file, row and column."""

    exit_code = 4


class SolveError(NegotiationError):
    """A result that was asked for is not there, because its solve did not converge."""

    exit_code = 1


class InterruptedRunError(NegotiationError):
    """The user stopped it; the message says how far it was and what was written."""

    exit_code = 130


def line_in(path: Path, error: BaseException) -> int | str:
    """Line of a user's file at which an error arose."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename) == path
    ]
    return lines[-1] if lines and lines[-1] is not None else "?"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `" (did you mean 'x'?)"` for the closest known word, or an empty string."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean '{close[0]}'?)" if close else ""


def missing_extra(library: str, purpose: str) -> MissingExtraError:
    """Build the error for a library that only an extra brings.

    The command names the library, not the extra: it then works wherever negotiation itself was
    installed from.
    """
    return MissingExtraError(
        f"{purpose} needs {library}, which is not installed; run: "
        f"{sys.executable} -m pip install {library}"
    )
