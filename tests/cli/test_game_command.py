"""`negotiation game`: what it prints of good files, bad files and whole folders."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation.cli.console import run
from negotiation.games.files import read
from tests.leftovers import ended

Run = Callable[..., tuple[int, str, str]]

STANDARD = """NFG 1 R "Whose standard?" { "canada" "us" }
{ { "own" "adopt" } { "own" "adopt" } }
0 0 1 2 2 1 0 0
"""
TIES = """canada,us,payoff_canada,payoff_us
hold,cut,1,1/3
hold,impose,1,1/3
yield,cut,0.5,2
yield,impose,1,0
"""
ENTRY = """EFG 2 R "Entry" { "entrant" "incumbent" }
p "" 1 1 "" { "out" "in" } 0
t "" 1 "" { 0 2 }
p "" 2 1 "" { "fight" "yield" } 0
t "" 2 "" { -1 -1 }
t "" 3 "" { 1 1 }
"""
PENNIES = """EFG 2 R "Pennies" { "A" "B" }
p "" 1 1 "" { "H" "T" } 0
p "" 2 1 "" { "h" "t" } 0
t "" 1 "" { 1 -1 }
t "" 2 "" { -1 1 }
p "" 2 1 0
t "" 2
t "" 1
"""
BAD = 'NFG 1 R "Bad" { "A" "B" } { 1 1 }\n1 x'


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five games, of which one is broken."""
    inside = tmp_path / "games"
    inside.mkdir()
    for name, text in {
        "a.csv": TIES,
        "b.nfg": BAD,
        "c.efg": ENTRY,
        "d.nfg": STANDARD,
        "e.efg": PENNIES,
        "notes.txt": "no game",
    }.items():
        (inside / name).write_text(text)
    return inside


# --- one game -------------------------------------------------------------------------------------


def test_a_game_to_be_read(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "standard.nfg").write_text(STANDARD)
    code, out, err = cli("game", "standard.nfg")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "Whose standard? (standard.nfg)"
    assert lines[1] == "Strategic game of canada (2 actions), us (2 actions)"
    assert "These are all 3 equilibria." in lines
    assert "66.67% own" in out
    assert "33.33% adopt" in out
    rows = [line.split() for line in lines if line[:1].isdigit()]
    assert [row[0] for row in rows] == ["1", "2", "3"]
    pure = sorted(row[1:5] for row in rows if not row[1].endswith("%"))
    assert pure == [["adopt", "own", "1", "2"], ["own", "adopt", "2", "1"]]
    assert all(len(line) <= 80 for line in lines)
    assert not any(line != line.rstrip() for line in lines)


def test_a_game_as_json_has_what_is_documented(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "standard.nfg").write_text(STANDARD)
    code, out, err = cli("game", "standard.nfg", "--format", "json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert {name: found[name] for name in found if name != "equilibria"} == {
        "file": "standard.nfg",
        "format": "nfg",
        "title": "Whose standard?",
        "comment": "",
        "players": ["canada", "us"],
        "actions": [["own", "adopt"], ["own", "adopt"]],
        "complete": True,
        "completeness": "complete",
        "degenerate": False,
    }
    assert len(found["equilibria"]) == 3
    game = read("standard.nfg").game
    for each in found["equilibria"]:
        assert set(each) == {"strategies", "payoffs", "regret", "component", "method"}
        strategies = [np.array(own) for own in each["strategies"]]
        assert game.regret(strategies) <= 1e-12
        assert each["payoffs"] == pytest.approx(game.expected(strategies))
        assert 0 <= each["regret"] <= 1e-9
    assert len({each["component"] for each in found["equilibria"]}) == 3


def test_exact_numbers_are_fractions(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "standard.nfg").write_text(STANDARD)
    found = json.loads(cli("game", "standard.nfg", "--exact", "--format", "json")[1])
    mixed = [each for each in found["equilibria"] if each["strategies"][0][0] not in ("0", "1")]
    assert [each["strategies"] for each in mixed] == [[["2/3", "1/3"], ["2/3", "1/3"]]]
    assert mixed[0]["payoffs"] == ["2/3", "2/3"]
    table = cli("game", "standard.nfg", "--exact")[1]
    assert "2/3 own" in table
    assert "1/3 adopt" in table


def test_ne_lines_are_those_of_gambit(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "standard.nfg").write_text(STANDARD)
    code, out, err = cli("game", "standard.nfg", "--exact", "--format", "ne")
    assert (code, err) == (0, "")
    assert sorted(out.splitlines()) == ["NE,0,1,1,0", "NE,1,0,0,1", "NE,2/3,1/3,2/3,1/3"]
    floats = cli("game", "standard.nfg", "--format", "ne")[1].splitlines()
    values = sorted([float(q) for q in line.split(",")[1:]] for line in floats)
    assert values[1] == pytest.approx([2 / 3, 1 / 3, 2 / 3, 1 / 3], abs=1e-15)
    assert "NE,1,0,0,1" in floats


