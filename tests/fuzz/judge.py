"""What must hold of every run of the command line, whatever it was given."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.fuzz.cases import Case

#: Exit codes that may be met: done, not certified, wrong use, a missing extra, faulty input.
CODES = (0, 1, 2, 3, 4)

#: Seconds of processor time, and bytes, that a case may take.
SECONDS, BYTES = 30.0, 2 << 30

#: Models that are right at every point of their ranges.
SHIPPED = frozenset(("canada_us", "tariff_standoff"))

#: Letters that turn the direction of text.
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

#: Most letters of a complaint.
LONGEST = 2500


class Fault(NamedTuple):
    """Something that must not be: its kind, and what was seen."""

    kind: str
    seen: str


def acts(letter: str) -> bool:
    """Whether a letter acts on a terminal instead of being shown."""
    if letter in "\n\t":
        return False
    return letter in BIDI or unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")


def faults(case: Case, answer: dict[str, Any] | None) -> Iterator[Fault]:
    """Everything that is wrong with what a run left behind; None is a run that did not end."""
    if answer is None:
        yield Fault("does not end", "")
        return
    out, err, code = answer["out"], answer["err"], answer["code"]
    if answer["broken"]:
        yield Fault("traceback", f"{answer['broken']} at {answer['where']}")
    elif code not in CODES:
        yield Fault(f"exit code {code}", err.strip()[-300:])
    elif code >= 2:
        yield from _complaint(case, err)
        lacking = "has no packages()" in err  # sound, but without what the command looks at
        if code == 4 and case.words[0] != "data" and set(case.words) & SHIPPED and not lacking:
            yield Fault("a shipped model fails", err.strip()[:300])
    elif code == 0 and not out and "--quiet" not in case.words and not err.strip():
        yield Fault("success without a result", "")
    elif code == 1 and not err.strip():
        yield Fault("exit code 1 without a word", out[:200])
    if "Traceback (most recent" in out + err:
        yield Fault("traceback in the output", (out + err)[-300:])
    if "Warning:" in err:
        yield Fault("a warning of Python", err.strip()[:300])
    for name, text in (("stdout", out), ("stderr", err)):
        wrong = {letter for letter in text if acts(letter)}
        if wrong:
            told = ", ".join(sorted(f"U+{ord(letter):04X}" for letter in wrong))
            yield Fault(f"control characters on {name}", told)
    before = {name for name, _ in case.files}
    folders = {f"{part}/" for name in before for part in _parents(name)}
    asked = tuple(each.removeprefix("./").rstrip("/") for each in case.asked)
    left = [
        name
        for name in answer["files"]
        if name not in before | folders
        and not any(name.rstrip("/") == each or name.startswith(f"{each}/") for each in asked)
    ]
    if left:
        yield Fault("files left behind", ", ".join(left)[:200])
    several = case.words[:1] == ("game",) and len(case.files) > 1  # the readable ones are solved
    written = any(each in answer["files"] for each in asked if each not in before)
    # The numbers of a sweep are not lost because its plot cannot be drawn.
    plot_only = "--plot" in case.words and "plot" in err.splitlines()[-1:][0] if err else False
    if code and code >= 2 and written and not several and not plot_only:
        yield Fault("a file written in spite of an error", str(asked))
    if answer["seconds"] > SECONDS:
        yield Fault("slow", f"{answer['seconds']:.0f} s")
    if answer["peak"] > BYTES:
        yield Fault("memory", f"{answer['peak'] / 2**30:.1f} GiB")


def _complaint(case: Case, err: str) -> Iterator[Fault]:
    lines = [line for line in err.splitlines() if line.strip()]
    said = [line for line in lines if line.startswith("error: ")]
    usage = lines and lines[0].startswith("Usage:")
    if case.words[1:2] == ("check",) and lines and not said:
        return  # the faults are the result, and stand on stdout
    if not said and not usage:
        yield Fault("an error without a sentence", err[:300])
    if len(said) > 1 and case.words[:1] != ("game",):
        yield Fault("an error in several sentences", err[:300])
    if any(len(line) > LONGEST for line in said):
        yield Fault("an error too long to read", f"{max(map(len, said))} letters: {said[0][:200]}")
    notes = case.words[:1] in (("game",), ("data",)) or "--plot" in case.words
    if len(lines) > len(said) and said and not notes:
        yield Fault("an error over several lines", err[:300])


def _parents(name: str) -> list[str]:
    parts = name.rstrip("/").split("/")
    return ["/".join(parts[:k]) for k in range(1, len(parts))]
