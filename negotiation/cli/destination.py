"""Where a command's result goes, and in which form."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from negotiation.cli.console import note, show
from negotiation.cli.streams import check_stdout
from negotiation.errors import GridError, nearest

#: Suffixes of the files of a format.
SUFFIXES = {"json": ".json", "md": ".md", "csv": ".csv", "table": ".txt"}


@dataclasses.dataclass(frozen=True)
class Destination:
    """A file or stdout, and the kind of text that goes there.

    Attributes
    ----------
    kind : str
        `table`, `json`, `md` or `csv`.
    path : Path or None
        None is stdout.
    """

    kind: str
    path: Path | None

    @classmethod
    def of(
        cls,
        kind: str | None,
        output: str | None,
        kinds: Sequence[str],
        what: str,
        *,
        besides: bool = False,
    ) -> Destination:
        """Read `--format` and `-o`, and refuse what cannot be written before any work is done.

        Parameters
        ----------
        kinds : sequence of str
            Kinds the command can make.
        what : str
            The subject of the complaint, such as "an audit is".
        besides : bool
            Whether something else is written, so that a closed stdout does not make all work vain.

        Raises
        ------
        OutputError, GridError
        """
        from negotiation.report.output import check_writable
        from negotiation.report.place import kind_of, place

        check_format(kind or "table", kinds)
        path = place(output)
        if path is None:
            if not besides:
                check_stdout()
            return cls(kind or "table", None)
        found = kind_of(path, {SUFFIXES[each]: each for each in kinds}, kind, f"{what} written as")
        check_writable(path)
        return cls(found, path)

    def give(self, text: str) -> None:
        """Print the text, or write it whole."""
        if self.path is None:
            show(text, self.kind)
            return
        from negotiation.report.output import write_text

        write_text(self.path, text, self.kind)
        note(f"wrote {self.path}")


def check_format(kind: str, known: Sequence[str]) -> str:
    """Check a word given to --format."""
    if kind not in known:
        raise GridError(
            f"format '{kind}' is unknown{nearest(kind, known)}; choose from {', '.join(known)}"
        )
    return kind
