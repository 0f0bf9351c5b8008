"""Jobs of numbered chunks: blocks and their bytes, the run folder and its ledger, who works."""

from __future__ import annotations

import io
import json
import math
import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from negotiation import interrupts, load_model
from negotiation.coded import Coded
from negotiation.errors import GridError, InterruptedRunError, ModelError, OutputError
from negotiation.execution import Block, Execution, carry_out, parquet, thrift
from negotiation.execution.block import coded_rows, from_bytes, joined, to_bytes
from negotiation.execution.folder import RunFolder, blocks_of, peek, put
from negotiation.execution.machine import processors
from negotiation.execution.run import worker_count
from negotiation.model.grid import Grid
from negotiation.study.points import Layout, chunk_size


def block(seed: int, rows: int = 60) -> Block:
    """Numbers, some of them twice or missing, words, truth values and whole numbers."""
    drawn = np.random.default_rng(seed)
    x = drawn.normal(size=rows)
    x[::7] = np.nan
    return Block(
        {
            "x": x,
            "twin": x.copy(),
            "axis": np.arange(rows) // 20 / 10,
            "word": coded_rows(np.array(["a", "é,b", ""])[drawn.integers(0, 1 + seed % 3, rows)]),
            "whole": np.arange(rows) + seed,
            "true": x > 0,
        },
        {"x": ("USD", "a number")},
        {"cautions": (f"of {seed % 2}",)},
        seed,
        seed / 10,
    )


def same(one: Block, other: Block) -> None:
    assert list(one.columns) == list(other.columns)
    for name, values in one.columns.items():
        given, expected = (
            each.text if isinstance(each, Coded) else each for each in (other.columns[name], values)
        )
        assert given.dtype == expected.dtype or given.dtype.kind == "U"
        np.testing.assert_array_equal(given, expected, err_msg=name)
    assert one.described == other.described


@dataclass(frozen=True)
class Counting:
    """Four chunks, the last one short; it notes what was worked on, and fails where it is told."""

    wrong: Mapping[int, BaseException] = field(default_factory=dict)
    asked: str = "this"
    done: list[int] = field(default_factory=list)

    title = "count"
    chunks = 4
    rows = 200
    chunks_a_worker = 8

    def rows_of(self, chunk: int) -> int:
        return 60 if chunk < 3 else 20

    def place(self, chunk: int) -> str:
        return f"chunk {chunk}"

    def block(self, chunk: int) -> Block:
        if chunk in self.wrong:
            raise self.wrong[chunk]
        self.done.append(chunk)
        return block(chunk, self.rows_of(chunk))

    def question(self) -> Mapping[str, Any]:
        return {"what is asked": self.asked, "chunks": 4}

    def header(self) -> Mapping[str, Any]:
        return {}

    def bound(self) -> str:
        return "it lives in a test"

    def extensions(self) -> tuple[str, ...]:
        return ()


def all_of(job: Counting, execution: Execution) -> list[Block]:
    with carry_out(job, execution) as results:
        return list(results.blocks())


# --- bytes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_a_block_is_what_its_bytes_are(seed: int) -> None:
    same(block(seed), from_bytes(to_bytes(block(seed))))
    same(block(seed), parquet.from_parquet(parquet.to_parquet(block(seed))))
    assert to_bytes(block(seed)) == to_bytes(block(seed))
    assert parquet.to_parquet(block(seed)) == parquet.to_parquet(block(seed))


def test_parquet_files_are_put_together_byte_by_byte() -> None:
    blocks = [block(k, 40 + k) for k in range(20)]
    files = [parquet.to_parquet(each) for each in blocks]
    sink = io.BytesIO()
    assert parquet.join(files, sink, lambda: {"PANDAS_ATTRS": '{"model": "é"}'}) == 990
    frame = pd.read_parquet(io.BytesIO(sink.getvalue()))
    assert frame.attrs == {"model": "é"}
    for name, values in joined(blocks).columns.items():
        expected = values.text if isinstance(values, Coded) else values
        np.testing.assert_array_equal(frame[name].to_numpy(), expected, err_msg=name)


