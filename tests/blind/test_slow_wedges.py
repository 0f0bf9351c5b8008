"""The slow solver meets the published oracles, and small worlds that can be checked by hand."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.blind.slow_wedges import (
    BINDING,
    EXCEEDED,
    FINAL,
    REST,
    SLACK,
    Array,
    Coverage,
    Economy,
    Equilibrium,
    Part,
    Quota,
    Wedges,
    at_least,
    diversification,
    integration_loss,
    procurement,
    read_schedule,
    solve,
    whole,
)

# In the folder `shared` beside the checkout.
SHARED = Path(__file__).parents[3] / "shared"
needs_shared = pytest.mark.skipif(
    not (SHARED / "oracles" / "wedges.json").exists(), reason="the published oracles are not here"
)
SERVICES = ("CNS", "SRV")
CENTRAL = "canada_us_2022/flows.csv/theta_central"
PUBLISHED = "canada_us_2022_revised/flows.csv/theta_published"


# --- oracles --------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def table(key: str, specific: float = 0.0) -> Economy:
    folder, flows, elasticity = key.split("/")
    return Economy.read(
        SHARED / "data" / folder, elasticity, flows=flows, specific={"OIL": specific}
    )


def goods(economy: Economy, *but: str) -> Array:
    left_out = {"ELY", *SERVICES, *but}
    return economy.of_sectors(code for code in economy.sectors if code not in left_out)


def oracle(name: str) -> dict[str, Any]:
    path = SHARED / "oracles" / name
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def case(economy: Economy, name: str) -> Wedges:
    """Wedges of a case of `wedges.json`."""
    canada, us = economy.region("CAN"), economy.region("USA")
    south, north = (canada, us), (us, canada)
    if name == "taste20_status_quo":
        return diversification(economy, 0.2 * goods(economy)[:, 0])
    if name == "subsidy20_status_quo":
        return diversification(economy, 0.2 * goods(economy)[:, 0], by="subsidy")
    if name == "procurement20_rebated":
        return procurement(economy, 0.2 * goods(economy)[:, 0])
    if name == "steel_quota80_rent_importer":
        return Wedges(
            quotas=[Quota(canada, us, [economy.sectors.index("STL")], 0.8, inside=0.0, over=0.5)]
        )
    oil, machinery = economy.of_sectors(["OIL"]), economy.of_sectors(["MCH"])
    if name == "export_tax_oil10_alone":
        return Wedges(export_taxes=[{south: whole(0.1 * oil)}])
    duties: dict[str, dict[tuple[int, int], Coverage]] = {
        "us25_no_energy_can12": {
            south: whole(0.25 * goods(economy, "OIL", "PET")),
            north: whole(0.12 * goods(economy)),
        },
        "import_duty_oil10": {south: whole(0.1 * oil)},
        "coverage_mch_50_on_30": {
            south: {
                "listed": Part(np.array(0.3), 0.5 * machinery),
                REST: Part(np.array(0.7), np.zeros(1)),
            }
        },
        "uniform_mch_15": {south: whole(0.15 * machinery)},
    }
    return Wedges(duties=[duties[name.removeprefix("specific60_").removesuffix("_alone")]])


def agree(found: Equilibrium, expected: dict[str, Any]) -> None:
    e = found.economy
    canada, us, cars = e.region("CAN"), e.region("USA"), e.sectors.index("MVH")
    for code, value in expected["welfare_pct"].items():
        assert_allclose(100 * (found.welfare[e.region(code)] - 1), value, rtol=0, atol=1e-6)
    for code, value in expected["ev_usd_m"].items():
        assert_allclose(found.ev[e.region(code)], value, rtol=0, atol=0.01)
    for code, value in expected["import_revenue"].items():
        assert_allclose(found.import_revenue[e.region(code)], value, rtol=0, atol=0.01)
    for code, value in expected["export_revenue"].items():
        assert_allclose(found.export_revenue[e.region(code)], value, rtol=0, atol=0.01)
    exports = (goods(e)[:, 0] * found.state.flows[canada].sum(-1)).sum(-1)
    share = exports[us] / (exports.sum() - exports[canada])
    assert_allclose(share, expected["us_share"], rtol=0, atol=1e-7)
    vehicles = found.state.price[us, cars, FINAL] / found.cpi[us]
    assert_allclose(
        100 * (vehicles - 1), expected["vehicle_price_over_cpi_pct_us"], rtol=0, atol=1e-6
    )
    output = found.state.output[canada, cars] / e.output[canada, cars]
    assert_allclose(100 * (output - 1), expected["can_mvh_output_pct"], rtol=0, atol=2e-6)
    if "wedge" in expected:
        assert_allclose(found.quota_wedge, expected["wedge"], rtol=0, atol=1e-7)
        assert_allclose(found.quota_volume, expected["volume"], rtol=0, atol=1e-7)


@needs_shared
@pytest.mark.full
@pytest.mark.parametrize(
    ("key", "name"),
    [(key, name) for key, cases in oracle("wedges.json").items() for name in cases],
)
def test_wedges(key: str, name: str) -> None:
    economy = table(key, 0.6 if name.startswith("specific60") else 0.0)
    agree(solve(economy, case(economy, name)), oracle("wedges.json")[key][name])


@needs_shared
@pytest.mark.full
@pytest.mark.parametrize("name", list(oracle("schedules.json").get(PUBLISHED, ())))
def test_schedules(name: str) -> None:
    """The default breakdown raises every part of the latest schedules."""
    economy = table(PUBLISHED)
    files = name.split(" + ")
    escalation = name.startswith("escalate")
    if escalation:
        files = ["us_on_canada_2026-09-29", "canada_on_us_2026-09-08"]
    canada, us = economy.region("CAN"), economy.region("USA")
    folder = SHARED / "data" / "schedules"
    duties = {
        pair: read_schedule(folder / f"{file}.csv", economy)
        for pair, file in zip(((canada, us), (us, canada)), files, strict=True)
        if file != "None"
    }
    if escalation:
        duties[canada, us] = at_least(duties[canada, us], 0.25 * goods(economy, "OIL", "PET"))
        duties[us, canada] = at_least(duties[us, canada], 0.12 * goods(economy))
    agree(solve(economy, Wedges(duties=[duties])), oracle("schedules.json")[PUBLISHED][name])


#: Where the description says its first figures stand: US$ bn a year of Canada and the US under the
#: latest duties, under breakdown, where the US alone escalates, under an export tax on oil alone.
#: Not a number where it says nothing.
CUSTOMS = "canada_us_2022_revised/flows_customs.csv/theta_published"
FIRST_FIGURES = {
    PUBLISHED: ((-8.6, -2.1), (-18.6, -9.6), (-21.6, 0.3), (1.7, -3.6)),
    CUSTOMS: ((-9.8, -2.6), (-20.8, -13.5), (np.nan, -0.6), (np.nan, np.nan)),
}


@needs_shared
@pytest.mark.full
@pytest.mark.parametrize("key", FIRST_FIGURES)
def test_first_figures(key: str) -> None:
    economy = table(key)
    canada, us = economy.region("CAN"), economy.region("USA")
    folder = SHARED / "data" / "schedules"
    keep = read_schedule(folder / "us_on_canada_2026-09-29.csv", economy)
    counter = read_schedule(folder / "canada_on_us_2026-09-08.csv", economy)
    escalate = at_least(keep, 0.25 * goods(economy, "OIL", "PET"))
    retaliate = at_least(counter, 0.12 * goods(economy))
    scenarios = [
        Wedges(duties=[{(canada, us): south, (us, canada): north}])
        for south, north in ((keep, counter), (escalate, retaliate), (escalate, counter))
    ]
    oil = whole(0.1 * economy.of_sectors(["OIL"]))
    scenarios.append(Wedges(export_taxes=[{(canada, us): oil}]))
    found = [solve(economy, given).ev[[canada, us]] / 1000 for given in scenarios]
    said = np.array(FIRST_FIGURES[key])
    assert_allclose(np.where(np.isnan(said), np.nan, found), said, rtol=0, atol=0.05)


@needs_shared
@pytest.mark.full
def test_procurement_burnt() -> None:
    """Kept, the preference earns 2.8 bn; burnt, it loses about twice that."""
    economy = table(PUBLISHED)
    canada, rho = economy.region("CAN"), 0.2 * goods(economy)[:, 0]
    kept, burnt = (
        float(solve(economy, procurement(economy, rho, waste=waste)).ev[canada])
        for waste in (0.0, 1.0)
    )
    assert_allclose(kept, 2800, rtol=0, atol=50)
    assert_allclose(burnt / kept, -2, atol=0.1)


# --- small worlds, by hand ------------------------------------------------------------------------


def small(
    seed: int = 0,
    n: int = 3,
    s: int = 2,
    *,
    linked: bool = True,
    taxed: bool = True,
    balanced: bool = False,
    specific: float = 0.0,
    eta: float = np.inf,
) -> Economy:
    draw = np.random.default_rng(seed)
    flows = draw.uniform(5, 30, (n, n, s, 2)) + 60 * np.eye(n)[..., None, None]
    flows[..., 0] *= 0.6 * linked
    tariff = draw.uniform(0, 0.2, flows.shape) * (1 - np.eye(n))[..., None, None] * taxed
    if balanced:
        flows = flows + flows.swapaxes(0, 1)
    return Economy(
        flows,
        tariff,
        draw.uniform(2, 6, s),
        draw.uniform(0.1, 0.3, (n, s, s)),
        np.full((n, s), specific),
        eta,
    )


RATE = 0.3


def same(one: Equilibrium, other: Equilibrium, rtol: float = 1e-9) -> None:
    for got, expected in (
        (one.welfare, other.welfare),
        (one.state.income, other.state.income),
        (one.state.output, other.state.output),
    ):
        assert_allclose(got, expected, rtol=rtol)


@pytest.mark.parametrize("eta", [np.inf, 1.5])
@pytest.mark.parametrize("specific", [0.0, 0.5])
def test_all_accounts_balance(eta: float, specific: float) -> None:
    """Goods markets, the one that was left out too; what is collected has been paid."""
    e = small(1, specific=specific, eta=eta)
    given = Wedges(
        duties=[{(0, 1): whole(RATE)}],
        export_taxes=[{(0, 1): whole(0.1), (1, 2): whole(-0.05)}],
        rent={(2, 1): np.full((2, 2), 0.2)},
        rent_share=0.3,
        quotas=[Quota(2, 0, [0, 1], 0.9, inside=0.05, over=0.8, rent_share=0.4)],
    )
    found = solve(e, given)
    state = found.state
    assert_allclose(state.flows.sum((1, 3)), state.output, rtol=1e-11)
    value_added = e.value_added_share * state.output
    assert_allclose(value_added.sum(), e.value_added.sum(), rtol=1e-11)
    collected = found.import_revenue + found.export_revenue
    assert_allclose(
        state.income, value_added.sum(1) + collected + state.transfer, rtol=1e-11, atol=0
    )
    paid = state.income.sum() + np.einsum("nks,ns->", e.input_share, state.output)
    assert_allclose(paid - state.flows.sum(), collected.sum(), rtol=1e-10)


def test_lerner_symmetry() -> None:
    """A tax on all exports is a duty on all imports where trade is balanced."""
    e = small(2, n=2, taxed=False, balanced=True)
    duty = solve(e, Wedges(duties=[{(1, 0): whole(RATE)}]))
    tax = solve(e, Wedges(export_taxes=[{(0, 1): whole(RATE)}]))
    assert_allclose(duty.welfare, tax.welfare, rtol=1e-10)
    assert duty.import_revenue[0] > 0
    assert tax.export_revenue[0] > 0
    assert abs(duty.welfare - 1).max() > 1e-3


def test_gains_from_trade_formula() -> None:
    """One sector without links: welfare is the home share to the power -1/theta."""
    e = small(3, s=1, linked=False, taxed=False, balanced=True)
    found = solve(e, Wedges(trade_cost={(0, 1): np.array(1.4), (1, 2): np.array(0.8)}))
    home = np.array([found.state.flows[i, i, 0, FINAL] for i in range(3)]) / found.state.income
    before = np.array([e.pi[i, i, 0, FINAL] for i in range(3)])
    assert_allclose(found.welfare, (home / before) ** (-1 / e.theta), rtol=1e-10)


def test_one_part_is_the_whole_and_parts_at_one_rate_too() -> None:
    e = small(4)
    halves = {"a": Part(np.array(0.4), np.array(RATE)), REST: Part(np.array(0.6), np.array(RATE))}
    same(
        solve(e, Wedges(duties=[{(0, 1): halves}])),
        solve(e, Wedges(duties=[{(0, 1): whole(RATE)}])),
    )


def dutied(share: float, rate: float, name: str = "a") -> Coverage:
    return {
        name: Part(np.array(share), np.array(rate)),
        REST: Part(np.array(1 - share), np.zeros(1)),
    }


def crossed(duties: Coverage, taxes: Coverage) -> Equilibrium:
    return solve(small(5), Wedges(duties=[{(0, 1): duties}], export_taxes=[{(0, 1): taxes}]))


def test_crossing_multiplies_shares() -> None:
    """Four parts, written out as one schedule of taxes and one of duties with the same names."""
    names = ("both", "duty", "tax", "none")
    shares, duty, tax = (0.06, 0.24, 0.14, 0.56), (0.5, 0.5, 0, 0), (0.2, 0, 0.2, 0)
    by_name = [
        {
            name: Part(np.array(share), np.array(float(rate)))
            for name, share, rate in zip(names, shares, rates, strict=True)
        }
        for rates in (duty, tax)
    ]
    same(crossed(dutied(0.3, 0.5), dutied(0.2, 0.2, "b")), crossed(*by_name))


def test_parts_of_the_same_name_are_the_same_goods() -> None:
    """They pay both, and a part of another name is cut by both schedules."""
    together = crossed(dutied(0.3, 0.5), dutied(0.3, 0.2))
    apart = crossed(dutied(0.3, 0.5), dutied(0.3, 0.2, "b"))
    assert abs(together.welfare - apart.welfare).max() > 1e-5
    explicit = {
        "a": Part(np.array(0.3), np.array(0.2)),
        "b": Part(np.array(0.1), np.zeros(1)),
        REST: Part(np.array(0.6), np.zeros(1)),
    }
    same(together, crossed(dutied(0.3, 0.5), explicit))


def test_duties_of_schedules_add() -> None:
    e = small(6)
    one = Wedges(duties=[{(0, 1): whole(0.2)}, {(0, 1): dutied(0.5, 0.1)}])
    same(
        solve(e, one),
        solve(
            e,
            Wedges(
                duties=[
                    {
                        (0, 1): {
                            "a": Part(np.array(0.5), np.array(0.3)),
                            REST: Part(np.array(0.5), np.array(0.2)),
                        }
                    }
                ]
            ),
        ),
    )


def test_a_binding_quota_is_a_duty_or_an_export_tax() -> None:
    """The rent is the importer's, or all of it the exporter's."""
    e = small(7)
    e.tariff[0, 1] = 0
    e = Economy(e.flows, e.tariff, e.theta, e.input_share, e.specific_share)

    def under(rent_share: float) -> Equilibrium:
        return solve(e, Wedges(quotas=[Quota(0, 1, [0, 1], 0.8, rent_share=rent_share)]))

    importer, exporter = under(1.0), under(0.0)
    assert importer.regimes == exporter.regimes == (BINDING,)
    same(importer, solve(e, Wedges(duties=[{(0, 1): whole(importer.quota_wedge[0])}])))
    same(exporter, solve(e, Wedges(export_taxes=[{(0, 1): whole(exporter.quota_wedge[0])}])))
    assert_allclose(importer.quota_volume, 0.8, rtol=1e-10)


def test_regimes_of_a_quota() -> None:
    """Slack is the duty inside, exceeded the duty over it less what exporters keep."""
    e = small(8)

    def under(limit: float, rent_share: float = 1.0) -> Equilibrium:
        quota = Quota(0, 1, [1], limit, inside=0.1, over=0.4, rent_share=rent_share)
        return solve(e, Wedges(quotas=[quota]))

    def duty(rate: float) -> Equilibrium:
        only = np.array([[0.0], [rate]])
        return solve(e, Wedges(duties=[{(0, 1): whole(only)}]))

    found = {limit: under(limit) for limit in (1.5, 0.6, 0.1)}
    assert [q.regimes for q in found.values()] == [(SLACK,), (BINDING,), (EXCEEDED,)]
    same(found[1.5], duty(0.1))
    same(found[0.1], duty(0.4))
    shared, all_to_importer = under(0.1, 0.25), under(0.1)
    assert shared.welfare[0] > all_to_importer.welfare[0]
    border = e.flows[0, 1, 1].sum() * 0.1 * shared.state.cost[0, 1]
    assert_allclose(shared.export_revenue[0], 0.75 * 0.3 * border, rtol=1e-10)


@pytest.mark.full
@pytest.mark.parametrize("rent_share", [0.0, 1.0])
def test_regimes_of_a_quota_meet(rent_share: float) -> None:
    e = small(9, n=2)

    def welfare(limit: float) -> tuple[str, Array]:
        quota = Quota(0, 1, [0], limit, inside=0.05, over=0.3, rent_share=rent_share)
        found = solve(e, Wedges(quotas=[quota]))
        return found.regimes[0], found.welfare

    step = 1e-7
    free = Quota(0, 1, [0], 9.0, inside=0.05, over=0.3)
    high = solve(e, Wedges(quotas=[free])).quota_volume[0]
    above, below = welfare(high + step), welfare(high - step)
    assert (above[0], below[0]) == (SLACK, BINDING)
    assert_allclose(above[1], below[1], atol=1e-6)
    # The other border: where the wedge of the binding quota reaches the rate above it.
    low_end, high_end = 1e-3, high
    for _ in range(24):
        middle = 0.5 * (low_end + high_end)
        if welfare(middle)[0] == EXCEEDED:
            low_end = middle
        else:
            high_end = middle
    above, below = welfare(high_end + step), welfare(low_end - step)
    assert (above[0], below[0]) == (BINDING, EXCEEDED)
    assert_allclose(above[1], below[1], atol=1e-6)


def test_labour_between_fixed_and_mobile() -> None:
    """A great elasticity is one wage; workers who cannot move are specific factors."""
    shock = Wedges(duties=[{(0, 1): whole(np.array([[RATE], [0.0]]))}])
    mobile = solve(small(10), shock)
    assert_allclose(solve(small(10, eta=1e7), shock).welfare, mobile.welfare, rtol=1e-6)
    stuck = solve(small(10, eta=1 + 1e-9), shock)
    # At eta = 1 income from labour in a sector is l w: wages move with the value of output.
    assert_allclose(solve(small(10, specific=1 - 1e-9), shock).welfare, stuck.welfare, rtol=1e-6)
    assert abs(stuck.welfare - mobile.welfare).max() > 1e-4


def named(seed: int = 11, n: int = 4) -> Economy:
    e = small(seed, n, 2)
    return Economy(
        e.flows,
        e.tariff,
        e.theta,
        e.input_share,
        e.specific_share,
        regions=("CAN", "USA", "EU", "MEX")[:n],
        sectors=("MVH", "OIL"),
    )


def test_diversification_at_unchanged_prices() -> None:
    """Third markets buy delta of today's sales to the market that is left on top of their own."""
    e, delta = named(), np.array([0.1, 0.2])
    given = diversification(e, delta)
    odds = e.pi.copy()
    for pair, values in given.taste.items():
        odds[pair] *= values
    share = odds / odds.sum(0)
    sold = share[0] * e.spending.sum(0) / (1 + e.tariff[0])
    more = (sold - e.flows[0])[2:].sum(0)
    assert_allclose(more, delta[:, None] * e.flows[0, 1], rtol=1e-12)
    assert_allclose(share.sum(0), 1, rtol=1e-12)
    gains = {by: solve(e, diversification(e, delta, by=by)) for by in ("taste", "trade_cost")}
    assert all(found.welfare[0] > 1 for found in gains.values())
    paid = solve(e, diversification(e, delta, by="subsidy"))
    assert paid.export_revenue[0] < 0 < gains["taste"].welfare[0] - paid.welfare[0]


def test_procurement_kept_or_burnt() -> None:
    """A rent is a duty of the same rate; burnt whole it is a trade cost."""
    e = named()
    f = np.broadcast_to((1 - 0.2) ** (-1 / e.theta[:, None]), (2, 2))
    untaxed = e.tariff.copy()
    untaxed[1, 0] = 0
    e = Economy(
        e.flows, untaxed, e.theta, e.input_share, e.specific_share, np.inf, e.regions, e.sectors
    )
    same(solve(e, procurement(e, 0.2)), solve(e, Wedges(duties=[{(1, 0): whole(f - 1)}])))
    same(solve(e, procurement(e, 0.2, waste=1.0)), solve(e, Wedges(trade_cost={(1, 0): f})))


def test_integration_loss_hurts_both() -> None:
    e = named(12, 3)
    assert (solve(e, integration_loss(e, 0.1)).welfare[:2] < 1).all()
