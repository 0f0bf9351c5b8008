"""The registry of subjects, the stopwatch and the table that every driver shares."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter, process_time
from typing import Any


@dataclasses.dataclass(frozen=True)
class Job:
    """A call to be timed, how many things it does, what it works on, and words on its result.

    `larger` makes the same job with so many items, where it has no natural size.
    """

    call: Callable[[], Any]
    items: int
    data: Any = None
    note: Callable[[Any], str] = lambda _: ""
    larger: Callable[[int], Job] | None = None


@dataclasses.dataclass(frozen=True)
class Subject:
    """Something to measure: its name, what one item is, and how to make the job."""

    name: str
    measures: str
    make: Callable[[], Job]


SUBJECTS: dict[str, list[Subject]] = {}


def subject(phase: str, name: str, measures: str) -> Callable[[Callable[[], Job]], None]:
    """Register a factory of jobs under a phase."""
    return lambda make: SUBJECTS.setdefault(phase, []).append(Subject(name, measures, make))


@dataclasses.dataclass(frozen=True)
class Times:
    """Seconds of repeated calls, and what the last one returned."""

    seconds: Sequence[float]
    result: Any

    @property
    def least(self) -> float:
        return min(self.seconds)

    @property
    def middle(self) -> float:
        return median(self.seconds)


def timed(
    call: Callable[[], Any],
    repeats: int,
    warm: bool = True,
    clock: Callable[[], float] = perf_counter,
) -> Times:
    """Time a call several times, after one that is not counted."""
    if warm:
        call()
    seconds, result = [], None
    for _ in range(repeats):
        start = clock()
        result = call()
        seconds.append(clock() - start)
    return Times(seconds, result)


def sized(job: Job, seconds: float, most: int) -> Job:
    """Make a job about so long, in process time, by the number of its items."""
    larger = job.larger
    assert larger is not None
    items = 8
    while True:
        job = larger(items)
        took = timed(job.call, 1, warm=False, clock=process_time).least
        if took > seconds / 8 or items == most:
            break
        items = min(4 * items, most)
    if took > 2.0 * seconds:
        return job
    items = min(int(items * seconds / took), most)
    digits = 10 ** max(len(str(items)) - 2, 0)
    return larger(max(items // digits * digits, 1))


def repeats(quick: bool) -> int:
    return 3 if quick else 7


def show(seconds: float) -> str:
    """Seconds with a unit that suits them."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} us"


def rate(per_second: float) -> str:
    """Show things a second to three digits, in thousands or millions where it suits."""
    for letter, size in (("M", 1e6), ("k", 1e3)):
        if per_second >= size:
            return f"{per_second / size:.3g} {letter}"
    return f"{per_second:.3g}"


def ratio(value: float) -> str:
    return f"{value:,.0f} x" if value >= 100 else f"{value:.2g} x"


def table(command: str, headers: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """Print a plain table under the command that made it."""
    widths = [max(map(len, column)) for column in zip(headers, *lines, strict=True)]
    print(f"$ python -m {command}")
    for line in (headers, ["-" * width for width in widths], *lines):
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())
    print(flush=True)


def markdown(headers: Sequence[str], lines: Sequence[Sequence[str]], numbers: int = 0) -> str:
    """A Markdown table; its last `numbers` columns are set flush right."""
    rule = ["---"] * (len(headers) - numbers) + ["---:"] * numbers
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (headers, rule, *lines))


def row(each: Subject, job: Job, times: Times) -> list[str]:
    """Cells that every driver prints: name, minimum, median, per item."""
    per_item = f"{show(times.least / job.items)} / {each.measures}"
    return [each.name, show(times.least), show(times.middle), per_item]
