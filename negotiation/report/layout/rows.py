"""Layout of charts with one entry a row: intervals, bars, tornadoes, butterflies, shares."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Sequence

from negotiation.report.figure import (
    BarChart,
    BarRow,
    ButterflyChart,
    DrawnRange,
    IntervalChart,
    ShareChart,
    Swing,
    Tone,
    TornadoChart,
)
from negotiation.report.layout import lettering as text
from negotiation.report.layout.lettering import LEADING, NAME, SMALL, Numerals
from negotiation.report.layout.sheet import (
    CARD,
    GRID,
    GUIDE,
    ON_DARK,
    ON_LIGHT,
    PARTS,
    STRESS,
    ZERO,
    LaidOut,
    MarkStyle,
    bar,
    dot,
    lettered,
    reach,
)

#: Pixels between a row and the next, a name and what it names, a mark and its number.
_APART, _GAP, _NEAR = 12.0, 12.0, 6.0

#: Of the width, at most so much is for names beside the rows.
_NAMES = 0.34


@dataclasses.dataclass(frozen=True)
class _RowNames:
    """Names of the rows of a chart: in a column at the left, or above each row."""

    lines: tuple[tuple[str, ...], ...]
    details: tuple[tuple[str, ...], ...]
    beside: bool
    column: float  # width of the column, gap included; zero where names stand above

    @classmethod
    def of(
        cls,
        sheet: LaidOut,
        names: Sequence[str],
        details: Sequence[str] = (),
        *,
        bold: bool = False,
    ) -> _RowNames:
        room = _NAMES * sheet.width if sheet.wide else sheet.width - 4.0
        cut = text.balanced if sheet.wide else text.wrapped
        lines = tuple(cut(name, NAME, room, bold=bold) for name in names)
        small = tuple(text.wrapped(each, SMALL, room) for each in details or [""] * len(names))
        if not sheet.wide:
            return cls(lines, small, False, 0.0)
        widest = max((text.widest(each, NAME, bold=bold) for each in lines), default=0.0)
        widest = max(widest, max((text.widest(each, SMALL) for each in small), default=0.0))
        return cls(lines, small, True, widest + _GAP)

    def height(self, k: int) -> float:
        """Pixels that a name and its detail take."""
        return LEADING * (len(self.lines[k]) * NAME + len(self.details[k]) * SMALL)

    def put(self, sheet: LaidOut, k: int, top: float, tall: float, *, bold: bool = False) -> float:
        """Write a name at a row so tall, and return where the row's marks begin."""
        high = self.height(k)
        start = top + max(0.5 * (tall - high), 0.0) if self.beside else top
        x, anchor = (self.column - _GAP, "end") if self.beside else (0.0, "start")
        end = sheet.paragraph(x, start, self.lines[k], anchor=anchor, bold=bold)
        sheet.paragraph(x, end, self.details[k], size=SMALL, anchor=anchor, colour="soft")
        if self.beside:
            return top + max(0.5 * (high - tall), 0.0)
        return top + high + 3.0


def _room(
    left: float, right: float, reaches: Iterable[tuple[float, float, float, float]]
) -> Callable[[float], float]:
    """Return the widest scale on which marks, and what is written at their ends, have room.

    Parameters
    ----------
    reaches : iterable of (low, its label, high, its label)
        Ends in the unit of the chart, labels in pixels; what holds zero.
    """
    # The centre is the middle of all, so that numbers far from zero have a scale, too.
    ends = [each for each in reaches if all(text.known(value) for value in each)]
    low = min((each[0] for each in ends), default=0.0)
    high = max((each[2] for each in ends), default=0.0)
    unit = max(abs(low), abs(high), 1e-300)
    scaled = [(a / unit, before, b / unit, after) for a, before, b, after in ends]

    def outside(per: float) -> tuple[float, float]:
        before = max((label - per * a for a, label, _, _ in scaled), default=0.0)
        after = max((per * b + label for _, _, b, label in scaled), default=0.0)
        return before, after

    small, large = 0.0, 2e6
    for _ in range(70):
        middle = 0.5 * (small + large)
        if sum(outside(middle)) <= right - left:
            small = middle
        else:
            large = middle
    before, after = outside(small)
    if not scaled or low == high == 0.0:
        small, before = 0.0, 0.5 * (right - left + before - after)
    zero = left + before
    return lambda value: zero + small * (value / unit)


