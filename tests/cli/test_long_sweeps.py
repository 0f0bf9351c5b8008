"""Long sweeps: one file whoever works on it and whatever ends it, and no work is lost.

Real processes are started, killed and resumed, at moments that are drawn with a seed.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from negotiation.cli.console import run
from negotiation.study import read_run, sweep

pytestmark = pytest.mark.full

#: 12 chunks of 25 points, each of which takes a while; what is asked of it comes from the folder.
MODEL = '''"""A game that takes its time."""
from dataclasses import dataclass
from pathlib import Path
from time import sleep
import os
import numpy as np
from negotiation import AgreementSet, Model, Talks, parameter

HERE = Path(__file__).parent

@dataclass(frozen=True)
class Thing(Model):
    a: float = parameter(0.5, low=0, high=1, unit="units", source="test")
    b: float = parameter(0.5, low=0, high=1, unit="units", source="test")
    chunk = 25
    players = ("x", "y")
    actions = (("l", "r"), ("t", "b"))
    payoff_unit = "units"
    horizon = "none"

    def payoffs(self):
        a = np.asarray(self.a)
        if (HERE / "slow").exists():
            sleep(float((HERE / "slow").read_text() or 0.08))
        if (HERE / "dies").exists() and (a > 0.9).any():
            os._exit(9)
        if (HERE / "dies_once").exists() and (a > 0.9).any():
            (HERE / "dies_once").unlink(missing_ok=True)
            os._exit(9)
        if (HERE / "fails").exists() and (a > 0.9).any():
            raise ValueError("too much")
        hole = np.where(a > 0.95, np.nan, a) if (HERE / "hole").exists() else a
        return {
            ("l", "t"): (-hole, -self.b), ("l", "b"): (-2 * hole, 0.5 * self.b),
            ("r", "t"): (0.3 * a, -3.0), ("r", "b"): (-1.5 + 0 * a, -2.0 - self.b),
        }

    def talks(self):
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(0.0))
'''
VARY = ["--vary", "a=0:1:15", "--vary", "b=0:1:20"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "thing.py").write_text(MODEL, encoding="utf-8")
    return tmp_path


def command(*options: str) -> list[str]:
    return ["sweep", "./thing.py", *VARY, *options]


def started(folder: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "negotiation", *command(*options)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sentence(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err.splitlines()[-1]


def chunks(folder: Path, name: str = "run.parquet") -> list[str]:
    kept = folder / f"{name}.run" / "chunks"
    return sorted(each.name for each in kept.glob("[0-9]*")) if kept.is_dir() else []


def wait_for_chunks(folder: Path, count: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 90
    while len(chunks(folder)) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("form", ["parquet", "csv", "nc", "json"])
def test_any_number_of_workers_make_one_file(folder: Path, form: str) -> None:
    digests = set()
    for count in ("1", "2", "4"):
        assert run(command("--workers", count, "-o", f"run.{form}")) == 0
        digests.add(digest(folder / f"run.{form}"))
        (folder / f"run.{form}").unlink()
    assert len(digests) == 1
    assert not list(folder.glob("*.run")), "what was kept is removed when all is done"


def test_a_run_killed_five_times_is_the_same_file(folder: Path) -> None:
    assert run(command("--workers", "1", "-o", "whole.parquet")) == 0
    (folder / "slow").write_text("0.4", encoding="utf-8")  # a busy machine kills late
    drawn = random.Random(14)
    kept = 0
    for number in range(5):
        process = started(folder, "--workers", "2", "--resume", "-o", "run.parquet")
        wait_for_chunks(folder, kept + 1 + number % 2, process)
        time.sleep(drawn.random() * 0.1)
        process.kill()
        process.communicate()
        assert len(chunks(folder)) >= kept
        kept = len(chunks(folder))
        assert not (folder / "run.parquet").exists()
    assert 5 <= kept < 12
    (folder / "slow").unlink()
    assert run(command("--workers", "2", "--resume", "-o", "run.parquet")) == 0
    assert digest(folder / "run.parquet") == digest(folder / "whole.parquet")
    assert sorted(each.name for each in folder.iterdir()) == [
        "__pycache__", "run.parquet", "thing.py", "whole.parquet",
    ] or not chunks(folder)  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="other signals")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["int", "term"]
)
@pytest.mark.parametrize("count", ["1", "2"])
def test_a_signal_keeps_what_is_done(
    folder: Path, number: signal.Signals, code: int, count: str
) -> None:
    (folder / "slow").touch()
    process = started(folder, "--workers", count, "-o", "run.parquet")
    wait_for_chunks(folder, 2, process)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (code, "")
    assert err.startswith("interrupted at ")
    assert " of 12 chunks; they are kept in run.parquet.run, and the same command with" in err
    assert err.count("\n") == 1
    assert len(chunks(folder)) >= 2
    (folder / "slow").unlink()
    assert run(command("--resume", "-o", "run.parquet")) == 0
    assert not chunks(folder)


@pytest.mark.parametrize("form", ["parquet", "csv", "nc"])
def test_a_file_that_is_streamed_is_that_of_the_dataset(
    folder: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "hole").touch()
    assert run(command("-o", f"held.{form}")) == 1
    monkeypatch.setattr("negotiation.cli.sweep.MOST_READ", 100)
    assert run(command("-o", f"streamed.{form}")) == 1
    if form == "nc":
        with (
            xr.open_dataset(folder / "held.nc", engine="scipy") as held,
            xr.open_dataset(folder / "streamed.nc", engine="scipy") as streamed,
        ):
            xr.testing.assert_identical(held, streamed)
    else:
        read = pd.read_parquet if form == "parquet" else pd.read_csv
        frames = [read(folder / f"{name}.{form}") for name in ("held", "streamed")]
        pd.testing.assert_frame_equal(*frames)
        assert frames[0].attrs == frames[1].attrs


# --- what goes wrong ------------------------------------------------------------------------------


def test_a_worker_that_dies_is_replaced(folder: Path) -> None:
    assert run(command("--workers", "1", "-o", "whole.parquet")) == 0
    (folder / "dies_once").touch()
    assert run(command("--workers", "2", "-o", "run.parquet")) == 0
    assert not (folder / "dies_once").exists()
    assert digest(folder / "run.parquet") == digest(folder / "whole.parquet")


def test_a_chunk_that_kills_its_workers_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "dies").touch()
    assert run(command("--workers", "2", "-o", "run.parquet")) == 7
    said = sentence(capsys)
    assert said.startswith(
        "error: the worker process of points 251 to 275 of 300 died 3 times (exit code 9): "
    )
    assert said.endswith(
        "10 chunks are kept in run.parquet.run, and the same command with --resume goes on from "
        "there"
    )
    (folder / "dies").unlink()
    assert run(command("--workers", "1", "--resume", "-o", "run.parquet")) == 0


@pytest.mark.parametrize("count", ["1", "2"])
def test_a_model_that_fails_says_where_and_keeps_the_rest(
    folder: Path, capsys: pytest.CaptureFixture[str], count: str
) -> None:
    (folder / "fails").touch()
    assert run(command("--workers", count, "-o", "run.parquet")) == 4
    said = sentence(capsys)
    assert "thing.py, line" in said
    assert "too much" in said
    assert "10 chunks are kept in run.parquet.run" in said
    assert len(chunks(folder)) == 10


def test_a_point_that_cannot_be_solved_is_a_row(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "hole").touch()
    assert run(command("--workers", "2", "-o", "run.parquet")) == 1
    assert "20 of 300 points are not certified" in sentence(capsys)
    frame = pd.read_parquet(folder / "run.parquet")
    bad = frame["a"] > 0.95
    assert frame.loc[bad, "payoff_x"].isna().all()
    assert frame.loc[bad, "status"].str.startswith("not solved").all()
    assert frame.loc[~bad, "payoff_x"].notna().all()


def test_two_runs_into_one_folder_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "slow").touch()
    process = started(folder, "--workers", "1", "-o", "run.parquet")
    try:
        wait_for_chunks(folder, 1, process)
        assert run(command("--resume", "-o", "run.parquet")) == 2
        assert "run.parquet.run is in use by another run" in sentence(capsys)
    finally:
        process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_changed_model_parameter_or_grid_is_refused_and_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "fails").touch()
    assert run(command("-o", "run.parquet")) == 4
    assert run(command("-o", "run.parquet")) == 2
    assert "holds 10 of 12 chunks of an earlier run; --resume goes on with it" in sentence(capsys)
    assert run([*command("--resume", "-o", "run.parquet"), "--concept", "egalitarian"]) == 2
    assert "bargaining concept was nash, now egalitarian" in sentence(capsys)
    other = ["sweep", "./thing.py", "--vary", "a=0:1:16", *VARY[2:], "--resume"]
    assert run([*other, "-o", "run.parquet"]) == 2
    assert "values of a was 0.0:1.0:15, now 0.0:1.0:16" in sentence(capsys)
    (folder / "thing.py").write_text(MODEL + "\n# touched\n", encoding="utf-8")
    assert run(command("--resume", "-o", "run.parquet")) == 2
    assert "digest of the model and its data was " in sentence(capsys)
    (folder / "thing.py").write_text(MODEL, encoding="utf-8")
    (folder / "fails").unlink()
    assert run(command("--resume", "-o", "run.parquet")) == 0


@pytest.fixture
def small(folder: Path) -> Iterator[Path]:
    """A small disk, where we may have one."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("needs root on Linux")
    disk = folder / "disk"
    disk.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=240k", "tmpfs", str(disk)]
    if subprocess.run(mounted, capture_output=True, check=False).returncode:
        disk.rmdir()
        pytest.skip("may not mount")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize("count", ["1", "2"])
