"""All 32 problems of bargaining, threats, diversification and leverage with known answers.

Each is put through the public interface, from the numbers of the file, and solved to the tolerance
it states; none is a published band. Small trade models (D, E06, E07) are in `small_models`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Case, Model, Talks, World, evaluate, parameter
from negotiation.bargaining import (
    CONCEPTS,
    Delay,
    Packages,
    SmoothFrontier,
    agenda,
    alternating,
    attrition,
    bargain,
    beliefs,
    impasse,
    settle,
    shapley,
    take_it_or_leave_it,
    utilitarian,
)
from negotiation.games import solve
from negotiation.games.game import Array, Game
from negotiation.games.sequential import sequential
from negotiation.leverage import Leverage, score
from negotiation.regimes.thresholds import thresholds
from negotiation.study.attribution import attribute
from negotiation.trade import dependence
from tests.oracles.small_models import Demand, Escalation, LockIn, ThreeMarkets

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


def test_a03_every_concept_on_the_parabola() -> None:
    inputs, expected, tolerance = given("A03")
    over = Talks(SIDES, (0.0, 0.0), SmoothFrontier(lambda x: 1.0 - x**2, 0.0, 1.0))
    for concept in CONCEPTS:
        got = bargain(over, inputs["d"], concept).payoffs
        np.testing.assert_allclose(got, expected[concept], rtol=0, atol=tolerance)
    best = utilitarian(over, inputs["d"])
    np.testing.assert_allclose(best.ends, [expected["utilitarian"]] * 2, rtol=0, atol=tolerance)
    assert {*CONCEPTS, "utilitarian"} == set(expected)


def test_the_error_of_an_inscribed_polygon_is_of_second_order_in_its_spacing() -> None:
    """Kalai-Smorodinsky on the parabola: (sqrt(5) - 1) / 2 for both, approached from below."""
    golden = (sqrt(5) - 1) / 2
    for pieces in (10, 100, 1000):
        got = solved(parabola(pieces), (0.0, 0.0), "kalai_smorodinsky")
        below = golden - got
        assert (below > -1e-15).all()
        assert (below <= 1 / (4 * pieces**2)).all()


def test_a05_risk_aversion() -> None:
    inputs, expected, tolerance = given("A05")
    g = inputs["g"]
    over = Talks(SIDES, (0.0, 0.0), SmoothFrontier(lambda u: 1.0 - u ** (1.0 / g), 0.0, 1.0))
    for concept, name in (("nash", "nash"), ("kalai_smorodinsky", "ks")):
        share = bargain(over, (0.0, 0.0), concept).payoffs[0] ** (1.0 / g)
        assert share == pytest.approx(expected[f"{name}_money_share_1"], abs=tolerance)


def test_a08_linear_frontier() -> None:
    inputs, expected, tolerance = given("A08")
    frontier = AgreementSet.frontier([(0.0, 10.0), (5.0, 0.0)])
    for concept, name in (("nash", "nash"), ("kalai_smorodinsky", "ks"), *(("egalitarian",) * 2,)):
        got = solved(frontier, inputs["d"], concept)
        np.testing.assert_allclose(got, expected[name], rtol=0, atol=tolerance)
    got = solved(frontier, inputs["d"], "raiffa_discrete")
    np.testing.assert_allclose(got, expected["raiffa_discrete"], rtol=0, atol=tolerance)
    best = utilitarian(talks(frontier), inputs["d"])  # "corner (1,8)"
    np.testing.assert_allclose(best.ends, [[1.0, 8.0]] * 2, rtol=0, atol=tolerance)


# --- B: strategic bargaining ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["B01", "B02"])
def test_rubinstein(name: str) -> None:
    inputs, expected, tolerance = given(name)
    got = alternating(inputs.get("pie", 1.0), Delay.rounds(inputs["delta"])).first
    np.testing.assert_allclose(got, expected["u"], rtol=0, atol=tolerance)


def test_b03_an_outside_option_does_nothing_or_binds() -> None:
    inputs, expected, tolerance = given("B03")
    w = np.stack(np.broadcast_arrays(float(inputs["w1"]), inputs["w2"]), axis=-1)
    got = alternating(1.0, Delay.rounds(inputs["delta"]), outside=w)
    for side, name in enumerate(("u1", "u2")):
        np.testing.assert_allclose(got.first[:, side], expected[name], rtol=0, atol=tolerance)
    binds = np.asarray(inputs["w2"]) > expected["threshold"] + tolerance
    np.testing.assert_array_equal(got.first[binds, 1], np.asarray(inputs["w2"])[binds])
    # Taken for the disagreement point instead, it would split the difference.
    split = bargain(talks(AgreementSet.money(1.0)), w).payoffs
    np.testing.assert_allclose(
        split[:, 1], expected["split_the_difference_u2"], rtol=0, atol=tolerance
    )


def test_b05_breakdown() -> None:
    inputs, expected, tolerance = given("B05")
    delay = Delay.rounds((1.0, 1.0), breakdown=inputs["p"], after=inputs["b"])
    got = alternating(float(inputs["pi"]), delay).first
    np.testing.assert_allclose(got, expected["u"], rtol=0, atol=tolerance)
    limit = solved(AgreementSet.money(inputs["pi"]), inputs["b"], "nash")
    np.testing.assert_allclose(limit, expected["limit_p0"], rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", ["B06", "B07"])
def test_inside_options(name: str) -> None:
    inputs, expected, tolerance = given(name)
    hazard, after = inputs.get("lam", 0.0), inputs.get("b", (0.0, 0.0))
    found = impasse(inside=inputs["g"], discount=inputs["r"], hazard=hazard, after=after)
    np.testing.assert_allclose(found.disagreement, expected["d"], rtol=0, atol=tolerance)
    assert float(found.weight) == pytest.approx(expected["weight1"], abs=tolerance)
    pie = AgreementSet.money(inputs["pi"])
    got = solved(pie, found.disagreement, "nash", float(found.weight))
    np.testing.assert_allclose(got, expected["u"], rtol=0, atol=tolerance)
    often = Delay.lasting(
        1e-7, discount=inputs["r"], inside=inputs["g"], hazard=hazard, after=after
    )
    got = alternating(float(inputs["pi"]), often).first
    np.testing.assert_allclose(got, expected["u"], rtol=0, atol=tolerance)


def test_b09_short_rounds() -> None:
    inputs, expected, tolerance = given("B09")
    got = alternating(1.0, Delay.lasting(inputs["dt"], discount=inputs["r"])).first
    assert got[0] == pytest.approx(expected["discrete_u1"], abs=tolerance)
    limit = impasse(inside=(0.0, 0.0), discount=inputs["r"]).weight
    assert float(limit) == pytest.approx(expected["limit_u1"], abs=tolerance)


# --- C: several issues, attribution ---------------------------------------------------------------


def test_c01_log_rolling() -> None:
    inputs, expected, tolerance = given("C01")
    # A divisible issue is a lottery over who has it; option 0: it stays open.
    issues = [
        np.array([[0.0, one, 0.0], [0.0, 0.0, other]])
        for one, other in zip(inputs["values_C"], inputs["values_U"], strict=True)
    ]
    over = Packages(
        players=SIDES,
        tables=("first", "second"),
        options=(("open", "to canada", "to the us"),) * 2,
        payoffs=issues[0][:, :, None] + issues[1][:, None, :],
    )
    whole = settle(over, inputs["d"], "nash").payoffs
    np.testing.assert_allclose(whole, expected["package_nash"], rtol=0, atol=tolerance)
    for order in (("first", "second"), ("second", "first")):
        by_issue = agenda(over, order, inputs["d"]).payoffs
        np.testing.assert_allclose(by_issue, expected["issue_by_issue"], rtol=0, atol=tolerance)
    gain = whole.sum() - by_issue.sum()
    assert gain == pytest.approx(expected["linkage_gain_total"], abs=tolerance)


@dataclass(frozen=True)
class Tables(Model):
    """Losses without a deal by issue, and what the failure of two together adds."""

    m: Any = parameter(1.0, low=0, high=1, unit="share", source="oracle", stake="M")
    a: Any = parameter(1.0, low=0, high=1, unit="share", source="oracle", stake="A")
    f: Any = parameter(1.0, low=0, high=1, unit="share", source="oracle", stake="F")

    players = SIDES
    actions = (("hold",), ("hold",))

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        inputs, _, _ = given("C03")
        at_stake = {"M": self.m, "A": self.a, "F": self.f}
        losses = [
            sum(inputs[f"l{side}"][name] * share for name, share in at_stake.items())
            + inputs["interaction_MA"][side] * self.m * self.a
            for side in "CU"
        ]
        return {("hold", "hold"): (-losses[0], -losses[1])}

    def talks(self) -> Talks:
        return talks(AgreementSet.money(0.0))


def test_c03_shapley_of_tables() -> None:
    _, expected, tolerance = given("C03")
    names = "MAF"
    worth = [
        expected["v"]["".join(n for k, n in enumerate(names) if mask >> k & 1)] for mask in range(8)
    ]
    wanted = [expected["shapley"][name] for name in names]
    np.testing.assert_allclose(shapley.shapley(worth), wanted, rtol=0, atol=tolerance)
    pairs = shapley.interaction(worth)
    assert pairs[0, 1] == pytest.approx(expected["interaction_index_MA"], abs=tolerance)
    # The same from a model, every coalition of whose tables is solved.
    found = attribute(Tables(), by="tables")
    assert found.tables == tuple(names)
    np.testing.assert_allclose(found.table, wanted, rtol=0, atol=tolerance)
    assert float(found.table.sum()) == pytest.approx(expected["total"], abs=tolerance)
    assert found.interaction[0, 1] == pytest.approx(expected["interaction_index_MA"], abs=tolerance)


def test_c04_owen_of_sectors() -> None:
    inputs, expected, tolerance = given("C04")
    names = list(inputs["lC"])
    unions = [[names.index(each) for each in union] for union in inputs["unions"]]

    def worth(mask: int) -> float:
        inside = {name for k, name in enumerate(names) if mask >> k & 1}
        linked = "au" in inside and bool(inside & {"st", "al"})
        loss = [
            sum(inputs[side][name] for name in inside) + extra * linked
            for side, extra in (("lC", 4), ("lU", 8))
        ]
        return float(loss[1] - loss[0]) / 2.0

    values = [worth(mask) for mask in range(2 ** len(names))]
    for found, key in (
        (shapley.owen(values, unions), "owen"),
        (shapley.shapley(values), "shapley_ignoring_tables"),
    ):
        wanted = [expected[key][name] for name in names]
        np.testing.assert_allclose(found, wanted, rtol=0, atol=tolerance)
    totals = shapley.shapley(shapley.quotient(values, unions))
    np.testing.assert_allclose(
        totals, list(expected["union_totals"].values()), rtol=0, atol=tolerance
    )


# --- D: trade -------------------------------------------------------------------------------------


def test_d01_optimal_tariffs_fall_with_diversification() -> None:
    inputs, expected, tolerance = given("D01")
    model = ThreeMarkets(
        theta=np.array(inputs["theta"], dtype=float),
        us_buyers=inputs["n_u"],
        home_buyers=inputs["n_c"],
        other_buyers=inputs["n_r"],
        endowment=inputs["e"],
    )
    np.testing.assert_allclose(model.optimal_tariff(), expected["t_star"], rtol=0, atol=tolerance)
    _, gain = model.effects()
    np.testing.assert_allclose(gain, expected["us_gain_from_tariff"], rtol=0, atol=tolerance)


def test_d02_where_the_tariff_stops_paying() -> None:
    inputs, expected, tolerance = given("D02")
    found = thresholds(
        Case(ThreeMarkets, {"political_cost": inputs["F"]}), "theta=0:2", when="us: tax -> refrain"
    )
    (only,) = found.events
    assert only.value == pytest.approx(expected["theta_star"], abs=tolerance)
    at = ThreeMarkets(theta=only.value)
    assert at.optimal_tariff() == pytest.approx(expected["t_star_at_threshold"], abs=tolerance)
    assert ThreeMarkets().effects()[1] == pytest.approx(expected["G0"], abs=tolerance)


def test_d04_diversification_against_enforcement() -> None:
    inputs, expected, tolerance = given("D04")
    model = ThreeMarkets(theta=np.array(inputs["theta"], dtype=float))
    critical = model.free_trade().critical
    for side, name in enumerate(("Canada", "US")):
        np.testing.assert_allclose(
            critical[..., side], expected[f"delta_star_{name}"], rtol=0, atol=tolerance
        )
    np.testing.assert_allclose(
        -np.asarray(model.effects()[0]),
        expected["canada_loss_from_us_tariff"],
        rtol=0,
        atol=tolerance,
    )


def test_d05_the_power_to_exclude() -> None:
    """One sector, bought from a partner in part: the score L6 of a world with those shares."""
    inputs, expected, tolerance = given("D05")
    for omega, loss in zip(inputs["omega"], expected["L"], strict=True):
        sales = np.array([[1.0 - omega, 1e-3], [omega, 1.0]])[:, :, None, None] * [0.0, 1.0]
        world = World.from_arrays(
            regions=("home", "partner"),
            sectors=("only",),
            flows=sales,
            trade_elasticity=[inputs["sigma"] - 1.0],
        )
        got = dependence.exclusion_power(world)[1, 0]
        assert got == pytest.approx(inputs["beta"] * loss, abs=tolerance)


@pytest.mark.parametrize("when", ["shares_before", "shares_after"])
def test_d06_concentration_of_partners(when: str) -> None:
    inputs, expected, tolerance = given("D06")
    k = ("shares_before", "shares_after").index(when)
    shares = np.array(inputs[when])
    count = len(shares) + 1
    sales = np.zeros((count, count, 1, 2))
    sales[np.arange(count), np.arange(count), 0, 1] = 1.0
    sales[0, 1:, 0, 1] = shares
    world = World.from_arrays(
        regions=tuple("habcde"), sectors=("only",), flows=sales, trade_elasticity=[4.0]
    )
    index = dependence.partner_concentration(world)[0]
    assert index == pytest.approx(expected["HHI"][k], abs=tolerance)
    assert sqrt(index) == pytest.approx(expected["hirschman_index"][k], abs=tolerance)
    assert 1.0 / index == pytest.approx(expected["effective_partners"][k], abs=tolerance)


def test_d09_lock_in_before_the_talks() -> None:
    inputs, expected, tolerance = given("D09")

    def worth(sunk: float) -> float:
        outcome = evaluate(LockIn(sunk=sunk, gain=inputs["g"], exposure=inputs["k"]))
        deal = outcome.agreements["nash"]
        # With nothing to gain each side has what it has without a deal.
        return float(np.where(np.isnan(deal.payoffs), deal.disagreement, deal.payoffs)[0])

    assert worth(0.0) == pytest.approx(expected["u_C_z0"], abs=tolerance)
    assert worth(1.0) == pytest.approx(expected["u_C_z1"], abs=tolerance)
    assert (worth(1.0) < expected["autarky"]) == expected["worse_than_autarky"]
    assert inputs["g"] == expected["critical_k"]  # u_C = 1 + (g - k) z / 2


# --- E: threats and private information ----------------------------------------------------------


@pytest.mark.parametrize("name", ["E01", "E02"])
def test_take_it_or_leave_it(name: str) -> None:
    inputs, expected, tolerance = given(name)
    belief = beliefs.uniform(inputs["a"], inputs["b"])
    got = take_it_or_leave_it(inputs["pi"], inputs["dU"], belief)
    assert float(got.offer) == pytest.approx(expected["offer"], abs=tolerance)
    assert float(got.breakdown) == pytest.approx(expected["p_breakdown"], abs=tolerance)


def test_e04_attrition() -> None:
    inputs, expected, tolerance = given("E04")
    got = attrition(cost=inputs["c"], prize=inputs["V"])
    np.testing.assert_allclose(got.hazard, expected["h"], rtol=0, atol=tolerance)
    assert float(got.duration) == pytest.approx(expected["mean_duration"], abs=tolerance)
    assert float(got.concedes[0]) == pytest.approx(expected["p1_concedes"], abs=tolerance)


def test_e06_escalation_is_a_cliff() -> None:
    inputs, expected, tolerance = given("E06")
    found = sequential(Escalation(theta=np.array(inputs["theta"], dtype=float)).game())
    np.testing.assert_allclose(
        found.pessimistic_payoffs,
        np.stack([expected["u_US"], expected["u_C"]], axis=-1),
        rtol=0,
        atol=tolerance,
    )
    margins = [
        float(
            sequential(Escalation(theta=expected["theta_star"] + e).game()).pessimistic_payoffs[0]
        )
        for e in (-1e-8, 1e-8)
    ]
    assert margins == pytest.approx([5.0, 0.0], abs=tolerance)


def test_e07_an_endogenous_demand_is_smooth() -> None:
    inputs, expected, tolerance = given("E07")
    theta = np.array(inputs["theta"], dtype=float)
    demand = Demand(theta=theta).acceptable()
    np.testing.assert_allclose(demand, expected["demand"], rtol=0, atol=tolerance)
    found = sequential(Demand(theta=theta, demand=demand).game()).optimistic_payoffs
    np.testing.assert_allclose(found[..., 0], expected["u_US"], rtol=0, atol=tolerance)
    np.testing.assert_allclose(found[..., 1], expected["u_C"], rtol=0, atol=tolerance)
    last = Demand(theta=expected["theta_star"]).acceptable()
    assert float(last) == pytest.approx(1.0, abs=tolerance)  # what escalating costs


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


@pytest.mark.parametrize("row", range(6))
def test_h02_inside_or_outside(row: int) -> None:
    """An option moves the deal by nothing until walking out pays, and then dollar for dollar."""
    _, expected, tolerance = given("H02")
    wanted = expected["rows"][row]
    w = np.array([wanted["w_C"], 20.0])
    over = talks(AgreementSet.money(100.0))
    as_threat = bargain(over, w)
    if np.isnan(as_threat.payoffs).any():  # 80 + 20 leaves nothing to gain: the fallback is all
        assert wanted["nash_u_C"] == w[0]
    else:
        assert as_threat.payoffs[0] == pytest.approx(wanted["nash_u_C"], abs=tolerance)
    staying = bargain(over, (0.0, 0.0)).payoffs
    as_option = bargain(over, (0.0, 0.0), outside=w)
    assert as_option.payoffs[0] == pytest.approx(wanted["oop_u_C"], abs=tolerance)
    assert w[0] - staying[0] == pytest.approx(wanted["credibility_margin"], abs=tolerance)
    belief = beliefs.normal(wanted["w_C"], 10.0)
    chance = float(beliefs.credible(belief, staying[0]))
    assert chance == pytest.approx(wanted["p_credible_sd10"], abs=tolerance)
    # Dollars of the deal per unit of theta, w_C = 80 theta: from the side that stays in [0, 1].
    step = -1e-6 if wanted["theta"] == 1 else 1e-6
    moved = w + np.array([80.0 * step, 0.0])
    option = bargain(over, (0.0, 0.0), outside=moved).payoffs[0] - as_option.payoffs[0]
    assert option / step == pytest.approx(wanted["d_oop"], abs=1e-6)
    if wanted["theta"] < 1:
        threat = bargain(over, moved).payoffs[0] - as_threat.payoffs[0]
        assert threat / step == pytest.approx(wanted["d_nash"], abs=1e-6)


def test_every_problem_of_the_file_is_here() -> None:
    told = Path(__file__).read_text(encoding="utf-8")
    missing = [
        name for name in PROBLEMS if f'given("{name}")' not in told and f'"{name}"' not in told
    ]
    assert not missing
    assert len(PROBLEMS) == 32
    bands = [name for name, problem in PROBLEMS.items() if problem["tolerance"] is None]
    assert not bands, "a published band is to be reported, not asserted"
