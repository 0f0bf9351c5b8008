"""Packages over draws: sentences, tables and a record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypedDict

import numpy as np

from negotiation.bargaining import Packages
from negotiation.report.document import Block, Cell, Form, Heading, Paragraph, Table, TableColumn
from negotiation.report.schema import because
from negotiation.report.within import FEW, RARE, in_draws, ranged
from negotiation.study.package_draws import PackageDraws
from negotiation.study.within import DrawRange, band
from negotiation.words import money

#: Packages that are the best single one, or part of the deal, at least so often are printed.
_SHOWN = 0.05

#: Most packages printed.
_MOST = 12


def blocks(found: PackageDraws) -> Iterator[Block]:
    """Return how sure packages are, and what they gain both sides."""
    yield Heading(f"Over {len(found)} draws")
    yield Paragraph(" ".join(sentences(found)))
    shown = spoken(found)
    if not shown:
        return
    p = found.packages
    today = found.beats_today
    chances = [found.beats_no_deal, *([today] if today is not None else [])]
    chances += [found.on_frontier, found.is_nash, found.is_dealt]
    heads = ["better than\nno deal", *(["better than\ntoday"] if today is not None else [])]
    heads += ["on the\nfrontier", "best\nsingle", "part of\nthe deal"]
    yield Table.of(
        [f"options of\n{', '.join(p.tables)}", *(TableColumn(each, Form.CHANCE) for each in heads)],
        [[_place(found, k), *(float(each[k]) for each in chances)] for k in shown],
        "Share of the draws in which a package is better for both sides than no deal, and than the "
        "dispute as it is, is on the Pareto frontier without money, is the best single package by "
        "the Nash product, and is part of the deal with money and lotteries",
    )
    yield from options_key(p)
    yield _gains(found, shown)


def options_key(p: Packages) -> Iterator[Paragraph]:
    """Say what the numbers of options stand for."""
    options = list(dict.fromkeys(p.options))
    for each in options:
        tables = [name for name, own in zip(p.tables, p.options, strict=True) if own == each]
        where = "" if len(options) == 1 else f" ({', '.join(tables)})"
        words_of = "; ".join(f"{'-' if k == 0 else k} {words}" for k, words in enumerate(each))
        yield Paragraph(f"Options{where}: {words_of}.")


def _gains(found: PackageDraws, shown: list[int]) -> Table:
    one, two = found.packages.players
    quantiles = [
        TableColumn(f"{side}\n{name}", Form.CHANGE)
        for side in (one, two)
        for name in ("5 %", "median", "95 %")
    ]
    rows: list[list[Cell]]
    if found.pooled:
        rows = [[_place(found, k), *_cells(found.bands(k))] for k in shown]
        return Table.of(["package", *quantiles], rows, "Gains over no deal")
    rows = [
        [_place(found, k), name, both[0].share, *_cells(both)]
        for k in shown
        for name, both in found.bands_by_regime(k).items()
        if both[0].share >= RARE
    ]
    return Table.of(
        ["package", "regime", TableColumn("share of\ndraws", Form.CHANCE), *quantiles],
        rows,
        "Gains over no deal, within each regime after a breakdown; fewer than 40 draws have a "
        "median only",
    )


def _cells(both: tuple[DrawRange, DrawRange]) -> Iterator[Cell]:
    for each in both:
        yield from (each.low, each.median, each.high)


def _place(found: PackageDraws, k: int) -> str:
    return ", ".join("-" if place == 0 else str(place) for place in found.packages.place(k))


def spoken(found: PackageDraws) -> list[int]:
    """Return the packages that matter, the surest first: no two that always pay the same."""
    if not found.certified.any():
        return []
    chance = np.maximum(found.is_nash, found.is_dealt)
    order = np.lexsort((-found.on_frontier, -found.is_dealt, -found.is_nash)).tolist()
    some = [k for k in order if chance[k] >= _SHOWN or k == found.robust]
    distinct = set(found.distinct.tolist()) | {found.robust}
    return [k for k in some if k in distinct][:_MOST]


def sentences(found: PackageDraws) -> list[str]:
    """Say which package is the best, how sure that is, and which one is robust."""
    p, count = found.packages, int(found.certified.sum())
    one, two = p.names
    lost = len(found) - count
    if not count:
        return ["No draw could be certified, and nothing is said of packages."]
    told = []
    best, robust = found.most_often, found.robust
    if best < 0:
        told.append(f"No package is better than no deal for both sides {in_draws(1.0, count)}.")
    else:
        told.append(
            f"The best single package is [{p.label(best)}] "
            f"{in_draws(float(found.is_nash[best]), count)}."
        )
        told.append(
            "It is better than no deal for both sides "
            f"{in_draws(float(found.beats_no_deal[best]), count)}."
        )
        if found.pooled:
            first, second = (ranged(each, Form.CHANGE) for each in found.bands(best))
            told.append(f"Over no deal {one} gains {first}, and {two} {second} ({p.unit}).")
        regret = found.regret[found.certified][:, robust]
        size = money(float(regret.max()))
        told.append(
            "It also has the least largest regret"
            if robust == best
            else f"The least largest regret is that of [{p.label(robust)}]"
        )
        told[-1] += (
            ": it is the best package of every draw."
            if size == "0"
            else f": in its worst draw the mean of both gains is {size} below that of the best "
            f"package, on average {money(float(regret.mean()))}."
        )
        if robust != best:
            apart = [band(each) for each in found.difference(robust, best)]
            first, second = (ranged(each, Form.CHANGE) for each in apart)
            told.append(
                "Compared draw by draw with the best single package, it changes what "
                f"{one} gains by {first}, and what {two} gains by {second}."
            )
    if lost:
        told.append(f"In {lost} of {len(found)} draws not everything is certified; left out.")
    return told


class RangeRecord(TypedDict):
    """What a package gains both sides."""

    share: float
    gains: dict[str, DrawRange]


class PackageOverDraws(TypedDict):
    """A package over the draws."""

    settled: dict[str, str]
    beats_no_deal: float
    beats_today: float
    on_frontier: float
    is_nash: float
    is_dealt: float
    largest_regret: float
    mean_regret: float
    gains: dict[str, DrawRange] | None
    by_regime: dict[str, RangeRecord]


class PackagesOverDraws(TypedDict):
    """Packages over the draws."""

    draws: int
    certified_share: float
    robust: dict[str, str]
    most_often: dict[str, str]
    packages: list[PackageOverDraws]
    sentences: list[str]


def record(found: PackageDraws) -> dict[str, Any]:
    """Return every package that differs from the others, as nested dictionaries."""
    p, today = found.packages, found.beats_today
    regret = found.regret[found.certified]
    chances = {
        "beats_no_deal": found.beats_no_deal,
        "on_frontier": found.on_frontier,
        "is_nash": found.is_nash,
        "is_dealt": found.is_dealt,
    }
    none = "no draw is certified"
    told = [
        {
            "settled": p.package(k),
            **{name: because(float(each[k]), none) for name, each in chances.items()},
            "beats_today": because(
                np.nan if today is None else float(today[k]),
                "the model does not say what the dispute is worth while it lasts",
            ),
            "largest_regret": float(regret[:, k].max()),
            "mean_regret": float(regret[:, k].mean()),
            "gains": because(dict(zip(p.players, found.bands(k), strict=True)), FEW)
            if found.pooled
            else None,
            "by_regime": {
                name: {
                    "share": both[0].share,
                    "gains": because(dict(zip(p.players, both, strict=True)), FEW),
                }
                for name, both in found.bands_by_regime(k).items()
            },
        }
        for k in (found.distinct.tolist() if found.certified.any() else [])
    ]
    return {
        "draws": len(found),
        "certified_share": float(found.certified.mean()),
        "robust": p.package(found.robust) if found.robust >= 0 else {},
        "most_often": p.package(found.most_often) if found.most_often >= 0 else {},
        "packages": told,
        "sentences": sentences(found),
    }
