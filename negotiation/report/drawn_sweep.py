"""A sweep at many draws as a document: a table for what is the same in every regime, one a regime.

The reading tells probabilities and differences that are taken draw by draw; medians do not
subtract. No number is over several regimes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import OutputError
from negotiation.games.game import Array
from negotiation.outcome.columns import column_name
from negotiation.provenance import provenance
from negotiation.regimes.signal import Signal
from negotiation.report.amounts import how_often, in_hundred
from negotiation.report.columnar import write
from negotiation.report.document import Block, Document, Items, Paragraph, Provenance
from negotiation.report.drawn_rows import (
    chance_name,
    chances,
    dataset,
    draws_dataset,
    draws_table,
    frame,
    regimes,
    summary,
    table,
)
from negotiation.report.drawn_tables import clause, lasting, tables
from negotiation.report.figure import Figure
from negotiation.report.output import write_text
from negotiation.report.ranges import place, sized
from negotiation.report.render import WORKBOOK, plain, render
from negotiation.report.schema import finished
from negotiation.report.sweep import STREAMED, file_format, write_netcdf
from negotiation.study.bands import Bands
from negotiation.study.lines import DrawnLine, Passage, Spread, change, crossings, lines, slope
from negotiation.tolerances import FEW_DRAWS, RARE_REGIME, SURE_SIGN
from negotiation.words import opening

#: Most lines of a sweep along which changes are told.
_LINES: Final = 3

#: A probability that changes by less is told as one that hardly does.
_MOVES: Final = 0.05


class Crossed(TypedDict):
    """Where a probability passes a level, between two points of a sweep."""

    level: float
    value: float
    between: tuple[float, float]


class EventChance(TypedDict):
    """An event of a sweep at many draws, along one of its lines."""

    name: str
    what: str
    place: dict[str, Any]
    first: float
    last: float
    crossings: list[Crossed]
    sentence: str


class SweptDraws(TypedDict):
    """A sweep at many draws: what changes along it, and a row for every point and regime."""

    provenance: dict[str, str]
    units: dict[str, str]
    probabilities: list[EventChance]
    reading: list[str]
    rows: list[dict[str, Any]]
    regimes: NotRequired[list[str]]


def document(bands: Bands, *, details: bool = False) -> Document:
    """Return a sweep at many draws as a document; with `details` every point is in its tables."""
    made = made_of(bands)
    return Document(
        study="sweep",
        tell=lambda: [*tables(bands, details=details), *reading(bands, made)],
        note=lambda: record(bands, made),
        made=made,
        list_rows=lambda: frame(bands, made),
        list_figures=lambda: _figures(bands, made),
    )


def _figures(bands: Bands, made: Mapping[str, str]) -> Sequence[Figure]:
    from negotiation.report.result_figures import swept_bands

    return swept_bands(bands, made)


def save(
    bands: Bands, path: Path, kind: str | None = None, *, details: bool = False, command: str = ""
) -> int:
    """Write a sweep at many draws to a file by its suffix, whole or not at all; return its rows.

    Parameters
    ----------
    command : str
        The command that makes the same file again, which a workbook tells.

    Raises
    ------
    MissingExtraError, OutputError
    """
    kind, made = file_format(path, kind), made_of(bands)
    if kind in STREAMED:
        return write(table(bands, made), path, kind)
    if kind in WORKBOOK.values():
        from negotiation.report.workbook import workbook

        told, case = document(bands, details=details), bands.drawn.case
        return workbook(told, path, case=case, command=command, table=table(bands, made))
    if kind == "nc":
        write_netcdf(dataset(bands, made), path)
    else:
        write_text(path, render(document(bands, details=details), kind), kind)
    return len(frame(bands, {}))


def save_draws(bands: Bands, path: Path) -> int:
    """Write every draw at every point to a file to load; return the number of rows.

    Raises
    ------
    MissingExtraError, OutputError
    """
    kind, made = draws_format(path), made_of(bands)
    if kind == "nc":
        write_netcdf(draws_dataset(bands.drawn, made), path)
        return bands.index.size
    return write(draws_table(bands.drawn, made), path, kind)


def draws_format(path: Path) -> str:
    """Return the format of a file of all draws, after checking that it can be written."""
    kind = file_format(path)
    if kind not in (*STREAMED, "nc"):
        raise OutputError(
            f"all draws are written as .csv, .parquet or .nc; {path} is none of these"
        )
    return kind


def made_of(bands: Bands) -> dict[str, str]:
    """Where the numbers come from, with what a reader must know at the ends of the ranges."""
    points = bands.drawn.points
    numbers = {
        name: (float(values.min()), float(values.max()))
        for name, values in points.items()
        if values.dtype.kind in "fiu"
    }
    made = provenance(bands.drawn.case, points, seen=numbers)
    part = bands.drawn.unfinished
    return {"unfinished": part, **made} if part else made


def record(bands: Bands, made: Mapping[str, str]) -> dict[str, Any]:
    """Return a sweep at many draws ready for JSON."""
    known = summary(bands)
    rows = frame(bands, {}).to_dict(orient="records")
    told: SweptDraws = {
        "provenance": dict(made),
        "units": {name: column.unit for name, column in known.items()},
        "probabilities": [_chance_record(*each) for each in _told_chances(bands)],
        "reading": _sentences(bands),
        "regimes": regimes(bands),
        "rows": [_with_reasons(line) for line in rows],
    }
    return dict(finished(told, SweptDraws))


def _with_reasons(line: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row in which every number that is missing is followed by the reason."""
    found: dict[str, Any] = {}
    few = line["draws"] < FEW_DRAWS
    for key, value in line.items():
        name = str(key)
        found[name] = plain(value)
        if found[name] is not None:
            continue
        ranged = name.endswith(("_p5", "_p95"))
        if not line["draws_counted"]:
            why = "no draw is certified at this point"
        elif name.startswith("slope_"):
            why = "there is no next point, or few draws are in the regime at both"
        elif ranged and few and plain(line[name.rpartition("_")[0]]) is not None:
            why = f"fewer than {FEW_DRAWS} draws are in this regime: no more than a median is told"
        elif line["share_of_draws"] < RARE_REGIME or line["regime"] == "other":
            why = "too few draws are in this regime for a number of its own"
        else:
            why = "no draw of this regime has this number"
        found[f"{name}_reason"] = why
    return found


