"""Write files whole or not at all.

The text goes to a hidden file in the same folder, which is forced to the disk and then takes the
place of the old one: whoever reads sees the old file or the whole new one. Links are followed, so
that the link stays and what it points at is replaced. The new file has the old one's mode, and its
owner, group and attributes as far as the system lets us. A file of several hard links stays one
under all its names: the text is copied into it while signals wait, and the old content is put back
if that fails. A pipe or a device cannot be replaced and is written through.
"""

from __future__ import annotations

import io
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from negotiation import interrupts
from negotiation.disk import sync_file, sync_folder
from negotiation.report.place import OutputFile, refused, target_of
from negotiation.words import printable

#: Age in seconds at which an unfinished file is taken for a leftover, whoever seems to own it.
_OLD = 86_400.0

#: What this command has written whole.
_written: list[Path] = []


def begin() -> None:
    """Begin a command: nothing has been written yet."""
    _written.clear()


def written() -> str:
    """Say which files were written: `run.csv and run.png`, or `nothing`."""
    # What stands beside a file of data is a part of it.
    names = [str(path) for path in _written if not str(path).endswith("-metadata.json")]
    return " and ".join(names) or "nothing"


# --- before the work ------------------------------------------------------------------------------


def check_writable(path: Path) -> None:
    """Refuse a place that cannot be written to, before any work is done.

    A file is made beside the place and removed again: what the system says of permissions is not
    always what it does. Leftovers of commands that were killed are removed on the way.

    Raises
    ------
    OutputError
    """
    target = target_of(path)
    if target.through:
        return
    _remove_leftovers(target.path)
    part: Path | None = None
    try:
        with interrupts.held():
            part = _new_part(target, path.suffix)
    except OSError as error:
        raise refused(path, error) from None
    finally:
        _discard(part)


# --- writing --------------------------------------------------------------------------------------


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Give a temporary file beside `path` that takes its place only when all went well.

    Raises
    ------
    OutputError
    """
    target = target_of(path)
    part: Path | None = None
    try:
        with interrupts.held():
            part = _new_part(target, path.suffix)
        yield part
        # A library may have swallowed what should have stopped it.
        interrupts.check()
        if target.through:
            _pour(part, target.path)
            _written.append(path)
            return
        sync_file(part)
        with interrupts.held():
            if target.before is not None and target.before.st_nlink > 1:
                _copy_into(part, target.path)
            else:
                if target.before is not None:
                    _same_rights(part, target.path, target.before)
                _replace(part, target.path)
            _written.append(path)
        sync_folder(target.path.parent)
    except OSError as error:
        raise refused(path, error) from None
    finally:
        _discard(part)


def write_text(path: Path, text: str, kind: str = "table") -> None:
    """Write a text whole, in UTF-8; but for CSV without anything that a terminal might obey.

    Raises
    ------
    OutputError
    """
    safe = text if kind == "csv" else printable(text, keep="\n\t")
    safe = safe.rstrip("\n") + "\n"
    with writing(path) as part:
        part.write_text(safe, encoding="utf-8", errors="backslashreplace", newline="\n")


def _new_part(target: OutputFile, suffix: str) -> Path:
    """Make the temporary file, known to whoever tidies up."""
    import tempfile
    import uuid

    folder = Path(tempfile.gettempdir()) if target.through else target.path.parent
    # A new file gets what the user's mask allows; one that will replace another stays private
    # until it has the other's mode.
    mode = 0o666 if target.before is None else 0o600
    owner = f"{_mark(target.path.name)}-{_mark(_machine())}-{os.getpid()}"
    part = folder / f".negotiation-{owner}-{uuid.uuid4().hex[:8]}{suffix}"
    os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode))
    interrupts.unfinished.add(part)
    return part


def _machine() -> str:
    import platform  # with the three libraries above 10 ms that help and completion do not need

    return platform.node()


def _mark(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _discard(part: Path | None) -> None:
    if part is None:
        return
    with interrupts.held():
        with suppress(OSError):
            part.unlink(missing_ok=True)
        interrupts.unfinished.discard(part)


def _same_rights(part: Path, path: Path, before: os.stat_result) -> None:
    """Give the new file the old one's owner, group, attributes and mode, as far as we may."""
    mode = stat.S_IMODE(before.st_mode)
    if sys.platform != "win32":
        made = part.stat()
        if (made.st_uid, made.st_gid) != (before.st_uid, before.st_gid):
            try:
                os.chown(part, before.st_uid, before.st_gid)
            except OSError:
                mode &= ~(stat.S_ISUID | stat.S_ISGID)
                with suppress(OSError):
                    os.chown(part, -1, before.st_gid)
    if sys.platform == "linux":
        with suppress(OSError):
            for name in os.listxattr(path):
                with suppress(OSError):
                    os.setxattr(part, name, os.getxattr(path, name))
    part.chmod(mode)


def _replace(part: Path, path: Path) -> None:
    """Put a file in another's place; on Windows a scanner may hold it for a moment."""
    for pause in (0.05, 0.2, 0.5) if sys.platform == "win32" else ():
        try:
            os.replace(part, path)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    os.replace(part, path)


def _copy_into(part: Path, path: Path) -> None:
    """Copy a file into another, which stays the same file under its other names."""
    new, old = part.read_bytes(), path.read_bytes()
    with path.open("r+b", buffering=0) as file:
        try:
            _fill(file, new)
        except OSError:
            with suppress(OSError):
                _fill(file, old)
            raise


def _fill(file: io.FileIO, content: bytes) -> None:
    file.seek(0)
    left = memoryview(content)
    while left:
        left = left[file.write(left) :]
    file.truncate()
    os.fsync(file.fileno())


def _pour(part: Path, path: Path) -> None:
    """Write through to a pipe or device; a pipe waits for its reader, as everywhere."""
    with part.open("rb") as source, path.open("wb") as sink:
        shutil.copyfileobj(source, sink)


# --- leftovers ------------------------------------------------------------------------------------


def _remove_leftovers(path: Path) -> None:
    """Remove unfinished files for this place whose process is gone."""
    with suppress(OSError):
        for each in path.parent.glob(f".negotiation-{_mark(path.name)}-*"):
            with suppress(OSError, ValueError, IndexError):
                _, _, host, pid, *_ = each.name.split("-")
                here = host == _mark(_machine())
                dead = here and each not in interrupts.unfinished and not _runs(int(pid))
                if dead or time.time() - each.stat().st_mtime > _OLD:
                    each.unlink()


def _runs(pid: int) -> bool:
    """Whether another process of this number runs here."""
    if pid == os.getpid():
        return False  # of this one we know what is unfinished
    if sys.platform == "win32":
        # There, os.kill would end it.
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, pid)
        if not handle:
            return bool(ctypes.windll.kernel32.GetLastError() == 5)  # it is there, and not ours
        code = ctypes.c_ulong()
        ctypes.windll.kernel32.GetExitCodeProcess(handle, ctypes.byref(code))
        ctypes.windll.kernel32.CloseHandle(handle)
        return code.value == 259
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
