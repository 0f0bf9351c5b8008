"""What a deal is made of: the tables it comes from, and the packages that it may be."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from negotiation.bargaining import Packages, settle_plainly
from negotiation.games.game import Array
from negotiation.report.briefing.told import Told
from negotiation.report.document import Block, Cell, Form, Paragraph, Table, TableColumn
from negotiation.report.figure import BarChart, BarRow, Dot, Reference, ScatterChart, Tone
from negotiation.words import opening

#: From this share of the whole a table is said to be more than half of it.
_HALF = 0.5

#: Sectors that have a line of their own in the table.
_SECTORS = 8

#: A part of a sum that is this small is rounding.
_NOTHING = 1e-9

#: Packages that are named on the chart.
_NAMED = 4


def tables(told: Told) -> Iterator[Block]:
    """Which tables the first player's deal comes from."""
    parts = told.found.parts
    if parts is None:
        return
    yield _bars(told)
    if parts.sectors:
        yield _sectors(told)


def table_name(told: Told, name: str) -> str:
    """A table of the talks in words."""
    return opening(_name(told, name))


def _name(told: Told, name: str) -> str:
    return type(told.model).names.get(name, name.replace("_", " "))


def _ordered(told: Told) -> tuple[list[str], Array, list[tuple[float, float]], float]:
    """Names, values, ranges and the total, by the draws where there are any, the largest first."""
    parts, over = told.found.parts, told.found.shares
    assert parts is not None
    none = (math.nan, math.nan)
    names, values = list(parts.tables), np.asarray(parts.table, dtype=float)
    ranges, total = [none] * len(names), float(parts.total)
    if over is not None and over.pooled and over.defined.any():
        found = over.bands()
        values = np.array([found[name].median for name in names])
        ranges = [(found[name].low, found[name].high) for name in names]
        total = over.total_band.median
    order = np.argsort(-np.abs(values), kind="stable")
    return [names[k] for k in order], values[order], [ranges[k] for k in order], total


def _bars(told: Told) -> BarChart:
    lang = told.lang
    names, values, ranges, total = _ordered(told)
    over = told.found.shares
    pooled = over is not None and over.pooled and bool(over.defined.any())
    whole = (over.total_band.low, over.total_band.high) if pooled and over else (math.nan,) * 2
    bars = [_bar(told, lang.say("row", "all_tables"), total, whole, True)]
    bars += [
        _bar(told, table_name(told, name), float(value), ends, False)
        for name, value, ends in zip(names, values, ranges, strict=True)
    ]
    columns: list[TableColumn | str] = [
        lang.say("column", "table"),
        TableColumn(lang.say("column", "deal"), Form.ROUNDED),
        TableColumn(lang.say("column", "low"), Form.ROUNDED),
        TableColumn(lang.say("column", "high"), Form.ROUNDED),
    ]
    rows: list[list[Cell]] = [[each.name, each.value, each.low, each.high] for each in bars]
    notes = [lang.say("note", "shapley"), *_goods(told)]
    if over is not None:
        notes.append(lang.say("note", "table_draws", draws=len(over)))
    return BarChart(
        name="tables",
        title=tables_title(told),
        subtitle=lang.say("measure", "deal", player=told.names[0], unit=told.unit),
        alt=lang.say("alt", "tables", player=told.names[0]),
        table=Table.of(columns, rows),
        notes=tuple(notes),
        bars=tuple(bars),
    )


def _goods(told: Told) -> Iterator[str]:
    """What is in a table, where its name does not say so and the model does."""
    names = type(told.model).names
    for name, spec in told.model.parameters().items():
        if spec.stake and name in names:
            yield told.lang.say("note", "goods", table=_name(told, spec.stake), goods=names[name])


def _bar(told: Told, name: str, value: float, ends: tuple[float, float], total: bool) -> BarRow:
    low, high = (None if math.isnan(each) else each / told.scale for each in ends)
    return BarRow(name, value / told.scale, low, high, Tone.FIRST, total)


