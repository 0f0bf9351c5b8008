"""What a built site must keep: it asks for nothing from elsewhere, and every page can be found.

`python .ci/pages.py FOLDER` lists what is wrong and leaves with 1.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

#: Attributes by which a page loads something; a link that a reader follows is none.
LOADS = {"src", "srcset", "data", "poster", "action"}


class Loaded(HTMLParser):
    """Addresses from which a page loads something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what a tag loads."""
        for name, value in attrs:
            if name in LOADS or (tag == "link" and name == "href"):
                self.found.append(value or "")


def faults(folder: Path) -> Iterator[str]:
    """Say what is wrong with a site."""
    pages = sorted(folder.rglob("*.html"))
    if len(pages) < 20 or not (folder / "searchindex.js").is_file():
        yield f"{len(pages)} pages, or no index of the search"
    for page in pages:
        loaded = Loaded()
        loaded.feed(page.read_text(encoding="utf-8"))
        yield from (
            f"{page.relative_to(folder).as_posix()} loads {each}"
            for each in loaded.found
            if re.match(r"(\w+:)?//", each)
        )
    for style in folder.rglob("*.css"):
        for each in re.findall(
            r"(?:url\(|@import )['\"]?((?:\w+:)?//[^)'\"]+)", style.read_text("utf-8")
        ):
            yield f"{style.relative_to(folder).as_posix()} loads {each}"


def main(arguments: list[str]) -> int:
    """Look at a site; 1 if it has a fault."""
    wrong = list(faults(Path(arguments[0])))
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
