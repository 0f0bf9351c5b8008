"""`RunFolder`: finished chunks on the disk, and the ledger that says which there are.

A chunk is written to a file beside its place, which takes the place when it is whole; the name
holds a hash of the content. The ledger is told of a chunk only when the file is on the disk. After
a crash, files that the ledger does not know yet are taken up if their content is what the name
says. Nothing that is not whole is ever taken for a chunk.
"""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import math
import os
import re
import sqlite3
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from negotiation import interrupts
from negotiation.disk import sync_file, sync_folder
from negotiation.errors import OutputError
from negotiation.execution import parquet
from negotiation.execution.block import Block, from_bytes, to_bytes

LEDGER, _LOCK, _CHUNKS = "ledger.sqlite", "lock", "chunks"
_NAME = re.compile(r"(\d{9})-([0-9a-f]{32})\.(block|parquet)")
_PART = re.compile(r"\.\d{9}-.*\.part")

#: Seconds after which the ledger is told of what was finished meanwhile.
_PAUSE = 0.5

#: Rows of a chunk from which it is kept as Parquet; smaller ones are faster to write as they are.
COLUMNAR = 4096


@dataclasses.dataclass(frozen=True)
class Done:
    """A finished chunk.

    Attributes
    ----------
    chunk : int
    file : str
        Its name in the folder of chunks.
    digest : str
        SHA-256 of the file.
    size, rows : int
    seconds : float
    uncertified : int
    worst : float
        The largest residual of its rows.
    """

    chunk: int
    file: str
    digest: str
    size: int
    rows: int
    seconds: float
    uncertified: int
    worst: float


def packed(block: Block, *, columnar: bool) -> bytes:
    """Return the bytes of the file of a block."""
    return parquet.to_parquet(block) if columnar else to_bytes(block)


def unpacked(data: bytes) -> Block:
    """Read the bytes of the file of a block."""
    return parquet.from_parquet(data) if data[:4] == b"PAR1" else from_bytes(data)


class UnwrittenError(OSError):
    """The file of a chunk could not be written."""


def put(folder: Path, chunk: int, block: Block, data: bytes, seconds: float) -> Done:
    """Write the file of a chunk, whole or not at all.

    Raises
    ------
    UnwrittenError
    """
    digest = hashlib.sha256(data).hexdigest()
    end = "parquet" if data[:4] == b"PAR1" else "block"
    name = f"{chunk:09d}-{digest[:32]}.{end}"
    part = folder / f".{chunk:09d}-{os.getpid()}-{uuid.uuid4().hex[:8]}.part"
    try:
        part.write_bytes(data)
        os.replace(part, folder / name)
    except BaseException as error:
        with suppress(OSError):
            part.unlink()
        if isinstance(error, OSError):
            raise UnwrittenError(error.errno, error.strerror) from None
        raise
    return Done(chunk, name, digest, len(data), block.rows, seconds, block.uncertified, block.worst)