# --- reading --------------------------------------------------------------------------------------


def reading(bands: Bands, made: Mapping[str, str]) -> Iterator[Block]:
    """Return what changes along the way, what is sure, and the small print."""
    along = lines(bands.drawn.points)
    for line in along[:_LINES]:
        told_here = _along(bands, line)
        if told_here:
            yield Items(tuple(told_here), f"What changes along the way{_line(line)}:")
    if len(along) > _LINES:
        yield Paragraph(
            f"{len(along) - _LINES} more lines are not told here; the probabilities along all of "
            "them are in the JSON output."
        )
    still = _still(bands)
    if still:
        yield Items(tuple(still), "What does not change, or hardly:")
    yield Paragraph(" ".join(_small_print(bands, made)))
    yield Provenance(made, titled=False)


def _sentences(bands: Bands) -> list[str]:
    """Every sentence of the reading but the small print."""
    found = [
        sentence for line in lines(bands.drawn.points)[:_LINES] for sentence in _along(bands, line)
    ]
    return [*found, *_still(bands)]


def _line(line: DrawnLine) -> str:
    """Which of several lines it is."""
    at = ", ".join(f"{name}={place(value)}" for name, value in line.place.items())
    return f" where {at}" if at else ""


def _along(bands: Bands, line: DrawnLine) -> list[str]:
    """Regimes, deals with what a step of the parameter is worth, and events along a line."""
    if len(line.rows) < 2:
        return []
    found = list(_regimes_along(bands, line))
    found += list(_deals_along(bands, line))
    found += [text for text, sure in _signs(bands, line) if not sure]
    found += list(_own_effects(bands, line))
    for _, _, _, sentence in _chances_along(bands, line):
        if sentence:
            found.append(sentence)
    return found


