"""A short account of the trade data that a folder holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from negotiation.trade import World

#: Name, headings, rows of a table.
Part = tuple[str, list[str], list[list[str | float | int]]]


def summary(folder: str | Path, tariff_unit: str | None = None) -> list[Part]:
    """Totals of the world, its regions and its sectors.

    Raises
    ------
    DataError
        For the first fault of the folder.
    """
    world = World.from_csv(folder, tariff_unit=tariff_unit)
    pairs = world.flows.sum(axis=(2, 3))
    exports = pairs.sum(axis=1) - np.diag(pairs)
    imports = pairs.sum(axis=0) - np.diag(pairs)
    abroad = ~np.eye(len(world.regions), dtype=bool)[:, :, None, None]
    crossing = world.flows * abroad
    duty = (crossing * world.tariff).sum(axis=(0, 2, 3))
    traded = crossing.sum(axis=(0, 1, 3))
    charged = (crossing * world.tariff).sum(axis=(0, 1, 3))
    regions: list[list[str | float | int]] = [
        [
            code,
            float(world.value_added[n]),
            float(world.income[n]),
            float(exports[n]),
            float(imports[n]),
            float(_percent(pairs[n, n], pairs[:, n].sum())),
            float(_percent(duty[n], imports[n])),
        ]
        for n, code in enumerate(world.regions)
    ]
    sectors: list[list[str | float | int]] = [
        [
            code,
            world.tables[s] if world.tables else "",
            float(world.trade_elasticity[s]),
            float(world.output[:, s].sum()),
            float(traded[s]),
            float(_percent(charged[s], traded[s])),
        ]
        for s, code in enumerate(world.sectors)
    ]
    total: list[list[str | float | int]] = [
        [
            len(world.regions),
            len(world.sectors),
            float(world.output.sum()),
            float(world.value_added.sum()),
            float(crossing.sum()),
        ]
    ]
    return [
        ("world", ["regions", "sectors", "output", "value added", "trade"], total),
        (
            "regions",
            ["region", "value added", "final", "exports", "imports", "home %", "tariff %"],
            regions,
        ),
        ("sectors", ["sector", "table", "theta", "output", "trade", "tariff %"], sectors),
    ]


def _percent(part: float, whole: float) -> float:
    return 100.0 * part / whole if whole else float("nan")
