"""A sheet on which a figure is laid out: texts, lines, areas and dots, each with a look.

Positions are in pixels from the upper left corner. A renderer knows how each look is drawn.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from negotiation.report.figure import Tone
from negotiation.report.layout.lettering import LEADING, NAME, SMALL, width
from negotiation.words import printable

Point: TypeAlias = tuple[float, float]

#: Colours on white paper and on a dark screen; a page gives variables of these names.
LIGHT = {
    "paper": "#ffffff",
    "ink": "#1b1b1b",
    "soft": "#5a5a5a",
    "rule": "#dcdcdc",
    "card": "#f6f5f2",
    "first": "#c0470a",
    "second": "#0b4f8a",
    "plain": "#3d3d3d",
    "muted": "#8c8c8c",
}
DARK = {
    "paper": "#14171a",
    "ink": "#ececec",
    "soft": "#b0b4b8",
    "rule": "#3a3f45",
    "card": "#1f2429",
    "first": "#ff9152",
    "second": "#7db8ee",
    "plain": "#cfcfcf",
    "muted": "#8a8f94",
}

#: Colours of parts of a whole, from light to dark, and of what is written on them; on any paper.
PARTS = ("#f1ecf6", "#dccfe8", "#c0a9d4", "#a181bf", "#8159a5", "#61378a", "#42196a")
ON_LIGHT, ON_DARK = "#1b1b1b", "#ffffff"


@dataclasses.dataclass(frozen=True)
class MarkStyle:
    """How a line, an area or a dot looks.

    Attributes
    ----------
    fill, stroke : str
        A colour of `LIGHT`, a colour itself, or empty for none.
    width : float
        Of the stroke, in pixels.
    dash : tuple of float
    opacity : float
        Of the filling.
    hatched : bool
        Whether lines run over the filling, so that it differs from others when printed grey.
    round_ends : bool
    """

    fill: str = ""
    stroke: str = ""
    width: float = 1.0
    dash: tuple[float, ...] = ()
    opacity: float = 1.0
    hatched: bool = False
    round_ends: bool = False


GRID = MarkStyle(stroke="rule")
ZERO = MarkStyle(stroke="ink", width=1.2)
AXIS = MarkStyle(stroke="soft")
GUIDE = MarkStyle(stroke="ink", dash=(3.0, 3.0))
LEADER = MarkStyle(stroke="soft", width=0.8)
CARD = MarkStyle(fill="card")
STRESS = MarkStyle(fill="first")


def band(tone: Tone) -> MarkStyle:
    """A range about a line."""
    return MarkStyle(fill=tone.value, opacity=0.18, hatched=tone is Tone.SECOND)


def curve(tone: Tone) -> MarkStyle:
    """A line of numbers."""
    dash = {Tone.SECOND: (7.0, 3.0), Tone.MUTED: (2.0, 3.0)}.get(tone, ())
    return MarkStyle(stroke=tone.value, width=2.6, dash=dash)


def bar(tone: Tone, *, part: bool = False) -> MarkStyle:
    """A bar from zero; a part of the bar above it is lighter."""
    opacity = 0.45 if part else 0.92
    return MarkStyle(fill=tone.value, opacity=opacity, hatched=tone is Tone.SECOND)


def dot(tone: Tone, *, hollow: bool = False) -> MarkStyle:
    """A median, or a point; that of the second player is hollow."""
    if hollow or tone is Tone.SECOND:
        return MarkStyle(fill="paper", stroke=tone.value, width=2.4)
    return MarkStyle(fill=tone.value, stroke="paper", width=1.2)


def reach(tone: Tone, thick: float) -> MarkStyle:
    """A range as a line."""
    return MarkStyle(stroke=tone.value, width=thick)


def lettered(tone: Tone) -> str:
    """Colour of texts in a tone, dark enough to be read."""
    return "soft" if tone is Tone.MUTED else "ink" if tone is Tone.PLAIN else tone.value


@dataclasses.dataclass(frozen=True)
class Written:
    """A line of text; `y` is its baseline, `anchor` is start, middle or end.

    `clear` keeps lines and bands off its letters.
    """

    x: float
    y: float
    text: str
    size: float = SMALL
    anchor: str = "start"
    colour: str = "ink"
    bold: bool = False
    clear: bool = False
    id: str = ""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the room it takes at most."""
        wide = width(self.text, self.size, bold=self.bold)
        left = self.x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor]
        return left, self.y - 0.8 * self.size, left + wide, self.y + 0.25 * self.size