# --- bars -----------------------------------------------------------------------------------------


def bar_chart(figure: BarChart, sheet: LaidOut) -> None:
    """Lay out bars from zero with their numbers at the end, and no axis."""
    bars = figure.bars
    numerals = Numerals.of(
        [value for each in bars for value in (each.value, each.low, each.high)], figure.form
    )
    heads, bold = [each.name for each in bars], any(each.total for each in bars)
    names = _RowNames.of(sheet, heads, bold=bold)
    told = [(numerals(each.value), _range_of(each.low, each.high, numerals)) for each in bars]
    if _crowded(bars, told, sheet.width - names.column):
        # Ranges stand below the names, where bars have no room beside them.
        names = _RowNames.of(sheet, heads, [spread for _, spread in told], bold=bold)
        told = [(value, "") for value, _ in told]
    reaches = [
        (min(value, 0.0), label if value < 0.0 else 0.0, max(value, 0.0), label * (value >= 0.0))
        for value, label in (
            (each.value if text.known(each.value) else 0.0, _NEAR + _both(*words))
            for each, words in zip(bars, told, strict=True)
        )
    ]
    x = _room(names.column, sheet.width - 2.0, reaches)
    thick = 22.0
    top = 6.0
    spans: list[tuple[float, float]] = []
    for k, each in enumerate(bars):
        high = 0.64 * thick if each.part else thick
        tall = max(high, names.height(k)) if names.beside else high
        start = names.put(sheet, k, top, high, bold=each.total)
        _one_bar(sheet, each, told[k], x, start, start + high)
        spans.append((start, start + high))
        within = k + 1 < len(bars) and bars[k + 1].part
        top = max(start + high, top + tall) + (0.4 * _APART if within else _APART)
        if each.total and k + 1 < len(bars):
            sheet.line([(0.0, top - 0.4 * _APART), (sheet.width, top - 0.4 * _APART)], GRID)
            top += 0.4 * _APART
    for a, b in _upright(names, [(start - 5.0, end + 5.0) for start, end in spans]):
        sheet.line([(x(0.0), a), (x(0.0), b)], ZERO)
    sheet.height = max(top - 0.5 * _APART, 20.0)


def _crowded(bars: Sequence[BarRow], told: Sequence[tuple[str, str]], room: float) -> bool:
    """Whether ranges beside the numbers leave too little room for the bars."""
    taken = [0.0, 0.0]
    for each, words in zip(bars, told, strict=True):
        side = int(each.value < 0.0)
        taken[side] = max(taken[side], _NEAR + _both(*words))
    return sum(taken) > 0.76 * room


def _upright(
    names: _RowNames, spans: Sequence[tuple[float, float]]
) -> Sequence[tuple[float, float]]:
    """Where lines from row to row run: through all, or only where no name stands in the way."""
    return [(spans[0][0], spans[-1][1])] if names.beside and spans else spans


def _one_bar(
    sheet: LaidOut,
    each: BarRow,
    told: tuple[str, str],
    x: Callable[[float], float],
    top: float,
    bottom: float,
) -> None:
    value, spread = told
    negative = each.value < 0.0
    if text.known(each.value) and each.value != 0.0:
        ends = sorted((x(0.0), x(each.value)))
        sheet.box(ends[0], top, max(ends[1], ends[0] + 0.5), bottom, bar(each.tone, part=each.part))
    at = x(each.value) if text.known(each.value) else x(0.0)
    y = 0.5 * (top + bottom) + 0.35 * NAME
    if negative:
        sheet.write(at - _NEAR, y, spread, anchor="end", colour="soft")
        left = at - _NEAR - (text.width(spread, SMALL) + 5.0 if spread else 0.0)
        sheet.write(left, y, value, size=NAME, anchor="end", bold=not each.part)
    else:
        sheet.write(at + _NEAR, y, value, size=NAME, bold=not each.part)
        sheet.write(at + _NEAR + text.width(value, NAME, bold=True) + 5.0, y, spread, colour="soft")