def tables_title(told: Told) -> str:
    """Whether one table is more than half of the deal."""
    lang = told.lang
    names, values, _, total = _ordered(told)
    if not len(values) or not np.isfinite(values).all() or total == 0.0:
        return lang.say("tables_title", "none", player=told.names[0])
    first = _name(told, names[0])
    share = float(values[0]) / total
    costs = "costs" if total < 0.0 else "gives"
    alike = bool((values * total >= 0.0).all())
    way = "half" if share > _HALF else "largest" if alike else "mixed"
    places = 1 if abs(total) >= told.scale else 2  # as on the chart
    parts = lang.listed(
        [
            f"{_name(told, name)} {lang.number(abs(float(value)) / told.scale, places)}"
            for name, value in zip(names, values, strict=True)
        ]
    )
    return lang.say(
        "tables_title", f"{way}_{costs}", table=first, player=told.names[0], parts=parts
    )


def _sectors(told: Told) -> Table:
    """The sectors with the largest parts, at the point; the others together."""
    lang, parts = told.lang, told.found.parts
    assert parts is not None
    names, world = parts.sectors, told.model.ask("trade_world")
    known = dict(zip(world.sectors, world.sector_names, strict=False)) if world is not None else {}
    values = np.asarray(parts.sector, dtype=float) / told.scale
    order = np.argsort(-np.abs(values), kind="stable")
    rows: list[list[Cell]] = [
        [known.get(names[k]) or table_name(told, names[k]), float(values[k])]
        for k in order[:_SECTORS]
        if abs(values[k]) > _NOTHING * abs(values[order[0]])
    ]
    rest = float(values[order[_SECTORS:]].sum())
    if abs(rest) > _NOTHING * abs(values[order[0]]):
        rows.append([lang.say("row", "other_sectors", count=len(order) - _SECTORS), rest])
    columns: list[TableColumn | str] = [
        lang.say("column", "sector"),
        TableColumn(lang.say("column", "deal"), Form.ROUNDED),
    ]
    title = lang.say("measure", "sectors", player=told.names[0], unit=told.unit)
    return Table.of(columns, rows, title, folded=True)


# --- packages -------------------------------------------------------------------------------------


def packages(told: Told) -> Iterator[Block]:
    """Which packages leave both better off."""
    found = told.found.packages
    if found is None:
        return
    points = _over(told, found)
    kept = _distinct(points)
    named = _named(told, found, points, kept)
    yield Paragraph(told.lang.say("packages_about", about=found.about))
    yield _scatter(told, points, kept, named)
    yield _contents(told, found, points, named)


def _base(told: Told) -> tuple[Array, str]:
    """What packages are compared with: the dispute as it is, or no deal."""
    talks = told.found.point.talks
    assert talks is not None
    if talks.inside is not None:
        return np.asarray(talks.inside, dtype=float), "today"
    return np.asarray(told.found.point.threat.payoffs, dtype=float), "no_deal"


def _over(told: Told, found: Packages) -> Array:
    """(V, 2) what every package gives over that: medians over the draws, or at the point."""
    base, _ = _base(told)
    over = told.found.package_draws
    if over is not None and over.certified.any():
        values = over.over_today if over.over_today is not None else over.gains
        return np.asarray(np.nanmedian(values[over.certified], axis=0)) / told.scale
    return (np.asarray(found.points, dtype=float) - base) / told.scale


def _distinct(points: Array) -> list[int]:
    """The first of all packages that pay the same."""
    known = np.flatnonzero(np.isfinite(points).all(axis=1))
    _, first = np.unique(np.round(points[known], 9), axis=0, return_index=True)
    return sorted(int(known[k]) for k in first)


