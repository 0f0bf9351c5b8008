"""`GameFile`: a game with its title, from any file that is understood."""

from __future__ import annotations

import dataclasses
import os
import re
import stat
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from negotiation.errors import DataError
from negotiation.games.files.csv_table import read_csv
from negotiation.games.files.efg import read_efg
from negotiation.games.files.nfg import read_nfg
from negotiation.games.files.normal_form import reduced_normal_form
from negotiation.games.files.scan import place
from negotiation.games.files.table import Deadline
from negotiation.games.files.tree import Tree
from negotiation.games.game import Game
from negotiation.words import clean, printable

#: Endings of files that hold a game.
SUFFIXES = (".nfg", ".efg", ".csv")

#: Largest file that is read, bytes.
MAX_BYTES = 256 * 2**20

#: What a terminal might obey if a label were printed; also what a binary file is full of.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class GameFile:
    """A game as its file has it.

    Attributes
    ----------
    name : str
        The file's path, or what the text was called.
    kind : str
        `nfg`, `efg` or `csv`.
    title, comment : str
        Empty where the file has none.
    players : tuple of str
    tree : Tree or None
        Of an extensive game.
    table : Game or None
        Of a strategic game.
    """

    name: str
    kind: str
    title: str
    comment: str
    players: tuple[str, ...]
    tree: Tree | None = None
    table: Game | None = None

    def __repr__(self) -> str:
        return f"GameFile({printable(self.name)}: {self.tree or self.table!r})"

    @cached_property
    def game(self) -> Game:
        """The strategic game; of an extensive game its reduced normal form.

        Payoffs are floats, and exact rationals in `exact`.

        Raises
        ------
        DataError
            If the reduced normal form is too large, there is one player only, or a player does
            not remember what it did or knew.
        """
        return self.strategic()

    def strategic(self, deadline: Deadline | None = None) -> Game:
        """Return the same, made by a deadline."""
        if self.table is not None:
            return self.table
        assert self.tree is not None  # one of the two is always there
        return reduced_normal_form(self.tree, self.name, deadline=deadline)


def read(path: str | Path, deadline: Deadline | None = None) -> GameFile:
    """Read a game file: Gambit's `.nfg` and `.efg`, or a table of payoffs in CSV.

    A file that opens with NFG or EFG is Gambit's whatever it is called; any other must end in
    `.csv`.

    Parameters
    ----------
    path : str or Path
    deadline : Deadline, optional
        When to give up.

    Raises
    ------
    DataError
        With file, line and column, what was found and what was expected.
    """
    path = Path(path)
    name = clean(str(path))
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise DataError(f"{name} is a folder; expected a game file")
        # A pipe or a device may never end.
        if not stat.S_ISREG(status.st_mode):
            raise DataError(f"{name} is not a regular file; save it to one and give its name")
        if status.st_size > MAX_BYTES:
            raise DataError(
                f"{name} has {status.st_size:,} bytes; game files of at most {MAX_BYTES:,} are read"
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{name} does not exist; expected a game file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{name} cannot be read: {reason}") from None
    return parse(_decode(data, name), name, _kind(path.suffix.lower()), deadline)


def game_files(paths: Sequence[str | Path]) -> list[Path]:
    """List files as given, and in place of a folder the game files in it, by name.

    Raises
    ------
    DataError
        For a folder that cannot be read or has no game file in it.
    """
    files: list[Path] = []
    for path in map(Path, paths):
        if not path.is_dir():
            files.append(path)
            continue
        try:
            inside = sorted(
                each
                for each in path.iterdir()
                if each.suffix.lower() in SUFFIXES and not each.name.startswith(".")
            )
        except OSError as error:
            raise DataError(f"{clean(str(path))} cannot be read: {error.strerror}") from None
        if not inside:
            raise DataError(
                f"{clean(str(path))} has no game file in it; expected files ending in "
                f"{', '.join(SUFFIXES)}"
            )
        files += inside
    return files


def _kind(suffix: str) -> str | None:
    return suffix[1:] if suffix in SUFFIXES else None


def _decode(data: bytes, name: str) -> str:
    """Decode UTF-8, with or without its mark."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        where = place(_plain_lines(before), len(_plain_lines(before)))
        raise DataError(
            f"{name}, {where}: found the byte 0x{data[error.start]:02x}, which is not UTF-8; "
            "expected text saved as UTF-8"
        ) from None


def _plain_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse(
    text: str, name: str = "text", kind: str | None = None, deadline: Deadline | None = None
) -> GameFile:
    """Read a game from the text of a file.

    Parameters
    ----------
    text : str
    name : str
        What errors call it.
    kind : str, optional
        `nfg`, `efg` or `csv`; found out where it is not given or the text says otherwise.
    deadline : Deadline, optional
        When to give up.

    Raises
    ------
    DataError
        With line and column, what was found and what was expected.
    """
    if not isinstance(text, str):
        raise DataError(
            f"{name} is a {type(text).__name__}; expected the text of a game file, or its path "
            "given to read"
        )
    text = _plain_lines(text)
    if not text.strip():
        raise DataError(f"{name} is empty; expected a game")
    control = _CONTROL.search(text)
    if control:
        raise DataError(
            f"{name}, {place(text, control.start())}: found the control character "
            f"U+{ord(control.group()):04X}; expected plain text"
        )
    first = text.split(maxsplit=1)[0]
    kind = {"NFG": "nfg", "EFG": "efg"}.get(first, kind)
    if kind == "nfg":
        title, comment, game = read_nfg(text, name, deadline)
        return GameFile(name, kind, title, comment, game.players, table=game)
    if kind == "efg":
        title, comment, tree = read_efg(text, name, deadline)
        return GameFile(name, kind, title, comment, tree.players, tree=tree)
    if kind == "csv":
        game = read_csv(text, name, deadline)
        return GameFile(name, kind, "", "", game.players, table=game)
    raise DataError(
        f"{name}: not known as a game; expected a file that opens with NFG or EFG, or one whose "
        f"name ends in {', '.join(SUFFIXES)}"
    )
