"""B13, B17: what a terminal or a spreadsheet would obey is shown, and never lost."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from negotiation.cli.console import run
from negotiation.cli.streams import Progress
from negotiation.games.files.csv_table import read_csv, write_csv
from negotiation.games.game import Game
from negotiation.report.markdown import markdown_table
from negotiation.report.text import text_table
from negotiation.trade import World
from negotiation.words import from_spreadsheet, printable, readable, spreadsheet
from tests.cli.test_bad_input import one_sentence

#: Title of a terminal, colour, C1 control, directions of writing, nothing at all, a tag.
EVIL = (
    "\x1b]0;title\x07", "\x1b[31m", "\x9b31m", "\u202e", "\u2066", "\u200b", "\ufeff", "\x00",
    "\x08", "\x7f", "\r", "\u2028", "\u00ad", "\u3164", "\ufe0f", "\U000e0041", "\ud800",
)  # fmt: skip


def harmless(text: str, keep: str = "\n") -> bool:
    """No control, format, line-separating or surrogate character."""
    return all(c in keep or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl") for c in text)


# --- what is shown --------------------------------------------------------------------------------


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
def test_what_a_terminal_might_obey_is_shown_as_an_escape(evil: str) -> None:
    shown = printable(f"a{evil}b")
    assert shown.isascii()
    assert harmless(shown, "")
    assert shown.startswith("a\\")


@given(st.text())
def test_an_escaped_text_is_harmless_and_says_what_it_was(text: str) -> None:
    shown = printable(text)
    assert harmless(shown, "")
    if not set(text) & {'"', "\\"}:
        assert json.loads(f'"{shown}"') == text


@given(st.text(), st.sampled_from(["ascii", "cp1252", "latin-1", "utf-8"]))
def test_an_escaped_text_fits_the_encoding(text: str, encoding: str) -> None:
    printable(text, encoding=encoding).encode(encoding)


@given(st.recursive(st.text(), lambda each: st.lists(each) | st.dictionaries(st.text(), each)))
def test_escapes_leave_a_json_text_what_it_means(value: object) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    assert json.loads(printable(text, keep="\n", encoding="cp1252")) == value


def test_letters_of_all_languages_are_left_alone() -> None:
    for text in ("Côte d'Ivoire", "日本", "한국", "Österreich", "कनाडा", "ישראל", "€\u00a01\u202f000", "→ – ’"):  # noqa: E501, RUF001  # fmt: skip
        assert printable(text) == text


# --- wherever it comes from -----------------------------------------------------------------------

EVIL_MODEL = '''"""A model whose names a terminal would obey."""
from dataclasses import dataclass
from negotiation import AgreementSet, Model, Talks, parameter

@dataclass(frozen=True)
class Evil(Model):
    a: float = parameter(0.5, low=0, high=1, unit="units\\x1b[31m", source="te\\x9bst")
    mood: str = parameter("=calm", choices=("=calm", "+cross|x"), unit="mood", source="test")
    players = ("x\\x1b]0;title\\x07", "y\\u202ez")
    actions = (("=l\\u200b", "r|"), ("@t", "b$x$"))
    payoff_unit = "dollars\\x1b[0m"
    horizon = "a\\x1b[1myear"
    assumptions = ("none\\x1b[2J",)

    def payoffs(self):
        (l, r), (t, b) = self.actions
        return {(l, t): (-1.0 - self.a, -1.0), (l, b): (-1.0, -2.0),
                (r, t): (-3.0, -1.0), (r, b): (-3.0, -2.0)}

    def talks(self):
        return Talks(self.players, [0.0, 0.0], AgreementSet.money(0.0))
'''
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("models", "show", "evil.py"),
    ("models", "check", "evil.py"),
    ("solve", "evil.py"),
    ("solve", "evil.py", "--format", "md"),
    ("solve", "evil.py", "--format", "json"),
    ("sweep", "evil.py", "--vary", "a=0.1:0.9:3"),
    ("sweep", "evil.py", "--vary", "mood==calm,+cross|x", "--format", "md"),
    ("explain", "evil.py"),
    ("audit", "evil.py"),
    ("credibility", "evil.py", "--draws", "5"),
    ("revealed", "evil.py", "--observed", "r|,@t"),
    ("revealed", "evil.py", "--observed", "x\x1b,y"),
    ("threshold", "evil.py", "--vary", "a=0.1:0.9"),
    ("map", "evil.py", "--vary", "a=0.1:0.9", "--vary", "a=0.1:0.9"),
    ("game", "evil.nfg"),
    ("game", "evil.nfg", "--explain"),
    ("game", "evil.csv"),
    ("game", "evil.nfg", "--format", "json"),
    ("game", "evil\x1b.nfg"),
    ("game", "missing\x1b\u202e.nfg"),
    ("solve", "no\x1bsuch"),
    ("solve", "./no\x1bsuch.py"),
    ("so\x1blve", "x"),
    ("solve", "tariff_standoff", "--set", "ta\x1brif=1"),
    ("solve", "tariff_standoff", "--set", "tariff=\x1b"),
    ("solve", "tariff_standoff", "--se\x1bt", "x"),
    ("solve", "tariff_standoff", "--select", "ru\x1ble"),
    ("solve", "tariff_standoff", "--threat", "no\x1bne"),
    ("solve", "tariff_standoff", "-o", "x\x1b.xls"),
    ("solve", "tariff_standoff", "--quick", "-o", "x\x1b\u202e.json"),
    ("sweep", "tariff_standoff", "--vary", "ta\x1brif=0:1:3"),
    ("data", "check", "evil_trade.csv"),
    ("data", "show", "no\x1bsuch"),
    ("tariffs", "canada_us", "--players", "C\x1bAN"),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evil.py").write_text(EVIL_MODEL, encoding="utf-8")
    game = 'NFG 1 R "t\x1b[31m" { "a\x1b]0;x\x07" "b\u202e" } '
    text = game + '{ { "l\x9b" "r" } { "t\u200b" "b" } } ""\n1 1 0 0 0 0 1 1\n'
    (tmp_path / "evil.nfg").write_text(text, encoding="utf-8")
    (tmp_path / "evil\x1b.nfg").write_text(text, encoding="utf-8")
    (tmp_path / "evil.csv").write_text(
        "a\x1b[1m / b,l,r\nt\u202e,1 1,0 0\nb,0 0,1 1\n", encoding="utf-8"
    )
    rows = [f"{i},{n},g,1,1" for i in ("A\x1b[31m", "B\u202e") for n in ("A\x1b[31m", "B\u202e")]
    (tmp_path / "evil_trade.csv").write_text(
        "\n".join(["origin,destination,sector,intermediate,fin\x1bal", *rows]), encoding="utf-8"
    )
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS, ids=[ascii(" ".join(each)) for each in COMMANDS])
def test_no_escape_sequence_reaches_a_terminal(
    folder: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    code = run(list(command))
    said = capsys.readouterr()
    assert harmless(said.out)
    assert harmless(said.err)
    if code >= 2 and said.err.startswith("error: "):
        one_sentence(said.err)
    assert said.out + said.err


@pytest.mark.parametrize("form", ["md", "txt", "json"])
def test_files_for_people_are_harmless_too(
    folder: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    for command in (["solve", "evil.py"], ["sweep", "evil.py", "--vary", "a=0.1:0.9:3"]):
        assert run([*command, "-o", f"run.{form}"]) == 0
        assert harmless((folder / f"run.{form}").read_text(encoding="utf-8"))
        assert harmless(capsys.readouterr().err)


def test_csv_is_harmless_on_a_terminal_only(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["sweep", "evil.py", "--vary", "a=0.1:0.9:3", "--format", "csv"]
    run(command)
    assert "payoff_x\x1b]0;title\x07" in capsys.readouterr().out, "data are true"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    run(command)
    assert harmless(capsys.readouterr().out)


def test_a_progress_line_is_harmless(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    progress = Progress("sweep \x1b]0;x\x07\nname")
    progress(1, 3)
    assert harmless(capsys.readouterr().err, "\r")


def test_tables_are_aligned_by_what_is_shown() -> None:
    lines = text_table(["name", "n"], [["a\x1b[31m", "1"], ["b", "22"]]).split("\n")
    assert len({len(line) for line in lines}) == 1
    assert "a\\u001b[31m" in lines[2]


def test_a_bar_does_not_begin_a_cell_in_markdown() -> None:
    table = markdown_table(["a|b", "n"], [["x|y\nz", "1"]])
    assert table.split("\n")[0] == r"| a\|b | n |"
    assert table.split("\n")[2] == r"| x\|y z | 1 |"


def test_the_true_text_is_in_what_machines_read(folder: Path) -> None:
    vary = ["--vary", "a=0.1:0.9:3", "--vary", "mood==calm,+cross|x"]
    for form in ("json", "parquet", "nc", "csv"):
        assert run(["sweep", "evil.py", *vary, "-o", f"run.{form}"]) == 0
    column = "payoff_x\x1b]0;title\x07"
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["rows"][0][column] == -1.0 - 0.1 or record["rows"][0][column] < 0
    assert {row["mood"] for row in record["rows"]} == {"=calm", "+cross|x"}
    parquet = pd.read_parquet(folder / "run.parquet")
    assert column in parquet
    assert set(parquet["mood"]) == {"=calm", "+cross|x"}
    with xr.open_dataset(folder / "run.nc", engine="scipy") as data:
        assert list(data["mood"].values) == ["=calm", "+cross|x"]
        named = {each.attrs.get("name", name) for name, each in data.variables.items()}
        assert column in named
        assert data["a"].attrs["units"] == "units\x1b[31m"
    with (folder / "run.csv").open(encoding="utf-8", newline="") as file:
        heads, *rows = list(csv.reader(file))
    assert column in heads
    assert {row[heads.index("mood")] for row in rows} == {"'=calm", "'+cross|x"}


@pytest.mark.parametrize("name", ["float", "a/b", "a ", "-a", "日本", "a\x1b", "état"])
def test_netcdf_has_a_name_for_everything(name: str, tmp_path: Path) -> None:
    from negotiation.report.sweep import _for_netcdf

    path = tmp_path / "run.nc"
    data = xr.Dataset({name: ("x", [1.0, 2.0])}, coords={"x": [0.0, 1.0]})
    _for_netcdf(data).to_netcdf(path, engine="scipy")
    with xr.open_dataset(path, engine="scipy") as back:
        (found,) = back.data_vars.values()
        assert found.attrs.get("name", found.name) == name


# --- spreadsheets ---------------------------------------------------------------------------------

RUN = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|'/c calc'!A1", "\t=1", "\r=1", "-", "+", "-x", "＝1", "-5 %"]  # noqa: E501, RUF001  # fmt: skip
KEPT = ["-1", "+1.5", "-1e-5", "-.5", "-1/3", "-inf", "-Infinity", "1", "a=1", "", "'", "'a", " =1"]


@pytest.mark.parametrize("text", RUN, ids=ascii)
def test_what_a_spreadsheet_would_run_is_disarmed(text: str) -> None:
    assert spreadsheet([text]) == [f"'{text}"]


@pytest.mark.parametrize("text", KEPT)
def test_what_a_spreadsheet_would_not_run_is_left_alone(text: str) -> None:
    assert spreadsheet([text, -1.0, -2, None]) == [text, -1.0, -2, None]


@given(st.text(alphabet="='+-@\t\r1a/.e"))
def test_what_was_disarmed_is_read_back(text: str) -> None:
    (cell,) = spreadsheet([text])
    assert from_spreadsheet(cell) == text
    assert cell[:1] not in "=@\t\r" or not cell


LABELS = ("=a", "'=b", "-1", "'-1", "@x|y", "''+c")


def test_a_payoff_table_is_read_back_with_its_names() -> None:
    players = ("=one", "@two")
    actions = (LABELS[:3], LABELS[3:])
    payoffs = np.arange(18.0).reshape(2, 3, 3) - 7.0
    text = write_csv(Game(players, actions, payoffs))
    for row in csv.reader(io.StringIO(text)):
        assert all(cell[:1] not in "=+@" or not cell for cell in row)
    again = read_csv(text, "x.csv")
    assert (again.players, again.actions) == (players, actions)
    assert np.array_equal(again.payoffs, payoffs)
    assert again.exact is not None
    assert again.exact[0, 0, 0] == Fraction(-7)


def test_a_folder_of_trade_data_is_read_back_with_its_codes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, folder = tmp_path / "flows.csv", tmp_path / "data"
    codes = ("=A", "@B")
    lines = [f"{i},{n},-g,final,{30 if i == n else 2}" for i in codes for n in codes]
    source.write_text("\n".join(["origin,destination,sector,use,value", *lines]), "utf-8")
    run(["data", "import", str(source), "-o", str(folder), "--theta", "4"])
    assert folder.is_dir(), capsys.readouterr().err
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            assert all(
                cell[:1] not in "=+@" or not cell for row in csv.reader(file) for cell in row
            )
    world = World.from_csv(folder)
    assert (world.regions, world.sectors) == (codes, ("-g",))


@pytest.mark.parametrize(
    "command",
    [
        ("sweep", "--vary", "mood==calm,+cross|x"),
        ("threshold", "--vary", "a=0.1:0.9"),
        ("threshold", "--target", "ncl=0"),
    ],
    ids=" ".join,
)
def test_no_command_writes_csv_that_a_spreadsheet_runs(
    folder: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    run([command[0], "evil.py", *command[1:], "--format", "csv"])
    out = capsys.readouterr().out
    rows = list(csv.reader(io.StringIO(out)))
    assert rows
    for row in rows:
        for cell in row:
            assert cell[:1] not in ("=", "@", "\t", "\r")
            if cell[:1] in ("+", "-"):
                float(cell)


def test_every_writer_of_csv_disarms() -> None:
    """A new one must not forget it."""
    import negotiation

    package = Path(negotiation.__file__).parent
    writing: Callable[[str], bool] = lambda text: "csv.writer(" in text or ".to_csv(" in text  # noqa: E731
    texts = {path: path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    writers = [path for path, text in texts.items() if writing(text)]
    assert len(writers) >= 3
    assert not [path.name for path in writers if "spreadsheet(" not in texts[path].replace("(spreadsheet,", "spreadsheet(")]  # noqa: E501  # fmt: skip


def test_a_message_does_not_repeat_a_word_of_thousands_of_letters() -> None:
    told = readable(f"no model is called '{'a' * 5000}'; shipped models are canada_us")
    assert len(told) < 300
    assert "letters)" in told
    assert told.endswith("shipped models are canada_us")
    path = "/tmp/" + "/".join(["folder"] * 30)
    assert readable(f"{path}: cannot be read") == f"{path}: cannot be read"