def test_a_full_disk_keeps_what_is_done(
    folder: Path, small: Path, capsys: pytest.CaptureFixture[str], count: str
) -> None:
    assert run(command("-o", "whole.parquet")) == 0
    filling = small / "filling"
    filling.write_bytes(b"x" * 130_000)
    options = command("--workers", count, "-o", "disk/run.parquet")
    assert run(options) == 2
    said = sentence(capsys)
    assert said.startswith("error: disk/run.parquet")
    assert "cannot be written: No space left on device" in said
    kept = len(chunks(small))
    assert not (small / "run.parquet").exists()
    filling.unlink()
    assert run([*options, "--resume"]) == 0
    assert kept > 0
    assert digest(small / "run.parquet") == digest(folder / "whole.parquet")


def test_a_disk_that_is_full_at_the_end_keeps_the_chunks(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(command("-o", "whole.csv")) == 0

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("negotiation.report.columnar._cells", full)
        assert run(command("-o", "run.csv")) == 2
    assert sentence(capsys) == (
        "error: run.csv cannot be written: No space left on device; 12 chunks are kept in "
        "run.csv.run, and the same command with --resume goes on from there"
    )
    monkeypatch.setattr("negotiation.study.points.evaluate", full)  # nothing is done again
    assert run(command("--resume", "-o", "run.csv")) == 0
    assert digest(folder / "run.csv") == digest(folder / "whole.csv")


def test_resume_needs_a_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command("--resume")) == 2
    assert "--resume goes on with what is kept" in sentence(capsys)


