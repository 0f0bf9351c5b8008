"""Where a command's result goes, and in which form."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from negotiation.cli.streams import check_stdout, note, show
from negotiation.errors import GridError, nearest

#: Suffixes of the files of a format.
SUFFIXES = {"json": ".json", "md": ".md", "csv": ".csv", "table": ".txt"}

if TYPE_CHECKING:
    from negotiation.report.document import Document


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
        what: str,
        *,
        rows: bool = False,
        besides: bool = False,
    ) -> Destination:
        """Read `--format` and `-o`, and refuse what cannot be written before any work is done.

        Parameters
        ----------
        what : str
            The subject of the complaint, such as "an audit is".
        rows : bool
            Whether the result has rows, and so can be CSV.
        besides : bool
            Whether something else is written, so that a closed stdout does not make all work vain.

        Raises
        ------
        OutputError, GridError
        """
        from negotiation.report.output import check_writable
        from negotiation.report.place import kind_of, place
        from negotiation.report.render import renderers

        known = renderers(rows=rows)
        check_format(kind or "table", known)
        path = place(output)
        if path is None:
            if not besides:
                check_stdout()
            return cls(kind or "table", None)
        kinds = {end: name for name, each in known.items() for end in each.suffixes}
        found = kind_of(path, kinds, kind, f"{what} written as")
        check_writable(path)
        return cls(found, path)

    def give(self, document: Document) -> None:
        """Print the document, or write it whole."""
        from negotiation.report.render import render

        text = render(document, self.kind)
        if self.path is None:
            show(text, self.kind)
            return
        from negotiation.report.output import write_text

        write_text(self.path, text, self.kind)
        note(f"wrote {self.path}")


def check_format(kind: str, known: Collection[str]) -> str:
    """Check a word given to --format."""
    if kind not in known:
        raise GridError(
            f"format '{kind}' is unknown{nearest(kind, known)}; choose from {', '.join(known)}"
        )
    return kind