def test_a_degenerate_game_says_what_is_connected(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "ties.csv").write_text(TIES)
    code, out, _ = cli("game", "ties.csv")
    assert code == 0
    assert "The game is degenerate: these are all 2 extreme equilibria, in 1 component." in out
    found = json.loads(cli("game", "ties.csv", "--format", "json", "--exact")[1])
    assert (found["degenerate"], found["complete"], found["title"]) == (True, True, "")
    assert [each["component"] for each in found["equilibria"]] == [0, 0]
    assert found["equilibria"][0]["payoffs"] == ["1", "1/3"]


def test_a_tree_shows_what_is_subgame_perfect(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "entry.efg").write_text(ENTRY)
    code, out, err = cli("game", "entry.efg")
    assert (code, err) == (0, "")
    assert "Extensive game with perfect information of entrant" in out
    assert "Backward induction: this is the only subgame-perfect equilibrium" in out
    assert "It pays entrant 1, incumbent 1" in out
    choices = [line.split() for line in out.splitlines() if line.endswith(("yes", "no"))]
    assert choices == [["entrant", "1", "in", "yes"], ["incumbent", "1", "yield", "yes"]]
    assert out.count("subgame perfect") == 1, "only one of the equilibria is marked"

    found = json.loads(cli("game", "entry.efg", "--format", "json", "--exact")[1])
    assert found["subgame_perfect"] == {
        "complete": True,
        "equilibria": [
            {
                "payoffs": ["1", "1"],
                "choices": [
                    {
                        "player": "entrant",
                        "information_set": "1",
                        "action": "in",
                        "reached": True,
                    },
                    {
                        "player": "incumbent",
                        "information_set": "1",
                        "action": "yield",
                        "reached": True,
                    },
                ],
            }
        ],
    }
    marked = [each for each in found["equilibria"] if each["subgame_perfect"]]
    assert [each["strategies"] for each in marked] == [[["0", "1"], ["0", "1"]]]
    assert len(found["equilibria"]) > 1, "the threat to fight is an equilibrium, not a perfect one"


def test_imperfect_information_is_solved_by_its_normal_form(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "pennies.efg").write_text(PENNIES)
    code, out, _ = cli("game", "pennies.efg")
    assert code == 0
    assert "Extensive game with imperfect information" in out
    assert "Backward induction" not in out
    assert "This is the only equilibrium." in out
    found = json.loads(cli("game", "pennies.efg", "--format", "json")[1])
    assert "subgame_perfect" not in found
    assert found["equilibria"][0]["strategies"] == [[0.5, 0.5], [0.5, 0.5]]


@pytest.mark.full
def test_a_tree_too_large_for_a_normal_form_is_solved_all_the_same(
    cli: Run, tmp_path: Path
) -> None:
    odds = " ".join(f'"{k}" 1/40' for k in range(40))
    moves = "".join(
        f'p "" 1 {k} "" {{ "a" "b" }} 0\nt "" {2 * k} "" {{ {k} 0 }}\nt "" 0\n'
        for k in range(1, 41)
    )
    (tmp_path / "large.efg").write_text(
        f'EFG 2 R "" {{ "A" "B" }}\nc "" 1 "" {{ {odds} }} 0\n{moves}'
    )
    code, out, err = cli("game", "large.efg")
    assert (code, err) == (0, "")
    assert "It pays A 20.5, B 0" in out
    assert "16 more choices are in --format json" in out
    assert "The strategic game was not solved: large.efg: A has 40 information sets" in out
    found = json.loads(cli("game", "large.efg", "--format", "json")[1])
    assert (found["complete"], found["equilibria"], found["actions"]) == (False, [], None)
    assert "expected a smaller tree" in found["note"]
    assert len(found["subgame_perfect"]["equilibria"][0]["choices"]) == 40


def test_a_rule_marks_one_equilibrium(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "standard.nfg").write_text(STANDARD)
    for rule, actions in (("best_for_us", [[0, 1], [1, 0]]), ("best_for_canada", [[1, 0], [0, 1]])):
        found = json.loads(cli("game", "standard.nfg", "--select", rule, "--format", "json")[1])
        chosen = [each["strategies"] for each in found["equilibria"] if each["selected"]]
        assert chosen == [actions]
        assert cli("game", "standard.nfg", "--select", rule)[1].count("<- selected") == 1
    code, out, err = cli("game", "standard.nfg", "--select", "best_for_uss")
    assert (code, out) == (2, "")
    assert err.startswith("error: standard.nfg: selection rule 'best_for_uss' is unknown (did you")


