"""Economies written in the layouts in which trade data are published."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from negotiation.trade import World

Array = NDArray[np.float64]
Rows = list[list[str]]

FINAL_ICIO = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR")
FINAL_WIOD = ("CONS_h", "CONS_np", "CONS_g", "GFCF", "INVEN")
_PARTS = (0.5, 0.05, 0.2, 0.2, 0.0, 0.05)


class Square:
    """A world as the blocks of an input-output table, its inputs net of tariffs."""

    def __init__(self, world: World, categories: Sequence[str]) -> None:
        self.regions, self.sectors, self.categories = world.regions, world.sectors, categories
        flows = world.flows
        bought = flows[..., 0].sum(axis=0)
        spent = world.spending[..., 0]
        net = np.divide(bought, spent, out=np.zeros_like(spent), where=spent > 0)
        inputs = world.input_share * net[:, :, None] * world.output[:, None, :]
        sourcing = np.divide(
            flows[..., 0], bought, out=np.zeros_like(flows[..., 0]), where=bought > 0
        )
        #: (origin, input, destination, user)
        self.between = np.einsum("ink,nks->ikns", sourcing, inputs)
        parts = np.array(_PARTS[: len(categories)])
        #: (origin, sector, destination, category)
        self.final = np.einsum("ins,c->isnc", flows[..., 1], parts / parts.sum())
        self.taxes = 0.02 * self.between.sum(axis=(0, 1))

    @property
    def output(self) -> Array:
        return np.asarray(self.between.sum(axis=(2, 3)) + self.final.sum(axis=(2, 3)))

    @property
    def value_added(self) -> Array:
        return np.asarray(self.output - self.between.sum(axis=(0, 1)) - self.taxes)


def number(value: float) -> str:
    return repr(float(value))


def icio(square: Square, total: str = "OUT") -> Rows:
    """Rows of a file in the layout of OECD ICIO."""
    industries = [(n, s) for n in range(len(square.regions)) for s in range(len(square.sectors))]
    finals = [(n, c) for n in range(len(square.regions)) for c in range(len(square.categories))]
    label = [f"{square.regions[n]}_{square.sectors[s]}" for n, s in industries]
    rows = [
        [
            "V1",
            *label,
            *(f"{square.regions[n]}_{square.categories[c]}" for n, c in finals),
            total,
        ]
    ]
    for at, (i, k) in enumerate(industries):
        cells = [square.between[i, k, n, s] for n, s in industries]
        cells += [square.final[i, k, n, c] for n, c in finals]
        rows.append([label[at], *map(number, cells), number(square.output[i, k])])
    for name, values in (
        ("TLS", square.taxes),
        ("VA", square.value_added),
        (total, square.output),
    ):
        last = "1.5" if name == "TLS" else "0"
        cells = [number(values[n, s]) for n, s in industries]
        rows.append([name, *cells, *[last] * len(finals), "0"])
    return rows


def wiod_flat(square: Square) -> Rows:
    """Rows of a file with one header, as WIOD's data frames are saved."""
    S, C = len(square.sectors), len(square.categories)
    places = [(n, p) for n in range(len(square.regions)) for p in range(S)]
    finals = [(n, p) for n in range(len(square.regions)) for p in range(C)]
    head = ["IndustryCode", "IndustryDescription", "Country", "RNr", "Year"]
    head += [f"{square.regions[n]}{p + 1}" for n, p in places]
    head += [f"{square.regions[n]}{S + p + 1}" for n, p in finals]
    rows = [[*head, "TOT"]]
    for i, k in places:
        cells = [square.between[i, k, n, s] for n, s in places]
        cells += [square.final[i, k, n, c] for n, c in finals]
        name = [square.sectors[k], f"Industry {k}, and more", square.regions[i], str(k + 1), "2014"]
        rows.append([*name, *map(number, cells), number(square.output[i, k])])
    rows += _below(square, places, len(finals), ["2014"])
    return rows