def _regimes_along(bands: Bands, line: DrawnLine) -> Iterator[str]:
    """How often talks that break down end in which regime, where that changes."""
    start, end = line.rows[0], line.rows[-1]
    if len(bands.regimes) < 2 or not (bands.counted[start] and bands.counted[end]):
        return
    for r, regime in enumerate(bands.regimes):
        share = bands.share[line.rows, r]
        if bands.rare[line.rows, r].all() or np.ptp(share) < _MOVES:
            continue
        start = "Once talks have broken down" if lasting(bands) else "Without a deal"
        what = f"{start}, {clause(bands, r)} ({regime.label})"
        yield _probability(line, what, share, bands.counted[line.rows])


def _starts(bands: Bands) -> Iterator[tuple[str, int | None, str]]:
    """Columns of what a deal gives the first side, by regime, and from where talks start."""
    first = bands.drawn.case.model.players[0]
    names = {f"delta_{first}": "where no deal means"}
    if lasting(bands):
        names = {
            f"delta_inside_{first}": "where talks start from the dispute as it is",
            f"delta_breakdown_{first}": "where talks start from a breakdown into",
        }
    for name, where in names.items():
        if name not in bands.columns:
            continue
        if bands.pooled(name):
            yield name, None, where if lasting(bands) else ""
            continue
        for r, regime in enumerate(bands.regimes):
            yield name, r, f"{where} {regime.label}"


def _deals_along(bands: Bands, line: DrawnLine) -> Iterator[str]:
    """What changes for the first side in a deal, from either start of the talks."""
    model = type(bands.drawn.case.model)
    who = model.named(model.players[0])
    for name, way, where in _starts(bands):
        ends = line.rows[[0, -1]]
        if way is not None and bands.rare[ends, way].any():
            continue
        step = change(bands, line, name, way)
        if not step.draws:
            continue
        middle = bands.band(name, way).middle[ends]
        text = _moved(line, who, step, middle, model.payoff_unit)
        if step.middle:
            hundredth, factor = _step_of(line)
            low, middle_, high = (factor * v for v in _sized(slope(bands, line, name, way)))
            each = sized(low, middle_, high, model.payoff_unit)
            text += f"; that is {each} for {hundredth}"
        yield f"{opening(f'{where}, {text}' if where else text)}."


def _moved(line: DrawnLine, who: str, step: Spread, ends: Array, unit: str) -> str:
    """What a deal gives a side at the end of a line, against its beginning."""
    low, high = place(line.values[0]), f"{line.parameter} = {place(line.values[-1])}"
    if step.middle == 0.0:
        often = how_often(step.agree, step.draws)
        return f"a deal gives {who} the same at {high} as at {low}, {often}"
    more = step.middle > 0.0
    verb, way = ("concedes", not more) if max(ends) < 0.0 else ("gets", more)
    size = sized(*_sized(step), unit)
    return (
        f"{who} {verb} {size} {'more' if way else 'less'} at {high} than at {low}, "
        f"{how_often(step.agree, step.draws)}"
    )


def _sized(each: Spread) -> tuple[float, float, float]:
    """Size of a change: its range turned round where its median is negative."""
    if each.middle < 0.0:
        return -each.high, -each.middle, -each.low
    return each.low, each.middle, each.high


def _step_of(line: DrawnLine) -> tuple[str, float]:
    """A step of the parameter that is told, and its width: a hundredth, or a whole unit."""
    width = abs(line.values[-1] - line.values[0])
    return ("every hundredth", 0.01) if width <= 2.0 else ("every unit", 1.0)