# --- a part ---------------------------------------------------------------------------------------


def test_a_part_can_be_read_written_and_drawn(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = sweep("./thing.py", [VARY[1], VARY[3]])
    (folder / "fails").touch()
    assert run(command("--workers", "1", "-o", "run.parquet")) == 4
    capsys.readouterr()
    assert run(["runs", "run.parquet.run", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["complete"], told["chunks_done"], told["rows_done"]) == (False, 10, 250)
    assert run(["runs", "run.parquet.run"]) == 0
    assert "It is not finished: 10 of 12 chunks, 250 of 300 rows." in " ".join(
        capsys.readouterr().out.split()
    )
    part = read_run("run.parquet.run")
    assert part.attrs["unfinished"] == "10 of 12 chunks, 250 of 300 rows"
    done = ~np.char.startswith(part["status"].values.astype(str), "not reached")
    assert done.sum() == 250
    np.testing.assert_array_equal(part["payoff_x"].values[done], whole["payoff_x"].values[done])
    assert np.isnan(part["payoff_x"].values[~done]).all()
    options = ["-o", "part.csv", "--plot", "part.png"]
    assert run(["runs", "run.parquet.run", *options]) == 0
    assert len(pd.read_csv(folder / "part.csv")) == 250
    beside = (folder / "part.csv-metadata.json").read_text(encoding="utf-8")
    assert "10 of 12 chunks, 250 of 300 rows" in beside
    assert (folder / "part.png").stat().st_size > 10_000
    assert run(["runs", "run.parquet.run", "-o", "part.parquet"]) == 0
    assert pd.read_parquet(folder / "part.parquet").attrs["unfinished"].startswith("10 of 12")
    assert run(["runs", "run.parquet.run", "-o", "part.nc"]) == 0
    with xr.open_dataset(folder / "part.nc", engine="scipy") as data:
        assert data.attrs["unfinished"].startswith("10 of 12")
    assert len(chunks(folder)) == 10, "reading changes nothing"
    assert run(["runs", "elsewhere"]) == 2


def test_a_kept_run_is_complete_and_may_be_written_again(folder: Path) -> None:
    assert run(command("--run", "kept", "-o", "run.parquet")) == 0
    assert "unfinished" not in read_run("kept").attrs
    assert run(["runs", "kept", "-o", "again.csv"]) == 0
    assert run(command("--run", "kept", "--resume", "-o", "run2.parquet")) == 0
    assert digest(folder / "run.parquet") == digest(folder / "run2.parquet")


# --- a cluster ------------------------------------------------------------------------------------


@pytest.fixture
def cluster() -> Iterator[object]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as made:
        yield made


def on_cluster(folder: Path, address: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "negotiation", *command("--dask", address, *options)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_makes_the_same_file_and_may_go_away(folder: Path, cluster: object) -> None:
    address = str(cluster.scheduler_address)  # type: ignore[attr-defined]
    assert run(command("--workers", "1", "-o", "whole.parquet")) == 0
    done = on_cluster(folder, address, "-o", "run.parquet")
    assert done.returncode == 0, done.stderr
    assert digest(folder / "run.parquet") == digest(folder / "whole.parquet")
    (folder / "slow").touch()
    process = started(folder, "--dask", address, "-o", "other.parquet")
    deadline = time.monotonic() + 60
    while not chunks(folder, "other.parquet") and time.monotonic() < deadline:
        time.sleep(0.01)
    with suppress(Exception):
        cluster.close()  # type: ignore[attr-defined]
    _, err = process.communicate(timeout=90)
    assert process.returncode == 7
    assert err.startswith(f"error: the dask scheduler at {address} has gone; ")
    assert err.count("\n") == 1
    assert chunks(folder, "other.parquet")
    (folder / "slow").unlink()
    assert run(command("--workers", "2", "--resume", "-o", "other.parquet")) == 0
    assert digest(folder / "other.parquet") == digest(folder / "whole.parquet")


def test_a_scheduler_that_is_not_there_is_one_sentence(folder: Path) -> None:
    pytest.importorskip("distributed")
    done = on_cluster(folder, "tcp://127.0.0.1:9", "-o", "run.parquet")
    assert done.returncode == 7
    assert done.stderr.startswith("error: there is no dask scheduler at tcp://127.0.0.1:9")
    assert done.stderr.count("\n") == 1
