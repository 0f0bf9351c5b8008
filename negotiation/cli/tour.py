"""`negotiation tour`: five commands to begin with, explained and run one by one."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import wrap
from typing import Annotated, NamedTuple

import typer

from negotiation import interrupts
from negotiation.cli.options import Quiet
from negotiation.cli.streams import mutter, show, watched
from negotiation.shell import continued

#: Characters in a line.
_WIDTH = 80

#: Fewest lines of a result that are shown on a terminal.
_LEAST = 12


class TourStep(NamedTuple):
    """A command, the question that it answers, and how its result is read."""

    question: str
    about: str
    line: str
    reading: str


STEPS = (
    TourStep(
        "What is in a model?",
        "A model says who negotiates, what each side can do, and which numbers may be set. This "
        "one is small, with made-up figures.",
        "negotiation models show tariff_standoff",
        "Every parameter has its default, its unit, the range allowed and its source; set one with "
        "--set NAME=VALUE. A threat point says what happens if talks fail.",
    ),
    TourStep(
        "What does each side lose without a deal, and what would a deal be?",
        "This is the large model: Canada and the United States, with a trade model of nine "
        "regions. What is uncertain is drawn 100 times.",
        "negotiation solve canada_us --draws 100",
        "Read the first sentences: what each side loses a year, what happens if talks break down, "
        "what a deal brings. The ranges in parentheses leave out one draw in ten; the tables say "
        "the same in numbers.",
    ),
    TourStep(
        "Where does a number come from?",
        "Every number can be taken apart.",
        "negotiation explain canada_us loss.canada",
        "Each step names a quantity, gives its value and unit, and shows the formula with its "
        "figures put in.",
    ),
    TourStep(
        "What if a number were different?",
        "Along a parameter the outcome changes at certain values; this looks for all of them in "
        "the small model.",
        "negotiation threshold tariff_standoff --vary tariff=0:0.5",
        "Each star is a value at which behaviour or the sign of a result changes, with what holds "
        "below and above. A tariff of 0.25 is 25 per cent.",
    ),
    TourStep(
        "How sure is that?",
        "A statement about the large model holds in some draws and not in others.",
        'negotiation probability canada_us --when "the US loses without a deal" --draws 100',
        "The first sentence is the answer; the standard error says how far it may be off because "
        "only 100 draws were made.",
    ),
)

_NEXT = (
    "To hand the results on, 'negotiation report canada_us -o report.html' writes one page that "
    "opens in any browser. 'negotiation --help' lists the commands by topic, and every command has "
    "examples in its --help."
)


def tour(
    yes: Annotated[
        bool, typer.Option("--yes", help="Run all five commands without asking.")
    ] = False,
    quiet: Quiet = False,  # its callback has heard it
) -> int:
    """Walk through five commands: what each answers, its result, and how to read it.

    On a terminal Enter runs a command, s skips it and q quits. Elsewhere the commands and their
    explanations are printed, and nothing is run unless --yes is given.
    """
    asking = watched() and not yes
    for number, step in enumerate(STEPS, start=1):
        _told(number, step)
        if asking:
            answer = _asked()
            if answer == "q":
                show("\n" + _folded("Goodbye. 'negotiation tour' begins again."))
                return 0
            if answer == "s":
                continue
        if asking or yes:
            _run(step, whole=not asking)
        show("\n" + _folded(f"How to read it: {step.reading}"))
    show("\n" + _folded(_NEXT))
    return 0


def _told(number: int, step: TourStep) -> None:
    head = f"{number} of {len(STEPS)}: {step.question}"
    show("\n".join(["" if number > 1 else "A tour of negotiation.", "", head, "-" * len(head)]))
    show("\n".join([_folded(step.about), "", *continued(f"  {step.line}", _WIDTH)]))


def _folded(sentence: str) -> str:
    return "\n".join(wrap(sentence, _WIDTH, break_on_hyphens=False, break_long_words=False))


def _asked() -> str:
    """Wait for Enter, s or q; the end of the input quits."""
    while True:
        mutter("\n[Enter: run it, s: skip it, q: quit] ")
        line = sys.stdin.readline()
        interrupts.check()
        answer = line.strip().lower()[:1] if line else "q"
        if answer in ("", "s", "q"):
            return answer


def _run(step: TourStep, *, whole: bool) -> None:
    """Run the command in a process of its own and show what it prints."""
    own = str(Path(__file__).resolve().parents[2])
    paths = [own, *filter(None, [os.environ.get("PYTHONPATH")])]
    words = [sys.executable, "-P", "-m", *shlex.split(step.line)]
    done = subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    interrupts.check()
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    room = max(shutil.get_terminal_size().lines - 8, _LEAST)
    if not whole and len(lines) > room:
        hidden = len(lines) - room
        lines = [*lines[:room], f"[... {hidden} more lines, which the command prints too]"]
    show("\n" + "\n".join(lines))
