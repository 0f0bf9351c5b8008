"""Layout of points on two equal scales."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from negotiation.report.figure import ScatterChart
from negotiation.report.layout import lettering as text
from negotiation.report.layout.lettering import LEADING, NAME, SMALL
from negotiation.report.layout.sheet import (
    AXIS,
    GRID,
    GUIDE,
    LEADER,
    ZERO,
    Look,
    Scale,
    Sheet,
    dot,
    lettered,
)

#: Left, top, right, bottom.
Box = tuple[float, float, float, float]


def scatter_chart(figure: ScatterChart, sheet: Sheet) -> None:
    """Lay out points, what they are compared with, and the line of those that none beats."""
    points = [(each.x, each.y) for each in (*figure.dots, *figure.references)]
    points = [p for p in (*points, *figure.frontier) if all(map(math.isfinite, p))]
    lines = text.wrapped(figure.y_label, NAME, sheet.width - 4.0, bold=True)
    top = sheet.paragraph(0.0, 2.0, lines, bold=True) + 10.0
    left = 58.0
    right = sheet.width - 16.0
    across = right - left
    (x0, x1), (y0, y1), tall = _equal(points, across, sheet.wide)
    scale = Scale(left, right, top, top + tall, x0, x1, y0, y1)
    sheet.scale = scale
    _axes(sheet, scale, figure)
    for each in figure.references:
        if math.isfinite(each.x) and math.isfinite(each.y):
            x, y = scale.x(each.x), scale.y(each.y)
            sheet.line([(scale.left, y), (scale.right, y)], GUIDE)
            sheet.line([(x, scale.top), (x, scale.bottom)], GUIDE)
    corners = [(scale.x(x), scale.y(y)) for x, y in figure.frontier if math.isfinite(x + y)]
    sheet.line(corners, Look(stroke="soft", width=1.8))
    taken: list[Box] = []
    named: list[tuple[float, float, str, str]] = []
    for each in figure.dots:
        if not (math.isfinite(each.x) and math.isfinite(each.y)):
            continue
        x, y = scale.x(each.x), scale.y(each.y)
        radius = 5.5 if each.name else 3.2
        sheet.disc(x, y, radius, dot(each.tone))
        if each.name:
            named.append((x, y, each.name, lettered(each.tone)))
            taken.append((x - 6.0, y - 6.0, x + 6.0, y + 6.0))
    for mark in figure.references:
        if math.isfinite(mark.x) and math.isfinite(mark.y):
            x, y = scale.x(mark.x), scale.y(mark.y)
            square = ((x - 5, y - 5), (x + 5, y - 5), (x + 5, y + 5), (x - 5, y + 5))
            sheet.outline((square,), Look(fill="ink", stroke="paper"), closed=True)
            named.append((x, y, mark.name, "ink"))
            taken.append((x - 6.0, y - 6.0, x + 6.0, y + 6.0))
    left_over = _names(sheet, scale, named, taken)
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
    largest = max(max(halves), 1e-9 * max(abs(m) for m in middles), 1e-300)
    if max(halves) <= largest * 1e-6:
        largest = max(abs(m) for m in middles) or 1.0
    halves = [max(half, 1e-3 * largest) for half in halves]
    least, most = (0.5, 0.72) if wide else (0.8, 1.1)
    share = min(max(halves[1] / halves[0], least), most)
    if halves[1] > share * halves[0]:
        halves[0] = halves[1] / share
    else:
        halves[1] = halves[0] * share
    (x, y), (a, b) = middles, halves
    return (x - a, x + a), (y - b, y + b), across * share


def _axes(sheet: Sheet, scale: Scale, figure: ScatterChart) -> None:
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


def _names(
    sheet: Sheet,
    scale: Scale,
    named: Sequence[tuple[float, float, str, str]],
    taken: list[Box],
) -> list[str]:
    """Write names beside their points, none over another; return those that have no room."""
    left_over = []
    for x, y, name, colour in named:
        lines = text.wrapped(name, SMALL, min(170.0, 0.42 * sheet.width), bold=True)
        wide, high = text.widest(lines, SMALL, bold=True), LEADING * SMALL * len(lines)
        for box, far in _places(x, y, wide, high):
            if _free(box, scale, taken):
                break
        else:
            left_over.append(name)
            continue
        if far:
            start = (min(max(x, box[0]), box[2]), min(max(y, box[1]), box[3]))
            sheet.line([(x, y), start], LEADER)
        sheet.paragraph(box[0], box[1], lines, size=SMALL, bold=True, colour=colour, clear=True)
        taken.append(box)
    return left_over


def _places(x: float, y: float, wide: float, high: float) -> Iterator[tuple[Box, bool]]:
    """Places for a name, the best first: at the right, left, above, below, then farther off."""
    for away in (9.0, 24.0, 42.0, 64.0):
        for across, up in (
            (1, 0),
            (-1, 0),
            (0, -1),
            (0, 1),
            (1, -1),
            (1, 1),
            (-1, -1),
            (-1, 1),
        ):
            middle = x + across * (away + 0.5 * wide)
            centre = y + up * (away + 0.5 * high)
            yield (
                (
                    middle - 0.5 * wide,
                    centre - 0.5 * high,
                    middle + 0.5 * wide,
                    centre + 0.5 * high,
                ),
                away > 9.0,
            )


def _free(box: Box, scale: Scale, taken: Sequence[Box]) -> bool:
    left, top, right, bottom = box
    if left < scale.left or right > scale.right or top < scale.top or bottom > scale.bottom:
        return False
    return all(
        right + 2.0 <= a or c + 2.0 <= left or bottom + 1.0 <= b or d + 1.0 <= top
        for a, b, c, d in taken
    )
