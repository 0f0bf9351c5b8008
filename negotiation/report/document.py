"""What people read of a result: blocks of headings, sentences, tables, figures and notes.

A study makes a `Document` once, and each renderer of `report.render` turns any `Document` into its
format. Blocks hold whole sentences and unformatted numbers; how wide a page is, how a table is
ruled and how a command is broken is known to the renderers only.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from negotiation.words import amount, decimals, money, share

if TYPE_CHECKING:
    import pandas as pd

    from negotiation.model import Model
    from negotiation.report.figure import Figure


class Form(StrEnum):
    """How the numbers of a column are written."""

    TEXT = "text"
    MONEY = "money"
    CHANGE = "change"  # money with its sign
    ROUNDED = "rounded"  # the same in two digits
    AMOUNT = "amount"  # a parameter
    SHARE = "share"  # of one, or a score
    CHANCE = "chance"  # a probability


class Marked(str):
    """A cell of words that stands out, such as the equilibrium of a game; a word as any other."""


@dataclasses.dataclass(frozen=True)
class Number:
    """A number that is not written as its column says.

    Attributes
    ----------
    value : float
        In the unit that the table states; NaN where there is none.
    text : str
        The number as people read it.
    share : bool
        Whether it is a fraction that is read per cent.
    signed : bool
        Whether a plus is shown.
    """

    value: float
    text: str
    share: bool = False
    signed: bool = False


@dataclasses.dataclass(frozen=True)
class Span:
    """The two ends of a range.

    Attributes
    ----------
    low, high : float
        NaN where there is no range.
    text : str
    quantiles : bool
        Whether they are the 5 % and 95 % quantiles of the number in the column before.
    signed : bool
    """

    low: float
    high: float
    text: str
    quantiles: bool = True
    signed: bool = False


@dataclasses.dataclass(frozen=True)
class Ranged:
    """A median with its 5 % and 95 % quantiles.

    Attributes
    ----------
    value, low, high : float
        In the unit that the table states; `low` and `high` are NaN where there is no range.
    text : str
    """

    value: float
    low: float
    high: float
    text: str


@dataclasses.dataclass(frozen=True)
class EachSide:
    """A number of every player in one cell.

    Attributes
    ----------
    names : tuple of str
    values : tuple of float
    text : str
    """

    names: tuple[str, ...]
    values: tuple[float, ...]
    text: str


#: What a cell of a table holds: words, or a number to compute with and how it is read.
Cell = str | float | int | bool | datetime.date | Number | Span | Ranged | EachSide | None


def written(value: Cell, form: Form = Form.TEXT) -> str:
    """Return a cell as people read it; words are left as they are."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, Number | Span | Ranged | EachSide):
        return value.text
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    number = float(value)
    if form == Form.MONEY:
        return money(number)
    if form == Form.CHANGE:
        return money(number, signed=True)
    if form == Form.ROUNDED:
        if np.isnan(number):
            return "none"
        told = round(number, places := decimals(number))
        return f"{told:+,.{max(places, 0)}f}" if told else "0"
    if form == Form.SHARE:
        return share(number)
    if form == Form.CHANCE:
        return "none" if np.isnan(number) else f"{number:.3f}"
    return str(value) if isinstance(value, int) else amount(number)


@dataclasses.dataclass(frozen=True)
class TableColumn:
    """A column of a table.

    Attributes
    ----------
    name : str
        What stands above it; a line break is where a narrow page may break it.
    form : Form
    unit : str
    """

    name: str
    form: Form = Form.TEXT
    unit: str = ""


# --- blocks ---------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Heading:
    """A line above what follows; level 1 is the title of the document."""

    text: str
    level: int = 2
    subtitle: str = ""


@dataclasses.dataclass(frozen=True)
class Paragraph:
    """Sentences that flow together."""

    text: str


@dataclasses.dataclass(frozen=True)
class Lines:
    """Sentences of a page with a fixed number of lines: a renderer for terminals keeps `lines`."""

    sentences: tuple[str, ...]
    lines: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Items:
    """A list of sentences.

    Attributes
    ----------
    entries : tuple of str
    head : str
        A line above it.
    indented : bool
        On a terminal, printed with an indentation in place of bullets.
    """

    entries: tuple[str, ...]
    head: str = ""
    indented: bool = False