def test_an_explanation_says_what_deviating_would_cost(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "standard.nfg").write_text(STANDARD)
    out = cli("game", "standard.nfg", "--explain")[1]
    assert [f"Why {k} is an equilibrium" in out for k in (1, 2, 3, 4)] == [True] * 3 + [False]
    found = json.loads(cli("game", "standard.nfg", "--explain", "--format", "json")[1])
    for each in found["equilibria"]:
        assert each["explanation"]
        for own, pays, paid in zip(
            each["strategies"], each["action_payoffs"], each["payoffs"], strict=True
        ):
            assert max(pays) == pytest.approx(paid)
            assert np.dot(own, pays) == pytest.approx(paid)


# --- folders --------------------------------------------------------------------------------------


def test_a_folder_goes_on_after_a_bad_file(cli: Run, folder: Path) -> None:
    code, out, err = cli("game", "games")
    assert code == 4
    assert err == (
        "error: games/b.nfg, line 2, column 3: found 'x'; expected payoff 2 of 2 payoffs, "
        "2 at each of 1 profiles\n"
    )
    heads = [line for line in out.splitlines() if line.endswith(("fg)", "games/a.csv"))]
    assert heads == [
        "games/a.csv",
        "Entry (games/c.efg)",
        "Whose standard? (games/d.nfg)",
        "Pennies (games/e.efg)",
    ]
    assert not out.endswith("\n\n")


def test_a_folder_as_json_is_one_object_to_a_line(cli: Run, folder: Path) -> None:
    code, out, _ = cli("game", "games", "--format", "json")
    assert code == 4
    records = [json.loads(line) for line in out.splitlines()]
    assert [Path(each["file"]).name for each in records] == ["a.csv", "c.efg", "d.nfg", "e.efg"]
    one = json.loads(cli("game", "games/d.nfg", "--format", "json")[1])
    assert records[2] == one, "a game in a folder is solved as on its own"


def test_a_folder_as_ne_names_each_game(cli: Run, folder: Path) -> None:
    out = cli("game", "games", "--format", "ne")[1].splitlines()
    assert [line for line in out if line.startswith("#")] == [
        "# games/a.csv",
        "# Entry (games/c.efg)",
        "# Whose standard? (games/d.nfg)",
        "# Pennies (games/e.efg)",
    ]
    assert out[-1] == "NE,0.5,0.5,0.5,0.5"


def test_several_files_are_solved_in_the_order_given(cli: Run, folder: Path) -> None:
    code, out, err = cli("game", "games/d.nfg", "games/a.csv", "--format", "json")
    assert (code, err) == (0, "")
    assert [json.loads(line)["format"] for line in out.splitlines()] == ["nfg", "csv"]


def test_output_is_written_whole(cli: Run, folder: Path, tmp_path: Path) -> None:
    code, out, err = cli("game", "games", "-o", "solved.jsonl")
    assert (code, out) == (4, "")
    assert err.endswith("wrote solved.jsonl: 4 of 5 games\n")
    written = (tmp_path / "solved.jsonl").read_text().splitlines()
    assert [json.loads(line)["format"] for line in written] == ["csv", "efg", "nfg", "efg"]
    assert cli("game", "games/d.nfg", "-o", "one.txt")[0] == 0
    assert (tmp_path / "one.txt").read_text() == cli("game", "games/d.nfg")[1]
    cli("game", "games/d.nfg", "-o", "one.ne", "--exact")
    assert (tmp_path / "one.ne").read_text().count("NE,") == 3
    assert cli("game", "games/b.nfg", "-o", "none.json")[0] == 4
    assert not (tmp_path / "none.json").exists()


REFUSED: list[tuple[tuple[str, ...], int, str]] = [
    (("nothing.nfg",), 4, "nothing.nfg does not exist; expected a game file"),
    (("empty",), 4, "empty has no game file in it; expected files ending in .nfg, .efg, .csv"),
    (("games/notes.txt",), 4, "games/notes.txt: not known as a game"),
    (("games/d.nfg", "--format", "csv"), 2, "format 'csv' is unknown"),
    (("games/d.nfg", "--budget", "-1"), 2, "a budget of -1.0 was given"),
    (("games/d.nfg", "--budget", "nan"), 2, "a budget of nan was given"),
    (("games/d.nfg", "-o", "x.pdf"), 2, "x.pdf ends in '.pdf'"),
    (("games/d.nfg", "-o", "x.ne", "--format", "json"), 2, "--format json contradicts x.ne"),
    (("games/d.nfg", "-o", "no/x.ne"), 2, "folder no does not exist"),
    (("games", "-o", "x.json"), 2, "x.json cannot hold several games; use .jsonl"),
    ((), 2, "Missing argument"),
]


