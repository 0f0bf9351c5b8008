"""The formats: one renderer each, for the document of any study.

A format is added from outside by one function::

    from negotiation.report.render import register_renderer

    @register_renderer("tsv", suffixes=(".tsv",))
    def tsv(document):
        return ...

After that `--format tsv` and `-o run.tsv` work for every study; on the command line,
`--load FILE` reads the file that does so.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.errors import GridError, nearest
from negotiation.report import markdown, text
from negotiation.report.document import Document, Rows
from negotiation.words import spreadsheet

if TYPE_CHECKING:
    import pandas as pd


@dataclasses.dataclass(frozen=True)
class Renderer:
    """A format.

    Attributes
    ----------
    kind : str
        What `--format` is given.
    suffixes : tuple of str
        Endings of files; the first is the usual one.
    render : callable
        Makes the text of a document.
    rows_only : bool
        Whether it needs the rows of a document, which not every study has.
    """

    kind: str
    suffixes: tuple[str, ...]
    render: Callable[[Document], str]
    rows_only: bool = False


#: Every format by its kind, in the order in which messages name them.
RENDERERS: dict[str, Renderer] = {}


def register_renderer(
    kind: str, suffixes: Iterable[str], *, rows_only: bool = False
) -> Callable[[Callable[[Document], str]], Callable[[Document], str]]:
    """Make a function of a `Document` the renderer of a format, for every study.

    Parameters
    ----------
    kind : str
        What `--format` is given.
    suffixes : iterable of str
        Endings of files that mean the format, such as `.html`.
    rows_only : bool
        Whether it needs the rows of a document, which only studies with CSV have.
    """

    def register(render: Callable[[Document], str]) -> Callable[[Document], str]:
        RENDERERS[kind] = Renderer(kind, tuple(suffixes), render, rows_only)
        return render

    return register


def renderers(*, rows: bool) -> dict[str, Renderer]:
    """Return the formats of a study by kind; those that need rows only where it has them."""
    return {kind: each for kind, each in RENDERERS.items() if rows or not each.rows_only}


def render(document: Document, kind: str) -> str:
    """Return a document in one of the formats.

    Raises
    ------
    GridError
        If there is no such format, or the study has no rows for it.
    """
    known = renderers(rows=document.list_rows is not None)
    if kind not in known:
        raise GridError(
            f"format '{kind}' is unknown{nearest(kind, known)}; choose from {', '.join(known)}"
        )
    return known[kind].render(document)


# --- the formats to load --------------------------------------------------------------------------

register_renderer("table", (".txt",))(text.render)


@register_renderer("json", (".json",))
def _json(document: Document) -> str:
    return to_json(document.record)


register_renderer("md", (".md",))(markdown.render)


@register_renderer("csv", (".csv",), rows_only=True)
def _csv(document: Document) -> str:
    """CSV with full precision, of which a spreadsheet runs no cell."""
    assert document.list_rows is not None  # what needs rows is offered where there are some
    rows = document.list_rows()
    if not isinstance(rows, Rows):
        return _frame(rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(spreadsheet([*rows.names, *document.made]))
    for line in rows.lines:
        writer.writerow(spreadsheet([*map(_cell, line), *document.made.values()]))
    return out.getvalue()


def _cell(value: Any) -> Any:
    """A number with all its digits; an empty cell where there is none."""
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else repr(float(value))
    return value


def _frame(frame: pd.DataFrame) -> str:
    for name in frame.columns:
        if frame[name].dtype.kind not in "biufc":
            frame[name] = spreadsheet(frame[name].tolist())
    frame.columns = spreadsheet(frame.columns)
    return str(frame.to_csv(index=False, lineterminator="\n"))


def to_json(value: Any) -> str:
    """JSON with full precision; what is not a number becomes null."""
    return json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False)


def plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None if np.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value
