"""A picture of an attribution: what each table adds, and its sectors within."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np

from negotiation.case import Case
from negotiation.errors import OutputError
from negotiation.leverage.attribution import Attribution
from negotiation.model import Model
from negotiation.report.attribution import headline, made_of, reading, say
from negotiation.report.picture import canvas, drawing, save
from negotiation.report.plots import COLOURS
from negotiation.study.shares import Shares
from negotiation.words import opening


@drawing()
def plot(found: Attribution, case: Case, path: Path, drawn: Shares | None = None) -> None:
    """Draw what each table adds, its sectors within, what it is alone, and the whole.

    Over draws a thin line beneath each table's bar spans 5 to 95 % of its values, with a mark at
    the median.

    Raises
    ------
    OutputError
        If there is nothing to draw, because the score is not defined.
    """
    if not np.isfinite(found.table).all():
        raise OutputError(f"{path} was not drawn: {reading(found, case.model)[0]}")
    scale, unit = 1.0, found.unit
    if unit.startswith("US$ million") and np.abs(found.values).max() >= 2000:
        scale, unit = 1000.0, unit.replace("million", "billion")
    bars = _bars(found)
    largest = max(abs(bar.value) for bar in bars) / scale
    digits = max(0, 2 - math.floor(math.log10(largest))) if largest else 0
    figure = canvas(figsize=(7.2, 1.9 + 0.34 * bars[-1].bottom), layout="constrained")
    axes = figure.subplots()
    axes.grid(axis="x", color="#dddddd", lw=0.6)
    axes.set_axisbelow(True)
    axes.axvline(0.0, color="#333333", lw=0.8, zorder=3)
    for bar in bars:
        axes.barh(bar.middle, bar.value / scale, bar.height, color=_shade(bar), lw=0, zorder=2)
        ends = [bar.middle - bar.height / 2, bar.middle + bar.height / 2]
        axes.plot([bar.alone / scale] * 2, ends, color="black", lw=1.6, zorder=4)
        axes.text(
            1.01,
            bar.middle,
            f"{bar.value / scale:+.{digits}f}"
            if abs(bar.value / scale) >= 0.5 * 10**-digits
            else "0",
            transform=axes.get_yaxis_transform(),
            fontsize=9.5 if bar.whole else 7.5,
            color="black" if bar.whole else "#555555",
            va="center",
        )
    if drawn is not None:
        _spans(axes, bars, drawn, scale)
    axes.plot([], [], color="black", lw=1.6, label="alone, with nothing else at stake")
    total = float(found.total) / scale
    axes.axvline(total, color="#333333", lw=1.2, ls="--", label=f"all tables: {total:+.{digits}f}")
    axes.set_yticks([bar.middle for bar in bars], [bar.label for bar in bars])
    for tick, bar in zip(axes.get_yticklabels(), bars, strict=True):
        tick.set_fontsize(9.5 if bar.whole else 7.5)
        tick.set_color("black" if bar.whole else "#555555")
    axes.set_ylim(bars[-1].bottom + 0.15, -0.15)
    axes.margins(x=0.06)
    axes.tick_params(axis="x", labelsize=8.5)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.set_xlabel(f"what each adds to {found.of}, {unit}", fontsize=9)
    axes.legend(
        frameon=False, fontsize=8, ncols=2, loc="lower left", bbox_to_anchor=(0.0, 1.0), borderpad=0
    )
    figure.suptitle(fill(_title(found, case.model), 68), fontsize=12, x=0.02, ha="left")
    made = made_of(found, case)
    footer = (
        "Bars and figures: Shapley value of a table, Owen value of a sector. Concept: "
        f"{made['concept']}. Threat point: {made['threat_point']}. Horizon: {made['horizon']}. "
        f"negotiation {made['negotiation_version']}, model {made['model']} "
        f"{made['model_digest']}; {made['parameters']}."
    )
    figure.text(0.02, -0.01, fill(footer, 128), fontsize=6.5, color="#555555", va="top")
    save(figure, path)


def _spans(axes: Any, bars: Sequence[_Bar], drawn: Shares, scale: float) -> None:
    """Draw the range of every table over the draws, below its bar."""
    bands = drawn.bands()
    if not drawn.pooled:  # a range over several regimes would mean nothing
        bands = {name: parts[drawn.regimes[0]] for name, parts in drawn.bands_by_regime().items()}
    for bar in bars:
        if bar.whole and bar.label in bands and np.isfinite(bands[bar.label].low):
            band, y = bands[bar.label], bar.bottom + 0.06
            axes.plot([band.low / scale, band.high / scale], [y, y], color="#333333", lw=1.4)
            axes.plot([band.median / scale], [y], "o", color="#333333", ms=3.2)
    axes.plot(
        *([], []),
        color="#333333",
        lw=1.4,
        marker="o",
        ms=3.2,
        label="5 to 95 % and median of draws",
    )


@dataclasses.dataclass(frozen=True)
class _Bar:
    """One table or sector: what is drawn, and where, downwards."""

    label: str
    value: float
    alone: float
    colour: str
    whole: bool
    middle: float
    height: float

    @property
    def bottom(self) -> float:
        return self.middle + self.height / 2


def _bars(found: Attribution) -> list[_Bar]:
    """Tables by size, and beneath each its sectors by size."""
    bars: list[_Bar] = []
    for place, k in enumerate(np.argsort(-np.abs(found.table), kind="stable")):
        colour = COLOURS[place % len(COLOURS)]
        rows = [(found.tables[k], found.table[k], found.table_alone[k], True)]
        if found.sectors and len(found.unions[k]) > 1:
            within = sorted(found.unions[k], key=lambda s: -abs(found.sector[s]))
            rows += [
                (found.sectors[s], found.sector[s], found.sector_alone[s], False) for s in within
            ]
        for label, value, alone, whole in rows:
            height = 0.8 if whole else 0.5
            gap = (0.4 if whole else 0.12) if bars else 0.0
            middle = (bars[-1].bottom if bars else 0.0) + gap + height / 2
            bars.append(_Bar(label, float(value), float(alone), colour, whole, middle, height))
    return bars


def _shade(bar: _Bar) -> tuple[float, float, float]:
    """Give a table its colour and its sectors a lighter one, opaque over the grid."""
    rgb = [int(bar.colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (x if bar.whole else 0.45 * x + 0.55 for x in rgb)
    return red, green, blue


def _title(found: Attribution, model: Model) -> str:
    """Return the finding: the table that accounts for most of the score."""
    what = headline(found, model)
    parts = found.share(found.table)
    if bool(found.starts_at_zero) and not np.abs(parts).max() > 1.0 and np.isfinite(parts).all():
        most = int(parts.argmax())
        return f"{opening(what)}, {parts[most]:.0%} of it for {found.tables[most]}"
    most = int(np.abs(found.table).argmax())
    moves = say(found, found.table[most], signed=True)
    return f"{opening(what)}; {found.tables[most]} moves it by {moves}"
