"""What the pages quote from the program: blocks of printed text, and pictures.

A page marks a fenced block with ``<!-- quoted: NAME -->``; the block is what a part of a command's
output is. `tests.docs.remake` writes both again.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.docs.commands import do
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


def _today_and_deal(printed: str) -> str:
    """Return what the summary says of the dispute as it is and of a deal."""
    sentences = re.split(r"\n(?! )", _second(printed))
    return "\n".join(each for each in sentences if each.startswith(("In the dispute", "In a deal")))


class Quote(NamedTuple):
    """A command, without the program's name, and which part of its output a page shows."""

    arguments: tuple[str, ...]
    part: Callable[[str], str]

    def text(self) -> str:
        """Run the command and return what the block should hold."""
        return self.part(run(self.arguments).text) + "\n"


SWEEP = ("sweep", "canada_us", "--vary", "diversification=0:0.4:41")

QUOTES = {
    "sweep": Quote(SWEEP, _table),
    "breakdown": Quote(SWEEP, _second_table),
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
    "own_duties": Quote(
        ("solve", "canada_us", "--duties", "us.keep=docs/examples/duties.csv"), _today_and_deal
    ),
}

#: Pictures of the pages, in docs/, and the commands that draw them.
PICTURES = {
    "leverage.png": SWEEP,
    "map.png": (
        *("map", "canada_us", "--vary", "diversification=0:0.6"),
        *("--vary", "us_escalation_cost=0:5000"),
    ),
    "packages.png": ("package", "canada_us"),
}

#: Every command that is quoted or draws.
COMMANDS = tuple(dict.fromkeys([*(each.arguments for each in QUOTES.values()), *PICTURES.values()]))


class Run(NamedTuple):
    """What a command printed, and the picture it drew if it is one of `PICTURES`."""

    text: str
    picture: bytes = b""


@cache
def run(arguments: tuple[str, ...]) -> Run:
    """Run a command in the checkout, once for all that quote it."""
    with contextlib.chdir(ROOT), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        plot = ("--plot", str(path)) if arguments in PICTURES.values() else ()
        done = do([*arguments, *plot])
        assert done.code == 0, done.err
        return Run(done.out, _small(path, done.out) if plot else b"")


# --- pictures -------------------------------------------------------------------------------------
#
# A picture holds a digest of what its command printed, so that it is stale where a number has
# changed. Its pixels are compared too where the library is the one that drew it: another version
# sets letters differently.


def _small(path: Path, printed: str) -> bytes:
    """Return a picture in 256 colours, which are all it has, at a third of the size."""
    import matplotlib as mpl
    from PIL import Image, PngImagePlugin

    about = PngImagePlugin.PngInfo()
    about.add_text("drawn by", f"matplotlib {mpl.__version__}")
    about.add_text("numbers", _digest(printed))
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(256)
    held = io.BytesIO()
    small.save(held, "png", optimize=True, pnginfo=about)
    return held.getvalue()


def _digest(printed: str) -> str:
    """Return a digest of what was printed but for the version of program and model."""
    told = [line for line in printed.splitlines() if not line.startswith("negotiation ")]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def is_stale(old: bytes, new: bytes) -> bool:
    """Whether a picture shows other numbers, or shows them differently."""
    from PIL import Image

    if not old:
        return True
    with Image.open(io.BytesIO(old)) as before, Image.open(io.BytesIO(new)) as after:
        if before.info.get("numbers") != after.info["numbers"]:
            return True
        if before.info.get("drawn by") != after.info["drawn by"]:
            return False
        if before.size != after.size:
            return True
        pixels = [np.asarray(each.convert("L"), dtype=float) for each in (before, after)]
        return float(np.abs(pixels[0] - pixels[1]).mean()) > 0.5


# --- blocks ---------------------------------------------------------------------------------------

_MARK = re.compile(r"(<!-- quoted: (\w+) -->\n```\n)(.*?)(```\n)", re.DOTALL)


def blocks() -> list[tuple[str, str]]:
    """Name and text of every block of the pages; a name may stand on several pages."""
    return [
        (found[2], found[3])
        for page in PAGES
        for found in _MARK.finditer(page.read_text(encoding="utf-8"))
    ]


def renewed(page: str) -> str:
    """Return a page with its blocks made anew."""
    return _MARK.sub(lambda found: found[1] + QUOTES[found[2]].text() + found[4], page)