@dataclasses.dataclass(frozen=True)
class Outline:
    """A line, or an area where `closed`, in one piece or several."""

    pieces: tuple[tuple[Point, ...], ...]
    look: MarkStyle
    closed: bool = False
    id: str = ""


@dataclasses.dataclass(frozen=True)
class Disc:
    """A dot."""

    x: float
    y: float
    radius: float
    look: MarkStyle
    id: str = ""


Mark: TypeAlias = "Written | Outline | Disc"


@dataclasses.dataclass(frozen=True)
class AxesPlace:
    """Where numbers are in a chart of lines, for those who draw into it.

    Attributes
    ----------
    left, right, top, bottom : float
        Edges of the axes in pixels.
    x0, x1, y0, y1 : float
        Numbers at the left, right, lower and upper edge.
    ribbon_top, ribbon_bottom : float
        Edges of the strip of shares, where there is one; zero otherwise.
    """

    left: float
    right: float
    top: float
    bottom: float
    x0: float
    x1: float
    y0: float
    y1: float
    ribbon_top: float = 0.0
    ribbon_bottom: float = 0.0

    def x(self, value: float) -> float:
        """Pixels of a number on the x axis."""
        return self.left + (self.right - self.left) * _share(value, self.x0, self.x1)

    def y(self, value: float) -> float:
        """Pixels of a number on the y axis."""
        return self.bottom - (self.bottom - self.top) * _share(value, self.y0, self.y1)


def _share(value: float, low: float, high: float) -> float:
    # Halves first: the distance of two finite numbers may be infinite.
    return (0.5 * value - 0.5 * low) / (0.5 * high - 0.5 * low)


class LaidOut:
    """A page of a width, which marks are put on from below to above.

    Attributes
    ----------
    width, height : float
    marks : list of Mark
    scale : AxesPlace or None
    """

    def __init__(self, width: float) -> None:
        self.width = float(width)
        self.height = 0.0
        self.marks: list[Mark] = []
        self.scale: AxesPlace | None = None

    @property
    def wide(self) -> bool:
        """Whether names have room beside what they name."""
        return self.width >= 520.0

    @property
    def texts(self) -> list[Written]:
        """All texts, in the order in which they are read."""
        return [mark for mark in self.marks if isinstance(mark, Written)]

    def write(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = SMALL,
        anchor: str = "start",
        colour: str = "ink",
        bold: bool = False,
        clear: bool = False,
        id: str = "",
    ) -> None:
        """Put a line of text; an empty one is left out."""
        shown = printable(text).strip()
        if shown:
            self.marks.append(Written(x, y, shown, size, anchor, colour, bold, clear, id))

    def paragraph(
        self,
        x: float,
        top: float,
        lines: Iterable[str],
        *,
        size: float = NAME,
        anchor: str = "start",
        colour: str = "ink",
        bold: bool = False,
        clear: bool = False,
    ) -> float:
        """Put lines one below the other, and return where they end."""
        for line in lines:
            self.write(
                x,
                top + 0.95 * size,
                line,
                size=size,
                anchor=anchor,
                colour=colour,
                bold=bold,
                clear=clear,
            )
            top += LEADING * size
        return top

    def line(self, points: Sequence[Point], look: MarkStyle, *, id: str = "") -> None:
        """Put a line."""
        self.outline((points,), look, id=id)

    def outline(
        self,
        pieces: Iterable[Sequence[Point]],
        look: MarkStyle,
        *,
        closed: bool = False,
        id: str = "",
    ) -> None:
        """Put a line or an area in pieces; one with an id is put even where there is none yet."""
        kept = tuple(tuple(piece) for piece in pieces if len(piece) > 1)
        if kept or id:
            self.marks.append(Outline(kept, look, closed, id))

    def box(self, left: float, top: float, right: float, bottom: float, look: MarkStyle) -> None:
        """Put a rectangle."""
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        self.outline((corners,), look, closed=True)

    def disc(self, x: float, y: float, radius: float, look: MarkStyle, *, id: str = "") -> None:
        """Put a dot."""
        self.marks.append(Disc(x, y, radius, look, id))
