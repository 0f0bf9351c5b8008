"""What the pages quote from the program: made again by ``python -m tests.docs.quoted``.

A page marks a fenced block with ``<!-- quoted: NAME -->``; the block is what a part of a command's
output is. Pictures and the page on migration are written by the same command.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from tests.docs.commands import do
from tests.docs.migration import PAGE as MIGRATION
from tests.docs.migration import text as migration
from tests.docs.pages import PAGES, ROOT

SETS = "published,central,low,high,short_run,bsy,cp,fgo,gyy,is,ll,shap,u4,u2,u5"


def _paragraphs(printed: str) -> list[str]:
    return re.split(r"\n{2,}", printed.strip("\n"))


def _table(printed: str) -> str:
    return next(each for each in _paragraphs(printed) if re.search(r"^--+  ", each, re.MULTILINE))


def _second_table(printed: str) -> str:
    found = [p for p in _paragraphs(printed) if re.search(r"^--+  ", p, re.MULTILINE)]
    return found[1]


def _events(printed: str) -> str:
    return next(each for each in _paragraphs(printed) if each.startswith("* "))


def _second(printed: str) -> str:
    return _paragraphs(printed)[1]


class Quote(NamedTuple):
    """A command, without the program's name, and which part of its output a page shows."""

    arguments: tuple[str, ...]
    part: Callable[[str], str]

    def text(self) -> str:
        """Run the command and return what the block should hold."""
        done = do(list(self.arguments))
        assert done.code == 0, done.err
        return self.part(done.out) + "\n"


QUOTES = {
    "sweep": Quote(("sweep", "canada_us", "--vary", "diversification=0:0.4:41"), _table),
    "breakdown": Quote(("sweep", "canada_us", "--vary", "diversification=0:0.4:41"), _second_table),
    "elasticities": Quote(
        ("sweep", "canada_us", "--draws", "0", "--vary", f"elasticities={SETS}"), _table
    ),
    "threshold": Quote(
        (
            *("threshold", "canada_us", "--vary", "escalation_rate=0.05:1"),
            *("--when", "us gives way when the other escalates"),
        ),
        _events,
    ),
    "credibility": Quote(("credibility", "canada_us"), _events),
    "solve": Quote(("solve", "canada_us"), _second),
}

#: Pictures of the pages, in docs/, and the commands that draw them.
PICTURES = {
    "leverage.png": ("sweep", "canada_us", "--vary", "diversification=0:0.4:41"),
    "map.png": (
        *("map", "canada_us", "--vary", "diversification=0:0.6"),
        *("--vary", "us_escalation_cost=0:5000"),
    ),
    "packages.png": ("package", "canada_us"),
}

_MARK = re.compile(r"(<!-- quoted: (\w+) -->\n```\n)(.*?)(```\n)", re.DOTALL)


def blocks() -> dict[str, str]:
    """What the pages show, by name."""
    return {
        found[2]: found[3]
        for page in PAGES
        for found in _MARK.finditer(page.read_text(encoding="utf-8"))
    }


def main() -> None:
    """Write the quoted blocks, the pictures and the page on migration."""
    for page in PAGES:
        before = page.read_text(encoding="utf-8")
        after = _MARK.sub(lambda found: found[1] + QUOTES[found[2]].text() + found[4], before)
        if after != before:
            page.write_text(after, encoding="utf-8")
    from PIL import Image

    for name, arguments in PICTURES.items():
        done = do([*arguments, "--plot", str(ROOT / "docs" / name)])
        assert done.code == 0, done.err
        # In 256 colours, which is all that a picture of ours has, and a third of the size.
        path = ROOT / "docs" / name
        with Image.open(path) as picture:
            small = picture.convert("RGB").quantize(256)
        small.save(path, optimize=True)
    MIGRATION.write_text(migration(), encoding="utf-8")


if __name__ == "__main__":
    main()
