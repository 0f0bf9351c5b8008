"""Published results of the shipped world, published elasticities, against an independent solver.

Both ways of asking must give them: the trade API with duties by parts, and the model `canada_us`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from negotiation import load_model
from negotiation.trade import Parts, counterfactual, dependence
from tests.unit.duties_by_hand import CANADA, GOODS, US, WORLD, by_hand

#: An independent solver's results on these schedules: see the name of each case.
ORACLES: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "schedules.json").read_text(encoding="utf-8")
)["canada_us_2022_revised/flows.csv/theta_published"]

#: Profiles of the game by case of the oracles: (Canada's posture, the US's).
PROFILES = {
    "us_on_canada_2026-09-29 + canada_on_us_2026-09-08": ("counter", "keep"),
    "us_on_canada_2026-09-29 + None": ("stand_down", "keep"),
    "escalate 0.25 / retaliate 0.12": ("retaliate", "escalate"),
}


@dataclass(frozen=True)
class Printed:
    """Digits as printed; the tolerance is half a unit of the last of them."""

    digits: str

    def matches(self, value: float) -> bool:
        places = len(self.digits.partition(".")[2])
        return abs(value - float(self.digits)) <= 0.5 * 10.0**-places


#: US$ billion to one digit, Canada and the US, as first published: table, profile, both. Where the
#: escalation is not answered, Canada's countermeasures in force stay.
FIRST_FIGURES = [
    ("icio", ("counter", "keep"), "-8.6", "-2.1"),
    ("icio", ("retaliate", "escalate"), "-18.6", "-9.6"),
    ("icio", ("counter", "escalate"), "-21.6", "0.3"),
    ("customs", ("counter", "keep"), "-9.8", "-2.6"),
    ("customs", ("retaliate", "escalate"), "-20.8", "-13.5"),
    ("customs", ("counter", "escalate"), None, "-0.6"),
]

US_SHARE = Printed("0.72256")


def duties(case: str) -> dict[tuple[str, str], Parts]:
    """Duties of a case of the oracles, both sides."""
    us, canada = "us_on_canada_2026-09-29", "canada_on_us_2026-09-08"
    if case.startswith("escalate"):
        return {
            ("CAN", "USA"): by_hand(us, 0.25, energy=0.0),
            ("USA", "CAN"): by_hand(canada, 0.12),
        }
    first, second = case.split(" + ")
    none = {} if second == "None" else {("USA", "CAN"): by_hand(second)}
    return {("CAN", "USA"): by_hand(first), **none}


def test_the_goods_are_thirteen() -> None:
    model: Any = load_model("canada_us")()
    assert model.goods == GOODS
    assert len(GOODS) == 13


@pytest.mark.parametrize("case", ORACLES)
def test_through_arrays(case: str) -> None:
    found = counterfactual(WORLD, duties(case))
    assert found.converged
    for region, percent in ORACLES[case]["welfare_pct"].items():
        at = WORLD.region(region)
        assert 100 * (found.welfare[at] - 1.0) == pytest.approx(percent, abs=1e-8)
        assert found.ev[at] == pytest.approx(ORACLES[case]["ev_usd_m"][region], abs=2e-4)
    share = dependence.export_share(WORLD, found.flows, "CAN", "USA", GOODS)
    assert float(share) == pytest.approx(ORACLES[case]["us_share"], abs=1e-8)


@pytest.mark.parametrize("case", PROFILES)
def test_through_the_model(case: str) -> None:
    model: Any = load_model("canada_us")()
    game, outcomes = model.game(), model.outcomes()
    ours, theirs = PROFILES[case]
    at = game.actions[0].index(ours), game.actions[1].index(theirs)
    for region, percent in ORACLES[case]["welfare_pct"].items():
        change, money = outcomes[f"welfare_pct.{region}"], outcomes[f"ev_usd_m.{region}"]
        assert (change.unit, money.unit) == ("%", "US$ million a year")
        assert change.values[at] == pytest.approx(percent, abs=1e-8)
        assert money.values[at] == pytest.approx(ORACLES[case]["ev_usd_m"][region], abs=2e-4)
    share = outcomes["us_share_of_goods_exports"].values[at]
    assert share == pytest.approx(ORACLES[case]["us_share"], abs=1e-8)
    for player, region in enumerate(("CAN", "USA")):
        # With nothing but welfare in it, the payoff is the equivalent variation.
        assert game.payoffs[player][at] == outcomes[f"ev_usd_m.{region}"].values[at]
    assert set(ORACLES) >= set(PROFILES)


@pytest.mark.parametrize(("data", "profile", "canada", "us"), FIRST_FIGURES)
def test_first_figures(data: str, profile: tuple[str, str], canada: str | None, us: str) -> None:
    model: Any = load_model("canada_us")(data=data)
    game = model.game()
    at = game.actions[0].index(profile[0]), game.actions[1].index(profile[1])
    assert canada is None or Printed(canada).matches(game.payoffs[0][at] / 1e3)
    assert Printed(us).matches(game.payoffs[1][at] / 1e3)


def test_an_oil_export_tax_alone() -> None:
    """10 % on crude oil and gas, no duty anywhere: Canada gains 1.7 bn, the US loses 3.6."""
    rates = np.zeros((len(WORLD.sectors), 2))
    rates[WORLD.sector("OIL")] = 0.10
    found = counterfactual(WORLD, {}, export_tax={("CAN", "USA"): rates})
    assert Printed("1.7").matches(found.ev[CANADA] / 1e3)
    assert Printed("-3.6").matches(found.ev[US] / 1e3)
    # Where oil earns a rent, its producers bear more of the tax: Canada gains less.
    fixed = WORLD.with_specific_share({"OIL": 0.6})
    with_rent = counterfactual(fixed, {}, export_tax={("CAN", "USA"): rates})
    assert with_rent.ev[CANADA] < found.ev[CANADA] - 100.0
    model: Any = load_model("canada_us")(oil_resource_share="0.6")
    assert_array_equal(model.world.specific_share, fixed.specific_share)


def test_the_baseline_us_share_of_canadian_goods_exports() -> None:
    by_code = [WORLD.sector(code) for code in GOODS]
    sold = WORLD.flows[CANADA][:, by_code].sum(axis=(1, 2))
    sold[CANADA] = 0.0
    assert US_SHARE.matches(float(sold[US] / sold.sum()))
    assert US_SHARE.matches(float(dependence.export_share(WORLD, WORLD.flows, "CAN", "USA", GOODS)))
    model: Any = load_model("canada_us")()
    shares = model.outcomes()["us_share_of_goods_exports"].values
    assert shares.shape == (3, 3)
    assert US_SHARE.matches(shares[0, 0])


def test_one_batch_gives_all() -> None:
    """The numbers do not depend on what is solved beside them."""
    none = Parts.plain(np.zeros((len(WORLD.sectors), 2)))
    each = [duties(case) for case in ORACLES]
    found = counterfactual(
        WORLD,
        {
            pair: Parts.stacked([one.get(pair, none) for one in each])
            for pair in (("CAN", "USA"), ("USA", "CAN"))
        },
    )
    assert_array_equal(found.converged, True)
    for index, case in enumerate(ORACLES):
        for region, percent in ORACLES[case]["welfare_pct"].items():
            value = 100 * (found.welfare[index, WORLD.region(region)] - 1.0)
            assert value == pytest.approx(percent, abs=1e-8)