def _named(told: Told, found: Packages, points: Array, kept: list[int]) -> dict[int, str]:
    """The packages with a name: the best for both, for either, and for the smaller gain."""
    lang = told.lang
    some = np.array(kept)
    here = points[some]
    talks = told.found.point.talks
    assert talks is not None
    plain = settle_plainly(found, _base(told)[0], talks.weight)
    over = told.found.package_draws
    best = int(np.argmax(plain.weights)) if bool(plain.agreed) else -1
    if over is not None and over.most_often >= 0:
        best = over.most_often
    if best >= 0:
        same = np.flatnonzero(np.isclose(points[some], points[best]).all(axis=1))
        best = int(some[same[0]]) if len(same) else best
    wanted = [
        (best, lang.phrase("package", "both")),
        (int(some[here[:, 0].argmax()]), lang.phrase("package", "side", player=told.names[0])),
        (int(some[here[:, 1].argmax()]), lang.phrase("package", "side", player=told.names[1])),
        (int(some[here.sum(axis=1).argmax()]), lang.phrase("package", "together")),
    ]
    named: dict[int, str] = {}
    for k, name in wanted:
        if k >= 0:
            named[k] = f"{named[k]}; {name[0].lower()}{name[1:]}" if k in named else name
    return dict(list(named.items())[:_NAMED])


def _letters(named: dict[int, str]) -> dict[int, str]:
    return {k: "ABCD"[n] for n, k in enumerate(named)}


def _scatter(told: Told, points: Array, kept: list[int], named: dict[int, str]) -> ScatterChart:
    lang = told.lang
    letters = _letters(named)
    dots = tuple(
        Dot(
            float(points[k, 0]),
            float(points[k, 1]),
            letters.get(k, ""),
            Tone.FIRST if k in letters else Tone.MUTED,
        )
        for k in sorted(kept, key=lambda k: k in letters)
    )
    _, base = _base(told)
    both = sum(bool((points[k] > 1e-9).all()) for k in kept)
    columns: list[TableColumn | str] = [
        lang.say("column", "package"),
        *(TableColumn(head, Form.ROUNDED) for head in told.heads),
    ]
    rows: list[list[Cell]] = [
        [f"{letters[k]}: {named[k]}", float(points[k, 0]), float(points[k, 1])] for k in letters
    ]
    over = told.found.package_draws
    notes = [lang.say("note", "packages", count=len(kept))]
    if over is not None:
        notes.append(lang.say("note", "table_draws", draws=len(over)))
    variant = "none" if not both else "some" if both < len(kept) - 1 else "all"
    return ScatterChart(
        name="packages",
        title=lang.say("packages_title", variant, count=both, all=len(kept)),
        subtitle=lang.say("measure", f"package_{base}", unit=told.unit),
        alt=lang.say("alt", "packages", **told.fields()),
        table=Table.of(columns, rows),
        notes=tuple(notes),
        x_label=told.heads[0],
        y_label=told.heads[1],
        dots=dots,
        references=(Reference(0.0, 0.0, lang.say("row", base)),),
    )


def _contents(told: Told, found: Packages, points: Array, named: dict[int, str]) -> Table:
    """What the named packages settle at each table, and how often they beat today for both."""
    lang, over = told.lang, told.found.package_draws
    letters = _letters(named)
    shape = tuple(len(options) for options in found.options)
    settled = {k: np.unravel_index(k, shape) for k in named}
    rows: list[list[Cell]] = [[lang.say("row", "what"), *map(opening, named.values())]]
    for t, name in enumerate(found.tables):
        rows.append([table_name(told, name), *(found.options[t][settled[k][t]] for k in named)])
    for p, head in enumerate(told.heads):
        rows.append([head, *(lang.rounded(float(points[k, p]), signed=True) for k in named)])
    if over is not None:
        beats = over.beats_today if over.beats_today is not None else over.beats_no_deal
        count = int(over.certified.sum())
        rows.append(
            [lang.say("row", "better_both"), *(told.often(float(beats[k]), count) for k in named)]
        )
    columns = [lang.say("column", "package"), *letters.values()]
    title = lang.say("contents", _base(told)[1], unit=told.unit)
    return Table.of(columns, rows, title)


__all__ = ["packages", "table_name", "tables", "tables_title"]
