"""What is wrong is said in one sentence, with the right exit code, and leaves nothing behind."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from negotiation.catalogue import find
from negotiation.cli.console import run
from tests.leftovers import ended, wait_for

Refuse = Callable[..., str]

SWEEP = ("sweep", "tariff_standoff", "--vary", "diversification=0.1:0.9:5")
SOLVE = ("solve", "tariff_standoff")


def listing(folder: Path) -> list[str]:
    """Everything in a folder, hidden files too, but for what Python writes beside modules."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if "__pycache__" not in path.parts
    )


def one_sentence(err: str) -> str:
    assert err.startswith("error: "), err
    assert err.endswith("\n")
    assert err.count("\n") == 1, f"more than one line: {err}"
    assert "Traceback" not in err
    sentence = err.removeprefix("error: ").strip()
    assert not sentence.endswith((".", ":", ";", ","))
    assert "  " not in sentence
    return sentence


@pytest.fixture
def refuse(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Refuse:
    """Run a command that must fail in a known way; return its sentence."""
    monkeypatch.chdir(tmp_path)

    def call(code: int, *arguments: str) -> str:
        before = listing(tmp_path)
        got = run(list(arguments))
        said = capsys.readouterr()
        assert got == code, said.err
        assert said.out == ""
        assert listing(tmp_path) == before, "something was left behind"
        return one_sentence(said.err)

    return call


# --- wrong use: 2 ---------------------------------------------------------------------------------

WRONG_USE: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
    # models
    (("solve", "canada_uss"), ("'canada_uss'", "did you mean 'canada_us'")),
    (("solve", "nothing_like_it"), ("'nothing_like_it'", "canada_us, tariff_standoff")),
    (("solve", "nowhere/model.py"), ("nowhere/model.py", "expected")),
    (("solve", "."), ("expected a folder with a model.py",)),
    (("solve", ""), ("shipped models are",)),
    (("sweep", "canadaus", "--vary", "x=0:1:3"), ("did you mean 'canada_us'",)),
    (("models", "show", "tarif_standoff"), ("did you mean 'tariff_standoff'",)),
    (("models", "check", "tarif_standoff"), ("did you mean 'tariff_standoff'",)),
    (("models", "new", "two words"), ("'two words'", "letters, digits and underscores")),
    (("models", "new", "a/b"), ("'a/b'",)),
    (("models", "new", "__"), ("'__'",)),
    # parameters
    ((*SOLVE, "--set", "diversificaton=0.2"), ("'diversificaton'", "did you mean 'diversifi")),
    (
        ("solve", "canada_us", "--set", "diversification.auto=0.2"),
        ("did you mean 'diversification.autos'",),
    ),
    ((*SOLVE, "--set", "diversification=1.5"), ("1.5", "[0, 1]", "share of exports")),
    ((*SOLVE, "--set", "tariff=-0.1"), ("tariff is -0.1", "[0, 2]")),
    (("solve", "canada_us", "--set", "diversification=1"), ("is 1;", "[0, 1)")),
    ((*SOLVE, "--set", "tariff=nan"), ("tariff is nan",)),
    ((*SOLVE, "--set", "exports=inf"), ("exports is inf", "number")),
    ((*SOLVE, "--set", "tariff=high"), ("'high'", "expected a number")),
    ((*SOLVE, "--set", "tariff=0,25"), ("'0,25'", "expected a number")),
    (("solve", "canada_us", "--set", "elasticities=centrl"), ("did you mean 'central'",)),
    (("solve", "canada_us", "--set", "elasticities=3"), ("'3'", "central, low, high")),
    (("solve", "canada_us", "--set", "markets=MEX+GBX"), ("'GBX'", "GBR")),
    ((*SOLVE, "--set", "tariff"), ("'tariff'", "--set name=value")),
    ((*SOLVE, "--set", "tariff="), ("'tariff='", "--set name=value")),
    ((*SOLVE, "--set", "=1"), ("'=1'", "--set name=value")),
    ((*SOLVE, "--set", "tariff=0.1", "--set", "tariff=0.2"), ("tariff is set twice",)),
    ((*SOLVE, "--select", "best_for_me"), ("'best_for_me'", "best_for_exporter")),
    # axes
    (("sweep", "tariff_standoff", "--vary", "tariff"), ("'tariff'", "e.g.")),
    (("sweep", "tariff_standoff", "--vary", "tariff=0:1"), ("'tariff=0:1'", "e.g.")),
    (("sweep", "tariff_standoff", "--vary", "tariff=0:1:2:3"), ("'tariff=0:1:2:3'", "e.g.")),
    (("sweep", "tariff_standoff", "--vary", "tariff=0:1:some"), ("'tariff=0:1:some'", "e.g.")),
    (("sweep", "tariff_standoff", "--vary", "tariff=0:1:1"), ("at least 2",)),
    (("sweep", "tariff_standoff", "--vary", "tariff=0:inf:3"), ("inf",)),
    (("sweep", "tariff_standoff", "--vary", "tariff=0:nan:3"), ("nan",)),
    (("sweep", "tariff_standoff", "--vary", "tariff=0.1,,0.2"), ("empty value",)),
    (("sweep", "tariff_standoff", "--vary", "tariff=0.1,0.1"), ("twice",)),
    (("sweep", "tariff_standoff", "--vary", "tariff=0.1,high"), ("'high'", "numbers")),
    (("sweep", "tariff_standoff", "--vary", "tariff=0:3:4"), ("tariff is 3", "[0, 2]")),
    (("sweep", "tariff_standoff", "--vary", "tarif=0:1:3"), ("did you mean 'tariff'",)),
    (("sweep", "canada_us", "--vary", "elasticities=low,hihg"), ("did you mean 'high'",)),
    (("sweep", "tariff_standoff", "--vary", "tariff=0:1:99999999"), ("at most",)),
    ((*SWEEP, "--vary", "diversification=0.5,0.6"), ("varied twice",)),
    ((*SWEEP, "--set", "diversification=0.5"), ("both set and varied",)),
    ((*SWEEP, "--set", "diversification=0.5", "-o", "run.csv"), ("both set and varied",)),
    ((*SWEEP, "--select", "best_for_me", "-o", "run.csv"), ("'best_for_me'",)),
    # formats
    ((*SOLVE, "--format", "jsn"), ("'jsn'", "did you mean 'json'")),
    ((*SWEEP, "--format", "xml"), ("'xml'", "table, json, md, html, csv")),
    (("models", "list", "--format", "csv"), ("'csv'", "table, json")),
    ((*SOLVE, "-o", "point.csv"), ("point.csv", ".json, .md, .html, .xlsx or .txt")),
    ((*SOLVE, "-o", "point"), ("point",)),
    ((*SWEEP, "-o", "run.xls"), (".xls", ".parquet")),
    ((*SWEEP, "-o", "run"), (".json, .md, .html, .csv",)),
    ((*SWEEP, "--plot", "run.gif"), (".gif", ".png, .svg or .pdf")),
    ((*SWEEP, "--plot", "run"), (".png, .svg or .pdf",)),
    # places
    ((*SOLVE, "-o", "missing/point.json"), ("missing/point.json", "does not exist")),
    ((*SWEEP, "-o", "missing/run.csv"), ("missing/run.csv", "does not exist")),
    ((*SWEEP, "--plot", "missing/run.png"), ("missing/run.png", "does not exist")),
    ((*SWEEP, "-o", "folder.csv"), ("folder.csv is a folder",)),
    ((*SOLVE, "-o", "folder.json"), ("folder.json is a folder",)),
    ((*SWEEP, "--plot", "folder.png"), ("folder.png is a folder",)),
    ((*SWEEP, "-o", "a_file/run.csv"), ("a_file/run.csv", "cannot be written")),
    ((*SWEEP, "--plot", "a_file/run.png"), ("a_file/run.png", "cannot be written")),
    # plots
    (
        ("sweep", "canada_us", "--vary", "elasticities=low,high", "--plot", "run.png"),
        ("plot needs one parameter varied over numbers", "elasticities"),
    ),
    (
        ("sweep", "tariff_standoff", "--vary", "tariff=0.5", "--plot", "run.png"),
        ("plot needs one parameter varied over numbers",),
    ),
    (
        (*SWEEP, "--vary", "tariff=0.1,0.2", "--vary", "damage=5,6", "--plot", "run.png"),
        ("at most one more",),
    ),
    ((*SWEEP, "--vary", "tariff=0.1:1:9", "--plot", "run.png"), ("at most 8 curves", "tariff")),
    # the command line itself
    (("solve",), ("'MODEL'", "--help")),
    (("sweep", "tariff_standoff"), ("'--vary'", "--help")),
    (("slove", "tariff_standoff"), ("'slove'", "--help")),
    (("models", "shw"), ("'shw'", "--help")),
    ((*SOLVE, "--frmat", "json"), ("--frmat", "--help")),
    ((*SOLVE, "--format"), ("'--format' requires an argument",)),
    ((*SOLVE, "extra"), ("extra", "--help")),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG_USE, ids=[" ".join(a) for a, _ in WRONG_USE])
