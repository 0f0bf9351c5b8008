"""The formats: one renderer each, for the document of any study.

A format is added from outside by one function::

    from negotiation.report.render import register_renderer

    @register_renderer("tsv", suffixes=(".tsv",))
    def tsv(document):
        return ...

After that `--format tsv` and `-o run.tsv` work for every study; see docs/extending.md.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.errors import GridError, ModelError, nearest
from negotiation.registry import Registered, Registry
from negotiation.report import markdown, text
from negotiation.report.document import Document, Rows
from negotiation.words import brief, spreadsheet

if TYPE_CHECKING:
    import pandas as pd


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Renderer(Registered[Callable[[Document], str]]):
    """A format; its name is what `--format` is given.

    Attributes
    ----------
    suffixes : tuple of str
        Endings of files; the first is the usual one.
    rows_only : bool
        Whether it needs the rows of a document, which not every study has.
    """

    suffixes: tuple[str, ...]
    rows_only: bool = False


def _text(renderer: Registered[Callable[[Document], str]], found: Any, asked: Any) -> str:
    """Refuse what is no text."""
    if not isinstance(found, str):
        raise ModelError(f"{renderer.title} returned {brief(found)}; expected a text")
    return found


#: Endings of the files of a sweep that are written from its dataset, not from a document.
BINARY = {".parquet": "parquet", ".nc": "nc"}

#: Ending of a workbook, which every study can be written as, and its name for `--format`.
WORKBOOK = {".xlsx": "xlsx"}
_ENDING = re.compile(r"\.[a-z0-9]+")

#: Every format by its name, in the order in which messages name them.
RENDERERS: Registry[Callable[[Document], str]] = Registry("output format", ("document",))


def register_renderer(
    name: str, suffixes: Iterable[str], *, about: str = "", rows_only: bool = False
) -> Callable[[Callable[[Document], str]], Callable[[Document], str]]:
    """Make a function of a `Document` the renderer of a format, for every study.

    Parameters
    ----------
    name : str
        What `--format` is given.
    suffixes : iterable of str
        Endings of files that mean the format, such as `.html`.
    about : str, optional
        A phrase; the first line of the function's docstring where it is not given.
    rows_only : bool
        Whether it needs the rows of a document, which only studies with CSV have.

    Raises
    ------
    ModelError
        For a name that is none or is taken, endings that are none or are taken, and a function of
        anything but a document.
    """
    endings = (suffixes,) if isinstance(suffixes, str) else tuple(suffixes)
    known = {end: each for each, other in renderers(rows=True).items() for end in other.suffixes}
    for end in endings or ("",):
        if not isinstance(end, str) or not _ENDING.fullmatch(end):
            raise ModelError(
                f"{brief(end)} is no ending of files of output format '{name}'; expected a dot, "
                "then small letters or digits, as in suffixes=('.html',)"
            )
        if {**BINARY, **WORKBOOK, **known}.get(end, name) != name:
            raise ModelError(
                f"files that end in '{end}' have a format already; choose another ending for "
                f"output format '{name}'"
            )

    def register(render: Callable[[Document], str]) -> Callable[[Document], str]:
        RENDERERS.enter(
            Renderer(
                kind="output format",
                name=name,
                function=render,
                about=about or (render.__doc__ or name).strip().split("\n")[0].rstrip("."),
                check=_text,
                suffixes=endings,
                rows_only=rows_only,
            )
        )
        return render

    return register


def renderers(*, rows: bool) -> dict[str, Renderer]:
    """Return the formats of a study by name; those that need rows only where it has them."""
    known = {name: each for name, each in RENDERERS.items() if isinstance(each, Renderer)}
    return {name: each for name, each in known.items() if rows or not each.rows_only}


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
    return str(known[kind](document))


# --- the formats to load --------------------------------------------------------------------------

register_renderer("table", (".txt",))(text.render)


@register_renderer("json", (".json",))
def _json(document: Document) -> str:
    return to_json(document.record)


register_renderer("md", (".md",))(markdown.render)


@register_renderer("html", (".html",))
def _html(document: Document) -> str:
    """A page that needs no network."""
    from negotiation.report import html

    return html.render(document)


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
