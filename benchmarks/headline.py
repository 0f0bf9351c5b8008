"""From the headline of version 0.1 to today's, one change a row, as Markdown.

The first row is the model of version 0.1, solved again from its data, which are read from a folder
beside the checkout. Each further row keeps all changes above it. What levers are is in a
second table, since at the defaults none is pulled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.registry import markdown
from models.canada_us.calibration import CANADA, ENERGY, LATEST, NOT_GOODS, US, parts, world
from models.canada_us.model import CanadaUS
from negotiation import Case, World, errors, evaluate
from negotiation.trade import USES, Parts, Table, counterfactual
from negotiation.trade.levers import redirected

Array = NDArray[np.float64]

ROOT = Path(__file__).parents[1]

#: The last commit of version 0.1, its duties, and what its page said.
OLD_DATE = "2026-07-15"
OLD_DATA = ROOT.parent / "shared" / "data" / "canada_us_2022"
SAID = {"canada": -25_189.0, "us": 745.0, "deal": -12_967.0}
ESCALATION, RETALIATION, ON_ENERGY = 0.25, 0.12, 0.10


@dataclass(frozen=True)
class Setup:
    """What was changed since version 0.1.

    Attributes
    ----------
    revised : bool
        Whether US rates on third countries are those paid in 2024.
    elasticities : str
    by_parts : bool
        Whether duties are on parts of trade; otherwise means by sector and use.
    latest : bool
        Whether the duties kept are the latest; otherwise those of 15 July 2026.
    raises : bool
        Whether escalation and retaliation raise the duties that are kept, part by part; otherwise
        they replace them, also where those are higher.
    energy : float
        US duty on crude oil, gas and petroleum products when it escalates.
    threat : str
        `breakdown` or `in force`.
    """

    revised: bool = False
    elasticities: str = "central"
    by_parts: bool = False
    latest: bool = False
    raises: bool = False
    energy: float = ON_ENERGY
    threat: str = "breakdown"

    @property
    def world(self) -> World:
        """The calibrated world."""
        if not self.revised:
            return World.from_csv(_old_data(), elasticities=self.elasticities)
        return world(self.elasticities)

    def duties(self) -> dict[str, tuple[Parts, Parts, Parts]]:
        """Duties of both by posture, the mildest first."""
        w = self.world
        kept = {US: self._kept(US), CANADA: self._kept(CANADA)}
        goods = np.array([code not in NOT_GOODS for code in w.sectors])
        energy = np.array([code in ENERGY for code in w.sectors])
        highest = {
            US: np.where(energy, self.energy, ESCALATION) * goods,
            CANADA: RETALIATION * goods,
        }
        none = Parts.plain(np.zeros((len(w.sectors), 2)))
        return {
            code: (
                none,
                kept[code],
                kept[code].at_least(rate)
                if self.raises
                else Parts.plain(np.repeat(rate[:, None], 2, axis=1)),
            )
            for code, rate in highest.items()
        }

    def _kept(self, imposer: str) -> Parts:
        if not self.by_parts:
            return Parts.plain(_old_averages()[imposer])
        return parts(imposer, LATEST[imposer] if self.latest else OLD_DATE)


@dataclass(frozen=True, eq=False)
class Found:
    """Payoffs of Canada and the United States, US$ million a year."""

    setup: Setup
    in_force: Array
    breakdown: Array
    profile: str

    @property
    def deal(self) -> float:
        """What a deal for money gives Canada: the middle between the threats of both."""
        threat = self.breakdown if self.setup.threat == "breakdown" else self.in_force
        return float(threat[0] - threat[1]) / 2.0


def found(setup: Setup) -> Found:
    """Solve the nine profiles of postures and the one equilibrium among them."""
    w, duties = setup.world, setup.duties()
    ours, theirs = Parts.stacked(duties[CANADA]), Parts.stacked(duties[US])
    rows = [
        counterfactual(
            w,
            {
                (US, CANADA): Parts(ours.name, ours.share[k], ours.rate[k]),
                (CANADA, US): theirs,
            },
        )
        for k in range(3)
    ]
    assert all(each.converged.all() for each in rows)
    sides = [w.region(CANADA), w.region(US)]
    payoffs = np.stack([each.ev[:, sides].T for each in rows], axis=1)
    payoffs = payoffs - payoffs[:, :1, :1]
    best = (payoffs[0] == payoffs[0].max(axis=0)) & (
        payoffs[1] == payoffs[1].max(axis=1, keepdims=True)
    )
    ((i, j),) = np.argwhere(best)
    profile = f"{CanadaUS.actions[0][i]}/{CanadaUS.actions[1][j]}"
    return Found(setup, payoffs[:, 1, 1], payoffs[:, i, j], profile)


def steps() -> list[tuple[str, Setup]]:
    """Setups in order, each with what was changed."""
    at = Setup()
    told: list[tuple[str, Setup]] = [("version 0.1", at)]
    changes: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("US rates on third countries as paid in 2024", {"revised": True}),
        ("elasticities: the median of published sets", {"elasticities": "published"}),
        ("duties on parts of trade", {"by_parts": True}),
        ("the latest duties in force of both sides", {"latest": True}),
        ("escalation and retaliation lower no duty", {"raises": True}),
        ("no US duty on energy", {"energy": 0.0}),
        ("threat: the duties in force", {"threat": "in force"}),
    )
    for words, changed in changes:
        at = replace(at, **changed)
        told.append((words, at))
    return told


def table() -> str:
    """Both sides in the dispute and at breakdown, and Canada's deal, one change a row."""
    lines = [
        [
            words,
            *(f"{value:+,.0f}" for value in each.in_force),
            each.profile,
            *(f"{value:+,.0f}" for value in each.breakdown),
            each.setup.threat,
            f"{each.deal:+,.0f}",
        ]
        for words, each in ((words, found(setup)) for words, setup in steps())
    ]
    sides = [f"{at}, {side}" for at in ("in force", "breakdown") for side in ("Canada", "US")]
    headers = ["change", *sides[:2], "equilibrium", *sides[2:], "threat", "Canada, deal"]
    rule = ["---", "---:", "---:", "---", "---:", "---:", "---", "---:"]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (headers, rule, *lines))


