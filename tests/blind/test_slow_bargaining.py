"""The slow bargaining against the oracle problems and against theorems, not the library."""

from __future__ import annotations

import functools
import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.blind import slow_bargaining as slow
from tests.blind.slow_bargaining import Frontier, Offers, Pair

ORACLES = Path(__file__).parents[3] / "shared" / "oracles" / "bargaining.json"

oracles = pytest.mark.skipif(
    not ORACLES.is_file(), reason="shared/oracles/bargaining.json is not beside this checkout"
)

#: All that gives one point from a frontier and a disagreement point.
SOLUTIONS: dict[str, Callable[[Frontier, Pair], Pair]] = {
    "nash": slow.nash,
    "kalai_smorodinsky": slow.kalai_smorodinsky,
    "egalitarian": slow.egalitarian,
    "raiffa_discrete": slow.raiffa_discrete,
    "raiffa_continuous": slow.raiffa_continuous,
    "perles_maschler": slow.perles_maschler,
}

#: The same in little time: steps of the path follow the units too, so their size is no matter.
COARSE = SOLUTIONS | {"raiffa_continuous": lambda f, d: slow.raiffa_continuous(f, d, 0.1)}


def problem(start: str) -> tuple[Any, Any, float]:
    """Return inputs, expected answers and tolerance of the problem with this number."""
    (found,) = [p for p in json.loads(ORACLES.read_text()) if p["id"].startswith(f"{start}-")]
    return found["inputs"], found["expected"], found["tolerance"]


def close(actual: object, expected: object, tolerance: float) -> None:
    assert_allclose(np.asarray(actual), np.asarray(expected), rtol=0.0, atol=tolerance)


def parabola() -> Frontier:
    return slow.smooth(
        0.0, 1.0, lambda x: 1.0 - x * x, lambda x: -2.0 * x, lambda y: math.sqrt(1.0 - y)
    )


# --- oracle problems: solutions -------------------------------------------------------------------


@oracles
@pytest.mark.parametrize("number", ["A01", "A02"])
def test_money_to_divide(number: str) -> None:
    given, wanted, tolerance = problem(number)
    d = (given["d"][0], given["d"][1])
    close(slow.nash(slow.pie(given["pi"], d), d, given["alpha"][0]), wanted["u"], tolerance)


@oracles
def test_all_solutions_on_a_parabola() -> None:
    _, wanted, tolerance = problem("A03")
    for name, solution in SOLUTIONS.items():
        close(solution(parabola(), (0.0, 0.0)), wanted[name], tolerance)
    for end in slow.utilitarian(parabola(), (0.0, 0.0)):
        close(end, wanted["utilitarian"], tolerance)


@oracles
def test_a_fine_polygon_has_the_solutions_of_the_parabola() -> None:
    _, wanted, _ = problem("A03")
    grid = np.linspace(0.0, 1.0, 201)
    frontier = slow.polygon([(float(x), float(1.0 - x * x)) for x in grid])
    # slopes are wrong by the size of an edge, 1/200, and so is a tangency; areas by its square
    for name, solution in SOLUTIONS.items():
        if name != "raiffa_continuous":  # two hundred vertices cut its steps for nothing
            close(solution(frontier, (0.0, 0.0)), wanted[name], 1.0 / 200.0)


@oracles
def test_risk_aversion() -> None:
    given, wanted, tolerance = problem("A05")
    g = given["g"]
    frontier = slow.smooth(
        0.0, 1.0, lambda u: 1.0 - u ** (1.0 / g), lambda u: -(1.0 / g) * u ** (1.0 / g - 1.0)
    )
    money = slow.nash(frontier, (0.0, 0.0))[0] ** (1.0 / g)
    close(money, wanted["nash_money_share_1"], tolerance)
    money = slow.kalai_smorodinsky(frontier, (0.0, 0.0))[0] ** (1.0 / g)
    close(money, wanted["ks_money_share_1"], tolerance)


@oracles
def test_linear_frontier() -> None:
    given, wanted, tolerance = problem("A08")
    d = (given["d"][0], given["d"][1])
    frontier = slow.pie(10.0, d, rate=2.0)
    close(slow.nash(frontier, d), wanted["nash"], tolerance)
    close(slow.kalai_smorodinsky(frontier, d), wanted["ks"], tolerance)
    close(slow.raiffa_discrete(frontier, d), wanted["raiffa_discrete"], tolerance)
    close(slow.raiffa_continuous(frontier, d), wanted["raiffa_discrete"], tolerance)
    close(slow.perles_maschler(frontier, d), wanted["raiffa_discrete"], tolerance)
    close(slow.egalitarian(frontier, d), wanted["egalitarian"], tolerance)
    close(slow.utilitarian(frontier, d), [(1.0, 8.0), (1.0, 8.0)], tolerance)


# --- oracle problems: alternating offers ----------------------------------------------------------