def test_the_same_column_is_stored_once() -> None:
    x = np.random.default_rng(1).normal(size=5000)
    one = parquet.to_parquet(Block({"x": x}))
    two = parquet.to_parquet(Block({"x": x, "y": x.copy(), "z": x.copy()}))
    assert len(two) < 1.05 * len(one)
    frame = pd.read_parquet(io.BytesIO(two))
    for name in "xyz":
        np.testing.assert_array_equal(frame[name], x)


def test_zeros_of_two_signs_are_not_the_same_column() -> None:
    x = np.zeros(100)
    frame = pd.read_parquet(io.BytesIO(parquet.to_parquet(Block({"x": x, "y": -x}))))
    assert not np.signbit(frame["x"]).any()
    assert np.signbit(frame["y"]).all()


def test_a_footer_is_written_as_it_was_read() -> None:
    data = parquet.to_parquet(block(1))
    length = int.from_bytes(data[-8:-4], "little")
    footer = data[-8 - length : -8]
    assert thrift.write(thrift.read(footer)) == footer
    with pytest.raises(ValueError, match="more behind"):
        thrift.read(footer + b"\0")
    with pytest.raises(ValueError, match="no Parquet"):
        parquet.footer(data[:-1])


def test_files_of_other_columns_are_not_put_together() -> None:
    files = [parquet.to_parquet(Block({name: np.zeros(3)})) for name in "ab"]
    with pytest.raises(parquet.UnlikeError):
        parquet.join(files, io.BytesIO(), dict)


def test_a_column_that_a_block_lacks_is_empty_there() -> None:
    words, numbers = Block({"w": coded_rows(np.array(["a", "b"]))}), Block({"n": np.ones(1)})
    whole = joined([words, numbers])
    assert isinstance(whole.columns["w"], Coded)
    assert whole.columns["w"].text.tolist() == ["a", "b", ""]
    np.testing.assert_array_equal(whole.columns["n"], [math.nan, math.nan, 1.0])


# --- the folder -----------------------------------------------------------------------------------


def test_the_blocks_are_the_same_with_and_without_a_folder(tmp_path: Path) -> None:
    plain = all_of(Counting(), Execution())
    kept = all_of(Counting(), Execution(folder=tmp_path / "run"))
    for one, other in zip(plain, kept, strict=True):
        same(one, other)
    assert not (tmp_path / "run").exists(), "a folder that is no longer needed is removed"


def test_a_folder_that_was_named_stays(tmp_path: Path) -> None:
    execution = Execution(folder=tmp_path / "run", keep=True)
    all_of(Counting(), execution)
    again = Counting()
    all_of(again, replace(execution, resume=True))
    assert again.done == []
    question, about, done = peek(tmp_path / "run")
    assert question["what is asked"] == "this"
    assert about["title"] == "count"
    assert list(done) == [0, 1, 2, 3]
    assert sum(each.rows for each in done.values()) == 200


@pytest.mark.parametrize(
    "error", [ModelError("m.py, line 3: no"), KeyboardInterrupt(), MemoryError(), ValueError("x")]
)
def test_what_was_done_is_kept_whatever_ends_it(tmp_path: Path, error: BaseException) -> None:
    execution = Execution(folder=tmp_path / "run")
    with pytest.raises((type(error), InterruptedRunError)) as told:
        all_of(Counting({2: error}), execution)
    if isinstance(error, ModelError):
        assert str(told.value).startswith("m.py, line 3: no; 2 chunks are kept in ")
    if isinstance(error, KeyboardInterrupt):
        assert "interrupted at 2 of 4 chunks" in str(told.value)
    with pytest.raises(OutputError, match=r"holds 2 of 4 chunks of an earlier run; --resume"):
        all_of(Counting(), execution)
    rest = Counting()
    found = all_of(rest, replace(execution, resume=True))
    assert rest.done == [2, 3]
    for one, other in zip(all_of(Counting(), Execution()), found, strict=True):
        same(one, other)


def test_a_folder_of_something_else_is_refused_with_what_changed(tmp_path: Path) -> None:
    execution = Execution(folder=tmp_path / "run", resume=True)
    with pytest.raises(ModelError):
        all_of(Counting({1: ModelError("no")}), execution)
    with pytest.raises(OutputError, match="what is asked was this, now that"):
        all_of(Counting(asked="that"), execution)
    assert len(all_of(Counting(), execution)) == 4, "the refusal changed nothing"


