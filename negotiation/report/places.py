"""Where something begins along a parameter over the draws: sentences, a table and a record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypedDict

import numpy as np

from negotiation.regimes.signal import EQUILIBRIUM
from negotiation.report.document import (
    Block,
    Cell,
    Form,
    Heading,
    Items,
    Notes,
    Paragraph,
    Table,
    TableColumn,
)
from negotiation.report.schema import because
from negotiation.report.within import FEW, RARE, in_draws, ranged
from negotiation.study.places import Beginning, Places
from negotiation.study.within import DrawRange
from negotiation.words import amount, opening


def blocks(found: Places) -> Iterator[Block]:
    """Return what begins where in how many draws, and what never changes."""
    name = found.parameter.name
    yield Heading(f"Over {len(found.draws)} draws")
    if found.beginnings:
        said = [each for each in found.beginnings if found.when or each.band.share >= RARE]
        if said:
            yield Items(tuple(sentence(found, each) for each in said))
        if len(said) < len(found.beginnings):
            yield Paragraph(
                f"What begins in fewer than {100 * RARE:g} of 100 draws is in the table only."
            )
        yield _table(found)
    else:
        yield Paragraph(f"Nothing changes along {name} in any draw.")
    same = tuple(_throughout(found))
    if same:
        yield Items(same, "What changes in no draw:")
    told = (
        f"Every draw was looked at in {found.points} places along {name}, and changes were located "
        f"to {amount(found.width)}; what begins and ceases between two of these places is not seen."
    )
    if found.certified_share < 1.0:
        lost = int((~found.certified).sum())
        told += f" {lost} of {found.certified.size} points are not certified and are left out."
    yield Notes((told,))


def sentence(found: Places, each: Beginning) -> str:
    """Say in how many draws something begins, and where."""
    count = len(each)
    name = found.parameter.name
    if each.kind == EQUILIBRIUM:
        told = "The equilibrium changes"
        if each.before:
            told += f" from {each.before} to {each.phrase}"
        elif "->" in each.phrase:
            told += f" ({each.phrase})"
        told += f" {in_draws(float(each.begins.mean()), count)}"
    else:
        told = f"{opening(each.phrase)}: this begins {in_draws(float(each.begins.mean()), count)}"
    told += f", {_where(name, each)}."
    others = [
        (float(each.always.mean()), "holds throughout the range"),
        (float(each.never.mean()), "holds nowhere in the range"),
        (float(each.ceases.mean()), "holds at its lower end and ceases"),
    ]
    clauses = [f"{words} {in_draws(share, count, error=False)}" for share, words in others if share]
    if clauses and each.kind != EQUILIBRIUM:
        told += f" It {_listed(clauses)}."
    repeated = float(each.repeated.mean())
    if repeated:
        told += (
            f" It changes more than once {in_draws(repeated, count, error=False)}, and the place "
            "is that of the first time."
        )
    return told


def _where(name: str, each: Beginning) -> str:
    """Say where it begins, within each regime where that depends on the equilibrium."""
    if each.pooled:
        return f"at {name} = {ranged(each.band, Form.AMOUNT)}"
    return _listed(
        [
            f"at {name} = {ranged(part, Form.AMOUNT)} where the equilibrium above it is {regime}, "
            f"{in_draws(part.share, len(each), error=False)}"
            for regime, part in each.by_regime.items()
            if part.share >= RARE
        ]
    )


def _listed(clauses: Sequence[str]) -> str:
    *rest, last = clauses
    return f"{', '.join(rest)} and {last}" if rest else last


def _table(found: Places) -> Table:
    rows: list[list[Cell]] = []
    for each in found.beginnings:
        what = each.phrase
        if each.kind == EQUILIBRIUM and each.before:
            what = f"{each.before} -> {each.phrase}"
        shares: list[Cell] = [float(each.always.mean()), float(each.never.mean())]
        if each.pooled:
            rows.append([what, each.band.share, *_cells(each.band), *shares])
            continue
        rows.append([what, each.band.share, None, None, None, *shares])
        rows += [
            [f"  then {regime}", part.share, *_cells(part), None, None]
            for regime, part in each.by_regime.items()
            if part.share >= RARE
        ]
    return Table.of(
        [
            "what begins",
            TableColumn("share of\ndraws", Form.CHANCE),
            *_quantiles(),
            TableColumn("holds\nthroughout", Form.CHANCE),
            TableColumn("nowhere", Form.CHANCE),
        ],
        rows,
        f"Where it begins along {found.parameter.name} (shares are of all draws; quantiles are "
        "over the draws in which it begins, within the regime above it where that decides, and "
        "fewer than 40 of them have a median only)",
    )


def _cells(place: DrawRange) -> Iterator[Cell]:
    """Three digits of each quantile, which is more than the draws know."""
    for value in (place.low, place.median, place.high):
        yield float(f"{value:.3g}") if np.isfinite(value) else None


def _quantiles() -> Sequence[TableColumn]:
    return [TableColumn(name, Form.AMOUNT) for name in ("5 %", "median", "95 %")]


def _throughout(found: Places) -> Iterator[str]:
    """What holds everywhere, in which share of the draws; one line for both words of a signal."""
    begun = {(each.kind, each.side) for each in found.beginnings}
    for each in found.constant:
        if (each.kind, each.side) in begun or each.kind == EQUILIBRIUM:
            continue
        share = float(each.always.mean())
        if share and not each.ceases.any():
            where = in_draws(share, len(each), error=False)
            yield f"{opening(each.phrase)} throughout the range {where}."


# --- to load --------------------------------------------------------------------------------------


class BeginningRecord(TypedDict):
    """Something that begins to hold as the parameter rises, over the draws."""

    kind: str
    player: str
    phrase: str
    before: str
    begins_at: DrawRange | None
    by_regime: dict[str, DrawRange]
    always: float
    never: float
    ceases: float
    repeated: float
    most_changes: int
    by_draw: list[float]


class PlacesRecord(TypedDict):
    """What begins along the parameter in how many draws, and where."""

    draws: int
    certified_share: float
    points: int
    width: float
    begins: list[BeginningRecord]
    sentences: list[str]
    constant: list[str]


def record(found: Places) -> dict[str, Any]:
    """Return what begins where as nested dictionaries."""
    return {
        "draws": len(found.draws),
        "certified_share": found.certified_share,
        "points": found.points,
        "width": found.width,
        "begins": [_beginning(each) for each in found.beginnings],
        "sentences": [sentence(found, each) for each in found.beginnings],
        "constant": list(_throughout(found)),
    }


def _beginning(each: Beginning) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "player": each.side,
        "phrase": each.phrase,
        "before": each.before,
        "begins_at": because(each.band, FEW) if each.pooled else None,
        "by_regime": because(each.by_regime, FEW),
        "always": float(each.always.mean()),
        "never": float(each.never.mean()),
        "ceases": float(each.ceases.mean()),
        "repeated": float(each.repeated.mean()),
        "most_changes": int(np.max(each.turns, initial=0)),
        "by_draw": because(each.place.tolist(), "it does not begin within the range in this draw"),
    }
