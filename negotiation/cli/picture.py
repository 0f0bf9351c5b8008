"""Give a result and draw its picture: how commands that answer from draws end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from negotiation.cli.streams import deliver, note, say

if TYPE_CHECKING:
    from negotiation.cli.destination import Destination
    from negotiation.report.document import Document


def check_picture_of(plot: Path | None) -> None:
    """Refuse a picture that cannot be drawn, before any work is done."""
    if plot is not None:
        from negotiation.report.plots import check_picture

        check_picture(plot)


def give(
    found: Any,
    told: Document,
    destination: Destination,
    plot: Path | None = None,
    draw: Callable[[Any, Path], object] | None = None,
    warning: str = "some draws are not certified and were left out; the result says how many",
) -> int:
    """Give a document, draw its picture if one is wanted, and return the exit code.

    Parameters
    ----------
    found : result
        With `certified`; `draw` makes the picture of it.
    warning : str
        What is said where not all is certified.
    """
    from negotiation.errors import ExitCode

    def drawn() -> None:
        if plot is not None and draw is not None:
            draw(found, plot)
            note(f"wrote {plot}")

    deliver(lambda: destination.give(told), drawn)
    if not found.certified:
        say(f"warning: {warning}")
        return ExitCode.UNCERTIFIED
    return ExitCode.DONE