@oracles
@pytest.mark.parametrize("number", ["B01", "B02"])
def test_rubinstein(number: str) -> None:
    given, wanted, tolerance = problem(number)
    game = Offers(slow.pie(given.get("pie", 1.0)), (given["delta"][0], given["delta"][1]))
    for start in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)):
        close(slow.infinite_offers(game, start=start).u, wanted["u"], tolerance)
    close(slow.stationary_offers(game)[0], wanted["u"], tolerance)
    close(slow.finite_offers(game, 400)[0].u, wanted["u"], tolerance)


@oracles
def test_deal_me_out() -> None:
    given, wanted, tolerance = problem("B03")
    delta = (given["delta"][0], given["delta"][1])
    for k, w2 in enumerate(given["w2"]):
        game = Offers(slow.pie(1.0), delta, outside=(given["w1"], w2))
        found = slow.infinite_offers(game)
        assert found.deal
        close(found.u, (wanted["u1"][k], wanted["u2"][k]), tolerance)
        close(slow.stationary_offers(game)[0], found.u, tolerance)
        split = slow.nash(slow.pie(1.0), (given["w1"], w2))
        close(split[1], wanted["split_the_difference_u2"][k], tolerance)
    assert wanted["threshold"] == pytest.approx(delta[0] / (1.0 + delta[0]), abs=tolerance)


@oracles
def test_breakdown() -> None:
    given, wanted, tolerance = problem("B05")
    b = (given["b"][0], given["b"][1])
    frontier = slow.pie(given["pi"])
    game = Offers(frontier, (1.0, 1.0), breakdown=given["p"], fallback=b)
    close(slow.infinite_offers(game).u, wanted["u"], tolerance)
    close(slow.nash(frontier, b), wanted["limit_p0"], tolerance)
    rare = Offers(frontier, (1.0, 1.0), breakdown=1e-6, fallback=b)
    close(slow.stationary_offers(rare)[0], wanted["limit_p0"], 5.0 * 1e-6)


@oracles
@pytest.mark.parametrize("number", ["B06", "B07"])
def test_impasse(number: str) -> None:
    given, wanted, tolerance = problem(number)
    rate, flow = (given["r"][0], given["r"][1]), (given["g"][0], given["g"][1])
    hazard = given.get("lam", 0.0)
    b = tuple(given.get("b", (0.0, 0.0)))
    d, weight = slow.impasse(rate, flow, (b[0], b[1]), hazard)
    close(d, wanted["d"], tolerance)
    close(weight, wanted["weight1"], tolerance)
    frontier = slow.pie(given["pi"])
    close(slow.nash(frontier, d, weight), wanted["u"], tolerance)
    game = slow.in_short_periods(frontier, rate, flow, (b[0], b[1]), hazard, 1e-6)
    for deal in slow.stationary_offers(game):
        close(deal, wanted["u"], tolerance)


@oracles
def test_patience() -> None:
    given, wanted, tolerance = problem("B09")
    rate = (given["r"][0], given["r"][1])
    nothing = (0.0, 0.0)
    game = slow.in_short_periods(slow.pie(1.0), rate, nothing, nothing, 0.0, given["dt"])
    close(slow.stationary_offers(game)[0][0], wanted["discrete_u1"], tolerance)
    close(slow.infinite_offers(game).u[0], wanted["discrete_u1"], tolerance)
    d, weight = slow.impasse(rate, nothing, nothing, 0.0)
    close(slow.nash(slow.pie(1.0), d, weight)[0], wanted["limit_u1"], tolerance)


# --- oracle problems: tables, attribution, screening ----------------------------------------------


@oracles
def test_logrolling() -> None:
    given, wanted, tolerance = problem("C01")
    payoffs = np.zeros((3, 3, 2))  # options: unsettled, all to Canada, all to the United States
    for i, j in itertools.product(range(3), repeat=2):
        for table, option in enumerate((i, j)):
            payoffs[i, j, 0] += given["values_C"][table] * (option == 1)
            payoffs[i, j, 1] += given["values_U"][table] * (option == 2)
    for order in ((0, 1), (1, 0)):
        close(slow.agenda(payoffs, order), wanted["issue_by_issue"], tolerance)
    together = slow.package(payoffs)
    close(together, wanted["package_nash"], tolerance)
    gain = sum(together) - sum(wanted["issue_by_issue"])
    close(gain, wanted["linkage_gain_total"], tolerance)


def concession(given: Any, extra: Pair, together: Callable[[slow.Coalition], bool]) -> slow.Worth:
    """Return v(T) = (loss of the US - loss of Canada)/2 with the members of T at stake."""

    @functools.cache
    def worth(at_stake: slow.Coalition) -> float:
        lost = [sum(given[side][k] for k in at_stake) for side in ("lC", "lU")]
        lost = [x + more * together(at_stake) for x, more in zip(lost, extra, strict=True)]
        d = (-lost[0], -lost[1])
        return slow.nash(slow.pie(0.0, d), d)[0]

    return worth


