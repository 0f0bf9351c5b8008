"""A case of the fuzzers: files in an empty folder, and a command line that is run there."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence

#: Texts that find what a reader of files or arguments has not thought of.
ODD = (
    *("", " ", "0", "-0", "-1", "1", "1e308", "-1e308", "1e-320", "1e999", "nan", "NaN", "inf"),
    *("-inf", "1/0", "1/3", "0x10", "1_000", "1,5", "1,000.5", "25%", "1e", ".", "-", "--", "+"),
    *("é", "日本", "a b", "a/b", "a+b", "=1+1", "=cmd|' /C calc'!A1", "@SUM(A1)", "'", '"', "\\"),
    *("\x1b]0;owned\x07", "\x1b[31mred", "\u202eevil", "\u2066x\u2069", "\x00", "\x07", "\x7f"),
    *("\u2028", "\ufeff", "\r", "\n", "\t", "\x85", "a" * 5000, "9" * 400, "$(id)", "`id`", "%s"),
    *("{}", "{0}", "[red]", "[bold]x[/bold]", "../x", "/", "~", "None", "True", "posture"),
)


@dataclasses.dataclass(frozen=True)
class Case:
    """What is run.

    Attributes
    ----------
    words : tuple of str
        Arguments of `negotiation`.
    files : tuple of name and content
        Written into an empty folder first. A name that ends in `/` is a folder.
    asked : tuple of str
        Files and folders that the command may leave behind.
    """

    words: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...] = ()
    asked: tuple[str, ...] = ()


def generator(kind: str, seed: int, number: int) -> random.Random:
    """Random numbers of one case, whatever was drawn before it."""
    return random.Random(f"{kind} {seed} {number}")


def mutated(draw: random.Random, text: str, pieces: Sequence[str], times: int) -> str:
    """Insert, cut, double or overwrite parts of a text."""
    for _ in range(times):
        start = draw.randint(0, len(text))
        stop = min(len(text), start + draw.choice((0, 1, 1, 2, 5, 20)))
        how = draw.random()
        if how < 0.4:
            new = draw.choice(pieces)
        elif how < 0.6:
            new = ""
        elif how < 0.8:
            new = text[start:stop] * draw.choice((2, 2, 3, 50))
        else:
            other = draw.randint(0, len(text))
            new = text[other : other + draw.randint(0, 20)]
        text = text[:start] + new + text[stop:]
    return text


def encoded(draw: random.Random, text: str) -> bytes:
    """A text as bytes, now and then in another encoding or with bytes that are wrong."""
    how = draw.random()
    if how < 0.85:
        return text.encode("utf-8", "surrogatepass")
    if how < 0.88:
        return b"\xef\xbb\xbf" + text.encode("utf-8", "replace")
    if how < 0.9:
        return text.encode("utf-16", "replace")
    if how < 0.92:
        return text.encode("latin-1", "replace")
    if how < 0.95:
        return text.replace("\n", draw.choice(("\r\n", "\r"))).encode("utf-8", "replace")
    content = bytearray(text.encode("utf-8", "replace"))
    for _ in range(draw.randint(1, 5)):
        if content:
            content[draw.randrange(len(content))] = draw.randrange(256)
    return bytes(content)
