"""Any document as Markdown."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from functools import singledispatch

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
    Table,
)
from negotiation.report.figure import Figure
from negotiation.report.text import MARKS, SOFT, is_number, of_numbers, wrapped
from negotiation.words import printable


def render(document: Document) -> str:
    """Return a document as Markdown."""
    return markdown(document.blocks)


def markdown(blocks: Iterable[Block]) -> str:
    """Return blocks as Markdown."""
    return "\n\n".join("\n".join(_lines(block)) for block in blocks)


@singledispatch
def _lines(block: object) -> list[str]:
    raise TypeError(f"a document has no block {type(block).__name__}")


@_lines.register
def _(block: Heading) -> list[str]:
    below = ["", *wrapped(block.subtitle)] if block.subtitle else []
    return [f"{'#' * block.level} {block.text}", *below]


@_lines.register
def _(block: Paragraph) -> list[str]:
    return wrapped(block.text)


@_lines.register
def _(block: Lines) -> list[str]:
    return [line for each in block.sentences for line in wrapped(each, "- ", "  ")]


@_lines.register
def _(block: Items) -> list[str]:
    lines = [*wrapped(block.head), ""] if block.head else []
    return lines + [line for each in block.entries for line in wrapped(each, "- ", "  ")]


@_lines.register
def _(block: NumberedStep) -> list[str]:
    mark = f"{block.number}. "
    indent = " " * len(mark)
    lines = wrapped(block.text, mark, indent)
    for each in block.lines:
        # Two blanks at the end break the line.
        lines[-1] += "  "
        lines += wrapped(each, indent, indent)
    return lines


@_lines.register
def _(block: Table) -> list[str]:
    lines = [*wrapped(block.title), ""] if block.title else []
    heads = [column.name for column in block.columns]
    cells = block.cells()
    lines.append(markdown_table(heads, cells, of_numbers(block, cells)))
    for note in block.notes:
        lines += ["", *wrapped(note)]
    return lines


@_lines.register
def _(block: Picture) -> list[str]:
    return [f"![{block.alt}]({block.path})", "", *wrapped(block.title)]


@_lines.register
def _(block: Figure) -> list[str]:
    notes = (*block.table.notes, *block.notes)
    table = dataclasses.replace(block.table, title="", notes=notes)
    return [f"**{block.title}**", "", *wrapped(block.subtitle), "", *_lines(table)]


@_lines.register
def _(block: Command) -> list[str]:
    return [*([*wrapped(block.head), ""] if block.head else []), f"`{block.line}`"]


@_lines.register
def _(block: Notes) -> list[str]:
    return [line for each in block.sentences for line in wrapped(each, "- ", "  ")]


@_lines.register
def _(block: Provenance) -> list[str]:
    return [line for each in block.sentences() for line in wrapped(each, "- ", "  ")]


def markdown_table(
    headers: Sequence[str], lines: Sequence[Sequence[str]], right: Sequence[bool] = ()
) -> str:
    """Format a table in Markdown; `right` says which columns are numbers, else their words do."""
    right = right or [all(is_number(line[c]) for line in lines) for c in range(len(headers))]
    marks = ["---:" if number else "---" for number in right]
    flat = [[_flat(cell) for cell in line] for line in lines]
    body = [[_flat(header) for header in headers], marks, *flat]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in body)


def _flat(cell: str) -> str:
    """Return a cell on one line, in which a bar does not begin the next cell.

    A name is broken after a mark within it, words at a space.
    """
    cell = cell.replace(f"{SOFT}\n", "")
    for mark in MARKS:
        cell = cell.replace(f"{mark}\n", mark)
    if cell.startswith("  "):  # what belongs to the row above
        cell = f"- {cell.lstrip()}"
    return printable(cell.replace("\n", " ").replace("|", "\\|"))
