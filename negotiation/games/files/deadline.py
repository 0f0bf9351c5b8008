"""How long a file may take to be read."""

from __future__ import annotations

import dataclasses
from time import monotonic

from negotiation.errors import DataError


@dataclasses.dataclass(frozen=True)
class Deadline:
    """A time by which a file must have been read and made a game.

    Attributes
    ----------
    at : float
        Reading of `time.monotonic`.
    seconds : float
        How long there was, for the error.
    """

    at: float
    seconds: float

    @classmethod
    def after(cls, seconds: float | None) -> Deadline | None:
        """Begin now; None for as long as it takes."""
        return None if seconds is None else cls(monotonic() + seconds, seconds)

    def check(self, name: str) -> None:
        """Raise the error once time is up; `name` is what errors call the file."""
        if monotonic() > self.at:
            raise DataError(
                f"{name}: the file was not read within {self.seconds:g} seconds; expected a "
                "smaller game, or a larger --budget"
            )


def check(deadline: Deadline | None, name: str) -> None:
    """Raise the error once time is up, where there is a limit."""
    if deadline is not None:
        deadline.check(name)
