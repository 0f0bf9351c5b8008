"""Figures: what a picture shows, apart from how it is drawn.

A report makes a `Figure` once. Plain SVG, matplotlib and the workbook draw the same one, each by
one function for each kind, and every figure carries the table of its numbers, so that no renderer
reads a number off a picture. All texts are those that people read: no identifiers, units named.
"""

from __future__ import annotations

import dataclasses
from enum import StrEnum

from negotiation.report.document import Form, Table


class Tone(StrEnum):
    """Whose a mark is, or what it stands for; each renderer has its own colours and patterns."""

    FIRST = "first"  # the first player: solid
    SECOND = "second"  # the second player: dashed, hatched
    PLAIN = "plain"  # neither
    MUTED = "muted"  # what others are compared with


@dataclasses.dataclass(frozen=True, kw_only=True)
class Figure:
    """What every kind of figure has.

    Attributes
    ----------
    name : str
        A word of small letters and hyphens, one of its kind in a document: name of a file, an
        anchor, a sheet.
    title : str
        The finding, in at most 15 words.
    subtitle : str
        Measure, unit, baseline and horizon.
    notes : tuple of str
        How to read it, source, horizon, version; whole sentences.
    alt : str
        What it shows, for those who cannot see it.
    table : Table
        Its numbers.
    """

    name: str
    title: str
    subtitle: str
    alt: str
    table: Table
    notes: tuple[str, ...] = ()


# --- along a parameter ----------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class BandCurve:
    """A line with its band; NaN where there is none.

    Attributes
    ----------
    name : str
        What stands beside its end.
    median, low, high : tuple of float
        At every x. Without draws `low` and `high` are empty.
    tone : Tone
    """

    name: str
    median: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    tone: Tone = Tone.FIRST


@dataclasses.dataclass(frozen=True)
class Ribbon:
    """Shares of the draws along x, between 0 and 1, in a strip below the curves."""

    name: str
    shares: tuple[float, ...]
    tone: Tone = Tone.FIRST


@dataclasses.dataclass(frozen=True)
class AxisMark:
    """A place on the x axis: where something changes, and its range over the draws."""

    text: str
    at: float
    low: float | None = None
    high: float | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class BandChart(Figure):
    """Curves with bands against a parameter; the y axis goes through zero.

    Attributes
    ----------
    x : tuple of float
    x_label : str
    x_form : Form
        `SHARE`: fractions, written as percentages.
    curves : tuple of BandCurve
    ribbon : Ribbon or None
    marks : tuple of AxisMark
    """

    x: tuple[float, ...]
    x_label: str
    curves: tuple[BandCurve, ...]
    x_form: Form = Form.SHARE
    ribbon: Ribbon | None = None
    marks: tuple[AxisMark, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class StepChart(Figure):
    """Rates that hold from a day on; announced ones are dashed.

    Attributes
    ----------
    days : tuple of str
        ISO dates from which on rates hold, in order; an axis of time.
    lines : tuple of (str, Tone, tuple of float)
        Name, tone, and a fraction from each day on; NaN where it is not known.
    announced : tuple of str
        Of these days, those that lie ahead.
    """

    days: tuple[str, ...]
    lines: tuple[tuple[str, Tone, tuple[float, ...]], ...]
    announced: tuple[str, ...] = ()


# --- one entry a row ------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class DrawnRange:
    """A number over the draws: median, ranges of 50 and 90 in 100; only what is known is given."""

    median: float
    low: float | None = None
    high: float | None = None
    quarter: float | None = None
    three_quarters: float | None = None


@dataclasses.dataclass(frozen=True)
class Interval:
    """A row of `IntervalChart`: a name, a smaller line below it, and a spread for every column."""

    name: str
    detail: str
    ranges: tuple[DrawnRange | None, ...]
    strong: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class IntervalChart(Figure):
    """Medians with their ranges as dots on lines, all on one scale: thin 90 %, thick 50 %.

    Attributes
    ----------
    columns : tuple of str
        Usually the players.
    tones : tuple of Tone
        Of the columns.
    rows : tuple of Interval
    form : Form
        How numbers are written.
    """

    columns: tuple[str, ...]
    tones: tuple[Tone, ...]
    rows: tuple[Interval, ...]
    form: Form = Form.MONEY


@dataclasses.dataclass(frozen=True)
class BarRow:
    """A bar from zero; `low` and `high` are told as words beside its value, never drawn on it.

    A `total` stands apart from what it is the sum of; a `part` is one of the bar above it.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    tone: Tone = Tone.FIRST
    total: bool = False
    part: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class BarChart(Figure):
    """Diverging bars in the order in which they are to stand, each with its value at the end."""

    bars: tuple[BarRow, ...]
    form: Form = Form.MONEY


@dataclasses.dataclass(frozen=True)
class Swing:
    """What one assumption does: the result at its low and its high end.

    Attributes
    ----------
    name : str
        The assumption.
    low_name, high_name : str
        Its ends in words, such as "25 %".
    low, high : float
        The result there.
    turns : bool
        Whether the sign of the result turns in between.
    """

    name: str
    low_name: str
    high_name: str
    low: float
    high: float
    turns: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class TornadoChart(Figure):
    """A tornado of dots, the largest first; hollow where the sign turns.

    Attributes
    ----------
    base : float
        The result in the middle.
    swings : tuple of Swing
    form : Form
    """

    base: float
    swings: tuple[Swing, ...]
    form: Form = Form.MONEY


@dataclasses.dataclass(frozen=True)
class Facing:
    """A row of a `ButterflyChart`: fractions to the left and to the right, and amounts in words."""

    name: str
    left: float
    right: float
    left_text: str = ""
    right_text: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ButterflyChart(Figure):
    """Two shares back to back, both from 0 to 100 %.

    Attributes
    ----------
    left, right : str
        What the two are shares of.
    rows : tuple of Facing
    """

    left: str
    right: str
    rows: tuple[Facing, ...]


@dataclasses.dataclass(frozen=True)
class ShareRow:
    """A row of `ShareChart`: fractions that add up to one, and a text at its end."""

    name: str
    shares: tuple[float, ...]
    text: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ShareChart(Figure):
    """Bars of 100 %, each divided alike.

    Attributes
    ----------
    bands : tuple of str
        Names of the parts, from light to dark.
    rows : tuple of ShareRow
    """

    bands: tuple[str, ...]
    rows: tuple[ShareRow, ...]


# --- one against the other ------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Dot:
    """A point of a `ScatterChart`; one without a name is not labelled."""

    x: float
    y: float
    name: str = ""
    tone: Tone = Tone.PLAIN


@dataclasses.dataclass(frozen=True)
class Reference:
    """A dot that others are compared with; lines through it make quadrants."""

    x: float
    y: float
    name: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScatterChart(Figure):
    """Points on two equal scales.

    Attributes
    ----------
    x_label, y_label : str
    dots : tuple of Dot
    references : tuple of Reference
    frontier : tuple of (float, float)
        Corners of the efficient frontier, joined by a line.
    form : Form
    """

    x_label: str
    y_label: str
    dots: tuple[Dot, ...]
    references: tuple[Reference, ...] = ()
    frontier: tuple[tuple[float, float], ...] = ()
    form: Form = Form.MONEY


# --- what a reader moves --------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, kw_only=True)
class Interactive(Figure):
    """What a page computes as its reader moves controls; elsewhere its table stands for it.

    Attributes
    ----------
    fragment : str
        HTML that is complete without the script.
    script, style : str
    """

    fragment: str
    script: str
    style: str = ""
