"""Duties of the shipped schedules, read from their files without the model or its readers."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from negotiation.catalogue import find
from negotiation.trade import Parts, World

DATA = find("canada_us").path.parent / "data"
GOODS = ("AGF", "WOD", "PAP", "OIL", "OMN", "PET", "CHM", "STL", "NFM", "MCH", "MVH", "OTE", "OMF")
ENERGY = ("OIL", "PET")
WORLD = World.from_csv(DATA, elasticities="published")
CANADA, US = WORLD.region("CAN"), WORLD.region("USA")


def by_hand(name: str, floor: float = 0.0, energy: float | None = None) -> Parts:
    """Duties of a file, every part at no less than a floor on goods, read without the model."""
    with (DATA / "schedules" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cells: dict[tuple[int, int], list[tuple[str, float, float]]] = {}
    for row in rows:
        code, use = row["sector"], row["use"]
        least = floor if code in GOODS else 0.0
        least = energy if energy is not None and code in ENERGY else least
        part = (row["part"], float(row["share"]), max(float(row["rate"]), least))
        for u in (0, 1) if use == "both" else (("intermediate", "final").index(use),):
            cells.setdefault((WORLD.sector(code), u), []).append(part)
    shape = (max(map(len, cells.values())), len(WORLD.sectors), 2)
    names, shares, rates = np.full(shape, "", dtype="U80"), np.zeros(shape), np.zeros(shape)
    for (s, u), parts in cells.items():
        for k, (part_name, share, rate) in enumerate(parts):
            names[k, s, u], shares[k, s, u], rates[k, s, u] = part_name, share, rate
    assert shares.sum(axis=0) == pytest.approx(np.ones(shape[1:]), abs=1e-9)
    return Parts(names, shares, rates)
