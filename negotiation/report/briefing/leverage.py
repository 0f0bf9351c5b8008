"""The deal along the first player's lever."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from negotiation.games.game import Array
from negotiation.report.amounts import Amounts
from negotiation.report.briefing.told import Told
from negotiation.report.document import Block, Cell, Form, Paragraph, Table, TableColumn
from negotiation.report.figure import AxisMark, BandChart, BandCurve, Ribbon, Tone
from negotiation.report.playing import harsh, playing, takes
from negotiation.report.sentences import effect
from negotiation.study.bands import Bands, quantiles
from negotiation.study.briefing import LeverLine
from negotiation.tolerances import FEW_DRAWS, RARE_REGIME

#: The step of a lever that is a share.
_STEP = 0.1

#: Curves by regime, beside that of the present dispute.
_MOST_CURVES = 2


def blocks(told: Told) -> Iterator[Block]:
    """The chart along the lever, and what a step of it does."""
    line = told.found.lever
    if line is None:
        return
    if line.unfinished:
        yield Paragraph(told.lang.say("unfinished", progress=line.unfinished))
    if line.bands is None:
        yield _chart(told, line, list(_point_curves(told, line)), None)
    else:
        yield _chart(told, line, list(_curves(told, line, line.bands)), _ribbon(told, line.bands))
    yield Paragraph(" ".join(_sentences(told, line)))


def lever_words(told: Told, line: LeverLine) -> str:
    """What the lever is, in words."""
    return told.label(line.parameter.name)


def _name(told: Told) -> str:
    """The column that a curve shows: the deal, or the payoff where there are no talks."""
    return f"delta_{told.players[0]}" if told.talks else f"payoff_{told.players[0]}"


def _point_curves(told: Told, line: LeverLine) -> Iterator[BandCurve]:
    values = np.asarray(line.point[_name(told)].values, dtype=float) / told.scale
    values = np.broadcast_to(values, line.x.shape)
    yield BandCurve(told.lang.say("curve", "deal"), tuple(values.tolist()))


def _curves(told: Told, line: LeverLine, bands: Bands) -> Iterator[BandCurve]:
    """The deal from the dispute, and by regime from a breakdown."""
    name, lang = _name(told), told.lang
    from_breakdown = f"delta_breakdown_{told.players[0]}"
    several = sum(not each.all() for each in bands.rare.T) > 1
    if bands.pooled(name) or not several:
        yield _band(told, bands, name, None, lang.say("curve", "today"), Tone.FIRST)
        name = from_breakdown if from_breakdown in bands.columns else ""
    if not name:
        return
    tones = (Tone.SECOND, Tone.PLAIN)
    often = [r for r in range(len(bands.regimes)) if not bands.rare[:, r].all()]
    counts = [int(bands.count[:, r].min()) for r in often]
    kept = [r for r, count in zip(often, counts, strict=True) if count >= FEW_DRAWS]
    for tone, r in zip(tones, (kept or often)[:_MOST_CURVES], strict=False):
        what = playing(told.model, bands.regimes[r].support)
        yield _band(told, bands, name, r, lang.say("curve", "after", what=what), tone)


def _band(
    told: Told, bands: Bands, name: str, regime: int | None, label: str, tone: Tone
) -> BandCurve:
    values = np.asarray(bands.values(name), dtype=float) / told.scale
    taken = bands.index >= 0 if regime is None else bands.index == regime
    low, middle, high = quantiles(np.where(taken, values, np.nan))
    count = (taken & np.isfinite(values)).sum(axis=1)
    share = count / np.maximum(bands.counted, 1)
    middle = np.where(share >= RARE_REGIME, middle, np.nan)
    few = (count < FEW_DRAWS) | np.isnan(middle)
    low, high = np.where(few, np.nan, low), np.where(few, np.nan, high)
    ends = [tuple(float(value) for value in each) for each in (middle, low, high)]
    return BandCurve(label, ends[0], ends[1], ends[2], tone)


def _ribbon(told: Told, bands: Bands) -> Ribbon | None:
    """The share of draws in which the second side does what it threatens with."""
    found = harsh(told.model, told.players[1])
    if found is None or len(bands.regimes) < 2:
        return None
    yes = np.array([takes(each.support, 1, found[0]) for each in bands.regimes], dtype=bool)
    counted = np.maximum(bands.counted, 1)
    shares = (yes[bands.index] & (bands.index >= 0)).sum(axis=1) / counted
    name = told.lang.say("curve", "ribbon", player=told.names[1], does=found[1])
    return Ribbon(name, tuple(float(each) for each in shares), Tone.SECOND)


def _chart(
    told: Told, line: LeverLine, curves: list[BandCurve], ribbon: Ribbon | None
) -> BandChart:
    lang = told.lang
    share = line.parameter.upper is not None and line.parameter.upper <= 1.0
    columns: list[TableColumn | str] = [
        TableColumn(lang.say("column", "lever"), Form.TEXT if share else Form.AMOUNT)
    ]
    for curve in curves:
        columns.append(TableColumn(curve.name, Form.ROUNDED))
        if curve.low:
            columns.append(TableColumn(lang.say("column", "low"), Form.ROUNDED))
            columns.append(TableColumn(lang.say("column", "high"), Form.ROUNDED))
    if ribbon is not None:
        columns.append(ribbon.name)
    rows: list[list[Cell]] = []
    for k, x in enumerate(line.x.tolist()):
        row: list[Cell] = [lang.percent(x) if share else x]
        for curve in curves:
            row.append(curve.median[k])
            if curve.low:
                row += [curve.low[k], curve.high[k]]
        if ribbon is not None:
            row.append(lang.number(100.0 * ribbon.shares[k]))
        rows.append(row)
    notes = []
    if line.bands is not None:
        notes.append(lang.say("note", "bands", draws=line.bands.draws))
        notes.append(lang.say("note", "rare"))
    return BandChart(
        name="leverage",
        title=_title(told, line),
        subtitle=lang.say(
            "measure", "deal" if told.talks else "payoff", player=told.names[0], unit=told.unit
        ),
        alt=lang.say("alt", "leverage", player=told.names[0], lever=lever_words(told, line)),
        table=Table.of(columns, rows),
        notes=tuple(notes),
        x=tuple(line.x.tolist()),
        x_label=lever_words(told, line),
        x_form=Form.SHARE if share else Form.AMOUNT,
        curves=tuple(curves),
        ribbon=ribbon,
        marks=tuple(_marks(told, line)),
    )


def _marks(told: Told, line: LeverLine) -> Iterator[AxisMark]:
    """Where the lever is today, if that is within the chart."""
    here = float(np.asarray(told.model.value(line.parameter.name)))
    if line.x[0] < here < line.x[-1]:
        yield AxisMark(told.lang.say("mark", "here"), here)


def _along(line: LeverLine, name: str) -> Array:
    """(K, D) a column along the lever, NaN where a draw does not count; without draws D is 1."""
    if line.bands is None:
        values = np.broadcast_to(np.asarray(line.point[name].values, dtype=float), line.x.shape)
        return np.asarray(values)[:, None]
    values = np.asarray(line.bands.values(name), dtype=float)
    return np.where(line.bands.index >= 0, values, np.nan)


def _moved(line: LeverLine, name: str) -> tuple[Array, float]:
    """By how much the deal moves, draw by draw, and over which width of the lever.

    From the first point that has a deal to the last.
    """
    values = _along(line, name)
    there = np.flatnonzero(np.isfinite(values).any(axis=1))
    if len(there) < 2:
        return np.empty(0), 0.0
    first, last = int(there[0]), int(there[-1])
    moved = values[last] - values[first]
    bands = line.bands
    if bands is not None and not bands.pooled(name):
        # In the same regime at both ends: from one to another is no step of the lever.
        moved = moved[bands.index[last] == bands.index[first]]
    return moved[np.isfinite(moved)], float(line.x[last] - line.x[first])


def _title(told: Told, line: LeverLine) -> str:
    """Whether the lever helps, and whether by more than the deal is uncertain."""
    lang, name = told.lang, _name(told)
    names = {"player": told.names[0], "lever": lever_words(told, line)}
    moved, whole = _moved(line, name)
    if not moved.size:
        return lang.say("lever_title", "unknown", **names)
    names["step"] = _step(told, line, whole)
    step = _amounts(told, moved * _part(line, whole))
    names["money"] = "" if step is None else lang.money(step)
    middle = float(np.median(moved))
    spread = told.spread(told.values(name), told.rows())
    width = 0.0
    if spread is not None and spread.low is not None and spread.high is not None:
        width = (spread.high - spread.low) * told.scale
    size = max(abs(spread.median) * told.scale if spread else 0.0, width)
    if abs(middle) <= 0.01 * size:
        variant = "nothing"
    else:
        variant = "helps" if middle > 0.0 else "hurts"
        if line.bands is not None:
            variant += "_little" if abs(middle) < width else "_much"
    return lang.say("lever_title", variant, **names)


def _sentences(told: Told, line: LeverLine) -> Iterator[str]:
    """What a tenth of the lever does to the deal, from today and from a breakdown."""
    lang = told.lang
    about = line.parameter.about
    if about and about != lever_words(told, line):
        yield lang.say("lever_is", lever=about)
    names = [(_name(told), "step")]
    second = f"delta_breakdown_{told.players[0]}"
    if line.bands is not None and second in line.bands.columns and line.bands.pooled(names[0][0]):
        names.append((second, "step_breakdown"))
    for name, sentence in names:
        moved, width = _moved(line, name)
        amounts = _amounts(told, moved * _part(line, width))
        if amounts is None:
            continue
        variant = effect(amounts)
        if variant != "even" and not lang.range(amounts):
            variant += "_median"
        yield lang.say(
            sentence,
            variant,
            step=_step(told, line, width),
            player=told.names[0],
            money=lang.money(amounts),
            range=lang.range(amounts),
        )
    yield from _cost(told, line)


def _share(line: LeverLine) -> bool:
    return line.parameter.upper is not None and line.parameter.upper <= 1.0


def _part(line: LeverLine, width: float) -> float:
    """Which part of the whole width a step is: a tenth of a share, or all of it."""
    return _STEP / width if _share(line) and width else 1.0


def _cost(told: Told, line: LeverLine) -> Iterator[str]:
    """What a step of the lever costs by itself, at the point."""
    cost = told.model.ask("lever_cost", line.parameter.name)
    if cost is None:
        return
    width = float(line.x[-1] - line.x[0])
    yearly = float(np.asarray(cost, dtype=float)) * (_STEP if _share(line) else width)
    if yearly > 0.0:
        money = told.lang.money(told.amounts(math.nan, yearly, math.nan))
        yield told.lang.say("lever_cost", step=_step(told, line, width), money=money)


def _step(told: Told, line: LeverLine, width: float) -> str:
    return told.lang.percent(_STEP) if _share(line) else told.lang.number(width, 2)


def _amounts(told: Told, moved: Array) -> Amounts | None:
    if not moved.size:
        return None
    low, middle, high = (float(each[0]) for each in quantiles(moved[None]))
    if moved.size < FEW_DRAWS:
        low = high = math.nan
    return told.amounts(low, middle, high)


__all__ = ["blocks", "lever_words"]