def wiod_stacked(square: Square, old: bool = False) -> Rows:
    """Rows of a published workbook saved as CSV: three rows of labels above the numbers.

    `old`: as in 2013, codes that are numbers, final demand and totals known by description only.
    """
    S = len(square.sectors)
    places = [(n, p) for n in range(len(square.regions)) for p in range(S)]
    finals = [(n, c) for n in range(len(square.regions)) for c in range(len(square.categories))]
    codes = [square.sectors[s] for _, s in places] + [square.categories[c] for _, c in finals]
    said = [f"Industry {s}, and more" for _, s in places]
    said += [_SAID[c] for _, c in finals]
    where = [square.regions[n] for n, _ in (*places, *finals)]
    rows = [
        ["World Input-Output Table", "", "", "", *codes, "GO"],
        ["", "", "", "", *said, "Total output"],
        ["(industry by industry)", "", "", "", *where, "TOT"],
        ["", "", "", "", *(f"c{k + 1}" for k in range(len(codes))), "c99"],
    ]
    for at, (i, k) in enumerate(places):
        cells = [square.between[i, k, n, s] for n, s in places]
        cells += [square.final[i, k, n, c] for n, c in finals]
        name = [square.sectors[k], f"Industry {k}, and more", square.regions[i], f"r{at + 1}"]
        rows.append([*name, *map(number, cells), number(square.output[i, k])])
    rows += _below(square, places, len(finals), [])
    if old:
        new = {code: str(20 + k) for k, code in enumerate(square.sectors)}
        new |= {code: f"F{k}" for k, code in enumerate(square.categories)} | {"GO": ""}
        rows[0][4:] = [new[code] for code in codes] + [""]
        for row in rows[4:]:
            row[0] = new.get(row[0], "")
    return rows


_SAID = (
    "Final consumption expenditure by households",
    "Final consumption expenditure by non-profit organisations serving households (NPISH)",
    "Final consumption expenditure by government",
    "Gross fixed capital formation",
    "Changes in inventories and valuables",
)


def _below(square: Square, places: Sequence[tuple[int, int]], finals: int, year: list[str]) -> Rows:
    zero = np.zeros_like(square.taxes)
    rows = []
    for code, said, values in (
        ("II_fob", "Total intermediate consumption", square.between.sum(axis=(0, 1))),
        ("TXSP", "Taxes less subsidies on products", 0.5 * square.taxes),
        ("EXP_adj", "Cif/ fob adjustments on exports", zero),
        ("PURR", "Direct purchases abroad by residents", zero),
        ("PURNR", "Purchases on the domestic territory by non-residents", zero),
        ("VA", "Value added at basic prices", square.value_added),
        ("IntTTM", "International Transport Margins", 0.5 * square.taxes),
        ("GO", "Output at basic prices", square.output),
    ):
        cells = [number(values[n, s]) for n, s in places]
        rows.append([code, said, "TOT", code[:3], *year, *cells, *["0"] * finals, ""])
    return rows


def tidy(world: World, *, tariff: bool = True) -> Rows:
    """Rows with both uses side by side."""
    rows = [["origin", "destination", "sector", "intermediate", "final", *["tariff"] * tariff]]
    for i, origin in enumerate(world.regions):
        for n, destination in enumerate(world.regions):
            for s, sector in enumerate(world.sectors):
                cells = [*world.flows[i, n, s], *[world.tariff[i, n, s, 0]] * tariff]
                rows.append([origin, destination, sector, *map(number, cells)])
    return rows


def tidy_by_use(world: World) -> Rows:
    """One row for each use, tariffs by use."""
    rows = [["origin", "destination", "sector", "use", "value", "tariff"]]
    for i, origin in enumerate(world.regions):
        for n, destination in enumerate(world.regions):
            for s, sector in enumerate(world.sectors):
                for u, use in enumerate(("intermediate", "final")):
                    cells = (world.flows[i, n, s, u], world.tariff[i, n, s, u])
                    rows.append([origin, destination, sector, use, *map(number, cells)])
    return rows


def tidy_by_user(square: Square) -> Rows:
    """One row for each using sector and for final use, as a whole table in long form."""
    rows = [["origin", "destination", "sector", "use", "value"]]
    for i, origin in enumerate(square.regions):
        for n, destination in enumerate(square.regions):
            for k, sector in enumerate(square.sectors):
                for s, user in enumerate(square.sectors):
                    value = number(square.between[i, k, n, s])
                    rows.append([origin, destination, sector, user, value])
                total = number(square.final[i, k, n].sum())
                rows.append([origin, destination, sector, "final", total])
    return rows


def coefficients(world: World) -> Rows:
    """Cost shares of inputs, tariffs included."""
    rows = [["region", "using_sector", "input_sector", "coefficient"]]
    for n, region in enumerate(world.regions):
        for s, user in enumerate(world.sectors):
            for k, used in enumerate(world.sectors):
                rows.append([region, user, used, number(world.input_share[n, k, s])])
    return rows


def save(path: Path, rows: Rows, **dialect: str) -> Path:
    with path.open("w", newline="", encoding=dialect.pop("encoding", "utf-8")) as file:
        csv.writer(file, **{"lineterminator": "\n", **dialect}).writerows(rows)  # type: ignore[arg-type]
    return path


def load(path: Path) -> Rows:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))