@pytest.mark.parametrize(("arguments", "code", "said"), REFUSED)
def test_what_cannot_be_done_is_said_in_one_sentence(
    cli: Run, folder: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    (tmp_path / "empty").mkdir()
    got, out, err = cli("game", *arguments)
    assert (got, out) == (code, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert said in err
    assert not err.rstrip().endswith(".")


def test_a_tree_for_one_player_needs_no_opponent(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "one.efg").write_text(
        'EFG 2 R "" { "A" } p "" 1 1 "" { "x" "y" } 0 t "" 1 "" { 1 } t "" 2 "" { 2 }'
    )
    code, out, err = cli("game", "one.efg")
    assert (code, err) == (0, "")
    assert "It pays A 2" in out
    assert "there is 1 player; a game in strategic form takes at least two" in out.replace(
        "\n", " "
    )


def test_labels_reach_the_output_as_they_are(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "québec.nfg").write_text(
        'NFG 1 R "Été \\"[bold]\\"" { "Québec" "B" } { { "<x>" } { "{y}" } } 1 2', encoding="utf-8"
    )
    out = cli("game", "québec.nfg")[1]
    for text in ('Été "[bold]" (québec.nfg)', "Québec", "<x>", "{y}"):
        assert text in out
    found = json.loads(cli("game", "québec.nfg", "--format", "json")[1])
    assert found["actions"] == [["<x>"], ["{y}"]]


# --- as a process ---------------------------------------------------------------------------------


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "negotiation", "game", *arguments]


@pytest.mark.full
@pytest.mark.skipif(os.name == "nt", reason="no SIGINT to send")
def test_results_come_as_they_are_found_and_an_interrupt_keeps_them(
    folder: Path, tmp_path: Path
) -> None:
    """The last game is slow to solve: what came before it is there already."""
    generator = np.random.default_rng(0)
    numbers: Any = generator.integers(-(10**6), 10**6, size=2 * 60 * 60)
    text = f'NFG 1 R "slow" {{ "A" "B" }} {{ 60 60 }} {" ".join(map(str, numbers))}'
    (folder / "b.nfg").unlink()
    (folder / "z.nfg").write_text(text)
    running = subprocess.Popen(
        command("games", "--format", "json", "--budget", "600"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    with ended(running):
        assert running.stdout is not None
        first = [running.stdout.readline() for _ in range(4)]
        assert [Path(json.loads(line)["file"]).name[0] for line in first] == ["a", "c", "d", "e"]
        assert running.poll() is None, "the slow game was not slow: make it larger"
        time.sleep(0.5)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=120)
    assert running.returncode == 130
    assert out == ""
    assert err == "interrupted after 4 of 5 games; what was printed is complete\n"


def test_a_reader_that_leaves_is_no_error(folder: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m negotiation game games --format json 2>err | head -n 1",
        shell=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["format"] == "csv"
    assert "Traceback" not in (tmp_path / "err").read_text()


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom negotiation.cli.console import run\n"
        "try:\n    run(['game', '--help'])\nexcept SystemExit:\n    pass\n"
        "assert not {'numpy', 'pandas', 'scipy', 'nashpy'} & set(sys.modules), 'heavy'"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "negotiation game talks.nfg" in done.stdout


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0,
    reason="whoever may do anything can read any folder",
)
def test_a_folder_that_may_not_be_read(cli: Run, folder: Path) -> None:
    folder.chmod(0)
    try:
        code, out, err = cli("game", "games")
    finally:
        folder.chmod(stat.S_IRWXU)
    assert (code, out) == (4, "")
    assert err == "error: games cannot be read: Permission denied\n"


def test_exact_values_survive_the_whole_way(cli: Run, tmp_path: Path) -> None:
    """Payoffs a float cannot tell apart decide which action is better."""
    (tmp_path / "close.nfg").write_text(
        'NFG 1 R "" { "A" "B" } { 2 1 } 1.00000000000000000000000000000001 0 1 0'
    )
    found = json.loads(cli("game", "close.nfg", "--exact", "--format", "json")[1])
    (only,) = found["equilibria"]
    assert only["strategies"] == [["1", "0"], ["1"]]
    assert Fraction(only["payoffs"][0]) == 1 + Fraction(1, 10**32)
