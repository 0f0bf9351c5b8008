"""Who bears a US duty on Canadian goods: prices of Canadian producers against US consumer prices.

Incidence on Canada is the fall of what its producers get, against US consumer prices, in logs, as a
share of the duty; the rest is passed through to US buyers. Studies of products find that nearly all
of a duty is passed through. They compare products with and without a duty, so that what all prices
of Canada have in common, a fall of wages, escapes them; it stands beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.published_scenarios import SETS, TABLES, Duties, calibrated
from benchmarks.registry import markdown
from models.canada_us.calibration import CANADA, ENERGY, NOT_GOODS, US
from negotiation.trade import World, counterfactual, outcomes

Array = NDArray[np.float64]

DUTY, ENERGY_DUTY, ANSWER = 0.25, 0.10, 0.12


@dataclass(frozen=True)
class Case:
    """A duty on Canadian goods, that on energy among them, and Canada's answer."""

    energy: float
    answer: float

    @property
    def words(self) -> str:
        energy = f"{self.energy:.0%} on energy" if self.energy else "energy exempt"
        answer = f"Canada answers {self.answer:.0%}" if self.answer else "no answer"
        return f"US {DUTY:.0%}, {energy}; {answer}".replace("%", " %")

    def rates(self, world: World) -> Array:
        duties = Duties(world).on(CANADA, US, DUTY, dict.fromkeys(ENERGY, self.energy))
        return duties.on(US, CANADA, self.answer).rates


CASES = tuple(Case(energy, answer) for energy in (0.0, ENERGY_DUTY) for answer in (0.0, ANSWER))


@dataclass(frozen=True)
class Incidence:
    """Shares of the duty, in logs, and wages against own consumer prices, in percent.

    Attributes
    ----------
    prices : (C,) array
        Fall of Canadian producer prices of the goods taxed, weighted by sales to the US.
    wages : (C,) array
        Fall of Canadian wages against US consumer prices, as a share of the mean duty.
    real_wage_pct : (C, 2) array
        Real wages of Canada and the United States.
    """

    prices: Array
    wages: Array
    real_wage_pct: Array


def incidence(world: World, cases: Sequence[Case] = CASES) -> Incidence:
    """Solve all cases in one world."""
    canada, us = world.region(CANADA), world.region(US)
    rates = np.stack([case.rates(world) for case in cases])
    found = counterfactual(world, rates, tariff_unit="fraction")
    assert found.converged.all()
    goods = np.array([code not in NOT_GOODS for code in world.sectors])
    duty = np.log1p(rates[:, canada, us, :, 0]) - np.log1p(world.tariff[canada, us, :, 0])
    taxed = goods & (duty > 0.0)
    weight = np.where(taxed, world.flows[canada, us].sum(axis=-1), 0.0)
    price = outcomes.consumer_price(found)[:, us]
    fall = -np.log(found.unit_cost[:, canada] / price[:, None])
    charged = (weight * duty).sum(axis=-1)
    mean = charged / weight.sum(axis=-1)
    real = outcomes.real_wage(found)[:, [canada, us]]
    return Incidence(
        prices=(weight * fall).sum(axis=-1) / charged,
        wages=-np.log(found.wage[:, canada] / price) / mean,
        real_wage_pct=100.0 * (real - 1.0),
    )


def table() -> str:
    """Incidence by case: the centre, and the range over sets of elasticities and tables."""
    centre = incidence(calibrated("published"))
    every = [incidence(calibrated(name, data=data)) for name in SETS for data in TABLES]

    def percent(name: str, k: int) -> str:
        values = [100.0 * getattr(each, name)[k] for each in every]
        return f"{100.0 * getattr(centre, name)[k]:.0f} ({min(values):.0f} to {max(values):.0f})"

    def real(k: int, side: int) -> str:
        values = [each.real_wage_pct[k, side] for each in every]
        return f"{centre.real_wage_pct[k, side]:+.2f} ({min(values):+.2f} to {max(values):+.2f})"

    lines = [
        [
            case.words,
            percent("prices", k),
            percent("wages", k),
            real(k, 0),
            real(k, 1),
        ]
        for k, case in enumerate(CASES)
    ]
    headers = [
        "duty and answer",
        "fall of Canadian producer prices, % of the duty",
        "fall of Canadian wages against US consumer prices, % of the duty",
        "real wages, Canada, %",
        "real wages, US, %",
    ]
    return markdown(headers, lines, numbers=4)


def main() -> None:
    print(
        "Long run; the set `published` on the table at basic prices, and the range over ten sets "
        "and both tables. What is not borne by Canadian producers is passed through to US prices. "
        "Studies of products cannot see the movement that all Canadian prices have in common.\n"
    )
    print(table())


if __name__ == "__main__":
    main()
