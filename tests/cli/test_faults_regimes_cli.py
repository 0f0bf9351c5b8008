"""Faults of the commands that sweep and locate, found by trying: what is printed and written."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from negotiation.cli.console import run

Cli = Callable[..., tuple[int, str, str]]
STANDOFF = ("sweep", "tariff_standoff")
TWO = (*STANDOFF, "--vary", "diversification=0:0.9:4", "--vary", "damage=5,6,8")


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """Run a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(list(arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- W20: what changes comes first ----------------------------------------------------------------


def test_w20_what_changes_is_a_table_and_what_does_not_one_sentence(cli: Cli) -> None:
    code, out, _ = cli(*TWO)
    assert code == 0
    reading = out.partition("What changes along the way:")[2]
    assert reading
    assert "does not change" not in out
    assert "Nearest to" not in out
    first = next(line for line in reading.splitlines() if line)
    assert first.split()[:3] == ["damage", "diversification", "what"]
    unchanged = [line for line in reading.splitlines() if line.startswith("No change of regime")]
    assert len(unchanged) <= 1
    assert len(reading.splitlines()) < 40
    assert max(map(len, reading.splitlines())) <= 80


def test_w20_details_are_there_on_request(cli: Cli) -> None:
    code, out, _ = cli(*STANDOFF, "--vary", "diversification=0:0.2:3")
    assert code == 0
    assert "Nothing changes along the way." in out
    assert "--details" in out
    code, out, _ = cli(*STANDOFF, "--vary", "diversification=0:0.2:3", "--details")
    assert code == 0
    assert "What does not change:" in out
    assert "does not change along diversification" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80


def test_w20_many_changes_are_cut_and_counted(cli: Cli, tmp_path: Path) -> None:
    values = ",".join(f"{k / 10}" for k in range(1, 21))
    code, out, _ = cli(*STANDOFF, "--vary", f"tariff={values}", "--vary", "diversification=0:1:5")
    assert code == 0
    table = out.partition("What changes along the way:")[2].partition("No change of regime")[0]
    assert len(table.splitlines()) < 140
    code, _, err = cli(
        *STANDOFF, "--vary", "tariff=0.1,0.2", "--vary", "diversification=0:1:5", "-o", "r.md"
    )
    assert code == 0
    assert "| diversification | tariff | what | below | above |" in (tmp_path / "r.md").read_text(
        encoding="utf-8"
    )
    assert "wrote r.md" in err


# --- B18: data are not lost for a picture ---------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize(
    ("vary", "plot", "words"),
    [
        (("tariff=0.1:1:9", "diversification=0:1:3"), "u.png", ("at most 8 curves", "tariff=0.1")),
        (("tariff=0.1,0.2", "damage=5,6", "effort=1,2"), "u.png", ("choose e.g. --vary",)),
        (("tariff=0.5",), "u.png", ("one parameter varied over numbers", "choose e.g. --vary")),
        (("tariff=0.1:1:3",), "u.gif", (".png, .svg or .pdf",)),
        (("tariff=0.1:1:3",), "missing/u.png", ("does not exist",)),
    ],
)
def test_b18_the_csv_is_written_whatever_the_plot(
    cli: Cli, tmp_path: Path, vary: tuple[str, ...], plot: str, words: tuple[str, ...]
) -> None:
    # The first of the families has nine values: which axis is drawn along is the first of numbers.
    options = [option for each in reversed(vary) for option in ("--vary", each)]
    code, out, err = cli(*STANDOFF, *options, "-o", "u.csv", "--plot", plot)
    assert code == 2
    assert rows(tmp_path / "u.csv")
    assert "wrote u.csv" in err
    for word in words:
        assert word in err
    assert not (tmp_path / plot).exists()
    code, out, _ = cli(*STANDOFF, *options, "--format", "csv", "--plot", plot)
    assert code == 2
    assert out.startswith(vary[-1].partition("=")[0])


def test_b18_a_drawing_that_fails_leaves_the_csv(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from negotiation.errors import OutputError

    def full(*args: object, **kwargs: object) -> None:
        raise OutputError("u.png cannot be written: No space left on device")

    monkeypatch.setattr("negotiation.report.plots.leverage_plot", full)
    code, _, err = cli(*STANDOFF, "--vary", "tariff=0.1:1:3", "-o", "u.csv", "--plot", "u.png")
    assert code == 2
    assert len(rows(tmp_path / "u.csv")) == 3
    assert "wrote u.csv: 3 rows" in err
    assert "No space left" in err


# --- the rest -------------------------------------------------------------------------------------


@pytest.mark.parametrize("points", ["1000000", "1e9"])
def test_b15_a_dry_run_of_many_points(cli: Cli, points: str) -> None:
    code, out, err = cli(*STANDOFF, "--vary", f"diversification=0:1:{points}", "--dry-run")
    assert (code, err) == (0, "")
    assert out.startswith(f"{int(float(points))} points")
    assert " of memory and " in out


@pytest.mark.full
def test_w5_a_tie_at_an_end_is_printed_as_that(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "ties.py").write_text(
        "from dataclasses import dataclass\n"
        "from negotiation import Model, parameter\n\n\n"
        "@dataclass(frozen=True)\n"
        "class Ties(Model):\n"
        '    """Tied at zero."""\n\n'
        "    d: float = parameter(0.3, low=0, high=1, unit='share', source='test')\n"
        "    players = ('row', 'col')\n"
        "    actions = (('a', 'b'), ('c', 'd'))\n\n"
        "    def payoffs(self):\n"
        "        d = 1.0 * self.d\n"
        "        return {\n"
        "            ('a', 'c'): (3 + 0 * d, 3 - d),\n"
        "            ('a', 'd'): (1 + 0 * d, 3 + 0 * d),\n"
        "            ('b', 'c'): (3 + d, 1 + 0 * d),\n"
        "            ('b', 'd'): (1 + 0 * d, 1 + 0 * d),\n"
        "        }\n",
        encoding="utf-8",
    )
    _, out, _ = cli("threshold", "./ties.py", "--vary", "d=0:1")
    text = " ".join(out.split())
    assert "At d = 0, the lower end of the range, payoffs are exactly tied:" in text
    assert "(at it) a/c" in text
    assert " below, " not in text.partition("What does not change")[0]
    _, out, _ = cli("sweep", "./ties.py", "--vary", "d=0:1:5")
    text = " ".join(out.split())
    assert "At d = 0, the end of the range, payoffs are exactly tied: a/c, a/d, b/c, b/d" in text


@pytest.mark.full
def test_t4_headings_are_the_columns_of_the_csv(cli: Cli, tmp_path: Path) -> None:
    vary = ("--vary", "diversification=0,0.5", "--format")
    _, out, _ = cli(*STANDOFF, *vary, "md")
    heads = [cell.strip() for cell in out.splitlines()[0].strip("|").split("|")]
    _, table, _ = cli(*STANDOFF, *vary, "csv")
    assert set(heads) <= set(table.splitlines()[0].split(","))
    _, out, _ = cli("explain", "canada_us", "welfare_pct_CAN")
    assert "welfare_pct_CAN" in out
    assert cli("explain", "canada_us", "welfare_pct.CAN")[1] == out
