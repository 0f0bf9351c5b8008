"""Set the shipped model beside what happened to US imports from Canada, as Markdown.

Observed: US customs imports from August 2025 to February 2026, at an annual rate, against 2024. The
model: duties of both sides at the end of 2025, on parts of trade as the schedules have them, and as
mean rates by sector; nothing else changes. Values are before duty, and the model's are against US
consumer prices. Duties on other countries, harvests, prices of oil and orders placed ahead of the
duties are in what was observed and not in the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.registry import markdown
from models.canada_us.calibration import CANADA, US, schedule, world
from models.canada_us.facts import observed_imports
from negotiation.trade import Schedule, TradeEquilibrium, World, counterfactual, outcomes

Array = NDArray[np.float64]

FIRST, LAST = "2025-08", "2026-02"
TABLE = "icio"

#: Imposer and date; Canada's duties on steel, aluminum and vehicles were those of July 2026.
SCHEDULES = ((US, "2025-12-31"), (CANADA, "2026-07-15"))

#: Heading, set of elasticities, labour elasticity, whether duties are on parts of trade.
RUNS = (
    ("short run", "published", 1.5, True),
    ("short run, mean rates", "published", 1.5, False),
    ("long run, published", "published", np.inf, True),
    ("long run, central", "central", np.inf, True),
)


def schedules() -> list[Schedule]:
    """The duties of both sides at the end of 2025."""
    return [schedule(imposer, date) for imposer, date in SCHEDULES]


def solve(w: World, *, parts: bool) -> TradeEquilibrium:
    """The equilibrium under the duties, on parts of trade or as mean rates by sector and use."""
    if parts:
        return counterfactual(w, schedules())
    rates = {
        (i, n): w.tariff[w.region(i), w.region(n)] + duties.mean
        for each in schedules()
        for (i, n), duties in each.parts(w).items()
    }
    return counterfactual(w, rates, tariff_unit="fraction")


def change_pct(at: TradeEquilibrium) -> Array:
    """(S,) change in the value of US imports from Canada before duty, %."""
    w = at.world
    canada, us = w.region(CANADA), w.region(US)
    sold = at.flows[canada, us].sum(axis=-1) / outcomes.consumer_price(at)[us]
    return np.asarray(100.0 * (sold / w.flows[canada, us].sum(axis=-1) - 1.0))


@dataclass(frozen=True, eq=False)
class Evidence:
    """By sector: imports of 2024 in US$ million, and changes in % as observed and in each run."""

    sectors: tuple[str, ...]
    names: tuple[str, ...]
    imports: Array
    observed: Array
    model: dict[str, Array]

    def gap(self, run: str) -> float:
        """Mean absolute gap between a run and what was observed, weighted by imports; points."""
        return float(np.average(np.abs(self.model[run] - self.observed), weights=self.imports))


def evidence() -> Evidence:
    """Run the model at each horizon beside what was observed."""
    seen = observed_imports(FIRST, LAST)
    centre = world("central", data=TABLE)
    sectors = tuple(code for code in centre.sectors if code in seen)
    at = [centre.sector(code) for code in sectors]
    before, since = np.array([seen[code] for code in sectors]).T
    model = {}
    for heading, elasticities, labour, parts in RUNS:
        model[heading] = change_pct(solve(world(elasticities, labour, TABLE), parts=parts))[at]
    names = tuple(centre.sector_names[s] for s in at)
    return Evidence(sectors, names, before, 100.0 * (since / before - 1.0), model)


def table(found: Evidence) -> str:
    """By sector, the largest imports first; then the mean gap of each run."""
    lines = [
        [
            f"{found.names[k]} (`{found.sectors[k]}`)",
            f"{found.imports[k] / 1e3:.1f}",
            f"{found.observed[k]:+.0f}",
            *(f"{values[k]:+.0f}" for values in found.model.values()),
        ]
        for k in np.argsort(-found.imports)
    ]
    gaps = [f"{found.gap(run):.1f}" for run in found.model]
    lines.append(["mean gap to what was observed, points", "", "", *gaps])
    headers = ["sector", "imports of 2024, US$ bn", "observed", *found.model]
    return markdown(headers, lines, numbers=len(headers) - 1)


def main() -> None:
    print(
        f"US imports from Canada, {FIRST} to {LAST} at an annual rate against 2024, in %, and the "
        "model under the duties of 31 December 2025.\n"
    )
    print(table(evidence()))


if __name__ == "__main__":
    main()
