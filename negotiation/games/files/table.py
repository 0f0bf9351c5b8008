"""A game's payoffs as exact numbers, from any file: how they are written, how large, how long."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import islice
from math import prod
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import DataError, PayoffError
from negotiation.games.game import Game

#: Most payoffs of one game, over all players and profiles: about 2 GB while they are read.
MAX_PAYOFFS = 10_000_000

#: Most players: letters of the alphabet name the axes of a sum over all of them.
MAX_PLAYERS = 26

#: Most characters of one number. A float needs at most 17 digits, the largest one written out 309.
MAX_CHARACTERS = 400

#: Largest size of a payoff, and one over the smallest that is not zero. Differences and sums of
#: payoffs must stay floats; 10 to the 300 leaves eight orders of magnitude for them.
_LARGEST = 10**300

#: Most bits of a numerator or denominator that is computed from those in a file. Probabilities
#: along a path multiply, so a long path of long numbers would otherwise never end.
MAX_BITS = 4_000

_RATIONAL = re.compile(r"([+-]?[0-9]+)/([0-9]+)", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE]([+-]?[0-9]+))?", re.ASCII)


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


def looks_like_number(text: str) -> bool:
    """Whether text is written as a number, however large."""
    return bool(_DECIMAL.fullmatch(text) or _RATIONAL.fullmatch(text))


def read_number(text: str) -> Fraction:
    """Read an integer, a decimal, scientific notation or a rational `a/b`, exactly.

    Raises
    ------
    ValueError
        With what is wrong, in words that follow the number: `is not a number`.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(
            f"is a number of {len(text)} characters; at most {MAX_CHARACTERS} are read"
        )
    rational = _RATIONAL.fullmatch(text)
    if rational:
        if int(rational[2]) == 0:
            raise ValueError("divides by zero")
        value = Fraction(int(rational[1]), int(rational[2]))
    else:
        decimal = _DECIMAL.fullmatch(text)
        if decimal is None:
            raise ValueError("is not a number")
        # Checked before the power of ten is computed: it alone would fill the memory.
        if decimal[1] and abs(int(decimal[1])) > 2 * MAX_CHARACTERS:
            raise ValueError(f"has an exponent beyond {2 * MAX_CHARACTERS}")
        value = Fraction(text)
    if abs(value) > _LARGEST:
        raise ValueError("is larger than 1e300, which is more than can be computed with")
    if value and abs(value) * _LARGEST < 1:
        raise ValueError("is closer to zero than 1e-300; write 0")
    return value


def write_number(value: Fraction) -> str:
    """Write a rational so that it is read back exactly: `3`, `-1/3`."""
    return str(value)


def too_long(value: Fraction) -> bool:
    """Whether a computed rational has grown past `MAX_BITS`."""
    return max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS


def exact_game(
    players: Sequence[str],
    actions: Sequence[Sequence[str]],
    payoffs: Sequence[Fraction],
    *,
    nfg: bool,
) -> Game:
    """Build a game whose payoffs are known exactly.

    Parameters
    ----------
    payoffs : P * A1 * ... * AP rationals
        All players' payoffs at the first profile, then at the second.
    nfg : bool
        The first player's action changes fastest from one profile to the next, as in Gambit's
        files; otherwise the last player's.
    """
    sizes = [len(labels) for labels in actions]
    exact = np.empty(len(payoffs), dtype=object)
    exact[:] = payoffs
    floats = as_floats(payoffs)
    tables = []
    for values in (floats, exact):
        if nfg:  # (AP, ..., A1, P), all axes turned round
            table = values.reshape(*sizes[::-1], len(sizes)).transpose()
        else:
            table = np.moveaxis(values.reshape(*sizes, len(sizes)), -1, 0)
        tables.append(np.ascontiguousarray(table))
    return Game(tuple(players), tuple(map(tuple, actions)), tables[0], exact=tables[1])


def as_floats(values: Sequence[Fraction]) -> NDArray[np.float64]:
    """Round rationals to floats, each object once: equal payoffs of a file are one object."""
    places = list(map(id, values))
    rounded = {
        place: float(value) for place, value in dict(zip(places, values, strict=True)).items()
    }
    return np.fromiter(map(rounded.__getitem__, places), dtype=float, count=len(places))


def exact_payoffs(game: Game) -> NDArray[np.object_]:
    """(P, A1, ..., AP) payoffs of one game as rationals: as its file has them, or as its floats.

    A float is taken for the shortest decimal that reads back to it: 0.1 is 1/10.

    Raises
    ------
    PayoffError
        For a batch of games, or a payoff that is not finite.
    """
    if game.batch_shape:
        raise PayoffError(
            f"a batch of games of shape {game.batch_shape} cannot be written to one file; "
            "take one of them with Game.at"
        )
    if not np.isfinite(game.payoffs).all():
        where = tuple(int(k) for k in np.argwhere(~np.isfinite(game.payoffs))[0])
        profile = "/".join(labels[k] for labels, k in zip(game.actions, where[1:], strict=True))
        raise PayoffError(
            f"the payoff of {game.players[where[0]]} at '{profile}' is {game.payoffs[where]}; "
            "only finite numbers can be written to a game file"
        )
    if game.exact is not None:
        return np.asarray(game.exact)
    exact = np.empty(game.payoffs.size, dtype=object)
    exact[:] = [Fraction(repr(value)) for value in game.payoffs.ravel().tolist()]
    return exact.reshape(game.payoffs.shape)


def cells(sizes: Sequence[int]) -> int:
    """Payoffs of a game with so many actions of each player."""
    return len(sizes) * prod(sizes)


def some(labels: Sequence[str], most: int = 6) -> str:
    """Name the first few of many."""
    named = ", ".join(islice(labels, most))
    return named if len(labels) <= most else f"{named}, ... ({len(labels)} in all)"


def can_be_written(label: str) -> bool:
    """Whether a label is text on one line, without characters that a terminal might obey."""
    return not any(ord(c) < 32 or 127 <= ord(c) < 160 or 0xD800 <= ord(c) < 0xE000 for c in label)
