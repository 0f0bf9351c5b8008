"""Tens of cases of every fuzzer; `python -m tests.fuzz` runs thousands.

B1, B8, B13, B21 and their kinds: a result or one sentence, a documented exit code, no traceback, no
hang, no control character, no file that was not asked for, memory bounded.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tests.fuzz.__main__ import KINDS, ROOT, run, told
from tests.fuzz.cases import Case, generator
from tests.fuzz.judge import faults

#: What a run that is right looks like.
RIGHT: dict[str, Any] = {
    **{"code": 0, "broken": "", "where": "", "out": "x\n", "err": "", "files": ["g.nfg"]},
    **{"seconds": 0.1, "peak": 0},
}
CASE = Case(("game", "g.nfg"), (("g.nfg", b""),))


@pytest.mark.parametrize("kind", KINDS)
def test_a_case_is_made_again_from_its_number(kind: str) -> None:
    for number in range(20):
        one, other = (KINDS[kind].case(generator(kind, 3, number)) for _ in range(2))
        assert one == other
    assert KINDS[kind].case(generator(kind, 4, 0)) != KINDS[kind].case(generator(kind, 5, 0))


@pytest.mark.full
def test_the_fuzzers_run_without_the_settings_of_the_tests() -> None:
    command = [sys.executable, "-m", "tests.fuzz", "games", "--count", "1"]
    done = subprocess.run(
        command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "1 cases of games, seed 0: 0 with a fault" in done.stdout


@pytest.mark.full
@pytest.mark.parametrize(("kind", "count"), [("games", 20), ("trade", 10), ("commands", 10)])
def test_a_few_cases_hold(kind: str, count: int) -> None:
    found = run(kind, range(count), seed=0)
    assert not found, "\n".join(told(kind, 0, found))


@pytest.mark.full
@pytest.mark.parametrize(("kind", "count"), [("games", 300), ("trade", 100), ("commands", 150)])
def test_many_cases_hold(kind: str, count: int) -> None:
    found = run(kind, range(count), seed=1)
    assert not found, "\n".join(told(kind, 1, found))


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"broken": "ValueError: x", "code": None}, "traceback"),
        ({"code": 5, "err": "error: defect"}, "exit code 5"),
        ({"code": 2, "out": "", "err": ""}, "an error without a sentence"),
        ({"code": 2, "err": "error: a\nb\n"}, "an error over several lines"),
        ({"code": 1}, "exit code 1 without a word"),
        ({"out": "", "err": ""}, "success without a result"),
        ({"out": "a\x1b[1m\n"}, "control characters on stdout"),
        ({"code": 2, "err": "error: \u202ea\n"}, "control characters on stderr"),
        ({"files": ["g.nfg", ".tmp123"]}, "files left behind"),
        ({"seconds": 99.0}, "slow"),
        ({"peak": 3 << 30}, "memory"),
    ],
)
def test_what_is_wrong_is_seen(change: dict[str, Any], kind: str) -> None:
    case = Case(("solve", "x"), CASE.files)
    assert not list(faults(case, RIGHT))
    assert [each.kind for each in faults(case, {**RIGHT, **change})] == [kind]


def test_a_run_that_does_not_end_is_seen() -> None:
    assert [each.kind for each in faults(CASE, None)] == ["does not end"]
