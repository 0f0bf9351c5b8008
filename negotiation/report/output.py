"""Write files whole or not at all.

The text goes to a hidden file in the same folder, which is forced to the disk and then takes the
place of the old one: whoever reads sees the old file or the whole new one. Links are followed, so
that the link stays and what it points at is replaced. The new file has the old one's mode, and its
owner, group and attributes as far as the system lets us. A file of several hard links is replaced
under the one name that was given; the other names keep the old content. A pipe or a device cannot
be replaced and is written through.
"""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import shutil
import stat
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from negotiation import interrupts
from negotiation.errors import OutputError
from negotiation.words import printable

#: Names of stdout: they would be opened as another file, and cut off what stands there.
_STDOUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")

#: Age in seconds at which an unfinished file is taken for a leftover, whoever seems to own it.
_OLD = 86_400.0

#: Names that Windows keeps for devices, whatever their suffix.
_RESERVED = {"con", "prn", "aux", "nul", *(f"{n}{k}" for n in ("com", "lpt") for k in range(10))}

#: Longest path that every call of Windows takes as it is; longer ones need a mark in front.
_WINDOWS_PATH = 240

#: What this command has written whole.
_written: list[Path] = []


class _Target(NamedTuple):
    """Where a result goes: the file behind all links, and what stands there now."""

    path: Path
    before: os.stat_result | None

    @property
    def through(self) -> bool:
        """Whether it is no regular file, and so is written through."""
        return self.before is not None and not stat.S_ISREG(self.before.st_mode)


def begin() -> None:
    """Begin a command: nothing has been written yet."""
    _written.clear()


def written() -> str:
    """Say which files were written: `run.csv and run.png`, or `nothing`."""
    return " and ".join(map(str, _written)) or "nothing"


def place(text: str | None) -> Path | None:
    """Read what was given to -o; None is stdout.

    Raises
    ------
    OutputError
    """
    if text is None or text in _STDOUT:
        return None
    if not text.strip():
        raise OutputError("-o was given an empty name; expected a file, such as run.csv")
    path = Path(text)
    if text.endswith(tuple(filter(None, (os.sep, os.altsep)))) or os.path.isdir(path):
        raise _folder(path)
    return path


def kind_of(path: Path, kinds: Mapping[str, str], given: str | None, what: str) -> str:
    """Return the format that a file's suffix stands for.

    Parameters
    ----------
    kinds : mapping of suffix to format
    given : str or None
        Format that was asked for; it must agree, and says it for a pipe or device without suffix.
    what : str
        The subject of the complaint, such as "an audit is written as".

    Raises
    ------
    OutputError
    """
    if os.path.isdir(path):
        raise _folder(path)
    found = kinds.get(path.suffix.lower())
    if found is None and given is not None and not path.suffix and _special(path):
        return given
    if found is None:
        raise OutputError(f"{path} {ending(path)}; {what} {_listed(kinds)}")
    if given not in (None, found):
        raise OutputError(f"--format {given} contradicts {path}; give one of the two")
    return found


def ending(path: Path) -> str:
    """Say how a name ends: `ends in '.xls'`, or `has no suffix`."""
    return f"ends in '{path.suffix}'" if path.suffix else "has no suffix"


def _listed(kinds: Mapping[str, str]) -> str:
    *most, last = (*(each for each in kinds if each != ".txt"), *(k for k in kinds if k == ".txt"))
    return f"{', '.join(most)} or {last}" if most else last


def _special(path: Path) -> bool:
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _folder(path: Path) -> OutputError:
    return OutputError(f"{path} is a folder; give the name of a file in it")


# --- before the work ------------------------------------------------------------------------------


def check_writable(path: Path) -> None:
    """Refuse a place that cannot be written to, before any work is done.

    A file is made beside the place and removed again: what the system says of permissions is not
    always what it does. Leftovers of commands that were killed are removed on the way.

    Raises
    ------
    OutputError
    """
    target = _target(path)
    if target.through:
        return
    _remove_leftovers(target.path)
    part: Path | None = None
    try:
        with interrupts.held():
            part = _new_part(target, path.suffix)
    except OSError as error:
        raise _refused(path, error) from None
    finally:
        _discard(part)