def test_a_folder_is_one_run_s_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "run"
    first = RunFolder(path, {}, {"chunks": 4}, resume=False)
    try:
        with pytest.raises(OutputError, match="in use by another run"):
            all_of(Counting(), Execution(folder=path))
    finally:
        first.close()
    assert len(all_of(Counting(), Execution(folder=path))) == 4


def test_chunks_that_the_ledger_does_not_know_are_taken_up(tmp_path: Path) -> None:
    """As after `kill -9` between a chunk and the ledger."""
    execution = Execution(folder=tmp_path / "run", resume=True)
    with pytest.raises(ModelError):
        all_of(Counting({3: ModelError("no")}), execution)
    with sqlite3.connect(tmp_path / "run" / "ledger.sqlite") as ledger:
        ledger.execute("DELETE FROM chunks WHERE chunk > 0")
    ledger.close()
    assert list(peek(tmp_path / "run")[2]) == [0, 1, 2]
    rest = Counting()
    all_of(rest, execution)
    assert rest.done == [3]


@pytest.mark.parametrize("harm", [lambda data: data[:-5], lambda data: data[:-1] + b"\1"])
def test_a_torn_chunk_is_done_again(tmp_path: Path, harm: Any) -> None:
    execution = Execution(folder=tmp_path / "run", resume=True)
    with pytest.raises(ModelError):
        all_of(Counting({3: ModelError("no")}), execution)
    torn = sorted((tmp_path / "run" / "chunks").iterdir())[1]
    torn.write_bytes(harm(torn.read_bytes()))
    (torn.parent / ".000000003-7-1234.part").write_bytes(b"left over")
    rest = Counting()
    found = all_of(rest, execution)
    assert rest.done == [1, 3]
    for one, other in zip(all_of(Counting(), Execution()), found, strict=True):
        same(one, other)


def test_a_chunk_that_changes_while_it_is_kept_is_noticed(tmp_path: Path) -> None:
    def harmed() -> None:
        with carry_out(Counting(), Execution(folder=tmp_path / "run")) as results:
            file = sorted((tmp_path / "run" / "chunks").iterdir())[0]
            file.write_bytes(file.read_bytes()[:-1] + b"\1")
            list(results.blocks())

    with pytest.raises(OutputError, match="has changed since it was written"):
        harmed()


def test_a_chunk_that_has_changed_is_noticed_by_those_who_only_look(tmp_path: Path) -> None:
    all_of(Counting(), Execution(folder=tmp_path / "run", keep=True))
    file = sorted((tmp_path / "run" / "chunks").iterdir())[0]
    file.write_bytes(file.read_bytes()[:-1] + b"\1")
    with pytest.raises(OutputError, match="has changed since it was written"):
        list(blocks_of(tmp_path / "run", peek(tmp_path / "run")[2]))


def test_nothing_but_a_run_is_removed(tmp_path: Path) -> None:
    own = tmp_path / "run"
    (own / "chunks").mkdir(parents=True)
    (own / "notes.txt").write_text("mine", encoding="utf-8")
    (own / "chunks" / "mine.txt").write_text("mine", encoding="utf-8")
    all_of(Counting(), Execution(folder=own))
    assert sorted(each.name for each in own.rglob("*.*")) == ["mine.txt", "notes.txt"]


@pytest.mark.parametrize("call", ["write_bytes", "mkdir"])
def test_a_full_disk_is_one_sentence_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    execution = Execution(folder=tmp_path / "run", resume=True)
    real, count = getattr(Path, call), 0

    def full(self: Path, *args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        if count == 3 or call == "mkdir":
            raise OSError(28, "No space left on device")
        return real(self, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Path, call, full)
        with pytest.raises(OutputError) as told:
            all_of(Counting(), execution)
    kept = 0 if call == "mkdir" else 2
    assert "cannot be written: No space left on device; make room" in str(told.value)
    assert ("2 chunks are kept in" in str(told.value)) == bool(kept)
    rest = Counting()
    assert len(all_of(rest, execution)) == 4
    assert rest.done == [0, 1, 2, 3][kept:]


def test_a_ledger_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    execution = Execution(folder=tmp_path / "run", resume=True)

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "_tell", full)
        patch.setattr(RunFolder, "_take_up", lambda self: None)
        with pytest.raises(OutputError, match=r"disk is full; make room; 4 chunks are kept"):
            all_of(Counting(), execution)
    rest = Counting()
    assert len(all_of(rest, execution)) == 4
    assert rest.done == [], "the files were whole"


