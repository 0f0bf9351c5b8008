"""What is known of export taxes, rents, parts, quotas, tastes and specific factors without solving.

Economies are drawn; each theorem holds in every one of them.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from benchmarks.subjects.worlds import Array, build
from negotiation.trade import (
    USES,
    Parts,
    Quota,
    QuotaRegime,
    TradeEquilibrium,
    World,
    counterfactual,
    gradient,
)
from negotiation.trade.wedges import PairWedges
from tests.drawn import examples

PAIR, BACK, THIRD = ("R0", "R1"), ("R1", "R0"), ("R2", "R1")
RESULTS = ("welfare", "income", "prices", "output", "tariff_revenue", "export_tax_revenue")


@dataclasses.dataclass(frozen=True, eq=False)
class Drawn:
    """A world of three regions and three sectors, and rates for one pair of them."""

    world: World
    rates: Array
    draw: np.random.Generator

    @property
    def uses(self) -> tuple[str, ...]:
        return USES if self.world.linked else USES[1:]

    def added(self, pair: tuple[str, str], more: Any) -> dict[tuple[str, str], Array]:
        treaty = self.world.tariff[self.world.region(pair[0]), self.world.region(pair[1])]
        return {pair: treaty + more}

    def quota(self, limit: Any, sectors: tuple[str, ...] = ("S0", "S1"), **more: Any) -> Quota:
        return Quota(*PAIR, sectors, limit, **{"uses": self.uses, **more})


def drawn(
    seed: int, linked: bool, eta: float = np.inf, specific: float = 0.0, taxed: bool = True
) -> Drawn:
    draw = np.random.default_rng(seed)
    world = build(seed, n=3, s=3, linked=linked, taxed=taxed, theta=(1.5, 6.0)).world
    if specific:
        world = world.with_specific_share(draw.uniform(0.0, specific, (3, 3)))
    world = dataclasses.replace(world, labour_elasticity=eta)
    return Drawn(world, draw.uniform(0.0, 0.5, (3, 2)), draw)


_SEEDS, _LINKED = st.integers(0, 2**32 - 1), st.booleans()
_ETA, _SPECIFIC = st.sampled_from([np.inf, 1.5]), st.sampled_from([0.0, 0.6])
economies = st.builds(drawn, _SEEDS, _LINKED, _ETA, _SPECIFIC)
#: Without duties at the baseline.
free_trade = st.builds(drawn, _SEEDS, _LINKED, _ETA, _SPECIFIC, st.just(False))


def solve(world: World, tariff: Any = None, **more: Any) -> TradeEquilibrium:
    found = counterfactual(world, tariff, tariff_unit="fraction", **more)
    assert found.converged.all(), found.status
    return found


def same(
    one: TradeEquilibrium,
    other: TradeEquilibrium,
    but: tuple[str, ...] = (),
    tolerance: float = 1e-9,
) -> None:
    for name in RESULTS:
        if name not in but:
            scale = np.nanmax(np.abs(getattr(one, name)), initial=1e-3)
            assert_allclose(
                getattr(other, name), getattr(one, name), rtol=0, atol=tolerance * scale
            )


def named(names: list[str], shares: list[float], rate: Array) -> Parts:
    cells = (len(names), *rate.shape[-2:])
    return Parts(
        np.broadcast_to(np.array(names)[:, None, None], cells),
        np.broadcast_to(np.array(shares)[:, None, None], cells),
        rate,
    )


# --- export taxes and rents ---------------------------------------------------------------------


@examples(10)
@given(free_trade)
def test_a_rent_of_the_origin_is_an_export_tax_and_one_of_the_destination_a_duty(
    case: Drawn,
) -> None:
    world, rates = case.world, {PAIR: case.rates}
    tax = solve(world, export_tax=rates)
    duty = solve(world, rates)
    same(tax, solve(world, rent=rates, rent_share=0.0))
    same(duty, solve(world, rent=rates))
    assert tax.export_tax_revenue[0] > 0.0
    assert_allclose(tax.tariff_revenue, 0.0, rtol=0, atol=1e-12)


@examples(10)
@given(free_trade)
def test_import_duty_and_export_tax_are_one_once_the_revenue_is_handed_over(case: Drawn) -> None:
    """Lerner symmetry of one flow: who collects matters to who is rich, and to nothing else."""
    world = case.world
    tax = solve(world, export_tax={PAIR: case.rates})
    duty = solve(world, {PAIR: case.rates})
    handed = tax.export_tax_revenue[0] * np.array([1.0, -1.0, 0.0])
    moved = dataclasses.replace(duty.batch, transfer=world.transfer + handed)
    found = moved.solve(None, compiled=False)
    for name in ("welfare", "income", "prices", "output"):
        assert_allclose(found[name][0], getattr(tax, name), rtol=1e-9)
    assert_allclose(found["tariff_revenue"][0, 1], tax.export_tax_revenue[0], rtol=1e-9)


@examples(10)
@given(economies)
def test_what_regions_earn_adds_up(case: Drawn) -> None:
    """Income is value added, duties, export taxes, rents and transfers; transfers sum to zero."""
    world = case.world
    found = solve(
        world,
        case.added(BACK, case.rates),
        export_tax={PAIR: 0.3 * case.rates, ("R2", "R0"): np.array(0.2)},
        rent={THIRD: case.rates},
        rent_share=0.3,
        taste={PAIR: 1.0 + case.rates},
        quotas=[
            case.quota(0.02, over=0.1, rent_share=0.2),
            Quota("R1", "R2", ["S2"], 0.5, rent_share=0.4, uses=case.uses),
        ],
    )
    assert {str(each.regime) for each in found.quotas} == {"exceeded", "binding"}
    earned = (world.value_added_share * found.output).sum(axis=-1)
    collected = found.tariff_revenue + found.export_tax_revenue
    assert_allclose(found.income, earned + collected + world.transfer, rtol=1e-9)
    assert_allclose(earned.sum(), world.value_added.sum(), rtol=1e-9)
    spent = found.spending[..., 1].sum(axis=-1)
    assert_allclose(spent, found.income, rtol=1e-9)


@examples(10)
@given(free_trade)
def test_a_wedge_that_a_region_pays_itself_moves_its_terms_of_trade_and_nothing_else(
    case: Drawn,
) -> None:
    """At first order, from free trade: what is left is what it earns and pays abroad."""
    world = case.world
    at = solve(world)
    by = gradient(at, {"ev": [0.0, 1.0, 0.0]}).rent_on(*PAIR)
    abroad = world.flows.sum(axis=-1)
    abroad[np.arange(3), np.arange(3)] = 0.0
    terms = -abroad[:, 1]
    terms[1] += abroad[1].sum(axis=0)
    moved = gradient(at, {"unit_cost": terms}).rent_on(*PAIR)
    assert_allclose(by, moved, rtol=0, atol=1e-8 * world.flows[0, 1].max())


# --- parts --------------------------------------------------------------------------------------


@examples(10)
@given(economies)
def test_parts_of_one_rate_are_one(case: Drawn) -> None:
    world, rates = case.world, case.rates
    plain = solve(world, case.added(PAIR, rates), export_tax={BACK: rates})
    same(plain, solve(world, {PAIR: Parts.plain(rates)}, export_tax={BACK: Parts.plain(rates)}))
    split = named(["steel", "rest", ""], [0.3, 0.7, 0.0], np.stack([rates, rates, 9.0 + rates]))
    same(plain, solve(world, {PAIR: split}, export_tax={BACK: split}))


def test_schedules_cross_unless_their_parts_are_the_same() -> None:
    """Against the sums over parts, written out; and the share of a dollar that each side gets."""
    draw = np.random.default_rng(3)
    theta = np.array([[2.0], [5.0]])
    paid, got = (1.0 + draw.uniform(0.0, 0.5, (2, 2, 2)) for _ in range(2))
    none = np.zeros((1, 1))
    treaty = draw.uniform(0.0, 0.1, (2, 2))
    same, spread = np.diag([0.3, 0.7]), np.outer([0.3, 0.7], [0.2, 0.8])
    for names, theirs, weights in (
        (["other", "left"], [0.2, 0.8], spread),  # what is left is crossed with what is left
        (["list", "rest"], [0.2, 0.8], spread),  # shares differ: not the same goods
        (["list", "rest"], [0.3, 0.7], same),
        (["list", "left"], [0.3, 0.7], same),
    ):
        cell = PairWedges(
            treaty,
            named(["list", "rest"], [0.3, 0.7], paid - 1.0),
            named(names, theirs, got - 1.0),
            none,
            none + 1.0,
        ).at(theta)
        whole = paid[:, None] + treaty
        factors = whole * got[None]
        w = weights[:, :, None, None] * factors**-theta
        total = w.sum(axis=(0, 1))
        assert_allclose(cell.factor, total ** (-1.0 / theta), rtol=1e-13)
        assert_allclose(1.0 / cell.over, (w / factors).sum(axis=(0, 1)) / total, rtol=1e-13)
        export = (w * (got - 1.0)[None] / factors).sum(axis=(0, 1)) / total
        assert_allclose(cell.export, export, rtol=1e-13)


# --- quotas -------------------------------------------------------------------------------------


@examples(10)
@given(economies)
def test_a_quota_that_does_not_bind_is_none(case: Drawn) -> None:
    world = case.world
    others = {BACK: case.rates + world.tariff[1, 0]}
    found = solve(world, others, quotas=[case.quota(50.0)])
    same(solve(world, others), found)
    (quota,) = found.quotas
    assert str(quota.regime) == QuotaRegime.SLACK
    assert float(quota.wedge) == float(quota.rent) == 0.0


@examples(5)
@given(economies)
def test_a_quota_of_nothing_is_a_prohibitive_duty(case: Drawn) -> None:
    world = case.world
    banned = np.zeros((3, 2))
    banned[:2] = 1e8
    found = solve(world, quotas=[case.quota(0.0)])
    same(solve(world, case.added(PAIR, banned)), found, tolerance=1e-6)
    assert float(found.quotas[0].volume) <= 1e-6
    # With a rate outside, all trade pays it, and nobody gets a rent.
    rate = np.zeros((3, 2))
    rate[:2] = 0.3
    outside = solve(world, quotas=[case.quota(0.0, over=0.3, rent_share=0.2)])
    assert str(outside.quotas[0].regime) == QuotaRegime.EXCEEDED
    assert float(outside.quotas[0].rent) == 0.0
    same(solve(world, case.added(PAIR, rate)), outside)


@examples(10)
@given(economies, st.sampled_from([0.2, 0.7]))
def test_a_rent_of_the_destination_is_the_duty_of_the_same_volume(
    case: Drawn, limit: float
) -> None:
    world = case.world
    rise = {THIRD: world.tariff[2, 1] + case.rates}
    inside = 0.05
    found = solve(world, rise, quotas=[case.quota(limit, inside=inside)])
    (quota,) = found.quotas
    assert quota.regime == QuotaRegime.BINDING
    assert_allclose(quota.volume, limit, rtol=1e-9)
    wedge = np.zeros((3, 2))
    wedge[:2] = quota.wedge
    duty = solve(world, {**rise, **case.added(PAIR, wedge)})
    same(duty, found, tolerance=1e-8)
    # Of the revenue that part is rent which the duty inside does not explain.
    sold = found.sales(*PAIR)[:2, -len(case.uses) :].sum()
    assert_allclose(quota.rent, (quota.wedge - inside) * sold, rtol=1e-8)


@examples(5)
@given(free_trade)
def test_a_rent_of_the_origin_is_the_export_tax_of_the_same_volume(case: Drawn) -> None:
    found = solve(case.world, quotas=[case.quota(0.6, rent_share=0.0)])
    tax = np.zeros((3, 2))
    tax[:2] = found.quotas[0].wedge
    same(solve(case.world, export_tax={PAIR: tax}), found, tolerance=1e-8)


@pytest.mark.full
@examples(5)
@given(economies, st.sampled_from([0.0, 0.4, 1.0]))
def test_tariff_rate_quotas_are_continuous_at_both_borders(case: Drawn, rent_share: float) -> None:
    """From slack to binding, and from binding to exceeded, all in one batch."""
    world = case.world
    more = {"export_tax": {PAIR: case.rates}, "rent_share": rent_share}
    tax = more["export_tax"]
    loose = solve(world, export_tax=tax, quotas=[case.quota(9.0, inside=0.02)])
    start = float(loose.quotas[0].volume)
    tight = solve(
        world,
        export_tax=tax,
        quotas=[case.quota(1e-6, inside=0.02, over=0.1, rent_share=rent_share)],
    )
    assert tight.quotas[0].regime == QuotaRegime.EXCEEDED

    def at(limits: Any) -> TradeEquilibrium:
        quota = case.quota(limits, inside=0.02, over=0.1, rent_share=rent_share)
        return solve(world, export_tax=tax, quotas=[quota])

    # The volume at which the wedge meets the rate outside depends on who gets the rent.
    low, high = 1e-3 * start, start
    for _ in range(40):
        middle = np.linspace(low, high, 9)
        over = at(middle).quotas[0].regime == QuotaRegime.EXCEEDED
        low, high = middle[over][-1] if over.any() else low, middle[~over][0]
        if high - low < 1e-7 * start:
            break
    little = 1e-6
    limits = np.array(
        [start * (1 + little), start * (1 - little), high * (1 + little), low * (1 - little)]
    )
    found = at(limits)
    regimes = [str(each) for each in found.quotas[0].regime]
    assert regimes == ["slack", "binding", "binding", "exceeded"]
    for k in (0, 2):
        for name in RESULTS:
            values = getattr(found, name)
            scale = np.nanmax(np.abs(values))
            assert_allclose(values[k + 1], values[k], rtol=0, atol=1e-4 * scale)
    # A scenario does not depend on those that are solved with it.
    for k in range(4):
        alone = at(limits[k])
        for name in RESULTS:
            values = getattr(found, name)[k]
            assert_allclose(values, getattr(alone, name), rtol=1e-8, atol=1e-8)


@examples(5)
@given(economies)
def test_several_quotas_hold_at_once(case: Drawn) -> None:
    """Slack, binding and exceeded ones, on one pair and on several, in a batch."""
    world = case.world
    limits = np.array([0.05, 0.4, 5.0])
    quotas = [
        case.quota(limits, rent_share=0.5),
        case.quota(0.3, ("S2",), over=0.05),
        Quota(*THIRD, ["S0", "S2"], limits[::-1], over=2.0, rent_share=0.0, uses=case.uses),
    ]
    found = solve(world, quotas=quotas)
    for each in found.quotas:
        limit = np.broadcast_to(each.quota.limit, 3)
        over = np.asarray(each.quota.over)
        assert ((each.wedge >= 0.0) & (each.wedge <= over)).all()
        for regime, volume, wedge, most in zip(
            each.regime, each.volume, each.wedge, limit, strict=True
        ):
            if regime == QuotaRegime.SLACK:
                assert wedge == 0.0
                assert volume <= most * (1 + 1e-8)
            elif regime == QuotaRegime.BINDING:
                assert_allclose(volume, most, rtol=1e-8)
            else:
                assert wedge == over
                assert volume >= most * (1 - 1e-8)


# --- tastes and specific factors ----------------------------------------------------------------


@examples(10)
@given(economies)
def test_tastes_of_one_are_nothing_and_only_odds_matter(case: Drawn) -> None:
    world, tariff = case.world, case.added(BACK, case.rates)
    plain = solve(world, tariff)
    same(plain, solve(world, tariff, taste={PAIR: np.ones((3, 2))}))
    same(
        plain,
        solve(world, tariff, taste={(each, "R1"): case.rates + 0.5 for each in world.regions}),
    )
    # Shares at unchanged prices are the odds, normalised.
    found = solve(world, taste={PAIR: np.array(2.0)})
    share = world.share[:, 1]
    odds = np.array([2.0, 1.0, 1.0])[:, None, None]
    assert_allclose(found.tastes[:, 1], share * odds / (share * odds).sum(axis=0), rtol=1e-12)
    assert_allclose(
        found.flows[0, 1].sum(), found.sales(*PAIR).sum(), rtol=1e-12
    )  # told in two ways


@examples(10)
@given(st.builds(drawn, _SEEDS, _LINKED, _ETA))
def test_specific_factors_start_at_none(case: Drawn) -> None:
    tariff = case.added(PAIR, case.rates)
    plain = solve(case.world, tariff)
    little = solve(case.world.with_specific_share(np.full((3, 3), 1e-9)), tariff)
    same(plain, little, tolerance=1e-7)
    nothing = solve(case.world.with_specific_share(np.full((3, 3), 0.7)))
    assert_allclose(nothing.welfare, 1.0, rtol=1e-10)


# --- gradients ----------------------------------------------------------------------------------

#: Differences of sixth order, of equilibria that are good to 1e-11 and quotas to 1e-10.
_STEP, _STENCIL = 2e-3, np.array([-1, 9, -45, 45, -9, 1]) / 60


def _quotas(case: Drawn, name: str) -> list[Quota]:
    third = Quota(*THIRD, ["S2"], 0.2, over=0.05, rent_share=0.3, uses=case.uses)
    return {
        "none": [],
        "binding": [case.quota(0.1, inside=0.05, rent_share=0.4)],
        "exceeded": [case.quota(0.02, over=0.1, inside=0.02, rent_share=0.4)],
        "several": [
            case.quota(0.02, over=0.1, rent_share=0.4),
            case.quota(0.1, ("S2",), rent_share=0.0),
            third,
            Quota("R1", "R2", ["S1"], 9.0, uses=case.uses),
        ],
    }[name]


@pytest.mark.full
@pytest.mark.parametrize("quotas", ["none", "binding", "exceeded", "several"])
@pytest.mark.parametrize(("linked", "eta", "specific"), [(True, 1.8, 0.5), (False, np.inf, 0.0)])
def test_gradients(quotas: str, linked: bool, eta: float, specific: float) -> None:
    case = drawn(11, linked, eta, specific)
    world, draw = case.world, case.draw
    duty = named(["a", "b"], [0.3, 0.7], draw.uniform(0.0, 0.5, (2, 3, 2)))
    tax = named(["c", "b"], [0.3, 0.7], draw.uniform(0.0, 0.3, (2, 3, 2)))
    ways = {
        name: draw.uniform(0.5, 1.0, (3, 2))
        for name in ("tariff", "trade_cost", "export_tax", "rent", "taste")
    }

    def at(**moves: Array) -> TradeEquilibrium:
        """At steps along the way of one wedge, all on one pair."""
        step = {name: moves.get(name, np.zeros(1))[:, None, None] for name in ways}
        more = {name: step[name] * ways[name] for name in ways}
        return solve(
            world,
            {
                PAIR: dataclasses.replace(duty, rate=duty.rate + more["tariff"][:, None]),
                BACK: world.tariff[1, 0] + 0.1,
            },
            trade_cost={PAIR: 1.05 + more["trade_cost"]},
            export_tax={
                PAIR: dataclasses.replace(tax, rate=tax.rate + more["export_tax"][:, None]),
                ("R2", "R0"): np.array(0.1),
            },
            rent={PAIR: 0.1 + more["rent"]},
            rent_share=0.4,
            taste={PAIR: 1.2 + more["taste"]},
            quotas=_quotas(case, quotas),
        )

    here = at()
    for result in ("welfare", "tariff_revenue", "export_tax_revenue", "output", "spending"):
        value = getattr(here, result)
        weights = draw.normal(size=value.shape[1:]) / np.abs(value).max()
        by = gradient(here, {result: weights})
        assert by.converged.all()
        for name, way in ways.items():
            moved = at(**{name: np.array([-3, -2, -1, 1, 2, 3]) * _STEP})
            values = (weights * getattr(moved, result)).reshape(6, -1).sum(axis=1)
            slope = values @ _STENCIL / _STEP
            found = (getattr(by, f"{name}_on")(*PAIR)[0] * way).sum()
            assert_allclose(found, slope, rtol=2e-7, atol=2e-7)
