"""Results of a model at every pair of actions: a table for a memo, a record for machines."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from negotiation.model import Model
from negotiation.report.amounts import Amounts
from negotiation.report.document import Block, Cell, Notes, Table, TableColumn
from negotiation.report.draws import BandRecord
from negotiation.report.playing import playing
from negotiation.report.point_bands import RANGE
from negotiation.study.bands import Band
from negotiation.study.by_posture import ByPosture
from negotiation.words import opening

#: Results in one table: more do not fit a page.
_TOGETHER = 2


def blocks(found: ByPosture, model: Model) -> Iterator[Block]:
    """One row for each pair of actions, a median and its range for each result."""
    whole = f"medians of {found.draws} draws" if found.draws else "at the point estimate"
    results = list(found.bands.items())
    for start in range(0, len(results), _TOGETHER):
        some = results[start : start + _TOGETHER]
        heads: list[TableColumn | str] = ["what both sides do"]
        for name, _ in some:
            heads.append(TableColumn(name.replace("_", "_\n")))
            if found.draws:
                heads.append(TableColumn(RANGE.replace(" to ", " to\n")))
        rows: list[list[Cell]] = []
        for k, profile in enumerate(found.profiles):
            row: list[Cell] = [opening(playing(model, profile))]
            for _, band in some:
                amounts = _amounts(band, k)
                row.append(amounts.number_cell(none=not np.isfinite(amounts.middle)))
                if found.draws:
                    row.append(amounts.span_cell(point=False))
            rows.append(row)
        yield Table.of(heads, rows, f"By what both sides do, {whole}")
    told = [
        f"{name}: {found.about[name] or 'a result of the model'}; {band.unit or 'a number'}."
        for name, band in found.bands.items()
    ]
    held = "A row holds what both sides do, whether it is an equilibrium or not."
    yield Notes((*told, held))


def record(found: ByPosture) -> dict[str, dict[str, BandRecord]]:
    """Return the same as a record, by result and profile."""
    return {
        name: {
            profile: {
                "low": float(band.low[k]),
                "median": float(band.middle[k]),
                "high": float(band.high[k]),
                "draws": int(band.draws[k]),
                "unit": band.unit,
            }
            for k, profile in enumerate(found.profiles)
        }
        for name, band in found.bands.items()
    }


def _amounts(band: Band, k: int) -> Amounts:
    """Return the numbers of a row with as many digits as they are told with; none in billions."""
    low, middle, high = (float(np.asarray(each)[k]) for each in (band.low, band.middle, band.high))
    return Amounts(low, middle, high, band.unit, large=False)