def _own_effects(bands: Bands, line: DrawnLine) -> Iterator[str]:
    """What the levers do by themselves at the end of the line, against today."""
    model = type(bands.drawn.case.model)
    told_ = []
    last = line.rows[-1]
    for name, about in model.own_effects.items():
        column = column_name(name)
        if column not in bands.columns:
            continue
        band = bands.band(column)
        low, middle, high = (float(each[last]) for each in (band.low, band.middle, band.high))
        if not np.isfinite(middle) or middle == 0.0:
            continue
        told_.append(f"{about} {sized(low, middle, high, band.unit, signed=True)}")
    if told_:
        yield (
            f"What the levers do by themselves at {line.parameter} = {place(line.values[-1])}, "
            f"against today: {'; '.join(told_)}."
        )


def _told_chances(bands: Bands) -> Iterator[tuple[DrawnLine, Signal, str, Array, str]]:
    for line in lines(bands.drawn.points):
        for signal, phrase, probability, sentence in _chances_along(bands, line):
            yield line, signal, phrase, probability, sentence


def _chances_along(bands: Bands, line: DrawnLine) -> Iterator[tuple[Signal, str, Array, str]]:
    """Events with their probabilities along a line; a sentence where these change."""
    for signal, phrase, probability in chances(bands):
        share = probability[line.rows]
        known = share[np.isfinite(share)]
        moves = known.size > 1 and np.ptp(known) >= _MOVES
        sentence = (
            _probability(line, opening(phrase), share, bands.counted[line.rows]) if moves else ""
        )
        yield signal, phrase, probability, sentence


def _probability(line: DrawnLine, what: str, share: Array, draws: NDArray[np.int64]) -> str:
    """Return how a probability goes along a line, and about where it passes 5, 50 and 95 %."""
    known = np.flatnonzero(np.isfinite(share))
    start, end = (float(share[known[k]]) for k in (0, -1))
    often, then = (how_often(float(share[k]), int(draws[k])) for k in known[[0, -1]])
    low, high = (place(line.values[known[k]]) for k in (0, -1))
    name = line.parameter
    text = f"{what} {often} at {name} = {low}, {then} at {high}"
    least, most = float(np.nanmin(share)), float(np.nanmax(share))
    if max(start, end) + 0.02 < most:
        k = int(np.nanargmax(share))
        text += f", and at most {how_often(most, int(draws[k]))} at {place(line.values[k])}"
    if least < min(start, end) - 0.02:
        k = int(np.nanargmin(share))
        text += f", and at least {how_often(least, int(draws[k]))} at {place(line.values[k])}"
    found = _passes(line, share)
    if found:
        told_ = [f"{_hundredths(each.level)} of 100 at about {_near(each)}" for each in found]
        text += f"; that passes {_joined(told_)}"
    return f"{text}."


def _passes(line: DrawnLine, share: Array) -> list[Passage]:
    along = DrawnLine(line.parameter, line.place, np.arange(len(share)), line.values)
    return crossings(along, share)[:4]


def _near(each: Passage) -> str:
    """Return an interpolated place to no more digits than its interval has."""
    width = abs(each.between[1] - each.between[0])
    digits = max(0, int(-np.floor(np.log10(width))) + 1) if width > 0 else 6
    return f"{each.value:.{min(digits, 6)}f}"


def _hundredths(share: float) -> str:
    """Return a share as draws in 100, for a sentence."""
    return in_hundred(share).replace("> ", "more than ").replace("< ", "fewer than ")


