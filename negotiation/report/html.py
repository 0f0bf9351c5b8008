"""Any document as one HTML file: it loads nothing, and shows all of it without scripts.

Styles and scripts are named by their digests in the file's own content security policy, so that
nothing that a name carries can act.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import singledispatchmethod
from html import escape
from importlib import resources

from negotiation.report.document import (
    Block,
    Cell,
    Command,
    Document,
    EachSide,
    Form,
    Heading,
    Items,
    Lines,
    Marked,
    Notes,
    NumberedStep,
    Paragraph,
    Picture,
    Provenance,
    Ranged,
    Span,
    Table,
    TableColumn,
    written,
)
from negotiation.report.figure import DrawnRange, Figure, Interactive, Interval, IntervalChart
from negotiation.report.sentences import Language
from negotiation.report.svg import DARK, LIGHT, STYLE, svg, variables
from negotiation.report.text import SOFT, of_numbers
from negotiation.words import printable

#: Widths for which a figure is drawn; the style shows one of them.
WIDE, SLIM = 720, 360

_NOT_WORD = re.compile(r"[^a-z0-9]+")

_LINE = "\n"


def render(document: Document) -> str:
    """Return a document as a page."""
    return _HtmlPage(document).whole()


def plain(text: str) -> str:
    """Escape a text: what would act as markup, or on a terminal, is shown."""
    return escape(printable(text, keep=_LINE), quote=True)


def _folder(name: str) -> str:
    return (resources.files("negotiation") / "report" / "page" / name).read_text(encoding="utf-8")


def _style(more: Iterable[str]) -> str:
    """The style of a page: colours of both modes and of print, the page, figures, and more."""
    light, dark = variables(LIGHT), variables(DARK)
    colours = f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
    printed = f"@media print{{:root{{{light}}}}}"
    return "".join((colours, _folder("page.css"), STYLE, *more, printed))


def _digest(text: str) -> str:
    """How a policy names a text."""
    found = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(found).decode('ascii')}'"


class _HtmlPage:
    """A page while it is made."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.words = Language(document.lang)
        self._ids: set[str] = set()
        self._scripts: list[str] = []
        self._styles: list[str] = []

    def whole(self) -> str:
        """The page."""
        head, sections = self._parts()
        body = "".join(self._section(each) for each in sections)
        contents = self._contents(sections)
        title = plain(self.document.title)
        style = _style(self._styles)
        scripts = [_folder("page.js"), *self._scripts]
        allowed = " ".join(_digest(each) for each in scripts)
        policy = f"default-src 'none'; style-src {_digest(style)}; script-src {allowed}"
        policy += "; img-src data:; base-uri 'none'; form-action 'none'"
        lang = escape(self.document.lang, quote=True)
        return (
            f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            '<meta name="color-scheme" content="light dark">'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
            f"<title>{title}</title>\n<style>{style}</style></head>\n<body>"
            f'<a class="skip" href="#main">{self._say("skip")}</a>\n'
            f"<header>{head}</header>\n{contents}"
            f'<main id="main">\n{body}</main>\n'
            + "".join(f"<script>{each}</script>\n" for each in scripts)
            + "</body></html>\n"
        )

    def _say(self, name: str) -> str:
        return plain(self.words.say("page", name))

    def _id(self, text: str) -> str:
        """An anchor of its own for a text."""
        stem = _NOT_WORD.sub("-", text.lower()).strip("-")[:40] or "part"
        found, k = stem, 2
        while found in self._ids or found == "main":
            found, k = f"{stem}-{k}", k + 1
        self._ids.add(found)
        return found

    # --- the frame ------------------------------------------------------------------------------

    def _parts(self) -> tuple[str, list[tuple[Heading | None, str, list[Block]]]]:
        """What stands above all, and the sections: heading, anchor, blocks."""
        first: Heading | None = None
        sections: list[tuple[Heading | None, str, list[Block]]] = [(None, "", [])]
        for block in self.document.blocks:
            if isinstance(block, Heading) and block.level == 1 and first is None:
                first = block
            elif isinstance(block, Heading) and block.level == 2:
                sections.append((block, self._id(block.text), []))
            else:
                sections[-1][2].append(block)
        title = first.text if first is not None else self.document.study
        kick = f'<p class="kick">{plain(first.subtitle)}</p>' if first and first.subtitle else ""
        lead = sections.pop(0)[2]
        told = "".join(self._html(each) for each in lead)
        lede = f'<div class="lede">{told}</div>' if told else ""
        return f"{kick}<h1>{plain(title)}</h1>{lede}", sections

    def _contents(self, sections: list[tuple[Heading | None, str, list[Block]]]) -> str:
        if len(sections) < 4:
            return ""
        links = "".join(
            f'<li><a href="#{anchor}">{plain(head.text)}</a></li>'
            for head, anchor, _ in sections
            if head is not None
        )
        name = self._say("contents")
        return (
            f'<nav aria-label="{name}"><details><summary>{name}</summary><ul>{links}</ul>'
            "</details></nav>\n"
        )

    def _section(self, section: tuple[Heading | None, str, list[Block]]) -> str:
        head, anchor, blocks = section
        assert head is not None
        under = f'<p class="note">{plain(head.subtitle)}</p>' if head.subtitle else ""
        told = "".join(self._html(each) for each in blocks)
        return (
            f'<section aria-labelledby="{anchor}"><h2 id="{anchor}">{plain(head.text)}</h2>'
            f"{under}{told}</section>\n"
        )

    # --- blocks ---------------------------------------------------------------------------------

    @singledispatchmethod
    def _html(self, block: object) -> str:
        raise TypeError(f"a document has no block {type(block).__name__}")

    @_html.register
    def _(self, block: Heading) -> str:
        level = min(max(block.level, 2), 6)
        under = f'<p class="note">{plain(block.subtitle)}</p>' if block.subtitle else ""
        return f"<h{level}>{plain(block.text)}</h{level}>{under}"

    @_html.register
    def _(self, block: Paragraph) -> str:
        whole = block.text.replace(" %", "\u00a0%")  # not at the end of a line without its number
        return f"<p>{plain(whole)}</p>"

    @_html.register
    def _(self, block: Lines) -> str:
        return _listed(block.sentences)

    @_html.register
    def _(self, block: Items) -> str:
        head = f"<p>{plain(block.head)}</p>" if block.head else ""
        return head + _listed(block.entries)

    @_html.register
    def _(self, block: NumberedStep) -> str:
        more = _listed(block.lines) if block.lines else ""
        return f'<ol start="{block.number}"><li>{plain(block.text)}{more}</li></ol>'

    @_html.register
    def _(self, block: Table) -> str:
        if not block.folded:
            return f"{self._wide(block)}{_notes(block.notes)}"
        # Its title is on what opens it.
        told = f"{self._wide(dataclasses.replace(block, title=''))}{_notes(block.notes)}"
        head = plain(block.title) if block.title else self._say("numbers")
        return f'<details class="folded"><summary>{head}</summary>{told}</details>'

    @_html.register
    def _(self, block: Picture) -> str:
        return f"<p>{plain(block.title)}: {plain(block.path)}. {plain(block.alt)}</p>"

    @_html.register
    def _(self, block: Command) -> str:
        head = f"<p>{plain(block.head)}</p>" if block.head else ""
        return f"{head}<pre><code>{plain(block.line)}</code></pre>"

    @_html.register
    def _(self, block: Notes) -> str:
        return _notes(block.sentences)

    @_html.register
    def _(self, block: Provenance) -> str:
        return _listed(tuple(block.sentences()), "small")

    @_html.register
    def _(self, block: Figure) -> str:
        anchor = self._id(block.name)
        return (
            f'<figure aria-labelledby="{anchor}"><h3 id="{anchor}">{plain(block.title)}</h3>'
            f'<p class="note">{plain(block.subtitle)}</p>{self._drawn(block, anchor)}'
            f"<figcaption>{_sentences(block.notes)}</figcaption>{self._numbers(block)}</figure>"
        )

    @_html.register
    def _(self, block: IntervalChart) -> str:
        anchor = self._id(block.name)
        caption = plain(block.subtitle)
        heads = "".join(f'<th scope="col">{plain(each)}</th>' for each in block.columns)
        rows = "".join(self._interval(each, block.form) for each in block.rows)
        table = (
            f'<table class="answer"><caption>{caption}</caption>'
            f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )
        return (
            f'<figure aria-labelledby="{anchor}"><h3 id="{anchor}">{plain(block.title)}</h3>'
            f"{table}{self._drawn(block, anchor)}"
            f"<figcaption>{_sentences(block.notes)}</figcaption></figure>"
        )

    @_html.register
    def _(self, block: Interactive) -> str:
        self._scripts.append(block.script)
        self._styles.append(block.style)
        return block.fragment

    # --- parts ----------------------------------------------------------------------------------

    def _drawn(self, figure: Figure, anchor: str) -> str:
        """A figure for wide and for narrow screens."""
        return "".join(
            f'<div class="{name}">{svg(figure, width=width, ids=f"{anchor}-{name}")}</div>'
            for name, width in (("broad", WIDE), ("slim", SLIM))
        )

    def _numbers(self, figure: Figure) -> str:
        """The numbers of a figure, folded away."""
        table = dataclasses.replace(figure.table, title=figure.table.title or figure.subtitle)
        return (
            f"<details><summary>{self._say('numbers')}</summary>"
            f"{self._wide(table)}{_notes(figure.table.notes)}</details>"
        )

    def _interval(self, row: Interval, form: Form) -> str:
        cells = "".join(f"<td>{self._range(each)}</td>" for each in row.ranges)
        detail = f"<small>{plain(row.detail)}</small>" if row.detail else ""
        strong = ' class="strong"' if row.strong else ""
        return f'<tr{strong}><th scope="row">{plain(row.name)}{detail}</th>{cells}</tr>'

    def _range(self, found: DrawnRange | None) -> str:
        if found is None:
            return f"<small>{self._say('rare')}</small>"

        def told(value: float) -> str:
            return plain(self.words.rounded(value, signed=True, beside=found.median))

        if found.low is None or found.high is None or told(found.low) == told(found.high):
            return f"<b>{told(found.median)}</b>"
        span = self.words.phrase("range", "same", low=told(found.low), high=told(found.high))
        return f"<b>{told(found.median)}</b> <span>{span}</span>"

    def _wide(self, block: Table) -> str:
        """A table that may be wider than the screen: whoever has no mouse scrolls it by keys."""
        name = plain(block.title or self.words.say("page", "table"))
        table = self._table(block)
        return f'<div class="wide" tabindex="0" role="group" aria-label="{name}">{table}</div>'

    def _table(self, block: Table) -> str:
        cells = [
            [self._cell(cell, column) for cell, column in zip(row, block.columns, strict=True)]
            for row in block.rows
        ]
        signed = [[text.replace("\u2212", "-") for text in row] for row in cells]
        right = [bool(cells) and c > 0 and each for c, each in enumerate(of_numbers(block, signed))]
        caption = f"<caption>{plain(block.title)}</caption>" if block.title else ""
        heads = "".join(
            f'<th scope="col"{_right(number)}>{_broken(_head(column))}</th>'
            for column, number in zip(block.columns, right, strict=True)
        )
        rows = []
        for given, row in zip(block.rows, cells, strict=True):
            told = [f'<th scope="row">{_broken(row[0])}</th>'] if row else []
            for cell, text, number in zip(given[1:], row[1:], right[1:], strict=True):
                mark = ' class="mark"' if isinstance(cell, Marked) else _right(number)
                told.append(f"<td{mark}>{_broken(text)}</td>")
            rows.append(f"<tr>{''.join(told)}</tr>")
        head = f"<thead><tr>{heads}</tr></thead>"
        return f"<table>{caption}{head}<tbody>{''.join(rows)}</tbody></table>"

    def _cell(self, cell: Cell, column: TableColumn) -> str:
        if column.form == Form.ROUNDED and isinstance(cell, float):
            return self.words.rounded(cell, signed=True)
        text = written(cell, column.form)
        if isinstance(cell, Span | Ranged | EachSide):
            return text.replace("-", "\u2212")
        if not isinstance(cell, str | datetime.date) and text.startswith("-"):
            text = f"\u2212{text[1:]}"
        return text


def _right(number: bool) -> str:
    return ' class="n"' if number else ""


def _head(column: TableColumn) -> str:
    return f"{column.name}, {column.unit}" if column.unit else column.name


def _broken(text: str) -> str:
    """A text that may hold line breaks: the first line stands out in a marked cell."""
    return plain(text.replace(f"{SOFT}\n", "").replace(SOFT, "")).replace("\n", "<br>")


def _listed(entries: Iterable[str], name: str = "") -> str:
    kind = f' class="{name}"' if name else ""
    return f"<ul{kind}>{''.join(f'<li>{plain(each)}</li>' for each in entries)}</ul>"


def _sentences(sentences: Iterable[str]) -> str:
    return plain(" ".join(sentences))


def _notes(sentences: Iterable[str]) -> str:
    return "".join(f'<p class="note">{plain(each)}</p>' for each in sentences)


def anchors(page: str) -> Iterator[str]:
    """Give the anchors of a page, in their order."""
    yield from re.findall(r'\bid="([^"]+)"', page)
