"""B12: a folder of trade data is replaced as a whole, or stays as it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from negotiation.errors import OutputError
from negotiation.trade import World
from negotiation.trade.data import write as trade_write
from negotiation.trade.data.read import Reader, import_trade
from negotiation.trade.data.write import check_folder, write_folder

ROWS = "origin,destination,sector,value\nA,A,x,{0}\nB,B,x,100\nA,B,x,10\nB,A,x,10\n"


def written(folder: Path, home: int, force: bool = True) -> World:
    path = folder.parent / "flows.csv"
    path.write_text(ROWS.format(home))
    return write_folder(import_trade(path, Reader(), theta=4.0), folder, force=force)


def home(folder: Path) -> float:
    return float(World.from_csv(folder).flows[0, 0, 0, 1])


def beside(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.parent.iterdir() if each.name != "flows.csv")


def test_b12_all_files_are_new_and_others_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    written(folder, 100)
    (folder / "notes").mkdir()
    (folder / "notes" / "own.txt").write_text("mine")
    written(folder, 200)
    assert home(folder) == 200.0
    assert (folder / "notes" / "own.txt").read_text() == "mine"
    assert beside(folder) == ["data"]


def test_b12_a_folder_in_the_place_of_a_file_is_refused_before_any_work(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    written(folder, 100)
    (folder / "flows.csv").unlink()
    (folder / "flows.csv").mkdir()
    before = (folder / "sectors.csv").stat().st_mtime_ns
    with pytest.raises(OutputError, match=r"flows.csv is a folder"):
        check_folder(folder, force=True)
    with pytest.raises(OutputError, match=r"flows.csv is a folder"):
        written(folder, 200)
    assert (folder / "sectors.csv").stat().st_mtime_ns == before
    assert beside(folder) == ["data"]


@pytest.mark.parametrize("fails", [1, 2])
def test_b12_a_failure_at_any_step_leaves_the_old_folder(
    tmp_path: Path, fails: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    written(folder, 100)
    real, calls = trade_write._rename, []

    def rename(before: Path, after: Path) -> None:
        calls.append(before)
        if len(calls) == fails:
            raise OSError(28, "No space left on device")
        real(before, after)

    monkeypatch.setattr(trade_write, "_rename", rename)
    with pytest.raises(OutputError, match="cannot be written: No space left"):
        written(folder, 200)
    assert home(folder) == 100.0
    assert beside(folder) == ["data"]


def test_b12_a_run_that_was_killed_is_mended_by_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    written(folder, 100)
    # Killed while it wrote, and then killed between the two renames.
    (tmp_path / ".data.negotiation-new").mkdir()
    check_folder(folder, force=True)
    assert beside(folder) == ["data"]
    folder.rename(tmp_path / ".data.negotiation-old")
    (tmp_path / ".data.negotiation-new").mkdir()
    with pytest.raises(OutputError, match="is not empty"):
        check_folder(folder)
    assert home(folder) == 100.0
    assert beside(folder) == ["data"]
    # Killed before the old one was removed.
    (tmp_path / ".data.negotiation-old").mkdir()
    written(folder, 200)
    assert home(folder) == 200.0
    assert beside(folder) == ["data"]


@pytest.mark.skipif(not hasattr(os, "symlink") or os.name == "nt", reason="links need rights")
def test_b12_a_link_stays_a_link(tmp_path: Path) -> None:
    folder, link = tmp_path / "data", tmp_path / "link"
    written(folder, 100)
    link.symlink_to(folder)
    written(link, 200)
    assert link.is_symlink()
    assert home(folder) == 200.0