def test_a_chunk_file_is_whole_or_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="Input/output"):
        put(tmp_path, 3, block(1), to_bytes(block(1)), 0.0)
    assert not list(tmp_path.iterdir())


def test_nothing_is_a_run_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is not the folder of a run"):
        peek(tmp_path)


# --- who works ------------------------------------------------------------------------------------


def test_how_many_work_hangs_on_the_job_and_the_machine_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("negotiation.execution.run.processors", lambda: 3)

    @dataclass(frozen=True)
    class Free(Counting):
        chunks: int = 4

        def bound(self) -> str:
            return ""

    counts = [worker_count(Free(chunks=n), Execution(workers=None)) for n in (1, 15, 16, 24, 99)]
    assert counts == [1, 1, 2, 3, 3]
    assert worker_count(Free(chunks=2), Execution(workers=8)) == 2
    assert worker_count(Counting(), Execution(workers=None)) == 1
    with pytest.raises(GridError, match="cannot be given to other processes: it lives in a test"):
        worker_count(Counting(), Execution(workers=2))
    with pytest.raises(GridError, match="0 workers"):
        worker_count(Free(), Execution(workers=0))


@pytest.mark.parametrize(
    ("files", "own", "expected"),
    [
        ({"cpu.max": "150000 100000"}, "0::/\n", 1),
        ({"cpu.max": "max 100000"}, "0::/\n", 4),
        ({"a/b/cpu.max": "max 100000", "a/cpu.max": "200000 100000"}, "0::/a/b\n", 2),
        ({"cpu/job/cpu.cfs_quota_us": "300000", "cpu/job/cpu.cfs_period_us": "100000"},
         "4:cpu,cpuacct:/job\n3:memory:/job\n", 3),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, "4:cpu:/\n", 4),
        ({"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"}, "4:cpu:/host\n", 1),
        ({}, "", 4),
    ],
)  # fmt: skip
def test_processors_are_those_of_the_control_group(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str],
    own: str,
    expected: int,
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    if hasattr(os, "sched_getaffinity"):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3})
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="ascii")
    (tmp_path / "own").write_text(own, encoding="ascii")
    assert processors(tmp_path, tmp_path / "own") == expected


def test_the_chunks_hang_on_what_is_asked_alone() -> None:
    standoff, canada = load_model("tariff_standoff"), load_model("canada_us")
    assert chunk_size(canada) == 64
    assert chunk_size(standoff) == standoff.chunk
    grid = Grid.of(["diversification=0:0.4:100", "elasticities=low,central,high"]).fit(canada)
    layout = Layout.of(grid, canada)
    assert layout.size == 3 * 64, "clouds that share their words are no smaller for them"
    first = Grid.of(["elasticities=low,central,high", "diversification=0:0.4:100"]).fit(canada)
    assert Layout.of(first, canada).size == 64
    spans = [layout.span(chunk) for chunk in range(layout.chunks)]
    assert spans[0][0] == 0
    assert spans[-1][1] == 300
    assert all(a[1] == b[0] for a, b in pairwise(spans))


def test_a_question_is_json_and_says_all_that_matters() -> None:
    from negotiation.study.run import points

    def asked(settings: dict[str, Any], **words: Any) -> dict[str, Any]:
        from negotiation import Case

        return dict(points(Case("tariff_standoff", settings, **words), "tariff=0:1:5").question())

    plain = asked({})
    json.dumps(plain)
    for other in (
        asked({"damage": 9.0}),
        asked({}, threat="status_quo"),
        asked({}, concept="egalitarian"),
        asked({}, seed=3, draws=2),
    ):
        assert other != plain


def test_signals_are_heard_between_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(done: int, total: int) -> None:
        if done > 100:
            raise interrupts.Stopped

    with (
        pytest.raises(InterruptedRunError, match="interrupted at 2 of 4 chunks"),
        carry_out(Counting(), Execution(folder=tmp_path / "run"), stop),
    ):
        pass