@oracles
def test_shapley_of_tables() -> None:
    given, wanted, tolerance = problem("C03")
    extra = (given["interaction_MA"]["C"], given["interaction_MA"]["U"])
    worth = concession(given, extra, lambda t: {"M", "A"} <= t)
    for name, value in wanted["v"].items():
        close(worth(frozenset(name)), value, tolerance)
    players = ["M", "A", "F"]
    found = slow.shapley(players, worth)
    close([found[k] for k in players], [wanted["shapley"][k] for k in players], tolerance)
    close(sum(found.values()), wanted["total"], tolerance)
    index = slow.interaction(players, worth, "M", "A")
    close(index, wanted["interaction_index_MA"], tolerance)


@oracles
def test_owen_of_sectors() -> None:
    given, wanted, tolerance = problem("C04")
    worth = concession(given, (4.0, 8.0), lambda t: "au" in t and ("st" in t or "al" in t))
    found = slow.owen(given["unions"], worth)
    close([found[k] for k in found], [wanted["owen"][k] for k in found], tolerance)
    flat = slow.shapley(list(found), worth)
    expected = wanted["shapley_ignoring_tables"]
    close([flat[k] for k in found], [expected[k] for k in found], tolerance)
    totals = [sum(found[k] for k in union) for union in given["unions"]]
    close(totals, list(wanted["union_totals"].values()), tolerance)


@oracles
def test_exclusion() -> None:
    given, wanted, tolerance = problem("D05")
    found = [slow.exclusion_loss(given["beta"], given["sigma"], o) for o in given["omega"]]
    close(found, wanted["L"], tolerance)


@oracles
def test_diversification_and_temptation() -> None:
    given, wanted, tolerance = problem("D04")
    tariffs, _, _ = problem("D01")
    us_gain = dict(zip(tariffs["theta"], problem("D01")[1]["us_gain_from_tariff"], strict=True))
    gain, loss = us_gain[0], wanted["canada_loss_from_us_tariff"]
    for k, theta in enumerate(given["theta"]):
        # free trade is worth nothing more or less; in a tariff war each gains and loses
        canada = slow.critical_discount(0.0, gain, gain - loss[k])
        america = slow.critical_discount(0.0, us_gain[theta], us_gain[theta] - loss[0])
        close(canada, wanted["delta_star_Canada"][k], tolerance)
        close(america, wanted["delta_star_US"][k], tolerance)


@oracles
@pytest.mark.parametrize("number", ["E01", "E02"])
def test_take_it_or_leave_it(number: str) -> None:
    given, wanted, tolerance = problem(number)
    offer, lost = slow.take_it_or_leave_it(given["pi"], given["dU"], given["a"], given["b"])
    close((offer, lost), (wanted["offer"], wanted["p_breakdown"]), tolerance)


@oracles
def test_attrition() -> None:
    given, wanted, tolerance = problem("E04")
    hazard, duration, concedes = slow.attrition(
        (given["c"][0], given["c"][1]), (given["V"][0], given["V"][1])
    )
    close(hazard, wanted["h"], tolerance)
    close((duration, concedes), (wanted["mean_duration"], wanted["p1_concedes"]), tolerance)


# --- oracle problems: leverage --------------------------------------------------------------------


def divided(lost: Pair) -> slow.NetConcession:
    """Return L1 of Canada when the status quo, worth nothing to both, is divided anew."""
    d = (-lost[0], -lost[1])
    return slow.net_concession(slow.nash(slow.pie(0.0, d), d), (0.0, 0.0), d)


@oracles
def test_toy_of_losses() -> None:
    given, wanted, tolerance = problem("H01")
    assert [row["theta"] for row in wanted["rows"]] == given["theta"]
    for row in wanted["rows"]:
        found = divided((row["lC"], row["lU"]))
        close(found.delta, row["delta_C"], tolerance)
        close((found.ncl, found.power - found.exposure), (row["NCL"], row["NCL"]), tolerance)
        close(found.exposure, row["exposure_share_C"], tolerance)
        absolute, relative, bounded = slow.asymmetry(row["lC"], row["lU"], (2000.0, 28000.0))
        close(bounded, row["asym_abs_bounded"], tolerance)
        if row["asym_abs"] is None:
            assert (absolute, relative) == (math.inf, math.inf)
        else:
            close((absolute, relative), (row["asym_abs"], row["asym_rel"]), tolerance)
        step = 2.0**-10
        for way in (-step, step):
            moved = divided((80.0 * (1.0 - row["theta"] - way), 40.0))
            close((moved.delta - found.delta) / way / 100.0, row["marginal_per_pp"], tolerance)


