"""The explorer's chart: axes that never move, and paths that the script replaces."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from html import escape

import numpy as np

from negotiation.report.explorer.view import Curves, DrawnSpread

_HEIGHT, _RIBBON, _SIZE = 300.0, 34.0, 13.0

#: Room for the name of a curve.
_NAME = 190.0


@dataclasses.dataclass(frozen=True)
class ChartTexts:
    """What is written on the chart and for those who cannot see it."""

    title: str
    alt: str
    lever: str
    names: tuple[str, str]
    ribbon: str
    places: Sequence[tuple[float, str]]


@dataclasses.dataclass(frozen=True)
class Axes:
    """Edges in pixels, and the numbers there."""

    left: float
    right: float
    top: float
    bottom: float
    x0: float
    x1: float
    y0: float
    y1: float
    ribbon_top: float
    ribbon_bottom: float

    def x(self, value: float) -> float:
        """Pixels of a value of the lever."""
        return self.left + (value - self.x0) / (self.x1 - self.x0) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Pixels of an amount, in the unit shown; at an edge where it lies beyond."""
        share = min(max((value - self.y0) / (self.y1 - self.y0), 0.0), 1.0)
        return self.bottom - share * (self.bottom - self.top)


def round_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Round numbers from one below `low` to one above `high`, zero among them."""
    low, high = min(low, 0.0), max(high, 0.0)
    rough = (high - low or 1.0) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(k * power for k in (1.0, 2.0, 2.5, 5.0, 10.0) if k * power >= rough * (1.0 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)  # also where every amount is zero
    return [step * k + 0.0 for k in range(first, last + 1)]


def chart(
    curves: Curves, ticks: Sequence[float], factor: float, texts: ChartTexts, width: int, ids: str
) -> str:
    """Draw it for a width in pixels.

    Parameters
    ----------
    ticks : sequence of float
        Of the y axis, in the unit shown; amounts times `factor` are in it.
    ids : str
        What ids in it begin with.
    """
    words = [_number(tick) for tick in ticks]
    left = max(50.0, 12.0 + 7.5 * max(len(word) for word in words))
    top, right = 12.0, width - 16.0
    bottom = top + _HEIGHT
    start = bottom + 30.0
    axes = Axes(
        left, right, top, bottom, float(curves.x[0]), float(curves.x[-1]), ticks[0], ticks[-1],
        start, start + _RIBBON,
    )  # fmt: skip
    parts = []
    for tick, word in zip(ticks, words, strict=True):
        y = axes.y(tick)
        line = 's-ink" stroke="#1b1b1b"' if tick == 0.0 else 's-rule" stroke="#dcdcdc"'
        parts.append(f'<path class="{line} d="M{_n(left)} {_n(y)}H{_n(right)}"/>')
        parts.append(_text(left - 7.0, y + 4.5, word, "f-soft", "end"))
    for k in (1, 0):
        look = "first" if k == 0 else "second"
        band = f'<path id="{ids}-band-{k}" class="f-{look}" fill="{_COLOURS[k]}" fill-opacity="0.2"'
        parts.append(f'{band} d="{_band(axes, curves.x, curves.spreads[k], factor)}"/>')
    for k in (1, 0):
        look = "first" if k == 0 else "second"
        dash = "" if k == 0 else ' stroke-dasharray="7 4"'
        line = f'<path id="{ids}-median-{k}" class="s-{look}" fill="none" stroke="{_COLOURS[k]}"'
        path = _median(axes, curves.x, curves.spreads[k], factor)
        parts.append(f'{line} stroke-width="3"{dash} d="{path}"/>')
    share = " ".join(
        f"L{_n(axes.x(x))} {_n(axes.ribbon_bottom - s * _RIBBON)}"
        for x, s in zip(curves.x, curves.share, strict=True)
    )
    base = _n(axes.ribbon_bottom)
    parts += [
        f'<g id="{ids}-strip"><path class="f-card" fill="#f6f5f2" d="M{_n(left)} '
        f'{_n(axes.ribbon_top)}H{_n(right)}V{base}H{_n(left)}Z"/>',
        f'<path id="{ids}-ribbon" class="f-first" fill="{_COLOURS[0]}" fill-opacity="0.6" '
        f'd="M{_n(left)} {base} {share} L{_n(right)} {base}Z"/>',
        _text(left - 7.0, axes.ribbon_top + 10.0, f"100{_SPACE}%", "f-soft", "end"),
        _text(left - 7.0, axes.ribbon_bottom, "0", "f-soft", "end"),
        f'<text class="f-soft" fill="#5a5a5a" x="{_n(left)}" '
        f'y="{_n(axes.ribbon_top - 7.0)}">{escape(texts.ribbon)}</text></g>',
    ]
    for value, word in texts.places:
        x = axes.x(value)
        end = "start" if value == axes.x0 else "end" if value == axes.x1 else "middle"
        mark = f"M{_n(x)} {base}v5"
        parts.append(f'<path class="s-ink" stroke="#1b1b1b" d="{mark}"/>')
        parts.append(_text(x, axes.ribbon_bottom + 20.0, word, "f-soft", end))
    parts.append(
        f'<path id="{ids}-here" class="s-ink" stroke="#1b1b1b" stroke-dasharray="3 3" d=""/>'
    )
    for k in (0, 1):
        look = "first" if k == 0 else "second"
        fill = "f-first" if k == 0 else "f-paper"
        inside = _COLOURS[0] if k == 0 else "#ffffff"
        parts.append(
            f'<circle id="{ids}-dot-{k}" class="{fill} s-{look}" fill="{inside}" '
            f'stroke="{_COLOURS[k]}" stroke-width="2.5" r="5" cx="-99" cy="-99"/>'
        )
        parts.append(_label(axes, curves, k, factor, texts.names[k], ids))
    height = axes.ribbon_bottom + 28.0
    data = "".join(
        f' data-{name.replace("_", "-")}="{value:.10g}"'
        for name, value in dataclasses.asdict(axes).items()
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{ids}" class="figure" '
        f'viewBox="0 0 {width} {_n(height)}" width="{width}" height="{_n(height)}" role="img" '
        f'aria-labelledby="{ids}-title {ids}-desc" font-size="{_SIZE:g}"{data}>'
        f'<title id="{ids}-title">{escape(texts.title)}</title>'
        f'<desc id="{ids}-desc">{escape(texts.alt)}</desc>{"".join(parts)}</svg>'
    )


_COLOURS = ("#c0470a", "#0b4f8a")
_MINUS, _SPACE = "\u2212", "\u00a0"


def _label(axes: Axes, curves: Curves, k: int, factor: float, name: str, ids: str) -> str:
    """Name of a curve, above its end; the script moves it."""
    place = label_place(axes, curves, k, factor)
    x, y = place or (axes.right, axes.top)
    look = "first" if k == 0 else "second"
    return (
        f'<text id="{ids}-label-{k}" class="f-{look} outlined" fill="{_COLOURS[k]}" '
        f'font-weight="600" text-anchor="end" x="{_n(x)}" y="{_n(y)}">'
        f"{escape(name if place else '')}</text>"
    )


def label_place(axes: Axes, curves: Curves, k: int, factor: float) -> tuple[float, float] | None:
    """Where the name of a curve ends: over its last median or band; None without one."""
    known = [
        (float(x), each)
        for x, each in zip(curves.x, curves.spreads[k], strict=True)
        if not math.isnan(each.median)
    ]
    if not known:
        return None
    at, last = known[-1]
    end = last.median if math.isnan(last.high) else last.high
    x = max(axes.x(at), min(axes.right, axes.left + _NAME))
    y, zero = max(axes.y(end * factor) - 7.0, axes.top + 12.0), axes.y(0.0)
    # Not on the line of zero, which would go through the letters.
    return x, zero - 6.0 if zero - 4.0 < y < zero + 14.0 else y


def _band(
    axes: Axes, x: Sequence[float] | np.ndarray, spreads: list[DrawnSpread], factor: float
) -> str:
    found = []
    for piece in _pieces([(float(a), s) for a, s in zip(x, spreads, strict=True)], "low"):
        low = [f"{_n(axes.x(a))} {_n(axes.y(s.low * factor))}" for a, s in piece]
        high = [f"{_n(axes.x(a))} {_n(axes.y(s.high * factor))}" for a, s in piece]
        found.append("M" + "L".join([*low, *high[::-1]]) + "Z")
    return "".join(found)


def _median(
    axes: Axes, x: Sequence[float] | np.ndarray, spreads: list[DrawnSpread], factor: float
) -> str:
    return "".join(
        "M" + "L".join(f"{_n(axes.x(a))} {_n(axes.y(s.median * factor))}" for a, s in piece)
        for piece in _pieces([(float(a), s) for a, s in zip(x, spreads, strict=True)], "median")
    )


def _pieces(
    points: list[tuple[float, DrawnSpread]], name: str
) -> list[list[tuple[float, DrawnSpread]]]:
    """Runs of points at which there is a number."""
    found: list[list[tuple[float, DrawnSpread]]] = [[]]
    for point in points:
        if math.isnan(getattr(point[1], name)):
            found.append([])
        else:
            found[-1].append(point)
    return [piece for piece in found if piece]


def _text(x: float, y: float, word: str, look: str, anchor: str) -> str:
    return (
        f'<text class="{look}" fill="#5a5a5a" x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">'
        f"{escape(word)}</text>"
    )


def _number(value: float) -> str:
    text = f"{abs(value):,.10g}"
    return text if value == 0.0 else f"{_MINUS if value < 0.0 else '+'}{text}"


def _n(value: float) -> str:
    told = f"{value:.1f}".removesuffix(".0")
    return "0" if told == "-0" else told


__all__ = ["Axes", "ChartTexts", "chart", "label_place", "round_ticks"]
