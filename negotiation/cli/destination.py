"""Where a command's result goes, and in which form."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from negotiation.cli.streams import check_stdout, note, show
from negotiation.errors import GridError, OutputError, nearest
from negotiation.shell import command

#: Suffixes of the files of a format.
SUFFIXES = {
    "html": ".html",
    "json": ".json",
    "md": ".md",
    "csv": ".csv",
    "table": ".txt",
}

#: The format that is no text, and so goes to a file only.
WORKBOOK = "xlsx"

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.report.document import Document


class CommandLine:
    """The command line that is carried out, as it was given."""

    arguments: tuple[str, ...] = ()


def asked() -> str:
    """Return the command that is carried out, ready for a shell; empty where none is."""
    return command("negotiation", *CommandLine.arguments) if CommandLine.arguments else ""


@dataclasses.dataclass(frozen=True)
class Destination:
    """A file or stdout, and the kind of text that goes there.

    Attributes
    ----------
    kind : str
        `table`, `json`, `md`, `csv` or `xlsx`.
    path : Path or None
        None is stdout.
    case : Case or None
        What was asked, where it is a case: a workbook tells its parameters.
    """

    kind: str
    path: Path | None
    case: Case | None = None

    @classmethod
    def of(
        cls,
        kind: str | None,
        output: str | None,
        what: str,
        *,
        rows: bool = False,
        besides: bool = False,
        case: Case | None = None,
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
        OutputError, GridError, MissingExtraError
        """
        from negotiation.report.output import check_writable
        from negotiation.report.place import kind_of, place
        from negotiation.report.render import WORKBOOK as ENDINGS
        from negotiation.report.render import renderers

        known = renderers(rows=rows)
        path = place(output)
        check_format(kind or "table", known, to_file=path is not None)
        if path is None:
            if not besides:
                check_stdout()
            return cls(kind or "table", None, case)
        kinds = {end: name for name, each in known.items() for end in each.suffixes}
        found = kind_of(path, kinds | ENDINGS, kind, f"{what} written as")
        if found == WORKBOOK:
            from negotiation.report.workbook import check_workbook

            check_workbook(path)
        check_writable(path)
        return cls(found, path, case)

    def give(self, document: Document) -> None:
        """Print the document, or write it whole."""
        if self.kind == WORKBOOK:
            from negotiation.report.workbook import workbook

            assert self.path is not None  # a workbook without a file was refused
            workbook(document, self.path, case=self.case, command=asked())
            note(f"wrote {self.path}")
            return
        from negotiation.report.render import render

        text = render(document, self.kind)
        if self.path is None:
            show(text, self.kind)
            return
        from negotiation.report.output import write_text

        write_text(self.path, text, self.kind)
        note(f"wrote {self.path}")


def check_format(kind: str, known: Collection[str], *, to_file: bool = False) -> str:
    """Check a word given to --format; a workbook is for files only."""
    if kind == WORKBOOK:
        if not to_file:
            raise OutputError(
                "a workbook is not printed; give it a file with -o, as in -o results.xlsx"
            )
    elif kind not in known:
        raise GridError(
            f"format '{kind}' is unknown{nearest(kind, known)}; choose from {', '.join(known)}"
        )
    return kind
