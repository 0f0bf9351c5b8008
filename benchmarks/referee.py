"""What a referee asks first, as Markdown: does a sign survive, and is a lever what it says?

Every table says what was run. Sets of elasticities are those of the model, published and judgement;
tables of trade are `icio` and `customs`. Payoffs are EV, US$ million a year, against no additional
duties.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.registry import markdown
from models.canada_us.calibration import (
    CANADA,
    ELASTICITIES,
    MARKETS,
    OIL,
    PUBLISHED,
    TRADE,
    UNIFORM,
    US,
    world,
)
from models.canada_us.model import CanadaUS
from negotiation import World
from negotiation.trade import Parts, Quota, TradeEquilibrium, counterfactual, levers

Array = NDArray[np.float64]

#: Sets that stand for the long run, and those that were published or are the same everywhere.
LONG_RUN = (*PUBLISHED, *UNIFORM)
SETS = ("published", *LONG_RUN, *(each for each in ELASTICITIES if each != "published"))

KEEP, ESCALATE = 1, 2
COUNTER, RETALIATE = 1, 2
ENERGY = (0.0, 0.10)

STEEL, STEEL_DUTY, STEEL_QUOTA = "STL", 0.50, 0.80
MACHINERY = "MCH"
OIL_RATE, RESOURCE = 0.10, (0.0, 0.3, 0.6)
PROCUREMENT = 0.2
REDIRECTED = 0.10


# --- signs ----------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def payoffs(elasticities: str, data: str, run: str = "long_run") -> Array:
    """(2, 2, 3, 3) payoffs by US duty on energy, side and profile."""
    model = CanadaUS(
        elasticities=elasticities, data=data, run=run, escalation_rate_energy=np.array(ENERGY)
    )
    assert model.profiles.converged.all()
    return model.payoffs()


def _bn(value: float) -> str:
    return f"{value / 1e3:+.1f}"


def _cells(table: Array) -> list[float]:
    """The US in force, at breakdown and unanswered, without and with a duty on energy."""
    us = table[:, 1]
    return [
        us[0, COUNTER, KEEP],
        *us[:, RETALIATE, ESCALATE],
        *us[:, COUNTER, ESCALATE],
        (table[0, 0, COUNTER, KEEP] - us[0, COUNTER, KEEP]) / 2.0,
    ]


def signs() -> str:
    """The US result by set and table, in US$ billion, and what a deal gives Canada."""
    lines, every = [], []
    asked = [(name, "long_run") for name in SETS] + [("published", "short_run")]
    for name, run in asked:
        both = [_cells(payoffs(name, data, run)) for data in TRADE]
        if name in LONG_RUN:
            every += both
        told = f"`{name}`" if run == "long_run" else "one year (`run=short_run`)"
        lines.append([told, *(" / ".join(map(_bn, pair)) for pair in zip(*both, strict=True))])
    loses = np.array(every) < 0.0
    lines.append(
        [
            f"loses, of {len(every)} published and uniform",
            *(f"{count}" for count in loses.sum(axis=0)),
        ]
    )
    headers = [
        "set",
        "US, in force",
        "US, breakdown",
        "US, breakdown, energy 10 %",
        "US, escalation unanswered",
        "US, unanswered, energy 10 %",
        "Canada, deal in the shadow of the duties in force",
    ]
    return markdown(headers, lines, numbers=6)


# --- duties ---------------------------------------------------------------------------------------


def _listed(w: World, rate: float, covers: float) -> Parts:
    """A rate on a part of the trade in machinery."""
    at = w.sector(MACHINERY)
    share = np.zeros((2, len(w.sectors), 2))
    share[1] = 1.0
    share[:, at] = np.array([covers, 1.0 - covers])[:, None]
    rates = np.zeros_like(share)
    rates[0, at] = rate
    names = np.where(share > 0.0, np.array(["listed", "other"])[:, None, None], "")
    return Parts(names, share, rates)


def _machinery(elasticities: str, data: str, *, rate: float, covers: float, of: str) -> float:
    w = world(elasticities, data=data)
    return _ev(counterfactual(w, {(CANADA, US): _listed(w, rate, covers)}), of)


def coverage() -> str:
    """The same mean duty on few lines and on all."""
    lines = []
    for rate, covers in ((0.50, 0.3), (0.25, 0.6), (0.15, 1.0)):
        given = {"rate": rate, "covers": covers}
        sides = [_over(_machinery, of=code, **given) for code in (CANADA, US)]
        lines.append([f"{100 * rate:.0f} % on {100 * covers:.0f} % of machinery", *sides])
    return markdown(["US duty, 15 % on average", "Canada", "US"], lines, 2)


# --- levers ---------------------------------------------------------------------------------------


def _range(centre: float, every: Sequence[float]) -> str:
    return f"{centre:+,.0f} ({min(every):+,.0f} to {max(every):+,.0f})"


def _over(value: Callable[..., float], **given: Any) -> str:
    """Value at the set `published`, and its range over sets and tables of the long run."""
    every = [value(name, data, **given) for name in LONG_RUN for data in TRADE]
    return _range(value("published", "icio", **given), every)


def _lever(elasticities: str, data: str, settings: Mapping[str, Any], side: int = 0) -> float:
    model = CanadaUS(elasticities=elasticities, data=data, **settings)
    return float(model.levers_worth()[side])


def procurement() -> str:
    """What buying at home does to incomes, by what is burnt of the premium."""
    lines = []
    for waste in (0.0, 0.5, 1.0):
        settings = {"procurement": PROCUREMENT, "procurement_waste": waste}
        sides = [_over(_lever, settings=settings, side=side) for side in (0, 1)]
        lines.append([f"{waste:.0%}".replace("%", " %"), *sides])
    headers = [f"burnt of the premium, procurement {PROCUREMENT:g}", "Canada", "US"]
    return markdown(headers, lines, numbers=2)


def _ev(at: TradeEquilibrium, side: str) -> float:
    assert at.converged.all()
    return float(at.ev[at.world.region(side)])


def _on(w: World, sector: str, rate: float) -> Array:
    rates = np.zeros((len(w.sectors), 2))
    rates[w.sector(sector)] = rate
    return rates


def _oil(elasticities: str, data: str, *, tax: float, duty: float, share: float, of: str) -> float:
    w = world(elasticities, np.inf, data, share)
    canada, us = w.region(CANADA), w.region(US)
    found = counterfactual(
        w,
        {(CANADA, US): w.tariff[canada, us] + _on(w, OIL, duty)},
        export_tax={(CANADA, US): _on(w, OIL, tax)},
    )
    return _ev(found, of)


def oil() -> str:
    """An export tax on oil beside a US duty on it, by what a fixed resource earns."""
    lines = []
    for words, tax, duty in (
        ("Canadian export tax", OIL_RATE, 0.0),
        ("US duty", 0.0, OIL_RATE),
    ):
        for share in RESOURCE:
            given = {"tax": tax, "duty": duty, "share": share}
            sides = [_over(_oil, of=code, **given) for code in (CANADA, US)]
            lines.append([f"{words} of {OIL_RATE:.0%}".replace("%", " %"), f"{share:g}", *sides])
    return markdown(["measure on crude oil and gas", "resource share", "Canada", "US"], lines, 3)


def steel() -> str:
    """The quota of October 2025 on Canadian steel beside a duty on all of it."""
    measures: tuple[tuple[str, float | None], ...] = (
        ("50 % on all steel", None),
        ("80 % of volume free, 50 % beyond, rent to the US", 1.0),
        ("80 % of volume free, 50 % beyond, rent to Canada", 0.0),
    )
    lines = []
    for horizon, w in (("long run", world()), ("one year", world("published", 1.5))):
        for words, rent in measures:
            quotas: tuple[Quota, ...] = ()
            duty = STEEL_DUTY
            if rent is not None:
                duty = 0.0
                quotas = (
                    Quota(CANADA, US, (STEEL,), STEEL_QUOTA, over=STEEL_DUTY, rent_share=rent),
                )
            rates = {(CANADA, US): _on(w, STEEL, duty)}
            found = counterfactual(w, rates, quotas=quotas)
            s = w.sector(STEEL)
            output = 100.0 * (found.real_output[w.region(CANADA), s] - 1.0)
            regime = str(found.quotas[0].regime) if quotas else "-"
            wedge = float(found.quotas[0].wedge) if quotas else STEEL_DUTY
            lines.append(
                [
                    horizon,
                    words,
                    regime,
                    f"{100 * wedge:.1f}",
                    f"{float(output):+.1f}",
                    f"{_ev(found, CANADA):+,.0f}",
                    f"{_ev(found, US):+,.0f}",
                ]
            )
    headers = ["horizon", "measure alone", "quota is", "marginal wedge, %"]
    return markdown([*headers, "Canadian steel output, %", "Canada", "US"], lines, 4)


def europe() -> str:
    """What it takes that Europe alone, or all markets, buy a tenth of the oil sold to the US."""
    w = world()
    s, canada, us = w.sector(OIL), w.region(CANADA), w.region(US)
    share = np.where(np.array(w.sectors) == OIL, REDIRECTED, 0.0)
    lines = []
    for words, opened in (("Europe (`EU27`)", ("EU27",)), ("all seven markets", MARKETS)):
        psi = levers.growth(w, CANADA, US, opened, share)
        asked = [each for each in levers.efforts(w, CANADA, opened, psi) if each.sector == OIL]
        ways: Mapping[str, Mapping[str, Any]] = {
            "taste": {"taste": levers.tastes(w, CANADA, opened, psi)},
            "trade_cost": {
                "trade_cost": {(CANADA, code): 1.0 - levers.price_cut(w, psi) for code in opened}
            },
            "subsidy": {"export_tax": levers.subsidies(w, CANADA, opened, psi)},
        }
        for way, given in ways.items():
            found = counterfactual(w, **given)
            sold = found.flows[canada, :, s].sum(axis=-1)
            abroad = sold.sum() - sold[canada]
            lines.append(
                [
                    words,
                    f"{1.0 + asked[0].growth:.1f}",
                    f"{100 * asked[0].price_cut:.0f}",
                    f"`{way}`",
                    f"{100 * sold[us] / abroad:.1f}",
                    f"{_ev(found, CANADA):+,.0f}",
                    f"{_ev(found, US):+,.0f}",
                ]
            )
    headers = ["who buys a tenth more of the oil", "times today's sales", "price cut, %", "by"]
    return markdown([*headers, "US share of oil exports, %", "Canada", "US"], lines, 3)


#: Tables in order, with what stands above each.
TABLES: tuple[tuple[str, Callable[[], str]], ...] = (
    (
        "Result of the United States in US$ billion a year, `icio` / `customs`. Breakdown: "
        "escalation of 25 % answered by retaliation of 12 %. Unanswered: Canada keeps the "
        "countermeasures that are in force and adds none.",
        signs,
    ),
    (
        "A duty on parts of trade and its mean. Set `published` on `icio`, and the range over ten "
        "published and uniform sets and both tables.",
        coverage,
    ),
    (
        "Buying at home: incomes against the data, no duties. Set `published` on `icio`, and the "
        "range as above.",
        procurement,
    ),
    (
        "Crude oil: who gains from taxing it. Set `published` on `icio`, and the range as above.",
        oil,
    ),
    ("Steel: a quota beside a duty. Set `published` on `icio`.", steel),
    (
        "A tenth of the oil sold to the United States, bought elsewhere on top of what is bought "
        "there; incomes against the data, before any cost. Set `published` on `icio`.",
        europe,
    ),
)


def main() -> None:
    print(*(f"{words}\n\n{make()}" for words, make in TABLES), sep="\n\n")


if __name__ == "__main__":
    main()
