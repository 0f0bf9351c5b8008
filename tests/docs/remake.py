"""Make every figure and table of the README and of the pages again: `python -m tests.docs.remake`.

With names of parts, those only; with `--check`, nothing is written, and what is stale is listed.
What is measured, as in `docs/performance.md`, is no part of it: `python -m benchmarks` measures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks import page as tables
from benchmarks import uncertainty
from negotiation.errors import DataError
from tests.docs import command_page, migration, notebooks, quoted
from tests.docs.commands import do
from tests.docs.pages import PAGES, ROOT

#: A file, and what it should hold.
Made = tuple[Path, bytes]


def whole() -> Iterator[Made]:
    """Lists of what the program has: commands, columns, names that moved; notebooks of scripts."""
    yield migration.PAGE, migration.text().encode()
    yield command_page.PAGE, command_page.text().encode()
    yield ROOT / "docs" / "columns.md", do(["columns", "--format", "md"]).out.encode()
    yield from notebooks.made()


def quotes() -> Iterator[Made]:
    """Pages that quote what a command prints."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if "<!-- quoted: " in text:
            yield page, quoted.renewed(text).encode()


def pictures() -> Iterator[Made]:
    """Pictures of commands; the old one is kept where it shows the same."""
    for name, arguments in quoted.PICTURES.items():
        path = ROOT / "docs" / name
        old, new = path.read_bytes() if path.exists() else b"", quoted.run(arguments).picture
        yield path, new if quoted.is_stale(old, new) else old


def evidence() -> Iterator[Made]:
    """Tables of the model's pages, of the page on validation and of the list of changes."""
    for page in tables.PAGES:
        try:
            yield page, tables.made(page.read_text(encoding="utf-8")).encode()
        except DataError as error:  # data of others, which not every checkout has
            print(f"{page.relative_to(ROOT).as_posix()} is left as it is: {error}", file=sys.stderr)


def decides() -> Iterator[Made]:
    """Tables of the page on what decides, which take a minute."""
    page = uncertainty.PAGE
    yield page, tables.made(page.read_text(encoding="utf-8"), uncertainty.TABLES).encode()


PARTS: Mapping[str, Callable[[], Iterator[Made]]] = {
    each.__name__: each for each in (whole, quotes, pictures, evidence, decides)
}


def stale(part: str) -> Iterator[Made]:
    """Files of a part that hold something else, with what they should hold."""
    for path, content in PARTS[part]():
        if not path.exists() or path.read_bytes() != content:
            yield path, content


def main() -> int:
    """Write what is stale, or list it and return 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.docs.remake", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--check", action="store_true", help="list what is stale; write nothing")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(unknown)}; choose from {', '.join(PARTS)}")
    found = 0
    for part in asked.parts or PARTS:
        for path, content in stale(part):
            found += 1
            name = path.relative_to(ROOT).as_posix()
            print(f"{name} is stale" if asked.check else f"{name} written", flush=True)
            if not asked.check:
                path.write_bytes(content)
    return 1 if asked.check and found else 0


if __name__ == "__main__":
    sys.exit(main())
