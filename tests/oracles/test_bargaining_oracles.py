"""Problems of bargaining, games and leverage with known answers, as far as they can be put yet.

Solved here, each to the tolerance it states: A01, A02, A03 and A05 in part, A08, G01, G02, H01, H04
and H05.

A smooth frontier is put as an inscribed polygon. Kalai-Smorodinsky and egalitarian points meet it
where a ray does: their error is that of a chord, of second order in the spacing. The Nash point on
a polygon may be off by a quarter of the spacing, and among points whose products of gains agree to
rounding (1e-16) none is preferred, so that no spacing does better than about 1e-8.

Left out, until the package can put them:

- A03: the utilitarian, Perles-Maschler and Raiffa solutions; A05: the Nash share, asked to 1e-9
  on a smooth frontier; A08: Raiffa's. Concepts and smooth frontiers of later work.
- B01, B02, B03, B05, B06, B07, B09, H02: alternating offers, breakdown risk, inside and outside
  options. The disagreement engine is later work.
- C01, C03, C04: agendas of several issues, Shapley and Owen values (L4).
- D01, D02, D04, D09: small trade models that belong in model files; D05, D06: the power to hurt
  (L6) and concentration of exports.
- E01, E02, E04, E06, E07: private information, attrition and moves in sequence.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Model, Talks, evaluate, parameter
from negotiation.bargaining import bargain
from negotiation.equilibria import solve
from negotiation.game import Array, Game
from negotiation.leverage import Leverage, score

Problem = dict[str, Any]

# In the folder `shared` beside the checkout.
ORACLES = Path(__file__).parents[3] / "shared" / "oracles" / "bargaining.json"
PROBLEMS: dict[str, Problem] = (
    {p["id"].partition("-")[0]: p for p in json.loads(ORACLES.read_text(encoding="utf-8"))}
    if ORACLES.exists()
    else {}
)
SIDES = ("canada", "us")

pytestmark = pytest.mark.skipif(not PROBLEMS, reason=f"{ORACLES} is not there")


def given(name: str) -> tuple[Any, Any, float]:
    """Inputs, expected answers and tolerance of a problem."""
    problem = PROBLEMS[name]
    return problem["inputs"], problem["expected"], float(problem["tolerance"])


def talks(agreement: AgreementSet, weight: float = 0.5) -> Talks:
    return Talks(SIDES, status_quo=(0.0, 0.0), agreement=agreement, weight=weight)


def solved(agreement: AgreementSet, d: Any, concept: str, weight: float = 0.5) -> Array:
    return bargain(talks(agreement, weight), d, concept).payoffs


def parabola(pieces: int) -> AgreementSet:
    """u2 = 1 - u1 ** 2 between u1 = 0 and 1, as an inscribed polygon."""
    x = np.linspace(0.0, 1.0, pieces + 1)
    return AgreementSet.frontier(np.stack([x, 1.0 - x**2], axis=-1))


def leverage(loss: Any, size: Any = None) -> Leverage:
    """Score talks over money from a status quo of zero, under the symmetric Nash solution."""
    d = -np.asarray(loss, dtype=float)
    over = talks(AgreementSet.money(0.0))
    return score(over, {"nash": bargain(over, d)}, d, None if size is None else np.array(size))


# --- A: axiomatic solutions ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["A01", "A02"])
def test_nash_with_transferable_utility(name: str) -> None:
    inputs, expected, tolerance = given(name)
    got = solved(AgreementSet.money(inputs["pi"]), inputs["d"], "nash", inputs["alpha"][0])
    np.testing.assert_allclose(got, expected["u"], rtol=0, atol=tolerance)


def test_a03_parabola() -> None:
    inputs, expected, tolerance = given("A03")
    # Nash: off by at most a quarter of the spacing in u1, by as much times 2 u1 < 1.2 in u2.
    pieces = 400_000
    assert 1.2 / (4 * pieces) < tolerance
    nash = solved(parabola(pieces), inputs["d"], "nash")
    np.testing.assert_allclose(nash, expected["nash"], rtol=0, atol=tolerance)
    for concept in ("kalai_smorodinsky", "egalitarian"):
        # A chord lies below the parabola by at most spacing ** 2 / 4.
        pieces = 1000
        assert 1 / (4 * pieces**2) < tolerance
        got = solved(parabola(pieces), inputs["d"], concept)
        np.testing.assert_allclose(got, expected[concept], rtol=0, atol=tolerance)


def test_the_error_of_an_inscribed_polygon_is_of_second_order_in_its_spacing() -> None:
    """Kalai-Smorodinsky on the parabola: (sqrt(5) - 1) / 2 for both, approached from below."""
    golden = (sqrt(5) - 1) / 2
    for pieces in (10, 100, 1000):
        got = solved(parabola(pieces), (0.0, 0.0), "kalai_smorodinsky")
        below = golden - got
        assert (below > -1e-15).all()
        assert (below <= 1 / (4 * pieces**2)).all()


def test_a05_risk_aversion() -> None:
    """u1 = sqrt(x) and u2 = 1 - x: the parabola again, with x = u1 ** 2."""
    inputs, expected, tolerance = given("A05")
    assert inputs["g"] == 0.5
    pieces = 30_000  # d x / d u1 = 2 u1 < 1.3 times the chord's 1 / (4 pieces ** 2)
    assert 1.3 / (4 * pieces**2) < tolerance
    u1, _ = solved(parabola(pieces), (0.0, 0.0), "kalai_smorodinsky")
    assert u1**2 == pytest.approx(expected["ks_money_share_1"], abs=tolerance)


def test_a08_linear_frontier() -> None:
    inputs, expected, tolerance = given("A08")
    frontier = AgreementSet.frontier([(0.0, 10.0), (5.0, 0.0)])
    for concept, name in (("nash", "nash"), ("kalai_smorodinsky", "ks"), ("egalitarian",) * 2):
        got = solved(frontier, inputs["d"], concept)
        np.testing.assert_allclose(got, expected[name], rtol=0, atol=tolerance)


# --- G: games in strategic form ------------------------------------------------------------------


def standoff(name: str) -> Game:
    inputs, _, _ = given(name)
    return Game(
        ("us", "canada"),
        (("Escalate", "Hold"), ("Retaliate", "Accommodate")),
        np.array([inputs["US"], inputs["CA"]], dtype=float),
    )


def test_g01_mixed() -> None:
    _, expected, tolerance = given("G01")
    got = solve(standoff("G01"))
    assert str(got.completeness) == "complete"
    assert not got.degenerate
    (only,) = got.at()
    assert expected["pure_ne"] == []
    assert only.strategies[0][0] == pytest.approx(expected["p_escalate"], abs=tolerance)
    assert only.strategies[1][0] == pytest.approx(expected["q_retaliate"], abs=tolerance)


def test_g02_regime_boundary() -> None:
    _, expected, tolerance = given("G02")
    got = solve(standoff("G02"))
    assert str(got.completeness) == "complete"
    assert bool(got.degenerate) == expected["degenerate"]
    found = got.at()
    assert {each.component for each in found} == {0}  # one continuum between the two ends
    assert [e.profile.split("/") for e in found if "%" not in e.profile] == expected["pure_ne"]
    assert all(each.strategies[0][0] == 1.0 for each in found)
    retaliate = sorted(float(each.strategies[1][0]) for each in found)
    np.testing.assert_allclose(
        retaliate, expected["extreme_q_retaliate_given_escalate"], rtol=0, atol=tolerance
    )


# --- H: leverage ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Toy(Model):
    """T0: without a deal Canada loses 80 (1 - theta), the United States 40."""

    theta: float = parameter(
        0.0, low=0, high=1, unit="share redirected", source="oracle H01", lever_of="canada"
    )

    players = SIDES
    actions = (("hold",), ("hold",))

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        return {("hold", "hold"): (-80.0 * (1.0 - self.theta), -40.0)}

    def talks(self) -> Talks:
        return talks(AgreementSet.money(0.0))

    def size(self) -> Array:
        return np.array([2000.0, 28000.0])


@pytest.mark.parametrize("row", range(5))
def test_h01_toy(row: int) -> None:
    _, expected, tolerance = given("H01")
    wanted = expected["rows"][row]
    outcome = evaluate(Toy(theta=wanted["theta"]), marginal=True)
    got = outcome.leverage
    assert got is not None
    l1, l2 = got.concession["nash"], got.asymmetry
    assert got.loss.tolist() == pytest.approx([wanted["lC"], wanted["lU"]], abs=tolerance)
    assert float(l1.delta[0]) == pytest.approx(wanted["delta_C"], abs=tolerance)
    assert float(l1.ncl[0]) == pytest.approx(wanted["NCL"], abs=tolerance)
    assert float(l1.exposure_share[0]) == pytest.approx(wanted["exposure_share_C"], abs=tolerance)
    assert float(l2.bounded) == pytest.approx(wanted["asym_abs_bounded"], abs=tolerance)
    if wanted["asym_abs"] is None:  # Canada loses nothing: said, not clipped
        assert float(l2.log_ratio) == float(l2.relative) == np.inf
        assert str(l2.status).startswith("infinite: ")
        assert str(l2.status).endswith("canada loses nothing without a deal")
    else:
        assert float(l2.log_ratio) == pytest.approx(wanted["asym_abs"], abs=tolerance)
        assert float(l2.relative) == pytest.approx(wanted["asym_rel"], abs=tolerance)
    # Delta is linear in theta. A second-order difference with steps of 1e-3 is exact but for
    # rounding: 1e-14 of numbers up to 80, divided by 1e-3, per percentage point.
    slope = got.marginal["theta"]
    for side, possible in ((slope.left, wanted["theta"] > 0), (slope.right, wanted["theta"] < 1)):
        per_point = float(side.total) / 100
        if possible:
            assert per_point == pytest.approx(wanted["marginal_per_pp"], abs=tolerance)
        else:
            assert np.isnan(per_point)


def test_h04_size_does_not_enter_nash_and_kalai_smorodinsky() -> None:
    inputs, expected, tolerance = given("H04")
    d = -np.array([inputs["lC"], inputs["lU"]], dtype=float)
    money = AgreementSet.money(0.0)
    y = np.array(inputs["Y"], dtype=float)
    # The same problem with payoffs as shares of each side's own size.
    shares = AgreementSet(money.start / y, money.direction / y, money.low, money.high)
    for concept, name in (("nash", "nash"), ("kalai_smorodinsky", "ks")):
        assert solved(money, d, concept)[0] == pytest.approx(expected[name], abs=tolerance)
        in_shares = solved(shares, d / y, concept) * y
        assert in_shares[0] == pytest.approx(expected[name], abs=tolerance)
    absolute, relative = solved(money, d, "egalitarian"), solved(shares, d / y, "egalitarian") * y
    assert absolute[0] == pytest.approx(expected["egalitarian_absolute"], abs=tolerance)
    assert relative[0] == pytest.approx(expected["egalitarian_gdp_relative"], abs=tolerance)


@pytest.mark.parametrize("gamma", [0, 1])
def test_h05_options_or_diversion(gamma: int) -> None:
    inputs, expected, tolerance = given("H05")
    wanted = expected[f"gamma{gamma}"]
    theta = np.array(inputs["theta"], dtype=float)
    loss = np.stack([80 * (1 - theta), 40 * (1 - gamma * theta)], axis=-1)
    got = leverage(loss).concession["nash"]  # one cloud of three points
    for k, t in enumerate(inputs["theta"]):
        delta, ncl = wanted[f"{t:g}"]
        assert got.delta[k, 0] == pytest.approx(delta, abs=tolerance)
        assert got.ncl[k, 0] == pytest.approx(ncl, abs=tolerance)