def _both(value: str, spread: str) -> float:
    """Pixels of a number and its range beside it."""
    wide = text.width(value, NAME, bold=True)
    return wide + (5.0 + text.width(spread, SMALL) if spread else 0.0)


def _range_of(low: float | None, high: float | None, numerals: Numerals) -> str:
    if low is None or high is None or not text.known(high, low):
        return ""
    return text.span(numerals(low), numerals(high))


# --- intervals ------------------------------------------------------------------------------------


def interval_chart(figure: IntervalChart, sheet: LaidOut) -> None:
    """Lay out medians with their ranges on one scale, one line for each column of a row."""
    every = [each for row in figure.rows for each in row.ranges if each is not None]
    numerals = Numerals.of([v for each in every for v in _numbers(each)], figure.form)
    names = _RowNames.of(
        sheet, [row.name for row in figure.rows], [row.detail for row in figure.rows], bold=True
    )
    told = [[_told(each, numerals) for each in row.ranges] for row in figure.rows]
    numbers = max((_both(*each) for row in told for each in row), default=0.0)
    heads = text.widest(
        [line for name in figure.columns for line in text.wrapped(name, NAME, 160.0, bold=True)],
        NAME,
        bold=True,
    )
    left = names.column + 6.0
    right = sheet.width - max(numbers, (heads + 18.0) if sheet.wide else 0.0) - _GAP
    low, high = _ends([0.0, *(v for each in every for v in _numbers(each))])
    ticks = text.round_within(low, high, 6 if sheet.wide else 4)
    words = text.of_ticks(ticks, figure.form, signed=numerals.signed)

    def x(value: float) -> float:
        share = (0.5 * value - 0.5 * low) / (0.5 * high - 0.5 * low)
        return left + 8.0 + (right - left - 16.0) * share

    top = _key(sheet, list(zip(figure.columns, figure.tones, strict=True)), left)
    spans: list[tuple[float, float]] = []
    cards, marks = LaidOut(sheet.width), LaidOut(sheet.width)
    line = 22.0
    for k, row in enumerate(figure.rows):
        tall = line * len(row.ranges)
        room = max(tall, names.height(k)) if names.beside else names.height(k) + 3.0 + tall
        if row.strong:
            upper, lower = top - 0.5 * _APART, top + room + 0.5 * _APART
            cards.box(0.0, upper, sheet.width, lower, CARD)
            cards.box(0.0, upper - 3.0, sheet.width, upper, STRESS)
        start = names.put(marks, k, top, tall, bold=True)
        for j, (each, tone) in enumerate(zip(row.ranges, figure.tones, strict=False)):
            y = start + (j + 0.5) * line
            if each is not None and text.known(each.median):
                _one_range(marks, each, tone, x, y)
            value, spread = told[k][j]
            at = right + _GAP
            marks.write(at, y + 0.35 * NAME, value, size=NAME, bold=True, colour=lettered(tone))
            wide = text.width(value, NAME, bold=True)
            marks.write(at + wide + 5.0, y + 0.35 * NAME, spread, colour="soft")
        spans.append((start - 2.0, start + tall + 2.0))
        top += room + _APART
    bottom = top - 0.5 * _APART
    if names.beside:
        spans = [(spans[0][0], bottom)] if spans else []
    for tick in ticks:
        look = ZERO if abs(tick) <= 1e-9 * (high - low) else GRID
        cards.outline([[(x(tick), a), (x(tick), b)] for a, b in spans], look)
    sheet.marks += [*cards.marks, *marks.marks]
    taken = -math.inf
    for tick, word in zip(ticks, words, strict=True):
        half = 0.5 * text.width(word, SMALL)
        middle = min(max(x(tick), half), sheet.width - half)
        if middle - half > taken:
            sheet.write(middle, bottom + 15.0, word, anchor="middle", colour="soft")
            taken = middle + half + 6.0
    sheet.height = bottom + 22.0


def _numbers(each: DrawnRange) -> list[float]:
    found = (each.median, each.low, each.high, each.quarter, each.three_quarters)
    return [value for value in found if value is not None and text.known(value)]


def _told(each: DrawnRange | None, numerals: Numerals) -> tuple[str, str]:
    if each is None:
        return "\u2013", ""
    return numerals(each.median), _range_of(each.low, each.high, numerals)