class RunFolder:
    """The folder of one run; it belongs to one process at a time.

    Parameters
    ----------
    path : Path
    question : mapping of str to str
        What the chunks depend on, in phrases.
    about : mapping
        What a reader of the folder needs besides: title, number of chunks and rows.
    resume : bool
        Whether to go on with the chunks that are there.

    Raises
    ------
    OutputError
        If the folder cannot be used, is in use, or holds another run.
    """

    def __init__(
        self, path: Path, question: Mapping[str, str], about: Mapping[str, Any], *, resume: bool
    ) -> None:
        self.path, self.chunks = path, path / _CHUNKS
        self.done: dict[int, Done] = {}
        self._fresh: list[Done] = []
        self._told = time.monotonic()
        self._lock: _Lock | None = None
        self._ledger: sqlite3.Connection | None = None
        try:
            self.chunks.mkdir(parents=True, exist_ok=True)
            self._lock = _Lock(path / _LOCK)
            self._ledger = _opened(path / LEDGER)
            self._begin(dict(question), dict(about), resume=resume)
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise self.refused(error) from None
        except BaseException:
            self.close()
            raise

    def _begin(self, question: dict[str, str], about: dict[str, Any], *, resume: bool) -> None:
        assert self._ledger is not None
        with self._ledger:
            self._ledger.execute(
                "CREATE TABLE IF NOT EXISTS run (name TEXT PRIMARY KEY, value TEXT)"
            )
            self._ledger.execute(
                "CREATE TABLE IF NOT EXISTS chunks (chunk INTEGER PRIMARY KEY, file TEXT, "
                "digest TEXT, size INTEGER, rows INTEGER, seconds REAL, uncertified INTEGER, "
                "worst REAL)"
            )
        told = dict(self._ledger.execute("SELECT name, value FROM run"))
        before = json.loads(told["question"]) if "question" in told else None
        some = any(self._files())
        if before is not None and some and not resume:
            raise OutputError(
                f"{self.path} holds {len(list(self._files()))} of "
                f"{json.loads(told['about'])['chunks']} chunks of an earlier run; --resume goes "
                "on with it, or remove the folder"
            )
        if before is None and some:
            raise OutputError(f"{self.path} has chunks but no ledger; take another folder")
        if before is not None and some and before != question:
            changes = "; ".join(_changes(before, question))
            raise OutputError(
                f"{self.path} holds a run of something else: {changes}; take another "
                "place for this one, or remove the folder"
            )
        with self._ledger:
            self._ledger.executemany(
                "INSERT OR REPLACE INTO run VALUES (?, ?)",
                [("question", json.dumps(question)), ("about", json.dumps(about))],
            )
        sync_folder(self.path)
        self._take_up()

    def _files(self) -> Iterator[Path]:
        """Finished chunks, as far as the names tell; leftovers are removed on the way."""
        for file in sorted(self.chunks.iterdir()):
            if _NAME.fullmatch(file.name):
                yield file
            elif _PART.fullmatch(file.name):
                with suppress(OSError):
                    file.unlink()

    def _take_up(self) -> None:
        """Read what there is: every chunk is checked against the hash in its name."""
        assert self._ledger is not None
        known = {row[1]: _recorded(row) for row in self._ledger.execute("SELECT * FROM chunks")}
        kept: set[str] = set()
        for file in self._files():
            found = _NAME.fullmatch(file.name)
            assert found is not None
            data = file.read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            if not digest.startswith(found[2]):
                file.unlink()
                continue
            each = known.get(file.name)
            if each is None or each.digest != digest:
                each = _found(file, int(found[1]), data, digest)
                self._fresh.append(each)
            self.done[each.chunk] = each
            kept.add(file.name)
        with self._ledger:
            self._ledger.executemany(
                "DELETE FROM chunks WHERE file = ?", [(name,) for name in known if name not in kept]
            )
        self._tell()

    def add(self, done: Done) -> None:
        """Note a finished chunk whose file has been put into `chunks`.

        Raises
        ------
        OutputError
        """
        self.done[done.chunk] = done
        self._fresh.append(done)
        if time.monotonic() - self._told > _PAUSE:
            self.flush()

    def flush(self) -> None:
        """Let the ledger know of all that is finished.

        Raises
        ------
        OutputError
        """
        try:
            with interrupts.held():
                self._tell()
        except (OSError, sqlite3.Error) as error:
            raise self.refused(error) from None

    def _tell(self) -> None:
        self._told = time.monotonic()
        if not self._fresh or self._ledger is None:
            return
        for done in self._fresh:
            sync_file(self.chunks / done.file)
        sync_folder(self.chunks)
        with self._ledger:
            self._ledger.executemany(
                "INSERT OR REPLACE INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (*row[:-1], None if math.isnan(row[-1]) else row[-1])
                    for row in map(dataclasses.astuple, self._fresh)
                ],
            )
        self._fresh.clear()

    def read(self, chunk: int) -> bytes:
        """Return the file of a finished chunk.

        Raises
        ------
        OutputError
            If it is not what it was.
        """
        done = self.done[chunk]
        try:
            return _unchanged(self.chunks / done.file, done.digest)
        except OSError as error:
            raise self.refused(error) from None

    def refused(self, error: OSError | sqlite3.Error) -> OutputError:
        """Say that the folder cannot be written, and what is kept all the same."""
        number = getattr(error, "errno", None)
        said = (os.strerror(number) if number else str(error)).rstrip(".")
        full = number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or "full" in said
        hint = "; make room" if full else ""
        kept = f"; {self.kept()}" if self.done else ""
        return OutputError(f"{self.path} cannot be written: {said}{hint}{kept}")

    def kept(self) -> str:
        """Say how much is kept and how to go on."""
        return (
            f"{len(self.done)} chunks are kept in {self.path}, and the same command with --resume "
            "goes on from there"
        )

    def close(self) -> None:
        """Give the folder back."""
        if self._ledger is not None:
            with suppress(OSError, sqlite3.Error):
                self._tell()
            with suppress(sqlite3.Error):
                self._ledger.close()
            self._ledger = None
        if self._lock is not None:
            with suppress(OSError):
                if not any(self._files()):  # nothing is lost
                    self._erase()
            self._lock.release()
            self._lock = None
            with suppress(OSError):  # where an open file cannot be removed
                if not (self.path / LEDGER).exists():
                    (self.path / _LOCK).unlink(missing_ok=True)
                    self.path.rmdir()

    def remove(self) -> None:
        """Remove the folder: what it holds is in the result."""
        self._fresh.clear()
        with suppress(OSError):
            for file in self._files():
                file.unlink()
        self.close()

    def _erase(self) -> None:
        """Remove what a run made, and the folder where nothing else is in it."""
        for name in (LEDGER, f"{LEDGER}-journal"):
            (self.path / name).unlink(missing_ok=True)
        with suppress(OSError):
            self.chunks.rmdir()
        if sys.platform != "win32":
            (self.path / _LOCK).unlink(missing_ok=True)
            self.path.rmdir()


