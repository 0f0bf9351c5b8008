"""Published results of the shipped world, central elasticities: half a unit of the last digit.

Both ways of asking must give them: the trade API with arrays, and the model `canada_us`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from negotiation import load_model
from negotiation.catalogue import find
from negotiation.trade import Table, TradeEquilibrium, World, counterfactual, dependence

DATA = find("canada_us").path.parent / "data"
GOODS = ("AGF", "WOD", "PAP", "OIL", "OMN", "PET", "CHM", "STL", "NFM", "MCH", "MVH", "OTE", "OMF")


@dataclass(frozen=True)
class Printed:
    """Digits as printed; the tolerance is half a unit of the last of them."""

    digits: str

    def matches(self, value: float) -> bool:
        places = len(self.digits.partition(".")[2])
        return abs(value - float(self.digits)) <= 0.5 * 10.0**-places


#: (region, welfare in per cent, equivalent variation in US$ million) by US action, Canada passive.
EXPECTED: dict[str, dict[str, tuple[Printed, Printed | None]]] = {
    "escalate": {
        "CAN": (Printed("-1.79393"), Printed("-36866")),
        "USA": (Printed("0.047114"), Printed("12302")),
    },
    "keep": {
        "CAN": (Printed("-0.355915"), None),
        "USA": (Printed("0.005417"), None),
    },
}

US_SHARE = Printed("0.72256")


def _duties(world: World, action: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(S, 2) additional US duties on Canada, read without the model."""
    rates = np.zeros((len(world.sectors), 2))
    if action == "escalate":
        rates[[world.sector(code) for code in GOODS]] = 0.25
        return rates
    columns = ("duty_2026_07_15", "anti_dumping_countervailing")
    table = Table(DATA / "us_tariffs_on_canada.csv", ("sector", "use", *columns))
    for row in table.rows():
        use = ("intermediate", "final").index(row.text("use"))
        rates[world.sector(row.text("sector")), use] = sum(
            float(row.text(column)) for column in columns
        )
    return rates


def _by_arrays(action: str) -> TradeEquilibrium:
    world = World.from_csv(DATA)
    tariff = world.tariff.copy()
    tariff[world.region("CAN"), world.region("USA")] += _duties(world, action)
    return counterfactual(world, tariff)


def test_the_goods_are_thirteen() -> None:
    model: Any = load_model("canada_us")()
    assert model.goods == GOODS
    assert len(GOODS) == 13


@pytest.mark.parametrize("action", EXPECTED)
def test_through_arrays(action: str) -> None:
    found = _by_arrays(action)
    assert found.converged
    for region, (welfare, ev) in EXPECTED[action].items():
        at = found.world.region(region)
        assert welfare.matches(100 * (found.welfare[at] - 1.0)), found.welfare[at]
        assert ev is None or ev.matches(found.ev[at]), found.ev[at]


@pytest.mark.parametrize("action", EXPECTED)
def test_through_the_model(action: str) -> None:
    model: Any = load_model("canada_us").build({"escalation_rate_energy": 0.25})
    game, outcomes = model.game(), model.outcomes()
    row, column = (
        game.actions[0].index("stand_down"),
        game.actions[1].index(action),
    )
    for player, (region, (welfare, ev)) in enumerate(EXPECTED[action].items()):
        percent = outcomes[f"welfare_pct.{region}"]
        assert percent.unit == "%"
        assert welfare.matches(percent.values[row, column]), percent.values[row, column]
        money = outcomes[f"ev_usd_m.{region}"].values[row, column]
        assert ev is None or ev.matches(money), money
        # With nothing but welfare in it, the payoff is the equivalent variation.
        assert game.payoffs[player, row, column] == money


def test_the_baseline_us_share_of_canadian_goods_exports() -> None:
    world = World.from_csv(DATA)
    by_hand = [world.sector(code) for code in GOODS]
    canada, us = world.region("CAN"), world.region("USA")
    sold = world.flows[canada][:, by_hand].sum(axis=(1, 2))
    sold[canada] = 0.0
    assert US_SHARE.matches(float(sold[us] / sold.sum()))
    assert US_SHARE.matches(float(dependence.export_share(world, world.flows, "CAN", "USA", GOODS)))
    model: Any = load_model("canada_us")()
    shares = model.outcomes()["us_share_of_goods_exports"].values
    assert shares.shape == (3, 3)
    assert US_SHARE.matches(shares[0, 0])


def test_one_batch_gives_both() -> None:
    """The numbers do not depend on what is solved beside them."""
    world = World.from_csv(DATA)
    rates = np.stack([_duties(world, action) for action in EXPECTED])
    tariff = np.broadcast_to(world.tariff, (2, *world.flows.shape)).copy()
    tariff[:, world.region("CAN"), world.region("USA")] += rates
    found = counterfactual(world, tariff)
    assert_array_equal(found.converged, True)
    for index, action in enumerate(EXPECTED):
        for region, (welfare, _) in EXPECTED[action].items():
            assert welfare.matches(100 * (found.welfare[index, world.region(region)] - 1.0))
