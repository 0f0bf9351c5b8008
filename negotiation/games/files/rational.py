"""Numbers of game files: as they are written, exactly, within limits that keep them cheap."""

from __future__ import annotations

import re
from fractions import Fraction

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
