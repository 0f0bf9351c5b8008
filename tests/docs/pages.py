"""The pages a reader is given, taken apart: fenced blocks, spans of code, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]

#: Every page of the checkout that is written for a reader.
PAGES = tuple(
    sorted(
        [
            *ROOT.glob("*.md"),
            *ROOT.glob("docs/**/*.md"),
            *ROOT.glob("models/**/*.md"),
            *ROOT.glob("benchmarks/**/*.md"),
            *ROOT.glob("examples/*.md"),
        ]
    )
)


class Block(NamedTuple):
    """A fenced block, or a span of code: where it stands, its language, and what it says."""

    page: str
    line: int
    language: str
    text: str
    before: str = ""

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> Iterator[Block]:
    """Fenced blocks of a page, in order; `before` is the line of prose above."""
    inside, language, start = False, "", 0
    body: list[str] = []
    before = ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            if inside:
                yield Block(name_of(page), start, language, "\n".join(body) + "\n", before)
            else:
                start, language, body = number, line.strip().strip("`"), []
            inside = not inside
        elif inside:
            body.append(line)
        elif line.strip():
            before = line
    assert not inside, f"{page}: a block is not closed"


def prose(page: Path) -> str:
    """A page without its fenced blocks, which are left as empty lines."""
    kept, inside = [], False
    for line in page.read_text(encoding="utf-8").splitlines():
        fence = line.lstrip().startswith("```")
        kept.append("" if inside or fence else line)
        inside = inside != fence
    return "\n".join(kept)


def spans(page: Path) -> Iterator[Block]:
    """Spans of code in the prose of a page; one that runs over a line end is joined."""
    text = prose(page)
    for found in re.finditer(r"(?<!`)`([^`]+)`(?!`)", text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(name_of(page), line, "", " ".join(found[1].split()))


def links(page: Path) -> Iterator[tuple[int, str]]:
    """Targets of links and pictures of a page, with their line."""
    for number, line in enumerate(prose(page).splitlines(), 1):
        for found in re.finditer(r"\]\(([^)\s]+)\)", line):
            yield number, found[1]


def headings(page: Path) -> set[str]:
    """Anchors of a page's headings, as a forge makes them."""
    found = set()
    for line in prose(page).splitlines():
        if line.startswith("#"):
            text = re.sub(r"[`*]", "", line.lstrip("#").strip()).lower()
            found.add(re.sub(r"[^\w\- ]", "", text).replace(" ", "-"))
    return found
