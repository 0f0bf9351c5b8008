"""Which file is meant by a name, in which format, and whether it can be written at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from negotiation.errors import OutputError

#: Names of stdout: they would be opened as another file, and cut off what stands there.
_STDOUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")

#: Names that Windows keeps for devices, whatever their suffix.
_RESERVED = {"con", "prn", "aux", "nul", *(f"{n}{k}" for n in ("com", "lpt") for k in range(10))}

#: Longest path that every call of Windows takes as it is; longer ones need a mark in front.
_WINDOWS_PATH = 240


class OutputFile(NamedTuple):
    """Where a result goes: the file behind all links, and what stands there now."""

    path: Path
    before: os.stat_result | None

    @property
    def through(self) -> bool:
        """Whether it is no regular file, and so is written through."""
        return self.before is not None and not stat.S_ISREG(self.before.st_mode)


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
    if os.path.isdir(path):
        raise _folder(path)
    if text.endswith(tuple(filter(None, (os.sep, os.altsep)))):
        raise OutputError(f"{text} names a folder; give the name of a file in it")
    return path


def kind_of(
    path: Path,
    kinds: Mapping[str, str],
    given: str | None,
    what: str,
    option: str = "--format",
) -> str:
    """Return the format that a file's suffix stands for.

    Parameters
    ----------
    kinds : mapping of suffix to format
    given : str or None
        Format that was asked for; it must agree, and says it for a pipe or device without suffix.
    what : str
        The subject of the complaint, such as "an audit is written as".
    option : str
        What says the format of a place without suffix; empty: nothing does.

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
        unsaid = option and not path.suffix and _special(path)
        hint = f"; say the format with {option}" if unsaid else ""
        raise OutputError(f"{path} {ending(path)}; {what} {_listed(kinds)}{hint}")
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


def target_of(path: Path) -> OutputFile:
    """Find the file behind a path and refuse what can be seen to be no place for a result."""
    before: os.stat_result | None = None
    try:
        before = path.stat()
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        raise refused(path, error) from None
    real = path
    if path.is_symlink() and (before is None or stat.S_ISREG(before.st_mode)):
        # A link that points nowhere is followed as well: what it names is made.
        real = Path(os.path.realpath(path))
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
    return OutputFile(_extended(real), before)


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


def refused(path: Path, error: OSError | ValueError) -> OutputError:
    """Build the complaint that a place cannot be written, with what the system says of it."""
    number = getattr(error, "errno", None)
    said = os.strerror(number) if number else str(error)
    if isinstance(error, PermissionError) and sys.platform == "win32" and path.exists():
        said = "it may be open in another program, such as a spreadsheet; close it there"
    elif isinstance(error, PermissionError):
        said = "permission denied; choose another place"
    elif number == errno.ENAMETOOLONG:
        said = "the name is too long"
    elif isinstance(error, FileNotFoundError):
        said = f"no file can be made in folder {path.parent}"
    return OutputError(f"{path} cannot be written: {said}")