def _one_range(
    sheet: LaidOut, each: DrawnRange, tone: Tone, x: Callable[[float], float], y: float
) -> None:
    for low, high, thick in (
        (each.low, each.high, 1.8),
        (each.quarter, each.three_quarters, 5.5),
    ):
        if low is not None and high is not None and text.known(high, low):
            sheet.line([(x(low), y), (x(high), y)], reach(tone, thick))
    sheet.disc(x(each.median), y, 5.0, dot(tone))


def _ends(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 1.0, high + 1.0)


def _key(sheet: LaidOut, entries: Sequence[tuple[str, Tone]], left: float) -> float:
    """Put names of columns side by side with their dots, and return where the rows begin."""
    x, top, high = left, 4.0, LEADING * NAME
    for name, tone in entries:
        for line in text.wrapped(name, NAME, sheet.width - left - 18.0, bold=True, most=1):
            wide = text.width(line, NAME, bold=True) + 18.0
            if x > left and x + wide > sheet.width:
                x, top = left, top + high
            sheet.disc(x + 6.0, top + 0.5 * high, 5.0, dot(tone))
            sheet.paragraph(x + 16.0, top, [line], bold=True, colour=lettered(tone))
            x += wide + 18.0
    return top + (high if entries else 0.0) + _APART


# --- tornado --------------------------------------------------------------------------------------


def tornado_chart(figure: TornadoChart, sheet: LaidOut) -> None:
    """Lay out the result at both ends of every assumption, as dots on a line."""
    known = [v for each in figure.swings for v in (each.low, each.high)]
    numerals = Numerals.of([figure.base, *known], figure.form)
    names = _RowNames.of(sheet, [each.name for each in figure.swings])
    room = 0.3 * (sheet.width - names.column)
    ends = [_ends_of(each, numerals, room) for each in figure.swings]
    base = figure.base if text.known(figure.base) else 0.0
    reaches = [
        (
            min(value for value, _ in pair) - base,
            12.0 + text.widest(_leftmost(pair), SMALL),
            max(value for value, _ in pair) - base,
            12.0 + text.widest(_rightmost(pair), SMALL),
        )
        for pair in ends
        if pair
    ]
    middle = text.wrapped(numerals(figure.base), NAME, room, bold=True)
    half = 0.5 * text.widest(middle, NAME, bold=True) + 2.0
    from_base = _room(names.column, sheet.width - 2.0, [*reaches, (0.0, half, 0.0, half)])

    def x(value: float) -> float:
        return from_base(value - base)

    top = sheet.paragraph(x(base), 2.0, middle, anchor="middle", bold=True) + 6.0
    first = top
    guide = len(sheet.marks)
    spans: list[tuple[float, float]] = []
    for k, (each, pair) in enumerate(zip(figure.swings, ends, strict=True)):
        count = max((len(lines) for _, lines in pair), default=1)
        tall = max(22.0, count * LEADING * SMALL)
        start = names.put(sheet, k, top, tall)
        y = start + 0.5 * tall
        if pair:
            _one_swing(sheet, each, pair, x, y)
        else:
            sheet.write(x(base) + 10.0, y + 0.35 * SMALL, "\u2013", colour="soft")
        bottom = start + tall
        spans.append((start - 4.0, bottom + 4.0))
        if names.beside:
            bottom = max(bottom, top + names.height(k))
        top = bottom + _APART
    under = LaidOut(sheet.width)
    lines = _upright(names, spans)
    under.outline([[(x(base), a), (x(base), b)] for a, b in lines], GUIDE)
    edges = [x(value) for pair in ends for value, _ in pair]
    if edges and min(edges) < x(0.0) < max(edges) and abs(x(0.0) - x(base)) > half + 14.0:
        under.outline([[(x(0.0), a), (x(0.0), b)] for a, b in lines], ZERO)
        sheet.write(x(0.0), first - 8.0, "0", anchor="middle", colour="soft")
    sheet.marks[guide:guide] = under.marks
    sheet.height = max(top - 0.3 * _APART, 24.0)


