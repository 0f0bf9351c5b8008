"""Layout of points on two equal scales."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from negotiation.report.figure import ScatterChart
from negotiation.report.layout import lettering as text
from negotiation.report.layout.lettering import LEADING, NAME, SMALL
from negotiation.report.layout.sheet import (
    AXIS,
    GRID,
    GUIDE,
    LEADER,
    ZERO,
    AxesPlace,
    LaidOut,
    MarkStyle,
    Point,
    dot,
    lettered,
)

#: Left, top, right, bottom.
Box: TypeAlias = tuple[float, float, float, float]

#: Pixels between a point and a name beside it.
_CLOSE = 9.0


def scatter_chart(figure: ScatterChart, sheet: LaidOut) -> None:
    """Lay out points, what they are compared with, and the line of those that none beats."""
    dots = [each for each in figure.dots if text.known(each.x) and text.known(each.y)]
    compared = [e for e in figure.references if text.known(e.x) and text.known(e.y)]
    frontier = [point for point in figure.frontier if all(map(text.known, point))]
    points = [*((e.x, e.y) for e in dots), *((e.x, e.y) for e in compared), *frontier]
    lines = text.wrapped(figure.y_label, NAME, sheet.width - 4.0, bold=True)
    top = sheet.paragraph(0.0, 2.0, lines, bold=True) + 10.0
    right = sheet.width - 16.0
    xs, ys, tall = _equal(points, right - 58.0, sheet.wide)
    levels = text.of_ticks(text.round_within(*ys, 7), figure.form, signed=min(xs[0], ys[0]) < 0.0)
    left = 10.0 + text.widest(levels, SMALL)
    xs, ys, tall = _equal(points, right - left, sheet.wide)
    scale = AxesPlace(left, right, top, top + tall, *xs, *ys)
    sheet.scale = scale
    _axes(sheet, scale, figure)
    corners = [(scale.x(x), scale.y(y)) for x, y in frontier]
    names = _PointNames(scale)
    names.lines += itertools.pairwise(corners)
    for mark in compared:
        x, y = scale.x(mark.x), scale.y(mark.y)
        crossing = [((left, y), (right, y)), ((x, scale.top), (x, scale.bottom))]
        sheet.outline(crossing, GUIDE)
        names.lines += crossing
    sheet.line(corners, MarkStyle(stroke="soft", width=1.8))
    for each in sorted(dots, key=lambda dot: bool(dot.name)):
        x, y = scale.x(each.x), scale.y(each.y)
        if each.name:
            sheet.disc(x, y, 5.5, dot(each.tone))
            names.add(x, y, each.name, lettered(each.tone))
        else:
            sheet.disc(x, y, 3.2, MarkStyle(fill=each.tone.value, opacity=0.55))
            names.dots.append((x, y))
    for mark in compared:
        x, y = scale.x(mark.x), scale.y(mark.y)
        square = ((x - 5, y - 5), (x + 5, y - 5), (x + 5, y + 5), (x - 5, y + 5))
        sheet.outline((square,), MarkStyle(fill="ink", stroke="paper"), closed=True)
        names.add(x, y, mark.name, "ink")
    left_over = names.put(sheet)
    end = scale.bottom + 24.0
    lines = text.wrapped(figure.x_label, NAME, sheet.width - left - 4.0, bold=True)
    wide = text.widest(lines, NAME, bold=True)
    end = sheet.paragraph(max(left, right - wide), end, lines, bold=True) + 4.0
    for name in left_over:
        end = sheet.paragraph(0.0, end, text.wrapped(name, SMALL, sheet.width - 4.0), size=SMALL)
    sheet.height = end + 2.0


def _equal(
    points: Sequence[tuple[float, float]], across: float, wide: bool
) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Ranges of both axes on which a unit is as long across as upwards, and the height."""
    xs, ys = [x for x, _ in points] or [0.0, 1.0], [y for _, y in points] or [0.0, 1.0]
    ranges = [(min(xs), max(xs)), (min(ys), max(ys))]
    middles = [0.5 * low + 0.5 * high for low, high in ranges]
    halves = [0.56 * (0.5 * high - 0.5 * low) * 2.0 for low, high in ranges]
    largest = max(halves)
    if largest <= 1e-9 * max(map(abs, middles)):
        largest = max(map(abs, middles)) or 1.0
    halves = [max(half, 1e-3 * largest) for half in halves]
    least, most = (0.5, 0.72) if wide else (0.8, 1.1)
    share = min(max(halves[1] / halves[0], least), most)
    if halves[1] > share * halves[0]:
        halves[0] = halves[1] / share
    else:
        halves[1] = halves[0] * share
    (x, y), (a, b) = middles, halves
    return (x - a, x + a), (y - b, y + b), across * share


