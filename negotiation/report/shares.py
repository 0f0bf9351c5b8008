"""A score taken apart over draws: sentences, a table and a record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypedDict

import numpy as np

from negotiation.glossary import AT_STAKE, SHARE
from negotiation.leverage.attribution import Attribution
from negotiation.report.document import Block, Cell, Form, Heading, Paragraph, Table, TableColumn
from negotiation.report.schema import because
from negotiation.report.within import FEW, RARE, in_draws, ranged
from negotiation.study.shares import Shares
from negotiation.study.within import DrawRange
from negotiation.words import opening


def blocks(found: Shares, at: Attribution) -> Iterator[Block]:
    """Return the range of every table's value over the draws, and how sure their order is."""
    yield Heading(f"Over {len(found)} draws")
    yield Paragraph(" ".join(sentences(found, at)))
    if not found.defined.any():
        return
    form = _form(found)
    largest = found.largest()
    quantiles = [TableColumn(name, form) for name in ("5 %", "median", "95 %")]
    rows: list[list[Cell]]
    if found.pooled:
        rows = [[name, *_cells(band), largest[name]] for name, band in found.bands().items()]
        rows.append(["all tables", *_cells(found.total_band), None])
        yield Table.of(
            ["at stake", *quantiles, TableColumn("largest in\nshare of draws", Form.CHANCE)],
            rows,
            f"{opening(found.unit)}. {_ADDS_UP}",
        )
        return
    rows = [
        [name, regime, band.share, *_cells(band)]
        for name, parts in found.bands_by_regime().items()
        for regime, band in parts.items()
        if band.share >= RARE
    ]
    yield Table.of(
        ["at stake", "regime", TableColumn("share of\ndraws", Form.CHANCE), *quantiles],
        rows,
        f"{opening(found.unit)}, within each regime: the equilibrium with everything at stake. "
        f"{_ADDS_UP} Fewer than 40 draws have a median only.",
    )


_ADDS_UP = "Shapley values of the tables in each draw add up to its score; quantiles do not add up."


def sentences(found: Shares, at: Attribution) -> list[str]:
    """Say which table is the largest in how many draws, and how large."""
    count = len(found)
    known = found.defined
    if not known.any():
        return [f"{opening(found.of)} could not be taken apart in any draw."]
    largest = found.largest()
    first = max(largest, key=lambda name: largest[name])
    told = [
        f"{opening(first)} is the largest part of {found.of} "
        f"{in_draws(largest[first], int(known.sum()))}."
    ]
    if found.pooled:
        size = ranged(found.bands()[first], _form(found))
        told.append(f"Its value is {size} {found.unit}.")
    else:
        parts = found.bands_by_regime()[first]
        told += [
            f"Where the equilibrium is {regime}, which it is "
            f"{in_draws(parts[regime].share, count, error=False)}, its value is "
            f"{ranged(parts[regime], _form(found))} {found.unit}."
            for regime in found.regimes
            if parts[regime].share >= RARE
        ]
    if len(found.tables) > 1 and np.isfinite(at.table).all():
        changed = found.reordered(at)
        told.append(
            "The two largest parts are in another order, or others, than at the point "
            f"{in_draws(changed, int(known.sum()))}."
        )
    if not known.all():
        told.append(
            f"In {int((~known).sum())} of {count} draws the score is not defined or not certified, "
            "and they are left out."
        )
    return told


def _form(found: Shares) -> Form:
    return Form.SHARE if found.unit in (SHARE, AT_STAKE) else Form.CHANGE


def _cells(band: DrawRange) -> Iterator[Cell]:
    yield from (band.low, band.median, band.high)


class TableOverDraws(TypedDict):
    """What a table contributes over the draws."""

    table: str
    value: DrawRange | None
    by_regime: dict[str, DrawRange]
    largest: float
    by_draw: list[float]


class SharesRecord(TypedDict):
    """A score taken apart over the draws."""

    draws: int
    certified_share: float
    unit: str
    tables: list[TableOverDraws]
    total: DrawRange | None
    reordered: float
    residual: float
    regime_by_draw: list[str]
    sentences: list[str]


_NOT_DEFINED = "the score is not defined in this draw"


def record(found: Shares, at: Attribution) -> dict[str, Any]:
    """Return the same as nested dictionaries."""
    bands, regimes, largest = found.bands(), found.bands_by_regime(), found.largest()
    residual = found.residual[np.isfinite(found.residual)]
    return {
        "draws": len(found),
        "certified_share": float(found.certified.mean()),
        "unit": found.unit,
        "tables": [
            {
                "table": name,
                "value": because(bands[name], FEW) if found.pooled else None,
                "by_regime": because(regimes[name], FEW),
                "largest": because(largest[name], _NOT_DEFINED),
                "by_draw": because(found.table[:, k].tolist(), _NOT_DEFINED),
            }
            for k, name in enumerate(found.tables)
        ],
        "total": because(found.total_band, FEW) if found.pooled else None,
        "reordered": because(found.reordered(at), _NOT_DEFINED),
        "residual": because(float(residual.max()) if len(residual) else np.nan, _NOT_DEFINED),
        "regime_by_draw": found.regime.tolist(),
        "sentences": sentences(found, at),
    }