def test_wrong_use(
    refuse: Refuse, tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    for name in ("folder.csv", "folder.json", "folder.png"):
        (tmp_path / name).mkdir()
    (tmp_path / "a_file").write_text("not a folder", encoding="utf-8")
    sentence = refuse(2, *arguments)
    for word in words:
        assert word in sentence


def test_a_bare_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["models"]):
        assert run(arguments) == 2
        said = capsys.readouterr()
        assert "Usage: negotiation" in said.out + said.err
        assert "error:" not in said.err


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_folder_without_permission(refuse: Refuse, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    try:
        assert "permission denied" in refuse(2, *SWEEP, "-o", "locked/run.csv")
    finally:
        locked.chmod(0o700)


def test_work_is_refused_before_it_is_done(refuse: Refuse, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*args: object, **kwargs: object) -> None:
        raise AssertionError("worked first, refused later")

    monkeypatch.setattr("negotiation.execution.carry_out", never)
    monkeypatch.setattr("negotiation.study.points.evaluate", never)
    refuse(2, *SWEEP, "-o", "missing/run.csv")
    refuse(2, *SWEEP, "--plot", "missing/run.png")
    refuse(2, *SWEEP, "--format", "xml")


# --- missing extras: 3 ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("library", "option", "file"),
    [("matplotlib", "--plot", "run.png"), ("pyarrow", "-o", "run.parquet")],
)
def test_a_missing_extra_is_told_with_the_command(
    refuse: Refuse,
    monkeypatch: pytest.MonkeyPatch,
    library: str,
    option: str,
    file: str,
) -> None:
    find_spec = importlib.util.find_spec

    def without(name: str, package: str | None = None) -> object:
        return None if name.partition(".")[0] == library else find_spec(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    sentence = refuse(3, *SWEEP, option, file)
    assert library in sentence
    assert file in sentence
    assert sentence.endswith(f"run: {sys.executable} -m pip install {library}")


# --- broken models and data: 4 --------------------------------------------------------------------

HEAD = '''"""A model."""
from dataclasses import dataclass
import numpy as np
from negotiation import AgreementSet, Model, Quantity, Talks, parameter
'''
CLASS = """
@dataclass(frozen=True)
class Thing(Model):
    a: float = parameter(0.5, low=0, high=1, unit="units", source="test")
    players = ("x", "y")
    actions = (("l", "r"), ("t", "b"))
"""
PAYOFFS = """
    def payoffs(self):
        low = -1.0 - self.a
        return {("l", "t"): (low, -1.0), ("l", "b"): (low, -2.0),
                ("r", "t"): (-3.0, -1.0), ("r", "b"): (-3.0, -2.0)}
"""

BROKEN: dict[str, tuple[str, str]] = {
    "syntax": ("def x(:\n", "line 1"),
    "import": ("import nowhere_to_be_found\n", "line 1: ModuleNotFoundError"),
    "no model": ("x = 1\n", "0 models"),
    "two models": (HEAD + CLASS + CLASS.replace("Thing", "Other"), "2 models"),
    "no dataclass": (HEAD + CLASS.replace("@dataclass(frozen=True)", ""), "@dataclass"),
    "bytes": ("x = '\xff'\n", ""),
    "no payoffs": (HEAD + CLASS, "payoffs"),
    "missing profile": (
        HEAD + CLASS + '    def payoffs(self):\n        return {("l", "t"): (1.0, 1.0)}\n',
        "l/b",
    ),
    "raising payoffs": (HEAD + CLASS + "    def payoffs(self):\n        return 1 / 0\n", "line 12"),
    "raising talks": (
        HEAD + CLASS + PAYOFFS + "    def talks(self):\n        return self.nothing\n",
        "nothing",
    ),
    "a parameter called as a method": (
        HEAD
        + CLASS.replace(
            "    players", '    name: float = parameter(1.0, unit="u", source="t")\n    players'
        )
        + PAYOFFS,
        "name",
    ),
    "raising outcomes": (
        HEAD + CLASS + PAYOFFS + "    def outcomes(self):\n        return {}['nothing']\n",
        "nothing",
    ),
    "talks that are none": (
        HEAD + CLASS + PAYOFFS + "    def talks(self):\n        return 3\n",
        "",
    ),
    "not for arrays": (
        HEAD + CLASS + PAYOFFS.replace("-1.0 - self.a", "-1.0 if self.a > 0.2 else -2.0"),
        "",
    ),
    "wrong shape": (HEAD + CLASS + "    def payoffs(self):\n        return np.zeros(3)\n", "shape"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_model_file(refuse: Refuse, tmp_path: Path, name: str) -> None:
    path = tmp_path / "thing.py"
    source, words = BROKEN[name]
    path.write_bytes(source.encode("latin-1"))
    if name != "not for arrays":  # a point works
        assert words in refuse(4, "solve", str(path))
    sentence = refuse(4, "sweep", str(path), "--vary", "a=0.1,0.9", "-o", "run.csv")
    assert words in sentence


@pytest.mark.parametrize("name", ["raising payoffs", "raising talks", "no payoffs", "syntax"])
def test_a_broken_model_file_is_named(refuse: Refuse, tmp_path: Path, name: str) -> None:
    path = tmp_path / "thing.py"
    path.write_text(BROKEN[name][0], encoding="utf-8")
    assert "thing" in refuse(4, "solve", str(path))


def test_check_reports_broken_clauses_as_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "thing.py"
    for name, (source, words) in BROKEN.items():
        path = tmp_path / f"thing_{len(name)}_{name[0]}.py"
        path.write_bytes(source.encode("latin-1"))
        assert run(["models", "check", str(path)]) == 4, name
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert said.out.startswith("broken  ")
        assert words in said.out, name
        assert "0 broken" not in said.err


@pytest.fixture
def canada(tmp_path: Path) -> Path:
    folder = tmp_path / "canada_copy"
    shutil.copytree(
        find("canada_us").path.parent, folder, ignore=shutil.ignore_patterns("__pycache__")
    )
    return folder


def edit(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(change(lines)) + "\n", encoding="utf-8")


def cell(row: int, column: int, text: str) -> Callable[[list[str]], list[str]]:
    """Overwrite a cell; rows count from 1 with the header, columns from 0."""

    def change(lines: list[str]) -> list[str]:
        cells = lines[row - 1].split(",")
        cells[column] = text
        return [*lines[: row - 1], ",".join(cells), *lines[row:]]

    return change


def without(start: str) -> Callable[[list[str]], list[str]]:
    return lambda lines: [line for line in lines if not line.startswith(start)]


KEPT = "schedules/us_on_canada_2026-09-29.csv"
COUNTER = "schedules/canada_on_us_2026-09-08.csv"

#: File, what is done to it, and words the sentence must have beside the file's path.
DATA: dict[str, tuple[str, Callable[[list[str]], list[str]], tuple[str, ...]]] = {
    "missing sector": ("flows.csv", without("STL,"), ("column sector", "STL")),
    "missing row": ("flows.csv", lambda lines: lines[:9] + lines[10:], ("sector", "origin")),
    "doubled row": ("flows.csv", lambda lines: [*lines, lines[4]], ("row 1298", "row 5")),
    "unknown sector": ("flows.csv", cell(7, 0, "AGX"), ("row 7", "column sector", "'AGX'", "AGF")),
    "negative flow": ("flows.csv", cell(3, 3, "-5"), ("row 3", "column intermediate_usd_m", "-5")),
    "text for a flow": ("flows.csv", cell(8, 4, "much"), ("row 8", "column final_usd_m", "'much'")),
    "infinite flow": ("flows.csv", cell(8, 4, "inf"), ("row 8", "column final_usd_m", "inf")),
    "tariff below -1": ("flows.csv", cell(4, 5, "-1"), ("row 4", "column tariff")),
    "changed flow": ("flows.csv", cell(3, 4, "1"), ("column", "AGF")),
    "short row": ("flows.csv", lambda lines: [*lines[:5], "AGF,CAN"], ("row 6", "2 cells")),
    "renamed column": (
        "flows.csv",
        lambda lines: [lines[0].replace("tariff", "tarif"), *lines[1:]],
        ("row 1", "column 'tariff'"),
    ),
    "nothing": ("flows.csv", lambda _: [], ("column",)),
    "shares above one": (
        "input_coefficients.csv",
        cell(2, 3, "0.95"),
        ("rows 2 to", "column coefficient", "CAN", "AGF"),
    ),
    "shares that do not balance": (
        "input_coefficients.csv",
        cell(2, 3, "0.31"),
        ("column coefficient", "CAN", "AGF"),
    ),
    "negative share": (
        "input_coefficients.csv",
        cell(3, 3, "-0.01"),
        ("row 3", "column coefficient"),
    ),
    "wrong total": ("regions.csv", cell(2, 3, "1"), ("row 2", "column value_added_usd_m")),
    "doubled region": ("regions.csv", lambda lines: [*lines, lines[1]], ("row", "column region")),
    "no elasticity": ("sectors.csv", cell(4, 4, ""), ("row 4", "column theta_central")),
    "elasticity of zero": ("sectors.csv", cell(4, 4, "0"), ("row 4", "column theta_central")),
    "negative duty": (KEPT, cell(5, 4, "-1.5"), ("row 5", "column rate")),
    "unknown use": (KEPT, cell(5, 1, "all"), ("row 5", "column use")),
    "doubled part": (KEPT, lambda lines: [*lines, lines[4]], ("row",)),
    "parts above all trade": (KEPT, cell(8, 3, "0.95"), ("AGF", "share")),
    "text for a duty": (COUNTER, cell(3, 4, "x"), ("row 3", "column rate", "'x'")),
    "percent for a duty": (COUNTER, cell(3, 4, "25"), ("row 3", "column rate", "25", "0.25")),
}


@pytest.mark.parametrize("name", DATA)
def test_broken_data(refuse: Refuse, canada: Path, name: str) -> None:
    file, change, words = DATA[name]
    edit(canada / "data" / file, change)
    sentence = refuse(4, "solve", str(canada))
    assert sentence.startswith(str(canada / "data"))
    assert file in sentence
    for word in words:
        assert word in sentence


@pytest.mark.parametrize("file", ["flows.csv", "sectors.csv", KEPT])
def test_data_that_cannot_be_read(refuse: Refuse, canada: Path, file: str) -> None:
    path = canada / "data" / file
    text = path.read_bytes()
    path.write_bytes(text[:200] + b"\xff\xfe" + text[200:])
    vary = ("--vary", "diversification=0:0.2:3", "-o", "run.csv", "--plot", "run.png")
    assert str(path) in refuse(4, "sweep", str(canada), *vary)
    path.unlink()
    assert f"{path} does not exist" in refuse(4, "solve", str(canada))


# --- points that are not certified: 1, and the data are kept --------------------------------------


def test_points_that_are_not_certified(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "thing.py"
    path.write_text(
        HEAD
        + CLASS
        + PAYOFFS.replace("-1.0 - self.a", "np.where(np.asarray(self.a) < 0.4, np.nan, -1.0)"),
        encoding="utf-8",
    )
    vary = ("--vary", "a=0.1:0.9:5")
    assert run(["sweep", str(path), *vary, "-o", "run.csv"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[-1].startswith("2 of 5 points are not certified")
    written = (tmp_path / "run.csv").read_text(encoding="utf-8").splitlines()
    assert len(written) == 6
    assert sum("not solved: the model has no payoffs" in line for line in written) == 2
    assert sum("certified: every equilibrium found" in line for line in written) == 3

    assert run(["sweep", str(path), *vary]) == 1
    table = capsys.readouterr().out
    marked = [line.split()[0] for line in table.splitlines() if line.endswith(" !")]
    assert marked == ["0.1", "0.3"]
    assert "2 of 5 points, marked !, are not certified" in " ".join(table.split())

    assert run(["solve", str(path), "--set", "a=0.1"]) == 1
    said = capsys.readouterr()
    assert said.err == "warning: not solved: the model has no payoffs at this point\n"
    assert "Do not rely on this result" in said.out


def test_a_plot_of_points_without_payoffs_is_quiet(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "thing.py"
    path.write_text(HEAD + CLASS + PAYOFFS.replace("-1.0 - self.a", "self.a * np.nan"), "utf-8")
    assert run(["sweep", str(path), "--vary", "a=0.1:0.9:3", "--plot", "run.svg"]) == 1
    said = capsys.readouterr()
    assert said.err.splitlines()[-1].startswith("3 of 3 points are not certified")


# --- interrupted: 130 -----------------------------------------------------------------------------

#: A model that says when it has begun and then takes its time.
SLOW = (
    HEAD
    + "from pathlib import Path\nfrom time import sleep\n"
    + CLASS
    + PAYOFFS.replace(
        "    def payoffs(self):\n",
        '    def payoffs(self):\n        Path("begun").touch()\n        sleep(60)\n',
    )
)


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT to send")
@pytest.mark.parametrize(
    "options",
    [("-o", "run.csv", "--plot", "run.png"), ("--format", "csv")],
    ids=" ".join,
)
def test_control_c_in_the_middle_of_a_sweep(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "slow.py").write_text(SLOW, encoding="utf-8")
    (tmp_path / "run.csv").write_text("from before\n", encoding="utf-8")
    command = ["sweep", "slow.py", "--vary", "a=0:1:300", *options]
    process = subprocess.Popen(
        [sys.executable, "-m", "negotiation", *command],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with ended(process):
        wait_for((tmp_path / "begun").exists, process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err == "interrupted at 0 of 300 points; nothing was written\n"
    assert listing(tmp_path) == ["begun", "run.csv", "slow.py"]
    assert (tmp_path / "run.csv").read_text(encoding="utf-8") == "from before\n"


def interrupt(*args: object, **kwargs: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "where",
    [
        "negotiation.execution.carry_out",
        "negotiation.study.points.evaluate",
        "negotiation.regimes.regimes",
        "negotiation.report.columnar._cells",
        "negotiation.catalogue.load_model",
    ],
)
def test_control_c_anywhere_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    where: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(where, interrupt)
    assert run([*SWEEP, "-o", "run.csv"]) == 130
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("interrupted")
    assert said.err.count("\n") == 1
    assert not listing(tmp_path)


def test_what_was_written_before_control_c_is_not_denied(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("negotiation.report.plots.leverage_plot", interrupt)
    assert run([*SWEEP, "-o", "run.csv", "--plot", "run.png"]) == 130
    err = capsys.readouterr().err
    if "nothing was written" in err:
        assert not listing(tmp_path), f"{listing(tmp_path)} was written, and denied"
    else:
        assert listing(tmp_path) == ["run.csv", "run.csv-metadata.json"]


# --- a disk or a reader that gives up -------------------------------------------------------------


def test_a_write_that_fails_leaves_what_was_there(
    refuse: Refuse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "run.csv").write_text("from before\n", encoding="utf-8")
    monkeypatch.setattr(Path, "write_text", full)
    monkeypatch.setattr("negotiation.report.columnar._cells", full)
    sentence = refuse(2, *SOLVE, "-o", "point.json")
    assert "point.json cannot be written: No space left on device" in sentence
    code = run([*SWEEP, "-o", "run.csv"])
    assert code == 2
    assert (tmp_path / "run.csv").read_bytes() == b"from before\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_stdout_is_one_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "negotiation", *SOLVE],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 2
    assert "No space left" in one_sentence(done.stderr)


@pytest.mark.full
@pytest.mark.skipif(os.name == "nt", reason="pipes differ")
@pytest.mark.parametrize(
    "arguments",
    [(*SWEEP, "--format", "csv"), SOLVE, ("--help",)],
    ids=" ".join,
)
def test_a_reader_that_leaves_is_no_error(arguments: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)  # as `| head` that has left already: the first write fails
    try:
        done = subprocess.run(
            [sys.executable, "-m", "negotiation", *arguments],
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=120,
        )
    finally:
        os.close(write)
    assert done.stderr == ""
    assert done.returncode == 0, "`| head` in a script with pipefail must not fail"