def _axes(sheet: LaidOut, scale: AxesPlace, figure: ScatterChart) -> None:
    xs = text.round_within(scale.x0, scale.x1, 7 if sheet.wide else 4)
    ys = text.round_within(scale.y0, scale.y1, 7)
    signed = min(scale.x0, scale.y0) < 0.0
    for tick, word in zip(ys, text.of_ticks(ys, figure.form, signed=signed), strict=True):
        y = scale.y(tick)
        sheet.line([(scale.left, y), (scale.right, y)], ZERO if tick == 0.0 else GRID)
        sheet.write(scale.left - 6.0, y + 0.35 * SMALL, word, anchor="end", colour="soft")
    taken = -math.inf
    for tick, word in zip(xs, text.of_ticks(xs, figure.form, signed=signed), strict=True):
        x = scale.x(tick)
        sheet.line([(x, scale.top), (x, scale.bottom)], ZERO if tick == 0.0 else GRID)
        half = 0.5 * text.width(word, SMALL)
        middle = min(max(x, half + 1.0), sheet.width - half - 1.0)
        if middle - half > taken:
            sheet.write(middle, scale.bottom + 18.0, word, anchor="middle", colour="soft")
            taken = middle + half + 6.0
    sheet.line([(scale.left, scale.bottom), (scale.right, scale.bottom)], AXIS)


class _PointNames:
    """Names of points, each where it hides least, and none over another.

    Attributes
    ----------
    dots : list of Point
        Points without a name.
    lines : list of (Point, Point)
        What a name had better not stand on.
    """

    def __init__(self, scale: AxesPlace) -> None:
        self.scale = scale
        self.dots: list[Point] = []
        self.lines: list[tuple[Point, Point]] = []
        self._named: list[tuple[float, float, str, str]] = []
        self._taken: list[Box] = []

    def add(self, x: float, y: float, name: str, colour: str) -> None:
        """A point that has a name."""
        self._named.append((x, y, name, colour))
        self._taken.append((x - 6.0, y - 6.0, x + 6.0, y + 6.0))

    def put(self, sheet: LaidOut) -> list[str]:
        """Write the names, and return those that have no room."""
        left_over = []
        for x, y, name, colour in self._named:
            lines = text.wrapped(name, SMALL, min(170.0, 0.42 * sheet.width), bold=True)
            wide, high = text.widest(lines, SMALL, bold=True), LEADING * SMALL * len(lines)
            places = [each for each in _places(x, y, wide, high) if self._free(each[0])]
            if not places:
                left_over.append(name)
                continue
            box, away = min(places, key=lambda each: self._hides(*each))
            if away > _CLOSE:
                start = (min(max(x, box[0]), box[2]), min(max(y, box[1]), box[3]))
                sheet.line([(x, y), start], LEADER)
            sheet.paragraph(box[0], box[1], lines, size=SMALL, bold=True, colour=colour, clear=True)
            self._taken.append(box)
        return left_over

    def _free(self, box: Box) -> bool:
        left, top, right, bottom = box
        scale = self.scale
        return (
            scale.left <= left
            and right <= scale.right
            and scale.top <= top
            and bottom <= scale.bottom
            and all(
                right + 2.0 <= a or c + 2.0 <= left or bottom + 1.0 <= b or d + 1.0 <= top
                for a, b, c, d in self._taken
            )
        )

    def _hides(self, box: Box, away: float) -> float:
        left, top, right, bottom = box
        dots = sum(left - 3 < x < right + 3 and top - 3 < y < bottom + 3 for x, y in self.dots)
        lines = sum(_meet(box, *line) for line in self.lines)
        return dots + 0.7 * lines + away / 12.0


def _meet(box: Box, start: Point, end: Point) -> bool:
    """Whether a line runs through a box, by a look at points along it."""
    left, top, right, bottom = box
    (a, b), (c, d) = start, end
    return (
        any(
            left < a + (c - a) * k / 64.0 < right and top < b + (d - b) * k / 64.0 < bottom
            for k in range(65)
        )
        or (a == c and left < a < right)
        or (b == d and top < b < bottom)
    )


def _places(x: float, y: float, wide: float, high: float) -> Iterator[tuple[Box, float]]:
    """Places for a name about its point, near and far, each with its distance."""
    for away in (_CLOSE, 24.0, 42.0, 64.0):
        for across, up in itertools.product((1, -1, 0), (0, -1, 1)):
            if across or up:
                middle = x + across * (away + 0.5 * wide)
                centre = y + up * ((0.35 if across else 1.0) * away + 0.5 * high)
                yield (
                    (
                        middle - 0.5 * wide,
                        centre - 0.5 * high,
                        middle + 0.5 * wide,
                        centre + 0.5 * high,
                    ),
                    away,
                )
