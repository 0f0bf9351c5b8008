"""B4, B21, W13, W21 from the command line: one game's failure leaves the others of its folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from negotiation import games
from negotiation.cli.console import run
from negotiation.games.game import Game

Run = Callable[..., tuple[int, str, str]]

GOOD = 'NFG 1 R "good" { "a" "b" } { 2 2 }\n1 1 0 0 0 0 1 1\n'
DOMINATED = 'NFG 1 R "dominated" { "a" "b" } { 80 80 }\n' + " ".join(
    f"{-i} {-j}" for j in range(80) for i in range(80)
)
FORGETFUL = """EFG 2 R "forgetful" { "she" "he" }
p "" 1 1 "same" { "on" "off" } 0
p "" 1 1 0
t "" 1 "" { 1, 0 }
t "" 2 "" { 4, 0 }
t "" 3 "" { 0, 0 }
"""
LARGE = 'NFG 1 R "large" { "a" "b" } { 2 2 }\n1e19 0  0 2  0.5 1.5  2 1\n'


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in a folder of games: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    for name, text in (
        ("a_good.nfg", GOOD),
        ("b_dominated.nfg", DOMINATED),
        ("c_forgetful.efg", FORGETFUL),
        ("d_large.nfg", LARGE),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_b21_a_folder_is_solved_around_what_is_refused(cli: Run) -> None:
    code, out, err = cli("game", ".", "--format", "json")
    good, dominated, large = (json.loads(line) for line in out.splitlines())
    assert code == 4
    assert "c_forgetful.efg: she does not remember" in err
    assert len(good["equilibria"]) == 3
    (one,) = dominated["equilibria"]
    assert dominated["completeness"] == "complete"
    assert one["payoffs"] == [0.0, 0.0]
    assert [own.index(1.0) for own in one["strategies"]] == [0, 0]
    # W13: payoffs of a file are known exactly, so that the set is complete without --exact.
    assert large["completeness"] == "complete"
    code, out, err = cli("game", "d_large.nfg", "--exact", "--format", "json")
    assert len(json.loads(out)["equilibria"]) == len(large["equilibria"])


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (MemoryError("Unable to allocate 29.7 GiB"), 6, "there is not enough memory"),
        (ZeroDivisionError("by zero"), 5, "a defect of negotiation kept this game from"),
    ],
)
def test_b21_what_goes_wrong_with_one_game_is_told_and_the_rest_goes_on(
    cli: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, told: str
) -> None:
    solve = games.solve

    def fails(game: Game, **options: Any) -> Any:
        if game.payoffs.shape[-1] == 80:
            raise error
        return solve(game, **options)

    monkeypatch.setattr(games, "solve", fails)
    got, out, err = cli("game", ".", "--format", "ne")
    assert got == code
    assert told in err
    assert "Traceback" not in err
    assert "# good (a_good.nfg)" in out
    assert "# large (d_large.nfg)" in out


def test_b4_a_file_that_takes_too_long_to_read_is_refused(
    cli: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from negotiation.games.files import table

    ticks = iter(range(0, 10**6, 3))
    monkeypatch.setattr(table, "monotonic", lambda: float(next(ticks)))
    code, out, err = cli("game", "b_dominated.nfg", "--budget", "2")
    assert (code, out) == (4, "")
    assert "was not read within 2 seconds; expected a smaller game, or a larger --budget" in err
