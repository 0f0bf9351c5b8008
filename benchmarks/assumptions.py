"""What is assumed, ranked by how much it moves Canada's deal and both sides' losses, as Markdown.

One assumption is changed at a time, over the values that stand in the table; all others keep their
defaults. Money is US$ million a year. What is drawn together, and how likely each value is, is not
asked here: a wide range may hold values that nobody believes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.registry import markdown
from models.canada_us.calibration import CANADA, PUBLISHED, TRADE, UNIFORM, US
from models.canada_us.model import CanadaUS
from negotiation import Case, evaluate
from negotiation.tolerances import TARIFF_BAN
from negotiation.trade import Parts, counterfactual

Array = NDArray[np.float64]

#: Canada's deal, both under the threat, both at breakdown.
HEADERS = ("Canada, deal", "Canada, threat", "US, threat", "Canada, breakdown", "US, breakdown")


@dataclass(frozen=True)
class Assumption:
    """What is assumed, and what else it may be: settings of the model, or cases of another kind."""

    words: str
    values: str
    settings: Sequence[Mapping[str, Any]]
    threats: Sequence[str] = ("in_force",)


def _each(name: str, *values: Any, **others: Any) -> list[Mapping[str, Any]]:
    return [{name: value, **others} for value in values]


#: What was assumed where nothing is set; the defaults are among the values.
ASSUMED: tuple[Assumption, ...] = (
    Assumption(
        "trade elasticities: published and uniform sets",
        "ten sets and their median",
        _each("elasticities", "published", *PUBLISHED, *UNIFORM),
    ),
    Assumption(
        "trade elasticities: judgement, long run",
        "`central`, `low`, `high`",
        _each("elasticities", "published", "central", "low", "high"),
    ),
    Assumption("table of trade", "`icio`, `customs`", _each("data", *TRADE)),
    Assumption("horizon", "long run, one year", _each("run", "long_run", "short_run")),
    Assumption(
        "how readily labour moves in a year (one year)",
        "1.2 to 3",
        _each("labour_elasticity", 1.2, 1.5, 3.0, run="short_run"),
    ),
    Assumption(
        "which US duties stay",
        "2025-12-31 to 2026-09-29",
        _each(
            "us_schedule",
            *("2025-12-31", "2026-03-15", "2026-07-15", "2026-08-22", "2026-09-15", "2026-09-29"),
        ),
    ),
    Assumption(
        "which Canadian duties stay",
        "2025-03-13 to 2026-09-08",
        _each("canada_schedule", "2025-03-13", "2026-07-15", "2026-09-08"),
    ),
    Assumption(
        "what happens without a deal (a scenario, no estimate)",
        "duties in force, breakdown, tariff war",
        [{}],
        ("in_force", "posture", "tariff_war"),
    ),
    Assumption(
        "the autos threat of 2027 is carried out (a scenario)",
        "duties in force, threat",
        [{}],
        ("in_force", "us_on_canada_threat_autos_2027-01-01"),
    ),
    Assumption("US rate of escalation", "0.10 to 0.50", _each("escalation_rate", 0.1, 0.25, 0.5)),
    Assumption(
        "US rate of escalation on energy",
        "0, 0.10",
        _each("escalation_rate_energy", 0.0, 0.1),
    ),
    Assumption(
        "Canadian rate of retaliation", "0.04 to 0.28", _each("retaliation_rate", 0.04, 0.12, 0.28)
    ),
    Assumption(
        "share of a fixed resource in oil",
        "0 to 0.6",
        _each("oil_resource_share", "0", "0.3", "0.6"),
    ),
    Assumption(
        "weight of motor vehicles in the US payoff", "0, 0.5", _each("auto_weight_us", 0.0, 0.5)
    ),
    Assumption(
        "weight of motor vehicles in Canada's payoff",
        "0, 0.5",
        _each("auto_weight_canada", 0.0, 0.5),
    ),
    Assumption(
        "bargaining power, by patience (`dispute` without breakdown)",
        "Canada's weight 1/3 to 2/3",
        [
            {"discount_canada": ours, "discount_us": theirs}
            for ours, theirs in ((0.05, 0.05), (0.10, 0.05), (0.05, 0.10))
        ],
        ("dispute",),
    ),
    Assumption(
        "impatience, where talks may break down (`dispute`, hazard 0.1 a year)",
        "Canada and the US 0.03 to 0.08",
        [
            {"discount_canada": ours, "discount_us": theirs, "breakdown_hazard": 0.1}
            for ours, theirs in ((0.05, 0.05), (0.03, 0.08), (0.08, 0.03))
        ],
        ("dispute",),
    ),
    Assumption(
        "rate at which talks break down (`dispute`)",
        "0 to 0.5 a year",
        _each("breakdown_hazard", 0.0, 0.1, 0.5),
        ("dispute",),
    ),
)

#: What is assumed where a fifth of exports to the United States is redirected.
MOVED: tuple[Assumption, ...] = (
    Assumption(
        "how markets are opened",
        "`taste`, `trade_cost`, `subsidy`",
        _each("diversification_by", "taste", "trade_cost", "subsidy", diversification=0.2),
    ),
    Assumption(
        "how much has already moved",
        "0 to 1",
        _each("already_moved", 0.0, 0.5, 1.0, diversification=0.2),
    ),
    Assumption(
        "the same, where the rest of the move requires a breakdown",
        "0 to 1",
        _each("already_moved", 0.0, 0.5, 1.0, diversification=0.2, move_requires_breakdown=True),
    ),
    Assumption(
        "the same, and what a redirected dollar costs a year",
        "0 to 0.20",
        _each(
            *("diversification_cost", 0.0, 0.1, 0.2),
            diversification=0.2,
            already_moved=0.5,
            move_requires_breakdown=True,
        ),
    ),
    Assumption(
        "which markets are opened",
        "all, `EU27+GBR`, `MEX+EU27+JKT`",
        _each("markets", "all", "MEX+EU27+JKT", diversification=0.2),
    ),
)


def numbers(settings: Mapping[str, Any], threat: str = "in_force") -> Array:
    """(5,) Canada's deal, payoffs of both under the threat, and of both at breakdown."""
    model = CanadaUS(**settings)
    outcome = evaluate(Case(model, threat=threat))
    broken = evaluate(Case(model, threat="posture"))
    deal = outcome.agreements["nash"].payoffs[0]
    return np.array([deal, *outcome.threat.payoffs, *broken.threat.payoffs])