#: What a lever was in version 0.1 and is now, at a fifth.
LEVERS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("no lever", {}),
    (
        "diversification 0.2 by a saving of trade costs (0.1)",
        {"diversification": 0.2, "diversification_by": "trade_cost"},
    ),
    ("diversification 0.2 by tastes", {"diversification": 0.2}),
    (
        "diversification 0.2 by a subsidy",
        {"diversification": 0.2, "diversification_by": "subsidy"},
    ),
    (
        "procurement 0.2, the premium burnt (0.1)",
        {"procurement": 0.2, "procurement_waste": 1.0},
    ),
    ("procurement 0.2, the premium kept in Canada", {"procurement": 0.2}),
)


def levers() -> str:
    """What levers earn Canada by themselves, and Canada's deal; all else as today."""
    lines = []
    for words, settings in LEVERS:
        model = CanadaUS(**settings)
        outcome = evaluate(Case(model))
        share = outcome.quantities["us_share_of_goods_exports"].values[0, 0]
        own = outcome.quantities["lever_effect_usd_m.canada"].values[0, 0]
        deal = outcome.agreements["nash"].payoffs[0]
        moved = float(redirected(model.world, CANADA, US, model.shares()))
        each = f"{100 * own / moved:+.0f}" if moved else "-"
        lines.append([words, f"{100 * share:.1f}", f"{own:+,.0f}", each, f"{float(deal):+,.0f}"])
    headers = ["lever", "US share of goods exports, %", "Canada, by itself"]
    return markdown([*headers, "cents per US$ redirected", "Canada, deal"], lines, numbers=4)


def _old_data() -> Path:
    """The data of version 0.1."""
    if not OLD_DATA.is_dir():
        raise errors.DataError(
            f"the data of version 0.1 are not at {OLD_DATA}; put them there, and run again"
        )
    return OLD_DATA


@lru_cache(maxsize=1)
def _old_averages() -> dict[str, Array]:
    """Mean duties of version 0.1 by sector and use, (S, 2), of each imposer."""
    folder, w = _old_data(), world()
    found = {US: np.zeros((len(w.sectors), 2)), CANADA: np.zeros((len(w.sectors), 2))}
    column = f"duty_{OLD_DATE.replace('-', '_')}"
    files = {
        US: ("us_tariffs_on_canada.csv", (column, "anti_dumping_countervailing")),
        CANADA: ("canada_tariffs_on_us.csv", (column,)),
    }
    for imposer, (name, columns) in files.items():
        for row in Table(folder / name, ("sector", "use", *columns)).rows():
            at = row.one_of("sector", w.sectors), row.one_of("use", USES)
            found[imposer][at] = sum(row.number_in(each, low=0.0) for each in columns)
    return found


def main() -> None:
    print(
        "US$ million a year against no additional duties; long run. A deal: all duties lifted on "
        "both sides, for money.\n"
    )
    print(table())
    print("\nLevers at the defaults of today, before their cost:\n")
    print(levers())


if __name__ == "__main__":
    main()
