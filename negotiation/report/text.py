"""Any document as text for a terminal: the one place that knows how wide a page is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from functools import singledispatch
from textwrap import wrap

from negotiation.report.document import (
    Block,
    Command,
    Document,
    Heading,
    Items,
    Lines,
    Notes,
    NumberedStep,
    Paragraph,
    Picture,
    Provenance,
    Ranged,
    Table,
)
from negotiation.report.figure import Figure
from negotiation.shell import continued
from negotiation.words import printable

#: Characters in a line.
WIDTH = 80

#: A cell of words is not folded below this.
_NARROWEST = 12

#: A hyphen that is seen only where a word is broken at it.
SOFT = "\u00ad"

#: Marks within a name after which it may be broken.
MARKS = "/_.+"


def render(document: Document) -> str:
    """Return a document as text."""
    return text(document.blocks)


def text(blocks: Iterable[Block]) -> str:
    """Return blocks as text, a blank line between two of them; small print stands together."""
    parts: list[str] = []
    before: Block | None = None
    for block in blocks:
        small = isinstance(before, Notes) and isinstance(block, Notes | Provenance)
        if before is not None:
            parts.append("\n" if small else "\n\n")
        parts.append("\n".join(_lines(block)))
        before = block
    return "".join(parts)


def wrapped(sentence: str, first: str = "", rest: str = "", width: int = WIDTH) -> list[str]:
    """Break a sentence over lines, between words only: names of files stay whole."""
    return wrap(
        sentence,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )


@singledispatch
def _lines(block: object) -> list[str]:
    raise TypeError(f"a document has no block {type(block).__name__}")


@_lines.register
def _(block: Heading) -> list[str]:
    return [*wrapped(block.text), *wrapped(block.subtitle)]


@_lines.register
def _(block: Paragraph) -> list[str]:
    return wrapped(block.text)


@_lines.register
def _(block: Lines) -> list[str]:
    return list(block.lines)


@_lines.register
def _(block: Items) -> list[str]:
    mark, rest = ("  ", "    ") if block.indented else ("* ", "  ")
    lines = wrapped(block.head) if block.head else []
    return lines + [line for each in block.entries for line in wrapped(each, mark, rest)]


@_lines.register
def _(block: NumberedStep) -> list[str]:
    mark = f"{block.number:>2}. "
    indent = " " * len(mark)
    lines = wrapped(block.text, mark, indent)
    return lines + [part for each in block.lines for part in wrapped(each, indent, indent + "  ")]


@_lines.register
def _(block: Table) -> list[str]:
    lines = [*wrapped(block.title), ""] if block.title else []
    heads = [column.name for column in block.columns]
    cells = block.cells()
    lines += text_table(heads, cells, WIDTH, of_numbers(block, cells)).split("\n")
    return lines + [line for note in block.notes for line in wrapped(note)]


@_lines.register
def _(block: Picture) -> list[str]:
    return wrapped(f"{block.title}: {block.path}")


@_lines.register
def _(block: Figure) -> list[str]:
    notes = (*block.table.notes, *block.notes)
    table = dataclasses.replace(block.table, title="", notes=notes)
    return [*wrapped(block.title), *wrapped(block.subtitle), "", *_lines(table)]


@_lines.register
def _(block: Command) -> list[str]:
    return [*wrapped(block.head), *continued(f"  {block.line}", WIDTH)]


@_lines.register
def _(block: Notes) -> list[str]:
    return [line for each in block.sentences for line in wrapped(each)]


@_lines.register
def _(block: Provenance) -> list[str]:
    return [line for each in block.sentences() for line in wrapped(each)]


# --- tables ---------------------------------------------------------------------------------------


def text_table(
    headers: Sequence[str],
    lines: Sequence[Sequence[str]],
    width: int = 0,
    right: Sequence[bool] = (),
) -> str:
    """Align a table for a terminal; cells may hold line breaks. Numbers to the right.

    Parameters
    ----------
    width : int
        Cells of words are folded to keep the table within it; 0: none is.
    right : sequence of bool, optional
        Which columns are numbers; by their words where it is not given.
    """
    right = right or [all(is_number(line[c]) for line in lines) for c in range(len(headers))]
    room = _room(headers, lines, right, width)
    cells = [
        [
            [part for each in _shown(cell).split("\n") for part in _fold(each, most)]
            for cell, most in zip(line, room, strict=True)
        ]
        for line in (headers, *lines)
    ]
    widths = [max(len(part) for line in cells for part in line[c]) for c in range(len(headers))]
    printed = []
    for row, line in enumerate(cells):
        height = max(len(cell) for cell in line)
        for h in range(height):
            shown = []
            for cell, most, number in zip(line, widths, right, strict=True):
                # Heads stand on the rule, what is below hangs from the top.
                k = h - (height - len(cell)) if row == 0 else h
                part = cell[k] if 0 <= k < len(cell) else ""
                shown.append(part.rjust(most) if number else part.ljust(most))
            printed.append("  ".join(shown).rstrip())
        if row == 0:
            printed.append("  ".join("-" * most for most in widths))
    return "\n".join(printed)


def _shown(cell: str) -> str:
    return printable(cell.replace(f"{SOFT}\n", "-\n"), keep="\n")


def of_numbers(table: Table, lines: Sequence[Sequence[str]]) -> list[bool]:
    """Whether each column of a table has numbers only, with their ranges or without.

    Parameters
    ----------
    lines : sequence of sequence of str
        Its cells as people read them.
    """
    return [
        all(
            isinstance(row[c], Ranged) or is_number(line[c])
            for row, line in zip(table.rows, lines, strict=True)
        )
        for c in range(len(table.columns))
    ]


def is_number(text: str) -> bool:
    """Whether a cell of words is a number, or says that there is none."""
    text = text.strip()
    if text in ("none", "infinite", ""):
        return True
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True


def _room(
    headers: Sequence[str], lines: Sequence[Sequence[str]], right: Sequence[bool], width: int
) -> list[int]:
    """How wide each column may be: the widest columns of words give way first."""

    def longest(c: int, words: bool) -> int:
        parts = [part for line in (headers, *lines) for part in line[c].split("\n")]
        return max(len(each) for part in parts for each in (pieces(part) if words else [part]))

    room = [longest(c, words=False) for c in range(len(headers))]
    if not width or sum(room) + 2 * (len(room) - 1) <= width:
        return room
    least = [
        room[c] if right[c] else max(min(_NARROWEST, room[c]), longest(c, words=True))
        for c in range(len(headers))
    ]
    while sum(room) + 2 * (len(room) - 1) > width:
        loose = [c for c in range(len(room)) if room[c] > least[c]]
        if not loose:
            break
        room[max(loose, key=lambda c: room[c])] -= 1
    return room


def pieces(text: str) -> list[str]:
    """Cut a text where it may be broken: between words, and after a mark within a name."""
    found, part = [], ""
    for k, letter in enumerate(text):
        if letter == " " and part:
            found.append(part)
            part = ""
            continue
        part += letter
        if letter in MARKS and text[k + 1 : k + 2].isalpha() and len(part) > 1:
            found.append(part)
            part = ""
    return [*found, part] if part or not found else found


def _fold(text: str, width: int) -> list[str]:
    """Break a cell over lines; long names are broken at the marks within them."""
    if len(text) <= width:
        return [text]
    lines: list[str] = []
    for line in wrapped(text, width=width):
        part = ""
        for piece in pieces(line) if len(line) > width else [line]:
            if part and len(part) + len(piece) > width:
                lines.append(part)
                part = ""
            part += piece
        lines.append(part)
    return lines
