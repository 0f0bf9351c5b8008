"""Where a command's result goes, and in which form."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from negotiation.cli.console import say, show
from negotiation.cli.options import check_format
from negotiation.errors import OutputError

_SUFFIXES = {"json": ".json", "md": ".md", "csv": ".csv", "table": ".txt"}


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
        cls, kind: str | None, output: str | None, kinds: Sequence[str], what: str
    ) -> Destination:
        """Read `--format` and `-o`, and refuse what cannot be written before any work is done.

        Parameters
        ----------
        kinds : sequence of str
            Kinds the command can make.
        what : str
            The subject of the complaint, such as "an audit is".

        Raises
        ------
        OutputError, GridError
        """
        check_format(kind or "table", kinds)
        if output in (None, "-"):
            return cls(kind or "table", None)
        from negotiation.report.output import check_writable

        path = Path(str(output))
        by_suffix = {_SUFFIXES[each]: each for each in kinds}
        if path.suffix not in by_suffix:
            *most, last = (*(each for each in by_suffix if each != ".txt"), ".txt")
            raise OutputError(
                f"{path} ends in '{path.suffix}'; {what} written as {', '.join(most)} or {last}"
            )
        found = by_suffix[path.suffix]
        if kind not in (None, found):
            raise OutputError(f"--format {kind} contradicts {path}; give one of the two")
        check_writable(path)
        return cls(found, path)

    def give(self, text: str) -> None:
        """Print the text, or write it whole."""
        if self.path is None:
            show(text)
            return
        from negotiation.report.output import writing

        with writing(self.path) as part:
            part.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
        say(f"wrote {self.path}")