@dataclasses.dataclass(frozen=True)
class NumberedStep:
    """A numbered step, and the lines that belong to it."""

    number: int
    text: str
    lines: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class RowSum:
    """A row of a table that is the sum of other rows, all counted from 0."""

    total: int
    parts: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Table:
    """A table, with a sentence above it and notes below.

    A workbook checks its `sums`; a page opens one that is `folded` on demand.
    """

    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    notes: tuple[str, ...] = ()
    sums: tuple[RowSum, ...] = ()
    folded: bool = False

    @classmethod
    def of(
        cls,
        columns: Iterable[TableColumn | str],
        rows: Iterable[Iterable[Cell]],
        title: str = "",
        notes: Iterable[str] = (),
        sums: Iterable[RowSum] = (),
        *,
        folded: bool = False,
    ) -> Table:
        """Build a table; a head without more to say of it may be its name."""
        heads = tuple(TableColumn(each) if isinstance(each, str) else each for each in columns)
        lines = tuple(tuple(row) for row in rows)
        return cls(heads, lines, title, tuple(notes), tuple(sums), folded)

    def cells(self) -> list[list[str]]:
        """Every cell as people read it."""
        return [
            [written(cell, column.form) for cell, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]

    def values(self) -> list[list[str | float | None]]:
        """Every cell as machines read it: a number where it is one, else words."""
        return [[_plain(cell) for cell in row] for row in self.rows]


def _plain(cell: Cell) -> str | float | None:
    if isinstance(cell, Number):
        return cell.value
    return cell if cell is None or isinstance(cell, str | float | int) else written(cell)


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture in a file: where it is, its title, and what those are told who cannot see it."""

    path: str
    title: str
    alt: str


@dataclasses.dataclass(frozen=True)
class Command:
    """A command to paste, with the sentence that says what for."""

    line: str
    head: str = ""


@dataclasses.dataclass(frozen=True)
class Notes:
    """Small print: sentences, each on a line of its own."""

    sentences: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Provenance:
    """What the numbers rest on, and what made them.

    Attributes
    ----------
    made : mapping
        From `negotiation.provenance`.
    notes : tuple of str
    concept : str or None
        More to say of the concept; None: the numbers rest on none.
    titled : bool
        Whether a title says the parameters already.
    """

    made: Mapping[str, str]
    notes: tuple[str, ...] = ()
    concept: str | None = ""
    titled: bool = True

    def sentences(self) -> Iterator[str]:
        """Horizon, threat point and concept, notes, then version, model and digest."""
        made = self.made
        if made.get("unfinished"):
            yield f"Only a part: {made['unfinished']}."
        if made.get("cautions"):
            yield f"Caution: {made['cautions']}"
        yield f"Horizon: {made['horizon']}."
        if "threat_point" in made:
            by = "" if self.concept is None else f" Concept: {made['concept']}{self.concept}."
            yield f"Threat point: {made['threat_point']}.{by}"
        yield from self.notes
        yield (
            f"negotiation {made['negotiation_version']}, model {made['model']} "
            f"{made['model_digest']}{'' if self.titled else ', ' + made['parameters']}"
        )


Block: TypeAlias = (
    "Heading | Paragraph | Lines | Items | NumberedStep | Table | Picture | Figure | Command "
    "| Notes | Provenance"
)


# --- the document ---------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Rows:
    """A table to load: names from the glossary of columns, and one row per entry."""

    names: tuple[str, ...]
    lines: Iterable[Sequence[Any]]


@dataclasses.dataclass(frozen=True, eq=False)
class Document:
    """A result, ready for every format; each part is made when a renderer asks for it.

    Attributes
    ----------
    study : str
        Name of the study, whose record has a schema: `negotiation schema STUDY`.
    tell : callable
        Makes the blocks.
    note : callable
        Makes the record, which is the JSON.
    made : mapping
        Provenance, which every row of `rows` carries.
    list_rows : callable, optional
        Makes the rows of a CSV file.
    list_figures : callable, optional
        Makes figures for those formats that draw; they are no part of what people read elsewhere.
    lang : str
        The language of the blocks, as in `en`.
    """

    study: str
    tell: Callable[[], Iterable[Block]]
    note: Callable[[], Mapping[str, Any]]
    made: Mapping[str, str]
    list_rows: Callable[[], Rows | pd.DataFrame] | None = None
    list_figures: Callable[[], Sequence[Figure]] | None = None
    lang: str = "en"

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """What people read."""
        return tuple(self.tell())

    @cached_property
    def record(self) -> Mapping[str, Any]:
        """What machines read."""
        return self.note()

    @property
    def title(self) -> str:
        """The heading of level 1."""
        heads = (each for each in self.blocks if isinstance(each, Heading) and each.level == 1)
        return next((each.text for each in heads), self.study)


def small_print(
    point: Model, made: Mapping[str, str], notes: Iterable[str] = (), *, concept: str | None = ""
) -> Provenance:
    """What the numbers of a model rest on, with what it assumes and leaves out."""
    model = type(point)
    told = list(notes)
    if model.assumptions:
        told.append(f"Assumed: {'; '.join(model.assumptions)}.")
    if model.not_modelled:
        told.append(f"Not modelled: {', '.join(model.not_modelled)}.")
    return Provenance(made, tuple(told), concept)