@oracles
def test_toy_of_options() -> None:
    given, wanted, tolerance = problem("H02")
    frontier = slow.pie(100.0)
    equal = slow.nash(frontier, (0.0, 0.0))

    def found(theta: float) -> Pair:
        w = (80.0 * theta, 20.0)
        deal = slow.with_outside(frontier, equal, w)
        assert deal is not None
        return slow.nash(frontier, w)[0], deal[0]

    assert [row["theta"] for row in wanted["rows"]] == given["theta"]
    for row in wanted["rows"]:
        theta = row["theta"]
        close(found(theta), (row["nash_u_C"], row["oop_u_C"]), tolerance)
        close(80.0 * theta - equal[0], row["credibility_margin"], tolerance)
        z = (80.0 * theta - equal[0]) / 10.0
        close(0.5 * math.erfc(-z / math.sqrt(2.0)), row["p_credible_sd10"], tolerance)
        step = 2.0**-10 if theta < 1.0 else -(2.0**-10)  # beyond 1 the walk-outs do not fit
        slopes = [(b - a) / step for a, b in zip(found(theta), found(theta + step), strict=True)]
        close(slopes, (row["d_nash"], row["d_oop"]), tolerance)
    assert slow.with_outside(frontier, equal, (80.1, 20.0)) is None


@oracles
def test_size_is_irrelevant() -> None:
    given, wanted, tolerance = problem("H04")
    y = (float(given["Y"][0]), float(given["Y"][1]))
    d = (-float(given["lC"]), -float(given["lU"]))
    money = slow.pie(0.0, d)
    scaled = slow.polygon([(x / y[0], u / y[1]) for x, u in money.kinks])
    scaled_d = (d[0] / y[0], d[1] / y[1])
    for name, solution in (("nash", slow.nash), ("ks", slow.kalai_smorodinsky)):
        close(solution(money, d)[0], wanted[name], tolerance)
        close(solution(scaled, scaled_d)[0] * y[0], wanted[name], tolerance)
    close(slow.egalitarian(money, d)[0], wanted["egalitarian_absolute"], tolerance)
    for relative in (
        slow.proportional(money, d, y)[0],
        slow.egalitarian(scaled, scaled_d)[0] * y[0],
    ):
        close(relative, wanted["egalitarian_gdp_relative"], tolerance)


@oracles
def test_option_or_diversion() -> None:
    given, wanted, tolerance = problem("H05")
    for gamma, theta in itertools.product(given["gamma"], given["theta"]):
        found = divided((80.0 * (1.0 - theta), 40.0 * (1.0 - gamma * theta)))
        close((found.delta, found.ncl), wanted[f"gamma{gamma}"][str(theta)], tolerance)


# --- theorems: solutions --------------------------------------------------------------------------


def drawn(seed: int, kind: str = "inside", edges: int = 4) -> tuple[Frontier, Pair]:
    rng = np.random.default_rng(seed)
    vertices = slow.random_vertices(rng, edges)
    return slow.polygon(vertices), slow.random_disagreement(rng, vertices, kind)


@pytest.mark.parametrize("kind", ["inside", "below"])
@pytest.mark.parametrize("seed", range(4))
def test_solutions_are_efficient_and_better_than_nothing(seed: int, kind: str) -> None:
    frontier, d = drawn(seed, kind)
    best = slow.ideal(frontier, d)
    for name, solution in SOLUTIONS.items():
        u = solution(frontier, d)
        assert d[0] < u[0] <= best[0] + 1e-12, name
        assert d[1] < u[1] <= best[1] + 1e-12, name
        if name != "egalitarian" or kind == "inside":
            close(frontier.height(u[0]), u[1], 1e-10)
    gains = [a - b for a, b in zip(slow.egalitarian(frontier, d), d, strict=True)]
    close(gains[0], gains[1], 1e-12)
    gains = [a - b for a, b in zip(slow.kalai_smorodinsky(frontier, d), d, strict=True)]
    close(gains[0] * (best[1] - d[1]), gains[1] * (best[0] - d[0]), 1e-12)


@pytest.mark.parametrize("kind", ["inside", "below"])
@pytest.mark.parametrize("seed", range(3))
def test_solutions_follow_the_units(seed: int, kind: str) -> None:
    frontier, d = drawn(100 + seed, kind)
    scale, shift = (3.0, 0.25), (-2.0, 5.0)

    def convert(u: Pair) -> Pair:
        return scale[0] * u[0] + shift[0], scale[1] * u[1] + shift[1]

    other = slow.polygon([convert(v) for v in frontier.kinks])
    for name, solution in COARSE.items():
        if name != "egalitarian":
            close(solution(other, convert(d)), convert(solution(frontier, d)), 1e-10)
    mirror = slow.polygon([(y, x) for x, y in reversed(frontier.kinks)])
    for solution in COARSE.values():
        close(solution(mirror, d[::-1]), solution(frontier, d)[::-1], 1e-10)
    close(slow.nash(mirror, d[::-1], 0.3), slow.nash(frontier, d, 0.7)[::-1], 1e-10)


