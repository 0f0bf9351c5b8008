"""`negotiation audit`: which pitfalls occur, with a command that shows each."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from negotiation.cli.console import run
from negotiation.errors import InterruptedRunError
from negotiation.study.audit import nearest

Run = Callable[..., tuple[int, str, str]]

PLAIN = ("audit", "tariff_standoff")


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_the_reading(cli: Run) -> None:
    code, out, err = cli(*PLAIN)
    assert (code, err) == (0, "")
    assert max(map(len, out.split("\n"))) <= 80
    lines = out.split("\n")
    assert lines[0] == "tariff_standoff (defaults)"
    assert lines[2].startswith("4 of 9 pitfalls occur here: circumstances, breakdown, enforcement,")
    told = " ".join(out.split())
    assert "3 do not apply to this model" in told
    assert "breakdown: occurs. A move of diversification from 0.3 to 0.4 brings" in told
    assert "Threat point: payoffs at the selected equilibrium of the game" in told


def test_every_command_it_names_works(cli: Run) -> None:
    code, out, _ = cli(*PLAIN, "--set", "diversification=0.2", "--format", "json")
    assert code == 0
    found = json.loads(out)
    commands = {each["command"] for each in found["findings"]}
    assert len(commands) > 3
    for command in commands:
        first, *arguments = command.split()
        assert first == "negotiation"
        assert command.count("diversification=0.2") == 1
        code, _, err = cli(*arguments)
        assert code == 0, (command, err)


def test_markdown_and_files(cli: Run, tmp_path: Path) -> None:
    code, out, err = cli(*PLAIN, "-o", "found.md")
    assert (code, out, err) == (0, "", "wrote found.md\n")
    text = (tmp_path / "found.md").read_text(encoding="utf-8")
    assert "| pitfall | verdict | by how much |" in text
    assert "`negotiation solve tariff_standoff`" in text


def test_what_is_not_certified_is_said(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(
        '''"""A model without payoffs."""
from dataclasses import dataclass

from negotiation import Model, parameter


@dataclass(frozen=True)
class Broken(Model):
    """Nothing is known."""

    theta: float = parameter(0.2, low=0, high=1, unit="share", source="test", lever_of="a")
    players = ("a", "b")
    actions = (("x",), ("x",))

    def payoffs(self):
        return {("x", "x"): (float("nan"), 0.0)}
''',
        encoding="utf-8",
    )
    code, out, err = cli("audit", "broken.py")
    assert code == 1
    assert err.startswith("warning: not solved")
    assert "Do not rely on this result" in out
    assert "0 of 0 pitfalls occur here" in out


def test_control_c_says_how_far_it_was(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(nearest, "nearest_threshold", interrupt)
    code, out, err = cli(*PLAIN)
    assert (code, out) == (InterruptedRunError.exit_code, "")
    assert err == "interrupted at 11 of 12 checks; nothing was written\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--set", "tarif=1"), "did you mean 'tariff'"),
        (("--format", "jsn"), "did you mean 'json'"),
        (("-o", "found.csv"), "is written as .json, .md, .html, .xlsx or .txt"),
        (("--select", "paretto"), "did you mean 'pareto'"),
    ],
)
def test_wrong_use(cli: Run, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = cli(*PLAIN, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert said in err
