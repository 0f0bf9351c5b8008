"""A sweep at many draws as tables to read: what no regime changes, every regime, probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from negotiation.outcome.columns import column_name
from negotiation.report.amounts import hundredths, in_hundred
from negotiation.report.document import Cell, Form, Number, Ranged, Table
from negotiation.report.document import TableColumn as Head
from negotiation.report.drawn_rows import chances
from negotiation.report.playing import playing
from negotiation.report.ranges import Measure
from negotiation.report.sweep import split_name
from negotiation.report.text import MARKS, SOFT, pieces
from negotiation.study.bands import Band, Bands
from negotiation.study.lines import lines
from negotiation.tolerances import RARE_REGIME
from negotiation.words import opening

#: Most points of a line that are all in a table, and how many of a longer one are, evenly spread.
POINTS, FEW_POINTS = 11, 6

#: Longest word of a head that is not broken.
_WORD: Final = 12

#: Letters in a line of a head.
_HEAD: Final = 18

#: Most columns of probabilities side by side.
_CHANCES: Final = 5


def tables(bands: Bands, *, details: bool = False) -> Iterator[Table]:
    """What is the same in every regime, then each regime by itself, then probabilities."""
    every = _picked(bands, details=details)
    left_out = len(bands.index) - len(every)
    found = [each for each in (_today(bands, every), *_by_regime(bands, every)) if each]
    found += list(_chance_tables(bands, every))
    revealed = _revealed(bands, every)
    found += [] if revealed is None else [revealed]
    for k, each in enumerate(found):
        last = k == len(found) - 1
        note = (
            f"{len(every)} of {len(bands.index)} points are shown; --details shows all of them, "
            "and so does a file (-o)."
        )
        notes = (*each.notes, *([note] if last and left_out else []))
        yield Table(each.columns, each.rows, each.title, notes)


def _picked(bands: Bands, *, details: bool) -> NDArray[np.int64]:
    """Points that a table shows: of each line the ends and some between, in the order of points."""
    every = np.arange(len(bands.index))
    along = lines(bands.drawn.points)
    if details or not along or len(along[0].rows) <= POINTS:
        return every
    found: list[int] = []
    for line in along:
        step = -(-(len(line.rows) - 1) // (FEW_POINTS - 1))
        found += line.rows[::step].tolist()
        if (len(line.rows) - 1) % step:
            found.append(int(line.rows[-1]))
    return np.array(sorted(set(found)), dtype=np.int64)


def _places(bands: Bands, rows: Sequence[int]) -> tuple[list[Head], list[list[Cell]]]:
    """Columns of the swept parameters."""
    points = bands.drawn.points
    heads = [Head(hyphened(split_name(name)), Form.AMOUNT) for name in points]
    return heads, [[_place(values[k].item()) for k in rows] for values in points.values()]


def hyphened(head: str) -> str:
    """Break a long word of a head in two, behind a vowel near its middle, at a soft hyphen."""
    if "\n" in head or len(head) <= _WORD:
        return head
    middle = len(head) // 2
    near = sorted(range(2, len(head) - 2), key=lambda k: abs(k - middle))
    cut = next((k for k in near if head[k - 1] in "aeiou" and head[k] not in "aeiou"), middle)
    return f"{head[:cut]}{SOFT}\n{head[cut:]}"


def clause(bands: Bands, regime: int) -> str:
    """What players do in a regime, and whose walk-out binds."""
    told = bands.regimes[regime]
    out = [bands.drawn.case.model.named(player) for player in told.walkouts]
    clause = playing(bands.drawn.case.model, told.support)
    return clause + (f", and the walk-out of {' and '.join(out)} binds" if out else "")


def lasting(bands: Bands) -> bool:
    """Whether there is a dispute that goes on while talks last."""
    return f"inside_{bands.drawn.case.model.players[0]}" in bands.columns


def _today(bands: Bands, every: NDArray[np.int64]) -> Table | None:
    """What no regime changes: the dispute as it is, and a deal where talks start from it."""
    model = type(bands.drawn.case.model)
    first = model.players[0]
    wanted: list[tuple[str, str]] = []
    if lasting(bands):
        wanted = [(f"inside_{player}", f"today,\n{player}") for player in model.players]
        wanted.append((f"delta_inside_{first}", f"deal from today,\n{first}"))
    else:
        wanted = [(f"delta_{p}", f"deal,\n{p}") for p in (first,) if f"delta_{p}" in bands.columns]
        wanted = [each for each in wanted if bands.pooled(each[0])]
    wanted = [each for each in wanted if each[0] in bands.columns]
    if not wanted:
        return None
    measure = _money(bands, [name for name, _ in wanted])
    heads, columns = _places(bands, every.tolist())
    for name, head in model.headline.items() if lasting(bands) else ():
        column = f"{column_name(name)}_inside"
        if column in bands.columns:
            middle = bands.band(column).middle[every]
            heads.append(Head(head, Form.SHARE))
            columns.append(middle.tolist())
    for name, head in wanted:
        heads.append(_head(head))
        columns.append(_cells(bands.band(name), every, measure))
    title = "Today, whatever follows a breakdown" if lasting(bands) else "In every regime"
    return Table.of(heads, zip(*columns, strict=True), f"{title}: {_how(bands)}, {measure.unit}")


def _by_regime(bands: Bands, every: NDArray[np.int64]) -> Iterator[Table]:
    """One table for every regime with numbers of its own: what both sides have, and a deal."""
    model = type(bands.drawn.case.model)
    names = {f"payoff_{player}": player for player in model.players}
    deal = f"delta_breakdown_{model.players[0]}" if lasting(bands) else f"delta_{model.players[0]}"
    if deal in bands.columns and not bands.pooled(deal):
        head = "deal from there" if lasting(bands) else "deal"
        names[deal] = f"{head},\n{model.players[0]}"
    measure = _money(bands, names)
    rare = _rare(bands)
    shown = [r for r in range(len(bands.regimes)) if not bands.rare[:, r].all()]
    for r in shown:
        rows = [k for k in every.tolist() if not bands.rare[k, r]]
        if not rows:
            continue
        at = np.array(rows, dtype=np.int64)
        heads, columns = _places(bands, rows)
        heads.append(Head("of 100\ndraws", Form.AMOUNT))
        columns.append([hundredths(float(bands.share[k, r])) for k in rows])
        for name, head in names.items():
            heads.append(_head(head))
            columns.append(_cells(bands.band(name, r), at, measure))
        how = _how(bands) if r == shown[0] else ""
        start = "once talks have broken down" if lasting(bands) else "without a deal"
        told = f"{opening(clause(bands, r))} {start} ({bands.regimes[r].label})"
        title = f"{told}: {how + ', ' if how else ''}{measure.unit}"
        notes = [rare] if rare and r == shown[-1] else []
        yield Table.of(heads, zip(*columns, strict=True), title, notes)


def _rare(bands: Bands) -> str:
    """How often draws are in regimes without numbers of their own; empty where none is."""
    most = float(np.nanmax(bands.other, initial=0.0))
    if most == 0.0:
        return ""
    least = f"{100 * RARE_REGIME:g}"
    return (
        f"Regimes with fewer than {least} in 100 draws at a point are left out there; together "
        f"they have up to {in_hundred(most)} of 100."
    )


def _chance_tables(bands: Bands, every: NDArray[np.int64]) -> Iterator[Table]:
    """Probabilities of events that change along the way, in 100 draws."""
    changing = [
        (phrase, probability)
        for _, phrase, probability in chances(bands)
        if np.ptp(np.round(100 * probability[np.isfinite(probability)])) >= 1
    ]
    tables = -(-len(changing) // _CHANCES)
    for k in range(tables):
        heads, columns = _places(bands, every.tolist())
        for phrase, probability in changing[k::tables]:
            heads.append(Head("\n".join(wrap(phrase, 13, break_long_words=False)), Form.AMOUNT))
            values = 100 * probability[every]
            columns.append([_count(float(each)) for each in values])
        yield Table.of(heads, zip(*columns, strict=True), "In how many of 100 draws")


def _place(value: Any) -> Cell:
    """A value of a swept parameter."""
    return value if isinstance(value, str | bool) else float(value)


def _count(percent: float) -> Number:
    return Number(percent, f"{np.floor(percent + 0.5):.0f}" if np.isfinite(percent) else "none")


def _how(bands: Bands) -> str:
    return f"medians of {bands.draws} draws (5 to 95%)"


def _money(bands: Bands, names: Iterable[str]) -> Measure:
    """One unit for the columns of a table, by what they show."""
    shown = []
    for name in names:
        ways = [None] if bands.pooled(name) else range(len(bands.regimes))
        for way in ways:
            band = bands.band(name, way)
            shown += [band.low, band.middle, band.high]
    return Measure.of(type(bands.drawn.case.model).payoff_unit, *shown)


def _cells(band: Band, at: NDArray[np.int64], measure: Measure) -> list[Cell]:
    """Medians with their ranges, each part in a place of its own."""
    low, middle, high = band.low[at], band.middle[at], band.high[at]
    measure = measure.fitted(low, middle, high)
    medians = _justified(measure.number(float(each)) for each in middle)
    known = np.isfinite(low) & np.isfinite(high)
    ends = [
        _justified(measure.number(float(v), end=True) if there else "" for v, there in shown)
        for shown in (zip(low, known, strict=True), zip(high, known, strict=True))
    ]
    if ends[0] == ends[1]:  # to these digits there is no range
        known = np.zeros(len(at), dtype=bool)
    ranges = [f" ({one} to {two})" for one, two in zip(*ends, strict=True)]
    texts = [
        m + (ranged if there else " " * len(ranged)) if known.any() else m
        for m, ranged, there in zip(medians, ranges, known, strict=True)
    ]
    scaled = (np.asarray(each, dtype=float) / measure.scale for each in (middle, low, high))
    parts = zip(*(each.tolist() for each in scaled), texts, strict=True)
    return [Ranged(value, one, two, text) for value, one, two, text in parts]


def _head(text: str) -> Head:
    """Head of a column of money: a long name is broken at the marks within it."""
    lines = []
    for line in text.split("\n"):
        part = ""
        for piece in pieces(line):
            if part and len(part) + len(piece) > _HEAD:
                lines.append(part)
                part = ""
            part += piece if not part or part[-1] in MARKS else f" {piece}"
        lines.append(part)
    return Head("\n".join(lines))


def _justified(texts: Iterable[str]) -> list[str]:
    found = list(texts)
    most = max(map(len, found), default=0)
    return [text.rjust(most) for text in found]


def _revealed(bands: Bands, every: NDArray[np.int64]) -> Table | None:
    """How a breakdown is where political costs are those that today reveals, in money."""
    beside = bands.beside
    if beside is None:
        return None
    model = type(bands.drawn.case.model)
    at = [(k, r) for k in every[[0, -1]].tolist() for r in beside.shown(k)]
    at = list(dict.fromkeys(at))
    if not at:
        return None
    heads, columns = _places(bands, [k for k, _ in at])
    heads.append(Head("after a breakdown"))
    columns.append([beside.regimes[r].label for _, r in at])
    heads.append(Head("of 100\ndraws", Form.AMOUNT))
    columns.append([hundredths(float(beside.share[k, r])) for k, r in at])
    names = {f"money_{player}": player for player in model.players}
    measure = _money(beside, names)
    rows, ways = np.array(at, dtype=np.int64).T
    for name, head in names.items():
        each = [beside.band(name, r) for r in range(len(beside.regimes))]
        low, middle, high = (
            np.stack([getattr(band, part) for band in each])[ways, rows]
            for part in ("low", "middle", "high")
        )
        band = Band(low, middle, high, ways, ways.astype(str), "")
        heads.append(_head(head))
        columns.append(_cells(band, np.arange(len(at)), measure))
    title = "With the political costs that today's behaviour reveals, which the money leaves out"
    return Table.of(heads, zip(*columns, strict=True), f"{title}: {measure.unit}")