def _target(path: Path) -> _Target:
    """Find the file behind a path and refuse what can be seen to be no place for a result."""
    before: os.stat_result | None = None
    try:
        # A link that points nowhere is followed as well: what it names is made.
        real = Path(os.path.realpath(path)) if path.is_symlink() else path
        before = real.stat()
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        raise _refused(path, error) from None
    if before is not None and stat.S_ISDIR(before.st_mode):
        raise _folder(path)
    if sys.platform == "win32" and path.name.partition(".")[0].rstrip().lower() in _RESERVED:
        raise OutputError(f"{path} cannot be written: Windows keeps this name for a device")
    if not real.parent.is_dir():
        raise OutputError(f"{path} cannot be written: folder {real.parent} does not exist")
    if before is not None:
        if stat.S_ISBLK(before.st_mode) or stat.S_ISSOCK(before.st_mode):
            kind = "disk" if stat.S_ISBLK(before.st_mode) else "socket"
            raise OutputError(f"{path} is a {kind}; give the name of a file")
        if not os.access(real, os.W_OK) or not _may_be_replaced(real, before):
            raise OutputError(f"{path} cannot be written: permission denied; choose another place")
    return _Target(_extended(real), before)


def _may_be_replaced(path: Path, before: os.stat_result) -> bool:
    """Whether a file may be replaced as far as its folder goes: in /tmp, only by its owner."""
    if sys.platform == "win32" or not stat.S_ISREG(before.st_mode):
        return True
    folder = path.parent.stat()
    owners = (0, before.st_uid, folder.st_uid)
    return not folder.st_mode & stat.S_ISVTX or os.geteuid() in owners


def _extended(path: Path) -> Path:
    """Mark a path on Windows that is longer than its older calls take."""
    if sys.platform != "win32" or len(os.path.abspath(path)) < _WINDOWS_PATH:
        return path
    whole = os.path.abspath(path)
    if whole.startswith("\\\\?\\"):
        return path
    return Path(f"\\\\?\\UNC{whole[1:]}" if whole.startswith("\\\\") else f"\\\\?\\{whole}")


def _refused(path: Path, error: OSError | ValueError) -> OutputError:
    said = getattr(error, "strerror", None) or str(error)
    if isinstance(error, PermissionError) and sys.platform == "win32" and path.exists():
        said = "it may be open in another program, such as a spreadsheet; close it there"
    elif isinstance(error, PermissionError):
        said = "permission denied; choose another place"
    elif getattr(error, "errno", None) == errno.ENAMETOOLONG:
        said = "the name is too long"
    elif isinstance(error, FileNotFoundError):
        said = f"no file can be made in folder {path.parent}"
    return OutputError(f"{path} cannot be written: {said}")


# --- writing --------------------------------------------------------------------------------------


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Give a temporary file beside `path` that takes its place only when all went well.

    Raises
    ------
    OutputError
    """
    target = _target(path)
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
        _sync(part)
        with interrupts.held():
            if target.before is not None:
                _same_rights(part, target.path, target.before)
            _replace(part, target.path)
            _written.append(path)
        _sync_folder(target.path.parent)
    except OSError as error:
        raise _refused(path, error) from None
    finally:
        _discard(part)


def write_text(path: Path, text: str, kind: str = "table") -> None:
    """Write a text whole, in UTF-8; but for CSV without anything that a terminal might obey.

    Raises
    ------
    OutputError
    """
    safe = text if kind == "csv" else printable(text, keep="\n")
    safe = safe.rstrip("\n") + "\n"
    with writing(path) as part:
        part.write_text(safe, encoding="utf-8", errors="backslashreplace", newline="\n")


def _new_part(target: _Target, suffix: str) -> Path:
    """Make the temporary file, known to whoever tidies up."""
    folder = Path(tempfile.gettempdir()) if target.through else target.path.parent
    # A new file gets what the user's mask allows; one that will replace another stays private
    # until it has the other's mode.
    mode = 0o666 if target.before is None else 0o600
    owner = f"{_mark(target.path.name)}-{_mark(platform.node())}-{os.getpid()}"
    part = folder / f".negotiation-{owner}-{uuid.uuid4().hex[:8]}{suffix}"
    os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode))
    interrupts.unfinished.add(part)
    return part


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _discard(part: Path | None) -> None:
    if part is None:
        return
    with interrupts.held():
        with suppress(OSError):
            part.unlink(missing_ok=True)
        interrupts.unfinished.discard(part)


def _sync(part: Path) -> None:
    """Force a file to the disk, where the place knows how."""
    with part.open("r+b") as file:
        try:
            os.fsync(file.fileno())
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS):
                raise


def _sync_folder(folder: Path) -> None:
    """Force the new name to the disk; Windows has no such call, and some places refuse it."""
    if sys.platform == "win32":
        return
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


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
                here = host == _mark(platform.node())
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