def _joined(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _signs(bands: Bands, line: DrawnLine) -> Iterator[tuple[str, bool]]:
    """Whether a side concedes or gets something in a deal, and whether that is sure."""
    model = type(bands.drawn.case.model)
    who = model.named(model.players[0])
    for name, way, where in _starts(bands):
        there = line.rows if way is None else line.rows[~bands.rare[line.rows, way]]
        if not len(there):
            continue
        taken = bands.index[there] >= 0 if way is None else bands.index[there] == way
        values = np.asarray(bands.values(name)[there], dtype=float)
        count = np.maximum(taken.sum(axis=1), 1)
        if float((taken & np.isfinite(values) & (values != 0.0)).sum()) < (1.0 - SURE_SIGN) * float(
            count.sum()
        ):
            continue  # such as a deal that starts from a breakdown into what it would bring about
        for sign, verb in ((-1.0, "concedes"), (1.0, "gets something")):
            share = (taken & (sign * values > 0.0)).sum(axis=1) / count
            what = f"{who} {verb} in a deal"
            if float(share.min()) >= SURE_SIGN:
                often = how_often(float(share.min()), int(count.min()))
                least = "" if share.min() == 1.0 else "at least "
                yield (
                    f"{opening(what)}{where and ' ' + where}: {least}{often} at every point.",
                    True,
                )
                break
        else:
            share = (taken & (values < 0.0)).sum(axis=1) / count
            at = DrawnLine(line.parameter, line.place, np.arange(len(there)), _values(line, there))
            of = "" if way is None else f"Of the draws with {bands.regimes[way].label}, "
            what = f"{of}{who} concedes{'' if way is None else ' from there'}"
            yield _probability(at, opening(what), share, count), False


def _values(line: DrawnLine, rows: NDArray[np.int64]) -> Array:
    return line.values[np.isin(line.rows, rows)]


def _still(bands: Bands) -> list[str]:
    """Events whose probability hardly changes over all points, and signs that are sure."""
    groups: dict[str, list[str]] = {}
    found = []
    for _, phrase, probability in chances(bands):
        known = probability[np.isfinite(probability)]
        if not known.size or np.ptp(known) >= _MOVES:
            continue
        least, most = float(known.min()), float(known.max())
        often = how_often(least, bands.draws)
        if round(100 * least) != round(100 * most):
            often = f"in {_hundredths(least)} to {_hundredths(most)} of 100 draws"
        groups.setdefault(often, []).append(phrase)
    for often, phrases in groups.items():
        found.append(f"{opening(often)}: {'; '.join(phrases)}.")
    along = lines(bands.drawn.points)
    if len(along) == 1:
        found += [text for text, sure in _signs(bands, along[0]) if sure]
    return found


def _chance_record(
    line: DrawnLine, signal: Signal, phrase: str, probability: Array, sentence: str
) -> EventChance:
    share = probability[line.rows]
    return {
        "name": chance_name(signal),
        "what": phrase,
        "place": dict(line.place),
        "first": float(share[0]),
        "last": float(share[-1]),
        "crossings": [
            {"level": each.level, "value": each.value, "between": each.between}
            for each in crossings(line, probability)
        ],
        "sentence": sentence,
    }


def _small_print(bands: Bands, made: Mapping[str, str]) -> Iterator[str]:
    """What the columns hold."""
    model = type(bands.drawn.case.model)
    who = model.named(model.players[0])
    yield (
        "Amounts are relative to the status quo, in the unit that the title of a table says; in "
        f"files they are in {model.payoff_unit}."
    )
    if lasting(bands):
        yield (
            "Today is what a side gets while the dispute lasts. A deal is told by what it gives "
            f"{who} where talks start from today or from the breakdown."
        )
    elif f"delta_{model.players[0]}" in bands.columns:
        yield f"A deal is told by what it gives {who}."
    yield (
        "One draw in ten lies outside a range. Every point has the same draws, and changes are "
        "taken draw by draw: medians do not subtract."
    )
    names = ", ".join(each.parameter for each in bands.drawn.draws.inputs)
    seed, _, design = made["seed"].partition(", ")
    yield (
        f"What is drawn: {names}; {design}, seed {seed}. negotiation models show {made['model']} "
        "says how."
    )
    bad = bands.index.size - int(bands.counted.sum())
    if bad:
        yield f"{bad} of {bands.index.size} draws are not certified and are left out."
    else:
        yield "Every equilibrium in every draw is certified."


__all__ = ["document", "made_of", "reading", "record", "tables"]
