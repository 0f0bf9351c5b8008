"""Words of a Gambit file, each with its line and column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple, NoReturn

from negotiation.errors import DataError
from negotiation.games.files.table import Deadline, check, looks_like_number, read_number
from negotiation.words import shown

_TOKEN = re.compile(
    r"""[{},]|"[^"\\]*(?:\\.[^"\\]*)*"|"|[^\s{},"]+""",
    re.DOTALL,
)
_ESCAPE = re.compile(r'\\(["\\])')

#: Words read between two looks at the clock.
_BETWEEN_LOOKS = 1 << 15

#: Characters read at once where there is nothing but numbers.
_TOGETHER = 1 << 20
_BLANK = re.compile(r"[\s,]")


class Token(NamedTuple):
    """A word as it stands in the file; `kind` is one of `{`, `}`, text, number, word, end."""

    kind: str
    text: str
    start: int


def place(text: str, at: int) -> str:
    """Line and column of a position, both from 1."""
    line, before = text.count("\n", 0, at) + 1, text.rfind("\n", 0, at)
    return f"line {line}, column {at - before}"


class Scanner:
    """Reads a Gambit file word by word; commas are blanks, as in Gambit.

    Parameters
    ----------
    text : str
    name : str
        What errors call the file.
    deadline : Deadline, optional
        When to give up.
    """

    def __init__(self, text: str, name: str, deadline: Deadline | None = None) -> None:
        self.text, self.name, self.deadline = text, name, deadline
        self._tokens = _TOKEN.finditer(text)
        self._numbers: dict[str, Fraction] = {}
        self.current = self._read()

    def _read(self) -> Token:
        for match in self._tokens:
            if match.group() != ",":
                return self._token(match.group(), match.start())
        return Token("end", "", len(self.text))

    def _token(self, word: str, start: int) -> Token:
        if word in "{}":
            return Token(word, word, start)
        if word[0] == '"':
            if len(word) == 1:
                self.fail_at(start, "a quote opens here and is never closed; expected another")
            return Token("text", _ESCAPE.sub(r"\1", word[1:-1]), start)
        return Token("number" if looks_like_number(word) else "word", word, start)

    def next(self) -> Token:
        """Return the current word and go on to the one after it."""
        token = self.current
        self.current = self._read()
        return token

    def fail_at(self, at: int, what: str) -> NoReturn:
        """Raise the error for a position of the file."""
        raise DataError(f"{self.name}, {place(self.text, at)}: {what}")

    def fail(self, expected: str, token: Token | None = None) -> NoReturn:
        """Raise the error for the current word, or another."""
        token = token or self.current
        found = {
            "end": "the end of the file",
            "text": f"the text {shown(token.text)}",
            "number": f"the number {shown(token.text)}",
        }.get(token.kind, shown(token.text))
        self.fail_at(token.start, f"found {found}; expected {expected}")

    def take(self, kind: str, expected: str) -> Token:
        """Return the current word, which must be of a kind."""
        if self.current.kind != kind:
            self.fail(expected)
        return self.next()

    def label(self, expected: str) -> str:
        """Read a quoted text that must stand on one line."""
        token = self.take("text", expected)
        if "\n" in token.text:
            self.fail_at(
                token.start,
                f"the text {shown(token.text)} runs on to the next line; expected a closing quote "
                "before the end of the line",
            )
        return token.text

    def integer(self, expected: str, low: int = 0) -> int:
        """Read a whole number of at most nine digits."""
        token = self.take("number", expected)
        if not token.text.isdecimal() or len(token.text) > 9 or int(token.text) < low:
            self.fail(expected, token)
        return int(token.text)

    def number(self, expected: str) -> Fraction:
        """Read a number, exactly."""
        token = self.take("number", expected)
        return self._number(token)

    def _number(self, token: Token) -> Fraction:
        value = self._numbers.get(token.text)
        if value is None:
            try:
                value = self._numbers[token.text] = read_number(token.text)
            except ValueError as error:
                self.fail_at(token.start, f"{shown(token.text)} {error}")
        return value

    def numbers(self) -> Iterator[tuple[Fraction, int]]:
        """Yield numbers with their positions, up to the first word that is none."""
        if self.current.kind != "number":
            return
        yield self._number(self.current), self.current.start
        # A large game is little else but numbers, and the same ones again and again.
        known, read = self._numbers.get, self._tokens
        for count, match in enumerate(read):
            if count % _BETWEEN_LOOKS == 0:
                check(self.deadline, self.name)
            word = match.group()
            value = known(word)
            if value is None:
                if word == ",":
                    continue
                self.current = self._token(word, match.start())
                if self.current.kind != "number":
                    return
                value = self._number(self.current)
            yield value, match.start()
        self.current = Token("end", "", len(self.text))

    def only_numbers(self, count: int) -> list[Fraction] | None:
        """Read the rest at once, if it is just so many numbers; else None, and nothing is read.

        Several times as fast as one after the other, but it does not say what is wrong.
        """
        known, values = self._numbers, list[Fraction]()
        at = self.current.start
        while at < len(self.text):
            check(self.deadline, self.name)
            end = _BLANK.search(self.text, min(at + _TOGETHER, len(self.text)))
            stop = end.start() if end else len(self.text)
            words = self.text[at:stop].replace(",", " ").split()
            at = stop
            try:
                for word in set(words).difference(known):
                    known[word] = read_number(word)
            except ValueError:
                return None
            values.extend(map(known.__getitem__, words))
            if len(values) > count:
                return None
        if len(values) < count:
            return None
        self.current = Token("end", "", len(self.text))
        return values

    def end(self) -> None:
        """Check that nothing is left."""
        if self.current.kind != "end":
            self.fail("the end of the file")


def header(scanner: Scanner, kind: str, version: str) -> str:
    """Read `NFG 1 R "title"` or `EFG 2 R "title"`; return the title."""
    start = scanner.take("word", f"{kind}, which opens such a file")
    if start.text != kind:
        scanner.fail(f"{kind}, which opens such a file", start)
    number = scanner.take("number", f"{version}, the version of the format that is read")
    if number.text != version:
        scanner.fail(f"{version}, the version of the format that is read", number)
    letter = scanner.take("word", "R or D")
    if letter.text not in ("R", "D"):
        scanner.fail("R or D", letter)
    return " ".join(scanner.take("text", "the title in quotes").text.split())


def player_names(scanner: Scanner, most: int) -> tuple[str, ...]:
    """Read `{ "canada" "us" }`."""
    brace = scanner.take("{", "'{' and the names of the players")
    names = []
    while scanner.current.kind == "text":
        names.append(scanner.label("a player's name in quotes"))
        if len(names) > most:
            scanner.fail_at(brace.start, f"there are more than {most} players, which is the limit")
    scanner.take("}", "a player's name in quotes or '}'")
    if not names:
        scanner.fail_at(brace.start, "there are no players; expected their names in quotes")
    return distinct(names)


def distinct(labels: Sequence[str]) -> tuple[str, ...]:
    """Give blank labels their number and repeated ones a suffix `_1`, `_2`, as Gambit does."""
    given = [label if label.strip() else str(k) for k, label in enumerate(labels, start=1)]
    if len(set(given)) == len(given):
        return tuple(given)
    counts, taken = Counter(given), set(given)
    seen: dict[str, int] = {}
    result = []
    for label in given:
        if counts[label] == 1:
            result.append(label)
            continue
        number = seen.get(label, 0) + 1
        while f"{label}_{number}" in taken:
            number += 1
        seen[label] = number
        taken.add(f"{label}_{number}")
        result.append(f"{label}_{number}")
    return tuple(result)