@pytest.mark.parametrize("weight", [0.0, 0.2, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_nash_is_the_best_of_the_edges(seed: int, weight: float) -> None:
    frontier, d = drawn(200 + seed, ["inside", "below"][seed % 2])
    low, high = slow.rational(frontier, d)
    best, at = -math.inf, (math.nan, math.nan)
    for (x0, y0), (x1, y1) in itertools.pairwise(frontier.kinks):
        rate = (y0 - y1) / (x1 - x0)  # on the line, share out the surplus by weight
        surplus = (y0 - d[1]) / rate + x0 - d[0]
        u1 = min(max(d[0] + weight * surplus, x0, low), x1, high)
        u2 = y0 - rate * (u1 - x0)
        if u1 < max(x0, low) or u2 < d[1] - 1e-12:
            continue
        value = max(u1 - d[0], 0.0) ** weight * max(u2 - d[1], 0.0) ** (1.0 - weight)
        if value > best:
            best, at = value, (u1, u2)
    close(slow.nash(frontier, d, weight), at, 1e-12)


@pytest.mark.parametrize("seed", [0, 1, 3])  # 2 ends on a straight piece: no error at all
def test_the_raiffa_path_does_not_depend_on_the_step(seed: int) -> None:
    frontier, d = drawn(300 + seed, ["inside", "below"][seed % 2])
    fine = slow.raiffa_continuous(frontier, d, 0.01)
    errors = [math.dist(slow.raiffa_continuous(frontier, d, step), fine) for step in (0.1, 0.02)]
    assert errors[0] > 1e-9  # the step matters
    assert errors[1] < errors[0] / 50.0  # and vanishes as its fourth power, a bit more or less
    assert errors[1] < 1e-8


def test_perles_maschler_adds_up() -> None:
    # superadditive: over a sum of sets nobody gets less than the sum of what each set gives
    rng = np.random.default_rng(4)
    for _ in range(3):
        one, two = (slow.random_vertices(rng, 3) for _ in range(2))
        one, two = ([(x - v[0][0], y - v[-1][1]) for x, y in v] for v in (one, two))
        total = slow.lottery_frontier([(a + c, b + e) for a, b in one for c, e in two])
        nothing = (0.0, 0.0)
        parts = [slow.perles_maschler(slow.polygon(v), nothing) for v in (one, two)]
        whole = slow.perles_maschler(slow.polygon(total), nothing)
        for i in (0, 1):
            assert whole[i] >= parts[0][i] + parts[1][i] - 1e-12


def test_the_utilitarian_set_is_an_edge_where_its_slope_is_one() -> None:
    frontier = slow.polygon([(0.0, 3.0), (1.0, 2.75), (2.0, 1.75), (2.25, 1.0)])
    first, last = slow.utilitarian(frontier, (0.0, 0.0))
    assert (first, last) == ((1.0, 2.75), (2.0, 1.75))
    first, last = slow.utilitarian(frontier, (1.5, 0.0))
    assert (first, last) == ((1.5, 2.25), (2.0, 1.75))


@pytest.mark.parametrize("seed", range(3))
def test_nothing_to_gain_is_no_change(seed: int) -> None:
    frontier, d = drawn(400 + seed, "on")
    for solution in SOLUTIONS.values():
        close(solution(frontier, d), d, 1e-10)
    with pytest.raises(ValueError, match="outside the agreement set"):
        slow.nash(frontier, (d[0] + 0.1, d[1] + 0.1))


# --- theorems: lotteries --------------------------------------------------------------------------


@pytest.mark.parametrize("mu", [None, 0.3, 0.8, 1.0, 5.0])
@pytest.mark.parametrize("seed", range(3))
def test_lotteries_by_pairs_and_by_linear_programme(seed: int, mu: float | None) -> None:
    rng = np.random.default_rng(500 + seed)
    points = [(float(x), float(y)) for x, y in rng.normal(size=(12, 2))]
    vertices = slow.lottery_frontier(points, mu, floor=-4.0)
    frontier = slow.polygon(vertices)
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in itertools.pairwise(vertices)]
    assert all(later < earlier < 0.0 for earlier, later in itertools.pairwise(slopes))
    if mu is not None:  # nothing is flatter than a transfer
        assert frontier.left == -4.0
        assert slopes[0] == pytest.approx(-mu)
    for u1 in np.linspace(-4.0, frontier.right, 9)[:-1]:
        wanted = slow.best_lottery(points, float(u1), mu)
        close(frontier.height(float(u1)), wanted, 1e-8)
    assert math.isnan(slow.best_lottery(points, frontier.right + 0.1, mu))


def test_a_point_that_is_best_for_both_is_alone() -> None:
    assert slow.lottery_frontier([(0.0, 0.0), (1.0, 2.0), (-1.0, 1.5)]) == [(1.0, 2.0)]
    assert slow.bargain_over([(0.0, 0.0), (1.0, 2.0)], (0.0, 0.0)) == (1.0, 2.0)
    # transfers may still go from the first side to the second
    close(slow.bargain_over([(0.0, 0.0), (3.0, 1.0)], (0.0, 0.0), mu=1.0), (2.0, 2.0), 1e-12)
    close(slow.bargain_over([(0.0, 0.0), (3.0, 1.0)], (0.0, 0.0), mu=0.5), (2.5, 1.25), 1e-12)
    close(slow.bargain_over([(3.0, 1.0)], (-1.0, 0.0), mu=1.0), (1.5, 2.5), 1e-12)
    # never the other way
    close(slow.bargain_over([(0.0, 0.0), (1.0, 3.0)], (0.0, 0.0), mu=1.0), (1.0, 3.0), 1e-12)


# --- theorems: agendas ----------------------------------------------------------------------------


@pytest.mark.parametrize("mu", [None, 0.8])
@pytest.mark.parametrize("seed", range(3))
def test_separate_tables_can_come_in_any_order(seed: int, mu: float | None) -> None:
    payoffs = slow.random_payoffs(np.random.default_rng(600 + seed), (2, 3, 2), mixed=0.0)
    alone = [
        slow.agenda(payoffs[tuple(slice(None) if k == table else slice(0, 1) for k in range(3))],
                    (0, 1, 2), mu)
        for table in range(3)
    ]  # fmt: skip
    wanted = np.sum(alone, axis=0)
    for order in itertools.permutations(range(3)):
        close(slow.agenda(payoffs, order, mu), wanted, 1e-10)
    together = slow.package(payoffs, mu)
    assert math.prod(together) >= math.prod(wanted) - 1e-12


@pytest.mark.parametrize("seed", [0, 5, 6])
def test_linked_tables_depend_on_the_order(seed: int) -> None:
    payoffs = slow.random_payoffs(np.random.default_rng(700 + seed), (2, 3, 3), mixed=1.0)
    found = [slow.agenda(payoffs, order, 0.8) for order in itertools.permutations(range(3))]
    assert len({round(u[0], 6) for u in found}) > 1
    points = [(float(x), float(y)) for x, y in payoffs.reshape(-1, 2)]
    frontier = slow.polygon(slow.lottery_frontier(points, 0.8, -20.0))
    for u in found:
        assert min(u) >= 0.0
        assert frontier.holds((u[0] - 1e-10, u[1] - 1e-10))
    assert slow.package(payoffs[:, :1, :1], 0.8) == slow.agenda(payoffs[:, :1, :1], (0, 1, 2), 0.8)


@pytest.mark.parametrize("seed", range(2))
def test_where_transfers_always_reach_the_order_does_not_matter(seed: int) -> None:
    payoffs = slow.random_payoffs(np.random.default_rng(700 + seed), (2, 2, 3), mixed=1.0)
    # what is worth enough to side 1, and nothing to side 2, is shared by a transfer every time
    for index in itertools.product(range(2), range(2), range(3)):
        payoffs[index] = (20.0 * sum(o > 0 for o in index) + payoffs[index][0], 0.0)
    for order in itertools.permutations(range(3)):
        close(slow.agenda(payoffs, order, 0.8), slow.package(payoffs, 0.8), 1e-10)


@pytest.mark.parametrize("mu", [None, 0.8])
@pytest.mark.parametrize("seed", range(3))
def test_a_package_beats_every_lottery(seed: int, mu: float | None) -> None:
    payoffs = slow.random_payoffs(np.random.default_rng(700 + seed), (2, 3, 3), mixed=1.0)
    points = [(float(x), float(y)) for x, y in payoffs.reshape(-1, 2)]
    u = slow.package(payoffs, mu)
    close(slow.best_lottery(points, u[0], mu), u[1], 1e-8)
    for u1 in u[0] * np.array([0.01, 0.5, 0.9, 0.99, 1.01, 1.1, 2.0]):
        u2 = slow.best_lottery(points, float(u1), mu)
        assert math.isnan(u2) or u1 * u2 < u[0] * u[1]


def test_two_linked_tables_by_hand() -> None:
    # money (mu = 1): the first table is worth 2 in all, the second 2, both 8
    payoffs = np.zeros((2, 2, 2))
    payoffs[1, 0], payoffs[0, 1], payoffs[1, 1] = (3.0, -1.0), (2.0, 0.0), (9.0, -1.0)
    # second table after the first: from (3, -1) six more to share; without it: two to share
    second = [(1.0, 1.0), (6.0, 2.0)]
    close(slow.agenda(payoffs[:1], (0, 1), 1.0), second[0], 1e-12)
    # first table: from (1, 1) to a total of 8: six more to share
    close(slow.agenda(payoffs, (0, 1), 1.0), (4.0, 4.0), 1e-12)
    # the other order: from (0, 0) also to (1, 1), from (2, 0) to (5, 3), and four each in the end
    close(slow.agenda(payoffs, (1, 0), 1.0), (4.0, 4.0), 1e-12)
    close(slow.package(payoffs, 1.0), (4.0, 4.0), 1e-12)
    # no money, and each table alone hurts somebody: nobody begins with the first table, for side 2
    # would be stuck at (3, -1); after the second, (-1, 3), both want the first too
    payoffs[1, 0], payoffs[0, 1], payoffs[1, 1] = (3.0, -1.0), (-1.0, 3.0), (2.0, 4.0)
    close(slow.agenda(payoffs, (0, 1)), (0.0, 0.0), 1e-12)
    close(slow.agenda(payoffs, (1, 0)), (2.0, 4.0), 1e-12)
    close(slow.package(payoffs), (2.0, 4.0), 1e-12)


# --- theorems: alternating offers -----------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_value_iteration_and_halving_agree(seed: int) -> None:
    frontier, d = drawn(800 + seed)
    game = slow.random_offers(np.random.default_rng(seed), frontier, d)
    at_zero = slow.polygon([(x - d[0], y - d[1]) for x, y in frontier.kinks])
    game = Offers(at_zero, game.discount, game.breakdown)
    one, two = slow.stationary_offers(game)
    for start in ((0.0, 0.0), (at_zero.across(0.0), 0.0), (0.0, at_zero.height(0.0))):
        close(slow.infinite_offers(game, 0, start).u, one, 1e-12)
        close(slow.infinite_offers(game, 1, start).u, two, 1e-12)
    rounds = slow.finite_offers(game, 3000, first=1)
    assert all(r.deal for r in rounds)
    close(rounds[0].u, two, 1e-12)
    assert one[0] >= two[0]  # proposing does not hurt
    assert two[1] >= one[1]


def test_two_periods_by_hand() -> None:
    game = Offers(slow.pie(10.0), (0.5, 0.8), breakdown=0.25, fallback=(1.0, 2.0), flow=(0.2, 0.4))
    # last period, side 2 proposes: 1 would stay for .25 + .75 (.2 + .5 * 0) = .4
    # first: 2 would stay for .25 * 2 + .75 (.4 + .8 * 9.6) = 6.56
    first, last = slow.finite_offers(game, 2)
    close(last.u, (0.4, 9.6), 1e-12)
    close(first.u, (3.44, 6.56), 1e-12)
    # walk-outs: 1 uses its own in the last period; in the first, 2 would rather stay, for .8 * 9
    game = Offers(slow.pie(10.0), (0.5, 0.8), outside=(1.0, 5.0))
    first, last = slow.finite_offers(game, 2)
    close(last.u, (1.0, 9.0), 1e-12)
    close(first.u, (2.8, 7.2), 1e-12)
    # no offer can leave 2 less than 3, nor 1 less than 1, whatever they would put up with
    short = slow.polygon([(1.0, 9.0), (7.0, 3.0)])
    for proposer, wanted in ((0, (7.0, 3.0)), (1, (1.0, 9.0))):
        assert slow.play_round(Offers(short, (0.5, 0.5)), proposer, (0.0, 0.0)).u == wanted
    deals = slow.stationary_offers(Offers(short, (0.1, 0.1)))
    close(deals, ((7.0, 3.0), (1.0, 9.0)), 1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_short_periods_lead_to_the_engine(seed: int) -> None:
    rng = np.random.default_rng(900 + seed)
    frontier, d = drawn(900 + seed)
    rate = (float(rng.uniform(0.02, 0.2)), float(rng.uniform(0.02, 0.2)))
    hazard = float(rng.uniform(0.0, 0.3))
    b = (d[0] - 0.1, d[1] - 0.05)
    flow = tuple(d[i] * (rate[i] + hazard) - hazard * b[i] for i in (0, 1))
    engine, weight = slow.impasse(rate, (flow[0], flow[1]), b, hazard)
    close(engine, d, 1e-12)
    wanted = slow.nash(frontier, engine, weight)
    short = slow.in_short_periods(frontier, rate, (flow[0], flow[1]), b, hazard, 1e-5)
    for deal in slow.stationary_offers(short):
        close(deal, wanted, 1e-4)
    # walk-outs: nothing until better than the deal, then that and no more
    for side in (0, 1):
        for more in (-0.01, 0.01):
            w = [d[0] - 1.0, d[1] - 1.0]
            w[side] = wanted[side] + more
            game = slow.in_short_periods(
                frontier, rate, (flow[0], flow[1]), b, hazard, 1e-5, (w[0], w[1])
            )
            kept = slow.with_outside(frontier, wanted, (w[0], w[1]))
            assert kept is not None
            assert (kept == wanted) == (more < 0.0)
            for deal in slow.stationary_offers(game):
                close(deal, kept, 1e-4)


def test_the_engine_a_year_is_the_engine() -> None:
    rate, flow, w, hazard = (0.05, 0.1), (-3.0, 1.0), (-7.0, 2.0), 0.4
    yearly, weight = slow.impasse_a_year(rate, flow, w, hazard)
    total = 10.0
    value = slow.polygon([(x / rate[0], y / rate[1]) for x, y in slow.pie(total).kinks])
    d, same = slow.impasse(rate, flow, (w[0] / rate[0], w[1] / rate[1]), hazard)
    assert weight == same
    u = slow.nash(value, d, weight)
    close(slow.nash(slow.pie(total), yearly, weight), (u[0] * rate[0], u[1] * rate[1]), 1e-10)
    close(slow.impasse_a_year(rate, flow, w, 0.0)[0], flow, 1e-12)
    close(slow.impasse_a_year(rate, flow, w, 1e9)[0], w, 1e-7)


def test_walk_outs_that_do_not_fit() -> None:
    game = Offers(slow.pie(1.0), (0.9, 0.9), outside=(0.6, 0.6))
    found = slow.infinite_offers(game)
    assert not found.deal
    assert found.u == (0.6, 0.6)
    assert slow.with_outside(slow.pie(1.0), (0.5, 0.5), (0.6, 0.6)) is None
    assert slow.with_outside(slow.pie(1.0), (0.5, 0.5), (0.75, 0.5)) is None
    assert slow.with_outside(slow.pie(1.0), (0.5, 0.5), (0.75, 0.25)) == (0.75, 0.25)


def test_take_it_or_leave_it_at_the_ends() -> None:
    assert slow.take_it_or_leave_it(1.0, 0.9, 0.2, 0.8) == (0.2, 1.0)
    assert slow.take_it_or_leave_it(3.0, 0.0, 0.2, 0.8) == (0.8, 0.0)


# --- theorems: attribution and leverage -----------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_values_add_up(seed: int) -> None:
    players = ["a", "b", "c", "d", "e"]
    worth = slow.random_worth(np.random.default_rng(seed), players).__getitem__
    everything = worth(frozenset(players))
    flat = slow.shapley(players, worth)
    close(sum(flat.values()), everything, 1e-12)
    unions = [["a", "b"], ["c"], ["d", "e"]]
    nested = slow.owen(unions, worth)
    close(sum(nested.values()), everything, 1e-12)
    # unions together get their Shapley value as players; unions of one, or one union, change nought
    quotient = slow.shapley(
        ["0", "1", "2"], lambda t: worth(frozenset(k for u in t for k in unions[int(u)]))
    )
    close([sum(nested[k] for k in u) for u in unions], list(quotient.values()), 1e-12)
    for trivial in ([[k] for k in players], [players]):
        again = slow.owen(trivial, worth)
        close([again[k] for k in players], [flat[k] for k in players], 1e-12)
    # what i gets more by j being there is their interaction
    for i, j in itertools.combinations(players, 2):
        without = [k for k in players if k != j]
        apart = slow.shapley(without, worth)[i]
        joined = slow.shapley(without, lambda t, j=j: worth(t | {j}) - worth(frozenset({j})))[i]  # type: ignore[misc]
        close(slow.interaction(players, worth, i, j), joined - apart, 1e-12)


def test_asymmetry_at_its_edges() -> None:
    assert slow.asymmetry(5.0, 0.0) == (-math.inf, -math.inf, -1.0)
    assert np.isnan(slow.asymmetry(5.0, -1.0)).all()
    assert np.isnan(slow.asymmetry(0.0, 0.0)).all()


def test_a_pie_that_grows_parts_the_two_readings_of_net_concession() -> None:
    found = slow.net_concession((5.0, 6.0), (0.0, 0.0), (-8.0, -4.0))
    close((found.delta, found.ncl), (5.0, 5.0 / 12.0), 1e-12)
    close(found.power - found.exposure, 13.0 / 23.0 - 8.0 / 12.0, 1e-12)


@pytest.mark.parametrize(("cooperate", "deviate", "punish"), [(3.0, 5.0, 1.0), (0.0, 0.2, -1.0)])
def test_critical_discount_by_adding_up(cooperate: float, deviate: float, punish: float) -> None:
    def pays(q: float) -> bool:
        stay = math.fsum(cooperate * q**t for t in range(1000))
        return stay >= deviate + math.fsum(punish * q**t for t in range(1, 1000))

    found = slow.critical_discount(cooperate, deviate, punish)
    close(slow.last_true(lambda q: not pays(q), 0.0, 0.95), found, 1e-12)


def test_critical_discount_at_its_edges() -> None:
    assert slow.critical_discount(1.0, 0.5, 0.0) == 0.0
    assert slow.critical_discount(1.0, 2.0, 1.0) == 1.0
    assert slow.critical_discount(1.0, 2.0, 1.5) == 2.0
    assert slow.critical_discount(1.0, 2.0, 3.0) == math.inf
