"""Fuzz the command line: `python -m tests.fuzz games|trade|commands --count N --seed S`.

Every case is made from its kind, the seed and its number alone, so that `--only NUMBER` makes it
again; `--keep FOLDER` writes its files there. Leaves with 1 if anything was found.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from negotiation.shell import command
from tests.fuzz import commands, games, trade
from tests.fuzz.cases import Case, generator
from tests.fuzz.judge import Fault, faults

KINDS: dict[str, ModuleType] = {"games": games, "trade": trade, "commands": commands}
ROOT = Path(__file__).parents[2]

#: Seconds by the clock after which a case is taken not to end; a machine may be busy.
LIMIT = 120.0

#: Cases after which a worker is replaced, so that its memory is that of few cases.
MOST = 100


class Worker:
    """A process that runs cases, and is killed where one does not end."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
            text=True,
            encoding="utf-8",
        )
        self.answers: queue.Queue[str] = queue.Queue()
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()
        self.done = 0

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.answers.put(line)
        self.answers.put("")

    def ask(self, case: Case, folder: Path, limit: float = LIMIT) -> dict[str, Any] | None:
        """Run a case in a folder; None if it does not end in time."""
        assert self.process.stdin is not None
        self.done += 1
        told = {"words": case.words, "folder": str(folder)}
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        try:
            line = self.answers.get(timeout=limit)
        except queue.Empty:
            self.end()
            return None
        if not line:
            code = self.process.wait()
            return {
                "code": None,
                "broken": f"the process ended with {code}",
                "where": "?",
                **{"out": "", "err": "", "seconds": 0.0, "peak": 0, "files": []},
            }
        found: dict[str, Any] = json.loads(line)
        return found

    @property
    def worn(self) -> bool:
        return self.done >= MOST or self.process.poll() is not None

    def end(self) -> None:
        """Stop the process, whatever it does, and close its pipes."""
        self.process.kill()
        self.process.wait()
        self.listener.join()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


class Found(NamedTuple):
    """A fault and the case that shows it."""

    number: int
    case: Case
    fault: Fault


def write(case: Case, folder: Path) -> None:
    for name, content in case.files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def run(
    kind: str,
    numbers: Iterable[int],
    seed: int,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[Found]:
    """Run cases by their numbers; return every fault."""
    todo: queue.Queue[int] = queue.Queue()
    for number in numbers:
        todo.put(number)
    found: list[Found] = []
    count = [0]

    def work() -> None:
        worker = Worker()
        while True:
            try:
                number = todo.get_nowait()
            except queue.Empty:
                worker.end()
                return
            case = KINDS[kind].case(generator(kind, seed, number))
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
                write(case, Path(place))
                answer = worker.ask(case, Path(place))
            each = list(faults(case, answer))
            found.extend(Found(number, case, fault) for fault in each)
            count[0] += 1
            if progress is not None:
                progress(count[0], len(found))
            if worker.worn or any(fault.kind == "memory" for fault in each):
                worker.end()
                worker = Worker()

    threads = [threading.Thread(target=work) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found, key=lambda each: each.number)


def told(kind: str, seed: int, found: list[Found]) -> Iterator[str]:
    """Faults by kind and cause, each with one case that shows it."""
    groups: dict[str, list[Found]] = collections.defaultdict(list)
    for each in found:
        cause = each.fault.seen if each.fault.kind == "traceback" else ""
        groups[f"{each.fault.kind} {cause.rpartition(' at ')[2]}".strip()].append(each)
    for group in sorted(groups, key=lambda name: -len(groups[name])):
        first = groups[group][0]
        yield f"{len(groups[group])} x {group}"
        yield f"    seen: {first.fault.seen!r:.300}"
        yield f"    command: {command('negotiation', *first.case.words)[:500]}"
        numbers = ", ".join(str(each.number) for each in groups[group][:8])
        yield f"    cases: {numbers}"
        yield f"    again: python -m tests.fuzz {kind} --seed {seed} --only {first.number} --keep X"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side")
    parser.add_argument("--only", type=int, help="run this case alone and print what it says")
    parser.add_argument("--keep", type=Path, help="with --only: write its files here")
    given = parser.parse_args()
    if given.only is not None:
        return show(given.kind, given.seed, given.only, given.keep)
    start = time.monotonic()

    def progress(done: int, bad: int) -> None:
        if done % 50 == 0:
            print(f"{done} of {given.count}, {bad} faults", file=sys.stderr, flush=True)

    numbers = range(given.start, given.start + given.count)
    found = run(given.kind, numbers, given.seed, given.jobs, progress)
    for line in told(given.kind, given.seed, found):
        print(line)
    cases = len({each.number for each in found})
    print(
        f"{given.count} cases of {given.kind}, seed {given.seed}: {cases} with a fault, "
        f"{time.monotonic() - start:.0f} s"
    )
    return 1 if found else 0


def show(kind: str, seed: int, number: int, keep: Path | None) -> int:
    """Run one case, print what it was and what it said."""
    case = KINDS[kind].case(generator(kind, seed, number))
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        write(case, keep)
    worker = Worker()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        write(case, Path(place))
        answer = worker.ask(case, Path(place))
    worker.end()
    print(command("negotiation", *case.words))
    for name, content in case.files:
        print(f"--- {name}: {content[:2000]!r}")
    if answer is not None:
        answer["out"], answer["err"] = answer["out"][:2000], answer["err"][:4000]
    print(json.dumps(answer, indent=1))
    each = list(faults(case, answer))
    for fault in each:
        print(f"{fault.kind}: {fault.seen}")
    return 1 if each else 0


if __name__ == "__main__":
    sys.exit(main())
