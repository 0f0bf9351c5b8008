"""Layout of charts along a parameter or along time: bands, steps."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import math
from collections.abc import Iterator, Sequence

from negotiation.report.document import Form
from negotiation.report.figure import AxisMark, BandChart, BandCurve, Ribbon, StepChart, Tone
from negotiation.report.layout import lettering as text
from negotiation.report.layout.lettering import LARGE, LEADING, NAME, SMALL, Numerals
from negotiation.report.layout.sheet import (
    AXIS,
    CARD,
    GRID,
    GUIDE,
    LEADER,
    ZERO,
    AxesPlace,
    LaidOut,
    MarkStyle,
    Point,
    band,
    curve,
    dot,
    lettered,
)
from negotiation.words import opening

#: Pixels between axes and what is written beside them.
_GAP = 12.0

#: Widest that labels at the right of a chart get.
_LABELS = 184.0

#: A value at the start of a curve stands no farther from it than this.
_NEAR = 26.0

#: Pixels of the strip of shares.
_RIBBON = 36.0


@dataclasses.dataclass(frozen=True)
class _EndLabel:
    """What stands beside the end of a curve."""

    tone: Tone
    name: tuple[str, ...]
    value: str
    x: float
    y: float
    id: str = ""

    @property
    def lines(self) -> int:
        return len(self.name) + bool(self.value)


def band_chart(figure: BandChart, sheet: LaidOut) -> None:
    """Lay out curves with their bands, a strip of shares, and places on the x axis."""
    xs, y_range = _ends(figure.x), _ends([0.0, *_heights(figure.curves)])
    numerals = Numerals.of(_heights(figure.curves), Form.MONEY)
    ticks = text.round_ends(*y_range, 9 if sheet.wide else 8)
    told = text.of_ticks(ticks, Form.MONEY, signed=ticks[0] < 0.0)
    labels = [_names(each, numerals, sheet.wide) for each in figure.curves]
    aside = [] if figure.ribbon is None else [_ribbon_name(figure.ribbon.name)]
    left = 8.0 + text.widest([*told, *(["100\u00a0%"] if aside else [])], SMALL)
    right, top = sheet.width - 14.0, 8.0
    if sheet.wide:
        room = max(
            *(text.widest(name, NAME, bold=True) for name, _ in labels),
            *(text.widest(lines, SMALL) for lines in aside),
            text.widest([value for _, value in labels], NAME),
            0.0,
        )
        right = sheet.width - room - _GAP - 2.0 if room else right
    else:
        top = _key(sheet, figure.curves, labels)
    tags, top = _tagged(figure.marks, AxesPlace(left, right, 0.0, 1.0, *xs, 0.0, 1.0), top)
    tall = max(316.0, _stacked(labels)) if sheet.wide else 270.0
    scale = AxesPlace(left, right, top, top + tall, *xs, ticks[0], ticks[-1])
    bottom = scale.bottom
    if aside:
        start = bottom + (20.0 if sheet.wide else 34.0)
        bottom = start + _RIBBON
        scale = dataclasses.replace(scale, ribbon_top=start, ribbon_bottom=bottom)
    sheet.scale = scale
    _levels(sheet, scale, ticks, told)
    for k, each in enumerate(figure.curves):
        _band(sheet, scale, figure.x, each, k)
    for k, each in enumerate(figure.curves):
        _median(sheet, scale, figure.x, each, k)
    if figure.ribbon is not None:
        _ribbon(sheet, scale, figure.x, figure.ribbon)
    for tag in tags:
        tag.put(sheet, scale, bottom)
    _values(sheet, scale, figure, numerals)
    if sheet.wide:
        ends = [_end(figure.x, each, scale) for each in figure.curves]
        beside = [
            _EndLabel(each.tone, *label, *end, f"value-{k}")
            for k, (each, label, end) in enumerate(zip(figure.curves, labels, ends, strict=True))
            if end is not None
        ]
        _beside(sheet, scale, beside)
    places = text.round_within(*xs, 9 if sheet.wide else 5)
    words = text.of_ticks(places, figure.x_form)
    _along(sheet, scale, bottom, list(zip(map(scale.x, places), words, strict=True)))
    lines = text.wrapped(opening(figure.x_label), NAME, sheet.width - left - 4.0)
    sheet.height = sheet.paragraph(left, bottom + 24.0, lines) + 4.0


def _heights(curves: Sequence[BandCurve]) -> list[float]:
    return [
        value
        for each in curves
        for values in (each.median, each.low, each.high)
        for value in values
        if text.known(value)
    ]


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """Smallest and largest of some numbers, and some room where they are one."""
    known = [value for value in values if text.known(value)]
    if not known:
        return 0.0, 1.0
    low, high = min(known), max(known)
    if high - low > 1e-9 * max(abs(low), abs(high)):
        return low, high
    half = abs(low) or 1.0
    return low - half, high + half


def _names(each: BandCurve, numerals: Numerals, wide: bool) -> tuple[tuple[str, ...], str]:
    """Name of a curve in lines, and its last number with the range."""
    room = _LABELS if wide else 300.0
    value = _last(each, numerals)
    return text.wrapped(each.name, NAME, room, bold=True, most=5), value


def _stacked(labels: Sequence[tuple[tuple[str, ...], str]]) -> float:
    """Pixels that labels take one below the other."""
    return sum(LEADING * NAME * (len(name) + bool(value)) + 3.0 for name, value in labels)


def _last(each: BandCurve, numerals: Numerals) -> str:
    known = [k for k, value in enumerate(each.median) if text.known(value)]
    if not known:
        return ""
    k = known[-1]
    value = numerals(each.median[k])
    if k < len(each.low) and text.known(each.low[k]) and text.known(each.high[k]):
        return f"{value} {text.span(numerals(each.low[k]), numerals(each.high[k]))}"
    return value


def _end(x: Sequence[float], each: BandCurve, scale: AxesPlace) -> Point | None:
    known = [
        (place, value)
        for place, value in zip(x, each.median, strict=False)
        if text.known(value) and text.known(place)
    ]
    return (scale.x(known[-1][0]), scale.y(known[-1][1])) if known else None


def _key(
    sheet: LaidOut,
    curves: Sequence[BandCurve],
    labels: Sequence[tuple[tuple[str, ...], str]],
) -> float:
    """Put the names of the curves above the axes, each beside a piece of it."""
    top = 4.0
    for each, (name, value) in zip(curves, labels, strict=True):
        if not name:
            continue
        middle = top + 0.5 * LEADING * NAME
        if each.low:
            sheet.box(0.0, middle - 6.0, 26.0, middle + 6.0, band(each.tone))
        sheet.line([(0.0, middle), (26.0, middle)], curve(each.tone))
        top = sheet.paragraph(34.0, top, name, bold=True, colour=lettered(each.tone))
        top = sheet.paragraph(34.0, top, [value] if value else [], size=SMALL, colour="soft")
        top += 4.0
    return top + 8.0


# --- axes -----------------------------------------------------------------------------------------


def _levels(sheet: LaidOut, scale: AxesPlace, ticks: Sequence[float], told: Sequence[str]) -> None:
    for tick, word in zip(ticks, told, strict=True):
        y = scale.y(tick)
        zero = abs(tick) <= 1e-9 * abs(ticks[-1] - ticks[0])
        sheet.line([(scale.left, y), (scale.right, y)], ZERO if zero else GRID)
        sheet.write(scale.left - 6.0, y + 0.35 * SMALL, word, anchor="end", colour="soft")


def _along(sheet: LaidOut, scale: AxesPlace, y: float, ticks: Sequence[tuple[float, str]]) -> None:
    """Put the line of the x axis, and as many of its numbers as have room."""
    sheet.line([(scale.left, y), (scale.right, y)], AXIS)
    taken = -math.inf
    for x, word in ticks:
        wide = text.width(word, SMALL)
        middle = min(max(x, 0.5 * wide + 1.0), sheet.width - 0.5 * wide - 1.0)
        sheet.line([(x, y), (x, y + 4.0)], AXIS)
        if middle - 0.5 * wide < taken:
            continue
        sheet.write(middle, y + 18.0, word, anchor="middle", colour="soft")
        taken = middle + 0.5 * wide + 6.0


@dataclasses.dataclass(frozen=True)
class _Tag:
    """The text of a mark in a row above the axes, and the line from there down."""

    mark: AxisMark
    x: float
    lines: tuple[str, ...]
    before: bool  # whether the text stands at the left of its line
    row: int = 0
    top: float = 0.0
    reach: float = 0.0  # where the range of the mark is drawn

    @property
    def low(self) -> float:
        return self.x - 5.0 - text.widest(self.lines, SMALL) if self.before else self.x

    @property
    def high(self) -> float:
        return self.x if self.before else self.x + 5.0 + text.widest(self.lines, SMALL)

    @property
    def ranged(self) -> bool:
        low, high = self.mark.low, self.mark.high
        return low is not None and high is not None and text.known(high, low)

    def crosses(self, other: _Tag) -> bool:
        """Whether the line of this one runs through the text of the other."""
        return self.row > other.row and other.low - 2.0 < self.x < other.high + 2.0

    def beside(self, other: _Tag) -> bool:
        """Whether both texts have room in one row."""
        return self.high + 10.0 <= other.low or other.high + 10.0 <= self.low

    def put(self, sheet: LaidOut, scale: AxesPlace, bottom: float) -> None:
        """Draw the line, the range and the text."""
        pieces = [[(self.x, self.top + 2.0), (self.x, scale.bottom)]]
        if bottom > scale.bottom:
            pieces.append([(self.x, scale.ribbon_top), (self.x, bottom)])
        sheet.outline(pieces, GUIDE)
        if self.ranged:
            ends = [
                scale.x(min(max(value, scale.x0), scale.x1))
                for value in (self.mark.low, self.mark.high)
                if value is not None
            ]
            sheet.line([(x, self.reach) for x in ends], MarkStyle(stroke="soft", width=4.0))
            sheet.disc(self.x, self.reach, 4.5, dot(Tone.PLAIN))
        at, anchor = (self.x - 5.0, "end") if self.before else (self.x + 5.0, "start")
        sheet.paragraph(
            at, self.top, self.lines, size=SMALL, anchor=anchor, colour="soft", clear=True
        )


def _tagged(marks: Sequence[AxisMark], flat: AxesPlace, top: float) -> tuple[list[_Tag], float]:
    """Find rows above the axes for the texts of marks, and return where the axes begin."""
    choices: list[list[_Tag]] = []
    for each in marks:
        if not (text.known(each.at) and flat.x0 <= each.at <= flat.x1):
            continue
        x = flat.x(each.at)
        rooms = [(flat.right - x - 6.0, False), (x - flat.left - 6.0, True)]
        least = min(110.0, max(room for room, _ in rooms))
        choices.append(
            [
                _Tag(each, x, text.wrapped(each.text, SMALL, min(230.0, room)), before)
                for room, before in rooms
                if room >= least
            ]
        )
    if not choices:
        return [], top
    best = min(_arrangements(choices), key=_crowding)
    high = LEADING * SMALL
    rows = max(tag.row for tag in best) + 1
    tall = [
        high * max((len(t.lines) for t in best if t.row == row), default=0) for row in range(rows)
    ]
    ranged = [tag for tag in best if tag.ranged]
    end = top + sum(tall) + 4.0 * rows
    reaches = {id(tag): end + 6.0 + 11.0 * k for k, tag in enumerate(ranged)}
    placed = [
        dataclasses.replace(
            tag,
            top=top + sum(tall[tag.row + 1 :]) + 4.0 * (rows - 1 - tag.row),
            reach=reaches.get(id(tag), 0.0),
        )
        for tag in best
    ]
    return placed, end + 11.0 * len(ranged) + 3.0


def _arrangements(choices: Sequence[Sequence[_Tag]]) -> Iterator[list[_Tag]]:
    """Ways to put texts into rows; all of them where there are few."""
    few = len(choices) <= 4
    orders = itertools.permutations(choices) if few else iter([tuple(reversed(choices))])
    for order in orders:
        for tags in itertools.product(*order) if few else [tuple(each[0] for each in order)]:
            found: list[_Tag] = []
            for tag in tags:
                row = 0
                while not all(tag.beside(other) for other in found if other.row == row):
                    row += 1
                found.append(dataclasses.replace(tag, row=row))
            yield found


def _crowding(tags: Sequence[_Tag]) -> tuple[int, int, int]:
    """What makes texts hard to read: lines through them, rows, lines of text."""
    crossed = sum(a.crosses(b) for a in tags for b in tags)
    return crossed, max(tag.row for tag in tags), sum(len(tag.lines) for tag in tags)


# --- curves ---------------------------------------------------------------------------------------


def _runs(points: Sequence[tuple[float, ...]]) -> Iterator[list[tuple[float, ...]]]:
    """Pieces of a line without a gap."""
    run: list[tuple[float, ...]] = []
    for point in points:
        if all(text.known(value) for value in point):
            run.append(point)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _band(sheet: LaidOut, scale: AxesPlace, x: Sequence[float], each: BandCurve, k: int) -> None:
    if not each.low or not each.high:
        return
    pieces = [
        [(scale.x(at), scale.y(low)) for at, low, _ in run]
        + [(scale.x(at), scale.y(high)) for at, _, high in reversed(run)]
        for run in _runs(list(zip(x, each.low, each.high, strict=False)))
        if len(run) > 1
    ]
    sheet.outline(pieces, band(each.tone), closed=True, id=f"band-{k}")


def _median(sheet: LaidOut, scale: AxesPlace, x: Sequence[float], each: BandCurve, k: int) -> None:
    runs = [
        [(scale.x(at), scale.y(value)) for at, value in run]
        for run in _runs(list(zip(x, each.median, strict=False)))
    ]
    sheet.outline(runs, curve(each.tone), id=f"median-{k}")
    for run in runs:
        if len(run) == 1:
            sheet.disc(*run[0], 4.5, dot(each.tone))


def _ribbon_name(name: str) -> tuple[str, ...]:
    return text.wrapped(name, SMALL, _LABELS)


def _ribbon(sheet: LaidOut, scale: AxesPlace, x: Sequence[float], ribbon: Ribbon) -> None:
    top, bottom = scale.ribbon_top, scale.ribbon_bottom
    sheet.box(scale.left, top, scale.right, bottom, CARD)
    pieces = [
        [(scale.x(run[0][0]), bottom)]
        + [(scale.x(at), bottom - (bottom - top) * min(max(s, 0.0), 1.0)) for at, s in run]
        + [(scale.x(run[-1][0]), bottom)]
        for run in _runs(list(zip(x, ribbon.shares, strict=False)))
    ]
    look = MarkStyle(fill=ribbon.tone.value, opacity=0.65)
    sheet.outline(pieces, look, closed=True, id="ribbon")
    for y, word in ((top + 9.0, "100\u00a0%"), (bottom, "0\u00a0%")):
        sheet.write(scale.left - 6.0, y, word, anchor="end", colour="soft")
    if sheet.wide:
        lines = _ribbon_name(ribbon.name)
        high = len(lines) * LEADING * SMALL
        start = max(0.5 * (top + bottom - high), scale.bottom + 2.0)
        sheet.paragraph(scale.right + _GAP, start, lines, size=SMALL, colour="soft")
    else:
        lines = text.wrapped(ribbon.name, SMALL, scale.right - scale.left, most=1)
        sheet.paragraph(scale.left, top - LEADING * SMALL - 2.0, lines, size=SMALL, colour="soft")


def _values(sheet: LaidOut, scale: AxesPlace, figure: BandChart, numerals: Numerals) -> None:
    """Write the number at which each curve begins, where they do not crowd."""
    starts = []
    for k, each in enumerate(figure.curves):
        points = [p for p in zip(figure.x, each.median, strict=False) if text.known(*p)]
        if points and min(points)[0] <= scale.x0:
            x, height = min(points)
            starts.append((k, each, scale.x(x), scale.y(height), numerals(height)))
    high = LARGE
    wanted = [y - 0.5 * high - 5.0 for _, _, _, y, _ in starts]
    places = text.spread_out(wanted, [high] * len(starts), scale.top + 1.0, scale.bottom - 1.0)
    near = all(abs(a - b) < _NEAR for a, b in zip(places, wanted, strict=True))
    crowded = len(starts) > 3 or not near
    for (k, each, x, y, value), centre in zip(starts, places, strict=True):
        sheet.disc(x, y, 4.5, dot(each.tone), id=f"start-{k}")
        if not crowded:
            sheet.write(
                x + 8.0,
                centre + 0.36 * high,
                value,
                size=LARGE,
                bold=True,
                clear=True,
                colour=lettered(each.tone),
                id=f"start-value-{k}",
            )


def _beside(sheet: LaidOut, scale: AxesPlace, labels: Sequence[_EndLabel]) -> None:
    """Write labels to the right of the axes, each beside its end and none over another."""
    if not labels:
        return
    high = LEADING * NAME
    sizes = [each.lines * high for each in labels]
    places = text.spread_out([each.y for each in labels], sizes, scale.top, scale.bottom)
    for each, centre, size in zip(labels, places, sizes, strict=True):
        start = centre - 0.5 * size
        colour = lettered(each.tone)
        x = scale.right + _GAP
        end = sheet.paragraph(x, start, each.name, bold=True, colour=colour)
        if each.value:
            sheet.write(x, end + 0.95 * NAME, each.value, colour=colour, id=each.id)
        if abs(centre - each.y) > 6.0 or each.x < scale.right - 2.0:
            sheet.line([(each.x + 2.0, each.y), (x - 3.0, centre)], LEADER)


# --- along time -----------------------------------------------------------------------------------

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def step_chart(figure: StepChart, sheet: LaidOut) -> None:
    """Lay out rates that hold from a day on."""
    days = [float(datetime.date.fromisoformat(day).toordinal()) for day in figure.days]
    first, last = (days[0], days[-1]) if days else (0.0, 1.0)
    last += max(0.06 * (last - first), 20.0)
    values = [v for _, _, line in figure.lines for v in line if text.known(v)]
    numerals = Numerals.of(values, Form.SHARE)
    ticks = text.round_ends(*_ends([0.0, *values]), 7)
    told = text.of_ticks(ticks, Form.SHARE)
    left = 8.0 + text.widest(told, SMALL)
    most = _LABELS if sheet.wide else 112.0
    names = [text.wrapped(name, NAME, most, bold=True) for name, _, _ in figure.lines]
    lasts = [
        next((v for v in reversed(line) if text.known(v)), math.nan) for _, _, line in figure.lines
    ]
    values_told = [
        _now_and_then(numerals, figure, line) if text.known(v) else ""
        for v, (_, _, line) in zip(lasts, figure.lines, strict=True)
    ]
    room = max((text.widest(name, NAME, bold=True) for name in names), default=0.0)
    room = max(room, text.widest(values_told, SMALL))
    top = 8.0
    right = sheet.width - room - _GAP - 2.0
    tall = max(250.0 if sheet.wide else 220.0, _stacked(list(zip(names, values_told, strict=True))))
    scale = AxesPlace(left, right, top, top + tall, first, last, ticks[0], ticks[-1])
    sheet.scale = scale
    ahead = min(
        (float(datetime.date.fromisoformat(day).toordinal()) for day in figure.announced),
        default=math.inf,
    )
    if ahead < last:
        sheet.box(scale.x(max(ahead, first)), scale.top, right, scale.bottom, CARD)
    _levels(sheet, scale, ticks, told)
    labels = []
    for (_, tone, line), name, value, height in zip(
        figure.lines, names, values_told, lasts, strict=True
    ):
        for points, announced in _steps(days, line, last, ahead):
            look = dataclasses.replace(curve(tone), dash=(2.0, 4.0) if announced else ())
            sheet.line([(scale.x(x), scale.y(y)) for x, y in points], look)
        if text.known(height):
            labels.append(_EndLabel(tone, name, value, right, scale.y(height)))
    _beside(sheet, scale, labels)
    _along(
        sheet,
        scale,
        scale.bottom,
        [(scale.x(x), word) for x, word in _months(first, last, 7 if sheet.wide else 3)]
        if days
        else [],
    )
    sheet.height = scale.bottom + 26.0


def _now_and_then(numerals: Numerals, figure: StepChart, line: Sequence[float]) -> str:
    """The last rate; where it is announced only, after an arrow from the one in force."""
    known = [(day, v) for day, v in zip(figure.days, line, strict=False) if text.known(v)]
    held = [v for day, v in known if day not in figure.announced]
    now, last = (numerals(v) for v in (held[-1] if held else known[-1][1], known[-1][1]))
    return last if now == last else f"{now} \u2192 {last}"


def _steps(
    days: Sequence[float], line: Sequence[float], last: float, ahead: float
) -> Iterator[tuple[list[Point], bool]]:
    """Pieces of a line of steps: those in force, and those that are announced."""
    ends = [*days[1:], last]
    piece: list[Point] = []
    announced = False
    for start, end, value in zip(days, ends, line, strict=False):
        if not text.known(value):
            if piece:
                yield piece, announced
            piece = []
            continue
        if piece and (start >= ahead) != announced:
            # What is announced begins with the step that leads to it.
            yield piece, announced
            piece = [piece[-1]]
        announced = start >= ahead
        piece += [(start, value), (end, value)]
    if piece:
        yield piece, announced


def _months(first: float, last: float, most: int) -> list[tuple[float, str]]:
    """First days of months, or of years, at even distances."""
    begin, end = (datetime.date.fromordinal(int(each)) for each in (first, last))
    for step in (1, 2, 3, 6, 12, 24, 60, 120, 600, 1200):
        index = -(-(12 * begin.year + begin.month - 1) // step) * step
        found = []
        while index <= 12 * end.year + end.month - 1 and index < 12 * 9999:
            day = datetime.date(index // 12, index % 12 + 1, 1)
            if begin <= day <= end:
                word = f"{_MONTHS[day.month - 1]} {day.year}" if step < 12 else str(day.year)
                found.append((float(day.toordinal()), word))
            index += step
        if len(found) <= most:
            return found
    return []
