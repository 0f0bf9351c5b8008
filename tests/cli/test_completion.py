"""What the shell offers when Tab is pressed: names that are right, and never an error."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from negotiation.catalogue import load_model
from negotiation.cli import complete
from negotiation.cli.app import app
from negotiation.cli.console import COMPLETION, PROGRAM
from tests.cli import known_names
from tests.docs.commands import every_command
from tests.test_architecture import HEAVY

OWN = '''
from dataclasses import dataclass
from negotiation import Model, parameter

@dataclass(frozen=True)
class Mine(Model):
    """Mine."""

    rate: float = parameter(0.25, low=0, high=1, unit="share")
    mode: str = parameter("slow", choices=("slow", "fast"), name="how.fast")

    players = ("a", "b")
    actions = (("stay", "go"), ("yes", "no"))

raise SystemExit("it is read, never run")
'''


@pytest.fixture
def bash(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Return what bash is told after these words, the last of which is unfinished."""

    def offered(*words: str) -> list[str]:
        monkeypatch.setenv("COMP_WORDS", "\n".join([PROGRAM, *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        monkeypatch.setenv(COMPLETION, "complete_bash")
        command = typer.main.get_command(app)
        offer = functools.partial(command.main, [], prog_name=PROGRAM)
        text, code = complete.answer(offer, os.environ)
        assert code == 0
        return text.split("\n") if text else []

    return offered


Bash = Callable[..., list[str]]


def test_commands_models_and_options(bash: Bash) -> None:
    assert bash("thr") == ["threshold"]
    assert bash("models", "") == ["list", "show", "check", "new"]
    assert {"canada_us", "tariff_standoff"} <= set(bash("solve", ""))
    assert bash("solve", "canada_us", "--conc") == ["--concept"]


def test_parameters_of_the_model_then_their_values(bash: Bash) -> None:
    names = bash("solve", "canada_us", "--set", "")
    assert {each.rstrip("=") for each in names} == set(load_model("canada_us").parameters())
    found = bash("sweep", "tariff_standoff", "--vary", "div")
    assert found == ["diversification=", "diversification=0.3", "diversification=0",
                     "diversification=1"]  # fmt: skip
    assert bash("map", "tariff_standoff", "--vary", "dive") == [
        "diversification=",
        "diversification=0:1",
    ]
    # bash takes the equals sign for a word and replaces what follows it.
    assert bash("solve", "canada_us", "--set", "run", "=") == ["long_run", "short_run"]
    assert bash("solve", "canada_us", "--set", "run", "=", "s") == ["short_run"]
    assert "escalation_rate" in bash("solve", "canada_us", "--fix", "escal")
    assert "'triangular(0.1,0.25,0.5)'" in bash(
        "solve", "canada_us", "--prior", "escalation_rate", "="
    )


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("solve", "canada_us", "--threat", "in"), ["in_force"]),
        (("solve", "canada_us", "--select", "best"), ["best_for_canada", "best_for_us"]),
        (("solve", "canada_us", "--concept", "kal"), ["kalai_smorodinsky"]),
        (("solve", "canada_us", "--design", "s"), ["sobol"]),
        (("solve", "canada_us", "--postures", "tre"), ["treaty_withdrawal"]),
        (("solve", "canada_us", "--duties", "us.k"), ["us.keep="]),
        (("solve", "canada_us", "--format", ""), ["table", "json", "md"]),
        (("tariffs", "canada_us", "--by", "u"), ["uniform"]),
        (("data", "schedules", "us_on_m"), ["us_on_mexico_2026-09-15"]),
        (("explain", "canada_us", "loss"), []),
        (("explain", "canada_us", "ncl.c"), ["ncl.canada"]),
        (("threshold", "canada_us", "--target", "ncl.u"), ["ncl.us="]),
        (("columns", "ncl_s"), ["ncl_status"]),
        (("schema", "so"), ["solve"]),
    ],
)
def test_names(bash: Bash, words: tuple[str, ...], wanted: list[str]) -> None:
    found = bash(*words)
    assert found[: len(wanted)] == wanted if wanted else isinstance(found, list)
    assert all(each.startswith(words[-1]) for each in found)