def peek(path: Path) -> tuple[dict[str, str], dict[str, Any], dict[int, Done]]:
    """Read what a folder holds without taking it: question, description and finished chunks.

    Raises
    ------
    OutputError
        If it is not the folder of a run.
    """
    file = path / LEDGER
    if not file.is_file():
        raise OutputError(f"{path} is not the folder of a run; expected a ledger in it")
    try:
        ledger = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=10.0)
        try:
            told = dict(ledger.execute("SELECT name, value FROM run"))
            rows = ledger.execute("SELECT * FROM chunks ORDER BY chunk").fetchall()
        finally:
            ledger.close()
    except sqlite3.Error as error:
        raise OutputError(f"{file} cannot be read: {error}") from None
    done = {row[0]: _recorded(row) for row in rows}
    known = {each.file for each in done.values()}
    # Files that the ledger has not been told of yet, of a run that goes on or was killed.
    for each in sorted((path / _CHUNKS).glob("*")):
        found = _NAME.fullmatch(each.name)
        if found and each.name not in known:
            data = each.read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            if digest.startswith(found[2]):
                done[int(found[1])] = _found(each, int(found[1]), data, digest)
    if "question" not in told:
        raise OutputError(f"{path} is the folder of a run that has not begun")
    return json.loads(told["question"]), json.loads(told["about"]), dict(sorted(done.items()))


def _recorded(row: Any) -> Done:
    """Read a line of the ledger."""
    chunk, file, digest, size, rows, seconds, uncertified, worst = row
    worst = math.nan if worst is None else worst
    return Done(chunk, file, digest, size, rows, seconds, uncertified, worst)


def _found(file: Path, chunk: int, data: bytes, digest: str) -> Done:
    """Describe a file that the ledger does not know."""
    block = unpacked(data)
    return Done(
        chunk, file.name, digest, len(data), block.rows, 0.0, block.uncertified, block.worst
    )


def blocks_of(path: Path, done: Mapping[int, Done]) -> Iterator[tuple[int, Block]]:
    """Read the finished chunks of a folder, in their order.

    Raises
    ------
    OutputError
        If one is not what it was.
    """
    for chunk, each in done.items():
        yield chunk, unpacked(_unchanged(path / _CHUNKS / each.file, each.digest))


def _unchanged(file: Path, digest: str) -> bytes:
    """Read a file of which the digest is known."""
    data = file.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise OutputError(
            f"{file} has changed since it was written; remove it and go on with --resume"
        )
    return data


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Say what of a question has changed, one phrase each."""
    for name in dict.fromkeys((*before, *now)):
        old, new = before.get(name), now.get(name)
        if old != new:
            yield (
                f"{name} {'is new' if old is None else f'was {old}'}"
                f"{f', now {new}' if new is not None else ', now not given'}"
            )


def _opened(path: Path) -> sqlite3.Connection:
    ledger = sqlite3.connect(path, timeout=10.0, check_same_thread=False)
    ledger.execute("PRAGMA journal_mode = DELETE")
    ledger.execute("PRAGMA synchronous = FULL")
    return ledger


class _Lock:
    """A lock of the operating system on a file, which ends with the process whatever happens."""

    def __init__(self, path: Path) -> None:
        self._file: int | None = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _take(self._file)
            # Whoever had it may have removed it meanwhile: then it locks nothing.
            taken = os.path.samestat(os.fstat(self._file), os.stat(path))
        except FileNotFoundError:
            taken = False
        except OSError as error:
            self.release()
            if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                raise
            taken = False
        if not taken:
            self.release()
            raise OutputError(
                f"{path.parent} is in use by another run; wait for it, or take another place"
            )

    def release(self) -> None:
        """Give it back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _take(file: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, 1 << 30, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        return
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