def _one_swing(
    sheet: LaidOut,
    each: Swing,
    pair: Sequence[tuple[float, tuple[str, ...]]],
    x: Callable[[float], float],
    y: float,
) -> None:
    left, right = sorted(x(value) for value, _ in pair)
    sheet.line([(left, y), (right, y)], reach(Tone.FIRST, 3.0))
    for place in (left, right):
        sheet.disc(place, y, 5.0, dot(Tone.FIRST, hollow=each.turns))
    for lines, at, anchor in (
        (_leftmost(pair), left - 10.0, "end"),
        (_rightmost(pair), right + 10.0, "start"),
    ):
        above = y - 0.5 * LEADING * SMALL * len(lines)
        sheet.paragraph(at, above, lines, size=SMALL, anchor=anchor, clear=True)


def _ends_of(each: Swing, numerals: Numerals, room: float) -> list[tuple[float, tuple[str, ...]]]:
    if not text.known(each.low) or not text.known(each.high):
        return []
    return [
        (value, (*text.wrapped(name, SMALL, room, most=2), numerals(value)))
        for name, value in ((each.low_name, each.low), (each.high_name, each.high))
    ]


def _leftmost(pair: Sequence[tuple[float, tuple[str, ...]]]) -> tuple[str, ...]:
    return pair[0][1] if pair[0][0] <= pair[1][0] else pair[1][1]


def _rightmost(pair: Sequence[tuple[float, tuple[str, ...]]]) -> tuple[str, ...]:
    return pair[1][1] if pair[0][0] <= pair[1][0] else pair[0][1]


# --- shares ---------------------------------------------------------------------------------------


def butterfly_chart(figure: ButterflyChart, sheet: LaidOut) -> None:
    """Lay out two shares back to back, both from 0 to 100 %."""
    rows = figure.rows
    room = 0.24 * sheet.width if sheet.wide else sheet.width - 4.0
    names = [text.wrapped(each.name, NAME, room, bold=not sheet.wide) for each in rows]
    told = [(_percent(each.left), _percent(each.right)) for each in rows]
    column = max((text.widest(name, NAME) for name in names), default=0.0)
    spine = 0.5 * column + _GAP if sheet.wide else 3.0
    label = max((text.width(t, NAME, bold=True) for pair in told for t in pair), default=0.0)
    centre = 0.5 * sheet.width
    sides = [
        _Wing(sheet, -1.0, centre - spine, centre - spine - label - _NEAR - 2.0, Tone.FIRST),
        _Wing(sheet, 1.0, centre + spine, centre - spine - label - _NEAR - 2.0, Tone.SECOND),
    ]
    heads = [
        text.wrapped(t, NAME, centre - spine - 4.0, bold=True) for t in (figure.left, figure.right)
    ]
    high = max(len(each) for each in heads) * LEADING * NAME
    for side, lines in zip(sides, heads, strict=True):
        start = 4.0 + high - len(lines) * LEADING * NAME
        sheet.paragraph(
            side.spine, start, lines, anchor=side.anchor, bold=True, colour=side.tone.value
        )
    top = 4.0 + high + 8.0
    for each, name, words in zip(rows, names, told, strict=True):
        lines_high = len(name) * LEADING * NAME
        if sheet.wide:
            middle = top + 0.5 * max(lines_high, _THICK)
            sheet.paragraph(centre, middle - 0.5 * lines_high, name, anchor="middle")
            start = middle - 0.5 * _THICK
        else:
            start = sheet.paragraph(centre, top, name, anchor="middle", bold=True) + 2.0
        ends = [
            side.put(start, value, word, amount)
            for side, value, word, amount in zip(
                sides,
                (each.left, each.right),
                words,
                (each.left_text, each.right_text),
                strict=True,
            )
        ]
        top = max(*ends, top + lines_high) + _APART
    sheet.height = top - 0.5 * _APART


#: Pixels of the bars of a butterfly.
_THICK = 20.0