#: What an option may be given that has names in the package.
COMPLETED = (
    *("--set", "--vary", "--prior", "--fix", "--lever", "--duties", "--postures"),
    *("--threat", "--beside", "--select", "--concept", "--design"),
    *("--when", "--event", "--format"),
)


@pytest.mark.parametrize("words", [words for words, _ in every_command()])
def test_whatever_has_a_name_is_completed_in_every_command(words: str) -> None:
    command = dict(every_command())[words]
    for param in command.params:
        named = "MODEL" in (param.metavar or "") or set(COMPLETED) & set(param.opts)
        assert not named or param._custom_shell_complete is not None, param.opts


def test_a_phrase_is_put_into_quotes_unless_it_is_in_some(bash: Bash) -> None:
    line = ("probability", "canada_us", "--when")
    assert "'the US loses without a deal'" in bash(*line, "the")
    assert bash(*line, '"the US lo') == ["the US loses without a deal"]


def test_a_model_of_ones_own_is_read_and_not_run(
    bash: Bash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(OWN, encoding="utf-8")
    Path("other.txt").touch()
    assert bash("solve", "m") == ["mine.py"]
    assert bash("solve", "mine.py", "--set", "") == ["rate=", "how.fast="]
    assert bash("solve", "mine.py", "--set", "how.fast", "=") == ["slow", "fast"]
    assert bash("probability", "mine.py", "--when", "'a plays s") == ["a plays stay"]


@pytest.mark.parametrize(
    "words",
    [
        ("nothing", ""),
        ("solve", "canada_us", "--set", "=", "="),
        ("solve", "canada_us", "--draws", "x", "--set", "="),
        ("solve", "--set", ""),
        ("solve", "canada_us", "--set", "'"),
    ],
)
def test_what_is_wrong_gives_no_error(
    bash: Bash,
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.py").write_text("class (", encoding="utf-8")
    bash(*words)
    assert bash("solve", "no_model", "--set", "") == []
    assert bash("solve", "broken.py", "--set", "") == []
    assert capfd.readouterr() == ("", "")


def test_an_answer_survives_whatever_goes_wrong() -> None:
    def fails() -> None:
        print("half an answer")
        raise RuntimeError

    assert complete.answer(fails, {}) == ("", 1)
    assert complete.answer(lambda: sys.exit(1), {}) == ("", 1)  # so fish is told of no offers


@pytest.mark.full
def test_the_names_that_are_kept_are_those_of_the_package() -> None:
    remedy = "run python -m tests.cli.known_names"
    assert known_names.PLACE.read_text(encoding="utf-8") == known_names.made(), remedy


def _process(shell: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "negotiation"],
        env={**os.environ, COMPLETION: f"complete_{shell}", **variables},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )


@pytest.mark.full
@pytest.mark.parametrize(
    ("shell", "wanted"),
    [
        ("zsh", '_arguments \'*: :(("diversification_by="'),
        ("fish", "diversification_by="),
        ("powershell", "diversification_by=:::"),
    ],
)
def test_the_other_shells_are_answered_without_anything_heavy(shell: str, wanted: str) -> None:
    done = _process(
        shell,
        _TYPER_COMPLETE_ARGS="negotiation solve canada_us --set diversification_b",
        _TYPER_COMPLETE_WORD_TO_COMPLETE="diversification_b",
        _TYPER_COMPLETE_FISH_ACTION="get-args",
    )
    assert done.stdout.startswith(wanted)
    loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert "negotiation" in loaded
    assert not loaded & set(HEAVY) - {"rich"}  # typer renders help for shells with it


@pytest.mark.full
@pytest.mark.skipif(sys.platform == "win32", reason="bash is not there")
def test_bash_itself_completes(tmp_path: Path) -> None:
    program = tmp_path / PROGRAM
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m negotiation "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    script = (
        "source <(negotiation --show-completion); COMP_WORDS=(negotiation solve canada_us --set "
        'run =); COMP_CWORD=5; _negotiation_completion negotiation; echo "${COMPREPLY[*]}"'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        env={**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == ["long_run", "short_run"], done.stderr