def _balanced(closure: str) -> Array:
    """The same five numbers where transfers between regions are not fixed."""
    model = CanadaUS()
    w = model.world
    sides = [w.region(CANADA), w.region(US)]
    highest = {
        (CANADA, US): model.duties("us", "escalate"),
        (US, CANADA): model.duties("canada", "retaliate"),
    }
    none, kept, broken = (
        counterfactual(w, duties, closure=closure).ev[sides]
        for duties in (None, dict(model.kept()), highest)
    )
    kept, broken = kept - none, broken - none
    return np.array([(kept[0] - kept[1]) / 2.0, *kept, *broken])


def _means() -> Array:
    """The same five numbers where every duty is the mean of its sector and use, without bans."""
    model = CanadaUS()
    w = model.world
    sides = [w.region(CANADA), w.region(US)]
    kept = {pair: _without_bans(duties) for pair, duties in model.kept().items()}
    raised = {(CANADA, US): model.raised(), (US, CANADA): model.retaliation_rate * model.is_good}
    broken = {pair: duties.at_least(raised[pair]) for pair, duties in kept.items()}
    at, worst = (counterfactual(w, duties).ev[sides] for duties in (kept, broken))
    return np.array([(at[0] - at[1]) / 2.0, *at, *worst])


def _without_bans(duties: Parts) -> Parts:
    """Means by sector and use; trade under a ban is left out of them."""
    weight = np.where(duties.rate < TARIFF_BAN, duties.share, 0.0)
    return Parts.plain((weight * duties.rate).sum(axis=0) / weight.sum(axis=0))


def ranked(assumed: Sequence[Assumption], *, more: bool = False) -> str:
    """The widest range of Canada's deal first; with equal ones that of its breakdown."""
    centre = numbers({})
    rows = [
        (
            each.words,
            each.values,
            np.stack([numbers(s, threat) for s in each.settings for threat in each.threats]),
        )
        for each in assumed
    ]
    if more:
        rows.append(
            (
                "duties on parts of trade",
                "parts, means by sector without the bans",
                np.stack([centre, _means()]),
            )
        )
        rows.append(
            (
                "transfers between regions",
                "fixed in world value added, none (`balanced`, `purged`)",
                np.stack([centre, _balanced("balanced"), _balanced("purged")]),
            )
        )

    def width(row: tuple[str, str, Array]) -> tuple[float, ...]:
        spread = np.ptp(row[2], axis=0)
        return float(round(spread[0], 6)), float(spread[3:].max())

    lines = [
        [words, values, f"{np.ptp(found[:, 0]):,.0f}", *map(_range, found.T)]
        for words, values, found in sorted(rows, key=width, reverse=True)
    ]
    return markdown(["assumption", "values", "width of the deal", *HEADERS], lines, 6)


def _range(values: Array) -> str:
    low, high = values.min(), values.max()
    return f"{low:+,.0f} to {high:+,.0f}" if high - low >= 0.5 else f"{low:+,.0f}"


def main() -> None:
    centre = ", ".join(
        f"{name} {value:+,.0f}" for name, value in zip(HEADERS, numbers({}), strict=True)
    )
    print(f"US$ million a year. At the defaults: {centre}.\n")
    print(ranked(ASSUMED, more=True))
    told = ", ".join(
        f"{name} {value:+,.0f}"
        for name, value in zip(HEADERS, numbers({"diversification": 0.2}), strict=True)
    )
    print(f"\nWith `diversification=0.2`: {told}.\n")
    print(ranked(MOVED))


if __name__ == "__main__":
    main()