@dataclasses.dataclass(frozen=True)
class _Wing:
    """One side of a butterfly: `way` is -1 to the left, `full` are the pixels of 100 %."""

    sheet: LaidOut
    way: float
    spine: float
    full: float
    tone: Tone

    @property
    def anchor(self) -> str:
        return "end" if self.way < 0.0 else "start"

    def put(self, top: float, value: float, word: str, amount: str) -> float:
        """Draw a share with its number, an amount below it, and return where it ends."""
        bottom = top + _THICK
        end = self.spine
        if text.known(value):
            end += self.way * self.full * min(max(value, 0.0), 1.0)
            edge = self.spine + self.way * self.full
            self.sheet.box(min(edge, end), top, max(edge, end), bottom, CARD)
            if end != self.spine:
                left, right = sorted((self.spine, end))
                self.sheet.box(left, top, right, bottom, bar(self.tone))
        y = 0.5 * (top + bottom) + 0.35 * NAME
        self.sheet.write(end + self.way * _NEAR, y, word, size=NAME, anchor=self.anchor, bold=True)
        room = abs(self.spine - (0.0 if self.way < 0.0 else self.sheet.width)) - 4.0
        lines = text.wrapped(amount, SMALL, room, most=2)
        return self.sheet.paragraph(
            self.spine, bottom + 2.0, lines, size=SMALL, anchor=self.anchor, colour="soft"
        )


def _percent(value: float) -> str:
    if text.known(value) and 0.0 < value < 0.005:
        return "<\u00a01\u00a0%"
    return Numerals(0, percent=True)(value)


def share_chart(figure: ShareChart, sheet: LaidOut) -> None:
    """Lay out bars of 100 %, each divided alike."""
    colours = [_part(k, len(figure.bands)) for k in range(len(figure.bands))]
    names = _RowNames.of(sheet, [row.name for row in figure.rows])
    ends = [
        text.wrapped(row.text, NAME, 0.26 * sheet.width, bold=True, most=2) for row in figure.rows
    ]
    left = names.column
    right = sheet.width - 2.0
    widest = max((text.widest(each, NAME, bold=True) for each in ends), default=0.0)
    right -= widest + _NEAR if widest else 0.0
    thick = 24.0
    top = _swatches(sheet, figure.bands, colours, left)
    for k, row in enumerate(figure.rows):
        tall = max(thick, len(ends[k]) * LEADING * NAME)
        start = names.put(sheet, k, top, tall)
        upper = start + 0.5 * (tall - thick)
        x = left
        for (colour, written), share in zip(colours, row.shares, strict=False):
            if not text.known(share) or share <= 0.0:
                continue
            end = min(x + (right - left) * share, right)
            sheet.box(x, upper, end, upper + thick, MarkStyle(fill=colour, stroke="paper"))
            word = _percent(share)
            if text.width(word, SMALL) + 8.0 <= end - x:
                sheet.write(
                    0.5 * (x + end),
                    upper + 0.5 * thick + 0.35 * SMALL,
                    word,
                    anchor="middle",
                    colour=written,
                )
            x = end
        above = start + 0.5 * (tall - len(ends[k]) * LEADING * NAME)
        sheet.paragraph(right + _NEAR, above, ends[k], bold=True)
        bottom = start + tall
        if names.beside:
            bottom = max(bottom, top + names.height(k))
        top = bottom + _APART
    sheet.height = max(top - 0.5 * _APART, 20.0)


def _part(k: int, count: int) -> tuple[str, str]:
    """Colour of a part, and of what is written on it."""
    last = len(PARTS) - 1
    at = 3 if count == 1 else round(k * last / max(count - 1, 1))
    return PARTS[at], ON_LIGHT if at < 4 else ON_DARK


def _swatches(
    sheet: LaidOut, bands: Sequence[str], colours: Sequence[tuple[str, str]], left: float
) -> float:
    x, top, high = left, 4.0, LEADING * SMALL + 3.0
    for name, (colour, _) in zip(bands, colours, strict=True):
        for line in text.wrapped(name, SMALL, sheet.width - left - 20.0, most=1):
            wide = text.width(line, SMALL) + 20.0
            if x > left and x + wide > sheet.width:
                x, top = left, top + high
            sheet.box(
                x, top + 2.0, x + 13.0, top + 15.0, MarkStyle(fill=colour, stroke="soft", width=0.6)
            )
            sheet.paragraph(x + 18.0, top, [line], size=SMALL)
            x += wide + 14.0
    return top + (high if bands else 0.0) + _APART
